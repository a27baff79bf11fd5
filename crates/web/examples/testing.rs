//! The model as Wasm for Node: `@wayside/testing` decodes batches, folds journeys and checks tracking plans with it.
//!
//! `cargo xtask wasm` builds this into `js/testing/dist`.

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use wayside_model::event::sort_canonical;
use wayside_model::limits::BODY_MAX_BYTES;
use wayside_model::wire::{self, BadEvent, Decoded};
use wayside_model::{ErrorKind, Event, Touch, Value, WriterId};
use wayside_plan::{Plan, Verdict};
use wayside_testkit::conformance::canonical_json;

/// Decodes a body as the collector does. Returns JSON: `{"batch":{…}}`, or `{"refusal":{"status","code","message"}}`.
///
/// # Errors
///
/// Fails if the result cannot be written as JSON.
#[wasm_bindgen]
pub fn decode(body: &[u8]) -> Result<String, JsError> {
    let decoded = match read(body) {
        Ok(batch) => Value::map([("batch", batch_value(batch))]),
        Err(refusal) => Value::map([("refusal", refusal)]),
    };
    Ok(serde_json::to_string(&decoded)?)
}

/// Folds events, one line of JSON each, into journeys: `{"order":["writer seq",…],"model","customers":[…]}`, with
/// customers in the format of the corpus `tests/journeys`.
///
/// # Errors
///
/// Fails if a line is not a valid event.
#[wasm_bindgen]
pub fn journeys(events: &str) -> Result<String, JsError> {
    let mut read = Vec::new();
    for line in events.lines() {
        let value: Value = serde_json::from_str(line)?;
        read.push(wire::event_from_value(&value).map_err(|error| JsError::new(&error.to_string()))?);
    }
    sort_canonical(&mut read);
    let order = Value::List(read.iter().map(id_value).collect());
    let order = serde_json::to_string(&order)?;
    let canonical = canonical_json(&read);
    Ok(canonical.replacen('{', &format!("{{\"order\":{order},"), 1))
}

/// Reads a tracking plan in YAML or JSON and returns it as JSON.
///
/// # Errors
///
/// Fails if the text is not a valid plan.
#[wasm_bindgen]
pub fn read_plan(text: &str) -> Result<String, JsError> {
    let (_, value) = Plan::read_value(text)?;
    Ok(serde_json::to_string(&value)?)
}

/// Checks that JSON is a valid plan.
///
/// # Errors
///
/// Fails if it is not.
#[wasm_bindgen]
pub fn check_plan(plan: &str) -> Result<(), JsError> {
    parse_plan(plan)?;
    Ok(())
}

/// Checks touchpoints, a JSON list, against a plan in JSON. Returns
/// `{"violations":[{"touchpoint","path","wanted","arrived"?}], "unplanned":[…]}`, in which touchpoints are indices of
/// the list.
///
/// # Errors
///
/// Fails if the plan or the list is not valid JSON of its form.
#[wasm_bindgen]
pub fn against_plan(plan: &str, touchpoints: &str) -> Result<String, JsError> {
    let plan = parse_plan(plan)?;
    let touchpoints: Value = serde_json::from_str(touchpoints)?;
    let mut violations = Vec::new();
    let mut unplanned = Vec::new();
    for (at, touchpoint) in (0..).zip(touchpoints.list()) {
        match plan.check(touchpoint) {
            Verdict::Follows => {}
            Verdict::Unplanned => unplanned.push(Value::Int(at)),
            Verdict::Broken(found) => violations.extend(found.into_iter().map(|one| {
                let pairs = [
                    ("touchpoint", Value::Int(at)),
                    ("path", Value::Text(one.path)),
                    ("wanted", Value::Text(one.wanted)),
                ];
                Value::map(pairs.into_iter().chain(one.arrived.map(|arrived| ("arrived", arrived))))
            })),
        }
    }
    let found = Value::map([
        ("violations", Value::List(violations)),
        ("unplanned", Value::List(unplanned)),
    ]);
    Ok(serde_json::to_string(&found)?)
}

fn parse_plan(plan: &str) -> Result<Plan, JsError> {
    let value: Value = serde_json::from_str(plan)?;
    Ok(Plan::parse(&value)?)
}

/// Reads a body in the encoding that its first byte denotes, or returns the refusal that the collector would send.
fn read(body: &[u8]) -> Result<Decoded, Value> {
    if body.len() > BODY_MAX_BYTES {
        let message = format!("the body has more than {BODY_MAX_BYTES} bytes");
        return Err(refusal(413, "too_large", &message));
    }
    let decoded = match body.first() {
        Some(b'{') => match serde_json::from_slice(body) {
            Ok(mut value) => {
                wire::open_items(&mut value, |text| serde_json::from_str(text).ok());
                wire::from_value(&value)
            }
            Err(error) => {
                let message = format!("the body looks like JSON but does not parse: {error}");
                return Err(refusal(400, "malformed", &message));
            }
        },
        _ => wire::decode(body),
    };
    decoded.map_err(|error| match error.kind() {
        ErrorKind::UnsupportedVersion => refusal(
            400,
            "unsupported_version",
            "the batch's encoding or version is unknown to this version of @wayside/testing",
        ),
        _ => refusal(400, "malformed", &format!("the body is not a batch: {error}")),
    })
}

fn refusal(status: i64, code: &str, message: &str) -> Value {
    Value::map([
        ("status", Value::Int(status)),
        ("code", Value::from(code)),
        ("message", Value::from(message)),
    ])
}

/// The batch with its events as JSON. Addresses are scrubbed once more, as in the collector.
fn batch_value(batch: Decoded) -> Value {
    let writer = batch.writer;
    let events = batch.good.into_iter().map(|event| {
        wire::event_to_value(&Event {
            touchpoint: event.touchpoint.scrubbed(),
            ..event
        })
    });
    let dead = batch.bad.into_iter().map(|bad| dead_value(writer, bad));
    Value::map([
        ("site", Value::from(batch.site.as_str())),
        ("writer", Value::Text(writer.to_hex())),
        ("consent", Value::from(batch.consent.name())),
        ("automated", Value::Bool(batch.automated)),
        ("first_seq", Value::Int(batch.first_seq.into())),
        ("last_seq", Value::Int(batch.last_seq.into())),
        ("events", Value::List(events.collect())),
        ("dead", Value::List(dead.collect())),
    ])
}

fn dead_value(writer: WriterId, bad: BadEvent) -> Value {
    Value::map([
        ("writer", Value::Text(writer.to_hex())),
        ("seq", Value::Int(bad.seq.into())),
        ("time", bad.time.map_or(Value::Null, |time| Value::Int(time.millis()))),
        ("code", Value::from(bad.code)),
        ("detail", Value::Text(bad.detail)),
    ])
}

fn id_value(event: &Event) -> Value {
    let id = event.id();
    Value::Text(format!("{} {}", id.writer.to_hex(), id.seq))
}
