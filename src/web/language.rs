//! The language a person is answered in: Chinese unless they ask for English.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid, static_loader};

// The texts of both languages, `locales/<language>/<room>.ftl`.
static_loader! {
    static LOCALES = {
        locales: "./src/web/locales",
        fallback_language: "zh-CN",
        // The marks around inserted values would end up in JSON.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Remembers the language somebody chose.
pub(super) const LANGUAGE_COOKIE: &str = "anju-language";

/// A language of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 简体中文
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The language's tag, as `Content-Language` names it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// What the request's `Accept-Language` asks for.
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        wanted.map_or(Self::Chinese, Self::negotiate)
    }

    /// What the person chose on a page, or else what their browser asks for.
    pub(super) fn chosen(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let chosen = pairs.find(|(name, _)| *name == LANGUAGE_COOKIE).map(|(_, value)| value);
        chosen.and_then(Self::by_tag).unwrap_or_else(|| Self::of(headers))
    }

    /// The language of a tag.
    pub(super) fn by_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The wanted language of highest quality; the first of equals. Languages the registry does not speak are
    /// passed over, `*` means Chinese.
    fn negotiate(header: &str) -> Self {
        let mut best = (Self::Chinese, 0.0);
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let primary = parts.next().and_then(|tag| tag.split('-').next()).unwrap_or_default();
            let language = match primary.to_ascii_lowercase().as_str() {
                "zh" | "*" => Self::Chinese,
                "en" => Self::English,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            if let Some(quality) = quality
                && quality > best.1
            {
                best = (language, quality);
            }
        }
        best.0
    }

    fn id(self) -> &'static LanguageIdentifier {
        static IDS: OnceLock<[LanguageIdentifier; 2]> = OnceLock::new();
        let [chinese, english] = IDS.get_or_init(|| [langid!("zh-CN"), langid!("en")]);
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// The text of a key with values in it; the key itself where there is no text, which a test excludes.
    pub(super) fn text(self, key: &str, values: &[(&'static str, FluentValue<'_>)]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        let found = LOCALES.lookup_single_language(self.id(), key, Some(&values));
        found.unwrap_or_else(|_| key.to_owned())
    }

    /// The text of a key in this language only.
    pub(super) fn find(self, key: &str) -> Option<String> {
        LOCALES.lookup_single_language::<&str>(self.id(), key, None).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_highest_quality_is_spoken() {
        for (header, language) in [
            ("en", Language::English),
            ("en-GB,en;q=0.9,zh;q=0.8", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("fr, en;q=0.4, zh-TW;q=0.5", Language::Chinese),
            ("fr, de", Language::Chinese),
            ("*", Language::Chinese),
            ("en;q=0", Language::Chinese),
            ("EN ; q=0.3", Language::English),
            (";;q=x,en;q=?", Language::Chinese),
        ] {
            assert_eq!(Language::negotiate(header), language, "{header}");
        }
    }
}
