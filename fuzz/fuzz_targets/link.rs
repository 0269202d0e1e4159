#![no_main]
//! Links: no text panics, and what is read agrees with a naive reader on top of `url`.

use libfuzzer_sys::fuzz_target;
use sentby::{Program, Referral};
use std::sync::LazyLock;
use url::Url;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
    Program::from_toml(
        r#"
        sentby = 1
        vendor = "v"
        [links]
        templates = ["https://www.copecart.com/products/{product}/p/{affiliate}/", "https://shop.example/*?ref={affiliate}&cid={click_id}"]
        "#,
    )
    .unwrap()
});

fuzz_target!(|text: &str| {
    match (PROGRAM.read(text), naive(text)) {
        (Ok(link), Some(expected)) => assert_eq!(link.map(|l| l.referral), expected),
        (Err(error), expected) => assert!(error.code().as_str() == "text_invalid" || expected.is_none(), "{error}"),
        (Ok(link), None) => panic!("read {link:?} in what is no URL"),
    }
    // The text as an id, a campaign and the rest: refused, or read back as it was.
    let mut parts = text.splitn(2, '\n').map(str::to_owned);
    let referral = Referral { click_id: parts.next().filter(|p| !p.is_empty()), ..Referral::affiliate(parts.next().unwrap_or("anna".into())) };
    if let Ok(url) = PROGRAM.link(&referral) {
        assert_eq!(PROGRAM.read(&url).unwrap().unwrap().referral, referral);
    }
});

/// `None`: not a URL. `Some(None)`: no affiliate link.
fn naive(text: &str) -> Option<Option<Referral>> {
    let url = Url::parse(text).ok()?;
    if !["http", "https"].contains(&url.scheme()) {
        return Some(None);
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    // One trailing dot is the root; two are another, malformed name.
    if url.host_str().unwrap_or_default().ends_with("..") {
        return Some(None);
    }
    let decode = |text: &str| String::from_utf8_lossy(&percent(text)).into_owned();
    let segments: Vec<String> = url.path().split('/').skip(1).map(|s| decode(s)).collect();
    let text = |s: &String| Some(s.clone()).filter(|s| !s.is_empty());
    match host.strip_prefix("www.").unwrap_or(&host) {
        "copecart.com" => {
            let raw: Vec<&str> = url.path().split('/').skip(1).collect();
            let fits = segments.len() >= 3 && segments[0] == "products" && segments[2] == "p" && !segments[1].is_empty();
            let ends = raw.len() == 3 || raw.len() == 4 || (raw.len() == 5 && raw[4].is_empty() && !raw[3].is_empty());
            Some((fits && ends).then(|| Referral { product: text(&segments[1]), affiliate: segments.get(3).and_then(text), ..Referral::default() }))
        }
        "shop.example" => {
            let first = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).filter(|v| !v.is_empty());
            let referral = Referral { affiliate: first("ref"), click_id: first("cid"), ..Referral::default() };
            Some(Some(referral).filter(|r| *r != Referral::default()))
        }
        _ => Some(None),
    }
}

fn percent(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut n = 0;
    while n < bytes.len() {
        let hex = bytes.get(n + 1..n + 3).and_then(|h| std::str::from_utf8(h).ok()).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        match (bytes[n], hex) {
            (b'%', Some(hex)) => {
                out.push(u8::from_str_radix(hex, 16).unwrap());
                n += 3;
            }
            (byte, _) => {
                out.push(byte);
                n += 1;
            }
        }
    }
    out
}
