//! Time-based one-time codes (RFC 6238): six digits, thirty seconds, HMAC-SHA-1 over a seed of 160 random bits, which
//! is what every authenticator app understands. A code of the step before or after is taken, for clocks that differ.

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use super::users::Login;
use crate::error::{Error, Result};
use crate::values::Label;

const SEED_LEN: usize = 20;
const DIGITS: u8 = 6;
/// Seconds a code is shown.
const STEP: u64 = 30;
/// Steps before and after the present one that are taken, too.
const SKEW: u16 = 1;

/// What the app and the node share.
pub(super) struct Seed(Zeroizing<[u8; SEED_LEN]>);

impl Seed {
    pub fn generate() -> Result<Self> {
        let mut seed = Zeroizing::new([0; SEED_LEN]);
        SystemRandom::new().fill(seed.as_mut_slice()).map_err(|_| Error::internal("no randomness"))?;
        Ok(Self(seed))
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let seed = bytes.try_into().map_err(|_| Error::internal("a seed has the wrong length"))?;
        Ok(Self(Zeroizing::new(seed)))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// For typing by hand: base 32.
    pub fn text(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(self.totp("", "")?.secret().to_base32()))
    }

    /// For an app to read: `otpauth://totp/NODE:LOGIN?secret=…&issuer=NODE`.
    pub fn uri(&self, node: &Label, login: &Login) -> Result<Zeroizing<String>> {
        // The form of such an address has a colon between the two.
        let issuer = node.as_str().replace(':', " ");
        self.totp(&issuer, login.as_str())?.to_url().map(Zeroizing::new).map_err(|_| Error::internal("no such address"))
    }

    /// The step whose code this is, where it is one of those taken at an instant.
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Ok(self.totp("", "")?.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
    }

    fn totp(&self, issuer: &str, account: &str) -> Result<Totp> {
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(SKEW)
            .with_step_duration(STEP)
            .with_secret(self.bytes().to_vec())
            .with_account_name(account)
            .with_issuer(Some(issuer));
        builder.build().map_err(|_| Error::internal("a one-time code cannot be made"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// The last six digits of the vectors of RFC 6238, appendix B, for SHA-1.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(seed.step_of(code, at(seconds)).unwrap(), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_longer() {
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        let step = 1_234_567_890 / 30;
        for (seconds, taken) in [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)] {
            let now = at(step * 30 + seconds);
            assert_eq!(seed.step_of("005924", now).unwrap().is_some(), taken, "{seconds}");
        }
        for garbled in ["", "00592", "0059244", "5924", "00592a", "00 59 24\0", "００５９２４"] {
            assert_eq!(seed.step_of(garbled, at(step * 30)).unwrap(), None, "{garbled}");
        }
    }

    #[test]
    fn an_app_reads_issuer_account_and_seed() {
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        assert_eq!(seed.text().unwrap().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let uri = seed.uri(&"A: B".parse().unwrap(), &"wang.fang".parse().unwrap()).unwrap();
        assert!(
            uri.starts_with("otpauth://totp/A%20%20B:wang.fang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{}",
            *uri
        );
    }
}
