//! sentby for the JVM, Android and iOS: convert, call, convert. What needs a secret is in `server/`.

pub mod convert;
pub mod desk;
pub mod ledger;
pub mod records;

use convert::{Mirror, Moment, Outcome, give, take};
use records::{
    Advice, CarrierName, Change, Claim, ClaimReceipt, Commission, Consent, CookieSpec, Decision, Finding, Link, Money, Network, Opened,
    Order, Reading, Referral, Refund, StoredClaim, Touch, Unverified,
};
use std::sync::Arc;

uniffi::setup_scaffolding!("sentby");

/// The vendor's rules: products, affiliates, links, who is credited, what they earn. Validated and immutable.
#[derive(Debug, uniffi::Object)]
pub struct Program(sentby::Program);

impl Program {
    /// The program itself, for the server's part.
    pub fn core(&self) -> &sentby::Program {
        &self.0
    }
}

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

    /// The decisions of many orders in one crossing, each with its own touches. An error is that of the single call, with the row
    /// before its place, and then nothing is returned.
    pub fn attribute_all(&self, orders: Vec<Order>, touches: Vec<Vec<Touch>>) -> Outcome<Vec<Decision>> {
        same_length("touches", touches.len(), orders.len())?;
        let rows = orders.into_iter().zip(touches).enumerate();
        let decide = |(row, (order, touches)): (usize, (Order, Vec<Touch>))| {
            let order: sentby::Order = order.take().map_err(|error| error.at(format_args!("/{row}/order")))?;
            let touches: Vec<sentby::Touch> = touches.take().map_err(|error| error.at(format_args!("/{row}/touches")))?;
            self.0.attribute(&order, &touches).map_err(|error| error.at(format_args!("/{row}")))
        };
        Ok(Mirror::give(rows.map(decide).collect::<sentby::Result<Vec<sentby::Decision>>>()?))
    }

    /// What everyone is owed for many orders in one crossing. An error is that of the single call, with the row before its place.
    pub fn commission_all(&self, orders: Vec<Order>, decisions: Vec<Decision>) -> Outcome<Vec<Commission>> {
        same_length("decisions", decisions.len(), orders.len())?;
        let rows = orders.into_iter().zip(decisions).enumerate();
        let settle = |(row, (order, decision)): (usize, (Order, Decision))| {
            let order: sentby::Order = order.take().map_err(|error| error.at(format_args!("/{row}/order")))?;
            let decision: sentby::Decision = decision.take().map_err(|error| error.at(format_args!("/{row}/decision")))?;
            self.0.commission(&order, &decision).map_err(|error| error.at(format_args!("/{row}")))
        };
        Ok(Mirror::give(rows.map(settle).collect::<sentby::Result<Vec<sentby::Commission>>>()?))
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

/// Rows belong together by their place, so there must be as many.
fn same_length(name: &str, got: usize, wanted: usize) -> Outcome<()> {
    if got == wanted {
        return Ok(());
    }
    let text = format!("/{name}: there are {got} for {wanted} orders");
    Err(sentby::Error::new(sentby::ErrorCode::NumberInvalid, text).into())
}

/// What a URL says, by the rules of every network that is known; the text is taken as it is.
#[uniffi::export]
pub fn read(url: &str) -> Outcome<Reading> {
    give(sentby::read(url))
}

/// What many URLs say, in one crossing; what cannot be read is null, and `read` tells why.
#[uniffi::export]
pub fn read_all(urls: Vec<String>) -> Vec<Option<Reading>> {
    urls.iter().map(|url| sentby::read(url).ok().map(Mirror::give)).collect()
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
