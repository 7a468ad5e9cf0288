//! Days and periods of tenancies. Pure: no database, no clock.

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::values::Period;

/// Refuses a day that has not come yet: what is registered has happened.
pub(super) fn check_day(field: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day > today { Err(Error::invalid(field, "in-the-future")) } else { Ok(()) }
}

/// Refuses an end before or on the first day, half-open days leaving nothing between them.
pub(super) fn check_end(field: &str, first: NaiveDate, end: NaiveDate) -> Result<()> {
    Period::new(first, Some(end)).map(drop).map_err(|_| Error::invalid(field, "before-move-in"))
}

/// Refuses a main dwelling on a day on which the person has another.
pub(super) fn check_main(period: &Period, others: &[Period]) -> Result<()> {
    if others.iter().any(|other| other.overlaps(period)) { Err(Error::Refused("second-main-dwelling")) } else { Ok(()) }
}

/// The longest periods without a gap that the given ones make up, in order; periods that touch are one.
pub(super) fn merged(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort_by_key(|period| period.from);
    let mut stays: Vec<Period> = Vec::new();
    for period in periods {
        match stays.last_mut() {
            Some(last) if last.until.is_none_or(|until| period.from <= until) => {
                last.until = last.until.zip(period.until).map(|(a, b)| a.max(b));
            }
            _ => stays.push(period),
        }
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(nth: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(nth)
    }

    fn period(from: u64, until: Option<u64>) -> Period {
        Period::new(day(from), until.map(day)).unwrap()
    }

    #[test]
    fn today_is_not_the_future_and_tomorrow_is() {
        assert!(check_day("on", day(3), day(3)).is_ok());
        assert!(matches!(check_day("on", day(4), day(3)), Err(Error::Invalid(f)) if f[0].code == "in-the-future"));
    }

    #[test]
    fn a_tenancy_lasts_one_day_at_least() {
        assert!(check_end("on", day(1), day(2)).is_ok());
        for end in [day(0), day(1)] {
            assert!(matches!(check_end("on", day(1), end), Err(Error::Invalid(f)) if f[0].code == "before-move-in"));
        }
    }

    #[test]
    fn the_day_of_leaving_is_free_for_the_next_main_dwelling() {
        let others = [period(0, Some(10))];
        assert!(check_main(&period(10, None), &others).is_ok());
        assert!(matches!(check_main(&period(9, None), &others), Err(Error::Refused("second-main-dwelling"))));
        assert!(check_main(&period(9, None), &[]).is_ok());
    }

    #[test]
    fn stays_that_touch_are_one_and_a_gap_parts_them() {
        assert_eq!(
            merged(vec![period(20, None), period(5, Some(9)), period(0, Some(5)), period(12, Some(20))]),
            [period(0, Some(9)), period(12, None)]
        );
    }

    fn periods() -> impl Strategy<Value = Vec<Period>> {
        let one = (0..60u64, proptest::option::weighted(0.8, 1..20u64));
        proptest::collection::vec(one.prop_map(|(from, days)| period(from, days.map(|days| from + days))), 0..12)
    }

    proptest! {
        #[test]
        fn merging_keeps_exactly_the_days_and_leaves_a_gap_between_stays(given in periods()) {
            let stays = merged(given.clone());
            for nth in 0..100 {
                let lived = given.iter().any(|p| p.contains(day(nth)));
                prop_assert_eq!(stays.iter().any(|p| p.contains(day(nth))), lived, "day {}", nth);
            }
            for pair in stays.windows(2) {
                prop_assert!(pair[0].until.is_some_and(|until| until < pair[1].from));
            }
        }

        #[test]
        fn the_order_of_the_periods_does_not_matter(given in periods()) {
            let mut turned = given.clone();
            turned.reverse();
            prop_assert_eq!(merged(turned), merged(given));
        }
    }
}
