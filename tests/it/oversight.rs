//! Who looks after those who look: budgets, reviews, confidential accesses, habits, and what each leaves in the log.

use anju::access::Role;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Person, TestApp, TestDb, both_databases};
use crate::localities::{HUSBAND, Locality, ORIGIN, RESIDENCE, WIFE, id, morning, person};
use crate::residents::{at, named, own_log_in, reason, registered, searching, with};

const CARD: &str = "11010519491231002X";

/// Somebody with a card and a telephone.
async fn zhang(clerk: &Person) -> Value {
    let card = json!({ "kind": "citizen-id", "number": CARD });
    let new = with(with(named("张小明"), "phone", json!("15400000014")), "document", card);
    registered(clerk, with(with(new, "sex", json!("unknown")), "birth_date", Value::Null)).await
}

fn fields(fields: &[&str]) -> Value {
    json!({ "reason": reason(), "fields": fields })
}

async fn look(officer: &Person, resident: &Value) -> crate::harness::Reply {
    officer.post(&at(resident, "/disclosures"), fields(&["phone"])).await
}

async fn own_looks(me: &Person) -> Vec<Value> {
    me.get("/api/v1/me/looks").await.expect(200)["items"].as_array().unwrap().clone()
}

/// The entries of a kind, as the auditor reads them.
async fn entries(app: &TestApp, kind: &str) -> Vec<Value> {
    app.app().seal_journal().await.unwrap();
    let page = app.as_auditor().await.get("/api/v1/journal/entries?limit=200").await.expect(200);
    let all = page["items"].as_array().unwrap().iter().map(|item| item["entry"].clone());
    all.filter(|entry| entry["kind"] == kind).collect()
}

/// Budgets of two and three looks for clerks.
async fn strict(db: &TestDb) -> TestApp {
    TestApp::watched(db, &[("soft = 120", "soft = 2"), ("hard = 300", "hard = 3")]).await
}

async fn confidential(officer: &Person, resident: &Value, until: &str) -> crate::harness::Reply {
    let asked = with(fields(&["phone"]), "until", json!(until));
    officer.post(&at(resident, "/confidential-accesses"), asked).await
}

async fn step(officer: &Person, access: &str, step: &str) -> crate::harness::Reply {
    officer.post(&format!("/api/v1/confidential-accesses/{access}/{step}"), json!({})).await
}

const WARNING: &str = "anju-budget-warning";

both_databases! {
    async fn past_the_soft_limit_the_answer_warns_and_past_the_hard_one_nothing_opens(db: TestDb) {
        let app = strict(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = zhang(&clerk).await;
        for _ in 0..2 {
            let within = look(&clerk, &zhang).await;
            within.expect(200);
            assert_eq!(within.header(WARNING), None);
        }
        let warned = look(&clerk, &zhang).await;
        warned.expect(200);
        assert_eq!(warned.header(WARNING), Some("3/3"));
        for _ in 0..2 {
            assert!(!look(&clerk, &zhang).await.refused(409, "budget-spent").to_string().contains("5400000014"));
        }
        clerk.post("/api/v1/residents/searches", searching(json!({ "name": "张小明" }))).await.refused(409, "budget-spent");
        assert_eq!(own_looks(&own_log_in(&app, &zhang).await).await.len(), 3, "what was refused was no look");
        let refused = entries(&app, "budget.refused").await;
        assert_eq!(refused.len(), 3);
        assert!(refused.iter().all(|entry| entry["actor"]["id"] == json!(clerk.id())), "{refused:?}");
        assert_eq!(entries(&app, "budget.soft_limit_passed").await.len(), 1);
        let alarms = app.as_auditor().await.get("/api/v1/oversight/alarms?from=2026-11-23&until=2026-11-24").await;
        let alarms = alarms.expect(200);
        assert_eq!(alarms.as_array().unwrap().len(), 1);
        assert_eq!((&alarms[0]["officer"], &alarms[0]["used"], &alarms[0]["refused"]), (&json!(clerk.id()), &json!(3), &json!(3)));
        app.as_clerk().await.post("/api/v1/residents/searches", searching(json!({ "name": "张小明" }))).await.expect(200);
    }

    async fn a_new_day_in_china_is_a_new_budget(db: TestDb) {
        let app = strict(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = zhang(&clerk).await;
        for _ in 0..3 {
            look(&clerk, &zhang).await.expect(200);
        }
        // It is ten in the morning in China: a quarter to midnight, then midnight.
        app.advance(TimeDelta::minutes(13 * 60 + 45));
        let clerk_again = app.session_of(&clerk).await;
        look(&clerk_again, &zhang).await.refused(409, "budget-spent");
        app.advance(TimeDelta::minutes(15));
        look(&clerk_again, &zhang).await.expect(200);
    }

    async fn a_machines_looks_count_for_its_user(db: TestDb) {
        let app = strict(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = zhang(&clerk).await;
        let new = json!({ "user_id": clerk.id(), "name": "scanner", "days": 1 });
        let token = app.as_admin().await.post("/api/v1/tokens", new).await.expect(201);
        let machine = clerk.with_token(token["secret"].as_str().unwrap());
        for looking in [&clerk, &machine, &clerk] {
            look(looking, &zhang).await.expect(200);
        }
        look(&machine, &zhang).await.refused(409, "budget-spent");
    }

    async fn two_requests_at_once_are_both_counted(db: TestDb) {
        let app = TestApp::watched(&db, &[("soft = 120", "soft = 5"), ("hard = 300", "hard = 5")]).await;
        let clerk = app.as_clerk().await;
        let zhang = zhang(&clerk).await;
        let at_once = (0..12).map(|_| {
            let (clerk, zhang) = (clerk.clone(), zhang.clone());
            tokio::spawn(async move { look(&clerk, &zhang).await.status })
        });
        let mut opened = 0;
        for looking in at_once.collect::<Vec<_>>() {
            opened += u32::from(looking.await.unwrap() == 200);
        }
        assert_eq!(opened, 5);
        assert_eq!(own_looks(&own_log_in(&app, &zhang).await).await.len(), 5);
        assert_eq!(entries(&app, "budget.refused").await.len(), 7);
    }

    async fn a_supervisor_raises_anothers_budget_for_today_with_a_reason(db: TestDb) {
        let app = strict(&db).await;
        let (clerk, supervisor) = (app.as_clerk().await, app.as_supervisor().await);
        let zhang = zhang(&clerk).await;
        for _ in 0..3 {
            look(&clerk, &zhang).await.expect(200);
        }
        look(&clerk, &zhang).await.refused(409, "budget-spent");
        let raise = json!({ "by": 1, "because": "rush", "case": "2026-12" });
        let budget = |person: &Person| format!("/api/v1/oversight/officers/{}/budget", person.id());
        supervisor.post(&budget(&supervisor), raise.clone()).await.refused(409, "own-budget");
        supervisor.post(&budget(&app.as_auditor().await), raise.clone()).await.refused(404, "not-found");
        supervisor.post(&budget(&clerk), with(raise.clone(), "by", json!(0))).await.invalid("by", "out-of-range");
        supervisor.post(&budget(&clerk), with(raise.clone(), "case", json!(""))).await.refused(422, "invalid");
        let raised = supervisor.post(&budget(&clerk), raise).await.expect(200);
        assert_eq!(raised, json!({ "used": 3, "soft": 3, "hard": 4 }));
        look(&clerk, &zhang).await.expect(200);
        look(&clerk, &zhang).await.refused(409, "budget-spent");
        let noted = entries(&app, "budget.raised").await;
        assert_eq!((&noted[0]["details"]["because"], &noted[0]["details"]["case"]), (&json!("rush"), &json!("2026-12")));
    }

    async fn nobody_approves_their_own_confidential_access_and_nothing_opens_without(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, supervisor) = (app.as_clerk().await, app.as_supervisor().await);
        let zhang = zhang(&clerk).await;
        for (until, fits) in [("2026-11-23", false), ("2026-11-24", true), ("2027-05-25", true), ("2027-05-26", false)] {
            match confidential(&clerk, &zhang, until).await {
                asked if fits => drop(asked.expect(201)),
                asked => asked.invalid("until", "out-of-range"),
            }
        }
        let mine = id(&confidential(&supervisor, &zhang, "2027-01-01").await.expect(201));
        step(&supervisor, &mine, "approval").await.refused(409, "own-access");
        step(&supervisor, &mine, "disclosure").await.refused(409, "access-not-approved");
        let asked = id(&confidential(&clerk, &zhang, "2027-01-01").await.expect(201));
        step(&clerk, &asked, "approval").await.refused(403, "forbidden");
        step(&clerk, &asked, "disclosure").await.refused(409, "access-not-approved");
        let elsewhere = app.person(Role::Supervisor, "130102007", None).await;
        step(&elsewhere, &asked, "approval").await.refused(404, "not-found");
        let refusal = json!({ "because": "too-long" });
        supervisor.post(&format!("/api/v1/confidential-accesses/{asked}/refusal"), refusal).await.expect(200);
        step(&supervisor, &asked, "approval").await.refused(409, "access-decided");
        step(&clerk, &asked, "disclosure").await.refused(409, "access-not-approved");
        assert!(own_looks(&own_log_in(&app, &zhang).await).await.is_empty());
    }

    async fn an_approval_opens_once_for_its_officer_and_expires_unused(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, supervisor) = (app.as_clerk().await, app.as_supervisor().await);
        let zhang = zhang(&clerk).await;
        let first = id(&confidential(&clerk, &zhang, "2027-01-01").await.expect(201));
        step(&supervisor, &first, "approval").await.expect(200);
        step(&supervisor, &first, "disclosure").await.refused(404, "not-found");
        let opened = step(&clerk, &first, "disclosure").await.expect(200);
        assert_eq!(opened, json!({ "phone": "+8615400000014" }), "the fields asked for and no others");
        step(&clerk, &first, "disclosure").await.refused(409, "access-used");
        let second = id(&confidential(&clerk, &zhang, "2027-01-01").await.expect(201));
        step(&supervisor, &second, "approval").await.expect(200);
        app.advance(TimeDelta::hours(72));
        let clerk = app.session_of(&clerk).await;
        step(&clerk, &second, "disclosure").await.refused(409, "access-expired");
        let shown = clerk.get(&format!("/api/v1/confidential-accesses/{second}")).await.expect(200);
        assert_eq!(shown["state"], "expired");
        assert_eq!(entries(&app, "data.disclosed").await.len(), 1);
    }

    async fn no_entry_about_a_confidential_access_leads_to_the_person_but_the_look_itself(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, supervisor) = (app.as_clerk().await, app.as_supervisor().await);
        let zhang = zhang(&clerk).await;
        let asked = id(&confidential(&clerk, &zhang, "2027-01-01").await.expect(201));
        step(&supervisor, &asked, "approval").await.expect(200);
        app.draw_every_look(true);
        step(&clerk, &asked, "disclosure").await.expect(200);
        let reviews = supervisor.get("/api/v1/oversight/reviews").await.expect(200);
        let objected = json!({ "objection": "no-case" });
        let review = format!("/api/v1/oversight/reviews/{}", id(&reviews["items"][0]));
        supervisor.post(&review, objected).await.expect(200);
        for kind in ["confidential_access.asked", "confidential_access.approved"] {
            let noted = entries(&app, kind).await;
            assert_eq!(noted.len(), 1);
            assert!(!noted[0].to_string().contains(zhang["id"].as_str().unwrap()), "{noted:?}");
        }
        let me = own_log_in(&app, &zhang).await;
        let seen = own_looks(&me).await;
        assert_eq!((seen.len(), &seen[0]["kind"], &seen[0]["under_review"]), (1, &json!("access.sealed"), &json!(false)));
        let waiting = app.as_auditor().await.get("/api/v1/oversight/confidential-accesses").await.expect(200);
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        app.advance(TimeDelta::days(39));
        let me = app.session_of(&me).await;
        let seen = own_looks(&me).await;
        assert_eq!((&seen[0]["kind"], &seen[0]["under_review"]), (&json!("data.disclosed"), &json!(true)));
        let waiting = app.as_auditor().await.get("/api/v1/oversight/confidential-accesses").await.expect(200);
        assert_eq!(waiting["items"], json!([]));
    }

    async fn a_look_drawn_is_reviewed_by_somebody_else_and_an_objection_shows(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, supervisor) = (app.as_clerk().await, app.as_supervisor().await);
        let zhang = zhang(&clerk).await;
        look(&clerk, &zhang).await.expect(200);
        app.draw_every_look(true);
        look(&clerk, &zhang).await.expect(200);
        look(&clerk, &zhang).await.expect(200);
        look(&supervisor, &zhang).await.expect(200);
        app.draw_every_look(false);
        let waiting = supervisor.get("/api/v1/oversight/reviews").await.expect(200);
        let waiting = waiting["items"].as_array().unwrap();
        assert_eq!(waiting.len(), 3, "the first was not drawn");
        assert_eq!((&waiting[0]["case"], &waiting[0]["due_on"]), (&json!("长安居登〔2026〕第12号"), &json!("2026-11-30")));
        assert!(!waiting[0].to_string().contains("张小明"));
        let at = |n: usize| format!("/api/v1/oversight/reviews/{}", id(&waiting[n]));
        supervisor.post(&at(2), json!({})).await.refused(409, "own-look");
        supervisor.post(&at(0), json!({ "objection": "ugly" })).await.refused(422, "invalid");
        supervisor.post(&at(0), json!({ "objection": "no-case" })).await.expect(200);
        supervisor.post(&at(0), json!({})).await.refused(409, "already-reviewed");
        supervisor.post(&at(1), json!({})).await.expect(200);
        let seen = own_looks(&own_log_in(&app, &zhang).await).await;
        let under_review: Vec<_> = seen.iter().rev().map(|look| look["under_review"].as_bool().unwrap()).collect();
        assert_eq!(under_review, [false, true, false, false]);
        app.advance(TimeDelta::days(8));
        let auditor = app.as_auditor().await;
        let waiting = auditor.get("/api/v1/oversight/reviews").await.expect(200);
        assert_eq!(waiting["items"].as_array().unwrap().iter().map(|review| &review["overdue"]).collect::<Vec<_>>(), [true]);
        let decided = auditor.get("/api/v1/oversight/reviews?decided=true").await.expect(200);
        assert_eq!((&decided["items"][0]["objection"], &decided["items"][1]["objection"]), (&json!("no-case"), &Value::Null));
        assert_eq!(entries(&app, "look.objected").await[0]["details"]["objection"], "no-case");
    }

    async fn habits_are_found_and_name_nobody(db: TestDb) {
        let app = TestApp::new(&db).await;
        let clerk = app.as_clerk().await;
        let zhang = zhang(&clerk).await;
        let account = json!({ "login": "zhang", "name": "张 小明", "role": "clerk", "scope": "130102001001" });
        app.as_admin().await.post("/api/v1/users", account).await.expect(201);
        for _ in 0..5 {
            look(&app.as_clerk().await, &zhang).await.expect(200);
        }
        // The night to Tuesday in China.
        app.advance(TimeDelta::hours(13));
        let night = app.as_clerk().await;
        for _ in 0..5 {
            look(&night, &zhang).await.expect(200);
        }
        let auditor = app.as_auditor().await;
        let found = auditor.get("/api/v1/oversight/patterns").await.expect(200);
        let of = |code: &str| -> Vec<&Value> {
            found["items"].as_array().unwrap().iter().filter(|finding| finding["code"] == code).collect()
        };
        assert_eq!((&found["from"], &found["until"], &found["looks"]), (&json!("2026-10-25"), &json!("2026-11-24"), &json!(10)));
        assert_eq!((&of("many-officers")[0]["officers"], &of("many-officers")[0]["looks"]), (&json!(6), &json!(10)));
        assert_eq!((of("at-night").len(), &of("at-night")[0]["officer"]), (1, &json!(night.id())));
        assert_eq!(of("colleague").len(), 6);
        assert!(of("off-days").is_empty() && of("far-away").is_empty() && of("own-name").is_empty());
        assert!(!found.to_string().contains("张") && !found.to_string().contains(zhang["id"].as_str().unwrap()), "{found}");
        let first = auditor.get("/api/v1/oversight/patterns?limit=3").await.expect(200);
        let rest = auditor.get(&format!("/api/v1/oversight/patterns?after={}", first["next"])).await.expect(200);
        let pages: Vec<_> = [first, rest].iter().flat_map(|page| page["items"].as_array().unwrap().clone()).collect();
        assert_eq!(json!(pages), found["items"]);
        auditor.get("/api/v1/oversight/patterns?from=2026-01-01").await.invalid("until", "out-of-range");
    }

    async fn the_auditor_lists_the_looks_of_an_officer_on_a_day(db: TestDb) {
        let app = TestApp::new(&db).await;
        let (clerk, other) = (app.as_clerk().await, app.as_clerk().await);
        let zhang = zhang(&clerk).await;
        look(&clerk, &zhang).await.expect(200);
        look(&other, &zhang).await.expect(200);
        clerk.post("/api/v1/residents/searches", searching(json!({ "name": "张小明" }))).await.expect(200);
        let auditor = app.as_auditor().await;
        let on = |person: &Person, day: &str| format!("/api/v1/oversight/officers/{}/looks?on={day}", person.id());
        let looks = auditor.get(&on(&clerk, "2026-11-23")).await.expect(200);
        let kinds: Vec<_> = looks.as_array().unwrap().iter().map(|look| &look["kind"]).collect();
        assert_eq!(kinds, ["data.disclosed", "residents.searched"]);
        assert_eq!(looks[0]["subjects"], json!([zhang["id"]]));
        assert_eq!(auditor.get(&on(&clerk, "2026-11-22")).await.expect(200), json!([]));
        assert_eq!(auditor.get(&on(&auditor, "2026-11-23")).await.expect(200), json!([]));
        let part = app.person(Role::Auditor, "130102001", None).await;
        part.get(&on(&clerk, "2026-11-23")).await.refused(404, "not-found");
    }

    async fn the_origin_is_told_of_a_look_at_somebody_who_lives_here_and_of_a_confidential_one_when_it_opens(db: TestDb) {
        let clock = morning();
        let (mut residence, mut origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let looking = format!("/api/v1/residents/{here}/disclosures");
        residence.sync(&origin).await;
        residence.clerk.post(&looking, fields(&["document"])).await.expect(200);
        let dwellings = residence.dwellings().await;
        residence.moves_in(&here, &dwellings[0], "2026-11-20").await;
        residence.sync(&origin).await;
        let me = origin.node.as_resident(at_home.parse().unwrap()).await;
        assert!(own_looks(&me).await.is_empty(), "before the move nothing was exchanged about her");
        residence.clerk.post(&looking, fields(&["document"])).await.expect(200);
        let asked = with(fields(&["phone"]), "until", json!("2026-12-24"));
        let access = residence.clerk.post(&format!("/api/v1/residents/{here}/confidential-accesses"), asked).await;
        let access = id(&access.expect(201));
        step(&residence.node.as_supervisor().await, &access, "approval").await.expect(200);
        step(&residence.clerk, &access, "disclosure").await.expect(200);
        residence.sync(&origin).await;
        let noted = own_looks(&me).await;
        assert_eq!(noted.len(), 1);
        assert_eq!((&noted[0]["fields"], &noted[0]["noted_by"]), (&json!(["document"]), &json!(RESIDENCE)));
        assert_eq!((&noted[0]["office"], &noted[0]["case"]), (&json!(RESIDENCE), &Value::Null));
        assert!(!noted[0].to_string().contains(&residence.committee), "the county and not the committee");
        clock.advance(TimeDelta::days(31));
        residence.clerk = residence.node.session_of(&residence.clerk).await;
        origin.clerk = origin.node.session_of(&origin.clerk).await;
        residence.sync(&origin).await;
        residence.sync(&origin).await;
        let noted = own_looks(&origin.node.session_of(&me).await).await;
        assert_eq!(noted.len(), 2, "{noted:?}");
        assert_eq!((&noted[0]["fields"], &noted[0]["at"]), (&json!(["phone"]), &json!("2026-11-23T02:00:00Z")));
    }

    async fn the_issuer_of_a_record_is_told_who_read_it_elsewhere(db: TestDb) {
        let clock = morning();
        let (residence, origin) = (Locality::open(&db, RESIDENCE, &clock).await, Locality::open(&db, ORIGIN, &clock).await);
        residence.trust(&origin, "push").await;
        origin.trust(&residence, "push").await;
        let at_home = origin.resident("李桂兰", WIFE, ORIGIN).await;
        let here = residence.resident("李桂兰", WIFE, ORIGIN).await;
        let dwellings = residence.dwellings().await;
        residence.moves_in(&here, &dwellings[0], "2026-11-20").await;
        residence.sync(&origin).await;
        let record = origin.marriage([json!({ "resident": at_home }), person("王守义", HUSBAND)]).await;
        origin.sync(&residence).await;
        let open = json!({ "reason": crate::localities::reason("marriage-check"), "fields": ["marriage.spouses"] });
        residence.clerk.post(&format!("/api/v1/civil-records/{record}/disclosures"), open).await.expect(200);
        residence.sync(&origin).await;
        let me = origin.node.as_resident(at_home.parse().unwrap()).await;
        let noted: Vec<_> = own_looks(&me).await.into_iter().filter(|look| look["kind"] == "access.noted").collect();
        assert_eq!(noted.len(), 1, "once, by the record, and not by the notice besides");
        assert!(noted[0]["fields"].as_array().unwrap().contains(&json!("marriage.spouses")), "{noted:?}");
    }
}

#[tokio::test]
async fn the_machines_lot_is_drawn_from_the_whole_range() {
    let chance = anju::chance::Chance::system();
    let drawn: Vec<u16> = (0..2000).map(|_| chance.per_mille().unwrap()).collect();
    assert!(drawn.iter().all(|number| *number < 1000));
    // That two thousand draws leave out a whole hundred happens less than once in 10^90.
    assert!((0..10).all(|hundred| drawn.iter().any(|number| number / 100 == hundred)));
    assert!(drawn.iter().any(|number| *number != drawn[0]));
}
