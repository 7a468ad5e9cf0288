//! An entry as a leaf of the tree. The leaf does not hold the entry but salted digests of its parts (the idea of
//! SD-JWT, RFC 9901): whoever may see only some parts of an entry still proves them, and the digest of a part that is
//! withheld tells nothing, however few values the part could have.
//!
//! A part is a member of the entry, of its actor or its details, or one of its subjects; its *disclosure* is the JSON
//! text `["salt","name",value]`. The leaf is the line `anju-entry/1` and the SHA-256 of each disclosure in base64,
//! sorted, one per line. Entries from before have no salt; their leaf is their text.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::value::RawValue;
use tlog_tiles::{HASH_SIZE, Hash, record_hash};

use crate::error::{Error, Result};

const HEAD: &str = "anju-entry/1\n";
/// The member of an entry that its parts' salts are derived from; never shown.
pub(super) const SALT: &str = "salt";
const SALT_BYTES: usize = 16;

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// A part of an entry and the text that proves it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// `kind`, `actor/office`, `subjects/0`, `details/fields`.
    pub name: String,
    /// Its value, JSON.
    pub value: String,
    /// The text that is hashed.
    pub disclosure: String,
}

/// A new entry's salt.
pub(super) fn new_salt() -> Result<String> {
    let mut salt = [0; SALT_BYTES];
    SystemRandom::new().fill(&mut salt).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(salt))
}

/// The parts of an entry; `None` for one without salt, which is a leaf as a whole.
pub(super) fn parts(entry: &str) -> Result<Option<Vec<Part>>> {
    let mut members: Members<'_> = serde_json::from_str(entry).map_err(Error::internal)?;
    let Some(salt) = members.remove(SALT) else { return Ok(None) };
    let salt: String = serde_json::from_str(salt.get()).map_err(Error::internal)?;
    let salt = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
    let mut parts = Vec::with_capacity(members.len() + 8);
    for (name, value) in members {
        let inner: Vec<(String, &RawValue)> = match name.as_str() {
            "actor" | "details" => serde_json::from_str::<Members<'_>>(value.get())
                .map_err(Error::internal)?
                .into_iter()
                .map(|(member, value)| (format!("{name}/{member}"), value))
                .collect(),
            "subjects" => serde_json::from_str::<Vec<&RawValue>>(value.get())
                .map_err(Error::internal)?
                .into_iter()
                .enumerate()
                .map(|(number, value)| (format!("{name}/{number}"), value))
                .collect(),
            _ => vec![(name, value)],
        };
        for (name, value) in inner {
            parts.push(part(&salt, name, value.get())?);
        }
    }
    Ok(Some(parts))
}

fn part(salt: &hmac::Key, name: String, value: &str) -> Result<Part> {
    let of_part = hmac::sign(salt, name.as_bytes());
    let own = URL_SAFE_NO_PAD.encode(&of_part.as_ref()[..SALT_BYTES]);
    let quoted = serde_json::to_string(&name).map_err(Error::internal)?;
    Ok(Part { disclosure: format!("[\"{own}\",{quoted},{value}]"), name, value: value.to_owned() })
}

/// The digest of a disclosure, base64.
pub(super) fn part_digest(disclosure: &str) -> String {
    BASE64.encode(digest(&SHA256, disclosure.as_bytes()))
}

/// The leaf hash over the digests of all parts, in any order; `None` when one is no digest.
pub(super) fn hash_of_digests(mut digests: Vec<String>) -> Option<Hash> {
    let is_digest = |text: &String| {
        BASE64.decode(text).is_ok_and(|bytes| bytes.len() == HASH_SIZE && BASE64.encode(bytes) == *text)
    };
    if !digests.iter().all(is_digest) {
        return None;
    }
    digests.sort_unstable();
    let leaf: String = std::iter::once(HEAD.to_owned()).chain(digests.into_iter().map(|line| line + "\n")).collect();
    Some(record_hash(leaf.as_bytes()))
}

/// The leaf hash of an entry as it is stored. A text that is no entry is hashed as it is: it will not fit anything.
pub(super) fn leaf_hash(entry: &str) -> Hash {
    match parts(entry) {
        Ok(Some(parts)) => {
            let digests = parts.iter().map(|part| part_digest(&part.disclosure)).collect();
            hash_of_digests(digests).unwrap_or_else(|| record_hash(entry.as_bytes()))
        }
        Ok(None) | Err(_) => record_hash(entry.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"{"actor":{"id":"a","role":"clerk"},"details":{"fields":["phone"]},"kind":"data.disclosed","salt":"c2FsdA","subjects":["x","y"]}"#;

    #[test]
    fn an_entry_is_split_into_parts_that_alone_tell_nothing_of_each_other() {
        let parts = parts(ENTRY).unwrap().unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["actor/id", "actor/role", "details/fields", "kind", "subjects/0", "subjects/1"]);
        let salts: std::collections::BTreeSet<&str> = parts.iter().map(|part| &part.disclosure[2..24]).collect();
        assert_eq!(salts.len(), parts.len(), "each part has a salt of its own");
        assert!(parts.iter().all(|part| !part.disclosure.contains("c2FsdA")), "and none is the entry's");
    }

    #[test]
    fn the_leaf_follows_from_disclosures_and_digests_in_any_mixture_and_order() {
        let disclosures: Vec<String> = parts(ENTRY).unwrap().unwrap().into_iter().map(|part| part.disclosure).collect();
        let mut digests: Vec<String> = disclosures.iter().map(|text| part_digest(text)).collect();
        digests.reverse();
        assert_eq!(hash_of_digests(digests.clone()), Some(leaf_hash(ENTRY)));
        digests.pop();
        assert_ne!(hash_of_digests(digests), Some(leaf_hash(ENTRY)), "no part can be left out");
        assert_eq!(hash_of_digests(vec!["x\n".to_owned()]), None);
    }

    #[test]
    fn every_change_of_an_entry_is_another_leaf_and_an_unsalted_one_is_hashed_as_it_is() {
        for (from, to) in
            [("clerk", "system"), ("phone", "name"), ("\"y\"", "\"z\""), ("c2FsdA", "c2FsdB"), ("kind", "kinds")]
        {
            assert_ne!(leaf_hash(&ENTRY.replace(from, to)), leaf_hash(ENTRY), "{from}");
        }
        let old = ENTRY.replace(r#""salt":"c2FsdA","#, "");
        assert!(parts(&old).unwrap().is_none());
        assert_eq!(leaf_hash(&old), record_hash(old.as_bytes()));
    }

    #[test]
    fn two_salts_are_two() {
        assert_ne!(new_salt().unwrap(), new_salt().unwrap());
    }
}
