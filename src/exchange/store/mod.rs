//! The exchange's tables: peers, streams, cases, inquiries, settings. Rows of the node as a whole carry its seat.

pub(super) mod cases;
pub(super) mod forget;
pub(super) mod inquiries;
pub(super) mod notices;
pub(super) mod peers;
pub(super) mod settings;
pub(super) mod streams;
pub(super) mod tellings;
pub(super) mod witness;
