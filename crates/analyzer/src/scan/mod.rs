//! The journey scan: it reads each customer's whole history once, in canonical order, without a sort, a shuffle or a
//! hash table.
//!
//! A bucket contains whole customers, and each of its files is sorted by (customer, time, writer, seq). So a bucket is
//! read by merging its runs customer by customer, directly from Parquet columns:
//!
//! ```text
//! JourneyExec: buckets=16                     one partition a bucket: merges runs, runs the model, folds the reports
//!   DataSourceExec: 16 groups of one file     first run of each bucket   ┐ each sorted, each partitioned by customer
//!   DataSourceExec: 16 groups of one file     second run of each bucket  ┘
//! ```
//!
//! Fresh events that are not in a file yet are one more run, the tail of the bucket.

mod columns;
mod events;
mod exec;
mod fieldset;
mod files;
mod ids;
mod items;
mod journey;
mod memo;
mod merge;
mod model_fold;
mod plan;
mod source;
mod texts;

use std::fmt;
use std::str::FromStr;

pub(crate) use columns::{Columns, Layout, Origin, as_scanned, scan_schema};
pub(crate) use events::{EventsExec, Output, parts};
pub use exec::JourneyExec;
pub use fieldset::FieldSet;
pub use items::Item;
pub use journey::{Found, JourneyView, KINDS_MAX, Row, SessionView};
pub(crate) use memo::TextPlace;
pub use plan::{Engine, MEMORY_DEFAULT_BYTES};
pub(crate) use plan::{Inputs, inputs};

use wayside_model::journey::Config;

use crate::error::Error;
use crate::range::Range;
use crate::segment::Segment;

/// The scope of a scan.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The range that is counted. Journeys are read completely.
    pub range: Range,
    /// The traffic that is read.
    pub traffic: Traffic,
    /// The model's settings.
    pub config: Config,
    /// The key of the only customer to read; `None` reads all.
    pub customer: Option<String>,
    /// The customers to read; `None` reads all.
    pub segment: Option<Segment>,
}

/// The traffic that a report counts. Automated browsers mark their own events; these are stored and can be told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Traffic {
    /// Only people.
    #[default]
    People,
    /// Only automated browsers.
    Automated,
    /// Both.
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

    /// Whether an event with this mark is included.
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
