//! The extract on paper: A4, Chinese and English, text that can be selected, the JSON document attached. Each page names
//! the extract's number and the hash of that document, so that both can be told to belong together.

mod paper;
mod records;
mod typeface;
mod words;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use krilla::Document;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::{DateTime as PdfDate, Metadata};
use paper::Paper;
use words::both;

use super::{Extract, IdentityFact};
use crate::access::Purposes;
use crate::error::{Error, Result};
use crate::journal::Look;
use crate::localities;
use crate::residents::Consent;

/// Sets the extract, with its JSON document attached.
pub(super) fn render(extract: &Extract, json: &[u8], sha256: &str, list: &Purposes) -> Result<Vec<u8>> {
    let mut paper = Paper::new(typeface::typeface()?);
    opening(&mut paper, extract);
    identity(&mut paper, extract);
    records::tenancies(&mut paper, &extract.tenancies);
    records::reports(&mut paper, &extract.reports);
    records::civil_records(&mut paper, &extract.civil_records);
    records::elsewhere(&mut paper, &extract.residences_elsewhere);
    consents(&mut paper, &extract.consents, list);
    records::doubts(&mut paper, &extract.doubts);
    records::tellings(&mut paper, &extract.tellings);
    looks(&mut paper, &extract.looks, list);
    closing(&mut paper);
    let mut document = Document::new();
    document.set_metadata(metadata(extract));
    let attached = EmbeddedFile {
        path: format!("anju-extract-{}.json", extract.id),
        mime_type: MimeType::new("application/json"),
        description: Some("同一摘录的数据文件 The same extract as data".to_owned()),
        association_kind: AssociationKind::Source,
        data: json.to_vec().into(),
        modification_date: Some(pdf_date(extract.made_at)),
        compress: Some(true),
        location: None,
    };
    document.embed_file(attached).ok_or_else(|| Error::internal("the data file was attached twice"))?;
    let foot = [
        format!("摘录编号 Extract {}", extract.id),
        format!("数据文件 SHA-256 of the data file {sha256}"),
        format!("{} {}  {}", extract.node_name, extract.node, moment(extract.made_at)),
    ];
    paper.draw(&mut document, &foot)?;
    document.finish().map_err(|_| Error::internal("the extract could not be set"))
}

fn metadata(extract: &Extract) -> Metadata {
    Metadata::new()
        .title("本人信息摘录 Extract of your own record".to_owned())
        .language("zh-CN".to_owned())
        .creator("anju".to_owned())
        .creation_date(pdf_date(extract.made_at))
        .document_id(extract.id.to_string())
}

fn pdf_date(at: DateTime<Utc>) -> PdfDate {
    let part = |value: u32| u8::try_from(value).unwrap_or_default();
    PdfDate::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// An instant as people in China read it.
fn moment(at: DateTime<Utc>) -> String {
    (at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M").to_string()
}

/// An office by its full name, where the published list has it.
fn office(code: &str, name: Option<&String>) -> String {
    name.map_or_else(|| code.to_owned(), |name| format!("{name}（{code}）"))
}

fn opening(paper: &mut Paper, extract: &Extract) {
    paper.title("本人信息摘录", "Extract of your own record");
    let name = extract.identity.iter().find(|fact| fact.field == "name").and_then(|fact| fact.value.clone());
    paper.row(("姓名", "Name"), &name.unwrap_or_default(), &[]);
    paper.row(("制作时间", "Made on"), &moment(extract.made_at), &[]);
    let made_by = format!("{}（{}）", extract.node_name, extract.node);
    let by = format!(
        "{}：{}",
        both(extract.made_by.as_str()),
        office(extract.office.as_str(), extract.office_name.as_ref())
    );
    paper.row(("制作单位", "Made by"), &made_by, &[by]);
    paper.paragraph(
        "这是登记系统中与您有关的全部记录，以及每一项由谁提供、何时登记、由哪个办公室办理、谁查阅过、告知过哪些地方。依据《中华人民共和国个人信息保护法》第四十五条，免费提供。",
        false,
    );
    paper.paragraph(
        "This is everything the registry has on record about you: each fact with who said it, when and where it was \
         recorded, who looked at it, and which localities were told. It is free of charge (Personal Information \
         Protection Law, art. 45). The same data are attached to this file for programs to read.",
        true,
    );
}

fn identity(paper: &mut Paper, extract: &Extract) {
    paper.heading("身份", "Identity");
    for fact in &extract.identity {
        let label = match fact.field {
            "name" => ("姓名", "Name"),
            "sex" => ("性别", "Sex"),
            "birth_date" => ("出生日期", "Day of birth"),
            "origin" => ("户籍地", "Place of the household register"),
            _ => ("核实", "Verification"),
        };
        paper.row(label, &value_of(fact), &source_of(fact));
    }
    if let Some(number) = &extract.document_number {
        let label = words::apart(number.kind.as_str());
        let note = "号码已部分隐藏；如需完整号码可另行申请。 Part of the number is hidden; ask if you need it whole.";
        let notes: &[String] = if number.in_full { &[] } else { &[note.to_owned()] };
        paper.row(label, &number.number, notes);
    }
    for document in &extract.documents {
        let ended = document.superseded_at.map_or_else(String::new, |at| format!(" – {}", moment(at)));
        let since = format!("{}{ended}", moment(document.recorded_at));
        paper.row(("证件登记", "Document on record"), &both(document.kind.as_str()), &[since]);
    }
    let phone = extract.phone.as_ref().map_or("未登记 none on record", |phone| phone.as_str());
    paper.row(("电话", "Telephone"), phone, &[]);
    let file = office(extract.committee.as_str(), extract.committee_name.as_ref());
    paper.row(("档案所在", "Your file is kept by"), &file, &[]);
}

fn value_of(fact: &IdentityFact) -> String {
    let Some(value) = &fact.value else { return "未登记 not on record".to_owned() };
    match fact.field {
        "origin" => office(value, value.parse().ok().and_then(|code| localities::full_name(&code)).as_ref()),
        "name" | "birth_date" => value.clone(),
        _ => both(value),
    }
}

fn source_of(fact: &IdentityFact) -> Vec<String> {
    let Some(source) = &fact.source else { return Vec::new() };
    let mut notes = vec![format!("来源 Source: {}", both(source.as_str()))];
    if let (Some(since), Some(code)) = (fact.since, &fact.office) {
        notes.push(format!("{}  {}", moment(since), office(code.as_str(), fact.office_name.as_ref())));
    }
    notes
}

fn consents(paper: &mut Paper, consents: &[Consent], list: &Purposes) {
    paper.heading("同意", "Consents");
    if consents.is_empty() {
        paper.paragraph("没有记录。 None on record.", false);
    }
    for consent in consents {
        let withdrawn = consent
            .withdrawn_at
            .map_or_else(|| "仍然有效 still in force".to_owned(), |at| format!("已撤回 withdrawn {}", moment(at)));
        let given = format!("{} 给出 given，文本 text {}", moment(consent.given_at), consent.text_version);
        let whom = format!("接收方 recipient {}", consent.recipient);
        paper.row(
            (consent.recipient.as_str(), ""),
            &words::purpose(list, consent.purpose.as_str()),
            &[whom, given, withdrawn],
        );
    }
}

fn looks(paper: &mut Paper, looks: &[Look], list: &Purposes) {
    paper.heading("谁查阅过", "Who looked");
    if looks.is_empty() {
        paper.paragraph("没有记录。 None on record.", false);
    }
    for look in looks {
        let at = moment(look.at);
        let what = both(&look.kind);
        let whom = look.recipient.as_ref().map_or_else(String::new, |peer| format!(" → {peer}"));
        let role = look.role.map_or_else(String::new, |role| both(role.as_str()));
        let from = look.office.as_ref().map(|code| office(code.as_str(), look.office_name.as_ref()));
        let mut notes: Vec<String> = from.map(|from| format!("{from}  {role}")).into_iter().collect();
        if let Some(day) = look.sealed_until {
            notes.push(format!("保密至 Sealed until: {day}"));
        }
        if look.in_anothers_case {
            let basis = look.basis.as_ref().map_or_else(String::new, |code| words::basis(list, code));
            notes.push(format!("在他人事由中 In another person's case. {basis}"));
        }
        if look.under_review {
            notes.push("正在复核 Under review".to_owned());
        }
        if let Some(purpose) = &look.purpose {
            let basis = look.basis.as_ref().map_or_else(String::new, |code| words::basis(list, code));
            let case = look.case.as_deref().unwrap_or_default();
            notes.push(format!("目的 Purpose: {}。{basis} {case}", words::purpose(list, purpose)));
        }
        if !look.fields.is_empty() {
            let fields: Vec<String> = look.fields.iter().map(|field| words::field(field)).collect();
            notes.push(format!("内容 Fields: {}", fields.join("；")));
        }
        paper.row((&at, ""), &format!("{what}{whom}"), &notes);
    }
}

fn closing(paper: &mut Paper) {
    paper.heading("您的权利", "Your rights");
    paper.paragraph(
        "任何一项不对，您可以要求更正，或提出存疑；处理期间该项旁边会标明“正在核实”，并告知所有收到过它的地方。不予更正的，必须书面说明理由。对答复不服，可以向上一级主管部门投诉、举报，也可以依法向人民法院提起诉讼（《个人信息保护法》第四十六条、第五十条、第六十五条）。",
        false,
    );
    paper.paragraph(
        "If something is wrong you may have it corrected, or say that it is in doubt: while it is looked into it is marked \
         so, and every locality that received it is told. A refusal must give its reasons. You may complain to the next \
         higher authority, and you may go to court (Personal Information Protection Law, art. 46, 50, 65).",
        true,
    );
}
