//! The tables of persons, their documents and name terms. Reads for staff carry the actor's scope as a range of
//! committee codes.

use uuid::Uuid;

use super::documents::DocumentKind;
use super::own::DocumentOnRecord;
use super::{KnownAs, Resident};
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional, on_both};
use crate::error::{Error, Result};
use crate::pinyin;
use crate::values::{DivisionCode, LocalityCode, PersonName, Sealed};
use crate::work::Work;

/// A document as it lies sealed.
#[derive(sqlx::FromRow)]
pub(super) struct DocumentRow {
    pub id: Uuid,
    pub kind: DocumentKind,
    pub number: Sealed,
    pub blind_index: Vec<u8>,
    pub tells_birth: bool,
}

pub(super) async fn insert(work: &mut Work, resident: &Resident) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "insert into residents (locality, id, committee, name, sex, birth_date, origin, verification, version,
                                created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &locality,
        resident.id,
        &resident.committee,
        &resident.name,
        resident.sex,
        resident.birth_date,
        &resident.origin,
        resident.verification,
        resident.version,
        resident.created_at,
        resident.updated_at
    )?;
    insert_name_terms(work, resident.id, &resident.name).await
}

/// Replaces what a person is found by.
async fn insert_name_terms(work: &mut Work, id: Uuid, name: &PersonName) -> Result<()> {
    let locality = work.locality().clone();
    execute!(&mut work.tx, "delete from resident_name_terms where locality = $1 and resident_id = $2", &locality, id)?;
    let mut terms = pinyin::name_terms(name.as_str());
    let folded = pinyin::fold(name.as_str());
    if !terms.contains(&folded) {
        terms.push(folded);
    }
    on_both!(&mut work.tx, c => {
        let mut insert = sqlx::QueryBuilder::new("insert into resident_name_terms (locality, term, resident_id) ");
        insert.push_values(&terms, |mut row, term| {
            row.push_bind(&locality).push_bind(term.as_bytes()).push_bind(id);
        });
        insert.build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Resident>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_optional!(
        &mut work.tx,
        Resident,
        concat!(
            "select id, committee, name, sex, birth_date, origin, verification, version, created_at, updated_at,
                (select min(x.raised_at) from doubts x where x.locality = r.locality
                 and x.about_id = r.id and x.closed_at is null) as under_investigation_since
             from residents r where r.locality = $1 and r.id = $2 and r.committee between $3 and $4
               and r.forgotten_at is null and ",
            visible!("r", "id", "$5")
        ),
        &locality,
        id,
        low,
        high,
        viewer
    )?)
}

/// Whoever it is in whichever county of the node: for the person's own record, and for the exchange.
pub(super) async fn find_anywhere(work: &mut Work, locality: &LocalityCode, id: Uuid) -> Result<Option<Resident>> {
    Ok(fetch_optional!(
        &mut work.tx,
        Resident,
        "select id, committee, name, sex, birth_date, origin, verification, version, created_at, updated_at,
                (select min(x.raised_at) from doubts x where x.locality = residents.locality
                 and x.about_id = residents.id and x.closed_at is null) as under_investigation_since
             from residents where locality = $1 and id = $2 and forgotten_at is null",
        locality,
        id
    )?)
}

/// Most ids bound in one statement.
const CHUNK: usize = 500;

pub(super) async fn known_as(work: &mut Work, ids: &[Uuid]) -> Result<Vec<KnownAs>> {
    let locality = work.locality().clone();
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        found.extend(on_both!(&mut work.tx, c => {
            let mut select = sqlx::QueryBuilder::new("select id, committee, name from residents where locality = ");
            select.push_bind(&locality).push(" and id in (");
            let mut list = select.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            select.push(")").build_query_as::<KnownAs>().fetch_all(c).await
        })?);
    }
    Ok(found)
}

/// The persons in scope one of whose terms begins with `query`, at most `limit`, in the order of their files.
pub(super) async fn find_by_term(work: &mut Work, query: &str, limit: i64) -> Result<Vec<Resident>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    let from = query.as_bytes().to_vec();
    // No byte of UTF-8 is as high.
    let to = [query.as_bytes(), &[0xff]].concat();
    Ok(fetch_all!(
        &mut work.tx,
        Resident,
        concat!(
            "select id, committee, name, sex, birth_date, origin, verification, version, created_at, updated_at,
                (select min(x.raised_at) from doubts x where x.locality = r.locality
                 and x.about_id = r.id and x.closed_at is null) as under_investigation_since
             from residents r
             where r.locality = $1 and r.committee between $2 and $3
               and exists (select 1 from resident_name_terms t
                           where t.locality = $1 and t.locality = r.locality and t.resident_id = r.id
                             and t.term >= $4 and t.term < $5) and ",
            visible!("r", "id", "$7"),
            " order by id limit $6"
        ),
        &locality,
        low,
        high,
        from,
        to,
        limit,
        viewer
    )?)
}

pub(super) async fn ids_by_origin(work: &mut Work, division: &DivisionCode) -> Result<Vec<Uuid>> {
    let locality = work.locality().clone();
    let (_, high) = division.committee_range();
    let rows = fetch_all!(
        &mut work.tx,
        (Uuid,),
        "select id from residents
         where locality = $1 and origin between $2 and $3 and forgotten_at is null order by id",
        &locality,
        division,
        high
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Writes the identity of `resident` over the one of version `resident.version`; answers whether it was still that.
pub(super) async fn update_identity(work: &mut Work, resident: &Resident) -> Result<bool> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update residents set name = $4, sex = $5, birth_date = $6, origin = $7, verification = $8,
                              version = version + 1, updated_at = $9
         where locality = $1 and id = $2 and version = $3",
        &locality,
        resident.id,
        resident.version,
        &resident.name,
        resident.sex,
        resident.birth_date,
        &resident.origin,
        resident.verification,
        now
    )?;
    if rows == 1 {
        insert_name_terms(work, resident.id, &resident.name).await?;
    }
    Ok(rows == 1)
}

pub(super) async fn set_committee(work: &mut Work, id: Uuid, committee: &DivisionCode) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let rows = execute!(
        &mut work.tx,
        "update residents set committee = $3, version = version + 1, updated_at = $4 where locality = $1 and id = $2",
        &locality,
        id,
        committee,
        now
    )?;
    if rows == 1 { Ok(()) } else { Err(Error::NotFound("resident")) }
}

pub(super) async fn find_phone(work: &mut Work, id: Uuid) -> Result<Option<Sealed>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Option<Sealed>,),
        "select phone from residents where locality = $1 and id = $2",
        &locality,
        id
    )?;
    Ok(row.and_then(|(phone,)| phone))
}

pub(super) async fn set_phone(work: &mut Work, id: Uuid, phone: Option<Sealed>) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    execute!(
        &mut work.tx,
        "update residents set phone = $3, updated_at = $4 where locality = $1 and id = $2",
        &locality,
        id,
        phone,
        now
    )?;
    Ok(())
}

/// Makes a document find this person on the whole node; answers whether nobody had it before.
pub(super) async fn claim_document(work: &mut Work, index: &[u8], id: Uuid) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "insert into document_lookup (blind_index, locality, resident_id) values ($1, $2, $3)
         on conflict (blind_index) do nothing",
        index,
        &locality,
        id
    )?;
    Ok(rows == 1)
}

pub(super) async fn release_document(work: &mut Work, index: &[u8], id: Uuid) -> Result<()> {
    execute!(&mut work.tx, "delete from document_lookup where blind_index = $1 and resident_id = $2", index, id)?;
    Ok(())
}

/// Whom a document belongs to, and in which county of the node.
pub(super) async fn find_holder(work: &mut Work, index: &[u8]) -> Result<Option<(LocalityCode, Uuid)>> {
    Ok(fetch_optional!(
        &mut work.tx,
        (LocalityCode, Uuid),
        "select locality, resident_id from document_lookup where blind_index = $1",
        index
    )?)
}

/// Puts a document in the place of the one before.
pub(super) async fn insert_document(work: &mut Work, resident: Uuid, document: &DocumentRow) -> Result<()> {
    let (locality, now) = (work.locality().clone(), work.now());
    let tx = &mut work.tx;
    execute!(
        tx,
        "update resident_documents set superseded_at = $3
         where locality = $1 and resident_id = $2 and superseded_at is null",
        &locality,
        resident,
        now
    )?;
    execute!(
        tx,
        "insert into resident_documents (locality, id, resident_id, kind, number, blind_index, tells_birth,
                                         recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &locality,
        document.id,
        resident,
        document.kind,
        &document.number,
        &document.blind_index,
        document.tells_birth,
        now
    )?;
    Ok(())
}

pub(super) async fn current_document(work: &mut Work, resident: Uuid) -> Result<Option<DocumentRow>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(
        &mut work.tx,
        DocumentRow,
        "select id, kind, number, blind_index, tells_birth from resident_documents
         where locality = $1 and resident_id = $2 and superseded_at is null",
        &locality,
        resident
    )?)
}

/// The kinds of a person's documents with their times, the present one first.
pub(super) async fn list_documents(work: &mut Work, resident: Uuid) -> Result<Vec<DocumentOnRecord>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        DocumentOnRecord,
        "select kind, recorded_at, superseded_at from resident_documents
         where locality = $1 and resident_id = $2 order by id desc",
        &locality,
        resident
    )?)
}
