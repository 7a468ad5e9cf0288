//! Protections between localities: they travel first, apply at once, and nothing about the person follows.

use std::time::Duration;

use anju::exchange::schedule::Schedule;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::harness::{Person, TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, id, morning, person, reason};
use crate::protection::{name, raising};

/// Two localities, a woman of the one who lives in the other, and an officer named in each.
struct Flight {
    residence: Locality,
    origin: Locality,
    here: String,
    at_home: String,
    flats: Vec<String>,
    officer: Person,
    officer_at_home: Person,
}

async fn named(of: &Locality) -> Person {
    let officer = of.node.as_clerk_of(of.code).await;
    name(&of.node, &officer).await;
    officer
}

impl Flight {
    async fn open(db: &TestDb) -> Self {
        let clock = morning();
        let residence = Locality::open(db, RESIDENCE, &clock).await;
        let origin = Locality::open(db, ORIGIN, &clock).await;
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let flats = residence.dwellings().await;
        let (officer, officer_at_home) = (named(&residence).await, named(&origin).await);
        Self { residence, origin, here, at_home, flats, officer, officer_at_home }
    }

    async fn raise(&self) -> String {
        let path = format!("/api/v1/residents/{}/protections", self.here);
        id(&self.officer.post(&path, raising()).await.expect(201))
    }

    async fn lift(&self, protection: &str) {
        let another = named(&self.residence).await;
        self.officer.post(&format!("/api/v1/protections/{protection}/lift-request"), json!({})).await.expect(200);
        another.post(&format!("/api/v1/protections/{protection}/lift"), json!({})).await.expect(200);
    }

    /// What lies on the residence's stream to the origin, in its order.
    async fn sent(&self) -> Vec<String> {
        self.residence.node.raw(&format!("select kind from stream_out where peer = '{ORIGIN}' order by seq")).await
    }

    async fn is_hidden_at_home(&self) -> bool {
        let path = format!("/api/v1/residents/{}", self.at_home);
        self.officer_at_home.get(&path).await.expect(200);
        let seen = self.origin.clerk.get(&path).await.status;
        let elsewhere = self.origin.clerk.get(&format!("{path}/residences-elsewhere")).await.status;
        assert_eq!(seen, elsewhere);
        seen == 404
    }
}

fn asking(resident: &str, wanted: Value) -> Value {
    json!({ "resident_id": resident, "reason": reason("marriage-check"), "wanted": wanted })
}

both_databases! {
    async fn a_protection_travels_first_and_hides_at_once(db: TestDb) {
        let day = Flight::open(&db).await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        day.residence.sync(&day.origin).await;
        assert_eq!(day.origin.elsewhere(&day.at_home).await.len(), 1);
        // Somebody else's notices lie on the stream when it is raised.
        let neighbour = day.residence.resident("王守义", HUSBAND, ORIGIN).await;
        day.residence.moves_in(&neighbour, &day.flats[1], "2026-11-21").await;
        anju::exchange::sync::prepare(day.residence.node.app()).await.unwrap();
        assert_eq!(day.sent().await, ["residence.started", "residence.started"]);
        let protection = day.raise().await;
        day.residence.sync(&day.origin).await;
        assert_eq!(day.sent().await, ["residence.started", "protection.raised", "residence.started"]);
        assert!(day.is_hidden_at_home().await);
        // The neighbour has no file at home: that is the only case, and none waits for a clerk to pair.
        let cases: Vec<Value> = day.origin.cases().await;
        assert_eq!(cases.iter().map(|case| case["reason"].as_str().unwrap()).collect::<Vec<_>>(), ["nobody-on-file"]);

        // Where she goes from here is nobody's business at home.
        let path = format!("/api/v1/residents/{}/tenancies", day.here);
        let tenancy = day.officer.get(&path).await.expect(200)[0].clone();
        let out = json!({ "on": "2026-11-22", "said_by": "resident", "version": tenancy["version"] });
        day.officer.post(&format!("/api/v1/tenancies/{}/move-out", id(&tenancy)), out).await.expect(200);
        day.residence.sync(&day.origin).await;
        day.residence.sync(&day.origin).await;
        assert_eq!(day.sent().await.len(), 3);
        let by_officer = format!("/api/v1/residents/{}/residences-elsewhere", day.at_home);
        let told = day.officer_at_home.get(&by_officer).await.expect(200);
        assert_eq!(told[0]["until"], Value::Null);

        // Lifted, it goes on from what is known now.
        day.lift(&protection).await;
        day.residence.sync(&day.origin).await;
        assert!(!day.is_hidden_at_home().await);
        assert_eq!(day.sent().await[3..], ["protection.lifted", "residence.ended"]);
        assert_eq!(day.origin.elsewhere(&day.at_home).await[0]["until"], "2026-11-22");
    }

    async fn what_was_not_handed_over_is_taken_back_and_nobody_new_hears_of_her(db: TestDb) {
        let day = Flight::open(&db).await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        day.residence.marriage([json!({ "resident": day.here }), person("王守义", HUSBAND)]).await;
        anju::exchange::sync::prepare(day.residence.node.app()).await.unwrap();
        // The clerk who recorded the marriage read her file; that she sees at home too.
        assert_eq!(day.sent().await, ["residence.started", "record.supplied", "access.noted"]);
        let protection = day.raise().await;
        day.residence.sync(&day.origin).await;
        assert_eq!(day.sent().await, [""; 0], "home holds nothing about her: it is not even told that she is protected");
        let asked = day.officer.post("/api/v1/inquiries", asking(&day.here, json!({ "marriage": ["stands"] }))).await;
        asked.refused(409, "protected-person");
        assert!(!day.is_hidden_at_home().await);
        day.lift(&protection).await;
        day.residence.sync(&day.origin).await;
        assert_eq!(day.sent().await, ["residence.started", "record.supplied"]);
    }

    async fn whoever_was_told_of_her_tells_on_and_it_ends_where_it_began(db: TestDb) {
        let day = Flight::open(&db).await;
        let third = Locality::open(&db, OTHER_ORIGIN, &morning()).await;
        third.trust(&day.origin, "push").await;
        day.origin.trust(&third, "push").await;
        // She lived in a third locality before, which told home.
        let there = third.resident("李桂兰", WIFE, ORIGIN).await;
        let flat = third.dwellings().await;
        third.moves_in(&there, &flat[0], "2026-10-01").await;
        third.sync(&day.origin).await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        day.residence.sync(&day.origin).await;
        let protection = day.raise().await;
        for _ in 0..2 {
            day.residence.sync(&day.origin).await;
            day.origin.sync(&third).await;
            third.sync(&day.origin).await;
            day.origin.sync(&day.residence).await;
        }
        third.clerk.get(&format!("/api/v1/residents/{there}")).await.refused(404, "not-found");
        let kinds: Vec<String> = day.origin.node.raw("select kind from stream_out order by peer, seq").await;
        assert_eq!(kinds, ["protection.raised"], "told on once, and not back");
        let told: Vec<String> = third.node.raw("select kind from stream_out order by seq").await;
        assert_eq!(told, ["residence.started"]);
        // Only where it was raised it is lifted.
        let path = format!("/api/v1/protections/{protection}");
        day.officer_at_home.post(&format!("{path}/lift-request"), json!({})).await.refused(409, "raised-elsewhere");
        day.lift(&protection).await;
        day.residence.sync(&day.origin).await;
        day.origin.sync(&third).await;
        third.clerk.get(&format!("/api/v1/residents/{there}")).await.expect(200);
    }

    async fn somebody_protected_before_they_have_a_file_is_hidden_from_its_first_moment(db: TestDb) {
        let day = Flight::open(&db).await;
        let stranger = day.residence.resident("王守义", HUSBAND, ORIGIN).await;
        day.residence.moves_in(&stranger, &day.flats[0], "2026-11-20").await;
        day.residence.sync(&day.origin).await;
        assert_eq!(day.origin.cases().await.len(), 1);
        let path = format!("/api/v1/residents/{stranger}/protections");
        day.officer.post(&path, raising()).await.expect(201);
        day.residence.sync(&day.origin).await;
        // The message that waits tells where he is.
        assert_eq!(day.origin.cases().await.len(), 0);
        let waiting = day.officer_at_home.get("/api/v1/cases").await.expect(200);
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        let file = day.origin.resident("王守义", HUSBAND, ORIGIN).await;
        day.origin.clerk.get(&format!("/api/v1/residents/{file}")).await.expect(200);
        let colleague = day.origin.node.as_clerk_of(ORIGIN).await;
        colleague.get(&format!("/api/v1/residents/{file}")).await.refused(404, "not-found");
    }

    async fn an_inquiry_about_somebody_protected_is_one_about_somebody_unknown(db: TestDb) {
        let day = Flight::open(&db).await;
        let raised = format!("/api/v1/residents/{}/protections", day.at_home);
        day.officer_at_home.post(&raised, raising()).await.expect(201);
        let unknown = day.residence.resident("王守义", HUSBAND, ORIGIN).await;
        for resident in [&day.here, &unknown] {
            let new = asking(resident, json!({ "marriage": ["stands"] }));
            day.residence.clerk.post("/api/v1/inquiries", new).await.expect(201);
        }
        day.residence.sync(&day.origin).await;
        let received = day.origin.clerk.get("/api/v1/inquiries?direction=received").await.expect(200);
        let received = received["items"].as_array().unwrap().clone();
        assert_eq!(received.len(), 2);
        for field in ["resident_id", "committee", "state", "outcome"] {
            assert_eq!(received[0][field], received[1][field], "{field}");
        }
        assert_eq!(received[0]["resident_id"], Value::Null);
        for inquiry in &received {
            let path = format!("/api/v1/inquiries/{}/answer", id(inquiry));
            day.origin.clerk.post(&path, json!({ "decision": "answer" })).await.refused(409, "nobody-paired");
            day.origin.clerk.post(&path, json!({ "decision": "not-found" })).await.expect(200);
        }
        let herself = day.origin.node.as_resident(day.at_home.parse().unwrap()).await;
        let own = herself.get("/api/v1/me/protection").await.expect(200);
        assert_eq!((&own["attempts"][0]["kind"], &own["attempts"][0]["peer"]), (&json!("inquiry"), &json!(RESIDENCE)));
    }

    async fn who_is_married_to_somebody_protected_is_not_told(db: TestDb) {
        let day = Flight::open(&db).await;
        let husband = day.residence.resident("王守义", HUSBAND, ORIGIN).await;
        let at_home = day.origin.resident("王守义", HUSBAND, ORIGIN).await;
        day.origin.marriage([json!({ "resident": at_home }), json!({ "resident": day.at_home })]).await;
        let raised = format!("/api/v1/residents/{}/protections", day.at_home);
        day.officer_at_home.post(&raised, raising()).await.expect(201);
        for (wanted, outcome) in [
            (json!({ "marriage": ["spouse"] }), "cannot-say"),
            (
                json!({ "questions": [
                    { "ask": "married-to", "person": person("李桂兰", WIFE)["person"] }, { "ask": "marriage-stands" },
                ] }),
                "confirmed",
            ),
        ] {
            let new = asking(&husband, wanted);
            let inquiry = id(&day.residence.clerk.post("/api/v1/inquiries", new).await.expect(201));
            day.residence.sync(&day.origin).await;
            let path = format!("/api/v1/inquiries/{inquiry}/answer");
            let answered = day.origin.clerk.post(&path, json!({ "decision": "answer" })).await.expect(200);
            assert_eq!(answered["outcome"], outcome);
            day.origin.sync(&day.residence).await;
            let opened = format!("/api/v1/inquiries/{inquiry}/disclosures");
            let opened = day.residence.clerk.post(&opened, reason("marriage-check")).await.expect(200);
            if outcome == "confirmed" {
                assert_eq!(opened["answer"]["replies"], json!(["cannot-say", "yes"]));
            }
            assert!(!opened["answer"].to_string().contains("李桂兰"), "{opened}");
        }
    }

    async fn peers_hear_of_a_protection_at_once_and_not_with_the_next_turn(db: TestDb) {
        let day = Flight::open(&db).await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        day.residence.sync(&day.origin).await;
        let never = json!({ "mode": "push", "schedule": "0 0 0 1 1 *", "state": "active" });
        day.residence.admin.put(&format!("/api/v1/peers/{ORIGIN}/plan"), never).await.expect(200);
        let stop = CancellationToken::new();
        let schedule = Schedule::start(day.residence.node.app().clone(), stop.clone()).await.unwrap();
        day.raise().await;
        let hidden = async {
            let path = format!("/api/v1/residents/{}", day.at_home);
            while day.origin.clerk.get(&path).await.status != 404 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), hidden).await.expect("an urgent sync");
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(30), schedule.stopped()).await.expect("a clean stop");
    }
}
