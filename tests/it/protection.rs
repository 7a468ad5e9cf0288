//! Protected persons: hidden from everybody but named officers, in one answer with somebody unknown.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoints::TABLE;
use crate::harness::{Person, Reply, TestApp, TestDb, both_databases};
use crate::residents::searching;
use crate::street::{FIRST, OTHER_SPECIMEN, SPECIMEN, Street};

pub const NOBODY: &str = "440524188001010022";

/// A street, a protected woman in one of its flats, and the officers who may see her.
pub struct Refuge {
    pub street: Street,
    /// Named, of the same committees as the clerk.
    pub officer: Person,
    /// Named, too.
    pub second_officer: Person,
    pub woman: Uuid,
    pub tenancy: String,
    pub protection: String,
}

/// Names an officer.
pub async fn name(app: &TestApp, officer: &Person) -> Value {
    app.as_admin()
        .await
        .request(Method::PUT, &format!("/api/v1/protection-officers/{}", officer.id()))
        .send()
        .await
        .expect(200)
}

pub fn raising() -> Value {
    json!({ "ground": "domestic-violence", "case": "长安护〔2026〕第3号", "review_on": "2027-03-01" })
}

fn looking() -> Value {
    json!({ "reason": { "purpose": "personal-protection", "basis": "anti-domestic-violence-law", "case": "2026-12" } })
}

fn by_number(number: &str) -> Value {
    searching(json!({ "document": { "kind": "citizen-id", "number": number } }))
}

fn taking_over() -> Value {
    crate::localities::reason("tenancy-registration")
}

fn by_name(name: &str) -> Value {
    searching(json!({ "name": name }))
}

impl Refuge {
    pub async fn new(db: &TestDb) -> Self {
        let street = Street::new(db).await;
        let officer = street.app.as_clerk_of("130102001").await;
        let second_officer = street.app.as_supervisor().await;
        name(&street.app, &officer).await;
        name(&street.app, &second_officer).await;
        let woman = street.resident("李桂兰", Some(SPECIMEN)).await;
        let new =
            json!({ "resident_id": woman, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        let tenancy = street.clerk.post("/api/v1/tenancies", new).await.expect(201)["id"].as_str().unwrap().to_owned();
        street.app.advance(chrono::TimeDelta::minutes(1));
        let path = format!("/api/v1/residents/{woman}/protections");
        let raised = officer.post(&path, raising()).await.expect(201);
        let protection = raised["id"].as_str().unwrap().to_owned();
        Self { street, officer, second_officer, woman, tenancy, protection }
    }

    fn app(&self) -> &TestApp {
        &self.street.app
    }

    async fn occupants(&self, of: &Person) -> usize {
        let path = format!("/api/v1/dwellings/{}/occupants", self.street.flats[0]);
        of.get(&path).await.expect(200).as_array().unwrap().len()
    }
}

/// Every query of a store that reads one of the tables that tell of persons, and does not carry the condition.
const EXEMPT: &[(&str, &str, &str)] = &[
    ("residents/store.rs", "find_anywhere", "the person themselves, and the exchange, which decides what it tells"),
    ("residents/store.rs", "ids_by_origin", "the node itself, catching a peer up"),
    ("residents/store.rs", "find_phone", "by the id of a file that was found already"),
    ("residents/protection/store.rs", "find", "named officers only"),
    ("residents/protection/store.rs", "list", "named officers only"),
    ("residents/protection/store.rs", "tell", "the exchange, telling of the protection itself"),
    ("residents/protection/store.rs", "tell_of", "the exchange, telling of the protection itself"),
    ("tenancies/store.rs", "find_open_main", "the rule of one main dwelling, for a person who was found already"),
    ("tenancies/store.rs", "mains_of", "the rule of one main dwelling, for a person who was found already"),
    ("tenancies/store.rs", "find_own", "the person themselves"),
    ("tenancies/store.rs", "of_resident", "the person themselves, or of a file that was found already"),
    ("tenancies/statements/store.rs", "current", "laid beside tenancies that were read before, and beside none else"),
    ("civil_records/store.rs", "list_subjects", "each is looked up by `residents::find` before anybody is told"),
    ("civil_records/store.rs", "list_of_resident", "of a file that was found already, or the person's own"),
    ("reports/store.rs", "find_same", "the landlord's own report"),
    ("reports/store.rs", "find_own", "the landlord's own report"),
    ("reports/store.rs", "list_own_of_dwelling", "the landlord's own reports"),
    ("reports/store.rs", "list_own", "the landlord's own reports"),
    ("reports/store.rs", "accepted_for", "the person's own extract"),
    ("civil_records/store.rs", "is_parent", "whether a guardian, who was found, may speak for a child, who was found"),
    ("doubts/store.rs", "of_person", "the person's own"),
    ("oversight/store.rs", "opened_untold", "the node itself, telling the person"),
    ("exchange/store/tellings.rs", "of_person", "the person's own, or of a file that was found already"),
    ("exchange/store/peers.rs", "list", "the cases about a peer's journal, which are about no person"),
    ("exchange/store/peers.rs", "find", "the cases about a peer's journal, which are about no person"),
    ("exchange/store/witness.rs", "is_case_open", "the cases about a peer's journal, which are about no person"),
    ("exchange/store/inquiries.rs", "owed_to", "the node itself, which tells nobody of somebody hidden"),
    ("exchange/store/inquiries.rs", "of_resident", "the node itself, telling of the protection"),
    ("exchange/store/cases.rs", "open_about", "the cases beside one that was found already"),
    ("access/protection/store.rs", "list", "officers, who are no residents there"),
    ("access/store.rs", "list_officers_of_scope", "officers, who are no residents there"),
    ("access/store.rs", "list_officers", "officers, who are no residents there"),
    ("access/budgets/store.rs", "find_user", "officers, who are no residents there"),
    ("access/budgets/store.rs", "alarms", "officers, who are no residents there"),
    ("residents/store.rs", "known_as", "the node itself, comparing officers with whom they look at"),
    ("access/store.rs", "any_user", "whether there is an account at all"),
    ("access/store.rs", "find_credentials", "somebody signing in themselves"),
    ("access/store/sign_in.rs", "find_session", "somebody signed in themselves"),
    ("access/store.rs", "find_token_user", "somebody signed in themselves"),
];

#[test]
fn every_query_about_persons_carries_the_condition_or_stands_in_the_list_with_a_reason() {
    let tables = ["residents", "tenancies", "reports", "inquiries", "cases", "civil_record_subjects", "users"];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let (mut lacking, mut met) = (Vec::new(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            // Forgetting is the node's own work, and tells nobody of anybody.
            let forgets = name.contains("forget") || name.starts_with("retention/");
            if forgets || !name.ends_with("store.rs") && !name.contains("/store/") {
                continue;
            }
            for function in std::fs::read_to_string(&path).unwrap().split("async fn ").skip(1) {
                let words: Vec<&str> = function.split(|c: char| c.is_whitespace() || "\"(),".contains(c)).collect();
                let reads = words.windows(2).any(|two| ["from", "join"].contains(&two[0]) && tables.contains(&two[1]))
                    && !function.contains("\"delete from");
                let by_macro = ["tenancies!(", "reports!(", "protections!("].iter().any(|of| function.contains(of));
                let called = function.split(['(', '<']).next().unwrap();
                if !(reads || by_macro) || function.contains("visible!(") {
                    continue;
                }
                match EXEMPT.iter().find(|(file, exempt, _)| *file == name && *exempt == called) {
                    Some(exempt) => met.push(exempt),
                    None => lacking.push(format!("{name}: {called}")),
                }
            }
        }
    }
    assert!(lacking.is_empty(), "bind `work.viewer()` to `visible!` in these, or say why not: {lacking:#?}");
    let stale: Vec<_> = EXEMPT.iter().filter(|exempt| !met.contains(exempt)).collect();
    assert!(stale.is_empty(), "these need no exemption any more: {stale:#?}");
}

/// What is on record of the protected woman, by the placeholders of the table of routes.
struct Traces {
    ids: Vec<(&'static str, String)>,
}

impl Traces {
    /// Everything that a table row can name of her, made by an officer who may see her.
    async fn of(refuge: &Refuge) -> Self {
        let (officer, woman, flat) = (&refuge.officer, refuge.woman, refuge.street.flats[0]);
        let made = |made: Value| made["id"].as_str().unwrap().to_owned();
        let marriage = json!({
            "marriage": {
                "spouses": [{ "resident": woman }, { "person": { "name": "王守义" } }], "married_on": "1972-05-20",
            },
            "standing": "stands", "source": "statement", "reason": crate::localities::reason("marriage-check"),
        });
        let record = made(officer.post("/api/v1/marriages", marriage).await.expect(201));
        let landlord = refuge.street.landlord_of(flat).await;
        let report = json!({
            "dwelling_id": flat, "kind": "move-in", "moved_on": "2026-11-20", "occupant": { "name": "李桂兰" },
        });
        let report = made(landlord.post("/api/v1/me/reports", report).await.expect(201));
        let accept = json!({ "version": 1, "resident_id": woman, "main": false });
        officer.post(&format!("/api/v1/reports/{report}/acceptance"), accept).await.expect(200);
        let account = refuge.app().as_resident(woman).await.id().to_string();
        let ids = vec![
            ("resident", woman.to_string()),
            ("child", woman.to_string()),
            ("tenancy", refuge.tenancy.clone()),
            ("ended", refuge.tenancy.clone()),
            ("disputed", refuge.tenancy.clone()),
            ("record", record),
            ("report", report),
            ("user", account),
            ("protection", refuge.protection.clone()),
        ];
        Self { ids }
    }

    /// The row's text with her ids or nobody's in it, and whether there was a place for one.
    fn filled(&self, text: &str, open: &str, close: &str, hers: bool, others: &[(&str, String)]) -> (String, bool) {
        let (mut text, mut about) = (text.to_owned(), false);
        for (name, id) in &self.ids {
            let place = format!("{open}{name}{close}");
            about |= text.contains(&place);
            text = text.replace(&place, if hers { id } else { NOBODYS });
        }
        for (name, id) in others {
            text = text.replace(&format!("{open}{name}{close}"), id);
        }
        (text, about)
    }
}

const NOBODYS: &str = "019a3000-0000-7000-8000-000000000014";

/// Asks every route of the table as everybody who is not named: for what is hers and for what is nobody's, and for all
/// that could show her besides. Answers how many comparisons were made, and how much of it a named officer sees.
pub async fn compare_everywhere(db: &TestDb) -> (usize, usize) {
    let refuge = Refuge::new(db).await;
    let (app, street) = (refuge.app(), &refuge.street);
    let traces = Traces::of(&refuge).await;
    let other = street.resident("王守义", None).await;
    let others = [
        ("dwelling", street.flats[1].to_string()),
        ("building", street.building.to_string()),
        ("spouse", other.to_string()),
        ("n", "1".to_owned()),
        ("division", FIRST.to_owned()),
    ];
    let people = [
        street.clerk.clone(),
        app.person(anju::access::Role::Supervisor, "130102", None).await,
        app.as_auditor().await,
        app.as_admin().await,
        app.as_system_admin().await,
        street.landlord_of(street.flats[0]).await,
        app.as_resident(other).await,
    ];
    let (mut compared, mut seen) = (0, 0);
    for (method, path, body, _) in TABLE.iter().filter(|(_, path, ..)| path.starts_with("/api/v1/")) {
        let (hers, about) = traces.filled(path, "{", "}", true, &others);
        let (her_body, in_body) = traces.filled(body, "$", "", true, &others);
        let nobodys = traces.filled(path, "{", "}", false, &others).0;
        let nobodys_body = traces.filled(body, "$", "", false, &others).0;
        // To end her session or disable an account is not to learn anything; what is made for somebody else is not asked.
        let alters_the_asker = path.ends_with("/current") || path.starts_with("/api/v1/sessions");
        if alters_the_asker || hers.contains('{') || her_body.contains("\"$") || path.contains("/me/protection/") {
            continue;
        }
        if about && *method == "GET" {
            seen += usize::from(refuge.officer.get(&hers).await.status == 200);
        }
        for person in &people {
            let ask = |path: &str, body: &str| {
                let asking = person.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
                if body.is_empty() { asking } else { asking.body("application/json", body.to_owned()) }
            };
            let ids: Vec<&str> = traces.ids.iter().map(|(_, id)| id.as_str()).chain([NOBODYS]).collect();
            if about || in_body {
                let answer = ask(&hers, &her_body).send().await;
                let unknown = ask(&nobodys, &nobodys_body).send().await;
                assert_eq!(told(&answer, &ids), told(&unknown, &ids), "{method} {path} as {}", person.user().role);
                compared += 1;
            } else if *method == "GET" {
                let shown = ask(&hers, "").send().await;
                let text = String::from_utf8_lossy(&shown.body).into_owned();
                // A landlord sees the report they filed, as filed.
                let own = path.starts_with("/api/v1/me/reports");
                let found = ids.iter().find(|id| text.contains(**id) && !own);
                let journal = path.starts_with("/api/v1/journal");
                assert!(found.is_none() || journal, "GET {path} as {} shows {found:?}: {text}", person.user().role);
            }
        }
    }
    (compared, seen)
}

/// Status and body, with the ids that were asked for and every request's own id taken out.
pub fn told(reply: &Reply, ids: &[&str]) -> (u16, String) {
    let mut body = reply.json();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
        fields.remove("instance");
    }
    let mut text = body.to_string();
    for id in ids {
        text = text.replace(id, "…");
    }
    (reply.status, text)
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Heard {
    /// The beginnings of the statements that ran since the last time this was asked.
    fn statements(&self) -> Vec<String> {
        let heard = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let of_line = |line: &str| Some(line.split_once("summary=")?.1.split_once(" db.statement")?.0.to_owned());
        heard.lines().filter_map(of_line).collect()
    }
}

/// Listens to nothing, and lets no place of the log be remembered as one that nobody listens to.
struct Undecided;

impl tracing::Subscriber for Undecided {
    fn register_callsite(&self, _: &'static tracing::Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        false
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// On PostgreSQL, where statements run, and are heard of, on the test's own thread.
#[tokio::test]
async fn the_same_statements_run_for_somebody_protected_and_somebody_unknown() {
    let Some(db) = TestDb::postgres() else { return };
    let refuge = Refuge::new(&db).await;
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
    // Statements of other tests, whom nobody hears, could make the log remember that nobody listens.
    let _ = tracing::subscriber::set_global_default(Undecided);
    let _listening = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let over = |number: &str| {
        json!({
            "document": { "kind": "citizen-id", "number": number }, "name": "李桂兰", "committee": FIRST, "reason": taking_over(),
        })
    };
    for (path, body) in [("searches", by_number as fn(&str) -> Value), ("takeovers", over)] {
        let path = format!("/api/v1/residents/{path}");
        heard.statements();
        let hers = refuge.street.clerk.post(&path, body(SPECIMEN)).await;
        let for_her = heard.statements();
        let nobodys = refuge.street.clerk.post(&path, body(NOBODY)).await;
        assert_eq!(for_her, heard.statements(), "{path}");
        assert!(for_her.iter().any(|one| one.contains("protection_attempts")), "{for_her:?}");
        assert_eq!(told(&hers, &[]), told(&nobodys, &[]));
    }
}

both_databases! {
    async fn whoever_is_not_named_finds_nobody_and_named_officers_and_the_person_do(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let (clerk, woman) = (&refuge.street.clerk, refuge.woman);
        let search = "/api/v1/residents/searches";
        for by in [by_number(SPECIMEN), by_name("李桂兰")] {
            assert_eq!(clerk.post(search, by.clone()).await.expect(200), json!([]));
            assert_eq!(refuge.officer.post(search, by).await.expect(200)[0]["id"], json!(woman));
        }
        clerk.get(&format!("/api/v1/residents/{woman}")).await.refused(404, "not-found");
        clerk.get(&format!("/api/v1/tenancies/{}", refuge.tenancy)).await.refused(404, "not-found");
        assert_eq!((refuge.occupants(clerk).await, refuge.occupants(&refuge.officer).await), (0, 1));
        assert_eq!(refuge.occupants(&refuge.second_officer).await, 1);
        let herself = refuge.app().as_resident(woman).await;
        assert_eq!(herself.get("/api/v1/me/record").await.expect(200)["resident"]["name"], "李桂兰");
        assert_eq!(herself.get("/api/v1/me/tenancies").await.expect(200)[0]["id"], json!(refuge.tenancy));
        let own = herself.get("/api/v1/me/protection").await.expect(200);
        assert_eq!(own["attempts"][0]["kind"], "search", "{own}");
        assert_eq!(own["attempts"].as_array().unwrap().len(), 1, "a name is no attempt: it may mean others");
    }

    async fn the_journals_readers_are_not_told_what_is_done_about_her_and_it_stays_sound(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let auditor = refuge.app().as_auditor().await;
        let flat = refuge.street.flats[1];
        let moving = json!({ "to_dwelling": flat, "on": "2026-11-10", "said_by": "resident", "version": 1 });
        refuge.officer.post(&format!("/api/v1/tenancies/{}/transfer", refuge.tenancy), moving).await.expect(201);
        let herself = refuge.app().as_resident(refuge.woman).await;
        herself.post("/api/v1/me/protection/lift-request", json!({})).await.expect(200);
        refuge.app().app().seal_journal().await.unwrap();
        let read = auditor.get("/api/v1/journal/entries?limit=200").await.expect(200);
        let entries: Vec<&Value> = read["items"].as_array().unwrap().iter().map(|item| &item["entry"]).collect();
        let of = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).copied().collect::<Vec<_>>();
        // What was read before may be read again; from the raising on it is withheld.
        assert_eq!(of("tenancy.moved_in").len(), 1);
        assert!(!read.to_string().contains(&flat.to_string()), "where she moved to");
        assert_eq!(entries.iter().filter(|entry| entry["withheld"] == true).count(), 2);
        let raised = of("protection.raised");
        assert_eq!((raised.len(), &raised[0]["subjects"]), (1, &json!([])));
        assert_eq!(raised[0]["details"], json!({ "protection": refuge.protection }));
        // Her account leads to her, so that the node asks for her.
        assert_eq!(of("protection.lift_asked")[0]["actor"]["role"], "system");
        assert_eq!(auditor.get("/api/v1/journal/verification").await.expect(200)["sound"], true);
    }

    async fn eleven_of_a_name_are_ten_when_one_of_them_is_hidden(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        for _ in 0..10 {
            refuge.street.resident("李桂兰", None).await;
        }
        let by = by_name("李桂兰");
        let found = refuge.street.clerk.post("/api/v1/residents/searches", by.clone()).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), 10);
        refuge.officer.post("/api/v1/residents/searches", by).await.refused(409, "too-many-hits");
    }

    async fn a_flat_is_not_said_to_be_full_because_of_somebody_hidden(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let flat = refuge.street.flats[0];
        for (name, by, warnings) in [
            ("王一", &refuge.street.clerk, 0),
            ("王二", &refuge.street.clerk, 0),
            ("王三", &refuge.street.clerk, 1),
        ] {
            let tenant = refuge.street.resident(name, None).await;
            let new = json!({ "resident_id": tenant, "dwelling_id": flat, "on": "2026-11-02", "said_by": "resident" });
            let made = by.post("/api/v1/tenancies", new).await.expect(201);
            assert_eq!(made["warnings"].as_array().map_or(0, Vec::len), warnings, "{name}: {made}");
        }
    }

    async fn a_clerk_who_registers_somebody_hidden_is_served_as_for_somebody_unknown(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let app = refuge.app();
        let new = |number: &str| json!({
            "committee": FIRST, "name": "李桂兰", "sex": "unknown", "origin": "410522",
            "document": { "kind": "citizen-id", "number": number },
        });
        // The number of somebody unknown first: what follows has to look like this.
        let unknown = refuge.street.clerk.post("/api/v1/residents", new(OTHER_SPECIMEN)).await.expect(201);
        let second = refuge.street.clerk.post("/api/v1/residents", new(SPECIMEN)).await.expect(201);
        let fields = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&unknown), fields(&second));
        assert_ne!(second["id"], json!(refuge.woman));
        for (made, number) in [(&unknown, OTHER_SPECIMEN), (&second, SPECIMEN)] {
            let found = refuge.street.clerk.post("/api/v1/residents/searches", by_number(number)).await.expect(200);
            assert_eq!(&found[0], made);
            refuge.street.clerk.post("/api/v1/residents", new(number)).await.refused(409, "document-on-record");
            let path = format!("/api/v1/residents/{}", made["id"].as_str().unwrap());
            assert_eq!(&refuge.street.clerk.get(&path).await.expect(200), made);
        }
        // The new address is hidden from everybody else; officers see whose second file it is.
        let colleague = app.as_clerk_of("130102001").await;
        colleague.get(&format!("/api/v1/residents/{}", second["id"].as_str().unwrap())).await.refused(404, "not-found");
        let listed = refuge.officer.post("/api/v1/protections/searches", looking()).await.expect(200);
        let listed = listed["items"].as_array().unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!((&listed[1]["resident_id"], &listed[1]["second_of"]), (&second["id"], &json!(refuge.woman)));
        // Taking her file over finds nobody, as with an unknown number.
    let over = |number: &str| json!({
            "document": { "kind": "citizen-id", "number": number }, "name": "李桂兰", "committee": FIRST,
            "reason": crate::localities::reason("tenancy-registration"),
        });
        let path = "/api/v1/residents/takeovers";
        let (hers, nobodys) = (colleague.post(path, over(SPECIMEN)).await, colleague.post(path, over(NOBODY)).await);
        assert_eq!(told(&hers, &[]), told(&nobodys, &[]));
        assert_eq!(hers.status, 404);
        let attempts = format!("/api/v1/protections/{}/attempts", refuge.protection);
        let attempts = refuge.officer.get(&attempts).await.expect(200);
        let kinds: Vec<_> = attempts.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["take-over", "search", "register"]);
    }

    async fn a_person_asks_for_protection_themselves_and_is_hidden_before_anybody_confirms(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let man = refuge.street.resident("王守义", Some(OTHER_SPECIMEN)).await;
        let himself = refuge.app().as_resident(man).await;
        assert_eq!(himself.get("/api/v1/me/protection").await.expect(200)["stands"], false);
        himself.post("/api/v1/me/protection/lift-request", json!({})).await.refused(409, "not-protected");
        for _ in 0..2 {
            let own = himself.post("/api/v1/me/protection/request", json!({})).await.expect(200);
            assert_eq!((&own["stands"], &own["review_on"]), (&json!(true), &json!("2026-12-07")));
        }
        refuge.street.clerk.get(&format!("/api/v1/residents/{man}")).await.refused(404, "not-found");
        let mut waiting = looking();
        waiting["waiting"] = json!(true);
        let listed = refuge.officer.post("/api/v1/protections/searches", waiting.clone()).await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "asked twice, raised once; the other is confirmed");
        let id = listed["items"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/protections/{id}/review");
        refuge.officer.post(&path, json!({ "review_on": "2026-11-23" })).await.invalid("review_on", "not-after-today");
        refuge.officer.post(&path, json!({ "review_on": "2027-11-24" })).await.invalid("review_on", "more-than-a-year");
        refuge.officer.post(&path, json!({ "review_on": "2027-01-10" })).await.expect(200);
        let listed = refuge.officer.post("/api/v1/protections/searches", waiting.clone()).await.expect(200);
        assert_eq!(listed["items"], json!([]));
        // The day of review comes and goes: it waits for an officer, and nothing lapses.
        refuge.app().advance(chrono::TimeDelta::days(120));
        let later = refuge.app().as_clerk_of("130102001").await;
        name(refuge.app(), &later).await;
        let listed = later.post("/api/v1/protections/searches", waiting).await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        let clerk = refuge.app().as_clerk_of("130102001").await;
        clerk.get(&format!("/api/v1/residents/{man}")).await.refused(404, "not-found");
    }

    async fn who_asks_to_lift_does_not_lift(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let at = |step: &str| format!("/api/v1/protections/{}/{step}", refuge.protection);
        refuge.officer.post(&at("lift"), json!({})).await.refused(409, "lift-not-asked");
        refuge.officer.post(&at("lift-request"), json!({})).await.expect(200);
        refuge.officer.post(&at("lift"), json!({})).await.refused(409, "lift-needs-another");
        refuge.street.clerk.post(&at("lift"), json!({})).await.refused(403, "forbidden");
        refuge.second_officer.post(&at("lift"), json!({})).await.expect(200);
        refuge.second_officer.post(&at("lift"), json!({})).await.refused(409, "protection-lifted");
        refuge.street.clerk.get(&format!("/api/v1/residents/{}", refuge.woman)).await.expect(200);
        // Raised anew, it is her word and one officer.
        let path = format!("/api/v1/residents/{}/protections", refuge.woman);
        let raised = refuge.officer.post(&path, raising()).await.expect(201);
        refuge.officer.post(&path, raising()).await.refused(409, "protection-stands");
        let herself = refuge.app().as_resident(refuge.woman).await;
        let own = herself.post("/api/v1/me/protection/lift-request", json!({})).await.expect(200);
        assert_eq!(own["stands"], true, "her account alone does not end it: somebody else may hold it");
        let lift = format!("/api/v1/protections/{}/lift", raised["id"].as_str().unwrap());
        refuge.officer.post(&lift, json!({})).await.expect(200);
        assert_eq!(herself.get("/api/v1/me/protection").await.expect(200)["stands"], false);
    }

    async fn officers_are_named_one_by_one_and_too_few_are_warned_of(db: TestDb) {
        let street = Street::new(&db).await;
        let admin = street.app.as_admin().await;
        let path = |of: &Person| format!("/api/v1/protection-officers/{}", of.id());
        let none = admin.get("/api/v1/protection-officers").await.expect(200);
        assert_eq!(none["warnings"], json!(["no-protection-officer"]));
        let auditor = street.app.as_auditor().await;
        let refused = admin.request(Method::PUT, &path(&auditor)).send().await;
        refused.refused(409, "not-an-officer");
        let one = name(&street.app, &street.clerk).await;
        assert_eq!(one["warnings"], json!(["too-few-protection-officers"]));
        let other = street.app.as_supervisor().await;
        let two = name(&street.app, &other).await;
        assert_eq!((two["officers"].as_array().unwrap().len(), &two["warnings"]), (2, &json!([])));
        let left = admin.delete(&path(&other)).await.expect(200);
        assert_eq!(left["officers"][0]["user_id"], json!(street.clerk.id()));
        assert_eq!(street.journal_of("protection_officer.named").await.len(), 2);
        assert_eq!(street.journal_of("protection_officer.unnamed").await.len(), 1);
        // Whoever is named no longer sees nobody protected from the next request on.
        let woman = street.resident("李桂兰", Some(SPECIMEN)).await;
        street.clerk.post(&format!("/api/v1/residents/{woman}/protections"), raising()).await.expect(201);
        street.clerk.get(&format!("/api/v1/residents/{woman}")).await.expect(200);
        admin.delete(&path(&street.clerk)).await.expect(200);
        street.clerk.get(&format!("/api/v1/residents/{woman}")).await.refused(404, "not-found");
    }
}
