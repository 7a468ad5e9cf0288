//! Unpredictable choices as a parameter: the system's random source in service, a fixed answer in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result};

/// Draws lots.
#[derive(Debug, Clone)]
pub enum Chance {
    /// The machine's random source: nobody can tell the next draw.
    System(SystemRandom),
    /// Always the same number, 0–999, until another is set.
    Fixed(Arc<AtomicU16>),
}

impl Chance {
    /// The machine's random source.
    pub fn system() -> Self {
        Self::System(SystemRandom::new())
    }

    /// Always `number`.
    pub fn fixed(number: u16) -> Self {
        Self::Fixed(Arc::new(AtomicU16::new(number)))
    }

    /// Sets the number of a fixed source; the machine's is left alone.
    pub fn set(&self, number: u16) {
        if let Self::Fixed(fixed) = self {
            fixed.store(number, Ordering::Relaxed);
        }
    }

    /// A number from 0 to 999, each as likely as the others.
    pub fn per_mille(&self) -> Result<u16> {
        match self {
            Self::Fixed(number) => Ok(number.load(Ordering::Relaxed)),
            Self::System(source) => {
                let mut bytes = [0; 8];
                source.fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
                u16::try_from(u64::from_le_bytes(bytes) % 1000).map_err(Error::internal)
            }
        }
    }
}
