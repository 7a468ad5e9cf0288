//! Consents: in which words, who may give them, for what, how they end, and what that does on both sides.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hand::{Hand, marriage, new_id, verdicts};
use crate::harness::{Person, TestApp, TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, id, morning, reason};
use crate::residents::{OTHER_COMMITTEE, at, named, own_log_in, registered, with};

fn given_by(giver: &Value) -> Value {
    json!({ "given_by": giver["id"], "purpose": "record-exchange", "recipient": "411421", "text_version": "2026-01" })
}

fn withdrawal(consent: &Value) -> String {
    format!("/api/v1/consents/{}/withdrawal", consent["id"].as_str().unwrap())
}

both_databases! {
    async fn a_consent_is_given_withdrawn_and_given_again(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let path = at(&wang, "/consents");
        let consent = clerk.post(&path, given_by(&wang)).await.expect(201);
        assert_eq!((&consent["resident_id"], &consent["withdrawn_at"]), (&wang["id"], &Value::Null));
        clerk.post(&path, given_by(&wang)).await.refused(409, "consent-on-record");
        clerk.post(&path, with(given_by(&wang), "recipient", json!("510104"))).await.expect(201);
        let withdrawn = clerk.post(&withdrawal(&consent), json!({})).await.expect(200);
        assert_eq!(withdrawn["withdrawn_at"], "2026-11-23T02:00:00Z");
        assert_eq!((&withdrawn["taken_back"], &withdrawn["sent"]), (&json!([]), &json!([])));
        clerk.post(&withdrawal(&consent), json!({})).await.refused(409, "consent-withdrawn");
        clerk.post(&path, given_by(&wang)).await.expect(201);
        let listed = clerk.get(&path).await.expect(200);
        assert_eq!(listed.as_array().unwrap().len(), 3);
        assert_eq!((&listed[2]["id"], &listed[2]["withdrawn_at"]), (&consent["id"], &withdrawn["withdrawn_at"]));
        let kinds: Vec<String> =
            app.raw("select kind from journal where kind like 'consent.%' order by id").await;
        assert_eq!(kinds, ["consent.given", "consent.given", "consent.withdrawn", "consent.given"]);
    }

    async fn a_guardian_consents_for_a_child_until_the_fourteenth_birthday_and_the_child_never(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        // Fourteen on 24 November 2026: tomorrow.
        let child = registered(&clerk, with(named("李小宝"), "birth_date", json!("2012-11-24"))).await;
        let sister = registered(&clerk, with(named("李小玉"), "birth_date", json!("2009-01-01"))).await;
        let path = at(&child, "/consents");
        let stated = |giver: &Value| with(given_by(giver), "guardian_stated", json!(true));
        clerk.post(&path, given_by(&child)).await.invalid("given_by", "guardian-needed");
        own_log_in(&app, &child).await.post(&path, given_by(&child)).await.invalid("given_by", "guardian-needed");
        clerk.post(&path, stated(&sister)).await.invalid("given_by", "guardian-not-of-age");
        clerk.post(&path, given_by(&wang)).await.invalid("given_by", "guardian-not-on-record");
        let consent = clerk.post(&path, stated(&wang)).await.expect(201);
        assert_eq!((&consent["given_by"], &consent["given_as"]), (&wang["id"], &json!("stated-guardian")));
        assert_eq!(consent["lapses_on"], "2026-11-24", "the day is seen in advance");
        app.advance(TimeDelta::days(1));
        let clerk = app.as_clerk().await;
        clerk.post(&path, stated(&wang)).await.invalid("given_by", "only-the-person-consents");
        let own = clerk.post(&path, given_by(&child)).await.expect(201);
        assert_eq!((&own["given_as"], &own["lapses_on"]), (&json!("person"), &Value::Null));
        let listed = clerk.get(&path).await.expect(200);
        assert_eq!(listed[1]["replaced_by"], own["id"]);
        let withdrawals: Vec<String> = app.raw("select kind from journal where kind = 'consent.withdrawn'").await;
        assert!(withdrawals.is_empty(), "nobody withdrew it");
    }

    async fn a_parent_by_the_birth_record_gives_and_withdraws_by_their_own_log_in(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let mother = registered(&clerk, named("王芳")).await;
        let other = registered(&clerk, named("周远")).await;
        let child = registered(&clerk, with(named("李小宝"), "birth_date", json!("2022-03-01"))).await;
        let path = at(&child, "/consents");
        let (me, stranger) = (own_log_in(&app, &mother).await, own_log_in(&app, &other).await);
        me.post(&path, given_by(&mother)).await.refused(404, "not-found");
        birth(&clerk, &child["id"], &mother["id"]).await;
        stranger.post(&path, given_by(&other)).await.refused(404, "not-found");
        stranger.post(&path, with(given_by(&other), "guardian_stated", json!(true))).await.refused(404, "not-found");
        own_log_in(&app, &child).await.post(&path, given_by(&mother)).await.refused(404, "not-found");
        let consent = me.post(&path, given_by(&mother)).await.expect(201);
        assert_eq!(consent["given_as"], "parent");
        assert_eq!(me.get("/api/v1/me/consents").await.expect(200), json!([consent]));
        stranger.get(&format!("/api/v1/consents/{}", id(&consent))).await.refused(404, "not-found");
        stranger.post(&withdrawal(&consent), json!({})).await.refused(404, "not-found");
        me.post(&withdrawal(&consent), json!({})).await.expect(200);
    }

    async fn what_was_agreed_to_is_shown_before_and_kept_word_for_word(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let me = own_log_in(&app, &wang).await;
        let preview = |purpose: &str, recipient: &str| {
            let path = format!("/api/v1/consent-texts/preview?purpose={purpose}&recipient={recipient}");
            let me = me.clone();
            async move { me.get(&path).await }
        };
        let shown = preview("record-exchange", ORIGIN).await.expect(200);
        assert_eq!((&shown["text_version"], &shown["recipient_name"]), (&json!("2026-01"), &json!("河南省商丘市民权县")));
        for (language, words) in [("zh", "提供给谁：河南省商丘市民权县。"), ("en", "To whom: 河南省商丘市民权县.")] {
            assert!(shown["text"][language].as_str().unwrap().contains(words), "{shown}");
        }
        preview("record-exchange", "nobody-knows").await.invalid("recipient", "unknown-recipient");
        preview("identity-check", ORIGIN).await.invalid("purpose", "no-consent-text");
        let consent = me.post(&at(&wang, "/consents"), given_by(&wang)).await.expect(201);
        let agreed = me.get(&format!("/api/v1/consents/{}", id(&consent))).await.expect(200);
        assert_eq!((&agreed["text"], &agreed["recipient_name"]), (&shown["text"], &shown["recipient_name"]));
        let listed = app.as_auditor().await.get("/api/v1/consent-texts").await.expect(200);
        let of = listed.as_array().unwrap().iter().find(|text| text["purpose"] == "record-exchange").unwrap();
        assert_eq!((&of["version"], &of["from"]), (&json!("2026-01"), &json!("2026-01-01")));
    }

    async fn nobody_consents_for_somebody_of_age(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let husband = registered(&clerk, with(named("李强"), "sex", json!("male"))).await;
        clerk.post(&at(&wang, "/consents"), given_by(&husband)).await.invalid("given_by", "only-the-person-consents");
        let unknown = registered(&clerk, with(named("周远"), "birth_date", Value::Null)).await;
        clerk.post(&at(&unknown, "/consents"), given_by(&wang)).await.invalid("given_by", "only-the-person-consents");
        clerk.post(&at(&unknown, "/consents"), given_by(&unknown)).await.expect(201);
    }

    async fn a_consent_names_a_listed_purpose_and_the_edition_shown(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        for (field, value, code) in [
            ("purpose", "curiosity", "unknown-purpose"),
            ("recipient", "永城", "malformed-node-code"),
            ("purpose", "identity-check", "no-consent-text"),
            ("recipient", "nobody-knows", "unknown-recipient"),
            ("text_version", "王芳看过的那一版", "malformed-text-version"),
            ("text_version", "2025-01", "unknown-text-version"),
        ] {
            let new = with(given_by(&wang), field, json!(value));
            clerk.post(&at(&wang, "/consents"), new).await.invalid(field, code);
        }
    }

    async fn a_person_keeps_their_own_consents_and_nobody_elses(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let wang = registered(&clerk, named("王芳")).await;
        let li = registered(&clerk, named("李强")).await;
        let own = own_log_in(&app, &wang).await;
        let consent = own.post(&at(&wang, "/consents"), given_by(&wang)).await.expect(201);
        assert_eq!(own.get("/api/v1/me/record").await.expect(200)["consents"], json!([consent]));
        let stranger = own_log_in(&app, &li).await;
        stranger.get(&at(&wang, "/consents")).await.refused(404, "not-found");
        stranger.post(&at(&wang, "/consents"), given_by(&li)).await.refused(404, "not-found");
        stranger.post(&withdrawal(&consent), json!({})).await.refused(404, "not-found");
        let elsewhere = app.as_clerk_of(OTHER_COMMITTEE).await;
        elsewhere.post(&withdrawal(&consent), json!({})).await.refused(404, "not-found");
        own.post(&withdrawal(&consent), json!({})).await.expect(200);
        app.as_supervisor().await.get(&at(&wang, "/consents")).await.refused(403, "forbidden");
    }

    async fn a_withdrawal_says_what_it_stopped_and_what_had_left_and_the_receiver_erases_that(db: TestDb) {
        let two = Two::open(&db).await;
        let (here, there) = (&two.here, &two.there);
        let clerk = &here.clerk;
        here.sync(there).await;
        let told = there.elsewhere(&two.child_there).await;
        assert_eq!((told.len(), &told[0]["asks_for_changes"], &told[0]["consent_withdrawn_at"]), (1, &json!(false), &Value::Null));
        assert_eq!(there.records_of(&two.child_there).await.len(), 1);
        // As a record lies that came before it was noted in which messages records come.
        assert_eq!(there.node.tamper("delete from civil_record_messages").await, 1);
        // What is written after the last sync waits still.
        let correction = json!({ "version": 1, "standing": "annulled", "source": "statement", "because": "登记有误",
                                 "reason": reason("record-correction") });
        clerk.post(&format!("/api/v1/civil-records/{}/corrections", two.birth), correction).await.expect(200);
        anju::exchange::sync::prepare(here.node.app()).await.unwrap();
        let done = clerk.post(&format!("/api/v1/consents/{}/withdrawal", two.consent), json!({})).await.expect(200);
        let waited = |kind: &str| json!({ "recipient": ORIGIN, "kind": kind, "count": 1 });
        assert_eq!(done["taken_back"], json!([waited("record.supplied"), waited("access.noted")]));
        let kinds: Vec<_> = done["sent"].as_array().unwrap().iter().map(|sent| sent["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["record.supplied", "residence.started", "access.noted"]);
        assert!(done["sent"].as_array().unwrap().iter().all(|sent| sent["recipient"] == ORIGIN && sent["received_at"].is_string()));
        assert_eq!(here.sync(there).await["sent"], 1, "the telling, and nothing of what was taken back");
        let told = there.elsewhere(&two.child_there).await;
        assert_eq!(told[0]["consent_withdrawn_at"], "2026-11-23T02:00:00Z");
        let records = there.records_of(&two.child_there).await;
        assert_eq!((&records[0]["version"], &records[0]["consent_withdrawn_at"]), (&json!(1), &json!("2026-11-23T02:00:00Z")));
        let agreed = clerk.get(&format!("/api/v1/consents/{}", two.consent)).await.expect(200);
        assert!(agreed["sent"].as_array().unwrap().iter().all(|sent| sent["withdrawal_told_at"].is_string()), "{agreed}");
        // The person sees it there, too.
        let me_there = there.node.as_resident(two.child_there.parse().unwrap()).await;
        let own = me_there.get("/api/v1/me/civil-records").await.expect(200);
        assert_eq!((&own[0]["summary"]["consent_withdrawn_at"], &own[0]["body"]), (&json!("2026-11-23T02:00:00Z"), &Value::Null));
        let notices = me_there.get("/api/v1/me/notices").await.expect(200);
        let said: Vec<_> = notices["items"].as_array().unwrap().iter().map(|notice| &notice["kind"]).collect();
        assert_eq!(said, ["consent-withdrawn-elsewhere", "consent-withdrawn-elsewhere"], "of the record and of the residence");
        for form in ["json", "pdf"] {
            assert_eq!(me_there.post("/api/v1/me/extracts", json!({ "form": form })).await.status, 200, "{form}");
        }
        // What came is gone: the record's key and text, the place and the days, the messages.
        let opening = json!({ "reason": reason("birth-registration"), "fields": ["birth.child"] });
        there.clerk.post(&format!("/api/v1/civil-records/{}/disclosures", two.birth), opening).await.refused(409, "erased");
        let left: Vec<i32> = there.node.raw("select length(body) + length(fingerprint) from civil_records").await;
        let keys: Vec<String> = there.node.raw("select node_key_id from data_keys where owner_id in (select id from civil_records)").await;
        assert_eq!((left, keys.len()), (vec![0], 0));
        let days = |day: &str| json!([day, day]);
        assert_eq!(json!([told[0]["since"], told[0]["until"]]), days("2026-11-23"));
        assert_eq!((&told[0]["division"], &told[0]["contact_office"], &told[0]["contact_phone"]), (&json!("13"), &json!("—"), &Value::Null));
        let envelopes = "select kind from stream_in where envelope = 'forgotten' order by seq";
        let gone: Vec<String> = there.node.raw(envelopes).await;
        assert_eq!(gone, ["record.supplied", "residence.started", "access.noted"]);
        // Nothing is answered from it.
        let third = Hand::joined(OTHER_ORIGIN, there).await;
        let asked = new_id();
        let question = json!({ "inquiry": asked, "subject": { "document": two.papers(), "name": "张小例" },
                               "wanted": { "questions": [{ "ask": "born-since", "day": "2023-01-01" }] }, "due_on": "2026-12-14" });
        let mut message = third.says(ORIGIN, "record.requested", question);
        message["basis"] = json!({ "code": "consent", "consent": new_id(), "text_version": "2026-01" });
        third.push(there, 1, vec![third.seal(there, &message)]).await;
        there.clerk.post(&format!("/api/v1/inquiries/{asked}/answer"), json!({ "decision": "answer" })).await.expect(200);
        let opened = there.clerk.post(&format!("/api/v1/inquiries/{asked}/disclosures"), reason("birth-registration")).await;
        assert_eq!(opened.expect(200)["answer"]["replies"], json!(["cannot-say"]));
    }

    async fn what_also_came_on_something_that_stands_is_kept_and_comes_again_on_it(db: TestDb) {
        let there = Locality::open(&db, ORIGIN, &morning()).await;
        let wife = there.resident("李桂兰", WIFE, ORIGIN).await;
        let peer = Hand::joined(OTHER_ORIGIN, &there).await;
        let record = new_id();
        let couple = [("李桂兰", WIFE), ("王守义", HUSBAND)];
        let says = |version: u32, on_consent: bool| {
            let mut message = peer.says(ORIGIN, "record.supplied", marriage(record, version, OTHER_ORIGIN, couple));
            if on_consent {
                message["basis"] = json!({ "code": "consent", "consent": new_id(), "text_version": "2026-01" });
            }
            message
        };
        let withdraws = |message: &Value| {
            let withdrawn = json!([{ "message": message["id"], "about": record }]);
            peer.sealed(&there, "consent.withdrawn", json!({ "consent": new_id(), "withdrawn": withdrawn }))
        };
        let push = async |first: i64, messages: Vec<String>| {
            let answer = peer.push(&there, first, messages).await;
            assert!(verdicts(&answer).iter().all(|verdict| verdict == "applied"), "{:?}", verdicts(&answer));
        };
        let opens = async |version: i32| {
            let opening = json!({ "reason": reason("marriage-check"), "fields": ["marriage.married_on"], "version": version });
            there.clerk.post(&format!("/api/v1/civil-records/{record}/disclosures"), opening).await.status
        };
        let (first, second) = (says(1, true), says(1, true));
        push(1, vec![peer.seal(&there, &first), peer.seal(&there, &second), withdraws(&first)]).await;
        assert_eq!((opens(1).await, &there.records_of(&wife).await[0]["consent_withdrawn_at"]), (200, &Value::Null));
        push(4, vec![withdraws(&second), withdraws(&second)]).await;
        assert_eq!(opens(1).await, 409);
        let told = there.node.as_resident(wife.parse().unwrap()).await.get("/api/v1/me/notices").await.expect(200);
        assert_eq!(told["items"].as_array().unwrap().len(), 1, "told once, when it was erased");
        push(6, vec![peer.seal(&there, &says(1, false))]).await;
        assert_eq!((opens(1).await, &there.records_of(&wife).await[0]["consent_withdrawn_at"]), (200, &Value::Null));
        let next = says(2, true);
        push(7, vec![peer.seal(&there, &next)]).await;
        assert_eq!((opens(2).await, opens(1).await), (200, 200));
        push(8, vec![withdraws(&next)]).await;
        assert_eq!((opens(2).await, opens(1).await), (409, 200), "the version that came on a statute stays");
        let question = json!({ "reason": reason("marriage-check"), "questions": [{ "ask": "marriage-stands" }] });
        there.clerk.post(&format!("/api/v1/residents/{wife}/questions"), question).await.expect(200);
    }

    async fn an_inquiry_loses_its_question_with_the_consent_it_came_on(db: TestDb) {
        let there = Locality::open(&db, ORIGIN, &morning()).await;
        there.resident("李桂兰", WIFE, ORIGIN).await;
        let peer = Hand::joined(OTHER_ORIGIN, &there).await;
        let asks = |inquiry: Uuid, on_consent: bool| {
            let subject = json!({ "document": { "kind": "citizen-id", "number": WIFE }, "name": "李桂兰" });
            let wanted = json!({ "questions": [{ "ask": "marriage-stands" }] });
            let question = json!({ "inquiry": inquiry, "subject": subject, "wanted": wanted, "due_on": "2026-12-14" });
            let mut message = peer.says(ORIGIN, "record.requested", question);
            if on_consent {
                message["basis"] = json!({ "code": "consent", "consent": new_id(), "text_version": "2026-01" });
            }
            message
        };
        let [answered, open, statute] = [new_id(), new_id(), new_id()];
        let said = [asks(answered, true), asks(open, true), asks(statute, false)];
        let sealed = said.iter().map(|message| peer.seal(&there, message)).collect();
        assert_eq!(verdicts(&peer.push(&there, 1, sealed).await), ["applied"; 3]);
        let decide = json!({ "decision": "answer" });
        there.clerk.post(&format!("/api/v1/inquiries/{answered}/answer"), decide).await.expect(200);
        let withdrawn: Vec<_> = said.iter().zip([answered, open, statute])
            .map(|(message, inquiry)| json!({ "message": message["id"], "about": inquiry })).collect();
        let withdrawal = peer.sealed(&there, "consent.withdrawn", json!({ "consent": new_id(), "withdrawn": withdrawn }));
        assert_eq!(verdicts(&peer.push(&there, 4, vec![withdrawal]).await), ["applied"]);
        let disclose = async |inquiry: Uuid| {
            there.clerk.post(&format!("/api/v1/inquiries/{inquiry}/disclosures"), reason("marriage-check")).await
        };
        disclose(answered).await.refused(409, "erased");
        disclose(open).await.refused(409, "erased");
        disclose(statute).await.expect(200);
        let seen = there.clerk.get(&format!("/api/v1/inquiries/{open}")).await.expect(200);
        assert_eq!((&seen["state"], &seen["outcome"]), (&json!("answered"), &json!("declined")));
        anju::exchange::sync::prepare(there.node.app()).await.unwrap();
        let leaving: Vec<String> = there.node.raw("select kind from stream_out where kind = 'record.answered'").await;
        assert_eq!(leaving.len(), 1, "the refusal leaves, and not the answer that waited");
        there.node.advance(TimeDelta::days(366));
        assert_eq!(anju::retention::run(there.node.app(), false).await.unwrap().inquiries, 1);
        assert!(there.node.raw::<i32>("select length(answer) from inquiries where answer is not null").await.is_empty());
    }

    async fn a_new_consent_begins_anew_what_the_withdrawn_one_ended(db: TestDb) {
        let two = Two::open(&db).await;
        let (here, there) = (&two.here, &two.there);
        here.sync(there).await;
        here.clerk.post(&format!("/api/v1/consents/{}/withdrawal", two.consent), json!({})).await.expect(200);
        here.sync(there).await;
        two.consents().await;
        assert_eq!(here.sync(there).await["sent"], 2);
        let told = there.elsewhere(&two.child_there).await;
        assert_eq!(told.len(), 2, "the new notice, and that there was one before");
        assert_eq!((&told[0]["consent_withdrawn_at"], &told[0]["since"]), (&Value::Null, &json!("2026-11-20")));
        assert!(told[1]["consent_withdrawn_at"].is_string());
        assert_eq!(there.records_of(&two.child_there).await[0]["consent_withdrawn_at"], Value::Null);
        assert_eq!(here.sync(there).await["sent"], 0);
    }

    async fn a_guardians_consent_carries_nothing_past_the_fourteenth_birthday(db: TestDb) {
        let two = Two::open(&db).await;
        let (here, there) = (&two.here, &two.there);
        here.sync(there).await;
        here.node.tamper("update residents set birth_date = '2012-11-23' where name = '张小例'").await;
        let correction = json!({ "version": 1, "standing": "annulled", "source": "statement", "because": "登记有误",
                                 "reason": reason("record-correction") });
        here.clerk.post(&format!("/api/v1/civil-records/{}/corrections", two.birth), correction).await.expect(200);
        assert_eq!(here.sync(there).await["sent"], 1, "that the record was read for it, which rests on a statute");
        assert_eq!(there.records_of(&two.child_there).await[0]["version"], 1);
        let own = json!({ "given_by": two.child, "purpose": "record-exchange", "recipient": ORIGIN, "text_version": "2026-01" });
        here.clerk.post(&format!("/api/v1/residents/{}/consents", two.child), own).await.expect(201);
        assert_eq!(here.sync(there).await["sent"], 1, "the correction, on the person's own consent");
        assert_eq!(there.records_of(&two.child_there).await[0]["version"], 2);
    }

    async fn a_withdrawal_of_what_never_came_or_of_anothers_changes_nothing_and_one_of_a_case_closes_it(db: TestDb) {
        let two = Two::open(&db).await;
        two.here.sync(&two.there).await;
        let there = &two.there;
        let other = Hand::joined(OTHER_ORIGIN, there).await;
        let notice = there.elsewhere(&two.child_there).await[0]["id"].clone();
        let [message]: [Uuid; 1] = there
            .node
            .raw("select message_id from stream_in where kind = 'residence.started'")
            .await
            .try_into()
            .unwrap();
        let withdrawn = |message: &dyn ToString, about: &Value| {
            let withdrawn = json!([{ "message": message.to_string(), "about": about }]);
            json!({ "consent": new_id(), "withdrawn": withdrawn })
        };
        let unknown = json!({ "notice": new_id(), "until": "2026-11-22" });
        let case = other.says(ORIGIN, "residence.ended", unknown);
        let batch = vec![
            other.sealed(there, "consent.withdrawn", withdrawn(&message, &notice)),
            other.sealed(there, "consent.withdrawn", withdrawn(&new_id(), &json!(new_id()))),
            other.seal(there, &case),
        ];
        assert_eq!(verdicts(&other.push(there, 1, batch).await), ["applied", "applied", "case"]);
        assert_eq!(there.elsewhere(&two.child_there).await[0]["consent_withdrawn_at"], Value::Null);
        assert_eq!(there.cases().await.len(), 1);
        let of_the_case = withdrawn(&case["id"].as_str().unwrap(), &case["payload"]["notice"]);
        let twice = vec![
            other.sealed(there, "consent.withdrawn", of_the_case.clone()),
            other.sealed(there, "consent.withdrawn", of_the_case),
        ];
        assert_eq!(verdicts(&other.push(there, 4, twice).await), ["applied", "applied"]);
        assert!(there.cases().await.is_empty(), "nobody pairs any more what may not be used");
    }
}

async fn birth(clerk: &Person, child: &Value, parent: &Value) -> String {
    let birth = json!({
        "birth": { "child": { "resident": child }, "place": { "division": RESIDENCE }, "parents": [{ "resident": parent }] },
        "source": "statement", "reason": reason("birth-registration"),
    });
    id(&clerk.post("/api/v1/births", birth).await.expect(201))
}

/// A child of three who lives here with her mother, and has a file at home.
struct Two {
    here: Locality,
    there: Locality,
    mother: String,
    child: String,
    child_there: String,
    birth: String,
    consent: String,
}

impl Two {
    async fn open(db: &TestDb) -> Self {
        let clock = morning();
        let (here, there) = (Locality::open(db, RESIDENCE, &clock).await, Locality::open(db, ORIGIN, &clock).await);
        here.trust(&there, "push").await;
        there.trust(&here, "push").await;
        let mother = here.resident("李桂兰", WIFE, ORIGIN).await;
        let mut two = Self {
            mother,
            child: String::new(),
            child_there: String::new(),
            birth: String::new(),
            consent: String::new(),
            here,
            there,
        };
        two.child = two.file_of_child(&two.here).await;
        two.child_there = two.file_of_child(&two.there).await;
        two.birth = birth(&two.here.clerk, &json!(two.child), &json!(two.mother)).await;
        let dwellings = two.here.dwellings().await;
        two.here.moves_in(&two.child, &dwellings[0], "2026-11-20").await;
        two.consent = two.consents().await;
        two
    }

    fn papers(&self) -> Value {
        json!({ "kind": "birth-certificate", "number": "T000000014" })
    }

    async fn file_of_child(&self, of: &Locality) -> String {
        let new = json!({ "committee": of.committee, "name": "张小例", "sex": "female", "birth_date": "2023-03-08",
                          "origin": ORIGIN, "document": self.papers() });
        id(&of.clerk.post("/api/v1/residents", new).await.expect(201))
    }

    async fn consents(&self) -> String {
        let new = json!({ "given_by": self.mother, "purpose": "record-exchange", "recipient": ORIGIN, "text_version": "2026-01" });
        let given = self.here.clerk.post(&format!("/api/v1/residents/{}/consents", self.child), new).await.expect(201);
        assert_eq!((&given["given_as"], &given["lapses_on"]), (&json!("parent"), &json!("2037-03-08")));
        id(&given)
    }
}
