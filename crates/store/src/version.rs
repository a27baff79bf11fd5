//! Whether the data of a site have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wayside_model::SiteId;

use crate::error::Result;
use crate::log::{self, Position, Until};
use crate::store::blocking;

/// The state of the data that an answer about a site rests on: versions of the two tables, and how far the log has records of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub(crate) table: i64,
    pub(crate) dead: i64,
    pub(crate) log: Position,
}

/// How far the log has been looked at for versions of sites.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    end: Position,
    /// By site: a place behind the last of its records.
    last: BTreeMap<SiteId, Position>,
}

impl Seen {
    /// Looks at what has come since the last look, or since the table's position. Gives a place behind the last record of a site.
    pub(crate) async fn look(&mut self, log: &Path, position: Position, site: &SiteId) -> Result<Position> {
        // What lies before the table's position is in the table.
        let from = self.end.max(position);
        let log = log.to_path_buf();
        let (end, sites) = blocking(move || {
            let mut sites = BTreeSet::new();
            let tail = log::read(&log, from, Until::END, |part| {
                sites.insert(part.site);
            })?;
            Ok((tail.end, sites))
        })
        .await?;
        self.end = end;
        self.last.extend(sites.into_iter().map(|site| (site, end)));
        Ok(self.last.get(site).copied().unwrap_or_default())
    }
}
