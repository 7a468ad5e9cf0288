//! What a record must agree with, and the yes/no questions it can answer. Pure: no database, no clock. Nothing here
//! judges a person: no age is too young, no child one too many; only what cannot have been so is refused.

use chrono::{Datelike, NaiveDate};

use super::body::{
    Authority, Birth, Certificate, Marriage, Part, Party, Place, RecordBody, RecordKind, Source, Standing,
};
use super::certificates::{BirthCertificateNumber, CertificateNumber, MarriageCertificateNumber};
use crate::error::{Error, Result};
use crate::values::{folded, parse_field};

/// Nobody born earlier has ever held a number, and no register reaches back further.
const EARLIEST_YEAR: i32 = 1800;

/// Refuses what cannot have been so on `today`: days to come, a marriage before a birth, somebody twice.
pub(super) fn check(body: &RecordBody, standing: Standing, today: NaiveDate) -> Result<()> {
    match body {
        RecordBody::Marriage(marriage) => check_marriage(marriage, today)?,
        RecordBody::Birth(birth) => check_birth(birth, standing, today)?,
    }
    let people = body.people();
    let twice = people.iter().enumerate().any(|(at, (_, person))| {
        let document = person.document.as_ref();
        document.is_some() && people.iter().skip(at + 1).any(|(_, other)| other.document.as_ref() == document)
    });
    if twice { Err(Error::Refused("same-person")) } else { Ok(()) }
}

fn check_marriage(marriage: &Marriage, today: NaiveDate) -> Result<()> {
    check_day("marriage.married_on", marriage.married_on, today)?;
    if let Some(place) = &marriage.place {
        check_place("marriage.place", place)?;
    }
    for spouse in &marriage.spouses {
        if spouse.birth_date().is_some_and(|born| born >= marriage.married_on) {
            return Err(Error::invalid("marriage.married_on", "before-birth"));
        }
    }
    Ok(())
}

fn check_birth(birth: &Birth, standing: Standing, today: NaiveDate) -> Result<()> {
    check_day("birth.child.born_on", birth.child.born_on, today)?;
    check_place("birth.place", &birth.place)?;
    if birth.parents.len() > 2 {
        return Err(Error::invalid("birth.parents", "too-many"));
    }
    if birth.parents.iter().any(|parent| parent.birth_date().is_some_and(|born| born >= birth.child.born_on)) {
        return Err(Error::invalid("birth.child.born_on", "before-birth-of-parent"));
    }
    if standing == Standing::Dissolved {
        return Err(Error::invalid("standing", "not-for-births"));
    }
    Ok(())
}

fn check_day(field: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day > today {
        return Err(Error::invalid(field, "in-the-future"));
    }
    if day.year() < EARLIEST_YEAR { Err(Error::invalid(field, "impossible-date")) } else { Ok(()) }
}

fn check_place(field: &str, place: &Place) -> Result<()> {
    match place {
        Place::Division(code) if code.as_str().len() > 6 => Err(Error::invalid(field, "finer-than-a-county")),
        Place::Division(_) | Place::Abroad(_) => Ok(()),
    }
}

/// What only somebody who enters a record here is held to: numbers of certificates in their normal form, and days of
/// birth that agree with the documents given. A peer's record is kept as its issuer wrote it.
pub(super) fn check_entered(mut body: RecordBody, source: Source) -> Result<RecordBody> {
    if source == Source::CertificateSeen && body.certificate().is_none() {
        return Err(Error::invalid(format!("{}.certificate", body.kind()), "missing-field"));
    }
    for (part, person) in body.people() {
        let on_document = person.document.as_ref().and_then(|document| document.birth_date());
        if person.born_on.zip(on_document).is_some_and(|(given, on_document)| given != on_document) {
            return Err(Error::invalid(format!("{part}.born_on"), "differs-from-document"));
        }
    }
    match &mut body {
        RecordBody::Marriage(Marriage { certificate: Some(certificate), .. }) => {
            normalise_marriage_certificate(certificate)?;
        }
        RecordBody::Birth(Birth { certificate: Some(certificate), child, .. }) => {
            normalise_birth_certificate(certificate, child.born_on)?;
        }
        RecordBody::Marriage(_) | RecordBody::Birth(_) => {}
    }
    Ok(body)
}

fn normalise_marriage_certificate(certificate: &mut Certificate) -> Result<()> {
    const NUMBER: &str = "marriage.certificate.number";
    match certificate.authority {
        Authority::Court | Authority::Foreign => Ok(()),
        Authority::Hospital => Err(Error::invalid("marriage.certificate.authority", "wrong-authority")),
        Authority::CivilAffairs => {
            let number: MarriageCertificateNumber = parse_field(NUMBER, certificate.number.as_str())?;
            certificate.number = parse_field::<CertificateNumber>(NUMBER, number.as_str())?;
            Ok(())
        }
    }
}

fn normalise_birth_certificate(certificate: &mut Certificate, born_on: NaiveDate) -> Result<()> {
    const NUMBER: &str = "birth.certificate.number";
    match certificate.authority {
        Authority::Court | Authority::Foreign => Ok(()),
        Authority::CivilAffairs => Err(Error::invalid("birth.certificate.authority", "wrong-authority")),
        Authority::Hospital if !BirthCertificateNumber::possible_for(born_on) => {
            Err(Error::Refused("no-birth-certificate-before-1996"))
        }
        Authority::Hospital => {
            let number: BirthCertificateNumber = parse_field(NUMBER, certificate.number.as_str())?;
            certificate.number = parse_field::<CertificateNumber>(NUMBER, number.as_str())?;
            Ok(())
        }
    }
}

/// The text that is equal for equal certificates; `None` where one paper may prove several records (a judgment on
/// twins) or nothing is proved by paper. Numbers an office made up are its own, so the office is part of the text.
pub(super) fn certificate_text(body: &RecordBody) -> Option<String> {
    let certificate = body.certificate()?;
    let (kind, number) = (body.kind(), folded(certificate.number.as_str()));
    let modern = || number.parse::<MarriageCertificateNumber>().is_ok_and(|number| !number.is_legacy());
    match (kind, certificate.authority) {
        (_, Authority::Court) => None,
        (RecordKind::Birth, Authority::Hospital) => Some(format!("{kind}:{number}")),
        (RecordKind::Marriage, Authority::CivilAffairs) if modern() => Some(format!("{kind}:{number}")),
        (_, authority) => Some(format!("{kind}:{authority}:{}:{number}", folded(certificate.issuer.as_str()))),
    }
}

/// Whether two descriptions mean one person: the same document and an agreeing name. `None` where that cannot be
/// said: without documents, with documents of two kinds, or with one document under two names.
pub fn is_same_person(a: &Party, b: &Party) -> Option<bool> {
    let (document, other) = (a.document.as_ref()?, b.document.as_ref()?);
    match (document == other, a.name.folded() == b.name.folded()) {
        (true, true) => Some(true),
        (true, false) => None,
        (false, _) => (document.kind() == other.kind()).then_some(false),
    }
}

/// Whether a marriage that stands and was concluded by `day` is among these records.
pub fn marriage_stands_on<'r>(records: impl IntoIterator<Item = (&'r RecordBody, Standing)>, day: NaiveDate) -> bool {
    standing_marriages(records, day).next().is_some()
}

/// Whether, of these records of `subject`, a marriage that stands on `day` is one to `person`; `None` where it cannot
/// be said who the spouse is.
pub fn is_married_to<'r>(
    records: impl IntoIterator<Item = (&'r RecordBody, Standing)>,
    subject: &Party,
    person: &Party,
    day: NaiveDate,
) -> Option<bool> {
    let spouses = standing_marriages(records, day)
        .flat_map(|marriage| &marriage.spouses)
        .filter(|spouse| is_same_person(spouse, subject) != Some(true));
    any_is(spouses, person)
}

/// Whether the child was born on the day or later.
pub fn born_on_or_after(birth: &Birth, day: NaiveDate) -> bool {
    birth.child.born_on >= day
}

/// Whether this person is one of the parents; `None` where a parent is not on record or cannot be told.
pub fn has_parent(birth: &Birth, person: &Party) -> Option<bool> {
    match any_is(birth.parents.iter(), person) {
        Some(false) if birth.parents.len() < 2 => None,
        answer => answer,
    }
}

fn standing_marriages<'r>(
    records: impl IntoIterator<Item = (&'r RecordBody, Standing)>,
    day: NaiveDate,
) -> impl Iterator<Item = &'r Marriage> {
    records.into_iter().filter_map(move |(body, standing)| match body {
        RecordBody::Marriage(marriage) if standing == Standing::Stands && marriage.married_on <= day => Some(marriage),
        RecordBody::Marriage(_) | RecordBody::Birth(_) => None,
    })
}

fn any_is<'p>(people: impl Iterator<Item = &'p Party>, person: &Party) -> Option<bool> {
    let answers: Vec<_> = people.map(|one| is_same_person(one, person)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    if answers.contains(&None) { None } else { Some(false) }
}

/// The parts a record of this kind can have.
pub(super) fn has_part(body: &RecordBody, part: Part) -> bool {
    body.people().iter().any(|(own, _)| *own == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // Published specimens of numbers.
    const FEMALE_1994: &str = "810000199408230021";
    const MALE_1985: &str = "932682198501010017";
    const FEMALE_1992: &str = "830000199201300022";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn party(name: &str, kind: &str, number: &str) -> Party {
        serde_json::from_value(json!({ "name": name, "document": { "kind": kind, "number": number } })).unwrap()
    }

    fn wife() -> Party {
        party("赵青禾", "hk-macao-residence-permit", FEMALE_1994)
    }

    fn husband() -> Party {
        party("钱远山", "foreign-permanent-residence", MALE_1985)
    }

    fn named(name: &str) -> Party {
        Party { name: name.parse().unwrap(), document: None, sex: None, born_on: None }
    }

    fn marriage(a: Party, b: Party) -> RecordBody {
        RecordBody::Marriage(Marriage {
            spouses: [a, b],
            married_on: day("2020-05-20"),
            place: None,
            certificate: None,
        })
    }

    fn birth(parents: Vec<Party>) -> Birth {
        let child = json!({ "name": "钱小草", "sex": "female", "born_on": "2022-03-01" });
        let place = Place::Division("130102".parse().unwrap());
        Birth { child: serde_json::from_value(child).unwrap(), place, parents, certificate: None }
    }

    fn certificate(authority: &str, issuer: &str, number: &str) -> Certificate {
        serde_json::from_value(json!({ "number": number, "issuer": issuer, "authority": authority })).unwrap()
    }

    #[test]
    fn a_person_is_the_same_by_document_and_name_and_by_nothing_less() {
        assert_eq!(is_same_person(&wife(), &wife()), Some(true));
        let renamed = party("赵青", "hk-macao-residence-permit", FEMALE_1994);
        assert_eq!(is_same_person(&wife(), &renamed), None);
        assert_eq!(is_same_person(&wife(), &named("赵青禾")), None);
        assert_eq!(is_same_person(&wife(), &husband()), None, "another kind of document may be a second one");
        let other = party("钱远山", "foreign-permanent-residence", "911124198108030024");
        assert_eq!(is_same_person(&husband(), &other), Some(false));
    }

    #[test]
    fn a_marriage_stands_from_its_day_until_it_ends() {
        let body = marriage(wife(), husband());
        assert!(!marriage_stands_on([(&body, Standing::Stands)], day("2020-05-19")));
        assert!(marriage_stands_on([(&body, Standing::Stands)], day("2020-05-20")));
        for ended in [Standing::Dissolved, Standing::Annulled] {
            assert!(!marriage_stands_on([(&body, ended)], day("2021-01-01")));
        }
        assert!(!marriage_stands_on([(&RecordBody::Birth(birth(vec![])), Standing::Stands)], day("2026-01-01")));
    }

    #[test]
    fn whom_somebody_is_married_to_is_said_only_when_it_is_known() {
        let today = day("2026-11-23");
        let body = marriage(wife(), husband());
        let records = || [(&body, Standing::Stands)];
        let other = party("孙远", "foreign-permanent-residence", "911124198108030024");
        assert_eq!(is_married_to(records(), &wife(), &husband(), today), Some(true));
        assert_eq!(is_married_to(records(), &wife(), &other, today), Some(false));
        assert_eq!(is_married_to(records(), &wife(), &named("钱远山"), today), None);
        assert_eq!(is_married_to(records(), &wife(), &wife(), today), None, "two kinds of documents, and not oneself");
        assert_eq!(is_married_to([(&body, Standing::Dissolved)], &wife(), &husband(), today), Some(false));
        assert_eq!(is_married_to([], &wife(), &husband(), today), Some(false));
    }

    #[test]
    fn a_parent_not_on_record_is_not_denied() {
        assert_eq!(has_parent(&birth(vec![wife(), husband()]), &husband()), Some(true));
        assert_eq!(has_parent(&birth(vec![husband()]), &husband()), Some(true));
        let other = party("孙远", "foreign-permanent-residence", "911124198108030024");
        assert_eq!(has_parent(&birth(vec![husband()]), &other), None);
        assert_eq!(has_parent(&birth(vec![]), &other), None);
        let second = party("李河", "foreign-permanent-residence", MALE_1985);
        assert_eq!(has_parent(&birth(vec![husband(), second]), &other), Some(false));
    }

    #[test]
    fn a_birth_day_answers_since_when() {
        let birth = birth(vec![]);
        assert!(born_on_or_after(&birth, day("2022-03-01")));
        assert!(!born_on_or_after(&birth, day("2022-03-02")));
    }

    #[test]
    fn certificates_are_compared_as_their_offices_number_them() {
        let text = |authority, issuer, number| {
            let RecordBody::Marriage(mut marriage) = marriage(wife(), husband()) else { panic!("a marriage") };
            marriage.certificate = Some(certificate(authority, issuer, number));
            certificate_text(&RecordBody::Marriage(marriage))
        };
        let modern = text("civil-affairs", "长安区民政局", "J130102-2020-000123");
        assert!(modern.is_some());
        assert_eq!(modern, text("civil-affairs", "石家庄市长安区民政局", "j130102 2020 000123"));
        let legacy = text("civil-affairs", "甲乡政府", "（1988）结字第12号");
        assert!(legacy.is_some());
        assert_ne!(legacy, text("civil-affairs", "乙乡政府", "（1988）结字第12号"));
        assert_eq!(text("court", "长安区人民法院", "（2020）冀0102民初123号"), None);
    }

    #[test]
    fn a_day_of_birth_agrees_with_the_document_beside_it() {
        let mut contradicting = wife();
        contradicting.born_on = Some(day("1994-08-24"));
        let refused = check_entered(marriage(contradicting, husband()), Source::Statement);
        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].code == "differs-from-document"));
        let mut agreeing = wife();
        agreeing.born_on = Some(day("1994-08-23"));
        assert!(check_entered(marriage(agreeing, husband()), Source::Statement).is_ok());
    }

    #[test]
    fn nobody_stands_twice_in_a_record_and_no_age_is_judged() {
        let today = day("2026-11-23");
        let twice = check(&marriage(wife(), wife()), Standing::Stands, today);
        assert!(matches!(twice, Err(Error::Refused("same-person"))));
        let child = party("周小舟", "taiwan-residence-permit", FEMALE_1992);
        let RecordBody::Marriage(mut young) = marriage(child, husband()) else { panic!("a marriage") };
        young.married_on = day("2008-01-01");
        assert!(check(&RecordBody::Marriage(young), Standing::Stands, today).is_ok());
    }

    #[test]
    fn a_place_is_no_finer_than_a_county() {
        let mut birth = birth(vec![]);
        birth.place = Place::Division("130102001".parse().unwrap());
        let checked = check(&RecordBody::Birth(birth), Standing::Stands, day("2026-11-23"));
        assert!(matches!(checked, Err(Error::Invalid(faults)) if faults[0].code == "finer-than-a-county"));
    }
}
