//! The error type of this crate: reasons for refusing a plan.

use std::fmt;

/// The error of this crate: a plan was refused. [`Error::kind`] and [`Error::place`] return details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    place: Option<Place>,
}

/// The reasons for refusing a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is neither YAML nor JSON.
    Syntax,
    /// The text is longer or more deeply nested than [`crate::limits`] allows, or contains too much.
    Limit,
    /// The text can be parsed but is not a valid plan: a misspelt key, an unknown type.
    Rule,
}

/// A position in a text; line and column are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner {
            kind,
            message,
            place: None,
        }))
    }

    pub(crate) fn at(mut self, place: Option<Place>) -> Self {
        self.0.place = place;
        self
    }

    /// The reason for the refusal.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The position of the error, if the plan was text and the position is known.
    pub fn place(&self) -> Option<Place> {
        self.0.place
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { line, column }) = self.0.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
