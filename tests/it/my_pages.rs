//! The pages of residents.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, both_databases};
use crate::let_pages::{led_to, send, shown, text};
use crate::localities::reason;
use crate::street::{SPECIMEN, Street};

const EMPTY: &[(&str, &str)] = &[("_", "")];

async fn lives(street: &Street, who: Uuid) -> String {
    let new = json!({ "resident_id": who, "dwelling_id": street.flats[0], "on": "2026-11-01", "said_by": "landlord" });
    street.clerk.post("/api/v1/tenancies", new).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn page(person: &Person, path: &str) -> String {
    shown(&person.get(path).await)
}

async fn english(person: &Person, path: &str) -> String {
    shown(&person.request(Method::GET, path).header("accept-language", "en").send().await)
}

both_databases! {
    async fn the_first_page_tells_what_is_new_until_it_is_read(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", None).await;
        lives(&street, li).await;
        let person = street.app.as_resident(li).await;
        let home = page(&person, "/my").await;
        assert!(home.contains("1 条未读") && home.contains("自2026-11-01起入住"), "{home}");
        let notice = person.get("/api/v1/me/notices").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(led_to(&send(&person, &format!("/my/notices/{notice}/read"), EMPTY).await), "/my");
        assert!(!page(&person, "/my").await.contains("条未读"));
        assert!(english(&person, "/my").await.contains("Who looked at me"));
    }

    async fn the_record_says_where_each_fact_is_from_and_opens_nothing_unasked(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", Some(SPECIMEN)).await;
        let person = street.app.as_resident(li).await;
        let record = page(&person, "/my/record").await;
        for told in ["李娜", "出示的证件", "居民身份证", "本人陈述", "户籍地"] {
            assert!(record.contains(told), "{told}: {record}");
        }
        assert!(!record.contains(SPECIMEN));
        assert!(person.get("/api/v1/me/looks").await.expect(200)["items"].as_array().unwrap().is_empty());
        shown(&send(&person, "/my/record", EMPTY).await);
        assert!(english(&person, "/my/record").await.contains("the document shown"));
    }

    async fn every_look_is_told_in_words_and_the_log_is_taken_along(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", Some(SPECIMEN)).await;
        let person = street.app.as_resident(li).await;
        assert!(page(&person, "/my/looks").await.contains("还没有人看过"));
        let look = json!({ "reason": reason("identity-check"), "fields": ["document"] });
        street.clerk.post(&format!("/api/v1/residents/{li}/disclosures"), look.clone()).await.expect(200);
        let seal = json!({ "reason": reason("identity-check"), "fields": ["phone"], "until": "2027-01-01" });
        let sealed = street.clerk.post(&format!("/api/v1/residents/{li}/confidential-accesses"), seal).await.expect(201);
        let supervisor = street.app.as_supervisor().await;
        let access = format!("/api/v1/confidential-accesses/{}", sealed["id"].as_str().unwrap());
        supervisor.post(&format!("{access}/approval"), json!({})).await.expect(200);
        street.clerk.post(&format!("{access}/disclosure"), json!({})).await;
        let looks = page(&person, "/my/looks").await;
        for told in ["的经办人查看了您的信息", "证件号码", "第7号", "为了什么", "依据"] {
            assert!(looks.contains(told), "{told}: {looks}");
        }
        assert!(!looks.contains("my-data-") && !looks.contains("my-look-"), "every word has a text: {looks}");
        assert!(looks.contains("2027年1月1日公开"), "{looks}");
        assert!(english(&person, "/my/looks").await.contains("looked at your data"));
        street.app.app().seal_journal().await.unwrap();
        let log = person.get("/my/looks/log").await;
        assert_eq!(log.expect(200)["format"], "anju-journal-extract/1");
        assert!(log.header("content-disposition").unwrap().starts_with("attachment"));
        for _ in 0..25 {
            street.clerk.post(&format!("/api/v1/residents/{li}/disclosures"), look.clone()).await.expect(200);
        }
        let first = page(&person, "/my/looks").await;
        let next = first.split(r#"href="?after="#).nth(1).unwrap().split('"').next().unwrap();
        assert!(page(&person, &format!("/my/looks?after={next}")).await.contains("查看了您的信息"));
    }

    async fn what_the_person_says_stands_beside_the_registration_of_theirs_alone(db: TestDb) {
        let street = Street::new(&db).await;
        let (li, other) = (street.resident("李娜", None).await, street.resident("周远", None).await);
        let tenancy = lives(&street, li).await;
        let (person, stranger) = (street.app.as_resident(li).await, street.app.as_resident(other).await);
        assert!(page(&person, "/my/tenancies").await.contains("谈固小区3号楼 101"));
        assert!(!page(&stranger, "/my/tenancies").await.contains("谈固小区"));
        let path = format!("/my/tenancies/{tenancy}");
        page(&person, &path).await;
        stranger.get(&path).await.expect(404);
        let says = format!("{path}/statements");
        let wrong = send(&person, &says, &[("says", "never-lived-here"), ("moved_in_on", "2026-11-01"), ("reason", "我不认识这里")]).await;
        wrong.expect(422);
        assert!(text(&wrong).contains("e-moved_in_on") && text(&wrong).contains("我不认识这里"), "{}", text(&wrong));
        led_to(&send(&person, &says, &[("says", "never-lived-here"), ("reason", "我不认识这里")]).await);
        let list = page(&person, "/my/tenancies").await;
        assert!(list.contains("有异议") && list.contains("我从未住过这里") && list.contains("我不认识这里"), "{list}");
        send(&stranger, &says, &[("says", "lives-here")]).await.expect(404);
        let again = send(&person, &format!("{path}/dispute"), &[("reason", "地址不对")]).await;
        again.expect(422);
        assert!(text(&again).contains("地址不对"));
    }

    async fn a_doubt_says_until_when_it_is_answered(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", None).await;
        let person = street.app.as_resident(li).await;
        assert!(page(&person, "/my/doubts?about=name").await.contains(r#"value="name" selected"#));
        let wrong = send(&person, "/my/doubts", &[("about", "hair"), ("reason", "wrong-name")]).await;
        wrong.expect(422);
        led_to(&send(&person, "/my/doubts", &[("about", "name"), ("reason", "wrong-name")]).await);
        let told = page(&person, "/my/doubts").await;
        assert!(told.contains("核查中") && told.contains("姓名不对") && told.contains("个工作日"), "{told}");
        assert!(page(&person, "/my/record").await.contains("正在核查中"));
        send(&person, "/my/doubts", &[("about", "name"), ("reason", "wrong-name")]).await.expect(422);
    }

    async fn a_consent_is_read_before_it_is_given_and_withdrawn_in_one_step(db: TestDb) {
        let street = Street::new(&db).await;
        let (li, other) = (street.resident("李娜", None).await, street.resident("周远", None).await);
        let (person, stranger) = (street.app.as_resident(li).await, street.app.as_resident(other).await);
        let offered = page(&person, "/my/consents").await;
        assert!(offered.contains(r#"value="410522""#) && offered.contains("record-exchange"), "{offered}");
        let what = [("purpose", "record-exchange"), ("recipient", "410522")];
        let shown_text = shown(&send(&person, "/my/consents/preview", &what).await);
        assert!(shown_text.contains("怎样撤回"));
        let version = [("text_version", "2026-01")];
        let unread = send(&person, "/my/consents", &[&what[..], &version[..]].concat()).await;
        unread.expect(422);
        assert!(text(&unread).contains("怎样撤回"), "the text stays");
        let given = send(&person, "/my/consents", &[&what[..], &version[..], &[("agrees:bool", "true")]].concat()).await;
        let address = led_to(&given).to_owned();
        assert!(page(&person, &address).await.contains("怎样撤回"));
        stranger.get(&address).await.expect(404);
        send(&stranger, &format!("{address}/withdrawal"), EMPTY).await.expect(404);
        let withdrawn = shown(&send(&person, &format!("{address}/withdrawal"), EMPTY).await);
        assert!(withdrawn.contains("已撤回。") && withdrawn.contains("没有等待发出的信息"), "{withdrawn}");
        let api: Value = person.get("/api/v1/me/consents").await.expect(200);
        assert!(!api[0]["withdrawn_at"].is_null());
    }

    async fn everything_is_taken_along_and_the_day_of_deletion_is_seen(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", Some(SPECIMEN)).await;
        let person = street.app.as_resident(li).await;
        assert!(page(&person, "/my/download").await.contains("删除"));
        let pdf = send(&person, "/my/download", &[("form", "pdf")]).await;
        pdf.expect(200);
        assert!(pdf.body.starts_with(b"%PDF") && pdf.header("cache-control") == Some("no-store"));
        let whole = send(&person, "/my/download", &[("form", "json"), ("number_in_full:bool", "true")]).await;
        assert_eq!(whole.expect(200)["document_number"]["number"], SPECIMEN);
        led_to(&send(&person, "/my/erasure", EMPTY).await);
        assert!(page(&person, "/my/download").await.contains("您在2026年11月23日申请了删除"));
        led_to(&send(&person, "/my/erasure/take-back", EMPTY).await);
        lives(&street, li).await;
        let refused = send(&person, "/my/erasure", EMPTY).await;
        refused.expect(422);
        assert!(text(&refused).contains("居住期间依法须保留登记"));
    }

    async fn protection_is_asked_for_without_a_reason_and_holds_at_once(db: TestDb) {
        let street = Street::new(&db).await;
        let li = street.resident("李娜", None).await;
        let person = street.app.as_resident(li).await;
        assert!(page(&person, "/my/protection").await.contains("不用说明原因"));
        send(&person, "/my/protection/lift", EMPTY).await.expect(422);
        led_to(&send(&person, "/my/protection", EMPTY).await);
        assert!(page(&person, "/my/protection").await.contains("保护中"));
        street.clerk.get(&format!("/api/v1/residents/{li}")).await.expect(404);
        led_to(&send(&person, "/my/protection/lift", EMPTY).await);
        assert!(page(&person, "/my/protection").await.contains("保护中"), "it stands until an officer made sure");
    }
}
