//! Notes of the files that a compaction is writing, made before the first file exists.
//!
//! A crash leaves files that no version of a table references. They may be removed, because all their rows are in the
//! log or in files of the table. A lost commit leaves such files too, and these are the only copy of their rows. The
//! note distinguishes them: it is made before a compaction writes and removed after its commit.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::clock;
use crate::durable;
use crate::error::{Error, Result};

/// The file names and the note of one compaction.
#[derive(Debug)]
pub(crate) struct Writing {
    id: String,
    count: AtomicU32,
    note: PathBuf,
}

impl Writing {
    /// Starts a compaction and writes its note durably into the folder `notes`.
    pub(crate) fn begin(notes: &Path) -> Result<Self> {
        let id = unique_id();
        let note = notes.join(&id);
        durable::write_file(&note, [], false).map_err(|err| Error::io("write the compaction's note", &note, err))?;
        Ok(Self {
            id,
            count: AtomicU32::new(0),
            note,
        })
    }

    /// A new unique file name. Files are never changed, only added and removed.
    pub(crate) fn file_name(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("part-{}-{count:08x}.parquet", self.id)
    }

    /// Removes the note, because the files are committed or none of them is left.
    pub(crate) fn end(&self) -> Result<()> {
        remove(&self.note)
    }
}

/// The notes of unfinished compactions.
#[derive(Debug, Default)]
pub(crate) struct Unfinished {
    notes: Vec<PathBuf>,
}

impl Unfinished {
    /// Reads the notes in a folder.
    pub(crate) fn read(notes: &Path) -> Result<Self> {
        let list = |err| Error::io("list", notes, err);
        let entries = match fs::read_dir(notes) {
            Ok(entries) => entries,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(err) => return Err(list(err)),
        };
        let notes = entries.map(|entry| Ok(entry.map_err(list)?.path()));
        Ok(Self {
            notes: notes.collect::<Result<_>>()?,
        })
    }

    /// Whether an unfinished compaction wrote the file. A checksum may follow the original name.
    pub(crate) fn wrote(&self, file: &Path) -> bool {
        let name = file.file_name().and_then(|name| name.to_str()?.strip_prefix("part-"));
        let ids = self.notes.iter().filter_map(|note| note.file_name()?.to_str());
        name.is_some_and(|name| {
            ids.filter_map(|id| name.strip_prefix(id))
                .any(|rest| rest.starts_with('-'))
        })
    }

    /// Removes the notes of compactions that wrote none of `files`.
    pub(crate) fn forget_all_but_of(&self, files: &[PathBuf]) -> Result<()> {
        for note in &self.notes {
            let one = Self {
                notes: vec![note.clone()],
            };
            if !files.iter().any(|file| one.wrote(file)) {
                remove(note)?;
            }
        }
        Ok(())
    }
}

fn remove(note: &Path) -> Result<()> {
    match fs::remove_file(note) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", note, err)),
        _ => Ok(()),
    }
}

/// A unique name.
pub(crate) fn unique_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = clock::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{nanos:020}-{:08x}-{count:08x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_an_unfinished_compaction_are_recognised_by_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let wrote = |file: &str| Unfinished::read(dir.path()).unwrap().wrote(Path::new(file));
        let (one, other) = (Writing::begin(dir.path()).unwrap(), Writing::begin(dir.path()).unwrap());
        let (file, others) = (one.file_name(), other.file_name());
        assert_ne!(one.file_name(), file);
        assert!(wrote(&file) && wrote(&format!("site=shop/{file}")) && wrote(&others));
        assert!(wrote(&file.replace(".parquet", "-crc32c-00112233.parquet")));
        one.end().unwrap();
        assert!(!wrote(&file) && wrote(&others));
        assert!(!wrote("part-1.parquet") && !wrote("foreign.parquet"));
    }

    #[test]
    fn a_note_stays_as_long_as_one_of_its_files_exists() {
        let dir = tempfile::tempdir().unwrap();
        let writing = Writing::begin(dir.path()).unwrap();
        let file = PathBuf::from(writing.file_name());
        let unfinished = || Unfinished::read(dir.path()).unwrap();
        unfinished().forget_all_but_of(std::slice::from_ref(&file)).unwrap();
        assert!(unfinished().wrote(&file));
        unfinished().forget_all_but_of(&[]).unwrap();
        assert!(!unfinished().wrote(&file));
    }
}
