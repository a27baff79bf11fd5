//! The rows of the table: sorted events without copies.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, BinaryBuilder, BooleanBuilder, Decimal128Builder, Int64Array, Int64Builder,
    ListArray, NullBufferBuilder, RecordBatch, StringArray, StringBuilder, StructArray, TimestampMillisecondArray,
    TimestampMillisecondBuilder, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Field as ArrowField, FieldRef, Int64Type, Schema, TimestampMillisecondType};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use serde::Serializer;
use wayside_model::field::ITEM_FIELDS;
use wayside_model::{Consent, Event, EventId, Field, FieldType, FieldValue, Fields, Timestamp, Touch, Value};

use crate::present;
use crate::table::{self, SORTED_BY, column};

/// An event with the other columns of its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The key of its customer, see [`wayside_model::customer::key`].
    pub customer: String,
    /// The event.
    pub event: Event,
    /// The time at which the collector received it.
    pub received_at: Timestamp,
    /// The consent with which it was captured.
    pub consent: Consent,
    /// Whether the browser was automated.
    pub automated: bool,
}

impl Row {
    fn key(&self) -> (&str, Timestamp, EventId) {
        (&self.customer, self.event.time(), self.event.id())
    }

    fn source_order(&self) -> Option<i64> {
        self.event.int(Field::SourceOrder)
    }

    /// The table's order. Copies of one event are equal in its first part; the rest only makes which of them is kept
    /// independent of the order they came in.
    fn compare(&self, other: &Self) -> Ordering {
        self.key()
            .cmp(&other.key())
            .then_with(|| self.received_at.cmp(&other.received_at))
            // Rows of one import are received at one time; of those, what stood first in the file stays.
            .then_with(|| self.source_order().cmp(&other.source_order()))
            .then_with(|| self.consent.cmp(&other.consent))
            .then_with(|| self.automated.cmp(&other.automated))
            .then_with(|| self.event.visitor.cmp(&other.event.visitor))
            .then_with(|| format!("{:?}", self.event.touchpoint).cmp(&format!("{:?}", other.event.touchpoint)))
    }
}

/// Sorts rows into the table's order and drops copies. Of an event's copies, the one received first is kept.
pub fn sort(rows: &mut Vec<Row>) {
    rows.sort_by(Row::compare);
    rows.dedup_by(|later, first| later.key() == first.key());
}

/// Rows as a batch of the table's [`schema`](table::schema), in the given order.
///
/// # Errors
///
/// Fails if Arrow refuses the columns, for example because a column is too large.
pub fn to_batch<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Result<RecordBatch, ArrowError> {
    present::fit(&to_narrow_batch(rows)?, &table::schema())
}

/// Rows as a batch with only the columns of which some row has a value, in the given order.
pub(crate) fn to_narrow_batch<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Result<RecordBatch, ArrowError> {
    let mut customers = StringBuilder::new();
    let mut columns = ColumnsBuilder::default();
    for row in rows {
        customers.append_value(&row.customer);
        columns.append(&row.event, row.received_at, row.consent, row.automated);
    }
    let mut columns = columns.finish();
    columns.insert(column::CUSTOMER, Arc::new(customers.finish()));
    batch_of(columns)
}

/// A batch of columns by the table's numbers.
pub(crate) fn batch_of(columns: BTreeMap<usize, ArrayRef>) -> Result<RecordBatch, ArrowError> {
    let schema = table::schema();
    let fields = columns.iter().map(|(at, column)| {
        let field = schema.field(*at).clone();
        field.with_data_type(column.data_type().clone())
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_values().collect())
}

/// Builds the columns of rows, except for their customers. A field gets a column only once a row has the field: an ordinary row fills
/// a dozen of the table's many columns.
#[derive(Debug, Default)]
pub(crate) struct ColumnsBuilder {
    rows: usize,
    time: TimestampMillisecondBuilder,
    writer: BinaryBuilder,
    seq: Int64Builder,
    visitor: StringBuilder,
    kind: StringBuilder,
    received_at: TimestampMillisecondBuilder,
    consent: StringBuilder,
    automated: BooleanBuilder,
    /// By the table's numbers, which are few and dense: each row looks up each of its fields.
    fields: Vec<Option<Column>>,
}

impl ColumnsBuilder {
    /// Adds an event with the table's further values of it.
    pub(crate) fn append(&mut self, event: &Event, received_at: Timestamp, consent: Consent, automated: bool) {
        self.time.append_value(event.time.millis());
        self.writer.append_value(event.id.writer.0.to_be_bytes());
        self.seq.append_value(i64::from(event.id.seq));
        self.visitor.append_value(event.visitor.as_str());
        self.kind.append_value(event.touchpoint.kind().name());
        self.received_at.append_value(received_at.millis());
        self.consent.append_value(consent.name());
        let fields = event.touchpoint.fields();
        self.automated
            .append_value(automated || fields.int(Field::Automated) == Some(1));
        for (field, value) in fields.iter().filter(|(field, _)| *field != Field::Automated) {
            let Some(at) = table::field_column(field) else { continue };
            if at >= self.fields.len() {
                self.fields.resize_with(at + 1, || None);
            }
            let column = self.fields[at].get_or_insert_with(|| Column::of(field));
            column.fill(self.rows);
            column.append(Some(value));
        }
        self.rows += 1;
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns by their numbers.
    pub(crate) fn finish(mut self) -> BTreeMap<usize, ArrayRef> {
        let fixed: [(usize, ArrayRef); 8] = [
            (column::TIME, Arc::new(self.time.finish().with_timezone("UTC"))),
            (column::WRITER, Arc::new(self.writer.finish())),
            (column::SEQ, Arc::new(self.seq.finish())),
            (column::VISITOR, Arc::new(self.visitor.finish())),
            (column::KIND, Arc::new(self.kind.finish())),
            (
                column::RECEIVED_AT,
                Arc::new(self.received_at.finish().with_timezone("UTC")),
            ),
            (column::CONSENT, Arc::new(self.consent.finish())),
            (column::AUTOMATED, Arc::new(self.automated.finish())),
        ];
        let mut columns = BTreeMap::from(fixed);
        for (at, column) in self.fields.into_iter().enumerate() {
            if let Some(mut column) = column {
                column.fill(self.rows);
                columns.insert(at, column.finish());
            }
        }
        columns
    }
}

/// Merges batches into one in the table's order without copies. Returns it with the number of dropped copies.
///
/// # Errors
///
/// Fails if Arrow refuses the columns, for example because a column is too large.
pub fn merge(batches: &[RecordBatch]) -> Result<(RecordBatch, u64), ArrowError> {
    // There may be no batches.
    let fixed = present::of_rows(&[]);
    let schemas = batches.iter().map(RecordBatch::schema_ref).chain([&fixed]);
    let schema = present::union(schemas.map(AsRef::as_ref));
    let batches = batches.iter().map(|batch| present::fit(batch, &schema));
    let all = concat_batches(&schema, &batches.collect::<Result<Vec<_>, _>>()?)?;
    let in_file = source_order(&all);
    let keys = keys(&key_converter()?, &all)?;
    let mut order: Vec<usize> = (0..all.num_rows()).collect();
    order.sort_by(|a, b| {
        keys.row(*a)
            .cmp(&keys.row(*b))
            .then_with(|| arrival(&all, in_file, *a).cmp(&arrival(&all, in_file, *b)))
    });
    order.dedup_by(|later, first| keys.row(*later) == keys.row(*first));
    let copies = (all.num_rows() - order.len()) as u64;
    let indices = UInt64Array::from_iter_values(order.iter().map(|at| *at as u64));
    Ok((take_record_batch(&all, &indices)?, copies))
}

/// Makes [`keys`], of which those by one converter can be compared.
pub(crate) fn key_converter() -> Result<RowConverter, ArrowError> {
    let schema = table::schema();
    let fields = SORTED_BY.map(|at| SortField::new(schema.field(at).data_type().clone()));
    RowConverter::new(fields.to_vec())
}

/// The values of the columns by which a batch is sorted, comparable row by row.
pub(crate) fn keys(converter: &RowConverter, batch: &RecordBatch) -> Result<arrow::row::Rows, ArrowError> {
    let columns: Vec<ArrayRef> = SORTED_BY.iter().map(|at| batch.column(*at).clone()).collect();
    converter.convert_columns(&columns)
}

/// By what of an event's copies the first is chosen: when it was received, and where an import's file has it. `order` is the
/// batch's [`source_order`].
pub(crate) fn arrival(batch: &RecordBatch, order: Option<&Int64Array>, row: usize) -> (i64, Option<i64>) {
    let received = batch
        .column(column::RECEIVED_AT)
        .as_primitive::<TimestampMillisecondType>();
    let order = order.filter(|order| order.is_valid(row)).map(|order| order.value(row));
    (received.value(row), order)
}

/// The order of imported rows in their file, if a row of the batch has one.
pub(crate) fn source_order(batch: &RecordBatch) -> Option<&Int64Array> {
    let column = batch.column_by_name(Field::SourceOrder.name())?;
    Some(column.as_primitive::<Int64Type>())
}

/// The text of column `at`.
pub(crate) fn text_column(batch: &RecordBatch, at: usize) -> &StringArray {
    batch.column(at).as_string()
}

/// The times of column `at`.
pub(crate) fn time_column(batch: &RecordBatch, at: usize) -> &TimestampMillisecondArray {
    batch.column(at).as_primitive::<TimestampMillisecondType>()
}

/// The batch with another customer column.
pub(crate) fn with_customers(batch: &RecordBatch, customers: StringArray) -> Result<RecordBatch, ArrowError> {
    let mut columns = batch.columns().to_vec();
    columns[column::CUSTOMER] = Arc::new(customers);
    RecordBatch::try_new(batch.schema(), columns)
}

/// A builder for one field's column.
#[derive(Debug)]
enum Column {
    Text(StringBuilder),
    Int(Int64Builder),
    Money(Decimal128Builder),
    Bool(BooleanBuilder),
    Items(Box<ItemsBuilder>),
}

impl Column {
    fn of(field: Field) -> Self {
        match field.field_type() {
            FieldType::Text | FieldType::Url | FieldType::Props => Self::Text(StringBuilder::new()),
            FieldType::Int => Self::Int(Int64Builder::new()),
            FieldType::Money => Self::Money(Decimal128Builder::new().with_data_type(table::MONEY)),
            FieldType::Bool => Self::Bool(BooleanBuilder::new()),
            FieldType::Items => Self::Items(Box::default()),
        }
    }

    fn append(&mut self, value: Option<&FieldValue>) {
        match self {
            Self::Text(builder) => append_text(builder, value),
            Self::Int(builder) => append_int(builder, value),
            Self::Money(builder) => append_money(builder, value),
            Self::Bool(builder) => append_bool(builder, value),
            Self::Items(builder) => match value {
                Some(FieldValue::Items(items)) => builder.append(items),
                _ => builder.append_nulls(1),
            },
        }
    }

    /// Fills up with nulls to this length.
    fn fill(&mut self, rows: usize) {
        if self.len() == rows {
            return;
        }
        match self {
            Self::Text(builder) => builder.append_nulls(rows - builder.len()),
            Self::Int(builder) => builder.append_nulls(rows - builder.len()),
            Self::Money(builder) => builder.append_nulls(rows - builder.len()),
            Self::Bool(builder) => builder.append_nulls(rows - builder.len()),
            Self::Items(builder) => builder.append_nulls(rows - builder.lengths.len()),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Money(mut builder) => Arc::new(builder.finish()),
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Items(builder) => builder.finish(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(builder) => builder.len(),
            Self::Int(builder) => builder.len(),
            Self::Money(builder) => builder.len(),
            Self::Bool(builder) => builder.len(),
            Self::Items(builder) => builder.lengths.len(),
        }
    }
}

/// Builds lists of items. As in [`ColumnsBuilder`], a field gets a column only once an item has the field.
#[derive(Debug)]
struct ItemsBuilder {
    /// The number of items of each row.
    lengths: Vec<usize>,
    rows: NullBufferBuilder,
    items: usize,
    /// By their places among the fields of an item.
    fields: BTreeMap<usize, Column>,
}

impl Default for ItemsBuilder {
    fn default() -> Self {
        Self {
            lengths: Vec::new(),
            rows: NullBufferBuilder::new(0),
            items: 0,
            // Parquet has no structs without a field.
            fields: BTreeMap::from([(0, Column::of(ITEM_FIELDS[0]))]),
        }
    }
}

impl ItemsBuilder {
    fn append(&mut self, items: &[Fields]) {
        for item in items {
            for (field, value) in item.iter() {
                let Some(at) = ITEM_FIELDS.iter().position(|known| *known == field) else {
                    continue;
                };
                let column = self.fields.entry(at).or_insert_with(|| Column::of(field));
                column.fill(self.items);
                column.append(Some(value));
            }
            self.items += 1;
        }
        self.lengths.push(items.len());
        self.rows.append_non_null();
    }

    fn append_nulls(&mut self, count: usize) {
        self.lengths.resize(self.lengths.len() + count, 0);
        self.rows.append_n_nulls(count);
    }

    fn finish(mut self) -> ArrayRef {
        let types = table::item_columns();
        let (mut fields, mut columns) = (Vec::<FieldRef>::new(), Vec::new());
        for (at, mut column) in self.fields {
            column.fill(self.items);
            fields.push(Arc::clone(&types[at]));
            columns.push(column.finish());
        }
        let items = StructArray::new(fields.into(), columns, None);
        let element = ArrowField::new("element", items.data_type().clone(), true);
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Arc::new(ListArray::new(
            Arc::new(element),
            offsets,
            Arc::new(items),
            self.rows.finish(),
        ))
    }
}

fn append_text(builder: &mut StringBuilder, value: Option<&FieldValue>) {
    match value {
        Some(FieldValue::Text(text)) => builder.append_value(text),
        Some(FieldValue::Props(props)) => builder.append_value(json(props)),
        _ => builder.append_null(),
    }
}

fn append_int(builder: &mut Int64Builder, value: Option<&FieldValue>) {
    builder.append_option(match value {
        Some(FieldValue::Int(n)) => Some(*n),
        _ => None,
    });
}

fn append_money(builder: &mut Decimal128Builder, value: Option<&FieldValue>) {
    builder.append_option(match value {
        Some(FieldValue::Money(money)) => Some(i128::from(money.micros())),
        _ => None,
    });
}

fn append_bool(builder: &mut BooleanBuilder, value: Option<&FieldValue>) {
    builder.append_option(match value {
        Some(FieldValue::Bool(b)) => Some(*b),
        _ => None,
    });
}

/// Properties as the text of a JSON object. This always succeeds, because a [`Value`] has only text keys and finite numbers.
fn json(props: &[(String, Value)]) -> String {
    let mut text = Vec::new();
    let pairs = props.iter().map(|(name, value)| (name, value));
    let written = serde_json::Serializer::new(&mut text).collect_map(pairs);
    written
        .ok()
        .and_then(|()| String::from_utf8(text).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use wayside_model::{Fields, Kind, Touchpoint};

    use super::*;
    use crate::merge::{Merged, Run};
    use crate::testing::{event, identify, row};

    #[test]
    fn rows_become_columns_of_the_schema() {
        let rich = crate::testing::rich_event();
        let batch = to_batch(&[row("anon:v", rich), row("anon:v", event("v", 1, 2, 3))]).unwrap();
        assert_eq!(batch.schema(), table::schema());
        let column = |field| batch.column(table::field_column(field).unwrap());
        let value = column(Field::Value).as_primitive::<arrow::datatypes::Decimal128Type>();
        assert_eq!(value.value(0), 19_900_000);
        assert!(value.is_null(1));
        let items = column(Field::Items).as_list::<i32>();
        assert_eq!(items.value(0).len(), 2);
        assert!(items.is_null(1));
        let first = items.value(0);
        let names = first.as_struct().column_by_name("item_id").unwrap().as_string::<i32>();
        assert_eq!(names.value(1), "cup");
        assert_eq!(
            column(Field::Props).as_string::<i32>().value(0),
            r#"{"colour":"blue","size":7}"#
        );
    }

    #[test]
    fn of_two_rows_of_one_identity_the_first_of_the_file_stays() {
        let told = |order: i64, method: &str| {
            let mut fields = Fields::new();
            fields.set_text(Field::Method, method);
            fields.set_int(Field::SourceOrder, order);
            let touchpoint = Touchpoint::made(Kind::Login, fields);
            row(
                "v",
                Event {
                    touchpoint,
                    ..event("v", 1, 0, 10)
                },
            )
        };
        for mut rows in [[told(0, "b"), told(1, "a")], [told(1, "a"), told(0, "b")]].map(Vec::from) {
            let batches: Vec<_> = rows.iter().map(|row| to_batch([row]).unwrap()).collect();
            let merged = merge(&batches).unwrap();
            assert_eq!(merged, (to_batch(&[told(0, "b")]).unwrap(), 1));
            let runs = batches
                .into_iter()
                .map(|batch| Box::new([Ok(batch)].into_iter()) as Run<'_>);
            let in_pieces = Merged::new(std::path::Path::new("x"), runs.collect()).unwrap();
            let in_pieces: Vec<_> = in_pieces.collect::<crate::error::Result<_>>().unwrap();
            assert_eq!(in_pieces, [merged.0]);
            sort(&mut rows);
            assert_eq!(rows, [told(0, "b")]);
        }
    }

    #[test]
    fn merging_rows_and_merging_batches_agree() {
        let rows = [
            row("b", event("v1", 1, 0, 10)),
            row("a", identify("v2", "a", 2, 0, 20)),
            row("a", event("v2", 3, 0, 5)),
            row("b", event("v1", 1, 0, 10)),
            row("a", event("v2", u128::MAX, 0, 5)),
        ];
        let mut sorted = rows.to_vec();
        sort(&mut sorted);
        let batches: Vec<_> = rows
            .iter()
            .map(|row| to_batch(std::slice::from_ref(row)).unwrap())
            .collect();
        let (merged, copies) = merge(&batches).unwrap();
        assert_eq!((merged, copies), (to_batch(&sorted).unwrap(), 1));
    }
}
