//! Invalid input of all kinds: each is reported with what to do, and nothing already accepted is lost.

mod support;

use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};
use support::{Server, batch, fails, in_repository, new_data, run, run_json, texts, wayside};
use wayside_testkit::binary;

/// Posts `body` between two good batches: it must be refused with this status and code, and both good ones must be
/// stored.
async fn check_refused(query: &str, body: Vec<u8>, status: u16, code: &str) {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    let answer = server.post(query, body).await;
    assert_eq!(answer.status().as_u16(), status);
    let refusal: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(refusal["error"]["code"], code, "{refusal}");
    assert!(
        refusal["error"]["message"]
            .as_str()
            .is_some_and(|message| message.len() > 10),
        "{refusal}"
    );
    server.accepts(&batch("shop", 1, 3, 2)).await;
    assert_eq!(server.events("shop").await, 5);
    server.stop();
    assert_eq!(support::events_of(&run_json(&["sites"], &data), "shop"), 5);
}

#[tokio::test]
async fn a_malformed_batch() {
    check_refused("", b"{\"v\":1,\"site\":".to_vec(), 400, "malformed").await;
}

#[tokio::test]
async fn a_batch_that_is_neither_encoding() {
    check_refused("", b"<xml/>".to_vec(), 400, "unsupported_version").await;
}

#[tokio::test]
async fn a_truncated_batch() {
    let mut bytes = binary(&batch("shop", 2, 0, 20).to_string());
    bytes.truncate(bytes.len() - 7);
    check_refused("", bytes, 400, "malformed").await;
}

#[tokio::test]
async fn an_oversized_batch() {
    let bytes = vec![b' '; wayside_model::limits::BODY_MAX_BYTES + 1];
    check_refused("", [b"{".to_vec(), bytes].concat(), 413, "too_large").await;
}

#[tokio::test]
async fn a_batch_of_a_later_version() {
    let mut json = batch("shop", 2, 0, 1);
    json["v"] = json!(99);
    check_refused("", json.to_string().into_bytes(), 400, "unsupported_version").await;
    let mut bytes = binary(&batch("shop", 2, 0, 20).to_string());
    bytes[1] = 99;
    check_refused("", bytes, 400, "unsupported_version").await;
}

#[tokio::test]
async fn a_batch_of_an_unknown_site() {
    check_refused(
        "",
        batch("nowhere", 2, 0, 1).to_string().into_bytes(),
        403,
        "unknown_site",
    )
    .await;
}

#[tokio::test]
async fn a_batch_with_a_wrong_key() {
    let (_folder, data) = new_data();
    Server::start(&data, &[]).stop();
    let settings = data.join("wayside.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(
        &settings,
        format!("{text}\n[sites.keyed]\nkey = \"right-key-0123456789\"\n"),
    )
    .unwrap();
    let server = Server::start(&data, &[]);
    let good = |first| batch("keyed", 1, first, 2).to_string();
    for (query, status) in [
        ("?key=right-key-0123456789", 200),
        ("?key=wrong-key-0123456789", 403),
        ("", 403),
        ("?key=right-key-0123456789", 200),
    ] {
        let first = if query.contains("right") { 0 } else { 10 };
        let answer = server.post(query, good(first)).await;
        assert_eq!(answer.status().as_u16(), status, "{query}");
        let text = answer.text().await.unwrap();
        assert_eq!(text.contains("\"wrong_key\""), status == 403, "{text}");
    }
    assert_eq!(server.events("keyed").await, 2);
    server.stop();
}

#[tokio::test]
async fn an_invalid_event_among_good_ones_becomes_a_dead_letter() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    let mut mixed = batch("shop", 1, 0, 3);
    mixed["events"][1] = json!({ "time": *support::START_MS, "kind": "search" });
    server.accepts(&mixed).await;
    let (_, sites) = server.get("/api/sites").await;
    assert_eq!(
        (&sites[0]["events"], &sites[0]["dead"]),
        (&json!(2), &json!(1)),
        "{sites}"
    );
    server.stop();
    let sites = run_json(&["sites"], &data);
    assert_eq!(
        (&sites[0]["events"], &sites[0]["dead"]),
        (&json!(2), &json!(1)),
        "{sites}"
    );
}

#[tokio::test]
async fn a_broken_mapping() {
    let (folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    server.stop();
    let mapping = folder.path().join("broken.toml");
    let text = std::fs::read_to_string(in_repository("examples/data/ecom/ecom.toml")).unwrap();
    std::fs::write(&mapping, text.replace("visitor =", "visitr =")).unwrap();
    let file = in_repository("examples/data/ecom/ecom.csv.gz");
    let import = |mapping: &std::path::Path, file: &std::path::Path| {
        let args = [
            "import",
            file.to_str().unwrap(),
            "--mapping",
            mapping.to_str().unwrap(),
            "--site",
            "shop",
        ];
        run(&args, &data)
    };
    fails(
        &import(&mapping, &file),
        1,
        &["broken.toml:", "`visitor` is missing", "visitor = \"user_id\""],
    );
    std::fs::write(&mapping, text.replace("\"timestamp\"", "\"timestmp\"")).unwrap();
    fails(
        &import(&mapping, &file),
        1,
        &["broken.toml:", "no column \"timestmp\"", "did you mean \"timestamp\"?"],
    );
    fails(
        &import(&folder.path().join("none.toml"), &file),
        1,
        &["none.toml", "check the path given with --mapping"],
    );
    fails(
        &import(
            &in_repository("examples/data/ecom/ecom.toml"),
            &folder.path().join("none.csv"),
        ),
        1,
        &["none.csv"],
    );
    assert_eq!(support::events_of(&run_json(&["sites"], &data), "shop"), 3);
}

#[tokio::test]
async fn an_unknown_report_site_and_parameter() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    for (path, status, code, word) in [
        (
            "/api/reports/funel?site=shop",
            404,
            "unknown_report",
            "did you mean \"funnel\"?",
        ),
        ("/api/reports/funnel?site=shopp", 404, "unknown_site", "shop"),
        ("/api/reports/funnel?site=../..", 400, "bad_param", "site"),
        (
            "/api/reports/funnel?site=shop&from=yesterday",
            400,
            "bad_param",
            "2026-11-21",
        ),
        ("/api/reports/funnel?site=shop&step=a", 400, "bad_param", "steps"),
        ("/api/nothing", 404, "not_found", "/api/nothing"),
    ] {
        let (answered, refusal) = server.get(path).await;
        assert_eq!(
            (answered, refusal["error"]["code"].as_str()),
            (status, Some(code)),
            "{path}: {refusal}"
        );
        assert!(
            refusal["error"]["message"].as_str().unwrap().contains(word),
            "{path}: {refusal}"
        );
    }
    assert_eq!(server.events("shop").await, 3);
    server.stop();
    fails(
        &run(&["report", "funel"], &data),
        2,
        &["there is no report \"funel\"", "did you mean \"funnel\"?"],
    );
    fails(
        &run(&["report", "funnel", "--site", "shopp"], &data),
        2,
        &["no site \"shopp\"", "did you mean \"shop\"?"],
    );
    fails(
        &run(&["report", "kpis", "--steps", "a"], &data),
        2,
        &["--steps is not an option of kpis"],
    );
    fails(
        &run(&["report", "funnel", "--stepps", "a"], &data),
        2,
        &["--stepps", "--steps"],
    );
    fails(&run(&["sql", "SELECT nonsense FROM events"], &data), 2, &["nonsense"]);
    fails(&run(&["sql", " "], &data), 2, &["the query is empty"]);
    for (option, value, word) in [
        ("--from", "yesterday", "2026-11-21"),
        ("--steps", ",", "1 to 20 names"),
        ("--timezone", "Berlin", "Europe/Berlin"),
    ] {
        fails(&run(&["report", "funnel", option, value], &data), 2, &[value, word]);
    }
}

#[test]
fn a_missing_data_folder() {
    let (_folder, data) = new_data();
    for args in [&["report", "funnel"][..], &["sites"], &["check"], &["sql", "SELECT 1"]] {
        let words = ["no data folder at", data.to_str().unwrap(), "wayside serve"];
        fails(&run(args, &data), 1, &words);
    }
    assert!(!data.exists(), "reading makes no folder");
}

/// Root may read everything, so the command runs as another user if the tests run as root.
#[test]
#[cfg(unix)]
fn a_data_folder_without_read_permission() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let (folder, data) = new_data();
    std::fs::create_dir_all(data.join("table/_delta_log")).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::create_dir(data.join("log")).unwrap();
    // Other users may not have access to the folder in which the binary was built.
    let program = folder.path().join("wayside");
    std::fs::copy(env!("CARGO_BIN_EXE_wayside"), &program).unwrap();
    for hidden in [data.clone(), data.join("log")] {
        std::fs::set_permissions(&hidden, PermissionsExt::from_mode(0o000)).unwrap();
        let mut command = std::process::Command::new(&program);
        command.args(["report", "kpis", "--data"]).arg(&data);
        if folder.path().metadata().unwrap().uid() == 0 {
            command.uid(NOBODY);
        }
        let output = command.output().unwrap();
        std::fs::set_permissions(&hidden, PermissionsExt::from_mode(0o755)).unwrap();
        let words = [hidden.to_str().unwrap(), "permission denied", "read permission"];
        fails(&output, 1, &words);
    }
}

/// The usual id of the user `nobody`.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

#[tokio::test]
async fn a_port_in_use() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (_other_folder, other) = new_data();
    let output = run(&["serve", "--listen", &address], &other);
    fails(&output, 1, &[&address, "in use", "--listen"]);
    assert_eq!(server.events("shop").await, 3);
    server.stop();
}

#[tokio::test]
async fn a_data_folder_locked_by_another_process() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    fails(
        &run(&["serve", "--listen", "127.0.0.1:0"], &data),
        1,
        &[data.to_str().unwrap(), "another wayside process"],
    );
    let args = [
        "import",
        &in_repository("examples/data/cdnow/CDNOW_sample.txt")
            .display()
            .to_string(),
        "--mapping",
        &in_repository("examples/data/cdnow/cdnow.toml").display().to_string(),
        "--site",
        "cdnow",
    ];
    fails(&run(&args, &data), 1, &["another wayside process", "stop it"]);
    assert_eq!(server.events("shop").await, 3);
    server.stop();
}

#[test]
fn a_public_address_without_a_read_token() {
    let (_folder, data) = new_data();
    fails(
        &run(&["serve", "--listen", "0.0.0.0:0"], &data),
        1,
        &["0.0.0.0:0", "--read-token"],
    );
    let short = ["serve", "--listen", "0.0.0.0:0", "--read-token", "short"];
    fails(&run(&short, &data), 1, &["read token", "16 characters"]);
    assert!(!data.exists(), "a refused start leaves nothing behind");
}

#[test]
fn a_public_url_without_a_read_token() {
    let (_folder, data) = new_data();
    let url = ["--public-url", "https://collect.example"];
    let args = ["serve", "--listen", "127.0.0.1:0", url[0], url[1]];
    fails(&run(&args, &data), 1, &["https://collect.example", "--read-token"]);
    assert!(!data.exists(), "a refused start leaves nothing behind");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(
        data.join("wayside.toml"),
        "[serve]\npublic_url = \"https://collect.example\"\n",
    )
    .unwrap();
    fails(&run(&args[..3], &data), 1, &["https://collect.example", "--read-token"]);
}

#[test]
fn unknown_settings() {
    let (_folder, data) = new_data();
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("wayside.toml"), "[serve]\nlissten = \"127.0.0.1:0\"\n").unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0"], &data);
    fails(&output, 1, &["wayside.toml", "line 2", "lissten", "listen"]);
    std::fs::remove_file(data.join("wayside.toml")).unwrap();
    let output = wayside(&["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .env("WAYSIDE_READ_TOKN", "x")
        .output()
        .unwrap();
    fails(&output, 1, &["WAYSIDE_READ_TOKN", "did you mean WAYSIDE_READ_TOKEN?"]);
    fails(&run(&["serve", "--listen", "nonsense"], &data), 1, &["nonsense"]);
}

#[test]
fn a_settings_file_without_a_site_refuses_to_start() {
    let (_folder, data) = new_data();
    Server::start(&data, &[]).stop();
    let settings = data.join("wayside.toml");
    // A power cut right after the first start used to leave an empty file.
    for text in ["", "# nothing yet\n", "[serve]\ntraffic = \"all\"\n", "[sites]\n"] {
        std::fs::write(&settings, text).unwrap();
        let output = run(&["serve", "--listen", "127.0.0.1:0"], &data);
        let file = settings.display().to_string();
        fails(&output, 1, &[&file, "it names no site", "`[sites.shop]`"]);
        fails(&run(&["sites"], &data), 1, &[&file, "it names no site"]);
    }
    std::fs::write(&settings, "[sites.shop]\n").unwrap();
    Server::start(&data, &[]).stop();
}

#[test]
fn a_settings_file_that_cannot_be_written_whole_is_not_left_behind() {
    let (_folder, data) = new_data();
    Server::start(&data, &[]).stop();
    let settings = data.join("wayside.toml");
    std::fs::remove_file(&settings).unwrap();
    // The file size limit is 0; with the signal ignored, each write fails as on a full disk.
    let serve = "trap '' XFSZ; ulimit -f 0; exec \"$0\" serve --listen 127.0.0.1:0 --data \"$1\"";
    let output = Command::new("sh")
        .args(["-c", serve, env!("CARGO_BIN_EXE_wayside")])
        .arg(&data)
        .output()
        .unwrap();
    fails(&output, 1, &[&settings.display().to_string()]);
    let left: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().contains("wayside.toml")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_read_only_disk() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    server.stop();

    let read_only = |args: &[&str]| {
        let mut command = on_a_read_only_disk(&data);
        command
            .arg(env!("CARGO_BIN_EXE_wayside"))
            .args(args)
            .arg("--data")
            .arg(&data)
            .output()
            .unwrap()
    };
    let words = [
        data.to_str().unwrap(),
        "cannot be written",
        "mount the disk for writing",
    ];
    fails(&read_only(&["serve", "--listen", "127.0.0.1:0"]), 1, &words);
    let file = in_repository("examples/data/cdnow/CDNOW_sample.txt")
        .display()
        .to_string();
    let mapping = in_repository("examples/data/cdnow/cdnow.toml").display().to_string();
    fails(
        &read_only(&["import", &file, "--mapping", &mapping, "--site", "cdnow"]),
        1,
        &words,
    );
    let output = read_only(&["sites", "--format", "json"]);
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "reading needs no writing: {stderr}");
    assert_eq!(support::events_of(&serde_json::from_str(&stdout).unwrap(), "shop"), 3);

    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 3, 2)).await;
    assert_eq!(server.events("shop").await, 5);
    server.stop();
}

/// A command prefix that runs a program with the folder on a read-only mount, which root cannot write either.
fn on_a_read_only_disk(data: &std::path::Path) -> Command {
    let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", mount])
        .arg(data);
    command
}

#[test]
fn help_contains_the_long_description() {
    for (command, words) in [
        ("serve", "data-site=\"shop\"></script>"),
        ("sql", "The table `events` has every touchpoint once"),
    ] {
        let output = wayside(&[command, "--help"]).output().unwrap();
        let (help, _) = texts(&output);
        let unwrapped = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(words), "{help}");
    }
}
