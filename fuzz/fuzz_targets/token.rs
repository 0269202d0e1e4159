#![no_main]
//! Tokens and short codes: what is not ours never opens, what is ours always does, in any case of letters.

use libfuzzer_sys::fuzz_target;
use sentby::carrier::peek;
use sentby::{Keys, Purpose, Referral, RootKey, Time};
use std::sync::LazyLock;

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")]).unwrap());

fuzz_target!(|text: &str| {
    let now = Time::from_millis(1_772_355_600_000).unwrap();
    for purpose in Purpose::ALL {
        if let Ok(opened) = KEYS.open(text, *purpose, "webinarhaus.example/lena", now) {
            // Only what we sealed opens, and it says so again.
            let again = KEYS.seal(&opened.referral, *purpose, "webinarhaus.example/lena", opened.issued_at).unwrap();
            assert_eq!(peek(&again).unwrap().referral, opened.referral);
        }
    }
    if let Ok(peeked) = peek(text) {
        let upper = text.to_ascii_uppercase();
        assert_eq!(peek(&upper).unwrap(), peeked);
        // Whatever parses can be sealed, and then opens.
        let token = KEYS.seal(&peeked.referral, peeked.purpose, "a", now).unwrap();
        assert_eq!(KEYS.open(&token, peeked.purpose, "a", now).unwrap().referral, peeked.referral);
    }
    if let Ok(click) = KEYS.open_short_code(text, "a", now) {
        assert_eq!(KEYS.short_code(&click, "a", now).unwrap(), text.to_ascii_lowercase());
    }
    // The text as what is sealed: refused with a code, or carried faithfully.
    let mut parts = text.splitn(3, '\n').map(|part| Some(part.to_owned()).filter(|p| !p.is_empty()));
    let mut next = || parts.next().flatten();
    let referral = Referral { affiliate: next(), product: next(), click_id: next(), ..Referral::default() };
    if let Ok(token) = KEYS.seal(&referral, Purpose::Mail, "a", now) {
        assert!(token.len() <= 128);
        assert_eq!(KEYS.open(&token.to_ascii_uppercase(), Purpose::Mail, "a", now).unwrap().referral, referral);
    }
});
