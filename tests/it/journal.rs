//! The journal's proof: sound when untouched, and every way of touching it is found.

use anju::access::Role;
use serde_json::{Value, json};

use crate::harness::{TestApp, both_databases};

/// A node with a handful of sealed entries.
async fn sealed(db: &crate::harness::TestDb) -> TestApp {
    let app = TestApp::new(db).await;
    for _ in 0..3 {
        app.as_clerk().await;
    }
    app.app().seal_journal().await.unwrap();
    app
}

async fn verification(app: &TestApp) -> Value {
    let auditor = app.as_auditor().await;
    app.app().seal_journal().await.unwrap();
    auditor.get("/api/v1/journal/verification").await.expect(200)
}

both_databases! {
    async fn an_untouched_journal_is_sound(db: TestDb) {
        let app = sealed(&db).await;
        let auditor = app.as_auditor().await;
        let before = auditor.get("/api/v1/journal/verification").await.expect(200);
        assert_eq!((&before["sound"], &before["entries"], &before["unsealed"]), (&json!(true), &json!(9), &json!(3)));
        app.app().seal_journal().await.unwrap();
        let after = auditor.get("/api/v1/journal/verification").await.expect(200);
        assert_eq!((&after["sound"], &after["entries"], &after["unsealed"]), (&json!(true), &json!(12), &json!(0)));
        assert_ne!(before["head"], after["head"]);
    }

    async fn the_entries_are_read_in_their_order(db: TestDb) {
        let app = sealed(&db).await;
        let auditor = app.as_auditor().await;
        let (mut positions, mut path) = (Vec::new(), "/api/v1/journal/entries?limit=4".to_owned());
        loop {
            let page = auditor.get(&path).await.expect(200);
            positions.extend(page["items"].as_array().unwrap().iter().map(|item| item["position"].as_i64().unwrap()));
            assert!(page["items"].as_array().unwrap().iter().all(|item| item["entry"]["kind"].is_string()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/journal/entries?limit=4&after={next}");
        }
        assert_eq!(positions, (1..=9).collect::<Vec<_>>());
    }

    async fn an_altered_entry_is_found(db: TestDb) {
        let app = sealed(&db).await;
        let of_second = "id = (select entry_id from journal_seals where position = 2)";
        app.tamper(&format!("update journal set entry = replace(entry, '2026-11-23', '2026-11-22') where {of_second}"))
            .await;
        let found = verification(&app).await;
        assert_eq!(found, json!({ "sound": false, "entries": null, "unsealed": null, "head": null,
                                  "position": 2, "reason": "rewritten" }));
    }

    async fn a_column_that_tells_otherwise_than_its_entry_is_found(db: TestDb) {
        let app = sealed(&db).await;
        app.tamper("update journal set kind = 'x' where id = (select entry_id from journal_seals where position = 3)")
            .await;
        let found = verification(&app).await;
        assert_eq!((&found["position"], &found["reason"]), (&json!(3), &json!("altered-entry")));
    }

    async fn a_removed_seal_is_found(db: TestDb) {
        let app = sealed(&db).await;
        app.tamper("delete from journal_seals where position = 4").await;
        let found = verification(&app).await;
        assert_eq!((&found["position"], &found["reason"]), (&json!(4), &json!("gap")));
    }

    async fn a_removed_last_seal_is_found(db: TestDb) {
        let app = sealed(&db).await;
        app.tamper("delete from journal_seals where position = 9").await;
        let found = app.as_auditor().await.get("/api/v1/journal/verification").await.expect(200);
        assert_eq!((&found["position"], &found["reason"]), (&json!(9), &json!("missing-seal")));
    }

    async fn reordered_entries_are_found(db: TestDb) {
        let app = sealed(&db).await;
        for (from, to) in [(5, -1), (6, 5), (-1, 6)] {
            let moved = app.tamper(&format!("update journal_seals set position = {to} where position = {from}")).await;
            assert_eq!(moved, 1);
        }
        let found = verification(&app).await;
        assert_eq!((&found["position"], &found["reason"]), (&json!(5), &json!("reordered")));
    }

    async fn only_whoever_oversees_the_county_reads_its_journal(db: TestDb) {
        let app = sealed(&db).await;
        for path in ["/api/v1/journal/verification", "/api/v1/journal/entries"] {
            app.as_auditor().await.get(path).await.expect(200);
            app.as_admin().await.get(path).await.refused(403, "forbidden");
            app.as_system_admin().await.get(path).await.refused(403, "forbidden");
            app.as_clerk().await.get(path).await.refused(403, "forbidden");
            app.as_supervisor().await.get(path).await.refused(403, "forbidden");
            app.person(Role::Auditor, "130102001", None).await.get(path).await.refused(404, "not-found");
            app.anon().get(path).await.refused(401, "not-signed-in");
        }
    }
}
