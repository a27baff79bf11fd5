//! Arrow's columns as values of rows.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, ListArray, MapArray,
    StringArray, StructArray, TimestampMillisecondArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType, UInt64Type,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::tz::TimeZone;
use wayside_model::Value;

/// A column by the few types that rows are made of.
pub(super) enum Cells {
    Null,
    Text(StringArray),
    Int(Int64Array),
    Large(UInt64Array),
    Float(Float64Array),
    Bool(BooleanArray),
    Time(TimestampMillisecondArray),
    /// Dates, and times that name no zone: what a clock shows somewhere.
    Civil(TimestampMillisecondArray),
    Money(Decimal128Array),
    List(ListArray, Box<Cells>),
    Struct(StructArray, Vec<(String, Cells)>),
    Map(MapArray, Box<Cells>, Box<Cells>),
    /// Anything else as its text.
    Shown(ArrayRef),
}

impl Cells {
    pub(super) fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        use DataType as T;
        let to = |wanted: T| cast(array, &wanted);
        Ok(match array.data_type() {
            T::Null => Self::Null,
            T::Utf8 | T::LargeUtf8 | T::Utf8View => Self::Text(to(T::Utf8)?.as_string().clone()),
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
                Self::Int(to(T::Int64)?.as_primitive::<Int64Type>().clone())
            }
            T::UInt64 => Self::Large(array.as_primitive::<UInt64Type>().clone()),
            T::Float16 | T::Float32 | T::Float64 => Self::Float(to(T::Float64)?.as_primitive::<Float64Type>().clone()),
            T::Boolean => Self::Bool(array.as_boolean().clone()),
            T::Timestamp(_, Some(_)) => Self::Time(millis(array)?),
            T::Timestamp(_, None) | T::Date32 | T::Date64 => Self::Civil(millis(array)?),
            T::Decimal128(_, scale) if *scale >= 0 => Self::Money(array.as_primitive::<Decimal128Type>().clone()),
            T::Dictionary(_, value) => Self::of(&cast(array, value)?)?,
            T::List(_) => {
                let list = array.as_list::<i32>().clone();
                let items = Self::of(list.values())?;
                Self::List(list, Box::new(items))
            }
            T::LargeList(field) | T::FixedSizeList(field, _) => Self::of(&to(T::List(field.clone()))?)?,
            T::Struct(_) => {
                let parts = array.as_struct().clone();
                let names = parts.column_names().into_iter().map(str::to_owned);
                let columns = parts.columns().iter().map(Self::of).collect::<Result<Vec<_>, _>>()?;
                let named = names.zip(columns).collect();
                Self::Struct(parts, named)
            }
            T::Map(..) => {
                let map = array.as_map().clone();
                let (keys, values) = (Self::of(map.keys())?, Self::of(map.values())?);
                Self::Map(map, Box::new(keys), Box::new(values))
            }
            _ => Self::Shown(array.clone()),
        })
    }

    /// The value of a row, as JSON says it; times as milliseconds since 1970 when asked so, else as RFC 3339 says them, with an
    /// offset only where the time names its zone.
    pub(super) fn value(&self, row: usize, millis: bool) -> Value {
        let at = |is_valid: bool, value: &dyn Fn() -> Value| if is_valid { value() } else { Value::Null };
        match self {
            Self::Null => Value::Null,
            Self::Text(array) => at(array.is_valid(row), &|| text(array.value(row))),
            Self::Int(array) => at(array.is_valid(row), &|| Value::Int(array.value(row))),
            Self::Large(array) => at(array.is_valid(row), &|| {
                let n = array.value(row);
                // Ids of 64 bits without a sign are kept to the last digit as text.
                i64::try_from(n).map_or_else(|_| Value::Text(n.to_string()), Value::Int)
            }),
            Self::Float(array) => at(array.is_valid(row) && array.value(row).is_finite(), &|| {
                Value::Float(array.value(row))
            }),
            Self::Bool(array) => at(array.is_valid(row), &|| Value::Bool(array.value(row))),
            Self::Time(array) => at(array.is_valid(row), &|| match (millis, array.value(row)) {
                (true, time) => Value::Int(time),
                (false, time) => {
                    jiff::Timestamp::from_millisecond(time).map_or(Value::Null, |time| Value::Text(time.to_string()))
                }
            }),
            Self::Civil(array) => at(array.is_valid(row), &|| match (millis, array.value(row)) {
                (true, time) => Value::Int(time),
                (false, time) => jiff::Timestamp::from_millisecond(time).map_or(Value::Null, |time| {
                    Value::Text(time.to_zoned(TimeZone::UTC).datetime().to_string())
                }),
            }),
            Self::Money(array) => at(array.is_valid(row), &|| decimal(array, row)),
            Self::List(list, items) => at(list.is_valid(row), &|| {
                Value::List(
                    range(list.value_offsets(), row)
                        .map(|item| items.value(item, false))
                        .collect(),
                )
            }),
            Self::Struct(parts, columns) => at(parts.is_valid(row), &|| {
                let pairs = columns
                    .iter()
                    .map(|(name, cells)| (name.clone(), cells.value(row, false)));
                Value::Map(pairs.filter(|(_, value)| *value != Value::Null).collect())
            }),
            Self::Map(map, keys, values) => at(map.is_valid(row), &|| {
                let pairs = range(map.value_offsets(), row).map(|entry| {
                    let key = match keys.value(entry, false) {
                        Value::Text(key) => key,
                        other => serde_json::to_string(&other).unwrap_or_default(),
                    };
                    (key, values.value(entry, false))
                });
                Value::Map(pairs.collect())
            }),
            Self::Shown(array) => at(array.is_valid(row), &|| {
                ArrayFormatter::try_new(array, &FormatOptions::default())
                    .map_or(Value::Null, |shown| Value::Text(shown.value(row).to_string()))
            }),
        }
    }
}

/// Times as milliseconds since 1970; a time without a zone as if its clock were that of UTC.
fn millis(array: &ArrayRef) -> Result<TimestampMillisecondArray, ArrowError> {
    let times = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
    Ok(times.as_primitive::<TimestampMillisecondType>().clone())
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |row: usize| offsets.get(row).map_or(0, |offset| *offset as usize);
    at(row)..at(row + 1)
}

/// A decimal as a whole number where it is one.
fn decimal(array: &Decimal128Array, row: usize) -> Value {
    // Both numbers are exact as floats here, so that their quotient is the float next to the decimal number.
    if let (Ok(units), Ok(scale @ 0..=15)) = (i64::try_from(array.value(row)), u32::try_from(array.scale()))
        && units.unsigned_abs() <= EXACT_MAX
    {
        let one = 10_i64.pow(scale);
        return match units % one {
            0 => Value::Int(units / one),
            _ => Value::Float(units as f64 / one as f64),
        };
    }
    let text = array.value_as_string(row);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.bytes().all(|digit| digit == b'0') {
        whole.parse().map_or_else(|_| Value::from(whole), Value::Int)
    } else {
        text.parse().map_or_else(|_| Value::from(text.as_str()), Value::Float)
    }
}

/// The largest whole number up to which all are floats, 2⁵³.
const EXACT_MAX: u64 = 1 << 53;

/// Text as a value; an empty one is none.
fn text(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::from(text)
    }
}
