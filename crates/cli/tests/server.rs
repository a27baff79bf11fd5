//! `wayside serve` as its users see it: its responses, its access control, and the durability of touchpoints.

mod support;

use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use support::{Server, batch, events_of, new_data, run_json};

async fn fetch(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .get(format!("{}{path}", server.base));
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_str(value).unwrap());
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

#[tokio::test]
async fn the_first_start_creates_a_site_and_explains_how_to_use_it() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    let (status, health) = server.get("/healthz").await;
    assert_eq!(status, 200, "{health}");
    server.accepts(&batch("shop", 1, 0, 2)).await;
    server.stop();
    let settings = std::fs::read_to_string(data.join("wayside.toml")).unwrap();
    assert!(settings.contains("[sites.shop]"), "{settings}");
}

#[tokio::test]
async fn a_site_is_listed_before_its_first_touchpoint_and_its_reports_are_empty() {
    let (_folder, data) = new_data();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("wayside.toml"), "[sites.shop]\n[sites.zoo]\n[sites.new]\n").unwrap();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 2)).await;
    let (_, sites) = server.get("/api/sites").await;
    let empty = |site: &str| json!({ "site": site, "events": 0, "people": 0, "automated": 0, "dead": 0, "first": null, "last": null });
    let shop = json!({
        "site": "shop", "events": 2, "people": 2, "automated": 0, "dead": 0, "first": *support::START_MS, "last": *support::START_MS + 1_000,
    });
    assert_eq!(
        sites,
        json!([empty("new"), shop, empty("zoo")]),
        "in order of their names"
    );
    assert_eq!(sites, run_json(&["sites"], &data));

    for report in ["kpis?", "funnel?", "timeline?visitor=v1&"] {
        let (status, table) = server.get(&format!("/api/reports/{report}site=new")).await;
        assert_eq!((status, &table["events"]), (200, &json!(0)), "{report}: {table}");
    }
    let (status, refusal) = server.get("/api/reports/kpis?site=nwe").await;
    assert_eq!(
        (status, &refusal["error"]["code"]),
        (404, &json!("unknown_site")),
        "{refusal}"
    );
    let report = support::run(&["report", "kpis", "--site", "new"], &data);
    support::fails(
        &report,
        1,
        &["the site \"new\" has no touchpoints yet", "wayside import"],
    );
    server.stop();
}

#[tokio::test]
async fn touchpoints_survive_a_power_cut_and_a_clean_stop() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 40)).await;
    server.kill();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 20, 40)).await;
    assert_eq!(server.events("shop").await, 60, "20 came twice and count once");
    server.stop();
    assert_eq!(events_of(&run_json(&["sites"], &data), "shop"), 60);
    let check = support::run(&["check"], &data);
    assert!(check.status.success(), "{}", support::texts(&check).1);
}

/// A script waits for the line `listening on …` and may end the server with its very next command. Here nobody reads
/// that line, so that the server stands right in front of it.
#[test]
#[cfg(target_os = "linux")]
fn the_server_can_be_stopped_cleanly_as_soon_as_it_prints_that_it_listens() {
    use std::io::{BufRead, BufReader, Write};
    let (_folder, data) = new_data();
    let (unread, mut full) = std::io::pipe().unwrap();
    full.write_all(&[b'.'; PIPE_BYTES]).unwrap();
    let mut server = support::wayside(&["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .env("WAYSIDE_LOG", "wayside=debug")
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(server.stderr.take().unwrap());
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let mut log = String::new();
    while !log.contains("SIGTERM are caught") {
        match lines.recv_timeout(Duration::from_secs(60)) {
            Ok(line) => log.push_str(&line),
            Err(error) => {
                server.kill().unwrap();
                server.wait().unwrap();
                panic!("nobody could end it before it says that it listens ({error}): {log}");
            }
        }
    }
    support::terminate(&server);
    let said = std::thread::spawn(move || std::io::read_to_string(unread).unwrap());
    let status = server.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(said.join().unwrap().contains("listening on "));
}

/// The capacity of a pipe on Linux.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 64 << 10;

#[tokio::test]
async fn the_live_view_shows_a_touchpoint_with_session_and_stage() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    let url = format!("{}/api/live?site=shop", server.base);
    let answer = Client::new().get(url).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut stream = answer.bytes_stream();
    let mut text = String::new();
    let mut next_line = async || loop {
        if let Some((line, rest)) = text
            .split_once('\n')
            .map(|(line, rest)| (line.to_owned(), rest.to_owned()))
        {
            text = rest;
            return line;
        }
        text.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    };
    assert_eq!(
        next_line().await,
        ": open",
        "the stream says that it is open before anything happens"
    );
    server.accepts(&batch("shop", 7, 0, 1)).await;
    let line = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let line = next_line().await;
            if let Some(json) = line.strip_prefix("data:") {
                return json.trim().to_owned();
            }
        }
    })
    .await
    .expect("it is shown without anything further happening");
    let shown: Value = serde_json::from_str(&line).unwrap();
    for (key, value) in [
        ("site", json!("shop")),
        ("visitor", json!("visitor-7")),
        ("customer", json!("anon:visitor-7")),
        ("time", json!(*support::START_MS)),
        ("kind", json!("view_item")),
        ("stage", json!("consideration")),
        ("session", json!(0)),
        ("value", json!(5)),
    ] {
        assert_eq!(shown[key], value, "{key} of {shown}");
    }
    server.stop();
}

#[tokio::test]
async fn requests_for_another_host_are_refused() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    for (host, answered) in [
        ("127.0.0.1", true),
        ("localhost:8787", true),
        ("evil.example", false),
        ("127.0.0.1.evil.example:80", false),
    ] {
        let (status, _, body) = fetch(&server, "/api/sites", &[("host", host)]).await;
        assert_eq!(status == StatusCode::OK, answered, "{host}: {status} {body}");
    }
}

#[tokio::test]
async fn reading_through_a_proxy_requires_a_token() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 1)).await;
    for name in ["forwarded", "via", "x-forwarded-for", "x-real-ip"] {
        for path in ["/", "/api/sites", "/api/live?site=shop"] {
            let (status, _, body) = fetch(&server, path, &[(name, "203.0.113.7")]).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name} {path}");
            assert!(body.contains("--read-token"), "{body}");
        }
    }
    let (status, ..) = fetch(&server, "/healthz", &[("via", "1.1 proxy")]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_client_that_stops_within_a_request_does_not_keep_the_server_running() {
    use std::io::Write;
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    let address = server.base.trim_start_matches("http://");
    let mut half = std::net::TcpStream::connect(address).unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: x").unwrap();
    server.accepts(&batch("shop", 1, 0, 1)).await;
    server.stop();
    drop(half);
    assert_eq!(events_of(&run_json(&["sites", "--format", "json"], &data), "shop"), 1);
}

#[tokio::test]
async fn on_other_addresses_than_loopback_only_reading_requires_the_token() {
    let (_folder, data) = new_data();
    let token = "0123456789abcdef-token";
    let mut server = Server::spawn(
        support::wayside(&["serve", "--listen", "0.0.0.0:0", "--read-token", token])
            .arg("--data")
            .arg(&data),
    );
    server.base = server.base.replace("0.0.0.0", "127.0.0.1");
    server.accepts(&batch("shop", 1, 0, 1)).await;
    for path in [
        "/",
        "/api/sites",
        "/api/reports",
        "/api/live?site=shop",
        "/?token=wrong",
    ] {
        let (status, headers, body) = fetch(&server, path, &[]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {body}");
        assert_eq!(headers["www-authenticate"], "Bearer");
    }
    let (status, ..) = fetch(&server, "/api/sites", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(status, StatusCode::OK);
    let (status, ..) = fetch(&server, "/api/sites", &[("authorization", &format!("Bearer {token}x"))]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, headers, _) = fetch(&server, &format!("/?token={token}"), &[]).await;
    assert_eq!(
        (status, headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/")
    );
    let cookie = headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let cookie = [("cookie", cookie.split(';').next().unwrap())];
    let (status, ..) = fetch(&server, "/api/sites", &cookie).await;
    assert_eq!(status, StatusCode::OK);
    // A bookmark of the link leaves no token in the address of a reader who is logged in.
    let (status, headers, _) = fetch(&server, &format!("/?token={token}"), &cookie).await;
    assert_eq!(
        (status, headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/")
    );
}

#[tokio::test]
async fn the_dashboard_has_strict_headers_and_the_shop_its_own() {
    let (folder, data) = new_data();
    let shop = folder.path().join("shop");
    std::fs::create_dir_all(shop.join("checkout")).unwrap();
    std::fs::write(shop.join("index.html"), "<title>shop</title>").unwrap();
    std::fs::write(shop.join("checkout/index.html"), "<title>checkout</title>").unwrap();
    std::fs::write(folder.path().join("secret.txt"), "for no one").unwrap();
    let server = Server::start(&data, &["--shop", shop.to_str().unwrap()]);

    for (path, title) in [
        ("/shop/", "shop"),
        ("/shop/checkout/", "checkout"),
        ("/shop/index.html", "shop"),
    ] {
        let (status, headers, body) = fetch(&server, path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(body.contains(title), "{path}: {body}");
        assert_eq!(headers["content-type"], "text/html");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("'wasm-unsafe-eval'")
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    let (status, headers, _) = fetch(&server, "/shop", &[]).await;
    assert_eq!(
        (status, headers["location"].to_str().unwrap()),
        (StatusCode::PERMANENT_REDIRECT, "/shop/")
    );
    for path in ["/shop/none.html", "/shop/%2e%2e/secret.txt", "/shop/..%2fsecret.txt"] {
        let (status, _, body) = fetch(&server, path, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
        assert!(!body.contains("for no one"), "{path}");
    }
    let (_, headers, _) = fetch(&server, "/api/sites", &[]).await;
    assert_eq!(headers["cache-control"], "no-store");
    assert!(
        !headers.contains_key("access-control-allow-origin"),
        "no other page may read"
    );
}

#[tokio::test]
async fn the_list_of_reports_names_the_default_traffic_of_the_server() {
    let (_folder, data) = new_data();
    for (flags, usual, events) in [
        (&[][..], "people", 0),
        (&["--traffic", "automated"], "automated", 2),
        (&["--traffic", "all"], "all", 2),
    ] {
        let server = Server::start(&data, flags);
        let mut robot = batch("shop", 1, 0, 2);
        robot["automated"] = json!(true);
        server.accepts(&robot).await;
        let (_, list) = server.get("/api/reports").await;
        for report in list.as_array().unwrap() {
            let params = report["params"].as_array().unwrap();
            let traffic = params.iter().find(|param| param["name"] == "traffic").unwrap();
            assert_eq!(traffic["default"], usual, "{flags:?}: {report}");
        }
        let (_, table) = server.get("/api/reports/kpis?site=shop").await;
        assert_eq!(table["events"], events, "{flags:?}: {table}");
        let (_, sites) = server.get("/api/sites").await;
        assert_eq!(
            (&sites[0]["people"], &sites[0]["automated"]),
            (&json!(0), &json!(2)),
            "{sites}"
        );
        server.stop();
    }
}

#[tokio::test]
async fn reports_are_equal_over_http_and_on_the_command_line() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 10)).await;
    let (status, list) = server.get("/api/reports").await;
    assert_eq!(status, 200);
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|report| report["name"].as_str().unwrap())
        .collect();
    for name in ["kpis", "funnel", "checkout", "paths", "journey-map"] {
        assert!(names.contains(&name), "{names:?}");
        let (status, over_http) = server.get(&format!("/api/reports/{name}?site=shop")).await;
        assert_eq!(status, 200, "{over_http}");
        assert_eq!(
            over_http,
            run_json(&["report", name, "--site", "shop"], &data),
            "beside the running server"
        );
    }
    server.stop();
}

#[tokio::test]
async fn segments_of_the_settings_are_listed_and_choose_customers_everywhere() {
    let (_folder, data) = new_data();
    std::fs::create_dir_all(&data).unwrap();
    let settings = "[sites.shop.segments]\nviewers = \"kind = 'view_item'\"\nnobody = \"kind = 'refund'\"\n";
    std::fs::write(data.join("wayside.toml"), settings).unwrap();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 10)).await;
    let (_, sites) = server.get("/api/sites").await;
    assert_eq!(sites[0]["segments"]["nobody"], "kind = 'refund'");
    for (segment, asked, customers) in [
        ("viewers", "viewers", 1),
        ("nobody", "nobody", 0),
        (
            "kind = 'view_item' AND seq > 3",
            "kind+%3D+'view_item'+AND+seq+%3E+3",
            1,
        ),
    ] {
        let (status, over_http) = server
            .get(&format!("/api/reports/kpis?site=shop&segment={asked}"))
            .await;
        assert_eq!(status, 200, "{over_http}");
        assert_eq!(over_http["customers"], customers, "{over_http}");
        let here = run_json(&["report", "kpis", "--site", "shop", "--segment", segment], &data);
        assert_eq!(here, over_http);
    }
    let asked = "/api/reports/kpis?site=shop&segment=viewers&compare=nobody";
    let (status, compared) = server.get(asked).await;
    assert_eq!(status, 200, "{compared}");
    let args = [
        "report",
        "kpis",
        "--site",
        "shop",
        "--segment",
        "viewers",
        "--compare",
        "nobody",
    ];
    assert_eq!(compared, run_json(&args, &data));
    let sessions = compared["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row[0] == "sessions");
    assert_eq!(sessions.unwrap().as_array().unwrap()[3..6], [1, 0, 1]);
    let (status, _) = server.get("/api/reports/kpis?site=shop&compare=previous").await;
    assert_eq!(status, 400, "without a range there is no time before");
    let (status, refused) = server.get("/api/reports/kpis?site=shop&segment=viewrs").await;
    assert_eq!(status, 400);
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(said.contains("did you mean \"viewers\"?"), "{said}");
    let list = run_json(&["segments", "--site", "shop"], &data);
    assert_eq!(
        list["rows"][0],
        serde_json::json!(["nobody", 0, 0.0, "kind = 'refund'"])
    );
    assert_eq!(
        list["rows"][1],
        serde_json::json!(["viewers", 1, 1.0, "kind = 'view_item'"])
    );
    server.stop();
}

#[tokio::test]
async fn the_script_tag_has_the_hash_of_the_served_file() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    let (_, _, file) = fetch(&server, "/wayside.js", &[]).await;
    let sdk = tempfile::tempdir().unwrap();
    std::fs::write(sdk.path().join("wayside.js"), &file).unwrap();
    let tag = |args: &[&str]| {
        let output = support::wayside(&["script-tag", "--site", "shop"])
            .args(args)
            .output()
            .unwrap();
        support::texts(&output)
    };
    let (own, _) = tag(&["--url", &server.base, "--integrity"]);
    let (copied, _) = tag(&[
        "--url",
        &server.base,
        "--integrity",
        "--sdk",
        sdk.path().to_str().unwrap(),
    ]);
    assert_eq!(own, copied);
    let plain = "<script async src=\"http://127.0.0.1:8787/wayside.js\" data-site=\"shop\"></script>\n";
    assert_eq!(tag(&[]), (plain.to_owned(), String::new()));
    let (_, missing) = tag(&["--integrity", "--sdk", "nowhere"]);
    assert!(missing.contains("nowhere/wayside.js; check --sdk"), "{missing}");
    server.stop();
}

#[test]
fn the_docs_show_the_script_tag_as_it_is_printed() {
    for file in ["README.md", "docs/sdk.md"] {
        let page = std::fs::read_to_string(support::in_repository(file)).unwrap();
        let (_, rest) = page.split_once("$ wayside ").expect(file);
        let (command, rest) = rest.split_once('\n').unwrap();
        let shown = rest.lines().next().unwrap();
        let output = support::wayside(&command.split(' ').collect::<Vec<_>>())
            .output()
            .unwrap();
        let (printed, _) = support::texts(&output);
        // The docs show a hash's place only, because each build has its own.
        let (before, rest) = printed.trim_end().split_once("sha384-").unwrap();
        let (hash, after) = rest.split_once('"').unwrap();
        assert_eq!(hash.len(), 64, "{hash}");
        assert_eq!(format!("{before}sha384-…\"{after}"), shown, "{file}");
    }
}

#[test]
fn the_command_health_reports_the_state_of_a_server() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    let well = support::wayside(&["health", "--wait", "60", &server.base])
        .output()
        .unwrap();
    let (stdout, stderr) = support::texts(&well);
    assert!(
        well.status.success() && stdout.contains(r#""status":"ok""#),
        "{stdout}{stderr}"
    );
    let base = server.base.clone();
    server.stop();
    let gone = support::wayside(&["health", &base]).output().unwrap();
    support::fails(&gone, 1, &["no answer from", "is `wayside serve` running there?"]);
    let wrong = support::wayside(&["health", "collect.example"]).output().unwrap();
    support::fails(&wrong, 2, &["write it as https://collect.example"]);
}
