//! The order of touchpoints of one time: each source keeps its own order, and sources are merged by the ranks of kinds.

use proptest::prelude::*;
use wayside_model::event::{ROW_HASH_BITS, SOURCE_ROW_BITS, sort_canonical};
use wayside_model::{
    Event, EventId, Field, FieldValue, Fields, Kind, Timestamp, Touch, Touchpoint, VisitorId, WriterId,
};

fn event(writer: u128, seq: u32, kind: Kind, source_order: Option<i64>) -> Event {
    let mut fields = Fields::new();
    for field in kind.required() {
        fields.set_text(*field, "x");
    }
    if let Some(order) = source_order {
        fields.set(Field::SourceOrder, FieldValue::Int(order)).unwrap();
    }
    Event {
        id: EventId {
            writer: WriterId(writer),
            seq,
        },
        time: Timestamp::from_millis(1_764_000_000_000),
        visitor: VisitorId::parse("v").unwrap(),
        touchpoint: Touchpoint::new(kind, fields).unwrap(),
    }
}

/// An event of the writer `source`.
fn own(source: u128, seq: u32, kind: Kind) -> Event {
    event(source << ROW_HASH_BITS, seq, kind, None)
}

/// A row of `file`, as an import makes it.
fn row(source: u128, hash: u128, file: i64, place: i64, kind: Kind) -> Event {
    event(
        source << ROW_HASH_BITS | hash,
        0,
        kind,
        Some(file << SOURCE_ROW_BITS | place),
    )
}

#[track_caller]
fn check(mut events: Vec<Event>, expected: &[Kind]) {
    for _ in 0..2 {
        sort_canonical(&mut events);
        assert_eq!(events.iter().map(Touch::kind).collect::<Vec<_>>(), expected);
        events.reverse();
    }
}

#[test]
fn writers_are_sorted_by_id_and_keep_their_own_order() {
    use Kind::{AddToCart, PageView, Purchase};
    check(vec![own(2, 0, AddToCart), own(1, 0, Purchase)], &[Purchase, AddToCart]);
    check(
        vec![own(1, 0, Purchase), own(1, 1, PageView), own(1, 2, AddToCart)],
        &[Purchase, PageView, AddToCart],
    );
}

#[test]
fn a_file_keeps_its_own_order_whatever_the_hashes_of_its_rows() {
    use Kind::{AddToCart, RemoveFromCart};
    check(
        vec![
            row(1, 9, 5, 0, AddToCart),
            row(1, 4, 5, 1, RemoveFromCart),
            row(1, 7, 5, 2, AddToCart),
        ],
        &[AddToCart, RemoveFromCart, AddToCart],
    );
}

#[test]
fn a_cart_of_one_source_comes_before_the_purchase_of_another() {
    use Kind::{AddToCart, BeginCheckout, PageView, Purchase, Refund};
    check(
        vec![own(1, 0, Purchase), row(2, 1, 1, 0, AddToCart)],
        &[AddToCart, Purchase],
    );
    check(
        vec![row(1, 1, 1, 0, Purchase), own(2, 0, AddToCart)],
        &[AddToCart, Purchase],
    );
    // Two files imported with the same mapping are two sources.
    check(
        vec![
            row(1, 3, 7, 0, Purchase),
            row(1, 2, 8, 0, PageView),
            row(1, 1, 8, 1, AddToCart),
        ],
        &[PageView, AddToCart, Purchase],
    );
    check(
        vec![
            own(1, 0, Purchase),
            own(1, 1, PageView),
            row(2, 8, 1, 0, AddToCart),
            row(2, 7, 1, 1, Refund),
            own(3, 0, BeginCheckout),
        ],
        &[AddToCart, BeginCheckout, Purchase, PageView, Refund],
    );
}

#[test]
fn rows_with_the_same_place_in_a_file_are_sorted_by_rank() {
    // Two visitors of one customer: each row is the first of its visitor.
    check(
        vec![row(1, 1, 5, 0, Kind::Purchase), row(1, 2, 5, 0, Kind::AddToCart)],
        &[Kind::AddToCart, Kind::Purchase],
    );
}

proptest! {
    /// The result equals a simple merge: of the sources' next touchpoints, the one with the lowest rank comes next.
    #[test]
    fn the_order_is_a_merge_by_the_lowest_rank(made in prop::collection::vec((0..4u128, 0..Kind::ALL.len()), 0..24)) {
        let mut seqs = [0u32; 4];
        let mut events: Vec<Event> = made
            .iter()
            .map(|(source, kind)| {
                let seq = &mut seqs[*source as usize];
                *seq += 1;
                let kind = Kind::ALL[*kind];
                let kind = if kind.required().iter().all(|field| *field == Field::Url) { kind } else { Kind::AddToCart };
                row(source + 1, (u128::from(*seq) * 7) % 31, 1, i64::from(*seq), kind)
            })
            .collect();
        let mut sources: Vec<Vec<Event>> = (1..5u128)
            .map(|source| {
                let mut own: Vec<_> = events.iter().filter(|e| e.id.writer.0 >> ROW_HASH_BITS == source).cloned().collect();
                own.sort_by_key(|event| event.int(Field::SourceOrder));
                own.reverse();
                own
            })
            .collect();
        let mut merged = Vec::new();
        while let Some(next) = sources.iter_mut().filter(|own| !own.is_empty()).min_by_key(|own| own.last().unwrap().kind().rank()) {
            merged.extend(next.pop());
        }
        sort_canonical(&mut events);
        prop_assert_eq!(events, merged);
    }
}
