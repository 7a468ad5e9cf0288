//! Telling what happens, in one of the two languages.

use std::fmt::Display;

use clap::ValueEnum;

use crate::cli::{Result, print};

/// The story's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

impl Language {
    /// What the terminal's settings ask for: English where they say so, else Chinese.
    pub fn of_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        if set.is_some_and(|value| value.starts_with("en")) { Self::En } else { Self::Zh }
    }
}

/// Tells the story.
#[derive(Debug)]
pub struct Teller {
    language: Language,
}

impl Teller {
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The text in the story's language.
    pub fn choose<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A new chapter.
    pub fn chapter(&self, zh: &str, en: &str) -> Result<()> {
        print(&format!("\n== {}", self.choose(zh, en)))
    }

    /// Something that happened.
    pub fn say(&self, zh: impl Display, en: impl Display) -> Result<()> {
        match self.language {
            Language::Zh => print(&format!("  {zh}")),
            Language::En => print(&format!("  {en}")),
        }
    }
}
