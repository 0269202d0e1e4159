//! Amounts and the ledger: a percentage against `rust_decimal`, a settlement, and a ledger of a million events.
//!
//! `cargo bench -p sentby --bench money`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a benchmark reads the clock and what memory is held, and divides"
)]

use rust_decimal::{Decimal, RoundingStrategy};
use sentby::{Credit, Decision, Evidence, Ledger, LedgerEvent, Line, Money, Order, Program, Rate, Rounding, Time};
use std::hint::black_box;
use std::time::Instant;

/// The memory that the process holds, in bytes; 0 where the system does not say.
fn used() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

/// The median of eleven rounds, in nanoseconds a call.
fn median(calls: u32, mut job: impl FnMut(u32)) -> f64 {
    let mut times: Vec<f64> = (0..11)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(&mut job);
            start.elapsed().as_nanos() as f64 / f64::from(calls)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[5]
}

fn main() {
    let amounts: Vec<i64> = (0..1024_i64).map(|n| (n * 7_919) % 250_000 + 1).collect();
    let rates = ["4.9", "7.9", "30", "33.333333"];
    let (ours, theirs): (Vec<Rate>, Vec<Decimal>) = rates.iter().map(|r| (Rate::parse(r).unwrap(), r.parse::<Decimal>().unwrap())).unzip();
    let money: Vec<Money> = amounts.iter().map(|minor| Money::new(*minor, "EUR").unwrap()).collect();
    let decimals: Vec<Decimal> = amounts.iter().map(|minor| Decimal::new(*minor, 2)).collect();
    let sentby = median(200_000, |n| {
        black_box(black_box(ours[n as usize % 4]).share(black_box(money[n as usize % 1024]), Rounding::HalfEven));
    });
    let decimal = median(200_000, |n| {
        let exact = black_box(decimals[n as usize % 1024]) * black_box(theirs[n as usize % 4]) / Decimal::ONE_HUNDRED;
        black_box(exact.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven));
    });
    println!("\na percentage of an amount, rounded to cents (goal: 0.1 × rust_decimal)");
    println!("  rust_decimal   {decimal:8.1} ns   1.00 ×\n  Rate::share    {sentby:8.1} ns   {:.2} ×", sentby / decimal);

    let program = Program::from_toml(
        r#"
        sentby = 1
        vendor = "v"
        products = [{ id = "p", partners = [{ id = "jv1", percent = "20" }, { id = "jv2", percent = "10" }] }]
        commission = [{ name = "half", pays = { percent = "50" } }]
        affiliates = [{ id = "anna", partnership = [{ state = "approved", since = "2020-01-01T00:00:00Z" }] }]
        settlement = { preset = "copecart" }
        "#,
    )
    .unwrap();
    let at = Time::parse("2026-03-03T18:00:00Z").unwrap();
    let order = |id: String, lines: usize| {
        let line =
            |n: usize| Line::new(n.to_string(), "p", Money::new(11_900 + n as i64, "EUR").unwrap(), Money::new(1_900, "EUR").unwrap());
        Order::new(id, at, (1..=lines).map(line).collect())
    };
    let decided = |order: &Order| {
        let credit = Credit { affiliate: "anna".into(), weight: 1, touch: 0, evidence: Evidence::Click, campaign: None };
        Decision::new(order.id.clone(), at, vec![credit])
    };
    let three = order("A-1".into(), 3);
    let decision = decided(&three);
    let settled = median(20_000, |_| {
        black_box(program.commission(black_box(&three), black_box(&decision)).unwrap());
    });
    println!("\na settlement of 3 lines with 2 partners, its grounds included (goal: 2000 ns)\n  commission     {settled:8.1} ns");

    // A million events of 800,000 orders: a fifth of the events are refunds of other orders' parts.
    let mut events = Vec::with_capacity(1_000_000);
    for n in 0..800_000 {
        let order = order(format!("A-{n}"), 1);
        let mut commission = program.commission(&order, &decided(&order)).unwrap();
        commission.grounds.clear();
        commission.grounds.shrink_to_fit();
        events.push(LedgerEvent::payment(format!("p-{n}"), at, commission));
        if n % 4 == 0 {
            events.push(LedgerEvent::refund(format!("r-{n}"), at, format!("A-{n}"), 1, Money::new(500, "EUR").unwrap()));
        }
    }
    let plain: Vec<&LedgerEvent> = events.iter().filter(|event| event.commission.is_some()).collect();
    let before = used();
    let start = Instant::now();
    let mut ledger = Ledger::new();
    plain.iter().for_each(|event| drop(ledger.apply(event).unwrap()));
    let (took, used) = (start.elapsed(), used() - before);
    println!("\na ledger of 800,000 paid orders (goals: 500,000 events a second, 300 bytes an open order)");
    println!("  apply          {:8.0} events a second, {} bytes an order", 800_000.0 / took.as_secs_f64(), used / 800_000);
    drop(ledger);
    let start = Instant::now();
    let mut ledger = Ledger::new();
    events.iter().for_each(|event| drop(ledger.apply(event).unwrap()));
    let took = start.elapsed();
    println!("a ledger of 1,000,000 events, every fifth a refund (goal: verify in 4 s)");
    println!("  apply          {:8.0} events a second", 1_000_000.0 / took.as_secs_f64());
    let start = Instant::now();
    assert_eq!(ledger.verify(&events).unwrap(), None);
    println!("  verify         {:8.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let bytes = ledger.snapshot();
    println!("  snapshot       {:8.2} s, {} MB", start.elapsed().as_secs_f64(), bytes.len() / 1_000_000);
    let start = Instant::now();
    black_box(Ledger::restore(&bytes).unwrap());
    println!("  restore        {:8.2} s", start.elapsed().as_secs_f64());
    let later = Time::parse("2026-06-01T00:00:00Z").unwrap();
    let start = Instant::now();
    black_box(ledger.payout(&program, later));
    println!("  payout         {:8.2} s", start.elapsed().as_secs_f64());
}
