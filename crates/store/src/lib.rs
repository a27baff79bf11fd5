//! The data folder: a log that events are safe in once appended, and the Delta Lake table they are sorted into.
//!
//! [`DataWriter`] writes it, one process at a time. [`Store`] reads it, which needs no lock and works while another
//! process writes; [`table`] says what the columns and files are.
//!
//! # What this crate does not do
//!
//! * Speak HTTP, or know a report.
//! * Judge events. What is good and what is a dead letter is decided before they come here.
//! * Promise an order of arrival. Events are ordered by their own times.

mod accepted;
mod automated;
mod check;
mod checked_file;
mod clean;
mod compact;
mod dead;
mod delta;
mod durable;
pub mod error;
mod explain;
mod folder;
mod fresh;
mod identities;
mod known;
mod log;
mod merge;
mod moved;
mod outdated;
mod parquet_file;
mod piece;
mod repair;
pub mod rows;
pub mod snapshot;
mod status;
mod store;
pub mod table;
#[cfg(test)]
mod testing;
mod writer;
mod writing;

pub use accepted::{Accepted, DeadLetter};
pub use check::{CheckReport, CheckedSite};
pub use checked_file::CheckedFile;
pub use compact::Merge;
pub use dead::{DeadReason, DeadReasons, DeadRow};
pub use durable::create_file;
pub use error::{Error, Result};
pub use log::Position;
pub use log::writer::LogOptions;
pub use repair::{Repaired, repair};
pub use snapshot::{Bucket, Counts, DataFile, SiteSummary, Snapshot, Version};
pub use status::Status;
pub use store::Store;
pub use writer::{Compacted, DataWriter, Options};
