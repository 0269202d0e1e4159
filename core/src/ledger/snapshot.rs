//! A ledger as bytes, and the proof that it is what its events say.

use super::state::{Change, Key, Ledger, Move, Sale, Slot};
use super::{LedgerEvent, LedgerKind};
use crate::error::quote;
use crate::program::State;
use crate::{Currency, Entry, Error, ErrorCode, Event, Money, Result, Role, SAFE_MAX, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const MAGIC: &[u8] = b"sentby ledger 1\n";
/// The SHA-256 at the end.
const SEAL: usize = 32;

/// The first place where a ledger is not what the events say.
///
/// # Example
/// ```
/// use sentby::{Ledger, LedgerEvent, Money, Time};
/// let at = Time::parse("2026-03-05T10:00:00Z")?;
/// let event = LedgerEvent::adjustment("m-1", at, "anna", Money::parse("25.00", "EUR")?, "a prize");
/// let mut ledger = Ledger::new();
/// ledger.apply(&event)?;
/// assert_eq!(ledger.verify([&event])?, None);
/// assert_eq!(ledger.verify([])?.unwrap().place, "/moves/m-1");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Where, with ids: `/orders/A-1001/1/entries/0`.
    pub place: String,
    /// What the events say.
    pub expected: String,
    /// What the ledger has.
    pub found: String,
}

impl Ledger {
    /// The ledger as bytes: the same for the same events, however they came. [`restore`](Ledger::restore) reads them.
    ///
    /// # Example
    /// ```
    /// # use sentby::{Ledger, LedgerEvent, Money, Time};
    /// # let at = Time::parse("2026-03-05T10:00:00Z")?;
    /// # let mut ledger = Ledger::new();
    /// # ledger.apply(&LedgerEvent::adjustment("m-1", at, "anna", Money::parse("25.00", "EUR")?, "a prize"))?;
    /// let restored = Ledger::restore(&ledger.snapshot())?;
    /// assert_eq!(restored.entries(None), ledger.entries(None));
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        let mut seen: Vec<(&Key, &[u8; 8])> = self.seen.iter().collect();
        seen.sort_unstable();
        out.count(seen.len());
        for (key, digest) in seen {
            out.0.extend(key);
            out.0.extend(digest);
        }
        out.count(self.sales.len());
        for place in self.sorted() {
            let Some(sale) = self.sales.get(place as usize) else { continue };
            out.text(Some(self.order_of(sale)));
            out.number(u64::from(sale.payment));
            out.time(sale.ordered);
            out.time(sale.paid);
            out.text(Some(self.event_of(sale)));
            out.text(Some(sale.kind.as_str()));
            out.text(sale.currency.as_ref().map(Currency::as_str));
            out.count(self.slots_of(sale).count());
            for (slot, minor) in self.slots_of(sale) {
                let Slot { line, role, recipient, rule } = slot;
                out.text(Some(self.word(line)));
                out.text(Some(role.as_str()));
                out.text(recipient.map(|n| self.word(n)));
                out.text(rule.map(|n| self.word(n)));
                out.signed(minor);
            }
            let changes = self.changes.get(&place).map(Vec::as_slice).unwrap_or_default();
            out.count(changes.len());
            for Change { at, id, kind, amount, line, of } in changes {
                out.time(Some(*at));
                out.text(Some(id));
                out.text(Some(kind.as_str()));
                out.money(*amount);
                out.text(line.as_deref());
                out.text(of.as_deref());
            }
        }
        out.count(self.moves.len());
        for Move { at, id, kind, recipient, amount, of, state, verified } in &self.moves {
            out.time(Some(*at));
            out.text(Some(id));
            out.text(Some(kind.as_str()));
            out.text(recipient.as_deref());
            out.money(*amount);
            out.text(of.as_deref());
            out.text(state.map(State::as_str));
            out.text(verified.map(|yes| if yes { "yes" } else { "no" }));
        }
        let seal = Sha256::digest(&out.0);
        out.0.extend(seal);
        out.0
    }

    /// The ledger that a snapshot holds.
    ///
    /// # Errors
    /// `snapshot_invalid`.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Ledger::restore(b"no ledger").unwrap_err().code().as_str(), "snapshot_invalid");
    /// ```
    pub fn restore(snapshot: &[u8]) -> Result<Self> {
        let broken = || Error::new(ErrorCode::SnapshotInvalid, "is cut off, damaged, or no ledger's");
        let (body, seal) = snapshot.split_at_checked(snapshot.len().saturating_sub(SEAL)).ok_or_else(broken)?;
        if !body.starts_with(MAGIC) || Sha256::digest(body).as_slice() != seal {
            return Err(broken());
        }
        let mut reader = Reader(body.get(MAGIC.len()..).unwrap_or_default());
        let ledger = reader.ledger().ok_or_else(broken)?;
        // One text for one ledger: what would be written otherwise was not written by one.
        if !reader.0.is_empty() || ledger.snapshot() != snapshot { Err(broken()) } else { Ok(ledger) }
    }

    /// Computes everything anew from the events and names the first difference; `None` if there is none.
    ///
    /// # Errors
    /// That of the first event that [`apply`](Ledger::apply) refuses, with its place.
    ///
    /// # Example
    /// See [`Difference`].
    pub fn verify<'e>(&self, events: impl IntoIterator<Item = &'e LedgerEvent>) -> Result<Option<Difference>> {
        let mut anew = Self::new();
        for (n, event) in events.into_iter().enumerate() {
            anew.apply(event).map_err(|error| error.at(format_args!("/events/{n}")))?;
        }
        Ok(if anew.is_like(self) { None } else { first_difference(&anew, self) })
    }
}

impl Ledger {
    /// Whether both would write the same snapshot.
    fn is_like(&self, other: &Self) -> bool {
        let words = |ledger: &Self, slot: Slot| {
            let Slot { line, role, recipient, rule } = slot;
            let word = |n: u32| ledger.word(n).to_owned();
            (word(line), role, recipient.map(word), rule.map(word))
        };
        // Slots are few: each pair is compared once.
        let mut same_slots: BTreeMap<(Slot, Slot), bool> = BTreeMap::new();
        let mut same = |a: Slot, b: Slot| *same_slots.entry((a, b)).or_insert_with(|| words(self, a) == words(other, b));
        let mut like = |place: u32, sale: &Sale| {
            let Some((at, found)) = other.find(self.order_of(sale), sale.payment) else { return false };
            let head = |s: &Sale| (s.payment, s.ordered, s.paid, s.kind, s.currency);
            head(sale) == head(found)
                && self.event_of(sale) == other.event_of(found)
                && self.changes.get(&place) == other.changes.get(&at)
                && self.slots_of(sale).count() == other.slots_of(found).count()
                && self.slots_of(sale).zip(other.slots_of(found)).all(|((a, x), (b, y))| x == y && same(a, b))
        };
        self.seen == other.seen
            && self.moves == other.moves
            && self.sales.len() == other.sales.len()
            && self.sales.iter().enumerate().all(|(place, sale)| like(place as u32, sale))
    }
}

/// Compares what two ledgers would write, payment by payment, and puts the first difference in words.
fn first_difference(expected: &Ledger, found: &Ledger) -> Option<Difference> {
    let (ours, theirs) = (expected.sorted(), found.sorted());
    let name = |ledger: &Ledger, place: Option<&u32>| {
        let sale = ledger.sales.get(*place? as usize)?;
        Some((ledger.order_of(sale).to_owned(), sale.payment))
    };
    let (mut left, mut right) = (ours.iter().peekable(), theirs.iter().peekable());
    while left.peek().is_some() || right.peek().is_some() {
        let (one, other) = (left.peek().copied(), right.peek().copied());
        let (a, b) = (name(expected, one), name(found, other));
        let first = match (&a, &b) {
            (Some(a), Some(b)) => a.min(b),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => return None,
        };
        let pointer = format!("/orders/{}/{}", crate::error::escaped(&first.0), first.1);
        let missing = |pieces: Option<Pieces>| pieces.map_or("nothing", |_| "a payment").to_owned();
        if a != b {
            let (a, b) = ((a.as_ref() == Some(first)).then(Vec::new), (b.as_ref() == Some(first)).then(Vec::new));
            return Some(Difference { place: pointer, expected: missing(a), found: missing(b) });
        }
        if let (Some(a), Some(b)) = (one, other)
            && let Some((place, expected, found)) = unlike(pieces(expected, *a), pieces(found, *b))
        {
            return Some(Difference { place: format!("{pointer}{place}"), expected, found });
        }
        left.next();
        right.next();
    }
    let moves =
        |ledger: &Ledger| ledger.moves.iter().map(|m| (format!("/moves/{}", crate::error::escaped(&m.id)), format!("{m:?}"))).collect();
    if expected.moves != found.moves
        && let Some((place, expected, found)) = unlike(moves(expected), moves(found))
    {
        return Some(Difference { place, expected, found });
    }
    let known = |ledger: &Ledger| format!("{} events", ledger.seen.len());
    (expected.seen != found.seen).then(|| Difference { place: "/events".into(), expected: known(expected), found: known(found) })
}

type Pieces = Vec<(String, String)>;

fn unlike(expected: Pieces, found: Pieces) -> Option<(String, String, String)> {
    let length = expected.len().max(found.len());
    (0..length).find_map(|n| match (expected.get(n), found.get(n)) {
        (Some(a), Some(b)) if a == b => None,
        (Some((place, a)), Some((other, b))) if place == other => Some((place.clone(), a.clone(), b.clone())),
        (Some((place, a)), _) => Some((place.clone(), a.clone(), "nothing".into())),
        (None, Some((place, b))) => Some((place.clone(), "nothing".into(), b.clone())),
        (None, None) => None,
    })
}

fn pieces(ledger: &Ledger, place: u32) -> Pieces {
    let Some(sale) = ledger.sales.get(place as usize) else { return Vec::new() };
    let time = |at: Option<Time>| at.map_or("never".into(), |at| at.to_string());
    let mut pieces = vec![
        ("/ordered".to_owned(), time(sale.ordered)),
        ("/paid".to_owned(), time(sale.paid)),
        ("/event".to_owned(), quote(ledger.event_of(sale))),
        ("/kind".to_owned(), sale.kind.to_string()),
    ];
    let word = |n: Option<u32>| n.map_or(String::new(), |n| format!(" {}", quote(ledger.word(n))));
    let currency = sale.currency.as_ref().map_or("", Currency::as_str);
    pieces.extend(ledger.slots_of(sale).enumerate().map(|(n, (slot, minor))| {
        let Slot { line, role, recipient, rule } = slot;
        let amount = sale.currency.and_then(|c| Money::of(minor, c).ok()).map_or_else(|| format!("{minor} {currency}"), |m| m.to_string());
        (format!("/entries/{n}"), format!("line {}: {role}{}{} {amount}", quote(ledger.word(line)), word(recipient), word(rule)))
    }));
    let changes = ledger.changes.get(&place).map(Vec::as_slice).unwrap_or_default();
    pieces.extend(changes.iter().map(|change| (format!("/changes/{}", crate::error::escaped(&change.id)), format!("{change:?}"))));
    pieces
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    fn signed(&mut self, number: i64) {
        self.0.extend(number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// 0 for none, otherwise one more than the length; texts are at most 256 bytes.
    fn text(&mut self, text: Option<&str>) {
        self.0.extend((text.map_or(0, |text| text.len() + 1) as u16).to_be_bytes());
        self.0.extend(text.unwrap_or_default().as_bytes());
    }

    fn time(&mut self, at: Option<Time>) {
        self.signed(at.map_or(i64::MIN, Time::millis));
    }

    fn money(&mut self, amount: Option<(Currency, i64)>) {
        self.text(amount.as_ref().map(|(currency, _)| currency.as_str()));
        self.signed(amount.map_or(0, |(_, minor)| minor));
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn signed(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.bytes(8)?.try_into().ok()?))
    }

    /// How many follow; every one takes at least a byte.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.signed()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    fn text(&mut self) -> Option<Option<&'a str>> {
        let length = u16::from_be_bytes(self.bytes(2)?.try_into().ok()?);
        match usize::from(length) {
            0 => Some(None),
            n => std::str::from_utf8(self.bytes(n - 1)?).ok().map(Some),
        }
    }

    fn word<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.text()??.parse().ok()
    }

    fn maybe_word<T: std::str::FromStr>(&mut self) -> Option<Option<T>> {
        match self.text()? {
            None => Some(None),
            Some(text) => text.parse().ok().map(Some),
        }
    }

    fn time(&mut self) -> Option<Option<Time>> {
        match self.signed()? {
            i64::MIN => Some(None),
            millis => Time::from_millis(millis).ok().map(Some),
        }
    }

    fn money(&mut self) -> Option<Option<(Currency, i64)>> {
        let (code, minor) = (self.text()?, self.signed()?);
        let Some(code) = code else { return Some(None) };
        (minor.unsigned_abs() <= SAFE_MAX.unsigned_abs()).then_some(())?;
        Some(Some((Currency::new(code).ok()?, minor)))
    }

    fn ledger(&mut self) -> Option<Ledger> {
        let mut ledger = Ledger::new();
        for _ in 0..self.count()? {
            let key: Key = self.bytes(16)?.try_into().ok()?;
            ledger.seen.insert(key, self.bytes(8)?.try_into().ok()?);
        }
        for _ in 0..self.count()? {
            self.sale(&mut ledger)?;
        }
        for _ in 0..self.count()? {
            let at = self.time()??;
            let (id, kind): (Box<str>, LedgerKind) = (self.text()??.into(), self.word()?);
            let (recipient, amount, of) = (self.text()?.map(Into::into), self.money()?, self.text()?.map(Into::into));
            let (state, verified) = (self.maybe_word()?, self.text()?.map(|yes| yes == "yes"));
            ledger.take_back_move(Move { at, id, kind, recipient, amount, of, state, verified }).ok()?;
        }
        Some(ledger)
    }

    fn sale(&mut self, ledger: &mut Ledger) -> Option<()> {
        let (order, payment) = (self.text()??, u32::try_from(self.signed()?).ok()?);
        let (ordered, paid, event) = (self.time()?, self.time()?, self.text()??);
        let (kind, currency): (Event, Option<&str>) = (self.word()?, self.text()?);
        let currency = match currency {
            Some(code) => Some(Currency::new(code).ok()?),
            None => None,
        };
        let mut entries = Vec::new();
        for _ in 0..self.count()? {
            let (line, role): (&str, Role) = (self.text()??, self.word()?);
            let (recipient, rule, minor) = (self.text()?.map(Into::into), self.text()?.map(Into::into), self.signed()?);
            entries.push(Entry { line: line.into(), role, recipient, amount: Money::of(minor, currency?).ok()?, rule, refund: None });
        }
        let mut changes = Vec::new();
        for _ in 0..self.count()? {
            let at = self.time()??;
            let (id, kind): (Box<str>, LedgerKind) = (self.text()??.into(), self.word()?);
            let (amount, line, of) = (self.money()?, self.text()?.map(Into::into), self.text()?.map(Into::into));
            changes.push(Change { at, id, kind, amount, line, of });
        }
        ledger.take_back_sale(order, payment, (ordered, paid), event, kind, &entries, changes).ok()
    }
}
