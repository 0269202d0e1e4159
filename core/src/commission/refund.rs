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
        check_name("/id", id)?;
        if amount.minor() <= 0 {
            return Err(Error::new(ErrorCode::RefundNotPositive, format!("/amount: {amount} is not above zero")));
        }
        if commission.entries.iter().any(|entry| entry.refund.as_ref() == Some(id)) {
            return Err(Error::new(ErrorCode::RefundRepeated, format!("/id: {} was refunded before", quote(id))));
        }
        let (lines, currency) = settled(commission)?;
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
            let weights: Vec<u64> = line.shares.iter().map(|share| share.paid).collect();
            for (share, target) in line.shares.iter().zip(allocate(line.refunded + part, &weights)) {
                // INVARIANT: both are at most the line's gross, below 2^53.
                let delta = share.back - target as i64;
                if delta != 0 {
                    let Share { entry, .. } = share;
                    entries.push(Entry { amount: Money::of(delta, amount.currency())?, refund: Some(id.clone()), ..(*entry).clone() });
                }
            }
        }
        Ok(Commission { order: commission.order.clone(), entries })
    }
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
    paid: u64,
    back: i64,
}

fn settled(commission: &Commission) -> Result<(Vec<Settled<'_>>, Option<Currency>)> {
    let invalid = |n: usize, text: String| Error::new(ErrorCode::CommissionInvalid, format!("/entries/{n}: {text}"));
    let currency = commission.entries.first().map(|entry| entry.amount.currency());
    // By line, sales before refunds: (line, is a refund, role, recipient, rule, index).
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
        let amount = u64::try_from(entry.amount.minor()).map_err(|_| invalid(n, "a sale's amount is negative".into()))?;
        let at = *line_places.entry(&entry.line).or_insert(lines.len());
        if at == lines.len() {
            lines.push(Settled { id: &entry.line, paid: 0, refunded: 0, shares: Vec::new() });
        }
        if let Some(line) = lines.get_mut(at) {
            if places.insert(key(entry), (at, line.shares.len())).is_some() {
                return Err(invalid(n, "the same recipient, rule and line occur twice".into()));
            }
            line.paid = line
                .paid
                .checked_add(amount)
                .filter(|sum| *sum <= crate::SAFE_MAX.unsigned_abs())
                .ok_or_else(|| invalid(n, "the line's sum is beyond 2^53 − 1".into()))?;
            line.shares.push(Share { entry, paid: amount, back: 0 });
        }
    }
    for (n, entry) in commission.entries.iter().enumerate().filter(|(_, entry)| entry.refund.is_some()) {
        let share = places.get(&key(entry)).and_then(|(line, share)| lines.get_mut(*line)?.shares.get_mut(*share));
        let share = share.ok_or_else(|| invalid(n, "takes back what was never paid".into()))?;
        // INVARIANT: the sum of one share stays within ±2^53 because each step is checked.
        share.back -= entry.amount.minor();
        if !(0..=share.paid as i64).contains(&share.back) {
            return Err(invalid(n, "takes back more than was paid, or gives more than was taken".into()));
        }
    }
    for line in &mut lines {
        line.refunded = line.shares.iter().map(|share| share.back.unsigned_abs()).sum();
    }
    if lines.iter().fold(0_u64, |sum, l| sum.saturating_add(l.paid)) > crate::SAFE_MAX.unsigned_abs() {
        return Err(invalid(0, "the order's sum is beyond 2^53 − 1".into()));
    }
    Ok((lines, currency))
}
