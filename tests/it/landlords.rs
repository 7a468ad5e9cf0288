//! Landlords: their files, which doors they answer for, and how little they see.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::dwellings::{COMMITTEE, house};
use crate::harness::{Person, TestApp, both_databases};

/// The division 999999 and the organisation code of zeroes were never given out.
const CREDIT_CODE: &str = "91999999000000000G";
const DOCUMENT: &str = "440524188001010014";
const PHONE: &str = "15400000014";

pub fn person() -> Value {
    json!({
        "committee": COMMITTEE, "kind": "landlord", "legal_form": "person", "name": "赵大有",
        "document": { "kind": "citizen-id", "number": DOCUMENT }, "phone": PHONE,
    })
}

fn company() -> Value {
    json!({
        "committee": COMMITTEE, "kind": "property-manager", "legal_form": "organisation", "name": "安居物业有限公司",
        "credit_code": CREDIT_CODE,
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn registered(clerk: &Person, new: Value) -> Value {
    clerk.post("/api/v1/landlords", new).await.expect(201)
}

fn at(landlord: &Value, rest: &str) -> String {
    format!("/api/v1/landlords/{}{rest}", landlord["id"].as_str().unwrap())
}

fn from(dwelling: &Value, day: &str) -> Value {
    json!({ "dwelling_id": dwelling["id"], "from": day })
}

async fn own_log_in(app: &TestApp, landlord: &Value) -> Person {
    app.as_landlord(landlord["id"].as_str().unwrap().parse::<Uuid>().unwrap()).await
}

both_databases! {
    async fn a_landlord_has_one_file_per_capacity(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let landlord = registered(&clerk, person()).await;
        assert_eq!(clerk.get(&at(&landlord, "")).await.expect(200), landlord);
        assert_eq!(landlord["document_kind"], "citizen-id");
        clerk.post("/api/v1/landlords", person()).await.refused(409, "landlord-on-record");
        registered(&clerk, with(person(), "kind", json!("agent"))).await;
        registered(&clerk, company()).await;
        clerk.post("/api/v1/landlords", company()).await.refused(409, "landlord-on-record");
        let other = app.as_clerk_of("130102007029").await;
        let there = with(company(), "committee", json!("130102007029"));
        other.post("/api/v1/landlords", there).await.refused(409, "landlord-on-record-elsewhere");
        let page = clerk.get("/api/v1/landlords?limit=2").await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        let rest = clerk.get(&format!("/api/v1/landlords?after={}", page["next"].as_str().unwrap())).await.expect(200);
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
        assert_eq!(other.get("/api/v1/landlords").await.expect(200)["items"], json!([]));
        other.get(&at(&landlord, "")).await.refused(404, "not-found");
    }

    async fn papers_fit_the_legal_form(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for (new, field, code) in [
            (with(company(), "credit_code", Value::Null), "credit_code", "required"),
            (with(company(), "credit_code", json!("919999990000000001")), "credit_code", "wrong-check-digit"),
            (with(company(), "document", person()["document"].clone()), "document", "goes-with-persons"),
            (with(person(), "credit_code", json!(CREDIT_CODE)), "credit_code", "goes-with-organisations"),
            (with(person(), "phone", json!("12")), "phone", "malformed-phone"),
        ] {
            clerk.post("/api/v1/landlords", new).await.invalid(field, code);
        }
        registered(&clerk, with(person(), "document", Value::Null)).await;
    }

    async fn a_landlords_document_and_phone_lie_sealed_and_open_for_a_reason(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let landlord = registered(&clerk, person()).await;
        let rows: Vec<Vec<u8>> = app
            .raw("select document_number from landlords union all select phone from landlords
                  union all select document_index from landlords")
            .await;
        assert_eq!(rows.len(), 3);
        for plain in [DOCUMENT, PHONE] {
            assert!(!rows.iter().any(|row| row.windows(plain.len()).any(|bytes| bytes == plain.as_bytes())));
        }
        let reason = json!({ "purpose": "tenancy-registration", "basis": "housing-rental-regulations", "case": "2026-12" });
        let asked = json!({ "reason": reason, "fields": ["phone"] });
        let opened = clerk.post(&at(&landlord, "/disclosures"), asked).await.expect(200);
        assert_eq!(opened, json!({ "phone": "+8615400000014" }));
        let asked = json!({ "reason": reason, "fields": ["document", "phone"] });
        let opened = clerk.post(&at(&landlord, "/disclosures"), asked.clone()).await.expect(200);
        assert_eq!(opened["document"]["number"], DOCUMENT);
        app.as_clerk_of("130102007029").await.post(&at(&landlord, "/disclosures"), asked).await.refused(404, "not-found");
    }

    async fn a_landlord_answers_for_a_dwelling_from_day_to_day(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let landlord = registered(&clerk, person()).await;
        let (_, doors) = house(&clerk, COMMITTEE).await;
        let path = at(&landlord, "/responsibilities");
        let assigned = clerk.post(&path, from(&doors[0], "2026-01-01")).await.expect(201);
        clerk.post(&path, from(&doors[0], "2026-06-01")).await.refused(409, "already-responsible");
        let end = format!("/api/v1/responsibilities/{}/end", assigned["id"].as_str().unwrap());
        clerk.post(&end, json!({ "until": "2026-01-01" })).await.invalid("until", "ends-before-it-begins");
        let ended = clerk.post(&end, json!({ "until": "2026-06-01" })).await.expect(200);
        clerk.post(&end, json!({ "until": "2026-07-01" })).await.refused(409, "responsibility-ended");
        clerk.post(&path, from(&doors[0], "2026-05-31")).await.refused(409, "already-responsible");
        let again = clerk.post(&path, from(&doors[0], "2026-06-01")).await.expect(201);
        assert_eq!(clerk.get(&path).await.expect(200)["items"], json!([ended, again]));
    }

    async fn nobody_answers_for_a_closed_dwelling_or_one_out_of_scope(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let other = app.as_clerk_of("130102007029").await;
        let landlord = registered(&clerk, person()).await;
        let (_, doors) = house(&clerk, COMMITTEE).await;
        let (_, foreign) = house(&other, "130102007029").await;
        clerk.post(&format!("/api/v1/dwellings/{}/closure", doors[0]["id"].as_str().unwrap()), json!({})).await.expect(200);
        let path = at(&landlord, "/responsibilities");
        clerk.post(&path, from(&doors[0], "2026-01-01")).await.refused(409, "dwelling-closed");
        clerk.post(&path, from(&foreign[0], "2026-01-01")).await.refused(404, "not-found");
        other.post(&path, from(&doors[1], "2026-01-01")).await.refused(404, "not-found");
        let assigned = clerk.post(&path, from(&doors[1], "2026-01-01")).await.expect(201);
        let end = format!("/api/v1/responsibilities/{}/end", assigned["id"].as_str().unwrap());
        other.post(&end, json!({ "until": "2026-06-01" })).await.refused(404, "not-found");
    }

    async fn a_landlord_sees_the_doors_of_today_and_nothing_of_the_people(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let landlord = registered(&clerk, person()).await;
        let company = registered(&clerk, company()).await;
        let (_, doors) = house(&clerk, COMMITTEE).await;
        let path = at(&landlord, "/responsibilities");
        clerk.post(&path, from(&doors[0], "2026-01-01")).await.expect(201);
        clerk.post(&path, from(&doors[1], "2026-12-01")).await.expect(201);
        clerk.post(&at(&company, "/responsibilities"), from(&doors[2], "2026-01-01")).await.expect(201);
        let zhao = own_log_in(&app, &landlord).await;
        let own = zhao.get("/api/v1/me/dwellings").await.expect(200);
        assert_eq!(own["items"], json!([{
            "dwelling_id": doors[0]["id"], "door_code": doors[0]["door_code"], "label": "101",
            "building_name": "谈固小区3号楼", "address": "谈固东街12号",
        }]));
        app.advance(chrono::TimeDelta::days(8));
        let zhao = own_log_in(&app, &landlord).await;
        assert_eq!(zhao.get("/api/v1/me/dwellings").await.expect(200)["items"].as_array().unwrap().len(), 2);
        for staff in ["/api/v1/landlords", "/api/v1/buildings", &at(&landlord, ""), &path] {
            zhao.get(staff).await.refused(403, "forbidden");
        }
        zhao.get("/api/v1/me/record").await.refused(403, "forbidden");
        app.as_clerk().await.get("/api/v1/me/dwellings").await.refused(403, "forbidden");
    }
}
