//! Buildings and dwellings, as clerks register and close them.

use serde_json::{Value, json};

use crate::harness::{Person, TestApp, both_databases};

pub const COMMITTEE: &str = "130102001001";

pub fn building(committee: &str) -> Value {
    json!({ "committee": committee, "kind": "compound", "name": "谈固小区3号楼", "address": "谈固东街12号" })
}

/// A registered building with two floors of two units; answers its id and its dwellings.
pub async fn house(clerk: &Person, committee: &str) -> (String, Vec<Value>) {
    let building = clerk.post("/api/v1/buildings", building(committee)).await.expect(201);
    let id = building["id"].as_str().unwrap().to_owned();
    let made = clerk.post(&format!("/api/v1/buildings/{id}/dwellings"), plan(2)).await.expect(201);
    (id, made.as_array().unwrap().clone())
}

fn plan(floors: i16) -> Value {
    let plan = json!({ "from_floor": 1, "to_floor": floors, "units": { "count": 2 }, "numbering": "floor-unit" });
    json!({ "plan": plan, "dwelling_use": "rented", "capacity": 4 })
}

fn at(dwelling: &Value, rest: &str) -> String {
    format!("/api/v1/dwellings/{}{rest}", dwelling["id"].as_str().unwrap())
}

both_databases! {
    async fn a_building_gets_its_dwellings_from_a_plan(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let (id, made) = house(&clerk, COMMITTEE).await;
        let listed = clerk.get(&format!("/api/v1/buildings/{id}/dwellings")).await.expect(200);
        assert_eq!(listed, Value::from(made.clone()));
        let labels: Vec<_> = made.iter().map(|dwelling| dwelling["label"].as_str().unwrap()).collect();
        assert_eq!(labels, ["101", "102", "201", "202"]);
        let code = made[2]["door_code"].as_str().unwrap().to_lowercase().replace('-', " ");
        let found = clerk.post("/api/v1/dwellings/by-door-code", json!({ "door_code": code })).await.expect(200);
        assert_eq!(found, made[2]);
        clerk.post(&format!("/api/v1/buildings/{id}/dwellings"), plan(3)).await.refused(409, "label-taken");
        let page = clerk.get("/api/v1/buildings").await.expect(200);
        assert_eq!((page["items"][0]["id"].as_str(), page["items"].as_array().unwrap().len()), (Some(&*id), 1));
    }

    async fn a_building_is_registered_once_per_key(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let send = async || {
            let asking = clerk.request(axum::http::Method::POST, "/api/v1/buildings");
            asking.header("idempotency-key", "b-1").json(&building(COMMITTEE)).send().await
        };
        let first = send().await;
        let location = first.header("location").unwrap().to_owned();
        let first = first.expect(201);
        assert_eq!(clerk.get(&location).await.expect(200), first);
        assert_eq!(send().await.expect(200), first);
    }

    async fn a_building_is_registered_where_the_clerk_works(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        clerk.post("/api/v1/buildings", building("130102007029")).await.refused(404, "not-found");
        clerk.post("/api/v1/buildings", building("130104001001")).await.invalid("committee", "outside-locality");
        clerk.post("/api/v1/buildings", building("130102999999")).await.invalid("committee", "unknown-division");
        clerk.post("/api/v1/buildings", building("130102")).await.invalid("committee", "unknown-division");
        clerk.post("/api/v1/buildings", building("1301")).await.invalid("committee", "unknown-division");
        clerk.post("/api/v1/buildings", building("x")).await.invalid("committee", "malformed-division-code");
        app.as_supervisor().await.post("/api/v1/buildings", building(COMMITTEE)).await.refused(403, "forbidden");
    }

    async fn another_committees_houses_are_not_found(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (id, made) = house(&app.as_clerk().await, COMMITTEE).await;
        let other = app.as_clerk_of("130102007029").await;
        other.get(&format!("/api/v1/buildings/{id}")).await.refused(404, "not-found");
        other.get(&format!("/api/v1/buildings/{id}/dwellings")).await.refused(404, "not-found");
        other.get(&at(&made[0], "")).await.refused(404, "not-found");
        let code = json!({ "door_code": made[0]["door_code"] });
        other.post("/api/v1/dwellings/by-door-code", code).await.refused(404, "not-found");
        other.post(&at(&made[0], "/closure"), json!({})).await.refused(404, "not-found");
        assert_eq!(other.get("/api/v1/buildings").await.expect(200)["items"], json!([]));
        app.as_supervisor().await.get(&at(&made[0], "")).await.expect(200);
        for person in [app.as_admin().await, app.as_system_admin().await, app.as_auditor().await] {
            person.get(&at(&made[0], "")).await.refused(403, "forbidden");
        }
    }

    async fn a_misread_door_code_is_named_as_such(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for (code, fault) in [
            ("222O-2222", "confusable-character"),
            ("2222-2222", "wrong-check-character"),
            ("222", "wrong-length"),
        ] {
            clerk.post("/api/v1/dwellings/by-door-code", json!({ "door_code": code })).await.invalid("door_code", fault);
        }
        clerk.post("/api/v1/dwellings/by-door-code", json!({ "door_code": "2222-2223" })).await.refused(404, "not-found");
    }

    async fn the_use_of_a_dwelling_changes_within_bounds(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let (_, made) = house(&clerk, COMMITTEE).await;
        let change = |capacity: i32| json!({ "dwelling_use": "bed-space", "capacity": capacity });
        let changed = clerk.put(&at(&made[0], "/use"), change(8)).await.expect(200);
        assert_eq!((&changed["dwelling_use"], &changed["capacity"]), (&"bed-space".into(), &8.into()));
        clerk.put(&at(&made[0], "/use"), change(0)).await.invalid("capacity", "out-of-range");
        clerk.put(&at(&made[0], "/use"), change(201)).await.invalid("capacity", "out-of-range");
    }

    async fn a_closed_dwelling_takes_no_change_until_it_is_opened_again(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let (id, made) = house(&clerk, COMMITTEE).await;
        let closed = clerk.post(&at(&made[0], "/closure"), json!({})).await.expect(200);
        assert_eq!(closed["closed_on"], "2026-11-23");
        clerk.post(&at(&made[0], "/closure"), json!({})).await.refused(409, "dwelling-closed");
        let change = json!({ "dwelling_use": "vacant", "capacity": 1 });
        clerk.put(&at(&made[0], "/use"), change).await.refused(409, "dwelling-closed");
        let opened = clerk.post(&at(&made[0], "/reopening"), json!({})).await.expect(200);
        assert_eq!(opened, made[0]);
        clerk.post(&format!("/api/v1/buildings/{id}/closure"), json!({})).await.expect(200);
        assert_eq!(clerk.get(&at(&made[1], "")).await.expect(200)["closed_on"], "2026-11-23");
        clerk.post(&at(&made[1], "/reopening"), json!({})).await.refused(409, "building-closed");
        clerk.post(&format!("/api/v1/buildings/{id}/dwellings"), plan(5)).await.refused(409, "building-closed");
        clerk.post(&format!("/api/v1/buildings/{id}/closure"), json!({})).await.refused(409, "building-closed");
    }

    async fn a_housing_code_holds_until_the_next_one_begins(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let (_, made) = house(&clerk, COMMITTEE).await;
        let code = |rest: &str| format!("{COMMITTEE}{rest}");
        let path = at(&made[0], "/housing-codes");
        let assign = |code: String, from: &str| json!({ "housing_code": code, "from": from });
        clerk.post(&path, assign(code("0100012000301"), "2020-01-01")).await.expect(201);
        clerk.post(&path, assign(code("0100013000301"), "2024-07-01")).await.expect(201);
        let codes = clerk.get(&path).await.expect(200);
        assert_eq!(codes[0]["until"], "2024-07-01");
        assert_eq!((&codes[1]["from"], &codes[1]["until"]), (&"2024-07-01".into(), &Value::Null));
        let earlier = assign(code("0100014000301"), "2024-07-01");
        clerk.post(&path, earlier).await.invalid("from", "later-code-on-record");
        let foreign = assign("1301020070290100012000301".to_owned(), "2025-01-01");
        clerk.post(&path, foreign).await.invalid("housing_code", "other-committee");
        clerk.post(&path, assign("1".to_owned(), "2025-01-01")).await.invalid("housing_code", "malformed-housing-code");
    }
}
