#![no_main]
//! Webhooks with a right signature and any content: no panic, lines that add up, events that are taken once.

use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sentby::{EventOutcome, Ledger, Platform, Program, Time};
use sha2::{Digest, Sha256, Sha512};
use std::sync::LazyLock;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program::from_toml("sentby = 1\nvendor = \"v\"\ntime_zone = \"Europe/Berlin\"").unwrap());

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The form with its signature.
fn signed_form(body: &[u8]) -> Vec<u8> {
    let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().filter(|(name, _)| !name.eq_ignore_ascii_case("sha_sign") && name != "SHASIGN").collect();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    fields.sort();
    let text: String = fields.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={value}s")).collect();
    let sign = hex(&Sha512::digest(text.as_bytes()));
    [body.as_bytes(), b"&sha_sign=", sign.as_bytes()].concat()
}

fuzz_target!(|body: &[u8]| {
    let received = Time::from_millis(1_772_355_600_000).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s").unwrap();
    mac.update(body);
    let signature = hex(&mac.finalize().into_bytes());
    let form = signed_form(body);
    for (platform, signature, body) in [(Platform::Copecart, signature.as_str(), body), (Platform::Digistore24, "", form.as_slice())] {
        let webhook = match PROGRAM.webhook(platform, "s", signature, body, received) {
            Ok(webhook) => webhook,
            Err(error) => {
                assert!(error.code().as_str() != "signature_invalid", "{error}");
                assert!(error.detail().len() < 2000 && !error.detail().contains('\n'));
                continue;
            }
        };
        assert!(PROGRAM.webhook(platform, "other", signature, body, received).is_err());
        let commission = webhook.sale.as_ref().map(|order| {
            let commission = PROGRAM.commission(order, &PROGRAM.attribute(order, &[]).unwrap()).unwrap();
            let (gross, entries) = (order.lines.iter().map(|l| l.gross.minor()).sum::<i64>(), commission.entries.iter().map(|e| e.amount.minor()).sum::<i64>());
            assert_eq!(gross, entries);
            commission
        });
        let mut ledger = Ledger::new();
        for event in webhook.events(commission.as_ref()).unwrap() {
            ledger.apply(&event).unwrap();
            assert_eq!(ledger.apply(&event).unwrap().outcome, EventOutcome::Replay);
        }
    }
});
