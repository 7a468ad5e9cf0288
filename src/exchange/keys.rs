//! A node's keys: one pair to sign with, one pair to be written to, each with a validity.
//!
//! Validities overlap so that keys can be renewed without a gap: a node publishes its card with the next keys some
//! days before they become valid, signs with the newest valid key, and keeps opening with every key it still holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::directory::NodeCode;
use super::{Reason, jose};
use crate::error::{Error, Result};
use crate::values::{Malformed, text_enum};

text_enum! {
    /// What a key is for; it decides the curve. The words are those of a JWK's `use`.
    pub enum KeyUse {
        /// Signing, Ed25519.
        Signing => "sig",
        /// Key agreement, X25519.
        Agreement => "enc",
    }
}

impl KeyUse {
    /// The curve's name in a JWK.
    pub const fn curve(self) -> &'static str {
        match self {
            Self::Signing => "Ed25519",
            Self::Agreement => "X25519",
        }
    }
}

/// A public key with its validity. It can only be built with the `kid` that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PublicKeyWire", into = "PublicKeyWire")]
pub struct PublicKey {
    kid: String,
    usage: KeyUse,
    x: [u8; 32],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicKeyWire {
    kid: String,
    #[serde(rename = "use")]
    usage: KeyUse,
    jwk: PublicJwk,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// The three members of a public OKP key and no others: a private `d` sent by mistake is refused, not stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicJwk {
    crv: String,
    kty: String,
    x: String,
}

impl TryFrom<PublicKeyWire> for PublicKey {
    type Error = Malformed;

    fn try_from(wire: PublicKeyWire) -> std::result::Result<Self, Malformed> {
        if wire.jwk.kty != "OKP" || wire.jwk.crv != wire.usage.curve() {
            return Err(Malformed("wrong-key-type"));
        }
        let x = decode_32(&wire.jwk.x).ok_or(Malformed("malformed-key"))?;
        let key = Self::new(wire.usage, *x, wire.from, wire.until)?;
        if key.kid == wire.kid { Ok(key) } else { Err(Malformed("wrong-kid")) }
    }
}

impl From<PublicKey> for PublicKeyWire {
    fn from(key: PublicKey) -> Self {
        let jwk = PublicJwk { crv: key.usage.curve().to_owned(), kty: "OKP".to_owned(), x: BASE64.encode(key.x) };
        Self { kid: key.kid, usage: key.usage, jwk, from: key.from, until: key.until }
    }
}

impl PublicKey {
    fn new(
        usage: KeyUse,
        x: [u8; 32],
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> std::result::Result<Self, Malformed> {
        if until <= from {
            return Err(Malformed("ends-before-it-begins"));
        }
        Ok(Self { kid: thumbprint(usage, &x), usage, x, from, until })
    }

    /// The key's name: its JWK thumbprint with SHA-256 (RFC 7638), base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What the key is for.
    pub fn usage(&self) -> KeyUse {
        self.usage
    }

    /// The 32 bytes of the public key.
    pub fn x(&self) -> &[u8; 32] {
        &self.x
    }

    /// The instant from which the key is valid.
    pub fn from(&self) -> DateTime<Utc> {
        self.from
    }

    /// The instant from which it no longer is.
    pub fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// Whether the key is valid at that instant.
    pub fn valid_at(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

/// RFC 7638: the required members in lexicographic order, without white space, hashed.
fn thumbprint(usage: KeyUse, x: &[u8; 32]) -> String {
    let canonical = format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, usage.curve(), BASE64.encode(x));
    BASE64.encode(Sha256::digest(canonical))
}

/// The fingerprint two offices read to each other before they trust a card: eight groups of five digits, because
/// digits are heard the same in every dialect.
///
/// Made of SHA-256 over `{"kid":…,"node":…}` (this order, no white space): each four bytes of the hash, big-endian,
/// modulo 100 000, give one group; that is 132 bits.
pub fn fingerprint(node: &NodeCode, kid: &str) -> String {
    let hash = Sha256::digest(format!(r#"{{"kid":"{kid}","node":"{node}"}}"#));
    let groups = hash.chunks_exact(4).map(|four| {
        let number = four.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        format!("{:05}", number % 100_000)
    });
    groups.collect::<Vec<_>>().join(" ")
}

/// A key pair. Its secret half is wiped from memory when dropped and never shown by `{:?}`.
#[derive(Clone)]
pub struct KeyPair {
    public: PublicKey,
    secret: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeyPair").field(&self.public.kid).finish()
    }
}

impl KeyPair {
    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    fn from_secret(
        usage: KeyUse,
        secret: Zeroizing<[u8; 32]>,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Self> {
        let x = jose::public_half(usage, &secret)?;
        let public = PublicKey::new(usage, x, from, until).map_err(Error::internal)?;
        Ok(Self { public, secret })
    }
}

/// Every key pair a node holds.
#[derive(Debug, Clone)]
pub struct NodeKeys {
    node: NodeCode,
    pairs: Vec<KeyPair>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeKeysWire {
    node: NodeCode,
    pairs: Vec<KeyPairWire>,
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyPairWire {
    d: String,
    #[zeroize(skip)]
    public: PublicKey,
}

impl NodeKeys {
    /// New keys of a node: one pair to sign, one to be written to, with the system's randomness.
    pub fn generate(node: NodeCode, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Self> {
        Self::from_seeds(node, from, until, random()?, random()?)
    }

    /// The keys with these secret halves: for test vectors, and for a locality that makes its keys elsewhere.
    pub fn from_seeds(
        node: NodeCode,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        signing: Zeroizing<[u8; 32]>,
        agreement: Zeroizing<[u8; 32]>,
    ) -> Result<Self> {
        let signing = KeyPair::from_secret(KeyUse::Signing, signing, from, until)?;
        let agreement = KeyPair::from_secret(KeyUse::Agreement, agreement, from, until)?;
        Ok(Self { node, pairs: vec![signing, agreement] })
    }

    /// Adds the next two pairs beside those held; publish the card before `from`.
    pub fn renew(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<()> {
        let next = Self::generate(self.node.clone(), from, until)?;
        self.pairs.extend(next.pairs);
        Ok(())
    }

    /// Whose keys these are.
    pub fn node(&self) -> &NodeCode {
        &self.node
    }

    /// The public halves, for the card.
    pub fn public(&self) -> Vec<PublicKey> {
        self.pairs.iter().map(|pair| pair.public.clone()).collect()
    }

    /// The pair to sign with now: the newest valid one; refused with `expired-key` when there is none.
    pub fn signing(&self, now: DateTime<Utc>) -> Result<&KeyPair> {
        let valid = self.pairs.iter().filter(|pair| pair.public.usage == KeyUse::Signing && pair.public.valid_at(now));
        Ok(valid.max_by_key(|pair| pair.public.from).ok_or(Reason::ExpiredKey)?)
    }

    /// The agreement pair of this name, valid or not: what was written to it in its time must stay readable.
    pub(super) fn agreement(&self, kid: &str) -> Option<&KeyPair> {
        self.pairs.iter().find(|pair| pair.public.usage == KeyUse::Agreement && pair.public.kid == kid)
    }

    /// All of it, secrets included, as bytes for the vault to seal.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let pair = |pair: &KeyPair| KeyPairWire { d: BASE64.encode(*pair.secret), public: pair.public.clone() };
        let wire = NodeKeysWire { node: self.node.clone(), pairs: self.pairs.iter().map(pair).collect() };
        Ok(Zeroizing::new(serde_json::to_vec(&wire).map_err(Error::internal)?))
    }

    /// The keys from [`NodeKeys::to_bytes`]; an `Internal` error when the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        // The parser's own words could quote a secret, so they are not kept.
        let damaged = || Error::internal("node keys are damaged");
        let wire: NodeKeysWire = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        let pair = |wire: KeyPairWire| {
            let secret = decode_32(&wire.d).ok_or_else(damaged)?;
            let pair = KeyPair::from_secret(wire.public.usage, secret, wire.public.from, wire.public.until)?;
            if pair.public == wire.public { Ok(pair) } else { Err(damaged()) }
        };
        let pairs = wire.pairs.into_iter().map(pair).collect::<Result<_>>()?;
        Ok(Self { node: wire.node, pairs })
    }
}

fn random() -> Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(bytes.as_mut_slice()).map_err(Error::internal)?;
    Ok(bytes)
}

/// 32 bytes from base64url, for key halves; wiped when dropped because some are secret.
pub(super) fn decode_32(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(BASE64.decode(text).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::specs::fixtures;

    #[test]
    fn a_thumbprint_is_that_of_rfc_8037_appendix_a() {
        let x = decode_32("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(KeyUse::Signing, &x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let secret = decode_32("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        assert_eq!(jose::public_half(KeyUse::Signing, &secret).unwrap(), *x);
    }

    #[test]
    fn an_x25519_public_half_is_that_of_rfc_7748() {
        let hex = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
        let secret: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        let x = jose::public_half(KeyUse::Agreement, &secret.try_into().unwrap()).unwrap();
        assert_eq!(BASE64.encode(x), "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08");
    }

    #[test]
    fn keys_survive_the_vault_and_damage_is_noticed() {
        let keys = fixtures::origin();
        let bytes = keys.to_bytes().unwrap();
        assert_eq!(NodeKeys::from_bytes(&bytes).unwrap().public(), keys.public());
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let damaged = text.replacen("\"d\":\"", "\"d\":\"A", 1);
        assert!(NodeKeys::from_bytes(damaged.as_bytes()).is_err());
        assert!(!format!("{keys:?}").contains(&*BASE64.encode(keys.pairs[0].secret.as_slice())));
    }

    #[test]
    fn a_public_key_with_a_secret_a_foreign_kid_or_another_curve_is_refused() {
        let json = serde_json::to_value(&fixtures::origin().public()[0]).unwrap();
        assert!(serde_json::from_value::<PublicKey>(json.clone()).is_ok());
        for (pointer, value) in [("/kid", "x"), ("/jwk/crv", "X25519"), ("/use", "enc"), ("/jwk/kty", "EC")] {
            let mut changed = json.clone();
            *changed.pointer_mut(pointer).unwrap() = value.into();
            assert!(serde_json::from_value::<PublicKey>(changed).is_err(), "{pointer}");
        }
        let mut secret = json.clone();
        secret["jwk"]["d"] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".into();
        assert!(serde_json::from_value::<PublicKey>(secret).is_err());
    }

    #[test]
    fn the_newest_valid_key_signs() {
        let mut keys = fixtures::origin();
        let day = chrono::Duration::days(1);
        let old = keys.signing(fixtures::now()).unwrap().public().kid().to_owned();
        keys.renew(fixtures::now() + day, fixtures::now() + day * 365).unwrap();
        assert_eq!(keys.signing(fixtures::now()).unwrap().public().kid(), old);
        assert_ne!(keys.signing(fixtures::now() + day).unwrap().public().kid(), old);
        assert!(keys.signing(fixtures::now() + day * 36500).is_err());
    }

    #[test]
    fn a_fingerprint_is_eight_groups_of_five_digits() {
        let keys = fixtures::origin();
        let shown = fingerprint(keys.node(), keys.public()[0].kid());
        assert_eq!(shown.split(' ').filter(|group| group.len() == 5).count(), 8);
        assert_ne!(shown, fingerprint(fixtures::residence().node(), keys.public()[0].kid()));
    }
}
