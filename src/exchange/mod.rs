//! The exchange of records between localities: who the nodes are, what they say, and how it is sealed.
//!
//! The protocol is pure (no SQL, no HTTP, no clock; times and ids are parameters): [`keys`] and [`directory`] (who),
//! [`messages`] (what), [`envelope`] (sealed for one receiver), [`streams`] (in which order, with which verdict),
//! [`requests`] (asked and answered over HTTP), [`specs`]. `exchange-specs/` says the same for a peer written in
//! another language.
//!
//! The node's part in it: [`station`] (its keys and card), [`peers`], [`projection`] (the journal becomes messages),
//! [`inbox`] (messages take effect), [`cases`] and [`inquiries`] (what people work on), [`consents`] (what people agree to and withdraw), [`gate`] (what peers may ask), [`sync`] over [`client`]
//! by the [`schedule`].
//! [`inbox`] (messages take effect), [`cases`] and [`inquiries`] (what people work on), [`gate`] (what peers may ask), [`sync`] over [`client`]
//! by the [`schedule`], and [`witness`] (peers keep each other's journals honest).

pub mod directory;
mod doubt_messages;
pub mod envelope;
mod jose;
pub mod keys;
pub mod messages;
pub mod requests;
pub mod specs;
pub mod streams;
mod strict;

mod access_notes;
pub mod answers;
pub mod apply;
pub mod cases;
pub mod client;
pub mod consents;
pub(crate) mod forget;
pub mod gate;
pub mod inbox;
pub mod inquiries;
mod inquiry_messages;
pub mod outbox;
pub mod peers;
pub mod projection;
mod protection_messages;
mod residence_notices;
pub mod rules;
pub mod schedule;
pub mod station;
mod store;
pub mod sync;
pub mod tellings;
pub mod wire;
mod withdrawals;
pub mod witness;

use crate::values::text_enum;

text_enum! {
    /// Why something from a peer is refused. The codes are part of the protocol: they are sent as verdicts and in
    /// problems, and a peer's office reads them.
    pub enum Reason {
        /// Not the shape the specification gives: parts, encoding, header members or type.
        MalformedEnvelope => "malformed-envelope",
        /// Longer than the limit for a message, a batch or a request.
        TooLarge => "too-large",
        /// The suite, or an algorithm in a header, is not one of the suites known here.
        UnknownSuite => "unknown-suite",
        /// The key named is not one of the sender's (signature) or not one of ours (encryption).
        UnknownKey => "unknown-key",
        /// The signing key was not valid at that time.
        ExpiredKey => "expired-key",
        /// It cannot be decrypted: changed on its way, or encrypted with another key than the one named.
        CannotDecrypt => "cannot-decrypt",
        /// The signature does not match the content.
        BadSignature => "bad-signature",
        /// Addressed to another node.
        NotForUs => "not-for-us",
        /// Signed by a key of one node in the name of another.
        NotFromSender => "not-from-sender",
        /// The message kind is not known here.
        UnknownKind => "unknown-kind",
        /// The message's version is not known here.
        UnsupportedVersion => "unsupported-version",
        /// The content does not follow its schema.
        InvalidPayload => "invalid-payload",
        /// Dated in the future beyond the tolerated skew.
        IssuedInFuture => "issued-in-future",
        /// The request's time is over.
        Expired => "expired",
        /// The request would be valid for longer than the limit.
        LivesTooLong => "lives-too-long",
        /// The request was signed for another URL.
        WrongUrl => "wrong-url",
        /// The request's `jti` was seen before.
        Replayed => "replayed",
        /// The response answers another request.
        NotInReply => "not-in-reply",
        /// Another message with this id was received before.
        DuplicateId => "duplicate-id",
        /// The card's key does not have the fingerprint that was compared.
        WrongFingerprint => "wrong-fingerprint",
        /// The card or directory is not newer than the one known.
        NotNewer => "not-newer",
    }
}

impl std::error::Error for Reason {}

impl From<Reason> for crate::error::Error {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason.as_str())
    }
}

/// How far the clocks of two nodes may differ, in seconds.
pub const SKEW_SECONDS: i64 = 60;
