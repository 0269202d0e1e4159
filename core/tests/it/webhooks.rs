//! Webhooks under attack: every byte counts, nothing panics, nothing is counted twice.

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sentby::{EventOutcome, Ledger, Platform, Program, Time, Webhook, WebhookKind};
use serde_json::{Map, Value, json};

const SECRET: &str = "secret";

fn program() -> Program {
    Program::from_toml("sentby = 1\nvendor = \"v\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }]\n[[commission]]\npays = { percent = \"10\" }").unwrap()
}

fn received() -> Time {
    Time::parse("2026-03-03T18:00:05Z").unwrap()
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

fn copecart(body: &[u8]) -> sentby::Result<Webhook> {
    program().webhook(Platform::Copecart, SECRET, &sign(body), body, received())
}

fn sale() -> Map<String, Value> {
    let sale = json!({ "event_type": "payment.made", "payment_status": "paid", "transaction_id": "T-1", "order_id": "A-1", "transaction_date": "2026-03-03T18:00:00Z",
        "transaction_amount": "119.00", "transaction_vat_amount": "19.00", "transaction_currency": "EUR", "product_id": "p", "affiliate": "anna" });
    sale.as_object().unwrap().clone()
}

#[test]
fn a_body_of_ten_megabytes_is_refused_before_anything_is_read() {
    let body = vec![b'x'; 10 << 20];
    for platform in Platform::ALL {
        let refused = program().webhook(*platform, SECRET, "", &body, received()).unwrap_err();
        assert_eq!(refused.code().as_str(), "too_large");
    }
    // A megabyte of one field is read, and refused where an id must be short.
    let mut long = sale();
    long.insert("order_id".into(), json!("x".repeat(1_000_000)));
    let refused = copecart(Value::from(long).to_string().as_bytes()).unwrap_err();
    assert_eq!(refused.code().as_str(), "webhook_invalid");
    assert!(refused.detail().starts_with("/order_id: ") && refused.detail().len() < 300, "{}", refused.detail());
}

#[test]
fn a_repeated_delivery_is_a_replay_and_a_changed_one_a_conflict() {
    let program = program();
    let mut ledger = Ledger::new();
    let deliver = |ledger: &mut Ledger, fields: &Map<String, Value>| {
        let webhook = copecart(Value::from(fields.clone()).to_string().as_bytes()).unwrap();
        let commission = webhook.sale.as_ref().map(|order| {
            let touches: Vec<_> = webhook.touch().into_iter().collect();
            program.commission(order, &program.attribute(order, &touches).unwrap()).unwrap()
        });
        ledger.apply(&webhook.events(commission.as_ref()).unwrap()[0]).map(|receipt| receipt.outcome)
    };
    assert_eq!(deliver(&mut ledger, &sale()).unwrap(), EventOutcome::Recorded);
    assert_eq!(deliver(&mut ledger, &sale()).unwrap(), EventOutcome::Replay);
    let mut other = sale();
    other.insert("transaction_amount".into(), json!("120.00"));
    let before = ledger.snapshot();
    assert_eq!(deliver(&mut ledger, &other).unwrap_err().code().as_str(), "event_conflict");
    assert!(ledger.snapshot() == before);
    // A refund that comes before its sale, a dispute that is won before it began: both wait, and nothing is lost.
    let mut ledger = Ledger::new();
    let mut lost = sale();
    for (name, value) in [("event_type", "payment.charged_back"), ("payment_status", "chargeback_failed"), ("transaction_id", "T-2")] {
        lost.insert(name.into(), json!(value));
    }
    assert_eq!(deliver(&mut ledger, &lost).unwrap(), EventOutcome::Waiting);
    assert_eq!(deliver(&mut ledger, &sale()).unwrap(), EventOutcome::Recorded);
    lost.insert("payment_status".into(), json!("chargeback_succeeded"));
    deliver(&mut ledger, &lost).unwrap();
    let sum: i64 = ledger.entries(None).iter().map(|entry| entry.amount.minor()).sum();
    assert_eq!(sum, 11_900);
}

#[test]
fn events_need_their_own_commission() {
    let webhook = copecart(Value::from(sale()).to_string().as_bytes()).unwrap();
    assert_eq!(webhook.events(None).unwrap_err().to_string(), "event_invalid: /commission: is missing; the kind payment needs it");
    let program = program();
    let order = webhook.sale.clone().unwrap();
    let mut commission = program.commission(&order, &program.attribute(&order, &[]).unwrap()).unwrap();
    commission.order = "A-2".into();
    assert_eq!(webhook.events(Some(&commission)).unwrap_err().code().as_str(), "decision_mismatch");
}

fn value() -> impl Strategy<Value = Value> {
    let words = [
        "paid",
        "sale",
        "refund",
        "EUR",
        "2026-03-03",
        "payment.made",
        "payment.refunded",
        "successed_refunded",
        "A-1",
        "",
        "1e3",
        "-5.00",
        "119.00",
        "0.005",
        "true",
    ];
    prop_oneof![
        8 => prop::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        2 => "\\PC{0,12}".prop_map(|text| json!(text)),
        2 => any::<i32>().prop_map(|n| json!(n)),
        1 => any::<f64>().prop_map(|n| json!(n)),
        1 => Just(Value::Null),
        1 => Just(json!([{ "amount": "100.00", "slug": "x" }, { "amount": 19, "vat_amount": null, "slug": "y" }])),
        1 => Just(json!({ "a": ["b"] })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::laws::cases()))]

    #[test]
    fn whatever_a_platform_sends(changes in prop::collection::vec((0..24_usize, value()), 0..5), flip in any::<prop::sample::Index>()) {
        let names = ["event_type", "payment_status", "transaction_type", "transaction_id", "order_id", "transaction_date", "transaction_amount", "transaction_vat_amount", "transaction_currency",
            "product_id", "affiliate", "transaction_amount_per_product", "shipping_price", "transaction_discount_amount", "rate_number", "quantity", "metadata", "order_source_identifier",
            "test_payment", "buyer_country_code", "order_date", "order_time", "line_item_amount", "novel"];
        let mut fields = sale();
        for (n, value) in changes {
            fields.insert(names[n].into(), value);
        }
        let body = Value::from(fields.clone()).to_string().into_bytes();
        if let Ok(webhook) = copecart(&body) {
            // Every field is there, and what is not known is told.
            prop_assert_eq!(webhook.fields.len(), fields.values().filter(|value| !value.is_null()).count());
            if let Some(order) = &webhook.sale {
                let gross: i64 = order.lines.iter().map(|line| line.gross.minor()).sum();
                if let Some(Value::String(amount)) = fields.get("transaction_amount").filter(|v| v.as_str().is_some_and(|v| !v.trim().is_empty())) {
                    prop_assert_eq!(sentby::Money::parse(amount.trim(), order.lines[0].gross.currency().as_str()).unwrap().minor(), gross);
                }
                let program = program();
                let commission = program.commission(order, &program.attribute(order, &[]).unwrap()).unwrap();
                prop_assert_eq!(commission.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), gross);
                let mut ledger = Ledger::new();
                for event in webhook.events(Some(&commission)).unwrap() {
                    ledger.apply(&event).unwrap();
                    prop_assert_eq!(ledger.apply(&event).unwrap().outcome, EventOutcome::Replay);
                }
            }
            if webhook.kind == WebhookKind::Unknown {
                prop_assert!(!webhook.notes.is_empty() && webhook.events(None).unwrap().is_empty());
            }
        }
        // One byte changed: the signature of before does not fit.
        let mut changed = body.clone();
        let place = flip.index(changed.len());
        changed[place] ^= 1;
        let refused = program().webhook(Platform::Copecart, SECRET, &sign(&body), &changed, received()).unwrap_err();
        prop_assert_eq!(refused.code().as_str(), "signature_invalid");
    }

    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..300), signature in "\\PC{0,70}") {
        for platform in Platform::ALL {
            prop_assert!(program().webhook(*platform, SECRET, &signature, &body, received()).is_err());
        }
        drop(copecart(&body));
    }
}
