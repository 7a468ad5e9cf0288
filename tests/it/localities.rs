//! Localities that exchange: nodes of real counties that reach each other over HTTP, with their people.

use anju::clock::Clock;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::harness::{Person, TestApp, TestDb};

/// 长安区, 石家庄市: where people live.
pub const RESIDENCE: &str = "130102";
/// 民权县, 河南省: where they come from.
pub const ORIGIN: &str = "411421";
/// 濉溪县, 安徽省: another origin.
pub const OTHER_ORIGIN: &str = "340621";

/// Published specimens, not anybody's numbers.
pub const WIFE: &str = "11010519491231002X";
pub const HUSBAND: &str = "440524188001010014";

/// One locality's node and the people who work with it.
pub struct Locality {
    pub node: TestApp,
    pub code: &'static str,
    pub committee: String,
    pub clerk: Person,
    /// The system administrator, who connects peers.
    pub admin: Person,
}

impl Locality {
    pub async fn open(db: &TestDb, code: &'static str, clock: &Clock) -> Self {
        let node = TestApp::online(db, code, clock.clone()).await;
        let committees = anju::localities::divisions::children(&code.parse().unwrap());
        let street = committees.first().unwrap().code.clone();
        let committee = anju::localities::divisions::children(&street)[0].code.to_string();
        let clerk = node.as_clerk_of(code).await;
        let admin = node.as_system_admin().await;
        Self { node, code, committee, clerk, admin }
    }

    /// Adds the other as a peer, after comparing fingerprints, as two system administrators do by telephone.
    pub async fn trust(&self, other: &Locality, mode: &str) {
        let card = other.admin.get("/api/v1/exchange/card").await.expect(200);
        let new = json!({ "card": card["card"], "fingerprint": card["fingerprint"], "mode": mode });
        self.admin.post("/api/v1/peers", new).await.expect(200);
    }

    /// Syncs with a peer now; answers what it did.
    pub async fn sync(&self, other: &Locality) -> Value {
        let report = self.clerk.post(&format!("/api/v1/peers/{}/sync", other.code), json!({})).await.expect(200);
        assert!(report["result"] == "done" || report["reason"] == "passive", "{report}");
        report
    }

    pub async fn peer(&self, other: &Locality) -> Value {
        self.clerk.get(&format!("/api/v1/peers/{}", other.code)).await.expect(200)
    }

    /// Somebody on file here.
    pub async fn resident(&self, name: &str, number: &str, origin: &str) -> String {
        let new = json!({
            "committee": self.committee, "name": name, "sex": "unknown", "origin": origin,
            "document": { "kind": "citizen-id", "number": number },
        });
        id(&self.clerk.post("/api/v1/residents", new).await.expect(201))
    }

    /// A building with one floor of two dwellings; answers the dwellings.
    pub async fn dwellings(&self) -> Vec<String> {
        let new = json!({ "committee": self.committee, "kind": "compound", "name": "谈固小区3号楼", "address": "谈固东街14号" });
        let building = id(&self.clerk.post("/api/v1/buildings", new).await.expect(201));
        let plan = json!({
            "plan": { "from_floor": 1, "to_floor": 1, "units": { "count": 2 }, "numbering": "floor-unit" },
            "dwelling_use": "rented", "capacity": 3,
        });
        let made = self.clerk.post(&format!("/api/v1/buildings/{building}/dwellings"), plan).await.expect(201);
        made.as_array().unwrap().iter().map(id).collect()
    }

    pub async fn moves_in(&self, resident: &str, dwelling: &str, on: &str) -> String {
        let new = json!({ "resident_id": resident, "dwelling_id": dwelling, "on": on, "said_by": "committee" });
        let made = self.clerk.post("/api/v1/tenancies", new).await.expect(201);
        id(&made)
    }

    /// The marriage of two people, of whom at least one is on file here.
    pub async fn marriage(&self, spouses: [Value; 2]) -> String {
        let new = json!({
            "marriage": {
                "spouses": spouses, "married_on": "1972-05-20", "place": { "division": self.code },
                "certificate": { "number": "民字第13号", "issuer": "民政局", "authority": "civil-affairs" },
            },
            "standing": "stands", "source": "register", "reason": reason("marriage-check"),
        });
        id(&self.clerk.post("/api/v1/marriages", new).await.expect(201))
    }

    pub async fn records_of(&self, resident: &str) -> Vec<Value> {
        let records = self.clerk.get(&format!("/api/v1/residents/{resident}/civil-records")).await.expect(200);
        records.as_array().unwrap().clone()
    }

    pub async fn elsewhere(&self, resident: &str) -> Vec<Value> {
        let told = self.clerk.get(&format!("/api/v1/residents/{resident}/residences-elsewhere")).await.expect(200);
        told.as_array().unwrap().clone()
    }

    pub async fn cases(&self) -> Vec<Value> {
        self.clerk.get("/api/v1/cases").await.expect(200)["items"].as_array().unwrap().clone()
    }
}

/// The morning of Monday 23 November 2026, standing still.
pub fn morning() -> Clock {
    Clock::manual("2026-11-23T02:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

pub fn id(made: &Value) -> String {
    made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned()
}

pub fn reason(purpose: &str) -> Value {
    let basis = match purpose {
        "tenancy-registration" | "identity-check" => "residence-permit-regulations",
        _ => "family-planning-law-14",
    };
    json!({ "purpose": purpose, "basis": basis, "case": "长安协查〔2026〕第7号" })
}

/// A person by document and name, for whoever has no file here.
pub fn person(name: &str, number: &str) -> Value {
    json!({ "person": { "name": name, "document": { "kind": "citizen-id", "number": number } } })
}
