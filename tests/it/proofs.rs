//! The journal's proofs: what somebody with the database in their hands does to it by hand is found by the node itself,
//! and an extract proves to whoever holds the public key what it says, and nothing more.

use anju::db::Db;
use anju::journal::{self, Checked, Extract, Verdict};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::harness::{TestApp, TestDb, both_databases};
use crate::localities::{HUSBAND, WIFE, id};
use crate::residents::{at, named, own_log_in, registered};

/// A node with a dozen entries under several checkpoints.
async fn sealed(db: &TestDb) -> TestApp {
    let app = TestApp::new(db).await;
    for _ in 0..4 {
        app.as_clerk().await;
        app.app().seal_journal().await.unwrap();
    }
    app
}

/// Whoever has the database, and neither the node's key nor its folder.
pub struct Attacker<'a>(pub &'a TestApp);

impl Attacker<'_> {
    pub async fn rewrite(&self, position: i64) {
        let entry = format!(
            "update journal set entry = replace(entry, '2026-11-23', '2026-11-22') where id = (select entry_id from journal_seals where position = {position})"
        );
        assert_eq!(self.0.tamper(&entry).await, 1);
    }

    pub async fn swap(&self, one: i64, other: i64) {
        for (from, to) in [(one, -1), (other, one), (-1, other)] {
            let moved = format!("update journal_seals set position = {to} where position = {from}");
            assert_eq!(self.0.tamper(&moved).await, 1);
        }
    }

    /// Takes away everything after a position that the database has of it.
    pub async fn truncate(&self, after: i64) {
        let gone = format!("select entry_id from journal_seals where position > {after}");
        self.0.tamper("create table gone (entry_id uuid)").await;
        self.0.tamper(&format!("insert into gone (entry_id) {gone}")).await;
        let size = tlog_tiles::stored_hash_count(after as u64);
        for (table, condition) in [
            ("journal_seals", format!("position > {after}")),
            ("journal_subjects", "entry_id in (select entry_id from gone)".to_owned()),
            ("journal", "id in (select entry_id from gone)".to_owned()),
            ("journal_tree", format!("number >= {size}")),
            ("journal_checkpoints", format!("size > {after}")),
        ] {
            self.0.tamper(&format!("delete from {table} where {condition}")).await;
        }
    }

    /// Computes the chain anew over what stands there now.
    pub async fn mend_chain(&self) {
        let entries: Vec<String> = self
            .0
            .raw("select j.entry from journal_seals s join journal j on j.id = s.entry_id order by s.position")
            .await;
        let mut hash = vec![0; 32];
        for (number, entry) in entries.iter().enumerate() {
            hash = Sha256::new().chain_update(&hash).chain_update(entry).finalize().to_vec();
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let written = match self.0.app().db() {
                Db::Sqlite { .. } => format!("x'{hex}'"),
                Db::Postgres(_) => format!("decode('{hex}', 'hex')"),
            };
            let position = number + 1;
            self.0.tamper(&format!("update journal_seals set hash = {written} where position = {position}")).await;
        }
    }

    /// Takes the tree away: the node builds it anew over what stands there now.
    pub async fn mend_tree(&self) {
        self.0.tamper("delete from journal_tree").await;
    }

    pub async fn forget_checkpoints(&self) {
        self.0.tamper("delete from journal_checkpoints").await;
    }

    /// More than the database: the file in the node's folder, too.
    pub async fn forget_all_checkpoints(&self) {
        self.forget_checkpoints().await;
        for file in std::fs::read_dir(self.0.checkpoints()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
}

async fn verdict(app: &TestApp) -> Verdict {
    journal::verify(&mut app.app().system_work().await.unwrap()).await.unwrap()
}

async fn broken(app: &TestApp, position: i64, reason: &'static str) {
    assert_eq!(verdict(app).await, Verdict::Broken { position, reason });
}

async fn state(app: &TestApp) -> Value {
    app.as_auditor().await.get("/api/v1/journal/state").await.expect(200)
}

fn size_of(checkpoint: &Value) -> i64 {
    checkpoint.as_str().unwrap().lines().nth(1).unwrap().parse().unwrap()
}

both_databases! {
    async fn a_checkpoint_is_signed_when_something_new_was_sealed(db: TestDb) {
        let app = sealed(&db).await;
        assert!(matches!(verdict(&app).await, Verdict::Sound { entries: 12, unsealed: 0, .. }));
        let first = state(&app).await["checkpoint"].clone();
        assert_eq!(size_of(&first), 12);
        assert!(first.as_str().unwrap().starts_with("anju-journal/130102/130102\n12\n"), "{first}");
        app.app().seal_journal().await.unwrap();
        let auditors = 3;
        assert_eq!(size_of(&state(&app).await["checkpoint"]), 12 + auditors);
        app.app().seal_journal().await.unwrap();
        let kept = std::fs::read_to_string(app.checkpoints().join("130102.checkpoint")).unwrap();
        let before: Vec<String> = app.raw("select note from journal_checkpoints order by size").await;
        assert_eq!(before.last(), Some(&kept));
        app.app().seal_journal().await.unwrap();
        let after: Vec<String> = app.raw("select note from journal_checkpoints order by size").await;
        assert_eq!(before, after, "nothing new, no checkpoint");
        assert!(matches!(verdict(&app).await, Verdict::Sound { .. }));
    }

    async fn a_rewritten_entry_is_found_however_much_of_the_rest_is_computed_anew(db: TestDb) {
        let app = sealed(&db).await;
        let attacker = Attacker(&app);
        attacker.rewrite(5).await;
        broken(&app, 5, "rewritten").await;
        attacker.mend_chain().await;
        broken(&app, 5, "rewritten").await;
        attacker.mend_tree().await;
        // Chain and tree now agree with what stands there, and the checkpoints do not: the first that differs is at 6.
        broken(&app, 4, "rewritten").await;
        app.app().seal_journal().await.unwrap();
        broken(&app, 4, "rewritten").await;
        attacker.forget_checkpoints().await;
        broken(&app, 1, "rewritten").await;
    }

    async fn reordered_entries_are_found_and_told_from_rewritten_ones(db: TestDb) {
        let app = sealed(&db).await;
        let attacker = Attacker(&app);
        attacker.swap(5, 6).await;
        broken(&app, 5, "reordered").await;
        attacker.mend_chain().await;
        broken(&app, 5, "reordered").await;
        attacker.mend_tree().await;
        app.app().seal_journal().await.unwrap();
        // Both lie under the checkpoint of the sixth entry.
        attacker.swap(8, 9).await;
        attacker.mend_chain().await;
        attacker.mend_tree().await;
        app.app().seal_journal().await.unwrap();
        broken(&app, 4, "rewritten").await;
    }

    async fn a_journal_cut_off_with_seals_tree_and_checkpoints_is_found_by_the_checkpoint_outside(db: TestDb) {
        let app = sealed(&db).await;
        Attacker(&app).truncate(9).await;
        broken(&app, 10, "truncated").await;
        // The next entry takes the free place; no checkpoint is signed that would cover it up.
        let clerk = app.as_clerk().await;
        app.app().seal_journal().await.unwrap();
        let notes: Vec<String> = app.raw("select note from journal_checkpoints order by size").await;
        assert_eq!(notes.len(), 3);
        let found = state(&app).await;
        assert_eq!(size_of(&found["checkpoint"]), 9);
        assert_eq!(found["verification"]["reason"], "rewritten", "twelve entries again, and three of them others");
        assert_eq!(found["verification"]["position"], 10);
        let ready = app.anon().get("/readyz").await.expect(200);
        assert_eq!(ready, json!({ "status": "ready", "journal": "broken" }));
        drop(clerk);
        let said: Vec<i64> = app.raw("select count(*) from journal where kind = 'journal.found_broken'").await;
        assert_eq!(said, [1]);
    }

    async fn the_node_finds_by_itself_what_was_altered_behind_its_back(db: TestDb) {
        let app = sealed(&db).await;
        app.app().verify_journal_nightly().await.unwrap();
        let first = state(&app).await["verification"].clone();
        assert_eq!((&first["reason"], &first["entries"]), (&Value::Null, &json!(12)));
        Attacker(&app).rewrite(2).await;
        app.app().verify_journal_nightly().await.unwrap();
        assert_eq!(state(&app).await["verification"], first, "once a night");
        app.advance(TimeDelta::hours(17));
        app.app().verify_journal_nightly().await.unwrap();
        let found = state(&app).await["verification"].clone();
        assert_eq!((&found["reason"], &found["position"]), (&json!("rewritten"), &json!(2)));
        assert_eq!(app.anon().get("/readyz").await.expect(200)["journal"], "broken");
        app.advance(TimeDelta::days(1));
        app.app().verify_journal_nightly().await.unwrap();
        let said: Vec<i64> = app.raw("select count(*) from journal where kind = 'journal.found_broken'").await;
        assert_eq!(said, [1], "the journal says it once");
    }

    async fn a_checkpoint_that_is_not_the_node_s_own_is_found(db: TestDb) {
        let app = sealed(&db).await;
        app.tamper("update journal_checkpoints set note = replace(note, 'anju-journal/130102', 'anju-journal/130104') where size = 6").await;
        broken(&app, 6, "wrong-checkpoint").await;
        app.tamper("delete from journal_checkpoints where size = 6").await;
        assert!(matches!(verdict(&app).await, Verdict::Sound { .. }));
        app.tamper("delete from journal_keys").await;
        broken(&app, 1, "wrong-checkpoint").await;
    }

    async fn a_seal_or_a_hash_of_the_tree_that_was_changed_is_found(db: TestDb) {
        let app = sealed(&db).await;
        app.tamper("update journal_tree set hash = (select hash from journal_tree where number = 0) where number = 3").await;
        broken(&app, 3, "rewritten").await;
        Attacker(&app).mend_tree().await;
        app.app().seal_journal().await.unwrap();
        app.tamper("update journal_seals set hash = (select hash from journal_seals where position = 1) where position = 7").await;
        broken(&app, 7, "wrong-hash").await;
    }

    async fn a_database_from_before_gets_its_tree_with_the_next_start(db: TestDb) {
        let app = sealed(&db).await;
        let old: Vec<String> = app.raw("select entry from journal order by id").await;
        for entry in &old {
            let mut unsalted: Value = serde_json::from_str(entry).unwrap();
            unsalted.as_object_mut().unwrap().remove("salt").unwrap();
            let (id, unsalted) = (unsalted["id"].as_str().unwrap().to_owned(), unsalted.to_string());
            let id = match app.app().db() {
                Db::Sqlite { .. } => format!("x'{}'", id.replace('-', "")),
                Db::Postgres(_) => format!("'{id}'"),
            };
            assert_eq!(app.tamper(&format!("update journal set entry = '{unsalted}' where id = {id}")).await, 1);
        }
        let attacker = Attacker(&app);
        attacker.mend_chain().await;
        attacker.mend_tree().await;
        attacker.forget_all_checkpoints().await;
        assert!(matches!(verdict(&app).await, Verdict::Sound { entries: 12, .. }), "sound as far as it goes");
        app.app().seal_journal().await.unwrap();
        assert_eq!(size_of(&state(&app).await["checkpoint"]), 12);
        assert!(matches!(verdict(&app).await, Verdict::Sound { entries: 12, .. }));
        attacker.rewrite(7).await;
        attacker.mend_chain().await;
        broken(&app, 7, "rewritten").await;
    }

    async fn old_and_new_key_both_sign_until_the_old_one_ends(db: TestDb) {
        let app = sealed(&db).await;
        let keys = async || app.anon().get("/api/v1/journal/keys").await.expect(200).as_array().unwrap().clone();
        let signatures = async || state(&app).await["checkpoint"].as_str().unwrap().matches('\u{2014}').count();
        assert_eq!((keys().await.len(), signatures().await), (1, 1));
        app.advance(TimeDelta::days(2 * 365 - 30));
        app.app().seal_journal().await.unwrap();
        assert_eq!((keys().await.len(), signatures().await), (2, 2));
        app.advance(TimeDelta::days(40));
        app.as_clerk().await;
        app.app().seal_journal().await.unwrap();
        assert_eq!((keys().await.len(), signatures().await), (2, 1));
        assert!(matches!(verdict(&app).await, Verdict::Sound { .. }), "what the old key signed stays signed");
    }

    async fn an_extract_proves_what_it_shows_to_whoever_has_the_key(db: TestDb) {
        let (app, extract) = looked_at(&db).await;
        let key = &app.anon().get("/api/v1/journal/keys").await.expect(200)[0];
        let (key, fingerprint) = (key["key"].as_str().unwrap(), key["fingerprint"].as_str().unwrap());
        let told = said_of(&extract, Some(fingerprint));
        assert!(told.holds() && told.pinned == Some(true) && told.proven.len() == extract["entries"].as_array().unwrap().len());
        assert!(said_of(&extract, Some(key)).holds());
        assert!(said_of(&extract, Some(&fingerprint.replace(' ', "-"))).holds());
        assert!(said_of(&extract, None).holds());
        assert!(!said_of(&extract, Some("00000 00000 00000 00000 00000 00000 00000 00000")).holds());
        let look = &extract["entries"][0]["content"]["parts"]["shown"];
        let look = look.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join("\n");
        for shown in ["data.disclosed", "130102001001", "identity-check", "2026-12", r#""details/fields",["phone"]"#] {
            assert!(look.contains(shown), "{shown} in {look}");
        }
    }

    async fn every_change_of_an_extract_is_found(db: TestDb) {
        let (_, extract) = looked_at(&db).await;
        for (from, to) in [("[\\\"phone\\\"]", "[\\\"name\\\"]"), ("data.disclosed", "data.sent"), ("clerk", "auditor")] {
            let changed: Value = serde_json::from_str(&extract.to_string().replacen(from, to, 1)).unwrap();
            assert_ne!(changed, extract, "{from}");
            assert_eq!(said_of(&changed, None).unproven, [extract["entries"][0]["position"].as_i64().unwrap()], "{from}");
        }
        let mut moved = extract.clone();
        moved["entries"][0]["position"] = json!(1);
        assert_eq!(said_of(&moved, None).unproven, [1]);
        let mut hidden = extract.clone();
        hidden["entries"][0]["content"]["parts"]["withheld"].as_array_mut().unwrap().pop();
        assert!(!said_of(&hidden, None).holds());
        let mut longer = extract.clone();
        longer["checkpoint"] = json!(extract["checkpoint"].as_str().unwrap().replacen("130102\n", "130102\n9", 1));
        let parsed: Extract = serde_json::from_value(longer).unwrap();
        assert!(journal::check(&parsed, None).is_err(), "no key signed that");
    }

    async fn an_extract_tells_nothing_of_others(db: TestDb) {
        let here = crate::localities::Locality::open(&db, "130102", &crate::localities::morning()).await;
        let wife = here.resident("李桂兰", WIFE, "130102").await;
        let husband = here.resident("王守义", HUSBAND, "130102").await;
        let record = here.marriage([json!({ "resident": wife }), json!({ "resident": husband })]).await;
        let look = json!({ "reason": crate::localities::reason("marriage-check"), "fields": ["marriage.married_on"] });
        here.clerk.post(&format!("/api/v1/civil-records/{record}/disclosures"), look).await.expect(200);
        here.node.app().seal_journal().await.unwrap();
        let me = here.node.as_resident(wife.parse::<Uuid>().unwrap()).await;
        let extract = me.get("/api/v1/me/log/proofs").await.expect(200);
        assert!(said_of(&extract, None).holds());
        let text = extract.to_string();
        assert!(text.contains(&wife) && text.contains("civil_record.recorded"));
        for hidden in [husband.as_str(), record.as_str(), &here.clerk.id().to_string()] {
            assert!(!text.contains(hidden), "{hidden}");
        }
    }

    async fn an_auditor_proves_any_entry_and_the_growth_between_any_two_sizes(db: TestDb) {
        let app = sealed(&db).await;
        let auditor = app.as_auditor().await;
        let entry = id(&auditor.get("/api/v1/journal/entries?after=4&limit=1").await.expect(200)["items"][0]);
        let extract = auditor.get(&format!("/api/v1/journal/entries/{entry}/proof")).await.expect(200);
        let told = said_of(&extract, None);
        assert!(told.holds() && told.proven == [5]);
        assert_eq!(extract["entries"][0]["content"]["parts"]["withheld"], json!([]));
        let growth = auditor.get("/api/v1/journal/growth?from=6&to=12").await.expect(200);
        let notes: Vec<String> = app.raw("select note from journal_checkpoints where size in (6, 12) order by size").await;
        let root = |note: &str| {
            let checkpoint: journal::note::Checkpoint = note.parse().unwrap();
            (checkpoint.size(), checkpoint.root())
        };
        let proof: Vec<String> = serde_json::from_value(growth["proof"].clone()).unwrap();
        assert!(journal::continues(&proof, root(&notes[0]), root(&notes[1])));
        auditor.get("/api/v1/journal/growth?from=6&to=13").await.refused(409, "not-in-tree");
        auditor.get(&format!("/api/v1/journal/entries/{}/proof", Uuid::nil())).await.refused(404, "not-found");
    }
}

/// Somebody whose telephone was looked at, and their extract.
pub async fn looked_at(db: &TestDb) -> (TestApp, Value) {
    let app = TestApp::new(db).await;
    let clerk = app.as_clerk().await;
    let mut new = named("张小明");
    new["phone"] = json!("15400000014");
    let zhang = registered(&clerk, new).await;
    let asked = json!({
        "reason": { "purpose": "identity-check", "basis": "residence-permit-regulations", "case": "2026-12" },
        "fields": ["phone"],
    });
    clerk.post(&at(&zhang, "/disclosures"), asked).await.expect(200);
    app.app().seal_journal().await.unwrap();
    let me = own_log_in(&app, &zhang).await;
    let extract = me.get("/api/v1/me/log/proofs").await.expect(200);
    (app, extract)
}

fn said_of(extract: &Value, pinned: Option<&str>) -> Checked {
    let extract: Extract = serde_json::from_value(extract.clone()).unwrap();
    journal::check(&extract, pinned).unwrap()
}
