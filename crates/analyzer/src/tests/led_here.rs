//! The touchpoints that led to another one, compared with counts by hand and with plain SQL.

use wayside_model::SiteId;

use super::{Fixture, Random, block_on, grid};
use crate::range::Range;
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::sql;
use crate::table::Table;

const DAY_MS: i64 = 86_400_000;

fn request(params: &[(&str, &str)]) -> ReportRequest {
    let request = ReportRequest::new("led-here").with("min_customers", "1");
    params
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value))
}

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

/// Twenty customers buy, nineteen of them after reading the guide; of twenty others, two read it. All of them come by e-mail.
fn guide() -> String {
    let mut lines = String::new();
    for n in 0..40 {
        let (buys, reads) = (n < 20, !(19..38).contains(&n));
        lines.push_str(&format!(
            "v{n:02} 0 page_view {{\"url\":\"https://x/\",\"medium\":\"email\"}}\n"
        ));
        if reads {
            lines.push_str(&format!(
                "v{n:02} 1000 page_view {{\"url\":\"https://x/guide?id={n}\"}}\n"
            ));
        }
        if buys {
            lines.push_str(&format!(
                "v{n:02} 2000 begin_checkout\nv{n:02} 3000 purchase\nv{n:02} 4000 login\n"
            ));
        }
    }
    lines
}

#[test]
fn groups_match_a_count_by_hand() {
    let table = Fixture::of(&guide()).report(request(&[]));
    check(
        &table,
        &[
            "what",
            "name",
            "reached",
            "share_reached",
            "others",
            "share_others",
            "lift",
            "clear",
        ],
        &[
            "page | /guide | 19 | 0.95 | 2 | 0.1 | 9.5 | yes",
            "touchpoint | page_view | 20 | 1.0 | 20 | 1.0 | 1.0 | no",
            "channel | Email | 20 | 1.0 | 20 | 1.0 | 1.0 | no",
            "page | / | 20 | 1.0 | 20 | 1.0 | 1.0 | no",
            "steps | page_view | 20 | 1.0 | 20 | 1.0 | 1.0 | no",
        ],
    );
    assert_eq!(
        table.notes,
        [
            "20 customers reached purchase, and 20 did not.",
            "With fewer than 30 customers in a group, only very large differences are clear.",
            "Compared: 5. Clearly different: 1, of which at most 5% are expected to be false.",
            "A difference is not a cause: customers who reach it also visit more, and differ in other ways.",
        ]
    );
    // Newcombe's and Katz's intervals, and Pearson's test with z = 5.3826, computed outside.
    let ends = grid(
        &table,
        &["difference_low", "difference_high", "lift_low", "lift_high", "p_value"],
    )
    .remove(0);
    let numbers: Vec<f64> = ends.split(" | ").map(|number| number.parse().unwrap()).collect();
    for (number, expected) in numbers.iter().zip([0.5760, 0.9330, 2.541, 35.51, 7.342e-8]) {
        assert!((number / expected - 1.0).abs() < 0.01, "{ends}");
    }
}

#[test]
fn only_what_came_before_and_within_the_window_counts() {
    let lines = format!(
        "ann 0 share\nann {0} search {{\"search_term\":\"mug\"}}\nann {1} purchase\nann {1} nps {{\"score\":9}}\nbob 0 share\nbob {0} login\n",
        3 * DAY_MS,
        4 * DAY_MS,
    );
    let request = request(&[("what", "touchpoint,steps"), ("window_days", "2")]);
    let table = Fixture::of(&lines).report(request.clone());
    check(
        &table,
        &["what", "name", "reached", "others"],
        &[
            // Bob's window ends with his last touchpoint.
            "touchpoint | login | 0 | 1",
            "touchpoint | search | 1 | 0",
            "steps | login | 0 | 1",
            "steps | search | 1 | 0",
        ],
    );
    // A goal outside the range is none.
    let scope = Scope {
        range: Range::millis(0, 4 * DAY_MS),
        ..Scope::default()
    };
    let table = Fixture::of(&lines).run(&[request], scope).remove(0);
    assert_eq!(table.notes, ["No customer reached purchase in these days."]);
}

#[test]
fn shares_equal_plain_sql() {
    let mut random = Random(3);
    let mut lines = String::new();
    for _ in 0..900 {
        let (customer, time) = (random.below(150), random.below(1_000_000));
        let name = ["share", "login", "search_help", "view_item", "purchase", "sign_up"][random.below(6) as usize];
        lines.push_str(&format!("c{customer} {time} {name}\n"));
    }
    let fixture = Fixture::of(&lines);
    let query = "WITH ends AS (SELECT customer, count(*) FILTER (WHERE kind = 'purchase') > 0 AS reached,
                coalesce(min(time) FILTER (WHERE kind = 'purchase'), max(time)) AS until FROM events GROUP BY customer)
        SELECT CASE kind WHEN 'custom' THEN name ELSE kind END AS name,
            count(DISTINCT CASE WHEN reached THEN e.customer END) AS reached,
            count(DISTINCT CASE WHEN NOT reached THEN e.customer END) AS others
        FROM events e JOIN ends ON e.customer = ends.customer
        WHERE kind <> 'purchase' AND (time < until OR NOT reached AND time = until) GROUP BY 1 ORDER BY 1";
    let site = SiteId::parse("shop").unwrap();
    let expected = block_on(sql::run_over(fixture.snapshot.clone(), &site, query)).unwrap();
    let mut table = fixture.report(request(&[("what", "touchpoint")]));
    table.rows.sort_by_key(|row| format!("{:?}", row[1]));
    let columns = ["name", "reached", "others"];
    assert_eq!(grid(&table, &columns), grid(&expected, &columns));
    assert_eq!(table.rows.len(), 5);
}

/// Buyers and others, forty things that have nothing to do with it, and one that has.
fn chance(seed: u64) -> String {
    let mut random = Random(seed);
    let mut lines = String::new();
    for customer in 0..300 {
        let buys = random.below(2) == 0;
        for thing in 0..40 {
            if random.below(2) == 0 {
                lines.push_str(&format!("c{customer} {thing} thing_{thing:02}\n"));
            }
        }
        if random.below(10) < if buys { 8 } else { 4 } {
            lines.push_str(&format!("c{customer} 50 cause\n"));
        }
        lines.push_str(&format!("c{customer} 60 {}\n", if buys { "purchase" } else { "login" }));
    }
    lines
}

#[test]
fn differences_by_chance_are_seldom_clear() {
    let (mut clear, mut below) = (0, 0);
    for seed in 0..10 {
        let table = Fixture::of(&chance(seed)).report(request(&[("what", "touchpoint"), ("skip", "login")]));
        let rows = grid(&table, &["name", "clear", "p_value"]);
        assert!(rows[0].starts_with("cause | yes"), "{rows:?}");
        for row in &rows[1..] {
            let p: f64 = row.rsplit(" | ").next().unwrap().parse().unwrap();
            below += u32::from(p < 0.05);
            clear += u32::from(row.contains("| yes |"));
        }
    }
    // Of 400 things without an effect, 20 are expected below 5%; nearly all of them must not be clear.
    assert!(below >= 10 && clear <= 3, "{below} {clear}");
}

#[test]
fn too_little_data_has_a_plain_answer() {
    for (lines, params, says) in [
        (
            "robot 0 login",
            vec![("goal", "login")],
            "Every customer of these days reached login, so that there is nobody to compare them with.",
        ),
        (
            "ann 0 login",
            vec![("goal", "purchas")],
            "No customer reached purchas in these days; did you mean \"purchase\"?",
        ),
        (
            "ann 0 login",
            vec![("goal", "share")],
            "No customer reached share in these days.",
        ),
    ] {
        let table = Fixture::of(lines).report(request(&params));
        assert!(table.rows.is_empty());
        assert_eq!(table.notes, [says]);
    }
    let table = Fixture::of(&guide()).report(request(&[("min_customers", "41")]));
    assert!(
        table.notes[2].starts_with("Nothing was met by 41 customers or more"),
        "{:?}",
        table.notes
    );
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (name, value, says) in [
        ("goal", "", "purchase"),
        ("goal", "a\u{7}", "the name of a touchpoint"),
        ("what", "page,chanel", "did you mean \"channel\"?"),
        ("window_days", "0", "a whole number from 1 to 3660"),
        ("min_customers", "none", "a whole number from 1 to 1000000"),
        ("window_day", "3", "did you mean \"window_days\"?"),
    ] {
        let made = definition("led-here").unwrap().make(&request(&[(name, value)]));
        match made {
            // An empty value is the default.
            Ok(_) => assert_eq!((name, value), ("goal", "")),
            Err(error) => assert!(error.to_string().contains(says), "{error}"),
        }
    }
}
