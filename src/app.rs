//! One node put together: database and shared parts. The program and the tests build it in the same way.

use std::sync::Arc;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::access::Actor;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::exchange::consents;
use crate::exchange::station::{Presence, Station};
use crate::journal;
use crate::oversight;
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
        journal::ensure_key(&mut work).await?;
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

    /// Seals everything committed so far, in every county of the territory, and keeps the checkpoint of it.
    pub async fn seal_journal(&self) -> Result<()> {
        for locality in &self.node.counties {
            loop {
                match self.seal_batch(locality).await {
                    Ok(0) => break self.keep_checkpoint(locality).await,
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

    /// What is sealed is sealed also where the folder cannot be written.
    async fn keep_checkpoint(&self, locality: &LocalityCode) {
        let kept = match self.read(Actor::system(locality.clone()), locality.clone()).await {
            Ok(mut work) => journal::keep_latest(&mut work).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::error!(%error, county = %locality, "the last checkpoint is not kept outside the database");
        }
    }

    /// Tells people what the day has brought or is about to bring: a confidential look that is open now, a deletion to
    /// come, a consent about to lapse. Nobody is told the same twice, however often it runs. Answers how much was told.
    pub async fn tell_of_the_day(&self) -> Result<u64> {
        let opened = oversight::tell_opened(self).await?;
        let coming = retention::tell_coming(self).await?;
        Ok(opened + coming + consents::tell_lapsing(self).await?)
    }

    /// Verifies the journal of every county whose last verification was before the last night's hour for it.
    pub async fn verify_journal_nightly(&self) -> Result<()> {
        for locality in &self.node.counties {
            let mut work = self.read(Actor::system(locality.clone()), locality.clone()).await?;
            let last = journal::last_finding(&mut work).await?;
            let due = last.is_none_or(|finding| finding.verified_at < last_night(work.now()));
            drop(work);
            if due {
                self.verify_journal(locality).await?;
            }
        }
        Ok(())
    }

    /// Whether the last verification of a county's journal found it broken.
    pub async fn is_journal_broken(&self) -> Result<bool> {
        for locality in &self.node.counties {
            let mut work = self.read(Actor::system(locality.clone()), locality.clone()).await?;
            if journal::last_finding(&mut work).await?.is_some_and(|finding| finding.reason.is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn verify_all(&self) -> Result<()> {
        for locality in &self.node.counties {
            self.verify_journal(locality).await?;
        }
        Ok(())
    }

    /// Verifies the journal of a county and records what is found.
    pub async fn verify_journal(&self, locality: &LocalityCode) -> Result<journal::Verdict> {
        let mut work = self.read(Actor::system(locality.clone()), locality.clone()).await?;
        let verdict = journal::verify(&mut work).await?;
        drop(work);
        // Only now a transaction that others wait for.
        let mut work = self.system_work_in(locality).await?;
        journal::record(&mut work, &verdict).await?;
        work.commit().await?;
        Ok(verdict)
    }

    /// Keeps sealing as entries are committed, until cancelled, and verifies the whole journal at the start and every night. A failure is logged and tried again with the next
    /// entry or minute: unsealed entries wait in the database and are never lost.
    pub async fn run_sealer(&self, stop: CancellationToken) {
        const AT_LEAST_EVERY: std::time::Duration = std::time::Duration::from_secs(60);
        let mut verified_at_start = false;
        loop {
            if let Err(error) = self.seal_journal().await {
                tracing::warn!(%error, "sealing the journal failed");
            }
            let verified =
                if verified_at_start { self.verify_journal_nightly().await } else { self.verify_all().await };
            match verified {
                Ok(()) => verified_at_start = true,
                Err(error) => tracing::warn!(%error, "verifying the journal failed"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.node.journaled.notified() => {}
                () = tokio::time::sleep(AT_LEAST_EVERY) => {}
            }
        }
    }
}

/// The last three o'clock at night in China before an instant.
fn last_night(now: DateTime<Utc>) -> DateTime<Utc> {
    const FROM_THREE_IN_CHINA: TimeDelta = TimeDelta::hours(8 - 3);
    (now + FROM_THREE_IN_CHINA).duration_trunc(TimeDelta::days(1)).unwrap_or(now) - FROM_THREE_IN_CHINA
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_s_verification_is_at_three_in_china() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, night) in [
            ("2026-11-23T18:59:59Z", "2026-11-22T19:00:00Z"),
            ("2026-11-23T19:00:00Z", "2026-11-23T19:00:00Z"),
            ("2026-11-24T02:00:00Z", "2026-11-23T19:00:00Z"),
        ] {
            assert_eq!(last_night(at(now)), at(night));
        }
    }
}
