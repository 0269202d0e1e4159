use crate::error::quote;
use crate::{Error, ErrorCode, Result};

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
pub struct Id(Box<str>);

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
}

pub(crate) fn is_id(text: &str) -> bool {
    (1..=ID_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~*@+".contains(&b))
        && text != "."
        && text != ".."
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorCode::IdInvalid, format!("{} is not an id: 1 to {ID_MAX} of A-Z a-z 0-9 - _ . ~ * @ + (not `.` or `..`)", quote(text)))
}

/// Checks a text from outside: at most 256 bytes, no control characters.
pub(crate) fn check_text(place: &str, text: &str) -> Result<()> {
    if text.len() > TEXT_MAX {
        return Err(Error::new(ErrorCode::TextInvalid, format!("{place}: {} bytes, at most {TEXT_MAX} are allowed", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::new(ErrorCode::TextInvalid, format!("{place}: {} holds a control character", quote(text))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
