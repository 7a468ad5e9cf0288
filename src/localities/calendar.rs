//! The working-day calendar every deadline is counted in: Monday to Friday, except public holidays and the weekend
//! days worked in exchange, which the State Council publishes each autumn for the year to come.
//!
//! The calendar is data. The built-in one ends with the last year published when the program was made; an
//! administrator adds a year by a file of the same form. A year nobody has published counts Monday to Friday, and
//! every answer that rests on it says so (`published: false`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::values::text_enum;

text_enum! {
    /// What kind of day a day is.
    pub enum DayKind {
        /// Monday to Friday, worked.
        Workday => "workday",
        /// Saturday or Sunday, worked in exchange for a holiday (调休上班).
        MakeUpWorkday => "make-up-workday",
        /// Saturday or Sunday, not worked.
        Weekend => "weekend",
        /// A day of a public holiday, on whichever day of the week.
        Holiday => "holiday",
    }
}

impl DayKind {
    /// Whether offices work on such a day.
    pub fn is_working(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUpWorkday)
    }
}

/// The last day of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Due {
    /// The day, always a working day; the term runs until the office closes (Civil Code art. 203).
    pub day: NaiveDate,
    /// Whether every day counted lies in a year whose calendar is published; if not the day may still change.
    pub published: bool,
}

/// Holidays and make-up working days of the years published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    /// The days that are not what their day of the week says.
    exceptions: BTreeMap<NaiveDate, DayKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    years: BTreeMap<i32, Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    holidays: Vec<NaiveDate>,
    workdays: Vec<NaiveDate>,
}

impl Calendar {
    /// The calendar shipped with the program (`data/calendar`): 2004 to 2026.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Calendar> = OnceLock::new();
        // A test parses the shipped file; were it damaged, every answer would say that nothing is published.
        BUILT_IN.get_or_init(|| Self::parse(include_str!("../../data/calendar/working-days.json")).unwrap_or_default())
    }

    /// A calendar from a file of the form described in `data/calendar/README.md`.
    ///
    /// Refuses with `Error::Invalid`, naming the place: `malformed-calendar` (not JSON of that form),
    /// `day-of-another-year`, `listed-twice`, `make-up-day-on-a-weekday` and `no-holidays` (a year whose holidays
    /// are not known must be left out, or deadlines would wrongly claim to be certain).
    pub fn parse(json: &str) -> Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let file: File = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let (path, fault) = (error.path().to_string(), error.inner());
            Error::invalid(format!("{path} (line {}, column {})", fault.line(), fault.column()), "malformed-calendar")
        })?;
        reader.end().map_err(|fault| Error::invalid(format!("line {}", fault.line()), "malformed-calendar"))?;
        let mut calendar = Self::default();
        for (year, Year { holidays, workdays }) in file.years {
            if holidays.is_empty() {
                return Err(Error::invalid(format!("years.{year}.holidays"), "no-holidays"));
            }
            calendar.years.insert(year);
            calendar.add(year, "holidays", holidays, DayKind::Holiday)?;
            calendar.add(year, "workdays", workdays, DayKind::MakeUpWorkday)?;
        }
        Ok(calendar)
    }

    fn add(&mut self, year: i32, list: &str, days: Vec<NaiveDate>, kind: DayKind) -> Result<()> {
        for day in days {
            let refuse = |code| Error::invalid(format!("years.{year}.{list}: {day}"), code);
            if day.year() != year {
                return Err(refuse("day-of-another-year"));
            }
            if kind == DayKind::MakeUpWorkday && by_day_of_week(day).is_working() {
                return Err(refuse("make-up-day-on-a-weekday"));
            }
            if self.exceptions.insert(day, kind).is_some() {
                return Err(refuse("listed-twice"));
            }
        }
        Ok(())
    }

    /// This calendar with the years of `newer` added or put in place of its own, so that an administrator's file
    /// need only hold the year just published.
    pub fn updated(&self, newer: &Self) -> Self {
        let mut updated = self.clone();
        updated.exceptions.retain(|day, _| !newer.years.contains(&day.year()));
        updated.exceptions.extend(&newer.exceptions);
        updated.years.extend(&newer.years);
        updated
    }

    /// Whether the holidays of this year are known.
    pub fn is_published(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// The last year whose holidays are known, to warn in time that the next is missing.
    pub fn last_published_year(&self) -> Option<i32> {
        self.years.last().copied()
    }

    /// What kind of day this is; in a year that is not published, by its day of the week alone.
    pub fn kind_of(&self, day: NaiveDate) -> DayKind {
        self.exceptions.get(&day).copied().unwrap_or_else(|| by_day_of_week(day))
    }

    /// Whether offices work on this day.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        self.kind_of(day).is_working()
    }

    /// The last day of a term of so many working days. The day of receipt is not counted (Civil Code art. 201);
    /// weekend days worked are. A term of no days ends on the day of receipt or, if that is no working day, the
    /// next one (art. 203).
    pub fn due_on(&self, received: NaiveDate, working_days: u16) -> Due {
        let mut day = received;
        for _ in 0..working_days {
            day = self.working_day_from(next(day));
        }
        self.due(received, self.working_day_from(day))
    }

    /// The last day of a term of so many calendar days. The day of receipt is not counted (Civil Code art. 201); a
    /// last day that is no working day moves on to the next one (art. 203).
    pub fn due_after_days(&self, received: NaiveDate, days: u16) -> Due {
        let last = received.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX);
        self.due(received, self.working_day_from(last))
    }

    fn due(&self, received: NaiveDate, day: NaiveDate) -> Due {
        // The day of receipt is not counted and so need not be published.
        let first = next(received).min(day);
        Due { day, published: (first.year()..=day.year()).all(|year| self.is_published(year)) }
    }

    /// The working days after `from` up to and including `to`; negative when `to` is the earlier day. From today to
    /// the due day this says "剩 n 个工作日", 0 on the due day itself, and below 0 "超期 n 个工作日".
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let Some(first) = from.succ_opt().filter(|first| *first <= to) else { return 0 };
        let exceptions = self.exceptions.range(first..=to);
        let shift: i64 = exceptions.map(|(day, kind)| worth(*kind) - worth(by_day_of_week(*day))).sum();
        weekdays_until(to) - weekdays_until(from) + shift
    }

    /// The first working day on or after this one.
    fn working_day_from(&self, mut day: NaiveDate) -> NaiveDate {
        while !self.is_working_day(day) && day < NaiveDate::MAX {
            day = next(day);
        }
        day
    }
}

fn by_day_of_week(day: NaiveDate) -> DayKind {
    if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) { DayKind::Weekend } else { DayKind::Workday }
}

fn worth(kind: DayKind) -> i64 {
    i64::from(kind.is_working())
}

/// Mondays to Fridays from the first day of year 1, a Monday, up to and including this day.
fn weekdays_until(day: NaiveDate) -> i64 {
    let days = i64::from(day.num_days_from_ce());
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(5)
}

/// The day after; the calendar's very last day stays where it is.
fn next(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn refusal(json: &str) -> String {
        Calendar::parse(json).unwrap_err().to_string()
    }

    fn calendar(year: &str) -> Calendar {
        Calendar::parse(&format!(r#"{{"source": "test", "years": {year}}}"#)).unwrap()
    }

    #[test]
    fn the_calendar_shipped_covers_2004_to_2026() {
        let shipped = Calendar::parse(include_str!("../../data/calendar/working-days.json")).unwrap();
        assert_eq!(&shipped, Calendar::built_in());
        assert!((2004..=2026).all(|year| shipped.is_published(year)));
        assert_eq!((shipped.years.len(), shipped.exceptions.len()), (23, 769));
        assert_eq!(shipped.last_published_year(), Some(2026));
    }

    #[test]
    fn terms_end_on_the_days_worked_out_by_hand() {
        for (received, in_seven, in_fifteen) in [
            ("2026-09-24", "2026-10-12", "2026-10-22"),
            ("2026-02-13", "2026-03-02", "2026-03-12"),
            ("2026-04-30", "2026-05-13", "2026-05-25"),
            ("2025-09-28", "2025-10-14", "2025-10-24"),
        ] {
            let due = |days| Calendar::built_in().due_on(day(received), days);
            assert_eq!(due(7), Due { day: day(in_seven), published: true }, "{received}");
            assert_eq!(due(15), Due { day: day(in_fifteen), published: true }, "{received}");
        }
    }

    #[test]
    fn a_make_up_day_counts_and_a_holiday_does_not() {
        let calendar = Calendar::built_in();
        assert_eq!(calendar.kind_of(day("2026-02-14")), DayKind::MakeUpWorkday);
        assert_eq!(calendar.kind_of(day("2026-02-16")), DayKind::Holiday);
        assert_eq!(calendar.kind_of(day("2026-03-01")), DayKind::Weekend);
        assert_eq!(calendar.kind_of(day("2026-03-02")), DayKind::Workday);
        assert_eq!(calendar.due_on(day("2026-02-13"), 1).day, day("2026-02-14"));
        assert_eq!(calendar.due_on(day("2026-02-14"), 1).day, day("2026-02-24"));
    }

    #[test]
    fn a_last_day_on_a_holiday_moves_on() {
        let calendar = Calendar::built_in();
        assert_eq!(calendar.due_after_days(day("2026-09-20"), 15).day, day("2026-10-08"));
        assert_eq!(calendar.due_after_days(day("2026-03-02"), 15).day, day("2026-03-17"));
        assert_eq!(calendar.due_on(day("2026-10-01"), 0).day, day("2026-10-08"));
        assert_eq!(calendar.due_on(day("2026-10-08"), 0).day, day("2026-10-08"));
    }

    #[test]
    fn a_year_not_published_counts_monday_to_friday_and_says_so() {
        let calendar = Calendar::built_in();
        assert_eq!(calendar.due_on(day("2027-10-01"), 1), Due { day: day("2027-10-04"), published: false });
        assert!(!calendar.due_on(day("2026-12-30"), 2).published);
        assert!(calendar.due_on(day("2026-12-30"), 1).published);
        assert!(!calendar.due_on(day("2026-12-31"), 1).published);
        assert!(calendar.due_on(day("2003-12-31"), 1).published);
    }

    #[test]
    fn days_left_are_positive_days_overdue_negative_and_the_due_day_is_zero() {
        let calendar = Calendar::built_in();
        let due = day("2026-10-12");
        assert_eq!(calendar.working_days_between(day("2026-09-24"), due), 7);
        assert_eq!(calendar.working_days_between(due, due), 0);
        assert_eq!(calendar.working_days_between(day("2026-10-13"), due), -1);
        assert_eq!(calendar.working_days_between(NaiveDate::MAX, NaiveDate::MAX), 0);
        assert!(calendar.working_days_between(NaiveDate::MIN, NaiveDate::MAX) > 0);
        assert_eq!(calendar.due_on(NaiveDate::MAX, 7).day, NaiveDate::MAX);
    }

    #[test]
    fn a_new_year_is_added_without_losing_the_old() {
        let newer = calendar(r#"{"2027": {"holidays": ["2027-01-01"], "workdays": ["2027-01-02"]}}"#);
        let updated = Calendar::built_in().updated(&newer);
        assert_eq!(updated.due_on(day("2026-12-31"), 1), Due { day: day("2027-01-02"), published: true });
        assert_eq!(updated.kind_of(day("2026-10-01")), DayKind::Holiday);
        let corrected = updated.updated(&calendar(r#"{"2027": {"holidays": ["2027-01-04"], "workdays": []}}"#));
        assert!(corrected.is_working_day(day("2027-01-01")) && !corrected.is_working_day(day("2027-01-02")));
    }

    #[test]
    fn a_faulty_calendar_is_refused_with_the_place_of_the_fault() {
        let of = |year: &str| refusal(&format!(r#"{{"source": "test", "years": {{"2027": {year}}}}}"#));
        for (fault, message) in [
            (refusal("{"), "? (line 1, column 1): malformed-calendar"),
            (
                of(r#"{"holidays": ["2027-02-30"], "workdays": []}"#),
                "years.2027.holidays[0] (line 1, column 63): malformed-calendar",
            ),
            (of(r#"{"holidays": ["2027-01-01"]}"#), "years.2027 (line 1, column 65): malformed-calendar"),
            (of(r#"{"holidays": [], "workdays": []}"#), "years.2027.holidays: no-holidays"),
            (
                of(r#"{"holidays": ["2026-01-01"], "workdays": []}"#),
                "years.2027.holidays: 2026-01-01: day-of-another-year",
            ),
            (
                of(r#"{"holidays": ["2027-01-02"], "workdays": ["2027-01-02"]}"#),
                "years.2027.workdays: 2027-01-02: listed-twice",
            ),
            (
                of(r#"{"holidays": ["2027-01-01"], "workdays": ["2027-01-04"]}"#),
                "years.2027.workdays: 2027-01-04: make-up-day-on-a-weekday",
            ),
        ] {
            assert_eq!(fault, format!("invalid input: {message}"));
        }
    }

    proptest! {
        #[test]
        fn the_days_until_due_are_the_days_granted(offset in 0u64..9000, granted in 1u16..40) {
            let calendar = Calendar::built_in();
            let received = day("2003-06-01") + Days::new(offset);
            let due = calendar.due_on(received, granted);
            prop_assert!(calendar.is_working_day(due.day));
            prop_assert_eq!(calendar.working_days_between(received, due.day), i64::from(granted));
        }

        #[test]
        fn counting_agrees_with_counting_one_by_one(from in 0u64..9000, length in 0u64..400) {
            let calendar = Calendar::built_in();
            let from = day("2003-06-01") + Days::new(from);
            let to = from + Days::new(length);
            let counted = from.iter_days().skip(1).take(length as usize).filter(|d| calendar.is_working_day(*d)).count();
            prop_assert_eq!(calendar.working_days_between(from, to), counted as i64);
            prop_assert_eq!(calendar.working_days_between(to, from), -(counted as i64));
        }
    }
}
