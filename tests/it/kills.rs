//! Real node processes, killed without warning in the middle of their syncs, again and again: nothing is lost,
//! nothing is applied twice, nothing is half applied.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anju::access::Role;
use anju::access::passwords::{self, KnownWords};
use anju::access::users::{self, NewUser};
use anju::app::App;
use anju::cli::serve::{self, Running};
use anju::config::{Config, Settings};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{TestDb, both_databases};
use crate::localities::{ORIGIN, RESIDENCE, reason};

/// Kills in one run: an eighth of them hit both nodes at once.
const KILLS: usize = 56;
/// Every second, so that also the schedule's own syncs are hit.
const SCHEDULE: &str = "* * * * * *";
const PASSWORD: &str = "four dry umbrellas";
/// How long the survivors may take to come level; far more than they need.
const PATIENCE: Duration = Duration::from_secs(120);

both_databases! {
    async fn nodes_killed_in_the_middle_of_syncs_hold_the_same_in_the_end(db: TestDb) {
        let seed = std::env::var("ANJU_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| u64::from(std::process::id()));
        println!("seed {seed}: repeat with ANJU_SEED={seed}");
        let mut chance = Chance(seed);
        let folder = tempfile::tempdir().unwrap();
        let mut residence = Node::set_up(&db, &folder, RESIDENCE).await;
        let mut origin = Node::set_up(&db, &folder, ORIGIN).await;
        trust(&residence, &origin).await;
        trust(&origin, &residence).await;
        let dwelling = residence.dwelling().await;

        let mut married = BTreeSet::new();
        let mut kills = 0;
        for round in 0.. {
            if kills >= KILLS { break; }
            let number = number_of(round);
            let at_home = origin.resident(round, &number, "home").await;
            married.insert(origin.marriage(round, &at_home).await);
            let resident = residence.resident(round, &number, "away").await;
            residence.move_in(round, &resident, &dwelling).await;
            // Both begin to sync, and in the middle of it…
            residence.begin_sync(&origin);
            origin.begin_sync(&residence);
            tokio::time::sleep(Duration::from_millis(chance.below(60))).await;
            let victims = match chance.below(8) { 0 => 3, n => 1 + n % 2 };
            if victims & 1 == 1 { residence.kill_and_restart(); kills += 1; }
            if victims & 2 == 2 { origin.kill_and_restart(); kills += 1; }
        }
        level(&residence, &origin).await;
        compare(residence.reopen().await, origin.reopen().await, &married).await;
    }
}

/// Both sides hold the same: every stay is known at home once, every marriage is known here once, whole.
async fn compare(residence: Running, origin: Running, married: &BTreeSet<String>) {
    let (here, there) = (residence.app(), origin.app());
    let told = column(here, "select id from residence_notices where undone = false").await;
    let known = column(there, "select id from residences_elsewhere where undone = false").await;
    assert_eq!(told.len(), married.len(), "one stay for each person");
    assert_eq!(told, known, "the same notices on both sides");
    let supplied = "select id from civil_records where superseded_at is null";
    let held = column(here, supplied).await;
    assert_eq!(&held.into_iter().collect::<BTreeSet<_>>(), married, "the same marriages on both sides");
    for app in [here, there] {
        assert!(column(app, "select id from cases").await.is_empty());
        app.seal_journal().await.unwrap();
        let mut work = app.system_work().await.unwrap();
        let verdict = anju::journal::verify(&mut work).await.unwrap();
        assert!(matches!(verdict, anju::journal::Verdict::Sound { unsealed: 0, .. }), "{verdict:?}");
    }
    residence.stop().await.unwrap();
    origin.stop().await.unwrap();
}

/// Syncs, as an operator does after a bad day, until nothing is owed either way, both digests agree, and another
/// sync brings nothing new: records follow notices.
async fn level(one: &Node, other: &Node) {
    let deadline = Instant::now() + PATIENCE;
    let mut before = (Value::Null, Value::Null);
    loop {
        one.sync(other).await;
        other.sync(one).await;
        let (here, there) = (one.peer(other).await, other.peer(one).await);
        let settled = |of: &Value, at: &Value| {
            of["backlog"] == 0 && of["sent"] == at["received"] && of["agreed_through"] == of["sent"] && of["sent"] != 0
        };
        let now = (here["sent"].clone(), there["sent"].clone());
        if settled(&here, &there) && settled(&there, &here) && now == before {
            return;
        }
        before = now;
        assert!(Instant::now() < deadline, "not level in time: {here} and {there}");
    }
}

/// A node as a process of its own.
struct Node {
    code: &'static str,
    committee: String,
    config: Config,
    settings: PathBuf,
    url: String,
    http: Client,
    token: String,
    process: Option<Child>,
    database: Option<String>,
}

impl Node {
    async fn set_up(db: &TestDb, folder: &TempDir, code: &'static str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let database = db.fresh_url().await;
        let data_dir = folder.path().join(code);
        let config = Config::check(Settings {
            data_dir: Some(data_dir.clone()),
            database_url: database.clone(),
            territory: Some(vec![code.to_owned()]),
            listen: Some(format!("127.0.0.1:{port}")),
            second_factor: Some("nobody".to_owned()),
            ..Settings::default()
        })
        .unwrap();
        let street = &anju::localities::divisions::children(&code.parse().unwrap())[0].code;
        let committee = anju::localities::divisions::children(street)[0].code.to_string();
        let running = serve::start(&config).await.unwrap();
        employ(running.app(), code).await;
        running.stop().await.unwrap();
        let mut node = Self {
            code,
            committee,
            settings: data_dir,
            url: format!("http://127.0.0.1:{port}"),
            http: Client::new(),
            token: String::new(),
            process: None,
            config,
            database,
        };
        node.start();
        let log_in = json!({ "login": "clerk", "password": PASSWORD });
        node.token = node.post("sessions", log_in).await["token"].as_str().unwrap().to_owned();
        node
    }

    /// The program, for this node.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_anju"));
        command.args(words).arg("--data-dir").arg(&self.settings);
        command.envs(self.database.iter().map(|url| ("ANJU_DATABASE_URL", url)));
        command
    }

    /// Starts the process and waits until it says that it listens.
    fn start(&mut self) {
        let mut process = self.command(&["serve"]).env("RUST_LOG", "error").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listening = lines.any(|line| line.unwrap().starts_with("listening on"));
        assert!(listening, "{} ended before it listened: {:?}", self.code, process.wait());
        self.process = Some(process);
    }

    fn kill_and_restart(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap(); // SIGKILL: no last words
        process.wait().unwrap();
        self.start();
    }

    /// Kills the process and opens what it left behind.
    async fn reopen(mut self) -> Running {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        serve::start(&self.config).await.unwrap()
    }

    /// Asks until it is answered: a process that was just killed leaves broken connections behind, and the key makes
    /// the repetition harmless.
    async fn request(&self, path: &str, key: Option<String>, body: Option<Value>) -> Value {
        for _ in 0..100 {
            let url = format!("{}/api/v1/{path}", self.url);
            let mut request = match &body {
                Some(body) => self.http.post(url).json(body),
                None => self.http.get(url),
            };
            if !self.token.is_empty() {
                request = request.bearer_auth(&self.token);
            }
            if let Some(key) = &key {
                request = request.header("Idempotency-Key", key);
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status();
                if let Ok(text) = answer.text().await {
                    assert!(status.is_success(), "{path} answered {status}: {text}");
                    return serde_json::from_str(&text).unwrap();
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} was never answered");
    }

    async fn post_once(&self, path: &str, key: String, body: Value) -> Value {
        self.request(path, Some(key), Some(body)).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.request(path, None, Some(body)).await
    }

    async fn dwelling(&self) -> String {
        let building =
            json!({ "committee": self.committee, "kind": "dormitory", "name": "一号宿舍", "address": "建设街1号" });
        let building = text(&self.post("buildings", building).await["id"]);
        let plan = json!({
            "plan": { "from_floor": 1, "to_floor": 1, "units": { "count": 1 }, "numbering": "floor-unit" },
            "dwelling_use": "bed-space", "capacity": 200,
        });
        text(&self.post(&format!("buildings/{building}/dwellings"), plan).await[0]["id"])
    }

    async fn resident(&self, round: usize, number: &str, place: &str) -> String {
        let new = json!({
            "committee": self.committee, "name": "钱一", "sex": "unknown", "origin": ORIGIN,
            "document": { "kind": "citizen-id", "number": number },
        });
        text(&self.post_once("residents", format!("{place}-{round}"), new).await["id"])
    }

    async fn marriage(&self, round: usize, resident: &str) -> String {
        let new = json!({
            "marriage": {
                "spouses": [{ "resident": resident }, { "person": { "name": "孙二" } }], "married_on": "1899-05-20",
            },
            "standing": "stands", "source": "register", "reason": reason("marriage-check"),
        });
        text(&self.post_once("marriages", format!("marriage-{round}"), new).await["id"])
    }

    async fn move_in(&self, round: usize, resident: &str, dwelling: &str) {
        let new =
            json!({ "resident_id": resident, "dwelling_id": dwelling, "on": "2026-11-01", "said_by": "committee" });
        self.post_once("tenancies", format!("move-{round}"), new).await;
    }

    /// Asks for a sync and does not wait for its end.
    fn begin_sync(&self, other: &Node) {
        let request = self.http.post(format!("{}/api/v1/peers/{}/sync", self.url, other.code)).bearer_auth(&self.token);
        tokio::spawn(request.json(&json!({})).send());
    }

    async fn sync(&self, other: &Node) {
        self.post(&format!("peers/{}/sync", other.code), json!({})).await;
    }

    async fn peer(&self, other: &Node) -> Value {
        self.request(&format!("peers/{}", other.code), None, None).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

async fn employ(app: &App, code: &str) {
    let login: users::Login = "clerk".parse().unwrap();
    let new = NewUser {
        login: login.clone(),
        name: "经办人".parse().unwrap(),
        role: Role::Clerk,
        scope: code.parse().unwrap(),
        landlord_id: None,
        resident_id: None,
    };
    let hash = passwords::hash(PASSWORD, "clerk", &KnownWords::default()).unwrap();
    let mut work = app.system_work().await.unwrap();
    let invitation = users::invite(&mut work, new).await.unwrap();
    users::activate(&mut work, &login, &invitation.code, &hash).await.unwrap();
    work.commit().await.unwrap();
}

/// Adds a peer at the command line, beside the running node, as an administrator may.
async fn trust(one: &Node, other: &Node) {
    let run = |node: &Node, words: &[&str]| {
        let done = node.command(words).output().unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let card = reqwest::get(format!("{}/exchange/v1/card", other.url)).await.unwrap().text().await.unwrap();
    let now = anju::clock::Clock::System.now();
    let fingerprint = anju::exchange::directory::card_fingerprint(&card, now).unwrap();
    let file = one.settings.join(format!("{}.card", other.code));
    std::fs::write(&file, card).unwrap();
    run(one, &["peer", "add", file.to_str().unwrap(), "--fingerprint", &fingerprint]);
    run(one, &["peer", "plan", other.code, "--mode", "pull", "--schedule", SCHEDULE, "--state", "active"]);
}

async fn column(app: &App, sql: &'static str) -> BTreeSet<String> {
    use anju::db::Db;
    let ids: Vec<uuid::Uuid> = match app.db() {
        Db::Sqlite { writer, .. } => sqlx::query_scalar(sql).fetch_all(writer).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    };
    let found = ids.len();
    let set: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(set.len(), found, "nothing twice: {sql}");
    set
}

/// A well-formed number of somebody born in 1850, who is not alive.
fn number_of(round: usize) -> String {
    let body = format!("{ORIGIN}18500101{:03}", round + 1);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    format!("{body}{}", "10X98765432".chars().nth((sum % 11) as usize).unwrap())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text in {value}")).to_owned()
}

/// SplitMix64: enough chance for picking moments, and repeatable.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}
