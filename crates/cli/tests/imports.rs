//! The register of imports by the binary: listing, undoing, replacing, and importing through a running server.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use support::{Server, fails, in_repository, new_data, run, run_json, texts, wayside};

const TOKEN: &str = "an-admin-token-of-tests";

fn case(file: &str) -> PathBuf {
    in_repository("tests/imports/german-excel").join(file)
}

/// The mapping of the German spreadsheet with further lines, beside the data folder.
fn mapping(data: &Path, more: &str) -> String {
    let text = std::fs::read_to_string(case("orders.toml")).unwrap();
    let path = data.with_file_name(format!("{}.toml", more.len()));
    std::fs::write(&path, format!("{more}\n{text}")).unwrap();
    path.to_str().unwrap().to_owned()
}

const GERMAN: &str = "decimal = \",\"";

/// A file beside the data folder.
fn file(data: &Path, name: &str, text: &str) -> String {
    let path = data.with_file_name(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn import(data: &Path, file: &str, mapping: &str, more: &[&str]) -> Output {
    let file = if file.contains('/') {
        file.to_owned()
    } else {
        case(file).to_str().unwrap().to_owned()
    };
    let args = [&["import", &file, "--mapping", mapping, "--site", "s"], more].concat();
    run(&args, data)
}

#[track_caller]
fn summary(output: &Output) -> Value {
    let (stdout, stderr) = texts(output);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

#[track_caller]
fn check(found: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(found[name], *value, "{name} of {found:#}");
    }
}

fn orders(data: &Path) -> Value {
    let query = "SELECT transaction_id, CAST(value AS DOUBLE) AS amount FROM events ORDER BY transaction_id, amount";
    run_json(&["sql", query, "--site", "s"], data)["rows"].clone()
}

/// The command through a server that runs at `base`.
fn at(base: &str, args: &[&str]) -> Command {
    let mut command = wayside(args);
    command.args(["--server", base]).env("WAYSIDE_ADMIN_TOKEN", TOKEN);
    command
}

fn serve(data: &Path) -> Server {
    Server::spawn(
        wayside(&["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(data)
            .env("WAYSIDE_ADMIN_TOKEN", TOKEN),
    )
}

#[test]
fn a_wrong_import_is_undone_and_put_right() {
    let (_folder, data) = new_data();
    let wrong = mapping(&data, "");
    check(
        &summary(&import(&data, "orders.csv", &wrong, &[])),
        &json!({ "import": 1, "rows": 4, "good": 1, "copies": 0, "dead": 3 }),
    );
    assert_eq!(orders(&data), json!([["1004", 2.0]]), "2.000 is two thousand");
    let would = run_json(&["imports", "undo", "1", "--dry-run"], &data);
    check(&would, &json!({ "events": 1, "dead": 3, "already": false }));
    assert_eq!(orders(&data), json!([["1004", 2.0]]));
    check(
        &run_json(&["imports", "undo", "1"], &data),
        &json!({ "events": 1, "dead": 3 }),
    );
    let again = run(&["imports", "undo", "1", "--format", "table"], &data);
    assert!(again.status.success());
    assert_eq!(
        texts(&again).0,
        "import 1 (orders.csv) is undone already, which removed 1 touchpoint\n"
    );

    let right = mapping(&data, GERMAN);
    check(
        &summary(&import(&data, "orders.csv", &right, &[])),
        &json!({ "import": 2, "good": 4, "copies": 0, "dead": 0 }),
    );
    let sums = json!([["1001", 1234.56], ["1002", 19.9], ["1003", 7.5], ["1004", 2000.0]]);
    assert_eq!(orders(&data), sums);
    let imports = run_json(&["imports", "list", "--site", "s"], &data);
    let states: Vec<_> = imports
        .as_array()
        .unwrap()
        .iter()
        .map(|import| &import["state"])
        .collect();
    assert_eq!(states, ["undone", "done"]);
    let report = run_json(&["report", "data-quality", "--site", "s", "--traffic", "all"], &data);
    let text = report.to_string();
    assert!(
        !text.contains("dead letter") && !text.contains("\"copy\""),
        "{report:#}"
    );
    assert!(run(&["check"], &data).status.success());
}

#[test]
fn a_corrected_file_takes_the_place_of_the_first() {
    let (_folder, data) = new_data();
    let id = "id = \"Bestellung\"";
    let wrong = mapping(&data, id);
    check(
        &summary(&import(&data, "orders.csv", &wrong, &[])),
        &json!({ "good": 1, "dead": 3, "replaced": 0 }),
    );
    assert_eq!(orders(&data), json!([["1004", 2.0]]));
    // The mapping is corrected, and later the file.
    let right = mapping(&data, &format!("{GERMAN}\n{id}"));
    let sums = json!([["1001", 1234.56], ["1002", 19.9], ["1003", 7.5], ["1004", 2000.0]]);
    for (file, replaced) in [("orders.csv", 1), ("orders-fixed.csv", 4)] {
        let found = summary(&import(&data, file, &right, &["--replace"]));
        check(
            &found,
            &json!({ "good": 4, "copies": 0, "dead": 0, "replaced": replaced }),
        );
        assert_eq!(orders(&data), sums, "{file}");
    }
    let report = run_json(&["report", "data-quality", "--site", "s", "--traffic", "all"], &data);
    assert!(
        !report.to_string().contains("dead letter"),
        "what was refused is good now: {report:#}"
    );
    let table = import(&data, "orders.csv", &right, &["--replace", "--format", "table"]);
    let text = texts(&table).0;
    assert!(text.contains("earlier touchpoints whose place was taken: 4"), "{text}");
    let undone = run(&["imports", "undo", "4", "--format", "table"], &data);
    let text = texts(&undone).0;
    assert!(
        text.contains("4 touchpoints that it replaced do not come back"),
        "{text}"
    );
    let nothing = run(&["sql", "SELECT count(*) FROM events", "--site", "s"], &data);
    fails(&nothing, 1, &["has no touchpoints yet"]);
    check(
        &summary(&import(&data, "orders-fixed.csv", &right, &[])),
        &json!({ "good": 4 }),
    );
    assert_eq!(orders(&data), sums);
    assert!(run(&["check"], &data).status.success());
}

#[test]
fn rows_without_an_id_are_not_replaced() {
    let (_folder, data) = new_data();
    let without = mapping(&data, GERMAN);
    let refused = import(&data, "orders.csv", &without, &["--replace"]);
    fails(
        &refused,
        1,
        &["the mapping \"excel\" names no `id`", "wayside imports list"],
    );
    summary(&import(&data, "orders.csv", &without, &[]));
    let with = mapping(&data, &format!("{GERMAN}\nid = \"Bestellung\""));
    let refused = import(&data, "orders-fixed.csv", &with, &["--replace"]);
    fails(
        &refused,
        1,
        &["import 1 (orders.csv)", "`wayside imports undo 1` first"],
    );
    assert_eq!(orders(&data).as_array().unwrap().len(), 4);
}

#[test]
fn a_correction_may_change_time_and_customer_and_take_a_row_away() {
    const MAPPING: &str = r#"
        name = "shop"
        visitor = "who"
        customer = "mail"
        id = "no"
        when = "status <> 'cancelled'"
        [source]
        format = "csv"
        [time]
        column = "at"
        format = "s"
        [event]
        always = "purchase"
        [fields]
        transaction_id = "no"
        value = "total"
        currency = { constant = "EUR" }
        [[also]]
        when = "refunded > 0"
        event = "refund"
        [also.fields]
        transaction_id = "no"
        value = "refunded"
    "#;
    let (_folder, data) = new_data();
    let mapping = file(&data, "shop.toml", MAPPING);
    let names = "no,who,mail,at,total,refunded,status";
    let first = file(
        &data,
        "first.csv",
        &format!(
            "{names}\n1,v1,a@x.example,1700000000,10,0,paid\n2,v2,b@x.example,1700000100,20,5,paid\n\
             3,v3,c@x.example,1700000200,30,0,paid\n4,v4,d@x.example,1700000300,40,0,paid\n5,v5,e@x.example,1700000400,50,0,paid\n"
        ),
    );
    // Another total; no refund any more; cancelled; another customer at another time. The fifth is as it was, in the first file only.
    let second = file(
        &data,
        "second.csv",
        &format!(
            "{names}\n1,v1,a@x.example,1700000000,11,0,paid\n2,v2,b@x.example,1700000100,20,0,paid\n\
             3,v3,c@x.example,1700000200,30,0,cancelled\n4,v4,d2@x.example,1710000000,40,0,paid\n"
        ),
    );
    let rows = || {
        let query = "SELECT kind, transaction_id, CAST(value AS BIGINT) AS amount, customer, CAST(time AS BIGINT) / 1000 AS at FROM events \
                     WHERE kind <> 'identify' ORDER BY transaction_id, kind";
        run_json(&["sql", query, "--site", "s"], &data)["rows"].clone()
    };
    summary(&import(&data, &first, &mapping, &[]));
    assert_eq!(rows().as_array().unwrap().len(), 6);
    let found = summary(&import(&data, &second, &mapping, &["--replace"]));
    // Three orders and three customers; four orders, a refund and four customers were replaced.
    check(
        &found,
        &json!({ "good": 6, "copies": 0, "dead": 0, "left_out": 1, "replaced": 9 }),
    );
    let expected = json!([
        ["purchase", "1", 11, "a@x.example", 1_700_000_000],
        ["purchase", "2", 20, "b@x.example", 1_700_000_100],
        ["purchase", "4", 40, "d2@x.example", 1_710_000_000],
        ["purchase", "5", 50, "e@x.example", 1_700_000_400],
    ]);
    assert_eq!(rows(), expected);
    assert!(run(&["check"], &data).status.success());
}

#[test]
fn a_list_says_what_was_imported_and_an_empty_one_what_to_do() {
    let (_folder, data) = new_data();
    let mapping = mapping(&data, GERMAN);
    fails(&run(&["imports", "list"], &data), 1, &["there is no data folder"]);
    serve(&data).stop();
    let list = |more: &[&str]| {
        let output = run(&[&["imports", "list", "--format", "table"], more].concat(), &data);
        assert!(output.status.success());
        texts(&output).0
    };
    assert_eq!(
        list(&[]),
        "nothing was imported yet; import a file with `wayside import FILE --site SITE`\n"
    );
    summary(&import(&data, "orders.csv", &mapping, &[]));
    summary(&import(&data, "orders.csv", &mapping, &["--format", "json"]));
    let text = list(&["--site", "s"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    for word in [
        "id",
        "state",
        "file",
        "good",
        "copies",
        "2025-11-02T08:15:00.000Z",
        "done",
        "orders.csv",
        "excel",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(list(&["--site", "other"]).starts_with("nothing was imported for the site other yet"));
    fails(
        &run(&["imports", "undo", "7"], &data),
        1,
        &["there is no import 7", "the last one is 2"],
    );
    // The second found everything there: undoing the first takes nothing away, undoing both takes all.
    check(
        &run_json(&["imports", "undo", "1"], &data),
        &json!({ "events": 0, "kept": 4 }),
    );
    assert_eq!(orders(&data).as_array().unwrap().len(), 4);
    check(
        &run_json(&["imports", "undo", "2"], &data),
        &json!({ "events": 4, "kept": 0, "copies": 4 }),
    );
    assert!(run(&["check"], &data).status.success());
}

#[test]
fn a_running_server_imports_what_is_sent_to_it() {
    let (_folder, data) = new_data();
    let (wrong, right) = (mapping(&data, ""), mapping(&data, GERMAN));
    let orders_csv = case("orders.csv");
    let args = |mapping: &str| -> Vec<String> {
        let args = [
            "import",
            orders_csv.to_str().unwrap(),
            "--mapping",
            mapping,
            "--site",
            "s",
        ];
        args.map(str::to_owned).to_vec()
    };
    let server = serve(&data);
    let import = |mapping: &str| {
        let args = args(mapping);
        at(&server.base, &args.iter().map(String::as_str).collect::<Vec<_>>())
            .output()
            .unwrap()
    };
    // The folder itself is the server's.
    let locked: Vec<_> = args(&right);
    let locked = run(&locked.iter().map(String::as_str).collect::<Vec<_>>(), &data);
    fails(
        &locked,
        1,
        &["is held by another wayside process", "--server http://127.0.0.1:8787"],
    );

    check(
        &summary(&import(&wrong)),
        &json!({ "import": 1, "rows": 4, "good": 1, "dead": 3 }),
    );
    let undo = at(&server.base, &["imports", "undo", "1"]).output().unwrap();
    check(&summary(&undo), &json!({ "events": 1, "dead": 3 }));
    check(
        &summary(&import(&right)),
        &json!({ "import": 2, "good": 4, "copies": 0, "dead": 0 }),
    );
    check(
        &summary(&import(&right)),
        &json!({ "import": 3, "good": 0, "copies": 4 }),
    );
    assert_eq!(
        orders(&data).as_array().unwrap().len(),
        4,
        "readers see it while the server runs"
    );
    let list = at(&server.base, &["imports", "list"]).output().unwrap();
    assert_eq!(summary(&list).as_array().unwrap().len(), 3);
    let replacing: Vec<_> = args(&right);
    let replacing: Vec<_> = replacing.iter().map(String::as_str).chain(["--replace"]).collect();
    let refused = at(&server.base, &replacing).output().unwrap();
    fails(&refused, 1, &["names no `id`"]);

    // The server refuses the same mistakes, with the same exit code and message.
    let empty = file(&data, "empty.csv", "Kunde;Datum;Bestellung;Betrag;Waehrung;Artikel\n");
    let failed = at(&server.base, &["import", &empty, "--mapping", &right, "--site", "s"])
        .output()
        .unwrap();
    let (stdout, stderr) = texts(&failed);
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr.contains("empty.csv has no rows"), "{stderr}");
    check(&serde_json::from_str(&stdout).unwrap(), &json!({ "accepted": 0 }));
    let other = file(&data, "other.csv", "a;b\n1;2\n");
    let failed = at(&server.base, &["import", &other, "--mapping", &right, "--site", "s"])
        .output()
        .unwrap();
    fails(&failed, 1, &["other.csv", "Kunde"]);
    assert!(
        !texts(&failed).1.contains("received"),
        "the server's own folder is of no interest"
    );
    let kept = std::fs::read_dir(data.join("imports/received")).unwrap().count();
    assert_eq!(kept, 0, "what was received is removed");
    server.stop();
    assert!(run(&["check"], &data).status.success());
}

/// A file of so many purchases and its mapping, beside the data folder.
fn many(data: &Path, rows: u32) -> (String, String) {
    let mapping = "name = \"many\"\nvisitor = \"v\"\n[source]\nformat = \"csv\"\n[time]\ncolumn = \"t\"\nformat = \"s\"\n\
                   [event]\nalways = \"purchase\"\n";
    let rows = (0..rows).map(|n| format!("v{},{}\n", n % 500, 1_700_000_000 + n));
    let text = format!("v,t\n{}", rows.collect::<String>());
    (file(data, "many.csv", &text), file(data, "many.toml", mapping))
}

#[test]
fn an_import_goes_on_while_pages_write() {
    let (_folder, data) = new_data();
    let (many, mapping) = many(&data, 20_000);
    let server = serve(&data);
    let base = server.base.clone();
    let importing = std::thread::spawn(move || {
        let args = ["import", &many, "--mapping", &mapping, "--site", "shop"];
        at(&base, &args).output().unwrap()
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut sent = 0;
    while !importing.is_finished() {
        runtime.block_on(server.accepts(&support::batch("shop", 1, sent * 10, 10)));
        sent += 1;
    }
    check(
        &summary(&importing.join().unwrap()),
        &json!({ "good": 20_000, "copies": 0, "dead": 0 }),
    );
    assert_eq!(runtime.block_on(server.events("shop")), 20_000 + u64::from(sent) * 10);
    server.stop();
}

#[test]
fn an_import_that_was_killed_is_listed_and_undone() {
    const ROWS: u32 = 40_000;
    let (_folder, data) = new_data();
    let (many, mapping) = many(&data, ROWS);
    let args = ["import", &many, "--mapping", &mapping, "--site", "shop"];
    let mut importing = wayside(&args).arg("--data").arg(&data).spawn().unwrap();
    // Most of the file is not read yet when the register names the import.
    let register = data.join("imports/register.json");
    while !std::fs::read_to_string(&register).is_ok_and(|text| text.contains("running")) {
        assert!(importing.try_wait().unwrap().is_none(), "it must still run");
        std::thread::yield_now();
    }
    importing.kill().unwrap();
    importing.wait().unwrap();
    let list = run_json(&["imports", "list"], &data);
    check(&list[0], &json!({ "id": 1, "state": "broken_off", "sums": null }));
    let whole = summary(&run(&args, &data));
    check(&whole, &json!({ "import": 2, "good": ROWS, "copies": 0 }));
    // The first import stored no rows, so none of the second's rows belongs to both.
    check(&run_json(&["imports", "undo", "1"], &data), &json!({ "events": 0 }));
    check(
        &run_json(&["imports", "undo", "2"], &data),
        &json!({ "events": ROWS, "kept": 0 }),
    );
    assert!(run(&["check"], &data).status.success());
}

#[tokio::test]
async fn only_whoever_has_the_admin_token_may_import() {
    let (_folder, data) = new_data();
    let server = serve(&data);
    let ask = async |token: Option<&str>, headers: &[(&str, &str)]| {
        let mut request = Client::new().get(format!("{}/api/imports", server.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(ask(Some(TOKEN), &[]).await, (StatusCode::OK, "[]".to_owned()));
    for token in [
        None,
        Some(""),
        Some("an-admin-token-of-test"),
        Some("an-admin-token-of-tests2"),
    ] {
        let (status, text) = ask(token, &[]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{token:?}");
        assert!(text.contains("WAYSIDE_ADMIN_TOKEN"), "{text}");
    }
    // Through a proxy, only by HTTPS.
    let client = ("x-forwarded-for", "203.0.113.7");
    for headers in [
        vec![client],
        vec![client, ("x-forwarded-proto", "http")],
        vec![("via", "1.1 proxy")],
    ] {
        let (status, text) = ask(Some(TOKEN), &headers).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}: {text}");
    }
    let https = ask(Some(TOKEN), &[client, ("x-forwarded-proto", "https")]).await;
    assert_eq!(https.0, StatusCode::OK);
    server.stop();

    // Without a token nobody may, and the refusal says how to change that.
    let server = Server::start(&data, &[]);
    let answer = Client::new()
        .post(format!("{}/api/imports/1/undo", server.base))
        .bearer_auth(TOKEN);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.text().await.unwrap().contains("--admin-token-file"));
    server.stop();
}

#[test]
fn the_admin_token_is_never_sent_in_the_clear() {
    let (_folder, data) = new_data();
    let token = file(&data, "token", &format!("{TOKEN}\n"));
    let list = [
        "imports",
        "list",
        "--server",
        "http://collect.example",
        "--admin-token-file",
        &token,
    ];
    fails(
        &wayside(&list).output().unwrap(),
        1,
        &["http://collect.example/ is not https"],
    );
    let list = ["imports", "list", "--server", "http://127.0.0.1:1"];
    fails(
        &wayside(&list).output().unwrap(),
        1,
        &["--admin-token-file", "WAYSIDE_ADMIN_TOKEN"],
    );
    let short = file(&data, "short", "abc");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--admin-token-file", &short];
    fails(
        &run(&serve, &data),
        1,
        &["the admin token cannot be used", "16 characters"],
    );
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin-token-file",
        &token,
        "--read-token",
        TOKEN,
    ];
    fails(&run(&serve, &data), 1, &["the admin token is the read token"]);
}

#[test]
fn a_file_that_does_not_come_whole_is_not_imported() {
    let (_folder, data) = new_data();
    let server = serve(&data);
    let text = std::fs::read_to_string(mapping(&data, GERMAN)).unwrap();
    let head = |file: &str, length: usize, mapping: usize| {
        format!(
            "POST /api/import?site=s&file={file}&mapping_bytes={mapping} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {TOKEN}\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n",
            server.address()
        )
    };
    let send = |request: &str| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    let rows = std::fs::read_to_string(case("orders.csv")).unwrap();
    let cut = format!("{}{text}{rows}", head("a.csv", text.len() + rows.len() + 1, text.len()));
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(cut.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.contains("200 OK"), "{answer}");
    let long = format!("{}{text}", head("a.csv", 9 << 30, text.len()));
    let answer = send(&long);
    assert!(answer.contains("413") && answer.contains("8589934592"), "{answer}");
    let within = format!("{}{text}", head("a.csv", text.len(), text.len() + 1));
    let answer = send(&within);
    assert!(
        answer.contains("408") && answer.contains("ends within the mapping"),
        "{answer}"
    );
    for name in ["..%2Fregister.json", "..", "", "a%2Fb.csv"] {
        let answer = send(&format!("{}{text}", head(name, text.len(), text.len())));
        assert!(
            answer.contains("400 Bad Request") && answer.contains("without its folder"),
            "{name}: {answer}"
        );
    }
    let list = at(&server.base, &["imports", "list"]).output().unwrap();
    assert_eq!(summary(&list), json!([]));
    server.stop();
}
