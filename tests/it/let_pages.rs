//! The pages landlords use on a phone.

use axum::http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Person, Reply, both_databases};
use crate::street::{OTHER_SPECIMEN, SPECIMEN, Street};

/// Sends a form as a browser does.
pub async fn send(person: &Person, path: &str, fields: &[(&str, &str)]) -> Reply {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    person.request(Method::POST, path).body("application/x-www-form-urlencoded", form).send().await
}

/// The page, which must be there.
#[track_caller]
pub fn shown(reply: &Reply) -> String {
    reply.expect(200);
    String::from_utf8(reply.body.to_vec()).unwrap()
}

pub fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// Where a step that was done leads.
#[track_caller]
pub fn led_to(reply: &Reply) -> &str {
    reply.expect(303);
    reply.header("location").unwrap()
}

fn form_of(flat: Uuid, kind: &str) -> String {
    format!("/let/dwellings/{flat}/{kind}")
}

both_databases! {
    async fn a_landlord_sees_their_doors_and_files_for_several_people_in_one_step(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let home = shown(&landlord.get("/let").await);
        assert!(home.contains("谈固小区3号楼 101") && home.contains(&form_of(street.flats[0], "move-in")), "{home}");
        assert!(!home.contains(&street.flats[1].to_string()));
        let form = form_of(street.flats[0], "move-in");
        assert!(shown(&landlord.get(&form).await).contains(r#"value="2026-11-23""#));

        // Room for one person more files nothing and keeps what was typed.
        let more = shown(&send(&landlord, &form, &[("_more", "1"), ("occupants[0].name", "王小明")]).await);
        assert!(more.contains(r#"name="occupants[1].name""#) && more.contains("王小明"));
        assert!(landlord.get("/api/v1/me/reports").await.expect(200)["items"].as_array().unwrap().is_empty());

        let two = [
            ("occupants[0].name", "王小明"), ("occupants[0].document_kind", "citizen-id"),
            ("occupants[0].document_number", SPECIMEN), ("occupants[0].phone", ""),
            ("occupants[1].name", "李娜"), ("occupants[1].document_kind", "citizen-id"),
            ("occupants[1].document_number", ""), ("occupants[1].phone", "15400000014"),
            ("occupants[2].name", ""), ("occupants[2].document_kind", "citizen-id"),
            ("moved_on", "2026-11-20"), ("lease_until", "2027-11-19"),
        ];
        for _ in 0..2 {
            assert_eq!(led_to(&send(&landlord, &form, &two).await), "/let/reports");
        }
        let filed = landlord.get("/api/v1/me/reports").await.expect(200);
        assert_eq!(filed["items"].as_array().unwrap().len(), 2, "sent twice, it is filed once");
        let list = shown(&landlord.get("/let/reports").await);
        for report in filed["items"].as_array().unwrap() {
            assert!(list.contains(report["receipt"].as_str().unwrap()));
            let receipt = shown(&landlord.get(&format!("/let/reports/{}", report["id"].as_str().unwrap())).await);
            assert!(receipt.contains("待审核") && !receipt.contains(SPECIMEN) && !receipt.contains("15400000014"));
        }
    }

    async fn nothing_is_filed_when_one_of_several_is_wrong_and_what_was_typed_stays(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let form = form_of(street.flats[0], "move-in");
        let wrong = send(&landlord, &form, &[
            ("occupants[0].name", "王小明"), ("occupants[0].document_number", OTHER_SPECIMEN),
            ("occupants[1].name", "李娜"), ("occupants[1].document_number", "110105194912310021"),
            ("moved_on", "2026-11-20"),
        ]).await;
        wrong.expect(422);
        let page = text(&wrong);
        assert!(page.contains("e-occupants[1].document_number") && page.contains("王小明") && page.contains("李娜"), "{page}");
        for (day, at) in [("2026-11-24", "e-moved_on"), ("2025-12-31", "e-moved_on"), ("", "e-moved_on")] {
            let wrong = send(&landlord, &form, &[("occupants[0].name", "王小明"), ("moved_on", day)]).await;
            wrong.expect(422);
            assert!(text(&wrong).contains(at), "{day}");
        }
        let nobody = send(&landlord, &form, &[("moved_on", "2026-11-20")]).await;
        nobody.expect(422);
        assert!(text(&nobody).contains("e-occupants[0].name"));
        assert!(landlord.get("/api/v1/me/reports").await.expect(200)["items"].as_array().unwrap().is_empty());
        let elsewhere = form_of(street.flats[1], "move-in");
        let ok = [("occupants[0].name", "王小明"), ("moved_on", "2026-11-20")];
        send(&landlord, &elsewhere, &ok).await.expect(404);
        landlord.get(&elsewhere).await.expect(404);
    }

    async fn what_was_returned_is_filed_again_with_what_is_still_known(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let form = form_of(street.flats[0], "move-in");
        let typed = [("occupants[0].name", "王小明"), ("occupants[0].document_number", SPECIMEN), ("moved_on", "2026-11-20")];
        led_to(&send(&landlord, &form, &typed).await);
        let report = landlord.get("/api/v1/me/reports").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
        let back = json!({ "version": 1, "reason": "请核对姓名" });
        street.clerk.post(&format!("/api/v1/reports/{report}/return"), back).await.expect(200);
        let again = format!("{form}?again={report}");
        for page in ["/let", "/let/reports"] {
            assert!(shown(&landlord.get(page).await).contains(&report), "{page}");
        }
        let list = shown(&landlord.get("/let/reports").await);
        assert!(list.contains("请核对姓名") && list.contains(&again));
        let prefilled = shown(&landlord.get(&again).await);
        assert!(prefilled.contains("王小明") && prefilled.contains("2026-11-20") && !prefilled.contains(SPECIMEN));
        let other = street.landlord_of(street.flats[0]).await;
        other.get(&again).await.expect(404);
        other.get(&format!("/let/reports/{report}")).await.expect(404);
        let dwelling = format!("/let/dwellings/{}", street.flats[0]);
        assert!(shown(&landlord.get(&dwelling).await).contains("王小明"));
        assert!(!shown(&other.get(&dwelling).await).contains("王小明"), "another landlord of the same door filed nothing");
    }

    async fn who_moves_out_is_picked_from_what_the_landlord_filed_and_from_nothing_else(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let lives_there = street.resident("周远", None).await;
        let new = json!({ "resident_id": lives_there, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "resident" });
        street.clerk.post("/api/v1/tenancies", new).await.expect(201);
        let came = [("occupants[0].name", "王小明"), ("moved_on", "2026-11-10")];
        led_to(&send(&landlord, &form_of(street.flats[0], "move-in"), &came).await);
        let form = form_of(street.flats[0], "move-out");
        let page = shown(&landlord.get(&form).await);
        assert!(page.contains("王小明") && !page.contains("周远"));
        let left = [("who[]", "王小明"), ("occupants[0].name", ""), ("moved_on", "2026-11-20")];
        led_to(&send(&landlord, &form, &left).await);
        let last = landlord.get("/api/v1/me/reports").await.expect(200)["items"][0].clone();
        assert_eq!((&last["kind"], &last["occupant_name"]), (&json!("move-out"), &json!("王小明")));
        assert!(!shown(&landlord.get(&form).await).contains("who[]"));
    }

    async fn a_doors_poster_leads_to_its_forms_and_tells_nobody_else_anything(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let door = async |flat: Uuid| {
            let dwelling = street.clerk.get(&format!("/api/v1/dwellings/{flat}")).await.expect(200);
            format!("/let/report?door={}", dwelling["door_code"].as_str().unwrap())
        };
        let (own, others) = (door(street.flats[0]).await, door(street.flats[1]).await);
        assert_eq!(led_to(&landlord.get(&own).await), format!("/let/dwellings/{}", street.flats[0]));
        let not_theirs = shown(&landlord.get(&others).await);
        assert_eq!(not_theirs, shown(&landlord.get("/let/report?door=7777-7777").await), "no door and another's look alike");
        let resident = street.app.as_resident(street.resident("李娜", None).await).await;
        let page = shown(&resident.get(&own).await);
        assert!(page.contains("/my/tenancies") && !page.contains("101"));
        let stranger = street.app.anon().get(&own).await;
        stranger.expect(401);
        assert!(text(&stranger).contains(&own), "after the log-in the same page is shown");
    }

    async fn a_pasted_sheet_is_filed_whole_or_its_faults_are_named_by_row(db: TestDb) {
        let street = Street::new(&db).await;
        let landlord = street.landlord_of(street.flats[0]).await;
        let dwelling = street.clerk.get(&format!("/api/v1/dwellings/{}", street.flats[0])).await.expect(200);
        let door = dwelling["door_code"].as_str().unwrap();
        let head = "门牌码\t类型\t姓名\t日期\t怀孕情况\n";
        let wrong = format!("{head}{door}\t入住\t王小明\t2026-11-20\t\n{door}\t入住\t李娜\t2026-13-01\t\n");
        let reply = send(&landlord, "/let/sheet", &[("sheet", &wrong)]).await;
        reply.expect(422);
        assert!(text(&reply).contains("第 3 行 日期") && text(&reply).contains("王小明"), "{}", text(&reply));
        let right = wrong.replace("2026-13-01", "2026-11-21");
        let page = shown(&send(&landlord, "/let/sheet", &[("sheet", &right)]).await);
        assert!(page.contains("已申报 2 份") && page.contains("怀孕情况"), "{page}");
        let english = landlord.request(Method::GET, "/let/sheet").header("accept-language", "en").send().await;
        assert!(shown(&english).contains("File a sheet"));
        let nothing = send(&landlord, "/let/sheet", &[("sheet", "")]).await;
        nothing.expect(422);
    }
}
