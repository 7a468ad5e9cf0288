//! The last checkpoint of each county outside the database, in a file of the node's folder: whoever cuts the end off
//! the database, seals and checkpoints with it, leaves this behind.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::note::Checkpoint;
use crate::error::{Error, Result};
use crate::values::LocalityCode;
use crate::work::Work;

/// Writes of this process, so that each has a name of its own.
static WRITES: AtomicU64 = AtomicU64::new(0);

fn file(folder: &Path, county: &LocalityCode) -> PathBuf {
    folder.join(format!("{county}.checkpoint"))
}

/// The text kept for the work's county; `None` when there is none, or the node keeps none.
pub(super) async fn read(work: &Work) -> Result<Option<String>> {
    let Some(folder) = &work.node().checkpoints else { return Ok(None) };
    match tokio::fs::read_to_string(file(folder, work.locality())).await {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        // Unreadable, it proves as little as a changed one; that is for the verification to say.
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(String::new())),
        Err(error) => Err(Error::internal(format!("the checkpoint kept: {error}"))),
    }
}

/// Keeps a checkpoint in the place of the one before it; durable when this returns.
pub(super) async fn write(folder: &Path, county: &LocalityCode, checkpoint: &Checkpoint) -> Result<()> {
    let (folder, file, text) = (folder.to_owned(), file(folder, county), checkpoint.to_string());
    let written = tokio::task::spawn_blocking(move || replace(&folder, &file, &text)).await.map_err(Error::internal)?;
    written.map_err(|error| Error::internal(format!("the checkpoint kept: {error}")))
}

fn replace(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // Nobody else writes into this one: neither another process of the node, nor another task of this one.
    let fresh = file.with_extension(format!("{}-{}.new", std::process::id(), WRITES.fetch_add(1, Relaxed)));
    let replaced = put(&fresh, text).and_then(|()| fs::rename(&fresh, file));
    if replaced.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    replaced?;
    fs::File::open(folder)?.sync_all()
}

fn put(file: &Path, text: &str) -> io::Result<()> {
    let mut opened = fs::File::create(file)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_keep_one_at_once_and_none_fails_or_leaves_anything_behind() {
        let node = tempfile::tempdir().unwrap();
        let folder = node.path().join("not/there/yet");
        let kept = file(&folder, &"130102".parse().unwrap());
        let texts: Vec<String> = (1..=4).map(|writer| format!("{writer}\n").repeat(200)).collect();
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| (0..50).for_each(|_| replace(&folder, &kept, text).unwrap()));
            }
        });
        assert!(texts.contains(&fs::read_to_string(&kept).unwrap()));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
