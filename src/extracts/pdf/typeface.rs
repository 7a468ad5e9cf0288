//! The font that documents are set in: how wide a text is, and what it cannot show.

use std::fmt::Write as _;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::error::{Error, Result};

static DEFLATED: &[u8] = include_bytes!("../../../data/fonts/noto-sans-sc.deflate");

/// The font, inflated when it is first needed.
pub(super) struct Typeface {
    pub font: Font,
    tables: FontRef<'static>,
}

/// The one there is.
///
/// # Errors
/// `Internal` when the font in the program is damaged, which a test excludes.
pub(super) fn typeface() -> Result<Typeface> {
    static INFLATED: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = INFLATED.get_or_init(|| {
        let mut font = Vec::new();
        match DeflateDecoder::new(DEFLATED).read_to_end(&mut font) {
            Ok(_) => font,
            Err(_) => Vec::new(),
        }
    });
    let damaged = || Error::internal("the font is damaged");
    let font = Font::new(bytes.as_slice().into(), 0).ok_or_else(damaged)?;
    Ok(Typeface { font, tables: FontRef::new(bytes).map_err(|_| damaged())? })
}

impl Typeface {
    /// The text as it can be shown: a character that the font does not have becomes its code, `〔U+2A6A5〕`.
    pub fn shown(&self, text: &str) -> String {
        let characters = self.tables.charmap();
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match characters.map(c) {
                Some(_) => shown.push(c),
                None if c.is_whitespace() => shown.push(' '),
                // Writing to a string cannot fail.
                None => drop(write!(shown, "〔U+{:04X}〕", u32::from(c))),
            }
        }
        shown
    }

    /// How wide a character is at a size, in points.
    pub fn width(&self, c: char, size: f32) -> f32 {
        let glyph = self.tables.charmap().map(c).unwrap_or_default();
        self.tables.glyph_metrics(Size::new(size), LocationRef::default()).advance_width(glyph).unwrap_or(size)
    }

    /// The text in lines no wider than `most` points: broken at spaces, and beside any Chinese character.
    pub fn lines(&self, text: &str, size: f32, most: f32) -> Vec<String> {
        let text = self.shown(text);
        let (mut lines, mut line, mut wide) = (Vec::new(), String::new(), 0.0);
        for word in words(&text) {
            let width: f32 = word.chars().map(|c| self.width(c, size)).sum();
            if wide + width > most && !line.trim().is_empty() && word != " " {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                wide = 0.0;
            }
            // A word wider than a line is cut where it has to be.
            for c in word.chars() {
                let width = self.width(c, size);
                if wide + width > most && c != ' ' {
                    lines.push(std::mem::take(&mut line));
                    wide = 0.0;
                }
                line.push(c);
                wide += width;
            }
        }
        if !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
        }
        lines
    }
}

/// What a line may not be broken inside of: runs of Latin letters and digits, with the punctuation that follows;
/// and a Chinese character with the punctuation that may not begin a line.
fn words(text: &str) -> Vec<&str> {
    let closing = |c: char| "，。、；：？！）》〕」』”’,.;:)!?%".contains(c);
    let opening = |c: char| "（《〔「『“‘(".contains(c);
    let is_latin = |c: char| c.is_ascii_graphic() || ('\u{a0}'..'\u{2000}').contains(&c);
    let (mut words, mut from, mut before) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        let together = match before {
            None => true,
            Some(before) => (is_latin(before) && is_latin(c)) || closing(c) || opening(before),
        };
        if !together {
            words.extend(text.get(from..at));
            from = at;
        }
        before = Some(c);
    }
    words.extend(text.get(from..).filter(|last| !last.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_font_does_not_have_is_shown_as_its_code() {
        let typeface = typeface().unwrap();
        assert_eq!(typeface.shown("王𪚥明"), "王〔U+2A6A5〕明");
        assert_eq!(typeface.shown("محمد").matches("〔U+06").count(), 4);
        assert_eq!(typeface.shown("李桂兰 Zoë (1949-12-31)，“居住”。"), "李桂兰 Zoë (1949-12-31)，“居住”。");
    }

    #[test]
    fn the_characters_of_names_are_there_also_the_rare_ones_of_the_standard_list() {
        let typeface = typeface().unwrap();
        // Of the list's third level, written in names and places and outside GBK.
        for rare in ["㑇", "䶮", "𠅤", "𬍛", "𬱖", "𫖯", "𬭎", "𪟝", "𬬱", "𫘧", "𬸦", "𫄧", "喆", "镕", "堃", "淼"]
        {
            assert_eq!(typeface.shown(rare), rare, "{rare}");
        }
    }

    #[test]
    fn lines_are_broken_where_people_break_them_and_never_wider_than_allowed() {
        let typeface = typeface().unwrap();
        let text = "居住在长安区谈固小区，3号楼 1单元101 since 2026-11-20 0123456789012345678901234567890123456789";
        let lines = typeface.lines(text, 10.0, 90.0);
        for line in &lines {
            assert!(line.chars().map(|c| typeface.width(c, 10.0)).sum::<f32>() <= 90.5, "{line}");
            assert!(!line.starts_with(['，', ' ']), "{line}");
        }
        let squeezed = |text: &str| text.replace(' ', "");
        assert_eq!(squeezed(&lines.concat()), squeezed(text));
    }
}
