//! Every order decided: the touches of its visitor are brought together, and it looks back over them.
//!
//! Three steps, each shared among threads. Touches pass by in the order of rows, and those of visitors who ordered later are kept, a bucket for
//! each stretch of visitors (`lists`). Each bucket becomes lists, a visitor's touches side by side in their total order. Then each order walks
//! its visitor's list (`choose`), in the order of the table, so that credits come out in place. What one touch alone cannot decide is asked of the
//! single call.
//!
//! Where one touch is credited, the last one, and rows stand in the order of time, nothing need be brought together (`last`).

use super::names::Seed;
use super::orders::Orders;
use super::rules::{Lite, Rules};
use super::touches::{KeyColumn, Lookups, Touches};
use super::{Stop, check_size, on_threads, stretches};
use crate::attribution::Reason;
use crate::{Evidence, Result};
use std::cmp::Ordering;
use std::ops::Range;

mod choose;
mod last;
mod lists;
mod visitors;
use choose::Chosen;
use lists::Lists;
use visitors::Visitors;

/// An affiliate and a kind of evidence, and in lists the strongest tier up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Who(u32);

const _: () = assert!(Evidence::ALL.len() <= 16, "four bits hold a kind of evidence, and a tier");

impl Who {
    #[inline]
    pub(super) fn new(affiliate: u32, evidence: Evidence) -> Self {
        Self(affiliate << 8 | evidence as u32) // INVARIANT: a program with more affiliates than 24 bits hold is refused
    }

    #[inline]
    pub(super) fn affiliate(self) -> u32 {
        self.0 >> 8
    }

    #[inline]
    pub(super) fn evidence(self) -> Evidence {
        Evidence::ALL.get((self.0 & 0xf) as usize).copied().unwrap_or(Evidence::Click)
    }

    /// The same with the strongest tier up to there, which is at most 15.
    fn marked(self, tier: u8) -> Self {
        Self(self.0 & !0xf0 | u32::from(tier) << 4)
    }

    #[inline]
    fn strongest(self) -> u8 {
        (self.0 >> 4 & 0xf) as u8
    }

    fn plain(self) -> Self {
        Self(self.0 & !0xf0)
    }
}

/// A touch in its visitor's list.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    at: i64,
    row: u32,
    who: Who,
}

impl Node {
    #[inline]
    fn touch(self, product: u32) -> Lite {
        let Self { row, who, .. } = self;
        Lite { row, affiliate: who.affiliate(), product, evidence: who.evidence() }
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

/// What all threads share.
#[derive(Debug)]
pub(super) struct Shared<'s, 'a> {
    pub(super) rules: &'s Rules<'s>,
    pub(super) orders: &'s Orders<'a>,
    pub(super) touches: &'s Touches<'a>,
    pub(super) lookups: Lookups<'s>,
    pub(super) seed: Seed,
    pub(super) threads: usize,
    pub(super) verdicts: bool,
    pub(super) stop: &'s Stop<'s>,
}

/// Decides every order of the table.
pub(super) fn decide(shared: &Shared<'_, '_>) -> Result<(Credits, Vec<Judged>)> {
    let visitors = Visitors::new(shared);
    if last::can_decide(shared, &visitors) {
        if let Some(credits) = last::decide(shared, &visitors)? {
            return Ok((credits, Vec::new()));
        }
        shared.stop.start_anew();
    }
    let lists = Lists::new(shared, &visitors)?;
    let chosen = on_threads(stretches(shared.orders.count(), shared.threads), |orders| choose::decide(shared, &visitors, &lists, orders))?;
    drop(lists);
    in_a_row(chosen)
}

/// What was chosen for stretches of the orders as one list.
fn in_a_row(chosen: Vec<Chosen>) -> Result<(Credits, Vec<Judged>)> {
    check_size(chosen.iter().map(|stretch| stretch.credits.rows.len()).sum())?;
    let mut chosen = chosen.into_iter();
    let Chosen { credits: mut all, mut judged } = chosen.next().unwrap_or_default();
    for Chosen { credits, judged: more } in chosen {
        let before = all.rows.len() as u32;
        all.starts.extend(credits.starts.iter().skip(1).map(|start| start + before));
        all.rows.extend_from_slice(&credits.rows);
        all.who.extend_from_slice(&credits.who);
        all.weights.extend_from_slice(&credits.weights);
        judged.extend(more);
    }
    Ok((all, judged))
}

impl Shared<'_, '_> {
    fn hash(&self, visitor: KeyColumn<'_>, row: usize) -> u64 {
        match visitor {
            KeyColumn::Ints(ints, _) => self.seed.int(ints.ints.get(row).cast_unsigned()),
            KeyColumn::Texts(texts, _) => self.seed.text(texts.get(row).unwrap_or_default().as_bytes()),
        }
    }

    /// The total order of the touches of one visitor, all of which may earn.
    fn compare(&self, a: &Node, b: &Node) -> Ordering {
        let rest = |node: &Node| {
            let affiliate = self.rules.program.affiliates().get(node.who.affiliate() as usize);
            (affiliate.map(|affiliate| affiliate.id.as_str()), self.touches.rest_of_rank(node.row as usize, node.who.evidence()))
        };
        a.at.cmp(&b.at).then_with(|| rest(a).cmp(&rest(b)))
    }

    /// Whether a touch is of an order's visitor.
    fn is_of(&self, order: usize, row: u32) -> bool {
        let (chunk, at) = self.touches.chunk(row as usize);
        match (self.orders.visitor(order), chunk.map(|chunk| chunk.visitor)) {
            (Some((KeyColumn::Texts(own, _), n)), Some(KeyColumn::Texts(other, _))) => {
                own.get(n).is_some_and(|own| Some(own) == other.get(at))
            }
            (Some((KeyColumn::Ints(own, _), n)), Some(KeyColumn::Ints(other, _))) => {
                own.get(n).is_some_and(|own| Some(own) == other.get(at))
            }
            _ => false,
        }
    }

    /// Whether the single call may have to be asked about a visitor's touches.
    fn asks(&self) -> bool {
        self.rules.any_stands_down || self.rules.coupons_need_touches || self.touches.has_clicks
    }

    /// The checks of a touch that need the order.
    #[inline]
    fn fits(&self, order: usize, order_at: i64, excludes: bool, touch: Lite, age: i64) -> bool {
        age >= self.rules.shortest_of(touch.evidence)
            && age <= self.rules.window_of(touch.evidence)
            && self.suits(order, order_at, excludes, touch)
    }

    /// The same but for times.
    #[inline]
    fn suits(&self, order: usize, order_at: i64, excludes: bool, touch: Lite) -> bool {
        let is_plain = self.rules.takes_any_product(touch.product) && !excludes && touch.evidence != Evidence::Coupon;
        match self.rules.stretch(touch.affiliate) {
            Some((start, end)) if is_plain => order_at >= start && order_at < end,
            _ => self.suits_in_full(order, order_at, excludes, touch),
        }
    }

    fn suits_in_full(&self, order: usize, order_at: i64, excludes: bool, touch: Lite) -> bool {
        let Self { rules, orders, .. } = self;
        let (number, product) = (order as u32, orders.product.get(order).copied().unwrap_or(0));
        rules.holds(orders, touch.product, number, product)
            && rules.earns(orders, touch.affiliate, number, order_at)
            && !(excludes && rules.is_buyer(touch.affiliate, number))
            && (touch.evidence != Evidence::Coupon || self.used_coupon(order, touch.row))
    }

    #[cold]
    fn used_coupon(&self, order: usize, row: u32) -> bool {
        let (chunk, at) = self.touches.chunk(row as usize);
        let coupon = chunk.and_then(|chunk| chunk.coupon).and_then(|column| column.get(at));
        coupon.is_some_and(|coupon| self.orders.coupons(order).iter().any(|used| used.eq_ignore_ascii_case(coupon)))
    }
}
