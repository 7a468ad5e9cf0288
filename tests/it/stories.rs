//! The whole job between localities, as it goes on a working day.

use serde_json::json;

use crate::harness::{TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, id, morning, person, reason};

both_databases! {
    async fn a_tenant_is_reported_registered_and_told_home_and_the_records_follow(db: TestDb) {
        tell_the_whole_story(&db, "push", "push").await;
    }

    async fn the_same_with_an_origin_that_nobody_can_call(db: TestDb) {
        // The origin sits behind a firewall: it calls, and is never called.
        tell_the_whole_story(&db, "passive", "pull").await;
    }
}

/// `here` and `there` are the modes in which the place of residence and the origin call each other.
async fn tell_the_whole_story(db: &TestDb, here: &str, there: &str) {
    let clock = morning();
    let residence = Locality::open(db, RESIDENCE, &clock).await;
    let origin = Locality::open(db, ORIGIN, &clock).await;
    residence.trust(&origin, here).await;
    origin.trust(&residence, there).await;
    let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
    let marriage = origin.marriage([json!({ "resident": at_home }), person("王守义", HUSBAND)]).await;

    // The landlord files a move-in; the committee accepts it and opens her file.
    let resident = report_and_accept(&residence).await;
    meet(&residence, &origin).await;
    let told = origin.elsewhere(&at_home).await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["division"], &told[0]["since"]), (&json!(RESIDENCE), &json!("2026-11-20")));
    assert!(!told[0].to_string().contains("谈固"), "the flat is nobody's business at home: {}", told[0]);

    // Home sends the marriage because residence asked for changes; both spouses or nothing.
    meet(&residence, &origin).await;
    let records = residence.records_of(&resident).await;
    assert_eq!(records.len(), 1);
    assert_eq!((&records[0]["id"], &records[0]["issuer"]), (&json!(marriage), &json!(ORIGIN)));

    // A correction at home arrives as the next version.
    let correction = json!({ "version": 1, "standing": "dissolved", "source": "register", "because": "离婚登记",
                             "reason": reason("record-correction") });
    origin.clerk.post(&format!("/api/v1/civil-records/{marriage}/corrections"), correction).await.expect(200);
    meet(&residence, &origin).await;
    let records = residence.records_of(&resident).await;
    assert_eq!((&records[0]["version"], &records[0]["standing"]), (&json!(2), &json!("dissolved")));

    ask_and_answer(&residence, &origin, &resident).await;
    a_third_locality_joins(db, &clock, &residence, &resident).await;

    // She moves out: home hears that too.
    let tenancies = residence.clerk.get(&format!("/api/v1/residents/{resident}/tenancies")).await.expect(200);
    let tenancy = &tenancies.as_array().unwrap()[0];
    let out = json!({ "on": "2026-11-23", "said_by": "resident", "version": tenancy["version"] });
    residence.clerk.post(&format!("/api/v1/tenancies/{}/move-out", id(tenancy)), out).await.expect(200);
    meet(&residence, &origin).await;
    assert_eq!(origin.elsewhere(&at_home).await[0]["until"], "2026-11-23");

    for (one, other) in [(&residence, &origin), (&origin, &residence)] {
        let peer = one.peer(other).await;
        assert_eq!(peer["backlog"], 0, "{peer}");
        let seen_there = other.peer(one).await;
        assert_eq!(peer["sent"], seen_there["received"]);
        assert!(one.cases().await.is_empty());
        let auditor = one.node.as_auditor().await;
        assert_eq!(auditor.get("/api/v1/journal/verification").await.expect(200)["sound"], true);
    }
}

/// Every node that calls, calls once.
async fn meet(residence: &Locality, origin: &Locality) {
    residence.sync(origin).await;
    origin.sync(residence).await;
    residence.sync(origin).await;
}

async fn report_and_accept(here: &Locality) -> String {
    let dwellings = here.dwellings().await;
    let landlord = json!({ "committee": here.committee, "kind": "landlord", "legal_form": "person", "name": "赵房东" });
    let landlord = id(&here.clerk.post("/api/v1/landlords", landlord).await.expect(201));
    let answers_for = json!({ "dwelling_id": dwellings[0], "from": "2026-01-01" });
    here.clerk.post(&format!("/api/v1/landlords/{landlord}/responsibilities"), answers_for).await.expect(201);
    let landlord = here.node.as_landlord(landlord.parse().unwrap()).await;
    let filed = json!({
        "dwelling_id": dwellings[0], "kind": "move-in", "moved_on": "2026-11-20",
        "occupant": { "name": "李桂兰", "document": { "kind": "citizen-id", "number": WIFE } },
    });
    let report = landlord.post("/api/v1/me/reports", filed).await.expect(201);
    let accept = json!({ "version": 1, "new_resident": { "sex": "female", "origin": ORIGIN } });
    let accepted = here.clerk.post(&format!("/api/v1/reports/{}/acceptance", id(&report)), accept).await.expect(200);
    assert_eq!(landlord.get(&format!("/api/v1/me/reports/{}", id(&report))).await.expect(200)["state"], "accepted");
    accepted["resident_id"].as_str().unwrap_or_else(|| panic!("{accepted}")).to_owned()
}

async fn ask_and_answer(residence: &Locality, origin: &Locality, resident: &str) {
    let question = json!({
        "resident_id": resident, "reason": reason("marriage-check"),
        "wanted": { "questions": [{ "ask": "marriage-stands" }] },
    });
    let inquiry = residence.clerk.post("/api/v1/inquiries", question).await.expect(201);
    assert_eq!(inquiry["due_on"], "2026-12-14", "fifteen working days, the day of asking not counted");
    meet(residence, origin).await;
    let open = origin.clerk.get("/api/v1/inquiries").await.expect(200);
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
    let path = format!("/api/v1/inquiries/{}", id(&inquiry));
    origin.clerk.post(&format!("{path}/answer"), json!({ "decision": "answer" })).await.expect(200);
    meet(residence, origin).await;
    let answered = residence.clerk.post(&format!("{path}/disclosures"), reason("marriage-check")).await.expect(200);
    assert_eq!(answered["outcome"], "confirmed");
    assert_eq!(answered["answer"]["replies"], json!(["no"]), "the marriage was dissolved");
}

/// A county that joins later hears of its own people who live here already, and of nobody else.
async fn a_third_locality_joins(db: &TestDb, clock: &anju::clock::Clock, residence: &Locality, already_known: &str) {
    let dwellings = residence.dwellings().await;
    let husband = residence.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
    residence.moves_in(&husband, &dwellings[1], "2026-11-01").await;
    let third = Locality::open(db, OTHER_ORIGIN, clock).await;
    let at_home = third.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
    third.trust(residence, "pull").await;
    residence.trust(&third, "push").await;
    residence.sync(&third).await;
    third.sync(residence).await;
    assert_eq!(third.elsewhere(&at_home).await[0]["since"], "2026-11-01");
    assert_eq!(third.peer(residence).await["received"], 1, "nothing about anybody else");
    assert!(third.records_of(&at_home).await.is_empty());
    assert_eq!(residence.records_of(already_known).await.len(), 1);
}
