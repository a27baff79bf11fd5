//! Typed access to the columns of a batch.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Int64Array, StringArray,
    TimestampMillisecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, Schema, SchemaRef, TimestampMillisecondType};
use arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use std::sync::{Arc, LazyLock, OnceLock};
use wayside_model::channel::{ARRIVAL_FIELDS, arrival_channel};
use wayside_model::detect::PathWords;
use wayside_model::money::order_number;
use wayside_model::{Channel, EventId, Field, FieldType, FieldValue, Fields, Kind, Money, Timestamp, Value, WriterId};

use super::fieldset::FieldSet;
use super::items::{Item, ItemColumn};
use super::memo::{ChannelMemo, TextPlace, WordMemo};
use super::texts::Texts;

/// The positions of columns in the batches of a scan.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    customer: usize,
    time: usize,
    /// The columns of the id, if they are read with the others.
    id: Option<(usize, usize)>,
    visitor: usize,
    kind: usize,
    automated: usize,
    fields: Vec<(Field, usize)>,
}

impl Layout {
    /// Whether ids are read with the other columns.
    pub(super) fn has_ids(&self) -> bool {
        self.id.is_some()
    }

    /// The layout of a projection of the table's schema.
    pub(crate) fn of(schema: &SchemaRef) -> Result<Self> {
        Ok(Self {
            customer: schema.index_of("customer")?,
            time: schema.index_of("time")?,
            id: schema.index_of("writer").ok().zip(schema.index_of("seq").ok()),
            visitor: schema.index_of("visitor")?,
            kind: schema.index_of("kind")?,
            automated: schema.index_of("automated")?,
            fields: wayside_store::table::fields()
                .iter()
                .filter_map(|field| schema.index_of(field.name()).ok().map(|at| (*field, at)))
                .collect(),
        })
    }
}

/// The columns, as sorted positions in the table's schema, that a scan reads for `fields` and the columns `others`. IdColumns are
/// among them only if `others` has them; they take longer to read than all the rest, and few rows need one.
pub(crate) fn projection(fields: FieldSet, others: impl IntoIterator<Item = usize>) -> Vec<usize> {
    use wayside_store::table::{column, field_column};
    let mut at = vec![
        column::CUSTOMER,
        column::TIME,
        column::VISITOR,
        column::KIND,
        column::AUTOMATED,
    ];
    at.extend(
        wayside_store::table::fields()
            .iter()
            .filter(|field| fields.contains(**field))
            .filter_map(|field| field_column(*field)),
    );
    at.extend(others);
    at.sort_unstable();
    at.dedup();
    at
}

/// The schema of a scan's batches: the table's columns at these positions, with texts as [`Texts`]. Properties stay as they
/// are, for hardly any two are alike.
pub(crate) fn scan_schema(columns: &[usize]) -> Result<SchemaRef> {
    let schema = wayside_store::table::schema().project(columns)?;
    let fields = schema.fields().iter().map(|field| {
        let is_props = Field::from_name(field.name()).is_some_and(|field| field.field_type() == FieldType::Props);
        match field.data_type() {
            DataType::Utf8 if !is_props => Arc::new(field.as_ref().clone().with_data_type(Texts::data_type())),
            _ => field.clone(),
        }
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// A batch of the table as a scan's batch of this schema.
pub(crate) fn as_scanned(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    Ok(RecordBatch::try_new(
        schema.clone(),
        columns.collect::<Result<_, _>>()?,
    )?)
}

/// The columns of one batch.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) batch: RecordBatch,
    customer: Texts,
    time: TimestampMillisecondArray,
    ids: OnceLock<IdColumns>,
    visitor: Texts,
    automated: BooleanArray,
    kinds: Vec<Kind>,
    /// The columns of fields by code; `None` if the batch has no value of the field.
    fields: Vec<Option<Column>>,
    words: Arc<WordMemo>,
    channels: Arc<ChannelMemo>,
    pub(crate) bytes: usize,
    pub(super) origin: Origin,
}

/// The origin of a batch: its run, and its number among the batches of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin {
    pub(super) run: usize,
    pub(super) number: usize,
}

#[derive(Debug)]
struct IdColumns {
    writer: BinaryArray,
    seq: Int64Array,
}

#[derive(Debug)]
pub(super) enum Column {
    Text(Texts),
    /// Texts within items.
    Plain(StringArray),
    Int(Int64Array),
    Money(Decimal128Array),
    Bool(BooleanArray),
    Items(ItemColumn),
    Props(StringArray),
}

impl Columns {
    /// The columns of a batch. If it has the same dictionaries as the batch `before`, it continues that one's memos.
    pub(crate) fn new(batch: RecordBatch, layout: &Layout, origin: Origin, before: Option<&Self>) -> Result<Self> {
        let kind = texts(batch.column(layout.kind))?;
        let kinds: Vec<Kind> = kind
            .dictionary()
            .iter()
            .map(|name| kind_of(name.unwrap_or_default()))
            .collect();
        let mut fields = Vec::new();
        for (field, at) in &layout.fields {
            let array = batch.column(*at);
            if array.null_count() == array.len() {
                continue;
            }
            let code = usize::from(field.code());
            if fields.len() <= code {
                fields.resize_with(code + 1, || None);
            }
            fields[code] = Some(Column::new(*field, array)?);
        }
        let words = match (before, text_column(&fields, Field::Url)) {
            (Some(before), Some(urls)) if share_dictionary(before.texts(Field::Url), Some(urls)) => {
                before.words.clone()
            }
            (_, urls) => Arc::new(WordMemo::new(urls.map_or(0, |urls| urls.dictionary().len()))),
        };
        let shares = |before: &&Self| {
            let mut arrival = ARRIVAL_FIELDS.iter();
            arrival.all(|field| share_dictionary(before.texts(*field), text_column(&fields, *field)))
        };
        let channels = before
            .filter(shares)
            .map_or_else(Arc::default, |before| before.channels.clone());
        Ok(Self {
            customer: texts(batch.column(layout.customer))?,
            time: primitive(batch.column(layout.time).as_primitive_opt::<TimestampMillisecondType>())?,
            ids: match layout.id {
                Some((writer, seq)) => OnceLock::from(IdColumns::new(batch.column(writer), batch.column(seq))?),
                None => OnceLock::new(),
            },
            visitor: texts(batch.column(layout.visitor))?,
            automated: primitive(batch.column(layout.automated).as_boolean_opt())?,
            kinds: (0..batch.num_rows())
                .map(|row| kind.key(row).map_or(Kind::Custom, |key| kinds[key]))
                .collect(),
            fields,
            words,
            channels,
            bytes: batch.get_array_memory_size(),
            batch,
            origin,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn customer(&self, row: usize) -> &str {
        self.customer.value(row)
    }

    /// The first row after `row` of another customer, or the batch's length.
    pub(crate) fn end_of_customer(&self, row: usize) -> usize {
        let same = |at: usize| self.customer.are_same(row, at);
        // An exponential search followed by a binary search, because most customers have a handful of rows and some
        // have thousands.
        let (mut low, mut step) = (row, 1);
        while low + step < self.len() && same(low + step) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(self.len());
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if same(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    pub(crate) fn time(&self, row: usize) -> Timestamp {
        Timestamp::from_millis(self.time.value(row))
    }

    /// The id of a row; zero if ids have not been read.
    pub(crate) fn id(&self, row: usize) -> EventId {
        self.ids.get().map_or_else(EventId::default, |ids| ids.id(row))
    }

    /// Whether ids have been read.
    pub(super) fn has_ids(&self) -> bool {
        self.ids.get().is_some()
    }

    /// Adds the ids of the batch's rows, which were read separately.
    pub(super) fn add_ids(&self, writer: &ArrayRef, seq: &ArrayRef) -> Result<()> {
        let ids = IdColumns::new(writer, seq)?;
        if ids.seq.len() != self.len() {
            return Err(DataFusionError::Internal(
                "a batch of ids has another length than its rows".into(),
            ));
        }
        // They cannot have been added before, because a batch of them is read once.
        let _ = self.ids.set(ids);
        Ok(())
    }

    pub(crate) fn visitor(&self, row: usize) -> &str {
        self.visitor.value(row)
    }

    pub(crate) fn kind(&self, row: usize) -> Kind {
        self.kinds[row]
    }

    pub(crate) fn is_automated(&self, row: usize) -> bool {
        self.automated.value(row)
    }

    pub(crate) fn text(&self, row: usize, field: Field) -> Option<&str> {
        let Column::Text(texts) = self.column(field)? else {
            return None;
        };
        let text = texts.get(row)?;
        match field {
            Field::TransactionId => order_number(text),
            _ => Some(text),
        }
    }

    pub(crate) fn int(&self, row: usize, field: Field) -> Option<i64> {
        if field == Field::Automated {
            return Some(i64::from(self.is_automated(row)));
        }
        self.column(field)?.int(row)
    }

    /// The products of a row.
    pub(crate) fn items(&self, row: usize) -> impl Iterator<Item = Item<'_>> {
        let items = match self.column(Field::Items) {
            Some(Column::Items(items)) => Some(items),
            _ => None,
        };
        items.into_iter().flat_map(move |items| items.items(row))
    }

    /// The words in the path of a row's address.
    pub(crate) fn path_words(&self, row: usize) -> PathWords {
        let urls = self.texts(Field::Url);
        urls.and_then(|urls| Some((urls.key(row)?, urls)))
            .map_or_else(PathWords::default, |(key, urls)| {
                self.words.words(key, urls.dictionary().value(key))
            })
    }

    /// The place of a row's address; `None` if it has none.
    pub(crate) fn address_place(&self, row: usize) -> Option<TextPlace> {
        let key = self.texts(Field::Url)?.key(row)?;
        Some(self.words.place(key))
    }

    /// The channel by which a page view arrives.
    pub(crate) fn arrival_channel(&self, row: usize) -> Channel {
        let arrival = ARRIVAL_FIELDS.map(|field| self.texts(field)?.key(row));
        self.channels
            .channel(arrival, || arrival_channel(|field| self.text(row, field)))
    }

    fn texts(&self, field: Field) -> Option<&Texts> {
        text_column(&self.fields, field)
    }

    /// All fields of a row that the batch contains, for display.
    pub(crate) fn touchpoint_fields(&self, row: usize) -> Fields {
        let mut out = Fields::new();
        for (code, column) in self.fields.iter().enumerate() {
            let (Some(column), Some(field)) = (column, Field::from_code(code as u8)) else {
                continue;
            };
            // It is the position of a row in its file and not part of the touchpoint.
            if field == Field::SourceOrder {
                continue;
            }
            if let Some(value) = column.value(row) {
                // Values in the table have passed the same check.
                let _ = out.set(field, value);
            }
        }
        out
    }

    /// A property of a row as text.
    pub(crate) fn prop(&self, row: usize, name: &str) -> Option<String> {
        let pairs = self.pairs(row, Field::Props);
        pairs
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// The pairs of a field of a row, with their values as text.
    pub(crate) fn pairs(&self, row: usize, field: Field) -> Vec<(String, String)> {
        let Some(FieldValue::Props(pairs)) = self.column(field).and_then(|column| column.value(row)) else {
            return Vec::new();
        };
        let pairs = pairs.into_iter().filter_map(|(name, value)| match value {
            Value::Text(text) => Some((name, text)),
            Value::Int(n) => Some((name, n.to_string())),
            Value::Float(n) => Some((name, n.to_string())),
            Value::Bool(b) => Some((name, b.to_string())),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        });
        pairs.collect()
    }

    fn column(&self, field: Field) -> Option<&Column> {
        self.fields.get(usize::from(field.code()))?.as_ref()
    }
}

impl IdColumns {
    fn new(writer: &ArrayRef, seq: &ArrayRef) -> Result<Self> {
        Ok(Self {
            writer: primitive(writer.as_binary_opt())?,
            seq: primitive(seq.as_primitive_opt::<Int64Type>())?,
        })
    }

    fn id(&self, row: usize) -> EventId {
        let bytes = self.writer.value(row);
        EventId {
            // The store writes 16 bytes. A value of any other length is not from Wayside and gets an id of its own.
            writer: WriterId(bytes.try_into().map_or(u128::MAX, u128::from_be_bytes)),
            seq: self.seq.value(row) as u32,
        }
    }
}

impl Column {
    pub(super) fn new(field: Field, array: &ArrayRef) -> Result<Self> {
        Ok(match field.field_type() {
            FieldType::Text | FieldType::Url => match array.as_string_opt() {
                Some(plain) => Self::Plain(plain.clone()),
                None => Self::Text(texts(array)?),
            },
            FieldType::Props => Self::Props(string(array)?),
            FieldType::Int => Self::Int(primitive(array.as_primitive_opt::<Int64Type>())?),
            FieldType::Money => Self::Money(primitive(array.as_primitive_opt::<Decimal128Type>())?),
            FieldType::Bool => Self::Bool(primitive(array.as_boolean_opt())?),
            FieldType::Items => Self::Items(ItemColumn::new(&primitive(array.as_list_opt::<i32>())?)?),
        })
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(texts) => texts.get(row),
            Self::Plain(array) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    /// A whole number, an amount in millionths, or true or false as 1 or 0.
    pub(super) fn int(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int(array) if array.is_valid(row) => Some(array.value(row)),
            Self::Money(array) if array.is_valid(row) => i64::try_from(array.value(row)).ok(),
            Self::Bool(array) if array.is_valid(row) => Some(i64::from(array.value(row))),
            _ => None,
        }
    }

    pub(super) fn value(&self, row: usize) -> Option<FieldValue> {
        match self {
            Self::Text(texts) => texts.get(row).map(|text| FieldValue::Text(text.into())),
            Self::Plain(array) => array.is_valid(row).then(|| FieldValue::Text(array.value(row).into())),
            Self::Int(array) => array.is_valid(row).then(|| FieldValue::Int(array.value(row))),
            Self::Money(array) => money(array, row),
            Self::Bool(array) => array.is_valid(row).then(|| FieldValue::Bool(array.value(row))),
            Self::Items(items) => items.value(row).map(FieldValue::Items),
            Self::Props(array) => array
                .is_valid(row)
                .then(|| serde_json::from_str::<Value>(array.value(row)).ok())
                .flatten()
                .map(|props| FieldValue::Props(props.pairs().to_vec())),
        }
    }
}

fn text_column(fields: &[Option<Column>], field: Field) -> Option<&Texts> {
    match fields.get(usize::from(field.code()))?.as_ref()? {
        Column::Text(texts) => Some(texts),
        _ => None,
    }
}

fn share_dictionary(a: Option<&Texts>, b: Option<&Texts>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.shares_dictionary(b),
        (None, None) => true,
        _ => false,
    }
}

fn money(array: &Decimal128Array, row: usize) -> Option<FieldValue> {
    let micros = array
        .is_valid(row)
        .then(|| i64::try_from(array.value(row)).ok())
        .flatten()?;
    Money::from_micros(micros).map(FieldValue::Money)
}

fn texts(array: &ArrayRef) -> Result<Texts> {
    primitive(Texts::new(array).as_ref())
}

fn string(array: &ArrayRef) -> Result<StringArray> {
    primitive(array.as_string_opt::<i32>())
}

fn primitive<T: Clone>(array: Option<&T>) -> Result<T> {
    array
        .cloned()
        .ok_or_else(|| DataFusionError::Internal("a column of the table has another type than its schema says".into()))
}

/// The kind with this name; an unknown name gives the custom kind.
///
/// It uses a table, because [`Kind::from_name`] compares the names one by one, which is slow for millions of rows.
fn kind_of(name: &str) -> Kind {
    static SLOTS: LazyLock<[Option<Kind>; 256]> = LazyLock::new(|| {
        let mut slots = [None; 256];
        for kind in Kind::ALL {
            let mut slot = kind_slot(kind.name());
            while slots[slot].is_some() {
                slot = (slot + 1) % 256;
            }
            slots[slot] = Some(*kind);
        }
        slots
    });
    let mut slot = kind_slot(name);
    while let Some(kind) = SLOTS[slot] {
        if kind.name() == name {
            return kind;
        }
        slot = (slot + 1) % 256;
    }
    Kind::Custom
}

fn kind_slot(name: &str) -> usize {
    let bytes = name.as_bytes();
    let at = |i: usize| bytes.get(i).copied().map_or(0, usize::from);
    (bytes.len() * 7 + at(0) * 31 + at(bytes.len() / 2) * 17 + at(bytes.len().saturating_sub(1)) * 5) % 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(kind_of(kind.name()), *kind);
        }
        for name in ["", "x", "page_views", "purchas", "ein_kauf"] {
            assert_eq!(kind_of(name), Kind::Custom);
        }
    }
}
