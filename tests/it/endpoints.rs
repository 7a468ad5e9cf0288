//! Every route and every role: one table says who is let in, who is not, and to whom a thing does not exist.

use std::collections::BTreeSet;
use std::path::Path;

use anju::access::{Action, Role};
use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dwellings::{COMMITTEE, house};
use crate::harness::{ALREADY_HASHED_PASSWORD, Person, TestApp, TestDb, both_databases};
use crate::localities::{Locality, ORIGIN, RESIDENCE, id, morning, reason};
use crate::page_routes::PAGES;

/// Who tries each route, in the columns' order. Those elsewhere work in another committee of the same county, and the
/// other landlord and resident are not the ones the things belong to.
const COLUMNS: [&str; 13] = [
    "anonymous",
    "security administrator",
    "clerk of the committee",
    "clerk elsewhere",
    "clerk of the county",
    "supervisor of the county",
    "supervisor elsewhere",
    "auditor",
    "landlord",
    "other landlord",
    "resident",
    "other resident",
    "system administrator",
];

/// One row per route: method, path, body, and what each column is answered:
///
/// `+` it is done (2xx), `>` it is done and leads on (303), `!` let in and then told what is wrong (409, 422), `-` not signed in (401), `x` not this role's
/// (403), `0` not to be found (404), `b` not the protocol between nodes (400). The last letter may be left off where the
/// system administrator is not this route's role (`x`), or no role makes a difference ([`whole`]).
///
/// `{name}` in a path and `$name` in a body stand for a thing made afresh for that row in the clerk's committee
/// ([`World::make`]). Rows are tried from the top to the bottom.
#[rustfmt::skip]
pub const TABLE: &[(&str, &str, &str, &str)] = &[
    ("GET", "/healthz", "", "++++++++++++"),
    ("GET", "/readyz", "", "++++++++++++"),
    ("GET", "/verify", "", "++++++++++++"),
    ("GET", "/api/openapi.json", "", "++++++++++++"),
    ("GET", "/api/docs/", "", "++++++++++++"),
    ("GET", "/exchange/v1/card", "", "++++++++++++"),
    ("POST", "/exchange/v1/streams/{peer}/messages", "x", "bbbbbbbbbbbb"),
    ("POST", "/exchange/v1/streams/{peer}/pull", "x", "bbbbbbbbbbbb"),
    ("POST", "/exchange/v1/streams/{peer}/digest", "x", "bbbbbbbbbbbb"),
    ("POST", "/exchange/v1/streams/{peer}/checkpoints", "x", "bbbbbbbbbbbb"),
    ("POST", "/api/v1/sessions", r#"{"login":"$login","password":"$password"}"#, "++++++++++++"),
    ("POST", "/api/v1/activations", r#"{"login":"nobody","code":"AAAA-BBBB-CCCC","password":"$password"}"#, "!!!!!!!!!!!!"),
    ("GET", "/api/v1/me", "", "-+++++++++++"),
    ("PUT", "/api/v1/me/password", r#"{"proof":{"password":"$password"},"password":"short"}"#, "-!!!!!!!!!!!"),
    ("POST", "/api/v1/me/second-factor", r#"{"password":"$password"}"#, "-+++++++++++"),
    ("POST", "/api/v1/me/second-factor/confirmation", r#"{"code":"no code"}"#, "-!!!!!!!!!!!"),
    ("POST", "/api/v1/me/second-factor/recovery-codes", r#"{"password":"$password"}"#, "-!!!!!!!!!!!"),
    ("POST", "/api/v1/me/second-factor/removal", r#"{"password":"not the password"}"#, "-!!!!!!!!!!!"),
    ("GET", "/api/v1/me/sessions", "", "-+++++++++++"),
    ("POST", "/api/v1/me/sessions/end", r#"{"password":"$password"}"#, "-+++++++++++"),
    ("GET", "/api/v1/purposes", "", "-+++++++++++"),
    ("GET", "/api/v1/divisions", "", "-+++++++++++"),
    ("GET", "/api/v1/divisions/{division}", "", "-+++++++++++"),
    ("GET", "/api/v1/divisions/{division}/children", "", "-+++++++++++"),
    ("GET", "/api/v1/calendar/due?received=2026-11-23&working_days=15", "", "-+++++++++++"),
    ("GET", "/api/v1/users", "", "-+xxxxxxxxxx"),
    ("POST", "/api/v1/users", r#"{"login":"somebody-$n","name":"王芳","role":"clerk","scope":"130102001001"}"#, "-+xxxxxxxxxx"),
    ("GET", "/api/v1/users/{user}", "", "-+xxxxxxxxxx"),
    ("POST", "/api/v1/users/{user}/invitation", "", "-+xxxxxxxxxx"),
    ("POST", "/api/v1/users/{user}/disable", "", "-+xxxxxxxxxx"),
    ("DELETE", "/api/v1/users/{user}/second-factor", "", "-+xxxxxxxxxx"),
    ("DELETE", "/api/v1/users/{user}/sessions", "", "-+xxxxxxxxxx"),
    ("GET", "/api/v1/users/{user}/tokens", "", "-+xxxxxxxxxx"),
    ("POST", "/api/v1/tokens", r#"{"user_id":"$user","name":"personnel system","days":1}"#, "-+xxxxxxxxxx"),
    ("DELETE", "/api/v1/tokens/{token}", "", "-+xxxxxxxxxx"),
    ("GET", "/api/v1/journal/verification", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/journal/entries", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/journal/keys", "", "++++++++++++"),
    ("GET", "/api/v1/journal/state", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/journal/entries/{entry}/proof", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/journal/growth?from=1&to=2", "", "-xxxxxx+xxxx"),
    ("POST", "/api/v1/journal/affected", r#"{"by":{"peer":"411421"},"from":"2026-11-01T00:00:00Z","until":"2026-12-01T00:00:00Z"}"#, "-xxxxxx+xxxxx"),
    ("GET", "/api/v1/buildings", "", "-x+++++xxxxx"),
    ("POST", "/api/v1/buildings", r#"{"committee":"130102001001","kind":"compound","name":"谈固小区3号楼","address":"谈固东街12号"}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/buildings/{building}", "", "-x+0++0xxxxx"),
    ("GET", "/api/v1/buildings/{building}/dwellings", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/buildings/{building}/dwellings", r#"{"plan":{"from_floor":3,"to_floor":3,"units":{"count":1},"numbering":"floor-unit"},"dwelling_use":"rented","capacity":4}"#, "-x+0!xxxxxxx"),
    ("GET", "/api/v1/buildings/{building}/occupancy", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/buildings/{building}/closure", "", "-x+0!xxxxxxx"),
    ("POST", "/api/v1/dwellings/by-door-code", r#"{"door_code":"$door"}"#, "-x+0++0xxxxx"),
    ("GET", "/api/v1/dwellings/{dwelling}", "", "-x+0++0xxxxx"),
    ("PUT", "/api/v1/dwellings/{dwelling}/use", r#"{"dwelling_use":"rented","capacity":2}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/dwellings/{dwelling}/housing-codes", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/dwellings/{dwelling}/housing-codes", r#"{"housing_code":"1301020010010100012000301","from":"2026-01-01"}"#, "-x+0!xxxxxxx"),
    ("GET", "/api/v1/dwellings/{dwelling}/occupants", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/dwellings/{dwelling}/closure", "", "-x+0!xxxxxxx"),
    ("POST", "/api/v1/dwellings/{dwelling}/reopening", "", "-x+0+xxxxxxx"),
    ("GET", "/api/v1/landlords", "", "-x+++++xxxxx"),
    ("POST", "/api/v1/landlords", r#"{"committee":"130102001001","kind":"landlord","legal_form":"person","name":"赵房东"}"#, "-x+0+xxxxxxx"),
    ("POST", "/api/v1/landlords/searches", r#"{"by":{"credit-code":"91999999000000000G"},"reason":{"purpose":"identity-check","basis":"residence-permit-regulations","case":"2026-12"}}"#, "-x+++xxxxxxx"),
    ("GET", "/api/v1/landlords/{landlord}", "", "-x+0++0xxxxx"),
    ("GET", "/api/v1/landlords/{landlord}/retention", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/landlords/{landlord}/disclosures", r#"{"reason":{"purpose":"identity-check","basis":"residence-permit-regulations","case":"2026-12"},"fields":["phone"]}"#, "-x+0++0xxxxx"),
    ("GET", "/api/v1/landlords/{new_landlord}/responsibilities", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/landlords/{new_landlord}/responsibilities", r#"{"dwelling_id":"$dwelling","from":"2026-01-01"}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/responsibilities/{responsibility}/end", r#"{"until":"2026-11-23"}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/residents", r#"{"committee":"130102001001","name":"王芳","sex":"female","origin":"411421"}"#, "-x+0+xxxxxxx"),
    ("POST", "/api/v1/residents/searches", r#"{"by":{"name":"李桂兰"},"reason":{"purpose":"identity-check","basis":"residence-permit-regulations","case":"2026-12"}}"#, "-x+++++xxxxx"),
    ("POST", "/api/v1/residents/takeovers", r#"{"document":{"kind":"citizen-id","number":"11010519491231002X"},"name":"李桂兰","committee":"130102001001","reason":{"purpose":"tenancy-registration","basis":"residence-permit-regulations","case":"2026-12"}}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/residents/{resident}", "", "-x+0++0xxxxx"),
    ("PUT", "/api/v1/residents/{child}/identity", r#"{"name":"李小宝","sex":"female","birth_date":"1990-05-01","origin":"411421","version":1}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/residents/{child}/documents", r#"{"document":{"kind":"passport","number":"E00000014"}}"#, "-x+0+xxxxxxx"),
    ("POST", "/api/v1/residents/{resident}/verification", "", "-x+0+xxxxxxx"),
    ("PUT", "/api/v1/residents/{resident}/phone", r#"{"phone":null}"#, "-x+0+xxxxxxx"),
    ("POST", "/api/v1/residents/{resident}/disclosures", r#"{"reason":{"purpose":"identity-check","basis":"residence-permit-regulations","case":"2026-12"},"fields":["document"]}"#, "-x+0++0xxxxx"),
    ("GET", "/api/v1/deletions", "", "-x+++++xxxxxx"),
    ("GET", "/api/v1/residents/{resident}/retention", "", "-x+0++0xxxxxx"),
    ("POST", "/api/v1/residents/{resident}/erasure", "", "-x+0+xxxxx+0x"),
    ("DELETE", "/api/v1/residents/{resident}/erasure", "", "-x+0!xxxxx!0x"),
    ("POST", "/api/v1/me/erasure", "", "-xxxxxxxxx++x"),
    ("DELETE", "/api/v1/me/erasure", "", "-xxxxxxxxx++x"),
    ("POST", "/api/v1/residents/{resident}/holds", r#"{"case":"2026-12","until":"2027-01-01"}"#, "-xxxx+0xxxxxx"),
    ("POST", "/api/v1/holds/{hold}/lift", "", "-xxxx+0xxxxxx"),
    ("GET", "/api/v1/residents/{resident}/consents", "", "-x+0+xxxxx+0"),
    ("POST", "/api/v1/residents/{resident}/consents", r#"{"given_by":"$resident","purpose":"record-exchange","recipient":"$recipient","text_version":"2026-01"}"#, "-x+0!xxxxx!0"),
    ("GET", "/api/v1/consent-texts", "", "-+++++++++++"),
    ("GET", "/api/v1/consent-texts/preview?purpose=record-exchange&recipient=411421", "", "-x+++xxxxx++"),
    ("GET", "/api/v1/consents/{consent}", "", "-x+0+xxxxx+0"),
    ("POST", "/api/v1/consents/{consent}/withdrawal", "", "-x+0!xxxxx!0"),
    ("GET", "/api/v1/residents/{resident}/tenancies", "", "-x+0++0xxx+0"),
    ("GET", "/api/v1/residents/{resident}/residences-elsewhere", "", "-x+0++0xxx+0"),
    ("GET", "/api/v1/residents/{resident}/civil-records", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/tenancies", r#"{"resident_id":"$resident","dwelling_id":"$dwelling","on":"2026-11-20","said_by":"resident","main":false}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/tenancies/{tenancy}", "", "-x+0++0xxxxx"),
    ("PUT", "/api/v1/tenancies/{tenancy}", r#"{"moved_in_on":"2026-11-02","said_by":"committee","version":1}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/tenancies/{tenancy}/move-out", r#"{"on":"2026-11-20","said_by":"resident","version":1}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/tenancies/{tenancy}/transfer", r#"{"to_dwelling":"$dwelling","on":"2026-11-20","said_by":"resident","version":1}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/tenancies/{tenancy}/undo", r#"{"version":1,"reason":"登记错了"}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/tenancies/{ended}/undo-move-out", r#"{"version":2}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/tenancies/{tenancy}/dispute", r#"{"reason":"日期不对"}"#, "-x+0!xxxxx!0"),
    ("POST", "/api/v1/tenancies/{disputed}/settlement", r#"{"answer":"已更正"}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/tenancies/{tenancy}/statements", r#"{"side":"resident","says":"lives-here"}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/reports", "", "-x+++++xxxxx"),
    ("GET", "/api/v1/reports/{report}", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/reports/{report}/acceptance", r#"{"version":1,"resident_id":"$resident","main":false}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/reports/{report}/return", r#"{"version":1,"reason":"请核对姓名"}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/marriages", r#"{"marriage":{"spouses":[{"resident":"$resident"},{"resident":"$spouse"}],"married_on":"1972-05-20","place":{"division":"130102"},"certificate":{"number":"民字第$n号","issuer":"民政局","authority":"civil-affairs"}},"standing":"stands","source":"register","reason":{"purpose":"marriage-check","basis":"family-planning-law-14","case":"2026-12"}}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/births", r#"{"birth":{"child":{"resident":"$child"},"place":{"division":"130102"},"parents":[{"resident":"$resident"},{"resident":"$spouse"}]},"source":"statement","reason":{"purpose":"marriage-check","basis":"family-planning-law-14","case":"2026-12"}}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/civil-records/{record}", "", "-x+0++0xxxxx"),
    ("GET", "/api/v1/civil-records/{record}/versions", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/civil-records/{record}/disclosures", r#"{"reason":{"purpose":"marriage-check","basis":"family-planning-law-14","case":"2026-12"},"fields":["marriage.married_on"]}"#, "-x+0++0xxxxx"),
    ("POST", "/api/v1/residents/{resident}/questions", r#"{"reason":{"purpose":"marriage-check","basis":"family-planning-law-14","case":"2026-12"},"questions":[{"ask":"marriage-stands"}]}"#, "-x+0++0xxxxx"),
    ("POST", "/api/v1/civil-records/{record}/corrections", r#"{"version":1,"standing":"dissolved","source":"register","because":"离婚登记","reason":{"purpose":"record-correction","basis":"family-planning-law-14","case":"2026-12"}}"#, "-x+0!xxxxxxx"),
    ("GET", "/api/v1/me/record", "", "-xxxxxxxxx++"),
    ("GET", "/api/v1/me/log/proofs", "", "-xxxxxxxxx++"),
    ("GET", "/api/v1/me/looks", "", "-xxxxxxxxx++"),
    ("GET", "/api/v1/me/notices", "", "-xxxxxxxxx++"),
    ("POST", "/api/v1/me/notices/{notice}/read", "", "-xxxxxxxxx+0"),
    ("GET", "/api/v1/notices/untold", "", "-x+++xxxxxxx"),
    ("POST", "/api/v1/notices/{untold}/told", "", "-x+0+xxxxxxx"),
    ("GET", "/api/v1/me/consents", "", "-xxxxxxxxx++"),
    ("GET", "/api/v1/me/tenancies", "", "-xxxxxxxxx++"),
    ("POST", "/api/v1/me/tenancies/{tenancy}/dispute", r#"{"reason":"日期不对"}"#, "-x+0!xxxxx!0"),
    ("POST", "/api/v1/me/tenancies/{tenancy}/statements", r#"{"says":"lives-here"}"#, "-xxxxxxxxx+0"),
    ("GET", "/api/v1/me/civil-records", "", "-xxxxxxxxx++"),
    ("POST", "/api/v1/me/extracts", r#"{"form":"json"}"#, "-xxxxxxxxx++"),
    ("GET", "/api/v1/me/tellings", "", "-xxxxxxxxx++"),
    ("POST", "/api/v1/residents/{resident}/extracts", r#"{"form":"json","reason":{"purpose":"person-request","basis":"personal-information-law-45","case":"2026-12"}}"#, "-x+0+xxxxxxx"),
    ("GET", "/api/v1/civil-records/{record}/tellings", "", "-x+0++0xxxxx"),
    ("GET", "/api/v1/me/doubts", "", "-xxxxxxxxx++"),
    ("POST", "/api/v1/me/doubts", r#"{"about":{"identity":"name"},"reason":"wrong-name"}"#, "-xxxxxxxxx++"),
    ("POST", "/api/v1/residents/{child}/doubts", r#"{"about":{"identity":"name"},"reason":"wrong-name"}"#, "-x+0!xxxxxxx"),
    ("GET", "/api/v1/doubts", "", "-x+++++xxxxx"),
    ("GET", "/api/v1/doubts/{doubt}", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/doubts/{doubt}/resolution", r#"{"decision":"refused","reason":"nothing-shown"}"#, "-x+0!xxxxxxx"),
    ("GET", "/api/v1/me/dwellings", "", "-xxxxxxx++xx"),
    ("GET", "/api/v1/me/landlord-file", "", "-xxxxxxx+0xx"),
    ("GET", "/api/v1/me/reports", "", "-xxxxxxx++xx"),
    ("POST", "/api/v1/me/reports", r#"{"dwelling_id":"$let","kind":"move-in","moved_on":"2026-11-20","occupant":{"name":"李娜"}}"#, "-xxxxxxx+0xx"),
    ("GET", "/api/v1/me/reports/{report}", "", "-xxxxxxx+0xx"),
    ("POST", "/api/v1/me/reports/sheets", "door_code,kind,name,moved_on\n$let_door,move-in,李娜,2026-11-19", "-xxxxxxx+!xx"),
    ("POST", "/api/v1/exports/roll", r#"{"purpose":"house-visit","basis":"residence-permit-regulations","case":"2026-12"}"#, "-x++!xxxxxxx"),
    ("GET", "/api/v1/exports", "", "-x++++++xxxx"),
    ("POST", "/api/v1/exports/traces", r#"{"mark":"$mark"}"#, "-xxxxxx+xxxx"),
    ("GET", "/api/v1/statistics/population?division=130102001001", "", "-x+0++0xxxxxx"),
    ("GET", "/api/v1/exchange/card", "", "-xxxxxxxxxxx+"),
    ("GET", "/api/v1/peers", "", "-x+++++xxxxx+"),
    ("POST", "/api/v1/peers", r#"{"card":"$card","fingerprint":"$fingerprint"}"#, "-xxxxxxxxxxx+"),
    ("GET", "/api/v1/peers/{peer}", "", "-x+++++xxxxx+"),
    ("GET", "/api/v1/peers/{peer}/journals", "", "-x+++++xxxxx+"),
    ("PUT", "/api/v1/peers/{peer}/plan", r#"{"mode":"push","schedule":"0 30 1 * * *","state":"active"}"#, "-xxxxxxxxxxx+"),
    ("POST", "/api/v1/peers/{peer}/sync", "", "-x+++++xxxxx+"),
    ("GET", "/api/v1/cases", "", "-x00+xxxxxxx"),
    ("GET", "/api/v1/cases/{case}", "", "-x00+xxxxxxx"),
    ("POST", "/api/v1/cases/{case}/disclosures", r#"{"purpose":"record-exchange","basis":"family-planning-law-14","case":"2026-12"}"#, "-x00+xxxxxxx"),
    ("POST", "/api/v1/cases/{case}/pairing", r#"{"resident_id":"$child"}"#, "-x00+xxxxxxx"),
    ("POST", "/api/v1/cases/{case}/retry", "", "-x00!xxxxxxx"),
    ("POST", "/api/v1/cases/{case}/set-aside", "", "-x00+xxxxxxx"),
    ("GET", "/api/v1/inquiries", "", "-x+++++xxxxx"),
    ("POST", "/api/v1/inquiries", r#"{"resident_id":"$resident","reason":{"purpose":"marriage-check","basis":"family-planning-law-14","case":"2026-12"},"wanted":{"questions":[{"ask":"marriage-stands"}]}}"#, "-x+0++0xxxxx"),
    ("GET", "/api/v1/inquiries/{asked}", "", "-x+0++0xxxxx"),
    ("POST", "/api/v1/inquiries/{asked}/disclosures", r#"{"purpose":"marriage-check","basis":"family-planning-law-14","case":"2026-12"}"#, "-x+0++0xxxxx"),
    ("POST", "/api/v1/inquiries/{received}/answer", r#"{"decision":"answer"}"#, "-x+0!xxxxxxx"),
    ("POST", "/api/v1/residents/{resident}/confidential-accesses", r#"{"reason":{"purpose":"identity-check","basis":"residence-permit-regulations","case":"2026-12"},"fields":["phone"],"until":"2027-01-01"}"#, "-x+0++0xxxxx"),
    ("GET", "/api/v1/confidential-accesses", "", "-x+++++xxxxx"),
    ("GET", "/api/v1/confidential-accesses/{access}", "", "-x+00+0xxxxx"),
    ("POST", "/api/v1/confidential-accesses/{access}/approval", "", "-xxxx+0xxxxx"),
    ("POST", "/api/v1/confidential-accesses/{access}/refusal", r#"{"because":"not-needed"}"#, "-xxxx+0xxxxx"),
    ("POST", "/api/v1/confidential-accesses/{approved}/disclosure", "", "-x+0000xxxxx"),
    ("GET", "/api/v1/oversight/confidential-accesses", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/oversight/reviews", "", "-xxxx+++xxxx"),
    ("POST", "/api/v1/oversight/reviews/{drawn}", r#"{}"#, "-xxxx+0!xxxx"),
    ("GET", "/api/v1/oversight/alarms?from=2026-11-01&until=2026-12-01", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/oversight/patterns", "", "-xxxxxx+xxxx"),
    ("GET", "/api/v1/oversight/officers/{officer}/looks?on=2026-11-23", "", "-xxxxxx+xxxx"),
    ("POST", "/api/v1/oversight/officers/{officer}/budget", r#"{"by":10,"because":"rush","case":"2026-12"}"#, "-+xxx+0xxxxx"),
    ("GET", "/api/v1/protection-officers", "", "-+xxxxxxxxxx"),
    ("PUT", "/api/v1/protection-officers/{user}", "", "-+xxxxxxxxxx"),
    ("DELETE", "/api/v1/protection-officers/{user}", "", "-+xxxxxxxxxx"),
    ("POST", "/api/v1/residents/{child}/protections", r#"{"ground":"domestic-violence","case":"2026-12","review_on":"2027-03-01"}"#, "-xxxxxxxxxxx"),
    ("POST", "/api/v1/protections/searches", r#"{"reason":{"purpose":"personal-protection","basis":"anti-domestic-violence-law","case":"2026-12"}}"#, "-xxxxxxxxxxx"),
    ("GET", "/api/v1/protections/{protection}/attempts", "", "-xxxxxxxxxxx"),
    ("POST", "/api/v1/protections/{protection}/review", r#"{"review_on":"2027-03-01"}"#, "-xxxxxxxxxxx"),
    ("POST", "/api/v1/protections/{protection}/lift-request", "", "-xxxxxxxxxxx"),
    ("POST", "/api/v1/protections/{protection}/lift", "", "-xxxxxxxxxxx"),
    // What a person says of themselves holds up what stands above.
    ("POST", "/my/notices/{notice}/read", "_=", "-000000000>00"),
    ("GET", "/my/tenancies/{tenancy}", "", "-000000000+00"),
    ("POST", "/my/tenancies/{tenancy}/statements", "says=lives-here", "-000000000>00"),
    ("POST", "/my/tenancies/{tenancy}/dispute", "reason=日期不对", "-000000000>00"),
    ("POST", "/my/doubts", "about=birth_date&reason=wrong-day", "-000000000>>0"),
    ("GET", "/api/v1/me/protection", "", "-xxxxxxxxx++"),
    ("POST", "/api/v1/me/protection/lift-request", "", "-xxxxxxxxx!!"),
    ("POST", "/api/v1/me/protection/request", "", "-xxxxxxxxx++"),
    ("POST", "/my/protection", "_=", "-000000000>>0"),
    ("DELETE", "/api/v1/sessions/current", "", "-+++++++++++"),
    // Nobody is signed in any more.
    ("POST", "/sign-out", "", "------------"),
];

/// The API's rows and the pages'; whoever signs out comes last.
fn rows() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str, &'static str)> {
    PAGES.iter().chain(TABLE)
}

/// The things of one committee, and everybody who tries to reach them.
pub struct World {
    pub here: Locality,
    there: Locality,
    /// A clerk of the committee, who makes the things.
    clerk: Person,
    pub people: Vec<Person>,
    landlord: Uuid,
    landlord_in_person: Person,
    resident: String,
    spouse: String,
    dwelling: String,
    made: u32,
}

impl World {
    pub async fn new(db: &TestDb) -> Self {
        let clock = morning();
        let here = Locality::open(db, RESIDENCE, &clock).await;
        let there = Locality::open(db, ORIGIN, &clock).await;
        here.trust(&there, "push").await;
        there.trust(&here, "push").await;
        let app = &here.node;
        let clerk = app.as_clerk_of(COMMITTEE).await;
        let (_, dwellings) = house(&clerk, COMMITTEE).await;
        let resident = here.resident("李桂兰", crate::localities::WIFE, ORIGIN).await;
        let spouse = here.resident("王守义", crate::localities::HUSBAND, ORIGIN).await;
        let landlord: Uuid = id(&clerk.post("/api/v1/landlords", landlord()).await.expect(201)).parse().unwrap();
        let dwelling = id(&dwellings[0]);
        let answers_for = json!({ "dwelling_id": dwelling, "from": "2026-01-01" });
        clerk.post(&format!("/api/v1/landlords/{landlord}/responsibilities"), answers_for).await.expect(201);
        let landlord_in_person = app.as_landlord(landlord).await;
        let people = vec![
            app.anon(),
            app.as_admin().await,
            clerk.clone(),
            app.as_clerk_of("130102007029").await,
            app.as_clerk_of(RESIDENCE).await,
            app.as_supervisor().await,
            app.person(Role::Supervisor, "130102007", None).await,
            app.as_auditor().await,
            landlord_in_person.clone(),
            app.as_landlord(Uuid::from_u128(1)).await,
            app.as_resident(resident.parse().unwrap()).await,
            app.as_resident(spouse.parse().unwrap()).await,
            app.as_system_admin().await,
        ];
        Self { here, there, clerk, people, landlord, landlord_in_person, resident, spouse, dwelling, made: 0 }
    }

    async fn created(&self, path: &str, new: Value) -> String {
        id(&self.clerk.post(path, new).await.expect(201))
    }

    /// A number nobody has had.
    fn next(&mut self) -> u32 {
        self.made += 1;
        self.made
    }

    /// Makes the thing a placeholder stands for; answers its id.
    #[allow(clippy::too_many_lines)] // one arm per thing
    async fn make(&mut self, name: &str) -> String {
        let n = self.next();
        match name {
            "n" => format!("{n:09}"),
            "peer" => ORIGIN.to_owned(),
            "version" => "none".to_owned(),
            "file" => "anju.css".to_owned(),
            // Nobody in the columns is named to see one.
            "protection" => Uuid::from_u128(14).to_string(),
            "self" => RESIDENCE.to_owned(),
            "division" => COMMITTEE.to_owned(),
            "landlord" => self.landlord.to_string(),
            "resident" => self.resident.clone(),
            "spouse" => self.spouse.clone(),
            "let" => self.dwelling.clone(),
            "let_door" => {
                let dwelling = self.clerk.get(&format!("/api/v1/dwellings/{}", self.dwelling)).await.expect(200);
                dwelling["door_code"].as_str().unwrap().to_owned()
            }
            "building" => house(&self.clerk, COMMITTEE).await.0,
            "dwelling" => id(&house(&self.clerk, COMMITTEE).await.1[0]),
            "door" => house(&self.clerk, COMMITTEE).await.1[0]["door_code"].as_str().unwrap().to_owned(),
            "child" => self.created("/api/v1/residents", crate::residents::named("李小宝")).await,
            "new_landlord" => self.created("/api/v1/landlords", landlord()).await,
            "responsibility" | "tenancy" | "ended" | "disputed" | "consent" | "report" => {
                self.make_linked(name, n).await
            }
            "mark" => {
                let reason =
                    json!({ "purpose": "house-visit", "basis": "residence-permit-regulations", "case": "2026-12" });
                let roll = self.clerk.post("/api/v1/exports/roll", reason).await;
                String::from_utf8_lossy(&roll.body).trim().rsplit(',').next().unwrap().to_owned()
            }
            "hold" => {
                let path = format!("/api/v1/residents/{}/holds", self.resident);
                let hold = json!({ "case": format!("2026-{n}"), "until": "2027-01-01" });
                id(&self.people[5].post(&path, hold).await.expect(201))
            }
            "record" => self.make_record(n).await,
            "doubt" => {
                let child = self.created("/api/v1/residents", crate::residents::named("李小宝")).await;
                let wrong = json!({ "about": { "identity": "name" }, "reason": "wrong-name" });
                self.created(&format!("/api/v1/residents/{child}/doubts"), wrong).await
            }
            "user" => id(&self.invited(n).await),
            "token" => {
                let user = id(&self.invited(n).await);
                let new = json!({ "user_id": user, "name": "personnel system", "days": 30 });
                id(&self.people[1].post("/api/v1/tokens", new).await.expect(201))
            }
            "entry" => {
                self.here.node.app().seal_journal().await.unwrap();
                let page = self.people[7].get("/api/v1/journal/entries?limit=1").await.expect(200);
                id(&page["items"][0])
            }
            "login" => self.clerk.user().login.to_string(),
            "password" => ALREADY_HASHED_PASSWORD.to_owned(),
            "card" | "fingerprint" => {
                let card = self.there.admin.get("/api/v1/exchange/card").await.expect(200);
                card[name].as_str().unwrap().to_owned()
            }
            "recipient" => county(n),
            "notice" => self.told(&self.resident.clone()).await,
            "untold" => {
                let somebody = self.created("/api/v1/residents", crate::residents::named("李小宝")).await;
                self.told(&somebody).await
            }
            "case" => self.make_case(n).await,
            "registered" => self.here.resident("周远", &number_of_nobody(n), ORIGIN).await,
            // About somebody of their own: an open inquiry holds a file.
            "asked" => {
                let somebody = self.here.resident("周远", &number_of_nobody(n), ORIGIN).await;
                id(&self.clerk.post("/api/v1/inquiries", question(&somebody)).await.expect(201))
            }
            "received" => self.make_received().await,
            "officer" => self.clerk.id().to_string(),
            "access" => self.make_access().await,
            "approved" => {
                let access = self.make_access().await;
                let approval = format!("/api/v1/confidential-accesses/{access}/approval");
                self.people[5].post(&approval, json!({})).await.expect(200);
                access
            }
            "drawn" => {
                self.here.node.draw_every_look(true);
                let asked = json!({ "reason": crate::residents::reason(), "fields": ["phone"] });
                self.clerk.post(&format!("/api/v1/residents/{}/disclosures", self.resident), asked).await.expect(200);
                self.here.node.draw_every_look(false);
                let waiting = self.people[5].get("/api/v1/oversight/reviews").await.expect(200);
                id(waiting["items"].as_array().unwrap().last().unwrap())
            }
            other => panic!("World::make knows no `{other}`: say there how it is made"),
        }
    }

    async fn make_linked(&self, name: &str, n: u32) -> String {
        match name {
            "responsibility" => {
                let landlord = self.created("/api/v1/landlords", landlord()).await;
                let new = json!({ "dwelling_id": self.dwelling, "from": "2026-01-01" });
                self.created(&format!("/api/v1/landlords/{landlord}/responsibilities"), new).await
            }
            "consent" => {
                let new = json!({
                    "given_by": self.resident, "purpose": "record-exchange", "recipient": county(n),
                    "text_version": "2026-01",
                });
                self.created(&format!("/api/v1/residents/{}/consents", self.resident), new).await
            }
            "report" => {
                let new = json!({
                    "dwelling_id": self.dwelling, "kind": "move-in", "moved_on": "2026-11-20",
                    "occupant": { "name": format!("王小{}", char::from_u32(0x4e00 + n).unwrap()) },
                });
                id(&self.landlord_in_person.post("/api/v1/me/reports", new).await.expect(201))
            }
            _ => {
                let new = json!({
                    "resident_id": self.resident, "dwelling_id": self.dwelling, "on": "2026-11-01",
                    "said_by": "resident", "main": false,
                });
                let tenancy = self.created("/api/v1/tenancies", new).await;
                let (step, body) = match name {
                    "ended" => ("move-out", json!({ "on": "2026-11-20", "said_by": "resident", "version": 1 })),
                    "disputed" => ("dispute", json!({ "reason": "日期不对" })),
                    _ => return tenancy,
                };
                self.clerk.post(&format!("/api/v1/tenancies/{tenancy}/{step}"), body).await.expect(200);
                tenancy
            }
        }
    }

    /// Somebody is told that they moved in; the notice.
    async fn told(&self, resident: &str) -> String {
        let new = json!({
            "resident_id": resident, "dwelling_id": self.dwelling, "on": "2026-11-01", "said_by": "resident", "main": false,
        });
        self.created("/api/v1/tenancies", new).await;
        self.here.node.raw::<Uuid>("select id from notices order by id desc limit 1").await[0].to_string()
    }

    async fn make_access(&self) -> String {
        let asked = json!({ "reason": crate::residents::reason(), "fields": ["phone"], "until": "2027-01-01" });
        self.created(&format!("/api/v1/residents/{}/confidential-accesses", self.resident), asked).await
    }

    async fn make_record(&self, n: u32) -> String {
        let new = json!({
            "marriage": {
                "spouses": [{ "resident": self.resident }, { "resident": self.spouse }],
                "married_on": "1972-05-20", "place": { "division": RESIDENCE },
                "certificate": { "number": format!("民字第{n}号"), "issuer": "民政局", "authority": "civil-affairs" },
            },
            "standing": "stands", "source": "register", "reason": reason("marriage-check"),
        });
        self.created("/api/v1/marriages", new).await
    }

    async fn invited(&self, n: u32) -> Value {
        let new = json!({ "login": format!("somebody-{n}"), "name": "王芳", "role": "clerk", "scope": COMMITTEE });
        self.people[1].post("/api/v1/users", new).await.expect(201)
    }

    /// Somebody whom nobody here knows moves in there: a case.
    async fn make_case(&self, n: u32) -> String {
        let cases = async || self.here.cases().await;
        let before = cases().await.len();
        let number = number_of_nobody(n);
        let unknown = self.there.resident("周远", &number, RESIDENCE).await;
        let dwellings = self.there.dwellings().await;
        self.there.moves_in(&unknown, &dwellings[0], "2026-11-20").await;
        self.there.sync(&self.here).await;
        let cases = cases().await;
        assert_eq!(cases.len(), before + 1);
        id(cases.last().unwrap())
    }

    /// The peer asks about the resident: they have a file there too, with their origin here.
    async fn make_received(&self) -> String {
        let known = self
            .there
            .clerk
            .post("/api/v1/residents/searches", crate::residents::searching(json!({ "name": "李桂兰" })))
            .await
            .expect(200);
        let theirs = match known.as_array().unwrap().first() {
            Some(file) => id(file),
            None => self.there.resident("李桂兰", crate::localities::WIFE, RESIDENCE).await,
        };
        let inquiry = id(&self.there.clerk.post("/api/v1/inquiries", question(&theirs)).await.expect(201));
        self.there.sync(&self.here).await;
        inquiry
    }

    /// The text with its placeholders, which `open` and `close` surround, filled in.
    pub async fn filled(&mut self, text: &str, open: char, close: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(open) {
            filled.push_str(&rest[..at]);
            let name: String = rest[at + 1..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if name.is_empty() {
                filled.push(open);
                rest = &rest[at + 1..];
            } else {
                filled.push_str(&self.make(&name).await);
                rest = rest[at + 1 + name.len()..].strip_prefix(close).unwrap();
            }
        }
        filled + rest
    }
}

fn landlord() -> Value {
    json!({ "committee": COMMITTEE, "kind": "landlord", "legal_form": "person", "name": "赵房东" })
}

fn question(resident: &str) -> Value {
    json!({
        "resident_id": resident, "reason": reason("marriage-check"),
        "wanted": { "questions": [{ "ask": "marriage-stands" }] },
    })
}

/// A well-formed number of somebody born in the nineteenth century.
fn number_of_nobody(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("44052418800101{:03}", n % 1000);
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize];
    format!("{body}{check}")
}

/// A row's letters with the last one, where it was left off.
fn whole(letters: &str) -> String {
    let last = if letters.contains('x') { "x" } else { &letters[1..2] };
    if letters.len() < COLUMNS.len() { format!("{letters}{last}") } else { letters.to_owned() }
}

fn letter(status: u16) -> char {
    match status {
        200..=299 => '+',
        400 => 'b',
        303 => '>',
        401 => '-',
        403 => 'x',
        404 => '0',
        409 | 422 => '!',
        _ => '?',
    }
}

both_databases! {
    async fn every_route_lets_in_whom_the_table_says_and_nobody_else(db: TestDb) {
        let mut world = World::new(&db).await;
        let mut wrong = Vec::new();
        for (method, path, body, expected) in rows() {
            if body.contains("$password") {
                // Nobody tries too often in one minute.
                world.here.node.advance(chrono::TimeDelta::minutes(1));
            }
            let place = world.filled(path, '{', "}").await;
            let kind = match &place {
                place if place.starts_with("/exchange/v1/") => "application/jose",
                place if place.ends_with("/sheets") => "text/csv",
                place if place.starts_with("/api/") => "application/json",
                _ => "application/x-www-form-urlencoded",
            };
            let sent = world.filled(body, '$', "").await;
            let mut found = [' '; COLUMNS.len()];
            // Whoever is not let in comes first, so that what the others do cannot explain it.
            let mut order: Vec<usize> = (0..COLUMNS.len()).collect();
            order.sort_by_key(|column| matches!(whole(expected).as_bytes().get(*column), Some(b'+' | b'!')));
            for column in order {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let asking = world.people[column].request(method, &place);
                let asking = if body.is_empty() { asking } else { asking.body(kind, sent.clone()) };
                found[column] = letter(asking.send().await.status);
            }
            let found: String = found.iter().collect();
            let expected = whole(expected);
            if found != expected {
                wrong.push(format!("(\"{method}\", \"{path}\", r#\"{body}\"#, \"{found}\"), // expected {expected}"));
            }
        }
        assert!(wrong.is_empty(), "columns: {}\n{}", COLUMNS.join(", "), wrong.join("\n"));
    }
}

/// Method and path without its query, every placeholder as `{}`.
fn route(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let mut route = format!("{} ", method.to_lowercase());
    let mut inside = false;
    for c in path.chars() {
        inside = if c == '{' { true } else { inside && c != '}' };
        if !inside || c == '{' {
            route.push(c);
        }
    }
    route
}

#[tokio::test]
async fn no_route_is_missing_from_the_table_and_none_is_listed_that_is_gone() {
    let description = TestApp::new(&TestDb::sqlite()).await.anon().get("/api/openapi.json").await.expect(200);
    let mut routes = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        routes.extend(item.as_object().unwrap().keys().filter(|key| *key != "parameters").map(|m| route(m, path)));
    }
    // What is no part of the API's description: the documentation itself, and what the source routes by hand.
    routes.extend(["get /api/openapi.json".to_owned(), "get /api/docs/".to_owned()]);
    routes.extend(routed_by_hand());
    let listed: BTreeSet<String> = rows().map(|(method, path, ..)| route(method, path)).collect();
    assert_eq!(listed.len(), rows().count(), "a route stands twice in the TABLE");
    let missing: Vec<_> = routes.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "add a row to the TABLE of tests/it/endpoints.rs for each of these, with its method, \
        path, a body that is valid for it, and one letter for each of {COLUMNS:?}: {missing:#?}"
    );
    let gone: Vec<_> = listed.difference(&routes).collect();
    assert!(gone.is_empty(), "these rows of the TABLE in tests/it/endpoints.rs have no route any more: {gone:#?}");
}

/// A county of its own for each number.
fn county(n: u32) -> String {
    let within = |code: &str| anju::localities::divisions::children(&code.parse().unwrap());
    let cities = (11..66).flat_map(|province| within(&province.to_string()));
    let mut counties = cities.flat_map(|city| within(city.code.as_str()));
    counties.nth(n as usize).unwrap().code.to_string()
}

/// The routes that the source names in `.route("…", get(…))`.
fn routed_by_hand() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.extend(routes_in(&lines.collect::<Vec<_>>().join("\n"), &path));
            }
        }
    }
    assert!(found.contains("get /healthz") && found.contains("post /exchange/v1/streams/{}/pull"), "{found:?}");
    found
}

/// The routes of one file. Whatever else could add one is refused: what cannot be read here cannot be tried.
fn routes_in(code: &str, file: &Path) -> Vec<String> {
    const METHODS: [&str; 6] = ["get", "post", "put", "delete", "patch", "head"];
    // The description of the API is nested once, and the documentation serves its own files below `/api/docs/`.
    let allowed =
        [(".nest(", r#".nest("/api/v1", v1)"#), ("Router::from(", "Router::from(SwaggerUi::new(\"/api/docs\")")];
    for (word, exception) in allowed {
        assert_eq!(code.matches(word).count(), code.matches(exception).count(), "{word} in {}", file.display());
    }
    for word in [
        ".route_service(",
        ".nest_service(",
        ".fallback_service(",
        ".method_router(",
        "MethodRouter",
        " any(",
        "::any(",
    ] {
        assert!(!code.contains(word), "`{word}` in {}: name each route with .route or routes!", file.display());
    }
    let mut found = Vec::new();
    for call in code.split(".route(").skip(1) {
        let mut depth = 1;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let call = &call[..end.unwrap()];
        let (path, handlers) = call
            .trim_start()
            .strip_prefix('"')
            .and_then(|rest| rest.split_once('"'))
            .unwrap_or_else(|| panic!("a route in {} has no plain text for its path: {call}", file.display()));
        let words = handlers.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '(');
        let methods = words.filter_map(|word| word.split_once('(').map(|(method, _)| method));
        let before = found.len();
        found.extend(methods.filter(|method| METHODS.contains(method)).map(|method| route(method, path)));
        assert!(found.len() > before, "the route {path} in {} has no method", file.display());
    }
    found
}

#[test]
fn a_route_added_by_hand_is_found_however_it_is_written() {
    let found = |code: &str| routes_in(code, Path::new("x.rs"));
    assert_eq!(
        found(r#"Router::new().route("/a/{id}", get(a)).route("/b", routing::post(b).delete(c))"#),
        ["get /a/{}", "post /b", "delete /b",]
    );
    assert_eq!(found("Router::new().route(\n    \"/a\",\n    axum::routing::get(a),\n)"), ["get /a"]);
    for hidden in
        [r#".route(PATH, get(a))"#, r#".nest_service("/x", y)"#, r#".nest("/y", z)"#, r#".route("/a", any(a))"#]
    {
        assert!(std::panic::catch_unwind(|| found(hidden)).is_err(), "{hidden}");
    }
}

#[test]
fn each_action_has_the_roles_it_is_meant_for() {
    let mut matrix = String::new();
    for action in Action::ALL {
        let roles: Vec<&str> = action.roles().iter().map(Role::as_str).collect();
        matrix.push_str(&format!("{:<20} {}\n", action.as_str(), roles.join(" ")));
    }
    insta::assert_snapshot!(matrix, @r"
    manage-users         security-administrator system
    name-protection-officers security-administrator system
    manage-peers         system-administrator system
    renew-node-key       system
    see-exchange         system-administrator clerk supervisor system
    read-journal         auditor system
    oversee              auditor
    review-looks         supervisor auditor
    approve-confidential supervisor
    raise-budgets        supervisor security-administrator
    register-dwellings   clerk
    read-dwellings       clerk supervisor
    register-landlords   clerk
    read-landlords       clerk supervisor
    register-residents   clerk
    read-residents       clerk supervisor
    hand-out-extracts    clerk
    disclose-resident    clerk supervisor system
    keep-tenancies       clerk
    read-tenancies       clerk supervisor
    dispute-tenancies    clerk resident
    read-statistics      clerk supervisor
    export-roll          clerk
    see-exports          clerk supervisor auditor
    trace-exports        auditor
    file-reports         landlord
    read-own-reports     landlord
    review-reports       clerk
    read-reports         clerk supervisor
    record-civil         clerk
    disclose-civil       clerk supervisor system
    protect-residents    clerk supervisor
    raise-doubts         clerk resident
    read-doubts          clerk supervisor
    resolve-doubts       clerk
    keep-consents        clerk resident
    read-own-record      resident
    ask-peers            clerk supervisor
    answer-peers         clerk
    examine-breaches     auditor system
    hold-erasure         supervisor
    ask-erasure          clerk resident
    forget               system
    tell-people          system
    exchange             peer system
    ");
}
