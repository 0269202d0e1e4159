//! Tables of plain sales, almost all of them credited, settled as single calls settle them: rules that look back, bonuses, second levels, conditions. Random
//! tables of all kinds (`columns`) seldom have many sales of one affiliate in one period.

use crate::columns::{Purchases, Visits, compare};
use crate::decisions::{Picks, chance};
use sentby::{Evidence, Line, Money, Order, Program, Time, Touch};
use serde_json::{Value, json};

/// 2026-03-03, 18:00:00 UTC.
const START: i64 = 1_772_560_800_000;
const HALF_DAY: i64 = 43_200_000;

fn rule(picks: &mut Picks<'_>) -> Value {
    let over = picks.of(&["1d", "2d", "month", "lifetime"]);
    let percent = picks.of(&["10", "12.5", "50", "33.333333"]);
    let pays = match picks.below(11) {
        0 => json!({ "by": "count", "over": over, "tiers": [{ "percent": "10" }, { "from": picks.of(&[2, 3]), "percent": "20" }] }),
        1 => {
            let tiers = json!([{ "percent": "5" }, { "from": "10.00 EUR", "percent": "50" }, { "from": "100.00 EUR", "percent": "70" }]);
            json!({ "by": "revenue", "how": picks.of(&["whole", "marginal"]), "over": over, "tiers": tiers })
        }
        2 => {
            json!({ "percent": "33.333333", "budget": { "amount": ["4.00 EUR"], "over": over, "each": picks.of(&["affiliate", "rule"]) } })
        }
        3 => json!({ "fixed": ["0.15 EUR"] }),
        4 => json!({ "percent": percent, "min": ["0.80 EUR"] }),
        5 => json!({ "percent": percent, "max": ["3.00 EUR"] }),
        6 => json!({ "percent": percent, "first_payment": ["0.50 EUR"] }),
        _ => json!({ "percent": percent }),
    };
    let when = match picks.below(6) {
        0 => json!({ "campaign": "mail" }),
        1 => json!({ "evidence": ["cookie"] }),
        2 => json!({ "affiliate": picks.of(&["a", "b"]) }),
        _ => json!({}),
    };
    json!({ "when": when, "pays": pays })
}

fn program(picks: &mut Picks<'_>) -> Program {
    let affiliate = |id: &str, parent: Option<&str>| json!({ "id": id, "parent": parent, "partnership": [{ "state": "approved", "since": "1970-01-01T00:00:00Z" }] });
    let rules: Vec<Value> = (0..1 + picks.below(3)).map(|_| rule(picks)).collect();
    let partners = if picks.below(3) == 0 { json!([{ "id": "paula", "percent": "25" }]) } else { json!([]) };
    let base = picks.of(&["gross", "net_of_tax", "net_of_tax_and_fee"]);
    let mut program = json!({
        "sentby": 1, "vendor": "v",
        "products": [{ "id": "p", "partners": partners }, { "id": "q" }],
        "affiliates": [affiliate("a", Some("b")), affiliate("b", Some("c")), affiliate("c", None)],
        "attribution": { "model": picks.of(&["last_touch", "last_touch", "linear"]), "window": "unlimited", "cross_product": true, "precedence": "none" },
        "commission": rules,
        "settlement": { "fee": { "percent": "4.9" }, "base": base },
    });
    let map = program.as_object_mut().unwrap();
    if picks.below(3) == 0 {
        map.insert("bonuses".into(), json!([{ "name": "spring", "pays": { "percent": "2" } }]));
    }
    if picks.below(3) == 0 {
        map.insert("second_level".into(), json!({ "of": picks.of(&["commission", "base"]), "percent": ["10", "5"] }));
    }
    Program::from_json(&program.to_string()).unwrap()
}

fn tables(picks: &mut Picks<'_>) -> (Visits, Purchases) {
    let time = |millis| Time::from_millis(millis).unwrap();
    let visits = (0..12).map(|_| {
        // Before all sales, or between them.
        let at = time(START - 1 - picks.below(1_000) as i64 + picks.of(&[0, 0, 2, 5]) * HALF_DAY);
        let kind = picks.of(&[Evidence::Cookie, Evidence::Click]);
        let touch = Touch { campaign: picks.of(&[None, None, Some("mail".into())]), ..Touch::new(picks.of(&["a", "b", "c"]), at, kind) };
        (Some(picks.below(3) as u32), touch)
    });
    let visits = visits.collect();
    let once = picks.below(2) == 0;
    let purchases = (0..1 + picks.below(25)).map(|n| {
        // Right at the ends of periods, and a little beside them.
        let at = START + picks.below(10) as i64 * HALF_DAY + picks.of(&[0, 0, 0, 1, -1]);
        let gross = picks.of(&[100, 999, 1_000, 5_000, 119_000]);
        let euros = |minor| Money::new(minor, "EUR").unwrap();
        let line = Line::new("1", picks.of(&["p", "q"]), euros(gross), euros(gross / 7));
        let (id, payment) = if once { (n.to_string(), 1) } else { (format!("A-{}", n / 2), 1 + n as u32 % 2) };
        (Some(picks.below(3) as u32), Order { payment, ..Order::new(id, time(at.max(START)), vec![line]) })
    });
    (visits, purchases.collect())
}

#[test]
fn plain_sales_are_settled_as_single_calls_do() {
    let cases: u64 = std::env::var("SENTBY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1500);
    for seed in 0..(cases / 5).max(120) {
        let mut pick = chance(seed);
        let mut picks = Picks(&mut pick);
        let program = program(&mut picks);
        let (visits, purchases) = tables(&mut picks);
        if let Err(case) = compare(&mut picks, &program, &visits, &purchases) {
            panic!("seed {seed}: {case}\nprogram {}\nvisits {visits:#?}\npurchases {purchases:#?}", program.to_json());
        }
    }
}
