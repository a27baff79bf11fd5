//! The data folder: a log, in which events are safe once they are appended, and a Delta Lake table, into which they are
//! sorted.
//!
//! [`DataWriter`] writes it; only one process can do so at a time. [`Store`] reads it without a lock, also while
//! another process writes. [`table`] defines the columns and files.
//!
//! # What this crate does not do
//!
//! * Speak HTTP or contain reports.
//! * Validate events. Callers decide which ones are good and which are dead letters.
//! * Keep the order of arrival. Events are ordered by their own times.

mod accepted;
mod automated;
mod check;
mod checked_file;
mod claims;
mod clean;
mod clock;
mod compact;
mod dead;
mod delta;
mod durable;
mod erase;
pub mod error;
mod explain;
mod folder;
mod fresh;
mod gone;
mod identities;
mod importing;
mod imports;
mod known;
mod letters;
mod load;
mod loaded;
mod log;
mod merge;
mod moved;
mod outdated;
mod parquet_file;
mod piece;
mod present;
mod repair;
mod replace;
mod retention;
pub mod rows;
pub mod snapshot;
mod spill;
mod status;
mod store;
pub mod table;
#[cfg(test)]
mod testing;
mod undo;
mod version;
mod writer;
mod writing;

pub use accepted::{Accepted, DeadLetter};
pub use check::{CheckReport, CheckedSite};
pub use checked_file::CheckedFile;
pub use compact::Merge;
pub use dead::{DeadReason, DeadReasons, DeadRow};
pub use durable::create_file;
pub use erase::{Erased, Person, PersonData};
pub use error::{Error, Result};
pub use importing::{ImportEnd, RunningImport};
pub use imports::{ImportRecord, ImportState, ImportSums, NewImport, SIMULATED};
pub use letters::{Fate, LatestLetters, SortedLetters};
pub use log::Position;
pub use log::writer::LogOptions;
pub use repair::{Repaired, repair};
pub use retention::Outgrown;
pub use snapshot::{Bucket, Counts, DataFile, SiteSummary, Snapshot};
pub use status::Status;
pub use store::Store;
pub use undo::UndoneImport;
pub use version::Version;
pub use writer::{Compacted, DataWriter, Options};
