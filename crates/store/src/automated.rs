//! How many of a site's events automated browsers sent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};

use crate::error::Result;
use crate::parquet_file;
use crate::snapshot::Snapshot;
use crate::table::column;

/// Facts of data files: a file never changes, so that of each one narrow column has to be read once.
#[derive(Debug, Default)]
pub(crate) struct Automated {
    /// Events of automated browsers, by the path of the file.
    by_file: BTreeMap<PathBuf, u64>,
}

impl Automated {
    /// Counts them in a snapshot.
    pub(crate) fn count(&mut self, snapshot: &Snapshot) -> Result<u64> {
        let mut automated = 0;
        for bucket in &snapshot.buckets {
            for file in &bucket.files {
                let path = snapshot.table_root.join(&file.path);
                let in_file = match self.by_file.get(&file.path) {
                    Some(count) => *count,
                    None => set_in(
                        parquet_file::read_columns(&path, &[column::AUTOMATED])?
                            .into_iter()
                            .map(Ok),
                        0,
                    )?,
                };
                self.by_file.insert(file.path.clone(), in_file);
                automated += in_file;
                // The rows of customers who have moved are in a tail now.
                if !bucket.moved.is_empty() && parquet_file::has_customers(&path, &bucket.moved)? {
                    let moved = parquet_file::read_customers(&path, &bucket.moved, Some(&[column::AUTOMATED]))?;
                    automated = automated.saturating_sub(set_in(moved, 0)?);
                }
            }
            automated += set_in(bucket.tail.iter().cloned().map(Ok), column::AUTOMATED)?;
        }
        Ok(automated)
    }

    /// Forgets the files that are not among these.
    pub(crate) fn keep_only<'a>(&mut self, paths: impl Iterator<Item = &'a Path>) {
        let paths: BTreeSet<&Path> = paths.collect();
        self.by_file.retain(|path, _| paths.contains(path.as_path()));
    }
}

/// How many rows have the mark in this column.
fn set_in(batches: impl Iterator<Item = Result<RecordBatch>>, column: usize) -> Result<u64> {
    let set = |batch: RecordBatch| batch.column(column).as_boolean().true_count() as u64;
    batches.map(|batch| batch.map(set)).sum()
}
