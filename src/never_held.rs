//! What the registry never holds: one list of concepts, read by the tests over every name the registry gives to
//! something, and by what takes files in, which drops such columns unread.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::access::Bilingual;

/// A concept that has no place here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Its code, for example `health`.
    pub code: String,
    /// What it is, in both languages.
    pub text: Bilingual,
    /// Its names, as the list explains them.
    pub names: Vec<String>,
    /// Numbers of the code tables that list it.
    #[serde(default)]
    pub tables: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    concept: Vec<Concept>,
}

/// All concepts. The list is part of the program and a test reads it: it is empty only where it is broken, and then
/// nothing is built.
pub fn concepts() -> &'static [Concept] {
    static LIST: OnceLock<Vec<Concept>> = OnceLock::new();
    LIST.get_or_init(|| {
        toml::from_str::<List>(include_str!("never_held.toml")).map(|list| list.concept).unwrap_or_default()
    })
}

/// The concept a name stands for, and by which of its names, however it is written: `pregnancyTest`, `birth-permit`,
/// `孕检日期`, `GBT3304代码`.
pub fn find(name: &str) -> Option<(&'static Concept, &'static str)> {
    let (words, table) = (words(name), alphanumeric(name));
    concepts().iter().find_map(|concept| {
        let by_name = concept.names.iter().find(|listed| stands_in(listed, name, &words));
        let by_table = || concept.tables.iter().find(|listed| table.contains(&alphanumeric(listed)));
        by_name.or_else(by_table).map(|found| (concept, found.as_str()))
    })
}

fn stands_in(listed: &str, name: &str, words: &str) -> bool {
    if !listed.is_ascii() {
        return name.contains(listed);
    }
    // Whole words where their beginning is also that of harmless ones: find, feed, facet.
    let whole = listed.len() <= 5;
    let found = format!(" {listed}");
    words.match_indices(&found).any(|(at, found)| !whole || words[at + found.len()..].chars().next().is_none_or(is_end))
}

fn is_end(c: char) -> bool {
    c == ' '
}

/// The name's words in small letters, each after a space.
fn words(name: &str) -> String {
    let mut spaced = String::new();
    let mut before = ' ';
    for c in name.chars() {
        // `birthPermit` is two words, `IMEI` and `GPSLatitude` begin one each.
        if c.is_uppercase() && !before.is_uppercase() {
            spaced.push(' ');
        }
        match c.is_alphanumeric() {
            true => spaced.extend(c.to_lowercase()),
            false => spaced.push(' '),
        }
        before = c;
    }
    format!(" {}", spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Letters and digits alone: `GB/T 2261.3-2003` and `gbt2261.3` begin alike.
fn alphanumeric(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_concept_is_found_however_it_is_written() {
        for (name, code) in [
            ("pregnancyTest", "health"),
            ("residents.pregnant_since", "health"),
            ("contraception-method", "health"),
            ("孕检日期", "health"),
            ("健康状况（GB/T 2261.3-2003）", "health"),
            ("GBT2261_3", "health"),
            ("birth_permit_no", "judgement"),
            ("fine", "judgement"),
            ("riskLevel", "judgement"),
            ("是否超生", "judgement"),
            ("residents.ethnic_group", "belief-and-body"),
            ("faceImage", "belief-and-body"),
            ("IMEI", "belief-and-body"),
            ("GPS Latitude", "belief-and-body"),
            ("politicalStatus", "belief-and-body"),
            ("代码 GB 3304-91", "belief-and-body"),
            ("remarks", "free-text"),
            ("备注", "free-text"),
        ] {
            assert_eq!(find(name).map(|(concept, _)| concept.code.as_str()), Some(code), "{name}");
        }
    }

    #[test]
    fn harmless_names_are_not_taken_for_one() {
        for name in ["finding", "find_own", "facts", "surface", "feed", "姓名", "证件号码", "door_code", "GB/T 2261.1"]
        {
            assert!(find(name).is_none(), "{name}: {:?}", find(name).map(|(_, by)| by));
        }
    }

    #[test]
    fn the_list_has_both_languages_for_each_concept() {
        assert_eq!(concepts().len(), 4);
        for concept in concepts() {
            assert!(concept.names.iter().any(|name| name.is_ascii()), "{}", concept.code);
            assert!(concept.names.iter().any(|name| !name.is_ascii()), "{}", concept.code);
            assert!(!concept.text.zh.is_empty() && !concept.text.en.is_empty());
        }
    }
}
