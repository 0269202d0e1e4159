//! Attacks that no list of cases can hold: every bit, every byte, every length, random forgeries, huge links.

use proptest::prelude::*;
use sentby::{
    CookieSpec, Credit, Decision, ErrorCode, Evidence, Keys, Ledger, LedgerEvent, Line, Money, Order, Program, Purpose, Referral, RootKey,
    Time, Touch,
};

const AUDIENCE: &str = "webinarhaus.example/lena";
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn now() -> Time {
    Time::parse("2026-03-01T09:00:00Z").unwrap()
}

fn keys() -> Keys {
    Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")]).unwrap()
}

fn token() -> String {
    let referral = Referral { product: Some("521411d4".into()), click_id: Some("00000000000003e8".into()), ..Referral::affiliate("anna") };
    keys().seal(&referral, Purpose::Mail, AUDIENCE, now()).unwrap()
}

/// The code of a refusal; every refusal shows the same text.
fn refused(text: &str) -> ErrorCode {
    let error = keys().open(text, Purpose::Mail, AUDIENCE, now()).expect_err("opened a forgery");
    assert_eq!(error.detail(), "this carrier is not valid here");
    error.code()
}

/// The value of a letter.
fn five(letter: u8) -> u8 {
    ALPHABET.iter().position(|c| *c == letter).unwrap() as u8
}

#[test]
fn a2_every_single_bit_flipped() {
    let token = token();
    for at in 0..token.len() {
        for bit in 0..5 {
            let mut forged = token.clone().into_bytes();
            forged[at] = ALPHABET[usize::from(five(forged[at]) ^ (1 << bit))];
            refused(std::str::from_utf8(&forged).unwrap());
        }
    }
}

#[test]
fn a3_every_byte_value_at_every_position() {
    let token = token();
    let mut opened = 0;
    for at in 0..token.len() {
        for byte in 0..=255_u8 {
            let mut forged = token.clone().into_bytes();
            forged[at] = byte;
            let forged = String::from_utf8_lossy(&forged);
            if forged.eq_ignore_ascii_case(&token) {
                assert!(keys().open(&forged, Purpose::Mail, AUDIENCE, now()).is_ok());
                opened += 1;
            } else {
                refused(&forged);
            }
        }
    }
    // Each position in its own case, and each letter in the other case as well.
    assert_eq!(opened, token.len() + token.bytes().filter(u8::is_ascii_alphabetic).count());
}

#[test]
fn a4_truncation_at_every_length() {
    let token = token();
    for length in 0..token.len() {
        refused(&token[..length]);
    }
}

#[test]
fn a5_extension_prefix_and_junk() {
    let token = token();
    for junk in ["0", "00000000", "~junk", "=", "&x=1", "#", "?", "/", "\0"] {
        refused(&format!("{token}{junk}"));
        refused(&format!("{junk}{token}"));
    }
    refused(&format!("{token}{token}"));
}

#[test]
fn a14_white_space_and_encodings() {
    let token = token();
    for junk in [" ", "\r", "\n", "\t", "\r\n", "%20", "+", "%00"] {
        refused(&format!("{token}{junk}"));
        refused(&format!("{junk}{token}"));
        refused(&format!("{}{junk}{}", &token[..20], &token[20..]));
    }
    refused(&token.bytes().map(|b| format!("%{b:02x}")).collect::<String>());
}

#[test]
fn a18_long_input_costs_no_more_than_its_length_check() {
    let token = token();
    for length in [128, 129, 4096, 1 << 20, 100 << 20] {
        let long = token.repeat(length / token.len() + 1);
        assert!(matches!(refused(&long[..length]), ErrorCode::TokenLength | ErrorCode::TokenForged | ErrorCode::TokenNotCanonical));
    }
}

#[test]
fn a19_clocks_at_their_edges() {
    for millis in [-sentby::SAFE_MAX, -1, 0, 4_294_967_295_999, 4_294_967_296_000, sentby::SAFE_MAX] {
        let now = Time::from_millis(millis).unwrap();
        let sealed = keys().seal(&Referral::affiliate("anna"), Purpose::Profile, AUDIENCE, now);
        match sealed {
            Ok(token) => assert!(keys().open(&token, Purpose::Profile, AUDIENCE, now).is_ok()),
            Err(error) => assert_eq!(error.code(), ErrorCode::TimeInvalid),
        }
        let _ = keys().open(&token(), Purpose::Mail, AUDIENCE, now);
    }
}

#[test]
fn a24_nothing_secret_is_shown() {
    let error = keys().open(&token(), Purpose::Mail, "elsewhere", now()).unwrap_err();
    let shown = format!("{error} {error:?} {:?} {:?}", keys(), RootKey::new(1, b"0123456789abcdef0123456789abcdef"));
    assert!(!shown.contains("0123456789abcdef") && !shown.contains(&token()), "{shown}");
}

#[test]
fn a_header_of_one_mebibyte_is_read() {
    let spec = CookieSpec::new("webinarhaus.example");
    let touch = Touch::new("anna", now(), Evidence::Parameter);
    let set = keys().set_cookie(&spec, &[touch], sentby::Consent::Granted, now()).unwrap().unwrap();
    let good = set.split(';').next().unwrap();
    for filler in ["x", ";", "=", "a=b; ", "__Host-sentby=; ", "__Host-sentby=zzzz;"] {
        let header = format!("{}; {good}", filler.repeat((1 << 20) / filler.len()));
        let reading = keys().read_cookie(&spec, &header, now()).unwrap();
        assert_eq!(reading.touches.len(), 1, "{filler}");
        let alone = keys().read_cookie(&spec, &header[..1 << 20], now()).unwrap();
        assert_eq!(alone.touches.len(), 0, "{filler}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a1_random_forgeries(letters in prop::collection::vec(0..32_usize, 0..130)) {
        refused(&letters.iter().map(|n| ALPHABET[*n] as char).collect::<String>());
    }

    #[test]
    fn a7_spliced_tokens(cut in 1..70_usize, other in "[a-z]{4}") {
        let referral = Referral { product: Some("521411d4".into()), ..Referral::affiliate(other) };
        let second = keys().seal(&referral, Purpose::Mail, AUDIENCE, now()).unwrap();
        let spliced = format!("{}{}", &token()[..cut], &second[cut..]);
        if spliced != token() && spliced != second {
            refused(&spliced);
        }
    }

    #[test]
    fn a9_other_audiences(audience in "[ -~]{1,40}") {
        let opened = keys().open(&token(), Purpose::Mail, &audience, now());
        prop_assert_eq!(opened.is_ok(), audience == AUDIENCE);
    }

    #[test]
    fn what_was_sealed_opens(affiliate in "[A-Za-z0-9_~*@+-]{1,32}", product in "[A-Za-z0-9_~*@+-]{0,15}", click in 1..=u64::MAX, upper in any::<bool>()) {
        let referral = Referral {
            product: Some(product).filter(|p| !p.is_empty()),
            click_id: Some(format!("{click:016x}")),
            ..Referral::affiliate(affiliate)
        };
        for purpose in Purpose::ALL {
            let text = keys().seal(&referral, *purpose, AUDIENCE, now()).unwrap();
            let text = if upper { text.to_uppercase() } else { text };
            prop_assert_eq!(&keys().open(&text, *purpose, AUDIENCE, now()).unwrap().referral, &referral);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let spec = CookieSpec::new("webinarhaus.example");
        let _ = keys().open(&text, Purpose::Mail, AUDIENCE, now());
        let _ = keys().open_short_code(&text, AUDIENCE, now());
        let _ = keys().read_cookie(&spec, &text, now());
        let _ = keys().read_cookie(&spec, &format!("__Host-sentby={text}"), now());
        let _ = sentby::carrier::peek(&text);
        let _ = CookieSpec { name: text, ..spec }.clear();
    }
}

/// Huge links are read in linear time: ten times the text takes about ten times as long, not a hundred.
#[test]
fn a18_links_of_any_size() {
    let long = |n: usize| -> Vec<String> {
        vec![
            format!("https://shop.example/?{}", "awc=1_2_3&irgwc=1&".repeat(n)),
            format!("https://www.awin1.com/cread.php?awinmid=1&awinaffid={}", "%25".repeat(n)),
            format!("https://shop.example/{}", "a/".repeat(n)),
            format!("https://prf.hn/click/{}", "camref:1/".repeat(n)),
            format!("https://{}example/?fpr=anna", "a.".repeat(n)),
            format!("https://shop.example/{}#{}", "../".repeat(n), "a_aid=1&".repeat(n)),
            format!("https://hop.clickbank.net/?affiliate=bonnie{}", "&amp;".repeat(n)),
            format!("https://shop.example/?{}{}", "awc=1_2_3&".repeat(n), "irgwc=1&".repeat(n)),
            format!("https://shop.example/?{}{}", "mkcid=2&".repeat(n), "campid=1&".repeat(n)),
            format!("https://shop.example/{}?{}mkcid=1&campid=1", "itm/".repeat(n), "id=1&".repeat(n)),
            format!("https://hop.clickbank.net/?{}", "affiliate=bonnie&amp;".repeat(n)),
            " ".repeat(n),
            "https://".repeat(n),
            format!("https://ä.example/?fpr={}", "ä".repeat(n)),
        ]
    };
    for text in long(100_000) {
        let _ = (sentby::read(&text), sentby::read_lenient(&text), sentby::lint(&text));
    }
    let reading = sentby::read(&format!("https://shop.example/?{}fpr=anna", "x=1&".repeat(10_000))).unwrap();
    assert_eq!(reading.referral.affiliate.as_deref(), Some("anna"));
}

/// Orders of thousands of lines and dozens of credits are settled, explained, refunded and booked in about linear time.
#[test]
fn orders_of_any_size_are_settled() {
    let names: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
    let parent = |n: usize| if n > 0 { format!("parent = \"a{}\"\n", n - 1) } else { String::new() };
    let affiliate = |(n, name): (usize, &String)| {
        format!(
            "[[affiliates]]\nid = \"{name}\"\n{}partnership = [{{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }}]\n",
            parent(n)
        )
    };
    let affiliates: String = names.iter().enumerate().map(affiliate).collect();
    let at = now();
    for pays in [
        r#"{ fixed = "0.01 EUR", per = "unit" }"#,
        r#"{ fixed = "5.00 EUR" }"#,
        r#"{ percent = "3", min = "1.00 EUR", max = "2.00 EUR", first_payment = "1.00 EUR", budget = { amount = "3.00 EUR", over = "30d" } }"#,
        r#"{ by = "revenue", over = "month", how = "marginal", tiers = [{ percent = "1" }, { from = "1.00 EUR", percent = "2" }] }"#,
    ] {
        let text = format!(
            "sentby = 1\nvendor = \"v\"\nproducts = [{{ id = \"p\" }}]\ncommission = [{{ pays = {pays} }}]\nbonuses = [{{ pays = {pays} }}]\nsecond_level = {{ percent = [\"1\", \"1\"] }}\n{affiliates}"
        );
        let program = Program::from_toml(&text).unwrap();
        let euro = |minor| Money::new(minor, "EUR").unwrap();
        let order = Order::new("A", at, (0..2_000).map(|n| Line::new(n.to_string(), "p", euro(11_900 + n), euro(1_900))).collect());
        let credit = |name: &String| Credit { affiliate: name.clone(), weight: 3, touch: 0, evidence: Evidence::Click, campaign: None };
        let decision = Decision::new("A", at, names.iter().map(credit).collect());
        let commission = program.commission_after(&order, &decision, &[]).unwrap();
        let gross: i64 = order.lines.iter().map(|line| line.gross.minor()).sum();
        assert_eq!(commission.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), gross);
        assert!(commission.explain().len() > 2_000 * 40);
        let mut ledger = Ledger::new();
        ledger.apply(&LedgerEvent::payment("pay", at, commission)).unwrap();
        ledger.apply(&LedgerEvent::refund("ref", at, "A", 1, euro(gross))).unwrap();
        assert_eq!(ledger.entries(None).iter().map(|e| e.amount.minor()).sum::<i64>(), 0);
    }
}
