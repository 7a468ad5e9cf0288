//! `anju journal affected`: whom a breach reached, and the notices that are owed to them.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use clap::{Args, ValueEnum};
use uuid::Uuid;

use super::table::{minute_or_dash, table};
use super::{Failure, Options, Result, node, value};
use crate::access::users::Login;
use crate::app::App;
use crate::breach::drafts::{self, Incident};
use crate::breach::{self, Affected, Named};
use crate::exchange::peers::OFFSET_SECONDS;
use crate::values::NodeCode;

#[derive(Args)]
pub struct Command {
    #[command(flatten)]
    by: By,
    /// First day, in China's time
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// Last day
    #[arg(long, value_name = "DAY")]
    until: NaiveDate,
    /// How the list is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write a draft notice per person, and the authority's summary, into this new folder
    #[arg(long, value_name = "FOLDER")]
    drafts: Option<PathBuf>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct By {
    /// An account's log-in name
    #[arg(long, value_name = "LOGIN", value_parser = value::<Login>)]
    account: Option<Login>,
    /// A machine token's id
    #[arg(long, value_name = "ID")]
    token: Option<Uuid>,
    /// A peer's code
    #[arg(long, value_name = "CODE", value_parser = value::<NodeCode>)]
    peer: Option<NodeCode>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

impl By {
    fn named(self) -> Option<(Named, String)> {
        let Self { account, token, peer } = self;
        let account = account.map(|login| (format!("account {login}"), Named::Account(login)));
        let token = token.map(|id| (format!("token {id}"), Named::Token(id)));
        let peer = peer.map(|code| (format!("peer {code}"), Named::Peer(code)));
        account.or(token).or(peer).map(|(said, named)| (named, said))
    }
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let (from, until) = (midnight(Some(self.from))?, midnight(self.until.succ_opt())?);
        let (by, said) = self.by.named().ok_or_else(|| Failure::new("nobody is named"))?;
        let app = node::open_beside(&options.config()?).await?;
        let found = find(&app, &by, from, until).await;
        let office = app.station().presence.office.clone();
        app.db().close().await;
        let found = found?;
        if let Some(folder) = &self.drafts {
            let incident = Incident { by: &said, from: self.from, until: self.until, office: &office };
            write(folder, &incident, &found)?;
        }
        printed(&found, self.format)
    }
}

async fn find(app: &App, by: &Named, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<Affected>> {
    let mut all = Vec::new();
    for county in &app.node().counties {
        let mut work = app.system_work_in(county).await?;
        all.extend(breach::affected(&mut work, by, from, until).await?);
        work.commit().await?;
    }
    Ok(all)
}

fn midnight(day: Option<NaiveDate>) -> Result<DateTime<Utc>> {
    let china = FixedOffset::east_opt(OFFSET_SECONDS);
    let at = day.zip(china).and_then(|(day, china)| day.and_time(NaiveTime::MIN).and_local_timezone(china).single());
    at.map(|at| at.to_utc()).ok_or_else(|| Failure::new("there is no such day"))
}

fn printed(found: &[Affected], format: Format) -> Result<String> {
    let rows: Vec<[String; 6]> = found.iter().map(row).collect();
    let head = ["file", "committee", "ways", "fields", "first", "last"];
    match format {
        Format::Text => Ok(format!("{}\n{} persons", table(head, &rows), rows.len())),
        Format::Json => serde_json::to_string_pretty(found).map_err(Failure::new),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(head).map_err(Failure::new)?;
            for row in &rows {
                writer.write_record(row).map_err(Failure::new)?;
            }
            let bytes = writer.into_inner().map_err(Failure::new)?;
            Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
        }
    }
}

fn row(person: &Affected) -> [String; 6] {
    let reached = &person.reached;
    let ways: Vec<String> = reached.ways.iter().map(|(way, times)| format!("{way} {times}")).collect();
    let fields: Vec<&str> = reached.fields.iter().map(String::as_str).collect();
    [
        person.resident_id.to_string(),
        person.committee.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
        ways.join(", "),
        fields.join(", "),
        minute_or_dash(reached.first_at),
        minute_or_dash(reached.last_at),
    ]
}

/// One file per person, so that none is handed another's.
fn write(folder: &Path, incident: &Incident<'_>, found: &[Affected]) -> Result<()> {
    let at = |error: std::io::Error| {
        Failure::new(format!("{}: {error}", folder.display())).next("Please name a folder that does not exist yet.")
    };
    fs::create_dir(folder).map_err(at)?;
    for person in found {
        fs::write(folder.join(format!("{}.txt", person.resident_id)), drafts::to_person(incident, person))
            .map_err(at)?;
    }
    fs::write(folder.join("authority.txt"), drafts::to_authority(incident, found)).map_err(at)
}
