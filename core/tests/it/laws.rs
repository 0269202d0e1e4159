//! What must hold for every program, order and list of touches.

use proptest::prelude::*;
use sentby::{Commission, Credit, Decision, Evidence, Line, Money, Order, Program, Reason, Referral, Refund, Role, Time, Touch};

const DAY: i64 = 86_400_000;
const AT: i64 = 1_772_560_800_000;

fn program(model: &str, precedence: &str, settlement: &str) -> Program {
    Program::from_toml(&format!(
        r#"
        sentby = 1
        vendor = "vendor"
        [[products]]
        id = "p"
        partners = [{{ id = "jv1", percent = "33.333333" }}, {{ id = "jv2", percent = "66.666667" }}]
        [[products]]
        id = "q"
        [[affiliates]]
        id = "anna"
        group = "gold"
        partnership = [{{ state = "approved", since = "2020-01-01T00:00:00Z" }}]
        [[affiliates]]
        id = "bob"
        partnership = [{{ state = "approved", since = "2020-01-01T00:00:00Z" }}, {{ state = "suspended", since = "2020-02-01T00:00:00Z", product = "q" }}]
        [[affiliates]]
        id = "carl"
        class = "coupon_extension"
        partnership = [{{ state = "approved", since = "2020-01-01T00:00:00Z" }}]
        [links]
        templates = ["https://shop.example/{{product}}/p/{{affiliate}}/{{campaign}}?c={{click_id}}&s1={{sub1}}", "https://{{affiliate}}.go.example/#x={{sub2}}&d={{destination}}"]
        [attribution]
        model = "{model}"
        stand_down = [{{ class = "coupon_extension", within = "30m" }}]
        {precedence}
        [[commission]]
        name = "gold"
        when = {{ group = "gold", quantity_from = 2 }}
        pays = {{ fixed = ["7.77 EUR"], per = "unit" }}
        [[commission]]
        name = "once"
        when = {{ product = "q" }}
        pays = {{ fixed = ["50.00 EUR"] }}
        [[commission]]
        name = "rest"
        pays = {{ percent = "37.5", first_payment = ["1.01 EUR"] }}
        [settlement]
        {settlement}
        "#
    ))
    .unwrap()
}

fn programs() -> impl Strategy<Value = Program> {
    let model = prop::sample::select(vec!["last_touch", "first_touch", "linear", "position_based", "time_decay"]);
    let precedence = prop::sample::select(vec!["", "precedence = \"none\""]);
    let settlement = prop::sample::select(vec![
        "preset = \"copecart\"",
        "rounding = \"down\"\nfee = { percent = \"99\", fixed = \"3.00 EUR\" }",
        "base = \"gross\"\npartners_base = \"same_base\"",
        "base = \"net_of_tax\"\nsteps = [\"tax\", \"partners\", \"affiliate\", \"fee\"]\nfee = { percent = \"10\" }",
    ]);
    (model, precedence, settlement).prop_map(|(m, p, s)| program(m, p, s))
}

fn touches() -> impl Strategy<Value = Vec<Touch>> {
    let one = (
        prop::sample::select(vec!["anna", "bob", "carl", "eve"]),
        prop::sample::select(vec![-1, 0, 1, DAY / 48, DAY, 30 * DAY, 30 * DAY + 1, 40 * DAY]),
        prop::sample::select(Evidence::ALL.to_vec()),
        prop::option::of(prop::sample::select(vec!["c1", "c2"])),
        prop::option::of(prop::sample::select(vec!["p", "q", "r"])),
        any::<[bool; 2]>(),
    );
    prop::collection::vec(
        one.prop_map(|(affiliate, ago, evidence, click, product, [navigated, coupon])| Touch {
            click_id: click.map(Into::into),
            product: product.map(Into::into),
            coupon: coupon.then(|| "X".into()),
            navigated,
            ..Touch::new(affiliate, Time::from_millis(AT - ago).unwrap(), evidence)
        }),
        0..12,
    )
}

fn orders() -> impl Strategy<Value = Order> {
    let line = (0..3_i64, 0..1000_i64, prop::sample::select(vec!["p", "q", "r"]), 1..4_u32);
    let amounts = prop::collection::vec((line, prop::sample::select(vec![0, 1, 2, 99, 12_345, 1 << 40])), 1..5);
    (amounts, 1..3_u32, prop::option::of(0..DAY)).prop_map(|(lines, payment, cart)| {
        let euro = |minor| Money::new(minor, "EUR").unwrap();
        let lines = lines.into_iter().enumerate().map(|(n, ((thirds, extra, product, quantity), size))| {
            let gross = size + extra;
            Line { quantity, ..Line::new(n.to_string(), product, euro(gross), euro(gross * thirds / 3)) }
        });
        let order = Order::new("A-1", Time::from_millis(AT).unwrap(), lines.collect());
        Order { payment, cart_at: cart.map(|ago| Time::from_millis(AT - ago).unwrap()), coupons: vec!["x".into()], ..order }
    })
}

/// A decision without the indices, which depend on the order of the input.
fn shape(decision: &Decision, touches: &[Touch]) -> (Vec<(String, u64)>, Vec<String>) {
    let credits = decision.credits.iter().map(|c| (format!("{:?}", touches[c.touch as usize]), c.weight)).collect();
    let mut verdicts: Vec<String> = decision.verdicts.iter().zip(touches).map(|(v, t)| format!("{:?} {t:?}", v.reason)).collect();
    verdicts.sort();
    (credits, verdicts)
}

fn sum(commission: &Commission) -> i64 {
    commission.entries.iter().map(|e| e.amount.minor()).sum()
}

/// `SENTBY_CASES=1000000 cargo test --release -p sentby` tries more.
pub(crate) fn cases() -> u32 {
    std::env::var("SENTBY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_order_of_touches_changes_nothing(program in programs(), order in orders(), touches in touches(), seed in any::<u64>()) {
        let decision = program.attribute(&order, &touches).unwrap();
        let mut shuffled = touches.clone();
        let mut state = seed;
        for n in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(n, (state >> 33) as usize % (n + 1));
        }
        let again = program.attribute(&order, &shuffled).unwrap();
        prop_assert_eq!(shape(&decision, &touches), shape(&again, &shuffled));
        prop_assert_eq!(program.fingerprint(&order, &touches, &decision).unwrap(), program.fingerprint(&order, &shuffled, &again).unwrap());
        prop_assert_eq!(program.commission(&order, &decision).unwrap(), program.commission(&order, &again).unwrap());
    }

    #[test]
    fn every_touch_gets_one_verdict_and_the_credited_get_weight(program in programs(), order in orders(), touches in touches()) {
        let decision = program.attribute(&order, &touches).unwrap();
        prop_assert_eq!(decision.verdicts.len(), touches.len());
        for (n, verdict) in decision.verdicts.iter().enumerate() {
            let weight: u64 = decision.credits.iter().filter(|c| c.touch as usize == n).map(|c| c.weight).sum();
            prop_assert_eq!(verdict.reason == Reason::Credited, weight > 0);
        }
        let more = decision.flags.len() + usize::from(!decision.conflicts.is_empty());
        prop_assert_eq!(decision.explain().lines().count(), 1 + touches.len() + more);
    }

    #[test]
    fn a_touch_that_is_not_eligible_changes_no_credit(program in programs(), order in orders(), touches in touches(), at in 0..20_usize) {
        let before = program.attribute(&order, &touches).unwrap();
        let mut more = touches.clone();
        let stranger = Touch { click_id: Some("c1".into()), ..Touch::new("stranger", Time::from_millis(AT - 5).unwrap(), Evidence::Manual) };
        more.insert(at.min(touches.len()), stranger);
        let after = program.attribute(&order, &more).unwrap();
        prop_assert_eq!(shape(&before, &touches).0, shape(&after, &more).0);
    }

    #[test]
    fn a_wider_window_loses_no_eligible_touch(order in orders(), touches in touches(), days in 0..60_u32, more in 0..60_u32, tiers in prop::sample::select(vec!["", "precedence = \"none\""])) {
        let decide = |days: u32| {
            let rules = program("linear", &format!("window = \"{days}d\"\n{tiers}"), "");
            rules.attribute(&order, &touches).unwrap().verdicts
        };
        let (narrow, wide) = (decide(days), decide(days + more));
        let is_eligible = |reason| matches!(reason, Reason::Credited | Reason::Superseded | Reason::Outranked);
        for (before, after) in narrow.iter().zip(&wide).filter(|(before, _)| is_eligible(before.reason)) {
            // It may lose to a touch that came in, and to nothing else.
            let came_in = after.by.is_some_and(|by| narrow[by as usize].reason == Reason::OutsideWindow);
            prop_assert!(is_eligible(after.reason) || came_in, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_settlement_adds_up_to_gross_line_by_line(program in programs(), order in orders(), touches in touches()) {
        let decision = program.attribute(&order, &touches).unwrap();
        let commission = program.commission(&order, &decision).unwrap();
        for line in &order.lines {
            let entries = commission.entries.iter().filter(|e| e.line == line.id);
            prop_assert_eq!(entries.map(|e| e.amount.minor()).sum::<i64>(), line.gross.minor());
        }
        prop_assert!(commission.entries.iter().all(|e| e.amount.minor() > 0));
        let tax: i64 = commission.entries.iter().filter(|e| e.role == Role::Tax).map(|e| e.amount.minor()).sum();
        prop_assert_eq!(tax, order.lines.iter().map(|l| l.tax.minor()).sum::<i64>());
    }

    #[test]
    fn any_slicing_of_refunds_ends_at_exactly_zero(
        program in programs(), order in orders(), weights in prop::collection::vec(1..100_u64, 1..4),
        slices in prop::collection::vec((1..1000_i64, prop::option::of(0..5_usize)), 0..10)
    ) {
        let credits = weights.iter().enumerate().map(|(n, weight)| Credit {
            affiliate: ["anna", "bob", "carl"][n].into(), weight: *weight, touch: n as u32, evidence: Evidence::Click, campaign: None,
        });
        let decision = Decision::new(order.id.clone(), order.at, credits.collect());
        let mut commission = program.commission(&order, &decision).unwrap();
        let gross = sum(&commission);
        let mut left = gross;
        for (n, (thousandths, line)) in slices.into_iter().enumerate() {
            let amount = (gross / 1000 * thousandths / 4).max(1);
            let refund = Refund { line: line.map(|n| n.to_string()), ..Refund::new(format!("R{n}"), Money::new(amount, "EUR").unwrap()) };
            if let Ok(next) = program.refund(&commission, &refund) {
                left -= amount;
                commission = next;
            }
            prop_assert_eq!(sum(&commission), left); // a refused refund changes nothing
        }
        if left > 0 {
            commission = program.refund(&commission, &Refund::new("rest", Money::new(left, "EUR").unwrap())).unwrap();
        }
        let mut balances = std::collections::BTreeMap::new();
        for entry in &commission.entries {
            *balances.entry((&entry.line, entry.role, &entry.recipient, &entry.rule)).or_insert(0) += entry.amount.minor();
        }
        prop_assert!(balances.values().all(|balance| *balance == 0), "{:?}", balances);
        prop_assert!(program.refund(&commission, &Refund::new("more", Money::new(1, "EUR").unwrap())).is_err());
    }

    #[test]
    fn what_is_built_reads_back(
        affiliate in "[A-Za-z0-9_.~*@+-]{1,64}", product in prop::option::of("[A-Za-z0-9_.~*@+-]{1,64}"), campaign in prop::option::of("\\PC{1,20}"),
        click_id in prop::option::of("\\PC{1,20}"), sub in prop::option::of("\\PC{1,20}"), destination in prop::option::of("\\PC{1,40}")
    ) {
        let program = program("last_touch", "", "");
        let mut referral = Referral { product, campaign, click_id, destination, ..Referral::affiliate(affiliate) };
        if let Some(sub) = sub {
            referral.sub_ids.insert(if referral.product.is_some() { "sub1" } else { "sub2" }.into(), sub);
        }
        if let Ok(url) = program.link(&referral) {
            prop_assert_eq!(program.read(&url).unwrap().unwrap().referral, referral);
        }
    }

    #[test]
    fn every_legal_id_fits_a_plain_link(affiliate in "[A-Za-z0-9_.~*@+-]{1,64}", product in "[A-Za-z0-9_.~*@+-]{1,64}") {
        prop_assume!(![".", ".."].contains(&affiliate.as_str()) && ![".", ".."].contains(&product.as_str()));
        let program = program("last_touch", "", "");
        let referral = Referral { product: Some(product), ..Referral::affiliate(affiliate) };
        let url = program.link(&referral).unwrap();
        prop_assert_eq!(program.read(&url).unwrap().unwrap().referral, referral);
    }

    #[test]
    fn no_text_panics(text in any::<String>(), parts in "(https?://)?[a-z.@:{}*/?&=#%A-F0-9 ]{0,60}") {
        let program = program("last_touch", "", "");
        for text in [&text, &parts] {
            let _ = program.read(text);
            let _ = Program::from_toml(text);
            let _ = Program::from_json(text);
            let _ = program.coupon_owner(text);
            let json = serde_json::to_string(text).unwrap();
            let _ = Program::from_json(&format!(r#"{{"sentby": 1, "vendor": "v", "links": {{"templates": [{json}]}}}}"#));
        }
    }
}

#[test]
fn a_million_touches_are_decided_in_bounded_time() {
    let program = program("linear", "precedence = \"none\"", "");
    let touches: Vec<Touch> = (0..1_000_000)
        .map(|n| Touch { click_id: Some(format!("{}", n / 2)), ..Touch::new("anna", Time::from_millis(AT - n).unwrap(), Evidence::Click) })
        .collect();
    let line = Line::new("1", "p", Money::new(100, "EUR").unwrap(), Money::new(0, "EUR").unwrap());
    let order = Order::new("A-1", Time::from_millis(AT).unwrap(), vec![line]);
    assert_eq!(program.attribute(&order, &touches).unwrap().credits.len(), 500_000);
    let decision = program.attribute(&order, &touches).unwrap();
    assert_eq!(decision.explain().lines().count(), 1_000_001);
    let commission = program.commission(&order, &decision).unwrap();
    assert_eq!(commission.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), 100);
    let lines =
        (0..10_000).map(|n| Line::new(n.to_string(), format!("p{n}"), Money::new(1, "EUR").unwrap(), Money::new(0, "EUR").unwrap()));
    let wide = Order::new("A-2", Time::from_millis(AT).unwrap(), lines.collect());
    let strangers: Vec<Touch> = touches.iter().map(|t| Touch { product: Some("q".into()), ..t.clone() }).collect();
    assert!(program.attribute(&wide, &strangers).unwrap().credits.is_empty());
    let mut more = touches.clone();
    more.extend_from_slice(&touches[..48_577]);
    assert_eq!(program.attribute(&order, &more).unwrap_err().code().as_str(), "too_large");
}
