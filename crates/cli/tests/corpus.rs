//! The conformance corpus through collector, log, table and analyzer. The canonical JSON must equal, byte for byte,
//! that of the model run over the same events in one process.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use datafusion::physical_plan::collect;
use support::new_data;
use wayside_analyzer::report::{About, AnyFold, AnyReport};
use wayside_analyzer::scan::{Engine, FieldSet, JourneyView, MEMORY_DEFAULT_BYTES, Scope};
use wayside_collector::{Limits, Parts, Sdk, Sites, State, Watchers};
use wayside_model::{Batch, Consent, Event, Placed, SiteId, Timestamp, VisitorId, WriterId, journey};
use wayside_store::{DataWriter, Options, Store};
use wayside_testkit::conformance::{Canonical, page_events};
use wayside_testkit::corpus;

#[tokio::test]
async fn every_journey_gives_the_same_results_through_collector_table_and_analyzer() {
    let files = corpus::files();
    assert!(files.len() >= 25, "{} journeys", files.len());
    let sites: Vec<_> = (0..files.len())
        .map(|n| SiteId::parse(&format!("journey-{n}")).unwrap())
        .collect();
    let (_folder, data) = new_data();
    let (writer, batches_at) = collector(&data, &sites).await;
    let client = reqwest::Client::new();
    for (n, (file, site)) in files.iter().zip(&sites).enumerate() {
        for batch in batches(site, &page_events(&file.jsonl)) {
            // Both encodings are used in turn.
            let body = if n % 2 == 0 {
                batch.encode()
            } else {
                serde_json::to_vec(&batch.to_value()).unwrap()
            };
            // Sent twice, as by a page's beacon and its outbox.
            for _ in 0..2 {
                let answer = client.post(&batches_at).body(body.clone()).send().await.unwrap();
                let status = answer.status();
                assert_eq!(status, 200, "{}: {}", file.name, answer.text().await.unwrap());
            }
        }
    }
    for (file, site) in files.iter().zip(&sites) {
        check(
            &file.name,
            "from the log's tail",
            &file.expected,
            &analyzed(&data, site).await,
        );
    }
    writer.compact().await.unwrap();
    for (file, site) in files.iter().zip(&sites) {
        check(
            &file.name,
            "from the table",
            &file.expected,
            &analyzed(&data, site).await,
        );
    }
}

/// Starts a collector whose clock is shortly after the journeys, because a collector accepts nothing older than a year.
/// Returns its writer and the address of batches.
async fn collector(data: &Path, sites: &[SiteId]) -> (DataWriter, String) {
    let writer = DataWriter::lock(data, Options::default()).await.unwrap();
    let state = State::new(Parts {
        writer: writer.clone(),
        sites: Sites::new(sites.iter().map(|site| (site.clone(), None))).unwrap(),
        sdk: Sdk::embedded(|_| None),
        limits: Limits::default(),
        live: tokio::sync::broadcast::channel(1).0,
        watchers: Watchers::default(),
        clock: || Timestamp::from_millis(NOW_MS),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, wayside_collector::app(state)).await });
    (writer, format!("http://{address}/v1/batch"))
}

/// 2025-12-31, a month after all journeys of the corpus.
const NOW_MS: i64 = 1_767_139_200_000;

#[track_caller]
fn check(name: &str, way: &str, expected: &Path, got: &str) {
    let expected = std::fs::read_to_string(expected).unwrap();
    assert!(got == expected, "{name} {way}:\n{got}\nshould be:\n{expected}");
}

/// The batches of a journey as its pages upload them: by page load and visitor, in order of seq.
fn batches(site: &SiteId, events: &[Event]) -> Vec<Batch> {
    let mut lives: BTreeMap<(WriterId, u32), &Event> = BTreeMap::new();
    lives.extend(events.iter().map(|event| ((event.id.writer, event.id.seq), event)));
    let mut batches: Vec<Batch> = Vec::new();
    for event in lives.into_values() {
        let part = (event.time, event.touchpoint.clone());
        let same = |batch: &&mut Batch| {
            let next = batch.first_seq + u32::try_from(batch.events.len()).unwrap();
            (batch.writer, &batch.visitor, next) == (event.id.writer, &event.visitor, event.id.seq)
        };
        match batches.last_mut().filter(same) {
            Some(batch) => batch.events.push(part),
            None => batches.push(Batch {
                site: site.clone(),
                writer: event.id.writer,
                visitor: VisitorId::clone(&event.visitor),
                consent: Consent::Granted,
                automated: false,
                first_seq: event.id.seq,
                events: vec![part],
            }),
        }
    }
    batches
}

/// The results of the analyzer's scan of a site as canonical JSON.
async fn analyzed(data: &Path, site: &SiteId) -> String {
    let snapshot = Store::open(data).unwrap().snapshot(site).await.unwrap();
    let canonical = Arc::new(Mutex::new(Canonical::default()));
    let report: Arc<dyn AnyReport> = Arc::new(WriteDown(Arc::clone(&canonical)));
    let engine = Engine::new(&snapshot, MEMORY_DEFAULT_BYTES).unwrap();
    let plan = engine.plan(&snapshot, Arc::from([report]), Scope::default()).unwrap();
    collect(Arc::new(plan), engine.context().task_ctx()).await.unwrap();
    let canonical = std::mem::take(&mut *canonical.lock().unwrap());
    canonical.finish()
}

/// A report that records the model's results for every row.
#[derive(Debug)]
struct WriteDown(Arc<Mutex<Canonical>>);

impl AnyReport for WriteDown {
    fn name(&self) -> &'static str {
        "write-down"
    }

    fn read(&self) -> FieldSet {
        FieldSet::all()
    }

    fn model_parts(&self) -> journey::Parts {
        journey::Parts::ALL
    }

    fn reads_ids(&self) -> bool {
        true
    }

    fn whom(&self) -> Option<About> {
        None
    }

    fn start(self: Arc<Self>) -> Box<dyn AnyFold> {
        Box::new(Self(Arc::clone(&self.0)))
    }

    fn conclude(&self, _: &[&[u8]]) -> Result<wayside_analyzer::Table, serde_json::Error> {
        Ok(wayside_analyzer::Table::new(&[]))
    }
}

impl AnyFold for WriteDown {
    fn observe(&mut self, journey: &JourneyView<'_>) {
        let starts: Vec<_> = journey.sessions().map(|session| session.first().index).collect();
        let mut canonical = self.0.lock().unwrap();
        for row in journey.rows() {
            let placed = Placed {
                session: row.session(),
                starts_session: starts.contains(&row.index),
                stage: row.stage(),
                channel: row.channel(),
            };
            let decided = journey.signals().iter().filter(|found| found.row == row.index);
            let signals: Vec<_> = decided.filter_map(|found| found.signal.clone()).collect();
            canonical.add(journey.customer(), &row, &placed, &signals);
        }
    }

    fn save(self: Box<Self>) -> Result<Vec<u8>, serde_json::Error> {
        Ok(Vec::new())
    }
}
