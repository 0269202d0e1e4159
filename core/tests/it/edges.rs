//! What vectors cannot say: fields of records that come out, limits of size, decisions and commissions that are handed back changed.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use sentby::{
    Commission, Consent, CookieSpec, Credit, Decision, Evidence, Keys, Line, Messages, Money, Order, Program, Purpose, Rate, Referral,
    Refund, RootKey, Rounding, Time, Touch,
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

#[test]
fn a_decision_takes_a_million_touches_and_not_many_more() {
    let program = program(0);
    let touches = vec![Touch { navigated: false, ..Touch::new("a1", at(), Evidence::Click) }; (1 << 20) + 1];
    assert_eq!(program.attribute(&order(1), &touches).unwrap_err().code().as_str(), "too_large");
    assert_eq!(program.attribute(&order(1), &touches[1..]).unwrap().verdicts.len(), 1 << 20);
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

#[test]
fn a_fingerprint_is_of_one_order_and_its_touches() {
    let (program, order) = (program(0), order(1));
    let touches = [Touch::new("a1", at(), Evidence::Click)];
    let decision = program.attribute(&order, &touches).unwrap();
    assert_eq!(program.fingerprint(&order, &touches, &decision).unwrap().len(), 64);
    let later = Time::from_millis(at().millis() + 1).unwrap();
    for (changed, touches) in [
        (Decision { order: "A-2".into(), ..decision.clone() }, &touches[..]),
        (Decision { at: later, ..decision.clone() }, &touches),
        (decision.clone(), &[]),
    ] {
        assert_eq!(program.fingerprint(&order, touches, &changed).unwrap_err().code().as_str(), "decision_mismatch");
    }
}

/// Two touches of one affiliate, kind and campaign are one credit: 25 % of two cents is a cent, of one cent twice it is none.
#[test]
fn credits_that_are_alike_are_one() {
    let source = "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"a0\"\npartnership = [{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }]\n[[commission]]\npays = { percent = \"25\" }\n";
    let program = Program::from_toml(source).unwrap();
    let line = Line::new("1", "p", Money::new(2, "EUR").unwrap(), Money::new(0, "EUR").unwrap());
    let order = Order::new("A-1", at(), vec![line]);
    let paid = |campaigns: [Option<&str>; 2]| {
        let credit = |campaign: Option<&str>| Credit { campaign: campaign.map(Into::into), ..decision(1).credits[0].clone() };
        let decision = Decision { credits: campaigns.map(credit).into(), ..decision(0) };
        let entries = program.commission(&order, &decision).unwrap().entries;
        entries.iter().filter(|entry| entry.role.as_str() == "affiliate").map(|entry| entry.amount.minor()).sum::<i64>()
    };
    assert_eq!((paid([None, None]), paid([Some("m"), Some("m")]), paid([None, Some("m")])), (1, 1, 0));
}

#[test]
fn a_commission_without_a_number_of_payment_is_of_the_first() {
    let commission = program(0).commission(&order(1), &decision(1)).unwrap();
    let mut json = serde_json::to_value(&commission).unwrap();
    assert_eq!(json.as_object_mut().unwrap().remove("payment"), Some(1.into()));
    assert_eq!(serde_json::from_value::<Commission>(json).unwrap(), commission);
}

#[test]
fn nothing_has_no_sign() {
    let text = |minor| Money::new(minor, "EUR").unwrap().decimal();
    assert_eq!([text(-1), text(0), text(1)], ["-0.01", "0.00", "0.01"]);
}

/// Every sentence of the shipped tables, with all its placeholders; each is missed, and what is more is refused.
#[test]
fn a_table_of_sentences_is_whole() {
    for language in ["en", "de"] {
        let messages = Messages::in_language(language).unwrap();
        assert_eq!(&Messages::from_json(&messages.to_json()).unwrap(), messages);
        let table: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&messages.to_json()).unwrap();
        assert!(table.len() > 40, "{}", table.len());
        let refused = |table: &serde_json::Map<String, serde_json::Value>| {
            Messages::from_json(&serde_json::to_string(table).unwrap()).unwrap_err().to_string()
        };
        for (key, sentence) in &table {
            let mut less = table.clone();
            less.remove(key);
            assert_eq!(refused(&less), format!("messages_invalid: /{key}: is missing"));
            let mut odd = table.clone();
            odd.insert(key.clone(), format!("{} {{odd}}", sentence.as_str().unwrap()).into());
            assert!(refused(&odd).starts_with(&format!("messages_invalid: /{key}: has no placeholder `odd`; known are ")));
            odd.insert(key.clone(), "{".into());
            assert_eq!(refused(&odd), format!("messages_invalid: /{key}: has a {{ without a }}"));
        }
        let mut more = table.clone();
        more.insert("evidence.smoke".into(), "smoke".into());
        assert_eq!(refused(&more), "messages_invalid: /evidence.smoke: there is no such sentence");
    }
    assert_ne!(Messages::in_language("en"), Messages::in_language("de"));
    assert_eq!(Messages::in_language("tlh"), None);
}
