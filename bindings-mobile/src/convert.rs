//! One way in and one way out for every type of field.

use sentby::{Error, ErrorCode, Result, SAFE_MAX, Time};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

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

pub(crate) type Outcome<T> = std::result::Result<T, SentbyException>;

/// A mirror of a core type: read with a coded error, given back as the other languages see it.
pub(crate) trait Mirror<C>: Sized {
    fn take(self) -> Result<C>;
    fn give(core: C) -> Self;
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

impl Mirror<Time> for SystemTime {
    /// Digits below a millisecond are cut off, towards the past.
    fn take(self) -> Result<Time> {
        let millis = match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).ok(),
            Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1_000_000)).ok().map(|ms| -ms),
        };
        Time::from_millis(millis.unwrap_or(i64::MAX))
    }
    fn give(core: Time) -> Self {
        let size = Duration::from_millis(core.millis().unsigned_abs());
        // Within ±285,000 years, which every platform's clock can say.
        let time = if core.millis() < 0 { Self::UNIX_EPOCH.checked_sub(size) } else { Self::UNIX_EPOCH.checked_add(size) };
        time.unwrap_or(Self::UNIX_EPOCH)
    }
}
