//! A whole sheet of reports at once (批量申报), as a dormitory's manager keeps it: rows of comma- or tab-separated
//! text, filed all or not at all. Columns go by their Chinese or English names, in any order. Columns for what the
//! registry never holds are dropped unread, and the answer says so; columns it does not know are left aside.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{NewReport, Occupant, OwnReport, ReportKind, file};
use crate::access::Action;
use crate::dwellings::{self, DoorCode};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Event};
use crate::never_held;
use crate::residents::documents::{Document, DocumentKind};
use crate::values::{Malformed, text_enum};
use crate::work::Work;

/// Rows of one sheet at most, not counting its head.
const MOST_ROWS: usize = 500;
/// Faults told at once; who has more mends these first.
const MOST_FAULTS: usize = 100;
/// What people write for "somebody moved in" and "somebody moved out".
const KINDS: [(&str, ReportKind); 4] = [
    ("入住", ReportKind::MoveIn),
    ("迁入", ReportKind::MoveIn),
    ("搬离", ReportKind::MoveOut),
    ("迁出", ReportKind::MoveOut),
];
/// What people call the documents.
const DOCUMENTS: [(&str, DocumentKind); 9] = [
    ("居民身份证", DocumentKind::CitizenId),
    ("身份证", DocumentKind::CitizenId),
    ("港澳居民居住证", DocumentKind::HkMacaoResidencePermit),
    ("台湾居民居住证", DocumentKind::TaiwanResidencePermit),
    ("外国人永久居留身份证", DocumentKind::ForeignPermanentResidence),
    ("外国人永久居留证", DocumentKind::ForeignPermanentResidence),
    ("护照", DocumentKind::Passport),
    ("出生医学证明", DocumentKind::BirthCertificate),
    ("其他", DocumentKind::Other),
];
const DAYS: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"];

text_enum! {
    /// A column of the sheet.
    pub enum Column {
        /// The code on the dwelling's door.
        DoorCode => "door_code",
        /// `move-in` or `move-out`, 入住 or 搬离.
        Kind => "kind",
        /// The occupant's name.
        Name => "name",
        /// Which document; without one a number is a citizen's.
        DocumentKind => "document_kind",
        /// Its number.
        DocumentNumber => "document_number",
        /// Telephone.
        Phone => "phone",
        /// First day there, or first day no longer there.
        MovedOn => "moved_on",
        /// The day the lease ends.
        LeaseUntil => "lease_until",
    }
}

impl Column {
    /// Its name on a Chinese sheet.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::DoorCode => "门牌码",
            Self::Kind => "类型",
            Self::Name => "姓名",
            Self::DocumentKind => "证件类型",
            Self::DocumentNumber => "证件号码",
            Self::Phone => "电话",
            Self::MovedOn => "日期",
            Self::LeaseUntil => "租期至",
        }
    }

    const fn is_needed(self) -> bool {
        matches!(self, Self::DoorCode | Self::Kind | Self::Name | Self::MovedOn)
    }

    fn of(header: &str) -> Option<Self> {
        let is = |column: &&Self| column.as_str().eq_ignore_ascii_case(header) || column.chinese() == header;
        Self::ALL.iter().find(is).copied()
    }
}

/// A column that was dropped unread, because what it is for has no place in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Dropped {
    /// What stood over it.
    pub header: String,
    /// What it is for: `health`, `judgement`, `belief-and-body`, `free-text`.
    pub concept: &'static str,
    /// Cells that had something in them.
    pub cells: usize,
}

/// What became of a sheet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FiledSheet {
    /// Reports filed by it.
    pub filed: usize,
    /// Rows that had been filed before.
    pub known: usize,
    /// Columns dropped unread.
    pub dropped: Vec<Dropped>,
    /// Headers of columns that are not known here.
    pub ignored: Vec<String>,
    /// The report of each row, in their order.
    pub reports: Vec<OwnReport>,
}

/// Files every row of a sheet, or none.
///
/// # Errors
/// `Invalid` with `body` where the file cannot be read, `columns.…` for missing columns, and `rows[N].…` for what is
/// wrong in row N, the head being row 1.
pub async fn file_sheet(work: &mut Work, bytes: &[u8]) -> Result<FiledSheet> {
    work.permit(Action::FileReports)?;
    let sheet = Sheet::read(bytes)?;
    let mut faults = Vec::new();
    let mut reports = Vec::with_capacity(sheet.rows.len());
    for (number, row) in &sheet.rows {
        match file_row(work, &sheet, row).await {
            Ok(report) => reports.push(report),
            Err(error) => faults.extend(faults_of_row(*number, error)?),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let filed = reports.iter().filter(|report| report.filed_at == work.now()).count();
    let dropped: Vec<_> =
        sheet.dropped.iter().map(|column| json!({ "concept": column.concept, "cells": column.cells })).collect();
    let details = json!({ "rows": reports.len(), "filed": filed, "dropped": dropped });
    journal::append(work, Event { kind: "report_sheet.filed", subjects: &[], details }).await?;
    let known = reports.len() - filed;
    Ok(FiledSheet { filed, known, dropped: sheet.dropped, ignored: sheet.ignored, reports })
}

async fn file_row(work: &mut Work, sheet: &Sheet, row: &[String]) -> Result<OwnReport> {
    let read = RowFields::read(sheet, row)?;
    let dwelling = dwellings::find_by_door_code(work, &read.door_code).await?.ok_or(Error::NotFound("dwelling"))?;
    file(work, read.report(dwelling.id)).await
}

/// What is wrong with a row as faults of its cells; any other failure stops the whole.
fn faults_of_row(number: usize, error: Error) -> Result<Vec<FieldError>> {
    let fault = |field: &str, code| FieldError { field: format!("rows[{number}].{field}"), code };
    match error {
        Error::Invalid(fields) => Ok(fields.iter().map(|field| fault(&field.field, field.code)).collect()),
        Error::NotFound("dwelling") => Ok(vec![fault("door_code", "not-your-dwelling")]),
        Error::Refused("dwelling-closed") => Ok(vec![fault("door_code", "dwelling-closed")]),
        other => Err(other),
    }
}

/// A sheet's cells by column, the unknown and the never-held left out.
struct Sheet {
    /// Where each column stands.
    places: Vec<(Column, usize)>,
    width: usize,
    dropped: Vec<Dropped>,
    ignored: Vec<String>,
    /// The rows that have something in them, with their numbers in the file.
    rows: Vec<(usize, Vec<String>)>,
}

impl Sheet {
    fn read(bytes: &[u8]) -> Result<Self> {
        let text = decode(bytes)?;
        let tabbed = text.lines().next().is_some_and(|head| head.contains('\t') && !head.contains(','));
        let delimiter = if tabbed { b'\t' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|_| Error::invalid("body", "malformed-sheet"))?;
            let cells = record.iter().map(|cell| cell.trim_end_matches('\t').trim().to_owned());
            rows.push(cells.collect::<Vec<String>>());
            if rows.len() > MOST_ROWS + 1 {
                return Err(Error::invalid("body", "too-many-rows"));
            }
        }
        let mut rows = rows.into_iter().enumerate().map(|(at, cells)| (at + 1, cells));
        let (_, head) = rows.next().ok_or_else(|| Error::invalid("body", "empty"))?;
        let rows: Vec<_> = rows.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
        Self::of(&head, rows)
    }

    fn of(head: &[String], rows: Vec<(usize, Vec<String>)>) -> Result<Self> {
        let mut sheet = Self { places: vec![], width: head.len(), dropped: vec![], ignored: vec![], rows };
        let mut faults = Vec::new();
        for (at, header) in head.iter().enumerate() {
            match (Column::of(header), never_held::find(header)) {
                (Some(column), _) if sheet.place(column).is_some() => faults.push((column, "duplicate-field")),
                (Some(column), _) => sheet.places.push((column, at)),
                (None, Some((concept, _))) => {
                    let filled = |(_, row): &&(usize, Vec<String>)| row.get(at).is_some_and(|cell| !cell.is_empty());
                    let cells = sheet.rows.iter().filter(filled).count();
                    sheet.dropped.push(Dropped { header: header.clone(), concept: &concept.code, cells });
                }
                (None, None) if header.is_empty() => {}
                (None, None) => sheet.ignored.push(header.clone()),
            }
        }
        let missing = Column::ALL.iter().filter(|column| column.is_needed() && sheet.place(**column).is_none());
        faults.extend(missing.map(|column| (*column, "missing-column")));
        if !faults.is_empty() {
            let fault = |(column, code)| FieldError { field: format!("columns.{column}"), code };
            return Err(Error::Invalid(faults.into_iter().map(fault).collect()));
        }
        if sheet.rows.is_empty() { Err(Error::invalid("body", "empty")) } else { Ok(sheet) }
    }

    fn place(&self, column: Column) -> Option<usize> {
        self.places.iter().find(|(placed, _)| *placed == column).map(|(_, at)| *at)
    }

    /// The cell of a column, where there is something in it.
    fn cell<'r>(&self, row: &'r [String], column: Column) -> Option<&'r str> {
        self.place(column).and_then(|at| row.get(at)).map(String::as_str).filter(|cell| !cell.is_empty())
    }
}

/// UTF-8 with or without its mark, or what a Chinese spreadsheet program writes (GB 18030).
fn decode(bytes: &[u8]) -> Result<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let read = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    read.map(std::borrow::Cow::into_owned).ok_or_else(|| Error::invalid("body", "unknown-encoding"))
}

/// A row read into values.
struct RowFields {
    door_code: DoorCode,
    kind: ReportKind,
    occupant: Occupant,
    moved_on: NaiveDate,
    lease_until: Option<NaiveDate>,
}

impl RowFields {
    /// Reads every cell before it complains, so that a row is mended at once.
    fn read(sheet: &Sheet, row: &[String]) -> Result<Self> {
        let mut cells = Cells { sheet, row, faults: Vec::new() };
        if row.len() > sheet.width {
            cells.faults.push(FieldError { field: "cells".to_owned(), code: "too-many-cells" });
        }
        let door_code = cells.needed(Column::DoorCode, str::parse);
        let kind = cells.needed(Column::Kind, read_kind);
        let name = cells.needed(Column::Name, str::parse);
        let phone = cells.optional(Column::Phone, str::parse);
        let moved_on = cells.needed(Column::MovedOn, read_day);
        let lease_until = cells.optional(Column::LeaseUntil, read_day);
        let document_kind = cells.optional(Column::DocumentKind, read_document_kind);
        let document = cells.optional(Column::DocumentNumber, |number| {
            if number.contains("E+") {
                return Err(Malformed("shortened-by-spreadsheet"));
            }
            Document::parse(document_kind.unwrap_or(DocumentKind::CitizenId), number)
        });
        match (door_code, kind, name, moved_on) {
            (Some(door_code), Some(kind), Some(name), Some(moved_on)) if cells.faults.is_empty() => {
                Ok(Self { door_code, kind, occupant: Occupant { name, document, phone }, moved_on, lease_until })
            }
            _ => Err(Error::Invalid(cells.faults)),
        }
    }

    fn report(self, dwelling_id: Uuid) -> NewReport {
        let Self { kind, occupant, moved_on, lease_until, .. } = self;
        NewReport { dwelling_id, kind, occupant, moved_on, lease_until }
    }
}

/// The cells of a row, and what was found wrong with them.
struct Cells<'s> {
    sheet: &'s Sheet,
    row: &'s [String],
    faults: Vec<FieldError>,
}

impl Cells<'_> {
    fn optional<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&str) -> std::result::Result<T, Malformed>,
    ) -> Option<T> {
        let read = read(self.sheet.cell(self.row, column)?);
        read.map_err(|Malformed(code)| self.faults.push(FieldError { field: column.to_string(), code })).ok()
    }

    fn needed<T>(&mut self, column: Column, read: impl FnOnce(&str) -> std::result::Result<T, Malformed>) -> Option<T> {
        if self.sheet.cell(self.row, column).is_none() {
            self.faults.push(FieldError { field: column.to_string(), code: "empty" });
        }
        self.optional(column, read)
    }
}

fn read_kind(text: &str) -> std::result::Result<ReportKind, Malformed> {
    let listed = KINDS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind);
    listed.map_or_else(|| text.parse(), Ok)
}

fn read_document_kind(text: &str) -> std::result::Result<DocumentKind, Malformed> {
    let listed = DOCUMENTS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind);
    listed.map_or_else(|| text.parse(), Ok)
}

fn read_day(text: &str) -> std::result::Result<NaiveDate, Malformed> {
    let read = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok());
    read.ok_or(Malformed("malformed-day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "门牌码,类型,姓名,日期";

    fn fault(text: &[u8]) -> String {
        Sheet::read(text).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_sheet_is_read_in_either_language_order_and_encoding() {
        let rows = "\n7K3M4A,入住,王小明,2026-11-20\n,,,\n";
        let (utf8, (gbk, ..)) =
            (format!("\u{feff}{HEAD}{rows}"), encoding_rs::GBK.encode("门牌码,类型,姓名,日期\n1,入住,王小明,2026"));
        let sheet = Sheet::read(utf8.as_bytes()).unwrap();
        assert_eq!((sheet.rows.len(), sheet.rows[0].0), (1, 2));
        assert_eq!(
            Sheet::read(&gbk).unwrap().cell(&Sheet::read(&gbk).unwrap().rows[0].1, Column::Name),
            Some("王小明")
        );
        let tabbed = Sheet::read("moved_on\tName\tKIND\tdoor_code\n2026/1/2\tAnn\tmove-in\tx".as_bytes()).unwrap();
        assert_eq!(tabbed.cell(&tabbed.rows[0].1, Column::DoorCode), Some("x"));
    }

    #[test]
    fn a_sheet_that_cannot_be_read_says_why() {
        assert_eq!(fault(b""), "invalid input: body: empty");
        assert_eq!(fault(HEAD.as_bytes()), "invalid input: body: empty");
        assert_eq!(fault(b"\xff\xff\xff"), "invalid input: body: unknown-encoding");
        assert_eq!(
            fault("门牌码,姓名,姓名,日期\n1,2,3,4".as_bytes()),
            "invalid input: columns.name: duplicate-field, columns.kind: missing-column"
        );
        let long = format!("{HEAD}{}", "\n1,2,3,4".repeat(MOST_ROWS + 1));
        assert_eq!(fault(long.as_bytes()), "invalid input: body: too-many-rows");
    }

    #[test]
    fn what_is_never_held_is_dropped_and_counted() {
        let sheet = Sheet::read(format!("{HEAD},孕检日期,班组,备注\n1,2,3,4,5,6,7\n1,2,3,4,,6,7").as_bytes()).unwrap();
        let dropped: Vec<_> = sheet.dropped.iter().map(|column| (column.concept, column.cells)).collect();
        assert_eq!((dropped, sheet.ignored), (vec![("health", 1), ("free-text", 2)], vec!["班组".to_owned()]));
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        for text in ["2026-01-02", "2026/1/2", "2026.1.2", "2026年1月2日", "20260102"] {
            assert_eq!(read_day(text), Ok(day), "{text}");
        }
        assert_eq!(read_day("46024"), Err(Malformed("malformed-day")));
    }

    #[test]
    fn no_column_of_ours_is_for_what_is_never_held() {
        for column in Column::ALL {
            assert!(never_held::find(column.as_str()).or(never_held::find(column.chinese())).is_none(), "{column}");
        }
    }
}
