//! What people work on between localities: messages nobody was found for, and inquiries.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::hand::{Hand, marriage, new_id, started, verdicts};
use crate::harness::{TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, id, morning, person, reason};

async fn opened(db: &TestDb) -> (Locality, Hand) {
    let here = Locality::open(db, ORIGIN, &morning()).await;
    let hand = Hand::joined(RESIDENCE, &here).await;
    (here, hand)
}

fn case(case: &Value) -> String {
    format!("/api/v1/cases/{}", id(case))
}

fn ended(notice: Uuid, until: &str) -> Value {
    json!({ "notice": notice, "until": until })
}

/// Two localities that know each other, and somebody of the one who lives in the other.
struct Two {
    residence: Locality,
    origin: Locality,
    here: String,
    at_home: String,
}

impl Two {
    async fn open(db: &TestDb) -> Self {
        let clock = morning();
        let residence = Locality::open(db, RESIDENCE, &clock).await;
        let origin = Locality::open(db, ORIGIN, &clock).await;
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        Self { residence, origin, here, at_home }
    }

    async fn ask(&self, wanted: Value, stated: Value) -> String {
        let of_birth = ["birth", "born-since", "has-parent"].iter().any(|word| wanted.to_string().contains(word));
        let purpose = if of_birth { "birth-registration" } else { "marriage-check" };
        let mut question = json!({ "resident_id": self.here, "reason": reason(purpose), "wanted": wanted });
        if !stated.is_null() {
            question["stated"] = stated;
        }
        let inquiry = id(&self.residence.clerk.post("/api/v1/inquiries", question).await.expect(201));
        self.residence.sync(&self.origin).await;
        format!("/api/v1/inquiries/{inquiry}")
    }

    /// Answers at the origin, and opens what arrived where it was asked.
    async fn answered(&self, inquiry: &str, how: Value) -> Value {
        self.origin.clerk.post(&format!("{inquiry}/answer"), how).await.expect(200);
        self.origin.sync(&self.residence).await;
        let path = format!("{inquiry}/disclosures");
        self.residence.clerk.post(&path, reason("marriage-check")).await.expect(200)
    }
}

both_databases! {
    async fn somebody_nobody_has_on_file_waits_until_a_clerk_registers_them(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let notice = new_id();
        let start = hand.sealed(&here, "residence.started", started(notice, "李桂兰", WIFE, RESIDENCE));
        assert_eq!(verdicts(&hand.push(&here, 1, vec![start]).await), ["case"]);
        let waiting = here.cases().await;
        assert_eq!((&waiting[0]["reason"], &waiting[0]["about_id"]), (&json!("nobody-on-file"), &json!(notice)));
        here.clerk.post(&format!("{}/retry", case(&waiting[0])), json!({})).await.refused(409, "still-not-applicable");
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        let done = here.clerk.post(&format!("{}/retry", case(&waiting[0])), json!({})).await.expect(200);
        assert_eq!(done["state"], "applied");
        assert_eq!(here.elsewhere(&resident).await.len(), 1);
        for step in ["retry", "set-aside"] {
            here.clerk.post(&format!("{}/{step}", case(&waiting[0])), json!({})).await.refused(409, "case-closed");
        }
        let pairing = json!({ "resident_id": resident });
        here.clerk.post(&format!("{}/pairing", case(&waiting[0])), pairing).await.refused(409, "case-closed");
        assert!(here.cases().await.is_empty());
    }

    async fn a_name_spelled_differently_is_paired_by_a_clerk_and_what_waited_follows(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let resident = here.resident("李桂蘭花", WIFE, ORIGIN).await;
        let stranger = Hand::joined(OTHER_ORIGIN, &here).await;
        let notice = new_id();
        let batch = vec![
            hand.sealed(&here, "residence.started", started(notice, "李桂兰", WIFE, RESIDENCE)),
            hand.sealed(&here, "residence.ended", ended(notice, "1990-01-01")),
            hand.sealed(&here, "residence.ended", ended(notice, "2026-11-22")),
        ];
        assert_eq!(verdicts(&hand.push(&here, 1, batch).await), ["case"; 3]);
        // Somebody else's word about the same notice takes no part in it.
        let meddling = stranger.sealed(&here, "residence.ended", ended(notice, "2026-11-21"));
        stranger.push(&here, 1, vec![meddling]).await;
        let waiting = here.cases().await;
        let reasons: Vec<&str> = waiting.iter().map(|one| one["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["name-differs", "unknown-notice", "unknown-notice", "unknown-notice"]);
        let paired = here.clerk.post(&format!("{}/pairing", case(&waiting[0])), json!({ "resident_id": resident })).await.expect(200);
        assert_eq!((&paired["state"], &paired["resident_id"]), (&json!("paired"), &json!(resident)));
        let told = here.elsewhere(&resident).await;
        assert_eq!((told.len(), &told[0]["until"]), (1, &json!("2026-11-22")));
        // The impossible end and the meddler's word wait on.
        let left: Vec<Value> = here.cases().await;
        assert_eq!(left.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&waiting[1]["id"], &waiting[3]["id"]]);
    }

    async fn a_record_under_another_spelling_is_paired_by_the_document(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let wife = here.resident("李桂蘭花", WIFE, ORIGIN).await;
        let uninvolved = here.resident("王小明", "440524188501010010", ORIGIN).await;
        let record = new_id();
        let couple = [("李桂兰", WIFE), ("王守义", HUSBAND)];
        let batch = vec![
            hand.sealed(&here, "record.supplied", marriage(record, 1, RESIDENCE, couple)),
            hand.sealed(&here, "record.supplied", marriage(record, 2, RESIDENCE, couple)),
        ];
        assert_eq!(verdicts(&hand.push(&here, 1, batch).await), ["case"; 2]);
        let waiting = here.cases().await;
        assert_eq!(waiting[0]["reason"], "name-differs");
        let path = format!("{}/pairing", case(&waiting[0]));
        here.clerk.post(&path, json!({ "resident_id": uninvolved })).await.refused(409, "cannot-pair");
        here.clerk.post(&path, json!({ "resident_id": new_id() })).await.refused(404, "not-found");
        here.clerk.post(&path, json!({ "resident_id": wife })).await.expect(200);
        let records = here.records_of(&wife).await;
        assert_eq!((records.len(), &records[0]["version"]), (1, &json!(2)));
        assert!(here.cases().await.is_empty());
        assert!(here.records_of(&uninvolved).await.is_empty());
    }

    async fn a_case_is_the_countys_work_and_opening_it_is_written_down(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let start = hand.sealed(&here, "residence.started", started(new_id(), "李桂兰", WIFE, RESIDENCE));
        hand.push(&here, 1, vec![start, "rubbish".to_owned()]).await;
        let waiting = here.cases().await;
        let committee = here.node.as_clerk_of(&here.committee).await;
        let path = case(&waiting[0]);
        committee.get("/api/v1/cases").await.refused(404, "not-found");
        committee.get(&path).await.refused(404, "not-found");
        committee.post(&format!("{path}/disclosures"), reason("record-exchange")).await.refused(404, "not-found");
        committee.post(&format!("{path}/set-aside"), json!({})).await.refused(404, "not-found");
        here.admin.get(&path).await.refused(403, "forbidden");
        assert!(!waiting[0].to_string().contains("李桂兰"));
        let opened = here.clerk.post(&format!("{path}/disclosures"), reason("record-exchange")).await.expect(200);
        assert_eq!(opened["payload"]["person"]["name"], "李桂兰");
        let unreadable = format!("{}/disclosures", case(&waiting[1]));
        here.clerk.post(&unreadable, reason("record-exchange")).await.refused(409, "malformed-envelope");
        let written: Vec<String> =
            here.node.raw("select entry from journal where kind = 'data.disclosed'").await;
        assert_eq!(written.len(), 1, "what could not be opened was not disclosed");
        assert!(written[0].contains(waiting[0]["id"].as_str().unwrap()) && written[0].contains("record-exchange"));
        let aside = here.clerk.post(&format!("{path}/set-aside"), json!({})).await.expect(200);
        assert_eq!(aside["state"], "set-aside");
        here.clerk.post(&format!("{path}/set-aside"), json!({})).await.refused(409, "case-closed");
        let listed = here.clerk.get("/api/v1/cases?state=set-aside").await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    }

    async fn an_inquiry_that_may_not_or_cannot_be_asked_is_refused(db: TestDb) {
        let two = Two::open(&db).await;
        let questions = json!({ "questions": [{ "ask": "marriage-stands" }] });
        let clerk = &two.residence.clerk;
        let ask = |resident: &str, wanted: &Value, why: Value| {
            clerk.post("/api/v1/inquiries", json!({ "resident_id": resident, "reason": why, "wanted": wanted }))
        };
        let nameless = json!({ "committee": two.residence.committee, "name": "赵无证", "sex": "unknown", "origin": ORIGIN });
        let nameless = id(&clerk.post("/api/v1/residents", nameless).await.expect(201));
        ask(&nameless, &questions, reason("marriage-check")).await.refused(409, "document-needed");
        let far = two.residence.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
        ask(&far, &questions, reason("marriage-check")).await.refused(409, "no-peer-for-origin");
        let mut why = reason("marriage-check");
        why["basis"] = json!("housing-rental-regulations");
        ask(&two.here, &questions, why.clone()).await.refused(409, "basis-does-not-cover");
        why["basis"] = json!("consent");
        ask(&two.here, &questions, why.clone()).await.refused(409, "basis-does-not-cover");
        for nothing in [json!({ "questions": [] }), json!({ "marriage": [] }), json!({ "birth": [] }),
                        json!({ "questions": vec![json!({ "ask": "marriage-stands" }); 11] })] {
            ask(&two.here, &nothing, reason("birth-registration")).await.invalid("wanted", "too-few-or-too-many");
        }
        let finer = json!({ "resident_id": two.here, "reason": reason("marriage-check"), "wanted": { "marriage": ["place"] },
                            "stated": { "marriage": { "place": { "division": "411421001" } } } });
        clerk.post("/api/v1/inquiries", finer).await.invalid("stated", "finer-than-a-county");
        // With the person's own consent for that purpose and recipient, it may be asked.
        let consent = json!({ "given_by": two.here, "purpose": "marriage-check", "recipient": ORIGIN, "text_version": "2026-01" });
        let consent = clerk.post(&format!("/api/v1/residents/{}/consents", two.here), consent).await.expect(201);
        let asked = ask(&two.here, &questions, why.clone()).await.expect(201);
        // Withdrawn before it left, it does not leave.
        clerk.post(&format!("/api/v1/consents/{}/withdrawal", id(&consent)), json!({})).await.expect(200);
        two.residence.sync(&two.origin).await;
        assert_eq!(two.residence.peer(&two.origin).await["sent"], 0);
        assert_eq!(clerk.get(&format!("/api/v1/inquiries/{}", id(&asked))).await.expect(200)["state"], "open");
    }

    async fn an_answer_about_a_child_rests_on_the_consent_it_was_asked_on(db: TestDb) {
        let two = Two::open(&db).await;
        let child = |side: &Locality| json!({
            "committee": side.committee, "name": "张小例", "sex": "female", "birth_date": "2023-03-08", "origin": ORIGIN,
            "document": { "kind": "birth-certificate", "number": "T000000014" },
        });
        let here = id(&two.residence.clerk.post("/api/v1/residents", child(&two.residence)).await.expect(201));
        let at_home = id(&two.origin.clerk.post("/api/v1/residents", child(&two.origin)).await.expect(201));
        let consent = json!({ "given_by": two.here, "guardian_stated": true, "purpose": "birth-registration", "recipient": ORIGIN,
                              "text_version": "2026-01" });
        let consent = two.residence.clerk.post(&format!("/api/v1/residents/{here}/consents"), consent).await.expect(201);
        let mut why = reason("birth-registration");
        why["basis"] = json!("consent");
        let born = json!({ "questions": [{ "ask": "born-since", "day": "2023-01-01" }] });
        let question = json!({ "resident_id": here, "reason": why, "wanted": born });
        let inquiry = id(&two.residence.clerk.post("/api/v1/inquiries", question).await.expect(201));
        two.residence.sync(&two.origin).await;
        let answer = async || {
            two.origin.clerk.post(&format!("/api/v1/inquiries/{inquiry}/answer"), json!({ "decision": "answer" })).await
        };
        // Had it come on a statute, nothing about the child would be answered.
        two.origin.node.tamper("update inquiries set basis = 'family-planning-law-14'").await;
        answer().await.refused(409, "basis-does-not-cover");
        two.origin.node.tamper("update inquiries set basis = 'consent'").await;
        answer().await.expect(200);
        two.origin.sync(&two.residence).await;
        let left_on: Vec<Uuid> = two.origin.node.raw("select consent_id from stream_out where kind = 'record.answered'").await;
        assert_eq!(left_on, [id(&consent).parse::<Uuid>().unwrap()], "the answer leaves on the same consent");
        let entries: Vec<String> =
            two.origin.node.raw("select entry from journal where kind in ('data.disclosed', 'data.sent')").await;
        let about: Vec<Value> = entries.iter().map(|entry| serde_json::from_str(entry).unwrap()).collect();
        let about: Vec<&Value> = about.iter().filter(|entry| entry["subjects"].to_string().contains(&at_home)).collect();
        assert!(about.len() > 2 && about.iter().all(|entry| entry["basis"] == "consent"), "{about:#?}");
        let opened = two.residence.clerk.post(&format!("/api/v1/inquiries/{inquiry}/disclosures"), why.clone()).await;
        assert_eq!(opened.expect(200)["answer"]["replies"], json!(["cannot-say"]));
    }

    async fn an_answer_says_what_was_wanted_and_no_more(db: TestDb) {
        let two = Two::open(&db).await;
        let couple = [json!({ "resident": two.at_home }), person("王守义", HUSBAND)];
        two.origin.marriage(couple).await;
        let spouse = |name: &str| json!({ "marriage": { "spouse": { "name": name, "document": { "kind": "citizen-id", "number": HUSBAND } }, "married_on": "1972-05-20" } });
        let wanted = json!({ "marriage": ["married_on", "stands"] });
        let inquiry = two.ask(wanted.clone(), spouse("王守义")).await;
        let answered = two.answered(&inquiry, json!({ "decision": "answer" })).await;
        assert_eq!(answered["outcome"], "confirmed");
        assert_eq!(answered["answer"]["facts"], json!({ "marriage": { "married_on": "1972-05-20", "stands": true } }));
        let inquiry = two.ask(wanted, json!({ "marriage": { "married_on": "1972-05-21" } })).await;
        let answered = two.answered(&inquiry, json!({ "decision": "answer" })).await;
        assert_eq!(answered["outcome"], "differs");
        assert_eq!(answered["answer"]["facts"], json!({ "marriage": { "married_on": "1972-05-20", "stands": true } }));
        let inquiry = two.ask(json!({ "birth": ["born_on"] }), Value::Null).await;
        let answered = two.answered(&inquiry, json!({ "decision": "answer" })).await;
        assert_eq!((&answered["outcome"], &answered["answer"]["facts"]), (&json!("not-found"), &Value::Null));
        let married_to = |number: &str| json!({ "ask": "married-to", "person": { "name": "王守义", "document": { "kind": "citizen-id", "number": number } } });
        let inquiry = two.ask(json!({ "questions": [married_to(HUSBAND), { "ask": "born-since", "day": "1970-01-01" }] }), Value::Null).await;
        let answered = two.answered(&inquiry, json!({ "decision": "answer" })).await;
        assert_eq!(answered["answer"]["replies"], json!(["yes", "cannot-say"]));
    }

    async fn an_inquiry_is_answered_once_and_every_way_it_can_come_out(db: TestDb) {
        let two = Two::open(&db).await;
        let questions = json!({ "questions": [{ "ask": "marriage-stands" }] });
        for (how, outcome) in [
            (json!({ "decision": "not-found" }), "not-found"),
            (json!({ "decision": "cannot-say" }), "cannot-say"),
            (json!({ "decision": "decline", "reason": "too-broad" }), "declined"),
        ] {
            let inquiry = two.ask(questions.clone(), Value::Null).await;
            let clerk = &two.origin.clerk;
            clerk.post(&format!("{inquiry}/answer"), json!({ "decision": "decline" })).await.invalid("reason", "missing-field");
            let both = json!({ "decision": "answer", "reason": "too-broad" });
            clerk.post(&format!("{inquiry}/answer"), both).await.invalid("reason", "goes-with-decline");
            let answered = two.answered(&inquiry, how.clone()).await;
            assert_eq!((&answered["outcome"], &answered["answer"]["facts"], &answered["answer"]["replies"]), (&json!(outcome), &Value::Null, &Value::Null));
            clerk.post(&format!("{inquiry}/answer"), how).await.refused(409, "inquiry-answered");
            // Whoever asked does not answer.
            two.residence.clerk.post(&format!("{inquiry}/answer"), json!({ "decision": "answer" })).await.refused(404, "not-found");
        }
    }

    async fn an_inquiry_belongs_to_the_committee_that_keeps_the_file(db: TestDb) {
        let two = Two::open(&db).await;
        let inquiry = two.ask(json!({ "questions": [{ "ask": "marriage-stands" }] }), Value::Null).await;
        for side in [&two.residence, &two.origin] {
            let street = &side.committee[..9];
            let others = anju::localities::divisions::children(&street.parse().unwrap());
            let other = others.iter().find(|one| one.code.as_str() != side.committee).unwrap();
            let elsewhere = side.node.as_clerk_of(other.code.as_str()).await;
            elsewhere.get(&inquiry).await.refused(404, "not-found");
            elsewhere.post(&format!("{inquiry}/disclosures"), reason("marriage-check")).await.refused(404, "not-found");
            elsewhere.post(&format!("{inquiry}/answer"), json!({ "decision": "not-found" })).await.refused(404, "not-found");
            let own = side.node.as_clerk_of(&side.committee).await;
            own.get(&inquiry).await.expect(200);
        }
        // Nobody is found under another name: then it is the county's.
        let hand = Hand::joined(OTHER_ORIGIN, &two.origin).await;
        let asked = new_id();
        let request = json!({ "inquiry": asked, "subject": { "document": { "kind": "citizen-id", "number": WIFE }, "name": "李桂花" },
                              "wanted": { "questions": [{ "ask": "marriage-stands" }] }, "due_on": "2026-12-14" });
        let again = hand.sealed(&two.origin, "record.requested", request.clone());
        let answer = hand.push(&two.origin, 1, vec![hand.sealed(&two.origin, "record.requested", request), again]).await;
        assert_eq!(verdicts(&answer), ["applied", "rejected:inquiry-known"]);
        let path = format!("/api/v1/inquiries/{asked}");
        two.origin.node.as_clerk_of(&two.origin.committee).await.get(&path).await.refused(404, "not-found");
        assert_eq!(two.origin.clerk.get(&path).await.expect(200)["resident_id"], Value::Null);
        two.origin.clerk.post(&format!("{path}/answer"), json!({ "decision": "answer" })).await.refused(409, "nobody-paired");
        two.origin.clerk.post(&format!("{path}/answer"), json!({ "decision": "not-found" })).await.expect(200);
    }

    async fn people_see_on_both_sides_that_they_were_asked_about_and_nothing_is_left_readable(db: TestDb) {
        let two = Two::open(&db).await;
        two.origin.marriage([json!({ "resident": two.at_home }), person("王守义", HUSBAND)]).await;
        let inquiry = two.ask(json!({ "marriage": ["spouse"] }), Value::Null).await;
        two.answered(&inquiry, json!({ "decision": "answer" })).await;
        for (side, resident) in [(&two.residence, &two.here), (&two.origin, &two.at_home)] {
            let own = side.node.as_resident(resident.parse().unwrap()).await;
            let looks = own.get("/api/v1/me/looks?limit=200").await.expect(200);
            let fields: Vec<String> = looks["items"].as_array().unwrap().iter().map(|look| look["fields"].to_string()).collect();
            let wanted = if side.code == RESIDENCE { "document" } else { "answer" };
            assert!(fields.iter().any(|field| field.contains(wanted)), "{fields:?}");
        }
        for side in [&two.residence, &two.origin] {
            let mut texts: Vec<String> = side.node.raw("select entry from journal").await;
            texts.extend(side.node.raw::<String>("select envelope from stream_in").await);
            texts.extend(side.node.raw::<String>("select envelope from stream_out").await);
            texts.extend(side.node.raw::<String>("select coalesce(case_ref, '') || purpose || basis || coalesce(outcome, '') from inquiries").await);
            let sealed: Vec<Vec<u8>> = [
                side.node.raw::<Vec<u8>>("select question from inquiries").await,
                side.node.raw::<Vec<u8>>("select answer from inquiries where answer is not null").await,
            ].concat();
            assert!(!sealed.is_empty());
            texts.extend(sealed.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
            for text in texts {
                for secret in ["李桂兰", "王守义", WIFE, HUSBAND, "1972-05-20"] {
                    assert!(!text.contains(secret), "{secret} in {text}");
                }
            }
            for envelope in side.node.raw::<String>("select envelope from stream_out").await {
                assert_eq!(envelope.split('.').count(), 5, "an envelope, encrypted");
            }
        }
    }
}
