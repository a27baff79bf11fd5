//! The errors of the analyzer.

use std::fmt;

use datafusion::error::DataFusionError;
use wayside_store::Error as StoreError;

use crate::import::nearest;

/// The error of this crate: an analysis failed. [`Error::kind`] returns the reason.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// The reasons for the failure of an analysis.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no report of this name.
    UnknownReport {
        /// The requested name.
        name: String,
        /// The names of all reports.
        known: Vec<&'static str>,
    },
    /// A report has no parameter of this name.
    UnknownParam {
        /// The report.
        report: &'static str,
        /// The unknown parameter's name.
        name: String,
        /// The parameters that the report has.
        known: Vec<&'static str>,
    },
    /// A parameter's value cannot be used.
    BadParam {
        /// The parameter.
        name: String,
        /// The rejected value.
        value: String,
        /// The expected kind of value.
        expected: String,
    },
    /// The data folder has no such site.
    UnknownSite {
        /// The requested site.
        site: String,
        /// The existing sites.
        known: Vec<String>,
    },
    /// The query is not a SELECT.
    NotReadOnly(String),
    /// The query cannot be planned or run; the text is the reason.
    Sql(String),
    /// The data folder could not be read.
    Store(StoreError),
    /// The scan failed: a damaged file, or not enough memory.
    Scan(DataFusionError),
    /// A report's state could not be read back.
    State(serde_json::Error),
}

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }

    /// The reason for the failure.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Whether the request is wrong, which its author can correct, rather than the data or the machine.
    pub fn is_request(&self) -> bool {
        !matches!(*self.0, ErrorKind::Store(_) | ErrorKind::Scan(_) | ErrorKind::State(_))
    }

    pub(crate) fn bad_param(name: &str, value: &str, expected: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadParam {
            name: name.into(),
            value: value.into(),
            expected: expected.into(),
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::UnknownReport { name, known } => {
                write!(f, "there is no report \"{name}\"")?;
                write_choices(f, "reports", name, known)
            }
            ErrorKind::UnknownParam { report, name, known } => {
                write!(f, "the report \"{report}\" has no parameter \"{name}\"")?;
                write_choices(f, "its parameters", name, known)
            }
            ErrorKind::BadParam { name, value, expected } => {
                write!(f, "{name} cannot be \"{value}\": it must be {expected}")
            }
            ErrorKind::UnknownSite { site, known } if known.is_empty() => {
                write!(f, "there is no site \"{site}\": the data folder is empty so far")
            }
            ErrorKind::UnknownSite { site, known } => {
                write!(f, "there is no site \"{site}\"")?;
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                write_choices(f, "sites", site, &known)
            }
            ErrorKind::NotReadOnly(statement) => {
                write!(f, "only SELECT is allowed, not {statement}: queries cannot change data")
            }
            ErrorKind::Sql(text) => write!(f, "the query failed: {text}"),
            // The store's own message contains the place and what to do.
            ErrorKind::Store(error) => error.fmt(f),
            ErrorKind::Scan(_) => f.write_str("the scan of the table failed"),
            ErrorKind::State(_) => f.write_str("a report's saved state could not be read"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            ErrorKind::Store(error) => error.source(),
            ErrorKind::Scan(error) => Some(error),
            ErrorKind::State(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(ErrorKind::Store(error))
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Self::new(store_error(&error).map_or_else(|| ErrorKind::Scan(error), ErrorKind::Store))
    }
}

/// The error of the store within an error of DataFusion; its message names the file.
pub(crate) fn store_error(error: &DataFusionError) -> Option<StoreError> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<StoreError>() {
            return Some(found.clone());
        }
        cause = error.source();
    }
    None
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::new(ErrorKind::State(error))
    }
}

/// Writes the nearest choice and the list of all.
fn write_choices(f: &mut fmt::Formatter<'_>, what: &str, name: &str, known: &[&str]) -> fmt::Result {
    if let Some(nearest) = nearest(name, known.iter().copied()) {
        write!(f, "; did you mean \"{nearest}\"?")?;
    }
    match known {
        [] => Ok(()),
        _ => write!(f, " ({what}: {})", known.join(", ")),
    }
}
