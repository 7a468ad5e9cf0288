//! What an inquiry asks and what was answered, in words.

use super::Shell;
use crate::exchange::inquiries::Answered;
use crate::exchange::messages::{Certificate, Facts, Person, Place, Question, Wanted};

/// What is wanted, one line each.
pub(super) fn wanted(s: &Shell, wanted: &Wanted) -> Vec<String> {
    match wanted {
        Wanted::Marriage(fields) => fields.iter().map(|field| s.w("marriage-field", field)).collect(),
        Wanted::Birth(fields) => fields.iter().map(|field| s.w("birth-field", field)).collect(),
        Wanted::Questions(questions) => questions.iter().map(|asked| question(s, asked)).collect(),
    }
}

fn question(s: &Shell, question: &Question) -> String {
    match question {
        Question::MarriageStands {} => s.t("question-marriage-stands"),
        Question::MarriedTo { person: other } => s.t1("question-married-to-person", "person", person(s, other)),
        Question::BornSince { day } => s.t1("question-born-since-day", "day", s.day(day)),
        Question::HasParent { person: other } => s.t1("question-has-parent-person", "person", person(s, other)),
    }
}

/// The answer, what was asked beside it.
pub(super) fn answer(s: &Shell, wanted: &Wanted, given: &Answered) -> Vec<(String, String)> {
    let mut rows = given.facts.as_ref().map(|given| facts(s, given)).unwrap_or_default();
    if let (Wanted::Questions(questions), Some(replies)) = (wanted, &given.replies) {
        rows.extend(questions.iter().zip(replies).map(|(asked, reply)| (question(s, asked), s.w("reply", reply))));
    }
    rows
}

/// The facts that are there.
pub(super) fn facts(s: &Shell, facts: &Facts) -> Vec<(String, String)> {
    let rows: Vec<(String, Option<String>)> = match facts {
        Facts::Marriage(marriage) => vec![
            (s.t("marriage-field-spouse"), marriage.spouse.as_ref().map(|spouse| person(s, spouse))),
            (s.t("marriage-field-married_on"), marriage.married_on.as_ref().map(|day| s.day(day))),
            (s.t("marriage-field-place"), marriage.place.as_ref().map(|at| place(s, at))),
            (s.t("marriage-field-certificate"), marriage.certificate.as_ref().map(certificate)),
            (
                s.t("marriage-field-stands"),
                marriage.stands.map(|stands| s.w("reply", if stands { "yes" } else { "no" })),
            ),
        ],
        Facts::Birth(birth) => vec![
            (s.t("birth-field-born_on"), birth.born_on.as_ref().map(|day| s.day(day))),
            (s.t("birth-field-place"), birth.place.as_ref().map(|at| place(s, at))),
            (s.t("birth-field-parents"), birth.parents.as_ref().map(|both| people(s, both))),
            (s.t("birth-field-certificate"), birth.certificate.as_ref().map(certificate)),
        ],
    };
    rows.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

fn people(s: &Shell, people: &[Person]) -> String {
    people.iter().map(|one| person(s, one)).collect::<Vec<_>>().join(" · ")
}

fn person(s: &Shell, person: &Person) -> String {
    let day = person.born_on.as_ref().map(|day| s.day(day));
    let number = person.document.as_ref().map(|document| document.number.to_string());
    [Some(person.name.to_string()), number, day].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn place(s: &Shell, place: &Place) -> String {
    match place {
        Place::Division(code) => s.place(code),
        Place::Abroad(name) => name.to_string(),
    }
}

fn certificate(certificate: &Certificate) -> String {
    format!("{} {}", certificate.number, certificate.issuer)
}
