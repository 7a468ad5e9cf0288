//! The program itself, as an administrator runs it at a terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use anju::cli::serve;
use anju::config::{Config, Settings};
use anju::db::Db;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use crate::harness::both_databases;

const PROGRAM: &str = env!("CARGO_BIN_EXE_anju");

const COMMANDS: &[&str] = &[
    "demo",
    "init",
    "serve",
    "purposes",
    "user",
    "user invite",
    "user list",
    "user activate",
    "user disable",
    "user invite-again",
    "user reset-second-factor",
    "user sign-out",
    "vault",
    "vault rotate",
    "vault rewrap",
    "peer",
    "peer card",
    "peer add",
    "peer list",
    "peer plan",
    "peer sign-directory",
    "peer import-directory",
    "exchange",
    "exchange sync",
    "exchange status",
    "exchange keys",
    "exchange specs",
    "journal",
    "journal verify",
    "journal affected",
    "backup",
    "restore",
    "retention",
    "retention run",
    "retention policies",
    "journal checkpoint",
    "journal keys",
    "journal prove",
    "journal verify-extract",
    "journal verifier",
    "divisions",
    "divisions search",
    "divisions show",
    "divisions children",
    "divisions pack",
    "calendar",
    "calendar due",
];

/// A folder for nodes, and the program in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a node of the county 130102 in the folder `node`.
    fn with_node() -> Self {
        let place = Self::new();
        place.ok("init --data-dir node --territory 130102");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program with these words; those that hold blanks are added by the caller.
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words.split_whitespace()).current_dir(self.0.path()).env_clear();
        command
    }

    fn run(&self, words: &str) -> Output {
        self.command(words).stdin(Stdio::null()).output().unwrap()
    }

    /// What it prints when it succeeds.
    fn ok(&self, words: &str) -> String {
        succeeded(self.run(words))
    }

    /// What it says when it fails.
    fn refused(&self, words: &str, status: i32) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(status), "{words}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn serve(&self, words: &str) -> Served {
        let mut command = self.command(&format!("serve --listen 127.0.0.1:0 {words}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        match line.trim().strip_prefix("listening on ") {
            Some(url) => Served { url: url.to_owned(), out, child },
            None => panic!("{line}{:?}", child.wait_with_output()),
        }
    }
}

fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A node that serves until the test ends.
struct Served {
    url: String,
    out: BufReader<ChildStdout>,
    child: Child,
}

impl Served {
    /// The word behind a label in what is printed next.
    fn printed(&mut self, label: &str) -> String {
        let found = (&mut self.out).lines().map(|line| line.unwrap()).find(|line| line.contains(label)).unwrap();
        found.split_whitespace().last().unwrap().to_owned()
    }

    fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as a service manager does; answers its status and what it logged.
    fn stop(mut self) -> (Option<i32>, String) {
        self.terminate();
        let status = self.child.wait().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (status.code(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn http() -> reqwest::ClientBuilder {
    // The second test of a process finds the provider installed: that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

async fn get(url: &str) -> (u16, String) {
    let answer = http().build().unwrap().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn post(url: &str, body: Value) -> (u16, Value) {
    let answer = http().build().unwrap().post(url).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[test]
fn every_command_explains_itself() {
    let place = Place::new();
    for words in COMMANDS {
        let help = place.ok(&format!("{words} --help"));
        assert!(help.contains(&format!("Usage: anju {words}")), "{help}");
        assert!(place.ok(&format!("help {words}")).contains("Usage"));
    }
    assert!(place.ok("--version").starts_with("anju 0."));
    place.refused("", 2);
    assert!(place.refused("serve --territroy 130102", 2).contains("--territroy"));
}

#[test]
fn every_command_stands_in_the_help_and_is_tested_here() {
    let place = Place::new();
    let listed = |words: &str| {
        let help = place.ok(&format!("{words} -h"));
        let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // A long explanation goes on in further lines, indented more.
        let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()));
        names.filter(|name| *name != "help").map(|name| format!("{words} {name}").trim().to_owned()).collect::<Vec<_>>()
    };
    let rooms = listed("");
    let groups = rooms.iter().filter(|room| COMMANDS.iter().any(|command| command.starts_with(&format!("{room} "))));
    let below: Vec<String> = groups.flat_map(|room| listed(room)).collect();
    let mut all: Vec<&str> = rooms.iter().chain(&below).map(String::as_str).collect();
    let mut tested = COMMANDS.to_vec();
    all.sort_unstable();
    tested.sort_unstable();
    assert_eq!(all, tested);
}

#[tokio::test]
async fn a_node_is_set_up_served_given_its_first_administrator_and_stopped() {
    let place = Place::new();
    let told = place.ok("init --data-dir node --territory 130102");
    assert!(told.contains("河北省石家庄市长安区") && told.contains("anju serve"), "{told}");
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("node"), mode("node/node.key")), (0o700, 0o600));

    let mut node = place.serve("--data-dir node");
    assert_eq!(get(&format!("{}/healthz", node.url)).await.0, 200);
    assert_eq!(get(&format!("{}/readyz", node.url)).await, (200, r#"{"status":"ready"}"#.to_owned()));
    let code = node.printed("activation code");
    let (api, password) = (format!("{}/api/v1", node.url), "four dry umbrellas");
    let activation = json!({ "login": "admin", "code": code, "password": password });
    assert_eq!(post(&format!("{api}/activations"), activation).await.0, 204);
    let (status, session) = post(&format!("{api}/sessions"), json!({ "login": "admin", "password": password })).await;
    assert_eq!((status, session["user"]["role"].as_str()), (201, Some("security-administrator")));
    let (status, log) = node.stop();
    assert_eq!(status, Some(0), "{log}");
    assert!(log.contains("serving") && !log.contains(&code) && !log.contains(password), "{log}");

    let mut again = place.serve("--data-dir node");
    again.terminate();
    let mut rest = String::new();
    again.out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "the code is shown once");
}

#[test]
fn a_backup_is_put_back_and_whoever_it_brings_back_is_told_of() {
    let place = Place::with_node();
    assert!(place.ok("backup copy.db --data-dir node").contains("node.key"));
    assert!(place.refused("backup copy.db --data-dir node", 1).contains("exists already"));
    place.ok("user invite wang.fang 王芳 --role clerk --scope 130102 --data-dir node");
    let told = place.ok("restore copy.db --data-dir node");
    assert!(told.contains("0 stand in forgotten.log") && told.contains("journal verify"), "{told}");
    assert!(!place.ok("user list --data-dir node").contains("wang.fang"));
    let kept = std::fs::read_dir(place.path("node")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(kept.filter(|name| name.to_string_lossy().starts_with("anju.db.before-")).count(), 1);
    std::fs::write(place.path("text"), "no database").unwrap();
    assert!(place.refused("restore text --data-dir node", 1).contains("is no backup"));
    assert!(place.ok("retention run --data-dir node").contains("persons 0"));
    assert!(place.ok("retention policies --data-dir node").contains("departed"));
}

#[test]
fn whom_a_breach_reached_is_listed_and_its_notices_drafted() {
    let place = Place::with_node();
    place.ok("user invite wang.fang 王芳 --role clerk --scope 130102 --data-dir node");
    let ask = "journal affected --account wang.fang --from 2026-11-01 --until 2026-11-23 --data-dir node";
    assert!(place.ok(ask).trim_end().ends_with("0 persons"));
    assert_eq!(place.ok(&format!("{ask} --format json")).trim(), "[]");
    assert_eq!(
        place.ok(&format!("{ask} --format csv --drafts notices")).trim(),
        "file,committee,ways,fields,first,last"
    );
    assert!(std::fs::read_to_string(place.path("notices/authority.txt")).unwrap().contains("account wang.fang"));
    assert!(place.refused(&format!("{ask} --drafts notices"), 1).contains("does not exist yet"));
    place.refused("journal affected --from 2026-11-01 --until 2026-11-23 --data-dir node", 2);
    place.refused(&ask.replace("wang.fang", "nobody"), 1);
}

#[test]
fn a_backup_is_not_put_under_a_node_that_runs() {
    let place = Place::with_node();
    place.ok("backup copy.db --data-dir node");
    let node = place.serve("--data-dir node");
    assert!(place.refused("restore copy.db --data-dir node", 1).contains("in use"));
    place.ok("backup while-it-runs.db --data-dir node");
    assert_eq!(node.stop().0, Some(0));
}

#[test]
fn retention_policies_that_are_none_are_named() {
    let place = Place::with_node();
    std::fs::write(place.path("node/retention.toml"), "schedule = \"0 0 2 * * *\"\npolicy = []\n").unwrap();
    let said = place.refused("retention policies --data-dir node --retention node/retention.toml", 1);
    assert!(said.contains("`departed` is missing"), "{said}");
}

both_databases! {
    async fn a_node_lives_in_either_database_and_is_found_there_again(db: TestDb) {
        let place = Place::new();
        let url = db.fresh_url().await.map(|url| format!("--database-url {url}")).unwrap_or_default();
        place.ok(&format!("init --data-dir node --territory 1301 {url}"));
        assert_eq!(place.path("node/anju.db").exists(), url.is_empty());
        let mut node = place.serve(&format!("--data-dir node {url}"));
        assert_eq!(get(&format!("{}/readyz", node.url)).await.0, 200);
        node.printed("activation code");
        assert_eq!(node.stop().0, Some(0));
        assert!(place.ok(&format!("user list --data-dir node {url}")).contains("admin  security-administrator  1301"));
        assert!(place.ok(&format!("journal verify --data-dir node {url}")).contains("130102  sound"));
    }

    async fn a_database_of_another_key_is_not_opened_and_no_key_is_left_behind(db: TestDb) {
        let place = Place::new();
        let Some(url) = db.fresh_url().await else { return another_key_for_sqlite(&place) };
        place.ok(&format!("init --data-dir node --territory 130102 --database-url {url}"));
        let said = place.refused(&format!("serve --data-dir new --listen 127.0.0.1:0 --territory 130102 --database-url {url}"), 1);
        assert!(said.contains("restore that key"), "{said}");
        assert!(!place.path("new/node.key").exists());
        let mut with_key = place.command("user list --data-dir new --territory 130102");
        with_key.env("ANJU_NODE_KEY", std::fs::read_to_string(place.path("node/node.key")).unwrap());
        succeeded(with_key.env("ANJU_DATABASE_URL", &url).output().unwrap());
        assert!(!place.path("new/anju.toml").exists());
    }
}

fn another_key_for_sqlite(place: &Place) {
    place.ok("init --data-dir node --territory 130102");
    place.ok("init --data-dir other --territory 130104");
    std::fs::copy(place.path("other/node.key"), place.path("node/node.key")).unwrap();
    assert!(place.refused("journal verify --data-dir node", 1).contains("restore that key"));
}

#[tokio::test]
async fn a_node_runs_in_process_for_whoever_embeds_it() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        data_dir: Some(folder.path().to_owned()),
        territory: Some(vec!["130102".to_owned()]),
        listen: Some("127.0.0.1:0".to_owned()),
        ..Settings::default()
    };
    let config = Config::check(settings).unwrap();
    for _ in 0..2 {
        let running = serve::start(&config).await.unwrap();
        assert_eq!(running.base_url().to_string(), format!("http://{}", running.address()));
        assert_eq!(get(&format!("{}/readyz", running.base_url())).await.0, 200);
        assert!(running.app().db().ping().await.is_ok());
        running.stop().await.unwrap();
    }
}

#[test]
fn a_settings_file_written_before_is_used_and_kept() {
    let place = Place::new();
    std::fs::create_dir(place.path("node")).unwrap();
    let written = "territory = [\"130102\"]\nname = \"the office\"\n";
    std::fs::write(place.path("node/anju.toml"), written).unwrap();
    assert!(place.ok("init --data-dir node").contains("The node of the office (130102)"));
    assert_eq!(std::fs::read_to_string(place.path("node/anju.toml")).unwrap(), written);
}

#[test]
fn a_node_is_never_overwritten() {
    let place = Place::with_node();
    let key = std::fs::read_to_string(place.path("node/node.key")).unwrap();
    let said = place.refused("init --data-dir node --territory 130104", 1);
    assert!(said.starts_with("anju: there is a node in node already; nothing was changed\nStart it"), "{said}");
    assert_eq!(std::fs::read_to_string(place.path("node/node.key")).unwrap(), key);
}

#[test]
fn a_node_without_its_key_does_not_start_and_gets_no_other() {
    let place = Place::with_node();
    std::fs::remove_file(place.path("node/node.key")).unwrap();
    let said = place.refused("serve --data-dir node --listen 127.0.0.1:0", 1);
    assert!(said.contains("node.key") && said.contains("backup"), "{said}");
    assert!(!place.path("node/node.key").exists());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let place = Place::new();
    for (given, named) in [
        ("--territory 139999", "territory 139999"),
        ("--territory 13x", "territory 13x"),
        ("", "anju init --territory CODE"),
        ("--territory 130102 --listen 0.0.0.0:0", "--base-url"),
        ("--territory 130102 --base-url http://a.example", "base_url"),
        ("--territory 130102 --tls-cert cert.pem", "--tls-key"),
    ] {
        let said = place.refused(&format!("init --data-dir none {given}"), 1);
        assert!(said.starts_with("anju: ") && said.contains(named), "{given}: {said}");
    }
    assert!(!place.path("none").exists());
}

#[test]
fn an_unknown_key_of_the_file_is_named() {
    let place = Place::with_node();
    let file = place.path("node/anju.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\nlissten = \"127.0.0.1:1\"\n")).unwrap();
    let said = place.refused("journal verify --data-dir node", 1);
    assert!(said.contains("node/anju.toml") && said.contains("lissten"), "{said}");
}

#[test]
fn a_flag_goes_before_the_environment_and_both_before_the_file() {
    let place = Place::with_node();
    let name = |flag: &str, variable: Option<&str>| {
        let mut command = place.command(&format!("peer card --data-dir node {flag}"));
        command.envs(variable.map(|value| ("ANJU_NAME", value)));
        let card = succeeded(command.output().unwrap());
        let payload = card.split('.').nth(1).unwrap();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let card: Value = serde_json::from_slice(&base64::Engine::decode(&engine, payload).unwrap()).unwrap();
        card["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name("", None), "河北省石家庄市长安区");
    assert_eq!(name("", Some("environment")), "environment");
    assert_eq!(name("--name flag", Some("environment")), "flag");
}

#[test]
fn a_locality_works_by_its_own_list_of_purposes_and_is_told_where_it_is_broken() {
    let place = Place::with_node();
    let shipped = include_str!("../../src/access/purposes.toml");
    let own = shipped.replace("childcare-subsidy", "school-enrolment");
    std::fs::write(place.path("own.toml"), &own).unwrap();
    assert!(place.ok("purposes --data-dir node").contains("childcare-subsidy"));
    assert!(place.ok("purposes own.toml").contains("school-enrolment"));
    let settings = place.path("node/anju.toml");
    let written = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{written}\npurposes = \"../own.toml\"\n")).unwrap();
    let shown = place.ok("purposes --data-dir node");
    assert!(shown.contains("school-enrolment") && !shown.contains("childcare-subsidy"), "{shown}");
    assert_eq!(place.serve("--data-dir node").stop().0, Some(0), "it starts on its own list");

    for (broken, told) in [
        (own.replace("\"take-over\"", "\"ethnic-group\""), "unknown variant `ethnic-group`"),
        (own.replace("code = \"person-request\"", "code = \"other\""), "the node itself needs `person-request`"),
    ] {
        std::fs::write(place.path("own.toml"), broken).unwrap();
        for command in ["purposes own.toml", "serve --data-dir node --listen 127.0.0.1:0", "user list --data-dir node"]
        {
            let said = place.refused(command, 1);
            assert!(said.contains("own.toml is not understood") && said.contains(told), "{command}: {said}");
        }
    }
}

#[tokio::test]
async fn a_journal_is_verified_and_what_was_altered_is_found() {
    let place = Place::with_node();
    assert_eq!(place.serve("--data-dir node").stop().0, Some(0));
    let sound = place.ok("journal verify --data-dir node");
    assert!(sound.contains("130102") && sound.contains("sound"), "{sound}");

    let Db::Sqlite { writer, readers } = Db::open_sqlite(&place.path("node/anju.db")).await.unwrap() else { panic!() };
    let statement = "update journal set entry = replace(entry, 'security-administrator', 'auditor')";
    assert!(sqlx::query(AssertSqlSafe(statement)).execute(&writer).await.unwrap().rows_affected() > 0);
    readers.close().await;
    writer.close().await;
    let said = place.refused("journal verify --data-dir node", 1);
    assert!(said.contains("position 1: rewritten"), "{said}");
}

#[tokio::test]
async fn a_node_key_is_renewed_at_the_terminal_and_the_node_goes_on() {
    let place = Place::with_node();
    let before = std::fs::read_to_string(place.path("node/node.key")).unwrap();
    let said = place.ok("vault rotate --data-dir node");
    let after = std::fs::read_to_string(place.path("node/node.key")).unwrap();
    let keys = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (before, after) = (keys(&before), keys(&after));
    assert_eq!(after["keys"].as_object().unwrap().len(), 2);
    assert_eq!(
        (&after["index"], &after["keys"][before["active"].as_str().unwrap()]),
        (&before["index"], &before["keys"][before["active"].as_str().unwrap()])
    );
    assert!(said.contains(after["active"].as_str().unwrap()) && before["active"] != after["active"], "{said}");
    let mode = std::fs::metadata(place.path("node/node.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode, place.path("node/node.key.new").exists()), (0o600, false));
    assert!(place.ok("vault rewrap --data-dir node").contains("0 data keys"));
    let node = place.serve("--data-dir node");
    assert_eq!(get(&format!("{}/readyz", node.url)).await.0, 200);
}

#[tokio::test]
async fn an_account_is_made_used_and_ended_at_the_terminal() {
    let place = Place::with_node();
    let invited = place.ok("user invite wang.fang 王芳 --role clerk --scope 130102007029 --data-dir node");
    let code = invited.split_whitespace().last().unwrap();
    let typed = |words: &str, typed: &str| {
        let mut command = place.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let activate = format!("user activate wang.fang {code} --data-dir node --password-stdin");
    assert_eq!(typed(&activate, "short\n").status.code(), Some(1));
    succeeded(typed(&activate, "four dry umbrellas\n"));
    let said = String::from_utf8(typed(&activate, "four dry umbrellas\n").stderr).unwrap();
    assert!(said.contains("used already"), "{said}");
    assert!(place.refused("user activate wang.fang AAAA --data-dir node", 1).contains("--password-stdin"));
    assert!(place.ok("user list --data-dir node").contains("clerk  130102007029"));

    let node = place.serve("--data-dir node");
    let log_in = json!({ "login": "wang.fang", "password": "four dry umbrellas" });
    let sessions = format!("{}/api/v1/sessions", node.url);
    assert_eq!(post(&sessions, log_in.clone()).await.0, 201);
    for everybody in ["wang.fang", "--all"] {
        let (status, session) = post(&sessions, log_in.clone()).await;
        assert_eq!((status, &session["must_set_up_second_factor"]), (201, &json!(true)));
        place.ok(&format!("user sign-out {everybody} --data-dir node"));
        let ask = http().build().unwrap().get(format!("{}/api/v1/me", node.url));
        let asked = ask.bearer_auth(session["token"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(asked.status().as_u16(), 401);
    }
    place.refused("user sign-out --data-dir node", 2);
    place.ok("user reset-second-factor wang.fang --data-dir node");
    assert_eq!(post(&sessions, log_in.clone()).await.1["notices"][0]["kind"], "second-factor-reset");
    place.ok("user disable wang.fang --data-dir node");
    assert_eq!(post(&sessions, log_in).await.0, 401);
    assert!(place.refused("user invite-again wang.fang --data-dir node", 1).contains("no such account"));
    let said = place.refused("user invite li.hua 李华 --role clerk --scope 110101 --data-dir node", 1);
    assert!(said.contains("scope: Outside the area"), "{said}");
    assert!(place.refused("user invite li 李华 --role clerk --data-dir node", 2).contains("3 to 40 letters"));
}

#[tokio::test]
async fn a_directory_brings_the_nodes_its_keeper_lists_and_no_forged_one_does() {
    let place = Place::with_node();
    place.ok("init --data-dir other --territory 411421");
    place.ok("init --data-dir third --territory 340621");
    let shown = place.run("peer card --data-dir other");
    std::fs::write(place.path("other.card"), &shown.stdout).unwrap();
    let shown = String::from_utf8(shown.stderr).unwrap();
    let fingerprint = shown.lines().find_map(|line| line.strip_prefix("Fingerprint: ")).unwrap().replace(' ', "-");
    place.ok(&format!("peer add other.card --data-dir node --fingerprint {fingerprint}"));
    std::fs::write(place.path("directory.jws"), place.ok("peer sign-directory --key-out keeper.json --data-dir node"))
        .unwrap();
    std::fs::write(place.path("forged.jws"), place.ok("peer sign-directory --key-out forger.json --data-dir other"))
        .unwrap();

    place.refused("peer import-directory forged.jws --key keeper.json --data-dir third", 1);
    assert!(!place.ok("peer list --data-dir third").contains("411421"));
    let imported = place.ok("peer import-directory directory.jws --key keeper.json --data-dir third");
    assert!(imported.starts_with("2 added or renewed"), "{imported}");
    let again = place.ok("peer import-directory directory.jws --key keeper.json --data-dir third");
    assert!(again.starts_with("0 added or renewed"), "{again}");
}

#[tokio::test]
async fn two_nodes_are_made_peers_and_synced_at_the_terminal() {
    let place = Place::with_node();
    let other = place.serve("--data-dir other --territory 411421");
    let card = place.path("other.card");
    std::fs::write(&card, get(&format!("{}/exchange/v1/card", other.url)).await.1).unwrap();
    let fingerprint = |folder: &str| {
        let shown = String::from_utf8(place.run(&format!("peer card --data-dir {folder}")).stderr).unwrap();
        shown.lines().find_map(|line| line.strip_prefix("Fingerprint: ")).unwrap().replace(' ', "-")
    };
    let add = |card: &Path, folder: &str, from: &str| {
        format!("peer add {} --data-dir {folder} --fingerprint {from}", card.display())
    };
    let wrong = place.refused(&add(&card, "node", &fingerprint("node")), 1);
    assert!(wrong.contains("fingerprint"), "{wrong}");
    place.ok(&add(&card, "node", &fingerprint("other")));
    let not_added = place.refused("exchange sync --data-dir node", 1);
    assert!(not_added.contains("did they add our card?"), "{not_added}");

    let ours = place.path("node.card");
    std::fs::write(&ours, place.ok("peer card --data-dir node")).unwrap();
    place.ok(&add(&ours, "other", &fingerprint("node")));
    let synced = place.ok("exchange sync 411421 --data-dir node");
    assert!(synced.starts_with("411421: done; 0 sent"), "{synced}");
    let status = place.ok("exchange status --data-dir node");
    assert!(status.contains("0 of 0") && !status.contains("in a row"), "{status}");
    place.ok("peer plan 411421 --mode push --state suspended --data-dir node");
    assert!(place.ok("peer list --data-dir node").contains("suspended  push"));
    assert!(place.ok("exchange status --data-dir node").contains("suspended"));
    place.ok("peer plan 411421 --state active --data-dir node");
    place.ok("peer plan 411421 --mode pull --data-dir node");
    drop(other);
    let gone = place.refused("exchange sync 411421 --data-dir node", 1);
    assert!(gone.contains("cannot be reached"), "{gone}");
    assert!(place.ok("exchange status --data-dir node").contains("1 in a row: its address cannot be reached"));
    assert!(place.ok("exchange keys --data-dir node").contains("sig"));
}

#[test]
fn a_request_that_has_begun_is_answered_before_the_node_stops() {
    let place = Place::with_node();
    let mut node = place.serve("--data-dir node");
    let address = node.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let body = r#"{"login": "nobody", "password": "four dry umbrellas"}"#;
    write!(
        stream,
        "POST /api/v1/sessions HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    let mut answer = BufReader::new(stream.try_clone().unwrap()).lines();
    // The node asks for the body: it is at work on this request.
    assert_eq!(answer.next().unwrap().unwrap(), "HTTP/1.1 100 Continue");
    node.terminate();
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(answer.nth(1).unwrap().unwrap(), "HTTP/1.1 401 Unauthorized");
    drop((stream, answer));
    assert!(node.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_node_with_a_certificate_speaks_tls() {
    let place = Place::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(place.path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(place.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let node = place.serve("--data-dir node --territory 130102 --tls-cert cert.pem --tls-key key.pem");
    let port = node.url.strip_prefix("https://127.0.0.1:").unwrap();
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    for version in [reqwest::tls::Version::TLS_1_2, reqwest::tls::Version::TLS_1_3] {
        let client = http().tls_certs_only([root.clone()]).tls_version_min(version).tls_version_max(version);
        let answer = client.build().unwrap().get(format!("https://localhost:{port}/readyz")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    drop(node);
    std::fs::write(place.path("cert.pem"), "none").unwrap();
    assert!(place.refused("serve --data-dir node --listen 127.0.0.1:0", 1).contains("tls_cert"));
}

#[test]
fn a_port_that_is_taken_is_said_before_anything_is_set_up() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let said = place.refused(&format!("serve --data-dir node --territory 130102 --listen {address}"), 1);
    assert!(said.contains(&address.to_string()) && said.contains("--listen"), "{said}");
    assert!(!place.path("node").exists());
}

#[test]
fn divisions_are_found_and_terms_are_counted() {
    let place = Place::new();
    assert!(place.ok("divisions search changan").contains("130102  county  河北省石家庄市长安区"));
    assert!(place.ok("divisions search 谈固 --within 130102").contains("130102007029"));
    assert!(place.refused("divisions search xyzxyz", 1).contains("--within"));
    assert_eq!(place.ok("divisions show 130102").lines().count(), 4);
    assert_eq!(place.ok("divisions children").lines().count(), 32);
    assert!(place.refused("divisions children 99", 1).contains("no such division"));
    assert_eq!(place.ok("calendar due 2026-02-10 15"), "2026-03-09\n");
    assert!(place.ok("calendar due 2031-02-10 15").contains("may change"));
}

#[test]
fn the_specification_is_written() {
    let place = Place::new();
    place.ok("exchange specs specs");
    assert!(place.path("specs/openapi.json").exists() && place.path("specs/vectors/foreign.jwe").exists());
}
