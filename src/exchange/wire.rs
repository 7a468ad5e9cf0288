//! Between what the register holds and what travels: the two say the same in their own types, and this is the one
//! place that turns one into the other.

use super::messages::{self as wire, DocumentWire, Person};
use crate::civil_records::{self as register, Part, RecordBody, RecordView, Standing, Subject};
use crate::error::{Error, Result};
use crate::residents::Resident;
use crate::residents::documents::{Document, DocumentKind};

/// A document as it travels; `None` for the rare number the protocol has no form for.
pub fn document(document: &Document) -> Option<DocumentWire> {
    let kind = document.kind().as_str().parse().ok()?;
    Some(DocumentWire { kind, number: document.number().as_str().parse().ok()? })
}

/// A document as it came; `None` when its number is not sound by the rules of its kind, so that nothing is ever
/// paired on a mistyped number.
pub fn read_document(wire: &DocumentWire) -> Option<Document> {
    let kind: DocumentKind = wire.kind.as_str().parse().ok()?;
    Document::parse(kind, wire.number.as_str()).ok()
}

/// A registered person, by what pairing needs: sex and day of birth only where the number does not tell them.
pub fn person(resident: &Resident, of: Option<&Document>) -> Person {
    Person {
        document: of.and_then(document),
        name: resident.name.clone(),
        sex: if of.and_then(Document::sex).is_some() { None } else { Some(resident.sex) },
        born_on: if of.and_then(Document::birth_date).is_some() { None } else { resident.birth_date },
    }
}

fn party(party: &register::Party) -> Person {
    Person {
        document: party.document.as_ref().and_then(document),
        name: party.name.clone(),
        sex: party.sex,
        born_on: party.born_on,
    }
}

/// A person of a message as a party of a record.
pub fn read_party(person: &Person) -> register::Party {
    register::Party {
        name: person.name.clone(),
        document: person.document.as_ref().and_then(read_document),
        sex: person.sex,
        born_on: person.born_on,
    }
}

fn place(place: &register::Place) -> wire::Place {
    match place {
        register::Place::Division(code) => wire::Place::Division(code.clone()),
        register::Place::Abroad(name) => wire::Place::Abroad(name.clone()),
    }
}

fn read_place(place: &wire::Place) -> register::Place {
    match place {
        wire::Place::Division(code) => register::Place::Division(code.clone()),
        wire::Place::Abroad(name) => register::Place::Abroad(name.clone()),
    }
}

fn certificate(certificate: &register::Certificate) -> Option<wire::Certificate> {
    Some(wire::Certificate {
        number: certificate.number.as_str().parse().ok()?,
        issuer: certificate.issuer.clone(),
        authority: certificate.authority.as_str().parse().ok()?,
    })
}

fn read_certificate(certificate: &wire::Certificate) -> Result<register::Certificate> {
    Ok(register::Certificate {
        number: certificate.number.as_str().parse().map_err(|_| Error::Refused("invalid-payload"))?,
        issuer: certificate.issuer.clone(),
        authority: certificate.authority.as_str().parse().map_err(|_| Error::Refused("invalid-payload"))?,
    })
}

/// A record as it travels. Every spouse says how far the record is with them here.
pub fn record(view: &RecordView) -> wire::Record {
    let on_file = |part: Part| view.subjects.iter().any(|s: &Subject| s.part == part && s.resident_id.is_some());
    let spouse = |of: &register::Party, part| wire::Spouse {
        person: party(of),
        application: if on_file(part) { wire::Application::Applied } else { wire::Application::NotHere },
    };
    match &view.body {
        RecordBody::Marriage(marriage) => wire::Record::Marriage(wire::Marriage {
            spouses: [spouse(&marriage.spouses[0], Part::SpouseA), spouse(&marriage.spouses[1], Part::SpouseB)],
            married_on: marriage.married_on,
            place: marriage.place.as_ref().map(place),
            certificate: marriage.certificate.as_ref().and_then(certificate),
        }),
        RecordBody::Birth(birth) => wire::Record::Birth(wire::Birth {
            child: wire::Child {
                document: birth.child.document.as_ref().and_then(document),
                name: birth.child.name.clone(),
                sex: birth.child.sex,
                born_on: birth.child.born_on,
            },
            place: place(&birth.place),
            parents: birth.parents.iter().map(party).collect(),
            certificate: birth.certificate.as_ref().and_then(certificate),
        }),
    }
}

/// A record as it came.
pub fn read_record(record: &wire::Record) -> Result<RecordBody> {
    Ok(match record {
        wire::Record::Marriage(marriage) => {
            let [a, b] = &marriage.spouses;
            let body = register::Marriage {
                spouses: [read_party(&a.person), read_party(&b.person)],
                married_on: marriage.married_on,
                place: marriage.place.as_ref().map(read_place),
                certificate: marriage.certificate.as_ref().map(read_certificate).transpose()?,
            };
            RecordBody::Marriage(body)
        }
        wire::Record::Birth(birth) => {
            let body = register::Birth {
                child: register::Child {
                    name: birth.child.name.clone(),
                    sex: birth.child.sex,
                    born_on: birth.child.born_on,
                    document: birth.child.document.as_ref().and_then(read_document),
                },
                place: read_place(&birth.place),
                parents: birth.parents.iter().map(read_party).collect(),
                certificate: birth.certificate.as_ref().map(read_certificate).transpose()?,
            };
            RecordBody::Birth(body)
        }
    })
}

/// The fields of a marriage that were wanted, as `of` (one of the spouses) asked for them.
pub fn marriage_facts(
    view: &RecordView,
    marriage: &register::Marriage,
    of: Part,
    wanted: &[wire::MarriageField],
) -> wire::MarriageFacts {
    let wants = |field| wanted.contains(&field);
    let other = if of == Part::SpouseA { &marriage.spouses[1] } else { &marriage.spouses[0] };
    wire::MarriageFacts {
        spouse: wants(wire::MarriageField::Spouse).then(|| party(other)),
        married_on: wants(wire::MarriageField::MarriedOn).then_some(marriage.married_on),
        place: marriage.place.as_ref().filter(|_| wants(wire::MarriageField::Place)).map(place),
        certificate: marriage
            .certificate
            .as_ref()
            .filter(|_| wants(wire::MarriageField::Certificate))
            .and_then(certificate),
        stands: wants(wire::MarriageField::Stands).then_some(view.summary.standing == Standing::Stands),
    }
}

/// The fields of a birth that were wanted.
pub fn birth_facts(birth: &register::Birth, wanted: &[wire::BirthField]) -> wire::BirthFacts {
    let wants = |field| wanted.contains(&field);
    wire::BirthFacts {
        born_on: wants(wire::BirthField::BornOn).then_some(birth.child.born_on),
        place: wants(wire::BirthField::Place).then(|| place(&birth.place)),
        parents: wants(wire::BirthField::Parents).then(|| birth.parents.iter().map(party).collect()),
        certificate: birth.certificate.as_ref().filter(|_| wants(wire::BirthField::Certificate)).and_then(certificate),
    }
}
