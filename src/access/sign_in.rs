//! How strictly a node signs people in. The defaults are what a node at work needs; only a trial relaxes them.

use chrono::TimeDelta;

use super::Role;
use crate::values::text_enum;

text_enum! {
    /// Who must have a second factor before anything else works.
    pub enum SecondFactorRule {
        /// Everybody with a log-in.
        Everybody => "everybody",
        /// All but landlords and residents, who may: nobody is turned away for want of a telephone.
        Staff => "staff",
        /// Nobody: for a trial.
        Nobody => "nobody",
    }
}

impl SecondFactorRule {
    /// Whether somebody in this role must have one.
    pub fn asks(self, role: Role) -> bool {
        match self {
            Self::Everybody => true,
            Self::Staff => !matches!(role, Role::Landlord | Role::Resident),
            Self::Nobody => false,
        }
    }
}

impl SignInRules {
    /// Whether a machine's token may act as somebody in this role. A token is one factor: where staff must have two, it
    /// is for the systems of employers and landlords.
    pub fn lets_machines_act_as(self, role: Role) -> bool {
        self.second_factor == SecondFactorRule::Nobody || !SecondFactorRule::Staff.asks(role)
    }
}

/// The rules of signing in.
#[derive(Debug, Clone, Copy)]
pub struct SignInRules {
    /// Who must have a second factor.
    pub second_factor: SecondFactorRule,
    /// A session ends after this long without a request.
    pub idle: TimeDelta,
    /// A session ends after this long in any case.
    pub absolute: TimeDelta,
}

impl Default for SignInRules {
    /// Staff with a second factor; half an hour idle, twelve hours in any case (NIST SP 800-63B, AAL2: 30 minutes, 12
    /// hours).
    fn default() -> Self {
        Self { second_factor: SecondFactorRule::Staff, idle: TimeDelta::minutes(30), absolute: TimeDelta::hours(12) }
    }
}
