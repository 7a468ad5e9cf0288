//! Fresh databases of either kind.

use anju::db::Db;
use tempfile::TempDir;

use super::postgres::{self, Cluster};

/// Which kind of database a test runs on; makes as many fresh ones as the test has nodes.
pub struct TestDb(Kind);

enum Kind {
    Sqlite,
    Postgres(&'static Cluster),
}

/// A database that ends with the test.
pub struct Fresh {
    pub db: Db,
    _folder: Option<TempDir>,
}

impl TestDb {
    pub fn sqlite() -> Self {
        Self(Kind::Sqlite)
    }

    /// `None` when there is no PostgreSQL here and none is required.
    pub fn postgres() -> Option<Self> {
        match postgres::cluster() {
            Some(cluster) => Some(Self(Kind::Postgres(cluster))),
            None if std::env::var_os("ANJU_REQUIRE_POSTGRES").is_some() => {
                panic!("ANJU_REQUIRE_POSTGRES is set, and no initdb and postgres were found")
            }
            None => {
                eprintln!("not run: PostgreSQL's server programs were not found");
                None
            }
        }
    }

    /// The address of an empty database, for a program that opens it itself; `None` for the embedded one.
    pub async fn fresh_url(&self) -> Option<String> {
        match self.0 {
            Kind::Sqlite => None,
            Kind::Postgres(cluster) => Some(cluster.fresh_database().await),
        }
    }

    /// An empty database with the present schema.
    pub async fn fresh(&self) -> Fresh {
        match self.0 {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let db = Db::open_sqlite(&folder.path().join("anju.db")).await.unwrap();
                Fresh { db, _folder: Some(folder) }
            }
            Kind::Postgres(cluster) => {
                let url = cluster.fresh_database().await;
                Fresh { db: Db::open_postgres(&url).await.unwrap(), _folder: None }
            }
        }
    }
}
