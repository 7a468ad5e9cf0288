//! Three sides of a tenancy: what landlord, resident and committee each say, kept apart and shown beside what is registered.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, both_databases};
use crate::localities::id;
use crate::street::{SPECIMEN, Street};

/// Somebody registered on somebody's word, and the tenancy's path.
async fn lives(street: &Street, said_by: &str) -> (Uuid, String) {
    let wang = street.resident("王小明", Some(SPECIMEN)).await;
    let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": said_by });
    let tenancy = street.clerk.post("/api/v1/tenancies", new).await.expect(201);
    (wang, format!("/api/v1/tenancies/{}", id(&tenancy)))
}

fn facts(tenancy: &Value) -> [&str; 3] {
    ["lived_here", "moved_in_on", "moved_out_on"].map(|fact| tenancy["sides"][fact].as_str().unwrap())
}

fn own(path: &str) -> String {
    format!("{}/statements", path.replace("/v1/", "/v1/me/"))
}

async fn filed(street: &Street, landlord: &Person, kind: &str, on: &str) -> String {
    let new = json!({
        "dwelling_id": street.flats[0], "kind": kind, "moved_on": on,
        "occupant": { "name": "王小明", "document": { "kind": "citizen-id", "number": SPECIMEN } },
    });
    format!("/api/v1/reports/{}/acceptance", id(&landlord.post("/api/v1/me/reports", new).await.expect(201)))
}

both_databases! {
    async fn a_move_is_registered_with_the_word_it_rests_on(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, path) = lives(&street, "resident").await;
        let read = street.clerk.get(&path).await.expect(200);
        let said = &read["sides"]["resident"];
        assert_eq!((&said["says"], &said["moved_in_on"], &said["via"]), (&json!("lives-here"), &json!("2026-11-01"), &json!("registration")));
        assert_eq!((&read["sides"]["landlord"], &read["sides"]["committee"]), (&Value::Null, &Value::Null));
        assert_eq!(facts(&read), ["agree"; 3]);
        let out = json!({ "on": "2026-11-20", "said_by": "committee", "version": 1 });
        let ended = street.clerk.post(&format!("{path}/move-out"), out).await.expect(200);
        assert_eq!(ended["sides"]["committee"]["says"], "left");
        assert_eq!((&ended["sides"]["resident"], facts(&ended)), (said, ["agree"; 3]), "nobody's word is written over");
        let seen = [
            street.clerk.get(&path).await.expect(200),
            street.clerk.get(&format!("/api/v1/residents/{wang}/tenancies")).await.expect(200)[0].clone(),
            street.clerk.get(&format!("/api/v1/dwellings/{}/occupants?on=2026-11-10", street.flats[0])).await.expect(200)[0].clone(),
            street.app.as_resident(wang).await.get("/api/v1/me/tenancies").await.expect(200)[0].clone(),
        ];
        assert!(seen.iter().all(|seen| seen["sides"] == ended["sides"]), "{seen:?}");
    }

    async fn an_accepted_report_is_the_landlords_word_beside_the_others(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, path) = lives(&street, "resident").await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let accept = json!({ "version": 1, "resident_id": wang });
        let report = filed(&street, &landlord, "move-in", "2026-10-25").await;
        let accepted = street.clerk.post(&report, accept.clone()).await.expect(200);
        assert!(path.ends_with(accepted["tenancy_id"].as_str().unwrap()), "no second tenancy is made of it");
        let read = street.clerk.get(&path).await.expect(200);
        let said = &read["sides"]["landlord"];
        assert_eq!((&said["moved_in_on"], &said["via"]), (&json!("2026-10-25"), &json!("report")));
        assert_eq!((&read["moved_in_on"], facts(&read)), (&json!("2026-11-01"), ["agree", "differ", "agree"]));
        assert_eq!(read["disputed_at"], Value::Null, "the landlord's word disputes nothing");
        // A new statement takes the place of the landlord's own.
        let report = filed(&street, &landlord, "move-out", "2026-11-20").await;
        street.clerk.post(&report, accept).await.expect(200);
        let read = street.clerk.get(&path).await.expect(200);
        let said = &read["sides"]["landlord"];
        assert_eq!((&said["says"], &said["moved_in_on"], &said["moved_out_on"]), (&json!("left"), &json!("2026-10-25"), &json!("2026-11-20")));
        assert_eq!(read["sides"]["resident"]["says"], "lives-here");
        let kept = street.app.raw::<i64>("select cast(count(*) as bigint) from tenancy_statements").await;
        assert_eq!(kept, [3], "what was said before stays on record");
    }

    async fn what_a_person_says_otherwise_stands_as_a_dispute_until_it_is_settled(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, path) = lives(&street, "landlord").await;
        let me = street.app.as_resident(wang).await;
        let said = me.post(&own(&path), json!({ "says": "lives-here", "moved_in_on": "2026-11-01" })).await.expect(200);
        assert_eq!((&said["disputed_at"], facts(&said)), (&Value::Null, ["agree"; 3]), "the same disputes nothing");
        let said = me.post(&own(&path), json!({ "says": "never-lived-here", "reason": "我没有住过" })).await.expect(200);
        assert_eq!((&said["dispute_reason"], facts(&said)), (&json!("我没有住过"), ["differ", "agree", "agree"]));
        let read = street.clerk.get(&path).await.expect(200);
        assert_eq!((&read["sides"], &read["undone"]), (&said["sides"], &json!(false)), "the committee decides");
        assert_eq!(read["sides"]["resident"]["moved_in_on"], Value::Null);
        // A second statement finds the dispute that stands.
        let said = me.post(&own(&path), json!({ "says": "left", "moved_out_on": "2026-11-05" })).await.expect(200);
        assert_eq!((&said["dispute_reason"], facts(&said)), (&json!("我没有住过"), ["agree", "agree", "differ"]));
        street.clerk.post(&format!("{path}/settlement"), json!({ "answer": "已核实" })).await.expect(200);
        let said = me.post(&own(&path), json!({ "says": "left", "moved_out_on": "2026-11-06" })).await.expect(200);
        assert!(said["dispute_reason"].as_str().unwrap().starts_with("本人陈述与登记不符") && said["settled_at"].is_null());
        assert_eq!(street.journal_about(wang, "tenancy.disputed").await.len(), 2);
    }

    async fn a_clerk_writes_down_what_a_side_says_and_nothing_registered_changes(db: TestDb) {
        let street = Street::new(&db).await;
        let (_, path) = lives(&street, "resident").await;
        let state = |side: &str, says: &str| {
            let (clerk, path) = (street.clerk.clone(), format!("{path}/statements"));
            let body = json!({ "side": side, "says": says });
            async move { clerk.post(&path, body).await }
        };
        let read = state("landlord", "never-lived-here").await.expect(200);
        assert_eq!((facts(&read), &read["disputed_at"], &read["version"]), (["differ", "agree", "agree"], &Value::Null, &json!(1)));
        let read = state("resident", "never-lived-here").await.expect(200);
        assert!(read["disputed_at"].is_string(), "the person's own word, also by way of a clerk");
        state("landlord", "left").await.invalid("moved_out_on", "missing-field");
        street.clerk.post(&format!("{path}/undo"), json!({ "version": 1, "reason": "误登" })).await.expect(200);
        state("landlord", "lives-here").await.refused(409, "tenancy-undone");
    }

    async fn nobody_states_for_another_and_a_landlord_sees_only_what_they_filed(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, path) = lives(&street, "resident").await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let report = filed(&street, &landlord, "move-in", "2026-10-25").await;
        let before = landlord.get("/api/v1/me/reports").await.expect(200)["items"][0].clone();
        street.clerk.post(&report, json!({ "version": 1, "resident_id": wang })).await.expect(200);
        let me = street.app.as_resident(wang).await;
        me.post(&own(&path), json!({ "says": "left", "moved_out_on": "2026-11-10" })).await.expect(200);
        let after = landlord.get("/api/v1/me/reports").await.expect(200)["items"][0].clone();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!((keys(&after), &after["moved_on"]), (keys(&before), &json!("2026-10-25")));
        assert!(!after.to_string().contains("2026-11-10") && !after.to_string().contains("2026-11-01"), "{after}");
        for elsewhere in [path.clone(), format!("/api/v1/residents/{wang}/tenancies")] {
            landlord.get(&elsewhere).await.refused(403, "forbidden");
        }
        landlord.post(&own(&path), json!({ "says": "lives-here" })).await.refused(403, "forbidden");
        let neighbour = street.app.as_resident(street.resident("李娜", None).await).await;
        neighbour.post(&own(&path), json!({ "says": "never-lived-here" })).await.refused(404, "not-found");
        me.post(&format!("{path}/statements"), json!({ "side": "landlord", "says": "lives-here" })).await.refused(403, "forbidden");
    }

    async fn a_move_out_taken_back_takes_its_word_back_and_leaves_the_landlords_report(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, path) = lives(&street, "resident").await;
        let out = json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&format!("{path}/move-out"), out).await.expect(200);
        let back = street.clerk.post(&format!("{path}/undo-move-out"), json!({ "version": 2 })).await.expect(200);
        assert_eq!((&back["sides"]["resident"]["says"], facts(&back)), (&json!("lives-here"), ["agree"; 3]));
        let landlord = street.landlord_of(street.flats[0]).await;
        let report = filed(&street, &landlord, "move-out", "2026-11-21").await;
        street.clerk.post(&report, json!({ "version": 1, "resident_id": wang })).await.expect(200);
        let back = street.clerk.post(&format!("{path}/undo-move-out"), json!({ "version": 4 })).await.expect(200);
        assert_eq!((&back["sides"]["landlord"]["says"], facts(&back)), (&json!("left"), ["agree", "agree", "differ"]));
    }

    async fn what_was_said_is_seen_as_it_was_known_then(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, path) = lives(&street, "resident").await;
        let then = street.app.now().to_rfc3339().replace("+00:00", "Z");
        street.app.advance(TimeDelta::minutes(5));
        let me = street.app.as_resident(wang).await;
        me.post(&own(&path), json!({ "says": "left", "moved_out_on": "2026-11-10" })).await.expect(200);
        let known = format!("/api/v1/residents/{wang}/tenancies?as_known_at={then}");
        let known = street.clerk.get(&known).await.expect(200);
        assert_eq!((&known[0]["sides"]["resident"]["says"], facts(&known[0])), (&json!("lives-here"), ["agree"; 3]));
    }
}
