//! Prints what stands in affiliate links.

use crate::app::Failure;
use sentby::Referral;
use std::io::BufRead;
use std::process::ExitCode;

/// One block per link; the exit code is 1 if any text was no URL.
pub(crate) fn print(urls: &[String]) -> Result<ExitCode, Failure> {
    let program = crate::program("http://127.0.0.1")?;
    let mut code = ExitCode::SUCCESS;
    let mut show = |url: &str| {
        println!("{url}");
        match program.read(url) {
            Ok(Some(link)) => {
                println!("  {:12} {}", "template", link.template);
                let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = link.referral;
                for (name, value) in [
                    ("affiliate", affiliate),
                    ("product", product),
                    ("campaign", campaign),
                    ("click id", click_id),
                    ("destination", destination),
                ] {
                    if let Some(value) = value {
                        println!("  {name:12} {value}");
                    }
                }
                for (name, value) in sub_ids {
                    println!("  {name:12} {value}");
                }
            }
            Ok(None) => println!("  no affiliate link of this program"),
            Err(error) => {
                println!("  {error}");
                code = ExitCode::FAILURE;
            }
        }
    };
    for url in urls {
        if url == "-" {
            for line in std::io::stdin().lock().lines() {
                let line = line.map_err(|e| Failure::Host(e.to_string()))?;
                if !line.trim().is_empty() {
                    show(&line);
                }
            }
        } else {
            show(url);
        }
    }
    Ok(code)
}
