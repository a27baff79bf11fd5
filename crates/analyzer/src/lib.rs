//! The analyzer: journey scan, reports and SQL over the table, and import into it.
//!
//! One pass streams each customer's whole history once, in canonical order, and every report is a fold over it:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use wayside_analyzer::{Query, ReportRequest, run};
//! use wayside_model::SiteId;
//! use wayside_store::Store;
//!
//! let store = Store::open("data")?;
//! let tables = run(&store, &SiteId::parse("shop")?, &[ReportRequest::new("funnel")], &Query::default()).await?;
//! println!("{}", tables[0].to_text());
//! # Ok(())
//! # }
//! ```
//!
//! # What this crate does not do
//!
//! * Define sessions, stages, channels or signals. It runs [`wayside_model::Journey`] over columns.
//! * Sort or shuffle. The table's files are sorted by customer and time, and a bucket holds whole customers.
//! * Serve HTTP or parse arguments.

mod association;
mod buying;
mod compare;
mod error;
mod fold;
pub mod import;
pub mod kept;
pub mod range;
pub mod report;
mod run;
pub mod scan;
mod segment;
pub mod sql;
pub mod stats;
pub mod table;
#[cfg(test)]
mod tests;
pub mod tracking_plan;
mod zone;

pub use compare::Compare;
pub use error::{Error, ErrorKind};
pub use kept::KeptStates;
pub use range::Range;
pub use report::{ReportRequest, registry};
pub use run::{Progress, Query, run};
pub use scan::Traffic;
pub use segment::{Segment, segments};
pub use table::Table;
pub use zone::Zone;
