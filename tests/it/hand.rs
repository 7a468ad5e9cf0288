//! A peer made by hand: keys of its own, a card that was added with its fingerprint, and no honesty built in. It says
//! whatever a test wants, sealed and signed by the protocol's own rules or against them.

use anju::exchange::directory::{self, NodeCard};
use anju::exchange::keys::{KeyUse, NodeKeys, PublicKey};
use anju::exchange::requests;
use anju::exchange::streams::{PushAnswer, PushBody};
use anju::values::NodeCode;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::{JweContext, JweHeader};
use josekit::jwk::Jwk;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::{JwsContext, JwsHeader};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::Reply;
use crate::localities::Locality;

pub struct Hand {
    pub code: NodeCode,
    pub keys: NodeKeys,
    signing: [u8; 32],
}

impl Hand {
    /// Keys that are good for a year before and after the tests' morning.
    pub fn new(code: &str) -> Self {
        let start: DateTime<Utc> = "2026-11-23T02:00:00Z".parse().unwrap();
        Self::with_keys(code, start - TimeDelta::days(365), start + TimeDelta::days(365))
    }

    pub fn with_keys(code: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let code: NodeCode = code.parse().unwrap();
        let seed = |n: u8| {
            let mut seed = [n; 32];
            seed[..code.as_str().len()].copy_from_slice(code.as_str().as_bytes());
            seed
        };
        let signing = seed(1);
        let keys = NodeKeys::from_seeds(code.clone(), from, until, signing.into(), seed(2).into()).unwrap();
        Self { code, keys, signing }
    }

    /// A peer that serves a territory, added by two administrators' telephone call.
    pub async fn joined(code: &str, here: &Locality) -> Self {
        let hand = Self::new(code);
        hand.join(here, &[code], "http://127.0.0.1:9", "push").await;
        hand
    }

    pub fn card(&self, territory: &[&str], url: &str, now: DateTime<Utc>) -> NodeCard {
        serde_json::from_value(json!({
            "code": self.code, "name": "别处", "base_url": url, "territory": territory, "keys": self.keys.public(),
            "office": { "name": "别处的服务站", "phone": "0370-0000000" }, "issued_at": now, "version": 1,
        }))
        .unwrap()
    }

    pub async fn join(&self, here: &Locality, territory: &[&str], url: &str, mode: &str) {
        self.ask_to_join(here, territory, url, mode).await.expect(200);
    }

    pub async fn ask_to_join(&self, here: &Locality, territory: &[&str], url: &str, mode: &str) -> Reply {
        let now = here.node.now();
        let card = self.card(territory, url, now).sign(&self.keys, now).unwrap();
        let fingerprint = directory::card_fingerprint(&card, now).unwrap();
        here.admin.post("/api/v1/peers", json!({ "card": card, "fingerprint": fingerprint, "mode": mode })).await
    }

    fn kid(&self) -> String {
        self.keys.public().iter().find(|key| key.usage() == KeyUse::Signing).unwrap().kid().to_owned()
    }

    /// A JWS of any type and content.
    pub fn sign(&self, typ: &str, content: &[u8]) -> String {
        let mut jwk = Jwk::new("OKP");
        jwk.set_curve("Ed25519");
        jwk.set_parameter("d", Some(BASE64.encode(self.signing).into())).unwrap();
        let mut header = JwsHeader::new();
        header.set_algorithm("EdDSA");
        header.set_key_id(self.kid());
        header.set_token_type(typ);
        let signer = EddsaJwsAlgorithm::Eddsa.signer_from_jwk(&jwk).unwrap();
        JwsContext::new().serialize_compact(content, &header, &signer).unwrap()
    }

    /// A message's JSON, complete and in order.
    pub fn says(&self, to: &str, kind: &str, payload: Value) -> Value {
        json!({
            "id": Uuid::now_v7(), "kind": kind, "version": 1, "from": self.code, "to": to,
            "sent_at": "2026-11-23T01:59:00Z",
            "basis": { "code": "statute", "reference": "family-planning-law-14" },
            "purpose": "record-exchange", "payload": payload,
        })
    }

    /// Seals anything for a node as if it were a message.
    pub fn seal(&self, to: &Locality, message: &Value) -> String {
        encrypt(&self.sign("anju-message+jws", message.to_string().as_bytes()), to)
    }

    /// A message of this kind, sealed.
    pub fn sealed(&self, to: &Locality, kind: &str, payload: Value) -> String {
        self.seal(to, &self.says(to.code, kind, payload))
    }

    /// The path of one of the endpoints for this peer's streams.
    pub fn path(&self, what: &str) -> String {
        format!("/exchange/v1/streams/{}/{what}", self.code)
    }

    /// A request's content, sound in every member.
    pub fn request(&self, to: &Locality, what: &str, body: &impl Serialize) -> Value {
        let now = to.node.now().timestamp();
        json!({
            "from": self.code, "to": to.code, "url": format!("{}{}", url_of(to), self.path(what)),
            "iat": now, "exp": now + 120, "jti": Uuid::now_v7(), "body": body,
        })
    }

    /// Posts a signed request's content.
    pub async fn post(&self, to: &Locality, what: &str, request: &Value) -> Reply {
        let jws = self.sign("anju-request+jws", request.to_string().as_bytes());
        deliver(to, &self.path(what), "application/jose", jws).await
    }

    /// Asks as the protocol wants it and believes the answer only as the protocol does.
    pub async fn ask<R: DeserializeOwned + Serialize>(&self, to: &Locality, what: &str, body: &impl Serialize) -> R {
        let request = self.request(to, what, body);
        let reply = self.post(to, what, &request).await;
        reply.expect(200);
        let jws = String::from_utf8(reply.body.to_vec()).unwrap();
        let node = node_card(to).await;
        let jti = request["jti"].as_str().unwrap().parse().unwrap();
        requests::verify_response(&jws, jti, &self.code, node.peer(), to.node.now()).unwrap()
    }

    pub async fn push(&self, to: &Locality, first: i64, messages: Vec<String>) -> PushAnswer {
        self.ask(to, "messages", &PushBody { first, messages }).await
    }
}

/// The verdicts of an answer, in order.
pub fn verdicts(answer: &PushAnswer) -> Vec<String> {
    answer.verdicts.iter().map(|one| one.verdict.to_string()).collect()
}

pub async fn deliver(to: &Locality, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
    to.node.anon().request(Method::POST, path).body(kind, body).send().await
}

pub fn url_of(node: &Locality) -> String {
    node.node.app().station().presence.base_url.to_string()
}

pub async fn node_card(of: &Locality) -> NodeCard {
    let work = of.node.app().system_read().await.unwrap();
    of.node.app().station().card(&work).unwrap()
}

/// Seals any signed text for a node.
pub fn encrypt(jws: &str, to: &Locality) -> String {
    let keys = to.node.app().station().keys.public();
    let key: &PublicKey = keys.iter().find(|key| key.usage() == KeyUse::Agreement).unwrap();
    let mut jwk = Jwk::new("OKP");
    jwk.set_curve("X25519");
    jwk.set_parameter("x", Some(BASE64.encode(key.x()).into())).unwrap();
    let mut header = JweHeader::new();
    header.set_algorithm("ECDH-ES");
    header.set_content_type("JOSE");
    header.set_content_encryption("A256GCM");
    header.set_key_id(key.kid());
    header.set_claim("suite", Some("anju-1".into())).unwrap();
    let encrypter = EcdhEsJweAlgorithm::EcdhEs.encrypter_from_jwk(&jwk).unwrap();
    JweContext::new().serialize_compact(jws.as_bytes(), &header, &encrypter).unwrap()
}

/// What says that somebody lives in a county since a day.
pub fn started(notice: Uuid, name: &str, number: &str, locality: &str) -> Value {
    json!({
        "notice": notice,
        "person": { "document": { "kind": "citizen-id", "number": number }, "name": name },
        "locality": locality, "since": "2026-11-20",
        "office": { "name": "别处的服务站", "phone": "0370-0000000" }, "asks_for_changes": true,
    })
}

/// A marriage of two people by document and name, as a record of `issuer`.
pub fn marriage(record: Uuid, version: u32, issuer: &str, spouses: [(&str, &str); 2]) -> Value {
    let spouse = |(name, number): (&str, &str)| {
        json!({ "person": { "document": { "kind": "citizen-id", "number": number }, "name": name },
                "application": "applied" })
    };
    json!({
        "record": record, "version": version, "issuer": issuer, "provenance": "register", "standing": "stands",
        "about": { "marriage": { "spouses": [spouse(spouses[0]), spouse(spouses[1])], "married_on": "1972-05-20" } },
    })
}
