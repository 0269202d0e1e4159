//! From what the orders kept to credits.

use super::{ASKED, Credits, NOBODY, OLDER, Pair, Part, Shared, Who};
use crate::attribution;
use crate::attribution::policy::Model;
use crate::columns::rules::Kind;
use crate::{Error, Result, Touch};
use std::cmp::Ordering;

/// Stands for a tier where the single call decided.
const SINGLE_CALL: u8 = NOBODY - 1;

impl Part<'_, '_> {
    /// Turns what the orders kept into credits.
    pub(super) fn credit(&mut self) -> Result<Credits> {
        let Shared { rules, orders, touches, lookups, .. } = *self.shared;
        if rules.kind != Kind::All {
            for (slot, cold) in self.slots.iter().zip(&self.cold).filter(|(slot, _)| slot.tier != NOBODY) {
                let facts = touches.facts_of(slot.row as usize, lookups)?;
                self.pairs.push(Pair { order: cold.order, row: slot.row, who: Who::new(facts.affiliate, facts.evidence), age: 0 });
            }
        }
        let pairs = std::mem::take(&mut self.pairs);
        crate::columns::check_size(pairs.len())?;
        // Where a stronger tier came, or the single call decided, what was taken before is void.
        let checks = rules.kind == Kind::All && (rules.tiers > 1 || self.any_asked);
        let tiers = if checks { self.tiers(orders.count()) } else { Vec::new() };
        let stands = |pair: &Pair| match tiers.get(pair.order as usize) {
            None => !checks,
            Some(tier) if pair.age == ASKED => *tier == SINGLE_CALL,
            Some(tier) => *tier == rules.tier_of(pair.who.evidence()),
        };
        let mut starts = vec![0_u32; orders.count() + 1];
        for pair in pairs.iter().filter(|pair| stands(pair)) {
            if let Some(count) = starts.get_mut(pair.order as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut list = vec![Pair::default(); sum as usize];
        for pair in pairs.iter().filter(|pair| stands(pair)) {
            if let Some(place) = next.get_mut(pair.order as usize) {
                if let Some(slot) = list.get_mut(*place as usize) {
                    *slot = *pair;
                }
                *place += 1;
            }
        }
        drop(pairs);
        drop(next);
        self.share_all(starts, list)
    }

    /// The deciding tier of each order; another mark where the single call decided.
    fn tiers(&self, orders: usize) -> Vec<u8> {
        let mut tiers = vec![NOBODY; orders];
        for (slot, cold) in self.slots.iter().zip(&self.cold) {
            if let Some(tier) = tiers.get_mut(cold.order as usize) {
                *tier = if self.asked.contains_key(&cold.order) { SINGLE_CALL } else { slot.tier };
            }
        }
        tiers
    }

    /// Shares each order among its touches.
    fn share_all(&mut self, starts: Vec<u32>, mut list: Vec<Pair>) -> Result<Credits> {
        let Shared { rules, .. } = *self.shared;
        if rules.kind != Kind::All {
            let (rows, who) = (list.iter().map(|pair| pair.row).collect(), list.iter().map(|pair| pair.who).collect());
            return Ok(Credits { starts, rows, who, weights: Vec::new() });
        }
        let mut credits = Credits::with_capacity(starts.len(), list.len());
        // Weights are left out only where none is anything but 1.
        let weighs = self.shared.weighs() || !self.asked.is_empty();
        for (n, range) in starts.windows(2).enumerate() {
            let [start, end] = range else { continue };
            let Some(group) = list.get_mut(*start as usize..*end as usize) else { continue };
            let order = n as u32; // INVARIANT: fewer than 2^32 rows
            match self.asked.get(&order) {
                Some(weights) => credits.add(group, weights.iter().copied()),
                None => self.shared.share(order, group, weighs, &mut credits)?,
            }
            credits.end_order();
        }
        Ok(credits)
    }
}

impl Shared<'_, '_> {
    /// Whether the credits of one order may have different weights.
    pub(super) fn weighs(&self) -> bool {
        self.rules.kind == Kind::All && (!matches!(self.rules.program.policy.model, Model::Linear) || self.touches.has_clicks)
    }

    /// Shares one order among the touches that it took.
    pub(super) fn share(&self, order: u32, group: &mut [Pair], weighs: bool, credits: &mut Credits) -> Result<()> {
        if group.is_empty() {
            return Ok(());
        }
        self.sort(order, group);
        if !weighs {
            credits.add(group, std::iter::empty());
            return Ok(());
        }
        let order_at = self.orders.at.get(order as usize).copied().unwrap_or(0);
        let clicks = group.iter().filter_map(|pair| self.click_of(pair.row)).map(attribution::print);
        if group.len() > 1 && self.touches.has_clicks && attribution::may_repeat(group.len(), clicks) {
            return self.share_without_repeats(order, group, credits);
        }
        let ages = group.iter().map(|pair| self.age(order_at, pair));
        attribution::each_weight(self.rules.program.policy.model, ages, |k, weight| {
            if let Some(pair) = group.get(k) {
                credits.rows.push(pair.row);
                credits.who.push(pair.who);
                credits.weights.push(weight);
            }
        });
        Ok(())
    }

    fn age(&self, order_at: i64, pair: &Pair) -> u64 {
        if pair.age != OLDER {
            return pair.age.into();
        }
        let (chunk, at) = self.touches.chunk(pair.row as usize);
        // INVARIANT: the touch is not after its order, and times lie within ±2^53.
        (order_at - chunk.and_then(|chunk| chunk.at.millis(at)).unwrap_or(order_at)).unsigned_abs()
    }

    /// Puts an order's touches into their total order, the oldest first.
    fn sort(&self, order: u32, group: &mut [Pair]) {
        if group.is_sorted_by(|a, b| a.age > b.age) {
            return;
        }
        let order_at = self.orders.at.get(order as usize).copied().unwrap_or(0);
        let key = |pair: &Pair| (pair.who.affiliate(), pair.row, pair.who.evidence());
        let by_age = |a: &Pair, b: &Pair| match (a.age, b.age) {
            (OLDER, OLDER) => self.age(order_at, b).cmp(&self.age(order_at, a)),
            (a, b) => b.cmp(&a),
        };
        group.sort_by(|a, b| match by_age(a, b) {
            Ordering::Equal => self.compare(key(a), key(b)),
            unequal => unequal,
        });
    }

    /// Click ids may repeat: the single call knows which of two touches stays.
    fn share_without_repeats(&self, number: u32, group: &[Pair], credits: &mut Credits) -> Result<()> {
        let Self { rules, orders, touches, lookups, .. } = *self;
        let given: Vec<Touch> = group.iter().map(|pair| touches.touch(pair.row as usize, lookups)).collect::<Result<_>>()?;
        let order = orders.order(number as usize)?;
        let place = |error: Error| error.at(format_args!("/orders/{}", orders.row(number as usize)));
        for credit in rules.program.attribute(&order, &given).map_err(place)?.credits {
            let Some(pair) = group.get(credit.touch as usize) else { continue };
            credits.rows.push(pair.row);
            credits.who.push(pair.who);
            credits.weights.push(credit.weight);
        }
        Ok(())
    }
}

impl Credits {
    pub(super) fn with_capacity(starts: usize, credits: usize) -> Self {
        let mut list = Self { starts: Vec::with_capacity(starts), rows: Vec::with_capacity(credits), ..Self::default() };
        list.who.reserve(credits);
        list.starts.push(0);
        list
    }

    pub(super) fn add(&mut self, group: &[Pair], weights: impl Iterator<Item = u64>) {
        self.rows.extend(group.iter().map(|pair| pair.row));
        self.who.extend(group.iter().map(|pair| pair.who));
        self.weights.extend(weights);
    }

    /// What was added since the last call are the next order's.
    pub(super) fn end_order(&mut self) {
        self.starts.push(self.rows.len() as u32); // INVARIANT: the number of credits is checked
    }
}
