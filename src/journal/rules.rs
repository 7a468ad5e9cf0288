//! What of an entry a person who is concerned may have in their hands.

use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;

/// Shown of every entry.
const ALWAYS: &[&str] = &["id", "locality", "at", "kind", "basis"];
/// Shown besides where the entry is about nobody else: who looked, for what, at which fields.
const ALONE: &[&str] = &[
    "actor/role",
    "actor/office",
    "actor/peer",
    "purpose",
    "case",
    "details/fields",
    "details/by",
    "details/recipient",
    "details/sealed_until",
];
/// Shown besides of a search: that others were found, too, is not their case.
const SEARCH: &[&str] = &["actor/role", "actor/office", "details/by"];
/// All that is shown of a confidential access before its day.
const SEALED: &[&str] = &["id", "locality", "at", "details/sealed_until"];

/// Which parts of an entry are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// All of them: to who may read the journal.
    All,
    /// These, and the entry is about this person alone.
    Alone(Vec<String>),
    /// These; the rest is, or may be, about others.
    Shared(Vec<String>),
}

/// The parts of an entry that `person` may see on a day. Of an entry about several persons they see that their data
/// were reached and what allowed it; of a confidential access, before its day, only that there was one.
pub fn shown_to(person: Uuid, entry: &Value, today: NaiveDate) -> Shown {
    let subjects: &[Value] = entry["subjects"].as_array().map_or(&[], Vec::as_slice);
    let own = subjects.iter().position(|subject| *subject == person.to_string());
    let own = own.map(|number| format!("subjects/{number}"));
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).chain(own.clone()).collect::<Vec<_>>();
    let sealed_until = &entry["details"]["sealed_until"];
    // A day that cannot be read has not come.
    let opened = sealed_until.as_str().and_then(|day| day.parse::<NaiveDate>().ok()).is_some_and(|day| day <= today);
    if !sealed_until.is_null() && !opened {
        return Shown::Shared(named(SEALED));
    }
    match (subjects.len(), entry["kind"].as_str()) {
        (1, _) if own.is_some() => Shown::Alone(named(&[ALWAYS, ALONE].concat())),
        (_, Some("residents.searched")) => Shown::Shared(named(&[ALWAYS, SEARCH].concat())),
        _ => Shown::Shared(named(ALWAYS)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(kind: &str, subjects: &[Uuid], details: Value) -> Vec<String> {
        let entry = json!({ "kind": kind, "subjects": subjects, "details": details });
        match shown_to(Uuid::nil(), &entry, "2026-11-23".parse().unwrap()) {
            Shown::All => panic!("nobody concerned sees all of it"),
            Shown::Alone(names) | Shown::Shared(names) => names,
        }
    }

    #[test]
    fn alone_they_see_who_looked_for_what_and_in_another_s_case_only_that_and_on_what_ground() {
        let has = |names: &[String], name: &str| names.iter().any(|shown| shown == name);
        let alone = shown("data.disclosed", &[Uuid::nil()], json!({}));
        let shared = shown("data.disclosed", &[Uuid::max(), Uuid::nil()], json!({}));
        for name in ["actor/office", "purpose", "case", "details/fields"] {
            assert!(has(&alone, name) && !has(&shared, name), "{name}");
        }
        for name in ["at", "kind", "basis"] {
            assert!(has(&alone, name) && has(&shared, name), "{name}");
        }
        assert!(has(&shared, "subjects/1") && !has(&shared, "subjects/0"));
        assert!(!has(&alone, "actor/id"));
        let search = shown("residents.searched", &[Uuid::max(), Uuid::nil()], json!({}));
        assert!(has(&search, "actor/office") && !has(&search, "subjects/0"));
    }

    #[test]
    fn a_confidential_access_is_sealed_until_its_day_and_then_open() {
        let of = |day: &str| shown("data.disclosed", &[Uuid::nil()], json!({ "sealed_until": day }));
        for day in ["2026-11-24", "soon"] {
            assert_eq!(of(day), ["id", "locality", "at", "details/sealed_until", "subjects/0"]);
        }
        assert!(of("2026-11-23").contains(&"kind".to_owned()));
    }
}
