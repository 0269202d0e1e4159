//! Prints what stands in affiliate links: by the program's own templates, or else by those of all networks.

use crate::app::Failure;
use sentby::{Program, Referral};
use std::io::BufRead;
use std::process::ExitCode;

/// One block per link; the exit code is 1 if any text was no URL.
pub(crate) fn print(urls: &[String]) -> Result<ExitCode, Failure> {
    let program = crate::program("http://127.0.0.1")?;
    let mut code = ExitCode::SUCCESS;
    let mut show = |url: &str| {
        println!("{url}");
        if let Err(error) = print_one(&program, url) {
            println!("  {error}");
            code = ExitCode::FAILURE;
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

fn print_one(program: &Program, url: &str) -> sentby::Result<()> {
    // A mangled link is no URL to the program, but may be one after repairs.
    if let Ok(Some(link)) = program.read(url) {
        println!("  {:12} {}", "template", link.template);
        print_referral(link.referral);
        return Ok(());
    }
    let reading = sentby::read_lenient(url)?;
    match reading.network {
        Some(network) => println!("  {:12} {network}", "network"),
        None => println!("  no affiliate link"),
    }
    print_referral(reading.referral);
    for second in reading.second_networks {
        println!("  {:12} {}", "also", second.network);
        print_referral(second.referral);
    }
    for finding in sentby::lint(url)? {
        println!("  {:12} {} (bytes {} to {})", "!", finding.sentence, finding.start, finding.end);
    }
    Ok(())
}

fn print_referral(referral: Referral) {
    let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = referral;
    let values =
        [("affiliate", affiliate), ("product", product), ("campaign", campaign), ("click id", click_id), ("destination", destination)];
    for (name, value) in values {
        if let Some(value) = value {
            println!("  {name:12} {value}");
        }
    }
    for (name, value) in sub_ids {
        println!("  {name:12} {value}");
    }
}
