//! What needs a secret, for back ends: a package of its own, which no app contains.
//!
//! The library of this crate holds that of `sentby-mobile` too, so that a back end loads one.

use sentby_mobile::Program;
use sentby_mobile::convert::{Moment, Outcome, give, take};
use sentby_mobile::desk::{Platform, Webhook};
use sentby_mobile::records::{Consent, CookieReading, CookieSpec, IdentityKind, Opened, Purpose, Referral, Touch};
use std::sync::Arc;

uniffi::setup_scaffolding!("sentby_server");
sentby_mobile::uniffi_reexport_scaffolding!();

/// A secret of at least 32 random bytes, with the id (1 to 255) that tokens name it by.
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

/// The vendor's secret keys: the last one signs, all of them open.
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

/// Keyed hashes of an e-mail address, phone number or customer id, one for each key, the newest first: join devices by them without
/// storing an address.
#[uniffi::export]
pub fn identity(program: Arc<Program>, keys: Arc<Keys>, kind: IdentityKind, value: &str) -> Outcome<Vec<String>> {
    give(program.core().identity(&keys.0, take("kind", kind)?, value))
}

/// Reads a platform's webhook from the raw body of a request, if its signature is right.
#[uniffi::export]
pub fn webhook(
    program: Arc<Program>,
    platform: Platform,
    secret: &str,
    signature: &str,
    body: Vec<u8>,
    received: Moment,
) -> Outcome<Webhook> {
    give(program.core().webhook(take("platform", platform)?, secret, signature, &body, take("received", received)?))
}
