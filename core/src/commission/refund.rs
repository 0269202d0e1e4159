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
        let mut book = begin(commission, id)?;
        let taken = book.refund(*amount, line.as_deref())?;
        Ok(with(commission, taken, id))
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
        let taken = begin(commission, id)?.reverse();
        Ok(with(commission, taken, id))
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
        let mut book = begin(commission, id)?;
        let taken = book.taken_by(refund);
        if taken.is_empty() {
            return Err(Error::new(ErrorCode::RefundUnknown, format!("/refund: no entry is of {}", quote(refund))));
        }
        let given = book.give_back(&taken)?;
        Ok(with(commission, given, id))
    }
}

/// Checks the id of something that takes back, and reads the entries.
fn begin<'a>(commission: &'a Commission, id: &str) -> Result<Book<'a>> {
    check_name("/id", id)?;
    if commission.entries.iter().any(|entry| entry.refund.as_deref() == Some(id)) {
        return Err(Error::new(ErrorCode::RefundRepeated, format!("/id: {} was refunded before", quote(id))));
    }
    Book::of(&commission.entries)
}

/// A commission with what a refund takes or gives.
fn with(commission: &Commission, moved: Vec<(usize, Money)>, id: &str) -> Commission {
    let mut next = commission.clone();
    let entry = |(n, amount): (usize, Money)| Some(Entry { amount, refund: Some(id.into()), ..commission.entries.get(n)?.clone() });
    next.entries.extend(moved.into_iter().filter_map(entry));
    next
}

/// A commission as refunds see it: what was paid and what went back, by line and entry.
pub(crate) struct Book<'a> {
    entries: &'a [Entry],
    currency: Option<Currency>,
    /// By id.
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    id: &'a str,
    paid: u64,
    refunded: u64,
    shares: Vec<Share>,
}

/// One sale entry and how much of it went back so far.
struct Share {
    entry: usize,
    paid: i64,
    back: i64,
}

/// What tells the entries of a sale apart: line, role, recipient, rule.
type Key<'a> = (&'a str, Role, Option<&'a str>, Option<&'a str>);

fn key(entry: &Entry) -> Key<'_> {
    (&entry.line, entry.role, entry.recipient.as_deref(), entry.rule.as_deref())
}

impl<'a> Book<'a> {
    /// Reads entries, those of refunds included.
    ///
    /// # Errors
    /// `commission_invalid`, `currency_mismatch`.
    pub(crate) fn of(entries: &'a [Entry]) -> Result<Self> {
        let invalid = |n: usize, text: &str| Error::new(ErrorCode::CommissionInvalid, format!("/entries/{n}: {text}"));
        let currency = entries.first().map(|entry| entry.amount.currency());
        let mut lines: Vec<Line<'_>> = Vec::new();
        let mut places: BTreeMap<Key<'_>, (usize, usize)> = BTreeMap::new();
        let mut line_places: BTreeMap<&str, usize> = BTreeMap::new();
        for (n, entry) in entries.iter().enumerate() {
            if Some(entry.amount.currency()) != currency {
                return Err(Error::new(
                    ErrorCode::CurrencyMismatch,
                    format!("/entries/{n}/amount: {} among other currencies", entry.amount),
                ));
            }
            if entry.refund.is_some() {
                continue;
            }
            let at = *line_places.entry(&entry.line).or_insert(lines.len());
            if at == lines.len() {
                lines.push(Line { id: &entry.line, paid: 0, refunded: 0, shares: Vec::new() });
            }
            if let Some(line) = lines.get_mut(at) {
                if places.insert(key(entry), (at, line.shares.len())).is_some() {
                    return Err(invalid(n, "the same recipient, rule and line occur twice"));
                }
                line.shares.push(Share { entry: n, paid: entry.amount.minor(), back: 0 });
            }
        }
        for line in &mut lines {
            let sum = line.shares.iter().fold(0_i128, |sum, share| sum + i128::from(share.paid));
            let paid = u64::try_from(sum).ok().filter(|sum| *sum <= crate::SAFE_MAX.unsigned_abs());
            let first = line.shares.first().map_or(0, |share| share.entry);
            line.paid = paid.ok_or_else(|| invalid(first, "the line's sum is below zero or beyond 2^53 − 1"))?;
            // Only what was paid without a sale has a vendor who pays.
            if let (Some(share), true) = (line.shares.iter().find(|share| share.paid < 0), line.paid > 0) {
                return Err(invalid(share.entry, "a sale's amount is negative"));
            }
        }
        for (n, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.refund.is_some()) {
            let share = places.get(&key(entry)).and_then(|(line, share)| lines.get_mut(*line)?.shares.get_mut(*share));
            let share = share.ok_or_else(|| invalid(n, "takes back what was never paid"))?;
            share.back = share
                .after(entry.amount.minor())
                .ok_or_else(|| invalid(n, "takes back more than was paid, or gives more than was taken"))?;
        }
        for line in lines.iter_mut().filter(|line| line.paid > 0) {
            line.refunded = line.shares.iter().map(|share| share.back.unsigned_abs()).sum();
        }
        if lines.iter().fold(0_u64, |sum, l| sum.saturating_add(l.paid)) > crate::SAFE_MAX.unsigned_abs() {
            return Err(invalid(0, "the order's sum is beyond 2^53 − 1"));
        }
        lines.sort_unstable_by_key(|line| line.id);
        Ok(Self { entries, currency, lines })
    }

    /// Whether the entries of a sale add up, as [`Book::of`] asks; short ones without a book.
    pub(crate) fn check(entries: &[Entry]) -> Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        let fits = |(n, entry): (usize, &Entry)| {
            let before = entries.get(..n).unwrap_or_default();
            entry.refund.is_none()
                && entry.amount.currency() == first.amount.currency()
                && entry.amount.minor() >= 0
                && !before.iter().any(|earlier| key(earlier) == key(entry))
        };
        let sum = entries.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.amount.minor()));
        if entries.len() <= 24 && sum <= crate::SAFE_MAX && entries.iter().enumerate().all(fits) {
            return Ok(());
        }
        Book::of(entries).map(|_| ())
    }

    /// How much of the gross has not gone back yet.
    pub(crate) fn left(&self, line: Option<&str>) -> u64 {
        self.lines.iter().filter(|l| line.is_none_or(|line| l.id == line)).map(|l| l.paid - l.refunded).sum()
    }

    /// Takes an amount back: what each entry loses.
    ///
    /// # Errors
    /// `currency_mismatch`, `line_unknown`, `refund_over_paid`.
    pub(crate) fn refund(&mut self, amount: Money, line: Option<&str>) -> Result<Vec<(usize, Money)>> {
        if let Some(currency) = self.currency
            && amount.currency() != currency
        {
            return Err(Error::new(ErrorCode::CurrencyMismatch, format!("/amount: {amount} for a commission in {currency}")));
        }
        if let Some(wanted) = line
            && !self.lines.iter().any(|l| l.id == wanted)
        {
            return Err(Error::new(ErrorCode::LineUnknown, format!("/line: {} has no entries", quote(wanted))));
        }
        let (left, wanted) = (self.left(line), amount.minor().unsigned_abs());
        if wanted > left {
            let left = Money::of(left as i64, amount.currency())?;
            return Err(Error::new(ErrorCode::RefundOverPaid, format!("/amount: {amount} is more than the {left} not yet refunded")));
        }
        let mut chosen: Vec<&mut Line<'_>> = self.lines.iter_mut().filter(|l| line.is_none_or(|line| l.id == line)).collect();
        let lefts: Vec<u64> = chosen.iter().map(|l| l.paid - l.refunded).collect();
        let mut moved = Vec::new();
        for (line, part) in chosen.iter_mut().zip(allocate(wanted, &lefts)) {
            if line.paid > 0 {
                line.refunded += part;
                // INVARIANT: no share of a line with a gross is negative, and a target is at most its share.
                let weights: Vec<u64> = line.shares.iter().map(|share| share.paid.unsigned_abs()).collect();
                for (share, target) in line.shares.iter_mut().zip(allocate(line.refunded, &weights)) {
                    moved.push((share.entry, share.back - target as i64));
                    share.back = target as i64;
                }
            }
        }
        Ok(self.amounts(moved))
    }

    /// Takes back all that is left.
    pub(crate) fn reverse(&mut self) -> Vec<(usize, Money)> {
        let mut moved = Vec::new();
        for line in &mut self.lines {
            line.refunded = line.paid;
            for share in &mut line.shares {
                moved.push((share.entry, share.back - share.paid));
                share.back = share.paid;
            }
        }
        self.amounts(moved)
    }

    /// Gives back what something took, once.
    ///
    /// # Errors
    /// `commission_invalid` where less was taken since.
    pub(crate) fn give_back(&mut self, taken: &[(usize, Money)]) -> Result<Vec<(usize, Money)>> {
        let mut places: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (l, line) in self.lines.iter().enumerate() {
            places.extend(line.shares.iter().enumerate().map(|(s, share)| (share.entry, (l, s))));
        }
        let share = |lines: &[Line<'_>], n: &usize| places.get(n).and_then(|(l, s)| Some((*l, *s, lines.get(*l)?.shares.get(*s)?.back)));
        let invalid = || Error::new(ErrorCode::CommissionInvalid, "/refund: was given back before, in part at least");
        let fits = |(n, amount): &(usize, Money)| {
            let (l, s, _) = share(&self.lines, n)?;
            self.lines.get(l)?.shares.get(s)?.after(-amount.minor())
        };
        if taken.iter().any(|taken| fits(taken).is_none()) {
            return Err(invalid());
        }
        let mut moved = Vec::with_capacity(taken.len());
        for (n, amount) in taken {
            let Some((l, s, back)) = share(&self.lines, n) else { continue };
            if let Some(line) = self.lines.get_mut(l) {
                if let Some(share) = line.shares.get_mut(s) {
                    share.back = back + amount.minor();
                }
                line.refunded = line.refunded.saturating_sub(amount.minor().unsigned_abs()); // of a line without a gross it is 0
            }
            moved.push((*n, -amount.minor()));
        }
        Ok(self.amounts(moved))
    }

    /// What a refund took, by the entries of the sale.
    fn taken_by(&self, refund: &str) -> Vec<(usize, Money)> {
        let sale = |wanted: &Entry| self.entries.iter().position(|entry| entry.refund.is_none() && key(entry) == key(wanted));
        let of = self.entries.iter().filter(|entry| entry.refund.as_deref() == Some(refund));
        of.filter_map(|entry| Some((sale(entry)?, entry.amount))).collect()
    }

    /// Amounts without those of zero.
    fn amounts(&self, moved: Vec<(usize, i64)>) -> Vec<(usize, Money)> {
        let Some(currency) = self.currency else { return Vec::new() };
        // INVARIANT: nothing that moves is larger than what was paid.
        moved.into_iter().filter(|(_, minor)| *minor != 0).filter_map(|(n, minor)| Some((n, Money::of(minor, currency).ok()?))).collect()
    }
}

impl Share {
    /// How much has gone back after an entry of this amount, if that can be.
    fn after(&self, amount: i64) -> Option<i64> {
        let back = self.back.checked_sub(amount)?;
        (self.paid.min(0)..=self.paid.max(0)).contains(&back).then_some(back)
    }
}
