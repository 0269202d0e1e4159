//! A URL's parts, as `url::Url` sees them; a scan of the bytes where that is provably the same.

use crate::error::quote;
use crate::{Error, ErrorCode, Result};
use std::borrow::Cow;

/// The parts of an `http` or `https` URL; percent-encoding is still in place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// Without a trailing dot; letters keep the case of the text where it has them.
    pub(crate) host: Cow<'a, str>,
    /// Begins with `/`.
    pub(crate) path: Cow<'a, str>,
    pub(crate) query: Option<Cow<'a, str>>,
    pub(crate) fragment: Option<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    /// The parts of `text`; `None` for other schemes than `http` and `https`.
    pub(crate) fn of(text: &'a str) -> Result<Option<Self>> {
        match Self::fast(text) {
            Some(parts) => Ok(Some(parts)),
            None => Self::slow(text),
        }
    }

    /// Scans plain ASCII URLs. `None` means: not plain enough, ask `slow`.
    pub(crate) fn fast(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !bytes.iter().all(|b| matches!(b, 0x21..=0x7e) && *b != b'\\') {
            return None;
        }
        let after_scheme = match (bytes.get(..7), bytes.get(..8)) {
            (Some(scheme), _) if scheme.eq_ignore_ascii_case(b"http://") => 7,
            (_, Some(scheme)) if scheme.eq_ignore_ascii_case(b"https://") => 8,
            _ => return None,
        };
        let rest = text.get(after_scheme..)?;
        let authority_end = rest.bytes().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(authority_end);
        let host = match authority.split_once(':') {
            None => authority,
            Some((host, "")) => host,
            Some((host, port)) if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok() => host,
            Some(_) => return None,
        };
        if !is_plain_host(host) {
            return None;
        }
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (rest, None),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        // Dot segments move others around; leave them to `url`.
        if path.as_bytes().windows(2).any(|pair| pair == b"/.") || path.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"/%2e"))
        {
            return None;
        }
        Some(Self {
            host: Cow::Borrowed(host),
            path: Cow::Borrowed(if path.is_empty() { "/" } else { path }),
            query: query.map(Cow::Borrowed),
            fragment: fragment.map(Cow::Borrowed),
        })
    }

    /// Asks `url::Url`.
    pub(crate) fn slow(text: &str) -> Result<Option<Self>> {
        let url =
            url::Url::parse(text).map_err(|error| Error::new(ErrorCode::LinkInvalid, format!("{} is no URL: {error}", quote(text))))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Ok(None);
        }
        let host = url.host_str().unwrap_or_default();
        let host = as_written(text, host).unwrap_or(host);
        Ok(Some(Self {
            host: Cow::Owned(host.strip_suffix('.').unwrap_or(host).to_owned()),
            path: Cow::Owned(url.path().to_owned()),
            query: url.query().map(|q| Cow::Owned(q.to_owned())),
            fragment: url.fragment().map(|f| Cow::Owned(f.to_owned())),
        }))
    }
}

/// A host that `url` neither rejects nor rewrites, except for its case.
fn is_plain_host(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b == b'_')
        && last.starts_with(|c: char| c.is_ascii_alphabetic())
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.len() <= 63 && !label.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("xn--")))
}

/// The host as the text spells it, if it stands there but for its case.
fn as_written<'a>(text: &'a str, host: &str) -> Option<&'a str> {
    let authority = text.split_once("//")?.1;
    let authority = authority.split(['/', '?', '#', '\\']).next()?;
    let after_user = authority.rsplit('@').next()?;
    after_user.get(..host.len()).filter(|written| written.eq_ignore_ascii_case(host))
}

/// Percent-decodes exactly once; `None` if nothing is encoded. Bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> Cow<'_, str> {
    if !text.bytes().any(|b| b == b'%' || (plus_is_space && b == b'+')) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (b'%', [high, low, after @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                (_, _) => bytes.push(b'%'),
            },
            (b'+', _) if plus_is_space => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
    }
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    // A hexadecimal digit is below 16.
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// Percent-encodes everything but letters, digits and `-_.~`, so that every parser reads it back.
pub(crate) fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = (String, Vec<String>, Vec<(String, String)>, Option<String>);

    /// What a reader sees: the host without case, and everything decoded.
    fn seen(parts: &Parts<'_>) -> Seen {
        let pairs = url::form_urlencoded::parse(parts.query.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
        (
            parts.host.to_ascii_lowercase(),
            parts.path.split('/').map(|s| decode(s, false).into_owned()).collect(),
            pairs,
            parts.fragment.as_deref().map(|f| decode(f, false).into_owned()),
        )
    }

    #[test]
    fn odd_urls_are_left_to_the_slow_path() {
        for odd in [
            "http://a.b/../c",
            "http://a.b/%2E%2e/c",
            "http://u@a.b/",
            "http://127.0.0.1/",
            "http://a.0x7f/",
            "http://a..b/",
            "http:\\\\a.b",
            "http://a.b:99999/",
            "http://[::1]/",
            "http://xn--/",
            "https:///a.b",
            " http://a.b",
            "http://a.b/ c",
            "http://ä.b/",
            "http://a%2eb/",
            "http://a.b./",
        ] {
            assert_eq!(Parts::fast(odd), None, "{odd}");
        }
        let parts = Parts::of("https://copecart.com@evil.example/products/x/p/y").unwrap().unwrap();
        assert_eq!(parts.host, "evil.example");
        assert_eq!(Parts::of("http://A.B./x").unwrap().unwrap().host, "A.B");
        assert_eq!(Parts::of("javascript:alert(1)").unwrap(), None);
        assert_eq!(Parts::of("no url").unwrap_err().code(), ErrorCode::LinkInvalid);
    }

    #[test]
    fn decoding_happens_once() {
        assert_eq!(decode("a%2520b+c", false), "a%20b+c");
        assert_eq!(decode("a%2520b+c", true), "a%20b c");
        assert_eq!(decode("%", false), "%");
        assert_eq!(decode("%4", false), "%4");
        assert_eq!(decode("%zz%41", false), "%zzA");
        assert_eq!(decode("%ff", false), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn the_fast_path_sees_what_url_sees(
            text in "(http|HTTPS)://[a-zA-Z0-9._-]{1,12}(\\.[a-z]{1,3})?(:[0-9]{0,6})?(/[!-~]{0,12}){0,3}(\\?[!-~]{0,20})?(#[!-~]{0,8})?"
        ) {
            if let Some(fast) = Parts::fast(&text) {
                let slow = Parts::slow(&text).unwrap().unwrap();
                prop_assert_eq!(seen(&fast), seen(&slow));
            }
        }

        #[test]
        fn what_is_encoded_decodes_to_itself(text in any::<String>()) {
            let mut encoded = String::new();
            encode_into(&mut encoded, &text);
            prop_assert_eq!(decode(&encoded, false), text.as_str());
            prop_assert_eq!(decode(&encoded, true), text.as_str());
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Parts::of(&text);
        }
    }
}
