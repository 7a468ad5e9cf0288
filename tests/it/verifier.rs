//! The page that verifies an extract, in a real browser, saved to a disk and without a network.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{TestApp, TestDb, chromium, opened};
use crate::localities::{Locality, RESIDENCE, morning};
use crate::proofs::looked_at;

/// The page in a file with an extract in it, as a person opens it who saved both.
struct Saved {
    folder: TempDir,
    chromium: PathBuf,
}

impl Saved {
    fn new() -> Option<Self> {
        Some(Self { chromium: chromium()?, folder: tempfile::tempdir().unwrap() })
    }

    /// What the page says of a file's text, with the key's fingerprint typed in.
    async fn says(&self, text: &str, pinned: &str) -> String {
        const PLACE: &str = r#"<script type="application/json" id="extract">"#;
        let with =
            format!("{}{}", PLACE.replace('>', &format!(" data-pinned=\"{pinned}\">")), text.replace('<', "\\u003c"));
        let page = anju::web::VERIFIER.replacen(PLACE, &with, 1);
        assert!(page.contains(pinned));
        let file = self.folder.path().join("verifier.html");
        std::fs::write(&file, page).unwrap();
        opened(&self.chromium, &format!("file://{}", file.display())).await
    }

    async fn verdict(&self, extract: &Value, pinned: &str) -> String {
        verdict(&self.says(&extract.to_string(), pinned).await)
    }
}

fn verdict(dom: &str) -> String {
    let (_, rest) = dom.split_once("data-verdict=\"").unwrap_or_else(|| panic!("no page: {dom}"));
    rest.split_once('"').unwrap().0.to_owned()
}

async fn fingerprint(app: &TestApp) -> String {
    app.anon().get("/api/v1/journal/keys").await.expect(200)[0]["fingerprint"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_proves_an_extract_offline_and_says_in_words_what_it_says() {
    let Some(saved) = Saved::new() else { return };
    let (app, extract) = looked_at(&TestDb::sqlite()).await;
    let fingerprint = fingerprint(&app).await;
    let dom = saved.says(&extract.to_string(), &fingerprint).await;
    assert_eq!(verdict(&dom), "proven", "{dom}");
    for said in ["全部属实", "查看了您的信息", "130102001001", "电话", "identity-check", &fingerprint] {
        assert!(dom.contains(said), "{said} in {dom}");
    }
    let entries = extract["entries"].as_array().unwrap().len();
    assert_eq!(dom.matches("data-proven=\"true\"").count(), entries);
    assert_eq!(saved.verdict(&extract, "").await, "unpinned", "who signed it is open without the published key");
    assert_eq!(saved.verdict(&extract, "00000 00000 00000 00000 00000 00000 00000 00000").await, "altered");
}

#[tokio::test]
async fn the_page_says_so_when_a_file_was_altered() {
    let Some(saved) = Saved::new() else { return };
    let (app, extract) = looked_at(&TestDb::sqlite()).await;
    let fingerprint = fingerprint(&app).await;
    let first = extract["entries"][0]["position"].as_i64().unwrap();
    let altered = |pointer: &str, value: Value| {
        let mut altered = extract.clone();
        *altered.pointer_mut(pointer).unwrap() = value;
        altered
    };
    let rewritten: Value =
        serde_json::from_str(&extract.to_string().replacen("[\\\"phone\\\"]", "[\\\"name\\\"]", 1)).unwrap();
    let dom = saved.says(&rewritten.to_string(), &fingerprint).await;
    assert_eq!(verdict(&dom), "altered");
    assert!(dom.contains("有内容被改动过") && dom.contains(&format!("第 {first} 条")), "{dom}");
    assert_eq!(dom.matches("data-proven=\"false\"").count(), 1);
    let shorter = extract["checkpoint"].as_str().unwrap().replacen(&format!("\n{}\n", size(&extract)), "\n3\n", 1);
    for (pointer, value) in [
        ("/entries/0/position", json!(1)),
        ("/entries/0/content/parts/withheld", json!([])),
        ("/entries/0/proof", json!([])),
        ("/checkpoint", json!(shorter)),
        ("/keys", json!([])),
    ] {
        assert_eq!(saved.verdict(&altered(pointer, value), &fingerprint).await, "altered", "{pointer}");
    }
    for text in ["{}", "not a file", "[]"] {
        assert_eq!(verdict(&saved.says(text, &fingerprint).await), "unreadable", "{text}");
    }
}

fn size(extract: &Value) -> i64 {
    extract["checkpoint"].as_str().unwrap().lines().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_page_as_served_runs_its_own_script_and_nothing_else() {
    let Some(chromium) = chromium() else { return };
    let node = Locality::open(&TestDb::sqlite(), RESIDENCE, &morning()).await.node;
    let reply = node.anon().request(axum::http::Method::GET, "/verify").send().await;
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(reply.body, anju::web::VERIFIER.as_bytes());
    let url = node.app().station().presence.base_url.to_string();
    let dom = opened(&chromium, &format!("{url}/verify")).await;
    assert_eq!(verdict(&dom), "idle", "its script ran, and this browser can verify");
    assert!(dom.contains("核对我的记录</h1>"), "{dom}");
}
