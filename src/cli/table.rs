//! Columns on a terminal, where a Chinese character is two cells wide.

use chrono::{DateTime, FixedOffset, Utc};

/// China's time, seconds east.
const OFFSET_SECONDS: i32 = 8 * 3600;

/// Rows under a head, aligned; the last column is left as long as it is.
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(str::to_owned);
    let lines: Vec<&[String; N]> = std::iter::once(&head).chain(rows).collect();
    let widths: [usize; N] =
        std::array::from_fn(|n| lines.iter().map(|line| cells(&line[n])).max().unwrap_or_default());
    let aligned = lines.iter().map(|line| {
        let padded = line.iter().zip(widths).map(|(text, width)| format!("{text}{}", " ".repeat(width - cells(text))));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    aligned.collect::<Vec<_>>().join("\n")
}

fn cells(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// An instant in China's time, to the minute.
pub fn minute(at: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(OFFSET_SECONDS) {
        Some(china) => at.with_timezone(&china).format("%Y-%m-%d %H:%M").to_string(),
        None => at.to_rfc3339(),
    }
}

/// An instant that may not have come yet.
pub fn minute_or_dash(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "–".to_owned(), minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["长安区".to_owned(), "1".to_owned()], ["x".to_owned(), "22".to_owned()]];
        assert_eq!(table(["name", "n"], &rows), "name    n\n长安区  1\nx       22");
    }

    #[test]
    fn an_instant_is_shown_in_china_s_time() {
        assert_eq!(minute("2026-11-23T18:00:00Z".parse().unwrap()), "2026-11-24 02:00");
    }
}
