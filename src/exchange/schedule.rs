//! Cron per peer. A cron job only wakes its peer's task; the task syncs, one run at a time, and ends when the node
//! stops. Missed turns are not made up for: the next one hands over all that waits. What must not wait (that somebody is
//! protected) wakes all peers' syncs at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use chrono::FixedOffset;
use tokio::sync::{Mutex, Notify};
use tokio_cron_scheduler::{Job, JobScheduler};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::peers::{self, OFFSET_SECONDS, Peer, Schedule as Pattern};
use super::sync;
use crate::app::App;
use crate::error::{Error, Result};
use crate::values::NodeCode;

/// How often peers are read anew: another process (the command line) may have changed them.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The running schedule of all peers.
#[derive(Clone)]
pub struct Schedule {
    app: App,
    cron: JobScheduler,
    tasks: TaskTracker,
    stop: CancellationToken,
    running: Arc<Mutex<HashMap<NodeCode, Running>>>,
}

struct Running {
    pattern: String,
    job: Uuid,
    stop: CancellationToken,
}

impl Schedule {
    /// Starts the schedule with the peers there are.
    pub async fn start(app: App, stop: CancellationToken) -> Result<Self> {
        let cron = JobScheduler::new().await.map_err(Error::internal)?;
        cron.start().await.map_err(Error::internal)?;
        let schedule =
            Self { app, cron, tasks: TaskTracker::new(), stop, running: Arc::new(Mutex::new(HashMap::new())) };
        schedule.refresh().await?;
        let follower = schedule.clone();
        schedule.tasks.spawn(async move { follower.follow().await });
        let hurrying = schedule.clone();
        schedule.tasks.spawn(async move { hurrying.hurry().await });
        Ok(schedule)
    }

    /// Refreshes whenever peers change, and every minute, until stopped.
    async fn follow(&self) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.app.station().peers_changed.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "the schedule could not be brought up to date");
            }
        }
    }

    /// Syncs with all peers as soon as something was committed that they must hear of at once.
    async fn hurry(&self) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.app.node().urgent.notified() => {}
            }
            let peers: Vec<NodeCode> = self.running.lock().await.keys().cloned().collect();
            for code in peers {
                let app = self.app.clone();
                // One that is down keeps none of the others waiting.
                self.tasks.spawn(async move {
                    match sync::sync(&app, &code, true).await {
                        Ok(report) => tracing::info!(peer = %code, ?report, "urgent sync"),
                        Err(error) => tracing::warn!(peer = %code, %error, "urgent sync failed"),
                    }
                });
            }
        }
    }

    /// Brings the cron jobs in line with the peers as they are now.
    async fn refresh(&self) -> Result<()> {
        let mut work = self.app.system_read().await?;
        let peers = peers::list(&mut work).await?;
        drop(work);
        let mut running = self.running.lock().await;
        let gone: Vec<NodeCode> = running
            .iter()
            .filter(|(code, job)| !peers.iter().any(|p| p.code == **code && p.schedule.as_str() == job.pattern))
            .map(|(code, _)| code.clone())
            .collect();
        for code in gone {
            if let Some(job) = running.remove(&code) {
                job.stop.cancel();
                self.cron.remove(&job.job).await.map_err(Error::internal)?;
            }
        }
        for peer in peers {
            if let Entry::Vacant(place) = running.entry(peer.code.clone()) {
                place.insert(self.run(&peer).await?);
            }
        }
        Ok(())
    }

    async fn run(&self, peer: &Peer) -> Result<Running> {
        let stop = self.stop.child_token();
        let (app, code) = (self.app.clone(), peer.code.clone());
        let sync = move || {
            let (app, code) = (app.clone(), code.clone());
            async move {
                match sync::sync(&app, &code, false).await {
                    Ok(report) => tracing::info!(peer = %code, ?report, "scheduled sync"),
                    Err(error) => tracing::warn!(peer = %code, %error, "scheduled sync failed"),
                }
            }
        };
        let job = self.wake(&peer.schedule, stop.clone(), sync).await?;
        Ok(Running { pattern: peer.schedule.to_string(), job, stop })
    }

    /// Runs a task of the node by the clock until it stops, one run at a time.
    pub async fn add<F>(&self, pattern: &Pattern, task: impl Fn() -> F + Send + 'static) -> Result<()>
    where
        F: Future<Output = ()> + Send,
    {
        self.wake(pattern, self.stop.child_token(), task).await.map(drop)
    }

    async fn wake<F>(
        &self,
        pattern: &Pattern,
        ended: CancellationToken,
        task: impl Fn() -> F + Send + 'static,
    ) -> Result<Uuid>
    where
        F: Future<Output = ()> + Send,
    {
        let wake = Arc::new(Notify::new());
        let woken = wake.clone();
        let offset = FixedOffset::east_opt(OFFSET_SECONDS).ok_or_else(|| Error::internal("no such offset"))?;
        let job = Job::new_tz(pattern.as_str(), offset, move |_, _| woken.notify_one()).map_err(Error::internal)?;
        let id = self.cron.add(job).await.map_err(Error::internal)?;
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = ended.cancelled() => return,
                    () = wake.notified() => {}
                }
                task().await;
            }
        });
        Ok(id)
    }

    /// Waits until running syncs have ended; the token given at the start must be cancelled.
    pub async fn stopped(mut self) {
        if let Err(error) = self.cron.shutdown().await {
            tracing::warn!(%error, "the schedule did not stop cleanly");
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}
