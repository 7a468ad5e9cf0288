//! Passwords: what is taken as one, and argon2id hashes (19 MiB, two passes: the OWASP minimum). [`hash`] and [`fits`]
//! burn tens of milliseconds of processor time: doors call them off the async threads and outside transactions.
//!
//! A password is judged by its length and by whether it is among the first that are tried, never by the kinds of signs
//! in it; it stays good until somebody changes it (OWASP ASVS 5.0, 6.2; NIST SP 800-63B).

use std::collections::BTreeSet;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use ring::digest;

use crate::error::{Error, Result};
use crate::localities::divisions;
use crate::pinyin;
use crate::values::Malformed;
use crate::work::Node;

/// Shortest password accepted, in characters (NIST SP 800-63B: length rather than composition rules).
pub const SHORTEST: usize = 10;
/// Longest password accepted, in characters.
pub const LONGEST: usize = 128;
/// So many letters must be left of a password that has words everybody here knows.
const LEFT_WITHOUT_KNOWN_WORDS: usize = 6;
/// So many different characters must be in it.
const DIFFERENT_CHARACTERS: usize = 5;
/// What the program and its users are called, in any node.
const OWN_WORDS: [&str; 9] =
    ["anju", "安居", "admin", "clerk", "supervisor", "auditor", "landlord", "resident", "password"];
/// The first eight bytes of the SHA-256 of passwords from breaches, sorted: see `data/passwords/README.md`.
const BREACHED: &[u8] = include_bytes!("../../data/passwords/breached.bin");
const MARK_LEN: usize = 8;

/// The words everybody at one node knows, and that say nothing in a password: the program's, the node's code and name,
/// and the names of its divisions and those above, in characters and in pinyin.
#[derive(Debug, Clone, Default)]
pub struct KnownWords(BTreeSet<String>);

impl KnownWords {
    /// The words known at a node.
    pub fn of(node: &Node) -> Self {
        let mut words = BTreeSet::from([node.code.to_string(), node.name.to_string()]);
        for code in node.territory.codes() {
            words.insert(code.to_string());
            for division in divisions::path(code) {
                let short: String =
                    division.name.chars().take(division.name.chars().count().saturating_sub(1)).collect();
                for name in [division.name.to_owned(), short] {
                    words.extend(in_pinyin(&name));
                    words.insert(name);
                }
            }
        }
        words.retain(|word| word.chars().count() >= 2);
        Self(words.into_iter().map(|word| word.to_lowercase()).collect())
    }

    /// How many letters are left of a text in lower case without these words; all there could be where it has none.
    fn left_of(&self, text: &str) -> usize {
        let mut words: Vec<&str> = self.0.iter().map(String::as_str).chain(OWN_WORDS).collect();
        // Longer ones first: 石家庄市 is not to leave a 市.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let left = words.into_iter().fold(text.to_owned(), |left, word| left.replace(word, ""));
        if left == text { usize::MAX } else { left.chars().filter(|c| c.is_alphabetic()).count() }
    }
}

/// The ways to write a short name in pinyin; at most eight, for characters with several readings.
fn in_pinyin(name: &str) -> Vec<String> {
    const MOST: usize = 8;
    name.chars().fold(vec![String::new()], |written, c| {
        let readings: BTreeSet<&str> = pinyin::readings(c).collect();
        let longer = written.iter().flat_map(|before| readings.iter().map(move |reading| format!("{before}{reading}")));
        longer.take(MOST).collect()
    })
}

/// The hash to store for a new password.
///
/// # Errors
/// `Invalid("password")` when it is too short, too long, contains the log-in name, was found in breaches, or is little
/// more than what everybody at the node knows.
pub fn hash(password: &str, login: &str, known: &KnownWords) -> Result<String> {
    check(password, login, known).map_err(|Malformed(code)| Error::invalid("password", code))?;
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Error::internal)
}

fn check(password: &str, login: &str, known: &KnownWords) -> std::result::Result<(), Malformed> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Malformed("too-short"));
    }
    if length > LONGEST {
        return Err(Malformed("too-long"));
    }
    let lower = password.to_lowercase();
    if lower.contains(&login.to_lowercase()) {
        return Err(Malformed("contains-login"));
    }
    if is_breached(&lower) {
        return Err(Malformed("breached-password"));
    }
    let different: BTreeSet<char> = lower.chars().collect();
    if different.len() < DIFFERENT_CHARACTERS || known.left_of(&lower) < LEFT_WITHOUT_KNOWN_WORDS {
        return Err(Malformed("easily-guessed"));
    }
    Ok(())
}

fn is_breached(lower: &str) -> bool {
    let mark = &digest::digest(&digest::SHA256, lower.as_bytes()).as_ref()[..MARK_LEN].to_owned();
    let (marks, _) = BREACHED.as_chunks::<MARK_LEN>();
    marks.binary_search_by(|listed| listed.as_slice().cmp(mark)).is_ok()
}

/// Whether a password fits a stored hash. Without a hash the same work is done in vain, so that the time taken
/// does not tell whether a log-in name exists.
pub fn fits(password: &str, stored: Option<&str>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyMTI";
    let Ok(hash) = PasswordHash::new(stored.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(password: &str) -> Option<&'static str> {
        let words = ["130102", "长安", "长安区", "changan", "changanqu", "石家庄", "shijiazhuang"];
        check(password, "wang", &KnownWords(words.map(str::to_owned).into())).err().map(|Malformed(code)| code)
    }

    #[test]
    fn a_password_fits_only_its_own_hash() {
        let stored = hash("correct horse", "wang", &KnownWords::default()).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(fits("correct horse", Some(&stored)));
        assert!(!fits("correct house", Some(&stored)));
        assert!(!fits("correct horse", None));
        assert!(!fits("Correct horse", Some(&stored)));
    }

    #[test]
    fn a_weak_password_is_refused() {
        for (password, code) in [
            ("short", "too-short"),
            ("wang-is-my-name", "contains-login"),
            ("WANG is my name", "contains-login"),
            (&"xyzuvw".repeat(22), "too-long"),
            ("qwertyuiop", "breached-password"),
            ("QwertyUIOP", "breached-password"),
            ("1q2w3e4r5t", "breached-password"),
            ("abababababab", "easily-guessed"),
            ("12121212121213", "easily-guessed"),
            ("changan2026!", "easily-guessed"),
            ("长安区长安区长安区2026", "easily-guessed"),
            ("Anju-130102-Clerk", "easily-guessed"),
            ("shijiazhuang1", "easily-guessed"),
        ] {
            assert_eq!(refusal(password), Some(code), "{password}");
        }
    }

    #[test]
    fn any_composition_is_taken() {
        for password in [
            "correct horse",
            "床前明月光疑是地上霜",
            "four dry umbrellas",
            "7294 0183 5562",
            "changan has seven quiet bridges",
            &"xyzuvw".repeat(21),
        ] {
            assert_eq!(refusal(password), None, "{password}");
        }
    }

    #[test]
    fn the_breached_passwords_are_sorted_and_enough() {
        let (marks, rest) = BREACHED.as_chunks::<MARK_LEN>();
        assert!(rest.is_empty() && marks.is_sorted() && marks.len() > 9_000);
    }
}
