//! What the registry never holds, never does, and owes each person. A test here is a promise: none is weakened to let a
//! feature pass.

use std::collections::BTreeSet;
use std::path::Path;

use anju::db::Db;
use anju::journal;
use anju::never_held;
use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dwellings::COMMITTEE;
use crate::harness::{Person, TestApp, TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, RESIDENCE, WIFE, id, morning, reason};
use crate::own::Couple;
use crate::residents::{at, named, own_log_in, registered, searching, with};
use crate::street::{SPECIMEN, Street};

/// Every name a JSON description gives to something: keys, words of lists, constants.
fn names_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                found.insert(key.clone());
                match (key.as_str(), inner) {
                    ("enum" | "required" | "tags", Value::Array(words)) => {
                        found.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const" | "name" | "operationId", Value::String(word)) => drop(found.insert(word.clone())),
                    _ => {}
                }
                names_in(inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names_in(item, found)),
        _ => {}
    }
}

fn exchange_schemas() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exchange-specs/schemas");
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    let schemas: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect();
    assert!(schemas.len() > 10);
    schemas
}

/// Names in what people see: the keys of texts, the fields of forms and the parts of pages.
fn names_in_templates(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_in_templates(&path, found);
            continue;
        }
        let text = || std::fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("ftl") => {
                let (text, key) = (text(), |c: char| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit());
                let keys = text.lines().filter_map(|line| line.split_once(" =")).map(|(before, _)| before);
                // `field-…` are faults of a text, such as a control character, and no names of fields.
                let keys = keys.filter(|before| before.chars().all(key) && !before.starts_with("field-"));
                found.extend(keys.map(str::to_owned));
            }
            Some("html") => {
                let text = text();
                for attribute in ["name=\"", "id=\"", "for=\""] {
                    let values = text.split(attribute).skip(1).filter_map(|rest| rest.split_once('"'));
                    found.extend(values.map(|(value, _)| value.to_owned()));
                }
            }
            _ => {}
        }
    }
}

/// Every table's columns, the API, the messages between nodes, the templates, the columns of sheets, and the lists of
/// roles, actions and purposes.
async fn everything_named(app: &TestApp) -> BTreeSet<String> {
    let columns = match app.app().db() {
        Db::Sqlite { .. } => "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c",
        Db::Postgres(_) => {
            "select cast(table_name || '.' || column_name as text) from information_schema.columns
             where table_schema = 'public'"
        }
    };
    let mut names: BTreeSet<String> = app.raw::<String>(columns).await.into_iter().collect();
    assert!(names.contains("residents.birth_date") && names.len() > 200, "{}", names.len());
    names_in(&app.anon().get("/api/openapi.json").await.expect(200), &mut names);
    exchange_schemas().iter().for_each(|(_, schema)| names_in(schema, &mut names));
    names_in_templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    assert!(names.contains("refused-too-many-hits"));
    names.extend(
        anju::reports::Column::ALL.iter().flat_map(|column| [column.as_str(), column.chinese()]).map(str::to_owned),
    );
    names.extend(anju::access::Role::ALL.iter().map(ToString::to_string));
    names.extend(anju::access::Action::ALL.iter().map(|action| action.as_str().to_owned()));
    let purposes = serde_json::to_value(anju::access::Purposes::built_in().unwrap()).unwrap();
    let texts = |list: &Value| -> Vec<String> {
        let of = |item: &Value| [&item["code"], &item["text"]["zh"]].map(|text| text.as_str().unwrap().to_owned());
        list.as_array().unwrap().iter().flat_map(of).collect()
    };
    let listed: Vec<String> =
        purposes.as_object().unwrap().values().filter(|list| list.is_array()).flat_map(texts).collect();
    assert!(listed.contains(&"marriage-check".to_owned()));
    names.extend(listed);
    names
}

/// Fails with each name that stands for the concept.
async fn never_named(db: &TestDb, concept: &str) {
    let app = TestApp::new(db).await;
    let named = everything_named(&app).await;
    let stands = |name: &String| never_held::find(name).filter(|(found, _)| found.code == concept).map(|(_, by)| by);
    let found: Vec<_> = named.iter().filter_map(|name| stands(name).map(|by| format!("{name} ({by})"))).collect();
    assert!(found.is_empty(), "never held: {found:#?}");
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The fields of one of the API's types.
fn fields<'a>(description: &'a Value, schema: &str) -> BTreeSet<&'a str> {
    keys(&description["components"]["schemas"][schema]["properties"])
}

// ── Never held ──

both_databases! {
    async fn no_result_about_a_persons_health_has_a_place_here(db: TestDb) {
        never_named(&db, "health").await;
    }

    async fn no_quota_permit_fine_score_or_target_has_a_place_here(db: TestDb) {
        never_named(&db, "judgement").await;
    }

    async fn no_belief_ethnic_group_biometric_trace_or_device_has_a_place_here(db: TestDb) {
        never_named(&db, "belief-and-body").await;
    }

    async fn no_free_text_about_a_person_has_a_place_here(db: TestDb) {
        never_named(&db, "free-text").await;
    }

    async fn what_is_written_beside_a_case_is_short_and_shown_to_the_person(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        let tenancy = id(&street.clerk.post("/api/v1/tenancies", new).await.expect(201));
        let me = street.app.as_resident(wang).await;
        let dispute = format!("/api/v1/me/tenancies/{tenancy}/dispute");
        me.post(&dispute, json!({ "reason": "字".repeat(301) })).await.invalid("reason", "too-long");
        me.post(&dispute, json!({ "reason": "日期不对" })).await.expect(200);
        let settle = format!("/api/v1/tenancies/{tenancy}/settlement");
        street.clerk.post(&settle, json!({ "answer": "字".repeat(301) })).await.invalid("answer", "too-long");
        street.clerk.post(&settle, json!({ "answer": "已与房东核对" })).await.expect(200);
        let seen = me.get("/api/v1/me/tenancies").await.expect(200);
        assert_eq!((&seen[0]["dispute_reason"], &seen[0]["settlement"]), (&json!("日期不对"), &json!("已与房东核对")));
        let undo = format!("/api/v1/tenancies/{tenancy}/undo");
        street.clerk.post(&undo, json!({ "version": 1, "reason": "字".repeat(301) })).await.invalid("reason", "too-long");
    }
}

#[tokio::test]
async fn a_birth_and_a_marriage_record_say_this_and_no_more() {
    let app = TestApp::new(&TestDb::sqlite()).await;
    let description = app.anon().get("/api/openapi.json").await.expect(200);
    assert_eq!(fields(&description, "Marriage"), BTreeSet::from(["spouses", "married_on", "place", "certificate"]));
    assert_eq!(fields(&description, "Birth"), BTreeSet::from(["child", "place", "parents", "certificate"]));
    let (_, supplied) = exchange_schemas().into_iter().find(|(name, _)| name == "record.supplied").unwrap();
    let about = &supplied["properties"]["payload"]["properties"]["about"]["oneOf"];
    let sent = |at: usize, kind: &str| keys(&about[at]["properties"][kind]["properties"]);
    assert_eq!(about.as_array().unwrap().len(), 2);
    assert_eq!(sent(0, "marriage"), BTreeSet::from(["spouses", "married_on", "place", "certificate"]));
    assert_eq!(sent(1, "birth"), BTreeSet::from(["child", "place", "parents", "certificate"]));
}

// ── Never done ──

#[tokio::test]
async fn nobody_is_listed_or_searched_by_origin_marital_state_or_children() {
    let app = TestApp::new(&TestDb::sqlite()).await;
    let description = app.anon().get("/api/openapi.json").await.expect(200);
    let search = &description["components"]["schemas"]["SearchBy"]["oneOf"];
    let ways: Vec<_> = search.as_array().unwrap().iter().flat_map(|way| keys(&way["properties"])).collect();
    assert_eq!(ways, ["document", "name"]);
    let mut lists = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap().to_lowercase();
                let by = ["origin", "marital", "married", "child", "sex", "birth", "age"]
                    .iter()
                    .find(|by| name.contains(**by));
                assert!(by.is_none() || name == "anju-locality", "{method} {path} takes {name}");
            }
            let answer = operation["responses"]["200"].to_string();
            if answer.contains("schemas/Resident\"") && (answer.contains("\"array\"") || answer.contains("\"items\"")) {
                lists.insert(format!("{method} {path}"));
            }
        }
    }
    // The one answer that holds several persons is a search by name or document, of ten at most.
    assert_eq!(lists, BTreeSet::from(["post /api/v1/residents/searches".to_owned()]));
    let clerk = app.as_clerk().await;
    clerk.get("/api/v1/residents").await.refused(405, "method-not-allowed");
    for by in
        [json!({ "origin": "411421" }), json!({ "name": "王芳", "origin": "411421" }), json!({ "marital": "single" })]
    {
        clerk.post("/api/v1/residents/searches", searching(by)).await.refused(422, "invalid");
    }
}

both_databases! {
    async fn a_report_tells_a_landlord_nothing_about_the_person(db: TestDb) {
        let street = Street::new(&db).await;
        street.resident("王小明", Some(SPECIMEN)).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let file = async |name: &str, number: &str| {
            let new = json!({
                "dwelling_id": street.flats[0], "kind": "move-in", "moved_on": "2026-11-20",
                "occupant": { "name": name, "document": { "kind": "citizen-id", "number": number } },
            });
            landlord.post("/api/v1/me/reports", new).await.expect(201)
        };
        let known = file("王小明", SPECIMEN).await;
        let other_name = file("王大明", SPECIMEN).await;
        let unknown = file("李娜", crate::street::OTHER_SPECIMEN).await;
        let told = |report: &Value| {
            let mut told = report.clone();
            for own in ["id", "receipt", "occupant_name"] {
                told[own].take();
            }
            told
        };
        assert_eq!(told(&known), told(&unknown));
        assert_eq!(told(&known), told(&other_name));
        let accept = json!({ "version": 1, "new_resident": { "sex": "unknown", "origin": "410522" } });
        street.clerk.post(&format!("/api/v1/reports/{}/acceptance", id(&unknown)), accept).await.expect(200);
        let seen = landlord.get(&format!("/api/v1/me/reports/{}", id(&unknown))).await.expect(200);
        assert_eq!(keys(&seen), keys(&unknown));
        assert_eq!(seen["state"], "accepted");
    }

    async fn the_origin_learns_the_locality_and_the_office_and_not_the_flat(db: TestDb) {
        let clock = morning();
        let (residence, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let dwellings = residence.dwellings().await;
        residence.moves_in(&here, &dwellings[0], "2026-11-20").await;
        residence.sync(&origin).await;
        let told = origin.elsewhere(&at_home).await;
        assert_eq!(told[0]["division"], RESIDENCE);
        let known = [
            "id", "resident_id", "peer", "division", "contact_office", "contact_phone", "since", "until", "undone",
            "asks_for_changes", "updated_at", "consent_withdrawn_at",
        ];
        assert!(keys(&told[0]).is_subset(&BTreeSet::from(known)), "{}", told[0]);
        let kept = "select contact_office from residences_elsewhere union all select entry from journal";
        let texts: Vec<String> = origin.node.raw(kept).await;
        for secret in [residence.committee.as_str(), "谈固", dwellings[0].as_str()] {
            assert!(!told[0].to_string().contains(secret), "{secret} in {}", told[0]);
            assert!(!texts.iter().any(|text| text.contains(secret)), "{secret}");
        }
    }

    async fn nobody_is_refused_registration_for_what_they_cannot_show(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let least = json!({ "committee": COMMITTEE, "name": "王芳", "sex": "unknown", "origin": "000000" });
        let made = registered(&clerk, least).await;
        assert_eq!(made["verification"], "unverified");
        let (_, doors) = crate::dwellings::house(&clerk, COMMITTEE).await;
        let new = json!({ "resident_id": made["id"], "dwelling_id": doors[0]["id"], "on": "2026-11-23", "said_by": "resident" });
        clerk.post("/api/v1/tenancies", new).await.expect(201);
    }

    async fn a_landlords_word_books_no_move_that_the_person_does_not_see_and_can_dispute(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-20", "said_by": "landlord" });
        landlord.post("/api/v1/tenancies", new).await.refused(403, "forbidden");
        let filed = json!({
            "dwelling_id": street.flats[0], "kind": "move-in", "moved_on": "2026-11-20",
            "occupant": { "name": "王小明", "document": { "kind": "citizen-id", "number": SPECIMEN } },
        });
        let report = landlord.post("/api/v1/me/reports", filed).await.expect(201);
        let me = street.app.as_resident(wang).await;
        assert_eq!(me.get("/api/v1/me/tenancies").await.expect(200), json!([]), "a report alone changes nothing");
        let accept = json!({ "version": 1, "resident_id": wang });
        street.clerk.post(&format!("/api/v1/reports/{}/acceptance", id(&report)), accept).await.expect(200);
        let told = me.get("/api/v1/me/tenancies").await.expect(200);
        assert_eq!(told[0]["said_by"], "landlord");
        let notices = me.get("/api/v1/me/notices").await.expect(200);
        assert_eq!((&notices["unread"], &notices["items"][0]["about_id"]), (&json!(1), &told[0]["id"]));
        assert!(notices["items"][0]["text"]["zh"].as_str().unwrap().contains("依据：房东或用人单位"), "{notices}");
        me.post(&format!("/api/v1/me/tenancies/{}/dispute", id(&told[0])), json!({ "reason": "没有入住" })).await.expect(200);
        let seen = street.clerk.get(&format!("/api/v1/tenancies/{}", id(&told[0]))).await.expect(200);
        assert_eq!((&seen["dispute_reason"], &seen["settled_at"]), (&json!("没有入住"), &Value::Null));
        let own = format!("/api/v1/me/tenancies/{}/statements", id(&told[0]));
        me.post(&own, json!({ "says": "never-lived-here" })).await.expect(200);
        let seen = street.clerk.get(&format!("/api/v1/tenancies/{}", id(&told[0]))).await.expect(200);
        let said = ["landlord", "resident"].map(|side| seen["sides"][side]["says"].clone());
        assert_eq!((said, &seen["sides"]["lived_here"]), ([json!("lives-here"), json!("never-lived-here")], &json!("differ")));
    }

    async fn no_service_waits_for_an_inquiry(db: TestDb) {
        let clock = morning();
        let (residence, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        let wife = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let husband = residence.resident("王守义", HUSBAND, ORIGIN).await;
        let question = json!({
            "resident_id": wife, "reason": reason("marriage-check"), "wanted": { "questions": [{ "ask": "marriage-stands" }] },
        });
        residence.clerk.post("/api/v1/inquiries", question).await.expect(201);
        let dwellings = residence.dwellings().await;
        residence.moves_in(&wife, &dwellings[0], "2026-11-20").await;
        residence.marriage([json!({ "resident": wife }), json!({ "resident": husband })]).await;
    }
}

both_databases! {
    async fn an_export_is_of_ones_own_committee_logged_row_by_row_and_marked(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        street.clerk.post("/api/v1/tenancies", new).await.expect(201);
        let reason = json!({ "purpose": "house-visit", "basis": "residence-permit-regulations", "case": "2026-12" });
        let roll = "/api/v1/exports/roll";
        // The clerk of several committees takes out none of them, and a supervisor nothing at all.
        street.clerk.post(roll, reason.clone()).await.refused(409, "not-one-committee");
        street.app.as_supervisor().await.post(roll, reason.clone()).await.refused(403, "forbidden");
        let file = street.app.as_clerk_of(crate::street::FIRST).await.post(roll, reason).await;
        let text = String::from_utf8(file.body.to_vec()).unwrap();
        assert!(text.contains("王小明") && !text.contains(SPECIMEN), "{text}");
        let mark = text.trim().rsplit(',').next().unwrap();
        let logged = street.journal_about(wang, "resident.exported").await;
        assert_eq!((logged.len(), logged[0].to_string().contains(mark)), (1, true));
    }

    async fn statistics_are_counts_and_small_ones_are_held_back(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        street.clerk.post("/api/v1/tenancies", new).await.expect(201);
        let counted = street.clerk.get("/api/v1/statistics/population").await.expect(200);
        assert_eq!((&counted["residents"], &counted["by_origin"]), (&Value::Null, &json!([])));
        assert!(!counted.to_string().contains("王小明"));
    }
}

// ── Owed to each person ──

#[test]
fn every_message_between_localities_names_its_basis_and_purpose() {
    let messages: Vec<_> = exchange_schemas()
        .into_iter()
        .filter(|(_, schema)| schema["title"].as_str().is_some_and(|title| title.starts_with("Message ")))
        .collect();
    assert!(messages.len() >= 8);
    for (name, schema) in messages {
        let required = schema["required"].as_array().unwrap();
        assert!(required.contains(&json!("basis")) && required.contains(&json!("purpose")), "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }
}

both_databases! {
    async fn what_leaves_without_a_statute_leaves_on_a_consent_that_stands(db: TestDb) {
        let clock = morning();
        let (residence, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        let wife = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let ask = async |basis: &str| {
            let reason = with(reason("marriage-check"), "basis", json!(basis));
            let question = json!({
                "resident_id": wife, "reason": reason, "wanted": { "questions": [{ "ask": "marriage-stands" }] },
            });
            residence.clerk.post("/api/v1/inquiries", question).await
        };
        ask("housing-rental-regulations").await.refused(409, "basis-does-not-cover");
        ask("consent").await.refused(409, "basis-does-not-cover");
        let consents = format!("/api/v1/residents/{wife}/consents");
        let given = |purpose: &str, recipient: &str| {
            json!({ "given_by": wife, "purpose": purpose, "recipient": recipient, "text_version": "2026-01" })
        };
        residence.clerk.post(&consents, given("marriage-check", "340621")).await.expect(201);
        residence.clerk.post(&consents, given("birth-registration", ORIGIN)).await.expect(201);
        ask("consent").await.refused(409, "basis-does-not-cover");
        let consent = residence.clerk.post(&consents, given("marriage-check", ORIGIN)).await.expect(201);
        ask("consent").await.expect(201);
        residence.clerk.post(&format!("/api/v1/consents/{}/withdrawal", id(&consent)), json!({})).await.expect(200);
        ask("consent").await.refused(409, "basis-does-not-cover");
    }

    async fn a_consent_is_withdrawn_in_one_step_which_stops_what_waits_and_is_told_to_whoever_received(db: TestDb) {
        let clock = morning();
        let (residence, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let me = residence.node.as_resident(here.parse().unwrap()).await;
        let birth = json!({
            "birth": { "child": { "resident": here }, "place": { "division": RESIDENCE }, "parents": [] },
            "source": "statement", "reason": reason("birth-registration"),
        });
        residence.clerk.post("/api/v1/births", birth).await.expect(201);
        let preview = "/api/v1/consent-texts/preview?purpose=record-exchange&recipient=411421";
        let shown = me.get(preview).await.expect(200);
        let give = json!({ "given_by": here, "purpose": "record-exchange", "recipient": ORIGIN, "text_version": shown["text_version"] });
        let path = format!("/api/v1/residents/{here}/consents");
        me.post(&path, with(give.clone(), "text_version", json!("2020-01"))).await.invalid("text_version", "unknown-text-version");
        let consent = id(&me.post(&path, give.clone()).await.expect(201));
        anju::exchange::sync::prepare(residence.node.app()).await.unwrap();
        let stopped = me.post(&format!("/api/v1/consents/{consent}/withdrawal"), json!({})).await.expect(200);
        assert_eq!(stopped["taken_back"], json!([{ "recipient": ORIGIN, "kind": "record.supplied", "count": 1 }]));
        residence.sync(&origin).await;
        assert_eq!(origin.records_of(&at_home).await, Vec::<Value>::new());
        let again = id(&me.post(&path, give).await.expect(201));
        residence.sync(&origin).await;
        let told = me.post(&format!("/api/v1/consents/{again}/withdrawal"), json!({})).await.expect(200);
        assert_eq!(told["sent"][0]["recipient"], ORIGIN);
        residence.sync(&origin).await;
        let received = origin.records_of(&at_home).await[0].clone();
        assert!(received["consent_withdrawn_at"].is_string(), "that it came stays, and what it said is erased");
        let opening = json!({ "reason": reason("birth-registration"), "fields": ["birth.child"] });
        origin.clerk.post(&format!("/api/v1/civil-records/{}/disclosures", id(&received)), opening).await.refused(409, "erased");
        let words = me.get(&format!("/api/v1/consents/{consent}")).await.expect(200);
        assert_eq!(words["text"], shown["text"], "what was agreed to stays readable");
    }

    async fn for_a_child_a_guardian_consents_and_nobody_else(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let child = registered(&clerk, with(named("李小宝"), "birth_date", json!("2022-03-01"))).await;
        let neighbour = registered(&clerk, named("周远")).await;
        let give = |giver: &Value| {
            json!({ "given_by": giver["id"], "purpose": "record-exchange", "recipient": ORIGIN, "text_version": "2026-01" })
        };
        let path = at(&child, "/consents");
        clerk.post(&path, give(&child)).await.invalid("given_by", "guardian-needed");
        own_log_in(&app, &child).await.post(&path, give(&child)).await.invalid("given_by", "guardian-needed");
        clerk.post(&path, give(&neighbour)).await.invalid("given_by", "guardian-not-on-record");
        own_log_in(&app, &neighbour).await.post(&path, give(&neighbour)).await.refused(404, "not-found");
    }

    async fn nobody_is_sought_by_name_in_another_locality(db: TestDb) {
        let clock = morning();
        let (residence, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        let unpapered = with(named("李小宝"), "committee", json!(residence.committee));
        let child = id(&residence.clerk.post("/api/v1/residents", unpapered).await.expect(201));
        let question = json!({
            "resident_id": child, "reason": reason("marriage-check"), "wanted": { "questions": [{ "ask": "marriage-stands" }] },
        });
        residence.clerk.post("/api/v1/inquiries", question).await.refused(409, "document-needed");
    }

    async fn nothing_sealed_opens_without_purpose_basis_and_case(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, with(named("张小明"), "phone", json!("15400000014"))).await;
        let whole = json!({ "purpose": "identity-check", "basis": "residence-permit-regulations", "case": "2026-12" });
        let ask = |reason: &Value| {
            let (clerk, path) = (clerk.clone(), at(&zhang, "/disclosures"));
            let body = json!({ "reason": reason, "fields": ["phone"] });
            async move { clerk.post(&path, body).await }
        };
        for missing in ["purpose", "basis", "case"] {
            let mut reason = whole.clone();
            reason.as_object_mut().unwrap().remove(missing);
            ask(&reason).await.refused(422, "invalid");
            ask(&with(whole.clone(), missing, json!(""))).await.refused(422, "invalid");
        }
        assert!(!clerk.get(&at(&zhang, "")).await.expect(200).to_string().contains("5400000014"));
        ask(&whole).await.expect(200);
    }

    async fn a_purpose_opens_its_own_fields_to_its_own_roles_and_nothing_else(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, with(named("张小明"), "phone", json!("15400000014"))).await;
        let ask = async |purpose: &str, basis: &str, field: &str| {
            let reason = json!({ "purpose": purpose, "basis": basis, "case": "2026-12" });
            clerk.post(&at(&zhang, "/disclosures"), json!({ "reason": reason, "fields": [field] })).await
        };
        ask("marriage-check", "family-planning-law-14", "phone").await.refused(409, "purpose-does-not-open");
        ask("identity-check", "family-planning-law-14", "phone").await.refused(409, "basis-does-not-cover");
        ask("childcare-subsidy", "consent", "document").await.refused(409, "purpose-does-not-open");
        let me = own_log_in(&app, &zhang).await;
        assert_eq!(me.get("/api/v1/me/looks").await.expect(200)["items"], json!([]), "nothing was opened");
        ask("identity-check", "residence-permit-regulations", "phone").await.expect(200);

        let takeover = json!({ "document": { "kind": "citizen-id", "number": SPECIMEN }, "name": "张小明",
                               "committee": COMMITTEE, "reason": reason("identity-check") });
        clerk.post("/api/v1/residents/takeovers", takeover).await.refused(409, "purpose-does-not-open");
        let subsidy = json!({ "by": { "name": "张小明" }, "reason": reason("childcare-subsidy") });
        clerk.post("/api/v1/residents/searches", subsidy.clone()).await.expect(200);
        app.as_supervisor().await.post("/api/v1/residents/searches", subsidy).await.refused(409, "purpose-does-not-open");

        let listed = async |person: crate::harness::Person| {
            let lists = person.get("/api/v1/purposes").await.expect(200);
            let of = lists["purpose"].as_array().unwrap().iter().find(|purpose| purpose["code"] == "marriage-check");
            keys(&of.unwrap()["opens"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(listed(clerk.clone()).await, ["clerk"]);
        assert_eq!(listed(app.as_system_admin().await).await, Vec::<String>::new());
        assert_eq!(listed(me).await, ["clerk", "supervisor", "system"], "the person sees what may be opened to whom");
    }

    async fn a_question_is_answered_by_yes_or_no_and_nothing_besides(db: TestDb) {
        let (residence, origin, at_home, inquiry) = asked_and_answered(&db).await;
        let opened = residence.clerk.post(&format!("/api/v1/inquiries/{inquiry}/disclosures"), reason("marriage-check")).await;
        let opened = opened.expect(200);
        let answer = json!({ "outcome": { "result": "confirmed" }, "facts": null, "replies": ["no"], "under_investigation": false });
        assert_eq!(opened["answer"], answer);
        assert!(!opened.to_string().contains("李桂兰") && !opened.to_string().contains(&at_home));
        // The same question of the records here: as little, and the log says no more than what was asked.
        let (clerk, home) = (&origin.clerk, at_home.as_str());
        let asking = json!({ "reason": reason("marriage-check"), "questions": [{ "ask": "marriage-stands" }] });
        let path = format!("/api/v1/residents/{home}/questions");
        assert_eq!(clerk.post(&path, asking.clone()).await.expect(200), json!(["no"]));
        origin.marriage([json!({ "resident": home }), crate::localities::person("王守义", HUSBAND)]).await;
        assert_eq!(clerk.post(&path, asking).await.expect(200), json!(["yes"]));
        let me = origin.node.as_resident(home.parse().unwrap()).await;
        let look = me.get("/api/v1/me/looks").await.expect(200)["items"][0].clone();
        assert_eq!((&look["purpose"], &look["fields"]), (&json!("marriage-check"), &json!(["ask.marriage-stands"])));
        let record = id(&origin.records_of(home).await[0]);
        let opening = json!({ "reason": reason("marriage-check"), "fields": ["marriage.married_on"] });
        let opened = clerk.post(&format!("/api/v1/civil-records/{record}/disclosures"), opening).await.expect(200);
        assert_eq!(opened["body"], json!({ "marriage": { "married_on": "1972-05-20" } }), "the fields asked for and no more");
    }

    async fn ten_persons_are_shown_and_eleven_are_an_error(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for n in 0..11 {
            let found = clerk.post("/api/v1/residents/searches", searching(json!({ "name": "李四海" }))).await.expect(200);
            assert_eq!(found.as_array().unwrap().len(), n);
            registered(&clerk, named("李四海")).await;
        }
        let refused = clerk.post("/api/v1/residents/searches", searching(json!({ "name": "李四海" }))).await;
        assert!(!refused.refused(409, "too-many-hits").to_string().contains("李四海"));
        for short in ["李", "l", "li", ""] {
            clerk.post("/api/v1/residents/searches", searching(json!({ "name": short }))).await.refused(422, "invalid");
        }
    }

    async fn nobody_is_searched_for_without_purpose_basis_and_case(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let whole = searching(json!({ "name": "王小明" }));
        let card = json!({ "kind": "citizen-id", "number": SPECIMEN });
        let takeover = json!({ "document": card, "name": "王小明", "committee": crate::street::FIRST, "reason": whole["reason"] });
        for (path, asked) in [
            ("/api/v1/residents/searches", whole.clone()),
            ("/api/v1/residents/searches", searching(json!({ "document": card }))),
            ("/api/v1/residents/takeovers", takeover),
            ("/api/v1/landlords/searches", searching(json!({ "document": card }))),
        ] {
            street.clerk.post(path, with(asked.clone(), "reason", Value::Null)).await.refused(422, "invalid");
            for missing in ["purpose", "basis", "case"] {
                let mut aimless = asked.clone();
                aimless["reason"].as_object_mut().unwrap().remove(missing);
                street.clerk.post(path, aimless).await.refused(422, "invalid");
            }
            let mut curious = asked.clone();
            curious["reason"]["purpose"] = json!("curiosity");
            street.clerk.post(path, curious).await.refused(422, "invalid");
        }
        let me = street.app.as_resident(wang).await;
        assert_eq!(me.get("/api/v1/me/looks").await.expect(200)["items"], json!([]), "none of these searched");
        street.clerk.post("/api/v1/residents/searches", whole).await.expect(200);
        let looks = me.get("/api/v1/me/looks").await.expect(200);
        assert_eq!((&looks["items"][0]["purpose"], looks["items"][0]["case"].is_string()), (&json!("identity-check"), true));
    }

    async fn a_person_sees_every_look_search_and_takeover_and_the_office_behind_it(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let first = street.app.as_clerk_of(crate::street::FIRST).await;
        first.post("/api/v1/residents/searches", searching(json!({ "name": "王小明" }))).await.expect(200);
        let card = json!({ "kind": "citizen-id", "number": SPECIMEN });
        first.post("/api/v1/residents/searches", searching(json!({ "document": card }))).await.expect(200);
        let asked = json!({
            "reason": { "purpose": "identity-check", "basis": "residence-permit-regulations", "case": "2026-12" },
            "fields": ["document"],
        });
        first.post(&format!("/api/v1/residents/{wang}/disclosures"), asked).await.expect(200);
        let second = street.app.as_clerk_of(crate::street::SECOND).await;
        let shown = json!({ "document": card, "name": "王小明", "committee": crate::street::SECOND, "reason": reason("tenancy-registration") });
        second.post("/api/v1/residents/takeovers", shown).await.expect(200);
        let me = street.app.as_resident(wang).await;
        let looks = me.get("/api/v1/me/looks").await.expect(200);
        let seen: Vec<_> = looks["items"].as_array().unwrap().iter().map(|look| (&look["kind"], &look["office"])).collect();
        let (first, second) = (json!(crate::street::FIRST), json!(crate::street::SECOND));
        let kinds = ["resident.taken_over", "data.disclosed", "residents.searched", "residents.searched"].map(Value::from);
        assert_eq!(seen, [(&kinds[0], &second), (&kinds[1], &first), (&kinds[2], &first), (&kinds[3], &first)]);
        assert_eq!((&looks["items"][1]["purpose"], &looks["items"][1]["case"]), (&json!("identity-check"), &json!("2026-12")));
        let neighbour = street.app.as_resident(street.resident("李娜", None).await).await;
        assert_eq!(neighbour.get("/api/v1/me/looks").await.expect(200)["items"], json!([]));
    }

    async fn on_both_sides_of_an_exchange_the_person_sees_what_was_looked_at(db: TestDb) {
        let (residence, origin, at_home, inquiry) = asked_and_answered(&db).await;
        let at_home: Uuid = at_home.parse().unwrap();
        let me_there = origin.node.as_resident(at_home).await;
        let kinds = async |me: &Person| -> Vec<String> {
            let looks = me.get("/api/v1/me/looks").await.expect(200);
            looks["items"].as_array().unwrap().iter().map(|look| look["kind"].as_str().unwrap().to_owned()).collect()
        };
        assert!(kinds(&me_there).await.contains(&"data.disclosed".to_owned()));
        let opened = format!("/api/v1/inquiries/{inquiry}/disclosures");
        let opened = residence.clerk.post(&opened, reason("marriage-check")).await.expect(200);
        let me_here = residence.node.as_resident(opened["resident_id"].as_str().unwrap().parse().unwrap()).await;
        let looks = me_here.get("/api/v1/me/looks").await.expect(200);
        assert_eq!(kinds(&me_here).await, ["data.disclosed", "data.sent", "inquiry.asked"], "{looks}");
        assert!(looks["items"].as_array().unwrap().iter().any(|look| look["recipient"] == ORIGIN), "{looks}");
        // What was read here is seen at home as well, and that causes nothing in return.
        for _ in 0..2 {
            residence.sync(&origin).await;
            origin.sync(&residence).await;
        }
        let looks = me_there.get("/api/v1/me/looks").await.expect(200);
        let noted: Vec<_> = looks["items"].as_array().unwrap().iter().filter(|look| look["kind"] == "access.noted").collect();
        assert_eq!(noted.len(), 1, "{looks}");
        assert_eq!((&noted[0]["noted_by"], &noted[0]["office"]), (&json!(RESIDENCE), &json!(RESIDENCE)));
        assert_eq!((&noted[0]["purpose"], &noted[0]["basis"]), (&json!("marriage-check"), &json!("family-planning-law-14")));
        assert_eq!(noted[0]["office_name"], "河北省石家庄市长安区");
        assert!(!noted[0]["fields"].as_array().unwrap().is_empty());
        assert!(!kinds(&me_here).await.contains(&"access.noted".to_owned()));
    }

    async fn a_look_in_anothers_case_shows_its_category_and_basis_and_nothing_of_the_other(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let wife = here.resident("李桂兰", WIFE, ORIGIN).await;
        let husband = here.resident("王守义", HUSBAND, ORIGIN).await;
        let record = here.marriage([json!({ "resident": wife }), json!({ "resident": husband })]).await;
        let his_case = with(reason("marriage-check"), "case", json!("王守义申领2026-7"));
        here.clerk.post(&format!("/api/v1/civil-records/{record}/disclosures"), json!({ "reason": his_case, "fields": ["marriage.spouses"] })).await.expect(200);
        let me = here.node.as_resident(wife.parse().unwrap()).await;
        let looks = me.get("/api/v1/me/looks?limit=1").await.expect(200);
        let look = &looks["items"][0];
        assert_eq!((&look["category"], &look["basis"]), (&json!("civil-status"), &json!("family-planning-law-14")));
        assert!(look["basis_reference"].as_str().unwrap().contains("人口与计划生育法"));
        assert_eq!((&look["in_anothers_case"], &look["case"], &look["purpose"]), (&json!(true), &Value::Null, &Value::Null));
        for telling in [&husband, &record, "王守义", "申领", "marriage"] {
            assert!(!look.to_string().contains(telling), "{telling}: {look}");
        }
    }

    async fn a_confidential_access_needs_a_second_officer_shows_at_once_as_sealed_and_opens_on_its_day(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, supervisor) = (app.as_clerk().await, app.as_supervisor().await);
        let zhang = registered(&clerk, with(named("张小明"), "phone", json!("15400000014"))).await;
        let me = own_log_in(&app, &zhang).await;
        let asked = json!({ "reason": crate::residents::reason(), "fields": ["phone"], "until": "2026-12-24" });
        let access = id(&clerk.post(&at(&zhang, "/confidential-accesses"), asked).await.expect(201));
        let step = |step: &str| format!("/api/v1/confidential-accesses/{access}/{step}");
        clerk.post(&step("disclosure"), json!({})).await.refused(409, "access-not-approved");
        clerk.post(&step("approval"), json!({})).await.refused(403, "forbidden");
        supervisor.post(&step("approval"), json!({})).await.expect(200);
        assert_eq!(me.get("/api/v1/me/looks").await.expect(200)["items"], json!([]), "nobody has looked");
        clerk.post(&step("disclosure"), json!({})).await.expect(200);
        let sealed = me.get("/api/v1/me/looks").await.expect(200)["items"][0].clone();
        let said: Vec<&str> = sealed.as_object().unwrap().iter().filter(|(_, value)| {
            !(value.is_null() || **value == json!(false) || **value == json!([]))
        }).map(|(key, _)| key.as_str()).collect();
        assert_eq!(BTreeSet::from_iter(said), BTreeSet::from(["id", "at", "kind", "sealed_until"]));
        assert_eq!((&sealed["kind"], &sealed["sealed_until"]), (&json!("access.sealed"), &json!("2026-12-24")));
        // Midnight of that day in China, and nothing was run.
        let midnight: DateTime<Utc> = "2026-12-23T16:00:00Z".parse().unwrap();
        app.advance(midnight - app.now() - TimeDelta::seconds(1));
        let me = app.session_of(&me).await;
        assert_eq!(me.get("/api/v1/me/looks").await.expect(200)["items"][0], sealed);
        app.advance(TimeDelta::seconds(1));
        let opened = me.get("/api/v1/me/looks").await.expect(200)["items"][0].clone();
        assert_eq!((&opened["kind"], &opened["fields"]), (&json!("data.disclosed"), &json!(["phone"])));
        assert_eq!((&opened["office"], &opened["purpose"]), (&json!(COMMITTEE), &json!("identity-check")));
        assert_eq!((&opened["id"], &opened["at"]), (&sealed["id"], &sealed["at"]));
        app.app().tell_of_the_day().await.unwrap();
        let told = me.get("/api/v1/me/notices").await.expect(200)["items"][0].clone();
        assert_eq!((&told["kind"], &told["about_id"]), (&json!("access-opened"), &opened["id"]), "and the person is told");
    }

    async fn somebody_protected_is_found_by_named_officers_and_by_nobody_else(db: TestDb) {
        let refuge = crate::protection::Refuge::new(&db).await;
        let of_woman = format!("/api/v1/residents/{}", refuge.woman);
        let of_nobody = format!("/api/v1/residents/{}", Uuid::from_u128(1));
        let clerk = &refuge.street.clerk;
        for rest in ["", "/tenancies", "/civil-records", "/consents", "/residences-elsewhere"] {
            let hers = clerk.get(&format!("{of_woman}{rest}")).await;
            let nobodys = clerk.get(&format!("{of_nobody}{rest}")).await;
            assert_eq!(crate::protection::told(&hers, &[]), crate::protection::told(&nobodys, &[]), "{rest}");
            refuge.officer.get(&format!("{of_woman}{rest}")).await.expect(200);
        }
        let sheet = clerk.get(&format!("/api/v1/buildings/{}/occupancy", refuge.street.building)).await.expect(200);
        assert!(!sheet.to_string().contains(&refuge.woman.to_string()), "{sheet}");
    }

    async fn somebody_protected_and_somebody_unknown_get_the_same_neutral_answer(db: TestDb) {
        let (compared, seen) = crate::protection::compare_everywhere(&db).await;
        assert!(compared > 150, "{compared} comparisons: every route that names somebody, as everybody");
        assert!(seen >= 10, "{seen} of them can be seen by a named officer");
    }

    async fn a_protection_travels_with_the_record_to_peers(db: TestDb) {
        let clock = morning();
        let (here, home) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        here.trust(&home, "push").await;
        home.trust(&here, "push").await;
        let (woman, at_home) = (here.resident("李桂兰", WIFE, ORIGIN).await, home.resident("李桂兰", WIFE, ORIGIN).await);
        let flats = here.dwellings().await;
        here.moves_in(&woman, &flats[0], "2026-11-20").await;
        here.sync(&home).await;
        let officer = here.node.as_clerk_of(RESIDENCE).await;
        crate::protection::name(&here.node, &officer).await;
        let path = format!("/api/v1/residents/{woman}/protections");
        officer.post(&path, crate::protection::raising()).await.expect(201);
        here.sync(&home).await;
        home.clerk.get(&format!("/api/v1/residents/{at_home}")).await.refused(404, "not-found");
    }

    async fn a_person_sees_their_own_record_with_who_said_each_fact(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-20", "said_by": "committee" });
        street.clerk.post("/api/v1/tenancies", new).await.expect(201);
        let me = street.app.as_resident(wang).await;
        let record = me.get("/api/v1/me/record").await.expect(200);
        assert_eq!(record["resident"]["verification"], "unverified");
        assert!(record["documents"][0]["recorded_at"].is_string());
        let lived = me.get("/api/v1/me/tenancies").await.expect(200);
        assert_eq!(lived[0]["said_by"], "committee");
        assert!(lived[0]["recorded_at"].is_string());
        assert_eq!(me.get("/api/v1/me/civil-records").await.expect(200), json!([]));
    }

    async fn a_person_takes_along_everything_on_record_as_data_and_on_paper(db: TestDb) {
        let couple = Couple::new(&db).await;
        let me = couple.here_in_person().await;
        let taken = me.post("/api/v1/me/extracts", json!({ "form": "json" })).await.expect(200);
        for part in ["identity", "documents", "tenancies", "civil_records", "tellings", "looks"] {
            assert!(!taken[part].as_array().unwrap().is_empty(), "{part}");
        }
        let paper = me.post("/api/v1/me/extracts", json!({ "form": "pdf" })).await;
        assert!(paper.status == 200 && paper.body.starts_with(b"%PDF-"));
    }

    async fn a_correction_reaches_every_locality_that_received_the_fact_and_the_person_sees_that(db: TestDb) {
        let couple = Couple::new(&db).await;
        couple.correct(1).await;
        couple.meet().await;
        assert_eq!(couple.residence.records_of(&couple.here).await[0]["version"], 2);
        let told = couple.at_home_in_person().await.get("/api/v1/me/tellings").await.expect(200);
        let told = told.as_array().unwrap().last().unwrap();
        assert_eq!((&told["peer"], &told["version"], &told["state"]), (&json!(RESIDENCE), &json!(2), &json!("applied")));
    }

    async fn what_a_person_doubts_is_marked_in_every_locality_until_it_is_answered_with_a_reason(db: TestDb) {
        let couple = Couple::new(&db).await;
        let me = couple.here_in_person().await;
        let doubt = json!({ "about": { "civil-record": couple.record }, "reason": "wrong-day" });
        let raised = me.post("/api/v1/me/doubts", doubt).await.expect(201);
        couple.meet().await;
        let marked = async || {
            let here = couple.residence.records_of(&couple.here).await[0]["under_investigation_since"].is_string();
            let at_home = couple.origin.records_of(&couple.at_home).await[0]["under_investigation_since"].is_string();
            (here, at_home)
        };
        assert_eq!(marked().await, (true, true));
        let resolve = format!("/api/v1/doubts/{}/resolution", id(&raised));
        couple.origin.clerk.post(&resolve, json!({ "decision": "refused" })).await.invalid("reason", "missing-field");
        let refused = json!({ "decision": "refused", "reason": "register-agrees" });
        couple.origin.clerk.post(&resolve, refused).await.expect(200);
        couple.meet().await;
        assert_eq!(marked().await, (false, false));
        let told = me.get("/api/v1/me/doubts").await.expect(200);
        assert_eq!((&told[0]["state"], &told[0]["refusal"]), (&json!("refused"), &json!("register-agrees")));
    }

    async fn what_is_forgotten_opens_for_nobody_and_its_trace_stays_sound(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, with(named("张小明"), "phone", json!("15400000014"))).await;
        let other = registered(&clerk, with(named("王芳"), "phone", json!("15400000022"))).await;
        let asked = json!({
            "reason": { "purpose": "identity-check", "basis": "residence-permit-regulations", "case": "2026-12" },
            "fields": ["phone"],
        });
        clerk.post(&at(&zhang, "/disclosures"), asked.clone()).await.expect(200);
        let mut work = app.app().system_work().await.unwrap();
        anju::vault::shred(&mut work, zhang["id"].as_str().unwrap().parse().unwrap()).await.unwrap();
        work.commit().await.unwrap();
        clerk.post(&at(&zhang, "/disclosures"), asked.clone()).await.refused(409, "erased");
        clerk.post(&at(&other, "/disclosures"), asked).await.expect(200);
        app.app().seal_journal().await.unwrap();
        assert_eq!(app.as_auditor().await.get("/api/v1/journal/verification").await.expect(200)["sound"], true);
    }

    async fn who_left_is_forgotten_on_a_day_visible_in_advance_and_no_backup_brings_them_back(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        let tenancy = id(&street.clerk.post("/api/v1/tenancies", new).await.expect(201));
        let backup = street.app.backup().await;
        let out = json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&format!("/api/v1/tenancies/{tenancy}/move-out"), out).await.expect(200);
        let seen = street.app.as_resident(wang).await.get("/api/v1/me/record").await.expect(200);
        assert_eq!(seen["retention"]["file"]["delete_on"], "2029-11-20");
        let lived = format!("/api/v1/dwellings/{}/occupants?on=2026-11-10", street.flats[0]);
        let count = async || {
            let clerk = street.app.as_clerk_of(crate::street::FIRST).await;
            clerk.get(&lived).await.expect(200).as_array().unwrap().len()
        };
        let before = count().await;
        street.app.advance(chrono::TimeDelta::days(1070));
        street.app.app().tell_of_the_day().await.unwrap();
        let told = street.app.as_resident(wang).await.get("/api/v1/me/notices").await.expect(200);
        assert!(told["items"][0]["text"]["en"].as_str().unwrap().contains("will be erased on 2029-11-20"), "{told}");
        street.app.advance(chrono::TimeDelta::days(23));
        assert_eq!(anju::retention::run(street.app.app(), false).await.unwrap().persons.len(), 1);
        let hers = ["王小明".to_owned(), SPECIMEN.to_owned()];
        assert_eq!(crate::retention::traces(&street.app, &hers).await, Vec::<String>::new());
        assert_eq!(count().await, before, "what is counted stays");
        street.app.app().seal_journal().await.unwrap();
        let auditor = street.app.as_auditor().await;
        assert_eq!(auditor.get("/api/v1/journal/verification").await.expect(200)["sound"], true);
        let restored = street.app.restored(&db, &backup).await;
        assert_eq!(crate::retention::traces(&restored, &hers).await, Vec::<String>::new());
    }

    async fn whoever_alters_the_log_is_found_out_and_nobody_can_through_a_door(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = registered(&clerk, named("张小明")).await;
        clerk.post("/api/v1/residents/searches", searching(json!({ "name": "张小明" }))).await.expect(200);
        app.app().seal_journal().await.unwrap();
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            for path in ["/api/v1/journal/entries", "/api/v1/journal/verification", "/api/v1/me/looks"] {
                let reply = app.as_admin().await.request(method.clone(), path).json(&json!({})).send().await;
                reply.refused(405, "method-not-allowed");
            }
        }
        let me = own_log_in(&app, &zhang).await;
        assert_eq!(me.get("/api/v1/me/looks").await.expect(200)["items"].as_array().unwrap().len(), 1);
        let auditor = app.as_auditor().await;
        assert_eq!(auditor.get("/api/v1/journal/verification").await.expect(200)["sound"], true);
        let altered = app.tamper("update journal set entry = replace(entry, '\"hits\":1', '\"hits\":0') where kind = 'residents.searched'").await;
        assert_eq!(altered, 1);
        assert_eq!(auditor.get("/api/v1/journal/verification").await.expect(200)["sound"], false);
    }

    async fn a_person_proves_offline_what_the_log_says_of_them_and_any_change_of_it_shows(db: TestDb) {
        let (app, extract) = crate::proofs::looked_at(&db).await;
        let keys = app.anon().get("/api/v1/journal/keys").await.expect(200);
        let published = keys[0]["fingerprint"].as_str().unwrap();
        let told = |file: &str| journal::check(&serde_json::from_str(file).unwrap(), Some(published)).unwrap();
        let file = extract.to_string();
        assert!(told(&file).holds() && told(&file).pinned == Some(true));
        assert!(!told(&file.replacen("data.disclosed", "resident.verified", 1)).holds());
    }
}

/// Somebody's origin was asked whether a marriage stands, and answered that none does; the file there, the inquiry.
async fn asked_and_answered(db: &TestDb) -> (Locality, Locality, String, String) {
    let clock = morning();
    let (residence, origin) = (Locality::open(db, RESIDENCE, &clock).await, Locality::open(db, ORIGIN, &clock).await);
    residence.trust(&origin, "push").await;
    origin.trust(&residence, "push").await;
    let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
    let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
    let question = json!({
        "resident_id": here, "reason": reason("marriage-check"), "wanted": { "questions": [{ "ask": "marriage-stands" }] },
    });
    let inquiry = id(&residence.clerk.post("/api/v1/inquiries", question).await.expect(201));
    residence.sync(&origin).await;
    let answer = format!("/api/v1/inquiries/{inquiry}/answer");
    origin.clerk.post(&answer, json!({ "decision": "answer" })).await.expect(200);
    origin.sync(&residence).await;
    (residence, origin, at_home, inquiry)
}

#[test]
fn each_promise_in_the_readme_has_its_test_here() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (readme, tests) = (read("README.md"), read("tests/it/rights.rs"));
    let table = readme.split("## What is promised").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut promised = 0;
    for row in table.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")) {
        let test = row.rsplit('`').nth(1).unwrap();
        assert!(tests.contains(&format!("fn {test}(")), "{test} stands in the README and not here");
        promised += 1;
    }
    assert!(promised > 30, "{promised}");
}
