//! The journey scan: each customer's whole history once, in canonical order, without a sort, a shuffle or a hash table.
//!
//! A bucket holds whole customers, and each of its files is sorted by (customer, time, writer, seq). So a bucket is read
//! by merging its runs customer by customer, straight from Parquet's columns:
//!
//! ```text
//! JourneyExec: buckets=16                     one partition a bucket: merges runs, runs the model, folds the reports
//!   DataSourceExec: 16 groups of one file     first run of each bucket   ┐ each sorted, each partitioned by customer
//!   DataSourceExec: 16 groups of one file     second run of each bucket  ┘
//! ```
//!
//! Fresh events that are in no file yet come in as one more run, the bucket's tail.

mod columns;
mod events;
mod exec;
mod fieldset;
mod files;
mod journey;
mod merge;
mod model_fold;
mod plan;

use std::fmt;
use std::str::FromStr;

pub(crate) use columns::{Columns, Layout};
pub(crate) use events::{EventsExec, Output};
pub use exec::JourneyExec;
pub use fieldset::FieldSet;
pub use journey::{Found, JourneyView, Row, SessionView};
pub use plan::{Engine, MEMORY_DEFAULT_BYTES};
pub(crate) use plan::{Inputs, inputs};

use wayside_model::journey::Config;

use crate::error::Error;
use crate::range::Range;

/// What a scan looks at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Which events are counted. Journeys are read whole.
    pub range: Range,
    /// Whose events are read.
    pub traffic: Traffic,
    /// The model's settings.
    pub config: Config,
    /// Whose journey, by the customer's key; everyone's when none is given.
    pub customer: Option<String>,
}

/// Whose events a report looks at. Automated browsers mark their events themselves; they are kept and set apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Traffic {
    /// People's.
    #[default]
    People,
    /// Automated browsers'.
    Automated,
    /// Everyone's.
    All,
}

impl Traffic {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::People, Self::Automated, Self::All];

    /// The choice's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Automated => "automated",
            Self::All => "all",
        }
    }

    /// Whether an event of an automated browser, or of a person's, is looked at.
    pub const fn takes(self, automated: bool) -> bool {
        match self {
            Self::People => !automated,
            Self::Automated => automated,
            Self::All => true,
        }
    }
}

impl FromStr for Traffic {
    type Err = Error;

    fn from_str(raw: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.name() == raw.trim())
            .ok_or_else(|| Error::bad_param("traffic", raw, "people, automated or all"))
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
