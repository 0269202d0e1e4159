//! The last touch, where touches come in order of time: each hangs behind the one before of its visitor, and each order looks back along that chain.
//!
//! Nothing is offered to orders that it does not concern: a touch costs one look at its visitor, and an order as many as it takes to be
//! decided. Threads share the touches by time, and then the orders. Where one touch alone cannot be judged, or chains turn out long, the
//! caller goes the way that holds for every table.

use super::index::{Found, Index, Near};
use super::{Credits, Pair, Shared, Who};
use crate::columns::STEP;
use crate::columns::rules::{Kind, Lite};
use crate::columns::table::is_time;
use crate::columns::touches::{FactColumns, KeyColumn};
use crate::{Error, ErrorCode, Evidence, Result};
use std::ops::Range;

/// Touches that are looked up side by side.
const BLOCK: usize = 1024;
/// Orders that are looked up side by side.
const ORDERS: usize = 64;
/// More threads than these do not share the touches: each keeps a list of all visitors.
const SLICES_MAX: usize = 16;
const NOBODY: u32 = u32::MAX;

/// A touch, and the one before of the same visitor: its number in the same slice plus one.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    at: i64,
    row: u32,
    before: u32,
    who: Who,
    product: u32,
}

/// A visitor while the touches pass.
#[derive(Clone, Copy, Debug, Default)]
struct Visitor {
    /// The latest touch, plus one.
    head: u32,
    /// The mark of the latest touch.
    mark: Mark,
}

/// The low bits of a time, so that another touch of the same time is not overlooked, and the strongest tier up to there, at most 7.
#[derive(Clone, Copy, Debug)]
struct Mark(u32);

impl Default for Mark {
    fn default() -> Self {
        Self(Self::TIERS)
    }
}

impl Mark {
    const TIERS: u32 = 7;

    fn new(at: i64, tier: u32) -> Self {
        Self((at as u32) << 3 | tier.min(Self::TIERS))
    }

    fn tier(self) -> u32 {
        self.0 & Self::TIERS
    }

    fn is_at(self, at: i64) -> bool {
        self.0 >> 3 == (at as u32) << 3 >> 3
    }
}

/// What one stretch of the touches left.
#[derive(Debug, Default)]
struct Slice {
    nodes: Vec<Node>,
    /// The chains of the orders that lie in this stretch, by place in time, from `start` on.
    heads: Vec<u32>,
    start: usize,
    /// The chains of all visitors at the end of the stretch.
    ends: Vec<u32>,
    /// The strongest tier of all its touches, and of those of the stretches before.
    tier: u32,
    tier_before: u32,
}

/// Who ordered what when, and where their chains begin.
#[derive(Debug)]
struct Chains<'s, 'a> {
    shared: &'s Shared<'s, 'a>,
    visitors: Visitors,
    /// The last order of each visitor, by its place in time.
    lasts: Vec<u32>,
    /// The orders by time, and the place in time of each order; `None` where the table has them so.
    in_time: Option<(Vec<u32>, Vec<u32>)>,
    slices: Vec<Slice>,
    /// The widest window of the tiers that are stronger than each.
    reach: Vec<i64>,
}

/// The visitors of all orders, numbered.
#[derive(Debug)]
enum Visitors {
    Near {
        set: Near,
        of: Vec<u32>,
    },
    /// By half a hash. Who shares it with another shares the chain too, and is told apart at each touch.
    Hashed {
        index: Index,
        of: Vec<u32>,
        count: usize,
    },
}

/// Decides every order, if touches come in order of time and each can be judged alone; `None` where another way must be gone.
pub(in crate::columns) fn look_back(shared: &Shared<'_, '_>, threads: usize) -> Result<Option<Vec<Credits>>> {
    let Shared { rules, orders, touches, verdicts, .. } = *shared;
    let carts = rules.carts_matter && orders.has_carts();
    // Where several touches are credited, or the first, orders would look at most of a chain, and chains lie all over the memory.
    if rules.kind != Kind::Last || verdicts || carts || touches.has_clicks || orders.count() == 0 || !touches.are_in_time() {
        return Ok(None);
    }
    let in_time = if orders.at.is_sorted() {
        None
    } else {
        let mut list: Vec<u32> = (0..orders.count() as u32).collect();
        list.sort_by_key(|order| orders.at.get(*order as usize));
        let mut places = vec![0; list.len()];
        for (place, order) in (0_u32..).zip(&list) {
            if let Some(slot) = places.get_mut(*order as usize) {
                *slot = place;
            }
        }
        Some((list, places))
    };
    let visitors = Visitors::new(shared, (0..orders.count()).map(|place| nth(in_time.as_ref().map(|(list, _)| list), place)));
    let mut reach = vec![-1];
    for widest in rules.widest.iter().take(rules.tiers) {
        reach.push(*widest.max(reach.last().unwrap_or(&-1)));
    }
    let mut chains = Chains { shared, lasts: vec![0; visitors.count()], visitors, in_time, slices: Vec::new(), reach };
    for place in 0..orders.count() {
        let visitor = chains.visitors.of(chains.order_at(place));
        if let Some(last) = chains.lasts.get_mut(visitor as usize) {
            *last = place as u32; // INVARIANT: fewer than 2^32 rows
        }
    }
    let slices = threads.min(SLICES_MAX);
    let rows = touches.table.rows();
    let bounds: Vec<usize> = (0..=slices).map(|n| rows * n / slices).collect();
    let Some(slices) = each(&bounds, |n, rows| chains.hang(n == 0, rows))? else { return Ok(None) };
    chains.slices = slices;
    let mut strongest = Mark::TIERS;
    for slice in &mut chains.slices {
        slice.tier_before = strongest;
        strongest = strongest.min(slice.tier);
    }
    let bounds: Vec<usize> = (0..=threads).map(|n| orders.count() * n / threads).collect();
    each(&bounds, |_, orders| chains.decide(orders, threads))
}

/// Does something for each stretch, on a thread each; the first error, or nothing if one found no answer.
fn each<T: Send>(bounds: &[usize], work: impl Fn(usize, Range<usize>) -> Result<Option<T>> + Sync) -> Result<Option<Vec<T>>> {
    let stretches = bounds.windows(2).enumerate().filter_map(|(n, pair)| match pair {
        [start, end] => Some((n, *start..*end)),
        _ => None,
    });
    if bounds.len() == 2 {
        return stretches.map(|(n, stretch)| work(n, stretch)).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = stretches.map(|(n, stretch)| scope.spawn(move || work(n, stretch))).collect();
        let broken = || Err(Error::new(ErrorCode::Cancelled, "a thread ended early"));
        let results: Vec<Result<Option<T>>> = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| broken())).collect();
        results.into_iter().collect()
    })
}

impl Visitors {
    fn new(shared: &Shared<'_, '_>, in_time: impl Iterator<Item = usize>) -> Self {
        let orders = shared.orders;
        let mut of = vec![NOBODY; orders.count()];
        if let Some(range) = near(shared) {
            let value = |order: usize| match orders.visitor(order) {
                Some((KeyColumn::Ints(ints, _), row)) => Some(ints.ints.get(row)),
                Some(_) | None => None,
            };
            let set = Near::new(range, (0..orders.count()).filter_map(value));
            for (order, of) in of.iter_mut().enumerate() {
                *of = value(order).map_or(NOBODY, |value| set.number_of(value));
            }
            return Self::Near { set, of };
        }
        let mut count = 0;
        let mut index = Index::new(orders.count());
        for order in in_time {
            let Some((visitor, row)) = orders.visitor(order) else { continue };
            let hash = shared.hash(visitor, row);
            let mut place = index.home(hash);
            while index.entry(place) != 0 && !Index::is_of(index.entry(place), hash) {
                place = index.after(place);
            }
            if let (Some(entry), Some(of)) = (index.0.get_mut(place), of.get_mut(order)) {
                if *entry == 0 {
                    *entry = Index::make(hash, count);
                    count += 1;
                }
                *of = Index::number(*entry);
            }
        }
        Self::Hashed { index, of, count: count as usize }
    }

    fn count(&self) -> usize {
        match self {
            Self::Near { set, .. } => set.count,
            Self::Hashed { count, .. } => *count,
        }
    }

    fn of(&self, order: usize) -> u32 {
        let (Self::Near { of, .. } | Self::Hashed { of, .. }) = self;
        of.get(order).copied().unwrap_or(NOBODY)
    }
}

/// The least and the greatest number of a visitor who orders, if a bit for each between them is little.
fn near(shared: &Shared<'_, '_>) -> Option<std::ops::RangeInclusive<i64>> {
    let orders = shared.orders;
    let mut range: Option<(i64, i64)> = None;
    for order in 0..orders.count() {
        match orders.visitor(order) {
            None => {}
            Some((KeyColumn::Ints(ints, _), row)) => {
                let value = ints.ints.get(row);
                let (low, high) = range.unwrap_or((value, value));
                range = Some((low.min(value), high.max(value)));
            }
            Some((KeyColumn::Texts(..), _)) => return None,
        }
    }
    let (low, high) = range?;
    let most = (32 * orders.count() as u64 + 1024).min(u64::from(u32::MAX));
    (high.abs_diff(low) < most).then_some(low..=high)
}

impl<'a> Chains<'_, 'a> {
    fn order_at(&self, place: usize) -> usize {
        nth(self.in_time.as_ref().map(|(list, _)| list), place)
    }

    fn place(&self, order: usize) -> usize {
        nth(self.in_time.as_ref().map(|(_, places)| places), order)
    }

    fn at(&self, order: usize) -> i64 {
        self.shared.orders.at.get(order).copied().unwrap_or(0)
    }

    /// The first order, by place in time, that is not before a time.
    fn first_from(&self, at: i64) -> usize {
        let orders = &self.shared.orders.at;
        match &self.in_time {
            None => orders.partition_point(|order_at| *order_at < at),
            Some((list, _)) => list.partition_point(|order| self.at(*order as usize) < at),
        }
    }

    fn millis(&self, row: usize) -> Option<i64> {
        let (chunk, at) = self.shared.touches.chunk(row);
        chunk.filter(|_| row < self.shared.touches.table.rows()).and_then(|chunk| chunk.at.millis(at))
    }

    /// Hangs a stretch of touches behind one another, and notes for each order of the stretch where its chain begins.
    fn hang(&self, is_first: bool, stretch: Range<usize>) -> Result<Option<Slice>> {
        let Shared { touches, stop, .. } = *self.shared;
        let orders = self.shared.orders.count();
        // An order lies in the last stretch whose first touch is not after it.
        let start = if is_first { 0 } else { self.millis(stretch.start).map_or(orders, |at| self.first_from(at)) };
        let end = self.millis(stretch.end).map_or(orders, |at| self.first_from(at)).max(start);
        let mut visitors = vec![Visitor::default(); self.visitors.count()];
        let mut slice = Slice { heads: Vec::with_capacity(end - start), start, tier: Mark::TIERS, ..Slice::default() };
        let (mut found, mut at, mut facts) = (Found::default(), Vec::new(), FactColumns::default());
        let mut row = stretch.start;
        let mut place = start;
        let mut steps = 0;
        while row < stretch.end {
            let (n, local) = touches.table.place(row);
            let Some(chunk) = touches.chunks.get(n) else { break };
            let prints = self.shared.dictionary_prints(chunk);
            let chunk_start = touches.table.start(n);
            let chunk_end = chunk.rows.min(stretch.end - chunk_start);
            let mut local = local;
            while local < chunk_end {
                if (chunk_start + local - stretch.start) / STEP >= steps {
                    steps += 1;
                    stop.steps(self.shared.parts as usize)?;
                }
                let block_end = chunk_end.min(local + BLOCK);
                self.look_up(n, &prints, local..block_end, &mut found);
                keep(&mut found, |number| self.lasts.get(number as usize).is_some_and(|last| *last as usize >= place));
                chunk.at.fill(&found.rows, &mut at);
                let is_read = at.iter().all(|at| is_time(*at))
                    && touches.fill(chunk, n, &found.rows, self.shared.lookups, &mut facts).is_ok()
                    && self.append(chunk_start as u32, &found, &at, &facts, &mut visitors, &mut slice);
                if !is_read {
                    return Ok(None);
                }
                local = block_end;
                let next_at = self.millis(chunk_start + local).filter(|_| chunk_start + local < stretch.end).unwrap_or(i64::MAX);
                while place < end && self.at(self.order_at(place)) < next_at {
                    let number = self.visitors.of(self.order_at(place)) as usize;
                    slice.heads.push(visitors.get(number).map_or(0, |visitor| visitor.head));
                    place += 1;
                }
            }
            row = chunk_start + local;
        }
        slice.heads.resize(end - start, 0);
        if self.shared.parts > 1 {
            slice.ends = visitors.iter().map(|visitor| visitor.head).collect();
        }
        Ok(Some(slice))
    }

    /// The touches of a block whose visitors have orders, in the order of rows.
    fn look_up(&self, chunk: usize, prints: &[u64], rows: Range<usize>, found: &mut Found) {
        let Some(chunk) = self.shared.touches.chunks.get(chunk) else { return };
        match &self.visitors {
            Visitors::Near { set, .. } => found.near(chunk, set, rows),
            Visitors::Hashed { index, .. } => {
                index.candidates(self.shared.seed, |_| true, chunk, prints, rows, found);
                found.sort();
            }
        }
    }

    /// Hangs a block's touches at their visitors' chains; false where a touch needs a look at others.
    fn append(&self, start: u32, found: &Found, at: &[i64], facts: &FactColumns, visitors: &mut [Visitor], slice: &mut Slice) -> bool {
        let rules = self.shared.rules;
        // The memory's answers do not wait for one another if nothing but they are asked for.
        let warm = found.numbers.iter().fold(0, |heads, number| heads ^ visitors.get(*number as usize).map_or(0, |visitor| visitor.head));
        std::hint::black_box(warm);
        for (n, ((local, number), at)) in found.rows.iter().zip(&found.numbers).zip(at).enumerate() {
            let row = start + *local; // INVARIANT: fewer than 2^32 rows
            let Some(Lite { affiliate, product, evidence, .. }) = rules.alone(*at, row, facts.get(n)) else { continue };
            if rules.stands_down(affiliate) || (rules.coupons_need_touches && evidence == Evidence::Coupon) {
                return false;
            }
            let Some(visitor) = visitors.get_mut(*number as usize) else { continue };
            // A first touch is taken for tied now and then: nothing stands before it.
            let own = u32::from(rules.tier_of(evidence));
            let mark = Mark::new(*at, own.min(visitor.mark.tier()));
            let who = Who::new(affiliate, evidence).marked(mark.tier(), visitor.mark.is_at(*at));
            slice.nodes.push(Node { at: *at, row, before: visitor.head, who, product });
            slice.tier = slice.tier.min(own);
            (visitor.head, visitor.mark) = (slice.nodes.len() as u32, mark);
        }
        true
    }

    /// Decides a stretch of the orders, as the table has them.
    fn decide(&self, orders: Range<usize>, threads: usize) -> Result<Option<Credits>> {
        // So many looks may be in vain before the way that bounds them is quicker.
        let mut patience = 8 * (self.shared.touches.table.rows() / threads + orders.len()) + 1024;
        let mut credits = Credits::with_capacity(orders.len() + 1, orders.len());
        let (mut starts, mut firsts) = (Vec::with_capacity(ORDERS), Vec::with_capacity(ORDERS));
        let mut next = orders.start;
        while next < orders.end {
            let block = next..orders.end.min(next + ORDERS);
            starts.clear();
            starts.extend(block.clone().map(|order| self.head(self.place(order))));
            firsts.clear();
            firsts.extend(starts.iter().map(|(slice, head)| self.node(*slice, *head)));
            for ((order, (slice, _)), first) in block.clone().zip(&starts).zip(&firsts) {
                let walk = Walk { chains: self, visitor: self.visitors.of(order), slice: *slice, first: *first, next: 0 };
                let (looks, credited) = self.walk(order, walk);
                match patience.checked_sub(looks) {
                    Some(left) => patience = left,
                    None => return Ok(None),
                }
                credits.add(credited.as_slice(), std::iter::empty());
                credits.end_order();
            }
            next = block.end;
        }
        Ok(Some(credits))
    }

    /// Where an order's chain begins, by its place in time.
    fn head(&self, place: usize) -> (usize, u32) {
        let slice = self.slices.partition_point(|slice| slice.start <= place).saturating_sub(1);
        // Stretches without orders share their start with the next one.
        let head = self.slices.get(slice).and_then(|slice| slice.heads.get(place - slice.start)).copied().unwrap_or(0);
        (slice, head)
    }

    fn node(&self, slice: usize, head: u32) -> Option<Node> {
        self.slices.get(slice)?.nodes.get((head as usize).checked_sub(1)?).copied()
    }

    /// Looks back along a chain, and says how often it looked, and whom it found.
    fn walk(&self, order: usize, mut walk: Walk<'_, '_>) -> (usize, Option<Pair>) {
        let Shared { rules, orders, .. } = *self.shared;
        let order_at = self.at(order);
        let excludes = rules.excludes(order as u32);
        let rest = || Some((order as u32, orders.product.get(order).copied().unwrap_or(0)));
        let mut tier = rules.tiers;
        let mut best: Option<Lite> = None;
        let mut looks = 0;
        while let Some((node, tied)) = walk.step() {
            looks += 1;
            // INVARIANT: times lie within ±2^53.
            let age = order_at - node.at;
            // Of those before the best, only stronger ones count, or such of the same time.
            let is_older = best.is_some_and(|best| best.at != node.at);
            let reach = self.reach.get(if is_older { tier } else { (tier + 1).min(rules.tiers) }).copied().unwrap_or(-1);
            if age > reach {
                break;
            }
            let touch = node.touch();
            let own = usize::from(rules.tier_of(touch.evidence));
            let fits = own <= tier
                && age >= rules.shortest_of(touch.evidence)
                && age <= rules.window_of(touch.evidence)
                && (own < tier || best.is_none_or(|best| self.shared.betters((best.at, best.row), touch)))
                && self.shared.suits(order_at, excludes, touch, rest)
                && self.is_of(order, touch.row);
            if fits {
                (tier, best) = (own, Some(touch));
            }
            if best.is_some() && !tied && walk.strongest(node) as usize >= tier {
                break;
            }
        }
        (looks, best.map(|touch| Pair::new(order as u32, touch, 0)))
    }

    /// Whether a touch is of an order's visitor.
    #[inline]
    fn is_of(&self, order: usize, row: u32) -> bool {
        if matches!(self.visitors, Visitors::Near { .. }) {
            return true;
        }
        let (chunk, at) = self.shared.touches.chunk(row as usize);
        match (self.shared.orders.visitor(order), chunk.map(|chunk| chunk.visitor)) {
            (Some((KeyColumn::Ints(own, _), n)), Some(KeyColumn::Ints(other, _))) => own.get(n) == other.get(at),
            (Some((KeyColumn::Texts(own, _), n)), Some(KeyColumn::Texts(other, _))) => own.get(n) == other.get(at),
            _ => false,
        }
    }
}

/// Steps back along the chain of a visitor, through the stretches.
#[derive(Debug)]
struct Walk<'c, 'a> {
    chains: &'c Chains<'c, 'a>,
    visitor: u32,
    slice: usize,
    /// The first touch, which was looked up ahead.
    first: Option<Node>,
    next: u32,
}

impl Walk<'_, '_> {
    /// The next touch, and whether the one after it may be of the same time.
    #[inline]
    fn step(&mut self) -> Option<(Node, bool)> {
        let node = match self.first.take() {
            Some(node) => node,
            None => {
                while self.next == 0 && self.slice > 0 {
                    self.slice -= 1;
                    let ends = self.chains.slices.get(self.slice).map(|slice| slice.ends.as_slice());
                    self.next = ends.and_then(|ends| ends.get(self.visitor as usize)).copied().unwrap_or(0);
                }
                self.chains.node(self.slice, self.next)?
            }
        };
        self.next = node.before;
        Some((node, node.who.is_tied() || (node.before == 0 && self.slice > 0)))
    }

    /// The strongest tier that a touch has, or one before it.
    #[inline]
    fn strongest(&self, node: Node) -> u32 {
        self.chains.slices.get(self.slice).map_or(0, |slice| slice.tier_before).min(node.who.tier())
    }
}

impl Node {
    fn touch(self) -> Lite {
        let Self { at, row, who, product, .. } = self;
        Lite { at, row, affiliate: who.affiliate(), product, evidence: who.evidence() }
    }
}

/// What a list has at a place; without one, the place.
#[inline]
fn nth(list: Option<&Vec<u32>>, place: usize) -> usize {
    list.map_or(place, |list| list.get(place).map_or(0, |n| *n as usize))
}

/// Keeps the touches of some visitors.
fn keep(found: &mut Found, is_kept: impl Fn(u32) -> bool) {
    let Found { rows, numbers, .. } = found;
    let mut kept = 0;
    for n in 0..rows.len() {
        let (Some(row), Some(number)) = (rows.get(n).copied(), numbers.get(n).copied()) else { break };
        if let (Some(to_row), Some(to_number)) = (rows.get_mut(kept), numbers.get_mut(kept)) {
            (*to_row, *to_number) = (row, number);
        }
        kept += usize::from(is_kept(number));
    }
    rows.truncate(kept);
    numbers.truncate(kept);
}
