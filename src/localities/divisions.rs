//! The administrative divisions of the country, provinces down to committees, as published for 2023
//! (see `data/divisions/README.md`). Codes change over the years: a code that is not here may have been
//! one before or become one since, so callers say "not known", not "wrong".

use serde::Serialize;

use super::packed::{self, Entry};
use crate::values::{DivisionCode, text_enum};

text_enum! {
    /// How deep a division lies, by the length of its code.
    pub enum Level {
        /// 省、自治区、直辖市: 2 digits.
        Province => "province",
        /// 地级市、地区、自治州、盟: 4 digits.
        City => "city",
        /// 县、区、县级市、旗: 6 digits. What the registry calls a locality.
        County => "county",
        /// 街道、镇、乡: 9 digits.
        SubDistrict => "sub-district",
        /// 居委会、村委会: 12 digits.
        Committee => "committee",
    }
}

impl Level {
    /// The level of a code; every well-formed code has one.
    pub fn of(code: &DivisionCode) -> Self {
        match code.as_str().len() {
            2 => Self::Province,
            4 => Self::City,
            6 => Self::County,
            9 => Self::SubDistrict,
            _ => Self::Committee,
        }
    }
}

/// A division that exists in the published list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Division {
    /// Its code, which is also its place in the country.
    pub code: DivisionCode,
    /// Its own name as published, without those of the divisions above it.
    pub name: &'static str,
    /// How deep it lies.
    pub level: Level,
}

impl Division {
    pub(super) fn from_entry(entry: Entry) -> Option<Self> {
        Self::new(&entry.code.to_string(), entry.name)
    }

    fn new(code: &str, name: &'static str) -> Option<Self> {
        let code: DivisionCode = code.parse().ok()?;
        Some(Self { level: Level::of(&code), code, name })
    }
}

/// The division of this code; `None` when the published list has none. A code of 9 or 12 digits loads its province.
pub fn get(code: &DivisionCode) -> Option<Division> {
    Division::new(code.as_str(), name(code.as_str())?)
}

/// Whether the published list has this code.
pub fn exists(code: &DivisionCode) -> bool {
    name(code.as_str()).is_some()
}

/// The provinces in the order of their codes. Hong Kong, Macao and Taiwan are not in the published list.
pub fn provinces() -> Vec<Division> {
    upper_children("", 2)
}

/// The divisions directly below this one in the order of their codes; empty for a committee or an unknown code.
pub fn children(code: &DivisionCode) -> Vec<Division> {
    let text = code.as_str();
    match Level::of(code) {
        Level::Province => upper_children(text, 4),
        Level::City => upper_children(text, 6),
        Level::County => packed::sub_districts(text).filter_map(|found| Division::from_entry(found.entry)).collect(),
        Level::SubDistrict => {
            packed::sub_districts(text).flat_map(|found| found.committees()).filter_map(Division::from_entry).collect()
        }
        Level::Committee => Vec::new(),
    }
}

/// The divisions from the province down to this one; empty for an unknown code.
pub fn path(code: &DivisionCode) -> Vec<Division> {
    let whole = code.as_str();
    if !exists(code) {
        return Vec::new();
    }
    let above = [2, 4, 6, 9, 12].into_iter().filter_map(|digits| whole.get(..digits));
    above.filter_map(|code| Division::new(code, name(code)?)).collect()
}

/// The name with those of all divisions above, for example 河北省石家庄市长安区河东街道谈固小区第一社区居委会.
///
/// Names that only fill a level of the code are left out, and so is a name that repeats the one above it
/// (广东省东莞市 is both city and county). `None` for an unknown code.
pub fn full_name(code: &DivisionCode) -> Option<String> {
    let path = path(code);
    let last = path.last()?.level;
    let mut names: Vec<&str> = Vec::with_capacity(path.len());
    names.extend(path.iter().filter(|d| d.level == last || !is_filler(d)).map(|d| d.name));
    names.dedup();
    Some(names.concat())
}

/// Whether the name stands for no real city: districts and counties that lie directly under a province.
fn is_filler(division: &Division) -> bool {
    division.level == Level::City
        && matches!(division.name, "市辖区" | "县" | "省直辖县级行政区划" | "自治区直辖县级行政区划")
}

fn name(code: &str) -> Option<&'static str> {
    match code.len() {
        ..=6 => {
            let all = packed::upper();
            let index = all.binary_search_by(|(other, _)| (*other).cmp(code)).ok()?;
            all.get(index).map(|(_, name)| *name)
        }
        9 => packed::sub_districts(code).next().map(|found| found.entry.name),
        _ => {
            let wanted: u64 = code.parse().ok()?;
            let mut committees = packed::sub_districts(code.get(..9)?).flat_map(|found| found.committees());
            committees.find(|committee| committee.code == wanted).map(|committee| committee.name)
        }
    }
}

fn upper_children(within: &str, digits: usize) -> Vec<Division> {
    let inside = packed::upper_within(within).iter().filter(|(code, _)| code.len() == digits);
    inside.filter_map(|(code, name)| Division::new(code, name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    fn full(text: &str) -> Option<String> {
        full_name(&code(text))
    }

    #[test]
    fn a_committee_is_known_by_its_code_and_all_names_above_it() {
        let committee = get(&code("130102007029")).unwrap();
        assert!(committee.name.starts_with("谈固小区第一社区"), "{}", committee.name);
        assert_eq!(committee.level, Level::Committee);
        assert_eq!(full("130102007029").unwrap(), format!("河北省石家庄市长安区河东街道{}", committee.name));
        let names: Vec<_> = path(&code("130102007029")).into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["河北省", "石家庄市", "长安区", "河东街道", committee.name]);
    }

    #[test]
    fn names_that_only_fill_a_level_are_left_out() {
        assert_eq!(full("110101").unwrap(), "北京市东城区");
        assert_eq!(full("500229").unwrap(), "重庆市城口县");
        assert_eq!(full("469001").unwrap(), "海南省五指山市");
        assert_eq!(full("1101").unwrap(), "北京市市辖区");
    }

    #[test]
    fn a_name_that_repeats_the_one_above_is_said_once() {
        assert_eq!(full("441900").unwrap(), "广东省东莞市");
        assert_eq!(full("350527000000").unwrap(), "福建省泉州市金门县");
    }

    #[test]
    fn an_unknown_code_has_no_division_no_name_and_no_path() {
        for unknown in ["99", "0011", "1399", "130199", "130102999", "130102007999", "001301020070", "710000000000"] {
            assert!(!exists(&code(unknown)), "{unknown}");
            assert_eq!(full(unknown), None);
            assert!(path(&code(unknown)).is_empty());
            assert!(children(&code(unknown)).is_empty());
        }
    }

    #[test]
    fn children_lie_one_level_below() {
        assert_eq!(provinces().len(), 31);
        assert_eq!(children(&code("13")).len(), 11);
        assert!(children(&code("1301")).iter().any(|d| d.name == "长安区" && d.level == Level::County));
        assert!(children(&code("130102")).iter().any(|d| d.name == "河东街道" && d.level == Level::SubDistrict));
        assert!(children(&code("130102007")).iter().any(|d| d.code.as_str() == "130102007029"));
        assert!(children(&code("130102007029")).is_empty());
    }

    proptest! {
        #[test]
        fn every_child_is_found_again_inside_its_parent(province in 0usize..31, turns in prop::array::uniform4(0usize..5000)) {
            let mut here = provinces().swap_remove(province);
            for turn in turns {
                let mut below = children(&here.code);
                let child = below.swap_remove(turn % below.len());
                prop_assert!(here.code.covers(&child.code));
                prop_assert!(child.level > here.level);
                prop_assert_eq!(get(&child.code), Some(child.clone()));
                here = child;
            }
            prop_assert!(full_name(&here.code).unwrap().contains(here.name));
        }
    }
}
