//! Every text of the pages stands in both languages, once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("rs" | "html" | "ftl") => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    found.push((path, text));
                }
                _ => {}
            }
        }
    }
    found
}

/// The keys of a language, each with the files it stands in.
fn keys(language: &str) -> BTreeMap<String, Vec<PathBuf>> {
    let mut keys: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, text) in files(&format!("src/web/locales/{language}")) {
        for line in text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())) {
            let key = line.split_once(" =").unwrap_or_else(|| panic!("no text: {line}")).0;
            keys.entry(key.to_owned()).or_default().push(path.clone());
        }
    }
    keys
}

#[test]
fn each_key_stands_once_in_each_language() {
    let [chinese, english] = LANGUAGES.map(keys);
    for (key, files) in chinese.iter().chain(&english) {
        assert_eq!(files.len(), 1, "{key} stands in {files:?}");
    }
    let of = |keys: &BTreeMap<String, Vec<PathBuf>>| keys.keys().cloned().collect::<BTreeSet<String>>();
    let lacking: Vec<String> = of(&chinese).symmetric_difference(&of(&english)).cloned().collect();
    assert!(lacking.is_empty(), "these have no text in one of the languages: {lacking:#?}");
}

#[test]
fn every_key_a_page_asks_for_has_a_text() {
    let known = keys("en");
    let (mut asked, mut lacking) = (0, BTreeSet::new());
    for (path, text) in files("src/web/templates").into_iter().chain(files("src/web/pages")) {
        let code = text.split("#[cfg(test)]").next().unwrap().lines();
        let text = code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for (call, prefix) in
            [(".t(\"", ""), (".t1(\"", ""), (".t2(\"", ""), ("Said::done(\"", "said-"), ("\", \"menu-", "menu-")]
        {
            for rest in text.split(call).skip(1) {
                let key = format!("{prefix}{}", rest.split('"').next().unwrap());
                asked += 1;
                if !known.contains_key(&key) {
                    lacking.insert(format!("{key}    ({})", path.display()));
                }
            }
        }
    }
    assert!(asked > 50, "{asked}");
    assert!(lacking.is_empty(), "these have no text: {lacking:#?}");
}
