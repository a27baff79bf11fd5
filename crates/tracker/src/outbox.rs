//! The outbox: events that have been captured and are not on the collector's disk yet.

use alloc::vec::Vec;

use wayside_model::kind::Role;
use wayside_model::limits::{
    BATCH_EVENTS_MAX, BEACON_MAX_BYTES, BODY_MAX_BYTES, FETCH_MAX_BYTES, OUTBOX_MAX_AGE_MS, OUTBOX_MAX_BYTES,
    OUTBOX_MAX_EVENTS,
};
use wayside_model::wire::{Envelope, encode};
use wayside_model::{Acks, EventId, FieldValue, Fields, Kind, State, Timestamp, Touchpoint, WriterId};

use crate::effect::Status;

/// The events of this writer, and encoded batches taken over from writers that are gone.
pub(crate) struct Outbox {
    writer: WriterId,
    events: Vec<Pending>,
    /// The weight of the events together.
    weight: usize,
    sealed: Vec<Piece>,
    /// The seq of the next event.
    next_seq: u32,
    /// The seqs reserved for early inputs that are not used yet.
    reserved: core::ops::Range<u32>,
    /// The seq before which beacons have sent copies.
    beaconed: u32,
    /// Whether the page is being left, so that the next page sends these events.
    pub(crate) is_left: bool,
    pub(crate) status: Status,
    /// Whether the stored outbox is out of date.
    pub(crate) dirty: bool,
}

struct Pending {
    seq: u32,
    time: Timestamp,
    touchpoint: Touchpoint,
    weight: usize,
}

/// An encoded batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Piece {
    pub(crate) writer: WriterId,
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// The time until which only its own writer sends it.
    until: Timestamp,
    pub(crate) body: Vec<u8>,
}

/// An outbox whose newest event is older than this, in milliseconds, may be taken over: a live page sends every 5 s,
/// and a page that is backing off loses nothing if another one sends a copy.
const DEAD_MS: i64 = 20_000;

/// Most events that a page keeps in memory while it sends them: ten seconds of a thousand a second, as a page in a loop calls.
const MEMORY_MAX_EVENTS: usize = 20_000;

/// Most bytes that these events take: what a page with a few pictures takes, too.
const MEMORY_MAX_BYTES: usize = 4 * 1_024 * 1_024;

/// The number of bytes that fill the outbox's limit once they are stored in base64.
const BYTES_MAX: usize = OUTBOX_MAX_BYTES / 4 * 3;

impl Outbox {
    /// An empty outbox. The first `reserved` seqs belong to early inputs.
    pub(crate) fn new(writer: WriterId, reserved: u32) -> Self {
        Self {
            writer,
            events: Vec::new(),
            weight: 0,
            sealed: Vec::new(),
            next_seq: reserved,
            reserved: 0..reserved,
            beaconed: reserved,
            is_left: false,
            status: Status::default(),
            dirty: false,
        }
    }

    /// Takes the seq of the next event. An early event gets the seq under which it may already have been sent.
    pub(crate) fn next_seq(&mut self, early: bool) -> u32 {
        if early && let Some(seq) = self.reserved.next() {
            return seq;
        }
        self.next_seq += 1;
        self.next_seq - 1
    }

    /// Skips the seq of an early input that does not become an event.
    pub(crate) fn skip_reserved(&mut self) {
        self.reserved.next();
    }

    /// The seq after the last event.
    pub(crate) fn end(&self) -> u32 {
        self.next_seq
    }

    /// Adds an event. Returns whether it fits into an outbox at all.
    pub(crate) fn push(&mut self, seq: u32, time: Timestamp, touchpoint: Touchpoint) -> bool {
        self.status.captured += 1;
        self.dirty = true;
        let weight = weigh(touchpoint.fields());
        if weight > BYTES_MAX {
            self.status.dropped += 1;
            return false;
        }
        let at = self.place(seq);
        let pending = Pending {
            seq,
            time,
            touchpoint,
            weight,
        };
        self.weight += weight;
        self.events.insert(at, pending);
        // Only now and then, because it looks at every event.
        if self.events.len() >= MEMORY_MAX_EVENTS + BATCH_EVENTS_MAX {
            self.trim(true);
        }
        true
    }

    /// Replaces the title of a page view that has not been delivered yet.
    pub(crate) fn set_title(&mut self, seq: u32, title: &str) {
        let at = self.place(seq);
        if let Some(event) = self.events.get_mut(at).filter(|event| event.seq == seq) {
            event.touchpoint.set_title(title);
            let weight = weigh(event.touchpoint.fields());
            self.weight = self.weight + weight - event.weight;
            event.weight = weight;
            self.dirty = true;
        }
    }

    /// Passes each event of this writer to `visit`, which returns its touchpoint.
    pub(crate) fn each(&mut self, mut visit: impl FnMut(EventId, Timestamp, Touchpoint) -> Touchpoint) {
        let writer = self.writer;
        for Pending {
            seq, time, touchpoint, ..
        } in &mut self.events
        {
            let id = EventId { writer, seq: *seq };
            *touchpoint = visit(id, *time, touchpoint.take());
        }
    }

    /// Whether one request can carry no more of the events.
    pub(crate) fn is_full(&self) -> bool {
        self.weight >= FETCH_MAX_BYTES || self.events.len() >= BATCH_EVENTS_MAX
    }

    /// Drops events beyond the limits, the least valuable first and of these the oldest. While requests succeed, the events
    /// are on their way, and only the memory limits them. It runs at the end of a turn, because removing events one by one
    /// would make calls too slow.
    pub(crate) fn trim(&mut self, succeeds: bool) {
        let (events_max, bytes_max) = if succeeds {
            (MEMORY_MAX_EVENTS, MEMORY_MAX_BYTES)
        } else {
            (OUTBOX_MAX_EVENTS, BYTES_MAX)
        };
        for worth in [Worth::Measurement, Worth::Step, Worth::Order] {
            let mut count = self.events.len().saturating_sub(events_max);
            let mut weight = self.weight.saturating_sub(bytes_max);
            let mut until = 0;
            for event in &self.events {
                if count == 0 && weight == 0 {
                    break;
                }
                if Worth::of(event) <= worth {
                    count = count.saturating_sub(1);
                    weight = weight.saturating_sub(event.weight);
                }
                until = event.seq + 1;
            }
            self.status.dropped += self.drop_events(&|event| event.seq < until && Worth::of(event) <= worth);
        }
    }

    /// Takes over the outbox of a writer that has trapped in this page, has left or has been silent for [`DEAD_MS`].
    /// Returns whether this outbox now contains its events.
    pub(crate) fn adopt(&mut self, outbox: &[u8], has_trapped: bool, now: Timestamp) -> bool {
        let mut state = State::read(outbox);
        let mut pieces = Vec::new();
        let mut until = Timestamp::MIN;
        while state.goes_on() {
            let mut piece = Piece::default();
            piece.state(&mut state);
            // Nothing after a damaged batch can be read; the batches before it are intact.
            if state.is_bad() {
                break;
            }
            // The last batch is the newest.
            until = piece.until;
            pieces.push(piece);
        }
        if !has_trapped && now < until {
            return false;
        }
        self.sealed.append(&mut pieces);
        self.dirty = true;
        self.drop_sealed(&|piece| now.since(piece.until) > OUTBOX_MAX_AGE_MS);
        let mut weight = 0;
        for piece in &self.sealed {
            weight += piece.body.len();
        }
        while weight > BYTES_MAX && !self.sealed.is_empty() {
            weight -= self.sealed.remove(0).body.len();
        }
        true
    }

    /// Encodes the pending events for the visitor of whom they were captured.
    pub(crate) fn seal(&mut self, envelope: &Envelope<'_>) {
        let mut pieces = self.pieces(envelope, usize::MAX);
        self.sealed.append(&mut pieces);
        self.events.clear();
        self.weight = 0;
        self.dirty = true;
    }

    /// The outbox as bytes, batch after batch; empty if there are no events. Drops events that are too old.
    pub(crate) fn save(&mut self, envelope: &Envelope<'_>, now: Timestamp) -> Vec<u8> {
        self.status.dropped += self.drop_events(&|event| now.since(event.time) > OUTBOX_MAX_AGE_MS);
        self.dirty = false;
        let mut state = State::write();
        for piece in &mut self.sealed {
            piece.state(&mut state);
        }
        // More than that is only in memory, and on its way.
        for piece in &mut self.pieces(envelope, BYTES_MAX) {
            piece.state(&mut state);
        }
        state.into_bytes()
    }

    /// The next batch of this writer's events.
    pub(crate) fn fresh(&self, envelope: &Envelope<'_>) -> Option<Piece> {
        self.encode(self.run(0, FETCH_MAX_BYTES), envelope)
    }

    /// The next batch that was taken over or sealed.
    pub(crate) fn sealed(&self) -> Option<&Piece> {
        self.sealed.first()
    }

    /// The next copy for `sendBeacon` of events that no beacon has sent yet; `None` if there are none. Events too large
    /// for a beacon are skipped; they stay in the outbox.
    pub(crate) fn beacon(&mut self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        loop {
            let from = self.place(self.beaconed);
            let piece = self.encode(self.run(from, BEACON_MAX_BYTES), envelope)?;
            self.beaconed = piece.last + 1;
            if piece.body.len() <= BEACON_MAX_BYTES {
                return Some(piece.body);
            }
        }
    }

    /// Removes events that the collector has acknowledged.
    pub(crate) fn acked(&mut self, acks: &Acks) {
        self.status.acked += self.remove(acks);
    }

    /// Removes events that the collector has refused for good.
    pub(crate) fn refused(&mut self, acks: &Acks) {
        self.status.refused += self.remove(acks);
    }

    /// Removes all events.
    pub(crate) fn purge(&mut self) {
        self.status.dropped += self.pending();
        self.events.clear();
        self.weight = 0;
        self.sealed.clear();
        self.dirty = false;
    }

    /// Whether there are no events to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.sealed.is_empty()
    }

    /// Whether there are more events than one batch of fresh events.
    pub(crate) fn has_backlog(&self) -> bool {
        !self.sealed.is_empty() || self.run(0, FETCH_MAX_BYTES).len() < self.events.len()
    }

    /// Whether any event of this writer before `end` is not delivered yet.
    pub(crate) fn waits_before(&self, end: u32) -> bool {
        let mut waits = self.events.first().is_some_and(|kept| kept.seq < end);
        for piece in &self.sealed {
            waits |= piece.writer == self.writer && piece.first < end;
        }
        waits
    }

    /// The state of this writer's events.
    pub(crate) fn status(&self) -> Status {
        Status {
            pending: self.pending(),
            ..self.status
        }
    }

    /// The index of the event with this seq, or the index at which it would be inserted.
    fn place(&self, seq: u32) -> usize {
        let mut at = self.events.len();
        // Searches from the end, because new events are the latest, except early ones.
        while at > 0 && self.events.get(at - 1).is_some_and(|kept| kept.seq >= seq) {
            at -= 1;
        }
        at
    }

    fn pending(&self) -> u32 {
        let mut count = self.events.len() as u32;
        for piece in &self.sealed {
            if piece.writer == self.writer {
                count += piece.last - piece.first + 1;
            }
        }
        count
    }

    /// Removes matching events and returns how many of them are this writer's.
    fn remove(&mut self, acks: &Acks) -> u32 {
        let writer = self.writer;
        self.drop_events(&|event| acks.cover(writer, event.seq, event.seq))
            + self.drop_sealed(&|piece| acks.cover(piece.writer, piece.first, piece.last))
    }

    /// Removes the events for which `gone` is true and returns their number. It takes a trait object, because each
    /// closure would otherwise add its own copy of the loop.
    fn drop_events(&mut self, gone: &dyn Fn(&Pending) -> bool) -> u32 {
        let before = self.events.len();
        self.events.retain(|event| !gone(event));
        let count = before - self.events.len();
        self.dirty |= count > 0;
        self.weigh_anew();
        count as u32
    }

    fn weigh_anew(&mut self) {
        self.weight = 0;
        for event in &self.events {
            self.weight += event.weight;
        }
    }

    /// Removes matching events and returns how many of them are this writer's.
    fn drop_sealed(&mut self, gone: &dyn Fn(&Piece) -> bool) -> u32 {
        let (before, len) = (self.pending(), self.sealed.len());
        let mut at = 0;
        while let Some(piece) = self.sealed.get(at) {
            if gone(piece) {
                self.sealed.remove(at);
            } else {
                at += 1;
            }
        }
        self.dirty |= len > self.sealed.len();
        before - self.pending()
    }

    /// The events from index `from` that form one batch: without a gap in seq, of at most `max` bytes, but at least
    /// one.
    fn run(&self, from: usize, max: usize) -> &[Pending] {
        let rest = self.events.get(from..).unwrap_or_default();
        let Some(first) = rest.first() else {
            return &[];
        };
        let mut len = 0;
        let mut weight = 0;
        for kept in rest {
            weight += kept.weight;
            let is_full = weight > max || len == BATCH_EVENTS_MAX;
            if len > 0 && (is_full || kept.seq as usize != first.seq as usize + len) {
                break;
            }
            len += 1;
        }
        rest.get(..len).unwrap_or_default()
    }

    fn encode(&self, run: &[Pending], envelope: &Envelope<'_>) -> Option<Piece> {
        let (first, last) = (run.first()?, run.last()?);
        let mut events = Vec::new();
        for kept in run {
            events.push((kept.time, &kept.touchpoint));
        }
        Some(Piece {
            writer: self.writer,
            first: first.seq,
            last: last.seq,
            until: last.time.after(if self.is_left { 0 } else { DEAD_MS }),
            body: encode(envelope, first.seq, &events),
        })
    }

    /// The batches of the first events, of at most `max` bytes together, but at least one.
    fn pieces(&self, envelope: &Envelope<'_>, max: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut from, mut bytes) = (0, 0);
        loop {
            let run = self.run(from, FETCH_MAX_BYTES);
            let Some(piece) = self.encode(run, envelope) else {
                return pieces;
            };
            bytes += piece.body.len();
            if from > 0 && bytes > max {
                return pieces;
            }
            from += run.len();
            pieces.push(piece);
        }
    }
}

/// The worth of an event where not all can be kept.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Worth {
    Measurement,
    Step,
    Order,
}

impl Worth {
    fn of(event: &Pending) -> Self {
        match event.touchpoint.kind() {
            Kind::Purchase => Self::Order,
            kind if kind.role() == Role::Step => Self::Step,
            _ => Self::Measurement,
        }
    }
}

impl Piece {
    fn state(&mut self, state: &mut State<'_>) {
        let (mut high, mut low) = ((self.writer.0 >> 64) as u64, self.writer.0 as u64);
        state.number(&mut high);
        state.number(&mut low);
        self.writer = WriterId(u128::from(high) << 64 | u128::from(low));
        state.small(&mut self.first);
        state.small(&mut self.last);
        state.time(&mut self.until);
        state.bytes(&mut self.body);
        let fits = self.first <= self.last && !self.body.is_empty() && self.body.len() <= BODY_MAX_BYTES;
        state.known(fits.then_some(()));
    }
}

/// An upper bound for the bytes of an event in a batch: its texts and, for each field, its code and its length or
/// number.
fn weigh(fields: &Fields) -> usize {
    let mut weight = EVENT_BYTES;
    for (_, value) in fields.iter() {
        weight += FIELD_BYTES;
        match value {
            FieldValue::Text(text) => weight += text.len(),
            FieldValue::Items(items) => {
                for item in items {
                    weight += weigh(item);
                }
            }
            FieldValue::Props(props) => {
                for (name, value) in props {
                    weight += FIELD_BYTES + name.len() + value.as_text().unwrap_or_default().len();
                }
            }
            _ => {}
        }
    }
    weight
}

/// The size of kind, time and the number of fields.
const EVENT_BYTES: usize = 16;
/// The size of a code and a number or length of at most ten bytes.
const FIELD_BYTES: usize = 12;
