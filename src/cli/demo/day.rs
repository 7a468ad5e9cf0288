//! The working day that is told: registered by housing, reported by the landlord, known at home, asked and answered.

use serde_json::{Value, json};
use uuid::Uuid;

use super::check::{agree, states, until};
use super::street;
use super::tell::Teller;
use super::world::{Locality, ORIGIN, THIRD, World, request};
use crate::access::Role;
use crate::cli::{Failure, Result};
use crate::exchange::consents::{self, GiveConsent};
use crate::exchange::{answers, inquiries};
use crate::localities;
use crate::values::PageRequest;
use crate::{civil_records, dwellings, landlords, reports, residents, tenancies};

/// 谈固小区第一社区, in 河东街道.
pub(super) const COMMITTEE: &str = "130102007029";
/// Published specimens of document numbers; the names are made up.
const WIFE: (&str, &str) = ("李桂兰", "11010519491231002X");
const HUSBAND: (&str, &str) = ("王守义", "440524188001010014");
/// What the day made, as far as later steps need it.
struct Made {
    at_home: Uuid,
    resident: Uuid,
    marriage: Uuid,
}

/// Lives through the day; fails when the localities do not agree in the end.
pub async fn live(world: &mut World, teller: &Teller) -> Result<()> {
    let at_home = origin_s_stock(world, teller).await?;
    let (report, flats) = residence_s_stock(world, teller).await?;
    let (at_home, marriage) = at_home;
    teller.chapter("两地互认（离线核对指纹后才通信）", "The localities come to trust each other")?;
    world.residence.trust(&world.origin, teller).await?;
    world.origin.trust(&world.residence, teller).await?;
    states(world, at_home, None, teller).await?;

    let resident = review(world, report, teller).await?;
    let made = Made { at_home, resident, marriage };
    first_sync(world, &made, teller).await?;
    birth(world, &made, teller).await?;
    inquiry(world, &made, teller).await?;
    third_joins(world, flats[1], teller).await?;
    move_out(world, &made, teller).await?;
    teller.chapter(
        "街坊四邻（让每个页面都有内容可看）",
        "The rest of the street, so that every page has something to show",
    )?;
    street::fill(world, teller).await?;
    street::file_reports(world, &flats).await?;
    agree(world, teller).await?;
    states(world, made.at_home, Some(made.resident), teller).await
}

async fn origin_s_stock(world: &World, teller: &Teller) -> Result<(Uuid, Uuid)> {
    let origin = &world.origin;
    teller.chapter("户籍地已有的档案", "What the origin has on file")?;
    let committee = first_committee(origin)?;
    let mut work = origin.work_of("clerk").await?;
    let new = person(&committee, WIFE, ORIGIN, "female");
    let at_home = residents::register(&mut work, request(new)?).await?.id;
    let marriage = json!({
        "marriage": {
            "spouses": [{ "resident": at_home }, { "person": { "name": HUSBAND.0, "document": citizen(HUSBAND.1) } }],
            "married_on": "1972-05-20", "place": { "division": ORIGIN },
            "certificate": { "number": "民字第13号", "issuer": "民权县民政局", "authority": "civil-affairs" },
        },
        "standing": "stands", "source": "register", "reason": reason("marriage-check"),
    });
    let marriage = civil_records::record_marriage(&mut work, request(marriage)?).await?.id;
    work.commit().await?;
    teller.say(
        format!("{} 为 {} 建档，并录入一条婚姻记录（双方同一条记录）", origin.name, WIFE.0),
        format!("{} opens a file for {} and records a marriage: one record, both spouses", origin.name, WIFE.0),
    )?;
    Ok((at_home, marriage))
}

/// Building, dwellings, landlord, and the landlord's report; answers the report and the dwellings.
async fn residence_s_stock(world: &mut World, teller: &Teller) -> Result<(Uuid, Vec<Uuid>)> {
    teller.chapter("现居住地：先有房，后有人", "Residence: houses first, then people")?;
    let mut work = world.residence.work_of("clerk").await?;
    let building =
        json!({ "committee": COMMITTEE, "kind": "compound", "name": "谈固小区3号楼", "address": "谈固东街14号" });
    let building = dwellings::register_building(&mut work, request(building)?).await?;
    let plan = json!({
        "plan": { "from_floor": 1, "to_floor": 6, "units": { "count": 4 }, "entrances": 2, "numbering": "floor-unit" },
        "dwelling_use": "rented", "capacity": 3,
    });
    let flats = dwellings::generate_dwellings(&mut work, building.id, request(plan)?).await?;
    let landlord = json!({ "committee": COMMITTEE, "kind": "landlord", "legal_form": "person", "name": "赵房东" });
    let landlord = landlords::register(&mut work, request(landlord)?).await?.id;
    let answers_for = json!({ "dwelling_id": flats[0].id, "from": "2026-01-01" });
    landlords::assign(&mut work, landlord, request(answers_for)?).await?;
    work.commit().await?;
    let place = localities::full_name(&building.committee).unwrap_or_default();
    teller.say(
        format!(
            "{place}：登记 {}，一次生成 {} 户；{} 的门牌码 {}",
            building.name,
            flats.len(),
            flats[0].label,
            flats[0].door_code
        ),
        format!(
            "{place}: {} is registered with {} dwellings in one step; the code on the door of {} is {}",
            building.name,
            flats.len(),
            flats[0].label,
            flats[0].door_code
        ),
    )?;
    let password = world.password().to_owned();
    world.residence.employ("landlord", ("房东", "landlord"), Role::Landlord, Some(landlord), &password).await?;
    let mut work = world.residence.work_of("landlord").await?;
    let filed = json!({
        "dwelling_id": flats[0].id, "kind": "move-in", "moved_on": work.today(),
        "occupant": { "name": WIFE.0, "document": citizen(WIFE.1) },
    });
    let report = reports::file(&mut work, request(filed)?).await?;
    work.commit().await?;
    teller.say(
        format!("赵房东用手机申报 {} 入住，回执号 {}", WIFE.0, report.receipt),
        format!("The landlord files a move-in of {} from a phone; receipt {}", WIFE.0, report.receipt),
    )?;
    Ok((report.id, flats.iter().map(|flat| flat.id).collect()))
}

/// The clerk accepts the report: file and tenancy in one transaction.
async fn review(world: &mut World, report: Uuid, teller: &Teller) -> Result<Uuid> {
    teller.chapter("居委会核对申报", "The committee reviews the report")?;
    let mut work = world.residence.work_of("clerk").await?;
    let accept = json!({ "version": 1, "new_resident": { "sex": "female", "origin": ORIGIN } });
    let accepted = reports::accept(&mut work, report, request(accept)?).await?;
    work.commit().await?;
    let resident = accepted.resident_id.ok_or_else(|| Failure::new("the accepted report names nobody"))?;
    teller.say(
        format!("采纳：为 {} 建档并登记入住；户籍地由本人申报，不从证件号推断", WIFE.0),
        format!("Accepted: a file and a tenancy for {}; her origin is stated, never derived from the number", WIFE.0),
    )?;
    let password = world.password().to_owned();
    world.residence.employ("resident", ("居民", "resident"), Role::Resident, Some(resident), &password).await?;
    Ok(resident)
}

async fn first_sync(world: &World, made: &Made, teller: &Teller) -> Result<()> {
    teller.chapter("按计划同步（每10秒一次）", "The scheduled sync (every ten seconds here)")?;
    until("the origin knows where she lives", || async { Ok(!world.origin.elsewhere(made.at_home).await?.is_empty()) })
        .await?;
    let told = world.origin.elsewhere(made.at_home).await?;
    let told = told.first().ok_or_else(|| Failure::new("no notice arrived"))?;
    let place = localities::full_name(&told.division).unwrap_or_default();
    teller.say(
        format!("{} 收到通报：{} 自 {} 起住在 {place}；只到区县，不含门牌", world.origin.name, WIFE.0, told.since),
        format!(
            "{} is told: {} lives in {place} since {}; the county, never the flat",
            world.origin.name, WIFE.0, told.since
        ),
    )?;
    until("her marriage record arrives", || async {
        let mut work = world.residence.work_of("clerk").await?;
        let records = civil_records::list_of_resident(&mut work, made.resident).await?;
        Ok(records.iter().any(|record| record.id == made.marriage))
    })
    .await?;
    teller.say(
        format!("{} 发来婚姻记录（依据《人口与计划生育法》第十四条），双方一并生效", world.origin.name),
        format!(
            "{} sends the marriage record on its statutory basis; it takes effect for both spouses or for neither",
            world.origin.name
        ),
    )
}

/// A birth registered where people live; it goes home with the consent of her whose birth it is.
async fn birth(world: &World, made: &Made, teller: &Teller) -> Result<()> {
    teller.chapter("出生登记在居住地办理", "A birth is registered where people live")?;
    let mut work = world.residence.work_of("clerk").await?;
    let child = json!({ "committee": COMMITTEE, "name": "王小兰", "sex": "female", "birth_date": "1975-03-08", "origin": ORIGIN });
    let child = residents::register(&mut work, request(child)?).await?.id;
    let birth = json!({
        "birth": {
            "child": { "resident": child }, "place": { "division": "130102" }, "parents": [{ "resident": made.resident }],
        },
        "source": "statement", "reason": reason("birth-registration"),
    });
    let birth = civil_records::record_birth(&mut work, request(birth)?).await?.id;
    teller.say(
        "王小兰没带证件也能建档（未核实）；出生补登凭本人陈述，不等协查，也不用回户籍地",
        "Wang Xiaolan has no document with her and gets a file all the same; her birth is registered on her statement: nothing waits, nobody travels home",
    )?;
    let consent = GiveConsent {
        resident_id: child,
        given_by: child,
        guardian_stated: false,
        purpose: "record-exchange".parse().map_err(Failure::new)?,
        recipient: world.origin.node_code(),
        text_version: "2026-01".parse().map_err(Failure::new)?,
    };
    consents::give_consent(&mut work, consent).await?;
    work.commit().await?;
    teller.say(
        "她同意把出生记录发往户籍地（可随时撤回）；没有同意就不发",
        "She consents to sending the birth record home, and may withdraw; without consent it stays here",
    )?;
    until("the birth record arrives at the origin", || async {
        let mut work = world.origin.work_of("clerk").await?;
        let records = civil_records::list_of_resident(&mut work, made.at_home).await?;
        Ok(records.iter().any(|record| record.id == birth))
    })
    .await?;
    teller.say("出生记录随下一次同步到达户籍地", "The birth record arrives with the next sync")
}

/// A record is asked for across cities: purpose, basis, case; yes or no.
async fn inquiry(world: &World, made: &Made, teller: &Teller) -> Result<()> {
    teller.chapter("异地协查", "An inquiry across cities")?;
    let mut work = world.residence.work_of("clerk").await?;
    let ask = json!({
        "resident_id": made.resident, "reason": reason("marriage-check"),
        "wanted": { "questions": [{ "ask": "marriage-stands" }] },
    });
    let asked = inquiries::ask(&mut work, request(ask)?).await?;
    work.commit().await?;
    teller.say(
        format!(
            "经办人向 {} 询问：婚姻记录是否有效？只要“是/否”，{} 前反馈（15个工作日）",
            world.origin.name, asked.due_on
        ),
        format!(
            "The clerk asks {}: does a marriage stand? Only yes or no; due by {} (15 working days)",
            world.origin.name, asked.due_on
        ),
    )?;
    until("the inquiry arrives", || async {
        let mut work = world.origin.work_of("clerk").await?;
        let (received, open, page) = (inquiries::Direction::Received, inquiries::State::Open, PageRequest::default());
        Ok(!inquiries::list(&mut work, received, open, &page).await?.items.is_empty())
    })
    .await?;
    let mut work = world.origin.work_of("clerk").await?;
    answers::answer(&mut work, asked.id, request(json!({ "decision": "answer" }))?).await?;
    work.commit().await?;
    teller.say(
        "户籍地经办人核实并反馈；答复由系统按所问裁剪",
        "The origin's clerk answers; the answer is cut to what was asked",
    )?;
    until("the answer arrives", || async {
        let mut work = world.residence.work_of("clerk").await?;
        Ok(inquiries::get(&mut work, asked.id).await?.state == inquiries::State::Answered)
    })
    .await?;
    let mut work = world.residence.work_of("clerk").await?;
    let opened = inquiries::disclose(&mut work, asked.id, &request(reason("marriage-check"))?).await?;
    work.commit().await?;
    let replies = serde_json::to_string(&opened.answer.and_then(|answer| answer.replies)).map_err(Failure::new)?;
    teller.say(format!("答复：{replies}"), format!("The answer: {replies}"))
}

/// A third locality joins and hears of its own people only.
async fn third_joins(world: &mut World, flat: Uuid, teller: &Teller) -> Result<()> {
    teller.chapter("第三地加入", "A third locality joins")?;
    let mut work = world.residence.work_of("clerk").await?;
    let husband = residents::register(&mut work, request(person(COMMITTEE, HUSBAND, THIRD, "male"))?).await?.id;
    let move_in = json!({ "resident_id": husband, "dwelling_id": flat, "on": work.today(), "said_by": "resident" });
    tenancies::move_in(&mut work, request(move_in)?).await?;
    work.commit().await?;
    teller.say(
        format!("{} 自己申报入住；其户籍地尚未对接，通报先等着", HUSBAND.0),
        format!("{} declares his move-in himself; his origin is no peer yet, so its notice waits", HUSBAND.0),
    )?;
    world.open_third(teller).await?;
    let Some(third) = &world.third else { return Err(Failure::new("the third locality did not start")) };
    let mut work = third.work_of("clerk").await?;
    let committee = first_committee(third)?;
    let at_home = residents::register(&mut work, request(person(&committee, HUSBAND, THIRD, "male"))?).await?.id;
    work.commit().await?;
    third.trust(&world.residence, teller).await?;
    world.residence.trust(third, teller).await?;
    until("the third locality is told", || async { Ok(!third.elsewhere(at_home).await?.is_empty()) }).await?;
    teller.say(
        format!("{} 收到 {} 的通报，且只收到与本地人有关的", third.name, HUSBAND.0),
        format!("{} is told of {}, and of nobody else", third.name, HUSBAND.0),
    )
}

/// She moves on: booked as a correction of the same day's move would be, and told home.
async fn move_out(world: &World, made: &Made, teller: &Teller) -> Result<()> {
    teller.chapter("登记有误可以撤销", "A mistake can be undone")?;
    let mut work = world.residence.work_of("clerk").await?;
    let held = tenancies::of_resident(&mut work, made.resident, tenancies::Versions::Current).await?;
    let held = held.first().ok_or_else(|| Failure::new("she has no tenancy"))?;
    let undo = json!({ "version": held.version, "reason": "门牌登记有误" });
    tenancies::undo(&mut work, held.id, request(undo)?).await?;
    let again = json!({ "resident_id": made.resident, "dwelling_id": held.dwelling_id, "on": held.moved_in_on.pred_opt(), "said_by": "resident" });
    tenancies::move_in(&mut work, request(again)?).await?;
    work.commit().await?;
    teller.say(
        "经办人撤销并按正确日期重新登记；原登记保留可查",
        "The clerk undoes it and registers the right day; the old entry stays on record",
    )?;
    until("the origin is told", || async {
        let told = world.origin.elsewhere(made.at_home).await?;
        Ok(told.len() == 1 && told[0].since < held.moved_in_on)
    })
    .await?;
    teller.say("户籍地随同步收到撤销和新的起始日", "The origin hears of both with the sync")
}

fn first_committee(locality: &Locality) -> Result<String> {
    let none = || Failure::new("the locality has no committee");
    let code = locality.code.parse().map_err(Failure::new)?;
    let street = localities::divisions::children(&code).into_iter().next().ok_or_else(none)?;
    let committee = localities::divisions::children(&street.code).into_iter().next().ok_or_else(none)?;
    Ok(committee.code.to_string())
}

fn citizen(number: &str) -> Value {
    json!({ "kind": "citizen-id", "number": number })
}

fn person(committee: &str, (name, number): (&str, &str), origin: &str, sex: &str) -> Value {
    json!({ "committee": committee, "name": name, "sex": sex, "origin": origin, "document": citizen(number) })
}

fn reason(purpose: &str) -> Value {
    json!({ "purpose": purpose, "basis": "family-planning-law-14", "case": "演示〔2026〕第1号" })
}
