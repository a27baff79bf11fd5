//! Tests of the scan and the reports together, over snapshots made by hand.

mod agreement;
mod attribution;
mod audience;
mod captured;
mod channels;
mod compare;
mod data_files;
mod data_folder;
mod figures;
mod intent;
mod kept;
mod led_here;
mod lifetime;
mod plan;
mod products;
mod profile;
mod questions;
mod repairs;
mod retention;
mod returns;
mod revenue_cohorts;
mod segments;
mod service;
mod service_channels;
mod splits;
mod sql;
mod steps;
mod tracking_plan;
mod trend;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use wayside_model::customer;
use wayside_model::{Consent, Event, EventId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
use wayside_store::rows::{self, Row};
use wayside_store::{Bucket, DataFile, Snapshot};

use crate::report::{self, AnyReport, ReportRequest};
use crate::run::{Query, run_over};
use crate::scan::{Scope, Traffic};
use crate::table::{Cell, Table};
use crate::zone::Zone;

/// An event from a line such as `v1 5000 add_to_cart {"value":2}`; a customer may follow the visitor: `v1=ann`.
/// Writers are visitors, seqs are counted.
fn rows_of(lines: &str) -> Vec<Row> {
    let mut seqs: BTreeMap<String, u32> = BTreeMap::new();
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (who, rest) = line.split_once(' ').unwrap();
            let (time, rest) = rest.trim_start().split_once(' ').unwrap();
            let rest = rest.trim_start();
            let (name, fields) = rest.split_once(' ').unwrap_or((rest, ""));
            let (visitor, customer) = who.split_once('=').map_or((who, None), |(v, c)| (v, Some(c)));
            let seq = seqs.entry(visitor.to_owned()).or_default();
            *seq += 1;
            row(visitor, customer, *seq - 1, time.parse().unwrap(), name, fields)
        })
        .collect()
}

fn row(visitor: &str, customer: Option<&str>, seq: u32, time: i64, name: &str, fields: &str) -> Row {
    let fields: Value = serde_json::from_str(if fields.is_empty() { "{}" } else { fields }).unwrap();
    let writer = visitor.bytes().fold(7, |hash: u128, byte| hash * 31 + u128::from(byte));
    Row {
        customer: customer::key(visitor, customer),
        event: Event {
            id: EventId {
                writer: WriterId(writer),
                seq,
            },
            time: Timestamp::from_millis(time),
            visitor: VisitorId::parse(visitor).unwrap(),
            touchpoint: Touchpoint::parse(name, &fields).unwrap(),
        },
        received_at: Timestamp::from_millis(time + 5),
        consent: Consent::Granted,
        automated: visitor.starts_with("robot"),
    }
}

/// Numbers that look random and are the same on every machine: Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A table on disk, made by hand.
struct Fixture {
    folder: TempDir,
    snapshot: Snapshot,
}

impl Fixture {
    /// An empty table of some buckets.
    fn new(buckets: u16) -> Self {
        let folder = TempDir::new().unwrap();
        let snapshot = Snapshot {
            version: 1,
            table_root: folder.path().to_path_buf(),
            buckets: (0..buckets)
                .map(|number| Bucket {
                    number,
                    ..Bucket::default()
                })
                .collect(),
            events: 0,
        };
        Self { folder, snapshot }
    }

    /// A table of one bucket and one file.
    fn of(lines: &str) -> Self {
        let mut fixture = Self::new(1);
        fixture.add_file(0, rows_of(lines), 1000);
        fixture
    }

    /// Adds a file to a bucket, with row groups of so many rows.
    fn add_file(&mut self, bucket: usize, mut rows: Vec<Row>, group_rows: usize) {
        rows::sort(&mut rows);
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(group_rows))
            .build();
        self.add_batch(bucket, &rows::to_batch(&rows).unwrap(), properties);
    }

    /// Adds a file of sorted rows to a bucket.
    fn add_batch(&mut self, bucket: usize, batch: &RecordBatch, properties: WriterProperties) {
        let files = &mut self.snapshot.buckets[bucket].files;
        // As in a real table, with a character that addresses would escape.
        let path = PathBuf::from(format!("site=shop/bucket={bucket:02}/part {}.parquet", files.len()));
        let full = self.folder.path().join(&path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&full).unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        files.push(DataFile {
            path,
            size: full.metadata().unwrap().len(),
            rows: batch.num_rows() as u64,
            month: "1970-01".into(),
        });
    }

    /// Sets a bucket's tail, in batches of so many rows.
    fn set_tail(&mut self, bucket: usize, mut rows: Vec<Row>, batch_rows: usize) {
        rows::sort(&mut rows);
        self.snapshot.buckets[bucket].tail = rows
            .chunks(batch_rows)
            .map(|rows| rows::to_batch(rows).unwrap())
            .collect();
    }

    /// Marks customers as outdated in a bucket's files.
    fn set_moved(&mut self, bucket: usize, moved: BTreeSet<String>) {
        self.snapshot.buckets[bucket].moved = moved;
    }

    fn run(&self, requests: &[ReportRequest], scope: Scope) -> Vec<Table> {
        self.run_in(requests, scope, &Zone::UTC)
    }

    /// Reports whose days are those of a time zone.
    fn run_in(&self, requests: &[ReportRequest], scope: Scope, zone: &Zone) -> Vec<Table> {
        let make = |request: &ReportRequest| report::definition(&request.name)?.make_in(request, zone);
        let reports: Arc<[Arc<dyn AnyReport>]> = requests.iter().map(make).collect::<Result<_, _>>().unwrap();
        let query = Query {
            scope,
            zone: zone.clone(),
            ..Query::default()
        };
        block_on(run_over(&self.snapshot, &reports, &query)).unwrap()
    }

    /// One report over all events.
    fn report(&self, request: ReportRequest) -> Table {
        self.report_in(request, &Zone::UTC)
    }

    /// The same, with the days of a time zone.
    fn report_in(&self, request: ReportRequest, zone: &Zone) -> Table {
        let scope = Scope {
            traffic: Traffic::All,
            ..Scope::default()
        };
        self.run_in(&[request], scope, zone).remove(0)
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
        .block_on(future)
}

/// A cell of the row whose first cell is `name`.
fn cell<'a>(table: &'a Table, name: &str, column: &str) -> &'a Cell {
    let at = table.columns.iter().position(|known| known.name == column).unwrap();
    let row = table.rows.iter().find(|row| row[0] == Cell::text(name));
    &row.unwrap_or_else(|| panic!("no row {name}"))[at]
}

/// A table's rows as short text, chosen columns only.
fn grid(table: &Table, columns: &[&str]) -> Vec<String> {
    let at: Vec<usize> = columns
        .iter()
        .map(|name| table.columns.iter().position(|column| column.name == *name).unwrap())
        .collect();
    let text = |cell: &Cell| match cell.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    table
        .rows
        .iter()
        .map(|row| at.iter().map(|at| text(&row[*at])).collect::<Vec<_>>().join(" | "))
        .collect()
}
