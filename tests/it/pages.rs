//! People at work in a real browser.

use crate::harness::{ALREADY_HASHED_PASSWORD as PASSWORD, TestApp, TestDb, Walker};
use crate::localities::{RESIDENCE, morning};

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
