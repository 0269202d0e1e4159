use crate::error::quote;
use crate::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest id, in bytes.
pub const ID_MAX: usize = 64;

/// The longest text that a record may carry from outside (a foreign id, a click id, a campaign), in bytes.
pub const TEXT_MAX: usize = 256;

/// An affiliate's, product's or partner's id: opaque, case-sensitive, 1 to 64 of `A-Z a-z 0-9 - _ . ~ * @ +`.
///
/// `.` and `..` are no ids: URL parsers remove them from paths, however they are escaped,
/// so no link could carry them.
///
/// # Example
/// ```
/// use sentby::Id;
/// assert_eq!(Id::new("anna")?.as_str(), "anna");
/// assert_eq!(Id::new("an na").unwrap_err().code().as_str(), "id_invalid");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Text);

impl Id {
    /// The id with this text.
    ///
    /// # Errors
    /// `id_invalid`.
    pub fn new(text: &str) -> Result<Self> {
        if is_id(text) { Ok(Self(text.into())) } else { Err(invalid(text)) }
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn text(&self) -> &Text {
        &self.0
    }
}

/// A text that many records share: copying it copies no characters. It is used as a `&str`.
///
/// # Example
/// ```
/// use sentby::Text;
/// let line = Text::from("1");
/// assert_eq!((line.len(), line.to_string()), (1, "1".to_owned()));
/// assert_eq!(line, "1");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Text(Arc<str>);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        self
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Text {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.as_ref().into()
    }
}

// Texts compare and hash as what they are.
impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        **self == **other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        **self == **other
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    is_id_bytes(text.as_bytes())
}

pub(crate) fn is_id_bytes(text: &[u8]) -> bool {
    (1..=ID_MAX).contains(&text.len()) && text.iter().all(|b| ALPHABET.get(*b as usize) == Some(&true)) && !matches!(text, b"." | b"..")
}

/// Which bytes an id may hold.
const ALPHABET: [bool; 256] = alphabet();

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where an index out of bounds is a build error")]
const fn alphabet() -> [bool; 256] {
    let mut marks = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        marks[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'*' | b'@' | b'+');
        byte += 1;
    }
    marks
}

/// Whether a text holds a control character: one pass over the bytes for ASCII, by character otherwise.
pub(crate) fn has_control(text: &str) -> bool {
    let (mut control, mut foreign) = (false, false);
    for byte in text.bytes() {
        control |= byte < 0x20 || byte == 0x7f;
        foreign |= byte >= 0x80;
    }
    control || (foreign && text.chars().any(char::is_control))
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorCode::IdInvalid, format!("{} is not an id: 1 to {ID_MAX} of A-Z a-z 0-9 - _ . ~ * @ + (not `.` or `..`)", quote(text)))
}

/// Checks a text from outside: at most 256 bytes, no control characters.
pub(crate) fn check_text(place: &str, text: &str) -> Result<()> {
    if text.len() > TEXT_MAX {
        return Err(Error::new(ErrorCode::TextInvalid, format!("{place}: {} bytes, at most {TEXT_MAX} are allowed", text.len())));
    }
    if has_control(text) {
        return Err(Error::new(ErrorCode::TextInvalid, format!("{place}: {} holds a control character", quote(text))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_as_char_finds_them() {
        for code in (0..0x3000).filter_map(char::from_u32) {
            let text = format!("a{code}b");
            assert_eq!(has_control(&text), text.chars().any(char::is_control), "{code:?}");
        }
    }

    #[test]
    fn ids_are_what_the_alphabet_says() {
        for good in ["a", "A-Z_.~*@+9", "...", "__proto__", &"x".repeat(64)] {
            assert!(Id::new(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "a b", "a/b", "%00", "ä", "K\u{212A}", ".", "..", "a\0", &"x".repeat(65)] {
            assert_eq!(Id::new(bad).unwrap_err().code(), ErrorCode::IdInvalid, "{bad}");
        }
    }
}
