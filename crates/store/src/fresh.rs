//! The additions that records of the log make to the table: rows, dead letters and identities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wayside_model::SiteId;

use crate::accepted::Accepted;
use crate::dead::DeadRow;
use crate::gone::Gone;
use crate::identities::Identities;
use crate::rows::{self, Row};

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
}

/// The additions to one site.
#[derive(Debug, Default)]
pub(crate) struct FreshSite {
    /// Sorted rows without copies of each other.
    pub(crate) rows: Vec<Row>,
    /// Good events, copies included.
    pub(crate) good: u64,
    /// Dead letters.
    pub(crate) dead: Vec<DeadRow>,
    /// Customer keys whose rows in files may now belong to another customer.
    pub(crate) outdated: BTreeSet<String>,
}

impl Fresh {
    /// Collects the additions of records.
    pub(crate) fn new(mut accepted: Vec<Accepted>, before: &Arc<Identities>) -> Self {
        let mut replaced = Gone::default();
        for part in &accepted {
            for writer in &part.replaces {
                replaced.replace(*writer, part.received_at);
            }
        }
        replaced.retain(&mut accepted);
        let mut fresh = Self {
            identities: Arc::clone(before),
            gone: Arc::new(replaced),
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
            let old = before.key(&site, visitor.as_str());
            if old != fresh.identities.key(&site, visitor.as_str()) {
                fresh.sites.entry(site).or_default().outdated.insert(old);
            }
        }
        for part in accepted {
            fresh.take(part);
        }
        for site in fresh.sites.values_mut() {
            rows::sort(&mut site.rows);
        }
        fresh
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
