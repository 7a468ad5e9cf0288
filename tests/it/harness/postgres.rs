//! A throw-away PostgreSQL cluster, one per test process. It listens on a socket in its own folder only. A shell
//! watches over it from the other end of a pipe: when the test process ends, in whatever way, the pipe closes and
//! the shell stops the server and removes the folder.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anju::db::Db;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// `$1` the programs' folder, `$2` the cluster's folder. It says `ready` once, then waits for the pipe to close.
const WATCHDOG: &str = r#"
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 </dev/null &&
"$1/pg_ctl" -D "$2/data" -w -l "$2/log" -o "-k '$2' -c listen_addresses= -c unix_socket_permissions=0700 -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=400 -c autovacuum=off" start >>"$2/log" 2>&1 </dev/null &&
echo ready
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1 </dev/null
rm -rf "$2"
"#;

/// A running cluster.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    databases: AtomicU32,
    /// Holds the pipe open; closed by the system when this process ends.
    _watchdog: Child,
}

/// The cluster of this process, started by whoever asks first; `None` when the programs are not found.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| newest_programs().map(|programs| Cluster::start(&programs))).as_ref()
}

impl Cluster {
    fn start(programs: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("anju-pg-").tempdir().unwrap().keep();
        let mut watchdog = as_ordinary_user(&folder)
            .args(["sh", "-c", WATCHDOG, "watchdog"])
            .args([programs, &folder])
            .current_dir(&folder)
            // Its own group, so that an interrupt from the keyboard ends the tests and not the watchdog.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(watchdog.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert_eq!(said.trim(), "ready", "PostgreSQL did not start:\n{}", log());
        let programs = programs.to_owned();
        let cluster = Self { folder, programs, databases: AtomicU32::new(0), _watchdog: watchdog };
        cluster.make_template();
        cluster
    }

    /// The schema is made once and copied for every test. In a runtime of its own, because connections belong to the
    /// runtime they were opened in and this is asked for from inside a test's.
    fn make_template(&self) {
        let make = async {
            self.execute("create database anju_template".to_owned()).await;
            Db::open_postgres(&self.url("anju_template")).await.unwrap().close().await;
        };
        std::thread::scope(|scope| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            scope.spawn(move || runtime.block_on(make)).join().unwrap();
        });
    }

    /// A new database with the present schema; answers its URL.
    pub async fn fresh_database(&self) -> String {
        let name = format!("anju_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute(format!("create database {name} template anju_template strategy file_copy")).await;
        self.url(&name)
    }

    /// Writes a database into a file.
    pub fn dump(&self, url: &str, file: &Path) {
        let done = Command::new(self.programs.join("pg_dump")).arg("-d").arg(url).arg("-f").arg(file).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    /// A new database from such a file; answers its URL.
    pub async fn restored_database(&self, dump: &Path) -> String {
        let name = format!("anju_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute(format!("create database {name} template template0")).await;
        let url = self.url(&name);
        let mut psql = Command::new(self.programs.join("psql"));
        let done = psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-f"]).arg(dump).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        url
    }

    async fn execute(&self, statement: String) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}&sslmode=disable", self.folder.display())
    }
}

/// PostgreSQL refuses to run as root: then `postgres`, else `nobody` owns the cluster.
fn as_ordinary_user(folder: &Path) -> Command {
    if run("id", &["-u"]).as_deref() != Some("0") {
        return Command::new("env");
    }
    let user = ["postgres", "nobody"].into_iter().find(|user| run("id", &["-u", user]).is_some());
    let user = user.expect("run as root, the tests need a user `postgres` or `nobody`");
    let id = |which| run("id", &[which, user]).unwrap();
    let (uid, gid) = (id("-u"), id("-g"));
    std::os::unix::fs::chown(folder, uid.parse().ok(), gid.parse().ok()).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &uid, "--regid", &gid, "--clear-groups"]);
    command
}

/// The folder of the newest server programs on the path or where Debian keeps them.
fn newest_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let folders = std::env::split_paths(&path).chain(debian);
    folders
        .filter(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).exists()))
        .filter_map(|folder| Some((version(&folder)?, folder)))
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

/// The major version: `postgres (PostgreSQL) 15.18 (Debian …)`.
fn version(folder: &Path) -> Option<u32> {
    let said = run(folder.join("postgres").to_str()?, &["--version"])?;
    let number = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
