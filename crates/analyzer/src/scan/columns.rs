//! Typed access to the columns of a batch.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Int64Array, ListArray, StringArray,
    StructArray, TimestampMillisecondArray,
};
use arrow::datatypes::{Decimal128Type, Int64Type, SchemaRef, TimestampMillisecondType};
use arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use std::sync::LazyLock;
use wayside_model::money::order_number;
use wayside_model::{EventId, Field, FieldType, FieldValue, Fields, Kind, Money, Timestamp, Value, WriterId};

use super::fieldset::FieldSet;

/// The positions of columns in the batches of a scan.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    customer: usize,
    time: usize,
    writer: usize,
    seq: usize,
    visitor: usize,
    kind: usize,
    automated: usize,
    fields: Vec<(Field, usize)>,
}

impl Layout {
    /// The layout of a projection of the table's schema.
    pub(crate) fn of(schema: &SchemaRef) -> Result<Self> {
        Ok(Self {
            customer: schema.index_of("customer")?,
            time: schema.index_of("time")?,
            writer: schema.index_of("writer")?,
            seq: schema.index_of("seq")?,
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

/// The columns, as sorted positions in the table's schema, that a scan reads for `fields` and the columns `others`.
pub(crate) fn projection(fields: FieldSet, others: impl IntoIterator<Item = usize>) -> Vec<usize> {
    use wayside_store::table::{column, field_column};
    let mut at = vec![
        column::CUSTOMER,
        column::TIME,
        column::WRITER,
        column::SEQ,
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

/// The columns of one batch.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) batch: RecordBatch,
    customer: StringArray,
    time: TimestampMillisecondArray,
    writer: BinaryArray,
    seq: Int64Array,
    visitor: StringArray,
    automated: BooleanArray,
    kinds: Vec<Kind>,
    /// The columns of fields by code; `None` if the batch has no value of the field.
    fields: Vec<Option<Column>>,
    pub(crate) bytes: usize,
}

#[derive(Debug)]
enum Column {
    Text(StringArray),
    Int(Int64Array),
    Money(Decimal128Array),
    Bool(BooleanArray),
    Items(ListArray),
    Props(StringArray),
}

impl Columns {
    pub(crate) fn new(batch: RecordBatch, layout: &Layout) -> Result<Self> {
        let kind = string(batch.column(layout.kind))?;
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
        Ok(Self {
            customer: string(batch.column(layout.customer))?,
            time: primitive(batch.column(layout.time).as_primitive_opt::<TimestampMillisecondType>())?,
            writer: primitive(batch.column(layout.writer).as_binary_opt())?,
            seq: primitive(batch.column(layout.seq).as_primitive_opt::<Int64Type>())?,
            visitor: string(batch.column(layout.visitor))?,
            automated: primitive(batch.column(layout.automated).as_boolean_opt())?,
            kinds: kind.iter().map(|name| kind_of(name.unwrap_or_default())).collect(),
            fields,
            bytes: batch.get_array_memory_size(),
            batch,
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
        let key = self.customer.value(row);
        let same = |at: usize| self.customer.value(at) == key;
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

    pub(crate) fn id(&self, row: usize) -> EventId {
        let bytes = self.writer.value(row);
        EventId {
            // The store writes 16 bytes. A value of any other length is not from Wayside and gets an id of its own.
            writer: WriterId(bytes.try_into().map_or(u128::MAX, u128::from_be_bytes)),
            seq: self.seq.value(row) as u32,
        }
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
        let text = match self.column(field)? {
            Column::Text(array) if array.is_valid(row) => array.value(row),
            _ => return None,
        };
        match field {
            Field::TransactionId => order_number(text),
            _ => Some(text),
        }
    }

    pub(crate) fn int(&self, row: usize, field: Field) -> Option<i64> {
        if field == Field::Automated {
            return Some(i64::from(self.is_automated(row)));
        }
        match self.column(field)? {
            Column::Int(array) if array.is_valid(row) => Some(array.value(row)),
            Column::Money(array) if array.is_valid(row) => i64::try_from(array.value(row)).ok(),
            Column::Bool(array) if array.is_valid(row) => Some(i64::from(array.value(row))),
            _ => None,
        }
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

    fn column(&self, field: Field) -> Option<&Column> {
        self.fields.get(usize::from(field.code()))?.as_ref()
    }
}

impl Column {
    fn new(field: Field, array: &ArrayRef) -> Result<Self> {
        Ok(match field.field_type() {
            FieldType::Text | FieldType::Url => Self::Text(string(array)?),
            FieldType::Props => Self::Props(string(array)?),
            FieldType::Int => Self::Int(primitive(array.as_primitive_opt::<Int64Type>())?),
            FieldType::Money => Self::Money(primitive(array.as_primitive_opt::<Decimal128Type>())?),
            FieldType::Bool => Self::Bool(primitive(array.as_boolean_opt())?),
            FieldType::Items => Self::Items(primitive(array.as_list_opt::<i32>())?),
        })
    }

    fn value(&self, row: usize) -> Option<FieldValue> {
        match self {
            Self::Text(array) => array.is_valid(row).then(|| FieldValue::Text(array.value(row).into())),
            Self::Int(array) => array.is_valid(row).then(|| FieldValue::Int(array.value(row))),
            Self::Money(array) => money(array, row),
            Self::Bool(array) => array.is_valid(row).then(|| FieldValue::Bool(array.value(row))),
            Self::Items(array) => array.is_valid(row).then(|| FieldValue::Items(items(&array.value(row)))),
            Self::Props(array) => array
                .is_valid(row)
                .then(|| serde_json::from_str::<Value>(array.value(row)).ok())
                .flatten()
                .map(|props| FieldValue::Props(props.pairs().to_vec())),
        }
    }
}

fn money(array: &Decimal128Array, row: usize) -> Option<FieldValue> {
    let micros = array
        .is_valid(row)
        .then(|| i64::try_from(array.value(row)).ok())
        .flatten()?;
    Money::from_micros(micros).map(FieldValue::Money)
}

fn items(list: &ArrayRef) -> Vec<Fields> {
    let Some(items) = list.as_struct_opt() else {
        return Vec::new();
    };
    (0..items.len()).map(|row| item(items, row)).collect()
}

fn item(items: &StructArray, row: usize) -> Fields {
    let mut out = Fields::new();
    for (name, array) in items.column_names().into_iter().zip(items.columns()) {
        let value = Field::from_name(name).and_then(|field| Some((field, Column::new(field, array).ok()?.value(row)?)));
        if let Some((field, value)) = value {
            let _ = out.set(field, value);
        }
    }
    out
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
