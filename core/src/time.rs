use crate::error::quote;
use crate::money::SAFE_MAX;
use crate::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01 UTC, within ±(2^53 − 1).
///
/// # Example
/// ```
/// use sentby::Time;
/// let at = Time::parse("2026-03-01T09:00:00Z")?;
/// assert_eq!(at.millis(), 1_772_355_600_000);
/// assert_eq!(at.to_string(), "2026-03-01T09:00:00Z");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Time(i64);

impl Time {
    pub(crate) const EARLIEST: Self = Self(-SAFE_MAX);
    pub(crate) const LATEST: Self = Self(SAFE_MAX);

    /// The moment `millis` milliseconds after 1970-01-01 UTC.
    ///
    /// # Errors
    /// `time_invalid` beyond ±(2^53 − 1).
    pub fn from_millis(millis: i64) -> Result<Self> {
        if millis.unsigned_abs() > SAFE_MAX.unsigned_abs() {
            return Err(Error::new(ErrorCode::TimeInvalid, format!("{millis} is beyond ±(2^53 − 1) milliseconds")));
        }
        Ok(Self(millis))
    }

    /// The moment that an RFC 3339 text names; an offset or `Z` is required, digits below a millisecond are cut off.
    ///
    /// # Errors
    /// `time_naive` without an offset, `time_invalid` for anything else that is no time.
    pub fn parse(text: &str) -> Result<Self> {
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            // INVARIANT: jiff's years −9999 to 9999 lie within ±2^53 ms.
            return Self::from_millis(stamp.as_nanosecond().div_euclid(1_000_000) as i64);
        }
        let naive = text.parse::<jiff::civil::DateTime>().is_ok();
        let (code, why) = if naive {
            (ErrorCode::TimeNaive, "has no time zone; end it with Z or an offset")
        } else {
            (ErrorCode::TimeInvalid, "is no time; write it as 2026-03-01T09:00:00Z")
        };
        Err(Error::new(code, format!("{} {why}", quote(text))))
    }

    /// The moment after this one.
    pub(crate) fn next(self) -> Self {
        Self((self.0 + 1).min(SAFE_MAX))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Time {
    type Error = Error;

    fn try_from(millis: i64) -> Result<Self> {
        Self::from_millis(millis)
    }
}

impl From<Time> for i64 {
    fn from(time: Time) -> Self {
        time.0
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} ms", self.0), // beyond the year 9999
        }
    }
}

const UNITS: [(&str, i64, &str); 5] =
    [("d", 86_400_000, "day"), ("h", 3_600_000, "hour"), ("m", 60_000, "minute"), ("s", 1000, "second"), ("ms", 1, "millisecond")];

/// Milliseconds of a duration such as `30d`, `12h`, `90m`, `45s`, `1500ms`.
pub(crate) fn parse_duration(text: &str) -> Result<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let millis = UNITS
        .iter()
        .find(|(name, ..)| *name == unit)
        .and_then(|(_, scale, _)| number.parse::<i64>().ok()?.checked_mul(*scale))
        .filter(|millis| *millis <= SAFE_MAX);
    millis.ok_or_else(|| {
        Error::new(
            ErrorCode::DurationInvalid,
            format!("{} is no duration; write a whole number and one of d, h, m, s, ms, as in 30d", quote(text)),
        )
    })
}

/// How far another clock may be ahead of ours, in milliseconds: that of whoever sealed, issued or recorded something.
pub(crate) const SKEW_MS: i64 = 300_000;

/// A length of time in its two largest units, such as 2 days and 3 hours.
pub(crate) fn largest_units(millis: i64) -> Vec<(u64, &'static str)> {
    let mut left = millis.unsigned_abs();
    let mut parts = Vec::new();
    for (_, scale, name) in UNITS {
        if name == "millisecond" && !parts.is_empty() {
            break; // nobody counts them beside seconds
        }
        let (count, rest) = (left / scale.unsigned_abs(), left % scale.unsigned_abs());
        if count > 0 {
            parts.push((count, name));
        }
        // Two neighbouring units are enough for people; a gap ends the text early.
        if parts.len() == 2 || (parts.len() == 1 && count == 0) {
            break;
        }
        left = rest;
    }
    if parts.is_empty() {
        parts.push((0, "second"));
    }
    parts
}

/// A stretch of time that ends with a moment: what tiers and budgets look back on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    /// The calendar month, in the program's time zone.
    Month,
    /// So many milliseconds, the far end not included.
    Rolling(i64),
    /// All that ever was.
    Lifetime,
}

impl Period {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text {
            "month" => Ok(Self::Month),
            "lifetime" => Ok(Self::Lifetime),
            _ => match parse_duration(text) {
                Ok(millis) if millis > 0 => Ok(Self::Rolling(millis)),
                Ok(_) => Err(Error::new(ErrorCode::DurationInvalid, format!("{} is no stretch of time", quote(text)))),
                Err(_) => Err(Error::new(
                    ErrorCode::DurationInvalid,
                    format!("{} is no period; write month, lifetime, or a duration as in 30d", quote(text)),
                )),
            },
        }
    }

    /// The first moment of the period that ends with `at`.
    pub(crate) fn start(self, at: Time, zone: &Zone) -> Time {
        match self {
            Self::Month => zone.month_start(at),
            Self::Rolling(millis) => Time((at.0 - millis).saturating_add(1).max(-SAFE_MAX)),
            Self::Lifetime => Time::EARLIEST,
        }
    }
}

/// A time zone of the IANA database as it was when sentby was built, so that all platforms know the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone(jiff::tz::TimeZone);

impl Zone {
    pub(crate) const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    pub(crate) fn parse(name: &str) -> Result<Self> {
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        let found = jiff::tz::TimeZoneDatabase::bundled().get(name);
        let found =
            found.map_err(|_| Error::new(ErrorCode::TimeZoneUnknown, format!("{} is no time zone, such as Europe/Berlin", quote(name))))?;
        Ok(Self(found))
    }

    /// The moment that a text names as people and platforms write it, in this zone unless it names another; the end of a day
    /// without an hour, and whether that was so.
    pub(crate) fn read(&self, text: &str) -> Option<(Time, bool)> {
        if let Ok(time) = Time::parse(text) {
            return Some((time, false));
        }
        let (text, utc) = match text.strip_suffix(" UTC") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let zone = if utc { &Self::UTC } else { self };
        let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"];
        if let Some(at) = formats.iter().find_map(|format| jiff::civil::DateTime::strptime(format, text).ok()) {
            let stamp = zone.0.to_ambiguous_timestamp(at).compatible().ok()?;
            return Some((Time(stamp.as_millisecond()), false));
        }
        let date = ["%Y-%m-%d", "%d.%m.%Y"].iter().find_map(|format| jiff::civil::Date::strptime(format, text).ok())?;
        Some((Time(zone.begin(date.tomorrow().ok()?).0 - 1), true))
    }

    /// The day on the calendar. Beyond the years that a calendar has, the nearest one.
    pub(crate) fn date(&self, at: Time) -> jiff::civil::Date {
        let (least, most) = (jiff::Timestamp::MIN.as_millisecond() + 100_000_000, jiff::Timestamp::MAX.as_millisecond() - 100_000_000);
        let stamp = jiff::Timestamp::from_millisecond(at.0.clamp(least, most)).unwrap_or_default();
        self.0.to_datetime(stamp).date()
    }

    /// The first moment of a day: midnight, or what comes after where a clock jumps over it.
    pub(crate) fn begin(&self, date: jiff::civil::Date) -> Time {
        let begin = self.0.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible();
        Time(begin.map_or(if date.year() < 0 { -SAFE_MAX } else { SAFE_MAX }, |stamp| stamp.as_millisecond()))
    }

    /// The first moment of a day such as 2026-03-01, and the first after it.
    pub(crate) fn day(&self, text: &str) -> Result<(Time, Time)> {
        let wrong = || Error::new(ErrorCode::TimeInvalid, format!("{} is no day; write it as 2026-03-01", quote(text)));
        let date = jiff::civil::Date::strptime("%Y-%m-%d", text).map_err(|_| wrong())?;
        Ok((self.begin(date), self.begin(date.tomorrow().map_err(|_| wrong())?)))
    }

    pub(crate) fn month_start(&self, at: Time) -> Time {
        self.begin(self.date(at).first_of_month())
    }

    /// The moment at which so many months have passed: the same day and hour, or the last day of a shorter month.
    pub(crate) fn add_months(&self, at: Time, months: u32) -> Time {
        let shifted = jiff::Timestamp::from_millisecond(at.0).ok().and_then(|stamp| {
            let local = self.0.to_datetime(stamp).checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
            self.0.to_ambiguous_timestamp(local).compatible().ok()
        });
        Time(shifted.map_or(SAFE_MAX, |stamp| stamp.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_and_print() {
        assert_eq!(Time::parse("1970-01-01T01:00:00.0015+01:00").unwrap().millis(), 1);
        assert_eq!(Time::parse("1969-12-31T23:59:59.9999Z").unwrap().millis(), -1);
        assert_eq!(Time::parse("2026-03-01T09:00:00").unwrap_err().code(), ErrorCode::TimeNaive);
        assert_eq!(Time::parse("yesterday").unwrap_err().code(), ErrorCode::TimeInvalid);
        assert!(Time::from_millis(SAFE_MAX).is_ok());
        assert_eq!(Time::from_millis(SAFE_MAX + 1).unwrap_err().code(), ErrorCode::TimeInvalid);
        assert_eq!(Time::from_millis(i64::MIN).unwrap_err().code(), ErrorCode::TimeInvalid);
    }

    #[test]
    fn durations_read_and_print() {
        assert_eq!(parse_duration("30d").unwrap(), 2_592_000_000);
        assert_eq!(parse_duration("1500ms").unwrap(), 1500);
        for bad in ["", "d", "30", "1.5h", "-1d", "+1d", "1 d", "99999999999d", "1w"] {
            assert_eq!(parse_duration(bad).unwrap_err().code(), ErrorCode::DurationInvalid, "{bad}");
        }
        assert_eq!(largest_units(183_600_000), [(2, "day"), (3, "hour")]);
        assert_eq!(largest_units(86_400_001), [(1, "day")]);
        assert_eq!(largest_units(61_000), [(1, "minute"), (1, "second")]);
        assert_eq!(largest_units(3722), [(3, "second")]);
        assert_eq!(largest_units(1), [(1, "millisecond")]);
        assert_eq!(largest_units(0), [(0, "second")]);
    }

    #[test]
    fn months_are_those_of_the_time_zone() {
        let time = |text: &str| Time::parse(text).unwrap();
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        assert_eq!(berlin.month_start(time("2026-03-31T22:30:00Z")), time("2026-04-01T00:00:00+02:00"));
        assert_eq!(Zone::UTC.month_start(time("2026-03-31T22:30:00Z")), time("2026-03-01T00:00:00Z"));
        assert_eq!(Period::Rolling(1000).start(time("2026-03-01T00:00:01Z"), &berlin), time("2026-03-01T00:00:00.001Z"));
        assert_eq!(berlin.add_months(time("2026-01-31T12:00:00+01:00"), 1), time("2026-02-28T12:00:00+01:00"));
        // The clock goes forward at 2 on 2026-03-29; half past two is half past three.
        assert_eq!(berlin.add_months(time("2026-02-28T23:00:00Z"), 1), time("2026-04-01T00:00:00+02:00"));
        for extreme in [Time(SAFE_MAX), Time(-SAFE_MAX)] {
            berlin.month_start(extreme);
            assert_eq!(berlin.add_months(extreme, 1), Time(SAFE_MAX));
        }
        assert_eq!(Zone::parse("Europe/Berlin2").unwrap_err().code(), ErrorCode::TimeZoneUnknown);
        assert_eq!(Period::parse("0d").unwrap_err().code(), ErrorCode::DurationInvalid);
    }
}
