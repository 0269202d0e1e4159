//! Plain sales, settled without an order of their own each.

use super::Rows;
use crate::columns::engine::{Credits, Who};
use crate::columns::names::Names;
use crate::columns::orders::{Orders, SEVERAL};
use crate::commission::plan::{Payee, Plan};
use crate::program::{Product, State};
use crate::{Evidence, Program, Result, Role};

/// More products times affiliates than this are looked up one by one: not here.
const PAIRS_MAX: usize = 1 << 22;
const UNSEEN: u32 = u32::MAX;

/// A program's plan with the codes of everybody who may be paid, and of every rule.
#[derive(Debug)]
pub(super) struct Plain<'p> {
    program: &'p Program,
    plan: Plan<'p>,
    vendor: Option<i32>,
    affiliates: Vec<Option<i32>>,
    rules: Vec<Option<i32>>,
    /// By the orders' codes.
    products: Vec<Bought<'p>>,
}

#[derive(Debug)]
struct Bought<'p> {
    name: &'p str,
    product: Option<&'p Product>,
    partners: Vec<Option<i32>>,
}

/// Which rules may pay whom for what, as far as it was asked before.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// For each product, affiliate and, where it matters, kind of evidence: its place in `lists`.
    places: Vec<u32>,
    lists: Vec<Vec<usize>>,
}

impl<'p> Plain<'p> {
    pub(super) fn new(program: &'p Program, orders: &'p Orders<'_>, recipients: &Names, rules: &Names) -> Option<Self> {
        let plan = program.plan()?;
        let code = |names: &Names, text: &str| names.get(text).map(u32::cast_signed);
        let products: Vec<Bought<'p>> = (0..orders.products.len() as u32)
            .map(|n| {
                let name = orders.products.text(n);
                let product = program.product(name);
                let partners = product.iter().flat_map(|product| &product.partners);
                Bought { name, product, partners: partners.map(|partner| code(recipients, partner.id.as_str())).collect() }
            })
            .collect();
        let pairs = products.len().saturating_mul(program.affiliates().len()).saturating_mul(Evidence::ALL.len());
        (pairs <= PAIRS_MAX).then(|| Self {
            program,
            plan,
            vendor: code(recipients, program.vendor_text()),
            affiliates: program.affiliates().iter().map(|affiliate| code(recipients, affiliate.id.as_str())).collect(),
            rules: plan.rule_names().map(|name| code(rules, name)).collect(),
            products,
        })
    }

    /// Settles an order, if it is plain; else adds nothing, and says so.
    pub(super) fn settle(&self, order: usize, orders: &Orders<'_>, credits: &Credits, known: &mut Known, rows: &mut Rows) -> Result<bool> {
        let mut of_order = credits.of(order);
        let (credit, code) = (of_order.next(), orders.product.get(order).copied().unwrap_or(SEVERAL));
        let (Some(bought), None) = (self.products.get(code as usize), of_order.next()) else { return Ok(false) };
        let Some(sale) = orders.plain_sale(order)? else { return Ok(false) };
        let seller = credit.map(|credit| credit.who);
        let affiliate = seller.and_then(|who| self.program.affiliates().get(who.affiliate() as usize));
        let is_partner = affiliate.is_some_and(|affiliate| self.program.state(affiliate, bought.name, sale.at) == Some(State::Approved));
        let rules = match seller.filter(|_| is_partner) {
            Some(who) => self.rules_of(code as usize, bought, who, known),
            None => &[],
        };
        let before = rows.order.len();
        let settled = self.plan.settle(&sale, bought.product, rules, |role: Role, payee, amount| {
            let (recipient, rule) = match payee {
                Payee::Nobody => (None, None),
                Payee::Vendor => (self.vendor, None),
                Payee::Affiliate(rule) => {
                    let affiliate = seller.and_then(|who| self.affiliates.get(who.affiliate() as usize)).copied().flatten();
                    (affiliate, self.rules.get(rule).copied().flatten())
                }
                Payee::Partner(n) => (bought.partners.get(n).copied().flatten(), None),
            };
            rows.order.push(order as u32);
            rows.role.push(role as i8);
            rows.recipient.push(recipient);
            rows.rule.push(rule);
            rows.amount.push(amount);
        });
        if settled.is_none() {
            rows.truncate(before);
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
        let (Some(place), Some(affiliate)) = (known.places.get_mut(place), self.program.affiliates().get(affiliate)) else { return &[] };
        if *place == UNSEEN {
            *place = known.lists.len() as u32; // INVARIANT: at most PAIRS_MAX
            known.lists.push(self.plan.rules_for(bought.name, affiliate, who.evidence()));
        }
        known.lists.get(*place as usize).map_or(&[], Vec::as_slice)
    }
}
