//! `anju divisions`: the country's divisions, as shipped.

use std::path::PathBuf;

use clap::Subcommand;

use super::table::table;
use super::{Failure, Result, value};
use crate::error::Error;
use crate::localities::{self, Division, divisions, pack};
use crate::values::DivisionCode;

#[derive(Subcommand)]
pub enum Command {
    /// Find divisions by characters, pinyin, initials or the beginning of a code
    #[command(after_help = "\
Examples:
  anju divisions search 长安区
  anju divisions search changan
  anju divisions search tangu --within 130102       also sub-districts and committees")]
    Search {
        /// What to look for
        query: String,
        /// Only inside this division; then sub-districts and committees are searched, too
        #[arg(long, value_name = "CODE", value_parser = value::<DivisionCode>)]
        within: Option<DivisionCode>,
        /// How many at most
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// One division with all above it
    Show {
        /// Its code
        #[arg(value_name = "CODE", value_parser = value::<DivisionCode>)]
        division: DivisionCode,
    },
    /// The divisions directly below one; the provinces without a code
    Children {
        /// Its code
        #[arg(value_name = "CODE", value_parser = value::<DivisionCode>)]
        division: Option<DivisionCode>,
    },
    /// Pack newly published lists (CSV) for the next build of the program
    #[command(after_help = "\
Example:
  anju divisions pack lists/ data/divisions/

The folder holds provinces.csv, cities.csv, areas.csv, streets.csv and villages.csv (or villages.csv.gz).")]
    Pack {
        /// Folder with the lists
        lists: PathBuf,
        /// Existing folder to write into
        out: PathBuf,
    },
}

impl Command {
    pub fn run(self) -> Result<String> {
        match self {
            Self::Search { query, within, limit } => {
                let found = localities::search(&query, within.as_ref(), limit);
                if found.is_empty() {
                    return Err(Failure::new(format!("nothing found for {query}"))
                        .next("Sub-districts and committees are searched with --within CODE."));
                }
                Ok(listed(&found))
            }
            Self::Show { division } => {
                if !localities::exists(&division) {
                    return Err(Error::NotFound("division").into());
                }
                Ok(listed(&divisions::path(&division)))
            }
            Self::Children { division: None } => Ok(listed(&divisions::provinces())),
            Self::Children { division: Some(code) } if localities::exists(&code) => {
                Ok(listed(&divisions::children(&code)))
            }
            Self::Children { .. } => Err(Error::NotFound("division").into()),
            Self::Pack { lists, out } => {
                let packed = pack::pack(&lists, &out)?;
                Ok(format!(
                    "{} provinces, cities and counties, {} sub-districts, {} committees: {} bytes",
                    packed.counties, packed.sub_districts, packed.committees, packed.bytes
                ))
            }
        }
    }
}

fn listed(found: &[Division]) -> String {
    let row = |division: &Division| {
        let full = localities::full_name(&division.code).unwrap_or_else(|| division.name.to_owned());
        [division.code.to_string(), division.level.to_string(), full]
    };
    table(["code", "level", "name"], &found.iter().map(row).collect::<Vec<_>>())
}
