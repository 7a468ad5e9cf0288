//! Fresh databases of either kind.

use std::path::Path;

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
    place: Place,
}

enum Place {
    Folder { _folder: TempDir },
    Cluster { cluster: &'static Cluster, url: String },
}

impl Fresh {
    /// Writes what the database holds now into a file, as its own tools do.
    pub async fn dump(&self, file: &Path) {
        match &self.place {
            Place::Folder { .. } => self.db.back_up(file).await.unwrap(),
            Place::Cluster { cluster, url } => cluster.dump(url, file),
        }
    }
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
                Fresh { db, place: Place::Folder { _folder: folder } }
            }
            Kind::Postgres(cluster) => {
                let url = cluster.fresh_database().await;
                Fresh { db: Db::open_postgres(&url).await.unwrap(), place: Place::Cluster { cluster, url } }
            }
        }
    }

    /// A database that holds what a backup does.
    pub async fn restore(&self, backup: &Path) -> Fresh {
        match self.0 {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("anju.db");
                std::fs::copy(backup, &file).unwrap();
                Fresh { db: Db::open_sqlite(&file).await.unwrap(), place: Place::Folder { _folder: folder } }
            }
            Kind::Postgres(cluster) => {
                let url = cluster.restored_database(backup).await;
                Fresh { db: Db::open_postgres(&url).await.unwrap(), place: Place::Cluster { cluster, url } }
            }
        }
    }
}
