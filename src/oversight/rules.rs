//! Habits that raise a question, from looks and nothing else. A finding accuses nobody: the auditor asks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, NaiveDate, Timelike, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::access::PatternRule;
use crate::values::{DivisionCode, text_enum};

/// Entries named in one finding at most; the count tells all.
const MOST_ENTRIES: usize = 100;
/// Digits of a sub-district's code.
const SUB_DISTRICT: usize = 9;

text_enum! {
    /// A habit.
    pub enum Pattern {
        /// Looks at people far from the sub-district the officer looks at most.
        FarAway => "far-away",
        /// One person looked at by many officers.
        ManyOfficers => "many-officers",
        /// Looks at night.
        AtNight => "at-night",
        /// Looks on days that are no working days.
        OffDays => "off-days",
        /// Looks at somebody who has the name of a colleague.
        Colleague => "colleague",
        /// Looks at somebody who has the officer's own name.
        OwnName => "own-name",
    }
}

/// One look, by ids.
#[derive(Debug, Clone)]
pub struct LookAt {
    /// The journal entry.
    pub entry: Uuid,
    /// Who looked.
    pub officer: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Whose data.
    pub persons: Vec<Uuid>,
}

/// What a look came upon, for the auditor to ask about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// Which habit.
    pub code: Pattern,
    /// Whose; absent where several officers looked at one person.
    pub officer: Option<Uuid>,
    /// Officers concerned.
    pub officers: usize,
    /// Looks that fit.
    pub looks: usize,
    /// Looks of that officer in the period, or at that person.
    pub of: usize,
    /// The entries, the first hundred.
    pub entries: Vec<Uuid>,
}

impl Finding {
    fn of_officer(code: Pattern, officer: Uuid, fitting: &[&LookAt], of: usize) -> Self {
        let entries = fitting.iter().take(MOST_ENTRIES).map(|look| look.entry).collect();
        Self { code, officer: Some(officer), officers: 1, looks: fitting.len(), of, entries }
    }
}

fn by_officer(looks: &[LookAt]) -> BTreeMap<Uuid, Vec<&LookAt>> {
    let mut sorted: BTreeMap<Uuid, Vec<&LookAt>> = BTreeMap::new();
    for look in looks {
        sorted.entry(look.officer).or_default().push(look);
    }
    sorted
}

/// Each officer's looks that fit, where there are at least so many.
fn fitting(looks: &[LookAt], code: Pattern, least: usize, fits: impl Fn(&LookAt) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (officer, all) in by_officer(looks) {
        let fitting: Vec<&LookAt> = all.iter().copied().filter(|look| fits(look)).collect();
        if !fitting.is_empty() && fitting.len() >= least {
            found.push(Finding::of_officer(code, officer, &fitting, all.len()));
        }
    }
    found
}

/// Officers whose scope is wide and who look at people all over it: the share of looks at persons outside the
/// sub-district they look at most. A look at several persons is far when one of them is. Looks that found nobody do not
/// count.
pub fn far_away(looks: &[LookAt], committees: &BTreeMap<Uuid, DivisionCode>, rule: &PatternRule) -> Vec<Finding> {
    let place = |person: &Uuid| committees.get(person).and_then(|code| code.as_str().get(..SUB_DISTRICT));
    let mut found = Vec::new();
    for (officer, all) in by_officer(looks) {
        let placed: Vec<&LookAt> =
            all.into_iter().filter(|look| look.persons.iter().any(|person| place(person).is_some())).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for person in placed.iter().flat_map(|look| &look.persons) {
            if let Some(place) = place(person) {
                *counts.entry(place).or_default() += 1;
            }
        }
        let Some((usual, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { continue };
        let elsewhere = |look: &LookAt| look.persons.iter().filter_map(&place).any(|there| there != usual);
        let far: Vec<&LookAt> = placed.iter().copied().filter(|look| elsewhere(look)).collect();
        if placed.len() >= rule.far_looks && far.len() * 100 >= rule.far_per_cent * placed.len() {
            found.push(Finding::of_officer(Pattern::FarAway, officer, &far, placed.len()));
        }
    }
    found
}

/// Persons at whom many officers looked.
pub fn many_officers(looks: &[LookAt], rule: &PatternRule) -> Vec<Finding> {
    let mut of_person: BTreeMap<Uuid, Vec<&LookAt>> = BTreeMap::new();
    for look in looks {
        for person in &look.persons {
            of_person.entry(*person).or_default().push(look);
        }
    }
    let officers = |looks: &[&LookAt]| looks.iter().map(|look| look.officer).collect::<BTreeSet<_>>().len();
    of_person
        .into_values()
        .filter(|looks| officers(looks) >= rule.officers_per_person.max(1))
        .map(|looks| Finding {
            code: Pattern::ManyOfficers,
            officer: None,
            officers: officers(&looks),
            looks: looks.len(),
            of: looks.len(),
            entries: looks.iter().take(MOST_ENTRIES).map(|look| look.entry).collect(),
        })
        .collect()
}

/// Officers who look at night, China's time.
pub fn at_night(looks: &[LookAt], rule: &PatternRule) -> Vec<Finding> {
    let (from, until) = (rule.night_from, rule.night_until);
    fitting(looks, Pattern::AtNight, rule.night_looks, |look| {
        let hour = in_china(look.at).hour();
        if from <= until { (from..until).contains(&hour) } else { hour >= from || hour < until }
    })
}

/// Officers who look on days that are no working days.
pub fn off_days(looks: &[LookAt], is_working: impl Fn(NaiveDate) -> bool, rule: &PatternRule) -> Vec<Finding> {
    fitting(looks, Pattern::OffDays, rule.off_day_looks, |look| !is_working(in_china(look.at).date_naive()))
}

/// Officers who look at people of a colleague's or their own name: `names` are those of the officers and of the persons
/// looked at, folded.
pub fn acquainted(
    looks: &[LookAt],
    officers: &BTreeMap<Uuid, String>,
    persons: &BTreeMap<Uuid, String>,
    rule: &PatternRule,
) -> Vec<Finding> {
    let named = |look: &LookAt, fits: &dyn Fn(&Uuid) -> bool| {
        look.persons
            .iter()
            .filter_map(|person| persons.get(person))
            .any(|name| officers.iter().any(|(officer, known)| fits(officer) && known == name))
    };
    let colleague = |look: &LookAt| named(look, &|officer| *officer != look.officer);
    let own = |look: &LookAt| named(look, &|officer| *officer == look.officer);
    let mut found = fitting(looks, Pattern::Colleague, rule.acquainted_looks, colleague);
    found.extend(fitting(looks, Pattern::OwnName, rule.acquainted_looks, own));
    found
}

fn in_china(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS).map_or_else(|| at.fixed_offset(), |offset| at.with_timezone(&offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Measures;

    const WANG: Uuid = Uuid::from_u128(1);
    const LI: Uuid = Uuid::from_u128(2);

    fn rule() -> PatternRule {
        Measures::built_in().unwrap().patterns
    }

    fn look(n: u128, officer: Uuid, at: &str, persons: &[u128]) -> LookAt {
        let persons = persons.iter().map(|id| Uuid::from_u128(*id)).collect();
        LookAt { entry: Uuid::from_u128(1000 + n), officer, at: at.parse().unwrap(), persons }
    }

    fn day(n: u128, officer: Uuid, person: u128) -> LookAt {
        look(n, officer, "2026-11-23T02:00:00Z", &[person])
    }

    /// Persons 1–50 live in one sub-district, 51–100 in another.
    fn committees() -> BTreeMap<Uuid, DivisionCode> {
        let place = |id: u128| if id <= 50 { "130102001001" } else { "130102007029" };
        (1..=100).map(|id| (Uuid::from_u128(id), place(id).parse().unwrap())).collect()
    }

    #[test]
    fn half_of_twenty_looks_elsewhere_is_far_and_nine_are_not() {
        let looks =
            |far: u128| -> Vec<LookAt> { (0..20).map(|n| day(n, WANG, if n < far { 60 } else { 5 })).collect() };
        let found = far_away(&looks(10), &committees(), &rule());
        // Ten to ten: the usual place is one of the two.
        assert_eq!((found.len(), found[0].looks, found[0].of, found[0].officer), (1, 10, 20, Some(WANG)));
        assert!(far_away(&looks(9), &committees(), &rule()).is_empty());
        assert!(far_away(&looks(10)[..19], &committees(), &rule()).is_empty(), "too few looks to say anything");
        let nobody: Vec<_> = (0..40).map(|n| look(n, WANG, "2026-11-23T02:00:00Z", &[])).collect();
        assert!(far_away(&nobody, &committees(), &rule()).is_empty());
    }

    #[test]
    fn five_officers_at_one_person_are_found_and_one_officer_five_times_is_not() {
        let five: Vec<_> = (0..5).map(|n| day(n, Uuid::from_u128(n + 1), 7)).collect();
        let found = many_officers(&five, &rule());
        assert_eq!((found.len(), found[0].officers, found[0].looks, found[0].officer), (1, 5, 5, None));
        assert_eq!(found[0].entries.len(), 5);
        assert!(many_officers(&five[..4], &rule()).is_empty());
        let same: Vec<_> = (0..5).map(|n| day(n, WANG, 7)).collect();
        assert!(many_officers(&same, &rule()).is_empty());
    }

    #[test]
    fn the_night_is_chinas_and_spans_midnight() {
        let at = |times: &[&str]| -> Vec<LookAt> {
            times.iter().enumerate().map(|(n, at)| look(n as u128, WANG, at, &[7])).collect()
        };
        // 22:00, 23:59, 00:00, 03:00 and 05:59 in China.
        let night = at(&[
            "2026-11-23T14:00:00Z",
            "2026-11-23T15:59:00Z",
            "2026-11-23T16:00:00Z",
            "2026-11-23T19:00:00Z",
            "2026-11-23T21:59:00Z",
        ]);
        assert_eq!(at_night(&night, &rule())[0].looks, 5);
        // 21:59 and 06:00 are day.
        let edge = at(&[
            "2026-11-23T13:59:00Z",
            "2026-11-23T22:00:00Z",
            "2026-11-23T14:00:00Z",
            "2026-11-23T15:00:00Z",
            "2026-11-23T16:00:00Z",
        ]);
        assert!(at_night(&edge, &rule()).is_empty());
    }

    #[test]
    fn a_weekend_worked_is_a_working_day_and_a_day_off_is_counted_in_china() {
        let saturday = |is_working: bool| {
            // 00:30 on Saturday 28 November in China is still Friday in UTC.
            let looks: Vec<_> = (0..5).map(|n| look(n, LI, "2026-11-27T16:30:00Z", &[7])).collect();
            let saturday: NaiveDate = "2026-11-28".parse().unwrap();
            off_days(&looks, |day| day != saturday || is_working, &rule()).len()
        };
        assert_eq!((saturday(false), saturday(true)), (1, 0));
    }

    #[test]
    fn a_look_at_a_colleagues_or_ones_own_name_is_found_once_each() {
        let officers = BTreeMap::from([(WANG, "王芳".to_owned()), (LI, "李娜".to_owned())]);
        let persons =
            BTreeMap::from([(Uuid::from_u128(7), "李娜".to_owned()), (Uuid::from_u128(8), "赵六".to_owned())]);
        let looks = [day(0, WANG, 7), day(1, LI, 7), day(2, WANG, 8)];
        let found = acquainted(&looks, &officers, &persons, &rule());
        let said: Vec<_> =
            found.iter().map(|found| (found.code, found.officer.unwrap(), found.looks, found.of)).collect();
        assert_eq!(said, [(Pattern::Colleague, WANG, 1, 2), (Pattern::OwnName, LI, 1, 1)]);
    }
}
