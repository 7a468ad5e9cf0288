//! The node's keys that sign its journals' checkpoints: apart from its exchange keys, so that either can be renewed alone.
//! While two are valid both sign; whoever pinned the old one comes to know the new one by a checkpoint that bears both.

use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Serialize;
use zeroize::Zeroizing;

use super::note::{SigningKey, Signs, VerifierKey, origin};
use super::store::proofs::{self as store, KeyRow};
use crate::error::{Error, Result};
use crate::values::LocalityCode;
use crate::work::Work;

const SECRET: &str = "journal-key";
const GOOD_FOR: TimeDelta = TimeDelta::days(2 * 365);
/// How long the old and the new key both sign.
const OVERLAP: TimeDelta = TimeDelta::days(60);

/// A public key of a county's journal, for everybody to pin.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct JournalKey {
    /// The county.
    pub county: LocalityCode,
    /// Name, id and key in C2SP's form.
    pub key: String,
    /// Eight groups of five digits to compare it by.
    pub fingerprint: String,
    /// It signs from this instant.
    pub from: DateTime<Utc>,
    /// It signs until then; what it signed stays signed.
    pub until: DateTime<Utc>,
}

/// Makes the first key, and the next one sixty days before the last one ends.
pub(crate) async fn ensure(work: &mut Work) -> Result<()> {
    let now = work.now();
    if store::keys(work).await?.iter().any(|row| now + OVERLAP < row.valid_until) {
        return Ok(());
    }
    let mut seed = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(seed.as_mut_slice()).map_err(Error::internal)?;
    let secret = work.node().vault.seal_secret(SECRET, seed.as_slice())?;
    store::insert_key(work, &KeyRow { secret, valid_from: now, valid_until: now + GOOD_FOR }).await
}

/// The keys that sign now.
pub(super) async fn signing(work: &mut Work) -> Result<Vec<SigningKey>> {
    ensure(work).await?;
    let now = work.now();
    let rows = store::keys(work).await?;
    let valid = rows.iter().filter(|row| row.valid_from <= now && now < row.valid_until);
    valid.map(|row| open(work, row)).collect()
}

/// The public halves of all keys the node ever had, under the name of the work's county. They are derived from the
/// sealed secrets: with the database alone nobody can slip another one in.
pub(super) async fn verifiers(work: &mut Work) -> Result<Vec<VerifierKey>> {
    let name = origin(&work.node().code, work.locality());
    let rows = store::keys(work).await?;
    rows.iter().map(|row| open(work, row)?.verifier(&name, Signs::Checkpoints)).collect()
}

/// The public keys of the journals of all counties, the oldest first.
pub async fn published(work: &mut Work) -> Result<Vec<JournalKey>> {
    let mut published = Vec::new();
    for row in store::keys(work).await? {
        let key = open(work, &row)?;
        for county in &work.node().counties {
            let key = key.verifier(&origin(&work.node().code, county), Signs::Checkpoints)?;
            published.push(JournalKey {
                county: county.clone(),
                key: key.to_string(),
                fingerprint: key.fingerprint(),
                from: row.valid_from,
                until: row.valid_until,
            });
        }
    }
    Ok(published)
}

fn open(work: &Work, row: &KeyRow) -> Result<SigningKey> {
    SigningKey::from_seed(&work.node().vault.open_secret(SECRET, &row.secret)?)
}
