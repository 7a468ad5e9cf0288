//! The localities of the demonstration: real counties, each a node of its own with its people.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::tell::Teller;
use crate::access::passwords::{self, KnownWords};
use crate::access::users::{self, Login, NewUser};
use crate::access::{Actor, Role, Secret};
use crate::app::App;
use crate::cli::serve::{self, Running};
use crate::cli::{Failure, Result};
use crate::config::{Config, Settings};
use crate::error::Error;
use crate::exchange::peers::{self, NewPeer, Peer};
use crate::tenancies;
use crate::tenancies::ResidenceElsewhere;
use crate::values::NodeCode;
use crate::work::Work;

/// Where people live: 石家庄市长安区.
pub const RESIDENCE: &str = "130102";
/// Where they come from: 河南省商丘市民权县.
pub const ORIGIN: &str = "411421";
/// Another origin, which joins later: 安徽省淮北市濉溪县.
pub const THIRD: &str = "340621";
/// Every ten seconds: a demonstration does not wait for half past one at night.
const SCHEDULE: &str = "*/10 * * * * *";
/// The first node's port; the others follow. Where one is taken, any free one.
const FIRST_PORT: u16 = 8130;

/// A person with a log-in.
#[derive(Debug, Clone)]
pub struct LogIn {
    pub login: String,
    pub role_zh: &'static str,
    pub role_en: &'static str,
    pub actor: Actor,
}

/// One locality: its node at work and its people.
pub struct Locality {
    pub code: &'static str,
    pub name: String,
    running: Running,
    people: Vec<LogIn>,
}

/// All of it.
pub struct World {
    folder: PathBuf,
    password: String,
    pub residence: Locality,
    pub origin: Locality,
    pub third: Option<Locality>,
}

impl World {
    /// Starts the two localities.
    pub async fn open(folder: &Path, teller: &Teller) -> Result<Self> {
        // One password for all log-ins of one demonstration, new each time.
        let password = Secret::readable()?.reveal().to_lowercase();
        teller.chapter("两地的节点启动", "Two localities start their nodes")?;
        let residence = Locality::start(folder, RESIDENCE, 0, &password, teller).await?;
        let origin = Locality::start(folder, ORIGIN, 1, &password, teller).await?;
        Ok(Self { folder: folder.to_owned(), password, residence, origin, third: None })
    }

    /// The password of every log-in.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Starts the third locality.
    pub async fn open_third(&mut self, teller: &Teller) -> Result<()> {
        let third = Locality::start(&self.folder, THIRD, 2, &self.password, teller).await?;
        self.third = Some(third);
        Ok(())
    }

    /// What people can do now.
    pub fn tell_how_to_try(&self, teller: &Teller) -> Result<()> {
        teller.chapter("现在可以自己试一试（按 Ctrl-C 结束）", "Now try it yourself (Ctrl-C stops it)")?;
        for locality in [Some(&self.residence), Some(&self.origin), self.third.as_ref()].into_iter().flatten() {
            let url = locality.url();
            teller.say(format!("{}：{url}", locality.name), format!("{}: {url}", locality.name))?;
            for person in &locality.people {
                teller.say(
                    format!("    {}：登录名 {}", person.role_zh, person.login),
                    format!("    {}: log-in name {}", person.role_en, person.login),
                )?;
            }
        }
        let password = &self.password;
        teller.say(format!("所有登录名的密码：{password}"), format!("The password of every log-in: {password}"))?;
        teller.say(
            "演示中只用密码登录；正式运行时，工作人员还必须绑定动态口令（第二因素）",
            "Here a password is enough; at a node at work all staff must set up a second factor, too",
        )?;
        let url = self.residence.url();
        teller.say(
            format!("请从 {url}/desk 开始（经办人），房东看 {url}/let，居民看 {url}/my，接口说明在 {url}/api/docs"),
            format!("Begin at {url}/desk as the clerk, {url}/let as the landlord, {url}/my as the resident; the API is described at {url}/api/docs"),
        )
    }

    /// Stops all nodes.
    pub async fn close(self) -> Result<()> {
        self.residence.running.stop().await?;
        self.origin.running.stop().await?;
        match self.third {
            Some(third) => third.running.stop().await,
            None => Ok(()),
        }
    }
}

impl Locality {
    async fn start(folder: &Path, code: &'static str, nth: u16, password: &str, teller: &Teller) -> Result<Self> {
        let config = |port: u16| {
            Config::check(Settings {
                data_dir: Some(folder.join(code)),
                territory: Some(vec![code.to_owned()]),
                listen: Some(format!("127.0.0.1:{port}")),
                schedule: Some(SCHEDULE.to_owned()),
                office_phone: Some("0000-0000000".to_owned()),
                // A password is enough to try things out; said aloud with the log-ins.
                second_factor: Some("nobody".to_owned()),
                ..Settings::default()
            })
        };
        let free = std::net::TcpListener::bind(("127.0.0.1", FIRST_PORT + nth)).is_ok();
        let config = config(if free { FIRST_PORT + nth } else { 0 })?;
        let running = serve::start(&config).await?;
        let name = config.name.to_string();
        teller.say(
            format!("{name}（{code}）：{}，数据在 {}", running.base_url(), config.data_dir.display()),
            format!("{name} ({code}): {}, data in {}", running.base_url(), config.data_dir.display()),
        )?;
        let mut locality = Self { code, name, running, people: Vec::new() };
        locality
            .employ("security", ("安全管理员", "security administrator"), Role::SecurityAdministrator, None, password)
            .await?;
        locality
            .employ("system", ("系统管理员", "system administrator"), Role::SystemAdministrator, None, password)
            .await?;
        locality.employ("clerk", ("经办人", "clerk"), Role::Clerk, None, password).await?;
        locality.employ("supervisor", ("主管", "supervisor"), Role::Supervisor, None, password).await?;
        locality.employ("auditor", ("审计管理员", "auditor"), Role::Auditor, None, password).await?;
        Ok(locality)
    }

    /// Gives somebody a log-in, as a security administrator does: invitation, code, password.
    pub async fn employ(
        &mut self,
        login: &str,
        (role_zh, role_en): (&'static str, &'static str),
        role: Role,
        subject: Option<Uuid>,
        password: &str,
    ) -> Result<()> {
        let name: Login = login.parse().map_err(Failure::new)?;
        let new = NewUser {
            login: name.clone(),
            name: role_zh.parse().map_err(Failure::new)?,
            role,
            scope: self.code.parse().map_err(Failure::new)?,
            landlord_id: subject.filter(|_| role == Role::Landlord),
            resident_id: subject.filter(|_| role == Role::Resident),
        };
        let (plain, of) = (password.to_owned(), login.to_owned());
        let known = KnownWords::of(self.app().node());
        let hash = spawn_blocking(move || passwords::hash(&plain, &of, &known)).await.map_err(Failure::new)??;
        let mut work = self.app().system_work().await?;
        let invitation = users::invite(&mut work, new).await?;
        let user = users::activate(&mut work, &name, &invitation.code, &hash).await?;
        work.commit().await?;
        self.people.push(LogIn { login: login.to_owned(), role_zh, role_en, actor: user.actor() });
        Ok(())
    }

    /// The node.
    pub fn app(&self) -> &App {
        self.running.app()
    }

    /// Where people reach it.
    pub fn url(&self) -> String {
        self.running.base_url().to_string()
    }

    /// Its code as peers know it.
    pub fn node_code(&self) -> NodeCode {
        self.app().node().code.clone()
    }

    /// Begins the work of one of its people.
    pub async fn work_of(&self, login: &str) -> Result<Work> {
        let person = self.people.iter().find(|person| person.login == login);
        let person = person.ok_or_else(|| Failure::new(format!("nobody is called {login}")))?;
        Ok(self.app().work(person.actor.clone(), self.app().node().seat.clone()).await?)
    }

    /// Adds another locality's node, after both system administrators compared its fingerprint.
    pub async fn trust(&self, other: &Locality, teller: &Teller) -> Result<()> {
        let theirs = other.work_of("system").await?;
        let station = other.app().station();
        let (card, fingerprint) = (station.signed_card(&theirs)?, station.fingerprint(&theirs)?);
        drop(theirs);
        teller.say(
            format!("{} 的系统管理员收到 {} 的名片，电话核对指纹：{fingerprint}", self.name, other.name),
            format!(
                "{}'s system administrator has {}'s card and compares its fingerprint by telephone: {fingerprint}",
                self.name, other.name
            ),
        )?;
        let new = request::<NewPeer>(json!({ "card": card, "fingerprint": fingerprint, "schedule": SCHEDULE }))?;
        let mut work = self.work_of("system").await?;
        peers::add(&mut work, new).await?;
        work.commit().await?;
        self.app().station().peers_changed.notify_one();
        Ok(())
    }

    /// How the exchange with another locality stands.
    pub async fn peer(&self, other: &Locality) -> Result<Peer> {
        let mut work = self.app().system_read().await?;
        Ok(peers::get(&mut work, &other.node_code()).await?)
    }

    /// Where other localities say that one of our people lives.
    pub async fn elsewhere(&self, resident: Uuid) -> Result<Vec<ResidenceElsewhere>> {
        let mut work = self.work_of("clerk").await?;
        Ok(tenancies::residences_elsewhere(&mut work, resident).await?)
    }
}

/// A request as a person's programme would send it, parsed into the operation's type.
pub fn request<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| Error::internal(format!("the demonstration's request: {error}")).into())
}
