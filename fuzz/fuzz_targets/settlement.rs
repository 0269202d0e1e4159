#![no_main]
//! Any order under programs of every kind: entries add up to gross line by line, grounds to entries, the order of lines moves nothing, and refunds of
//! any size in any order end at exactly zero for everyone.

use libfuzzer_sys::fuzz_target;
use sentby::{Credit, Decision, Entry, Event, Evidence, Line, Money, Order, Program, Rate, Refund, Time};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const RULES: [&str; 8] = [
    r#"commission = [{ pays = { percent = "50" } }]
       settlement = { preset = "copecart" }"#,
    r#"commission = [{ pays = { percent = "33.333333" } }]
       settlement = { preset = "digistore24" }"#,
    r#"commission = [{ pays = { fixed = "0.99 EUR", per = "unit" } }]"#,
    r#"commission = [{ pays = { percent = "100", max = "3.00 EUR" } }, { pays = { fixed = "5.00 EUR" } }]"#,
    r#"commission = [{ pays = { percent = "7.5", min = "0.50 EUR", max = "2.00 EUR", first_payment = "1.00 EUR" } }]
       second_level = { percent = ["10", "5"] }"#,
    r#"commission = [{ pays = { by = "order_value", how = "marginal", tiers = [{ percent = "1" }, { from = "10.00 EUR", percent = "20" }] } }]"#,
    r#"commission = [{ when = { event = ["lead"] }, pays = { fixed = "3.00 EUR" } }, { pays = { percent = "99.999999" } }]
       bonuses = [{ pays = { percent = "0.000001" } }]"#,
    r#"commission = [{ pays = { percent = "60" } }]
       settlement = { base = "gross", rounding = "half_even", partners_base = "same_base" }"#,
];

static PROGRAMS: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let program = |rules: &&str| {
        let affiliate = |(id, parent): (&str, &str)| {
            format!(
                "[[affiliates]]\nid = \"{id}\"\n{parent}\npartnership = [{{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }}]\n"
            )
        };
        let affiliates: String = [("anna", ""), ("bob", "parent = \"anna\""), ("carl", "parent = \"bob\"")].map(affiliate).concat();
        let partners = "[[products]]\nid = \"p\"\npartners = [{ id = \"jim\", percent = \"40\" }]\n[[products]]\nid = \"q\"\n";
        Program::from_toml(&format!("sentby = 1\nvendor = \"v\"\n{rules}\n{partners}{affiliates}"))
            .unwrap_or_else(|error| panic!("{error}: {rules}"))
    };
    RULES.iter().map(program).collect()
});

/// What the fuzzer chose, and zeros behind its end.
struct Choices<'b>(&'b [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number of one to seven bytes: small ones are likely, and 2^53 is within.
    fn number(&mut self) -> i64 {
        let bytes = self.byte() % 8;
        (0..bytes).fold(0, |number, _| number << 8 | i64::from(self.byte()))
    }
}

fn euro(minor: i64) -> Option<Money> {
    Money::new(minor, "EUR").ok()
}

fuzz_target!(|bytes: &[u8]| {
    let mut from = Choices(bytes);
    let program = &PROGRAMS[usize::from(from.byte()) % PROGRAMS.len()];
    let at = Time::from_millis(1_772_355_600_000).unwrap();
    let lines: Option<Vec<Line>> = (0..=from.byte() % 5)
        .map(|n| {
            let gross = from.number();
            let tax = from.number().min(gross);
            let mut line = Line::new(n.to_string(), if from.byte() % 2 == 0 { "p" } else { "q" }, euro(gross)?, euro(tax)?);
            line.quantity = u32::from(from.byte());
            line.shipping = (from.byte() % 3 == 0).then(|| euro(from.number())).flatten();
            line.discount = (from.byte() % 3 == 0).then(|| euro(from.number())).flatten();
            Some(line)
        })
        .collect();
    let Some(lines) = lines else { return };
    let mut order = Order::new("A", at, lines);
    order.payment = u32::from(from.byte() % 4);
    order.event = *[Event::Sale, Event::Sale, Event::Lead, Event::Click].get(usize::from(from.byte() % 4)).unwrap();
    order.rate = (from.byte() % 8 == 0).then(|| Rate::parse("12.5").unwrap());
    let credit = |n: u8| Credit {
        affiliate: ["anna", "bob", "carl", "nobody"][usize::from(n % 4)].into(),
        weight: u64::from(n) + 1,
        touch: u32::from(n),
        evidence: Evidence::Click,
        campaign: None,
    };
    let decision = Decision::new("A", at, (0..from.byte() % 4).map(|n| credit(n + from.byte() % 4)).collect());
    let Ok(commission) = program.commission(&order, &decision) else { return };

    let mut by_line: BTreeMap<&str, i64> = BTreeMap::new();
    commission.entries.iter().for_each(|entry| *by_line.entry(entry.line.as_str()).or_default() += entry.amount.minor());
    for line in &order.lines {
        assert_eq!(by_line.get(line.id.as_str()).copied().unwrap_or_default(), line.gross.minor(), "line {}", line.id);
    }
    let mut turned = order.clone();
    turned.lines.reverse();
    // They are listed in the order of the lines.
    let sorted = |mut entries: Vec<Entry>| {
        entries.sort_by(|a, b| (&a.line, a.role, &a.recipient, a.amount.minor()).cmp(&(&b.line, b.role, &b.recipient, b.amount.minor())));
        entries
    };
    assert_eq!(sorted(program.commission(&turned, &decision).unwrap().entries), sorted(commission.entries.clone()));
    assert!(!commission.explain().is_empty());

    // Refunds of any size; what is too much is refused, and the rest is taken back at the end.
    let mut left = commission;
    for n in 0..from.byte() % 6 {
        let amount = from.number();
        let line = (from.byte() % 2 == 0).then(|| format!("{}", from.byte() % 5));
        let Some(amount) = euro(amount) else { continue };
        let refund = match &line {
            Some(line) => Refund { line: Some(line.as_str().into()), ..Refund::new(format!("r{n}"), amount) },
            None => Refund::new(format!("r{n}"), amount),
        };
        if let Ok(next) = program.refund(&left, &refund) {
            let taken: i64 = next.entries.iter().map(|entry| entry.amount.minor()).sum();
            let before: i64 = left.entries.iter().map(|entry| entry.amount.minor()).sum();
            assert_eq!(before - taken, amount.minor());
            left = next;
        }
    }
    if let Ok(over) = program.reverse(&left, "last") {
        let mut each: BTreeMap<_, i64> = BTreeMap::new();
        over.entries.iter().for_each(|entry| *each.entry((entry.role, entry.recipient.clone())).or_default() += entry.amount.minor());
        assert!(each.values().all(|amount| *amount == 0), "{each:?}");
    }
});
