use super::{Commission, Entry, Role};
use crate::error::quote;
use crate::order::check_name;
use crate::{Currency, Error, ErrorCode, Money, Program, Result, allocate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An amount that the buyer got back.
///
/// # Example
/// ```
/// use sentby::{Money, Refund};
/// let refund = Refund::new("R-1", Money::parse("400.00", "EUR")?);
/// assert_eq!(refund.line, None); // of the whole order
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// The host's id of the refund; the same id twice is an error.
    pub id: String,
    /// How much of the gross went back, above zero.
    pub amount: Money,
    /// The line that it is for; without one it is shared by all lines, by what is left of each.
    #[serde(default)]
    pub line: Option<String>,
}

impl Refund {
    /// A refund of the whole order.
    pub fn new(id: impl Into<String>, amount: Money) -> Self {
        Self { id: id.into(), amount, line: None }
    }
}

impl Program {
    /// Takes back everyone's part of a refund: the commission with the refund's entries added.
    ///
    /// Entries are computed by target: what should be taken back of everyone after all refunds so far, less what
    /// was. So any slicing and order of partial refunds ends at exactly zero when all is refunded.
    /// A target is the refunded sum split over the sale's entries by largest remainder.
    ///
    /// # Errors
    /// `refund_not_positive`, `refund_over_paid`, `refund_repeated`, `line_unknown`, `currency_mismatch`,
    /// `commission_invalid` if the entries given contradict each other.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// # use sentby::{Line, Money, Order, Refund, Time};
    /// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let commission = program.commission(&order, &program.attribute(&order, &[])?)?;
    /// let commission = program.refund(&commission, &Refund::new("R-1", Money::parse("4.00", "EUR")?))?;
    /// let commission = program.refund(&commission, &Refund::new("R-2", Money::parse("6.00", "EUR")?))?;
    /// assert_eq!(commission.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), 0);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn refund(&self, commission: &Commission, refund: &Refund) -> Result<Commission> {
        let Refund { id, amount, line } = refund;
        if amount.minor() <= 0 {
            check_name("/id", id)?;
            return Err(Error::new(ErrorCode::RefundNotPositive, format!("/amount: {amount} is not above zero")));
        }
        let (lines, currency) = begin(commission, id)?;
        if let Some(currency) = currency
            && amount.currency() != currency
        {
            return Err(Error::new(ErrorCode::CurrencyMismatch, format!("/amount: {amount} for a commission in {currency}")));
        }
        let chosen: Vec<&Settled<'_>> = match line {
            Some(wanted) => lines.iter().filter(|l| l.id == wanted).collect(),
            None => lines.iter().collect(),
        };
        if let (Some(wanted), true) = (line, chosen.is_empty()) {
            return Err(Error::new(ErrorCode::LineUnknown, format!("/line: {} has no entries", quote(wanted))));
        }
        let left: Vec<u64> = chosen.iter().map(|l| l.paid - l.refunded).collect();
        let (sum, wanted) = (left.iter().sum::<u64>(), amount.minor().unsigned_abs());
        if wanted > sum {
            let left = Money::of(sum as i64, amount.currency())?;
            return Err(Error::new(ErrorCode::RefundOverPaid, format!("/amount: {amount} is more than the {left} not yet refunded")));
        }
        let mut entries = commission.entries.clone();
        for (line, part) in chosen.iter().zip(allocate(wanted, &left)) {
            if line.paid > 0 {
                // INVARIANT: no share of a line with a gross is negative.
                let weights: Vec<u64> = line.shares.iter().map(|share| share.paid.unsigned_abs()).collect();
                for (share, target) in line.shares.iter().zip(allocate(line.refunded + part, &weights)) {
                    // INVARIANT: both are at most the line's gross, below 2^53.
                    share.add(share.back - target as i64, id, &mut entries)?;
                }
            }
        }
        Ok(Commission { entries, ..commission.clone() })
    }

    /// Takes back all that is left: a chargeback, a cancelled lead.
    ///
    /// # Errors
    /// `refund_repeated`; `commission_invalid` if the entries given contradict each other.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// # use sentby::{Line, Money, Order, Time};
    /// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let commission = program.commission(&order, &program.attribute(&order, &[])?)?;
    /// let lost = program.reverse(&commission, "chargeback-1")?;
    /// assert_eq!(lost.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), 0);
    ///
    /// let won = program.restore(&lost, "chargeback-1", "won-1")?;
    /// assert_eq!(won.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), 1000);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn reverse(&self, commission: &Commission, id: &str) -> Result<Commission> {
        let (lines, _) = begin(commission, id)?;
        let mut entries = commission.entries.clone();
        for share in lines.iter().flat_map(|line| &line.shares) {
            share.add(share.back - share.paid, id, &mut entries)?;
        }
        Ok(Commission { entries, ..commission.clone() })
    }

    /// Gives back what one refund or chargeback took: the dispute was won.
    ///
    /// # Errors
    /// `refund_repeated`; `refund_unknown`; `commission_invalid` if the entries given contradict each other, or
    /// would: what was taken is given back once.
    ///
    /// # Example
    /// See [`reverse`](Self::reverse).
    pub fn restore(&self, commission: &Commission, refund: &str, id: &str) -> Result<Commission> {
        begin(commission, id)?;
        let taken: Vec<&Entry> = commission.entries.iter().filter(|entry| entry.refund.as_deref() == Some(refund)).collect();
        if taken.is_empty() {
            return Err(Error::new(ErrorCode::RefundUnknown, format!("/refund: no entry is of {}", quote(refund))));
        }
        let mut entries = commission.entries.clone();
        for entry in taken {
            let amount = Money::of(-entry.amount.minor(), entry.amount.currency())?;
            entries.push(Entry { amount, refund: Some(id.into()), ..entry.clone() });
        }
        let restored = Commission { entries, ..commission.clone() };
        settled(&restored)?;
        Ok(restored)
    }
}

/// Checks the id of something that takes back, and reads the entries.
fn begin<'a>(commission: &'a Commission, id: &str) -> Result<(Vec<Settled<'a>>, Option<Currency>)> {
    check_name("/id", id)?;
    if commission.entries.iter().any(|entry| entry.refund.as_deref() == Some(id)) {
        return Err(Error::new(ErrorCode::RefundRepeated, format!("/id: {} was refunded before", quote(id))));
    }
    settled(commission)
}

/// One line as its entries tell: what was paid and what went back.
struct Settled<'a> {
    id: &'a str,
    paid: u64,
    refunded: u64,
    shares: Vec<Share<'a>>,
}

/// One sale entry and how much of it went back so far.
struct Share<'a> {
    entry: &'a Entry,
    paid: i64,
    back: i64,
}

impl Share<'_> {
    /// Adds an entry of a refund, unless it is of nothing.
    fn add(&self, delta: i64, id: &str, entries: &mut Vec<Entry>) -> Result<()> {
        if delta != 0 {
            let amount = Money::of(delta, self.entry.amount.currency())?;
            entries.push(Entry { amount, refund: Some(id.into()), ..self.entry.clone() });
        }
        Ok(())
    }
}

/// The lines, by id.
fn settled(commission: &Commission) -> Result<(Vec<Settled<'_>>, Option<Currency>)> {
    let invalid = |n: usize, text: String| Error::new(ErrorCode::CommissionInvalid, format!("/entries/{n}: {text}"));
    let currency = commission.entries.first().map(|entry| entry.amount.currency());
    // By line, sales before refunds: (line, role, recipient, rule).
    type Key<'a> = (&'a str, Role, Option<&'a str>, Option<&'a str>);
    fn key(entry: &Entry) -> Key<'_> {
        (&entry.line, entry.role, entry.recipient.as_deref(), entry.rule.as_deref())
    }
    let mut lines: Vec<Settled<'_>> = Vec::new();
    let mut places: BTreeMap<Key<'_>, (usize, usize)> = BTreeMap::new();
    let mut line_places: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, entry) in commission.entries.iter().enumerate() {
        if Some(entry.amount.currency()) != currency {
            return Err(Error::new(ErrorCode::CurrencyMismatch, format!("/entries/{n}/amount: {} among other currencies", entry.amount)));
        }
        if entry.refund.is_some() {
            continue;
        }
        let at = *line_places.entry(&entry.line).or_insert(lines.len());
        if at == lines.len() {
            lines.push(Settled { id: &entry.line, paid: 0, refunded: 0, shares: Vec::new() });
        }
        if let Some(line) = lines.get_mut(at) {
            if places.insert(key(entry), (at, line.shares.len())).is_some() {
                return Err(invalid(n, "the same recipient, rule and line occur twice".into()));
            }
            line.shares.push(Share { entry, paid: entry.amount.minor(), back: 0 });
        }
    }
    for line in &mut lines {
        let n = |share: &Share<'_>| commission.entries.iter().position(|entry| std::ptr::eq(entry, share.entry)).unwrap_or(0);
        let sum = line.shares.iter().fold(0_i128, |sum, share| sum + i128::from(share.paid));
        let first = line.shares.first().map_or(0, n);
        line.paid = u64::try_from(sum)
            .ok()
            .filter(|sum| *sum <= crate::SAFE_MAX.unsigned_abs())
            .ok_or_else(|| invalid(first, "the line's sum is below zero or beyond 2^53 − 1".into()))?;
        // Only what was paid without a sale has a vendor who pays.
        if let (Some(share), true) = (line.shares.iter().find(|share| share.paid < 0), line.paid > 0) {
            return Err(invalid(n(share), "a sale's amount is negative".into()));
        }
    }
    for (n, entry) in commission.entries.iter().enumerate().filter(|(_, entry)| entry.refund.is_some()) {
        let share = places.get(&key(entry)).and_then(|(line, share)| lines.get_mut(*line)?.shares.get_mut(*share));
        let share = share.ok_or_else(|| invalid(n, "takes back what was never paid".into()))?;
        // INVARIANT: the sum of one share stays within ±2^53 because each step is checked.
        share.back -= entry.amount.minor();
        if !(share.paid.min(0)..=share.paid.max(0)).contains(&share.back) {
            return Err(invalid(n, "takes back more than was paid, or gives more than was taken".into()));
        }
    }
    for line in lines.iter_mut().filter(|line| line.paid > 0) {
        line.refunded = line.shares.iter().map(|share| share.back.unsigned_abs()).sum();
    }
    if lines.iter().fold(0_u64, |sum, l| sum.saturating_add(l.paid)) > crate::SAFE_MAX.unsigned_abs() {
        return Err(invalid(0, "the order's sum is beyond 2^53 − 1".into()));
    }
    lines.sort_unstable_by_key(|line| line.id);
    Ok((lines, currency))
}
