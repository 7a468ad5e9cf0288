//! The two administrators' pages: accounts without residents, peers without accounts.

use crate::boards_pages::{send, text};
use crate::dwellings::COMMITTEE;
use crate::harness::{ALREADY_HASHED_PASSWORD, TestApp, both_databases};
use crate::localities::{Locality, ORIGIN, RESIDENCE, morning};

both_databases! {
    async fn an_account_is_invited_with_a_code_that_is_shown_once(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        let again = send(&admin, "/accounts/new", "name=王芳&login=x&role=clerk&scope=130102").await;
        again.expect(422);
        assert!(text(&again).contains(r#"id="e-login""#) && text(&again).contains("value=\"王芳\""), "{}", text(&again));

        let form = format!("name=王芳&login=wang.fang&role=clerk&scope={COMMITTEE}&_once=k1");
        let invited = send(&admin, "/accounts/new", &form).await;
        invited.expect(200);
        let page = text(&invited);
        let code = page.split(r#"<p class="handed mono">"#).nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(invited.header("cache-control"), Some("no-store"));
        // Sent twice it is one account, and the code is not there again.
        let twice = text(&send(&admin, "/accounts/new", &form).await);
        assert!(!twice.contains(&code) && twice.contains("已经提交过"), "{twice}");
        let activated = format!("login=wang.fang&code={code}&password={ALREADY_HASHED_PASSWORD}");
        send(&app.anon(), "/activate", &activated).await.expect(303);
        let list = text(&admin.get("/accounts").await);
        assert!(list.contains("wang.fang") && list.contains("经办人") && list.contains("还没有保护专员"), "{list}");
        assert!(text(&admin.get("/accounts/purposes").await).contains("婚姻登记核对"));
    }

    async fn what_was_decided_about_an_account_is_seen_on_its_page(db: TestDb) {
        let app = TestApp::new(&db).await;
        let admin = app.as_admin().await;
        let clerk = app.as_clerk_of(COMMITTEE).await;
        let page = format!("/accounts/{}", clerk.id());
        send(&admin, &format!("{page}/protection"), "named:bool=true").await.expect(303);
        assert!(text(&admin.get("/accounts").await).contains("少于两人"));
        let wrong = send(&admin, &format!("{page}/tokens"), "name=系统&days:int=0").await;
        wrong.expect(422);
        assert!(text(&wrong).contains(r#"id="e-days""#));
        send(&admin, &format!("{page}/sign-out"), "").await.expect(303);
        clerk.get("/account").await.expect(401);
        send(&admin, &format!("{page}/disable"), "").await.expect(303);
        assert!(text(&admin.get(&page).await).contains("已停用"));
        // Nobody shuts themselves out.
        send(&admin, &format!("/accounts/{}/disable", admin.id()), "").await.expect(422);
    }

    async fn a_peer_is_added_by_its_card_only_with_the_fingerprint_that_was_heard(db: TestDb) {
        let clock = morning();
        let here = Locality::open(&db, RESIDENCE, &clock).await;
        let there = Locality::open(&db, ORIGIN, &clock).await;
        let node = text(&there.admin.get("/node").await);
        let fingerprint = node.split(r#"<p class="handed mono">"#).nth(1).unwrap().split('<').next().unwrap().to_owned();
        let card = there.admin.get("/api/v1/exchange/card").await.expect(200)["card"].as_str().unwrap().to_owned();
        assert!(node.contains(&card), "the card is there to be handed over");
        let plan = "mode=push&schedule=0 0 * * * *";
        let heard_wrong = format!("card={card}&fingerprint=00000 11111&{plan}");
        let again = send(&here.admin, "/node/peers/new", &heard_wrong).await;
        again.expect(422);
        assert!(text(&again).contains(&card), "what was pasted stays");
        send(&here.admin, "/node/peers/new", &format!("card={card}&fingerprint={fingerprint}&{plan}")).await.expect(303);
        assert!(text(&here.admin.get("/exchange").await).contains("每小时"));
        let own = "mode=push&state=suspended&schedule=own&own=every day";
        let again = send(&here.admin, &format!("/node/peers/{ORIGIN}"), own).await;
        again.expect(422);
        assert!(text(&again).contains(r#"id="e-own""#));
        let own = "mode=push&state=suspended&schedule=own&own=0 5 3 * * *";
        send(&here.admin, &format!("/node/peers/{ORIGIN}"), own).await.expect(303);
        let peer = text(&here.admin.get(&format!("/exchange/peers/{ORIGIN}")).await);
        assert!(peer.contains("已暂停") && peer.contains("0 5 3 * * *"), "{peer}");
    }
}
