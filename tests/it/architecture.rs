//! The rules of direction, read off the source.

use std::path::{Path, PathBuf};

const DOMAINS: &[&str] = &[
    "dwellings",
    "landlords",
    "residents",
    "tenancies",
    "reports",
    "civil_records",
    "notices",
    "doubts",
    "services",
    "surveys",
    "statistics",
    "exports",
    "oversight",
];
const LONGEST_FILE: usize = 400;

/// A source file: its path below `src`, and its code without tests and comments.
struct Source {
    path: String,
    code: Vec<(usize, String)>,
}

impl Source {
    /// The folder or file directly below `src`, without extension.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    fn lines_with<'a>(&'a self, words: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        let found = self.code.iter().filter(|(_, line)| words.iter().any(|word| has_word(line, word)));
        found.map(|(number, line)| format!("src/{}:{number}: {}", self.path, line.trim()))
    }
}

/// Whether the text stands in the line and neither continues nor begins a longer name.
fn has_word(line: &str, text: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let joined = |a: Option<char>, b: Option<char>| a.is_some_and(part_of_name) && b.is_some_and(part_of_name);
    line.match_indices(text).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + text.len()..]);
        !joined(before.chars().next_back(), text.chars().next())
            && !joined(text.chars().next_back(), after.chars().next())
    })
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let name = |file: &PathBuf| file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| Source { path: name(file), code: code(&std::fs::read_to_string(file).unwrap()) }).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|e| e.to_str()) {
            _ if path.is_dir() => collect(&path, found),
            Some("rs") if !path.to_string_lossy().ends_with("tests.rs") && !is_only_for_tests(&path) => {
                found.push(path)
            }
            _ => {}
        }
    }
    found.sort();
}

/// The files that only tests use, by `#[cfg(test)] mod name;` in the module above them.
fn is_only_for_tests(file: &Path) -> bool {
    let name = file.file_stem().unwrap().to_string_lossy();
    let above = file.parent().unwrap().join("mod.rs");
    let declared = |text: String| {
        let mut parts = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.lines().next());
        parts.any(|line| line.ends_with(&format!("mod {name};")))
    };
    std::fs::read_to_string(above).is_ok_and(declared)
}

/// The numbered lines before the test module, without those that are comments.
fn code(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

/// Fails with every line that names one of the words in a file where that is not allowed.
fn only_where(words: &[&str], allowed: impl Fn(&Source) -> bool, rule: &str) {
    let sources = sources();
    let offending: Vec<String> = sources.iter().filter(|s| !allowed(s)).flat_map(|s| s.lines_with(words)).collect();
    assert!(offending.is_empty(), "{rule}:\n{}", offending.join("\n"));
}

#[test]
fn sql_stands_only_in_stores() {
    let store = |s: &Source| s.path.ends_with("store.rs") || s.path.contains("/store/") || s.path == "db.rs";
    let calls =
        ["execute!(", "fetch_one!(", "fetch_optional!(", "fetch_all!(", "on_both!(", "sqlx::query", "QueryBuilder"];
    only_where(&calls, store, "SQL belongs into a store");
}

#[test]
fn axum_is_known_only_at_the_http_door() {
    let door = |s: &Source| s.room() == "web";
    only_where(&["axum", "tower_http", "utoipa_axum", "utoipa_swagger_ui"], door, "axum belongs into web/");
}

#[test]
fn the_command_line_is_parsed_only_at_its_door() {
    only_where(&["clap"], |s| s.room() == "cli" || s.path == "main.rs", "clap belongs into cli/");
}

#[test]
fn outgoing_requests_are_made_in_one_place() {
    only_where(&["reqwest"], |s| s.path == "exchange/client.rs", "reqwest belongs into exchange/client.rs");
}

#[test]
fn nothing_inside_knows_the_doors() {
    let outside = |s: &Source| matches!(s.room(), "web" | "cli" | "main" | "lib");
    only_where(
        &["crate::web", "anju::web", "crate::cli"],
        outside,
        "the doors know the rooms, not the other way round",
    );
}

#[test]
fn no_domain_knows_the_exchange() {
    let may = |s: &Source| !DOMAINS.contains(&s.room()) && s.room() != "localities";
    only_where(&["crate::exchange"], may, "the exchange reads the journal; a domain does not call it");
}

#[test]
fn access_vault_and_journal_know_no_domain() {
    let domains: Vec<String> = DOMAINS.iter().map(|domain| format!("crate::{domain}")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let may = |s: &Source| !matches!(s.room(), "access" | "vault" | "journal" | "values" | "error" | "db" | "clock");
    only_where(&domains, may, "the ground floor knows no domain");
}

#[test]
fn rules_are_pure() {
    let others = |s: &Source| !s.path.ends_with("/rules.rs");
    // Deriving how a row becomes a rule's type is no SQL.
    let impure = ["async", ".await", "sqlx::query", "sqlx::query_as", "Clock", "Work"];
    only_where(&impure, others, "rules.rs has no async, no SQL, no clock");
}

#[test]
fn nothing_unwraps_outside_tests() {
    only_where(
        &[".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("],
        |_| false,
        "answer an error instead",
    );
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let long: Vec<String> = sources()
        .iter()
        .map(|s| (s, s.code.last().map_or(0, |(number, _)| *number)))
        .filter(|(_, lines)| *lines >= LONGEST_FILE)
        .map(|(s, lines)| format!("src/{} has {lines} lines", s.path))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    const VAGUE: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "service", "misc"];
    let vague: Vec<String> = sources()
        .into_iter()
        .map(|s| s.path)
        .filter(|path| path.trim_end_matches(".rs").split('/').any(|part| VAGUE.contains(&part)))
        .collect();
    assert!(vague.is_empty(), "{vague:?}");
}

#[test]
fn the_words_are_found_whole() {
    assert!(has_word("use axum::Json;", "axum"));
    assert!(!has_word("let axumlike = 1;", "axum"));
    assert!(has_word("execute!(tx,", "execute!("));
    assert!(!has_word("pub struct Workshop;", "Work"));
}
