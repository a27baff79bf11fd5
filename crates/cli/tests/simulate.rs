//! A simulated shop by the binary: every report has an answer and finds what is planted, the same seed gives the same touchpoints, and
//! mistakes are refused by name.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{fails, new_data, run, run_json};
use wayside_analyzer::{Range, Zone, registry};

/// Reports about one person.
const ABOUT_ONE: [&str; 2] = ["profile", "timeline"];

fn simulate(data: &Path, more: &[&str]) -> Value {
    run_json(&[&["simulate", "--until", "2026-10-31"], more].concat(), data)
}

/// The value of a row's column.
fn cell<'a>(table: &'a Value, row: &'a Value, column: &str) -> &'a Value {
    let columns = table["columns"].as_array().unwrap();
    let at = columns.iter().position(|known| known["name"] == column);
    &row[at.unwrap_or_else(|| panic!("no column {column}"))]
}

#[track_caller]
fn number(table: &Value, key: (&str, &str), column: &str) -> f64 {
    let rows = table["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| cell(table, row, key.0) == key.1);
    let row = row.unwrap_or_else(|| panic!("no row {key:?} of {table:#}"));
    cell(table, row, column).as_f64().unwrap()
}

#[test]
fn every_report_has_an_answer_and_finds_what_is_planted() {
    let (_folder, data) = new_data();
    let summary = simulate(&data, &["--customers", "3000"]);
    assert_eq!(summary["good"], summary["accepted"], "{summary}");

    let names: Vec<&str> = registry().iter().map(|report| report.name).collect();
    let others: Vec<&str> = names.iter().copied().filter(|name| !ABOUT_ONE.contains(name)).collect();
    let tables = run_json(
        &[&["report"], others.as_slice(), &["--site", "simulated"]].concat(),
        &data,
    );
    for (name, table) in others.iter().zip(tables.as_array().unwrap()) {
        assert!(!table["rows"].as_array().unwrap().is_empty(), "{name}: {table:#}");
    }
    let table = |name: &str| &tables[others.iter().position(|known| *known == name).unwrap()];
    let values = table("customer-values");
    let customer = cell(values, &values["rows"][0], "customer").as_str().unwrap();
    for name in ABOUT_ONE {
        let about = run_json(&["report", name, "--site", "simulated", "--customer", customer], &data);
        assert!(!about["rows"].as_array().unwrap().is_empty(), "{name}: {about:#}");
    }
    let quality = table("data-quality");
    assert_eq!(number(quality, ("check", "simulated data"), "share"), 1.0);

    // The forecast of the last third holds, because customers order as the model of the forecast says.
    assert!(number(table("lifetime-value"), ("name", "check_error"), "value") < 0.25);
    phones_lose_buyers_at_the_shipping_form(table("checkout"), table("audience"), table("signals"));
    trail_shoes_come_back_and_socks_go_with_shoes(&data, table("products"), table("returns"));
    the_partners_team_resolves_less(&data);
    the_campaign_brings_customers_who_do_not_come_back(&data);
}

fn phones_lose_buyers_at_the_shipping_form(checkout: &Value, audience: &Value, signals: &Value) {
    let lost = |step| number(checkout, ("step", step), "customers_lost");
    assert!(
        lost("shipping") > 2.0 * lost("begin").max(lost("payment")),
        "{checkout:#}"
    );
    let slow = |step| number(checkout, ("step", step), "slow_signals");
    assert!(slow("shipping") > 20.0 * slow("payment").max(1.0), "{checkout:#}");
    let phones = number(audience, ("group", "mobile"), "conversion_high");
    let desktops = number(audience, ("group", "desktop"), "conversion_low");
    assert!(phones < desktops, "{audience:#}");
    let first = &signals["rows"][0];
    let place = ["signal", "page"].map(|column| cell(signals, first, column).as_str().unwrap());
    assert_eq!(place, ["field_abandoned", "/checkout/shipping"], "{signals:#}");
}

fn trail_shoes_come_back_and_socks_go_with_shoes(data: &Path, products: &Value, returns: &Value) {
    let rate = |product| number(products, ("product", product), "return_rate");
    assert!(rate("trail-shoes") > 2.0 * rate("walking-boots"), "{products:#}");
    assert_eq!(cell(returns, &returns["rows"][0], "group"), "too small", "{returns:#}");
    let query = "SELECT count(*) AS n FROM events WHERE kind = 'refund'";
    assert!(
        run_json(&["sql", query, "--site", "simulated"], data)["rows"][0][0]
            .as_u64()
            .unwrap()
            > 50
    );
}

fn the_partners_team_resolves_less(data: &Path) {
    let args = [
        "report",
        "service",
        "--site",
        "simulated",
        "--by",
        "property",
        "--property",
        "team",
    ];
    let teams = run_json(&args, data);
    assert!(
        number(&teams, ("group", "partner"), "resolved_difference_high") < 0.0,
        "{teams:#}"
    );
}

fn the_campaign_brings_customers_who_do_not_come_back(data: &Path) {
    // Two thirds of the customers of paid social come by the campaign.
    let args = [
        "report",
        "revenue-cohorts",
        "--site",
        "simulated",
        "--by",
        "channel",
        "--cohorts",
        "60",
    ];
    let cohorts = run_json(&args, data);
    let rows = cohorts["rows"].as_array().unwrap();
    let growth = |channel: &str| {
        let per_customer = |period: u64| {
            let row = rows.iter().find(|row| {
                cell(&cohorts, row, "cohort") == "(all)"
                    && cell(&cohorts, row, "channel") == channel
                    && cell(&cohorts, row, "period") == period
            });
            cell(&cohorts, row.unwrap(), "revenue_per_customer").as_f64().unwrap()
        };
        per_customer(3) / per_customer(0)
    };
    assert!(growth("Paid Social") < 1.15, "{}", growth("Paid Social"));
    assert!(growth("Paid Search") > 1.2, "{}", growth("Paid Search"));
    assert!(growth("Organic Search") > 1.2, "{}", growth("Organic Search"));
}

const SMALL: [&str; 4] = ["--customers", "40", "--days", "60"];

#[test]
fn simulating_again_doubles_nothing_and_can_be_undone() {
    let (_folder, data) = new_data();
    let first = simulate(&data, &SMALL);
    let again = simulate(&data, &SMALL);
    assert_eq!(
        (&again["good"], &again["copies"]),
        (&0.into(), &first["good"]),
        "{again}"
    );
    let list = run_json(&["imports", "list"], &data);
    assert_eq!(
        (&list[0]["mapping"], &list[0]["file"]),
        (&"simulated".into(), &"40 customers, 60 days, seed 1".into())
    );
    for id in ["2", "1"] {
        run_json(&["imports", "undo", id], &data);
    }
    assert_eq!(simulate(&data, &SMALL)["good"], first["good"]);
    // Another folder has the same touchpoints, down to their ids.
    let (_other_folder, other) = new_data();
    simulate(&other, &SMALL);
    let query = "SELECT * EXCLUDE (received_at) FROM events ORDER BY time, writer, seq";
    let rows = |data: &Path| run_json(&["sql", query, "--site", "simulated", "--format", "json"], data)["rows"].clone();
    assert_eq!(rows(&data), rows(&other));
    let range = Range::parse(Some("2026-09-02"), Some("2026-10-31"), &Zone::UTC).unwrap();
    let ends = run_json(
        &[
            "sql",
            "SELECT CAST(min(time) AS BIGINT), CAST(max(time) AS BIGINT) FROM events",
        ],
        &data,
    );
    for end in ends["rows"][0].as_array().unwrap() {
        assert!(
            range.contains(wayside_model::Timestamp::from_millis(end.as_i64().unwrap())),
            "{ends:#}"
        );
    }
}

#[test]
fn mistakes_are_refused_by_name_and_make_no_folder() {
    let (_folder, data) = new_data();
    for (args, part) in [
        (
            &["--customers", "0"][..],
            "0 customers cannot be simulated; give a number from 1 to 1000000",
        ),
        (
            &["--days", "100000"],
            "100000 days cannot be simulated; give a number from 28 to 3660",
        ),
        (&["--until", "soon"], "soon"),
        (&["--until", "2999-01-01"], "--until 2999-01-01 is in the future"),
        (&["--site", "a b"], "--site"),
    ] {
        fails(&run(&[&["simulate"], args].concat(), &data), 2, &[part]);
        assert!(!data.exists(), "{args:?}");
    }
}

#[test]
fn a_site_with_real_touchpoints_is_not_filled() {
    let (_folder, data) = new_data();
    let file = data.with_file_name("real.csv");
    std::fs::write(&file, "v,t\na,1700000000\n").unwrap();
    let mapping = data.with_file_name("real.toml");
    let text = "name = \"real\"\nvisitor = \"v\"\n[source]\nformat = \"csv\"\n[time]\ncolumn = \"t\"\nformat = \"s\"\n[event]\nalways = \"purchase\"\n";
    std::fs::write(&mapping, text).unwrap();
    let (file, mapping) = (file.to_str().unwrap(), mapping.to_str().unwrap());
    run_json(&["import", file, "--mapping", mapping, "--site", "shop"], &data);
    let refused = run(&["simulate", "--site", "shop"], &data);
    fails(
        &refused,
        1,
        &["the site \"shop\" has touchpoints that are not simulated"],
    );
}
