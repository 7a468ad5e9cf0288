//! Counts without names.

use serde_json::{Value, json};

use crate::harness::both_databases;
use crate::protection::Refuge;
use crate::street::{FIRST, Street};

const POPULATION: &str = "/api/v1/statistics/population";

/// Moves somebody new into a flat of the first committee.
async fn settle(street: &Street, name: &str, sex: &str, born: &str, origin: &str) -> Value {
    let new = json!({ "committee": FIRST, "name": name, "sex": sex, "birth_date": born, "origin": origin });
    let resident = street.clerk.post("/api/v1/residents", new).await.expect(201);
    let tenancy = json!({
        "resident_id": resident["id"], "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident",
    });
    street.clerk.post("/api/v1/tenancies", tenancy).await.expect(201)
}

both_databases! {
    async fn who_lives_here_is_counted_and_small_groups_do_not_appear(db: TestDb) {
        let street = Street::new(&db).await;
        for name in ["王一", "王二", "王三", "王四"] {
            settle(&street, name, "female", "1890-01-02", "410522").await;
        }
        let few = street.clerk.get(POPULATION).await.expect(200);
        assert_eq!((&few["residents"], &few["by_sex"], &few["smallest"]), (&Value::Null, &json!([]), &json!(5)));
        let mut last = Value::Null;
        for name in ["李一", "李二", "李三", "李四"] {
            last = settle(&street, name, "female", "1890-01-02", "411421").await;
        }
        settle(&street, "张三", "male", "2022-01-02", "130102").await;
        let counted = street.clerk.get(POPULATION).await.expect(200);
        assert_eq!((&counted["residents"], &counted["counted_on"]), (&json!(10), &json!("2026-11-23")));
        assert_eq!(counted["by_sex"], json!([{ "key": "female", "count": 10 }]));
        assert_eq!(counted["by_origin"], json!([{ "key": "41", "count": 10 }]));
        assert_eq!(counted["by_age"], json!([{ "key": "60+", "count": 10 }]));
        assert_eq!(counted["by_verification"], json!([{ "key": "unverified", "count": 10 }]));
        // Who moved out is no longer counted: eight are left, seven of them women.
        let path = format!("/api/v1/tenancies/{}/move-out", last["id"].as_str().unwrap());
        street.clerk.post(&path, json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 })).await.expect(200);
        let fewer = street.clerk.get(POPULATION).await.expect(200);
        assert_eq!((&fewer["residents"], &fewer["by_sex"]), (&json!(10), &json!([{ "key": "female", "count": 5 }])));
    }

    async fn counts_are_of_ones_own_scope(db: TestDb) {
        let street = Street::new(&db).await;
        for name in ["王一", "王二", "王三", "王四", "王五"] {
            settle(&street, name, "female", "1890-01-02", "410522").await;
        }
        let supervisor = street.app.as_supervisor().await;
        let of = |division: &str| format!("{POPULATION}?division={division}");
        assert_eq!(supervisor.get(&of(FIRST)).await.expect(200)["residents"], 5);
        assert_eq!(supervisor.get(&of("130102001002")).await.expect(200)["residents"], Value::Null);
        let elsewhere = street.app.as_clerk_of("130102007029").await;
        elsewhere.get(&of(FIRST)).await.refused(404, "not-found");
        assert_eq!(elsewhere.get(POPULATION).await.expect(200)["residents"], Value::Null);
        street.app.as_auditor().await.get(POPULATION).await.refused(403, "forbidden");
    }

    async fn nobody_protected_is_counted_whoever_asks(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        for name in ["王一", "王二", "王三", "王四"] {
            settle(&refuge.street, name, "female", "1890-01-02", "410522").await;
        }
        for asker in [&refuge.street.clerk, &refuge.officer] {
            assert_eq!(asker.get(POPULATION).await.expect(200)["residents"], Value::Null);
        }
        settle(&refuge.street, "王五", "female", "1890-01-02", "410522").await;
        assert_eq!(refuge.officer.get(POPULATION).await.expect(200)["residents"], 5);
    }
}
