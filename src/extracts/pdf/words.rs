//! The words of the registry's lists as they are printed, in both languages. A word that is missing here is printed as
//! its code.

use crate::access::Purposes;

const WORDS: &[(&str, &str, &str)] = &[
    ("unknown", "未知", "unknown"),
    ("male", "男", "male"),
    ("female", "女", "female"),
    ("unstated", "未说明", "not stated"),
    ("unverified", "未核实", "not yet verified"),
    ("verified", "已核实", "verified"),
    ("statement", "本人陈述", "the person's statement"),
    ("document", "证件所载", "as the document says"),
    ("correction", "更正", "a correction"),
    ("comparison", "与证件核对", "compared with the document"),
    ("landlord", "出租人或用人单位", "the landlord or employer"),
    ("resident", "本人", "the person"),
    ("committee", "居委会", "the committee"),
    ("citizen-id", "居民身份证", "citizen's identity card"),
    ("passport", "护照", "passport"),
    ("birth-certificate", "出生医学证明", "certificate of birth"),
    ("hk-macao-residence-permit", "港澳居民居住证", "residence permit, Hong Kong and Macao"),
    ("taiwan-residence-permit", "台湾居民居住证", "residence permit, Taiwan"),
    ("foreign-permanent-residence", "外国人永久居留身份证", "foreign permanent resident's card"),
    ("other", "其他证件", "another document"),
    ("marriage", "婚姻记录", "Marriage record"),
    ("birth", "出生记录", "Birth record"),
    ("stands", "有效", "it stands"),
    ("dissolved", "婚姻已解除", "the marriage has ended"),
    ("annulled", "已撤销", "annulled: it never held"),
    ("register", "登记机关", "the register that made it"),
    ("certificate-seen", "经办人见过证件", "a clerk saw the certificate"),
    ("move-in", "入住", "moved in"),
    ("move-out", "搬离", "moved out"),
    ("queued", "待发送", "waiting to be sent"),
    ("handed-over", "已发出，待回执", "sent, no answer yet"),
    ("applied", "对方已登记", "taken in there"),
    ("case", "对方正在办理", "a clerk there works on it"),
    ("rejected", "对方退回", "returned by the other side"),
    ("residence.started", "在本地居住", "that you live here"),
    ("residence.ended", "本地居住结束", "that you no longer live here"),
    ("residence.undone", "撤回居住通报", "that a notice was wrong"),
    ("record.supplied", "婚姻或出生记录", "a marriage or birth record"),
    ("record.requested", "协查询问", "a question about a record"),
    ("record.answered", "协查答复", "an answer about a record"),
    ("record.doubted", "记录存疑", "that a record is in doubt"),
    ("doubt.resolved", "存疑的处理结果", "what became of a doubt"),
    ("protection.raised", "危险住址保护", "that you are protected"),
    ("protection.lifted", "解除住址保护", "that a protection ended"),
    ("consent.withdrawn", "撤回同意", "that a consent was withdrawn"),
    ("access.noted", "查阅记录", "that your data were read"),
    ("data.disclosed", "查阅", "looked at"),
    ("data.sent", "发往外地", "sent to another locality"),
    ("residents.searched", "检索", "found in a search"),
    ("resident.exported", "列入社区名册", "written to the committee's roll"),
    ("roll", "社区名册", "the committee's roll"),
    ("resident.taken_over", "调入档案", "file taken over"),
    ("resident.exported", "列入名册", "taken out with a roll"),
    ("inquiry.asked", "向外地协查", "asked of another locality"),
    ("access.sealed", "保密查阅", "a confidential look"),
    ("civil-record", "婚姻或出生记录", "a marriage or birth record"),
    ("clerk", "经办人", "clerk"),
    ("supervisor", "主管", "supervisor"),
    ("system-administrator", "系统管理员", "system administrator"),
    ("security-administrator", "安全管理员", "security administrator"),
    ("auditor", "审计员", "auditor"),
    ("peer", "外地节点", "another locality"),
    ("system", "本系统", "the registry itself"),
    ("name", "姓名", "name"),
    ("phone", "电话", "telephone"),
    ("marriage.spouses", "双方", "the two persons"),
    ("marriage.married_on", "登记日期", "day of marriage"),
    ("marriage.place", "登记地", "place of marriage"),
    ("marriage.certificate", "结婚证件", "marriage certificate"),
    ("birth.child", "子女", "the child"),
    ("birth.place", "出生地", "place of birth"),
    ("birth.parents", "父母", "the parents"),
    ("birth.certificate", "出生证件", "birth certificate"),
    ("inquiry.question", "协查内容", "what an inquiry asks"),
    ("inquiry.answer", "协查答复", "what was answered"),
    ("identity", "身份", "identity"),
    ("civil-record", "婚姻或出生记录", "a marriage or birth record"),
    ("wrong-person", "不是本人", "it is about somebody else"),
    ("wrong-name", "姓名有误", "a name is wrong"),
    ("wrong-day", "日期有误", "a day is wrong"),
    ("wrong-place", "地点有误", "a place is wrong"),
    ("wrong-certificate", "证件有误", "the certificate is another"),
    ("no-longer-so", "情况已变化", "it is no longer so"),
    ("never-was", "从未发生", "it never was so"),
    ("register-agrees", "登记机关记录一致", "the register says the same"),
    ("document-agrees", "证件记载一致", "the document says the same"),
    ("nothing-shown", "未提供依据", "nothing was shown that says otherwise"),
    ("not-about-them", "与其本人无关", "it is not about the person"),
    ("consent.withdrawn", "同意已撤回", "that a consent was withdrawn"),
    ("open", "办理中", "being looked into"),
    ("forwarded", "已转记录责任地", "forwarded to the locality that answers for it"),
    ("corrected", "已更正", "corrected"),
    ("refused", "不予更正", "not corrected"),
];

/// A code in both languages: `女 female`.
pub(super) fn both(code: &str) -> String {
    match WORDS.iter().find(|(known, ..)| *known == code) {
        Some((_, zh, en)) => format!("{zh} {en}"),
        None => code.to_owned(),
    }
}

/// A code in Chinese and in English, apart.
pub(super) fn apart(code: &str) -> (&str, &str) {
    WORDS.iter().find(|(known, ..)| *known == code).map_or((code, ""), |(_, zh, en)| (zh, en))
}

/// A field of somebody's data in both languages.
pub(super) fn field(code: &str) -> String {
    match code {
        "document" => "证件号码 document number".to_owned(),
        "sex" => "性别 sex".to_owned(),
        "birth_date" => "出生日期 day of birth".to_owned(),
        "origin" => "户籍地 place of the household register".to_owned(),
        "because" => "更正原因 why it was corrected".to_owned(),
        other => both(other),
    }
}

/// A purpose as the locality's list words it.
pub(super) fn purpose(list: &Purposes, code: &str) -> String {
    match list.purposes.iter().find(|purpose| purpose.code.as_str() == code) {
        Some(purpose) => format!("{} {}", purpose.text.zh, purpose.text.en),
        None => code.to_owned(),
    }
}

/// What allowed something, as it is cited.
pub(super) fn basis(list: &Purposes, code: &str) -> String {
    match list.bases.iter().find(|basis| basis.code.as_str() == code) {
        Some(basis) => basis.reference.clone(),
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::civil_records::{RecordKind, Source, Standing};
    use crate::doubts::{DoubtReason, DoubtState, Fact, RefusalReason};
    use crate::exchange::messages::Kind;
    use crate::exchange::tellings::TellingState;
    use crate::extracts::IdentitySource;
    use crate::residents::documents::DocumentKind;
    use crate::tenancies::SaidBy;
    use crate::values::Sex;

    #[test]
    fn no_word_of_the_lists_is_printed_as_a_code() {
        macro_rules! known {
            ($($list:ty),+) => { $(for word in <$list>::ALL { assert_ne!(both(word.as_str()), word.as_str()); })+ };
        }
        known!(DoubtReason, DoubtState, Fact, RefusalReason);
        known!(Sex, SaidBy, RecordKind, Standing, Source, Role, Kind, TellingState, IdentitySource, DocumentKind);
    }
}
