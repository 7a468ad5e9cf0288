//! Consents: who may give them, for what, and how they end.

use serde_json::{Value, json};

use crate::harness::{TestApp, both_databases};
use crate::residents::{OTHER_COMMITTEE, at, named, own_log_in, registered, with};

fn given_by(giver: &Value) -> Value {
    json!({ "given_by": giver["id"], "purpose": "record-exchange", "recipient": "411421", "text_version": "2026-01" })
}

fn withdrawal(consent: &Value) -> String {
    format!("/api/v1/consents/{}/withdrawal", consent["id"].as_str().unwrap())
}

both_databases! {
    async fn a_consent_is_given_withdrawn_and_given_again(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let path = at(&wang, "/consents");
        let consent = clerk.post(&path, given_by(&wang)).await.expect(201);
        assert_eq!((&consent["resident_id"], &consent["withdrawn_at"]), (&wang["id"], &Value::Null));
        clerk.post(&path, with(given_by(&wang), "text_version", json!("2026-02"))).await.refused(409, "consent-on-record");
        clerk.post(&path, with(given_by(&wang), "recipient", json!("510104"))).await.expect(201);
        let withdrawn = clerk.post(&withdrawal(&consent), json!({})).await.expect(200);
        assert_eq!(withdrawn["withdrawn_at"], "2026-11-23T02:00:00Z");
        clerk.post(&withdrawal(&consent), json!({})).await.refused(409, "consent-withdrawn");
        clerk.post(&path, given_by(&wang)).await.expect(201);
        let listed = clerk.get(&path).await.expect(200);
        assert_eq!(listed.as_array().unwrap().len(), 3);
        assert_eq!(listed[2], withdrawn);
        let kinds: Vec<String> =
            app.raw("select kind from journal where kind like 'consent.%' order by id").await;
        assert_eq!(kinds, ["consent.given", "consent.given", "consent.withdrawn", "consent.given"]);
    }

    async fn a_guardian_consents_for_a_child_under_fourteen(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        // Fourteen on 24 November 2026: tomorrow.
        let child = registered(&clerk, with(named("李小宝"), "birth_date", json!("2012-11-24"))).await;
        let sister = registered(&clerk, with(named("李小玉"), "birth_date", json!("2009-01-01"))).await;
        let path = at(&child, "/consents");
        clerk.post(&path, given_by(&child)).await.invalid("given_by", "guardian-needed");
        clerk.post(&path, given_by(&sister)).await.invalid("given_by", "guardian-not-of-age");
        let consent = clerk.post(&path, given_by(&wang)).await.expect(201);
        assert_eq!(consent["given_by"], wang["id"]);
        clerk.post(&withdrawal(&consent), json!({})).await.expect(200);
        app.advance(chrono::TimeDelta::days(1));
        let clerk = app.as_clerk().await;
        clerk.post(&path, given_by(&child)).await.expect(201);
    }

    async fn nobody_consents_for_somebody_of_age(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let husband = registered(&clerk, with(named("李强"), "sex", json!("male"))).await;
        clerk.post(&at(&wang, "/consents"), given_by(&husband)).await.invalid("given_by", "only-the-person-consents");
        let unknown = registered(&clerk, with(named("周远"), "birth_date", Value::Null)).await;
        clerk.post(&at(&unknown, "/consents"), given_by(&wang)).await.invalid("given_by", "only-the-person-consents");
        clerk.post(&at(&unknown, "/consents"), given_by(&unknown)).await.expect(201);
    }

    async fn a_consent_names_a_listed_purpose_and_the_edition_shown(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        for (field, value, code) in [
            ("purpose", "curiosity", "unknown-purpose"),
            ("recipient", "永城", "malformed-node-code"),
            ("text_version", "王芳看过的那一版", "malformed-text-version"),
        ] {
            let new = with(given_by(&wang), field, json!(value));
            clerk.post(&at(&wang, "/consents"), new).await.invalid(field, code);
        }
    }

    async fn a_person_keeps_their_own_consents_and_nobody_elses(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let li = registered(&clerk, named("李强")).await;
        let own = own_log_in(&app, &wang).await;
        let consent = own.post(&at(&wang, "/consents"), given_by(&wang)).await.expect(201);
        assert_eq!(own.get("/api/v1/me/record").await.expect(200)["consents"], json!([consent]));
        let stranger = own_log_in(&app, &li).await;
        stranger.get(&at(&wang, "/consents")).await.refused(404, "not-found");
        stranger.post(&at(&wang, "/consents"), given_by(&li)).await.refused(404, "not-found");
        stranger.post(&withdrawal(&consent), json!({})).await.refused(404, "not-found");
        let elsewhere = app.as_clerk_of(OTHER_COMMITTEE).await;
        elsewhere.post(&withdrawal(&consent), json!({})).await.refused(404, "not-found");
        own.post(&withdrawal(&consent), json!({})).await.expect(200);
        app.as_supervisor().await.get(&at(&wang, "/consents")).await.refused(403, "forbidden");
    }
}
