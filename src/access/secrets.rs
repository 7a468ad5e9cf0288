//! Random secrets that people and machines carry; the database keeps only their SHA-256. A fast hash is enough:
//! the secrets have 120 bits and more, or are codes for one use within days, whose tries are counted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Letters and digits that are told apart when read aloud or from paper.
const READABLE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A secret in the form its bearer holds.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// 256 random bits, for sessions and tokens.
    pub fn random() -> Result<Self> {
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(random::<32>()?))))
    }

    /// A code of twelve readable characters (60 bits) in groups of four, for paper and telephone.
    pub fn readable() -> Result<Self> {
        Ok(Self::grouped(&random::<12>()?))
    }

    /// A code of twenty-four readable characters (120 bits), for one that stays good until it is used.
    pub fn recovery() -> Result<Self> {
        Ok(Self::grouped(&random::<24>()?))
    }

    fn grouped(bytes: &[u8]) -> Self {
        let characters: Vec<char> = bytes.iter().map(|byte| char::from(READABLE[usize::from(byte % 32)])).collect();
        let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
        Self(Zeroizing::new(groups.join("-")))
    }

    /// What a bearer presented.
    pub fn presented(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// A readable code as somebody typed it: case, spaces and dashes do not matter.
    pub fn presented_code(text: &str) -> Self {
        let plain: Vec<char> =
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        let groups: Vec<String> = plain.chunks(4).map(|group| group.iter().collect()).collect();
        Self(Zeroizing::new(groups.join("-")))
    }

    /// The text, to be shown once to its bearer.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    pub fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref().to_vec()
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readable_code_may_be_typed_in_any_way() {
        let code = Secret::readable().unwrap();
        let typed = code.reveal().to_lowercase().replace('-', " ");
        assert_eq!(Secret::presented_code(&typed).hash(), code.hash());
    }
}
