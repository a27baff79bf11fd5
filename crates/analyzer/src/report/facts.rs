//! Facts of the store about a site that are not part of any journey.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use wayside_model::SiteId;
use wayside_store::{Snapshot, Store};

use crate::error::Error;
use crate::kept::{BucketState, KeptStates, Keys};
use crate::range::Range;
use crate::report::attribution::costs::{self, Costs};
use crate::sql;
use crate::table::{Cell, Table};

/// Facts about a site beyond its journeys. Dead letters, events and clocks are those of the range; copies and disputed
/// visitors are counted since the data folder was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Events of people and automated browsers, each once.
    pub events: u64,
    /// Browsers that they are of.
    pub visitors: u64,
    /// Those events that automated browsers sent.
    pub automated: u64,
    /// Events whose time was more than a minute ahead of the collector's clock when they arrived.
    pub clock_ahead: u64,
    /// Dead letters by reason: their number, and the detail of the first.
    pub dead: BTreeMap<String, (u64, String)>,
    /// Whether there are so many dead letters that copies among the last of them count, too.
    pub has_uncounted_copies: bool,
    /// Events that were accepted, with copies and dead letters.
    pub accepted: u64,
    /// Copies among them.
    pub copies: u64,
    /// Simulated events: those that `wayside simulate` brought, since the data folder was made.
    pub simulated: u64,
    /// Visitors who identified as different customers.
    pub disputed: u64,
    /// Costs of ads in the range.
    pub costs: Costs,
}

/// The facts that reports lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WantedFacts {
    /// All facts about the quality of the data.
    pub quality: bool,
    /// [`Facts::costs`].
    pub costs: bool,
}

impl WantedFacts {
    /// The facts that either needs.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            quality: self.quality || other.quality,
            costs: self.costs || other.costs,
        }
    }
}

/// Time by which a clock may be ahead before that counts as an error: phones and computers that set their clocks by the network are
/// right to a few seconds.
const CLOCK_SLACK_MS: i64 = 60_000;

impl Facts {
    /// Costs of ads, which are touchpoints.
    pub(crate) async fn gather_costs(&mut self, snapshot: &Snapshot, range: Range) -> Result<(), Error> {
        self.costs = costs::read(snapshot, range).await?;
        Ok(())
    }

    /// Reads the facts about the quality of the data from the store. `kept` has the counts of buckets that have not changed.
    pub(crate) async fn gather(
        store: &Store,
        site: &SiteId,
        snapshot: &Snapshot,
        range: Range,
        kept: Option<(&KeptStates, &Keys)>,
    ) -> Result<Self, Error> {
        let [events, visitors, automated, clock_ahead] = match kept {
            None => count_events(site, snapshot, range).await?,
            Some((kept, keys)) => count_new_events(site, snapshot, range, kept, keys).await?,
        };
        let mut facts = Self {
            events,
            visitors,
            automated,
            clock_ahead,
            disputed: store.disputed_visitors(site).await?.len() as u64,
            ..Self::default()
        };
        let dead = store.dead_reasons(site, move |time| range.contains(time)).await?;
        facts.has_uncounted_copies = dead.has_uncounted_copies;
        let reasons = dead.by_code.into_iter();
        facts.dead = reasons
            .map(|(code, reason)| (code, (reason.count, reason.detail)))
            .collect();
        let counts = store.counts().await?.get(site).copied().unwrap_or_default();
        facts.accepted = counts.accepted;
        facts.copies = counts.good.saturating_sub(snapshot.events);
        let imports = store.imports().await?;
        let simulated = imports
            .iter()
            .filter(|import| import.is_simulated() && import.site == site.as_str());
        facts.simulated = simulated.filter_map(|import| import.sums).map(|sums| sums.good).sum();
        Ok(facts)
    }
}

/// Sums the counts of all buckets, which add up because all events of a visitor are in one bucket. Only the events of buckets
/// that have changed are read.
async fn count_new_events(
    site: &SiteId,
    snapshot: &Snapshot,
    range: Range,
    kept: &KeptStates,
    keys: &Keys,
) -> Result<[u64; 4], Error> {
    let mut sums = [0; 4];
    let mut add = |counts: [u64; 4]| sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    let mut new = Vec::new();
    for bucket in &snapshot.buckets {
        let key = keys.of("events of the data quality", bucket.number);
        let known = key.and_then(|key| kept.get(&key));
        match known.and_then(|known| serde_json::from_slice(&known.state).ok()) {
            Some(counts) => add(counts),
            None => new.push((key, bucket)),
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let counting: Vec<_> = new
        .into_iter()
        .map(|(key, bucket)| {
            let narrowed = Snapshot {
                buckets: vec![bucket.clone()],
                table_root: snapshot.table_root.clone(),
                ..*snapshot
            };
            async move {
                let counts = count_events(site, &narrowed, range).await?;
                if let Some(key) = key {
                    let state = BucketState {
                        state: serde_json::to_vec(&counts)?,
                        ..BucketState::default()
                    };
                    kept.put(&key, Arc::new(state));
                }
                Ok::<_, Error>(counts)
            }
        })
        .collect();
    let counted: Vec<[u64; 4]> = futures::stream::iter(counting)
        .buffer_unordered(cores)
        .try_collect()
        .await?;
    counted.into_iter().for_each(add);
    Ok(sums)
}

/// Events, visitors, automated events, events ahead of the collector's clock.
async fn count_events(site: &SiteId, snapshot: &Snapshot, range: Range) -> Result<[u64; 4], Error> {
    let ahead = format!("CAST(time AS BIGINT) > CAST(received_at AS BIGINT) + {CLOCK_SLACK_MS}");
    let from = range.from().map(|from| format!("CAST(time AS BIGINT) >= {from}"));
    let to = range.to().map(|to| format!("CAST(time AS BIGINT) < {to}"));
    let conditions: Vec<String> = ["TRUE".to_owned()].into_iter().chain(from).chain(to).collect();
    let query = format!(
        "SELECT count(*), count(DISTINCT visitor), count(*) FILTER (WHERE automated), count(*) FILTER (WHERE {ahead}) \
         FROM events WHERE {}",
        conditions.join(" AND ")
    );
    let table: Table = sql::run_over(snapshot.clone(), site, &query).await?;
    let count = |at: usize| match table.rows.first().map(|row| &row[at]) {
        Some(Cell::Int(n)) => u64::try_from(*n).unwrap_or(0),
        Some(Cell::Count(n)) => *n,
        _ => 0,
    };
    Ok([0, 1, 2, 3].map(count))
}
