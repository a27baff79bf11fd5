//! A running import: it is in the register before its first row is in the log, and the register says how it ended.

use std::fs::File;
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
use crate::store::{Store, blocking};
use crate::writer::{DataWriter, is_locked};

/// An import on its way into a data folder. One that is dropped without [`finish`](Self::finish) counts as broken off.
#[derive(Debug)]
pub struct RunningImport {
    writer: DataWriter,
    record: ImportRecord,
    keys: Arc<File>,
    /// Touchpoints handed over so far.
    handed: u64,
    _turn: OwnedMutexGuard<()>,
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
            let mut register = Register::load(&folder.imports())?;
            // A process that was killed could not say so.
            if !is_locked(&folder) {
                register.break_off();
            }
            Ok(register.imports)
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
        // What waits in the log already has copies of its own, which are not this import's.
        self.compact().await?;
        let dir = self.inner.store.folder().imports();
        let (record, keys) = blocking(move || {
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
            Ok((record, made?))
        })
        .await?;
        Ok(RunningImport {
            writer: self.clone(),
            record,
            keys: Arc::new(keys),
            handed: 0,
            _turn: turn,
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

    /// Hands a piece over; resolves once it is on disk.
    ///
    /// # Errors
    ///
    /// Fails when the disk refuses.
    pub async fn append(&mut self, piece: Accepted) -> Result<()> {
        for event in &piece.events {
            let time = event.time.millis();
            self.record.first = Some(self.record.first.map_or(time, |first| first.min(time)));
            self.record.last = Some(self.record.last.map_or(time, |last| last.max(time)));
        }
        self.handed += piece.events.len() as u64;
        let (keys, file, path) = (gone::keys_of(&piece.events), Arc::clone(&self.keys), self.keys_path());
        let noted = blocking(move || {
            let written = (&*file).write_all(&keys).and_then(|()| file.sync_data());
            written.map_err(|err| Error::io("write", &path, err))
        });
        // Together, since each waits for the disk. A piece counts as stored when both are.
        let (noted, appended) = tokio::join!(noted, self.writer.append(vec![piece]));
        noted?;
        appended?;
        Ok(())
    }

    /// Brings what was handed over into the table, and says in the register what became of it.
    ///
    /// # Errors
    ///
    /// Fails when the table or the register cannot be written. Everything handed over is safe in the log then.
    pub async fn finish(mut self, end: ImportEnd) -> Result<ImportRecord> {
        self.writer.compact().await?;
        let store = self.writer.store().clone();
        let (table, ..) = store.table().await?;
        let (root, files, mut record) = (table.root().to_path_buf(), table.files()?, self.record.clone());
        let (dir, keys, handed) = (store.folder().imports(), self.keys_path(), self.handed);
        self.record = blocking(move || {
            let good = gone::count(&root, &files, record.source(), record.received_at)?;
            let copies = handed.saturating_sub(good);
            let replaced = imports::read_numbers(&imports::replaced_file(&dir, record.id))?;
            record.sums = Some(ImportSums {
                rows: end.rows,
                good,
                copies,
                dead: end.dead,
                left_out: end.left_out,
                replaced: replaced.len() as u64,
            });
            record.state = match end.is_whole {
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
