//! Undoing an import: its touchpoints leave the table in one commit, and who is who is learned anew from what is left.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayside_model::{SiteId, Timestamp};

use crate::clean;
use crate::compact::{self, Merge, Plan};
use crate::dead;
use crate::delta::{Change, Table, TableFile};
use crate::error::{Error, ErrorKind, Result};
use crate::folder::number;
use crate::fresh::Fresh;
use crate::gone::Gone;
use crate::identities::Identities;
use crate::imports::{ImportRecord, ImportState, Register, keys_file, remove_if_there};
use crate::log::Position;
use crate::store::blocking;
use crate::writer::{DataWriter, numbers};
use crate::writing::Writing;

/// The data that undoing an import has removed, or would remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneImport {
    /// The import as the register has it now.
    pub record: ImportRecord,
    /// Touchpoints that are gone.
    pub events: u64,
    /// Dead letters that are gone.
    pub dead: u64,
    /// Touchpoints that stay, because another import brought them, too.
    pub kept: u64,
    /// Whether it was undone before; nothing was done then.
    pub already: bool,
}

impl DataWriter {
    /// Takes away the touchpoints and dead letters that an import brought and no other; with `dry_run` it only counts them.
    ///
    /// A crash leaves the import as [`ImportState::Undoing`]; undoing it again does the rest.
    ///
    /// # Errors
    ///
    /// Fails when there is no such import, while one runs, and when the folder cannot be read or written.
    pub async fn undo_import(&self, id: u32, dry_run: bool, now: Timestamp) -> Result<UndoneImport> {
        let _turn = self.import_turn()?;
        let dir = self.inner.store.folder().imports();
        let mut register = {
            let dir = dir.clone();
            blocking(move || Register::load(&dir)).await?
        };
        register.break_off();
        let record = register.find(id)?.clone();
        if record.state == ImportState::Undone {
            return Ok(UndoneImport {
                events: record.removed.unwrap_or(0),
                record,
                dead: 0,
                kept: 0,
                already: true,
            });
        }
        let _running = self.inner.compaction.lock().await;
        self.compact_under_lock().await?;
        let mut undoing = Undoing {
            writer: self,
            site: SiteId::parse(&record.site).map_err(|err| invalid(&record, &err))?,
            record,
            register,
        };
        let mut done = undoing.count().await?;
        if !dry_run {
            undoing.run(&mut done, now).await?;
        }
        Ok(done)
    }
}

struct Undoing<'a> {
    writer: &'a DataWriter,
    site: SiteId,
    record: ImportRecord,
    register: Register,
}

impl Undoing<'_> {
    /// Counts the touchpoints and dead letters that the undo removes.
    async fn count(&self) -> Result<UndoneImport> {
        let store = &self.writer.inner.store;
        let (table, ..) = store.table().await?;
        let letters = store.dead_table().await?;
        let gone = self.gone(&table).await?;
        let (root, files) = (table.root().to_path_buf(), of_site(table.files()?, &self.site));
        let (dead_root, dead_files) = (letters.root().to_path_buf(), of_site(letters.files()?, &self.site));
        let record = self.record.clone();
        blocking(move || {
            let (source, received_at) = (record.source(), record.received_at);
            let all = crate::gone::count(&root, &files, source, received_at)?;
            let own = gone.only(source, received_at).count(&root, &files)?;
            // What imports undone before have left goes, too, where only this one still held it.
            let events = gone.count(&root, &files)?;
            let dead = dead_files.iter().map(|file| {
                let rows = dead::read(&dead_root.join(&file.path))?;
                Ok(rows.iter().filter(|row| gone.has_dead_row(row)).count() as u64)
            });
            Ok(UndoneImport {
                events,
                dead: dead.sum::<Result<u64>>()?,
                kept: all.saturating_sub(own),
                record,
                already: false,
            })
        })
        .await
    }

    /// The removed imports after this import is undone.
    async fn gone(&self, table: &Table) -> Result<Arc<Gone>> {
        let mut register = self.register.clone();
        let mut record = self.record.clone();
        record.state = ImportState::Undoing;
        register.put(&record);
        let dir = self.writer.inner.store.folder().imports();
        let (root, files) = (table.root().to_path_buf(), table.files()?);
        blocking(move || Ok(Arc::new(Gone::of(&dir, &register, &root, &files)?))).await
    }

    async fn run(&mut self, done: &mut UndoneImport, now: Timestamp) -> Result<()> {
        // One that was cut off may have taken away what it counted.
        let removed = self.record.removed.unwrap_or(0).max(done.events);
        self.record.state = ImportState::Undoing;
        self.record.removed = Some(removed);
        self.note().await?;
        let (mut table, ..) = self.writer.inner.store.table().await?;
        let gone = self.gone(&table).await?;
        self.letters(Arc::clone(&gone)).await?;
        // Rows and sums change in one commit, which an undo that was cut off may have made. An import of copies only has no row to show
        // that. A repair may have brought rows back since.
        if !self.is_committed(&mut table).await? || done.events > 0 {
            self.events(gone).await?;
        }
        self.record.state = ImportState::Undone;
        self.record.undone_at = Some(now.millis());
        self.note().await?;
        let keys = keys_file(&self.writer.inner.store.folder().imports(), self.record.id);
        blocking(move || remove_if_there(&keys)).await?;
        done.events = removed;
        done.record = self.record.clone();
        Ok(())
    }

    /// Whether the rows and sums of the table are those after the undo.
    async fn is_committed(&self, table: &mut Table) -> Result<bool> {
        let received_at = table.number(&number::undone(self.record.id)).await?;
        Ok(received_at == Some(self.record.received_at))
    }

    /// Writes the record into the register.
    async fn note(&mut self) -> Result<()> {
        self.register.put(&self.record);
        let (register, dir) = (self.register.clone(), self.writer.inner.store.folder().imports());
        blocking(move || register.save(&dir)).await
    }

    async fn letters(&self, gone: Arc<Gone>) -> Result<()> {
        let store = &self.writer.inner.store;
        let notes = store.folder().compacting();
        let writing = Arc::new(blocking(move || Writing::begin(&notes)).await?);
        let mut table = store.dead_table().await?;
        remove_letters(&mut table, &self.site, gone, Arc::clone(&writing)).await?;
        blocking(move || writing.end()).await
    }

    async fn events(&self, gone: Arc<Gone>) -> Result<()> {
        let store = &self.writer.inner.store;
        let (mut table, identities, position) = store.table().await?;
        let notes = store.folder().compacting();
        let writing = Arc::new(blocking(move || Writing::begin(&notes)).await?);
        let (fresh, plan) = {
            let (root, files, site) = (table.root().to_path_buf(), table.files()?, self.site.clone());
            let writing = Arc::clone(&writing);
            blocking(move || {
                let mut fresh = Fresh {
                    identities: Arc::clone(&identities),
                    gone,
                    ..Fresh::default()
                };
                fresh.learn_anew(&root, &files, &site, &identities)?;
                let plan = compact::plan(&root, &files, &fresh, Merge::Tiered, &writing)?;
                Ok((fresh, plan))
            })
            .await?
        };
        self.commit(&mut table, fresh, plan, position).await?;
        blocking(move || writing.end()).await
    }

    async fn commit(&self, table: &mut Table, fresh: Fresh, plan: Plan, position: Position) -> Result<()> {
        let folder = self.writer.inner.store.folder();
        let mut named = table.number(number::IDENTITIES).await?.unwrap_or(0);
        if fresh.identities_changed {
            named += 1;
            let (dir, identities) = (folder.identities(), Arc::clone(&fresh.identities));
            blocking(move || identities.save(&dir, named)).await?;
        }
        let mut numbers = numbers(table, &fresh, &plan, position, named).await?;
        if !self.is_committed(table).await? {
            self.forget_copies(table, &mut numbers).await?;
        }
        numbers.insert(number::undone(self.record.id), self.record.received_at);
        let (root, remove) = (table.root().to_path_buf(), plan.remove);
        let remove = blocking(move || {
            clean::keep_from_now_on(&root, &remove);
            Ok(remove)
        });
        let change = Change {
            add: plan.add,
            remove: remove.await?,
            numbers,
        };
        table.commit(change).await?;
        let dir = folder.identities();
        blocking(move || Identities::remove_before(&dir, named)).await
    }

    /// Its copies are no copies of anything any more: they are withdrawn with its rows.
    async fn forget_copies(&self, table: &mut Table, numbers: &mut BTreeMap<String, i64>) -> Result<()> {
        let copies = self.record.sums.map_or(0, |sums| sums.copies as i64);
        let (of_copies, of_withdrawn) = (number::copies(&self.site), number::withdrawn(&self.site));
        let mut now = [0; 2];
        for (now, name) in now.iter_mut().zip([&of_copies, &of_withdrawn]) {
            *now = match numbers.get(name) {
                Some(number) => *number,
                None => table.number(name).await?.unwrap_or(0),
            };
        }
        // A repair may have begun to count anew.
        let copies = copies.min(now[0]);
        if copies > 0 {
            numbers.insert(of_copies, now[0] - copies);
            numbers.insert(of_withdrawn, now[1] + copies);
        }
        Ok(())
    }
}

/// Takes dead letters that are gone out of the table of a site.
pub(crate) async fn remove_letters(
    table: &mut Table,
    site: &SiteId,
    gone: Arc<Gone>,
    writing: Arc<Writing>,
) -> Result<()> {
    let (root, files) = (table.root().to_path_buf(), of_site(table.files()?, site));
    let to_write = site.clone();
    let (mut change, removed) = blocking(move || {
        let (mut change, mut removed) = (Change::default(), 0);
        for file in files {
            let rows = dead::read(&root.join(&file.path))?;
            let before = rows.len();
            let kept: Vec<_> = rows.into_iter().filter(|row| !gone.has_dead_row(row)).collect();
            if kept.len() == before {
                continue;
            }
            removed += (before - kept.len()) as i64;
            if !kept.is_empty() {
                change.add.push(dead::write(&root, &to_write, &kept, &writing)?);
            }
            change.remove.push(file);
        }
        clean::keep_from_now_on(&root, &change.remove);
        Ok((change, removed))
    })
    .await?;
    if removed == 0 {
        return Ok(());
    }
    let name = number::dead(site);
    let before = table.number(&name).await?.unwrap_or(0);
    change.numbers.insert(name, before - removed);
    table.commit(change).await
}

pub(crate) fn of_site(files: Vec<TableFile>, site: &SiteId) -> Vec<TableFile> {
    let files = files.into_iter();
    files.filter(|file| file.value("site") == site.as_str()).collect()
}

fn invalid(record: &ImportRecord, why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Invalid {
        detail: format!("import {} is of no site: {why}", record.id),
    })
}
