//! Finding a division by what somebody types: characters, pinyin, initials, or the beginning of a code.

use super::divisions::Division;
use super::packed::{self, Entry};
use crate::pinyin::{Query, Rank};
use crate::values::DivisionCode;

/// The divisions inside `within` that fit `query`, at most `limit`, the best first: exact names, then names that
/// begin so, then names that hold it; among equals the higher level, the shorter name, the smaller code.
///
/// Without `within` only provinces, cities and counties are searched; with it also the sub-districts and
/// committees inside, which loads that one province. An empty query finds nothing.
pub fn search(query: &str, within: Option<&DivisionCode>, limit: usize) -> Vec<Division> {
    let Some(query) = Query::new(query) else { return Vec::new() };
    let prefix = within.map_or("", DivisionCode::as_str);
    let mut hits = Vec::new();
    let mut weigh = |entry: Entry| {
        if let Some(rank) = rank(&query, entry) {
            hits.push((rank, digits(entry.code), entry.name.chars().count(), entry));
        }
    };
    let inside = packed::upper_within(prefix).iter().filter(|(code, _)| *code != prefix);
    inside.filter_map(|(code, name)| Some(Entry { code: code.parse().ok()?, name })).for_each(&mut weigh);
    if (2..=9).contains(&prefix.len()) {
        for sub_district in packed::sub_districts(prefix) {
            if prefix.len() < 9 {
                weigh(sub_district.entry);
            }
            sub_district.committees().for_each(&mut weigh);
        }
    }
    hits.sort_unstable();
    hits.into_iter().take(limit).filter_map(|(.., entry)| Division::from_entry(entry)).collect()
}

fn rank(query: &Query, entry: Entry) -> Option<Rank> {
    query.rank(entry.name).or_else(|| {
        let typed = query.digits()?;
        let (typed_digits, all) = (digits(typed), digits(entry.code));
        let begins = typed_digits <= all && entry.code / 10u64.pow(all - typed_digits) == typed;
        begins.then_some(if typed_digits == all { Rank::Exact } else { Rank::Prefix })
    })
}

fn digits(code: u64) -> u32 {
    code.checked_ilog10().map_or(1, |log| log + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &str, within: &str) -> Vec<&'static str> {
        let within = (!within.is_empty()).then(|| within.parse().unwrap());
        search(query, within.as_ref(), 20).into_iter().map(|d| d.name).collect()
    }

    fn codes(query: &str, within: &str) -> Vec<String> {
        let within = (!within.is_empty()).then(|| within.parse().unwrap());
        search(query, within.as_ref(), 20).into_iter().map(|d| d.code.to_string()).collect()
    }

    #[test]
    fn a_county_is_found_by_characters_pinyin_and_initials() {
        for query in ["长安区", "长安", "changan", "Chang'an", "chang an qu", "zhangan", "caq", "长an"] {
            let found = codes(query, "");
            assert!(found.contains(&"130102".into()) && found.contains(&"610116".into()), "{query}: {found:?}");
        }
        assert!(names("ca", "1301").contains(&"长安区"));
    }

    /// What is typed and what it has to find, in turn.
    const TYPED: &str = "
        chongqing 重庆市 zhongqing 重庆市 xiamen 厦门市 hongya 洪雅县 shexian 涉县 gaoyao 高要区
        jimo 即墨区 zichuan 淄川区 chiping 茌平区 bazhong 巴中市 bayannaoer 巴彦淖尔市
        yanqihuizuzizhixian 焉耆回族自治县 acheng 阿城区 echeng 阿城区 pingdu 平度市 fuzhou 抚州市
        qufu 曲阜市 muping 牟平区 guangrao 广饶县 shangrao 上饶市 xinmi 新密市 zhecheng 柘城县
        queshan 确山县 zhijiang 枝江市 huangpi 黄陂区 jianli 监利市 leiyang 耒阳市 chenzhou 郴州市
        rucheng 汝城县 lianjiang 廉江市 dianbai 电白区 hepu 合浦县 qionglai 邛崃市 pidu 郫都区
        santai 三台县 jianyang 简阳市 zhaotong 昭通市 mile 弥勒市 geermu 格尔木市 huanren 桓仁满族自治县
        dayi 大邑县 xinzhou 忻州市 xixian 隰县 ruicheng 芮城县 jishan 稷山县 wanrong 万荣县 luan 六安市
        bengbu 蚌埠市 taizhou 台州市 lvliang 吕梁市 lüliang 吕梁市 lvshunkou 旅顺口区 yueqing 乐清市
        panyu 番禺区 yanshan 铅山县 donge 东阿县 hongtong 洪洞县 jingxing 井陉县 yuxian 蔚县 guoyang 涡阳县
        shanxian 单县 shenxian 莘县 xunxian 浚县 xingyang 荥阳市 zhongmu 中牟县 biyang 泌阳县 fanshi 繁峙县
        wubu 吴堡县 dabu 大埔县 shexian 歙县 yixian 黟县 hunchun 珲春市 muling 穆棱市 bozhou 亳州市
        yuli 尉犁县 linqu 临朐县 juancheng 鄄城县 leting 乐亭县 laoting 乐亭县 daicheng 大城县
        huojia 获嘉县 liuhe 六合区 luhe 六合区 chengxian 成县 tanchang 宕昌县 dangchang 宕昌县
        jianwei 犍为县 qianwei 犍为县 yilong 仪陇县 beibei 北碚区 changting 长汀县 longyou 龙游县
        shengzhou 嵊州市 yinzhou 鄞州区 xuyi 盱眙县 pizhou 邳州市
    ";

    #[test]
    fn every_reading_of_a_character_finds_the_place() {
        let words: Vec<&str> = TYPED.split_whitespace().collect();
        for typed in words.chunks(2) {
            let found = search(typed[0], None, 100);
            assert!(found.iter().any(|d| d.name == typed[1]), "{typed:?}");
        }
    }

    #[test]
    fn the_exact_name_comes_first_then_the_higher_level() {
        assert_eq!(names("吉林", "")[..2], ["吉林省", "吉林市"]);
        assert_eq!(names("hebei", "")[0], "河北省");
        assert_eq!(names("beijing", "")[0], "北京市");
        assert_eq!(names("长安区", "1301")[0], "长安区");
    }

    #[test]
    fn sub_districts_and_committees_are_searched_only_inside_a_parent() {
        assert!(names("谈固小区", "").is_empty());
        for within in ["13", "1301", "130102", "130102007"] {
            assert!(codes("tangu xiaoqu", within).contains(&"130102007029".into()), "{within}");
        }
        assert!(codes("tgxqdysq", "130102").contains(&"130102007029".into()));
        assert!(codes("hedong", "130102").contains(&"130102007".into()));
        assert!(codes("tangu", "130104").iter().all(|code| code.starts_with("130104")));
    }

    #[test]
    fn a_code_is_found_by_its_beginning() {
        assert_eq!(codes("130102", "")[0], "130102");
        assert_eq!(codes("130102007029", "1301"), ["130102007029"]);
    }

    #[test]
    fn nothing_is_found_for_nothing_and_never_more_than_the_limit() {
        assert!(names("", "").is_empty());
        assert!(names(" ' ", "").is_empty());
        assert!(names("长安", "990101").is_empty());
        assert!(names("长安", "130102007029").is_empty());
        assert_eq!(search("a", Some(&"13".parse().unwrap()), 7).len(), 7);
    }
}
