//! The table of consents.

use uuid::Uuid;

use super::Consent;
use crate::access::PurposeCode;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::NodeCode;
use crate::work::Work;

/// Answers whether there was none for the same purpose and recipient that still stands.
pub(super) async fn insert(work: &mut Work, consent: &Consent) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "insert into consents (locality, id, resident_id, given_by, purpose, recipient, text_version, given_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        &locality,
        consent.id,
        consent.resident_id,
        consent.given_by,
        &consent.purpose,
        &consent.recipient,
        &consent.text_version,
        consent.given_at
    )?;
    Ok(rows == 1)
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Consent>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Consent,
        "select id, resident_id, given_by, purpose, recipient, text_version, given_at, withdrawn_at from consents
         where locality = $1 and id = $2",
        &locality,
        id
    )?)
}

/// Answers whether it still stood.
pub(super) async fn withdraw(work: &mut Work, id: Uuid) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update consents set withdrawn_at = $3 where locality = $1 and id = $2 and withdrawn_at is null",
        &locality,
        id,
        now
    )?;
    Ok(rows == 1)
}

pub(super) async fn of(work: &mut Work, resident: Uuid) -> Result<Vec<Consent>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Consent,
        "select id, resident_id, given_by, purpose, recipient, text_version, given_at, withdrawn_at from consents
         where locality = $1 and resident_id = $2 order by id desc",
        &locality,
        resident
    )?)
}

pub(super) async fn live(
    work: &mut Work,
    resident: Uuid,
    purpose: &PurposeCode,
    recipient: &NodeCode,
) -> Result<Option<Consent>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Consent,
        "select id, resident_id, given_by, purpose, recipient, text_version, given_at, withdrawn_at from consents
         where locality = $1 and resident_id = $2 and purpose = $3 and recipient = $4 and withdrawn_at is null",
        &locality,
        resident,
        purpose,
        recipient
    )?)
}
