#![no_main]
//! Cookie headers: a valid cookie is found among any others, and nothing else is.

use libfuzzer_sys::fuzz_target;
use sentby::{Consent, CookieSpec, Evidence, Keys, RootKey, Time, Touch};
use std::sync::LazyLock;

struct Fixture {
    keys: Keys,
    spec: CookieSpec,
    now: Time,
    good: String,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let keys = Keys::new(&[RootKey::new(1, b"another key than that of the seeds")]).unwrap();
    let (spec, now) = (CookieSpec::new("webinarhaus.example"), Time::from_millis(1_772_355_600_000).unwrap());
    let set = keys.set_cookie(&spec, &[Touch::new("anna", now, Evidence::Parameter)], Consent::Granted, now).unwrap().unwrap();
    let good = set.split(';').next().unwrap().to_owned();
    Fixture { keys, spec, now, good }
});

fuzz_target!(|header: &str| {
    let Fixture { keys, spec, now, good } = &*FIXTURE;
    let reading = keys.read_cookie(spec, header, *now).unwrap();
    assert_eq!(!reading.touches.is_empty(), header.split(';').any(|pair| is_good(pair, good)));
    // The naive twin of the scan: how many pairs have the name.
    let named = header.split(';').filter(|pair| pair.split_once('=').is_some_and(|(name, _)| name.trim_matches([' ', '\t']) == spec.name)).count();
    assert!(reading.rejected.len() <= named);
    for header in [format!("{header};{good}"), format!("{good}; {header}")] {
        assert_eq!(keys.read_cookie(spec, &header, *now).unwrap().touches.len(), 1);
    }
});

/// The good cookie, its value in any case of letters.
fn is_good(pair: &str, good: &str) -> bool {
    let parts = |text: &str| text.split_once('=').map(|(n, v)| (n.trim_matches([' ', '\t']).to_owned(), v.trim_matches([' ', '\t']).to_ascii_lowercase()));
    parts(pair) == parts(good)
}
