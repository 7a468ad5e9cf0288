//! The specification for peers, `exchange-specs/`, as far as the program itself can write it: schemas, examples and
//! vectors. A test fails when the folder says anything else than the code.
//!
//! Everything but the envelopes is deterministic. An envelope has a fresh key in it each time it is made, so one
//! that lies in the folder stays as long as it still opens to its example.

mod examples;
mod schemas;
mod vectors;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::directory::NodeCard;
use super::envelope;
use super::keys::NodeKeys;
use super::messages::Message;
use crate::error::{Error, Result};

const README: &str = include_str!("../../../exchange-specs/README.md");
const OPENAPI: &str = include_str!("../../../exchange-specs/openapi.json");

/// The example `residence.started`, sealed once by another implementation (Python's `cryptography`).
const FOREIGN: &str = include_str!("../../../exchange-specs/vectors/foreign.jwe");

/// Writes the whole specification into a folder.
pub fn write(folder: &Path) -> Result<()> {
    for (path, content) in files()? {
        put(&folder.join(path), &content)?;
    }
    for (name, message) in examples::messages()? {
        let path = folder.join(format!("examples/{name}.jwe"));
        let kept = fs::read_to_string(&path).is_ok_and(|envelope| opens_to(&envelope, &message).unwrap_or(false));
        if !kept {
            let (sender, card) = parties(&message)?;
            put(&path, &format!("{}\n", envelope::seal(&message, &sender, card.peer())?))?;
        }
    }
    Ok(())
}

/// Every deterministic file by its path in the folder.
fn files() -> Result<Vec<(String, String)>> {
    let mut files = vec![("README.md".to_owned(), README.to_owned()), ("openapi.json".to_owned(), OPENAPI.to_owned())];
    files.push(("vectors/foreign.jwe".to_owned(), FOREIGN.to_owned()));
    for (name, schema) in schemas::all() {
        files.push((format!("schemas/{name}"), pretty(&schema)?));
    }
    for (name, message) in examples::messages()? {
        files.push((format!("examples/{name}.json"), pretty(&message)?));
        files.push((format!("examples/{name}.jws"), format!("{}\n", envelope::sign(&message, &parties(&message)?.0)?)));
    }
    let (now, keys) = (examples::now()?, [examples::residence()?, examples::origin()?]);
    for (card, keys) in examples::cards()?.iter().zip(&keys) {
        files.push((format!("examples/card.{}.json", card.code), pretty(card)?));
        files.push((format!("examples/card.{}.jws", card.code), format!("{}\n", card.sign(keys, now)?)));
    }
    let directory = examples::directory()?;
    files.push(("examples/directory.json".to_owned(), pretty(&directory)?));
    files.push(("examples/directory.jws".to_owned(), format!("{}\n", directory.sign(&examples::keeper()?, now)?)));
    for (name, vectors) in vectors::all()? {
        files.push((format!("vectors/{name}"), pretty(&vectors)?));
    }
    Ok(files)
}

/// The sender's keys and the receiver's card of an example.
fn parties(message: &Message) -> Result<(NodeKeys, NodeCard)> {
    let (residence, origin) = (examples::residence()?, examples::origin()?);
    let sender = if message.from == *origin.node() { origin } else { residence };
    let card = examples::cards()?.into_iter().find(|card| card.code == message.to);
    Ok((sender, card.ok_or_else(|| Error::internal("an example for nobody"))?))
}

fn opens_to(envelope: &str, message: &Message) -> Result<bool> {
    let (sender, _) = parties(message)?;
    let (residence, origin) = (examples::residence()?, examples::origin()?);
    let receiver = if message.to == *origin.node() { origin } else { residence };
    let public = sender.public();
    let peer = envelope::Peer { code: sender.node(), keys: &public };
    Ok(envelope::open(envelope.trim_end(), &receiver, peer, examples::now()?)?.message == *message)
}

fn pretty(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value).map_err(Error::internal)? + "\n")
}

fn put(path: &Path, content: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::internal)?;
    }
    fs::write(path, content).map_err(Error::internal)
}
