//! What people are told, in their account, by text message, or at the next visit.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anju::notices::delivery::{Deliver, Spool, TextMessage, deliver_due};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, TestApp, both_databases};
use crate::localities::{id, reason};
use crate::street::{SPECIMEN, Street};

const NOTICES: &str = "/api/v1/me/notices";

async fn told(me: &Person) -> Vec<Value> {
    me.get(NOTICES).await.expect(200)["items"].as_array().unwrap().clone()
}

async fn kinds(me: &Person) -> Vec<String> {
    told(me).await.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

/// What the node does by itself every morning.
async fn of_the_day(app: &TestApp) -> u64 {
    app.app().tell_of_the_day().await.unwrap()
}

async fn moved_in(street: &Street, resident: Uuid, dwelling: usize) -> String {
    let new = json!({ "resident_id": resident, "dwelling_id": street.flats[dwelling], "on": "2026-11-01", "said_by": "landlord" });
    format!("/api/v1/tenancies/{}", id(&street.clerk.post("/api/v1/tenancies", new).await.expect(201)))
}

async fn with_phone(street: &Street, name: &str, phone: Option<&str>) -> Uuid {
    let resident = street.resident(name, None).await;
    let path = format!("/api/v1/residents/{resident}/phone");
    street.clerk.put(&path, json!({ "phone": phone })).await.expect(204);
    resident
}

/// A gateway that fails so many times before it takes a message.
struct Failing(AtomicU32, Spool);

impl Deliver for Failing {
    fn deliver(&self, message: &TextMessage) -> std::io::Result<()> {
        let left = self.0.load(Ordering::SeqCst);
        if left > 0 {
            self.0.store(left - 1, Ordering::SeqCst);
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.1.deliver(message)
    }
}

async fn deliver(app: &TestApp, by: impl Deliver) -> u64 {
    let by: Arc<dyn Deliver> = Arc::new(by);
    deliver_due(app.app(), &by).await.unwrap()
}

both_databases! {
    async fn a_person_is_told_of_each_change_of_where_they_are_registered(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let me = street.app.as_resident(wang).await;
        let path = moved_in(&street, wang, 0).await;
        let first = told(&me).await[0].clone();
        assert_eq!((&first["kind"], &first["about_id"]), (&json!("moved-in"), &json!(path.rsplit('/').next().unwrap())));
        for (language, said) in [("zh", "自2026-11-01起入住（依据：房东或用人单位）"), ("en", "since 2026-11-01 (on the word of the landlord or employer)")] {
            assert!(first["text"][language].as_str().unwrap().contains(said), "{first}");
        }
        let step = async |step: &str, body: Value| {
            let clerk = street.clerk.clone();
            clerk.post(&format!("{path}/{step}"), body).await.expect(200)
        };
        step("move-out", json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 })).await;
        step("undo-move-out", json!({ "version": 2 })).await;
        street.clerk.put(&path, json!({ "moved_in_on": "2026-11-02", "said_by": "committee", "version": 3 })).await.expect(200);
        me.post(&format!("{}/dispute", path.replace("/v1/", "/v1/me/")), json!({ "reason": "日期不对" })).await.expect(200);
        step("settlement", json!({ "answer": "已核对" })).await;
        step("statements", json!({ "side": "landlord", "says": "never-lived-here" })).await;
        let to = json!({ "to_dwelling": street.flats[1], "on": "2026-11-22", "said_by": "resident", "version": 4 });
        let next = street.clerk.post(&format!("{path}/transfer"), to).await.expect(201);
        street.clerk.post(&format!("/api/v1/tenancies/{}/undo", id(&next)), json!({ "version": 1, "reason": "误登" })).await.expect(200);
        let expected = [
            "undone", "transferred", "stated-by-other", "dispute-settled", "corrected", "move-out-undone", "moved-out", "moved-in",
        ];
        assert_eq!(kinds(&me).await, expected);
        assert!(told(&street.app.as_resident(street.resident("李娜", None).await).await).await.is_empty());
    }

    async fn a_landlords_accepted_report_is_told_without_naming_anybody(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let new = json!({
            "dwelling_id": street.flats[0], "kind": "move-in", "moved_on": "2026-11-20",
            "occupant": { "name": "王小明", "document": { "kind": "citizen-id", "number": SPECIMEN } },
        });
        let report = id(&landlord.post("/api/v1/me/reports", new).await.expect(201));
        let accept = json!({ "version": 1, "resident_id": wang });
        street.clerk.post(&format!("/api/v1/reports/{report}/acceptance"), accept).await.expect(200);
        let me = street.app.as_resident(wang).await;
        let notices = me.get(NOTICES).await.expect(200);
        assert_eq!(kinds(&me).await, ["moved-in"]);
        for secret in ["赵房东", "王小明", "谈固"] {
            assert!(!notices.to_string().contains(secret), "{notices}");
        }
    }

    async fn notices_are_read_page_by_page_and_marked_by_whoever_they_are_for(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let me = street.app.as_resident(wang).await;
        let path = moved_in(&street, wang, 0).await;
        street.clerk.post(&format!("{path}/undo"), json!({ "version": 1, "reason": "误登" })).await.expect(200);
        let first = me.get(&format!("{NOTICES}?limit=1")).await.expect(200);
        assert_eq!((&first["unread"], &first["items"][0]["kind"]), (&json!(2), &json!("undone")));
        let second = me.get(&format!("{NOTICES}?limit=1&after={}", first["next"].as_str().unwrap())).await.expect(200);
        assert_eq!((&second["items"][0]["kind"], &second["next"]), (&json!("moved-in"), &Value::Null));
        let read = format!("{NOTICES}/{}/read", id(&first["items"][0]));
        let other = street.app.as_resident(street.resident("李娜", None).await).await;
        other.post(&read, json!({})).await.refused(404, "not-found");
        assert!(me.post(&read, json!({})).await.expect(200)["read_at"].is_string());
        me.post(&read, json!({})).await.expect(200);
        assert_eq!(me.get(NOTICES).await.expect(200)["unread"], 1);
    }

    async fn a_text_message_says_that_there_is_something_to_read_and_goes_out_once(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = with_phone(&street, "王小明", Some("15400000014")).await;
        moved_in(&street, wang, 0).await;
        let folder = tempfile::tempdir().unwrap();
        let spool = || Spool::open(&folder.path().join("spool")).unwrap();
        assert_eq!(deliver(&street.app, spool()).await, 1);
        assert_eq!(deliver(&street.app, spool()).await, 0);
        let files: Vec<_> = std::fs::read_dir(folder.path().join("spool")).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(files[0].path()).unwrap();
        assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true));
        let message: Value = serde_json::from_str(&text).unwrap();
        let me = street.app.as_resident(wang).await;
        let notice = told(&me).await[0].clone();
        assert_eq!((&message["id"], &message["phone"]), (&notice["id"], &json!("+8615400000014")));
        assert_eq!(message.as_object().unwrap().len(), 3);
        for secret in ["王小明", "谈固", "入住", "2026", "moved"] {
            assert!(!message["text"].to_string().contains(secret), "{message}");
        }
        assert_eq!(notice["delivery"], "sent");
        let looks = me.get("/api/v1/me/looks").await.expect(200);
        let look = &looks["items"][0];
        assert_eq!((&look["purpose"], &look["fields"], &look["role"]), (&json!("notice-delivery"), &json!(["phone"]), &json!("system")));
        assert_eq!(looks["items"].as_array().unwrap().len(), 1, "a telephone that was not needed is not opened");
    }

    async fn what_cannot_be_handed_over_is_tried_again_later_and_given_up_in_the_end(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = with_phone(&street, "王小明", Some("15400000014")).await;
        moved_in(&street, wang, 0).await;
        let folder = tempfile::tempdir().unwrap();
        let failing = |times| Failing(AtomicU32::new(times), Spool::open(folder.path()).unwrap());
        assert_eq!(deliver(&street.app, failing(1)).await, 0);
        assert_eq!(deliver(&street.app, failing(0)).await, 0, "not at once");
        street.app.advance(TimeDelta::minutes(1));
        assert_eq!(deliver(&street.app, failing(0)).await, 1);
        let li = with_phone(&street, "李娜", Some("15400000022")).await;
        moved_in(&street, li, 1).await;
        for _ in 0..12 {
            assert_eq!(deliver(&street.app, failing(1)).await, 0);
            street.app.advance(TimeDelta::hours(10));
        }
        assert_eq!(deliver(&street.app, failing(0)).await, 0);
        let me = street.app.as_resident(li).await;
        assert_eq!(told(&me).await[0]["delivery"], "given-up");
    }

    async fn nothing_is_sent_to_a_protected_persons_telephone_or_to_one_without(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = with_phone(&street, "王小明", Some("15400000014")).await;
        let li = with_phone(&street, "李娜", None).await;
        moved_in(&street, wang, 0).await;
        moved_in(&street, li, 1).await;
        let me = street.app.as_resident(wang).await;
        me.post("/api/v1/me/protection/request", json!({})).await.expect(200);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(deliver(&street.app, Spool::open(folder.path()).unwrap()).await, 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(told(&me).await[0]["delivery"], "withheld");
        assert_eq!(told(&street.app.as_resident(li).await).await[0]["delivery"], "no-phone");
    }

    async fn a_confidential_look_that_has_opened_is_told_once_on_its_day(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = with_phone(&street, "王小明", Some("15400000014")).await;
        let asked = json!({ "reason": reason("identity-check"), "fields": ["phone"], "until": "2026-12-01" });
        let access = street.clerk.post(&format!("/api/v1/residents/{wang}/confidential-accesses"), asked.clone()).await;
        let access = format!("/api/v1/confidential-accesses/{}", id(&access.expect(201)));
        // One that is never opened is never told.
        street.clerk.post(&format!("/api/v1/residents/{wang}/confidential-accesses"), asked).await.expect(201);
        let supervisor = street.app.as_supervisor().await;
        supervisor.post(&format!("{access}/approval"), json!({})).await.expect(200);
        street.clerk.post(&format!("{access}/disclosure"), json!({})).await.expect(200);
        let me = street.app.as_resident(wang).await;
        street.app.advance(TimeDelta::days(7));
        assert_eq!((of_the_day(&street.app).await, kinds(&street.app.session_of(&me).await).await), (0, vec![]), "30 November");
        street.app.advance(TimeDelta::days(1));
        assert_eq!((of_the_day(&street.app).await, of_the_day(&street.app).await), (1, 0));
        street.app.advance(TimeDelta::days(30));
        assert_eq!(of_the_day(&street.app).await, 0);
        let me = street.app.session_of(&me).await;
        assert_eq!(kinds(&me).await, ["access-opened"]);
        let look = me.get("/api/v1/me/looks").await.expect(200)["items"][0].clone();
        assert_eq!((&told(&me).await[0]["about_id"], &look["kind"]), (&look["id"], &json!("data.disclosed")));
    }

    async fn a_deletion_is_told_thirty_days_before_and_once_for_each_day(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let me = street.app.as_resident(wang).await;
        let path = moved_in(&street, wang, 0).await;
        let out = json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&format!("{path}/move-out"), out).await.expect(200);
        let of_deletion = async || {
            let notices = told(&street.app.session_of(&me).await).await;
            let deletions = notices.iter().filter(|notice| notice["kind"] == "deletion-coming");
            deletions.map(|notice| notice["text"]["en"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let until = async |day: &str| {
            let then: chrono::DateTime<chrono::Utc> = format!("{day}T02:00:00Z").parse().unwrap();
            street.app.advance(then - street.app.now());
            let clerk = street.app.as_clerk_of("130102001").await;
            (of_the_day(&street.app).await, of_the_day(&street.app).await, clerk)
        };
        let (first, again, clerk) = until("2029-10-20").await;
        assert_eq!((first, again), (0, 0), "three years are over on 20 November, in 31 days");
        let dispute = format!("{}/dispute", path.replace("/v1/", "/v1/me/"));
        street.app.session_of(&me).await.post(&dispute, json!({ "reason": "日期不对" })).await.expect(200);
        let (first, _, _) = until("2029-10-22").await;
        assert_eq!(first, 0, "what is held is not deleted on that day");
        clerk.post(&format!("{path}/settlement"), json!({ "answer": "已核对" })).await.refused(401, "not-signed-in");
        let (_, _, clerk) = until("2029-10-23").await;
        clerk.post(&format!("{path}/settlement"), json!({ "answer": "已核对" })).await.expect(200);
        let (first, again, _) = until("2029-10-24").await;
        assert_eq!((first, again), (1, 0));
        let (first, _, clerk) = until("2029-11-01").await;
        assert_eq!(first, 0);
        assert_eq!(of_deletion().await, ["Your sealed data, such as document and telephone, will be erased on 2029-11-20."]);
        // Who comes back and leaves again has another day.
        let again = json!({ "resident_id": wang, "dwelling_id": street.flats[1], "on": "2029-11-01", "said_by": "resident" });
        let next = id(&clerk.post("/api/v1/tenancies", again).await.expect(201));
        let out = json!({ "on": "2029-11-02", "said_by": "resident", "version": 1 });
        let (_, _, clerk) = until("2029-11-03").await;
        clerk.post(&format!("/api/v1/tenancies/{next}/move-out"), out).await.expect(200);
        let (first, again, _) = until("2032-10-15").await;
        assert_eq!((first, again, of_deletion().await.len()), (1, 0, 2));
    }

    async fn a_guardians_consent_that_is_about_to_lapse_is_told_once_to_guardian_and_child(db: TestDb) {
        let street = Street::new(&db).await;
        let mother = street.resident("王芳", None).await;
        // Fourteen on 24 December 2026.
        let child = json!({ "committee": crate::street::FIRST, "name": "李小宝", "sex": "male", "birth_date": "2012-12-24", "origin": "410522" });
        let child = id(&street.clerk.post("/api/v1/residents", child).await.expect(201));
        let give = |recipient: &str| {
            json!({ "given_by": mother, "guardian_stated": true, "purpose": "record-exchange", "recipient": recipient, "text_version": "2026-01" })
        };
        let consents = format!("/api/v1/residents/{child}/consents");
        let consent = id(&street.clerk.post(&consents, give("411421")).await.expect(201));
        let withdrawn = id(&street.clerk.post(&consents, give("510104")).await.expect(201));
        street.clerk.post(&format!("/api/v1/consents/{withdrawn}/withdrawal"), json!({})).await.expect(200);
        let people = [street.app.as_resident(mother).await, street.app.as_resident(child.parse().unwrap()).await];
        assert_eq!(of_the_day(&street.app).await, 0, "31 days before");
        street.app.advance(TimeDelta::days(1));
        assert_eq!((of_the_day(&street.app).await, of_the_day(&street.app).await), (1, 0));
        street.app.advance(TimeDelta::days(29));
        assert_eq!(of_the_day(&street.app).await, 0);
        for person in people {
            let notices = told(&street.app.session_of(&person).await).await;
            let lapsing: Vec<_> = notices.iter().filter(|notice| notice["kind"] == "consent-lapsing").collect();
            assert_eq!((lapsing.len(), &lapsing[0]["about_id"]), (1, &json!(consent)), "{notices:?}");
            assert!(lapsing[0]["text"]["zh"].as_str().unwrap().contains("2026-12-24"));
        }
    }

    async fn who_was_reached_neither_way_is_told_at_the_next_visit(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = with_phone(&street, "王小明", None).await;
        let with_account = with_phone(&street, "李娜", None).await;
        street.app.as_resident(with_account).await;
        moved_in(&street, wang, 0).await;
        moved_in(&street, with_account, 1).await;
        let untold = street.clerk.get("/api/v1/notices/untold").await.expect(200)["items"].clone();
        assert_eq!((untold.as_array().unwrap().len(), &untold[0]["resident_id"]), (1, &json!(wang)));
        assert!(untold[0]["text"]["zh"].as_str().unwrap().contains("入住"));
        let elsewhere = street.app.as_clerk_of("130102007029").await;
        assert_eq!(elsewhere.get("/api/v1/notices/untold").await.expect(200)["items"], json!([]));
        let told_them = format!("/api/v1/notices/{}/told", id(&untold[0]));
        elsewhere.post(&told_them, json!({})).await.refused(404, "not-found");
        street.clerk.post(&told_them, json!({})).await.expect(204);
        street.clerk.post(&told_them, json!({})).await.expect(204);
        assert_eq!(street.clerk.get("/api/v1/notices/untold").await.expect(200)["items"], json!([]));
        assert_eq!(street.journal_about(wang, "notice.told").await.len(), 1);
    }
}
