//! How closely looks at people's data are watched: a locality's own file over the shipped defaults.

use serde::{Deserialize, Serialize};

use super::{Bilingual, Role};
use crate::error::{Error, Result};

/// The locality's measures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// Looks per day, by role.
    #[serde(rename = "budget")]
    pub budgets: Vec<Budget>,
    /// Reviews of single looks by somebody else.
    pub review: ReviewRule,
    /// Looks kept from the person for a while.
    pub confidential: ConfidentialRule,
    /// From when on a habit is shown.
    pub patterns: PatternRule,
}

/// Looks of one officer on one day.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Whose.
    pub role: Role,
    /// Past so many, the answer carries a warning and the auditor is told.
    pub soft: i32,
    /// Past so many, nothing opens.
    pub hard: i32,
    /// Why so many.
    pub why: Bilingual,
}

/// Reviews of looks drawn by chance.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRule {
    /// Of a thousand looks, so many are drawn.
    pub per_mille: u16,
    /// Working days to review one.
    pub working_days: u16,
    /// The rule's source.
    pub reference: String,
}

/// Bounds of confidential accesses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidentialRule {
    /// Longest the person is not told, in days.
    pub longest_days: u16,
    /// How long an approval may be used, in hours.
    pub approval_hours: u16,
    /// The rule's source.
    pub reference: String,
}

/// From when on a habit is shown to the auditor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternRule {
    /// Fewest looks from which their spread says anything.
    pub far_looks: usize,
    /// Share of looks outside the officer's usual sub-district, in percent.
    pub far_per_cent: usize,
    /// Officers who looked at the same person.
    pub officers_per_person: usize,
    /// Looks at night.
    pub night_looks: usize,
    /// Hour at which the night begins, China's time.
    pub night_from: u32,
    /// Hour at which it ends.
    pub night_until: u32,
    /// Looks on days that are no working days.
    pub off_day_looks: usize,
    /// Looks at a colleague, at oneself, or at somebody of a colleague's name.
    pub acquainted_looks: usize,
}

impl Measures {
    /// The measures that are shipped.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("measures.toml"))
    }

    /// Reads a locality's own (TOML).
    ///
    /// # Errors
    /// `Internal` when they cannot be read, leave an officer's role without a budget, or contradict themselves.
    pub fn parse(text: &str) -> Result<Self> {
        let measures: Self =
            toml::from_str(text).map_err(|e| Error::internal(format!("the measures: {}", e.message())))?;
        for role in Role::ALL.iter().filter(|role| role.is_officer()) {
            let sound = measures.budget(*role).is_some_and(|budget| (0..=budget.hard).contains(&budget.soft));
            if !sound {
                return Err(Error::internal(format!(
                    "the measures lack a budget of {role} with a soft limit below the hard"
                )));
            }
        }
        let hours = [measures.patterns.night_from, measures.patterns.night_until].iter().all(|hour| *hour < 24);
        let bounded = measures.review.per_mille <= 1000 && measures.confidential.longest_days > 0;
        if hours && bounded { Ok(measures) } else { Err(Error::internal("the measures are out of range")) }
    }

    /// The budget of a role.
    pub fn budget(&self, role: Role) -> Option<&Budget> {
        self.budgets.iter().find(|budget| budget.role == role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_measures_parse_and_give_every_officer_a_budget() {
        let measures = Measures::built_in().unwrap();
        assert!(measures.budget(Role::Clerk).is_some() && measures.budget(Role::Supervisor).is_some());
        assert!(measures.budget(Role::Resident).is_none());
    }

    #[test]
    fn measures_that_contradict_themselves_are_refused() {
        let shipped = include_str!("measures.toml");
        for (from, to) in
            [("soft = 120", "soft = 301"), ("\"supervisor\"", "\"auditor\""), ("per_mille = 20", "per_mille = 1001")]
        {
            assert!(shipped.contains(from));
            assert!(Measures::parse(&shipped.replace(from, to)).is_err(), "{to}");
        }
    }
}
