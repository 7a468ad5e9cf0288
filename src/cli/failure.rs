//! What the command line says when it did not do what was asked: what happened, then what to do next.

use std::fmt;
use std::str::FromStr;

use crate::config::{FILE, Fault};
use crate::error::Error;
use crate::values::Malformed;
use crate::web::{Language, Problem};

/// Why a command failed, in words for the person at the terminal.
#[derive(Debug)]
pub struct Failure {
    what: String,
    next: Option<String>,
}

/// Reads a value at the command line; refuses it in the same words as at the other door.
pub fn value<T: FromStr<Err = Malformed>>(text: &str) -> std::result::Result<T, String> {
    text.parse().map_err(|Malformed(code)| {
        let fields = Problem::from(Error::invalid("", code)).fields(Language::English);
        fields.into_iter().map(|field| field.message).collect()
    })
}

/// The result of every command.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// What happened; nothing better to do is known.
    pub fn new(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), next: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.next {
            Some(next) => write!(f, "\n{next}"),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    /// The same words as at the other door. Who has the command line is the one who reads the log, so a fault of
    /// ours tells its reason.
    fn from(error: Error) -> Self {
        if let Error::Internal(reason) = &error {
            return Self::new(format!("something failed here: {reason}"));
        }
        if let Error::Unavailable("database") = &error {
            return Self::new("the database does not answer")
                .next("Please check that it runs and the address is right.");
        }
        let problem = Problem::from(error);
        let fields = problem.fields(Language::English);
        if fields.is_empty() {
            return Self::new(problem.words(Language::English).1);
        }
        let lines: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
        Self::new(lines.join("\n"))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let what = fault.to_string();
        match fault {
            Fault::Value(error) => Self::from(error),
            Fault::File { file, .. } => Self::new(what)
                .next(format!("Please correct {}; `anju init` writes one with all keys.", file.display())),
            Fault::Missing { key: "territory", data_dir } => {
                Self::new(format!("there is no node in {} yet", data_dir.display())).next(
                    "Please set one up: anju init --territory CODE (find the code with: anju divisions search NAME).",
                )
            }
            Fault::Missing { key, .. } => {
                let (flag, variable) = (key.replace('_', "-"), key.to_uppercase());
                Self::new(what).next(format!("Please give --{flag}, ANJU_{variable}, or {key} in {FILE}."))
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}
