//! The permission to open sealed data. The only way to hold a [`Disclosure`] is to have written it down.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Event;
use super::looks::{self, Seal};
use crate::access::{BasisCode, CaseRef, Field, PurposeCode};
use crate::error::{Error, Result};
use crate::values::{Malformed, NodeCode};
use crate::work::Work;

/// Why somebody looks: purpose and basis from the locality's lists, and the case at hand.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What it is for.
    pub purpose: PurposeCode,
    /// What allows it.
    pub basis: BasisCode,
    /// The case or file it belongs to, as the office numbers it.
    pub case: CaseRef,
}

impl Reason {
    /// The person's own wish to see what is on record about them. The list of purposes cannot lack it.
    ///
    /// # Errors
    /// `Internal` when the words are no codes, which a test excludes.
    pub fn own_request() -> Result<Self> {
        let of_the_list = |Malformed(code)| Error::internal(code);
        Ok(Self {
            purpose: "person-request".parse().map_err(of_the_list)?,
            basis: "personal-information-law-45".parse().map_err(of_the_list)?,
            case: "本人申请".parse().map_err(of_the_list)?,
        })
    }
}

/// Proof that a look at sealed data stands in the journal (of this transaction). It comes from [`disclose`] and
/// [`disclose_to_peer`], which write the entry, and from nowhere else:
///
/// ```
/// # use anju::journal::{Disclosure, Reason, disclose};
/// # use anju::work::Work;
/// # use uuid::Uuid;
/// async fn permission(work: &mut Work, reason: &Reason, owner: Uuid) -> anju::error::Result<Disclosure> {
///     disclose(work, reason, &[owner], &[owner], &[anju::access::Field::Phone]).await
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use anju::journal::{Disclosure, Reason, disclose};
/// # use anju::work::Work;
/// # use uuid::Uuid;
/// async fn permission(work: &mut Work, reason: &Reason, owner: Uuid) -> anju::error::Result<Disclosure> {
///     Ok(Disclosure { entry: owner, owners: vec![owner] })
/// }
/// ```
///
/// Nor is one had twice: what was written down once is not passed on as another's.
///
/// ```compile_fail,E0308
/// # use anju::journal::Disclosure;
/// fn copy(disclosure: &Disclosure) -> Disclosure {
///     disclosure.clone()
/// }
/// ```
#[derive(Debug)]
pub struct Disclosure {
    entry: Uuid,
    owners: Vec<Uuid>,
}

impl Disclosure {
    /// Whether sealed values of this owner may be opened.
    pub fn covers(&self, owner: Uuid) -> bool {
        self.owners.contains(&owner)
    }

    /// The journal entry.
    pub fn entry(&self) -> Uuid {
        self.entry
    }
}

/// Writes down that the actor looks at `fields` of what `owners` own, concerning the persons `subjects`, and
/// answers the permission to do so. Owners are persons or records; subjects see the entry in their log.
///
/// # Errors
/// `Invalid` when purpose or basis is not on the locality's list.
pub async fn disclose(
    work: &mut Work,
    reason: &Reason,
    subjects: &[Uuid],
    owners: &[Uuid],
    fields: &[Field],
) -> Result<Disclosure> {
    write_down(work, reason, subjects, owners, fields, ("data.disclosed", json!({}))).await
}

/// The same for data that leave for a peer: the persons see to which locality.
pub async fn disclose_to_peer(
    work: &mut Work,
    reason: &Reason,
    subjects: &[Uuid],
    owners: &[Uuid],
    fields: &[Field],
    peer: &NodeCode,
) -> Result<Disclosure> {
    write_down(work, reason, subjects, owners, fields, ("data.sent", json!({ "recipient": peer }))).await
}

/// The same, kept from the persons until a day: they see at once that there was a look, and on that day the whole of it.
pub async fn disclose_confidentially(
    work: &mut Work,
    reason: &Reason,
    subjects: &[Uuid],
    owners: &[Uuid],
    fields: &[Field],
    seal: Seal,
) -> Result<Disclosure> {
    let details = json!({ "sealed_until": seal.until, "confidential_access": seal.access });
    let disclosure = write_down(work, reason, subjects, owners, fields, ("data.disclosed", details)).await?;
    looks::seal(work, disclosure.entry, seal).await?;
    Ok(disclosure)
}

async fn write_down(
    work: &mut Work,
    reason: &Reason,
    subjects: &[Uuid],
    owners: &[Uuid],
    fields: &[Field],
    (kind, mut details): (&'static str, Value),
) -> Result<Disclosure> {
    details["fields"] = json!(fields);
    details["owners"] = json!(owners);
    let entry = super::append_with_reason(work, Event { kind, subjects, details }, reason, fields).await?;
    Ok(Disclosure { entry, owners: owners.to_vec() })
}
