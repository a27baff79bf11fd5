//! The dashboard's test data is the output of this binary.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use support::{in_repository, new_data, texts, wayside};

/// The commands and the files with their answers.
#[derive(Deserialize)]
struct List {
    settings: String,
    fill: Vec<String>,
    answers: BTreeMap<String, String>,
}

/// Runs a command as `cargo xtask types` does and returns its output.
#[track_caller]
fn ask(command: &str, data: &Path) -> String {
    let args: Vec<&str> = command.split_whitespace().collect();
    let output = wayside(&args)
        .env("WAYSIDE_DATA", data)
        .current_dir(in_repository(""))
        .output()
        .expect("it runs");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "wayside {command}: {stderr}");
    stdout
}

#[test]
fn the_dashboards_test_data_is_the_output_of_this_binary() {
    let list = std::fs::read_to_string(in_repository("js/dashboard/dev/answers.toml")).unwrap();
    let list: List = toml::from_str(&list).unwrap();
    let (_folder, data) = new_data();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("wayside.toml"), &list.settings).unwrap();
    for command in &list.fill {
        ask(command, &data);
    }
    let folder = in_repository("js/dashboard/dev/generated");
    for (name, command) in &list.answers {
        let kept = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap_or_default();
        assert!(
            ask(command, &data) == kept,
            "js/dashboard/dev/generated/{name}.json is not what `wayside {command}` prints; run `cargo xtask types` and commit what it \
             wrote"
        );
    }
    let kept: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let asked = list.answers.keys().map(|name| format!("{name}.json")).collect();
    assert_eq!(kept, asked, "run `cargo xtask types`");
}

#[test]
fn every_report_has_an_answer_in_the_test_data() {
    let list = std::fs::read_to_string(in_repository("js/dashboard/dev/answers.toml")).unwrap();
    let list: List = toml::from_str(&list).unwrap();
    let (_folder, data) = new_data();
    let reports: serde_json::Value = serde_json::from_str(&ask("report", &data)).unwrap();
    for report in reports.as_array().unwrap() {
        let name = report["name"].as_str().unwrap();
        assert!(
            list.answers.contains_key(name),
            "add a question for the report {name} to js/dashboard/dev/answers.toml"
        );
    }
}
