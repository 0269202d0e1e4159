//! What the rules grant each credit on each line, before it is known whether so much is left.

use super::past::Past;
use super::pays::{By, Each, Main, Pays, Per, Recurring, TierPays, Tiers, of_parts, slices};
use super::rule::Rule;
use super::{Credited, Tap, What};
use crate::error::quote;
use crate::money::Rate;
use crate::program::{Program, State};
use crate::{Currency, Error, ErrorCode, Order, Result, Text, allocate};

/// What one credit is granted on one line by one rule.
#[derive(Debug)]
pub(super) struct Want<'a> {
    pub(super) affiliate: &'a Text,
    pub(super) rule: Option<&'a Rule>,
    pub(super) line: usize,
    pub(super) amount: u64,
    credit: usize,
    /// The credit's share of the line's base.
    base: u64,
    line_base: u64,
}

/// One addend of what a want is granted.
#[derive(Debug)]
pub(super) struct Addend {
    pub(super) want: usize,
    pub(super) what: What,
    pub(super) base: u64,
    pub(super) percent: Option<Rate>,
    pub(super) amount: i64,
}

/// The wants of an order: those of the first rules that hold, credit by credit, then those of the bonuses.
pub(super) struct Grants<'a> {
    pub(super) wants: Vec<Want<'a>>,
    pub(super) addends: Vec<Addend>,
}

/// What granting needs to know of an order.
pub(super) struct Granting<'a, 'o> {
    pub(super) program: &'a Program,
    pub(super) order: &'o Order,
    pub(super) currency: Currency,
    pub(super) credits: &'o [Credited<'a>],
    pub(super) taps: &'o [Tap<'o>],
    /// `None`: nobody said what was earlier.
    pub(super) past: Option<&'o Past<'o>>,
}

impl<'a> Granting<'a, '_> {
    pub(super) fn grants(&self) -> Result<Grants<'a>> {
        let weights: Vec<u64> = self.credits.iter().map(|c| c.weight).collect();
        let mut grants = Grants { wants: Vec::with_capacity(self.credits.len() * self.taps.len()), addends: Vec::new() };
        // One credit has all of every base.
        let shared = weights.len() > 1;
        let bases: Vec<Vec<u64>> = self.taps.iter().filter(|_| shared).map(|tap| allocate(tap.base, &weights)).collect();
        let base = |line: usize, credit: usize| match bases.get(line) {
            Some(parts) => parts.get(credit).copied().unwrap_or(0),
            None => self.taps.get(line).map_or(0, |tap| tap.base),
        };
        for (credit, credited) in self.credits.iter().enumerate() {
            let affiliate = credited.affiliate.id.text();
            for (line, tap) in self.taps.iter().enumerate() {
                let base = base(line, credit);
                let mut add = |rule, none: Option<What>| {
                    if let Some(what) = none {
                        grants.addends.push(Addend { want: grants.wants.len(), what, base, percent: None, amount: 0 });
                    }
                    grants.wants.push(Want { affiliate, rule, line, amount: 0, credit, base, line_base: tap.base });
                };
                if self.program.state(credited.affiliate, &tap.line.product, self.order.at) != Some(State::Approved) {
                    add(None, Some(What::NoPartnership));
                    continue;
                }
                let mut first = None;
                for rule in &self.program.rules {
                    if rule.holds(self.program, self.order, tap.line, credited.credit, credited.affiliate) && self.picked(rule, credited)? {
                        first = Some(rule);
                        break;
                    }
                }
                add(first, first.is_none().then_some(What::NoRule));
            }
        }
        // A bonus is paid beside a rule, not instead of one.
        let ruled = grants.wants.len();
        for bonus in &self.program.bonuses {
            for n in 0..ruled {
                let Some(&Want { affiliate, rule: Some(_), line, credit, base, .. }) = grants.wants.get(n) else { continue };
                if let (Some(tap), Some(credited)) = (self.taps.get(line), self.credits.get(credit))
                    && bonus.holds(self.program, self.order, tap.line, credited.credit, credited.affiliate)
                    && self.picked(bonus, credited)?
                {
                    grants.wants.push(Want { affiliate, rule: Some(bonus), line, amount: 0, credit, base, line_base: tap.base });
                }
            }
        }
        for (list, is_bonus) in [(&self.program.rules, false), (&self.program.bonuses, true)] {
            for rule in list {
                let uses: Vec<usize> = grants.uses(rule);
                if !uses.is_empty() {
                    let place = |error: Error| error.at(format_args!("rule {}", quote(&rule.name)));
                    self.pay(&mut grants, &rule.pays, &rule.name, &uses, &weights, is_bonus).map_err(place)?;
                }
            }
        }
        Ok(grants)
    }

    /// Whether a rule with a choice is one for this seller: without a choice, always.
    fn picked(&self, rule: &Rule, credited: &Credited<'_>) -> Result<bool> {
        let Main::Choice(rates) = &rule.pays.main else { return Ok(true) };
        let (Some(rate), true) = (self.order.rate, credited.affiliate.sells()) else { return Ok(false) };
        if rates.contains(&rate) {
            return Ok(true);
        }
        let allowed = rates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Err(Error::new(ErrorCode::RateNotAllowed, format!("/rate: {rate} is none of {allowed}, which rule {} allows", quote(&rule.name))))
    }

    /// Pays the wants that use a rule, in the order of its parts: the main part, the first payment's sum, then the limits.
    fn pay(&self, grants: &mut Grants<'a>, pays: &Pays, name: &str, uses: &[usize], weights: &[u64], is_bonus: bool) -> Result<()> {
        let Pays { main, first_payment, min, max, budget, recurring } = pays;
        let over = match *recurring {
            Recurring::Always => false,
            Recurring::Payments(payments) => self.order.payment > payments,
            Recurring::Months(months) => {
                let first = self.order.first_at.unwrap_or(self.order.at);
                if self.order.payment > 1 && self.order.first_at.is_none() {
                    return Err(Error::new(ErrorCode::TimeInvalid, "/first_at: is missing, and the rule counts months since then"));
                }
                self.order.at >= self.program.zone.add_months(first, months)
            }
        };
        if over {
            uses.iter().for_each(|n| grants.add(*n, What::RecurringOver, None, None, 0));
            return Ok(());
        }
        let what = |what| if is_bonus { What::Bonus } else { what };
        let rounding = self.program.settlement.rounding;
        match main {
            Main::Percent(_) | Main::Choice(_) => {
                let (rate, what) = match (main, self.order.rate) {
                    (Main::Percent(rate), _) => (*rate, what(What::Percent)),
                    (_, picked) => (picked.unwrap_or(Rate::ZERO), what(What::Choice)),
                };
                for n in uses {
                    let base = grants.base(*n);
                    // INVARIANT: a percentage of an amount below 2^53.
                    grants.add(*n, what, None, Some(rate), rate.of(base as i64, rounding).unsigned_abs());
                }
            }
            Main::Fixed(amounts, Per::Order) => {
                let once = amounts.of(self.currency, &|| "/fixed".into())?;
                grants.share_once(uses, what(What::Fixed), once, weights);
            }
            Main::Fixed(amounts, per) => {
                let one = amounts.of(self.currency, &|| "/fixed".into())?;
                let mut by_line = uses.to_vec();
                by_line.sort_by_key(|n| grants.line(*n));
                for here in by_line.chunk_by(|a, b| grants.line(*a) == grants.line(*b)).map(<[usize]>::to_vec).collect::<Vec<_>>() {
                    let Some(tap) = here.first().and_then(|n| self.taps.get(grants.line(*n))) else { continue };
                    let pieces = u64::from(tap.line.quantity);
                    let sum = if *per == Per::Unit {
                        one.saturating_mul(pieces)
                    } else {
                        rounding.divide(u128::from(one) * u128::from(pieces), 1000) as u64
                    };
                    let parts = allocate(sum, weights);
                    for n in here {
                        let part = parts.get(grants.credit(n)).copied().unwrap_or(0);
                        grants.add(n, what(What::Fixed), None, None, part);
                    }
                }
            }
            Main::Tiers(tiers) => {
                for group in grants.by_affiliate(uses) {
                    self.pay_tiers(grants, tiers, &group, weights, what(What::Tier))?;
                }
            }
        }
        if self.order.payment == 1 && !first_payment.is_empty() {
            let once = first_payment.of(self.currency, &|| "/first_payment".into())?;
            grants.share_once(uses, what(What::FirstPayment), once, weights);
        }
        for (amounts, limit) in [(min, What::Minimum), (max, What::Maximum)] {
            if amounts.is_empty() {
                continue;
            }
            let parts = allocate(amounts.of(self.currency, &|| format!("/{limit}"))?, weights);
            for group in grants.by_affiliate(uses) {
                let bound = grants.part_of(&group, &parts);
                let sum = grants.sum(&group);
                if (limit == What::Minimum && sum < bound) || (limit == What::Maximum && sum > bound) {
                    grants.become_sum(&group, limit, bound);
                }
            }
        }
        if let Some(budget) = budget {
            let amount = budget.amount.of(self.currency, &|| "/budget/amount".into())?;
            let groups = match budget.each {
                Each::Affiliate => grants.by_affiliate(uses),
                Each::Rule => vec![uses.to_vec()],
            };
            for group in groups {
                let whose = group.first().and_then(|n| grants.wants.get(*n)).map(|want| &**want.affiliate);
                let left = amount.saturating_sub(self.past()?.paid(name, whose.filter(|_| budget.each == Each::Affiliate), budget.over));
                if grants.sum(&group) > left {
                    grants.become_sum(&group, What::Budget, left);
                }
            }
        }
        Ok(())
    }

    /// One affiliate's part of a rule with tiers, computed for all its lines together.
    fn pay_tiers(&self, grants: &mut Grants<'a>, tiers: &Tiers, group: &[usize], weights: &[u64], what: What) -> Result<()> {
        let Some(affiliate) = group.first().and_then(|n| grants.wants.get(*n)).map(|want| want.affiliate) else { return Ok(()) };
        let base = group.iter().fold(0_u64, |sum, n| sum.saturating_add(grants.base(*n)));
        let (earlier, now) = match tiers.by {
            By::OrderValue => (0, base),
            By::Revenue => (self.past()?.revenue(affiliate, tiers.over), base),
            By::Count => (self.past()?.count(affiliate, tiers.over), 1),
        };
        let parts = slices(&tiers.bounds(self.currency)?, earlier, now, tiers.how, tiers.current);
        // Each part of the base with its tier; where orders are counted, all of it lies in one.
        let mut rates: Vec<(Rate, u64)> = Vec::with_capacity(parts.len());
        for slice in &parts {
            let part = if tiers.by == By::Count { base } else { slice.part };
            match tiers.list.get(slice.tier).map(|tier| &tier.pays) {
                Some(TierPays::Percent(rate)) => rates.push((*rate, part)),
                Some(TierPays::Fixed(amounts)) => {
                    let once = amounts.of(self.currency, &|| format!("/tiers/{}/fixed", slice.tier))?;
                    grants.share_once(group, what, once, weights);
                }
                None => {}
            }
        }
        // The lines fill the parts one after another.
        let mut lines: Vec<(usize, u64)> = group.iter().map(|n| (*n, grants.base(*n))).collect();
        let amounts = of_parts(&rates, self.program.settlement.rounding);
        for ((rate, part), amount) in rates.into_iter().zip(amounts) {
            let mut left = part;
            let mut takes: Vec<(usize, u64)> = Vec::with_capacity(lines.len());
            for (n, rest) in &mut lines {
                let taken = left.min(*rest);
                (left, *rest) = (left - taken, *rest - taken);
                takes.push((*n, taken));
            }
            let sizes: Vec<u64> = takes.iter().map(|(_, taken)| *taken).collect();
            for ((n, taken), amount) in takes.into_iter().zip(allocate(amount, &sizes)) {
                if taken > 0 {
                    grants.add(n, what, Some(taken), Some(rate), amount);
                }
            }
        }
        Ok(())
    }

    fn past(&self) -> Result<&Past<'_>> {
        self.past.ok_or_else(|| {
            Error::new(ErrorCode::HistoryMissing, "what is paid depends on earlier orders; give the affiliate's earlier commissions")
        })
    }
}

impl<'a> Grants<'a> {
    fn uses(&self, rule: &Rule) -> Vec<usize> {
        let uses = |want: &Want<'_>| want.rule.is_some_and(|used| std::ptr::eq(used, rule));
        self.wants.iter().enumerate().filter(|(_, want)| uses(want)).map(|(n, _)| n).collect()
    }

    fn base(&self, n: usize) -> u64 {
        self.wants.get(n).map_or(0, |want| want.base)
    }

    fn line(&self, n: usize) -> usize {
        self.wants.get(n).map_or(usize::MAX, |want| want.line)
    }

    fn credit(&self, n: usize) -> usize {
        self.wants.get(n).map_or(usize::MAX, |want| want.credit)
    }

    fn sum(&self, group: &[usize]) -> u64 {
        group.iter().filter_map(|n| self.wants.get(*n)).fold(0, |sum, want| sum.saturating_add(want.amount))
    }

    fn add(&mut self, n: usize, what: What, base: Option<u64>, percent: Option<Rate>, amount: u64) {
        let base = base.unwrap_or_else(|| self.base(n));
        if let Some(want) = self.wants.get_mut(n) {
            want.amount = want.amount.saturating_add(amount);
            // What is beyond ±(2^53 − 1) is refused or cut off later, never handed out.
            self.addends.push(Addend { want: n, what, base, percent, amount: i64::try_from(amount).unwrap_or(i64::MAX) });
        }
    }

    /// Wants by affiliate, in the order in which the affiliates first come.
    fn by_affiliate(&self, uses: &[usize]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
        let mut places: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for n in uses {
            let Some(want) = self.wants.get(*n) else { continue };
            let place = *places.entry(want.affiliate).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, group)) => group.push(*n),
                None => groups.push((want.affiliate, vec![*n])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// What a group's credits have of an amount that was split by all credits' weights.
    fn part_of(&self, group: &[usize], parts: &[u64]) -> u64 {
        let mut credits: Vec<usize> = group.iter().map(|n| self.credit(*n)).collect();
        credits.dedup(); // the wants of one credit stand together
        credits.iter().filter_map(|credit| parts.get(*credit)).fold(0, |sum, part| sum.saturating_add(*part))
    }

    /// Gives each credit that uses a rule its part of an amount paid once for the order, shared by its lines' bases.
    fn share_once(&mut self, uses: &[usize], what: What, once: u64, weights: &[u64]) {
        let parts = allocate(once, weights);
        for rows in uses.chunk_by(|a, b| self.credit(*a) == self.credit(*b)).map(<[usize]>::to_vec).collect::<Vec<_>>() {
            let part = rows.first().and_then(|n| parts.get(self.credit(*n))).copied().unwrap_or(0);
            let bases = self.shape(&rows, |want| want.line_base);
            for (n, amount) in rows.iter().zip(allocate(part, &bases)) {
                self.add(*n, what, None, None, amount);
            }
        }
    }

    /// Weights for splitting over some wants: as `by` says; all alike where that says nothing of all.
    fn shape(&self, group: &[usize], by: impl Fn(&Want<'_>) -> u64) -> Vec<u64> {
        let shape: Vec<u64> = group.iter().map(|n| self.wants.get(*n).map_or(0, &by)).collect();
        if shape.iter().all(|weight| *weight == 0) { vec![1; group.len()] } else { shape }
    }

    /// Makes some wants add up to `sum`, in the same proportions.
    fn become_sum(&mut self, group: &[usize], limit: What, sum: u64) {
        let mut shape = self.shape(group, |want| want.amount);
        if self.sum(group) == 0 {
            shape = self.shape(group, |want| want.line_base);
        }
        for (n, amount) in group.iter().zip(allocate(sum, &shape)) {
            let base = self.base(*n);
            let Some(want) = self.wants.get_mut(*n) else { continue };
            let change = i64::try_from(i128::from(amount) - i128::from(want.amount)).unwrap_or(i64::MIN);
            want.amount = amount;
            if change != 0 {
                self.addends.push(Addend { want: *n, what: limit, base, percent: None, amount: change });
            }
        }
    }
}
