//! The register of imports: which files were imported, what became of their rows, and which imports were undone.
//!
//! It stands in `DATA/imports/`. A row of the table is known to be an import's by its writer, of which the upper half names site and
//! mapping, and by the time it was received, which is the same in all rows of one import and in those of no other.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wayside_model::event::ROW_HASH_BITS;
use wayside_model::{SiteId, Timestamp};

use crate::durable;
use crate::error::{Error, ErrorKind, Result};

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Its rows are being read.
    Running,
    /// The file was read to its end.
    Done,
    /// It ended early: what it had brought by then is in the table.
    BrokenOff,
    /// Its touchpoints are being taken away. An undo that was cut off is finished by undoing it again.
    Undoing,
    /// Its touchpoints are gone.
    Undone,
}

impl ImportState {
    /// The word for it, in lists and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::BrokenOff => "broken off",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// Whether its touchpoints count no more.
    fn is_undone(self) -> bool {
        matches!(self, Self::Undoing | Self::Undone)
    }
}

/// Counts of an import's rows by their result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSums {
    /// Rows read of the file.
    pub rows: u64,
    /// Touchpoints that it brought and that were not there before.
    pub good: u64,
    /// Touchpoints that were there already.
    pub copies: u64,
    /// Rows that were refused.
    pub dead: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// Earlier touchpoints whose place was taken.
    pub replaced: u64,
}

/// Facts of an import before its first row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImport {
    /// The site that it is for.
    pub site: SiteId,
    /// The file's name.
    pub file: String,
    /// The mapping's name.
    pub mapping: String,
    /// The upper half of its rows' writers.
    pub source: u64,
    /// Whether the mapping names an `id`.
    pub by_id: bool,
    /// Whether its rows take the place of earlier ones of the same id.
    pub replaces: bool,
    /// When it begins.
    pub now: Timestamp,
}

/// One import in the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// Its number, counted from 1 in each data folder.
    pub id: u32,
    /// The site.
    pub site: String,
    /// The file's name.
    pub file: String,
    /// The mapping's name.
    pub mapping: String,
    /// The upper half of its rows' writers, in hexadecimal digits.
    source: String,
    /// When it began, in ms since 1970; the `received_at` of its rows.
    pub received_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// How it stands.
    pub state: ImportState,
    /// Whether the mapping named an `id`.
    pub by_id: bool,
    /// Whether its rows took the place of earlier ones.
    pub replaces: bool,
    /// Counts of its rows; `None` if the importing process was killed.
    pub sums: Option<ImportSums>,
    /// Time of its first touchpoint, in ms since 1970.
    pub first: Option<i64>,
    /// Time of its last touchpoint.
    pub last: Option<i64>,
    /// When it was undone.
    pub undone_at: Option<i64>,
    /// Touchpoints that the undo took away.
    pub removed: Option<u64>,
}

/// The mapping's name of imports that `wayside simulate` makes, by which their touchpoints are known as simulated.
pub const SIMULATED: &str = "simulated";

impl ImportRecord {
    /// Whether its touchpoints are simulated, and not undone.
    pub fn is_simulated(&self) -> bool {
        self.mapping == SIMULATED && !self.state.is_undone()
    }

    /// The upper half of its rows' writers.
    pub(crate) fn source(&self) -> u64 {
        // The register checks it when it is read.
        u64::from_str_radix(&self.source, 16).unwrap_or_default()
    }
}

/// Version of the register's file.
const VERSION: u32 = 1;

/// The imports of a data folder, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Register {
    version: u32,
    pub(crate) imports: Vec<ImportRecord>,
}

impl Default for Register {
    fn default() -> Self {
        Self {
            version: VERSION,
            imports: Vec::new(),
        }
    }
}

impl Register {
    /// Reads the register in `dir`; without one there are no imports.
    pub(crate) fn load(dir: &Path) -> Result<Self> {
        let path = file(dir);
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(err) => return Err(Error::io("read the register of imports", &path, err)),
        };
        let register: Self = serde_json::from_slice(&json).map_err(|err| unreadable(&path, &err.to_string()))?;
        if register.version > VERSION {
            return Err(Error::new(ErrorKind::NewerFormat {
                path,
                found: register.version.to_string(),
                known: VERSION,
            }));
        }
        let wrong = |import: &&ImportRecord| u64::from_str_radix(&import.source, 16).is_err();
        match register.imports.iter().find(wrong) {
            Some(import) => Err(unreadable(&path, &format!("import {} names no source", import.id))),
            None => Ok(register),
        }
    }

    /// Writes it, durably.
    pub(crate) fn save(&self, dir: &Path) -> Result<()> {
        let path = file(dir);
        let json = serde_json::to_vec_pretty(self).map_err(|err| Error::data_file(&path, err))?;
        durable::write_file(&path, [json.as_slice()], true)
            .map_err(|err| Error::io("write the register of imports", &path, err))
    }

    /// Enters an import that begins now. Those that seem to run are none: one process at a time imports, one file after the other.
    pub(crate) fn begin(&mut self, new: NewImport) -> ImportRecord {
        self.break_off();
        let last = self.imports.iter().map(|import| (import.id, import.received_at));
        let (id, received_at) = last.fold((0, i64::MIN), |(id, time), next| (id.max(next.0), time.max(next.1)));
        let record = ImportRecord {
            id: id + 1,
            site: new.site.to_string(),
            file: new.file,
            mapping: new.mapping,
            source: format!("{:016x}", new.source),
            // No two imports are received at one time, so that it tells their rows apart.
            received_at: new.now.millis().max(received_at.saturating_add(1)),
            ended_at: None,
            state: ImportState::Running,
            by_id: new.by_id,
            replaces: new.replaces,
            sums: None,
            first: None,
            last: None,
            undone_at: None,
            removed: None,
        };
        self.imports.push(record.clone());
        record
    }

    /// Says of imports that seem to run, although no process does that, that they were broken off. Returns whether there are any.
    pub(crate) fn break_off(&mut self) -> bool {
        let mut any = false;
        for import in &mut self.imports {
            if import.state == ImportState::Running {
                import.state = ImportState::BrokenOff;
                any = true;
            }
        }
        any
    }

    /// Puts a changed record in the place of the one of its number.
    pub(crate) fn put(&mut self, record: &ImportRecord) {
        if let Some(known) = self.imports.iter_mut().find(|known| known.id == record.id) {
            *known = record.clone();
        }
    }

    /// The import of this number.
    pub(crate) fn find(&self, id: u32) -> Result<&ImportRecord> {
        self.imports.iter().find(|import| import.id == id).ok_or_else(|| {
            let known = match self.imports.last() {
                Some(last) => format!("the last one is {}; `wayside imports list` shows all", last.id),
                None => "nothing was imported into this data folder yet".to_owned(),
            };
            Error::new(ErrorKind::Invalid {
                detail: format!("there is no import {id}: {known}"),
            })
        })
    }

    /// The imports whose touchpoints are gone or going.
    pub(crate) fn undone(&self) -> impl Iterator<Item = &ImportRecord> {
        self.imports.iter().filter(|import| import.state.is_undone())
    }

    /// The others.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &ImportRecord> {
        self.imports.iter().filter(|import| !import.state.is_undone())
    }
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Invalid {
        detail: format!(
            "{} cannot be read: {why}; it says which imports there were. Put it back from a backup, or move it away: reports go on \
             without it, but earlier imports can then not be undone",
            path.display()
        ),
    })
}

fn file(dir: &Path) -> PathBuf {
    dir.join("register.json")
}

/// The file with the keys of all rows that an import stored. It is kept if some of them were there already: should the import that
/// brought them first be undone, they stay.
pub(crate) fn keys_file(dir: &Path, id: u32) -> PathBuf {
    dir.join(format!("{id}.keys"))
}

/// The file with the hashes of the earlier rows whose place an import took.
pub(crate) fn replaced_file(dir: &Path, id: u32) -> PathBuf {
    dir.join(format!("{id}.replaced"))
}

/// The key of an imported row among those of its source. A row's hash is spread evenly, so that adding to it keeps it so.
pub(crate) fn row_key(writer: u128, seq: u32, time: i64) -> u64 {
    // Odd numbers of 64 bits without a pattern (those of xxHash), so that neighbouring times and numbers lie far apart.
    row_hash(writer)
        .wrapping_add((time as u64).wrapping_mul(0x9e37_79b1_85eb_ca87))
        .wrapping_add(u64::from(seq).wrapping_mul(0xc2b2_ae3d_27d4_eb4f))
}

/// The half of an imported row's writer that names site and mapping.
pub(crate) fn source_of(writer: u128) -> u64 {
    (writer >> ROW_HASH_BITS) as u64
}

/// The half that is the row's own.
pub(crate) fn row_hash(writer: u128) -> u64 {
    writer as u64
}

/// The writer of an imported row.
pub(crate) fn writer(source: u64, hash: u64) -> u128 {
    u128::from(source) << ROW_HASH_BITS | u128::from(hash)
}

/// Numbers of 8 bytes, as the files beside the register hold them.
pub(crate) fn read_numbers(path: &Path) -> Result<Vec<u64>> {
    match fs::read(path) {
        // A write that was cut off may leave a part of a number, which was for a row that was not stored.
        Ok(bytes) => Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .collect()),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(err) => Err(Error::io("read", path, err)),
    }
}

/// Removes a file that need not be there.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, err)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::site;

    fn new(now: i64) -> NewImport {
        NewImport {
            site: site(),
            file: "orders.csv".to_owned(),
            mapping: "orders".to_owned(),
            source: 7,
            by_id: true,
            replaces: false,
            now: Timestamp::from_millis(now),
        }
    }

    #[test]
    fn imports_are_numbered_and_none_is_received_when_another_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut register = Register::load(dir.path()).unwrap();
        let first = register.begin(new(1_000));
        let second = register.begin(new(1_000));
        assert_eq!(
            (first.id, first.received_at, second.id, second.received_at),
            (1, 1_000, 2, 1_001)
        );
        register.save(dir.path()).unwrap();
        let read = Register::load(dir.path()).unwrap();
        assert_eq!(read.imports, register.imports);
        assert_eq!(read.imports[0].state, ImportState::BrokenOff, "two never run at once");
        assert_eq!(
            (read.imports[1].state, read.imports[1].source()),
            (ImportState::Running, 7)
        );
        let missing = read.find(3).unwrap_err().to_string();
        assert!(missing.contains("there is no import 3: the last one is 2"), "{missing}");
    }

    #[test]
    fn a_register_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(file(dir.path()), "{").unwrap();
        let error = Register::load(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("register.json cannot be read") && error.contains("backup"),
            "{error}"
        );
    }
}
