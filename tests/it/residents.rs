//! Residents: files, documents, exact search, disclosures, and what the person sees of it.

use anju::residents::documents::{Document, DocumentKind};
use anju::residents::{self, Match};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dwellings::COMMITTEE;
use crate::harness::{Person, TestApp, both_databases};

pub const OTHER_COMMITTEE: &str = "130102007029";
const CITIZEN: &str = "11010519491231002X";
const PHONE: &str = "15400000014";

/// A person without papers.
pub fn named(name: &str) -> Value {
    json!({ "committee": COMMITTEE, "name": name, "sex": "female", "birth_date": "1990-05-01", "origin": "411421" })
}

/// A person with the specimen card of the standard.
fn papered() -> Value {
    json!({
        "committee": COMMITTEE, "name": "张小明", "sex": "unknown", "origin": "411421001",
        "document": { "kind": "citizen-id", "number": CITIZEN }, "phone": PHONE,
    })
}

pub fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

pub async fn registered(clerk: &Person, new: Value) -> Value {
    clerk.post("/api/v1/residents", new).await.expect(201)
}

pub fn at(resident: &Value, rest: &str) -> String {
    format!("/api/v1/residents/{}{rest}", resident["id"].as_str().unwrap())
}

pub async fn own_log_in(app: &TestApp, resident: &Value) -> Person {
    app.as_resident(resident["id"].as_str().unwrap().parse::<Uuid>().unwrap()).await
}

fn document(kind: &str, number: &str) -> Value {
    json!({ "kind": kind, "number": number })
}

pub fn reason() -> Value {
    json!({ "purpose": "identity-check", "basis": "residence-permit-regulations", "case": "长安居登〔2026〕第12号" })
}

/// A search with its reason.
pub fn searching(by: Value) -> Value {
    json!({ "by": by, "reason": reason() })
}

async fn search(clerk: &Person, by: Value) -> Value {
    clerk.post("/api/v1/residents/searches", searching(by)).await.expect(200)
}

async fn entries(app: &TestApp, kind: &str) -> Vec<Value> {
    let rows: Vec<String> = app.raw(&format!("select entry from journal where kind = '{kind}' order by id")).await;
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

both_databases! {
    async fn a_person_is_registered_with_what_the_document_tells(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        assert_eq!((&zhang["sex"], &zhang["birth_date"]), (&"female".into(), &"1949-12-31".into()));
        assert_eq!((&zhang["verification"], &zhang["version"]), (&"unverified".into(), &1.into()));
        assert_eq!(zhang["origin"], "411421001");
        assert_eq!(clerk.get(&at(&zhang, "")).await.expect(200), zhang);
        assert!(zhang.get("document").is_none() && zhang.get("phone").is_none());
    }

    async fn nobody_is_refused_for_want_of_a_document(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, with(named("王芳"), "birth_date", Value::Null)).await;
        assert_eq!(wang["verification"], "unverified");
        clerk.post(&at(&wang, "/verification"), json!({})).await.refused(409, "no-document");
    }

    async fn people_from_beyond_the_list_of_divisions_can_be_registered(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for (kind, number, origin) in [
            ("hk-macao-residence-permit", "810000199408230021", "810000"),
            ("foreign-permanent-residence", "932682198501010017", "000000"),
        ] {
            let new = with(with(papered(), "origin", json!(origin)), "document", document(kind, number));
            assert_eq!(registered(&clerk, new).await["origin"], origin);
        }
    }

    async fn what_cannot_be_is_named_by_field_and_reason(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let id = |number: &str| with(papered(), "document", document("citizen-id", number));
        for (new, field, code) in [
            (id("110105194912310021"), "document", "wrong-check-digit"),
            (id("11010519490231002X"), "document", "impossible-date"),
            (with(papered(), "sex", json!("male")), "sex", "differs-from-document"),
            (with(papered(), "birth_date", json!("1949-12-30")), "birth_date", "differs-from-document"),
            (with(named("王芳"), "birth_date", json!("2026-11-24")), "birth_date", "born-in-the-future"),
            (with(named("王芳"), "birth_date", json!("2026-02-30")), "birth_date", "malformed-value"),
            (with(named("王芳"), "origin", json!("4114")), "origin", "county-or-smaller"),
            (with(named("王芳"), "origin", json!("419999")), "origin", "unknown-division"),
            (with(named("王芳"), "committee", json!("130102999999")), "committee", "unknown-division"),
            (with(named("王芳"), "committee", json!("130104001001")), "committee", "outside-locality"),
            (with(named("王芳"), "name", json!("王1")), "name", "malformed-name"),
            (with(named("王芳"), "phone", json!("12")), "phone", "malformed-phone"),
            (with(named("王芳"), "ethnic_group", json!("x")), "ethnic_group", "unknown-field"),
        ] {
            clerk.post("/api/v1/residents", new).await.invalid(field, code);
        }
        assert_eq!(app.raw::<String>("select name from residents").await, Vec::<String>::new());
    }

    async fn a_document_has_one_file_on_the_node(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        registered(&clerk, papered()).await;
        let written_otherwise = with(papered(), "document", document("citizen-id", "110105 19491231 002x"));
        clerk.post("/api/v1/residents", written_otherwise).await.refused(409, "document-on-record");
        let other = app.as_clerk_of(OTHER_COMMITTEE).await;
        let there = with(papered(), "committee", json!(OTHER_COMMITTEE));
        let refusal = other.post("/api/v1/residents", there).await.refused(409, "document-on-record-elsewhere");
        assert!(!refusal.to_string().contains(COMMITTEE));
        let wang = registered(&other, with(named("王芳"), "committee", json!(OTHER_COMMITTEE))).await;
        let add = json!({ "document": document("citizen-id", CITIZEN) });
        other.post(&at(&wang, "/documents"), add).await.refused(409, "document-on-record-elsewhere");
        assert_eq!(app.raw::<String>("select name from residents").await.len(), 2);
    }

    async fn a_clerk_finds_nobody_outside_their_committee(db: TestDb) {
        let app = TestApp::new(&db).await;
        let zhang = registered(&app.as_clerk().await, papered()).await;
        let other = app.as_clerk_of(OTHER_COMMITTEE).await;
        other.get(&at(&zhang, "")).await.refused(404, "not-found");
        other.post("/api/v1/residents", named("王芳")).await.refused(404, "not-found");
        let change = json!({ "name": "张明", "sex": "female", "origin": "411421", "version": 1 });
        other.put(&at(&zhang, "/identity"), change).await.refused(404, "not-found");
        other.post(&at(&zhang, "/verification"), json!({})).await.refused(404, "not-found");
        other.put(&at(&zhang, "/phone"), json!({ "phone": null })).await.refused(404, "not-found");
        other.get(&at(&zhang, "/consents")).await.refused(404, "not-found");
        let asked = json!({ "reason": reason(), "fields": ["document"] });
        other.post(&at(&zhang, "/disclosures"), asked).await.refused(404, "not-found");
        assert_eq!(search(&other, json!({ "document": document("citizen-id", CITIZEN) })).await, json!([]));
        assert_eq!(search(&other, json!({ "name": "张小明" })).await, json!([]));
        assert_eq!(app.as_supervisor().await.get(&at(&zhang, "")).await.expect(200), zhang);
        assert_eq!(entries(&app, "data.disclosed").await, Vec::<Value>::new());
    }

    async fn landlords_residents_and_administrators_reach_no_staff_route(db: TestDb) {
        let app = TestApp::new(&db).await;
        let zhang = registered(&app.as_clerk().await, papered()).await;
        let landlord = app.as_landlord(Uuid::from_u128(1)).await;
        for person in [landlord, own_log_in(&app, &zhang).await, app.as_admin().await, app.as_system_admin().await, app.as_auditor().await] {
            person.get(&at(&zhang, "")).await.refused(403, "forbidden");
            person.post("/api/v1/residents", named("王芳")).await.refused(403, "forbidden");
            person.post("/api/v1/residents/searches", searching(json!({ "name": "张小明" }))).await.refused(403, "forbidden");
            let asked = json!({ "reason": reason(), "fields": ["document"] });
            person.post(&at(&zhang, "/disclosures"), asked).await.refused(403, "forbidden");
            person.post(&at(&zhang, "/verification"), json!({})).await.refused(403, "forbidden");
            person.post("/api/v1/landlords", crate::landlords::person()).await.refused(403, "forbidden");
            person.get("/api/v1/landlords").await.refused(403, "forbidden");
            person.get("/api/v1/buildings").await.refused(403, "forbidden");
        }
        app.anon().get(&at(&zhang, "")).await.refused(401, "not-signed-in");
    }

    async fn a_name_is_found_by_characters_and_by_pinyin(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, named("张小明")).await;
        let shan = registered(&clerk, named("单晓宁")).await;
        let guest = registered(&clerk, named("买买提·阿卜杜拉")).await;
        for (name, found) in [
            ("张小", &zhang),
            ("张小明", &zhang),
            ("Zhang Xiao", &zhang),
            ("zhangxm", &zhang),
            ("zxm", &zhang),
            ("shan", &shan),
            ("danxiaoning", &shan),
            ("买买提阿卜", &guest),
        ] {
            assert_eq!(search(&clerk, json!({ "name": name })).await, json!([found]), "{name}");
        }
        assert_eq!(search(&clerk, json!({ "name": "小明" })).await, json!([]));
        assert_eq!(search(&clerk, json!({ "name": "张%" })).await, json!([]));
        for (name, code) in [("张", "name-too-short"), ("zx", "name-too-short"), ("", "empty"), ("· ", "empty")] {
            clerk.post("/api/v1/residents/searches", searching(json!({ "name": name }))).await.invalid("by.name", code);
        }
        clerk.post("/api/v1/residents/searches", searching(json!({ "origin": "411421" }))).await.refused(422, "invalid");
    }

    async fn more_than_ten_hits_are_an_error_and_show_nobody(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for _ in 0..10 {
            registered(&clerk, named("李四海")).await;
        }
        assert_eq!(search(&clerk, json!({ "name": "李四海" })).await.as_array().unwrap().len(), 10);
        registered(&clerk, named("李四海")).await;
        let refusal = clerk.post("/api/v1/residents/searches", searching(json!({ "name": "李四海" }))).await;
        assert!(!refusal.refused(409, "too-many-hits").to_string().contains("李四海"));
        let written = entries(&app, "residents.searched").await;
        assert_eq!(written.len(), 2, "what was asked is on record though it was refused");
        assert_eq!(written[1]["details"], json!({ "by": "name", "refused": "too-many-hits" }));
        assert_eq!((&written[1]["subjects"], &written[1]["purpose"]), (&json!([]), &json!("identity-check")));
    }

    async fn a_search_is_written_down_with_whom_it_found(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        let twin = registered(&clerk, named("张小明")).await;
        search(&clerk, json!({ "name": "张小明" })).await;
        let found = search(&clerk, json!({ "document": document("citizen-id", CITIZEN) })).await;
        assert_eq!(found, json!([zhang]));
        search(&clerk, json!({ "name": "nobody" })).await;
        let entries = entries(&app, "residents.searched").await;
        assert_eq!(entries[0]["subjects"], json!([zhang["id"], twin["id"]]));
        assert_eq!(entries[0]["details"], json!({ "by": "name", "hits": 2 }));
        assert_eq!(entries[1]["subjects"], json!([zhang["id"]]));
        assert_eq!(entries[2]["subjects"], json!([]));
        assert!(!json!(entries).to_string().contains(CITIZEN));
    }

    async fn sealed_data_open_for_a_listed_purpose_only(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        let path = at(&zhang, "/disclosures");
        for (field, value, fault) in [
            ("purpose", json!("curiosity"), "unknown-purpose"),
            ("basis", json!("because"), "unknown-basis"),
        ] {
            let asked = json!({ "reason": with(reason(), field, value), "fields": ["document"] });
            let reply = clerk.post(&path, asked).await;
            reply.invalid(field, fault);
            assert!(!reply.json().to_string().contains(CITIZEN));
        }
        clerk.post(&path, json!({ "fields": ["document"] })).await.invalid("reason", "missing-field");
        clerk.post(&path, json!({ "reason": reason(), "fields": [] })).await.invalid("fields", "empty");
        let smuggled = json!({ "reason": with(reason(), "case", json!(CITIZEN)), "fields": ["document"] });
        clerk.post(&path, smuggled).await.invalid("reason.case", "looks-like-a-document-number");
        assert_eq!(entries(&app, "data.disclosed").await, Vec::<Value>::new());

        let opened = clerk.post(&path, json!({ "reason": reason(), "fields": ["document"] })).await.expect(200);
        assert_eq!(opened, json!({ "document": { "kind": "citizen-id", "number": CITIZEN } }));
        let opened = clerk.post(&path, json!({ "reason": reason(), "fields": ["phone"] })).await.expect(200);
        assert_eq!(opened, json!({ "phone": "+8615400000014" }));
        let written = entries(&app, "data.disclosed").await;
        assert_eq!(written.len(), 2);
        assert_eq!(written[1]["details"]["fields"], json!(["phone"]));
    }

    async fn nothing_sealed_lies_in_the_clear(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        search(&clerk, json!({ "document": document("citizen-id", CITIZEN) })).await;
        clerk.post(&at(&zhang, "/disclosures"), json!({ "reason": reason(), "fields": ["document", "phone"] })).await.expect(200);
        let sealed: Vec<Vec<u8>> = app
            .raw("select number from resident_documents union all select blind_index from resident_documents
                  union all select blind_index from document_lookup union all select phone from residents
                  union all select term from resident_name_terms")
            .await;
        assert!(sealed.len() > 4);
        let clear: Vec<String> = app
            .raw("select entry from journal union all select name from residents union all select origin from residents
                  union all select kind from resident_documents")
            .await;
        let all = sealed.iter().map(Vec::as_slice).chain(clear.iter().map(String::as_bytes));
        for bytes in all {
            for plain in [CITIZEN, PHONE] {
                assert!(!bytes.windows(plain.len()).any(|window| window == plain.as_bytes()));
            }
        }
        assert!(!clear.iter().any(|text| text.starts_with('{') && text.contains("张小明")));
    }

    async fn what_was_forgotten_no_longer_opens(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        assert_eq!(app.tamper("delete from data_keys").await, 1);
        let asked = json!({ "reason": reason(), "fields": ["document"] });
        clerk.post(&at(&zhang, "/disclosures"), asked).await.refused(409, "erased");
    }

    async fn a_correction_counts_from_the_version_it_was_made_from(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let change = |name: &str, version: i32| {
            json!({ "name": name, "sex": "female", "birth_date": "1990-05-01", "origin": "411421", "version": version })
        };
        let changed = clerk.put(&at(&wang, "/identity"), change("汪芳", 1)).await.expect(200);
        assert_eq!((&changed["name"], &changed["version"]), (&"汪芳".into(), &2.into()));
        clerk.put(&at(&wang, "/identity"), change("王方", 1)).await.refused(409, "stale");
        assert_eq!(search(&clerk, json!({ "name": "汪芳" })).await, json!([changed]));
        assert_eq!(search(&clerk, json!({ "name": "王芳" })).await, json!([]));
        let written = entries(&app, "resident.identity_changed").await;
        assert_eq!(written[0]["details"]["fields"], json!(["name"]));
        assert!(!written[0].to_string().contains("汪"));
        let nowhere = with(change("汪芳", 2), "origin", json!("419999"));
        clerk.put(&at(&wang, "/identity"), nowhere).await.invalid("origin", "unknown-division");
    }

    async fn verification_stands_until_what_was_verified_changes(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        let seen = clerk.post(&at(&zhang, "/verification"), json!({})).await.expect(200);
        assert_eq!((&seen["verification"], &seen["version"]), (&"verified".into(), &2.into()));
        let change = json!({
            "name": "张小明", "sex": "female", "birth_date": "1949-12-31", "origin": "130102", "version": 2,
        });
        let moved = clerk.put(&at(&zhang, "/identity"), change.clone()).await.expect(200);
        assert_eq!(moved["verification"], "verified");
        let renamed = with(with(change.clone(), "name", json!("张晓明")), "version", json!(3));
        let renamed = clerk.put(&at(&zhang, "/identity"), renamed).await.expect(200);
        assert_eq!(renamed["verification"], "unverified");
        let other_birth = with(with(change, "birth_date", json!("1950-01-01")), "version", json!(4));
        clerk.put(&at(&zhang, "/identity"), other_birth).await.invalid("birth_date", "differs-from-document");
    }

    async fn a_replaced_document_still_finds_the_person_and_a_wrong_one_no_longer(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, with(named("王芳"), "document", document("passport", "E00000014"))).await;
        let add = |kind: &str, number: &str, corrects: bool| {
            json!({ "document": document(kind, number), "corrects": corrects })
        };
        let path = at(&wang, "/documents");
        clerk.post(&path, add("passport", "E00000015", false)).await.expect(200);
        let now = clerk.post(&path, add("citizen-id", CITIZEN, true)).await.expect(200);
        assert_eq!((&now["birth_date"], &now["verification"]), (&"1949-12-31".into(), &"unverified".into()));
        let by = |kind: &str, number: &str| json!({ "document": document(kind, number) });
        assert_eq!(search(&clerk, by("passport", "E00000014")).await, json!([now]));
        assert_eq!(search(&clerk, by("passport", "E00000015")).await, json!([]));
        assert_eq!(search(&clerk, by("citizen-id", CITIZEN)).await, json!([now]));
        let asked = json!({ "reason": reason(), "fields": ["document"] });
        let opened = clerk.post(&at(&wang, "/disclosures"), asked).await.expect(200);
        assert_eq!(opened["document"]["number"], CITIZEN);
        registered(&clerk, with(named("李芳"), "document", document("passport", "E00000015"))).await;
    }

    async fn a_phone_is_noted_and_forgotten(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let asked = json!({ "reason": reason(), "fields": ["phone"] });
        clerk.put(&at(&wang, "/phone"), json!({ "phone": PHONE })).await.expect(204);
        let opened = clerk.post(&at(&wang, "/disclosures"), asked.clone()).await.expect(200);
        assert_eq!(opened["phone"], "+8615400000014");
        clerk.put(&at(&wang, "/phone"), json!({ "phone": null })).await.expect(204);
        assert_eq!(clerk.post(&at(&wang, "/disclosures"), asked).await.expect(200), json!({}));
    }

    async fn a_person_sees_their_record_and_who_looked(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, papered()).await;
        let wang = registered(&clerk, named("王芳")).await;
        search(&clerk, json!({ "name": "张小明" })).await;
        app.advance(TimeDelta::minutes(1));
        clerk.post(&at(&zhang, "/disclosures"), json!({ "reason": reason(), "fields": ["phone"] })).await.expect(200);
        clerk.post(&at(&zhang, "/verification"), json!({})).await.expect(200);

        let own = own_log_in(&app, &zhang).await;
        let record = own.get("/api/v1/me/record").await.expect(200);
        assert_eq!((&record["resident"]["id"], &record["has_phone"]), (&zhang["id"], &true.into()));
        assert_eq!(record["documents"][0]["kind"], "citizen-id");
        assert!(!record.to_string().contains(CITIZEN));
        let looks = own.get("/api/v1/me/looks").await.expect(200);
        let [opened, searched] = looks["items"].as_array().unwrap().as_slice() else { panic!("{looks}") };
        assert_eq!(opened["at"], "2026-11-23T02:01:00Z");
        assert_eq!((&opened["office"], &opened["role"]), (&COMMITTEE.into(), &"clerk".into()));
        assert!(opened["office_name"].as_str().unwrap().starts_with("河北省石家庄市长安区"));
        assert_eq!((&opened["purpose"], &opened["fields"]), (&"identity-check".into(), &json!(["phone"])));
        assert_eq!((&searched["kind"], &searched["fields"]), (&"residents.searched".into(), &json!(["name"])));
        assert!(!looks.to_string().contains(&clerk.id().to_string()) && !looks.to_string().contains("clerk 0"));

        let first = own.get("/api/v1/me/looks?limit=1").await.expect(200);
        assert_eq!(first["items"], json!([opened]));
        let next = format!("/api/v1/me/looks?limit=1&after={}", first["next"].as_str().unwrap());
        assert_eq!(own.get(&next).await.expect(200), json!({ "items": [searched], "next": null }));

        let other = own_log_in(&app, &wang).await;
        assert_eq!(other.get("/api/v1/me/looks").await.expect(200)["items"], json!([]));
        clerk.get("/api/v1/me/record").await.refused(403, "forbidden");
        clerk.get("/api/v1/me/looks").await.refused(403, "forbidden");
    }

    async fn a_message_finds_its_person_by_document_and_name_and_nothing_less(db: TestDb) {
        let app = TestApp::new(&db).await;
        let zhang = registered(&app.as_clerk().await, papered()).await;
        let mut work = app.app().system_work().await.unwrap();
        let card = Document::parse(DocumentKind::CitizenId, CITIZEN).unwrap();
        let unknown = Document::parse(DocumentKind::CitizenId, "440524188001010014").unwrap();
        let name = |name: &str| name.parse().unwrap();
        let found = residents::find_for_exchange(&mut work, &card, &name(" 张 小明 ")).await.unwrap();
        assert!(matches!(found, Match::Exact(found) if zhang["id"] == found.id.to_string()));
        let found = residents::find_for_exchange(&mut work, &card, &name("张大明")).await.unwrap();
        assert!(matches!(found, Match::NameDiffers));
        let found = residents::find_for_exchange(&mut work, &unknown, &name("张小明")).await.unwrap();
        assert!(matches!(found, Match::None));
    }
}
