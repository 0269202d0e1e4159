//! What a template is made of: text and slots, and how a text is matched against them.

use super::parts::{decode, encode_into};
use crate::Referral;
use std::borrow::Cow;
use std::ops::Range;

/// A place in a template that takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Product,
    Affiliate,
    Campaign,
    ClickId,
    Destination,
    Sub(u8),
    /// `{_}`: any text, ignored.
    Ignored,
}

/// The slots by name. Programs know `sub1` to `sub5`, networks one more.
const SLOTS: [(&str, Slot); 12] = [
    ("product", Slot::Product),
    ("affiliate", Slot::Affiliate),
    ("campaign", Slot::Campaign),
    ("click_id", Slot::ClickId),
    ("sub1", Slot::Sub(1)),
    ("sub2", Slot::Sub(2)),
    ("sub3", Slot::Sub(3)),
    ("sub4", Slot::Sub(4)),
    ("sub5", Slot::Sub(5)),
    ("destination", Slot::Destination),
    ("_", Slot::Ignored),
    ("sub6", Slot::Sub(6)),
];

/// How a network writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// Digits only, or it does not fit.
    Digits,
    /// The digits that it begins with, or it does not fit.
    Integer,
    /// Base64 without padding.
    Base64,
    /// A URL whose scheme may be missing; `https` is meant.
    Https,
    /// Rakuten's `<site>-<hash>`, 11 characters and at least 16: the site for an affiliate, the whole for a click id.
    Site,
}

const FORMS: [(&str, Form); 5] =
    [("digits", Form::Digits), ("integer", Form::Integer), ("base64", Form::Base64), ("https", Form::Https), ("site", Form::Site)];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Slot(Slot, Form),
}

impl Slot {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Affiliate => "affiliate",
            Self::Campaign => "campaign",
            Self::ClickId => "click_id",
            Self::Destination => "destination",
            Self::Ignored => "_",
            Self::Sub(n) => ["sub1", "sub2", "sub3", "sub4", "sub5", "sub6"].get(usize::from(n).wrapping_sub(1)).copied().unwrap_or("_"),
        }
    }
}

/// Splits `p-{affiliate}` into its pieces; two slots need text between them. Only templates of networks have forms.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("has a { without a }")?;
        let (name, form) = match name.split_once(':') {
            Some((name, form)) => (name, FORMS.iter().find(|(known, _)| *known == form).map(|(_, form)| *form)),
            None => (name, Some(Form::Plain)),
        };
        let slot = SLOTS.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot);
        let (Some(slot), Some(form)) = (slot, form) else {
            let known = SLOTS.iter().take(SLOTS.len() - 1).map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
            return Err(format!("has an unknown slot {{{name}}}; known are {known}"));
        };
        if !before.is_empty() {
            pieces.push(Piece::Literal(decode(before, false).into_owned()));
        } else if !pieces.is_empty() {
            return Err("has two slots with nothing between them".into());
        }
        pieces.push(Piece::Slot(slot, form));
        rest = after;
    }
    if rest.contains('}') {
        return Err("has a } without a {".into());
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(decode(rest, false).into_owned()));
    }
    Ok(pieces)
}

/// The parameters of a template, `a={x}&b=c`: names decoded, values in pieces.
pub(crate) fn parameters(text: &str) -> Result<Vec<(String, Vec<Piece>)>, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or("has a parameter without =")?;
            Ok((decode(name, true).into_owned(), pieces(value)?))
        })
        .collect()
}

/// Finds where each slot's value stands in decoded text; `false` if the text has another shape. A slot takes what stands before the
/// first occurrence of the literal behind it, and at least one character.
pub(crate) fn fit(pieces: &[Piece], text: &str, mut found: impl FnMut(Slot, Form, Range<usize>)) -> bool {
    let mut at = 0;
    for (n, piece) in pieces.iter().enumerate() {
        let rest = text.get(at..).unwrap_or_default();
        match (piece, pieces.get(n + 1)) {
            (Piece::Literal(literal), _) => {
                if !rest.starts_with(literal.as_str()) {
                    return false;
                }
                at += literal.len();
            }
            (Piece::Slot(slot, form), next) => {
                let length = match next {
                    Some(Piece::Literal(literal)) => place_of(rest, literal),
                    Some(Piece::Slot(..)) | None => Some(rest.len()),
                };
                match length {
                    Some(length) if length > 0 => {
                        found(*slot, *form, at..at + length);
                        at += length;
                    }
                    Some(_) | None => return false,
                }
            }
        }
    }
    at == text.len()
}

/// Most literals are one character.
#[inline]
fn place_of(text: &str, literal: &str) -> Option<usize> {
    if let [byte] = literal.as_bytes() { text.bytes().position(|b| b == *byte) } else { text.find(literal) }
}

/// A part of a text that may or may not be borrowed.
pub(crate) fn cut<'a>(text: &Cow<'a, str>, range: Range<usize>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_owned()),
    }
}

/// The values that one link holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values<'a> {
    pub(crate) product: Option<Cow<'a, str>>,
    pub(crate) affiliate: Option<Cow<'a, str>>,
    pub(crate) campaign: Option<Cow<'a, str>>,
    pub(crate) click_id: Option<Cow<'a, str>>,
    pub(crate) destination: Option<Cow<'a, str>>,
    /// The sub-ids: number, name and value.
    pub(crate) subs: Vec<(u8, &'a str, Cow<'a, str>)>,
}

impl<'a> Values<'a> {
    /// Fills an empty slot; an empty value counts as missing. What stands there already, if it is filled.
    pub(crate) fn fill(&mut self, slot: Slot, name: &'a str, value: Cow<'a, str>) -> Option<&str> {
        let place = match slot {
            Slot::Product => &mut self.product,
            Slot::Affiliate => &mut self.affiliate,
            Slot::Campaign => &mut self.campaign,
            Slot::ClickId => &mut self.click_id,
            Slot::Destination => &mut self.destination,
            Slot::Ignored => return None,
            Slot::Sub(n) => {
                if let Some(at) = self.subs.iter().position(|(known, ..)| *known == n) {
                    return self.subs.get(at).map(|(.., standing)| standing.as_ref());
                }
                if !value.is_empty() {
                    self.subs.push((n, name, value));
                }
                return None;
            }
        };
        match place {
            Some(standing) => Some(standing),
            None if value.is_empty() => None,
            None => {
                *place = Some(value);
                None
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let Self { product, affiliate, campaign, click_id, destination, subs } = self;
        [product, affiliate, campaign, click_id, destination].iter().all(|v| v.is_none()) && subs.is_empty()
    }

    pub(crate) fn into_referral(self) -> Referral {
        let Self { product, affiliate, campaign, click_id, destination, subs } = self;
        let [product, affiliate, campaign, click_id, destination] =
            [product, affiliate, campaign, click_id, destination].map(|value| value.map(Cow::into_owned));
        let sub_ids = subs.into_iter().map(|(_, name, value)| (name.to_owned(), value.into_owned())).collect();
        Referral { product, affiliate, campaign, click_id, sub_ids, destination }
    }
}

/// Writes the pieces with a referral's values; `None` if one is missing.
pub(crate) fn build(pieces: &[Piece], value: impl Fn(Slot) -> Option<String>, url: &mut String) -> Option<()> {
    for piece in pieces {
        match piece {
            Piece::Literal(text) => encode_into(url, text),
            Piece::Slot(slot, form) => {
                let value = value(*slot)?;
                match form {
                    Form::Base64 => url.push_str(&to_base64(value.as_bytes())),
                    Form::Plain | Form::Digits | Form::Integer | Form::Https | Form::Site => encode_into(url, &value),
                }
            }
        }
    }
    Some(())
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 without padding (RFC 4648, section 4); the URL-safe alphabet is read too. `None` if it is none, or no text.
pub(crate) fn from_base64(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let byte = match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
        // A position is below 64.
        let value = BASE64.iter().position(|known| *known == byte)? as u32;
        bits = (bits << 6 | value) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(((bits >> count) & 0xff) as u8);
        }
    }
    let stray = bits & ((1 << count) - 1);
    if count == 6 || stray != 0 { None } else { String::from_utf8(bytes).ok() }
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().enumerate().fold(0_u32, |bits, (n, byte)| bits | u32::from(*byte) << (16 - 8 * n));
        for n in 0..=three.len() {
            let digit = (bits >> (18 - 6 * n)) & 63;
            text.extend(BASE64.get(digit as usize).map(|b| char::from(*b)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_what_the_rfc_says() {
        // RFC 4648, section 10, without the padding.
        for (plain, encoded) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(to_base64(plain.as_bytes()), encoded);
            assert_eq!(from_base64(encoded).as_deref(), Some(plain));
        }
        for bad in ["Z", "Zh", "Z*8", "/w", "Zm9vY"] {
            assert_eq!(from_base64(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn base64_comes_back(text in any::<String>()) {
            prop_assert_eq!(from_base64(&to_base64(text.as_bytes())), Some(text));
        }
    }
}
