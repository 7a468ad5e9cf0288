//! What somebody says is wrong: beside the fact until it is decided, by a day, with a reason, in every locality.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::hand::{Hand, new_id, verdicts};
use crate::harness::{TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, id, morning, reason};
use crate::own::Couple;
use crate::street::{SPECIMEN, Street};

fn about_record(record: &str) -> Value {
    json!({ "about": { "civil-record": record }, "reason": "wrong-day" })
}

async fn since(at: &Locality, resident: &str) -> Value {
    at.records_of(resident).await[0]["under_investigation_since"].clone()
}

async fn open_at(locality: &Locality) -> Vec<Value> {
    locality.clerk.get("/api/v1/doubts").await.expect(200).as_array().unwrap().clone()
}

/// The couple, and the husband living in a third locality that has the record too.
async fn three(db: &TestDb) -> (Couple, Locality, String) {
    let couple = Couple::new(db).await;
    let third = Locality::open(db, OTHER_ORIGIN, &morning()).await;
    third.trust(&couple.origin, "push").await;
    couple.origin.trust(&third, "push").await;
    couple.origin.resident("王守义", HUSBAND, ORIGIN).await;
    let husband = third.resident("王守义", HUSBAND, ORIGIN).await;
    let correction = json!({ "version": 1, "standing": "stands", "source": "register", "because": "补录",
                             "record": { "marriage": {
                                 "spouses": [{ "resident": couple.at_home }, crate::localities::person("王守义", HUSBAND)],
                                 "married_on": "1972-05-20" } },
                             "reason": reason("record-correction") });
    let path = format!("/api/v1/civil-records/{}/corrections", couple.record);
    couple.origin.clerk.post(&path, correction).await.expect(200);
    let flats = third.dwellings().await;
    third.moves_in(&husband, &flats[0], "2026-11-20").await;
    meet(&couple, &third).await;
    assert_eq!(third.records_of(&husband).await.len(), 1);
    (couple, third, husband)
}

async fn meet(couple: &Couple, third: &Locality) {
    couple.meet().await;
    third.sync(&couple.origin).await;
    couple.origin.sync(third).await;
    couple.meet().await;
}

both_databases! {
    async fn a_doubted_field_is_marked_until_it_is_answered_and_a_refusal_has_its_reason(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let me = street.app.as_resident(wang).await;
        let doubt = json!({ "about": { "identity": "origin" }, "reason": "wrong-place" });
        let raised = me.post("/api/v1/me/doubts", doubt.clone()).await.expect(201);
        assert_eq!((&raised["state"], &raised["due_on"]), (&json!("open"), &json!("2026-12-14")), "fifteen working days");
        me.post("/api/v1/me/doubts", doubt).await.refused(409, "already-doubted");
        let file = format!("/api/v1/residents/{wang}");
        assert!(street.clerk.get(&file).await.expect(200)["under_investigation_since"].is_string());
        assert!(me.get("/api/v1/me/record").await.expect(200)["resident"]["under_investigation_since"].is_string());
        street.app.advance(TimeDelta::days(24));
        let (clerk, me) = (street.app.as_clerk_of("130102001").await, street.app.as_resident(wang).await);
        let due = clerk.get("/api/v1/doubts").await.expect(200);
        assert_eq!((&due[0]["id"], &due[0]["overdue_days"]), (&raised["id"], &json!(3)));
        assert_eq!(me.get("/api/v1/me/doubts").await.expect(200)[0]["overdue_days"], 3);
        let resolve = format!("/api/v1/doubts/{}/resolution", id(&raised));
        clerk.post(&resolve, json!({ "decision": "refused" })).await.invalid("reason", "missing-field");
        clerk.post(&resolve, json!({ "decision": "corrected" })).await.refused(409, "nothing-corrected");
        let refused = json!({ "decision": "refused", "reason": "document-agrees" });
        clerk.post(&resolve, refused.clone()).await.expect(200);
        clerk.post(&resolve, refused).await.refused(409, "doubt-decided");
        let told = me.get("/api/v1/me/doubts").await.expect(200);
        assert_eq!((&told[0]["state"], &told[0]["refusal"]), (&json!("refused"), &json!("document-agrees")));
        assert!(told[0]["complaints"]["zh"].as_str().unwrap().contains("人民法院"), "{told}");
        assert_eq!(clerk.get(&file).await.expect(200)["under_investigation_since"], Value::Null);
        assert_eq!(clerk.get("/api/v1/doubts").await.expect(200), json!([]));
    }

    async fn a_clerk_raises_a_doubt_for_somebody_and_corrects_what_was_wrong(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let doubt = json!({ "about": { "identity": "name" }, "reason": "wrong-name" });
        let raised = street.clerk.post(&format!("/api/v1/residents/{wang}/doubts"), doubt).await.expect(201);
        let corrected = json!({ "name": "王晓明", "sex": "unknown", "origin": "410522", "version": 1 });
        street.clerk.put(&format!("/api/v1/residents/{wang}/identity"), corrected).await.expect(200);
        let resolve = format!("/api/v1/doubts/{}/resolution", id(&raised));
        let decided = street.clerk.post(&resolve, json!({ "decision": "corrected" })).await.expect(200);
        assert_eq!((&decided["state"], &decided["corrected_to"]), (&json!("corrected"), &json!(2)));
        let me = street.app.as_resident(wang).await;
        let taken = me.post("/api/v1/me/extracts", json!({ "form": "json" })).await.expect(200);
        assert_eq!(taken["doubts"][0]["state"], "corrected");
        let elsewhere = street.app.as_clerk_of("130102007029").await;
        elsewhere.get(&format!("/api/v1/doubts/{}", id(&raised))).await.refused(404, "not-found");
    }

    async fn a_doubt_about_a_peers_record_reaches_its_issuer_and_everybody_who_has_it(db: TestDb) {
        let (couple, third, husband) = three(&db).await;
        let me = couple.here_in_person().await;
        let raised = me.post("/api/v1/me/doubts", about_record(&couple.record)).await.expect(201);
        assert_eq!((&raised["state"], &raised["decided_by_node"]), (&json!("forwarded"), &json!(ORIGIN)));
        assert!(since(&couple.residence, &couple.here).await.is_string(), "marked at once where it was raised");
        meet(&couple, &third).await;
        for (locality, resident) in [(&couple.origin, &couple.at_home), (&third, &husband)] {
            assert!(since(locality, resident).await.is_string(), "marked at {}", locality.code);
        }
        let open = open_at(&couple.origin).await;
        assert_eq!((&open[0]["id"], &open[0]["state"]), (&raised["id"], &json!("open")));
        assert_eq!((&open[0]["from_peer"], &open[0]["due_on"]), (&json!(RESIDENCE), &json!("2026-12-14")));
        let at_third = id(&open_at(&third).await[0]);
        let refused = json!({ "decision": "refused", "reason": "register-agrees" });
        third.clerk.post(&format!("/api/v1/doubts/{at_third}/resolution"), refused).await.refused(409, "decided-elsewhere");
        couple.correct(2).await;
        let resolve = format!("/api/v1/doubts/{}/resolution", id(&raised));
        couple.origin.clerk.post(&resolve, json!({ "decision": "corrected" })).await.expect(200);
        meet(&couple, &third).await;
        for (locality, resident) in
            [(&couple.residence, &couple.here), (&couple.origin, &couple.at_home), (&third, &husband)]
        {
            let record = locality.records_of(resident).await[0].clone();
            assert_eq!((&record["version"], &record["under_investigation_since"]), (&json!(3), &Value::Null), "{}", locality.code);
        }
        let told = me.get("/api/v1/me/doubts").await.expect(200);
        assert_eq!((&told[0]["state"], &told[0]["corrected_to"]), (&json!("corrected"), &json!(3)));
        let path = format!("/api/v1/civil-records/{}/tellings", couple.record);
        let tellings = couple.origin.clerk.get(&path).await.expect(200);
        let arrived = |peer: &str, kind: &str| {
            let of = |one: &&Value| one["peer"] == peer && one["kind"] == kind && one["state"] == "applied";
            tellings.as_array().unwrap().iter().filter(of).count()
        };
        assert_eq!((arrived(OTHER_ORIGIN, "record.doubted"), arrived(OTHER_ORIGIN, "doubt.resolved")), (1, 1));
        assert_eq!((arrived(RESIDENCE, "record.doubted"), arrived(RESIDENCE, "doubt.resolved")), (0, 1), "it knew already");
        for locality in [&couple.residence, &couple.origin, &third] {
            assert!(locality.cases().await.is_empty(), "{}", locality.code);
        }
    }

    async fn a_locality_that_receives_a_record_later_is_told_that_it_is_in_doubt(db: TestDb) {
        let couple = Couple::new(&db).await;
        let me = couple.at_home_in_person().await;
        let third = Locality::open(&db, OTHER_ORIGIN, &morning()).await;
        let wife = third.resident("李桂兰", crate::localities::WIFE, ORIGIN).await;
        me.post("/api/v1/me/doubts", about_record(&couple.record)).await.expect(201);
        couple.meet().await;
        third.trust(&couple.origin, "push").await;
        couple.origin.trust(&third, "push").await;
        let flats = third.dwellings().await;
        third.moves_in(&wife, &flats[0], "2026-11-20").await;
        meet(&couple, &third).await;
        assert!(since(&third, &wife).await.is_string());
        assert!(third.cases().await.is_empty());
    }

    async fn an_answer_that_rests_on_a_doubted_record_says_so(db: TestDb) {
        let couple = Couple::new(&db).await;
        couple.at_home_in_person().await.post("/api/v1/me/doubts", about_record(&couple.record)).await.expect(201);
        let question = json!({ "resident_id": couple.here, "reason": reason("marriage-check"),
                               "wanted": { "questions": [{ "ask": "marriage-stands" }] } });
        let inquiry = id(&couple.residence.clerk.post("/api/v1/inquiries", question).await.expect(201));
        couple.meet().await;
        let answer = format!("/api/v1/inquiries/{inquiry}/answer");
        couple.origin.clerk.post(&answer, json!({ "decision": "answer" })).await.expect(200);
        couple.meet().await;
        let opened = format!("/api/v1/inquiries/{inquiry}/disclosures");
        let opened = couple.residence.clerk.post(&opened, reason("marriage-check")).await.expect(200);
        assert_eq!((&opened["answer"]["replies"], &opened["answer"]["under_investigation"]), (&json!(["yes"]), &json!(true)));
    }

    async fn nobody_doubts_or_resolves_what_is_not_theirs_to(db: TestDb) {
        let couple = Couple::new(&db).await;
        let stranger = Hand::joined("450481", &couple.origin).await;
        let doubted = |record: &str, doubt| json!({ "doubt": doubt, "record": record, "version": 1, "reason": "never-was" });
        let unknown = new_id().to_string();
        let (known, never) = (doubted(&couple.record, new_id()), doubted(&unknown, new_id()));
        let messages = [known, never].map(|said| stranger.sealed(&couple.origin, "record.doubted", said)).to_vec();
        let answer = stranger.push(&couple.origin, 1, messages).await;
        assert_eq!(verdicts(&answer), ["rejected:unknown-record", "rejected:unknown-record"], "nothing is told apart");
        assert_eq!(since(&couple.origin, &couple.at_home).await, Value::Null);

        let me = couple.here_in_person().await;
        let raised = id(&me.post("/api/v1/me/doubts", about_record(&couple.record)).await.expect(201));
        couple.meet().await;
        let elsewhere = Hand::joined("450481", &couple.residence).await;
        let upheld = json!({ "doubt": raised, "record": couple.record,
                             "outcome": { "result": "upheld", "reason": "register-agrees" } });
        let resolved = elsewhere.sealed(&couple.residence, "doubt.resolved", upheld);
        let answer = elsewhere.push(&couple.residence, 1, vec![resolved]).await;
        assert_eq!(verdicts(&answer), ["rejected:unknown-record"]);
        assert!(since(&couple.residence, &couple.here).await.is_string());
        let stranger_here = couple.residence.node.as_resident(
            couple.residence.resident("王守义", HUSBAND, OTHER_ORIGIN).await.parse().unwrap()).await;
        stranger_here.post("/api/v1/me/doubts", about_record(&unknown)).await.refused(404, "not-found");
    }
}
