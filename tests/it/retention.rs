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

/// The columns of ids that hold this one, the journal's sealed history aside.
async fn rows_with(app: &TestApp, id: &str) -> Vec<String> {
    let sqlite = matches!(app.app().db(), Db::Sqlite { .. });
    let columns = if sqlite {
        "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c
         where m.type = 'table' and lower(c.type) = 'uuid'"
    } else {
        "select cast(table_name || '.' || column_name as text) from information_schema.columns
         where table_schema = 'public' and data_type = 'uuid'"
    };
    let mut found = Vec::new();
    for column in app.raw::<String>(columns).await {
        let (table, name) = column.split_once('.').unwrap();
        let count = format!("select cast(count(*) as bigint) from {table} where {name} = {}", literal(app, id));
        if app.raw::<i64>(&count).await[0] > 0 {
            found.push(column);
        }
    }
    found.sort();
    found
}

/// What becomes of each table when a person is forgotten: `-` holds nothing of a person; `gone` loses the person's rows;
/// `emptied` keeps a row without what it said; `kept` says nothing but ids, codes and days, and why it stays.
const TABLES: &[(&str, &str)] = &[
    ("account_notices", "gone"),
    ("answered_requests", "gone"),
    ("buildings", "-"),
    ("cases", "kept: that a message waited and was worked on"),
    ("civil_record_messages", "kept: which messages brought a record"),
    ("civil_record_subjects", "emptied: the tie to the person is cut"),
    ("civil_records", "emptied with the last of its people, who else keep it"),
    ("confidential_accesses", "kept: who asked for, approved and used what, which is the officers' matter"),
    ("consents", "kept: proof of what was sent; the words name two localities and nobody"),
    ("data_keys", "gone"),
    ("document_lookup", "gone"),
    ("doubts", "emptied: who doubted is cut, the words of a list stay"),
    ("dwellings", "-"),
    ("erasure_holds", "kept: who held what back, and why"),
    ("erasure_requests", "gone"),
    ("erasure_tellings", "gone"),
    ("export_rows", "kept: a leaked roll is traced by it"),
    ("exports", "-"),
    ("housing_codes", "-"),
    ("inquiries", "emptied: question and answer"),
    ("journal", "kept: the chain; ids, codes and days alone"),
    ("journal_checkpoints", "-"),
    ("journal_cosigned", "-"),
    ("journal_keys", "-"),
    ("journal_looks", "kept: who looked, which is the officers' matter"),
    ("journal_sealed", "kept: which looks were sealed"),
    ("journal_seals", "kept: the chain"),
    ("journal_subjects", "kept: the chain"),
    ("journal_tree", "kept: the chain"),
    ("journal_unsealed", "-"),
    ("journal_verifications", "-"),
    ("landlords", "emptied once they answer for nothing any more"),
    ("look_counts", "-"),
    ("node_settings", "-"),
    ("notices", "gone"),
    ("peers", "-"),
    ("projections", "-"),
    ("protection_attempts", "gone"),
    ("protection_officers", "-"),
    ("protections", "emptied: the document's index; it goes on hiding where somebody lived"),
    ("recovery_codes", "gone"),
    ("reports", "emptied: name, document, telephone, reason"),
    ("residence_notices", "kept: since when a locality was told that somebody lives here"),
    ("residences_elsewhere", "emptied: the office to ask"),
    ("resident_documents", "gone"),
    ("resident_name_terms", "gone"),
    ("residents", "emptied: committee, sex and county of origin stay for the counts"),
    ("responsibilities", "kept: the history of dwellings"),
    ("second_factors", "gone"),
    ("seen_requests", "-"),
    ("sessions", "gone"),
    ("stream_heads", "-"),
    ("stream_in", "emptied: the envelope; its hash stays"),
    ("stream_out", "emptied: the envelope; its hash stays"),
    ("tenancies", "emptied: the reason; the history of dwellings stays"),
    ("tenancy_disputes", "emptied: what was said and answered"),
    ("tenancy_statements", "kept: a word of a list, and days"),
    ("tenancy_turns", "-"),
    ("tokens", "gone"),
    ("users", "emptied: log-in, name and password"),
    ("witness_evidence", "-"),
    ("witnessed_checkpoints", "-"),
];

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

    async fn what_becomes_of_each_table_is_decided(db: TestDb) {
        let app = TestApp::new(&db).await;
        let tables = match app.app().db() {
            Db::Sqlite { .. } => "select name from sqlite_master where type = 'table'",
            Db::Postgres(_) => "select cast(table_name as text) from information_schema.tables where table_schema = 'public'",
        };
        let mut tables: Vec<String> = app.raw(tables).await;
        tables.retain(|table| !table.starts_with("_sqlx") && !table.starts_with("sqlite_"));
        tables.sort();
        assert_eq!(tables, TABLES.iter().map(|(table, _)| *table).collect::<Vec<_>>());
    }

    async fn of_a_forgotten_person_and_their_account_only_rows_that_say_nothing_stay(db: TestDb) {
        let life = Life::new(&db).await;
        let (here, app, wife, me) = (&life.here, &life.here.node, &life.wife, &life.me);
        here.moves_in(&life.husband, &life.next_door, "2026-11-20").await;
        let doubt = json!({ "about": { "identity": "name" }, "reason": "wrong-name" });
        let doubt = id(&me.post("/api/v1/me/doubts", doubt).await.expect(201));
        let resolved = json!({ "decision": "refused", "reason": "document-agrees" });
        here.clerk.post(&format!("/api/v1/doubts/{doubt}/resolution"), resolved).await.expect(200);
        let consent = json!({ "given_by": wife, "purpose": "record-exchange", "recipient": ORIGIN, "text_version": "2026-01" });
        me.post(&format!("/api/v1/residents/{wife}/consents"), consent).await.expect(201);
        let asked = json!({ "reason": reason("identity-check"), "fields": ["phone"], "until": "2026-12-01" });
        let access = here.clerk.post(&format!("/api/v1/residents/{wife}/confidential-accesses"), asked).await.expect(201);
        let access = format!("/api/v1/confidential-accesses/{}", id(&access));
        app.as_supervisor().await.post(&format!("{access}/approval"), json!({})).await.expect(200);
        here.clerk.post(&format!("{access}/disclosure"), json!({})).await.expect(200);
        crate::sign_in::enrolled(app, me).await;
        life.leaves().await;
        app.advance(TimeDelta::days(1080));
        assert_eq!(app.app().tell_of_the_day().await.unwrap(), 2, "the look that opened, and the day to come");
        let account = me.id().to_string();
        let before = [rows_with(app, wife).await, rows_with(app, &account).await];
        for there in ["notices.resident_id", "erasure_tellings.resident_id", "doubts.resident_id", "data_keys.owner_id"] {
            assert!(before[0].iter().any(|column| column == there), "{there}: {before:?}");
        }
        for there in ["second_factors.user_id", "recovery_codes.user_id", "sessions.user_id", "doubts.raised_by"] {
            assert!(before[1].iter().any(|column| column == there), "{there}: {before:?}");
        }
        app.advance(TimeDelta::days(16));
        assert_eq!(forgotten(&run(app).await), [(wife.clone(), "departed")]);
        let hers = [life.hers.as_slice(), &[me.user().login.to_string()]].concat();
        assert_eq!(traces(app, &hers).await, Vec::<String>::new());
        let stays = [
            "confidential_accesses.resident_id", "consents.given_by", "consents.resident_id", "doubts.about_id",
            "inquiries.resident_id", "journal_subjects.subject_id", "reports.resident_id", "residence_notices.resident_id",
            "residents.id", "tenancies.resident_id", "tenancy_turns.resident_id", "users.resident_id",
        ];
        assert_eq!(rows_with(app, wife).await, stays);
        assert_eq!(rows_with(app, &account).await, ["tenancy_disputes.disputed_by", "users.id"]);
        assert_eq!(app.app().tell_of_the_day().await.unwrap(), 0, "nothing is told of it any more");
        sound(app).await;
    }

    async fn an_open_doubt_holds_a_file_as_a_dispute_does(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        moved(&street, wang, Some("2026-11-20")).await;
        let me = street.app.as_resident(wang).await;
        let doubt = json!({ "about": { "identity": "origin" }, "reason": "wrong-place" });
        let doubt = id(&me.post("/api/v1/me/doubts", doubt).await.expect(201));
        let seen = file(&me).await;
        assert_eq!((&seen["delete_on"], &seen["held_by"]), (&json!("2029-11-20"), &json!(["doubt"])));
        me.post("/api/v1/me/erasure", json!({})).await.refused(409, "erasure-held");
        street.app.advance(TimeDelta::days(1200));
        let report = run(&street.app).await;
        assert_eq!((report.persons.len(), report.held), (0, 1));
        let clerk = street.app.as_clerk_of("130102001").await;
        let resolved = json!({ "decision": "refused", "reason": "register-agrees" });
        clerk.post(&format!("/api/v1/doubts/{doubt}/resolution"), resolved).await.expect(200);
        assert_eq!(forgotten(&run(&street.app).await), [(wang.to_string(), "departed")]);
    }

    async fn a_landlord_who_answers_for_nothing_any_more_is_forgotten_on_a_day_they_see(db: TestDb) {
        let street = Street::new(&db).await;
        let app = &street.app;
        let new = json!({
            "committee": crate::street::FIRST, "kind": "landlord", "legal_form": "person", "name": "赵房东",
            "document": { "kind": "citizen-id", "number": SPECIMEN }, "phone": PHONE,
        });
        let zhao = id(&street.clerk.post("/api/v1/landlords", new.clone()).await.expect(201));
        let path = format!("/api/v1/landlords/{zhao}");
        let answers_for = json!({ "dwelling_id": street.flats[0], "from": "2026-01-01" });
        let duty = id(&street.clerk.post(&format!("{path}/responsibilities"), answers_for.clone()).await.expect(201));
        let company = json!({ "committee": crate::street::FIRST, "kind": "employer", "legal_form": "organisation",
                              "name": "华光纺织厂", "credit_code": "91999999000000000G" });
        let company = id(&street.clerk.post("/api/v1/landlords", company).await.expect(201));
        let me = app.as_landlord(zhao.parse().unwrap()).await;
        let own = async || app.session_of(&me).await.get("/api/v1/me/landlord-file").await.expect(200);
        assert_eq!((&own().await["delete_on"], &own().await["free_since"]), (&Value::Null, &Value::Null));
        let backup = app.backup().await;
        let end = json!({ "until": "2026-11-20" });
        street.clerk.post(&format!("/api/v1/responsibilities/{duty}/end"), end).await.expect(200);
        let seen = own().await;
        assert_eq!((&seen["delete_on"], &seen["free_since"]), (&json!("2029-11-20"), &json!("2026-11-20")));
        assert!(seen["policy"]["reference"].as_str().unwrap().contains("个人信息保护法"), "{seen}");
        assert_eq!(street.clerk.get(&format!("{path}/retention")).await.expect(200), seen);
        let of_company = street.clerk.get(&format!("/api/v1/landlords/{company}/retention")).await.expect(200);
        assert_eq!((&of_company["delete_on"], &of_company["policy"]), (&Value::Null, &Value::Null));
        app.advance(TimeDelta::days(1092));
        assert_eq!(forgotten(&run(app).await), []);
        app.advance(TimeDelta::days(1));
        let dry = retention::run(app.app(), true).await.unwrap();
        assert_eq!(forgotten(&dry), [(zhao.clone(), "landlord")]);
        assert_eq!(forgotten(&run(app).await), [(zhao.clone(), "landlord")]);
        let theirs = ["赵房东".to_owned(), SPECIMEN.to_owned(), PHONE.to_owned(), me.user().login.to_string()];
        assert_eq!(traces(app, &theirs).await, Vec::<String>::new());
        assert_eq!(rows_with(app, &zhao).await, ["journal_subjects.subject_id", "landlords.id", "responsibilities.landlord_id", "users.landlord_id"]);
        assert_eq!(forgotten(&run(app).await), [], "the company is nobody's personal data, and nobody is forgotten twice");
        let clerk = app.as_clerk_of("130102001").await;
        clerk.get(&path).await.refused(404, "not-found");
        clerk.post(&format!("{path}/responsibilities"), answers_for).await.refused(404, "not-found");
        assert_eq!(clerk.get("/api/v1/landlords").await.expect(200)["items"].as_array().unwrap().len(), 1);
        me.get("/api/v1/me/landlord-file").await.refused(401, "not-signed-in");
        clerk.post("/api/v1/landlords", new).await.expect(201);
        sound(app).await;
        let restored = app.restored(&db, &backup).await;
        assert_eq!(traces(&restored, &theirs[..3]).await, Vec::<String>::new(), "no backup brings them back");
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
