//! When a person's file is deleted, from the facts of the register alone: no departure, no date; a return cancels it;
//! what is still open holds it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::policies::{Policies, PolicyKind};
use crate::clock::china_day;
use crate::values::{DivisionCode, text_enum};

/// What the register knows of a person that bears on the deletion of their file.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Facts {
    /// Whose file it is.
    pub id: Uuid,
    /// The committee that keeps it.
    pub committee: DivisionCode,
    /// Where the household register lies.
    pub origin: DivisionCode,
    /// When the file was opened.
    pub created_at: DateTime<Utc>,
    /// Whether the person lives here, or a peer says that they live there and come from here.
    pub resides: bool,
    /// The end of the last residence, here or there.
    pub left_here_on: Option<NaiveDate>,
    /// The end of the last residence told by a peer.
    pub left_there_on: Option<NaiveDate>,
    /// Whether something said against a residence is not settled.
    pub disputed: bool,
    /// Whether something said against the person's identity, or a record of theirs, is not decided.
    pub doubted: bool,
    /// Whether an inquiry about the person is not answered.
    pub inquired: bool,
    /// The last day of an officer's hold that stands.
    pub held_until: Option<NaiveDate>,
    /// The day on which the person asked for deletion.
    pub asked_on: Option<NaiveDate>,
}

impl Facts {
    /// The end of the last residence.
    pub fn left_on(&self) -> Option<NaiveDate> {
        self.left_here_on.max(self.left_there_on)
    }

    fn opened_on(&self) -> NaiveDate {
        china_day(self.created_at)
    }
}

text_enum! {
    /// Why a file whose time is over is not deleted yet.
    pub enum HoldReason {
        /// What somebody said against a residence is not settled.
        Dispute => "dispute",
        /// What somebody doubts of the person's identity, or a record of theirs, is not decided.
        Doubt => "doubt",
        /// An inquiry about the person is not answered.
        Inquiry => "inquiry",
        /// An officer holds it for a case, until a day.
        LegalHold => "legal-hold",
    }
}

/// When a person's file is deleted, by which rule, and what holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Deletion {
    /// The day from which the file is deleted; absent while the person lives here, or time alone deletes nothing.
    pub delete_on: Option<NaiveDate>,
    /// The rule it follows; absent while the person lives here.
    pub rule: Option<PolicyKind>,
    /// What holds it back, also when its day has come.
    pub held_by: Vec<HoldReason>,
    /// The last day of an officer's hold.
    pub held_until: Option<NaiveDate>,
    /// The day on which the person asked for it.
    pub asked_on: Option<NaiveDate>,
}

impl Deletion {
    /// Whether the file is to be deleted on a day.
    pub fn is_due(&self, today: NaiveDate) -> bool {
        self.held_by.is_empty() && self.delete_on.is_some_and(|day| day <= today)
    }
}

/// When a person's file is deleted. `at_home` says whether their household register lies in the node's territory.
pub fn deletion(facts: &Facts, at_home: bool, policies: &Policies) -> Deletion {
    let (rule, delete_on) = if facts.resides { (None, None) } else { by_rule(facts, at_home, policies) };
    let asked_on = asked(facts);
    let held = [
        (facts.disputed, HoldReason::Dispute),
        (facts.doubted, HoldReason::Doubt),
        (facts.inquired, HoldReason::Inquiry),
        (facts.held_until.is_some(), HoldReason::LegalHold),
    ];
    let held_by = held.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect();
    Deletion { delete_on, rule, held_by, held_until: facts.held_until, asked_on }
}

/// A request of before the person came back is over.
fn asked(facts: &Facts) -> Option<NaiveDate> {
    facts.asked_on.filter(|asked| !facts.resides && facts.left_on().is_none_or(|left| left <= *asked))
}

fn by_rule(facts: &Facts, at_home: bool, policies: &Policies) -> (Option<PolicyKind>, Option<NaiveDate>) {
    let (rule, from) = match facts.left_on() {
        _ if at_home => (PolicyKind::HomeRegister, facts.left_on().unwrap_or(facts.opened_on())),
        Some(left) => (PolicyKind::Departed, left),
        None => (PolicyKind::NeverLivedHere, facts.opened_on()),
    };
    let by_time = policies.keep(rule).map(|keep| keep.after(from));
    let keep = |kind: PolicyKind, from: NaiveDate| policies.keep(kind).map_or(from, |keep| keep.after(from));
    let by_request = asked(facts).map(|asked| {
        let earliest = facts.left_on().map(|left| keep(PolicyKind::BeforeARequest, left));
        keep(PolicyKind::OnRequest, asked).max(earliest.unwrap_or(asked))
    });
    match (by_request, by_time) {
        (Some(request), time) if time.is_none_or(|time| request < time) => (Some(PolicyKind::OnRequest), Some(request)),
        (_, time) => (Some(rule), time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn facts() -> Facts {
        Facts {
            id: Uuid::nil(),
            committee: "130102001001".parse().unwrap(),
            origin: "411421".parse().unwrap(),
            created_at: "2024-03-01T02:00:00Z".parse().unwrap(),
            resides: false,
            left_here_on: None,
            left_there_on: None,
            disputed: false,
            doubted: false,
            inquired: false,
            held_until: None,
            asked_on: None,
        }
    }

    fn left() -> Facts {
        Facts { left_here_on: Some(day("2026-11-01")), ..facts() }
    }

    fn told(facts: &Facts, at_home: bool) -> (Option<&'static str>, Option<String>) {
        let found = deletion(facts, at_home, &Policies::built_in().unwrap());
        (found.rule.map(|rule| rule.as_str()), found.delete_on.map(|day| day.to_string()))
    }

    fn date(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn who_lives_here_has_no_date_and_a_return_cancels_it() {
        assert_eq!(told(&left(), false), (Some("departed"), date("2029-11-01")));
        assert_eq!(told(&Facts { resides: true, ..left() }, false), (None, None));
        let asked = Some(day("2026-11-05"));
        assert_eq!(told(&Facts { resides: true, asked_on: asked, ..left() }, false), (None, None));
        let again = Facts { left_here_on: Some(day("2030-01-01")), asked_on: asked, ..left() };
        assert_eq!(told(&again, false), (Some("departed"), date("2033-01-01")), "the old request is over, too");
    }

    #[test]
    fn the_last_residence_counts_wherever_it_was() {
        let later = Facts { left_there_on: Some(day("2027-02-28")), ..left() };
        assert_eq!(told(&later, false).1, date("2030-02-28"));
    }

    #[test]
    fn a_file_nobody_ever_moved_in_with_goes_after_a_year() {
        assert_eq!(told(&facts(), false), (Some("never-lived-here"), date("2025-03-01")));
    }

    #[test]
    fn time_alone_deletes_nothing_of_those_at_home() {
        assert_eq!(told(&left(), true), (Some("home-register"), None));
        let asked = Facts { asked_on: Some(day("2028-01-01")), ..left() };
        assert_eq!(told(&asked, true), (Some("on-request"), date("2028-01-15")));
    }

    #[test]
    fn a_request_brings_the_day_forward_but_not_before_the_least_time() {
        let early = Facts { asked_on: Some(day("2026-11-02")), ..left() };
        assert_eq!(told(&early, false), (Some("on-request"), date("2027-05-01")));
        let late = Facts { asked_on: Some(day("2027-06-01")), ..left() };
        assert_eq!(told(&late, false), (Some("on-request"), date("2027-06-15")));
        let in_vain = Facts { asked_on: Some(day("2029-10-30")), ..left() };
        assert_eq!(told(&in_vain, false), (Some("departed"), date("2029-11-01")));
    }

    #[test]
    fn what_is_open_holds_a_deletion_that_is_due() {
        let policies = Policies::built_in().unwrap();
        let due = |facts: &Facts| deletion(facts, false, &policies).is_due(day("2029-11-01"));
        assert!(due(&left()));
        assert!(!due(&Facts { left_here_on: Some(day("2026-11-02")), ..left() }));
        for held in [
            Facts { disputed: true, ..left() },
            Facts { doubted: true, ..left() },
            Facts { inquired: true, ..left() },
            Facts { held_until: Some(day("2029-11-01")), ..left() },
        ] {
            assert!(!due(&held), "{held:?}");
        }
    }
}
