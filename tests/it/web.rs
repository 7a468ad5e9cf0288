//! What every answer of the HTTP door has in common.

use std::cell::RefCell;

use axum::http::Method;
use serde_json::json;

use crate::harness::{ALREADY_HASHED_PASSWORD, TestApp, both_databases};

both_databases! {
    async fn the_node_says_that_it_is_alive_and_ready(db: TestDb) {
        let app = TestApp::new(&db).await;
        assert_eq!(app.anon().get("/healthz").await.expect(200), json!({ "status": "alive" }));
        assert_eq!(app.anon().get("/readyz").await.expect(200), json!({ "status": "ready" }));
        app.app().db().close().await;
        let reply = app.anon().get("/readyz").await;
        reply.refused(503, "unavailable");
        assert_eq!(reply.header("retry-after"), Some("10"));
    }
}

async fn on_sqlite() -> TestApp {
    TestApp::new(&crate::harness::TestDb::sqlite()).await
}

#[tokio::test]
async fn every_answer_carries_the_careful_headers() {
    let app = on_sqlite().await;
    for path in ["/healthz", "/api/v1/me", "/api/v1/nowhere", "/api/openapi.json"] {
        let reply = app.anon().get(path).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert!(reply.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(reply.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"), "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "{path}");
        assert!(reply.header("x-request-id").is_some(), "{path}");
    }
    let strict = app.anon().get("/api/v1/me").await;
    assert_eq!(
        strict.header("content-security-policy"),
        Some("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    );
}

#[tokio::test]
async fn the_request_id_is_ours_and_stands_in_the_problem() {
    let app = on_sqlite().await;
    let reply = app.anon().request(Method::GET, "/nowhere").header("x-request-id", "mine").send().await;
    let problem = reply.refused(404, "not-found");
    assert_eq!(problem["request_id"], reply.header("x-request-id").unwrap());
    assert_ne!(problem["request_id"], "mine");
}

#[tokio::test]
async fn an_unknown_route_and_a_wrong_method_are_problems() {
    let app = on_sqlite().await;
    app.anon().get("/api/v1/nowhere").await.refused(404, "not-found");
    let reply = app.anon().request(Method::PATCH, "/api/v1/me").send().await;
    reply.refused(405, "method-not-allowed");
    assert!(reply.header("allow").is_some_and(|methods| methods.contains("GET")));
    app.anon().delete("/healthz").await.refused(405, "method-not-allowed");
}

#[tokio::test]
async fn ten_megabytes_are_too_large() {
    let app = on_sqlite().await;
    let body = format!(r#"{{"login":"{}"}}"#, "x".repeat(10 * 1024 * 1024));
    let reply = app.anon().request(Method::POST, "/api/v1/sessions").body("application/json", body).send().await;
    reply.refused(413, "too-large");
}

#[tokio::test]
async fn malformed_bodies_are_told_by_place_and_code() {
    let app = on_sqlite().await;
    let admin = app.as_admin().await;
    let post = |body: &'static str| admin.request(Method::POST, "/api/v1/users").body("application/json", body).send();
    post("{").await.invalid("body", "malformed-json");
    post("").await.invalid("body", "malformed-json");
    post(r#"{"login":"wang.li","nickname":"x"}"#).await.invalid("nickname", "unknown-field");
    post(r#"{"login":"wang.li"}"#).await.invalid("name", "missing-field");
    post(r#"{"login":"w"}"#).await.invalid("login", "malformed-login");
    post(r#"{"login":7}"#).await.invalid("login", "wrong-type");
    post(r#"{"role":"king"}"#).await.invalid("role", "unknown-word");
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = on_sqlite().await;
    let reply = app.anon().request(Method::POST, "/api/v1/sessions").body("text/plain", "{}").send().await;
    reply.refused(415, "unsupported-media-type");
    app.anon().request(Method::POST, "/api/v1/sessions").send().await.refused(415, "unsupported-media-type");
}

#[tokio::test]
async fn a_malformed_query_is_told_like_a_body_and_a_malformed_path_is_nothing() {
    let app = on_sqlite().await;
    let admin = app.as_admin().await;
    admin.get("/api/v1/users?limit=many").await.invalid("limit", "wrong-type");
    admin.get("/api/v1/users?limit=70000").await.invalid("limit", "out-of-range");
    admin.get("/api/v1/users?after=x").await.invalid("after", "malformed-value");
    admin.get("/api/v1/users/x").await.refused(404, "not-found");
}

#[tokio::test]
async fn a_problem_speaks_the_language_asked_for() {
    let app = on_sqlite().await;
    let ask = |language: &'static str| {
        app.anon().request(Method::GET, "/api/v1/me").header("accept-language", language).send()
    };
    for (wanted, spoken, title) in [
        ("en-GB,en;q=0.9,zh;q=0.1", "en", "Not signed in"),
        ("en;q=0.2,zh-CN;q=0.8", "zh-CN", "尚未登录"),
        ("fr", "zh-CN", "尚未登录"),
    ] {
        let reply = ask(wanted).await;
        assert_eq!(reply.refused(401, "not-signed-in")["title"], title, "{wanted}");
        assert_eq!(reply.header("content-language"), Some(spoken), "{wanted}");
        assert_eq!(reply.header("vary"), Some("Accept-Language"), "{wanted}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{wanted}");
    }
}

#[tokio::test]
async fn a_problem_is_complete_in_both_languages() {
    let app = on_sqlite().await;
    let clerk = app.as_clerk().await;
    let mut shown = Vec::new();
    for language in ["zh-CN", "en"] {
        let reply = clerk.request(Method::GET, "/api/v1/users").header("accept-language", language).send().await;
        let mut problem = reply.refused(403, "forbidden");
        problem["request_id"] = json!("…");
        shown.push(serde_json::to_string_pretty(&problem).unwrap());
    }
    insta::assert_snapshot!(shown[0], @r#"
    {
      "type": "urn:anju:problem:forbidden",
      "title": "没有权限",
      "status": 403,
      "detail": "当前角色不能办理这件事。如需办理，请联系本单位的管理员。",
      "code": "forbidden",
      "errors": [],
      "request_id": "…"
    }
    "#);
    insta::assert_snapshot!(shown[1], @r#"
    {
      "type": "urn:anju:problem:forbidden",
      "title": "Not permitted",
      "status": 403,
      "detail": "This role does not include that. If it is needed, please ask the office's administrator.",
      "code": "forbidden",
      "errors": [],
      "request_id": "…"
    }
    "#);
}

thread_local! {
    /// What this thread logged, for a test that listens.
    static HEARD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Listener;

impl std::io::Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_route_and_never_what_was_asked_for() {
    let app = on_sqlite().await;
    let admin = app.as_admin().await;
    // For the whole process: a subscriber of one thread alone misses what other threads met first without one.
    // Where another test set one first, this thread listens for itself.
    let subscriber = || tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false);
    let _ = tracing::subscriber::set_global_default(subscriber().with_writer(|| Listener).finish());
    let _listening = tracing::subscriber::set_default(subscriber().with_writer(|| Listener).finish());
    let clerk = app.as_clerk().await;
    admin.get(&format!("/api/v1/users/{}?born=1849-12-31", clerk.id())).await.expect(200);
    admin.get("/api/v1/residents/zhang-san").await.expect(404);
    admin.post("/api/v1/users", json!({ "login": "born-1849" })).await.expect(422);
    let log_in = |login: &str, password: &str| {
        let (anon, body) = (app.anon(), json!({ "login": login, "password": password }));
        async move { anon.post("/api/v1/sessions", body).await }
    };
    let login = clerk.user().login.to_string();
    let in_again = log_in(&login, ALREADY_HASHED_PASSWORD).await.expect(201);
    log_in(&login, "guess\nINFO forged line").await.expect(401);
    log_in("born-1849", "guess").await.expect(401);
    clerk.get("/api/v1/users").await.expect(403);
    app.anon().get("/api/v1/me").await.expect(401);
    let log = String::from_utf8(HEARD.take()).unwrap();
    assert!(log.contains("/api/v1/users/{id}") && log.contains(&admin.id().to_string()), "{log}");
    for event in [
        "anju::security: event=\"signed-in\"",
        "event=\"sign-in-failed\" reason=\"unknown-account\"",
        "event=\"access-denied\" action=\"manage-users\"",
        "event=\"access-denied\" code=\"not-signed-in\"",
        "event=\"input-refused\"",
    ] {
        assert!(log.contains(event), "{event} is missing in {log}");
    }
    assert!(
        log.contains(&format!("event=\"sign-in-failed\" account={} reason=\"wrong-password\"", clerk.id())),
        "{log}"
    );
    let token = in_again["token"].as_str().unwrap();
    for asked in ["1849", "zhang-san", admin.token(), token, ALREADY_HASHED_PASSWORD, "guess", "forged", &login] {
        assert!(!log.contains(asked), "{asked:?} in {log}");
    }
}
