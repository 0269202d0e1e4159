//! From what the orders kept to credits.

use super::{Credited, NOBODY, Pair, Part, Shared, Slot};
use crate::attribution;
use crate::columns::rules::{Kind, Rules};
use crate::{Evidence, Result, Touch};

impl Part<'_, '_> {
    /// Turns what the orders kept into credits.
    pub(super) fn credit(&mut self) -> Result<()> {
        if self.shared.rules.kind != Kind::All {
            let slots = self.slots.iter().zip(&self.cold).filter(|(slot, _)| slot.tier != NOBODY);
            for (slot, cold) in slots {
                let facts = self.shared.touches.facts_of(slot.row as usize, self.shared.lookups)?;
                let (affiliate, evidence) = (facts.affiliate, facts.evidence);
                self.credits.push(Credited { order: cold.order, row: slot.row, affiliate, evidence, weight: 1 });
            }
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
            let order = self.cold.get(n).map_or(0, |cold| cold.order);
            self.share(order, slot.at, &mut group)?;
        }
        Ok(())
    }

    /// Shares one order among its touches.
    fn share(&mut self, order: u32, order_at: i64, group: &mut [(i64, Pair)]) -> Result<()> {
        let key = |pair: &Pair| (pair.affiliate, pair.row, pair.evidence);
        if !group.is_sorted_by(|a, b| a.0 < b.0) {
            group.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| self.compare(key(&a.1), key(&b.1))));
        }
        let clicks = group.iter().filter_map(|(_, pair)| self.click_of(pair.row)).map(attribution::print);
        let has_clicks = self.shared.touches.chunks.iter().any(|chunk| chunk.click_id.is_some());
        if has_clicks && attribution::may_repeat(group.len(), clicks) {
            return self.share_without_repeats(order, group);
        }
        let weigh = |group: &[(i64, Pair)], n: usize, weight: u64| {
            let pair = group.get(n)?.1;
            Some(Credited { order, row: pair.row, affiliate: pair.affiliate, evidence: pair.evidence, weight })
        };
        // INVARIANT: touches are not after their order, and times lie within ±2^53.
        let ages = group.iter().map(|(at, _)| (order_at - at).unsigned_abs());
        attribution::each_weight(self.shared.rules.program.policy.model, ages, |n, weight| {
            self.credits.extend(weigh(group, n, weight));
        });
        Ok(())
    }

    /// Click ids may repeat: the single call knows which of two touches stays.
    fn share_without_repeats(&mut self, number: u32, group: &[(i64, Pair)]) -> Result<()> {
        let Shared { rules, orders, touches, lookups, .. } = *self.shared;
        let given: Vec<Touch> = group.iter().map(|(_, pair)| touches.touch(pair.row as usize, lookups)).collect::<Result<_>>()?;
        let order = orders.order(number as usize)?;
        let place = |error: crate::Error| error.at(format_args!("/orders/{}", orders.row(number as usize)));
        for credit in rules.program.attribute(&order, &given).map_err(place)?.credits {
            let Some((_, pair)) = group.get(credit.touch as usize) else { continue };
            let (order, row, affiliate) = (number, pair.row, pair.affiliate);
            self.credits.push(Credited { order, row, affiliate, evidence: credit.evidence, weight: credit.weight });
        }
        Ok(())
    }
}
