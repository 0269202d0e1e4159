use super::keys::Keys;
use super::{Purpose, base32, check_audience, click_number, click_text, refuse, seconds};
use crate::id::is_id_bytes;
use crate::program::id_at;
use crate::time::SKEW_MS;
use crate::{Error, ErrorCode, Evidence, Referral, Result, Time, Touch};
use hmac::Mac;
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;
const TAG: usize = 16;
/// Bytes before the product: version and purpose, key id, issued at, lifetime, click id, product's length.
const HEADER: usize = 17;
const CHARACTERS_MAX: usize = 128;
/// A header, an affiliate of one byte and a tag in base32.
const CHARACTERS_MIN: usize = (HEADER + 1 + TAG) * 8 / 5 + 1;
/// The longest id within a token or cookie.
pub(super) const ID_MAX: usize = 32;
const IDS_MAX: usize = 47;

/// What a token of ours says: verified.
///
/// # Example
/// ```
/// # use sentby::{Evidence, Keys, Purpose, Referral, RootKey, Time};
/// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
/// # let now = Time::parse("2026-03-01T09:00:00Z")?;
/// let token = keys.seal(&Referral::affiliate("anna"), Purpose::Link, "webinarhaus.example", now)?;
/// let opened = keys.open(&token, Purpose::Link, "webinarhaus.example", now)?;
/// let touch = opened.touch();
/// assert_eq!((touch.at, touch.evidence, touch.signed), (now, Evidence::Token, true));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Product, affiliate and click id.
    pub referral: Referral,
    /// When it was sealed, to the second.
    pub issued_at: Time,
    /// From when on it does not open any more.
    pub expires_at: Time,
    /// The id of the key that sealed it.
    pub key_id: u8,
}

impl Opened {
    /// The touch that the token witnesses: signed, evidence `token`, at the time of sealing.
    pub fn touch(&self) -> Touch {
        let Referral { product, affiliate, campaign: _, click_id, sub_ids: _, destination: _ } = self.referral.clone();
        Touch { product, click_id, signed: true, ..Touch::new(affiliate.unwrap_or_default(), self.issued_at, Evidence::Token) }
    }
}

/// What a token says, not verified: show it, log it, never credit by it.
///
/// # Example
/// ```
/// # use sentby::{Keys, Purpose, Referral, RootKey, Time};
/// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
/// # let now = Time::parse("2026-03-01T09:00:00Z")?;
/// let token = keys.seal(&Referral::affiliate("anna"), Purpose::Link, "webinarhaus.example", now)?;
/// let peeked = sentby::carrier::peek(&token)?; // needs no key
/// assert_eq!(peeked.referral.affiliate.as_deref(), Some("anna"));
/// assert_eq!(peeked.issued_at, now);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unverified {
    /// What it claims to be for.
    pub purpose: Purpose,
    /// The id of the key that it claims to be sealed with.
    pub key_id: u8,
    /// When it claims to have been sealed.
    pub issued_at: Time,
    /// Its own lifetime, in hours.
    pub lifetime_hours: u16,
    /// Product, affiliate and click id.
    pub referral: Referral,
}

impl Keys {
    /// A token of a referral, for the longest lifetime of its purpose.
    ///
    /// A token carries the affiliate, the product and the click id; what else the referral holds stays behind.
    /// The audience is bound, not sent: the site for links, site and attendee for mails and profiles, so that a
    /// leaked mail link moves nobody else's order.
    ///
    /// # Errors
    /// `id_invalid`, `carrier_full`, `click_id_invalid`, `audience_invalid`, `time_invalid`, `key_retired`.
    pub fn seal(&self, referral: &Referral, purpose: Purpose, audience: &str, now: Time) -> Result<String> {
        self.seal_for(referral, purpose, audience, now, purpose.lifetime_max_hours())
    }

    /// A token that opens for `lifetime_hours` only.
    ///
    /// # Errors
    /// As [`Keys::seal`], and `lifetime_invalid`.
    pub fn seal_for(&self, referral: &Referral, purpose: Purpose, audience: &str, now: Time, lifetime_hours: u16) -> Result<String> {
        let Referral { product, affiliate, campaign: _, click_id, sub_ids: _, destination: _ } = referral;
        check_audience(audience)?;
        if !(1..=purpose.lifetime_max_hours()).contains(&lifetime_hours) {
            let max = purpose.lifetime_max_hours();
            return Err(Error::new(
                ErrorCode::LifetimeInvalid,
                format!("/lifetime_hours: {lifetime_hours} is not 1 to {max}, the most for a {purpose}"),
            ));
        }
        let affiliate = id_at("/affiliate", affiliate.as_deref().unwrap_or_default())?;
        let product = product.as_deref().map(|text| id_at("/product", text)).transpose()?;
        let (affiliate, product) = (affiliate.as_str(), product.as_ref().map_or("", |id| id.as_str()));
        if affiliate.len() > ID_MAX || product.len() > ID_MAX || affiliate.len() + product.len() > IDS_MAX {
            return Err(Error::new(
                ErrorCode::CarrierFull,
                format!(
                    "/affiliate: {} and {} bytes of product; each may have {ID_MAX}, together {IDS_MAX}",
                    affiliate.len(),
                    product.len()
                ),
            ));
        }
        let click = click_id.as_deref().map_or(Ok(0), |text| click_number("/click_id", text))?;
        let key = self.signing(now)?;
        let mut bytes = Vec::with_capacity(HEADER + IDS_MAX + TAG);
        bytes.extend([VERSION << 4 | purpose.number(), key.id]);
        bytes.extend(seconds(now)?.to_be_bytes());
        bytes.extend(lifetime_hours.to_be_bytes());
        bytes.extend(click.to_be_bytes());
        bytes.push(product.len() as u8); // INVARIANT: at most 32
        bytes.extend(product.as_bytes());
        bytes.extend(affiliate.as_bytes());
        let tag = key.mac(purpose.number(), &[audience], &bytes).finalize().into_bytes();
        bytes.extend(tag.iter().take(TAG));
        Ok(base32::encode(&bytes))
    }

    /// What a token says, if this vendor sealed it for this purpose and audience and its time is not over.
    ///
    /// # Errors
    /// One text for every refusal, and a code for the host's log, the first that applies: `token_length`,
    /// `token_not_ascii`, `token_not_canonical`, `token_version`, `token_purpose`, `token_key_unknown`, `token_forged`,
    /// `token_malformed`, `token_from_future` (over 300 seconds), `token_expired`, `token_key_retired`. `audience_invalid` is a misuse.
    pub fn open(&self, text: &str, purpose: Purpose, audience: &str, now: Time) -> Result<Opened> {
        check_audience(audience)?;
        let mut space = [0; CHARACTERS_MAX * 5 / 8];
        let bytes = bytes_of(text, CHARACTERS_MIN, CHARACTERS_MAX, &mut space)?;
        let sealed = self.verify(bytes, purpose, &[audience])?;
        let Body { key_id, issued_s, lifetime_hours: _, referral } = Body::parse(sealed.body)?;
        sealed.check_time(now)?;
        let (issued_at, expires_at) = (Time::from_millis(i64::from(issued_s) * 1000)?, sealed.expires_at());
        Ok(Opened { referral, issued_at, expires_at, key_id })
    }

    /// The checks that tokens and cookies share, up to the MAC.
    pub(super) fn verify<'b>(&self, bytes: &'b [u8], purpose: Purpose, audience: &[&str]) -> Result<Sealed<'b>> {
        let (body, tag) = bytes.split_at_checked(bytes.len().saturating_sub(TAG)).ok_or_else(|| refuse(ErrorCode::TokenLength))?;
        let [kind, id, i0, i1, i2, i3, l0, l1, ..] = *body else { return Err(refuse(ErrorCode::TokenLength)) };
        if kind >> 4 != VERSION {
            return Err(refuse(ErrorCode::TokenVersion));
        }
        if kind & 15 != purpose.number() {
            return Err(refuse(ErrorCode::TokenPurpose));
        }
        // An unknown key takes as long as a known one.
        let Some((key, known)) = self.by_id(id) else { return Err(refuse(ErrorCode::TokenKeyUnknown)) };
        let genuine = key.mac(purpose.number(), audience, body).verify_truncated_left(tag).is_ok();
        if !(genuine & known) {
            let [unknown, forged] = [ErrorCode::TokenKeyUnknown, ErrorCode::TokenForged];
            return Err(refuse(if known { forged } else { unknown }));
        }
        let issued_s = u32::from_be_bytes([i0, i1, i2, i3]);
        let lifetime_hours = u16::from_be_bytes([l0, l1]).min(purpose.lifetime_max_hours());
        let end_s = i64::from(issued_s) + i64::from(lifetime_hours) * 3600;
        Ok(Sealed { body, issued_s, ends: Time::from_millis(end_s * 1000)?, retires: key.retires })
    }
}

/// A carrier whose MAC fits; its content and its time are still to be checked, in this order.
pub(super) struct Sealed<'b> {
    /// What comes before the tag.
    pub(super) body: &'b [u8],
    pub(super) issued_s: u32,
    ends: Time,
    retires: Option<Time>,
}

impl Sealed<'_> {
    /// Refuses what is from the future, over, or sealed with a key that is retired now.
    pub(super) fn check_time(&self, now: Time) -> Result<()> {
        if i64::from(self.issued_s) * 1000 > now.millis() + SKEW_MS {
            return Err(refuse(ErrorCode::TokenFromFuture));
        }
        if now >= self.ends {
            return Err(refuse(ErrorCode::TokenExpired));
        }
        if self.retires.is_some_and(|at| now >= at) {
            return Err(refuse(ErrorCode::TokenKeyRetired));
        }
        Ok(())
    }

    fn expires_at(&self) -> Time {
        self.retires.map_or(self.ends, |at| at.min(self.ends))
    }
}

/// What a token says, without keys and unverified.
///
/// # Errors
/// `token_length`, `token_not_ascii`, `token_not_canonical`, `token_version`, `token_purpose`, `token_malformed`.
pub fn peek(text: &str) -> Result<Unverified> {
    let mut space = [0; CHARACTERS_MAX * 5 / 8];
    let bytes = bytes_of(text, CHARACTERS_MIN, CHARACTERS_MAX, &mut space)?;
    let (body, _) = bytes.split_at_checked(bytes.len().saturating_sub(TAG)).ok_or_else(|| refuse(ErrorCode::TokenLength))?;
    let first = body.first().copied().unwrap_or_default();
    if first >> 4 != VERSION {
        return Err(refuse(ErrorCode::TokenVersion));
    }
    let purpose = Purpose::ALL.iter().find(|p| p.number() == first & 15).ok_or_else(|| refuse(ErrorCode::TokenPurpose))?;
    let Body { key_id, issued_s, lifetime_hours, referral } = Body::parse(body)?;
    Ok(Unverified { purpose: *purpose, key_id, issued_at: Time::from_millis(i64::from(issued_s) * 1000)?, lifetime_hours, referral })
}

/// The bytes of a carrier's text; length, ASCII and canonical spelling are checked in this order.
pub(super) fn bytes_of<'s>(text: &str, min: usize, max: usize, space: &'s mut [u8]) -> Result<&'s [u8]> {
    if !(min..=max).contains(&text.len()) {
        return Err(refuse(ErrorCode::TokenLength));
    }
    if !text.is_ascii() {
        return Err(refuse(ErrorCode::TokenNotAscii));
    }
    base32::decode(text.as_bytes(), space).ok_or_else(|| refuse(ErrorCode::TokenNotCanonical))
}

/// A token's content before its tag.
struct Body {
    key_id: u8,
    issued_s: u32,
    lifetime_hours: u16,
    referral: Referral,
}

impl Body {
    fn parse(body: &[u8]) -> Result<Self> {
        let malformed = || refuse(ErrorCode::TokenMalformed);
        let (header, ids) = body.split_first_chunk::<HEADER>().ok_or_else(malformed)?;
        let [_, key_id, i0, i1, i2, i3, l0, l1, c0, c1, c2, c3, c4, c5, c6, c7, n] = *header;
        let (product, affiliate) = ids.split_at_checked(n.into()).ok_or_else(malformed)?;
        if affiliate.is_empty() || affiliate.len() > ID_MAX || product.len() > ID_MAX || ids.len() > IDS_MAX {
            return Err(malformed());
        }
        let product = if product.is_empty() { None } else { Some(id_of(product).ok_or_else(malformed)?) };
        Ok(Self {
            key_id,
            issued_s: u32::from_be_bytes([i0, i1, i2, i3]),
            lifetime_hours: u16::from_be_bytes([l0, l1]),
            referral: Referral {
                product,
                affiliate: Some(id_of(affiliate).ok_or_else(malformed)?),
                click_id: click_text(u64::from_be_bytes([c0, c1, c2, c3, c4, c5, c6, c7])),
                ..Referral::default()
            },
        })
    }
}

/// The id that these bytes spell, if they do.
pub(super) fn id_of(bytes: &[u8]) -> Option<String> {
    // An id is ASCII.
    if is_id_bytes(bytes) { String::from_utf8(bytes.to_vec()).ok() } else { None }
}
