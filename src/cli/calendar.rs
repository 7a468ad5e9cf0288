//! `anju calendar`: terms in working days.

use chrono::NaiveDate;
use clap::Subcommand;

use super::{Options, Result, node};
use crate::localities::Calendar;

#[derive(Subcommand)]
pub enum Command {
    /// The last day of a term
    #[command(after_help = "\
Examples:
  anju calendar due 2026-02-10 15                     15 working days
  anju calendar due 2026-02-10 30 --calendar-days     30 days, moved on to a working day

The day of receipt is not counted. A node's own calendar is given with --calendar FILE.")]
    Due {
        /// The day of receipt, YYYY-MM-DD
        received: NaiveDate,
        /// How many days
        days: u16,
        /// Count calendar days instead of working days
        #[arg(long)]
        calendar_days: bool,
    },
}

impl Command {
    pub fn run(self, options: &Options) -> Result<String> {
        let Self::Due { received, days, calendar_days } = self;
        let calendar = match options.settings().calendar {
            Some(file) => Calendar::built_in().updated(&Calendar::parse(&node::read(&file)?)?),
            None => Calendar::built_in().clone(),
        };
        let due = if calendar_days { calendar.due_after_days(received, days) } else { calendar.due_on(received, days) };
        let note = if due.published { "" } else { " (may change: that year's holidays are not published here)" };
        Ok(format!("{}{note}", due.day))
    }
}
