//! What looks odd about an order though it changed nothing, and who said what where evidence disagrees.

use super::{Credit, Ruling, rank};
use crate::error::words;
use crate::program::Program;
use crate::time::SKEW_MS;
use crate::{Evidence, Order, Touch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::num::NonZeroU64;

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

/// A number that is the same for the same text, and rarely for two.
pub(crate) fn print(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(head), Some(tail)) => u64::from_le_bytes(*head) ^ u64::from_le_bytes(*tail).rotate_left(29).wrapping_add(bytes.len() as u64),
        _ => bytes.iter().fold(bytes.len() as u64, |print, byte| print << 8 | u64::from(*byte)),
    }
}

/// Whether any of at most `most` prints may occur twice: pairs for a few, a table for many. Where somebody made prints that crowd the table,
/// the answer is yes.
pub(crate) fn may_repeat(most: usize, prints: impl Iterator<Item = u64>) -> bool {
    if most <= 16 {
        let mut seen = [0; 16];
        return prints.enumerate().any(|(n, print)| {
            let repeats = seen.iter().take(n).any(|earlier| *earlier == print);
            if let Some(place) = seen.get_mut(n) {
                *place = print;
            }
            repeats
        });
    }
    let mut table: Vec<Option<NonZeroU64>> = vec![None; (most * 2).next_power_of_two()];
    let last = table.len() - 1;
    for print in prints {
        // Odd numbers times odd numbers: only the lowest bit is lost.
        let mixed = (print | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (mixed >> 40) as usize;
        let entry = NonZeroU64::new(mixed);
        let probes = at..at + 32;
        at = match probes.clone().find(|at| table.get(at & last).is_none_or(|slot| slot.is_none() || *slot == entry)) {
            Some(free) => free,
            None => return true,
        };
        match table.get_mut(at & last) {
            Some(slot @ None) => *slot = entry,
            Some(Some(_)) | None => return true,
        }
    }
    false
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
    if may_repeat(touches.len(), clicks.clone().map(|(click, _)| print(click))) {
        Groups::new(program, clicks).each(touches, |touches| flags.push(Flag { code: Suspicion::SharedClick, touches }));
    }
    let moments = numbered().filter(|(_, touch)| is_visit(touch.evidence)).map(|(n, touch)| (touch.at, n));
    if may_repeat(touches.len(), moments.clone().map(|(at, _)| at.millis().cast_unsigned())) {
        Groups::new(program, moments).each(touches, |group| {
            let signed = |n: &u32| touches.get(*n as usize).is_some_and(|t| t.evidence == Evidence::Token && t.signed);
            let code = if group.iter().any(signed) { Suspicion::ContradictedToken } else { Suspicion::SameMoment };
            flags.push(Flag { code, touches: group });
        });
    }
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
    let mut latest: [Option<usize>; Evidence::ALL.len()] = [None; Evidence::ALL.len()];
    let ranked = |n: usize| Some(rank(n, touches.get(n)?, rulings.get(n)?));
    for (n, (touch, _)) in touches.iter().zip(rulings).enumerate().filter(|(_, (_, ruling))| is_eligible(ruling)) {
        let Some(latest) = latest.get_mut(touch.evidence as usize) else { continue };
        // Times decide almost always; the whole order is asked where they are equal.
        let standing = latest.and_then(|m| Some((m, touches.get(m)?.at)));
        if standing.is_none_or(|(m, at)| touch.at > at || (touch.at == at && ranked(n) > ranked(m))) {
            *latest = Some(n);
        }
    }
    let affiliate = |n: usize| rulings.get(n).and_then(|ruling| ruling.affiliate).map_or("", |a| a.id.as_str());
    let mut named = latest.iter().flatten().map(|n| affiliate(*n));
    let first = named.next();
    if named.all(|affiliate| Some(affiliate) == first) {
        return Vec::new();
    }
    let witness = |(evidence, n): (&Evidence, &Option<usize>)| {
        let n = (*n)?;
        let affiliate = affiliate(n);
        let credited = credits.iter().any(|credit| credit.affiliate == affiliate);
        // INVARIANT: there are at most 2^20 touches.
        Some(Witness { evidence: *evidence, affiliate: affiliate.into(), touch: n as u32, credited })
    };
    Evidence::ALL.iter().zip(&latest).filter_map(witness).collect()
}
