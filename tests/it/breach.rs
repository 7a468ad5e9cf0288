//! Whom a breach reached, and what they are told.

use serde_json::{Value, json};

use crate::harness::{TestApp, both_databases};
use crate::localities::reason;

async fn last_entry(app: &TestApp, kind: &str) -> Value {
    let entry = format!("select entry from journal where kind = '{kind}' order by id desc limit 1");
    serde_json::from_str(&app.raw::<String>(&entry).await[0]).unwrap()
}

both_databases! {
    async fn what_a_token_did_is_told_from_what_its_owner_did(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (admin, clerk) = (app.as_admin().await, app.as_clerk().await);
        let new = json!({ "user_id": clerk.id(), "name": "script", "days": 30 });
        let token = admin.post("/api/v1/tokens", new).await.expect(201);
        let machine = clerk.with_token(token["secret"].as_str().unwrap());
        let search = json!({ "by": { "name": "王芳" }, "reason": reason("identity-check") });
        for (person, by, id) in [(&clerk, "session", &Value::Null), (&machine, "token", &token["id"])] {
            person.post("/api/v1/residents/searches", search.clone()).await.expect(200);
            let actor = &last_entry(&app, "residents.searched").await["actor"];
            assert_eq!((&actor["id"], &actor["by"], &actor["token"]), (&json!(clerk.id()), &json!(by), id));
        }
    }
}
