//! What the fuzz targets of `tests/fuzz` check. An ordinary test replays `tests/fuzz/crashers` through the same functions.

use wayside_model::journey::Config;
use wayside_model::wire::{self, Decoded};
use wayside_model::{Batch, Journey, Value, url};

/// A target: its name and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[("decode", decode), ("json", json), ("state", state), ("scrub", scrub)];

/// Any bytes as a binary batch: refused, or each event counted once, and what is good comes back by both forms.
pub fn decode(bytes: &[u8]) {
    if let Ok(decoded) = wire::decode(bytes) {
        check(&decoded);
    }
}

/// Any text as a JSON batch and as a JSON event.
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

/// Any bytes as the saved state of a journey: refused, or saved again as it was.
pub fn state(bytes: &[u8]) {
    if let Ok(mut journey) = Journey::restore(&Config::default(), bytes) {
        let again = Journey::restore(&Config::default(), &journey.save());
        assert_eq!(again, Ok(journey));
    }
}

/// Any text as an address: scrubbing only takes away, and twice is once.
pub fn scrub(bytes: &[u8]) {
    if let Ok(address) = str::from_utf8(bytes) {
        let once = url::scrub(address);
        assert!(once.len() <= address.len());
        assert_eq!(url::scrub(&once), once);
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
    let again = wire::decode(&batch.encode()).expect("what was decoded can be encoded");
    assert_eq!(again.bad, []);
    assert!(
        again
            .good
            .iter()
            .map(|event| &event.touchpoint)
            .eq(batch.events.iter().map(|(_, touchpoint)| touchpoint))
    );
}
