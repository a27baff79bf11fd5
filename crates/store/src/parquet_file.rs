//! Data files: sorted rows as Parquet.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef, TimestampMillisecondType};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use serde_json::json;
use wayside_model::Kind;

use crate::checked_file::{CheckedFile, Checksums};
use crate::durable;
use crate::error::{Error, Result};
use crate::merge::Run;
use crate::piece::{Largest, PIECE_BYTES, PIECE_ROWS, row_bytes};
use crate::present;
use crate::rows::text_column;
use crate::table::{self, SORTED_BY, column};

/// Rows of a row group: large enough for dictionaries to pay, small enough that one customer's rows are read without
/// decoding a whole month.
const ROW_GROUP_ROWS: usize = 128 * 1024;

/// Bytes of a row group: it is held in memory, encoded, until it is whole. That is 512 bytes for each of
/// [`ROW_GROUP_ROWS`], more than ordinary rows take.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

/// Level 3 is zstd's default. Higher levels cost seconds per month of data and save a few percent.
const ZSTD_LEVEL: i32 = 3;

/// Key in a file's own metadata: how many of its rows, whichever they are, take at most [`PIECE_BYTES`] of memory. Its
/// size says little of that, for a text that comes again and again is written once.
const PIECE_ROWS_KEY: &str = "wayside.rows_in_8_mib";

/// Most rows of a piece of a file without [`PIECE_ROWS_KEY`] that is not small: its longest rows are not known. Of the
/// longest there are, that is 200 MiB.
const UNNOTED_ROWS: usize = 64;

/// Rows that are read at once where only what identifies them is read: at most 400 bytes each.
const NARROW_ROWS: usize = 8 * 1024;

/// A written file and its entry in the Delta log.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Its name: that of the requested path, with a checksum.
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) stats: String,
}

/// Writes sorted rows to a data file, durably. All of them have the columns of the first; the file has no others. Writes no file if
/// there are no rows.
pub(crate) fn write_rows(path: &Path, pieces: impl Iterator<Item = Result<RecordBatch>>) -> Result<Option<Written>> {
    let mut pieces = pieces
        .filter(|piece| !piece.as_ref().is_ok_and(|piece| piece.num_rows() == 0))
        .peekable();
    let Some(first) = pieces.peek() else {
        return Ok(None);
    };
    // An error comes first, and nothing is written.
    let schema = first.as_ref().map_or_else(|_| table::schema(), RecordBatch::schema);
    let times = ["time", "received_at", "seq"];
    let mut properties = properties();
    for name in times {
        // Sorted or nearly so: differences are small, a dictionary would hold every value.
        properties = properties
            .set_column_dictionary_enabled(ColumnPath::from(name), false)
            .set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
    }
    // Each of these is like the one in the row before: of an imported row's writer only the hash differs, and a customer's rows follow
    // each other. A dictionary would hold every writer once, and spend two bytes a row on customers and visitors.
    for name in ["writer", "customer", "visitor"] {
        properties = properties
            .set_column_dictionary_enabled(ColumnPath::from(name), false)
            .set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BYTE_ARRAY);
    }
    let sorted = SORTED_BY.map(|at| SortingColumn {
        column_idx: at as i32,
        descending: false,
        nulls_first: false,
    });
    // Every file of a bucket is searched for rows of a customer who has just been identified.
    let properties = properties
        .set_column_bloom_filter_enabled(ColumnPath::from("customer"), true)
        .set_sorting_columns(Some(sorted.to_vec()))
        .build();
    let mut stats = RowStats::default();
    let pieces = pieces.map(|piece| piece.inspect(|piece| stats.add(piece)));
    let (name, size) = write(path, schema, pieces, properties)?;
    Ok(Some(Written {
        name,
        size,
        stats: stats.to_json(),
    }))
}

/// Writes a batch of any other table, durably.
pub(crate) fn write_plain(path: &Path, batch: &RecordBatch) -> Result<Written> {
    let (name, size) = write(
        path,
        batch.schema(),
        [Ok(batch.clone())].into_iter(),
        properties().build(),
    )?;
    Ok(Written {
        name,
        size,
        stats: json!({ "numRecords": batch.num_rows() }).to_string(),
    })
}

/// Verifies every byte of a data file. Returns whether it has checksums.
pub(crate) fn verify(path: &Path) -> Result<bool> {
    CheckedFile::open(path)?.verify()
}

/// Reads a file whole: rows of the table with all of its columns, rows of another table as they are.
pub(crate) fn read(path: &Path) -> Result<Vec<RecordBatch>> {
    run(path)?.collect()
}

/// Reads these narrow columns of a file, in the order of the file.
pub(crate) fn read_columns(path: &Path, columns: &[usize]) -> Result<Vec<RecordBatch>> {
    narrow(path, columns)?.collect()
}

/// The same, piece by piece.
pub(crate) fn narrow(path: &Path, columns: &[usize]) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let builder = open(path)?;
    let projection = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    pieces(path, builder.with_projection(projection).with_batch_size(NARROW_ROWS))
}

/// Reads these columns of a file piece by piece, in the order of the file.
pub(crate) fn pieces_of(path: &Path, columns: &[usize]) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let builder = open(path)?;
    let projection = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    pieces(path, builder.with_projection(projection))
}

/// The same, piece by piece.
pub(crate) fn run(path: &Path) -> Result<Run<'static>> {
    let pieces = pieces(path, open(path)?)?;
    Ok(Box::new(pieces.map(|piece| piece.map(present::widen))))
}

/// A data file, open for reading its rows with only some of the table's columns.
pub(crate) struct OpenRun {
    path: PathBuf,
    builder: ParquetRecordBatchReaderBuilder<CheckedFile>,
}

impl OpenRun {
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let builder = open(&path)?;
        Ok(Self { path, builder })
    }

    /// The columns that the file has.
    pub(crate) fn schema(&self) -> &SchemaRef {
        self.builder.schema()
    }

    /// Its rows with these columns, which include its own.
    pub(crate) fn rows(self, schema: SchemaRef) -> Result<Run<'static>> {
        let Self { path, builder } = self;
        let pieces = pieces(&path, builder)?;
        Ok(Box::new(pieces.map(move |piece| {
            present::fit(&piece?, &schema).map_err(|err| Error::data_file(&path, err))
        })))
    }
}

/// Reads the rows of `customers` in the order of the file: the narrow columns in `columns`, or all columns of the table.
pub(crate) fn read_customers(
    path: &Path,
    customers: &BTreeSet<String>,
    columns: Option<&[usize]>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let builder = open(path)?;
    let groups = groups_of(path, &builder, customers)?;
    let schema = builder.parquet_schema();
    let only_customer = ProjectionMask::roots(schema, [column::CUSTOMER]);
    let (projection, batch_rows) = match columns {
        Some(columns) => (ProjectionMask::roots(schema, columns.iter().copied()), NARROW_ROWS),
        None => (ProjectionMask::all(), piece_rows(builder.metadata())),
    };
    let wanted = customers.clone();
    let predicate = ArrowPredicateFn::new(only_customer, move |batch| {
        let names = text_column(&batch, 0);
        Ok(BooleanArray::from_iter(
            names
                .iter()
                .map(|name| Some(name.is_some_and(|name| wanted.contains(name)))),
        ))
    });
    let builder = builder
        .with_row_groups(groups)
        .with_batch_size(batch_rows)
        .with_projection(projection)
        .with_row_filter(RowFilter::new(vec![Box::new(predicate)]));
    let pieces = pieces(path, builder)?;
    let is_whole = columns.is_none();
    Ok(pieces.map(move |piece| {
        let piece = piece?;
        Ok(if is_whole { present::widen(piece) } else { piece })
    }))
}

/// The columns of an `identify` that say who a visitor is, and since when.
pub(crate) const IDENTIFY_COLUMNS: [&str; 6] = ["time", "writer", "seq", "visitor", "customer_id", "received_at"];

/// Reads [`IDENTIFY_COLUMNS`] of the `identify` touchpoints of a data file.
pub(crate) fn read_identifies(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let builder = open(path)?;
    let schema = builder.parquet_schema();
    let projection = ProjectionMask::columns(schema, IDENTIFY_COLUMNS);
    let only_kind = ProjectionMask::roots(schema, [column::KIND]);
    let predicate = ArrowPredicateFn::new(only_kind, |batch| {
        let kinds = text_column(&batch, 0).iter();
        Ok(kinds.map(|kind| Some(kind == Some(Kind::Identify.name()))).collect())
    });
    let builder = builder
        .with_batch_size(NARROW_ROWS)
        .with_projection(projection)
        .with_row_filter(RowFilter::new(vec![Box::new(predicate)]));
    let path = path.to_path_buf();
    // A file without such touchpoints may lack the column that only they have.
    let columns = table::schema();
    let columns = columns.fields().iter().enumerate();
    let columns = columns.filter(|(_, field)| IDENTIFY_COLUMNS.contains(&field.name().as_str()));
    let columns: Vec<usize> = columns.map(|(at, _)| at).collect();
    let schema = table::schema().project(&columns).map(SchemaRef::new);
    let schema = schema.map_err(|err| Error::data_file(&path, err))?;
    Ok(pieces(&path, builder)?
        .map(move |piece| present::fit(&piece?, &schema).map_err(|err| Error::data_file(&path, err))))
}

/// Whether a data file has rows of `customers`.
pub(crate) fn has_customers(path: &Path, customers: &BTreeSet<String>) -> Result<bool> {
    let builder = open(path)?;
    let groups = groups_of(path, &builder, customers)?;
    let projection = ProjectionMask::roots(builder.parquet_schema(), [column::CUSTOMER]);
    let builder = builder
        .with_row_groups(groups)
        .with_batch_size(NARROW_ROWS)
        .with_projection(projection);
    for piece in pieces(path, builder)? {
        let piece = piece?;
        let mut names = text_column(&piece, 0).iter().flatten();
        if names.any(|name| customers.contains(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The row groups that may hold rows of `customers`.
fn groups_of(
    path: &Path,
    builder: &ParquetRecordBatchReaderBuilder<CheckedFile>,
    customers: &BTreeSet<String>,
) -> Result<Vec<usize>> {
    let mut groups = Vec::new();
    for group in 0..builder.metadata().num_row_groups() {
        let filter = builder.get_row_group_column_bloom_filter(group, column::CUSTOMER);
        let filter = filter.map_err(|err| Error::data_file(path, err))?;
        if filter.is_none_or(|filter| customers.iter().any(|customer| filter.check(customer.as_str()))) {
            groups.push(group);
        }
    }
    Ok(groups)
}

/// Reads the selected rows and columns of a file, piece by piece.
fn pieces(
    path: &Path,
    builder: ParquetRecordBatchReaderBuilder<CheckedFile>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let path = path.to_path_buf();
    let reader = builder.build().map_err(|err| Error::data_file(&path, err))?;
    Ok(reader.map(move |piece| piece.map_err(|err| Error::data_file(&path, err))))
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<CheckedFile>> {
    let file = CheckedFile::open(path)?;
    let metadata = ArrowReaderMetadata::try_new(file.metadata().clone(), ArrowReaderOptions::new());
    let metadata = metadata.map_err(|err| Error::data_file(path, err))?;
    let rows = piece_rows(metadata.metadata());
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).with_batch_size(rows))
}

/// The number of rows of a file to read at once.
fn piece_rows(metadata: &ParquetMetaData) -> usize {
    let notes = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    let noted = notes
        .filter(|note| note.key == PIECE_ROWS_KEY)
        .find_map(|note| note.value.as_ref()?.parse().ok());
    noted.map_or_else(|| unnoted_piece_rows(metadata), |rows: usize| rows.clamp(1, PIECE_ROWS))
}

/// The same for a file written by an earlier version or another engine.
fn unnoted_piece_rows(metadata: &ParquetMetaData) -> usize {
    let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    let bytes = columns.map(|column| match column.unencoded_byte_array_data_bytes() {
        Some(bytes) => bytes,
        None => column.uncompressed_size(),
    });
    let bytes = usize::try_from(bytes.sum::<i64>()).unwrap_or(0);
    if bytes <= PIECE_BYTES {
        return PIECE_ROWS;
    }
    let rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
    let mean = bytes / rows.max(1);
    (PIECE_BYTES / mean.max(1)).clamp(1, UNNOTED_ROWS)
}

fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by(concat!("wayside ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        // Page indexes are written behind the last place at which checksums can be noted, and no reader here asks for them.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
}

/// Writes a file durably, and returns its name and size. An incomplete file is removed on failure, because the disk may
/// be full.
fn write(
    path: &Path,
    schema: SchemaRef,
    pieces: impl Iterator<Item = Result<RecordBatch>>,
    properties: WriterProperties,
) -> Result<(String, i64)> {
    write_whole(path, schema, pieces, properties).inspect_err(|_| {
        // Where it cannot be removed, the next cleaning will.
        let _ = std::fs::remove_file(path);
    })
}

fn write_whole(
    path: &Path,
    schema: SchemaRef,
    pieces: impl Iterator<Item = Result<RecordBatch>>,
    properties: WriterProperties,
) -> Result<(String, i64)> {
    let io = |err| Error::io("write the data file", path, err);
    let parquet = |err: parquet::errors::ParquetError| match err {
        parquet::errors::ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(err) => Error::io("write the data file", path, *err),
            Err(source) => Error::data_file(path, source),
        },
        err => Error::data_file(path, err),
    };
    let dir = path.parent().unwrap_or(path);
    durable::create_dir_all(dir).map_err(io)?;
    let file = File::create_new(path).map_err(io)?;
    let mut writer = ArrowWriter::try_new(Checksums::new(file), schema, Some(properties)).map_err(parquet)?;
    let mut largest = Largest::default();
    for piece in pieces {
        let piece = piece?;
        largest.add(row_bytes(&piece));
        writer.write(&piece).map_err(parquet)?;
    }
    let piece_rows = largest.piece_rows().to_string();
    writer.append_key_value_metadata(KeyValue::new(PIECE_ROWS_KEY.to_owned(), piece_rows));
    writer.flush().map_err(parquet)?;
    writer.sync().map_err(io)?;
    let checksums = writer.inner_mut().begin_footer();
    writer.append_key_value_metadata(checksums);
    let (file, named) = writer.into_inner().map_err(parquet)?.finish(path);
    file.sync_all().map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    std::fs::rename(path, &named).map_err(io)?;
    durable::sync_dir(dir).map_err(io)?;
    let name = named.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, i64::try_from(size).unwrap_or(i64::MAX)))
}

/// The statistics of a data file in the Delta log, by which readers skip files.
#[derive(Default)]
struct RowStats {
    rows: usize,
    /// The least and greatest value of each. The rows are sorted by customer, so the extremes are at the ends.
    customer: Option<(String, String)>,
    time: Option<(i64, i64)>,
    received_at: Option<(i64, i64)>,
    seq: Option<(i64, i64)>,
}

impl RowStats {
    fn add(&mut self, piece: &RecordBatch) {
        let Some(last) = piece.num_rows().checked_sub(1) else {
            return;
        };
        self.rows += piece.num_rows();
        let customers = text_column(piece, column::CUSTOMER);
        let greatest = customers.value(last).to_owned();
        match &mut self.customer {
            Some(customer) => customer.1 = greatest,
            none => *none = Some((customers.value(0).to_owned(), greatest)),
        }
        let times = |at: usize| piece.column(at).as_primitive::<TimestampMillisecondType>().values();
        widen(&mut self.time, times(column::TIME));
        widen(&mut self.received_at, times(column::RECEIVED_AT));
        widen(
            &mut self.seq,
            piece.column(column::SEQ).as_primitive::<Int64Type>().values(),
        );
    }

    fn to_json(&self) -> String {
        let extremes = |greatest: bool| {
            let pick = |values: Option<(i64, i64)>| values.map(|(a, b)| if greatest { b } else { a });
            json!({
                "customer": self.customer.as_ref().map(|(a, b)| if greatest { b } else { a }),
                "time": pick(self.time).map(iso),
                "received_at": pick(self.received_at).map(iso),
                "seq": pick(self.seq),
            })
        };
        let nulls: serde_json::Map<_, _> = ["customer", "time", "received_at", "seq"]
            .map(|name| (name.to_owned(), json!(0)))
            .into_iter()
            .collect();
        json!({
            "numRecords": self.rows,
            "minValues": extremes(false),
            "maxValues": extremes(true),
            "nullCount": nulls,
        })
        .to_string()
    }
}

fn widen(range: &mut Option<(i64, i64)>, values: &[i64]) {
    for value in values {
        let (least, greatest) = range.unwrap_or((*value, *value));
        *range = Some((least.min(*value), greatest.max(*value)));
    }
}

/// A time in the format of the Delta log.
fn iso(millis: i64) -> String {
    let (year, month, day) = table::civil(millis.div_euclid(86_400_000));
    let in_day = millis.rem_euclid(86_400_000);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1_000 % 60, in_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Milliseconds since 1970 of a time that [`iso`] wrote.
pub(crate) fn from_iso(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // Howard Hinnant's `days_from_civil`, the inverse of `table::civil`.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let seconds = number(11..13)? * 3_600 + number(14..16)? * 60 + number(17..19)?;
    Some((days * 86_400 + seconds) * 1_000 + number(20..23)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::to_batch;
    use crate::testing::{event, long_event, row};
    use arrow::array::BinaryArray;
    use arrow::datatypes::{DataType, Field, Schema};
    use parquet::file::metadata::{ColumnChunkMetaData, FileMetaData, RowGroupMetaData};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::schema::types::SchemaDescriptor;
    use std::path::PathBuf;
    use std::sync::Arc;

    fn rows(customers: &[&str]) -> RecordBatch {
        let rows: Vec<_> = (0..)
            .zip(customers)
            .map(|(n, customer)| row(customer, event("v", n, 0, 1_000 + n as i64)))
            .collect();
        to_batch(&rows).unwrap()
    }

    /// Writes a file and returns its path.
    fn written(path: &Path, pieces: impl IntoIterator<Item = Result<RecordBatch>>) -> PathBuf {
        let written = write_rows(path, pieces.into_iter()).unwrap().unwrap();
        path.with_file_name(written.name)
    }

    #[test]
    fn a_file_has_statistics_its_sort_order_and_the_chosen_layout() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("month=1970-01/a.parquet");
        let batch = rows(&["a", "a", "b"]);
        let written = write_rows(&path, [Ok(batch.slice(0, 1)), Ok(batch.slice(1, 2))].into_iter())
            .unwrap()
            .unwrap();
        let path = path.with_file_name(&written.name);
        assert_eq!(written.size as u64, path.metadata().unwrap().len());
        let stats: serde_json::Value = serde_json::from_str(&written.stats).unwrap();
        assert_eq!(stats["numRecords"], 3);
        assert_eq!(stats["minValues"]["customer"], "a");
        assert_eq!(stats["maxValues"]["customer"], "b");
        assert_eq!(stats["minValues"]["time"], "1970-01-01T00:00:01.000Z");

        let back = read(&path).unwrap();
        assert_eq!(back[0].schema(), table::schema());
        assert_eq!(back, [batch]);
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let group = reader.metadata().row_group(0);
        let sorted: Vec<_> = group.sorting_columns().unwrap().iter().map(|c| c.column_idx).collect();
        assert_eq!(sorted, [0, 1, 2, 3]);
        let time = group.column(column::TIME);
        assert!(
            time.encodings().any(|e| e == Encoding::DELTA_BINARY_PACKED),
            "{:?}",
            time
        );
        assert!(matches!(time.compression(), Compression::ZSTD(_)));
        assert!(group.column(column::CUSTOMER).bloom_filter_offset().is_some());
    }

    #[test]
    fn long_rows_are_read_a_few_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let long: Vec<_> = (0..5).map(|seq| row("b", long_event(seq, 0))).collect();
        let pieces = || {
            let long = long.chunks(2).map(|rows| Ok(to_batch(rows).unwrap()));
            [rows(&["a"; 20])].into_iter().map(Ok).chain(long).collect::<Vec<_>>()
        };
        let noted = written(&dir.path().join("a.parquet"), pieces());
        // As an earlier version wrote it.
        let unnoted = dir.path().join("b.parquet");
        let mut writer = ArrowWriter::try_new(File::create(&unnoted).unwrap(), table::schema(), None).unwrap();
        for piece in pieces() {
            writer.write(&piece.unwrap()).unwrap();
        }
        writer.close().unwrap();
        let few = ["b".to_owned()].into();
        let counts = |batches: Vec<RecordBatch>| batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>();
        for (path, at_once) in [(&noted, 2), (&unnoted, 12)] {
            let batches = read(path).unwrap();
            assert_eq!(counts(batches).into_iter().max(), Some(at_once), "{path:?}");
            let batches = read_customers(path, &few, None)
                .unwrap()
                .collect::<Result<_>>()
                .unwrap();
            assert_eq!(counts(batches).iter().sum::<usize>(), 5);
        }
        let batches = read_customers(&noted, &few, None).unwrap();
        let batches = batches.collect::<Result<_>>().unwrap();
        assert_eq!(counts(batches), [2, 2, 1]);
    }

    #[test]
    fn a_file_without_a_note_is_read_by_its_mean() {
        let check = |rows: usize, bytes: usize, expected: usize| {
            let schema = parquet::schema::parser::parse_message_type("message m { required binary text; }").unwrap();
            let schema = Arc::new(SchemaDescriptor::new(Arc::new(schema)));
            let column = ColumnChunkMetaData::builder(schema.column(0))
                .set_unencoded_byte_array_data_bytes(Some(bytes as i64))
                .build()
                .unwrap();
            let group = RowGroupMetaData::builder(schema.clone())
                .add_column_metadata(column)
                .set_num_rows(rows as i64)
                .build()
                .unwrap();
            let file = FileMetaData::new(2, rows as i64, None, None, schema, None);
            assert_eq!(piece_rows(&ParquetMetaData::new(file, vec![group])), expected);
        };
        check(1_000_000, PIECE_BYTES, PIECE_ROWS);
        check(1_000_000, PIECE_BYTES + 1, UNNOTED_ROWS);
        check(100, 100 * PIECE_BYTES / 10, 10);
        check(100, 200 * PIECE_BYTES, 1);
        check(0, 0, PIECE_ROWS);
    }

    #[test]
    fn a_row_group_of_long_rows_ends_by_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let count = |name: &str, bytes: usize| {
            let path = dir.path().join(name);
            let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Binary, false)]));
            // Nothing in it comes again, so that it is written as it is.
            let mut state = 1_u64;
            let noise = std::iter::repeat_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            });
            let noise: Vec<u8> = noise.take(1 << 20).collect();
            let mut left = bytes;
            let pieces = std::iter::from_fn(|| {
                let take = left.min(noise.len());
                left -= take;
                let column = BinaryArray::from_vec(noise[..take].chunks(1 << 16).collect());
                (take > 0).then(|| Ok(RecordBatch::try_new(schema.clone(), vec![Arc::new(column)]).unwrap()))
            });
            let (name, _) = write(&path, schema.clone(), pieces, properties().build()).unwrap();
            SerializedFileReader::new(File::open(path.with_file_name(name)).unwrap())
                .unwrap()
                .num_row_groups()
        };
        let megabyte = 1 << 20;
        assert_eq!(count("a.parquet", ROW_GROUP_BYTES - megabyte), 1);
        assert_eq!(count("b.parquet", ROW_GROUP_BYTES + megabyte), 2);
    }

    #[test]
    fn a_file_that_fails_is_not_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        let failing = [Ok(rows(&["a"])), Err(Error::damaged(&path, "for the test"))];
        write_rows(&path, failing.into_iter()).unwrap_err();
        assert!(!path.exists());
        assert!(write_rows(&path, [Ok(rows(&[]))].into_iter()).unwrap().is_none());
        assert!(!path.exists());
    }

    #[test]
    fn times_in_statistics_are_read_back() {
        for millis in [
            0,
            1,
            951_782_399_999,
            951_868_800_000,
            1_795_219_200_123,
            7_258_118_400_000,
        ] {
            assert_eq!(from_iso(&iso(millis)), Some(millis), "{}", iso(millis));
        }
        assert_eq!(from_iso("yesterday"), None);
    }

    #[test]
    fn rows_of_some_customers_are_read_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = written(&dir.path().join("a.parquet"), [Ok(rows(&["a", "b", "b", "c"]))]);
        let count = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let batches = read_customers(&path, &names, Some(&SORTED_BY)).unwrap();
            batches.map(|batch| batch.unwrap().num_rows()).sum::<usize>()
        };
        assert_eq!(
            [count(&["b"]), count(&["a", "c"]), count(&["x"]), count(&[])],
            [2, 2, 0, 0]
        );
        let has = |name: &str| has_customers(&path, &[name.to_owned()].into()).unwrap();
        assert_eq!([has("b"), has("c"), has("x"), has("")], [true, true, false, false]);
    }
}
