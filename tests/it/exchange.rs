//! The exchange on days when something is in the way: peers that are down, answers that are lost, backups, two
//! processes; and whom which news reaches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anju::exchange::schedule::Schedule;
use anju::exchange::streams::PushBody;
use anju::exchange::{inbox, sync};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::hand::{Hand, marriage, new_id, started, verdicts};
use crate::harness::{TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, id, morning, reason};

/// A day in the county: two localities, somebody of the one who lives in the other, and dwellings to live in.
struct Day {
    residence: Locality,
    origin: Locality,
    here: String,
    at_home: String,
    flats: Vec<String>,
}

impl Day {
    async fn open(db: &TestDb, mode: &str) -> Self {
        let clock = morning();
        let residence = Locality::open(db, RESIDENCE, &clock).await;
        let origin = Locality::open(db, ORIGIN, &clock).await;
        residence.trust(&origin, mode).await;
        origin.trust(&residence, mode).await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let flats = residence.dwellings().await;
        Self { residence, origin, here, at_home, flats }
    }

    async fn tenancy(&self) -> Value {
        let path = format!("/api/v1/residents/{}/tenancies", self.here);
        self.residence.clerk.get(&path).await.expect(200).as_array().unwrap()[0].clone()
    }

    async fn step(&self, step: &str, mut body: Value) {
        let tenancy = self.tenancy().await;
        body["version"] = tenancy["version"].clone();
        let status = if step == "transfer" { 201 } else { 200 };
        self.residence.clerk.post(&format!("/api/v1/tenancies/{}/{step}", id(&tenancy)), body).await.expect(status);
    }

    async fn told(&self) -> Vec<Value> {
        self.residence.sync(&self.origin).await;
        self.origin.elsewhere(&self.at_home).await
    }
}

async fn report(from: &Locality, to: &str) -> Value {
    from.clerk.post(&format!("/api/v1/peers/{to}/sync"), json!({})).await.expect(200)
}

async fn peer(of: &Locality, code: &str) -> Value {
    of.clerk.get(&format!("/api/v1/peers/{code}")).await.expect(200)
}

/// Where a router is reached until the test ends; it plays a peer from before witnessing.
async fn serving(router: Router) -> String {
    let unknown = axum::routing::post(async || axum::http::StatusCode::NOT_FOUND);
    let router = router.route("/exchange/v1/streams/{from}/checkpoints", unknown);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A server that answers every request so, whatever it is.
async fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = Vec::new();
            let mut buffer = [0; 4096];
            while let Ok(count) = stream.read(&mut buffer).await {
                read.extend_from_slice(&buffer[..count]);
                // A compact JWS ends without a line feed; the head's end and two dots mean that the body is here.
                let whole = read.windows(4).position(|four| four == b"\r\n\r\n");
                if count == 0 || whole.is_some_and(|at| read[at..].iter().filter(|b| **b == b'.').count() == 2) {
                    break;
                }
            }
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

both_databases! {
    async fn a_peer_that_answers_nonsense_is_noted_with_a_code_and_left_alone_for_a_while(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let html = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<html>hi</html>";
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\neyJh";
        let proxy = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
        let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n";
        let known = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 22\r\n\r\n{\"code\":\"unknown-key\"}";
        for (code, url, failure) in [
            ("450481", answering(html).await, "answer-malformed-envelope"),
            ("450482", answering(half).await, "unreachable"),
            ("450483", answering(proxy).await, "status-502"),
            ("450484", answering(moved).await, "status-302"),
            ("450485", answering(known).await, "refused-unknown-key"),
            ("450486", "http://127.0.0.1:9".to_owned(), "unreachable"),
        ] {
            Hand::new(code).join(&here, &[code], &url, "push").await;
            let report = report(&here, code).await;
            assert_eq!((&report["result"], &report["reason"]), (&json!("failed"), &json!(failure)), "{code}");
            assert_eq!(peer(&here, code).await["last_failure"], failure);
        }
    }

    async fn an_answer_signed_by_another_or_to_another_request_is_not_believed(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let now = here.node.now().timestamp();
        let answer = move |code: &str, by: &str, content: Value| {
            let mut wire = json!({ "from": code, "to": RESIDENCE, "iat": now, "in_reply_to": new_id(),
                                   "body": { "received": 0, "verdicts": [] } });
            content.as_object().unwrap().iter().for_each(|(member, value)| wire[member] = value.clone());
            Hand::new(by).sign("anju-response+jws", wire.to_string().as_bytes())
        };
        for (code, by, content, failure) in [
            ("450481", "450482", json!({}), "answer-unknown-key"),
            ("450482", "450482", json!({}), "answer-not-in-reply"),
            ("450483", "450483", json!({ "from": "450482" }), "answer-not-from-sender"),
            ("450484", "450484", json!({ "to": "450482" }), "answer-not-for-us"),
            ("450485", "450485", json!({ "body": {} }), "answer-invalid-payload"),
        ] {
            let jws = answer(code, by, content);
            let router = Router::new().fallback(move || async move { ([(CONTENT_TYPE, "application/jose")], jws) });
            let url = serving(router).await;
            Hand::new(code).join(&here, &[code], &url, "push").await;
            let report = report(&here, code).await;
            assert_eq!((&report["result"], &report["reason"]), (&json!("failed"), &json!(failure)), "{code}");
        }
    }

    async fn a_peer_whose_numbers_make_no_sense_is_given_up(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let residence = &day.residence;
        let now = residence.node.now().timestamp();
        for (code, numbers, failure) in [
            ("410522", [0, 0], "no-progress"),
            ("411422", [i64::MAX, 0], "peer-is-ahead"),
            ("411423", [i64::MIN, 0], "peer-is-ahead"),
            ("340621", [-1, 0], "peer-is-ahead"),
            ("450481", [1, 0], "no-progress"),
        ] {
            let count = AtomicUsize::new(0);
            let answer = move |body: String| {
                let request = BASE64.decode(body.split('.').nth(1).unwrap()).unwrap();
                let request: Value = serde_json::from_slice(&request).unwrap();
                let received = numbers[count.fetch_add(1, Ordering::Relaxed) % 2];
                let answer = json!({ "from": code, "to": RESIDENCE, "iat": now, "in_reply_to": request["jti"],
                                     "body": { "received": received, "verdicts": [] } });
                Hand::new(code).sign("anju-response+jws", answer.to_string().as_bytes())
            };
            let answer = Arc::new(answer);
            let url = serving(Router::new().fallback(move |body: String| async move { answer(body) })).await;
            Hand::new(code).join(residence, &[code], &url, "push").await;
            for (n, name) in ["周一", "周二"].iter().enumerate() {
                let new = json!({ "committee": residence.committee, "name": name, "sex": "unknown", "origin": code,
                                  "document": { "kind": "passport", "number": format!("E{code}{n}9") } });
                let resident = id(&residence.clerk.post("/api/v1/residents", new).await.expect(201));
                residence.moves_in(&resident, &day.flats[n], "2026-11-01").await;
            }
            let report = report(residence, code).await;
            assert_eq!((&report["result"], &report["reason"]), (&json!("failed"), &json!(failure)), "{code}");
            assert_eq!(peer(residence, code).await["backlog"], 2);
        }
    }

    async fn digests_that_differ_are_noted_every_time(db: TestDb) {
        let day = Day::open(&db, "push").await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        day.told().await;
        day.origin.node.tamper("update stream_in set hash = 'another'").await;
        day.residence.node.tamper("update peers set agreed_through = 0").await;
        for _ in 0..2 {
            let report = report(&day.residence, ORIGIN).await;
            assert_eq!((&report["result"], &report["reason"]), (&json!("failed"), &json!("digests-differ")));
            assert_eq!(day.residence.peer(&day.origin).await["agreed_through"], 0);
        }
    }

    async fn what_a_peer_misses_while_it_is_down_arrives_afterwards_in_order_and_once(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let (residence, origin) = (&day.residence, &day.origin);
        let url = origin.node.app().station().presence.base_url.to_string();
        residence.node.tamper(&format!("update peers set card = replace(card, '{url}', 'http://127.0.0.1:9')")).await;
        residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        for failures in 1..=3 {
            let failed = report(residence, ORIGIN).await;
            assert_eq!((&failed["result"], &failed["reason"]), (&json!("failed"), &json!("unreachable")));
            let seen = residence.peer(origin).await;
            assert_eq!((&seen["failures"], &seen["backlog"]), (&json!(failures), &json!(1)));
        }
        // The schedule leaves it alone until the time is over, somebody who asks does not.
        let at = (residence.node.now() + TimeDelta::minutes(5)).to_rfc3339();
        residence.node.tamper(&format!("update peers set retry_at = '{at}'")).await;
        let code = ORIGIN.parse().unwrap();
        let skipped = sync::sync(residence.node.app(), &code, false).await.unwrap();
        assert_eq!(skipped, sync::Report::Skipped { reason: "backing-off".to_owned() });
        day.step("move-out", json!({ "on": "2026-11-21", "said_by": "resident" })).await;
        day.step("undo-move-out", json!({})).await;
        assert_eq!(report(residence, ORIGIN).await["result"], "failed");
        residence.node.tamper(&format!("update peers set card = replace(card, 'http://127.0.0.1:9', '{url}')")).await;
        let done = residence.sync(origin).await;
        assert_eq!(done["sent"], residence.peer(origin).await["sent"]);
        let told = origin.elsewhere(&day.at_home).await;
        assert_eq!((told.len(), &told[0]["until"]), (1, &Value::Null));
        let healthy = residence.peer(origin).await;
        assert_eq!((&healthy["backlog"], &healthy["failures"], &healthy["retry_at"]), (&json!(0), &json!(0), &Value::Null));
        assert_eq!(residence.sync(origin).await["sent"], 0);
        assert!(origin.cases().await.is_empty());
    }

    async fn a_sync_that_broke_off_between_any_two_steps_goes_on_with_the_next(db: TestDb) {
        for mode in ["push", "pull"] {
            let day = Day::open(&db, mode).await;
            let (residence, origin) = (&day.residence, &day.origin);
            residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
            day.told().await;
            // The origin took it, but its answer was lost.
            residence.node.tamper("update stream_out set verdict = null, acknowledged_at = null").await;
            residence.node.tamper("update stream_heads set acknowledged = 0").await;
            residence.node.tamper("update peers set agreed_through = 0").await;
            assert_eq!(residence.peer(origin).await["backlog"], 1);
            assert_eq!(day.told().await.len(), 1);
            assert_eq!(residence.peer(origin).await["backlog"], 0);
            // The origin fetched it, but did not tell its verdict yet.
            residence.node.tamper("update stream_out set verdict = null").await;
            residence.node.tamper("update stream_heads set acknowledged = 0").await;
            origin.node.tamper("update stream_heads set told = 0").await;
            origin.sync(residence).await;
            if mode == "pull" {
                assert_eq!(residence.peer(origin).await["backlog"], 0, "told with the fetch");
            }
            // Acknowledged, but not compared.
            residence.sync(origin).await;
            residence.node.tamper("update peers set agreed_through = 0").await;
            assert_eq!(residence.sync(origin).await["agreed_through"], 1);
            assert_eq!(origin.node.raw::<i64>("select count(*) from stream_in").await, [1]);
            assert_eq!(origin.elsewhere(&day.at_home).await.len(), 1);
        }
    }

    async fn a_receiver_restored_from_a_backup_is_handed_what_it_lost(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let (residence, origin) = (&day.residence, &day.origin);
        let husband = residence.resident("王守义", HUSBAND, ORIGIN).await;
        residence.moves_in(&husband, &day.flats[1], "2026-11-01").await;
        residence.sync(origin).await;
        residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        assert_eq!(day.told().await.len(), 1);
        assert_eq!(origin.cases().await.len(), 1, "nobody at home has the husband's file yet");
        // Back to the state before anything arrived; the husband's file was opened there meanwhile.
        for table in ["stream_in", "residences_elsewhere", "cases"] {
            origin.node.tamper(&format!("delete from {table}")).await;
        }
        origin.node.tamper("update stream_heads set received = 0, told = 0").await;
        let at_home = origin.resident("王守义", HUSBAND, ORIGIN).await;
        let done = residence.sync(origin).await;
        assert_eq!((&done["sent"], &done["agreed_through"]), (&json!(2), &json!(2)), "the new verdict was taken over");
        assert_eq!((origin.elsewhere(&at_home).await.len(), origin.elsewhere(&day.at_home).await.len()), (1, 1));
        assert!(origin.cases().await.is_empty());
        assert_eq!(residence.sync(origin).await["sent"], 0);
    }

    async fn a_sender_restored_from_a_backup_does_not_give_numbers_out_twice_unnoticed(db: TestDb) {
        for (mode, reason) in [("push", "peer-is-ahead"), ("passive", "peer-is-behind")] {
            let day = Day::open(&db, "push").await;
            let (residence, origin) = (&day.residence, &day.origin);
            residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
            day.told().await;
            residence.node.tamper("delete from stream_out").await;
            residence.node.tamper("update stream_heads set queued = 0, acknowledged = 0").await;
            residence.node.tamper("update peers set agreed_through = 0").await;
            let failed = if mode == "push" {
                report(residence, ORIGIN).await
            } else {
                let plan = json!({ "mode": "pull", "schedule": "0 0 1 * * *", "state": "active" });
                origin.admin.put(&format!("/api/v1/peers/{RESIDENCE}/plan"), plan).await.expect(200);
                report(origin, RESIDENCE).await
            };
            assert_eq!((&failed["result"], &failed["reason"]), (&json!("failed"), &json!(reason)));
        }
    }

    async fn a_home_hears_of_moves_ends_and_what_was_undone_and_of_no_flat(db: TestDb) {
        let day = Day::open(&db, "push").await;
        residence_is(&day, json!([])).await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-18").await;
        residence_is(&day, json!([["2026-11-18", null]])).await;
        // A move to another flat of the county is not the origin's business.
        day.step("transfer", json!({ "to_dwelling": day.flats[1], "on": "2026-11-19", "said_by": "resident" })).await;
        residence_is(&day, json!([["2026-11-18", null]])).await;
        assert_eq!(day.residence.peer(&day.origin).await["sent"], 1);
        let tenancies = format!("/api/v1/residents/{}/tenancies", day.here);
        let tenancies = day.residence.clerk.get(&tenancies).await.expect(200);
        let live = tenancies.as_array().unwrap().iter().find(|one| one["moved_out_on"].is_null()).unwrap().clone();
        let at = |step: &str| format!("/api/v1/tenancies/{}/{step}", id(&live));
        let clerk = &day.residence.clerk;
        let out = json!({ "on": "2026-11-22", "said_by": "resident", "version": live["version"] });
        let live = clerk.post(&at("move-out"), out).await.expect(200);
        residence_is(&day, json!([["2026-11-18", "2026-11-22"]])).await;
        let back = json!({ "version": live["version"] });
        let live = clerk.post(&at("undo-move-out"), back).await.expect(200);
        residence_is(&day, json!([["2026-11-18", null]])).await;
        let undo = json!({ "version": live["version"], "reason": "登记错了人" });
        clerk.post(&at("undo"), undo).await.expect(200);
        residence_is(&day, json!([["2026-11-18", "2026-11-19"]])).await;
        let verified = day.origin.node.as_auditor().await.get("/api/v1/journal/verification").await.expect(200);
        assert_eq!(verified["sound"], true);
    }

    async fn a_corrected_first_day_takes_the_place_of_the_wrong_one(db: TestDb) {
        let day = Day::open(&db, "push").await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-18").await;
        residence_is(&day, json!([["2026-11-18", null]])).await;
        let tenancy = day.tenancy().await;
        let corrected = json!({ "moved_in_on": "2026-11-10", "said_by": "resident", "version": tenancy["version"] });
        day.residence.clerk.put(&format!("/api/v1/tenancies/{}", id(&tenancy)), corrected).await.expect(200);
        residence_is(&day, json!([["2026-11-10", null]])).await;
    }

    async fn nothing_is_told_without_a_document_within_the_territory_or_without_a_peer(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let residence = &day.residence;
        let new = json!({ "committee": residence.committee, "name": "李桂兰", "sex": "unknown", "origin": ORIGIN });
        let nameless = id(&residence.clerk.post("/api/v1/residents", new).await.expect(201));
        residence.moves_in(&nameless, &day.flats[0], "2026-11-18").await;
        let local = residence.resident("周本地", "440524188501010010", RESIDENCE).await;
        residence.moves_in(&local, &day.flats[1], "2026-11-18").await;
        let far = residence.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
        residence.moves_in(&far, &day.flats[1], "2026-11-18").await;
        residence.sync(&day.origin).await;
        assert_eq!(residence.peer(&day.origin).await["sent"], 0);
        // With a document, it is told; with a peer, too; within the territory, never.
        let document = json!({ "document": { "kind": "citizen-id", "number": "440524187003030030" } });
        residence.clerk.post(&format!("/api/v1/residents/{nameless}/documents"), document).await.expect(200);
        residence.sync(&day.origin).await;
        assert_eq!(residence.peer(&day.origin).await["sent"], 1);
        Hand::joined(OTHER_ORIGIN, residence).await;
        residence.sync(&day.origin).await;
        assert_eq!(peer(residence, OTHER_ORIGIN).await["sent"], 1);
        assert_eq!(residence.peer(&day.origin).await["sent"], 1);
    }

    async fn a_changed_origin_hears_the_start_and_the_earlier_one_the_end(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let residence = &day.residence;
        let third = Locality::open(&db, OTHER_ORIGIN, &morning()).await;
        residence.trust(&third, "push").await;
        third.trust(residence, "push").await;
        let there = third.resident("李桂兰", WIFE, OTHER_ORIGIN).await;
        residence.moves_in(&day.here, &day.flats[0], "2026-11-18").await;
        residence_is(&day, json!([["2026-11-18", null]])).await;
        let person = residence.clerk.get(&format!("/api/v1/residents/{}", day.here)).await.expect(200);
        let change = json!({ "name": "李桂兰", "sex": person["sex"], "birth_date": person["birth_date"],
                             "origin": OTHER_ORIGIN, "version": person["version"] });
        residence.clerk.put(&format!("/api/v1/residents/{}/identity", day.here), change).await.expect(200);
        residence.sync(&third).await;
        assert_eq!(third.elsewhere(&there).await.len(), 1);
        residence_is(&day, json!([["2026-11-18", null]])).await;
        day.step("move-out", json!({ "on": "2026-11-22", "said_by": "resident" })).await;
        residence_is(&day, json!([["2026-11-18", "2026-11-22"]])).await;
        residence.sync(&third).await;
        assert_eq!(third.elsewhere(&there).await[0]["until"], "2026-11-22");
    }

    async fn a_marriage_and_its_corrections_reach_both_origins_and_nobody_else(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let residence = &day.residence;
        let third = Locality::open(&db, OTHER_ORIGIN, &morning()).await;
        residence.trust(&third, "push").await;
        third.trust(residence, "push").await;
        Hand::joined("450481", residence).await;
        let his = third.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
        let husband = residence.resident("王守义", HUSBAND, OTHER_ORIGIN).await;
        let record = residence.marriage([json!({ "resident": day.here }), json!({ "resident": husband })]).await;
        for version in [1, 2] {
            for (origin, at_home) in [(&day.origin, &day.at_home), (&third, &his)] {
                residence.sync(origin).await;
                let records = origin.records_of(at_home).await;
                assert_eq!((records.len(), &records[0]["version"]), (1, &json!(version)));
            }
            if version == 1 {
                let correction = json!({ "version": 1, "standing": "dissolved", "source": "register", "because": "离婚登记",
                                         "reason": reason("record-correction") });
                residence.clerk.post(&format!("/api/v1/civil-records/{record}/corrections"), correction).await.expect(200);
            }
        }
        assert_eq!(peer(residence, "450481").await["sent"], 0);
        // What an origin received, it does not send on or back.
        for origin in [&day.origin, &third] {
            origin.sync(residence).await;
            assert_eq!(origin.peer(residence).await["sent"], 0);
        }
    }

    async fn a_childs_birth_leaves_on_a_live_consent_for_that_recipient_alone(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let (residence, origin) = (&day.residence, &day.origin);
        let clerk = &residence.clerk;
        let child = json!({ "committee": residence.committee, "name": "李小草", "sex": "female", "birth_date": "2022-03-01",
                            "origin": ORIGIN });
        let child = id(&clerk.post("/api/v1/residents", child).await.expect(201));
        let birth = json!({
            "birth": { "child": { "resident": child }, "place": { "division": RESIDENCE }, "parents": [{ "resident": day.here }],
                       "certificate": { "number": "T000000014", "issuer": "长安区妇幼保健院", "authority": "hospital" } },
            "source": "certificate-seen", "reason": reason("birth-registration"),
        });
        clerk.post("/api/v1/births", birth).await.expect(201);
        let sent = async |expected: i64, why: &str| {
            residence.sync(origin).await;
            assert_eq!(residence.peer(origin).await["sent"], expected, "{why}");
        };
        sent(0, "nobody consented").await;
        let consent = async |about: &str, recipient: &str| {
            let new = json!({ "given_by": day.here, "purpose": "record-exchange", "recipient": recipient, "text_version": "2026-01" });
            id(&clerk.post(&format!("/api/v1/residents/{about}/consents"), new).await.expect(201))
        };
        consent(&day.here, ORIGIN).await;
        sent(0, "the mother's consent for her own records is not the child's").await;
        consent(&child, OTHER_ORIGIN).await;
        sent(0, "a consent for another recipient").await;
        let withdrawn = consent(&child, ORIGIN).await;
        clerk.post(&format!("/api/v1/consents/{withdrawn}/withdrawal"), json!({})).await.expect(200);
        sent(0, "withdrawn before it left").await;
        consent(&child, ORIGIN).await;
        sent(1, "consent for this recipient").await;
        sent(1, "and once").await;
        assert_eq!(origin.records_of(&day.at_home).await.len(), 1);
    }

    async fn a_withdrawal_takes_back_what_waits_and_was_never_handed_over(db: TestDb) {
        let day = Day::open(&db, "passive").await;
        let (residence, origin, clerk) = (&day.residence, &day.origin, &day.residence.clerk);
        let child = json!({ "committee": residence.committee, "name": "张小例", "sex": "female", "birth_date": "2023-03-08",
                            "origin": RESIDENCE });
        let child = id(&clerk.post("/api/v1/residents", child).await.expect(201));
        let birth = json!({
            "birth": { "child": { "resident": child }, "place": { "division": RESIDENCE }, "parents": [{ "resident": day.here }] },
            "source": "statement", "reason": reason("birth-registration"),
        });
        clerk.post("/api/v1/births", birth).await.expect(201);
        let new = json!({ "given_by": day.here, "purpose": "record-exchange", "recipient": ORIGIN, "text_version": "2026-01" });
        let consent = id(&clerk.post(&format!("/api/v1/residents/{child}/consents"), new).await.expect(201));
        residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        residence.sync(origin).await;
        assert_eq!(residence.peer(origin).await["backlog"], 3, "the origin has not called yet: notice, record, and that her document was read for it");
        clerk.post(&format!("/api/v1/consents/{consent}/withdrawal"), json!({})).await.expect(200);
        let plan = json!({ "mode": "push", "schedule": "0 0 1 * * *", "state": "active" });
        residence.admin.put(&format!("/api/v1/peers/{ORIGIN}/plan"), plan).await.expect(200);
        let done = residence.sync(origin).await;
        assert_eq!((&done["sent"], &done["agreed_through"]), (&json!(2), &json!(2)), "what stood behind it moved up");
        assert_eq!(origin.elsewhere(&day.at_home).await.len(), 1);
        assert!(origin.records_of(&day.at_home).await.is_empty());
    }

    async fn nothing_about_a_child_under_fourteen_leaves_without_a_guardians_consent(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let (residence, origin, clerk) = (&day.residence, &day.origin, &day.residence.clerk);
        let child = json!({ "committee": residence.committee, "name": "张小例", "sex": "female", "birth_date": "2023-03-08",
                            "origin": ORIGIN, "document": { "kind": "birth-certificate", "number": "T000000014" } });
        let child = id(&clerk.post("/api/v1/residents", child).await.expect(201));
        residence.moves_in(&child, &day.flats[0], "2026-11-20").await;
        let mut ask = json!({ "resident_id": child, "reason": reason("birth-registration"),
                              "wanted": { "questions": [{ "ask": "born-since", "day": "2023-01-01" }] } });
        clerk.post("/api/v1/inquiries", ask.clone()).await.refused(409, "basis-does-not-cover");
        residence.sync(origin).await;
        assert_eq!(residence.peer(origin).await["sent"], 0, "no statute reaches a child");

        let consent = async |purpose: &str| {
            let new = json!({ "given_by": day.here, "guardian_stated": true, "purpose": purpose, "recipient": ORIGIN, "text_version": "2026-01" });
            clerk.post(&format!("/api/v1/residents/{child}/consents"), new).await.expect(201);
        };
        consent("record-exchange").await;
        residence.sync(origin).await;
        assert_eq!(residence.peer(origin).await["sent"], 1, "the residence, on the guardian's consent");
        consent("birth-registration").await;
        ask["reason"]["basis"] = json!("consent");
        clerk.post("/api/v1/inquiries", ask).await.expect(201);
        residence.sync(origin).await;
        assert_eq!(residence.peer(origin).await["sent"], 2);
    }

    async fn an_entry_that_cannot_become_a_message_keeps_nothing_back(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let (residence, origin) = (&day.residence, &day.origin);
        let doubtful = residence.resident("王守义", HUSBAND, ORIGIN).await;
        for (resident, damage) in [
            (&day.here, "update inquiries set purpose = 'struck-off-the-list'"),
(
                &doubtful,
                "delete from resident_documents where resident_id = (select id from residents where name = '王守义')",
            ),
        ] {
            let question = json!({ "resident_id": resident, "reason": reason("marriage-check"),
                                   "wanted": { "questions": [{ "ask": "marriage-stands" }] } });
            residence.clerk.post("/api/v1/inquiries", question).await.expect(201);
            assert_eq!(residence.node.tamper(damage).await, 1);
        }
        residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        assert_eq!(day.told().await.len(), 1);
        assert_eq!(residence.peer(origin).await["sent"], 1);
        let cases = residence.cases().await;
        assert_eq!(cases.len(), 1, "somebody is told of it");
        assert_eq!((&cases[0]["kind"], &cases[0]["reason"]), (&json!("journal-entry"), &json!("invalid-payload")));
        residence.sync(origin).await;
    }

    async fn one_sync_with_a_peer_runs_at_a_time(db: TestDb) {
        let day = Day::open(&db, "push").await;
        let until = (day.residence.node.now() + TimeDelta::seconds(90)).to_rfc3339();
        day.residence.node.tamper(&format!("update peers set lease_until = '{until}'")).await;
        let report = report(&day.residence, ORIGIN).await;
        assert_eq!(report, json!({ "result": "skipped", "reason": "running" }));
        // A process that died while it held the lease does not hold it for ever.
        day.residence.node.advance(TimeDelta::seconds(91));
        day.residence.sync(&day.origin).await;
    }

    async fn two_syncs_and_two_receivers_at_once_apply_everything_once(db: TestDb) {
        let day = Day::open(&db, "pull").await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        let (app, code) = (day.residence.node.app(), ORIGIN.parse().unwrap());
        let (one, other) = tokio::join!(sync::sync(app, &code, true), sync::sync(app, &code, true));
        let reports = [one.unwrap(), other.unwrap()];
        let done = |report: &sync::Report| matches!(report, sync::Report::Done { .. });
        let running = sync::Report::Skipped { reason: "running".to_owned() };
        assert!(reports.iter().any(done), "{reports:?}");
        assert!(reports.iter().all(|report| done(report) || *report == running), "{reports:?}");
        assert_eq!(day.origin.elsewhere(&day.at_home).await.len(), 1);

        let hand = Hand::joined(OTHER_ORIGIN, &day.origin).await;
        let messages = (0..12).map(|n| {
            hand.sealed(&day.origin, "residence.started", started(Uuid::from_u128(n + 1), "李桂兰", WIFE, OTHER_ORIGIN))
        });
        let batch = PushBody { first: 1, messages: messages.collect() };
        let app = day.origin.node.app();
        let receive = || inbox::receive(app, app.station(), &hand.code, &batch);
        let (one, other, third) = tokio::join!(receive(), receive(), receive());
        for answer in [one.unwrap(), other.unwrap(), third.unwrap()] {
            assert_eq!(verdicts(&answer), vec!["applied"; answer.received as usize]);
        }
        let last = hand.push(&day.origin, 13, vec![]).await;
        assert_eq!(last.received, 12);
        assert_eq!(day.origin.elsewhere(&day.at_home).await.len(), 13);
        let noted = "select count(*) from journal where kind = 'residence_elsewhere.noted'";
        assert_eq!(day.origin.node.raw::<i64>(noted).await, [13]);
    }

    async fn a_node_of_several_counties_finds_people_in_whichever(db: TestDb) {
        let city = Locality::open(&db, "1301", &morning()).await;
        let hand = Hand::joined(ORIGIN, &city).await;
        let mut people = Vec::new();
        let counties = ["130104", "130105"];
        for (county, (name, number)) in counties.iter().zip([("李桂兰", WIFE), ("王守义", HUSBAND)]) {
            let street = &anju::localities::divisions::children(&county.parse().unwrap())[0].code;
            let committee = anju::localities::divisions::children(street)[0].code.to_string();
            let clerk = city.node.as_clerk_of(county).await;
            let new = json!({ "committee": committee, "name": name, "sex": "unknown", "origin": ORIGIN,
                              "document": { "kind": "citizen-id", "number": number } });
            let resident = id(&clerk.post("/api/v1/residents", new).await.expect(201));
            people.push((clerk, committee, resident));
        }
        let notices: Vec<Uuid> = (1..=2).map(Uuid::from_u128).collect();
        let record = new_id();
        let asked = new_id();
        let request = json!({ "inquiry": asked, "subject": { "document": { "kind": "citizen-id", "number": HUSBAND }, "name": "王守义" },
                              "wanted": { "questions": [{ "ask": "marriage-stands" }] }, "due_on": "2026-12-14" });
        let batch = vec![
            hand.sealed(&city, "residence.started", started(notices[0], "李桂兰", WIFE, ORIGIN)),
            hand.sealed(&city, "residence.started", started(notices[1], "王守义", HUSBAND, ORIGIN)),
            hand.sealed(&city, "residence.ended", json!({ "notice": notices[1], "until": "2026-11-22" })),
            hand.sealed(&city, "record.supplied", marriage(record, 1, ORIGIN, [("李桂兰", WIFE), ("王守义", HUSBAND)])),
            hand.sealed(&city, "record.supplied", marriage(record, 2, ORIGIN, [("李桂兰", WIFE), ("王守义", HUSBAND)])),
            hand.sealed(&city, "record.requested", request),
        ];
        assert_eq!(verdicts(&hand.push(&city, 1, batch).await), ["applied"; 6]);
        for (n, (clerk, _, resident)) in people.iter().enumerate() {
            let told = clerk.get(&format!("/api/v1/residents/{resident}/residences-elsewhere")).await.expect(200);
            assert_eq!(told[0]["until"], [Value::Null, json!("2026-11-22")][n]);
            let records = clerk.get(&format!("/api/v1/residents/{resident}/civil-records")).await.expect(200);
            assert_eq!((&records[0]["id"], &records[0]["version"]), (&json!(record), &json!(2)));
        }
        let inquiry = format!("/api/v1/inquiries/{asked}");
        people[0].0.get(&inquiry).await.refused(404, "not-found");
        people[1].0.post(&format!("{inquiry}/answer"), json!({ "decision": "answer" })).await.expect(200);
        // As a place of residence: whoever lives in whichever county is told home, with the county.
        for (clerk, committee, resident) in &people {
            let new = json!({ "committee": committee, "kind": "compound", "name": "谈固小区3号楼", "address": "谈固东街14号" });
            let building = id(&clerk.post("/api/v1/buildings", new).await.expect(201));
            let plan = json!({ "plan": { "from_floor": 1, "to_floor": 1, "units": { "count": 1 }, "numbering": "floor-unit" },
                               "dwelling_use": "rented", "capacity": 3 });
            let made = clerk.post(&format!("/api/v1/buildings/{building}/dwellings"), plan).await.expect(201);
            let moved = json!({ "resident_id": resident, "dwelling_id": id(&made[0]), "on": "2026-11-01", "said_by": "committee" });
            clerk.post("/api/v1/tenancies", moved).await.expect(201);
        }
        sync::prepare(city.node.app()).await.unwrap();
        assert_eq!(peer(&city, ORIGIN).await["sent"], 4, "two residences, an answer, and that the record was read for it");
    }

    async fn the_schedule_syncs_by_itself_follows_a_changed_plan_and_stops(db: TestDb) {
        let day = Day::open(&db, "push").await;
        day.residence.moves_in(&day.here, &day.flats[0], "2026-11-20").await;
        let stop = CancellationToken::new();
        let schedule = Schedule::start(day.residence.node.app().clone(), stop.clone()).await.unwrap();
        let plan = json!({ "mode": "push", "schedule": "* * * * * *", "state": "active" });
        day.residence.admin.put(&format!("/api/v1/peers/{ORIGIN}/plan"), plan).await.expect(200);
        let arrived = async {
            while day.origin.elsewhere(&day.at_home).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), arrived).await.expect("a scheduled sync");
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(30), schedule.stopped()).await.expect("a clean stop");
        let seen = day.residence.peer(&day.origin).await;
        assert_eq!(seen["last_failure"], Value::Null);
    }
}

/// What the origin knows of where the person lives, once it was told: first days and first days no longer there.
async fn residence_is(day: &Day, expected: Value) {
    let told: Vec<Value> = day.told().await.iter().map(|told| json!([told["since"], told["until"]])).collect();
    assert_eq!(json!(told), expected);
}
