//! Signed notes and checkpoints as C2SP specifies them (signed-note, tlog-checkpoint, tlog-cosignature): a text of lines, an
//! empty line, and under it one line per signature. Any tool for transparency logs reads them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use tlog_tiles::Hash;

use crate::error::{Error, Result};
use crate::values::{LocalityCode, Malformed, NodeCode};

/// Longest note read, in bytes: three lines of text and a handful of signatures.
const MOST_BYTES: usize = 8 * 1024;
/// Largest tree that is believed: far above any journal, and every sum over it stays in 64 bits.
const MOST_ENTRIES: i64 = 1 << 48;

/// What a key signs; the byte C2SP gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// The log's own checkpoints.
    Checkpoints = 1,
    /// Cosignatures of a witness, with the time.
    Cosignatures = 4,
}

/// A public key with the name it signs under, as text `name+id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    signs: Signs,
    public: [u8; 32],
}

impl VerifierKey {
    /// The key of this name; the name has no spaces and no `+`.
    pub fn new(name: impl Into<String>, signs: Signs, public: [u8; 32]) -> Self {
        Self { name: name.into(), signs, public }
    }

    /// The name it signs under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its id on signature lines: the first four bytes of SHA-256 over name, line feed, kind and key.
    pub fn id(&self) -> [u8; 4] {
        let bytes = [self.name.as_bytes(), b"\n", &[self.signs as u8], &self.public].concat();
        let hash = digest(&SHA256, &bytes);
        let mut id = [0; 4];
        id.copy_from_slice(&hash.as_ref()[..4]);
        id
    }

    /// What people compare, by telephone or on a poster: eight groups of five digits over the key's text, each of four
    /// bytes of its SHA-256 modulo 100 000, as for an exchange card.
    pub fn fingerprint(&self) -> String {
        let hash = digest(&SHA256, self.to_string().as_bytes());
        let groups = hash.as_ref().chunks_exact(4).map(|four| {
            let number = four.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
            format!("{:05}", number % 100_000)
        });
        groups.collect::<Vec<_>>().join(" ")
    }

    fn signed(&self, note: &Note) -> Option<Option<DateTime<Utc>>> {
        let of_key = |line: &&SignatureLine| line.name == self.name && line.id == self.id();
        note.signatures.iter().filter(of_key).find_map(|line| self.verify(&note.text, &line.signature))
    }

    /// Whether a signature is by this key, and the time a cosignature states.
    fn verify(&self, text: &str, signature: &[u8]) -> Option<Option<DateTime<Utc>>> {
        let key = UnparsedPublicKey::new(&ED25519, self.public);
        match self.signs {
            Signs::Checkpoints => key.verify(text.as_bytes(), signature).ok().map(|()| None),
            Signs::Cosignatures => {
                let (time, signature) = signature.split_first_chunk::<8>()?;
                let time = i64::try_from(u64::from_be_bytes(*time)).ok()?;
                key.verify(cosigned_text(text, time).as_bytes(), signature).ok()?;
                Some(Some(DateTime::from_timestamp(time, 0)?))
            }
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: String = self.id().iter().map(|byte| format!("{byte:02x}")).collect();
        let key = [&[self.signs as u8], self.public.as_slice()].concat();
        write!(f, "{}+{id}+{}", self.name, BASE64.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = Malformed;

    fn from_str(text: &str) -> std::result::Result<Self, Malformed> {
        let malformed = || Malformed("malformed-key");
        let mut parts = text.trim().splitn(3, '+');
        let name = parts.next().filter(|name| is_name(name)).ok_or_else(malformed)?;
        let (_, key) = (parts.next(), parts.next().ok_or_else(malformed)?);
        let bytes = BASE64.decode(key).map_err(|_| malformed())?;
        let (kind, public) = bytes.split_first().ok_or_else(malformed)?;
        let signs = match kind {
            1 => Signs::Checkpoints,
            4 => Signs::Cosignatures,
            _ => return Err(malformed()),
        };
        let key = Self::new(name, signs, public.try_into().map_err(|_| malformed())?);
        // The id is part of the text: a slip of the pen in the name is found.
        if key.to_string() == text.trim() { Ok(key) } else { Err(malformed()) }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// The key with this secret half.
    pub fn from_seed(seed: &[u8]) -> Result<Self> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::internal("a journal key is damaged"))?;
        Ok(Self { pair })
    }

    /// Its public half under a name.
    pub fn verifier(&self, name: &str, signs: Signs) -> Result<VerifierKey> {
        let public = self.pair.public_key().as_ref().try_into().map_err(Error::internal)?;
        Ok(VerifierKey::new(name, signs, public))
    }

    fn line(&self, key: &VerifierKey, before: &[u8], text: &str) -> SignatureLine {
        let signature = [before, self.pair.sign(text.as_bytes()).as_ref()].concat();
        SignatureLine { name: key.name.clone(), id: key.id(), signature }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SignatureLine {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

/// The state of a journal at one size, with the signatures under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    origin: String,
    size: i64,
    root: Hash,
    note: Note,
}

/// How a county's journal of a node calls itself: the first line of its checkpoints and the name of their signatures.
pub fn origin(node: &NodeCode, county: &LocalityCode) -> String {
    format!("anju-journal/{node}/{county}")
}

/// The name a node cosigns other nodes' checkpoints under.
pub fn witness_name(node: &NodeCode) -> String {
    format!("anju-witness/{node}")
}

fn cosigned_text(text: &str, time: i64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl Checkpoint {
    /// States size and root, signed with every key given: during a change of keys with both.
    pub fn sign(origin: &str, size: i64, root: Hash, keys: &[SigningKey]) -> Result<Self> {
        let text = format!("{origin}\n{size}\n{root}\n");
        let line = |key: &SigningKey| Ok(key.line(&key.verifier(origin, Signs::Checkpoints)?, &[], &text));
        let signatures = keys.iter().map(line).collect::<Result<_>>()?;
        Ok(Self { origin: origin.to_owned(), size, root, note: Note { text, signatures } })
    }

    /// Adds a witness's signature: it holds this checkpoint, and none before it contradicts it.
    pub fn cosign(&mut self, witness: &str, key: &SigningKey, now: DateTime<Utc>) -> Result<()> {
        let verifier = key.verifier(witness, Signs::Cosignatures)?;
        let time = now.timestamp();
        let before = u64::try_from(time).map_err(Error::internal)?.to_be_bytes();
        let line = key.line(&verifier, &before, &cosigned_text(&self.note.text, time));
        self.note.signatures.push(line);
        Ok(())
    }

    /// Which journal.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many entries it covers.
    pub fn size(&self) -> i64 {
        self.size
    }

    /// The root of their Merkle tree.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Whether one of its signatures is by this key, and that key's name is the journal's.
    pub fn signed_by(&self, key: &VerifierKey) -> bool {
        key.signs == Signs::Checkpoints && key.name == self.origin && key.signed(&self.note).is_some()
    }

    /// When a witness's key cosigned it.
    pub fn cosigned_by(&self, key: &VerifierKey) -> Option<DateTime<Utc>> {
        if key.signs == Signs::Cosignatures { key.signed(&self.note).flatten() } else { None }
    }

    /// Whether it states the same of the same journal, whoever signed.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.note.text == other.note.text
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.note.text)?;
        for line in &self.note.signatures {
            let bytes = [line.id.as_slice(), &line.signature].concat();
            writeln!(f, "\u{2014} {} {}", line.name, BASE64.encode(bytes))?;
        }
        Ok(())
    }
}

impl FromStr for Checkpoint {
    type Err = Malformed;

    fn from_str(given: &str) -> std::result::Result<Self, Malformed> {
        let malformed = || Malformed("malformed-checkpoint");
        if given.len() > MOST_BYTES {
            return Err(malformed());
        }
        let (text, signatures) = given.split_once("\n\n").ok_or_else(malformed)?;
        let signatures = signatures.strip_suffix('\n').ok_or_else(malformed)?.split('\n');
        let signatures = signatures.map(signature_line).collect::<Option<Vec<_>>>().ok_or_else(malformed)?;
        let [origin, size, root] =
            text.split('\n').collect::<Vec<_>>().try_into().map_err(|_: Vec<&str>| malformed())?;
        let number: i64 = size.parse().map_err(|_| malformed())?;
        let root = Hash::parse_hash(root).map_err(|_| malformed())?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: number,
            root,
            note: Note { text: format!("{origin}\n{number}\n{root}\n"), signatures },
        };
        // One content has one form: no leading zeros, no other spelling of the hash.
        let sound = is_name(origin) && (0..=MOST_ENTRIES).contains(&number) && checkpoint.to_string() == given;
        if sound { Ok(checkpoint) } else { Err(malformed()) }
    }
}

fn signature_line(line: &str) -> Option<SignatureLine> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64.decode(bytes).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    Some(SignatureLine { name: name.to_owned(), id: *id, signature: signature.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint::sign("anju-journal/130102/130102", 3, Hash([7; 32]), &[key(1), key(2)]).unwrap()
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written_and_by_no_other_spelling() {
        let text = checkpoint().to_string();
        assert_eq!(text.parse::<Checkpoint>().unwrap(), checkpoint());
        for (from, to) in
            [("\n3\n", "\n03\n"), ("\n3\n", "\n-3\n"), ("\n\n", "\n"), ("\u{2014} ", "- "), ("=\n\n", "\n\n")]
        {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert!(changed.parse::<Checkpoint>().is_err(), "{changed}");
        }
        assert!(format!("{text}\n").parse::<Checkpoint>().is_err());
        assert!(text.trim_end().parse::<Checkpoint>().is_err());
    }

    #[test]
    fn each_key_is_found_under_its_own_name_only() {
        let read: Checkpoint = checkpoint().to_string().parse().unwrap();
        let verifier = |seed, name: &str| key(seed).verifier(name, Signs::Checkpoints).unwrap();
        assert!(read.signed_by(&verifier(1, read.origin())));
        assert!(read.signed_by(&verifier(2, read.origin())));
        assert!(!read.signed_by(&verifier(3, read.origin())));
        assert!(!read.signed_by(&verifier(1, "anju-journal/130102/130104")));
        let forged: Checkpoint = checkpoint().to_string().replacen("\n3\n", "\n4\n", 1).parse().unwrap();
        assert!(!forged.signed_by(&verifier(1, forged.origin())));
    }

    #[test]
    fn a_cosignature_states_its_time_and_is_no_signature_of_the_journal() {
        let mut cosigned = checkpoint();
        let now: DateTime<Utc> = "2026-11-23T02:00:00Z".parse().unwrap();
        cosigned.cosign("anju-witness/411421", &key(9), now).unwrap();
        let read: Checkpoint = cosigned.to_string().parse().unwrap();
        let witness = key(9).verifier("anju-witness/411421", Signs::Cosignatures).unwrap();
        assert_eq!(read.cosigned_by(&witness), Some(now));
        assert!(!read.signed_by(&witness));
        assert!(read.says_the_same(&checkpoint()));
        let other = key(8).verifier("anju-witness/411421", Signs::Cosignatures).unwrap();
        assert_eq!(read.cosigned_by(&other), None);
    }

    /// The example of <https://pkg.go.dev/golang.org/x/mod/sumdb/note>.
    #[test]
    fn a_key_s_text_has_the_published_id() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key: VerifierKey = text.parse().unwrap();
        assert_eq!((key.name(), key.to_string().as_str()), ("PeterNeumann", text));
        assert!(text.replacen("Peter", "Pieter", 1).parse::<VerifierKey>().is_err());
        let signed = "wEqjHLcVyNm8PzYlbHHvyU3FR2iH/zRkBkNTRjbpTPU=";
        assert!(signed.parse::<VerifierKey>().is_err());
    }

    #[test]
    fn a_fingerprint_is_eight_groups_of_five_digits() {
        let key = key(1).verifier("anju-journal/130102/130102", Signs::Checkpoints).unwrap();
        assert_eq!(key.fingerprint().split(' ').filter(|group| group.len() == 5).count(), 8);
    }
}
