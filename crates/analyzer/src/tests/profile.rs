//! The profile of one customer.

use super::{Fixture, grid};
use crate::range::Range;
use crate::report::ReportRequest;
use crate::scan::Scope;
use crate::table::Table;

const ANN: &str = r#"
    phone=ann  0        page_view {"url":"https://x/a","source":"news","medium":"email","device":"mobile"}
    phone=ann  1        purchase {"transaction_id":"t1","value":30,"currency":"EUR"}
    phone=ann  2        purchase {"transaction_id":"t1","value":30,"currency":"EUR"}
    phone=ann  3        signal {"name":"rage_click","element":"menu"}
    laptop=ann 9000000  page_view {"url":"https://x/a","device":"desktop"}
    laptop=ann 9000001  purchase {"transaction_id":"t2","value":10.5,"currency":"EUR"}
    laptop=ann 9000002  refund {"transaction_id":"t2","value":4}
    laptop=ann 9000003  purchase {"transaction_id":"t3","value":99,"currency":"USD"}
    laptop=ann 18000000 page_view {"url":"https://x/mug"}
    laptop=ann 18000001 add_to_cart {"value":10,"currency":"EUR"}
    laptop=ann 18000002 add_to_cart {"value":10,"currency":"EUR"}
    laptop=ann 18000003 begin_checkout
    laptop=ann 18000004 add_shipping_info
    other      0        page_view {"url":"https://x/a"}
"#;

fn facts(table: &Table) -> Vec<String> {
    grid(table, &["name", "of", "value", "unit", "text"])
}

#[test]
fn a_profile_matches_a_count_by_hand() {
    let fixture = Fixture::of(ANN);
    for (param, value) in [("customer", "ann"), ("visitor", "laptop")] {
        let table = fixture.report(ReportRequest::new("profile").with(param, value));
        assert_eq!(
            facts(&table),
            [
                "customer |  | null |  | ann",
                "stage |  | null |  | purchase",
                "first_channel |  | null |  | Email",
                "last_channel |  | null |  | Direct",
                "first_seen |  | 0 | time | ",
                "last_seen |  | 18000004 | time | ",
                "touchpoints |  | 13 | count | ",
                "sessions |  | 3 | count | ",
                "orders |  | 3 | count | ",
                "revenue | EUR | 36.5 | money | ",
                "refunded | EUR | 4 | money | ",
                "average_order_value | EUR | 20.25 | money | ",
                "revenue | USD | 99 | money | ",
                "refunded | USD | 0 | money | ",
                "average_order_value | USD | 99 | money | ",
                "open_cart |  | 2 | count | shipping",
                "open_cart_since |  | 18000001 | time | ",
                "open_cart_touched |  | 18000004 | time | ",
                "device | desktop | 1 | count | ",
                "device | mobile | 1 | count | ",
                "device | unknown | 1 | count | ",
                "signal | cart_built | 1 | count | ",
                "signal | rage_click | 1 | count | ",
                "visitor | laptop | 9 | count | ",
                "visitor | phone | 4 | count | ",
            ],
            "{param}"
        );
        assert_eq!(table.currency, None, "there are two currencies");
    }
}

#[test]
fn a_cart_is_open_until_it_is_ordered_or_emptied() {
    let carts = |lines: &str| {
        let table = Fixture::of(lines).report(ReportRequest::new("profile").with("visitor", "v"));
        facts(&table)
            .into_iter()
            .filter(|fact| fact.starts_with("open_cart |"))
            .collect::<Vec<_>>()
    };
    for (lines, expected) in [
        ("v 0 view_cart", "open_cart |  | null |  | none"),
        ("v 0 add_to_cart", "open_cart |  | 1 | count | in the cart"),
        ("v 0 add_to_cart\nv 1 remove_from_cart", "open_cart |  | null |  | none"),
        ("v 0 add_to_cart\nv 1 purchase", "open_cart |  | null |  | none"),
        (
            "v 0 add_to_cart\nv 1 purchase\nv 2 add_to_cart",
            "open_cart |  | 1 | count | in the cart",
        ),
        ("v 0 begin_checkout", "open_cart |  | 0 | count | begin"),
        (
            "v 0 add_to_cart\nv 1 checkout_step {\"step\":\"address\"}",
            "open_cart |  | 1 | count | address",
        ),
    ] {
        assert_eq!(carts(lines), [expected], "{lines}");
    }
}

#[test]
fn a_profile_covers_its_range_and_explains_an_empty_result() {
    let fixture = Fixture::of(ANN);
    let ask = |range: Range, customer: &str| {
        let scope = Scope {
            range,
            ..Scope::default()
        };
        let request = ReportRequest::new("profile").with("customer", customer);
        fixture.run(&[request], scope).remove(0)
    };
    let early = facts(&ask(Range::millis(0, 9_000_000), "ann"));
    for fact in [
        "sessions |  | 1 | count | ",
        "orders |  | 1 | count | ",
        "open_cart |  | null |  | none",
    ] {
        assert!(early.iter().any(|known| known == fact), "{fact}: {early:#?}");
    }
    for (range, customer) in [(Range::millis(1_000, 2_000), "ann"), (Range::ALL, "nobody")] {
        let table = ask(range, customer);
        let note = format!("Nothing is known of customer {customer} in this site and range.");
        assert_eq!((table.rows.len(), &table.notes), (0, &vec![note]));
    }
}
