//! Requests between nodes and their answers: POSTs whose whole body is a JWS.
//!
//! A request is signed for one URL, one receiver and a short time, and has an id (`jti`) that the receiver remembers
//! until the request expires. So it cannot be changed, redirected or repeated, without a round trip for a nonce. An
//! answer names the request it answers. What is remembered, the caller stores: `jti` and `exp` are in what is returned.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::directory::NodeCode;
use super::envelope::Peer;
use super::keys::{NodeKeys, PublicKey};
use super::{Reason, SKEW_SECONDS, jose, strict};
use crate::error::{Error, Result};

/// The longest body of a request or response, in bytes.
pub const REQUEST_BYTES: usize = 1024 * 1024;

/// The longest time a request may be valid, in seconds.
pub const MOST_SECONDS: i64 = 300;

/// The time our own requests are valid, in seconds.
pub const REQUEST_SECONDS: i64 = 120;

const REQUEST: &str = "anju-request+jws";
const RESPONSE: &str = "anju-response+jws";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestWire<B> {
    from: NodeCode,
    to: NodeCode,
    url: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
    body: B,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseWire<B> {
    from: NodeCode,
    to: NodeCode,
    iat: i64,
    in_reply_to: Uuid,
    body: B,
}

/// A request that is its sender's, meant for us, here and now. Whether it is the first with its `jti` is for the
/// caller to ask its memory; the reason then is [`Reason::Replayed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRequest<B> {
    /// The request's id, to be remembered and to be named in the response.
    pub jti: Uuid,
    /// Until when it must be remembered.
    pub exp: DateTime<Utc>,
    /// The key that signed it.
    pub kid: String,
    /// What is asked.
    pub body: B,
}

/// Signs a request to `to`; `url` is the URL it is posted to, character by character.
pub fn sign_request<B: Serialize>(
    body: &B,
    to: &NodeCode,
    url: &str,
    jti: Uuid,
    keys: &NodeKeys,
    now: DateTime<Utc>,
) -> Result<String> {
    let iat = now.timestamp();
    let wire = RequestWire {
        from: keys.node().clone(),
        to: to.clone(),
        url: url.to_owned(),
        iat,
        exp: iat + REQUEST_SECONDS,
        jti,
        body,
    };
    sign(REQUEST, &wire, keys, now)
}

/// Verifies a request that `peer` (the node named in the path) is said to have posted to `url`, our public URL of
/// this endpoint, checking in this order: size, shape, key, signature, body, addresses, URL, times.
pub fn verify_request<B: DeserializeOwned + Serialize>(
    jws: &str,
    url: &str,
    us: &NodeCode,
    peer: Peer<'_>,
    now: DateTime<Utc>,
) -> std::result::Result<VerifiedRequest<B>, Reason> {
    let (wire, key): (RequestWire<B>, _) = verify(jws, REQUEST, peer, now)?;
    addressed(&wire.from, &wire.to, us, peer)?;
    if wire.url != url {
        return Err(Reason::WrongUrl);
    }
    let iat = instant(wire.iat)?;
    let exp = instant(wire.exp)?;
    if iat > now + TimeDelta::seconds(SKEW_SECONDS) {
        return Err(Reason::IssuedInFuture);
    }
    if exp <= now {
        return Err(Reason::Expired);
    }
    if exp - iat > TimeDelta::seconds(MOST_SECONDS) {
        return Err(Reason::LivesTooLong);
    }
    Ok(VerifiedRequest { jti: wire.jti, exp, kid: key.kid().to_owned(), body: wire.body })
}

/// Signs the answer to the request `in_reply_to` of `to`.
pub fn sign_response<B: Serialize>(
    body: &B,
    to: &NodeCode,
    in_reply_to: Uuid,
    keys: &NodeKeys,
    now: DateTime<Utc>,
) -> Result<String> {
    let wire = ResponseWire { from: keys.node().clone(), to: to.clone(), iat: now.timestamp(), in_reply_to, body };
    sign(RESPONSE, &wire, keys, now)
}

/// Verifies that `jws` is the answer of `peer` to our request `in_reply_to`, not older than a request may live.
pub fn verify_response<B: DeserializeOwned + Serialize>(
    jws: &str,
    in_reply_to: Uuid,
    us: &NodeCode,
    peer: Peer<'_>,
    now: DateTime<Utc>,
) -> std::result::Result<B, Reason> {
    let (wire, _): (ResponseWire<B>, _) = verify(jws, RESPONSE, peer, now)?;
    addressed(&wire.from, &wire.to, us, peer)?;
    if wire.in_reply_to != in_reply_to {
        return Err(Reason::NotInReply);
    }
    let iat = instant(wire.iat)?;
    if iat > now + TimeDelta::seconds(SKEW_SECONDS) {
        return Err(Reason::IssuedInFuture);
    }
    if now - iat > TimeDelta::seconds(MOST_SECONDS) { Err(Reason::Expired) } else { Ok(wire.body) }
}

fn sign(typ: &str, wire: &impl Serialize, keys: &NodeKeys, now: DateTime<Utc>) -> Result<String> {
    let jws = jose::sign(typ, &serde_json::to_vec(wire).map_err(Error::internal)?, keys.signing(now)?)?;
    if jws.len() > REQUEST_BYTES { Err(Reason::TooLarge.into()) } else { Ok(jws) }
}

fn verify<'k, T: DeserializeOwned + Serialize>(
    jws: &str,
    typ: &str,
    peer: Peer<'k>,
    now: DateTime<Utc>,
) -> std::result::Result<(T, &'k PublicKey), Reason> {
    if jws.len() > REQUEST_BYTES {
        return Err(Reason::TooLarge);
    }
    let (payload, key) = jose::verify(jws, typ, peer.keys)?;
    if !key.valid_at(now) {
        return Err(Reason::ExpiredKey);
    }
    Ok((strict::read(&payload)?, key))
}

fn addressed(from: &NodeCode, to: &NodeCode, us: &NodeCode, peer: Peer<'_>) -> std::result::Result<(), Reason> {
    if from != peer.code {
        return Err(Reason::NotFromSender);
    }
    if to == us { Ok(()) } else { Err(Reason::NotForUs) }
}

fn instant(seconds: i64) -> std::result::Result<DateTime<Utc>, Reason> {
    DateTime::from_timestamp(seconds, 0).ok_or(Reason::InvalidPayload)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::exchange::specs::fixtures::{now, origin, peer, residence};
    use crate::exchange::streams::PullBody;

    const URL: &str = "https://exchange.origin.example/exchange/v1/streams/130102/messages";
    const JTI: Uuid = Uuid::from_u128(7);

    fn body() -> PullBody {
        PullBody { after: 4, limit: 50, verdicts: Vec::new() }
    }

    fn asked() -> String {
        sign_request(&body(), origin().node(), URL, JTI, &residence(), now()).unwrap()
    }

    fn received(jws: &str, at: DateTime<Utc>) -> std::result::Result<VerifiedRequest<PullBody>, Reason> {
        verify_request(jws, URL, origin().node(), peer(residence().node(), &residence().public()), at)
    }

    /// The request with members changed and signed again by its sender.
    fn resigned(changes: &[(&str, Value)]) -> String {
        let mut wire: Value = jose::peek(&asked()).unwrap();
        for (member, value) in changes {
            wire[*member] = value.clone();
        }
        sign(REQUEST, &wire, &residence(), now()).unwrap()
    }

    #[test]
    fn a_request_arrives_with_its_id_and_its_end() {
        let verified = received(&asked(), now()).unwrap();
        assert_eq!(verified.body, body());
        assert_eq!((verified.jti, verified.exp), (JTI, now() + TimeDelta::seconds(REQUEST_SECONDS)));
        assert_eq!(verified.kid, residence().public()[0].kid());
    }

    #[test]
    fn a_request_holds_for_one_url_receiver_and_sender() {
        let jws = asked();
        let sender = residence();
        let public = sender.public();
        let at = |url: &str, us: &NodeCode, peer: Peer<'_>| verify_request::<PullBody>(&jws, url, us, peer, now());
        let from = peer(sender.node(), &public);
        assert_eq!(at(&format!("{URL}/"), origin().node(), from).unwrap_err(), Reason::WrongUrl);
        assert_eq!(at(URL, sender.node(), from).unwrap_err(), Reason::NotForUs);
        assert_eq!(at(URL, origin().node(), peer(origin().node(), &public)).unwrap_err(), Reason::NotFromSender);
        let other = origin().public();
        assert_eq!(at(URL, origin().node(), peer(sender.node(), &other)).unwrap_err(), Reason::UnknownKey);
    }

    #[test]
    fn a_request_has_a_short_life() {
        let second = TimeDelta::seconds(1);
        let end = now() + TimeDelta::seconds(REQUEST_SECONDS);
        assert!(received(&asked(), end - second).is_ok());
        assert_eq!(received(&asked(), end).unwrap_err(), Reason::Expired);
        let skew = TimeDelta::seconds(SKEW_SECONDS);
        assert!(received(&asked(), now() - skew).is_ok());
        assert_eq!(received(&asked(), now() - skew - second).unwrap_err(), Reason::IssuedInFuture);
        let iat = now().timestamp();
        assert!(received(&resigned(&[("exp", json!(iat + MOST_SECONDS))]), now()).is_ok());
        let long = resigned(&[("exp", json!(iat + MOST_SECONDS + 1))]);
        assert_eq!(received(&long, now()).unwrap_err(), Reason::LivesTooLong);
        for extreme in [i64::MIN, i64::MAX] {
            assert!(received(&resigned(&[("iat", json!(extreme))]), now()).is_err());
            assert!(received(&resigned(&[("exp", json!(extreme))]), now()).is_err());
        }
        assert_eq!(received(&asked(), now() + TimeDelta::days(36500)).unwrap_err(), Reason::ExpiredKey);
    }

    #[test]
    fn a_changed_or_extended_request_is_refused() {
        let jws = asked();
        let (head, rest) = jws.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let other = resigned(&[("url", json!("https://elsewhere.example"))]);
        let payload = other.split('.').nth(1).unwrap();
        assert_eq!(received(&format!("{head}.{payload}.{signature}"), now()).unwrap_err(), Reason::BadSignature);
        assert_eq!(received(&resigned(&[("extra", json!(1))]), now()).unwrap_err(), Reason::InvalidPayload);
        assert_eq!(received(&"A".repeat(REQUEST_BYTES + 1), now()).unwrap_err(), Reason::TooLarge);
    }

    #[test]
    fn a_response_answers_one_request_of_one_node() {
        let (us, them) = (residence(), origin());
        let jws = sign_response(&body(), us.node(), JTI, &them, now()).unwrap();
        let read = |jti: Uuid, to: &NodeCode, at: DateTime<Utc>| {
            verify_response::<PullBody>(&jws, jti, to, peer(them.node(), &them.public()), at)
        };
        assert_eq!(read(JTI, us.node(), now()).unwrap(), body());
        assert_eq!(read(Uuid::from_u128(8), us.node(), now()).unwrap_err(), Reason::NotInReply);
        assert_eq!(read(JTI, them.node(), now()).unwrap_err(), Reason::NotForUs);
        let late = now() + TimeDelta::seconds(MOST_SECONDS + 1);
        assert_eq!(read(JTI, us.node(), late).unwrap_err(), Reason::Expired);
        assert_eq!(received(&jws, now()).unwrap_err(), Reason::MalformedEnvelope);
    }

    proptest! {
        #[test]
        fn any_text_is_verified_or_refused(text in "\\PC{0,300}") {
            prop_assert!(received(&text, now()).is_err());
        }
    }
}
