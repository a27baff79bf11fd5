//! The corpus, natively: what the model says of each journey is what stands beside it.
//!
//! `BLESS=1 cargo test -p wayside-testkit --test corpus` rewrites the expected files; `git diff` then shows what changed.

use std::env;
use std::fs;

use wayside_testkit::{conformance, corpus};

#[test]
fn every_journey_is_as_expected() {
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

/// Every signal fires in some journey, and some journey is quiet where it could be mistaken for one.
#[test]
fn the_corpus_has_every_signal() {
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
