//! What looks odd about an order though it changed nothing, and who said what where evidence disagrees.

use super::{Credit, Rank, Ruling, rank};
use crate::error::words;
use crate::program::Program;
use crate::{Evidence, Order, Touch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

words! {
    /// What looks odd about an order, though it changed nothing.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Suspicion::SharedClick.as_str(), "shared_click");
    /// ```
    pub Suspicion: "suspicion" {
        /// Several affiliates claim one click id.
        SharedClick => "shared_click",
        /// In the moment in which a signed token was opened, an unsigned id named another affiliate: someone changed the link.
        ContradictedToken => "contradicted_token",
        /// Several affiliates were recorded in the same millisecond: cookies may have been stuffed.
        SameMoment => "same_moment",
        /// Only a coupon speaks for the credited affiliate, and other evidence for others: the coupon may have been leaked.
        CouponAlone => "coupon_alone",
        /// The host knows more accounts of this buyer than the program expects.
        ManyAccounts => "many_accounts",
        /// A touch came up to five minutes after the order: a clock may be wrong.
        ClockSkew => "clock_skew",
    }
}

/// Something that looks odd, and which touches show it.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Line, Money, Order, Suspicion, Time, Touch};
/// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// let at = Time::parse("2026-03-01T18:00:00Z")?;
/// let touches = [Touch::new("anna", at, Evidence::Cookie), Touch::new("bob", at, Evidence::Cookie)];
/// let flag = &program.attribute(&order, &touches)?.flags[0];
/// assert_eq!((flag.code, flag.touches.as_slice()), (Suspicion::SameMoment, &[0, 1][..]));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// What it is.
    pub code: Suspicion,
    /// The touches that show it, by their index; none for what the order itself shows.
    pub touches: Vec<u32>,
}

/// Whom one kind of evidence names, where kinds disagree: its latest eligible touch.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Line, Money, Order, Suspicion, Time, Touch};
/// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// let cookie = Touch::new("bob", Time::parse("2026-03-03T17:00:00Z")?, Evidence::Cookie);
/// let token = Touch::new("anna", Time::parse("2026-03-01T18:00:00Z")?, Evidence::Token);
/// let decision = program.attribute(&order, &[cookie, token])?;
/// // The token from the phone overrode this browser's cookie.
/// let said: Vec<_> = decision.conflicts.iter().map(|w| (w.evidence, w.affiliate.as_str(), w.credited)).collect();
/// assert_eq!(said, [(Evidence::Token, "anna", true), (Evidence::Cookie, "bob", false)]);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The kind of evidence.
    pub evidence: Evidence,
    /// The affiliate whom it names, as the program spells the id.
    pub affiliate: String,
    /// The touch, by its index.
    pub touch: u32,
    /// Whether this affiliate is credited.
    pub credited: bool,
}

/// How long after the order a touch is taken for a wrong clock, in milliseconds; as for tokens.
const SKEW_MS: i64 = 300_000;

/// What several touches have in common: touches by a key, sorted, the groups with several affiliates.
struct Groups<'a, K> {
    program: &'a Program,
    keyed: Vec<(K, u32)>,
}

impl<'a, K: Ord> Groups<'a, K> {
    fn new(program: &'a Program, keys: impl Iterator<Item = (K, u32)>) -> Self {
        Self { program, keyed: keys.collect() }
    }

    /// Calls `found` for every group of touches that name several affiliates, in order of the keys.
    fn each(mut self, touches: &[Touch], mut found: impl FnMut(Vec<u32>)) {
        if self.keyed.len() < 2 {
            return;
        }
        self.keyed.sort_unstable();
        let name = |n: &u32| touches.get(*n as usize).map_or("", |touch| touch.affiliate.as_str());
        for group in self.keyed.chunk_by(|(a, _), (b, _)| a == b) {
            let [(_, first), rest @ ..] = group else { continue };
            if rest.iter().any(|(_, n)| !self.program.same(name(first), name(n))) {
                found(group.iter().map(|(_, n)| *n).collect());
            }
        }
    }
}

/// Whether a touch of this kind happens in a browser, at a moment of its own.
fn is_visit(evidence: Evidence) -> bool {
    match evidence {
        Evidence::Token | Evidence::Parameter | Evidence::Cookie | Evidence::Click => true,
        Evidence::Manual | Evidence::Coupon | Evidence::Identity | Evidence::Claim | Evidence::Impression => false,
    }
}

/// Everything that looks odd, by code and then by place.
pub(super) fn flags(program: &Program, order: &Order, touches: &[Touch], rulings: &[Ruling<'_>], credits: &[Credit]) -> Vec<Flag> {
    let mut flags = Vec::new();
    let numbered = || (0_u32..).zip(touches);
    let clicks = numbered().filter_map(|(n, touch)| Some((touch.click_id.as_deref()?, n)));
    Groups::new(program, clicks).each(touches, |touches| flags.push(Flag { code: Suspicion::SharedClick, touches }));
    let moments = numbered().filter(|(_, touch)| is_visit(touch.evidence)).map(|(n, touch)| (touch.at, n));
    Groups::new(program, moments).each(touches, |group| {
        let signed = |n: &u32| touches.get(*n as usize).is_some_and(|t| t.evidence == Evidence::Token && t.signed);
        let code = if group.iter().any(signed) { Suspicion::ContradictedToken } else { Suspicion::SameMoment };
        flags.push(Flag { code, touches: group });
    });
    coupons_alone(touches, rulings, credits, &mut flags);
    if order.accounts.is_some_and(|accounts| accounts > program.policy.accounts_max) {
        flags.push(Flag { code: Suspicion::ManyAccounts, touches: Vec::new() });
    }
    // INVARIANT: both times lie within ±2^53.
    let late = numbered().filter(|(_, touch)| (1..=SKEW_MS).contains(&(touch.at.millis() - order.at.millis())));
    let late: Vec<u32> = late.map(|(n, _)| n).collect();
    if !late.is_empty() {
        flags.push(Flag { code: Suspicion::ClockSkew, touches: late });
    }
    // Stable: the groups of one code stay in their order.
    flags.sort_by_key(|flag| flag.code);
    flags
}

/// Whether a touch passed every check; precedence and model only weigh.
fn is_eligible(ruling: &Ruling<'_>) -> bool {
    use super::Reason::{Credited, Outranked, Superseded};
    matches!(ruling.reason, Credited | Outranked | Superseded)
}

fn coupons_alone(touches: &[Touch], rulings: &[Ruling<'_>], credits: &[Credit], flags: &mut Vec<Flag>) {
    let coupons = || credits.iter().filter(|credit| credit.evidence == Evidence::Coupon);
    if coupons().next().is_none() {
        return;
    }
    let met = met_otherwise(touches, rulings, is_eligible);
    for credit in coupons().filter(|credit| !met.is_empty() && !met.contains(credit.affiliate.as_str())) {
        flags.push(Flag { code: Suspicion::CouponAlone, touches: vec![credit.touch] });
    }
}

/// The affiliates for whom something other than a coupon speaks.
pub(super) fn met_otherwise<'p>(touches: &[Touch], rulings: &[Ruling<'p>], counts: impl Fn(&Ruling<'p>) -> bool) -> BTreeSet<&'p str> {
    let others = touches.iter().zip(rulings).filter(|(touch, ruling)| counts(ruling) && touch.evidence != Evidence::Coupon);
    others.filter_map(|(_, ruling)| ruling.affiliate.map(|a| a.id.as_str())).collect()
}

/// Whom each kind of evidence names, strongest kind first; empty where all name the same affiliate.
pub(super) fn conflicts(touches: &[Touch], rulings: &[Ruling<'_>], credits: &[Credit]) -> Vec<Witness> {
    let mut latest: [Option<Rank<'_>>; Evidence::ALL.len()] = [None; Evidence::ALL.len()];
    for (n, (touch, ruling)) in touches.iter().zip(rulings).enumerate().filter(|(_, (_, ruling))| is_eligible(ruling)) {
        if let Some(latest) = latest.get_mut(touch.evidence as usize) {
            *latest = (*latest).max(Some(rank(n, touch, ruling)));
        }
    }
    let mut named = latest.iter().flatten().map(|rank| rank.2);
    let first = named.next();
    if named.all(|affiliate| Some(affiliate) == first) {
        return Vec::new();
    }
    let witness = |rank: &Rank<'_>| Witness {
        evidence: rank.4,
        affiliate: rank.2.into(),
        touch: rank.8,
        credited: credits.iter().any(|credit| credit.affiliate == rank.2),
    };
    latest.iter().flatten().map(witness).collect()
}
