//! What people consented to: per purpose and recipient, word for word, withdrawable in one step. Giving and withdrawing
//! are operations of the exchange, which knows the recipients and what waits for them; here they are kept.

mod rules;
mod store;
mod texts;

use chrono::{DateTime, NaiveDate, Utc};
pub(crate) use rules::check_giver;
use serde::Serialize;
use serde_json::json;
pub use texts::{ConsentText, ConsentTexts};
use uuid::Uuid;

use super::Resident;
use super::rules::TextVersion;
use crate::access::{Action, Bilingual, PurposeCode, Role};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{NodeCode, text_enum};
use crate::work::Work;

text_enum! {
    /// What the giver of a consent is to the person whose data it is about.
    pub enum GivenAs {
        /// The person.
        Person => "person",
        /// A parent, by the birth record on file.
        Parent => "parent",
        /// A guardian, as was stated at the counter: a clerk's word, and no more.
        StatedGuardian => "stated-guardian",
    }
}

/// A consent on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Consent {
    /// Id.
    pub id: Uuid,
    /// Whose data it is about.
    pub resident_id: Uuid,
    /// Who gave it.
    pub given_by: Uuid,
    /// What they are to the person.
    pub given_as: GivenAs,
    /// What for.
    pub purpose: PurposeCode,
    /// The node that may receive the data.
    pub recipient: NodeCode,
    /// Its name, as it stood in the text.
    pub recipient_name: Option<String>,
    /// Which edition of the text was shown.
    pub text_version: TextVersion,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// The first day on which it allows nothing new though it was not withdrawn: a guardian's, on the child's fourteenth
    /// birthday. Then the person's own is needed.
    #[sqlx(skip)]
    pub lapses_on: Option<NaiveDate>,
    /// When it was withdrawn, or replaced.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The person's own consent that took the place of a guardian's.
    pub replaced_by: Option<Uuid>,
}

/// Keeps a consent that was found to be in order, with the text as it was shown.
///
/// # Errors
/// `Refused("consent-on-record")` while one for the same purpose and recipient stands and suffices.
pub(crate) async fn keep(work: &mut Work, consent: &Consent, text: &Bilingual) -> Result<()> {
    let standing = store::standing(work, consent.resident_id, &consent.purpose, &consent.recipient).await?;
    match standing {
        Some(standing) if rules::suffices(standing.lapses_on, work.today()) => {
            return Err(Error::Refused("consent-on-record"));
        }
        Some(lapsed) => store::replace(work, lapsed.id, consent.id).await?,
        None => {}
    }
    if !store::insert(work, consent, text).await? {
        return Err(Error::Refused("consent-on-record"));
    }
    note(work, "consent.given", consent).await
}

/// Ends a consent.
///
/// # Errors
/// `Refused("consent-withdrawn")` when it was already.
pub(crate) async fn end(work: &mut Work, consent: Consent) -> Result<Consent> {
    if !store::withdraw(work, consent.id).await? {
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
        "given_as": consent.given_as,
        "purpose": consent.purpose,
        "recipient": consent.recipient,
        "text_version": consent.text_version,
    });
    journal::append(work, Event { kind, subjects: &[consent.resident_id, consent.given_by], details }).await?;
    Ok(())
}

/// The person whose consents are kept: in a clerk's scope, or oneself.
pub(crate) async fn person(work: &mut Work, id: Uuid) -> Result<Resident> {
    let found = match work.actor() {
        actor if actor.role == Role::Resident && actor.subject == Some(id) => anywhere(work, id).await?,
        actor if actor.role == Role::Resident => None,
        _ => super::find(work, id).await?,
    };
    found.ok_or(Error::NotFound("resident"))
}

/// A person of the county in whosever scope, for a guardian's and the node's own operations.
pub(crate) async fn anywhere(work: &mut Work, id: Uuid) -> Result<Option<Resident>> {
    let locality = work.locality().clone();
    super::store::find_anywhere(work, &locality, id).await
}

/// One consent: for the person, whoever gave it for them, or a clerk of the person's office.
pub async fn get_consent(work: &mut Work, id: Uuid) -> Result<Consent> {
    work.permit(Action::KeepConsents)?;
    let consent = find(work, id).await?.ok_or(Error::NotFound("consent"))?;
    let gave_it = work.actor().role == Role::Resident && work.actor().subject == Some(consent.given_by);
    if !gave_it {
        // Whose it is, is not to be told from how it is not found.
        person(work, consent.resident_id).await.map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound("consent"),
            other => other,
        })?;
    }
    Ok(consent)
}

/// A consent in whosever scope, for the node's own operations.
pub(crate) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Consent>> {
    store::find(work, id).await
}

/// The text as it was agreed to, with both names in it; absent for a consent from before texts were kept.
pub(crate) async fn text_of(work: &mut Work, id: Uuid) -> Result<Option<Bilingual>> {
    store::text_of(work, id).await
}

/// All consents of a person, given and withdrawn, the newest first.
pub async fn list_consents(work: &mut Work, resident: Uuid) -> Result<Vec<Consent>> {
    work.permit(Action::KeepConsents)?;
    let resident = person(work, resident).await?;
    store::of(work, resident.id).await
}

/// The consents about the acting person, and those they gave for somebody in their care; the newest first.
pub async fn own_consents(work: &mut Work) -> Result<Vec<Consent>> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    store::of_or_by(work, own).await
}

/// All consents of a person for an operation that asked its own permit.
pub(super) async fn of(work: &mut Work, resident: Uuid) -> Result<Vec<Consent>> {
    store::of(work, resident).await
}

/// Guardians' consents that stand, lapse after today and until a day, and whose lapse nobody was told of; for the node's
/// own operations.
pub(crate) async fn lapsing(work: &mut Work, until: NaiveDate) -> Result<Vec<Consent>> {
    let today = work.today();
    let near = |consent: &Consent| consent.lapses_on.is_some_and(|day| today < day && day <= until);
    let (first, last) = rules::births_of_lapsing(today, until);
    Ok(store::guardians_untold(work, first, last).await?.into_iter().filter(near).collect())
}

/// Notes that its lapse is told; `false` when it was already.
pub(crate) async fn note_lapse_told(work: &mut Work, id: Uuid) -> Result<bool> {
    store::note_lapse_told(work, id).await
}

/// The consent that allows sending a person's data to a node for a purpose now, for other domains' operations. A
/// guardian's allows nothing from the child's fourteenth birthday on.
pub async fn live_consent(
    work: &mut Work,
    resident: Uuid,
    purpose: &PurposeCode,
    recipient: &NodeCode,
) -> Result<Option<Consent>> {
    let today = work.today();
    let standing = store::standing(work, resident, purpose, recipient).await?;
    Ok(standing.filter(|consent| rules::suffices(consent.lapses_on, today)))
}
