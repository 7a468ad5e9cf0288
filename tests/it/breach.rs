//! Whom a breach reached, and what they are told.

use anju::breach::drafts::{self, Incident};
use anju::breach::{Affected, Reached, Way};
use anju::exchange::messages::Office;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{TestApp, both_databases};
use crate::localities::{Locality, ORIGIN, RESIDENCE, WIFE, morning, reason};
use crate::street::{FIRST, SPECIMEN, Street};

async fn last_entry(app: &TestApp, kind: &str) -> Value {
    let entry = format!("select entry from journal where kind = '{kind}' order by id desc limit 1");
    serde_json::from_str(&app.raw::<String>(&entry).await[0]).unwrap()
}

both_databases! {
    async fn what_a_token_did_is_told_from_what_its_owner_did(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, clerk) = (app.as_admin().await, app.as_clerk().await);
        let new = json!({ "user_id": clerk.id(), "name": "script", "days": 30 });
        let token = admin.post("/api/v1/tokens", new).await.expect(201);
        let machine = clerk.with_token(token["secret"].as_str().unwrap());
        let search = json!({ "by": { "name": "王芳" }, "reason": reason("identity-check") });
        for (person, by, id) in [(&clerk, "session", &Value::Null), (&machine, "token", &token["id"])] {
            person.post("/api/v1/residents/searches", search.clone()).await.expect(200);
            let actor = &last_entry(&app, "residents.searched").await["actor"];
            assert_eq!((&actor["id"], &actor["by"], &actor["token"]), (&json!(clerk.id()), &json!(by), id));
        }
    }

    async fn whom_a_stolen_token_reached_is_listed_with_fields_counts_and_office(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, li) = (street.resident("王小明", Some(SPECIMEN)).await, street.resident("李娜", None).await);
        let admin = street.app.as_admin().await;
        let clerk = street.app.as_clerk_of(FIRST).await;
        let new = json!({ "user_id": clerk.id(), "name": "script", "days": 30 });
        let token = admin.post("/api/v1/tokens", new).await.expect(201);
        let machine = clerk.with_token(token["secret"].as_str().unwrap());
        let opened = json!({ "reason": reason("identity-check"), "fields": ["document"] });
        for _ in 0..2 {
            machine.post(&format!("/api/v1/residents/{wang}/disclosures"), opened.clone()).await.expect(200);
        }
        let search = json!({ "by": { "name": "李娜" }, "reason": reason("identity-check") });
        clerk.post("/api/v1/residents/searches", search).await.expect(200);
        street.app.advance(TimeDelta::minutes(5));
        let auditor = street.app.as_auditor().await;
        let ask = async |by: Value, from: &str, until: &str| {
            let asked = json!({ "by": by, "from": from, "until": until });
            auditor.post("/api/v1/journal/affected", asked).await
        };
        let (from, until) = ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
        let by_token = ask(json!({ "token": token["id"] }), from, until).await.expect(200);
        let reached = &by_token["items"][0];
        assert_eq!(by_token["items"].as_array().unwrap().len(), 1, "not whom the owner found: {by_token}");
        assert_eq!((&reached["resident_id"], &reached["committee"]), (&json!(wang), &json!(FIRST)));
        assert_eq!((&reached["ways"], &reached["fields"]), (&json!({ "disclosed": 2 }), &json!(["document"])));
        assert!(!by_token.to_string().contains("王小明"));
        let by_account = ask(json!({ "account": clerk.user().login }), from, until).await.expect(200);
        let mut found: Vec<_> = by_account["items"].as_array().unwrap().iter().map(|one| one["resident_id"].clone()).collect();
        found.sort_by_key(ToString::to_string);
        assert_eq!(found, [json!(wang), json!(li)]);
        assert_eq!(by_account["items"][1]["ways"], json!({ "found": 1 }));
        assert_eq!(ask(json!({ "token": token["id"] }), from, "2026-11-23T01:00:00Z").await.expect(200)["items"], json!([]));
        ask(json!({ "account": "nobody-here" }), from, until).await.refused(404, "not-found");
        ask(json!({ "peer": "411421" }), until, from).await.invalid("until", "ends-before-it-begins");
        let asked = last_entry(&street.app, "breach.examined").await;
        assert_eq!((&asked["actor"]["id"], &asked["details"]["persons"]), (&json!(auditor.id()), &json!(0)));
    }

    async fn what_a_peer_was_sent_and_told_is_listed(db: TestDb) {
        let clock = morning();
        let (here, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        here.trust(&origin, "push").await;
        origin.trust(&here, "push").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let wife = here.resident("李桂兰", WIFE, ORIGIN).await;
        let dwellings = here.dwellings().await;
        here.moves_in(&wife, &dwellings[0], "2026-11-20").await;
        here.sync(&origin).await;
        let asked = |peer: &str| json!({ "by": { "peer": peer }, "from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z" });
        let sent = here.node.as_auditor().await.post("/api/v1/journal/affected", asked(ORIGIN)).await.expect(200);
        assert_eq!((&sent["items"][0]["resident_id"], &sent["items"][0]["ways"]["sent"]), (&json!(wife), &json!(1)));
        let told = origin.node.as_auditor().await.post("/api/v1/journal/affected", asked(RESIDENCE)).await.expect(200);
        assert_eq!((&told["items"][0]["resident_id"], &told["items"][0]["ways"]["received"]), (&json!(at_home), &json!(1)));
    }
}

#[test]
fn the_notices_are_drafted_in_both_languages_for_each_person_alone() {
    let office = Office { name: "数据安全办公室".parse().unwrap(), phone: "0311-8600 0000".parse().unwrap() };
    let (from, until) = ("2026-11-01".parse().unwrap(), "2026-11-23".parse().unwrap());
    let incident = Incident { by: "account wang.fang", from, until, office: &office };
    let person = |number: u128, field: &str| {
        let mut reached = Reached::default();
        let entry = json!({ "at": "2026-11-05T02:00:00.000000Z", "details": { "fields": [field] } });
        reached.add(Way::Disclosed, &entry);
        Affected { resident_id: Uuid::from_u128(number), committee: Some("130102001001".parse().unwrap()), reached }
    };
    let persons = [person(1, "document"), person(2, "phone")];
    let text = drafts::to_person(&incident, &persons[0]);
    for said in ["证件号码", "document number", "2026-11-01", "2026-11-23", "________", "长安区", "0311-8600 0000"]
    {
        assert!(text.contains(said), "{said} in {text}");
    }
    for never in ["wang.fang", "telephone number", &persons[1].resident_id.to_string()] {
        assert!(!text.contains(never), "{never} in {text}");
    }
    let summary = drafts::to_authority(&incident, &persons);
    for said in ["涉及 2 人", "Persons concerned: 2", "电话号码：1 人", "account wang.fang"] {
        assert!(summary.contains(said), "{said} in {summary}");
    }
    assert!(!summary.contains(&persons[0].resident_id.to_string()));
}
