//! Telephone numbers.

use super::{Malformed, folded};

parsed_text! {
    /// A telephone number in the form of ITU-T E.164, `+8615400000014`. Read are mainland mobiles (eleven digits
    /// from 13 to 19), mainland landlines with their area code, and foreign numbers with `+` or `00` and the
    /// country's code; the structure of the mainland's numbers is that of the national numbering plan.
    pub struct Phone = parse_phone;
}

fn parse_phone(text: &str) -> Result<String, Malformed> {
    const MALFORMED: Malformed = Malformed("malformed-phone");
    let dialled: String = folded(text).chars().filter(|c| !matches!(c, '(' | ')' | '.')).collect();
    let international = dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00"));
    let digits = international.unwrap_or(&dialled);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MALFORMED);
    }
    let bare_mobile = digits.strip_prefix("86").filter(|rest| is_mobile(rest));
    let mainland = match international {
        Some(number) => number.strip_prefix("86"),
        None => bare_mobile.or_else(|| digits.strip_prefix('0')).or(Some(digits)),
    };
    match mainland {
        Some(number) if is_mobile(number) => Ok(format!("+86{number}")),
        Some(number) if is_landline(number) && number.len() < dialled.len() => Ok(format!("+86{number}")),
        Some(number) if matches!(number.len(), 7 | 8) => Err(Malformed("missing-area-code")),
        Some(_) => Err(MALFORMED),
        None if matches!(digits.len(), 7..=15) && !digits.starts_with('0') => Ok(format!("+{digits}")),
        None => Err(MALFORMED),
    }
}

fn is_mobile(number: &str) -> bool {
    number.len() == 11 && matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..])
}

/// Area code without its leading zero, then the number: 10 and 2x have eight digits, the others seven or eight.
fn is_landline(number: &str) -> bool {
    match number.as_bytes() {
        [b'1', b'0', ..] | [b'2', ..] => number.len() == 10,
        [b'3'..=b'9', ..] => matches!(number.len(), 10 | 11),
        _ => false,
    }
}

impl Phone {
    /// The form that may be shown without a purpose, as people dial it: `154****0014`, `0311****0014`.
    pub fn masked(&self) -> String {
        let dialled = match self.0.strip_prefix("+86") {
            Some(number) if is_mobile(number) => number.to_owned(),
            Some(number) => format!("0{number}"),
            None => self.0.clone(),
        };
        let (head, tail) = dialled.split_at(dialled.len() - 4);
        format!("{}****{tail}", head.get(..head.len() - 4).unwrap_or_default())
    }
}
