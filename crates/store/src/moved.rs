//! Rows that move to other customers, sorted again. A visitor of many years may have any number of them, so only some
//! are held in memory; the others are written to temporary files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use crate::error::{Error, Result};
use crate::merge::{Merged, Run};
use crate::parquet_file::{self, OpenRun};
use crate::present;
use crate::rows;
use crate::table;

/// Most bytes of moved rows that are held in memory and sorted at once; sorting takes three times as much. An ordinary
/// compaction moves less and needs no temporary files.
pub(crate) const HELD_BYTES: usize = 32 * 1024 * 1024;

/// Number of temporary files that are merged into one of the next level, each with one piece in memory. So the number
/// of times a row is written grows with the logarithm of the number of rows.
const WAITING_MAX: usize = 8;

/// The rows that move to one month and bucket.
pub(crate) struct Moved {
    /// The columns that they have.
    schema: SchemaRef,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    waiting: Vec<Waiting>,
    /// The number of rows so far.
    pub(crate) rows: u64,
    /// Copies dropped so far.
    pub(crate) copies: u64,
}

impl Default for Moved {
    fn default() -> Self {
        Self {
            schema: Arc::new(Schema::empty()),
            held: Vec::new(),
            held_bytes: 0,
            waiting: Vec::new(),
            rows: 0,
            copies: 0,
        }
    }
}

impl Moved {
    pub(crate) fn push(&mut self, rows: RecordBatch) {
        if self.schema != rows.schema() {
            self.schema = present::union([self.schema.as_ref(), rows.schema_ref().as_ref()]);
        }
        self.rows += rows.num_rows() as u64;
        self.held_bytes += rows.get_array_memory_size();
        self.held.push(rows);
    }

    /// The columns of the rows.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The bytes of the rows in memory.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Writes the rows in memory to a temporary file; `path` returns unused paths.
    pub(crate) fn put_down(&mut self, path: impl Fn() -> PathBuf) -> Result<()> {
        let file = path();
        let held = self.take_held(&file)?;
        self.wait(file, 0, std::iter::once(Ok(held)))?;
        for level in 0.. {
            let last = self.waiting.iter().rev().take_while(|waiting| waiting.level == level);
            let count = last.count();
            if count < WAITING_MAX {
                break;
            }
            let read = self.waiting.split_off(self.waiting.len() - count);
            let file = path();
            let mut merged = Merged::new(&file, runs_of(&read, &self.schema)?)?;
            self.wait(file.clone(), level + 1, merged.by_ref())?;
            self.copies += merged.copies;
        }
        Ok(())
    }

    /// All rows as sorted runs with these columns, which include their own. They have to be read before this value is dropped. `file`
    /// is the file to be written, for messages.
    pub(crate) fn runs(&mut self, file: &Path, schema: &SchemaRef) -> Result<Vec<Run<'static>>> {
        let mut runs = runs_of(&self.waiting, schema)?;
        let held = present::fit(&self.take_held(file)?, schema).map_err(|err| Error::data_file(file, err))?;
        runs.push(Box::new(std::iter::once(Ok(held))));
        Ok(runs)
    }

    fn wait(&mut self, path: PathBuf, level: u32, pieces: impl Iterator<Item = Result<RecordBatch>>) -> Result<()> {
        let written = parquet_file::write_rows(&path, pieces)?;
        self.waiting.extend(written.map(|written| Waiting {
            path: path.with_file_name(written.name),
            level,
        }));
        Ok(())
    }

    fn take_held(&mut self, file: &Path) -> Result<RecordBatch> {
        self.held_bytes = 0;
        let held = std::mem::take(&mut self.held);
        let (sorted, copies) = rows::merge(&held).map_err(|err| Error::data_file(file, err))?;
        self.copies += copies;
        Ok(sorted)
    }
}

/// A temporary file of sorted rows, which is removed on drop.
struct Waiting {
    path: PathBuf,
    /// The number of times its rows have been merged.
    level: u32,
}

fn runs_of(waiting: &[Waiting], schema: &SchemaRef) -> Result<Vec<Run<'static>>> {
    let open = |waiting: &Waiting| OpenRun::open(waiting.path.clone())?.rows(Arc::clone(schema));
    waiting.iter().map(open).collect()
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // If it cannot be removed, the next cleaning removes it.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Sorts batches in memory into runs. A single run might exceed the 2 GiB that a column can hold.
pub(crate) fn sorted_runs(batches: Vec<RecordBatch>, file: &Path) -> Result<Vec<Run<'static>>> {
    let mut runs = Vec::new();
    let mut part = Moved::default();
    for batch in batches {
        part.push(batch);
        if part.held_bytes > HELD_BYTES {
            runs.extend(part.runs(file, &table::schema())?);
        }
    }
    runs.extend(part.runs(file, &table::schema())?);
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Row, to_batch};
    use crate::testing::{event, row};

    /// Row `seq`; the rows are ordered by a hash of their numbers.
    fn some(seq: u32) -> Row {
        row(
            "c",
            event("v", 1, seq, i64::from(seq.wrapping_mul(2_654_435_761) % 1_000)),
        )
    }

    fn merged(runs: Vec<Run<'_>>) -> RecordBatch {
        let merged = Merged::new(Path::new("x"), runs).unwrap();
        let pieces: Vec<_> = merged.collect::<Result<_>>().unwrap();
        arrow::compute::concat_batches(&crate::table::schema(), &pieces).unwrap()
    }

    fn expected(seqs: impl Iterator<Item = u32>) -> RecordBatch {
        let mut rows: Vec<_> = seqs.map(some).collect();
        rows::sort(&mut rows);
        to_batch(&rows).unwrap()
    }

    #[test]
    fn rows_in_temporary_files_are_merged_in_order_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        let path = || dir.path().join(crate::writing::unique_id());
        let count = (WAITING_MAX * WAITING_MAX + 1) as u32;
        let mut moved = Moved::default();
        for seq in 0..count {
            moved.push(to_batch(&[some(seq)]).unwrap());
            // A copy of an earlier row, adjacent or distant.
            moved.push(to_batch(&[some(seq / 2)]).unwrap());
            assert!(moved.held_bytes() > 0);
            moved.put_down(path).unwrap();
            assert_eq!(moved.held_bytes(), 0);
            assert!(files() <= 2 * (WAITING_MAX - 1));
        }
        // One file of the second level, and no other.
        assert_eq!(files(), 2);
        moved.push(to_batch(&[some(count)]).unwrap());
        let runs = moved.runs(Path::new("x"), &crate::table::schema()).unwrap();
        assert_eq!(runs.len(), 3);
        assert_eq!(merged(runs), expected(0..=count));
        assert_eq!(moved.rows, 2 * u64::from(count) + 1);
        drop(moved);
        assert_eq!(files(), 0);
    }

    #[test]
    fn rows_in_memory_are_sorted_in_parts() {
        let batches: Vec<_> = (0..40).map(|seq| to_batch(&[some(seq)]).unwrap()).collect();
        let runs = sorted_runs(batches.clone(), Path::new("x")).unwrap();
        assert_eq!((runs.len(), merged(runs)), (1, expected(0..40)));
        // The same batch many times; each counts.
        let each = batches[0].get_array_memory_size();
        let check = |count: usize, parts: usize| {
            let batches = (0..count).map(|at| batches[at % batches.len()].clone());
            let runs = sorted_runs(batches.collect(), Path::new("x")).unwrap();
            let parts_of_rows = runs.into_iter().filter(|run| run.size_hint().0 == 1).count();
            assert_eq!(parts_of_rows, parts);
        };
        let fitting = HELD_BYTES / each;
        check(fitting, 1);
        check(fitting + 1, 2);
    }
}
