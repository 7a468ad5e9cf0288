//! The notices of a breach, drafted in both languages: what happened, which data, possible harm, measures taken, what the
//! person can do, whom to ask (Personal Information Protection Law art. 57). What only people can know is left blank. A
//! person's text tells of nobody else.

use chrono::NaiveDate;

use super::{Affected, Way};
use crate::exchange::messages::Office;
use crate::localities;

/// What the notices have in common.
#[derive(Debug)]
pub struct Incident<'a> {
    /// The suspect, as the command was given it.
    pub by: &'a str,
    /// First day of the period.
    pub from: NaiveDate,
    /// Its last day.
    pub until: NaiveDate,
    /// The office that answers for the node.
    pub office: &'a Office,
}

/// The ways, fields and words of both languages.
const WAYS: [(Way, &str, &str); 5] = [
    (Way::Disclosed, "被打开查看", "opened"),
    (Way::Found, "被检索到", "found in a search"),
    (Way::Sent, "被发送到另一地", "sent to another locality"),
    (Way::Received, "由另一地告知，可能有误", "told by another locality, and possibly wrong"),
    (Way::Changed, "被改动", "changed"),
];
const FIELDS: [(&str, &str, &str); 8] = [
    ("document", "证件号码", "document number"),
    ("phone", "电话号码", "telephone number"),
    ("name", "姓名", "name"),
    ("marriage_record", "婚姻记录", "marriage record"),
    ("birth_record", "出生记录", "birth record"),
    ("question", "协查问题", "question of an inquiry"),
    ("answer", "协查答复", "answer to an inquiry"),
    ("message", "两地往来信息", "message between localities"),
];

/// The notice to one person.
pub fn to_person(incident: &Incident<'_>, person: &Affected) -> String {
    let (zh, en) = (data(person, |word| word.1, "、"), data(person, |word| word.2, ", "));
    let (ways_zh, ways_en) = (ways(person, |way| way.1, "；"), ways(person, |way| way.2, "; "));
    let contact = contact(incident, person);
    let (from, until) = (incident.from, incident.until);
    format!(
        "个人信息安全事件告知书（草稿，须由经办人补全并核对）

________（姓名，档案编号 {id}）：

一、发生了什么：{from} 至 {until} 期间，您的个人信息可能被不应知悉的人获取。
    事件经过：________
二、涉及您的哪些信息：{zh}。情形：{ways_zh}。
三、可能造成的危害：________
四、我们已经采取的措施：________
五、您可以怎样减轻危害：留意冒充工作人员的来电；如发现身份被冒用，请立即报警并告知我们。其他：________
六、您可以随时查询谁看过您的信息，并要求更正或者删除。联系：{contact}。

________（单位、日期）

────────

Notice of a breach of personal data (draft: to be completed and checked by the office)

To ________ (name; file {id}):

1. What happened: between {from} and {until} your personal data may have reached somebody who should not have them.
   In detail: ________
2. Which of your data: {en}. How: {ways_en}.
3. Harm that may follow: ________
4. What we have done: ________
5. What you can do: beware of callers who pretend to be officials; if somebody uses your identity, tell the police and
   us at once. Further: ________
6. You can see at any time who looked at your data, and ask for correction or deletion. Contact: {contact}.

________ (office, date)
",
        id = person.resident_id,
    )
}

/// The summary for the authority.
pub fn to_authority(incident: &Incident<'_>, persons: &[Affected]) -> String {
    let count = persons.len();
    let by_field: Vec<(&str, &str, usize)> = FIELDS
        .iter()
        .map(|(code, zh, en)| (*zh, *en, persons.iter().filter(|person| person.reached.fields.contains(*code)).count()))
        .filter(|(_, _, persons)| *persons > 0)
        .collect();
    let list = |word: fn(&(&str, &str, usize)) -> String| by_field.iter().map(word).collect::<Vec<_>>().join("\n");
    let zh = list(|(zh, _, persons)| format!("    {zh}：{persons} 人"));
    let en = list(|(_, en, persons)| format!("   {en}: {persons} persons"));
    let contact = format!("{} {}", incident.office.name, incident.office.phone);
    let (by, from, until) = (incident.by, incident.from, incident.until);
    format!(
        "个人信息安全事件报告（草稿，须由经办人补全并核对）

一、事件：{from} 至 {until}，来源 {by}。经过和原因：________
二、涉及 {count} 人。按信息种类：
{zh}
三、可能造成的危害：________
四、已经和将要采取的补救措施：________
五、是否已告知本人：________
六、联系：{contact}

────────

Report of a breach of personal data (draft: to be completed and checked by the office)

1. The breach: {from} to {until}, by {by}. Course and cause: ________
2. Persons concerned: {count}. By kind of data:
{en}
3. Harm that may follow: ________
4. Remedies taken and planned: ________
5. Whether the persons were told: ________
6. Contact: {contact}
"
    )
}

fn contact(incident: &Incident<'_>, person: &Affected) -> String {
    let own = person.committee.as_ref().and_then(localities::full_name);
    let office = format!("{} {}", incident.office.name, incident.office.phone);
    own.map_or(office.clone(), |own| format!("{own}; {office}"))
}

fn data(
    person: &Affected,
    word: fn(&(&'static str, &'static str, &'static str)) -> &'static str,
    between: &str,
) -> String {
    let known: Vec<&str> = FIELDS.iter().filter(|field| person.reached.fields.contains(field.0)).map(word).collect();
    // A search or change names no field: then it is the file that was reached.
    if known.is_empty() { "________".to_owned() } else { known.join(between) }
}

fn ways(person: &Affected, word: fn(&(Way, &'static str, &'static str)) -> &'static str, between: &str) -> String {
    let told =
        WAYS.iter().filter_map(|way| person.reached.ways.get(&way.0).map(|times| format!("{} ×{times}", word(way))));
    told.collect::<Vec<_>>().join(between)
}
