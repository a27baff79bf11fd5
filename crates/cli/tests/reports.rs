//! Reports of the binary and of its API: the same tables, in the time zone of the site.

mod support;

use serde_json::{Value, json};
use support::{Server, batch, in_repository, new_data, run, run_json, texts};

/// Five events around the day in 2024 on which the clocks of Berlin went forward.
const ROWS: &str = "\
user_id,session_id,event,timestamp,platform,acquisition_channel,user_cohort,user_lifecycle
u1,s1,home,2024-03-30 22:30:00,desktop,email,2024-01,new
u1,s1,home,2024-03-30 23:10:00,desktop,email,2024-01,new
u1,s1,home,2024-03-30 23:30:00,desktop,email,2024-01,new
u1,s2,home,2024-03-31 21:30:00,desktop,email,2024-01,new
u1,s3,home,2024-03-31 22:30:00,desktop,email,2024-01,new
";

fn events(table: &Value) -> (Value, Value) {
    (table["events"].clone(), table["timezone"].clone())
}

#[tokio::test]
async fn days_and_printed_times_follow_the_time_zone_of_the_site() {
    let (folder, data) = new_data();
    let file = folder.path().join("rows.csv");
    std::fs::write(&file, ROWS).unwrap();
    let mapping = in_repository("examples/data/ecom/ecom.toml").display().to_string();
    let file = file.display().to_string();
    run_json(&["import", &file, "--mapping", &mapping, "--site", "ecom"], &data);
    let day = ["report", "kpis", "--from", "2024-03-31", "--to", "2024-03-31"];
    assert_eq!(events(&run_json(&day, &data)), (json!(2), json!("UTC")));

    std::fs::write(
        data.join("wayside.toml"),
        "[sites.ecom]\ntimezone = \"Europe/Berlin\"\n",
    )
    .unwrap();
    assert_eq!(events(&run_json(&day, &data)), (json!(3), json!("Europe/Berlin")));
    let in_utc = [&day[..], &["--timezone", "UTC"]].concat();
    assert_eq!(events(&run_json(&in_utc, &data)), (json!(2), json!("UTC")));
    let (csv, _) = texts(&run(
        &["report", "timeline", "--visitor", "u1", "--format", "csv"],
        &data,
    ));
    for time in ["2024-03-31T00:10:00.000+01:00", "2024-03-31T23:30:00.000+02:00"] {
        assert!(csv.contains(time), "{csv}");
    }

    let server = Server::start(&data, &[]);
    let path = "/api/reports/kpis?site=ecom&from=2024-03-31&to=2024-03-31";
    let (_, table) = server.get(path).await;
    assert_eq!(events(&table), (json!(3), json!("Europe/Berlin")));
    let (_, table) = server.get(&format!("{path}&timezone=UTC")).await;
    assert_eq!(events(&table), (json!(2), json!("UTC")));
    let (status, refusal) = server.get(&format!("{path}&timezone=Nowhere")).await;
    assert_eq!((status, &refusal["error"]["code"]), (400, &json!("bad_param")));
    let (_, sites) = server.get("/api/sites").await;
    assert_eq!(sites[0]["timezone"], "Europe/Berlin", "{sites}");
    server.stop();

    std::fs::write(data.join("wayside.toml"), "[sites.ecom]\ntimezone = \"Berlin\"\n").unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0"], &data);
    support::fails(&output, 1, &["wayside.toml", "[sites.ecom]", "Berlin", "IANA"]);
}

#[test]
fn sites_are_printed_with_singular_and_plural_nouns() {
    let (folder, data) = new_data();
    let mapping = in_repository("examples/data/ecom/ecom.toml").display().to_string();
    for (site, rows) in [("one", 1), ("two", 2)] {
        let file = folder.path().join(format!("{site}.csv"));
        let lines: String = ROWS.split_inclusive('\n').take(1 + rows).collect();
        std::fs::write(&file, lines + "u1,s1,home,never,desktop,email,2024-01,new\n").unwrap();
        let file = file.display().to_string();
        run_json(&["import", &file, "--mapping", &mapping, "--site", site], &data);
    }
    let (printed, _) = texts(&run(&["sites", "--format", "table"], &data));
    let lines: Vec<Vec<&str>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        lines,
        [
            ["one", "1", "touchpoint", "1", "dead", "letter"],
            ["two", "2", "touchpoints", "1", "dead", "letter"]
        ],
        "{printed}"
    );
}

#[tokio::test]
async fn every_report_is_had_by_its_name_from_the_api_and_the_command_line() {
    let (_folder, data) = new_data();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("wayside.toml"), "[sites.shop]\n[sites.new]\n").unwrap();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 5)).await;
    let (_, list) = server.get("/api/reports").await;
    let reports = list.as_array().unwrap();
    let names: Vec<&str> = reports.iter().map(|report| report["name"].as_str().unwrap()).collect();
    for name in [
        "signals",
        "forms",
        "searches",
        "errors",
        "vitals",
        "customers",
        "profile",
        "data-quality",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    for report in reports {
        let name = report["name"].as_str().unwrap();
        let (visitor, option) = match name {
            "timeline" | "profile" => ("&visitor=v1", &["--visitor", "v1"][..]),
            _ => ("", &[][..]),
        };
        let (status, table) = server.get(&format!("/api/reports/{name}?site=shop{visitor}")).await;
        assert_eq!(
            (status, &table["columns"]),
            (200, &report["columns"]),
            "{name}: {table}"
        );
        let (status, empty) = server.get(&format!("/api/reports/{name}?site=new{visitor}")).await;
        assert_eq!((status, &empty["events"]), (200, &json!(0)), "{name}: {empty}");
        let printed = run_json(&[&["report", name], option].concat(), &data);
        assert_eq!(printed, table, "{name}");
        let csv = run(&[&["report", name, "--format", "csv"], option].concat(), &data);
        assert!(csv.status.success(), "{name}");
    }
    server.stop();
}

#[tokio::test]
async fn the_list_of_customers_is_read_page_by_page() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    for writer in 1..=5 {
        let mut visit = batch("shop", writer, 0, 2);
        visit["visitor"] = json!(format!("visitor-{writer}"));
        server.accepts(&visit).await;
    }
    let mut keys = Vec::new();
    for offset in [0, 2, 4] {
        let path = format!("/api/reports/customers?site=shop&sort=sessions&limit=2&offset={offset}");
        let (_, table) = server.get(&path).await;
        assert_eq!(table["total"], 5, "{table}");
        let rows = table["rows"].as_array().unwrap();
        keys.extend(rows.iter().map(|row| row[0].as_str().unwrap().to_owned()));
    }
    let all: Vec<String> = (1..=5).map(|n| format!("anon:visitor-{n}")).collect();
    assert_eq!(keys, all);
    let (status, refusal) = server.get("/api/reports/customers?site=shop&limit=0").await;
    assert_eq!((status, &refusal["error"]["code"]), (400, &json!("bad_param")));
    server.stop();
}
