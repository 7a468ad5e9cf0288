//! The table of reports. A landlord's reads carry the landlord; a committee's carry the actor's scope.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{OwnReport, Report, ReportAbout, ReportState};
use crate::access::protection::visible;
use crate::db::{execute, fetch_all, fetch_optional};
use crate::error::Result;
use crate::values::PageRequest;
use crate::work::Work;

/// A report as the committee sees it, under a condition.
macro_rules! reports {
    ($($condition:tt)+) => {
        concat!(
            "select id, version, receipt, landlord_id, dwelling_id, committee, kind, occupant_name, document_kind,
                    document_number, phone, moved_on, lease_until, state, reason, resident_id, tenancy_id, filed_at,
                    decided_at, decided_by
             from reports r where r.locality = $1 and ",
            $($condition)+
        )
    };
}

/// A report as its landlord sees it, under a condition.
macro_rules! own_reports {
    ($condition:literal) => {
        concat!(
            "select r.id, r.receipt, r.dwelling_id, b.name as building_name, d.label as dwelling_label, r.kind,
                    r.occupant_name, r.moved_on, r.lease_until, r.state, r.reason, r.filed_at, r.decided_at
             from reports r
             join dwellings d on d.locality = r.locality and d.id = r.dwelling_id
             join buildings b on b.locality = d.locality and b.id = d.building_id
             where r.locality = $1 and r.landlord_id = $2 and ",
            $condition
        )
    };
}

/// What was reported of a person and accepted, for that person.
pub(super) async fn accepted_for(work: &mut Work, resident: Uuid) -> Result<Vec<ReportAbout>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        ReportAbout,
        "select r.id, r.receipt, r.kind, r.occupant_name, r.moved_on, r.dwelling_id, l.name as landlord_name,
                r.filed_at, r.decided_at
         from reports r left join landlords l on l.locality = r.locality and l.id = r.landlord_id
         where r.locality = $1 and r.resident_id = $2 and r.state = 'accepted' order by r.id",
        &locality,
        resident
    )?)
}

/// Whether the report was kept; not when its receipt, or a report that says the same, is there already.
pub(super) async fn insert(work: &mut Work, report: &Report, fingerprint: &[u8]) -> Result<bool> {
    let (locality, filer) = (work.locality().clone(), work.actor().id);
    let rows = execute!(
        &mut work.tx,
        "insert into reports (locality, id, receipt, filer_id, landlord_id, dwelling_id, committee, kind,
                              occupant_name, document_kind, document_number, phone, moved_on, lease_until, state,
                              fingerprint, version, filed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict do nothing",
        &locality,
        report.id,
        &report.receipt,
        filer,
        report.landlord_id,
        report.dwelling_id,
        &report.committee,
        report.kind,
        &report.occupant_name,
        report.document_kind,
        &report.document_number,
        &report.phone,
        report.moved_on,
        report.lease_until,
        report.state,
        fingerprint,
        report.version,
        report.filed_at
    )?;
    Ok(rows == 1)
}

/// The report, waiting or accepted, that says the same.
pub(super) async fn find_same(work: &mut Work, fingerprint: &[u8]) -> Result<Option<Uuid>> {
    let locality = work.locality().clone();
    let row = fetch_optional!(
        &mut work.tx,
        (Uuid,),
        "select id from reports where locality = $1 and fingerprint = $2 and state <> 'returned'",
        &locality,
        fingerprint
    )?;
    Ok(row.map(|(id,)| id))
}

pub(super) async fn find_own(work: &mut Work, landlord: Uuid, id: Uuid) -> Result<Option<OwnReport>> {
    let locality = work.locality().clone();
    Ok(fetch_optional!(&mut work.tx, OwnReport, own_reports!("r.id = $3"), &locality, landlord, id)?)
}

pub(super) async fn list_own(work: &mut Work, landlord: Uuid, page: &PageRequest) -> Result<Vec<OwnReport>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        OwnReport,
        own_reports!("r.id < $3 order by r.id desc limit $4"),
        &locality,
        landlord,
        page.after.unwrap_or(Uuid::max()),
        page.rows()
    )?)
}

/// The last that a landlord filed for a dwelling, newest first.
pub(super) async fn list_own_of_dwelling(
    work: &mut Work,
    landlord: Uuid,
    dwelling: Uuid,
    most: i64,
) -> Result<Vec<OwnReport>> {
    let locality = work.locality().clone();
    Ok(fetch_all!(
        &mut work.tx,
        OwnReport,
        own_reports!("r.dwelling_id = $3 order by r.id desc limit $4"),
        &locality,
        landlord,
        dwelling,
        most
    )?)
}

pub(super) async fn find(work: &mut Work, id: Uuid) -> Result<Option<Report>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_optional!(
        &mut work.tx,
        Report,
        reports!(concat!("id = $2 and committee between $3 and $4 and ", visible!("r", "resident_id", "$5"))),
        &locality,
        id,
        low,
        high,
        viewer
    )?)
}

pub(super) async fn list(work: &mut Work, state: Option<ReportState>, page: &PageRequest) -> Result<Vec<Report>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        Report,
        reports!(concat!(
            "committee between $2 and $3 and ($4 is null or state = $4) and id > $5 and ",
            visible!("r", "resident_id", "$7"),
            " order by id limit $6"
        )),
        &locality,
        low,
        high,
        state,
        page.after.unwrap_or_default(),
        page.rows(),
        viewer
    )?)
}

/// Whether the report still waited in this version; if so, nobody else decides it.
pub(super) async fn claim(work: &mut Work, id: Uuid, version: i32) -> Result<bool> {
    let locality = work.locality().clone();
    let rows = execute!(
        &mut work.tx,
        "update reports set version = version + 1
         where locality = $1 and id = $2 and version = $3 and state = 'filed'",
        &locality,
        id,
        version
    )?;
    Ok(rows == 1)
}

pub(super) async fn decide(work: &mut Work, decided: &Report) -> Result<()> {
    let locality = work.locality().clone();
    execute!(
        &mut work.tx,
        "update reports set state = $3, reason = $4, resident_id = $5, tenancy_id = $6, decided_at = $7,
                            decided_by = $8, document_number = null, phone = null
         where locality = $1 and id = $2",
        &locality,
        decided.id,
        decided.state,
        &decided.reason,
        decided.resident_id,
        decided.tenancy_id,
        decided.decided_at,
        decided.decided_by
    )?;
    Ok(())
}

/// Reports that wait, per committee of the actor's scope: filed since `fresh`, before that since `older`, and earlier.
pub(super) async fn waiting_by_age(
    work: &mut Work,
    fresh: DateTime<Utc>,
    older: DateTime<Utc>,
) -> Result<Vec<super::Waiting>> {
    let (locality, (low, high), viewer) = (work.locality().clone(), work.scope().range(), work.viewer());
    Ok(fetch_all!(
        &mut work.tx,
        super::Waiting,
        concat!(
            "select r.committee,
                    cast(sum(case when r.filed_at >= $4 then 1 else 0 end) as bigint) as fresh,
                    cast(sum(case when r.filed_at < $4 and r.filed_at >= $5 then 1 else 0 end) as bigint) as older,
                    cast(sum(case when r.filed_at < $5 then 1 else 0 end) as bigint) as old
             from reports r
             where r.locality = $1 and r.committee between $2 and $3 and r.state = 'filed' and ",
            visible!("r", "resident_id", "$6"),
            " group by r.committee order by r.committee"
        ),
        &locality,
        low,
        high,
        fresh,
        older,
        viewer
    )?)
}
