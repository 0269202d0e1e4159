//! The primitives against Project Wycheproof's cases, since a wrong crate version would be our wrong answer.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wycheproof::TestResult;

#[test]
fn hmac_sha256_agrees_with_all_174_cases() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        for case in group.tests {
            let mut mac = Hmac::<Sha256>::new_from_slice(&case.key).unwrap();
            mac.update(&case.msg);
            let genuine = mac.verify_truncated_left(&case.tag).is_ok() && case.tag.len() == group.tag_size / 8;
            assert_eq!(genuine, case.result == TestResult::Valid, "case {}: {}", case.tc_id, case.comment);
            count += 1;
        }
    }
    assert_eq!(count, 174);
}

#[test]
fn hkdf_sha256_agrees_with_all_86_cases() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut count = 0;
    for case in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut key = vec![0; case.size];
        let made = Hkdf::<Sha256>::new(Some(&case.salt), &case.ikm).expand(&case.info, &mut key).is_ok();
        assert_eq!(made && key == case.okm[..], case.result == TestResult::Valid, "case {}: {}", case.tc_id, case.comment);
        count += 1;
    }
    assert_eq!(count, 86);
}
