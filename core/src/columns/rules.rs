//! A program as the engine asks it: by number instead of by name.

use super::names::{Names, Seed};
use super::orders::Orders;
use super::touches::{Facts, NONE, UNKNOWN};
use crate::attribution::policy::{Audience, ConsentRule, Model};
use crate::program::State;
use crate::{Consent, Evidence, Program, Time};
use std::collections::BTreeMap;

const KINDS: usize = Evidence::ALL.len();

/// How many touches of the deciding tier are credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Last,
    First,
    All,
}

/// When an affiliate earns.
#[derive(Debug)]
struct Standing {
    /// From when until when, where it is one stretch of time for all products.
    start: i64,
    end: i64,
    /// Several stretches, or other ones for some products: the program is asked.
    is_plain: bool,
    /// Whether its touches need a look at all others of the visitor.
    stands_down: bool,
}

/// A program's attribution, compiled for one table of orders.
#[derive(Debug)]
pub(super) struct Rules<'p> {
    pub(super) program: &'p Program,
    pub(super) kind: Kind,
    pub(super) tier: [u8; KINDS],
    /// The widest window of each tier.
    widest: [i64; KINDS],
    pub(super) tiers: usize,
    window: [i64; KINDS],
    shortest: [i64; KINDS],
    signed: [bool; KINDS],
    granted_only: bool,
    cross_product: bool,
    pub(super) coupons_need_touches: bool,
    /// Carts matter to some kind of evidence.
    pub(super) carts_matter: bool,
    standing: Vec<Standing>,
    pub(super) any_stands_down: bool,
    /// The affiliates whom an order's own identities exclude, by order.
    excluded: BTreeMap<u32, Vec<u32>>,
}

/// A touch that may be credited, if it finds its order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lite {
    pub(super) row: u32,
    pub(super) affiliate: u32,
    pub(super) product: u32,
    pub(super) evidence: Evidence,
}

fn at<T: Copy + Default>(list: &[T], evidence: Evidence) -> T {
    list.get(evidence as usize).copied().unwrap_or_default()
}

/// The affiliates of a program, each with its place as its number.
pub(super) fn affiliates(program: &Program, seed: Seed) -> Names {
    let mut names = Names::new(seed, program.folds_case());
    program.affiliates().iter().for_each(|affiliate| {
        names.add(affiliate.id.as_str());
    });
    names
}

impl<'p> Rules<'p> {
    pub(super) fn new(program: &'p Program, orders: &Orders<'_>, seed: Seed) -> Self {
        let policy = &program.policy;
        let mut rules = Self {
            program,
            kind: match policy.model {
                Model::LastTouch => Kind::Last,
                Model::FirstTouch => Kind::First,
                Model::Linear | Model::PositionBased { .. } | Model::TimeDecay { .. } => Kind::All,
            },
            tier: [0; KINDS],
            widest: [0; KINDS],
            tiers: 0,
            window: [0; KINDS],
            shortest: [0; KINDS],
            signed: [false; KINDS],
            granted_only: policy.consent == ConsentRule::Granted,
            cross_product: policy.cross_product,
            coupons_need_touches: policy.coupon_audience == Audience::Touched,
            carts_matter: Evidence::ALL.iter().any(|kind| policy.after_cart.of(*kind)),
            standing: Vec::new(),
            any_stands_down: false,
            excluded: BTreeMap::new(),
        };
        for (n, kind) in Evidence::ALL.iter().enumerate() {
            let window = policy.window_ms.of(*kind).unwrap_or(i64::MAX);
            let tier = policy.tier.of(*kind);
            rules.tiers = rules.tiers.max(tier as usize + 1);
            if let Some(widest) = rules.widest.get_mut(tier as usize) {
                *widest = window.max(*widest);
            }
            for (slot, value) in [(&mut rules.window, window), (&mut rules.shortest, policy.shortest_ms.of(*kind))] {
                if let Some(slot) = slot.get_mut(n) {
                    *slot = value;
                }
            }
            if let (Some(slot), Some(signed)) = (rules.tier.get_mut(n), rules.signed.get_mut(n)) {
                (*slot, *signed) = (tier, policy.signed.of(*kind));
            }
        }
        rules.standing = program.affiliates().iter().map(|affiliate| rules.standing_of(affiliate)).collect();
        rules.any_stands_down = rules.standing.iter().any(|standing| standing.stands_down);
        rules.exclude(orders, seed);
        rules
    }

    fn standing_of(&self, affiliate: &crate::program::Affiliate) -> Standing {
        let stands_down = affiliate.stand_down_ms.is_some();
        let by_product = affiliate.states().any(|(_, _, product)| product.is_some());
        // Where the general state turns: the stretches in which it is approved.
        let mut stretches: Vec<(i64, i64)> = Vec::new();
        for (_, since, _) in affiliate.states() {
            let approved = self.program.state(affiliate, "", since) == Some(State::Approved);
            match stretches.last_mut() {
                Some((_, end)) if *end == i64::MAX && !approved => *end = since.millis(),
                Some((_, end)) if *end == i64::MAX => {}
                Some(_) | None if approved => stretches.push((since.millis(), i64::MAX)),
                Some(_) | None => {}
            }
        }
        stretches.retain(|(start, end)| start < end);
        let (start, end) = stretches.first().copied().unwrap_or((i64::MAX, i64::MAX));
        Standing { start, end, is_plain: !by_product && stretches.len() < 2, stands_down }
    }

    fn exclude(&mut self, orders: &Orders<'_>, seed: Seed) {
        if !orders.has_identities() {
            return;
        }
        let mut names = Names::new(seed, false);
        let mut owners: Vec<Vec<u32>> = Vec::new();
        for (n, affiliate) in (0_u32..).zip(self.program.affiliates()) {
            for identity in &affiliate.identities {
                let name = names.add(identity) as usize;
                owners.resize_with(names.len().max(owners.len()), Vec::new);
                if let Some(list) = owners.get_mut(name) {
                    list.push(n);
                }
            }
        }
        for order in 0..orders.count() {
            let hit = |identity: &str| names.get(identity).and_then(|name| owners.get(name as usize)).cloned().unwrap_or_default();
            let excluded: Vec<u32> = orders.identities(order).into_iter().flat_map(hit).collect();
            if !excluded.is_empty() {
                self.excluded.insert(order as u32, excluded); // INVARIANT: fewer than 2^32 rows
            }
        }
    }

    /// Whether an order excludes affiliates at all.
    pub(super) fn excludes(&self, order: u32) -> bool {
        !self.excluded.is_empty() && self.excluded.contains_key(&order)
    }

    /// The checks that need no order. What is left may be credited.
    #[inline]
    pub(super) fn alone(&self, row: u32, facts: Facts) -> Option<Lite> {
        let Facts { affiliate, evidence, product, consent, navigated, signed } = facts;
        let consents = match consent {
            Consent::Granted => true,
            Consent::Unknown => !self.granted_only,
            Consent::Denied | Consent::Gpc => false,
        };
        let stands = navigated && consents && (signed || !at(&self.signed, evidence)) && affiliate < NONE;
        let foreign = product == UNKNOWN && !self.cross_product;
        (stands && !foreign).then_some(Lite { row, affiliate, product, evidence })
    }

    /// The widest window of the tiers that are stronger than each; the last of all.
    pub(super) fn reach(&self) -> Vec<i64> {
        let mut reach = vec![-1];
        for widest in self.widest.iter().take(self.tiers) {
            reach.push(*widest.max(reach.last().unwrap_or(&-1)));
        }
        reach
    }

    pub(super) fn stands_down(&self, affiliate: u32) -> bool {
        self.standing.get(affiliate as usize).is_some_and(|standing| standing.stands_down)
    }

    #[inline]
    pub(super) fn tier_of(&self, evidence: Evidence) -> u8 {
        at(&self.tier, evidence)
    }

    #[inline]
    pub(super) fn window_of(&self, evidence: Evidence) -> i64 {
        at(&self.window, evidence)
    }

    #[inline]
    pub(super) fn shortest_of(&self, evidence: Evidence) -> i64 {
        at(&self.shortest, evidence)
    }

    /// The stretch of time in which an affiliate earns from every product; `None` where it is not that simple.
    #[inline]
    pub(super) fn stretch(&self, affiliate: u32) -> Option<(i64, i64)> {
        self.standing.get(affiliate as usize).filter(|standing| standing.is_plain).map(|standing| (standing.start, standing.end))
    }

    /// Whether no touch is bound to its product.
    pub(super) fn takes_all_products(&self) -> bool {
        self.cross_product
    }

    /// Whether a touch's product fits every order.
    #[inline]
    pub(super) fn takes_any_product(&self, product: u32) -> bool {
        self.cross_product || product == NONE
    }

    /// Whether an affiliate is approved for one of an order's products; whether it is the buyer, [`is_buyer`](Self::is_buyer) tells.
    #[inline]
    pub(super) fn earns(&self, orders: &Orders<'_>, affiliate: u32, order: u32, order_at: i64) -> bool {
        let Some(standing) = self.standing.get(affiliate as usize) else { return false };
        if standing.is_plain {
            return order_at >= standing.start && order_at < standing.end;
        }
        self.asks(orders, affiliate, order, order_at)
    }

    #[cold]
    fn asks(&self, orders: &Orders<'_>, affiliate: u32, order: u32, order_at: i64) -> bool {
        let (Some(affiliate), Ok(at)) = (self.program.affiliates().get(affiliate as usize), Time::from_millis(order_at)) else {
            return false;
        };
        let mut products = orders.products_of(order as usize);
        products.any(|product| self.program.state(affiliate, product, at) == Some(State::Approved))
    }

    pub(super) fn is_buyer(&self, affiliate: u32, order: u32) -> bool {
        self.excluded.get(&order).is_some_and(|excluded| excluded.contains(&affiliate))
    }

    /// Whether an order holds a touch's product.
    #[inline]
    pub(super) fn holds(&self, orders: &Orders<'_>, product: u32, order: u32, order_product: u32) -> bool {
        self.cross_product
            || product == NONE
            || product == order_product
            || (order_product == super::orders::SEVERAL && self.among(orders, product, order))
    }

    #[cold]
    fn among(&self, orders: &Orders<'_>, product: u32, order: u32) -> bool {
        let mut products = orders.products_of(order as usize);
        products.any(|bought| orders.products.get(bought) == Some(product))
    }
}
