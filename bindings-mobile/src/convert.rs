//! One way in and one way out for every type of field.

use sentby::{Error, ErrorCode, Result, SAFE_MAX, Time};
use std::collections::{BTreeMap, HashMap};

/// Wrong input or misuse: a code that is the same in every language, and one line for people.
#[derive(Debug, uniffi::Error)]
pub enum SentbyException {
    /// The input was refused.
    Refused {
        /// The stable code, such as `token_expired`.
        code: String,
        /// The place and what is wrong there.
        detail: String,
    },
}

impl std::fmt::Display for SentbyException {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Refused { code, detail } = self;
        write!(f, "{code}: {detail}")
    }
}

impl std::error::Error for SentbyException {}

/// The one way a core error becomes an exception.
impl From<Error> for SentbyException {
    fn from(error: Error) -> Self {
        Self::Refused { code: error.code().as_str().into(), detail: error.detail().into() }
    }
}

pub type Outcome<T> = std::result::Result<T, SentbyException>;

/// A mirror of a core type: read with a coded error, given back as the other languages see it.
pub trait Mirror<C>: Sized {
    /// The core's value; an error names the place within this one.
    fn take(self) -> Result<C>;
    /// This value of the core's.
    fn give(core: C) -> Self;
}

/// An argument; an error names it.
pub fn take<C, M: Mirror<C>>(name: &str, value: M) -> Outcome<C> {
    value.take().map_err(|error| error.at(format_args!("/{name}")).into())
}

/// A result.
pub fn give<C, M: Mirror<C>>(result: Result<C>) -> Outcome<M> {
    result.map(M::give).map_err(SentbyException::from)
}

macro_rules! same {
    ($($kind:ty)+) => { $(
        impl Mirror<$kind> for $kind {
            fn take(self) -> Result<$kind> {
                Ok(self)
            }
            fn give(core: $kind) -> Self {
                core
            }
        }
    )+ };
}
same!(String bool u8 u16 u32);

impl Mirror<i64> for i64 {
    fn take(self) -> Result<i64> {
        if self.unsigned_abs() > SAFE_MAX.unsigned_abs() {
            return Err(Error::new(ErrorCode::NumberInvalid, format!("{self} is beyond ±(2^53 − 1)")));
        }
        Ok(self)
    }
    fn give(core: i64) -> Self {
        core
    }
}

/// Counts are signed here: Java and Kotlin have no unsigned numbers that are pleasant to use.
impl Mirror<u64> for i64 {
    fn take(self) -> Result<u64> {
        u64::try_from(self)
            .ok()
            .filter(|n| *n <= SAFE_MAX.unsigned_abs())
            .ok_or_else(|| Error::new(ErrorCode::NumberInvalid, format!("{self} is no whole number from 0 to {SAFE_MAX}")))
    }
    fn give(core: u64) -> Self {
        // The core keeps weights below 2^53.
        core as Self
    }
}

macro_rules! signed {
    ($($kind:ty)+) => { $(
        impl Mirror<$kind> for i32 {
            fn take(self) -> Result<$kind> {
                <$kind>::try_from(self).map_err(|_| Error::new(ErrorCode::NumberInvalid, format!("{self} is no whole number from 0 to {}", <$kind>::MAX)))
            }
            fn give(core: $kind) -> Self {
                Self::try_from(core).unwrap_or(Self::MAX)
            }
        }
    )+ };
}
signed!(u8 u16 u32);

impl Mirror<sentby::Text> for String {
    fn take(self) -> Result<sentby::Text> {
        Ok(self.into())
    }
    fn give(core: sentby::Text) -> Self {
        core.into()
    }
}

/// A percentage is decimal text.
impl Mirror<sentby::Rate> for String {
    fn take(self) -> Result<sentby::Rate> {
        sentby::Rate::parse(&self)
    }
    fn give(core: sentby::Rate) -> Self {
        core.to_string()
    }
}

impl<C, M: Mirror<C>> Mirror<Option<C>> for Option<M> {
    fn take(self) -> Result<Option<C>> {
        self.map(M::take).transpose()
    }
    fn give(core: Option<C>) -> Self {
        core.map(M::give)
    }
}

impl<C, M: Mirror<C>> Mirror<Vec<C>> for Vec<M> {
    fn take(self) -> Result<Vec<C>> {
        self.into_iter().enumerate().map(|(n, item)| item.take().map_err(|error| error.at(format_args!("/{n}")))).collect()
    }
    fn give(core: Vec<C>) -> Self {
        core.into_iter().map(M::give).collect()
    }
}

impl Mirror<BTreeMap<String, String>> for HashMap<String, String> {
    fn take(self) -> Result<BTreeMap<String, String>> {
        Ok(self.into_iter().collect())
    }
    fn give(core: BTreeMap<String, String>) -> Self {
        core.into_iter().collect()
    }
}

/// Milliseconds since 1970; `Instant`, `Date` and `datetime` in the languages themselves (see `uniffi.toml`).
///
/// UniFFI's own timestamps lose the sign of times within the last second of 1969.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(i64);

uniffi::custom_newtype!(Moment, i64);

impl Mirror<Time> for Moment {
    fn take(self) -> Result<Time> {
        Time::from_millis(self.0)
    }
    fn give(core: Time) -> Self {
        Self(core.millis())
    }
}
