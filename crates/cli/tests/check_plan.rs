//! `wayside check-plan` end to end: every target, its output and its exit code.

mod support;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use support::{START_MS, Server, fails, in_repository, new_data, run_json, texts, wayside};
use tempfile::TempDir;
use wayside_testkit::binary;

const PLAN: &str = "
touchpoints:
  page_view:
  refund:
  add_to_cart:
    required: [currency]
    properties:
      currency: { values: [EUR, GBP] }
      items: { type: list, required: [item_id] }
";

/// A folder with a plan, in which commands run.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(plan: &str) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        place.put("plan.yaml", plan);
        place
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn check(&self, args: &[&str]) -> Output {
        wayside(&["check-plan", "plan.yaml"])
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    /// Runs the command, which must end with `code` and print JSON.
    #[track_caller]
    fn json(&self, args: &[&str], code: i32) -> Value {
        let output = self.check(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "stdout: {stdout}\nstderr: {stderr}");
        assert_eq!(stderr, "");
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }

    #[track_caller]
    fn text(&self, args: &[&str], code: i32) -> String {
        let output = self.check(&[args, &["--format", "text"]].concat());
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "stdout: {stdout}\nstderr: {stderr}");
        stdout
    }
}

/// The printed time of the event this many seconds after the first.
fn time(seconds: i64) -> String {
    wayside_analyzer::table::time(*START_MS + 1_000 * seconds)
}

/// A batch of these events, a second apart.
fn batch(site: &str, writer: u128, automated: bool, events: &[Value]) -> Value {
    let events: Vec<_> = (0..)
        .zip(events)
        .map(|(at, event)| {
            let mut event = event.clone();
            event["time"] = json!(*START_MS + 1_000 * at);
            event
        })
        .collect();
    json!({
        "v": 1, "site": site, "writer": format!("{writer:032x}"), "visitor": format!("visitor-{writer}"),
        "consent": "granted", "automated": automated, "first_seq": 0, "events": events,
    })
}

fn view() -> Value {
    json!({ "kind": "page_view", "url": "https://shop.example/" })
}

fn cart(currency: &str) -> Value {
    json!({ "kind": "add_to_cart", "currency": currency, "value": 5, "items": [{ "item_id": "mug" }] })
}

#[test]
fn success_is_reported_in_one_line() {
    let place = Place::new(PLAN);
    place.put(
        "visit.json",
        batch("shop", 1, false, &[view(), cart("EUR")]).to_string(),
    );
    assert_eq!(
        place.text(&["visit.json"], 0),
        "All 2 touchpoints follow the plan.\n\nPlanned, but never seen:\n  refund\n"
    );
    let outcome = place.json(&["visit.json"], 0);
    assert_eq!(
        outcome,
        json!({
            "ok": true, "checked": 2, "broken": 0, "against": [], "sums": [], "strays": 0, "unplanned": [],
            "seen": ["add_to_cart", "page_view"], "unseen": ["refund"], "refused": [],
        })
    );
}

#[test]
fn violations_are_listed_by_touchpoint() {
    let place = Place::new(PLAN);
    let no_id = json!({ "kind": "add_to_cart", "value": 1, "items": [{ "item_id": "mug" }, { "price": 1 }] });
    let refused = json!({ "kind": "nps", "score": "many" });
    let share = json!({ "kind": "share", "method": "mail" });
    let events = [view(), cart("USD"), no_id, share.clone(), refused, share];
    place.put("visit.json", batch("shop", 1, false, &events).to_string());
    assert_eq!(
        place.text(&["visit.json"], 1),
        format!(
            "\
5 of 6 touchpoints do not follow the plan.

Violations:
  add_to_cart: event 1 of writer 00000000000000000000000000000001, visitor visitor-1, {}
    currency: must be one of \"EUR\", \"GBP\", but is \"USD\"
  add_to_cart: event 2 of writer 00000000000000000000000000000001, visitor visitor-1, {}
    currency: required, but missing
    items[1].item_id: required, but missing

Not in the plan:
  share: 2 times, first event 3 of writer 00000000000000000000000000000001, visitor visitor-1, {}

Refused by the model:
  event 4 of writer 00000000000000000000000000000001: field score must be a whole number

Planned, but never seen:
  refund
",
            time(1),
            time(2),
            time(3)
        )
    );
    let outcome = place.json(&["visit.json"], 1);
    assert_eq!(outcome["ok"], false);
    assert_eq!(
        outcome["against"][0],
        json!({
            "kind": "add_to_cart", "time": *START_MS + 1_000, "writer": format!("{:032x}", 1), "seq": 1, "visitor": "visitor-1",
            "violations": [{ "path": "currency", "wanted": "one of \"EUR\", \"GBP\"", "arrived": "USD" }],
        })
    );
    assert_eq!(
        outcome["against"][1]["violations"][1],
        json!({ "path": "items[1].item_id", "wanted": "a value" })
    );
    assert_eq!(
        outcome["sums"],
        json!([
            { "kind": "add_to_cart", "path": "currency", "touchpoints": 2 },
            { "kind": "add_to_cart", "path": "items[].item_id", "touchpoints": 1 },
        ])
    );
    assert_eq!(outcome["refused"][0]["code"], "field_type");
}

#[test]
fn a_limited_number_is_listed_and_all_are_counted() {
    let place = Place::new(PLAN);
    let events = vec![cart("USD"); 30];
    place.put("visit.json", batch("shop", 1, false, &events).to_string());
    let text = place.text(&["visit.json", "--limit", "2"], 1);
    assert_eq!(text.matches("but is \"USD\"").count(), 2, "{text}");
    assert!(
        text.contains("\n  … and 28 more; --limit shows more of them\n"),
        "{text}"
    );
    assert!(
        text.contains("\n\nBy property:\n  add_to_cart currency: 30 touchpoints\n"),
        "{text}"
    );
    assert_eq!(place.json(&["visit.json"], 1)["against"].as_array().unwrap().len(), 20);
    for (limit, code) in [("0", 1), ("1000", 1), ("1001", 2), ("-1", 2)] {
        let output = place.check(&["visit.json", &format!("--limit={limit}")]);
        assert_eq!(output.status.code(), Some(code), "{limit}");
    }
}

#[test]
fn unplanned_touchpoints_can_be_accepted() {
    let place = Place::new(PLAN);
    place.put(
        "visit.json",
        batch("shop", 1, false, &[json!({ "kind": "share" })]).to_string(),
    );
    assert!(
        place
            .text(&["visit.json"], 1)
            .starts_with("1 of 1 touchpoint does not follow the plan.")
    );
    let text = place.text(&["visit.json", "--allow-unplanned"], 0);
    assert!(
        text.starts_with("The touchpoint follows the plan, or is not in it.\n\nNot in the plan:\n  share: "),
        "{text}"
    );
}

#[test]
fn batches_in_every_form_are_read_and_count_once() {
    let place = Place::new(PLAN);
    let (one, two) = (
        batch("shop", 1, false, &[cart("USD")]),
        batch("zoo", 2, true, &[cart("EUR"), view()]),
    );
    place.put("batches/1.json", format!("{one}\n{two}\n{one}"));
    place.put("batches/2.bin", binary(&one.to_string()));
    place.put("batches/.hidden", "x");
    let checked = |args: &[&str]| {
        let outcome = place.json(args, i32::from(!args.contains(&"zoo") && !args.contains(&"automated")));
        (outcome["checked"].clone(), outcome["broken"].clone())
    };
    assert_eq!(checked(&["batches"]), (json!(3), json!(1)));
    assert_eq!(checked(&["batches/2.bin"]), (json!(1), json!(1)));
    assert_eq!(checked(&["batches", "--site", "zoo"]), (json!(2), json!(0)));
    assert_eq!(checked(&["batches", "--traffic", "automated"]), (json!(2), json!(0)));
    let until = (*START_MS + 1_000).to_string();
    assert_eq!(checked(&["batches", "--to", &until]), (json!(2), json!(1)));

    let mut child = wayside(&["check-plan", "plan.yaml", "-"])
        .current_dir(place.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(one.to_string().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["broken"], 1);
}

#[tokio::test]
async fn a_server_and_its_data_folder_give_the_same_results_as_the_batches() {
    let place = Place::new(PLAN);
    let events = [view(), cart("USD"), json!({ "kind": "size_guide_opened", "size": "m" })];
    let sent = batch("shop", 1, true, &events);
    place.put("visit.json", sent.to_string());
    let expected = place.json(&["visit.json"], 1);

    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&sent).await;
    let base = server.base.clone();
    let folder = data.to_str().unwrap();
    assert_eq!(place.json(&[&base], 1), expected, "from the log of a running server");
    assert_eq!(place.json(&[folder], 1), expected, "beside the server");
    assert_eq!(
        place.json(&[&format!("{base}/"), "--site", "shop", "--limit", "20"], 1),
        expected
    );
    let from = (*START_MS + 2_000).to_string();
    for target in [base.as_str(), folder] {
        let outcome = place.json(&[target, "--from", &from], 1);
        assert_eq!((&outcome["checked"], &outcome["strays"]), (&json!(1), &json!(1)));
        let people = place.check(&[target, "--traffic", "people"]);
        fails(
            &people,
            2,
            &["nothing to check", "of people (--traffic all checks everyone's)"],
        );
        let nowhere = place.check(&[target, "--site", "nowhere"]);
        fails(&nowhere, 2, &["nowhere", "shop"]);
    }
    server.stop();
    assert_eq!(place.json(&[folder], 1), expected, "from the table");
    assert_eq!(run_json(&["sites"], &data)[0]["events"], 3);
}

#[tokio::test]
async fn a_server_refuses_an_invalid_plan() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, false, &[view()])).await;
    let ask = async |query: &str, body: Vec<u8>| {
        let url = format!("{}/api/check-plan?{query}", server.base);
        let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let refusal: Value = answer.json().await.unwrap();
        (
            status,
            refusal["error"]["code"].clone(),
            refusal["error"]["message"].to_string(),
        )
    };
    let plan = || PLAN.as_bytes().to_vec();
    for (query, body, status, code, words) in [
        (
            "site=shop",
            b"touchpoints: 1".to_vec(),
            400,
            "bad_plan",
            "line 1, column 1: touchpoints is 1",
        ),
        ("site=shop", b"\xff".to_vec(), 400, "bad_plan", "cannot be read"),
        (
            "site=shop",
            vec![b' '; 256 * 1024 + 1],
            413,
            "too_large",
            "262144 bytes",
        ),
        ("", plan(), 400, "bad_param", "add site="),
        ("site=shop&limit=x", plan(), 400, "bad_param", "limit=x"),
        ("site=shop&from=x", plan(), 400, "bad_param", "from cannot be"),
        ("site=zoo", plan(), 404, "unknown_site", "zoo"),
    ] {
        let (found, said, message) = ask(query, body).await;
        assert_eq!((found, said), (status, json!(code)), "{query}: {message}");
        assert!(message.contains(words), "{message}");
    }
    server.stop();
}

#[tokio::test]
async fn a_server_with_a_read_token_requires_it() {
    let place = Place::new(PLAN);
    let (_folder, data) = new_data();
    let server = Server::start(&data, &["--read-token", "0123456789abcdef"]);
    server.accepts(&batch("shop", 1, false, &[view()])).await;
    let base = server.base.clone();
    fails(
        &place.check(&[&base]),
        2,
        &["requires its read token", "--read-token", "WAYSIDE_READ_TOKEN"],
    );
    let token = data.with_file_name("read-token");
    std::fs::write(&token, "0123456789abcdef\n").unwrap();
    let asked = [&base, "--read-token-file", token.to_str().unwrap()];
    assert_eq!(place.json(&asked, 0)["checked"], 1);
    server.stop();
}

#[tokio::test]
async fn several_sites_require_a_choice() {
    let place = Place::new(PLAN);
    let (_folder, data) = new_data();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("wayside.toml"), "[sites.shop]\n[sites.zoo]\n").unwrap();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, false, &[view()])).await;
    server.accepts(&batch("zoo", 2, false, &[view()])).await;
    for target in [server.base.as_str(), data.to_str().unwrap()] {
        fails(
            &place.check(&[target]),
            2,
            &["several sites; choose one with --site: shop, zoo"],
        );
        assert_eq!(place.json(&[target, "--site", "zoo"], 0)["checked"], 1);
    }
    server.stop();
}

#[test]
fn an_address_without_a_server_is_reported() {
    let place = Place::new(PLAN);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let shop = std::thread::spawn(move || {
        use std::io::Read;
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nshop")
            .unwrap();
    });
    fails(
        &place.check(&[&format!("{address}/checkout?step=1")]),
        2,
        &[
            "answers 404, as no `wayside serve` of this version does",
            "docs/testing.md",
        ],
    );
    shop.join().unwrap();
    // No server listens at this address now.
    fails(
        &place.check(&[&address]),
        2,
        &["cannot ask", "is `wayside serve` running there?"],
    );
    fails(
        &place.check(&["http://"]),
        2,
        &["is not an address; write it as http://127.0.0.1:8787"],
    );
}

#[test]
fn an_invalid_plan_is_reported_with_its_line() {
    let place = Place::new("touchpoints:\n  share:\n    require: [method]\n");
    place.put("visit.json", batch("shop", 1, false, &[view()]).to_string());
    fails(
        &place.check(&["visit.json"]),
        2,
        &[
            "the plan plan.yaml: line 3, column 5: touchpoints.share has the unknown key `require`; known are description, required, \
             properties",
        ],
    );
    place.put("plan.yaml", "touchpoints: [\n");
    fails(
        &place.check(&["visit.json"]),
        2,
        &["the plan plan.yaml: line 2, column 1: "],
    );
    place.put("plan.yaml", b"\xff");
    fails(&place.check(&["visit.json"]), 2, &["cannot read the plan plan.yaml"]);
    let missing = wayside(&["check-plan", "nowhere.yaml", "visit.json"]).output().unwrap();
    fails(&missing, 2, &["cannot read the plan nowhere.yaml; check the path"]);
}

#[test]
fn an_invalid_target_is_reported_with_the_valid_ones() {
    let place = Place::new(PLAN);
    let visit = batch("shop", 1, false, &[view()]).to_string();
    fails(
        &place.check(&["nowhere.json"]),
        2,
        &["cannot read nowhere.json; the target is a data folder, an address"],
    );
    fails(
        &place.check(&[]),
        2,
        &["cannot read .wayside; the target is a data folder, an address"],
    );
    for (bytes, words) in [
        (&b""[..], "it contains no batch"),
        (b"[]", "value 1 is not a batch"),
        (b"{\"v\":1,", "batch 1 is not JSON"),
        (b"\x01\x02", "this is not a batch"),
        (format!("{visit}{{}}").as_bytes(), "value 2 is not a batch"),
    ] {
        place.put("visit.bin", bytes);
        fails(&place.check(&["visit.bin"]), 2, &["visit.bin: ", words, "docs/wire.md"]);
    }
    std::fs::create_dir(place.folder.path().join("empty")).unwrap();
    fails(
        &place.check(&["empty"]),
        2,
        &["the folder empty contains neither data nor files of batches"],
    );
    place.put("visit.json", visit);
    fails(
        &place.check(&["visit.json", "--site", "zoo", "--from", "2026-01-01"]),
        2,
        &["there is nothing to check: visit.json has no touchpoints of the site \"zoo\", from 2026-01-01"],
    );
}

#[test]
fn a_mistake_on_the_command_line_exits_with_2() {
    let output = wayside(&["check-plan"]).output().unwrap();
    fails(&output, 2, &["<PLAN>"]);
    let help = wayside(&["check-plan", "--help"]).output().unwrap();
    let (help, _) = texts(&help);
    for word in [
        "a running `wayside serve`",
        "The exit code is 0",
        "Examples:",
        "A plan:",
    ] {
        assert!(help.contains(word), "{word} is not in: {help}");
    }
}

/// Control characters from visitors do not reach the terminal.
#[test]
fn control_characters_from_visitors_are_replaced() {
    let place = Place::new(PLAN);
    place.put(
        "visit.json",
        batch("shop", 1, false, &[cart("\u{1b}[31m\u{202e}\u{9b}2J")]).to_string(),
    );
    let text = place.text(&["visit.json"], 1);
    assert!(text.contains("but is \"\\u001b[31m\u{fffd}\u{fffd}2J\""), "{text}");
}

/// The example of docs/cli.md is executed as written.
#[test]
fn the_example_of_the_docs_prints_its_documented_output() {
    let page = std::fs::read_to_string(in_repository("docs/cli.md")).unwrap();
    let section = &page[page.find("## Checking a tracking plan").expect("the section")..];
    let place = Place::new(&block(section, "yaml"));
    place.put("tracking-plan.yaml", block(section, "yaml"));
    place.put("visit.json", block(section, "json"));
    let console = block(section, "console");
    let (command, printed) = console.split_once('\n').unwrap();
    let args: Vec<_> = command.strip_prefix("$ wayside ").unwrap().split(' ').collect();
    let output = wayside(&args).current_dir(place.folder.path()).output().unwrap();
    assert_eq!(texts(&output), (printed.to_owned(), String::new()));
    assert_eq!(output.status.code(), Some(1));
}

/// The text of the first code block in a language.
fn block(page: &str, language: &str) -> String {
    let (_, rest) = page.split_once(&format!("\n```{language}\n")).expect("a block");
    rest.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_plan_in_the_testing_docs_is_valid() {
    let page = std::fs::read_to_string(in_repository("docs/testing.md")).unwrap();
    let place = Place::new(&block(&page, "yaml"));
    place.put(
        "visit.json",
        batch("shop", 1, false, &[view(), cart("EUR")]).to_string(),
    );
    assert_eq!(place.json(&["visit.json"], 0)["checked"], 2);
}
