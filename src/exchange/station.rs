//! The node as a party of the exchange: its keys, its card, the office that answers for it.

use chrono::TimeDelta;
use tokio::sync::Notify;

use super::client::Client;
use super::directory::{BaseUrl, NodeCard, NodeCode};
use super::keys::{KeyUse, NodeKeys, fingerprint};
use super::messages::Office;
use super::store::settings;
use crate::access::Action;
use crate::error::{Error, Result};
use crate::work::Work;

/// How long a node's first keys are good; they are renewed with overlap before.
const KEYS_GOOD_FOR: TimeDelta = TimeDelta::days(2 * 365);
/// Keys begin a little before they are made, so that a peer whose clock is behind accepts them at once.
const KEYS_BEGIN_BEFORE: TimeDelta = TimeDelta::minutes(5);
const KEYS: &str = "exchange-keys";

/// How the node presents itself to peers; from its configuration.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Its code in the directory.
    pub code: NodeCode,
    /// Where peers reach it.
    pub base_url: BaseUrl,
    /// Whom they may call.
    pub office: Office,
}

/// The node as a party of the exchange.
#[derive(Debug)]
pub struct Station {
    /// How it presents itself.
    pub presence: Presence,
    /// Its keys, secret halves included.
    pub keys: NodeKeys,
    /// How it calls others.
    pub client: Client,
    /// Woken when peers were added or their plan changed, for the schedule.
    pub peers_changed: Notify,
}

impl Station {
    /// Loads the node's keys, making them on the first start.
    pub async fn load(work: &mut Work, presence: Presence) -> Result<Self> {
        work.permit(Action::Exchange)?;
        let keys = match settings::find(work, KEYS).await? {
            Some(sealed) => NodeKeys::from_bytes(&work.node().vault.open_secret(KEYS, &sealed)?)?,
            None => make_keys(work, &presence.code).await?,
        };
        if *keys.node() != presence.code {
            return Err(Error::invalid("code", "keys-of-another-node"));
        }
        let client = Client::new(work.node().clock.clone())?;
        Ok(Self { presence, keys, client, peers_changed: Notify::new() })
    }

    /// The node's card, as of now. Its version is the minute it is written in, so that a later one is higher.
    pub fn card(&self, work: &Work) -> Result<NodeCard> {
        let minutes = work.now().timestamp() / 60;
        Ok(NodeCard {
            code: self.presence.code.clone(),
            name: work.node().name.clone(),
            base_url: self.presence.base_url.clone(),
            territory: work.node().territory.codes().to_vec(),
            keys: self.keys.public(),
            office: self.presence.office.clone(),
            issued_at: work.now(),
            version: u32::try_from(minutes).map_err(Error::internal)?,
        })
    }

    /// The card as the node signs it.
    pub fn signed_card(&self, work: &Work) -> Result<String> {
        self.card(work)?.sign(&self.keys, work.now())
    }

    /// The fingerprint that two people compare before they add each other's nodes.
    pub fn fingerprint(&self, work: &Work) -> Result<String> {
        let signing = self.keys.signing(work.now())?.public();
        debug_assert_eq!(signing.usage(), KeyUse::Signing);
        Ok(fingerprint(&self.presence.code, signing.kid()))
    }
}

async fn make_keys(work: &mut Work, code: &NodeCode) -> Result<NodeKeys> {
    let from = work.now() - KEYS_BEGIN_BEFORE;
    let keys = NodeKeys::generate(code.clone(), from, from + KEYS_GOOD_FOR)?;
    let sealed = work.node().vault.seal_secret(KEYS, &keys.to_bytes()?)?;
    settings::insert(work, KEYS, &sealed).await?;
    Ok(keys)
}
