//! The real binary, on a free port and with a data folder of its own.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

#[cfg(target_os = "linux")]
pub mod attack;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, SystemTime};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A running `wayside serve`; dropping it ends it at once.
pub struct Server {
    child: Child,
    pub base: String,
    stderr: Option<std::thread::JoinHandle<String>>,
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    pub fn start(data: &Path, more: &[&str]) -> Self {
        Self::spawn(
            wayside(&["serve", "--listen", "127.0.0.1:0"])
                .arg("--data")
                .arg(data)
                .args(more),
        )
    }

    /// Starts any command that ends up as a listening server.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        std::thread::spawn(move || {
            stdout
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let mut errors = child.stderr.take().expect("stderr is piped");
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        loop {
            match lines.recv_timeout(Duration::from_secs(60)) {
                Ok(line) => {
                    if let Some((_, address)) = line.split_once("listening on ") {
                        let base = address.trim().trim_end_matches('/').to_owned();
                        // Keeps reading, so that the server never writes into a closed pipe.
                        std::thread::spawn(move || lines.iter().for_each(drop));
                        return Self {
                            child,
                            base,
                            stderr: Some(stderr),
                        };
                    }
                }
                Err(_) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    panic!("the server did not listen: {}", stderr.join().unwrap_or_default());
                }
            }
        }
    }

    /// Ends it as Ctrl-C does; its exit must be clean.
    pub fn stop(mut self) {
        terminate(&self.child);
        let status = self.child.wait().expect("the server ends");
        let errors = self.stderr.take().map(|errors| errors.join().unwrap_or_default());
        assert!(status.success(), "{status}: {}", errors.unwrap_or_default());
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("the server ends");
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        let address = self.base.strip_prefix("http://").expect("it speaks HTTP");
        address.parse().expect("an address")
    }

    /// A file of the process below `/proc`.
    #[cfg(target_os = "linux")]
    pub fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).expect("it runs")
    }

    /// Its resident memory now and at its highest.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> Memory {
        Memory::parse(&self.proc("status")).expect("it runs")
    }

    /// Follows its memory until it ends; gives the highest that it had.
    #[cfg(target_os = "linux")]
    pub fn watch_memory(&self) -> std::thread::JoinHandle<u64> {
        let file = format!("/proc/{}/status", self.child.id());
        std::thread::spawn(move || {
            let mut highest = 0;
            // A process that has ended has no memory, even while its parent has not heard of it.
            while let Some(memory) = std::fs::read_to_string(&file)
                .ok()
                .and_then(|text| Memory::parse(&text))
            {
                highest = highest.max(memory.highest);
                std::thread::park_timeout(Duration::from_millis(10));
            }
            highest
        })
    }

    /// Opens a path and does not read the response.
    pub async fn open(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.base);
        Client::new().get(url).send().await.expect("an answer")
    }

    /// Posts a body as a page does.
    pub async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> Response {
        let url = format!("{}/v1/batch{query}", self.base);
        Client::new()
            .post(url)
            .header("content-type", "text/plain")
            .body(body)
            .send()
            .await
            .expect("an answer")
    }

    /// Posts a JSON batch that must be accepted.
    pub async fn accepts(&self, batch: &Value) {
        let answer = self.post("", batch.to_string()).await;
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert_eq!(status, 200, "{text}");
    }

    /// The JSON at a path, with its status.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = Client::new()
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// How many touchpoints a site has.
    pub async fn events(&self, site: &str) -> u64 {
        let (status, sites) = self.get("/api/sites").await;
        assert_eq!(status, 200, "{sites}");
        events_of(&sites, site)
    }
}

/// Resident memory of a process in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub now: u64,
    pub highest: u64,
}

impl Memory {
    /// Reads `/proc/PID/status`; `None` of a process that has ended.
    fn parse(status: &str) -> Option<Self> {
        let mib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kib = line.trim_end_matches("kB").trim().parse::<u64>().ok()?;
            Some(kib / 1_024)
        };
        Some(Self {
            now: mib("VmRSS:")?,
            highest: mib("VmHWM:")?,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a process to end, as Ctrl-C does.
pub fn terminate(process: &Child) {
    let status = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

/// The binary with arguments, without settings from outside.
pub fn wayside(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wayside"));
    for name in [
        "DATA",
        "LISTEN",
        "SHOP",
        "SDK",
        "TRAFFIC",
        "READ_TOKEN",
        "READ_TOKEN_FILE",
        "ADMIN_TOKEN",
        "ADMIN_TOKEN_FILE",
        "SERVER",
        "PUBLIC_URL",
        "TRUSTED_PROXY",
        "LOG",
    ] {
        command.env_remove(format!("WAYSIDE_{name}"));
    }
    command.args(args);
    command
}

/// Runs it to its end.
pub fn run(args: &[&str], data: &Path) -> Output {
    wayside(args).arg("--data").arg(data).output().expect("the binary runs")
}

/// Runs it; it must succeed and print JSON.
#[track_caller]
pub fn run_json(args: &[&str], data: &Path) -> Value {
    let output = run(args, data);
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{args:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{args:?} printed no JSON ({error}): {stdout}"))
}

/// Runs it; it must fail with `code` and say all of `words` on stderr, and nothing on stdout.
#[track_caller]
pub fn fails(output: &Output, code: i32, words: &[&str]) {
    let (stdout, stderr) = texts(output);
    assert_eq!(output.status.code(), Some(code), "stdout: {stdout}\nstderr: {stderr}");
    assert_eq!(stdout, "", "stderr: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{word:?} is not in: {stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// How many touchpoints a site has in the list of sites.
pub fn events_of(sites: &Value, site: &str) -> u64 {
    let about = sites
        .as_array()
        .expect("a list")
        .iter()
        .find(|about| about["site"] == site);
    about.map_or(0, |about| about["events"].as_u64().expect("a number"))
}

/// A JSON batch of product views by one writer.
pub fn batch(site: &str, writer: u128, first_seq: u32, views: u32) -> Value {
    let events: Vec<_> = (0..views)
        .map(|n| json!({ "time": *START_MS + 1_000 * i64::from(first_seq + n), "kind": "view_item", "value": 5 }))
        .collect();
    json!({
        "v": 1, "site": site, "writer": format!("{writer:032x}"), "visitor": format!("visitor-{writer}"),
        "consent": "granted", "automated": false, "first_seq": first_seq, "events": events,
    })
}

/// A folder for data that does not exist yet, in one that is removed at the end.
pub fn new_data() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    (folder, data)
}

/// A file of the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Time of the touchpoints that the tests send: ten o'clock a month ago, because a collector refuses touchpoints older than a year.
pub static START_MS: LazyLock<i64> = LazyLock::new(|| {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock");
    let days = now.as_secs() / 86_400 - 30;
    i64::try_from((days * 24 + 10) * 3_600_000).expect("milliseconds")
});
