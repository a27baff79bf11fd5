//! Forbidden content of the repository's files.

use std::fs;

use anyhow::{Context, Result};

use crate::run::Tool;
use crate::workspace::Workspace;

/// Broken rules in the files that git tracks or would track.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let list = Tool::new("git")
        // The checkout may belong to another user than the one who runs CI.
        .args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .dir(workspace.root())
        .output()
        .context("tidy asks git for the list of files")?;
    let mut problems = Vec::new();
    for file in list.split('\0').filter(|file| !file.is_empty()) {
        let path = workspace.path(file);
        // A file that is deleted but not yet committed is still in git's list.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.len() > LARGEST && !file.starts_with(DATA) {
            problems.push(format!(
                "{file}: is {} KiB; files over 1 MiB belong below {DATA}",
                metadata.len() / 1024
            ));
        }
        if file.starts_with(DATA) {
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {file}"))?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            problems.extend(in_text(file, text));
        }
    }
    Ok(problems)
}

fn in_text(file: &str, text: &str) -> Vec<String> {
    let is_source = SOURCES.iter().any(|end| file.ends_with(end));
    let mut problems = Vec::new();
    let mut is_after_doc = false;
    for (index, line) in text.lines().enumerate() {
        let mut found = |what: &str| problems.push(format!("{file}:{}: {what}", index + 1));
        if is_source && has_unnamed_todo(line) {
            found(&format!("needs the name of who will do it: {MARK}(name)"));
        }
        if file.ends_with(".rs") && line.trim_start().starts_with(IGNORED) {
            found("an ignored test proves nothing; assert today's answer with a note instead");
        }
        if file.ends_with(".rs") {
            let doc = doc_comment(line);
            if !is_after_doc && doc.is_some_and(|doc| QUESTIONS.contains(&first_word(doc))) {
                found(
                    "a doc comment names the thing instead of asking for it: \"The reason\", not \"What went wrong\"",
                );
            }
            is_after_doc = doc.is_some();
            if question_name(line) {
                found("a function's name is a statement or a noun, not a question");
            }
        }
        if is_script(file) && SKIPPED.iter().any(|call| line.contains(call)) {
            found("a skipped test proves nothing, and `.only` skips all others");
        }
        if let Some(path) = machine_path(line) {
            found(&format!(
                "`{path}` exists on one machine only; write the path from the repository's root"
            ));
        }
    }
    problems
}

fn has_unnamed_todo(line: &str) -> bool {
    line.match_indices(MARK).any(|(at, _)| {
        let whole_word = !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let rest = &line[at + MARK.len()..];
        whole_word && !rest.starts_with('(') && !rest.starts_with(|after: char| after.is_alphanumeric() || after == '_')
    })
}

/// The text of a doc comment's line.
fn doc_comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
    Some(text.trim_start())
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// Whether the line defines a function, such as a test, whose name begins with a question word.
fn question_name(line: &str) -> bool {
    let name = line.split_once("fn ").map_or("", |(_, name)| name);
    QUESTIONS.iter().any(|word| {
        name.split_once('_')
            .is_some_and(|(first, _)| first.eq_ignore_ascii_case(word))
    })
}

/// An absolute path of somebody's machine: at the start of the line or after something that is no part of a path.
fn machine_path(line: &str) -> Option<&'static str> {
    HOMES.into_iter().find(|home| {
        line.match_indices(home).any(|(at, _)| {
            !line[..at].ends_with(|c: char| c.is_alphanumeric() || ['.', '-', '_', '/', '}', ')'].contains(&c))
        })
    })
}

fn is_script(file: &str) -> bool {
    [".ts", ".js", ".mjs"].iter().any(|end| file.ends_with(end))
}

// Written in pieces, so that this file keeps its own rules.
const MARK: &str = concat!("TO", "DO");
const IGNORED: &str = concat!("#[", "ignore");
const SKIPPED: [&str; 6] = [
    concat!("test", ".skip("),
    concat!("test", ".fixme("),
    concat!("test", ".only("),
    concat!("it", ".skip("),
    concat!("describe", ".skip("),
    concat!("describe", ".only("),
];
const QUESTIONS: [&str; 4] = ["What", "Who", "Whom", "Whose"];
const HOMES: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];
const SOURCES: [&str; 8] = [".rs", ".ts", ".js", ".mjs", ".css", ".html", ".toml", ".sh"];
const LARGEST: u64 = 1024 * 1024;
const DATA: &str = "examples/data/";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        let problems = in_text(file, text);
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, part) in problems.iter().zip(expected) {
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn a_todo_needs_a_name() {
        check("a.rs", &format!("// {MARK}: later\n// {MARK}(ada): later"), &["a.rs:1"]);
        check("a.rs", &format!("let {MARK}_LIST = 1; // my{MARK}"), &[]);
    }

    #[test]
    fn ignored_and_skipped_tests_are_found() {
        check("a.rs", &format!("    {IGNORED}]"), &["a.rs:1"]);
        check("a.spec.ts", &format!("{}'x')", SKIPPED[0]), &["a.spec.ts:1"]);
    }

    #[test]
    fn docs_and_names_that_are_questions_are_found() {
        check("a.rs", "/// What went wrong.\nkind: Kind,", &["a.rs:1"]);
        check("a.rs", "//! Who asks.", &["a.rs:1"]);
        check(
            "a.rs",
            "/// The reason. It says\n/// what went wrong:\n/// Who asked.",
            &[],
        );
        check("a.rs", "/// Whatever it is.\n// What a reader may ask.", &[]);
        check("a.rs", &format!("    fn {}_is_sent_arrives() {{", "what"), &["a.rs:1"]);
        check("a.rs", "    fn whatever_is_sent_arrives() {", &[]);
        check("a.md", "/// What went wrong.", &[]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        check("a.toml", &format!("path = \"{}main\"", HOMES[0]), &["a.toml:1"]);
        check("a.md", &format!("`node{}`, ${{ROOT}}{}x", HOMES[0], HOMES[1]), &[]);
    }
}
