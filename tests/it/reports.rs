//! What landlords file, and what the committee makes of it.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Reply, both_databases};
use crate::street::{FIRST, OTHER_SPECIMEN, SECOND, SPECIMEN, Street};

const OWN: &str = "/api/v1/me/reports";
const REPORTS: &str = "/api/v1/reports";
const SHEETS: &str = "/api/v1/me/reports/sheets";

async fn door(street: &Street, dwelling: Uuid) -> String {
    let dwelling = street.clerk.get(&format!("/api/v1/dwellings/{dwelling}")).await.expect(200);
    dwelling["door_code"].as_str().unwrap().to_owned()
}

async fn send(landlord: &Person, sheet: &[u8]) -> Reply {
    landlord.request(Method::POST, SHEETS).body("text/csv; charset=utf-8", sheet).send().await
}

fn report(kind: &str, dwelling: Uuid, name: &str, number: Option<&str>) -> Value {
    json!({
        "dwelling_id": dwelling, "kind": kind, "moved_on": "2026-11-20",
        "occupant": {
            "name": name,
            "document": number.map(|number| json!({ "kind": "citizen-id", "number": number })),
            "phone": "15400000014",
        },
    })
}

fn one(report: &Value) -> String {
    format!("{REPORTS}/{}", report["id"].as_str().unwrap())
}

async fn accept(clerk: &Person, report: &Value, body: Value) -> Reply {
    let mut body = body;
    body["version"] = json!(1);
    clerk.post(&format!("{}/acceptance", one(report)), body).await
}

async fn give_back(clerk: &Person, report: &Value, version: i32) -> Reply {
    let body = json!({ "version": version, "reason": "请核对姓名" });
    clerk.post(&format!("{}/return", one(report)), body).await
}

fn newcomer() -> Value {
    json!({ "new_resident": { "sex": "female", "birth_date": "1949-12-31", "origin": "410522" } })
}

async fn occupants(street: &Street, dwelling: Uuid) -> Vec<Value> {
    let path = format!("/api/v1/dwellings/{dwelling}/occupants");
    street.clerk.get(&path).await.expect(200).as_array().unwrap().clone()
}

async fn moved_in(street: &Street, resident: Uuid, dwelling: Uuid) -> Value {
    let body = json!({ "resident_id": resident, "dwelling_id": dwelling, "on": "2026-11-01", "said_by": "resident" });
    street.clerk.post("/api/v1/tenancies", body).await.expect(201)
}

both_databases! {
    async fn a_landlord_files_a_move_in_and_gets_a_receipt(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let mut body = report("move-in", street.flats[0], "王小明", Some(SPECIMEN));
        body["lease_until"] = json!("2027-11-20");
        let reply = landlord.post(OWN, body).await;
        let filed = reply.expect(201);
        let receipt = filed["receipt"].as_str().unwrap();
        assert!(receipt.starts_with("R261123-") && receipt.len() == 14, "{receipt}");
        assert_eq!((&filed["state"], &filed["occupant_name"]), (&json!("filed"), &json!("王小明")));
        assert_eq!((&filed["building_name"], &filed["dwelling_label"]), (&json!("谈固小区3号楼"), &json!("101")));
        let read = landlord.get(reply.header("location").unwrap()).await.expect(200);
        assert_eq!(read, filed);
        assert_eq!(landlord.get(OWN).await.expect(200)["items"], json!([filed]));
        let noted = street.journal_of("report.filed").await;
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0]["details"]["receipt"], filed["receipt"]);
        assert!(!noted[0].to_string().contains("王小明") && !noted[0].to_string().contains(SPECIMEN));
        assert!(occupants(&street, street.flats[0]).await.is_empty());
    }

    async fn a_report_for_somebody_elses_dwelling_or_day_is_for_nothing(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let post = async |body: Value| landlord.post(OWN, body).await;
        post(report("move-in", street.flats[1], "王小明", None)).await.refused(404, "not-found");
        post(report("move-in", Uuid::nil(), "王小明", None)).await.refused(404, "not-found");
        let mut before = report("move-in", street.flats[0], "王小明", None);
        before["moved_on"] = json!("2025-12-31");
        post(before.clone()).await.refused(404, "not-found");
        before["moved_on"] = json!("2026-11-24");
        post(before.clone()).await.invalid("moved_on", "in-the-future");
        before["moved_on"] = json!("2026-11-20");
        before["lease_until"] = json!("2026-11-20");
        post(before).await.invalid("lease_until", "before-move-in");
        street.close(street.flats[0]).await;
        post(report("move-in", street.flats[0], "王小明", None)).await.refused(409, "dwelling-closed");
        post(report("move-out", street.flats[0], "王小明", None)).await.expect(201);
        street.clerk.post(OWN, report("move-in", street.flats[0], "王小明", None)).await.refused(403, "forbidden");
    }

    async fn filing_the_same_twice_is_one_report_with_one_receipt(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let same = report("move-in", street.flats[0], "王小明", Some(SPECIMEN));
        let first = landlord.post(OWN, same.clone()).await.expect(201);
        let mut written_otherwise = same.clone();
        written_otherwise["occupant"]["document"]["number"] = json!("110105 19491231 002x");
        assert_eq!(landlord.post(OWN, written_otherwise).await.expect(201), first);
        let other = landlord.post(OWN, report("move-in", street.flats[0], "李娜", Some(OTHER_SPECIMEN))).await.expect(201);
        assert_ne!(other["receipt"], first["receipt"]);
        let all = street.clerk.get(REPORTS).await.expect(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 2);
        assert_eq!(street.journal_of("report.filed").await.len(), 2);
    }

    async fn filing_the_same_at_the_same_moment_is_one_report(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let same = report("move-in", street.flats[0], "王小明", Some(SPECIMEN));
        let (one, other) = tokio::join!(landlord.post(OWN, same.clone()), landlord.post(OWN, same));
        assert_eq!(one.expect(201), other.expect(201));
        assert_eq!(street.clerk.get(REPORTS).await.expect(200)["items"].as_array().unwrap().len(), 1);
        // What the loser had sealed is forgotten: one key for one report.
        assert_eq!(street.app.tamper("update data_keys set node_key_id = node_key_id").await, 1);
    }

    async fn a_report_sent_again_with_its_key_is_not_filed_again(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let send = async |name: &str| {
            let body = report("move-in", street.flats[0], name, None);
            landlord.request(Method::POST, OWN).header("idempotency-key", "k1").json(&body).send().await
        };
        let first = send("王小明").await.expect(201);
        assert_eq!(send("王小明").await.expect(200), first);
        send("李娜").await.refused(409, "idempotency-key-reused");
    }

    async fn a_landlord_sees_their_own_reports_and_nothing_else(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let neighbour = street.landlord_of(street.flats[1]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        accept(&street.clerk, &filed, newcomer()).await.expect(200);
        let own = format!("{OWN}/{}", filed["id"].as_str().unwrap());
        neighbour.get(&own).await.refused(404, "not-found");
        assert_eq!(neighbour.get(OWN).await.expect(200)["items"], json!([]));
        for path in [REPORTS.to_owned(), one(&filed)] {
            landlord.get(&path).await.refused(403, "forbidden");
        }
        let seen = landlord.get(&own).await.expect(200);
        assert_eq!(seen["state"], "accepted");
        let mut fields: Vec<&String> = seen.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(
            fields,
            [
                "building_name", "decided_at", "dwelling_id", "dwelling_label", "filed_at", "id", "kind",
                "lease_until", "moved_on", "occupant_name", "reason", "receipt", "state",
            ]
        );
    }

    async fn a_clerk_sees_the_reports_of_their_committee_by_state(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        let near = street.app.as_clerk_of(FIRST).await;
        let waiting = near.get(&format!("{REPORTS}?state=filed")).await.expect(200);
        assert_eq!(waiting["items"][0]["id"], filed["id"]);
        assert!(!waiting.to_string().contains(SPECIMEN));
        assert_eq!(near.get(&format!("{REPORTS}?state=returned")).await.expect(200)["items"], json!([]));
        let far = street.app.as_clerk_of(SECOND).await;
        assert_eq!(far.get(REPORTS).await.expect(200)["items"], json!([]));
        far.get(&one(&filed)).await.refused(404, "not-found");
        accept(&far, &filed, newcomer()).await.refused(404, "not-found");
        give_back(&far, &filed, 1).await.refused(404, "not-found");
        accept(&street.app.as_supervisor().await, &filed, newcomer()).await.refused(403, "forbidden");
    }

    async fn a_report_stands_beside_what_the_register_holds(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, li) = (street.resident("王小明", Some(SPECIMEN)).await, street.resident("李娜", None).await);
        let living = moved_in(&street, li, street.flats[0]).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        let review = street.clerk.get(&one(&filed)).await.expect(200);
        assert_eq!(review["candidate"]["id"], json!(wang));
        assert_eq!(review["document_masked"], "110105********002X");
        assert_eq!(review["tenancies"][0]["id"], living["id"]);
        let opened = street.journal_of("data.disclosed").await;
        assert_eq!(opened.len(), 1);
        assert_eq!((&opened[0]["purpose"], &opened[0]["case"]), (&json!("tenancy-registration"), &filed["receipt"]));
        assert_eq!(street.journal_about(wang, "residents.searched").await.len(), 1);
        give_back(&street.clerk, &filed, 1).await.expect(200);
        let decided = street.clerk.get(&one(&filed)).await.expect(200);
        assert_eq!((&decided["candidate"], &decided["document_masked"]), (&Value::Null, &Value::Null));
        assert_eq!(street.journal_of("data.disclosed").await.len(), 1);
    }

    async fn a_report_is_accepted_for_a_new_person(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        let accepted = accept(&street.clerk, &filed, newcomer()).await.expect(200);
        assert_eq!((&accepted["state"], &accepted["version"]), (&json!("accepted"), &json!(2)));
        assert_eq!(accepted["decided_by"], json!(street.clerk.id()));
        let living = occupants(&street, street.flats[0]).await;
        assert_eq!(living.len(), 1);
        assert_eq!((&living[0]["id"], &living[0]["said_by"]), (&accepted["tenancy_id"], &json!("landlord")));
        assert_eq!(living[0]["moved_in_on"], "2026-11-20");
        let person: Uuid = accepted["resident_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(street.committee_of(person).await, FIRST);
        assert_eq!(street.journal_about(person, "report.accepted").await.len(), 1);
        // The person is told, and can object.
        let me = street.app.as_resident(person).await;
        let own = me.get("/api/v1/me/tenancies").await.expect(200);
        assert_eq!(own[0]["said_by"], "landlord");
        // The document went into the file: the next report about the person finds them.
        let other = street.landlord_of(street.flats[1]).await;
        let next = other.post(OWN, report("move-in", street.flats[1], "王小明", Some(SPECIMEN))).await.expect(201);
        assert_eq!(street.clerk.get(&one(&next)).await.expect(200)["candidate"]["id"], json!(person));
        accept(&street.clerk, &next, newcomer()).await.refused(409, "document-on-record");
    }

    async fn a_decided_report_keeps_nothing_sealed(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        // SQLite keeps an id's bytes, PostgreSQL a type of its own; the join compares either.
        let keys = "update data_keys set node_key_id = node_key_id where owner_id in (select id from reports)";
        assert_eq!(street.app.tamper(keys).await, 1);
        accept(&street.clerk, &filed, json!({ "resident_id": wang })).await.expect(200);
        assert_eq!(street.app.tamper(keys).await, 0);
    }

    async fn a_report_is_accepted_by_linking_a_person_on_file(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        accept(&street.clerk, &filed, json!({})).await.invalid("resident_id", "exactly-one-person");
        let mut both = newcomer();
        both["resident_id"] = json!(wang);
        accept(&street.clerk, &filed, both).await.invalid("resident_id", "exactly-one-person");
        let accepted = accept(&street.clerk, &filed, json!({ "resident_id": wang })).await.expect(200);
        assert_eq!(accepted["resident_id"], json!(wang));
        assert_eq!(occupants(&street, street.flats[0]).await[0]["resident_id"], json!(wang));
        // Filed once more, it is the report that was accepted.
        let again = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        assert_eq!((&again["receipt"], &again["state"]), (&filed["receipt"], &json!("accepted")));
    }

    async fn what_a_report_cannot_do_is_refused_and_leaves_it_waiting(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        moved_in(&street, wang, street.flats[1]).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", Some(SPECIMEN))).await.expect(201);
        let link = json!({ "resident_id": wang });
        accept(&street.clerk, &filed, link).await.refused(409, "second-main-dwelling");
        assert_eq!(street.clerk.get(&one(&filed)).await.expect(200)["report"]["state"], "filed");
        accept(&street.clerk, &filed, json!({ "resident_id": wang, "main": false })).await.expect(200);
    }

    async fn a_move_out_report_ends_the_tenancy(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, li) = (street.resident("王小明", None).await, street.resident("李娜", None).await);
        let tenancy = moved_in(&street, wang, street.flats[0]).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-out", street.flats[0], "王小明", None)).await.expect(201);
        assert_eq!(street.clerk.get(&one(&filed)).await.expect(200)["tenancies"][0]["resident_id"], json!(wang));
        accept(&street.clerk, &filed, newcomer()).await.invalid("new_resident", "not-for-a-move-out");
        accept(&street.clerk, &filed, json!({})).await.invalid("resident_id", "missing-field");
        accept(&street.clerk, &filed, json!({ "resident_id": li })).await.refused(409, "not-living-there");
        let accepted = accept(&street.clerk, &filed, json!({ "resident_id": wang })).await.expect(200);
        assert_eq!(accepted["tenancy_id"], tenancy["id"]);
        let path = format!("/api/v1/tenancies/{}", tenancy["id"].as_str().unwrap());
        let ended = street.clerk.get(&path).await.expect(200);
        assert_eq!((&ended["moved_out_on"], &ended["said_by"]), (&json!("2026-11-20"), &json!("landlord")));
    }

    async fn a_returned_report_says_why_and_is_filed_again(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let same = report("move-in", street.flats[0], "王小明", Some(SPECIMEN));
        let filed = landlord.post(OWN, same.clone()).await.expect(201);
        give_back(&street.clerk, &filed, 2).await.refused(409, "stale");
        give_back(&street.clerk, &filed, 1).await.expect(200);
        give_back(&street.clerk, &filed, 1).await.refused(409, "already-decided");
        accept(&street.clerk, &filed, newcomer()).await.refused(409, "already-decided");
        let own = landlord.get(&format!("{OWN}/{}", filed["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&own["state"], &own["reason"]), (&json!("returned"), &json!("请核对姓名")));
        assert_eq!(street.journal_of("report.returned").await.len(), 1);
        street.app.advance(TimeDelta::minutes(5));
        let again = landlord.post(OWN, same).await.expect(201);
        assert_ne!(again["receipt"], filed["receipt"]);
        let mine = landlord.get(OWN).await.expect(200);
        let states: Vec<&Value> = mine["items"].as_array().unwrap().iter().map(|report| &report["state"]).collect();
        assert_eq!(states, ["filed", "returned"]);
    }

    async fn of_two_clerks_deciding_at_the_same_moment_one_decides(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = landlord.post(OWN, report("move-in", street.flats[0], "王小明", None)).await.expect(201);
        let colleague = street.app.as_clerk_of(FIRST).await;
        let (one, other) = tokio::join!(
            accept(&street.clerk, &filed, newcomer()),
            accept(&colleague, &filed, newcomer()),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        assert_eq!(occupants(&street, street.flats[0]).await.len(), 1);
    }

    async fn a_dormitory_files_its_sheet_whole(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let door = door(&street, street.flats[0]).await;
        let sheet = format!(
            "\u{feff}门牌码,类型,姓名,证件号码,电话,日期,班组\n\
             {door},入住,王小明,{SPECIMEN},15400000014,2026/11/20,一班\n{door},入住,李娜,,,2026年11月20日,二班\n"
        );
        let filed = send(&landlord, sheet.as_bytes()).await.expect(200);
        assert_eq!((&filed["filed"], &filed["known"]), (&json!(2), &json!(0)));
        assert_eq!((&filed["ignored"], &filed["dropped"]), (&json!(["班组"]), &json!([])));
        assert_eq!(filed["reports"][1]["occupant_name"], "李娜");
        street.app.advance(TimeDelta::minutes(5));
        let again = send(&landlord, sheet.as_bytes()).await.expect(200);
        assert_eq!((&again["filed"], &again["known"], &again["reports"]), (&json!(0), &json!(2), &filed["reports"]));
        assert_eq!(street.journal_of("report.filed").await.len(), 2);
        let (gbk, ..) = encoding_rs::GBK.encode(&sheet[3..]);
        assert_eq!(send(&landlord, &gbk).await.expect(200)["known"], 2);
    }

    async fn a_sheet_with_one_wrong_row_files_nothing_and_names_the_cell(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let (own, other) = (door(&street, street.flats[0]).await, door(&street, street.flats[1]).await);
        let row = |door: &str, number: &str, day: &str| format!("\n{door},move-in,王小明,{number},{day}");
        let head = "door_code,kind,name,document_number,moved_on";
        let sheet = [head, &row(&own, "", "2026-11-20"), &row(&other, "", "2026-11-20"), &row(&own, "1.10105E+17", "x")];
        let faults = send(&landlord, sheet.concat().as_bytes()).await;
        faults.invalid("rows[3].door_code", "not-your-dwelling");
        faults.invalid("rows[4].document_number", "shortened-by-spreadsheet");
        faults.invalid("rows[4].moved_on", "malformed-day");
        let future = [head, &row(&own, "", "2026-11-24")].concat();
        send(&landlord, future.as_bytes()).await.invalid("rows[2].moved_on", "in-the-future");
        send(&landlord, b"name\nx").await.invalid("columns.door_code", "missing-column");
        landlord.request(Method::POST, SHEETS).body("application/json", "{}").send().await.refused(415, "unsupported-media-type");
        assert_eq!(landlord.get(OWN).await.expect(200)["items"], json!([]));
        assert!(street.journal_of("report.filed").await.is_empty());
    }

    async fn columns_for_what_is_never_held_are_dropped_and_counted(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let door = door(&street, street.flats[0]).await;
        let sheet = format!(
            "门牌码,类型,姓名,日期,民族,孕检日期,备注\n{door},入住,王小明,2026-11-20,甲,乙,丙丁\n{door},入住,李娜,2026-11-20,甲,,"
        );
        let filed = send(&landlord, sheet.as_bytes()).await.expect(200);
        assert_eq!(filed["dropped"], json!([
            { "header": "民族", "concept": "belief-and-body", "cells": 2 },
            { "header": "孕检日期", "concept": "health", "cells": 1 },
            { "header": "备注", "concept": "free-text", "cells": 1 },
        ]));
        let noted = &street.journal_of("report_sheet.filed").await[0];
        assert_eq!(noted["details"]["dropped"][0], json!({ "concept": "belief-and-body", "cells": 2 }));
        assert!(!noted.to_string().contains("丙丁"));
        assert!(!street.clerk.get(REPORTS).await.expect(200).to_string().contains("丙丁"));
    }
}
