//! Passwords as argon2id hashes (19 MiB, two passes: the OWASP minimum). Both functions burn tens of
//! milliseconds of processor time: doors call them off the async threads and outside transactions.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use crate::error::{Error, Result};

/// Shortest password accepted, in characters (NIST SP 800-63B: length rather than composition rules).
pub const SHORTEST: usize = 10;
/// Longest password accepted, in characters.
pub const LONGEST: usize = 128;

/// The hash to store for a new password.
///
/// # Errors
/// `Invalid("password")` when it is too short, too long, or contains the log-in name.
pub fn hash(password: &str, login: &str) -> Result<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Error::invalid("password", "too-short"));
    }
    if length > LONGEST {
        return Err(Error::invalid("password", "too-long"));
    }
    if password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(Error::invalid("password", "contains-login"));
    }
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Error::internal)
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

    #[test]
    fn a_password_fits_only_its_own_hash() {
        let stored = hash("correct horse", "wang").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(fits("correct horse", Some(&stored)));
        assert!(!fits("correct house", Some(&stored)));
        assert!(!fits("correct horse", None));
    }

    #[test]
    fn a_weak_password_is_refused() {
        assert!(hash("short", "wang").is_err());
        assert!(hash("wang-is-my-name", "Wang").is_err());
        assert!(hash(&"x".repeat(129), "wang").is_err());
    }
}
