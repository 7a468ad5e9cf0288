//! One SQL text for two databases. A store writes its statement once; `on_both!` compiles it for SQLite and
//! PostgreSQL. What such a text may use is written in `migrations/README.md`.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Postgres, Sqlite, Transaction};

use crate::error::{Error, Result};

/// The migrations of both databases.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// An open database.
#[derive(Clone, Debug)]
pub enum Db {
    /// The embedded one: a single writer beside several readers (WAL).
    Sqlite {
        /// The one connection that writes; transactions queue for it instead of failing as busy.
        writer: SqlitePool,
        /// Connections that cannot write.
        readers: SqlitePool,
    },
    /// PostgreSQL 15 or later, alone or as a Citus cluster.
    Postgres(PgPool),
}

/// A transaction; rolled back when dropped.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one statement on whichever database the transaction is of:
/// `on_both!(tx, c => sqlx::query("…").bind(x).execute(c).await)?`.
macro_rules! on_both {
    ($tx:expr, $conn:ident => $body:expr) => {
        match $tx {
            $crate::db::Tx::Sqlite(tx) => {
                let $conn = &mut **tx;
                $body
            }
            $crate::db::Tx::Postgres(tx) => {
                let $conn = &mut **tx;
                $body
            }
        }
    };
}
pub(crate) use on_both;

/// Executes a statement with its binds and answers the number of rows it touched:
/// `execute!(tx, "update … where id = $1", id)`.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::db::Tx::Sqlite(tx) => sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected()),
            $crate::db::Tx::Postgres(tx) => sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected()),
        }
    };
}
pub(crate) use execute;

/// Reads at most one row as a `FromRow` type or tuple: `fetch_optional!(tx, Type, "select …", id)`.
macro_rules! fetch_optional {
    ($tx:expr, $type:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on_both!($tx, c => sqlx::query_as::<_, $type>($sql)$(.bind($bind))*.fetch_optional(c).await)
    };
}
pub(crate) use fetch_optional;

/// Reads all rows as a `FromRow` type or tuple: `fetch_all!(tx, Type, "select …", id)`.
macro_rules! fetch_all {
    ($tx:expr, $type:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on_both!($tx, c => sqlx::query_as::<_, $type>($sql)$(.bind($bind))*.fetch_all(c).await)
    };
}
pub(crate) use fetch_all;

/// Reads exactly one row (an aggregate, a `returning`) as a `FromRow` type or tuple.
macro_rules! fetch_one {
    ($tx:expr, $type:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on_both!($tx, c => sqlx::query_as::<_, $type>($sql)$(.bind($bind))*.fetch_one(c).await)
    };
}
pub(crate) use fetch_one;

impl Db {
    /// Opens (and creates) the embedded database in a file and brings it to the present schema.
    pub async fn open_sqlite(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("journal_size_limit", "67108864")
            // What is deleted is overwritten and not only passed over.
            .pragma("secure_delete", "true");
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        MIGRATIONS.run(&writer).await.map_err(Error::internal)?;
        let readers = SqlitePoolOptions::new()
            .min_connections(0)
            .max_connections(4)
            .connect_with(options.pragma("query_only", "true"))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to PostgreSQL and brings it to the present schema. `url` is `postgres://…`.
    pub async fn open_postgres(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(|_| Error::invalid("database-url", "malformed-url"))?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        MIGRATIONS.run(&pool).await.map_err(Error::internal)?;
        Ok(Self::Postgres(pool))
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that only reads, with one snapshot for all its statements. A write in it is a
    /// database error on both engines.
    pub async fn begin_read(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("begin transaction isolation level repeatable read read only").await?)
            }
        })
    }

    /// Whether the database answers now.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.begin_read().await?;
        fetch_one!(&mut tx, (i32,), "select 1")?;
        Ok(())
    }

    /// Copies the embedded database into a file that must not exist yet, as of one moment and while it is in use.
    ///
    /// # Errors
    /// `Refused("backup-by-its-own-tools")` for PostgreSQL, which has `pg_dump`.
    pub async fn back_up(&self, file: &Path) -> Result<()> {
        let Self::Sqlite { writer, .. } = self else { return Err(Error::Refused("backup-by-its-own-tools")) };
        let file = file.to_str().ok_or_else(|| Error::invalid("file", "unwritable"))?;
        sqlx::query("vacuum into $1").bind(file).execute(writer).await.map(drop).map_err(Into::into)
    }

    /// Brings everything written to the embedded database into its one file; nothing can be read through this any more.
    ///
    /// # Errors
    /// `Unavailable("database")` while another process uses it.
    pub async fn settle(&self) -> Result<()> {
        let Self::Sqlite { writer, readers } = self else { return Ok(()) };
        readers.close().await;
        // Leaving the write-ahead log needs the database for oneself; a plain checkpoint would not tell.
        let mode: (String,) = sqlx::query_as("pragma journal_mode = delete").fetch_one(writer).await?;
        if mode.0 == "delete" { Ok(()) } else { Err(Error::Unavailable("database")) }
    }

    /// Waits for running transactions and closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes everything done in this transaction durable.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Whether a statement failed because a unique key exists already. By class, not by constraint name: SQLite and
/// Citus do not tell the name.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.is_unique_violation())
}
