use crate::error::{quote, words};
use crate::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};

mod currency;
pub use currency::Currency;

/// The largest time, amount and count: 2^53 − 1, exact in JSON and in every language.
pub const SAFE_MAX: i64 = (1 << 53) - 1;

/// An amount: a whole number of the currency's minor units, within ±(2^53 − 1).
///
/// # Example
/// ```
/// use sentby::Money;
/// let price = Money::parse("49.00", "EUR")?;
/// assert_eq!(price.minor(), 4900);
/// assert_eq!(price.to_string(), "49.00 EUR");
/// assert_eq!(Money::parse("5", "JPY")?.to_string(), "5 JPY");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawMoney", into = "RawMoney")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMoney {
    minor: i64,
    currency: String,
}

impl Money {
    /// An amount of `minor` units (cents of a euro, yen, fils) in a currency.
    ///
    /// # Errors
    /// `money_out_of_range`, `currency_unknown`.
    pub fn new(minor: i64, currency: &str) -> Result<Self> {
        Self::of(minor, Currency::new(currency)?)
    }

    /// An amount in a currency that is already known to be one.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn of(minor: i64, currency: Currency) -> Result<Self> {
        if minor.unsigned_abs() > SAFE_MAX.unsigned_abs() {
            return Err(Error::new(ErrorCode::MoneyOutOfRange, format!("{minor} is beyond ±(2^53 − 1) minor units")));
        }
        Ok(Self { minor, currency })
    }

    /// The amount that strict decimal text names: digits, at most one point with digits on both sides,
    /// a leading `-`; no exponent, no separators, no more digits than the currency has.
    ///
    /// # Errors
    /// `money_invalid`, `money_out_of_range`, `currency_unknown`.
    pub fn parse(text: &str, currency: &str) -> Result<Self> {
        let currency = Currency::new(currency)?;
        let digits = currency.digits();
        let minor = parse_decimal(text, digits).map_err(|flaw| match flaw {
            Flaw::Syntax => Error::new(ErrorCode::MoneyInvalid, format!("{} is no decimal; write it as 49.00", quote(text))),
            Flaw::Digits => Error::new(
                ErrorCode::MoneyInvalid,
                format!("{} has more than {digits} decimal digits, {currency} has {digits}", quote(text)),
            ),
            Flaw::Range => Error::new(ErrorCode::MoneyOutOfRange, format!("{} is beyond ±(2^53 − 1) minor units", quote(text))),
        })?;
        Self::of(minor, currency)
    }

    /// The amount that text such as `10.00 EUR` names.
    ///
    /// # Errors
    /// As [`Money::parse`].
    pub fn parse_with_currency(text: &str) -> Result<Self> {
        match text.split_once(' ') {
            Some((amount, currency)) => Self::parse(amount, currency),
            None => {
                Err(Error::new(ErrorCode::MoneyInvalid, format!("{} is no amount with its currency; write it as 10.00 EUR", quote(text))))
            }
        }
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency's code, borrowed.
    #[cfg(feature = "columns")]
    pub(crate) fn code(&self) -> &str {
        self.currency.as_str()
    }

    pub(crate) const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as decimal text without its currency: `49.00`.
    pub fn decimal(self) -> String {
        let (sign, size) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        let digits = self.currency.digits();
        if digits == 0 {
            return format!("{sign}{size}");
        }
        let unit = 10_u64.pow(digits);
        format!("{sign}{}.{:0width$}", size / unit, size % unit, width = digits as usize)
    }
}

impl TryFrom<RawMoney> for Money {
    type Error = Error;

    fn try_from(raw: RawMoney) -> Result<Self> {
        Self::new(raw.minor, &raw.currency)
    }
}

impl From<Money> for RawMoney {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency.as_str().into() }
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{} {}", self.decimal(), self.currency))
    }
}

words! {
    /// How an amount between two minor units becomes one of them: on the absolute value, then the sign.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Rounding::HalfEven.to_string(), "half_even");
    /// ```
    pub Rounding: "rounding" {
        /// To the nearer unit; a half goes away from zero.
        HalfAway => "half_away",
        /// To the nearer unit; a half goes to the even unit.
        HalfEven => "half_even",
        /// Towards zero.
        Down => "down",
    }
}

/// A percentage from 0 to 100 with at most 6 fractional digits.
///
/// # Example
/// ```
/// use sentby::Rate;
/// assert_eq!(Rate::parse("4.90")?.to_string(), "4.9");
/// assert_eq!(Rate::parse("140").unwrap_err().code().as_str(), "rate_invalid");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    /// Millionths of a percent.
    micro: i64,
}

impl Rate {
    pub(crate) const FULL: i64 = 100_000_000;

    /// The percentage that a decimal text names.
    ///
    /// # Errors
    /// `rate_invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let micro = parse_decimal(text, 6).map_err(|_| {
            Error::new(
                ErrorCode::RateInvalid,
                format!("{} is no percentage: a decimal from 0 to 100 with at most 6 fractional digits", quote(text)),
            )
        })?;
        if micro < 0 {
            return Err(Error::new(ErrorCode::RateInvalid, format!("{text} is under 0")));
        }
        if micro > Self::FULL {
            return Err(Error::new(ErrorCode::RateInvalid, format!("{text} is over 100")));
        }
        Ok(Self { micro })
    }

    pub(crate) const ZERO: Self = Self { micro: 0 };

    /// So many millionths of a percent, cut to 0 to 100.
    pub(crate) fn of_micro(micro: i64) -> Self {
        Self { micro: micro.clamp(0, Self::FULL) }
    }

    pub(crate) const fn micro(self) -> i64 {
        self.micro
    }

    /// This percentage of an amount, rounded once.
    ///
    /// # Example
    /// ```
    /// use sentby::{Money, Rate, Rounding};
    /// let part = Rate::parse("30")?.share(Money::parse("6.45", "EUR")?, Rounding::HalfAway);
    /// assert_eq!(part.to_string(), "1.94 EUR"); // of 1.935
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn share(self, amount: Money, rounding: Rounding) -> Money {
        Money { minor: self.of(amount.minor, rounding), currency: amount.currency }
    }

    /// The same of many amounts; `None` if one is beyond ±(2^53 − 1).
    #[cfg(feature = "columns")]
    pub(crate) fn of_all(self, minors: &[i64], rounding: Rounding) -> Option<Vec<i64>> {
        const FULL: u64 = Rate::FULL.unsigned_abs();
        let (most, part) = (minors.iter().fold(0, |most, minor| minor.unsigned_abs().max(most)), self.micro.unsigned_abs());
        if most > SAFE_MAX.unsigned_abs() {
            return None;
        }
        if most.checked_mul(part).is_none() {
            return Some(minors.iter().map(|minor| self.of(*minor, rounding)).collect());
        }
        // In words of 64 bits, by a divisor that is known; the sign comes back without a branch.
        fn shares(minors: &[i64], part: u64, up: impl Fn(u64, u64) -> bool) -> Vec<i64> {
            let share = |minor: &i64| {
                let dividend = minor.unsigned_abs() * part;
                let (whole, rest) = (dividend / FULL, dividend % FULL);
                let (size, sign) = ((whole + u64::from(up(whole, rest))).cast_signed(), *minor >> 63);
                (size ^ sign) - sign
            };
            minors.iter().map(share).collect()
        }
        Some(match rounding {
            Rounding::HalfAway => shares(minors, part, |_, rest| 2 * rest >= FULL),
            Rounding::HalfEven => shares(minors, part, |whole, rest| 2 * rest > FULL || (2 * rest == FULL && whole % 2 == 1)),
            Rounding::Down => shares(minors, part, |_, _| false),
        })
    }

    /// This percentage of `minor` units, rounded once.
    pub(crate) fn of(self, minor: i64, rounding: Rounding) -> i64 {
        // INVARIANT: |minor| < 2^53 and micro ≤ FULL, so the quotient is at most |minor|.
        let size = rounding.divide(u128::from(minor.unsigned_abs()) * u128::from(self.micro.unsigned_abs()), Self::FULL as u128) as i64;
        if minor < 0 { -size } else { size }
    }
}

impl Rounding {
    /// `dividend / divisor`, rounded; `divisor` above zero.
    pub(crate) fn divide(self, dividend: u128, divisor: u128) -> u128 {
        // Most amounts fit a machine word, where dividing is several times faster.
        let (whole, rest) = match (u64::try_from(dividend), u64::try_from(divisor)) {
            (Ok(dividend), Ok(divisor)) => (u128::from(dividend / divisor), u128::from(dividend % divisor)),
            _ => (dividend / divisor, dividend % divisor),
        };
        let up = match self {
            Self::HalfAway => rest >= divisor - rest,
            Self::HalfEven => rest > divisor - rest || (rest == divisor - rest && whole % 2 == 1),
            Self::Down => false,
        };
        whole + u128::from(up)
    }
}

impl TryFrom<String> for Rate {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.micro / 1_000_000, self.micro % 1_000_000);
        if rest == 0 {
            return f.pad(&whole.to_string());
        }
        f.pad(format!("{whole}.{rest:06}").trim_end_matches('0'))
    }
}

/// Splits `total` by `weights`; the parts sum to `total`, always (but to 0 if all weights are 0).
///
/// Each part is rounded towards zero; the units left over go one each to the
/// largest remainders, the earlier part first where remainders tie. Weights and the total
/// may be anything up to `u64::MAX`.
///
/// # Example
/// ```
/// assert_eq!(sentby::allocate(100, &[1, 1, 1]), [34, 33, 33]);
/// assert_eq!(sentby::allocate(2, &[1, 2, 3]), [0, 1, 1]);
/// ```
pub fn allocate(total: u64, weights: &[u64]) -> Vec<u64> {
    let mut parts = Vec::with_capacity(weights.len());
    allocate_to(total, weights.iter().copied(), &mut Vec::new(), &mut parts);
    parts
}

/// A remainder, the largest first, and whose it is.
pub(crate) type Remainder<R> = (std::cmp::Reverse<R>, usize);

/// The same, appended to a list; another one serves for the remainders.
pub(crate) fn allocate_to(
    total: u64,
    weights: impl ExactSizeIterator<Item = u64> + Clone,
    remainders: &mut Vec<Remainder<u64>>,
    parts: &mut Vec<u64>,
) {
    let (sum, most) = weights.clone().fold((0_u128, 0), |(sum, most), weight| (sum + u128::from(weight), weight.max(most)));
    match (u64::try_from(sum), total.checked_mul(most)) {
        (Ok(0), _) => parts.extend(weights.map(|_| 0)),
        (Ok(_), _) if weights.len() == 1 => parts.push(total),
        // Most amounts fit a machine word, where dividing is several times faster.
        (Ok(sum), Some(_)) => spread(total, weights, |weight| (total * weight / sum, total * weight % sum), remainders, parts),
        // INVARIANT: total, weight < 2^64, so each product fits u128; each part ≤ total.
        _ => {
            let exact = |weight: u64| u128::from(total) * u128::from(weight);
            spread(total, weights, |weight| ((exact(weight) / sum) as u64, exact(weight) % sum), &mut Vec::new(), parts);
        }
    }
}

fn spread<R: Ord>(
    total: u64,
    weights: impl ExactSizeIterator<Item = u64>,
    divide: impl Fn(u64) -> (u64, R),
    remainders: &mut Vec<Remainder<R>>,
    parts: &mut Vec<u64>,
) {
    let (start, mut left) = (parts.len(), total);
    remainders.clear();
    for (n, weight) in weights.enumerate() {
        let (part, remainder) = divide(weight);
        left -= part;
        parts.push(part);
        remainders.push((std::cmp::Reverse(remainder), n));
    }
    // INVARIANT: fewer units than weights are left, since every part lost less than one.
    let left = left as usize;
    if left > 0 && left < remainders.len() {
        remainders.select_nth_unstable(left);
    }
    for (_, n) in remainders.iter().take(left) {
        if let Some(part) = parts.get_mut(start + n) {
            *part += 1;
        }
    }
}

enum Flaw {
    Syntax,
    Digits,
    Range,
}

/// `text` × 10^digits as a whole number, strictly.
fn parse_decimal(text: &str, digits: u32) -> std::result::Result<i64, Flaw> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return Err(Flaw::Syntax),
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(Flaw::Syntax);
    }
    if fraction.len() > digits as usize {
        return Err(Flaw::Digits);
    }
    let mut value: i64 = 0;
    let zeros = digits as usize - fraction.len();
    for digit in whole.bytes().chain(fraction.bytes()).map(|b| i64::from(b - b'0')).chain(std::iter::repeat_n(0, zeros)) {
        value = value.checked_mul(10).and_then(|v| v.checked_add(digit)).filter(|v| *v <= SAFE_MAX).ok_or(Flaw::Range)?;
    }
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_cent_is_lost() {
        assert_eq!(allocate(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(allocate(2, &[1, 2, 3]), [0, 1, 1]);
        assert_eq!(allocate(5, &[]), [0_u64; 0]);
        assert_eq!(allocate(5, &[0, 0]), [0, 0]);
        assert_eq!(allocate(u64::MAX, &[u64::MAX, u64::MAX]), [1 << 63, (1 << 63) - 1]);
    }

    #[test]
    fn halves_round_as_named() {
        let half = Rate::parse("50").unwrap();
        for (minor, away, even, down) in [(1, 1, 0, 0), (3, 2, 2, 1), (-1, -1, 0, 0), (-3, -2, -2, -1)] {
            assert_eq!(half.of(minor, Rounding::HalfAway), away);
            assert_eq!(half.of(minor, Rounding::HalfEven), even);
            assert_eq!(half.of(minor, Rounding::Down), down);
        }
        assert_eq!(Rate::parse("100").unwrap().of(SAFE_MAX, Rounding::HalfAway), SAFE_MAX);
    }

    #[test]
    fn decimals_are_strict() {
        for bad in ["", "-", ".5", "5.", "1e3", "1_000", "+1", " 1", "1 ", "1,00", "--1", "٣", "1.2.3", "0x1", "NaN"] {
            assert_eq!(Money::parse(bad, "EUR").unwrap_err().code(), ErrorCode::MoneyInvalid, "{bad}");
        }
        assert_eq!(Money::parse("90071992547409.91", "EUR").unwrap().minor(), SAFE_MAX);
        assert_eq!(Money::parse("90071992547409.92", "EUR").unwrap_err().code(), ErrorCode::MoneyOutOfRange);
        assert_eq!(Money::parse("-0.05", "EUR").unwrap().to_string(), "-0.05 EUR");
        assert_eq!(Money::parse("1.5", "KWD").unwrap().to_string(), "1.500 KWD");
        assert_eq!(Money::parse("1.5", "JPY").unwrap_err().code(), ErrorCode::MoneyInvalid);
    }

    proptest! {
        // The twin: exact fractions, no cleverness.
        #[test]
        fn allocation_sums_and_stays_within_one_unit(total in any::<u64>(), weights in prop::collection::vec(any::<u64>(), 1..12)) {
            let parts = allocate(total, &weights);
            let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
            prop_assume!(sum > 0);
            prop_assert_eq!(parts.iter().map(|p| u128::from(*p)).sum::<u128>(), u128::from(total));
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = u128::from(total) * u128::from(*weight);
                prop_assert!(u128::from(*part) == exact / sum || u128::from(*part) == exact / sum + 1);
                prop_assert!(u128::from(*part) == exact / sum || exact % sum != 0);
            }
        }

        // The twin: rust_decimal, which also rounds half away from zero and half to even.
        #[test]
        fn percentages_agree_with_rust_decimal(minor in -SAFE_MAX..=SAFE_MAX, micro in 0..=Rate::FULL) {
            use rust_decimal::{Decimal, RoundingStrategy};
            let exact = Decimal::from_i128_with_scale(i128::from(minor) * i128::from(micro), 8);
            for (ours, theirs) in [
                (Rounding::HalfAway, RoundingStrategy::MidpointAwayFromZero),
                (Rounding::HalfEven, RoundingStrategy::MidpointNearestEven),
                (Rounding::Down, RoundingStrategy::ToZero),
            ] {
                let expect = exact.round_dp_with_strategy(0, theirs);
                prop_assert_eq!(Decimal::from(Rate { micro }.of(minor, ours)), expect);
            }
        }

        #[test]
        fn decimal_text_is_read_as_printed(minor in -SAFE_MAX..=SAFE_MAX, currency in prop::sample::select(&["EUR", "JPY", "KWD", "CLF"][..])) {
            let money = Money::new(minor, currency).unwrap();
            prop_assert_eq!(Money::parse(&money.decimal(), currency).unwrap(), money);
            prop_assert_eq!(Money::parse_with_currency(&money.to_string()).unwrap(), money);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (Money::parse(&text, "EUR"), Money::parse("1", &text), Rate::parse(&text));
        }
    }
}
