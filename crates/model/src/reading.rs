//! Lenient reading of the values that sites send: what can be read without guessing is read, everything else is kept
//! apart as a repair, and no value costs its touchpoint.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::field::{Field, FieldType, FieldValue, Fields, ITEM_FIELDS, cut, prop};
use crate::kind::Kind;
use crate::limits::{ITEMS_MAX, PROPS_MAX, REPAIR_MAX_BYTES};
use crate::money::Money;
use crate::number;
use crate::text::{decimal, int_text};
use crate::value::Value;

/// Values that were left out of a touchpoint: for each the field's name (`value`, `items.price`, the name of a
/// property) and the reason's code with the value as it came (`field_type: free`).
#[derive(Debug, Default)]
pub(crate) struct Repairs(pub(crate) Vec<(String, Value)>);

impl Repairs {
    /// Adds a value that was left out. Only the first of a name is kept, and at most as many as there may be properties.
    pub(crate) fn add(&mut self, name: &str, error: Error, value: &Value) {
        if self.0.len() == PROPS_MAX || self.0.iter().any(|(known, _)| known == name) {
            return;
        }
        let mut text = String::from(error.code());
        text.push_str(": ");
        match value {
            Value::List(list) => text.push_str(&int_text(list.len() as i64)),
            scalar => text.push_str(&plain(scalar).unwrap_or_default()),
        }
        self.0.extend(prop(name, &Value::from(cut(&text, REPAIR_MAX_BYTES))));
    }

    /// Takes in the repairs of an event that has been read before.
    pub(crate) fn take(&mut self, pairs: &[(String, Value)]) {
        for (name, value) in pairs {
            if self.0.len() < PROPS_MAX {
                self.0.extend(prop(name, value));
            }
        }
    }
}

/// Reads a field of a touchpoint; `None` if the value is absent.
pub(crate) fn field(field: Field, value: &Value, repairs: &mut Repairs) -> Result<Option<FieldValue>, Error> {
    if is_absent(field, value) {
        return Ok(None);
    }
    let read = match field.field_type() {
        FieldType::Items => items(value, repairs),
        _ => scalar(field, value),
    };
    read.map(Some)
}

/// Whether there is no value: empty text is one only for a field of text.
fn is_absent(field: Field, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => {
            text.trim_ascii().is_empty() && !matches!(field.field_type(), FieldType::Text | FieldType::Url)
        }
        _ => false,
    }
}

/// A value that is neither a list nor a map, read as the field's type.
fn scalar(field: Field, value: &Value) -> Result<FieldValue, Error> {
    let better = match (field.field_type(), value) {
        (FieldType::Text | FieldType::Url, scalar) => plain(scalar).map(Value::Text),
        (FieldType::Money, Value::Text(text)) => return micros_of(text, field).map(FieldValue::Money),
        (FieldType::Int, Value::Text(text)) => {
            let micros = micros_of(text, field)?.micros();
            (micros % 1_000_000 == 0).then_some(Value::Int(micros / 1_000_000))
        }
        (FieldType::Bool, flag) => truth(flag).map(Value::Bool),
        _ => None,
    };
    FieldValue::parse_scalar(field, better.as_ref().unwrap_or(value))
}

/// The scalar as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(n) => Some(int_text(*n)),
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }.into()),
        Value::Float(x) => Money::from_units(*x).map(Money::to_text),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    let text = plain(value)?;
    for (word, flag) in [
        ("true", true),
        ("yes", true),
        ("1", true),
        ("false", false),
        ("no", false),
        ("0", false),
    ] {
        if text.trim_ascii().eq_ignore_ascii_case(word) {
            return Some(flag);
        }
    }
    None
}

fn micros_of(text: &str, field: Field) -> Result<Money, Error> {
    let micros = number::micros(text).ok_or_else(|| Error::new(ErrorKind::FieldType(field)))?;
    Money::from_micros(micros).ok_or_else(|| Error::new(ErrorKind::FieldRange(field)))
}

/// GA4's items: a list, an object whose keys number them, or one item. Entries without a value are dropped.
fn items(value: &Value, repairs: &mut Repairs) -> Result<FieldValue, Error> {
    let mut entries = Vec::new();
    match value {
        Value::List(list) => entries.extend(list),
        Value::Map(pairs) if pairs.iter().all(|(key, _)| is_index(key)) => {
            entries.extend(pairs.iter().map(|(_, entry)| entry));
        }
        Value::Map(_) => entries.push(value),
        _ => return Err(Error::new(ErrorKind::FieldType(Field::Items))),
    }
    let mut items = Vec::new();
    for entry in entries {
        match entry {
            Value::Null => {}
            Value::Map(pairs) if items.len() < ITEMS_MAX => items.push(item(pairs, repairs)),
            Value::Map(_) => {
                repairs.add(Field::Items.name(), Error::new(ErrorKind::TooMany), value);
                break;
            }
            stray => repairs.add(
                Field::Items.name(),
                Error::new(ErrorKind::FieldType(Field::Items)),
                stray,
            ),
        }
    }
    Ok(FieldValue::Items(items))
}

fn is_index(key: &str) -> bool {
    decimal(key, 0).is_some()
}

/// The product of a touchpoint whose fields are those of one product, as a short form of `items` with one item; `None` of
/// any other touchpoint.
pub(crate) fn product(kind: Kind, input: &Value, repairs: &mut Repairs) -> Option<Fields> {
    let has = |name: &str| !matches!(input.get(name), None | Some(Value::Null));
    let is_short =
        kind != Kind::Custom && kind.has(Field::Items) && !has("items") && (has("item_id") || has("item_name"));
    is_short.then_some(())?;
    let mut own = Vec::new();
    for (key, value) in input.pairs() {
        if is_of_product(key) && !Field::from_name(key).is_some_and(|field| kind.has(field)) {
            own.push((key.clone(), value.clone()));
        }
    }
    Some(item(&own, repairs))
}

/// Whether an item has a field of this name.
pub(crate) fn is_of_product(name: &str) -> bool {
    Field::from_name(name).is_some_and(|field| ITEM_FIELDS.contains(&field))
}

/// The price of all units of an item; `None` without a price.
pub(crate) fn value_of(item: &Fields) -> Option<Money> {
    let of = |field| match item.get(field) {
        Some(FieldValue::Money(amount)) => Some(amount.units()),
        _ => None,
    };
    Money::from_units(of(Field::Price)? * of(Field::Quantity).unwrap_or(1.0))
}

/// Names of item fields in Universal Analytics, which shops still push.
const OLD_NAMES: [(&str, Field); 7] = [
    ("id", Field::ItemId),
    ("name", Field::ItemName),
    ("brand", Field::ItemBrand),
    ("category", Field::ItemCategory),
    ("variant", Field::ItemVariant),
    ("position", Field::Index),
    ("list", Field::ItemListName),
];

/// One of GA4's items. Keys that are not item fields are ignored, as GA4 ignores those beyond its custom dimensions. An old
/// name of a field counts if the item does not have the present one.
#[inline(never)]
fn item(pairs: &[(String, Value)], repairs: &mut Repairs) -> Fields {
    let mut item = Fields::new();
    for (name, value) in pairs {
        let old = OLD_NAMES.iter().find(|(old, _)| old == name).map(|(_, field)| *field);
        let old = old.filter(|field| !pairs.iter().any(|(name, _)| name == field.name()));
        let known = Field::from_name(name).filter(|field| ITEM_FIELDS.contains(field));
        if let Some(known) = known.or(old)
            && !is_absent(known, value)
        {
            match scalar(known, value) {
                Ok(read) => item.put(known, read),
                Err(error) => {
                    let mut path = String::from("items.");
                    path.push_str(name);
                    repairs.add(&path, error, value);
                }
            }
        }
    }
    item
}
