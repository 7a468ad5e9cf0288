//! What a person sees and takes along of their own: every fact with where it is from, who looked, who was told.

use std::io::Read;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, OTHER_ORIGIN, RESIDENCE, WIFE, morning, person, reason};
use crate::street::{SPECIMEN, Street};

fn own_request() -> Value {
    json!({ "purpose": "person-request", "basis": "personal-information-law-45", "case": "2026-12" })
}

async fn extract(me: &Person) -> Value {
    me.post("/api/v1/me/extracts", json!({ "form": "json" })).await.expect(200)
}

fn list<'v>(of: &'v Value, name: &str) -> &'v Vec<Value> {
    of[name].as_array().unwrap_or_else(|| panic!("no {name} in {of}"))
}

fn sha256(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every compressed stream of a PDF, inflated.
fn inflated(pdf: &[u8]) -> Vec<Vec<u8>> {
    let find =
        |from: usize, what: &[u8]| pdf[from..].windows(what.len()).position(|part| part == what).map(|at| from + at);
    let (mut streams, mut from) = (Vec::new(), 0);
    while let Some(at) = find(from, b"stream\n") {
        let begin = at + b"stream\n".len();
        let end = find(begin, b"endstream").unwrap();
        let mut stream = Vec::new();
        if flate2::read::ZlibDecoder::new(&pdf[begin..end]).read_to_end(&mut stream).is_ok() {
            streams.push(stream);
        }
        from = end + b"endstream".len();
    }
    streams
}

/// Two localities that know each other; a wife on file in both, married at home, who lives away from there.
pub struct Couple {
    pub residence: Locality,
    pub origin: Locality,
    pub here: String,
    pub at_home: String,
    pub record: String,
}

impl Couple {
    pub async fn new(db: &TestDb) -> Self {
        let clock = morning();
        let residence = Locality::open(db, RESIDENCE, &clock).await;
        let origin = Locality::open(db, ORIGIN, &clock).await;
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let record = origin.marriage([json!({ "resident": at_home }), person("王守义", HUSBAND)]).await;
        let dwellings = residence.dwellings().await;
        residence.moves_in(&here, &dwellings[0], "2026-11-20").await;
        let couple = Self { residence, origin, here, at_home, record };
        couple.meet().await;
        couple
    }

    pub async fn meet(&self) {
        self.residence.sync(&self.origin).await;
        self.origin.sync(&self.residence).await;
        self.residence.sync(&self.origin).await;
    }

    pub async fn at_home_in_person(&self) -> Person {
        self.origin.node.as_resident(self.at_home.parse().unwrap()).await
    }

    pub async fn here_in_person(&self) -> Person {
        self.residence.node.as_resident(self.here.parse().unwrap()).await
    }

    pub async fn correct(&self, version: i32) {
        let correction = json!({ "version": version, "standing": "dissolved", "source": "register",
                                 "because": "离婚登记", "reason": reason("record-correction") });
        let path = format!("/api/v1/civil-records/{}/corrections", self.record);
        self.origin.clerk.post(&path, correction).await.expect(200);
    }
}

both_databases! {
    async fn an_extract_says_of_every_fact_where_it_is_from(db: TestDb) {
        let couple = Couple::new(&db).await;
        couple.correct(1).await;
        couple.meet().await;
        let me = couple.here_in_person().await;
        let taken = extract(&me).await;
        assert_eq!((&taken["format"], &taken["version"]), (&json!("anju-extract"), &json!(1)));
        assert_eq!((&taken["node"], &taken["made_by"]), (&json!(RESIDENCE), &json!("resident")));
        let fact = |field: &str| list(&taken, "identity").iter().find(|fact| fact["field"] == field).unwrap().clone();
        assert_eq!((&fact("name")["value"], &fact("name")["source"]), (&json!("李桂兰"), &json!("statement")));
        assert_eq!(fact("sex")["source"], "document");
        assert_eq!(fact("name")["since"], "2026-11-23T02:00:00Z");
        assert!(fact("name")["office"].is_string() && fact("name")["entry"].is_string());
        let lived = &list(&taken, "tenancies")[0];
        assert_eq!((&lived["said_by"], &lived["place"]["building_name"]), (&json!("committee"), &json!("谈固小区3号楼")));
        let records = list(&taken, "civil_records");
        let versions: Vec<_> = records.iter().map(|record| &record["summary"]["version"]).collect();
        assert_eq!(versions, [&json!(1), &json!(2)], "every version stands in it");
        for record in records {
            let summary = &record["summary"];
            assert_eq!((&summary["issuer"], &summary["source"]), (&json!(ORIGIN), &json!("register")));
            assert_eq!(summary["source_peer"], ORIGIN);
            assert!(summary["source_message"].is_string(), "the message it came in");
        }
        let told = list(&taken, "tellings");
        assert_eq!((&told[0]["kind"], &told[0]["peer"], &told[0]["state"]),
                   (&json!("residence.started"), &json!(ORIGIN), &json!("applied")));
        assert!(list(&taken, "looks").iter().any(|look| look["kind"] == "data.sent" && look["recipient"] == ORIGIN));
        assert!(!taken.to_string().contains(HUSBAND), "the husband's number is the husband's");
    }

    async fn a_persons_number_is_whole_only_when_they_ask_and_the_look_is_theirs(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let me = street.app.as_resident(wang).await;
        let masked = extract(&me).await;
        assert_eq!(masked["document_number"]["number"], "110105********002X");
        assert!(!masked.to_string().contains(SPECIMEN));
        let whole = me.post("/api/v1/me/extracts", json!({ "form": "json", "number_in_full": true })).await.expect(200);
        assert_eq!(whole["document_number"]["number"], SPECIMEN);
        let looks = me.get("/api/v1/me/looks").await.expect(200);
        let looks: Vec<_> = list(&looks, "items").iter().filter(|look| look["purpose"] == "person-request").collect();
        assert_eq!(looks.len(), 2);
        assert!(looks.iter().all(|look| look["role"] == "resident" && look["basis"] == "personal-information-law-45"));
        let neighbour = street.app.as_resident(street.resident("李娜", None).await).await;
        assert!(!extract(&neighbour).await.to_string().contains("王小明"));
    }

    async fn a_clerk_hands_out_what_the_person_would_see_and_names_why(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", Some(SPECIMEN)).await;
        let new = json!({ "resident_id": wang, "dwelling_id": street.flats[0], "on": "2026-11-20", "said_by": "resident" });
        street.clerk.post("/api/v1/tenancies", new).await.expect(201);
        let path = format!("/api/v1/residents/{wang}/extracts");
        street.clerk.post(&path, json!({ "form": "json" })).await.invalid("reason", "missing-field");
        let handed = street.clerk.post(&path, json!({ "form": "json", "reason": own_request() })).await.expect(200);
        let own = extract(&street.app.as_resident(wang).await).await;
        for part in ["identity", "documents", "phone", "tenancies", "reports", "civil_records", "consents", "tellings"] {
            assert_eq!(handed[part], own[part], "{part}");
        }
        assert_eq!((&handed["made_by"], &handed["office"]), (&json!("clerk"), &json!("130102001")));
        let looks = list(&own, "looks");
        assert!(looks.iter().any(|look| look["role"] == "clerk" && look["case"] == "2026-12"), "{looks:?}");
        let elsewhere = street.app.as_clerk_of("130102007029").await;
        elsewhere.post(&path, json!({ "form": "json", "reason": own_request() })).await.refused(404, "not-found");
    }

    async fn an_extract_is_known_again_by_its_number_and_hash(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let me = street.app.as_resident(wang).await;
        let reply = me.post("/api/v1/me/extracts", json!({ "form": "json" })).await;
        let taken = reply.expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let made = street.journal_of("extract.made").await;
        assert_eq!(made.len(), 1);
        let details = &made[0]["details"];
        assert_eq!((&details["extract"], &details["sha256"]), (&taken["id"], &json!(sha256(&reply.body))));
        assert!(!made[0].to_string().contains("王小明"));
    }

    async fn a_pdf_carries_its_json_its_hash_and_text_that_can_be_read(db: TestDb) {
        let couple = Couple::new(&db).await;
        let me = couple.at_home_in_person().await;
        let reply = me.post("/api/v1/me/extracts", json!({ "form": "pdf" })).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/pdf")));
        assert!(reply.body.starts_with(b"%PDF-"));
        let streams = inflated(&reply.body);
        let attached = streams.iter().find(|stream| stream.starts_with(b"{")).expect("the JSON is attached");
        let taken: Value = serde_json::from_slice(attached).unwrap();
        assert_eq!((&taken["format"], &taken["resident_id"]), (&json!("anju-extract"), &json!(couple.at_home)));
        let entries: Vec<String> = couple.origin.node.raw("select entry from journal where kind = 'extract.made'").await;
        let made: Value = serde_json::from_str(&entries[0]).unwrap();
        assert_eq!((&made["details"]["form"], &made["details"]["sha256"]), (&json!("pdf"), &json!(sha256(attached))));
        // What is drawn says which characters it means: it can be selected, searched and read aloud.
        let means = |c: char| {
            let code = format!("<{:04X}>", u32::from(c));
            streams.iter().any(|stream| String::from_utf8_lossy(stream).to_uppercase().contains(&code))
        };
        for c in "李桂兰摘录，SHA256".chars() {
            assert!(means(c), "{c}");
        }
        assert!(!means('囧'), "the font is cut down to what is used");
    }

    async fn it_is_visible_which_locality_was_told_which_version_and_whether_it_arrived(db: TestDb) {
        let couple = Couple::new(&db).await;
        let path = format!("/api/v1/civil-records/{}/tellings", couple.record);
        let told = async || couple.origin.clerk.get(&path).await.expect(200).as_array().unwrap().clone();
        let states = |told: &[Value]| -> Vec<(i64, String)> {
            told.iter().map(|one| (one["version"].as_i64().unwrap(), one["state"].as_str().unwrap().to_owned())).collect()
        };
        assert_eq!(states(&told().await), [(1, "applied".to_owned())]);
        couple.correct(1).await;
        couple.origin.node.app().seal_journal().await.unwrap();
        let station = couple.origin.node.app().station().clone();
        anju::exchange::projection::project(couple.origin.node.app(), &station).await.unwrap();
        assert_eq!(states(&told().await), [(1, "applied".to_owned()), (2, "queued".to_owned())]);
        couple.meet().await;
        assert_eq!(states(&told().await), [(1, "applied".to_owned()), (2, "applied".to_owned())]);
        let me = couple.at_home_in_person().await;
        let own = me.get("/api/v1/me/tellings").await.expect(200);
        assert_eq!(states(own.as_array().unwrap()), states(&told().await));
        assert_eq!((&own[0]["peer"], &own[0]["peer_name"]), (&json!(RESIDENCE), &json!("node 130102")));
    }

    async fn a_spouse_does_not_learn_from_the_tellings_where_the_other_lives(db: TestDb) {
        let couple = Couple::new(&db).await;
        let third = Locality::open(&db, OTHER_ORIGIN, &morning()).await;
        third.trust(&couple.origin, "push").await;
        couple.origin.trust(&third, "push").await;
        let husband = couple.origin.resident("王守义", HUSBAND, ORIGIN).await;
        let correction = json!({
            "version": 1, "standing": "stands", "source": "register", "because": "补录", "reason": reason("record-correction"),
            "record": { "marriage": { "spouses": [{ "resident": couple.at_home }, { "resident": husband }], "married_on": "1972-05-20" } },
        });
        let path = format!("/api/v1/civil-records/{}/corrections", couple.record);
        couple.origin.clerk.post(&path, correction).await.expect(200);
        let living = third.resident("王守义", HUSBAND, ORIGIN).await;
        let flats = third.dwellings().await;
        third.moves_in(&living, &flats[0], "2026-11-20").await;
        third.sync(&couple.origin).await;
        couple.origin.sync(&third).await;
        couple.meet().await;
        let peers = async |resident: &str| -> Vec<String> {
            let me = couple.origin.node.as_resident(resident.parse::<Uuid>().unwrap()).await;
            let told = me.get("/api/v1/me/tellings").await.expect(200);
            let mut peers: Vec<String> = told.as_array().unwrap().iter().map(|one| one["peer"].as_str().unwrap().to_owned()).collect();
            peers.dedup();
            peers
        };
        assert_eq!(peers(&couple.at_home).await, [RESIDENCE]);
        assert_eq!(peers(&husband).await, [OTHER_ORIGIN]);
        let whole = couple.origin.clerk.get(&format!("/api/v1/civil-records/{}/tellings", couple.record)).await.expect(200);
        assert!(whole.to_string().contains(OTHER_ORIGIN) && whole.to_string().contains(RESIDENCE));
    }
}
