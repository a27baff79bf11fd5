//! The examples that vendors and packages publish.

use super::{BY_SOURCE, DAY_MS, attribution, check, vignette};
use crate::tests::{Fixture, grid};

/// Adobe, "Attribution models and lookback windows": paid search on day 0, a social link on day 3, and on day 9 an e-mail, then a
/// display ad and an order of 50 dollars.
fn adobe() -> Fixture {
    let day = |n: i64| n * DAY_MS;
    Fixture::of(&format!(
        r#"
        v1 {} page_view {{"url":"https://x/","source":"google","medium":"cpc"}}
        v1 {} page_view {{"url":"https://x/","source":"friend","medium":"social"}}
        v1 {nine} page_view {{"url":"https://x/","source":"team","medium":"email"}}
        v1 {nine} page_view {{"url":"https://x/","source":"ads","medium":"display"}}
        v1 {nine} purchase {{"transaction_id":"t1","value":50,"currency":"USD"}}
        "#,
        day(0),
        day(3),
        nine = day(9),
    ))
}

#[test]
fn models_agree_with_the_example_of_adobe() {
    let all = adobe().report(attribution(&[("measure", "revenue")]));
    assert_eq!(all.currency.as_deref(), Some("USD"));
    check(&all, "first_touch", &[("Paid Search", 50.0), ("Email", 0.0)]);
    check(&all, "last_touch", &[("Display", 50.0), ("Email", 0.0)]);
    let each = [
        ("Paid Search", 12.5),
        ("Organic Social", 12.5),
        ("Email", 12.5),
        ("Display", 12.5),
    ];
    check(&all, "linear", &each);
    check(
        &all,
        "j_shaped",
        &[
            ("Display", 30.0),
            ("Paid Search", 10.0),
            ("Organic Social", 5.0),
            ("Email", 5.0),
        ],
    );
    check(
        &all,
        "inverse_j",
        &[
            ("Display", 10.0),
            ("Paid Search", 30.0),
            ("Organic Social", 5.0),
            ("Email", 5.0),
        ],
    );
    check(
        &all,
        "time_decay",
        &[
            ("Display", 16.88),
            ("Email", 16.88),
            ("Organic Social", 9.32),
            ("Paid Search", 6.92),
        ],
    );
    check(&all, "participation", &[("Display", 50.0), ("Paid Search", 50.0)]);
    // Without any of the four there is no order, so that each gets a quarter.
    check(&all, "markov", &each);
    check(&all, "shapley", &each);

    let visit = adobe().report(attribution(&[("measure", "revenue"), ("lookback_days", "1")]));
    check(&visit, "first_touch", &[("Email", 50.0), ("Display", 0.0)]);
    check(&visit, "linear", &[("Email", 25.0), ("Display", 25.0)]);
    check(&visit, "j_shaped", &[("Email", 12.5), ("Display", 37.5)]);
    check(&visit, "u_shaped", &[("Email", 25.0), ("Display", 25.0)]);
}

/// Amplitude, "Attribute credit to multiple acquisition touch points": google on 1 May, facebook on 7 May, tiktok and the sign-up on
/// 10 May.
fn amplitude() -> Fixture {
    Fixture::of(&format!(
        r#"
        v1 0 page_view {{"url":"https://x/","source":"google"}}
        v1 {} page_view {{"url":"https://x/","source":"facebook"}}
        v1 {nine} page_view {{"url":"https://x/","source":"tiktok"}}
        v1 {nine} sign_up
        "#,
        6 * DAY_MS,
        nine = 9 * DAY_MS,
    ))
}

const SIGN_UPS: [(&str, &str); 5] = [
    ("conversion", "sign_up"),
    ("by", "property"),
    ("property", "source"),
    ("positions", "amplitude"),
    ("measure", "share"),
];

#[test]
fn models_agree_with_the_example_of_amplitude() {
    let ask = |more: &[(&str, &str)]| amplitude().report(attribution(&[&SIGN_UPS, more].concat()));
    let month = ask(&[("lookback_days", "30")]);
    check(&month, "first_touch", &[("google", 1.0), ("tiktok", 0.0)]);
    check(
        &month,
        "linear",
        &[("google", 1.0 / 3.0), ("facebook", 1.0 / 3.0), ("tiktok", 1.0 / 3.0)],
    );
    check(
        &month,
        "j_shaped",
        &[("google", 0.2), ("facebook", 0.2), ("tiktok", 0.6)],
    );
    let week = ask(&[("lookback_days", "7")]);
    check(&week, "first_touch", &[("facebook", 1.0)]);
    check(&week, "last_touch", &[("tiktok", 1.0)]);
    check(&week, "linear", &[("facebook", 0.5), ("tiktok", 0.5)]);
    check(&week, "j_shaped", &[("facebook", 0.3), ("tiktok", 0.7)]);
    check(&week, "inverse_j", &[("facebook", 0.7), ("tiktok", 0.3)]);
    let custom = ask(&[("j_weights", "5,20,75")]);
    check(
        &custom,
        "j_shaped",
        &[("google", 0.05), ("facebook", 0.2), ("tiktok", 0.75)],
    );
    // The touches are the same where each touchpoint that names a source is one.
    let touchpoints = ask(&[("unit", "touchpoint")]);
    check(
        &touchpoints,
        "j_shaped",
        &[("google", 0.2), ("facebook", 0.2), ("tiktok", 0.6)],
    );
}

/// Visits of one customer from so many sources, a day apart; the last has an order.
fn visits(sources: &[&str]) -> Fixture {
    let visits = sources.iter().zip(0..).map(|(source, day)| {
        let time = day * DAY_MS;
        format!("v1 {time} page_view {{\"url\":\"https://x/\",\"source\":\"{source}\"}}\n")
    });
    let last = (sources.len() as i64 - 1) * DAY_MS + 1;
    Fixture::of(&format!("{}v1 {last} purchase", visits.collect::<String>()))
}

#[test]
fn position_models_agree_with_the_documentation_of_mixpanel_and_amplitude() {
    let check = |sources: &[&str], positions: &str, column: &str, expected: &[f64]| {
        let asked = [&BY_SOURCE[..], &[("positions", positions)]].concat();
        let table = visits(sources).report(attribution(&asked));
        let expected: Vec<(&str, f64)> = sources.iter().copied().zip(expected.iter().copied()).collect();
        check(&table, column, &expected);
    };
    let six = ["a", "b", "c", "d", "e", "f"];
    check(&six, "adobe", "u_shaped", &[0.4, 0.05, 0.05, 0.05, 0.05, 0.4]);
    check(&six, "adobe", "j_shaped", &[0.2, 0.05, 0.05, 0.05, 0.05, 0.6]);
    check(&six, "adobe", "inverse_j", &[0.6, 0.05, 0.05, 0.05, 0.05, 0.2]);
    check(&six, "adobe", "participation", &[1.0; 6]);
    check(&["a", "b"], "adobe", "u_shaped", &[0.5, 0.5]);
    check(&["a", "b"], "adobe", "j_shaped", &[0.25, 0.75]);
    check(&["a", "b"], "adobe", "inverse_j", &[0.75, 0.25]);
    check(&["a"], "adobe", "j_shaped", &[1.0]);
    let four = ["a", "b", "c", "d"];
    check(&four, "amplitude", "u_shaped", &[0.4, 0.1, 0.1, 0.4]);
    check(&four, "amplitude", "j_shaped", &[0.1, 0.1, 0.2, 0.6]);
    check(&four, "amplitude", "inverse_j", &[0.6, 0.2, 0.1, 0.1]);
    check(&["a", "b"], "amplitude", "j_shaped", &[0.3, 0.7]);
}

#[test]
fn markov_agrees_with_the_vignette_of_channel_attribution() {
    let table = vignette().report(attribution(&[]));
    let columns = ["channel", "removal_effect", "markov", "first_touch", "last_touch"];
    assert_eq!(
        grid(&table, &columns),
        ["Email | 1.0 | 2.0 | 3 | 3", "SMS | 0.5 | 1.0 | 0 | 0"]
    );
    // Worth 0.5 with Email alone and 1 with both: (0.5 + 1) / 2 and (0 + 0.5) / 2, times 3 conversions.
    check(&table, "shapley", &[("Email", 2.25), ("SMS", 0.75)]);
}
