//! Plain sales, settled without an order of their own each.

use super::{NOBODY, Rows, code};
use crate::columns::engine::{Credits, Who};
use crate::columns::names::Names;
use crate::columns::orders::{Amounts, Orders, SEVERAL};
use crate::columns::rules::Rules;
use crate::commission::plan::{Payee, Plan};
use crate::program::Product;
use crate::{Evidence, Result, Role};
use std::collections::BTreeMap;

/// More products times affiliates than this are looked up one by one: not here.
const PAIRS_MAX: usize = 1 << 22;
const UNSEEN: u32 = u32::MAX;

/// A program's plan with the codes of everybody who may be paid, and of every rule.
#[derive(Debug)]
pub(super) struct Plain<'p> {
    attribution: &'p Rules<'p>,
    plan: Plan<'p>,
    vendor: i32,
    affiliates: Vec<i32>,
    rules: Vec<i32>,
    /// By the orders' codes.
    products: Vec<Bought<'p>>,
    amounts: Option<Amounts<'p>>,
}

#[derive(Debug)]
struct Bought<'p> {
    name: &'p str,
    product: Option<&'p Product>,
    partners: Vec<i32>,
}

/// Which rules may pay whom for what, as far as it was asked before.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// For each product, affiliate and, where it matters, kind of evidence: its place in `lists`.
    places: Vec<u32>,
    lists: Vec<Vec<usize>>,
    /// The place of each list.
    numbers: BTreeMap<Vec<usize>, u32>,
}

impl<'p> Plain<'p> {
    pub(super) fn new(attribution: &'p Rules<'p>, orders: &'p Orders<'p>, recipients: &Names, rules: &Names) -> Option<Self> {
        let program = attribution.program;
        let plan = program.plan()?;
        let products: Vec<Bought<'p>> = (0..orders.products.len() as u32)
            .map(|n| {
                let name = orders.products.text(n);
                let product = program.product(name);
                let partners = product.iter().flat_map(|product| &product.partners);
                Bought { name, product, partners: partners.map(|partner| code(recipients, Some(partner.id.as_str()))).collect() }
            })
            .collect();
        let pairs = products.len().saturating_mul(program.affiliates().len()).saturating_mul(Evidence::ALL.len());
        (pairs <= PAIRS_MAX).then(|| Self {
            attribution,
            plan,
            vendor: code(recipients, Some(program.vendor_text())),
            affiliates: program.affiliates().iter().map(|affiliate| code(recipients, Some(affiliate.id.as_str()))).collect(),
            rules: plan.rule_names().map(|name| code(rules, Some(name))).collect(),
            products,
            amounts: orders.plain_amounts(),
        })
    }

    /// Settles an order, if it is plain; else adds nothing, and says so.
    pub(super) fn settle(&self, order: usize, orders: &Orders<'_>, credits: &Credits, known: &mut Known, rows: &mut Rows) -> Result<bool> {
        let mut of_order = credits.of(order);
        let (credit, code) = (of_order.next(), orders.product.get(order).copied().unwrap_or(SEVERAL));
        let (Some(bought), None) = (self.products.get(code as usize), of_order.next()) else { return Ok(false) };
        let Some(sale) = orders.plain_sale(order, self.amounts.as_ref())? else { return Ok(false) };
        let seller = credit.map(|credit| credit.who);
        let rules = match seller.filter(|who| self.attribution.earns(orders, who.affiliate(), order as u32, sale.at.millis())) {
            Some(who) => self.rules_of(code as usize, bought, who, known),
            None => &[],
        };
        let before = rows.amount.len();
        let settled = self.plan.settle(&sale, bought.product, rules, |role: Role, payee, amount| {
            let (recipient, rule) = match payee {
                Payee::Nobody => (NOBODY, NOBODY),
                Payee::Vendor => (self.vendor, NOBODY),
                Payee::Affiliate(rule) => {
                    let affiliate = seller.and_then(|who| self.affiliates.get(who.affiliate() as usize)).copied();
                    (affiliate.unwrap_or(NOBODY), self.rules.get(rule).copied().unwrap_or(NOBODY))
                }
                Payee::Partner(n) => (bought.partners.get(n).copied().unwrap_or(NOBODY), NOBODY),
            };
            rows.role.push(role as i8);
            rows.recipient.push(recipient);
            rows.rule.push(rule);
            rows.amount.push(amount);
        });
        match settled {
            Some(()) => rows.end(order, before),
            None => rows.truncate(before),
        }
        Ok(settled.is_some())
    }

    fn rules_of<'k>(&self, code: usize, bought: &Bought<'_>, who: Who, known: &'k mut Known) -> &'k [usize] {
        let kinds = if self.plan.asks_evidence { Evidence::ALL.len() } else { 1 };
        if known.places.is_empty() {
            known.places = vec![UNSEEN; self.products.len() * self.affiliates.len() * kinds];
        }
        let affiliate = who.affiliate() as usize;
        let place = (code * self.affiliates.len() + affiliate) * kinds + (who.evidence() as usize) % kinds;
        let (Some(place), Some(affiliate)) = (known.places.get_mut(place), self.attribution.program.affiliates().get(affiliate)) else {
            return &[];
        };
        if *place == UNSEEN {
            // Most have the same rules: lists that are few stay near the processor.
            let rules = self.plan.rules_for(bought.name, affiliate, who.evidence());
            let known_as = known.numbers.len() as u32; // INVARIANT: at most PAIRS_MAX
            *place = *known.numbers.entry(rules).or_insert_with_key(|rules| {
                known.lists.push(rules.clone());
                known_as
            });
        }
        known.lists.get(*place as usize).map_or(&[], Vec::as_slice)
    }
}
