//! The checks of the fuzz targets in `tests/fuzz`. An ordinary test replays `tests/fuzz/crashers` with the same
//! functions.

use wayside_model::wire::{self, Decoded};
use wayside_model::{Batch, Journey, Value, url};
use wayside_plan::{Plan, Verdict};

/// A fuzz target: its name and the function that checks an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("decode", decode),
    ("json", json),
    ("state", state),
    ("scrub", scrub),
    ("plan", plan),
];

/// Reads any bytes as a binary batch: it must be refused, or each event counted once, and valid events must survive
/// both forms.
pub fn decode(bytes: &[u8]) {
    if let Ok(decoded) = wire::decode(bytes) {
        check(&decoded);
    }
}

/// Reads any text as a JSON batch and as a JSON event.
pub fn json(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    if let Ok(decoded) = wire::from_value(&value) {
        check(&decoded);
    }
    if let Ok(event) = wire::event_from_value(&value) {
        let again = wire::event_from_value(&wire::event_to_value(&event));
        assert_eq!(again.as_ref(), Ok(&event));
    }
}

/// Reads any bytes as the saved state of a journey: they must be refused, or saved again unchanged.
pub fn state(bytes: &[u8]) {
    if let Ok(mut journey) = Journey::restore(bytes) {
        let again = Journey::restore(&journey.save());
        assert_eq!(again, Ok(journey));
    }
}

/// Scrubs any text as an address: scrubbing must only remove text and must be idempotent.
pub fn scrub(bytes: &[u8]) {
    if let Ok(address) = str::from_utf8(bytes) {
        let once = url::scrub(address);
        assert!(once.len() <= address.len());
        assert_eq!(url::scrub(&once), once);
    }
}

/// Reads any text as a tracking plan and, after a zero byte, any JSON as a touchpoint: the plan must be refused or
/// survive its JSON form, and a verdict must name its reasons.
pub fn plan(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (text, touchpoint) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let Ok((plan, value)) = Plan::read_value(text) else {
        return;
    };
    let json = serde_json::to_string(&value).expect("a plan that was read can be written");
    let again = serde_json::from_str::<Value>(&json).expect("a plan that was written can be read");
    let again = Plan::parse(&again).expect("a plan survives its JSON form");
    assert!(again.names().eq(plan.names()));
    let Ok(touchpoint) = serde_json::from_slice::<Value>(touchpoint) else {
        return;
    };
    let verdict = plan.check(&touchpoint);
    assert_eq!(again.check(&touchpoint), verdict);
    let kind = touchpoint.get("kind").and_then(Value::as_text).unwrap_or_default();
    assert_eq!(verdict == Verdict::Unplanned, !plan.names().any(|name| name == kind));
    if let Verdict::Broken(found) = verdict {
        assert!(!found.is_empty());
    }
}

fn check(decoded: &Decoded) {
    let mut seqs: Vec<u32> = decoded.good.iter().map(|event| event.id.seq).collect();
    seqs.extend(decoded.bad.iter().map(|event| event.seq));
    seqs.sort_unstable();
    assert!(seqs.into_iter().eq(decoded.first_seq..=decoded.last_seq));
    if decoded.good.is_empty() {
        return;
    }
    let batch = Batch {
        site: decoded.site.clone(),
        writer: decoded.writer,
        visitor: decoded.visitor.clone(),
        consent: decoded.consent,
        automated: decoded.automated,
        first_seq: 0,
        events: decoded
            .good
            .iter()
            .map(|event| (event.time, event.touchpoint.clone()))
            .collect(),
    };
    let again = wire::decode(&batch.encode()).expect("a decoded batch can be encoded");
    assert_eq!(again.bad, []);
    assert!(
        again
            .good
            .iter()
            .map(|event| &event.touchpoint)
            .eq(batch.events.iter().map(|(_, touchpoint)| touchpoint))
    );
}
