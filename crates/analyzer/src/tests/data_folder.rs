//! Reports over a data folder as it is written: log, table, identities that come later, copies.

use wayside_model::journey::Config;
use wayside_model::{Consent, SiteId, Timestamp, WriterId};
use wayside_store::{Accepted, DataWriter, DeadLetter, Options, Store};

use super::{block_on, grid, rows_of};
use crate::error::ErrorKind;
use crate::report::ReportRequest;
use crate::run::{Query, run};
use crate::sql;
use crate::table::{Cell, Table};

fn site(name: &str) -> SiteId {
    SiteId::parse(name).unwrap()
}

/// The content of one upload. Uploads are a day apart, so that the folder has several months.
fn upload(lines: &str) -> Vec<Accepted> {
    vec![Accepted {
        site: site("shop"),
        received_at: Timestamp::from_millis(9_000_000_000),
        consent: Consent::Granted,
        automated: false,
        events: rows_of(lines).into_iter().map(|row| row.event).collect(),
        dead: Vec::new(),
        replaces: Vec::new(),
    }]
}

const BEFORE: &str = r#"
    phone 1000 page_view {"url":"https://x/","source":"news","medium":"email"}
    phone 60000 add_to_cart {"value":19.9,"currency":"EUR"}
    laptop 2000 page_view {"url":"https://x/"}
"#;

/// The same three events and more, two months later: the phone's visitor turns out to be ann, who buys at the laptop.
const LATER: &str = r#"
    phone 1000 page_view {"url":"https://x/","source":"news","medium":"email"}
    phone 60000 add_to_cart {"value":19.9,"currency":"EUR"}
    laptop 2000 page_view {"url":"https://x/"}
    phone 5184000000 identify {"customer_id":"ann"}
    laptop 5184000000 identify {"customer_id":"ann"}
    laptop 5184060000 purchase {"value":19.9,"currency":"EUR","transaction_id":"t1"}
"#;

async fn tables(store: &Store) -> Vec<Table> {
    let requests = [
        ReportRequest::new("kpis"),
        ReportRequest::new("funnel")
            .with("steps", "add_to_cart,purchase")
            .with("window_days", "90"),
        ReportRequest::new("timeline").with("customer", "ann"),
    ];
    run(store, &site("shop"), &requests, &Query::default()).await.unwrap()
}

#[test]
fn a_report_is_equal_from_log_and_table_and_follows_identities() {
    let folder = tempfile::TempDir::new().unwrap();
    block_on(async {
        let writer = DataWriter::lock(folder.path(), Options::default()).await.unwrap();
        let store = Store::open(folder.path()).unwrap();

        writer.append(upload(BEFORE)).await.unwrap();
        let fresh = tables(&store).await;
        assert_eq!((fresh[0].events, fresh[0].customers), (3, 2));
        assert_eq!(grid(&fresh[1], &["customers"]), ["1", "0"]);
        writer.compact().await.unwrap();
        assert_eq!(tables(&store).await, fresh);

        writer.append(upload(LATER)).await.unwrap();
        let identified = tables(&store).await;
        assert_eq!((identified[0].events, identified[0].customers), (6, 1));
        assert_eq!(grid(&identified[1], &["customers"]), ["1", "1"]);
        assert_eq!(
            grid(&identified[2], &["session", "kind"]),
            [
                "1 | page_view",
                "2 | page_view",
                "1 | add_to_cart",
                "3 | identify",
                "4 | identify",
                "4 | purchase",
            ]
        );
        writer.compact().await.unwrap();
        assert_eq!(tables(&store).await, identified);

        for (param, value, events, customers) in [
            ("customer", "ann", 6, 1),
            ("visitor", "phone", 6, 1),
            ("visitor", "tablet", 0, 0),
        ] {
            let request = ReportRequest::new("timeline").with(param, value);
            let alone = run(&store, &site("shop"), &[request], &Query::default())
                .await
                .unwrap()
                .remove(0);
            assert_eq!((alone.events, alone.customers), (events, customers), "{param} {value}");
            let rows = identified[2]
                .rows
                .iter()
                .filter(|row| value == "ann" || row[7] == Cell::text(value));
            assert_eq!(alone.rows, rows.cloned().collect::<Vec<_>>(), "{param} {value}");
        }

        let query = "SELECT count(DISTINCT customer) AS customers, count(DISTINCT month) AS months FROM events";
        let count = sql::run(&store, &site("shop"), Config::default(), query).await.unwrap();
        assert_eq!(grid(&count, &["customers", "months"]), ["1 | 2"]);
    });
}

#[test]
fn data_quality_includes_facts_outside_journeys() {
    let folder = tempfile::TempDir::new().unwrap();
    block_on(async {
        let writer = DataWriter::lock(folder.path(), Options::default()).await.unwrap();
        let store = Store::open(folder.path()).unwrap();
        let mut first = upload(
            r#"
            phone 1000 page_view {"url":"https://x/"}
            phone 2000 add_to_crat
            phone 3000 purchase {"transaction_id":"t1"}
            phone 4000 purchase {"transaction_id":"t1","value":1,"currency":"EUR"}
            phone 9000060001 gift_wrapped
            "#,
        );
        first[0].dead.push(DeadLetter {
            writer: WriterId(7),
            seq: 1,
            time: Some(Timestamp::from_millis(5_000)),
            code: "field_type".into(),
            detail: "field value must be an amount".into(),
            raw: None,
        });
        writer.append(first).await.unwrap();
        let mut robot = upload("robot 1000 page_view {\"url\":\"https://x/\"}");
        robot[0].automated = true;
        writer.append(robot).await.unwrap();
        writer
            .append(upload("phone 1000 page_view {\"url\":\"https://x/\"}"))
            .await
            .unwrap();

        let request = ReportRequest::new("data-quality");
        let table = run(&store, &site("shop"), &[request], &Query::default())
            .await
            .unwrap()
            .remove(0);
        assert_eq!(
            grid(&table, &["check", "subject", "count", "of"]),
            [
                "dead letter | field_type | 1 | 8",
                "misspelt kind | add_to_crat | 1 | 5",
                "order without value | purchase | 1 | 2",
                "order without currency | purchase | 1 | 2",
                "order shown again | purchase | 1 | 2",
                "clock ahead | event | 1 | 6",
                "automated traffic | event | 1 | 6",
                "copy | event | 1 | 8",
                "own kind | gift_wrapped | 1 | 5",
            ]
        );
        // The list of sites, which the API gives as /api/sites, has the same events and dead letters.
        let sites = store.sites().await.unwrap();
        let listed = |row: usize, column: usize| match table.rows[row][column] {
            Cell::Count(n) => n,
            ref other => panic!("{other:?} is not a count"),
        };
        let [dead, events, copies, accepted] = [listed(0, 2), listed(6, 3), listed(7, 2), listed(7, 3)];
        assert_eq!((sites[0].events, sites[0].dead), (events, dead));
        assert_eq!(accepted, events + dead + copies);
        assert_eq!(
            table.rows[1][5],
            Cell::text("No report knows it; did the site mean \"add_to_cart\"? Correct the name where it is sent.")
        );
    });
}

#[test]
fn the_error_for_an_unknown_site_suggests_the_nearest() {
    let folder = tempfile::TempDir::new().unwrap();
    block_on(async {
        let writer = DataWriter::lock(folder.path(), Options::default()).await.unwrap();
        let ask = async |name: &str| {
            let store = Store::open(folder.path()).unwrap();
            run(&store, &site(name), &[ReportRequest::new("kpis")], &Query::default())
                .await
                .unwrap_err()
        };
        assert_eq!(
            ask("shop").await.to_string(),
            "there is no site \"shop\": the data folder is empty so far"
        );
        writer.append(upload(BEFORE)).await.unwrap();
        let error = ask("shoop").await;
        assert!(matches!(error.kind(), ErrorKind::UnknownSite { .. }) && error.is_request());
        assert_eq!(
            error.to_string(),
            "there is no site \"shoop\"; did you mean \"shop\"? (sites: shop)"
        );
    });
}

#[test]
fn a_damaged_file_is_an_error_of_the_data_and_not_of_the_request() {
    let folder = tempfile::TempDir::new().unwrap();
    block_on(async {
        let writer = DataWriter::lock(folder.path(), Options::default()).await.unwrap();
        writer.append(upload(BEFORE)).await.unwrap();
        writer.compact().await.unwrap();
        let store = Store::open(folder.path()).unwrap();
        let snapshot = store.snapshot(&site("shop")).await.unwrap();
        let file = snapshot.buckets.iter().find_map(|bucket| bucket.files.first()).unwrap();
        let path = snapshot.table_root.join(&file.path);
        let mut bytes = std::fs::read(&path).unwrap();
        // The file's footer, which says where its columns are.
        let end = bytes.len();
        bytes[end - 60..end - 20].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let error = run(&store, &site("shop"), &[ReportRequest::new("kpis")], &Query::default())
            .await
            .unwrap_err();
        assert!(!error.is_request(), "{error:?}");
    });
}

/// Of the file's length, so that every region of it is met: pages, their heads, the bloom filters and the footer.
const FLIPS: usize = 150;

#[test]
fn no_report_is_computed_from_a_data_file_with_a_flipped_bit() {
    let folder = tempfile::TempDir::new().unwrap();
    block_on(async {
        let writer = DataWriter::lock(folder.path(), Options::default()).await.unwrap();
        let many: String = (0..300)
            .map(|n| {
                format!(
                    "phone {} add_to_cart {{\"value\":{n}.5,\"currency\":\"EUR\"}}\n",
                    2_000_000 + n * 1_000
                )
            })
            .collect();
        writer.append(upload(&many)).await.unwrap();
        writer.compact().await.unwrap();
        let store = Store::open(folder.path()).unwrap();
        let snapshot = store.snapshot(&site("shop")).await.unwrap();
        let file = snapshot.buckets.iter().find_map(|bucket| bucket.files.first()).unwrap();
        let path = snapshot.table_root.join(&file.path);
        let name = file.path.display().to_string();
        let answers = async || {
            let reports = [
                ReportRequest::new("kpis"),
                // It passes over row groups by the footer's statistics and by bloom filters.
                ReportRequest::new("timeline").with("customer", "anon:phone"),
            ];
            let reports = run(&store, &site("shop"), &reports, &Query::default()).await;
            (
                reports,
                sql::run(&store, &site("shop"), Config::default(), "SELECT * FROM events").await,
            )
        };
        let (reports, rows) = answers().await;
        let (reports, rows) = (reports.unwrap(), rows.unwrap());
        assert_eq!(rows.rows.len(), 300);
        let whole = std::fs::read(&path).unwrap();
        let mut errors = 0;
        for flip in 0..FLIPS {
            let place = flip * (whole.len() - 1) / (FLIPS - 1);
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (flip % 8);
            std::fs::write(&path, bytes).unwrap();
            let (found_reports, found_rows) = answers().await;
            for error in [found_reports.as_ref().err(), found_rows.as_ref().err()]
                .into_iter()
                .flatten()
            {
                assert!(error.to_string().contains(&name), "byte {place}: {error:?}");
                assert!(!error.is_request(), "byte {place}: {error:?}");
                errors += 1;
            }
            if let Ok(found) = found_reports {
                assert_eq!(found, reports, "byte {place}");
            }
            if let Ok(found) = found_rows {
                assert_eq!(found, rows, "byte {place}");
            }
        }
        assert!(errors > FLIPS, "only {errors} errors of {FLIPS} flips");
        std::fs::write(&path, whole).unwrap();
        assert_eq!(answers().await.1.unwrap(), rows);
    });
}
