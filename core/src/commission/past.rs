//! What earlier orders add up to: what tiers and budgets look back on.

use super::{Commission, Ground, Role};
use crate::time::Period;
use crate::{Currency, Order, Program, Time};
use std::collections::BTreeMap;

/// Earlier orders, as a rule asks for them.
pub(crate) struct Past<'a> {
    program: &'a Program,
    at: Time,
    orders: Vec<Earlier<'a>>,
    paid: Vec<Paid<'a>>,
}

/// An affiliate's part of one earlier order.
struct Earlier<'a> {
    at: Time,
    affiliate: &'a str,
    base: u64,
}

/// What a rule paid or took back.
struct Paid<'a> {
    at: Time,
    affiliate: &'a str,
    rule: &'a str,
    amount: i64,
}

impl<'a> Past<'a> {
    /// What came before this order, of the same kind and currency: in time, and at one time by the order's id and payment.
    pub(crate) fn of(program: &'a Program, order: &Order, currency: Currency, earlier: &'a [Commission]) -> Self {
        let mut past = Self { program, at: order.at, orders: Vec::new(), paid: Vec::new() };
        let now = (order.at, order.id.as_str(), order.payment);
        let before = |c: &&Commission| c.event == order.event && (c.at, c.order.as_str(), c.payment) < now;
        for commission in earlier.iter().filter(before) {
            past.add(commission, currency);
        }
        past
    }

    fn add(&mut self, commission: &'a Commission, currency: Currency) {
        let mut lines: BTreeMap<&str, Left> = BTreeMap::new();
        for entry in commission.entries.iter().filter(|entry| entry.amount.currency() == currency) {
            let (line, minor) = (lines.entry(&entry.line).or_default(), entry.amount.minor());
            let side = if entry.refund.is_none() { &mut line.paid } else { &mut line.back };
            *side = side.saturating_add(minor);
            if let (Role::Affiliate, Some(affiliate), Some(rule)) = (entry.role, entry.recipient.as_deref(), entry.rule.as_deref()) {
                line.earned = line.earned.saturating_add(minor);
                line.earns |= entry.refund.is_none() && minor != 0;
                self.paid.push(Paid { at: commission.at, affiliate, rule, amount: minor });
            }
        }
        // An affiliate's base of a line may come in several parts; what went back is taken off their sum.
        let mut bases: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let counts = |ground: &&Ground| ground.role == Role::Affiliate && ground.what.counts() && ground.base.currency() == currency;
        for ground in commission.grounds.iter().filter(counts) {
            let Some(affiliate) = ground.recipient.as_deref() else { continue };
            let sum = bases.entry((affiliate, &ground.line)).or_default();
            *sum = sum.saturating_add(ground.base.minor().unsigned_abs());
        }
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for ((affiliate, line), base) in bases {
            if let Some(left) = lines.get(line).map_or(Some(base), |line| line.of(base)) {
                let sum = sums.entry(affiliate).or_default();
                *sum = sum.saturating_add(left);
            }
        }
        self.orders.extend(sums.into_iter().map(|(affiliate, base)| Earlier { at: commission.at, affiliate, base }));
    }

    fn of_affiliate(&self, affiliate: &str, over: Period) -> impl Iterator<Item = &Earlier<'a>> {
        let start = over.start(self.at, &self.program.zone);
        self.orders.iter().filter(move |e| e.at >= start && self.program.same(e.affiliate, affiliate))
    }

    /// How many of the affiliate's earlier orders still stand.
    pub(crate) fn count(&self, affiliate: &str, over: Period) -> u64 {
        self.of_affiliate(affiliate, over).count() as u64
    }

    /// What is left of their bases.
    pub(crate) fn revenue(&self, affiliate: &str, over: Period) -> u64 {
        self.of_affiliate(affiliate, over).fold(0, |sum, e| sum.saturating_add(e.base))
    }

    /// What a rule paid, less what was taken back: to one affiliate, or to all.
    pub(crate) fn paid(&self, rule: &str, affiliate: Option<&str>, over: Period) -> u64 {
        let start = over.start(self.at, &self.program.zone);
        let of = |p: &&Paid<'_>| p.at >= start && p.rule == rule && affiliate.is_none_or(|a| self.program.same(a, p.affiliate));
        let sum = self.paid.iter().filter(of).fold(0_i64, |sum, p| sum.saturating_add(p.amount));
        sum.max(0).unsigned_abs()
    }
}

/// One line of an earlier order: what was paid, what went back, what affiliates still have of it.
#[derive(Default)]
struct Left {
    paid: i64,
    back: i64,
    earned: i64,
    earns: bool,
}

impl Left {
    /// What is left of a base; nothing, not even zero, where all was taken back.
    fn of(&self, base: u64) -> Option<u64> {
        let (paid, back) = (self.paid.max(0).unsigned_abs(), self.back.min(0).unsigned_abs());
        if paid == 0 {
            return (!self.earns || self.earned != 0).then_some(base);
        }
        let gone = (u128::from(base) * u128::from(back.min(paid)) / u128::from(paid)) as u64;
        (back < paid).then_some(base - gone)
    }
}
