//! What a ledger keeps: as little as its answers need, since the events stay with the host.

use super::{EventOutcome, LedgerEvent, LedgerKind, Receipt};
use crate::commission::Book;
use crate::error::quote;
use crate::program::State;
use crate::{Commission, Currency, Entry, Error, ErrorCode, Event, Money, Result, Role, SAFE_MAX, Time};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};

/// What everyone has earned, was paid and is owed: a fold over events.
///
/// Events may come in any order, and again and again: what a ledger says depends on which events it has, not on how they
/// came. A refund that comes before its payment waits for it. The host keeps the events; [`verify`](Ledger::verify) proves
/// that a ledger is what they say, and [`snapshot`](Ledger::snapshot) keeps it without reading them all again.
///
/// A ledger knows no rules: it keeps the amounts of commissions as they were computed when the buyer paid. Rules about
/// time, such as holds and minimum payouts, are read from the program that is given with a question.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Ledger, LedgerEvent, Line, Money, Order, Time, Touch};
/// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// # let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
/// # let commission = program.commission(&order, &program.attribute(&order, &touches)?)?;
/// let mut ledger = Ledger::new();
/// ledger.apply(&LedgerEvent::payment("ipn-1", order.at, commission))?;
/// let later = Time::parse("2026-03-20T00:00:00Z")?;
/// let balance = &ledger.balance(&program, "anna", later)[0];
/// assert_eq!(balance.earned.to_string(), "470.34 EUR");
/// assert_eq!(balance.available.to_string(), "376.27 EUR"); // 80 % after 14 days
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By the first half of the SHA-256 of an event's id, a quarter of that of its content.
    pub(super) seen: ByKey<[u8; 8]>,
    places: ByKey<u32>,
    pub(super) sales: Vec<Sale>,
    slots: Vec<Slot>,
    slot_places: BTreeMap<Slot, u32>,
    texts: Vec<Box<str>>,
    text_places: BTreeMap<Box<str>, u32>,
    /// The entries of all sales, each sale's side by side.
    amounts: Vec<i64>,
    entry_slots: Vec<u32>,
    /// The ids of orders and events.
    arena: String,
    /// Where the entries that were stored last begin.
    last: usize,
    /// By sale, in order of time and id.
    pub(super) changes: BTreeMap<u32, Vec<Change>>,
    /// In order of time and id.
    pub(super) moves: BTreeSet<Move>,
    payouts: BTreeSet<Box<str>>,
    /// The sum of all amounts, whatever their sign.
    totals: BTreeMap<Currency, u64>,
    /// Scratch.
    buffer: Vec<u8>,
}

pub(super) type Key = [u8; 16];

/// A million keys, looked up one by one: half the memory of a tree and several times its speed.
#[allow(clippy::disallowed_types, reason = "its order shows nowhere: snapshots sort")]
pub(super) type ByKey<V> = std::collections::HashMap<Key, V, Seeded>;

/// Keys are pieces of SHA-256 already; a secret multiplier keeps those who choose ids from choosing places.
#[derive(Clone, Debug)]
pub(super) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(std::hash::RandomState::new().hash_one(0) | 1)
    }
}

impl BuildHasher for Seeded {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded(self.0, 0)
    }
}

pub(super) struct Folded(u64, u64);

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            let product = u128::from(self.1 ^ u64::from_le_bytes(word)) * u128::from(self.0);
            self.1 = (product >> 64) as u64 ^ product as u64;
        }
    }

    fn finish(&self) -> u64 {
        self.1
    }
}

/// The most refunds, disputes and approvals that one payment may have.
const CHANGES_MAX: usize = 10_000;

/// A piece of the arena.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    length: u16,
}

/// One payment of an order.
#[derive(Clone, Debug)]
pub(super) struct Sale {
    order: Span,
    /// The event of the payment.
    event: Span,
    pub(super) payment: u32,
    /// When it was ordered without being paid.
    pub(super) ordered: Option<Time>,
    pub(super) paid: Option<Time>,
    pub(super) kind: Event,
    pub(super) currency: Option<Currency>,
    first: u32,
    count: u32,
}

/// Whose account an entry is on, and why; few in number, many times used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) line: u32,
    pub(super) role: Role,
    pub(super) recipient: Option<u32>,
    pub(super) rule: Option<u32>,
}

/// What happened to a payment after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) at: Time,
    pub(super) id: Box<str>,
    pub(super) kind: LedgerKind,
    pub(super) amount: Option<(Currency, i64)>,
    pub(super) line: Option<Box<str>>,
    pub(super) of: Option<Box<str>>,
}

/// What happened to a recipient, apart from any order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Move {
    pub(super) at: Time,
    pub(super) id: Box<str>,
    pub(super) kind: LedgerKind,
    pub(super) recipient: Option<Box<str>>,
    pub(super) amount: Option<(Currency, i64)>,
    pub(super) of: Option<Box<str>>,
    pub(super) state: Option<State>,
    pub(super) verified: Option<bool>,
}

impl Ledger {
    /// A ledger of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an event. On an error the ledger is as it was.
    ///
    /// # Errors
    /// `event_invalid` and the codes of a malformed event; `event_conflict` where the id was recorded with other
    /// content, or the payment by another event; `money_out_of_range` where all amounts together would be beyond
    /// 2^53 − 1; `too_large` beyond 4 GiB of ids.
    ///
    /// # Example
    /// See [`Receipt`].
    pub fn apply(&mut self, event: &LedgerEvent) -> Result<Receipt> {
        event.check()?;
        let (key, digest) = (key_of(&[event.id.as_bytes()]), self.digest(event));
        match self.seen.get(&key) {
            Some(known) if *known == digest => return Ok(Receipt { outcome: EventOutcome::Replay, problems: Vec::new() }),
            Some(_) => {
                let text = format!("/id: {} was recorded before with other content", quote(&event.id));
                return Err(Error::new(ErrorCode::EventConflict, text));
            }
            None => {}
        }
        if self.arena.len() + event.id.len() + crate::TEXT_MAX > u32::MAX as usize {
            return Err(Error::new(ErrorCode::TooLarge, "the ids of the ledger's orders and events are beyond 4 GiB"));
        }
        let receipt = match event.kind {
            LedgerKind::Order | LedgerKind::Payment => self.take_sale(event)?,
            LedgerKind::Abandoned
            | LedgerKind::Refund
            | LedgerKind::Chargeback
            | LedgerKind::ChargebackWon
            | LedgerKind::Approval
            | LedgerKind::Denial => self.take_change(event)?,
            LedgerKind::Adjustment
            | LedgerKind::Partnership
            | LedgerKind::Account
            | LedgerKind::PayoutCreated
            | LedgerKind::PayoutPaid
            | LedgerKind::PayoutFailed => self.take_move(event)?,
        };
        self.seen.insert(key, digest);
        Ok(receipt)
    }

    /// How many events it has.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn take_sale(&mut self, event: &LedgerEvent) -> Result<Receipt> {
        let Some(commission) = &event.commission else { return Ok(Receipt { outcome: EventOutcome::Recorded, problems: Vec::new() }) };
        let is_payment = event.kind == LedgerKind::Payment;
        let place = self.places.get(&sale_key(&commission.order, commission.payment)).copied();
        let known = place.and_then(|n| self.sales.get(n as usize));
        if known.is_some_and(|sale| if is_payment { sale.paid.is_some() } else { sale.ordered.is_some() }) {
            let other = known.filter(|_| is_payment).map(|sale| format!(" by event {}", quote(self.text(sale.event)))).unwrap_or_default();
            let text = format!("/commission: payment {} of {} was recorded before{other}", commission.payment, quote(&commission.order));
            return Err(Error::new(ErrorCode::EventConflict, text));
        }
        let already_paid = known.is_some_and(|sale| sale.paid.is_some());
        if is_payment && let Some(first) = commission.entries.first() {
            let sum = commission.entries.iter().fold(0_u64, |sum, e| sum.saturating_add(e.amount.minor().unsigned_abs()));
            self.raise(first.amount.currency(), sum)?;
        }
        let place = self.place(&commission.order, commission.payment);
        let stored = (!already_paid).then(|| (self.store_entries(&commission.entries), self.keep(&event.id)));
        if let Some(sale) = self.sales.get_mut(place as usize) {
            if is_payment {
                sale.paid = Some(event.at)
            } else {
                sale.ordered = Some(event.at)
            }
            if let Some(((first, count), id)) = stored {
                (sale.first, sale.count, sale.kind, sale.event) = (first, count, commission.event, id);
                sale.currency = commission.entries.first().map(|entry| entry.amount.currency());
            }
        }
        Ok(Receipt { outcome: EventOutcome::Recorded, problems: self.problems_of(place) })
    }

    fn take_change(&mut self, event: &LedgerEvent) -> Result<Receipt> {
        let LedgerEvent { id, at, kind, order, payment, amount, line, of, .. } = event;
        let place = self.place(order.as_deref().unwrap_or_default(), payment.unwrap_or(1));
        let change = Change {
            at: *at,
            id: id.as_str().into(),
            kind: *kind,
            amount: amount.map(|m| (m.currency(), m.minor())),
            line: line.as_deref().map(Into::into),
            of: of.as_deref().map(Into::into),
        };
        let changes = self.changes.entry(place).or_default();
        if changes.len() >= CHANGES_MAX {
            return Err(Error::new(ErrorCode::TooLarge, format!("{CHANGES_MAX} refunds and the like of one payment are recorded")));
        }
        let at = changes.partition_point(|known| known < &change);
        let known = change.of.as_ref().is_none_or(|of| changes.iter().any(|c| c.id == *of));
        changes.insert(at, change);
        let paid = self.sales.get(place as usize).is_some_and(|sale| sale.paid.is_some());
        let waits = !known || (!paid && *kind != LedgerKind::Abandoned);
        let outcome = if waits { EventOutcome::Waiting } else { EventOutcome::Recorded };
        Ok(Receipt { outcome, problems: if paid { self.problems_of(place) } else { Vec::new() } })
    }

    fn take_move(&mut self, event: &LedgerEvent) -> Result<Receipt> {
        let LedgerEvent { id, at, kind, amount, of, recipient, state, verified, .. } = event;
        if let Some(amount) = amount {
            self.raise(amount.currency(), amount.minor().unsigned_abs())?;
        }
        let added = Move {
            at: *at,
            id: id.as_str().into(),
            kind: *kind,
            recipient: recipient.as_deref().map(Into::into),
            amount: amount.map(|m| (m.currency(), m.minor())),
            of: of.as_deref().map(Into::into),
            state: *state,
            verified: *verified,
        };
        if *kind == LedgerKind::PayoutCreated {
            self.payouts.insert(id.as_str().into());
        }
        let waits = added.of.as_ref().is_some_and(|of| !self.payouts.contains(of));
        self.moves.insert(added);
        Ok(Receipt { outcome: if waits { EventOutcome::Waiting } else { EventOutcome::Recorded }, problems: Vec::new() })
    }

    /// A payment from a snapshot, with all that happened to it.
    #[allow(clippy::too_many_arguments, reason = "what a snapshot holds of a payment")]
    pub(super) fn take_back_sale(
        &mut self,
        order: &str,
        payment: u32,
        (ordered, paid): (Option<Time>, Option<Time>),
        event: &str,
        kind: Event,
        entries: &[Entry],
        changes: Vec<Change>,
    ) -> Result<()> {
        Book::of(entries)?;
        let currency = entries.first().map(|entry| entry.amount.currency());
        if let (Some(currency), Some(_)) = (currency, paid) {
            self.raise(currency, entries.iter().fold(0_u64, |sum, e| sum.saturating_add(e.amount.minor().unsigned_abs())))?;
        }
        let place = self.place(order, payment);
        let ((first, count), event) = (self.store_entries(entries), self.keep(event));
        if let Some(sale) = self.sales.get_mut(place as usize) {
            *sale = Sale { order: sale.order, event, payment, ordered, paid, kind, currency, first, count };
        }
        if !changes.is_empty() {
            self.changes.insert(place, changes);
        }
        Ok(())
    }

    /// A move from a snapshot.
    pub(super) fn take_back_move(&mut self, added: Move) -> Result<()> {
        if let Some((currency, minor)) = added.amount {
            self.raise(currency, minor.unsigned_abs())?;
        }
        if added.kind == LedgerKind::PayoutCreated {
            self.payouts.insert(added.id.clone());
        }
        self.moves.insert(added);
        Ok(())
    }

    /// Adds to the sum of all amounts, unless that would be beyond what is exact everywhere.
    fn raise(&mut self, currency: Currency, amount: u64) -> Result<()> {
        let total = self.totals.entry(currency).or_default();
        match total.checked_add(amount).filter(|sum| *sum <= SAFE_MAX.unsigned_abs()) {
            Some(sum) => {
                *total = sum;
                Ok(())
            }
            None => Err(Error::new(ErrorCode::MoneyOutOfRange, format!("all amounts in {currency} together would be beyond 2^53 − 1"))),
        }
    }

    fn place(&mut self, order: &str, payment: u32) -> u32 {
        let key = sale_key(order, payment);
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        // INVARIANT: every sale has an id in the arena, which is below 4 GiB.
        let place = self.sales.len() as u32;
        let order = self.keep(order);
        self.sales.push(Sale {
            order,
            event: Span::default(),
            payment,
            ordered: None,
            paid: None,
            kind: Event::Sale,
            currency: None,
            first: 0,
            count: 0,
        });
        self.places.insert(key, place);
        place
    }

    pub(super) fn find(&self, order: &str, payment: u32) -> Option<(u32, &Sale)> {
        let place = *self.places.get(&sale_key(order, payment))?;
        Some((place, self.sales.get(place as usize)?))
    }

    fn keep(&mut self, text: &str) -> Span {
        // INVARIANT: ids are at most 256 bytes, and `apply` keeps the arena below 4 GiB.
        let span = Span { start: self.arena.len() as u32, length: text.len() as u16 };
        self.arena.push_str(text);
        span
    }

    fn store_entries(&mut self, entries: &[Entry]) -> (u32, u32) {
        let first = self.amounts.len() as u32;
        for (n, Entry { line, role, recipient, amount, rule, refund: _ }) in entries.iter().enumerate() {
            self.amounts.push(amount.minor());
            // Most sales have the slots of the one before.
            if let Some(guess) = self.entry_slots.get(self.last + n).copied()
                && self.is_slot(guess, line, *role, recipient.as_deref(), rule.as_deref())
            {
                self.entry_slots.push(guess);
                continue;
            }
            let slot = Slot {
                line: self.intern(line),
                role: *role,
                recipient: recipient.as_deref().map(|text| self.intern(text)),
                rule: rule.as_deref().map(|text| self.intern(text)),
            };
            let next = self.slots.len() as u32;
            let place = *self.slot_places.entry(slot).or_insert(next);
            if place == next {
                self.slots.push(slot);
            }
            self.entry_slots.push(place);
        }
        self.last = first as usize;
        (first, entries.len() as u32)
    }

    fn is_slot(&self, place: u32, line: &str, role: Role, recipient: Option<&str>, rule: Option<&str>) -> bool {
        self.slots.get(place as usize).is_some_and(|slot| {
            let word = |n: u32| self.word(n);
            slot.role == role && word(slot.line) == line && slot.recipient.map(word) == recipient && slot.rule.map(word) == rule
        })
    }

    fn intern(&mut self, text: &str) -> u32 {
        if let Some(place) = self.text_places.get(text) {
            return *place;
        }
        let place = self.texts.len() as u32;
        self.texts.push(text.into());
        self.text_places.insert(text.into(), place);
        place
    }

    fn text(&self, span: Span) -> &str {
        self.arena.get(span.start as usize..span.start as usize + usize::from(span.length)).unwrap_or_default()
    }

    pub(super) fn order_of(&self, sale: &Sale) -> &str {
        self.text(sale.order)
    }

    pub(super) fn event_of(&self, sale: &Sale) -> &str {
        self.text(sale.event)
    }

    pub(super) fn word(&self, place: u32) -> &str {
        self.texts.get(place as usize).map_or("", |text| text)
    }

    pub(super) fn word_place(&self, text: &str) -> Option<u32> {
        self.text_places.get(text).copied()
    }

    /// The entries of a sale, as they were when it was paid.
    pub(super) fn slots_of(&self, sale: &Sale) -> impl Iterator<Item = (Slot, i64)> {
        let range = sale.first as usize..(sale.first + sale.count) as usize;
        let slots = self.entry_slots.get(range.clone()).unwrap_or_default().iter();
        let amounts = self.amounts.get(range).unwrap_or_default().iter();
        slots.zip(amounts).filter_map(|(slot, amount)| Some((*self.slots.get(*slot as usize)?, *amount)))
    }

    /// The commission of a sale, as far as the ledger knows it.
    pub(super) fn commission_of(&self, sale: &Sale) -> Option<Commission> {
        let currency = sale.currency?;
        let entry = |(slot, minor): (Slot, i64)| {
            Some(Entry {
                line: self.word(slot.line).into(),
                role: slot.role,
                recipient: slot.recipient.map(|n| self.word(n).into()),
                amount: Money::of(minor, currency).ok()?,
                rule: slot.rule.map(|n| self.word(n).into()),
                refund: None,
            })
        };
        Some(Commission {
            order: self.order_of(sale).into(),
            at: sale.paid.or(sale.ordered)?,
            payment: sale.payment,
            event: sale.kind,
            rounding: crate::Rounding::HalfAway,
            entries: self.slots_of(sale).filter_map(entry).collect(),
            grounds: Vec::new(),
        })
    }

    /// The places of all sales, by order and payment.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut places: Vec<u32> = (0..self.sales.len() as u32).collect();
        places.sort_unstable_by_key(|n| self.sales.get(*n as usize).map(|sale| (self.order_of(sale), sale.payment)));
        places
    }

    fn digest(&mut self, event: &LedgerEvent) -> [u8; 8] {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        write_event(event, &mut buffer);
        let digest = Sha256::digest(&buffer);
        self.buffer = buffer;
        let mut short = [0; 8];
        short.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        short
    }
}

fn key_of(parts: &[&[u8]]) -> Key {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let mut key = [0; 16];
    key.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    key
}

fn sale_key(order: &str, payment: u32) -> Key {
    key_of(&[&payment.to_be_bytes(), order.as_bytes()])
}

/// Every field of an event, each with its length, so that no two events have the same bytes.
fn write_event(event: &LedgerEvent, out: &mut Vec<u8>) {
    let LedgerEvent { id, at, kind, order, payment, commission, amount, line, of, recipient, state, verified, note } = event;
    fn text(out: &mut Vec<u8>, text: Option<&str>) {
        out.extend(text.map_or(u32::MAX, |text| text.len() as u32).to_be_bytes());
        out.extend(text.unwrap_or_default().as_bytes());
    }
    fn money(out: &mut Vec<u8>, amount: Option<Money>) {
        out.extend(amount.map_or(i64::MIN, Money::minor).to_be_bytes());
        out.extend(amount.map(|amount| amount.currency()).as_ref().map_or("", Currency::as_str).as_bytes());
    }
    text(out, Some(id));
    out.extend(at.millis().to_be_bytes());
    text(out, Some(kind.as_str()));
    // An absent number of the payment is the first; both are the same event.
    out.extend(payment.unwrap_or(1).to_be_bytes());
    for field in [order, line, of, recipient, note] {
        text(out, field.as_deref());
    }
    money(out, *amount);
    text(out, state.map(State::as_str));
    text(out, verified.map(|yes| if yes { "yes" } else { "no" }));
    if let Some(Commission { order, at, payment, event, rounding, entries, grounds: _ }) = commission {
        // Grounds explain the amounts and change none.
        text(out, Some(order));
        out.extend(at.millis().to_be_bytes());
        out.extend(payment.to_be_bytes());
        text(out, Some(event.as_str()));
        text(out, Some(rounding.as_str()));
        for Entry { line, role, recipient, amount, rule, refund } in entries {
            text(out, Some(line));
            text(out, Some(role.as_str()));
            for field in [recipient, rule, refund] {
                text(out, field.as_deref());
            }
            money(out, Some(*amount));
        }
    }
}
