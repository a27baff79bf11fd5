//! The server under attack: its memory stays limited, and it still answers ordinary clients.
#![cfg(target_os = "linux")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use support::attack::{answer, attack, client, connect, costly, quick};
use support::{Server, batch, events_of, new_data, run_json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// The memory limit of docs/collector.md.
const MOST_MIB: u64 = 512;

#[tokio::test(flavor = "multi_thread")]
async fn crafted_bodies_do_not_exhaust_memory() {
    let (_folder, data) = new_data();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("wayside.toml"), "[sites.shop]\n[sites.honest]\n").unwrap();
    let server = Server::start(&data, &[]);
    let at_start = server.memory().now;
    let highest = server.watch_memory();
    // A viewer of the live view that does not read.
    let live = server.open("/api/live?site=shop").await;

    let is_over = Arc::new(AtomicBool::new(false));
    let honest = tokio::spawn(honest_batches(server.address(), is_over.clone()));
    for (bodies, count) in [(quick(), 150), (costly(), 12)] {
        let wave = [1, 2, 3, 4].map(|last| attack(server.address(), client(last), &bodies, count));
        let acknowledged = futures::future::join_all(wave).await;
        println!("{acknowledged:?} of {count} acknowledged, {:?}", server.memory());
        assert!(acknowledged.iter().sum::<usize>() > 0, "none of it gets through");
    }
    is_over.store(true, Relaxed);
    let acknowledged = honest
        .await
        .expect("each honest batch was taken or is to be sent again");
    assert!(acknowledged > 0, "no honest batch got through");
    drop(live);

    // Once everything accepted has moved from the log into the table, memory falls.
    let peak = server.memory().highest;
    let settles = async {
        while log_bytes(&data) >= ROLL_BYTES || server.memory().now > AFTERWARDS_MIB {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let settled = tokio::time::timeout(Duration::from_secs(400), settles).await;
    let afterwards = server.memory().now;
    let log_bytes = log_bytes(&data);
    println!("{at_start} MiB at the start, {peak} at the peak, {afterwards} afterwards, {log_bytes} bytes of log");
    assert!(settled.is_ok(), "memory was not given back");
    server.stop();
    let highest = highest.join().expect("its memory was watched");
    assert!(highest <= MOST_MIB, "{highest} MiB");
    assert_eq!(events_of(&run_json(&["sites"], &data), "honest"), acknowledged);
}

/// Memory that the server keeps after the attack.
const AFTERWARDS_MIB: u64 = 160;

/// The size below which a compaction leaves the log.
const ROLL_BYTES: u64 = 1 << 20;

/// Bytes of the log's segments.
fn log_bytes(data: &Path) -> u64 {
    let files = std::fs::read_dir(data.join("log")).expect("the log");
    // A concurrent compaction may remove a segment.
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
}

/// Sends small batches in sequence until `is_over`; each must be accepted or refused as retryable. Returns the number
/// of acknowledged events.
async fn honest_batches(server: std::net::SocketAddr, is_over: Arc<AtomicBool>) -> u64 {
    let mut acknowledged = 0;
    for writer in 1_000.. {
        if is_over.load(Relaxed) {
            break;
        }
        let mut stream = connect(server, client(99)).await.expect("a connection");
        let body = batch("honest", writer, 0, 3).to_string();
        post(&mut stream, &body).await;
        let said = answer(&mut stream).await.expect("an answer");
        match said.split(' ').nth(1) {
            Some("200") => acknowledged += 3,
            Some("408" | "429" | "503") => {}
            _ => panic!("{said}"),
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_do_not_block_others() {
    let (_folder, data) = new_data();
    allow_many_files();
    let server = Server::start(&data, &[]);
    let address = server.address();
    let body = batch("shop", 1, 0, 2).to_string();
    let mut slow = Vec::new();
    // More bodies than may be read at once, from more addresses than share the limit, and headers that never end.
    for last in 1..=9 {
        for _ in 0..400 {
            slow.push(slow_client(address, last, &head(body.len() + 1), &body[..10]).await);
        }
        for _ in 0..400 {
            slow.push(slow_client(address, last, "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\n", "a: b").await);
        }
    }
    for writer in 2..20 {
        let mut stream = connect(address, client(99)).await.unwrap();
        post(&mut stream, &batch("shop", writer, 0, 2).to_string()).await;
        let said = answer(&mut stream).await.expect("an answer");
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    }
    for path in ["/healthz", "/metrics", "/api/sites"] {
        assert_eq!(server.get(path).await.0, 200, "{path}");
    }
    let memory = server.memory().highest;
    assert!(memory <= MOST_MIB, "{memory} MiB");
    drop(slow);
    server.stop();
}

/// A client that sends a part of a request and then nothing. The server may already have closed the connection.
async fn slow_client(server: std::net::SocketAddr, last: u8, head: &str, rest: &str) -> Option<TcpStream> {
    let mut stream = connect(server, client(last)).await.ok()?;
    stream.write_all(format!("{head}{rest}").as_bytes()).await.ok()?;
    Some(stream)
}

async fn post(stream: &mut TcpStream, body: &str) {
    stream
        .write_all(format!("{}{body}", head(body.len())).as_bytes())
        .await
        .expect("it is sent");
}

fn head(length: usize) -> String {
    format!("POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n")
}

/// The test needs as many connections as the server, and thousands more.
fn allow_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("the soft limit may be as high as the hard one");
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_to_what_the_system_allows() {
    let (_folder, data) = new_data();
    let command = "ulimit -Sn 200 && exec \"$0\" serve --listen 127.0.0.1:0 --data \"$1\"";
    let server = Server::spawn(
        std::process::Command::new("sh")
            .args(["-c", command, env!("CARGO_BIN_EXE_wayside")])
            .arg(&data),
    );
    let limits = server.proc("limits");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    // "Max open files", then both limits.
    let [soft, hard] = [3, 4].map(|at| files.split_whitespace().nth(at).unwrap());
    assert_eq!(soft, hard, "{files}");
    server.stop();
}
