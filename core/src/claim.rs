//! What a third party says about who sent a buyer: the `affiliate_attribution` object of the Agentic Commerce Protocol.

use crate::error::{escaped, words};
use crate::id::has_control;
use crate::time::SKEW_MS;
use crate::{Error, ErrorCode, Evidence, Result, Time, Touch};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest object that is read, in bytes.
const OBJECT_MAX: usize = 16_384;
/// The most entries of `metadata`.
const METADATA_MAX: usize = 32;

words! {
    /// Which contact a claim speaks of.
    ///
    /// # Example
    /// ```
    /// assert_eq!("first".parse(), Ok(sentby::Touchpoint::First));
    /// ```
    pub Touchpoint: "touchpoint" {
        /// The first one, told when a checkout begins.
        First => "first",
        /// The last one, told when it is completed.
        Last => "last",
    }
}

words! {
    /// What became of a claim.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::ClaimOutcome::IgnoredConflict.as_str(), "ignored_conflict");
    /// ```
    pub ClaimOutcome: "outcome of a claim" {
        /// It is new; the host stores it.
        Accepted => "accepted",
        /// The same was said before.
        Replay => "replay",
        /// Another claim for this touchpoint stands already; the first one stays.
        IgnoredConflict => "ignored_conflict",
        /// The same idempotency key came with another content.
        Conflict => "conflict",
        /// It cannot be read, is over, or holds personal data; the detail says where.
        Reject => "reject",
    }
}

/// A third party's claim: who sent a buyer, in the words of the protocol.
///
/// # Example
/// ```
/// let claim = sentby::Claim::from_json(r#"{"provider": "network.example", "publisher_id": "anna", "touchpoint": "last"}"#)?;
/// assert_eq!(claim.publisher_id.as_deref(), Some("anna"));
/// assert_eq!(claim.to_json(), r#"{"provider":"network.example","publisher_id":"anna","touchpoint":"last"}"#);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who vouches for it: a network's namespace. 1 to 64 bytes.
    pub provider: String,
    /// The provider's own token, opaque to all others. This or the publisher's id is there.
    #[serde(default)]
    pub token: Option<String>,
    /// The affiliate, as the provider names them.
    #[serde(default)]
    pub publisher_id: Option<String>,
    /// The campaign.
    #[serde(default)]
    pub campaign_id: Option<String>,
    /// The advertisement.
    #[serde(default)]
    pub creative_id: Option<String>,
    /// The affiliate's own value.
    #[serde(default)]
    pub sub_id: Option<String>,
    /// Which contact it speaks of; `last` unless it says so.
    #[serde(default = "last")]
    pub touchpoint: Touchpoint,
    /// Where the claim comes from: `source.type`, such as `url`.
    #[serde(default)]
    pub source_type: Option<String>,
    /// `source.url`.
    #[serde(default)]
    pub source_url: Option<String>,
    /// When it was issued.
    #[serde(default)]
    pub issued_at: Option<Time>,
    /// Until when it counts.
    #[serde(default)]
    pub expires_at: Option<Time>,
    /// The provider's further values: texts, numbers and truth values, as JSON writes them, by name.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

fn last() -> Touchpoint {
    Touchpoint::Last
}

/// A claim that a host stored, and under which idempotency key it came.
///
/// # Example
/// ```
/// use sentby::{Claim, StoredClaim};
/// let claim = Claim::from_json(r#"{"provider": "network.example", "publisher_id": "anna"}"#)?;
/// let stored = StoredClaim { key: "request-1".into(), claim };
/// assert_eq!(stored.claim.provider, "network.example");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredClaim {
    /// The request's idempotency key.
    pub key: String,
    /// The claim.
    pub claim: Claim,
}

/// What became of a claim, and why.
///
/// # Example
/// ```
/// let now = sentby::Time::parse("2026-03-03T18:00:00Z")?;
/// let receipt = sentby::receive_claim(r#"{"provider": "n", "publisher_id": "lena@example.org"}"#, "request-1", &[], now);
/// assert_eq!(receipt.outcome, sentby::ClaimOutcome::Reject);
/// assert_eq!(receipt.detail.as_deref(), Some("claim_personal: /publisher_id: looks like an e-mail address"));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimReceipt {
    /// What became of it.
    pub outcome: ClaimOutcome,
    /// The claim that counts: this one, or the one that stands already; none if it was rejected and none stands.
    #[serde(default)]
    pub claim: Option<Claim>,
    /// Why, if it was not accepted: the code, the place and what is wrong there.
    #[serde(default)]
    pub detail: Option<String>,
}

/// Judges a claim beside those that the host stored for the same checkout. Never an error: a claim blocks no checkout.
///
/// Store it if it is accepted. `key` is the request's idempotency key: the same key with the same content is a replay, with another content
/// a conflict. Under another key, the first claim for a touchpoint stays.
///
/// # Example
/// ```
/// use sentby::{ClaimOutcome, StoredClaim, Time, receive_claim};
/// let now = Time::parse("2026-03-03T18:00:00Z")?;
/// let text = r#"{"provider": "network.example", "publisher_id": "anna"}"#;
/// let first = receive_claim(text, "request-1", &[], now);
/// assert_eq!(first.outcome, ClaimOutcome::Accepted);
///
/// let stored = [StoredClaim { key: "request-1".into(), claim: first.claim.unwrap() }];
/// assert_eq!(receive_claim(text, "request-1", &stored, now).outcome, ClaimOutcome::Replay);
/// let other = text.replace("anna", "bob");
/// assert_eq!(receive_claim(&other, "request-1", &stored, now).outcome, ClaimOutcome::Conflict);
/// assert_eq!(receive_claim(&other, "request-2", &stored, now).outcome, ClaimOutcome::IgnoredConflict);
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn receive_claim(text: &str, key: &str, stored: &[StoredClaim], now: Time) -> ClaimReceipt {
    let receipt = |outcome, claim: Option<Claim>, detail: Option<String>| ClaimReceipt { outcome, claim, detail };
    let claim = match Claim::from_json(text).and_then(|claim| claim.check_time(now).map(|()| claim)) {
        Ok(claim) => claim,
        Err(error) => return receipt(ClaimOutcome::Reject, None, Some(error.to_string())),
    };
    if let Some(same) = stored.iter().find(|earlier| earlier.key == key) {
        return if same.claim == claim {
            receipt(ClaimOutcome::Replay, Some(claim), Some("the same key and content came before".into()))
        } else {
            let detail = format!("the key {} came before with another content", crate::error::quote(key));
            receipt(ClaimOutcome::Conflict, Some(same.claim.clone()), Some(detail))
        };
    }
    match stored.iter().find(|earlier| earlier.claim.touchpoint == claim.touchpoint) {
        Some(same) if same.claim == claim => receipt(ClaimOutcome::Replay, Some(claim), Some("the same content came before".into())),
        Some(same) => {
            let detail = format!("a claim for the {} touchpoint stands already", claim.touchpoint);
            receipt(ClaimOutcome::IgnoredConflict, Some(same.claim.clone()), Some(detail))
        }
        None => receipt(ClaimOutcome::Accepted, Some(claim), None),
    }
}

impl Claim {
    /// The claim that a JSON object holds. Properties that the protocol does not name are left out.
    ///
    /// # Errors
    /// `claim_invalid` and `claim_personal`, with the place; `too_large` above 16 KiB.
    pub fn from_json(text: &str) -> Result<Self> {
        if text.len() > OBJECT_MAX {
            return Err(Error::new(ErrorCode::TooLarge, format!("the claim has {} bytes, at most {OBJECT_MAX} are read", text.len())));
        }
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|e| invalid("", &e.to_string()))?;
        let source = match object.get("source") {
            None | Some(Value::Null) => None,
            Some(Value::Object(source)) => Some(source),
            Some(_) => return Err(invalid("/source", "is no object")),
        };
        let of_source = |name: &str, max| source.map_or(Ok(None), |source| text_at(source, "/source", name, max));
        let claim = Self {
            provider: text_at(&object, "", "provider", 64)?.ok_or_else(|| invalid("/provider", "is missing"))?,
            token: text_at(&object, "", "token", 2048)?,
            publisher_id: text_at(&object, "", "publisher_id", 256)?,
            campaign_id: text_at(&object, "", "campaign_id", 256)?,
            creative_id: text_at(&object, "", "creative_id", 256)?,
            sub_id: text_at(&object, "", "sub_id", 256)?,
            touchpoint: match text_at(&object, "", "touchpoint", 256)? {
                Some(word) => word.parse().map_err(|e: Error| invalid("/touchpoint", e.detail()))?,
                None => Touchpoint::Last,
            },
            source_type: of_source("type", 256)?,
            source_url: of_source("url", 2048)?,
            issued_at: time_at(&object, "issued_at")?,
            expires_at: time_at(&object, "expires_at")?,
            metadata: metadata(object.get("metadata"))?,
        };
        claim.check()?;
        Ok(claim)
    }

    /// The object as the protocol writes it, without what is missing.
    ///
    /// # Example
    /// ```
    /// let text = r#"{"provider":"n","token":"t","touchpoint":"first","source":{"type":"url","url":"https://a.example/"},"metadata":{"tier":3}}"#;
    /// assert_eq!(sentby::Claim::from_json(text)?.to_json(), text);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        let Self {
            provider,
            token,
            publisher_id,
            campaign_id,
            creative_id,
            sub_id,
            touchpoint,
            source_type,
            source_url,
            issued_at,
            expires_at,
            metadata,
        } = self;
        let mut parts: Vec<String> = Vec::new();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                parts.push(format!("{}:{}", Value::from(name), Value::from(value)));
            }
        };
        put("provider", Some(provider));
        put("token", token.as_deref());
        put("publisher_id", publisher_id.as_deref());
        put("campaign_id", campaign_id.as_deref());
        put("creative_id", creative_id.as_deref());
        put("sub_id", sub_id.as_deref());
        put("touchpoint", Some(touchpoint.as_str()));
        if source_type.is_some() || source_url.is_some() {
            let inner = [("type", source_type), ("url", source_url)]
                .map(|(name, value)| value.as_ref().map(|value| format!("{}:{}", Value::from(name), Value::from(value.as_str()))));
            parts.push(format!("\"source\":{{{}}}", inner.into_iter().flatten().collect::<Vec<_>>().join(",")));
        }
        for (name, time) in [("issued_at", issued_at), ("expires_at", expires_at)] {
            parts.extend(time.map(|time| format!("\"{name}\":{}", Value::from(time.to_string()))));
        }
        if !metadata.is_empty() {
            let entries: Vec<String> =
                metadata.iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), scalar(value))).collect();
            parts.push(format!("\"metadata\":{{{}}}", entries.join(",")));
        }
        format!("{{{}}}", parts.join(","))
    }

    /// The touch that the claim is: evidence `claim`, unsigned, at the time when it was issued or else at `now`. `None` if it names no publisher;
    /// only its provider can read the token then.
    ///
    /// # Example
    /// ```
    /// # let now = sentby::Time::parse("2026-03-03T18:00:00Z")?;
    /// let claim = sentby::Claim::from_json(r#"{"provider": "n", "publisher_id": "anna", "campaign_id": "spring"}"#)?;
    /// let touch = claim.touch(now).unwrap();
    /// assert_eq!((touch.affiliate.as_str(), touch.campaign.as_deref()), ("anna", Some("spring")));
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn touch(&self, now: Time) -> Option<Touch> {
        let at = self.issued_at.map_or(now, |issued| issued.min(now));
        Some(Touch { campaign: self.campaign_id.clone(), ..Touch::new(self.publisher_id.clone()?, at, Evidence::Claim) })
    }

    fn check(&self) -> Result<()> {
        if self.token.is_none() && self.publisher_id.is_none() {
            return Err(invalid("", "has neither token nor publisher_id"));
        }
        if let (Some(issued), Some(expires)) = (self.issued_at, self.expires_at)
            && expires <= issued
        {
            return Err(invalid("/expires_at", "is not after issued_at"));
        }
        let texts = [
            ("/provider", Some(&self.provider)),
            ("/publisher_id", self.publisher_id.as_ref()),
            ("/campaign_id", self.campaign_id.as_ref()),
            ("/creative_id", self.creative_id.as_ref()),
            ("/sub_id", self.sub_id.as_ref()),
            ("/source/type", self.source_type.as_ref()),
            ("/source/url", self.source_url.as_ref()),
        ];
        for (place, text) in texts.into_iter().filter_map(|(place, text)| Some((place, text?))) {
            check_personal(place, text)?;
        }
        for (name, value) in &self.metadata {
            let place = format!("/metadata/{}", escaped(name));
            if PERSONAL.contains(&name.to_ascii_lowercase().replace(['-', ' '], "_").as_str()) {
                return Err(personal(&place, "is named like personal data"));
            }
            check_personal(&place, name)?;
            check_personal(&place, value.trim_matches('"'))?;
        }
        Ok(())
    }

    fn check_time(&self, now: Time) -> Result<()> {
        // INVARIANT: times lie within ±2^53.
        if self.issued_at.is_some_and(|issued| issued.millis() - now.millis() > SKEW_MS) {
            return Err(invalid("/issued_at", "is more than 300 seconds in the future"));
        }
        if self.expires_at.is_some_and(|expires| expires < now) {
            return Err(invalid("/expires_at", "is over"));
        }
        Ok(())
    }
}

/// A value of `metadata` as JSON; what is none is a text.
fn scalar(value: &str) -> Value {
    match serde_json::from_str(value) {
        Ok(scalar @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => scalar,
        Ok(Value::Null | Value::Array(_) | Value::Object(_)) | Err(_) => Value::from(value),
    }
}

fn invalid(place: &str, what: &str) -> Error {
    let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Error::new(ErrorCode::ClaimInvalid, if place.is_empty() { what } else { format!("{place}: {what}") })
}

fn personal(place: &str, what: &str) -> Error {
    Error::new(ErrorCode::ClaimPersonal, format!("{place}: {what}"))
}

fn text_at(object: &Map<String, Value>, place: &str, name: &str, max: usize) -> Result<Option<String>> {
    let place = format!("{place}/{name}");
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() || text.len() > max || has_control(text) => {
            Err(invalid(&place, &format!("is empty, over {max} bytes, or holds a control character")))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(&place, "is no text")),
    }
}

fn time_at(object: &Map<String, Value>, name: &str) -> Result<Option<Time>> {
    let text = text_at(object, "", name, 64)?;
    text.map(|text| Time::parse(&text).map_err(|e| invalid(&format!("/{name}"), e.detail()))).transpose()
}

/// Flat: texts, numbers and truth values.
fn metadata(value: Option<&Value>) -> Result<BTreeMap<String, String>> {
    let entries = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(entries)) => entries,
        Some(_) => return Err(invalid("/metadata", "is no object")),
    };
    if entries.len() > METADATA_MAX {
        return Err(invalid("/metadata", &format!("has {} entries, at most {METADATA_MAX} are read", entries.len())));
    }
    let mut read = BTreeMap::new();
    // Sorted here, so that of several faults the same one is told everywhere.
    let sorted: BTreeMap<&String, &Value> = entries.iter().collect();
    for (name, value) in sorted {
        let place = format!("/metadata/{}", escaped(name));
        if name.is_empty() || name.len() > 64 || has_control(name) {
            return Err(invalid("/metadata", "has a name that is empty, over 64 bytes, or holds a control character"));
        }
        let text = match value {
            Value::String(text) if text.len() > 256 || has_control(text) => {
                return Err(invalid(&place, "is over 256 bytes, or holds a control character"));
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => return Err(invalid(&place, "is nested; metadata is flat")),
        };
        read.insert(name.clone(), text);
    }
    Ok(read)
}

/// Names under which nothing but personal data stands.
const PERSONAL: &[&str] = &[
    "email",
    "e_mail",
    "mail",
    "phone",
    "phone_number",
    "mobile",
    "name",
    "first_name",
    "last_name",
    "full_name",
    "address",
    "street",
    "ip",
    "ip_address",
    "ssn",
    "birthday",
    "date_of_birth",
    "card_number",
    "iban",
    "user_agent",
];

/// Refuses what looks like an e-mail address, a phone number, an IP address or a card's number.
fn check_personal(place: &str, text: &str) -> Result<()> {
    let is_email = text.split(|c: char| c.is_whitespace() || "<>,;:/?&=".contains(c)).any(|word| match word.split_once('@') {
        Some((local, domain)) => !local.is_empty() && domain.contains('.') && !domain.starts_with('.'),
        None => false,
    });
    if is_email || text.to_ascii_lowercase().contains("%40") {
        return Err(personal(place, "looks like an e-mail address"));
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let only = |also: &str| text.chars().all(|c| c.is_ascii_digit() || also.contains(c));
    if text.starts_with('+') && (8..=15).contains(&digits) && only("+ -./()") {
        return Err(personal(place, "looks like a phone number"));
    }
    if text.parse::<std::net::IpAddr>().is_ok() {
        return Err(personal(place, "is an IP address"));
    }
    if (13..=19).contains(&digits) && only(" -") && text.len() > digits && is_luhn(text) {
        return Err(personal(place, "looks like a card's number"));
    }
    Ok(())
}

/// The check digit of card numbers (ISO/IEC 7812-1).
fn is_luhn(text: &str) -> bool {
    let digits = text.bytes().rev().filter(u8::is_ascii_digit).map(|b| u32::from(b - b'0'));
    let sum: u32 = digits.enumerate().map(|(n, digit)| if n % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }).sum();
    sum.is_multiple_of(10)
}
