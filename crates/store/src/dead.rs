//! The dead-letter table: events that could not be stored as events, with the reasons.

use std::array::TryFromSliceError;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMillisecondType};
use arrow::error::ArrowError;
use wayside_model::{SiteId, Timestamp, WriterId};

use crate::accepted::DeadLetter;
use crate::clock;
use crate::delta::{Shape, TableFile};
use crate::error::{Error, Result};
use crate::parquet_file;
use crate::table::time_type;
use crate::writing::Writing;

/// A row of the dead-letter table.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadRow {
    /// The time at which the collector accepted it.
    pub received_at: Timestamp,
    /// The event and the reason.
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

/// The shape of the dead-letter table.
pub(crate) fn shape() -> Shape {
    Shape::new("wayside_dead", &schema(), &[("site", DataType::Utf8)])
}

/// Writes a file of the dead-letter table below `root`. Nothing references it until it is committed.
pub(crate) fn write(root: &Path, site: &SiteId, rows: &[DeadRow], writing: &Writing) -> Result<TableFile> {
    let path = format!("site={site}/{}", writing.file_name());
    let file = root.join(&path);
    let batch = to_batch(rows).map_err(|err| Error::data_file(&file, err))?;
    let written = parquet_file::write_plain(&file, &batch)?;
    let partition = [("site", site.to_string())];
    Ok(TableFile::new(path, &partition, written, clock::timestamp().millis()))
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

/// Hands over which events are in a dead-letter file.
pub(crate) fn each_id(path: &Path, mut take: impl FnMut((WriterId, u32))) -> Result<()> {
    for batch in parquet_file::pieces_of(path, &[WRITER, SEQ])? {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            take(id(&batch, 0, 1, row).map_err(|err| Error::data_file(path, err))?);
        }
    }
    Ok(())
}

/// A site's dead letters by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadReasons {
    /// By the reason's code.
    pub by_code: BTreeMap<String, DeadReason>,
    /// Whether there were so many that copies among the last of them count, too.
    pub has_uncounted_copies: bool,
}

/// The dead letters of one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadReason {
    /// How many there are.
    pub count: u64,
    /// When the first arrived.
    pub first: Timestamp,
    /// The detail of the first one.
    pub detail: String,
}

/// Tells copies of dead letters from the letters, in bounded memory.
#[derive(Debug)]
pub(crate) struct Copies {
    known: HashSet<(WriterId, u32)>,
    max: usize,
    is_full: bool,
}

impl Default for Copies {
    fn default() -> Self {
        Self::with_room(KNOWN_MAX)
    }
}

impl Copies {
    fn with_room(max: usize) -> Self {
        Self {
            known: HashSet::new(),
            max,
            is_full: false,
        }
    }

    /// Whether this letter has not come before, as far as that is known.
    pub(crate) fn is_first(&mut self, id: (WriterId, u32)) -> bool {
        if self.known.len() < self.max {
            return self.known.insert(id);
        }
        let is_first = !self.known.contains(&id);
        self.is_full |= is_first;
        is_first
    }
}

/// Letters that are told from their copies, at about 50 bytes each: 25 MiB of memory for more than any shop has that still looks at them.
const KNOWN_MAX: usize = 500_000;

impl DeadReasons {
    /// Counts the letters of these files, and then `fresh` ones, whose times `is_asked` takes. A letter without a time has that of its
    /// arrival.
    pub(crate) fn count(
        files: &[PathBuf],
        fresh: &[DeadRow],
        is_asked: impl Fn(Timestamp) -> bool,
        mut copies: Copies,
    ) -> Result<Self> {
        let mut reasons = Self::default();
        for path in files {
            for batch in parquet_file::pieces_of(path, &[0, WRITER, SEQ, 3, 4, 5])? {
                let batch = batch?;
                let received = batch.column(0).as_primitive::<TimestampMillisecondType>();
                let times = batch.column(3).as_primitive::<TimestampMillisecondType>();
                let [codes, details] = [4, 5].map(|at| batch.column(at).as_string::<i32>());
                for row in 0..batch.num_rows() {
                    let id = id(&batch, WRITER, SEQ, row).map_err(|err| Error::data_file(path, err))?;
                    let [received_at, time] = [received, if times.is_null(row) { received } else { times }]
                        .map(|column| Timestamp::from_millis(column.value(row)));
                    if copies.is_first(id) && is_asked(time) {
                        reasons.add(received_at, codes.value(row), details.value(row));
                    }
                }
            }
        }
        for row in fresh {
            let time = row.letter.time.unwrap_or(row.received_at);
            if copies.is_first((row.letter.writer, row.letter.seq)) && is_asked(time) {
                reasons.add(row.received_at, &row.letter.code, &row.letter.detail);
            }
        }
        reasons.has_uncounted_copies = copies.is_full;
        Ok(reasons)
    }

    fn add(&mut self, received_at: Timestamp, code: &str, detail: &str) {
        let Some(reason) = self.by_code.get_mut(code) else {
            let reason = DeadReason {
                count: 1,
                first: received_at,
                detail: detail.to_owned(),
            };
            self.by_code.insert(code.to_owned(), reason);
            return;
        };
        reason.count += 1;
        // Files come in any order.
        if received_at < reason.first {
            reason.first = received_at;
            reason.detail = detail.to_owned();
        }
    }
}

/// The index of the column `writer`.
const WRITER: usize = 1;
const SEQ: usize = 2;

fn id(batch: &RecordBatch, writer: usize, seq: usize, row: usize) -> Result<(WriterId, u32), TryFromSliceError> {
    let writer = batch.column(writer).as_binary::<i32>().value(row).try_into()?;
    let seq = batch.column(seq).as_primitive::<Int64Type>().value(row) as u32;
    Ok((WriterId(u128::from_be_bytes(writer)), seq))
}

/// Sorts dead letters in order of arrival and keeps only the first copy of each event.
pub(crate) fn without_copies(mut rows: Vec<DeadRow>) -> Vec<DeadRow> {
    rows.sort_by(|a, b| {
        let id = |row: &DeadRow| (row.letter.writer, row.letter.seq, row.received_at);
        id(a).cmp(&id(b))
    });
    rows.dedup_by(|later, first| (later.letter.writer, later.letter.seq) == (first.letter.writer, first.letter.seq));
    rows.sort_by_key(|row| (row.received_at, row.letter.writer, row.letter.seq));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(seq: u32, received_at: i64, time: Option<i64>, code: &str) -> DeadRow {
        DeadRow {
            received_at: Timestamp::from_millis(received_at),
            letter: DeadLetter {
                writer: WriterId(7),
                seq,
                time: time.map(Timestamp::from_millis),
                code: code.to_owned(),
                detail: format!("{code} of {seq}"),
                raw: Some("a long text".to_owned()),
            },
        }
    }

    fn count(files: &[&[DeadRow]], fresh: &[DeadRow], until: i64, room: usize) -> (Vec<(String, u64, String)>, bool) {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (at, rows) in files.iter().enumerate() {
            let path = folder.path().join(format!("{at}.parquet"));
            let written = parquet_file::write_plain(&path, &to_batch(rows).unwrap()).unwrap();
            paths.push(folder.path().join(written.name));
        }
        let is_asked = move |time: Timestamp| time.millis() < until;
        let reasons = DeadReasons::count(&paths, fresh, is_asked, Copies::with_room(room)).unwrap();
        let rows = reasons.by_code.into_iter();
        (
            rows.map(|(code, reason)| (code, reason.count, reason.detail)).collect(),
            reasons.has_uncounted_copies,
        )
    }

    fn reason(code: &str, count: u64, detail: &str) -> (String, u64, String) {
        (code.to_owned(), count, detail.to_owned())
    }

    #[test]
    fn letters_are_counted_by_reason_without_copies() {
        let late = [letter(3, 30, None, "time"), letter(4, 30, Some(5), "value")];
        let early = [letter(1, 10, Some(1), "value"), letter(2, 10, Some(99), "value")];
        let fresh = [letter(1, 40, Some(1), "value"), letter(5, 50, None, "time")];
        let all = [reason("time", 2, "time of 3"), reason("value", 3, "value of 1")];
        assert_eq!(count(&[&late, &early], &fresh, 1_000, 5), (all.to_vec(), false));
        // By their own time, or by that of their arrival.
        let some = [reason("time", 1, "time of 3"), reason("value", 2, "value of 1")];
        assert_eq!(count(&[&late, &early], &fresh, 40, 5), (some.to_vec(), false));
    }

    #[test]
    fn beyond_the_room_for_ids_copies_count_and_that_is_said() {
        let letters: Vec<_> = (0..3).map(|seq| letter(seq, 10, None, "time")).collect();
        let copies = letters.clone();
        assert_eq!(
            count(&[&letters], &copies, 1_000, 3),
            (vec![reason("time", 3, "time of 0")], false)
        );
        assert_eq!(
            count(&[&letters], &copies, 1_000, 2),
            (vec![reason("time", 4, "time of 0")], true)
        );
    }
}
