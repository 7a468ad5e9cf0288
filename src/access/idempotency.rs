//! Requests already answered: a repeated request with the same key creates nothing again and finds what it created.

use ring::digest;
use uuid::Uuid;

use super::store;
use crate::error::{Error, Result};
use crate::work::Work;

/// A key the sender chose for one request, and a digest of what it asked.
#[derive(Debug)]
pub struct RequestKey {
    key: String,
    hash: Vec<u8>,
}

impl RequestKey {
    /// A key of 1–100 visible ASCII characters, for the request with this path and body.
    pub fn new(key: &str, path: &str, body: &[u8]) -> Result<Self> {
        if !(1..=100).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid("Idempotency-Key", "malformed-idempotency-key"));
        }
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(path.as_bytes());
        context.update(&[0]);
        context.update(body);
        Ok(Self { key: key.to_owned(), hash: context.finish().as_ref().to_vec() })
    }
}

/// What an earlier request with this key created.
///
/// # Errors
/// `Refused("idempotency-key-reused")` when the earlier request asked something else.
pub async fn find_created(work: &mut Work, key: &RequestKey) -> Result<Option<Uuid>> {
    match store::find_answered(work, &key.key).await? {
        Some((hash, created)) if hash == key.hash => Ok(Some(created)),
        Some(_) => Err(Error::Refused("idempotency-key-reused")),
        None => Ok(None),
    }
}

/// Remembers, in the same transaction, what this request created.
pub async fn remember(work: &mut Work, key: &RequestKey, created: Uuid) -> Result<()> {
    store::insert_answered(work, &key.key, &key.hash, created).await
}
