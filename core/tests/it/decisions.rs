//! Random programs, orders and touches, made of picks: from a generator of numbers here, from the fuzzer's bytes there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

use crate::specification::Specification;
use sentby::{Consent, Evidence, Line, Money, Order, Program, Time, Touch};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;
const AT: i64 = 1_772_560_800_000; // 2026-03-03T18:00:00Z
const NAMES: [&str; 5] = ["anna", "bob", "carl", "dora", "Emil"];

/// A source of choices: a number below the one given, which is not 0.
pub(crate) struct Picks<'a>(pub(crate) &'a mut dyn FnMut(usize) -> usize);

impl Picks<'_> {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.0)(n)
    }

    pub(crate) fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    /// True once in `n`.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn kinds(&mut self, once_in: usize) -> Vec<&'static str> {
        Evidence::ALL.iter().filter(|_| self.once_in(once_in)).map(|kind| kind.as_str()).collect()
    }
}

/// Picks at random, the same for the same seed (Steele, Lea and Flood's SplitMix64).
#[cfg(test)]
pub(crate) fn chance(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * below as u128) >> 64) as usize
    }
}

/// A program, as JSON.
pub(crate) fn program(picks: &mut Picks<'_>) -> Value {
    let all = || Evidence::ALL.iter().map(|kind| kind.as_str());
    let precedence: Vec<Vec<&str>> = match picks.below(4) {
        0 => vec![all().collect()],
        1 => all().map(|kind| vec![kind]).collect(),
        n => {
            let mut tiers = vec![Vec::new(); n + 1];
            all().for_each(|kind| tiers[picks.below(n + 1)].push(kind));
            tiers.retain(|tier| !tier.is_empty());
            tiers
        }
    };
    let mut windows = serde_json::Map::new();
    let mut shortest = serde_json::Map::new();
    for kind in all() {
        if picks.once_in(3) {
            windows.insert(kind.into(), picks.of(&["unlimited", "0s", "1d", "30d", "400d"]).into());
        } else if picks.once_in(8) {
            shortest.insert(kind.into(), picks.of(&["1ms", "1m", "1d"]).into());
        }
    }
    let partnership = |picks: &mut Picks<'_>| {
        let since = [
            "2024-10-19T18:00:00Z",
            "2026-03-02T18:00:00Z",
            "2026-03-03T17:59:59.999Z",
            "2026-03-03T18:00:00Z",
            "2026-03-03T18:00:00.001Z",
        ];
        let mut states = vec![json!({ "state": "approved", "since": "2023-09-15T00:00:00Z", "product": null })];
        let mut seen = Vec::new();
        for _ in 0..picks.below(4) {
            let (since, product) = (picks.of(&since), picks.of(&[None, None, Some("p"), Some("q")]));
            if !seen.contains(&(since, product)) {
                seen.push((since, product));
                let state = picks.of(&["requested", "approved", "approved", "denied", "suspended", "ended"]);
                states.push(json!({ "state": state, "since": since, "product": product }));
            }
        }
        states
    };
    let affiliates: Vec<Value> = NAMES
        .iter()
        .map(|id| {
            let class = if picks.once_in(3) { Some("extension") } else { None };
            let identities = if picks.once_in(5) { vec!["the buyer"] } else { vec!["somebody"] };
            json!({ "id": id, "class": class, "identities": identities, "partnership": partnership(picks) })
        })
        .collect();
    json!({
        "sentby": 1, "vendor": "v", "ids": picks.of(&["exact", "exact", "fold_case"]),
        "products": [{ "id": "p" }, { "id": "q" }],
        "affiliates": affiliates,
        "attribution": {
            "model": picks.of(&["last_touch", "first_touch", "linear", "position_based", "time_decay"]),
            "precedence": precedence,
            "window": picks.of(&["30d", "30d", "7d", "unlimited"]),
            "windows": windows,
            "shortest": shortest,
            "signed": if picks.once_in(3) { picks.kinds(3) } else { vec![] },
            "consent": picks.of(&["unless_denied", "unless_denied", "granted"]),
            "cross_product": picks.once_in(2),
            "after_cart": picks.kinds(2),
            "stand_down": [{ "class": "extension", "within": picks.of(&["0s", "30m", "1d"]) }],
            "half_life": picks.of(&["1ms", "8h", "1d", "7d"]),
            "position": { "first": 1 + picks.below(99), "middle": picks.below(132).saturating_sub(33), "last": 1 + picks.below(99), "spread": picks.of(&["between", "all"]) },
            "coupon_audience": picks.of(&["anyone", "anyone", "touched"]),
            "accounts_max": picks.below(4),
        },
    })
}

pub(crate) fn order(picks: &mut Picks<'_>) -> Order {
    let products =
        picks.of(&[&["p"][..], &["p"], &["q"], &["P"], &["p", "q"], &["x", "q", "y", "q", "z", "p"], &["z", "x", "y", "x", "q"]]);
    let euro = Money::new(100, "EUR").unwrap();
    let lines = products.iter().enumerate().map(|(n, product)| Line::new(n.to_string(), *product, euro, euro)).collect();
    Order {
        cart_at: picks.of(&[None, None, Some(0), Some(30 * MINUTE), Some(DAY)]).map(|ago| Time::from_millis(AT - ago).unwrap()),
        identities: if picks.once_in(2) { vec!["the buyer".into()] } else { vec![] },
        coupons: if picks.once_in(4) { vec![] } else { vec!["spring".into()] },
        accounts: picks.of(&[None, None, Some(1), Some(4)]),
        ..Order::new("A-1", Time::from_millis(AT).unwrap(), lines)
    }
}

pub(crate) fn touches(picks: &mut Picks<'_>, most: usize) -> Vec<Touch> {
    let ago = [
        -5 * MINUTE - 1,
        -5 * MINUTE,
        -1,
        0,
        1,
        999,
        MINUTE,
        29 * MINUTE,
        30 * MINUTE,
        31 * MINUTE,
        DAY - 1,
        DAY,
        DAY + 1,
        2 * DAY,
        7 * DAY,
        30 * DAY,
        30 * DAY + 1,
        401 * DAY,
    ];
    let text = |text: Option<&str>| text.map(str::to_owned);
    let count = if picks.once_in(50) { picks.below(most + 1) } else { picks.below(most.min(9) + 1) };
    (0..count)
        .map(|_| {
            let affiliate = picks.of(&["anna", "anna", "bob", "bob", "carl", "dora", "emil", "Emil", "BOB", "eve"]);
            let at = Time::from_millis(AT - picks.of(&ago)).unwrap();
            Touch {
                click_id: text(picks.of(&[None, None, None, Some("c1"), Some("c2"), Some("c3")])),
                product: text(picks.of(&[None, None, None, Some("p"), Some("q"), Some("r")])),
                coupon: text(picks.of(&[None, Some("SPRING"), Some("AUTUMN")])),
                campaign: text(picks.of(&[None, None, Some("mail")])),
                consent: picks.of(&[
                    Consent::Granted,
                    Consent::Granted,
                    Consent::Granted,
                    Consent::Unknown,
                    Consent::Unknown,
                    Consent::Denied,
                    Consent::Gpc,
                ]),
                navigated: !picks.once_in(10),
                signed: !picks.once_in(4),
                ..Touch::new(affiliate, at, picks.of(Evidence::ALL))
            }
        })
        .collect()
}

/// Decides by both; `Err` shows the case where they differ, with as few touches as show it.
pub(crate) fn compare(program: &Program, specification: &Specification, order: &Order, touches: &[Touch]) -> Result<(), String> {
    let agree = |touches: &[Touch]| specification.decide(order, touches).agrees(&program.attribute(order, touches).unwrap());
    if agree(touches) {
        return Ok(());
    }
    let mut few = touches.to_vec();
    while let Some(n) = (0..few.len()).find(|n| !agree(&[&few[..*n], &few[n + 1..]].concat())) {
        few.remove(n);
    }
    let (engine, restated) = (program.attribute(order, &few).unwrap(), specification.decide(order, &few));
    Err(format!("program {}\norder {order:?}\ntouches {few:#?}\nengine {engine:#?}\nspecification {restated:#?}", program.to_json()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// `SENTBY_CASES=1000000` compares more.
    fn cases() -> u64 {
        std::env::var("SENTBY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
    }

    /// Compares `count` cases, a hundred orders to each program.
    fn compare_many(seed: u64, count: u64) {
        let mut pick = chance(seed);
        let mut picks = Picks(&mut pick);
        let mut left = count;
        while left > 0 {
            let text = program(&mut picks).to_string();
            // A shortest time above the window is refused; such programs decide nothing.
            let Ok(program) = Program::from_json(&text) else { continue };
            let specification = Specification::of(&serde_json::from_str(program.to_json()).unwrap());
            for _ in 0..left.min(100) {
                let (order, touches) = (order(&mut picks), touches(&mut picks, 200));
                compare(&program, &specification, &order, &touches).unwrap_or_else(|case| panic!("{case}"));
                left -= 1;
            }
        }
    }

    /// `SENTBY_CASES=100000000 cargo test --release -p sentby --test it the_engine_decides -- --nocapture`
    #[test]
    fn the_engine_decides_as_the_specification_does() {
        let (start, count) = (Instant::now(), cases());
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || compare_many(thread << 32 | count, count.div_ceil(threads)));
            }
        });
        let seconds = start.elapsed().as_secs_f64();
        println!("{count} cases decided alike by the engine and its specification, {:.0} a second", count as f64 / seconds);
    }

    #[test]
    fn the_specification_decides_the_vectors() {
        let file: Value = serde_json::from_str(include_str!("../../vectors/decision.json")).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let program = &file["programs"][case["program"].as_str().unwrap()];
            let order: Order = serde_json::from_value(case["order"].clone()).unwrap();
            let touches: Vec<Touch> = serde_json::from_value(case["touches"].clone()).unwrap();
            let answer = Specification::of(program).decide(&order, &touches);
            let verdicts: Vec<Value> = answer.verdicts.iter().map(|(reason, by)| json!({ "reason": reason, "by": by })).collect();
            assert_eq!(Value::from(verdicts), case["expect"]["verdicts"], "{}", case["id"]);
            let flags: Vec<Value> = answer.flags.iter().map(|(code, touches)| json!({ "code": code, "touches": touches })).collect();
            assert_eq!(Value::from(flags), case["expect"]["flags"], "{}", case["id"]);
            let credits = case["expect"]["credits"].as_array().unwrap();
            let weights: Vec<(usize, u64)> =
                credits.iter().map(|c| (c["touch"].as_u64().unwrap() as usize, c["weight"].as_u64().unwrap())).collect();
            // The specification's halvings are floats, which may be a unit off where the vectors are exact.
            let close = |a: &(usize, u64), b: &(usize, u64)| a.0 == b.0 && a.1.abs_diff(b.1) <= u64::from(answer.rounded);
            assert!(
                answer.credits.len() == weights.len() && answer.credits.iter().zip(&weights).all(|(a, b)| close(a, b)),
                "{}",
                case["id"]
            );
            let said = |(evidence, affiliate, touch, credited): &(Evidence, String, usize, bool)| json!({ "evidence": evidence, "affiliate": affiliate, "touch": touch, "credited": credited });
            assert_eq!(Value::from(answer.conflicts.iter().map(said).collect::<Vec<_>>()), case["expect"]["conflicts"], "{}", case["id"]);
        }
    }
}
