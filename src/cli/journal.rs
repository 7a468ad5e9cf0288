//! `anju journal`: whether the record of what happened is whole, proofs to hand out, and whom a breach reached.

use std::path::PathBuf;

use clap::Subcommand;
use uuid::Uuid;

use super::table::{minute, table};
use super::{Failure, Options, Result, node};
use crate::access::Actor;
use crate::app::App;
use crate::error::Error;
use crate::journal::{self, Checked, Extract, Verdict};
use crate::values::LocalityCode;
use crate::web::VERIFIER;
use crate::work::Work;

#[derive(Subcommand)]
pub enum Command {
    /// Verify every county's journal: entries, chain, tree, checkpoints
    #[command(after_help = "\
Exit status 1 when a journal is broken; then the first position that does not fit is shown, and why:
  rewritten         an entry is not the one that was sealed there; where only a checkpoint tells, it is at that
                    position or later
  reordered         the entry was sealed at another position
  truncated         the journal ends before this position, and a checkpoint says it was longer
  gap               an entry's position is missing
  missing-seal      there are entries that were sealed and no longer are
  altered-entry     an entry was changed beside its text
  wrong-hash        a seal was changed
  wrong-tree        a hash of the tree was changed
  wrong-checkpoint  a checkpoint is not signed by this node

Compared are the checkpoints in the database, the last one in the folder's checkpoints/, and those that peers
confirmed to hold. After a backup was restored on purpose the journal is truncated: write that down, keep the file in
checkpoints/ as evidence, and move it away.")]
    Verify,
    /// The last signed checkpoint of every county's journal
    Checkpoint,
    /// The public keys that sign the checkpoints, with the fingerprints to publish
    Keys,
    /// One entry with the proof that it stands in the journal, as JSON
    Prove {
        /// The entry's id
        entry: Uuid,
    },
    /// Verify a file of entries and proofs, without a node
    #[command(after_help = "\
Examples:
  anju journal verify-extract my-log.json --key '12345 67890 …'
  anju journal verify-extract my-log.json --key anju-journal/130102/130102+…

Exit status 1 when something in it was altered, or another key signed it.")]
    VerifyExtract {
        /// The file
        file: PathBuf,
        /// The key as it was published: its text or its fingerprint
        #[arg(long)]
        key: Option<String>,
    },
    /// The page that verifies such a file in a browser, offline, as one HTML file
    Verifier,
    /// Whom a breach reached, and the notices owed to them
    #[command(after_help = "\
Examples:
  anju journal affected --account wang.fang --from 2026-11-01 --until 2026-11-23
  anju journal affected --token 019a… --from 2026-11-01 --until 2026-11-23 --format csv
  anju journal affected --peer 411421 --from 2026-11-01 --until 2026-11-23 --drafts notices

Lists files, committees, ways, fields and counts; names are for the office that writes. That it was asked is written
down in the journal. Drafts leave blank what only people can know.")]
    Affected(super::affected::Command),
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let this = match self {
            Self::Affected(command) => return command.run(options).await,
            other => other,
        };
        match &this {
            Self::Verifier => return Ok(VERIFIER.trim_end().to_owned()),
            Self::VerifyExtract { file, key } => return verify_extract(&node::read(file)?, key.as_deref()),
            _ => {}
        }
        let app = node::open_beside(&options.config()?).await?;
        let done = match this {
            Self::Verify => verify(&app).await,
            Self::Checkpoint => checkpoint(&app).await,
            Self::Keys => keys(&app).await,
            Self::Prove { entry } => prove(&app, entry).await,
            Self::VerifyExtract { .. } | Self::Verifier | Self::Affected(_) => Ok(String::new()),
        };
        app.db().close().await;
        done
    }
}

async fn read(app: &App, county: &LocalityCode) -> Result<Work> {
    Ok(app.read(Actor::system(county.clone()), county.clone()).await?)
}

async fn verify(app: &App) -> Result<String> {
    let (mut rows, mut broken) = (Vec::new(), false);
    for county in &app.node().counties {
        let mut work = read(app, county).await?;
        let (verdict, entries, unsealed, detail) = match journal::verify(&mut work).await? {
            Verdict::Sound { entries, unsealed, head } => ("sound", entries.to_string(), unsealed.to_string(), head),
            Verdict::Broken { position, reason } => {
                broken = true;
                ("BROKEN", "–".to_owned(), "–".to_owned(), format!("position {position}: {reason}"))
            }
        };
        rows.push([county.to_string(), verdict.to_owned(), entries, unsealed, detail]);
    }
    let text = table(["county", "journal", "entries", "not yet sealed", "head"], &rows);
    if broken {
        return Err(Failure::new(format!("the journal is broken\n{text}"))
            .next("Please keep the database as it is, tell the auditor, and compare with the last backup."));
    }
    Ok(text)
}

async fn checkpoint(app: &App) -> Result<String> {
    let mut notes = Vec::new();
    for county in &app.node().counties {
        let latest = journal::latest_checkpoint(&mut read(app, county).await?).await?;
        notes.extend(latest.map(|checkpoint| checkpoint.to_string()));
    }
    if notes.is_empty() {
        return Err(Failure::new("there is no checkpoint yet").next("The running node signs one with the first entry."));
    }
    Ok(notes.join("\n").trim_end().to_owned())
}

async fn keys(app: &App) -> Result<String> {
    let keys = journal::published_keys(&mut app.system_read().await?).await?;
    let rows: Vec<[String; 5]> = keys
        .into_iter()
        .map(|key| [key.county.to_string(), key.fingerprint, minute(key.from), minute(key.until), key.key])
        .collect();
    Ok(table(["county", "fingerprint", "from", "until", "key"], &rows))
}

async fn prove(app: &App, entry: Uuid) -> Result<String> {
    for county in &app.node().counties {
        match journal::prove(&mut read(app, county).await?, entry).await {
            Ok(extract) => return serde_json::to_string_pretty(&extract).map_err(Failure::new),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::NotFound("journal-entry").into())
}

fn verify_extract(text: &str, key: Option<&str>) -> Result<String> {
    let extract: Extract = serde_json::from_str(text).map_err(|_| {
        Failure::new("this is not a file of journal entries, or it is incomplete").next("Please download it again.")
    })?;
    let checked = journal::check(&extract, key)?;
    let told = told(&checked, &extract);
    if checked.holds() {
        return Ok(told);
    }
    Err(Failure::new(format!("something in this file was altered\n{told}"))
        .next("Please download it again; if it stays so, keep the file and tell the oversight office."))
}

fn told(checked: &Checked, extract: &Extract) -> String {
    let signer = match checked.pinned {
        Some(true) => "the key that was given",
        Some(false) => "ANOTHER KEY than the one given",
        None => "not compared; give the published one with --key",
    };
    let mut lines = vec![
        format!("journal      {}, {} entries", checked.origin, checked.size),
        format!("signed by    {signer}"),
        format!("fingerprint  {}", checked.fingerprint),
    ];
    for (node, size) in &checked.witnesses {
        lines.push(format!("witness      {node} holds it up to entry {size}"));
    }
    for node in &checked.unfitting_witnesses {
        lines.push(format!("witness      {node}: DOES NOT AGREE"));
    }
    for entry in &extract.entries {
        let verdict = if checked.proven.contains(&entry.position) { "proven" } else { "DOES NOT AGREE" };
        let part = |name| entry.content.part(name).and_then(|value| value.as_str().map(str::to_owned));
        let said = [part("at"), part("kind")].into_iter().flatten().collect::<Vec<_>>().join("  ");
        lines.push(format!("{:<12} {verdict}  {said}", entry.position).trim_end().to_owned());
    }
    lines.join("\n")
}
