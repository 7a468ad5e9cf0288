//! The one error of the registry, free of any transport. Only `web/problem.rs` turns it into a status.

use std::fmt;

/// What an operation answers when it does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the actor may not know that there is.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// The actor's role does not include this action.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// What was sent is malformed; one entry per field.
    #[error("invalid input: {}", Fields(.0))]
    Invalid(Vec<FieldError>),
    /// What was asked is well-formed but a rule of the registry refuses it. The code is stable, kebab-case.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// Somebody else changed the thing meanwhile: read again and repeat.
    #[error("stale: the record was changed meanwhile")]
    Stale,
    /// A part this depends on (a peer, the database) is out of reach now; try again later.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// A fault of ours. The text goes to the log, never to the person.
    #[error("internal: {0}")]
    Internal(String),
}

/// The result of every operation.
pub type Result<T> = std::result::Result<T, Error>;

/// A fault in one field: where it is and a stable code saying what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's path in the input, for example `document.number`.
    pub field: String,
    /// Stable kebab-case code, for example `wrong-check-digit`.
    pub code: &'static str,
}

impl Error {
    /// One malformed field.
    pub fn invalid(field: impl Into<String>, code: &'static str) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), code }])
    }

    /// A fault of ours with the reason for the log. Never pass personal data.
    pub fn internal(reason: impl fmt::Display) -> Self {
        Self::Internal(reason.to_string())
    }
}

impl From<sqlx::Error> for Error {
    /// A database error is `Internal`; "no row" is said by `find_…` where it is meant. The values of a failed
    /// statement can be personal, so only the error's class is kept.
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(e) => {
                Self::Internal(format!("database error {} ({:?})", e.code().unwrap_or_default(), e.kind()))
            }
            sqlx::Error::ColumnDecode { index, .. } => Self::Internal(format!("cannot decode column {index}")),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => Self::Unavailable("database"),
            other => Self::Internal(format!("database: {other}")),
        }
    }
}

struct Fields<'a>(&'a [FieldError]);

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for FieldError { field, code } in self.0 {
            write!(f, "{between}{field}: {code}")?;
            between = ", ";
        }
        Ok(())
    }
}
