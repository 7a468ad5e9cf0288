//! A committee's own roll (花名册) as a file, for the walk from door to door. Nothing larger is ever taken out: only a
//! clerk of one committee exports, and only that committee. Each person's row is a journal entry of its own, which the
//! person sees, and carries a mark by which a page that turns up elsewhere is traced to who took it out, when and why.
//! No document number, telephone or civil record is in it.

mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::access::{Action, BasisCode, CaseRef, Field, PurposeCode};
use crate::error::{Error, Result};
use crate::journal::{self, Event, Reason};
use crate::values::{DivisionCode, Malformed, Page, PageRequest, parsed_text};
use crate::work::Work;
use store::RollRow;

/// Most persons in one file; a committee looks after 1,000 to 3,000 households.
const MOST_PERSONS: usize = 5_000;
/// Digits of a committee's code; those of larger divisions are shorter.
const COMMITTEE_DIGITS: usize = 12;
/// Bytes of a mark: no two of a locality's rows get the same by chance.
const MARK_BYTES: usize = 6;

parsed_text! {
    /// The mark of a row (水印): twelve hexadecimal digits in groups of four, `9F2C-01AB-77E4`.
    pub struct Mark = parse_mark;
}

fn parse_mark(text: &str) -> std::result::Result<String, Malformed> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_uppercase()).collect();
    let shaped = digits.len() == 2 * MARK_BYTES && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-' || c == ' ');
    match (shaped, digits.get(..4), digits.get(4..8), digits.get(8..)) {
        (true, Some(first), Some(second), Some(third)) => Ok(format!("{first}-{second}-{third}")),
        _ => Err(Malformed("malformed-mark")),
    }
}

/// A file that was taken out.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Export {
    /// Id.
    pub id: Uuid,
    /// The committee.
    pub committee: DivisionCode,
    /// What it was for.
    pub purpose: PurposeCode,
    /// What allowed it.
    pub basis: BasisCode,
    /// The case it belonged to.
    #[sqlx(rename = "case_ref")]
    pub case: CaseRef,
    /// The user who took it out.
    pub exported_by: Uuid,
    /// When.
    pub exported_at: DateTime<Utc>,
    /// Persons in it.
    pub persons: i64,
}

/// Where a row comes from.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The mark that stands in the row.
    pub mark: Mark,
}

/// Takes out the roll of the acting clerk's committee: who lives there now, in the order of doors. Answers the file as
/// comma-separated text in UTF-8 with its mark, as spreadsheet programs take it. Nobody protected is in it.
///
/// # Errors
/// `Refused("not-one-committee")` for a clerk of more than one committee, or none; `Refused("roll-too-long")`.
pub async fn export_roll(work: &mut Work, reason: &Reason) -> Result<(Export, Vec<u8>)> {
    work.permit(Action::ExportRoll)?;
    let committee = work.scope().division().clone();
    if committee.as_str().len() != COMMITTEE_DIGITS {
        return Err(Error::Refused("not-one-committee"));
    }
    work.node().purposes.check(reason, work.actor().role, &[Field::Roll])?;
    let rows = store::roll(work, &committee, MOST_PERSONS as i64 + 1).await?;
    if rows.len() > MOST_PERSONS {
        return Err(Error::Refused("roll-too-long"));
    }
    let export = Export {
        id: work.new_id(),
        committee,
        purpose: reason.purpose.clone(),
        basis: reason.basis.clone(),
        case: reason.case.clone(),
        exported_by: work.actor().id,
        exported_at: work.now(),
        persons: rows.len() as i64,
    };
    store::insert(work, &export).await?;
    let mut marked = Vec::with_capacity(rows.len());
    for row in rows {
        let mark = mark_of(work, export.id, row.tenancy_id)?;
        store::insert_row(work, &mark, export.id, row.resident_id).await?;
        let details =
            json!({ "export": export.id, "mark": mark, "fields": [Field::Roll], "committee": export.committee });
        let event = Event { kind: "resident.exported", subjects: &[row.resident_id], details };
        journal::append_with_reason(work, event, reason, &[Field::Roll]).await?;
        marked.push((row, mark));
    }
    let file = written(&export, &marked)?;
    Ok((export, file))
}

/// The mark of a row in a file, which nobody without the node's key can make.
fn mark_of(work: &Work, export: Uuid, tenancy: Uuid) -> Result<Mark> {
    let digest = work.node().vault.blind_index("export-row", &format!("{export}|{tenancy}"));
    let hex: String = digest.iter().take(MARK_BYTES).map(|byte| format!("{byte:02x}")).collect();
    hex.parse().map_err(|Malformed(code)| Error::internal(code))
}

/// The file, with its mark for spreadsheet programs.
fn written(export: &Export, rows: &[(RollRow, Mark)]) -> Result<Vec<u8>> {
    let mut file = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let head = ["门牌码", "楼栋", "房号", "姓名", "入住日期", "核实", "导出编号", "导出时间", "事由编号", "标记"];
    file.write_record(head).map_err(Error::internal)?;
    let (number, at) = (export.id.to_string(), export.exported_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    for (row, mark) in rows {
        let moved_in = row.moved_in_on.to_string();
        let (building, name) = (as_text(row.building_name.as_str()), as_text(row.name.as_str()));
        let verified = row.verification.as_str();
        let cells = [row.door_code.as_str(), &building, &row.label, &name, &moved_in, verified];
        let marks = [number.as_str(), &at, export.case.as_str(), mark.as_str()];
        file.write_record(cells.iter().chain(&marks)).map_err(Error::internal)?;
    }
    file.into_inner().map_err(Error::internal)
}

/// A cell that no spreadsheet program takes for a formula.
fn as_text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// The files taken out of the actor's scope, newest first.
pub async fn list(work: &mut Work, page: &PageRequest) -> Result<Page<Export>> {
    work.permit(Action::SeeExports)?;
    let rows = store::list(work, page).await?;
    Ok(page.page(rows, |export| export.id))
}

/// The file a row with this mark stood in; whose row it is, is not told.
pub async fn trace(work: &mut Work, trace: &Trace) -> Result<Export> {
    work.permit(Action::TraceExports)?;
    let export = store::find_by_mark(work, &trace.mark).await?.ok_or(Error::NotFound("export"))?;
    let details = json!({ "export": export.id, "mark": trace.mark });
    journal::append(work, Event { kind: "export.traced", subjects: &[], details }).await?;
    Ok(export)
}
