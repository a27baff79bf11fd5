//! The error of the library.

use std::fmt;

use wayside_model::Error as Refused;

/// The reason for which a call was refused. It never stops the page: everything else goes on.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
pub(super) enum Kind {
    NoPage,
    AlreadyRunning,
    NotRunning,
    Site(String, Refused),
    Threshold(String),
    Fields(String),
    Touchpoint(String, Refused),
    Visitor(Refused),
}

impl Error {
    /// Whether Wayside does not run: it has not been started, or has been stopped.
    pub fn is_not_running(&self) -> bool {
        matches!(*self.0, Kind::NotRunning)
    }

    /// Whether the touchpoint was refused: its name or one of its fields is not valid.
    pub fn is_refused_touchpoint(&self) -> bool {
        matches!(*self.0, Kind::Fields(_) | Kind::Touchpoint(..))
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::NoPage => f.write_str("Wayside runs in pages only: call `init` in a browser, not on a server or in a worker"),
            Kind::AlreadyRunning => f.write_str(
                "Wayside already runs on this page: call `init` once, and remove the script tag from pages of this front end",
            ),
            Kind::NotRunning => f.write_str("Wayside does not run: call `init` first, and keep the value that it returns"),
            Kind::Site(site, error) => write!(f, "option `site`: \"{site}\": {error}"),
            Kind::Threshold(name) => write!(
                f,
                "option `thresholds`: there is no threshold \"{name}\"; docs/signals.md lists them, such as `rage_click.clicks`"
            ),
            Kind::Fields(message) => write!(f, "fields of a touchpoint: {message}"),
            Kind::Touchpoint(name, error) => write!(f, "touchpoint \"{name}\": {error}"),
            Kind::Visitor(error) => write!(f, "stored visitor: {error}; `reset` begins a new one"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Site(_, error) | Kind::Touchpoint(_, error) | Kind::Visitor(error) => Some(error),
            _ => None,
        }
    }
}
