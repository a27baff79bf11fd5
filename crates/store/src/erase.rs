//! Erasing a customer: every row, dead letter and identity goes, and so does every file that had them.
//!
//! The rows leave the table in one commit, so that readers see all of them or none. The files of earlier versions, which readers otherwise
//! may use for another hour, are removed at once, and so are the commits of the Delta logs, whose statistics name customers, and the
//! log's records. A crash in between leaves files that erasing once more removes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::Int64Type;
use wayside_model::{CustomerId, SiteId, VisitorId, customer};

use crate::compact::Merge;
use crate::dead::DeadRow;
use crate::delta::{Change, TableFile};
use crate::error::{Error, ErrorKind, Result};
use crate::folder::{Folder, number};
use crate::fresh::{Fresh, FreshSite};
use crate::gone::{Gone, writer_at};
use crate::identities::Identities;
use crate::letters::Fate;
use crate::log::aside;
use crate::parquet_file;
use crate::store::{Store, blocking};
use crate::table::column;
use crate::undo::of_site;
use crate::writer::DataWriter;

/// A person whose data are erased or exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// The customer of this id, with all visitors who identified as this customer.
    Customer(CustomerId),
    /// This visitor; one who identified is the customer.
    Visitor(VisitorId),
}

/// The data of a person, as far as identities say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonData {
    /// The customer's id, if the person has one.
    pub customer: Option<String>,
    /// The visitors who are this person.
    pub visitors: BTreeSet<String>,
    /// The keys under which the table has their rows.
    pub keys: BTreeSet<String>,
}

/// The result of erasing a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The person.
    pub person: PersonData,
    /// Touchpoints that are gone.
    pub events: u64,
    /// Dead letters that are gone.
    pub dead: u64,
    /// Files that earlier repairs and recoveries put aside. They may have data of the person and are not changed; remove them.
    pub aside: Vec<PathBuf>,
}

impl Store {
    /// The visitors and keys of a person.
    ///
    /// # Errors
    ///
    /// Fails if the tables or the log cannot be read.
    pub async fn person(&self, site: &SiteId, person: &Person) -> Result<PersonData> {
        let view = self.retry(|| self.view(Some(site))).await?;
        Ok(PersonData::of(site, person, &view.fresh.identities))
    }
}

impl PersonData {
    fn of(site: &SiteId, person: &Person, identities: &Identities) -> Self {
        let (id, mut visitors) = match person {
            Person::Customer(id) => (Some(id.as_str().to_owned()), BTreeSet::new()),
            Person::Visitor(visitor) => {
                let key = identities.key(site, visitor.as_str());
                (
                    customer::of_key(&key).map(str::to_owned),
                    [visitor.as_str().to_owned()].into(),
                )
            }
        };
        if let Some(id) = &id {
            let key = customer::key("", Some(id));
            let theirs = identities
                .visitors()
                .filter(|(of, visitor)| *of == site && identities.key(of, visitor) == key);
            visitors.extend(theirs.map(|(_, visitor)| visitor.to_owned()));
        }
        let keys = visitors.iter().map(|visitor| customer::key(visitor, None));
        let keys = keys.chain(id.as_deref().map(|id| customer::key("", Some(id))));
        Self {
            keys: keys.collect(),
            customer: id,
            visitors,
        }
    }

    /// Whether a dead letter is of this person. Its kept content is that of a page's event or of a file's row, and its detail may quote
    /// either.
    pub fn has_letter(&self, row: &DeadRow) -> bool {
        let raw = row.letter.raw.as_deref().unwrap_or_default();
        let ids = || self.visitors.iter().chain(&self.customer);
        let texts = [raw, &row.letter.detail];
        let is_quoted =
            ids().any(|id| id.len() >= WORD_MIN_BYTES && texts.iter().any(|text| text.contains(id.as_str())));
        is_quoted
            || serde_json::from_str(raw).is_ok_and(|json| has_value(&json, &|text| ids().any(|id| id.as_str() == text)))
    }
}

/// Whether a value within a JSON value is one of those that `is_it` takes.
fn has_value(json: &serde_json::Value, is_it: &impl Fn(&str) -> bool) -> bool {
    match json {
        serde_json::Value::String(text) => is_it(text),
        serde_json::Value::Number(number) => is_it(&number.to_string()),
        serde_json::Value::Array(values) => values.iter().any(|value| has_value(value, is_it)),
        serde_json::Value::Object(pairs) => pairs.values().any(|value| has_value(value, is_it)),
        serde_json::Value::Null | serde_json::Value::Bool(_) => false,
    }
}

/// Shortest id that is looked for within texts; shorter ones are in many texts by chance.
const WORD_MIN_BYTES: usize = 6;

/// Which rows of the table are a person's.
#[derive(Debug, Default)]
pub(crate) struct PersonRows {
    person: PersonData,
    /// Identifications as the person that stand in the journeys of others.
    identifies: HashSet<(u128, u32)>,
}

/// The columns that say whose a row is, in the order of the table.
pub(crate) const PERSON_COLUMNS: [usize; 4] = [column::CUSTOMER, column::WRITER, column::SEQ, column::VISITOR];

impl PersonRows {
    fn find(person: PersonData, root: &Path, files: &[TableFile]) -> Result<Self> {
        let mut identifies = HashSet::new();
        for file in files.iter().filter(|_| person.customer.is_some()) {
            let path = root.join(&file.path);
            for batch in parquet_file::read_identifies(&path)? {
                let batch = batch?;
                let column = |name: &str| {
                    let found = batch.column_by_name(name);
                    found.ok_or_else(|| Error::damaged(&path, format!("it has no column {name}")))
                };
                let ids = column("customer_id")?.as_string::<i32>();
                let (writers, seqs) = (
                    column("writer")?.as_binary::<i32>(),
                    column("seq")?.as_primitive::<Int64Type>(),
                );
                for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
                    if person.customer.as_deref() == Some(ids.value(row)) {
                        identifies.insert((writer_at(writers, row, &path)?, seqs.value(row) as u32));
                    }
                }
            }
        }
        Ok(Self { person, identifies })
    }

    /// For each row of a batch with the columns [`PERSON_COLUMNS`] at `at` whether it is the person's.
    pub(crate) fn mask(&self, batch: &RecordBatch, at: [usize; 4], path: &Path) -> Result<BooleanArray> {
        let [customers, writers, seqs, visitors] = at.map(|at| batch.column(at));
        let (customers, visitors) = (customers.as_string::<i32>(), visitors.as_string::<i32>());
        let (writers, seqs) = (writers.as_binary::<i32>(), seqs.as_primitive::<Int64Type>());
        let rows = (0..batch.num_rows()).map(|row| {
            let is_theirs = self.person.keys.contains(customers.value(row))
                || self.person.visitors.contains(visitors.value(row))
                || (!self.identifies.is_empty()
                    && self
                        .identifies
                        .contains(&(writer_at(writers, row, path)?, seqs.value(row) as u32)));
            Ok(Some(is_theirs))
        });
        rows.collect()
    }
}

impl DataWriter {
    /// Erases a person from a site, with all visitors who identified as the same customer; with `dry_run` it only counts.
    ///
    /// What arrives afterwards under the same ids is new data.
    ///
    /// # Errors
    ///
    /// Fails while an import runs, if the folder cannot be read or written, and if its files are in doubt so that none may be removed.
    pub async fn erase(&self, site: &SiteId, person: &Person, dry_run: bool) -> Result<Erased> {
        let _turn = self.import_turn()?;
        let _running = self.inner.compaction.lock().await;
        self.compact_under_lock().await?;
        let store = &self.inner.store;
        let (table, identities, position) = store.table().await?;
        let person = PersonData::of(site, person, &identities);
        let gone = {
            let (root, files, person) = (
                table.root().to_path_buf(),
                of_site(table.files()?, site),
                person.clone(),
            );
            blocking(move || {
                let rows = PersonRows::find(person, &root, &files)?;
                let gone = Gone::of_person(Arc::new(rows));
                Ok((gone.count(&root, &files)?, gone))
            })
        };
        let (events, gone) = gone.await?;
        // Before the identities are forgotten, which say whose the letters are.
        let is_theirs = |row: &DeadRow| match person.has_letter(row) {
            true => Fate::Drop,
            false => Fate::Stay,
        };
        let dead = self.sort_letters_held(site, dry_run, is_theirs).await?.dropped;
        if !dry_run {
            let mut fresh = Fresh {
                identities: Arc::clone(&identities),
                gone: Arc::new(gone),
                sites: BTreeMap::from([(site.clone(), FreshSite::default())]),
                ..Fresh::default()
            };
            fresh.identities_changed = Arc::make_mut(&mut fresh.identities).forget_visitors(site, &person.visitors);
            let writing = self.begin_writing().await?;
            self.commit(table, fresh, Merge::Tiered, (position, position), writing)
                .await?;
            self.forget_history().await?;
        }
        let folder = store.folder().clone();
        Ok(Erased {
            person,
            events,
            dead,
            aside: blocking(move || put_aside(&folder)).await?,
        })
    }

    /// Removes everything that only readers of earlier versions need: records of the log that are in the table, replaced files, earlier
    /// commits and identities.
    pub(crate) async fn forget_history(&self) -> Result<()> {
        let store = &self.inner.store;
        // The records are in the table; a new segment begins, so that the one with them can be removed.
        self.roll_log().await?;
        self.compact_under_lock().await?;
        if let Some(doubt) = self.clean_held(Duration::ZERO).await? {
            return Err(Error::new(ErrorKind::Invalid {
                detail: format!(
                    "the data are hidden, but old files with them cannot be removed, because a table is in doubt: {doubt}; run `wayside \
                     check` and `wayside repair`, then erase once more"
                ),
            }));
        }
        let (mut table, ..) = store.table().await?;
        let mut dead = store.dead_table().await?;
        for table in [&mut table, &mut dead] {
            // The last commit has no statistics of removed files.
            let position = table.number(number::POSITION).await?;
            let mut change = Change::default();
            change
                .numbers
                .extend(position.map(|position| (number::POSITION.to_owned(), position)));
            table.commit(change).await?;
            table.forget_history().await?;
        }
        store.forget_tables().await;
        let (mut table, ..) = store.table().await?;
        let named = table.number(number::IDENTITIES).await?.unwrap_or(0);
        let dir = store.folder().identities();
        blocking(move || Identities::remove_all_before(&dir, named)).await
    }
}

/// The files that repairs and recoveries have put aside.
fn put_aside(folder: &Folder) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = aside::list(&folder.log())?.into_iter().map(|copy| copy.path).collect();
    let identities = std::fs::read_dir(folder.identities()).into_iter().flatten().flatten();
    let damaged = identities.map(|entry| entry.path());
    found.extend(damaged.filter(|path| path.extension().is_some_and(|end| end == "damaged")));
    found.extend(Some(folder.aside()).filter(|path| path.exists()));
    Ok(found)
}
