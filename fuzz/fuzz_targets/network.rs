#![no_main]
//! Links of networks: no text panics, the byte scan sees what `url` sees, the reader agrees with a naive one, and so do columns and lint.

use libfuzzer_sys::fuzz_target;
use sentby::{LinkField, LinkWarning, Program, read, read_column, read_lenient};
use std::sync::LazyLock;

#[path = "../../core/tests/it/naive_links.rs"]
mod naive_links;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program::from_toml("sentby = 1\nvendor = 'v'").unwrap());

fuzz_target!(|text: &str| {
    assert!(sentby::agrees_with_url(text), "the scan differs");
    let reading = read(text);
    match (&reading, naive_links::read(text)) {
        (Ok(reading), Some(naive)) => {
            let warnings = reading.warnings.iter().filter(|w| naive_links::KNOWN.contains(w)).map(|w| w.as_str()).collect();
            let second = reading.second_networks.iter().map(|s| (s.network.clone(), s.referral.clone())).collect();
            let seen = naive_links::Naive { network: reading.network.clone(), referral: reading.referral.clone(), second, warnings };
            assert_eq!(seen, naive);
        }
        (Err(_), None) => {}
        (reading, naive) => panic!("{reading:?} but {naive:?}"),
    }
    let reading = reading.unwrap_or_default();
    // None of these needs the kernel where a link is plain.
    let ids = [LinkField::Host, LinkField::Network, LinkField::Affiliate, LinkField::Product, LinkField::Campaign, LinkField::ClickId];
    let columns = read_column(&[text], &ids, false);
    let value = |field| columns.column(field).unwrap().get(0).map(str::to_owned);
    assert_eq!(value(LinkField::Host), reading.host);
    assert_eq!(value(LinkField::Network), reading.network);
    assert_eq!(value(LinkField::ClickId), reading.referral.click_id);
    assert_eq!(value(LinkField::Affiliate), reading.referral.affiliate);
    assert_eq!(value(LinkField::Product), reading.referral.product);
    assert_eq!(value(LinkField::Campaign), reading.referral.campaign);
    match (sentby::lint(text), read_lenient(text)) {
        (Ok(findings), Ok(lenient)) => {
            assert!(findings.iter().all(|f| text.get(f.start as usize..f.end as usize).is_some()));
            let mut codes: Vec<LinkWarning> = findings.iter().map(|f| f.code).filter(|c| *c != LinkWarning::UserInfo).collect();
            codes.sort();
            codes.dedup();
            assert_eq!(codes, lenient.warnings);
        }
        (Err(_), Err(_)) => {}
        (lint, lenient) => panic!("{lint:?} but {lenient:?}"),
    }
    if let Ok(url) = PROGRAM.carry(text, "0123456789abcdef01234567") {
        assert_eq!(PROGRAM.carried(&url).unwrap().as_deref(), Some("0123456789abcdef01234567"));
    }
});
