//! The records: plain objects in JavaScript, in camelCase. Their TypeScript is in `types.d.ts`.

use crate::convert::{Field, Reader, engine, give};
use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use sentby::{
    Activity, Advice, Balance, CarrierName, Change, Claim, ClaimReceipt, Commission, Consent, CookieReading, CookieSpec, Credit, Decision,
    Diagnosis, Difference, Entry, Event, Finding, Flag, Ground, Leaderboard, LedgerEntry, LedgerEvent, Line, Link, LinkUse, Membership,
    Moderation, Money, Network, Opened, Order, OrderStatus, Payout, PayoutRun, Problem, Profile, Purpose, Question, Reading, Receipt,
    Referral, Refund, ReportPeriod, Rounding, SecondNetwork, Share, Standing, Statement, StoredClaim, Touch, Touchpoint, Turnover,
    Unverified, Verdict, Webhook, Withheld, Witness,
};
use std::collections::BTreeMap;

/// Reads and gives a record field by field. Both sides name every field of the core's struct without `..`, so that a
/// new field there stops this from compiling.
macro_rules! record {
    ($record:ident { $($need:ident: $need_name:literal,)* ; $($may:ident: $may_name:literal = $default:expr,)* }) => {
        impl Field for $record {
            const KIND: &'static str = stringify!($record);

            fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
                let reader = Reader::of(value, Self::KIND)?;
                let record = $record {
                    $($need: reader.field($need_name)?,)*
                    $($may: reader.field_or($may_name, $default)?,)*
                };
                reader.only(&[$($need_name,)* $($may_name,)*])?;
                Ok(record)
            }

            fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
                let $record { $($need,)* $($may,)* } = self;
                let mut object = Object::new(env)?;
                $(object.set($need_name, $need.give(env)?)?;)*
                $(object.set($may_name, $may.give(env)?)?;)*
                give(env, object)
            }
        }
    };
}

impl Field for Money {
    const KIND: &'static str = "Money";

    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        if value.get_type().map_err(engine)? == napi::ValueType::Number {
            let text = "is a bare number; expected { minor, currency }";
            return Err(sentby::Error::new(sentby::ErrorCode::NumberInvalid, text));
        }
        let reader = Reader::of(value, Self::KIND)?;
        let (minor, currency) = (reader.field("minor")?, reader.field::<String>("currency")?);
        reader.only(&["minor", "currency"])?;
        Self::new(minor, &currency)
    }

    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        let mut object = Object::new(env)?;
        object.set("minor", self.minor() as f64)?;
        object.set("currency", self.currency().as_str())?;
        give(env, object)
    }
}

record!(Referral { ;
    affiliate: "affiliate" = None, product: "product" = None, campaign: "campaign" = None, click_id: "clickId" = None,
    sub_ids: "subIds" = BTreeMap::new(), destination: "destination" = None,
});
record!(Link { template: "template", referral: "referral", ; network: "network" = None, });
record!(Reading { ;
    host: "host" = None, network: "network" = None, template: "template" = None, referral: "referral" = Referral::default(),
    second_networks: "secondNetworks" = Vec::new(), warnings: "warnings" = Vec::new(),
});
record!(SecondNetwork { network: "network", referral: "referral", ; });
record!(Finding { code: "code", sentence: "sentence", start: "start", end: "end", ; });
record!(Network { id: "id", name: "name", host: "host", opaque: "opaque", any: "any", configured: "configured", source: "source", ;
    default_window: "defaultWindow" = None, default_model: "defaultModel" = None, coupon_precedence: "couponPrecedence" = None,
});
record!(CarrierName { name: "name", stripped: "stripped", ; });
record!(Advice { code: "code", place: "place", sentence: "sentence", ; });
record!(Touch { affiliate: "affiliate", at: "at", evidence: "evidence", ;
    product: "product" = None, campaign: "campaign" = None, click_id: "clickId" = None, coupon: "coupon" = None,
    consent: "consent" = Consent::Unknown, navigated: "navigated" = true, signed: "signed" = false,
});
record!(Line { id: "id", product: "product", gross: "gross", tax: "tax", ;
    quantity: "quantity" = 1, shipping: "shipping" = None, discount: "discount" = None,
});
record!(Order { id: "id", at: "at", lines: "lines", ;
    payment: "payment" = 1, cart_at: "cartAt" = None, identities: "identities" = Vec::new(), coupons: "coupons" = Vec::new(),
    country: "country" = None, customer: "customer" = None, accounts: "accounts" = None,
    event: "event" = Event::Sale, first_at: "firstAt" = None, rate: "rate" = None,
});
record!(Credit { affiliate: "affiliate", weight: "weight", touch: "touch", evidence: "evidence", ; campaign: "campaign" = None, });
record!(Verdict { reason: "reason", affiliate: "affiliate", evidence: "evidence", at: "at", ; window_ms: "windowMs" = None, by: "by" = None, });
record!(Decision { order: "order", at: "at", credits: "credits", verdicts: "verdicts", ;
    version: "version" = String::new(), flags: "flags" = Vec::new(), conflicts: "conflicts" = Vec::new(),
});
record!(Flag { code: "code", touches: "touches", ; });
record!(Witness { evidence: "evidence", affiliate: "affiliate", touch: "touch", credited: "credited", ; });
record!(Change { place: "place", sentence: "sentence", ; });
record!(Claim { provider: "provider", ;
    token: "token" = None, publisher_id: "publisherId" = None, campaign_id: "campaignId" = None, creative_id: "creativeId" = None,
    sub_id: "subId" = None, touchpoint: "touchpoint" = Touchpoint::Last, source_type: "sourceType" = None, source_url: "sourceUrl" = None,
    issued_at: "issuedAt" = None, expires_at: "expiresAt" = None, metadata: "metadata" = BTreeMap::new(),
});
record!(StoredClaim { key: "key", claim: "claim", ; });
record!(ClaimReceipt { outcome: "outcome", ; claim: "claim" = None, detail: "detail" = None, });
record!(Entry { line: "line", role: "role", amount: "amount", ; recipient: "recipient" = None, rule: "rule" = None, refund: "refund" = None, });
record!(Commission { order: "order", at: "at", entries: "entries", ;
    payment: "payment" = 1, event: "event" = Event::Sale, rounding: "rounding" = Rounding::HalfAway, grounds: "grounds" = Vec::new(),
});
record!(Ground { line: "line", role: "role", what: "what", base: "base", amount: "amount", ;
    recipient: "recipient" = None, rule: "rule" = None, percent: "percent" = None,
});
record!(Refund { id: "id", amount: "amount", ; line: "line" = None, });
record!(Opened { referral: "referral", issued_at: "issuedAt", expires_at: "expiresAt", key_id: "keyId", ; });
record!(Unverified { purpose: "purpose", key_id: "keyId", issued_at: "issuedAt", lifetime_hours: "lifetimeHours", referral: "referral", ; });
record!(CookieSpec { site: "site", ;
    name: "name" = "__Host-sentby".into(), lifetime_hours: "lifetimeHours" = Purpose::Cookie.lifetime_max_hours(), secure: "secure" = true,
});
record!(CookieReading { touches: "touches", ; rejected: "rejected" = Vec::new(), });
record!(LedgerEvent { id: "id", at: "at", kind: "kind", ;
    order: "order" = None, payment: "payment" = None, commission: "commission" = None, amount: "amount" = None, line: "line" = None, of: "of" = None, recipient: "recipient" = None, state: "state" = None, verified: "verified" = None, note: "note" = None,
});
record!(Problem { event: "event", code: "code", detail: "detail", ; });
record!(Receipt { outcome: "outcome", ;
    problems: "problems" = Vec::new(),
});
record!(LedgerEntry { event: "event", at: "at", kind: "kind", amount: "amount", ;
    order: "order" = None, payment: "payment" = None, line: "line" = None, role: "role" = None, recipient: "recipient" = None, rule: "rule" = None,
});
record!(Balance { recipient: "recipient", earned: "earned", adjusted: "adjusted", pending: "pending", available: "available", paid_out: "paidOut", ; });
record!(Statement { recipient: "recipient", start: "start", end: "end", opening: "opening", entries: "entries", closing: "closing", ; });
record!(Payout { id: "id", recipient: "recipient", amount: "amount", ; });
record!(Withheld { recipient: "recipient", amount: "amount", why: "why", ; });
record!(PayoutRun { at: "at", payouts: "payouts", withheld: "withheld", ; });
record!(Share { role: "role", recipient: "recipient", amount: "amount", state: "state", ; });
record!(OrderStatus { order: "order", payment: "payment", state: "state", at: "at", shares: "shares", problems: "problems", ; });
record!(Difference { place: "place", expected: "expected", found: "found", ; });
record!(Webhook { platform: "platform", id: "id", kind: "kind", at: "at", ;
    test: "test" = false, sale: "sale" = None, order: "order" = None, payment: "payment" = 1, refunds: "refunds" = Vec::new(), affiliate: "affiliate" = None, campaign: "campaign" = None, affiliate_amount: "affiliateAmount" = None, token: "token" = None, fields: "fields" = BTreeMap::new(), notes: "notes" = Vec::new(),
});
record!(Moderation { affiliate: "affiliate", action: "action", since: "since", ;
    product: "product" = None,
});
record!(Activity { kind: "kind", affiliate: "affiliate", at: "at", ;
    visitor: "visitor" = None, link: "link" = None,
});
record!(ReportPeriod {  ;
    first: "first" = None, last: "last" = None, time_zone: "timeZone" = None,
});
record!(Turnover { revenue: "revenue", refunds: "refunds", commission: "commission", ;
    per_click: "perClick" = None,
});
record!(Standing { clicks: "clicks", visitors: "visitors", leads: "leads", sales: "sales", turnover: "turnover", ;
    affiliate: "affiliate" = None, conversion: "conversion" = None,
});
record!(Leaderboard { rows: "rows", total: "total", ;
    start: "start" = None, end: "end" = None,
});
record!(Membership { state: "state", since: "since", ;
    product: "product" = None,
});
record!(LinkUse { link: "link", clicks: "clicks", visitors: "visitors", leads: "leads", last: "last", ; });
record!(Profile { affiliate: "affiliate", partnership: "partnership", standing: "standing", links: "links", orders: "orders", balances: "balances", ; });
record!(Question { affiliate: "affiliate", at: "at", ;
    order: "order" = None, sale: "sale" = None, touches: "touches" = Vec::new(), period: "period" = ReportPeriod::default(),
});
record!(Diagnosis { code: "code", sentence: "sentence", ;
    affiliate: "affiliate" = None, product: "product" = None, order: "order" = None, at: "at" = None, amount: "amount" = None, reason: "reason" = None, touch: "touch" = None,
});
