//! The table of consents.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Consent, rules};
use crate::access::{Bilingual, PurposeCode};
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::NodeCode;
use crate::work::Work;

/// A consent's columns with the day its person was born, and a condition on consent `c`. Consents from before the
/// capacity was kept were the person's own, or a guardian's on a clerk's word.
macro_rules! consents {
    ($condition:literal) => {
        concat!(
            "select c.id, c.resident_id, c.given_by, c.purpose, c.recipient, c.recipient_name, c.text_version, c.given_at,
                    c.withdrawn_at, c.replaced_by, r.birth_date,
                    coalesce(c.given_as, case when c.given_by = c.resident_id then 'person' else 'stated-guardian' end)
                        as given_as
             from consents c join residents r on r.locality = c.locality and r.id = c.resident_id
             where c.locality = $1 and ",
            $condition
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    consent: Consent,
    birth_date: Option<NaiveDate>,
}

impl From<Row> for Consent {
    fn from(Row { consent, birth_date }: Row) -> Self {
        Self { lapses_on: rules::lapses_on(consent.given_as, birth_date), ..consent }
    }
}

/// Answers whether there was none for the same purpose and recipient that still stands.
pub(super) async fn insert(work: &mut Work, consent: &Consent, text: &Bilingual) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "insert into consents (locality, id, resident_id, given_by, given_as, purpose, recipient, recipient_name,
                               text_version, text_zh, text_en, given_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing",
        &locality,
        consent.id,
        consent.resident_id,
        consent.given_by,
        consent.given_as,
        &consent.purpose,
        &consent.recipient,
        &consent.recipient_name,
        &consent.text_version,
        &text.zh,
        &text.en,
        consent.given_at
    )?;
    Ok(rows == 1)
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Consent>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(&mut work.tx, Row, consents!("c.id = $2"), &locality, id)?;
    Ok(row.map(Consent::from))
}

pub(super) async fn text_of(work: &mut Work, id: Uuid) -> Result<Option<Bilingual>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (String, String),
        "select text_zh, text_en from consents where locality = $1 and id = $2 and text_zh is not null",
        &locality,
        id
    )?;
    Ok(row.map(|(zh, en)| Bilingual { zh, en }))
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

/// Another consent takes the place of one that allows nothing any more.
pub(super) async fn replace(work: &mut Work, id: Uuid, by: Uuid) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update consents set withdrawn_at = $3, replaced_by = $4
         where locality = $1 and id = $2 and withdrawn_at is null",
        &locality,
        id,
        now,
        by
    )?;
    Ok(())
}

pub(super) async fn of(work: &mut Work, resident: Uuid) -> Result<Vec<Consent>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(&mut work.tx, Row, consents!("c.resident_id = $2 order by c.id desc"), &locality, resident)?;
    Ok(rows.into_iter().map(Consent::from).collect())
}

pub(super) async fn of_or_by(work: &mut Work, person: Uuid) -> Result<Vec<Consent>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        Row,
        consents!("(c.resident_id = $2 or c.given_by = $2) order by c.id desc"),
        &locality,
        person
    )?;
    Ok(rows.into_iter().map(Consent::from).collect())
}

/// The one that was not withdrawn, whether or not it still suffices.
pub(super) async fn standing(
    work: &mut Work,
    resident: Uuid,
    purpose: &PurposeCode,
    recipient: &NodeCode,
) -> Result<Option<Consent>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        Row,
        consents!("c.resident_id = $2 and c.purpose = $3 and c.recipient = $4 and c.withdrawn_at is null"),
        &locality,
        resident,
        purpose,
        recipient
    )?;
    Ok(row.map(Consent::from))
}

/// The consents that stand, were not given by the person, who was born on one of these days, and whose lapse was not told.
pub(super) async fn guardians_untold(work: &mut Work, first: NaiveDate, last: NaiveDate) -> Result<Vec<Consent>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        Row,
        consents!(
            "c.given_by <> c.resident_id and c.withdrawn_at is null and c.lapse_told_at is null
             and r.birth_date between $2 and $3 and r.forgotten_at is null order by c.id"
        ),
        &locality,
        first,
        last
    )?;
    Ok(rows.into_iter().map(Consent::from).collect())
}

pub(super) async fn note_lapse_told(work: &mut Work, id: Uuid) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update consents set lapse_told_at = $3 where locality = $1 and id = $2 and lapse_told_at is null",
        &locality,
        id,
        now
    )?;
    Ok(rows == 1)
}
