//! sentby for the JVM, Android and iOS: convert, call, convert.

mod convert;
mod desk;
mod ledger;
mod records;

use convert::{Mirror, Moment, Outcome, SentbyException};
use records::{
    Advice, CarrierName, Change, Claim, ClaimReceipt, Commission, Consent, CookieReading, CookieSpec, Decision, Finding, IdentityKind,
    Link, Money, Network, Opened, Order, Purpose, Reading, Referral, Refund, StoredClaim, Touch, Unverified,
};
use std::sync::Arc;

uniffi::setup_scaffolding!("sentby");

fn take<C, M: Mirror<C>>(name: &str, value: M) -> Outcome<C> {
    value.take().map_err(|error| error.at(format_args!("/{name}")).into())
}

fn give<C, M: Mirror<C>>(result: sentby::Result<C>) -> Outcome<M> {
    result.map(M::give).map_err(SentbyException::from)
}

/// The vendor's rules: products, affiliates, links, who is credited, what they earn. Validated and immutable.
#[derive(Debug, uniffi::Object)]
pub struct Program(sentby::Program);

#[uniffi::export]
impl Program {
    /// The program that a TOML text holds. An error names the place as a JSON pointer.
    #[uniffi::constructor]
    pub fn from_toml(text: &str) -> Outcome<Arc<Self>> {
        Ok(Arc::new(Self(sentby::Program::from_toml(text)?)))
    }

    /// The program that a JSON text holds, of the same shape as in TOML.
    #[uniffi::constructor]
    pub fn from_json(text: &str) -> Outcome<Arc<Self>> {
        Ok(Arc::new(Self(sentby::Program::from_json(text)?)))
    }

    /// The name for people, possibly empty.
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    /// The vendor's id.
    pub fn vendor(&self) -> String {
        self.0.vendor().into()
    }

    /// The name of the URL parameter that carries tokens.
    pub fn parameter(&self) -> String {
        self.0.parameter().into()
    }

    /// SHA-256 of the canonical JSON: which rules decided.
    pub fn version(&self) -> String {
        self.0.version()
    }

    /// The program as canonical JSON, every default written out.
    pub fn to_json(&self) -> String {
        self.0.to_json().into()
    }

    /// The affiliate who owns a coupon, compared without regard to case.
    pub fn coupon_owner(&self, coupon: &str) -> Option<String> {
        self.0.coupon_owner(coupon).map(Into::into)
    }

    /// What a URL says, by the first of the program's templates that fits; none if it is no affiliate link.
    pub fn read(&self, url: &str) -> Outcome<Option<Link>> {
        give(self.0.read(url))
    }

    /// The URL of a referral, by the first of the program's templates that can carry all of it.
    pub fn link(&self, referral: Referral) -> Outcome<String> {
        give(self.0.link(&take("referral", referral)?))
    }

    /// The URL with the parameters that carry this referral; everything else stays, byte for byte.
    pub fn decorate(&self, url: &str, referral: Referral) -> Outcome<String> {
        give(self.0.decorate(url, &take("referral", referral)?))
    }

    /// The URL with a token or short code as the program's parameter; everything else stays, byte for byte.
    pub fn carry(&self, url: &str, carrier: &str) -> Outcome<String> {
        give(self.0.carry(url, carrier))
    }

    /// The carrier that a URL holds as the program's parameter; not verified.
    pub fn carried(&self, url: &str) -> Outcome<Option<String>> {
        give(self.0.carried(url))
    }

    /// Keyed hashes of an e-mail address, phone number or customer id, one for each key, the newest first: join devices by them
    /// without storing an address. For servers.
    pub fn identity(&self, keys: Arc<Keys>, kind: IdentityKind, value: &str) -> Outcome<Vec<String>> {
        give(self.0.identity(&keys.0, take("kind", kind)?, value))
    }

    /// What in these rules is allowed, but likely to cost an affiliate a sale.
    pub fn lint(&self) -> Vec<Advice> {
        Mirror::give(self.0.lint())
    }

    /// What a newer program changes, in words, by place.
    pub fn diff(&self, newer: Arc<Self>) -> Vec<Change> {
        Mirror::give(self.0.diff(&newer.0))
    }

    /// Decides who sent the buyer: credits, and a verdict for every touch.
    pub fn attribute(&self, order: Order, touches: Vec<Touch>) -> Outcome<Decision> {
        give(self.0.attribute(&take("order", order)?, &take::<Vec<_>, _>("touches", touches)?))
    }

    /// SHA-256 over program, order, touches and result: two systems that print the same decided alike.
    pub fn fingerprint(&self, order: Order, touches: Vec<Touch>, decision: Decision) -> Outcome<String> {
        give(self.0.fingerprint(&take("order", order)?, &take::<Vec<_>, _>("touches", touches)?, &take("decision", decision)?))
    }

    /// What everyone is owed for an order, given the decision on it.
    pub fn commission(&self, order: Order, decision: Decision) -> Outcome<Commission> {
        give(self.0.commission(&take("order", order)?, &take("decision", decision)?))
    }

    /// As commission, knowing what was earlier: tiers by count or revenue, and budgets.
    pub fn commission_after(&self, order: Order, decision: Decision, earlier: Vec<Commission>) -> Outcome<Commission> {
        let earlier: Vec<sentby::Commission> = take("earlier", earlier)?;
        give(self.0.commission_after(&take("order", order)?, &take("decision", decision)?, &earlier))
    }

    /// The next day on which payouts are made, at its beginning in the program's time zone.
    pub fn next_payout(&self, at: Moment) -> Outcome<Moment> {
        give(Ok(self.0.next_payout(take("at", at)?)))
    }

    /// Whether commissions depend on earlier orders, so that commission_after is the call.
    pub fn looks_back(&self) -> bool {
        self.0.looks_back()
    }

    /// Takes back all that is left: a chargeback, a cancelled lead.
    pub fn reverse(&self, commission: Commission, id: &str) -> Outcome<Commission> {
        give(self.0.reverse(&take("commission", commission)?, id))
    }

    /// Gives back what one refund or chargeback took: the dispute was won.
    pub fn restore(&self, commission: Commission, refund: &str, id: &str) -> Outcome<Commission> {
        give(self.0.restore(&take("commission", commission)?, refund, id))
    }

    /// The commission with everyone's part of a refund taken back.
    pub fn refund(&self, commission: Commission, refund: Refund) -> Outcome<Commission> {
        give(self.0.refund(&take("commission", commission)?, &take("refund", refund)?))
    }
}

/// What a URL says, by the rules of every network that is known; the text is taken as it is.
#[uniffi::export]
pub fn read(url: &str) -> Outcome<Reading> {
    give(sentby::read(url))
}

/// What a URL says after repairs, each of which is one of the reading's warnings.
#[uniffi::export]
pub fn read_lenient(url: &str) -> Outcome<Reading> {
    give(sentby::read_lenient(url))
}

/// Everything that is odd about a link that someone pasted, in order of place.
#[uniffi::export]
pub fn lint(url: &str) -> Outcome<Vec<Finding>> {
    give(sentby::lint(url))
}

/// A network's link for a referral, on the network's own host.
#[uniffi::export]
pub fn link(network: &str, referral: Referral) -> Outcome<String> {
    give(sentby::link(network, &take("referral", referral)?))
}

/// Every network that is known.
#[uniffi::export]
pub fn networks() -> Vec<Network> {
    Mirror::give(sentby::networks().to_vec())
}

/// The names of parameters that were looked up in the lists of browsers and blockers: those that survive first.
#[uniffi::export]
pub fn carrier_names() -> Vec<CarrierName> {
    Mirror::give(sentby::carrier_names())
}

/// A secret of at least 32 random bytes, with the id (1 to 255) that tokens name it by. For servers.
#[derive(Debug, uniffi::Object)]
pub struct RootKey(sentby::RootKey);

#[uniffi::export]
impl RootKey {
    /// A key; from `retires` on nothing sealed with it opens any more.
    #[uniffi::constructor(default(retires = None))]
    pub fn new(id: i32, secret: Vec<u8>, retires: Option<Moment>) -> Outcome<Arc<Self>> {
        let key = sentby::RootKey::new(take("id", id)?, &secret);
        Ok(Arc::new(Self(match retires {
            Some(at) => key.retires(take("retires", at)?),
            None => key,
        })))
    }
}

/// The vendor's secret keys: the last one signs, all of them open. For servers.
#[derive(Debug, uniffi::Object)]
pub struct Keys(sentby::Keys);

#[uniffi::export]
impl Keys {
    /// Keys in the order of their age; the last one signs.
    #[uniffi::constructor]
    pub fn new(keys: Vec<Arc<RootKey>>) -> Outcome<Arc<Self>> {
        let keys: Vec<sentby::RootKey> = keys.iter().map(|key| key.0.clone()).collect();
        Ok(Arc::new(Self(sentby::Keys::new(&keys)?)))
    }

    /// A token of a referral, by default for the longest lifetime of its purpose.
    #[uniffi::method(default(lifetime_hours = None))]
    pub fn seal(&self, referral: Referral, purpose: Purpose, audience: &str, now: Moment, lifetime_hours: Option<i32>) -> Outcome<String> {
        let (referral, purpose, now) = (take("referral", referral)?, take("purpose", purpose)?, take("now", now)?);
        give(match lifetime_hours {
            Some(hours) => self.0.seal_for(&referral, purpose, audience, now, take("lifetime_hours", hours)?),
            None => self.0.seal(&referral, purpose, audience, now),
        })
    }

    /// What a token says, if it was sealed for this purpose and audience and its time is not over.
    pub fn open(&self, text: &str, purpose: Purpose, audience: &str, now: Moment) -> Outcome<Opened> {
        give(self.0.open(text, take("purpose", purpose)?, audience, take("now", now)?))
    }

    /// A signed code of 24 letters and digits for a click id.
    pub fn short_code(&self, click_id: &str, audience: &str, now: Moment) -> Outcome<String> {
        give(self.0.short_code(click_id, audience, take("now", now)?))
    }

    /// The click id of a short code.
    pub fn open_short_code(&self, text: &str, audience: &str, now: Moment) -> Outcome<String> {
        give(self.0.open_short_code(text, audience, take("now", now)?))
    }

    /// The whole Set-Cookie text that keeps the first and the latest seven touches; none without consent.
    pub fn set_cookie(&self, spec: CookieSpec, touches: Vec<Touch>, consent: Consent, now: Moment) -> Outcome<Option<String>> {
        give(self.0.set_cookie(&take("spec", spec)?, &take::<Vec<_>, _>("touches", touches)?, take("consent", consent)?, take("now", now)?))
    }

    /// The touches in a raw Cookie header.
    pub fn read_cookie(&self, spec: CookieSpec, header: &str, now: Moment) -> Outcome<CookieReading> {
        give(self.0.read_cookie(&take("spec", spec)?, header, take("now", now)?))
    }

    /// The Set-Cookie text after which the browser holds no touch of these clicks; none if it holds none now.
    pub fn forget_cookie(&self, spec: CookieSpec, header: &str, click_ids: Vec<String>, now: Moment) -> Outcome<Option<String>> {
        give(self.0.forget_cookie(&take("spec", spec)?, header, &click_ids, take("now", now)?))
    }
}

/// The Set-Cookie text that removes the cookie, for a visitor who withdraws consent.
#[uniffi::export]
pub fn clear_cookie(spec: CookieSpec) -> Outcome<String> {
    give(take::<sentby::CookieSpec, _>("spec", spec)?.clear())
}

/// The touch that an opened token witnesses: signed, evidence token, at the time of sealing.
#[uniffi::export]
pub fn touch_of(opened: Opened) -> Outcome<Touch> {
    Ok(Touch::give(take::<sentby::Opened, _>("opened", opened)?.touch()))
}

/// The decision for people, in the sentences of a table (see messages), by default the English ones.
#[uniffi::export(default(messages = None))]
pub fn explain(decision: Decision, messages: Option<String>) -> Outcome<String> {
    let decision = take::<sentby::Decision, _>("decision", decision)?;
    Ok(match messages {
        Some(table) => decision.explain_in(&sentby::Messages::from_json(&table)?),
        None => decision.explain(),
    })
}

/// The account of a commission for people: line by line, by which rule, of which base, how rounded; then the refunds.
#[uniffi::export]
pub fn explain_commission(commission: Commission) -> Outcome<String> {
    let commission: sentby::Commission = take("commission", commission)?;
    Ok(commission.explain())
}

/// The sentences of a language (en, de) as JSON, for explain; none if it is not shipped.
#[uniffi::export]
pub fn messages(language: &str) -> Option<String> {
    sentby::Messages::in_language(language).map(sentby::Messages::to_json)
}

/// What a visitor's answer (none if nobody asked) and the browser's Sec-GPC header say together.
#[uniffi::export(default(gpc = false))]
pub fn consent(answer: Option<bool>, gpc: bool) -> Consent {
    Mirror::give(sentby::Consent::of(answer, gpc))
}

/// What may be carried on with this consent: without granted product, affiliate and campaign alone.
#[uniffi::export]
pub fn referral_within(referral: Referral, consent: Consent) -> Outcome<Referral> {
    Ok(Referral::give(take::<sentby::Referral, _>("referral", referral)?.within(take("consent", consent)?)))
}

/// The touch with the visitor's answer; without granted it loses its click id.
#[uniffi::export]
pub fn touch_within(touch: Touch, consent: Consent) -> Outcome<Touch> {
    Ok(Touch::give(take::<sentby::Touch, _>("touch", touch)?.within(take("consent", consent)?)))
}

/// The touches without those of these clicks.
#[uniffi::export]
pub fn forget(touches: Vec<Touch>, click_ids: Vec<String>) -> Outcome<Vec<Touch>> {
    Ok(Mirror::give(sentby::forget(take("touches", touches)?, &click_ids)))
}

/// Judges a claim beside those that the host stored for the same checkout; a bad one is no error.
#[uniffi::export]
pub fn receive_claim(text: &str, key: &str, stored: Vec<StoredClaim>, now: Moment) -> Outcome<ClaimReceipt> {
    Ok(ClaimReceipt::give(sentby::receive_claim(text, key, &take::<Vec<_>, _>("stored", stored)?, take("now", now)?)))
}

/// The claim that a JSON object holds.
#[uniffi::export]
pub fn claim_from_json(text: &str) -> Outcome<Claim> {
    give(sentby::Claim::from_json(text))
}

/// A claim's object as the protocol writes it.
#[uniffi::export]
pub fn claim_to_json(claim: Claim) -> Outcome<String> {
    Ok(take::<sentby::Claim, _>("claim", claim)?.to_json())
}

/// The touch that a claim is; none if it names no publisher.
#[uniffi::export]
pub fn claim_touch(claim: Claim, now: Moment) -> Outcome<Option<Touch>> {
    Ok(take::<sentby::Claim, _>("claim", claim)?.touch(take("now", now)?).map(Touch::give))
}

/// What a token says, without keys and unverified: show it, log it, never credit by it.
#[uniffi::export]
pub fn peek(text: &str) -> Outcome<Unverified> {
    give(sentby::carrier::peek(text))
}

/// The amount that strict decimal text names, such as "49.00".
#[uniffi::export]
pub fn parse_money(text: &str, currency: &str) -> Outcome<Money> {
    give(sentby::Money::parse(text, currency))
}

/// An amount as decimal text without its currency, such as "49.00".
#[uniffi::export]
pub fn format_money(money: Money) -> Outcome<String> {
    Ok(take::<sentby::Money, _>("money", money)?.decimal())
}

/// Splits total by weights; the parts sum to total, always.
#[uniffi::export]
pub fn allocate(total: i64, weights: Vec<i64>) -> Outcome<Vec<i64>> {
    let parts = sentby::allocate(take("total", total)?, &take::<Vec<u64>, _>("weights", weights)?);
    Ok(Mirror::give(parts))
}
