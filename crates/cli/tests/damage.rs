//! Flipped bits in a data folder: the server starts, nothing acknowledged is cut off, and `wayside check` reports the
//! damage.

mod support;

use std::path::{Path, PathBuf};

use support::{Server, batch, fails, new_data, run, texts};

/// Runs `wayside check`, which must fail and print all of `words` in one line.
#[track_caller]
fn check_names(data: &Path, words: &[&str]) {
    let output = run(&["check", "--format", "table"], data);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    let has = |line: &str| line.starts_with("wrong: ") && words.iter().all(|word| line.contains(word));
    assert!(stdout.lines().any(has), "{words:?} is not in: {stdout}{stderr}");
}

fn flip(path: &Path, place: impl FnOnce(usize) -> usize) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    let place = place(bytes.len());
    bytes[place] ^= 4;
    std::fs::write(path, &bytes).unwrap();
    bytes
}

/// A folder in which a killed server left 3 + 2 touchpoints in the log.
async fn killed() -> (tempfile::TempDir, PathBuf) {
    let (folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    server.accepts(&batch("shop", 1, 3, 2)).await;
    server.kill();
    (folder, data)
}

#[tokio::test]
async fn a_damaged_last_record_of_the_log_is_kept_and_reported() {
    let (_folder, data) = killed().await;
    let damaged = flip(&data.join("log/00000001.seg"), |length| length - 9);
    check_names(&data, &["00000001.seg: ", "a damaged record"]);
    let server = Server::start(&data, &[]);
    assert_eq!(server.events("shop").await, 3);
    server.accepts(&batch("shop", 2, 0, 4)).await;
    server.stop();
    let copy = data.join("log/00000001.seg.damaged");
    assert_eq!(std::fs::read(&copy).unwrap(), damaged);
    check_names(&data, &["00000001.seg.damaged: ", "acknowledged events may be lost"]);
    std::fs::remove_file(copy).unwrap();
    assert!(run(&["check"], &data).status.success());
}

#[tokio::test]
async fn a_damaged_segment_header_does_not_prevent_a_start() {
    let (_folder, data) = killed().await;
    // The format version: the damaged one looks like version 5.
    flip(&data.join("log/00000001.seg"), |_| 6);
    check_names(&data, &["00000001.seg: ", "its first 16 bytes are damaged"]);
    let server = Server::start(&data, &[]);
    assert_eq!(server.events("shop").await, 5);
    server.stop();
}

#[tokio::test]
async fn a_damaged_data_file_is_reported_and_never_used() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 300)).await;
    server.stop();
    let month = std::fs::read_dir(data.join("table/site=shop")).unwrap().next().unwrap();
    let bucket = std::fs::read_dir(month.unwrap().path()).unwrap().next().unwrap();
    let file = std::fs::read_dir(bucket.unwrap().path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let name = file.file_name().into_string().unwrap();
    // The file has a footer of which the checksum is another; its pages come first.
    flip(&file.path(), |_| 100);
    check_names(&data, &[&name, "the checksum of its bytes"]);
    fails(
        &run(&["report", "timeline", "--visitor", "visitor-1"], &data),
        1,
        &[&name],
    );
    fails(&run(&["sql", "SELECT * FROM events"], &data), 1, &[&name]);
}

#[tokio::test]
async fn a_missing_delta_log_is_named_once_and_by_wayside_alone() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    server.stop();
    std::fs::remove_dir_all(data.join("table/_delta_log")).unwrap();
    check_names(&data, &["table: ", "_delta_log", "is missing or empty"]);
    let output = run(&["check"], &data);
    let (_, stderr) = texts(&output);
    assert!(stderr.starts_with("wayside: one problem was found in "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
