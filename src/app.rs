//! One node put together: database and shared parts. The program and the tests build it in the same way.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::access::Actor;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::exchange::station::{Presence, Station};
use crate::journal;
use crate::retention;
use crate::values::LocalityCode;
use crate::work::{Node, Work};

/// A node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    db: Db,
    node: Arc<Node>,
    station: Arc<Station>,
}

impl App {
    /// Puts a node together; on the first start it makes the node's exchange keys. Whom a restored backup brought back is
    /// forgotten again before anybody can ask.
    pub async fn open(db: Db, node: Node, presence: Presence) -> Result<Self> {
        let node = Arc::new(node);
        let seat = node.seat.clone();
        let mut work = Work::new(db.begin().await?, node.clone(), Actor::system(seat.clone()), seat);
        let station = Arc::new(Station::load(&mut work, presence).await?);
        work.commit().await?;
        let app = Self { db, node, station };
        retention::forget_again(&app).await?;
        Ok(app)
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The shared parts.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The node as a party of the exchange.
    pub fn station(&self) -> &Arc<Station> {
        &self.station
    }

    /// Begins work that may write.
    pub async fn work(&self, actor: Actor, locality: LocalityCode) -> Result<Work> {
        Ok(Work::new(self.db.begin().await?, self.node.clone(), actor, locality))
    }

    /// Begins work that only reads: no disclosure, no search, nothing that leaves a trace in the journal.
    pub async fn read(&self, actor: Actor, locality: LocalityCode) -> Result<Work> {
        Ok(Work::new(self.db.begin_read().await?, self.node.clone(), actor, locality))
    }

    /// Work of the node itself at its seat.
    pub async fn system_work(&self) -> Result<Work> {
        self.system_work_in(&self.node.seat).await
    }

    /// Work of the node itself at its seat that only reads.
    pub async fn system_read(&self) -> Result<Work> {
        let seat = &self.node.seat;
        self.read(Actor::system(seat.clone()), seat.clone()).await
    }

    /// Work of the node itself in one of its counties.
    pub async fn system_work_in(&self, locality: &LocalityCode) -> Result<Work> {
        self.work(Actor::system(locality.clone()), locality.clone()).await
    }

    /// Seals everything committed so far, in every county of the territory.
    pub async fn seal_journal(&self) -> Result<()> {
        for locality in &self.node.counties {
            loop {
                match self.seal_batch(locality).await {
                    Ok(0) => break,
                    // Another sealer was faster with this batch: go on with what is left.
                    Ok(_) | Err(Error::Stale) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn seal_batch(&self, locality: &LocalityCode) -> Result<u64> {
        let mut work = self.system_work_in(locality).await?;
        let sealed = journal::seal_all(&mut work).await?;
        work.commit().await?;
        Ok(sealed)
    }

    /// Keeps sealing as entries are committed, until cancelled. A failure is logged and tried again with the next
    /// entry or minute: unsealed entries wait in the database and are never lost.
    pub async fn run_sealer(&self, stop: CancellationToken) {
        const AT_LEAST_EVERY: std::time::Duration = std::time::Duration::from_secs(60);
        loop {
            if let Err(error) = self.seal_journal().await {
                tracing::warn!(%error, "sealing the journal failed");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.node.journaled.notified() => {}
                () = tokio::time::sleep(AT_LEAST_EVERY) => {}
            }
        }
    }
}
