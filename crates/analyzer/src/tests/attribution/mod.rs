//! Attribution and conversion paths, compared with published examples and with counts by hand.

mod costs;
mod published;
mod requests;

use super::{Fixture, cell};
use crate::report::ReportRequest;
use crate::table::Table;

const DAY_MS: i64 = 86_400_000;

fn attribution(params: &[(&str, &str)]) -> ReportRequest {
    let request = ReportRequest::new("attribution");
    params
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value))
}

/// Compares the figures of a column, by the names of their rows.
#[track_caller]
fn check(table: &Table, column: &str, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        let found = cell(table, name, column).to_json().as_f64();
        let found = found.unwrap_or_else(|| panic!("{column} of {name} is unknown:\n{}", table.to_text()));
        assert!(
            (found - expected).abs() < 0.006,
            "{column} of {name}: {found}, expected {expected}"
        );
    }
}

const BY_SOURCE: [(&str, &str); 2] = [("by", "property"), ("property", "source")];

/// The vignette of ChannelAttribution: A > B > A > B > B > A, A > B > B > A > A and A > A, each with a conversion.
fn vignette() -> Fixture {
    let paths = ["ABABBA", "ABBAA", "AA"];
    let lines = paths.iter().zip(1..).flat_map(|(path, visitor)| {
        let visits = path.chars().zip(0..).map(move |(channel, day)| {
            let medium = if channel == 'A' { "email" } else { "sms" };
            let time = day * DAY_MS;
            format!("v{visitor} {time} page_view {{\"url\":\"https://x/\",\"medium\":\"{medium}\"}}\n")
        });
        let end = (path.len() as i64 - 1) * DAY_MS + 1;
        visits.chain([format!("v{visitor} {end} purchase\n")])
    });
    Fixture::of(&lines.collect::<String>())
}

/// Ann and Bob come by e-mail; only Ann comes back directly and orders. Cat comes directly.
const HALVES: &str = r#"
    v1 0 page_view {"url":"https://x/","medium":"email"}
    v1 86400000 page_view {"url":"https://x/"}
    v1 86400001 purchase
    v2 0 page_view {"url":"https://x/","medium":"email"}
    v3 0 page_view {"url":"https://x/"}
"#;
