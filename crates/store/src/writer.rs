//! Writing to the data folder, by one process at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use wayside_model::SiteId;

use crate::accepted::Accepted;
use crate::clean;
use crate::compact::{self, Merge, Plan};
use crate::dead::{self, DeadRow};
use crate::delta::{Change, Table};
use crate::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::explain::{self, LoggedFiles};
use crate::folder::{Folder, number};
use crate::fresh::Fresh;
use crate::identities::Identities;
use crate::importing;
use crate::load::Chunk;
use crate::log::record::RECORD_MAX_BYTES;
use crate::log::writer::{LogHandle, LogOptions};
use crate::log::{self, Position, Tail, Until, recover, segment};
use crate::repair;
use crate::replace::{self, Replaced};
use crate::status::{Failures, Status};
use crate::store::{Store, blocking};
use crate::table;
use crate::undo::remove_letters;
use crate::writing::{Unfinished, Writing};

/// Memory that the records taken into one commit may need, about; with all that is made of them it is five times that, of the
/// 512 MiB that a server may take. Bytes of the log say little of it: an ordinary batch takes ten times its own, one that names a
/// long text often a thousand times. Of ordinary events these are about 25,000.
const COMPACT_BYTES: usize = 24 * 1024 * 1024;

/// A segment this large is closed at compaction so that it can be removed; smaller ones go on, for a folder that takes
/// a few events a minute need not make a file for each compaction.
const ROLL_BYTES: u64 = 1024 * 1024;

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

impl Compacted {
    /// Adds the next commit's counts.
    fn add(&mut self, next: Self) {
        *self = Self {
            version: next.version,
            events: self.events + next.events,
            copies: self.copies + next.copies,
            files_added: self.files_added + next.files_added,
            files_removed: self.files_removed + next.files_removed,
        };
    }
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

    /// Moves the log into the table.
    ///
    /// # Errors
    ///
    /// Fails if the log or the table cannot be read or written.
    pub async fn compact(&self) -> Result<Compacted> {
        self.compact_with(Merge::Tiered).await
    }

    /// Moves the log into the table and merges runs according to `merge`.
    ///
    /// # Errors
    ///
    /// Fails if the log or the table cannot be read or written.
    pub async fn compact_with(&self, merge: Merge) -> Result<Compacted> {
        self.compact_in(merge, COMPACT_BYTES).await
    }

    /// The same, in commits of at most `bytes` and one record more.
    async fn compact_in(&self, merge: Merge, bytes: usize) -> Result<Compacted> {
        let done = self.compact_all(merge, bytes).await;
        self.inner.failures.record(&done);
        done
    }

    async fn compact_all(&self, merge: Merge, bytes: usize) -> Result<Compacted> {
        let _running = self.inner.compaction.lock().await;
        self.compact_held(merge, bytes).await
    }

    /// Brings what is in the log into the table, for one who holds the compaction.
    pub(crate) async fn compact_under_lock(&self) -> Result<Compacted> {
        self.compact_held(Merge::Tiered, COMPACT_BYTES).await
    }

    async fn compact_held(&self, merge: Merge, bytes: usize) -> Result<Compacted> {
        let mut total = Compacted::default();
        self.inner.waiting.store(0, Relaxed);
        // The compaction ends here, so that it ends even if events keep arriving.
        let until = self.inner.log.durable();
        let mut has_more = true;
        while has_more {
            let done = self.compact_once(until, Merge::Tiered, bytes).await;
            let (done, more) = done.map_err(|err| err.of_missing_file(&self.inner.store.folder().table()))?;
            total.add(done);
            has_more = more;
        }
        // Not earlier: otherwise each commit of a long log would rewrite whole months.
        if merge == Merge::All {
            total.add(self.compact_once(until, Merge::All, bytes).await?.0);
        }
        Ok(total)
    }

    /// Removes files that no one needs: closed segments behind the table's position, files of crashed compactions, and
    /// files that the table no longer refers to once they are old enough.
    ///
    /// Nothing is removed when the Delta log is in doubt: when it does not explain a file, or refers to one that is
    /// missing. A file that it no longer lists may be the only copy of its rows.
    ///
    /// # Errors
    ///
    /// Fails when the folder cannot be read, or a file in it cannot be removed.
    pub async fn clean(&self) -> Result<()> {
        let _running = self.inner.compaction.lock().await;
        let (table, _, position) = self.inner.store.table().await?;
        let dead = self.inner.store.dead_table().await?;
        let keep = self.inner.options.keep_removed;
        let logged = [LoggedFiles::of(&table).await?, LoggedFiles::of(&dead).await?];
        let folder = self.inner.store.folder().clone();
        blocking(move || {
            let unfinished = Unfinished::read(&folder.compacting())?;
            let mut removable = Vec::new();
            let segments = segment::list(&folder.log())?;
            let lost = explain::lost_segment(&folder.log(), &segments, position);
            let mut doubts: Vec<String> = lost.into_iter().collect();
            for files in &logged {
                let explained = files.explain(&explain::files_below(&files.root)?, &unfinished);
                doubts.extend(explained.doubt().map(|doubt| format!("{}: {doubt}", files.root.display())));
                removable.extend(explained.removable);
            }
            if !doubts.is_empty() {
                tracing::error!(
                    "no old file is removed, because a table is in doubt: {}; run `wayside check`, then stop this process \
                     and run `wayside repair`",
                    doubts.join("; ")
                );
                return Ok(());
            }
            clean::remove_segments_before(&folder.log(), position.segment)?;
            let kept = clean::remove_old(removable, keep)?;
            unfinished.forget_all_but_of(&kept)
        })
        .await
    }

    /// Waits until all appended events are on disk, and accepts no more.
    ///
    /// # Errors
    ///
    /// Fails if the log's writer has already stopped.
    pub async fn close(self) -> Result<()> {
        self.inner.log.stop().await
    }

    /// Makes one commit of at most `bytes` and one record more. Returns whether there is more to do.
    async fn compact_once(&self, until: Position, merge: Merge, bytes: usize) -> Result<(Compacted, bool)> {
        let store = &self.inner.store;
        let (table, identities, position) = store.table().await?;
        let mut dead_table = store.dead_table().await?;
        let dead_position = dead_position(&mut dead_table).await?;
        // The dead letters are committed first. If the process ended between the two commits, this commit takes exactly
        // the records whose dead letters are already committed, so that nothing is added twice.
        let rest = if dead_position > position {
            Some(self.read(position, dead_position, bytes).await?)
        } else {
            None
        };
        // Damage may have destroyed all of them. Events that can be read after it are new.
        let rest = rest.filter(|(tail, _)| tail.end > position);
        let is_rest = rest.is_some();
        let (tail, accepted) = match rest {
            Some(rest) => rest,
            None => self.read(position, until, bytes).await?,
        };
        let (end, has_more) = (tail.end, tail.has_more || is_rest);
        if end <= position && merge == Merge::Tiered {
            let version = table.version();
            return Ok((
                Compacted {
                    version,
                    ..Compacted::default()
                },
                false,
            ));
        }

        let writing = self.begin_writing().await?;
        let fresh = Fresh::new(accepted, &identities);
        let dead = fresh.dead();
        if !dead.is_empty() && dead_position < end {
            self.commit_dead(&mut dead_table, dead, Some(end), &writing).await?;
        }
        let at = (position, end);
        let compacted = self.commit(table, fresh, merge, at, writing).await?;
        Ok((compacted, has_more))
    }

    /// Commits a chunk of a load, with the removal of the rows that it replaces.
    pub(crate) async fn commit_load(&self, mut chunk: Chunk) -> Result<Compacted> {
        let done = self.try_commit_load(&mut chunk).await;
        done.map_err(|err| err.of_missing_file(&self.inner.store.folder().table()))
    }

    async fn try_commit_load(&self, chunk: &mut Chunk) -> Result<Compacted> {
        let _running = self.inner.compaction.lock().await;
        let (table, identities, position) = self.inner.store.table().await?;
        let writing = self.begin_writing().await?;
        let fresh = Fresh::of_load(chunk, &identities);
        let mut fresh = self.replacing(fresh, &table, &identities).await?;
        let replaced = std::mem::take(&mut fresh.replaced);
        let added = fresh.add_loaded(chunk.site.clone(), std::mem::take(&mut chunk.rows));
        added.map_err(|err| Error::data_file(table.root(), err))?;
        self.remove_replaced_letters(&fresh, &writing).await?;
        let at = (position, position);
        let compacted = self.commit(table, fresh, Merge::Tiered, at, writing).await?;
        self.note_replaced(replaced).await?;
        Ok(compacted)
    }

    /// Finds out which rows of the table fresh ones replace, if any.
    async fn replacing(&self, fresh: Fresh, table: &Table, before: &Arc<Identities>) -> Result<Fresh> {
        if fresh.gone.is_empty() {
            return Ok(fresh);
        }
        fresh.replacing(table, before).await
    }

    /// Notes committed replacements beside the register of imports.
    async fn note_replaced(&self, replaced: Replaced) -> Result<()> {
        let dir = self.inner.store.folder().imports();
        blocking(move || replace::note(&dir, replaced)).await
    }

    /// Removes the dead letters that fresh rows replace.
    async fn remove_replaced_letters(&self, fresh: &Fresh, writing: &Arc<Writing>) -> Result<()> {
        if fresh.gone.is_empty() {
            return Ok(());
        }
        let mut table = self.inner.store.dead_table().await?;
        for site in fresh.sites.keys() {
            remove_letters(&mut table, site, Arc::clone(&fresh.gone), Arc::clone(writing)).await?;
        }
        Ok(())
    }

    /// Commits dead letters of a load.
    pub(crate) async fn commit_dead_of_load(&self, dead: BTreeMap<SiteId, Vec<DeadRow>>) -> Result<()> {
        let _running = self.inner.compaction.lock().await;
        let writing = self.begin_writing().await?;
        let mut table = self.inner.store.dead_table().await?;
        self.commit_dead(&mut table, dead, None, &writing).await?;
        blocking(move || writing.end()).await
    }

    async fn begin_writing(&self) -> Result<Arc<Writing>> {
        let notes = self.inner.store.folder().compacting();
        Ok(Arc::new(blocking(move || Writing::begin(&notes)).await?))
    }

    /// Commits fresh rows. The table contains the log up to the first position before the commit, and up to the second after it.
    async fn commit(
        &self,
        mut table: Table,
        fresh: Fresh,
        merge: Merge,
        (position, end): (Position, Position),
        writing: Arc<Writing>,
    ) -> Result<Compacted> {
        let folder = self.inner.store.folder();
        let fresh = Arc::new(fresh);
        let plan = {
            let (root, files, fresh) = (table.root().to_path_buf(), table.files()?, Arc::clone(&fresh));
            let (writing, folder) = (Arc::clone(&writing), folder.clone());
            blocking(move || {
                compact::plan(&root, &files, &fresh, merge, &writing).inspect_err(|_| {
                    // It has removed its files if possible; otherwise the next cleaning will.
                    let _ = forget_what_left_nothing(&folder);
                })
            })
            .await?
        };
        let done = Compacted {
            version: 0,
            events: fresh.sites.values().map(|site| site.good).sum(),
            copies: plan.copies.values().sum(),
            files_added: plan.add.len(),
            files_removed: plan.remove.len(),
        };
        if done.events == 0 && end <= position && plan.add.is_empty() && plan.remove.is_empty() {
            blocking(move || writing.end()).await?;
            let version = table.version();
            return Ok(Compacted { version, ..done });
        }
        let named = table.number(number::IDENTITIES).await?.unwrap_or(0);
        let named = if fresh.identities_changed {
            let (dir, identities) = (folder.identities(), Arc::clone(&fresh.identities));
            blocking(move || identities.save(&dir, named + 1)).await?;
            named + 1
        } else {
            named
        };
        let numbers = numbers(&mut table, &fresh, &plan, end, named).await?;
        let (root, remove) = (table.root().to_path_buf(), plan.remove);
        let remove = blocking(move || {
            clean::keep_from_now_on(&root, &remove);
            Ok(remove)
        });
        table
            .commit(Change {
                add: plan.add,
                remove: remove.await?,
                numbers,
            })
            .await?;
        blocking(move || writing.end()).await?;
        self.after_commit(end, named).await?;
        let version = table.version();
        Ok(Compacted { version, ..done })
    }

    /// Reads the part of the log for one commit, and moves damaged segments aside.
    async fn read(&self, from: Position, until: Position, bytes: usize) -> Result<(Tail, Vec<Accepted>)> {
        let folder = self.inner.store.folder().clone();
        blocking(move || {
            let log = folder.log();
            let until = Until {
                position: Some(until),
                unfolded_bytes: bytes,
            };
            let mut accepted = Vec::new();
            let tail = log::read(&log, from, until, |part| accepted.push(part))?;
            for damage in &tail.damage {
                recover::quarantine(&log, damage.segment, damage.bytes)?;
            }
            Ok((tail, accepted))
        })
        .await
    }

    /// Commits dead letters. With `end`, the dead-letter table then contains those of the log up to there.
    async fn commit_dead(
        &self,
        table: &mut Table,
        dead: BTreeMap<SiteId, Vec<DeadRow>>,
        end: Option<Position>,
        writing: &Arc<Writing>,
    ) -> Result<()> {
        let mut change = Change::default();
        if let Some(end) = end {
            change.numbers.insert(number::POSITION.to_owned(), end.to_number());
        }
        for (site, rows) in dead {
            let name = number::dead(&site);
            let before = table.number(&name).await?.unwrap_or(0);
            change.numbers.insert(name, before + rows.len() as i64);
            let (root, writing) = (table.root().to_path_buf(), Arc::clone(writing));
            change
                .add
                .push(blocking(move || dead::write(&root, &site, &rows, &writing)).await?);
        }
        table.commit(change).await
    }

    /// Removes segments and identities that the committed table no longer needs. It runs after the commit, so that
    /// nothing is removed before the table contains it.
    async fn after_commit(&self, end: Position, named: i64) -> Result<()> {
        if end.segment == self.inner.log.durable().segment {
            self.inner.log.roll(ROLL_BYTES).await?;
        }
        let folder = self.inner.store.folder().clone();
        blocking(move || {
            clean::remove_segments_before(&folder.log(), end.segment)?;
            Identities::remove_before(&folder.identities(), named)
        })
        .await
    }
}

/// The position in the log up to which the dead-letter table contains it.
async fn dead_position(dead_table: &mut Table) -> Result<Position> {
    let number = dead_table.number(number::POSITION).await?;
    Ok(Position::from_number(number.unwrap_or(0)))
}

/// Removes the notes of compactions that failed and left no file in either table.
fn forget_what_left_nothing(folder: &Folder) -> Result<()> {
    let left = explain::data_files(&folder.table())?.chain(explain::data_files(&folder.dead())?);
    Unfinished::read(&folder.compacting())?.forget_all_but_of(&left.collect::<Vec<_>>())
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

pub(crate) async fn numbers(
    table: &mut Table,
    fresh: &Fresh,
    plan: &Plan,
    end: Position,
    identities: i64,
) -> Result<BTreeMap<String, i64>> {
    let mut numbers = BTreeMap::from([
        (number::POSITION.to_owned(), end.to_number()),
        (number::IDENTITIES.to_owned(), identities),
    ]);
    let good = fresh.sites.iter().map(|(site, fresh)| (number::good(site), fresh.good));
    let copies = plan.copies.iter().map(|(site, copies)| (number::copies(site), *copies));
    let withdrawn = plan.withdrawn.iter();
    let withdrawn = withdrawn.map(|(site, rows)| (number::withdrawn(site), *rows));
    for (name, more) in good.chain(copies).chain(withdrawn).filter(|(_, more)| *more > 0) {
        let before = table.number(&name).await?.unwrap_or(0);
        numbers.insert(name, before + more as i64);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use wayside_model::WriterId;

    use super::*;
    use crate::accepted::DeadLetter;
    use crate::log::Until;
    use crate::testing::{accepted, event, long_event, site};

    /// An event and a dead letter.
    fn part(seq: u32) -> Accepted {
        let mut part = accepted(vec![event("v", 1, seq, i64::from(seq))]);
        part.dead.push(DeadLetter {
            writer: WriterId(2),
            seq,
            time: None,
            code: "name".to_owned(),
            detail: String::new(),
            raw: None,
        });
        part
    }

    /// The first of the two commits of a compaction.
    async fn commit_dead_only(writer: &DataWriter) {
        let store = writer.store();
        let mut accepted = Vec::new();
        let log = store.folder().log();
        let tail = log::read(&log, Position::start_of(1), Until::END, |part| accepted.push(part)).unwrap();
        let fresh = Fresh::new(accepted, &Arc::default());
        let mut dead = store.dead_table().await.unwrap();
        let writing = Arc::new(Writing::begin(&store.folder().compacting()).unwrap());
        let end = Some(tail.end);
        writer
            .commit_dead(&mut dead, fresh.dead(), end, &writing)
            .await
            .unwrap();
    }

    /// The process ends between the two commits of a compaction, then more arrives.
    #[tokio::test]
    async fn dead_letters_come_once_though_the_second_commit_was_lost() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        writer.append(vec![part(0), part(1)]).await.unwrap();
        commit_dead_only(&writer).await;
        let store = writer.store();
        writer.append(vec![part(2)]).await.unwrap();
        for _ in 0..2 {
            let counts = store.counts().await.unwrap()[&site()];
            assert_eq!((counts.good, counts.dead), (3, 3));
            assert_eq!(store.dead_letters(&site()).await.unwrap().len(), 3);
            assert_eq!(store.snapshot(&site()).await.unwrap().events, 3);
            writer.compact().await.unwrap();
        }
        let report = store.check().await.unwrap();
        assert!(report.is_ok(), "{:#?}", report.problems);
    }

    /// The same, and the disk has lost some of what the second commit would have taken in.
    #[tokio::test]
    async fn events_after_a_lost_commit_and_damage_are_taken_in() {
        for lost in [1, 2] {
            let dir = tempfile::tempdir().unwrap();
            let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
            let mut ends = vec![writer.position().offset];
            for seq in 0..2 {
                ends.push(writer.append(vec![part(seq)]).await.unwrap().offset);
            }
            commit_dead_only(&writer).await;
            writer.close().await.unwrap();
            let segment = segment::path(&dir.path().join("log"), 1);
            let cut = ends[ends.len() - lost] - 3;
            File::options()
                .write(true)
                .open(segment)
                .unwrap()
                .set_len(cut.into())
                .unwrap();

            new_parts_are_taken_in(dir.path(), 2 - lost as u64).await;
        }
    }

    /// The same, and nothing is left of the log, of which the two tables had different segments.
    #[tokio::test]
    async fn events_after_a_lost_commit_and_a_lost_log_are_taken_in() {
        let dir = tempfile::tempdir().unwrap();
        let mut options = Options::default();
        options.log.segment_bytes = 100;
        let writer = DataWriter::lock(dir.path(), options).await.unwrap();
        for seq in 0..2 {
            writer.append(vec![part(seq)]).await.unwrap();
        }
        assert_eq!(writer.position().segment, 2);
        commit_dead_only(&writer).await;
        writer.close().await.unwrap();
        std::fs::remove_dir_all(dir.path().join("log")).unwrap();
        new_parts_are_taken_in(dir.path(), 0).await;
    }

    /// Appends more to a folder in which so many events are left of two, and all dead letters.
    async fn new_parts_are_taken_in(dir: &Path, kept: u64) {
        for seq in 2..5 {
            let writer = DataWriter::lock(dir, Options::default()).await.unwrap();
            let store = writer.store();
            writer.append(vec![part(seq)]).await.unwrap();
            let new = u64::from(seq) - 1;
            for _ in 0..2 {
                let counts = store.counts().await.unwrap()[&site()];
                assert_eq!((counts.good, counts.dead), (kept + new, 2 + new));
                assert_eq!(store.dead_letters(&site()).await.unwrap().len() as u64, 2 + new);
                assert_eq!(store.snapshot(&site()).await.unwrap().events, kept + new);
                writer.compact().await.unwrap();
                // Nothing is left in the log.
                assert_eq!(store.table().await.unwrap().2, writer.position());
            }
            writer.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_long_log_is_taken_in_before_everything_is_merged() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let events = |seqs: std::ops::Range<u32>| seqs.map(|seq| event("v", 1, seq, i64::from(seq))).collect();
        writer.append(vec![accepted(events(0..500))]).await.unwrap();
        writer.compact().await.unwrap();
        for seq in 500..506 {
            writer.append(vec![accepted(events(seq..seq + 1))]).await.unwrap();
        }
        // A commit for each record.
        let done = writer.compact_in(Merge::All, 1).await.unwrap();
        assert_eq!((done.events, done.copies), (6, 0));
        let table = writer.store().table().await.unwrap().0;
        let files = table.files().unwrap();
        assert_eq!((files.len(), files[0].rows), (1, 506));
        // The files removed from the table still exist: the first file was rewritten once, not six times.
        let written = explain::data_files(table.root()).unwrap();
        let rows = written.flat_map(|path| crate::parquet_file::read(&path).unwrap());
        let rows: usize = rows.map(|batch| batch.num_rows()).sum();
        assert!((1_006..1_100).contains(&rows), "{rows}");
        // Nothing is left to do.
        assert_eq!(writer.compact_with(Merge::All).await.unwrap().version, done.version);
    }

    #[tokio::test]
    async fn a_compaction_is_requested_once_enough_bytes_wait() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let long = accepted(vec![long_event(0, 0), long_event(1, 1)]);
        let count = COMPACT_BYTES.div_ceil(long.unfolded());
        let is_full = || tokio::time::timeout(Duration::ZERO, writer.full());
        for _ in 0..2 {
            for _ in 1..count {
                writer.append(vec![long.clone()]).await.unwrap();
            }
            is_full().await.unwrap_err();
            writer.append(vec![long.clone()]).await.unwrap();
            is_full().await.unwrap();
            // One request is enough, and compacted bytes no longer count.
            writer.append(vec![long.clone()]).await.unwrap();
            is_full().await.unwrap_err();
            writer.compact().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_file_is_kept_for_an_hour_after_its_removal_from_the_table() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let append = async |seq| {
            let event = event("v", 1, seq, 0);
            writer.append(vec![accepted(vec![event])]).await.unwrap();
            writer.compact_with(Merge::All).await.unwrap();
        };
        append(0).await;
        let first = writer.store().table().await.unwrap().0.files().unwrap().remove(0);
        let path = writer.store().folder().table().join(&first.path);
        let age = |time: Duration| {
            let then = std::time::SystemTime::now() - time;
            File::open(&path).unwrap().set_modified(then).unwrap();
        };
        let keep = Options::default().keep_removed;
        age(3 * keep);
        // As long as the table has it, its age does not matter.
        writer.clean().await.unwrap();
        assert!(path.exists());
        append(1).await;
        writer.clean().await.unwrap();
        assert!(path.exists());
        age(keep - Duration::from_secs(60));
        writer.clean().await.unwrap();
        assert!(path.exists());
        age(keep);
        writer.clean().await.unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn files_of_a_crashed_compaction_are_removed_without_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options {
            keep_removed: Duration::ZERO,
            ..Options::default()
        };
        let writer = DataWriter::lock(dir.path(), options).await.unwrap();
        let part = accepted(vec![event("v", 1, 0, 0)]);
        writer.append(vec![part.clone()]).await.unwrap();
        let folder = writer.store().folder();
        // As far as a compaction comes before its commit.
        let writing = Writing::begin(&folder.compacting()).unwrap();
        let fresh = Fresh::new(vec![part], &Arc::default());
        let plan = compact::plan(&folder.table(), &[], &fresh, Merge::Tiered, &writing).unwrap();
        let left = folder.table().join(&plan.add[0].path);
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok() && report.notes.len() == 1, "{report:#?}");
        assert!(left.exists());
        writer.clean().await.unwrap();
        assert!(!left.exists());
        assert_eq!(std::fs::read_dir(folder.compacting()).unwrap().count(), 0);

        // Without its note, the file may be all that is left of a lost commit.
        let plan = compact::plan(&folder.table(), &[], &fresh, Merge::Tiered, &writing).unwrap();
        let left = folder.table().join(&plan.add[0].path);
        writer.clean().await.unwrap();
        assert!(left.exists());
        assert_eq!(writer.store().check().await.unwrap().problems.len(), 1);
    }

    #[tokio::test]
    async fn a_failed_compaction_keeps_the_notes_of_those_that_left_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let folder = writer.store().folder();
        // One that ended after its dead letters were written and before they were committed.
        let writing = Writing::begin(&folder.compacting()).unwrap();
        dead::write(&folder.dead(), &site(), &[], &writing).unwrap();
        // One that fails.
        writer.append(vec![accepted(vec![event("v", 1, 0, 0)])]).await.unwrap();
        let in_the_way = folder.table().join("site=shop");
        std::fs::write(&in_the_way, "").unwrap();
        writer.compact().await.unwrap_err();
        let notes = || std::fs::read_dir(folder.compacting()).unwrap().count();
        assert_eq!(notes(), 1);
        std::fs::remove_file(in_the_way).unwrap();
        writer.compact().await.unwrap();
        assert_eq!(writer.store().check().await.unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn the_status_has_the_backlog_and_the_failed_compactions() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let status = async || writer.status().await.unwrap();
        assert_eq!(status().await.backlog_bytes, 0);
        assert!(status().await.free_bytes > status().await.reserved_bytes);
        let end = writer.append(vec![accepted(vec![event("v", 1, 0, 0)])]).await.unwrap();
        let record = u64::from(end.offset - Position::start_of(1).offset);
        assert_eq!(status().await.backlog_bytes, record);
        // A file stands where the site's folder has to be.
        let in_the_way = writer.store().folder().table().join("site=shop");
        std::fs::write(&in_the_way, "").unwrap();
        for failures in 1..3 {
            writer.compact().await.unwrap_err();
            let status = status().await;
            assert_eq!((status.failed_compactions, status.backlog_bytes), (failures, record));
            assert!(status.compaction_failure.unwrap().contains("site=shop"));
        }
        std::fs::remove_file(in_the_way).unwrap();
        writer.compact().await.unwrap();
        let status = status().await;
        assert_eq!(
            (
                status.failed_compactions,
                status.compaction_failure,
                status.backlog_bytes
            ),
            (2, None, 0)
        );
    }

    #[tokio::test]
    async fn a_piece_that_replaces_rows_is_refused_before_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let mut replacing = part(0);
        replacing.replaces.push(WriterId(1));
        let refused = writer.append(vec![part(1), replacing]).await.unwrap_err();
        assert!(
            refused.is_invalid() && refused.to_string().contains("`begin_import`"),
            "{refused}"
        );
        assert_eq!(writer.position(), Position::start_of(1));
    }

    #[tokio::test]
    async fn a_piece_too_large_for_a_record_is_refused_before_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let mut part = accepted(vec![]);
        part.dead.push(DeadLetter {
            writer: WriterId(2),
            seq: 0,
            time: None,
            code: "name".to_owned(),
            detail: "x".repeat(RECORD_MAX_BYTES),
            raw: None,
        });
        let refused = writer.append(vec![part]).await.unwrap_err();
        assert!(refused.to_string().contains("append it in parts"), "{refused}");
        assert_eq!(writer.position(), Position::start_of(1));
    }
}
