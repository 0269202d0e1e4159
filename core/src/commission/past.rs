//! What earlier orders add up to: what tiers and budgets look back on.

use super::{Commission, Ground, Role};
use crate::time::Period;
use crate::{Currency, Order, Program, Text, Time};
use std::collections::BTreeMap;

/// Earlier orders, as a rule asks for them.
pub(crate) struct Past<'a> {
    program: &'a Program,
    at: Time,
    orders: Vec<Earlier<'a>>,
    paid: Vec<Paid<'a>>,
    /// What came before where orders are settled one after another; the lists above are empty then.
    history: Option<&'a History>,
}

/// A rule, and an affiliate; none for all of them.
type Payee = (Text, Option<Text>);

/// Orders of one kind and currency that were settled one after another: running sums, so that any period is one subtraction.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// For each affiliate, by time: the bases up to and with this order.
    bases: BTreeMap<Text, Vec<(Time, u128)>>,
    /// For each rule, and each affiliate's part of it, by time: what was paid up to and with this order.
    paid: BTreeMap<Payee, Vec<(Time, i128)>>,
}

/// The sum since a time, and how many they are.
fn since<S: Copy + Default + std::ops::Sub<Output = S>>(sums: Option<&Vec<(Time, S)>>, start: Time) -> (S, usize) {
    let Some(sums) = sums else { return (S::default(), 0) };
    let first = sums.partition_point(|(at, _)| *at < start);
    let before = first.checked_sub(1).and_then(|n| sums.get(n)).map_or(S::default(), |(_, sum)| *sum);
    let all = sums.last().map_or(S::default(), |(_, sum)| *sum);
    (all - before, sums.len() - first)
}

impl History {
    /// Adds an order that comes after all those added before.
    #[cfg(feature = "columns")]
    pub(crate) fn add(&mut self, at: Time, taps: &[super::Tap<'_>]) {
        let mut sums: BTreeMap<&Text, u64> = BTreeMap::new();
        for ground in taps.iter().flat_map(|tap| &tap.grounds).filter(|ground| ground.role == Role::Affiliate && ground.what.counts()) {
            let sum = sums.entry(ground.recipient).or_default();
            *sum = sum.saturating_add(ground.base);
        }
        for (affiliate, base) in sums {
            let list = self.bases.entry(affiliate.clone()).or_default();
            let before = list.last().map_or(0, |(_, sum)| *sum);
            list.push((at, before + u128::from(base)));
        }
        for taken in taps.iter().flat_map(|tap| &tap.taken).filter(|taken| taken.role == Role::Affiliate) {
            let (Some(affiliate), Some(rule)) = (taken.recipient, taken.rule) else { continue };
            for whose in [None, Some(affiliate.clone())] {
                let list = self.paid.entry((rule.clone(), whose)).or_default();
                let before = list.last().map_or(0, |(_, sum)| *sum);
                list.push((at, before + i128::from(taken.amount)));
            }
        }
    }
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
        let mut past = Self { program, at: order.at, orders: Vec::new(), paid: Vec::new(), history: None };
        let now = (order.at, order.id.as_str(), order.payment);
        let before = |c: &&Commission| c.event == order.event && (c.at, c.order.as_str(), c.payment) < now;
        for commission in earlier.iter().filter(before) {
            past.add(commission, currency);
        }
        past
    }

    /// What came before an order at this time, where all earlier ones were added.
    #[cfg(feature = "columns")]
    pub(crate) fn after(program: &'a Program, at: Time, history: &'a History) -> Self {
        Self { program, at, orders: Vec::new(), paid: Vec::new(), history: Some(history) }
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
        if let Some(history) = self.history {
            return since(history.bases.get(affiliate), over.start(self.at, &self.program.zone)).1 as u64;
        }
        self.of_affiliate(affiliate, over).count() as u64
    }

    /// What is left of their bases.
    pub(crate) fn revenue(&self, affiliate: &str, over: Period) -> u64 {
        if let Some(history) = self.history {
            let (sum, _) = since(history.bases.get(affiliate), over.start(self.at, &self.program.zone));
            return u64::try_from(sum).unwrap_or(u64::MAX);
        }
        self.of_affiliate(affiliate, over).fold(0, |sum, e| sum.saturating_add(e.base))
    }

    /// What a rule paid, less what was taken back: to one affiliate, or to all.
    pub(crate) fn paid(&self, rule: &str, affiliate: Option<&str>, over: Period) -> u64 {
        let start = over.start(self.at, &self.program.zone);
        if let Some(history) = self.history {
            let whose = (Text::from(rule), affiliate.map(Text::from));
            return u64::try_from(since(history.paid.get(&whose), start).0).unwrap_or(0);
        }
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
