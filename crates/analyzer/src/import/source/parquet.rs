//! Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::Array;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use wayside_model::Value;

use super::{Next, Rows, Times, Wanted};
use crate::import::cells::Cells;
use crate::import::error::Error;
use crate::import::identity::Fingerprint;
use crate::import::mapping::Mapping;

/// Opens a Parquet file. Only the columns that the mapping names are read, or all where rows have no id of their own.
pub(super) fn open(
    path: &Path,
    file: File,
    bytes: u64,
    mapping: &Mapping,
    read: &Arc<AtomicU64>,
) -> Result<Box<dyn Rows>, Error> {
    let shown = path.display().to_string();
    let unreadable =
        |error: &dyn std::fmt::Display| Error::source(format!("{shown} is no readable Parquet file: {error}"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(&error))?;
    let mut names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let mut wanted = Wanted::of(mapping);
    wanted.find(&shown, &names)?;
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mask = if wanted.needs_fingerprint() {
        ProjectionMask::all()
    } else {
        let mut roots: Vec<usize> = wanted.reads.iter().filter_map(|read| read.root).collect();
        roots.sort_unstable();
        roots.dedup();
        names = roots.iter().map(|root| names[*root].clone()).collect();
        // The columns stand closer now.
        wanted.find(&shown, &names)?;
        ProjectionMask::roots(builder.parquet_schema(), roots)
    };
    let time_root = wanted
        .reads
        .iter()
        .find(|read| read.to == mapping.time.column && read.way.is_empty());
    let time_root = time_root.and_then(|read| read.root);
    let time_type = time_root.and_then(|at| {
        let field = builder.schema().field_with_name(&names[at]);
        field.ok().map(|field| field.data_type().clone())
    });
    let is_shared = mapping.columns[mapping.time.column].uses > 1;
    let times = match time_type {
        // Nearly every file has these, and writing and reading them as text takes longer than all else about a row's time.
        Some(DataType::Timestamp(_, Some(_))) if !is_shared => Times::Millis,
        Some(DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) => Times::Rfc3339,
        _ => Times::Rule,
    };
    let batches = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| unreadable(&error))?;
    let mut by_name: Vec<(usize, String)> = names.into_iter().enumerate().collect();
    by_name.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(Box::new(ParquetRows {
        file: shown,
        batches,
        columns: Vec::new(),
        at: 0,
        length: 0,
        wanted,
        by_name,
        times,
        time_root,
        row: 0,
        total,
        bytes,
        read: Arc::clone(read),
    }))
}

/// Rows of a Parquet file, numbered from 1.
struct ParquetRows {
    file: String,
    batches: ParquetRecordBatchReader,
    columns: Vec<Cells>,
    at: usize,
    length: usize,
    wanted: Wanted,
    by_name: Vec<(usize, String)>,
    times: Times,
    /// The place of the time column.
    time_root: Option<usize>,
    row: u64,
    total: u64,
    bytes: u64,
    read: Arc<AtomicU64>,
}

impl Rows for ParquetRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        while self.at == self.length {
            let Some(batch) = self.batches.next() else {
                return Ok(Next::End);
            };
            let columns = batch.and_then(|batch| Ok((batch.num_rows(), columns(&batch)?)));
            (self.length, self.columns) = columns.map_err(|error| self.damaged(&error))?;
            self.at = 0;
            // Progress is in bytes for every format; here rows stand for their share of the file.
            let share = (u128::from(self.bytes) * u128::from(self.row)).checked_div(u128::from(self.total));
            self.read
                .store(share.map_or(self.bytes, |n| n as u64), Ordering::Relaxed);
        }
        let at = self.at;
        self.at += 1;
        self.row += 1;
        let columns = &self.columns;
        let fingerprint = self.wanted.needs_fingerprint().then(|| {
            let mut fingerprint = Fingerprint::new();
            for (column, name) in &self.by_name {
                match &columns[*column] {
                    Cells::Text(array) if array.is_valid(at) && !array.value(at).is_empty() => {
                        fingerprint.cell(name, array.value(at).as_bytes());
                    }
                    cells => fingerprint.value(name, &cells.value(at, true)),
                }
            }
            fingerprint.finish()
        });
        let millis_root = self.time_root.filter(|_| self.times == Times::Millis);
        self.wanted
            .fill(values, |column| columns[column].value(at, Some(column) == millis_root));
        Ok(Next::Row {
            line: self.row,
            fingerprint: fingerprint.unwrap_or_default(),
        })
    }

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn times(&self) -> Times {
        self.times
    }
}

impl ParquetRows {
    fn damaged(&self, error: &ArrowError) -> Error {
        Error::source(format!(
            "{} cannot be read after row {}: {error}; rows before it are stored, and importing the repaired file doubles none",
            self.file, self.row
        ))
    }
}

fn columns(batch: &RecordBatch) -> Result<Vec<Cells>, ArrowError> {
    batch.columns().iter().map(Cells::of).collect()
}

/// Rows decoded at a time: some hundred kilobytes.
const BATCH_ROWS: usize = 4096;
