//! The shipped data sets, imported by the binary and counted again by plain loops over their files.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};
use support::{events_of, in_repository, new_data, run, run_json};
use tempfile::TempDir;

fn import(data: &Path, folder: &str, mapping: &str, file: &str, site: &str) -> Value {
    let file = in_repository("examples/data").join(folder).join(file);
    let mapping = in_repository("examples/data").join(folder).join(mapping);
    let args = [
        "import",
        file.to_str().unwrap(),
        "--mapping",
        mapping.to_str().unwrap(),
        "--site",
        site,
    ];
    run_json(&args, data)
}

/// A row of ecom.csv.gz.
struct Row {
    user: String,
    session: String,
    event: String,
    time: String,
}

fn ecom_rows() -> Vec<Row> {
    let packed = std::fs::read(in_repository("examples/data/ecom/ecom.csv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert!(
        !text.contains('"'),
        "the file has no quoted cells, so commas are borders"
    );
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("user_id,session_id,event,timestamp,"));
    lines
        .map(|line| {
            let cells: Vec<_> = line.split(',').map(str::to_owned).collect();
            let [user, session, event, time, ..] = <[String; 8]>::try_from(cells).unwrap();
            Row {
                user,
                session,
                event,
                time,
            }
        })
        .collect()
}

/// The rows of a SQL answer.
fn sql(data: &Path, site: &str, query: &str) -> Vec<Vec<Value>> {
    serde_json::from_value(run_json(&["sql", query, "--site", site], data)["rows"].clone()).unwrap()
}

/// Seconds of a time `2024-03-13 10:21:14`, counted from any fixed day: days by the civil calendar of 2024.
fn seconds(time: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| time[range].parse::<i64>().unwrap();
    assert_eq!(number(0..4), 2024);
    let days_before = [0, 31, 60, 91, 121, 152, 182][number(5..7) as usize - 1];
    (days_before + number(8..10)) * 86_400 + number(11..13) * 3_600 + number(14..16) * 60 + number(17..19)
}

/// A data folder with ecom in it, imported once for all tests that only read, and the import's summary.
static ECOM: LazyLock<(TempDir, PathBuf, Value)> = LazyLock::new(|| {
    let (folder, data) = new_data();
    let summary = import(&data, "ecom", "ecom.toml", "ecom.csv.gz", "ecom");
    (folder, data, summary)
});

#[test]
fn ecom_agrees_with_a_plain_count_of_its_file() {
    let rows = ecom_rows();
    let (_, data, summary) = &*ECOM;
    assert_eq!(summary["accepted"], json!(rows.len()), "{summary}");
    assert_eq!(
        (&summary["good"], &summary["dead"]),
        (&json!(rows.len()), &json!(0)),
        "{summary}"
    );
    assert_eq!(events_of(&run_json(&["sites"], data), "ecom"), rows.len() as u64);

    let distinct = |of: fn(&Row) -> &String| rows.iter().map(of).collect::<BTreeSet<_>>().len();
    let counted = sql(
        data,
        "ecom",
        "SELECT count(*), count(DISTINCT visitor), count(DISTINCT customer), count(DISTINCT source_session) FROM events",
    );
    let users = distinct(|row| &row.user);
    assert_eq!(
        counted,
        [vec![
            json!(rows.len()),
            json!(users),
            json!(users),
            json!(distinct(|row| &row.session))
        ]]
    );

    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    rows.iter()
        .for_each(|row| *kinds.entry(kind_of(&row.event).to_owned()).or_default() += 1);
    let counted: BTreeMap<String, u64> = sql(data, "ecom", "SELECT kind, count(*) FROM events GROUP BY kind")
        .into_iter()
        .map(|row| (row[0].as_str().unwrap().to_owned(), row[1].as_u64().unwrap()))
        .collect();
    assert_eq!(counted, kinds);

    let first = rows.iter().map(|row| &row.time).min().unwrap();
    let counted = sql(data, "ecom", "SELECT CAST(min(time) AS VARCHAR) FROM events");
    assert!(
        counted[0][0].as_str().unwrap().starts_with(&first.replace(' ', "T")),
        "{counted:?}"
    );
}

/// The kinds for the file's event names, written independently of the mapping.
fn kind_of(event: &str) -> &'static str {
    match event {
        "home" | "promo_page" | "account_page" | "review_page" => "page_view",
        "catalog" | "filter_results" | "search" => "view_item_list",
        "product_view" => "view_item",
        "compare" => "custom",
        "wishlist_add" => "add_to_wishlist",
        "add_to_cart" => "add_to_cart",
        "cart" => "view_cart",
        "shipping_details" => "begin_checkout",
        "payment_details" => "add_payment_info",
        "purchase" => "purchase",
        "payment_error" | "checkout_bug" | "error_page" => "page_error",
        "support_chat" => "support_contact",
        other => panic!("{other} is not in the mapping"),
    }
}

#[test]
fn the_funnel_of_ecom_agrees_with_loops_over_its_file() {
    let rows = ecom_rows();
    let (_, data, _) = &*ECOM;
    for (steps, window_days) in [
        (&["product_view", "add_to_cart", "shipping_details", "purchase"][..], 7),
        (&["catalog", "product_view", "cart"], 1),
        (&["support_chat", "purchase"], 30),
    ] {
        let expected = funnel(&rows, steps, window_days * 86_400);
        let kinds = steps.iter().map(|step| kind_of(step)).collect::<Vec<_>>().join(",");
        let window = window_days.to_string();
        let args = [
            "report",
            "funnel",
            "--site",
            "ecom",
            "--steps",
            &kinds,
            "--window-days",
            &window,
        ];
        let report = run_json(&args, data);
        let at = report["columns"]
            .as_array()
            .unwrap()
            .iter()
            .position(|column| column["name"] == "customers")
            .unwrap();
        let counted: Vec<_> = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[at].as_u64().unwrap())
            .collect();
        assert_eq!(counted, expected, "{steps:?}");
        assert!(
            expected.windows(2).all(|pair| pair[0] > pair[1] && pair[1] > 0),
            "the funnel says something"
        );
    }
}

/// Users who came as far as each step: from some first step, each next after the one before and within the window.
fn funnel(rows: &[Row], steps: &[&str], window: i64) -> Vec<u64> {
    let mut by_user: BTreeMap<&str, Vec<(i64, &str)>> = BTreeMap::new();
    for row in rows {
        by_user
            .entry(&row.user)
            .or_default()
            .push((seconds(&row.time), kind_of(&row.event)));
    }
    let mut reached = vec![0; steps.len()];
    for events in by_user.values_mut() {
        events.sort_by_key(|(time, _)| *time);
        let mut furthest = 0;
        for (first, (start, kind)) in events.iter().enumerate() {
            if *kind != kind_of(steps[0]) {
                continue;
            }
            let mut step = 1;
            for (time, kind) in &events[first + 1..] {
                if step < steps.len() && *kind == kind_of(steps[step]) && time - start <= window {
                    step += 1;
                }
            }
            furthest = furthest.max(step);
        }
        reached[..furthest].iter_mut().for_each(|count| *count += 1);
    }
    reached
}

#[test]
fn importing_again_doubles_nothing() {
    let (_folder, data) = new_data();
    import(&data, "ecom", "ecom.toml", "ecom.csv.gz", "ecom");
    let report = ["report", "kpis", "--site", "ecom"];
    let (first, sites) = (run_json(&report, &data), run_json(&["sites"], &data));
    let again = import(&data, "ecom", "ecom.toml", "ecom.csv.gz", "ecom");
    assert_eq!(
        again["accepted"],
        json!(31_106),
        "copies are accepted, and meet their twins"
    );
    assert_eq!(
        (run_json(&report, &data), run_json(&["sites"], &data)),
        (first.clone(), sites.clone())
    );
    assert!(run(&["compact"], &data).status.success());
    assert_eq!((run_json(&report, &data), run_json(&["sites"], &data)), (first, sites));
}

#[test]
fn cdnow_has_its_customers_and_transactions() {
    let text = std::fs::read_to_string(in_repository("examples/data/cdnow/CDNOW_sample.txt")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let customers: BTreeSet<_> = rows.iter().map(|row| row[0]).collect();
    let cents: i64 = rows
        .iter()
        .map(|row| row[4].replace('.', "").parse::<i64>().unwrap())
        .sum();
    let cds: i64 = rows.iter().map(|row| row[3].parse::<i64>().unwrap()).sum();
    assert_eq!(
        (customers.len(), rows.len()),
        (2_357, 6_919),
        "what Fader and Hardie say of the sample"
    );

    let (_folder, data) = new_data();
    let summary = import(&data, "cdnow", "cdnow.toml", "CDNOW_sample.txt", "cdnow");
    assert_eq!(summary["good"], json!(rows.len()), "{summary}");
    let counted = sql(
        &data,
        "cdnow",
        "SELECT count(*), count(DISTINCT customer), CAST(round(sum(value) * 100) AS BIGINT), \
         sum(items[1]['quantity']) FROM events WHERE kind = 'purchase'",
    );
    assert_eq!(
        counted,
        [vec![
            json!(rows.len()),
            json!(customers.len()),
            json!(cents),
            json!(cds)
        ]]
    );
}

#[test]
fn bad_rows_become_dead_letters_and_the_sum_balances() {
    let (folder, data) = new_data();
    let file = folder.path().join("rows.csv");
    std::fs::write(
        &file,
        "user_id,session_id,event,timestamp,platform,acquisition_channel,user_cohort,user_lifecycle\n\
         u1,s1,home,2024-03-13 10:21:14,desktop,email,2024-01,new\n\
         u1,s1,home,13 March,desktop,email,2024-01,new\n\
         u1,s1,teleport,2024-03-13 10:21:16,desktop,email,2024-01,new\n\
         u1,s1,home\n\
         u1,s1,purchase,2024-03-13 10:21:18,desktop,email,2024-01,new\n",
    )
    .unwrap();
    let mapping = in_repository("examples/data/ecom/ecom.toml").display().to_string();
    let args = [
        "import",
        file.to_str().unwrap(),
        "--mapping",
        &mapping,
        "--site",
        "ecom",
    ];
    for (good, copies) in [(2, 0), (0, 2)] {
        let summary = run_json(&args, &data);
        assert_eq!(
            (
                &summary["accepted"],
                &summary["good"],
                &summary["copies"],
                &summary["dead"]
            ),
            (&json!(5), &json!(good), &json!(copies), &json!(3)),
            "{summary}"
        );
        let reasons: BTreeMap<_, _> = summary["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| (reason["code"].as_str().unwrap(), reason["first_line"].as_u64().unwrap()))
            .collect();
        assert_eq!(reasons, BTreeMap::from([("name", 4), ("row", 5), ("time", 3)]));
        let sites = run_json(&["sites"], &data);
        assert_eq!(
            (&sites[0]["events"], &sites[0]["dead"]),
            (&json!(2), &json!(3)),
            "{sites}"
        );
    }
}
