//! Answers to parameters, right and wrong, and to little data.

use super::{BY_SOURCE, DAY_MS, HALVES, attribution, check, vignette};
use crate::report::{ReportRequest, definition};
use crate::table::Cell;
use crate::tests::{Fixture, cell, grid};

#[test]
fn paths_without_a_conversion_can_be_left_out_of_the_chain() {
    let columns = ["channel", "removal_effect", "paths", "last_non_direct"];
    // Of 3 starts, 2 are by e-mail, half of which go on to Direct, and half of Direct orders: 1/3. Without e-mail: 1/3 × 1/2.
    let with = Fixture::of(HALVES).report(attribution(&[]));
    assert_eq!(grid(&with, &columns), ["Direct | 1.0 | 2 | 0", "Email | 0.5 | 2 | 1"]);
    let without = Fixture::of(HALVES).report(attribution(&[("null_paths", "no")]));
    assert_eq!(
        grid(&without, &columns),
        ["Direct | 1.0 | 2 | 0", "Email | 1.0 | 2 | 1"]
    );
}

#[test]
fn names_beyond_the_fifty_largest_are_one_row() {
    let visits = (0..60).map(|n| {
        let twice = if n < 50 {
            format!("v{n} {DAY_MS} page_view {{\"url\":\"https://x/\",\"source\":\"s{n:02}\"}}\n")
        } else {
            String::new()
        };
        format!("v{n} 0 page_view {{\"url\":\"https://x/\",\"source\":\"s{n:02}\"}}\nv{n} 1 purchase\n{twice}")
    });
    let table = Fixture::of(&visits.collect::<String>()).report(attribution(&BY_SOURCE));
    assert_eq!(table.rows.len(), 51);
    assert_eq!(*cell(&table, "(other)", "paths"), Cell::Null);
    check(&table, "last_touch", &[("(other)", 10.0), ("s00", 1.0)]);
    check(&table, "markov", &[("(other)", 10.0), ("s00", 1.0)]);
    assert!(
        table.notes.iter().any(|note| note.contains("(other)")),
        "{:?}",
        table.notes
    );
    assert!(
        table
            .notes
            .iter()
            .any(|note| note.contains("standard error is at most")),
        "{:?}",
        table.notes
    );
}

#[test]
fn a_conversion_that_never_occurred_is_named_with_the_nearest_kind() {
    let table = Fixture::of(HALVES).report(attribution(&[("conversion", "purchas")]));
    assert_eq!(
        table.notes,
        [
            "0 of 3 paths end with a visit that has the conversion purchas.",
            "The conversion \"purchas\" never occurred in these days; did you mean \"purchase\"?"
        ]
    );
    let table = Fixture::of(HALVES).report(attribution(&[("by", "property"), ("property", "souce")]));
    assert!(
        table
            .notes
            .contains(&"No touch has a property \"souce\"; did you mean \"source\"?".to_owned()),
        "{:?}",
        table.notes
    );
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (name, value, says) in [
        ("measure", "revenu", "did you mean \"revenue\"?"),
        ("by", "campain", "did you mean \"campaign\"?"),
        ("by", "property", "property cannot be"),
        ("property", "source", "left out unless by is property"),
        ("unit", "touch", "session or touchpoint"),
        ("lookback_days", "0", "a whole number from 1 to 3660"),
        ("lookback_days", "soon", "a whole number"),
        ("markov_order", "4", "a whole number from 1 to 3"),
        ("null_paths", "maybe", "yes or no"),
        ("half_life_days", "0", "a whole number from 1 to 365"),
        ("positions", "adobee", "did you mean \"adobe\"?"),
        ("u_weights", "40,60", "three whole numbers"),
        ("j_weights", "0,0,0", "not all 0"),
        ("j_weights", "-1,2,3", "three whole numbers"),
        ("conversion", "a\u{7}b", "the name of a touchpoint"),
        ("markov_ordr", "1", "did you mean \"markov_order\"?"),
    ] {
        let refused = definition("attribution").unwrap().make(&attribution(&[(name, value)]));
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(says), "{name}={value}: {message}");
    }
    let number = attribution(&[("by", "property"), ("property", "value")]);
    let message = definition("attribution")
        .unwrap()
        .make(&number)
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "property cannot be \"value\": it must be a text: the field value is an amount"
    );
}

#[test]
fn nobody_and_one_customer_have_an_answer() {
    let nobody = definition("attribution")
        .unwrap()
        .make(&attribution(&[]))
        .unwrap()
        .conclude(&[])
        .unwrap();
    assert!(nobody.rows.is_empty() && nobody.notes.is_empty());
    let one =
        Fixture::of("v1 0 page_view {\"url\":\"https://x/\"}\nv1 0 purchase\nv1 0 purchase").report(attribution(&[]));
    assert_eq!(
        grid(&one, &["channel", "converted", "markov", "shapley"]),
        ["Direct | 1 | 1.0 | 1.0"]
    );
}

#[test]
fn conversion_paths_match_a_count_by_hand() {
    let table = vignette().report(ReportRequest::new("conversion-paths"));
    let columns = [
        "path",
        "converted",
        "share",
        "paths",
        "conversion",
        "median_touches",
        "median_time_ms",
    ];
    let found = grid(&table, &columns);
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[0],
        format!("Email | 1 | {} | 1 | 1.0 | 2 | {}", 1.0 / 3.0, middle(DAY_MS + 1))
    );
    assert!(found[1].starts_with("Email > SMS > Email | 1 |"), "{found:?}");
    assert!(
        found[2].starts_with("Email > SMS > Email > SMS > Email | 1 |"),
        "{found:?}"
    );
    assert_eq!(
        table.notes,
        ["3 of 3 paths end with a visit that has an order: in the median after 5 touches and 3 d 23 h."]
    );
    let kept = vignette().report(
        ReportRequest::new("conversion-paths")
            .with("repeats", "keep")
            .with("top", "1"),
    );
    assert_eq!(grid(&kept, &["path"]), ["Email > Email"]);
    assert_eq!(
        kept.notes[1],
        "2 rarer sequences are left out, with 2 conversions; a larger top shows them."
    );
    let none = Fixture::of("v1 0 page_view {\"url\":\"https://x/\"}").report(ReportRequest::new("conversion-paths"));
    assert!(
        none.rows.is_empty() && none.notes[0].starts_with("No order"),
        "{:?}",
        none.notes
    );
}

/// A time as a histogram knows it.
fn middle(time_ms: i64) -> i64 {
    let mut histogram = crate::stats::Histogram::default();
    histogram.add(time_ms);
    histogram.median().unwrap()
}
