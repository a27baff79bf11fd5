//! Imported rows that are no longer there: those of imports that were undone, and those whose place a later import took.
//!
//! The table has none of them. Earlier files that a repair reads may.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BinaryArray, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use wayside_model::{Timestamp, WriterId};

use crate::claims::{self, Claims};
use crate::dead::DeadRow;
use crate::delta::TableFile;
use crate::erase::{PERSON_COLUMNS, PersonRows};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::imports::{self, Register, row_hash, row_key, source_of};
use crate::parquet_file::{self, from_iso};
use crate::table::column;

/// Which rows are gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gone {
    /// When the undone imports of each source were received.
    undone: BTreeMap<u64, BTreeSet<i64>>,
    /// Keys of rows that standing imports of these sources brought, too.
    claimed: BTreeMap<u64, Arc<Claims>>,
    /// By writer: rows received before that time have been replaced.
    replaced: HashMap<u128, i64>,
    /// The rows of a person who is erased, with no others beside them.
    person: Option<Arc<PersonRows>>,
    /// Rows of touchpoints from before this time are too old, in ms since 1970.
    before: Option<i64>,
}

impl Gone {
    /// Reads the removed imports from the register of a data folder, whose table has these files below `root`.
    pub(crate) fn load(folder: &Folder, root: &Path, files: &[TableFile]) -> Result<Self> {
        let dir = folder.imports();
        Self::of(&dir, &Register::load(&dir)?, root, files)
    }

    /// The same for the rows of one import only.
    pub(crate) fn only(&self, source: u64, received_at: i64) -> Self {
        Self {
            undone: BTreeMap::from([(source, BTreeSet::from([received_at]))]),
            claimed: self.claimed.clone(),
            ..Self::default()
        }
    }

    /// The rows of touchpoints from before `limit`.
    pub(crate) fn before(limit: Timestamp) -> Self {
        Self {
            before: Some(limit.millis()),
            ..Self::default()
        }
    }

    /// The rows of a person.
    pub(crate) fn of_person(person: Arc<PersonRows>) -> Self {
        Self {
            person: Some(person),
            ..Self::default()
        }
    }

    /// How many rows of `files` are gone.
    pub(crate) fn count(&self, root: &Path, files: &[TableFile]) -> Result<u64> {
        Ok(self.find(root, files)?.iter().map(|(_, rows)| rows).sum())
    }

    /// Collects the removed imports of `register`, which was read from `dir`, for a table that has these files below `root`.
    pub(crate) fn of(dir: &Path, register: &Register, root: &Path, files: &[TableFile]) -> Result<Self> {
        let mut gone = Self::default();
        for import in register.undone() {
            gone.undone
                .entry(import.source())
                .or_default()
                .insert(import.received_at);
        }
        let sources: Vec<u64> = gone.undone.keys().copied().collect();
        gone.claimed = claims::of_sources(dir, register, &sources, root, files)?;
        for import in register.imports.iter().filter(|import| import.replaces) {
            for hash in imports::read_numbers(&imports::replaced_file(dir, import.id))? {
                let writer = WriterId(imports::writer(import.source(), hash));
                gone.replace(writer, Timestamp::from_millis(import.received_at));
            }
        }
        Ok(gone)
    }

    /// Adds that rows of a writer that were received before `time` have been replaced.
    pub(crate) fn replace(&mut self, writer: WriterId, time: Timestamp) {
        let before = self.replaced.entry(writer.0).or_insert(time.millis());
        *before = time.millis().max(*before);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.undone.is_empty() && self.replaced.is_empty() && self.person.is_none() && self.before.is_none()
    }

    /// Whether a row is gone.
    pub(crate) fn has(&self, writer: u128, seq: u32, time: i64, received_at: i64) -> Result<bool> {
        let source = source_of(writer);
        let is_undone = self.undone.get(&source).is_some_and(|at| at.contains(&received_at));
        Ok(self.before.is_some_and(|before| time < before)
            || self.is_replaced(writer, received_at)
            || (is_undone && !self.is_claimed(source, row_key(writer, seq, time))?))
    }

    /// Whether a dead letter is gone. No other import claims one, since each notes the refused rows of its own file.
    pub(crate) fn has_letter(&self, writer: u128, received_at: i64) -> bool {
        let is_undone = self
            .undone
            .get(&source_of(writer))
            .is_some_and(|at| at.contains(&received_at));
        is_undone || self.is_replaced(writer, received_at)
    }

    /// Whether a row of the dead-letter table is gone.
    pub(crate) fn has_dead_row(&self, row: &DeadRow) -> bool {
        self.has_letter(row.letter.writer.0, row.received_at.millis())
    }

    fn is_claimed(&self, source: u64, key: u64) -> Result<bool> {
        match self.claimed.get(&source) {
            Some(claims) => claims.contains(key),
            None => Ok(false),
        }
    }

    fn is_replaced(&self, writer: u128, received_at: i64) -> bool {
        self.replaced.get(&writer).is_some_and(|before| received_at < *before)
    }

    /// For each row of a batch with the columns [`KEY_COLUMNS`] at `at` whether it is gone.
    fn mask(&self, batch: &RecordBatch, at: [usize; 4], path: &Path) -> Result<BooleanArray> {
        let [times, writers, seqs, received] = at.map(|at| batch.column(at));
        let times = times.as_primitive::<TimestampMillisecondType>();
        let received = received.as_primitive::<TimestampMillisecondType>();
        let (writers, seqs) = (writers.as_binary::<i32>(), seqs.as_primitive::<Int64Type>());
        let rows = (0..batch.num_rows()).map(|row| {
            let writer = writer_at(writers, row, path)?;
            let seq = seqs.value(row) as u32;
            self.has(writer, seq, times.value(row), received.value(row)).map(Some)
        });
        rows.collect()
    }

    /// For each row of a batch of the table whether it is gone.
    pub(crate) fn mask_of_table(&self, batch: &RecordBatch, path: &Path) -> Result<BooleanArray> {
        if self.is_empty() {
            return Ok(vec![false; batch.num_rows()].into());
        }
        match &self.person {
            Some(person) => person.mask(batch, PERSON_COLUMNS, path),
            None => self.mask(batch, KEY_COLUMNS, path),
        }
    }

    /// The files of `files` that hold rows that are gone, and how many.
    pub(crate) fn find<'a>(
        &self,
        root: &Path,
        files: impl IntoIterator<Item = &'a TableFile>,
    ) -> Result<Vec<(&'a TableFile, u64)>> {
        let mut found = Vec::new();
        if self.is_empty() {
            return Ok(found);
        }
        for file in files.into_iter().filter(|file| self.may_be_in(file)) {
            let path = root.join(&file.path);
            let mut rows = 0;
            let columns = if self.person.is_some() {
                &PERSON_COLUMNS
            } else {
                &KEY_COLUMNS
            };
            for batch in parquet_file::narrow(&path, columns)? {
                let (batch, at) = (batch?, [0, 1, 2, 3]);
                let mask = match &self.person {
                    Some(person) => person.mask(&batch, at, &path)?,
                    None => self.mask(&batch, at, &path)?,
                };
                rows += mask.true_count() as u64;
            }
            if rows > 0 {
                found.push((file, rows));
            }
        }
        Ok(found)
    }

    /// Whether a file may hold rows that are gone, by what the Delta log says of when they were received.
    fn may_be_in(&self, file: &TableFile) -> bool {
        if let Some(before) = self.before {
            let least = file.stats["minValues"]["time"].as_str().and_then(from_iso);
            return least.is_none_or(|least| least < before);
        }
        let Some(received) = received_in(file).filter(|_| self.person.is_none()) else {
            return true;
        };
        let mut undone = self.undone.values().flatten();
        undone.any(|at| received.contains(at)) || self.replaced.values().any(|before| received.start() < before)
    }

    /// Adds the `identify` touchpoints that rows told which are replaced: a row that tells another customer now has told the one
    /// before at its time, too.
    pub(crate) fn add_told(&mut self, root: &Path, files: &[&TableFile]) -> Result<()> {
        let mut moments: HashMap<(u64, String, i64), i64> = HashMap::new();
        for file in files.iter().filter(|file| self.may_be_in(file)) {
            let path = root.join(&file.path);
            for batch in parquet_file::narrow(&path, &MOMENT_COLUMNS)? {
                let batch = batch?;
                let (times, writers, visitors, received) = moments_of(&batch);
                for row in 0..batch.num_rows() {
                    let writer = writer_at(writers, row, &path)?;
                    if self.is_replaced(writer, received.value(row)) {
                        let moment = (source_of(writer), visitors.value(row).to_owned(), times.value(row));
                        moments.insert(moment, self.replaced[&writer]);
                    }
                }
            }
        }
        if moments.is_empty() {
            return Ok(());
        }
        for file in files {
            let path = root.join(&file.path);
            for batch in parquet_file::read_identifies(&path)? {
                let batch = batch?;
                let column = |name: &str| {
                    let found = batch.column_by_name(name);
                    found.ok_or_else(|| Error::damaged(&path, format!("it has no column {name}")))
                };
                let times = column("time")?.as_primitive::<TimestampMillisecondType>();
                let received = column("received_at")?.as_primitive::<TimestampMillisecondType>();
                let (writers, visitors) = (
                    column("writer")?.as_binary::<i32>(),
                    column("visitor")?.as_string::<i32>(),
                );
                for row in 0..batch.num_rows() {
                    let writer = writer_at(writers, row, &path)?;
                    let moment = (source_of(writer), visitors.value(row).to_owned(), times.value(row));
                    if let Some(before) = moments.get(&moment)
                        && received.value(row) < *before
                    {
                        self.replace(WriterId(writer), Timestamp::from_millis(*before));
                    }
                }
            }
        }
        Ok(())
    }

    /// The hashes of rows that stand in `files` and are replaced, by when the row that took their place was received.
    pub(crate) fn replaced_in(&self, root: &Path, files: &[&TableFile]) -> Result<BTreeMap<i64, HashSet<u64>>> {
        let mut found: BTreeMap<i64, HashSet<u64>> = BTreeMap::new();
        for file in files.iter().filter(|file| self.may_be_in(file)) {
            let path = root.join(&file.path);
            for batch in parquet_file::narrow(&path, &MOMENT_COLUMNS)? {
                let batch = batch?;
                let (_, writers, _, received) = moments_of(&batch);
                for row in 0..batch.num_rows() {
                    let writer = writer_at(writers, row, &path)?;
                    if self.is_replaced(writer, received.value(row)) {
                        found
                            .entry(self.replaced[&writer])
                            .or_default()
                            .insert(row_hash(writer));
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The times at which the rows of a file were received, according to the Delta log. A file of another engine may have no statistics.
pub(crate) fn received_in(file: &TableFile) -> Option<RangeInclusive<i64>> {
    let at = |extreme: &str| from_iso(file.stats[extreme]["received_at"].as_str()?);
    Some(at("minValues")?..=at("maxValues")?)
}

/// How many rows of `files` are of the import of this source that was received at this time.
pub(crate) fn count(root: &Path, files: &[TableFile], source: u64, received_at: i64) -> Result<u64> {
    Gone::default().only(source, received_at).count(root, files)
}

/// The columns that say whether a row is gone, in the order of the table.
const KEY_COLUMNS: [usize; 4] = [column::TIME, column::WRITER, column::SEQ, column::RECEIVED_AT];

/// The columns that say whether a row is replaced and at whose moment it stands.
const MOMENT_COLUMNS: [usize; 4] = [column::TIME, column::WRITER, column::VISITOR, column::RECEIVED_AT];

type Times<'a> = &'a arrow::array::TimestampMillisecondArray;

fn moments_of(batch: &RecordBatch) -> (Times<'_>, &BinaryArray, &StringArray, Times<'_>) {
    (
        batch.column(0).as_primitive(),
        batch.column(1).as_binary(),
        batch.column(2).as_string(),
        batch.column(3).as_primitive(),
    )
}

pub(crate) fn writer_at(writers: &BinaryArray, row: usize, path: &Path) -> Result<u128> {
    let bytes = writers.value(row).try_into();
    bytes
        .map(u128::from_be_bytes)
        .map_err(|err| Error::data_file(path, err))
}
