//! Counts attempts at log-in and activation, per log-in name and per address, in windows of a minute. It only slows
//! guessing down and saves processor time: what locks an account is counted in the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::{Fault, Problem};

/// Attempts a minute for one log-in name.
const PER_LOGIN: u32 = 20;
/// Attempts a minute from one address; offices share one.
const PER_ADDRESS: u32 = 120;
/// Keys remembered at once.
const MOST_KEYS: usize = 20_000;

/// The attempts of the present minute.
#[derive(Default)]
pub(super) struct Attempts {
    counts: Mutex<HashMap<String, Count>>,
}

struct Count {
    minute: i64,
    attempts: u32,
}

impl Attempts {
    /// Counts an attempt and refuses it when there were too many in this minute.
    pub fn admit(&self, login: &str, address: Option<&str>, now: DateTime<Utc>) -> Result<(), Problem> {
        let by_address = address.is_none_or(|address| self.count(format!("address {address}"), PER_ADDRESS, now));
        if by_address && self.count(format!("login {login}"), PER_LOGIN, now) {
            Ok(())
        } else {
            Err(Fault::TooManyAttempts.into())
        }
    }

    fn count(&self, key: String, most: u32, now: DateTime<Utc>) -> bool {
        let minute = now.timestamp().div_euclid(60);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS {
            counts.retain(|_, count| count.minute == minute);
        }
        if counts.len() >= MOST_KEYS && !counts.contains_key(&key) {
            // Full within one minute: somebody floods. Refusing everybody else would do their work for them.
            return true;
        }
        let count = counts.entry(key).or_insert(Count { minute, attempts: 0 });
        if count.minute != minute {
            *count = Count { minute, attempts: 0 };
        }
        count.attempts = count.attempts.saturating_add(1);
        count.attempts <= most
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn too_many_attempts_in_a_minute_are_refused_until_the_next() {
        let (attempts, now) = (Attempts::default(), DateTime::UNIX_EPOCH);
        for _ in 0..PER_LOGIN {
            assert!(attempts.admit("wang", Some("192.0.2.1"), now).is_ok());
        }
        assert!(attempts.admit("wang", Some("192.0.2.2"), now).is_err());
        assert!(attempts.admit("li", Some("192.0.2.1"), now).is_ok());
        assert!(attempts.admit("wang", Some("192.0.2.1"), now + TimeDelta::minutes(1)).is_ok());
    }

    #[test]
    fn the_memory_is_bounded() {
        let (attempts, now) = (Attempts::default(), DateTime::UNIX_EPOCH);
        for n in 0..MOST_KEYS + 10 {
            assert!(attempts.admit(&n.to_string(), None, now).is_ok());
        }
        assert!(attempts.counts.lock().unwrap().len() <= MOST_KEYS);
        assert!(attempts.admit("later", None, now + TimeDelta::minutes(1)).is_ok());
        assert_eq!(attempts.counts.lock().unwrap().len(), 1);
    }
}
