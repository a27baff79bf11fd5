//! A touchpoint in the making: fields and properties from a row's values by the mapping's rules.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use wayside_model::{Field, FieldType, FieldValue, Fields, Kind, Touchpoint, Value, channel, field, url};

use super::mapping::{ItemRule, Mapping, Part, Rule, Target};
use super::path::{self, Found};
use super::time::shown;

/// Fields and properties of a touchpoint that is being made.
#[derive(Default)]
pub(super) struct Made {
    fields: Fields,
    props: Vec<(String, Value)>,
}

impl Made {
    /// Takes in what the rules read of a row.
    pub(super) fn read(
        &mut self,
        mapping: &Mapping,
        kind: Kind,
        fields: &[(Field, Rule)],
        props: &[(String, Rule)],
        values: &[Value],
    ) -> Result<(), Refusal> {
        for (field, rule) in fields {
            if !kind.has(*field) {
                // What a row says itself is kept as a property where the kind has no such field; what the mapping adds is not.
                if matches!(rule, Rule::Column { .. }) {
                    self.prop(field.name(), &rule.value(values));
                }
                continue;
            }
            let value = rule.value(values);
            if !is_empty(&value) {
                self.set(*field, read(mapping, *field, &value)?)?;
            }
        }
        for (name, rule) in props {
            self.prop(name, &rule.value(values));
        }
        Ok(())
    }

    pub(super) fn set(&mut self, field: Field, value: FieldValue) -> Result<(), Refusal> {
        let set = self.fields.set(field, value);
        set.map_err(|error| Refusal::new(error.code(), error.to_string()))
    }

    /// A property; lists and objects are kept as their JSON.
    fn prop(&mut self, name: &str, value: &Value) {
        match value {
            Value::List(_) | Value::Map(_) => {
                let json = Value::Text(serde_json::to_string(value).unwrap_or_default());
                self.props.extend(field::prop(name, &json));
            }
            value if is_empty(value) => {}
            value => self.props.extend(field::prop(name, value)),
        }
    }
}

/// The value as the field has it; the refusal shows what stands there instead.
pub(super) fn read(mapping: &Mapping, field: Field, value: &Value) -> Result<FieldValue, Refusal> {
    let typed = match (field.field_type(), value) {
        (FieldType::Money | FieldType::Int, Value::Text(text)) => Some(Value::Text(mapping.numbers.plain(text))),
        (FieldType::Bool, Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        (FieldType::Bool, Value::Int(n @ (0 | 1))) => Some(Value::Bool(*n == 1)),
        // Ids and codes may come as numbers.
        (FieldType::Text | FieldType::Url, Value::Float(_) | Value::Bool(_)) => {
            serde_json::to_string(value).ok().map(Value::Text)
        }
        (FieldType::Items, Value::Text(text)) => path::json_in(text),
        _ => None,
    };
    let parsed = match (field.field_type(), typed.as_ref().unwrap_or(value)) {
        (FieldType::Items, Value::List(entries)) => {
            let entries = entries.iter().filter(|entry| **entry != Value::Null).cloned();
            FieldValue::parse(field, &Value::List(entries.collect()))
        }
        (_, value) => FieldValue::parse(field, value),
    };
    parsed.map_err(|error| Refusal::of(error, value))
}

/// Addresses of the last rows: without their secrets, and as origins of page views. A shop has few addresses for many rows.
#[derive(Default)]
pub(super) struct Addresses {
    scrubbed: HashMap<String, String>,
    /// By address and referrer, with a null character between them.
    arrivals: HashMap<String, Fields>,
    /// The key that is looked up.
    key: String,
}

impl Addresses {
    fn scrub(&mut self, address: &str) -> String {
        if let Some(known) = self.scrubbed.get(address) {
            return known.clone();
        }
        let scrubbed = url::scrub(address);
        if self.scrubbed.len() >= ADDRESSES_MAX {
            self.scrubbed.clear();
        }
        if address.len() <= ADDRESS_MAX_BYTES {
            self.scrubbed.insert(address.to_owned(), scrubbed.clone());
        }
        scrubbed
    }

    /// The fields that the origin of a page view fills.
    fn arrival(&mut self, address: &str, referrer: &str) -> Fields {
        self.key.clear();
        self.key.extend([address, "\0", referrer]);
        if let Some(known) = self.arrivals.get(&self.key) {
            return known.clone();
        }
        let mut fields = Fields::new();
        channel::write_arrival(&mut fields, address, referrer, "");
        if self.arrivals.len() >= ADDRESSES_MAX {
            self.arrivals.clear();
        }
        if self.key.len() <= ADDRESS_MAX_BYTES {
            self.arrivals.insert(self.key.clone(), fields.clone());
        }
        fields
    }
}

/// Addresses that are remembered: more than most shops have products. With [`ADDRESS_MAX_BYTES`] each they take 16 MiB at most, and
/// the origins as much again.
const ADDRESSES_MAX: usize = 16_384;

/// The longest that is remembered; what is longer is rarely met twice.
const ADDRESS_MAX_BYTES: usize = 512;

/// The touchpoint, right by its type: with its campaign, and without secrets in its addresses.
pub(super) fn finished(
    target: &Target,
    made: Made,
    order: i64,
    addresses: &mut Addresses,
) -> Result<Touchpoint, Refusal> {
    let Made { mut fields, props } = made;
    let refused = |error: wayside_model::Error| Refusal::new(error.code(), format!("{}: {error}", target.name));
    for (field, value) in &target.fields {
        fields.set(*field, value.clone()).map_err(refused)?;
    }
    if !props.is_empty() {
        fields.set(Field::Props, FieldValue::Props(props)).map_err(refused)?;
    }
    if target.kind == Kind::Custom && Kind::from_name(&target.name).is_none() {
        fields.set_text(Field::Name, &target.name);
    }
    fields.set_int(Field::SourceOrder, order);
    if target.kind == Kind::PageView && fields.text(Field::Source).is_none() && fields.text(Field::Medium).is_none() {
        // As the tracker takes it.
        let of = |field| fields.text(field).unwrap_or_default();
        if !of(Field::Url).is_empty() {
            let arrival = addresses.arrival(of(Field::Url), of(Field::Referrer));
            for (field, value) in arrival.iter() {
                fields.set(field, value.clone()).map_err(refused)?;
            }
        }
    }
    let touchpoint = Touchpoint::new(target.kind, fields).map_err(refused)?;
    Ok(touchpoint.scrubbed_by(|address| addresses.scrub(address)))
}

/// Why a row, or a part of it, is refused: a stable word and a sentence.
#[derive(Clone)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) detail: String,
}

pub(super) type Read<T> = Result<T, Refusal>;

impl Refusal {
    pub(super) fn new(code: &'static str, detail: String) -> Self {
        Self { code, detail }
    }

    pub(super) fn of(error: wayside_model::Error, value: &Value) -> Self {
        Self::new(error.code(), format!("{error}, and is {}", shown(value)))
    }
}

impl Rule {
    pub(super) fn value<'v>(&'v self, values: &'v [Value]) -> Cow<'v, Value> {
        match self {
            Self::Constant(value) => Cow::Borrowed(value),
            Self::Column { column, values: words } => Cow::Borrowed(translate(at(values, *column), words)),
            Self::Template(parts) => Cow::Owned(fill(parts, values).map_or(Value::Null, Value::Text)),
        }
    }
}

impl ItemRule {
    pub(super) fn value(&self, entry: &Value) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Keys(ways) => {
                let mut found = ways
                    .iter()
                    .filter_map(|way| match path::follow(entry, &format!(".{way}")) {
                        Found::Value(value) if !is_empty(&value) => Some(value),
                        _ => None,
                    });
                found.next().unwrap_or(Value::Null)
            }
        }
    }
}

fn translate<'v>(value: &'v Value, words: &'v BTreeMap<String, Value>) -> &'v Value {
    if words.is_empty() {
        return value;
    }
    id_text(value)
        .and_then(|text| words.get(text.as_ref()))
        .unwrap_or(value)
}

/// The template with its columns filled in; nothing where one of them is empty.
fn fill(parts: &[Part], values: &[Value]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(fixed) => text.push_str(fixed),
            Part::Column(column) => text.push_str(&id_text(at(values, *column))?),
        }
    }
    Some(text)
}

/// Text, or a whole number as text: what an identifier or a name may be in JSON.
pub(super) fn id_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text.trim())).filter(|text| !text.is_empty()),
        other => other.as_int().map(|n| Cow::Owned(n.to_string())),
    }
}

/// Whether there is nothing: no value, or text without a character.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

pub(super) fn at(values: &[Value], column: usize) -> &Value {
    values.get(column).unwrap_or(&Value::Null)
}
