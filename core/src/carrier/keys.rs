use super::Purpose;
use crate::program::hex;
use crate::{Error, ErrorCode, Result, Time};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The number of the short codes' own purpose.
pub(super) const SHORT_CODE: u8 = 5;

/// A secret of at least 32 random bytes, with the id that tokens name it by.
///
/// # Example
/// ```
/// use sentby::RootKey;
/// let key = RootKey::new(1, b"0123456789abcdef0123456789abcdef");
/// assert_eq!(format!("{key:?}"), "RootKey { id: 1, .. }"); // nothing secret
/// ```
#[derive(Clone)]
pub struct RootKey {
    id: u32,
    secret: Zeroizing<Vec<u8>>,
    retires: Option<Time>,
}

impl RootKey {
    /// A key that never retires; checked by [`Keys::new`].
    pub fn new(id: u32, secret: &[u8]) -> Self {
        Self { id, secret: Zeroizing::new(secret.to_vec()), retires: None }
    }

    /// The same key; from `at` on nothing sealed with it opens any more.
    pub fn retires(self, at: Time) -> Self {
        Self { retires: Some(at), ..self }
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The vendor's secret keys. The last one given signs, all of them open.
///
/// A new key is appended; older ones stay until nothing sealed with them is in the wild, or until they retire.
/// What a carrier's MAC proves is that this vendor's server sealed it for this purpose and audience, unchanged.
/// It does not prove that a person clicked.
///
/// # Example
/// ```
/// use sentby::{Keys, Purpose, Referral, RootKey, Time};
/// let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
/// let now = Time::parse("2026-03-01T09:00:00Z")?;
/// let token = keys.seal(&Referral::affiliate("anna"), Purpose::Mail, "webinarhaus.example/lena", now)?;
/// let opened = keys.open(&token, Purpose::Mail, "webinarhaus.example/lena", now)?;
/// assert_eq!(opened.referral.affiliate.as_deref(), Some("anna"));
/// assert!(keys.open(&token, Purpose::Mail, "webinarhaus.example/max", now).is_err());
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: u8,
    pub(super) retires: Option<Time>,
    /// One keyed state per purpose, 1 to 5; the key itself is not kept.
    states: [Hmac<Sha256>; 5],
    identity: Hmac<Sha256>,
}

impl Keys {
    /// Keys in the order of their age; the last one signs.
    ///
    /// # Errors
    /// `key_missing`, `key_id_invalid` (not 1 to 255), `key_length` (not 32 to 1024 bytes), `key_weak` (one byte
    /// repeated), `key_repeated` (an id or a secret twice).
    pub fn new(keys: &[RootKey]) -> Result<Self> {
        if keys.is_empty() {
            return Err(Error::new(ErrorCode::KeyMissing, "/keys: is empty"));
        }
        let mut ready: Vec<Key> = Vec::with_capacity(keys.len());
        for (n, key) in keys.iter().enumerate() {
            let RootKey { id, secret, retires } = key;
            let id = u8::try_from(*id)
                .ok()
                .filter(|id| *id != 0)
                .ok_or_else(|| Error::new(ErrorCode::KeyIdInvalid, format!("/keys/{n}/id: {id} is not 1 to 255")))?;
            if !(32..=1024).contains(&secret.len()) {
                return Err(Error::new(ErrorCode::KeyLength, format!("/keys/{n}/secret: {} bytes, expected 32 to 1024", secret.len())));
            }
            if secret.iter().all(|b| Some(b) == secret.first()) {
                return Err(Error::new(ErrorCode::KeyWeak, format!("/keys/{n}/secret: is one byte repeated")));
            }
            let earlier = keys.iter().zip(&ready);
            if let Some((_, twin)) = earlier.clone().find(|(root, ready)| ready.id == id || root.secret == key.secret) {
                return Err(Error::new(ErrorCode::KeyRepeated, format!("/keys/{n}: has the id or the secret of key {}", twin.id)));
            }
            ready.push(Key { id, retires: *retires, states: states(id, secret)?, identity: identity_state(id, secret)? });
        }
        Ok(Self { keys: ready })
    }

    /// The key that signs.
    pub(super) fn signing(&self, now: Time) -> Result<&Key> {
        let key = self.keys.last().ok_or_else(|| Error::new(ErrorCode::KeyMissing, "/keys: is empty"))?;
        match key.retires {
            Some(at) if now >= at => Err(Error::new(ErrorCode::KeyRetired, format!("/keys: the newest key, {}, retired at {at}", key.id))),
            Some(_) | None => Ok(key),
        }
    }

    /// The key of this id, or else some other: which one, and whether it is known, comes without a branch that would tell.
    pub(super) fn by_id(&self, id: u8) -> Option<(&Key, bool)> {
        let (index, known) = self.keys.iter().enumerate().fold((0, false), |(index, known), (n, key)| {
            let hit = key.id == id;
            (index | (n * usize::from(hit)), known | hit)
        });
        self.keys.get(index).map(|key| (key, known))
    }

    /// The keyed hashes of a normalised value, the newest key first: the first 16 bytes of HMAC-SHA256 over kind ‖ 0x00 ‖ value.
    pub(crate) fn identities(&self, kind: &str, value: &str) -> Vec<String> {
        let hash = |key: &Key| {
            let mut mac = key.identity.clone();
            [kind.as_bytes(), &[0], value.as_bytes()].iter().for_each(|part| mac.update(part));
            hex(mac.finalize().into_bytes().first_chunk::<16>().unwrap_or(&[0; 16]))
        };
        self.all().map(hash).collect()
    }

    /// The newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().rev()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u8> = self.keys.iter().map(|key| key.id).collect();
        f.debug_struct("Keys").field("ids", &ids).finish_non_exhaustive()
    }
}

impl Key {
    /// HMAC-SHA256 of u16(length of audience) ‖ audience ‖ body, under this key's state for the purpose.
    pub(super) fn mac(&self, purpose: u8, audience: &[&str], body: &[u8]) -> Hmac<Sha256> {
        let [first, ..] = &self.states;
        let mut mac = self.states.get(usize::from(purpose).wrapping_sub(1)).unwrap_or(first).clone();
        // INVARIANT: audiences are at most 1024 bytes and a cookie's name, so the length fits.
        let length: usize = audience.iter().map(|part| part.len()).sum();
        mac.update(&(length as u16).to_be_bytes());
        audience.iter().for_each(|part| mac.update(part.as_bytes()));
        mac.update(body);
        mac
    }

    pub(super) fn is_retired(&self, now: Time) -> bool {
        self.retires.is_some_and(|at| now >= at)
    }
}

/// K = HKDF-SHA256(root, salt "sentby", info = "token" ‖ 0x01 ‖ purpose ‖ key id), for the purposes 1 to 5.
fn states(id: u8, root: &[u8]) -> Result<[Hmac<Sha256>; 5]> {
    let derive = Hkdf::<Sha256>::new(Some(b"sentby"), root);
    let state = |purpose: u8| {
        let mut key = Zeroizing::new([0; 32]);
        let info = [b't', b'o', b'k', b'e', b'n', 1, purpose, id];
        // Neither can fail: 32 bytes are one block, and HMAC takes keys of any length.
        let failed = || Error::new(ErrorCode::KeyLength, "/keys: could not be derived");
        derive.expand(&info, key.as_mut_slice()).map_err(|_| failed())?;
        Hmac::new_from_slice(key.as_slice()).map_err(|_| failed())
    };
    let of = |purpose: Purpose| state(purpose.number());
    Ok([of(Purpose::Cookie)?, of(Purpose::Link)?, of(Purpose::Mail)?, of(Purpose::Profile)?, state(SHORT_CODE)?])
}

/// K = HKDF-SHA256(root, salt "sentby", info = "identity" ‖ 0x01 ‖ key id).
fn identity_state(id: u8, root: &[u8]) -> Result<Hmac<Sha256>> {
    let mut key = Zeroizing::new([0; 32]);
    let info = [b'i', b'd', b'e', b'n', b't', b'i', b't', b'y', 1, id];
    // Neither can fail, as in `states`.
    let failed = || Error::new(ErrorCode::KeyLength, "/keys: could not be derived");
    Hkdf::<Sha256>::new(Some(b"sentby"), root).expand(&info, key.as_mut_slice()).map_err(|_| failed())?;
    Hmac::new_from_slice(key.as_slice()).map_err(|_| failed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let root = RootKey::new(7, b"an-utterly-secret-root-key-0123456789");
        let keys = Keys::new(std::slice::from_ref(&root)).unwrap();
        assert_eq!(format!("{root:?} {keys:?}"), "RootKey { id: 7, .. } Keys { ids: [7], .. }");
    }

    #[test]
    fn weak_keys_are_refused() {
        let good: Vec<u8> = (0..32).collect();
        let code = |keys: &[RootKey]| Keys::new(keys).unwrap_err().code();
        assert_eq!(code(&[]), ErrorCode::KeyMissing);
        assert_eq!(code(&[RootKey::new(0, &good)]), ErrorCode::KeyIdInvalid);
        assert_eq!(code(&[RootKey::new(256, &good)]), ErrorCode::KeyIdInvalid);
        assert_eq!(code(&[RootKey::new(1, &good[..31])]), ErrorCode::KeyLength);
        assert_eq!(code(&[RootKey::new(1, &[])]), ErrorCode::KeyLength);
        assert_eq!(code(&[RootKey::new(1, &[0; 32])]), ErrorCode::KeyWeak);
        assert_eq!(code(&[RootKey::new(1, &good), RootKey::new(2, &good)]), ErrorCode::KeyRepeated);
        assert_eq!(code(&[RootKey::new(1, &good), RootKey::new(1, &[&good[..], &[1]].concat())]), ErrorCode::KeyRepeated);
    }
}
