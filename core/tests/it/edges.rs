//! What vectors cannot say: fields of records that come out, limits of size, decisions and commissions that are handed back changed.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use sentby::{
    Consent, CookieSpec, Credit, Decision, Evidence, Keys, Line, Money, Order, Program, Purpose, Rate, Referral, Refund, RootKey, Rounding,
    Time, Touch,
};

fn at() -> Time {
    Time::parse("2026-03-03T18:00:00Z").unwrap()
}

fn program(bonuses: usize) -> Program {
    let bonus: String = (0..bonuses).map(|n| format!("[[bonuses]]\nname = \"b{n}\"\npays = {{ fixed = [\"0.01 EUR\"] }}\n")).collect();
    let names: String = (0..1024)
        .map(|n| format!("[[affiliates]]\nid = \"a{n}\"\npartnership = [{{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }}]\n"))
        .collect();
    Program::from_toml(&format!(
        "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n{names}[[commission]]\npays = {{ percent = \"10\" }}\n{bonus}"
    ))
    .unwrap()
}

fn order(lines: usize) -> Order {
    let line = |n: usize| Line::new(n.to_string(), "p", Money::new(1_000, "EUR").unwrap(), Money::new(0, "EUR").unwrap());
    Order::new("A-1", at(), (0..lines).map(line).collect())
}

fn decision(credits: usize) -> Decision {
    let credit = |n: usize| Credit { affiliate: format!("a{n}"), weight: 1, touch: n as u32, evidence: Evidence::Click, campaign: None };
    Decision::new("A-1", at(), (0..credits).map(credit).collect())
}

#[test]
fn an_opened_carrier_is_a_signed_touch() {
    let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")]).unwrap();
    let referral = Referral { product: Some("course".into()), click_id: Some("00000000000003e8".into()), ..Referral::affiliate("anna") };
    let token = keys.seal(&referral, Purpose::Profile, "shop.example", at()).unwrap();
    let touch = keys.open(&token, Purpose::Profile, "shop.example", at()).unwrap().touch();
    let wanted = Touch {
        product: Some("course".into()),
        click_id: Some("00000000000003e8".into()),
        signed: true,
        ..Touch::new("anna", at(), Evidence::Token)
    };
    assert_eq!(touch, wanted);

    // A cookie is only ever set with consent, and says so.
    let spec = CookieSpec::new("shop.example");
    let set = keys.set_cookie(&spec, std::slice::from_ref(&touch), Consent::Granted, at()).unwrap().unwrap();
    let header = set.split(';').next().unwrap();
    let read = keys.read_cookie(&spec, header, at()).unwrap().touches;
    assert_eq!(read, [Touch { evidence: Evidence::Cookie, consent: Consent::Granted, ..wanted }]);
}

/// The header is searched sixteen bytes at a time; the cookie may stand anywhere in it, and separators too.
#[test]
fn a_cookie_is_found_wherever_it_stands() {
    let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")]).unwrap();
    let spec = CookieSpec::new("shop.example");
    let touch = Touch::new("anna", at(), Evidence::Click);
    let set = keys.set_cookie(&spec, &[touch], Consent::Granted, at()).unwrap().unwrap();
    let pair = set.split(';').next().unwrap();
    for before in 0..40 {
        for behind in 0..20 {
            let header = format!("a={}; {pair};{} ;z=1", "x".repeat(before), ";".repeat(behind));
            assert_eq!(keys.read_cookie(&spec, &header, at()).unwrap().touches.len(), 1, "{header}");
            let other = header.replace(&spec.name, "other");
            assert!(keys.read_cookie(&spec, &other, at()).unwrap().touches.is_empty(), "{other}");
        }
    }
}

#[test]
fn a_program_says_whether_it_looks_back() {
    let rule =
        |pays: &str| format!("sentby = 1\nvendor = \"v\"\n[[commission]]\npays = {{ {pays} }}\n[[bonuses]]\npays = {{ percent = \"1\" }}");
    let looks_back = |pays: &str| Program::from_toml(&rule(pays)).unwrap().looks_back();
    assert!(!looks_back("percent = \"10\", payments = 2"));
    assert!(!looks_back("by = \"order_value\", tiers = [{ percent = \"10\" }, { from = \"1.00 EUR\", percent = \"20\" }]"));
    assert!(looks_back("by = \"count\", over = \"month\", tiers = [{ percent = \"10\" }, { from = 2, percent = \"20\" }]"));
    assert!(looks_back("percent = \"10\", budget = { amount = \"1.00 EUR\", over = \"month\", each = \"rule\" }"));
}

#[test]
fn a_decision_of_another_order_or_time_is_refused() {
    let program = program(0);
    let code = |decision: &Decision| program.commission(&order(1), decision).unwrap_err().code().as_str();
    assert!(program.commission(&order(1), &decision(1)).is_ok());
    assert_eq!(code(&Decision { order: "A-2".into(), ..decision(1) }), "decision_mismatch");
    assert_eq!(code(&Decision { at: Time::from_millis(at().millis() + 1).unwrap(), ..decision(1) }), "decision_mismatch");
    let mut huge = decision(2);
    huge.credits[0].weight = u64::MAX;
    assert_eq!(code(&huge), "decision_mismatch");
}

/// Lines × credits × (a rule and the bonuses), 2^22 at most.
#[test]
fn a_settlement_has_a_largest_size() {
    let program = program(1);
    assert_eq!(program.commission(&order(2049), &decision(1024)).unwrap_err().code().as_str(), "too_large");
    let most = program.commission(&order(2048), &decision(1024)).unwrap();
    assert_eq!(most.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), 2048 * 1_000);
}

/// A commission that came back from a store changed, or that was never ours.
#[test]
fn a_commission_that_cannot_be_is_refused() {
    let program = program(0);
    let good = program.commission(&order(2), &decision(2)).unwrap();
    let refund = Refund { id: "R".into(), amount: Money::new(1, "EUR").unwrap(), line: None };
    assert!(program.refund(&good, &refund).is_ok());
    let why = |change: &dyn Fn(&mut sentby::Commission)| {
        let mut changed = good.clone();
        change(&mut changed);
        let error = program.refund(&changed, &refund).unwrap_err();
        assert_eq!(error.code().as_str(), "commission_invalid", "{error}");
        error.detail().to_owned()
    };
    let minor = |n: i64| Money::new(n, "EUR").unwrap();
    assert!(why(&|c| c.entries[0].amount = minor(-5_000)).contains("below zero"));
    assert!(why(&|c| c.entries[0].amount = minor(-1)).contains("negative"));
    assert!(why(&|c| c.entries.push(c.entries[0].clone())).contains("twice"));
    let mut dollars = good.clone();
    dollars.entries[0].amount = Money::new(1, "USD").unwrap();
    assert_eq!(program.refund(&dollars, &refund).unwrap_err().code().as_str(), "currency_mismatch");
    assert!(why(&|c| c.entries[1].refund = Some("earlier".into())).contains("never paid"));
    let twice = program.refund(&good, &refund).unwrap();
    let last = twice.entries.len() - 1;
    let mut changed = twice;
    changed.entries[last].amount = minor(-1_000_000);
    assert!(program.refund(&changed, &Refund { id: "S".into(), ..refund.clone() }).unwrap_err().detail().contains("more than was paid"));
    assert!(why(&|c| c.entries.iter_mut().for_each(|e| e.amount = minor(9_007_199_254_740_991))).contains("2^53"));
}

/// Percentages of negative amounts too, against `rust_decimal`; halves go away from zero, to the even one, or down, on the absolute value.
#[test]
fn a_rate_is_rounded_on_the_absolute_value() {
    for text in ["0", "0.000001", "4.9", "33.333333", "50", "99.999999", "100"] {
        let (rate, exact) = (Rate::parse(text).unwrap(), text.parse::<Decimal>().unwrap());
        for minor in [
            0,
            1,
            -1,
            5,
            -5,
            10,
            -10,
            15,
            -15,
            25,
            -25,
            645,
            -645,
            123_456_789,
            -123_456_789,
            9_007_199_254_740_991,
            -9_007_199_254_740_991,
        ] {
            for (rounding, strategy) in [
                (Rounding::HalfAway, RoundingStrategy::MidpointAwayFromZero),
                (Rounding::HalfEven, RoundingStrategy::MidpointNearestEven),
                (Rounding::Down, RoundingStrategy::ToZero),
            ] {
                let wanted = (Decimal::from(minor) * exact / Decimal::ONE_HUNDRED).round_dp_with_strategy(0, strategy).to_i64().unwrap();
                let got = rate.share(Money::new(minor, "EUR").unwrap(), rounding).minor();
                assert_eq!(got, wanted, "{text} % of {minor}, {rounding:?}");
            }
        }
    }
}
