//! The visitors of one part, their orders, and the touches that pass by.
//!
//! Orders lie side by side by visitor, in order of time. Each touch looks its visitor up and offers itself to the orders after it;
//! an order keeps the best. So touches are neither sorted nor held, and memory grows with the orders. What one touch alone cannot
//! decide is held back and decided at the end: visitors with many orders, and those where touches refuse one another.
//!
//! Where touches come in order of time, `chain` has a shorter way.

use super::names::Seed;
use super::orders::Orders;
use super::rules::{Kind, Lite, Rules};
use super::table::{TextColumn, is_time};
use super::touches::{Chunk, FactColumns, KeyColumn, Lookups, Touches};
use super::{STEP, Stop};
use crate::attribution::Reason;
use crate::{Evidence, Result};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

mod chain;
mod credit;
mod held;
mod index;
pub(super) use chain::look_back;
use index::{Clicks, Found, Index, in_order};

/// Visitors with more orders than this are decided at the end, each touch once.
const LIGHT: u32 = 16;
/// Touches that are looked up side by side, so that the memory's answers overlap.
const BLOCK: usize = 256;
/// No tier.
const NOBODY: u8 = u8::MAX;

/// An age of 49 days and more.
const OLDER: u32 = u32::MAX - 1;
/// No age: the single call gave the credit.
const ASKED: u32 = u32::MAX;

/// The touches of this visitor are held from the first on.
const HELD: u8 = 1;
/// The single call decides this visitor's orders.
const SINGLE: u8 = 2;
/// The touches of this visitor are held in a second pass.
const LATE: u8 = 4;
/// This order excludes affiliates.
const EXCLUDES: u8 = 8;

/// An order, and the best touch so far: what every touch of the visitor looks at, half a cache line.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The visitor's.
    hash: u64,
    at: i64,
    best_at: i64,
    /// The best touch; where several are credited, the order.
    row: u32,
    tier: u8,
    flags: u8,
    /// In a visitor's first slot: how many orders there are, at most 65535.
    count: u16,
}

/// The rest about an order: what only some touches look at.
#[derive(Clone, Copy, Debug, Default)]
struct Cold {
    order: u32,
    product: u32,
}

/// Touches of one block on their way to their visitors, column by column.
#[derive(Debug, Default)]
struct Block {
    /// The rows whose visitors have orders here, and the first slots of those.
    found: Found,
    lasts: Vec<i64>,
    at: Vec<i64>,
    facts: FactColumns,
}

/// A touch that waits for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    first: u32,
    at: i64,
    row: u32,
}

/// A touch that an order takes: a credit, if no stronger one comes.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    order: u32,
    row: u32,
    who: Who,
    /// Milliseconds before the order; [`OLDER`] stands for more than it holds, [`ASKED`] for a credit of the single call.
    age: u32,
}

impl Pair {
    #[inline]
    fn new(order: u32, touch: Lite, age: i64) -> Self {
        Self { order, row: touch.row, who: Who::new(touch.affiliate, touch.evidence), age: u32::try_from(age).unwrap_or(OLDER).min(OLDER) }
    }
}

/// The mark of a touch that comes at the time of the one before.
const TIED: u32 = 0x80;
const _: () = assert!(Evidence::ALL.len() <= 16, "four bits hold a kind of evidence");

/// An affiliate and a kind of evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Who(u32);

impl Who {
    #[inline]
    pub(super) fn new(affiliate: u32, evidence: Evidence) -> Self {
        Self(affiliate << 8 | evidence as u32) // INVARIANT: a program with more affiliates than 24 bits hold is refused
    }

    /// The same with a tier from 0 to 7, and whether it comes at the time of the one before.
    #[inline]
    fn marked(self, tier: u32, is_tied: bool) -> Self {
        Self(self.0 | tier << 4 | if is_tied { TIED } else { 0 })
    }

    #[inline]
    fn is_tied(self) -> bool {
        self.0 & TIED != 0
    }

    #[inline]
    fn tier(self) -> u32 {
        (self.0 >> 4) & 7
    }

    #[inline]
    pub(super) fn affiliate(self) -> u32 {
        self.0 >> 8
    }

    #[inline]
    pub(super) fn evidence(self) -> Evidence {
        Evidence::ALL.get((self.0 & 0xf) as usize).copied().unwrap_or(Evidence::Click)
    }
}

/// One credit: a row of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Credited {
    pub(super) row: u32,
    pub(super) who: Who,
    pub(super) weight: u64,
}

/// The credits of all orders: those of order `n` stand from `starts[n]` to `starts[n + 1]`.
#[derive(Debug, Default)]
pub(super) struct Credits {
    pub(super) starts: Vec<u32>,
    pub(super) rows: Vec<u32>,
    pub(super) who: Vec<Who>,
    /// Empty where every weight is 1.
    pub(super) weights: Vec<u64>,
}

impl Credits {
    pub(super) fn range(&self, order: usize) -> Range<usize> {
        let (start, end) = (self.starts.get(order), self.starts.get(order + 1));
        start.zip(end).map_or(0..0, |(start, end)| *start as usize..*end as usize)
    }

    pub(super) fn of(&self, order: usize) -> impl ExactSizeIterator<Item = Credited> + Clone + '_ {
        self.range(order).map(|n| Credited {
            row: self.rows.get(n).copied().unwrap_or(0),
            who: self.who.get(n).copied().unwrap_or_default(),
            weight: self.weight(n),
        })
    }

    pub(super) fn weight(&self, n: usize) -> u64 {
        self.weights.get(n).copied().unwrap_or(1)
    }
}

/// What became of one touch for one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) order: u32,
    pub(super) row: u32,
    pub(super) reason: Reason,
    /// The row of the touch it lost to.
    pub(super) by: Option<u32>,
}

/// What all parts share.
#[derive(Debug)]
pub(super) struct Shared<'s, 'a> {
    pub(super) rules: &'s Rules<'s>,
    pub(super) orders: &'s Orders<'a>,
    pub(super) touches: &'s Touches<'a>,
    pub(super) lookups: Lookups<'s>,
    pub(super) seed: Seed,
    pub(super) parts: u32,
    pub(super) verdicts: bool,
    pub(super) stop: &'s Stop<'s>,
}

#[derive(Debug)]
pub(super) struct Part<'s, 'a> {
    shared: &'s Shared<'s, 'a>,
    number: u32,
    index: Index,
    /// The visitors' texts by first slot, one behind the other in `arena`.
    spans: Vec<(u32, u32)>,
    arena: Vec<u8>,
    slots: Vec<Slot>,
    cold: Vec<Cold>,
    /// First slot and number of orders.
    visitors: Vec<(u32, u32)>,
    held: Vec<Held>,
    pairs: Vec<Pair>,
    clicks: Clicks,
    any_late: bool,
    /// The weights of the orders that the single call decided.
    asked: BTreeMap<u32, Vec<u64>>,
    any_asked: bool,
    judged: Vec<Judged>,
}

impl<'s, 'a> Part<'s, 'a> {
    /// Decides every order of the part's visitors.
    pub(super) fn decide(shared: &'s Shared<'s, 'a>, number: u32) -> Result<(Credits, Vec<Judged>)> {
        let mut part = Self {
            shared,
            number,
            index: Index::default(),
            spans: Vec::new(),
            arena: Vec::new(),
            slots: Vec::new(),
            cold: Vec::new(),
            visitors: Vec::new(),
            held: Vec::new(),
            pairs: Vec::new(),
            clicks: Clicks::default(),
            any_late: false,
            asked: BTreeMap::new(),
            any_asked: false,
            judged: Vec::new(),
        };
        part.place_orders()?;
        if part.slots.is_empty() {
            return Ok((Credits::default(), part.judged));
        }
        if shared.touches.has_clicks && shared.rules.kind != Kind::All && !shared.verdicts {
            part.clicks = Clicks::new(shared.touches.table.rows() / shared.parts as usize);
        }
        part.pass(false)?;
        part.suspect_clicks();
        if part.any_late {
            part.pass(true)?;
        }
        part.decide_held()?;
        let credits = part.credit()?;
        Ok((credits, part.judged))
    }

    fn is_mine(&self, hash: u64) -> bool {
        self.shared.parts == 1 || ((hash & 0xffff_ffff) * u64::from(self.shared.parts)) >> 32 == u64::from(self.number)
    }

    /// Lays the orders out: by visitor, then by time.
    fn place_orders(&mut self) -> Result<()> {
        let orders = self.shared.orders;
        let mut mine: Vec<(u64, u32)> = Vec::new();
        for order in 0..orders.count() {
            let Some((visitor, row)) = orders.visitor(order) else { continue };
            let hash = self.shared.hash(visitor, row);
            if self.is_mine(hash) {
                mine.push((hash, order as u32)); // INVARIANT: fewer than 2^32 rows
            }
        }
        // In the order of the index, so that placing them goes through it once.
        let mine = in_order(mine);
        self.index = Index::new(mine.len());
        let is_text = matches!(orders.visitors(), Some(KeyColumn::Texts(..)));
        // Visitors as they first come: hash, the first of their orders, how many.
        let mut found: Vec<(u64, u32, u32)> = Vec::new();
        let mut visitor_of: Vec<u32> = Vec::with_capacity(mine.len());
        for (hash, order) in &mine {
            let mut place = self.index.home(*hash);
            let number = loop {
                let entry = self.index.entry(place);
                if entry == 0 {
                    let number = found.len() as u32;
                    found.push((*hash, *order, 0));
                    if let Some(slot) = self.index.0.get_mut(place) {
                        *slot = Index::make(*hash, number);
                    }
                    break number;
                }
                let number = Index::number(entry);
                // Whole numbers with one hash are one number.
                let same = |first: u32| !is_text || orders.same_visitor(first as usize, *order as usize);
                if found.get(number as usize).is_some_and(|(known, first, _)| known == hash && same(*first)) {
                    break number;
                }
                place = self.index.after(place);
            };
            if let Some((.., count)) = found.get_mut(number as usize) {
                *count += 1;
            }
            visitor_of.push(number);
        }
        // Slots in the order of the index: from visitors to their first slots.
        let mut firsts = vec![0_u32; found.len()];
        let mut next = 0_u32;
        for entry in self.index.0.iter_mut().filter(|entry| **entry != 0) {
            let number = Index::number(*entry) as usize;
            let count = found.get(number).map_or(0, |(.., count)| *count);
            if let Some(first) = firsts.get_mut(number) {
                *first = next;
            }
            *entry = Index::make(*entry >> 32, next);
            self.visitors.push((next, count));
            next += count;
        }
        let slot = Slot { hash: 0, at: 0, best_at: 0, row: u32::MAX, tier: NOBODY, flags: 0, count: 0 };
        self.slots = vec![slot; mine.len()];
        self.cold = vec![Cold::default(); mine.len()];
        let mut filled = firsts.clone();
        for ((hash, order), number) in mine.iter().zip(visitor_of) {
            let Some(place) = filled.get_mut(number as usize) else { continue };
            if let (Some(slot), Some(cold)) = (self.slots.get_mut(*place as usize), self.cold.get_mut(*place as usize)) {
                slot.hash = *hash;
                slot.at = orders.at.get(*order as usize).copied().unwrap_or(0);
                cold.order = *order;
            }
            *place += 1;
        }
        drop(mine);
        self.finish_visitors();
        self.keep_texts(&found, &firsts)
    }

    /// Sorts each visitor's orders by time, and says how the visitor is decided.
    fn finish_visitors(&mut self) {
        let Shared { orders, rules, verdicts, .. } = *self.shared;
        let carts = rules.carts_matter && orders.has_carts();
        for (first, count) in &self.visitors {
            let range = *first as usize..(*first + *count) as usize;
            let (Some(slots), Some(cold)) = (self.slots.get_mut(range.clone()), self.cold.get_mut(range)) else { continue };
            let in_time = slots.iter().zip(cold.iter()).is_sorted_by_key(|(slot, cold)| (slot.at, cold.order));
            if !in_time {
                let mut list: Vec<(i64, u32)> = slots.iter().zip(cold.iter()).map(|(slot, cold)| (slot.at, cold.order)).collect();
                list.sort_unstable();
                for ((slot, cold), (at, order)) in slots.iter_mut().zip(cold.iter_mut()).zip(list) {
                    (slot.at, cold.order) = (at, order);
                }
            }
            for (slot, cold) in slots.iter_mut().zip(cold.iter_mut()) {
                if rules.kind == Kind::All {
                    slot.row = cold.order;
                }
                cold.product = orders.product.get(cold.order as usize).copied().unwrap_or(0);
                if rules.excludes(cold.order) {
                    slot.flags |= EXCLUDES;
                }
            }
            let single = verdicts || (carts && cold.iter().any(|cold| orders.has_cart(cold.order as usize)));
            if let Some(slot) = slots.first_mut() {
                slot.count = u16::try_from(*count).unwrap_or(u16::MAX);
                slot.flags |= if single { HELD | SINGLE } else { 0 } | if *count > LIGHT { HELD } else { 0 };
            }
        }
    }

    fn keep_texts(&mut self, found: &[(u64, u32, u32)], firsts: &[u32]) -> Result<()> {
        let orders = self.shared.orders;
        if !matches!(orders.visitors(), Some(KeyColumn::Texts(..))) {
            return Ok(());
        }
        self.spans = vec![(0, 0); self.slots.len()];
        // In the order of the slots, so that those of neighbours are neighbours.
        let mut list: Vec<(u32, u32)> = firsts.iter().zip(found).map(|(first, (_, order, _))| (*first, *order)).collect();
        list.sort_unstable();
        for (first, order) in list {
            let Some((KeyColumn::Texts(texts, _), row)) = orders.visitor(order as usize) else { continue };
            let text = texts.get(row).unwrap_or_default().as_bytes();
            let Some(start) = u32::try_from(self.arena.len() + text.len()).ok().map(|end| end - text.len() as u32) else {
                return Err(crate::Error::new(
                    crate::ErrorCode::TooLarge,
                    "/orders/visitor: over 4 GiB of texts; split the table by visitors",
                ));
            };
            self.arena.extend_from_slice(text);
            if let Some(span) = self.spans.get_mut(first as usize) {
                *span = (start, text.len() as u32);
            }
        }
        Ok(())
    }

    fn visitor_text(&self, first: u32) -> &[u8] {
        let (start, length) = self.spans.get(first as usize).copied().unwrap_or((0, 0));
        self.arena.get(start as usize..(start + length) as usize).unwrap_or_default()
    }

    fn flags(&self, first: u32) -> u8 {
        self.slots.get(first as usize).map_or(0, |slot| slot.flags)
    }

    /// Shows every touch to its visitor's orders; `late`: only to visitors that are looked at again.
    fn pass(&mut self, late: bool) -> Result<()> {
        let touches = self.shared.touches;
        let mut block = Block::default();
        for (n, chunk) in touches.chunks.iter().enumerate() {
            let prints = self.shared.dictionary_prints(chunk);
            let mut start = 0;
            while start < chunk.rows {
                if start % STEP == 0 {
                    self.shared.stop.step()?;
                }
                let end = chunk.rows.min(start + BLOCK);
                self.look_up(chunk, &prints, start..end, &mut block);
                self.read(n, chunk, late, &mut block)?;
                self.take(n, late, &block);
                start = end;
            }
        }
        Ok(())
    }

    /// Finds the touches of a block whose visitors have orders here. Step by step for the whole block: each step's memory accesses do not wait for
    /// one another.
    fn look_up(&self, chunk: &Chunk<'_>, prints: &[u64], rows: Range<usize>, block: &mut Block) {
        let start = rows.start;
        self.index.candidates(self.shared.seed, |hash| self.is_mine(hash), chunk, prints, rows, &mut block.found);
        let Block { found: Found { hashes, rows: found, numbers: firsts, .. }, lasts, .. } = block;
        lasts.clear();
        lasts.extend(firsts.iter().map(|first| self.slots.get(*first as usize).map_or(0, |slot| slot.at)));
        let mut kept = 0;
        for n in 0..found.len() {
            let (Some(row), Some(first)) = (found.get(n).copied(), firsts.get(n).copied()) else { break };
            let hash = hashes.get(row as usize - start).copied().unwrap_or(0);
            let Some((first, last)) = self.confirm(chunk, row, hash, first) else { continue };
            if let (Some(to_row), Some(to_first), Some(to_last)) = (found.get_mut(kept), firsts.get_mut(kept), lasts.get_mut(kept)) {
                (*to_row, *to_first, *to_last) = (row, first, last);
            }
            kept += 1;
        }
        found.truncate(kept);
        firsts.truncate(kept);
        lasts.truncate(kept);
    }

    /// The visitor's first slot and last order, once it is sure that it is this visitor; a hash alone proves nothing.
    #[inline]
    fn confirm(&self, chunk: &Chunk<'_>, row: u32, hash: u64, first: u32) -> Option<(u32, i64)> {
        let slot = self.slots.get(first as usize)?;
        let (first, slot) = if slot.hash == hash && (self.spans.is_empty() || self.is_text_of(chunk, row, first)) {
            (first, slot)
        } else {
            let first = self.search(chunk, row, hash)?;
            (first, self.slots.get(first as usize)?)
        };
        match slot.count {
            1 => Some((first, slot.at)),
            count => Some((first, self.slots.get(first as usize + usize::from(count) - 1).map_or(slot.at, |slot| slot.at))),
        }
    }

    /// Goes on where two visitors share half a hash.
    #[cold]
    fn search(&self, chunk: &Chunk<'_>, row: u32, hash: u64) -> Option<u32> {
        let mut place = self.index.home(hash);
        loop {
            let entry = self.index.entry(place);
            let first = Index::number(entry);
            if entry == 0 {
                return None;
            }
            let is_hash = Index::is_of(entry, hash) && self.slots.get(first as usize).is_some_and(|slot| slot.hash == hash);
            if is_hash && (self.spans.is_empty() || self.is_text_of(chunk, row, first)) {
                return Some(first);
            }
            place = self.index.after(place);
        }
    }

    fn is_text_of(&self, chunk: &Chunk<'_>, row: u32, first: u32) -> bool {
        match chunk.visitor {
            KeyColumn::Texts(texts, _) => texts.get(row as usize).unwrap_or_default().as_bytes() == self.visitor_text(first),
            KeyColumn::Ints(..) => false,
        }
    }

    /// Reads what deciding asks of the touches that were found, and forgets those after all orders.
    fn read(&self, n: usize, chunk: &Chunk<'a>, late: bool, block: &mut Block) -> Result<()> {
        let Shared { touches, lookups, verdicts, .. } = *self.shared;
        let Block { found: Found { rows, numbers: firsts, .. }, lasts, at, facts } = block;
        chunk.at.fill(rows, at);
        if at.iter().any(|at| !is_time(*at)) {
            return self.first_slip(n, chunk, rows);
        }
        if !verdicts {
            let mut kept = 0;
            for n in 0..rows.len() {
                let (Some(row), Some(first)) = (rows.get(n).copied(), firsts.get(n).copied()) else { break };
                let (Some(when), Some(last)) = (at.get(n).copied(), lasts.get(n).copied()) else { break };
                if let (Some(to_row), Some(to_first), Some(to_at)) = (rows.get_mut(kept), firsts.get_mut(kept), at.get_mut(kept)) {
                    (*to_row, *to_first, *to_at) = (row, first, when);
                }
                kept += usize::from(when <= last);
            }
            rows.truncate(kept);
            firsts.truncate(kept);
            at.truncate(kept);
        }
        if late {
            return Ok(());
        }
        touches.fill(chunk, n, rows, lookups, facts).or_else(|_| self.first_slip(n, chunk, rows))
    }

    /// The error of the first row that has one; a block's rows are not in order.
    #[cold]
    fn first_slip(&self, n: usize, chunk: &Chunk<'a>, rows: &[u32]) -> Result<()> {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        for row in rows {
            self.shared.touches.millis(n, row as usize)?;
            self.shared.touches.facts(chunk, n, row as usize, self.shared.lookups)?;
        }
        Ok(())
    }

    /// Offers a block's touches to the orders of their visitors.
    fn take(&mut self, n: usize, late: bool, block: &Block) {
        let Shared { touches, rules, verdicts, .. } = *self.shared;
        let start = touches.table.start(n);
        let clicks = touches.chunks.get(n).and_then(|chunk| chunk.click_id).filter(|_| !self.clicks.once.is_empty());
        for (place, ((local, first), at)) in block.found.rows.iter().zip(&block.found.numbers).zip(&block.at).enumerate() {
            let (row, first, at) = (start as u32 + *local, *first, *at); // INVARIANT: fewer than 2^32 rows
            let Some(Slot { flags, count, .. }) = self.slots.get(first as usize).copied() else { continue };
            if verdicts || (late && flags & LATE != 0) {
                self.held.push(Held { first, at, row });
                continue;
            }
            if late || flags & LATE != 0 {
                continue;
            }
            let Some(lite) = rules.alone(at, row, block.facts.get(place)) else { continue };
            if rules.stands_down(lite.affiliate) || (rules.coupons_need_touches && lite.evidence == Evidence::Coupon) {
                let flag = if flags & HELD != 0 { SINGLE } else { LATE };
                self.any_late |= flag == LATE;
                if let Some(slot) = self.slots.get_mut(first as usize) {
                    slot.flags |= flag;
                }
                if flag == LATE {
                    continue;
                }
            }
            if let Some(click) = clicks.and_then(|column| column.get(*local as usize)) {
                self.clicks.add(self.click_print(first, click));
            }
            if flags & HELD != 0 {
                self.held.push(Held { first, at, row });
            } else {
                self.offer(first, u32::from(count), lite);
            }
        }
    }

    fn click_print(&self, first: u32, click: &str) -> u64 {
        self.shared.seed.int(self.shared.seed.text(click.as_bytes()) ^ u64::from(first))
    }

    /// Offers a touch to the orders of its visitor, which are in order of time.
    #[inline]
    fn offer(&mut self, first: u32, count: u32, touch: Lite) {
        let Shared { rules, .. } = *self.shared;
        let (window, shortest, tier) = (rules.window_of(touch.evidence), rules.shortest_of(touch.evidence), rules.tier_of(touch.evidence));
        for n in first..first + count {
            let Some(slot) = self.slots.get(n as usize) else { return };
            // INVARIANT: times lie within ±2^53.
            let age = slot.at - touch.at;
            if age < shortest {
                continue; // negative where the touch came after the order
            }
            if age > window {
                return; // later orders are further away
            }
            if tier > slot.tier
                || (tier == slot.tier && !self.shared.betters((slot.best_at, slot.row), touch))
                || !self.suits(n, slot, touch)
            {
                continue;
            }
            match rules.kind {
                Kind::Last | Kind::First => {
                    if let Some(slot) = self.slots.get_mut(n as usize) {
                        (slot.best_at, slot.row, slot.tier) = (touch.at, touch.row, tier);
                    }
                }
                Kind::All => {
                    // Where several are credited, the slot holds the order's number.
                    self.pairs.push(Pair::new(slot.row, touch, age));
                    if let Some(slot) = self.slots.get_mut(n as usize) {
                        slot.tier = tier;
                    }
                }
            }
        }
    }

    /// The checks that need the order, but for times.
    #[inline]
    fn suits(&self, n: u32, slot: &Slot, touch: Lite) -> bool {
        let cold = || self.cold.get(n as usize).map(|cold| (cold.order, cold.product));
        self.shared.suits(slot.at, slot.flags & EXCLUDES != 0, touch, cold)
    }
}

impl<'a> Shared<'_, 'a> {
    fn hash(&self, visitor: KeyColumn<'_>, row: usize) -> u64 {
        match visitor {
            KeyColumn::Ints(ints, _) => self.seed.int(ints.ints.get(row).cast_unsigned()),
            KeyColumn::Texts(texts, _) => self.seed.text(texts.get(row).unwrap_or_default().as_bytes()),
        }
    }

    /// The hashes of a dictionary's values, where visitors are a dictionary.
    fn dictionary_prints(&self, chunk: &Chunk<'_>) -> Vec<u64> {
        match chunk.visitor {
            KeyColumn::Texts(TextColumn::Dictionary { values, .. }, _) => {
                (0..values.len()).map(|n| self.seed.text(values.get(n).unwrap_or_default().as_bytes())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The total order of two touches of one tier and time.
    #[cold]
    fn order_of_touches(&self, touch: Lite, row: u32) -> Ordering {
        // INVARIANT: the touch of the row was read before without an error.
        let other = self.touches.facts_of(row as usize, self.lookups).map(|facts| (facts.affiliate, row, facts.evidence));
        other.map_or(Ordering::Equal, |other| self.compare((touch.affiliate, touch.row, touch.evidence), other))
    }

    fn compare(&self, a: (u32, u32, Evidence), b: (u32, u32, Evidence)) -> Ordering {
        let id = |affiliate: u32| self.rules.program.affiliates().get(affiliate as usize).map(|affiliate| affiliate.id.as_str());
        let rest = |(_, row, evidence): (u32, u32, Evidence)| self.touches.rest_of_rank(row as usize, evidence);
        id(a.0).cmp(&id(b.0)).then_with(|| rest(a).cmp(&rest(b)))
    }

    /// Whether a touch of the same tier comes before the one that an order has: later or earlier, as the model says.
    #[inline]
    fn betters(&self, (best_at, best_row): (i64, u32), touch: Lite) -> bool {
        match self.rules.kind {
            Kind::All => true,
            Kind::Last => touch.at > best_at || (touch.at == best_at && self.order_of_touches(touch, best_row) == Ordering::Greater),
            Kind::First => touch.at < best_at || (touch.at == best_at && self.order_of_touches(touch, best_row) == Ordering::Less),
        }
    }

    /// The checks of a touch that need the order, but for times: when it was, whether it excludes affiliates, and, where more matters, its
    /// number and its product.
    #[inline]
    fn suits(&self, order_at: i64, excludes: bool, touch: Lite, rest: impl FnOnce() -> Option<(u32, u32)>) -> bool {
        let is_plain = self.rules.takes_any_product(touch.product) && !excludes && touch.evidence != Evidence::Coupon;
        match self.rules.stretch(touch.affiliate) {
            Some((start, end)) if is_plain => order_at >= start && order_at < end,
            _ => rest().is_some_and(|(order, product)| self.asks(order_at, excludes, touch, order, product)),
        }
    }

    fn asks(&self, order_at: i64, excludes: bool, touch: Lite, order: u32, product: u32) -> bool {
        let Self { rules, orders, .. } = self;
        rules.holds(orders, touch.product, order, product)
            && rules.earns(orders, touch.affiliate, order, order_at)
            && !(excludes && rules.is_buyer(touch.affiliate, order))
            && (touch.evidence != Evidence::Coupon || self.used_coupon(order, touch.row))
    }

    #[cold]
    fn used_coupon(&self, order: u32, row: u32) -> bool {
        let (chunk, at) = self.touches.chunk(row as usize);
        let coupon = chunk.and_then(|chunk| chunk.coupon).and_then(|column| column.get(at));
        coupon.is_some_and(|coupon| self.orders.coupons(order as usize).iter().any(|used| used.eq_ignore_ascii_case(coupon)))
    }

    fn click_of(&self, row: u32) -> Option<&'a str> {
        let (chunk, at) = self.touches.chunk(row as usize);
        chunk.and_then(|chunk| chunk.click_id).and_then(|column| column.get(at))
    }
}
