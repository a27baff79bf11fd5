//! The model as Wasm for Node: `@wayside/testing` decodes batches, folds journeys and checks tracking plans with it.
//!
//! `cargo xtask wasm` builds this into `js/testing/dist`. Typed values cross by serde-wasm-bindgen.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wayside_model::event::sort_canonical;
use wayside_model::limits::BODY_MAX_BYTES;
use wayside_model::wire::{self, BadEvent};
use wayside_model::{ErrorKind, Event, Value, WriterId};
use wayside_plan::{Plan, Verdict};
use wayside_testkit::conformance::canonical;

/// The result of decoding a body.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Decoded {
    Batch(Batch),
    Refusal(Refusal),
}

/// A batch with its events in their JSON form.
#[derive(Serialize)]
struct Batch {
    site: String,
    writer: String,
    consent: &'static str,
    automated: bool,
    first_seq: u32,
    last_seq: u32,
    events: Vec<Value>,
    dead: Vec<DeadLetter>,
}

/// An event that the model refuses.
#[derive(Serialize)]
struct DeadLetter {
    writer: String,
    seq: u32,
    time: Option<i64>,
    code: &'static str,
    detail: String,
}

/// The refusal of a body.
#[derive(Serialize)]
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

/// Journeys, customer by customer.
#[derive(Serialize)]
struct Journeys {
    /// `writer seq` of every event in canonical order.
    order: Vec<String>,
    customers: Vec<Customer>,
}

/// A customer's events with their places in the journey, in the form of the corpus `tests/journeys`.
#[derive(Serialize)]
struct Customer {
    customer: String,
    events: Vec<Value>,
}

/// The result of checking touchpoints against a plan; touchpoints are indices of the list.
#[derive(Serialize)]
struct AgainstPlan {
    violations: Vec<Violation>,
    unplanned: Vec<u32>,
}

/// A violation of the plan. Without `arrived`, the property is missing.
#[derive(Serialize)]
struct Violation {
    touchpoint: u32,
    path: String,
    wanted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived: Option<Value>,
}

/// Decodes a body as the collector does: `{ batch }` or `{ refusal }`.
///
/// # Errors
///
/// Fails if the result cannot be represented in JavaScript.
#[wasm_bindgen]
pub fn decode(body: &[u8]) -> Result<JsValue, JsError> {
    to_js(&match read(body) {
        Ok(batch) => Decoded::Batch(batch_of(batch)),
        Err(refusal) => Decoded::Refusal(refusal),
    })
}

/// Folds a list of events into journeys.
///
/// # Errors
///
/// Fails if a value of the list is not a valid event.
#[wasm_bindgen]
pub fn journeys(events: JsValue) -> Result<JsValue, JsError> {
    let mut read = Vec::new();
    for value in from_js::<Vec<Value>>(events)? {
        read.push(wire::event_from_value(&value).map_err(|error| JsError::new(&error.to_string()))?);
    }
    sort_canonical(&mut read);
    let customers = canonical(&read).customers();
    to_js(&Journeys {
        order: read.iter().map(id_of).collect(),
        customers: customers
            .map(|(customer, events)| Customer { customer, events })
            .collect(),
    })
}

/// Reads a tracking plan in YAML or JSON.
///
/// # Errors
///
/// Fails if the text is not a valid plan.
#[wasm_bindgen]
pub fn read_plan(text: &str) -> Result<JsValue, JsError> {
    let (_, value) = Plan::read_value(text)?;
    to_js(&value)
}

/// Checks that a value is a valid plan.
///
/// # Errors
///
/// Fails if it is not.
#[wasm_bindgen]
pub fn check_plan(plan: JsValue) -> Result<(), JsError> {
    parse_plan(plan)?;
    Ok(())
}

/// Checks a list of touchpoints against a plan.
///
/// # Errors
///
/// Fails if the plan is not valid, or the list contains something that JSON cannot represent.
#[wasm_bindgen]
pub fn against_plan(plan: JsValue, touchpoints: JsValue) -> Result<JsValue, JsError> {
    let plan = parse_plan(plan)?;
    let mut found = AgainstPlan {
        violations: Vec::new(),
        unplanned: Vec::new(),
    };
    for (at, touchpoint) in (0..).zip(from_js::<Vec<Value>>(touchpoints)?) {
        match plan.check(&touchpoint) {
            Verdict::Follows => {}
            Verdict::Unplanned => found.unplanned.push(at),
            Verdict::Broken(broken) => found.violations.extend(broken.into_iter().map(|one| Violation {
                touchpoint: at,
                path: one.path,
                wanted: one.wanted,
                arrived: one.arrived,
            })),
        }
    }
    to_js(&found)
}

fn parse_plan(plan: JsValue) -> Result<Plan, JsError> {
    Ok(Plan::parse(&from_js(plan)?)?)
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsError> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}

/// Plain objects, as `JSON.parse` makes them.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    Ok(value.serialize(&Serializer::json_compatible())?)
}

/// Reads a body in the encoding that its first byte denotes, or returns the refusal that the collector would send.
fn read(body: &[u8]) -> Result<wire::Decoded, Refusal> {
    if body.len() > BODY_MAX_BYTES {
        let message = format!("the body has more than {BODY_MAX_BYTES} bytes");
        return Err(refusal(413, "too_large", message));
    }
    let decoded = match body.first() {
        Some(b'{') => match serde_json::from_slice(body) {
            Ok(mut value) => {
                wire::open_items(&mut value, |text| serde_json::from_str(text).ok());
                wire::from_value(&value)
            }
            Err(error) => {
                let message = format!("the body looks like JSON but does not parse: {error}");
                return Err(refusal(400, "malformed", message));
            }
        },
        _ => wire::decode(body),
    };
    decoded.map_err(|error| match error.kind() {
        ErrorKind::UnsupportedVersion => refusal(
            400,
            "unsupported_version",
            "the batch's encoding or version is unknown to this version of @wayside/testing".into(),
        ),
        _ => refusal(400, "malformed", format!("the body is not a batch: {error}")),
    })
}

fn refusal(status: u16, code: &'static str, message: String) -> Refusal {
    Refusal { status, code, message }
}

/// The batch with its events as JSON. Addresses are scrubbed once more, as in the collector.
fn batch_of(batch: wire::Decoded) -> Batch {
    let writer = batch.writer;
    let events = batch.good.into_iter().map(|event| {
        wire::event_to_value(&Event {
            touchpoint: event.touchpoint.scrubbed(),
            ..event
        })
    });
    Batch {
        site: batch.site.as_str().into(),
        writer: writer.to_hex(),
        consent: batch.consent.name(),
        automated: batch.automated,
        first_seq: batch.first_seq,
        last_seq: batch.last_seq,
        events: events.collect(),
        dead: batch.bad.into_iter().map(|bad| dead_letter(writer, bad)).collect(),
    }
}

fn dead_letter(writer: WriterId, bad: BadEvent) -> DeadLetter {
    DeadLetter {
        writer: writer.to_hex(),
        seq: bad.seq,
        time: bad.time.map(|time| time.millis()),
        code: bad.code,
        detail: bad.detail,
    }
}

fn id_of(event: &Event) -> String {
    format!("{} {}", event.id.writer.to_hex(), event.id.seq)
}
