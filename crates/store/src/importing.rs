//! A running import: it is in the register before its first row is read, and the register says how it ended.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;
use wayside_model::Timestamp;

use crate::accepted::Accepted;
use crate::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::gone;
use crate::imports::{self, ImportRecord, ImportState, ImportSums, NewImport, Register, keys_file, remove_if_there};
use crate::load::Load;
use crate::store::{Store, blocking};
use crate::writer::DataWriter;

/// An import on its way into a data folder: first all of its rows are handed over, then they are stored. An import that is dropped
/// without [`finish`](Self::finish) counts as broken off.
#[derive(Debug)]
pub struct RunningImport {
    writer: DataWriter,
    record: ImportRecord,
    keys: Arc<File>,
    load: Load,
    /// Touchpoints stored so far, copies included.
    stored: u64,
    /// Whether touchpoints were dropped because the disk was full.
    has_dropped_rows: bool,
    _turn: OwnedMutexGuard<()>,
    _running: File,
}

/// How an import came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportEnd {
    /// Whether the file was read to its end.
    pub is_whole: bool,
    /// Rows read of the file.
    pub rows: u64,
    /// Rows that were refused.
    pub dead: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// When.
    pub now: Timestamp,
}

impl Store {
    /// The imports of the folder in order, undone ones among them.
    ///
    /// # Errors
    ///
    /// Fails when the register cannot be read.
    pub async fn imports(&self) -> Result<Vec<ImportRecord>> {
        let folder = self.folder().clone();
        blocking(move || {
            let dir = folder.imports();
            loop {
                let was_running = is_running(&dir);
                let mut register = Register::load(&dir)?;
                // An import began or ended meanwhile, so that the register may be of either time.
                if is_running(&dir) != was_running {
                    continue;
                }
                // A process that was killed could not note the end of its import.
                if !was_running {
                    register.break_off();
                }
                return Ok(register.imports);
            }
        })
        .await
    }
}

impl DataWriter {
    /// Enters an import into the register. Of a folder, one import runs at a time.
    ///
    /// # Errors
    ///
    /// Fails while another import runs or is being undone, when the register cannot be read or written, and when the import replaces by
    /// id what was imported without one.
    pub async fn begin_import(&self, new: NewImport) -> Result<RunningImport> {
        let turn = self.import_turn()?;
        // Copies among the events in the log are not counted as copies of this import.
        self.compact().await?;
        let load = Load::new(self.clone(), new.replaces)?;
        let dir = self.inner.store.folder().imports();
        let (record, keys, running) = blocking(move || {
            let running = lock_running(&dir)?;
            let mut register = Register::load(&dir)?;
            if new.replaces {
                may_replace(&register, &new)?;
            }
            let record = register.begin(new);
            register.save(&dir)?;
            let path = keys_file(&dir, record.id);
            let made = remove_if_there(&path).and_then(|()| {
                let file = File::create_new(&path).and_then(|file| durable::sync_dir(&dir).map(|()| file));
                file.map_err(|err| Error::io("create", &path, err))
            });
            Ok((record, made?, running))
        })
        .await?;
        Ok(RunningImport {
            load,
            writer: self.clone(),
            record,
            keys: Arc::new(keys),
            stored: 0,
            has_dropped_rows: false,
            _turn: turn,
            _running: running,
        })
    }

    /// The turn of one who imports or undoes an import.
    pub(crate) fn import_turn(&self) -> Result<OwnedMutexGuard<()>> {
        Arc::clone(&self.inner.import).try_lock_owned().map_err(|_| {
            Error::new(ErrorKind::Busy {
                detail: "an import is running, or being undone; try again when it has ended (`wayside imports list`)"
                    .to_owned(),
            })
        })
    }
}

impl RunningImport {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.record.id
    }

    /// When its rows are received: the same for all of them, and for those of no other import.
    pub fn received_at(&self) -> Timestamp {
        Timestamp::from_millis(self.record.received_at)
    }

    /// Hands a piece over. Its dead letters are stored now and then; its touchpoints are not stored yet.
    ///
    /// # Errors
    ///
    /// Fails when the disk refuses, or has little more free space than the log keeps in reserve. If the disk is full, the touchpoints that
    /// were handed over are dropped at once, so that their space is free for the events of pages.
    pub async fn append(&mut self, piece: Accepted) -> Result<()> {
        for event in &piece.events {
            let time = event.time.millis();
            self.record.first = Some(self.record.first.map_or(time, |first| first.min(time)));
            self.record.last = Some(self.record.last.map_or(time, |last| last.max(time)));
        }
        let added = match self.writer.check_import_reserve(0).await {
            Ok(()) => self.load.add(piece).await,
            Err(err) => Err(err),
        };
        self.unless_full(added)
    }

    /// Touchpoints that have been handed over and are not stored yet.
    pub fn waiting(&self) -> u64 {
        self.load.waiting()
    }

    /// Touchpoints that are in the table now, copies included.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// Stores some of the touchpoints, about half a million, in one commit of the table. Returns false once all are stored.
    ///
    /// # Errors
    ///
    /// Fails when the table cannot be written, or the disk has little more free space than the log keeps in reserve. What was stored before
    /// stays. If the disk is full, the other touchpoints are dropped at once.
    pub async fn store_next(&mut self) -> Result<bool> {
        let stored = self.try_store_next().await;
        self.unless_full(stored)
    }

    async fn try_store_next(&mut self) -> Result<bool> {
        let Some(chunk) = self.load.next_chunk().await? else {
            return Ok(false);
        };
        self.writer.check_import_reserve(chunk.bytes() as u64).await?;
        // Before the rows: a row that is stored but has no key would go with another import that brought it first.
        let (keys, file, path) = (chunk.keys(), Arc::clone(&self.keys), self.keys_path());
        blocking(move || {
            let written = (&*file).write_all(&keys).and_then(|()| file.sync_data());
            written.map_err(|err| Error::io("write", &path, err))
        })
        .await?;
        self.stored += self.load.store(chunk).await?.events;
        Ok(true)
    }

    /// Notes in the register what became of the import. If touchpoints are not stored yet, they are dropped, and the import counts as
    /// broken off.
    ///
    /// # Errors
    ///
    /// Fails when the dead letters, the table or the register cannot be read or written.
    pub async fn finish(mut self, end: ImportEnd) -> Result<ImportRecord> {
        self.load.store_dead().await?;
        let is_whole = end.is_whole && self.waiting() == 0 && !self.has_dropped_rows;
        let store = self.writer.store().clone();
        let (table, ..) = store.table().await?;
        let (root, files, mut record) = (table.root().to_path_buf(), table.files()?, self.record.clone());
        let (dir, keys, stored) = (store.folder().imports(), self.keys_path(), self.stored);
        self.record = blocking(move || {
            let good = gone::count(&root, &files, record.source(), record.received_at)?;
            let copies = stored.saturating_sub(good);
            let replaced = imports::read_numbers(&imports::replaced_file(&dir, record.id))?;
            record.sums = Some(ImportSums {
                rows: end.rows,
                good,
                copies,
                dead: end.dead,
                left_out: end.left_out,
                replaced: replaced.len() as u64,
            });
            record.state = match is_whole {
                true => ImportState::Done,
                false => ImportState::BrokenOff,
            };
            record.ended_at = Some(end.now.millis());
            let mut register = Register::load(&dir)?;
            register.put(&record);
            register.save(&dir)?;
            // Only what was there already is anybody else's, too.
            if copies == 0 {
                remove_if_there(&keys)?;
            }
            Ok(record)
        })
        .await?;
        Ok(self.record.clone())
    }

    /// Frees the space of the touchpoints that wait, if the disk is full.
    fn unless_full<T>(&mut self, done: Result<T>) -> Result<T> {
        if done.as_ref().is_err_and(Error::is_disk_full) {
            self.has_dropped_rows = true;
            self.load.drop_rows()?;
        }
        done
    }

    fn keys_path(&self) -> PathBuf {
        keys_file(&self.writer.store().folder().imports(), self.record.id)
    }
}

impl Drop for RunningImport {
    fn drop(&mut self) {
        if self.record.state != ImportState::Running {
            return;
        }
        let dir = self.writer.store().folder().imports();
        self.record.state = ImportState::BrokenOff;
        let noted = Register::load(&dir).and_then(|mut register| {
            register.put(&self.record);
            register.save(&dir)
        });
        // The next import notes it, too.
        if let Err(err) = noted {
            tracing::error!(
                import = self.record.id,
                "an import was broken off, which could not be noted: {}",
                err.in_full()
            );
        }
    }
}

/// Locks the folder of the register for as long as an import runs, by which readers know that it does. Only a reader may hold it now, for
/// microseconds: the data folder has one writer, in which one import runs at a time.
fn lock_running(dir: &Path) -> Result<File> {
    durable::create_dir_all(dir).map_err(|err| Error::io("create", dir, err))?;
    let locked = File::open(dir).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|err| Error::io("lock", dir, err))
}

/// Whether an import runs, be it in this process or another. Readers must not touch the writer's own lock on the log, because a writer that
/// starts at that moment would take them for another writer.
fn is_running(dir: &Path) -> bool {
    let file = File::open(dir);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Notes that imports ended which a killed process has left running. A register that cannot be read is named by whoever needs it.
pub(crate) fn break_off(dir: &Path) {
    let noted = Register::load(dir).and_then(|mut register| match register.break_off() {
        true => register.save(dir),
        false => Ok(()),
    });
    if let Err(err) = noted {
        tracing::error!("{}", err.in_full());
    }
}

/// Refuses to replace by id what was imported without one: both would stand side by side.
fn may_replace(register: &Register, new: &NewImport) -> Result<()> {
    let invalid = |detail| Err(Error::new(ErrorKind::Invalid { detail }));
    if !new.by_id {
        return invalid(format!(
            "the mapping {:?} names no `id`, so that a corrected row cannot be told from a new one; name the column with the source's \
             own id of a row (`id = \"COLUMN\"`), or undo the earlier import (`wayside imports list`) and import the file again",
            new.mapping
        ));
    }
    let without = |import: &&imports::ImportRecord| import.source() == new.source && !import.by_id;
    match register.standing().find(without) {
        Some(earlier) => invalid(format!(
            "import {} ({}) was made by the mapping {:?} when it named no `id`, so that its rows cannot be replaced by id; take them away \
             with `wayside imports undo {}` first",
            earlier.id, earlier.file, earlier.mapping, earlier.id
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use wayside_model::{Event, WriterId};

    use super::*;
    use crate::Options;
    use crate::accepted::DeadLetter;
    use crate::dead::DeadRow;
    use crate::folder::Folder;
    use crate::testing::{accepted, event, identify, site};
    use crate::{parquet_file, table, writer};

    const SOURCE: u64 = 77;
    const MONTH: i64 = 31 * 86_400_000;

    /// The writer of an imported row.
    fn row(hash: u64) -> u128 {
        imports::writer(SOURCE, hash)
    }

    fn new(replaces: bool) -> NewImport {
        NewImport {
            site: site(),
            file: "orders.csv".to_owned(),
            mapping: "orders".to_owned(),
            source: SOURCE,
            by_id: true,
            replaces,
            now: Timestamp::from_millis(1_000),
        }
    }

    async fn open(dir: &Path) -> DataWriter {
        DataWriter::lock(dir, Options::default()).await.unwrap()
    }

    /// Begins an import, each commit of which has the rows of one month and bucket, and hands all rows over.
    async fn begin(
        writer: &DataWriter,
        replaces: Option<&[u64]>,
        events: &[Event],
        dead: Vec<DeadLetter>,
    ) -> RunningImport {
        let mut running = writer.begin_import(new(replaces.is_some())).await.unwrap();
        running.load.store_a_bucket_at_once();
        let replaced = replaces.into_iter().flatten().map(|hash| WriterId(row(*hash)));
        let piece = Accepted {
            received_at: running.received_at(),
            replaces: replaced.collect(),
            dead,
            ..accepted(events.to_vec())
        };
        running.append(piece).await.unwrap();
        running
    }

    async fn finish(mut running: RunningImport) -> ImportRecord {
        while running.store_next().await.unwrap() {}
        let end = ImportEnd {
            is_whole: true,
            ..ImportEnd::default()
        };
        running.finish(end).await.unwrap()
    }

    /// Customer, time and seq of each row that a reader sees, by the hash of its writer. The folder must be whole.
    async fn seen(writer: &DataWriter) -> BTreeMap<u64, Vec<(String, i64, i64)>> {
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{:#?}", report.problems);
        let snapshot = writer.store().snapshot(&site()).await.unwrap();
        let files = snapshot.buckets.iter().flat_map(|bucket| &bucket.files);
        let mut rows: BTreeMap<u64, Vec<_>> = BTreeMap::new();
        for file in files {
            for batch in parquet_file::read(&snapshot.table_root.join(&file.path)).unwrap() {
                let customers = crate::rows::text_column(&batch, table::column::CUSTOMER);
                let times = batch.column(table::column::TIME);
                let times = times.as_primitive::<arrow::datatypes::TimestampMillisecondType>();
                let seqs = batch.column(table::column::SEQ).as_primitive::<Int64Type>();
                let writers = batch.column(table::column::WRITER).as_binary::<i32>();
                for at in 0..batch.num_rows() {
                    let writer = u128::from_be_bytes(writers.value(at).try_into().unwrap());
                    let row = (customers.value(at).to_owned(), times.value(at), seqs.value(at));
                    rows.entry(imports::row_hash(writer)).or_default().push(row);
                }
            }
        }
        rows.values_mut().for_each(|rows| rows.sort());
        rows
    }

    /// Rows 1 to 3 in three months, with one visitor's customer and a row that a later file leaves out.
    fn before() -> Vec<Event> {
        vec![
            event("v1", row(1), 0, 1_000),
            event("v1", row(2), 0, MONTH),
            event("v2", row(3), 0, 2 * MONTH),
            event("v2", row(4), 0, 2 * MONTH + 1),
            identify("v1", "wrong", row(100), 0, 1_000),
            identify("v2", "bob", row(101), 0, 2 * MONTH),
        ]
    }

    /// Row 1 moved by two months, the customer of row 2 corrected, row 3 as it was and row 4 left out.
    fn after() -> Vec<Event> {
        vec![
            event("v1", row(1), 0, 2 * MONTH + 5),
            event("v1", row(2), 0, MONTH),
            event("v2", row(3), 0, 2 * MONTH),
            identify("v1", "ann", row(102), 0, MONTH),
            identify("v2", "bob", row(101), 0, 2 * MONTH),
        ]
    }

    const REPLACED: [u64; 4] = [1, 2, 3, 4];

    fn letter(hash: u64) -> DeadLetter {
        DeadLetter {
            writer: WriterId(row(hash)),
            seq: 0,
            time: None,
            code: "name".to_owned(),
            detail: "for the test".to_owned(),
            raw: None,
        }
    }

    #[tokio::test]
    async fn a_replacing_import_that_breaks_off_between_commits_is_completed_by_importing_again() {
        let expected = {
            let dir = tempfile::tempdir().unwrap();
            let writer = open(dir.path()).await;
            finish(begin(&writer, None, &after(), vec![]).await).await;
            seen(&writer).await
        };
        let mut broke_off = 0;
        for commits in 0.. {
            let dir = tempfile::tempdir().unwrap();
            let writer = open(dir.path()).await;
            finish(begin(&writer, None, &before(), vec![letter(1)]).await).await;
            let mut running = begin(&writer, Some(&REPLACED), &after(), vec![]).await;
            let mut is_over = false;
            for _ in 0..commits {
                is_over |= !running.store_next().await.unwrap();
            }
            if is_over {
                break;
            }
            drop(running);
            broke_off += 1;
            let rows = seen(&writer).await;
            for hash in 1..=3 {
                assert_eq!(rows[&hash].len(), 1, "row {hash} after {commits} commits: {rows:?}");
            }
            let record = finish(begin(&writer, Some(&REPLACED), &after(), vec![]).await).await;
            assert_eq!(record.state, ImportState::Done);
            assert_eq!(
                record.sums.unwrap().good,
                after().len() as u64,
                "after {commits} commits"
            );
            assert_eq!(seen(&writer).await, expected, "after {commits} commits");
            let letters: Vec<DeadRow> = writer.store().dead_letters(&site()).await.unwrap();
            assert_eq!(letters, [], "row 1 was refused before, and is good now");
            let counts = writer.store().counts().await.unwrap()[&site()];
            assert_eq!((counts.good, counts.dead), (after().len() as u64, 0));
        }
        assert!(
            broke_off > 3,
            "each month and bucket is a commit, and so are what is left out and the identities: {broke_off}"
        );
    }

    #[tokio::test]
    async fn the_customers_of_a_broken_off_import_are_found_again_without_the_identities_file() {
        let dir = tempfile::tempdir().unwrap();
        let writer = open(dir.path()).await;
        // A later `identify` of another customer is in the table before.
        let known = identify("v2", "later", 5, 0, 3 * MONTH);
        writer.append(vec![accepted(vec![known])]).await.unwrap();
        let rows = [
            event("v1", row(1), 0, 1_000),
            event("v2", row(2), 0, 2_000),
            identify("v1", "ann", row(100), 0, MONTH),
            identify("v2", "bob", row(101), 0, MONTH),
        ];
        let mut running = begin(&writer, None, &rows, vec![]).await;
        while running.stored() < 2 {
            assert!(running.store_next().await.unwrap());
        }
        drop(running);
        writer.close().await.unwrap();
        std::fs::remove_dir_all(dir.path().join("identities")).unwrap();

        let writer = open(dir.path()).await;
        let of_pages = [event("v1", 6, 0, 5_000), event("v2", 7, 0, 5_000)];
        writer.append(vec![accepted(of_pages.to_vec())]).await.unwrap();
        writer.compact().await.unwrap();
        let customers = |rows: BTreeMap<u64, Vec<(String, i64, i64)>>| -> Vec<(u64, String)> {
            let rows = rows.into_iter();
            rows.flat_map(|(hash, rows)| rows.into_iter().map(move |row| (hash, row.0)))
                .collect()
        };
        let found = customers(seen(&writer).await);
        let named = |found: &[(u64, &str)]| -> Vec<(u64, String)> {
            let found = found.iter();
            found.map(|(hash, name)| (*hash, (*name).to_owned())).collect()
        };
        assert_eq!(
            found,
            named(&[(1, "ann"), (2, "bob"), (5, "bob"), (6, "ann"), (7, "bob")])
        );
        finish(begin(&writer, None, &rows, vec![]).await).await;
        // Nobody else said who they are: the import determines it, and its undo forgets it.
        for import in [1, 2] {
            let now = Timestamp::from_millis(9_000);
            writer.undo_import(import, false, now).await.unwrap();
        }
        let found = customers(seen(&writer).await);
        assert_eq!(found, named(&[(5, "later"), (6, "anon:v1"), (7, "later")]));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_reader_of_the_register_never_keeps_a_writer_from_starting() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).await.close().await.unwrap();
        let folder = Folder::new(dir.path());
        let store = Store::open(dir.path()).unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn({
            let ended = Arc::clone(&ended);
            async move {
                let mut reads = 0;
                while !ended.load(Relaxed) {
                    store.imports().await.unwrap();
                    reads += 1;
                }
                reads
            }
        });
        // Many of them failed when readers took the same lock.
        for _ in 0..10_000 {
            drop(writer::lock(&folder).unwrap());
        }
        ended.store(true, Relaxed);
        assert!(reader.await.unwrap() > 0);
    }

    #[tokio::test]
    async fn only_what_a_broken_off_import_stored_outlives_the_undo_of_another() {
        let rows: Vec<Event> = (0..3).map(|n| event("v", row(n), 0, n as i64 * MONTH)).collect();
        for (commits, left) in [(0, 0), (1, 1), (2, 2)] {
            let dir = tempfile::tempdir().unwrap();
            let writer = open(dir.path()).await;
            finish(begin(&writer, None, &rows, vec![]).await).await;
            let mut second = begin(&writer, None, &rows, vec![]).await;
            for _ in 0..commits {
                assert!(second.store_next().await.unwrap());
            }
            assert_eq!((second.stored(), second.waiting()), (left, 3 - left));
            let end = ImportEnd {
                is_whole: true,
                ..ImportEnd::default()
            };
            let record = second.finish(end).await.unwrap();
            assert_eq!(record.state, ImportState::BrokenOff, "rows waited to be stored");
            assert_eq!((record.sums.unwrap().good, record.sums.unwrap().copies), (0, left));
            let undone = writer
                .undo_import(1, false, Timestamp::from_millis(3_000))
                .await
                .unwrap();
            assert_eq!((undone.events, undone.kept), (3 - left, left));
            assert_eq!(seen(&writer).await.len() as u64, left);
        }
    }
}
