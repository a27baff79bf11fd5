//! `wayside import --left-out`: the rows that the mapping leaves out, in a file.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::{Server, new_data, texts, wayside};

const TOKEN: &str = "an-admin-token-of-tests";

const MAPPING: &str = r#"
name = "visits"
visitor = "who"
[source]
format = "csv"
[time]
column = "at"
format = "s"
[event]
column = "what"
leave_out = ["ping"]
[event.kinds]
seen = "page_view"
[fields]
url = { constant = "https://shop.example/" }
"#;

const VISITS: &str = "who,at,what,note\na,1,seen,\nb,2,ping,\"some, more\"\n";

const LIST: &str = "file,line,reason,value,row\nvisits.csv,3,leave_out,ping,\"b,2,ping,\"\"some, more\"\"\"\n";

/// Writes the file and its mapping beside the data folder and returns the command that imports it.
fn import(data: &Path, list: &Path) -> Command {
    let (file, mapping) = (data.with_file_name("visits.csv"), data.with_file_name("visits.toml"));
    std::fs::write(&file, VISITS).unwrap();
    std::fs::write(&mapping, MAPPING).unwrap();
    let mut command = wayside(&["import", "--site", "s"]);
    command
        .arg(&file)
        .arg("--mapping")
        .arg(&mapping)
        .arg("--left-out")
        .arg(list);
    command
}

#[track_caller]
fn check(output: &Output, list: &Path) {
    let (stdout, stderr) = texts(output);
    assert!(output.status.success(), "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&summary["good"], &summary["left_out"]), (&json!(1), &json!(1)));
    let detail = "event \"ping\" is under leave_out";
    assert_eq!(
        summary["left_out_reasons"],
        json!([{ "code": "leave_out", "rows": 1, "first_line": 3, "detail": detail }])
    );
    assert_eq!(std::fs::read_to_string(list).unwrap(), LIST);
}

#[test]
fn rows_left_out_are_listed_by_an_import_here_and_through_a_server() {
    let (_folder, data) = new_data();
    let list = data.with_file_name("left-out.csv");
    check(&import(&data, &list).arg("--data").arg(&data).output().unwrap(), &list);
    let mut table = import(&data, &list);
    let table = table.args(["--format", "table", "--data"]).arg(&data).output().unwrap();
    let (stdout, _) = texts(&table);
    let expected = "  rows that the mapping leaves out: 1\n    1 by leave_out; the first at line 3: event \"ping\" is under leave_out\n";
    assert!(stdout.contains(expected), "{stdout}");

    let (_folder, data) = new_data();
    let list = data.with_file_name("left-out.csv");
    let server = Server::spawn(
        wayside(&["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(&data)
            .env("WAYSIDE_ADMIN_TOKEN", TOKEN),
    );
    let mut through = import(&data, &list);
    through
        .args(["--server", &server.base])
        .env("WAYSIDE_ADMIN_TOKEN", TOKEN);
    check(&through.output().unwrap(), &list);
    server.stop();
}

#[test]
fn the_list_overwrites_neither_the_file_nor_its_mapping() {
    let (_folder, data) = new_data();
    for read in ["visits.csv", "visits.toml"] {
        // Another path to the same file.
        let list = data.parent().unwrap().join(".").join(read);
        let output = import(&data, &list).arg("--data").arg(&data).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let (stdout, stderr) = texts(&output);
        assert_eq!(stdout, "");
        assert!(
            stderr.contains("would overwrite the file that is read; name another"),
            "{stderr}"
        );
    }
    assert_eq!(
        std::fs::read_to_string(data.with_file_name("visits.csv")).unwrap(),
        VISITS
    );
    assert!(!data.exists());
}
