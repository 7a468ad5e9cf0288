//! Test vectors: what an implementation must compute, accept and refuse, byte by byte.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tlog_tiles::Hash;
use uuid::Uuid;

use super::examples::{self, NOW, ORIGIN_URL};
use crate::error::{Error, Result};
use crate::exchange::envelope;
use crate::exchange::jose;
use crate::exchange::keys::{NodeKeys, fingerprint};
use crate::exchange::requests::{sign_request, sign_response};
use crate::exchange::streams::{
    DigestAnswer, DigestBody, DigestItem, PullAnswer, PullBody, PushAnswer, PushBody, SeqVerdict, Verdict, digest,
};
use crate::exchange::witness::{Checkpoints, Contradiction, Offer, RefusedOffer};
use crate::journal::note::{Checkpoint, SigningKey, Signs};

/// Every file of vectors by its name.
pub(super) fn all() -> Result<Vec<(&'static str, Value)>> {
    Ok(vec![
        ("keys.json", keys()?),
        ("digest.json", digests()?),
        ("requests.json", requests()?),
        ("responses.json", responses()?),
        ("refused-messages.json", refused_messages()?),
    ])
}

fn keys() -> Result<Value> {
    let node = |keys: NodeKeys| -> Result<Value> {
        let secret: Value = serde_json::from_slice(&keys.to_bytes()?).map_err(Error::internal)?;
        let kid = keys.signing(examples::now()?)?.public().kid();
        Ok(json!({ "node": keys.node(), "fingerprint": fingerprint(keys.node(), kid), "pairs": secret["pairs"] }))
    };
    Ok(json!([node(examples::residence()?)?, node(examples::origin()?)?, node(examples::keeper()?)?]))
}

fn items() -> Vec<DigestItem> {
    let item = |seq, verdict| DigestItem { seq, hash: envelope::hash(&format!("envelope {seq}")), verdict };
    let rejected = Verdict::from(crate::exchange::Reason::UnknownKind);
    vec![item(1, Verdict::Applied), item(2, Verdict::Case), item(3, rejected)]
}

fn digests() -> Result<Value> {
    let case = |items: &[DigestItem]| {
        let lines: String = items.iter().map(|item| format!("{} {} {}\n", item.seq, item.hash, item.verdict)).collect();
        json!({ "items": items, "hashed": lines, "digest": digest(items) })
    };
    let items = items();
    Ok(json!([case(&[]), case(&items[..1]), case(&items)]))
}

fn jti(n: u128) -> Uuid {
    Uuid::from_u128(0x019a_3000_0000_7000_8000_0000_0000_1000 + n)
}

fn url(end: &str) -> String {
    format!("{ORIGIN_URL}/exchange/v1/streams/130102/{end}")
}

fn requests() -> Result<Value> {
    let (from, to) = (examples::residence()?, examples::origin()?);
    let to = to.node();
    let (now, range) = (examples::now()?, items());
    let push = PushBody { first: 1, messages: Vec::new() };
    let pull = PullBody { after: 7, limit: 100, verdicts: verdicts() };
    let digest = DigestBody { first: 1, last: 3, digest: digest(&range), items: true };
    let push_jws = sign_request(&push, to, &url("messages"), jti(1), &from, now)?;
    let pull_jws = sign_request(&pull, to, &url("pull"), jti(2), &from, now)?;
    let digest_jws = sign_request(&digest, to, &url("digest"), jti(3), &from, now)?;
    let checkpoints_jws = sign_request(&checkpoints(None)?, to, &url("checkpoints"), jti(4), &from, now)?;
    let case = |name: &str, jws: &str, end: &str, at: DateTime<Utc>, expected: &str| {
        json!({
            "name": name, "jws": jws, "url": url(end), "from": from.node(), "to": to, "now": at, "expected": expected,
        })
    };
    let minutes = |n| now + TimeDelta::minutes(n);
    let none = with_header(&push_jws, "alg", json!("none"))?;
    Ok(json!([
        case("push", &push_jws, "messages", now, "accepted"),
        case("pull", &pull_jws, "pull", now, "accepted"),
        case("digest", &digest_jws, "digest", now, "accepted"),
        case("checkpoints", &checkpoints_jws, "checkpoints", now, "accepted"),
        case("push to another URL", &push_jws, "pull", now, "wrong-url"),
        case("push that expired", &push_jws, "messages", minutes(2), "expired"),
        case("push from the future", &push_jws, "messages", minutes(-2), "issued-in-future"),
        case("push with another signature", &resigned(&push_jws, &pull_jws), "messages", now, "bad-signature"),
        case("push with algorithm none", &none, "messages", now, "unknown-suite"),
        case("push with crit", &with_header(&push_jws, "crit", json!(["b64"]))?, "messages", now, "malformed-envelope"),
        case("push with another body", &pull_jws, "messages", now, "invalid-payload"),
        case("push that is no JWS", "push", "messages", now, "malformed-envelope"),
    ]))
}

/// A journal of three entries whose leaves are hashes of nothing in particular, signed with a key of this file only.
fn checkpoints(refused: Option<Vec<RefusedOffer>>) -> Result<Checkpoints> {
    let key = SigningKey::from_seed(&[3; 32])?;
    let origin = "anju-journal/130102/130102";
    let checkpoint = Checkpoint::sign(origin, 3, Hash([9; 32]), &[SigningKey::from_seed(&[3; 32])?])?;
    let keys = vec![key.verifier(origin, Signs::Checkpoints)?.to_string()];
    let offer = Offer { checkpoint: checkpoint.to_string(), keys, since: 0, growth: Vec::new() };
    Ok(Checkpoints { at: examples::now()?, offers: vec![offer], holds: Vec::new(), refused })
}

fn verdicts() -> Vec<SeqVerdict> {
    items().into_iter().map(|item| SeqVerdict { seq: item.seq, verdict: item.verdict }).collect()
}

fn responses() -> Result<Value> {
    let (us, them) = (examples::residence()?, examples::origin()?);
    let (now, us) = (examples::now()?, us.node());
    let range = items();
    let answer = DigestAnswer { first: 1, last: 3, count: 3, digest: digest(&range), items: Some(range) };
    let push = sign_response(&PushAnswer { received: 3, verdicts: verdicts() }, us, jti(1), &them, now)?;
    let nothing = PullAnswer { first: 8, messages: Vec::new(), last: 7 };
    let pull = sign_response(&nothing, us, jti(2), &them, now)?;
    let digest = sign_response(&answer, us, jti(3), &them, now)?;
    let origin = "anju-journal/130102/130102".to_owned();
    let refused = vec![RefusedOffer { origin, reason: Contradiction::Rewritten }];
    let checkpoints = sign_response(&checkpoints(Some(refused))?, us, jti(4), &them, now)?;
    let case = |name: &str, body: &str, jws: &str, in_reply_to: Uuid, expected: &str| {
        json!({
            "name": name, "body": body, "jws": jws, "in_reply_to": in_reply_to, "from": them.node(), "to": us,
            "now": NOW, "expected": expected,
        })
    };
    Ok(json!([
        case("push", "push-answer", &push, jti(1), "accepted"),
        case("pull", "pull-answer", &pull, jti(2), "accepted"),
        case("digest", "digest-answer", &digest, jti(3), "accepted"),
        case("checkpoints", "checkpoints", &checkpoints, jti(4), "accepted"),
        case("answer to another request", "push-answer", &push, jti(2), "not-in-reply"),
    ]))
}

/// Signed messages as they come out of decryption, each refused for the reason named.
fn refused_messages() -> Result<Value> {
    let sender = examples::residence()?;
    let (_, good) = examples::messages()?.into_iter().next().ok_or_else(|| Error::internal("no example"))?;
    let jws = envelope::sign(&good, &sender)?;
    let changed = |pointer: &str, value: Value| -> Result<String> {
        let mut message: Value = jose::peek(&jws)?;
        let (parent, member) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(members)) = message.pointer_mut(parent) {
            members.insert(member.to_owned(), value);
        }
        envelope::sign_value(&message, &sender, examples::now()?)
    };
    let case = |name: &str, jws: String, reason: &str| json!({ "name": name, "jws": jws, "expected": reason });
    Ok(json!([
        case("unknown kind", changed("/kind", json!("rumour.heard"))?, "unknown-kind"),
        case("version 2", changed("/version", json!(2))?, "unsupported-version"),
        case("additional member", changed("/payload/person/religion", json!("none"))?, "invalid-payload"),
        case("committee instead of county", changed("/payload/locality", json!("130102001001"))?, "invalid-payload"),
        case("null for an absent member", changed("/case", Value::Null)?, "invalid-payload"),
        case("no basis", changed("/basis", json!({}))?, "invalid-payload"),
        case("in the name of another", changed("/from", json!("411421"))?, "not-from-sender"),
        case("before the key was valid", changed("/sent_at", json!("2025-12-31T23:59:59Z"))?, "expired-key"),
        case("algorithm none", with_header(&jws, "alg", json!("none"))?, "unknown-suite"),
        case("algorithm HS256", with_header(&jws, "alg", json!("HS256"))?, "unknown-suite"),
        case("embedded key", with_header(&jws, "jwk", json!({}))?, "malformed-envelope"),
        case("type of a request", with_header(&jws, "typ", json!("anju-request+jws"))?, "malformed-envelope"),
        case("another key", with_header(&jws, "kid", json!(jti(9)))?, "unknown-key"),
        case("another signature", resigned(&jws, &changed("/purpose", json!("other"))?), "bad-signature"),
    ]))
}

/// The first JWS with the signature of the second.
fn resigned(jws: &str, other: &str) -> String {
    let signed = jws.rsplit_once('.').map_or(jws, |(signed, _)| signed);
    let signature = other.rsplit_once('.').map_or(other, |(_, signature)| signature);
    format!("{signed}.{signature}")
}

fn with_header(jws: &str, member: &str, value: Value) -> Result<String> {
    let (head, rest) = jws.split_once('.').unwrap_or_default();
    let mut head: Value =
        serde_json::from_slice(&BASE64.decode(head).map_err(Error::internal)?).map_err(Error::internal)?;
    head[member] = value;
    Ok(format!("{}.{rest}", BASE64.encode(head.to_string())))
}
