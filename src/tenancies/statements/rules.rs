//! What may be stated, and where three statements and a registered tenancy differ. Pure: no database, no clock.

use chrono::NaiveDate;

use super::super::{SaidBy, Tenancy, rules};
use super::{Agreement, Says, Sides, Statement, Via};
use crate::clock::china_day;
use crate::error::{Error, Result};

/// Refuses days that do not go with what is said, or have not come yet.
pub(super) fn check(
    says: Says,
    moved_in_on: Option<NaiveDate>,
    moved_out_on: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<()> {
    match (says, moved_in_on, moved_out_on) {
        (Says::Left, _, None) => return Err(Error::invalid("moved_out_on", "missing-field")),
        (Says::LivesHere, _, Some(_)) => return Err(Error::invalid("moved_out_on", "goes-with-left")),
        (Says::NeverLivedHere, Some(_), _) => return Err(Error::invalid("moved_in_on", "never-lived-there")),
        (Says::NeverLivedHere, _, Some(_)) => return Err(Error::invalid("moved_out_on", "never-lived-there")),
        _ => {}
    }
    for (field, day) in [("moved_in_on", moved_in_on), ("moved_out_on", moved_out_on)] {
        if let Some(day) = day {
            rules::check_day(field, day, today)?;
        }
    }
    match (moved_in_on, moved_out_on) {
        (Some(first), Some(end)) => rules::check_end("moved_out_on", first, end),
        _ => Ok(()),
    }
}

/// A tenancy with what the three sides say of it, and where that differs.
pub(super) fn beside(tenancy: Tenancy, said: Vec<Statement>) -> Tenancy {
    let mut sides = compared(&tenancy, &said.iter().collect::<Vec<_>>());
    for statement in said {
        let place = match statement.side {
            SaidBy::Landlord => &mut sides.landlord,
            SaidBy::Resident => &mut sides.resident,
            SaidBy::Committee => &mut sides.committee,
        };
        *place = Some(statement);
    }
    Tenancy { sides, ..tenancy }
}

/// Whether what the person says differs from what is registered, whatever the others say.
pub(super) fn contradicts(tenancy: &Tenancy) -> bool {
    tenancy.sides.resident.as_ref().is_some_and(|own| compared(tenancy, &[own]).differ())
}

fn compared(tenancy: &Tenancy, said: &[&Statement]) -> Sides {
    let agreement = |differ: bool| if differ { Agreement::Differ } else { Agreement::Agree };
    let mut first_days = said.iter().filter_map(|one| one.moved_in_on);
    let mut ends = said.iter().filter_map(|one| one.moved_out_on);
    let ends_differ = match tenancy.moved_out_on {
        Some(end) => ends.any(|said| said != end),
        None => ends.next().is_some(),
    };
    // Who says that somebody lives there says nothing of a later day; with a move, nothing of any but the first.
    let after_an_end = |one: &&Statement| {
        let spoken = matches!(one.via, Via::OwnAccount | Via::Counter) && one.says == Says::LivesHere;
        spoken && tenancy.moved_out_on.is_some_and(|end| end <= china_day(one.stated_at))
    };
    Sides {
        lived_here: agreement(said.iter().any(|one| one.says == Says::NeverLivedHere)),
        moved_in_on: agreement(first_days.any(|day| day != tenancy.moved_in_on)),
        moved_out_on: agreement(ends_differ || said.iter().any(after_an_end)),
        ..Sides::default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn tenancy(until: Option<&str>) -> Tenancy {
        Tenancy {
            id: Uuid::nil(),
            version: 1,
            resident_id: Uuid::nil(),
            dwelling_id: Uuid::nil(),
            main: true,
            moved_in_on: day("2026-11-01"),
            moved_out_on: until.map(day),
            said_by: SaidBy::Committee,
            undone: false,
            reason: None,
            recorded_at: DateTime::<Utc>::UNIX_EPOCH,
            recorded_by: None,
            superseded_at: None,
            disputed_at: None,
            dispute_reason: None,
            settled_at: None,
            settlement: None,
            warnings: Vec::new(),
            sides: Sides::default(),
        }
    }

    fn said(side: SaidBy, says: Says, from: Option<&str>, until: Option<&str>, via: Via) -> Statement {
        Statement {
            id: Uuid::nil(),
            tenancy_id: Uuid::nil(),
            side,
            says,
            moved_in_on: from.map(day),
            moved_out_on: until.map(day),
            via,
            stated_at: "2026-11-23T02:00:00Z".parse().unwrap(),
            report_id: None,
        }
    }

    /// What differs: living there at all, its beginning, its end.
    fn differs(until: Option<&str>, said: Vec<Statement>) -> [bool; 3] {
        let sides = beside(tenancy(until), said).sides;
        [sides.lived_here, sides.moved_in_on, sides.moved_out_on].map(|fact| fact == Agreement::Differ)
    }

    #[test]
    fn each_fact_agrees_or_differs_by_itself() {
        use SaidBy::{Landlord, Resident};
        use Via::{Counter, OwnAccount, Registration, Report};
        let left = |side, on| said(side, Says::Left, None, Some(on), Report);
        let lives = |via| said(Resident, Says::LivesHere, Some("2026-11-01"), None, via);
        assert_eq!(differs(None, vec![]), [false; 3]);
        assert_eq!(differs(None, vec![lives(OwnAccount)]), [false; 3]);
        let earlier = said(Landlord, Says::LivesHere, Some("2026-10-30"), None, Report);
        assert_eq!(differs(None, vec![earlier]), [false, true, false]);
        assert_eq!(differs(None, vec![left(Landlord, "2026-11-20"), lives(OwnAccount)]), [false, false, true]);
        assert_eq!(differs(Some("2026-11-20"), vec![left(Landlord, "2026-11-20")]), [false; 3]);
        assert_eq!(differs(Some("2026-11-19"), vec![left(Landlord, "2026-11-20")]), [false, false, true]);
        // Said with the move, it says nothing of the end; said today, it does.
        assert_eq!(differs(Some("2026-11-20"), vec![lives(Registration)]), [false; 3]);
        assert_eq!(differs(Some("2026-11-20"), vec![lives(Counter)]), [false, false, true]);
        let never = said(Resident, Says::NeverLivedHere, None, None, OwnAccount);
        assert_eq!(differs(None, vec![never]), [true, false, false]);
    }

    #[test]
    fn a_landlords_differing_word_is_not_the_persons() {
        let landlord = said(SaidBy::Landlord, Says::Left, None, Some("2026-11-20"), Via::Report);
        assert!(!contradicts(&beside(tenancy(None), vec![landlord.clone()])));
        let own = Statement { side: SaidBy::Resident, ..landlord };
        assert!(contradicts(&beside(tenancy(None), vec![own])));
    }

    #[test]
    fn days_go_with_what_is_said_and_have_come() {
        let (today, first) = (day("2026-11-23"), Some(day("2026-11-01")));
        let fault = |says, from, until| check(says, from, until, today).unwrap_err().to_string();
        assert!(
            check(Says::Left, None, Some(today), today).is_ok() && check(Says::LivesHere, first, None, today).is_ok()
        );
        assert!(fault(Says::Left, first, None).ends_with("moved_out_on: missing-field"));
        assert!(fault(Says::LivesHere, first, Some(today)).ends_with("goes-with-left"));
        assert!(fault(Says::NeverLivedHere, first, None).ends_with("never-lived-there"));
        assert!(fault(Says::LivesHere, today.succ_opt(), None).ends_with("in-the-future"));
        assert!(fault(Says::Left, first, first).ends_with("before-move-in"));
    }
}
