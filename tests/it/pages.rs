//! People at work in a real browser.

use std::path::PathBuf;

use crate::endpoints::World;
use crate::harness::{ALREADY_HASHED_PASSWORD as PASSWORD, TestApp, TestDb, Walker};
use crate::localities::{RESIDENCE, morning};
use crate::page_routes::PAGES;

async fn node() -> TestApp {
    TestApp::online(&TestDb::sqlite(), RESIDENCE, morning()).await
}

fn base(app: &TestApp) -> String {
    app.app().station().presence.base_url.to_string()
}

#[tokio::test]
async fn somebody_signs_in_and_out_in_either_language_with_and_without_scripts() {
    let app = node().await;
    let clerk = app.as_clerk().await;
    for (language, script, words) in [
        ("zh-CN", true, ["我的账号", "退出"]),
        ("en", true, ["My account", "Log out"]),
        ("zh-CN", false, ["我的账号", "退出"]),
    ] {
        let Some(walker) = Walker::open(&base(&app), language, script).await else { return };
        walker.signs_in(clerk.user().login.as_str(), PASSWORD).await;
        walker.goes("/account").await;
        walker.sees(words[0]).await;
        walker.goes("/specimens").await;
        walker.presses(words[1]).await;
        assert_eq!(walker.path().await, "/sign-in");
        walker.goes("/account").await;
        assert!(walker.source().await.contains("name=\"password\""), "the log-in stands in place of the page");
        walker.leaves().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_page_is_found() {
    let app = node().await;
    let Some(walker) = Walker::open(&base(&app), "zh-CN", true).await else { return };
    walker.goes("/sign-in").await;
    walker.runs("document.querySelector('main').append(document.createElement('img'))").await;
    let found = walker.violations().await;
    assert!(found.iter().any(|one| one.starts_with("image-alt")), "{found:?}");
    walker.leaves().await;
}

/// Widths of a phone, a desk and a large screen.
const WIDTHS: [u32; 3] = [360, 1280, 1920];

/// Each page of the table, seen by the first role that it is for. With `ANJU_PICTURES` a picture of each is put into that
/// folder at three widths.
#[tokio::test]
async fn every_page_is_sound_in_a_browser() {
    let mut world = World::new(&TestDb::sqlite()).await;
    let base = base(&world.here.node);
    let pictures = std::env::var_os("ANJU_PICTURES").map(PathBuf::from);
    for column in 0..world.people.len() {
        let own = |letters: &str| letters.chars().position(|letter| letter == '+') == Some(column);
        let rows: Vec<&str> =
            PAGES.iter().filter(|row| row.0 == "GET" && own(row.3)).map(|(_, path, ..)| *path).collect();
        if rows.is_empty() {
            continue;
        }
        let Some(walker) = Walker::open(&base, "zh-CN", true).await else { return };
        if column > 0 {
            let login = world.people[column].user().login.clone();
            walker.signs_in(login.as_str(), PASSWORD).await;
        }
        for path in rows {
            walker.goes(&world.filled(path, '{', "}").await).await;
            for width in WIDTHS.iter().filter(|_| pictures.is_some()) {
                let name = path.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
                let folder = pictures.as_deref().unwrap();
                std::fs::create_dir_all(folder).unwrap();
                walker.pictures(*width, &folder.join(format!("{name}-{width}.png"))).await;
            }
        }
        walker.leaves().await;
    }
}
