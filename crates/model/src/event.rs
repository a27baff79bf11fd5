//! Events and their canonical order.

use alloc::vec::Vec;

use crate::channel::{Channel, arrival_channel};
use crate::detect::PathWords;
use crate::field::Field;
use crate::id::{EventId, VisitorId};
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;

/// An event: a touchpoint with its identity, time and visitor. It is the unit that is captured, uploaded, stored and
/// counted once.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The identity of the event.
    pub id: EventId,
    /// The time of capture by the visitor's clock.
    pub time: Timestamp,
    /// The visitor who caused the event.
    pub visitor: VisitorId,
    /// The touchpoint.
    pub touchpoint: Touchpoint,
}

/// Read access to an event, as sessions, stages and detectors need it.
///
/// [`Event`] implements it, and so does the analyzer's view of a row in the table's columns, so that the model runs over
/// columns without building events.
pub trait Touch {
    /// The identity of the event.
    fn id(&self) -> EventId;
    /// The time of capture by the visitor's clock.
    fn time(&self) -> Timestamp;
    /// The visitor's id as text.
    fn visitor(&self) -> &str;
    /// The kind of the touchpoint.
    fn kind(&self) -> Kind;
    /// The value of a text or address field.
    fn text(&self, field: Field) -> Option<&str>;
    /// The value of a text or address field; empty if the field is absent.
    fn word(&self, field: Field) -> &str {
        self.text(field).unwrap_or_default()
    }
    /// The value of a whole-number field, an amount in micros, or a boolean as 0 or 1.
    fn int(&self, field: Field) -> Option<i64>;
    /// Like [`Touch::int`]; 0 if the field is absent.
    fn number(&self, field: Field) -> i64 {
        self.int(field).unwrap_or_default()
    }

    /// The channel by which a page view with these fields arrives. A reader of many events may remember it by the values
    /// of [`ARRIVAL_FIELDS`](crate::channel::ARRIVAL_FIELDS).
    fn arrival_channel(&self) -> Channel {
        arrival_channel(|field| self.text(field))
    }
    /// The words in the path of the address. A reader of many events may remember them by the address.
    fn path_words(&self) -> PathWords {
        PathWords::of(self.word(Field::Url))
    }

    /// The sort key of the table: time and identity. For the order of a journey see [`sort_canonical`].
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

/// The sort position of a touchpoint among those of one customer with the same time.
///
/// Touchpoints captured by pages are ordered by writer and seq. If there are imported rows among them, each source keeps
/// its own order (a writer the order of seq, a file the order of its rows), and the sources are merged by [`Kind::rank`],
/// so that a cart comes before its purchase whichever file each is in.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    source: (u128, i64),
    place: (i64, u8, u32, u128),
    rank: u8,
}

impl Standing {
    /// The position of `touch`.
    pub fn of<T: Touch>(touch: &T) -> Self {
        let EventId { writer, seq } = touch.id();
        let rank = touch.kind().rank();
        let (file, row, own_rank) = match touch.int(Field::SourceOrder) {
            Some(order) => (order >> SOURCE_ROW_BITS, order & ((1 << SOURCE_ROW_BITS) - 1), rank),
            // The seq of a writer determines the order alone.
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

/// Sorts events into canonical order: by time, and at the same time by [`Standing`]. All code that needs this order calls
/// it or [`sort_same_time`].
pub fn sort_canonical(events: &mut [Event]) {
    events.sort_by_key(Touch::order);
    for same_time in events.chunk_by_mut(|a, b| a.time == b.time) {
        sort_same_time(same_time, Standing::of);
    }
}

/// Sorts touchpoints of one customer and one time into canonical order. They have to be sorted by [`Touch::order`].
///
/// The result is a merge of the sources in which the source whose next touchpoint has the lowest rank comes next. It is
/// computed by sorting each touchpoint by the highest rank that its source has reached, so the time does not grow with
/// the number of sources.
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
    // Applies the permutation `from` in place, cycle by cycle; a place that is done refers to itself.
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

/// The file number of touchpoints that a page captured, which come from no file.
const PAGE: i64 = -1;

/// The number of low bits of an imported row's writer id that hash the row. The bits above identify the source and are the
/// same in each of its rows. Half of a writer id is enough for both: no two pages of one customer share 64 random bits, and a
/// row that replaces earlier rows of its id is recognised by its hash alone, among all rows of its source.
pub const ROW_HASH_BITS: u32 = 64;

/// The number of low bits of [`Field::SourceOrder`] that number a file's rows of one visitor and time. The bits above
/// distinguish files.
pub const SOURCE_ROW_BITS: u32 = 16;
