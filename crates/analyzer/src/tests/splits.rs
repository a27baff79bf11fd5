//! Any split of journeys over buckets, files, batches and the tail gives the same report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use wayside_model::event::{ROW_HASH_BITS, SOURCE_ROW_BITS, sort_canonical};
use wayside_model::{EventId, Field, Touchpoint, WriterId};
use wayside_store::rows::Row;

use super::{Fixture, block_on, grid, row};
use crate::fold::fold;
use crate::kept::BucketState;
use crate::range::Range;
use crate::report::{AnyReport, ReportRequest, definition};
use crate::run::Query;
use crate::scan::{Scope, Traffic};
use crate::table::Table;

/// Every report, some with parameters that keep more of the journey.
pub(super) fn requests() -> Vec<ReportRequest> {
    vec![
        ReportRequest::new("kpis"),
        ReportRequest::new("trend").with("measures", "all"),
        ReportRequest::new("trend").with("every", "hour").with("by", "channel"),
        ReportRequest::new("journey-map"),
        ReportRequest::new("funnel").with("window_days", "1"),
        ReportRequest::new("funnel").with("order", "strict"),
        ReportRequest::new("funnel").with("order", "any"),
        ReportRequest::new("checkout"),
        ReportRequest::new("carts").with("days", "5"),
        ReportRequest::new("retention"),
        ReportRequest::new("revenue-cohorts").with("every", "week"),
        ReportRequest::new("revenue-cohorts")
            .with("start", "first_visit")
            .with("by", "channel"),
        ReportRequest::new("attribution"),
        ReportRequest::new("attribution")
            .with("measure", "revenue")
            .with("by", "source_medium")
            .with("unit", "touchpoint")
            .with("markov_order", "3")
            .with("lookback_days", "2")
            .with("null_paths", "no"),
        ReportRequest::new("attribution")
            .with("conversion", "played_game")
            .with("by", "property")
            .with("property", "device"),
        ReportRequest::new("conversion-paths"),
        ReportRequest::new("conversion-paths")
            .with("repeats", "keep")
            .with("by", "campaign"),
        ReportRequest::new("paths").with("nodes", "page"),
        ReportRequest::new("paths").with("clicks", "yes"),
        ReportRequest::new("led-here").with("min_customers", "1"),
        ReportRequest::new("led-here")
            .with("goal", "played_game")
            .with("what", "steps,channel")
            .with("window_days", "2")
            .with("min_customers", "1"),
        ReportRequest::new("products"),
        ReportRequest::new("products").with("by", "category").with("top", "2"),
        ReportRequest::new("bought-together").with("min_orders", "1"),
        ReportRequest::new("channels"),
        ReportRequest::new("channels").with("by", "kind"),
        ReportRequest::new("service").with("min_contacts", "1"),
        ReportRequest::new("service")
            .with("by", "property")
            .with("property", "agent"),
        ReportRequest::new("returns"),
        ReportRequest::new("returns").with("by", "product"),
        ReportRequest::new("intent"),
        ReportRequest::new("intent").with("by", "page").with("moment", "know"),
        ReportRequest::new("signals"),
        ReportRequest::new("forms"),
        ReportRequest::new("searches"),
        ReportRequest::new("errors"),
        ReportRequest::new("vitals"),
        ReportRequest::new("audience"),
        ReportRequest::new("audience")
            .with("by", "landing_page")
            .with("top", "2"),
        ReportRequest::new("trend")
            .with("every", "month")
            .with("by", "landing_page"),
        ReportRequest::new("lifetime-value"),
        ReportRequest::new("customer-values"),
        ReportRequest::new("rfm"),
        ReportRequest::new("customers")
            .with("limit", "2")
            .with("sort", "signals"),
        ReportRequest::new("data-quality"),
        ReportRequest::new("profile").with("customer", "ann"),
        ReportRequest::new("profile").with("visitor", "v2"),
        ReportRequest::new("timeline").with("customer", "ann"),
        ReportRequest::new("timeline").with("visitor", "v2"),
    ]
}

/// The path of an event into the table.
#[derive(Clone, Debug)]
struct Fate {
    run: usize,
    copy: Option<usize>,
}

const RUNS: usize = 3;
const TAIL: usize = RUNS;

const WHO: [(&str, Option<&str>); 5] = [
    ("v1", Some("ann")),
    ("v2", Some("ann")),
    ("v3", None),
    ("robot", None),
    ("v4", Some("bob")),
];

pub(super) const WHAT: [(&str, &str); 27] = [
    ("page_view", r#"{"url":"https://x/","source":"news","medium":"email"}"#),
    (
        "page_view",
        r#"{"url":"https://x/list","entry":"reload","device":"mobile"}"#,
    ),
    ("view_item", r#"{"items":[{"item_id":"mug","price":9.5}]}"#),
    ("add_to_cart", r#"{"value":9.5,"currency":"EUR"}"#),
    ("begin_checkout", "{}"),
    ("checkout_step", r#"{"step":"gift"}"#),
    (
        "checkout_step_time",
        r#"{"step":"gift","waiting_ms":9000,"acting_ms":2000,"reloads":1}"#,
    ),
    ("purchase", r#"{"transaction_id":"t1","value":9.5,"currency":"EUR"}"#),
    ("purchase", r#"{"value":3,"currency":"USD"}"#),
    ("nps", r#"{"score":9}"#),
    ("signal", r#"{"name":"rage_click","element":"buy"}"#),
    ("played_game", r#"{"level":3}"#),
    ("search", r#"{"search_term":"mug","results":0}"#),
    (
        "form_field_time",
        r#"{"form":"address","form_field":"zip","acting_ms":900,"corrections":1}"#,
    ),
    ("form_abandon", r#"{"form":"address","form_field":"zip"}"#),
    ("page_error", r#"{"error":"TypeError","url":"https://x/app.js"}"#),
    (
        "web_vitals",
        r#"{"url":"https://x/list","lcp_ms":2600,"cls_permille":40}"#,
    ),
    ("view_itm", "{}"),
    (
        "add_to_cart",
        r#"{"currency":"EUR","items":[{"item_id":"cup","item_name":"Cup","item_category":"table","price":4,"quantity":2}]}"#,
    ),
    (
        "remove_from_cart",
        r#"{"currency":"EUR","items":[{"item_id":"cup","item_name":"Blue cup","quantity":1}]}"#,
    ),
    (
        "purchase",
        r#"{"transaction_id":"t2","value":17.5,"currency":"EUR","items":[{"item_id":"mug","price":9.5},{"item_id":"cup","price":4,"quantity":2}]}"#,
    ),
    (
        "refund",
        r#"{"transaction_id":"t2","value":9.5,"items":[{"item_id":"mug","price":9.5}]}"#,
    ),
    ("refund", r#"{"transaction_id":"t2","props":{"reason":"too small"}}"#),
    (
        "support_contact",
        r#"{"contact_channel":"Call center","topic":"delivery","resolved":true,"duration_ms":60000,"props":{"agent":"kim"}}"#,
    ),
    ("support_contact", r#"{"contact_channel":"chat","topic":"delivery"}"#),
    ("csat", r#"{"score":4}"#),
    ("ces", r#"{"score":2,"contact_channel":"store"}"#),
];

/// Where a row comes from: its page, or a file.
#[derive(Clone, Copy, Debug)]
enum Source {
    Page,
    File(u64),
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![2 => Just(Source::Page), 1 => (0u64..3).prop_map(Source::File)]
}

/// Makes a row one of an imported file: its writer has the file's source and a hash that says nothing of the order.
fn import(row: &mut Row, file: u64, line: u64) {
    let mut fields = row.event.touchpoint.fields().clone();
    fields.set_int(Field::SourceOrder, ((file << SOURCE_ROW_BITS) | line) as i64);
    row.event.touchpoint = Touchpoint::made(row.event.touchpoint.kind(), fields);
    let hash = line.wrapping_mul(6_364_136_223_846_793_005) >> (64 - ROW_HASH_BITS);
    row.event.id = EventId {
        writer: WriterId(u128::from(file + 1) << ROW_HASH_BITS | u128::from(hash)),
        seq: 0,
    };
}

/// The unit of time of a draw: 20 minutes, so that sessions end, or a day, so that weeks do.
const STEPS_MS: [i64; 2] = [1_200_000, 86_400_000];

pub(super) fn rows() -> impl Strategy<Value = Vec<Row>> {
    // Few times, so that several events fall on one.
    let draws = prop::collection::vec((0..WHO.len(), 0..WHAT.len(), 0i64..90, source()), 1..40);
    (draws, prop::sample::select(&STEPS_MS[..])).prop_map(|(draws, step_ms)| {
        let mut seqs = BTreeMap::new();
        let mut lines = 0;
        let draw = |(who, what, time, source): (usize, usize, i64, Source)| {
            let (visitor, customer) = WHO[who];
            let seq = seqs.entry(visitor).or_insert(0);
            *seq += 1;
            let (name, fields) = WHAT[what];
            let mut row = row(visitor, customer, *seq - 1, time * step_ms, name, fields);
            if let Source::File(file) = source {
                lines += 1;
                import(&mut row, file, lines);
            }
            row
        };
        draws.into_iter().map(draw).collect()
    })
}

fn fate() -> impl Strategy<Value = Fate> {
    (0..=TAIL, prop::option::weighted(0.3, 0..=TAIL)).prop_map(|(run, copy)| Fate { run, copy })
}

fn scope() -> impl Strategy<Value = Scope> {
    let range = prop_oneof![
        Just(Range::ALL),
        (0i64..60).prop_map(|from| Range::millis(from * 1_200_000, (from + 30) * 1_200_000)),
    ];
    (range, prop::sample::select(&Traffic::ALL[..])).prop_map(|(range, traffic)| Scope {
        range,
        traffic,
        ..Scope::default()
    })
}

/// Everything in one bucket, one file, one row group.
pub(super) fn whole(rows: &[Row]) -> Fixture {
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, rows.to_vec(), 1_000);
    fixture
}

/// The same events scattered: each by its fate, customers over buckets, rows over small groups. Half of the customers
/// have outdated rows in a file, under the key they had before.
fn scattered(rows: &[Row], fates: &[Fate], buckets: u16, rows_a_group: usize) -> Fixture {
    let mut fixture = Fixture::new(buckets);
    let bucket = |customer: &str| customer.bytes().map(usize::from).sum::<usize>() % usize::from(buckets);
    for number in 0..usize::from(buckets) {
        let here = |run: usize| -> Vec<Row> {
            let is_in = |fate: &Fate| fate.run == run || fate.copy == Some(run);
            let rows = rows.iter().zip(fates.iter().cycle());
            rows.filter(|(row, fate)| bucket(&row.customer) == number && is_in(fate))
                .map(|(row, _)| row.clone())
                .collect()
        };
        for run in 0..RUNS {
            let mut rows = here(run);
            if run == 0 {
                rows.extend(outdated(&here(TAIL)));
            }
            if !rows.is_empty() {
                fixture.add_file(number, rows, rows_a_group);
            }
        }
        fixture.set_tail(number, here(TAIL), rows_a_group);
        let moved = outdated(&here(TAIL)).into_iter().map(|row| row.customer);
        fixture.set_moved(number, moved.collect::<BTreeSet<String>>());
    }
    fixture
}

/// The rows of a tail as they were before their visitors identified.
fn outdated(tail: &[Row]) -> Vec<Row> {
    let with = |row: &Row| Row {
        customer: format!("anon:before-{}", row.customer),
        ..row.clone()
    };
    tail.iter().map(with).collect()
}

/// The events of customer ann as the timeline shows them.
fn shown(fixture: &Fixture) -> Vec<String> {
    let table = fixture.report(ReportRequest::new("timeline").with("customer", "ann"));
    let mut events = grid(&table, &["event"]);
    // A signal stands behind the event that decided it, and shows that event.
    events.dedup();
    events
}

/// The tables of these reports in one pass, with the states of the buckets merged in one order and in the other.
fn tables(fixture: &Fixture, scope: &Scope, requests: &[ReportRequest]) -> [Vec<Table>; 2] {
    let reports: Arc<[Arc<dyn AnyReport>]> = requests
        .iter()
        .map(|request| definition(&request.name).unwrap().make(request).unwrap())
        .collect();
    let query = Query {
        scope: scope.clone(),
        ..Query::default()
    };
    let folded = block_on(fold(&fixture.snapshot, &reports, &query, &Arc::default())).unwrap();
    let conclude = |reversed: bool| {
        let conclude = |(report, states): (&Arc<dyn AnyReport>, &BTreeMap<u16, Arc<BucketState>>)| {
            let mut states: Vec<&[u8]> = states.values().map(|state| state.state.as_slice()).collect();
            if reversed {
                states.reverse();
            }
            report.conclude(&states).unwrap()
        };
        reports.iter().zip(&folded).map(conclude).collect()
    };
    [conclude(false), conclude(true)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_report(
        rows in rows(),
        fates in prop::collection::vec(fate(), 1..40),
        buckets in 1u16..5,
        rows_a_group in 1usize..6,
        scope in scope(),
    ) {
        let [expected, reversed] = tables(&whole(&rows), &scope, &requests());
        prop_assert_eq!(&expected, &reversed);
        let [scattered, reversed] = tables(&scattered(&rows, &fates, buckets, rows_a_group), &scope, &requests());
        prop_assert_eq!(&scattered, &expected);
        prop_assert_eq!(&reversed, &expected);
    }

    #[test]
    fn journeys_of_pages_and_files_are_in_canonical_order(
        rows in rows(),
        fates in prop::collection::vec(fate(), 1..40),
        buckets in 1u16..5,
        rows_a_group in 1usize..6,
    ) {
        let mut anns: Vec<_> = rows.iter().filter(|row| row.customer == "ann").map(|row| row.event.clone()).collect();
        sort_canonical(&mut anns);
        let expected: Vec<String> = anns.iter().map(|event| format!("{}:{}", event.id.writer, event.id.seq)).collect();
        let fixture = scattered(&rows, &fates, buckets, rows_a_group);
        prop_assert_eq!(shown(&fixture), expected);
    }
}

proptest! {
    // Each case is as many passes as there are reports.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// A report that reads a field, an id or a part of the model without requesting it would find it only beside others.
    #[test]
    fn a_report_alone_gives_the_same_table_as_beside_all_others(
        rows in rows(),
        fates in prop::collection::vec(fate(), 1..40),
        scope in scope(),
    ) {
        let fixture = scattered(&rows, &fates, 2, 3);
        let [beside, _] = tables(&fixture, &scope, &requests());
        for (request, expected) in requests().into_iter().zip(beside) {
            let [alone, _] = tables(&fixture, &scope, &[request]);
            prop_assert_eq!(&alone[0], &expected);
        }
    }
}
