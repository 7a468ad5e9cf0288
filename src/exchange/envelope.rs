//! A message sealed for one receiver: signed by the sender (JWS), then encrypted (JWE).
//!
//! Proxies, logs and files in between see nothing; the receiver keeps the JWS as evidence of who said what. Sender
//! and receiver are named inside the signed part, so an envelope cannot be opened and sealed anew for somebody else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::directory::NodeCode;
use super::keys::{KeyUse, NodeKeys, PublicKey};
use super::messages::Message;
use super::{Reason, SKEW_SECONDS, jose};
use crate::error::{Error, Result};

/// The longest envelope, in bytes of its compact form.
pub const MESSAGE_BYTES: usize = 64 * 1024;

const TYPE: &str = "anju-message+jws";

/// The other node, as its card says.
#[derive(Debug, Clone, Copy)]
pub struct Peer<'a> {
    /// Its code.
    pub code: &'a NodeCode,
    /// Its public keys.
    pub keys: &'a [PublicKey],
}

/// A message that was opened and found to be the sender's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What it says.
    pub message: Message,
    /// The signed form, to be kept as evidence.
    pub jws: String,
    /// The envelope's [`hash`].
    pub hash: String,
}

/// The hash both sides compare: SHA-256 of the envelope's bytes, base64url.
///
/// Of the envelope and not of the JWS inside, so that a receiver can name a message that it could not open, and the
/// sender, who cannot open what it sealed for another, needs to keep nothing but the envelope. An envelope that
/// entered a stream is therefore never sealed anew under the same number.
pub fn hash(envelope: &str) -> String {
    BASE64.encode(Sha256::digest(envelope))
}

/// Seals a message for its receiver with the receiver's newest valid agreement key. Valid means: at `sent_at`, which
/// is therefore the time of sealing.
///
/// Refused with `expired-key` when either side has no valid key, with `invalid-payload` or `too-large` when the
/// receiver would refuse it; `Internal` when sender or receiver are not those the message names.
pub fn seal(message: &Message, sender: &NodeKeys, receiver: Peer<'_>) -> Result<String> {
    if message.from != *sender.node() || message.to != *receiver.code {
        return Err(Error::internal("message between other nodes than those it is sealed for"));
    }
    message.check()?;
    let jws = sign(message, sender)?;
    let valid = |key: &&PublicKey| key.usage() == KeyUse::Agreement && key.valid_at(message.sent_at);
    let usable = receiver.keys.iter().filter(valid);
    let envelope = jose::encrypt(&jws, usable.max_by_key(|key| key.from()).ok_or(Reason::ExpiredKey)?)?;
    if envelope.len() > MESSAGE_BYTES { Err(Reason::TooLarge.into()) } else { Ok(envelope) }
}

/// Opens an envelope that came from `sender`, checking in this order: size, suite and shape, our key, decryption,
/// the sender's key, signature, message, addresses, time.
///
/// The signing key must have been valid when the message was written, not now: messages wait while a peer is down.
/// A key that must no longer be believed is taken off the card, which makes it unknown.
pub fn open(
    envelope: &str,
    receiver: &NodeKeys,
    sender: Peer<'_>,
    now: DateTime<Utc>,
) -> std::result::Result<Opened, Reason> {
    if envelope.len() > MESSAGE_BYTES {
        return Err(Reason::TooLarge);
    }
    let jws = jose::decrypt(envelope, receiver)?;
    let message = verify(&jws, sender)?;
    if message.to != *receiver.node() {
        return Err(Reason::NotForUs);
    }
    if message.sent_at > now + TimeDelta::seconds(SKEW_SECONDS) {
        return Err(Reason::IssuedInFuture);
    }
    Ok(Opened { message, jws, hash: hash(envelope) })
}

/// Verifies the signed form kept as evidence, without regard to whom it was addressed and when it is looked at.
pub fn verify(jws: &str, sender: Peer<'_>) -> std::result::Result<Message, Reason> {
    let (payload, key) = jose::verify(jws, TYPE, sender.keys)?;
    let message = Message::parse(&payload)?;
    if message.from != *sender.code {
        return Err(Reason::NotFromSender);
    }
    if key.valid_at(message.sent_at) { Ok(message) } else { Err(Reason::ExpiredKey) }
}

/// Only the signed form, which is the same every time: what [`seal`] encrypts.
pub(super) fn sign(message: &Message, sender: &NodeKeys) -> Result<String> {
    sign_value(message, sender, message.sent_at)
}

/// Signs anything as if it were a message, for vectors that must be refused.
pub(super) fn sign_value(value: &impl Serialize, sender: &NodeKeys, now: DateTime<Utc>) -> Result<String> {
    jose::sign(TYPE, &serde_json::to_vec(value).map_err(Error::internal)?, sender.signing(now)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::exchange::specs::fixtures::{self, now, origin, peer, residence, started};

    fn sealed() -> String {
        seal(&started(), &residence(), peer(origin().node(), &origin().public())).unwrap()
    }

    fn opened_by(envelope: &str, receiver: &NodeKeys, sender: &NodeKeys) -> std::result::Result<Opened, Reason> {
        open(envelope, receiver, peer(sender.node(), &sender.public()), now())
    }

    fn opened(envelope: &str) -> std::result::Result<Opened, Reason> {
        opened_by(envelope, &origin(), &residence())
    }

    /// Seals any signed text, as a peer that does not keep the rules would.
    fn wrap(jws: &str) -> String {
        jose::encrypt(jws, &origin().public()[1]).unwrap()
    }

    fn with_header(compact: &str, change: impl FnOnce(&mut Value)) -> String {
        let (head, rest) = compact.split_once('.').unwrap();
        let mut head: Value = serde_json::from_slice(&BASE64.decode(head).unwrap()).unwrap();
        change(&mut head);
        format!("{}.{rest}", BASE64.encode(head.to_string()))
    }

    #[test]
    fn what_was_sealed_opens_for_its_receiver() {
        let envelope = sealed();
        let opened = opened(&envelope).unwrap();
        assert!(opened.message == started());
        assert_eq!(opened.hash, hash(&envelope));
        assert_eq!(opened.jws, sign(&started(), &residence()).unwrap());
        assert!(verify(&opened.jws, peer(residence().node(), &residence().public())).unwrap() == started());
    }

    #[test]
    fn every_changed_part_is_refused() {
        let envelope = sealed();
        let jws = opened(&envelope).unwrap().jws;
        for (compact, nested) in [(envelope, false), (jws, true)] {
            for (n, part) in compact.split('.').enumerate().filter(|(_, part)| !part.is_empty()) {
                let at = part.len() / 2;
                let other = if &part[at..=at] == "A" { "B" } else { "A" };
                let mut parts: Vec<String> = compact.split('.').map(str::to_owned).collect();
                parts[n].replace_range(at..=at, other);
                let changed = parts.join(".");
                assert!(opened(&if nested { wrap(&changed) } else { changed }).is_err(), "part {n}, nested {nested}");
            }
        }
    }

    #[test]
    fn short_tags_long_nonces_and_encrypted_keys_are_refused() {
        let envelope = sealed();
        let parts: Vec<&str> = envelope.split('.').collect();
        let short_tag = [parts[0], "", parts[2], parts[3], &parts[4][..8]].join(".");
        let long_nonce = [parts[0], "", "AAAAAAAAAAAAAAAAAAAAAA", parts[3], parts[4]].join(".");
        let with_key = [parts[0], "AAAA", parts[2], parts[3], parts[4]].join(".");
        let six_parts = format!("{envelope}.AAAA");
        for changed in [short_tag, long_nonce, with_key, six_parts] {
            assert_eq!(opened(&changed).unwrap_err(), Reason::MalformedEnvelope);
        }
    }

    #[test]
    fn another_algorithm_suite_or_header_member_is_refused() {
        let envelope = sealed();
        for (member, value, reason) in [
            ("suite", json!("anju-2"), Reason::UnknownSuite),
            ("alg", json!("dir"), Reason::UnknownSuite),
            ("alg", json!("ECDH-ES+A256KW"), Reason::UnknownSuite),
            ("enc", json!("A128CBC-HS256"), Reason::UnknownSuite),
            ("zip", json!("DEF"), Reason::MalformedEnvelope),
            ("crit", json!(["exp"]), Reason::MalformedEnvelope),
            ("apu", json!("AAAA"), Reason::MalformedEnvelope),
            ("cty", json!("JWT"), Reason::MalformedEnvelope),
            ("kid", json!("somebody"), Reason::UnknownKey),
        ] {
            let changed = with_header(&envelope, |head| head[member] = value);
            assert_eq!(opened(&changed).unwrap_err(), reason, "{member}");
        }
        let low_order = with_header(&envelope, |head| head["epk"]["x"] = json!(BASE64.encode([0; 32])));
        assert_eq!(opened(&low_order).unwrap_err(), Reason::CannotDecrypt);
    }

    #[test]
    fn none_and_hmac_with_the_public_key_are_no_signatures() {
        let sender = residence();
        let jws = sign(&started(), &sender).unwrap();
        let none = with_header(&jws, |head| head["alg"] = json!("none"));
        let (signing_input, _) = none.rsplit_once('.').unwrap();
        assert_eq!(opened(&wrap(&format!("{signing_input}."))).unwrap_err(), Reason::UnknownSuite);

        let hs256 = with_header(&jws, |head| head["alg"] = json!("HS256"));
        let (signing_input, _) = hs256.rsplit_once('.').unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, sender.public()[0].x());
        let tag = BASE64.encode(ring::hmac::sign(&key, signing_input.as_bytes()));
        assert_eq!(opened(&wrap(&format!("{signing_input}.{tag}"))).unwrap_err(), Reason::UnknownSuite);

        for (member, value) in [("jwk", json!({})), ("crit", json!(["b64"])), ("b64", json!(false))] {
            let changed = with_header(&jws, |head| head[member] = value);
            assert_eq!(opened(&wrap(&changed)).unwrap_err(), Reason::MalformedEnvelope, "{member}");
        }
    }

    #[test]
    fn a_signature_serves_one_purpose_only() {
        let payload = serde_json::to_vec(&started()).unwrap();
        let request = jose::sign("anju-request+jws", &payload, residence().signing(now()).unwrap()).unwrap();
        assert_eq!(opened(&wrap(&request)).unwrap_err(), Reason::MalformedEnvelope);
    }

    #[test]
    fn a_swapped_key_name_is_refused() {
        let sender = residence();
        let jws = sign(&started(), &sender).unwrap();
        let foreign = with_header(&jws, |head| head["kid"] = json!(origin().public()[0].kid()));
        assert_eq!(opened(&wrap(&foreign)).unwrap_err(), Reason::UnknownKey);
        let agreement = with_header(&jws, |head| head["kid"] = json!(sender.public()[1].kid()));
        assert_eq!(opened(&wrap(&agreement)).unwrap_err(), Reason::UnknownKey);
        let mut keys = sender.public();
        keys.extend(origin().public());
        let both = open(&wrap(&foreign), &origin(), peer(sender.node(), &keys), now());
        assert_eq!(both.unwrap_err(), Reason::BadSignature);
    }

    #[test]
    fn only_the_receiver_opens_and_only_its_own_mail() {
        assert_eq!(opened_by(&sealed(), &residence(), &residence()).unwrap_err(), Reason::UnknownKey);

        let mut elsewhere = started();
        elsewhere.to = "520100".parse().unwrap();
        let forwarded = wrap(&sign(&elsewhere, &residence()).unwrap());
        assert_eq!(opened(&forwarded).unwrap_err(), Reason::NotForUs);

        let mut pretended = started();
        pretended.from = origin().node().clone();
        let pretended = wrap(&sign(&pretended, &residence()).unwrap());
        assert_eq!(opened(&pretended).unwrap_err(), Reason::NotFromSender);
    }

    #[test]
    fn a_message_is_dated_within_its_keys_validity_and_not_in_the_future() {
        let mut late = started();
        late.sent_at = now() + TimeDelta::seconds(SKEW_SECONDS);
        assert!(opened(&wrap(&sign(&late, &residence()).unwrap())).is_ok());
        late.sent_at += TimeDelta::seconds(1);
        assert_eq!(opened(&wrap(&sign(&late, &residence()).unwrap())).unwrap_err(), Reason::IssuedInFuture);

        let mut old = serde_json::to_value(started()).unwrap();
        old["sent_at"] = json!("2020-01-01T00:00:00Z");
        assert_eq!(opened(&wrap(&sign_value(&old, &residence(), now()).unwrap())).unwrap_err(), Reason::ExpiredKey);

        let mut expired = started();
        expired.sent_at = now() + TimeDelta::days(36500);
        assert!(seal(&expired, &residence(), peer(origin().node(), &origin().public())).is_err());
    }

    #[test]
    fn unknown_kinds_and_additional_members_are_refused_by_name() {
        let known = serde_json::to_value(started()).unwrap();
        let with = |pointer: &str, member: &str, value: Value| {
            let mut message = known.clone();
            message.pointer_mut(pointer).unwrap()[member] = value;
            opened(&wrap(&sign_value(&message, &residence(), now()).unwrap())).unwrap_err()
        };
        assert_eq!(with("", "kind", json!("rumour.heard")), Reason::UnknownKind);
        assert_eq!(with("", "version", json!(9)), Reason::UnsupportedVersion);
        for pointer in ["", "/basis", "/payload", "/payload/person", "/payload/person/document", "/payload/office"] {
            assert_eq!(with(pointer, "religion", json!("x")), Reason::InvalidPayload, "{pointer}");
        }
    }

    #[test]
    fn an_envelope_has_a_greatest_length() {
        assert_eq!(opened(&"A".repeat(MESSAGE_BYTES + 1)).unwrap_err(), Reason::TooLarge);
    }

    #[test]
    fn nobody_seals_what_its_receiver_would_refuse() {
        let mut message = fixtures::answered();
        if let crate::exchange::messages::Content::RecordAnswered(answer) = &mut message.content {
            answer.outcome = crate::exchange::messages::Outcome::NotFound {};
            answer.replies = Some(vec![crate::exchange::messages::Reply::Yes]);
        }
        assert!(seal(&message, &origin(), peer(residence().node(), &residence().public())).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_opened_or_refused(text in "\\PC{0,300}") {
            prop_assert!(opened(&text).is_err());
            prop_assert!(verify(&text, peer(residence().node(), &residence().public())).is_err());
        }

        #[test]
        fn any_change_of_an_envelope_is_refused(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
            let mut envelope = sealed().into_bytes();
            let at = at.index(envelope.len());
            prop_assume!(envelope[at] != byte);
            envelope[at] = byte;
            prop_assert!(opened(&String::from_utf8(envelope).unwrap()).is_err());
        }

        #[test]
        fn any_sealed_text_is_refused(text in "[ -~]{0,200}") {
            prop_assert!(opened(&wrap(&text)).is_err());
        }
    }
}
