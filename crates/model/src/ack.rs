//! Acknowledgements: the events that a collector has on disk, as it answers a batch.

use alloc::vec;
use alloc::vec::Vec;

use crate::id::WriterId;
use crate::value::Value;

/// The name of a site's settings in an answer: a JSON object as text, which the page keeps; empty text if the site has none any
/// more. An answer to a page that already has the site's settings does not contain it.
pub const SETTINGS: &str = "settings";
/// The name of a mark in an answer: `true` if somebody watches the site's live view, so that the page sends more often until the
/// next answer.
pub const WATCHED: &str = "watched";

/// The acknowledged ranges of seq with their writers. As JSON: `{"acks":[{"writer":"<32 hex>","ranges":[[first,last]]}]}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acks(Vec<(WriterId, i64, i64)>);

impl Acks {
    /// The range from `first` to `last`.
    pub fn of(writer: WriterId, first: u32, last: u32) -> Self {
        Self([(writer, first.into(), last.into())].into())
    }

    /// Reads the JSON. An answer of another form acknowledges nothing.
    pub fn parse(answer: &Value) -> Self {
        let mut found = Vec::new();
        for ack in list(answer, "acks") {
            let writer = ack.get("writer").and_then(Value::as_text).unwrap_or_default();
            let Ok(writer) = WriterId::parse(writer) else {
                continue;
            };
            for range in list(ack, "ranges") {
                if let [first, last] = range.list()
                    && let (Some(first), Some(last)) = (first.as_int(), last.as_int())
                {
                    found.push((writer, first, last));
                }
            }
        }
        Self(found)
    }

    /// The JSON.
    pub fn to_value(&self) -> Value {
        let acks = self.0.iter().map(|(writer, first, last)| {
            let range = Value::List(vec![Value::Int(*first), Value::Int(*last)]);
            Value::map([
                ("writer", Value::Text(writer.to_hex())),
                ("ranges", Value::List(vec![range])),
            ])
        });
        Value::map([("acks", Value::List(acks.collect()))])
    }

    /// Whether a single range covers all seqs from `first` to `last`.
    pub fn cover(&self, writer: WriterId, first: u32, last: u32) -> bool {
        self.0
            .iter()
            .any(|(w, from, to)| *w == writer && *from <= first.into() && i64::from(last) <= *to)
    }
}

fn list<'a>(map: &'a Value, name: &str) -> &'a [Value] {
    map.get(name).map(Value::list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let acks = Acks::of(WriterId(7), 3, 9);
        let json = serde_json::to_string(&acks.to_value()).unwrap();
        assert_eq!(
            json,
            r#"{"acks":[{"writer":"00000000000000000000000000000007","ranges":[[3,9]]}]}"#
        );
        assert_eq!(Acks::parse(&serde_json::from_str(&json).unwrap()), acks);
        assert!(acks.cover(WriterId(7), 4, 9) && !acks.cover(WriterId(7), 4, 10) && !acks.cover(WriterId(8), 4, 9));
    }

    #[test]
    fn an_answer_of_another_form_acknowledges_nothing() {
        for json in [
            "null",
            "{}",
            r#"{"acks":[{"writer":"7","ranges":[[3,9]]}]}"#,
            r#"{"acks":[{"ranges":[[3]]}]}"#,
        ] {
            assert_eq!(
                Acks::parse(&serde_json::from_str(json).unwrap()),
                Acks(Vec::new()),
                "{json}"
            );
        }
    }
}
