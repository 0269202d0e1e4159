//! Visitors who are decided at the end, all their touches at hand.

use super::{ASKED, Clicks, HELD, Held, Judged, LATE, NOBODY, Pair, Part, SINGLE, Shared, Who};
use crate::attribution;
use crate::columns::rules::{Kind, Lite};
use crate::{Result, Touch};

impl Part<'_, '_> {
    /// Visitors whose winning touch may share its click id with another are looked at again.
    pub(super) fn suspect_clicks(&mut self) {
        if self.clicks.once.is_empty() {
            return;
        }
        for n in 0..self.visitors.len() {
            let Some((first, count)) = self.visitors.get(n).copied() else { continue };
            if self.flags(first) & (HELD | LATE) != 0 {
                continue;
            }
            let suspect = (first..first + count).any(|slot| {
                let Some(slot) = self.slots.get(slot as usize).filter(|slot| slot.tier != NOBODY) else { return false };
                self.shared.click_of(slot.row).is_some_and(|click| self.clicks.may_repeat(self.click_print(first, click)))
            });
            if suspect && let Some(slot) = self.slots.get_mut(first as usize) {
                slot.flags |= LATE;
                self.any_late = true;
            }
        }
        self.clicks = Clicks::default();
    }

    /// Decides the orders of visitors whose touches were held.
    pub(super) fn decide_held(&mut self) -> Result<()> {
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable();
        let decided_now = |(first, _): &(u32, u32)| self.flags(*first) & (HELD | LATE) != 0;
        let visitors: Vec<(u32, u32)> = self.visitors.iter().copied().filter(decided_now).collect();
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
            let (Some(slot), Some(cold)) = (self.slots.get(n as usize).copied(), self.cold.get(n as usize).copied()) else { continue };
            let order = orders.order(cold.order as usize)?;
            // What came after the order or too long before earns nothing: without verdicts it need not be asked about.
            let (start, end) = if verdicts {
                (0, given.len())
            } else {
                let from = slot.at.saturating_sub(widest);
                (given.partition_point(|touch| touch.at.millis() < from), given.partition_point(|touch| touch.at.millis() <= slot.at))
            };
            let window = given.get(start..end).unwrap_or_default();
            let place = |error: crate::Error| error.at(format_args!("/orders/{}", orders.row(cold.order as usize)));
            let decision = rules.program.attribute(&order, window).map_err(place)?;
            let row_of = |touch: u32| rows.get(start + touch as usize).copied().unwrap_or(u32::MAX);
            self.any_asked = true;
            let mut weights = Vec::with_capacity(decision.credits.len());
            for credit in decision.credits {
                let who = Who::new(lookups.affiliates.get(&credit.affiliate).unwrap_or(0), credit.evidence);
                self.pairs.push(Pair { order: cold.order, row: row_of(credit.touch), who, age: ASKED });
                weights.push(credit.weight);
            }
            // An order without credits is asked too: what it took before is void.
            self.asked.insert(cold.order, weights);
            if verdicts {
                for (touch, verdict) in (0_u32..).zip(decision.verdicts) {
                    let by = verdict.by.map(row_of);
                    self.judged.push(Judged { order: cold.order, row: row_of(touch), reason: verdict.reason, by });
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
            let Some(c) = touches.chunks.get(chunk) else { continue };
            let facts = touches.facts(c, chunk, local, lookups)?;
            if let Some(lite) = rules.alone(h.at, h.row, facts)
                && let Some(tier) = tiers.get_mut(rules.tier_of(lite.evidence) as usize)
            {
                tier.push(lite);
            }
        }
        let key = |lite: &Lite| (lite.affiliate, lite.row, lite.evidence);
        tiers.iter_mut().for_each(|tier| tier.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| self.shared.compare(key(a), key(b)))));
        let mut clicked = false;
        for n in first..first + count {
            let Some(slot) = self.slots.get(n as usize).copied() else { continue };
            let fits = |lite: &&Lite| {
                let age = slot.at - lite.at;
                age >= rules.shortest_of(lite.evidence) && age <= rules.window_of(lite.evidence) && self.suits(n, &slot, **lite)
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
            let Some(Lite { at, row, evidence, .. }) = found.first().copied() else { continue };
            clicked |= rules.kind != Kind::All && self.shared.click_of(row).is_some();
            if rules.kind == Kind::All {
                self.pairs.extend(found.iter().map(|lite| Pair::new(slot.row, *lite, slot.at - lite.at)));
            }
            if let Some(slot) = self.slots.get_mut(n as usize) {
                slot.tier = rules.tier_of(evidence);
                if rules.kind != Kind::All {
                    (slot.best_at, slot.row) = (at, row);
                }
            }
        }
        if clicked && self.repeats_clicks(held) {
            return self.ask_single(first, count, held);
        }
        Ok(())
    }

    fn repeats_clicks(&self, held: &[Held]) -> bool {
        attribution::may_repeat(held.len(), held.iter().filter_map(|h| self.shared.click_of(h.row)).map(attribution::print))
    }
}
