//! Who was forgotten, written down outside the database: a restored old backup brings people back, and this file is what
//! forgets them again. Append-only, ids only, on disk before the database forgets.
//!
//! One line each: number, instant, county, person, rule, and a code over all that under the node's key. A line that was
//! changed or made up has a wrong code and forgets nobody; a line that is missing leaves a gap in the numbers. A line cut
//! off at the end was never confirmed: its deletion did not happen, and happens again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::values::LocalityCode;
use crate::vault::Vault;

/// What a line says instead of a rule when the database did not forget after all.
const VOID: &str = "void";

/// The files of the ledger; each holds all of it. None keeps nothing, for a node without a folder.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    files: Vec<PathBuf>,
}

/// What the files say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Everybody who was forgotten, with their county.
    pub forgotten: BTreeMap<Uuid, LocalityCode>,
    /// Lines that are changed, made up, or missing by their numbers; the last one cut off is none of them.
    pub damaged: usize,
}

impl Ledger {
    /// A ledger in these files, which need not exist yet.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { files }
    }

    /// Appends that a person was forgotten by a rule; on disk in every file when it answers.
    ///
    /// # Errors
    /// `Unavailable("forgotten-ledger")` when a file cannot be written: then nobody may be forgotten.
    pub fn append(&self, vault: &Vault, at: DateTime<Utc>, county: &LocalityCode, who: Uuid, rule: &str) -> Result<()> {
        for file in &self.files {
            append(file, vault, &format!("{} {county} {who} {rule}", at.to_rfc3339_opts(SecondsFormat::Secs, true)))
                .map_err(|error| {
                    tracing::error!(file = %file.display(), %error, "the ledger of the forgotten cannot be written");
                    Error::Unavailable("forgotten-ledger")
                })?;
        }
        Ok(())
    }

    /// Takes back what was just appended, because the database did not forget.
    pub fn void(&self, vault: &Vault, at: DateTime<Utc>, county: &LocalityCode, who: Uuid) -> Result<()> {
        self.append(vault, at, county, who, VOID)
    }

    /// Reads all files; what stands in any of them counts.
    ///
    /// # Errors
    /// `Unavailable("forgotten-ledger")` when a file is there and cannot be read.
    pub fn read(&self, vault: &Vault) -> Result<Known> {
        let mut all = Known::default();
        for file in &self.files {
            let text = match fs::read(file) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    tracing::error!(file = %file.display(), %error, "the ledger of the forgotten cannot be read");
                    return Err(Error::Unavailable("forgotten-ledger"));
                }
            };
            let one = read(&text, vault);
            all.forgotten.extend(one.forgotten);
            all.damaged += one.damaged;
        }
        Ok(all)
    }
}

/// Locks the file against other processes of the node, numbers the line, and waits for the disk.
fn append(path: &Path, vault: &Vault, said: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let is_new = !path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    file.lock()?;
    let number = next_number(&mut file)?;
    let line = format!("{number} {said}");
    let code = code(vault, &line);
    // A line that was cut off never counted, and must not come to count by its end alone.
    let before = if ends_a_line(&mut file)? { "" } else { "?\n" };
    file.write_all(format!("{before}{line} {code}\n").as_bytes())?;
    file.sync_all()?;
    if is_new && let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn ends_a_line(file: &mut File) -> std::io::Result<bool> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// One more than the last number; only the file's end is read.
fn next_number(file: &mut File) -> std::io::Result<u64> {
    const LAST_LINES: u64 = 4096;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_LINES)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    let mut whole = end.split_inclusive('\n').filter(|line| line.ends_with('\n')).rev();
    Ok(whole.find_map(|line| line.split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) + 1)
}

fn code(vault: &Vault, line: &str) -> String {
    let mac = vault.blind_index("forgotten-ledger", line);
    mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn read(text: &str, vault: &Vault) -> Known {
    let mut found = Known::default();
    let mut expected = 1;
    for line in text.split_inclusive('\n') {
        let Some(whole) = line.strip_suffix('\n') else { break };
        match parse(whole, vault) {
            Some((number, county, who, rule)) => {
                found.damaged += usize::try_from(number.saturating_sub(expected)).unwrap_or(usize::MAX);
                expected = expected.max(number + 1);
                if rule == VOID {
                    found.forgotten.remove(&who);
                } else {
                    found.forgotten.insert(who, county);
                }
            }
            // The number says itself whether the line was lost.
            None => continue,
        }
    }
    found
}

fn parse<'l>(line: &'l str, vault: &Vault) -> Option<(u64, LocalityCode, Uuid, &'l str)> {
    let (said, mac) = line.rsplit_once(' ')?;
    if code(vault, said) != mac {
        return None;
    }
    let mut words = said.split(' ');
    let number = words.next()?.parse().ok()?;
    let (county, who, rule) = (words.nth(1)?, words.next()?, words.next()?);
    Some((number, county.parse().ok()?, who.parse().ok()?, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Keyring;

    fn vault() -> Vault {
        Vault::new(Keyring::generate("test").unwrap())
    }

    fn county() -> LocalityCode {
        "130102".parse().unwrap()
    }

    fn kept(numbers: std::ops::RangeInclusive<u128>) -> (tempfile::TempDir, Ledger, Vault, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/forgotten.log");
        let (ledger, vault) = (Ledger::new(vec![file.clone()]), vault());
        for number in numbers {
            ledger.append(&vault, DateTime::UNIX_EPOCH, &county(), Uuid::from_u128(number), "departed").unwrap();
        }
        (folder, ledger, vault, file)
    }

    fn ids(found: &Known) -> Vec<u128> {
        found.forgotten.keys().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn what_was_written_is_read_and_what_was_taken_back_is_not() {
        let (_folder, ledger, vault, _) = kept(1..=3);
        ledger.void(&vault, DateTime::UNIX_EPOCH, &county(), Uuid::from_u128(2)).unwrap();
        let found = ledger.read(&vault).unwrap();
        assert_eq!((ids(&found), found.damaged), (vec![1, 3], 0));
        assert_eq!(found.forgotten[&Uuid::from_u128(1)], county());
    }

    #[test]
    fn a_line_cut_off_anywhere_is_passed_over_and_the_next_one_stands_alone() {
        let (_folder, ledger, vault, file) = kept(1..=2);
        let whole = fs::read(&file).unwrap();
        let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for end in second..whole.len() {
            fs::write(&file, &whole[..end]).unwrap();
            let found = ledger.read(&vault).unwrap();
            assert_eq!((ids(&found), found.damaged), (vec![1], 0), "cut at {end}");
            ledger.append(&vault, DateTime::UNIX_EPOCH, &county(), Uuid::from_u128(9), "departed").unwrap();
            let found = ledger.read(&vault).unwrap();
            assert_eq!((ids(&found), found.damaged), (vec![1, 9], 0), "cut at {end}");
        }
    }

    #[test]
    fn a_line_changed_made_up_or_taken_out_forgets_nobody_and_is_counted() {
        let (_folder, ledger, vault, file) = kept(1..=3);
        let whole = fs::read_to_string(&file).unwrap();
        let changed = whole.replacen("000000000002", "000000000007", 1);
        fs::write(&file, changed).unwrap();
        let found = ledger.read(&vault).unwrap();
        assert_eq!((ids(&found), found.damaged), (vec![1, 3], 1));
        let without: Vec<&str> = whole.lines().enumerate().filter(|(n, _)| *n != 1).map(|(_, line)| line).collect();
        fs::write(&file, without.join("\n") + "\n").unwrap();
        assert_eq!(ledger.read(&vault).unwrap().damaged, 1);
        assert_eq!(ledger.read(&self::vault()).unwrap(), Known::default(), "another node's key reads nothing");
    }

    #[test]
    fn either_copy_is_enough_and_one_that_cannot_be_written_is_refused() {
        let (folder, _, vault, file) = kept(1..=2);
        let both = Ledger::new(vec![file, folder.path().join("gone.log")]);
        assert_eq!(ids(&both.read(&vault).unwrap()), [1, 2]);
        let nowhere = Ledger::new(vec![folder.path().to_owned()]);
        let refused = nowhere.append(&vault, DateTime::UNIX_EPOCH, &county(), Uuid::nil(), "departed");
        assert!(matches!(refused, Err(Error::Unavailable("forgotten-ledger"))));
    }
}
