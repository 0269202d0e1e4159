//! Attacks by somebody who knows the format to the byte: carriers are built here by the specification alone, with another library's HMAC and HKDF.

use ring::{hkdf, hmac};
use sentby::{ErrorCode, Evidence, Id, Keys, Purpose, Referral, RootKey, Time, Touch};

const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
const AUDIENCE: &str = "webinarhaus.example/lena";
const MAIL: u8 = 3;
const NOW_S: u32 = 1_772_355_600;

fn now() -> Time {
    Time::from_millis(i64::from(NOW_S) * 1000).unwrap()
}

fn keys() -> Keys {
    Keys::new(&[RootKey::new(1, SECRET)]).unwrap()
}

/// The key of a purpose: HKDF-SHA256 of the root key, salt "sentby", info "token", version 1, purpose, key id.
fn derived(root: &[u8], purpose: u8, id: u8) -> hmac::Key {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let mut bytes = [0; 32];
    let info = [b"token", &[1, purpose, id][..]];
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"sentby").extract(root).expand(&info, Length).unwrap().fill(&mut bytes).unwrap();
    hmac::Key::new(hmac::HMAC_SHA256, &bytes)
}

fn tag(key: &hmac::Key, audience: &str, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(audience.len()).unwrap().to_be_bytes();
    hmac::sign(key, &[&length[..], audience.as_bytes(), body].concat()).as_ref()[..16].to_vec()
}

fn body(kind: u8, id: u8, issued: u32, hours: u16, product_length: u8, ids: &[u8]) -> Vec<u8> {
    [&[kind, id][..], &issued.to_be_bytes(), &hours.to_be_bytes(), &[0; 8], &[product_length], ids].concat()
}

/// Lower-case Crockford base32, five bits a letter, without padding.
fn base32(bytes: &[u8]) -> String {
    let bits: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let letter = |bits: &[bool]| (0..5).fold(0, |value, n| value << 1 | usize::from(bits.get(n) == Some(&true)));
    bits.chunks(5).map(|bits| char::from(b"0123456789abcdefghjkmnpqrstvwxyz"[letter(bits)])).collect()
}

fn sealed(body: &[u8]) -> String {
    base32(&[body, &tag(&derived(SECRET, MAIL, 1), AUDIENCE, body)].concat())
}

fn open(text: &str) -> Result<sentby::Opened, ErrorCode> {
    keys().open(text, Purpose::Mail, AUDIENCE, now()).map_err(|error| {
        assert_eq!(error.detail(), "this carrier is not valid here", "every refusal reads alike");
        error.code()
    })
}

fn good() -> Vec<u8> {
    body(0x13, 1, NOW_S, 24, 8, b"521411d4anna")
}

#[test]
fn what_the_specification_seals_opens() {
    let opened = open(&sealed(&good())).unwrap();
    assert_eq!((opened.referral.product.as_deref(), opened.referral.affiliate.as_deref()), (Some("521411d4"), Some("anna")));
    let referral = Referral { product: Some("521411d4".into()), ..Referral::affiliate("anna") };
    assert_eq!(keys().seal_for(&referral, Purpose::Mail, AUDIENCE, now(), 24).unwrap(), sealed(&good()));
}

#[test]
fn a6_shortened_and_missing_tags() {
    let whole = tag(&derived(SECRET, MAIL, 1), AUDIENCE, &good());
    for length in 0..16 {
        assert!(open(&base32(&[&good()[..], &whole[..length]].concat())).is_err(), "{length}");
        // The rest filled up, so that the length fits.
        let filled = [&good()[..], &whole[..length], &vec![whole[15] ^ 1; 16 - length]].concat();
        assert_eq!(open(&base32(&filled)), Err(ErrorCode::TokenForged), "{length}");
    }
    let long = hmac::sign(&derived(SECRET, MAIL, 1), b"x").as_ref().to_vec();
    assert!(open(&base32(&[&good()[..], &long].concat())).is_err());
}

#[test]
fn a8_purposes_swapped() {
    for purpose in [1, 2, 4, 5, 0, 15] {
        // In the header alone: the tag is of the key for mails.
        let swapped = body(0x10 | purpose, 1, NOW_S, 24, 8, b"521411d4anna");
        assert_eq!(open(&sealed(&swapped)), Err(ErrorCode::TokenPurpose));
        // In the key alone: the header says mail.
        let other = tag(&derived(SECRET, purpose, 1), AUDIENCE, &good());
        assert_eq!(open(&base32(&[good(), other].concat())), Err(ErrorCode::TokenForged));
    }
}

#[test]
fn a9_audiences_cut_differently() {
    // "ab" with a body that begins with "c" against "abc": the length in front tells them apart.
    let key = derived(SECRET, MAIL, 1);
    for cut in 0..AUDIENCE.len() {
        let other = tag(&key, &AUDIENCE[..cut], &good());
        assert_eq!(open(&base32(&[good(), other].concat())), Err(ErrorCode::TokenForged), "{cut}");
    }
    let plain = hmac::sign(&key, &[AUDIENCE.as_bytes(), &good()].concat()).as_ref()[..16].to_vec();
    assert_eq!(open(&base32(&[good(), plain].concat())), Err(ErrorCode::TokenForged), "without the length");
}

#[test]
fn a10_key_ids() {
    for id in [0, 2, 3, 255] {
        let swapped = body(0x13, id, NOW_S, 24, 8, b"521411d4anna");
        assert_eq!(open(&sealed(&swapped)), Err(ErrorCode::TokenKeyUnknown), "{id}");
    }
    let retired = Keys::new(&[RootKey::new(1, SECRET).retires(now()), RootKey::new(2, b"another secret of 32 bytes, yes!")]).unwrap();
    let error = retired.open(&sealed(&good()), Purpose::Mail, AUDIENCE, now()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TokenKeyRetired);
    // A retired key does not tell whether a tag of it fits.
    let forged = base32(&[good(), vec![0; 16]].concat());
    assert_eq!(retired.open(&forged, Purpose::Mail, AUDIENCE, now()).unwrap_err().code(), ErrorCode::TokenForged);
    // The id of another key of the same vendor.
    let crossed = base32(&[body(0x13, 2, NOW_S, 24, 8, b"521411d4anna"), tag(&derived(SECRET, MAIL, 2), AUDIENCE, &good())].concat());
    assert_eq!(retired.open(&crossed, Purpose::Mail, AUDIENCE, now()).unwrap_err().code(), ErrorCode::TokenForged);
}

#[test]
fn a11_versions() {
    for version in (0..16).filter(|version| *version != 1) {
        assert_eq!(open(&sealed(&body(version << 4 | MAIL, 1, NOW_S, 24, 8, b"521411d4anna"))), Err(ErrorCode::TokenVersion), "{version}");
    }
}

#[test]
fn a12_one_root_key_in_two_deployments() {
    // Audiences tell them apart: a token of one shop is nothing in the other, whatever the purpose.
    for purpose in Purpose::ALL {
        let token = keys().seal(&Referral::affiliate("anna"), *purpose, "shop-a.example", now()).unwrap();
        assert!(keys().open(&token, *purpose, "shop-b.example", now()).is_err());
        assert!(keys().open(&token, *purpose, "shop-a.example", now()).is_ok());
    }
}

#[test]
fn a13_spellings_of_one_token() {
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut strays = 0;
    // All numbers of bits that the last letter may have to spare.
    for affiliate in ["a", "an", "ann", "anna", "annas"] {
        let bytes = body(0x13, 1, NOW_S, 24, 0, affiliate.as_bytes());
        let spare = (5 - (bytes.len() + 16) * 8 % 5) % 5;
        let text = sealed(&bytes);
        let (head, last) = text.split_at(text.len() - 1);
        let value = alphabet.iter().position(|letter| *letter == last.as_bytes()[0]).unwrap();
        let opening = |letter: &&u8| open(&format!("{head}{}", char::from(**letter))).is_ok();
        assert_eq!(alphabet.iter().filter(opening).collect::<Vec<_>>(), [&alphabet[value]], "one spelling alone");
        for stray in 1..1 << spare {
            assert_eq!(open(&format!("{head}{}", char::from(alphabet[value | stray]))), Err(ErrorCode::TokenNotCanonical));
            strays += 1;
        }
    }
    assert_eq!(strays, 1 + 3 + 7 + 15);
}

#[test]
fn a15_letters_that_are_no_ascii() {
    let text = sealed(&good());
    for odd in ["ä", "１", "ı", "\u{212A}", "\u{FEFF}", "\u{200B}", "\u{202E}", "😀", "\u{0}", "é", "\u{301}"] {
        for at in 0..=text.len() {
            let inserted = format!("{}{odd}{}", &text[..at], &text[at..]);
            assert!(open(&inserted).is_err(), "{inserted}");
            if at < text.len() {
                assert!(open(&format!("{}{odd}{}", &text[..at], &text[at + 1..])).is_err());
            }
        }
    }
    // Letters that other alphabets fold: none of them does here.
    for (letter, alike) in [('0', 'o'), ('1', 'i'), ('1', 'l'), ('v', 'u')] {
        for (at, _) in text.match_indices(letter) {
            let mut swapped = text.clone();
            swapped.replace_range(at..=at, &alike.to_string());
            assert_eq!(open(&swapped), Err(ErrorCode::TokenNotCanonical), "{swapped}");
        }
    }
}

#[test]
fn a16_ids() {
    // Signed by the right key, and yet no id.
    for id in ["..", ".", "a b", "a/b", "%00", "a\0", "a\n", "ä", "<script>", "a,b", "\u{7f}"] {
        assert_eq!(open(&sealed(&body(0x13, 1, NOW_S, 24, 0, id.as_bytes()))), Err(ErrorCode::TokenMalformed), "{id:?}");
        assert!(Id::new(id).is_err());
    }
    // Ids are themselves: neither case nor look-alikes nor hyphens are folded, and none is special.
    let ids = [
        "anna",
        "Anna",
        "ANNA",
        "-anna",
        "anna-",
        "ann0",
        "anno",
        "__proto__",
        "constructor",
        "toString",
        "NaN",
        "null",
        "0",
        "1e3",
        "~",
        "@anna",
        "+49",
    ];
    for (n, id) in ids.iter().enumerate() {
        let opened = open(&sealed(&body(0x13, 1, NOW_S, 24, 0, id.as_bytes()))).unwrap();
        assert_eq!(opened.referral.affiliate.as_deref(), Some(*id));
        assert!(ids.iter().skip(n + 1).all(|other| Id::new(other).unwrap() != Id::new(id).unwrap()));
    }
}

#[test]
fn a17_lengths_that_lie() {
    for length in 0..=255_u8 {
        let opened = open(&sealed(&body(0x13, 1, NOW_S, 24, length, b"521411d4anna")));
        // A product of 0 to 11 bytes leaves an affiliate; the true length is 8.
        match opened {
            Ok(opened) => {
                assert!(length < 12, "{length}");
                let (product, affiliate) = (opened.referral.product.unwrap_or_default(), opened.referral.affiliate.unwrap());
                assert_eq!(format!("{product}{affiliate}"), "521411d4anna");
            }
            Err(code) => assert!(length >= 12 && code == ErrorCode::TokenMalformed, "{length}: {code}"),
        }
    }
    for (length, ids) in [(0, &[b'a'; 33][..]), (33, &[b'a'; 40]), (32, &[b'a'; 32]), (0, b"")] {
        assert!(open(&sealed(&body(0x13, 1, NOW_S, 24, length, ids))).is_err(), "{length}, {} bytes", ids.len());
    }
}

#[test]
fn a19_times_that_overflow() {
    for (issued, hours) in
        [(0, 0), (0, u16::MAX), (NOW_S, 0), (u32::MAX, u16::MAX), (u32::MAX, 0), (NOW_S + 301, 24), (NOW_S - 24 * 3600, 24)]
    {
        assert!(open(&sealed(&body(0x13, 1, issued, hours, 0, b"anna"))).is_err(), "{issued} {hours}");
    }
    assert!(open(&sealed(&body(0x13, 1, NOW_S + 300, 24, 0, b"anna"))).is_ok());
    // A longer lifetime than its purpose has is cut, not believed.
    let opened = open(&sealed(&body(0x13, 1, NOW_S, u16::MAX, 0, b"anna"))).unwrap();
    assert_eq!(opened.expires_at.millis() - opened.issued_at.millis(), i64::from(Purpose::Mail.lifetime_max_hours()) * 3_600_000);
}

#[test]
fn a20_replay_after_revocation() {
    let referral = Referral { click_id: Some("00c0ffee00c0ffee".into()), ..Referral::affiliate("anna") };
    let token = keys().seal(&referral, Purpose::Mail, AUDIENCE, now()).unwrap();
    // In every spelling that opens, the click id is spelt in one way, so that a host's list of revoked ids finds it.
    for spelling in [
        token.clone(),
        token.to_uppercase(),
        token.chars().enumerate().map(|(n, c)| if n % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect(),
    ] {
        assert_eq!(open(&spelling).unwrap().referral.click_id.as_deref(), Some("00c0ffee00c0ffee"));
    }
    let upper = Referral { click_id: Some("00C0FFEE00C0FFEE".into()), ..Referral::affiliate("anna") };
    assert_eq!(keys().seal(&upper, Purpose::Mail, AUDIENCE, now()).unwrap_err().code(), ErrorCode::ClickIdInvalid);
    let code = keys().short_code("00c0ffee00c0ffee", AUDIENCE, now()).unwrap();
    assert_eq!(keys().open_short_code(&code.to_uppercase(), AUDIENCE, now()).unwrap(), "00c0ffee00c0ffee");
    let touch = open(&token).unwrap().touch();
    assert_eq!(sentby::forget(vec![touch, Touch::new("bob", now(), Evidence::Cookie)], &["00c0ffee00c0ffee".to_owned()]).len(), 1);
}

#[test]
fn a21_derivation_is_not_a_concatenation() {
    // A secret that begins where the salt or the information ends is another key altogether.
    let longer = [b"y", &SECRET[..]].concat();
    let token = sealed(&good());
    for secret in [longer, [&SECRET[..], &[1]].concat(), [b"sentby", &SECRET[..]].concat(), [b"token\x01\x03\x01", &SECRET[..]].concat()] {
        let other = Keys::new(&[RootKey::new(1, &secret)]).unwrap();
        assert_eq!(other.open(&token, Purpose::Mail, AUDIENCE, now()).unwrap_err().code(), ErrorCode::TokenForged);
    }
    // HMAC takes a key over 64 bytes for its hash; a root is HKDF's message and not its key, so here they differ.
    let long = SECRET.repeat(3);
    let hashed = ring::digest::digest(&ring::digest::SHA256, &long);
    let sealed = Keys::new(&[RootKey::new(1, &long)]).unwrap().seal(&Referral::affiliate("anna"), Purpose::Mail, AUDIENCE, now()).unwrap();
    let twin = Keys::new(&[RootKey::new(1, hashed.as_ref())]).unwrap();
    assert_eq!(twin.open(&sealed, Purpose::Mail, AUDIENCE, now()).unwrap_err().code(), ErrorCode::TokenForged);
}

#[test]
fn a22_weak_keys() {
    for (secret, code) in [
        (&b""[..], ErrorCode::KeyLength),
        (b"short", ErrorCode::KeyLength),
        (&SECRET[..31], ErrorCode::KeyLength),
        (&[0; 32], ErrorCode::KeyWeak),
        (&[0xff; 64], ErrorCode::KeyWeak),
    ] {
        assert_eq!(Keys::new(&[RootKey::new(1, secret)]).unwrap_err().code(), code, "{} bytes", secret.len());
    }
    assert!(Keys::new(&[]).is_err());
    for pair in [
        [RootKey::new(1, SECRET), RootKey::new(2, SECRET)],
        [RootKey::new(1, SECRET), RootKey::new(1, b"another secret of 32 bytes, yes!")],
    ] {
        assert!(Keys::new(&pair).is_err(), "one secret under two ids, or one id for two");
    }
    for id in [0, 256, u32::MAX] {
        assert_eq!(Keys::new(&[RootKey::new(id, SECRET)]).unwrap_err().code(), ErrorCode::KeyIdInvalid);
    }
}

#[test]
fn a23_refusals_do_the_same_work() {
    // What can be told without a clock: a tag that differs at its first byte, at its last, or belongs to an unknown key is refused by one text,
    // and the unknown key after a MAC was computed. benches/timing.rs measures it; guard/run.sh counts instructions.
    let whole = tag(&derived(SECRET, MAIL, 1), AUDIENCE, &good());
    for at in 0..16 {
        let mut wrong = whole.clone();
        wrong[at] ^= 1;
        assert_eq!(open(&base32(&[good(), wrong].concat())), Err(ErrorCode::TokenForged));
    }
}

#[test]
fn a24_no_whole_token_in_errors() {
    let long = sealed(&good());
    for text in [long.clone(), format!("{long}x"), format!(" {long}")] {
        let error = keys().open(&text, Purpose::Link, AUDIENCE, now()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&long[..20]));
    }
    let program = sentby::Program::from_toml("sentby = 1\nvendor = \"v\"").unwrap();
    let error = program.carry("https://shop.example/", &format!("{long}?")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&long[..20]));
}
