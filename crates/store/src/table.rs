//! The table's columns and layout: the contract with the analyzer and with every engine that reads Delta Lake.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field as ArrowField, Fields as ArrowFields, Schema, SchemaRef, TimeUnit};
use wayside_model::field::ITEM_FIELDS;
use wayside_model::{Field, FieldType, Kind, Timestamp};

use crate::delta::Shape;

/// Number of buckets into which each month of a site is split by customer. A bucket contains whole customers, so that
/// each can be read separately; 16 are enough for two to eight cores and few enough for a small shop. The number is
/// stored in the table's properties and never changes for a folder.
pub const BUCKETS: u16 = 16;

/// Indices of the columns before the fields.
pub mod column {
    /// The customer's key, see [`wayside_model::customer::key`].
    pub const CUSTOMER: usize = 0;
    /// The time by the visitor's clock.
    pub const TIME: usize = 1;
    /// The writer: 16 bytes, the highest first.
    pub const WRITER: usize = 2;
    /// The event's number within its writer.
    pub const SEQ: usize = 3;
    /// The visitor's id.
    pub const VISITOR: usize = 4;
    /// The name of the kind of touchpoint.
    pub const KIND: usize = 5;
    /// The time at which the collector accepted the event; the earliest of its copies.
    pub const RECEIVED_AT: usize = 6;
    /// The consent with which the event was captured: `unknown`, `denied` or `granted`.
    pub const CONSENT: usize = 7;
    /// Whether the browser was controlled by software.
    pub const AUTOMATED: usize = 8;
    /// The column of the first field.
    pub const FIRST_FIELD: usize = 9;
}

/// The columns by which every file and every tail is sorted; together they identify a row.
pub const SORTED_BY: [usize; 4] = [column::CUSTOMER, column::TIME, column::WRITER, column::SEQ];

/// The partition columns of the Delta table, which are in the names of folders and not in the files.
pub const PARTITIONED_BY: [&str; 3] = ["site", "month", "bucket"];

/// The shape of the Delta table.
pub(crate) fn shape() -> Shape {
    let [site, month, bucket] = PARTITIONED_BY;
    let partitions = [
        (site, DataType::Utf8),
        (month, DataType::Utf8),
        (bucket, DataType::Int32),
    ];
    Shape::new("wayside", &schema(), &partitions)
}

/// The columns of a data file and of a snapshot's tail.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let mut columns = vec![
            ArrowField::new("customer", DataType::Utf8, false),
            ArrowField::new("time", time_type(), false),
            ArrowField::new("writer", DataType::Binary, false),
            ArrowField::new("seq", DataType::Int64, false),
            ArrowField::new("visitor", DataType::Utf8, false),
            ArrowField::new("kind", DataType::Utf8, false),
            ArrowField::new("received_at", time_type(), false),
            ArrowField::new("consent", DataType::Utf8, false),
            ArrowField::new("automated", DataType::Boolean, false),
        ];
        columns.extend(fields().iter().map(|field| arrow_field(*field)));
        Arc::new(Schema::new(columns))
    });
    SCHEMA.clone()
}

/// The fields with their own columns, in order of their codes: all fields that some kind of touchpoint may have, except
/// `automated`, which is one of the fixed columns.
pub fn fields() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        Field::ALL
            .iter()
            .copied()
            .filter(|field| *field != Field::Automated && Kind::ALL.iter().any(|kind| kind.has(*field)))
            .collect()
    });
    &FIELDS
}

/// The index of the column of `field`; `None` for a field that only items have.
pub fn field_column(field: Field) -> Option<usize> {
    /// By the field's code: it is asked for every field of every row.
    static COLUMNS: LazyLock<Vec<Option<usize>>> = LazyLock::new(|| {
        let mut columns = vec![None; usize::from(u8::MAX) + 1];
        columns[Field::Automated as usize] = Some(column::AUTOMATED);
        for (field, at) in fields().iter().zip(column::FIRST_FIELD..) {
            columns[*field as usize] = Some(at);
        }
        columns
    });
    COLUMNS[field as usize]
}

/// The type of amounts of money, exact to a millionth.
pub const MONEY: DataType = DataType::Decimal128(18, 6);

/// The fields of an item's struct.
pub fn item_columns() -> ArrowFields {
    ITEM_FIELDS.iter().map(|field| arrow_field(*field)).collect()
}

/// The bucket of a customer's key: the 64-bit FNV-1a of its bytes, the halves combined by exclusive or, modulo
/// [`BUCKETS`].
///
/// The function is part of the format. It is implemented here because no library guarantees that its hash never
/// changes.
pub fn bucket(customer: &str) -> u16 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in customer.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    ((hash ^ (hash >> 32)) % u64::from(BUCKETS)) as u16
}

/// The month of a time in UTC, `YYYY-MM`.
pub fn month(time: Timestamp) -> String {
    let (year, month) = year_month(time);
    format!("{year:04}-{month:02}")
}

/// The same as numbers.
pub(crate) fn year_month(time: Timestamp) -> (i64, u32) {
    let (year, month, _) = civil(time.millis().div_euclid(86_400_000));
    (year, month)
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
pub(crate) fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Milliseconds since 1970 in UTC.
pub(crate) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

fn arrow_field(field: Field) -> ArrowField {
    let data_type = match field.field_type() {
        FieldType::Text | FieldType::Url | FieldType::Props => DataType::Utf8,
        FieldType::Int => DataType::Int64,
        FieldType::Money => MONEY,
        FieldType::Bool => DataType::Boolean,
        FieldType::Items => DataType::List(Arc::new(ArrowField::new(
            "element",
            DataType::Struct(item_columns()),
            true,
        ))),
    };
    ArrowField::new(field.name(), data_type, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_fixed_columns_in_code_order() {
        let schema = schema();
        assert_eq!(schema.field(column::AUTOMATED).name(), "automated");
        assert_eq!(schema.field(column::FIRST_FIELD).name(), "url");
        assert_eq!(schema.fields().len(), column::FIRST_FIELD + fields().len());
        for field in fields() {
            let at = field_column(*field).unwrap();
            assert_eq!(schema.field(at).name(), field.name());
        }
        // A field of items only.
        assert_eq!(field_column(Field::ItemId), None);
        // A field of items and of orders.
        assert!(field_column(Field::Affiliation).is_some());
        let mut names: Vec<_> = schema.fields().iter().map(|f| f.name().clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), schema.fields().len());
    }

    #[test]
    fn buckets_are_part_of_the_format() {
        // Published FNV-1a values: "" and "a".
        assert_eq!(bucket(""), fold(0xcbf2_9ce4_8422_2325));
        assert_eq!(bucket("a"), fold(0xaf63_dc4c_8601_ec8c));
        fn fold(hash: u64) -> u16 {
            ((hash ^ (hash >> 32)) % 16) as u16
        }
        let mut counts = [0u32; BUCKETS as usize];
        for n in 0..16_000 {
            counts[usize::from(bucket(&format!("anon:v{n}")))] += 1;
        }
        assert!(counts.iter().all(|n| (800..1_200).contains(n)), "{counts:?}");
    }

    #[test]
    fn months_are_in_utc() {
        let month = |millis| month(Timestamp::from_millis(millis));
        assert_eq!(month(0), "1970-01");
        assert_eq!(month(951_782_399_999), "2000-02"); // 2000-02-28T23:59:59.999Z
        assert_eq!(month(951_868_800_000), "2000-03"); // 2000-03-01T00:00:00Z
        assert_eq!(month(1_796_083_199_999), "2026-11"); // 2026-11-30T23:59:59.999Z
        assert_eq!(month(Timestamp::MAX.millis()), "2200-01");
    }
}
