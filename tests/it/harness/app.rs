//! A node with a clock that stands still.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use anju::access::passwords::{self, KnownWords};
use anju::access::second_factors::Factors;
use anju::access::users::{self, Login, NewUser};
use anju::access::{Measures, Role, SecondFactorRule, sessions};
use anju::app::App;
use anju::chance::Chance;
use anju::clock::Clock;
use anju::db::Db;
use anju::exchange::messages::Office;
use anju::exchange::station::Presence;
use anju::localities::Territory;
use anju::retention::ledger::Ledger;
use anju::values::{DivisionCode, LocalityCode};
use anju::vault::{Keyring, Vault};
use anju::web::server::{self, Server};
use anju::work::Node;
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::databases::Fresh;
use super::{Person, TestDb};

/// The password of everybody who comes from [`TestApp::person`]; hashed once for all tests.
pub const ALREADY_HASHED_PASSWORD: &str = "four dry umbrellas";

/// A node under test.
pub struct TestApp {
    app: App,
    router: Router,
    division: DivisionCode,
    people: AtomicU32,
    keys: Arc<Keys>,
    database: Fresh,
}

/// What lies beside the database in a node's folder, and survives it.
struct Keys {
    keyring: String,
    folder: TempDir,
    url: String,
    second_factor: SecondFactorRule,
    measures: Measures,
}

impl TestApp {
    /// The node of 长安区, Shijiazhuang (130102), on the morning of Monday 23 November 2026.
    pub async fn new(db: &TestDb) -> Self {
        Self::at(db, "130102").await
    }

    /// The node of a county, or of a city with several, for stories between nodes.
    pub async fn at(db: &TestDb, division: &str) -> Self {
        let start = "2026-11-23T02:00:00Z".parse::<DateTime<Utc>>().unwrap();
        Self::with_clock(db, division, Clock::manual(start)).await
    }

    /// The same, sharing its clock with another node: give both a clone.
    pub async fn with_clock(db: &TestDb, division: &str, clock: Clock) -> Self {
        Self::build(db, division, clock, "http://127.0.0.1:9").await
    }

    /// The node of 长安区 with the shipped measures, a few of them replaced: `("soft = 120", "soft = 2")`.
    pub async fn watched(db: &TestDb, replaced: &[(&str, &str)]) -> Self {
        let shipped = include_str!("../../../src/access/measures.toml").to_owned();
        let measures = replaced.iter().fold(shipped, |text, (from, to)| {
            assert!(text.contains(from), "the measures have no `{from}`");
            text.replace(from, to)
        });
        let start = "2026-11-23T02:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let rules = (SecondFactorRule::Nobody, Measures::parse(&measures).unwrap());
        Self::build_with(db, "130102", Clock::manual(start), "http://127.0.0.1:9", rules).await
    }

    /// From now on the lot falls on every look, or on none.
    pub fn draw_every_look(&self, every: bool) {
        self.app.node().chance.set(if every { 0 } else { 999 });
    }

    /// A node that other nodes reach over HTTP, on a port of its own, until the test ends.
    pub async fn online(db: &TestDb, division: &str, clock: Clock) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let node = Self::build(db, division, clock, &url).await;
        let router = node.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        node
    }

    /// A node as it is at work, where the rule says who must have a second factor.
    pub async fn strict(db: &TestDb, rule: SecondFactorRule) -> Self {
        let start = "2026-11-23T02:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let shipped = Measures::built_in().unwrap();
        Self::build_with(db, "130102", Clock::manual(start), "http://127.0.0.1:9", (rule, shipped)).await
    }

    async fn build(db: &TestDb, division: &str, clock: Clock, url: &str) -> Self {
        let rules = (SecondFactorRule::Nobody, Measures::built_in().unwrap());
        Self::build_with(db, division, clock, url, rules).await
    }

    async fn build_with(
        db: &TestDb,
        division: &str,
        clock: Clock,
        url: &str,
        (second_factor, measures): (SecondFactorRule, Measures),
    ) -> Self {
        let keyring = Keyring::generate("test").unwrap().to_text().unwrap().to_string();
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys { keyring, folder, url: url.to_owned(), second_factor, measures };
        Self::assemble(db.fresh().await, division.parse().unwrap(), clock, Arc::new(keys)).await
    }

    /// The same node, started again after its key was rotated.
    pub async fn restarted_with_another_key(self) -> Self {
        let clock = self.app.node().clock.clone();
        let mut keys = Arc::into_inner(self.keys).unwrap();
        keys.keyring = Keyring::parse(&keys.keyring).unwrap().rotated("test").unwrap().to_text().unwrap().to_string();
        Self::assemble(self.database, self.division, clock, Arc::new(keys)).await
    }

    async fn assemble(database: Fresh, division: DivisionCode, clock: Clock, keys: Arc<Keys>) -> Self {
        // The second test of a process finds the provider installed: that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut node = Node::new(
            division.as_str().parse().unwrap(),
            format!("node {division}").parse().unwrap(),
            Territory::new([division.clone()]).unwrap(),
            Vault::new(Keyring::parse(&keys.keyring).unwrap()),
            clock,
        )
        .unwrap();
        node.sign_in.second_factor = keys.second_factor;
        node.forgotten = Ledger::new(vec![keys.folder.path().join("forgotten.log")]);
        node.checkpoints = Some(keys.folder.path().join("checkpoints"));
        node.measures = keys.measures.clone();
        // The lot falls on nobody until a test says so.
        node.chance = Chance::fixed(999);
        let presence = Presence {
            code: division.as_str().parse().unwrap(),
            base_url: keys.url.parse().unwrap(),
            office: Office { name: "exchange desk".parse().unwrap(), phone: "0311-8600 0000".parse().unwrap() },
        };
        let app = App::open(database.db.clone(), node, presence).await.unwrap();
        let router = anju::web::router(app.clone());
        Self { app, router, division, people: AtomicU32::new(0), keys, database }
    }

    /// The database as it is now, in a file, as an operator makes a backup.
    pub async fn backup(&self) -> PathBuf {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let file = self.keys.folder.path().join(format!("backup-{number}"));
        self.database.dump(&file).await;
        file
    }

    /// The node started anew on a backup, with the key and the ledger that lie in its folder; the checkpoints are set aside.
    pub async fn restored(&self, db: &TestDb, backup: &Path) -> Self {
        let (clock, keys) = (self.app.node().clock.clone(), self.keys.clone());
        // As the command for it does: the journal is shorter now, and is meant to be.
        let _ = std::fs::remove_dir_all(self.checkpoints());
        let restored = Self::assemble(db.restore(backup).await, self.division.clone(), clock, keys).await;
        // Whoever is invited next has another log-in name than those in the backup.
        restored.people.store(1000, Ordering::Relaxed);
        restored
    }

    /// The folder that keeps the last checkpoints outside the database.
    pub fn checkpoints(&self) -> PathBuf {
        self.folder().join("checkpoints")
    }

    /// The folder beside the database.
    pub fn folder(&self) -> &Path {
        self.keys.folder.path()
    }

    /// The node itself, for what has no door.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The county, or the first of several.
    pub fn locality(&self) -> &LocalityCode {
        &self.app.node().seat
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.node().clock.now()
    }

    /// Lets time pass.
    pub fn advance(&self, by: TimeDelta) {
        self.app.node().clock.advance(by);
    }

    /// Runs a statement past all rules, as somebody with the database in their hands could.
    pub async fn tamper(&self, statement: &str) -> u64 {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.app.db() {
            Db::Sqlite { writer, .. } => sqlx::query(statement).execute(writer).await.unwrap().rows_affected(),
            Db::Postgres(pool) => sqlx::query(statement).execute(pool).await.unwrap().rows_affected(),
        }
    }

    /// One column of a query past all rules, as somebody with the database in their hands could read it.
    pub async fn raw<T>(&self, statement: &str) -> Vec<T>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + Unpin,
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.app.db() {
            Db::Sqlite { writer, .. } => sqlx::query_scalar(statement).fetch_all(writer).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_scalar(statement).fetch_all(pool).await.unwrap(),
        }
    }

    /// The node on a port of its own, served as the program serves it, until the server is stopped.
    pub fn served(&self) -> (SocketAddr, Server) {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (address, server::start(listener, self.router.clone(), None).unwrap())
    }

    /// Nobody in particular.
    pub fn anon(&self) -> Person {
        Person::stranger(self.router.clone())
    }

    /// A security administrator of the whole node: accounts, scopes, tokens.
    pub async fn as_admin(&self) -> Person {
        self.person(Role::SecurityAdministrator, self.division.as_str(), None).await
    }

    /// A system administrator of the whole node: peers, schedules, health.
    pub async fn as_system_admin(&self) -> Person {
        self.person(Role::SystemAdministrator, self.division.as_str(), None).await
    }

    /// A clerk of the county's first committee.
    pub async fn as_clerk(&self) -> Person {
        self.as_clerk_of(&format!("{}001001", self.locality())).await
    }

    /// A clerk of a committee or sub-district.
    pub async fn as_clerk_of(&self, scope: &str) -> Person {
        self.person(Role::Clerk, scope, None).await
    }

    /// A supervisor of the whole node.
    pub async fn as_supervisor(&self) -> Person {
        self.person(Role::Supervisor, self.division.as_str(), None).await
    }

    /// An auditor of the whole node.
    pub async fn as_auditor(&self) -> Person {
        self.person(Role::Auditor, self.division.as_str(), None).await
    }

    /// The landlord with an id.
    pub async fn as_landlord(&self, id: Uuid) -> Person {
        self.person(Role::Landlord, self.division.as_str(), Some(id)).await
    }

    /// The resident with an id.
    pub async fn as_resident(&self, id: Uuid) -> Person {
        self.person(Role::Resident, self.division.as_str(), Some(id)).await
    }

    /// The same person signed in again, after a pause longer than a session.
    pub async fn session_of(&self, person: &Person) -> Person {
        let mut work = self.app.system_work().await.unwrap();
        let session = sessions::begin(&mut work, person.id(), Factors::Password).await.unwrap();
        work.commit().await.unwrap();
        Person::signed_in(self.router.clone(), person.user().clone(), session)
    }

    /// Somebody new, invited, activated and logged in by the same operations the doors call; only the slow hash of
    /// the password is made once for all.
    pub async fn person(&self, role: Role, scope: &str, subject: Option<Uuid>) -> Person {
        static HASH: OnceLock<String> = OnceLock::new();
        let hash =
            HASH.get_or_init(|| passwords::hash(ALREADY_HASHED_PASSWORD, "nobody", &KnownWords::default()).unwrap());
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let login: Login = format!("{role}-{number}").parse().unwrap();
        let new = NewUser {
            login: login.clone(),
            name: format!("{role} {number}").parse().unwrap(),
            role,
            scope: scope.parse().unwrap(),
            landlord_id: subject.filter(|_| role == Role::Landlord),
            resident_id: subject.filter(|_| role == Role::Resident),
        };
        let mut work = self.app.system_work().await.unwrap();
        let invitation = users::invite(&mut work, new).await.unwrap();
        let user = users::activate(&mut work, &login, &invitation.code, hash).await.unwrap();
        let session = sessions::begin(&mut work, user.id, Factors::Password).await.unwrap();
        work.commit().await.unwrap();
        Person::signed_in(self.router.clone(), user, session)
    }
}
