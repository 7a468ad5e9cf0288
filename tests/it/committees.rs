//! Moves between committees of one county: the file follows the person, and the old dwelling is left behind.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Reply, TestApp, TestDb, both_databases};
use crate::residents::searching;
use crate::street::{FIRST, SECOND, SPECIMEN, Street};

const TAKEOVERS: &str = "/api/v1/residents/takeovers";
const TENANCIES: &str = "/api/v1/tenancies";

fn shown(name: &str, number: &str, committee: &str) -> Value {
    let reason =
        json!({ "purpose": "tenancy-registration", "basis": "residence-permit-regulations", "case": "2026-12" });
    json!({
        "document": { "kind": "citizen-id", "number": number }, "name": name, "committee": committee, "reason": reason,
    })
}

fn into(resident: Uuid, dwelling: Uuid, on: &str) -> Value {
    json!({
        "resident_id": resident, "dwelling_id": dwelling, "on": on, "said_by": "resident", "ends_previous": true,
    })
}

fn id(made: &Value) -> Uuid {
    made["id"].as_str().unwrap().parse().unwrap()
}

/// A street whose first committee has somebody living in it, and a clerk of the second who knows nothing of them.
struct Move {
    street: Street,
    wang: Uuid,
    old: Value,
    second: Person,
}

impl Move {
    async fn new(db: &TestDb) -> Self {
        let street = Street::new(db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let moved_in =
            json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        let old = street.clerk.post(TENANCIES, moved_in).await.expect(201);
        let second = street.app.as_clerk_of(SECOND).await;
        Self { street, wang, old, second }
    }

    async fn take_over(&self, name: &str, number: &str) -> Reply {
        self.second.post(TAKEOVERS, shown(name, number, SECOND)).await
    }

    async fn move_in(&self, on: &str) -> Reply {
        self.second.post(TENANCIES, into(self.wang, self.street.flat_of_second, on)).await
    }
}

async fn another_person_of_first(street: &Street) -> Person {
    street.app.as_clerk_of(FIRST).await
}

both_databases! {
    async fn the_new_committee_takes_the_file_over_and_the_old_dwelling_ends_with_the_move(db: TestDb) {
        let moving = Move::new(&db).await;
        let (street, wang) = (&moving.street, moving.wang);
        moving.second.get(&format!("/api/v1/residents/{wang}")).await.refused(404, "not-found");
        let taken = moving.take_over("王小明", SPECIMEN).await.expect(200);
        assert_eq!((id(&taken), &taken["committee"]), (wang, &json!(SECOND)));
        assert_eq!(taken["version"], 3, "each change of committee counts: the move-in of before was the first");
        let noted = street.journal_about(wang, "resident.taken_over").await;
        assert_eq!(noted, [json!({ "resident": wang, "from": FIRST, "to": SECOND })]);

        let new = moving.move_in("2026-11-20").await.expect(201);
        let ended = street.clerk.get(&format!("{TENANCIES}/{}", id(&moving.old))).await.expect(200);
        assert_eq!((&ended["moved_out_on"], &ended["said_by"]), (&json!("2026-11-20"), &json!("resident")));
        let noted = street.journal_about(wang, "tenancy.moved_out").await;
        assert_eq!((&noted[0]["by_move_in"], &noted[0]["committee"]), (&new["id"], &json!(FIRST)));

        // The old committee sees in its own building that they left, and no longer their file.
        let first = another_person_of_first(street).await;
        let occupants = |day: &str| format!("/api/v1/dwellings/{}/occupants?on={day}", street.flats[0]);
        assert_eq!(first.get(&occupants("2026-11-19")).await.expect(200)[0]["moved_out_on"], "2026-11-20");
        assert_eq!(first.get(&occupants("2026-11-20")).await.expect(200), json!([]));
        first.get(&format!("/api/v1/residents/{wang}")).await.refused(404, "not-found");
    }

    async fn the_person_sees_who_took_their_file_over(db: TestDb) {
        let moving = Move::new(&db).await;
        moving.take_over("王小明", SPECIMEN).await.expect(200);
        let me = moving.street.app.as_resident(moving.wang).await;
        let looks = me.get("/api/v1/me/looks").await.expect(200);
        assert_eq!((&looks["items"][0]["kind"], &looks["items"][0]["office"]), (&json!("resident.taken_over"), &json!(SECOND)));
        assert_eq!(looks["items"][0]["fields"], json!(["document"]));
    }

    async fn a_wrong_name_and_an_unknown_document_get_one_answer_and_are_written_down(db: TestDb) {
        let moving = Move::new(&db).await;
        let told = |reply: Reply| {
            let mut problem = reply.refused(404, "not-found");
            problem["request_id"].take();
            problem
        };
        let wrong_name = told(moving.take_over("王大明", SPECIMEN).await);
        let unknown = told(moving.take_over("王小明", "440524188001010014").await);
        assert_eq!(wrong_name, unknown);
        assert_eq!(moving.street.committee_of(moving.wang).await, FIRST);
        let searches = moving.street.journal_of("residents.searched").await;
        assert_eq!(searches.len(), 2);
        assert!(searches.iter().all(|entry| entry["details"] == json!({ "by": "document", "hits": 0 })));
        assert!(searches.iter().all(|entry| entry["actor"]["id"] == json!(moving.second.id()) && entry["subjects"] == json!([])));
    }

    async fn a_file_is_taken_to_ones_own_committee_and_by_a_clerk(db: TestDb) {
        let moving = Move::new(&db).await;
        let elsewhere = shown("王小明", SPECIMEN, FIRST);
        moving.second.post(TAKEOVERS, elsewhere.clone()).await.refused(404, "not-found");
        moving.second.post(TAKEOVERS, shown("王小明", SPECIMEN, "130104001001")).await.invalid("committee", "outside-locality");
        let supervisor = moving.street.app.as_supervisor().await;
        supervisor.post(TAKEOVERS, elsewhere.clone()).await.refused(403, "forbidden");
        // What is here already stays, and the look is noted.
        let first = another_person_of_first(&moving.street).await;
        let same = first.post(TAKEOVERS, elsewhere).await.expect(200);
        assert_eq!(same["version"], 2);
        assert!(moving.street.journal_about(moving.wang, "resident.taken_over").await.is_empty());
        assert_eq!(moving.street.journal_about(moving.wang, "residents.searched").await.len(), 1);
    }

    async fn a_file_of_another_county_stays_there_and_the_person_sees_the_attempt(db: TestDb) {
        let app = TestApp::at(&db, "1301").await;
        let keeper = app.as_clerk_of("130102001001").await;
        let new = json!({
            "committee": "130102001001", "name": "王小明", "sex": "unknown", "origin": "410522",
            "document": { "kind": "citizen-id", "number": SPECIMEN },
        });
        let wang = keeper.post("/api/v1/residents", new).await.expect(201);
        let other = app.as_clerk_of("130104001001").await;
        other.post(TAKEOVERS, shown("王小明", SPECIMEN, "130104001001")).await.refused(409, "file-in-other-county");
        other.post(TAKEOVERS, shown("王大明", SPECIMEN, "130104001001")).await.refused(404, "not-found");
        assert_eq!(keeper.get(&format!("/api/v1/residents/{}", id(&wang))).await.expect(200), wang);
        let me = app.person(anju::access::Role::Resident, "130102", Some(id(&wang))).await;
        let looks = me.get("/api/v1/me/looks").await.expect(200);
        assert_eq!((&looks["items"][0]["kind"], &looks["items"][0]["office"]), (&json!("residents.searched"), &json!("130104001001")));
    }

    async fn a_move_ends_the_main_dwelling_before_and_only_after_it_began(db: TestDb) {
        let moving = Move::new(&db).await;
        moving.take_over("王小明", SPECIMEN).await.expect(200);
        for day in ["2026-10-31", "2026-11-01"] {
            moving.move_in(day).await.invalid("on", "before-move-in");
        }
        moving.move_in("2026-11-24").await.invalid("on", "in-the-future");
        let mut aside = into(moving.wang, moving.street.flat_of_second, "2026-11-20");
        aside["main"] = json!(false);
        moving.second.post(TENANCIES, aside).await.invalid("ends_previous", "goes-with-main");
        let same = into(moving.wang, moving.street.flats[0], "2026-11-20");
        moving.street.clerk.post(TENANCIES, same).await.invalid("dwelling_id", "same-dwelling");
        assert!(moving.street.journal_about(moving.wang, "tenancy.moved_out").await.is_empty());
        let mut plain = into(moving.wang, moving.street.flat_of_second, "2026-11-20");
        plain["ends_previous"] = json!(false);
        moving.second.post(TENANCIES, plain).await.refused(409, "second-main-dwelling");
        moving.move_in("2026-11-02").await.expect(201);
    }

    async fn a_move_with_nothing_before_it_ends_nothing(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", None).await;
        street.clerk.post(TENANCIES, into(li, street.flats[1], "2026-11-20")).await.expect(201);
        assert!(street.journal_about(li, "tenancy.moved_out").await.is_empty());
    }

    async fn of_two_moves_at_the_same_moment_no_two_main_dwellings_come(db: TestDb) {
        let moving = Move::new(&db).await;
        let clerk = &moving.street.clerk;
        let (one, other) = tokio::join!(
            clerk.post(TENANCIES, into(moving.wang, moving.street.flats[1], "2026-11-20")),
            clerk.post(TENANCIES, into(moving.wang, moving.street.flats[2], "2026-11-20")),
        );
        // Whoever comes second finds a main dwelling that began on the same day.
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
    }

    async fn an_accepted_report_can_end_the_dwelling_before(db: TestDb) {
        let moving = Move::new(&db).await;
        moving.take_over("王小明", SPECIMEN).await.expect(200);
        let landlord = moving.street.landlord_of(moving.street.flat_of_second).await;
        let filed = json!({
            "dwelling_id": moving.street.flat_of_second, "kind": "move-in", "moved_on": "2026-11-20",
            "occupant": { "name": "王小明", "document": { "kind": "citizen-id", "number": SPECIMEN } },
        });
        let report = landlord.post("/api/v1/me/reports", filed).await.expect(201);
        let accept = |ends: bool| json!({ "version": 1, "resident_id": moving.wang, "ends_previous": ends });
        let path = format!("/api/v1/reports/{}/acceptance", id(&report));
        moving.second.post(&path, accept(false)).await.refused(409, "second-main-dwelling");
        moving.second.post(&path, accept(true)).await.expect(200);
        let ended = moving.street.clerk.get(&format!("{TENANCIES}/{}", id(&moving.old))).await.expect(200);
        assert_eq!((&ended["moved_out_on"], &ended["said_by"]), (&json!("2026-11-20"), &json!("landlord")));
    }

    async fn a_committee_links_a_landlord_whom_another_one_registered(db: TestDb) {
        let street = Street::new(&db).await;
        let first = another_person_of_first(&street).await;
        let second = street.app.as_clerk_of(SECOND).await;
        let zhao = json!({
            "committee": FIRST, "kind": "landlord", "legal_form": "person", "name": "赵大有",
            "document": { "kind": "citizen-id", "number": SPECIMEN },
        });
        let company = json!({
            "committee": FIRST, "kind": "property-manager", "legal_form": "organisation", "name": "安居物业有限公司",
            "credit_code": "91999999000000000G",
        });
        let zhao = first.post("/api/v1/landlords", zhao).await.expect(201);
        let company = first.post("/api/v1/landlords", company).await.expect(201);
        let search = "/api/v1/landlords/searches";
        let by_document = searching(json!({ "document": { "kind": "citizen-id", "number": SPECIMEN } }));
        assert_eq!(second.post(search, by_document.clone()).await.expect(200), json!([zhao]));
        assert_eq!(second.post(search, searching(json!({ "credit-code": "91999999000000000G" }))).await.expect(200), json!([company]));
        let unknown = json!({ "document": { "kind": "citizen-id", "number": "440524188001010014" } });
        assert_eq!(second.post(search, searching(unknown)).await.expect(200), json!([]));
        second.post(search, searching(json!({ "name": "赵大有" }))).await.refused(422, "invalid");
        street.app.as_supervisor().await.post(search, by_document).await.refused(403, "forbidden");
        let hits: Vec<Value> =
            street.journal_of("landlords.searched").await.iter().map(|entry| entry["details"]["hits"].clone()).collect();
        assert_eq!(hits, [1, 1, 0]);

        let path = format!("/api/v1/landlords/{}", id(&zhao));
        second.get(&path).await.refused(404, "not-found");
        let answers_for = json!({ "dwelling_id": street.flat_of_second, "from": "2026-01-01" });
        second.get(&format!("{path}/responsibilities")).await.refused(404, "not-found");
        let assigned = second.post(&format!("{path}/responsibilities"), answers_for).await.expect(201);
        let listed = second.get(&format!("{path}/responsibilities")).await.expect(200);
        assert_eq!(listed["items"], json!([assigned]));
        let owner = street.app.as_landlord(id(&zhao)).await;
        assert_eq!(owner.get("/api/v1/me/dwellings").await.expect(200)["items"][0]["dwelling_id"], json!(street.flat_of_second));
    }
}
