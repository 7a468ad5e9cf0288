//! Packs the published lists (CSV) into the data the program ships. Run when a new year's list is published; the
//! program is then built anew. This is the only file of the room that reads or writes files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::DeflateEncoder;

use super::packed::SUB_DISTRICT;
use crate::error::{Error, Result};

/// What was packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// Provinces, cities and counties together.
    pub counties: usize,
    /// Sub-districts.
    pub sub_districts: usize,
    /// Committees.
    pub committees: usize,
    /// Size of everything written, in bytes.
    pub bytes: usize,
}

/// Packs `provinces.csv`, `cities.csv`, `areas.csv`, `streets.csv` and `villages.csv` (or `villages.csv.gz`) of
/// `folder` into `counties.txt` and one `NN.deflate` per province in the existing folder `out`.
///
/// Each line of a list is `code,"name"` and more columns, which are ignored. Refuses (`Error::Invalid`, naming
/// file and line) a file that cannot be read, a malformed line, a duplicate code and a code whose parent is missing.
pub fn pack(folder: &Path, out: &Path) -> Result<Packed> {
    let mut divisions = BTreeMap::new();
    for (file, digits, above) in
        [("provinces", 2, 0), ("cities", 4, 2), ("areas", 6, 4), ("streets", 9, 6), ("villages", 12, 9)]
    {
        read_list(folder, file, digits, above, &mut divisions)?;
    }
    let mut packed = Packed::default();
    let (mut upper, mut provinces) = (String::new(), BTreeMap::<&str, String>::new());
    // Text order puts every division right behind the one it lies in, so one pass writes all files.
    for (code, name) in &divisions {
        let province = code.get(..2).unwrap_or_default();
        let written = match code.len() {
            9 => {
                packed.sub_districts += 1;
                writeln!(provinces.entry(province).or_default(), "{SUB_DISTRICT}{code}{name}")
            }
            12 => {
                packed.committees += 1;
                writeln!(provinces.entry(province).or_default(), "{}{name}", code.get(9..).unwrap_or_default())
            }
            _ => {
                packed.counties += 1;
                writeln!(upper, "{code}{name}")
            }
        };
        written.map_err(Error::internal)?;
    }
    packed.bytes += write_file(&out.join("counties.txt"), upper.as_bytes())?;
    for (province, text) in provinces {
        packed.bytes += write_file(&out.join(format!("{province}.deflate")), &deflate(&text)?)?;
    }
    Ok(packed)
}

fn read_list(
    folder: &Path,
    file: &str,
    digits: usize,
    above: usize,
    divisions: &mut BTreeMap<String, String>,
) -> Result<()> {
    for (number, line) in open_list(folder, file)?.lines().enumerate().skip(1) {
        let refuse = |code| Error::invalid(format!("{file}.csv line {}", number + 1), code);
        let line = line.map_err(|_| refuse("unreadable"))?;
        let (code, name) = parse_line(&line, digits).ok_or_else(|| refuse("malformed-line"))?;
        if above > 0 && !code.get(..above).is_some_and(|parent| divisions.contains_key(parent)) {
            return Err(refuse("parent-missing"));
        }
        if divisions.insert(code.to_owned(), name.to_owned()).is_some() {
            return Err(refuse("duplicate-code"));
        }
    }
    Ok(())
}

fn open_list(folder: &Path, file: &str) -> Result<Box<dyn BufRead>> {
    let plain = folder.join(format!("{file}.csv"));
    let packed = folder.join(format!("{file}.csv.gz"));
    let reader: Box<dyn Read> = match (File::open(plain), File::open(packed)) {
        (Ok(plain), _) => Box::new(plain),
        (_, Ok(packed)) => Box::new(GzDecoder::new(packed)),
        _ => return Err(Error::invalid(format!("{file}.csv"), "unreadable")),
    };
    Ok(Box::new(BufReader::new(reader)))
}

/// Code and name of a line `code,"name",…`. A name begins with no digit above the sub-district, where it directly
/// follows a code of any length, and never holds the sign that marks a sub-district.
fn parse_line(line: &str, digits: usize) -> Option<(&str, &str)> {
    let (code, rest) = line.split_once(',')?;
    let (name, _) = rest.strip_prefix('"')?.split_once('"')?;
    let code_fits = code.len() == digits && code.bytes().all(|b| b.is_ascii_digit()) && !code.starts_with('0');
    let name_misleads = name.is_empty()
        || name.contains(|c: char| c.is_control() || c == SUB_DISTRICT)
        || (digits <= 6 && name.starts_with(|c: char| c.is_ascii_digit()));
    (code_fits && !name_misleads).then_some((code, name))
}

fn deflate(text: &str) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).map_err(Error::internal)?;
    encoder.finish().map_err(Error::internal)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<usize> {
    fs::write(path, bytes).map_err(|_| Error::invalid(path.display().to_string(), "unwritable"))?;
    Ok(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::DeflateDecoder;

    fn lists(villages: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, line) in [
            ("provinces", "13,\"河北省\""),
            ("cities", "1301,\"石家庄市\",13"),
            ("areas", "130102,\"长安区\",1301,13"),
            ("streets", "130102007,\"河东街道\",130102,13,1301"),
            ("villages", villages),
        ] {
            fs::write(folder.path().join(format!("{file}.csv")), format!("code,name\n{line}\n")).unwrap();
        }
        folder
    }

    fn refusal(villages: &str) -> String {
        let folder = lists(villages);
        pack(folder.path(), folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn lists_are_packed_into_one_text_and_one_file_per_province() {
        let folder = lists("130102007030,\"乙社区\",130102007\n130102007029,\"24号院社区\",130102007");
        let packed = pack(folder.path(), folder.path()).unwrap();
        assert_eq!((packed.counties, packed.sub_districts, packed.committees), (3, 1, 2));
        let upper = fs::read_to_string(folder.path().join("counties.txt")).unwrap();
        assert_eq!(upper, "13河北省\n1301石家庄市\n130102长安区\n");
        let mut text = String::new();
        let deflated = fs::read(folder.path().join("13.deflate")).unwrap();
        DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, ">130102007河东街道\n02924号院社区\n030乙社区\n");
    }

    #[test]
    fn a_list_with_a_fault_is_refused_with_the_place_of_the_fault() {
        assert_eq!(refusal("130102007029;甲社区"), "invalid input: villages.csv line 2: malformed-line");
        assert_eq!(refusal("130102007029,\">甲\""), "invalid input: villages.csv line 2: malformed-line");
        assert_eq!(refusal("130102008001,\"甲社区\""), "invalid input: villages.csv line 2: parent-missing");
        let twice = refusal("130102007029,\"甲社区\"\n130102007029,\"乙社区\"");
        assert_eq!(twice, "invalid input: villages.csv line 3: duplicate-code");
    }

    #[test]
    fn a_missing_list_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            pack(folder.path(), folder.path()).unwrap_err().to_string(),
            "invalid input: provinces.csv: unreadable"
        );
    }
}
