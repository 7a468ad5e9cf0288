//! What makes a landlord's papers well-formed. Pure: no database, no clock.

use super::{LegalForm, NewLandlord};
use crate::error::{Error, Result};
use crate::values::{Malformed, folded, parsed_text};

parsed_text! {
    /// The unified social credit code of an organisation, GB 32100-2015: authority and class (2), division of the
    /// authority (6 digits), organisation code (9, GB 11714), check character; normalised to upper-case.
    ///
    /// Codes: `wrong-length`, `malformed-credit-code`, `wrong-check-digit`. The organisation code's own check
    /// character is not asked for: real codes of earlier years do not keep it.
    pub struct CreditCode = parse_credit_code;
}

/// The characters of GB 32100-2015 in the order of their values: no I, O, S, V, Z.
const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

fn parse_credit_code(text: &str) -> std::result::Result<String, Malformed> {
    let code = folded(text);
    if code.chars().count() != 18 {
        return Err(Malformed("wrong-length"));
    }
    let shaped = code.get(2..8).is_some_and(|division| division.bytes().all(|b| b.is_ascii_digit()));
    match weighted_sum(&code) {
        Some(0) if shaped => Ok(code),
        Some(_) if shaped => Err(Malformed("wrong-check-digit")),
        _ => Err(Malformed("malformed-credit-code")),
    }
}

/// MOD 31-3: the character at place i weighs 3^(i-1); the check character, of weight 1, makes the sum divisible by
/// 31. `None` if a character is not of the standard's set.
fn weighted_sum(code: &str) -> Option<usize> {
    let (body, check) = code.split_at_checked(17)?;
    let value = |byte: u8| CHARACTERS.iter().position(|c| *c == byte);
    let (sum, _) =
        body.bytes().try_fold((0, 1), |(sum, weight), byte| Some((sum + value(byte)? * weight, weight * 3 % 31)))?;
    check.bytes().try_fold(sum, |sum, byte| Some(sum + value(byte)?)).map(|sum| sum % 31)
}

/// Organisations are known by their credit code, persons by a document or by name alone.
pub(super) fn check_papers(new: &NewLandlord) -> Result<()> {
    match new.legal_form {
        LegalForm::Organisation if new.credit_code.is_none() => Err(Error::invalid("credit_code", "required")),
        LegalForm::Organisation if new.document.is_some() => Err(Error::invalid("document", "goes-with-persons")),
        LegalForm::Person if new.credit_code.is_some() => Err(Error::invalid("credit_code", "goes-with-organisations")),
        LegalForm::Organisation | LegalForm::Person => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Made up: the division 999999 and the organisation code of zeroes were never given out.
    const SPECIMEN: &str = "91999999000000000G";

    fn parse(text: &str) -> std::result::Result<String, &'static str> {
        text.parse::<CreditCode>().map(String::from).map_err(|Malformed(code)| code)
    }

    fn made(body: &str) -> String {
        let sum = weighted_sum(&format!("{body}0")).unwrap();
        format!("{body}{}", char::from(CHARACTERS[(31 - sum) % 31]))
    }

    #[test]
    fn a_credit_code_is_read_however_it_is_written() {
        assert_eq!(made(&SPECIMEN[..17]), SPECIMEN);
        assert_eq!(parse(SPECIMEN).as_deref(), Ok(SPECIMEN));
        assert_eq!(parse(" 9199 9999 0000 0000 0g ").as_deref(), Ok(SPECIMEN));
        let lettered = made("91999999MA0000000");
        assert_eq!(parse(&lettered.to_lowercase()), Ok(lettered));
    }

    #[test]
    fn each_fault_of_a_credit_code_has_its_code() {
        assert_eq!(parse(""), Err("wrong-length"));
        assert_eq!(parse("91999999000000000"), Err("wrong-length"));
        assert_eq!(parse("919999990000000005"), Err("wrong-check-digit"));
        assert_eq!(parse("91999999O00000000G"), Err("malformed-credit-code"));
        assert_eq!(parse("91A99999000000000G"), Err("malformed-credit-code"));
        assert_eq!(parse("9199999900000000éG"), Err("malformed-credit-code"));
    }

    proptest! {
        #[test]
        fn every_single_wrong_character_is_refused(head in "[159ANY][1-9]9[0-9]{5}[0-9A-HJ-NPQRTUWXY]{9}") {
            let code = made(&head);
            prop_assert_eq!(parse(&code), Ok(code.clone()));
            for at in 0..18 {
                for wrong in CHARACTERS.iter().filter(|c| **c != code.as_bytes()[at]) {
                    let mut bytes = code.clone().into_bytes();
                    bytes[at] = *wrong;
                    prop_assert!(parse(&String::from_utf8(bytes).unwrap()).is_err());
                }
            }
        }
    }
}
