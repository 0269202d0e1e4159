//! Reading 100,000 mixed links: host, network, product, affiliate, campaign. Rounds alternate between the jobs; medians are compared.
//!
//! `cargo bench -p sentby --bench links`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a benchmark reads the clock and divides"
)]

use sentby::{LinkField, Program, read_column};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 15;

type Job<'a> = (&'a str, Box<dyn Fn() -> usize + 'a>);

/// The same links everywhere: `bindings-python/bench_links.py` and `bindings-node/bench-links.mjs` have the same generator.
fn links(count: usize) -> Vec<String> {
    let mut state = 42_u32;
    let mut next = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let tail = |next: &mut dyn FnMut(u32) -> u32| {
        let mut text = String::new();
        for name in ["utm_source", "utm_medium", "utm_campaign", "gclid"] {
            if next(2) == 1 {
                text += &format!("&{name}=value{}-{}", next(1000), next(1_000_000));
            }
        }
        text
    };
    (0..count)
        .map(|_| {
            let (a, p) = (next(100_000), next(1_000_000));
            let head = match next(10) {
                0 => format!("https://www.copecart.com/products/{p:08x}/p/user{a}/?x=1"),
                1 => format!("https://www.digistore24.com/redir/{p}/user{a}/spring{}?ds24tr=key{}", next(10), next(1000)),
                2 => format!("https://www.awin1.com/cread.php?awinmid={p}&awinaffid={a}&clickref=c{}&ued=https%3A%2F%2Fwww.shop{}.example%2Fdeals%2F", next(1000), next(100)),
                3 => format!("https://go.shop{}.example/c/{a}/{}/{p}?subId1=newsletter&u=https%3A%2F%2Fshop.example%2Fitem%3Fid%3D{p}", next(9), next(1000)),
                4 => format!("https://www.dpbolvw.net/click-{a}-{p}?sid=mail{}&url=https%3A%2F%2Fshop.example%2F", next(1000)),
                5 => format!("https://shop{}.example/products/blue-shoes-{p}?irgwc=1&irclickid=XyZ{a}{p}&tid=IR-affiliate-{a}", next(100)),
                6 => format!("https://click.linksynergy.com/deeplink?id=kXQk6ivF{a}&mid={p}&u1=sub{}&murl=https%3A%2F%2Fwww.newegg.example%2Fp%2F{p}", next(1000)),
                7 => format!("https://www.amazon.com/dp/B{p:09}?tag=site{a}-20&linkCode=ogi&th=1&psc=1"),
                8 => format!("https://brand{}.example/pricing/plans/{p}?ref=home&lang=en&session=0123456789abcdef{a}", next(100)),
                _ => format!("https://blog{}.example/2026/11/why-we-like-webinars-{p}.html?page={a}", next(100)),
            };
            head + &tail(&mut next)
        })
        .collect()
}

fn main() {
    let links = links(100_000);
    let urls: Vec<&str> = links.iter().map(String::as_str).collect();
    let bytes: usize = urls.iter().map(|url| url.len()).sum();
    println!("{} links, {:.0} bytes each on average", urls.len(), bytes as f64 / urls.len() as f64);
    let program = Program::from_toml(
        "sentby = 1\nvendor = \"v\"\nlinks.templates = [\"https://www.copecart.com/products/{product}/p/{affiliate}/\"]",
    )
    .unwrap();
    let fields = [LinkField::Host, LinkField::Product, LinkField::Affiliate, LinkField::Campaign];
    let mut jobs: Vec<Job<'_>> = vec![
        (
            "url::Url, host, path and query_pairs",
            Box::new(|| {
                let mut n = 0;
                for url in &urls {
                    let url = url::Url::parse(black_box(url)).unwrap();
                    n += url.host_str().unwrap().len() + url.path().len();
                    for (name, value) in url.query_pairs() {
                        n += name.len() + value.len();
                    }
                }
                n
            }),
        ),
        (
            "http::Uri and form_urlencoded::parse",
            Box::new(|| {
                let mut n = 0;
                for url in &urls {
                    let url: http::Uri = black_box(url).parse().unwrap();
                    n += url.host().unwrap().len() + url.path().len();
                    for (name, value) in form_urlencoded::parse(url.query().unwrap_or_default().as_bytes()) {
                        n += name.len() + value.len();
                    }
                }
                n
            }),
        ),
        ("sentby::read_column, 4 columns", Box::new(|| read_column(black_box(&urls), &fields, false).len())),
        ("sentby::read_column, all columns", Box::new(|| read_column(black_box(&urls), LinkField::ALL, false).len())),
        (
            "sentby::read, one by one",
            Box::new(|| urls.iter().map(|url| usize::from(sentby::read(black_box(url)).unwrap().network.is_some())).sum()),
        ),
        (
            "program.read, one template",
            Box::new(|| urls.iter().map(|url| usize::from(program.read(black_box(url)).unwrap().is_some())).sum()),
        ),
        (
            "reading the bytes alone",
            Box::new(|| urls.iter().map(|url| url.bytes().fold(0_usize, |sum, b| sum.wrapping_add(b.into()))).sum()),
        ),
    ];
    let mut times = vec![Vec::new(); jobs.len()];
    for _ in 0..ROUNDS {
        for (n, (_, job)) in jobs.iter_mut().enumerate() {
            let start = Instant::now();
            black_box(job());
            times[n].push(start.elapsed().as_nanos() as f64 / urls.len() as f64);
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        })
        .collect();
    println!("  {:45} {:>9}  {:>12}  {:>12}", "", "ns a link", "× url::Url", "× http::Uri");
    for (n, (name, _)) in jobs.iter().enumerate() {
        println!("  {name:45} {:9.1}  {:12.3}  {:12.3}", medians[n], medians[n] / medians[0], medians[n] / medians[1]);
    }
}
