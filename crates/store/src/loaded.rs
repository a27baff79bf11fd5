//! Rows of a load as columns, sorted by month, bucket and the table's order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Field as ArrowField, Int64Type, Schema, SchemaRef, TimestampMillisecondType};
use arrow::error::ArrowError;
use wayside_model::{SiteId, Timestamp};

use crate::identities::Identities;
use crate::known::Key;
use crate::piece::{PIECE_BYTES, PIECE_ROWS, row_bytes};
use crate::present;
use crate::rows::{batch_of, source_order};
use crate::spill::Piece;
use crate::table::{self, bucket, column, year_month};

/// Rows that are committed together. An event that comes twice is in it once.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The rows, in each batch with the same columns: all but the customer.
    batches: Vec<RecordBatch>,
    /// Bytes of memory that each row takes.
    bytes: Vec<Vec<usize>>,
    /// Customers in order, each once.
    customers: Vec<String>,
    /// The place of each row's customer among them.
    ranks: Vec<Vec<u32>>,
    /// The columns of the rows, the customer's first.
    pub(crate) schema: SchemaRef,
    /// How many rows there were, copies included.
    pub(crate) good: u64,
}

impl Default for Loaded {
    fn default() -> Self {
        Self {
            batches: Vec::new(),
            bytes: Vec::new(),
            customers: Vec::new(),
            ranks: Vec::new(),
            schema: Arc::new(Schema::empty()),
            good: 0,
        }
    }
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

/// The part that rows come into: year, month and bucket.
type PartKey = (i64, u32, u16);

impl Loaded {
    /// Rows of `site` that have not been given their customers yet, by the columns' numbers.
    pub(crate) fn new(site: &SiteId, pieces: Vec<Piece>, identities: &Identities) -> Result<Self, ArrowError> {
        let pieces = pieces.into_iter().map(batch_of).collect::<Result<Vec<_>, _>>()?;
        let columns = present::union(pieces.iter().map(|piece| piece.schema_ref().as_ref()));
        let batches = pieces.iter().map(|piece| present::fit(piece, &columns));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        drop(pieces);
        let (customers, ranks) = customers(site, &batches, identities);
        let customer: ArrowField = table::schema().field(column::CUSTOMER).clone();
        let fields = columns.fields().iter().map(Arc::clone);
        let fields: Vec<_> = std::iter::once(Arc::new(customer)).chain(fields).collect();
        Ok(Self {
            bytes: batches.iter().map(row_bytes).collect(),
            good: batches.iter().map(|batch| batch.num_rows() as u64).sum(),
            batches,
            customers,
            ranks,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    /// Its rows by month and bucket.
    pub(crate) fn parts(&self) -> BTreeMap<(String, u16), LoadedPart> {
        let views = self.views();
        let buckets: Vec<u16> = self.customers.iter().map(|customer| bucket(customer)).collect();
        let mut parts: BTreeMap<PartKey, Vec<(u32, i64, At)>> = BTreeMap::new();
        for (view, batch) in views.iter().zip(0..) {
            for ((row, time), rank) in (0..).zip(view.times).zip(view.ranks) {
                let (year, month) = year_month(Timestamp::from_millis(*time));
                let key = (year, month, buckets[*rank as usize]);
                parts.entry(key).or_default().push((*rank, *time, (batch, row)));
            }
        }
        let parts = parts.into_iter().map(|((year, month, bucket), mut rows)| {
            // Customer and time place nearly every row; looking the rest up takes much longer.
            rows.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| compare(&views, a.2, b.2)));
            let before = rows.len();
            rows.dedup_by(|later, first| {
                (later.0, later.1) == (first.0, first.1) && identity(&views, later.2) == identity(&views, first.2)
            });
            let copies = (before - rows.len()) as u64;
            let rows = rows.into_iter().map(|(_, _, at)| at).collect();
            ((format!("{year:04}-{month:02}"), bucket), LoadedPart { rows, copies })
        });
        parts.collect()
    }

    /// The keys of these rows.
    pub(crate) fn keys<'a>(&'a self, rows: &'a [At]) -> impl Iterator<Item = Key<'a>> + 'a {
        let views = self.views();
        rows.iter().map(move |at| {
            let (writer, seq) = identity(&views, *at);
            let (batch, row) = (at.0 as usize, at.1 as usize);
            Key {
                customer: self.customer(*at),
                time: views[batch].times[row],
                writer,
                seq,
            }
        })
    }

    fn views(&self) -> Vec<View<'_>> {
        let batches = self.batches.iter().zip(&self.ranks);
        batches.map(|(batch, ranks)| View::of(batch, ranks)).collect()
    }

    fn customer(&self, (batch, row): At) -> &str {
        &self.customers[self.ranks[batch as usize][row as usize] as usize]
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
                let customers = piece.iter().map(|at| Some(self.customer(*at)));
                let mut columns = vec![Arc::new(customers.collect::<StringArray>()) as _];
                columns.extend(picked.columns().iter().cloned());
                RecordBatch::try_new(Arc::clone(&self.schema), columns)
            })
        })
    }
}

/// The columns that rows are sorted by.
struct View<'a> {
    ranks: &'a [u32],
    times: &'a [i64],
    writers: &'a BinaryArray,
    seqs: &'a [i64],
    received: &'a [i64],
    /// Of imported rows: their order in the file.
    source_order: Option<&'a Int64Array>,
}

impl<'a> View<'a> {
    fn of(batch: &'a RecordBatch, ranks: &'a [u32]) -> Self {
        // The fixed columns are in every batch, except for the customer.
        let fixed = |at: usize| batch.column(at - 1);
        let time = |at: usize| fixed(at).as_primitive::<TimestampMillisecondType>().values();
        Self {
            ranks,
            times: time(column::TIME),
            writers: fixed(column::WRITER).as_binary(),
            seqs: fixed(column::SEQ).as_primitive::<Int64Type>().values(),
            received: time(column::RECEIVED_AT),
            source_order: source_order(batch),
        }
    }
}

/// Writer and seq of a row.
fn identity<'a>(views: &[View<'a>], (batch, row): At) -> (&'a [u8], i64) {
    let (view, row) = (&views[batch as usize], row as usize);
    (view.writers.value(row), view.seqs[row])
}

/// The table's order of rows of one customer and time. Of copies the one that was received first comes first; of those of one import,
/// the first of its file.
fn compare(views: &[View<'_>], a: At, b: At) -> Ordering {
    let rest = |(batch, row): At| {
        let (view, row) = (&views[batch as usize], row as usize);
        let order = view.source_order.filter(|order| order.is_valid(row));
        (view.received[row], order.map(|order| order.value(row)))
    };
    let by_identity = identity(views, a).cmp(&identity(views, b));
    by_identity.then_with(|| rest(a).cmp(&rest(b))).then_with(|| a.cmp(&b))
}

/// The customers of these rows in order, each once, and the place among them of each row's.
fn customers(site: &SiteId, batches: &[RecordBatch], identities: &Identities) -> (Vec<String>, Vec<Vec<u32>>) {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut keys: Vec<String> = Vec::new();
    let mut visitors: Vec<Vec<u32>> = Vec::with_capacity(batches.len());
    for batch in batches {
        let column: &StringArray = batch.column(column::VISITOR - 1).as_string();
        let of_batch = column.iter().map(|visitor| {
            let visitor = visitor.unwrap_or_default();
            *known.entry(visitor).or_insert_with(|| {
                keys.push(identities.key(site, visitor));
                (keys.len() - 1) as u32
            })
        });
        visitors.push(of_batch.collect());
    }
    let mut customers = keys.clone();
    customers.sort_unstable();
    customers.dedup();
    let places: HashMap<&str, u32> = customers.iter().map(String::as_str).zip(0..).collect();
    let ranks: Vec<u32> = keys.iter().map(|key| places[key.as_str()]).collect();
    for of_batch in &mut visitors {
        of_batch
            .iter_mut()
            .for_each(|visitor| *visitor = ranks[*visitor as usize]);
    }
    (customers, visitors)
}
