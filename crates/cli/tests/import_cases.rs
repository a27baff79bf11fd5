//! Real exports of other systems, imported by the binary: all their rows are counted, and missing columns are reported.

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{in_repository, new_data, run, run_json, wayside};

fn case(folder: &str, file: &str) -> PathBuf {
    in_repository("tests/imports").join(folder).join(file)
}

/// Imports a file by a mapping and gives the exit code, the summary and what was said on stderr.
fn import_as(data: &Path, folder: &str, file: &str, mapping: &Path) -> (i32, Value, String) {
    let (file, mapping) = (case(folder, file), mapping.to_str().unwrap().to_owned());
    let args = ["import", file.to_str().unwrap(), "--mapping", &mapping, "--site", "s"];
    let output = run(&args, data);
    let summary = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let told = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), summary, told)
}

#[track_caller]
fn import(data: &Path, folder: &str, file: &str, mapping: &str) -> Value {
    let (code, summary, told) = import_as(data, folder, file, &case(folder, mapping));
    assert_eq!(code, 0, "{file}: {told}");
    summary
}

/// The mapping of a case with some words replaced, beside the data folder.
fn changed(data: &Path, folder: &str, mapping: &str, changes: &[(&str, &str)]) -> PathBuf {
    let mut text = std::fs::read_to_string(case(folder, mapping)).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{mapping} has no {from:?}");
        text = text.replace(from, to);
    }
    let path = data.with_file_name("changed.toml");
    std::fs::write(&path, text).unwrap();
    path
}

#[track_caller]
fn check_counts(summary: &Value, good: u64, copies: u64, dead: u64) {
    let counts = ["accepted", "good", "copies", "dead"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [good + copies + dead, good, copies, dead], "{summary:#}");
}

fn sql(data: &Path, query: &str) -> Vec<Value> {
    let answer = run_json(&["sql", query, "--site", "s"], data);
    answer["rows"].as_array().unwrap().clone()
}

#[test]
fn rows_are_told_apart_by_everything_in_them() {
    let (_folder, data) = new_data();
    for (file, good, copies) in [
        ("carts.csv", 2, 0),
        ("orders.csv", 2, 0),
        ("page1.csv", 2, 0),
        ("page2.csv", 1, 1),
        ("dup-in-file.csv", 2, 0),
    ] {
        check_counts(&import(&data, "identity-of-rows", file, "rows.toml"), good, copies, 0);
    }
    let sums = "SELECT kind, count(*), CAST(sum(value) AS BIGINT) FROM events GROUP BY kind ORDER BY kind";
    let expected = [json!(["add_to_cart", 4, 50]), json!(["purchase", 5, 47])];
    assert_eq!(sql(&data, sums), expected);
    for (file, rows) in [
        ("carts.csv", 2),
        ("orders.csv", 2),
        ("page1.csv", 2),
        ("page2.csv", 2),
        ("dup-in-file.csv", 2),
    ] {
        check_counts(&import(&data, "identity-of-rows", file, "rows.toml"), 0, rows, 0);
    }
    assert_eq!(sql(&data, sums), expected, "importing again changes nothing");
    assert!(run(&["check"], &data).status.success(), "sums and files agree");
}

#[test]
fn equal_rows_count_once_where_the_mapping_says_so() {
    let (_folder, data) = new_data();
    let once = changed(
        &data,
        "identity-of-rows",
        "rows.toml",
        &[("name = \"rows\"", "name = \"rows\"\nequal_rows = \"once\"")],
    );
    let (code, summary, _) = import_as(&data, "identity-of-rows", "dup-in-file.csv", &once);
    assert_eq!(code, 0);
    check_counts(&summary, 1, 1, 0);
    assert_eq!(summary["equal_rows"], json!(1));
}

#[test]
fn at_one_time_the_cart_comes_before_the_purchase() {
    for files in [["carts", "orders"], ["orders", "carts"]] {
        let (_folder, data) = new_data();
        for file in files {
            import(
                &data,
                "ties-across-files",
                &format!("{file}.csv"),
                &format!("{file}.toml"),
            );
        }
        let args = ["report", "funnel", "--site", "s", "--steps", "add_to_cart,purchase"];
        let report = run_json(&args, &data);
        let columns = report["columns"].as_array().unwrap();
        let at = columns.iter().position(|column| column["name"] == "customers").unwrap();
        let customers: Vec<_> = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[at].clone())
            .collect();
        assert_eq!(customers, [json!(40), json!(40)], "{files:?}");
        let timeline = run_json(&["report", "timeline", "--site", "s", "--visitor", "v00"], &data).to_string();
        assert!(
            timeline.contains("purchase") && !timeline.contains("source_order"),
            "{timeline}"
        );
    }
}

#[test]
fn quotes_are_text_where_the_source_quotes_nothing() {
    let (_folder, data) = new_data();
    let plain = changed(
        &data,
        "snowplow-tsv",
        "enriched.toml",
        &[("delimiter =", "quote = \"none\"\ndelimiter =")],
    );
    let (code, summary, told) = import_as(&data, "snowplow-tsv", "enriched.tsv", &plain);
    assert_eq!(code, 0, "{told}");
    check_counts(&summary, 7, 0, 0);
    let titles = sql(&data, "SELECT title FROM events WHERE kind = 'page_view' ORDER BY time");
    let expected = [
        "\"Best\" mug",
        "plain",
        "\"all of it\"",
        "\" opened and never closed",
        "after",
    ];
    assert_eq!(titles, expected.map(|title| json!([title])));
}

#[test]
fn a_stray_quote_costs_its_own_row_and_is_told_with_its_line() {
    let (_folder, data) = new_data();
    // The mapping does not say that quotes are text.
    let (code, summary, told) = import_as(
        &data,
        "snowplow-tsv",
        "enriched.tsv",
        &case("snowplow-tsv", "enriched.toml"),
    );
    check_counts(&summary, 5, 0, 2);
    assert_eq!(code, 1, "a quote that never closes is an error");
    assert!(
        told.contains("enriched.tsv:5: a quote is opened here and never closed"),
        "{told}"
    );
    assert_eq!(summary["reasons"][0]["first_line"], json!(1), "{summary:#}");

    let (_folder, data) = new_data();
    let summary = import(&data, "file-shapes", "mid-quote.csv", "pages.toml");
    check_counts(&summary, 2, 0, 2);
    assert_eq!(summary["reasons"][0]["first_line"], json!(4));
    let titles = sql(&data, "SELECT title FROM events ORDER BY time");
    assert_eq!(titles, [json!(["27\" screen"]), json!(["say \"hi\" now"])]);
    let escaped = changed(
        &data,
        "file-shapes",
        "pages.toml",
        &[("format = \"csv\"", "format = \"csv\"\nescape = \"\\\\\"")],
    );
    let (_, summary, _) = import_as(&data, "file-shapes", "mid-quote.csv", &escaped);
    check_counts(&summary, 1, 2, 1);
    assert_eq!(
        sql(&data, "SELECT title FROM events ORDER BY time DESC LIMIT 1"),
        [json!(["back\"slash"])]
    );
}

#[test]
fn a_quote_that_never_closes_is_an_error_with_its_line() {
    let (_folder, data) = new_data();
    let (code, summary, told) = import_as(&data, "file-shapes", "unclosed.csv", &case("file-shapes", "pages.toml"));
    assert_eq!(code, 1);
    check_counts(&summary, 2, 0, 1);
    assert!(
        told.contains("unclosed.csv:3: a quote is opened here and never closed"),
        "{told}"
    );
}

#[test]
fn rows_with_other_numbers_of_cells_are_told_with_their_line() {
    let (_folder, data) = new_data();
    let summary = import(&data, "file-shapes", "ragged.csv", "pages.toml");
    check_counts(&summary, 1, 0, 2);
    assert_eq!(
        summary["reasons"],
        json!([{ "code": "row", "rows": 2, "first_line": 2, "detail": "the row has 3 cells where 4 are named" }])
    );
}

#[test]
fn json_is_read_however_it_is_laid_out() {
    for file in ["array.json", "pretty.json", "lines-pretty.json", "bom.jsonl"] {
        let (_folder, data) = new_data();
        check_counts(&import(&data, "file-shapes", file, "pages-json.toml"), 2, 0, 0);
        let titles = sql(&data, "SELECT title FROM events ORDER BY time");
        assert_eq!(titles, [json!(["A"]), json!(["B"])], "{file}");
    }
}

#[test]
fn lines_before_the_header_are_skipped() {
    for (key, value) in [("comment", "\"#\""), ("skip", "5")] {
        let (_folder, data) = new_data();
        let skips = changed(
            &data,
            "file-shapes",
            "pages.toml",
            &[("format = \"csv\"", &format!("format = \"csv\"\n{key} = {value}"))],
        );
        let (code, summary, told) = import_as(&data, "file-shapes", "preamble.csv", &skips);
        assert_eq!(code, 0, "{told}");
        check_counts(&summary, 1, 0, 0);
    }
}

#[test]
fn an_import_in_which_nothing_is_good_fails() {
    let (_folder, data) = new_data();
    let pages = case("file-shapes", "pages.toml");
    for (file, why) in [
        ("empty.csv", "has no column"),
        ("header-only.csv", "header-only.csv has no rows"),
    ] {
        let (code, _, told) = import_as(&data, "file-shapes", file, &pages);
        assert_eq!(code, 1, "{file}");
        assert!(told.contains(why), "{told}");
    }
    let never = changed(&data, "file-shapes", "pages.toml", &[("\"rfc3339\"", "\"ms\"")]);
    let (code, summary, told) = import_as(&data, "file-shapes", "mid-quote.csv", &never);
    assert_eq!((code, &summary["dead"]), (1, &json!(4)));
    assert!(told.contains("none of the 4 rows of"), "{told}");
}

#[test]
fn amounts_are_read_by_the_marks_that_the_mapping_says() {
    let sum = "SELECT CAST(round(sum(value) * 100) AS BIGINT), count(*) FROM events WHERE kind = 'purchase'";
    let (_folder, data) = new_data();
    let marks = changed(
        &data,
        "german-excel",
        "orders.toml",
        &[("name = \"excel\"", "name = \"excel\"\ndecimal = \",\"")],
    );
    let (code, summary, told) = import_as(&data, "german-excel", "orders.csv", &marks);
    assert_eq!(code, 0, "{told}");
    check_counts(&summary, 4, 0, 0);
    assert_eq!(sql(&data, sum), [json!([326_196, 4])]);
    let items = "SELECT items[1]['item_name'] FROM events ORDER BY time LIMIT 1";
    assert_eq!(sql(&data, items), [json!(["Becher; blau"])]);

    let (_folder, data) = new_data();
    import(&data, "german-excel", "orders-fixed.csv", "orders.toml");
    assert_eq!(sql(&data, sum), [json!([326_196, 4])]);

    // Without the marks, text that is not a number is reported with its line and value.
    let (_folder, data) = new_data();
    let summary = import(&data, "german-excel", "orders.csv", "orders.toml");
    let reason = &summary["reasons"][0];
    assert_eq!((&reason["rows"], &reason["first_line"]), (&json!(3), &json!(2)));
    let detail = reason["detail"].as_str().unwrap();
    assert!(detail.ends_with("and is \"1.234,56\""), "{detail}");
}

#[test]
fn text_of_other_encodings_is_read() {
    let rows = "who,when,page,title\na,2026-01-05T10:00:00Z,https://shop.example/a,Löffel €\n";
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let windows: Vec<u8> = rows
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            'ö' => 0xf6,
            c => c as u8,
        })
        .collect();
    for (bytes, encoding) in [
        (utf_16(&format!("\u{feff}{rows}"), u16::to_le_bytes), ""),
        (utf_16(&format!("\u{feff}{rows}"), u16::to_be_bytes), ""),
        (utf_16(rows, u16::to_le_bytes), "\nencoding = \"utf-16le\""),
        (windows.clone(), "\nencoding = \"windows-1252\""),
    ] {
        let (folder, data) = new_data();
        let file = folder.path().join("pages.csv");
        std::fs::write(&file, bytes).unwrap();
        let said = format!("format = \"csv\"{encoding}");
        let mapping = changed(&data, "file-shapes", "pages.toml", &[("format = \"csv\"", &said)]);
        let (code, _, told) = import_as(&data, "", file.to_str().unwrap(), &mapping);
        assert_eq!(code, 0, "{told}");
        assert_eq!(
            sql(&data, "SELECT title FROM events"),
            [json!(["Löffel €"])],
            "{encoding}"
        );
    }
    let (folder, data) = new_data();
    let file = folder.path().join("pages.csv");
    std::fs::write(&file, windows).unwrap();
    let (code, summary, _) = import_as(&data, "", file.to_str().unwrap(), &case("file-shapes", "pages.toml"));
    assert_eq!(code, 1);
    let detail = summary["reasons"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("the row is not UTF-8; say"), "{detail}");
}

#[test]
fn values_inside_json_text_are_found_and_ways_that_lead_nowhere_are_named() {
    for (file, mapping) in [
        ("export.jsonl", "export.toml"),
        ("export-nested.jsonl", "export.toml"),
        ("export.csv", "export-csv.toml"),
    ] {
        let (_folder, data) = new_data();
        let summary = import(&data, "posthog", file, mapping);
        check_counts(&summary, 4, 0, 0);
        assert_eq!(summary["never_found"], json!([]), "{file}");
        let order = "SELECT CAST(value * 100 AS BIGINT), transaction_id FROM events WHERE kind = 'purchase'";
        assert_eq!(sql(&data, order), [json!([1990, "PH1"])], "{file}");
        let named = sql(&data, "SELECT name FROM events WHERE kind = 'custom'");
        assert_eq!(named, [json!(["$identify"])], "other systems' names are kept");
    }
    let (_folder, data) = new_data();
    let summary = import(&data, "posthog", "export.jsonl", "typo.toml");
    assert_eq!(summary["never_found"], json!(["propertees.value"]));
}

#[test]
fn a_refund_pays_back_what_it_says_or_its_orders_value() {
    let (_folder, data) = new_data();
    check_counts(&import(&data, "refunds", "orders.csv", "orders.toml"), 7, 0, 0);
    let report = run_json(&["report", "kpis", "--site", "s"], &data);
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("180.00 sold, orders: 3; 150.00 paid back, refunds: 4 (1 of them without an amount, taken as the value of their order)"),
        "{notes}"
    );
    let rows = report["rows"].as_array().unwrap();
    let revenue = rows.iter().find(|row| row[0] == "revenue").unwrap();
    assert!(
        revenue.as_array().unwrap().contains(&json!(30)) || revenue.as_array().unwrap().contains(&json!(30.0)),
        "{revenue}"
    );
}

#[test]
fn placeholders_are_not_one_order() {
    let (folder, data) = new_data();
    let file = folder.path().join("orders.csv");
    let rows = ["(not set)", "(not set)", "undefined", "0", "0", "A1", "A1"];
    let rows: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(at, order)| format!("2026-05-0{}T10:00:00Z,c1,purchase,{order},EUR,10\n", at + 1))
        .collect();
    std::fs::write(&file, format!("when,who,what,order,currency,amount\n{}", rows.concat())).unwrap();
    let (code, _, told) = import_as(&data, "", file.to_str().unwrap(), &case("refunds", "orders.toml"));
    assert_eq!(code, 0, "{told}");
    let notes = run_json(&["report", "kpis", "--site", "s"], &data)["notes"].to_string();
    assert!(notes.contains("60.00 sold, orders: 6"), "{notes}");
}

/// Imports a case's file by a shipped mapping.
#[track_caller]
fn import_from(data: &Path, folder: &str, file: &str, from: &str) -> Value {
    let file = case(folder, file);
    let args = ["import", file.to_str().unwrap(), "--from", from, "--site", "s"];
    run_json(&args, data)
}

#[test]
fn shopify_orders_of_several_lines_are_one_order_each() {
    let (_folder, data) = new_data();
    // Three orders, one refund, two customers made known.
    check_counts(&import_from(&data, "shopify-orders", "orders.csv", "shopify"), 6, 0, 0);
    let orders = "SELECT transaction_id, CAST(value * 100 AS BIGINT), cardinality(items) FROM events WHERE kind = 'purchase' ORDER BY time";
    assert_eq!(
        sql(&data, orders),
        [
            json!(["#1001", 7500, 2]),
            json!(["#1002", 2500, 1]),
            json!(["#1003", 1200, 1])
        ]
    );
    let quantities = "SELECT items[1]['quantity'], items[2]['quantity'] FROM events WHERE transaction_id = '#1001'";
    assert_eq!(sql(&data, quantities), [json!([2, 1])]);
    assert_eq!(
        sql(&data, "SELECT customer FROM events WHERE transaction_id = '#1003'"),
        [json!(["anon:#1003"])],
        "an order without an address has an identity of its own"
    );
    let kpis = run_json(&["report", "kpis", "--site", "s"], &data);
    assert_eq!(kpis["currency"], "USD");
    let notes = kpis["notes"].to_string();
    assert!(
        notes.contains("112.00 sold, orders: 3; 25.00 paid back, refunds: 1"),
        "{notes}"
    );
    check_counts(&import_from(&data, "shopify-orders", "orders.csv", "shopify"), 0, 6, 0);
}

#[test]
fn segment_events_have_their_products_and_each_message_counts_once() {
    let (_folder, data) = new_data();
    let summary = import_from(&data, "segment", "events.jsonl", "segment");
    assert_eq!(
        (&summary["dead"], &summary["copies"]),
        (&json!(0), &json!(1)),
        "{summary:#}"
    );
    let orders = "SELECT transaction_id, items[1]['item_id'], items[1]['item_name'], customer FROM events WHERE kind = 'purchase' ORDER BY time";
    let orders = sql(&data, orders);
    assert_eq!(orders.len(), 2, "{orders:?}");
    assert_eq!(orders[0], json!(["SO-77", "p-101", "Blue mug", "u-1"]));
    assert_eq!(
        (&orders[1][0], &orders[1][3]),
        (&json!("server-side"), &json!("u-2")),
        "a row without an anonymous id is its user's"
    );
    let products = "SELECT cardinality(items), items[2]['item_id'] FROM events WHERE transaction_id = 'SO-77'";
    assert_eq!(
        sql(&data, products),
        [json!([2, "p-202"])],
        "a null product is dropped and the others stay"
    );
    let kinds = "SELECT kind, count(*) FROM events WHERE visitor = 'a-1' GROUP BY kind ORDER BY kind";
    assert_eq!(
        sql(&data, kinds),
        [
            json!(["add_to_cart", 1]),
            json!(["identify", 1]),
            json!(["page_view", 1]),
            json!(["purchase", 1])
        ]
    );
    let customers = sql(&data, "SELECT DISTINCT customer FROM events WHERE visitor = 'a-1'");
    assert_eq!(
        customers,
        [json!(["u-1"])],
        "the visitor is known by name from the beginning"
    );
}

#[test]
fn posthog_joins_who_identifies_with_the_visitor_before() {
    for (file, from) in [("export.jsonl", "posthog"), ("export.csv", "posthog-csv")] {
        let (_folder, data) = new_data();
        let summary = import_from(&data, "posthog", file, from);
        assert_eq!(summary["dead"], json!(0), "{summary:#}");
        let joined = sql(
            &data,
            "SELECT customer, count(*) FROM events WHERE kind <> 'identify' GROUP BY customer",
        );
        assert_eq!(joined, [json!(["u1", 3])], "{from}");
        let order = sql(
            &data,
            "SELECT CAST(value * 100 AS BIGINT) FROM events WHERE kind = 'purchase'",
        );
        assert_eq!(order, [json!([1990])]);
    }
}

#[test]
fn order_numbers_that_differ_only_in_type_or_spaces_are_one_order() {
    let (folder, data) = new_data();
    let file = folder.path().join("orders.jsonl");
    // The last but one has 19 digits: a float would round it.
    let numbers = ["1042", "\"1042\"", "\" 1042 \"", "9007199254740993123", "\"#1042\""];
    let rows = numbers.iter().enumerate().map(|(at, number)| {
        format!(
            r#"{{"when":"2026-05-01T10:0{at}:00Z","who":"c1","what":"purchase","order":{number},"currency":"EUR","amount":10}}
"#
        )
    });
    std::fs::write(&file, rows.collect::<String>()).unwrap();
    let mapping = changed(&data, "refunds", "orders.toml", &[("\"csv\"", "\"jsonl\"")]);
    let (code, summary, messages) = import_as(&data, "", file.to_str().unwrap(), &mapping);
    assert_eq!(code, 0, "{messages}");
    check_counts(&summary, 5, 0, 0);
    let notes = run_json(&["report", "kpis", "--site", "s"], &data)["notes"].to_string();
    assert!(notes.contains("30.00 sold, orders: 3"), "{notes}");
    let big = "SELECT count(*) FROM events WHERE transaction_id = '9007199254740993123'";
    assert_eq!(sql(&data, big), [json!([1])]);
}

#[test]
fn sql_prints_items_that_programs_can_read() {
    let (_folder, data) = new_data();
    import_from(&data, "segment", "events.jsonl", "segment");
    let query = "SELECT items FROM events WHERE transaction_id = 'SO-77'";
    let expected = json!([
        { "item_id": "p-101", "item_name": "Blue mug", "item_category": "Kitchen", "price": 13.0, "quantity": 1.0 },
        { "item_id": "p-202", "item_name": "Plate", "item_category": "Kitchen", "price": 6.0, "quantity": 2.0 },
    ]);
    assert_eq!(sql(&data, query), [json!([expected.clone()])]);
    let output = run(&["sql", query, "--site", "s", "--format", "csv"], &data);
    let csv = String::from_utf8(output.stdout).unwrap();
    let cell = csv
        .lines()
        .nth(1)
        .and_then(|line| line.strip_prefix('"')?.strip_suffix('"'));
    let items: Value = serde_json::from_str(&cell.unwrap_or(&csv).replace("\"\"", "\"")).unwrap();
    assert_eq!(items, expected);
}

#[test]
fn amounts_with_three_decimals_are_not_rounded() {
    let (folder, data) = new_data();
    let file = folder.path().join("orders.csv");
    let rows = "when,who,what,order,currency,amount\n2026-05-01T10:00:00Z,c1,purchase,K1,KWD,12.345\n";
    std::fs::write(&file, rows).unwrap();
    let (code, _, messages) = import_as(&data, "", file.to_str().unwrap(), &case("refunds", "orders.toml"));
    assert_eq!(code, 0, "{messages}");
    for format in ["table", "csv", "json"] {
        let output = run(&["report", "kpis", "--site", "s", "--format", format], &data);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains("12.345"), "{format}: {printed}");
    }
}

#[test]
fn sums_of_a_day_are_kept_apart_from_people() {
    let (_folder, data) = new_data();
    check_counts(&import_from(&data, "ready", "ad-costs.csv", "ad-costs"), 2, 0, 0);
    assert_eq!(sql(&data, "SELECT DISTINCT automated FROM events"), [json!([true])]);
}

#[test]
fn shipped_mappings_are_listed_and_printed() {
    let text = |args: &[&str]| String::from_utf8(wayside(args).output().unwrap().stdout).unwrap();
    let list = text(&["mappings"]);
    assert!(list.lines().any(|line| line == "shopify"), "{list}");
    let shopify = text(&["mappings", "shopify"]);
    assert!(shopify.contains("always = \"purchase\""), "{shopify}");
    let (_folder, data) = new_data();
    let unknown = run(&["import", "x.csv", "--from", "shopfy", "--site", "s"], &data);
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("did you mean shopify?")
    );
}
