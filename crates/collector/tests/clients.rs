//! Misbehaving clients: slow, interrupted, repeating, or not the SDK at all. The tests use raw sockets, because HTTP
//! clients do not misbehave in these ways.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use wayside_collector::{Limits, LiveBatch, Parts, Sdk, Sites, State, Watchers, app};
use wayside_model::limits::UNFOLDED_MAX_BYTES;
use wayside_model::{Batch, Consent, SiteId, Timestamp, Touchpoint, VisitorId, WriterId};
use wayside_store::{DataWriter, Options, Store};

/// The time of the collector's clock: 2026-11-21.
const NOW: i64 = 1_795_219_200_000;

struct Collector {
    address: std::net::SocketAddr,
    folder: TempDir,
    writer: DataWriter,
    _live: broadcast::Receiver<Arc<LiveBatch>>,
}

impl Collector {
    async fn start(limits: Limits, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(folder.path(), options).await.unwrap();
        let (live, receiver) = broadcast::channel(16);
        let state = State::new(Parts {
            writer: writer.clone(),
            sites: Sites::new([(site(), None)]).unwrap(),
            sdk: Sdk::embedded(|_| None),
            limits,
            live,
            watchers: Watchers::default(),
            clock: || Timestamp::from_millis(NOW),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app(state)).await });
        Self {
            address,
            folder,
            writer,
            _live: receiver,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The number of events that another process finds in the folder.
    async fn on_disk(&self) -> u64 {
        let snapshot = Store::open(self.folder.path()).unwrap().snapshot(&site()).await;
        snapshot.unwrap().events
    }
}

fn site() -> SiteId {
    SiteId::parse("shop").unwrap()
}

fn batch(writer: u128, count: usize) -> Batch {
    let fields = wayside_model::Value::map([("search_term", "mug".into())]);
    let event = (
        Timestamp::from_millis(NOW),
        Touchpoint::parse("search", &fields).unwrap(),
    );
    Batch {
        site: site(),
        writer: WriterId(writer),
        visitor: VisitorId::parse("v").unwrap(),
        consent: Consent::Granted,
        automated: false,
        first_seq: 0,
        events: vec![event; count],
    }
}

fn head(length: usize) -> String {
    format!(
        "POST /v1/batch HTTP/1.1\r\nhost: collector\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n"
    )
}

async fn send(stream: &mut TcpStream, body: &[u8]) {
    stream.write_all(head(body.len()).as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
}

/// Reads one answer: its status line and its JSON body.
async fn answer(stream: &mut TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.unwrap(),
            0,
            "closed without an answer"
        );
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let whole = end + length.parse::<usize>().unwrap();
    while bytes.len() < whole {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "closed within an answer");
    }
    let status = head.lines().next().unwrap().to_owned();
    (status, serde_json::from_slice(&bytes[end..whole]).unwrap())
}

fn ack(writer: u128, last: u32) -> Value {
    json!({ "acks": [{ "writer": WriterId(writer).to_hex(), "ranges": [[0, last]] }] })
}

#[tokio::test]
async fn acknowledged_batches_are_on_disk_and_one_connection_serves_many() {
    let collector = Collector::start(Limits::default(), Options::default()).await;
    let mut stream = collector.connect().await;
    for writer in 1..=5u128 {
        send(&mut stream, &batch(writer, 3).encode()).await;
        let (status, body) = answer(&mut stream).await;
        assert_eq!((status.as_str(), body), ("HTTP/1.1 200 OK", ack(writer, 2)));
        assert_eq!(collector.on_disk().await, writer as u64 * 3);
    }
    // The same batches again, as after a lost answer: they are acknowledged and count once.
    for writer in 1..=5u128 {
        send(&mut stream, &batch(writer, 3).encode()).await;
        assert_eq!(answer(&mut stream).await.1, ack(writer, 2));
    }
    assert_eq!(collector.on_disk().await, 15);
    let counts = collector.writer.store().counts().await.unwrap()[&site()];
    assert_eq!((counts.accepted, counts.good, counts.dead), (30, 30, 0));
}

#[tokio::test]
async fn nothing_accepted_is_lost_after_bad_input() {
    let collector = Collector::start(Limits::default(), Options::default()).await;
    let good = batch(1, 4).encode();
    send(&mut collector.connect().await, &good).await;
    let mut stream = collector.connect().await;
    // A batch truncated at any byte is refused with a status that makes the client drop it.
    for cut in 1..good.len() {
        send(&mut stream, &good[..cut]).await;
        let (status, body) = answer(&mut stream).await;
        assert_eq!(
            (status.as_str(), &body["error"]["code"]),
            ("HTTP/1.1 400 Bad Request", &json!("malformed")),
            "{cut}"
        );
        assert!(
            body["error"]["message"].as_str().unwrap().contains("docs/wire.md"),
            "{body}"
        );
    }
    send(&mut stream, &batch(2, 1).encode()).await;
    assert_eq!(answer(&mut stream).await.1, ack(2, 0));
    assert_eq!(collector.on_disk().await, 5);
    collector.writer.compact().await.unwrap();
    assert_eq!(collector.on_disk().await, 5);
}

#[tokio::test]
async fn an_interrupted_body_releases_its_place() {
    let limits = Limits {
        chunk_timeout: Duration::from_millis(50),
        bodies: 1,
        ..Limits::default()
    };
    let collector = Collector::start(limits, Options::default()).await;
    let bytes = batch(1, 2).encode();
    let mut slow = collector.connect().await;
    slow.write_all(head(bytes.len()).as_bytes()).await.unwrap();
    slow.write_all(&bytes[..10]).await.unwrap();
    let (status, body) = answer(&mut slow).await;
    assert_eq!(
        (status.as_str(), &body["error"]["code"]),
        ("HTTP/1.1 408 Request Timeout", &json!("incomplete"))
    );
    // The only place can be used again.
    let mut stream = collector.connect().await;
    send(&mut stream, &bytes).await;
    assert_eq!(answer(&mut stream).await.1, ack(1, 1));
}

#[tokio::test]
async fn a_body_sent_byte_by_byte_releases_its_place() {
    let limits = Limits {
        body_timeout: Duration::from_millis(200),
        bodies: 1,
        ..Limits::default()
    };
    let collector = Collector::start(limits, Options::default()).await;
    let bytes = batch(1, 2).encode();
    let (mut reads, mut writes) = collector.connect().await.into_split();
    writes.write_all(head(bytes.len()).as_bytes()).await.unwrap();
    let trickle = tokio::spawn({
        let bytes = bytes.clone();
        async move {
            let mut every = tokio::time::interval(Duration::from_millis(20));
            // All but the last: the body never ends.
            for byte in &bytes[..bytes.len() - 1] {
                every.tick().await;
                // After the refusal, the connection is closed.
                if writes.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
        }
    });
    let mut said = vec![0; 32];
    reads.read_exact(&mut said).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&said), "HTTP/1.1 408 Request Timeout\r\nco");
    trickle.abort();
    let mut stream = collector.connect().await;
    send(&mut stream, &bytes).await;
    assert_eq!(answer(&mut stream).await.1, ack(1, 1));
}

#[tokio::test]
async fn slow_bodies_do_not_block_other_batches() {
    let limits = Limits {
        bodies: 101,
        // One batch at a time is decoded.
        unfolded_bytes: UNFOLDED_MAX_BYTES,
        ..Limits::default()
    };
    let collector = Collector::start(limits, Options::default()).await;
    let bytes = batch(1, 2).encode();
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = collector.connect().await;
        stream.write_all(head(bytes.len()).as_bytes()).await.unwrap();
        stream.write_all(&bytes[..10]).await.unwrap();
        slow.push(stream);
    }
    let mut stream = collector.connect().await;
    for writer in 1..=3 {
        send(&mut stream, &batch(writer, 2).encode()).await;
        assert_eq!(answer(&mut stream).await.1, ack(writer, 1));
    }
    // The slow bodies are accepted too once they are complete.
    slow[0].write_all(&bytes[10..]).await.unwrap();
    assert_eq!(answer(&mut slow[0]).await.1, ack(1, 1));
}

#[tokio::test]
async fn bodies_beyond_the_memory_limit_are_rate_limited() {
    let bytes = batch(1, 100).encode();
    for (bodies_bytes, expected) in [(bytes.len(), "200"), (bytes.len() - 1, "429")] {
        let limits = Limits {
            bodies_bytes,
            ..Limits::default()
        };
        let collector = Collector::start(limits, Options::default()).await;
        let mut stream = collector.connect().await;
        send(&mut stream, &bytes).await;
        let (status, body) = answer(&mut stream).await;
        assert!(status.contains(expected), "{bodies_bytes}: {status} {body}");
    }
}

#[tokio::test]
async fn a_batch_waits_for_memory_and_is_then_rate_limited() {
    let limits = Limits {
        // Less than the decoded size of a batch, so that waiting cannot help.
        unfolded_bytes: UNFOLDED_MAX_BYTES - 1,
        unfolded_wait: Duration::from_millis(50),
        ..Limits::default()
    };
    let collector = Collector::start(limits, Options::default()).await;
    let mut stream = collector.connect().await;
    send(&mut stream, &batch(1, 1).encode()).await;
    let (status, body) = answer(&mut stream).await;
    assert_eq!(
        (status.as_str(), &body["error"]["code"]),
        ("HTTP/1.1 429 Too Many Requests", &json!("rate_limited"))
    );
    assert!(body["error"]["message"].as_str().unwrap().contains("memory"), "{body}");
}

#[tokio::test]
async fn a_batch_keeps_its_place_until_it_is_answered() {
    /// Whether a sync has been requested, and whether it may finish.
    static DISK: (Mutex<(bool, bool)>, Condvar) = (Mutex::new((false, false)), Condvar::new());
    let limits = Limits {
        bodies: 1,
        ..Limits::default()
    };
    let mut options = Options::default();
    options.log.sync = |file| {
        let (state, changed) = &DISK;
        let mut state = state.lock().unwrap();
        state.0 = true;
        changed.notify_all();
        drop(changed.wait_while(state, |(_, may_finish)| !*may_finish).unwrap());
        file.sync_data()
    };
    let collector = Collector::start(limits, options).await;
    let mut first = collector.connect().await;
    send(&mut first, &batch(1, 1).encode()).await;
    let asked = tokio::task::spawn_blocking(|| {
        let (state, changed) = &DISK;
        drop(changed.wait_while(state.lock().unwrap(), |(asked, _)| !*asked).unwrap());
    });
    asked.await.unwrap();

    let mut second = collector.connect().await;
    send(&mut second, &batch(2, 1).encode()).await;
    let refused = tokio::time::timeout(Duration::from_secs(30), answer(&mut second)).await;
    let (state, changed) = &DISK;
    state.lock().unwrap().1 = true;
    changed.notify_all();
    let (status, body) = refused.expect("the second batch waits for the disk, too");
    assert_eq!(
        (status.as_str(), &body["error"]["code"]),
        ("HTTP/1.1 429 Too Many Requests", &json!("rate_limited"))
    );
    assert_eq!(answer(&mut first).await.1, ack(1, 0));
    send(&mut second, &batch(2, 1).encode()).await;
    assert_eq!(answer(&mut second).await.1, ack(2, 0));
}

#[tokio::test]
async fn a_client_that_disconnects_releases_everything() {
    let limits = Limits {
        bodies: 1,
        ..Limits::default()
    };
    let collector = Collector::start(limits, Options::default()).await;
    let bytes = batch(1, 2).encode();
    for cut in [0, 1, bytes.len() - 1] {
        let mut stream = collector.connect().await;
        stream.write_all(head(bytes.len()).as_bytes()).await.unwrap();
        stream.write_all(&bytes[..cut]).await.unwrap();
    }
    // Until the collector notices the disconnection, the only place is in use.
    let mut stream = collector.connect().await;
    let taken = async {
        loop {
            send(&mut stream, &batch(9, 1).encode()).await;
            match answer(&mut stream).await {
                (status, body) if status.contains("200") => return body,
                (status, _) => assert!(status.contains("429"), "{status}"),
            }
        }
    };
    let body = tokio::time::timeout(Duration::from_secs(30), taken)
        .await
        .expect("the place was never given back");
    assert_eq!(body, ack(9, 0));
    assert_eq!(collector.on_disk().await, 1);
}

#[tokio::test]
async fn a_failed_log_makes_healthz_fail() {
    let mut options = Options::default();
    options.log.sync = |_| Err(std::io::Error::other("the disk is gone"));
    let collector = Collector::start(Limits::default(), options).await;
    let mut stream = collector.connect().await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        send(&mut stream, &batch(1, 1).encode()).await;
        let (status, body) = answer(&mut stream).await;
        assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
        codes.push(body["error"]["code"].clone());
    }
    assert_eq!(codes, ["unavailable", "unavailable"]);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: collector\r\n\r\n")
        .await
        .unwrap();
    let (status, body) = answer(&mut stream).await;
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    assert!(body["message"].as_str().unwrap().contains("the disk is gone"), "{body}");
}

#[tokio::test]
async fn a_preflight_is_answered() {
    let collector = Collector::start(Limits::default(), Options::default()).await;
    let answer = reqwest::Client::new()
        .request(
            reqwest::Method::OPTIONS,
            format!("http://{}/v1/batch", collector.address),
        )
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::NO_CONTENT);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["access-control-allow-methods"], "POST");
}
