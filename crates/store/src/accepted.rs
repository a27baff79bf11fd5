//! Accepted events and dead letters, and their encoding as a record of the log.

use std::path::Path;

use wayside_model::limits::{BATCH_EVENTS_MAX, UNFOLDED_MAX_BYTES};
use wayside_model::{Batch, Consent, Event, SiteId, Timestamp, WriterId, wire};

use crate::error::{Error, ErrorKind, Result};

/// The good events and dead letters of one batch or of one piece of an import. Accepted is the sum of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The site.
    pub site: SiteId,
    /// The time at which the collector accepted them.
    pub received_at: Timestamp,
    /// The consent with which the events were captured.
    pub consent: Consent,
    /// Whether the browser was controlled by software.
    pub automated: bool,
    /// The good events, of any number of writers and visitors.
    pub events: Vec<Event>,
    /// The dead letters, each with its reason.
    pub dead: Vec<DeadLetter>,
    /// Writers of imported rows whose earlier touchpoints and dead letters, of earlier imports, these events replace. The log does not
    /// take such events, since an import does not go through it.
    pub replaces: Vec<WriterId>,
}

/// An event that cannot be stored as an event, kept with the reason.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// The writer of the event.
    pub writer: WriterId,
    /// The number of the event within the writer.
    pub seq: u32,
    /// The time of the event, if it could be read.
    pub time: Option<Timestamp>,
    /// The stable code of the reason.
    pub code: String,
    /// The reason in words.
    pub detail: String,
    /// The event as JSON, if it could be decoded.
    pub raw: Option<String>,
}

/// Version of a record's payload, its first byte.
pub(crate) const PAYLOAD_VERSION: u8 = 1;

impl Accepted {
    /// The payload of a record: a version, the header, the good events as batches of the model, and the dead letters.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![PAYLOAD_VERSION];
        put_bytes(&mut out, self.site.as_str().as_bytes());
        out.extend(self.received_at.millis().to_le_bytes());
        out.push(self.consent as u8);
        out.push(u8::from(self.automated));
        let batches = self.batches();
        put_len(&mut out, batches.len());
        for batch in batches {
            put_bytes(&mut out, &batch.encode());
        }
        put_len(&mut out, self.dead.len());
        for letter in &self.dead {
            out.extend(letter.writer.0.to_le_bytes());
            out.extend(letter.seq.to_le_bytes());
            // Times are never negative, so -1 means "none".
            out.extend(letter.time.map_or(-1, Timestamp::millis).to_le_bytes());
            put_bytes(&mut out, letter.code.as_bytes());
            put_bytes(&mut out, letter.detail.as_bytes());
            out.push(u8::from(letter.raw.is_some()));
            put_bytes(&mut out, letter.raw.as_deref().unwrap_or("").as_bytes());
        }
        out
    }

    /// Reads a payload; `path` is its segment, for the message.
    pub(crate) fn decode(payload: &[u8], path: &Path) -> Result<Self> {
        let version = payload.first().copied().unwrap_or(0);
        if version > PAYLOAD_VERSION {
            return Err(Error::new(ErrorKind::NewerFormat {
                path: path.to_path_buf(),
                found: version.to_string(),
                known: u32::from(PAYLOAD_VERSION),
            }));
        }
        let mut input = Input {
            bytes: payload.get(1..).unwrap_or(&[]),
        };
        input
            .accepted()
            .filter(|_| version == PAYLOAD_VERSION && input.bytes.is_empty())
            .ok_or_else(|| Error::damaged(path, "a record's checksum is right but its content cannot be decoded"))
    }

    /// The approximate memory of the events and dead letters, in bytes.
    pub(crate) fn unfolded(&self) -> usize {
        let events = self.events.iter().map(|event| wire::unfolded(&event.touchpoint));
        let letter = |letter: &DeadLetter| letter.detail.len() + letter.raw.as_ref().map_or(0, String::len);
        size_of_val(&*self.events)
            + size_of_val(&*self.dead)
            + events.sum::<usize>()
            + self.dead.iter().map(letter).sum::<usize>()
    }

    /// The good events as batches: runs of one writer and visitor, contiguous in seq, within the model's limits.
    fn batches(&self) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        let mut room = 0;
        for event in &self.events {
            let unfolded = wire::unfolded(&event.touchpoint);
            let goes_on = batches.last().is_some_and(|batch| {
                batch.writer == event.id.writer
                    && batch.visitor == event.visitor
                    && batch.events.len() < BATCH_EVENTS_MAX
                    && unfolded <= room
                    && u64::from(batch.first_seq) + batch.events.len() as u64 == u64::from(event.id.seq)
            });
            let part = (event.time, event.touchpoint.clone());
            match batches.last_mut() {
                Some(batch) if goes_on => batch.events.push(part),
                _ => {
                    room = UNFOLDED_MAX_BYTES;
                    batches.push(Batch {
                        site: self.site.clone(),
                        writer: event.id.writer,
                        visitor: event.visitor.clone(),
                        consent: self.consent,
                        automated: self.automated,
                        first_seq: event.id.seq,
                        events: vec![part],
                    });
                }
            }
            room = room.saturating_sub(unfolded);
        }
        batches
    }
}

/// A reader of the encoding; each method returns `None` if the bytes are not valid.
struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    fn accepted(&mut self) -> Option<Accepted> {
        let site = SiteId::parse(self.text()?).ok()?;
        let received_at = Timestamp::checked(i64::from_le_bytes(self.array()?))?;
        let consent = *Consent::ALL.get(usize::from(self.byte()?))?;
        let automated = self.byte()? == 1;
        let mut events = Vec::new();
        for _ in 0..self.len()? {
            let decoded = wire::decode(self.slice()?).ok()?;
            // All events were good when they were written.
            if !decoded.bad.is_empty() {
                return None;
            }
            events.extend(decoded.good);
        }
        let letters = self.len()?;
        let dead = (0..letters).map(|_| self.letter()).collect::<Option<_>>()?;
        Some(Accepted {
            site,
            received_at,
            consent,
            automated,
            events,
            dead,
            replaces: Vec::new(),
        })
    }

    fn letter(&mut self) -> Option<DeadLetter> {
        let writer = WriterId(u128::from_le_bytes(self.array()?));
        let seq = u32::from_le_bytes(self.array()?);
        let time = Timestamp::checked(i64::from_le_bytes(self.array()?));
        let code = self.text()?.to_owned();
        let detail = self.text()?.to_owned();
        let has_raw = self.byte()? == 1;
        let raw = self.text()?.to_owned();
        Some(DeadLetter {
            writer,
            seq,
            time,
            code,
            detail,
            raw: has_raw.then_some(raw),
        })
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn len(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn slice(&mut self) -> Option<&'a [u8]> {
        let len = self.len()?;
        self.take(len)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.slice()?).ok()
    }
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    // A record has at most `RECORD_MAX_BYTES`, which is checked before it is written.
    out.extend(u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_len(out, bytes.len());
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wayside_model::{EventId, Touchpoint, Value, VisitorId};

    use super::*;
    use crate::testing::{accepted, event, site};

    proptest! {
        #[test]
        fn encoded_records_decode_to_the_same(
            events in prop::collection::vec((0..3u128, 0..5u32, 0..2u8, wayside_testkit::generate::touchpoint()), 0..20),
            letters in prop::collection::vec((any::<u128>(), any::<u32>(), prop::option::of(0..9_999i64), any::<String>(), prop::option::of(any::<String>())), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let events = events.into_iter().map(|(writer, seq, visitor, touchpoint)| Event {
                id: EventId { writer: WriterId(writer), seq },
                time: Timestamp::from_millis(i64::from(seq) * 1_000),
                visitor: VisitorId::parse(&format!("v{visitor}")).unwrap(),
                touchpoint,
            });
            let dead = letters.into_iter().map(|(writer, seq, time, detail, raw)| DeadLetter {
                writer: WriterId(writer),
                seq,
                time: time.map(Timestamp::from_millis),
                code: "field_type".to_owned(),
                detail,
                raw,
            });
            let accepted = Accepted {
                site: site(),
                received_at: Timestamp::from_millis(77),
                consent: Consent::Denied,
                automated: true,
                events: events.collect(),
                dead: dead.collect(),
                replaces: Vec::new(),
            };
            let bytes = accepted.encode();
            prop_assert_eq!(&Accepted::decode(&bytes, Path::new("x")).unwrap(), &accepted);
            // A truncated payload is refused, although in the log its checksum would already be wrong.
            let cut = cut.index(bytes.len());
            prop_assert!(Accepted::decode(&bytes[..cut], Path::new("x")).is_err());
        }
    }

    #[test]
    fn a_record_may_decode_to_more_than_a_batch() {
        let names: Vec<_> = (0..50).map(|at| format!("k{at}")).collect();
        let text = "x".repeat(1_000);
        let fields = names.iter().map(|name| (name.as_str(), Value::from(text.as_str())));
        let large = Touchpoint::parse("login", &Value::map(fields)).unwrap();
        let count = UNFOLDED_MAX_BYTES / wire::unfolded(&large) + 1;
        let events = (0..count).map(|seq| Event {
            touchpoint: large.clone(),
            ..event("v", 1, seq as u32, 0)
        });
        let accepted = accepted(events.collect());
        assert_eq!(
            accepted
                .batches()
                .iter()
                .map(|batch| batch.events.len())
                .collect::<Vec<_>>(),
            [count - 1, 1]
        );
        let bytes = accepted.encode();
        assert_eq!(Accepted::decode(&bytes, Path::new("x")).unwrap(), accepted);
    }

    #[test]
    fn a_later_version_is_reported_as_newer() {
        let refused = Accepted::decode(&[9, 0, 0], Path::new("log/00000001.seg")).unwrap_err();
        assert!(refused.is_newer_format());
        assert!(
            refused.to_string().contains("log/00000001.seg has format version 9"),
            "{refused}"
        );
    }
}
