//! Products, compared with counts by hand and with plain SQL.

use std::fmt::Write as _;

use wayside_model::SiteId;

use super::{Fixture, Random, block_on, grid};
use crate::range::Range;
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::sql;
use crate::table::Table;

const MUG: &str = r#"{"item_id":"mug","item_name":"Mug","item_category":"Table","price":10}"#;
const CUP: &str = r#"{"item_id":"cup","item_category":"Table","item_brand":"Kiln","price":4,"quantity":3}"#;

/// A line with these products, in euros.
fn line(customer: &str, time: i64, kind: &str, more: &str, items: &[&str]) -> String {
    let items = items.join(",");
    format!("{customer} {time} {kind} {{\"currency\":\"EUR\",{more}\"items\":[{items}]}}\n")
}

/// Ann views and buys a mug, and gives it back. Bob leaves cups in the cart after taking one out, then buys a mug. Cat views the
/// mug, and buys it in a later visit. Dan views the mug only.
fn shop() -> String {
    [
        line("ann", 0, "view_item", "", &[MUG]),
        line("ann", 1, "add_to_cart", "", &[MUG]),
        line("ann", 2, "purchase", r#""transaction_id":"a","value":15,"#, &[MUG]),
        line("ann", 3, "purchase", r#""transaction_id":"a","value":15,"#, &[MUG]),
        "ann 4 refund {\"transaction_id\":\"a\",\"value\":10}\n".to_owned(),
        line("bob", 0, "add_to_cart", "", &[CUP]),
        line("bob", 1, "remove_from_cart", "", &[r#"{"item_id":"cup"}"#]),
        line("bob", 2, "purchase", r#""transaction_id":"b","value":10,"#, &[MUG]),
        "bob 3 refund {\"transaction_id\":\"b\",\"value\":1}\n".to_owned(),
        line("cat", 0, "view_item", "", &[MUG]),
        line(
            "cat",
            9_000_000,
            "purchase",
            r#""transaction_id":"c","value":22,"#,
            &[MUG, CUP],
        ),
        line(
            "dan",
            0,
            "view_item",
            "",
            &[r#"{"item_id":"mug","item_name":"Large mug"}"#],
        ),
    ]
    .concat()
}

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

#[test]
fn products_match_a_count_by_hand() {
    let table = Fixture::of(&shop()).report(ReportRequest::new("products"));
    check(
        &table,
        &[
            "product",
            "name",
            "viewed",
            "added",
            "removed",
            "bought",
            "conversion",
            "left",
            "abandonment",
        ],
        &[
            "mug | Mug | 3 | 1 | 0 | 3 | 0.6666666666666666 | 0 | 0.0",
            "cup | null | 0 | 1 | 1 | 1 | null | 1 | 1.0",
        ],
    );
    check(
        &table,
        &[
            "product",
            "abandoned_value",
            "orders",
            "units",
            "sold",
            "returned_orders",
            "returned_units",
            "paid_back",
            "revenue",
        ],
        &[
            // Three orders; ann's came back with all of its products, although her shipping was not paid back.
            "mug | 0 | 3 | 3 | 30 | 1 | 1 | 10 | 20",
            // Of three cups in the cart, one was taken out.
            "cup | 8 | 1 | 3 | 12 | 0 | 0 | 0 | 12",
        ],
    );
    assert_eq!(table.currency.as_deref(), Some("EUR"));
    assert_eq!(
        table.notes,
        [
            "Amounts are prices of products in EUR, without shipping and without discounts on the whole order.",
            "1 refund of a part of an order without its products: no product counts as returned for it.",
        ]
    );
    // Wilson's interval of 2 of 3.
    let ends = grid(&table, &["conversion_low", "conversion_high"]);
    assert!(
        ends[0].starts_with("0.2076") && ends[0].contains("| 0.9385"),
        "{ends:?}"
    );
}

#[test]
fn units_may_have_a_fraction() {
    let cheese = r#"{"item_id":"cheese","price":12,"quantity":1.85}"#;
    let ham = r#"{"item_id":"ham","price":9.99,"quantity":0.333}"#;
    let lines = [
        line("ann", 0, "purchase", "", &[cheese, ham]),
        line(
            "bob",
            1,
            "purchase",
            "",
            &[r#"{"item_id":"cheese","price":12,"quantity":0.15}"#],
        ),
        line("cat", 2, "add_to_cart", "", &[ham]),
    ]
    .concat();
    let table = Fixture::of(&lines).report(ReportRequest::new("products"));
    check(
        &table,
        &["product", "units", "sold", "abandoned_value"],
        &["cheese | 2 | 24 | 0", "ham | 0.333 | 3.32667 | 3.32667"],
    );
}

#[test]
fn products_are_counted_by_category_or_brand() {
    let by = |by: &str| Fixture::of(&shop()).report(ReportRequest::new("products").with("by", by));
    check(
        &by("category"),
        &["product", "viewed", "orders", "units", "revenue"],
        &["Table | 2 | 3 | 6 | 32", "(none) | 1 | 0 | 0 | 0"],
    );
    check(
        &by("brand"),
        &["product", "name", "units"],
        &["(none) | null | 3", "Kiln | null | 3"],
    );
}

#[test]
fn an_order_after_the_range_still_counts_for_views_and_carts_in_it() {
    let scope = Scope {
        range: Range::millis(0, 2),
        ..Scope::default()
    };
    let table = Fixture::of(&shop())
        .run(&[ReportRequest::new("products")], scope)
        .remove(0);
    check(
        &table,
        &["product", "viewed", "bought", "conversion", "left", "orders", "revenue"],
        &[
            "mug | 3 | 0 | 0.6666666666666666 | 0 | 0 | 0",
            "cup | 0 | 0 | null | 1 | 0 | 0",
        ],
    );
}

#[test]
fn pairs_match_a_count_by_hand() {
    // Of ten orders, four have both, six the mug, five the cup: 0.4 ÷ (0.6 × 0.5).
    let mut lines = String::new();
    for n in 0..10 {
        let items: &[&str] = match n {
            0..4 => &[MUG, CUP, CUP],
            4..6 => &[MUG],
            6 => &[CUP],
            _ => &[r#"{"item_id":"pot"}"#],
        };
        lines.push_str(&line(&format!("v{n}"), n, "purchase", "", items));
    }
    let table = Fixture::of(&lines).report(ReportRequest::new("bought-together"));
    check(
        &table,
        &[
            "first",
            "second",
            "orders",
            "share",
            "orders_first",
            "second_of_first",
            "orders_second",
            "first_of_second",
            "lift",
        ],
        &["cup | mug | 4 | 0.4 | 5 | 0.8 | 6 | 0.6666666666666666 | 1.3333333333333333"],
    );
    let ends = grid(&table, &["lift_low", "lift_high"]).remove(0);
    // 4/3, divided and multiplied by e^(1.96 √(1/4 − 1/5 − 1/6 + (8/3 − 1)/10)).
    assert!(ends.starts_with("0.8602") && ends.contains("| 2.0666797"), "{ends}");
    let rare = Fixture::of(&lines).report(ReportRequest::new("bought-together").with("min_orders", "5"));
    assert_eq!(
        rare.notes,
        [
            "10 orders with products, of 3 products.",
            "No two products are together in 5 orders or more; a smaller min_orders lists rarer pairs.",
        ]
    );
}

/// A shop of 200 customers with orders and refunds of six products.
fn random_shop() -> Fixture {
    let mut random = Random(5);
    let mut lines = String::new();
    for order in 0..400 {
        let customer = random.below(200);
        let mut items = String::new();
        for _ in 0..=random.below(3) {
            let product = random.below(6);
            let separator = if items.is_empty() { "" } else { "," };
            let quantity = 1 + random.below(3);
            let _ = write!(
                items,
                "{separator}{{\"item_id\":\"p{product}\",\"price\":{}.5,\"quantity\":{quantity}}}",
                product + 1
            );
        }
        let kind = if random.below(5) == 0 { "refund" } else { "purchase" };
        lines.push_str(&line(&format!("c{customer}"), order, kind, "", &[&items]));
    }
    Fixture::of(&lines)
}

#[test]
fn sums_equal_plain_sql() {
    let fixture = random_shop();
    let query = "SELECT item['item_id'] AS product,
            sum(CASE WHEN kind = 'purchase' THEN item['quantity'] ELSE 0 END) AS units,
            count(DISTINCT CASE WHEN kind = 'purchase' THEN time END) AS orders,
            CAST(sum(item['price'] * item['quantity'] * (CASE WHEN kind = 'purchase' THEN 1 ELSE -1 END)) AS DECIMAL(18, 6))
                AS revenue
        FROM (SELECT kind, time, unnest(items) AS item FROM events)
        GROUP BY 1 ORDER BY revenue DESC";
    let site = SiteId::parse("shop").unwrap();
    let expected = block_on(sql::run_over(fixture.snapshot.clone(), &site, query)).unwrap();
    let table = fixture.report(ReportRequest::new("products"));
    assert_eq!(
        grid(&table, &["product", "units", "orders", "revenue"]),
        grid(&expected, &["product", "units", "orders", "revenue"]),
    );
    let pairs = "SELECT count(DISTINCT a.time) AS orders FROM
            (SELECT time, unnest(items)['item_id'] AS product FROM events WHERE kind = 'purchase') a JOIN
            (SELECT time, unnest(items)['item_id'] AS product FROM events WHERE kind = 'purchase') b
            ON a.time = b.time AND a.product < b.product
        GROUP BY a.product, b.product ORDER BY a.product, b.product";
    let expected = block_on(sql::run_over(fixture.snapshot.clone(), &site, pairs)).unwrap();
    let request = ReportRequest::new("bought-together").with("min_orders", "1");
    let mut table = fixture.report(request);
    table.rows.sort_by_key(|row| format!("{:?}", &row[..2]));
    assert_eq!(grid(&table, &["orders"]), grid(&expected, &["orders"]));
}

#[test]
fn a_site_without_products_is_told_which_capture_brings_them() {
    for name in ["products", "bought-together"] {
        let table = Fixture::of("ann 0 purchase {\"value\":3}").report(ReportRequest::new(name));
        assert!(table.rows.is_empty());
        assert!(
            table.notes[0].starts_with("No touchpoint in these days has products"),
            "{name}"
        );
    }
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (report, name, value, says) in [
        ("products", "by", "categry", "did you mean \"category\"?"),
        ("products", "top", "0", "a whole number from 1 to 10000"),
        (
            "bought-together",
            "min_orders",
            "few",
            "a whole number from 1 to 100000",
        ),
        ("bought-together", "min_order", "3", "did you mean \"min_orders\"?"),
    ] {
        let request = ReportRequest::new(report).with(name, value);
        let error = definition(report).unwrap().make(&request).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn amounts_of_other_currencies_are_named_and_not_added() {
    let lines = [
        line("ann", 0, "purchase", r#""value":10,"#, &[MUG]),
        "bob 0 purchase {\"currency\":\"USD\",\"value\":7,\"items\":[{\"item_id\":\"mug\",\"price\":7},{\"item_id\":\"bag\"}]}".to_owned(),
        "\ncat 0 purchase {\"currency\":\"EUR\",\"value\":7,\"items\":[{\"item_id\":\"mug\",\"price\":7}]}".to_owned(),
    ];
    let table = Fixture::of(&lines.concat()).report(ReportRequest::new("products"));
    check(
        &table,
        &["product", "orders", "revenue"],
        &["mug | 3 | 17", "bag | 1 | 0"],
    );
    assert!(
        table
            .notes
            .contains(&"Not added to the amounts: prices in USD.".to_owned()),
        "{:?}",
        table.notes
    );
    assert!(
        table
            .notes
            .contains(&"Units without a price, which are in no amount: 1.".to_owned()),
        "{:?}",
        table.notes
    );
}
