//! Who lives where: moves, what is put right, what is disputed, and looking back.

use anju::tenancies::{self, NoticeIn};
use anju::values::Period;
use axum::http::Method;
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Reply, both_databases};
use crate::street::{FIRST, SECOND, Street};

const TENANCIES: &str = "/api/v1/tenancies";

fn move_into(resident: Uuid, dwelling: Uuid, on: &str) -> Value {
    json!({ "resident_id": resident, "dwelling_id": dwelling, "on": on, "said_by": "resident" })
}

fn aside(resident: Uuid, dwelling: Uuid, on: &str) -> Value {
    json!({ "resident_id": resident, "dwelling_id": dwelling, "on": on, "said_by": "resident", "main": false })
}

async fn moved_in(street: &Street, resident: Uuid, dwelling: Uuid, on: &str) -> Value {
    street.clerk.post(TENANCIES, move_into(resident, dwelling, on)).await.expect(201)
}

fn at(tenancy: &Value, step: &str) -> String {
    format!("{TENANCIES}/{}/{step}", tenancy["id"].as_str().unwrap())
}

fn one(tenancy: &Value) -> String {
    format!("{TENANCIES}/{}", tenancy["id"].as_str().unwrap())
}

async fn move_out(clerk: &Person, tenancy: &Value, on: &str) -> Reply {
    let body = json!({ "on": on, "said_by": "committee", "version": tenancy["version"] });
    clerk.post(&at(tenancy, "move-out"), body).await
}

async fn undo(clerk: &Person, tenancy: &Value) -> Reply {
    clerk.post(&at(tenancy, "undo"), json!({ "version": tenancy["version"], "reason": "登记错了人" })).await
}

async fn tenancies_of(person: &Person, resident: Uuid, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/residents/{resident}/tenancies{query}");
    person.get(&path).await.expect(200).as_array().unwrap().clone()
}

async fn occupants(street: &Street, dwelling: Uuid, query: &str) -> Vec<Uuid> {
    let path = format!("/api/v1/dwellings/{dwelling}/occupants{query}");
    let found = street.clerk.get(&path).await.expect(200);
    found.as_array().unwrap().iter().map(|t| t["resident_id"].as_str().unwrap().parse().unwrap()).collect()
}

fn statuses(replies: [&Reply; 2]) -> [u16; 2] {
    let mut statuses = replies.map(|reply| reply.status);
    statuses.sort_unstable();
    statuses
}

both_databases! {
    async fn a_clerk_registers_that_somebody_moved_in(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, flat) = (street.resident("王小明", None).await, street.flats[0]);
        let tenancy = moved_in(&street, wang, flat, "2026-11-20").await;
        assert_eq!(tenancy["version"], 1);
        assert_eq!(tenancy["main"], true);
        assert_eq!(tenancy["said_by"], "resident");
        assert_eq!(tenancy["moved_out_on"], Value::Null);
        assert_eq!(tenancy["recorded_by"], json!(street.clerk.id()));
        assert_eq!(street.clerk.get(&one(&tenancy)).await.expect(200), tenancy);
        assert_eq!(occupants(&street, flat, "").await, [wang]);
        let noted = street.journal_about(wang, "tenancy.moved_in").await;
        assert_eq!(
            noted,
            [json!({
                "tenancy": tenancy["id"], "dwelling": flat, "committee": FIRST, "moved_in_on": "2026-11-20",
                "moved_out_on": null, "main": true, "said_by": "resident",
            })]
        );
    }

    async fn a_move_is_registered_once_it_has_happened_and_for_people_and_dwellings_in_sight(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, flat) = (street.resident("王小明", None).await, street.flats[0]);
        let post = async |body| street.clerk.post(TENANCIES, body).await;
        post(move_into(wang, flat, "2026-11-24")).await.invalid("on", "in-the-future");
        post(move_into(Uuid::nil(), flat, "2026-11-23")).await.refused(404, "not-found");
        post(move_into(wang, Uuid::nil(), "2026-11-23")).await.refused(404, "not-found");
        street.close(flat).await;
        post(move_into(wang, flat, "2026-11-23")).await.refused(409, "dwelling-closed");
        post(move_into(wang, street.flats[1], "2026-11-23")).await.expect(201);
    }

    async fn only_a_clerk_keeps_tenancies_and_only_in_their_own_committee(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let tenancy = moved_in(&street, wang, street.flats[0], "2026-11-20").await;
        let stranger = street.app.as_clerk_of(SECOND).await;
        stranger.get(&one(&tenancy)).await.refused(404, "not-found");
        move_out(&stranger, &tenancy, "2026-11-22").await.refused(404, "not-found");
        undo(&stranger, &tenancy).await.refused(404, "not-found");
        let history = format!("/api/v1/residents/{wang}/tenancies");
        stranger.get(&history).await.refused(404, "not-found");
        stranger.get(&format!("/api/v1/dwellings/{}/occupants", street.flats[0])).await.refused(404, "not-found");
        stranger.get(&format!("/api/v1/buildings/{}/occupancy", street.building)).await.refused(404, "not-found");
        let supervisor = street.app.as_supervisor().await;
        supervisor.get(&one(&tenancy)).await.expect(200);
        undo(&supervisor, &tenancy).await.refused(403, "forbidden");
        let landlord = street.landlord_of(street.flats[0]).await;
        landlord.get(&one(&tenancy)).await.refused(403, "forbidden");
        landlord.get(&history).await.refused(403, "forbidden");
        street.app.anon().get(&history).await.refused(401, "not-signed-in");
    }

    async fn a_resident_has_one_main_dwelling_on_any_day(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let first = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let post = async |body| street.clerk.post(TENANCIES, body).await;
        post(move_into(wang, street.flats[1], "2026-11-20")).await.refused(409, "second-main-dwelling");
        // Also before: an open tenancy would reach into the other one.
        post(move_into(wang, street.flats[1], "2026-11-01")).await.refused(409, "second-main-dwelling");
        post(aside(wang, street.flats[1], "2026-11-20")).await.expect(201);
        move_out(&street.clerk, &first, "2026-11-15").await.expect(200);
        post(move_into(wang, street.flats[2], "2026-11-14")).await.refused(409, "second-main-dwelling");
        post(move_into(wang, street.flats[2], "2026-11-15")).await.expect(201);
        // What another person does is nobody's second dwelling.
        let li = street.resident("李娜", None).await;
        moved_in(&street, li, street.flats[2], "2026-11-15").await;
    }

    async fn of_two_move_ins_at_the_same_moment_one_is_the_main_dwelling(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let (one, other) = tokio::join!(
            street.clerk.post(TENANCIES, move_into(wang, street.flats[0], "2026-11-20")),
            street.clerk.post(TENANCIES, move_into(wang, street.flats[1], "2026-11-21")),
        );
        assert_eq!(statuses([&one, &other]), [201, 409]);
        let refused = if one.status == 409 { one } else { other };
        refused.refused(409, "second-main-dwelling");
        assert_eq!(tenancies_of(&street.clerk, wang, "").await.len(), 1);
    }

    async fn two_past_periods_made_main_at_the_same_moment_do_not_overlap(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let mut ended = Vec::new();
        for (flat, from, until) in [(0, "2026-10-01", "2026-10-20"), (1, "2026-10-10", "2026-10-30")] {
            let tenancy = street.clerk.post(TENANCIES, aside(wang, street.flats[flat], from)).await.expect(201);
            ended.push(move_out(&street.clerk, &tenancy, until).await.expect(200));
        }
        let make_main = async |tenancy: &Value| {
            let body = json!({
                "moved_in_on": tenancy["moved_in_on"], "moved_out_on": tenancy["moved_out_on"], "main": true,
                "said_by": "committee", "version": tenancy["version"],
            });
            street.clerk.put(&one(tenancy), body).await
        };
        let (one, other) = tokio::join!(make_main(&ended[0]), make_main(&ended[1]));
        assert_eq!(statuses([&one, &other]), [200, 409]);
    }

    async fn too_many_people_in_a_dwelling_is_said_and_not_refused(db: TestDb) {
        let street = Street::new(&db).await;
        let flat = street.flats[0];
        for name in ["王小明", "李娜"] {
            let tenancy = moved_in(&street, street.resident(name, None).await, flat, "2026-11-20").await;
            assert_eq!(tenancy.get("warnings"), None);
        }
        let third = moved_in(&street, street.resident("赵强", None).await, flat, "2026-11-20").await;
        assert_eq!(third["warnings"], json!(["over-capacity"]));
    }

    async fn somebody_moves_out_after_they_moved_in_and_once(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let tenancy = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        for day in ["2026-11-09", "2026-11-10"] {
            move_out(&street.clerk, &tenancy, day).await.invalid("on", "before-move-in");
        }
        move_out(&street.clerk, &tenancy, "2026-11-24").await.invalid("on", "in-the-future");
        let ended = move_out(&street.clerk, &tenancy, "2026-11-23").await.expect(200);
        assert_eq!((&ended["moved_out_on"], &ended["version"]), (&json!("2026-11-23"), &json!(2)));
        assert_eq!(ended["said_by"], "committee");
        move_out(&street.clerk, &tenancy, "2026-11-23").await.refused(409, "stale");
        move_out(&street.clerk, &ended, "2026-11-23").await.refused(409, "already-moved-out");
        assert_eq!(occupants(&street, street.flats[0], "?on=2026-11-22").await, [wang]);
        assert!(occupants(&street, street.flats[0], "?on=2026-11-23").await.is_empty());
        assert_eq!(street.journal_about(wang, "tenancy.moved_out").await.len(), 1);
    }

    async fn a_move_out_taken_back_leaves_the_person_where_they_live(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let tenancy = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let back = async |tenancy: &Value| {
            street.clerk.post(&at(tenancy, "undo-move-out"), json!({ "version": tenancy["version"] })).await
        };
        back(&tenancy).await.refused(409, "not-moved-out");
        let ended = move_out(&street.clerk, &tenancy, "2026-11-20").await.expect(200);
        let elsewhere = moved_in(&street, wang, street.flats[1], "2026-11-21").await;
        back(&ended).await.refused(409, "second-main-dwelling");
        undo(&street.clerk, &elsewhere).await.expect(200);
        let reopened = back(&ended).await.expect(200);
        assert_eq!((&reopened["moved_out_on"], &reopened["version"]), (&Value::Null, &json!(3)));
        assert_eq!(street.journal_about(wang, "tenancy.move_out_undone").await.len(), 1);
    }

    async fn somebody_goes_from_one_dwelling_to_another_on_one_day(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let old = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let to = |dwelling: Uuid| json!({ "to_dwelling": dwelling, "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&at(&old, "transfer"), to(street.flats[0])).await.invalid("to_dwelling", "same-dwelling");
        let reply = street.clerk.post(&at(&old, "transfer"), to(street.flat_of_second)).await;
        let new = reply.expect(201);
        assert_eq!(reply.header("location"), Some(one(&new).as_str()));
        assert_eq!(new["moved_in_on"], "2026-11-20");
        assert_eq!(street.clerk.get(&one(&old)).await.expect(200)["moved_out_on"], "2026-11-20");
        assert_eq!(street.committee_of(wang).await, SECOND);
        for kind in ["tenancy.moved_out", "tenancy.moved_in"] {
            assert!(street.journal_about(wang, kind).await.iter().any(|noted| noted["transfer"] == true), "{kind}");
        }
        let work = &mut street.app.app().system_work().await.unwrap();
        let since = "2026-11-10".parse().unwrap();
        assert_eq!(tenancies::stays(work, wang).await.unwrap(), [Period { from: since, until: None }]);
    }

    async fn a_transfer_that_is_refused_leaves_the_old_tenancy_as_it_was(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let old = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        street.close(street.flats[1]).await;
        let body = json!({ "to_dwelling": street.flats[1], "on": "2026-11-20", "said_by": "resident", "version": 1 });
        street.clerk.post(&at(&old, "transfer"), body).await.refused(409, "dwelling-closed");
        assert_eq!(street.clerk.get(&one(&old)).await.expect(200), old);
    }

    async fn what_was_undone_never_was_and_is_registered_again(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let wrong = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let undone = undo(&street.clerk, &wrong).await.expect(200);
        assert_eq!((&undone["undone"], &undone["reason"]), (&json!(true), &json!("登记错了人")));
        undo(&street.clerk, &undone).await.refused(409, "tenancy-undone");
        assert!(tenancies_of(&street.clerk, wang, "").await.is_empty());
        assert!(occupants(&street, street.flats[0], "?on=2026-11-12").await.is_empty());
        moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        assert_eq!(tenancies_of(&street.clerk, wang, "").await.len(), 1);
        let all = tenancies_of(&street.clerk, wang, "?all_versions=true").await;
        assert_eq!(all.len(), 3);
        assert_eq!(street.journal_about(wang, "tenancy.undone").await.len(), 1);
    }

    async fn a_correction_is_a_new_version_and_what_was_known_before_stays(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let first = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let before = street.app.now();
        street.app.advance(TimeDelta::minutes(5));
        let correction = |dwelling: Uuid, day: &str| {
            json!({ "moved_in_on": day, "dwelling_id": dwelling, "said_by": "landlord", "version": 1 })
        };
        let put = async |body: Value| street.clerk.put(&one(&first), body).await;
        put(correction(street.flats[1], "2026-11-24")).await.invalid("moved_in_on", "in-the-future");
        let corrected = put(correction(street.flats[1], "2026-11-05")).await.expect(200);
        assert_eq!((&corrected["version"], &corrected["said_by"]), (&json!(2), &json!("landlord")));
        put(correction(street.flats[0], "2026-11-05")).await.refused(409, "stale");

        let then = format!("as_known_at={}", before.format("%Y-%m-%dT%H:%M:%SZ"));
        let known = tenancies_of(&street.clerk, wang, &format!("?{then}")).await;
        assert_eq!(known.len(), 1);
        assert_eq!((&known[0]["moved_in_on"], &known[0]["version"]), (&json!("2026-11-10"), &json!(1)));
        assert_eq!(known[0]["superseded_at"], corrected["recorded_at"]);
        assert_eq!(occupants(&street, street.flats[0], &format!("?on=2026-11-10&{then}")).await, [wang]);
        assert!(occupants(&street, street.flats[0], "?on=2026-11-10").await.is_empty());
        assert_eq!(occupants(&street, street.flats[1], "?on=2026-11-05").await, [wang]);
        assert!(occupants(&street, street.flats[1], "?on=2026-11-04").await.is_empty());
        let versions = tenancies_of(&street.clerk, wang, "?all_versions=true").await;
        assert_eq!(versions.iter().map(|v| v["version"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(street.journal_about(wang, "tenancy.corrected").await.len(), 1);
    }

    async fn the_file_follows_the_main_dwelling_and_no_other(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        street.clerk.post(TENANCIES, aside(wang, street.flat_of_second, "2026-11-20")).await.expect(201);
        assert_eq!(street.committee_of(wang).await, FIRST);
        moved_in(&street, wang, street.flat_of_second, "2026-11-20").await;
        assert_eq!(street.committee_of(wang).await, SECOND);
    }

    async fn a_building_shows_who_lives_in_it_now(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, li) = (street.resident("王小明", None).await, street.resident("李娜", None).await);
        moved_in(&street, li, street.flats[3], "2026-11-01").await;
        moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let gone = moved_in(&street, street.resident("赵强", None).await, street.flats[1], "2026-11-01").await;
        move_out(&street.clerk, &gone, "2026-11-02").await.expect(200);
        let found = street.clerk.get(&format!("/api/v1/buildings/{}/occupancy", street.building)).await.expect(200);
        let people: Vec<&Value> = found.as_array().unwrap().iter().map(|t| &t["resident_id"]).collect();
        assert_eq!(people, [&json!(wang), &json!(li)]);
    }

    async fn a_resident_disputes_a_tenancy_of_theirs_and_sees_the_answer(db: TestDb) {
        let street = Street::new(&db).await;
        let (wang, li) = (street.resident("王小明", None).await, street.resident("李娜", None).await);
        let tenancy = moved_in(&street, wang, street.flats[0], "2026-11-10").await;
        let others = moved_in(&street, li, street.flats[1], "2026-11-10").await;
        let (me, mine) = (street.app.as_resident(wang).await, "/api/v1/me/tenancies");
        let dispute = |tenancy: &Value| format!("{mine}/{}/dispute", tenancy["id"].as_str().unwrap());
        let reason = json!({ "reason": "我没有住在这里" });
        me.post(&dispute(&others), reason.clone()).await.refused(404, "not-found");
        let disputed = me.post(&dispute(&tenancy), reason.clone()).await.expect(200);
        assert_eq!(disputed["dispute_reason"], "我没有住在这里");
        me.post(&dispute(&tenancy), reason.clone()).await.refused(409, "already-disputed");
        assert_eq!(street.clerk.get(&one(&tenancy)).await.expect(200), disputed);

        let settle = json!({ "answer": "已上门核实，请于一周内补办搬离" });
        street.clerk.post(&at(&others, "settlement"), settle.clone()).await.refused(409, "not-disputed");
        me.post(&at(&tenancy, "settlement"), settle.clone()).await.refused(403, "forbidden");
        street.clerk.post(&at(&tenancy, "settlement"), settle.clone()).await.expect(200);
        street.clerk.post(&at(&tenancy, "settlement"), settle.clone()).await.refused(409, "not-disputed");
        let own = me.get(mine).await.expect(200);
        assert_eq!(own.as_array().unwrap().len(), 1);
        assert_eq!((&own[0]["id"], &own[0]["settlement"]), (&tenancy["id"], &settle["answer"]));
        // The answer can be disputed in turn, also through a clerk.
        let again = street.clerk.post(&at(&tenancy, "dispute"), reason).await.expect(200);
        assert_eq!(again["settlement"], Value::Null);
        assert_eq!(street.journal_about(wang, "tenancy.disputed").await.len(), 2);
        assert_eq!(street.journal_about(wang, "tenancy.dispute_settled").await.len(), 1);
    }

    async fn a_move_in_sent_again_registers_nothing_again(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let send = async |dwelling: Uuid| {
            let body = move_into(wang, dwelling, "2026-11-20");
            street.clerk.request(Method::POST, TENANCIES).header("idempotency-key", "k1").json(&body).send().await
        };
        let first = send(street.flats[0]).await.expect(201);
        assert_eq!(send(street.flats[0]).await.expect(200), first);
        send(street.flats[1]).await.refused(409, "idempotency-key-reused");
        assert_eq!(tenancies_of(&street.clerk, wang, "").await.len(), 1);
    }

    async fn a_notice_of_a_residence_elsewhere_is_taken_ended_and_undone_once(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let notice = NoticeIn {
            id: Uuid::from_u128(1),
            resident_id: wang,
            peer: "440106".parse().unwrap(),
            division: "440106".parse().unwrap(),
            contact_office: "天河区流动人口服务中心".parse().unwrap(),
            contact_phone: Some("020-00000014".parse().unwrap()),
            since: day("2026-03-01"),
            asks_for_changes: true,
        };
        let mut work = street.app.app().system_work().await.unwrap();
        let unasked = NoticeIn { id: Uuid::from_u128(2), peer: "330106".parse().unwrap(), asks_for_changes: false, ..notice.clone() };
        tenancies::note_residence_elsewhere(&mut work, unasked).await.unwrap();
        for _ in 0..2 {
            tenancies::note_residence_elsewhere(&mut work, notice.clone()).await.unwrap();
        }
        assert_eq!(tenancies::live_peers_of(&mut work, wang).await.unwrap(), std::slice::from_ref(&notice.peer));
        let early = tenancies::end_residence_elsewhere(&mut work, notice.id, notice.since).await;
        assert!(matches!(early, Err(anju::error::Error::Invalid(_))));
        for _ in 0..2 {
            let ended = tenancies::end_residence_elsewhere(&mut work, notice.id, day("2026-11-01")).await.unwrap();
            assert_eq!(ended.until, Some(day("2026-11-01")));
        }
        assert!(tenancies::live_peers_of(&mut work, wang).await.unwrap().is_empty());
        work.commit().await.unwrap();

        let path = format!("/api/v1/residents/{wang}/residences-elsewhere");
        let told = street.clerk.get(&path).await.expect(200);
        assert_eq!(told.as_array().unwrap().len(), 2);
        assert_eq!(street.app.as_resident(wang).await.get(&path).await.expect(200), told);
        street.app.as_clerk_of(SECOND).await.get(&path).await.refused(404, "not-found");
        let mut work = street.app.app().system_work().await.unwrap();
        for _ in 0..2 {
            assert!(tenancies::undo_residence_elsewhere(&mut work, notice.id).await.unwrap().undone);
        }
        let late = tenancies::end_residence_elsewhere(&mut work, notice.id, day("2026-10-01")).await;
        assert!(matches!(late, Err(anju::error::Error::Refused("residence-undone"))));
        work.commit().await.unwrap();
        assert_eq!(street.clerk.get(&path).await.expect(200).as_array().unwrap().len(), 1);
        for (kind, times) in [("noted", 2), ("ended", 1), ("undone", 1)] {
            let kind = format!("residence_elsewhere.{kind}");
            assert_eq!(street.journal_about(wang, &kind).await.len(), times, "{kind}");
        }
    }

    async fn stays_are_told_to_the_node_itself_and_to_nobody_else(db: TestDb) {
        let street = Street::new(&db).await;
        let wang = street.resident("王小明", None).await;
        let first = moved_in(&street, wang, street.flats[0], "2026-03-01").await;
        move_out(&street.clerk, &first, "2026-04-01").await.expect(200);
        moved_in(&street, wang, street.flat_of_second, "2026-05-01").await;
        street.clerk.post(TENANCIES, aside(wang, street.flats[1], "2026-04-01")).await.expect(201);
        let mut work = street.app.app().system_work().await.unwrap();
        let stays = tenancies::stays(&mut work, wang).await.unwrap();
        let stay = |from, until: Option<&str>| Period { from: day(from), until: until.map(day) };
        assert_eq!(stays, [stay("2026-03-01", Some("2026-04-01")), stay("2026-05-01", None)]);
        drop(work);
        let refused = tenancies::stays(&mut street.work().await, wang).await;
        assert!(matches!(refused, Err(anju::error::Error::Forbidden(_))));
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
