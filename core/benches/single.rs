//! Single calls against named peers, in one run: rounds alternate between the jobs, and medians are compared.
//!
//! `cargo bench -p sentby`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a benchmark reads the clock and divides"
)]

use hmac::{Hmac, KeyInit, Mac};
use sentby::{CookieSpec, Evidence, Keys, Line, Money, Order, Program, Purpose, Referral, RootKey, Time, Touch};
use sha2::Sha256;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 41;

/// Prints the median time of each job, and its ratio to the first one.
fn compare(title: &str, goal: &str, jobs: &mut [(&str, &mut dyn FnMut())]) {
    let mut counts = Vec::new();
    for (_, job) in jobs.iter_mut() {
        let start = Instant::now();
        let mut n = 0_u32;
        while start.elapsed().as_millis() < 50 {
            job();
            n += 1;
        }
        counts.push((n / 20).max(1)); // about 2.5 ms a round
    }
    let mut times = vec![Vec::new(); jobs.len()];
    for _ in 0..ROUNDS {
        for (n, (_, job)) in jobs.iter_mut().enumerate() {
            let start = Instant::now();
            for _ in 0..counts[n] {
                job();
            }
            times[n].push(start.elapsed().as_nanos() as f64 / f64::from(counts[n]));
        }
    }
    println!("\n{title}{}", if goal.is_empty() { String::new() } else { format!(" (goal: {goal})") });
    let mut first = 0.0;
    for (n, (name, _)) in jobs.iter().enumerate() {
        times[n].sort_by(f64::total_cmp);
        let median = times[n][ROUNDS / 2];
        if n == 0 {
            first = median;
        }
        println!("  {name:58} {median:9.1} ns  {:5.2} ×", median / first);
    }
}

fn main() {
    let program = Program::from_toml(include_str!("../vectors/programs/story.toml")).unwrap();
    let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")]).unwrap();
    let now = Time::parse("2026-03-03T18:00:00Z").unwrap();
    let at = |text: &str| Time::parse(text).unwrap();

    for (product, affiliate) in [("prod66", "anna"), ("twelve-chars", "eight-ch")] {
        let referral =
            Referral { product: Some(product.into()), click_id: Some("00000000000003e8".into()), ..Referral::affiliate(affiliate) };
        let audience = "shop.example/4711";
        let token = keys.seal(&referral, Purpose::Mail, audience, now).unwrap();
        // The same number of bytes as the token's MAC covers.
        let bytes = vec![7_u8; 2 + audience.len() + 17 + product.len() + affiliate.len()];
        let state = Hmac::<Sha256>::new_from_slice(&[9; 32]).unwrap();
        let tag = {
            let mut mac = state.clone();
            mac.update(&bytes);
            mac.finalize().into_bytes()
        };
        let ring_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[9; 32]);
        compare(
            &format!("opening a token of {} characters, {} bytes under the MAC", token.len(), bytes.len()),
            "≤ 1.25 ×",
            &mut [
                ("bare ring HMAC-SHA256, keyed state kept", &mut || {
                    black_box(ring::hmac::sign(&ring_key, black_box(&bytes)));
                }),
                ("bare RustCrypto HMAC-SHA256, keyed state kept, verified", &mut || {
                    let mut mac = state.clone();
                    mac.update(black_box(&bytes));
                    black_box(mac.verify_truncated_left(&tag[..16]).is_ok());
                }),
                ("keys.open", &mut || {
                    black_box(keys.open(black_box(&token), Purpose::Mail, audience, now).unwrap());
                }),
                ("keys.seal", &mut || {
                    black_box(keys.seal(black_box(&referral), Purpose::Mail, audience, now).unwrap());
                }),
            ],
        );
    }

    let euro = |text: &str| Money::parse(text, "EUR").unwrap();
    let order = Order::new("A-1001", now, vec![Line::new("1", "521411d4", euro("1190.00"), euro("190.00"))]);
    let touches: Vec<Touch> = (0..8)
        .map(|n| {
            let id = ["anna", "bob", "carl"][n % 3];
            let evidence = [Evidence::Cookie, Evidence::Token, Evidence::Click][n % 3];
            Touch {
                click_id: Some(format!("{:016x}", n + 1)),
                ..Touch::new(id, Time::from_millis(now.millis() - n as i64 * 400_000_000).unwrap(), evidence)
            }
        })
        .collect();
    let decision = program.attribute(&order, &touches).unwrap();
    compare(
        "one decision over 8 touches",
        "≤ 1000 ns",
        &mut [
            ("program.attribute", &mut || {
                black_box(program.attribute(black_box(&order), black_box(&touches)).unwrap());
            }),
            ("decision.explain", &mut || {
                black_box(black_box(&decision).explain());
            }),
            ("program.fingerprint", &mut || {
                black_box(program.fingerprint(&order, &touches, black_box(&decision)).unwrap());
            }),
        ],
    );
    let many: Vec<Touch> = (0..200)
        .map(|n| Touch {
            click_id: Some(format!("{:016x}", n + 1)),
            ..Touch::new(
                ["anna", "bob", "carl"][n % 3],
                Time::from_millis(now.millis() - n as i64 * 7_000_000).unwrap(),
                Evidence::ALL[2 + n % 5],
            )
        })
        .collect();
    compare(
        "one decision over 200 touches",
        "≤ 15000 ns",
        &mut [("program.attribute", &mut || {
            black_box(program.attribute(black_box(&order), black_box(&many)).unwrap());
        })],
    );
    let commission = program.commission(&order, &decision).unwrap();
    let refund = sentby::Refund::new("R-1", euro("400.00"));
    compare(
        "a settlement of one order",
        "≤ 1000 ns",
        &mut [
            ("program.commission", &mut || {
                black_box(program.commission(black_box(&order), black_box(&decision)).unwrap());
            }),
            ("program.refund", &mut || {
                black_box(program.refund(black_box(&commission), black_box(&refund)).unwrap());
            }),
        ],
    );

    let url = "https://www.copecart.com/products/521411d4/p/anna/?utm_source=newsletter&utm_medium=email";
    compare(
        "reading a link",
        "",
        &mut [
            ("url::Url, path_segments and query_pairs", &mut || {
                let url = url::Url::parse(black_box(url)).unwrap();
                black_box((url.host_str(), url.path_segments().unwrap().count(), url.query_pairs().count()));
            }),
            ("program.read", &mut || {
                black_box(program.read(black_box(url)).unwrap());
            }),
        ],
    );

    let spec = CookieSpec::new("shop.example");
    let touch = Touch::new("anna", at("2026-03-01T09:00:00Z"), Evidence::Parameter);
    let set = keys.set_cookie(&spec, &[touch], sentby::Consent::Granted, now).unwrap().unwrap();
    let header = format!("{}{}", "session=0123456789abcdef0123456789abcdef0123; ".repeat(25), set.split(';').next().unwrap());
    compare(
        &format!("one cookie out of a header of {} bytes and 26 cookies", header.len()),
        "≤ 0.05 × for finding it",
        &mut [
            ("cookie::Cookie::split_parse", &mut || {
                black_box(
                    cookie::Cookie::split_parse(black_box(header.as_str()))
                        .filter(|cookie| cookie.as_ref().unwrap().name() == spec.name)
                        .count(),
                );
            }),
            ("keys.read_cookie, which also verifies it", &mut || {
                black_box(keys.read_cookie(&spec, black_box(&header), now).unwrap());
            }),
            ("keys.read_cookie without such a cookie", &mut || {
                black_box(keys.read_cookie(&spec, black_box(&header[..25 * 46]), now).unwrap());
            }),
        ],
    );
}
