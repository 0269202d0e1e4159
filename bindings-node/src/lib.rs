//! sentby for Node: convert, call, convert.

mod convert;
pub mod desk;
mod ledger;
mod records;

use convert::{Field, Given, Reader, Result, raise, take};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Object, Unknown};
use napi_derive::napi;
use sentby::{Commission, Decision, LinkColumns, LinkField, Messages, Order, RootKey, TextColumn};

fn given<'e>(env: &'e Env, value: &impl Field) -> Result<Unknown<'e>> {
    value.give(env).map_err(|error| raise(convert::engine(error)))
}

/// The vendor's rules: products, affiliates, links, who is credited, what they earn. Validated and immutable.
#[napi]
#[derive(Debug)]
pub struct Program(sentby::Program);

#[napi]
impl Program {
    /// The program that a TOML text holds. An error names the place as a JSON pointer.
    #[napi(factory)]
    pub fn from_toml(#[napi(ts_arg_type = "string")] text: Given<'_>) -> Result<Self> {
        sentby::Program::from_toml(&take::<String>("text", &text)?).map(Self).map_err(raise)
    }

    /// The program that a JSON text holds, of the same shape as in TOML.
    #[napi(factory)]
    pub fn from_json(#[napi(ts_arg_type = "string")] text: Given<'_>) -> Result<Self> {
        sentby::Program::from_json(&take::<String>("text", &text)?).map(Self).map_err(raise)
    }

    /// The name for people, possibly empty.
    #[napi(getter)]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The vendor's id.
    #[napi(getter)]
    pub fn vendor(&self) -> &str {
        self.0.vendor()
    }

    /// The name of the URL parameter that carries tokens.
    #[napi(getter)]
    pub fn parameter(&self) -> &str {
        self.0.parameter()
    }

    /// SHA-256 of the canonical JSON: which rules decided.
    #[napi(getter)]
    pub fn version(&self) -> String {
        self.0.version()
    }

    /// The program as canonical JSON, every default written out.
    #[napi(js_name = "toJson")]
    pub fn canonical(&self) -> &str {
        self.0.to_json()
    }

    /// The affiliate who owns a coupon, compared without regard to case.
    #[napi]
    pub fn coupon_owner(&self, #[napi(ts_arg_type = "string")] coupon: Given<'_>) -> Result<Option<&str>> {
        Ok(self.0.coupon_owner(&take::<String>("coupon", &coupon)?))
    }

    /// What a URL says, by the first of the program's templates that fits; null if it is no affiliate link.
    #[napi(ts_return_type = "Link | null")]
    pub fn read<'e>(&self, env: &'e Env, #[napi(ts_arg_type = "string")] url: Given<'_>) -> Result<Unknown<'e>> {
        given(env, &self.0.read(&take::<String>("url", &url)?).map_err(raise)?)
    }

    /// The URL of a referral, by the first of the program's templates that can carry all of it.
    #[napi]
    pub fn link(&self, #[napi(ts_arg_type = "Referral")] referral: Given<'_>) -> Result<String> {
        self.0.link(&take("referral", &referral)?).map_err(raise)
    }

    /// The URL with the parameters that carry this referral; everything else stays, byte for byte.
    #[napi]
    pub fn decorate(
        &self,
        #[napi(ts_arg_type = "string")] url: Given<'_>,
        #[napi(ts_arg_type = "Referral")] referral: Given<'_>,
    ) -> Result<String> {
        self.0.decorate(&take::<String>("url", &url)?, &take("referral", &referral)?).map_err(raise)
    }

    /// The URL with a token or short code as the program's parameter; everything else stays, byte for byte.
    #[napi]
    pub fn carry(
        &self,
        #[napi(ts_arg_type = "string")] url: Given<'_>,
        #[napi(ts_arg_type = "string")] carrier: Given<'_>,
    ) -> Result<String> {
        self.0.carry(&take::<String>("url", &url)?, &take::<String>("carrier", &carrier)?).map_err(raise)
    }

    /// The carrier that a URL holds as the program's parameter; not verified.
    #[napi]
    pub fn carried(&self, #[napi(ts_arg_type = "string")] url: Given<'_>) -> Result<Option<String>> {
        self.0.carried(&take::<String>("url", &url)?).map_err(raise)
    }

    /// Keyed hashes of an e-mail address, phone number or customer id, one for each key, the newest first: join devices by them
    /// without storing an address.
    #[napi]
    pub fn identity(
        &self,
        #[napi(ts_arg_type = "Keys")] keys: Either<ClassInstance<'_, Keys>, Given<'_>>,
        #[napi(ts_arg_type = "IdentityKind")] kind: Given<'_>,
        #[napi(ts_arg_type = "string")] value: Given<'_>,
    ) -> Result<Vec<String>> {
        let Either::A(keys) = keys else {
            return Err(raise(sentby::Error::new(sentby::ErrorCode::TypeInvalid, "/keys: is no Keys")));
        };
        self.0.identity(&keys.0, take("kind", &kind)?, &take::<String>("value", &value)?).map_err(raise)
    }

    /// What in these rules is allowed, but likely to cost an affiliate a sale.
    #[napi(ts_return_type = "Advice[]")]
    pub fn lint<'e>(&self, env: &'e Env) -> Result<Unknown<'e>> {
        given(env, &self.0.lint())
    }

    /// What a newer program changes, in words, by place.
    #[napi(ts_return_type = "Change[]")]
    pub fn diff<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Program")] newer: Either<ClassInstance<'_, Program>, Given<'_>>,
    ) -> Result<Unknown<'e>> {
        let Either::A(newer) = newer else {
            return Err(raise(sentby::Error::new(sentby::ErrorCode::TypeInvalid, "/newer: is no Program")));
        };
        given(env, &self.0.diff(&newer.0))
    }

    /// Decides who sent the buyer: credits, and a verdict for every touch.
    #[napi(ts_return_type = "Decision")]
    pub fn attribute<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Order")] order: Given<'_>,
        #[napi(ts_arg_type = "readonly Touch[]")] touches: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.attribute(&take("order", &order)?, &take::<Vec<_>>("touches", &touches)?).map_err(raise)?)
    }

    /// SHA-256 over program, order, touches and result: two systems that print the same decided alike.
    #[napi]
    pub fn fingerprint(
        &self,
        #[napi(ts_arg_type = "Order")] order: Given<'_>,
        #[napi(ts_arg_type = "readonly Touch[]")] touches: Given<'_>,
        #[napi(ts_arg_type = "OwnDecision")] decision: Given<'_>,
    ) -> Result<String> {
        let order: Order = take("order", &order)?;
        self.0.fingerprint(&order, &take::<Vec<_>>("touches", &touches)?, &take("decision", &decision)?).map_err(raise)
    }

    /// What everyone is owed for an order, given the decision on it.
    #[napi(ts_return_type = "Commission")]
    pub fn commission<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Order")] order: Given<'_>,
        #[napi(ts_arg_type = "OwnDecision")] decision: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.commission(&take("order", &order)?, &take("decision", &decision)?).map_err(raise)?)
    }

    /// As `commission`, knowing what was earlier: tiers by count or revenue, and budgets.
    #[napi(ts_return_type = "Commission")]
    pub fn commission_after<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Order")] order: Given<'_>,
        #[napi(ts_arg_type = "OwnDecision")] decision: Given<'_>,
        #[napi(ts_arg_type = "readonly Commission[]")] earlier: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let (order, decision): (Order, Decision) = (take("order", &order)?, take("decision", &decision)?);
        given(env, &self.0.commission_after(&order, &decision, &take::<Vec<_>>("earlier", &earlier)?).map_err(raise)?)
    }

    /// The next day on which payouts are made, at its beginning in the program's time zone.
    #[napi(ts_return_type = "Date")]
    pub fn next_payout<'e>(&self, env: &'e Env, #[napi(ts_arg_type = "Date")] at: Given<'_>) -> Result<Unknown<'e>> {
        given(env, &self.0.next_payout(take("at", &at)?))
    }

    /// Whether commissions depend on earlier orders, so that `commissionAfter` is the call.
    #[napi(getter)]
    pub fn looks_back(&self) -> bool {
        self.0.looks_back()
    }

    /// Takes back all that is left: a chargeback, a cancelled lead.
    #[napi(ts_return_type = "Commission")]
    pub fn reverse<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Commission")] commission: Given<'_>,
        #[napi(ts_arg_type = "string")] id: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let (commission, id): (Commission, String) = (take("commission", &commission)?, take("id", &id)?);
        given(env, &self.0.reverse(&commission, &id).map_err(raise)?)
    }

    /// Gives back what one refund or chargeback took: the dispute was won.
    #[napi(ts_return_type = "Commission")]
    pub fn restore<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Commission")] commission: Given<'_>,
        #[napi(ts_arg_type = "string")] refund: Given<'_>,
        #[napi(ts_arg_type = "string")] id: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let commission: Commission = take("commission", &commission)?;
        let (refund, id): (String, String) = (take("refund", &refund)?, take("id", &id)?);
        given(env, &self.0.restore(&commission, &refund, &id).map_err(raise)?)
    }

    /// The commission with everyone's part of a refund taken back.
    #[napi(ts_return_type = "Commission")]
    pub fn refund<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Commission")] commission: Given<'_>,
        #[napi(ts_arg_type = "Refund")] refund: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let commission: Commission = take("commission", &commission)?;
        given(env, &self.0.refund(&commission, &take("refund", &refund)?).map_err(raise)?)
    }
}

/// The vendor's secret keys: the last one signs, all of them open.
#[napi]
#[derive(Debug)]
pub struct Keys(sentby::Keys);

struct KeyOptions(RootKey);

impl Field for KeyOptions {
    const KIND: &'static str = "RootKey";

    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        let reader = Reader::of(value, Self::KIND)?;
        let key = RootKey::new(reader.field("id")?, &reader.bytes("secret")?);
        let retires = reader.field("retires")?;
        reader.only(&["id", "secret", "retires"])?;
        Ok(Self(match retires {
            Some(at) => key.retires(at),
            None => key,
        }))
    }

    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        // Keys never come back out.
        convert::give(env, Object::new(env)?)
    }
}

#[napi]
impl Keys {
    /// Keys in the order of their age; the last one signs.
    #[napi(constructor)]
    pub fn new(#[napi(ts_arg_type = "readonly RootKey[]")] keys: Given<'_>) -> Result<Self> {
        let keys: Vec<RootKey> = take::<Vec<KeyOptions>>("keys", &keys)?.into_iter().map(|key| key.0).collect();
        sentby::Keys::new(&keys).map(Self).map_err(raise)
    }

    /// A token of a referral, by default for the longest lifetime of its purpose.
    #[napi]
    pub fn seal(
        &self,
        #[napi(ts_arg_type = "Referral")] referral: Given<'_>,
        #[napi(ts_arg_type = "Purpose")] purpose: Given<'_>,
        #[napi(ts_arg_type = "string")] audience: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
        #[napi(ts_arg_type = "number | null")] lifetime_hours: Option<Given<'_>>,
    ) -> Result<String> {
        let (referral, purpose, audience, now) =
            (take("referral", &referral)?, take("purpose", &purpose)?, take::<String>("audience", &audience)?, take("now", &now)?);
        match lifetime_hours {
            Some(hours) => self.0.seal_for(&referral, purpose, &audience, now, take("lifetimeHours", &hours)?),
            None => self.0.seal(&referral, purpose, &audience, now),
        }
        .map_err(raise)
    }

    /// What a token says, if it was sealed for this purpose and audience and its time is not over.
    #[napi(ts_return_type = "Opened")]
    pub fn open<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "string")] text: Given<'_>,
        #[napi(ts_arg_type = "Purpose")] purpose: Given<'_>,
        #[napi(ts_arg_type = "string")] audience: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let opened = self.0.open(
            &take::<String>("text", &text)?,
            take("purpose", &purpose)?,
            &take::<String>("audience", &audience)?,
            take("now", &now)?,
        );
        given(env, &opened.map_err(raise)?)
    }

    /// The same as one line, out of which JavaScript makes the record: an object with times costs more at the boundary than all else together.
    #[napi(skip_typescript)]
    pub fn open_joined(
        &self,
        #[napi(ts_arg_type = "string")] text: Given<'_>,
        #[napi(ts_arg_type = "Purpose")] purpose: Given<'_>,
        #[napi(ts_arg_type = "string")] audience: Given<'_>,
        now: f64,
    ) -> Result<String> {
        let (text, purpose, audience) =
            (take::<String>("text", &text)?, take("purpose", &purpose)?, take::<String>("audience", &audience)?);
        // JavaScript hands over what a valid Date holds.
        let now = sentby::Time::from_millis(now as i64).map_err(|error| raise(error.at("/now")))?;
        let sentby::Opened { referral, issued_at, expires_at, key_id } = self.0.open(&text, purpose, &audience, now).map_err(raise)?;
        // Ids hold no line ends, and none is empty.
        let sentby::Referral { affiliate, product, click_id, campaign: _, sub_ids: _, destination: _ } = referral;
        let [affiliate, product, click_id] = [affiliate, product, click_id].map(Option::unwrap_or_default);
        let (issued_at, expires_at) = (issued_at.millis(), expires_at.millis());
        Ok(format!("{issued_at}\n{expires_at}\n{key_id}\n{affiliate}\n{product}\n{click_id}"))
    }

    /// A signed code of 24 letters and digits for a click id.
    #[napi]
    pub fn short_code(
        &self,
        #[napi(ts_arg_type = "string")] click_id: Given<'_>,
        #[napi(ts_arg_type = "string")] audience: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
    ) -> Result<String> {
        self.0
            .short_code(&take::<String>("clickId", &click_id)?, &take::<String>("audience", &audience)?, take("now", &now)?)
            .map_err(raise)
    }

    /// The click id of a short code.
    #[napi]
    pub fn open_short_code(
        &self,
        #[napi(ts_arg_type = "string")] text: Given<'_>,
        #[napi(ts_arg_type = "string")] audience: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
    ) -> Result<String> {
        self.0.open_short_code(&take::<String>("text", &text)?, &take::<String>("audience", &audience)?, take("now", &now)?).map_err(raise)
    }

    /// The whole Set-Cookie text that keeps the first and the latest seven touches; null without consent.
    #[napi]
    pub fn set_cookie(
        &self,
        #[napi(ts_arg_type = "CookieSpec")] spec: Given<'_>,
        #[napi(ts_arg_type = "readonly Touch[]")] touches: Given<'_>,
        #[napi(ts_arg_type = "Consent")] consent: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
    ) -> Result<Option<String>> {
        self.0
            .set_cookie(&take("spec", &spec)?, &take::<Vec<_>>("touches", &touches)?, take("consent", &consent)?, take("now", &now)?)
            .map_err(raise)
    }

    /// The touches in a raw Cookie header.
    #[napi(ts_return_type = "CookieReading")]
    pub fn read_cookie<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "CookieSpec")] spec: Given<'_>,
        #[napi(ts_arg_type = "string")] header: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.read_cookie(&take("spec", &spec)?, &take::<String>("header", &header)?, take("now", &now)?).map_err(raise)?)
    }

    /// The Set-Cookie text after which the browser holds no touch of these clicks; null if it holds none now.
    #[napi]
    pub fn forget_cookie(
        &self,
        #[napi(ts_arg_type = "CookieSpec")] spec: Given<'_>,
        #[napi(ts_arg_type = "string")] header: Given<'_>,
        #[napi(ts_arg_type = "readonly string[]")] click_ids: Given<'_>,
        #[napi(ts_arg_type = "Date")] now: Given<'_>,
    ) -> Result<Option<String>> {
        let click_ids = take::<Vec<String>>("clickIds", &click_ids)?;
        self.0.forget_cookie(&take("spec", &spec)?, &take::<String>("header", &header)?, &click_ids, take("now", &now)?).map_err(raise)
    }
}

/// The Set-Cookie text that removes the cookie, for a visitor who withdraws consent.
#[napi]
pub fn clear_cookie(#[napi(ts_arg_type = "CookieSpec")] spec: Given<'_>) -> Result<String> {
    take::<sentby::CookieSpec>("spec", &spec)?.clear().map_err(raise)
}

/// The touch that an opened token witnesses: signed, evidence "token", at the time of sealing.
#[napi(ts_return_type = "Touch")]
pub fn touch_of<'e>(env: &'e Env, #[napi(ts_arg_type = "Opened")] opened: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &take::<sentby::Opened>("opened", &opened)?.touch())
}

/// The decision for people, in the sentences of a table (see `messages`), by default the English ones.
#[napi]
pub fn explain(
    #[napi(ts_arg_type = "OwnDecision")] decision: Given<'_>,
    #[napi(ts_arg_type = "string | null | undefined")] messages: Option<Given<'_>>,
) -> Result<String> {
    let decision = take::<Decision>("decision", &decision)?;
    match messages.map_or(Ok(None), |messages| take::<Option<String>>("messages", &messages))? {
        Some(table) => Ok(decision.explain_in(&Messages::from_json(&table).map_err(raise)?)),
        None => Ok(decision.explain()),
    }
}

/// The account of a commission for people: line by line, by which rule, of which base, how rounded; then the refunds.
#[napi]
pub fn explain_commission(#[napi(ts_arg_type = "Commission")] commission: Given<'_>) -> Result<String> {
    Ok(take::<Commission>("commission", &commission)?.explain())
}

/// The entries of a commission as a ledger has them, those of the payment under this event's id.
#[napi(ts_return_type = "LedgerEntry[]")]
pub fn commission_rows<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "Commission")] commission: Given<'_>,
    #[napi(ts_arg_type = "string")] event: Given<'_>,
) -> Result<Unknown<'e>> {
    given(env, &take::<Commission>("commission", &commission)?.rows(&take::<String>("event", &event)?))
}

/// The sentences of a language (`en`, `de`) as JSON, for `explain`; null if it is not shipped.
#[napi]
pub fn messages(#[napi(ts_arg_type = "string")] language: Given<'_>) -> Result<Option<String>> {
    Ok(Messages::in_language(&take::<String>("language", &language)?).map(Messages::to_json))
}

/// What a visitor's answer (null if nobody asked) and the browser's Sec-GPC header say together.
#[napi(ts_return_type = "Consent")]
pub fn consent(
    #[napi(ts_arg_type = "boolean | null")] answer: Given<'_>,
    #[napi(ts_arg_type = "boolean | null | undefined")] gpc: Option<Given<'_>>,
) -> Result<&'static str> {
    let gpc = gpc.map_or(Ok(None), |gpc| take::<Option<bool>>("gpc", &gpc))?.unwrap_or(false);
    Ok(sentby::Consent::of(take("answer", &answer)?, gpc).as_str())
}

/// What may be carried on with this consent: without `granted` product, affiliate and campaign alone.
#[napi(ts_return_type = "Referral")]
pub fn referral_within<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "Referral")] referral: Given<'_>,
    #[napi(ts_arg_type = "Consent")] consent: Given<'_>,
) -> Result<Unknown<'e>> {
    given(env, &take::<sentby::Referral>("referral", &referral)?.within(take("consent", &consent)?))
}

/// The touch with the visitor's answer; without `granted` it loses its click id.
#[napi(ts_return_type = "Touch")]
pub fn touch_within<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "Touch")] touch: Given<'_>,
    #[napi(ts_arg_type = "Consent")] consent: Given<'_>,
) -> Result<Unknown<'e>> {
    given(env, &take::<sentby::Touch>("touch", &touch)?.within(take("consent", &consent)?))
}

/// The touches without those of these clicks.
#[napi(ts_return_type = "Touch[]")]
pub fn forget<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "readonly Touch[]")] touches: Given<'_>,
    #[napi(ts_arg_type = "readonly string[]")] click_ids: Given<'_>,
) -> Result<Unknown<'e>> {
    let click_ids = take::<Vec<String>>("clickIds", &click_ids)?;
    given(env, &sentby::forget(take("touches", &touches)?, &click_ids))
}

/// Judges a claim beside those that the host stored for the same checkout; a bad one is no error.
#[napi(ts_return_type = "ClaimReceipt")]
pub fn receive_claim<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "string")] text: Given<'_>,
    #[napi(ts_arg_type = "string")] key: Given<'_>,
    #[napi(ts_arg_type = "readonly StoredClaim[]")] stored: Given<'_>,
    #[napi(ts_arg_type = "Date")] now: Given<'_>,
) -> Result<Unknown<'e>> {
    let (text, key) = (take::<String>("text", &text)?, take::<String>("key", &key)?);
    given(env, &sentby::receive_claim(&text, &key, &take::<Vec<_>>("stored", &stored)?, take("now", &now)?))
}

/// The claim that a JSON object holds.
#[napi(ts_return_type = "Claim")]
pub fn claim_from_json<'e>(env: &'e Env, #[napi(ts_arg_type = "string")] text: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &sentby::Claim::from_json(&take::<String>("text", &text)?).map_err(raise)?)
}

/// A claim's object as the protocol writes it.
#[napi]
pub fn claim_to_json(#[napi(ts_arg_type = "Claim")] claim: Given<'_>) -> Result<String> {
    Ok(take::<sentby::Claim>("claim", &claim)?.to_json())
}

/// The touch that a claim is; null if it names no publisher.
#[napi(ts_return_type = "Touch | null")]
pub fn claim_touch<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "Claim")] claim: Given<'_>,
    #[napi(ts_arg_type = "Date")] now: Given<'_>,
) -> Result<Unknown<'e>> {
    given(env, &take::<sentby::Claim>("claim", &claim)?.touch(take("now", &now)?))
}

/// What a token says, without keys and unverified: show it, log it, never credit by it.
#[napi(ts_return_type = "Unverified")]
pub fn peek<'e>(env: &'e Env, #[napi(ts_arg_type = "string")] text: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &sentby::carrier::peek(&take::<String>("text", &text)?).map_err(raise)?)
}

/// What a URL says, by the rules of every network that is known; the text is taken as it is.
#[napi(ts_return_type = "Reading")]
pub fn read<'e>(env: &'e Env, #[napi(ts_arg_type = "string")] url: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &sentby::read(&take::<String>("url", &url)?).map_err(raise)?)
}

/// What a URL says after repairs, each of which is one of the reading's warnings.
#[napi(ts_return_type = "Reading")]
pub fn read_lenient<'e>(env: &'e Env, #[napi(ts_arg_type = "string")] url: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &sentby::read_lenient(&take::<String>("url", &url)?).map_err(raise)?)
}

/// What many URLs say: one array a field, by default network, product, affiliate and campaign. What is no URL, and null, has no values.
#[napi(ts_return_type = "LinkColumns")]
pub fn read_column<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "readonly (string | null)[]")] urls: Given<'_>,
    #[napi(ts_arg_type = "readonly LinkField[] | null | undefined")] fields: Option<Given<'_>>,
    #[napi(ts_arg_type = "boolean | null | undefined")] lenient: Option<Given<'_>>,
) -> Result<Unknown<'e>> {
    let (fields, lenient) = wanted(fields, lenient)?;
    let urls = take::<Vec<Option<String>>>("urls", &urls)?;
    let mut columns = LinkColumns::new(&fields, lenient);
    urls.iter().for_each(|url| columns.push(url.as_deref().unwrap_or_default()));
    lists(env, &columns, &fields).map_err(|error| raise(convert::engine(error)))
}

/// The same for `rows` URLs as lines of one text: each column as such a text too. Null where a line cannot be told from a line end.
#[napi(skip_typescript)]
pub fn read_joined<'e>(
    env: &'e Env,
    urls: String,
    rows: u32,
    fields: Option<Given<'_>>,
    lenient: Option<Given<'_>>,
) -> Result<Option<Unknown<'e>>> {
    let (fields, lenient) = wanted(fields, lenient)?;
    let mut columns = LinkColumns::new(&fields, lenient);
    urls.split('\n').for_each(|url| columns.push(url));
    if columns.len() != rows as usize {
        return Ok(None);
    }
    let give = || -> napi::Result<Option<Unknown<'e>>> {
        let mut object = Object::new(env)?;
        for field in &fields {
            let Some(text) = columns.column(*field).map(lines) else { continue };
            let Some(text) = text else { return Ok(None) };
            object.set(field.as_str(), text)?;
        }
        convert::give(env, object).map(Some)
    };
    give().map_err(|error| raise(convert::engine(error)))
}

/// A column as lines; `None` if a value has a line end, or is empty and yet not missing.
fn lines(column: &TextColumn) -> Option<String> {
    let mut text = String::with_capacity(column.data().len() + column.len());
    for row in 0..column.len() {
        if row > 0 {
            text.push('\n');
        }
        match column.get(row) {
            Some("") => return None,
            value => text.push_str(value.unwrap_or_default()),
        }
    }
    let ends = column.data().bytes().filter(|byte| *byte == b'\n').count();
    (ends == 0).then_some(text)
}

fn wanted(fields: Option<Given<'_>>, lenient: Option<Given<'_>>) -> Result<(Vec<LinkField>, bool)> {
    use LinkField::{Affiliate, Campaign, Network, Product};
    let fields = match fields {
        Some(fields) => take::<Option<Vec<LinkField>>>("fields", &fields)?,
        None => None,
    };
    let lenient = lenient.map_or(Ok(None), |lenient| take::<Option<bool>>("lenient", &lenient))?;
    Ok((fields.unwrap_or_else(|| vec![Network, Product, Affiliate, Campaign]), lenient.unwrap_or(false)))
}

fn lists<'e>(env: &'e Env, columns: &LinkColumns, fields: &[LinkField]) -> napi::Result<Unknown<'e>> {
    let mut object = Object::new(env)?;
    for field in fields {
        if let Some(column) = columns.column(*field) {
            let values: Vec<Option<&str>> = (0..column.len()).map(|row| column.get(row)).collect();
            object.set(field.as_str(), values)?;
        }
    }
    convert::give(env, object)
}

/// Everything that is odd about a link that someone pasted, in order of place.
#[napi(ts_return_type = "Finding[]")]
pub fn lint<'e>(env: &'e Env, #[napi(ts_arg_type = "string")] url: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &sentby::lint(&take::<String>("url", &url)?).map_err(raise)?)
}

/// A network's link for a referral, on the network's own host.
#[napi]
pub fn link(#[napi(ts_arg_type = "string")] network: Given<'_>, #[napi(ts_arg_type = "Referral")] referral: Given<'_>) -> Result<String> {
    sentby::link(&take::<String>("network", &network)?, &take("referral", &referral)?).map_err(raise)
}

/// Every network that is known.
#[napi(ts_return_type = "Network[]")]
pub fn networks<'e>(env: &'e Env) -> Result<Unknown<'e>> {
    given(env, &sentby::networks().to_vec())
}

/// The names of parameters that were looked up in the lists of browsers and blockers: those that survive first.
#[napi(ts_return_type = "CarrierName[]")]
pub fn carrier_names<'e>(env: &'e Env) -> Result<Unknown<'e>> {
    given(env, &sentby::carrier_names())
}

/// The amount that strict decimal text names, such as "49.00".
#[napi(ts_return_type = "Money")]
pub fn parse_money<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "string")] text: Given<'_>,
    #[napi(ts_arg_type = "string")] currency: Given<'_>,
) -> Result<Unknown<'e>> {
    given(env, &sentby::Money::parse(&take::<String>("text", &text)?, &take::<String>("currency", &currency)?).map_err(raise)?)
}

/// An amount as decimal text without its currency, such as "49.00".
#[napi]
pub fn format_money(#[napi(ts_arg_type = "Money")] money: Given<'_>) -> Result<String> {
    Ok(take::<sentby::Money>("money", &money)?.decimal())
}

/// Splits total by weights; the parts sum to total, always.
#[napi(ts_return_type = "number[]")]
pub fn allocate<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "number")] total: Given<'_>,
    #[napi(ts_arg_type = "readonly number[]")] weights: Given<'_>,
) -> Result<Unknown<'e>> {
    given(env, &sentby::allocate(take("total", &total)?, &take::<Vec<u64>>("weights", &weights)?))
}
