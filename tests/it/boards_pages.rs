//! The boards as officers use them: inquiries by due day, peers and their health, messages that wait for somebody.

use axum::http::Method;

use crate::harness::{Person, Reply, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, RESIDENCE, WIFE, id, morning, person};

/// What a browser shows.
pub fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

/// Sends a form as a browser does.
pub async fn send(person: &Person, path: &str, form: &str) -> Reply {
    person.request(Method::POST, path).body("application/x-www-form-urlencoded", form).send().await
}

/// Somebody who works on a matter from now on: the cookie that says so.
pub async fn matter(person: &Person, grounds: &str) -> String {
    let chosen = send(person, "/matter", &format!("grounds={grounds}&case=2026-12")).await;
    chosen.expect(303);
    chosen.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// Sends a form while working on a matter.
pub async fn send_on(person: &Person, cookie: &str, path: &str, form: &str) -> Reply {
    let asking = person.request(Method::POST, path).header("cookie", cookie);
    asking.body("application/x-www-form-urlencoded", form).send().await
}

async fn two(db: &crate::harness::TestDb) -> (Locality, Locality) {
    let clock = morning();
    let here = Locality::open(db, RESIDENCE, &clock).await;
    let there = Locality::open(db, ORIGIN, &clock).await;
    here.trust(&there, "pull").await;
    there.trust(&here, "pull").await;
    (here, there)
}

const ON_MARRIAGE: &str = "marriage-check|family-planning-law-14";

both_databases! {
    async fn an_officer_asks_by_a_form_and_reads_the_answer_on_the_page(db: TestDb) {
        let (here, there) = two(&db).await;
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        there.resident("李桂兰", WIFE, ORIGIN).await;
        there.marriage([person("李桂兰", WIFE), person("王守义", HUSBAND)]).await;

        let new = here.clerk.get(&format!("/inquiries/new?resident={resident}")).await;
        new.expect(200);
        assert!(text(&new).contains("李*") && !text(&new).contains("李桂兰") && text(&new).contains("民权县"));
        // What is missing is told at its field, and what was typed stays.
        let form = format!("resident_id={resident}&grounds={ON_MARRIAGE}&case=2026-77&what=born-since");
        let again = send(&here.clerk, "/inquiries/new", &form).await;
        again.expect(422);
        assert!(text(&again).contains(r#"id="e-day""#) && text(&again).contains(r#"value="2026-77""#));

        let form = format!("resident_id={resident}&grounds={ON_MARRIAGE}&case=2026-77&what=marriage-stands&_once=a");
        let asked = send(&here.clerk, "/inquiries/new", &form).await;
        asked.expect(303);
        let page = asked.header("location").unwrap().to_owned();
        assert_eq!(send(&here.clerk, "/inquiries/new", &form).await.header("location"), Some(page.as_str()));
        let board = text(&here.clerk.get("/inquiries?direction=asked").await);
        assert!(board.contains("剩 15 个工作日") && board.contains("2026-77") && board.contains("李*"), "{board}");

        // It leaves with a sync, is answered there by a clerk, and comes back with another.
        send(&here.clerk, &format!("{page}/sync"), "").await.expect(303);
        assert!(text(&there.clerk.get("/inquiries").await).contains("剩 15 个工作日"));
        let theirs = there.clerk.get("/api/v1/inquiries").await.expect(200)["items"][0].clone();
        send(&there.clerk, &format!("/inquiries/{}/answer", id(&theirs)), "decision=answer").await.expect(303);
        send(&here.clerk, &format!("{page}/sync"), "").await.expect(303);
        let answered = text(&here.clerk.get(&page).await);
        assert!(answered.contains("对方已反馈") && !answered.contains("<dd>是</dd>"), "sealed until it is opened");

        // Without a matter nothing opens; with one the answer is there, and nothing more than the answer.
        send(&here.clerk, &format!("{page}/open"), "").await.expect(409);
        let cookie = matter(&here.clerk, ON_MARRIAGE).await;
        let opened = send_on(&here.clerk, &cookie, &format!("{page}/open"), "").await;
        opened.expect(200);
        assert!(text(&opened).contains("<dd>是</dd>") && !text(&opened).contains("王守义"), "{}", text(&opened));
    }

    async fn a_received_inquiry_is_declined_with_a_reason_or_not_at_all(db: TestDb) {
        let (here, there) = two(&db).await;
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        there.resident("李桂兰", WIFE, ORIGIN).await;
        let form = format!("resident_id={resident}&grounds={ON_MARRIAGE}&case=2026-77&what=marriage-stands");
        send(&here.clerk, "/inquiries/new", &form).await.expect(303);
        here.sync(&there).await;
        let theirs = id(&there.clerk.get("/api/v1/inquiries").await.expect(200)["items"][0]);
        let page = format!("/inquiries/{theirs}");
        let again = send(&there.clerk, &format!("{page}/answer"), "decision=decline&reason=").await;
        again.expect(422);
        assert!(text(&again).contains(r#"id="e-reason""#));
        // Only a clerk answers; a supervisor sees no form for it.
        let supervisor = there.node.person(anju::access::Role::Supervisor, ORIGIN, None).await;
        assert!(!text(&supervisor.get(&page).await).contains("name=\"decision\""));
        send(&there.clerk, &format!("{page}/answer"), "decision=decline&reason=no-basis").await.expect(303);
        assert!(text(&there.clerk.get(&page).await).contains("不予反馈"));
        assert!(text(&there.clerk.get("/inquiries?state=answered").await).contains(&page));
    }

    async fn the_exchange_board_says_in_words_how_each_peer_is(db: TestDb) {
        let clock = morning();
        let here = Locality::open(&db, RESIDENCE, &clock).await;
        assert!(text(&here.admin.get("/exchange").await).contains("还没有对接地"));
        let there = crate::hand::Hand::joined(ORIGIN, &here).await;
        let never = text(&here.clerk.get("/exchange").await);
        assert!(never.contains("还没有同步过") && never.contains("每十分钟"), "{never}");
        send(&here.clerk, &format!("/exchange/peers/{}/sync", there.code), "").await.expect(303);
        let peer = here.clerk.get(&format!("/exchange/peers/{}", there.code)).await;
        assert!(text(&peer).contains("连接不上对方") && text(&peer).contains("连续失败 1 次"), "{}", text(&peer));
        let english = here.clerk.request(Method::GET, "/exchange").header("accept-language", "en").send().await;
        assert!(text(&english).contains("failed once") && text(&english).contains("Last failure"));
    }

    async fn a_message_that_found_nobody_is_opened_and_paired_on_its_page(db: TestDb) {
        let (here, there) = two(&db).await;
        let unknown = there.resident("周远", HUSBAND, RESIDENCE).await;
        let dwellings = there.dwellings().await;
        there.moves_in(&unknown, &dwellings[0], "2026-11-20").await;
        there.sync(&here).await;
        let case = id(&here.cases().await[0]);
        let page = format!("/exchange/cases/{case}");
        let list = text(&here.clerk.get("/exchange/cases").await);
        assert!(list.contains(&page) && list.contains("本地没有登记此人") && list.contains("通报：开始居住"), "{list}");
        assert!(!text(&here.clerk.get(&page).await).contains("周远"), "sealed until it is opened");
        send(&here.clerk, &format!("{page}/open"), "").await.expect(409);
        let cookie = matter(&here.clerk, "record-exchange|family-planning-law-14").await;
        let opened = send_on(&here.clerk, &cookie, &format!("{page}/open"), "").await;
        opened.expect(200);
        // The person it means stands in the search already.
        assert!(text(&opened).contains("<dd>周远</dd>") && text(&opened).contains(&format!("value=\"{HUSBAND}\"")));
        let nobody = send_on(&here.clerk, &cookie, &format!("{page}/search"), &format!("number={HUSBAND}")).await;
        assert!(text(&nobody).contains("本地没有查到"));
        let resident = here.resident("周远", HUSBAND, RESIDENCE).await;
        let found = send_on(&here.clerk, &cookie, &format!("{page}/search"), &format!("number={HUSBAND}")).await;
        assert!(text(&found).contains(&resident), "{}", text(&found));
        send(&here.clerk, &format!("{page}/pair"), &format!("resident_id={resident}")).await.expect(303);
        assert!(text(&here.clerk.get("/exchange/cases?state=paired").await).contains(&page));
        // Nobody of a committee works on these.
        let elsewhere = here.node.as_clerk_of(&here.committee).await;
        elsewhere.get(&page).await.expect(404);
    }
}
