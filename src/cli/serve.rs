//! `anju serve`: a node at work. [`start`] and [`Running`] are also how the demonstration and tests run one in process.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Failure, Options, Result, log, node, print};
use crate::access::Role;
use crate::access::users::{self, NewUser};
use crate::app::App;
use crate::config::{Config, Fault};
use crate::error::Error;
use crate::exchange::directory::BaseUrl;
use crate::exchange::schedule::Schedule;
use crate::notices::delivery::{self, Spool};
use crate::values::{DivisionCode, Malformed};
use crate::web::server::{self, Certificate, FINISH_WITHIN, Server};
use crate::web::{Transport, router_over};

/// The log-in name of the first account, the security administrator's.
pub const FIRST_LOGIN: &str = "admin";
/// How long the database gets for its last words.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// A node at work: it answers, seals its journal, and exchanges by schedule.
pub struct Running {
    app: App,
    address: SocketAddr,
    base_url: BaseUrl,
    server: Server,
    schedule: Schedule,
    sealer: JoinHandle<()>,
    messenger: Option<JoinHandle<()>>,
    stop: CancellationToken,
}

/// Starts a node, setting it up when its folder is empty. The socket is bound first, so that a port that is taken
/// leaves no traces, and a free one (port 0) is known for the node's card.
pub async fn start(config: &Config) -> Result<Running> {
    let certificate = match &config.tls {
        Some(tls) => Some(Certificate::read(&tls.cert, &tls.key).await.map_err(|error| {
            Failure::new(format!("the certificate cannot be used: {error}"))
                .next("Please check tls_cert and tls_key: both PEM, and readable for this user.")
        })?),
        None => None,
    };
    let listener = TcpListener::bind(config.listen).map_err(|error| {
        Failure::new(format!("cannot listen on {}: {error}", config.listen))
            .next("Please stop what listens there, or choose another with --listen 127.0.0.1:PORT.")
    })?;
    let address = listener.local_addr()?;
    let base_url = config.base_url_at(address)?;
    let app = if node::is_set_up(config) {
        node::open(config, base_url.clone()).await?
    } else {
        node::create(config, base_url.clone()).await?
    };
    let transport = if base_url.as_str().starts_with("https") { Transport::Https } else { Transport::Http };
    let stop = CancellationToken::new();
    let schedule = Schedule::start(app.clone(), stop.child_token()).await?;
    let forgetting = app.clone();
    let task = move || super::retention::by_the_clock(forgetting.clone());
    schedule.add(&app.node().retention.schedule, task).await?;
    let telling = app.clone();
    let every_morning = "0 30 8 * * *".parse().map_err(|Malformed(code)| Failure::new(code))?;
    schedule.add(&every_morning, move || tell_by_the_clock(telling.clone())).await?;
    let sealer = tokio::spawn({
        let (app, stop) = (app.clone(), stop.child_token());
        async move { app.run_sealer(stop).await }
    });
    let messenger = messenger(config, &app, &stop)?;
    let server = server::start(listener, router_over(app.clone(), transport), certificate)?;
    Ok(Running { app, address, base_url, server, schedule, sealer, messenger, stop })
}

/// Every morning, when a text message wakes nobody. What fails waits for the next one.
async fn tell_by_the_clock(app: App) {
    match app.tell_of_the_day().await {
        Ok(told) => tracing::info!(told, "told people what the day brings"),
        Err(error) => tracing::error!(%error, "telling people what the day brings failed; it goes on tomorrow"),
    }
}

/// The job that hands text messages over, where that is switched on.
fn messenger(config: &Config, app: &App, stop: &CancellationToken) -> Result<Option<JoinHandle<()>>> {
    let Some(folder) = &config.notice_spool else { return Ok(None) };
    let spool = Spool::open(folder).map_err(|error| {
        Failure::new(format!("{}: {error}", folder.display()))
            .next("Please check notice_spool: a folder this user may write to, or leave it out.")
    })?;
    let job = delivery::run(app.clone(), Arc::new(spool), stop.child_token());
    Ok(Some(tokio::spawn(job)))
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where people and peers reach it.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The node.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Waits until the server ends by itself, which only a fault makes it do.
    pub async fn ended(&mut self) -> std::io::Result<()> {
        self.server.ended().await
    }

    /// Accepts nothing new, lets running requests and syncs finish for ten seconds, seals what was committed and
    /// closes the database. A sync cut off goes on with the next one.
    pub async fn stop(self) -> Result<()> {
        self.stop.cancel();
        let (served, synced) =
            tokio::join!(self.server.stop(), tokio::time::timeout(FINISH_WITHIN, self.schedule.stopped()));
        if synced.is_err() {
            tracing::warn!("a sync was cut off; it goes on after the next start");
        }
        self.sealer.await.map_err(Failure::new)?;
        if let Some(messenger) = self.messenger {
            messenger.await.map_err(Failure::new)?;
        }
        if let Err(error) = self.app.seal_journal().await {
            tracing::warn!(%error, "the last entries will be sealed after the next start");
        }
        if tokio::time::timeout(CLOSE_WITHIN, self.app.db().close()).await.is_err() {
            tracing::warn!("the database was closed while it was still in use");
        }
        Ok(served?)
    }
}

/// Serves until it is told to stop by SIGTERM or Ctrl-C.
pub async fn run(options: &Options) -> Result<String> {
    let config = options.config()?;
    log::start(config.log, "info");
    // Before the address is printed: whoever reads it may ask to stop at once.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut running = start(&config).await?;
    print(&format!("listening on {}", own_url(&running, &config)))?;
    tracing::info!(address = %running.address, base_url = %running.base_url, code = %config.code, "serving");
    if let Some(code) = invite_first(&running.app).await? {
        print(&first_account(&code, &running, &config))?;
    }
    let ended = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        ended = running.ended() => Some(ended),
    };
    tracing::info!("stopping");
    running.stop().await?;
    match ended {
        Some(ended) => Err(Failure::new(format!("the server ended: {:?}", ended.err()))),
        None => Ok(String::new()),
    }
}

fn own_url(running: &Running, config: &Config) -> String {
    format!("{}://{}", if config.tls.is_some() { "https" } else { "http" }, running.address)
}

fn first_account(code: &str, running: &Running, config: &Config) -> String {
    format!(
        "
The node has no users yet. This code, good for seven days and one use, opens its first account, that of the security
administrator, who invites the others: a system administrator for the peers, an auditor, supervisors and clerks.
Nobody holds two of the three administrators' accounts.
  log-in name      {FIRST_LOGIN}
  activation code  {code}
Choose a password at {url}
or:  anju user activate {FIRST_LOGIN} {code} --data-dir {folder}
or:  POST {url}/api/v1/activations  {{\"login\": \"{FIRST_LOGIN}\", \"code\": \"{code}\", \"password\": \"…\"}}
Was it lost:  anju user invite-again {FIRST_LOGIN} --data-dir {folder}
",
        url = running.base_url,
        folder = config.data_dir.display(),
    )
}

/// The activation code of the first account, where there is no user yet.
pub async fn invite_first(app: &App) -> Result<Option<String>> {
    let mut work = app.system_work().await?;
    if users::any(&mut work).await? {
        return Ok(None);
    }
    let new = NewUser {
        login: FIRST_LOGIN.parse().map_err(Failure::new)?,
        name: FIRST_LOGIN.parse().map_err(Failure::new)?,
        role: Role::SecurityAdministrator,
        scope: whole(app.node().territory.codes())?,
        landlord_id: None,
        resident_id: None,
    };
    match users::invite(&mut work, new).await {
        Ok(invitation) => {
            work.commit().await?;
            Ok(Some(invitation.code.reveal().to_owned()))
        }
        // Another process of the same node was faster.
        Err(Error::Refused("login-taken")) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The smallest division that holds the whole territory; the first one where the territory lies in two provinces.
pub fn whole(territory: &[DivisionCode]) -> Result<DivisionCode> {
    let first =
        territory.first().ok_or_else(|| Failure::from(Fault::Missing { key: "territory", data_dir: "".into() }))?;
    let above =
        [12, 9, 6, 4, 2].iter().filter_map(|digits| first.as_str().get(..*digits)?.parse::<DivisionCode>().ok());
    let common = above.into_iter().find(|above| territory.iter().all(|code| above.covers(code)));
    Ok(common.unwrap_or_else(|| first.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_account_s_scope_holds_the_whole_territory() {
        let whole_of = |codes: &[&str]| {
            let codes: Vec<DivisionCode> = codes.iter().map(|code| code.parse().unwrap()).collect();
            whole(&codes).unwrap().to_string()
        };
        assert_eq!(whole_of(&["130102"]), "130102");
        assert_eq!(whole_of(&["130102", "130104"]), "1301");
        assert_eq!(whole_of(&["1301", "130202"]), "13");
        assert_eq!(whole_of(&["1301", "1401"]), "1301");
    }
}
