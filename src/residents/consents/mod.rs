//! What a person consented to: per purpose and recipient, with the text they were shown, withdrawable in one step.

mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::Resident;
use super::rules::{self, TextVersion};
use crate::access::{Action, PurposeCode, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::NodeCode;
use crate::work::Work;

/// A consent to note.
#[derive(Debug)]
pub struct GiveConsent {
    /// Whose data it is about.
    pub resident_id: Uuid,
    /// Who gives it: the person, or for a minor a guardian, who is registered too.
    pub given_by: Uuid,
    /// What for.
    pub purpose: PurposeCode,
    /// The code of the node that may receive the data.
    pub recipient: NodeCode,
    /// Which edition of the text was shown.
    pub text_version: TextVersion,
}

/// A consent on record.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Consent {
    /// Id.
    pub id: Uuid,
    /// Whose data it is about.
    pub resident_id: Uuid,
    /// Who gave it.
    pub given_by: Uuid,
    /// What for.
    pub purpose: PurposeCode,
    /// The node that may receive the data.
    pub recipient: NodeCode,
    /// Which edition of the text was shown.
    pub text_version: TextVersion,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Notes a consent: by a clerk on the person's statement, or by the person themselves.
///
/// # Errors
/// `Invalid` for an unknown purpose, and for `given_by` with `guardian-needed` (under fourteen),
/// `only-the-person-consents` (of age, or of unknown birth), `guardian-not-of-age`;
/// `Refused("consent-on-record")` while one for the same purpose and recipient stands.
pub async fn give_consent(work: &mut Work, new: GiveConsent) -> Result<Consent> {
    work.permit(Action::KeepConsents)?;
    let person = person(work, new.resident_id).await?;
    let guardian = match new.given_by {
        giver if giver == person.id => None,
        giver => Some(super::find(work, giver).await?.ok_or(Error::NotFound("guardian"))?.birth_date),
    };
    rules::check_consenting(person.birth_date, guardian, work.today())?;
    if !work.node().purposes.purposes.iter().any(|purpose| purpose.code == new.purpose) {
        return Err(Error::invalid("purpose", "unknown-purpose"));
    }
    let consent = Consent {
        id: work.new_id(),
        resident_id: person.id,
        given_by: new.given_by,
        purpose: new.purpose,
        recipient: new.recipient,
        text_version: new.text_version,
        given_at: work.now(),
        withdrawn_at: None,
    };
    if !store::insert(work, &consent).await? {
        return Err(Error::Refused("consent-on-record"));
    }
    note(work, "consent.given", &consent).await?;
    Ok(consent)
}

/// Withdraws a consent: nothing more is sent on it.
///
/// # Errors
/// `Refused("consent-withdrawn")` when it was already.
pub async fn withdraw_consent(work: &mut Work, id: Uuid) -> Result<Consent> {
    work.permit(Action::KeepConsents)?;
    let consent = store::find(work, id).await?.ok_or(Error::NotFound("consent"))?;
    // Whose it is, is not to be told from how it is not found.
    person(work, consent.resident_id).await.map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("consent"),
        other => other,
    })?;
    if !store::withdraw(work, id).await? {
        return Err(Error::Refused("consent-withdrawn"));
    }
    note(work, "consent.withdrawn", &consent).await?;
    Ok(Consent { withdrawn_at: Some(work.now()), ..consent })
}

async fn note(work: &mut Work, kind: &'static str, consent: &Consent) -> Result<()> {
    let details = json!({
        "consent": consent.id,
        "resident": consent.resident_id,
        "given_by": consent.given_by,
        "purpose": consent.purpose,
        "recipient": consent.recipient,
        "text_version": consent.text_version,
    });
    journal::append(work, Event { kind, subjects: &[consent.resident_id, consent.given_by], details }).await?;
    Ok(())
}

/// The person whose consents are kept: in a clerk's scope, or oneself.
async fn person(work: &mut Work, id: Uuid) -> Result<Resident> {
    let found = match work.actor() {
        actor if actor.role == Role::Resident && actor.subject == Some(id) => {
            let locality = work.locality().clone();
            super::store::find_anywhere(work, &locality, id).await?
        }
        actor if actor.role == Role::Resident => None,
        _ => super::find(work, id).await?,
    };
    found.ok_or(Error::NotFound("resident"))
}

/// All consents of a person, given and withdrawn, the newest first.
pub async fn list_consents(work: &mut Work, resident: Uuid) -> Result<Vec<Consent>> {
    work.permit(Action::KeepConsents)?;
    let resident = person(work, resident).await?;
    store::of(work, resident.id).await
}

/// All consents of a person for an operation that asked its own permit.
pub(super) async fn of(work: &mut Work, resident: Uuid) -> Result<Vec<Consent>> {
    store::of(work, resident).await
}

/// The consent that allows sending a person's data to a node for a purpose now, for other domains' operations.
pub async fn live_consent(
    work: &mut Work,
    resident: Uuid,
    purpose: &PurposeCode,
    recipient: &NodeCode,
) -> Result<Option<Consent>> {
    store::live(work, resident, purpose, recipient).await
}
