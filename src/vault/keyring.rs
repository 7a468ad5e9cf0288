//! The node's keys: wrapping keys (one active, older ones kept for what they wrapped) and the index key.
//! Sealed bytes are `version ‖ key id length ‖ key id ‖ nonce ‖ ciphertext and tag`.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

const VERSION: u8 = 1;
const KEY_LEN: usize = 32;

/// The node's keys. Losing them loses every sealed value: they are backed up apart from the database.
pub struct Keyring {
    active: String,
    keys: BTreeMap<String, Zeroizing<[u8; KEY_LEN]>>,
    index: Zeroizing<[u8; KEY_LEN]>,
}

/// The keyring as text, in a file of mode 0600 or in the environment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyringText {
    active: String,
    keys: BTreeMap<String, String>,
    index: String,
}

impl Keyring {
    /// A new keyring whose wrapping key is called `id`, for example `2026-11`.
    pub fn generate(id: &str) -> Result<Self> {
        let keys = BTreeMap::from([(id.to_owned(), random_key()?)]);
        Ok(Self { active: id.to_owned(), keys, index: random_key()? })
    }

    /// The same keys and a new wrapping key, which is active from then on. It is called `id`, or `id.2` and so on where
    /// that name is taken.
    pub fn rotated(mut self, id: &str) -> Result<Self> {
        let numbered = (2..).map(|n| format!("{id}.{n}"));
        let id = std::iter::once(id.to_owned()).chain(numbered).find(|id| !self.keys.contains_key(id));
        let id = id.ok_or_else(|| Error::internal("no name is left for a node key"))?;
        self.keys.insert(id.clone(), random_key()?);
        Ok(Self { active: id, ..self })
    }

    /// The name of the key that wraps now.
    pub fn active(&self) -> &str {
        &self.active
    }

    /// Reads a keyring from its text form.
    pub fn parse(text: &str) -> Result<Self> {
        let malformed = || Error::invalid("node-key", "malformed-node-key");
        let text: KeyringText = serde_json::from_str(text).map_err(|_| malformed())?;
        let decode = |key: &str| -> Result<Zeroizing<[u8; KEY_LEN]>> {
            let bytes = Zeroizing::new(BASE64.decode(key).map_err(|_| malformed())?);
            Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| malformed())?))
        };
        let keys =
            text.keys.iter().map(|(id, key)| Ok((id.clone(), decode(key)?))).collect::<Result<BTreeMap<_, _>>>()?;
        if !keys.contains_key(&text.active) || text.active.len() > usize::from(u8::MAX) {
            return Err(malformed());
        }
        Ok(Self { active: text.active, keys, index: decode(&text.index)? })
    }

    /// The text form, for the key file.
    pub fn to_text(&self) -> Result<Zeroizing<String>> {
        let keys = self.keys.iter().map(|(id, key)| (id.clone(), BASE64.encode(key.as_slice()))).collect();
        let text = KeyringText { active: self.active.clone(), keys, index: BASE64.encode(self.index.as_slice()) };
        serde_json::to_string_pretty(&text).map(Zeroizing::new).map_err(Error::internal)
    }

    pub(super) fn index_key(&self) -> &[u8] {
        self.index.as_slice()
    }

    /// Seals under the active key; answers that key's id and the sealed bytes.
    pub(super) fn wrap(&self, aad: &[u8], plain: &[u8]) -> Result<(String, Vec<u8>)> {
        let key = self.keys.get(&self.active).ok_or_else(|| Error::internal("the active node key is missing"))?;
        let sealed = seal(&aead(key.as_slice())?, &self.active, aad, plain)?;
        Ok((self.active.clone(), sealed))
    }

    /// Opens with whichever key the value names.
    pub(super) fn unwrap(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (id, _) = split(sealed)?;
        let key = self.keys.get(id).ok_or_else(|| Error::internal(format!("node key {id} is not in the keyring")))?;
        open(&aead(key.as_slice())?, aad, sealed)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", self.active)
    }
}

/// The data key of one owner.
pub(super) struct DataKey(LessSafeKey);

impl DataKey {
    pub(super) fn generate() -> Result<(Self, Zeroizing<[u8; KEY_LEN]>)> {
        let bytes = random_key()?;
        Ok((Self(aead(bytes.as_slice())?), bytes))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        aead(bytes).map(Self)
    }

    pub(super) fn seal(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        seal(&self.0, "owner", aad, plain)
    }

    pub(super) fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        open(&self.0, aad, sealed)
    }
}

fn random_key() -> Result<Zeroizing<[u8; KEY_LEN]>> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    SystemRandom::new().fill(key.as_mut_slice()).map_err(|_| Error::internal("no randomness"))?;
    Ok(key)
}

fn aead(key: &[u8]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Error::internal("a key has the wrong length"))?;
    Ok(LessSafeKey::new(key))
}

fn seal(key: &LessSafeKey, id: &str, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| Error::internal("no randomness"))?;
    let mut body = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body)
        .map_err(|_| Error::internal("sealing failed"))?;
    let id_len = u8::try_from(id.len()).map_err(Error::internal)?;
    Ok([&[VERSION, id_len], id.as_bytes(), &nonce, body.as_slice()].concat())
}

fn split(sealed: &[u8]) -> Result<(&str, &[u8])> {
    let malformed = || Error::internal("a sealed value is malformed");
    let (&[version, id_len], rest) = sealed.split_first_chunk::<2>().ok_or_else(malformed)?;
    if version != VERSION || rest.len() < usize::from(id_len) + NONCE_LEN {
        return Err(malformed());
    }
    let (id, rest) = rest.split_at(usize::from(id_len));
    Ok((std::str::from_utf8(id).map_err(|_| malformed())?, rest))
}

fn open(key: &LessSafeKey, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (_, rest) = split(sealed)?;
    let (nonce, body) = rest.split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::internal("a nonce is malformed"))?;
    let mut body = Zeroizing::new(body.to_vec());
    let plain = key
        .open_in_place(nonce, Aad::from(aad), &mut body)
        .map_err(|_| Error::internal("a sealed value does not open"))?;
    Ok(Zeroizing::new(plain.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_value_opens_only_in_its_place_and_unchanged() {
        let keys = Keyring::generate("k1").unwrap();
        let (id, sealed) = keys.wrap(b"here", b"plain").unwrap();
        assert_eq!(id, "k1");
        assert_eq!(keys.unwrap(b"here", &sealed).unwrap().as_slice(), b"plain");
        assert!(keys.unwrap(b"elsewhere", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.unwrap(b"here", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn after_a_rotation_the_new_key_wraps_and_the_old_one_still_opens() {
        let keys = Keyring::generate("2026-11").unwrap();
        let (index, (_, before)) = (keys.index_key().to_vec(), keys.wrap(b"", b"x").unwrap());
        let keys = keys.rotated("2026-12").unwrap().rotated("2026-12").unwrap();
        assert_eq!(keys.active(), "2026-12.2");
        let (id, after) = keys.wrap(b"", b"x").unwrap();
        assert_eq!(id, "2026-12.2");
        let keys = Keyring::parse(&keys.to_text().unwrap()).unwrap();
        assert_eq!(keys.unwrap(b"", &before).unwrap(), keys.unwrap(b"", &after).unwrap());
        assert_eq!(keys.index_key(), index);
    }

    #[test]
    fn a_keyring_survives_its_text_form() {
        let keys = Keyring::generate("2026-11").unwrap();
        let (_, sealed) = keys.wrap(b"", b"x").unwrap();
        let again = Keyring::parse(&keys.to_text().unwrap()).unwrap();
        assert_eq!(again.unwrap(b"", &sealed).unwrap().as_slice(), b"x");
        assert_eq!(again.index_key(), keys.index_key());
    }

    #[test]
    fn a_malformed_keyring_is_refused() {
        for text in
            ["", "{}", r#"{"active":"a","keys":{},"index":""}"#, r#"{"active":"a","keys":{"a":"AA=="},"index":""}"#]
        {
            assert!(Keyring::parse(text).is_err(), "{text}");
        }
    }
}
