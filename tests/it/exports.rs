//! A committee's own roll as a file: row by row in the journal, marked, and nothing larger.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Reply, both_databases};
use crate::protection::Refuge;
use crate::street::{FIRST, SPECIMEN, Street};

const ROLL: &str = "/api/v1/exports/roll";

fn visit() -> Value {
    json!({ "purpose": "house-visit", "basis": "residence-permit-regulations", "case": "2026-走访-4" })
}

async fn moves_in(street: &Street, name: &str, number: Option<&str>, flat: usize) -> Uuid {
    let resident = street.resident(name, number).await;
    let new = json!({
        "resident_id": resident, "dwelling_id": street.flats[flat], "on": "2026-11-01", "said_by": "resident",
    });
    street.clerk.post("/api/v1/tenancies", new).await.expect(201);
    resident
}

/// The rows of a file without its head.
fn rows(reply: &Reply) -> Vec<Vec<String>> {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let text = reply.body.strip_prefix(b"\xef\xbb\xbf").unwrap();
    let mut reader = csv::Reader::from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

async fn taken_out(clerk: &Person) -> Reply {
    clerk.post(ROLL, visit()).await
}

both_databases! {
    async fn a_clerk_takes_out_the_roll_of_their_own_committee_row_by_row(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = moves_in(&street, "王小明", Some(SPECIMEN), 0).await;
        moves_in(&street, "李娜", None, 1).await;
        let clerk = street.app.as_clerk_of(FIRST).await;
        let reply = taken_out(&clerk).await;
        assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
        let rows = rows(&reply);
        let names: Vec<&str> = rows.iter().map(|row| row[3].as_str()).collect();
        assert_eq!(names, ["王小明", "李娜"]);
        assert!(!String::from_utf8_lossy(&reply.body).contains(SPECIMEN));
        let noted = street.journal_about(wang, "resident.exported").await;
        assert_eq!((noted.len(), noted[0].to_string().contains("王小明")), (1, false));
        assert_eq!(street.journal_of("resident.exported").await.len(), 2);
        let seen = street.app.as_resident(wang).await.get("/api/v1/me/looks").await.expect(200);
        let look = &seen["items"][0];
        assert_eq!((&look["kind"], &look["fields"]), (&json!("resident.exported"), &json!(["roll"])));
        assert_eq!((&look["purpose"], &look["case"]), (&json!("house-visit"), &json!("2026-走访-4")));
    }

    async fn a_row_that_turns_up_is_traced_to_its_file(db: TestDb) {
        let street = Street::new(&db).await;
        moves_in(&street, "王小明", None, 0).await;
        let clerk = street.app.as_clerk_of(FIRST).await;
        let (first, second) = (rows(&taken_out(&clerk).await), rows(&taken_out(&clerk).await));
        let (mark, other) = (first[0].last().unwrap(), second[0].last().unwrap());
        assert_ne!(mark, other);
        let auditor = street.app.as_auditor().await;
        let written = json!({ "mark": mark.replace('-', "").to_lowercase() });
        let found = auditor.post("/api/v1/exports/traces", written).await.expect(200);
        assert_eq!((&found["exported_by"], &found["persons"]), (&json!(clerk.id()), &json!(1)));
        assert_eq!(found["id"].as_str().unwrap(), first[0][6]);
        auditor.post("/api/v1/exports/traces", json!({ "mark": "0000-0000-0000" })).await.refused(404, "not-found");
        auditor.post("/api/v1/exports/traces", json!({ "mark": "0000" })).await.invalid("mark", "malformed-mark");
        assert_eq!(street.journal_of("export.traced").await.len(), 1);
        let listed = auditor.get("/api/v1/exports").await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    }

    async fn nobody_takes_out_more_than_one_committee_or_somebody_protected(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        moves_in(&refuge.street, "王小明", None, 1).await;
        let app = &refuge.street.app;
        taken_out(&refuge.street.clerk).await.refused(409, "not-one-committee");
        taken_out(&app.as_clerk_of("130102").await).await.refused(409, "not-one-committee");
        taken_out(&app.as_supervisor().await).await.refused(403, "forbidden");
        let other = app.as_clerk_of("130102001002").await;
        assert!(rows(&taken_out(&other).await).is_empty());
        let own = app.as_clerk_of(FIRST).await;
        crate::protection::name(app, &own).await;
        let named: Vec<String> = rows(&taken_out(&own).await).into_iter().map(|row| row[3].clone()).collect();
        assert_eq!(named, ["王小明"]);
        let wrong = json!({ "purpose": "curiosity", "basis": "consent", "case": "1" });
        own.post(ROLL, wrong).await.invalid("purpose", "unknown-purpose");
    }
}
