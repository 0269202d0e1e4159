//! One sale across two devices, as a program: a webinar application that carries an affiliate from a phone to a PC.
//!
//! `webinar` walks the whole story once over real HTTP, prints each step, then serves the pages. `webinar --once`
//! ends after the walk. `webinar URL…`, or `webinar -` with links on standard input, prints what it reads in them.

mod app;
mod desk;
mod drill;
mod hooks;
mod links;
mod store;
mod walk;

use app::{App, Failure};
use sentby::Program;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const HELP: &str = "webinar: one sale across two devices

usage: webinar [--once | --rehearse] [--port N] [--db FILE] [--shop URL]
                                                 walk the story, then serve its pages
       webinar URL...                            print what stands in affiliate links
       webinar -                                 the same for the lines of standard input
       webinar --check FILE                      is what is stored what its events make?

  --once      end after the walk
  --rehearse  do not walk it: another program does (see ../mobile), and says in the header `rehearse-at` of each request what time it is
  --port N    listen on 127.0.0.1:N (default: 8787, or a free port if that is taken)
  --db FILE   keep everything in FILE (default: a fresh file in the temporary folder)
  --shop URL  once the story is told, buttons lead to a shop that knows SENTBY_ROOT_KEY (64 hexadecimal digits) as well
";

#[derive(Default)]
struct Options {
    once: bool,
    rehearse: bool,
    port: Option<u16>,
    db: Option<PathBuf>,
    shop: Option<String>,
    urls: Vec<String>,
    /// The test that kills it: a file, a seed, after how many statements to die.
    drill: Option<(PathBuf, u64, u64)>,
    check: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(text) => {
            eprintln!("webinar: {text}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let result = if let Some((path, seed, statements)) = &options.drill {
        program("http://127.0.0.1").and_then(|program| drill::book(&program, path, *seed, *statements)).map(|()| ExitCode::SUCCESS)
    } else if let Some(path) = &options.check {
        drill::check(path).map(|()| ExitCode::SUCCESS)
    } else if options.urls.is_empty() {
        serve(options)
    } else {
        links::print(&options.urls)
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("webinar: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        let mut value = |name: &str| args.next().ok_or(format!("{name} needs a value"));
        match arg.as_str() {
            "--help" | "-h" => return Ok(None),
            "--once" => options.once = true,
            "--rehearse" => options.rehearse = true,
            "--port" => options.port = Some(value("--port")?.parse().map_err(|_| "--port needs a number from 0 to 65535")?),
            "--drill" => {
                let number = |text: String| text.parse().map_err(|_| "--drill needs a file and two numbers");
                options.drill = Some((value("--drill")?.into(), number(value("--drill")?)?, number(value("--drill")?)?));
            }
            "--check" => options.check = Some(value("--check")?.into()),
            "--db" => options.db = Some(value("--db")?.into()),
            "--shop" => options.shop = Some(value("--shop")?.trim_end_matches('/').into()),
            other if other.starts_with("--") => return Err(format!("unknown option {other}")),
            url => options.urls.push(url.into()),
        }
    }
    if options.once && options.rehearse {
        return Err("--once walks the story, and --rehearse leaves that to another program".into());
    }
    Ok(Some(options))
}

/// The vendor's rules, with links that lead to `base`.
fn program(base: &str) -> Result<Program, Failure> {
    Ok(Program::from_toml(&include_str!("../program.toml").replace("http://127.0.0.1/", &format!("{base}/")))?)
}

fn serve(options: Options) -> Result<ExitCode, Failure> {
    let host = |error: std::io::Error| Failure::Host(error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(host)?;
    runtime.block_on(async {
        let listen = |port| tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let listener = match options.port {
            Some(port) => listen(port).await,
            None => match listen(8787).await {
                Ok(listener) => Ok(listener),
                Err(_) => listen(0).await,
            },
        };
        let listener = listener.map_err(host)?;
        let base = format!("http://{}", listener.local_addr().map_err(host)?);
        let fresh = std::env::temp_dir().join(format!("sentby-webinar-{}.sqlite", std::process::id()));
        let kept = options.db.is_some();
        let path = options.db.unwrap_or(fresh);
        let app = Arc::new(App::new(program(&base)?, base.clone(), store::Store::open(&path)?)?);
        let routes = if options.rehearse { app.rehearsal() } else { app.routes() };
        let server = tokio::spawn(axum::serve(listener, routes).into_future());

        if !options.rehearse {
            let teller = app.clone();
            let told = tokio::task::spawn_blocking(move || walk::walk(&teller)).await.map_err(|e| Failure::Host(e.to_string()))?;
            app.set_clock(None);
            if let Err(text) = told {
                return Err(Failure::Host(format!("the story failed: {text}")));
            }
        }
        app.set_shop(options.shop);
        if !options.once {
            println!("\nThe pages are at {base}/ (Ctrl-C ends)");
            tokio::signal::ctrl_c().await.map_err(host)?;
        }
        server.abort();
        if !kept {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
