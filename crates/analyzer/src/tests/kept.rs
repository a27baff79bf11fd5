//! Reports from kept states: they are equal to those of a cold run, and only buckets that have changed are read.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tempfile::TempDir;
use wayside_model::customer;
use wayside_model::{Consent, Event, EventId, SiteId, Timestamp, WriterId};
use wayside_store::table::bucket;
use wayside_store::{Accepted, DataWriter, ImportEnd, Merge, NewImport, Options, Store};

use super::splits::{WHAT, requests};
use super::{block_on, row};
use crate::kept::KeptStates;
use crate::range::Range;
use crate::report::ReportRequest;
use crate::run::{Query, run};
use crate::scan::{Scope, Traffic};

const BUCKETS: u64 = 16;

/// A data folder, and states that are kept of it.
struct Folder {
    dir: TempDir,
    writer: DataWriter,
    kept: KeptStates,
    imports: u32,
}

impl Folder {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        Self {
            kept: KeptStates::open(dir.path()),
            imports: 0,
            writer,
            dir,
        }
    }

    fn store(&self) -> &Store {
        self.writer.store()
    }

    async fn append(&self, events: Vec<Event>) {
        self.writer.append(vec![accepted(events)]).await.unwrap();
    }

    /// Imports events with identities of an import, which may take the place of earlier ones with the same identity.
    async fn import(&mut self, mut events: Vec<Event>, replaces: bool) {
        for event in &mut events {
            let line = event.id.writer.0 & 0xff ^ u128::from(event.id.seq);
            event.id = EventId {
                writer: WriterId(u128::from(SOURCE) << 64 | line),
                seq: 0,
            };
        }
        self.imports += 1;
        let new = NewImport {
            site: site(),
            file: format!("orders-{}.csv", self.imports),
            mapping: "orders".into(),
            source: SOURCE,
            by_id: true,
            replaces,
            now: Timestamp::from_millis(9_000_000_000),
        };
        let writers: BTreeSet<u128> = events.iter().map(|event| event.id.writer.0).collect();
        let mut running = self.writer.begin_import(new).await.unwrap();
        let piece = Accepted {
            received_at: running.received_at(),
            replaces: writers.into_iter().filter(|_| replaces).map(WriterId).collect(),
            ..accepted(events)
        };
        running.append(piece).await.unwrap();
        while running.store_next().await.unwrap() {}
        let end = ImportEnd {
            is_whole: true,
            rows: 1,
            dead: 0,
            left_out: 0,
            now: Timestamp::from_millis(9_000_000_001),
        };
        running.finish(end).await.unwrap();
    }

    async fn undo_last_import(&mut self) {
        if self.imports > 0 {
            let now = Timestamp::from_millis(9_000_000_002);
            self.writer.undo_import(self.imports, false, now).await.unwrap();
            self.imports -= 1;
        }
    }

    /// Runs reports, and returns the number of states that had to be made.
    async fn made(&self, requests: &[ReportRequest], query: &Query) -> u64 {
        let before = self.kept.counts().made;
        let query = Query {
            kept: Some(self.kept.clone()),
            ..query.clone()
        };
        run(self.store(), &site(), requests, &query).await.unwrap();
        self.kept.counts().made - before
    }

    /// The reports as bytes, from kept states or from all rows.
    async fn bytes(&self, requests: &[ReportRequest], query: &Query, kept: Option<KeptStates>) -> String {
        let query = Query { kept, ..query.clone() };
        let tables = run(self.store(), &site(), requests, &query).await.unwrap();
        tables.iter().map(|table| table.to_json().to_string() + "\n").collect()
    }
}

/// The upper half of imported rows' writers.
const SOURCE: u64 = 77;

fn site() -> SiteId {
    SiteId::parse("shop").unwrap()
}

fn accepted(events: Vec<Event>) -> Accepted {
    Accepted {
        site: site(),
        received_at: Timestamp::from_millis(8_000_000_000),
        consent: Consent::Granted,
        automated: false,
        events,
        dead: Vec::new(),
        replaces: Vec::new(),
    }
}

fn query(scope: Scope) -> Query {
    Query {
        scope,
        is_known_site: true,
        ..Query::default()
    }
}

fn view(visitor: &str, seq: u32, time: i64) -> Event {
    row(visitor, None, seq, time, "page_view", r#"{"url":"https://x/"}"#).event
}

fn identify(visitor: &str, customer: &str) -> Event {
    let fields = format!("{{\"customer_id\":{customer:?}}}");
    row(visitor, None, 1_000, 900_000, "identify", &fields).event
}

/// The number of different buckets of customers.
fn buckets_of(customers: &[String]) -> u64 {
    customers.iter().map(|key| bucket(key)).collect::<BTreeSet<_>>().len() as u64
}

fn anon(visitor: &str) -> String {
    customer::key(visitor, None)
}

#[test]
fn only_changed_buckets_are_read() {
    block_on(async {
        let mut folder = Folder::new().await;
        let two = ["kpis", "funnel"].map(ReportRequest::new);
        let all = query(Scope::default());
        let visitors: Vec<String> = (0..40).map(|number| format!("v{number}")).collect();
        folder
            .append(visitors.iter().map(|name| view(name, 0, 1_000_000)).collect())
            .await;
        folder.writer.compact().await.unwrap();

        assert_eq!(folder.made(&two, &all).await, 2 * BUCKETS, "nothing is kept yet");
        assert_eq!(folder.made(&two, &all).await, 0);
        assert_eq!(
            folder.made(&two[..1], &all).await,
            0,
            "a report alone uses the states of a pass of several"
        );

        folder.append(vec![view("v1", 1, 2_000_000)]).await;
        assert_eq!(folder.made(&two, &all).await, 2, "one event is in one bucket");
        folder.append(vec![view("v1", 2, 5)]).await;
        assert_eq!(folder.made(&two, &all).await, 2, "an event that arrives late, too");
        folder.append(vec![view("v1", 2, 5)]).await;
        assert_eq!(folder.made(&two, &all).await, 0, "a copy changes nothing");

        let moving = [anon("v2"), "ann".to_owned()];
        assert_eq!(buckets_of(&moving), 2, "this test needs two buckets");
        folder.append(vec![identify("v2", "ann")]).await;
        assert_eq!(
            folder.made(&two, &all).await,
            2 * 2,
            "v2 leaves a bucket and joins another"
        );

        folder.writer.compact().await.unwrap();
        let touched = [anon("v1"), anon("v2"), "ann".to_owned()];
        assert_eq!(
            folder.made(&two, &all).await,
            2 * buckets_of(&touched),
            "their files are new"
        );

        folder.import(vec![view("v3", 9, 3_000_000)], false).await;
        assert_eq!(folder.made(&two, &all).await, 2);
        folder.undo_last_import().await;
        assert_eq!(folder.made(&two, &all).await, 2);

        folder.writer.compact_with(Merge::All).await.unwrap();
        assert!(
            folder.made(&two, &all).await < 2 * BUCKETS,
            "buckets of one file stay as they are"
        );
    });
}

#[test]
fn a_state_is_used_for_its_question_only() {
    block_on(async {
        let folder = Folder::new().await;
        folder.append(vec![view("v1", 0, 1_000_000)]).await;
        let kpis = [ReportRequest::new("kpis")];
        let all = query(Scope::default());
        assert_eq!(folder.made(&kpis, &all).await, BUCKETS);
        let scopes = [
            Scope {
                range: Range::millis(0, 5),
                ..Scope::default()
            },
            Scope {
                traffic: Traffic::All,
                ..Scope::default()
            },
            Scope {
                config: wayside_model::journey::Config {
                    session_timeout_ms: 5,
                    ..Default::default()
                },
                ..Scope::default()
            },
        ];
        let mut others: Vec<Query> = scopes.into_iter().map(query).collect();
        others.push(Query {
            zone: "Europe/Berlin".parse().unwrap(),
            ..all.clone()
        });
        for other in &others {
            assert_eq!(folder.made(&kpis, other).await, BUCKETS);
            assert_eq!(folder.made(&kpis, other).await, 0);
        }
        let funnels = [
            ReportRequest::new("funnel"),
            ReportRequest::new("funnel").with("window_days", "3"),
        ];
        assert_eq!(folder.made(&funnels, &all).await, 2 * BUCKETS);
        let same = [ReportRequest::new("funnel").with("window_days", " 3 ")];
        assert_eq!(folder.made(&same, &all).await, 0);
        let one = [ReportRequest::new("timeline").with("customer", "ann")];
        folder.made(&one, &all).await;
        assert_eq!(
            folder.kept.counts().in_memory,
            (1 + 4 + 2) * BUCKETS,
            "one customer's journey is not kept"
        );
    });
}

#[test]
fn states_outlive_the_process_and_damaged_ones_are_made_again() {
    block_on(async {
        let mut folder = Folder::new().await;
        folder.append(vec![view("v1", 0, 1_000_000)]).await;
        let kpis = [ReportRequest::new("kpis")];
        let all = query(Scope::default());
        folder.made(&kpis, &all).await;
        let expected = folder.bytes(&kpis, &all, None).await;

        folder.kept = KeptStates::open(folder.dir.path());
        assert_eq!(folder.made(&kpis, &all).await, 0);
        assert_eq!(folder.kept.counts().used_from_disk, BUCKETS);

        let file = std::fs::read_dir(folder.dir.path().join("answers")).unwrap().next();
        let file = file.unwrap().unwrap().path();
        std::fs::write(&file, &std::fs::read(&file).unwrap()[..50]).unwrap();
        folder.kept = KeptStates::open(folder.dir.path());
        assert_eq!(folder.made(&kpis, &all).await, 1);
        assert_eq!(folder.kept.counts().damaged, 1);
        assert_eq!(folder.bytes(&kpis, &all, Some(folder.kept.clone())).await, expected);
    });
}

/// A change of the data folder, or a new process.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<usize>),
    Import(Vec<usize>, bool),
    Undo,
    Compact(bool),
    Reopen,
}

/// Event number `at` of those from which the steps draw. The same number gives a copy.
fn event(at: usize) -> Event {
    const WHO: [&str; 7] = ["v1", "v2", "v3", "v4", "v5", "v6", "robot"];
    let mixed = at.wrapping_mul(2_654_435_761);
    let who = WHO[at % WHO.len()];
    // Steps of 20 minutes over three months, so that sessions end and events fall into several files of a bucket.
    let time = ((mixed >> 7) % 6_000) as i64 * 1_200_000;
    if at.is_multiple_of(9) {
        let customer = if at.is_multiple_of(2) { "ann" } else { "bob" };
        let fields = format!("{{\"customer_id\":{customer:?}}}");
        return row(who, None, at as u32, time, "identify", &fields).event;
    }
    let (name, fields) = WHAT[(mixed >> 3) % WHAT.len()];
    row(who, None, at as u32, time, name, fields).event
}

fn step() -> impl Strategy<Value = Step> {
    let events = || prop::collection::vec(0usize..120, 1..10);
    prop_oneof![
        4 => events().prop_map(Step::Append),
        1 => (events(), any::<bool>()).prop_map(|(events, replaces)| Step::Import(events, replaces)),
        1 => Just(Step::Undo),
        2 => any::<bool>().prop_map(Step::Compact),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_from_kept_states_equals_a_cold_run(steps in prop::collection::vec((step(), 0usize..3), 1..10)) {
        let scopes = [
            Scope::default(),
            Scope { traffic: Traffic::All, ..Scope::default() },
            Scope { range: Range::millis(1_000_000_000, 5_000_000_000), ..Scope::default() },
        ];
        let requests: Vec<_> = requests().into_iter().step_by(2).collect();
        block_on(async {
            let mut folder = Folder::new().await;
            for (step, scope) in steps {
                match step {
                    Step::Append(events) => folder.append(events.into_iter().map(event).collect()).await,
                    Step::Import(events, replaces) => {
                        folder.import(events.into_iter().map(event).collect(), replaces).await;
                    }
                    Step::Undo => folder.undo_last_import().await,
                    Step::Compact(true) => drop(folder.writer.compact_with(Merge::All).await.unwrap()),
                    Step::Compact(false) => drop(folder.writer.compact().await.unwrap()),
                    Step::Reopen => folder.kept = KeptStates::open(folder.dir.path()),
                }
                let query = query(scopes[scope].clone());
                let cold = folder.bytes(&requests, &query, None).await;
                let kept = folder.bytes(&requests, &query, Some(folder.kept.clone())).await;
                prop_assert_eq!(kept, cold);
            }
            Ok(())
        })?;
    }
}
