//! What is kept how long, and forgetting: visible in advance, complete, and not undone by an old backup.

use anju::db::Db;
use anju::retention;
use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, TestApp, TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, RESIDENCE, WIFE, id, morning, person, reason};
use crate::street::{SPECIMEN, Street};

const PHONE: &str = "15400000014";

/// Everywhere in the database that one of the texts stands, as itself or in bytes: every column of every table.
pub async fn traces(app: &TestApp, needles: &[String]) -> Vec<String> {
    let sqlite = matches!(app.app().db(), Db::Sqlite { .. });
    let columns = if sqlite {
        "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'"
    } else {
        "select cast(table_name || '.' || column_name as text) from information_schema.columns
         where table_schema = 'public'"
    };
    let columns = app.raw::<String>(columns).await;
    assert!(columns.len() > 200);
    let mut needles: Vec<String> = needles.to_vec();
    let hex = |text: &String| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    needles.extend(needles.iter().map(hex).collect::<Vec<_>>());
    let mut found = Vec::new();
    for column in columns {
        let (table, name) = column.split_once('.').unwrap();
        let text = match sqlite {
            true => format!("case typeof({name}) when 'blob' then lower(hex({name})) else cast({name} as text) end"),
            false => format!("cast({name} as text)"),
        };
        for value in app.raw::<String>(&format!("select {text} from {table} where {name} is not null")).await {
            found.extend(needles.iter().filter(|needle| value.contains(*needle)).map(|n| format!("{column}: {n}")));
        }
    }
    found
}

async fn run(app: &TestApp) -> retention::Report {
    retention::run(app.app(), false).await.unwrap()
}

fn forgotten(report: &retention::Report) -> Vec<(String, &str)> {
    report.persons.iter().map(|(_, id, rule)| (id.to_string(), rule.as_str())).collect()
}

async fn sound(app: &TestApp) {
    app.app().seal_journal().await.unwrap();
    let found = app.as_auditor().await.get("/api/v1/journal/verification").await.expect(200);
    assert_eq!(found["sound"], true, "{found}");
}

/// A wife and her husband with everything the register can hold of a person, in exchange with her origin.
struct Life {
    here: Locality,
    origin: Locality,
    wife: String,
    husband: String,
    tenancy: String,
    dwelling: String,
    next_door: String,
    me: Person,
    /// Her name, number and telephone, and her card's blind index.
    hers: Vec<String>,
}

impl Life {
    async fn new(db: &TestDb) -> Self {
        let clock = morning();
        let (here, origin) = (Locality::open(db, RESIDENCE, &clock).await, Locality::open(db, ORIGIN, &clock).await);
        here.trust(&origin, "push").await;
        origin.trust(&here, "push").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let [dwelling, next_door] = here.dwellings().await.try_into().unwrap();
        let wife = report_and_accept(&here, &dwelling).await;
        let husband = here.resident("王守义", HUSBAND, ORIGIN).await;
        here.clerk.put(&format!("/api/v1/residents/{wife}/phone"), json!({ "phone": PHONE })).await.expect(204);
        origin.marriage([json!({ "resident": at_home }), person("王守义", HUSBAND)]).await;
        let question = json!({
            "resident_id": wife, "reason": reason("marriage-check"), "wanted": { "questions": [{ "ask": "marriage-stands" }] },
        });
        let inquiry = id(&here.clerk.post("/api/v1/inquiries", question).await.expect(201));
        here.sync(&origin).await;
        origin
            .clerk
            .post(&format!("/api/v1/inquiries/{inquiry}/answer"), json!({ "decision": "answer" }))
            .await
            .expect(200);
        origin.sync(&here).await;
        assert_eq!(here.records_of(&wife).await.len(), 1);
        let tenancies = here.clerk.get(&format!("/api/v1/residents/{wife}/tenancies")).await.expect(200);
        let tenancy = id(&tenancies[0]);
        let me = here.node.as_resident(wife.parse().unwrap()).await;
        me.post(&format!("/api/v1/me/tenancies/{tenancy}/dispute"), json!({ "reason": "李桂兰不住这里" }))
            .await
            .expect(200);
        let index = format!("select {} from document_lookup where resident_id = ", hex_of(&here.node));
        let index = here.node.raw::<String>(&format!("{index}{}", literal(&here.node, &wife))).await.remove(0);
        let hers = vec!["李桂兰".to_owned(), "liguilan".to_owned(), WIFE.to_owned(), PHONE.to_owned(), index];
        Self { here, origin, wife, husband, tenancy, dwelling, next_door, me, hers }
    }

    async fn leaves(&self) {
        let settled = json!({ "answer": "李桂兰已说明" });
        self.here.clerk.post(&format!("/api/v1/tenancies/{}/settlement", self.tenancy), settled).await.expect(200);
        let out = json!({ "on": "2026-11-23", "said_by": "resident", "version": 1 });
        self.here.clerk.post(&format!("/api/v1/tenancies/{}/move-out", self.tenancy), out).await.expect(200);
        self.here.sync(&self.origin).await;
    }
}

fn hex_of(app: &TestApp) -> &'static str {
    match app.app().db() {
        Db::Sqlite { .. } => "lower(hex(blind_index))",
        Db::Postgres(_) => "encode(blind_index, 'hex')",
    }
}

/// An id in a statement past all rules.
fn literal(app: &TestApp, id: &str) -> String {
    match app.app().db() {
        Db::Sqlite { .. } => format!("x'{}'", id.replace('-', "")),
        Db::Postgres(_) => format!("'{id}'"),
    }
}

async fn report_and_accept(here: &Locality, dwelling: &str) -> String {
    let landlord = json!({ "committee": here.committee, "kind": "landlord", "legal_form": "person", "name": "赵房东" });
    let landlord = id(&here.clerk.post("/api/v1/landlords", landlord).await.expect(201));
    let answers_for = json!({ "dwelling_id": dwelling, "from": "2026-01-01" });
    here.clerk.post(&format!("/api/v1/landlords/{landlord}/responsibilities"), answers_for).await.expect(201);
    let landlord = here.node.as_landlord(landlord.parse().unwrap()).await;
    let filed = json!({
        "dwelling_id": dwelling, "kind": "move-in", "moved_on": "2026-11-20",
        "occupant": { "name": "李桂兰", "document": { "kind": "citizen-id", "number": WIFE } },
    });
    let report = id(&landlord.post("/api/v1/me/reports", filed).await.expect(201));
    let accept = json!({ "version": 1, "new_resident": { "sex": "female", "origin": ORIGIN } });
    let accepted = here.clerk.post(&format!("/api/v1/reports/{report}/acceptance"), accept).await.expect(200);
    accepted["resident_id"].as_str().unwrap().to_owned()
}

async fn moved(street: &Street, resident: Uuid, out: Option<&str>) -> String {
    let new =
        json!({ "resident_id": resident, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
    let tenancy = id(&street.clerk.post("/api/v1/tenancies", new).await.expect(201));
    if let Some(on) = out {
        let out = json!({ "on": on, "said_by": "resident", "version": 1 });
        street.clerk.post(&format!("/api/v1/tenancies/{tenancy}/move-out"), out).await.expect(200);
    }
    tenancy
}

async fn file(person: &Person) -> Value {
    person.get("/api/v1/me/record").await.expect(200)["retention"]["file"].clone()
}

both_databases! {
    async fn the_day_is_visible_in_advance_and_a_return_cancels_it(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let me = street.app.as_resident(wang).await;
        assert_eq!(file(&me).await["rule"], "never-lived-here");
        let tenancy = moved(&street, wang, None).await;
        assert_eq!(file(&me).await["delete_on"], Value::Null);
        let out = json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&format!("/api/v1/tenancies/{tenancy}/move-out"), out).await.expect(200);
        let seen = file(&me).await;
        assert_eq!((&seen["delete_on"], &seen["rule"]), (&json!("2029-11-20"), &json!("departed")));
        let policies = me.get("/api/v1/me/record").await.expect(200)["retention"]["policies"].clone();
        let departed = policies.as_array().unwrap().iter().find(|policy| policy["kind"] == "departed").unwrap();
        assert!(departed["reference"].as_str().unwrap().contains("个人信息保护法"), "{departed}");
        let read = street.clerk.get(&format!("/api/v1/residents/{wang}/retention")).await.expect(200);
        assert_eq!(read["file"], seen);
        let coming = street.clerk.get("/api/v1/deletions?until=2029-11-20").await.expect(200);
        let only = json!({ "resident_id": wang, "committee": crate::street::FIRST });
        for (key, value) in only.as_object().unwrap().iter().chain(seen.as_object().unwrap()) {
            assert_eq!(&coming["items"][0][key], value, "{coming}");
        }
        assert_eq!(coming["items"].as_array().unwrap().len(), 1);
        assert!(!coming.to_string().contains("王小明"));
        let elsewhere = street.app.as_clerk_of("130102007029").await;
        assert_eq!(elsewhere.get("/api/v1/deletions?until=2029-11-20").await.expect(200)["items"], json!([]));
        assert_eq!(street.clerk.get("/api/v1/deletions").await.expect(200)["items"], json!([]), "not within ninety days");
        street.app.advance(TimeDelta::days(30));
        let again = json!({ "resident_id": wang, "dwelling_id": street.flats[1], "on": "2026-12-01", "said_by": "resident" });
        street.app.as_clerk_of("130102001").await.post("/api/v1/tenancies", again).await.expect(201);
        let me = street.app.as_resident(wang).await;
        assert_eq!(file(&me).await, json!({ "delete_on": null, "rule": null, "held_by": [], "held_until": null, "asked_on": null }));
    }

    async fn who_left_is_forgotten_in_every_column_when_the_day_has_come(db: TestDb) {
        let life = Life::new(&db).await;
        let app = &life.here.node;
        life.here.moves_in(&life.husband, &life.next_door, "2026-11-20").await;
        life.leaves().await;
        app.advance(TimeDelta::days(365 * 3));
        assert_eq!(forgotten(&run(app).await), [], "three years have 1,096 days here");
        assert_ne!(traces(app, &life.hers).await, Vec::<String>::new());
        app.advance(TimeDelta::days(1));
        let dry = retention::run(app.app(), true).await.unwrap();
        assert_eq!(forgotten(&dry), [(life.wife.clone(), "departed")]);
        assert_eq!(forgotten(&run(app).await), [(life.wife.clone(), "departed")]);
        assert_eq!(traces(app, &life.hers).await, Vec::<String>::new());
        assert_eq!(forgotten(&run(app).await), []);
        sound(app).await;
        let clerk = app.as_clerk_of(RESIDENCE).await;
        clerk.get(&format!("/api/v1/residents/{}", life.wife)).await.refused(404, "not-found");
        clerk.get(&format!("/api/v1/residents/{}/civil-records", life.wife)).await.refused(404, "not-found");
        life.me.get("/api/v1/me/record").await.refused(401, "not-signed-in");
        let day = format!("/api/v1/dwellings/{}/occupants?on=2026-11-21", life.dwelling);
        let lived = clerk.get(&day).await.expect(200);
        assert_eq!(lived.as_array().unwrap().len(), 1, "the dwelling's history counts as many as before");
        let record = clerk.get(&format!("/api/v1/residents/{}/civil-records", life.husband)).await.expect(200);
        assert_eq!(record.as_array().unwrap().len(), 1, "the husband keeps his marriage");
        let opened = json!({ "reason": reason("marriage-check"), "fields": ["marriage.married_on"] });
        clerk.post(&format!("/api/v1/civil-records/{}/disclosures", id(&record[0])), opened).await.expect(200);
    }

    async fn with_the_last_of_its_people_a_record_is_shredded(db: TestDb) {
        let life = Life::new(&db).await;
        let app = &life.here.node;
        let marriage = id(&life.here.records_of(&life.wife).await[0]);
        life.leaves().await;
        app.advance(TimeDelta::days(365 * 4));
        // The husband never lived here, so his year is over.
        assert_eq!(run(app).await.persons.len(), 2);
        let key = format!("select node_key_id from data_keys where owner_id = {}", literal(app, &marriage));
        assert_eq!(app.raw::<String>(&key).await, Vec::<String>::new());
        let left: Vec<i32> = app.raw("select length(body) + length(fingerprint) from civil_records").await;
        assert_eq!(left, [0], "that there was a record still counts");
    }

    async fn what_is_open_holds_a_file_visibly(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let tenancy = moved(&street, wang, Some("2026-11-20")).await;
        let me = street.app.as_resident(wang).await;
        me.post(&format!("/api/v1/me/tenancies/{tenancy}/dispute"), json!({ "reason": "日期不对" })).await.expect(200);
        let seen = file(&me).await;
        assert_eq!((&seen["delete_on"], &seen["held_by"]), (&json!("2029-11-20"), &json!(["dispute"])));
        me.post("/api/v1/me/erasure", json!({})).await.refused(409, "erasure-held");
        street.app.advance(TimeDelta::days(1200));
        let supervisor = street.app.as_supervisor().await;
        let report = run(&street.app).await;
        assert_eq!((report.persons.len(), report.held), (0, 1));
        let answer = json!({ "answer": "已核对" });
        let clerk = street.app.as_clerk_of("130102001").await;
        let holds = format!("/api/v1/residents/{wang}/holds");
        let hold = |until: &str| json!({ "case": "石检〔2030〕第3号", "until": until });
        supervisor.post(&holds, hold("2030-03-01")).await.invalid("until", "in-the-past");
        supervisor.post(&holds, hold("2032-03-09")).await.invalid("until", "too-late");
        clerk.post(&holds, hold("2030-03-20")).await.refused(403, "forbidden");
        let placed = supervisor.post(&holds, hold("2030-03-20")).await.expect(201);
        clerk.post(&format!("/api/v1/tenancies/{tenancy}/settlement"), answer).await.expect(200);
        let read = clerk.get(&format!("/api/v1/residents/{wang}/retention")).await.expect(200);
        assert_eq!((&read["file"]["held_by"], &read["holds"][0]["case"]), (&json!(["legal-hold"]), &json!("石检〔2030〕第3号")));
        assert_eq!(run(&street.app).await.held, 1);
        let lift = format!("/api/v1/holds/{}/lift", id(&placed));
        supervisor.post(&lift, json!({})).await.expect(200);
        supervisor.post(&lift, json!({})).await.refused(409, "hold-lifted");
        supervisor.post(&holds, hold("2030-03-09")).await.expect(201);
        assert_eq!(run(&street.app).await.held, 1);
        street.app.advance(TimeDelta::days(3));
        assert_eq!(forgotten(&run(&street.app).await), [(wang.to_string(), "departed")], "a hold ends by itself");
    }

    async fn a_person_asks_for_deletion_and_may_think_again(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let me = street.app.as_resident(wang).await;
        me.delete("/api/v1/me/erasure").await.refused(409, "erasure-not-asked");
        let tenancy = moved(&street, wang, None).await;
        me.post("/api/v1/me/erasure", json!({})).await.refused(409, "erasure-while-residing");
        let out = json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&format!("/api/v1/tenancies/{tenancy}/move-out"), out).await.expect(200);
        let asked = me.post("/api/v1/me/erasure", json!({})).await.expect(200);
        assert_eq!((&asked["delete_on"], &asked["rule"]), (&json!("2027-05-20"), &json!("on-request")), "six months at least");
        let kept = me.delete("/api/v1/me/erasure").await.expect(200);
        assert_eq!(kept["delete_on"], "2029-11-20");
        street.app.advance(TimeDelta::days(365));
        let clerk = street.app.as_clerk_of("130102001").await;
        let asked = clerk.post(&format!("/api/v1/residents/{wang}/erasure"), json!({})).await.expect(200);
        assert_eq!(asked["delete_on"], "2027-12-07");
        street.app.advance(TimeDelta::days(13));
        assert_eq!(forgotten(&run(&street.app).await), []);
        street.app.advance(TimeDelta::days(1));
        assert_eq!(forgotten(&run(&street.app).await), [(wang.to_string(), "on-request")]);
        assert_eq!(traces(&street.app, &["王小明".to_owned(), SPECIMEN.to_owned()]).await, Vec::<String>::new());
        assert_eq!(street.journal_about(wang, "resident.forgotten").await, [json!({ "resident": wang, "rule": "on-request" })]);
    }

    async fn a_restored_backup_brings_nobody_back(db: TestDb) {
        let life = Life::new(&db).await;
        let backup = life.here.node.backup().await;
        life.leaves().await;
        life.here.node.advance(TimeDelta::days(1100));
        assert_eq!(run(&life.here.node).await.persons.len(), 2);
        // In the backup she still lives here: no rule would forget her again, the ledger does.
        let app = life.here.node.restored(&db, &backup).await;
        assert_eq!(traces(&app, &life.hers).await, Vec::<String>::new());
        let clerk = app.as_clerk_of(RESIDENCE).await;
        let card = json!({ "by": { "document": { "kind": "citizen-id", "number": WIFE } }, "reason": reason("identity-check") });
        assert_eq!(clerk.post("/api/v1/residents/searches", card).await.expect(200), json!([]));
        clerk.get(&format!("/api/v1/residents/{}", life.wife)).await.refused(404, "not-found");
        let again: Vec<String> = app.raw("select entry from journal where kind = 'resident.forgotten'").await;
        assert_eq!(again.len(), 2);
        assert!(again.iter().all(|entry| entry.contains("\"restored\"")), "{again:?}");
        sound(&app).await;
        assert_eq!(retention::forget_again(app.app()).await.unwrap(), 0);
        // Without the ledger it would: the test of the test.
        std::fs::remove_file(app.folder().join("forgotten.log")).unwrap();
        let without = life.here.node.restored(&db, &backup).await;
        assert_ne!(traces(&without, &life.hers).await, Vec::<String>::new());
    }

    async fn nobody_is_forgotten_whom_the_ledger_cannot_take_down(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        moved(&street, wang, Some("2026-11-20")).await;
        std::fs::create_dir(street.app.folder().join("forgotten.log")).unwrap();
        street.app.advance(TimeDelta::days(1200));
        assert!(retention::run(street.app.app(), false).await.is_err());
        assert_ne!(traces(&street.app, &["王小明".to_owned()]).await, Vec::<String>::new());
        std::fs::remove_dir(street.app.folder().join("forgotten.log")).unwrap();
        assert_eq!(run(&street.app).await.persons.len(), 1);
    }

    async fn a_report_nobody_decided_is_emptied_and_may_be_filed_anew(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let filed = json!({
            "dwelling_id": street.flats[0], "kind": "move-in", "moved_on": "2026-11-20",
            "occupant": { "name": "王小明", "document": { "kind": "citizen-id", "number": SPECIMEN } },
        });
        let report = id(&landlord.post("/api/v1/me/reports", filed.clone()).await.expect(201));
        street.app.advance(TimeDelta::days(179));
        assert_eq!(run(&street.app).await.reports, 0);
        street.app.advance(TimeDelta::days(1));
        assert_eq!(run(&street.app).await.reports, 1);
        assert_eq!(traces(&street.app, &["王小明".to_owned(), SPECIMEN.to_owned()]).await, Vec::<String>::new());
        let landlord = street.app.as_landlord(landlord.user().landlord_id.unwrap()).await;
        let seen = landlord.get(&format!("/api/v1/me/reports/{report}")).await.expect(200);
        assert_eq!((&seen["state"], &seen["occupant_name"]), (&json!("returned"), &json!("—")));
        landlord.post("/api/v1/me/reports", filed).await.expect(201);
    }

    async fn old_messages_and_answers_shrink_to_what_proves_them(db: TestDb) {
        let life = Life::new(&db).await;
        let app = &life.here.node;
        life.here.sync(&life.origin).await;
        let before = life.here.peer(&life.origin).await;
        app.advance(TimeDelta::days(181));
        let report = run(app).await;
        assert!(report.messages >= 4, "{report}");
        assert_eq!(report.inquiries, 0);
        let texts: Vec<String> = app.raw("select envelope from stream_out union select envelope from stream_in").await;
        assert_eq!(texts, ["forgotten"]);
        let hashes: Vec<String> = app.raw("select hash from stream_out").await;
        assert!(hashes.iter().all(|hash| hash.len() == 43));
        life.here.clerk.clone().get("/api/v1/me").await.refused(401, "not-signed-in");
        app.advance(TimeDelta::days(200));
        assert_eq!(run(app).await.inquiries, 1);
        // Both sides still agree on what was said.
        let clerk = app.as_clerk_of(RESIDENCE).await;
        let report = clerk.post(&format!("/api/v1/peers/{ORIGIN}/sync"), json!({})).await.expect(200);
        assert_eq!((&report["result"], &report["agreed_through"]), (&json!("done"), &before["sent"]));
    }
}

#[test]
fn the_days_of_the_stories_are_what_the_calendar_says() {
    let left: NaiveDate = "2026-11-23".parse().unwrap();
    assert_eq!(left.checked_add_days(Days::new(1096)).unwrap().to_string(), "2029-11-23");
}
