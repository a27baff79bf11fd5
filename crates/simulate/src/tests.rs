//! The same plan gives the same events, every event is one the model accepts whole, and mistaken plans are refused by name.

use std::collections::{BTreeMap, BTreeSet};

use wayside_model::{Event, Kind, Timestamp, Touch};

use super::*;

const END: Timestamp = Timestamp::from_millis(1_796_083_200_000);

fn events(customers: u32, seed: u64) -> Vec<Event> {
    let plan = Plan::new(customers, 365, seed, END).unwrap();
    Simulation::new(plan, 7).flat_map(|piece| piece.events).collect()
}

#[test]
fn a_plan_gives_the_same_events_each_time_and_another_seed_gives_others() {
    let first = events(60, 1);
    assert_eq!(first, events(60, 1));
    assert_ne!(first, events(60, 2));
}

#[test]
fn more_customers_keep_the_first_ones() {
    let people = |customers| {
        Simulation::new(Plan::new(customers, 365, 1, END).unwrap(), 7)
            .take(20)
            .collect::<Vec<_>>()
    };
    assert_eq!(people(20), people(500));
}

#[test]
fn every_event_is_within_the_plan_has_its_own_identity_and_lost_no_field() {
    let all = events(400, 3);
    let mut ids = BTreeSet::new();
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for event in &all {
        let time = event.time.millis();
        assert!(
            time >= END.millis() - 365 * 86_400_000 && time < END.millis(),
            "{event:?}"
        );
        assert!(ids.insert((event.id.writer, event.id.seq)), "{event:?}");
        assert_eq!(event.id.writer.0 >> 64, 7, "{event:?}");
        assert!(event.touchpoint.repairs().is_empty(), "{event:?}");
        let before = last.insert(event.visitor.as_str(), time).unwrap_or(i64::MIN);
        assert!(before <= time, "{event:?}");
    }
}

#[test]
fn nearly_every_kind_of_touchpoint_occurs() {
    let all = events(1_500, 1);
    let kinds: BTreeSet<&str> = all.iter().map(|event| event.kind().name()).collect();
    let missing: Vec<&str> = Kind::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|name| !kinds.contains(name))
        .collect();
    // The shop has no checkout steps of its own names.
    assert_eq!(missing, ["checkout_step"]);
}

#[test]
fn mistaken_plans_are_refused_by_name() {
    for (customers, days, part) in [
        (
            0,
            365,
            "0 customers cannot be simulated; give a number from 1 to 1000000",
        ),
        (1_000_001, 365, "1000001 customers"),
        (10, 0, "0 days cannot be simulated; give a number from 28 to 3660"),
        (10, 1_000_000, "1000000 days"),
    ] {
        let refused = Plan::new(customers, days, 1, END).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    let refused = Plan::new(10, 365, 1, Timestamp::from_millis(0))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("must not be before 1970"), "{refused}");
}
