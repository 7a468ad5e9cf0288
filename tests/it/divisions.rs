//! Places by code and name, and the calendar: for everybody who is signed in.

use serde_json::Value;

use crate::harness::{TestApp, both_databases};

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|division| division["code"].as_str().unwrap()).collect()
}

both_databases! {
    async fn a_division_is_found_by_code_with_its_place(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let county = clerk.get("/api/v1/divisions/130102").await.expect(200);
        assert_eq!((&county["name"], &county["level"]), (&"长安区".into(), &"county".into()));
        assert_eq!(county["full_name"], "河北省石家庄市长安区");
        assert_eq!(codes(&county["path"]), ["13", "1301", "130102"]);
        clerk.get("/api/v1/divisions/139999").await.refused(404, "not-found");
        clerk.get("/api/v1/divisions/13x").await.refused(404, "not-found");
        clerk.get("/api/v1/divisions/139999/children").await.refused(404, "not-found");
        let below = clerk.get("/api/v1/divisions/130102/children").await.expect(200);
        assert!(codes(&below).iter().all(|code| code.len() == 9 && code.starts_with("130102")));
        assert!(codes(&below).contains(&"130102001"));
        app.anon().get("/api/v1/divisions/130102").await.refused(401, "not-signed-in");
    }

    async fn a_division_is_found_by_name_and_pinyin(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        for query in ["%E9%95%BF%E5%AE%89%E5%8C%BA", "changanqu", "130102"] {
            let found = clerk.get(&format!("/api/v1/divisions?q={query}")).await.expect(200);
            assert!(codes(&found).contains(&"130102"), "{query}: {found}");
        }
        let inside = clerk.get("/api/v1/divisions?q=tangu&within=130102").await.expect(200);
        assert!(!codes(&inside).is_empty() && codes(&inside).iter().all(|code| code.starts_with("130102")));
        assert_eq!(codes(&clerk.get("/api/v1/divisions").await.expect(200)).len(), 31);
    }

    async fn a_term_is_counted_in_working_days(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        // From Wednesday 30 September 2026 over the National Day holiday (1 to 7 October).
        let due = clerk.get("/api/v1/calendar/due?received=2026-09-30&working_days=1").await.expect(200);
        assert_eq!((&due["day"], &due["published"]), (&"2026-10-08".into(), &true.into()));
        clerk.get("/api/v1/calendar/due?received=2026-02-30&working_days=1").await.refused(422, "invalid");
    }
}
