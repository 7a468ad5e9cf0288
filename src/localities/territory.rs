//! Which divisions a node serves, and which node a record for an origin goes to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::divisions::{self, Level};
use crate::values::{DivisionCode, LocalityCode, Malformed};

/// The divisions a node serves: at least one, none inside another, in the order of their codes. Well-formed, not
/// necessarily existing: existence is asked of [`divisions`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[schema(value_type = Vec<String>)]
pub struct Territory(Vec<DivisionCode>);

impl Territory {
    /// The territory of these divisions; one that lies in another of them adds nothing and is dropped. Refuses the
    /// empty list (`empty`).
    pub fn new(codes: impl IntoIterator<Item = DivisionCode>) -> Result<Self, Malformed> {
        let mut outermost: Vec<DivisionCode> = Vec::new();
        // In order every code comes right behind those it lies in.
        for code in codes.into_iter().collect::<BTreeSet<_>>() {
            if !outermost.last().is_some_and(|outer| outer.covers(&code)) {
                outermost.push(code);
            }
        }
        if outermost.is_empty() { Err(Malformed("empty")) } else { Ok(Self(outermost)) }
    }

    /// The outermost divisions served, in the order of their codes.
    pub fn codes(&self) -> &[DivisionCode] {
        &self.0
    }

    /// Whether the whole of this division is served here.
    pub fn covers(&self, code: &DivisionCode) -> bool {
        self.serving(code).is_some()
    }

    /// How many leading digits of the code name the division served here that it lies in; `None` outside.
    pub fn matched_prefix(&self, code: &DivisionCode) -> Option<usize> {
        self.serving(code).map(|served| served.as_str().len())
    }

    fn serving(&self, code: &DivisionCode) -> Option<&DivisionCode> {
        self.0.iter().find(|served| served.covers(code))
    }

    /// The divisions that lie in both territories, in the order of their codes; empty when they are apart.
    pub fn overlap(&self, other: &Territory) -> Vec<DivisionCode> {
        let ours = self.0.iter().filter(|code| other.covers(code));
        let theirs = other.0.iter().filter(|code| self.covers(code));
        ours.chain(theirs).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The counties (localities) any part of which is served here, in the order of their codes. A province or city
    /// that the published list does not have adds none.
    pub fn counties(&self) -> Vec<LocalityCode> {
        let found: BTreeSet<_> = self.0.iter().flat_map(counties_of).collect();
        found.into_iter().collect()
    }
}

fn counties_of(code: &DivisionCode) -> Vec<LocalityCode> {
    match Level::of(code) {
        Level::Province | Level::City => divisions::children(code).iter().flat_map(|d| counties_of(&d.code)).collect(),
        _ => code.locality().into_iter().collect(),
    }
}

impl TryFrom<Vec<String>> for Territory {
    type Error = Malformed;
    /// Refuses an empty list and the first malformed code.
    fn try_from(codes: Vec<String>) -> Result<Self, Malformed> {
        Self::new(codes.iter().map(|code| code.parse()).collect::<Result<Vec<_>, _>>()?)
    }
}

impl From<Territory> for Vec<String> {
    fn from(territory: Territory) -> Self {
        territory.0.into_iter().map(String::from).collect()
    }
}

/// Why a record finds no node to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// No candidate serves the whole of the origin.
    #[error("unserved-origin")]
    Unserved,
    /// Several candidates serve it equally closely. A record about a person is not sent on a guess: somebody has
    /// to settle who serves the place.
    #[error("ambiguous-origin")]
    Ambiguous,
}

/// The candidate that serves `origin` most closely: the one with the longest matching prefix, so that a county's
/// own node goes before its city's.
pub fn route<'a, T>(
    origin: &DivisionCode,
    candidates: impl IntoIterator<Item = (T, &'a Territory)>,
) -> Result<T, NoRoute> {
    let mut best: Option<(usize, T)> = None;
    let mut tied = false;
    for (candidate, territory) in candidates {
        let Some(length) = territory.matched_prefix(origin) else { continue };
        let longest = best.as_ref().map_or(0, |(longest, _)| *longest);
        if length > longest {
            (best, tied) = (Some((length, candidate)), false);
        } else if length == longest {
            tied = true;
        }
    }
    match best {
        None => Err(NoRoute::Unserved),
        Some(_) if tied => Err(NoRoute::Ambiguous),
        Some((_, candidate)) => Ok(candidate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    fn territory(codes: &[&str]) -> Territory {
        codes.iter().map(|c| c.to_string()).collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn a_territory_is_a_list_of_codes_in_json() {
        let parsed: Territory = serde_json::from_str(r#"["130104", "130102007", "130102"]"#).unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), r#"["130102","130104"]"#);
        let empty = serde_json::from_str::<Territory>("[]").unwrap_err();
        assert!(empty.to_string().contains("empty"));
        let malformed = serde_json::from_str::<Territory>(r#"["13010"]"#).unwrap_err();
        assert!(malformed.to_string().contains("malformed-division-code"));
    }

    #[test]
    fn a_territory_covers_what_lies_inside_and_nothing_wider() {
        let node = territory(&["130102", "1303"]);
        assert!(node.covers(&code("130102007029")) && node.covers(&code("130102")) && node.covers(&code("130302")));
        assert!(!node.covers(&code("1301")) && !node.covers(&code("130104")));
        assert_eq!(node.matched_prefix(&code("130102007")), Some(6));
        assert_eq!(node.matched_prefix(&code("130302")), Some(4));
        assert_eq!(node.matched_prefix(&code("11")), None);
    }

    #[test]
    fn territories_overlap_where_both_serve() {
        let city = territory(&["1301", "130204"]);
        let county = territory(&["130102", "1302"]);
        assert_eq!(city.overlap(&county), [code("130102"), code("130204")]);
        assert!(city.overlap(&territory(&["11"])).is_empty());
    }

    #[test]
    fn a_city_has_all_its_counties_and_a_committee_its_one() {
        assert!(territory(&["1301"]).counties().iter().any(|c| c.as_str() == "130102"));
        assert_eq!(territory(&["13"]).counties().len(), 190);
        let both = territory(&["130102007029", "130102007030", "130104"]).counties();
        assert_eq!(both.iter().map(LocalityCode::as_str).collect::<Vec<_>>(), ["130102", "130104"]);
    }

    #[test]
    fn a_county_s_own_node_goes_before_its_city_s() {
        let (city, county) = (territory(&["1301"]), territory(&["130102"]));
        let nodes = [("city", &city), ("county", &county)];
        assert_eq!(route(&code("130102007029"), nodes), Ok("county"));
        assert_eq!(route(&code("130104"), nodes), Ok("city"));
        assert_eq!(route(&code("110101"), nodes), Err(NoRoute::Unserved));
        assert_eq!(route(&code("13"), nodes), Err(NoRoute::Unserved));
    }

    #[test]
    fn two_nodes_that_serve_a_place_equally_are_ambiguous() {
        let (one, two, closer) = (territory(&["1301"]), territory(&["1301", "1302"]), territory(&["130102"]));
        assert_eq!(route(&code("130104"), [(1, &one), (2, &two)]), Err(NoRoute::Ambiguous));
        assert_eq!(route(&code("130102"), [(1, &one), (2, &two), (3, &closer)]), Ok(3));
    }

    proptest! {
        #[test]
        fn normalising_keeps_what_is_covered(texts in prop::collection::vec("1[1-3](0[1-2]){0,2}", 1..8), asked in "1[1-3](0[1-2]){2}") {
            let listed: Vec<DivisionCode> = texts.iter().map(|text| code(text)).collect();
            let node = Territory::new(listed.clone()).unwrap();
            prop_assert_eq!(node.covers(&code(&asked)), listed.iter().any(|c| c.covers(&code(&asked))));
            prop_assert!(node.codes().iter().all(|a| node.codes().iter().all(|b| a == b || !a.covers(b))));
        }
    }
}
