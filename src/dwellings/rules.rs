//! What makes codes of dwellings well-formed, and how a building's floors and units are laid out in one step.
//! Pure: no database, no clock; randomness is a parameter.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::values::{DivisionCode, Label, Malformed, folded, parsed_text, text_enum};

text_enum! {
    /// What kind of building or site the dwellings are in.
    pub enum BuildingKind {
        /// 小区: a block of a managed residential compound.
        Compound => "compound",
        /// 城中村: a house in an urban village, usually of one owner.
        UrbanVillageHouse => "urban-village-house",
        /// 宿舍: a dormitory of an employer or school.
        Dormitory => "dormitory",
        /// 商铺、市场: a shop or market in which people live.
        ShopOrMarket => "shop-or-market",
        /// 工地: the quarters of a construction site.
        ConstructionSite => "construction-site",
        /// 旅馆: a hotel or guest house with long-stay guests.
        Hotel => "hotel",
        /// Any other place in which people live.
        Other => "other",
    }
}

text_enum! {
    /// How a dwelling is used.
    pub enum DwellingUse {
        /// Let as a whole.
        Rented => "rented",
        /// Lived in by its owner.
        OwnerOccupied => "owner-occupied",
        /// Lived in by nobody.
        Vacant => "vacant",
        /// Let by the bed.
        BedSpace => "bed-space",
    }
}

parsed_text! {
    /// The code on a dwelling's door, `XXXX-XXXX`, made to be read out over the telephone: 23 digits and letters
    /// that are confused neither by eye nor by ear, the last of the eight a check character.
    ///
    /// ISO 7064 style, MOD 23-2: as 23 is a prime and the eight weights differ, every single wrong character and
    /// every two characters changed over are found. Codes: `wrong-length`, `confusable-character` (a letter or
    /// digit no code has, so it was misread), `malformed-door-code`, `wrong-check-character`.
    pub struct DoorCode = parse_door_code;
}

/// In the order of their values. Left out: 0 O Q D, 1 I L, B (8), G (6), S (5), U (V), Z (2), N (M).
pub(crate) const DOOR_CHARACTERS: &[u8; 23] = b"23456789ACEFHJKMPRTVWXY";

fn parse_door_code(text: &str) -> Result<String, Malformed> {
    let code = folded(text);
    if code.chars().count() != 8 {
        return Err(Malformed("wrong-length"));
    }
    let Some(sum) = code.bytes().try_fold(0, |sum, byte| Some((sum * 2 + door_value(byte)?) % 23)) else {
        let misread = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return Err(Malformed(if misread { "confusable-character" } else { "malformed-door-code" }));
    };
    match code.split_at_checked(4) {
        Some((first, second)) if sum == 1 => Ok(format!("{first}-{second}")),
        _ => Err(Malformed("wrong-check-character")),
    }
}

pub(crate) fn door_value(byte: u8) -> Option<usize> {
    DOOR_CHARACTERS.iter().position(|c| *c == byte)
}

impl DoorCode {
    /// The code for eight random bytes; of 3.4 billion codes each is as likely as the others. The caller asks for another
    /// when the locality already has this one.
    pub fn from_random(random: [u8; 8]) -> Self {
        let (mut rest, mut sum, mut code) = (u64::from_be_bytes(random), 0, String::with_capacity(9));
        for place in 0..7 {
            let value = usize::try_from(rest % 23).unwrap_or_default();
            rest /= 23;
            sum = (sum * 2 + value) % 23;
            code.push(char::from(DOOR_CHARACTERS[value]));
            if place == 3 {
                code.push('-');
            }
        }
        // The check character makes the whole sum 1, so that a code of equal characters is not valid by chance.
        code.push(char::from(DOOR_CHARACTERS[(24 - sum * 2 % 23) % 23]));
        Self(code)
    }
}

parsed_text! {
    /// A housing code of 25 digits after Shenzhen's model: committee 12, grid 2, building 5, room 6. Committee codes
    /// change, so it is a dated attribute of a dwelling and never its id. Code: `malformed-housing-code`.
    pub struct HousingCode = parse_housing_code;
}

fn parse_housing_code(text: &str) -> Result<String, Malformed> {
    let code = folded(text);
    let shaped = code.len() == 25 && code.bytes().all(|b| b.is_ascii_digit());
    if shaped { Ok(code) } else { Err(Malformed("malformed-housing-code")) }
}

/// The parts of a [`HousingCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HousingCodeParts<'a> {
    /// The committee's division code, 12 digits.
    pub committee: &'a str,
    /// The committee's grid, 2 digits.
    pub grid: &'a str,
    /// The building in the grid, 5 digits.
    pub building: &'a str,
    /// The room in the building, 6 digits.
    pub room: &'a str,
}

impl HousingCode {
    /// The code cut into its parts.
    pub fn parts(&self) -> HousingCodeParts<'_> {
        let part = |range| self.as_str().get(range).unwrap_or_default();
        HousingCodeParts { committee: part(0..12), grid: part(12..14), building: part(14..19), room: part(19..25) }
    }

    /// Whether the code was given out by this committee, or by one in this division.
    pub fn lies_in(&self, division: &DivisionCode) -> bool {
        self.as_str().starts_with(division.as_str())
    }
}

text_enum! {
    /// How the units of a building are labelled; basements begin with B.
    pub enum Numbering {
        /// Floor, then the unit in two digits: 101, 102, 1201; B101.
        FloorUnit => "floor-unit",
        /// The floor in two digits too: 0101, 0102, 1201; B0101.
        PaddedFloorUnit => "padded-floor-unit",
        /// Floor, then a letter, at most 26 units: 1A, 1B, 12A; B1A.
        FloorLetter => "floor-letter",
    }
}

/// What is on every floor of an entrance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Units {
    /// So many units, numbered from 1.
    Count(u16),
    /// Units with these texts after the floor, for example `01`, `02`, `03A`.
    Labels(Vec<Label>),
}

/// A plan of a whole building, from which its dwellings are made in one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPlan {
    /// Lowest floor with dwellings; basements are negative, there is no floor 0.
    pub from_floor: i16,
    /// Highest floor with dwellings.
    pub to_floor: i16,
    /// Floor numbers the building leaves out, for example 4, 13 and 14.
    #[serde(default)]
    pub skipped_floors: Vec<i16>,
    /// 单元: number of entrances, each with the same units; absent where entrances are not numbered.
    #[serde(default)]
    pub entrances: Option<u16>,
    /// The units on every floor of an entrance.
    pub units: Units,
    /// Number of beds that are let singly in every unit; absent where units are let as a whole.
    #[serde(default)]
    pub beds: Option<u16>,
    /// How the labels are made.
    pub numbering: Numbering,
}

/// One dwelling of a [`UnitPlan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlannedUnit {
    /// The floor; negative below ground, never 0.
    pub floor: i16,
    /// The place on its floor over all entrances, from 1.
    pub position: i16,
    /// The text on the door: `101`, `1单元101`, `101-2床`.
    pub label: String,
}

impl UnitPlan {
    /// Most floors of a building.
    pub const MOST_FLOORS: usize = 200;
    /// Most dwellings on one floor, over all entrances and beds.
    pub const MOST_PER_FLOOR: usize = 100;
    /// Most dwellings of one plan.
    pub const MOST_UNITS: usize = 5000;

    /// The dwellings from the lowest floor up, on each floor by entrance, unit and bed.
    ///
    /// Codes: `no-floor-zero`, `floors-upside-down`, `too-many-floors`, `too-many-units-per-floor`,
    /// `too-many-units`, `too-many-letters`, `empty-plan`, `duplicate-label`, `too-long`.
    pub fn generate(&self) -> Result<Vec<PlannedUnit>, Malformed> {
        let floors = self.floors()?;
        let doors = self.doors()?;
        match floors.len() * doors.len() {
            0 => return Err(Malformed("empty-plan")),
            count if count > Self::MOST_UNITS => return Err(Malformed("too-many-units")),
            _ => {}
        }
        let mut labels = HashSet::new();
        let mut units = Vec::with_capacity(floors.len() * doors.len());
        for floor in floors {
            let number = floor.unsigned_abs();
            let below = if floor < 0 { "B" } else { "" };
            let storey = match self.numbering {
                Numbering::PaddedFloorUnit => format!("{below}{number:02}"),
                Numbering::FloorUnit | Numbering::FloorLetter => format!("{below}{number}"),
            };
            for (position, (before, after)) in (1..).zip(&doors) {
                let label = format!("{before}{storey}{after}");
                if !labels.insert(label.clone()) {
                    return Err(Malformed("duplicate-label"));
                }
                units.push(PlannedUnit { floor, position, label });
            }
        }
        Ok(units)
    }

    fn floors(&self) -> Result<Vec<i16>, Malformed> {
        if self.from_floor == 0 || self.to_floor == 0 {
            return Err(Malformed("no-floor-zero"));
        }
        if self.from_floor > self.to_floor {
            return Err(Malformed("floors-upside-down"));
        }
        let counted = |floor: &i16| *floor != 0 && !self.skipped_floors.contains(floor);
        let floors: Vec<i16> = (self.from_floor..=self.to_floor).filter(counted).take(Self::MOST_FLOORS + 1).collect();
        if floors.len() > Self::MOST_FLOORS { Err(Malformed("too-many-floors")) } else { Ok(floors) }
    }

    /// What stands before and after the floor in the labels of one floor.
    fn doors(&self) -> Result<Vec<(String, String)>, Malformed> {
        let units = self.unit_texts()?;
        let beds: Vec<String> = match self.beds {
            Some(count) => (1..=count).map(|bed| format!("-{bed}床")).collect(),
            None => vec![String::new()],
        };
        let entrances = usize::from(self.entrances.unwrap_or(1));
        if entrances.saturating_mul(beds.len()).saturating_mul(units.len().max(1)) > Self::MOST_PER_FLOOR {
            return Err(Malformed("too-many-units-per-floor"));
        }
        let mut doors = Vec::new();
        for entrance in 1..=entrances {
            let before = self.entrances.map(|_| format!("{entrance}单元")).unwrap_or_default();
            for unit in &units {
                doors.extend(beds.iter().map(|bed| (before.clone(), format!("{unit}{bed}"))));
            }
        }
        Ok(doors)
    }

    fn unit_texts(&self) -> Result<Vec<String>, Malformed> {
        let count = match &self.units {
            Units::Count(count) => usize::from(*count),
            Units::Labels(labels) => labels.len(),
        };
        if count > Self::MOST_PER_FLOOR {
            return Err(Malformed("too-many-units-per-floor"));
        }
        match (&self.units, self.numbering) {
            (Units::Labels(labels), _) if labels.iter().any(|label| label.as_str().chars().count() > 20) => {
                Err(Malformed("too-long"))
            }
            (Units::Labels(labels), _) => Ok(labels.iter().map(Label::to_string).collect()),
            (Units::Count(_), Numbering::FloorLetter) if count > 26 => Err(Malformed("too-many-letters")),
            (Units::Count(_), Numbering::FloorLetter) => Ok(('A'..='Z').take(count).map(String::from).collect()),
            (Units::Count(_), _) => Ok((1..=count).map(|unit| format!("{unit:02}")).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn door(text: &str) -> Result<String, &'static str> {
        text.parse::<DoorCode>().map(String::from).map_err(|Malformed(code)| code)
    }

    #[test]
    fn a_door_code_is_read_however_it_is_written() {
        let code = DoorCode::from_random(*b"a number");
        let bare = code.as_str().replace('-', "");
        for text in [code.to_string(), bare.clone(), bare.to_lowercase(), format!(" {} {} ", &bare[..4], &bare[4..])] {
            assert_eq!(text.parse::<DoorCode>(), Ok(code.clone()), "{text}");
        }
    }

    #[test]
    fn each_fault_of_a_door_code_has_its_code() {
        assert_eq!(door(""), Err("wrong-length"));
        assert_eq!(door("2222-222"), Err("wrong-length"));
        assert_eq!(door("2222-2222"), Err("wrong-check-character"));
        assert_eq!(door("2222-2223"), Ok("2222-2223".to_owned()));
        assert_eq!(door("222O-2222"), Err("confusable-character"));
        assert_eq!(door("222门2222"), Err("malformed-door-code"));
        for confusable in "01BDGILNOQSUZ".chars() {
            assert_eq!(door(&format!("2222-222{confusable}")), Err("confusable-character"));
        }
    }

    #[test]
    fn a_housing_code_is_cut_into_its_parts() {
        let code: HousingCode = "130102007029 01 00012 000301".parse().unwrap();
        let parts = HousingCodeParts { committee: "130102007029", grid: "01", building: "00012", room: "000301" };
        assert_eq!(code.parts(), parts);
        assert!(code.lies_in(&"130102".parse().unwrap()) && !code.lies_in(&"130103".parse().unwrap()));
        for text in ["", "130102007029010001200030", "13010200702901000120003011", "13010200702901000120003a1"] {
            assert_eq!(text.parse::<HousingCode>(), Err(Malformed("malformed-housing-code")), "{text}");
        }
    }

    fn plan(from_floor: i16, to_floor: i16, units: u16, numbering: Numbering) -> UnitPlan {
        let units = Units::Count(units);
        UnitPlan { from_floor, to_floor, skipped_floors: Vec::new(), entrances: None, units, beds: None, numbering }
    }

    fn labels(plan: &UnitPlan) -> Result<String, &'static str> {
        let texts = |units: Vec<PlannedUnit>| units.into_iter().map(|unit| unit.label).collect::<Vec<_>>().join(" ");
        plan.generate().map(texts).map_err(|Malformed(code)| code)
    }

    #[test]
    fn each_numbering_makes_the_labels_people_know() {
        assert_eq!(labels(&plan(1, 2, 2, Numbering::FloorUnit)).unwrap(), "101 102 201 202");
        assert_eq!(labels(&plan(9, 10, 1, Numbering::PaddedFloorUnit)).unwrap(), "0901 1001");
        assert_eq!(labels(&plan(1, 2, 2, Numbering::FloorLetter)).unwrap(), "1A 1B 2A 2B");
        let named = UnitPlan {
            units: Units::Labels(["01", "03A"].map(|label| label.parse().unwrap()).into()),
            ..plan(1, 2, 0, Numbering::FloorUnit)
        };
        assert_eq!(labels(&named).unwrap(), "101 103A 201 203A");
    }

    #[test]
    fn there_is_no_floor_zero_and_skipped_floors_are_left_out() {
        let tower = UnitPlan { skipped_floors: vec![4, 13, 14], ..plan(-2, 15, 1, Numbering::FloorUnit) };
        let expected = "B201 B101 101 201 301 501 601 701 801 901 1001 1101 1201 1501";
        assert_eq!(labels(&tower).unwrap(), expected);
        assert_eq!(tower.generate().unwrap()[0], PlannedUnit { floor: -2, position: 1, label: "B201".into() });
    }

    #[test]
    fn entrances_and_beds_count_on_over_the_floor() {
        let block = UnitPlan { entrances: Some(2), ..plan(1, 1, 2, Numbering::FloorUnit) };
        assert_eq!(labels(&block).unwrap(), "1单元101 1单元102 2单元101 2单元102");
        assert_eq!(block.generate().unwrap().iter().map(|unit| unit.position).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let dormitory = UnitPlan { beds: Some(2), ..plan(1, 1, 2, Numbering::FloorUnit) };
        assert_eq!(labels(&dormitory).unwrap(), "101-1床 101-2床 102-1床 102-2床");
    }

    #[test]
    fn each_fault_of_a_plan_has_its_code() {
        use Numbering::{FloorLetter, FloorUnit};
        assert_eq!(labels(&plan(0, 3, 1, FloorUnit)), Err("no-floor-zero"));
        assert_eq!(labels(&plan(3, 1, 1, FloorUnit)), Err("floors-upside-down"));
        assert_eq!(labels(&plan(i16::MIN, i16::MAX, 1, FloorUnit)), Err("too-many-floors"));
        assert_eq!(labels(&plan(1, 201, 1, FloorUnit)), Err("too-many-floors"));
        assert_eq!(labels(&plan(1, 1, 101, FloorUnit)), Err("too-many-units-per-floor"));
        assert_eq!(labels(&plan(1, 51, 100, FloorUnit)), Err("too-many-units"));
        assert_eq!(labels(&plan(1, 1, 27, FloorLetter)), Err("too-many-letters"));
        assert_eq!(labels(&plan(1, 1, 0, FloorUnit)), Err("empty-plan"));
        let crowded = UnitPlan { entrances: Some(u16::MAX), beds: Some(u16::MAX), ..plan(1, 1, 100, FloorUnit) };
        assert_eq!(labels(&crowded), Err("too-many-units-per-floor"));
        let named = |texts: [&str; 2]| UnitPlan {
            units: Units::Labels(texts.map(|label| label.parse().unwrap()).into()),
            ..plan(1, 11, 0, FloorUnit)
        };
        assert_eq!(labels(&named(["01", "01"])), Err("duplicate-label"));
        assert_eq!(labels(&named(["1", "11"])), Err("duplicate-label"), "floor 1 unit 11 and floor 11 unit 1");
        assert_eq!(labels(&named(["01", &"9".repeat(21)])), Err("too-long"));
    }

    #[test]
    fn a_plan_in_json_may_leave_out_what_is_usual() {
        let text = r#"{"from_floor":1,"to_floor":1,"units":{"count":2},"numbering":"floor-unit"}"#;
        assert_eq!(serde_json::from_str::<UnitPlan>(text).unwrap(), plan(1, 1, 2, Numbering::FloorUnit));
    }

    proptest! {
        #[test]
        fn every_wrong_or_changed_over_character_of_a_door_code_is_found(random: [u8; 8]) {
            let code = DoorCode::from_random(random);
            prop_assert_eq!(door(code.as_str()), Ok(code.to_string()));
            let bytes = code.as_str().replace('-', "").into_bytes();
            for at in 0..8 {
                for wrong in DOOR_CHARACTERS.iter().filter(|c| **c != bytes[at]) {
                    let mut misread = bytes.clone();
                    misread[at] = *wrong;
                    prop_assert_eq!(door(&String::from_utf8(misread).unwrap()), Err("wrong-check-character"));
                }
                for other in (0..8).filter(|other| bytes[*other] != bytes[at]) {
                    let mut swapped = bytes.clone();
                    swapped.swap(at, other);
                    prop_assert_eq!(door(&String::from_utf8(swapped).unwrap()), Err("wrong-check-character"));
                }
            }
        }

        #[test]
        fn a_plan_has_no_two_equal_labels_or_places(
            from in -3..5i16, floors in 0..40i16, units in 1..9u16, entrances in prop::option::of(1..5u16),
            numbering in prop::sample::select(Numbering::ALL),
        ) {
            let from = if from == 0 { 1 } else { from };
            let to = if from + floors == 0 { 1 } else { from + floors };
            let plan = UnitPlan { entrances, ..plan(from, to, units, numbering) };
            let made = plan.generate().unwrap();
            let labels: HashSet<_> = made.iter().map(|unit| &unit.label).collect();
            let places: HashSet<_> = made.iter().map(|unit| (unit.floor, unit.position)).collect();
            prop_assert_eq!((labels.len(), places.len()), (made.len(), made.len()));
            prop_assert!(made.iter().all(|unit| unit.floor != 0 && unit.position > 0));
        }
    }
}
