//! Dead letters by the binary: listing, showing, replaying and dropping them, with and without a running server.

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use support::{START_MS, Server, batch, fails, new_data, run, run_json, texts, wayside};
use wayside_model::{Consent, SiteId, Timestamp, WriterId};
use wayside_store::{Accepted, DataWriter, DeadLetter, Options};

const TOKEN: &str = "an-admin-token-of-tests";

/// A letter of a page's event, as the collector keeps it.
fn letter(seq: u32, code: &str, event: &str) -> DeadLetter {
    let raw = format!(
        r#"{{"v":1,"site":"s","writer":"{:032x}","visitor":"v","consent":"granted","automated":false,"first_seq":{seq},"events":[{event}],"decoded":true}}"#,
        9
    );
    DeadLetter {
        writer: WriterId(9),
        seq,
        time: Some(Timestamp::from_millis(*START_MS)),
        code: code.to_owned(),
        detail: "the time is too far from the collector's".to_owned(),
        raw: Some(raw),
    }
}

/// Two touchpoints that a wrong clock refused, one of them twice, and one with a field that is still wrong.
async fn refuse(data: &Path) {
    let writer = DataWriter::lock(data, Options::default()).await.unwrap();
    let view = |value: u32| format!(r#"{{"time":{},"kind":"view_item","value":{value}}}"#, *START_MS);
    let missing = format!(r#"{{"time":{},"kind":"search","colour":"\u001b[2Jred"}}"#, *START_MS);
    let part = |dead: Vec<DeadLetter>| Accepted {
        site: SiteId::parse("s").unwrap(),
        received_at: Timestamp::from_millis(5_000),
        consent: Consent::Granted,
        automated: false,
        events: Vec::new(),
        dead,
        replaces: Vec::new(),
    };
    let letters = vec![
        letter(0, "time", &view(5)),
        letter(1, "time", &view(6)),
        letter(2, "field_missing", &missing),
    ];
    writer.append(vec![part(letters)]).await.unwrap();
    writer.compact().await.unwrap();
    writer
        .append(vec![part(vec![letter(1, "time", &view(6))])])
        .await
        .unwrap();
    writer.close().await.unwrap();
}

/// How many dead letters list, report and list of sites count, which must agree, and how many touchpoints there are.
#[track_caller]
fn counts(data: &Path) -> (u64, u64) {
    let listed = run_json(&["dead-letters", "list", "--limit", "1"], data);
    let quality = run_json(&["report", "data-quality", "--traffic", "all"], data);
    let rows = quality["rows"].as_array().unwrap().iter();
    let dead: u64 = rows
        .filter(|row| row[0] == "dead letter")
        .map(|row| row[2].as_u64().unwrap())
        .sum();
    let sites = run_json(&["sites"], data);
    assert_eq!(sites[0]["dead"], dead, "{quality:#}");
    assert_eq!(listed["total"], dead, "{quality:#}");
    (dead, sites[0]["events"].as_u64().unwrap())
}

#[tokio::test]
async fn letters_are_listed_shown_replayed_and_dropped() {
    let (_folder, data) = new_data();
    refuse(&data).await;
    assert_eq!(counts(&data), (3, 0));
    let listed = run_json(&["dead-letters", "list", "--reason", "field_missing"], &data);
    let id = listed["letters"][0]["id"].as_str().unwrap();
    assert_eq!((id, &listed["total"]), (format!("{:032x}-2", 9).as_str(), &json!(1)));
    let shown = run(&["dead-letters", "show", id, "--format", "table"], &data);
    let (stdout, _) = texts(&shown);
    assert!(
        stdout.contains("field_missing") && stdout.contains("\\u001b[2Jred"),
        "{stdout}"
    );
    assert!(!stdout.contains('\u{1b}'), "{stdout:?}");

    fails(&run(&["dead-letters", "replay"], &data), 2, &["--reason CODE", "--all"]);
    fails(
        &run(&["dead-letters", "show", "nonsense"], &data),
        2,
        &["wayside dead-letters list"],
    );
    let expected = json!({
        "site": "s", "replayed": 2, "dropped": 0,
        "stay": { "field_missing": { "letters": 1, "why": "field search_term is missing" } },
    });
    assert_eq!(
        run_json(&["dead-letters", "replay", "--all", "--dry-run"], &data),
        expected
    );
    assert_eq!(counts(&data), (3, 0));
    assert_eq!(run_json(&["dead-letters", "replay", "--all"], &data), expected);
    assert_eq!(counts(&data), (1, 2));
    let sums = run_json(&["sql", "SELECT sum(CAST(value AS DOUBLE)) AS sum FROM events"], &data);
    assert_eq!(sums["rows"], json!([[11.0]]));
    assert_eq!(
        run_json(&["dead-letters", "replay", "--reason", "time"], &data)["replayed"],
        0
    );
    fails(
        &run(&["dead-letters", "show", &format!("{:032x}-1", 9)], &data),
        1,
        &["replayed or dropped"],
    );
    assert_eq!(run_json(&["dead-letters", "drop", id], &data)["dropped"], 1);
    assert_eq!(counts(&data), (0, 2));
    assert!(run(&["check"], &data).status.success());
}

#[tokio::test]
async fn a_running_server_replays_and_drops_letters_for_the_admin_token() {
    let (_folder, data) = new_data();
    refuse(&data).await;
    let server = Server::spawn(
        wayside(&["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(&data)
            .env("WAYSIDE_ADMIN_TOKEN", TOKEN),
    );
    let ask = |args: &[&str]| -> Output {
        let mut command = wayside(args);
        command
            .args(["--server", &server.base])
            .env("WAYSIDE_ADMIN_TOKEN", TOKEN);
        command.output().unwrap()
    };
    let json_of = |args: &[&str]| -> Value {
        let (stdout, stderr) = texts(&ask(args));
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout} {stderr}"))
    };
    assert_eq!(server.get("/api/dead-letters?site=s").await.0, 401);
    fails(
        &run(&["dead-letters", "replay", "--all"], &data),
        1,
        &["another wayside process", "--server"],
    );
    // A page goes on while letters are replayed.
    server.accepts(&batch("shop", 1, 0, 3)).await;
    fails(&ask(&["dead-letters", "list"]), 1, &["--site"]);
    assert_eq!(json_of(&["dead-letters", "list", "--site", "s"])["total"], 3);
    let replayed = json_of(&["dead-letters", "replay", "--all", "--site", "s"]);
    assert_eq!(
        (&replayed["replayed"], &replayed["stay"]["field_missing"]["letters"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(json_of(&["dead-letters", "drop", "--all", "--site", "s"])["dropped"], 1);
    let (_, sites) = server.get("/api/sites").await;
    let about = sites
        .as_array()
        .unwrap()
        .iter()
        .find(|about| about["site"] == "s")
        .unwrap();
    assert_eq!((&about["events"], &about["dead"]), (&json!(2), &json!(0)));
    server.stop();
    assert!(run(&["check"], &data).status.success());
}
