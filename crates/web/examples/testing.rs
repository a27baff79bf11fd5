//! The model as Wasm for Node: `@wayside/testing` decodes batches, folds journeys and checks tracking plans with it.
//!
//! `cargo xtask wasm` builds this into `js/testing/dist`. Typed values cross by serde-wasm-bindgen.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wayside_model::accept::{self, Refused};
use wayside_model::event::sort_canonical;
use wayside_model::limits::BODY_MAX_BYTES;
use wayside_model::wire::{self, BadEvent};
use wayside_model::{Acks, Event, Value, WriterId};
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
    /// The collector's answer.
    answer: Value,
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
    let read = accept::body(body, BODY_MAX_BYTES, |json| serde_json::from_slice(json));
    to_js(&match read {
        Ok(batch) => Decoded::Batch(batch_of(batch)),
        Err(refused) => Decoded::Refusal(refusal(&refused)),
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

/// The refusal that the collector would send.
fn refusal(refused: &Refused<serde_json::Error>) -> Refusal {
    let message = match refused {
        Refused::TooLarge(bytes) => format!("the body has more than {bytes} bytes"),
        Refused::NotJson(error) => format!("the body looks like JSON but does not parse: {error}"),
        Refused::UnsupportedVersion => {
            "the batch's encoding or version is unknown to this version of @wayside/testing".into()
        }
        Refused::Malformed(error) => format!("the body is not a batch: {error}"),
    };
    Refusal {
        status: refused.status(),
        code: refused.code(),
        message,
    }
}

/// The batch with its events as JSON. Addresses are scrubbed and events are checked once more, as in the collector, but
/// not their times, because a test may set its page's clock.
fn batch_of(batch: wire::Decoded) -> Batch {
    let writer = batch.writer;
    let mut dead: Vec<DeadLetter> = batch.bad.into_iter().map(|bad| dead_letter(writer, bad)).collect();
    let mut events = Vec::new();
    for event in batch.good {
        let event = Event {
            touchpoint: event.touchpoint.scrubbed(),
            ..event
        };
        match accept::event(&event) {
            Ok(()) => events.push(wire::event_to_value(&event)),
            Err(error) => dead.push(DeadLetter {
                writer: writer.to_hex(),
                seq: event.id.seq,
                time: Some(event.time.millis()),
                code: error.code(),
                detail: error.to_string(),
            }),
        }
    }
    Batch {
        site: batch.site.as_str().into(),
        writer: writer.to_hex(),
        consent: batch.consent.name(),
        automated: batch.automated,
        answer: Acks::of(writer, batch.first_seq, batch.last_seq).to_value(),
        events,
        dead,
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
