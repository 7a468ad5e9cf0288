//! A street of two committees with a building in each, and the people in it: the ground for stories of moving.

use anju::dwellings::{self, NewBuilding, NewDwellings};
use anju::landlords::{self, Assign, NewLandlord};
use anju::residents::{self, NewResident};
use anju::work::Work;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, TestApp, TestDb};

pub const FIRST: &str = "130102001001";
pub const SECOND: &str = "130102001002";
pub const SPECIMEN: &str = "11010519491231002X";
pub const OTHER_SPECIMEN: &str = "440524188001010014";

pub struct Street {
    pub app: TestApp,
    /// A clerk of both committees.
    pub clerk: Person,
    pub building: Uuid,
    /// Dwellings of the first committee, each for two people.
    pub flats: Vec<Uuid>,
    /// A dwelling of the second committee.
    pub flat_of_second: Uuid,
}

impl Street {
    pub async fn new(db: &TestDb) -> Self {
        let app = TestApp::new(db).await;
        let clerk = app.as_clerk_of("130102001").await;
        let mut work = work_of(&app, &clerk).await;
        let (building, flats) = build(&mut work, FIRST).await;
        let (_, of_second) = build(&mut work, SECOND).await;
        work.commit().await.unwrap();
        Self { app, clerk, building, flats, flat_of_second: of_second[0] }
    }

    pub async fn work(&self) -> Work {
        work_of(&self.app, &self.clerk).await
    }

    /// Somebody on file at the first committee.
    pub async fn resident(&self, name: &str, number: Option<&str>) -> Uuid {
        let new: NewResident = serde_json::from_value(json!({
            "committee": FIRST,
            "name": name,
            "sex": "unknown",
            "origin": "410522",
            "document": number.map(|number| json!({ "kind": "citizen-id", "number": number })),
        }))
        .unwrap();
        let mut work = self.work().await;
        let resident = residents::register(&mut work, new).await.unwrap();
        work.commit().await.unwrap();
        resident.id
    }

    /// A landlord who answers for a dwelling since the beginning of the year.
    pub async fn landlord_of(&self, dwelling: Uuid) -> Person {
        let new: NewLandlord = serde_json::from_value(json!({
            "committee": FIRST, "kind": "landlord", "legal_form": "person", "name": "赵房东",
        }))
        .unwrap();
        let mut work = self.work().await;
        let landlord = landlords::register(&mut work, new).await.unwrap();
        let assign = Assign { dwelling_id: dwelling, from: "2026-01-01".parse().unwrap() };
        landlords::assign(&mut work, landlord.id, assign).await.unwrap();
        work.commit().await.unwrap();
        self.app.as_landlord(landlord.id).await
    }

    pub async fn close(&self, dwelling: Uuid) {
        let mut work = self.work().await;
        dwellings::close(&mut work, dwelling).await.unwrap();
        work.commit().await.unwrap();
    }

    pub async fn committee_of(&self, resident: Uuid) -> String {
        residents::get(&mut self.work().await, resident).await.unwrap().committee.into()
    }

    /// The details of the journal's entries of a kind about somebody.
    pub async fn journal_about(&self, subject: Uuid, kind: &str) -> Vec<Value> {
        let entries = anju::journal::about(&mut self.work().await, subject, None, 100).await.unwrap();
        entries.into_iter().filter(|entry| entry["kind"] == kind).map(|entry| entry["details"].clone()).collect()
    }

    /// The journal's entries of a kind.
    pub async fn journal_of(&self, kind: &str) -> Vec<Value> {
        self.app.app().seal_journal().await.unwrap();
        let sealed = anju::journal::after(&mut self.work().await, 0, 1000).await.unwrap();
        sealed.into_iter().map(|sealed| sealed.entry).filter(|entry| entry["kind"] == kind).collect()
    }
}

async fn work_of(app: &TestApp, clerk: &Person) -> Work {
    app.app().work(clerk.user().actor(), app.locality().clone()).await.unwrap()
}

async fn build(work: &mut Work, committee: &str) -> (Uuid, Vec<Uuid>) {
    let building: NewBuilding = serde_json::from_value(json!({
        "committee": committee, "kind": "compound", "name": "谈固小区3号楼", "address": "谈固东街14号",
    }))
    .unwrap();
    let building = dwellings::register_building(work, building).await.unwrap().id;
    let plan: NewDwellings = serde_json::from_value(json!({
        "plan": { "from_floor": 1, "to_floor": 2, "units": { "count": 2 }, "numbering": "floor-unit" },
        "dwelling_use": "rented",
        "capacity": 2,
    }))
    .unwrap();
    let dwellings = dwellings::generate_dwellings(work, building, plan).await.unwrap();
    (building, dwellings.into_iter().map(|dwelling| dwelling.id).collect())
}
