//! The examples as values, for the tests of the whole exchange.

use chrono::{DateTime, Utc};

use super::examples;
use crate::exchange::directory::{Directory, NodeCard, NodeCode};
use crate::exchange::envelope::Peer;
use crate::exchange::keys::{NodeKeys, PublicKey};
use crate::exchange::messages::Message;

pub fn now() -> DateTime<Utc> {
    examples::now().unwrap()
}

pub fn residence() -> NodeKeys {
    examples::residence().unwrap()
}

pub fn origin() -> NodeKeys {
    examples::origin().unwrap()
}

pub fn keeper() -> NodeKeys {
    examples::keeper().unwrap()
}

pub fn peer<'a>(code: &'a NodeCode, keys: &'a [PublicKey]) -> Peer<'a> {
    Peer { code, keys }
}

pub fn messages() -> Vec<Message> {
    examples::messages().unwrap().into_iter().map(|(_, message)| message).collect()
}

fn message(name: &str) -> Message {
    examples::messages().unwrap().into_iter().find(|(found, _)| *found == name).unwrap().1
}

pub fn started() -> Message {
    message("residence.started")
}

pub fn answered() -> Message {
    message("record.answered.replies")
}

pub fn residence_card() -> NodeCard {
    examples::cards().unwrap().into_iter().next().unwrap()
}

pub fn origin_card() -> NodeCard {
    examples::cards().unwrap().into_iter().nth(1).unwrap()
}

pub fn directory() -> Directory {
    examples::directory().unwrap()
}
