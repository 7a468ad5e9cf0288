//! The pages of one's own account, as a browser uses them: with cookies, and tokens read from the forms.

use std::collections::BTreeMap;

use anju::access::SecondFactorRule;
use axum::http::Method;
use chrono::TimeDelta;

use crate::harness::{ALREADY_HASHED_PASSWORD, Person, Reply, TestApp, both_databases};
use crate::let_pages::{led_to, send, shown, text};
use crate::sign_in::app_shows;

const PASSWORD: &str = ALREADY_HASHED_PASSWORD;

/// A browser: it keeps cookies, and sends what the page's form says.
struct Browser {
    anon: Person,
    cookies: BTreeMap<String, String>,
    page: String,
}

impl Browser {
    async fn signed_in(app: &TestApp, who: &Person) -> Self {
        let mut browser = Self { anon: app.anon(), cookies: BTreeMap::new(), page: String::new() };
        let fields = [("login", who.user().login.as_str()), ("password", PASSWORD)];
        browser.post("/sign-in", &fields).await.expect(303);
        browser
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, reply: Reply) -> Reply {
        for set in reply.headers.get_all("set-cookie") {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            match attributes.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        self.page = text(&reply);
        reply
    }

    async fn get(&mut self, path: &str) -> Reply {
        let reply = self.anon.request(Method::GET, path).header("cookie", &self.cookie()).send().await;
        self.keep(reply)
    }

    /// Sends a form of the page that is shown.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.page.split(r#"name="_csrf" value=""#).nth(1).and_then(|rest| rest.split('"').next());
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("_csrf", token.unwrap_or_default());
        let asking = self.anon.request(Method::POST, path).header("cookie", &self.cookie());
        let reply = asking.body("application/x-www-form-urlencoded", form.finish()).send().await;
        self.keep(reply)
    }

    /// What stands between two marks of the page.
    fn between(&self, from: &str, to: &str) -> String {
        let rest = self.page.split_once(from).unwrap_or_else(|| panic!("no `{from}` in {}", self.page)).1;
        rest.split_once(to).unwrap().0.to_owned()
    }

    /// Sets a second factor up; the secret and the recovery codes.
    async fn enrol(&mut self, app: &TestApp) -> (String, Vec<String>) {
        shown(&self.get("/account/second-factor").await);
        shown(&self.post("/account/second-factor", &[("password", PASSWORD)]).await);
        assert!(self.page.contains("<svg") && !self.page.contains("style="), "{}", self.page);
        let secret = self.between(r#"<code class="secret">"#, "</code>").replace(' ', "");
        let code = app_shows(&secret, app.now());
        shown(&self.post("/account/second-factor/confirmation", &[("code", &code)]).await);
        let codes = self.between(r#"<ol class="codes">"#, "</ol>");
        let codes = codes.split("<code>").skip(1).map(|rest| rest.split("</code>").next().unwrap().to_owned());
        (secret, codes.collect())
    }
}

both_databases! {
    async fn a_newcomer_sets_up_the_second_factor_on_the_first_page_and_goes_on(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let clerk = app.as_clerk().await;
        let mut browser = Browser::signed_in(&app, &clerk).await;
        assert_eq!(led_to(&browser.get("/account").await), "/account/second-factor");
        let first = shown(&browser.get("/account/second-factor").await);
        assert!(first.contains("必须绑定") && !first.contains("/account/second-factor/removal"));
        browser.post("/account/second-factor", &[("password", "not the password")]).await.expect(422);
        browser.post("/account/second-factor", &[("password", PASSWORD)]).await.expect(200);
        browser.post("/account/second-factor/confirmation", &[("code", "000000")]).await.expect(422);
        let (secret, codes) = browser.enrol(&app).await;
        assert_eq!(codes.len(), 10);
        // The old session ended, the browser has the new one, and the page's own forms belong to it.
        clerk.get("/account").await.expect(401);
        browser.post("/language", &[("language", "zh-CN"), ("back", "/")]).await.expect(303);
        assert!(shown(&browser.get("/account").await).contains("已绑定"));

        // Recovery codes are renewed with all that is signed in with; the app's code works once.
        app.advance(TimeDelta::minutes(2));
        let code = app_shows(&secret, app.now());
        shown(&browser.get("/account/second-factor").await);
        browser.post("/account/second-factor/recovery-codes", &[("password", PASSWORD)]).await.expect(422);
        let with_code = [("password", PASSWORD), ("code", code.as_str())];
        shown(&browser.get("/account/second-factor").await);
        let renewed = shown(&browser.post("/account/second-factor/recovery-codes", &with_code).await);
        assert!(codes.iter().all(|old| !renewed.contains(old.as_str())));
        shown(&browser.get("/account/second-factor").await);
        browser.post("/account/second-factor/removal", &[("password", PASSWORD), ("code", "000000")]).await.expect(422);
    }

    async fn a_new_password_ends_the_other_sessions_and_counts_from_now_on(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let mut browser = Browser::signed_in(&app, &clerk).await;
        shown(&browser.get("/account/password").await);
        let short = browser.post("/account/password", &[("proof.password", PASSWORD), ("password", "short")]).await;
        short.expect(422);
        assert!(browser.page.contains("e-password") && !browser.page.contains("short"));
        let wanted = [("proof.password", PASSWORD), ("password", "seven quiet lanterns here")];
        assert_eq!(led_to(&browser.post("/account/password", &wanted).await), "/account");
        assert!(shown(&browser.get("/account").await).contains("密码已更改"));
        clerk.get("/account").await.expect(401);
        let again = [("login", clerk.user().login.as_str()), ("password", "seven quiet lanterns here")];
        browser.cookies.clear();
        browser.page.clear();
        browser.post("/sign-in", &again).await.expect(303);
        shown(&browser.get("/account").await);
    }

    async fn what_happened_to_an_account_is_told_once_after_the_next_log_in(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for _ in 0..5 {
            let wrong = [("login", clerk.user().login.as_str()), ("password", "not the password")];
            send(&app.anon(), "/sign-in", &wrong).await.expect(422);
        }
        app.advance(TimeDelta::minutes(16));
        let mut browser = Browser::signed_in(&app, &clerk).await;
        assert!(shown(&browser.get("/account").await).contains("您的账号曾被锁定"), "{}", browser.page);
        assert!(!shown(&browser.get("/account").await).contains("您的账号曾被锁定"));
    }

    async fn who_need_not_have_a_second_factor_may_take_it_away(db: TestDb) {
        let app = TestApp::new(&db).await;
        let mut browser = Browser::signed_in(&app, &app.as_clerk().await).await;
        let (_, codes) = browser.enrol(&app).await;
        shown(&browser.get("/account/second-factor").await);
        let proof = [("password", PASSWORD), ("code", codes[0].as_str())];
        assert_eq!(led_to(&browser.post("/account/second-factor/removal", &proof).await), "/account");
        assert!(shown(&browser.get("/account").await).contains("未绑定"));
    }

    async fn a_log_in_says_what_to_do_when_it_was_tried_too_often(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let fields = [("login", clerk.user().login.as_str()), ("password", "not the password")];
        let mut last = send(&app.anon(), "/sign-in", &fields).await;
        assert!(text(&last).contains("锁定十五分钟"), "{}", text(&last));
        for _ in 0..60 {
            last = send(&app.anon(), "/sign-in", &fields).await;
        }
        last.expect(422);
        assert!(text(&last).contains("请等一分钟再试") && text(&last).contains(clerk.user().login.as_str()));
        let english = app.anon().request(Method::POST, "/sign-in").header("accept-language", "en");
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let english = english.body("application/x-www-form-urlencoded", form).send().await;
        assert!(text(&english).contains("minute"));
    }
}
