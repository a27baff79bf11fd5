//! Identities: the mapping of visitors to customers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use serde::{Deserialize, Serialize};
use wayside_model::customer::{self, Identified};
use wayside_model::{Event, EventId, SiteId, Timestamp, WriterId};

use crate::delta::TableFile;
use crate::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::gone::Gone;
use crate::parquet_file;
use crate::rows::text_column;
use crate::table::column;

/// The customers of visitors by site, determined by their `identify` touchpoints.
///
/// If a visitor identified as several customers, the earliest counts. The map is a minimum over all `identify` events,
/// so their order and repetition make no difference.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Identities {
    sites: BTreeMap<SiteId, BTreeMap<String, Known>>,
}

/// The customer of a visitor.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    /// The identification that counts.
    by: Identified,
    /// Whether another event named another customer.
    disputed: bool,
}

impl From<Identified> for Known {
    fn from(by: Identified) -> Self {
        Self { by, disputed: false }
    }
}

impl Identities {
    /// The customer key of a visitor's events.
    pub(crate) fn key(&self, site: &SiteId, visitor: &str) -> String {
        let known = self.sites.get(site).and_then(|visitors| visitors.get(visitor));
        customer::key(visitor, known.map(|known| known.by.customer.as_str()))
    }

    /// Whether a visitor of a site is known.
    pub(crate) fn knows(&self, site: &SiteId, visitor: &str) -> bool {
        let visitors = self.sites.get(site);
        visitors.is_some_and(|visitors| visitors.contains_key(visitor))
    }

    /// Takes in an event if it is an `identify`. Returns whether the map has changed.
    pub(crate) fn learn(&mut self, site: &SiteId, event: &Event) -> bool {
        let Some(found) = Identified::from_touch(event) else {
            return false;
        };
        self.take(site, event.visitor.as_str(), found.into())
    }

    /// Takes in the `identify` rows of data files below `root`, except withdrawn rows. The whole map can be rebuilt from them.
    pub(crate) fn learn_from_files<'a>(
        &mut self,
        root: &Path,
        files: impl IntoIterator<Item = &'a TableFile>,
        gone: &Gone,
    ) -> Result<()> {
        for file in files {
            let path = root.join(&file.path);
            let site = SiteId::parse(file.value("site")).map_err(|err| Error::damaged(&path, err.to_string()))?;
            for batch in parquet_file::read_identifies(&path)? {
                self.learn_from_rows(&site, &batch?, gone, &path)?;
            }
        }
        Ok(())
    }

    /// Takes in the customers under whose keys rows of data files stand without an `identify` that says so. An import that broke off between
    /// its commits leaves such rows: all of them are assigned by the identities of its whole file.
    pub(crate) fn learn_from_keys(&mut self, root: &Path, files: &[TableFile]) -> Result<()> {
        for file in files {
            let path = root.join(&file.path);
            let site = SiteId::parse(file.value("site")).map_err(|err| Error::damaged(&path, err.to_string()))?;
            for batch in parquet_file::narrow(&path, &[column::CUSTOMER, column::VISITOR])? {
                let batch = batch?;
                let (keys, visitors) = (text_column(&batch, 0), text_column(&batch, 1));
                let mut last = None;
                for pair in (0..batch.num_rows()).map(|row| (keys.value(row), visitors.value(row))) {
                    // Rows of a visitor mostly follow each other.
                    if last.replace(pair) != Some(pair) {
                        self.learn_from_key(&site, pair);
                    }
                }
            }
        }
        Ok(())
    }

    fn learn_from_key(&mut self, site: &SiteId, (key, visitor): (&str, &str)) {
        let Some(customer) = customer::of_key(key).filter(|_| self.key(site, visitor) != key) else {
            return;
        };
        let known = self.sites.get(site).and_then(|visitors| visitors.get(visitor));
        let found = Identified {
            customer: customer.to_owned(),
            // The missing `identify` was earlier than the known ones. Without any, each that is found later determines the customer.
            time: known.map_or(Timestamp::MAX, |known| known.by.time),
            event: EventId {
                writer: WriterId(0),
                seq: 0,
            },
        };
        self.take(site, visitor, found.into());
    }

    /// Takes in another map. Returns whether this one has changed.
    pub(crate) fn merge(&mut self, other: Self) -> bool {
        let mut has_changed = false;
        for (site, visitors) in other.sites {
            for (visitor, known) in visitors {
                has_changed |= self.take(&site, &visitor, known);
            }
        }
        has_changed
    }

    /// The visitors who identified.
    pub(crate) fn visitors(&self) -> impl Iterator<Item = (&SiteId, &str)> {
        let sites = self.sites.iter();
        sites.flat_map(|(site, visitors)| visitors.keys().map(move |visitor| (site, visitor.as_str())))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// Forgets who the visitors of a site are.
    pub(crate) fn forget(&mut self, site: &SiteId) {
        self.sites.remove(site);
    }

    /// Forgets who these visitors of a site are. Returns whether any of them was known.
    pub(crate) fn forget_visitors(&mut self, site: &SiteId, visitors: &BTreeSet<String>) -> bool {
        let Some(known) = self.sites.get_mut(site) else {
            return false;
        };
        let before = known.len();
        known.retain(|visitor, _| !visitors.contains(visitor));
        known.len() != before
    }

    /// The keys under which rows of a site's visitors stand who are other customers now than `before`.
    pub(crate) fn outdated_since(&self, before: &Self, site: &SiteId) -> BTreeSet<String> {
        let visitors = [self, before].into_iter().filter_map(|map| map.sites.get(site));
        let visitors: BTreeSet<&String> = visitors.flat_map(BTreeMap::keys).collect();
        let keys = visitors
            .into_iter()
            .map(|visitor| (before.key(site, visitor), self.key(site, visitor)));
        keys.filter(|(old, new)| old != new).map(|(old, _)| old).collect()
    }

    fn learn_from_rows(&mut self, site: &SiteId, rows: &RecordBatch, gone: &Gone, path: &Path) -> Result<()> {
        let invalid = || Error::damaged(path, "an identify has an invalid time or writer");
        let column = |name: &str| rows.column_by_name(name).ok_or_else(invalid);
        let times = column("time")?.as_primitive::<TimestampMillisecondType>();
        let received = column("received_at")?.as_primitive::<TimestampMillisecondType>();
        let writers = column("writer")?.as_binary::<i32>();
        let seqs = column("seq")?.as_primitive::<Int64Type>();
        let visitors = column("visitor")?.as_string::<i32>();
        let customers = column("customer_id")?.as_string::<i32>();
        for row in 0..rows.num_rows() {
            let read = || {
                // The kind `identify` requires a customer.
                let customer = customers.is_valid(row).then(|| customers.value(row))?;
                Some(Identified {
                    customer: customer.to_owned(),
                    time: Timestamp::checked(times.value(row))?,
                    event: EventId {
                        writer: WriterId(u128::from_be_bytes(writers.value(row).try_into().ok()?)),
                        seq: u32::try_from(seqs.value(row)).ok()?,
                    },
                })
            };
            let found = read().ok_or_else(invalid)?;
            let EventId { writer, seq } = found.event;
            if !gone.has(writer.0, seq, times.value(row), received.value(row))? {
                self.take(site, visitors.value(row), found.into());
            }
        }
        Ok(())
    }

    fn take(&mut self, site: &SiteId, visitor: &str, found: Known) -> bool {
        let visitors = self.sites.entry(site.clone()).or_default();
        let Some(known) = visitors.get_mut(visitor) else {
            visitors.insert(visitor.to_owned(), found);
            return true;
        };
        let before = known.clone();
        let disputed = known.disputed || found.disputed || known.by.customer != found.by.customer;
        if found.by.comes_before(&known.by) {
            *known = found;
        }
        known.disputed = disputed;
        *known != before
    }

    /// The visitors of `site` who identified as different customers; their events belong to the first one.
    pub(crate) fn disputed(&self, site: &SiteId) -> Vec<String> {
        let visitors = self.sites.get(site).into_iter().flatten();
        visitors
            .filter(|(_, known)| known.disputed)
            .map(|(visitor, _)| visitor.clone())
            .collect()
    }

    /// Writes the map durably as file `number`. A crash before the commit with that number leaves a file that nobody
    /// reads.
    pub(crate) fn save(&self, dir: &Path, number: i64) -> Result<()> {
        let path = file(dir, number);
        let stored = Stored {
            version: STORED_VERSION,
            sites: self
                .sites
                .iter()
                .map(|(site, visitors)| (site.to_string(), store(visitors)))
                .collect(),
        };
        let json = serde_json::to_vec(&stored).map_err(|err| Error::data_file(&path, err))?;
        durable::write_file(&path, [json.as_slice()], true).map_err(|err| Error::io("write the identities", &path, err))
    }

    /// The highest number of a file in the folder; 0 if there is none.
    pub(crate) fn latest(dir: &Path) -> Result<i64> {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(err) => return Err(Error::io("list", dir, err)),
        };
        Ok(entries
            .flatten()
            .filter_map(|entry| number_of(&entry))
            .max()
            .unwrap_or(0))
    }

    /// Renames a damaged file `number`, so that a new one can be written.
    pub(crate) fn put_aside(dir: &Path, number: i64) -> Result<()> {
        let path = file(dir, number);
        match fs::rename(&path, path.with_extension("json.damaged")) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(Error::io("put aside", &path, err)),
            _ => Ok(()),
        }
    }

    /// Reads file `number`; 0 is the empty map.
    pub(crate) fn load(dir: &Path, number: i64) -> Result<Self> {
        if number == 0 {
            return Ok(Self::default());
        }
        let path = file(dir, number);
        let json = fs::read(&path).map_err(|err| Error::io("read the identities", &path, err))?;
        let stored: Stored = serde_json::from_slice(&json).map_err(|err| Error::damaged(&path, err.to_string()))?;
        if stored.version > STORED_VERSION {
            return Err(Error::new(ErrorKind::NewerFormat {
                path,
                found: stored.version.to_string(),
                known: STORED_VERSION,
            }));
        }
        let sites = stored.sites.into_iter().map(|(site, visitors)| {
            let visitors = visitors.into_iter().map(restore).collect::<Option<_>>()?;
            Some((SiteId::parse(&site).ok()?, visitors))
        });
        match sites.collect() {
            Some(sites) => Ok(Self { sites }),
            None => Err(Error::damaged(&path, "it contains an invalid site, customer or writer")),
        }
    }

    /// Removes the files before `number`, except the one that readers may just be opening.
    pub(crate) fn remove_before(dir: &Path, number: i64) -> Result<()> {
        Self::remove_all_before(dir, number - 1)
    }

    /// Removes the files before `number`. A reader that is just opening one reads the table again.
    pub(crate) fn remove_all_before(dir: &Path, number: i64) -> Result<()> {
        let Ok(entries) = fs::read_dir(dir) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            if number_of(&entry).is_some_and(|named| named < number) {
                let path = entry.path();
                fs::remove_file(&path).map_err(|err| Error::io("remove", &path, err))?;
            }
        }
        Ok(())
    }
}

const STORED_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    sites: BTreeMap<String, BTreeMap<String, StoredIdentified>>,
}

/// Customer, time, writer, seq, disputed.
type StoredIdentified = (String, i64, String, u32, bool);

fn file(dir: &Path, number: i64) -> PathBuf {
    dir.join(format!("{number:08}.json"))
}

fn number_of(entry: &fs::DirEntry) -> Option<i64> {
    entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()
}

fn store(visitors: &BTreeMap<String, Known>) -> BTreeMap<String, StoredIdentified> {
    let stored = visitors.iter().map(|(visitor, Known { by, disputed })| {
        let stored = (
            by.customer.clone(),
            by.time.millis(),
            by.event.writer.to_hex(),
            by.event.seq,
            *disputed,
        );
        (visitor.clone(), stored)
    });
    stored.collect()
}

fn restore((visitor, stored): (String, StoredIdentified)) -> Option<(String, Known)> {
    let (customer, time, writer, seq, disputed) = stored;
    let by = Identified {
        customer,
        time: Timestamp::checked(time)?,
        event: EventId {
            writer: WriterId::parse(&writer).ok()?,
            seq,
        },
    };
    Some((visitor, Known { by, disputed }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{identify, site};

    #[test]
    fn the_earliest_identify_counts_in_any_order() {
        let events = [
            identify("v", "late", 1, 0, 30),
            identify("v", "early", 2, 0, 10),
            identify("v", "middle", 3, 0, 20),
            identify("w", "early", 4, 0, 40),
        ];
        let mut forward = Identities::default();
        let mut backward = Identities::default();
        for event in &events {
            forward.learn(&site(), event);
        }
        for event in events.iter().rev().chain(&events) {
            backward.learn(&site(), event);
        }
        assert_eq!(forward, backward);
        assert_eq!(forward.key(&site(), "v"), "early");
        assert_eq!(forward.key(&site(), "w"), "early");
        assert_eq!(forward.key(&site(), "x"), "anon:x");
        assert_eq!(forward.disputed(&site()), ["v"]);
        assert!(!forward.learn(&site(), &events[1]));
    }

    #[test]
    fn the_map_is_the_same_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut identities = Identities::default();
        identities.learn(&site(), &identify("v", "c \"quoted\"", 1, 7, 30));
        identities.save(dir.path(), 1).unwrap();
        assert_eq!(Identities::load(dir.path(), 1).unwrap(), identities);
        assert_eq!(Identities::load(dir.path(), 0).unwrap(), Identities::default());
        assert!(Identities::load(dir.path(), 2).unwrap_err().is_not_found());
        for number in 2..5 {
            identities.save(dir.path(), number).unwrap();
        }
        Identities::remove_before(dir.path(), 4).unwrap();
        assert!(Identities::load(dir.path(), 2).unwrap_err().is_not_found());
        Identities::load(dir.path(), 3).unwrap();
    }
}
