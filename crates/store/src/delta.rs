//! Delta Lake tables on the local disk: opening, listing and committing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, Add, StructType, Transaction};
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::checkpoints::create_checkpoint;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use url::Url;

use crate::durable::{self, DurableFileSystem};
use crate::error::{Error, ErrorKind, Result};
use crate::explain;
use crate::parquet_file::Written;
use crate::store::blocking;

/// Version of Wayside's table format (columns, buckets and `txn` actions), stored in the table's properties.
const FORMAT: u32 = 2;
const FORMAT_KEY: &str = "wayside.format";

/// Number of commits between checkpoints; a new reader then parses at most this many small files.
const CHECKPOINT_EVERY: &str = "20";

/// How long the Delta log keeps commits that a checkpoint covers. One commit per minute makes 1,440 small files a day,
/// which every reader lists; Delta's default of 30 days would make 43,200.
const KEEP_COMMITS: &str = "interval 1 days";

/// A table at one of its versions.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    root: PathBuf,
    table: DeltaTable,
    /// Numbers already read at this version; each read replays the Delta log.
    numbers: BTreeMap<String, Option<i64>>,
}

/// The shape with which a table is created.
#[derive(Debug)]
pub(crate) struct Shape {
    name: &'static str,
    /// The columns in the order of the Delta log: the partition columns come last.
    columns: Schema,
    partitions: Vec<&'static str>,
}

impl Shape {
    /// The shape of a table whose files have the columns `schema`.
    pub(crate) fn new(name: &'static str, schema: &Schema, partitions: &[(&'static str, DataType)]) -> Self {
        let files = schema.fields().iter().map(|field| field.as_ref().clone());
        let folders = partitions.iter();
        let folders = folders.map(|(name, kind)| Field::new(*name, kind.clone(), false));
        Self {
            name,
            columns: Schema::new(files.chain(folders).collect::<Vec<_>>()),
            partitions: partitions.iter().map(|(name, _)| *name).collect(),
        }
    }
}

/// A file of the table.
#[derive(Clone, Debug)]
pub(crate) struct TableFile {
    /// Path below the table's folder.
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) rows: u64,
    /// The values of the partition columns.
    pub(crate) partition: HashMap<String, Option<String>>,
    /// The statistics in the format of the Delta log.
    pub(crate) stats: serde_json::Value,
    added: Option<Add>,
    removed: Option<Action>,
}

/// The changes of one commit.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) add: Vec<TableFile>,
    pub(crate) remove: Vec<TableFile>,
    /// Numbers stored with the table, by name; they change atomically with the files.
    pub(crate) numbers: BTreeMap<String, i64>,
}

impl TableFile {
    /// A file that was just written; `path` is the requested path.
    pub(crate) fn new(path: String, partition: &[(&str, String)], written: Written, now_ms: i64) -> Self {
        let path = match path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{}", written.name),
            None => written.name,
        };
        let stats = serde_json::from_str(&written.stats).unwrap_or_default();
        let partition: HashMap<_, _> = partition
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some(value.clone())))
            .collect();
        let add = Add {
            path: path.clone(),
            partition_values: partition.clone(),
            size: written.size,
            modification_time: now_ms,
            data_change: true,
            stats: Some(written.stats),
            ..Add::default()
        };
        Self {
            path,
            size: written.size as u64,
            rows: rows_of(&stats),
            partition,
            stats,
            added: Some(add),
            removed: None,
        }
    }

    /// A file that no Delta log describes. Its path is absolute, so that it can be read from any table.
    pub(crate) fn found(path: &Path, partition: &[(&str, String)], size: u64, rows: u64) -> Self {
        let partition = partition.iter();
        Self {
            path: path.to_string_lossy().into_owned(),
            size,
            rows,
            partition: partition
                .map(|(name, value)| ((*name).to_owned(), Some(value.clone())))
                .collect(),
            stats: serde_json::Value::Null,
            added: None,
            removed: None,
        }
    }

    /// The value of a partition column.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.partition.get(name).and_then(Option::as_deref).unwrap_or("")
    }
}

fn rows_of(stats: &serde_json::Value) -> u64 {
    stats["numRecords"].as_u64().unwrap_or(0)
}

impl Table {
    /// Opens the table at `root`.
    pub(crate) async fn open(root: &Path) -> Result<Self> {
        let mut table = Self {
            root: root.to_path_buf(),
            table: DeltaTable::new(log_store(root)?),
            numbers: BTreeMap::new(),
        };
        table.update().await?;
        table.check_format()?;
        Ok(table)
    }

    /// Opens the table at `root` or creates it. Data files without a Delta log are an error, never an empty table.
    pub(crate) async fn open_or_create(root: &Path, shape: &Shape) -> Result<Self> {
        crate::durable::create_dir_all(root).map_err(|err| Error::io("create", root, err))?;
        let exists = log_store(root)?.is_delta_table_location().await;
        if exists.map_err(|err| delta("open", root, err))? {
            return Self::open(root).await;
        }
        if explain::has_data(root)? {
            return Err(without_log(root));
        }
        Self::create(root, shape).await
    }

    /// Creates an empty table at `root`.
    pub(crate) async fn create(root: &Path, shape: &Shape) -> Result<Self> {
        crate::durable::create_dir_all(root).map_err(|err| Error::io("create", root, err))?;
        let store = log_store(root)?;
        let columns: StructType = (&shape.columns)
            .try_into_kernel()
            .map_err(|err: arrow::error::ArrowError| delta("describe", root, err.into()))?;
        let create = CreateBuilder::new()
            .with_log_store(store)
            .with_table_name(shape.name)
            .with_columns(columns.fields().cloned())
            .with_partition_columns(shape.partitions.iter().copied())
            .with_raise_if_key_not_exists(false)
            .with_configuration([
                (FORMAT_KEY, Some(FORMAT.to_string())),
                ("wayside.buckets", Some(crate::table::BUCKETS.to_string())),
                ("delta.checkpointInterval", Some(CHECKPOINT_EVERY.to_owned())),
                ("delta.logRetentionDuration", Some(KEEP_COMMITS.to_owned())),
            ]);
        Ok(Self {
            root: root.to_path_buf(),
            table: create.await.map_err(|err| delta("create", root, err))?,
            numbers: BTreeMap::new(),
        })
    }

    /// Updates to the latest version.
    pub(crate) async fn update(&mut self) -> Result<()> {
        if self.is_latest() {
            return Ok(());
        }
        let before = self.version();
        let mut updated = self.table.update_incremental(None).await;
        if updated.is_err() && before >= 0 {
            // Commits that this version rests on are gone since customers were erased.
            self.table = DeltaTable::new(log_store(&self.root)?);
            updated = self.table.update_incremental(None).await;
        }
        if self.version() != before {
            self.numbers.clear();
        }
        updated.map_err(|err| match err {
            DeltaTableError::NotATable(_) => match explain::has_data(&self.root) {
                Ok(true) => without_log(&self.root),
                Ok(false) => Error::new(ErrorKind::Missing {
                    path: self.root.clone(),
                }),
                Err(err) => err,
            },
            err => delta("read", &self.root, err),
        })
    }

    /// Whether there is no later version; false if that is uncertain. It looks at three names, while an update lists the whole
    /// Delta log, which has up to 1,440 commits a day.
    ///
    /// Versions are numbered without gaps. A commit is removed only when a checkpoint of a later version exists.
    fn is_latest(&self) -> bool {
        let Some(version) = self.table.version() else {
            return false;
        };
        let log = self.root.join("_delta_log");
        let has_commit = |version| log.join(format!("{version:020}.json")).try_exists();
        let checkpoint = match std::fs::read(log.join("_last_checkpoint")) {
            Ok(json) => serde_json::from_slice(&json)
                .ok()
                .and_then(|found: serde_json::Value| found["version"].as_u64()),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => Some(0),
            Err(_) => None,
        };
        matches!(has_commit(version), Ok(true))
            && matches!(has_commit(version + 1), Ok(false))
            && checkpoint.is_some_and(|checkpoint| checkpoint <= version)
    }

    /// The version.
    pub(crate) fn version(&self) -> i64 {
        self.table.version().map_or(-1, |version| version as i64)
    }

    /// The table's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The files.
    pub(crate) fn files(&self) -> Result<Vec<TableFile>> {
        let state = self.table.snapshot().map_err(|err| delta("read", &self.root, err))?;
        let files = state.log_data().into_iter().map(|file| {
            let stats = file
                .stats()
                .and_then(|stats| serde_json::from_str(&stats).ok())
                .unwrap_or_default();
            TableFile {
                path: file.path().into_owned(),
                size: u64::try_from(file.size()).unwrap_or(0),
                rows: file.num_records().map_or_else(|| rows_of(&stats), |rows| rows as u64),
                partition: file.partition_values_map(),
                stats,
                added: None,
                removed: Some(Action::Remove(file.remove_action(true))),
            }
        });
        Ok(files.collect())
    }

    /// The paths of files of earlier versions, as far back as the Delta log goes.
    pub(crate) async fn removed(&self) -> Result<HashSet<String>> {
        let failed = |err| delta("read", &self.root, err);
        let state = self.table.snapshot().map_err(failed)?;
        let log = self.table.log_store();
        let removed = state.all_tombstones(&log).map_ok(|file| file.path().into_owned());
        removed.try_collect().await.map_err(failed)
    }

    /// A number stored with the table.
    pub(crate) async fn number(&mut self, name: &str) -> Result<Option<i64>> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = match self.read_number(name).await {
            // As in `update`.
            Err(_) => {
                *self = Self::open(&self.root).await?;
                self.read_number(name).await
            }
            read => read,
        };
        let number = number.map_err(|err| delta("read", &self.root, err))?;
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    async fn read_number(&self, name: &str) -> std::result::Result<Option<i64>, DeltaTableError> {
        let state = self.table.snapshot()?;
        state.transaction_version(&self.table.log_store(), name).await
    }

    /// Commits a change durably as one version.
    pub(crate) async fn commit(&mut self, change: Change) -> Result<()> {
        let mut actions: Vec<Action> = change.remove.into_iter().filter_map(|file| file.removed).collect();
        actions.extend(change.add.into_iter().filter_map(|file| file.added).map(Action::Add));
        let numbers = change.numbers.into_iter();
        let numbers = numbers.map(|(name, number)| Transaction::new(name, number)).collect();
        let properties = CommitProperties::default()
            .with_application_transactions(numbers)
            .with_create_checkpoint(true);
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        let state = self.table.snapshot().map_err(|err| delta("read", &self.root, err))?;
        let commit =
            CommitBuilder::from(properties)
                .with_actions(actions)
                .build(Some(state), self.table.log_store(), operation);
        let done = commit.await.map_err(|err| delta("commit to", &self.root, err))?;
        self.table.state = Some(done.snapshot());
        self.numbers.clear();
        Ok(())
    }

    /// Removes the commits and checkpoints before this version, whose statistics name customers. A checkpoint takes their place.
    pub(crate) async fn forget_history(&self) -> Result<()> {
        let done = create_checkpoint(&self.table, None).await;
        done.map_err(|err| delta("write a checkpoint of", &self.root, err))?;
        let log = self.root.join("_delta_log");
        let version = self.version();
        let remove = move || {
            for entry in std::fs::read_dir(&log)? {
                let path = entry?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let of = name.split_once('.').and_then(|(number, _)| number.parse::<i64>().ok());
                if of.is_some_and(|of| of < version) {
                    std::fs::remove_file(&path)?;
                }
            }
            durable::sync_dir(&log)
        };
        let root = self.root.clone();
        blocking(move || remove().map_err(|err| Error::io("remove old commits of", &root, err))).await
    }

    fn check_format(&self) -> Result<()> {
        let state = self.table.snapshot().map_err(|err| delta("read", &self.root, err))?;
        let found = state
            .metadata()
            .configuration()
            .get(FORMAT_KEY)
            .cloned()
            .unwrap_or_default();
        match found.parse::<u32>() {
            Ok(FORMAT) => Ok(()),
            Ok(found) if found < FORMAT => Err(Error::new(ErrorKind::OlderFormat {
                path: self.root.clone(),
                found,
                known: FORMAT,
            })),
            Ok(_) => Err(Error::new(ErrorKind::NewerFormat {
                path: self.root.clone(),
                found,
                known: FORMAT,
            })),
            Err(_) => Err(Error::damaged(
                &self.root,
                format!("the Delta table there lacks the property {FORMAT_KEY}, so wayside did not make it"),
            )),
        }
    }
}

fn without_log(root: &Path) -> Error {
    Error::damaged(
        root,
        "it has data files, but its folder _delta_log, which describes them, is missing or empty",
    )
}

fn log_store(root: &Path) -> Result<LogStoreRef> {
    let io = |err| match std::io::Error::kind(&err) {
        std::io::ErrorKind::NotFound => Error::new(ErrorKind::Missing {
            path: root.to_path_buf(),
        }),
        _ => Error::io("open", root, err),
    };
    let root = root.canonicalize().map_err(io)?;
    let url = Url::from_directory_path(&root)
        .map_err(|()| Error::damaged(&root, "its path cannot be written as an address"))?;
    let below = DurableFileSystem::below(&root).map_err(|err| delta("open", &root, err.into()))?;
    Ok(default_logstore(
        Arc::new(below),
        Arc::new(DurableFileSystem::whole()),
        &url,
        &StorageConfig::default(),
    ))
}

fn delta(doing: &'static str, path: &Path, source: DeltaTableError) -> Error {
    // A full or read-only disk is reported as such, however deep the cause is nested.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&source);
    while let Some(err) = cause {
        if let Some(io) = err.downcast_ref::<std::io::Error>() {
            let again = std::io::Error::new(io.kind(), io.to_string());
            let known = Error::io(doing, path, again);
            if known.is_disk_full() || known.is_read_only() {
                return known;
            }
        }
        cause = err.source();
    }
    Error::new(ErrorKind::Delta {
        doing,
        path: path.to_path_buf(),
        source: Box::new(source),
    })
}
