//! Every code has words in both languages, and the words read well.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::error::FieldError;

const FOLDER: &str = "src/web/locales";

fn keys(language: Language) -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(language.tag()).join("problems.ftl");
    let text = std::fs::read_to_string(file).unwrap();
    let keys: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned()))
        .collect();
    let set: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(set.len(), keys.len(), "a key stands twice in {FOLDER}/{}/problems.ftl", language.tag());
    set
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.to_string_lossy().ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The text of a string literal at the beginning of `text`.
fn literal(text: &str) -> Option<&str> {
    let rest = text.trim_start().strip_prefix('"')?;
    rest.split_once('"').map(|(inside, _)| inside)
}

/// The last argument of a call whose arguments begin `text`, where it is a string literal.
fn last_literal(text: &str) -> Option<&str> {
    let (mut depth, mut in_string, mut argument) = (0, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !text[..at].ends_with('\\') => in_string = !in_string,
            _ if in_string => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => return literal(&text[argument..at]).or_else(|| literal(text[argument..at].trim())),
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 && !text[at + 1..].trim_start().starts_with(')') => argument = at + 1,
            _ => {}
        }
    }
    None
}

/// The keys that the codes in the source call for, each with the file it stands in.
fn called_for() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    sources(&root.join("src"), &mut files);
    let mut keys = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::with_capacity(text.len()), |all, line| all + line + "\n");
        let name = file.strip_prefix(root).unwrap().display().to_string();
        let mut call_for = |key: String| {
            if key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
                keys.push((key, name.clone()));
            }
        };
        for (opening, prefix) in
            [("Refused(", "refused"), ("Malformed(", "field"), ("NotFound(", "not-found"), (" code: ", "field")]
        {
            code.split(opening).skip(1).filter_map(literal).for_each(|found| call_for(format!("{prefix}-{found}")));
        }
        for (opening, prefix) in [("invalid(", "field"), ("within_scope(", "not-found")] {
            let calls = code.split(opening).skip(1);
            calls.filter_map(last_literal).for_each(|found| call_for(format!("{prefix}-{found}")));
        }
    }
    keys
}

#[test]
fn every_code_has_a_text_in_both_languages() {
    for language in Language::ALL {
        let keys = keys(language);
        let missing = called_for().into_iter().filter(|(key, _)| !keys.contains(key));
        let missing: BTreeSet<String> = missing.map(|(key, file)| format!("{key} = …    ({file})")).collect();
        let list = missing.into_iter().collect::<Vec<_>>().join("\n");
        assert!(list.is_empty(), "add to both {FOLDER}/{{zh-CN,en}}/problems.ftl:\n{list}");
    }
}

#[test]
fn the_codes_are_really_found() {
    let found: BTreeSet<String> = called_for().into_iter().map(|(key, _)| key).collect();
    for key in ["refused-login-taken", "field-too-short", "not-found-user", "field-unknown-purpose", "field-empty"] {
        assert!(found.contains(key), "{key}");
    }
    assert_eq!(last_literal(r#"format!("a, {b}"), "no-holidays")"#), Some("no-holidays"));
    assert_eq!(last_literal("field, code)"), None);
}

#[test]
fn both_languages_have_the_same_keys() {
    let [chinese, english] = Language::ALL.map(keys);
    let lonely: Vec<&String> = chinese.symmetric_difference(&english).collect();
    assert!(lonely.is_empty(), "in one of {FOLDER}/*/problems.ftl only: {lonely:?}");
}

#[test]
fn every_kind_of_fault_has_its_words() {
    let faults = [
        Error::NotFound("user").into(),
        Error::NotFound("something-new").into(),
        Error::Forbidden("manage-users").into(),
        Error::invalid("login", "malformed-login").into(),
        Error::Refused("login-taken").into(),
        Error::Refused("something-new").into(),
        Error::Stale.into(),
        Error::Unavailable("database").into(),
        Error::internal("x").into(),
        Fault::NotSignedIn.into(),
        Fault::WrongLogin.into(),
        Fault::CsrfToken.into(),
        Fault::MethodNotAllowed.into(),
        Fault::TooLarge.into(),
        Fault::UnsupportedMediaType.into(),
        Fault::TooManyAttempts.into(),
        Fault::TimedOut.into(),
    ];
    for problem in faults as [Problem; 17] {
        for language in Language::ALL {
            let (title, detail) = problem.words(language);
            assert!(!title.is_empty() && !detail.is_empty(), "{problem:?} in {language:?}");
            assert!(!detail.contains(['!', '！']), "{detail}");
        }
    }
}

fn shown(problem: &Problem, language: Language) -> String {
    serde_json::to_string_pretty(&problem.document(language, "5f0c".into())).unwrap()
}

#[test]
fn an_invalid_input_reads_well() {
    let problem: Problem = Error::Invalid(vec![
        FieldError { field: "login".into(), code: "malformed-login" },
        FieldError { field: "name".into(), code: "too-long" },
    ])
    .into();
    insta::assert_snapshot!(shown(&problem, Language::Chinese), @"");
    insta::assert_snapshot!(shown(&problem, Language::English), @"");
}

#[test]
fn a_refusal_reads_well() {
    let problem: Problem = Error::Refused("login-taken").into();
    insta::assert_snapshot!(shown(&problem, Language::Chinese), @"");
    insta::assert_snapshot!(shown(&problem, Language::English), @"");
}

#[test]
fn a_fault_of_ours_says_nothing_of_its_reason() {
    let problem: Problem = Error::internal("secret reason").into();
    insta::assert_snapshot!(shown(&problem, Language::Chinese), @"");
    insta::assert_snapshot!(shown(&problem, Language::English), @"");
}
