//! Erasing and exporting a customer by the binary, with and without a running server.

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use support::{START_MS, Server, batch, fails, new_data, run, run_json, texts, wayside};

const TOKEN: &str = "an-admin-token-of-tests";
const WORDS: [&str; 3] = ["carol@shop.example", "phone-of-carol", "carols-colour"];

fn hers() -> Value {
    let event = |after: i64, kind: &str, more: Value| {
        let mut event = json!({ "time": *START_MS + after, "kind": kind });
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    };
    json!({
        "v": 1, "site": "shop", "writer": format!("{:032x}", 77), "visitor": "phone-of-carol", "consent": "granted",
        "automated": false, "first_seq": 0, "events": [
            event(0, "identify", json!({ "customer_id": "carol@shop.example" })),
            event(1, "Colour Chosen", json!({ "colour": "carols-colour's" })),
            event(2, "purchase", json!({ "transaction_id": "t1", "value": 19.9, "currency": "EUR", "items": [{ "item_id": "mug" }] })),
            event(3, "search", json!({ "colour": "carols-colour" })),
        ],
    })
}

fn serve(data: &Path) -> Server {
    Server::spawn(
        wayside(&["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(data)
            .env("WAYSIDE_ADMIN_TOKEN", TOKEN),
    )
}

/// Files below `root` in whose bytes a word is found.
fn found_in(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(found_in(&path));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let words = WORDS.iter().filter(|word| text.contains(**word));
            found.extend(words.map(|word| format!("{word} in {}", path.display())));
        }
    }
    found
}

#[track_caller]
fn check_export(data: &Value) {
    assert_eq!(
        (&data["customer"], &data["visitors"]),
        (&json!(WORDS[0]), &json!([WORDS[1]]))
    );
    let touchpoints = data["touchpoints"].as_array().unwrap();
    let kinds: Vec<_> = touchpoints.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["identify", "custom", "purchase"], "{data:#}");
    assert_eq!(touchpoints[1]["props"], json!({ "colour": "carols-colour's" }));
    assert_eq!(touchpoints[2]["items"][0]["item_id"], "mug", "{data:#}");
    assert!(
        touchpoints[1].get("value").is_none(),
        "fields without a value are left out"
    );
    let letters = data["dead_letters"].as_array().unwrap();
    assert_eq!((letters.len(), &letters[0]["reason"]), (1, &json!("field_missing")));
}

#[tokio::test]
async fn a_running_server_exports_and_erases_a_customer() {
    let (_folder, data) = new_data();
    let server = serve(&data);
    server.accepts(&hers()).await;
    server.accepts(&batch("shop", 1, 0, 3)).await;
    // What reports keep may name customers, too.
    for report in ["kpis", "customers", "data-quality"] {
        assert_eq!(server.get(&format!("/api/reports/{report}?site=shop")).await.0, 200);
    }
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
    for path in ["/api/export?customer=c", "/api/erase?customer=c"] {
        let status = server.get(path).await.0;
        assert!(status == 401 || status == 405, "{path}: {status}");
    }
    check_export(&json_of(&["export", "--customer", WORDS[0]]));
    check_export(&json_of(&["export", "--visitor", WORDS[1]]));
    let expected = |answers: &Value| {
        json!({
            "site": "shop", "customer": WORDS[0], "visitors": [WORDS[1]], "events": 3, "dead": 1, "answers": answers, "aside": [],
        })
    };
    let would = json_of(&["erase", "--customer", WORDS[0], "--dry-run"]);
    assert_eq!(would, expected(&json!(0)));
    assert_ne!(found_in(&data), Vec::<String>::new());
    let erased = json_of(&["erase", "--customer", WORDS[0]]);
    assert_eq!(erased, expected(&erased["answers"]));
    assert_eq!(found_in(&data), Vec::<String>::new());
    assert_eq!(server.events("shop").await, 3);
    let (_, customers) = server.get("/api/reports/customers?site=shop").await;
    assert!(!customers.to_string().contains(WORDS[0]), "{customers:#}");
    assert_eq!(json_of(&["export", "--customer", WORDS[0]])["touchpoints"], json!([]));
    server.stop();
    assert!(run(&["check"], &data).status.success());
    assert_eq!(found_in(&data), Vec::<String>::new());
}

#[tokio::test]
async fn a_folder_without_a_server_is_erased_from_too() {
    let (_folder, data) = new_data();
    let server = serve(&data);
    server.accepts(&hers()).await;
    server.accepts(&batch("shop", 1, 0, 3)).await;
    fails(
        &run(&["erase", "--customer", WORDS[0]], &data),
        1,
        &["another wayside process", "--server"],
    );
    server.stop();
    check_export(&run_json(&["export", "--customer", WORDS[0]], &data));
    fails(&run(&["erase"], &data), 2, &["--customer ID or --visitor ID"]);
    let nobody = run(&["erase", "--visitor", "nobody", "--format", "table"], &data);
    assert!(texts(&nobody).0.contains("nothing is stored under this id"));
    let erased = run_json(&["erase", "--visitor", WORDS[1]], &data);
    assert_eq!((&erased["events"], &erased["dead"]), (&json!(3), &json!(1)));
    assert_eq!(found_in(&data), Vec::<String>::new());
    assert_eq!(run_json(&["sites"], &data)[0]["events"], 3);
    assert!(run(&["check"], &data).status.success());
}

#[tokio::test]
async fn a_site_keeps_touchpoints_for_the_days_of_its_file() {
    let (_folder, data) = new_data();
    let server = serve(&data);
    server.accepts(&hers()).await;
    server.accepts(&batch("shop", 1, 0, 3)).await;
    server.stop();
    // All of them are a month old.
    for (line, left) in [("keep_days = 60", 6), ("keep_days = 7", 0)] {
        std::fs::write(data.join("wayside.toml"), format!("[sites.shop]\n{line}\n")).unwrap();
        let done = run_json(&["compact"], &data);
        assert_eq!(done["too_old"], 6 - left, "{line}");
        assert_eq!(support::events_of(&run_json(&["sites"], &data), "shop"), left, "{line}");
    }
    assert!(run(&["check"], &data).status.success());
}
