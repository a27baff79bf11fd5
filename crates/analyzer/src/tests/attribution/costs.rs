//! Costs of ads, and the return on them.

use super::{BY_SOURCE, DAY_MS, attribution, check};
use crate::range::Range;
use crate::report::{Costs, Facts, definition, read_costs};
use crate::scan::{Scope, Traffic};
use crate::table::{Cell, Table};
use crate::tests::{Fixture, block_on, cell};

/// Spending on ads, and two orders that came by them.
const ADS: &str = r#"
    ad-costs 0 ad_cost {"value":10,"currency":"EUR","props":{"source":"google","medium":"cpc","campaign":"spring"}}
    ad-costs 86400000 ad_cost {"value":30,"currency":"EUR","props":{"source":"google","medium":"cpc","campaign":"spring"}}
    ad-costs 0 ad_cost {"value":5,"currency":"EUR","props":{"source":"tv","medium":"display","campaign":"tv"}}
    ad-costs 0 ad_cost {"value":7,"currency":"USD","props":{"source":"google","medium":"cpc","campaign":"spring"}}
    v1 0 page_view {"url":"https://x/","source":"google","medium":"cpc","campaign":"spring"}
    v1 1 purchase {"value":100,"currency":"EUR"}
    v2 0 page_view {"url":"https://x/","source":"google","medium":"cpc","campaign":"spring"}
    v2 1 purchase {"value":60,"currency":"EUR"}
    v3 0 page_view {"url":"https://x/"}
    v3 1 purchase {"value":20,"currency":"EUR"}
"#;

fn with_costs(params: &[(&str, &str)]) -> Table {
    let fixture = Fixture::of(&ADS.replace("ad-costs", "robot"));
    let request = attribution(params);
    let scope = Scope {
        traffic: Traffic::People,
        ..Scope::default()
    };
    let mut table = fixture.run(std::slice::from_ref(&request), scope).remove(0);
    let facts = Facts {
        costs: Costs::of(&[
            (["google", "cpc", "spring", "EUR"], 40_000_000),
            (["tv", "display", "tv", "EUR"], 5_000_000),
            (["google", "cpc", "spring", "USD"], 7_000_000),
        ]),
        ..Facts::default()
    };
    definition("attribution")
        .unwrap()
        .make(&request)
        .unwrap()
        .add_facts(&mut table, &facts);
    table
}

#[test]
fn imported_costs_give_the_return_on_spend() {
    let table = with_costs(&[("measure", "return_on_spend")]);
    check(&table, "cost", &[("Paid Search", 40.0), ("Display", 5.0)]);
    // 160 for 40, and nothing for 5.
    check(&table, "last_touch", &[("Paid Search", 4.0), ("Display", 0.0)]);
    check(&table, "markov", &[("Paid Search", 4.0)]);
    assert_eq!(*cell(&table, "Direct", "last_touch"), Cell::Null);
    assert!(
        table
            .notes
            .iter()
            .any(|note| note == "Not added to the costs: 7.00 in USD."),
        "{:?}",
        table.notes
    );

    let table = with_costs(&[("measure", "cost_per_conversion"), ("by", "source_medium")]);
    check(&table, "last_touch", &[("google / cpc", 20.0)]);
    let ends =
        ["last_touch_low", "last_touch_high"].map(|column| cell(&table, "google / cpc", column).to_json().as_f64());
    assert!(
        ends[0].is_none_or(|low| low <= 20.0) && ends[1].is_none_or(|high| high >= 20.0),
        "{ends:?}"
    );
    let table = with_costs(&[("by", "campaign")]);
    check(&table, "cost", &[("spring", 40.0), ("tv", 5.0)]);
    let table = with_costs(&BY_SOURCE);
    assert!(
        table
            .notes
            .iter()
            .any(|note| note.starts_with("Costs are known by channel")),
        "{:?}",
        table.notes
    );
}

#[test]
fn costs_are_read_from_the_touchpoints_that_their_import_stores() {
    let fixture = Fixture::of(ADS);
    let costs = |range| block_on(read_costs(&fixture.snapshot, range)).unwrap();
    let expected = [
        (["google", "cpc", "spring", "EUR"], 40_000_000),
        (["google", "cpc", "spring", "USD"], 7_000_000),
        (["tv", "display", "tv", "EUR"], 5_000_000),
    ];
    assert_eq!(costs(Range::ALL), Costs::of(&expected));
    let first_day = Range::millis(0, DAY_MS);
    assert_eq!(costs(first_day).total("EUR"), 15_000_000);
}
