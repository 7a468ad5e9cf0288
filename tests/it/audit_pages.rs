//! The supervisor's overview and the auditor's pages: counts without persons, the journal without names.

use axum::http::Method;
use serde_json::json;

use crate::boards_pages::{send, text};
use crate::harness::both_databases;
use crate::localities::{HUSBAND, Locality, ORIGIN, RESIDENCE, WIFE, id, morning};

both_databases! {
    async fn a_supervisor_sees_counts_and_no_small_ones(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let supervisor = here.node.as_supervisor().await;
        assert!(text(&supervisor.get("/overview").await).contains("还没有房屋"));
        let dwellings = here.dwellings().await;
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        here.moves_in(&resident, &dwellings[0], "2026-11-01").await;
        let page = supervisor.get("/overview").await;
        page.expect(200);
        // One person lives there: that is not told, nor who.
        assert!(text(&page).contains("少于五") && !text(&page).contains("李桂兰") && !text(&page).contains("李*"));
        assert!(text(&page).contains("chart.min.js") && text(&page).contains(r#"data-of="t-occupancy""#));
        assert!(!text(&supervisor.get("/exchange").await).contains("chart.min.js"), "only where it is drawn");
        let english = supervisor.request(Method::GET, "/overview").header("accept-language", "en").send().await;
        assert!(text(&english).contains("fewer than five"));
    }

    async fn a_confidential_access_is_decided_on_the_overview(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let (clerk, supervisor) = (&here.clerk, here.node.as_supervisor().await);
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        let asked = json!({ "reason": crate::residents::reason(), "fields": ["phone"], "until": "2027-01-01" });
        let path = format!("/api/v1/residents/{resident}/confidential-accesses");
        let access = id(&clerk.post(&path, asked).await.expect(201));
        let page = text(&supervisor.get("/overview").await);
        assert!(page.contains(&access) && page.contains("2027年1月1日"), "{page}");
        send(&supervisor, &format!("/overview/confidential/{access}/refuse"), "because=").await.expect(422);
        send(&supervisor, &format!("/overview/confidential/{access}/approve"), "").await.expect(303);
        assert!(text(&supervisor.get("/overview").await).contains("没有待决定的申请"));
        let raise = format!("officer={}&by:int=5000&because=rush&case=1", clerk.id());
        let over = send(&supervisor, "/overview/budget", &raise).await;
        over.expect(422);
        assert!(text(&over).contains(r#"id="e-by""#) && text(&over).contains("value=\"5000\""));
    }

    async fn the_auditor_reads_the_journal_by_day_and_kind_and_finds_no_name_in_it(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let auditor = here.node.as_auditor().await;
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        let asked = json!({ "reason": crate::residents::reason(), "fields": ["phone"] });
        here.clerk.post(&format!("/api/v1/residents/{resident}/disclosures"), asked).await.expect(200);
        here.node.app().seal_journal().await.unwrap();
        let all = text(&auditor.get("/audit/journal?day=&kind=").await);
        assert!(all.contains("查阅信息") && all.contains("登记居住人") && !all.contains("李桂兰"), "{all}");
        let looks = text(&auditor.get("/audit/journal?day=2026-11-23&kind=data.disclosed").await);
        assert!(looks.contains("<td>查阅信息</td>") && !looks.contains("<td>登记居住人</td>"));
        let before = text(&auditor.get("/audit/journal?day=2026-11-22&kind=").await);
        assert!(before.contains("没有符合的条目"));
        let officer = format!("/audit/officers?officer={}&day=2026-11-23", here.clerk.id());
        assert!(text(&auditor.get(&officer).await).contains("<td>查阅信息</td>"));
        // Verified on the spot; altered, the page says from where on and what to do.
        let sound = text(&send(&auditor, "/audit/verification", "").await);
        assert!(sound.contains("日志完整") && sound.contains("核对完成"), "{sound}");
        here.node.tamper("update journal set entry = replace(entry, 'phone', 'document')").await;
        let broken = text(&send(&auditor, "/audit/verification", "").await);
        assert!(broken.contains("日志不完整") && broken.contains("见证方"), "{broken}");
        assert!(text(&auditor.get("/audit/proofs").await).contains("签名公钥"));
    }

    async fn what_concerns_a_protected_person_is_not_found_by_its_kind(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let (auditor, officer) = (here.node.as_auditor().await, &here.clerk);
        here.node.as_admin().await.put(&format!("/api/v1/protection-officers/{}", officer.id()), json!({})).await.expect(200);
        let resident = here.resident("李桂兰", WIFE, ORIGIN).await;
        let raise = json!({ "ground": "domestic-violence", "case": "2026-12", "review_on": "2027-03-01" });
        let raised = officer.post(&format!("/api/v1/residents/{resident}/protections"), raise).await;
        raised.expect(201);
        here.node.app().seal_journal().await.unwrap();
        let all = text(&auditor.get("/audit/journal").await);
        assert!(all.contains("涉及受保护的人") && !all.contains("<td>登记居住人</td>"), "{all}");
        let by_kind = text(&auditor.get("/audit/journal?kind=resident.registered").await);
        assert!(by_kind.contains("没有符合的条目"), "{by_kind}");
    }

    async fn the_reach_of_an_incident_is_listed_by_files(db: TestDb) {
        let here = Locality::open(&db, RESIDENCE, &morning()).await;
        let auditor = here.node.as_auditor().await;
        let resident = here.resident("王守义", HUSBAND, ORIGIN).await;
        let asked = json!({ "reason": crate::residents::reason(), "fields": ["phone"] });
        here.clerk.post(&format!("/api/v1/residents/{resident}/disclosures"), asked).await.expect(200);
        let login = here.clerk.user().login.to_string();
        let period = "from=2026-11-23T00:00&until=2026-11-24T00:00";
        let found = text(&send(&auditor, "/audit/affected", &format!("by=account&which={login}&{period}")).await);
        assert!(found.contains("共涉及 1 人") && !found.contains("王守义"), "{found}");
        let nobody = send(&auditor, "/audit/affected", &format!("by=account&which=nobody.at.all&{period}")).await;
        nobody.expect(422);
        assert!(text(&nobody).contains(r#"id="e-which""#));
        let wrong = send(&auditor, "/audit/exports", "mark=1").await;
        wrong.expect(422);
        assert!(text(&wrong).contains(r#"id="e-mark""#));
    }
}
