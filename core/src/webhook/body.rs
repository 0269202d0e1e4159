//! Fields of a body, read one by one.

use super::invalid;
use crate::error::{escaped, quote};
use crate::money::Currency;
use crate::time::Zone;
use crate::{Error, Money, Order, Result, Time};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// The names of a body with their values as text, and those that nobody asked for.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: BTreeMap<String, String>,
    /// Those whose values are no texts: numbers, lists and objects, as JSON.
    raw: BTreeSet<String>,
    pub(super) notes: Vec<String>,
}

impl Fields {
    /// The fields of a JSON object. Nulls count as missing.
    pub(super) fn of_json(body: &[u8]) -> Result<Self> {
        let Pairs(pairs) = serde_json::from_slice(body).map_err(|e| invalid("", format_args!("the body is no JSON object: {e}")))?;
        let mut fields = Self::default();
        for (name, raw) in pairs {
            let json = raw.get();
            let text = if json.starts_with('"') {
                serde_json::from_str(json).map_err(|e| invalid(&pointer(&name), e))?
            } else {
                if json != "null" {
                    fields.raw.insert(name.clone());
                }
                json.to_owned()
            };
            if fields.values.contains_key(&name) {
                return Err(invalid(&pointer(&name), "occurs twice"));
            }
            if json != "null" {
                fields.values.insert(name, text);
            }
        }
        Ok(fields)
    }

    pub(super) fn of_form(form: Form) -> Result<Self> {
        let mut fields = Self::default();
        for (name, value) in form.pairs {
            let name = String::from_utf8(name).map_err(|_| invalid("", "a field's name is not UTF-8"))?;
            let value = String::from_utf8(value).map_err(|_| invalid(&pointer(&name), "is not UTF-8"))?;
            if fields.values.contains_key(&name) {
                return Err(invalid(&pointer(&name), "occurs twice"));
            }
            fields.values.insert(name, value);
        }
        Ok(fields)
    }

    /// The value of a field, if it has one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str> {
        self.text(name).ok_or_else(|| invalid(&pointer(name), "is missing"))
    }

    /// The first of these fields that has a value.
    pub(super) fn first_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.text(name), Some("true" | "1" | "yes" | "Y" | "y"))
    }

    pub(super) fn json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Option<T>> {
        let read = |text| serde_json::from_str(text).map_err(|e| invalid(&pointer(name), e));
        self.text(name).filter(|_| self.raw.contains(name)).map(read).transpose()
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<u32>> {
        let read = |text: &str| text.parse().map_err(|_| invalid(&pointer(name), format_args!("{} is no whole number", quote(text))));
        self.text(name).map(read).transpose()
    }

    pub(super) fn money(&self, name: &str, currency: Currency) -> Result<Option<Money>> {
        self.text(name).map(|text| amount(text, currency).map_err(|e| e.at(pointer(name)))).transpose()
    }

    pub(super) fn country(&self, names: &[&str]) -> Option<String> {
        self.first_of(names).map(str::to_ascii_uppercase).filter(|text| crate::order::is_country(text))
    }

    /// The moment that a field names, with the hour in a second field if it stands there; the end of the day without one.
    pub(super) fn time(&mut self, names: &[(&str, &str)], zone: &Zone) -> Result<Option<Time>> {
        for (date, hour) in names {
            let Some(text) = self.text(date) else { continue };
            let whole = match self.text(hour) {
                Some(hour) => format!("{text} {hour}"),
                None => text.to_owned(),
            };
            let read = zone
                .read(&whole)
                .or_else(|| zone.read(text))
                .ok_or_else(|| invalid(&pointer(date), format_args!("{} is no time", quote(text))))?;
            if read.1 {
                self.notes.push(format!("{}: names no hour; the end of the day is used", pointer(date)));
            }
            return Ok(Some(read.0));
        }
        Ok(None)
    }

    /// Notes every field that is neither among these names nor begins like one of those.
    pub(super) fn note_unknown(&mut self, names: &[&str], beginnings: &[&str]) {
        let unknown = |name: &&String| !names.contains(&name.as_str()) && !beginnings.iter().any(|start| name.starts_with(start));
        let found: Vec<String> = self.values.keys().filter(unknown).map(|name| format!("{}: is no known field", pointer(name))).collect();
        self.notes.extend(found);
    }

    pub(super) fn note_value(&mut self, name: &str) {
        let value = self.text(name).map_or("nothing".into(), quote);
        self.notes.push(format!("{}: {value} is not known, or does not fit the rest", pointer(name)));
    }

    pub(super) fn into_parts(self) -> (BTreeMap<String, String>, Vec<String>) {
        (self.values, self.notes)
    }

    /// A token of sentby's in one of these fields, or in the values of the object that it holds.
    pub(super) fn token(&self, names: &[&str]) -> Option<String> {
        let is_token = |text: &&str| crate::carrier::peek(text).is_ok();
        names.iter().filter_map(|name| self.text(name).map(|text| (*name, text))).find_map(|(name, text)| {
            if is_token(&text) {
                return Some(text.to_owned());
            }
            let inner: BTreeMap<String, serde_json::Value> = self.raw.contains(name).then(|| serde_json::from_str(text).ok()).flatten()?;
            inner.values().filter_map(|value| value.as_str()).find(is_token).map(str::to_owned)
        })
    }
}

pub(super) fn pointer(name: &str) -> String {
    let shown: String = escaped(name).chars().take(64).collect();
    format!("/{}", shown.escape_default())
}

/// An amount as platforms write it: zeros beyond the currency's digits mean nothing.
pub(super) fn amount(text: &str, currency: Currency) -> Result<Money> {
    let digits = currency.digits() as usize;
    let text = text.trim();
    let short = match text.split_once('.') {
        Some((whole, decimals)) if decimals.len() > digits && decimals.bytes().skip(digits).all(|b| b == b'0') => {
            let kept = decimals.get(..digits).unwrap_or_default();
            if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") }
        }
        _ => text.to_owned(),
    };
    Money::parse(&short, currency.as_str()).map_err(|e| Error::new(crate::ErrorCode::WebhookInvalid, e.detail()))
}

/// Shares an amount out over the lines, by their gross.
pub(super) fn spread(order: &mut Order, place: &str, amount: Option<Money>, put: impl Fn(&mut crate::Line, Money)) -> Result<()> {
    let Some(amount) = amount.filter(|amount| amount.minor() != 0) else { return Ok(()) };
    let mut weights: Vec<u64> = order.lines.iter().map(|line| line.gross.minor().unsigned_abs()).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let total = u64::try_from(amount.minor()).map_err(|_| invalid(place, format_args!("{amount} is negative")))?;
    for (line, part) in order.lines.iter_mut().zip(crate::allocate(total, &weights)) {
        // INVARIANT: a part is at most the whole, which an i64 held.
        put(line, Money::of(part as i64, amount.currency())?);
    }
    Ok(())
}

/// A form, names and values decoded to bytes.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Form {
    pub(super) fn parse(body: &[u8]) -> Self {
        let mut pairs = Vec::new();
        for piece in body.split(|b| *b == b'&').filter(|piece| !piece.is_empty()) {
            let mut halves = piece.splitn(2, |b| *b == b'=');
            pairs.push((unescaped(halves.next().unwrap_or_default()), unescaped(halves.next().unwrap_or_default())));
        }
        Self { pairs }
    }
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let digit = |n: usize| after.get(n).and_then(|b| char::from(*b).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', ..) => {
                bytes.push(b' ');
                rest = after;
            }
            (byte, ..) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    bytes
}

/// The members of a JSON object in their order, repeated ones too.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
