//! Days and persons of a protection. Pure: no database, no clock.

use chrono::{Days, Months, NaiveDate};
use uuid::Uuid;

use super::Protection;
use crate::error::{Error, Result};

/// Days after which an officer looks at what a person asked for themselves.
const FIRST_REVIEW: Days = Days::new(14);

/// Nobody stays hidden for longer than this without somebody looking whether it is still wanted.
const LONGEST: Months = Months::new(12);

pub(super) fn first_review(today: NaiveDate) -> NaiveDate {
    today + FIRST_REVIEW
}

/// When an officer here looks at what a peer raised, which the peer reviews by its own rules.
pub(super) fn longest(today: NaiveDate) -> NaiveDate {
    today + LONGEST
}

/// Refuses a day of review that has passed or lies further ahead than a year.
pub(super) fn check_review(day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day <= today {
        return Err(Error::invalid("review_on", "not-after-today"));
    }
    if day > today + LONGEST { Err(Error::invalid("review_on", "more-than-a-year")) } else { Ok(()) }
}

pub(super) fn check_stands(protection: &Protection) -> Result<()> {
    if protection.lifted_at.is_some() { Err(Error::Refused("protection-lifted")) } else { Ok(()) }
}

/// Refuses to lift what stands by a peer's word, and what nobody else than the lifting officer asked to be lifted.
pub(super) fn check_lift(protection: &Protection, officer: Uuid) -> Result<()> {
    check_stands(protection)?;
    if protection.source_peer.is_some() {
        return Err(Error::Refused("raised-elsewhere"));
    }
    match protection.lift_asked_by {
        None => Err(Error::Refused("lift-not-asked")),
        Some(asker) if asker == officer => Err(Error::Refused("lift-needs-another")),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_review_lies_ahead_and_within_a_year() {
        let today = day("2026-11-24");
        let code = |text| match check_review(day(text), today) {
            Ok(()) => "sound",
            Err(Error::Invalid(faults)) => faults[0].code,
            Err(_) => "another error",
        };
        assert_eq!(code("2026-11-24"), "not-after-today");
        assert_eq!(code("2026-11-25"), "sound");
        assert_eq!(code("2027-11-24"), "sound");
        assert_eq!(code("2027-11-25"), "more-than-a-year");
    }
}
