//! The texts people are shown before they consent: a list per locality, in editions, shipped with defaults. It says what
//! is sent, to whom, what for, for how long, that one may refuse and how to withdraw (PIPL art. 14–17, 23, 29–31).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::rules::TextVersion;
use crate::access::{Bilingual, PurposeCode};
use crate::error::{Error, Result};

/// What every text has to name, or it is no consent to a recipient.
const NAMED: [&str; 2] = ["{recipient}", "{sender}"];

/// One edition of the text for a purpose.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ConsentText {
    /// What it is a consent to.
    pub purpose: PurposeCode,
    /// The edition; unique for its purpose, and never changed once it was shown.
    pub version: TextVersion,
    /// The first day it is shown; from then on until the next edition's.
    pub from: NaiveDate,
    /// The words; `{recipient}` and `{sender}` stand for the names of the two localities.
    pub text: Bilingual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    purpose: PurposeCode,
    version: TextVersion,
    from: toml::value::Datetime,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    text: Vec<Entry>,
}

/// All editions of all texts, those before the present ones too.
#[derive(Debug, Clone)]
pub struct ConsentTexts(Vec<ConsentText>);

impl ConsentTexts {
    /// The texts that are shipped.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("texts.toml"))
    }

    /// Reads a locality's own list (TOML).
    ///
    /// # Errors
    /// `Internal` when it cannot be read, an edition stands twice, or a text does not name both localities.
    pub fn parse(text: &str) -> Result<Self> {
        let fault = |reason: &str| Error::internal(format!("the list of consent texts: {reason}"));
        let list: List = toml::from_str(text).map_err(|error| fault(error.message()))?;
        let mut texts: Vec<ConsentText> = Vec::with_capacity(list.text.len());
        for entry in list.text {
            let from = entry.from.to_string().parse().map_err(|_| fault("`from` is a day"))?;
            let Entry { purpose, version, zh, en, .. } = entry;
            if texts.iter().any(|text| text.purpose == purpose && text.version == version) {
                return Err(fault("an edition stands twice"));
            }
            if NAMED.iter().any(|name| !zh.contains(name) || !en.contains(name)) {
                return Err(fault("a text lacks {recipient} or {sender}"));
            }
            let text = Bilingual { zh: zh.trim().to_owned(), en: en.trim().to_owned() };
            texts.push(ConsentText { purpose, version, from, text });
        }
        Ok(Self(texts))
    }

    /// All editions.
    pub fn all(&self) -> &[ConsentText] {
        &self.0
    }

    /// The edition to be shown for a purpose on a day.
    ///
    /// # Errors
    /// `Invalid("purpose", "no-consent-text")`: nobody can consent to what no text tells of.
    pub fn current(&self, purpose: &PurposeCode, today: NaiveDate) -> Result<&ConsentText> {
        let shown = self.0.iter().filter(|text| text.purpose == *purpose && text.from <= today);
        shown.max_by_key(|text| text.from).ok_or_else(|| Error::invalid("purpose", "no-consent-text"))
    }

    /// The present edition, if it is the one that was shown.
    ///
    /// # Errors
    /// `Invalid("purpose", "no-consent-text")`; `Invalid("text_version")` with `unknown-text-version` or
    /// `not-the-current-text`.
    pub fn shown(&self, purpose: &PurposeCode, version: &TextVersion, today: NaiveDate) -> Result<&ConsentText> {
        let current = self.current(purpose, today)?;
        if current.version == *version {
            return Ok(current);
        }
        let known = self.0.iter().any(|text| text.purpose == *purpose && text.version == *version);
        let code = if known { "not-the-current-text" } else { "unknown-text-version" };
        Err(Error::invalid("text_version", code))
    }
}

impl ConsentText {
    /// The words with both names in their places.
    pub fn between(&self, sender: &str, recipient: &str) -> Bilingual {
        let named = |text: &str| text.replace("{recipient}", recipient).replace("{sender}", sender);
        Bilingual { zh: named(&self.text.zh), en: named(&self.text.en) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn edition(version: &str, from: &str) -> String {
        let words = "{sender} {recipient}";
        format!(
            "[[text]]\npurpose = \"p\"\nversion = \"{version}\"\nfrom = {from}\nzh = \"{words}\"\nen = \"{words}\"\n"
        )
    }

    #[test]
    fn each_shipped_text_says_what_to_whom_how_long_and_how_to_withdraw() {
        let shipped = ConsentTexts::built_in().unwrap();
        assert!(shipped.all().len() >= 5);
        for text in shipped.all() {
            for said in ["提供什么", "提供给谁", "做什么用", "多长时间", "可以不同意", "怎样撤回"]
            {
                assert!(text.text.zh.contains(said), "{} {said}", text.purpose);
            }
            for said in ["What:", "To whom:", "What for:", "For how long:", "You may refuse:", "How to withdraw:"] {
                assert!(text.text.en.contains(said), "{} {said}", text.purpose);
            }
            let whole = text.between("甲地", "乙地");
            assert!(whole.zh.contains("甲地") && whole.en.contains("乙地") && !whole.zh.contains('{'));
        }
    }

    #[test]
    fn the_newest_edition_in_force_is_the_one_to_be_shown() {
        let list = [edition("1", "2025-01-01"), edition("2", "2026-01-01"), edition("3", "2027-01-01")].concat();
        let texts = ConsentTexts::parse(&list).unwrap();
        let (purpose, today) = ("p".parse().unwrap(), day("2026-11-23"));
        let shown = |version: &str| texts.shown(&purpose, &version.parse().unwrap(), today);
        assert_eq!(shown("2").unwrap().version.as_str(), "2");
        for (version, code) in
            [("1", "not-the-current-text"), ("3", "not-the-current-text"), ("4", "unknown-text-version")]
        {
            assert!(shown(version).unwrap_err().to_string().ends_with(code), "{version}");
        }
        assert!(texts.current(&"q".parse().unwrap(), today).is_err());
        assert!(texts.current(&purpose, day("2024-12-31")).is_err());
    }

    #[test]
    fn a_list_with_an_edition_twice_or_without_the_recipient_is_refused() {
        let once = edition("1", "2026-01-01");
        assert!(ConsentTexts::parse(&once).is_ok());
        assert!(ConsentTexts::parse(&[once.clone(), once.clone()].concat()).is_err());
        assert!(ConsentTexts::parse(&once.replacen("{recipient}", "somebody", 1)).is_err());
        assert!(ConsentTexts::parse(&once.replace("2026-01-01", "2026-01-01T00:00:00")).is_err());
    }
}
