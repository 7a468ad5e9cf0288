//! WHO MAY: actors, roles × actions, the scope that stands in every query, purposes and bases, log-ins with two
//! factors, sessions and machines' tokens.

pub mod budgets;
mod category;
mod fields;
pub(crate) mod forget;
pub mod idempotency;
mod measures;
pub mod passwords;
pub mod protection;
mod purposes;
mod roles;
pub mod second_factors;
mod secrets;
pub mod sessions;
mod sign_in;
mod store;
pub mod tokens;
mod totp;
pub mod users;

pub use category::Category;
pub use fields::Field;
pub use measures::{Measures, PatternRule};
pub use purposes::{BasisCode, Bilingual, CaseRef, PurposeCode, Purposes};
pub use roles::{Action, Role};
pub use secrets::Secret;
pub use sign_in::{SecondFactorRule, SignInRules};
use uuid::Uuid;

use crate::values::{DivisionCode, LocalityCode, NodeCode};

/// Who acts in a unit of work.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user's id; nil for the node itself and for peers.
    pub id: Uuid,
    /// What they are.
    pub role: Role,
    /// Where they may act.
    pub scope: Scope,
    /// The landlord or resident this user is, for those roles.
    pub subject: Option<Uuid>,
    /// The peer on whose word this is done.
    pub peer: Option<NodeCode>,
    /// What was presented at the door; absent for the node itself, its command line, and peers.
    pub credential: Option<Credential>,
    /// Whether they are named to see protected persons in their scope; the node itself does, also on a peer's word, and
    /// tells nobody.
    pub protects: bool,
}

/// What somebody presented to act. It stands in the journal, so that what a stolen token did can be told from what its
/// owner did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A session begun with a password.
    Session,
    /// The machine token with this id.
    Token(Uuid),
}

impl Actor {
    /// The node itself, in one of its counties: sealer, projection, schedule, first set-up.
    pub fn system(locality: LocalityCode) -> Self {
        Self {
            id: Uuid::nil(),
            role: Role::System,
            scope: Scope(locality.into()),
            subject: None,
            peer: None,
            credential: None,
            protects: true,
        }
    }

    /// The node acting in one of its counties on the word of a peer whose message was verified.
    pub fn peer(peer: NodeCode, locality: LocalityCode) -> Self {
        Self { role: Role::Peer, peer: Some(peer), ..Self::system(locality) }
    }
}

/// The division an actor may see: everything inside it, nothing outside. Stands as a range condition in queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(DivisionCode);

impl Scope {
    /// The scope of a whole division.
    pub fn new(division: DivisionCode) -> Self {
        Self(division)
    }

    /// The division itself; the office that acts.
    pub fn division(&self) -> &DivisionCode {
        &self.0
    }

    /// Whether a division lies inside.
    pub fn covers(&self, division: &DivisionCode) -> bool {
        self.0.covers(division)
    }

    /// Smallest and largest committee code inside, both inclusive.
    pub fn range(&self) -> (String, String) {
        self.0.committee_range()
    }
}
