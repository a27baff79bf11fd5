//! The content of the table depends only on the set of events.

mod common;

use std::collections::BTreeMap;

use common::*;
use proptest::prelude::*;
use wayside_model::{Event, Field, Touch};
use wayside_store::{DataWriter, Merge, Store};

/// A step of a test.
#[derive(Clone, Debug)]
enum Step {
    /// Append these events by their numbers, which may repeat.
    Append(Vec<prop::sample::Index>),
    Compact(Merge),
    Reopen,
}

/// Events of few visitors, customers and writers, so that all combinations occur.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = (0..4u32, 0..3u128, 0..100_000i64, prop::option::weighted(0.2, 0..3u32));
    prop::collection::vec(one, 1..30).prop_map(|made| {
        let mut seqs = BTreeMap::new();
        let made = made.into_iter().map(|(visitor, writer, after, customer)| {
            let seq = seqs.entry(writer).or_insert(0u32);
            *seq += 1;
            let visitor = format!("v{visitor}");
            match customer {
                Some(customer) => identify(&visitor, &format!("c{customer}"), writer, *seq, after),
                None => event(&visitor, writer, *seq, after),
            }
        });
        made.collect()
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop::collection::vec(any::<prop::sample::Index>(), 1..12).prop_map(Step::Append),
        2 => Just(Step::Compact(Merge::Tiered)),
        1 => Just(Step::Compact(Merge::All)),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 0..12)
}

/// The customer of each visitor by the documented rule: the earliest `identify` in canonical order.
fn customers(events: &[Event]) -> Vec<(String, String)> {
    let mut first: BTreeMap<String, &Event> = BTreeMap::new();
    for event in events.iter().filter(|event| event.text(Field::CustomerId).is_some()) {
        let known = first.entry(event.visitor().to_owned()).or_insert(event);
        if event.order() < known.order() {
            *known = event;
        }
    }
    let named = first.into_iter();
    named
        .map(|(visitor, event)| (visitor, event.text(Field::CustomerId).unwrap().to_owned()))
        .collect()
}

proptest! {
    // Few cases, because each opens real tables on a real disk.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_order_copies_and_compactions_give_the_same_table(events in events(), steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&events, steps));
    }
}

async fn run(events: &[Event], steps: Vec<Step>) {
    let dir = tempfile::tempdir().unwrap();
    let mut data = writer(dir.path()).await;
    let mut appended = 0;
    for step in steps {
        match step {
            Step::Append(picks) => {
                let picked: Vec<_> = picks.iter().map(|pick| pick.get(events).clone()).collect();
                appended += picked.len();
                data.append(vec![accepted(picked)]).await.unwrap();
            }
            Step::Compact(merge) => {
                data.compact_with(merge).await.unwrap();
            }
            Step::Reopen => {
                data.close().await.unwrap();
                data = DataWriter::lock(dir.path(), options()).await.unwrap();
            }
        }
    }
    // At the end, each event has been appended at least once.
    data.append(vec![accepted(events.to_vec())]).await.unwrap();
    appended += events.len();

    let customers = customers(events);
    let customers: Vec<_> = customers
        .iter()
        .map(|(visitor, customer)| (visitor.as_str(), customer.as_str()))
        .collect();
    let expected = expected(events, &customers);
    assert_same(&lines(data.store()).await, &expected);
    data.compact().await.unwrap();
    assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &expected);
    let report = data.store().check().await.unwrap();
    assert!(report.is_ok(), "{:#?}", report.problems);
    let sums = report.sites[&site()];
    assert_eq!((sums.rows, sums.good), (events.len() as u64, appended as u64));
}
