//! Who may: log-in and its limits, sessions, cookies, tokens, roles, counties, and repeated requests.

use anju::access::{Action, Role};
use axum::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{ALREADY_HASHED_PASSWORD, Person, Reply, TestApp, both_databases};

const PASSWORD: &str = "seven quiet bridges";

async fn log_in(app: &TestApp, login: &str, password: &str) -> Reply {
    app.anon().post("/api/v1/sessions", json!({ "login": login, "password": password })).await
}

fn new_clerk(login: &str) -> Value {
    json!({ "login": login, "name": "王芳", "role": "clerk", "scope": "130102001001" })
}

/// Somebody invited and activated over HTTP.
async fn activated(app: &TestApp, admin: &Person, login: &str) -> Value {
    let invited = admin.post("/api/v1/users", new_clerk(login)).await.expect(201);
    let activation = json!({ "login": login, "code": invited["activation_code"], "password": PASSWORD });
    app.anon().post("/api/v1/activations", activation).await.expect(204);
    invited["user"].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

both_databases! {
    async fn somebody_invited_activates_logs_in_and_out(db: TestDb) {
        let app = TestApp::new(&db).await;
        let user = activated(&app, &app.as_admin().await, "wang.fang").await;
        let session = log_in(&app, "Wang.Fang", PASSWORD).await.expect(201);
        assert_eq!(session["user"], user);
        assert_eq!(session["expires_in"], 12 * 3600);
        let wang = app.anon().with_token(text(&session["token"]));
        let me = wang.get("/api/v1/me").await.expect(200);
        assert_eq!(me["user"]["name"], "王芳");
        assert_eq!(me["locality"], "130102");
        assert!(me["actions"].as_array().unwrap().contains(&json!("register-dwellings")));
        assert!(!me["actions"].as_array().unwrap().contains(&json!("manage-users")));
        let reply = wang.delete("/api/v1/sessions/current").await;
        reply.expect(204);
        assert!(reply.header("set-cookie").unwrap().starts_with("__Host-anju=; Path=/; Max-Age=0; HttpOnly"));
        wang.get("/api/v1/me").await.refused(401, "not-signed-in");
    }

    async fn an_activation_code_works_once_and_for_seven_days(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        let invited = admin.post("/api/v1/users", new_clerk("li.na")).await.expect(201);
        let code = text(&invited["activation_code"]).to_lowercase().replace('-', " ");
        let activate = |code: &str, password: &str| {
            let body = json!({ "login": "li.na", "code": code, "password": password });
            let anon = app.anon();
            async move { anon.post("/api/v1/activations", body).await }
        };
        activate("AAAA-BBBB-CCCC", PASSWORD).await.refused(409, "wrong-activation");
        activate(&code, "short").await.invalid("password", "too-short");
        activate(&code, PASSWORD).await.expect(204);
        activate(&code, PASSWORD).await.refused(409, "wrong-activation");

        let again = format!("/api/v1/users/{}/invitation", text(&invited["user"]["id"]));
        let code = admin.post(&again, json!({})).await.expect(200)["activation_code"].clone();
        app.advance(TimeDelta::days(7));
        activate(text(&code), PASSWORD).await.refused(409, "wrong-activation");
    }

    async fn an_unknown_name_a_wrong_password_and_a_locked_account_get_the_same_answer(db: TestDb) {
        let app = TestApp::new(&db).await;
        activated(&app, &app.as_admin().await, "li.na").await;
        let told = |reply: &Reply| {
            let mut problem = reply.refused(401, "wrong-login");
            problem["request_id"].take();
            problem
        };
        let wrong = told(&log_in(&app, "li.na", "not the password").await);
        let unknown = told(&log_in(&app, "nobody", PASSWORD).await);
        for _ in 0..4 {
            log_in(&app, "li.na", "not the password").await.refused(401, "wrong-login");
        }
        let locked = told(&log_in(&app, "li.na", PASSWORD).await);
        assert_eq!(wrong, unknown);
        assert_eq!(wrong, locked);
    }

    async fn five_wrong_passwords_lock_an_account_for_fifteen_minutes(db: TestDb) {
        let app = TestApp::new(&db).await;
        activated(&app, &app.as_admin().await, "li.na").await;
        for _ in 0..5 {
            log_in(&app, "li.na", "not the password").await.refused(401, "wrong-login");
        }
        log_in(&app, "li.na", PASSWORD).await.refused(401, "wrong-login");
        app.advance(TimeDelta::minutes(15));
        log_in(&app, "li.na", PASSWORD).await.expect(201);
    }

    async fn a_right_password_clears_the_count_of_wrong_ones(db: TestDb) {
        let app = TestApp::new(&db).await;
        activated(&app, &app.as_admin().await, "li.na").await;
        for _ in 0..2 {
            for _ in 0..4 {
                log_in(&app, "li.na", "not the password").await.refused(401, "wrong-login");
            }
            log_in(&app, "li.na", PASSWORD).await.expect(201);
        }
    }

    async fn guessing_is_slowed_down(db: TestDb) {
        let app = TestApp::new(&db).await;
        for _ in 0..20 {
            log_in(&app, "nobody", "not the password").await.refused(401, "wrong-login");
        }
        let reply = log_in(&app, "nobody", "not the password").await;
        reply.refused(429, "too-many-attempts");
        assert_eq!(reply.header("retry-after"), Some("60"));
        app.advance(TimeDelta::minutes(1));
        log_in(&app, "nobody", "not the password").await.refused(401, "wrong-login");
    }

    async fn a_session_ends_after_thirty_idle_minutes(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(29));
            clerk.get("/api/v1/me").await.expect(200);
        }
        app.advance(TimeDelta::minutes(30));
        clerk.get("/api/v1/me").await.refused(401, "not-signed-in");
    }

    async fn a_session_ends_after_twelve_hours_however_busy(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for _ in 0..(12 * 3 - 1) {
            app.advance(TimeDelta::minutes(20));
            clerk.get("/api/v1/me").await.expect(200);
        }
        app.advance(TimeDelta::minutes(20));
        clerk.get("/api/v1/me").await.refused(401, "not-signed-in");
    }

    async fn a_cookie_alone_reads_but_changes_nothing(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, other) = (app.as_admin().await, app.as_admin().await);
        let cookie = format!("theme=dark; __Host-anju={}", admin.token());
        let asking = |method| app.anon().request(method, "/api/v1/users").header("cookie", &cookie);
        asking(Method::GET).send().await.expect(200);
        let body = new_clerk("li.na");
        asking(Method::POST).json(&body).send().await.refused(403, "csrf-token");
        asking(Method::POST).header("x-csrf-token", other.csrf()).json(&body).send().await.refused(403, "csrf-token");
        asking(Method::POST).header("x-csrf-token", admin.csrf()).json(&body).send().await.expect(201);
        // Over HTTPS the name a neighbouring host could plant is not read.
        let planted = format!("anju={}", admin.token());
        app.anon().request(Method::GET, "/api/v1/me").header("cookie", &planted).send().await.refused(401, "not-signed-in");
    }

    async fn a_disabled_user_is_out_at_once(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, clerk) = (app.as_admin().await, app.as_clerk().await);
        let disable = |person: &Person| {
            let (admin, path) = (admin.clone(), format!("/api/v1/users/{}/disable", person.id()));
            async move { admin.post(&path, json!({})).await }
        };
        log_in(&app, clerk.user().login.as_str(), ALREADY_HASHED_PASSWORD).await.expect(201);
        disable(&admin).await.refused(409, "cannot-disable-oneself");
        assert!(disable(&clerk).await.expect(200)["disabled_at"].is_string());
        clerk.get("/api/v1/me").await.refused(401, "not-signed-in");
        log_in(&app, clerk.user().login.as_str(), ALREADY_HASHED_PASSWORD).await.refused(401, "wrong-login");
    }

    async fn a_machine_token_works_until_it_is_revoked_or_ends(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, clerk) = (app.as_admin().await, app.as_clerk().await);
        let issue = |days: u16| {
            let body = json!({ "user_id": clerk.id(), "name": "personnel system", "days": days });
            let admin = admin.clone();
            async move { admin.post("/api/v1/tokens", body).await }
        };
        issue(0).await.invalid("days", "out-of-range");
        let issued = issue(30).await.expect(201);
        let machine = app.anon().with_token(text(&issued["secret"]));
        assert_eq!(machine.get("/api/v1/me").await.expect(200)["user"]["id"], json!(clerk.id()));
        machine.get("/api/v1/users").await.refused(403, "forbidden");
        let token = format!("/api/v1/tokens/{}", text(&issued["id"]));
        admin.delete(&token).await.expect(204);
        admin.delete(&token).await.refused(404, "not-found");
        machine.get("/api/v1/me").await.refused(401, "not-signed-in");

        let short = app.anon().with_token(text(&issue(1).await.expect(201)["secret"]));
        short.get("/api/v1/me").await.expect(200);
        app.advance(TimeDelta::days(1));
        short.get("/api/v1/me").await.refused(401, "not-signed-in");
    }

    async fn a_repeated_request_creates_nothing_again(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        let invite = |key: &'static str, login: &'static str| {
            let asking = admin.request(Method::POST, "/api/v1/users").header("idempotency-key", key);
            asking.json(&new_clerk(login)).send()
        };
        let reply = invite("k-1", "li.na").await;
        let (location, first) = (reply.header("location").unwrap().to_owned(), reply.expect(201));
        assert_eq!(location, format!("/api/v1/users/{}", text(&first["id"])));
        assert_eq!(admin.get(&location).await.expect(200), first["user"]);

        let reply = invite("k-1", "li.na").await;
        let again = reply.expect(200);
        assert_eq!((&again["user"], reply.header("location")), (&first["user"], Some(location.as_str())));
        // The code was shown once; it is not kept in the clear.
        assert!(first["activation_code"].is_string() && again["activation_code"].is_null());
        assert_eq!(admin.get("/api/v1/users").await.expect(200)["items"].as_array().unwrap().len(), 2);

        invite("k-1", "zhao.min").await.refused(409, "idempotency-key-reused");
        invite("k-2", "li.na").await.refused(409, "login-taken");
        // What failed is not remembered: the same key may be tried again with something that works.
        invite("k-2", "zhao.min").await.expect(201);
        invite("ключ", "sun.li").await.invalid("Idempotency-Key", "malformed-idempotency-key");
    }

    async fn a_request_key_is_forgotten_after_a_week(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        let token = json!({ "user_id": admin.id(), "name": "script", "days": 30 });
        let machine = admin.with_token(text(&admin.post("/api/v1/tokens", token).await.expect(201)["secret"]));
        let invite = |key: &'static str, login: &'static str| {
            let asking = machine.request(Method::POST, "/api/v1/users").header("idempotency-key", key);
            asking.json(&new_clerk(login)).send()
        };
        invite("k-1", "li.na").await.expect(201);
        app.advance(TimeDelta::days(7));
        invite("k-2", "zhao.min").await.expect(201);
        invite("k-1", "li.na").await.expect(200);
        app.advance(TimeDelta::seconds(1));
        invite("k-3", "sun.li").await.expect(201);
        assert_eq!(app.tamper("delete from answered_requests where key = 'k-1'").await, 0, "k-1 is gone already");
        assert_eq!(app.tamper("delete from answered_requests").await, 2);
    }

    async fn another_persons_request_key_is_their_own(db: TestDb) {
        let app = TestApp::new(&db).await;
        for (person, login) in [(app.as_admin().await, "li.na"), (app.as_admin().await, "zhao.min")] {
            let asking = person.request(Method::POST, "/api/v1/users").header("idempotency-key", "k-1");
            asking.json(&new_clerk(login)).send().await.expect(201);
        }
    }

    async fn users_are_listed_page_by_page(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        for login in ["li.na", "zhao.min", "sun.li", "zhou.yi"] {
            // Ids are ordered by time; those of one instant in any order.
            app.advance(TimeDelta::seconds(1));
            admin.post("/api/v1/users", new_clerk(login)).await.expect(201);
        }
        let (mut seen, mut path) = (Vec::new(), "/api/v1/users?limit=2".to_owned());
        loop {
            let page = admin.get(&path).await.expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|user| text(&user["login"]).to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/users?limit=2&after={next}");
        }
        assert_eq!(seen, [admin.user().login.as_str(), "li.na", "zhao.min", "sun.li", "zhou.yi"]);
    }

    async fn an_invitation_fits_its_role_and_the_territory(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        let invite = |field: &str, value: Value| {
            let mut body = new_clerk("li.na");
            body[field] = value;
            let admin = admin.clone();
            async move { admin.post("/api/v1/users", body).await }
        };
        invite("role", json!("peer")).await.invalid("role", "not-a-persons-role");
        invite("role", json!("landlord")).await.invalid("landlord_id", "goes-with-role-landlord");
        invite("role", json!("resident")).await.invalid("resident_id", "goes-with-role-resident");
        invite("scope", json!("110101")).await.invalid("scope", "outside-territory");
    }

    async fn only_security_administrators_manage_users(db: TestDb) {
        let app = TestApp::new(&db).await;
        let somebody = Uuid::from_u128(1);
        let people = [
            app.as_clerk().await,
            app.as_supervisor().await,
            app.as_auditor().await,
            app.as_system_admin().await,
            app.as_landlord(somebody).await,
            app.as_resident(somebody).await,
        ];
        for person in people {
            person.get("/api/v1/users").await.refused(403, "forbidden");
            person.post("/api/v1/users", new_clerk("li.na")).await.refused(403, "forbidden");
            person.get(&format!("/api/v1/users/{}", person.id())).await.refused(403, "forbidden");
            person.post("/api/v1/tokens", json!({ "user_id": person.id(), "name": "x", "days": 1 })).await
                .refused(403, "forbidden");
            person.get("/api/v1/purposes").await.expect(200);
        }
        app.anon().get("/api/v1/users").await.refused(401, "not-signed-in");
        app.anon().with_token("made-up").get("/api/v1/users").await.refused(401, "not-signed-in");
    }

    async fn nobody_holds_two_of_the_three_administrators_offices(db: TestDb) {
        let offices = [Role::SystemAdministrator, Role::SecurityAdministrator, Role::Auditor];
        for action in Action::ALL {
            let held: Vec<_> = offices.iter().filter(|office| office.may(*action)).collect();
            assert!(held.len() < 2, "{} belongs to {held:?}", action.as_str());
        }
        let app = TestApp::new(&db).await;
        let first = app.as_admin().await;
        let invite = async |role: &str| {
            let account = json!({ "login": "sun.li", "name": "孙丽", "role": role, "scope": "130102" });
            first.post("/api/v1/users", account).await
        };
        let account = invite("system-administrator").await.expect(201)["user"].clone();
        invite("auditor").await.refused(409, "login-taken");
        invite("security-administrator").await.refused(409, "login-taken");
        first.put(&format!("/api/v1/users/{}", text(&account["id"])), json!({ "role": "auditor" })).await
            .refused(405, "method-not-allowed");
        let both = json!({ "login": "li.na", "name": "李娜", "role": ["auditor", "system-administrator"], "scope": "130102" });
        first.post("/api/v1/users", both).await.refused(422, "invalid");
    }

    async fn a_county_outside_ones_scope_is_not_found(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let ask = |locality: &'static str| {
            clerk.request(Method::GET, "/api/v1/me").header("anju-locality", locality).send()
        };
        assert_eq!(ask("130102").await.expect(200)["locality"], "130102");
        ask("130104").await.refused(404, "not-found");
        ask("1301").await.invalid("Anju-Locality", "malformed-locality-code");
    }

    async fn whoever_acts_in_several_counties_names_one(db: TestDb) {
        let app = TestApp::at(&db, "1301").await;
        let supervisor = app.as_supervisor().await;
        let me = supervisor.get("/api/v1/me").await.expect(200);
        assert_eq!(me["locality"], "130102");
        assert!(me["localities"].as_array().unwrap().contains(&json!("130104")));
        let ask = |locality: &'static str| {
            supervisor.request(Method::GET, "/api/v1/me").header("anju-locality", locality).send()
        };
        assert_eq!(ask("130104").await.expect(200)["locality"], "130104");
        ask("110101").await.refused(404, "not-found");
        let elsewhere = app.as_clerk_of("130104001001").await;
        assert_eq!(elsewhere.get("/api/v1/me").await.expect(200)["localities"], json!(["130104"]));
    }
}
