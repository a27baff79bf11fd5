//! From a row's values to touchpoints.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use wayside_model::field::cut;
use wayside_model::limits::{CLOCK_AHEAD_MAX_MS, ITEMS_MAX};
use wayside_model::{
    CustomerId, Event, EventId, Field, FieldValue, Fields, Kind, SiteId, Timestamp, Touchpoint, Value, VisitorId,
    WriterId, touchpoint,
};

use super::identity::Identities;
use super::left_out::{LeftOut, Why};
use super::made::{Addresses, Made, Read, Refusal, at, finished, id_text, is_empty, read};
use super::mapping::{Also, Column, EventRule, Items, Mapping, Others, Target};
use super::path;
use super::time::{TimeRule, of_millis, shown};
use super::{BadRow, Imported};

/// Turns rows into events of one site.
pub(super) struct Binder {
    mapping: Mapping,
    now: Timestamp,
    ids: Identities,
    /// Event names that the mapping does not list, as what they are.
    targets: HashMap<String, Arc<Target>>,
    /// Visitors that have been identified as a customer already, as hashes of both.
    identified: HashSet<u64>,
    hasher: RandomState,
    /// Rows read.
    pub(super) read: u64,
    addresses: Addresses,
    /// Rows that make no touchpoint, because the mapping leaves them out.
    pub(super) left_out: LeftOut,
    /// Writers of rows whose earlier touchpoints are replaced, where the import does that.
    pub(super) replaced: Option<Vec<WriterId>>,
    pub(super) out: VecDeque<Imported>,
}

/// A row of the source with all columns of the mapping.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) fingerprint: u64,
    pub(super) values: Vec<Value>,
    /// Its text, where that is asked for and the source has one.
    pub(super) text: Option<String>,
}

impl Binder {
    pub(super) fn new(mapping: Mapping, site: &SiteId, now: Timestamp, file: &str) -> Self {
        Self {
            ids: Identities::new(site, &mapping.name, mapping.equal_rows, file),
            mapping,
            now,
            targets: HashMap::new(),
            identified: HashSet::new(),
            hasher: RandomState::new(),
            read: 0,
            addresses: Addresses::default(),
            left_out: LeftOut::default(),
            replaced: None,
            out: VecDeque::new(),
        }
    }

    /// Rows that were equal to an earlier one.
    pub(super) fn equal_rows(&self) -> u64 {
        self.ids.equal
    }

    /// Takes in a row, or neighbouring rows that are one touchpoint, and puts what they become into `out`.
    pub(super) fn rows(&mut self, rows: &[Row]) {
        let Some(whole) = Whole::of(rows) else { return };
        self.read += rows.len() as u64;
        let came = self.out.len();
        let id = match self.identity(&whole) {
            Ok(id) => id,
            Err(refusal) => {
                let id = self.ids.refused(&raw_row(&self.mapping.columns, &whole.values));
                return self.refuse(id, &whole, None, refusal);
            }
        };
        let visitor = self.visitor(self.mapping.visitor, &whole.values);
        let time = self.time(&self.mapping.time, &whole.values);
        let mut why = None;
        match self.target(&whole.values) {
            Ok(Named::LeftOut(reason)) => why = Some(reason),
            Err(refusal) => self.refuse(id, &whole, None, refusal),
            Ok(Named::Target(target)) => match (&visitor, &time) {
                (Err(refusal), _) | (_, Err(refusal)) => {
                    self.refuse(id, &whole, visitor.as_ref().ok(), refusal.clone())
                }
                (Ok(visitor), Ok(time)) => self.main(id, &whole, rows, &target, visitor, *time),
            },
        }
        for number in 0..self.mapping.also.len() {
            self.also(number, id, &whole, &visitor, &time);
        }
        if let Some(why) = why.filter(|_| self.out.len() == came) {
            self.left_out.take(&why, rows, &self.mapping.columns);
        }
        self.replace(id, &whole.values, came);
    }

    /// Notes the writers of what a row has become from place `came` of `out` on, and of what it may have become in an earlier import. Of
    /// a row that is refused, or a part of it, only what is good takes the place of anything.
    fn replace(&mut self, row: EventId, values: &[Value], came: usize) {
        let Some(mut replaced) = self.replaced.take() else {
            return;
        };
        let became = self.out.iter().skip(came);
        if became.clone().any(|part| matches!(part, Imported::Bad(_))) {
            replaced.extend(became.filter_map(|part| match part {
                Imported::Good(event) if event.touchpoint.kind() != Kind::Identify => Some(event.id.writer),
                _ => None,
            }));
        } else {
            replaced.push(row.writer);
            for (number, also) in self.mapping.also.iter().enumerate() {
                let own = self.also_id(also, values).ok().flatten();
                replaced.push(own.unwrap_or_else(|| self.ids.part(row, number)).writer);
            }
        }
        self.replaced = Some(replaced);
    }

    /// A row that cannot be read; `raw` is its text, or the beginning of it.
    pub(super) fn unreadable(&mut self, line: u64, detail: String, raw: String) {
        self.read += 1;
        self.out.push_back(Imported::Bad(BadRow {
            id: self.ids.refused(&raw),
            line,
            time: None,
            visitor: None,
            code: "row",
            detail,
            raw: kept(raw),
        }));
    }

    fn identity(&mut self, whole: &Whole<'_>) -> Result<EventId, Refusal> {
        let Some(column) = self.mapping.id else {
            return Ok(self.ids.row(whole.fingerprint));
        };
        Ok(self.ids.named(&own_id(at(&whole.values, column))?))
    }

    fn main(
        &mut self,
        id: EventId,
        whole: &Whole<'_>,
        rows: &[Row],
        target: &Target,
        visitor: &VisitorId,
        time: Timestamp,
    ) {
        let read = self
            .touchpoint(target, &whole.values, rows)
            .and_then(|fields| Ok((fields, self.customer(self.mapping.customer, &whole.values)?)));
        let (fields, customer) = match read {
            Ok(read) => read,
            Err(refusal) => return self.refuse(id, whole, Some(visitor), refusal),
        };
        let order = self.ids.order(visitor.as_str(), time);
        if let Some(customer) = customer {
            self.identify(visitor, &customer, time, order);
        }
        match finished(target, fields, order, &mut self.addresses) {
            Ok(touchpoint) => self.out.push_back(Imported::Good(Event {
                id,
                time,
                visitor: visitor.clone(),
                touchpoint,
            })),
            Err(refusal) => self.refuse(id, whole, Some(visitor), refusal),
        }
    }

    /// One of the mapping's further touchpoints.
    fn also(
        &mut self,
        number: usize,
        row: EventId,
        whole: &Whole<'_>,
        visitor: &Read<VisitorId>,
        time: &Read<Timestamp>,
    ) {
        let Some(also) = self.mapping.also.get(number).map(Arc::clone) else {
            return;
        };
        if !self.is_asked_for(also.when, &whole.values) {
            return;
        }
        let part = self.ids.part(row, number);
        let id = self.also_id(&also, &whole.values).map(|own| own.unwrap_or(part));
        let tried = id.clone().and_then(|id| self.try_also(&also, id, whole, visitor, time));
        if let Err(refusal) = tried {
            self.refuse(id.unwrap_or(part), whole, visitor.as_ref().ok(), refusal);
        }
    }

    /// The identity of a further touchpoint that has an id of its own.
    fn also_id(&self, also: &Also, values: &[Value]) -> Read<Option<EventId>> {
        let (Some(column), Some(target)) = (also.id, &also.target) else {
            return Ok(None);
        };
        let own = own_id(at(values, column))?;
        Ok(Some(self.ids.once(&[b"also", target.name.as_bytes(), own.as_bytes()])))
    }

    fn try_also(
        &mut self,
        also: &Also,
        id: EventId,
        whole: &Whole<'_>,
        visitor: &Read<VisitorId>,
        time: &Read<Timestamp>,
    ) -> Result<(), Refusal> {
        let values = &whole.values;
        let visitor = match also.visitor {
            Some(column) => self.visitor(column, values)?,
            None => visitor.clone()?,
        };
        let time = match &also.time {
            Some(rule) => self.time(rule, values)?,
            None => time.clone()?,
        };
        let customer = self.customer(also.customer, values)?;
        let order = self.ids.order(visitor.as_str(), time);
        if let Some(customer) = customer {
            self.identify(&visitor, &customer, time, order);
        }
        let Some(target) = &also.target else { return Ok(()) };
        let mut made = Made::default();
        made.read(&self.mapping, target.kind, &also.fields, &also.props, values)?;
        let touchpoint = finished(target, made, order, &mut self.addresses)?;
        self.out.push_back(Imported::Good(Event {
            id,
            time,
            visitor,
            touchpoint,
        }));
        Ok(())
    }

    /// Whether a condition holds; where there is none it does.
    fn is_asked_for(&self, when: Option<usize>, values: &[Value]) -> bool {
        when.is_none_or(|column| *at(values, column) == Value::Bool(true))
    }

    fn visitor(&self, column: usize, values: &[Value]) -> Read<VisitorId> {
        let value = at(values, column);
        let text =
            id_text(value).ok_or_else(|| Refusal::new("visitor_id", format!("the visitor is {}", shown(value))))?;
        VisitorId::parse(&text)
            .map_err(|error| Refusal::new(error.code(), format!("visitor {}: {error}", shown(value))))
    }

    fn customer(&self, column: Option<usize>, values: &[Value]) -> Read<Option<CustomerId>> {
        let Some(value) = column.map(|column| at(values, column)) else {
            return Ok(None);
        };
        if is_empty(value) {
            return Ok(None);
        }
        let text =
            id_text(value).ok_or_else(|| Refusal::new("customer_id", format!("the customer is {}", shown(value))))?;
        let customer = CustomerId::parse(&text);
        customer
            .map(Some)
            .map_err(|error| Refusal::new(error.code(), format!("customer {}: {error}", shown(value))))
    }

    fn time(&self, rule: &TimeRule, values: &[Value]) -> Read<Timestamp> {
        let value = at(values, rule.column);
        let time = rule.read(value).map_err(|detail| Refusal::new("time", detail))?;
        if time.since(self.now) > CLOCK_AHEAD_MAX_MS {
            return Err(Refusal::new("time", format!("{} is in the future", rule.shown(value))));
        }
        Ok(time)
    }

    /// The target of a row, unless the mapping leaves the row out.
    fn target<'v>(&mut self, values: &'v [Value]) -> Result<Named<'v>, Refusal> {
        if !self.is_asked_for(self.mapping.when, values) {
            let condition = self.mapping.when.map_or(&Value::Null, |column| at(values, column));
            return Ok(Named::LeftOut(Why::When(condition)));
        }
        let (column, targets, left_out, others) = match &self.mapping.event {
            EventRule::Always(target) => return Ok(Named::Target(Arc::clone(target))),
            EventRule::Column {
                column,
                targets,
                left_out,
                others,
            } => (*column, targets, left_out, *others),
        };
        let value = at(values, column);
        let name =
            id_text(value).ok_or_else(|| Refusal::new("name", format!("the event's name is {}", shown(value))))?;
        let known = targets.get(name.as_ref()).or_else(|| self.targets.get(name.as_ref()));
        if let Some(target) = known {
            return Ok(Named::Target(Arc::clone(target)));
        }
        if left_out.iter().any(|left_out| *left_out == name) {
            return Ok(Named::LeftOut(Why::Listed(value)));
        }
        if others == Others::LeaveOut {
            return Ok(Named::LeftOut(Why::Other(value)));
        }
        if others == Others::Refuse {
            let detail = format!("event {} is not under [event.kinds]", shown(value));
            return Err(Refusal::new("name", detail));
        }
        if !touchpoint::is_name(&name) {
            let error = wayside_model::Error::new(wayside_model::ErrorKind::Name);
            return Err(Refusal::new(error.code(), format!("event {}: {error}", shown(value))));
        }
        // Names are few where they name events; where they do not, they are not kept.
        if self.targets.len() >= TARGETS_MAX {
            self.targets.clear();
        }
        let target = Arc::new(Target::new(&name, Vec::new()));
        self.targets.insert(name.into_owned(), Arc::clone(&target));
        Ok(Named::Target(target))
    }

    fn touchpoint(&self, target: &Target, values: &[Value], rows: &[Row]) -> Result<Made, Refusal> {
        let mut made = Made::default();
        made.read(
            &self.mapping,
            target.kind,
            &self.mapping.fields,
            &self.mapping.props,
            values,
        )?;
        if target.kind.has(Field::Items) {
            let mut items = Vec::new();
            match &self.mapping.items {
                Items::Row(rules) if rules.is_empty() => {}
                Items::Row(rules) => {
                    for row in rows {
                        let values = rules.iter().map(|(field, rule)| (*field, rule.value(&row.values)));
                        items.extend(self.item(values)?);
                    }
                }
                Items::List { column, rules } => {
                    let list = at(values, *column);
                    let inner = list.as_text().and_then(path::json_in);
                    let list = inner.as_ref().unwrap_or(list);
                    let of = |entry: &Value| {
                        let values = rules.iter().map(|(field, rule)| (*field, rule.value(entry)));
                        self.item(values.map(|(field, value)| (field, Cow::Owned(value))))
                    };
                    for entry in list.list().iter().filter(|entry| **entry != Value::Null) {
                        items.extend(of(entry)?);
                    }
                    // An object that names a product is one; other objects have other things to say.
                    if let Value::Map(_) = list {
                        items.extend(of(list)?.filter(|item| item.get(Field::ItemId).is_some()));
                    }
                }
            }
            if items.len() > ITEMS_MAX {
                return Err(Refusal::new(
                    "too_many",
                    format!("{} products are more than {ITEMS_MAX}", items.len()),
                ));
            }
            if !items.is_empty() {
                made.set(Field::Items, FieldValue::Items(items))?;
            }
        }
        Ok(made)
    }

    /// A product; `None` where nothing is said of it.
    fn item<'v>(&self, values: impl Iterator<Item = (Field, Cow<'v, Value>)>) -> Result<Option<Fields>, Refusal> {
        let mut item = Fields::new();
        for (field, value) in values.filter(|(_, value)| !is_empty(value)) {
            let read = read(&self.mapping, field, &value)?;
            item.set(field, read).map_err(|error| Refusal::of(error, &value))?;
        }
        // A row without a product may still have the constants of one.
        let says = item
            .iter()
            .any(|(field, _)| !matches!(field, Field::Quantity | Field::Index));
        Ok(says.then_some(item))
    }

    fn identify(&mut self, visitor: &VisitorId, customer: &CustomerId, time: Timestamp, order: i64) {
        if self.identified.len() >= IDENTIFIED_MAX {
            self.identified.clear();
        }
        if !self
            .identified
            .insert(self.hasher.hash_one((visitor.as_str(), customer.as_str())))
        {
            return;
        }
        let mut fields = Fields::new();
        fields.set_text(Field::CustomerId, customer.as_str());
        fields.set_int(Field::SourceOrder, order);
        let parts: [&[u8]; 4] = [
            b"identify",
            visitor.as_str().as_bytes(),
            customer.as_str().as_bytes(),
            &time.millis().to_be_bytes(),
        ];
        self.out.push_back(Imported::Good(Event {
            id: self.ids.once(&parts),
            time,
            visitor: visitor.clone(),
            touchpoint: Touchpoint::made(Kind::Identify, fields),
        }));
    }

    fn refuse(&mut self, id: EventId, whole: &Whole<'_>, visitor: Option<&VisitorId>, refusal: Refusal) {
        let raw = raw_row(&self.mapping.columns, &whole.values);
        self.out.push_back(Imported::Bad(BadRow {
            id,
            line: whole.line,
            time: self.time(&self.mapping.time, &whole.values).ok(),
            visitor: visitor.cloned(),
            code: refusal.code,
            detail: refusal.detail,
            raw: kept(raw),
        }));
    }
}

/// The target of a row's event, by its name.
enum Named<'v> {
    Target(Arc<Target>),
    LeftOut(Why<'v>),
}

/// Rows that are one touchpoint, put together: of each column the first value that is there.
struct Whole<'r> {
    line: u64,
    fingerprint: u64,
    values: Cow<'r, [Value]>,
}

impl<'r> Whole<'r> {
    fn of(rows: &'r [Row]) -> Option<Self> {
        let (first, more) = rows.split_first()?;
        let mut whole = Self {
            line: first.line,
            fingerprint: first.fingerprint,
            values: Cow::Borrowed(&first.values),
        };
        for row in more {
            whole.fingerprint = whole.fingerprint.rotate_left(5) ^ row.fingerprint;
            for (value, other) in whole.values.to_mut().iter_mut().zip(&row.values) {
                if is_empty(value) {
                    *value = other.clone();
                }
            }
        }
        Some(whole)
    }
}

/// The source's own id of a row or of a part of it.
fn own_id(value: &Value) -> Read<Cow<'_, str>> {
    id_text(value).ok_or_else(|| Refusal::new("id", format!("the row's id is {}", shown(value))))
}

/// The values of a row that the mapping reads, as a JSON object.
pub(super) fn raw_row(columns: &[Column], values: &[Value]) -> String {
    let pairs = columns.iter().zip(values).map(|(column, value)| {
        let value = match column.is_millis {
            true => of_millis(value),
            false => value.clone(),
        };
        (column.name.clone(), value)
    });
    let row = Value::Map(pairs.collect());
    serde_json::to_string(&row).unwrap_or_default()
}

/// The beginning of a row's text, as its dead letter keeps it.
fn kept(raw: String) -> Option<String> {
    (!raw.is_empty()).then(|| cut(&raw, RAW_MAX_BYTES).to_owned())
}

/// Longest text kept with a dead letter: a screen of it, so that a file of nonsense does not fill the log.
const RAW_MAX_BYTES: usize = 4 * 1024;

/// Event names remembered: more than any tracking plan has.
const TARGETS_MAX: usize = 1_000;

/// Pairs of visitor and customer remembered, 18 MB of them. Beyond that some are told again, which changes nothing.
const IDENTIFIED_MAX: usize = 917_504;
