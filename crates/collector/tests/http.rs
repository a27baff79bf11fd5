//! The collector over HTTP, with a real log behind it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::broadcast;
use wayside_collector::{Limits, LiveBatch, Parts, Sdk, Sites, State, Watchers, app};
use wayside_model::{Field, SiteId, Timestamp};
use wayside_store::{DataWriter, DeadLetter, LogOptions, Options};
use wayside_testkit::binary;

/// The time of the collector's clock: 2026-11-21.
const NOW: i64 = 1_795_219_200_000;

const SITES: &str = r#"
[sites.shop]

[sites.keyed]
key = "right-key"

[sites.bank]
own_hosts = "pay.bank.example"
"#;

struct Collector {
    base: String,
    writer: DataWriter,
    live: broadcast::Receiver<Arc<LiveBatch>>,
    watchers: Watchers,
    _folder: TempDir,
}

impl Collector {
    async fn start() -> Self {
        Self::with(Limits::default(), Options::default(), Sdk::embedded(embedded)).await
    }

    async fn with(limits: Limits, options: Options, sdk: Sdk) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(folder.path(), options).await.unwrap();
        let sites = tempfile::tempdir().unwrap();
        std::fs::write(sites.path().join("wayside.toml"), SITES).unwrap();
        let (sender, live) = broadcast::channel(16);
        let watchers = Watchers::default();
        let state = State::new(Parts {
            writer: writer.clone(),
            sites: Sites::open(sites.path()).unwrap().unwrap(),
            sdk,
            limits,
            live: sender,
            watchers: watchers.clone(),
            clock: || Timestamp::from_millis(NOW),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app(state)).await });
        Self {
            base,
            writer,
            live,
            watchers,
            _folder: folder,
        }
    }

    async fn dead_letters(&self) -> Vec<DeadLetter> {
        let site = SiteId::parse("shop").unwrap();
        let rows = self.writer.store().dead_letters(&site).await.unwrap();
        rows.into_iter().map(|row| row.letter).collect()
    }

    async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> Response {
        Client::new()
            .post(format!("{}/v1/batch{query}", self.base))
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Client::new().get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn events(&self) -> u64 {
        self.writer
            .store()
            .sites()
            .await
            .unwrap()
            .iter()
            .map(|site| site.events)
            .sum()
    }
}

fn embedded(name: &str) -> Option<Cow<'static, [u8]>> {
    let text = match name {
        "wayside.js" => "import(`wayside-glue.js?v=a1b2c3`); ",
        "wayside-glue.js" => "export const run = 1; ",
        _ => return None,
    };
    Some(Cow::Owned(text.repeat(100).into_bytes()))
}

fn batch(site: &str, events: Value) -> String {
    json!({ "v": 1, "site": site, "writer": format!("{:032x}", 5), "visitor": "v", "first_seq": 3, "events": events })
        .to_string()
}

fn view(after_ms: i64) -> Value {
    json!({ "time": NOW + after_ms, "kind": "page_view", "url": "https://shop.example/?token=secret&q=mug" })
}

async fn refusal(answer: Response) -> (u16, String, Option<String>) {
    let retry_after = answer
        .headers()
        .get("retry-after")
        .map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    (status, body["error"]["code"].as_str().unwrap().to_owned(), retry_after)
}

#[tokio::test]
async fn a_batch_is_acknowledged_by_its_ids_shown_live_and_scrubbed() {
    let mut collector = Collector::start().await;
    let answer = collector.post("", batch("shop", json!([view(-2), view(-1)]))).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let ack: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(
        ack,
        json!({ "acks": [{ "writer": format!("{:032x}", 5), "ranges": [[3, 4]] }] })
    );
    let live = collector.live.try_recv().unwrap();
    assert_eq!(
        (live.site.as_str(), live.events.len(), live.events[1].id.seq),
        ("shop", 2, 4)
    );
    let shown = format!("{:?}", live.events[0].touchpoint);
    assert!(shown.contains("shop.example") && !shown.contains("secret"), "{shown}");
    assert_eq!(collector.events().await, 2);
}

#[tokio::test]
async fn the_ack_says_whether_somebody_watches_the_live_view() {
    let collector = Collector::start().await;
    let said = async |site: &str| {
        let answer = collector.post("", batch(site, json!([view(-1)]))).await;
        let ack: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        ack.get("watched").cloned()
    };
    assert_eq!(said("shop").await, None);
    let watching = collector.watchers.watch(Some(SiteId::parse("shop").unwrap()));
    assert_eq!(said("shop").await, Some(json!(true)));
    assert_eq!(said("bank").await, None);
    drop(watching);
    assert_eq!(said("shop").await, None);
}

#[tokio::test]
async fn a_referrer_that_is_the_sites_own_is_not_stored() {
    let mut collector = Collector::start().await;
    let view = |referrer: &str| json!({ "time": NOW, "kind": "page_view", "url": "https://www.shop.example/?utm_source=news", "referrer": referrer });
    let referrers = [
        "https://pay.bank.example/",
        "https://checkout.shop.example/",
        "https://blog.example/",
    ];
    for site in ["bank", "shop"] {
        collector.post("", batch(site, json!(referrers.map(view)))).await;
        let live = collector.live.try_recv().unwrap();
        let kept = live
            .events
            .iter()
            .map(|event| event.touchpoint.fields().text(Field::Referrer));
        let expected = [(site == "shop").then_some(referrers[0]), None, Some(referrers[2])];
        assert_eq!(kept.collect::<Vec<_>>(), expected, "{site}");
        // A page without Wasm sends the address only.
        let source = live.events[2].touchpoint.fields().text(Field::Source);
        assert_eq!(source, Some("news"));
    }
}

#[tokio::test]
async fn invalid_events_are_stored_as_dead_letters_and_acknowledged() {
    let collector = Collector::start().await;
    let day = 24 * 3_600_000;
    let events = json!([view(0), { "time": NOW, "kind": "search" }, view(day + 1), view(day), view(-366 * day - 1), view(-366 * day)]);
    let answer = collector.post("", batch("shop", events)).await;
    assert!(
        answer.text().await.unwrap().contains("[[3,8]]"),
        "all six, or the page would send them again"
    );
    let dead = collector.dead_letters().await;
    let codes: Vec<_> = dead.iter().map(|letter| (letter.seq, letter.code.as_str())).collect();
    assert_eq!(codes, [(4, "field_missing"), (5, "time"), (7, "time")]);
    assert_eq!(collector.events().await, 3);

    let metrics = collector.get("/metrics", &[]).await.text().await.unwrap();
    assert!(
        metrics.contains("wayside_events_accepted_total{site=\"shop\"} 6\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("wayside_events_dead_total{site=\"shop\",reason=\"field_missing\"} 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_clock_that_refuses_everything_is_said_until_an_event_is_accepted() {
    let collector = Collector::start().await;
    let health = async || {
        let answer = collector.get("/healthz", &[]).await.text().await.unwrap();
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    let send = async |visitor: &str, after_ms: i64| {
        let batch =
            batch("shop", json!([view(after_ms)])).replace("\"visitor\":\"v\"", &format!("\"visitor\":\"{visitor}\""));
        assert_eq!(collector.post("", batch).await.status(), StatusCode::OK);
    };
    let late = 2 * 24 * 3_600_000;
    for visitor in ["a", "b", "b", "a"] {
        send(visitor, late).await;
    }
    assert_eq!(
        health().await["status"],
        "ok",
        "two visitors may have wrong clocks themselves"
    );
    send("c", late).await;
    let doubt = health().await;
    assert_eq!(doubt["status"], "degraded");
    let message = doubt["message"].as_str().unwrap();
    assert!(
        message.contains("2026-11-21T") && message.contains("dead-letters replay"),
        "{message}"
    );
    send("d", 0).await;
    assert_eq!(health().await["status"], "ok");
}

#[tokio::test]
async fn the_json_of_a_dead_letter_is_kept_up_to_a_limit() {
    let collector = Collector::start().await;
    // Each property takes `"p10":"…",` and its text; everything else takes about 200 bytes.
    let late = |properties: usize| {
        let text = "x".repeat(1_000);
        let mut event = json!({ "time": NOW + 2 * 24 * 3_600_000, "kind": "login" });
        for at in 0..properties {
            event[format!("p{at}")] = text.as_str().into();
        }
        event
    };
    let events = json!([late(0), late(15), late(17)]);
    assert_eq!(collector.post("", batch("shop", events)).await.status(), StatusCode::OK);
    let dead = collector.dead_letters().await;
    let kept: Vec<_> = dead.iter().map(|letter| letter.raw.is_some()).collect();
    assert_eq!(kept, [true, true, false]);

    let collector = Collector::start().await;
    let events: Vec<_> = (0..20).map(|_| late(15)).collect();
    let answer = collector.post("", binary(&batch("shop", json!(events)))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let dead = collector.dead_letters().await;
    let kept: usize = dead.iter().filter_map(|letter| Some(letter.raw.as_ref()?.len())).sum();
    assert!((250_000..=256 << 10).contains(&kept), "{kept} bytes");
    assert_eq!(dead.iter().filter(|letter| letter.raw.is_some()).count(), kept / 15_000);
}

#[tokio::test]
async fn an_identify_with_an_empty_id_is_a_dead_letter() {
    let collector = Collector::start().await;
    let identify = |id: &str| json!({ "time": NOW, "kind": "identify", "customer_id": id });
    let events = json!([
        identify("c1"),
        identify(""),
        identify(" c1"),
        identify("c\u{1b}"),
        identify(&"c".repeat(257))
    ]);
    assert_eq!(collector.post("", batch("shop", events)).await.status(), StatusCode::OK);
    let dead = collector.dead_letters().await;
    let codes: Vec<_> = dead.iter().map(|letter| (letter.seq, letter.code.as_str())).collect();
    assert_eq!(codes, [4, 5, 6, 7].map(|seq| (seq, "customer_id")));
    assert_eq!(collector.events().await, 1);
}

#[tokio::test]
async fn each_refusal_has_its_status_and_code_and_counts() {
    let collector = Collector::start().await;
    let large = vec![b'{'; wayside_model::limits::BODY_MAX_BYTES + 1];
    for (query, body, expected) in [
        ("", Vec::new(), (400, "unsupported_version")),
        ("", b"\x01".to_vec(), (400, "malformed")),
        ("", b"\x01\x63".to_vec(), (400, "unsupported_version")),
        ("", b"{\"v\":1}".to_vec(), (400, "malformed")),
        ("", b"{\"v\":2}".to_vec(), (400, "unsupported_version")),
        ("", b"{nonsense".to_vec(), (400, "malformed")),
        ("", large, (413, "too_large")),
        ("", batch("other", json!([view(0)])).into_bytes(), (403, "unknown_site")),
        ("", batch("keyed", json!([view(0)])).into_bytes(), (403, "wrong_key")),
        (
            "?key=wrong-key",
            batch("keyed", json!([view(0)])).into_bytes(),
            (403, "wrong_key"),
        ),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let (status, code, retry_after) = refusal(collector.post(query, body).await).await;
        assert_eq!(
            ((status, code.as_str()), retry_after),
            (expected, None),
            "{query} {shown}"
        );
    }
    assert_eq!(
        collector
            .post(
                "?key=&key=right-key&settings=a&settings=b",
                batch("keyed", json!([view(0)]))
            )
            .await
            .status(),
        StatusCode::OK
    );
    assert_eq!(collector.events().await, 1);
    let metrics = collector.get("/metrics", &[]).await.text().await.unwrap();
    assert!(
        metrics.contains("wayside_batches_refused_total{code=\"wrong_key\"} 2\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn retryable_refusals_have_a_retry_after() {
    let limits = Limits {
        bodies: 0,
        ..Limits::default()
    };
    let collector = Collector::with(limits, Options::default(), Sdk::embedded(embedded)).await;
    let answer = refusal(collector.post("", batch("shop", json!([view(0)]))).await).await;
    assert_eq!(answer, (429, "rate_limited".into(), Some("1".into())));

    let log = LogOptions {
        min_free_bytes: u64::MAX,
        ..LogOptions::default()
    };
    let options = Options {
        log,
        ..Options::default()
    };
    let collector = Collector::with(Limits::default(), options, Sdk::embedded(embedded)).await;
    let answer = refusal(collector.post("", batch("shop", json!([view(0)]))).await).await;
    assert_eq!(answer, (503, "disk_full".into(), Some("60".into())));
    let health = collector.get("/healthz", &[]).await;
    assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE);
    let health: Value = health.json().await.unwrap();
    assert_eq!(health["status"], "failing");
    assert!(
        health["message"].as_str().unwrap().contains("kept in reserve"),
        "{health}"
    );
}

#[tokio::test]
async fn health_and_metrics_cache_the_status() {
    let limits = Limits {
        status_age: Duration::from_secs(3_600),
        ..Limits::default()
    };
    let collector = Collector::with(limits, Options::default(), Sdk::embedded(embedded)).await;
    let health = async || collector.get("/healthz", &[]).await.json::<Value>().await.unwrap();
    let before = health().await;
    assert_eq!(before["backlog_bytes"], 0);
    collector.post("", batch("shop", json!([view(0)]))).await;
    assert!(collector.writer.status().await.unwrap().backlog_bytes > 0);
    assert_eq!(health().await, before);
    let metrics = collector.get("/metrics", &[]).await.text().await.unwrap();
    assert!(metrics.contains("wayside_log_backlog_bytes 0\n"), "{metrics}");
}

#[tokio::test]
async fn a_failed_compaction_appears_in_health_and_metrics() {
    let limits = Limits {
        status_age: Duration::ZERO,
        ..Limits::default()
    };
    let collector = Collector::with(limits, Options::default(), Sdk::embedded(embedded)).await;
    let health = async || {
        let health = collector.get("/healthz", &[]).await;
        assert_eq!(health.status(), StatusCode::OK, "every batch is safe");
        health.json::<Value>().await.unwrap()
    };
    let metrics = async || collector.get("/metrics", &[]).await.text().await.unwrap();
    collector.post("", batch("shop", json!([view(0)]))).await;
    let before = health().await;
    assert_eq!((&before["status"], &before["message"]), (&json!("ok"), &Value::Null));
    let waits = before["backlog_bytes"].as_u64().unwrap();
    assert!(waits > 0 && before["free_bytes"].as_u64().unwrap() > 0);
    assert!(
        metrics()
            .await
            .contains(&format!("wayside_log_backlog_bytes {waits}\n"))
    );

    // A file has the name of the site's folder.
    let in_the_way = collector.writer.store().dir().join("table/site=shop");
    std::fs::write(&in_the_way, "").unwrap();
    collector.writer.compact().await.unwrap_err();
    let degraded = health().await;
    assert_eq!(degraded["status"], "degraded");
    assert!(
        degraded["message"].as_str().unwrap().contains("site=shop"),
        "{degraded}"
    );
    let text = metrics().await;
    assert!(text.contains("wayside_compaction_failing 1\n") && text.contains("wayside_compactions_failed 1\n"));

    std::fs::remove_file(in_the_way).unwrap();
    collector.writer.compact().await.unwrap();
    assert_eq!(health().await["status"], "ok");
    let text = metrics().await;
    assert!(text.contains("wayside_compaction_failing 0\n") && text.contains("wayside_log_backlog_bytes 0\n"));
}

#[tokio::test]
async fn a_slow_viewer_misses_batches_but_the_collector_stores_all() {
    let long = |text: &str| json!({ "time": NOW, "kind": "login", "about": text.repeat(500) });
    let limits = Limits {
        // Room for one batch but not two: each has 500 bytes of text and about 200 of structs.
        shown_bytes: 1_000,
        ..Limits::default()
    };
    let mut collector = Collector::with(limits, Options::default(), Sdk::embedded(embedded)).await;
    for text in ["a", "b"] {
        let answer = collector.post("", batch("shop", json!([long(text)]))).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let live = collector.live.try_recv().unwrap();
    assert!(format!("{:?}", live.events[0].touchpoint).contains("aaa"));
    collector.live.try_recv().unwrap_err();
    drop(live);
    collector.post("", batch("shop", json!([long("c")]))).await;
    let live = collector.live.try_recv().unwrap();
    assert!(format!("{:?}", live.events[0].touchpoint).contains("ccc"));
}

#[tokio::test]
async fn sdk_files_are_compressed_and_cached_and_missing_ones_reported() {
    let collector = Collector::start().await;
    let plain = collector.get("/wayside.js", &[]).await;
    assert_eq!(plain.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(
        plain.headers()["cache-control"],
        "public, max-age=60, stale-while-revalidate=604800, stale-if-error=604800"
    );
    assert_eq!(plain.headers()["access-control-allow-origin"], "*");
    assert_eq!(plain.headers()["vary"], "accept-encoding");
    let tag = plain.headers()["etag"].to_str().unwrap().to_owned();
    let length = plain.text().await.unwrap().len();
    let known = collector.get("/wayside.js", &[("if-none-match", &tag)]).await;
    assert_eq!(
        (known.status(), known.text().await.unwrap().as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    for (accepted, encoding) in [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")] {
        let packed = collector.get("/wayside.js", &[("accept-encoding", accepted)]).await;
        assert_eq!(packed.headers()["content-encoding"], encoding);
        assert_ne!(
            packed.headers()["etag"],
            tag.as_str(),
            "another encoding is another thing to keep"
        );
        assert!(packed.bytes().await.unwrap().len() < length / 4);
    }
    for (address, kept) in [
        ("/wayside-glue.js?v=a1b2c3", true),
        ("/wayside-glue.js?x=1&v=a1b2c3", true),
        ("/wayside-glue.js", false),
        ("/wayside-glue.js?v=", false),
        ("/wayside-glue.js?v=a1b2c", false),
        ("/wayside-glue.js?v=000000", false),
        ("/wayside.js?v=a1b2c3", false),
    ] {
        let answer = collector.get(address, &[]).await;
        let cache = answer.headers()["cache-control"].to_str().unwrap();
        assert_eq!(cache.contains("immutable"), kept, "{address}: {cache}");
    }
    let missing = collector.get("/wayside.wasm", &[]).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(missing.text().await.unwrap().contains("cargo xtask wasm"));

    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(Path::new(folder.path()).join("wayside.js"), text).unwrap();
    write("one");
    let from_folder = Sdk::folder(folder.path().to_owned());
    let collector = Collector::with(Limits::default(), Options::default(), from_folder).await;
    assert_eq!(collector.get("/wayside.js", &[]).await.text().await.unwrap(), "one");
    write("two");
    assert_eq!(
        collector.get("/wayside.js", &[]).await.text().await.unwrap(),
        "two",
        "a rebuilt SDK is there at once"
    );
}
