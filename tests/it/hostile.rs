//! What a peer that does not keep the protocol can do here: harm its own stream, and nothing else.

use anju::exchange::streams::{DigestAnswer, DigestBody, PullAnswer, PullBody, PushBody};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hand::{Hand, deliver, encrypt, marriage, started, verdicts};
use crate::harness::{TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, id, morning, person, reason};

const PUSH: &str = "messages";

async fn opened(db: &TestDb) -> (Locality, Hand) {
    let here = Locality::open(db, ORIGIN, &morning()).await;
    let hand = Hand::joined(RESIDENCE, &here).await;
    (here, hand)
}

fn empty() -> Value {
    json!({ "first": 1, "messages": [] })
}

async fn received(here: &Locality, from: &Hand) -> Value {
    here.clerk.get(&format!("/api/v1/peers/{}", from.code)).await.expect(200)["received"].clone()
}

both_databases! {
    async fn a_request_is_refused_with_the_status_the_specification_gives_its_reason(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let now = here.node.now().timestamp();
        for (member, value, status, code) in [
            ("iat", json!(now + 61), 400, "issued-in-future"),
            ("exp", json!(now), 400, "expired"),
            ("exp", json!(now + 301), 400, "lives-too-long"),
            ("url", json!("http://127.0.0.1:9/exchange/v1/streams/130102/messages"), 400, "wrong-url"),
            ("to", json!(RESIDENCE), 401, "not-for-us"),
            ("from", json!(ORIGIN), 401, "not-from-sender"),
            ("body", json!({ "first": 1 }), 400, "invalid-payload"),
            ("body", json!({ "first": 1, "messages": [], "more": 1 }), 400, "invalid-payload"),
            ("jti", json!("no-uuid"), 400, "invalid-payload"),
        ] {
            let mut request = hand.request(&here, PUSH, &empty());
            request[member] = value;
            hand.post(&here, PUSH, &request).await.refused(status, code);
        }
        // Within the tolerated skew, it is accepted.
        let mut request = hand.request(&here, PUSH, &empty());
        request["iat"] = json!(now + 60);
        hand.post(&here, PUSH, &request).await.expect(200);
    }

    async fn a_request_signed_for_one_endpoint_serves_no_other(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let pull = json!({ "after": 0, "limit": 1, "verdicts": [] });
        let request = hand.request(&here, "pull", &pull);
        hand.post(&here, "digest", &request).await.refused(400, "invalid-payload");
        let request = hand.request(&here, "pull", &empty());
        hand.post(&here, PUSH, &request).await.refused(400, "wrong-url");
    }

    async fn a_bad_missing_or_foreign_signature_is_refused(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let path = hand.path(PUSH);
        let content = hand.request(&here, PUSH, &empty()).to_string();
        let jws = hand.sign("anju-request+jws", content.as_bytes());
        let (signed, signature) = jws.rsplit_once('.').unwrap();
        let other = hand.sign("anju-request+jws", b"{}");
        let swapped = format!("{signed}.{}", other.rsplit_once('.').unwrap().1);
        let stranger = Hand::new("450481").sign("anju-request+jws", content.as_bytes());
        for (body, status, code) in [
            (swapped, 401, "bad-signature"),
            (format!("{signed}."), 401, "bad-signature"),
            (signed.to_owned(), 400, "malformed-envelope"),
            (format!("{signed}.{signature}.{signature}"), 400, "malformed-envelope"),
            (stranger, 401, "unknown-key"),
            (hand.sign("anju-message+jws", content.as_bytes()), 400, "malformed-envelope"),
            (content, 400, "malformed-envelope"),
            (String::new(), 400, "malformed-envelope"),
        ] {
            deliver(&here, &path, "application/jose", body).await.refused(status, code);
        }
        let unsigned = jws.replacen(jws.split_once('.').unwrap().0, "eyJhbGciOiJub25lIn0", 1);
        assert!([400, 401].contains(&deliver(&here, &path, "application/jose", unsigned).await.status));
        deliver(&here, &path, "application/jose", jws).await.expect(200);
    }

    async fn a_replayed_request_is_refused_and_has_no_effect(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let request = hand.request(&here, PUSH, &empty());
        hand.post(&here, PUSH, &request).await.expect(200);
        hand.post(&here, PUSH, &request).await.refused(409, "replayed");
        here.node.advance(TimeDelta::seconds(119));
        hand.post(&here, PUSH, &request).await.refused(409, "replayed");
        here.node.advance(TimeDelta::seconds(1));
        hand.post(&here, PUSH, &request).await.refused(400, "expired");
        // Another peer's memory is its own: the same id from somebody else is no replay.
        let other = Hand::joined(OTHER_ORIGIN, &here).await;
        let mut request = hand.request(&here, PUSH, &empty());
        hand.post(&here, PUSH, &request).await.expect(200);
        let jti = request["jti"].clone();
        request = other.request(&here, PUSH, &empty());
        request["jti"] = jti;
        other.post(&here, PUSH, &request).await.expect(200);
    }

    async fn another_content_type_or_too_long_a_body_is_refused(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let path = hand.path(PUSH);
        let jws = hand.sign("anju-request+jws", hand.request(&here, PUSH, &empty()).to_string().as_bytes());
        deliver(&here, &path, "application/json", jws.clone()).await.refused(415, "unsupported-media-type");
        deliver(&here, &path, "text/plain", jws).await.refused(415, "unsupported-media-type");
        deliver(&here, &path, "application/jose", vec![b'A'; 1024 * 1024 + 1]).await.refused(413, "too-large");
        deliver(&here, &path, "application/jose", vec![b'A'; 1024 * 1024]).await.refused(400, "malformed-envelope");
        deliver(&here, &path, "application/jose", vec![0xff; 10]).await.refused(400, "malformed-envelope");
    }

    async fn an_unknown_or_suspended_node_gets_404_and_nothing_else(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let stranger = Hand::new("450481");
        let mut bodies = Vec::new();
        for what in [PUSH, "pull", "digest"] {
            bodies.push(stranger.post(&here, what, &stranger.request(&here, what, &empty())).await.refused(404, "not-found"));
        }
        // Rubbish from a stranger is answered alike: who is known is not to be found out.
        bodies.push(deliver(&here, &stranger.path(PUSH), "application/jose", "rubbish").await.refused(404, "not-found"));
        let plan = json!({ "mode": "push", "schedule": "0 0 1 * * *", "state": "suspended" });
        here.admin.put(&format!("/api/v1/peers/{}/plan", hand.code), plan).await.expect(200);
        for what in [PUSH, "pull", "digest"] {
            bodies.push(hand.post(&here, what, &hand.request(&here, what, &empty())).await.refused(404, "not-found"));
        }
        for mut body in bodies.clone() {
            body["request_id"] = bodies[0]["request_id"].clone();
            assert_eq!(body, bodies[0]);
        }
        assert_eq!(here.node.raw::<i64>("select count(*) from seen_requests").await, [0]);
    }

    async fn what_cannot_be_read_is_received_as_a_case_and_blocks_nothing(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let at_home = here.resident("李桂兰", WIFE, ORIGIN).await;
        let start = || hand.says(ORIGIN, "residence.started", started(Uuid::now_v7(), "李桂兰", WIFE, RESIDENCE));
        let with = |member: &str, value: Value| {
            let mut message = start();
            message[member] = value;
            hand.seal(&here, &message)
        };
        let stranger = Hand::new("450481");
        let jws = hand.sign("anju-message+jws", start().to_string().as_bytes());
        let (signed, _) = jws.rsplit_once('.').unwrap();
        let (_, other) = hand.sign("anju-message+jws", b"{}").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let batch = [
            (with("kind", json!("rumour.heard")), "rejected:unknown-kind"),
            (with("version", json!(2)), "rejected:unsupported-version"),
            (with("to", json!(OTHER_ORIGIN)), "rejected:not-for-us"),
            (with("from", json!(OTHER_ORIGIN)), "rejected:not-from-sender"),
            (with("payload", json!({})), "rejected:invalid-payload"),
            (with("note", json!("and one member more")), "rejected:invalid-payload"),
            (with("sent_at", json!("2026-11-23T02:01:01Z")), "rejected:issued-in-future"),
            (with("sent_at", json!("2020-01-01T00:00:00Z")), "rejected:expired-key"),
            (encrypt(&format!("{signed}.{other}"), &here), "rejected:bad-signature"),
            (encrypt(&stranger.sign("anju-message+jws", start().to_string().as_bytes()), &here), "rejected:unknown-key"),
            (encrypt("no jws at all", &here), "rejected:malformed-envelope"),
            ("no envelope at all".to_owned(), "rejected:malformed-envelope"),
            (String::new(), "rejected:malformed-envelope"),
            ("A".repeat(64 * 1024 + 1), "rejected:too-large"),
            (hand.seal(&here, &start()), "applied"),
        ];
        let answer = hand.push(&here, 1, batch.iter().map(|(envelope, _)| envelope.clone()).collect()).await;
        assert_eq!(answer.received, batch.len() as i64);
        assert_eq!(verdicts(&answer), batch.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>());
        assert_eq!(here.elsewhere(&at_home).await.len(), 1, "the last one of the batch was applied");
        let cases = here.cases().await;
        let reasons: Vec<String> = cases.iter().map(|case| format!("rejected:{}", case["reason"].as_str().unwrap())).collect();
        assert_eq!(reasons, batch[..batch.len() - 1].iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>());
        assert!(cases.iter().all(|case| case["kind"] == "unreadable"));
        for case in &cases {
            let path = format!("/api/v1/cases/{}", id(case));
            assert_eq!(here.clerk.post(&format!("{path}/retry"), json!({})).await.status, 409);
            here.clerk.post(&format!("{path}/set-aside"), json!({})).await.expect(200);
        }
    }

    async fn a_message_id_that_came_before_is_rejected_whatever_it_says_now(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let (wife, husband) = (here.resident("李桂兰", WIFE, ORIGIN).await, here.resident("王守义", HUSBAND, ORIGIN).await);
        let first = hand.says(ORIGIN, "residence.started", started(Uuid::now_v7(), "李桂兰", WIFE, RESIDENCE));
        let mut again = hand.says(ORIGIN, "residence.started", started(Uuid::now_v7(), "王守义", HUSBAND, RESIDENCE));
        again["id"] = first["id"].clone();
        let answer = hand.push(&here, 1, vec![hand.seal(&here, &first), hand.seal(&here, &again)]).await;
        assert_eq!(verdicts(&answer), ["applied", "rejected:duplicate-id"]);
        assert_eq!((here.elsewhere(&wife).await.len(), here.elsewhere(&husband).await.len()), (1, 0));
        // The rejection is final: trying again does not smuggle it in.
        let case = format!("/api/v1/cases/{}", id(&here.cases().await[0]));
        here.clerk.post(&format!("{case}/retry"), json!({})).await.refused(409, "still-not-applicable");
        here.clerk.post(&format!("{case}/pairing"), json!({ "resident_id": husband })).await.refused(409, "cannot-pair");
        assert!(here.elsewhere(&husband).await.is_empty());
    }

    async fn gaps_take_nothing_and_repetitions_change_nothing(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let at_home = here.resident("李桂兰", WIFE, ORIGIN).await;
        let start = hand.sealed(&here, "residence.started", started(Uuid::from_u128(1), "李桂兰", WIFE, RESIDENCE));
        let end = hand.sealed(&here, "residence.ended", json!({ "notice": Uuid::from_u128(1), "until": "2026-11-22" }));
        let gap = hand.push(&here, 2, vec![end.clone()]).await;
        assert_eq!((gap.received, gap.verdicts.len()), (0, 0));
        let empty = hand.push(&here, 1, vec![]).await;
        assert_eq!((empty.received, empty.verdicts.len()), (0, 0));
        let far = hand.push(&here, i64::MAX, vec![end.clone()]).await;
        assert_eq!((far.received, far.verdicts.len()), (0, 0));
        hand.push(&here, 1, vec![start.clone()]).await;
        for _ in 0..2 {
            let again = hand.push(&here, 1, vec![start.clone()]).await;
            assert_eq!((again.received, verdicts(&again)), (1, vec!["applied".to_owned()]));
        }
        let overlap = hand.push(&here, 1, vec![start.clone(), end.clone()]).await;
        assert_eq!((overlap.received, verdicts(&overlap)), (2, vec!["applied".to_owned(); 2]));
        let known = hand.push(&here, 2, vec!["something else under a number that is taken".to_owned()]).await;
        assert_eq!((known.received, verdicts(&known)), (2, vec!["applied".to_owned()]));
        assert_eq!(here.elsewhere(&at_home).await.len(), 1);
        assert!(here.cases().await.is_empty());
        assert_eq!(here.node.raw::<i64>("select count(*) from stream_in").await, [2]);
    }

    async fn a_batch_that_is_no_batch_is_refused(db: TestDb) {
        let (here, hand) = opened(&db).await;
        for (body, status, code) in [
            (PushBody { first: 0, messages: vec![] }, 400, "invalid-payload"),
            (PushBody { first: -1, messages: vec!["x".into()] }, 400, "invalid-payload"),
            (PushBody { first: i64::MIN, messages: vec!["x".into()] }, 400, "invalid-payload"),
            (PushBody { first: 1, messages: vec!["x".into(); 201] }, 413, "too-large"),
        ] {
            hand.post(&here, PUSH, &hand.request(&here, PUSH, &body)).await.refused(status, code);
        }
        for (after, limit) in [(-1, 1), (i64::MIN, 1), (i64::MAX, 1), (0, 0), (0, 201)] {
            let body = PullBody { after, limit, verdicts: vec![] };
            hand.post(&here, "pull", &hand.request(&here, "pull", &body)).await.refused(400, "invalid-payload");
        }
        for (first, last, items) in [(0, 1, false), (2, 1, false), (-5, i64::MAX, false), (1, 201, true), (1, i64::MAX, true)] {
            let body = DigestBody { first, last, digest: String::new(), items };
            hand.post(&here, "digest", &hand.request(&here, "digest", &body)).await.refused(400, "invalid-payload");
        }
        let whole: DigestAnswer =
            hand.ask(&here, "digest", &DigestBody { first: 1, last: i64::MAX, digest: String::new(), items: false }).await;
        assert_eq!((whole.count, whole.items), (0, None));
        let beyond: PullAnswer = hand.ask(&here, "pull", &PullBody { after: 900, limit: 200, verdicts: vec![] }).await;
        assert_eq!((beyond.first, beyond.messages.len(), beyond.last), (901, 0, 0));
        assert_eq!(received(&here, &hand).await, 0);
    }

    async fn another_peers_notice_cannot_be_ended_undone_or_taken(db: TestDb) {
        let (here, honest) = opened(&db).await;
        let hostile = Hand::joined(OTHER_ORIGIN, &here).await;
        let (wife, husband) = (here.resident("李桂兰", WIFE, ORIGIN).await, here.resident("王守义", HUSBAND, ORIGIN).await);
        let notice = Uuid::now_v7();
        honest.push(&here, 1, vec![honest.sealed(&here, "residence.started", started(notice, "李桂兰", WIFE, RESIDENCE))]).await;
        let before = here.elsewhere(&wife).await;
        let undone = |step: &str| json!({ "notice": notice, "step": step, "reason": "entered-in-error" });
        let batch = vec![
            hostile.sealed(&here, "residence.ended", json!({ "notice": notice, "until": "2026-11-21" })),
            hostile.sealed(&here, "residence.undone", undone("started")),
            hostile.sealed(&here, "residence.undone", undone("ended")),
            hostile.sealed(&here, "residence.started", started(notice, "王守义", HUSBAND, OTHER_ORIGIN)),
        ];
        let answer = hostile.push(&here, 1, batch).await;
        assert_eq!(verdicts(&answer), ["case", "case", "case", "rejected:notice-known"]);
        assert_eq!(here.elsewhere(&wife).await, before);
        assert!(here.elsewhere(&husband).await.is_empty());
        for case in here.cases().await {
            let pairing = json!({ "resident_id": wife });
            here.clerk.post(&format!("/api/v1/cases/{}/pairing", id(&case)), pairing).await.refused(409, "cannot-pair");
        }
        // The honest peer's own word about it, repeated, is no news; changed, it is refused.
        let mut other_day = started(notice, "李桂兰", WIFE, RESIDENCE);
        other_day["since"] = json!("2026-11-01");
        let again = honest.sealed(&here, "residence.started", started(notice, "李桂兰", WIFE, RESIDENCE));
        let answer = honest.push(&here, 2, vec![again, honest.sealed(&here, "residence.started", other_day)]).await;
        assert_eq!(verdicts(&answer), ["applied", "rejected:notice-known"]);
        assert_eq!(here.elsewhere(&wife).await, before);
    }

    async fn a_residence_outside_the_senders_territory_is_rejected(db: TestDb) {
        let (here, hand) = opened(&db).await;
        let at_home = here.resident("李桂兰", WIFE, ORIGIN).await;
        let greedy = Hand::new("node-41");
        greedy.join(&here, &["41"], "http://127.0.0.1:9", "push").await;
        let start = |of: &Hand, locality: &str| of.sealed(&here, "residence.started", started(Uuid::now_v7(), "李桂兰", WIFE, locality));
        let answer = hand.push(&here, 1, vec![start(&hand, OTHER_ORIGIN), start(&hand, ORIGIN), start(&hand, "130104")]).await;
        assert_eq!(verdicts(&answer), vec!["rejected:outside-the-senders-territory"; 3]);
        // A province's node does not speak for a county that is ours.
        let answer = greedy.push(&here, 1, vec![start(&greedy, ORIGIN), start(&greedy, "411422")]).await;
        assert_eq!(verdicts(&answer), ["rejected:outside-the-senders-territory", "applied"]);
        assert_eq!(here.elsewhere(&at_home).await.len(), 1);
    }

    async fn nobody_claims_a_division_that_somebody_serves(db: TestDb) {
        let (here, _) = opened(&db).await;
        let thief = Hand::new("thief");
        for division in [ORIGIN, RESIDENCE] {
            let asked = thief.ask_to_join(&here, &["450481", division], "http://127.0.0.1:9", "push").await;
            asked.refused(409, "territory-overlaps");
        }
        thief.join(&here, &["450481"], "http://127.0.0.1:9", "push").await;
    }

    async fn a_record_is_taken_from_its_issuer_alone(db: TestDb) {
        let (here, honest) = opened(&db).await;
        let hostile = Hand::joined(OTHER_ORIGIN, &here).await;
        let wife = here.resident("李桂兰", WIFE, ORIGIN).await;
        let couple = [("李桂兰", WIFE), ("王守义", HUSBAND)];
        let record = Uuid::now_v7();
        let supplied = |of: &Hand, version, issuer: &str| of.sealed(&here, "record.supplied", marriage(record, version, issuer, couple));
        let own = here.marriage([json!({ "resident": wife }), person("王守义", HUSBAND)]).await;
        honest.push(&here, 1, vec![supplied(&honest, 1, RESIDENCE)]).await;
        let before = here.records_of(&wife).await;
        assert_eq!(before.len(), 2);
        let ours = hostile.sealed(&here, "record.supplied", marriage(own.parse().unwrap(), 2, OTHER_ORIGIN, couple));
        let batch = vec![
            supplied(&hostile, 2, RESIDENCE),
            supplied(&hostile, 2, ORIGIN),
            supplied(&hostile, 2, OTHER_ORIGIN),
            ours,
        ];
        let answer = hostile.push(&here, 1, batch).await;
        let rejected = ["not-the-issuer", "not-the-issuer", "other-issuer", "other-issuer"];
        assert_eq!(verdicts(&answer), rejected.map(|reason| format!("rejected:{reason}")));
        assert_eq!(here.records_of(&wife).await, before);
    }

    async fn an_inquiry_is_answered_by_whom_it_was_asked_and_once(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let asked = Hand::joined(ORIGIN, &here).await;
        let hostile = Hand::joined(OTHER_ORIGIN, &here).await;
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        let question = json!({ "resident_id": resident, "reason": reason("marriage-check"),
                               "wanted": { "questions": [{ "ask": "marriage-stands" }] } });
        let inquiry = here.clerk.post("/api/v1/inquiries", question).await.expect(201);
        let answers = |of: &Hand, inquiry: &Value, reply: &str| {
            of.sealed(&here, "record.answered",
                json!({ "inquiry": inquiry, "outcome": { "result": "confirmed" }, "replies": [reply] }))
        };
        let answer = hostile.push(&here, 1, vec![answers(&hostile, &inquiry["id"], "no")]).await;
        assert_eq!(verdicts(&answer), ["rejected:unknown-inquiry"]);
        let batch = vec![
            answers(&asked, &json!(Uuid::now_v7()), "yes"),
            answers(&asked, &inquiry["id"], "yes"),
            answers(&asked, &inquiry["id"], "no"),
        ];
        let answer = asked.push(&here, 1, batch).await;
        assert_eq!(verdicts(&answer), ["rejected:unknown-inquiry", "applied", "rejected:unknown-inquiry"]);
        let path = format!("/api/v1/inquiries/{}/disclosures", id(&inquiry));
        let opened = here.clerk.post(&path, reason("marriage-check")).await.expect(200);
        assert_eq!(opened["answer"]["replies"], json!(["yes"]));
    }

    async fn nobody_writes_into_or_reads_from_another_peers_stream(db: TestDb) {
        let (here, honest) = opened(&db).await;
        let hostile = Hand::joined(OTHER_ORIGIN, &here).await;
        for what in [PUSH, "pull", "digest"] {
            let request = honest.request(&here, what, &empty());
            let jws = hostile.sign("anju-request+jws", request.to_string().as_bytes());
            deliver(&here, &honest.path(what), "application/jose", jws).await.refused(401, "unknown-key");
        }
        // Verdicts on numbers that were never given out, and on another's, change nothing.
        here.resident("李桂兰", WIFE, OTHER_ORIGIN).await;
        let rash = json!([{ "seq": 1, "verdict": "applied" }, { "seq": -4, "verdict": "case" }, { "seq": i64::MAX, "verdict": "rejected:x" }]);
        let _: PullAnswer = hostile.ask(&here, "pull", &json!({ "after": 0, "limit": 5, "verdicts": rash })).await;
        for of in [&honest, &hostile] {
            let peer = here.clerk.get(&format!("/api/v1/peers/{}", of.code)).await.expect(200);
            assert_eq!((&peer["backlog"], &peer["sent"], &peer["received"]), (&json!(0), &json!(0), &json!(0)));
        }
    }

    async fn a_peer_whose_keys_ran_out_holds_up_nobody_else(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let origin = Locality::open(&db, ORIGIN, &morning()).await;
        here.trust(&origin, "push").await;
        origin.trust(&here, "push").await;
        let now = here.node.now();
        let careless = Hand::with_keys(OTHER_ORIGIN, now - TimeDelta::days(1), now + TimeDelta::minutes(10));
        careless.join(&here, &[OTHER_ORIGIN], "http://127.0.0.1:9", "passive").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let dwellings = here.dwellings().await;
        let husband = here.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
        let wife = here.resident("李桂兰", WIFE, ORIGIN).await;
        here.node.advance(TimeDelta::minutes(11));
        origin.node.advance(TimeDelta::minutes(11));
        here.moves_in(&husband, &dwellings[0], "2026-11-01").await;
        here.moves_in(&wife, &dwellings[1], "2026-11-01").await;
        let asked = json!({ "resident_id": husband, "reason": reason("marriage-check"),
                            "wanted": { "questions": [{ "ask": "marriage-stands" }] } });
        here.clerk.post("/api/v1/inquiries", asked).await.expect(201);
        here.sync(&origin).await;
        assert_eq!(origin.elsewhere(&at_home).await.len(), 1);
        let waiting = here.clerk.get(&format!("/api/v1/peers/{OTHER_ORIGIN}")).await.expect(200);
        assert_eq!(waiting["sent"], 0);
        // Its next card brings keys: what it is owed is written then, the inquiry, too.
        let renewed = Hand::with_keys(OTHER_ORIGIN, now, now + TimeDelta::days(300));
        renewed.join(&here, &[OTHER_ORIGIN], "http://127.0.0.1:9", "passive").await;
        here.sync(&origin).await;
        let waiting = here.clerk.get(&format!("/api/v1/peers/{OTHER_ORIGIN}")).await.expect(200);
        assert_eq!(waiting["sent"], 2);
    }
}
