//! The one place that calls other nodes. Bounded in time and size, follows no redirect, believes only signed answers.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode, redirect};
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::directory::NodeCard;
use super::requests::{self, REQUEST_BYTES};
use super::station::Station;
use crate::clock::Clock;
use crate::error::{Error, Result};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Longest problem read from a peer; its code is all that is used of it.
const PROBLEM_BYTES: usize = 16 * 1024;

/// Why a call failed: a stable code for the board, of the protocol or one of `unreachable`, `timed-out`,
/// `answer-not-understood`, `answer-too-large`, `status-…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

/// Calls peers; connections are kept and reused.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    clock: Clock,
}

#[derive(Deserialize)]
struct ProblemCode {
    code: String,
}

impl Client {
    /// A client; the process must have installed its TLS provider before.
    pub fn new(clock: Clock) -> Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(60))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { http, clock })
    }

    /// Posts a signed request to a peer and answers what the peer signed in reply.
    pub async fn call<B, R>(
        &self,
        station: &Station,
        peer: &NodeCard,
        path: &str,
        body: &B,
    ) -> std::result::Result<R, Failure>
    where
        B: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let url = format!("{}{path}", peer.base_url);
        let now = self.clock.now();
        let jti = request_id(now);
        let request = requests::sign_request(body, &peer.code, &url, jti, &station.keys, now).map_err(own_failure)?;
        let sent = self.http.post(&url).header(CONTENT_TYPE, "application/jose").body(request).send();
        let answer = sent.await.map_err(network_failure)?;
        if answer.status() != StatusCode::OK {
            return Err(refusal(answer).await);
        }
        let jws = read(answer, REQUEST_BYTES).await?;
        requests::verify_response(&jws, jti, &station.presence.code, peer.peer(), self.clock.now())
            .map_err(|reason| Failure(format!("answer-{reason}")))
    }
}

fn request_id(now: chrono::DateTime<chrono::Utc>) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos()))
}

fn own_failure(error: Error) -> Failure {
    match error {
        Error::Refused(code) => Failure(code.to_owned()),
        _ => Failure("internal".to_owned()),
    }
}

fn network_failure(error: reqwest::Error) -> Failure {
    Failure(if error.is_timeout() { "timed-out" } else { "unreachable" }.to_owned())
}

/// A refusal's code where it has one; it only decides when we try again.
async fn refusal(answer: Response) -> Failure {
    let status = answer.status().as_u16();
    let problem = read(answer, PROBLEM_BYTES).await.ok();
    match problem.and_then(|text| serde_json::from_str::<ProblemCode>(&text).ok()) {
        Some(problem) if problem.code.len() <= 64 && problem.code.bytes().all(|b| b.is_ascii_graphic()) => {
            Failure(format!("refused-{}", problem.code))
        }
        _ => Failure(format!("status-{status}")),
    }
}

/// Reads at most `most` bytes: a peer cannot fill our memory.
async fn read(mut answer: Response, most: usize) -> std::result::Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(network_failure)? {
        if bytes.len() + chunk.len() > most {
            return Err(Failure("answer-too-large".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Failure("answer-not-understood".to_owned()))
}
