//! Finding Chinese text by what people type: characters, pinyin without tones, initials, or a mix of them.
//!
//! Every reading of a character counts, because a table's first reading is often wrong for names and places:
//! 长安 is Chang'an, 重庆 Chongqing, the surname 单 Shan. ü may be typed `v`, `u` or `yu`.
//!
//! Two forms: [`Query`] weighs texts at hand, [`name_terms`] lists what a person's name can be found by, to be
//! stored beside it and compared by prefix.

use std::iter;

use pinyin::ToPinyinMulti;

/// The most combinations of readings one name is listed under; beyond it the least usual readings are dropped.
pub const MOST_COMBINATIONS: usize = 32;

/// How well a text fits a query; the better is the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The query spells the whole text.
    Exact,
    /// The text begins with it, spelled out or by initials.
    Prefix,
    /// The text holds it.
    Inside,
}

/// The form texts are compared in: lower case, full-width letters made narrow, `ü` written `v`, without spaces,
/// apostrophes, hyphens and the middle dots of transliterated names.
pub fn fold(text: &str) -> String {
    text.chars().filter_map(fold_char).collect()
}

fn fold_char(c: char) -> Option<char> {
    // U+FF01–U+FF5E are the ASCII signs in the width of a character, as input methods produce them.
    let narrow = match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0)?,
        'ü' | 'Ü' => 'v',
        _ => c,
    };
    let left_out = narrow.is_whitespace() || "'’‘`´-·•‧・".contains(narrow);
    (!left_out).then(|| narrow.to_lowercase().next()).flatten()
}

/// Every way to spell one character, without tones, the usual first; none for what is not Chinese. Readings that
/// differ only in tone repeat.
pub fn readings(c: char) -> impl Iterator<Item = &'static str> {
    let known = c.to_pinyin_multi().into_iter().flatten().map(|reading| reading.plain());
    known.chain(missing_readings(c).iter().copied()).flat_map(spellings)
}

/// Readings in living names that the table of readings lacks.
fn missing_readings(c: char) -> &'static [&'static str] {
    match c {
        '乐' => &["lao"], // 乐亭
        '宕' => &["tan"], // 宕昌
        _ => &[],
    }
}

fn spellings(reading: &'static str) -> impl Iterator<Item = &'static str> {
    let all: &'static [&'static str] = match reading {
        "lü" => &["lv", "lu", "lyu"],
        "nü" => &["nv", "nu", "nyu"],
        "lüe" => &["lve", "lue", "lyue"],
        "nüe" => &["nve", "nue", "nyue"],
        _ => &[],
    };
    // A few interjections are spelled without a vowel or with ê; nobody looks for them.
    let plain = all.is_empty() && reading.bytes().all(|b| b.is_ascii_lowercase());
    plain.then_some(reading).into_iter().chain(all.iter().copied())
}

/// What somebody typed, made ready to weigh many texts.
#[derive(Debug, Clone)]
pub struct Query(Vec<char>);

impl Query {
    /// A query of 1–60 characters once folded; `None` when nothing or too much is left to look for.
    pub fn new(text: &str) -> Option<Self> {
        let typed: Vec<char> = text.chars().filter_map(fold_char).collect();
        (1..=60).contains(&typed.len()).then_some(Self(typed))
    }

    /// The number typed, when at least two digits and nothing else were.
    pub fn digits(&self) -> Option<u64> {
        let text: String = self.0.iter().collect();
        (text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    }

    /// How well the text fits; `None` when it does not. Each character of the text is met by itself, by one of
    /// its readings or by the initial of one; the last may still be half typed. Takes time proportional to the
    /// lengths of both, however many readings there are.
    pub fn rank(&self, text: &str) -> Option<Rank> {
        text.char_indices().find_map(|(start, _)| match self.walk(text.get(start..)?) {
            Found::No => None,
            Found::Whole if start == 0 => Some(Rank::Exact),
            _ if start == 0 => Some(Rank::Prefix),
            _ => Some(Rank::Inside),
        })
    }

    /// Follows all ways to read the text at once: bit `n` of a set says that `n` characters of the query are met.
    fn walk(&self, text: &str) -> Found {
        let end = 1u64 << self.0.len();
        let (mut reached, mut spelled, mut found) = (1u64, 1u64, Found::No);
        for c in text.chars().filter_map(fold_char) {
            if reached == 0 {
                return found;
            }
            let (mut next, mut next_spelled) = (0, 0);
            for at in (0..self.0.len()).filter(|at| reached >> at & 1 == 1) {
                let (whole, part) = self.step(at, c);
                next |= whole | part;
                if spelled >> at & 1 == 1 {
                    next_spelled |= whole;
                }
            }
            (reached, spelled) = (next & !end, next_spelled);
            found = if next_spelled & end != 0 {
                Found::Whole
            } else if next & end != 0 {
                Found::Part
            } else {
                found.part()
            };
        }
        found
    }

    /// Where one character of the text leads from `at`: met wholly (itself or a full reading), or by an initial or
    /// a beginning.
    fn step(&self, at: usize, c: char) -> (u64, u64) {
        let left = self.0.get(at..).unwrap_or_default();
        let mut whole = if left.first() == Some(&c) { 2u64 << at } else { 0 };
        let mut part = 0;
        for reading in readings(c) {
            let same = left.iter().zip(reading.chars()).take_while(|(typed, letter)| **typed == *letter).count();
            if same == reading.len() {
                whole |= 1 << (at + same);
            }
            if same == left.len() {
                part |= 1 << (at + same);
            }
            if same >= 1 {
                part |= 2 << at;
            }
            if same >= 2 && matches!(reading.get(..2), Some("zh" | "ch" | "sh")) {
                part |= 4 << at;
            }
        }
        (whole, part)
    }
}

enum Found {
    No,
    /// Met before the text ended, or by initials.
    Part,
    /// Spelled out up to the last character read.
    Whole,
}

impl Found {
    /// The same after one more character that the query no longer reaches.
    fn part(self) -> Self {
        match self {
            Self::No => Self::No,
            _ => Self::Part,
        }
    }
}

/// How well `text` fits what somebody typed; see [`Query::rank`].
pub fn matches(query: &str, text: &str) -> Option<Rank> {
    Query::new(query)?.rank(text)
}

/// Surnames whose reading is not the usual one of the character, and surnames of two characters. Per character a
/// reading, alternatives after a slash. The longer come first, so that 长孙 is not taken for 长.
const SURNAMES: &[(&str, &str)] = &[
    ("尉迟", "yu chi"),
    ("万俟", "mo qi"),
    ("长孙", "zhang sun"),
    ("单于", "chan yu"),
    ("澹台", "tan tai"),
    ("令狐", "ling hu"),
    ("乐正", "yue zheng"),
    ("宰父", "zai fu"),
    ("亓官", "qi guan"),
    ("鲜于", "xian yu"),
    ("皇甫", "huang fu"),
    ("呼延", "hu yan"),
    ("宇文", "yu wen"),
    ("慕容", "mu rong"),
    ("独孤", "du gu"),
    ("拓跋", "tuo ba"),
    ("欧阳", "ou yang"),
    ("司马", "si ma"),
    ("司徒", "si tu"),
    ("司空", "si kong"),
    ("上官", "shang guan"),
    ("诸葛", "zhu ge"),
    ("东方", "dong fang"),
    ("夏侯", "xia hou"),
    ("公孙", "gong sun"),
    ("轩辕", "xuan yuan"),
    ("端木", "duan mu"),
    ("申屠", "shen tu"),
    ("闻人", "wen ren"),
    ("西门", "xi men"),
    ("南宫", "nan gong"),
    ("百里", "bai li"),
    ("单", "shan"),
    ("解", "xie"),
    ("仇", "qiu"),
    ("曾", "zeng"),
    ("查", "zha"),
    ("区", "ou"),
    ("朴", "piao"),
    ("盖", "ge/gai"),
    ("缪", "miao"),
    ("乐", "yue/le"),
    ("种", "chong"),
    ("隗", "wei/kui"),
    ("员", "yun"),
    ("翟", "zhai/di"),
    ("覃", "qin/tan"),
    ("郇", "xun/huan"),
    ("召", "shao"),
    ("繁", "po"),
    ("秘", "bi"),
    ("祭", "zhai"),
    ("牟", "mu/mou"),
    ("句", "gou"),
    ("阚", "kan"),
];

/// What a person's name can be found by in pinyin: written out (`zhangxiaoming`), surname and initials
/// (`zhangxm`) and initials (`zxm`), for every combination of readings up to [`MOST_COMBINATIONS`], the likeliest
/// first, none twice. Store them beside the name and compare them by prefix with the [`fold`]ed query.
///
/// The surname is read as surnames are first and in its other readings after, for who does not know better.
pub fn name_terms(name: &str) -> Vec<String> {
    let name = fold(name);
    let surname = SURNAMES.iter().find(|(surname, _)| name.starts_with(surname));
    let surname_length = surname.map_or(1, |(surname, _)| surname.chars().count());
    let mut special = surname.map_or("", |(_, readings)| readings).split(' ');
    let mut choices: Vec<Vec<String>> = Vec::new();
    for c in name.chars() {
        let first = special.next().unwrap_or_default().split('/').filter(|reading| !reading.is_empty());
        let mut choice: Vec<String> = Vec::new();
        for reading in first.chain(readings(c)) {
            if !choice.iter().any(|known| known == reading) {
                choice.push(reading.to_owned());
            }
        }
        if choice.is_empty() {
            choice.push(c.to_string());
        }
        choices.push(choice);
    }
    bound(&mut choices);
    let mut terms = Vec::new();
    let combinations = combinations(&choices);
    for written_out in [choices.len(), surname_length, 0] {
        for term in combinations.iter().map(|combination| spell(combination, written_out)) {
            if !term.is_empty() && !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    terms
}

/// Drops the last reading of the character with most readings until few enough combinations are left.
fn bound(choices: &mut [Vec<String>]) {
    while choices.iter().map(Vec::len).try_fold(1usize, usize::checked_mul).is_none_or(|n| n > MOST_COMBINATIONS) {
        let Some(widest) = choices.iter_mut().max_by_key(|choice| choice.len()) else { return };
        widest.pop();
    }
}

fn combinations(choices: &[Vec<String>]) -> Vec<Vec<&str>> {
    choices.iter().fold(vec![Vec::new()], |begun, choice| {
        let longer = begun.iter().flat_map(|begun| {
            choice.iter().map(|reading| begun.iter().copied().chain(iter::once(reading.as_str())).collect())
        });
        longer.collect()
    })
}

/// The first readings written out, the others by their initial.
fn spell(combination: &[&str], written_out: usize) -> String {
    let (whole, initials) = combination.split_at(written_out.min(combination.len()));
    let mut term = whole.concat();
    term.extend(initials.iter().filter_map(|reading| reading.chars().next()));
    term
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tones_spaces_case_and_apostrophes_do_not_matter() {
        assert_eq!(fold("Chang’an  QU"), "changanqu");
        assert_eq!(fold("ＣＡ　ü"), "cav");
        assert_eq!(fold("买买提·阿卜杜拉"), "买买提阿卜杜拉");
        for query in ["changan", "CHANG'AN", "chang an", "ｃｈａｎｇan"] {
            assert_eq!(matches(query, "长安"), Some(Rank::Exact), "{query}");
        }
    }

    #[test]
    fn a_place_is_met_by_any_reading_by_initials_and_half_typed() {
        assert_eq!(matches("chongqing", "重庆"), Some(Rank::Exact));
        assert_eq!(matches("zhongqing", "重庆"), Some(Rank::Exact));
        for query in ["ca", "chan", "cha", "zhaq", "caq", "changanq", "长a", "c安", "chaq"] {
            assert_eq!(matches(query, "长安区"), Some(Rank::Prefix), "{query}");
        }
        assert_eq!(matches("anqu", "长安区"), Some(Rank::Inside));
        assert_eq!(matches("24", "大街24号"), Some(Rank::Inside));
        for query in ["hangan", "changanqux", "can xu", "安长", ""] {
            assert_eq!(matches(query, "长安区"), None, "{query}");
        }
    }

    #[test]
    fn initials_are_no_exact_match() {
        assert_eq!(matches("ca", "长安"), Some(Rank::Prefix));
        assert_eq!(matches("chang", "长"), Some(Rank::Exact));
        assert_eq!(matches("lv", "吕"), Some(Rank::Exact));
        assert_eq!(matches("lyu", "吕"), Some(Rank::Exact));
        assert_eq!(matches("lu", "吕"), Some(Rank::Exact));
    }

    #[test]
    fn a_name_is_listed_spelled_out_with_the_surname_and_by_initials() {
        assert_eq!(name_terms("张小红")[0], "zhangxiaohong");
        assert!(["zhangxh", "zxh"].iter().all(|term| name_terms("张小红").iter().any(|t| t == term)));
        assert_eq!(name_terms("欧阳明")[..1], ["ouyangming"]);
        assert!(name_terms("欧阳明").contains(&"ouyangm".into()));
        assert_eq!(name_terms("John Smith")[0], "johnsmith");
        assert!(name_terms("").is_empty());
    }

    #[test]
    fn surnames_are_read_as_surnames_first_and_otherwise_after() {
        for (surname, spelled) in [
            ("单", "shan"),
            ("解", "xie"),
            ("仇", "qiu"),
            ("曾", "zeng"),
            ("查", "zha"),
            ("区", "ou"),
            ("朴", "piao"),
            ("盖", "ge"),
            ("尉迟", "yuchi"),
            ("万俟", "moqi"),
            ("长孙", "zhangsun"),
            ("尉", "wei"),
            ("任", "ren"),
            ("华", "hua"),
            ("缪", "miao"),
            ("冼", "xian"),
            ("乐", "yue"),
            ("种", "chong"),
            ("隗", "wei"),
            ("员", "yun"),
            ("翟", "zhai"),
            ("覃", "qin"),
            ("谌", "chen"),
            ("郇", "xun"),
            ("召", "shao"),
            ("繁", "po"),
        ] {
            assert_eq!(name_terms(&format!("{surname}红"))[0], format!("{spelled}hong"));
        }
        for (name, also) in [
            ("单红", "danhong"),
            ("尉红", "yuhong"),
            ("乐红", "lehong"),
            ("隗红", "kuihong"),
            ("翟红", "dihong"),
            ("覃红", "tanhong"),
            ("郇红", "huanhong"),
            ("盖红", "gaihong"),
        ] {
            assert!(name_terms(name).iter().any(|term| term == also), "{name}");
        }
    }

    #[test]
    fn the_table_of_surnames_is_well_formed() {
        for (surname, spelled) in SURNAMES {
            assert_eq!(surname.chars().count(), spelled.split(' ').count(), "{surname}");
            assert!(spelled.bytes().all(|b| b.is_ascii_lowercase() || b == b' ' || b == b'/'), "{surname}");
        }
    }

    proptest! {
        #[test]
        fn combinations_stay_bounded(name in "[长重单解曾查乐行还和朝]{1,60}") {
            let terms = name_terms(&name);
            prop_assert!(!terms.is_empty() && terms.len() <= 3 * MOST_COMBINATIONS);
        }

        #[test]
        fn what_is_listed_also_matches(name in "[王李张刘陈][一-龥]{1,2}") {
            for term in name_terms(&name) {
                prop_assert!(matches(&term, &name).is_some(), "{term} {name}");
            }
        }

        #[test]
        fn no_input_breaks_the_walk(query in ".{0,80}", text in ".{0,40}") {
            let _ = matches(&query, &text);
        }
    }
}
