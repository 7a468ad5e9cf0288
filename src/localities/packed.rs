//! The divisions as they are shipped: one plain text for provinces, cities and counties, one deflated text per
//! province for its sub-districts and committees, inflated when that province is first asked for.
//!
//! A loaded province is its inflated text plus the place of each sub-district in it, so that all of China takes
//! about 16 MB and one province half of one. A committee is found by reading its sub-district's few lines.
//!
//! ```text
//! >130102007河东街道        a sub-district: nine digits, then its name
//! 029谈固小区第一社区居委会   a committee in it: the last three digits, then its name
//! ```

use std::io::Read;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;

/// What the line of a sub-district begins with; no name contains it (the packer refuses it).
pub(super) const SUB_DISTRICT: char = '>';

/// A division as it lies in the data. No code begins with a zero, so the number loses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub code: u64,
    pub name: &'static str,
}

/// Provinces, cities and counties with codes of 2, 4 and 6 digits, in the order of their codes as text.
pub(super) fn upper() -> &'static [(&'static str, &'static str)] {
    static UPPER: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    UPPER.get_or_init(|| include_str!("../../data/divisions/counties.txt").lines().map(split_code).collect())
}

/// The provinces, cities and counties in `within` and itself; all of them in the empty text.
pub(super) fn upper_within(within: &str) -> &'static [(&'static str, &'static str)] {
    let all = upper();
    let from = all.partition_point(|(code, _)| *code < within);
    let rest = all.get(from..).unwrap_or_default();
    let count = rest.partition_point(|(code, _)| code.starts_with(within));
    rest.get(..count).unwrap_or_default()
}

fn split_code(line: &'static str) -> (&'static str, &'static str) {
    line.split_at(line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len()))
}

/// A sub-district and the lines of its committees.
#[derive(Debug, Clone, Copy)]
pub(super) struct SubDistrict {
    pub entry: Entry,
    lines: &'static str,
}

impl SubDistrict {
    /// Its committees in the order of their codes.
    pub(super) fn committees(self) -> impl Iterator<Item = Entry> {
        self.lines.lines().filter_map(move |line| {
            let (last_digits, name) = line.split_at_checked(3)?;
            Some(Entry { code: self.entry.code * 1000 + last_digits.parse::<u64>().ok()?, name })
        })
    }
}

/// The sub-districts in `within`, a code of 2 to 9 digits, in the order of their codes; loads that province.
pub(super) fn sub_districts(within: &str) -> impl Iterator<Item = SubDistrict> + use<> {
    let bounds = format!("{within:0<9}").parse::<u32>().ok().zip(format!("{within:9<9}").parse::<u32>().ok());
    let found = bounds.and_then(|(low, high)| {
        let province = province(within)?;
        let from = province.sub_districts.partition_point(|(code, _)| *code < low);
        let until = province.sub_districts.partition_point(|(code, _)| *code <= high);
        Some((from..until).filter_map(|index| province.sub_district(index)))
    });
    found.into_iter().flatten()
}

struct Province {
    text: String,
    /// Code of nine digits and where its line begins, in the order of the codes.
    sub_districts: Vec<(u32, u32)>,
}

impl Province {
    fn inflate(deflated: &[u8]) -> Self {
        let mut text = String::new();
        // The bytes are part of the program and a test inflates every one of them: this cannot fail in a build
        // that was tested, and in one that was not the province has no committees and refuses them.
        if DeflateDecoder::new(deflated).read_to_string(&mut text).is_err() {
            text.clear();
        }
        text.shrink_to_fit();
        let sub_districts = text
            .match_indices(SUB_DISTRICT)
            .filter_map(|(at, _)| Some((text.get(at + 1..at + 10)?.parse().ok()?, u32::try_from(at).ok()?)));
        let sub_districts = sub_districts.collect();
        Self { text, sub_districts }
    }

    fn sub_district(&'static self, index: usize) -> Option<SubDistrict> {
        let (code, from) = *self.sub_districts.get(index)?;
        let until = self.sub_districts.get(index + 1).map_or(self.text.len(), |(_, at)| *at as usize);
        let (name, lines) = self.text.get(from as usize + 10..until)?.split_once('\n')?;
        Some(SubDistrict { entry: Entry { code: u64::from(code), name }, lines })
    }
}

struct Packed {
    code: &'static str,
    deflated: &'static [u8],
    loaded: OnceLock<Province>,
}

fn province(code: &str) -> Option<&'static Province> {
    let code = code.get(..2)?;
    let packed = PROVINCES.iter().find(|packed| packed.code == code)?;
    Some(packed.loaded.get_or_init(|| Province::inflate(packed.deflated)))
}

macro_rules! provinces {
    ($($code:literal)+) => {
        static PROVINCES: [Packed; 31] = [$(Packed {
            code: $code,
            deflated: include_bytes!(concat!("../../data/divisions/", $code, ".deflate")),
            loaded: OnceLock::new(),
        }),+];
    };
}

provinces! {
    "11" "12" "13" "14" "15" "21" "22" "23" "31" "32" "33" "34" "35" "36" "37" "41"
    "42" "43" "44" "45" "46" "50" "51" "52" "53" "54" "61" "62" "63" "64" "65"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_province_of_the_list_is_packed_and_no_other() {
        let named: Vec<_> = upper().iter().filter(|(code, _)| code.len() == 2).map(|(code, _)| *code).collect();
        assert_eq!(named, PROVINCES.iter().map(|packed| packed.code).collect::<Vec<_>>());
    }

    #[test]
    fn the_whole_country_is_shipped_in_order() {
        assert!(upper().is_sorted_by(|a, b| a.0 < b.0));
        let count = |digits| upper().iter().filter(|(code, _)| code.len() == digits).count();
        assert_eq!((count(2), count(4), count(6)), (31, 342, 2978));
        let (mut sub_district_count, mut codes) = (0, Vec::new());
        for (code, _) in upper().iter().filter(|(code, _)| code.len() == 2) {
            for sub_district in sub_districts(code) {
                sub_district_count += 1;
                assert!(!sub_district.entry.name.is_empty());
                codes.extend(sub_district.committees().map(|committee| committee.code));
            }
        }
        assert_eq!((sub_district_count, codes.len()), (41_352, 620_573));
        assert!(codes.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_sub_district_lies_in_a_county() {
        let counties: Vec<_> = upper().iter().filter(|(code, _)| code.len() == 6).collect();
        let inside: usize = counties.iter().map(|(code, _)| sub_districts(code).count()).sum();
        assert_eq!(inside, 41_352);
    }
}
