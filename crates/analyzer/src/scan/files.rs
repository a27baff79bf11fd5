//! Reading of data files through the store, which verifies every byte.
//!
//! A file is read row group by row group, so that a batch has one dictionary for each column of texts. Columns without a
//! value in a row group are not read at all.

use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::CastOptions;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use datafusion::common::nested_struct::cast_column;
use datafusion::error::{DataFusionError, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::schema::types::SchemaDescriptor;
use wayside_store::CheckedFile;

/// Columns that are further apart in a file than this are read separately: a block of the store's checksums, which is
/// verified as a whole anyway.
const GAP_BYTES: u64 = 64 * 1024;

/// The request of a file's batches.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The columns; a column that the file does not have has no value.
    pub(super) schema: SchemaRef,
    pub(super) batch_rows: usize,
    /// The only customer whose rows are needed. Row groups that do not have the customer are left out.
    pub(super) customer: Option<String>,
}

/// A reader of one data file.
pub(super) struct FileReader {
    file: CheckedFile,
    metadata: ArrowReaderMetadata,
    wanted: Wanted,
    /// The row groups that are still to be read.
    groups: std::vec::IntoIter<usize>,
    current: Option<ParquetRecordBatchReader>,
    /// A whole batch of nulls for each column that had no value so far.
    nulls: Vec<Option<ArrayRef>>,
}

impl FileReader {
    /// Opens a file, with the bytes of its first row group.
    async fn open(path: PathBuf, wanted: Wanted) -> Result<Self> {
        blocking(move || {
            let mut reader = Self::new(&path, wanted)?;
            reader.read_group()?;
            Ok(reader)
        })
        .await
    }

    fn new(path: &Path, wanted: Wanted) -> Result<Self> {
        let file = CheckedFile::open(path).map_err(external)?;
        let metadata = metadata_for(file.metadata(), &wanted.schema)?;
        let groups = match &wanted.customer {
            None => (0..metadata.metadata().num_row_groups()).collect(),
            Some(customer) => groups_of(&file, &metadata, customer)?,
        };
        Ok(Self {
            file,
            metadata,
            nulls: vec![None; wanted.schema.fields().len()],
            wanted,
            groups: groups.into_iter(),
            current: None,
        })
    }

    /// The file's next batch, with the reader for those after it; `None` at the end.
    async fn next(mut self) -> Result<Option<(RecordBatch, Self)>> {
        loop {
            let Some(current) = &mut self.current else {
                return Ok(None);
            };
            if let Some(batch) = current.next().transpose()? {
                let batch = self.conform(&batch)?;
                return Ok(Some((batch, self)));
            }
            self = blocking(move || {
                self.read_group()?;
                Ok(self)
            })
            .await?;
        }
    }

    /// Reads the bytes of the next row group.
    fn read_group(&mut self) -> Result<()> {
        self.current = None;
        let Some(group) = self.groups.next() else {
            return Ok(());
        };
        let metadata = self.metadata.metadata();
        let group_metadata = metadata.row_group(group);
        let columns: Vec<usize> = (0..group_metadata.num_columns())
            .filter(|leaf| {
                let root = metadata.file_metadata().schema_descr().get_column_root(*leaf).name();
                self.wanted.schema.index_of(root).is_ok() && has_values(group_metadata, *leaf)
            })
            .collect();
        let bytes = GroupBytes::read(&self.file, group_metadata, &columns).map_err(external)?;
        let mask = ProjectionMask::leaves(metadata.file_metadata().schema_descr(), columns);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(self.wanted.batch_rows)
            .build()?;
        self.current = Some(reader);
        Ok(())
    }

    /// The batch with the requested columns.
    fn conform(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let options = CastOptions::default();
        let columns = self.wanted.schema.fields().iter().zip(&mut self.nulls);
        let columns = columns.map(|(field, nulls)| match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) => cast_column(column, field.data_type(), &options),
            None => {
                let all = nulls.get_or_insert_with(|| new_null_array(field.data_type(), self.wanted.batch_rows));
                Ok(all.slice(0, rows))
            }
        });
        Ok(RecordBatch::try_new(
            self.wanted.schema.clone(),
            columns.collect::<Result<_>>()?,
        )?)
    }
}

/// The batches of a file, in order.
pub(super) fn batches(
    path: PathBuf,
    wanted: Wanted,
) -> impl futures::Stream<Item = Result<RecordBatch>> + Send + 'static {
    use futures::TryStreamExt;
    futures::stream::once(FileReader::open(path, wanted))
        .map_ok(|reader| futures::stream::try_unfold(reader, FileReader::next))
        .try_flatten()
}

/// The metadata of a file, by which texts are read as the requested dictionaries.
fn metadata_for(file: &Arc<ParquetMetaData>, wanted: &Schema) -> Result<ArrowReaderMetadata> {
    let own = ArrowReaderMetadata::try_new(file.clone(), ArrowReaderOptions::new())?;
    let fields = own.schema().fields().iter().map(|field| {
        match (
            field.data_type(),
            wanted.field_with_name(field.name()).map(|field| field.data_type()),
        ) {
            (DataType::Utf8, Ok(dictionary @ DataType::Dictionary(_, _))) => {
                Arc::new(field.as_ref().clone().with_data_type(dictionary.clone()))
            }
            _ => field.clone(),
        }
    });
    let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), own.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    Ok(ArrowReaderMetadata::try_new(file.clone(), options)?)
}

/// The row groups that may have rows of `customer`.
fn groups_of(file: &CheckedFile, metadata: &ArrowReaderMetadata, customer: &str) -> Result<Vec<usize>> {
    let parquet = metadata.metadata();
    let Some(column) = column_index(parquet.file_metadata().schema_descr(), "customer") else {
        return Ok((0..parquet.num_row_groups()).collect());
    };
    let filters = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), metadata.clone());
    let mut groups = Vec::new();
    for group in 0..parquet.num_row_groups() {
        let statistics = parquet.row_group(group).column(column).statistics();
        let starts_after = statistics
            .and_then(|s| s.min_bytes_opt())
            .is_some_and(|min| min > customer.as_bytes());
        let ends_before = statistics
            .and_then(|s| s.max_bytes_opt())
            .is_some_and(|max| max < customer.as_bytes());
        if starts_after || ends_before {
            continue;
        }
        let filter = filters.get_row_group_column_bloom_filter(group, column)?;
        if filter.is_none_or(|filter| filter.check(customer)) {
            groups.push(group);
        }
    }
    Ok(groups)
}

fn column_index(schema: &SchemaDescriptor, name: &str) -> Option<usize> {
    schema
        .columns()
        .iter()
        .position(|column| column.path().string() == name)
}

/// Whether a column has a value in a row group, as far as its statistics tell.
fn has_values(group: &RowGroupMetaData, leaf: usize) -> bool {
    let column = group.column(leaf);
    let is_nested = column.column_descr().max_rep_level() > 0;
    let nulls = column.statistics().and_then(|statistics| statistics.null_count_opt());
    is_nested || nulls.is_none_or(|nulls| u64::try_from(group.num_rows()).is_ok_and(|rows| nulls < rows))
}

/// The bytes of a row group's columns, read at once.
#[derive(Clone, Debug)]
struct GroupBytes {
    /// Pieces of the file with their offsets, in order.
    pieces: Arc<[(u64, Bytes)]>,
    file_bytes: u64,
}

impl GroupBytes {
    fn read(file: &CheckedFile, group: &RowGroupMetaData, columns: &[usize]) -> Result<Self, wayside_store::Error> {
        let mut ranges: Vec<Range<u64>> = columns
            .iter()
            .map(|column| {
                let (start, length) = group.column(*column).byte_range();
                start..start.saturating_add(length)
            })
            .collect();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|next, range| {
            let is_near = next.start <= range.end.saturating_add(GAP_BYTES);
            if is_near {
                range.end = range.end.max(next.end);
            }
            is_near
        });
        let pieces = ranges.into_iter().map(|range| Ok((range.start, file.read(range)?)));
        Ok(Self {
            pieces: pieces.collect::<Result<_, _>>()?,
            file_bytes: file.len(),
        })
    }

    /// The bytes from `start` to the end of their piece.
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let piece = self.pieces.iter().rev().find(|(from, _)| *from <= start);
        let rest = piece.and_then(|(from, bytes)| {
            let at = usize::try_from(start - from).ok()?;
            (at <= bytes.len()).then(|| bytes.slice(at..))
        });
        rest.ok_or_else(|| ParquetError::EOF(format!("byte {start} is in none of the columns that were read")))
    }
}

impl Length for GroupBytes {
    fn len(&self) -> u64 {
        self.file_bytes
    }
}

impl ChunkReader for GroupBytes {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(Cursor::new(self.from(start)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!(
                "{length} bytes at {start} end behind the columns that were read"
            )));
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// Runs `work` on a thread for blocking work.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    datafusion::common::runtime::SpawnedTask::spawn_blocking(work)
        .await
        .map_err(external)?
}

fn external(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DataFusionError {
    DataFusionError::External(error.into())
}
