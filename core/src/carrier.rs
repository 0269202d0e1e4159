use crate::error::words;
use crate::{Error, ErrorCode, Result, Time};

mod base32;
mod cookie;
mod keys;
mod short_code;
mod token;

pub use cookie::{CookieReading, CookieSpec};
pub use keys::{Keys, RootKey};
pub use token::{Opened, Unverified, peek};

words! {
    /// What a token is for. It opens for the same purpose only.
    ///
    /// # Example
    /// ```
    /// assert_eq!("mail".parse(), Ok(sentby::Purpose::Mail));
    /// ```
    pub Purpose: "purpose" {
        /// A cookie of this site. At most 400 days.
        Cookie => "cookie",
        /// A link that is shown or shared. At most 365 days.
        Link => "link",
        /// A link in a mail to one person. At most 90 days.
        Mail => "mail",
        /// An attendee's profile in the host's store. At most 730 days.
        Profile => "profile",
    }
}

impl Purpose {
    /// The number in a token's first byte.
    const fn number(self) -> u8 {
        match self {
            Self::Cookie => 1,
            Self::Link => 2,
            Self::Mail => 3,
            Self::Profile => 4,
        }
    }

    /// The longest lifetime, in hours: what is sealed longer ago never opens.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Purpose::Cookie.lifetime_max_hours(), 9600);
    /// ```
    pub const fn lifetime_max_hours(self) -> u16 {
        match self {
            Self::Cookie => 400 * 24,
            Self::Link => 365 * 24,
            Self::Mail => 90 * 24,
            Self::Profile => 730 * 24,
        }
    }
}

/// The first failing check of an opened carrier. One text for all of them: it tells a forger nothing.
fn refuse(code: ErrorCode) -> Error {
    Error::new(code, "this carrier is not valid here")
}

/// An audience: who may use the carrier. 1 to 1024 bytes, nothing that could imitate a separator.
fn check_audience(audience: &str) -> Result<()> {
    if audience.is_empty() || audience.len() > 1024 || crate::id::has_control(audience) {
        return Err(Error::new(ErrorCode::AudienceInvalid, "/audience: is empty, over 1024 bytes, or holds a control character"));
    }
    Ok(())
}

/// Whole seconds since 1970, as far as a token's four bytes can say.
fn seconds(now: Time) -> Result<u32> {
    u32::try_from(now.millis().div_euclid(1000))
        .map_err(|_| Error::new(ErrorCode::TimeInvalid, format!("/now: {now} is before 1970 or after 2106, which a carrier cannot say")))
}

/// The click id that 16 lower-case hexadecimal digits name.
fn click_number(place: &str, text: &str) -> Result<u64> {
    let number = if text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        u64::from_str_radix(text, 16).ok()
    } else {
        None
    };
    number.filter(|n| *n != 0).ok_or_else(|| {
        Error::new(
            ErrorCode::ClickIdInvalid,
            format!("{place}: {} is not 16 lower-case hexadecimal digits, or is zero", crate::error::quote(text)),
        )
    })
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// 0 means none.
fn click_text(number: u64) -> Option<String> {
    if number == 0 {
        return None;
    }
    let mut text = vec![0; 16];
    // Faster than `format!`; every nibble is a hexadecimal digit.
    for (byte, n) in text.iter_mut().zip((0..16).rev()) {
        *byte = HEX.get((number >> (4 * n) & 15) as usize).copied().unwrap_or(b'0');
    }
    String::from_utf8(text).ok()
}
