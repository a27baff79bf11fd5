//! Rows of a load as columns, sorted by month, bucket and the table's order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Int64Type, SchemaRef, TimestampMillisecondType};
use arrow::error::ArrowError;
use wayside_model::{Field, SiteId, Timestamp};

use crate::identities::Identities;
use crate::known::Key;
use crate::piece::{PIECE_BYTES, PIECE_ROWS, row_bytes};
use crate::rows::{text_column, whole};
use crate::table::{self, bucket, column, year_month};

/// Rows that are committed together: in each batch the same columns, the customer's first. An event that comes twice is in it once.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The table's columns that the batches have, by number.
    columns: Vec<usize>,
    batches: Vec<RecordBatch>,
    /// Bytes of memory that each row takes.
    bytes: Vec<Vec<usize>>,
    /// How many rows there were, copies included.
    pub(crate) good: u64,
}

/// A row: its batch, and its place there.
pub(crate) type At = (u32, u32);

/// The rows of one month and bucket in the table's order, each event once.
#[derive(Debug, Default)]
pub(crate) struct LoadedPart {
    pub(crate) rows: Vec<At>,
    /// Copies that were dropped.
    pub(crate) copies: u64,
}

impl Loaded {
    /// Rows of `site` that have not been given their customers yet, by the columns' numbers.
    pub(crate) fn new(
        site: &SiteId,
        pieces: Vec<BTreeMap<usize, ArrayRef>>,
        identities: &Identities,
    ) -> Result<Self, ArrowError> {
        let mut columns: Vec<usize> = pieces.iter().flat_map(|piece| piece.keys().copied()).collect();
        columns.push(column::CUSTOMER);
        columns.sort_unstable();
        columns.dedup();
        let schema: SchemaRef = table::schema().project(&columns)?.into();
        let mut batches = Vec::new();
        for mut piece in pieces {
            let rows = piece.get(&column::TIME).map_or(0, |times| times.len());
            if let Some(visitors) = piece.get(&column::VISITOR) {
                piece.insert(column::CUSTOMER, customers(site, visitors.as_string(), identities));
            }
            let arrays = columns.iter().zip(schema.fields()).map(|(at, field)| {
                let array = piece.remove(at);
                array.unwrap_or_else(|| new_null_array(field.data_type(), rows))
            });
            batches.push(RecordBatch::try_new(schema.clone(), arrays.collect())?);
        }
        Ok(Self {
            columns,
            bytes: batches.iter().map(row_bytes).collect(),
            good: batches.iter().map(|batch| batch.num_rows() as u64).sum(),
            batches,
        })
    }

    /// Its rows by month and bucket.
    pub(crate) fn parts(&self) -> BTreeMap<(String, u16), LoadedPart> {
        let views: Vec<View<'_>> = self
            .batches
            .iter()
            .map(|batch| View::of(batch, &self.columns))
            .collect();
        let mut parts: BTreeMap<((i64, u32), u16), Vec<At>> = BTreeMap::new();
        for (view, batch) in views.iter().zip(0..) {
            for (row, time) in (0..).zip(view.times) {
                let month = year_month(Timestamp::from_millis(*time));
                let bucket = bucket(view.customers.value(row as usize));
                parts.entry((month, bucket)).or_default().push((batch, row));
            }
        }
        let parts = parts.into_iter().map(|((month, bucket), mut rows)| {
            rows.sort_by(|a, b| compare(&views, *a, *b));
            let before = rows.len();
            rows.dedup_by(|later, first| key(&views, *later) == key(&views, *first));
            let copies = (before - rows.len()) as u64;
            let month = format!("{:04}-{:02}", month.0, month.1);
            ((month, bucket), LoadedPart { rows, copies })
        });
        parts.collect()
    }

    /// The keys of these rows.
    pub(crate) fn keys<'a>(&'a self, rows: &'a [At]) -> impl Iterator<Item = Key<'a>> + 'a {
        let views: Vec<View<'_>> = self
            .batches
            .iter()
            .map(|batch| View::of(batch, &self.columns))
            .collect();
        rows.iter().map(move |at| key(&views, *at))
    }

    /// The rows as the table has them, in pieces.
    pub(crate) fn pieces<'a>(
        &'a self,
        mut rows: &'a [At],
    ) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + 'a {
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        std::iter::from_fn(move || {
            let mut bytes = 0;
            let fitting = rows.iter().take(PIECE_ROWS).take_while(|(batch, row)| {
                bytes += self.bytes[*batch as usize][*row as usize];
                bytes <= PIECE_BYTES
            });
            let count = fitting.count().max(1).min(rows.len());
            let (piece, rest) = rows.split_at(count);
            rows = rest;
            (!piece.is_empty()).then(|| {
                let places: Vec<_> = piece
                    .iter()
                    .map(|(batch, row)| (*batch as usize, *row as usize))
                    .collect();
                let picked = interleave_record_batch(&batches, &places)?;
                let columns = self.columns.iter().copied().zip(picked.columns().iter().cloned());
                whole(columns.collect(), picked.num_rows())
            })
        })
    }
}

/// The columns that rows are sorted by.
struct View<'a> {
    customers: &'a StringArray,
    times: &'a [i64],
    writers: &'a BinaryArray,
    seqs: &'a [i64],
    received: &'a [i64],
    /// Of imported rows: their order in the file.
    source_order: Option<&'a Int64Array>,
}

impl<'a> View<'a> {
    fn of(batch: &'a RecordBatch, columns: &[usize]) -> Self {
        let time = |at: usize| batch.column(at).as_primitive::<TimestampMillisecondType>().values();
        let order = table::field_column(Field::SourceOrder).and_then(|at| columns.binary_search(&at).ok());
        // The fixed columns are in every batch, at the table's own places.
        Self {
            customers: text_column(batch, column::CUSTOMER),
            times: time(column::TIME),
            writers: batch.column(column::WRITER).as_binary(),
            seqs: batch.column(column::SEQ).as_primitive::<Int64Type>().values(),
            received: time(column::RECEIVED_AT),
            source_order: order.map(|at| batch.column(at).as_primitive()),
        }
    }
}

fn key<'a>(views: &[View<'a>], (batch, row): At) -> Key<'a> {
    let (view, row) = (&views[batch as usize], row as usize);
    Key {
        customer: view.customers.value(row),
        time: view.times[row],
        writer: view.writers.value(row),
        seq: view.seqs[row],
    }
}

/// The table's order. Of copies the one that was received first comes first; of those of one import, the first of its file.
fn compare(views: &[View<'_>], a: At, b: At) -> Ordering {
    let rest = |(batch, row): At| {
        let (view, row) = (&views[batch as usize], row as usize);
        let order = view.source_order.filter(|order| order.is_valid(row));
        (view.received[row], order.map(|order| order.value(row)))
    };
    key(views, a).cmp(&key(views, b)).then_with(|| rest(a).cmp(&rest(b)))
}

/// The customers of these visitors. Neighbouring rows are often of one visitor.
fn customers(site: &SiteId, visitors: &StringArray, identities: &Identities) -> ArrayRef {
    let mut last: Option<(&str, String)> = None;
    let customers = visitors.iter().map(|visitor| {
        let visitor = visitor.unwrap_or_default();
        if last.as_ref().is_none_or(|(known, _)| *known != visitor) {
            last = Some((visitor, identities.key(site, visitor)));
        }
        last.as_ref().map(|(_, customer)| customer.clone())
    });
    std::sync::Arc::new(customers.collect::<StringArray>())
}
