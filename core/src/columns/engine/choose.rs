//! One order after another: which touches of its visitor it credits.

use super::lists::{List, Lists};
use super::visitors::Visitors;
use super::{Credits, Judged, Node, Shared, Who};
use crate::attribution::{self, policy::Model};
use crate::columns::rules::Kind;
use crate::columns::touches::KeyColumn;
use crate::columns::{STEP, look_ahead};
use crate::{Error, Result, Touch};
use std::ops::Range;

/// Orders whose lists are looked up side by side.
const BLOCK: usize = 64;

/// What a stretch of the orders credits.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) credits: Credits,
    pub(super) judged: Vec<Judged>,
}

impl Chosen {
    fn sizes(&self) -> [usize; 4] {
        let Credits { starts, rows, weights, .. } = &self.credits;
        [starts.len(), rows.len(), weights.len(), self.judged.len()]
    }

    fn truncate(&mut self, [starts, rows, weights, judged]: [usize; 4]) {
        self.credits.starts.truncate(starts);
        self.credits.rows.truncate(rows);
        self.credits.who.truncate(rows);
        self.credits.weights.truncate(weights);
        self.judged.truncate(judged);
    }
}

struct Choosing<'c, 's, 'a> {
    shared: &'c Shared<'s, 'a>,
    /// Whether a touch in a visitor's list may be another's.
    doubts: bool,
    carts: bool,
    /// The widest window of the tiers that are stronger than each.
    reach: Vec<i64>,
    /// The widest of all.
    widest: i64,
    weighs: bool,
}

/// Decides a stretch of the orders, as the table has them.
pub(super) fn decide(shared: &Shared<'_, '_>, visitors: &Visitors, lists: &Lists, orders: Range<usize>) -> Result<Chosen> {
    let rules = shared.rules;
    let reach = rules.reach();
    let choosing = Choosing {
        shared,
        doubts: !visitors.are_exact(shared),
        carts: rules.carts_matter && shared.orders.has_carts(),
        widest: reach.last().copied().unwrap_or(-1),
        reach,
        weighs: rules.kind == Kind::All && !matches!(rules.program.policy.model, Model::Linear),
    };
    let mut chosen = Chosen { credits: Credits::with_capacity(orders.len()), judged: Vec::new() };
    let mut lists_of: Vec<List<'_>> = Vec::with_capacity(BLOCK);
    for start in orders.clone().step_by(BLOCK) {
        let block = start..orders.end.min(start + BLOCK);
        if block.start.next_multiple_of(STEP) < block.end {
            shared.stop.step()?;
        }
        lists_of.clear();
        lists_of.extend(visitors.of.get(block.clone()).unwrap_or_default().iter().map(|visitor| lists.of(*visitor)));
        look_ahead(lists_of.iter().map(|list| list.nodes.last().map_or(0, |node| node.row.into())));
        let before = chosen.sizes();
        choosing.decide(block.clone(), &lists_of, false, &mut chosen)?;
        if choosing.doubts && !choosing.are_theirs(block.clone(), &chosen.credits) {
            chosen.truncate(before);
            choosing.decide(block, &lists_of, true, &mut chosen)?;
        }
        crate::columns::check_size(chosen.credits.rows.len())?;
    }
    Ok(chosen)
}

impl Credits {
    pub(super) fn with_capacity(orders: usize) -> Self {
        let mut list = Self { starts: Vec::with_capacity(orders + 1), ..Self::default() };
        list.rows.reserve(orders);
        list.who.reserve(orders);
        list.starts.push(0);
        list
    }

    #[inline]
    fn add(&mut self, node: &Node) {
        self.rows.push(node.row);
        self.who.push(node.who.plain());
    }
}

impl Choosing<'_, '_, '_> {
    /// Decides a block of orders; `careful`: looks at whose a touch is before it counts.
    fn decide(&self, block: Range<usize>, lists: &[List<'_>], careful: bool, chosen: &mut Chosen) -> Result<()> {
        let Shared { orders, verdicts, .. } = *self.shared;
        let mut scratch = Vec::new();
        for (order, list) in block.zip(lists) {
            if verdicts || list.is_asked || (self.carts && orders.has_cart(order)) {
                self.ask(order, list.nodes, chosen)?;
            } else {
                self.choose(order, *list, careful, &mut scratch, &mut chosen.credits);
            }
            chosen.credits.starts.push(chosen.credits.rows.len() as u32); // INVARIANT: the number of credits is checked
        }
        Ok(())
    }

    /// Whether each touch that is credited to a block of orders is of their visitors. Step by step for all of them, as above.
    fn are_theirs(&self, block: Range<usize>, credits: &Credits) -> bool {
        let Shared { orders, touches, .. } = *self.shared;
        let first = (credits.starts.len() - 1).saturating_sub(block.len());
        let text = |row: u32| {
            let (chunk, at) = touches.chunk(row as usize);
            match chunk?.visitor {
                KeyColumn::Texts(texts, _) => texts.get(at),
                KeyColumn::Ints(..) => None,
            }
        };
        let of = |n: usize| credits.rows.get(credits.range(first + n)).unwrap_or_default();
        let all = || (0..block.len()).flat_map(of);
        look_ahead(all().map(|row| text(*row).map_or(0, str::len) as u64));
        look_ahead(all().map(|row| text(*row).and_then(|text| text.bytes().next()).unwrap_or(0).into()));
        block.clone().enumerate().all(|(n, order)| match orders.visitor(order) {
            Some((KeyColumn::Texts(texts, _), at)) => {
                let own = texts.get(at);
                of(n).iter().all(|row| own.is_some() && text(*row) == own)
            }
            Some(_) | None => of(n).is_empty(),
        })
    }

    /// Credits what the rules credit; no touch of the list has a say about another.
    #[inline]
    fn choose(&self, order: usize, visitor: List<'_>, careful: bool, scratch: &mut Vec<Node>, credits: &mut Credits) {
        let Shared { rules, orders, .. } = *self.shared;
        let order_at = orders.at.get(order).copied().unwrap_or(0);
        let list = visitor.nodes;
        // Most lists are short: from the end on is quicker than in the middle.
        let end = match list.last() {
            None => return,
            Some(last) if last.at <= order_at => list.len(),
            Some(_) if list.len() <= 16 => list.iter().rposition(|node| node.at <= order_at).map_or(0, |n| n + 1),
            Some(_) => list.partition_point(|node| node.at <= order_at),
        };
        let list = list.get(..end).unwrap_or_default();
        let excludes = rules.excludes(order as u32);
        let fits = |n: usize, node: &Node| {
            let (touch, age) = (node.touch(visitor.product(n)), order_at - node.at); // INVARIANT: times lie within ±2^53
            self.shared.fits(order, order_at, excludes, touch, age) && (!careful || self.shared.is_of(order, touch.row))
        };
        let first = || {
            let from = order_at.saturating_sub(self.widest);
            if list.len() <= 16 {
                list.iter().position(|node| node.at >= from).unwrap_or(list.len())
            } else {
                list.partition_point(|node| node.at < from)
            }
        };
        let tier = |node: &Node| rules.tier_of(node.who.evidence());
        match rules.kind {
            Kind::Last => {
                let mut best: Option<(&Node, u8)> = None;
                for (n, node) in list.iter().enumerate().rev() {
                    // Of those before the best, only stronger ones count.
                    let bound = best.map_or(rules.tiers, |(_, tier)| usize::from(tier));
                    if order_at - node.at > self.reach.get(bound).copied().unwrap_or(-1)
                        || best.is_some_and(|(_, tier)| rules.tiers == 1 || node.who.strongest() >= tier)
                    {
                        break;
                    }
                    let own = tier(node);
                    if usize::from(own) < bound && fits(n, node) {
                        best = Some((node, own));
                    }
                }
                if let Some((node, _)) = best {
                    credits.add(node);
                }
            }
            Kind::First => {
                let strongest = if rules.tiers == 1 { 0 } else { list.last().map_or(0, |node| node.who.strongest()) };
                let mut best: Option<(&Node, u8)> = None;
                for (n, node) in list.iter().enumerate().skip(first()) {
                    let own = tier(node);
                    if best.is_none_or(|(_, tier)| own < tier) && fits(n, node) {
                        best = Some((node, own));
                        if own == strongest {
                            break;
                        }
                    }
                }
                if let Some((node, _)) = best {
                    credits.add(node);
                }
            }
            Kind::All => {
                let near = list.iter().enumerate().skip(first());
                if !self.weighs && rules.tiers == 1 {
                    near.filter(|(n, node)| fits(*n, node)).for_each(|(_, node)| credits.add(node));
                    return;
                }
                scratch.clear();
                let mut strongest = u8::MAX;
                for (n, node) in near {
                    let own = tier(node);
                    if own <= strongest && fits(n, node) {
                        if own < strongest {
                            strongest = own;
                            scratch.clear();
                        }
                        scratch.push(*node);
                    }
                }
                if !self.weighs {
                    scratch.iter().for_each(|node| credits.add(node));
                    return;
                }
                let ages = scratch.iter().map(|node| (order_at - node.at).unsigned_abs());
                attribution::each_weight(rules.program.policy.model, ages, |n, weight| {
                    if let Some(node) = scratch.get(n) {
                        credits.add(node);
                        credits.weights.push(weight);
                    }
                });
            }
        }
    }

    /// Hands an order to the single call.
    fn ask(&self, order: usize, list: &[Node], chosen: &mut Chosen) -> Result<()> {
        let Shared { rules, orders, touches, lookups, verdicts, .. } = *self.shared;
        let order_at = orders.at.get(order).copied().unwrap_or(0);
        // What came after the order or too long before earns nothing: without verdicts it need not be asked about.
        let near = if verdicts {
            list
        } else {
            let (from, to) = (order_at.saturating_sub(self.widest), order_at);
            list.get(list.partition_point(|node| node.at < from)..list.partition_point(|node| node.at <= to)).unwrap_or_default()
        };
        let rows: Vec<u32> = near.iter().map(|node| node.row).filter(|row| !self.doubts || self.shared.is_of(order, *row)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let given: Vec<Touch> = rows.iter().map(|row| touches.touch(*row as usize, lookups)).collect::<Result<_>>()?;
        let place = |error: Error| orders.in_cells(order, error);
        let decision = rules.program.attribute(&orders.order(order)?, &given).map_err(place)?;
        let row_of = |touch: u32| rows.get(touch as usize).copied().unwrap_or(u32::MAX);
        for credit in decision.credits {
            chosen.credits.rows.push(row_of(credit.touch));
            chosen.credits.who.push(Who::new(lookups.affiliates.get(&credit.affiliate).unwrap_or(0), credit.evidence));
            if self.weighs {
                chosen.credits.weights.push(credit.weight);
            }
        }
        for (touch, verdict) in (0_u32..).zip(decision.verdicts) {
            if verdicts {
                let (row, by) = (row_of(touch), verdict.by.map(row_of));
                chosen.judged.push(Judged { order: order as u32, row, reason: verdict.reason, by });
            }
        }
        Ok(())
    }
}
