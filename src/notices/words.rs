//! What a notice says, in both languages. No third person's data: who said something is named by what they are.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::NoticeKind;
use crate::access::Bilingual;

/// What a notice may hold besides its kind: days, counts, and what somebody is. Never a name, an address or a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// The day it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
    /// The first day after, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// On whose word: `landlord`, `resident` or `committee`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_by: Option<String>,
    /// How many had left before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<usize>,
    /// How many were stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<usize>,
}

/// What a telephone shows, whoever holds it: that there is something to read, and where.
pub(super) fn on_the_telephone() -> Bilingual {
    Bilingual {
        zh: "您的登记有新的告知。请登录本人页面查看，或到居委会窗口询问。".to_owned(),
        en: "There is news about your registration. Please see your own pages, or ask at the counter.".to_owned(),
    }
}

/// The words of a notice.
pub(super) fn of(kind: NoticeKind, facts: &Facts) -> Bilingual {
    let (zh, en) = template(kind);
    let (zh, en) = (filled(zh, facts, 0), filled(en, facts, 1));
    match kind.can_be_disputed() {
        true => Bilingual {
            zh: format!("{zh}如有不符，请在本人页面提出异议，或到窗口说明。"),
            en: format!("{en} If it is not so, please dispute it in your own pages or say so at the counter."),
        },
        false => Bilingual { zh, en },
    }
}

fn template(kind: NoticeKind) -> (&'static str, &'static str) {
    use NoticeKind::*;
    match kind {
        MovedIn => (
            "您的居住登记：自{on}起入住（依据：{said_by}）。",
            "Registered: you live in a dwelling since {on} (on the word of {said_by}).",
        ),
        MovedOut => (
            "您的居住登记：自{until}起不再居住（依据：{said_by}）。",
            "Registered: you live in a dwelling no longer from {until} on (on the word of {said_by}).",
        ),
        Transferred => (
            "您的居住登记：自{on}起搬到本县（市、区）另一住处（依据：{said_by}）。",
            "Registered: you moved to another dwelling of the county on {on} (on the word of {said_by}).",
        ),
        Corrected => (
            "您的居住登记已更正：入住日为{on}，搬离日为{until}（依据：{said_by}）。",
            "Your registration was corrected: first day {on}, left on {until} (on the word of {said_by}).",
        ),
        Undone => {
            ("您的一条居住登记已作为误登撤销。", "One of your registrations was undone: it had been made in error.")
        }
        MoveOutUndone => (
            "您的搬离登记已撤回，登记为仍在居住。",
            "That you had left was taken back: you are registered as living there still.",
        ),
        StatedByOther => (
            "{said_by}就您的居住情况作了陈述，登记没有因此改变。",
            "A statement about where you live was made by {said_by}. What is registered did not change.",
        ),
        DisputeSettled => ("您对居住登记的异议已有答复。", "What you said against your registration was answered."),
        ConsentWithdrawn => (
            "一项同意已撤回：{stopped}项未发出的已停止，{sent}项已发出的由我们告知接收方删除。",
            "A consent was withdrawn: {stopped} not yet sent were stopped, and the receivers of {sent} sent before are told to erase them.",
        ),
        ConsentLapsing => (
            "由监护人作出的一项同意将于{on}（年满十四周岁之日）失效；此后须由本人同意，否则不再据此提供信息。",
            "A guardian's consent lapses on {on}, the fourteenth birthday. From then on only the person's own lets anything be sent.",
        ),
        ConsentWithdrawnElsewhere => (
            "外地告知：一项同意已撤回，仅据此收到的关于您的信息已删除。",
            "Another locality tells: a consent was withdrawn, and what was received about you on it alone is erased.",
        ),
        AccessOpened => (
            "一次此前不公开的查阅现已公开，可在“谁看过我的信息”中查看。",
            "A look at your data that was kept confidential is open now: please see who looked.",
        ),
        DeletionComing => (
            "您的证件、电话等封存信息将于{on}删除。",
            "Your sealed data, such as document and telephone, will be erased on {on}.",
        ),
    }
}

fn filled(text: &str, facts: &Facts, language: usize) -> String {
    let day = |day: Option<NaiveDate>| day.map_or(["无", "none"][language].to_owned(), |day| day.to_string());
    let who = match facts.said_by.as_deref() {
        Some("landlord") => ["房东或用人单位", "the landlord or employer"],
        Some("resident") => ["本人", "yourself"],
        _ => ["居委会", "the committee"],
    };
    let count = |count: Option<usize>| count.unwrap_or_default().to_string();
    text.replace("{on}", &day(facts.on))
        .replace("{until}", &day(facts.until))
        .replace("{said_by}", who[language])
        .replace("{sent}", &count(facts.sent))
        .replace("{stopped}", &count(facts.stopped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_has_words_in_both_languages_and_nothing_left_open() {
        for kind in NoticeKind::ALL {
            for facts in [Facts::default(), Facts { said_by: Some("landlord".into()), ..Facts::default() }] {
                let text = of(*kind, &facts);
                assert!(text.zh.chars().count() > 10 && text.en.len() > 20, "{kind}");
                assert!(!text.zh.contains('{') && !text.en.contains('{'), "{kind}");
            }
        }
    }

    #[test]
    fn a_telephone_shows_neither_what_happened_nor_to_whom() {
        let shown = on_the_telephone();
        for told in ["入住", "搬", "同意", "删除", "moved", "consent"] {
            assert!(!shown.zh.contains(told) && !shown.en.contains(told));
        }
    }
}
