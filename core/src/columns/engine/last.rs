//! The last touch, over touches in the order of time: from the last row back, each touch is offered to the orders of its visitor that still wait for
//! one. Nothing is kept of a touch but in the answer, and what no order waits for costs a look at one bit.

use super::visitors::{Found, NOBODY, Sieve, Visitors};
use super::{Credits, Node, Shared, Who};
use crate::columns::rules::{Kind, Lite};
use crate::columns::touches::{FactColumns, KeyColumn};
use crate::columns::{STEP, look_ahead, on_threads};
use crate::{Evidence, Result};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Touches that are looked up side by side.
const BLOCK: usize = 1024;
/// Each thread looks at all touches for its own visitors: more of them would only look more.
const PASSES_MAX: usize = 8;
/// So many touches of one moment before another are looked through; where there are more, the general way is quicker.
const MOMENT_MAX: usize = 64;
/// No order, no row.
const NONE: u32 = u32::MAX;

/// An order that waits for a touch, or for a stronger one.
#[derive(Clone, Copy, Debug)]
struct Waiting<L> {
    at: i64,
    /// The next one of its chain.
    next: u32,
    /// The best touch so far.
    row: u32,
    who: Who,
    label: L,
}

impl<L: Label> Waiting<L> {
    /// What stands at both of its ends.
    #[inline]
    fn look(&self) -> u64 {
        u64::from(self.next) ^ self.label.look()
    }
}

/// What an order knows its visitor by, beside the number: texts of one hash have one number.
trait Label: Copy + Default + Send {
    /// Of a visitor who is a text.
    fn new(visitor: Option<&str>) -> Self;

    /// Whether it is the label of a text; `None` where it does not say.
    fn is_of(&self, visitor: Option<&str>) -> Option<bool>;

    /// What stands in it.
    fn look(&self) -> u64;
}

/// Of visitors whose numbers say all.
impl Label for () {
    fn new(_: Option<&str>) -> Self {}

    fn is_of(&self, _: Option<&str>) -> Option<bool> {
        Some(true)
    }

    fn look(&self) -> u64 {
        0
    }
}

/// A text of up to 40 bytes, right where its order waits: to look it up in the table is a long way in the memory. Its length, or more for a longer one.
#[derive(Clone, Copy, Debug)]
struct Short(u8, [u8; 40]);

impl Default for Short {
    fn default() -> Self {
        Self(u8::MAX, [0; 40])
    }
}

impl Label for Short {
    fn new(visitor: Option<&str>) -> Self {
        let mut short = Self::default();
        if let Some(text) = visitor.map(str::as_bytes)
            && let Some(bytes) = short.1.get_mut(..text.len())
        {
            bytes.copy_from_slice(text);
            short.0 = text.len() as u8; // INVARIANT: at most 40
        }
        short
    }

    fn is_of(&self, visitor: Option<&str>) -> Option<bool> {
        let bytes = self.1.get(..usize::from(self.0))?;
        Some(visitor.is_some_and(|text| text.as_bytes() == bytes))
    }

    fn look(&self) -> u64 {
        u64::from(self.0) ^ self.1.last().map_or(0, |byte| u64::from(*byte))
    }
}

/// The tiers of the kinds of evidence that the touches have, numbered anew without gaps; one more stands for no touch at all.
#[derive(Debug)]
struct Tiers {
    of: [u32; Evidence::ALL.len()],
    count: u32,
    /// The widest window of the tiers that are stronger than each.
    reach: Vec<i64>,
}

impl Tiers {
    fn new(shared: &Shared<'_, '_>) -> Self {
        let mut by_tier: BTreeMap<u8, Vec<Evidence>> = BTreeMap::new();
        for kind in shared.touches.kinds() {
            by_tier.entry(shared.rules.tier_of(kind)).or_default().push(kind);
        }
        let mut tiers = Self { of: [0; Evidence::ALL.len()], count: 0, reach: vec![-1] };
        let mut widest = -1;
        for kinds in by_tier.into_values() {
            for kind in kinds {
                widest = shared.rules.window_of(kind).max(widest);
                if let Some(of) = tiers.of.get_mut(kind as usize) {
                    *of = tiers.count;
                }
            }
            tiers.count += 1;
            tiers.reach.push(widest);
        }
        tiers.count = tiers.count.max(1); // without touches too
        tiers
    }

    fn of(&self, kind: Evidence) -> u32 {
        self.of.get(kind as usize).copied().unwrap_or(0)
    }

    fn reach(&self, tier: u32) -> i64 {
        self.reach.get(tier as usize).copied().unwrap_or(-1)
    }
}

/// Whether touches and rules allow this way.
pub(super) fn can_decide(shared: &Shared<'_, '_>, visitors: &Visitors) -> bool {
    let Shared { rules, orders, touches, verdicts, threads, .. } = *shared;
    rules.kind == Kind::Last
        && !(verdicts || shared.asks() || (rules.carts_matter && orders.has_carts()))
        // Hashing texts is most of the work there, and here each thread hashes all of them.
        && (threads <= 2 || visitors.are_exact(shared))
        && touches.cannot_slip()
        && touches.are_in_order(threads)
}

/// Decides every order; `None` where too many touches share a moment.
pub(super) fn decide(shared: &Shared<'_, '_>, visitors: &Visitors) -> Result<Option<Credits>> {
    if visitors.are_exact(shared) { decide_by::<()>(shared, visitors) } else { decide_by::<Short>(shared, visitors) }
}

fn decide_by<L: Label>(shared: &Shared<'_, '_>, visitors: &Visitors) -> Result<Option<Credits>> {
    let by_time = in_order(&shared.orders.at);
    let threads = shared.threads.min(PASSES_MAX) as u32;
    let passes = on_threads((0..threads).collect(), |own| Pass::<L>::new(shared, visitors, by_time.as_deref(), own, threads).run())?;
    let Some(passes) = passes.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let mut credits = Credits::with_capacity(shared.orders.count());
    for order in 0..shared.orders.count() {
        if order % STEP == 0 {
            shared.stop.step()?;
        }
        let owner = owner(visitors.of.get(order).copied().unwrap_or(NOBODY), threads);
        if let Some(waiting) = passes.get(owner as usize).and_then(|pass| pass.get(order)).filter(|waiting| waiting.row != NONE) {
            credits.rows.push(waiting.row);
            credits.who.push(waiting.who);
        }
        credits.starts.push(credits.rows.len() as u32); // INVARIANT: no more credits than orders
    }
    Ok(Some(credits))
}

/// The thread that decides a visitor's orders.
fn owner(visitor: u32, threads: u32) -> u32 {
    visitor / 64 % threads
}

/// A visitor who is a text.
fn text<'a>(visitor: KeyColumn<'a>, row: usize) -> Option<&'a str> {
    match visitor {
        KeyColumn::Texts(texts, _) => texts.get(row),
        KeyColumn::Ints(..) => None,
    }
}

/// The numbers of the orders in the order of time; `None` where they stand in it.
fn in_order(times: &[i64]) -> Option<Vec<u32>> {
    if times.is_sorted() {
        return None;
    }
    let mut orders: Vec<u32> = (0..times.len() as u32).collect(); // INVARIANT: fewer than 2^32 rows
    orders.sort_by_key(|order| times.get(*order as usize).copied().unwrap_or(0));
    Some(orders)
}

/// One way back over all touches.
struct Pass<'p, 's, 'a, L> {
    shared: &'p Shared<'s, 'a>,
    visitors: &'p Visitors,
    by_time: Option<&'p [u32]>,
    own: u32,
    threads: u32,
    /// Orders that are not yet reached, the first ones in time.
    before: usize,
    waiting: Vec<Waiting<L>>,
    /// Each visitor's chains of orders that wait: tier by tier those that have a touch of it, but of the strongest, then those without one.
    heads: Vec<u32>,
    tiers: Tiers,
    /// Visitors with orders that wait.
    sieve: Sieve,
}

impl<'p, 's, 'a, L: Label> Pass<'p, 's, 'a, L> {
    fn new(shared: &'p Shared<'s, 'a>, visitors: &'p Visitors, by_time: Option<&'p [u32]>, own: u32, threads: u32) -> Self {
        let nothing = Waiting { at: 0, next: NONE, row: NONE, who: Who::default(), label: L::default() };
        let tiers = Tiers::new(shared);
        Self {
            shared,
            visitors,
            by_time,
            own,
            threads,
            before: shared.orders.count(),
            waiting: vec![nothing; shared.orders.count()],
            heads: vec![NONE; visitors.count() * tiers.count as usize],
            tiers,
            sieve: visitors.sieve(),
        }
    }

    /// Every order's touch, without those of other threads; `None` as [`decide`].
    fn run(mut self) -> Result<Option<Vec<Waiting<L>>>> {
        let Shared { touches, lookups, stop, .. } = *self.shared;
        let (mut found, mut times, mut facts) = (Found::default(), Vec::new(), FactColumns::default());
        for (n, chunk) in touches.chunks.iter().enumerate().rev() {
            let start = touches.table.start(n);
            let by_key = self.visitors.of_dictionary(chunk, chunk.rows);
            for first in (0..chunk.rows).step_by(BLOCK).rev() {
                let block = first..chunk.rows.min(first + BLOCK);
                if self.own == 0 && (start + block.start).next_multiple_of(STEP) < start + block.end {
                    stop.step()?;
                }
                self.reach_orders(chunk.at.millis(first).unwrap_or(i64::MIN));
                self.visitors.find(chunk, by_key.as_deref(), block, &self.sieve, &mut found);
                look_ahead((0..found.rows.len()).map(|n| found.key(n).map_or(0, |key| self.sieve.look(key))));
                let heads = || found.numbers.iter().map(|visitor| self.head(*visitor));
                look_ahead(heads().map(|head| self.waiting.get(head as usize).map_or(0, Waiting::look)));
                let next = |head: u32| self.waiting.get(head as usize).and_then(|waiting| self.waiting.get(waiting.next as usize));
                look_ahead(heads().map(|head| next(head).map_or(0, Waiting::look)));
                chunk.at.fill(&found.rows, &mut times);
                touches.fill(chunk, n, &found.rows, lookups, &mut facts)?;
                for (n, (local, visitor)) in found.rows.iter().zip(&found.numbers).enumerate().rev() {
                    let Some(touch) = self.shared.rules.alone(start as u32 + *local, facts.get(n)) else { continue }; // INVARIANT: fewer than 2^32 rows
                    match self.offer(*visitor, text(chunk.visitor, *local as usize), touch, times.get(n).copied().unwrap_or(0)) {
                        None => return Ok(None),
                        Some(left) if left && !self.waits(*visitor) => {
                            self.sieve.remove(found.key(n).unwrap_or_else(|| self.visitors.key(chunk.visitor, *local as usize)));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        Ok(Some(self.waiting))
    }

    /// Lets all orders wait from a time on.
    fn reach_orders(&mut self, from: i64) {
        let orders = self.shared.orders;
        let mut block: Vec<(u32, u32, u64)> = Vec::with_capacity(BLOCK);
        loop {
            block.clear();
            while let Some(place) = self.before.checked_sub(1).filter(|_| block.len() < BLOCK) {
                let order = self.by_time.map_or(place as u32, |orders| orders.get(place).copied().unwrap_or(NONE));
                if orders.at.get(order as usize).is_none_or(|at| *at < from) {
                    break;
                }
                self.before = place;
                let visitor = self.visitors.of.get(order as usize).copied().unwrap_or(NOBODY);
                if visitor != NOBODY && owner(visitor, self.threads) == self.own {
                    let key = orders.visitor(order as usize).map_or(0, |(column, row)| self.visitors.key(column, row));
                    block.push((order, visitor, key));
                }
            }
            if block.is_empty() {
                return;
            }
            look_ahead(block.iter().map(|(_, visitor, key)| self.sieve.look(*key) ^ u64::from(self.head(*visitor))));
            for (order, visitor, key) in &block {
                if !self.waits(*visitor) {
                    self.sieve.add(*key);
                }
                if let (Some(waiting), Some(at)) = (self.waiting.get_mut(*order as usize), orders.at.get(*order as usize)) {
                    waiting.at = *at;
                    waiting.label = L::new(orders.visitor(*order as usize).and_then(|(column, row)| text(column, row)));
                }
                self.push(self.chain(*visitor, self.tiers.count), *order);
            }
        }
    }

    /// Offers a touch to the orders of its visitor that wait for one of its kind. Says whether orders left their chains; `None` as [`run`](Self::run).
    fn offer(&mut self, visitor: u32, text: Option<&str>, touch: Lite, at: i64) -> Option<bool> {
        let own = self.tiers.of(touch.evidence);
        let mut left = false;
        for tier in own + 1..=self.tiers.count {
            let chain = self.chain(visitor, tier);
            let (mut before, mut order) = (NONE, self.heads.get(chain).copied().unwrap_or(NONE));
            while let Some(waiting) = self.waiting.get(order as usize) {
                let Waiting { at: order_at, next, .. } = *waiting;
                let age = order_at - at; // INVARIANT: times lie within ±2^53
                let is_it = age >= 0
                    && self.fits(order, order_at, touch, age)
                    && waiting.label.is_of(text).unwrap_or_else(|| self.shared.is_of(order as usize, touch.row));
                if is_it || age > self.tiers.reach(tier) {
                    match self.waiting.get_mut(before as usize) {
                        Some(before) => before.next = next,
                        None => self.set_head(chain, next),
                    }
                    left = true;
                    if is_it {
                        self.take(order, self.last_of_moment(order, order_at, touch, at)?);
                    }
                    if is_it && own > 0 {
                        self.push(self.chain(visitor, own), order);
                    }
                } else {
                    before = order;
                }
                order = next;
            }
        }
        Some(left)
    }

    /// Among the touches of one moment, visitor and tier, the rest of the total order decides: which one of them an order gets, if this one suits it and
    /// none in a later row does. `None` where too many share the moment.
    fn last_of_moment(&self, order: u32, order_at: i64, touch: Lite, at: i64) -> Option<Node> {
        let touches = self.shared.touches;
        let mut last = Node { at, row: touch.row, who: Who::new(touch.affiliate, touch.evidence) };
        for (seen, row) in (0..touch.row).rev().enumerate() {
            let (n, local) = touches.table.place(row as usize);
            let Some(chunk) = touches.chunks.get(n).filter(|chunk| chunk.at.millis(local) == Some(at)) else { break };
            if seen == MOMENT_MAX {
                return None;
            }
            if !self.shared.is_of(order as usize, row) {
                continue;
            }
            let facts = touches.facts(chunk, n, local, self.shared.lookups).ok(); // INVARIANT: no cell can slip
            let Some(other) = facts.and_then(|facts| self.shared.rules.alone(row, facts)) else { continue };
            let node = Node { at, row, who: Who::new(other.affiliate, other.evidence) };
            if self.tiers.of(other.evidence) == self.tiers.of(touch.evidence)
                && self.shared.compare(&node, &last) == Ordering::Greater
                && self.fits(order, order_at, other, order_at - at)
            {
                last = node;
            }
        }
        Some(last)
    }

    fn take(&mut self, order: u32, node: Node) {
        if let Some(waiting) = self.waiting.get_mut(order as usize) {
            (waiting.row, waiting.who) = (node.row, node.who);
        }
    }

    /// The place of a visitor's chain, of which the strongest tier has none.
    #[inline]
    fn chain(&self, visitor: u32, tier: u32) -> usize {
        visitor as usize * self.tiers.count as usize + tier as usize - 1
    }

    /// The first order of a visitor that has no touch yet.
    #[inline]
    fn head(&self, visitor: u32) -> u32 {
        self.heads.get(self.chain(visitor, self.tiers.count)).copied().unwrap_or(NONE)
    }

    /// Whether any order of a visitor waits.
    fn waits(&self, visitor: u32) -> bool {
        let chains = self.chain(visitor, 1)..self.chain(visitor, self.tiers.count) + 1;
        self.heads.get(chains).unwrap_or_default().iter().any(|head| *head != NONE)
    }

    fn set_head(&mut self, chain: usize, order: u32) {
        if let Some(head) = self.heads.get_mut(chain) {
            *head = order;
        }
    }

    fn push(&mut self, chain: usize, order: u32) {
        let next = self.heads.get(chain).copied().unwrap_or(NONE);
        if let Some(waiting) = self.waiting.get_mut(order as usize) {
            waiting.next = next;
        }
        self.set_head(chain, order);
    }

    fn fits(&self, order: u32, order_at: i64, touch: Lite, age: i64) -> bool {
        let order = order as usize;
        self.shared.fits(order, order_at, self.shared.rules.excludes(order as u32), touch, age)
    }
}
