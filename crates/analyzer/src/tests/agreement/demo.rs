//! The recorded visits of the demo: its shop's numbers agree with each other.

use super::super::Fixture;
use super::{check, imported};
use crate::scan::Scope;

#[test]
fn numbers_agree_in_the_shop_of_the_demo() {
    let rows = imported("visits", "visits.toml", "visits.jsonl");
    let mut times: Vec<i64> = rows.iter().map(|row| row.event.time.millis()).collect();
    times.sort_unstable();
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, rows, 10_000);
    let middle = crate::range::Range::millis(times[times.len() / 4], times[times.len() * 3 / 4]);
    for range in [crate::range::Range::ALL, middle] {
        let scope = Scope {
            range,
            ..Scope::default()
        };
        check(&fixture, &scope, 1_000);
    }
}
