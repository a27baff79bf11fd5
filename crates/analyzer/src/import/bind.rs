//! From a row's values to an event.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};
use wayside_model::limits::CLOCK_AHEAD_MAX_MS;
use wayside_model::{
    CustomerId, Event, EventId, Field, FieldType, Fields, Kind, SiteId, Timestamp, Touchpoint, Value, VisitorId,
    WriterId, channel,
};

use super::BadRow;
use super::mapping::{EventRule, Mapping, Others, Part, Rule};
use super::time::shown;

/// Turns rows into events of one site.
pub(super) struct Binder {
    mapping: Mapping,
    site: SiteId,
    now: Timestamp,
    /// How many rows there were so far of each visitor and time, by the first half of their writer. Two that share a
    /// half only share a count: the second's seq then begins higher, in every import alike.
    rows_of_writer: HashMap<u64, u32>,
    /// Which visitors were already identified as which customer.
    identified: HashSet<(VisitorId, CustomerId)>,
}

impl Binder {
    pub(super) fn new(mapping: Mapping, site: SiteId, now: Timestamp) -> Self {
        Self {
            mapping,
            site,
            now,
            rows_of_writer: HashMap::new(),
            identified: HashSet::new(),
        }
    }

    /// The event of a row, after the identification of its visitor where the row is the first to name the customer.
    #[expect(clippy::result_large_err, reason = "it is taken apart at once by the one caller")]
    pub(super) fn row(&mut self, line: u64, values: &[Value]) -> Result<(Option<Event>, Event), BadRow> {
        let visitor = match self.visitor(values) {
            Ok(visitor) => visitor,
            Err((code, detail)) => {
                return Err(BadRow {
                    raw: self.raw(values),
                    ..self.unreadable(line, code, detail)
                });
            }
        };
        let time = match self.time(values) {
            Ok(time) => time,
            Err(detail) => {
                let bad = self.unreadable(line, "time", detail);
                return Err(BadRow {
                    visitor: Some(visitor),
                    raw: self.raw(values),
                    ..bad
                });
            }
        };
        let id = self.next_id(&visitor, time);
        let read = self
            .touchpoint(values)
            .and_then(|touchpoint| Ok((touchpoint, self.customer(values)?)));
        let (touchpoint, customer) = read.map_err(|(code, detail)| BadRow {
            id,
            line,
            time: Some(time),
            visitor: Some(visitor.clone()),
            code,
            detail,
            raw: self.raw(values),
        })?;
        let identify = customer.and_then(|customer| self.identify(&visitor, customer, time));
        Ok((
            identify,
            Event {
                id,
                time,
                visitor,
                touchpoint,
            },
        ))
    }

    /// A row of which not even visitor and time are known; its line is its identity.
    pub(super) fn unreadable(&self, line: u64, code: &'static str, detail: String) -> BadRow {
        let writer = self.writer(b"line", &line.to_be_bytes(), 0);
        BadRow {
            id: EventId { writer, seq: 0 },
            line,
            time: None,
            visitor: None,
            code,
            detail,
            raw: None,
        }
    }

    /// What the mapping reads of a row, for whoever looks into its dead letter.
    fn raw(&self, values: &[Value]) -> Option<String> {
        let columns = self.mapping.columns.iter().map(|column| column.name.clone());
        serde_json::to_string(&Value::Map(columns.zip(values.iter().cloned()).collect()))
            .ok()
            .filter(|raw| raw.len() <= RAW_MAX_BYTES)
    }

    fn visitor(&self, values: &[Value]) -> Result<VisitorId, Reason> {
        let value = at(values, self.mapping.visitor);
        let text = id_text(value).ok_or_else(|| ("visitor_id", format!("the visitor is {}", shown(value))))?;
        VisitorId::parse(&text).map_err(|error| (error.code(), format!("visitor {}: {error}", shown(value))))
    }

    fn customer(&self, values: &[Value]) -> Result<Option<CustomerId>, Reason> {
        let Some(value) = self.mapping.customer.map(|column| at(values, column)) else {
            return Ok(None);
        };
        if *value == Value::Null {
            return Ok(None);
        }
        let text = id_text(value).ok_or_else(|| ("customer_id", format!("the customer is {}", shown(value))))?;
        CustomerId::parse(&text)
            .map(Some)
            .map_err(|error| (error.code(), format!("customer {}: {error}", shown(value))))
    }

    fn time(&self, values: &[Value]) -> Result<Timestamp, String> {
        let value = at(values, self.mapping.time.column);
        let time = self.mapping.time.read(value)?;
        if time.since(self.now) > CLOCK_AHEAD_MAX_MS {
            return Err(format!("{} is in the future", shown(value)));
        }
        Ok(time)
    }

    fn touchpoint(&self, values: &[Value]) -> Result<Touchpoint, Reason> {
        let (name, fixed) = self.target(values)?;
        let kind = Kind::from_name(&name).unwrap_or(Kind::Custom);
        let mut pairs = Vec::new();
        for (field, rule) in &self.mapping.fields {
            // What a row says itself is kept as a property where the kind has no such field; what the mapping adds is not.
            if kind.has(*field) || matches!(rule, Rule::Column { .. }) {
                pairs.push((field.name().to_owned(), typed(*field, rule.value(values))));
            }
        }
        for (field, value) in fixed {
            pairs.retain(|(name, _)| name != field.name());
            pairs.push((field.name().to_owned(), value.clone()));
        }
        let item = rules_map(
            self.mapping.item.iter().map(|(field, rule)| (field.name(), rule)),
            values,
        );
        if !item.is_empty() && kind.has(Field::Items) {
            pairs.push((Field::Items.name().to_owned(), Value::List(vec![Value::Map(item)])));
        }
        let props = rules_map(
            self.mapping.props.iter().map(|(name, rule)| (name.as_str(), rule)),
            values,
        );
        if !props.is_empty() {
            pairs.push((Field::Props.name().to_owned(), Value::Map(props)));
        }
        let touchpoint =
            Touchpoint::parse(&name, &Value::Map(pairs)).map_err(|error| (error.code(), format!("{name}: {error}")))?;
        with_acquisition(touchpoint).map_err(|error| (error.code(), format!("{name}: {error}")))
    }

    /// The touchpoint's name and the fields that the mapping fixes for it.
    fn target(&self, values: &[Value]) -> Result<Target<'_>, Reason> {
        let (column, targets, others) = match &self.mapping.event {
            EventRule::Always(target) => return Ok((target.name.clone(), &target.fields)),
            EventRule::Column {
                column,
                targets,
                others,
            } => (*column, targets, *others),
        };
        let value = at(values, column);
        let name = id_text(value).ok_or_else(|| ("name", format!("the event's name is {}", shown(value))))?;
        match targets.get(&name) {
            Some(target) => Ok((target.name.clone(), &target.fields)),
            None if others == Others::Keep => Ok((name, &[])),
            None => Err(("name", format!("event {} is not under [event.kinds]", shown(value)))),
        }
    }

    fn identify(&mut self, visitor: &VisitorId, customer: CustomerId, time: Timestamp) -> Option<Event> {
        let mut fields = Fields::new();
        fields.set_text(Field::CustomerId, customer.as_str());
        let touchpoint = Touchpoint::new(Kind::Identify, fields).ok()?;
        let mut key = visitor.as_str().as_bytes().to_vec();
        key.push(0);
        key.extend_from_slice(customer.as_str().as_bytes());
        let id = EventId {
            writer: self.writer(b"identify", &key, time.millis()),
            seq: 0,
        };
        self.identified.insert((visitor.clone(), customer)).then(|| Event {
            id,
            time,
            visitor: visitor.clone(),
            touchpoint,
        })
    }

    /// The next row's identity: the visitor and time make the writer, and rows of the same visitor and time are numbered
    /// as they come. So the same row has the same identity in every import, also when another file brings it again,
    /// and rows of one time keep their order.
    fn next_id(&mut self, visitor: &VisitorId, time: Timestamp) -> EventId {
        let writer = self.writer(b"row", visitor.as_str().as_bytes(), time.millis());
        let next = self.rows_of_writer.entry((writer.0 >> 64) as u64).or_default();
        let seq = *next;
        *next += 1;
        EventId { writer, seq }
    }

    fn writer(&self, what: &[u8], key: &[u8], time_ms: i64) -> WriterId {
        let mut hash = Sha256::new();
        for part in [what, self.site.as_str().as_bytes(), self.mapping.name.as_bytes(), key] {
            // Lengths keep ("ab", "c") apart from ("a", "bc").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(time_ms.to_be_bytes());
        let digest = hash.finalize();
        WriterId(
            digest
                .iter()
                .take(16)
                .fold(0, |writer, byte| writer << 8 | u128::from(*byte)),
        )
    }
}

/// A touchpoint's name and the fields that the mapping fixes for it.
type Target<'a> = (String, &'a [(Field, Value)]);

/// Code and detail of a refusal.
type Reason = (&'static str, String);

impl Rule {
    fn value(&self, values: &[Value]) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Column { column, values: words } => translate(at(values, *column), words),
            Self::Template(parts) => fill(parts, values).map_or(Value::Null, Value::Text),
        }
    }
}

fn translate(value: &Value, words: &BTreeMap<String, Value>) -> Value {
    match id_text(value).and_then(|text| words.get(&text)) {
        Some(word) => word.clone(),
        None => value.clone(),
    }
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

fn rules_map<'m>(rules: impl Iterator<Item = (&'m str, &'m Rule)>, values: &[Value]) -> Vec<(String, Value)> {
    rules
        .map(|(name, rule)| (name.to_owned(), rule.value(values)))
        .filter(|(_, value)| *value != Value::Null)
        .collect()
}

/// Text as the field's type where that type is not text: sources without types write `true` and `1`.
fn typed(field: Field, value: Value) -> Value {
    match (field.field_type(), &value) {
        (FieldType::Bool, Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Value::Bool(true),
            "false" | "no" | "0" => Value::Bool(false),
            _ => value,
        },
        _ => value,
    }
}

/// A page view's campaign from its address, as the tracker takes it, and then every address without its secrets.
fn with_acquisition(touchpoint: Touchpoint) -> Result<Touchpoint, wayside_model::Error> {
    let mut fields = touchpoint.fields().clone();
    if touchpoint.kind() == Kind::PageView
        && fields.text(Field::Source).is_none()
        && fields.text(Field::Medium).is_none()
        && let Some(address) = touchpoint.fields().text(Field::Url)
    {
        let referrer = touchpoint.fields().text(Field::Referrer).unwrap_or_default();
        channel::write_arrival(&mut fields, address, referrer);
    }
    Ok(Touchpoint::new(touchpoint.kind(), fields)?.scrubbed())
}

/// Text, or a whole number as text: what an identifier or a name may be in JSON.
fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(n) => Some(n.to_string()),
        _ => None,
    }
}

fn at(values: &[Value], column: usize) -> &Value {
    values.get(column).unwrap_or(&Value::Null)
}

/// Longest row kept with its dead letter: a screen of text, so that a file of nonsense does not fill the log.
const RAW_MAX_BYTES: usize = 4 * 1024;
