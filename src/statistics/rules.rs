//! What of a count may be told. Pure.

use std::collections::BTreeMap;

use super::Group;

/// The smallest count of persons that is told. Fewer, none included, are all the same answer: so that nobody can tell
/// from a table that one certain person lives, or does not live, somewhere.
pub const SMALLEST: i64 = 5;
/// Counts are told to the nearest multiple of this: differences between tables, or between a total and its parts, do
/// not tell the cells that were held back.
pub const STEP: i64 = 5;

/// The count as it may be told.
pub(super) fn told(count: i64) -> Option<i64> {
    (count >= SMALLEST).then(|| (count + STEP / 2) / STEP * STEP)
}

/// The groups as they may be told, in the order of their keys. One of few does not appear: even its key would tell that
/// somebody is in it.
pub(super) fn told_groups<'k>(counted: impl Iterator<Item = (&'k str, i64)>) -> Vec<Group> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (key, count) in counted {
        *sums.entry(key).or_default() += count;
    }
    let told = |(key, count): (&str, i64)| told(count).map(|count| Group { key: key.to_owned(), count });
    sums.into_iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_are_as_good_as_none() {
        assert_eq!((0..5).map(told).collect::<Vec<_>>(), vec![None; 5]);
        assert_eq!([5, 7, 8, 12, 13].map(told), [5, 5, 10, 10, 15].map(Some));
    }

    #[test]
    fn a_group_of_few_does_not_appear() {
        let groups = told_groups([("13", 4), ("41", 3), ("41", 4), ("11", 0)].into_iter());
        assert_eq!(groups, [Group { key: "41".to_owned(), count: 5 }]);
    }

    proptest! {
        #[test]
        fn what_is_held_back_does_not_follow_from_the_rest(small in 0..SMALLEST, large in SMALLEST..100_000) {
            // Whoever knows the told total and the told part is left with more than one possible remainder.
            let (total, part) = (told(small + large), told(large));
            let possible = (0..SMALLEST).filter(|other| (0..STEP).any(|shift| {
                let whole = large - shift + STEP / 2;
                whole >= SMALLEST && told(whole) == part && told(whole + other) == total
            }));
            prop_assert!(possible.count() > 1);
        }

        #[test]
        fn a_told_count_is_near_the_true_one(count in SMALLEST..1_000_000) {
            let told = told(count).unwrap();
            prop_assert!((told - count).abs() <= STEP / 2 && told % STEP == 0);
        }
    }
}
