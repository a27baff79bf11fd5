//! The dead-letter table: events that could not be stored as such, with the reason.

use std::array::TryFromSliceError;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BinaryBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMillisecondType};
use arrow::error::ArrowError;
use wayside_model::{SiteId, Timestamp, WriterId};

use crate::accepted::DeadLetter;
use crate::compact::now;
use crate::delta::{Shape, TableFile};
use crate::error::{Error, Result};
use crate::parquet_file;
use crate::table::time_type;
use crate::writing::Writing;

/// A dead letter as the table keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadRow {
    /// When the collector took it.
    pub received_at: Timestamp,
    /// What it was and what was wrong.
    pub letter: DeadLetter,
}

/// The columns of a dead-letter file; `site` is the partition column.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("received_at", time_type(), false),
        Field::new("writer", DataType::Binary, false),
        Field::new("seq", DataType::Int64, false),
        Field::new("time", time_type(), true),
        Field::new("code", DataType::Utf8, false),
        Field::new("detail", DataType::Utf8, false),
        Field::new("raw", DataType::Utf8, true),
    ]))
}

/// How the dead-letter table is made.
pub(crate) fn shape() -> Shape {
    Shape::new("wayside_dead", &schema(), &[("site", DataType::Utf8)])
}

/// Writes a file of the dead-letter table below `root`; nothing refers to it until it is committed.
pub(crate) fn write(root: &Path, site: &SiteId, rows: &[DeadRow], writing: &Writing) -> Result<TableFile> {
    let path = format!("site={site}/{}", writing.file_name());
    let file = root.join(&path);
    let batch = to_batch(rows).map_err(|err| Error::data_file(&file, err))?;
    let written = parquet_file::write_plain(&file, &batch)?;
    let partition = [("site", site.to_string())];
    Ok(TableFile::new(path, &partition, written, now().millis()))
}

/// Dead letters as a batch of [`schema`].
pub(crate) fn to_batch(rows: &[DeadRow]) -> Result<RecordBatch, ArrowError> {
    let mut received_at = TimestampMillisecondBuilder::new().with_timezone("UTC");
    let mut writer = BinaryBuilder::new();
    let mut seq = Int64Builder::new();
    let mut time = TimestampMillisecondBuilder::new().with_timezone("UTC");
    let mut code = StringBuilder::new();
    let mut detail = StringBuilder::new();
    let mut raw = StringBuilder::new();
    for DeadRow {
        received_at: at,
        letter,
    } in rows
    {
        received_at.append_value(at.millis());
        writer.append_value(letter.writer.0.to_be_bytes());
        seq.append_value(i64::from(letter.seq));
        time.append_option(letter.time.map(Timestamp::millis));
        code.append_value(&letter.code);
        detail.append_value(&letter.detail);
        raw.append_option(letter.raw.as_deref());
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(received_at.finish()),
        Arc::new(writer.finish()),
        Arc::new(seq.finish()),
        Arc::new(time.finish()),
        Arc::new(code.finish()),
        Arc::new(detail.finish()),
        Arc::new(raw.finish()),
    ];
    RecordBatch::try_new(schema(), columns)
}

/// Reads a dead-letter file.
pub(crate) fn read(path: &Path) -> Result<Vec<DeadRow>> {
    let mut rows = Vec::new();
    for batch in parquet_file::read(path)? {
        if batch.schema() != schema() {
            return Err(Error::damaged(path, "its columns are not a dead-letter file's"));
        }
        let time = |at: usize| batch.column(at).as_primitive::<TimestampMillisecondType>();
        let text = |at: usize| batch.column(at).as_string::<i32>();
        for row in 0..batch.num_rows() {
            let (writer, seq) = id(&batch, WRITER, SEQ, row).map_err(|err| Error::data_file(path, err))?;
            rows.push(DeadRow {
                received_at: Timestamp::from_millis(time(0).value(row)),
                letter: DeadLetter {
                    writer,
                    seq,
                    time: time(3).iter().nth(row).flatten().map(Timestamp::from_millis),
                    code: text(4).value(row).to_owned(),
                    detail: text(5).value(row).to_owned(),
                    raw: text(6).iter().nth(row).flatten().map(str::to_owned),
                },
            });
        }
    }
    Ok(rows)
}

/// Reads of a dead-letter file which events are in it.
pub(crate) fn read_ids(path: &Path) -> Result<Vec<(WriterId, u32)>> {
    let mut ids = Vec::new();
    for batch in parquet_file::read_columns(path, &[WRITER, SEQ])? {
        for row in 0..batch.num_rows() {
            ids.push(id(&batch, 0, 1, row).map_err(|err| Error::data_file(path, err))?);
        }
    }
    Ok(ids)
}

/// Where the id stands among the columns.
const WRITER: usize = 1;
const SEQ: usize = 2;

fn id(batch: &RecordBatch, writer: usize, seq: usize, row: usize) -> Result<(WriterId, u32), TryFromSliceError> {
    let writer = batch.column(writer).as_binary::<i32>().value(row).try_into()?;
    let seq = batch.column(seq).as_primitive::<Int64Type>().value(row) as u32;
    Ok((WriterId(u128::from_be_bytes(writer)), seq))
}

/// Dead letters in order of arrival, each event's first copy only.
pub(crate) fn without_copies(mut rows: Vec<DeadRow>) -> Vec<DeadRow> {
    rows.sort_by(|a, b| {
        let id = |row: &DeadRow| (row.letter.writer, row.letter.seq, row.received_at);
        id(a).cmp(&id(b))
    });
    rows.dedup_by(|later, first| (later.letter.writer, later.letter.seq) == (first.letter.writer, first.letter.seq));
    rows.sort_by_key(|row| (row.received_at, row.letter.writer, row.letter.seq));
    rows
}
