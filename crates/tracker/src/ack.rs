//! Acknowledgements: the events that the collector has on disk.

use alloc::vec::Vec;

use wayside_model::{Value, WriterId};

/// The acknowledged ranges of seq with their writers.
pub(crate) struct Acks(Vec<(WriterId, i64, i64)>);

impl Acks {
    /// Reads `{"acks":[{"writer":"<32 hex>","ranges":[[first,last],…]}]}`. An answer of another form acknowledges
    /// nothing.
    pub(crate) fn parse(answer: &Value) -> Self {
        let mut found = Vec::new();
        for ack in of(answer, "acks") {
            let writer = ack.get("writer").and_then(Value::as_text).unwrap_or_default();
            let Ok(writer) = WriterId::parse(writer) else {
                continue;
            };
            for range in of(ack, "ranges") {
                if let [first, last] = range.list()
                    && let (Some(first), Some(last)) = (first.as_int(), last.as_int())
                {
                    found.push((writer, first, last));
                }
            }
        }
        Self(found)
    }

    /// The range from `first` to `last`, used to remove events that are given up.
    pub(crate) fn of(writer: WriterId, first: u32, last: u32) -> Self {
        Self([(writer, first.into(), last.into())].into())
    }

    /// Whether a single range covers all seqs from `first` to `last`.
    pub(crate) fn cover(&self, writer: WriterId, first: u32, last: u32) -> bool {
        self.0
            .iter()
            .any(|(w, from, to)| *w == writer && *from <= first.into() && i64::from(last) <= *to)
    }
}

fn of<'a>(map: &'a Value, name: &str) -> &'a [Value] {
    map.get(name).map(Value::list).unwrap_or_default()
}
