//! A URL's parts, as `url::Url` sees them; a scan of the bytes where that is provably the same.

use super::scan::has_escape;
use super::sketch::{Sketch, Sketcher};
use crate::error::quote;
use crate::{Error, ErrorCode, Result};
use std::borrow::Cow;

/// The parts of an `http` or `https` URL; percent-encoding is still in place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// Without a trailing dot; letters keep the case of the text where it has them.
    pub(crate) host: Cow<'a, str>,
    /// Where the host's last two labels begin.
    pub(crate) tail: usize,
    /// Begins with `/`.
    pub(crate) path: Cow<'a, str>,
    pub(crate) query: Option<Cow<'a, str>>,
    pub(crate) fragment: Option<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    /// The parts of `text`; `None` for other schemes than `http` and `https`.
    pub(crate) fn of(text: &'a str) -> Result<Option<Self>> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::new(ErrorCode::TooLarge, "the URL is above 4 GiB"));
        }
        match Self::fast(text) {
            Some(parts) => Ok(Some(parts)),
            None => Self::slow(text),
        }
    }

    /// Sketches plain ASCII URLs. `None` means: not plain enough, ask `slow`.
    pub(crate) fn fast(text: &'a str) -> Option<Self> {
        let mut sketcher = Sketcher::default();
        Self::of_sketch(&sketcher.sketch(text)?)
    }

    /// The parts of a plain URL. `None` if a segment is moved by dots before it.
    fn of_sketch(sketch: &Sketch<'a, '_>) -> Option<Self> {
        let path = sketch.path();
        if sketch.has_odd_segment && (path.contains("/.") || path.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"/%2e"))) {
            return None;
        }
        let rest = sketch.behind_path();
        let (rest, fragment) = match if sketch.has_hash { rest.find('#') } else { None } {
            Some(at) => (rest.get(..at)?, rest.get(at + 1..)),
            None => (rest, None),
        };
        Some(Self {
            host: Cow::Borrowed(sketch.host),
            tail: sketch.tail,
            path: Cow::Borrowed(if path.is_empty() { "/" } else { path }),
            query: rest.strip_prefix('?').map(Cow::Borrowed),
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
        let host = host.strip_suffix('.').unwrap_or(host);
        Ok(Some(Self {
            // A name with an empty label is nobody's: nothing is found behind its end.
            tail: if host.split('.').any(str::is_empty) { host.len() } else { host.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1) },
            host: Cow::Owned(host.to_owned()),
            path: Cow::Owned(url.path().to_owned()),
            query: url.query().map(|q| Cow::Owned(q.to_owned())),
            fragment: url.fragment().map(|f| Cow::Owned(f.to_owned())),
        }))
    }
}

/// The host as the text spells it, if it stands there but for its case.
fn as_written<'a>(text: &'a str, host: &str) -> Option<&'a str> {
    let authority = text.split_once("//")?.1;
    let authority = authority.split(['/', '?', '#', '\\']).next()?;
    let after_user = authority.rsplit('@').next()?;
    after_user.get(..host.len()).filter(|written| written.eq_ignore_ascii_case(host))
}

/// Percent-decodes exactly once; borrowed if nothing is encoded. Bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> Cow<'_, str> {
    // The scan takes ASCII; other texts are decoded in any case.
    if text.is_ascii() { decode_ascii(text, plus_is_space) } else { decoded(text, plus_is_space) }
}

/// The same for text that is known to be ASCII, as all parts of a URL are.
#[inline]
pub(crate) fn decode_ascii(text: &str, plus_is_space: bool) -> Cow<'_, str> {
    if has_escape(text.as_bytes(), plus_is_space) { decoded(text, plus_is_space) } else { Cow::Borrowed(text) }
}

fn decoded(text: &str, plus_is_space: bool) -> Cow<'_, str> {
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

#[cfg(any(test, fuzzing))]
type Seen = (String, Vec<String>, Vec<(String, String)>, Option<String>);

/// What a reader sees: the host without case, and everything decoded.
#[cfg(any(test, fuzzing))]
fn seen(parts: &Parts<'_>) -> Seen {
    let pairs = url::form_urlencoded::parse(parts.query.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
    (
        parts.host.to_ascii_lowercase(),
        parts.path.split('/').map(|s| decode(s, false).into_owned()).collect(),
        pairs,
        parts.fragment.as_deref().map(|f| decode(f, false).into_owned()),
    )
}

/// For the fuzzer: whether the scan sees what `url` sees, wherever it sees something.
#[cfg(fuzzing)]
pub fn agrees_with_url(text: &str) -> bool {
    match (Parts::fast(text), Parts::slow(text)) {
        (Some(fast), Ok(Some(slow))) => seen(&fast) == seen(&slow) && fast.tail == slow.tail,
        (Some(_), _) => false,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    /// The cases of the Web Platform Tests, if `SENTBY_WPT` names their `urltestdata.json`: host, path and query are those of the
    /// standard, but for the inputs in `expected_differences.json`, which must be exactly those that differ.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test that needs a file which is not ours to publish")]
    fn web_platform_tests() {
        let Ok(path) = std::env::var("SENTBY_WPT") else {
            eprintln!("SENTBY_WPT does not name urltestdata.json of the Web Platform Tests: their cases were not run");
            return;
        };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let (mut count, mut fast, mut different) = (0, 0, Vec::new());
        // Each input, and what the standard makes of it. Without their base, relative references are no URLs.
        let texts = |case: &serde_json::Value| {
            let input = case["input"].as_str().unwrap().to_owned();
            let absolute = case["base"].is_null() || url::Url::parse(&input).is_ok();
            [absolute.then_some(input), case["href"].as_str().map(str::to_owned)]
        };
        let cases = cases.iter().filter(|case| case["input"].is_string());
        for (case, input) in cases.flat_map(|case| texts(case).into_iter().flatten().map(move |input| (case, input))) {
            let input = input.as_str();
            let text = |name: &str| case[name].as_str().unwrap_or_default();
            let web = matches!(text("protocol"), "http:" | "https:");
            let expected = web.then(|| Parts {
                host: Cow::Borrowed(text("hostname").strip_suffix('.').unwrap_or(text("hostname"))),
                tail: 0,
                path: Cow::Borrowed(text("pathname")),
                query: Some(Cow::Borrowed(text("search").strip_prefix('?').unwrap_or_default())),
                fragment: None,
            });
            let failure = case["failure"] == true;
            let same = match (Parts::of(input), expected) {
                (Ok(Some(parts)), Some(expected)) => {
                    let (ours, theirs) = (seen(&parts), seen(&expected));
                    (ours.0, ours.1, ours.2) == (theirs.0, theirs.1, theirs.2)
                }
                (Ok(None), None) => !failure,
                (Err(_), None) => failure,
                (_, _) => false,
            };
            if let Some(parts) = Parts::fast(input) {
                assert_eq!(seen(&parts), seen(&Parts::slow(input).unwrap().unwrap()), "{input}");
                fast += 1;
            }
            count += 1;
            if !same {
                different.push(input.to_owned());
            }
        }
        assert!(count > 1000 && fast > 100, "{count} texts, {fast} of them scanned");
        let known: Vec<String> = serde_json::from_str(include_str!("../../tests/expected_differences.json")).unwrap();
        assert_eq!(different, known);
    }
}
