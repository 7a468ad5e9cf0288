//! Marriages and births: whole for all their people, never overwritten, never opened unseen.

use anju::access::{Actor, Field};
use anju::civil_records::{self, Applied, Part, RecordBody, RecordKind, Source, Standing, Subject, Supplied};
use anju::error::Error;
use anju::journal;
use anju::residents::{self, NewResident, Resident};
use anju::values::NodeCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, TestApp, both_databases};

const COMMITTEE: &str = "130102001001";
const OTHER_COMMITTEE: &str = "130102001002";
/// All there is to a marriage.
const MARRIAGE: &[Field] = RecordKind::Marriage.fields();

/// A clerk and three people of one committee: spouses with published specimen numbers, and a child without any.
struct Town {
    app: TestApp,
    clerk: Person,
    wife: Uuid,
    husband: Uuid,
    child: Uuid,
}

impl Town {
    async fn new(db: &crate::harness::TestDb) -> Self {
        let app = TestApp::new(db).await;
        let clerk = app.as_clerk_of(COMMITTEE).await;
        let wife = register(&app, &clerk, wife_as_registered(COMMITTEE)).await.id;
        let husband = register(&app, &clerk, husband_as_registered(COMMITTEE)).await.id;
        let child = json!({ "committee": COMMITTEE, "name": "钱小草", "sex": "female", "birth_date": "2022-03-01",
                            "origin": "130102" });
        let child = register(&app, &clerk, child).await.id;
        Self { app, clerk, wife, husband, child }
    }

    fn marriage(&self) -> Value {
        json!({
            "marriage": {
                "spouses": [{ "resident": self.wife }, { "resident": self.husband }],
                "married_on": "2020-05-20",
                "place": { "division": "130102" },
                "certificate": certificate("j1301022020000123"),
            },
            "standing": "stands", "source": "certificate-seen", "reason": reason(),
        })
    }

    async fn married(&self) -> String {
        id(&self.clerk.post("/api/v1/marriages", self.marriage()).await.expect(201))
    }

    fn birth(&self) -> Value {
        json!({
            "birth": {
                "child": { "resident": self.child },
                "place": { "division": "130102" },
                "parents": [{ "resident": self.wife }, { "resident": self.husband }],
                "certificate": { "number": "t000000014", "issuer": "长安区妇幼保健院", "authority": "hospital" },
            },
            "source": "certificate-seen", "reason": reason(),
        })
    }

    async fn records_of(&self, resident: Uuid) -> Vec<Value> {
        let list = self.clerk.get(&format!("/api/v1/residents/{resident}/civil-records")).await.expect(200);
        list.as_array().unwrap().clone()
    }

    async fn opened(&self, record: &str) -> Value {
        let path = format!("/api/v1/civil-records/{record}/disclosures");
        let summary = self.clerk.get(&format!("/api/v1/civil-records/{record}")).await.expect(200);
        let whole = match summary["kind"].as_str() {
            Some("birth") => {
                changed(opening(RecordKind::Birth.fields()), "/reason/purpose", json!("birth-registration"))
            }
            _ => opening(MARRIAGE),
        };
        self.clerk.post(&path, whole).await.expect(200)
    }

    async fn correct(&self, record: &str, correction: Value) -> crate::harness::Reply {
        self.clerk.post(&format!("/api/v1/civil-records/{record}/corrections"), correction).await
    }

    /// The journal's entries about a person, the newest first.
    async fn entries_about(&self, resident: Uuid) -> Vec<Value> {
        let mut work = self.app.app().system_work().await.unwrap();
        journal::about(&mut work, resident, None, 100).await.unwrap()
    }

    async fn looks_at(&self, resident: Uuid, fields: &[Field]) -> usize {
        let fields = json!(fields);
        let looks = |entry: &&Value| entry["kind"] == "data.disclosed" && entry["details"]["fields"] == fields;
        self.entries_about(resident).await.iter().filter(looks).count()
    }

    async fn supply(&self, supplied: Supplied) -> Result<Applied, Error> {
        let actor = Actor::peer(supplied.source_peer.clone(), self.app.locality().clone());
        let mut work = self.app.app().work(actor, self.app.locality().clone()).await.unwrap();
        let applied = civil_records::apply_supplied(&mut work, supplied).await?;
        work.commit().await.unwrap();
        Ok(applied)
    }

    fn supplied(&self, version: i32, standing: Standing) -> Supplied {
        Supplied {
            record_id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
            version,
            body: body(json!({ "marriage": {
                "spouses": [wife_in_words(), husband_in_words()],
                "married_on": "2019-09-09", "place": { "division": "450481" },
                "certificate": certificate("J450481-2019-000007"),
            }})),
            standing,
            issuer: node("450481"),
            source: Source::Register,
            source_peer: node("450481"),
            source_message: Uuid::from_u128(7),
            subjects: vec![
                Subject { part: Part::SpouseA, resident_id: Some(self.wife) },
                Subject { part: Part::SpouseB, resident_id: Some(self.husband) },
            ],
        }
    }
}

fn wife_as_registered(committee: &str) -> Value {
    json!({ "committee": committee, "name": "赵青禾", "sex": "female", "birth_date": null, "origin": "450481",
            "document": { "kind": "hk-macao-residence-permit", "number": "810000199408230021" } })
}

fn husband_as_registered(committee: &str) -> Value {
    json!({ "committee": committee, "name": "钱远山", "sex": "male", "birth_date": null, "origin": "450481",
            "document": { "kind": "foreign-permanent-residence", "number": "932682198501010017" } })
}

fn wife_in_words() -> Value {
    json!({ "name": "赵青禾", "document": { "kind": "hk-macao-residence-permit", "number": "810000199408230021" } })
}

fn husband_in_words() -> Value {
    json!({ "name": "钱远山",
            "document": { "kind": "foreign-permanent-residence", "number": "932682198501010017" } })
}

fn certificate(number: &str) -> Value {
    json!({ "number": number, "issuer": "长安区民政局", "authority": "civil-affairs" })
}

fn reason() -> Value {
    json!({ "purpose": "marriage-check", "basis": "family-planning-law-14", "case": "2026-117" })
}

fn body(text: Value) -> RecordBody {
    serde_json::from_value(text).unwrap()
}

fn node(code: &str) -> NodeCode {
    code.parse().unwrap()
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

fn opening(fields: &[Field]) -> Value {
    json!({ "reason": reason(), "fields": fields })
}

fn changed(mut value: Value, pointer: &str, to: Value) -> Value {
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = to;
    value
}

async fn register(app: &TestApp, clerk: &Person, new: Value) -> Resident {
    let new: NewResident = serde_json::from_value(new).unwrap();
    let mut work = app.app().work(clerk.user().actor(), app.locality().clone()).await.unwrap();
    let resident = residents::register(&mut work, new).await.unwrap();
    work.commit().await.unwrap();
    resident
}

fn code(result: Result<Applied, Error>) -> &'static str {
    match result {
        Err(Error::Refused(code)) => code,
        other => panic!("{other:?}"),
    }
}

both_databases! {
    async fn a_marriage_belongs_to_both_spouses(db: TestDb) {
        let town = Town::new(&db).await;
        let made = town.clerk.post("/api/v1/marriages", town.marriage()).await;
        let record = made.expect(201);
        assert_eq!(made.header("location"), Some(&*format!("/api/v1/civil-records/{}", id(&record))));
        assert_eq!((&record["kind"], &record["standing"]), (&json!("marriage"), &json!("stands")));
        assert_eq!((&record["version"], &record["source"]), (&json!(1), &json!("certificate-seen")));
        assert_eq!((&record["issuer"], &record["office"]), (&json!("130102"), &json!(COMMITTEE)));
        for spouse in [town.wife, town.husband] {
            assert_eq!(json!(town.records_of(spouse).await), json!([record]));
        }
        assert!(town.records_of(town.child).await.is_empty());
        let opened = town.opened(&id(&record)).await;
        let marriage = &opened["body"]["marriage"];
        assert_eq!(marriage["spouses"], json!([wife_in_words(), husband_in_words()]));
        assert_eq!(marriage["certificate"]["number"], "J130102-2020-000123");
        assert_eq!(town.clerk.get(&format!("/api/v1/civil-records/{}", id(&record))).await.expect(200), record);
    }

    async fn a_marriage_that_fails_for_one_spouse_is_recorded_for_neither(db: TestDb) {
        let town = Town::new(&db).await;
        let stranger = changed(town.marriage(), "/marriage/spouses/1", json!({ "resident": Uuid::from_u128(1) }));
        town.clerk.post("/api/v1/marriages", stranger).await.refused(404, "not-found");
        let twice = changed(town.marriage(), "/marriage/spouses/1", json!({ "person": wife_in_words() }));
        town.clerk.post("/api/v1/marriages", twice).await.refused(409, "same-person");
        for spouse in [town.wife, town.husband] {
            assert!(town.records_of(spouse).await.is_empty());
        }
        assert_eq!(town.looks_at(town.wife, &[Field::Document]).await, 0, "what was refused left no trace");
    }

    async fn a_spouse_whose_file_another_committee_keeps_has_the_record_too(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, other) = (app.as_clerk_of(COMMITTEE).await, app.as_clerk_of(OTHER_COMMITTEE).await);
        let wife = register(&app, &clerk, wife_as_registered(COMMITTEE)).await.id;
        let husband = register(&app, &other, husband_as_registered(OTHER_COMMITTEE)).await.id;
        let marriage = json!({
            "marriage": {
                "spouses": [{ "resident": wife }, { "person": husband_in_words() }], "married_on": "2020-05-20",
            },
            "standing": "stands", "source": "statement", "reason": reason(),
        });
        let record = id(&clerk.post("/api/v1/marriages", marriage).await.expect(201));
        let his = other.get(&format!("/api/v1/residents/{husband}/civil-records")).await.expect(200);
        assert_eq!(his[0]["id"], record.as_str());
        let path = format!("/api/v1/civil-records/{record}/disclosures");
        let opened = clerk.post(&path, opening(MARRIAGE)).await.expect(200);
        let subjects = json!([{ "part": "spouse-a", "resident_id": wife }, { "part": "spouse-b", "resident_id": null }]);
        assert_eq!(opened["subjects"], subjects, "whose file is elsewhere is not told");
    }

    async fn a_birth_belongs_to_the_child_and_the_parents(db: TestDb) {
        let town = Town::new(&db).await;
        let record = id(&town.clerk.post("/api/v1/births", town.birth()).await.expect(201));
        for person in [town.child, town.wife, town.husband] {
            let records = town.records_of(person).await;
            assert_eq!((&records[0]["id"], &records[0]["kind"]), (&json!(record), &json!("birth")));
        }
        let birth = &town.opened(&record).await["body"]["birth"];
        assert_eq!(birth["child"], json!({ "name": "钱小草", "sex": "female", "born_on": "2022-03-01" }));
        assert_eq!(birth["parents"], json!([wife_in_words(), husband_in_words()]));
        assert_eq!(birth["certificate"]["number"], "T000000014");
    }

    async fn a_repeated_request_records_nothing_again(db: TestDb) {
        let town = Town::new(&db).await;
        let ask = || town.clerk.request(axum::http::Method::POST, "/api/v1/marriages").header("idempotency-key", "m-1");
        let first = ask().json(&town.marriage()).send().await.expect(201);
        assert_eq!(ask().json(&town.marriage()).send().await.expect(200), first);
        assert_eq!(town.records_of(town.wife).await.len(), 1);
    }

    async fn a_correction_keeps_the_version_before_and_where_it_was_from(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let corrected = changed(town.marriage()["marriage"].take(), "/married_on", json!("2020-05-21"));
        let correction = json!({ "version": 1, "record": { "marriage": corrected }, "standing": "stands",
                                 "source": "register", "because": "日期录入有误", "reason": reason() });
        let second = town.correct(&record, correction.clone()).await.expect(200);
        assert_eq!((&second["version"], &second["source"]), (&json!(2), &json!("register")));
        town.correct(&record, correction).await.refused(409, "stale");

        let versions = town.clerk.get(&format!("/api/v1/civil-records/{record}/versions")).await.expect(200);
        let told = |at: usize| (versions[at]["version"].as_i64(), versions[at]["source"].as_str().unwrap().to_owned());
        assert_eq!((told(0), told(1)), ((Some(1), "certificate-seen".into()), (Some(2), "register".into())));
        assert!(versions[0]["superseded_at"].is_string() && versions[1]["superseded_at"].is_null());
        assert!(versions[0].get("body").is_none(), "versions are listed unopened");

        let path = format!("/api/v1/civil-records/{record}/disclosures");
        let day = opening(&[Field::MarriedOn, Field::Because]);
        let now = town.clerk.post(&path, day.clone()).await.expect(200);
        assert_eq!((&now["body"]["marriage"]["married_on"], &now["because"]), (&json!("2020-05-21"), &json!("日期录入有误")));
        let of_version = |version: i32| {
            let mut of_version = day.clone();
            of_version["version"] = json!(version);
            of_version
        };
        let before = town.clerk.post(&path, of_version(1)).await.expect(200);
        assert_eq!((&before["body"]["marriage"]["married_on"], &before["because"]), (&json!("2020-05-20"), &Value::Null));
        town.clerk.post(&path, of_version(3)).await.refused(404, "not-found");
    }

    async fn a_marriage_that_ended_is_a_version_of_both_spouses(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let ended = json!({ "version": 1, "standing": "dissolved", "source": "certificate-seen",
                            "because": "离婚证已核对", "reason": reason() });
        town.correct(&record, ended).await.expect(200);
        for spouse in [town.wife, town.husband] {
            let records = town.records_of(spouse).await;
            assert_eq!((&records[0]["version"], &records[0]["standing"]), (&json!(2), &json!("dissolved")));
            assert!(town.entries_about(spouse).await.iter().any(|entry| entry["kind"] == "civil_record.corrected"));
        }
        assert_eq!(town.opened(&record).await["body"]["marriage"]["married_on"], "2020-05-20");
    }

    async fn impossible_days_are_refused(db: TestDb) {
        let town = Town::new(&db).await;
        for (day, code) in [("2026-11-24", "in-the-future"), ("1994-08-23", "before-birth"), ("1799-12-31", "impossible-date")] {
            let marriage = changed(town.marriage(), "/marriage/married_on", json!(day));
            town.clerk.post("/api/v1/marriages", marriage).await.invalid("marriage.married_on", code);
        }
        let child = |born_on: &str| json!({ "person": { "name": "钱小草", "sex": "female", "born_on": born_on } });
        for (day, code) in [("2026-11-24", "in-the-future"), ("1985-01-01", "before-birth-of-parent")] {
            let mut birth = changed(town.birth(), "/birth/child", child(day));
            birth["birth"]["certificate"] = Value::Null;
            birth["source"] = json!("statement");
            town.clerk.post("/api/v1/births", birth).await.invalid("birth.child.born_on", code);
        }
        let day_that_is_none = changed(town.marriage(), "/marriage/married_on", json!("2021-02-29"));
        town.clerk.post("/api/v1/marriages", day_that_is_none).await.refused(422, "invalid");
    }

    async fn a_certificate_is_recorded_once(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let again = changed(town.marriage(), "/marriage/certificate/number", json!("J130102-2020-000123"));
        town.clerk.post("/api/v1/marriages", again.clone()).await.refused(409, "certificate-on-record");
        let annul = json!({ "version": 1, "standing": "annulled", "source": "certificate-seen",
                            "because": "录入有误", "reason": reason() });
        town.correct(&record, annul).await.expect(200);
        town.clerk.post("/api/v1/marriages", again).await.expect(201);
    }

    async fn a_certificate_must_be_one_that_can_exist(db: TestDb) {
        let town = Town::new(&db).await;
        let malformed = changed(town.marriage(), "/marriage/certificate/number", json!("J130102-2020-12"));
        let reply = town.clerk.post("/api/v1/marriages", malformed).await;
        reply.invalid("marriage.certificate.number", "malformed-certificate-number");
        let missing = changed(town.marriage(), "/marriage/certificate", Value::Null);
        town.clerk.post("/api/v1/marriages", missing).await.invalid("marriage.certificate", "missing-field");
        let mut old = changed(town.birth(), "/birth/child", json!({ "resident": town.wife }));
        old["birth"]["parents"] = json!([]);
        town.clerk.post("/api/v1/births", old.clone()).await.refused(409, "no-birth-certificate-before-1996");
        old["birth"]["certificate"] = Value::Null;
        old["source"] = json!("statement");
        town.clerk.post("/api/v1/births", old).await.expect(201);
    }

    async fn a_record_of_nobody_in_the_clerks_scope_is_refused(db: TestDb) {
        let town = Town::new(&db).await;
        let words = json!([{ "person": wife_in_words() }, { "person": husband_in_words() }]);
        let marriage = changed(town.marriage(), "/marriage/spouses", words);
        let other = town.app.as_clerk_of(OTHER_COMMITTEE).await;
        other.post("/api/v1/marriages", marriage.clone()).await.refused(409, "nobody-on-file");
        assert!(town.records_of(town.wife).await.is_empty());
        town.clerk.post("/api/v1/marriages", marriage).await.expect(201);
    }

    async fn who_may_not_know_of_a_record_does_not_find_it(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let paths = [format!("/api/v1/civil-records/{record}"), format!("/api/v1/civil-records/{record}/versions"),
                     format!("/api/v1/residents/{}/civil-records", town.wife)];
        let disclosures = format!("/api/v1/civil-records/{record}/disclosures");
        let annul = json!({ "version": 1, "standing": "annulled", "source": "statement", "because": "x", "reason": reason() });
        let foreign = town.app.as_clerk_of(OTHER_COMMITTEE).await;
        for path in &paths {
            foreign.get(path).await.refused(404, "not-found");
        }
        foreign.post(&disclosures, opening(MARRIAGE)).await.refused(404, "not-found");
        foreign.post(&format!("/api/v1/civil-records/{record}/corrections"), annul.clone()).await.refused(404, "not-found");

        let landlord = town.app.as_landlord(Uuid::from_u128(5)).await;
        let resident = town.app.as_resident(town.child).await;
        for person in [&landlord, &resident] {
            for path in &paths {
                person.get(path).await.refused(403, "forbidden");
            }
            person.post(&disclosures, opening(MARRIAGE)).await.refused(403, "forbidden");
            person.post("/api/v1/marriages", town.marriage()).await.refused(403, "forbidden");
            person.post("/api/v1/births", town.birth()).await.refused(403, "forbidden");
            person.post(&format!("/api/v1/civil-records/{record}/corrections"), annul.clone()).await.refused(403, "forbidden");
        }
        landlord.get("/api/v1/me/civil-records").await.refused(403, "forbidden");
        town.app.anon().get("/api/v1/me/civil-records").await.refused(401, "not-signed-in");
        assert_eq!(resident.get("/api/v1/me/civil-records").await.expect(200), json!([]));
        let supervisor = town.app.as_supervisor().await;
        supervisor.post(&disclosures, opening(MARRIAGE)).await.expect(200);
        supervisor.post("/api/v1/marriages", town.marriage()).await.refused(403, "forbidden");
    }

    async fn a_record_gives_the_fields_that_were_asked_for_and_is_opened_for_some_only(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let path = format!("/api/v1/civil-records/{record}/disclosures");
        let opened = town.clerk.post(&path, opening(&[Field::MarriedOn])).await.expect(200);
        assert_eq!(opened["body"], json!({ "marriage": { "married_on": "2020-05-20" } }));
        assert_eq!((&opened["subjects"], opened.get("because")), (&json!([]), None));
        assert_eq!(town.looks_at(town.wife, &[Field::MarriedOn]).await, 1);
        town.clerk.post(&path, opening(&[])).await.invalid("fields", "empty");
        town.clerk.post(&path, opening(&[Field::BirthChild])).await.invalid("fields", "not-of-this-record");
        town.clerk.post(&path, opening(&[Field::Document])).await.invalid("fields", "not-of-this-record");
        town.clerk.post(&path, json!({ "reason": reason() })).await.invalid("fields", "missing-field");
        let subsidy = changed(opening(MARRIAGE), "/reason/purpose", json!("childcare-subsidy"));
        town.clerk.post(&path, subsidy).await.refused(409, "purpose-does-not-open");
        assert_eq!(town.looks_at(town.wife, MARRIAGE).await, 0, "what was refused opened nothing");
    }

    async fn a_question_here_is_answered_from_the_records_and_its_entry_names_the_question_only(db: TestDb) {
        let town = Town::new(&db).await;
        let ask = async |resident: Uuid, purpose: &str, questions: Value| {
            let asking = json!({ "reason": changed(reason(), "/purpose", json!(purpose)), "questions": questions });
            town.clerk.post(&format!("/api/v1/residents/{resident}/questions"), asking).await
        };
        let stands = json!([{ "ask": "marriage-stands" }]);
        assert_eq!(ask(town.wife, "marriage-check", stands.clone()).await.expect(200), json!(["no"]));
        let record = town.married().await;
        town.clerk.post("/api/v1/births", town.birth()).await.expect(201);
        let named = |ask: &str, person: Value| json!({ "ask": ask, "person": person });
        let stranger = json!({ "name": "孙远", "document": { "kind": "foreign-permanent-residence", "number": "911124198108030024" } });
        let questions = json!([{ "ask": "marriage-stands" }, named("married-to", husband_in_words()), named("married-to", stranger)]);
        let looked = town.looks_at(town.husband, &[Field::AskMarriageStands, Field::AskMarriedTo]).await;
        assert_eq!(ask(town.wife, "marriage-check", questions).await.expect(200), json!(["yes", "yes", "no"]));
        assert_eq!(looked + 1, town.looks_at(town.husband, &[Field::AskMarriageStands, Field::AskMarriedTo]).await, "he was named");
        let of_child = json!([{ "ask": "born-since", "day": "2022-03-01" }, { "ask": "born-since", "day": "2022-03-02" },
                              named("has-parent", wife_in_words())]);
        assert_eq!(ask(town.child, "childcare-subsidy", of_child.clone()).await.expect(200), json!(["yes", "no", "yes"]));
        assert_eq!(ask(town.wife, "birth-registration", json!([of_child[0]])).await.expect(200), json!(["cannot-say"]));

        let entries = town.entries_about(town.child).await;
        assert_eq!(entries[0]["details"]["fields"], json!(["ask.born-since", "ask.has-parent"]));
        assert_eq!(entries[0]["purpose"], "childcare-subsidy");
        assert!(!entries[0].to_string().contains("2022-03") && !entries[0].to_string().contains("赵青禾"), "{}", entries[0]);
        ask(town.child, "childcare-subsidy", stands.clone()).await.refused(409, "purpose-does-not-open");
        ask(town.wife, "marriage-check", json!([])).await.invalid("questions", "too-few-or-too-many");
        ask(town.wife, "marriage-check", json!(vec![stands[0].clone(); 11])).await.invalid("questions", "too-few-or-too-many");
        let children = json!([{ "ask": "number-of-children" }]);
        ask(town.wife, "marriage-check", children).await.refused(422, "invalid");
        let ended = json!({ "version": 1, "standing": "dissolved", "source": "register", "because": "离婚登记", "reason": reason() });
        town.correct(&record, ended).await.expect(200);
        assert_eq!(ask(town.wife, "marriage-check", stands).await.expect(200), json!(["no"]));
    }

    async fn opening_a_record_shows_in_the_log_of_both_spouses(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        assert_eq!(town.looks_at(town.wife, MARRIAGE).await, 0);
        town.opened(&record).await;
        for spouse in [town.wife, town.husband] {
            assert_eq!(town.looks_at(spouse, MARRIAGE).await, 1);
        }
        assert_eq!(town.looks_at(town.child, MARRIAGE).await, 0);
        let path = format!("/api/v1/civil-records/{record}/disclosures");
        let aimless = changed(opening(MARRIAGE), "/reason/purpose", json!("curiosity"));
        town.clerk.post(&path, aimless).await.invalid("purpose", "unknown-purpose");
        assert_eq!(town.looks_at(town.wife, MARRIAGE).await, 1);
    }

    async fn a_person_sees_their_own_records_without_others_numbers(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let wife = town.app.as_resident(town.wife).await;
        let own = wife.get("/api/v1/me/civil-records").await.expect(200);
        assert_eq!((&own[0]["summary"]["id"], own.as_array().unwrap().len()), (&json!(record), 1));
        let spouses = json!([{ "name": "赵青禾" }, { "name": "钱远山" }]);
        assert_eq!(own[0]["body"]["marriage"]["spouses"], spouses);
        assert_eq!(own[0]["subjects"], json!([{ "part": "spouse-a", "resident_id": town.wife }]));
        assert_eq!(town.looks_at(town.wife, MARRIAGE).await, 1);
        assert_eq!(town.looks_at(town.husband, MARRIAGE).await, 0, "one's own look is one's own");
    }

    async fn a_supplied_record_is_applied_once_to_both_spouses(db: TestDb) {
        let town = Town::new(&db).await;
        assert_eq!(town.supply(town.supplied(1, Standing::Stands)).await.unwrap(), Applied::New);
        assert_eq!(town.supply(town.supplied(1, Standing::Stands)).await.unwrap(), Applied::AlreadyKnown);
        for spouse in [town.wife, town.husband] {
            let records = town.records_of(spouse).await;
            assert_eq!((records.len(), &records[0]["issuer"]), (1, &json!("450481")));
            assert_eq!((&records[0]["source"], &records[0]["source_peer"]), (&json!("register"), &json!("450481")));
            assert_eq!(records[0]["source_message"], json!(Uuid::from_u128(7)));
            let supplied = |entry: &&Value| entry["kind"] == "civil_record.supplied";
            let entries = town.entries_about(spouse).await;
            let entry: Vec<&Value> = entries.iter().filter(supplied).collect();
            assert_eq!((entry.len(), &entry[0]["details"]["peer"]), (1, &json!("450481")));
        }
        let record = town.supplied(1, Standing::Stands).record_id.to_string();
        let correction = json!({ "version": 1, "standing": "annulled", "source": "statement", "because": "x", "reason": reason() });
        town.correct(&record, correction).await.refused(409, "issued-elsewhere");
    }

    async fn a_supplied_version_never_overwrites_another(db: TestDb) {
        let town = Town::new(&db).await;
        assert_eq!(town.supply(town.supplied(2, Standing::Stands)).await.unwrap(), Applied::New);
        assert_eq!(town.supply(town.supplied(1, Standing::Annulled)).await.unwrap(), Applied::OlderIgnored);
        assert_eq!(code(town.supply(town.supplied(2, Standing::Dissolved)).await), "version-conflict");
        assert_eq!(town.records_of(town.wife).await[0]["standing"], "stands");
        assert_eq!(town.supply(town.supplied(3, Standing::Dissolved)).await.unwrap(), Applied::NewerVersion);
        assert_eq!(town.supply(town.supplied(2, Standing::Stands)).await.unwrap(), Applied::AlreadyKnown);
        for spouse in [town.wife, town.husband] {
            let records = town.records_of(spouse).await;
            assert_eq!((&records[0]["version"], &records[0]["standing"]), (&json!(3), &json!("dissolved")));
        }
        let path = format!("/api/v1/civil-records/{}/versions", town.supplied(1, Standing::Stands).record_id);
        assert_eq!(town.clerk.get(&path).await.expect(200).as_array().unwrap().len(), 2);
    }

    async fn only_who_answers_for_a_record_supplies_its_next_version(db: TestDb) {
        let town = Town::new(&db).await;
        town.supply(town.supplied(1, Standing::Stands)).await.unwrap();
        let third = Supplied { source_peer: node("370102"), ..town.supplied(2, Standing::Annulled) };
        assert_eq!(code(town.supply(third.clone()).await), "not-the-issuer");
        let usurped = Supplied { issuer: node("370102"), ..third };
        assert_eq!(code(town.supply(usurped).await), "other-issuer");
        let own: Uuid = town.married().await.parse().unwrap();
        let of_ours = Supplied { record_id: own, ..town.supplied(2, Standing::Annulled) };
        assert_eq!(code(town.supply(of_ours.clone()).await), "other-issuer");
        assert_eq!(code(town.supply(Supplied { issuer: node("130102"), ..of_ours }).await), "issued-here");
    }

    async fn a_spouse_found_later_gets_the_record_and_keeps_it(db: TestDb) {
        let town = Town::new(&db).await;
        let unpaired = Subject { part: Part::SpouseB, resident_id: None };
        let wife = Subject { part: Part::SpouseA, resident_id: Some(town.wife) };
        let half = |version, standing| Supplied { subjects: vec![wife, unpaired], ..town.supplied(version, standing) };
        assert_eq!(town.supply(half(1, Standing::Stands)).await.unwrap(), Applied::New);
        assert!(town.records_of(town.husband).await.is_empty());
        assert_eq!(town.supply(town.supplied(1, Standing::Stands)).await.unwrap(), Applied::AlreadyKnown);
        assert_eq!(town.records_of(town.husband).await.len(), 1);
        assert_eq!(town.supply(half(2, Standing::Dissolved)).await.unwrap(), Applied::NewerVersion);
        assert_eq!(town.records_of(town.husband).await[0]["standing"], "dissolved");
    }

    async fn an_impossible_record_of_a_peer_is_refused_whole(db: TestDb) {
        let town = Town::new(&db).await;
        let mut early = town.supplied(1, Standing::Stands);
        if let RecordBody::Marriage(marriage) = &mut early.body {
            marriage.married_on = "1990-01-01".parse().unwrap();
        }
        assert_eq!(code(town.supply(early).await), "impossible-record");
        let nobody = Supplied { subjects: Vec::new(), ..town.supplied(1, Standing::Stands) };
        assert_eq!(code(town.supply(nobody).await), "nobody-on-file");
        let mut both_one = town.supplied(1, Standing::Stands);
        both_one.subjects[1].resident_id = Some(town.wife);
        assert_eq!(code(town.supply(both_one).await), "same-person");
        assert!(town.records_of(town.wife).await.is_empty());
    }

    async fn a_clerk_cannot_do_what_the_exchange_does(db: TestDb) {
        let town = Town::new(&db).await;
        let locality = town.app.locality().clone();
        let mut work = town.app.app().work(town.clerk.user().actor(), locality).await.unwrap();
        let supplied = town.supplied(1, Standing::Stands);
        let (record, wife) = (supplied.record_id, town.wife);
        assert!(matches!(civil_records::apply_supplied(&mut work, supplied).await, Err(Error::Forbidden(_))));
        assert!(matches!(civil_records::summary(&mut work, record).await, Err(Error::Forbidden(_))));
        assert!(matches!(civil_records::subjects(&mut work, record).await, Err(Error::Forbidden(_))));
        assert!(matches!(civil_records::ids_of_resident(&mut work, wife).await, Err(Error::Forbidden(_))));
    }

    async fn the_node_opens_a_record_for_a_message_under_its_own_disclosure(db: TestDb) {
        let town = Town::new(&db).await;
        let record: Uuid = town.married().await.parse().unwrap();
        let reason = serde_json::from_value(changed(reason(), "/purpose", json!("record-exchange"))).unwrap();
        let mut work = town.app.app().system_work().await.unwrap();
        assert_eq!(civil_records::ids_of_resident(&mut work, town.husband).await.unwrap(), [record]);
        let subjects = civil_records::subjects(&mut work, record).await.unwrap();
        let people: Vec<Uuid> = subjects.iter().filter_map(|subject| subject.resident_id).collect();
        assert_eq!(people, [town.wife, town.husband]);
        let other = journal::disclose(&mut work, &reason, &people, &[town.wife], MARRIAGE).await.unwrap();
        assert!(civil_records::current(&mut work, &other, record).await.is_err(), "it names another owner");
        let named = journal::disclose(&mut work, &reason, &people, &[record], MARRIAGE).await.unwrap();
        let view = civil_records::current(&mut work, &named, record).await.unwrap();
        assert_eq!((view.summary.version, view.subjects), (1, subjects));
        let RecordBody::Marriage(marriage) = view.body else { panic!("a marriage") };
        assert_eq!(marriage.spouses[1].name.as_str(), "钱远山");
    }

    async fn nothing_a_record_says_lies_readable_in_the_database(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let annul = json!({ "version": 1, "standing": "dissolved", "source": "certificate-seen", "because": "凭判决",
                            "reason": reason() });
        town.correct(&record, annul).await.expect(200);
        for word in ["赵青禾", "810000199408230021", "J130102-2020-000123", "2020-05-20", "民政局", "凭判决", "married"] {
            let bytes = word.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
            let hex = match town.app.app().db() {
                anju::db::Db::Sqlite { .. } => "lower(hex(body) || hex(fingerprint) || hex(certificate_index))",
                anju::db::Db::Postgres(_) => "encode(body || fingerprint || certificate_index, 'hex')",
            };
            let touch = |hex: &str, bytes: &str| {
                format!("update civil_records set office = office where {hex} like '%{bytes}%'")
            };
            assert_eq!(town.app.tamper(&touch(hex, &bytes)).await, 0, "{word}");
            assert_eq!(town.app.tamper(&touch(hex, "")).await, 2, "the statement does read the columns");
        }
        for entry in town.entries_about(town.wife).await {
            for word in ["赵青禾", "810000199408230021", "000123", "2020-05-20", "凭判决"] {
                assert!(!entry.to_string().contains(word), "{word} in {entry}");
            }
        }
    }

    async fn a_body_moved_to_another_version_does_not_open(db: TestDb) {
        let town = Town::new(&db).await;
        let record = town.married().await;
        let ended = json!({ "version": 1, "standing": "dissolved", "source": "certificate-seen", "because": "凭判决",
                            "reason": reason() });
        town.correct(&record, ended).await.expect(200);
        let path = format!("/api/v1/civil-records/{record}/disclosures");
        town.app.tamper("update civil_records set standing = 'stands' where version = 2").await;
        town.clerk.post(&path, opening(MARRIAGE)).await.refused(500, "internal");
        town.app.tamper("update civil_records set standing = 'dissolved' where version = 2").await;
        town.clerk.post(&path, opening(MARRIAGE)).await.expect(200);
        town.app.tamper("update civil_records set body = (select body from civil_records where version = 1)").await;
        town.clerk.post(&path, opening(MARRIAGE)).await.refused(500, "internal");
    }

    async fn what_a_registry_must_not_know_cannot_be_said(db: TestDb) {
        let town = Town::new(&db).await;
        const DENIED: [&str; 12] = ["pregnancy", "contraception", "health", "order_of_birth", "in_plan", "permit", "fine",
                                    "score", "ethnic_group", "religion", "political_status", "note"];
        for field in DENIED {
            for place in ["", "/marriage", "/marriage/certificate", "/reason"] {
                let mut marriage = town.marriage();
                marriage.pointer_mut(place).unwrap()[field] = json!("x");
                town.clerk.post("/api/v1/marriages", marriage).await.refused(422, "invalid");
            }
            for place in ["", "/birth", "/birth/certificate"] {
                let mut birth = town.birth();
                birth.pointer_mut(place).unwrap()[field] = json!("x");
                town.clerk.post("/api/v1/births", birth).await.refused(422, "invalid");
            }
            let mut child = json!({ "person": { "name": "钱小草", "sex": "female", "born_on": "2022-03-01" } });
            child["person"][field] = json!("x");
            let birth = changed(town.birth(), "/birth/child", child);
            town.clerk.post("/api/v1/births", birth).await.refused(422, "invalid");
            let mut wife = json!({ "person": wife_in_words() });
            wife["person"][field] = json!("x");
            let marriage = changed(town.marriage(), "/marriage/spouses/0", wife);
            town.clerk.post("/api/v1/marriages", marriage).await.refused(422, "invalid");
        }
        let mut three = town.birth();
        three["birth"]["parents"].as_array_mut().unwrap().push(json!({ "person": { "name": "孙小丘" } }));
        town.clerk.post("/api/v1/births", three).await.invalid("birth.parents", "too-many");
        assert!(town.records_of(town.wife).await.is_empty());
        town.clerk.post("/api/v1/marriages", town.marriage()).await.expect(201);
        town.clerk.post("/api/v1/births", town.birth()).await.expect(201);
    }
}

#[tokio::test]
async fn a_record_has_the_fields_the_law_names_and_no_others() {
    let app = TestApp::new(&crate::harness::TestDb::sqlite()).await;
    let description = app.anon().get("/api/openapi.json").await.expect(200);
    let fields = |schema: &str| -> Vec<String> {
        let properties = description["components"]["schemas"][schema]["properties"].as_object();
        let mut names: Vec<String> =
            properties.unwrap_or_else(|| panic!("no schema {schema}")).keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(fields("Marriage"), ["certificate", "married_on", "place", "spouses"]);
    assert_eq!(fields("Birth"), ["certificate", "child", "parents", "place"]);
    assert_eq!(fields("Party"), ["born_on", "document", "name", "sex"]);
    assert_eq!(fields("Child"), ["born_on", "document", "name", "sex"]);
    assert_eq!(fields("Certificate"), ["authority", "issuer", "number"]);
}
