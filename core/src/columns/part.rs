//! The visitors of one part, their orders, and the touches that pass by.
//!
//! Orders lie side by side by visitor, in order of time. Each touch looks its visitor up and offers itself to the orders after it;
//! an order keeps the best. So touches are neither sorted nor held, and memory grows with the orders. What one touch alone cannot
//! decide is held back and decided at the end: visitors with many orders, and those where touches refuse one another.

use super::names::Seed;
use super::orders::Orders;
use super::rules::{Kind, Lite, Rules};
use super::table::{TextColumn, is_time};
use super::touches::{Chunk, KeyColumn, Lookups, Touches, each_int};
use super::Stop;
use crate::attribution::{self, Reason};
use crate::{Evidence, Result, Touch};
use std::cmp::Ordering;

/// Visitors with more orders than this are decided at the end, each touch once.
const LIGHT: u32 = 16;
/// Touches that are looked up side by side, so that the memory's answers overlap.
const BLOCK: usize = 512;
/// No tier.
const NOBODY: u8 = u8::MAX;

/// The touches of this visitor are held from the first on.
const HELD: u8 = 1;
/// The single call decides this visitor's orders.
const SINGLE: u8 = 2;
/// The touches of this visitor are held in a second pass.
const LATE: u8 = 4;
/// This order excludes affiliates.
const EXCLUDES: u8 = 8;

/// An order, and the best touch so far.
#[derive(Clone, Copy, Debug)]
struct Slot {
    at: i64,
    best_at: i64,
    row: u32,
    affiliate: u32,
    order: u32,
    product: u32,
    tier: u8,
    evidence: Evidence,
    flags: u8,
}

/// A visitor: where the orders lie. No orders: the entry is free.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    hash: u64,
    first: u32,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    row: u32,
    entry: Entry,
    hash: u64,
    /// When the visitor's last order was.
    last_at: i64,
}

/// A touch that waits for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    first: u32,
    at: i64,
    row: u32,
}

/// A touch offered to an order, for models that credit several.
#[derive(Clone, Copy, Debug)]
struct Pair {
    slot: u32,
    row: u32,
    affiliate: u32,
    evidence: Evidence,
}

/// One credit: a row of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Credited {
    pub(super) order: u32,
    pub(super) row: u32,
    pub(super) affiliate: u32,
    pub(super) evidence: Evidence,
    pub(super) weight: u64,
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
    table: Vec<Entry>,
    /// The visitors' texts by entry, one behind the other in `arena`.
    spans: Vec<(u32, u32)>,
    arena: Vec<u8>,
    slots: Vec<Slot>,
    held: Vec<Held>,
    pairs: Vec<Pair>,
    clicks: Clicks,
    any_late: bool,
    credits: Vec<Credited>,
    judged: Vec<Judged>,
}

/// Which click ids may have occurred twice for one visitor.
#[derive(Debug, Default)]
struct Clicks {
    once: Vec<u64>,
    twice: Vec<u64>,
}

impl Clicks {
    fn new(touches: usize) -> Self {
        let words = (touches / 8).next_power_of_two().max(16);
        Self { once: vec![0; words], twice: vec![0; words] }
    }

    fn bit(&self, print: u64) -> (usize, u64) {
        ((print >> 6) as usize & (self.once.len().max(1) - 1), 1 << (print & 63))
    }

    fn add(&mut self, print: u64) {
        let (word, bit) = self.bit(print);
        if let (Some(once), Some(twice)) = (self.once.get_mut(word), self.twice.get_mut(word)) {
            *twice |= *once & bit;
            *once |= bit;
        }
    }

    fn may_repeat(&self, print: u64) -> bool {
        let (word, bit) = self.bit(print);
        self.twice.get(word).is_some_and(|twice| twice & bit != 0)
    }
}

impl<'s, 'a> Part<'s, 'a> {
    /// Decides every order of the part's visitors.
    pub(super) fn decide(shared: &'s Shared<'s, 'a>, number: u32) -> Result<(Vec<Credited>, Vec<Judged>)> {
        let mut part = Self {
            shared,
            number,
            table: Vec::new(),
            spans: Vec::new(),
            arena: Vec::new(),
            slots: Vec::new(),
            held: Vec::new(),
            pairs: Vec::new(),
            clicks: Clicks::default(),
            any_late: false,
            credits: Vec::new(),
            judged: Vec::new(),
        };
        part.place_orders()?;
        if part.slots.is_empty() {
            return Ok((part.credits, part.judged));
        }
        let has_clicks = shared.touches.chunks.iter().any(|chunk| chunk.click_id.is_some());
        if has_clicks && shared.rules.kind != Kind::All && !shared.verdicts {
            part.clicks = Clicks::new(shared.touches.table.rows() / shared.parts as usize);
        }
        part.pass(false)?;
        part.suspect_clicks();
        if part.any_late {
            part.pass(true)?;
        }
        part.decide_held()?;
        part.credit()?;
        Ok((part.credits, part.judged))
    }

    fn is_mine(&self, hash: u64) -> bool {
        self.shared.parts == 1 || ((hash & 0xffff_ffff) * u64::from(self.shared.parts)) >> 32 == u64::from(self.number)
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.table.len() as u64) >> 32) as usize
    }

    fn hash(&self, visitor: KeyColumn<'_>, row: usize) -> u64 {
        match visitor {
            KeyColumn::Ints(ints, _) => self.shared.seed.int(ints.ints.get(row).cast_unsigned()),
            KeyColumn::Texts(texts, _) => self.shared.seed.text(texts.get(row).unwrap_or_default().as_bytes()),
        }
    }

    /// Lays the orders out: by visitor, then by time.
    fn place_orders(&mut self) -> Result<()> {
        let orders = self.shared.orders;
        let mut mine: Vec<(u64, u32)> = Vec::new();
        for order in 0..orders.count() {
            let Some((visitor, row)) = orders.visitor(order) else { continue };
            let hash = self.hash(visitor, row);
            if self.is_mine(hash) {
                mine.push((hash, order as u32)); // INVARIANT: fewer than 2^32 rows
            }
        }
        self.table = vec![Entry::default(); mine.len() + mine.len() / 2 + 1];
        let is_text = matches!(orders.visitors(), Some(KeyColumn::Texts(..)));
        if is_text {
            self.spans = vec![(0, 0); self.table.len()];
        }
        let mut entries: Vec<u32> = Vec::with_capacity(mine.len());
        for (hash, order) in &mine {
            let text = match orders.visitor(*order as usize) {
                Some((KeyColumn::Texts(texts, _), row)) => texts.get(row).unwrap_or_default().as_bytes(),
                _ => &[],
            };
            let mut place = self.home(*hash);
            loop {
                let Some(entry) = self.table.get(place).copied() else { break };
                if entry.count == 0 {
                    if is_text {
                        let start = u32::try_from(self.arena.len()).ok().filter(|start| start.checked_add(text.len() as u32).is_some());
                        let start = start.ok_or_else(|| {
                            crate::Error::new(crate::ErrorCode::TooLarge, "/orders/visitor: over 4 GiB of texts; split the table by visitors")
                        })?;
                        self.arena.extend_from_slice(text);
                        if let Some(span) = self.spans.get_mut(place) {
                            *span = (start, text.len() as u32);
                        }
                    }
                    break;
                }
                if entry.hash == *hash && (!is_text || self.visitor_text(place) == text) {
                    break;
                }
                place = if place + 1 == self.table.len() { 0 } else { place + 1 };
            }
            if let Some(entry) = self.table.get_mut(place) {
                entry.hash = *hash;
                entry.count += 1;
            }
            entries.push(place as u32);
        }
        let mut next = 0_u32;
        for entry in self.table.iter_mut().filter(|entry| entry.count > 0) {
            entry.first = next;
            next += entry.count;
            entry.count = 0;
        }
        let empty = Slot {
            at: 0,
            best_at: 0,
            row: u32::MAX,
            affiliate: 0,
            order: 0,
            product: 0,
            tier: NOBODY,
            evidence: Evidence::Click,
            flags: 0,
        };
        self.slots = vec![empty; mine.len()];
        for ((_, order), entry) in mine.iter().zip(entries) {
            let Some(entry) = self.table.get_mut(entry as usize) else { continue };
            let place = entry.first + entry.count;
            entry.count += 1;
            if let Some(slot) = self.slots.get_mut(place as usize) {
                slot.order = *order;
                slot.at = orders.at.get(*order as usize).copied().unwrap_or(0);
                slot.product = orders.product.get(*order as usize).copied().unwrap_or(0);
                if self.shared.rules.excludes(*order) {
                    slot.flags |= EXCLUDES;
                }
            }
        }
        let carts = self.shared.rules.carts_matter && orders.has_carts();
        for entry in self.table.iter().filter(|entry| entry.count > 0) {
            let Some(slots) = self.slots.get_mut(entry.first as usize..(entry.first + entry.count) as usize) else { continue };
            if entry.count > 1 {
                slots.sort_unstable_by_key(|slot| (slot.at, slot.order));
            }
            let single = self.shared.verdicts || (carts && slots.iter().any(|slot| orders.has_cart(slot.order as usize)));
            let flags = if single { HELD | SINGLE } else { 0 } | if entry.count > LIGHT { HELD } else { 0 };
            if let Some(slot) = slots.first_mut() {
                slot.flags |= flags;
            }
        }
        Ok(())
    }

    fn visitor_text(&self, place: usize) -> &[u8] {
        let (start, length) = self.spans.get(place).copied().unwrap_or((0, 0));
        self.arena.get(start as usize..(start + length) as usize).unwrap_or_default()
    }

    fn flags(&self, first: u32) -> u8 {
        self.slots.get(first as usize).map_or(0, |slot| slot.flags)
    }

    /// Shows every touch to its visitor's orders; `late`: only to visitors that are looked at again.
    fn pass(&mut self, late: bool) -> Result<()> {
        let touches = self.shared.touches;
        let mut hits: Vec<Hit> = Vec::with_capacity(BLOCK);
        for (n, chunk) in touches.chunks.iter().enumerate() {
            let prints = self.dictionary_prints(chunk);
            let mut start = 0;
            while start < chunk.rows {
                if start % super::STEP == 0 {
                    self.shared.stop.step()?;
                }
                let end = chunk.rows.min(start + BLOCK);
                self.look_up(chunk, &prints, start..end, &mut hits);
                for hit in &hits {
                    self.take(n, *hit, late)?;
                }
                start = end;
            }
        }
        Ok(())
    }

    /// The hashes of a dictionary's values, where visitors are a dictionary.
    fn dictionary_prints(&self, chunk: &Chunk<'_>) -> Vec<u64> {
        match chunk.visitor {
            KeyColumn::Texts(TextColumn::Dictionary { values, .. }, _) => {
                (0..values.len()).map(|n| self.shared.seed.text(values.get(n).unwrap_or_default().as_bytes())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Finds the visitors of some touches that have orders here.
    fn look_up(&self, chunk: &Chunk<'_>, prints: &[u64], rows: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
        hits.clear();
        let (start, seed) = (rows.start, self.shared.seed);
        let mut add = |row: usize, hash: u64| {
            if self.is_mine(hash) {
                hits.push(Hit { row: row as u32, entry: Entry::default(), hash, last_at: 0 });
            }
        };
        match chunk.visitor {
            KeyColumn::Ints(ints, _) => each_int(ints.ints, rows, |n, value| add(start + n, seed.int(value))),
            KeyColumn::Texts(TextColumn::Dictionary { keys, .. }, _) => each_int(keys, rows, |n, key| {
                add(start + n, prints.get(key as usize).copied().unwrap_or(0));
            }),
            KeyColumn::Texts(texts, _) => rows.for_each(|row| add(row, seed.text(texts.get(row).unwrap_or_default().as_bytes()))),
        }
        if chunk.visitor.has_nulls() {
            hits.retain(|hit| !chunk.visitor.is_null(hit.row as usize));
        }
        for hit in hits.iter_mut() {
            hit.entry = self.table.get(self.home(hit.hash)).copied().unwrap_or_default();
        }
        hits.retain_mut(|hit| {
            if hit.entry.count == 0 {
                return false;
            }
            if hit.entry.hash == hit.hash && self.spans.is_empty() {
                return true;
            }
            self.probe(chunk, hit)
        });
        for hit in hits.iter_mut() {
            let last = (hit.entry.first + hit.entry.count).wrapping_sub(1) as usize;
            hit.last_at = self.slots.get(last).map_or(i64::MIN, |slot| slot.at);
        }
    }

    /// Goes on from the home of a hash until the visitor or a free entry is found.
    fn probe(&self, chunk: &Chunk<'_>, hit: &mut Hit) -> bool {
        let text = match chunk.visitor {
            KeyColumn::Texts(texts, _) => texts.get(hit.row as usize).unwrap_or_default().as_bytes(),
            KeyColumn::Ints(..) => &[],
        };
        let mut place = self.home(hit.hash);
        loop {
            match self.table.get(place) {
                None | Some(Entry { count: 0, .. }) => return false,
                Some(entry) if entry.hash == hit.hash && (self.spans.is_empty() || self.visitor_text(place) == text) => {
                    hit.entry = *entry;
                    return true;
                }
                Some(_) => place = if place + 1 == self.table.len() { 0 } else { place + 1 },
            }
        }
    }

    /// One touch of a visitor with orders.
    #[inline]
    fn take(&mut self, chunk: usize, hit: Hit, late: bool) -> Result<()> {
        let Shared { touches, rules, lookups, verdicts, .. } = *self.shared;
        let local = hit.row as usize;
        let mut at = touches.chunks.get(chunk).and_then(|c| c.at.millis(local)).unwrap_or(0);
        if at > hit.last_at && !verdicts && is_time(at) {
            return Ok(());
        }
        if !is_time(at) {
            at = touches.millis(chunk, local)?;
        }
        let row = (touches.table.start(chunk) + local) as u32; // INVARIANT: fewer than 2^32 rows
        let first = hit.entry.first;
        let flags = self.flags(first);
        if late {
            if flags & LATE != 0 {
                self.held.push(Held { first, at, row });
            }
            return Ok(());
        }
        if flags & LATE != 0 {
            return Ok(());
        }
        let facts = touches.facts(chunk, local, lookups)?;
        if verdicts {
            self.held.push(Held { first, at, row });
            return Ok(());
        }
        let Some(lite) = rules.alone(at, row, facts) else { return Ok(()) };
        if rules.stands_down(lite.affiliate) || (rules.coupons_need_touches && lite.evidence == Evidence::Coupon) {
            let flag = if flags & HELD != 0 { SINGLE } else { LATE };
            self.any_late |= flag == LATE;
            if let Some(slot) = self.slots.get_mut(first as usize) {
                slot.flags |= flag;
            }
            if flag == LATE {
                return Ok(());
            }
        }
        if !self.clicks.once.is_empty()
            && let Some(click) = touches.chunks.get(chunk).and_then(|c| c.click_id).and_then(|column| column.get(local))
        {
            self.clicks.add(self.click_print(first, click));
        }
        if flags & HELD != 0 {
            self.held.push(Held { first, at, row });
            return Ok(());
        }
        self.offer(first, hit.entry.count, lite);
        Ok(())
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
            if tier > slot.tier || (tier == slot.tier && !self.betters(slot, touch)) || !self.suits(slot, touch) {
                continue;
            }
            match rules.kind {
                Kind::Last | Kind::First => {
                    if let Some(slot) = self.slots.get_mut(n as usize) {
                        (slot.best_at, slot.row, slot.affiliate) = (touch.at, touch.row, touch.affiliate);
                        (slot.tier, slot.evidence) = (tier, touch.evidence);
                    }
                }
                Kind::All => {
                    self.pairs.push(Pair { slot: n, row: touch.row, affiliate: touch.affiliate, evidence: touch.evidence });
                    if let Some(slot) = self.slots.get_mut(n as usize) {
                        slot.tier = tier;
                    }
                }
            }
        }
    }

    /// Whether a touch of the same tier comes before the one that an order has: later or earlier, as the model says.
    #[inline]
    fn betters(&self, slot: &Slot, touch: Lite) -> bool {
        match self.shared.rules.kind {
            Kind::All => true,
            Kind::Last => touch.at > slot.best_at || (touch.at == slot.best_at && self.order_of_touches(touch, slot) == Ordering::Greater),
            Kind::First => touch.at < slot.best_at || (touch.at == slot.best_at && self.order_of_touches(touch, slot) == Ordering::Less),
        }
    }

    /// The total order of two touches of one tier and time.
    #[cold]
    fn order_of_touches(&self, touch: Lite, slot: &Slot) -> Ordering {
        self.compare((touch.affiliate, touch.row, touch.evidence), (slot.affiliate, slot.row, slot.evidence))
    }

    fn compare(&self, a: (u32, u32, Evidence), b: (u32, u32, Evidence)) -> Ordering {
        let id = |affiliate: u32| self.shared.rules.program.affiliates().get(affiliate as usize).map(|affiliate| affiliate.id.as_str());
        let rest = |(_, row, evidence): (u32, u32, Evidence)| self.shared.touches.rest_of_rank(row as usize, evidence);
        id(a.0).cmp(&id(b.0)).then_with(|| rest(a).cmp(&rest(b)))
    }

    /// The checks that need the order, but for times.
    #[inline]
    fn suits(&self, slot: &Slot, touch: Lite) -> bool {
        let Shared { rules, orders, .. } = *self.shared;
        rules.holds(orders, touch.product, slot.order, slot.product)
            && rules.earns(orders, touch.affiliate, slot.order, slot.at)
            && (slot.flags & EXCLUDES == 0 || !rules.is_buyer(touch.affiliate, slot.order))
            && (touch.evidence != Evidence::Coupon || self.used_coupon(slot.order, touch.row))
    }

    #[cold]
    fn used_coupon(&self, order: u32, row: u32) -> bool {
        let (chunk, at) = self.shared.touches.chunk(row as usize);
        let coupon = chunk.and_then(|chunk| chunk.coupon).and_then(|column| column.get(at));
        coupon.is_some_and(|coupon| self.shared.orders.coupons(order as usize).iter().any(|used| used.eq_ignore_ascii_case(coupon)))
    }

    /// Visitors whose winning touch may share its click id with another are looked at again.
    fn suspect_clicks(&mut self) {
        if self.clicks.once.is_empty() {
            return;
        }
        for n in 0..self.table.len() {
            let Some(Entry { first, count, .. }) = self.table.get(n).copied() else { continue };
            if count == 0 || self.flags(first) & (HELD | LATE) != 0 {
                continue;
            }
            let suspect = (first..first + count).any(|slot| {
                let Some(slot) = self.slots.get(slot as usize).filter(|slot| slot.tier != NOBODY) else { return false };
                let (chunk, at) = self.shared.touches.chunk(slot.row as usize);
                let click = chunk.and_then(|chunk| chunk.click_id).and_then(|column| column.get(at));
                click.is_some_and(|click| self.clicks.may_repeat(self.click_print(first, click)))
            });
            if suspect && let Some(slot) = self.slots.get_mut(first as usize) {
                slot.flags |= LATE;
                self.any_late = true;
            }
        }
        self.clicks = Clicks::default();
    }

    /// Decides the orders of visitors whose touches were held.
    fn decide_held(&mut self) -> Result<()> {
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable();
        let mut visitors: Vec<(u32, u32)> =
            self.table.iter().filter(|entry| entry.count > 0 && self.flags(entry.first) & (HELD | LATE) != 0).map(|e| (e.first, e.count)).collect();
        visitors.sort_unstable();
        for (first, count) in visitors {
            let start = held.partition_point(|h| h.first < first);
            let end = held.partition_point(|h| h.first <= first);
            let touches = held.get(start..end).unwrap_or_default();
            if self.flags(first) & (SINGLE | LATE) != 0 {
                self.ask_single(first, count, touches)?;
            } else {
                self.walk(first, count, touches)?;
            }
        }
        Ok(())
    }

    /// Hands a visitor's orders to the single call.
    fn ask_single(&mut self, first: u32, count: u32, held: &[Held]) -> Result<()> {
        let Shared { rules, orders, touches, lookups, verdicts, .. } = *self.shared;
        let rows: Vec<u32> = held.iter().map(|h| h.row).collect();
        let given: Vec<Touch> = rows.iter().map(|row| touches.touch(*row as usize, lookups)).collect::<Result<_>>()?;
        let widest = rules.widest.iter().copied().max().unwrap_or(0);
        for n in first..first + count {
            let Some(slot) = self.slots.get(n as usize).copied() else { continue };
            let order = orders.order(slot.order as usize)?;
            // What came after the order or too long before earns nothing: without verdicts it need not be asked about.
            let (start, end) = if verdicts {
                (0, given.len())
            } else {
                let from = slot.at.saturating_sub(widest);
                (given.partition_point(|touch| touch.at.millis() < from), given.partition_point(|touch| touch.at.millis() <= slot.at))
            };
            let window = given.get(start..end).unwrap_or_default();
            let place = |error: crate::Error| error.at(format_args!("/orders/{}", orders.row(slot.order as usize)));
            let decision = rules.program.attribute(&order, window).map_err(place)?;
            let row_of = |touch: u32| rows.get(start + touch as usize).copied().unwrap_or(u32::MAX);
            for credit in decision.credits {
                let affiliate = lookups.affiliates.get(&credit.affiliate).unwrap_or(u32::MAX);
                let (order, row) = (slot.order, row_of(credit.touch));
                self.credits.push(Credited { order, row, affiliate, evidence: credit.evidence, weight: credit.weight });
            }
            if verdicts {
                for (touch, verdict) in (0_u32..).zip(decision.verdicts) {
                    let by = verdict.by.map(row_of);
                    self.judged.push(Judged { order: slot.order, row: row_of(touch), reason: verdict.reason, by });
                }
            }
            // Credited here, and not again.
            if let Some(slot) = self.slots.get_mut(n as usize) {
                slot.tier = NOBODY;
            }
        }
        Ok(())
    }

    /// A visitor with many orders: touches by tier in total order, and each order looks back (or forward) for its own.
    fn walk(&mut self, first: u32, count: u32, held: &[Held]) -> Result<()> {
        let Shared { rules, touches, lookups, .. } = *self.shared;
        let mut tiers: Vec<Vec<Lite>> = vec![Vec::new(); rules.tiers];
        for h in held {
            let (chunk, local) = touches.table.place(h.row as usize);
            let facts = touches.facts(chunk, local, lookups)?;
            if let Some(lite) = rules.alone(h.at, h.row, facts)
                && let Some(tier) = tiers.get_mut(rules.tier_of(lite.evidence) as usize)
            {
                tier.push(lite);
            }
        }
        let key = |lite: &Lite| (lite.affiliate, lite.row, lite.evidence);
        tiers.iter_mut().for_each(|tier| tier.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| self.compare(key(a), key(b)))));
        let mut clicked = false;
        for n in first..first + count {
            let Some(slot) = self.slots.get(n as usize).copied() else { continue };
            let fits = |lite: &&Lite| {
                let age = slot.at - lite.at;
                age >= rules.shortest_of(lite.evidence) && age <= rules.window_of(lite.evidence) && self.suits(&slot, **lite)
            };
            let mut found: Vec<Lite> = Vec::new();
            for (tier, widest) in tiers.iter().zip(rules.widest) {
                let start = tier.partition_point(|lite| lite.at < slot.at.saturating_sub(widest));
                let end = tier.partition_point(|lite| lite.at <= slot.at);
                let near = tier.get(start..end).unwrap_or_default();
                match rules.kind {
                    Kind::Last => found.extend(near.iter().rev().find(fits)),
                    Kind::First => found.extend(near.iter().find(fits)),
                    Kind::All => found.extend(near.iter().filter(fits)),
                }
                if !found.is_empty() {
                    break;
                }
            }
            let Some(Lite { at, row, affiliate, evidence, .. }) = found.first().copied() else { continue };
            clicked |= rules.kind != Kind::All && self.click_of(row).is_some();
            if rules.kind == Kind::All {
                let pair = |lite: &Lite| Pair { slot: n, row: lite.row, affiliate: lite.affiliate, evidence: lite.evidence };
                self.pairs.extend(found.iter().map(pair));
            }
            if let Some(slot) = self.slots.get_mut(n as usize) {
                (slot.best_at, slot.row, slot.affiliate) = (at, row, affiliate);
                (slot.tier, slot.evidence) = (rules.tier_of(evidence), evidence);
            }
        }
        if clicked && self.repeats_clicks(held) {
            return self.ask_single(first, count, held);
        }
        Ok(())
    }

    fn click_of(&self, row: u32) -> Option<&'a str> {
        let (chunk, at) = self.shared.touches.chunk(row as usize);
        chunk.and_then(|chunk| chunk.click_id).and_then(|column| column.get(at))
    }

    fn repeats_clicks(&self, held: &[Held]) -> bool {
        attribution::may_repeat(held.len(), held.iter().filter_map(|h| self.click_of(h.row)).map(attribution::print))
    }

    /// Turns what the orders kept into credits.
    fn credit(&mut self) -> Result<()> {
        if self.shared.rules.kind != Kind::All {
            let slots = self.slots.iter().filter(|slot| slot.tier != NOBODY);
            let credit = |slot: &Slot| {
                let Slot { order, row, affiliate, evidence, .. } = *slot;
                Credited { order, row, affiliate, evidence, weight: 1 }
            };
            self.credits.extend(slots.map(credit));
            return Ok(());
        }
        let pairs = std::mem::take(&mut self.pairs);
        // Counted by order, since a touch of a stronger tier makes the earlier ones void.
        let mut starts = vec![0_u32; self.slots.len() + 1];
        let counts = |slots: &[Slot], pair: &Pair, rules: &Rules<'_>| {
            slots.get(pair.slot as usize).is_some_and(|slot| slot.tier == rules.tier_of(pair.evidence))
        };
        for pair in pairs.iter().filter(|pair| counts(&self.slots, pair, self.shared.rules)) {
            if let Some(count) = starts.get_mut(pair.slot as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let empty = Pair { slot: 0, row: 0, affiliate: 0, evidence: Evidence::Click };
        let mut by_slot = vec![empty; sum as usize];
        for pair in pairs.iter().filter(|pair| counts(&self.slots, pair, self.shared.rules)) {
            if let Some(place) = next.get_mut(pair.slot as usize) {
                if let Some(slot) = by_slot.get_mut(*place as usize) {
                    *slot = *pair;
                }
                *place += 1;
            }
        }
        drop(pairs);
        self.credits.reserve(by_slot.len());
        let mut group: Vec<(i64, Pair)> = Vec::new();
        for n in 0..self.slots.len() {
            let Some(slot) = self.slots.get(n).copied().filter(|slot| slot.tier != NOBODY) else { continue };
            let range = starts.get(n).zip(starts.get(n + 1)).map(|(start, end)| *start as usize..*end as usize);
            let Some(pairs) = range.and_then(|range| by_slot.get(range)) else { continue };
            group.clear();
            for pair in pairs {
                let (chunk, at) = self.shared.touches.chunk(pair.row as usize);
                group.push((chunk.and_then(|chunk| chunk.at.millis(at)).unwrap_or(0), *pair));
            }
            self.share(slot, &mut group)?;
        }
        Ok(())
    }

    /// Shares one order among its touches.
    fn share(&mut self, slot: Slot, group: &mut [(i64, Pair)]) -> Result<()> {
        let key = |pair: &Pair| (pair.affiliate, pair.row, pair.evidence);
        if !group.is_sorted_by(|a, b| a.0 < b.0) {
            group.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| self.compare(key(&a.1), key(&b.1))));
        }
        let clicks = group.iter().filter_map(|(_, pair)| self.click_of(pair.row)).map(attribution::print);
        let has_clicks = self.shared.touches.chunks.iter().any(|chunk| chunk.click_id.is_some());
        if has_clicks && attribution::may_repeat(group.len(), clicks) {
            return self.share_without_repeats(slot, group);
        }
        let weigh = |slot: Slot, group: &[(i64, Pair)], n: usize, weight: u64| {
            let pair = group.get(n)?.1;
            Some(Credited { order: slot.order, row: pair.row, affiliate: pair.affiliate, evidence: pair.evidence, weight })
        };
        // INVARIANT: touches are not after their order, and times lie within ±2^53.
        let ages = group.iter().map(|(at, _)| (slot.at - at).unsigned_abs());
        attribution::each_weight(self.shared.rules.program.policy.model, ages, |n, weight| {
            self.credits.extend(weigh(slot, group, n, weight));
        });
        Ok(())
    }

    /// Click ids may repeat: the single call knows which of two touches stays.
    fn share_without_repeats(&mut self, slot: Slot, group: &[(i64, Pair)]) -> Result<()> {
        let Shared { rules, orders, touches, lookups, .. } = *self.shared;
        let given: Vec<Touch> = group.iter().map(|(_, pair)| touches.touch(pair.row as usize, lookups)).collect::<Result<_>>()?;
        let order = orders.order(slot.order as usize)?;
        let place = |error: crate::Error| error.at(format_args!("/orders/{}", orders.row(slot.order as usize)));
        for credit in rules.program.attribute(&order, &given).map_err(place)?.credits {
            let Some((_, pair)) = group.get(credit.touch as usize) else { continue };
            let (order, row, affiliate) = (slot.order, pair.row, pair.affiliate);
            self.credits.push(Credited { order, row, affiliate, evidence: credit.evidence, weight: credit.weight });
        }
        Ok(())
    }
}
