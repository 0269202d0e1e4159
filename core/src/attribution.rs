use crate::error::code_table;
use crate::program::{Affiliate, Program, State, hex};
use crate::{Consent, Error, ErrorCode, Evidence, Order, Result, Time, Touch};
use policy::{Audience, ConsentRule};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

mod doubt;
mod explain;
mod messages;
mod model;
pub(crate) mod policy;

pub use doubt::{Flag, Suspicion, Witness};
#[cfg(feature = "columns")]
pub(crate) use doubt::{may_repeat, print};
pub use messages::Messages;
#[cfg(feature = "columns")]
pub(crate) use model::each_weight;

/// The most touches that one decision takes: 2^20.
pub const TOUCHES_MAX: usize = 1 << 20;

/// The answer for one order: who is credited, and what became of every touch.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// use sentby::{Evidence, Line, Money, Order, Reason, Time, Touch};
/// let price = Money::parse("1190.00", "EUR")?;
/// let line = Line::new("1", "521411d4", price, Money::parse("190.00", "EUR")?);
/// let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
///
/// let decision = program.attribute(&order, &touches)?;
/// assert_eq!(decision.credits[0].affiliate, "anna");
/// assert_eq!(decision.verdicts[0].reason, Reason::Credited);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The order's id.
    pub order: String,
    /// When the buyer ordered.
    pub at: Time,
    /// Which rules decided: [`Program::version`]. Empty in a decision of the host's own.
    #[serde(default)]
    pub version: String,
    /// Who is credited, oldest touch first; empty if nobody is.
    pub credits: Vec<Credit>,
    /// One verdict for every touch, in the order in which the touches were given.
    pub verdicts: Vec<Verdict>,
    /// What looks odd, though it changed nothing.
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// Whom each kind of evidence names, strongest first, where they disagree; empty where all eligible touches of all kinds agree.
    #[serde(default)]
    pub conflicts: Vec<Witness>,
}

/// An affiliate and an integer weight; the share is the weight over the sum of all weights.
///
/// # Example
/// ```
/// use sentby::{Credit, Evidence};
/// // A decision of the host's own, such as a sale by phone, is settled like any other.
/// let credit = Credit { affiliate: "anna".into(), weight: 1, touch: 0, evidence: Evidence::Manual, campaign: None };
/// assert_eq!(credit.weight, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// The affiliate's id as the program spells it.
    pub affiliate: String,
    /// At least 1.
    pub weight: u64,
    /// The touch's index among those given.
    pub touch: u32,
    /// How the host knew of the touch.
    pub evidence: Evidence,
    /// The touch's campaign.
    #[serde(default)]
    pub campaign: Option<String>,
}

/// What became of one touch, and why.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Line, Money, Order, Time, Touch};
/// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// let late = Touch::new("anna", Time::parse("2026-01-01T00:00:00Z")?, Evidence::Cookie);
/// let verdict = &program.attribute(&order, &[late])?.verdicts[0];
/// assert_eq!((verdict.reason.as_str(), verdict.window_ms), ("outside_window", Some(2_592_000_000)));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The reason.
    pub reason: Reason,
    /// The affiliate as the touch spells it.
    pub affiliate: String,
    /// How the host knew of the touch.
    pub evidence: Evidence,
    /// When the touch happened.
    pub at: Time,
    /// The window that the program grants this evidence, in milliseconds; none if unlimited.
    #[serde(default)]
    pub window_ms: Option<i64>,
    /// The index of the touch that this one lost to, if it lost to one.
    #[serde(default)]
    pub by: Option<u32>,
}

code_table! {
    /// What became of a touch. The checks run in this order; the first that fails is the reason.
    ///
    /// # Example
    /// ```
    /// use sentby::Reason;
    /// assert_eq!(Reason::OutsideWindow.as_str(), "outside_window");
    /// assert!(!Reason::OutsideWindow.about().is_empty());
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Reason {
        /// The touch earned credit.
        Credited => "credited",
        /// An image, a frame or a prefetch loaded the link; nobody navigated.
        NotNavigated => "not_navigated",
        /// The visitor did not agree to tracking.
        NoConsent => "no_consent",
        /// The policy requires a signature for this kind of evidence.
        Unsigned => "unsigned",
        /// The touch came after the order.
        AfterOrder => "after_order",
        /// The touch is older than the window for its kind of evidence.
        OutsideWindow => "outside_window",
        /// The touch came sooner before the order than a person could buy.
        ImpossibleTime => "impossible_time",
        /// The program has no such affiliate.
        UnknownAffiliate => "unknown_affiliate",
        /// The affiliate had no approved partnership when the buyer ordered.
        NoPartnership => "no_partnership",
        /// The affiliate was suspended when the buyer ordered.
        Suspended => "suspended",
        /// The touch is for a product that was not bought.
        OtherProduct => "other_product",
        /// The affiliate and the buyer are the same person.
        SelfReferral => "self_referral",
        /// The buyer did not use the coupon.
        CouponNotUsed => "coupon_not_used",
        /// The policy wants another sign of the coupon's owner, and there is none.
        CouponAudience => "coupon_audience",
        /// A stronger touch has the same click id.
        Duplicate => "duplicate",
        /// The touch came after the cart was started, and another came before.
        AfterCart => "after_cart",
        /// An affiliate of this class stands down so soon after another affiliate's touch.
        StandDown => "stand_down",
        /// Stronger evidence decided.
        Outranked => "outranked",
        /// The model gave the credit to another touch of the same strength.
        Superseded => "superseded",
    }
}

impl Decision {
    /// A decision of the host's own: these credits, all else empty.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// use sentby::{Credit, Decision, Evidence, Line, Money, Order, Time};
    /// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// let credit = Credit { affiliate: "anna".into(), weight: 1, touch: 0, evidence: Evidence::Manual, campaign: None };
    /// let by_phone = Decision::new("A-1001", order.at, vec![credit]);
    /// assert_eq!(program.commission(&order, &by_phone)?.entries[2].amount.to_string(), "470.34 EUR");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn new(order: impl Into<String>, at: Time, credits: Vec<Credit>) -> Self {
        let (version, verdicts, flags, conflicts) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        Self { order: order.into(), at, version, credits, verdicts, flags, conflicts }
    }

    /// The decision for people, one line for the order and one per touch, with ages and windows in words; then what disagrees and what is odd.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// # use sentby::{Evidence, Line, Money, Order, Time, Touch};
    /// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// let touches = [Touch::new("anna", Time::parse("2026-03-01T18:00:00Z")?, Evidence::Parameter)];
    /// let decision = program.attribute(&order, &touches)?;
    /// assert_eq!(
    ///     decision.explain(),
    ///     "order A-1001 of 2026-03-03T18:00:00Z: anna 100 %\n\
    ///      1. anna by parameter, 2 days before the order: credited with 100 %\n"
    /// );
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn explain(&self) -> String {
        self.explain_in(Messages::english())
    }

    /// The same in another language.
    pub fn explain_in(&self, messages: &Messages) -> String {
        explain::explain(self, messages)
    }
}

impl Program {
    /// Decides who sent the buyer: credits, and a verdict for every touch.
    ///
    /// The order in which touches are given never matters. No eligible touch is an answer, not an error.
    ///
    /// # Errors
    /// The codes of a malformed order, with their place; `too_large` over 2^20 touches.
    /// Touches cannot be malformed: whatever they hold gets its verdict.
    pub fn attribute(&self, order: &Order, touches: &[Touch]) -> Result<Decision> {
        order.check()?;
        if touches.len() > TOUCHES_MAX {
            return Err(Error::new(ErrorCode::TooLarge, format!("{} touches, at most {TOUCHES_MAX} are allowed", touches.len())));
        }
        let mut bought = Bought::new(self, order);
        let mut rulings: Vec<Ruling<'_>> = touches.iter().map(|touch| self.check_alone(&mut bought, touch)).collect();
        if self.policy.coupon_audience == Audience::Touched {
            refuse_foreign_coupons(touches, &mut rulings);
        }
        refuse_duplicates(touches, &mut rulings);
        if let Some(cart_at) = order.cart_at {
            self.refuse_after_cart(cart_at, touches, &mut rulings);
        }
        refuse_stand_down(touches, &mut rulings);
        let deciding = outrank(&mut rulings, touches);
        let credits = self.credit(order, touches, &mut rulings, &deciding);
        let flags = doubt::flags(self, order, touches, &rulings, &credits);
        let conflicts = doubt::conflicts(touches, &rulings, &credits);
        let verdicts = touches
            .iter()
            .zip(&rulings)
            .map(|(touch, ruling)| Verdict {
                reason: ruling.reason,
                affiliate: touch.affiliate.clone(),
                evidence: touch.evidence,
                at: touch.at,
                window_ms: self.policy.window_ms.of(touch.evidence),
                by: ruling.by,
            })
            .collect();
        Ok(Decision { order: order.id.clone(), at: order.at, version: self.version(), credits, verdicts, flags, conflicts })
    }

    /// SHA-256 over the canonical program, the order, the touches (in any order) and the result, as 64
    /// hexadecimal digits: two systems that print the same decided alike.
    ///
    /// # Errors
    /// `decision_mismatch` if the decision is not of this order and these touches.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// # use sentby::{Line, Money, Order, Time};
    /// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// let decision = program.attribute(&order, &[])?;
    /// assert_eq!(program.fingerprint(&order, &[], &decision)?.len(), 64);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn fingerprint(&self, order: &Order, touches: &[Touch], decision: &Decision) -> Result<String> {
        if decision.order != order.id || decision.at != order.at || decision.verdicts.len() != touches.len() {
            return Err(Error::new(ErrorCode::DecisionMismatch, "the decision is not of this order and these touches"));
        }
        let mut weights = vec![0_u64; touches.len()];
        for credit in &decision.credits {
            match weights.get_mut(credit.touch as usize) {
                Some(weight) => *weight = credit.weight,
                None => {
                    return Err(Error::new(ErrorCode::DecisionMismatch, format!("a credit names touch {}, there is none", credit.touch)));
                }
            }
        }
        let mut rows = Vec::with_capacity(touches.len());
        for ((touch, verdict), weight) in touches.iter().zip(&decision.verdicts).zip(weights) {
            rows.push(canonical(&(touch, verdict.reason, weight))?);
        }
        rows.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(b"sentby decision 1");
        hash.update(self.digest());
        for part in std::iter::once(&canonical(order)?).chain(&rows) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Ok(hex(&hash.finalize()))
    }

    /// The checks that need no other touch.
    fn check_alone<'p, 'o>(&'p self, bought: &mut Bought<'p, 'o>, touch: &'o Touch) -> Ruling<'p> {
        let (policy, order) = (&self.policy, bought.order);
        let tier = policy.tier.of(touch.evidence);
        let refuse = |reason| Ruling { reason, affiliate: None, tier, by: None };
        if !touch.navigated {
            return refuse(Reason::NotNavigated);
        }
        let consents = match (touch.consent, policy.consent) {
            (Consent::Granted, _) | (Consent::Unknown, ConsentRule::UnlessDenied) => true,
            (Consent::Unknown, ConsentRule::Granted) | (Consent::Denied | Consent::Gpc, _) => false,
        };
        if !consents {
            return refuse(Reason::NoConsent);
        }
        if policy.signed.of(touch.evidence) && !touch.signed {
            return refuse(Reason::Unsigned);
        }
        if touch.at > order.at {
            return refuse(Reason::AfterOrder);
        }
        // INVARIANT: both times lie within ±2^53.
        let age = order.at.millis() - touch.at.millis();
        if policy.window_ms.of(touch.evidence).is_some_and(|window| age > window) {
            return refuse(Reason::OutsideWindow);
        }
        if age < policy.shortest_ms.of(touch.evidence) {
            return refuse(Reason::ImpossibleTime);
        }
        let Some((affiliate, state)) = bought.affiliate(&touch.affiliate) else {
            return refuse(Reason::UnknownAffiliate);
        };
        match state {
            Some(State::Approved) => {}
            Some(State::Suspended) => return refuse(Reason::Suspended),
            Some(State::Invited | State::Requested | State::Denied | State::Ended) | None => return refuse(Reason::NoPartnership),
        }
        if let Some(product) = &touch.product
            && !policy.cross_product
            && !bought.holds(product)
        {
            return refuse(Reason::OtherProduct);
        }
        if order.identities.iter().any(|identity| affiliate.identities.binary_search(identity).is_ok()) {
            return refuse(Reason::SelfReferral);
        }
        if touch.evidence == Evidence::Coupon {
            let used = |coupon: &String| order.coupons.iter().any(|c| c.eq_ignore_ascii_case(coupon));
            if !touch.coupon.as_ref().is_some_and(used) {
                return refuse(Reason::CouponNotUsed);
            }
        }
        Ruling { reason: Reason::Credited, affiliate: Some(affiliate), tier, by: None }
    }

    fn refuse_after_cart(&self, cart_at: Time, touches: &[Touch], rulings: &mut [Ruling<'_>]) {
        let before = first_index(touches, rulings, |touch| touch.at <= cart_at);
        let Some(before) = before else { return };
        for (touch, ruling) in touches.iter().zip(rulings) {
            if ruling.stands() && touch.at > cart_at && self.policy.after_cart.of(touch.evidence) {
                ruling.lose(Reason::AfterCart, before);
            }
        }
    }

    fn credit(&self, order: &Order, touches: &[Touch], rulings: &mut [Ruling<'_>], deciding: &[u32]) -> Vec<Credit> {
        // INVARIANT: deciding touches are not after the order, and times lie within ±2^53.
        let ages: Vec<u64> =
            deciding.iter().filter_map(|n| touches.get(*n as usize)).map(|t| (order.at.millis() - t.at.millis()).unsigned_abs()).collect();
        let mut credits = Vec::with_capacity(deciding.len());
        let weights = model::weights(self.policy.model, &ages);
        for (n, weight) in deciding.iter().zip(&weights).filter(|(_, weight)| **weight > 0) {
            if let Some((touch, affiliate)) = touches.get(*n as usize).zip(rulings.get(*n as usize).and_then(|r| r.affiliate)) {
                credits.push(Credit {
                    affiliate: affiliate.id.as_str().into(),
                    weight: *weight,
                    touch: *n,
                    evidence: touch.evidence,
                    campaign: touch.campaign.clone(),
                });
            }
        }
        // Who lost, lost to the heaviest credit, the latest of several.
        let winner = credits.iter().max_by_key(|c| c.weight).map(|c| c.touch);
        for (n, weight) in deciding.iter().zip(&weights) {
            if let (0, Some(ruling), Some(winner)) = (*weight, rulings.get_mut(*n as usize), winner) {
                ruling.lose(Reason::Superseded, winner);
            }
        }
        for ruling in rulings.iter_mut().filter(|r| r.reason == Reason::Outranked) {
            ruling.by = winner;
        }
        credits
    }
}

/// What an order holds, each product once, and the affiliates' partnerships for it, each looked up once.
struct Bought<'p, 'o> {
    program: &'p Program,
    order: &'o Order,
    /// Sorted as the program compares ids.
    products: Vec<&'o str>,
    states: BTreeMap<&'p str, Option<State>>,
    /// The affiliates of the latest touches: a buyer meets a few, again and again.
    recent: [Option<(&'o str, Known<'p>)>; 4],
    next: usize,
}

/// An affiliate of the program, and the partnership when the buyer ordered.
type Known<'p> = Option<(&'p Affiliate, Option<State>)>;

impl<'p, 'o> Bought<'p, 'o> {
    fn new(program: &'p Program, order: &'o Order) -> Self {
        let mut products: Vec<&str> = order.lines.iter().map(|line| line.product.as_str()).collect();
        products.sort_unstable_by(|a, b| program.compare(a, b));
        products.dedup_by(|a, b| program.same(a, b));
        Self { program, order, products, states: BTreeMap::new(), recent: [None; 4], next: 0 }
    }

    fn holds(&self, product: &str) -> bool {
        self.products.binary_search_by(|p| self.program.compare(p, product)).is_ok()
    }

    fn affiliate(&mut self, id: &'o str) -> Known<'p> {
        if let Some((_, known)) = self.recent.iter().flatten().find(|(recent, _)| *recent == id) {
            return *known;
        }
        let affiliate = self.program.affiliate(id);
        let known = affiliate.map(|affiliate| (affiliate, self.state(affiliate)));
        if let Some(place) = self.recent.get_mut(self.next % 4) {
            *place = Some((id, known));
        }
        self.next = self.next.wrapping_add(1);
        known
    }

    fn state(&mut self, affiliate: &'p Affiliate) -> Option<State> {
        if self.products.len() < 4 {
            return self.best_state(affiliate); // faster than to remember it
        }
        if let Some(state) = self.states.get(affiliate.id.as_str()) {
            return *state;
        }
        let state = self.best_state(affiliate);
        self.states.insert(affiliate.id.as_str(), state);
        state
    }

    /// Approved if the affiliate is approved for any product of the order; otherwise suspended before all else.
    fn best_state(&self, affiliate: &Affiliate) -> Option<State> {
        let mut best = None;
        for product in &self.products {
            match self.program.state(affiliate, product, self.order.at) {
                Some(State::Approved) => return Some(State::Approved),
                Some(State::Suspended) => best = Some(State::Suspended),
                Some(State::Invited | State::Requested | State::Denied | State::Ended) | None => {}
            }
        }
        best
    }
}

/// The state of one touch while the checks run. It stands as long as its reason is `Credited`.
#[derive(Debug)]
struct Ruling<'p> {
    reason: Reason,
    affiliate: Option<&'p Affiliate>,
    tier: u8,
    by: Option<u32>,
}

impl Ruling<'_> {
    fn stands(&self) -> bool {
        self.reason == Reason::Credited
    }

    fn lose(&mut self, reason: Reason, by: u32) {
        self.reason = reason;
        self.by = Some(by);
    }
}

/// What orders touches, whatever order they were given in: time, tier, affiliate, click id, and then the rest.
type Rank<'a> = (Time, u8, &'a str, Option<&'a str>, Evidence, Option<&'a str>, Option<&'a str>, Option<&'a str>, u32);

fn rank<'a>(n: usize, touch: &'a Touch, ruling: &Ruling<'a>) -> Rank<'a> {
    let affiliate = ruling.affiliate.map_or(touch.affiliate.as_str(), |a| a.id.as_str());
    // INVARIANT: n < 2^20.
    let text = |field: &'a Option<String>| field.as_deref();
    (
        touch.at,
        ruling.tier,
        affiliate,
        text(&touch.click_id),
        touch.evidence,
        text(&touch.product),
        text(&touch.campaign),
        text(&touch.coupon),
        n as u32,
    )
}

/// The first touch in total order that stands and fulfils a condition.
fn first_index<'a>(touches: &'a [Touch], rulings: &[Ruling<'a>], wanted: impl Fn(&Touch) -> bool) -> Option<u32> {
    let standing = touches.iter().zip(rulings).enumerate().filter(|(_, (touch, ruling))| ruling.stands() && wanted(touch));
    standing.map(|(n, (touch, ruling))| rank(n, touch, ruling)).min().map(|rank| rank.8)
}

/// A coupon counts for buyers who also met its owner otherwise.
fn refuse_foreign_coupons(touches: &[Touch], rulings: &mut [Ruling<'_>]) {
    let met = doubt::met_otherwise(touches, rulings, Ruling::stands);
    for (_, ruling) in touches.iter().zip(rulings).filter(|(touch, ruling)| ruling.stands() && touch.evidence == Evidence::Coupon) {
        if !ruling.affiliate.is_some_and(|owner| met.contains(owner.id.as_str())) {
            ruling.reason = Reason::CouponAudience;
        }
    }
}

/// Of touches with one click id the strongest stays: tier, then kind of evidence, then the earlier.
fn refuse_duplicates<'a>(touches: &'a [Touch], rulings: &mut [Ruling<'a>]) {
    let standing = touches.iter().zip(rulings.iter()).filter(|(_, ruling)| ruling.stands());
    if !doubt::may_repeat(touches.len(), standing.filter_map(|(touch, _)| touch.click_id.as_deref().map(doubt::print))) {
        return;
    }
    let mut clicks: Vec<(&str, u8, Evidence, Rank<'a>)> = Vec::new();
    for (n, (touch, ruling)) in touches.iter().zip(rulings.iter()).enumerate() {
        if let (true, Some(click)) = (ruling.stands(), &touch.click_id) {
            clicks.push((click, ruling.tier, touch.evidence, rank(n, touch, ruling)));
        }
    }
    clicks.sort_unstable();
    let mut strongest: Option<(&str, u32)> = None;
    for (click, _, _, rank) in clicks {
        match strongest {
            Some((same, by)) if same == click => {
                if let Some(ruling) = rulings.get_mut(rank.8 as usize) {
                    ruling.lose(Reason::Duplicate, by);
                }
            }
            Some(_) | None => strongest = Some((click, rank.8)),
        }
    }
}

/// An affiliate of a stand-down class yields to a touch of an affiliate outside such classes, shortly before.
fn refuse_stand_down<'a>(touches: &'a [Touch], rulings: &mut [Ruling<'a>]) {
    let stands_down = |ruling: &Ruling<'_>| ruling.affiliate.and_then(|a| a.stand_down_ms);
    if !rulings.iter().any(|r| r.stands() && stands_down(r).is_some()) {
        return;
    }
    let mut others: Vec<Rank<'a>> = Vec::new();
    for (n, (touch, ruling)) in touches.iter().zip(rulings.iter()).enumerate() {
        if ruling.stands() && stands_down(ruling).is_none() {
            others.push(rank(n, touch, ruling));
        }
    }
    others.sort_unstable();
    for (touch, ruling) in touches.iter().zip(rulings) {
        if let (true, Some(within)) = (ruling.stands(), stands_down(ruling)) {
            let before = others.partition_point(|other| other.0 <= touch.at);
            let latest = before.checked_sub(1).and_then(|n| others.get(n));
            // INVARIANT: times lie within ±2^53.
            if let Some(other) = latest.filter(|other| touch.at.millis() - other.0.millis() <= within) {
                ruling.lose(Reason::StandDown, other.8);
            }
        }
    }
}

/// Outranks all but the strongest tier; returns its touches in total order.
fn outrank<'a>(rulings: &mut [Ruling<'a>], touches: &'a [Touch]) -> Vec<u32> {
    let strongest = rulings.iter().filter(|r| r.stands()).map(|r| r.tier).min();
    let mut deciding: Vec<Rank<'a>> = Vec::new();
    for (n, (touch, ruling)) in touches.iter().zip(rulings.iter_mut()).enumerate() {
        if ruling.stands() {
            if Some(ruling.tier) == strongest {
                deciding.push(rank(n, touch, ruling));
            } else {
                ruling.reason = Reason::Outranked;
            }
        }
    }
    deciding.sort_unstable();
    deciding.into_iter().map(|rank| rank.8).collect()
}

fn canonical(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::new(ErrorCode::TooLarge, e.to_string()))
}
