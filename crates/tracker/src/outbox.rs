//! What has been captured and is not on the collector's disk yet.

use alloc::string::String;
use alloc::vec::Vec;

use wayside_model::limits::{
    BEACON_MAX_BYTES, BODY_MAX_BYTES, FETCH_MAX_BYTES, OUTBOX_MAX_AGE_MS, OUTBOX_MAX_BYTES, OUTBOX_MAX_EVENTS,
};
use wayside_model::{Batch, Consent, Event, FieldValue, Fields, SiteId, Timestamp, Touchpoint, VisitorId, WriterId};

use crate::ack::Acks;
use crate::effect::Status;
use crate::text::{from_base64, parse_int, push_base64, push_int, take_until};

/// The events of this writer, and sealed batches of writers that are gone.
pub(crate) struct Outbox {
    writer: WriterId,
    events: Vec<Pending>,
    sealed: Vec<Line>,
    /// The next number.
    next_seq: u32,
    /// The next of the numbers that early inputs have taken already, and their end.
    reserved: core::ops::Range<u32>,
    /// Up to where beacons have carried copies.
    beaconed: u32,
    status: Status,
    /// Whether storage is behind.
    pub(crate) dirty: bool,
}

struct Pending {
    seq: u32,
    time: Timestamp,
    touchpoint: Touchpoint,
    weight: usize,
}

/// One batch as it will be sent, encoded once and for all.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    writer: WriterId,
    first: u32,
    last: u32,
    newest: Timestamp,
    /// The batch as base64.
    body: String,
}

/// What every batch of this page says besides its events.
pub(crate) struct Envelope<'a> {
    pub(crate) site: &'a SiteId,
    pub(crate) visitor: &'a VisitorId,
    pub(crate) automated: bool,
}

/// A batch and whose numbers it carries.
pub(crate) struct Piece {
    pub(crate) writer: WriterId,
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) body: Vec<u8>,
}

/// An outbox whose newest event is this old belongs to nobody who still sends: a living page sends every 5 s, and one
/// that is backing off loses nothing when another sends a copy.
const DEAD_MS: i64 = 20_000;

/// Bytes that base64 turns into the outbox's limit.
const BYTES_MAX: usize = OUTBOX_MAX_BYTES / 4 * 3;

impl Outbox {
    /// An empty outbox whose first `reserved` numbers are taken by early inputs.
    pub(crate) fn new(writer: WriterId, reserved: u32) -> Self {
        Self {
            writer,
            events: Vec::new(),
            sealed: Vec::new(),
            next_seq: reserved,
            reserved: 0..reserved,
            beaconed: reserved,
            status: Status::default(),
            dirty: false,
        }
    }

    /// The number of the next event. An early one takes the number under which it may have been sent.
    pub(crate) fn next_seq(&mut self, early: bool) -> u32 {
        if early && let Some(seq) = self.reserved.next() {
            return seq;
        }
        self.next_seq += 1;
        self.next_seq - 1
    }

    /// Passes over the number of an early input that makes no event.
    pub(crate) fn skip_reserved(&mut self) {
        self.reserved.next();
    }

    /// Where the numbers end.
    pub(crate) fn end(&self) -> u32 {
        self.next_seq
    }

    /// Keeps an event. Gives back whether it fits at all.
    pub(crate) fn push(&mut self, event: Event) -> bool {
        self.status.captured += 1;
        self.dirty = true;
        let weight = weigh(event.touchpoint.fields());
        if weight > BYTES_MAX {
            self.status.dropped += 1;
            return false;
        }
        let at = self.events.partition_point(|kept| kept.seq < event.id.seq);
        let pending = Pending {
            seq: event.id.seq,
            time: event.time,
            touchpoint: event.touchpoint,
            weight,
        };
        self.events.insert(at, pending);
        if self.events.len() >= 2 * OUTBOX_MAX_EVENTS {
            self.trim();
        }
        true
    }

    /// Drops the oldest beyond the limits: at the end of a turn, since taking them out one by one costs more than a
    /// call may.
    pub(crate) fn trim(&mut self) {
        let mut weight = 0;
        let mut kept = 0;
        for event in self.events.iter().rev() {
            weight += event.weight;
            if kept == OUTBOX_MAX_EVENTS || weight > BYTES_MAX {
                break;
            }
            kept += 1;
        }
        let excess = self.events.len() - kept;
        self.events.drain(..excess);
        self.status.dropped += excess as u32;
    }

    /// Takes over the outboxes of writers that are gone. Gives their keys: their content is in this outbox now.
    pub(crate) fn adopt(
        &mut self,
        outboxes: &[(String, String)],
        predecessor: Option<WriterId>,
        now: Timestamp,
    ) -> Vec<String> {
        let mut keys = Vec::new();
        let own = self.writer.to_hex();
        for (key, text) in outboxes.iter().filter(|(key, _)| !key.ends_with(own.as_str())) {
            let mut lines = Vec::new();
            let mut newest = Timestamp::MIN;
            let mut rest = text.as_str();
            while !rest.is_empty() {
                if let Some(line) = Line::parse(take_until(&mut rest, b'\n')) {
                    newest = newest.max(line.newest);
                    lines.push(line);
                }
            }
            let is_predecessors = predecessor.is_some_and(|writer| key.ends_with(writer.to_hex().as_str()));
            if is_predecessors || now.since(newest) > DEAD_MS {
                self.sealed.extend(lines);
                keys.push(key.clone());
                self.dirty = true;
            }
        }
        self.drop_sealed(&|line| now.since(line.newest) > OUTBOX_MAX_AGE_MS);
        while self.sealed.iter().map(|line| line.body.len()).sum::<usize>() > OUTBOX_MAX_BYTES {
            self.sealed.remove(0);
        }
        keys
    }

    /// Fixes what is pending as it is, for the visitor it was captured of.
    pub(crate) fn seal(&mut self, envelope: &Envelope<'_>) {
        let lines = self.lines(envelope);
        self.sealed.extend(lines);
        self.events.clear();
        self.dirty = true;
    }

    /// The outbox as text, one line a batch: `WRITER FIRST LAST NEWEST BODY`. Drops what is too old for it.
    pub(crate) fn save(&mut self, envelope: &Envelope<'_>, now: Timestamp) -> String {
        self.status.dropped += self.drop_events(&|event| now.since(event.time) > OUTBOX_MAX_AGE_MS);
        self.dirty = false;
        let mut out = String::new();
        for line in self.sealed.iter().chain(&self.lines(envelope)) {
            line.write(&mut out);
        }
        out
    }

    /// The next batch to send: fresh events first, then what was taken over.
    pub(crate) fn piece(&self, envelope: &Envelope<'_>) -> Option<Piece> {
        if let Some(piece) = self.encode(self.run(0, FETCH_MAX_BYTES), envelope) {
            return Some(piece);
        }
        let line = self.sealed.first()?;
        Some(Piece {
            writer: line.writer,
            first: line.first,
            last: line.last,
            body: from_base64(&line.body).unwrap_or_default(),
        })
    }

    /// Copies for `sendBeacon` of what no beacon has carried yet.
    pub(crate) fn beacons(&mut self, envelope: &Envelope<'_>) -> Vec<Vec<u8>> {
        let mut from = self.events.partition_point(|kept| kept.seq < self.beaconed);
        let mut bodies = Vec::new();
        while let Some(piece) = self.encode(self.run(from, BEACON_MAX_BYTES), envelope) {
            from += (piece.last - piece.first + 1) as usize;
            self.beaconed = piece.last + 1;
            if piece.body.len() <= BEACON_MAX_BYTES {
                bodies.push(piece.body);
            }
        }
        bodies
    }

    /// Removes what is on the collector's disk.
    pub(crate) fn acked(&mut self, acks: &Acks) {
        self.status.acked += self.remove(acks);
    }

    /// Removes what the collector will never take.
    pub(crate) fn refused(&mut self, acks: &Acks) {
        self.status.refused += self.remove(acks);
    }

    /// Forgets everything.
    pub(crate) fn purge(&mut self) {
        self.status.dropped += self.pending();
        self.events.clear();
        self.sealed.clear();
        self.dirty = false;
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.sealed.is_empty()
    }

    /// Whether more waits than one batch of fresh events.
    pub(crate) fn has_backlog(&self) -> bool {
        !self.sealed.is_empty() || self.run(0, FETCH_MAX_BYTES).len() < self.events.len()
    }

    /// Whether any event before `end` waits.
    pub(crate) fn waits_before(&self, end: u32) -> bool {
        self.events.iter().any(|kept| kept.seq < end)
            || self
                .sealed
                .iter()
                .any(|line| line.writer == self.writer && line.first < end)
    }

    /// What became of this writer's events.
    pub(crate) fn status(&self) -> Status {
        Status {
            pending: self.pending(),
            ..self.status
        }
    }

    fn pending(&self) -> u32 {
        let sealed = self.sealed.iter().filter(|line| line.writer == self.writer);
        self.events.len() as u32 + sealed.map(Line::count).sum::<u32>()
    }

    /// Gives how many events of this writer went.
    fn remove(&mut self, acks: &Acks) -> u32 {
        let writer = self.writer;
        self.drop_events(&|event| acks.cover(writer, event.seq, event.seq))
            + self.drop_sealed(&|line| acks.cover(line.writer, line.first, line.last))
    }

    /// Gives how many went. One body for every reason: each closure would otherwise get its own.
    fn drop_events(&mut self, gone: &dyn Fn(&Pending) -> bool) -> u32 {
        let before = self.events.len();
        self.events.retain(|event| !gone(event));
        let count = before - self.events.len();
        self.dirty |= count > 0;
        count as u32
    }

    /// Gives how many events of this writer went.
    fn drop_sealed(&mut self, gone: &dyn Fn(&Line) -> bool) -> u32 {
        let (before, len) = (self.pending(), self.sealed.len());
        self.sealed.retain(|line| !gone(line));
        self.dirty |= len > self.sealed.len();
        before - self.pending()
    }

    /// The events from `from` on that make one batch: without a gap, of at most `max` bytes, but at least one.
    fn run(&self, from: usize, max: usize) -> &[Pending] {
        let rest = self.events.get(from..).unwrap_or_default();
        let Some(first) = rest.first() else {
            return &[];
        };
        let mut weight = 0;
        let fits = |(at, kept): &(usize, &Pending)| {
            weight += kept.weight;
            *at == 0 || (weight <= max && kept.seq as usize == first.seq as usize + at)
        };
        let len = rest.iter().enumerate().take_while(fits).count();
        rest.get(..len).unwrap_or_default()
    }

    fn encode(&self, run: &[Pending], envelope: &Envelope<'_>) -> Option<Piece> {
        let (first, last) = (run.first()?.seq, run.last()?.seq);
        let batch = Batch {
            site: envelope.site.clone(),
            writer: self.writer,
            visitor: envelope.visitor.clone(),
            // Without consent nothing is encoded: it is neither stored nor sent.
            consent: Consent::Granted,
            automated: envelope.automated,
            first_seq: first,
            events: run.iter().map(|kept| (kept.time, kept.touchpoint.clone())).collect(),
        };
        Some(Piece {
            writer: self.writer,
            first,
            last,
            body: batch.encode(),
        })
    }

    fn lines(&self, envelope: &Envelope<'_>) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut from = 0;
        loop {
            let run = self.run(from, FETCH_MAX_BYTES);
            let Some(piece) = self.encode(run, envelope) else {
                return lines;
            };
            from += run.len();
            let mut body = String::with_capacity(piece.body.len() / 3 * 4 + 4);
            push_base64(&mut body, &piece.body);
            let newest = run.last().map(|kept| kept.time).unwrap_or_default();
            lines.push(Line {
                writer: self.writer,
                first: piece.first,
                last: piece.last,
                newest,
                body,
            });
        }
    }
}

impl Line {
    fn parse(mut text: &str) -> Option<Self> {
        let writer = WriterId::parse(take_until(&mut text, b' ')).ok()?;
        let mut number = || parse_int(take_until(&mut text, b' '));
        let first = u32::try_from(number()?).ok()?;
        let last = u32::try_from(number()?).ok()?;
        let newest = Timestamp::checked(number()?)?;
        let fits = first <= last && !text.is_empty() && text.len() <= BODY_MAX_BYTES / 3 * 4;
        fits.then(|| Self {
            writer,
            first,
            last,
            newest,
            body: text.into(),
        })
    }

    fn write(&self, out: &mut String) {
        out.push_str(&self.writer.to_hex());
        for n in [i64::from(self.first), i64::from(self.last), self.newest.millis()] {
            out.push(' ');
            push_int(out, n);
        }
        out.push(' ');
        out.push_str(&self.body);
        out.push('\n');
    }

    fn count(&self) -> u32 {
        self.last - self.first + 1
    }
}

/// What an event takes in a batch at most: its texts, and for each field its code, length or number.
fn weigh(fields: &Fields) -> usize {
    let value = |value: &FieldValue| match value {
        FieldValue::Text(text) => text.len(),
        FieldValue::Items(items) => items.iter().map(weigh).sum(),
        FieldValue::Props(props) => props
            .iter()
            .map(|(name, value)| FIELD_BYTES + name.len() + value.as_text().unwrap_or_default().len())
            .sum(),
        _ => 0,
    };
    EVENT_BYTES + fields.iter().map(|(_, v)| FIELD_BYTES + value(v)).sum::<usize>()
}

/// A kind, a time, the number of fields.
const EVENT_BYTES: usize = 16;
/// A code and a number or length of at most ten bytes.
const FIELD_BYTES: usize = 12;
