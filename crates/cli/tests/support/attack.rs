//! Clients that mean harm: small bodies that unfold to megabytes, sent over many connections at once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use wayside_model::{Batch, Consent, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};

use super::START_MS;

/// A crafted body.
#[derive(Clone)]
pub struct Crafted {
    /// Why it is dangerous.
    pub name: &'static str,
    pub body: Vec<u8>,
}

/// Bodies of a few kilobytes that unfold to hundreds of times as much with little work, so that a server takes as many as it can.
pub fn quick() -> Vec<Crafted> {
    let long = "x".repeat(1_000);
    let search = Value::map([("search_term", Value::from(long.as_str()))]);
    vec![
        Crafted {
            name: "one long text named by a thousand events",
            body: binary(1_000, 0, "search", &search),
        },
        Crafted {
            name: "a thousand dead letters by a column that nobody knows",
            body: unknown_column(),
        },
    ]
}

/// Bodies up to the largest that take more work, or more memory while they are decoded.
pub fn costly() -> Vec<Crafted> {
    let empty_items = Value::List(vec![Value::map([] as [(&str, Value); 0]); 200]);
    let names: Vec<_> = (0..50).map(|at| format!("p{at}")).collect();
    let props = Value::map(names.iter().map(|name| (name.as_str(), Value::Int(1))));
    vec![
        Crafted {
            name: "seven long texts each named by a thousand events",
            body: binary(1_000, 0, "page_view", &rich()),
        },
        Crafted {
            name: "two hundred thousand items without fields",
            body: binary(1_000, 0, "view_item_list", &Value::map([("items", empty_items)])),
        },
        Crafted {
            name: "fifty properties in each of a thousand events",
            body: binary(1_000, 0, "login", &props),
        },
        Crafted {
            name: "dead letters that keep what they brought",
            body: binary(1_000, 2 * DAY_MS, "page_view", &rich()),
        },
        Crafted {
            name: "nested lists of JSON up to the largest body",
            body: nested_json(),
        },
        Crafted {
            name: "JSON events up to the largest body",
            body: json_events(),
        },
    ]
}

/// A page view with seven long texts.
fn rich() -> Value {
    let long = "x".repeat(1_000);
    let texts = ["title", "source", "medium", "campaign", "term", "content", "click_id"];
    let texts = texts.map(|name| (name, Value::from(long.as_str())));
    Value::map(texts.into_iter().chain([("url", Value::from("https://shop.example/"))]))
}

/// Sends `count` of these bodies in turn at once from one address, each over its own connection. Returns how many were acknowledged.
pub async fn attack(server: SocketAddr, from: IpAddr, bodies: &[Crafted], count: usize) -> usize {
    let mut tasks = JoinSet::new();
    for crafted in bodies.iter().cycle().take(count) {
        let body = fresh(&crafted.body);
        tasks.spawn(async move {
            let said = post(server, from, &body).await;
            said.is_some_and(|said| said.starts_with("HTTP/1.1 200"))
        });
    }
    let outcomes = tasks.join_all().await;
    outcomes.into_iter().filter(|acknowledged| *acknowledged).count()
}

/// Posts a body and reads the answer; `None` where the connection ended without one.
async fn post(server: SocketAddr, from: IpAddr, body: &[u8]) -> Option<String> {
    let mut stream = connect(server, from).await.ok()?;
    let head = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: {server}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    answer(&mut stream).await
}

/// Reads one answer with a short body; gives its head and body.
pub async fn answer(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            if body.len() >= length.parse().ok()? {
                return Some(text.into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A connection from one of loopback's many addresses.
pub async fn connect(server: SocketAddr, from: IpAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from, 0))?;
    socket.connect(server).await
}

/// One of loopback's addresses: 127.0.0.`last`.
pub fn client(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, last).into()
}

/// A binary body under another writer, so that no copy is dropped.
fn fresh(body: &[u8]) -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut body = body.to_vec();
    if body[0] == wayside_model::wire::BINARY {
        body[WRITER_AT..WRITER_AT + 8].copy_from_slice(&NEXT.fetch_add(1, Relaxed).to_be_bytes());
    }
    body
}

fn binary(count: usize, late_ms: i64, kind: &str, fields: &Value) -> Vec<u8> {
    let touchpoint = Touchpoint::parse(kind, fields).expect("the touchpoint is right");
    // A month after the tests' own visits begin is now.
    let time = Timestamp::from_millis(*START_MS + 30 * DAY_MS + late_ms);
    let batch = Batch {
        site: SiteId::parse("shop").expect("the site is right"),
        writer: WriterId(1),
        visitor: VisitorId::parse("attacker").expect("the visitor is right"),
        consent: Consent::Granted,
        automated: false,
        first_seq: 0,
        events: vec![(time, touchpoint); count],
    };
    batch.encode()
}

/// A thousand events without fields, and behind them one column of a field that no version has.
fn unknown_column() -> Vec<u8> {
    let mut body = binary(1_000, 0, "login", &Value::map([] as [(&str, Value); 0]));
    // In place of "no columns": one, its code, its length, and that all thousand rows have it.
    assert_eq!(body.pop(), Some(0));
    body.extend([1, 250, 2, 0xe8, 0x07]);
    body
}

fn nested_json() -> Vec<u8> {
    let begin = format!("{{\"events\":[{{\"time\":{},\"kind\":\"login\",\"a\":[", *START_MS);
    let end = format!("[0]]}}],{}", envelope());
    let room = wayside_model::limits::BODY_MAX_BYTES - begin.len() - end.len();
    format!("{begin}{}{end}", "[0],".repeat(room / 4)).into_bytes()
}

fn json_events() -> Vec<u8> {
    let events: Vec<_> = (0..1_000)
        .map(|n| json!({ "time": *START_MS + n, "kind": "login", "a": "b".repeat(40), "c": 1, "d": 2, "e": 3, "f": true }))
        .collect();
    let events = serde_json::to_string(&events).expect("JSON");
    format!("{{\"events\":{events},{}", envelope()).into_bytes()
}

/// The rest of a JSON batch.
fn envelope() -> String {
    format!(
        "\"v\":1,\"site\":\"shop\",\"writer\":\"{:032x}\",\"visitor\":\"attacker\"}}",
        77
    )
}

/// Where the writer stands in a binary batch: behind encoding, version and flags.
const WRITER_AT: usize = 3;

const DAY_MS: i64 = 24 * 3_600_000;
