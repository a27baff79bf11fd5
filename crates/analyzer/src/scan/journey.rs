//! The view of a customer's journey for reports: rows in order and by session, with the model's results.

use wayside_model::detect::PathWords;
use wayside_model::{Channel, EventId, Field, Fields, Kind, Placed, Signal, SignalKind, Stage, Timestamp, Touch};

use super::columns::Columns;
use super::items::Item;
use super::memo::TextPlace;
use super::merge::Customer;
use crate::range::Range;

/// One customer's journey.
#[derive(Clone, Copy, Debug)]
pub struct JourneyView<'a> {
    pub(super) customer: &'a Customer,
    pub(super) placed: &'a [Placed],
    pub(super) found: &'a [Found],
    /// Indices of `found` by session, in order within each.
    pub(super) found_by_session: &'a [u32],
    /// Rows by session, in order within each.
    pub(super) by_session: &'a [u32],
    /// The start of each session in `by_session`, followed by its length.
    pub(super) bounds: &'a [u32],
    /// The kinds of the rows, as bits by their codes.
    pub(super) kinds: u64,
    pub(super) range: Range,
}

/// More than the code of any kind, so that a set of kinds is a number.
pub const KINDS_MAX: usize = u64::BITS as usize;

/// A signal with the row that decided it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The index of the row in the journey.
    pub row: usize,
    /// The kind of the signal.
    pub kind: SignalKind,
    /// The signal that the model found; `None` for a signal that the page found in raw activity, which is a row of its
    /// own.
    pub signal: Option<Signal>,
}

impl<'a> JourneyView<'a> {
    /// The customer's key.
    pub fn customer(&self) -> &'a str {
        &self.customer.key
    }

    /// The range that is counted.
    pub fn range(&self) -> Range {
        self.range
    }

    /// The number of rows, at least 1.
    pub fn len(&self) -> usize {
        self.placed.len()
    }

    /// Whether there are no rows, which is never the case.
    pub fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }

    /// The row with this index in the journey.
    pub fn row(&self, index: usize) -> Row<'a> {
        let (columns, at) = self.customer.columns(self.customer.rows[index]);
        Row {
            columns,
            at,
            index,
            placed: &self.placed[index],
        }
    }

    /// The rows in canonical order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row<'a>> + use<'a> {
        let view = *self;
        (0..self.len()).map(move |index| view.row(index))
    }

    /// The rows of a kind, found at once if there are none.
    pub fn rows_of(&self, kind: Kind) -> impl DoubleEndedIterator<Item = Row<'a>> + use<'a> {
        let has = self.kinds & (1 << kind.code()) != 0;
        let rows = if has { 0..self.len() } else { 0..0 };
        let view = *self;
        rows.map(move |index| view.row(index))
            .filter(move |row| row.kind() == kind)
    }

    /// The counted rows, that is, those in the range.
    pub fn counted(&self) -> impl DoubleEndedIterator<Item = Row<'a>> + use<'a> {
        let range = self.range;
        self.rows().filter(move |row| range.contains(row.time()))
    }

    /// The sessions in order of their starts.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = SessionView<'a>> + use<'a> {
        let view = *self;
        (0..self.bounds.len() - 1).map(move |number| SessionView {
            number: number as u32,
            rows: &view.by_session[view.bounds[number] as usize..view.bounds[number + 1] as usize],
            journey: view,
        })
    }

    /// The counted sessions, that is, those that begin in the range, with all of their rows.
    pub fn counted_sessions(&self) -> impl Iterator<Item = SessionView<'a>> + use<'a> {
        let range = self.range;
        self.sessions().filter(move |session| range.contains(session.start()))
    }

    /// The final channel of a row's session.
    pub fn session_channel(&self, row: &Row<'_>) -> Channel {
        let end = self.bounds[row.session() as usize + 1] as usize;
        self.placed[self.by_session[end - 1] as usize].channel
    }

    /// The signals in order of the rows that decided them.
    pub fn signals(&self) -> &'a [Found] {
        self.found
    }

    /// The signals whose deciding row is counted.
    pub fn counted_signals(&self) -> impl Iterator<Item = (Row<'a>, &'a Found)> + use<'a> {
        let view = *self;
        self.found
            .iter()
            .map(move |found| (view.row(found.row), found))
            .filter(move |(row, _)| view.range.contains(row.time()))
    }
}

/// One session of a journey.
#[derive(Clone, Copy, Debug)]
pub struct SessionView<'a> {
    /// The number of the session in the journey, counted from 0.
    pub number: u32,
    rows: &'a [u32],
    journey: JourneyView<'a>,
}

impl<'a> SessionView<'a> {
    /// The rows in order, at least one.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row<'a>> + use<'a> {
        let journey = self.journey;
        self.rows.iter().map(move |index| journey.row(*index as usize))
    }

    /// The start of the session.
    pub fn start(&self) -> Timestamp {
        self.first().time()
    }

    /// Milliseconds from the first to the last touchpoint.
    pub fn duration_ms(&self) -> i64 {
        self.last().time().since(self.start())
    }

    /// The channel of the session.
    pub fn channel(&self) -> Channel {
        self.last().channel()
    }

    /// The first row.
    pub fn first(&self) -> Row<'a> {
        self.journey.row(self.rows[0] as usize)
    }

    /// The last row.
    pub fn last(&self) -> Row<'a> {
        self.journey.row(self.rows[self.rows.len() - 1] as usize)
    }

    /// The signals whose deciding rows are in the session.
    pub fn signals(&self) -> impl Iterator<Item = &'a Found> + use<'a> {
        let (journey, number) = (self.journey, self.number);
        let session = move |at: &u32| journey.placed[journey.found[*at as usize].row].session;
        let start = journey.found_by_session.partition_point(|at| session(at) < number);
        journey.found_by_session[start..]
            .iter()
            .take_while(move |at| session(at) == number)
            .map(move |at| &journey.found[*at as usize])
    }
}

/// One row of the table, without copying.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'a Columns,
    at: usize,
    /// The index of the row in the journey.
    pub index: usize,
    placed: &'a Placed,
}

impl<'a> Row<'a> {
    /// The number of the row's session in the journey, counted from 0.
    pub fn session(&self) -> u32 {
        self.placed.session
    }

    /// The stage of the row.
    pub fn stage(&self) -> Stage {
        self.placed.stage
    }

    /// The channel of the row's session as far as it is known at this row; a later row may determine it.
    pub fn channel(&self) -> Channel {
        self.placed.channel
    }

    /// The name of the touchpoint: that of its kind, or of a custom touchpoint.
    pub fn name(&self) -> &'a str {
        match self.kind() {
            Kind::Custom => self.text_of(Field::Name).unwrap_or(Kind::Custom.name()),
            kind => kind.name(),
        }
    }

    /// The visitor, with the lifetime of the batch.
    pub fn visitor_id(&self) -> &'a str {
        self.columns.visitor(self.at)
    }

    /// The text of a field, with the lifetime of the batch.
    pub fn text_of(&self, field: Field) -> Option<&'a str> {
        self.columns.text(self.at, field)
    }

    /// The place of the row's address, by which a report can remember what it has derived from the address.
    pub(crate) fn address_place(&self) -> Option<TextPlace> {
        self.columns.address_place(self.at)
    }

    /// The products that the touchpoint concerns.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        self.columns.items(self.at)
    }

    /// A property of the site's own, as text.
    pub fn prop(&self, name: &str) -> Option<String> {
        self.columns.prop(self.at, name)
    }

    /// The pairs of a field of type [`Props`](wayside_model::FieldType::Props), with their values as text.
    pub fn pairs(&self, field: Field) -> Vec<(String, String)> {
        self.columns.pairs(self.at, field)
    }

    /// All fields that the scan has read.
    pub fn fields(&self) -> Fields {
        self.columns.touchpoint_fields(self.at)
    }
}

impl Touch for Row<'_> {
    fn id(&self) -> EventId {
        self.columns.id(self.at)
    }

    fn time(&self) -> Timestamp {
        self.columns.time(self.at)
    }

    fn visitor(&self) -> &str {
        self.columns.visitor(self.at)
    }

    fn kind(&self) -> Kind {
        self.columns.kind(self.at)
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.columns.text(self.at, field)
    }

    fn int(&self, field: Field) -> Option<i64> {
        self.columns.int(self.at, field)
    }

    fn arrival_channel(&self) -> Channel {
        self.columns.arrival_channel(self.at)
    }
}

/// A row without the model's results.
pub(super) struct Unplaced<'a> {
    pub(super) columns: &'a Columns,
    pub(super) at: usize,
}

impl Touch for Unplaced<'_> {
    fn id(&self) -> EventId {
        self.columns.id(self.at)
    }

    fn time(&self) -> Timestamp {
        self.columns.time(self.at)
    }

    fn visitor(&self) -> &str {
        self.columns.visitor(self.at)
    }

    fn kind(&self) -> Kind {
        self.columns.kind(self.at)
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.columns.text(self.at, field)
    }

    fn int(&self, field: Field) -> Option<i64> {
        self.columns.int(self.at, field)
    }

    fn arrival_channel(&self) -> Channel {
        self.columns.arrival_channel(self.at)
    }

    fn path_words(&self) -> PathWords {
        self.columns.path_words(self.at)
    }
}
