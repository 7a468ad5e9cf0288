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

/// The string literals among the arguments of a call whose arguments begin `text`, each with the number of commas
/// before it on the call's own level.
fn literals(text: &str) -> Vec<(usize, &str)> {
    let (mut depth, mut commas, mut opened, mut found) = (0, 0, None, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match (byte, opened) {
            (b'"', None) => opened = Some(at + 1),
            (b'"', Some(from)) if !text[..at].ends_with('\\') => {
                found.push((commas, &text[from..at]));
                opened = None;
            }
            (_, Some(_)) => {}
            (b'(' | b'[' | b'{', _) => depth += 1,
            (b')' | b']' | b'}', _) if depth == 0 => return found,
            (b')' | b']' | b'}', _) => depth -= 1,
            (b',', _) if depth == 0 => commas += 1,
            _ => {}
        }
    }
    found
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
        // The call, the argument that is a code, and what its key begins with.
        const CALLS: [(&str, usize, &str); 5] = [
            ("Refused(", 0, "refused"),
            ("Malformed(", 0, "field"),
            ("NotFound(", 0, "not-found"),
            ("invalid(", 1, "field"),
            ("within_scope(", 1, "not-found"),
        ];
        let mut codes = Vec::new();
        for (opening, argument, prefix) in CALLS {
            let found = code.split(opening).skip(1).flat_map(literals).filter(|(place, _)| *place == argument);
            codes.extend(found.map(|(_, code)| (prefix, code)));
        }
        let fields = code.split(" code: \"").skip(1).filter_map(|rest| rest.split('"').next());
        codes.extend(fields.map(|code| ("field", code)));
        let kebab = |code: &str| code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let codes = codes.into_iter().filter(|(_, code)| kebab(code));
        keys.extend(codes.map(|(prefix, code)| (format!("{prefix}-{code}"), name.clone())));
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
    assert_eq!(literals(r#"format!("a, {b}"), "no-holidays") "other""#), [(0, "a, {b}"), (1, "no-holidays")]);
    assert_eq!(literals(r#"if a { "b" } else { "c" })"#), [(0, "b"), (0, "c")]);
}

#[test]
fn every_reason_of_the_protocol_has_a_text() {
    let missing = Reason::ALL.iter().filter(|reason| Language::English.find(&format!("refused-{reason}")).is_none());
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&Reason>::new());
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
        Fault::SecondFactorNeeded.into(),
        Fault::WrongSecondFactor.into(),
        Fault::SecondFactorMissing.into(),
        Fault::CsrfToken.into(),
        Fault::MethodNotAllowed.into(),
        Fault::TooLarge.into(),
        Fault::UnsupportedMediaType.into(),
        Fault::TooManyAttempts.into(),
        Fault::TimedOut.into(),
    ];
    for problem in faults as [Problem; 20] {
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
    insta::assert_snapshot!(shown(&problem, Language::Chinese), @r#"
    {
      "type": "urn:anju:problem:invalid",
      "title": "填写的内容需要修改",
      "status": 422,
      "detail": "有内容需要修改，请按各项提示改好后重新提交。",
      "code": "invalid",
      "errors": [
        {
          "field": "login",
          "code": "malformed-login",
          "message": "登录名为 3 至 40 个字母、数字或 . - _，数字不超过九个。"
        },
        {
          "field": "name",
          "code": "too-long",
          "message": "太长了。请缩短。"
        }
      ],
      "request_id": "5f0c"
    }
    "#);
    insta::assert_snapshot!(shown(&problem, Language::English), @r#"
    {
      "type": "urn:anju:problem:invalid",
      "title": "Some fields need a change",
      "status": 422,
      "detail": "Please change the fields listed and send it again.",
      "code": "invalid",
      "errors": [
        {
          "field": "login",
          "code": "malformed-login",
          "message": "A log-in name has 3 to 40 letters, digits or . - _ and no more than nine digits."
        },
        {
          "field": "name",
          "code": "too-long",
          "message": "Too long. Please shorten it."
        }
      ],
      "request_id": "5f0c"
    }
    "#);
}

#[test]
fn a_refusal_reads_well() {
    let problem: Problem = Error::Refused("login-taken").into();
    insta::assert_snapshot!(shown(&problem, Language::Chinese), @r#"
    {
      "type": "urn:anju:problem:refused",
      "title": "现在不能办理",
      "status": 409,
      "detail": "这个登录名已有人使用。请换一个。",
      "code": "login-taken",
      "errors": [],
      "request_id": "5f0c"
    }
    "#);
    insta::assert_snapshot!(shown(&problem, Language::English), @r#"
    {
      "type": "urn:anju:problem:refused",
      "title": "This cannot be done now",
      "status": 409,
      "detail": "Somebody has this log-in name already. Please choose another.",
      "code": "login-taken",
      "errors": [],
      "request_id": "5f0c"
    }
    "#);
}

#[test]
fn a_fault_of_ours_says_nothing_of_its_reason() {
    let problem: Problem = Error::internal("secret reason").into();
    insta::assert_snapshot!(shown(&problem, Language::Chinese), @r#"
    {
      "type": "urn:anju:problem:internal",
      "title": "系统出错",
      "status": 500,
      "detail": "系统出错。请核对是否已经办成，再稍后重试；如果仍然出错，请把请求编号告诉管理员。",
      "code": "internal",
      "errors": [],
      "request_id": "5f0c"
    }
    "#);
    insta::assert_snapshot!(shown(&problem, Language::English), @r#"
    {
      "type": "urn:anju:problem:internal",
      "title": "Something failed here",
      "status": 500,
      "detail": "Something failed here. Please check whether it was done, and try again shortly; if it fails again, give the administrator the request id.",
      "code": "internal",
      "errors": [],
      "request_id": "5f0c"
    }
    "#);
}
