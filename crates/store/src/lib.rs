//! The data folder: a log that events are safe in once appended, and the Delta Lake table they are sorted into.
//!
//! Reading needs no lock and works while another process writes; [`table`] says what the columns and files are.
//!
//! # What this crate does not do
//!
//! * Speak HTTP, or know a report.
//! * Judge events. What is good and what is a dead letter is decided before they come here.
//! * Promise an order of arrival. Events are ordered by their own times.

pub mod error;
pub mod snapshot;
pub mod table;

pub use error::{Error, Result};
pub use snapshot::{Bucket, DataFile, Snapshot};
