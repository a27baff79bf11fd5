//! What the collector says is on disk.

use alloc::vec::Vec;

use wayside_model::{Value, WriterId};

/// The ranges of seq that an answer names, by writer.
pub(crate) struct Acks(Vec<(WriterId, u32, u32)>);

impl Acks {
    /// Reads `{"acks":[{"writer":"<32 hex>","ranges":[[first,last],…]}]}`. What is not of that shape acks nothing.
    pub(crate) fn parse(answer: &Value) -> Self {
        let mut found = Vec::new();
        for ack in answer.get("acks").map(Value::list).unwrap_or_default() {
            let writer = ack.get("writer").and_then(Value::as_text);
            let Some(writer) = writer.and_then(|raw| WriterId::parse(raw).ok()) else {
                continue;
            };
            for range in ack.get("ranges").map(Value::list).unwrap_or_default() {
                let end = |at: usize| u32::try_from(range.list().get(at)?.as_int()?).ok();
                if let (Some(first), Some(last)) = (end(0), end(1)) {
                    found.push((writer, first, last));
                }
            }
        }
        Self(found)
    }

    /// Everything from `first` to `last`, as if it had been acked: for what is given up.
    pub(crate) fn of(writer: WriterId, first: u32, last: u32) -> Self {
        Self([(writer, first, last)].into())
    }

    /// Whether one range covers all of these.
    pub(crate) fn cover(&self, writer: WriterId, first: u32, last: u32) -> bool {
        self.0
            .iter()
            .any(|(w, from, to)| *w == writer && *from <= first && last <= *to)
    }
}
