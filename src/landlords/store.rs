//! The tables of landlords and what they answer for. Staff read landlords inside their scope as a range of committee
//! codes.

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::CreditCode;
use super::{Landlord, OwnDwelling, Responsibility};
use crate::db::{execute, fetch_all, fetch_optional};
use crate::dwellings::DoorCode;
use crate::error::Result;
use crate::values::{PageRequest, Period, Sealed};
use crate::work::Work;

/// What lies sealed beside a [`Landlord`].
#[derive(sqlx::FromRow)]
pub(super) struct SealedRow {
    pub document_number: Option<Sealed>,
    pub document_index: Option<Vec<u8>>,
    pub phone: Option<Sealed>,
}

/// Answers whether nobody of the same kind had the same papers.
pub(super) async fn insert(work: &mut Work, landlord: &Landlord, sealed: &SealedRow) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "insert into landlords (locality, id, committee, kind, legal_form, name, credit_code, document_kind,
                                document_number, document_index, phone, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing",
        &locality,
        landlord.id,
        &landlord.committee,
        landlord.kind,
        landlord.legal_form,
        &landlord.name,
        &landlord.credit_code,
        landlord.document_kind,
        &sealed.document_number,
        &sealed.document_index,
        &sealed.phone,
        landlord.created_at
    )?;
    Ok(rows == 1)
}

/// The landlord in scope with the same papers in the same capacity.
pub(super) async fn find_twin(work: &mut Work, landlord: &Landlord, sealed: &SealedRow) -> Result<Option<Uuid>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from landlords
         where locality = $1 and committee between $2 and $3 and kind = $4
           and (credit_code = $5 or document_index = $6)",
        &locality,
        low,
        high,
        landlord.kind,
        &landlord.credit_code,
        &sealed.document_index
    )?;
    Ok(row.map(|(id,)| id))
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Landlord>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_optional!(
        &mut work.tx,
        Landlord,
        "select id, committee, kind, legal_form, name, credit_code, document_kind, created_at from landlords
         where locality = $1 and id = $2 and committee between $3 and $4 and forgotten_at is null",
        &locality,
        id,
        low,
        high
    )?)
}

/// The landlord with an id, whichever committee of the county keeps the file.
pub(super) async fn find_in_county(work: &mut Work, id: Uuid) -> Result<Option<Landlord>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        Landlord,
        "select id, committee, kind, legal_form, name, credit_code, document_kind, created_at from landlords
         where locality = $1 and id = $2 and forgotten_at is null",
        &locality,
        id
    )?)
}

/// The landlords of the county with this paper, one per capacity.
pub(super) async fn find_by_paper(
    work: &mut Work,
    credit_code: Option<&CreditCode>,
    document_index: Option<&[u8]>,
) -> Result<Vec<Landlord>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        Landlord,
        "select id, committee, kind, legal_form, name, credit_code, document_kind, created_at from landlords
         where locality = $1 and (credit_code = $2 or document_index = $3) order by id",
        &locality,
        credit_code,
        document_index
    )?)
}

pub(super) async fn find_sealed(work: &mut Work, id: Uuid) -> Result<Option<SealedRow>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        SealedRow,
        "select document_number, document_index, phone from landlords where locality = $1 and id = $2",
        &locality,
        id
    )?)
}

pub(super) async fn list(work: &mut Work, page: &PageRequest) -> Result<Vec<Landlord>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_all!(
        &mut work.tx,
        Landlord,
        "select id, committee, kind, legal_form, name, credit_code, document_kind, created_at from landlords
         where locality = $1 and committee between $2 and $3 and id > $4 and forgotten_at is null
         order by id limit $5",
        &locality,
        low,
        high,
        page.after.unwrap_or_default(),
        page.rows()
    )?)
}

/// Answers whether the landlord did not answer for the dwelling without end already.
pub(super) async fn insert_responsibility(work: &mut Work, responsibility: &Responsibility) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "insert into responsibilities (locality, id, landlord_id, dwelling_id, valid_from, recorded_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        &locality,
        responsibility.id,
        responsibility.landlord_id,
        responsibility.dwelling_id,
        responsibility.from,
        responsibility.recorded_at
    )?;
    Ok(rows == 1)
}

/// One responsibility for a dwelling in scope.
pub(super) async fn find_responsibility(work: &mut Work, id: Uuid) -> Result<Option<Responsibility>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_optional!(
        &mut work.tx,
        Responsibility,
        "select r.id, r.landlord_id, r.dwelling_id, r.valid_from, r.valid_until, r.recorded_at
         from responsibilities r
         join dwellings d on d.locality = r.locality and d.id = r.dwelling_id
         where r.locality = $1 and r.id = $2 and d.committee between $3 and $4",
        &locality,
        id,
        low,
        high
    )?)
}

pub(super) async fn list_responsibilities(
    work: &mut Work,
    landlord: Uuid,
    page: &PageRequest,
) -> Result<Vec<Responsibility>> {
    let (locality, (low, high)) = (work.locality().clone(), work.scope().range());
    Ok(fetch_all!(
        &mut work.tx,
        Responsibility,
        "select r.id, r.landlord_id, r.dwelling_id, r.valid_from, r.valid_until, r.recorded_at
         from responsibilities r
         join dwellings d on d.locality = r.locality and d.id = r.dwelling_id
         where r.locality = $1 and r.landlord_id = $2 and d.committee between $3 and $4 and r.id > $5
         order by r.id limit $6",
        &locality,
        landlord,
        low,
        high,
        page.after.unwrap_or_default(),
        page.rows()
    )?)
}

/// Answers whether it had no end yet.
pub(super) async fn end_responsibility(work: &mut Work, id: Uuid, until: NaiveDate) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "update responsibilities set valid_until = $3 where locality = $1 and id = $2 and valid_until is null",
        &locality,
        id,
        until
    )?;
    Ok(rows == 1)
}

pub(super) async fn periods(work: &mut Work, landlord: Uuid, dwelling: Uuid) -> Result<Vec<Period>> {
    let locality = work.locality().clone();
    let rows = fetch_all!(
        &mut work.tx,
        (NaiveDate, Option<NaiveDate>),
        "select valid_from, valid_until from responsibilities
         where locality = $1 and landlord_id = $2 and dwelling_id = $3 order by valid_from",
        &locality,
        landlord,
        dwelling
    )?;
    Ok(rows.into_iter().map(|(from, until)| Period { from, until }).collect())
}

/// The doors a landlord answers for on a day, under a condition; joined with the buildings, because a property manager
/// answers for thousands.
macro_rules! own_dwellings {
    ($condition:literal) => {
        concat!(
            "select d.id as dwelling_id, d.door_code, d.label, b.name as building_name, b.address
             from responsibilities r
             join dwellings d on d.locality = r.locality and d.id = r.dwelling_id
             join buildings b on b.locality = d.locality and b.id = d.building_id
             where r.locality = $1 and r.landlord_id = $2 and r.valid_from <= $3
               and (r.valid_until is null or r.valid_until > $3) and ",
            $condition
        )
    };
}

pub(super) async fn dwellings_of(
    work: &mut Work,
    landlord: Uuid,
    day: NaiveDate,
    page: &PageRequest,
) -> Result<Vec<OwnDwelling>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        OwnDwelling,
        own_dwellings!("d.id > $4 order by d.id limit $5"),
        &locality,
        landlord,
        day,
        page.after.unwrap_or_default(),
        page.rows()
    )?)
}

pub(super) async fn dwelling_of(
    work: &mut Work,
    landlord: Uuid,
    day: NaiveDate,
    dwelling: Uuid,
) -> Result<Option<OwnDwelling>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        OwnDwelling,
        own_dwellings!("d.id = $4 limit 1"),
        &locality,
        landlord,
        day,
        dwelling
    )?)
}

pub(super) async fn dwelling_behind(
    work: &mut Work,
    landlord: Uuid,
    day: NaiveDate,
    door: &DoorCode,
) -> Result<Option<OwnDwelling>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        OwnDwelling,
        own_dwellings!("d.door_code = $4 limit 1"),
        &locality,
        landlord,
        day,
        door
    )?)
}
