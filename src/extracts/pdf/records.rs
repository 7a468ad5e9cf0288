//! What is recorded of where somebody lives, whom they married, who was born, and who was told.

use super::paper::Paper;
use super::words::{self, both};
use super::{moment, office};
use crate::civil_records::{Certificate, OwnVersion, Part, Party, Place, RecordBody};
use crate::doubts::Doubt;
use crate::exchange::tellings::Telling;
use crate::extracts::TenancyFact;
use crate::localities;
use crate::reports::ReportAbout;
use crate::tenancies::{ResidenceElsewhere, Tenancy};

fn nothing(paper: &mut Paper) {
    paper.paragraph("没有记录。 None on record.", false);
}

pub(super) fn tenancies(paper: &mut Paper, lived: &[TenancyFact]) {
    paper.heading("居住", "Where you live and lived");
    if lived.is_empty() {
        nothing(paper);
    }
    for TenancyFact { place, tenancy } in lived {
        let until = tenancy.moved_out_on.map_or_else(|| "至今 until now".to_owned(), |day| day.to_string());
        let label = format!("{} – {until}", tenancy.moved_in_on);
        let version = format!("第 {} 版 version {}", tenancy.version, tenancy.version);
        let value = match place {
            Some(place) => format!("{} {} {}", place.address, place.building_name, place.label),
            None => tenancy.dwelling_id.to_string(),
        };
        let committee = place
            .as_ref()
            .map(|place| office(place.committee.as_str(), localities::full_name(&place.committee).as_ref()));
        let mut notes: Vec<String> = committee.into_iter().collect();
        notes.extend(said_of(tenancy));
        paper.row((&label, &version), &value, &notes);
    }
}

fn said_of(tenancy: &Tenancy) -> Vec<String> {
    let main = if tenancy.main { "主要居所 main dwelling" } else { "其他居所 another dwelling" };
    let said = format!("说明人 Said by: {}。{main}", both(tenancy.said_by.as_str()));
    let mut notes = vec![said, format!("登记 recorded {}", moment(tenancy.recorded_at))];
    if let Some(at) = tenancy.superseded_at {
        notes.push(format!("已由新版取代 superseded {}", moment(at)));
    }
    if tenancy.undone {
        notes.push("已撤销：从未居住 undone: never lived there".to_owned());
    }
    if let (Some(at), Some(reason)) = (tenancy.disputed_at, &tenancy.dispute_reason) {
        let now = if tenancy.settled_at.is_none() { "（正在核实 under investigation）" } else { "" };
        notes.push(format!("您的异议 You disputed it {}: {reason}{now}", moment(at)));
    }
    if let (Some(at), Some(answer)) = (tenancy.settled_at, &tenancy.settlement) {
        notes.push(format!("居委会答复 The committee answered {}: {answer}", moment(at)));
    }
    notes
}

pub(super) fn reports(paper: &mut Paper, reports: &[ReportAbout]) {
    paper.heading("出租人和单位的申报", "What landlords and employers filed");
    if reports.is_empty() {
        nothing(paper);
    }
    for report in reports {
        let by = report.landlord_name.as_ref().map_or_else(String::new, ToString::to_string);
        let filed = format!("申报 filed {}，回执 receipt {}", moment(report.filed_at), report.receipt);
        let day = report.moved_on.to_string();
        paper.row((&day, ""), &format!("{} {by}", both(report.kind.as_str())), &[filed]);
    }
}

pub(super) fn civil_records(paper: &mut Paper, records: &[OwnVersion]) {
    paper.heading("婚姻和出生记录", "Marriage and birth records");
    if records.is_empty() {
        nothing(paper);
    }
    for view in records {
        let summary = &view.summary;
        let version = format!("第 {} 版 version {}", summary.version, summary.version);
        let mut notes = body_of(view);
        notes.push(format!(
            "责任地 Answered for by {}，来源 source: {}",
            summary.issuer,
            both(summary.source.as_str())
        ));
        if let (Some(peer), Some(message)) = (&summary.source_peer, &summary.source_message) {
            notes.push(format!("由 {peer} 发来 came from {peer}, message {message}"));
        }
        let here = office(summary.office.as_str(), localities::full_name(&summary.office).as_ref());
        notes.push(format!("登记 recorded {}  {here}", moment(summary.recorded_at)));
        if let Some(since) = summary.under_investigation_since {
            notes.push(format!("正在核实 Under investigation since {}", moment(since)));
        }
        if let Some(because) = &view.because {
            notes.push(format!("更正原因 Corrected because: {because}"));
        }
        if let Some(at) = summary.superseded_at {
            notes.push(format!("已由新版取代 superseded {}", moment(at)));
        }
        let (zh, _) = words::apart(summary.kind.as_str());
        paper.row((zh, &version), &both(summary.standing.as_str()), &notes);
    }
}

fn body_of(view: &OwnVersion) -> Vec<String> {
    let mut notes = Vec::new();
    match &view.body {
        None => notes.push("已随同意的撤回删除 Erased with the consent on which it came".to_owned()),
        Some(RecordBody::Marriage(marriage)) => {
            let [a, b] = &marriage.spouses;
            notes.push(format!("双方 Spouses: {}，{}", a.name, b.name));
            notes.push(format!("结婚日期 Married on {}{}", marriage.married_on, at_place(marriage.place.as_ref())));
            notes.extend(marriage.certificate.as_ref().map(certificate));
        }
        Some(RecordBody::Birth(birth)) => {
            let child = &birth.child;
            notes.push(format!("子女 Child: {}，{}，{}", child.name, both(child.sex.as_str()), child.born_on));
            notes.push(format!("出生地 Born{}", at_place(Some(&birth.place))));
            let parents: Vec<String> = birth.parents.iter().map(|parent: &Party| parent.name.to_string()).collect();
            if !parents.is_empty() {
                notes.push(format!("父母 Parents: {}", parents.join("，")));
            }
            notes.extend(birth.certificate.as_ref().map(certificate));
        }
    }
    let own: Vec<&str> = view.subjects.iter().map(|subject| part(subject.part)).collect();
    notes.push(format!("您在其中 You in it: {}", own.join("，")));
    notes
}

fn part(part: Part) -> &'static str {
    match part {
        Part::SpouseA | Part::SpouseB => "一方 a spouse",
        Part::Child => "子女 the child",
        Part::ParentA | Part::ParentB => "父母 a parent",
    }
}

fn at_place(place: Option<&Place>) -> String {
    match place {
        Some(Place::Division(code)) => format!("，{}", office(code.as_str(), localities::full_name(code).as_ref())),
        Some(Place::Abroad(name)) => format!("，{name}"),
        None => String::new(),
    }
}

fn certificate(certificate: &Certificate) -> String {
    format!("证件 Certificate: {}，{}", certificate.number, certificate.issuer)
}

pub(super) fn elsewhere(paper: &mut Paper, told: &[ResidenceElsewhere]) {
    paper.heading("外地告知的居住", "Where other localities say you live");
    if told.is_empty() {
        nothing(paper);
    }
    for notice in told {
        let until = notice.until.map_or_else(|| "至今 until now".to_owned(), |day| day.to_string());
        let label = format!("{} – {until}", notice.since);
        let place = office(notice.division.as_str(), localities::full_name(&notice.division).as_ref());
        if let Some(at) = notice.consent_withdrawn_at {
            let erased =
                format!("来源 Told by {}；已随同意的撤回删除 erased with the consent {}", notice.peer, moment(at));
            paper.row(("", ""), &place, &[erased]);
            continue;
        }
        let phone = notice.contact_phone.as_ref().map_or("", |phone| phone.as_str());
        let ask = format!("可询问 Ask: {} {phone}", notice.contact_office);
        let from = format!("来源 Told by {}，{}", notice.peer, moment(notice.updated_at));
        paper.row((&label, ""), &place, &[ask, from]);
    }
}

pub(super) fn doubts(paper: &mut Paper, doubts: &[Doubt]) {
    paper.heading("存疑和更正", "What is in doubt, and what became of it");
    if doubts.is_empty() {
        nothing(paper);
    }
    for doubt in doubts {
        let what = doubt.field.map_or_else(|| both(doubt.fact.as_str()), |field| words::field(field.as_str()));
        let mut notes = vec![format!("原因 Because: {}", both(doubt.reason.as_str()))];
        notes.push(format!(
            "由 {} 答复 answered by {}，期限 due {}",
            doubt.decided_by_node, doubt.decided_by_node, doubt.due_on
        ));
        if doubt.overdue_days > 0 {
            notes
                .push(format!("已超期 {} 个工作日 overdue by {} working days", doubt.overdue_days, doubt.overdue_days));
        }
        if let Some(at) = doubt.closed_at {
            let why = doubt.refusal.map_or_else(String::new, |reason| format!("：{}", both(reason.as_str())));
            notes.push(format!("答复 Answered {}{why}", moment(at)));
        }
        notes.extend(doubt.complaints.iter().map(|complaints| format!("{} {}", complaints.zh, complaints.en)));
        paper.row((&moment(doubt.raised_at), ""), &format!("{what}：{}", both(doubt.state.as_str())), &notes);
    }
}

pub(super) fn tellings(paper: &mut Paper, tellings: &[Telling]) {
    paper.heading("告知过哪些地方", "Which localities were told");
    if tellings.is_empty() {
        nothing(paper);
    }
    for telling in tellings {
        let version =
            telling.version.map_or_else(String::new, |version| format!("，第 {version} 版 version {version}"));
        let value = format!("{}{version}", both(telling.kind.as_str()));
        let whom = format!("告知 Told: {}（{}）", telling.peer_name, telling.peer);
        let reason = telling.reason.as_ref().map_or_else(String::new, |code| format!(" {code}"));
        let when = telling.acknowledged_at.map_or_else(String::new, |at| format!("，{}", moment(at)));
        let state = format!("状态 State: {}{reason}{when}", both(telling.state.as_str()));
        paper.row((&moment(telling.queued_at), ""), &value, &[whom, state]);
    }
}
