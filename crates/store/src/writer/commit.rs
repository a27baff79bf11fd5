//! Commits: fresh rows and dead letters become part of the tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayside_model::SiteId;

use super::{Compacted, DataWriter};
use crate::clean;
use crate::compact::{self, Merge, Plan};
use crate::dead::{self, DeadRow};
use crate::delta::{Change, Table};
use crate::error::{Error, Result};
use crate::explain;
use crate::folder::{Folder, number};
use crate::fresh::Fresh;
use crate::identities::Identities;
use crate::load::Chunk;
use crate::log::Position;
use crate::replace::{self, Replaced};
use crate::store::blocking;
use crate::undo::remove_letters;
use crate::writing::{Unfinished, Writing};

/// A segment this large is closed at compaction so that it can be removed; smaller ones go on, for a folder that takes
/// a few events a minute need not make a file for each compaction.
const ROLL_BYTES: u64 = 1024 * 1024;

impl DataWriter {
    /// Commits a chunk of a load, with the removal of the rows that it replaces.
    pub(crate) async fn commit_load(&self, mut chunk: Chunk) -> Result<Compacted> {
        let done = self.try_commit_load(&mut chunk).await;
        done.map_err(|err| err.of_missing_file(&self.inner.store.folder().table()))
    }

    async fn try_commit_load(&self, chunk: &mut Chunk) -> Result<Compacted> {
        let _running = self.inner.compaction.lock().await;
        let (table, identities, position) = self.inner.store.table().await?;
        let writing = self.begin_writing().await?;
        let fresh = Fresh::of_load(chunk, &identities);
        let mut fresh = self.replacing(fresh, &table, &identities).await?;
        let replaced = std::mem::take(&mut fresh.replaced);
        let added = fresh.add_loaded(chunk.site.clone(), std::mem::take(&mut chunk.rows));
        added.map_err(|err| Error::data_file(table.root(), err))?;
        self.remove_replaced_letters(&fresh, &writing).await?;
        let at = (position, position);
        let compacted = self.commit(table, fresh, Merge::Tiered, at, writing).await?;
        self.note_replaced(replaced).await?;
        Ok(compacted)
    }

    /// Finds out which rows of the table fresh ones replace, if any.
    async fn replacing(&self, fresh: Fresh, table: &Table, before: &Arc<Identities>) -> Result<Fresh> {
        if fresh.gone.is_empty() {
            return Ok(fresh);
        }
        fresh.replacing(table, before).await
    }

    /// Notes committed replacements beside the register of imports.
    async fn note_replaced(&self, replaced: Replaced) -> Result<()> {
        let dir = self.inner.store.folder().imports();
        blocking(move || replace::note(&dir, replaced)).await
    }

    /// Removes the dead letters that fresh rows replace.
    async fn remove_replaced_letters(&self, fresh: &Fresh, writing: &Arc<Writing>) -> Result<()> {
        if fresh.gone.is_empty() {
            return Ok(());
        }
        let mut table = self.inner.store.dead_table().await?;
        for site in fresh.sites.keys() {
            remove_letters(&mut table, site, Arc::clone(&fresh.gone), Arc::clone(writing)).await?;
        }
        Ok(())
    }

    /// Commits dead letters of a load.
    pub(crate) async fn commit_dead_of_load(&self, dead: BTreeMap<SiteId, Vec<DeadRow>>) -> Result<()> {
        let _running = self.inner.compaction.lock().await;
        let writing = self.begin_writing().await?;
        let mut table = self.inner.store.dead_table().await?;
        self.commit_dead(&mut table, dead, None, &writing).await?;
        blocking(move || writing.end()).await
    }

    pub(crate) async fn begin_writing(&self) -> Result<Arc<Writing>> {
        let notes = self.inner.store.folder().compacting();
        Ok(Arc::new(blocking(move || Writing::begin(&notes)).await?))
    }

    /// Commits fresh rows. The table contains the log up to the first position before the commit, and up to the second after it.
    pub(crate) async fn commit(
        &self,
        mut table: Table,
        fresh: Fresh,
        merge: Merge,
        (position, end): (Position, Position),
        writing: Arc<Writing>,
    ) -> Result<Compacted> {
        let fresh = Arc::new(fresh);
        let plan = self.plan(&table, &fresh, merge, &writing).await?;
        let done = Compacted {
            version: table.version(),
            events: fresh.sites.values().map(|site| site.good).sum(),
            copies: plan.copies.values().sum(),
            files_added: plan.add.len(),
            files_removed: plan.remove.len(),
        };
        let is_unchanged = plan.add.is_empty() && plan.remove.is_empty() && !fresh.identities_changed;
        if done.events == 0 && end <= position && is_unchanged {
            blocking(move || writing.end()).await?;
            return Ok(done);
        }
        let identities = self.save_identities(&mut table, &fresh).await?;
        let numbers = numbers(&mut table, &fresh, &plan, end, identities).await?;
        publish(&mut table, plan, numbers).await?;
        blocking(move || writing.end()).await?;
        self.after_commit(end, identities).await?;
        let version = table.version();
        Ok(Compacted { version, ..done })
    }

    /// Writes the files of the commit, which no reader sees yet, and says which ones they replace.
    async fn plan(&self, table: &Table, fresh: &Arc<Fresh>, merge: Merge, writing: &Arc<Writing>) -> Result<Plan> {
        let (root, files, fresh) = (table.root().to_path_buf(), table.files()?, Arc::clone(fresh));
        let (writing, folder) = (Arc::clone(writing), self.inner.store.folder().clone());
        blocking(move || {
            compact::plan(&root, &files, &fresh, merge, &writing).inspect_err(|_| {
                // It has removed its files if possible; otherwise the next cleaning will.
                let _ = forget_what_left_nothing(&folder);
            })
        })
        .await
    }

    /// Saves the customers of visitors if fresh rows have changed them, and returns the number of the file that the commit names.
    async fn save_identities(&self, table: &mut Table, fresh: &Fresh) -> Result<i64> {
        let named = table.number(number::IDENTITIES).await?.unwrap_or(0);
        if !fresh.identities_changed {
            return Ok(named);
        }
        let (dir, identities) = (self.inner.store.folder().identities(), Arc::clone(&fresh.identities));
        blocking(move || identities.save(&dir, named + 1)).await?;
        Ok(named + 1)
    }

    /// Commits dead letters. With `end`, the dead-letter table then contains those of the log up to there.
    pub(super) async fn commit_dead(
        &self,
        table: &mut Table,
        dead: BTreeMap<SiteId, Vec<DeadRow>>,
        end: Option<Position>,
        writing: &Arc<Writing>,
    ) -> Result<()> {
        let mut change = Change::default();
        if let Some(end) = end {
            change.numbers.insert(number::POSITION.to_owned(), end.to_number());
        }
        for (site, rows) in dead {
            let name = number::dead(&site);
            let before = table.number(&name).await?.unwrap_or(0);
            change.numbers.insert(name, before + rows.len() as i64);
            let (root, writing) = (table.root().to_path_buf(), Arc::clone(writing));
            change
                .add
                .push(blocking(move || dead::write(&root, &site, &rows, &writing)).await?);
        }
        table.commit(change).await
    }

    /// Removes segments and identities that the committed table no longer needs. It runs after the commit, so that
    /// nothing is removed before the table contains it.
    async fn after_commit(&self, end: Position, named: i64) -> Result<()> {
        if end.segment == self.inner.log.durable().segment {
            self.inner.log.roll(ROLL_BYTES).await?;
        }
        let folder = self.inner.store.folder().clone();
        blocking(move || {
            clean::remove_segments_before(&folder.log(), end.segment)?;
            Identities::remove_before(&folder.identities(), named)
        })
        .await
    }
}

/// Commits the files of a plan. From here on, readers see them.
async fn publish(table: &mut Table, plan: Plan, numbers: BTreeMap<String, i64>) -> Result<()> {
    let (root, remove) = (table.root().to_path_buf(), plan.remove);
    let remove = blocking(move || {
        clean::keep_from_now_on(&root, &remove);
        Ok(remove)
    });
    table
        .commit(Change {
            add: plan.add,
            remove: remove.await?,
            numbers,
        })
        .await
}

/// Removes the notes of compactions that failed and left no file in either table.
fn forget_what_left_nothing(folder: &Folder) -> Result<()> {
    let left = explain::data_files(&folder.table())?.chain(explain::data_files(&folder.dead())?);
    Unfinished::read(&folder.compacting())?.forget_all_but_of(&left.collect::<Vec<_>>())
}

pub(crate) async fn numbers(
    table: &mut Table,
    fresh: &Fresh,
    plan: &Plan,
    end: Position,
    identities: i64,
) -> Result<BTreeMap<String, i64>> {
    let mut numbers = BTreeMap::from([
        (number::POSITION.to_owned(), end.to_number()),
        (number::IDENTITIES.to_owned(), identities),
    ]);
    let good = fresh.sites.iter().map(|(site, fresh)| (number::good(site), fresh.good));
    let copies = plan.copies.iter().map(|(site, copies)| (number::copies(site), *copies));
    let withdrawn = plan.withdrawn.iter();
    let withdrawn = withdrawn.map(|(site, rows)| (number::withdrawn(site), *rows));
    for (name, more) in good.chain(copies).chain(withdrawn).filter(|(_, more)| *more > 0) {
        let before = table.number(&name).await?.unwrap_or(0);
        numbers.insert(name, before + more as i64);
    }
    Ok(numbers)
}
