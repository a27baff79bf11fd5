//! Errors of an import as a whole. A single bad row is not an error but a dead letter.

use std::error::Error as StdError;
use std::fmt;

/// Why an import did not start or did not finish. The message says what, where and what to do.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// The reasons.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The mapping file is wrong: unreadable, not TOML, or it says something an import cannot do.
    Mapping(String),
    /// The data file is wrong: unreadable, damaged, or without a column that the mapping names.
    Source(String),
    /// The file of rows that the mapping leaves out cannot be written.
    LeftOut(String),
    /// The receiver of the events failed.
    Sink(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// An error of what takes the events.
    pub fn sink(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(Box::new(ErrorKind::Sink(error.into())))
    }

    /// An error of a mapping file.
    pub(super) fn mapping(message: impl Into<String>) -> Self {
        Self(Box::new(ErrorKind::Mapping(message.into())))
    }

    /// An error of the file of rows that the mapping leaves out.
    pub(super) fn left_out(message: impl Into<String>) -> Self {
        Self(Box::new(ErrorKind::LeftOut(message.into())))
    }

    /// An error of a data file.
    pub(super) fn source(message: impl Into<String>) -> Self {
        Self(Box::new(ErrorKind::Source(message.into())))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Mapping(message) | ErrorKind::Source(message) | ErrorKind::LeftOut(message) => {
                f.write_str(message)
            }
            ErrorKind::Sink(_) => f.write_str("the events could not be stored"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            ErrorKind::Sink(error) => Some(&**error),
            ErrorKind::Mapping(_) | ErrorKind::Source(_) | ErrorKind::LeftOut(_) => None,
        }
    }
}
