//! A touchpoint with its identity, time and visitor.

use alloc::vec::Vec;

use crate::field::Field;
use crate::id::{EventId, VisitorId};
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;

/// An event: what is captured, uploaded, stored and counted once.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// When, by the visitor's clock.
    pub time: Timestamp,
    /// Whose.
    pub visitor: VisitorId,
    /// What.
    pub touchpoint: Touchpoint,
}

/// What sessions, stages and detectors read of an event.
///
/// [`Event`] is one; the analyzer's view of a row in the table's columns is another, so that the model runs over columns
/// without building events.
pub trait Touch {
    /// Its identity.
    fn id(&self) -> EventId;
    /// When, by the visitor's clock.
    fn time(&self) -> Timestamp;
    /// Whose, as text.
    fn visitor(&self) -> &str;
    /// Its kind.
    fn kind(&self) -> Kind;
    /// The text of a text or address field.
    fn text(&self, field: Field) -> Option<&str>;
    /// The text of a text or address field; empty where there is none.
    fn word(&self, field: Field) -> &str {
        self.text(field).unwrap_or_default()
    }
    /// The number of a whole-number field, the micros of an amount, 0 or 1 of a boolean.
    fn int(&self, field: Field) -> Option<i64>;
    /// The same; 0 where there is none.
    fn number(&self, field: Field) -> i64 {
        self.int(field).unwrap_or_default()
    }

    /// Where the table has it: by time and identity. A journey's order is [`sort_canonical`]'s.
    fn order(&self) -> (Timestamp, EventId) {
        (self.time(), self.id())
    }
}

impl Touch for Event {
    fn id(&self) -> EventId {
        self.id
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn visitor(&self) -> &str {
        self.visitor.as_str()
    }

    fn kind(&self) -> Kind {
        self.touchpoint.kind()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.touchpoint.fields().text(field)
    }

    fn int(&self, field: Field) -> Option<i64> {
        self.touchpoint.fields().int(field)
    }
}

/// Where a touchpoint stands among those of one customer that have the same time.
///
/// Pages' touchpoints stand by writer and seq. Where imported rows are among them, each source keeps its own order (a writer
/// that of seq, a file that of its rows), and sources are put together by [`Kind::rank`], so that a cart comes before its
/// purchase whichever file says so.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    source: (u128, i64),
    place: (i64, u8, u32, u128),
    rank: u8,
}

impl Standing {
    /// Where `touch` stands.
    pub fn of<T: Touch>(touch: &T) -> Self {
        let EventId { writer, seq } = touch.id();
        let rank = touch.kind().rank();
        let (file, row, own_rank) = match touch.int(Field::SourceOrder) {
            Some(order) => (order >> SOURCE_ROW_BITS, order & ((1 << SOURCE_ROW_BITS) - 1), rank),
            // A writer's seq says everything.
            None => (PAGE, 0, 0),
        };
        Self {
            source: (writer.0 >> ROW_HASH_BITS, file),
            place: (row, own_rank, seq, writer.0),
            rank,
        }
    }

    fn is_imported(&self) -> bool {
        self.source.1 != PAGE
    }
}

/// Sorts into canonical order: by time, and within one time by [`Standing`]. No one else sorts events.
pub fn sort_canonical(events: &mut [Event]) {
    events.sort_by_key(Touch::order);
    for same_time in events.chunk_by_mut(|a, b| a.time == b.time) {
        sort_same_time(same_time, Standing::of);
    }
}

/// Puts touchpoints of one customer and one time, which stand by [`Touch::order`], into canonical order.
///
/// Whichever of the sources stands at the lowest rank goes on. That is the same as sorting by the highest rank that a
/// source has come to, and takes no longer for many sources than for two.
pub fn sort_same_time<T>(touches: &mut [T], standing: impl Fn(&T) -> Standing) {
    if touches.len() < 2 || !touches.iter().any(|touch| standing(touch).is_imported()) {
        return;
    }
    touches.sort_by_cached_key(|touch| {
        let Standing { source, place, .. } = standing(touch);
        (source, place)
    });
    let mut reached: Vec<(u8, (u128, i64), usize)> = Vec::with_capacity(touches.len());
    for touch in touches.iter() {
        let Standing { source, rank, .. } = standing(touch);
        let so_far = reached.last().filter(|last| last.1 == source).map_or(0, |last| last.0);
        reached.push((so_far.max(rank), source, reached.len()));
    }
    if reached.is_sorted() {
        return;
    }
    reached.sort_unstable();
    let mut from: Vec<usize> = reached.into_iter().map(|(_, _, at)| at).collect();
    // Each round of places is filled in turn: a place gets what stands where `from` says, and is then its own source.
    for start in 0..from.len() {
        let mut place = start;
        while let Some(known) = from.get_mut(place) {
            let next = core::mem::replace(known, place);
            if next == start {
                break;
            }
            touches.swap(place, next);
            place = next;
        }
    }
}

/// The file of a touchpoint that a page captured.
const PAGE: i64 = -1;

/// Low bits of an imported row's writer that are a hash of the row; those above are the source's, the same in each of its
/// rows. Two pages never share them by chance: 88 bits are random.
pub const ROW_HASH_BITS: u32 = 40;

/// Low bits of [`Field::SourceOrder`] that count a file's rows of one visitor and time; those above tell files apart.
pub const SOURCE_ROW_BITS: u32 = 16;
