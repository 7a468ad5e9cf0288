//! The rest of the street: enough houses, people and open matters that every page shows something. Names are made up,
//! and everybody was born in the 1880s.

use serde_json::json;
use uuid::Uuid;

use super::day::COMMITTEE;
use super::tell::Teller;
use super::world::{World, request};
use crate::cli::Result;
use crate::dwellings::{self, Building, Dwelling};
use crate::work::Work;
use crate::{landlords, reports, residents, tenancies};

/// Counties people come from, none of which is a peer.
const ORIGINS: [&str; 7] = ["130131", "140427", "341321", "411721", "420984", "510923", "621121"];
const FAMILY: [char; 20] = [
    '赵', '钱', '孙', '李', '周', '吴', '郑', '王', '冯', '陈', '褚', '卫', '蒋', '沈', '韩', '杨', '朱', '秦', '尤',
    '许',
];
const GIVEN: [&str; 24] = [
    "秀兰", "建国", "玉珍", "志强", "桂花", "长顺", "春梅", "福生", "金凤", "守义", "小燕", "德全", "素芬", "永康",
    "翠英", "满仓", "月娥", "来喜", "冬梅", "根柱", "巧云", "大勇", "淑贞", "水生",
];

/// What a building of the street is like.
struct Plan {
    kind: &'static str,
    name: &'static str,
    address: &'static str,
    floors: u8,
    units: u8,
    entrances: u8,
    used_as: &'static str,
    capacity: u8,
    /// Who answers for it: kind, name, and for an organisation a credit code that nobody has.
    landlord: (&'static str, &'static str, Option<&'static str>),
}

const STREET: [Plan; 3] = [
    Plan {
        kind: "compound",
        name: "谈固小区8号楼",
        address: "谈固东街18号",
        floors: 18,
        units: 3,
        entrances: 2,
        used_as: "rented",
        capacity: 3,
        landlord: ("property-manager", "谈固物业", Some("91999999000000001K")),
    },
    Plan {
        kind: "dormitory",
        name: "恒泰电子宿舍",
        address: "谈固南大街5号",
        floors: 5,
        units: 8,
        entrances: 1,
        used_as: "bed-space",
        capacity: 4,
        landlord: ("employer", "恒泰电子", Some("91999999000000002N")),
    },
    Plan {
        kind: "urban-village-house",
        name: "二十里铺31号",
        address: "二十里铺村31号",
        floors: 4,
        units: 5,
        entrances: 1,
        used_as: "rented",
        capacity: 2,
        landlord: ("landlord", "马房东", None),
    },
];

/// Fills the street, each building whole or not at all.
pub async fn fill(world: &World, teller: &Teller) -> Result<()> {
    let mut people = 0;
    for plan in &STREET {
        let mut work = world.residence.work_of("clerk").await?;
        let (building, units) = build(&mut work, plan).await?;
        people = settle(&mut work, &units, plan, people).await?;
        answer_for(&mut work, &units, plan).await?;
        work.commit().await?;
        teller.say(
            format!("{}：{} 户", building.name, units.len()),
            format!("{}: {} dwellings", building.name, units.len()),
        )?;
    }
    teller.say(format!("街上共登记了 {people} 人"), format!("{people} people are registered on the street"))
}

async fn build(work: &mut Work, plan: &Plan) -> Result<(Building, Vec<Dwelling>)> {
    let new = json!({ "committee": COMMITTEE, "kind": plan.kind, "name": plan.name, "address": plan.address });
    let building = dwellings::register_building(work, request(new)?).await?;
    let units = json!({
        "plan": {
            "from_floor": 1, "to_floor": plan.floors, "units": { "count": plan.units }, "entrances": plan.entrances,
            "numbering": "floor-unit",
        },
        "dwelling_use": plan.used_as, "capacity": plan.capacity,
    });
    let units = dwellings::generate_dwellings(work, building.id, request(units)?).await?;
    Ok((building, units))
}

/// Moves people in: every fifth dwelling stays empty, and the others fill up in turn.
async fn settle(work: &mut Work, units: &[Dwelling], plan: &Plan, mut people: u32) -> Result<u32> {
    for (n, unit) in (0_u32..).zip(units) {
        let living_there = if n % 5 == 3 { 0 } else { n % u32::from(plan.capacity) + 1 };
        for _ in 0..living_there {
            let resident = register(work, people).await?;
            let said_by = ["resident", "landlord", "committee"][people as usize % 3];
            let moves_in = json!({
                "resident_id": resident, "dwelling_id": unit.id, "said_by": said_by,
                "on": work.today() - chrono::Days::new(u64::from(people * 7 % 1500)),
            });
            let tenancy = tenancies::move_in(work, request(moves_in)?).await?;
            if people % 61 == 17 {
                let dispute = json!({ "reason": "入住日期不对" });
                tenancies::dispute(work, tenancy.id, request(dispute)?).await?;
            }
            people += 1;
        }
        if living_there == 0 && n % 2 == 0 {
            let change = json!({ "dwelling_use": "vacant", "capacity": plan.capacity });
            dwellings::change_use(work, unit.id, request(change)?).await?;
        }
    }
    Ok(people)
}

async fn register(work: &mut Work, n: u32) -> Result<Uuid> {
    let name = format!("{}{}", FAMILY[n as usize % FAMILY.len()], GIVEN[n as usize * 7 % GIVEN.len()]);
    let origin = ORIGINS[n as usize % ORIGINS.len()];
    let mut new = json!({ "committee": COMMITTEE, "name": name, "sex": "unknown", "origin": origin });
    // One of nine has nothing to show.
    if n % 9 == 4 {
        new["birth_date"] = json!(format!("188{}-0{}-1{}", n % 10, n % 9 + 1, n % 10));
    } else {
        new["document"] = json!({ "kind": "citizen-id", "number": number(origin, n) });
    }
    Ok(residents::register(work, request(new)?).await?.id)
}

/// A citizen's number of somebody born in the 1880s, with the check digit of GB 11643-1999.
fn number(origin: &str, n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("{origin}188{}0{}1{}{:03}", n % 10, n % 9 + 1, n / 9 % 10, n % 999 + 1);
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize];
    format!("{body}{check}")
}

/// Whoever answers for a building answers for every dwelling in it.
async fn answer_for(work: &mut Work, units: &[Dwelling], plan: &Plan) -> Result<()> {
    let (kind, name, credit_code) = plan.landlord;
    let form = if credit_code.is_some() { "organisation" } else { "person" };
    let new = json!({
        "committee": COMMITTEE, "kind": kind, "legal_form": form, "name": name, "credit_code": credit_code,
    });
    let landlord = landlords::register(work, request(new)?).await?.id;
    for unit in units {
        let assign = json!({ "dwelling_id": unit.id, "from": "2026-01-01" });
        landlords::assign(work, landlord, request(assign)?).await?;
    }
    Ok(())
}

/// Reports of the story's landlord in every state: waiting, and returned with a reason.
pub async fn file_reports(world: &World, flats: &[Uuid]) -> Result<()> {
    let mut filed = Vec::new();
    for (n, name) in (0_u64..).zip(["许满仓", "尤月娥", "秦来喜", "朱冬梅", "杨根柱"]) {
        let mut work = world.residence.work_of("landlord").await?;
        let report = json!({
            "dwelling_id": flats[0], "kind": "move-in", "moved_on": work.today() - chrono::Days::new(n),
            "occupant": { "name": name },
        });
        filed.push(reports::file(&mut work, request(report)?).await?.id);
        work.commit().await?;
    }
    let mut work = world.residence.work_of("clerk").await?;
    let back = json!({ "version": 1, "reason": "请补上证件号码" });
    reports::return_(&mut work, filed[0], request(back)?).await?;
    Ok(work.commit().await?)
}
