//! Writing to the data folder, by one process at a time.
//!
//! `append` adds events to the log; a compaction (`compaction`) moves them into the table, and an import hands its rows
//! over directly; both end in a commit (`commit`).

mod commit;
mod compaction;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

pub(crate) use self::commit::numbers;
use self::compaction::{COMPACT_BYTES, dead_position};
use crate::accepted::Accepted;
use crate::dead;
use crate::delta::Table;
use crate::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::explain;
use crate::folder::Folder;
use crate::importing;
use crate::log::record::RECORD_MAX_BYTES;
use crate::log::writer::{LogHandle, LogOptions};
use crate::log::{self, Position, segment};
use crate::repair;
use crate::status::{Failures, Status};
use crate::store::{Store, blocking};
use crate::table;

/// Options for writing a data folder.
#[derive(Clone, Debug)]
pub struct Options {
    /// Options of the log.
    pub log: LogOptions,
    /// The time for which removed files are kept, for readers of earlier versions of the table. An hour suffices for
    /// every report here; an engine with longer queries needs more.
    pub keep_removed: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            log: LogOptions::default(),
            keep_removed: Duration::from_secs(3_600),
        }
    }
}

/// Writes a data folder. Cheap to clone; the folder is released when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct DataWriter {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    log: LogHandle,
    options: Options,
    /// Held by the compaction that runs.
    pub(crate) compaction: Mutex<()>,
    /// Held by the import, or the undoing of one, that runs.
    pub(crate) import: Arc<Mutex<()>>,
    /// Memory that the records appended since the last one may need.
    waiting: AtomicUsize,
    /// Notified when `waiting` reaches [`COMPACT_BYTES`].
    full: Notify,
    failures: Failures,
    _lock: Arc<File>,
}

/// The result of a compaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The table's version after it.
    pub version: i64,
    /// Events taken from the log.
    pub events: u64,
    /// Copies dropped.
    pub copies: u64,
    /// Files added to the table.
    pub files_added: usize,
    /// Files removed from it.
    pub files_removed: usize,
}

impl DataWriter {
    /// Opens the data folder at `dir` for writing, and creates it if there is none.
    ///
    /// # Errors
    ///
    /// Fails if another process writes the folder, if it cannot be written, or if a later version of Wayside made it.
    pub async fn lock(dir: impl AsRef<Path>, options: Options) -> Result<Self> {
        let folder = Folder::new(dir.as_ref());
        durable::create_dir_all(&folder.log()).map_err(|err| Error::io("create", &folder.log(), err))?;
        let lock = Arc::new(lock(&folder)?);
        repair::finish(&folder)?;
        // This must come before a missing table is created.
        let segments = segment::list(&folder.log())?;
        if !folder.table().exists()
            && let Some(lost) = explain::lost_segment(&folder.log(), &segments, Position::start_of(1))
        {
            return Err(Error::damaged(&folder.table(), lost));
        }
        Table::open_or_create(&folder.table(), &table::shape()).await?;
        Table::open_or_create(&folder.dead(), &dead::shape()).await?;
        let store = Store::open(dir)?;
        store.restore_identities().await?;
        let (_, _, compacted) = store.table().await?;
        if let Some(lost) = explain::lost_segment(&folder.log(), &segments, compacted) {
            return Err(Error::damaged(&folder.table(), lost));
        }
        let dead = dead_position(&mut store.dead_table().await?).await?;
        let log = log::writer::start(folder.log(), compacted, dead, Arc::clone(&lock), options.log.clone())?;
        let writer = Self {
            inner: Arc::new(Inner {
                store,
                log,
                options,
                compaction: Mutex::default(),
                import: Arc::default(),
                waiting: AtomicUsize::new(0),
                full: Notify::new(),
                failures: Failures::default(),
                _lock: lock,
            }),
        };
        writer.clean().await?;
        let imports = writer.store().folder().imports();
        blocking(move || {
            importing::break_off(&imports);
            Ok(())
        })
        .await?;
        Ok(writer)
    }

    /// The read view of the same folder.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Appends accepted events. Resolves once all of them are on disk.
    ///
    /// # Errors
    ///
    /// Fails if the disk is full or cannot be written, if a piece exceeds the largest record, or if a piece replaces rows, which only
    /// an import can do. Nothing is acknowledged then.
    pub async fn append(&self, accepted: Vec<Accepted>) -> Result<Position> {
        if accepted.iter().any(|piece| !piece.replaces.is_empty()) {
            return Err(Error::new(ErrorKind::Invalid {
                detail: "a piece that replaces imported rows cannot be appended to the log; hand it to `begin_import`"
                    .to_owned(),
            }));
        }
        let unfolded: usize = accepted.iter().map(Accepted::unfolded).sum();
        let payloads: Vec<_> = accepted.iter().map(Accepted::encode).collect();
        // The encoded bytes are a tenth of its size, and many appends may wait for the disk.
        drop(accepted);
        if let Some(large) = payloads.iter().find(|payload| payload.len() > RECORD_MAX_BYTES) {
            return Err(Error::new(ErrorKind::Invalid {
                detail: format!(
                    "a piece of {} bytes is more than a record of the log holds ({RECORD_MAX_BYTES}); append it in parts",
                    large.len()
                ),
            }));
        }
        let position = self.inner.log.append(payloads).await?;
        let before = self.inner.waiting.fetch_add(unfolded, Relaxed);
        if before < COMPACT_BYTES && before.saturating_add(unfolded) >= COMPACT_BYTES {
            self.inner.full.notify_one();
        }
        Ok(position)
    }

    /// Resolves once enough has been appended since the last compaction for a whole commit. A reader needs as much
    /// memory to read it, so it should then be compacted, however recent the last compaction is.
    pub async fn full(&self) {
        self.inner.full.notified().await;
    }

    /// The status of the folder.
    ///
    /// # Errors
    ///
    /// Fails if the table or the folder cannot be read.
    pub async fn status(&self) -> Result<Status> {
        let (_, _, position) = self.inner.store.table().await?;
        let log = self.inner.store.folder().log();
        let failures = self.inner.failures.clone();
        let reserved_bytes = self.inner.options.log.min_free_bytes;
        blocking(move || Status::of(&log, position, &failures, reserved_bytes)).await
    }

    /// Checks that the disk has room for `bytes` of an import and twice the log's reserve: once for the events of pages, which must not be
    /// refused because of an import, and once for the merges and commits that come between two checks.
    pub(crate) async fn check_import_reserve(&self, bytes: u64) -> Result<()> {
        let (path, log) = (self.inner.store.dir().to_path_buf(), &self.inner.options.log);
        let (free_bytes, needed) = (
            log.free_bytes,
            log.min_free_bytes.saturating_mul(2).saturating_add(bytes),
        );
        blocking(move || match free_bytes(&path)? {
            free if free < needed => Err(Error::new(ErrorKind::ImportReserve { path, free, needed })),
            _ => Ok(()),
        })
        .await
    }

    /// The position up to which the log is on disk.
    pub fn position(&self) -> Position {
        self.inner.log.durable()
    }

    /// Waits until all appended events are on disk, and accepts no more.
    ///
    /// # Errors
    ///
    /// Fails if the log's writer has already stopped.
    pub async fn close(self) -> Result<()> {
        self.inner.log.stop().await
    }
}

/// Locks the folder of the log itself, because a separate lock file could be deleted and created again by a second
/// writer.
pub(crate) fn lock(folder: &Folder) -> Result<File> {
    let path = folder.log();
    let open = File::open(&path);
    let file = open.map_err(|err| Error::io("open", &path, err))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::new(ErrorKind::Locked {
            path: folder.root().to_path_buf(),
        })),
        Err(std::fs::TryLockError::Error(err)) => Err(Error::io("lock", &path, err)),
    }
}
