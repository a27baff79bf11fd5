//! A process that appends until it is ended: this test binary, started once more.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use wayside_store::DataWriter;

use crate::common::*;

/// Arguments that make this binary run [`a_process_that_appends`] and nothing else.
const ARGUMENTS: [&str; 4] = [
    "--exact",
    "child::a_process_that_appends",
    "--nocapture",
    "--test-threads=1",
];
/// The prefix of the child's messages; the test harness may have written something before it on the same line.
const ACKED: &str = "acked ";
const REFUSED: &str = "refused ";
const DIR: &str = "WAYSIDE_FAULTS_DIR";
const WRITER: &str = "WAYSIDE_FAULTS_WRITER";

/// A child that appends to `dir` as `writer` and says so line by line.
pub(crate) struct Appender {
    child: Child,
}

impl Appender {
    /// Starts it; `shell` is run before by `sh` and may limit what the child is allowed.
    pub(crate) fn start(dir: &Path, writer: u32, shell: &str) -> Self {
        let child = Command::new("sh")
            .arg("-c")
            .arg(format!("{shell} exec \"$0\" \"$@\""))
            .arg(std::env::current_exe().unwrap())
            .args(ARGUMENTS)
            .env(DIR, dir)
            .env(WRITER, writer.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Waits until it has acknowledged `count` appends, kills it, and returns how many it had acknowledged by then.
    pub(crate) fn kill_after(mut self, count: usize) -> usize {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let is_ack = |line: &String| line.contains(ACKED);
        let before = lines.by_ref().map(Result::unwrap).filter(is_ack).take(count).count();
        assert_eq!(before, count, "the child ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // The acks that it wrote to the pipe before it was killed count, too.
        count + lines.map_while(Result::ok).filter(is_ack).count()
    }

    /// Waits for its end: how many it acknowledged, and the message it ended with.
    pub(crate) fn ended(mut self) -> (usize, String) {
        let lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let lines: Vec<_> = lines.map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success(), "{lines:?}");
        let message = lines
            .iter()
            .find_map(|line| line.strip_prefix("refused "))
            .unwrap_or_default();
        (
            lines.iter().filter(|line| line.contains(ACKED)).count(),
            message.to_owned(),
        )
    }
}

/// The child's work. Without a parent it appends a few events to a folder of its own and looks for them there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_appends() {
    let own = tempfile::tempdir().unwrap();
    let dir = std::env::var_os(DIR).map_or_else(|| own.path().to_path_buf(), Into::into);
    let writer: u32 = std::env::var(WRITER).map_or(0, |writer| writer.parse().unwrap());
    let has_parent = std::env::var_os(DIR).is_some();
    let mut options = options();
    options.log.segment_bytes = 20_000;
    let data = DataWriter::lock(&dir, options).await.unwrap();
    for seq in 0.. {
        if let Err(error) = data.append(vec![accepted(vec![appended(writer, seq)])]).await {
            assert!(error.is_disk_full(), "{error}");
            say(&format!("{REFUSED}{error}"));
            return;
        }
        say(&format!("{ACKED}{seq}"));
        if seq % 20 == 5 {
            // Compactions go on while events arrive, and are killed with them.
            let data = data.clone();
            tokio::spawn(async move { data.compact().await });
        }
        if !has_parent && seq == 9 {
            break;
        }
    }
    let events: Vec<_> = (0..10).map(|seq| appended(writer, seq)).collect();
    let lines = lines(data.store()).await;
    assert_eq!(lines, expected(&events, &[("v0", "c0")]));
}

/// The event that a child appends as number `seq`; every seventh says who the visitor is.
pub(crate) fn appended(writer: u32, seq: u32) -> wayside_model::Event {
    let visitor = format!("v{writer}");
    if seq % 7 == 6 {
        return identify(&visitor, &format!("c{writer}"), u128::from(writer), seq, i64::from(seq));
    }
    event(&visitor, u128::from(writer), seq, i64::from(seq))
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}
