//! Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::error::ArrowError;
use arrow::json::LineDelimitedWriter;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use wayside_model::Value;

use super::jsonl::pick;
use super::{Next, Rows, find_columns};
use crate::import::error::Error;
use crate::import::mapping::{Column, Mapping};

/// Opens a Parquet file and reads only the columns that the mapping names.
pub(super) fn open(
    path: &Path,
    file: File,
    bytes: u64,
    mapping: &Mapping,
    read: &Arc<AtomicU64>,
) -> Result<Box<dyn Rows>, Error> {
    let shown = path.display().to_string();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|error| Error::source(format!("{shown} is no readable Parquet file: {error}")))?;
    let names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    // `user.id` reads the field `id` of the column `user`.
    let roots: Vec<Column> = mapping
        .columns
        .iter()
        .map(|column| match column.name.split_once('.') {
            Some((root, _)) if !names.contains(&column.name) => Column {
                name: root.into(),
                place: column.place.clone(),
            },
            _ => column.clone(),
        })
        .collect();
    let places = find_columns(&shown, &roots, &names)?;
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mask = ProjectionMask::roots(builder.parquet_schema(), places);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| Error::source(format!("{shown} is no readable Parquet file: {error}")))?;
    Ok(Box::new(ParquetRows {
        file: shown,
        batches,
        rows: Vec::new().into_iter(),
        columns: mapping.columns.iter().map(|column| column.name.clone()).collect(),
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
    rows: std::vec::IntoIter<Value>,
    columns: Vec<String>,
    row: u64,
    total: u64,
    bytes: u64,
    read: Arc<AtomicU64>,
}

impl Rows for ParquetRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        let object = loop {
            if let Some(object) = self.rows.next() {
                break object;
            }
            match self.batches.next() {
                None => return Ok(Next::End),
                Some(batch) => {
                    self.rows = batch
                        .and_then(|batch| objects(&batch))
                        .map_err(|e| self.damaged(&e))?
                        .into_iter()
                }
            }
        };
        self.row += 1;
        // Progress is in bytes for every format; here a row stands for its share of the file.
        self.read
            .store(share(self.bytes, self.row, self.total), Ordering::Relaxed);
        pick(&object, &self.columns, values);
        Ok(Next::Row(self.row))
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

/// The batch's rows as objects, by way of JSON: times become RFC 3339 text, lists and structs what they are in JSON.
fn objects(batch: &RecordBatch) -> Result<Vec<Value>, ArrowError> {
    let mut json = LineDelimitedWriter::new(Vec::new());
    json.write(batch)?;
    json.finish()?;
    serde_json::Deserializer::from_slice(&json.into_inner())
        .into_iter()
        .map(|object| object.map_err(|error| ArrowError::JsonError(error.to_string())))
        .collect()
}

fn share(bytes: u64, row: u64, total: u64) -> u64 {
    (u128::from(bytes) * u128::from(row))
        .checked_div(u128::from(total))
        .map_or(bytes, |n| n as u64)
}

/// Rows decoded at a time: a few hundred kilobytes of JSON.
const BATCH_ROWS: usize = 1024;
