use super::body::Form;
use crate::{Error, ErrorCode, Result};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

/// CopeCart: the HMAC-SHA256 of the raw body, in base64 or hexadecimal digits.
pub(super) fn check_hmac(secret: &str, signature: &str, body: &[u8]) -> Result<()> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| wrong())?;
    mac.update(body);
    let mac = mac.finalize().into_bytes();
    let given = signature.trim();
    let hex = crate::program::hex(&mac);
    let base64 = base64(&mac);
    let genuine = same(&given.to_ascii_lowercase(), &hex) | same(given, &base64) | same(given, base64.trim_end_matches('='));
    if genuine { Ok(()) } else { Err(wrong()) }
}

/// Digistore24: the SHA-512 over `name=value` and the passphrase, field by field in order of names, those without a value left out.
pub(super) fn check_sha_sign(passphrase: &str, form: &Form) -> Result<()> {
    let mut given = None;
    let mut fields: Vec<(&[u8], &[u8])> = Vec::with_capacity(form.pairs.len());
    for (name, value) in &form.pairs {
        match name.as_slice() {
            b"sha_sign" | b"SHASIGN" => given = Some(value.as_slice()),
            _ if value.is_empty() => {}
            name => fields.push((name, value)),
        }
    }
    let given = given.ok_or_else(|| Error::new(ErrorCode::SignatureInvalid, "/sha_sign: is missing"))?;
    fields.sort_unstable();
    let mut hash = Sha512::new();
    for (name, value) in fields {
        for part in [name, b"=", value, passphrase.as_bytes()] {
            hash.update(part);
        }
    }
    let expected = crate::program::hex(&hash.finalize());
    if same(&String::from_utf8_lossy(given).to_ascii_lowercase(), &expected) { Ok(()) } else { Err(wrong()) }
}

fn wrong() -> Error {
    Error::new(
        ErrorCode::SignatureInvalid,
        "the signature does not fit the body; the secret is another, or the body was changed on the way",
    )
}

/// Whether two texts are the same, in a time that tells nothing but their lengths.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let digit = DIGITS.get((word >> (18 - 6 * n) & 63) as usize).filter(|_| n <= chunk.len());
            text.push(digit.map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        let pairs =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }
}
