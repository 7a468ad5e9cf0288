//! Signing in with two factors, passwords and their rules, one's own sessions.

use anju::access::{SecondFactorRule, second_factors};
use anju::vault;
use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use uuid::Uuid;

use crate::harness::{ALREADY_HASHED_PASSWORD, Person, Reply, TestApp, both_databases};
use crate::localities::reason;
use crate::residents::{at, named, registered};

const PASSWORD: &str = ALREADY_HASHED_PASSWORD;

/// What an authenticator app shows at an instant for a secret typed into it.
pub fn app_shows(secret: &str, at: DateTime<Utc>) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(at.timestamp().try_into().unwrap()).to_string()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn log_in(app: &TestApp, who: &Person, password: &str, code: Option<&str>) -> Reply {
    let mut body = json!({ "login": who.user().login, "password": password });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    app.anon().post("/api/v1/sessions", body).await
}

/// Enrols somebody; answers their secret, their recovery codes and them with their new session.
pub async fn enrolled(app: &TestApp, who: &Person) -> (String, Vec<String>, Person) {
    let begun = who.post("/api/v1/me/second-factor", json!({ "password": PASSWORD })).await.expect(201);
    let secret = text(&begun["secret"]).to_owned();
    let code = app_shows(&secret, app.now());
    let confirmed = who.post("/api/v1/me/second-factor/confirmation", json!({ "code": code })).await.expect(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    let codes = codes.iter().map(|code| text(code).to_owned()).collect();
    (secret, codes, who.with_token(text(&confirmed["session"]["token"])))
}

both_databases! {
    async fn whoever_works_here_sets_up_a_second_factor_before_anything_else(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        for person in [app.as_clerk().await, app.as_supervisor().await, app.as_auditor().await, app.as_admin().await] {
            let me = person.get("/api/v1/me").await.expect(200);
            assert_eq!((&me["second_factor"], &me["must_set_up_second_factor"]), (&json!(false), &json!(true)));
            for path in ["/api/v1/buildings", "/api/v1/users", "/api/v1/purposes", "/api/v1/journal/entries", "/api/v1/divisions"] {
                person.get(path).await.refused(403, "second-factor-missing");
            }
            person.post("/api/v1/residents/searches", json!({ "name": "王芳" })).await.refused(403, "second-factor-missing");
            let begun = log_in(&app, &person, PASSWORD, None).await.expect(201);
            assert_eq!(begun["must_set_up_second_factor"], true);
            let (_, _, person) = enrolled(&app, &person).await;
            let me = person.get("/api/v1/me").await.expect(200);
            assert_eq!((&me["second_factor"], &me["must_set_up_second_factor"]), (&json!(true), &json!(false)));
            person.get("/api/v1/purposes").await.expect(200);
        }
        for person in [app.as_landlord(Uuid::from_u128(1)).await, app.as_resident(Uuid::from_u128(1)).await] {
            person.get("/api/v1/purposes").await.expect(200);
        }
    }

    async fn a_node_can_ask_everybody_for_a_second_factor(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Everybody).await;
        let resident = app.as_resident(Uuid::from_u128(1)).await;
        resident.get("/api/v1/me/record").await.refused(403, "second-factor-missing");
        let (_, _, resident) = enrolled(&app, &resident).await;
        assert_ne!(resident.get("/api/v1/me/record").await.status, 403);
    }

    async fn a_log_in_takes_the_password_and_a_code_from_the_app(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let clerk = app.as_clerk().await;
        let (secret, _, enrolled) = enrolled(&app, &clerk).await;
        // The session from before was begun without it.
        clerk.get("/api/v1/me").await.refused(401, "not-signed-in");
        enrolled.get("/api/v1/purposes").await.expect(200);
        let reply = log_in(&app, &clerk, PASSWORD, None).await;
        reply.refused(401, "second-factor-needed");
        assert!(reply.header("set-cookie").is_none() && reply.json()["token"].is_null());
        app.advance(TimeDelta::minutes(1));
        let code = app_shows(&secret, app.now());
        log_in(&app, &clerk, "not the password", Some(&code)).await.refused(401, "wrong-login");
        log_in(&app, &clerk, PASSWORD, Some("000000")).await.refused(401, "wrong-second-factor");
        let begun = log_in(&app, &clerk, PASSWORD, Some(&format!("{} {}", &code[..3], &code[3..]))).await.expect(201);
        assert_eq!(begun["factors"], "password+one-time-code");
        assert_eq!(begun["must_set_up_second_factor"], false);
        app.anon().with_token(text(&begun["token"])).get("/api/v1/purposes").await.expect(200);
    }

    async fn a_code_works_once_and_within_a_step_of_its_time(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let clerk = app.as_clerk().await;
        let (secret, ..) = enrolled(&app, &clerk).await;
        let confirmed_with = app_shows(&secret, app.now());
        log_in(&app, &clerk, PASSWORD, Some(&confirmed_with)).await.refused(401, "wrong-second-factor");
        app.advance(TimeDelta::seconds(60));
        let (early, code) = (app_shows(&secret, app.now() - TimeDelta::seconds(30)), app_shows(&secret, app.now()));
        log_in(&app, &clerk, PASSWORD, Some(&code)).await.expect(201);
        log_in(&app, &clerk, PASSWORD, Some(&code)).await.refused(401, "wrong-second-factor");
        // Nor one from before a code that was used.
        log_in(&app, &clerk, PASSWORD, Some(&early)).await.refused(401, "wrong-second-factor");
        app.advance(TimeDelta::seconds(30));
        let ahead = app_shows(&secret, app.now() + TimeDelta::seconds(30));
        log_in(&app, &clerk, PASSWORD, Some(&ahead)).await.expect(201);
        let old = app_shows(&secret, app.now());
        app.advance(TimeDelta::seconds(90));
        log_in(&app, &clerk, PASSWORD, Some(&old)).await.refused(401, "wrong-second-factor");
    }

    async fn five_wrong_codes_lock_an_account_like_wrong_passwords(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let clerk = app.as_clerk().await;
        let (secret, ..) = enrolled(&app, &clerk).await;
        app.advance(TimeDelta::minutes(1));
        for _ in 0..2 {
            log_in(&app, &clerk, "not the password", None).await.refused(401, "wrong-login");
        }
        for _ in 0..3 {
            log_in(&app, &clerk, PASSWORD, Some("000000")).await.refused(401, "wrong-second-factor");
        }
        let right = app_shows(&secret, app.now());
        log_in(&app, &clerk, PASSWORD, Some(&right)).await.refused(401, "wrong-login");
        app.advance(TimeDelta::minutes(15));
        let right = app_shows(&secret, app.now());
        let begun = log_in(&app, &clerk, PASSWORD, Some(&right)).await.expect(201);
        assert_eq!(begun["notices"][0]["kind"], "account-locked");
    }

    async fn a_recovery_code_stands_for_the_app_once(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let clerk = app.as_clerk().await;
        let (secret, codes, _) = enrolled(&app, &clerk).await;
        assert_eq!(codes.len(), 10);
        let typed = codes[0].to_lowercase().replace('-', " ");
        let begun = log_in(&app, &clerk, PASSWORD, Some(&typed)).await.expect(201);
        assert_eq!(begun["factors"], "password+recovery-code");
        log_in(&app, &clerk, PASSWORD, Some(&codes[0])).await.refused(401, "wrong-second-factor");
        let begun = log_in(&app, &clerk, PASSWORD, Some(&codes[1])).await.expect(201);
        assert_eq!(begun["notices"], json!([{ "kind": "recovery-code-used", "at": app.now() }]));
        // New ones end the old ones, and need all one signs in with.
        let clerk_again = app.anon().with_token(text(&begun["token"]));
        let renew = |proof: Value| {
            let clerk = clerk_again.clone();
            async move { clerk.post("/api/v1/me/second-factor/recovery-codes", proof).await }
        };
        renew(json!({ "password": PASSWORD })).await.refused(409, "second-factor-needed");
        app.advance(TimeDelta::minutes(1));
        let code = app_shows(&secret, app.now());
        renew(json!({ "password": "not the password", "code": code })).await.refused(409, "wrong-password");
        let renewed = renew(json!({ "password": PASSWORD, "code": code })).await.expect(200);
        log_in(&app, &clerk, PASSWORD, Some(&codes[2])).await.refused(401, "wrong-second-factor");
        log_in(&app, &clerk, PASSWORD, Some(text(&renewed["recovery_codes"][9]))).await.expect(201);
    }

    async fn nothing_that_makes_codes_lies_in_the_clear(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let clerk = app.as_clerk().await;
        let other = app.as_clerk().await;
        let (secret, codes, _) = enrolled(&app, &clerk).await;
        enrolled(&app, &other).await;
        let seed = Secret::try_from_base32(&secret).unwrap();
        let stored = app.raw::<Vec<u8>>("select seed from second_factors").await;
        assert!(stored.iter().all(|sealed| !sealed.windows(20).any(|part| part == seed.as_bytes())));
        let journal = app.raw::<String>("select entry from journal").await.concat();
        assert!(!journal.contains(&secret) && codes.iter().all(|code| !journal.contains(code)));
        for kind in ["second_factor.begun", "second_factor.confirmed", "session.begun"] {
            assert!(journal.contains(kind), "{kind}");
        }
        // One user's seed put beside another does not open.
        let swap = "update second_factors
                    set seed = (select f.seed from second_factors f where f.user_id <> second_factors.user_id)";
        assert_eq!(app.tamper(swap).await, 2);
        app.advance(TimeDelta::minutes(1));
        log_in(&app, &clerk, PASSWORD, Some(&app_shows(&secret, app.now()))).await.refused(500, "internal");
    }

    async fn an_administrator_resets_a_lost_factor_and_the_person_is_told(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let (_, _, admin) = enrolled(&app, &app.as_admin().await).await;
        let clerk = app.as_clerk().await;
        let (_, _, clerk_at_work) = enrolled(&app, &clerk).await;
        let path = format!("/api/v1/users/{}/second-factor", clerk.id());
        admin.delete(&path).await.expect(204);
        clerk_at_work.get("/api/v1/me").await.refused(401, "not-signed-in");
        let begun = log_in(&app, &clerk, PASSWORD, None).await.expect(201);
        assert_eq!(begun["notices"][0]["kind"], "second-factor-reset");
        assert_eq!(begun["must_set_up_second_factor"], true);
        let journal = app.raw::<String>("select kind from journal").await;
        assert!(journal.iter().any(|kind| kind == "second_factor.reset"));
        // Told once; and nobody resets their own.
        assert_eq!(log_in(&app, &clerk, PASSWORD, None).await.expect(201)["notices"], json!([]));
        let me = admin.get("/api/v1/me").await.expect(200);
        let own = format!("/api/v1/users/{}/second-factor", text(&me["user"]["id"]));
        admin.delete(&own).await.refused(409, "not-ones-own-factor");
    }

    async fn a_new_activation_code_replaces_the_password_and_not_the_second_factor(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let (_, _, admin) = enrolled(&app, &app.as_admin().await).await;
        let clerk = app.as_clerk().await;
        let (secret, _, clerk_at_work) = enrolled(&app, &clerk).await;
        let again = format!("/api/v1/users/{}/invitation", clerk.id());
        let code = admin.post(&again, json!({})).await.expect(200)["activation_code"].clone();
        clerk_at_work.get("/api/v1/me").await.refused(401, "not-signed-in");
        let activation = json!({ "login": clerk.user().login, "code": code, "password": "seven quiet bridges" });
        app.anon().post("/api/v1/activations", activation).await.expect(204);
        log_in(&app, &clerk, "seven quiet bridges", None).await.refused(401, "second-factor-needed");
        app.advance(TimeDelta::minutes(1));
        log_in(&app, &clerk, "seven quiet bridges", Some(&app_shows(&secret, app.now()))).await.expect(201);
    }

    async fn a_second_factor_counts_once_it_is_confirmed_and_staff_cannot_drop_it(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let resident = app.as_resident(Uuid::from_u128(1)).await;
        resident.post("/api/v1/me/second-factor", json!({ "password": "not the password" })).await.refused(409, "wrong-password");
        let begun = resident.post("/api/v1/me/second-factor", json!({ "password": PASSWORD })).await.expect(201);
        assert!(text(&begun["uri"]).starts_with("otpauth://totp/") && text(&begun["uri"]).contains(text(&begun["secret"])));
        log_in(&app, &resident, PASSWORD, None).await.expect(201);
        let confirm = |code: String| {
            let resident = resident.clone();
            async move { resident.post("/api/v1/me/second-factor/confirmation", json!({ "code": code })).await }
        };
        confirm("000000".to_owned()).await.refused(409, "wrong-second-factor");
        app.advance(TimeDelta::minutes(15));
        confirm(app_shows(text(&begun["secret"]), app.now())).await.refused(409, "wrong-second-factor");
        let (secret, _, resident) = enrolled(&app, &resident).await;
        app.advance(TimeDelta::minutes(1));
        let proof = json!({ "password": PASSWORD, "code": app_shows(&secret, app.now()) });
        let removed = resident.post("/api/v1/me/second-factor/removal", proof).await.expect(200);
        assert_eq!(removed["factors"], "password");

        let (secret, _, clerk) = enrolled(&app, &app.as_clerk().await).await;
        app.advance(TimeDelta::minutes(1));
        let proof = json!({ "password": PASSWORD, "code": app_shows(&secret, app.now()) });
        clerk.post("/api/v1/me/second-factor/removal", proof).await.refused(409, "second-factor-required");
    }

    async fn a_password_is_changed_with_the_present_one_and_ends_every_session(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let elsewhere = app.anon().with_token(text(&log_in(&app, &clerk, PASSWORD, None).await.expect(201)["token"]));
        let change = |present: &str, new: &str| {
            let (clerk, body) = (clerk.clone(), json!({ "proof": { "password": present }, "password": new }));
            async move { clerk.put("/api/v1/me/password", body).await }
        };
        change("not the password", "seven quiet bridges").await.refused(409, "wrong-password");
        change(PASSWORD, "short").await.invalid("password", "too-short");
        change(PASSWORD, "qwertyuiop").await.invalid("password", "breached-password");
        change(PASSWORD, "changan130102").await.invalid("password", "easily-guessed");
        change(PASSWORD, &format!("i am {}", clerk.user().login)).await.invalid("password", "contains-login");
        let begun = change(PASSWORD, "seven quiet bridges").await.expect(200);
        for ended in [&clerk, &elsewhere] {
            ended.get("/api/v1/me").await.refused(401, "not-signed-in");
        }
        app.anon().with_token(text(&begun["token"])).get("/api/v1/me").await.expect(200);
        log_in(&app, &clerk, PASSWORD, None).await.refused(401, "wrong-login");
        log_in(&app, &clerk, "seven quiet bridges", None).await.expect(201);
        // A year later it is as good as ever.
        app.advance(TimeDelta::days(366));
        log_in(&app, &clerk, "seven quiet bridges", None).await.expect(201);
    }

    async fn ones_own_sessions_are_listed_and_ended_with_the_password(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, stranger) = (app.as_clerk().await, app.as_clerk().await);
        app.advance(TimeDelta::minutes(5));
        let other = app.anon().with_token(text(&log_in(&app, &clerk, PASSWORD, None).await.expect(201)["token"]));
        let third = app.anon().with_token(text(&log_in(&app, &clerk, PASSWORD, None).await.expect(201)["token"]));
        let sessions = clerk.get("/api/v1/me/sessions").await.expect(200);
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.len(), 3);
        let current: Vec<bool> = sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect();
        assert_eq!(current, [false, false, true]);
        let keys: Vec<&String> = sessions[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "begun_at", "seen_at", "expires_at", "factors", "current"]);

        let end = |who: &Person, password: &str, session: Option<&Value>| {
            let (who, body) = (who.clone(), json!({ "password": password, "session": session }));
            async move { who.post("/api/v1/me/sessions/end", body).await }
        };
        let seen_by_third = third.get("/api/v1/me/sessions").await.expect(200);
        let of_third = seen_by_third.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
        end(&clerk, "not the password", Some(&of_third["id"])).await.refused(409, "wrong-password");
        end(&stranger, PASSWORD, Some(&of_third["id"])).await.refused(404, "not-found");
        end(&clerk, PASSWORD, Some(&of_third["id"])).await.expect(204);
        third.get("/api/v1/me").await.refused(401, "not-signed-in");
        other.get("/api/v1/me").await.expect(200);
        end(&clerk, PASSWORD, None).await.expect(204);
        other.get("/api/v1/me").await.refused(401, "not-signed-in");
        clerk.get("/api/v1/me").await.expect(200);
        stranger.get("/api/v1/me").await.expect(200);
    }

    async fn an_administrator_signs_somebody_out_and_nobody_else(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, clerk, other) = (app.as_admin().await, app.as_clerk().await, app.as_clerk().await);
        admin.delete(&format!("/api/v1/users/{}/sessions", clerk.id())).await.expect(204);
        clerk.get("/api/v1/me").await.refused(401, "not-signed-in");
        other.get("/api/v1/me").await.expect(200);
        admin.delete(&format!("/api/v1/users/{}/sessions", Uuid::from_u128(1))).await.refused(404, "not-found");
    }

    async fn twenty_sessions_at_once_are_enough(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for _ in 0..20 {
            app.advance(TimeDelta::seconds(20));
            log_in(&app, &clerk, PASSWORD, None).await.expect(201);
        }
        clerk.get("/api/v1/me").await.refused(401, "not-signed-in");
        let now = app.anon().with_token(text(&log_in(&app, &clerk, PASSWORD, None).await.expect(201)["token"]));
        assert_eq!(now.get("/api/v1/me/sessions").await.expect(200).as_array().unwrap().len(), 20);
    }

    async fn a_change_from_another_sites_page_is_refused_though_it_has_the_token(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let cookie = format!("__Host-anju={}", clerk.token());
        let from = |sites: &'static [&'static str]| {
            let asking = app.anon().request(Method::POST, "/api/v1/me/second-factor").header("cookie", &cookie);
            let asking = asking.header("x-csrf-token", clerk.csrf());
            let asking = sites.iter().fold(asking, |asking, site| asking.header("sec-fetch-site", site));
            asking.json(&json!({ "password": PASSWORD })).send()
        };
        for foreign in [&["cross-site"][..], &["same-site"], &["same-origin", "cross-site"], &["SAME-ORIGIN"], &[""]] {
            from(foreign).await.refused(403, "csrf-token");
        }
        for own in [&["same-origin"][..], &["none"], &[]] {
            from(own).await.expect(201);
        }
    }

    async fn after_the_node_key_was_renewed_everything_sealed_opens_as_before(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let mut new = named("王芳");
        new["phone"] = json!("15400000014");
        let resident = registered(&clerk, new).await;
        let (secret, _, clerk_now) = enrolled(&app, &clerk).await;
        let under = "select node_key_id from data_keys";
        assert!(app.raw::<String>(under).await.iter().all(|key| key == "test"));
        let seeds_before = app.raw::<Vec<u8>>("select seed from second_factors").await;

        let app = app.restarted_with_another_key().await;
        let looks = async |case: &str| {
            let mut reason = reason("identity-check");
            reason["case"] = json!(case);
            let body = json!({ "reason": reason, "fields": ["phone"] });
            let clerk = app.anon().with_token(clerk_now.token());
            clerk.post(&at(&resident, "/disclosures"), body).await.expect(200)
        };
        assert_eq!(looks("2026-1").await["phone"], "+8615400000014");
        let mut work = app.app().system_work().await.unwrap();
        let first = vault::rewrap(&mut work, 1).await.unwrap();
        let mut rest = 0;
        while vault::rewrap(&mut work, 1).await.unwrap() > 0 {
            rest += 1;
        }
        assert_eq!(second_factors::reseal(&mut work).await.unwrap(), 1);
        work.commit().await.unwrap();
        let keys = app.raw::<String>(under).await;
        assert_eq!((first + rest, keys.iter().all(|key| key == "test.2")), (keys.len(), true));
        assert_ne!(app.raw::<Vec<u8>>("select seed from second_factors").await, seeds_before);
        assert_eq!(looks("2026-2").await["phone"], "+8615400000014");
        app.advance(TimeDelta::minutes(1));
        log_in(&app, &clerk, PASSWORD, Some(&app_shows(&secret, app.now()))).await.expect(201);
        assert!(app.raw::<String>("select kind from journal").await.iter().any(|kind| kind == "vault.rewrapped"));
    }

    async fn a_session_is_never_the_one_somebody_brought_along(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let planted = "A".repeat(43);
        let body = json!({ "login": clerk.user().login, "password": PASSWORD });
        let asking = app.anon().request(Method::POST, "/api/v1/sessions");
        let begun = asking.header("cookie", &format!("__Host-anju={planted}")).json(&body).send().await.expect(201);
        assert_ne!(begun["token"], json!(planted));
        app.anon().with_token(&planted).get("/api/v1/me").await.refused(401, "not-signed-in");
        // Nor does a log-in revive one that has ended, by cookie or as a token.
        let ended = app.anon().with_token(text(&begun["token"]));
        let reply = ended.delete("/api/v1/sessions/current").await;
        assert_eq!(reply.expect(204), Value::Null);
        assert_eq!(reply.header("clear-site-data"), Some(r#""cache", "cookies", "storage""#));
        log_in(&app, &clerk, PASSWORD, None).await.expect(201);
        ended.get("/api/v1/me").await.refused(401, "not-signed-in");
        let cookie = format!("__Host-anju={}", text(&begun["token"]));
        let asking = app.anon().request(Method::GET, "/api/v1/me").header("cookie", &cookie);
        asking.send().await.refused(401, "not-signed-in");
        // Two credentials at once are none.
        let asking = clerk.request(Method::GET, "/api/v1/me").header("authorization", &format!("Bearer {}", clerk.token()));
        asking.send().await.refused(401, "not-signed-in");
    }

    async fn where_staff_need_two_factors_a_token_is_for_the_systems_of_others(db: TestDb) {
        let app = TestApp::strict(&db, SecondFactorRule::Staff).await;
        let (_, _, admin) = enrolled(&app, &app.as_admin().await).await;
        let issue = |user: Uuid| {
            let (admin, new) = (admin.clone(), json!({ "user_id": user, "name": "personnel system", "days": 30 }));
            async move { admin.post("/api/v1/tokens", new).await }
        };
        issue(app.as_clerk().await.id()).await.refused(409, "no-machine-for-staff");
        let employer = app.as_landlord(Uuid::from_u128(1)).await;
        let issued = issue(employer.id()).await.expect(201);
        assert!(issued["token"]["used_at"].is_null());
        let machine = app.anon().with_token(text(&issued["secret"]));
        machine.get("/api/v1/purposes").await.expect(200);
        let used_at = app.now();
        app.advance(TimeDelta::seconds(50));
        machine.get("/api/v1/purposes").await.expect(200);
        let tokens = format!("/api/v1/users/{}/tokens", employer.id());
        assert_eq!(admin.get(&tokens).await.expect(200)[0]["used_at"], json!(used_at));
        // One of a clerk's, from a time when the node asked less, is none any more.
        app.tamper("update users set role = 'clerk', landlord_id = null where role = 'landlord'").await;
        machine.get("/api/v1/purposes").await.refused(401, "not-signed-in");
    }

    async fn a_machine_touches_no_account(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, clerk) = (app.as_admin().await, app.as_clerk().await);
        let token = json!({ "user_id": clerk.id(), "name": "script", "days": 30 });
        let machine = app.anon().with_token(text(&admin.post("/api/v1/tokens", token).await.expect(201)["secret"]));
        machine.get("/api/v1/buildings").await.expect(200);
        machine.get("/api/v1/me/sessions").await.refused(403, "forbidden");
        machine.post("/api/v1/me/second-factor", json!({ "password": PASSWORD })).await.refused(403, "forbidden");
        machine.delete("/api/v1/sessions/current").await.refused(403, "forbidden");
    }
}
