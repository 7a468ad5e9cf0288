//! Two localities that hold each other's checkpoints: a journal that was forged so well that its own node cannot tell
//! any more is found by the peer at the next sync.

use anju::journal::{self, Verdict};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{TestDb, both_databases};
use crate::localities::{Locality, ORIGIN, RESIDENCE, WIFE, morning};
use crate::proofs::Attacker;

/// Two that exchange in this mode and have synced once, so that each holds the other's checkpoint.
async fn two(db: &TestDb, mode: &str) -> (Locality, Locality) {
    let clock = morning();
    let here = Locality::open(db, RESIDENCE, &clock).await;
    let there = Locality::open(db, ORIGIN, &clock).await;
    here.trust(&there, mode).await;
    there.trust(&here, if mode == "pull" { "passive" } else { mode }).await;
    here.sync(&there).await;
    there.sync(&here).await;
    (here, there)
}

/// What one holds of the other's journal.
async fn held(by: &Locality, of: &Locality) -> Value {
    let journals = by.clerk.get(&format!("/api/v1/peers/{}/journals", of.code)).await.expect(200);
    assert!(journals["held"].as_array().unwrap().len() <= 1);
    journals
}

fn size(journals: &Value) -> i64 {
    journals["held"][0]["size"].as_i64().unwrap_or_default()
}

async fn happens(at: &Locality, times: usize) {
    for _ in 0..times {
        at.node.as_clerk().await;
        at.node.app().seal_journal().await.unwrap();
    }
}

async fn verdict(at: &Locality) -> Verdict {
    journal::verify(&mut at.node.app().system_work().await.unwrap()).await.unwrap()
}

/// The peer has raised the alarm, once: as a case, at a glance, and with both checkpoints as evidence.
async fn alarmed(by: &Locality, of: &Locality, reason: &str) {
    let journals = held(by, of).await;
    assert_eq!(journals["evidence"].as_array().unwrap().len(), 1, "{journals}");
    let evidence = &journals["evidence"][0];
    assert_eq!(evidence["reason"], reason);
    for member in ["held", "offered"] {
        assert!(evidence[member].as_str().unwrap().starts_with(&format!("anju-journal/{}/", of.code)), "{evidence}");
    }
    assert_eq!(by.peer(of).await["journal_alarm"], reason);
    let cases = by.cases().await;
    let cases: Vec<&Value> = cases.iter().filter(|case| case["kind"] == "journal-checkpoint").collect();
    assert_eq!(cases.len(), 1);
    assert_eq!((&cases[0]["reason"], &cases[0]["peer"]), (&json!(reason), &json!(of.code)));
    let said: Vec<i64> = by.node.raw("select count(*) from journal where kind = 'peer.journal_contradicted'").await;
    assert_eq!(said, [1]);
}

both_databases! {
    async fn each_holds_the_other_s_newest_checkpoint_and_cosigns_it(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        happens(&here, 3).await;
        here.sync(&there).await;
        let own = |text: &Value| text.as_str().unwrap().split("\n\n").next().unwrap().to_owned();
        let auditor = here.node.as_auditor().await;
        let latest = auditor.get("/api/v1/journal/state").await.expect(200)["checkpoint"].clone();
        assert_eq!(own(&held(&there, &here).await["held"][0]["checkpoint"]), own(&latest));
        assert!(matches!(verdict(&here).await, Verdict::Sound { .. }));

        let wife = here.resident("李桂兰", WIFE, ORIGIN).await;
        here.node.app().seal_journal().await.unwrap();
        let me = here.node.as_resident(wife.parse().unwrap()).await;
        let extract: journal::Extract =
            serde_json::from_value(me.get("/api/v1/me/log/proofs").await.expect(200)).unwrap();
        let told = journal::check(&extract, None).unwrap();
        assert!(told.holds() && !told.proven.is_empty());
        assert_eq!(told.witnesses, [(ORIGIN.to_owned(), size(&held(&there, &here).await))]);
        let mut forged = extract.clone();
        forged.witnesses[0].growth.pop();
        assert_eq!(journal::check(&forged, None).unwrap().unfitting_witnesses, [ORIGIN]);
    }

    async fn a_node_that_only_fetches_gets_and_gives_checkpoints_in_the_same_request(db: TestDb) {
        let (here, there) = two(&db, "pull").await;
        happens(&there, 2).await;
        happens(&here, 2).await;
        here.sync(&there).await;
        assert!(size(&held(&here, &there).await) > 0 && size(&held(&there, &here).await) > 0);
        happens(&here, 1).await;
        here.sync(&there).await;
        let confirmed: Vec<i64> = there.node.raw("select size from journal_cosigned").await;
        let signed: Vec<i64> = there.node.raw("select max(size) from journal_checkpoints").await;
        assert_eq!(confirmed, signed, "the caller told with its next request what it holds");
    }

    async fn nothing_is_said_when_nothing_is_new(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        here.sync(&there).await;
        let remembered = async || there.node.raw::<i64>("select count(*) from seen_requests").await[0];
        let before = remembered().await;
        here.sync(&there).await;
        assert_eq!(remembered().await, before + 1, "one request: whether there is anything to hand over");
        let held_before = held(&there, &here).await;
        happens(&here, 1).await;
        here.sync(&there).await;
        assert_eq!(remembered().await, before + 3);
        assert!(size(&held(&there, &here).await) > size(&held_before));
    }

    async fn a_rewritten_journal_is_found_by_the_peer_also_when_its_own_node_is_blind(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        let attacker = Attacker(&here.node);
        attacker.rewrite(3).await;
        attacker.mend_chain().await;
        attacker.mend_tree().await;
        attacker.forget_all_checkpoints().await;
        here.node.tamper("delete from journal_cosigned").await;
        happens(&here, 2).await;
        assert!(matches!(verdict(&here).await, Verdict::Sound { .. }), "nothing here tells any more");
        here.node.advance(TimeDelta::minutes(10));
        here.sync(&there).await;
        alarmed(&there, &here, "journal-rewritten").await;
        assert!(matches!(verdict(&here).await, Verdict::Broken { reason: "rewritten", .. }), "and the peer told it");
        assert_eq!(here.node.anon().get("/readyz").await.expect(200)["journal"], "broken");
        here.node.advance(TimeDelta::minutes(10));
        here.sync(&there).await;
        alarmed(&there, &here, "journal-rewritten").await;
    }

    async fn a_reordered_journal_of_the_same_length_is_found_by_the_peer(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        let attacker = Attacker(&here.node);
        attacker.swap(2, 3).await;
        attacker.mend_chain().await;
        attacker.mend_tree().await;
        attacker.forget_all_checkpoints().await;
        here.node.tamper("delete from journal_cosigned").await;
        here.node.app().seal_journal().await.unwrap();
        assert!(matches!(verdict(&here).await, Verdict::Sound { .. }));
        here.sync(&there).await;
        alarmed(&there, &here, "journal-forked").await;
    }

    async fn a_journal_cut_off_is_found_by_the_peer_and_messages_still_go_through(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        happens(&here, 4).await;
        here.sync(&there).await;
        let before = size(&held(&there, &here).await);
        let attacker = Attacker(&here.node);
        attacker.truncate(before - 6).await;
        std::fs::remove_file(here.node.checkpoints().join(format!("{RESIDENCE}.checkpoint"))).unwrap();
        here.node.tamper("delete from journal_cosigned").await;
        assert!(matches!(verdict(&here).await, Verdict::Sound { .. }));
        here.node.advance(TimeDelta::minutes(10));
        here.sync(&there).await;
        alarmed(&there, &here, "journal-truncated").await;
        assert_eq!(size(&held(&there, &here).await), before, "what is held stays");
        assert!(matches!(verdict(&here).await, Verdict::Broken { reason: "truncated", .. }));
        let case = there.cases().await.into_iter().find(|case| case["kind"] == "journal-checkpoint").unwrap();
        let set_aside = format!("/api/v1/cases/{}/set-aside", case["id"].as_str().unwrap());
        there.clerk.post(&set_aside, json!({})).await.expect(200);
        assert_eq!(there.peer(&here).await["journal_alarm"], Value::Null);
    }

    async fn a_peer_that_lost_what_it_confirmed_is_offered_the_proof_from_where_it_stands(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        let before = held(&there, &here).await;
        happens(&here, 3).await;
        here.sync(&there).await;
        // Restored from a backup of before: it holds less than it confirmed.
        let note = before["held"][0]["checkpoint"].as_str().unwrap();
        there.node.tamper(&format!("update witnessed_checkpoints set note = '{note}', size = {}", size(&before))).await;
        happens(&here, 1).await;
        here.sync(&there).await;
        let after = held(&there, &here).await;
        assert!(size(&after) > size(&before) + 3);
        assert_eq!(after["evidence"], json!([]));
        assert!(matches!(verdict(&here).await, Verdict::Sound { .. }));
    }

    async fn a_new_key_is_known_by_the_old_one_s_signature_beside_it(db: TestDb) {
        let (here, there) = two(&db, "push").await;
        here.node.advance(TimeDelta::days(2 * 365 - 30));
        // All log-ins ended meanwhile.
        let here = Locality { clerk: here.node.as_clerk_of(RESIDENCE).await, ..here };
        let there = Locality { clerk: there.node.as_clerk_of(ORIGIN).await, ..there };
        happens(&here, 1).await;
        here.sync(&there).await;
        let keys: Vec<String> = there.node.raw("select keys from witnessed_checkpoints").await;
        assert_eq!(keys[0].lines().count(), 2);
        // Signed by a key that nothing announced.
        here.node.tamper("delete from journal_keys").await;
        let attacker = Attacker(&here.node);
        attacker.forget_all_checkpoints().await;
        here.node.tamper("delete from journal_cosigned").await;
        happens(&here, 1).await;
        here.sync(&there).await;
        alarmed(&there, &here, "journal-key-unknown").await;
    }
}
