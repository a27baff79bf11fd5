//! The additions that records of the log, or a load, make to the table: rows, dead letters and identities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::error::ArrowError;
use wayside_model::SiteId;

use crate::accepted::Accepted;
use crate::dead::DeadRow;
use crate::gone::Gone;
use crate::identities::Identities;
use crate::load::Chunk;
use crate::loaded::Loaded;
use crate::replace::Replaced;
use crate::rows::{self, Row};
use crate::spill::Piece;

/// The additions of a range of the log. Compaction writes them to the table; a reader sees them as the tail.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    pub(crate) sites: BTreeMap<SiteId, FreshSite>,
    /// The identities including those of the records.
    pub(crate) identities: Arc<Identities>,
    /// Whether the identities differ from those before.
    pub(crate) identities_changed: bool,
    /// Rows of the table that this takes away. A reader still sees them until the compaction.
    pub(crate) gone: Arc<Gone>,
    /// The rows of the table that fresh rows replace.
    pub(crate) replaced: Replaced,
    /// The identities of a whole load, of which the table has only a part of the rows until the load ends.
    pub(crate) learned: Arc<Identities>,
}

/// The additions to one site.
#[derive(Debug, Default)]
pub(crate) struct FreshSite {
    /// Sorted rows without copies of each other.
    pub(crate) rows: Vec<Row>,
    /// Rows of a load, which come as columns.
    pub(crate) loaded: Loaded,
    /// Good events, copies included.
    pub(crate) good: u64,
    /// Dead letters.
    pub(crate) dead: Vec<DeadRow>,
    /// Customer keys whose rows in files may now belong to another customer.
    pub(crate) outdated: BTreeSet<String>,
}

impl Fresh {
    /// Collects the additions of records.
    pub(crate) fn new(accepted: Vec<Accepted>, before: &Arc<Identities>) -> Self {
        let mut fresh = Self {
            identities: Arc::clone(before),
            ..Self::default()
        };
        let mut touched = BTreeSet::new();
        for part in &accepted {
            for event in part.events.iter().filter(|event| is_identify(event)) {
                // The map is copied only if it may change.
                if Arc::make_mut(&mut fresh.identities).learn(&part.site, event) {
                    fresh.identities_changed = true;
                    touched.insert((part.site.clone(), event.visitor.clone()));
                }
            }
        }
        for (site, visitor) in touched {
            fresh.note_outdated(&site, visitor.as_str(), before);
        }
        for part in accepted {
            fresh.take(part);
        }
        for site in fresh.sites.values_mut() {
            rows::sort(&mut site.rows);
        }
        fresh
    }

    /// Collects the additions of a chunk of a load, except for its rows: these are added once it is known whose they are.
    pub(crate) fn of_load(chunk: &mut Chunk, before: &Arc<Identities>) -> Self {
        let learned = Arc::clone(&chunk.learned);
        let mut fresh = Self {
            identities: Arc::clone(before),
            gone: Arc::new(std::mem::take(&mut chunk.replaced)),
            learned: Arc::clone(&learned),
            ..Self::default()
        };
        fresh.sites.entry(chunk.site.clone()).or_default();
        if !learned.is_empty() {
            fresh.identities_changed = Arc::make_mut(&mut fresh.identities).merge(Identities::clone(&learned));
            for (site, visitor) in learned.visitors() {
                fresh.note_outdated(site, visitor, before);
            }
        }
        fresh
    }

    /// Adds the rows of a chunk of a load.
    pub(crate) fn add_loaded(&mut self, site: SiteId, rows: Vec<Piece>) -> Result<(), ArrowError> {
        let loaded = Loaded::new(&site, rows, &self.identities)?;
        let of_site = self.sites.entry(site).or_default();
        of_site.good = loaded.good;
        of_site.loaded = loaded;
        Ok(())
    }

    /// Notes the key of a visitor's rows in files if the visitor now has another key.
    fn note_outdated(&mut self, site: &SiteId, visitor: &str, before: &Identities) {
        let old = before.key(site, visitor);
        if old != self.identities.key(site, visitor) {
            self.sites.entry(site.clone()).or_default().outdated.insert(old);
        }
    }

    /// The dead letters by site.
    pub(crate) fn dead(&self) -> BTreeMap<SiteId, Vec<DeadRow>> {
        let sites = self.sites.iter().filter(|(_, fresh)| !fresh.dead.is_empty());
        sites.map(|(site, fresh)| (site.clone(), fresh.dead.clone())).collect()
    }

    fn take(&mut self, part: Accepted) {
        let site = self.sites.entry(part.site.clone()).or_default();
        site.good += part.events.len() as u64;
        for event in part.events {
            site.rows.push(Row {
                customer: self.identities.key(&part.site, event.visitor.as_str()),
                event,
                received_at: part.received_at,
                consent: part.consent,
                automated: part.automated,
            });
        }
        site.dead.extend(part.dead.into_iter().map(|letter| DeadRow {
            received_at: part.received_at,
            letter,
        }));
    }
}

fn is_identify(event: &wayside_model::Event) -> bool {
    event.touchpoint.kind() == wayside_model::Kind::Identify
}
