//! Clocks of working days: what is left until a day on which something is due.

use chrono::NaiveDate;

use super::Page;

/// A clock, as a badge shows it.
pub(super) struct Clock {
    /// The badge's kind.
    pub kind: &'static str,
    /// 剩 n 个工作日, 超期 n 个工作日.
    pub words: String,
    /// The working days left; below 0 when the day has passed.
    pub left: i64,
}

/// Working days from which on a day is no longer far.
const SOON: i64 = 3;

impl Clock {
    /// The clock of something due on a day.
    pub fn of(page: &Page, due: NaiveDate) -> Self {
        let (s, today) = (&page.shell, page.shell.today);
        let left = page.app().node().calendar.working_days_between(today, due);
        match left {
            // It was due on the last working day, and no other has begun since.
            0 if due < today => Self { kind: "bad", words: s.t("due-passed"), left: -1 },
            0 => Self { kind: "waiting", words: s.t("due-today"), left },
            ..0 => Self { kind: "bad", words: s.t1("due-overdue", "n", -left), left },
            1..=SOON => Self { kind: "waiting", words: s.t1("due-left", "n", left), left },
            _ => Self { kind: "plain", words: s.t1("due-left", "n", left), left },
        }
    }

    /// Which of the board's columns it belongs to.
    pub fn column(&self) -> usize {
        match self.left {
            ..0 => 0,
            0..=SOON => 1,
            _ => 2,
        }
    }
}
