//! Protected persons: hidden from everybody but named officers, in one answer with somebody unknown.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Reply, TestApp, TestDb, both_databases};
use crate::residents::searching;
use crate::street::{FIRST, OTHER_SPECIMEN, SPECIMEN, Street};

pub const NOBODY: &str = "440524188001010022";

/// A street, a protected woman in one of its flats, and the officers who may see her.
pub struct Refuge {
    pub street: Street,
    /// Named, of the same committees as the clerk.
    pub officer: Person,
    /// Named, too.
    pub second_officer: Person,
    pub woman: Uuid,
    pub tenancy: String,
    pub protection: String,
}

/// Names an officer.
pub async fn name(app: &TestApp, officer: &Person) -> Value {
    app.as_admin()
        .await
        .request(Method::PUT, &format!("/api/v1/protection-officers/{}", officer.id()))
        .send()
        .await
        .expect(200)
}

pub fn raising() -> Value {
    json!({ "ground": "domestic-violence", "case": "长安护〔2026〕第3号", "review_on": "2027-03-01" })
}

fn looking() -> Value {
    json!({ "reason": { "purpose": "personal-protection", "basis": "anti-domestic-violence-law", "case": "2026-12" } })
}

fn by_number(number: &str) -> Value {
    searching(json!({ "document": { "kind": "citizen-id", "number": number } }))
}

fn by_name(name: &str) -> Value {
    searching(json!({ "name": name }))
}

impl Refuge {
    pub async fn new(db: &TestDb) -> Self {
        let street = Street::new(db).await;
        let officer = street.app.as_clerk_of("130102001").await;
        let second_officer = street.app.as_supervisor().await;
        name(&street.app, &officer).await;
        name(&street.app, &second_officer).await;
        let woman = street.resident("李桂兰", Some(SPECIMEN)).await;
        let new =
            json!({ "resident_id": woman, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        let tenancy = street.clerk.post("/api/v1/tenancies", new).await.expect(201)["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/residents/{woman}/protections");
        let raised = officer.post(&path, raising()).await.expect(201);
        let protection = raised["id"].as_str().unwrap().to_owned();
        Self { street, officer, second_officer, woman, tenancy, protection }
    }

    fn app(&self) -> &TestApp {
        &self.street.app
    }

    async fn occupants(&self, of: &Person) -> usize {
        let path = format!("/api/v1/dwellings/{}/occupants", self.street.flats[0]);
        of.get(&path).await.expect(200).as_array().unwrap().len()
    }
}

/// Status and body, with the ids that were asked for and every request's own id taken out.
pub fn told(reply: &Reply, ids: &[&str]) -> (u16, String) {
    let mut body = reply.json();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
        fields.remove("instance");
    }
    let mut text = body.to_string();
    for id in ids {
        text = text.replace(id, "…");
    }
    (reply.status, text)
}

both_databases! {
    async fn whoever_is_not_named_finds_nobody_and_named_officers_and_the_person_do(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let (clerk, woman) = (&refuge.street.clerk, refuge.woman);
        let search = "/api/v1/residents/searches";
        for by in [by_number(SPECIMEN), by_name("李桂兰")] {
            assert_eq!(clerk.post(search, by.clone()).await.expect(200), json!([]));
            assert_eq!(refuge.officer.post(search, by).await.expect(200)[0]["id"], json!(woman));
        }
        clerk.get(&format!("/api/v1/residents/{woman}")).await.refused(404, "not-found");
        clerk.get(&format!("/api/v1/tenancies/{}", refuge.tenancy)).await.refused(404, "not-found");
        assert_eq!((refuge.occupants(clerk).await, refuge.occupants(&refuge.officer).await), (0, 1));
        assert_eq!(refuge.occupants(&refuge.second_officer).await, 1);
        let herself = refuge.app().as_resident(woman).await;
        assert_eq!(herself.get("/api/v1/me/record").await.expect(200)["resident"]["name"], "李桂兰");
        assert_eq!(herself.get("/api/v1/me/tenancies").await.expect(200)[0]["id"], json!(refuge.tenancy));
        let own = herself.get("/api/v1/me/protection").await.expect(200);
        assert_eq!(own["attempts"][0]["kind"], "search", "{own}");
        assert_eq!(own["attempts"].as_array().unwrap().len(), 1, "a name is no attempt: it may mean others");
    }

    async fn eleven_of_a_name_are_ten_when_one_of_them_is_hidden(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        for _ in 0..10 {
            refuge.street.resident("李桂兰", None).await;
        }
        let by = by_name("李桂兰");
        let found = refuge.street.clerk.post("/api/v1/residents/searches", by.clone()).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), 10);
        refuge.officer.post("/api/v1/residents/searches", by).await.refused(409, "too-many-hits");
    }

    async fn a_flat_is_not_said_to_be_full_because_of_somebody_hidden(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let flat = refuge.street.flats[0];
        for (name, by, warnings) in [
            ("王一", &refuge.street.clerk, 0),
            ("王二", &refuge.street.clerk, 0),
            ("王三", &refuge.street.clerk, 1),
        ] {
            let tenant = refuge.street.resident(name, None).await;
            let new = json!({ "resident_id": tenant, "dwelling_id": flat, "on": "2026-11-02", "said_by": "resident" });
            let made = by.post("/api/v1/tenancies", new).await.expect(201);
            assert_eq!(made["warnings"].as_array().map_or(0, Vec::len), warnings, "{name}: {made}");
        }
    }

    async fn a_clerk_who_registers_somebody_hidden_is_served_as_for_somebody_unknown(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let app = refuge.app();
        let new = |number: &str| json!({
            "committee": FIRST, "name": "李桂兰", "sex": "unknown", "origin": "410522",
            "document": { "kind": "citizen-id", "number": number },
        });
        // The number of somebody unknown first: what follows has to look like this.
        let unknown = refuge.street.clerk.post("/api/v1/residents", new(OTHER_SPECIMEN)).await.expect(201);
        let second = refuge.street.clerk.post("/api/v1/residents", new(SPECIMEN)).await.expect(201);
        let fields = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&unknown), fields(&second));
        assert_ne!(second["id"], json!(refuge.woman));
        for (made, number) in [(&unknown, OTHER_SPECIMEN), (&second, SPECIMEN)] {
            let found = refuge.street.clerk.post("/api/v1/residents/searches", by_number(number)).await.expect(200);
            assert_eq!(&found[0], made);
            refuge.street.clerk.post("/api/v1/residents", new(number)).await.refused(409, "document-on-record");
            let path = format!("/api/v1/residents/{}", made["id"].as_str().unwrap());
            assert_eq!(&refuge.street.clerk.get(&path).await.expect(200), made);
        }
        // The new address is hidden from everybody else; officers see whose second file it is.
        let colleague = app.as_clerk_of("130102001").await;
        colleague.get(&format!("/api/v1/residents/{}", second["id"].as_str().unwrap())).await.refused(404, "not-found");
        let listed = refuge.officer.post("/api/v1/protections/searches", looking()).await.expect(200);
        let listed = listed["items"].as_array().unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!((&listed[1]["resident_id"], &listed[1]["second_of"]), (&second["id"], &json!(refuge.woman)));
        // Taking her file over finds nobody, as with an unknown number.
        let over = |number: &str| json!({
            "document": { "kind": "citizen-id", "number": number }, "name": "李桂兰", "committee": FIRST,
            "reason": crate::localities::reason("tenancy-registration"),
        });
        let path = "/api/v1/residents/takeovers";
        let (hers, nobodys) = (colleague.post(path, over(SPECIMEN)).await, colleague.post(path, over(NOBODY)).await);
        assert_eq!(told(&hers, &[]), told(&nobodys, &[]));
        assert_eq!(hers.status, 404);
        let attempts = format!("/api/v1/protections/{}/attempts", refuge.protection);
        let attempts = refuge.officer.get(&attempts).await.expect(200);
        let kinds: Vec<_> = attempts.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["take-over", "search", "register"]);
    }

    async fn a_person_asks_for_protection_themselves_and_is_hidden_before_anybody_confirms(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let man = refuge.street.resident("王守义", Some(OTHER_SPECIMEN)).await;
        let himself = refuge.app().as_resident(man).await;
        assert_eq!(himself.get("/api/v1/me/protection").await.expect(200)["stands"], false);
        himself.post("/api/v1/me/protection/lift-request", json!({})).await.refused(409, "not-protected");
        for _ in 0..2 {
            let own = himself.post("/api/v1/me/protection/request", json!({})).await.expect(200);
            assert_eq!((&own["stands"], &own["review_on"]), (&json!(true), &json!("2026-12-07")));
        }
        refuge.street.clerk.get(&format!("/api/v1/residents/{man}")).await.refused(404, "not-found");
        let mut waiting = looking();
        waiting["waiting"] = json!(true);
        let listed = refuge.officer.post("/api/v1/protections/searches", waiting.clone()).await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "asked twice, raised once; the other is confirmed");
        let id = listed["items"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/protections/{id}/review");
        refuge.officer.post(&path, json!({ "review_on": "2026-11-23" })).await.invalid("review_on", "not-after-today");
        refuge.officer.post(&path, json!({ "review_on": "2027-11-24" })).await.invalid("review_on", "more-than-a-year");
        refuge.officer.post(&path, json!({ "review_on": "2027-01-10" })).await.expect(200);
        let listed = refuge.officer.post("/api/v1/protections/searches", waiting.clone()).await.expect(200);
        assert_eq!(listed["items"], json!([]));
        // The day of review comes and goes: it waits for an officer, and nothing lapses.
        refuge.app().advance(chrono::TimeDelta::days(120));
        let later = refuge.app().as_clerk_of("130102001").await;
        name(refuge.app(), &later).await;
        let listed = later.post("/api/v1/protections/searches", waiting).await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        let clerk = refuge.app().as_clerk_of("130102001").await;
        clerk.get(&format!("/api/v1/residents/{man}")).await.refused(404, "not-found");
    }

    async fn who_asks_to_lift_does_not_lift(db: TestDb) {
        let refuge = Refuge::new(&db).await;
        let at = |step: &str| format!("/api/v1/protections/{}/{step}", refuge.protection);
        refuge.officer.post(&at("lift"), json!({})).await.refused(409, "lift-not-asked");
        refuge.officer.post(&at("lift-request"), json!({})).await.expect(200);
        refuge.officer.post(&at("lift"), json!({})).await.refused(409, "lift-needs-another");
        refuge.street.clerk.post(&at("lift"), json!({})).await.refused(403, "forbidden");
        refuge.second_officer.post(&at("lift"), json!({})).await.expect(200);
        refuge.second_officer.post(&at("lift"), json!({})).await.refused(409, "protection-lifted");
        refuge.street.clerk.get(&format!("/api/v1/residents/{}", refuge.woman)).await.expect(200);
        // Raised anew, it is her word and one officer.
        let path = format!("/api/v1/residents/{}/protections", refuge.woman);
        let raised = refuge.officer.post(&path, raising()).await.expect(201);
        refuge.officer.post(&path, raising()).await.refused(409, "protection-stands");
        let herself = refuge.app().as_resident(refuge.woman).await;
        let own = herself.post("/api/v1/me/protection/lift-request", json!({})).await.expect(200);
        assert_eq!(own["stands"], true, "her account alone does not end it: somebody else may hold it");
        let lift = format!("/api/v1/protections/{}/lift", raised["id"].as_str().unwrap());
        refuge.officer.post(&lift, json!({})).await.expect(200);
        assert_eq!(herself.get("/api/v1/me/protection").await.expect(200)["stands"], false);
    }

    async fn officers_are_named_one_by_one_and_too_few_are_warned_of(db: TestDb) {
        let street = Street::new(&db).await;
        let admin = street.app.as_admin().await;
        let path = |of: &Person| format!("/api/v1/protection-officers/{}", of.id());
        let none = admin.get("/api/v1/protection-officers").await.expect(200);
        assert_eq!(none["warnings"], json!(["no-protection-officer"]));
        let auditor = street.app.as_auditor().await;
        let refused = admin.request(Method::PUT, &path(&auditor)).send().await;
        refused.refused(409, "not-an-officer");
        let one = name(&street.app, &street.clerk).await;
        assert_eq!(one["warnings"], json!(["too-few-protection-officers"]));
        let other = street.app.as_supervisor().await;
        let two = name(&street.app, &other).await;
        assert_eq!((two["officers"].as_array().unwrap().len(), &two["warnings"]), (2, &json!([])));
        let left = admin.delete(&path(&other)).await.expect(200);
        assert_eq!(left["officers"][0]["user_id"], json!(street.clerk.id()));
        assert_eq!(street.journal_of("protection_officer.named").await.len(), 2);
        assert_eq!(street.journal_of("protection_officer.unnamed").await.len(), 1);
        // Whoever is named no longer sees nobody protected from the next request on.
        let woman = street.resident("李桂兰", Some(SPECIMEN)).await;
        street.clerk.post(&format!("/api/v1/residents/{woman}/protections"), raising()).await.expect(201);
        street.clerk.get(&format!("/api/v1/residents/{woman}")).await.expect(200);
        admin.delete(&path(&street.clerk)).await.expect(200);
        street.clerk.get(&format!("/api/v1/residents/{woman}")).await.refused(404, "not-found");
    }
}
