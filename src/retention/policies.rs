//! How long each kind of data is kept: a list per locality, shipped with defaults and replaced by the locality's own
//! file. Law and practice differ by province, so every period names its reason and none stands in code.

use std::fmt;

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::access::Bilingual;
use crate::error::{Error, Result};
use crate::exchange::peers::Schedule;
use crate::values::text_enum;

/// Longest a period can be, in months: a longer one is a typing error.
const LONGEST_MONTHS: u32 = 100 * 12;
/// Shortest time messages are kept, in days: so long a peer may need them again after restoring a backup.
const SHORTEST_FOR_MESSAGES: u32 = 30;

text_enum! {
    /// What a policy is for, and from when its period runs.
    pub enum PolicyKind {
        /// A person's file, from the end of their last residence.
        Departed => "departed",
        /// A person's file, from the day it was opened, while no residence was ever recorded.
        NeverLivedHere => "never-lived-here",
        /// The file of a person whose household register lies here, from the end of their last residence.
        HomeRegister => "home-register",
        /// A person's file, from the day they asked for its deletion.
        OnRequest => "on-request",
        /// How long after the end of the last residence a file is kept whatever is asked.
        BeforeARequest => "before-a-request",
        /// The file of a landlord who is a human being, from the first day on which they answer for no dwelling any more.
        Landlord => "landlord",
        /// A landlord's report, from its filing, while nobody decided it.
        UndecidedReport => "undecided-report",
        /// A landlord's report, from its return.
        ReturnedReport => "returned-report",
        /// Question and answer of an inquiry, from the answer.
        Inquiry => "inquiry",
        /// The sealed form of a message between localities, from the day both sides agreed on it.
        Message => "message",
        /// A session, from its end.
        Session => "session",
        /// The key of a request that may be repeated, from its answer.
        RequestKey => "request-key",
    }
}

impl PolicyKind {
    fn may_be_unlimited(self) -> bool {
        matches!(self, Self::NeverLivedHere | Self::HomeRegister)
    }
}

/// A length of time in the calendar: years and months first, then days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Years.
    #[serde(skip_serializing_if = "is_zero")]
    pub years: u32,
    /// Months.
    #[serde(skip_serializing_if = "is_zero")]
    pub months: u32,
    /// Days.
    #[serde(skip_serializing_if = "is_zero")]
    pub days: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(self.years, "years"), (self.months, "months"), (self.days, "days")];
        let said: Vec<String> =
            parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
        f.write_str(&said.join(" "))
    }
}

impl Keep {
    /// The day on which a period that began on `from` is over; the end of time where the calendar has none.
    pub fn after(self, from: NaiveDate) -> NaiveDate {
        let months = from.checked_add_months(Months::new(self.in_months()));
        months.and_then(|day| day.checked_add_days(Days::new(self.days.into()))).unwrap_or(NaiveDate::MAX)
    }

    /// The last day on which a period can have begun that is over on `today`.
    pub fn before(self, today: NaiveDate) -> NaiveDate {
        let days = today.checked_sub_days(Days::new(self.days.into()));
        days.and_then(|day| day.checked_sub_months(Months::new(self.in_months()))).unwrap_or(NaiveDate::MIN)
    }

    fn in_months(self) -> u32 {
        self.years.saturating_mul(12).saturating_add(self.months)
    }

    fn is_sound(self) -> bool {
        let (months, days) = (self.in_months(), self.days);
        (months > 0 || days > 0) && months <= LONGEST_MONTHS && days <= LONGEST_MONTHS * 30
    }
}

/// One policy of the list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What it is for.
    pub kind: PolicyKind,
    /// How long; absent where time alone deletes nothing.
    pub keep: Option<Keep>,
    /// What it means.
    pub text: Bilingual,
    /// The rule it rests on, as it is cited.
    pub reference: String,
}

/// The locality's list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// When deletions run.
    pub schedule: Schedule,
    /// One policy for each kind.
    #[serde(rename = "policy")]
    pub policies: Vec<Policy>,
}

impl Policies {
    /// The list that is shipped.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("policies.toml"))
    }

    /// Reads a locality's own list (TOML).
    ///
    /// # Errors
    /// `Internal`, naming the kind, when a policy is missing, given twice, without a reference, or its period is none.
    pub fn parse(text: &str) -> Result<Self> {
        let fault = |reason: String| Error::internal(format!("the retention policies: {reason}"));
        let list: Self = toml::from_str(text).map_err(|error| fault(error.message().to_owned()))?;
        for kind in PolicyKind::ALL {
            let mut found = list.policies.iter().filter(|policy| policy.kind == *kind);
            let policy = found.next().ok_or_else(|| fault(format!("`{kind}` is missing")))?;
            if found.next().is_some() {
                return Err(fault(format!("`{kind}` stands twice")));
            }
            check(policy).map_err(|reason| fault(format!("`{kind}` {reason}")))?;
        }
        Ok(list)
    }

    /// The policy of a kind; every list has one.
    pub fn get(&self, kind: PolicyKind) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.kind == kind)
    }

    /// How long a kind is kept; `None` where time alone deletes nothing.
    pub fn keep(&self, kind: PolicyKind) -> Option<Keep> {
        self.get(kind)?.keep
    }
}

fn check(policy: &Policy) -> std::result::Result<(), &'static str> {
    if policy.reference.trim().is_empty() {
        return Err("names no reference");
    }
    match policy.keep {
        None if policy.kind.may_be_unlimited() => Ok(()),
        None => Err("needs `keep`: years, months or days"),
        Some(keep) if !keep.is_sound() => Err("has a `keep` outside one day to a hundred years"),
        Some(keep)
            if policy.kind == PolicyKind::Message && keep.in_months() == 0 && keep.days < SHORTEST_FOR_MESSAGES =>
        {
            Err("has a `keep` below thirty days: a peer that restores a backup asks for messages again")
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("policies.toml");

    fn refusal(text: &str) -> String {
        Policies::parse(text).unwrap_err().to_string()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_list_shipped_has_a_policy_for_each_kind_with_its_source() {
        let list = Policies::built_in().unwrap();
        assert_eq!(list.policies.len(), PolicyKind::ALL.len());
        assert_eq!(list.keep(PolicyKind::Departed).unwrap().after(day("2026-11-23")), day("2029-11-23"));
        assert_eq!(list.keep(PolicyKind::HomeRegister), None);
    }

    #[test]
    fn what_a_list_lacks_is_named() {
        for (from, to, said) in [
            ("kind = \"inquiry\"", "kind = \"session\"", "`inquiry` is missing"),
            ("{ years = 3 }", "{ years = 0 }", "`departed` has a `keep` outside"),
            ("{ years = 3 }", "{ years = 101 }", "`departed` has a `keep` outside"),
            ("{ days = 14 }", "{ weeks = 2 }", "unknown field `weeks`"),
            ("keep = { days = 14 }\n", "", "`on-request` needs `keep`"),
            ("reference = \"人口与计划生育法 第14条\"", "reference = \" \"", "`home-register` names no reference"),
            ("\"0 40 2 * * *\"", "\"at night\"", "malformed-schedule"),
        ] {
            let said_here = refusal(&SHIPPED.replacen(from, to, 1));
            assert!(said_here.contains(said), "{said_here}");
        }
        let twice = format!(
            "{SHIPPED}\n[[policy]]\nkind = \"session\"\nkeep = {{ days = 2 }}\ntext = {{ zh = \"\", en = \"\" }}\nreference = \"x\""
        );
        assert!(refusal(&twice).contains("`session` stands twice"));
        let short =
            SHIPPED.replace("kind = \"message\"\nkeep = { days = 180 }", "kind = \"message\"\nkeep = { days = 29 }");
        assert!(refusal(&short).contains("`message` has a `keep` below thirty days"));
    }

    #[test]
    fn a_period_that_is_over_today_began_on_the_day_before_it_or_earlier() {
        let keep = Keep { months: 6, ..Keep::default() };
        assert_eq!(keep.after(day("2026-08-31")), day("2027-02-28"));
        assert_eq!(keep.before(day("2027-02-28")), day("2026-08-28"));
        assert!(keep.after(keep.before(day("2027-02-28"))) <= day("2027-02-28"));
        assert_eq!(Keep { days: u32::MAX, ..Keep::default() }.after(NaiveDate::MAX), NaiveDate::MAX);
    }
}
