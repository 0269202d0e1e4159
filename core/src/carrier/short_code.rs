use super::keys::{Keys, SHORT_CODE};
use super::token::bytes_of;
use super::{base32, check_audience, click_number, click_text, refuse};
use crate::{ErrorCode, Result, Time};
use hmac::Mac;

const CLICK: usize = 8;
const TAG: usize = 7;
const CHARACTERS: usize = (CLICK + TAG) * 8 / 5;

impl Keys {
    /// A signed code of 24 letters and digits for a click id; the host looks the click up in its own store.
    ///
    /// It fits webinar tools and networks that keep nothing else. It has no lifetime of its own and opens until its key retires.
    ///
    /// # Errors
    /// `click_id_invalid`, `audience_invalid`, `key_retired`.
    ///
    /// # Example
    /// ```
    /// # use sentby::{Keys, RootKey, Time};
    /// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
    /// # let now = Time::parse("2026-03-01T09:00:00Z")?;
    /// let code = keys.short_code("00000000000003e8", "webinarhaus.example", now)?;
    /// assert_eq!(code.len(), 24);
    /// assert_eq!(keys.open_short_code(&code, "webinarhaus.example", now)?, "00000000000003e8");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn short_code(&self, click_id: &str, audience: &str, now: Time) -> Result<String> {
        check_audience(audience)?;
        let mut bytes = click_number("/click_id", click_id)?.to_be_bytes().to_vec();
        let tag = self.signing(now)?.mac(SHORT_CODE, &[audience], &bytes).finalize().into_bytes();
        bytes.extend(tag.iter().take(TAG));
        Ok(base32::encode(&bytes))
    }

    /// The click id of a short code that this vendor made for this audience.
    ///
    /// # Errors
    /// `token_length`, `token_not_ascii`, `token_not_canonical`, `token_forged`, `token_malformed`, `token_key_retired`; `audience_invalid`.
    pub fn open_short_code(&self, text: &str, audience: &str, now: Time) -> Result<String> {
        check_audience(audience)?;
        let mut space = [0; CLICK + TAG];
        let bytes = bytes_of(text, CHARACTERS, CHARACTERS, &mut space)?;
        let (click, tag) = bytes.split_first_chunk::<CLICK>().ok_or_else(|| refuse(ErrorCode::TokenLength))?;
        // A code names no key; the newest is tried first.
        let key = self.all().find(|key| key.mac(SHORT_CODE, &[audience], click).verify_truncated_left(tag).is_ok());
        let key = key.ok_or_else(|| refuse(ErrorCode::TokenForged))?;
        let click = click_text(u64::from_be_bytes(*click)).ok_or_else(|| refuse(ErrorCode::TokenMalformed))?;
        if key.is_retired(now) {
            return Err(refuse(ErrorCode::TokenKeyRetired));
        }
        Ok(click)
    }
}
