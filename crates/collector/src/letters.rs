//! Dead letters: what is kept of an event that cannot be stored, and reading it again.
//!
//! The kept text is a JSON batch of one event, as `docs/wire.md` specifies it, with `decoded` beside its other keys if the
//! event had been read before a rule refused it. So it says all that is needed to store the event later.

use wayside_model::accept;
use wayside_model::limits::BODY_MAX_BYTES;
use wayside_model::wire::{self, BadEvent, Decoded};
use wayside_model::{Consent, Error as ModelError, Event, Field, FieldType, SiteId, Timestamp, Value, WriterId, url};
use wayside_store::{Accepted, DeadLetter, DeadRow};

use crate::batch::sort_out;

/// The batch that an event came with, and the room for texts of its dead letters.
pub(crate) struct Letters {
    site: SiteId,
    writer: WriterId,
    visitor: Value,
    consent: Consent,
    automated: bool,
    /// Bytes that further texts may have.
    room: usize,
}

impl Letters {
    /// The letters of a batch.
    pub(crate) fn of(batch: &Decoded) -> Self {
        Self {
            site: batch.site.clone(),
            writer: batch.writer,
            visitor: Value::from(batch.visitor.as_str()),
            consent: batch.consent,
            automated: batch.automated,
            room: RAW_MAX_BYTES_OF_ALL,
        }
    }

    /// The letter of an event that could not be read.
    pub(crate) fn unread(&mut self, bad: BadEvent) -> DeadLetter {
        let content = scrubbed(bad.content);
        let raw = if bad.is_whole {
            self.batch(bad.seq, content, false)
        } else {
            // Without a version, it is not a batch: to store it later would lose what could not be read.
            Value::map([
                ("visitor", self.visitor.clone()),
                ("consent", Value::from(self.consent.name())),
                ("automated", Value::Bool(self.automated)),
                ("partial", content),
            ])
        };
        DeadLetter {
            writer: self.writer,
            seq: bad.seq,
            time: bad.time,
            code: bad.code.to_owned(),
            detail: bad.detail,
            raw: self.text(&raw),
        }
    }

    /// The letter of an event that a rule refuses.
    pub(crate) fn refused(&mut self, event: &Event, error: &ModelError) -> DeadLetter {
        let mut pairs = vec![("time".to_owned(), Value::Int(event.time.millis()))];
        pairs.extend(event.touchpoint.to_pairs());
        let raw = self.batch(event.id.seq, Value::Map(pairs), true);
        DeadLetter {
            writer: event.id.writer,
            seq: event.id.seq,
            time: Some(event.time),
            code: error.code().to_owned(),
            detail: error.to_string(),
            raw: self.text(&raw),
        }
    }

    fn batch(&self, seq: u32, event: Value, is_decoded: bool) -> Value {
        Value::map([
            ("v", Value::Int(wire::WIRE_VERSION.into())),
            ("site", Value::from(self.site.as_str())),
            ("writer", Value::Text(self.writer.to_hex())),
            ("visitor", self.visitor.clone()),
            ("consent", Value::from(self.consent.name())),
            ("automated", Value::Bool(self.automated)),
            ("first_seq", Value::Int(seq.into())),
            ("events", Value::List(vec![event])),
            (DECODED, Value::Bool(is_decoded)),
        ])
    }

    /// The text of a letter, if it fits.
    fn text(&mut self, raw: &Value) -> Option<String> {
        let raw = serde_json::to_string(raw).ok()?;
        let fits = raw.len() <= RAW_MAX_BYTES.min(self.room);
        fits.then(|| {
            self.room -= raw.len();
            raw
        })
    }
}

/// The content with its addresses scrubbed, as those of a stored event are.
fn scrubbed(content: Value) -> Value {
    match content {
        Value::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| {
                    let is_url = Field::from_name(&key).is_some_and(|field| field.field_type() == FieldType::Url);
                    let value = match value {
                        Value::Text(text) if is_url => Value::Text(url::scrub(&text)),
                        value => scrubbed(value),
                    };
                    (key, value)
                })
                .collect(),
        ),
        Value::List(values) => Value::List(values.into_iter().map(scrubbed).collect()),
        value => value,
    }
}

/// The result of reading a dead letter again.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadAgain {
    /// It is an event that can be stored now.
    Good(Box<Accepted>),
    /// It is refused as before: the code of the reason, and the reason in words.
    Refused(String, String),
    /// It cannot be read again, for this reason.
    Unreadable(&'static str),
}

/// Reads a dead letter of `site` as if it arrived at `now`; `own_hosts` are the site's. The event keeps its id and time.
pub fn read_again(site: &SiteId, own_hosts: &str, row: &DeadRow, now: Timestamp) -> ReadAgain {
    let letter = &row.letter;
    let Some(raw) = &letter.raw else {
        return ReadAgain::Unreadable("its content was too large to be kept");
    };
    let decoded = match decode(site, raw) {
        Ok(decoded) => decoded,
        Err(why) => return ReadAgain::Unreadable(why),
    };
    let is_it = decoded.site == *site
        && decoded.writer == letter.writer
        && (decoded.first_seq, decoded.last_seq) == (letter.seq, letter.seq);
    if !is_it {
        return ReadAgain::Unreadable(NOT_OF_A_PAGE);
    }
    let mut accepted = sort_out(decoded, own_hosts, now);
    match accepted.dead.pop() {
        Some(dead) => ReadAgain::Refused(dead.code, dead.detail),
        None => ReadAgain::Good(Box::new(accepted)),
    }
}

fn decode(site: &SiteId, raw: &str) -> Result<Decoded, &'static str> {
    let parse = |json: &[u8]| serde_json::from_slice::<Value>(json);
    let value = parse(raw.as_bytes()).map_err(|_| NOT_OF_A_PAGE)?;
    if value.get("partial").is_some() {
        return Err("it was refused while a binary batch was read, and parts of it have no name in this version");
    }
    if value.get("events").is_none() {
        // Earlier versions kept the event only.
        let event = wire::event_from_value(&value).map_err(|_| NOT_OF_A_PAGE)?;
        return Ok(Decoded {
            site: site.clone(),
            writer: event.id.writer,
            visitor: event.visitor.clone(),
            consent: Consent::Unknown,
            automated: false,
            first_seq: event.id.seq,
            last_seq: event.id.seq,
            good: vec![event],
            bad: Vec::new(),
        });
    }
    match value.get(DECODED).and_then(Value::as_bool) {
        Some(true) => wire::from_value(&value).map_err(|_| NOT_OF_A_PAGE),
        _ => accept::body(raw.as_bytes(), BODY_MAX_BYTES, parse).map_err(|_| NOT_OF_A_PAGE),
    }
}

const NOT_OF_A_PAGE: &str =
    "it is not an event of a page; if a file brought it, correct the file or the mapping and import it again";

/// The key that says that the event had been read: its arrival is not determined again.
const DECODED: &str = "decoded";

/// Longest JSON of a dead letter that is kept, in bytes: ten times an ordinary event; a small body may expand to
/// megabytes.
const RAW_MAX_BYTES: usize = 16 << 10;

/// Most JSON that the dead letters of one batch keep in total, in bytes: as much as the largest body.
const RAW_MAX_BYTES_OF_ALL: usize = BODY_MAX_BYTES;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_219_200_000;
    const YEAR: i64 = 366 * 86_400_000;

    fn batch(event: &str) -> Decoded {
        let body = format!(
            r#"{{"v":1,"site":"shop","writer":"{:032x}","visitor":"v","consent":"granted","automated":true,"first_seq":7,"events":[{event}]}}"#,
            5
        );
        accept::body(body.as_bytes(), BODY_MAX_BYTES, |json| serde_json::from_slice(json)).unwrap()
    }

    fn letters(batch: Decoded, now: i64) -> Vec<DeadRow> {
        let now = Timestamp::from_millis(now);
        let rows = sort_out(batch, "", now).dead.into_iter();
        rows.map(|letter| DeadRow {
            received_at: now,
            letter,
        })
        .collect()
    }

    fn again(row: &DeadRow, now: i64) -> ReadAgain {
        read_again(&SiteId::parse("shop").unwrap(), "", row, Timestamp::from_millis(now))
    }

    #[test]
    fn an_event_that_a_wrong_clock_refused_is_read_as_if_it_had_arrived_in_time() {
        let events = [
            format!(
                r#"{{"time":{NOW},"kind":"page_view","url":"https://shop.example/?utm_source=news&utm_medium=email"}}"#
            ),
            format!(r#"{{"time":{NOW},"kind":"Loyalty Joined","consent":"yes","visitor":"w","level":3}}"#),
            format!(
                r#"{{"time":{NOW},"kind":"purchase","transaction_id":"t","value":19.9,"currency":"EUR","items":[{{"item_id":"mug","price":9.95,"quantity":2}}]}}"#
            ),
        ];
        for event in events {
            let expected = sort_out(batch(&event), "", Timestamp::from_millis(NOW));
            assert_eq!(expected.events.len(), 1);
            let [row] = &letters(batch(&event), NOW + 2 * YEAR)[..] else {
                panic!("{event} is one letter")
            };
            assert_eq!(row.letter.code, "time");
            assert_eq!(again(row, NOW), ReadAgain::Good(Box::new(expected)));
            assert!(matches!(again(row, NOW + 2 * YEAR), ReadAgain::Refused(code, _) if code == "time"));
        }
    }

    #[test]
    fn an_event_that_could_not_be_read_is_kept_as_it_was_sent_without_secrets() {
        let event = format!(r#"{{"time":{NOW},"kind":"search","url":"https://shop.example/?token=secret"}}"#);
        let [row] = &letters(batch(&event), NOW)[..] else {
            panic!("it is one letter")
        };
        let raw = row.letter.raw.as_deref().unwrap();
        assert!(raw.contains("\"search\"") && !raw.contains("secret"), "{raw}");
        assert!(matches!(again(row, NOW), ReadAgain::Refused(code, _) if code == "field_missing"));
        let untimed = letters(batch(r#"{"time":"yesterday","kind":"share"}"#), NOW).remove(0);
        assert!(untimed.letter.raw.as_deref().unwrap().contains("yesterday"));
    }

    #[test]
    fn a_letter_of_an_earlier_version_is_read_and_an_imported_row_is_not() {
        let mut row = letters(batch(&format!(r#"{{"time":{NOW},"kind":"share"}}"#)), NOW + 2 * YEAR).remove(0);
        let id = format!(r#""writer":"{:032x}","visitor":"v","kind":"share""#, 5);
        row.letter.raw = Some(format!(r#"{{"seq":7,"time":{NOW},{id}}}"#));
        let ReadAgain::Good(accepted) = again(&row, NOW) else {
            panic!("it is an event")
        };
        assert_eq!((accepted.consent, accepted.events.len()), (Consent::Unknown, 1));
        for raw in [
            format!(r#"{{"seq":8,"time":{NOW},{id}}}"#),
            r#"{"Bestellung":"1001","Betrag":"x"}"#.to_owned(),
            "1001;x".to_owned(),
        ] {
            row.letter.raw = Some(raw);
            assert_eq!(again(&row, NOW), ReadAgain::Unreadable(NOT_OF_A_PAGE));
        }
        row.letter.raw = None;
        assert!(matches!(again(&row, NOW), ReadAgain::Unreadable(_)));
    }
}
