//! What follows from what, without database, clock or network: which notices a person's stays call for, and how
//! long a failing peer is left alone.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use crate::values::Period;

/// A residence notice as it was last told to an origin and not undone.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    /// Its id, the same in start, end and undoing.
    pub id: Uuid,
    /// First day.
    pub since: NaiveDate,
    /// First day after, when the end was told.
    pub until: Option<NaiveDate>,
}

/// What the origin has to be told next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A stay it does not know.
    Start(Period),
    /// A stay it knows as open has ended.
    End(Notice, NaiveDate),
    /// The end it knows was not so.
    Reopen(Notice),
    /// The stay it knows never was, or began on another day.
    Undo(Notice),
}

/// Compares what was told with the stays as they are now. Undoings come first, so that the origin never holds two
/// open notices of one person. A stay that was over before anybody was told of it stays untold: the origin is told
/// who lives here, not who once did.
pub fn changes(told: &[Notice], stays: &[Period]) -> Vec<Change> {
    let known = |stay: &Period| told.iter().find(|notice| notice.since == stay.from);
    let mut changes: Vec<Change> = told
        .iter()
        .filter(|notice| !stays.iter().any(|stay| stay.from == notice.since))
        .map(|notice| Change::Undo(notice.clone()))
        .collect();
    for stay in stays {
        match (known(stay), stay.until) {
            (None, None) => changes.push(Change::Start(*stay)),
            (None, Some(_)) => {}
            (Some(notice), now) if notice.until == now => {}
            (Some(notice), None) => changes.push(Change::Reopen(notice.clone())),
            (Some(notice), Some(until)) => changes.push(Change::End(notice.clone(), until)),
        }
    }
    changes
}

/// How long a peer is left alone after so many failures in a row: a random part (`chance`, 0–1) of
/// min(1 h, 10 s × 2ⁿ), so that nodes do not all come back in the same second.
pub fn back_off(failures: u32, chance: f64) -> TimeDelta {
    const LONGEST: u32 = 3600;
    let whole = 10_u32.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST);
    TimeDelta::milliseconds((f64::from(whole) * 1000.0 * chance.clamp(0.0, 1.0)).round() as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n.into())
    }

    /// Applies changes the way an origin does.
    fn told_after(mut told: Vec<Notice>, changes: &[Change]) -> Vec<Notice> {
        for change in changes {
            match change {
                Change::Start(stay) => {
                    told.push(Notice { id: Uuid::from_u128(told.len() as u128 + 1000), since: stay.from, until: None })
                }
                Change::End(notice, until) => {
                    told.iter_mut().filter(|n| n.id == notice.id).for_each(|n| n.until = Some(*until))
                }
                Change::Reopen(notice) => told.iter_mut().filter(|n| n.id == notice.id).for_each(|n| n.until = None),
                Change::Undo(notice) => told.retain(|n| n.id != notice.id),
            }
        }
        told
    }

    prop_compose! {
        fn stays()(lengths in prop::collection::vec((1_u32..40, 1_u32..40), 0..6), open in any::<bool>()) -> Vec<Period> {
            let (mut at, mut stays) = (0, Vec::new());
            for (gap, length) in lengths {
                stays.push(Period { from: day(at + gap), until: Some(day(at + gap + length)) });
                at += gap + length;
            }
            if open && let Some(last) = stays.last_mut() { last.until = None; }
            stays
        }
    }

    proptest! {
        #[test]
        fn an_origin_that_hears_the_changes_knows_the_stays(before in stays(), now in stays()) {
            let mut told = Vec::new();
            for target in [&before, &now] {
                let step = changes(&told, target);
                told = told_after(told, &step);
            }
            prop_assert!(changes(&told, &now).is_empty());
            // All that is known is so, and everybody who lives here now is known.
            for notice in &told {
                prop_assert!(now.iter().any(|stay| stay.from == notice.since && stay.until == notice.until));
            }
            for stay in now.iter().filter(|stay| stay.until.is_none()) {
                prop_assert!(told.iter().any(|notice| notice.since == stay.from));
            }
        }
    }

    #[test]
    fn a_failing_peer_is_left_alone_longer_and_longer_up_to_an_hour() {
        let waits: Vec<i64> = (1..12).map(|n| back_off(n, 1.0).num_seconds()).collect();
        assert_eq!(waits, [20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
        assert_eq!(back_off(u32::MAX, 0.5).num_seconds(), 1800);
        assert_eq!(back_off(3, 0.0), TimeDelta::zero());
    }
}
