//! The procedure of the conformance corpus: it turns the lines of a journey into canonical JSON.
//!
//! The same function runs natively and in the browser. The test through collector, table and analyzer starts with
//! [`page_events`] and writes its rows with [`Canonical`]. All have to give the same bytes.
//!
//! # A corpus line
//!
//! An event is a JSON event without `seq`: `{"time":1764000000000,"visitor":"v1","kind":"page_view","url":"/"}`.
//! `writer` is a page load as a short hexadecimal number; its default is `1`. Raw activity in the page is
//! `{"time":…,"visitor":"v1","activity":"click","element":"#buy","x":10,"y":10}` with `"selects_text"`, `"ignored"` and
//! `"repeatable"` if they are true. The lines of one writer are in order of time.

use std::collections::BTreeMap;

use wayside_model::customer::{self, Identified};
use wayside_model::event::sort_canonical;
use wayside_model::journey::Config;
use wayside_model::{
    Activity, Click, Event, EventId, Journey, MODEL_VERSION, Page, Placed, Signal, Timestamp, Touch, Touchpoint, Value,
    VisitorId, WriterId, wire,
};

/// Runs a corpus file through the model.
///
/// # Errors
///
/// Fails if a line is not a valid corpus line; the message names the line.
pub fn try_run(jsonl: &str) -> Result<String, String> {
    Ok(canonical_json(&try_page_events(jsonl)?))
}

/// Runs a corpus file through the model.
///
/// # Panics
///
/// When a line is not as the corpus has them; the message names it.
pub fn run(jsonl: &str) -> String {
    try_run(jsonl).unwrap_or_else(|error| panic!("{error}"))
}

/// The events that a page would upload for a corpus file, in canonical order.
///
/// # Panics
///
/// When a line is not as the corpus has them; the message names it.
pub fn page_events(jsonl: &str) -> Vec<Event> {
    try_page_events(jsonl).unwrap_or_else(|error| panic!("{error}"))
}

/// The events that a page would upload for a corpus file, in canonical order.
///
/// # Errors
///
/// Fails if a line is not a valid corpus line; the message names the line.
///
/// It does the same as the tracker: events get their seq in the order of capture, raw activity is passed to the page's
/// detectors, and each signal that these find is captured at its time as a touchpoint of kind `signal`.
pub fn try_page_events(jsonl: &str) -> Result<Vec<Event>, String> {
    let limits = &Config::default().thresholds;
    let mut writers: BTreeMap<WriterId, (u32, Page)> = BTreeMap::new();
    let mut events = Vec::new();
    for (number, line) in (1..).zip(jsonl.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let failed = |error: &dyn std::fmt::Display| format!("line {number}: {error}");
        let line: Value = serde_json::from_str(line).map_err(|error| failed(&error))?;
        let writer = writer(&line).ok_or_else(|| failed(&"writer is not a hexadecimal number"))?;
        let time = line
            .get("time")
            .and_then(Value::as_int)
            .and_then(Timestamp::checked)
            .ok_or_else(|| failed(&"time is missing or out of range"))?;
        let visitor = line.get("visitor").and_then(Value::as_text).unwrap_or("");
        let visitor = VisitorId::parse(visitor).map_err(|error| failed(&error))?;
        let (seq, page) = writers.entry(writer).or_insert_with(|| (0, Page::default()));
        let mut capture = |time: Timestamp, touchpoint: Touchpoint| {
            events.push(Event {
                id: EventId { writer, seq: *seq },
                time,
                visitor: visitor.clone(),
                touchpoint,
            });
            *seq += 1;
        };
        let mut found = Vec::new();
        if line.get("activity").is_none() {
            let touchpoint = touchpoint(&line).map_err(|error| failed(&error))?;
            page.on_touchpoint(&touchpoint, time, limits, &mut found);
            capture(time, touchpoint);
        } else {
            let activity =
                activity(&line).ok_or_else(|| failed(&"unknown activity, or one of its properties is missing"))?;
            page.on_activity(&activity, time, limits, &mut found);
        }
        for signal in found {
            capture(signal.time, signal.clone().take_touchpoint());
        }
    }
    sort_canonical(&mut events);
    Ok(events)
}

/// Folds events in canonical order, customer by customer, and returns the model's results as canonical JSON.
pub fn canonical_json(events: &[Event]) -> String {
    canonical(events).finish()
}

/// Folds events in canonical order, customer by customer.
pub fn canonical(events: &[Event]) -> Canonical {
    let customers = customers(events);
    let mut journeys: BTreeMap<&str, Journey> = BTreeMap::new();
    let mut canonical = Canonical::default();
    let config = Config::default();
    for event in events {
        let customer = &customers[event.visitor.as_str()];
        let journey = journeys.entry(customer).or_default();
        let mut signals = Vec::new();
        let placed = journey.on_event(&config, event, &mut signals);
        canonical.add(customer, event, &placed, &signals);
    }
    canonical
}

/// The customer's key of each visitor.
fn customers(events: &[Event]) -> BTreeMap<&str, String> {
    let mut known: BTreeMap<&str, Option<Identified>> = BTreeMap::new();
    for event in events {
        let known = known.entry(event.visitor()).or_default();
        if let Some(found) = Identified::from_touch(event)
            && known.as_ref().is_none_or(|known| found.comes_before(known))
        {
            *known = Some(found);
        }
    }
    let keys = known.into_iter().map(|(visitor, known)| {
        let customer = known.as_ref().map(|known| known.customer.as_str());
        (visitor, customer::key(visitor, customer))
    });
    keys.collect()
}

/// A writer of canonical JSON with the model's result for each event: one line per event, customers sorted by their
/// bytes.
///
/// The rows of one customer have to be added in canonical order; customers may be added in any order.
#[derive(Debug, Default)]
pub struct Canonical(BTreeMap<String, Vec<Value>>);

impl Canonical {
    /// Adds an event of `customer` with its place in the journey and the signals that it decided.
    pub fn add<T: Touch>(&mut self, customer: &str, touch: &T, placed: &Placed, signals: &[Signal]) {
        let mut pairs = vec![
            ("writer", Value::Text(touch.id().writer.to_hex())),
            ("seq", Value::Int(touch.id().seq.into())),
            ("time", Value::Int(touch.time().millis())),
            ("visitor", Value::from(touch.visitor())),
            ("kind", Value::from(touch.kind().name())),
            ("session", Value::Int(placed.session.into())),
            ("starts_session", Value::Bool(placed.starts_session)),
            ("stage", Value::from(placed.stage.name())),
            ("channel", Value::from(placed.channel.name())),
        ];
        if let Some(found) = Signal::from_touch(touch) {
            pairs.push(("found_in_page", signal_value(&found)));
        }
        if !signals.is_empty() {
            pairs.push(("signals", Value::List(signals.iter().map(signal_value).collect())));
        }
        self.0.entry(customer.into()).or_default().push(Value::map(pairs));
    }

    /// The customers with their events.
    pub fn customers(self) -> impl Iterator<Item = (String, Vec<Value>)> {
        self.0.into_iter()
    }

    /// The JSON with a line break at its end.
    pub fn finish(self) -> String {
        let customers: Vec<String> = self
            .0
            .iter()
            .map(|(customer, events)| {
                let customer = json(&Value::from(customer.as_str()));
                let lines: Vec<String> = events.iter().map(json).collect();
                format!("{{\"customer\":{customer},\"events\":[\n{}\n]}}", lines.join(",\n"))
            })
            .collect();
        format!(
            "{{\"model\":{MODEL_VERSION},\"customers\":[\n{}\n]}}\n",
            customers.join(",\n")
        )
    }
}

fn signal_value(signal: &Signal) -> Value {
    Value::map([
        ("signal", Value::from(signal.kind.name())),
        ("family", Value::from(signal.kind.family().name())),
        ("time", Value::Int(signal.time.millis())),
        ("evidence", Value::Map(signal.evidence.to_pairs())),
    ])
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("a value has finite numbers and text keys")
}

fn writer(line: &Value) -> Option<WriterId> {
    match line.get("writer") {
        None => Some(WriterId(1)),
        Some(text) => u128::from_str_radix(text.as_text()?, 16).ok().map(WriterId),
    }
}

/// The touchpoint of an event line, read in the same way as from the wire.
fn touchpoint(line: &Value) -> Result<Touchpoint, wayside_model::Error> {
    let mut pairs: Vec<(String, Value)> = line.pairs().to_vec();
    pairs.retain(|(key, _)| key != "writer" && key != "seq");
    pairs.push(("writer".into(), Value::Text(WriterId(0).to_hex())));
    pairs.push(("seq".into(), Value::Int(0)));
    wire::event_from_value(&Value::Map(pairs)).map(|event| event.touchpoint)
}

fn activity(line: &Value) -> Option<Activity<'_>> {
    let pixels = |key| {
        line.get(key)
            .and_then(Value::as_int)
            .and_then(|n| i32::try_from(n).ok())
    };
    let is = |key| line.get(key).and_then(Value::as_bool).unwrap_or(false);
    match line.get("activity")?.as_text()? {
        "click" => Some(Activity::Click(Click {
            element: line.get("element")?.as_text()?,
            x: pixels("x")?,
            y: pixels("y")?,
            selects_text: is("selects_text"),
            ignored: is("ignored"),
            repeatable: is("repeatable"),
            expects_answer: is("expects_answer"),
        })),
        "pointer" => Some(Activity::Pointer {
            x: pixels("x")?,
            y: pixels("y")?,
        }),
        "scrolled" => Some(Activity::Scrolled {
            to_permille: pixels("to_permille")?,
        }),
        "zoomed" => Some(Activity::Zoomed {
            to_permille: pixels("to_permille")?,
        }),
        "over" => Some(Activity::Over {
            element: line.get("element")?.as_text()?,
        }),
        "used" => Some(Activity::Used),
        "answered" => Some(Activity::Answered),
        "left_at_top" => Some(Activity::LeftAtTop),
        "hidden" => Some(Activity::Hidden),
        "time" => Some(Activity::Time),
        _ => None,
    }
}
