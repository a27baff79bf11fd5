//! A simulated shop on its way into a data folder, as an import of its own.

use anyhow::{Result, bail};
use wayside_analyzer::import::source_of;
use wayside_model::{Consent, SiteId, Timestamp};
use wayside_simulate::{Plan, Simulation};
use wayside_store::{Accepted, DataWriter, ImportEnd, NewImport, SIMULATED, Store};

use crate::importing::{Outcome, so_far};

/// Events that are handed over together: some megabytes.
const PIECE_EVENTS: usize = 20_000;

/// A simulation, and the site that it fills.
pub(crate) struct Job {
    pub(crate) site: SiteId,
    pub(crate) plan: Plan,
    /// The clock.
    pub(crate) now: fn() -> Timestamp,
}

/// Fails if a site has touchpoints that are not simulated: figures of both together would be about nobody.
pub(crate) async fn may_fill(store: &Store, site: &SiteId) -> Result<()> {
    let sites = store.sites().await?;
    if !sites.iter().any(|about| about.site == *site && about.events > 0) {
        return Ok(());
    }
    let imports = store.imports().await?;
    if imports
        .iter()
        .any(|import| import.site == site.as_str() && import.is_simulated())
    {
        return Ok(());
    }
    bail!(
        "the site {:?} has touchpoints that are not simulated; choose a name that is not taken for --site",
        site.as_str()
    )
}

impl Job {
    /// Makes and stores the events. `tell` hears the number of customers that are done.
    pub(crate) async fn run(self, writer: &DataWriter, mut tell: impl FnMut(u32)) -> Result<Outcome> {
        let Self { site, plan, now } = self;
        let source = source_of(&site, SIMULATED);
        let new = NewImport {
            site: site.clone(),
            file: format!(
                "{} customers, {} days, seed {}",
                plan.customers(),
                plan.days(),
                plan.seed()
            ),
            mapping: SIMULATED.to_owned(),
            source,
            by_id: true,
            replaces: false,
            now: now(),
        };
        let mut running = writer.begin_import(new).await?;
        let empty = |automated| Accepted {
            site: site.clone(),
            received_at: running.received_at(),
            consent: Consent::Granted,
            automated,
            events: Vec::new(),
            dead: Vec::new(),
            replaces: Vec::new(),
        };
        let (mut people, mut others) = (empty(false), empty(true));
        let (fresh, mut accepted) = (people.clone(), 0);
        let mut simulation = Simulation::new(plan, source);
        while let Some(piece) = simulation.next() {
            accepted += piece.events.len() as u64;
            match piece.automated {
                true => others.events.extend(piece.events),
                false => people.events.extend(piece.events),
            }
            if people.events.len() >= PIECE_EVENTS {
                running.append(std::mem::replace(&mut people, fresh.clone())).await?;
                tell(simulation.done());
            }
        }
        for rest in [people, others] {
            running.append(rest).await?;
        }
        tell(simulation.done());
        let mut failed = None;
        while failed.is_none() {
            match running.store_next().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => failed = Some(anyhow::Error::from(error)),
            }
        }
        let so_far = so_far(running.stored());
        let end = ImportEnd {
            is_whole: failed.is_none(),
            rows: accepted,
            now: now(),
            ..ImportEnd::default()
        };
        let record = running.finish(end).await?;
        let sums = record.sums.unwrap_or_default();
        Ok(Outcome {
            import: record.id,
            site: site.to_string(),
            rows: accepted,
            accepted,
            good: sums.good,
            copies: sums.copies,
            failure: failed.map(|error| format!("{so_far}: {error:#}")),
            ..Outcome::default()
        })
    }
}
