//! `anju purposes`: which fields each purpose opens, for whom and on which basis.

use std::path::PathBuf;

use clap::Args;

use super::{Options, Result, node};
use crate::access::Purposes;

#[derive(Args)]
pub struct Show {
    /// A list to be checked; without it the one this node works by
    file: Option<PathBuf>,
}

impl Show {
    pub fn run(self, options: &Options) -> Result<String> {
        let file = match self.file {
            Some(file) => Some(file),
            None => options.config()?.purposes,
        };
        let lists = match &file {
            Some(file) => node::purposes(file)?,
            None => Purposes::built_in()?,
        };
        let mut lines = Vec::new();
        for purpose in &lists.purposes {
            lines.push(format!("{}  {}", purpose.code, purpose.text.zh));
            for basis in purpose.bases.iter().filter_map(|code| lists.basis(code)) {
                lines.push(format!("  on {}  {}", basis.code, basis.reference));
            }
            for (role, fields) in &purpose.opens {
                let fields: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
                lines.push(format!("  for {role}: {}", fields.join(", ")));
            }
        }
        Ok(lines.join("\n"))
    }
}
