//! The corpus run natively: the model's results for each journey equal the expected file.
//!
//! `BLESS=1 cargo test -p wayside-testkit --test corpus` rewrites the expected files; `git diff` then shows what changed.

use std::env;
use std::fs;

use wayside_testkit::{conformance, corpus};

#[test]
fn every_journey_gives_its_expected_results() {
    let bless = env::var_os("BLESS").is_some();
    let mut differing = Vec::new();
    for file in corpus::files() {
        let found = conformance::try_run(&file.jsonl).unwrap_or_else(|error| panic!("{}.jsonl {error}", file.name));
        if bless {
            fs::write(&file.expected, &found).expect("the expected file can be written");
        }
        let expected = fs::read_to_string(&file.expected).unwrap_or_default();
        if found != expected {
            differing.push(first_difference(&file.name, &expected, &found));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn the_corpus_is_large_and_has_no_stray_expectation() {
    let names: Vec<String> = corpus::files().into_iter().map(|file| file.name).collect();
    assert!(names.len() >= 25, "{} journeys", names.len());
    for entry in fs::read_dir(corpus::folder()).expect("the corpus can be read") {
        let name = entry
            .expect("the folder can be listed")
            .file_name()
            .to_string_lossy()
            .into_owned();
        if let Some(name) = name.strip_suffix(".expected.json") {
            assert!(
                names.iter().any(|known| known == name),
                "{name}.expected.json has no journey"
            );
        }
    }
}

/// For every signal there is a journey in which it fires and a journey with a near miss in which it does not.
#[test]
fn the_corpus_covers_every_signal() {
    let all: String = corpus::files()
        .iter()
        .map(|file| conformance::run(&file.jsonl))
        .collect();
    for signal in wayside_model::SignalKind::ALL {
        let found = format!("\"signal\":\"{}\"", signal.name());
        assert!(all.matches(&found).count() >= 2, "{} fires too seldom", signal.name());
    }
}

fn first_difference(name: &str, expected: &str, found: &str) -> String {
    let at = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_owned();
    format!(
        "{name}.jsonl line {} of the result\n  expected {}\n  found    {}",
        at + 1,
        line(expected),
        line(found)
    )
}
