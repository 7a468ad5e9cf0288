//! Who the nodes are: cards that nodes sign themselves, and directories that list them.
//!
//! A card is believed when its signing key has the fingerprint that two people compared, when it renews a card that
//! is believed already, or when it stands in a directory signed by a key that this node was configured to trust.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::envelope::Peer;
use super::keys::{KeyUse, NodeKeys, PublicKey, fingerprint};
use super::messages::Office;
use super::{Reason, SKEW_SECONDS, jose, strict};
use crate::error::{Error, Result};
pub use crate::values::NodeCode;
use crate::values::{DivisionCode, Label, Malformed, parsed_text};

/// The longest signed card, in bytes.
pub const CARD_BYTES: usize = 64 * 1024;

/// The longest signed directory, in bytes: room for every county of a country.
pub const DIRECTORY_BYTES: usize = 16 * 1024 * 1024;

const CARD: &str = "anju-card+jws";
const DIRECTORY: &str = "anju-directory+jws";

parsed_text! {
    /// Where a node is reached: `https://host[:port][/path]` without a slash at the end, at most 200 characters.
    /// Plain `http` is accepted for the own machine only, for demonstrations and tests.
    pub struct BaseUrl = parse_base_url;
}

fn parse_base_url(text: &str) -> std::result::Result<String, Malformed> {
    let (scheme, rest) = text.split_once("://").ok_or(Malformed("malformed-url"))?;
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let allowed = match scheme {
        "https" => !host.is_empty(),
        "http" => matches!(host, "127.0.0.1" | "localhost"),
        _ => false,
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_~:/".contains(&b);
    let shaped = text.len() <= 200 && rest.bytes().all(plain) && !rest.ends_with('/');
    if allowed && shaped { Ok(text.to_owned()) } else { Err(Malformed("malformed-url")) }
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeCard {
    /// Its code.
    pub code: NodeCode,
    /// Its name for people.
    pub name: Label,
    /// Where it is reached.
    pub base_url: BaseUrl,
    /// The divisions it serves, 1–500.
    pub territory: Vec<DivisionCode>,
    /// Its public keys: past ones as long as their messages may still arrive, present ones, next ones.
    pub keys: Vec<PublicKey>,
    /// The office that answers for it.
    pub office: Office,
    /// When this card was written.
    pub issued_at: DateTime<Utc>,
    /// 1, 2, 3 …; a higher one replaces.
    pub version: u32,
}

impl NodeCard {
    /// The node as sender or receiver.
    pub fn peer(&self) -> Peer<'_> {
        Peer { code: &self.code, keys: &self.keys }
    }

    /// The card signed by the node with its present key; refused with `invalid-payload` when it is no sound card.
    pub fn sign(&self, keys: &NodeKeys, now: DateTime<Utc>) -> Result<String> {
        if self.code != *keys.node() || !self.is_sound() {
            return Err(Reason::InvalidPayload.into());
        }
        jose::sign(CARD, &serde_json::to_vec(self).map_err(Error::internal)?, keys.signing(now)?)
    }

    fn is_sound(&self) -> bool {
        let has = |usage| self.keys.iter().any(|key: &PublicKey| key.usage() == usage);
        let once = |n: usize, key: &PublicKey| self.keys[..n].iter().all(|other| other.kid() != key.kid());
        self.version >= 1
            && (1..=500).contains(&self.territory.len())
            && self.keys.len() <= 20
            && has(KeyUse::Signing)
            && has(KeyUse::Agreement)
            && self.keys.iter().enumerate().all(|(n, key)| once(n, key))
    }
}

/// A card whose signing key has this [`fingerprint`], as compared by two people; only its digits count.
pub fn verify_card(jws: &str, compared: &str, now: DateTime<Utc>) -> std::result::Result<NodeCard, Reason> {
    let (card, kid) = self_signed(jws, now)?;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let same = digits(&fingerprint(&card.code, &kid)) == digits(compared);
    if same { Ok(card) } else { Err(Reason::WrongFingerprint) }
}

/// The fingerprint to show for a card that came from somewhere; the card itself is not believed yet.
pub fn card_fingerprint(jws: &str, now: DateTime<Utc>) -> std::result::Result<String, Reason> {
    let (card, kid) = self_signed(jws, now)?;
    Ok(fingerprint(&card.code, &kid))
}

/// A newer card of a node already known, signed with a key of the card known.
pub fn verify_renewal(jws: &str, known: &NodeCard, now: DateTime<Utc>) -> std::result::Result<NodeCard, Reason> {
    let (card, key): (NodeCard, _) = signed(jws, CARD, &known.keys, CARD_BYTES)?;
    in_time(key, card.issued_at, now)?;
    if card.code != known.code {
        return Err(Reason::NotFromSender);
    }
    if !card.is_sound() {
        return Err(Reason::InvalidPayload);
    }
    if card.version > known.version { Ok(card) } else { Err(Reason::NotNewer) }
}

/// A list of nodes, signed by a key that its readers were configured to trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// 1, 2, 3 …; a higher one replaces.
    pub version: u32,
    /// When it was written.
    pub issued_at: DateTime<Utc>,
    /// The nodes.
    pub nodes: Vec<NodeCard>,
}

impl Directory {
    /// The directory signed by its keeper; refused with `invalid-payload` when it is not sound.
    pub fn sign(&self, keeper: &NodeKeys, now: DateTime<Utc>) -> Result<String> {
        if !self.is_sound() {
            return Err(Reason::InvalidPayload.into());
        }
        jose::sign(DIRECTORY, &serde_json::to_vec(self).map_err(Error::internal)?, keeper.signing(now)?)
    }

    /// The node that serves a division: the one with the longest matching prefix in its territory.
    pub fn node_for(&self, division: &DivisionCode) -> Option<&NodeCard> {
        route(&self.nodes, division)
    }

    fn is_sound(&self) -> bool {
        let mut codes: Vec<_> = self.nodes.iter().map(|node| &node.code).collect();
        let mut divisions: Vec<_> = self.nodes.iter().flat_map(|node| &node.territory).collect();
        self.version >= 1
            && self.nodes.iter().all(NodeCard::is_sound)
            && distinct(&mut codes)
            && distinct(&mut divisions)
    }
}

/// The card whose territory has the longest code that covers the division.
pub fn route<'c>(cards: &'c [NodeCard], division: &DivisionCode) -> Option<&'c NodeCard> {
    let reach = |card: &NodeCard| {
        card.territory.iter().filter(|code| code.covers(division)).map(|code| code.as_str().len()).max()
    };
    cards.iter().filter_map(|card| Some((reach(card)?, card))).max_by_key(|(reach, _)| *reach).map(|(_, card)| card)
}

/// A directory signed by one of the trusted keys.
pub fn verify_directory(
    jws: &str,
    trusted: &[PublicKey],
    now: DateTime<Utc>,
) -> std::result::Result<Directory, Reason> {
    let (directory, key): (Directory, _) = signed(jws, DIRECTORY, trusted, DIRECTORY_BYTES)?;
    in_time(key, directory.issued_at, now)?;
    if directory.is_sound() { Ok(directory) } else { Err(Reason::InvalidPayload) }
}

/// A card signed by one of its own keys, and that key's name.
fn self_signed(jws: &str, now: DateTime<Utc>) -> std::result::Result<(NodeCard, String), Reason> {
    if jws.len() > CARD_BYTES {
        return Err(Reason::TooLarge);
    }
    let NodeCard { keys, .. } = jose::peek(jws)?;
    let (card, key): (NodeCard, _) = signed(jws, CARD, &keys, CARD_BYTES)?;
    let kid = key.kid().to_owned();
    in_time(key, card.issued_at, now)?;
    if card.is_sound() { Ok((card, kid)) } else { Err(Reason::InvalidPayload) }
}

fn signed<'k, T: DeserializeOwned + Serialize>(
    jws: &str,
    typ: &str,
    keys: &'k [PublicKey],
    most: usize,
) -> std::result::Result<(T, &'k PublicKey), Reason> {
    if jws.len() > most {
        return Err(Reason::TooLarge);
    }
    let (payload, key) = jose::verify(jws, typ, keys)?;
    Ok((strict::read(&payload)?, key))
}

/// The key must be valid now, not only then: cards and directories are fetched anew, old ones prove nothing.
fn in_time(key: &PublicKey, issued_at: DateTime<Utc>, now: DateTime<Utc>) -> std::result::Result<(), Reason> {
    if !key.valid_at(now) {
        return Err(Reason::ExpiredKey);
    }
    if issued_at > now + TimeDelta::seconds(SKEW_SECONDS) { Err(Reason::IssuedInFuture) } else { Ok(()) }
}

fn distinct<T: Ord>(items: &mut [T]) -> bool {
    items.sort_unstable();
    items.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::exchange::specs::fixtures::{self, now, origin, residence};

    #[test]
    fn a_card_is_believed_with_the_fingerprint_compared() {
        let (card, keys) = (fixtures::origin_card(), origin());
        let jws = card.sign(&keys, now()).unwrap();
        let shown = card_fingerprint(&jws, now()).unwrap();
        assert_eq!(shown, fingerprint(keys.node(), keys.public()[0].kid()));
        assert!(verify_card(&jws, &shown, now()).unwrap() == card);
        assert!(verify_card(&jws, &shown.replace(' ', "-"), now()).is_ok());
        let other = fingerprint(residence().node(), residence().public()[0].kid());
        assert_eq!(verify_card(&jws, &other, now()).unwrap_err(), Reason::WrongFingerprint);
        assert_eq!(verify_card(&jws, "", now()).unwrap_err(), Reason::WrongFingerprint);
        assert!(card.sign(&residence(), now()).is_err());
    }

    #[test]
    fn a_card_signed_by_a_key_it_does_not_bring_is_refused() {
        let payload = serde_json::to_vec(&fixtures::origin_card()).unwrap();
        let jws = jose::sign(CARD, &payload, residence().signing(now()).unwrap()).unwrap();
        assert_eq!(card_fingerprint(&jws, now()).unwrap_err(), Reason::UnknownKey);
    }

    #[test]
    fn a_renewed_card_is_signed_by_the_old_key_and_newer() {
        let known = fixtures::origin_card();
        let mut keys = origin();
        keys.renew(now() + TimeDelta::days(7), now() + TimeDelta::days(700)).unwrap();
        let next = NodeCard { version: 2, keys: keys.public(), ..known.clone() };
        let jws = next.sign(&keys, now()).unwrap();
        assert!(verify_renewal(&jws, &known, now()).unwrap() == next);
        assert_eq!(verify_renewal(&jws, &next, now()).unwrap_err(), Reason::NotNewer);
        assert_eq!(verify_renewal(&jws, &fixtures::residence_card(), now()).unwrap_err(), Reason::UnknownKey);
        let too_late = now() + TimeDelta::days(36500);
        assert_eq!(verify_renewal(&jws, &known, too_late).unwrap_err(), Reason::ExpiredKey);
    }

    #[test]
    fn a_directory_is_believed_from_a_trusted_key_only() {
        let (directory, keeper) = (fixtures::directory(), fixtures::keeper());
        let jws = directory.sign(&keeper, now()).unwrap();
        assert!(verify_directory(&jws, &keeper.public(), now()).unwrap() == directory);
        assert_eq!(verify_directory(&jws, &origin().public(), now()).unwrap_err(), Reason::UnknownKey);
        let card = fixtures::origin_card().sign(&origin(), now()).unwrap();
        assert_eq!(verify_directory(&card, &origin().public(), now()).unwrap_err(), Reason::MalformedEnvelope);
        let mut twice = directory.clone();
        twice.nodes.push(directory.nodes[0].clone());
        assert!(twice.sign(&keeper, now()).is_err());
    }

    #[test]
    fn the_longest_prefix_serves_a_division() {
        let mut directory = fixtures::directory();
        let mut province = fixtures::origin_card();
        province.code = "henan".parse().unwrap();
        province.territory = vec!["41".parse().unwrap()];
        directory.nodes.push(province);
        let served = |code: &str| directory.node_for(&code.parse().unwrap()).map(|node| node.code.as_str());
        assert_eq!(served("411421001001"), Some("411421"));
        assert_eq!(served("410102"), Some("henan"));
        assert_eq!(served("110101"), None);
        assert_eq!(served("4114"), Some("henan"));
    }

    #[test]
    fn node_codes_and_urls_are_narrow() {
        for bad in ["", "a", "-a", "a-", "A1", "a/b", "a.b", "..", &"a".repeat(33)] {
            assert!(bad.parse::<NodeCode>().is_err(), "{bad}");
        }
        for good in ["https://a.example", "https://a.example:8443/anju", "http://127.0.0.1:8080", "http://localhost"] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "https://",
            "https://a.example/",
            "https://u@a.example",
            "https://a.example?x",
            "file:///etc",
            "http://localhost.example.org",
            "a.example",
        ] {
            assert!(bad.parse::<BaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_card_has_room_for_nothing_else() {
        let mut card = serde_json::to_value(fixtures::origin_card()).unwrap();
        card["staff"] = json!([]);
        assert!(serde_json::from_value::<NodeCard>(card).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_card_or_refused(text in "\\PC{0,300}") {
            prop_assert!(card_fingerprint(&text, now()).is_err());
            prop_assert!(verify_directory(&text, &origin().public(), now()).is_err());
        }
    }
}
