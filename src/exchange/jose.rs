//! The only file that knows the JOSE library. Everything it reads is pinned before the library sees it: exactly
//! these header members, exactly these algorithms, exactly these lengths.
//!
//! The library alone would accept more than suite `anju-1` has: other algorithms of the same family, compression,
//! `crit`, and authentication tags shorter than 16 bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::{JweContext, JweHeader};
use josekit::jwk::alg::ecx::EcxKeyPair;
use josekit::jwk::alg::ed::EdKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::{JwsContext, JwsHeader};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Reason;
use super::keys::{KeyPair, KeyUse, NodeKeys, PublicKey, decode_32};
use crate::error::{Error, Result};

/// The one suite of this version: EdDSA with Ed25519; ECDH-ES with X25519; A256GCM.
pub(super) const SUITE: &str = "anju-1";
const SIGNATURE: &str = "EdDSA";
const AGREEMENT: &str = "ECDH-ES";
const CONTENT: &str = "A256GCM";
const NESTED: &str = "JOSE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JwsHead {
    alg: String,
    kid: String,
    typ: String,
}

/// Read before the rest, because another suite may bring other members.
#[derive(Deserialize)]
struct SuiteName {
    suite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JweHead {
    alg: String,
    cty: String,
    enc: String,
    epk: Epk,
    kid: String,
    #[serde(rename = "suite")]
    _suite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Epk {
    crv: String,
    kty: String,
    x: String,
}

/// The public half of a secret of 32 bytes.
pub(super) fn public_half(usage: KeyUse, secret: &[u8; 32]) -> Result<[u8; 32]> {
    let jwk = secret_jwk(usage, secret)?;
    let public = match usage {
        KeyUse::Signing => EdKeyPair::from_jwk(&jwk).map_err(Error::internal)?.to_jwk_public_key(),
        KeyUse::Agreement => EcxKeyPair::from_jwk(&jwk).map_err(Error::internal)?.to_jwk_public_key(),
    };
    let x = public.parameter("x").and_then(|x| x.as_str()).and_then(decode_32);
    x.map(|x| *x).ok_or_else(|| Error::internal("a key pair without public half"))
}

/// Signs: JWS compact with `alg`, `kid` and `typ`. Deterministic, as EdDSA is.
pub(super) fn sign(typ: &str, payload: &[u8], pair: &KeyPair) -> Result<String> {
    let mut header = JwsHeader::new();
    header.set_algorithm(SIGNATURE);
    header.set_key_id(pair.public().kid());
    header.set_token_type(typ);
    let jwk = secret_jwk(KeyUse::Signing, pair.secret())?;
    let signer = EddsaJwsAlgorithm::Eddsa.signer_from_jwk(&jwk).map_err(Error::internal)?;
    JwsContext::new().serialize_compact(payload, &header, &signer).map_err(Error::internal)
}

/// The payload of a JWS compact of that type, signed by one of `keys`, and the key that did.
/// Whether the key was valid then is the caller's question, because the time is in the payload.
pub(super) fn verify<'k>(
    jws: &str,
    typ: &str,
    keys: &'k [PublicKey],
) -> std::result::Result<(Vec<u8>, &'k PublicKey), Reason> {
    let [head, _, _] = parts::<3>(jws)?;
    let head: JwsHead = header(head)?;
    if head.alg != SIGNATURE {
        return Err(Reason::UnknownSuite);
    }
    if head.typ != typ {
        return Err(Reason::MalformedEnvelope);
    }
    let of_name = |key: &&PublicKey| key.usage() == KeyUse::Signing && key.kid() == head.kid;
    let key = keys.iter().find(of_name).ok_or(Reason::UnknownKey)?;
    let jwk = public_jwk(key).map_err(|_| Reason::UnknownKey)?;
    let verifier = EddsaJwsAlgorithm::Eddsa.verifier_from_jwk(&jwk).map_err(|_| Reason::UnknownKey)?;
    let (payload, _) = JwsContext::new().deserialize_compact(jws, &verifier).map_err(|_| Reason::BadSignature)?;
    Ok((payload, key))
}

/// The payload of a JWS compact, unverified: only to learn which keys the text itself brings.
pub(super) fn peek<T: DeserializeOwned>(jws: &str) -> std::result::Result<T, Reason> {
    let [_, payload, _] = parts::<3>(jws)?;
    header(payload)
}

/// Encrypts to one key: JWE compact with direct key agreement.
pub(super) fn encrypt(content: &str, receiver: &PublicKey) -> Result<String> {
    let mut header = JweHeader::new();
    header.set_algorithm(AGREEMENT);
    header.set_content_type(NESTED);
    header.set_content_encryption(CONTENT);
    header.set_key_id(receiver.kid());
    header.set_claim("suite", Some(SUITE.into())).map_err(Error::internal)?;
    let jwk = public_jwk(receiver)?;
    let encrypter = EcdhEsJweAlgorithm::EcdhEs.encrypter_from_jwk(&jwk).map_err(Error::internal)?;
    JweContext::new().serialize_compact(content.as_bytes(), &header, &encrypter).map_err(Error::internal)
}

/// Decrypts a JWE compact written to one of our keys.
pub(super) fn decrypt(jwe: &str, receiver: &NodeKeys) -> std::result::Result<String, Reason> {
    let [head, encrypted_key, iv, _, tag] = parts::<5>(jwe)?;
    if header::<SuiteName>(head)?.suite != SUITE {
        return Err(Reason::UnknownSuite);
    }
    let head: JweHead = header(head)?;
    let pinned = [(&head.alg, AGREEMENT), (&head.enc, CONTENT), (&head.epk.crv, KeyUse::Agreement.curve())];
    if pinned.iter().any(|(named, expected)| named != expected) {
        return Err(Reason::UnknownSuite);
    }
    let shaped = head.cty == NESTED
        && head.epk.kty == "OKP"
        && decode_32(&head.epk.x).is_some()
        && encrypted_key.is_empty()
        && decoded_len(iv) == Some(12)
        && decoded_len(tag) == Some(16);
    if !shaped {
        return Err(Reason::MalformedEnvelope);
    }
    let pair = receiver.agreement(&head.kid).ok_or(Reason::UnknownKey)?;
    let jwk = secret_jwk(KeyUse::Agreement, pair.secret()).map_err(|_| Reason::UnknownKey)?;
    let decrypter = EcdhEsJweAlgorithm::EcdhEs.decrypter_from_jwk(&jwk).map_err(|_| Reason::UnknownKey)?;
    let (content, _) = JweContext::new().deserialize_compact(jwe, &decrypter).map_err(|_| Reason::CannotDecrypt)?;
    String::from_utf8(content).map_err(|_| Reason::MalformedEnvelope)
}

fn parts<const N: usize>(compact: &str) -> std::result::Result<[&str; N], Reason> {
    let parts: Vec<&str> = compact.split('.').take(N + 1).collect();
    parts.try_into().map_err(|_| Reason::MalformedEnvelope)
}

/// A part's JSON; a structure read this way refuses unknown and repeated members.
fn header<T: DeserializeOwned>(part: &str) -> std::result::Result<T, Reason> {
    let bytes = BASE64.decode(part).map_err(|_| Reason::MalformedEnvelope)?;
    serde_json::from_slice(&bytes).map_err(|_| Reason::MalformedEnvelope)
}

fn decoded_len(part: &str) -> Option<usize> {
    BASE64.decode(part).ok().map(|bytes| bytes.len())
}

fn public_jwk(key: &PublicKey) -> Result<Jwk> {
    let mut jwk = Jwk::new("OKP");
    jwk.set_curve(key.usage().curve());
    jwk.set_parameter("x", Some(BASE64.encode(key.x()).into())).map_err(Error::internal)?;
    Ok(jwk)
}

fn secret_jwk(usage: KeyUse, secret: &[u8; 32]) -> Result<Jwk> {
    let mut jwk = Jwk::new("OKP");
    jwk.set_curve(usage.curve());
    jwk.set_parameter("d", Some(BASE64.encode(secret).into())).map_err(Error::internal)?;
    Ok(jwk)
}
