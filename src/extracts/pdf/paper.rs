//! Paper: headings, rows of label and value, and notes, flowing over A4 pages with a line at the foot of each.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::typeface::Typeface;
use crate::error::{Error, Result};

/// A4 in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 54.0;
const FOOT: f32 = 46.0;
const LABEL_WIDTH: f32 = 128.0;
const GAP: f32 = 10.0;
const TITLE: f32 = 19.0;
const HEADING: f32 = 12.5;
const BODY: f32 = 9.5;
const SMALL: f32 = 7.5;
const INK: u8 = 26;
const GREY: u8 = 105;

/// A text at its place on a page.
struct Set {
    page: usize,
    at: (f32, f32),
    size: f32,
    shade: u8,
    text: String,
}

/// A thin line across a page.
struct Rule {
    page: usize,
    y: f32,
}

/// Paper that is being written on.
pub(super) struct Paper {
    typeface: Typeface,
    texts: Vec<Set>,
    rules: Vec<Rule>,
    page: usize,
    y: f32,
}

impl Paper {
    pub fn new(typeface: Typeface) -> Self {
        Self { typeface, texts: Vec::new(), rules: Vec::new(), page: 0, y: MARGIN }
    }

    /// The document's title in both languages.
    pub fn title(&mut self, zh: &str, en: &str) {
        self.y += TITLE;
        self.set(MARGIN, TITLE, INK, zh);
        self.y += 17.0;
        self.set(MARGIN, 10.5, GREY, en);
        self.y += 14.0;
    }

    /// A heading in both languages, never alone at the end of a page.
    pub fn heading(&mut self, zh: &str, en: &str) {
        self.need(76.0);
        self.y += 14.0;
        self.rules.push(Rule { page: self.page, y: self.y });
        self.y += 19.0;
        self.set(MARGIN, HEADING, INK, zh);
        let beside = MARGIN + self.wide(zh, HEADING) + 7.0;
        self.set(beside, 9.0, GREY, en);
        self.y += 7.0;
    }

    /// A label in both languages, a value, and below the value where it is from.
    pub fn row(&mut self, label: (&str, &str), value: &str, notes: &[String]) {
        let column = WIDTH - 2.0 * MARGIN - LABEL_WIDTH - GAP;
        let values = self.typeface.lines(value, BODY, column);
        let notes: Vec<String> = notes.iter().flat_map(|note| self.typeface.lines(note, SMALL, column)).collect();
        let labels = self.typeface.lines(label.0, BODY, LABEL_WIDTH);
        let english = self.typeface.lines(label.1, SMALL, LABEL_WIDTH);
        let tall = |body: usize, small: usize| body as f32 * 13.5 + small as f32 * 10.5;
        let whole = tall(values.len(), notes.len()).max(tall(labels.len(), english.len())) + 5.0;
        self.need(whole.min(300.0));
        let (page, top) = (self.page, self.y);
        self.column(MARGIN, &labels, &english, GREY);
        let (left_page, left) = (self.page, self.y);
        (self.page, self.y) = (page, top);
        self.column(MARGIN + LABEL_WIDTH + GAP, &values, &notes, INK);
        if self.page == left_page {
            self.y = self.y.max(left);
        }
        self.y += 5.0;
    }

    /// A paragraph across the page.
    pub fn paragraph(&mut self, text: &str, small: bool) {
        let (size, step) = if small { (SMALL, 10.5) } else { (BODY, 13.5) };
        for line in self.typeface.lines(text, size, WIDTH - 2.0 * MARGIN) {
            self.step(step);
            self.set(MARGIN, size, if small { GREY } else { INK }, &line);
        }
        self.y += 4.0;
    }

    fn column(&mut self, x: f32, body: &[String], small: &[String], shade: u8) {
        for line in body {
            self.step(13.5);
            self.set(x, BODY, shade, line);
        }
        for line in small {
            self.step(10.5);
            self.set(x, SMALL, GREY, line);
        }
    }

    /// Goes down a line, onto the next page where this one is full.
    fn step(&mut self, by: f32) {
        self.need(by);
        self.y += by;
    }

    fn need(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN - FOOT {
            self.page += 1;
            self.y = MARGIN;
        }
    }

    fn wide(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.typeface.width(c, size)).sum()
    }

    fn set(&mut self, x: f32, size: f32, shade: u8, text: &str) {
        let text = self.typeface.shown(text);
        self.texts.push(Set { page: self.page, at: (x, self.y), size, shade, text });
    }

    /// Draws all pages into the document, each with its number and these lines at its foot.
    pub fn draw(self, document: &mut Document, foot: &[String]) -> Result<()> {
        let pages = self.page + 1;
        let size = || PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error::internal("no page of this size"));
        for number in 0..pages {
            let mut page = document.start_page_with(size()?);
            let mut surface = page.surface();
            for rule in self.rules.iter().filter(|rule| rule.page == number) {
                draw_rule(&mut surface, rule.y)?;
            }
            for text in self.texts.iter().filter(|text| text.page == number) {
                self.draw_text(&mut surface, text);
            }
            let top = HEIGHT - MARGIN - FOOT + 22.0;
            draw_rule(&mut surface, top)?;
            for (line, text) in foot.iter().enumerate() {
                let at = (MARGIN, top + 12.0 + 9.5 * line as f32);
                self.draw_text(&mut surface, &Set { page: number, at, size: 6.8, shade: GREY, text: text.clone() });
            }
            let text = format!("第 {} 页，共 {pages} 页  Page {} of {pages}", number + 1, number + 1);
            let at = (WIDTH - MARGIN - self.wide(&text, SMALL), top + 12.0);
            self.draw_text(&mut surface, &Set { page: number, at, size: SMALL, shade: GREY, text });
            surface.finish();
            page.finish();
        }
        Ok(())
    }

    fn draw_text(&self, surface: &mut Surface<'_>, text: &Set) {
        surface.set_fill(Some(grey(text.shade)));
        let (at, font) = (Point::from_xy(text.at.0, text.at.1), self.typeface.font.clone());
        surface.draw_text(at, font, text.size, &text.text, false, TextDirection::LeftToRight);
    }
}

fn grey(shade: u8) -> Fill {
    Fill { paint: rgb::Color::new(shade, shade, shade).into(), ..Fill::default() }
}

fn draw_rule(surface: &mut Surface<'_>, y: f32) -> Result<()> {
    let thin = Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, 0.6);
    let mut path = PathBuilder::new();
    path.push_rect(thin.ok_or_else(|| Error::internal("no line"))?);
    surface.set_fill(Some(grey(190)));
    surface.draw_path(&path.finish().ok_or_else(|| Error::internal("no line"))?);
    Ok(())
}
