//! Who may consent, and until when it suffices. Pure: no database, no clock.

use chrono::{Datelike, Months, NaiveDate};

use super::super::rules::{age, is_under_fourteen};
use super::GivenAs;
use crate::error::{Error, Result};

/// Below this age a guardian consents, and nobody else; from it on the person does, and nobody else (PIPL art. 31).
const AGE_OF_OWN_CONSENT: i32 = 14;

/// From this age on a person may be somebody's guardian (Civil Code art. 17, 27).
const AGE_OF_MAJORITY: u32 = 18;

/// Refuses who may not consent for a person born on `born`. `guardian` is absent when the person speaks for themselves,
/// else the day the guardian was born, where known.
pub(crate) fn check_giver(
    born: Option<NaiveDate>,
    guardian: Option<Option<NaiveDate>>,
    today: NaiveDate,
) -> Result<()> {
    let fault = match guardian {
        None if is_under_fourteen(born, today) => "guardian-needed",
        None => return Ok(()),
        Some(_) if !is_under_fourteen(born, today) => "only-the-person-consents",
        Some(born) if born.is_some_and(|born| age(born, today) < AGE_OF_MAJORITY) => "guardian-not-of-age",
        Some(_) => return Ok(()),
    };
    Err(Error::invalid("given_by", fault))
}

/// The first day on which a consent allows nothing new any more though nobody withdrew it: a guardian's, on the child's
/// fourteenth birthday. From then on the person's own is needed (PIPL art. 31).
pub(super) fn lapses_on(given_as: GivenAs, born: Option<NaiveDate>) -> Option<NaiveDate> {
    let born = born.filter(|_| given_as != GivenAs::Person)?;
    let year = born.year() + AGE_OF_OWN_CONSENT;
    // Whoever was born on a leap day turns fourteen on the first of March.
    born.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
}

/// The days of birth, the first and the last, of whoever turns fourteen after one day and until another; a day more on
/// either side, for leap days.
pub(super) fn births_of_lapsing(after: NaiveDate, until: NaiveDate) -> (NaiveDate, NaiveDate) {
    let back = |day: NaiveDate| day.checked_sub_months(Months::new(AGE_OF_OWN_CONSENT.unsigned_abs() * 12));
    let first = back(after).and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MIN);
    (first, back(until).and_then(|day| day.succ_opt()).unwrap_or(NaiveDate::MAX))
}

/// Whether something may leave on a consent today.
pub(super) fn suffices(lapses_on: Option<NaiveDate>, today: NaiveDate) -> bool {
    lapses_on.is_none_or(|day| today < day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn fault(result: Result<()>) -> String {
        result.unwrap_err().to_string().replace("invalid input: ", "")
    }

    #[test]
    fn whoever_is_fourteen_today_speaks_for_themselves_and_nobody_for_them() {
        let today = day(2026, 11, 23);
        assert!(check_giver(Some(day(2012, 11, 23)), None, today).is_ok());
        assert_eq!(fault(check_giver(Some(day(2012, 11, 24)), None, today)), "given_by: guardian-needed");
        assert!(check_giver(Some(day(2012, 11, 24)), Some(None), today).is_ok());
        for born in [Some(day(2012, 11, 23)), None] {
            assert_eq!(fault(check_giver(born, Some(None), today)), "given_by: only-the-person-consents");
        }
        let too_young = check_giver(Some(day(2020, 1, 1)), Some(Some(day(2008, 11, 24))), today);
        assert_eq!(fault(too_young), "given_by: guardian-not-of-age");
    }

    #[test]
    fn a_guardians_consent_lapses_on_the_very_day_on_which_the_person_may_consent() {
        for born in [day(2012, 11, 24), day(2012, 2, 29), day(2013, 3, 1)] {
            let lapses = lapses_on(GivenAs::Parent, Some(born)).unwrap();
            assert!(
                is_under_fourteen(Some(born), lapses.pred_opt().unwrap()) && !is_under_fourteen(Some(born), lapses)
            );
            assert!(suffices(Some(lapses), lapses.pred_opt().unwrap()) && !suffices(Some(lapses), lapses));
            assert_eq!(lapses_on(GivenAs::Person, Some(born)), None);
            let (first, last) = births_of_lapsing(lapses.pred_opt().unwrap(), lapses);
            assert!((first..=last).contains(&born), "{born}");
        }
        assert!(suffices(None, day(2026, 11, 23)));
    }
}
