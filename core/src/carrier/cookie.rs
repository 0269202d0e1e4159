use super::keys::Keys;
use super::token::{ID_MAX, bytes_of, id_of};
use super::{Purpose, base32, check_audience, click_number, click_text, refuse, seconds};
use crate::program::id_at;
use crate::{Consent, Error, ErrorCode, Evidence, Result, Time, Touch, forget};
use hmac::Mac;
use serde::{Deserialize, Serialize};
use wide::u8x16;

const TOUCHES_MAX: usize = 8;
const TAG: usize = 16;
/// Version and purpose, key id, issued at, lifetime, number of touches.
const HEADER: usize = 9;
const TOUCH_MAX: usize = 4 + 8 + 1 + ID_MAX + 1 + ID_MAX;
const CHARACTERS_MAX: usize = ((HEADER + TOUCHES_MAX * TOUCH_MAX + TAG) * 8).div_ceil(5);
/// One touch without a product, by an affiliate of one byte.
const CHARACTERS_MIN: usize = ((HEADER + 15 + TAG) * 8).div_ceil(5);

/// Which cookie: its name, the site that it belongs to, and how long it lives. Name and site are bound by the MAC.
///
/// # Example
/// ```
/// use sentby::CookieSpec;
/// let spec = CookieSpec::new("webinarhaus.example");
/// assert_eq!(spec.name, "__Host-sentby");
/// assert_eq!(spec.clear()?, "__Host-sentby=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CookieSpec {
    /// `__Host-sentby` unless set. `__Host-` and `__Secure-` names need `secure`.
    pub name: String,
    /// The site, such as `webinarhaus.example`: a value sealed for one site opens on no other.
    pub site: String,
    /// Its lifetime, 1 to 9600 hours (400 days, the most that browsers keep).
    pub lifetime_hours: u16,
    /// Whether the browser sends it over TLS only. False is for a development machine, with a name without prefix.
    pub secure: bool,
}

/// What a `Cookie` header held.
///
/// # Example
/// ```
/// # use sentby::{CookieSpec, Keys, RootKey, Time};
/// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
/// # let now = Time::parse("2026-03-01T09:00:00Z")?;
/// let reading = keys.read_cookie(&CookieSpec::new("shop.example"), "__Host-sentby=forged; a=b", now)?;
/// assert!(reading.touches.is_empty());
/// assert_eq!(reading.rejected, ["token_length"]);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CookieReading {
    /// The touches of the valid cookie, oldest first: evidence `cookie`, signed.
    pub touches: Vec<Touch>,
    /// Why other cookies of that name were refused, for the host's log.
    pub rejected: Vec<String>,
}

impl CookieSpec {
    /// The cookie `__Host-sentby` of a site, for 400 days.
    pub fn new(site: impl Into<String>) -> Self {
        Self { name: "__Host-sentby".into(), site: site.into(), lifetime_hours: Purpose::Cookie.lifetime_max_hours(), secure: true }
    }

    /// The `Set-Cookie` text that removes the cookie, for a visitor who withdraws consent.
    ///
    /// # Errors
    /// `cookie_invalid`, `audience_invalid`, `lifetime_invalid`.
    pub fn clear(&self) -> Result<String> {
        self.check()?;
        Ok(self.set("", 0))
    }

    fn check(&self) -> Result<()> {
        let Self { name, site, lifetime_hours, secure } = self;
        let invalid = |text: &str| Err(Error::new(ErrorCode::CookieInvalid, text));
        if !(1..=128).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)) {
            return invalid("/name: is not 1 to 128 letters, digits or !#$%&'*+-.^_`|~");
        }
        let prefixed = ["__host-", "__secure-", "__http-", "__host-http-"].iter().any(|p| name.to_ascii_lowercase().starts_with(p));
        if prefixed && !secure {
            return invalid("/secure: a name with a prefix needs it");
        }
        check_audience(site).map_err(|e| e.at("/site"))?;
        if !(1..=Purpose::Cookie.lifetime_max_hours()).contains(lifetime_hours) {
            return Err(Error::new(ErrorCode::LifetimeInvalid, format!("/lifetime_hours: {lifetime_hours} is not 1 to 9600")));
        }
        Ok(())
    }

    fn set(&self, value: &str, max_age_s: u32) -> String {
        let secure = if self.secure { " Secure;" } else { "" };
        format!("{}={value}; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={max_age_s}", self.name)
    }

    /// Name and site with a separator that neither can hold; plain audiences cannot hold it either.
    fn audience(&self) -> [&str; 3] {
        [&self.name, "\0", &self.site]
    }
}

impl Keys {
    /// The whole `Set-Cookie` text that keeps up to 8 touches, the first and the latest seven; `None` without consent.
    ///
    /// Only `granted` is consent. Affiliate, product, time and click id are kept, to the second. At most 1200 bytes.
    ///
    /// # Errors
    /// `cookie_invalid`, `audience_invalid`, `lifetime_invalid`, `id_invalid`, `carrier_full`, `click_id_invalid`, `time_invalid`, `key_retired`;
    /// `number_invalid` without touches. Touches are checked whether consent was given or not.
    ///
    /// # Example
    /// ```
    /// # use sentby::{Consent, CookieSpec, Evidence, Keys, RootKey, Time, Touch};
    /// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
    /// # let now = Time::parse("2026-03-01T09:00:00Z")?;
    /// let spec = CookieSpec::new("webinarhaus.example");
    /// let touches = [Touch::new("anna", now, Evidence::Parameter)];
    /// let set = keys.set_cookie(&spec, &touches, Consent::Granted, now)?.unwrap();
    /// let header = set.split(';').next().unwrap(); // what the browser sends back
    /// assert_eq!(keys.read_cookie(&spec, header, now)?.touches[0].affiliate, "anna");
    /// assert_eq!(keys.set_cookie(&spec, &touches, Consent::Unknown, now)?, None);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn set_cookie(&self, spec: &CookieSpec, touches: &[Touch], consent: Consent, now: Time) -> Result<Option<String>> {
        spec.check()?;
        if touches.is_empty() {
            return Err(Error::new(ErrorCode::NumberInvalid, "/touches: is empty; a cookie is removed with clear"));
        }
        let key = self.signing(now)?;
        let mut sorted: Vec<(u32, Vec<u8>)> = Vec::with_capacity(touches.len());
        for (n, touch) in touches.iter().enumerate() {
            sorted.push(touch_bytes(touch).map_err(|e| e.at(format_args!("/touches/{n}")))?);
        }
        // By time, then by content: the order of the input does not matter.
        sorted.sort_unstable();
        sorted.dedup();
        let dropped = sorted.len().saturating_sub(TOUCHES_MAX);
        let kept: Vec<&Vec<u8>> = sorted.iter().take(1).chain(sorted.iter().skip(1 + dropped)).map(|(_, bytes)| bytes).collect();
        let mut bytes = vec![1 << 4 | Purpose::Cookie.number(), key.id];
        bytes.extend(seconds(now)?.to_be_bytes());
        bytes.extend(spec.lifetime_hours.to_be_bytes());
        bytes.push(kept.len() as u8); // INVARIANT: at most 8
        kept.into_iter().for_each(|touch| bytes.extend(touch));
        let tag = key.mac(Purpose::Cookie.number(), &spec.audience(), &bytes).finalize().into_bytes();
        bytes.extend(tag.iter().take(TAG));
        match consent {
            Consent::Granted => Ok(Some(spec.set(&base32::encode(&bytes), u32::from(spec.lifetime_hours) * 3600))),
            Consent::Denied | Consent::Unknown | Consent::Gpc => Ok(None),
        }
    }

    /// The touches in a raw `Cookie` header. Every cookie of the name is tried; of several valid ones the newest counts.
    ///
    /// A missing or invalid cookie is no error: anybody can send one.
    ///
    /// # Errors
    /// `cookie_invalid`, `audience_invalid`, `lifetime_invalid` for the spec.
    pub fn read_cookie(&self, spec: &CookieSpec, header: &str, now: Time) -> Result<CookieReading> {
        spec.check()?;
        let mut newest: Option<(u32, Vec<Touch>)> = None;
        let mut rejected = Vec::new();
        each_value(header, &spec.name, |value| match self.open_cookie(spec, value, now) {
            Ok(opened) if newest.as_ref().is_none_or(|(at, _)| opened.0 > *at) => newest = Some(opened),
            Ok(_) => {}
            Err(error) => rejected.push(error.code().as_str().into()),
        });
        Ok(CookieReading { touches: newest.map(|(_, touches)| touches).unwrap_or_default(), rejected })
    }

    /// The `Set-Cookie` text after which the browser holds no touch of these clicks: the cookie without them, or its removal if none is left. `None` if
    /// the header holds no such touch.
    ///
    /// # Errors
    /// As [`Keys::set_cookie`].
    ///
    /// # Example
    /// ```
    /// # use sentby::{Consent, CookieSpec, Evidence, Keys, RootKey, Time, Touch};
    /// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
    /// # let now = Time::parse("2026-03-01T09:00:00Z")?;
    /// let spec = CookieSpec::new("webinarhaus.example");
    /// let touch = Touch { click_id: Some("00000000000000a7".into()), ..Touch::new("anna", now, Evidence::Parameter) };
    /// let set = keys.set_cookie(&spec, &[touch], Consent::Granted, now)?.unwrap();
    /// let header = set.split(';').next().unwrap();
    /// assert_eq!(keys.forget_cookie(&spec, header, &["00000000000000a7"], now)?, Some(spec.clear()?));
    /// assert_eq!(keys.forget_cookie(&spec, header, &["00000000000000b8"], now)?, None);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn forget_cookie(&self, spec: &CookieSpec, header: &str, click_ids: &[impl AsRef<str>], now: Time) -> Result<Option<String>> {
        let touches = self.read_cookie(spec, header, now)?.touches;
        let count = touches.len();
        let kept = forget(touches, click_ids);
        match kept.len() {
            0 if count > 0 => spec.clear().map(Some),
            left if left < count => self.set_cookie(spec, &kept, Consent::Granted, now),
            _ => Ok(None),
        }
    }

    fn open_cookie(&self, spec: &CookieSpec, value: &str, now: Time) -> Result<(u32, Vec<Touch>)> {
        let mut space = [0; CHARACTERS_MAX * 5 / 8 + 1];
        let bytes = bytes_of(value, CHARACTERS_MIN, CHARACTERS_MAX, &mut space)?;
        let sealed = self.verify(bytes, Purpose::Cookie, &spec.audience())?;
        let touches = parse(sealed.body).ok_or_else(|| refuse(ErrorCode::TokenMalformed))?;
        sealed.check_time(now)?;
        Ok((sealed.issued_s, touches))
    }
}

/// Calls `found` for the value of every cookie of a name. Separators are found sixteen bytes at a time: most cookies are not ours.
fn each_value<'h>(header: &'h str, name: &str, mut found: impl FnMut(&'h str)) {
    let bytes = header.as_bytes();
    let mut start = 0;
    let mut pair = |end: usize| {
        let mut at = start;
        start = end + 1;
        while matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        if bytes.get(at) != name.as_bytes().first() {
            return;
        }
        let behind = header.get(at..end).and_then(|pair| pair.strip_prefix(name));
        if let Some(value) = behind.and_then(|behind| behind.trim_start_matches([' ', '\t']).strip_prefix('=')) {
            found(value.trim_matches([' ', '\t']));
        }
    };
    let (chunks, rest) = bytes.as_chunks::<16>();
    for (n, chunk) in chunks.iter().enumerate() {
        let mut ends = u8x16::new(*chunk).simd_eq(u8x16::splat(b';')).to_bitmask();
        while ends != 0 {
            pair(16 * n + ends.trailing_zeros() as usize);
            ends &= ends - 1;
        }
    }
    let known = bytes.len() - rest.len();
    rest.iter().enumerate().filter(|(_, byte)| **byte == b';').for_each(|(n, _)| pair(known + n));
    pair(bytes.len());
}

/// Seconds and bytes of one touch: at, click id, product's length, product, affiliate's length, affiliate.
fn touch_bytes(touch: &Touch) -> Result<(u32, Vec<u8>)> {
    let at =
        seconds(touch.at).map_err(|_| Error::new(ErrorCode::TimeInvalid, format!("/at: {} is before 1970 or after 2106", touch.at)))?;
    let affiliate = id_at("/affiliate", &touch.affiliate)?;
    let product = touch.product.as_deref().map(|text| id_at("/product", text)).transpose()?;
    let (affiliate, product) = (affiliate.as_str(), product.as_ref().map_or("", |id| id.as_str()));
    if affiliate.len() > ID_MAX || product.len() > ID_MAX {
        return Err(Error::new(ErrorCode::CarrierFull, format!("/affiliate: a cookie holds ids of at most {ID_MAX} bytes")));
    }
    let click = touch.click_id.as_deref().map_or(Ok(0), |text| click_number("/click_id", text))?;
    let mut bytes = Vec::with_capacity(TOUCH_MAX);
    bytes.extend(at.to_be_bytes());
    bytes.extend(click.to_be_bytes());
    for id in [product, affiliate] {
        bytes.push(id.len() as u8); // INVARIANT: at most 32
        bytes.extend(id.as_bytes());
    }
    Ok((at, bytes))
}

/// A cookie's touches; `None` if anything is out of place.
fn parse(body: &[u8]) -> Option<Vec<Touch>> {
    let (header, mut rest) = body.split_first_chunk::<HEADER>()?;
    let [.., count] = *header;
    let mut touches: Vec<Touch> = Vec::with_capacity(TOUCHES_MAX);
    for _ in 0..count {
        let (head, after) = rest.split_first_chunk::<13>()?;
        let [t0, t1, t2, t3, c0, c1, c2, c3, c4, c5, c6, c7, n] = *head;
        let (product, after) = after.split_at_checked(n.into())?;
        let (m, after) = after.split_first()?;
        let (affiliate, after) = after.split_at_checked((*m).into())?;
        rest = after;
        let at_s = i64::from(u32::from_be_bytes([t0, t1, t2, t3]));
        if product.len() > ID_MAX || affiliate.len() > ID_MAX {
            return None;
        }
        touches.push(Touch {
            product: if product.is_empty() { None } else { Some(id_of(product)?) },
            click_id: click_text(u64::from_be_bytes([c0, c1, c2, c3, c4, c5, c6, c7])),
            consent: Consent::Granted, // without it the cookie would not have been set
            signed: true,
            ..Touch::new(id_of(affiliate)?, Time::from_millis(at_s * 1000).ok()?, Evidence::Cookie)
        });
    }
    let fits = rest.is_empty() && (1..=TOUCHES_MAX).contains(&touches.len()) && touches.is_sorted_by_key(|t| t.at);
    fits.then_some(touches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_are_those_of_a_split(header in "([ab= \t]|;|a=|; a=|é){0,40}") {
            let mut values = Vec::new();
            each_value(&header, "a", |value| values.push(value));
            let blank = [' ', '\t'];
            let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
            let expected: Vec<&str> = pairs.filter(|(name, _)| name.trim_matches(blank) == "a").map(|(_, value)| value.trim_matches(blank)).collect();
            prop_assert_eq!(values, expected);
        }
    }
}
