//! The settlement of plain sales, for whole tables: one line, one credit or none, and a rule that pays a percentage. What a column of sales needs again
//! and again is looked up once; whatever is not that plain goes the way of all orders, whose twin this is.

use super::pays::{Main, Pays, Recurring};
use super::settlement::{Base, PartnersBase, Step};
use crate::money::Rate;
use crate::program::{Affiliate, Product, Program};
use crate::{Evidence, Money, Role, Text, Time};

/// A sale without anything but this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainSale {
    pub(crate) gross: Money,
    pub(crate) tax: Money,
    pub(crate) at: Time,
    pub(crate) payment: u32,
    pub(crate) quantity: u32,
}

/// Who has a part of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payee {
    Nobody,
    Vendor,
    /// The credited affiliate, by the rule at a place.
    Affiliate(usize),
    /// The product's partner at a place.
    Partner(usize),
}

/// A program whose plain sales can be settled by themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'p> {
    program: &'p Program,
    pub(crate) asks_evidence: bool,
}

impl Program {
    /// The plan for this program's plain sales, unless its settlement has parts that need a look at more.
    pub(crate) fn plan(&self) -> Option<Plan<'_>> {
        let needs_more = !self.bonuses.is_empty()
            || self.settlement.second_level.is_some()
            || self.looks_back()
            || self.rules.iter().any(super::rule::Rule::asks_campaign);
        (!needs_more).then(|| Plan { program: self, asks_evidence: self.rules.iter().any(super::rule::Rule::asks_evidence) })
    }
}

impl<'p> Plan<'p> {
    /// The places of the rules that may pay an affiliate for a product.
    pub(crate) fn rules_for(&self, product: &str, affiliate: &Affiliate, evidence: Evidence) -> Vec<usize> {
        let rules = self.program.rules.iter().enumerate();
        rules.filter(|(_, rule)| rule.may_pay_plain(self.program, product, affiliate, evidence)).map(|(n, _)| n).collect()
    }

    pub(crate) fn rule_names(&self) -> impl Iterator<Item = &'p Text> {
        self.program.rules.iter().map(|rule| &rule.name)
    }

    /// Tells who gets what, in the order of the settlement's steps; `rules` are those of the credited affiliate. `None`: this sale is not plain, and
    /// what was told is void.
    pub(crate) fn settle(
        &self,
        sale: &PlainSale,
        product: Option<&Product>,
        rules: &[usize],
        mut tell: impl FnMut(Role, Payee, i64),
    ) -> Option<()> {
        let settlement = &self.program.settlement;
        let (gross, currency) = (sale.gross.minor().unsigned_abs(), sale.gross.currency());
        let mut left = gross;
        // INVARIANT: amounts are below 2^53.
        let mut take = |amount: u64, role, payee, left: &mut u64| {
            let amount = amount.min(*left);
            if amount > 0 {
                *left -= amount;
                tell(role, payee, amount as i64);
            }
            amount
        };
        let of = |rate: Rate, base: u64| rate.of(base as i64, settlement.rounding).unsigned_abs();
        let (mut tax, mut fee, mut base) = (0, 0, 0);
        for step in &settlement.steps {
            match step {
                Step::Tax => tax = take(sale.tax.minor().unsigned_abs(), Role::Tax, Payee::Nobody, &mut left),
                Step::Fee => {
                    let small = settlement.fee_small.as_ref();
                    let small = small.filter(|(below, _)| below.given(currency).is_some_and(|most| sale.gross.minor() < most.minor()));
                    let fixed = match small.map_or(&settlement.fee_fixed, |(_, fixed)| fixed) {
                        _ if gross == 0 => 0,
                        fixed => fixed.of(currency, &String::new).ok()?,
                    };
                    fee = take(settlement.fee_rate.map_or(0, |rate| of(rate, gross)) + fixed, Role::Fee, Payee::Nobody, &mut left);
                }
                Step::Affiliate => {
                    base = match settlement.base {
                        Base::Gross => gross,
                        Base::NetOfTax => gross - tax,
                        Base::NetOfTaxAndFee => gross - tax - fee,
                    };
                    let holds = |n: &&usize| self.program.rules.get(**n).is_some_and(|rule| rule.admits(sale));
                    let Some((n, rule)) = rules.iter().find(holds).and_then(|n| Some((*n, self.program.rules.get(*n)?))) else { continue };
                    let Pays { main: Main::Percent(rate), first_payment, min, max, budget: None, recurring: Recurring::Always } =
                        &rule.pays
                    else {
                        return None;
                    };
                    if !(first_payment.is_empty() && min.is_empty() && max.is_empty()) {
                        return None;
                    }
                    take(of(*rate, base), Role::Affiliate, Payee::Affiliate(n), &mut left);
                }
                Step::Partners => {
                    let base = match settlement.partners_base {
                        PartnersBase::AfterAffiliate => left,
                        PartnersBase::SameBase => base,
                    };
                    for (n, partner) in product.iter().flat_map(|product| &product.partners).enumerate() {
                        take(of(partner.rate_at(sale.at), base), Role::Partner, Payee::Partner(n), &mut left);
                    }
                }
                Step::SecondLevel => {}
            }
        }
        if left > 0 {
            tell(Role::Vendor, Payee::Vendor, left as i64);
        }
        Some(())
    }
}
