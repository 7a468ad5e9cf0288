//! Sealed fields. Document numbers, phones and civil records lie in the database only as AES-256-GCM ciphertexts
//! under a data key of their owner (a person or a record), which itself lies wrapped under a node key. Deleting the
//! data key forgets everything it sealed. Exact look-up goes through keyed blind indexes. Opening needs a
//! [`Disclosure`], which only the journal makes, by writing down who looks and why.

mod keyring;
mod store;

pub use keyring::Keyring;
use ring::hmac;
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::access::Action;
use crate::error::{Error, Result};
use crate::journal::{self, Disclosure, Event};
use crate::values::Sealed;
use crate::work::Work;
use keyring::DataKey;

/// Where a sealed value lies; bound into the ciphertext, so that a value moved elsewhere does not open.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// `table.column`.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

impl Place {
    fn bytes(&self) -> Vec<u8> {
        [self.column.as_bytes(), b"|", self.row.as_bytes()].concat()
    }
}

/// The node's keys at work.
#[derive(Debug)]
pub struct Vault {
    keyring: Keyring,
}

impl Vault {
    /// A vault over a keyring.
    pub fn new(keyring: Keyring) -> Self {
        Self { keyring }
    }

    /// The blind index of a normalised text: equal texts of one `domain` give equal indexes, and without the
    /// node's index key nobody can compute or reverse one.
    pub fn blind_index(&self, domain: &'static str, text: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.keyring.index_key()));
        context.update(domain.as_bytes());
        context.update(&[0]);
        context.update(text.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// Seals a secret of the node itself (never personal data) directly under the node key.
    pub fn seal_secret(&self, name: &'static str, secret: &[u8]) -> Result<Vec<u8>> {
        self.keyring.wrap(name.as_bytes(), secret).map(|(_, sealed)| sealed)
    }

    /// The name of the node key that wraps now.
    pub fn active_key(&self) -> &str {
        self.keyring.active()
    }

    /// Opens what [`Vault::seal_secret`] sealed.
    pub fn open_secret(&self, name: &'static str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.keyring.unwrap(name.as_bytes(), sealed)
    }
}

/// Seals a text under the data key of `owner`, making that key if there is none yet.
pub async fn seal(work: &mut Work, owner: Uuid, place: Place, text: &str) -> Result<Sealed> {
    let key = match load_key(work, owner).await? {
        Some(key) => key,
        None => make_key(work, owner).await?,
    };
    key.seal(&place.bytes(), text.as_bytes()).map(Sealed)
}

/// Opens a sealed text for the reason given in the disclosure, which must name the owner.
///
/// ```
/// # use anju::{error::Result, journal::Disclosure, values::Sealed, vault::{self, Place}, work::Work};
/// # use uuid::Uuid;
/// async fn look(work: &mut Work, disclosure: &Disclosure, owner: Uuid, place: Place, sealed: &Sealed) -> Result<usize> {
///     Ok(vault::open(work, disclosure, owner, place, sealed).await?.len())
/// }
/// ```
///
/// Without one there is no way to ask, and a reason alone is none:
///
/// ```compile_fail,E0061
/// # use anju::{error::Result, journal::Disclosure, values::Sealed, vault::{self, Place}, work::Work};
/// # use uuid::Uuid;
/// async fn look(work: &mut Work, disclosure: &Disclosure, owner: Uuid, place: Place, sealed: &Sealed) -> Result<usize> {
///     Ok(vault::open(work, owner, place, sealed).await?.len())
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use anju::{error::Result, journal::Reason, values::Sealed, vault::{self, Place}, work::Work};
/// # use uuid::Uuid;
/// async fn look(work: &mut Work, reason: &Reason, owner: Uuid, place: Place, sealed: &Sealed) -> Result<usize> {
///     Ok(vault::open(work, reason, owner, place, sealed).await?.len())
/// }
/// ```
///
/// # Errors
/// `Refused("erased")` when the owner's key was destroyed; `Internal` when the value was tampered with or moved.
pub async fn open(
    work: &mut Work,
    disclosure: &Disclosure,
    owner: Uuid,
    place: Place,
    sealed: &Sealed,
) -> Result<Zeroizing<String>> {
    if !disclosure.covers(owner) {
        return Err(Error::internal("a disclosure was used for somebody it does not name"));
    }
    let key = load_key(work, owner).await?.ok_or(Error::Refused("erased"))?;
    let bytes = key.open(&place.bytes(), &sealed.0)?;
    let text = std::str::from_utf8(&bytes).map_err(Error::internal)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Forgets everything sealed for `owner`: its data key is destroyed.
pub async fn shred(work: &mut Work, owner: Uuid) -> Result<()> {
    store::delete_key(work, owner).await
}

/// Wraps anew, under the active node key, up to `limit` data keys of this county that lie under an older one; answers
/// how many. What they seal is not touched.
pub async fn rewrap(work: &mut Work, limit: i64) -> Result<usize> {
    work.permit(Action::RenewNodeKey)?;
    let active = work.node().vault.active_key().to_owned();
    let older = store::find_keys_under_others(work, &active, limit).await?;
    for (owner, wrapped) in &older {
        let key = work.node().vault.keyring.unwrap(owner.as_bytes(), wrapped)?;
        let (key_id, again) = work.node().vault.keyring.wrap(owner.as_bytes(), &key)?;
        store::replace_key(work, *owner, wrapped, (&key_id, &again)).await?;
    }
    if !older.is_empty() {
        let details = json!({ "data_keys": older.len(), "node_key": active });
        journal::append(work, Event { kind: "vault.rewrapped", subjects: &[], details }).await?;
    }
    Ok(older.len())
}

async fn load_key(work: &mut Work, owner: Uuid) -> Result<Option<DataKey>> {
    let Some(wrapped) = store::find_key(work, owner).await? else { return Ok(None) };
    let key = work.node().vault.keyring.unwrap(owner.as_bytes(), &wrapped)?;
    DataKey::from_bytes(&key).map(Some)
}

async fn make_key(work: &mut Work, owner: Uuid) -> Result<DataKey> {
    let (key, bytes) = DataKey::generate()?;
    let (key_id, wrapped) = work.node().vault.keyring.wrap(owner.as_bytes(), bytes.as_slice())?;
    store::insert_key(work, owner, &key_id, &wrapped).await?;
    Ok(key)
}
