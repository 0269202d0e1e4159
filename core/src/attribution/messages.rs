use crate::error::quote;
use crate::{Error, ErrorCode, Evidence, Reason, Result, Suspicion};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The sentences in which a decision is explained, in one language.
///
/// A table is a JSON object of texts with placeholders in braces. [`Messages::english`] shows every key; a translation has the same keys
/// and may put the placeholders of a key in any order, or leave them out.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Line, Messages, Money, Order, Time, Touch};
/// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// let touches = [Touch::new("anna", Time::parse("2026-03-01T18:00:00Z")?, Evidence::Parameter)];
/// let decision = program.attribute(&order, &touches)?;
/// assert_eq!(
///     decision.explain_in(Messages::german()),
///     "Bestellung A-1001 vom 2026-03-03T18:00:00Z: anna 100 %\n\
///      1. anna durch Parameter, 2 Tage vor der Bestellung: gutgeschrieben mit 100 %\n"
/// );
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    texts: BTreeMap<String, String>,
}

const ENGLISH: &str = include_str!("messages/en.json");
const GERMAN: &str = include_str!("messages/de.json");

/// The placeholders that each key may use.
fn placeholders(key: &str) -> Option<&'static [&'static str]> {
    Some(match key {
        "order" => &["order", "at", "credits"],
        "credit" => &["affiliate", "share"],
        "share" => &["number"],
        "touch" => &["number", "affiliate", "evidence", "when", "why"],
        "before" | "after" => &["age"],
        "other" => &["number", "affiliate", "evidence"],
        "conflict" => &["witnesses"],
        "witness" => &["evidence", "affiliate"],
        "odd" => &["flag"],
        "odd_touch" | "odd_touches" => &["flag", "touches"],
        "nobody" | "point" | "another" => &[],
        _ => {
            let (kind, word) = key.split_once('.')?;
            match (kind, word) {
                ("day" | "hour" | "minute" | "second" | "millisecond", "one" | "other") => &["number"],
                ("evidence", word) => word.parse::<Evidence>().ok().map(|_| &[])?,
                ("flag", word) => word.parse::<Suspicion>().ok().map(|_| &[])?,
                ("reason", word) => Reason::from_code(word).map(|_| &["share", "evidence", "window", "other"])?,
                (_, _) => return None,
            }
        }
    })
}

impl Messages {
    /// The table that a JSON text holds.
    ///
    /// # Errors
    /// `messages_invalid` with the key: one that is missing or unknown, or a placeholder that its sentence does not have.
    ///
    /// # Example
    /// ```
    /// use sentby::Messages;
    /// let french = Messages::english().to_json().replace("nobody is credited", "personne n'est crédité");
    /// assert!(Messages::from_json(&french).is_ok());
    /// let error = Messages::from_json(&french.replace("{age} before", "{years} before")).unwrap_err();
    /// assert_eq!(error.to_string(), "messages_invalid: /before: has no placeholder `years`; known are age");
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        let invalid = |detail: String| Error::new(ErrorCode::MessagesInvalid, detail);
        let texts: BTreeMap<String, String> = serde_json::from_str(text).map_err(|e| invalid(e.to_string()))?;
        for (key, text) in &texts {
            let known = placeholders(key).ok_or_else(|| invalid(format!("/{key}: there is no such sentence")))?;
            for part in text.split('{').skip(1) {
                let name = part.split_once('}').map(|(name, _)| name).ok_or_else(|| invalid(format!("/{key}: has a {{ without a }}")))?;
                if !known.contains(&name) {
                    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                    return Err(invalid(format!("/{key}: has no placeholder {}; known are {known}", quote(name))));
                }
            }
        }
        if let Some(missing) = Self::english().texts.keys().find(|key| !texts.contains_key(*key)) {
            return Err(invalid(format!("/{missing}: is missing")));
        }
        Ok(Self { texts })
    }

    /// The table as JSON.
    pub fn to_json(&self) -> String {
        // Text to text is always JSON.
        serde_json::to_string_pretty(&self.texts).unwrap_or_default()
    }

    /// The English sentences, those of [`Decision::explain`](crate::Decision::explain).
    pub fn english() -> &'static Self {
        static TABLE: LazyLock<Messages> = LazyLock::new(|| Messages::shipped(ENGLISH));
        &TABLE
    }

    /// The German ones.
    pub fn german() -> &'static Self {
        static TABLE: LazyLock<Messages> = LazyLock::new(|| Messages::shipped(GERMAN));
        &TABLE
    }

    /// The shipped table of a language: `en` or `de`.
    ///
    /// # Example
    /// ```
    /// assert!(sentby::Messages::in_language("de").is_some());
    /// assert!(sentby::Messages::in_language("tlh").is_none());
    /// ```
    pub fn in_language(language: &str) -> Option<&'static Self> {
        match language {
            "en" => Some(Self::english()),
            "de" => Some(Self::german()),
            _ => None,
        }
    }

    /// A test proves that the shipped tables are whole.
    fn shipped(text: &str) -> Self {
        Self { texts: serde_json::from_str(text).unwrap_or_default() }
    }

    /// One sentence, its placeholders filled.
    pub(super) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.texts.get(key).map_or("", String::as_str);
        let mut text = String::with_capacity(rest.len() + 32);
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
            text.push_str(before);
            text.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
            rest = behind;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_tables_are_whole() {
        for text in [ENGLISH, GERMAN] {
            assert_eq!(Messages::from_json(text).unwrap().texts.len(), Messages::english().texts.len());
        }
        let words = Evidence::ALL.iter().map(|e| format!("evidence.{e}")).chain(Suspicion::ALL.iter().map(|s| format!("flag.{s}")));
        for key in words.chain(Reason::ALL.iter().map(|r| format!("reason.{r}"))) {
            assert!(Messages::english().texts.contains_key(&key), "{key}");
        }
    }

    #[test]
    fn a_wrong_table_is_refused_with_its_key() {
        for (from, to, why) in [
            ("\"point\": \".\",", "", "/point: is missing"),
            ("\"nobody\"", "\"no_one\"", "/no_one: there is no such sentence"),
            ("1 day", "{", "/day.one: has a { without a }"),
            ("nobody is", "{x} is", "/nobody: has no placeholder `x`; known are none"),
            ("\"nobody is credited\"", "7", "invalid type"),
        ] {
            let error = Messages::from_json(&ENGLISH.replacen(from, to, 1)).unwrap_err();
            assert!(error.detail().contains(why), "{error}");
        }
    }
}
