//! Going through dead letters: some become events, some are dropped, the others stay.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use wayside_model::SiteId;

use crate::accepted::Accepted;
use crate::clean;
use crate::dead::{self, Copies, DeadRow};
use crate::delta::{Change, Table, TableFile};
use crate::error::Result;
use crate::folder::number;
use crate::store::{Store, blocking};
use crate::undo::of_site;
use crate::writer::DataWriter;
use crate::writing::Writing;

/// The decision about a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It stays.
    Stay,
    /// It is removed.
    Drop,
    /// This takes its place.
    Replay(Box<Accepted>),
}

/// The number of dead letters that were removed, and of those that became events; each letter counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SortedLetters {
    /// Letters that were dropped.
    pub dropped: u64,
    /// Letters whose events are stored now.
    pub replayed: u64,
}

/// Dead letters of a site, the latest ones of those that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LatestLetters {
    /// In order of arrival.
    pub rows: Vec<DeadRow>,
    /// All that were asked for.
    pub total: u64,
}

impl Store {
    /// The latest `limit` of a site's dead letters that `is_asked` takes. However many there are, they take a bounded memory.
    ///
    /// # Errors
    ///
    /// Fails if the dead-letter table or the log cannot be read.
    pub async fn latest_letters(
        &self,
        site: &SiteId,
        limit: usize,
        is_asked: impl Fn(&DeadRow) -> bool + Clone + Send + 'static,
    ) -> Result<LatestLetters> {
        self.retry(|| self.try_latest_letters(site, limit, is_asked.clone()))
            .await
    }

    async fn try_latest_letters(
        &self,
        site: &SiteId,
        limit: usize,
        is_asked: impl Fn(&DeadRow) -> bool + Send + 'static,
    ) -> Result<LatestLetters> {
        let (table, mut fresh) = self.dead().await?;
        let fresh = fresh.remove(site).unwrap_or_default();
        let (root, files) = (table.root().to_path_buf(), of_site(table.files()?, site));
        blocking(move || {
            let (mut latest, mut copies) = (LatestLetters::default(), Copies::default());
            let mut take = |rows: Vec<DeadRow>| {
                for row in rows.into_iter().filter(|row| is_asked(row)) {
                    latest.total += u64::from(copies.is_first((row.letter.writer, row.letter.seq)));
                    latest.rows.push(row);
                }
                // Copies of one letter may be in several files.
                let rows = dead::without_copies(std::mem::take(&mut latest.rows));
                let before = rows.len().saturating_sub(limit);
                latest.rows = rows.into_iter().skip(before).collect();
            };
            for file in &files {
                take(dead::read(&root.join(&file.path))?);
            }
            take(fresh);
            Ok(latest)
        })
        .await
    }
}

impl DataWriter {
    /// Asks `decide` about each dead letter of a site, copies included, and carries out the decisions; with `dry_run` it only counts them.
    ///
    /// Events are durable before their letters are removed. After a crash in between, a letter is still in the list although its event is
    /// stored; the event that a further replay stores is then a copy, which counts nowhere.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read or written. Letters of files that were gone through before stay decided.
    pub async fn sort_letters(
        &self,
        site: &SiteId,
        dry_run: bool,
        decide: impl FnMut(&DeadRow) -> Fate + Send,
    ) -> Result<SortedLetters> {
        let _running = self.inner.compaction.lock().await;
        // From here on, the table has all letters.
        self.compact_under_lock().await?;
        self.sort_letters_held(site, dry_run, decide).await
    }

    /// The same for the letters of the table, for one who holds the compaction.
    pub(crate) async fn sort_letters_held(
        &self,
        site: &SiteId,
        dry_run: bool,
        mut decide: impl FnMut(&DeadRow) -> Fate + Send,
    ) -> Result<SortedLetters> {
        let mut table = self.inner.store.dead_table().await?;
        let (mut sorted, mut copies) = (SortedLetters::default(), Copies::default());
        for file in of_site(table.files()?, site) {
            let path = table.root().join(&file.path);
            let rows = blocking(move || dead::read(&path)).await?;
            let before = rows.len();
            let (mut stay, mut replayed) = (Vec::new(), Vec::new());
            for row in rows {
                let fate = decide(&row);
                let is_first = fate != Fate::Stay && copies.is_first((row.letter.writer, row.letter.seq));
                match fate {
                    Fate::Stay => stay.push(row),
                    Fate::Drop => sorted.dropped += u64::from(is_first),
                    Fate::Replay(event) => {
                        sorted.replayed += u64::from(is_first);
                        replayed.push(*event);
                    }
                }
            }
            if dry_run || stay.len() == before {
                continue;
            }
            for piece in pieces(replayed) {
                self.append(vec![piece]).await?;
            }
            let removed = before - stay.len();
            self.put_letters(&mut table, site, file, stay, removed).await?;
        }
        Ok(sorted)
    }

    /// Puts a file with the rows that stay in the place of one of the dead-letter table.
    async fn put_letters(
        &self,
        table: &mut Table,
        site: &SiteId,
        file: TableFile,
        stay: Vec<DeadRow>,
        removed: usize,
    ) -> Result<()> {
        let writing = self.begin_writing().await?;
        let name = number::dead(site);
        let sum = table.number(&name).await?.unwrap_or(0) - removed as i64;
        let mut change = Change {
            remove: vec![file],
            ..Change::default()
        };
        change.numbers.insert(name, sum);
        let (root, site, made) = (table.root().to_path_buf(), site.clone(), Arc::clone(&writing));
        let change = blocking(move || {
            change.add.extend(written(&root, &site, &stay, &made)?);
            clean::keep_from_now_on(&root, &change.remove);
            Ok(change)
        });
        table.commit(change.await?).await?;
        blocking(move || writing.end()).await
    }
}

/// A file of the dead-letter table with these rows, if there are any.
pub(crate) fn written(root: &Path, site: &SiteId, rows: &[DeadRow], writing: &Writing) -> Result<Option<TableFile>> {
    match rows {
        [] => Ok(None),
        rows => dead::write(root, site, rows, writing).map(Some),
    }
}

/// Single events joined to pieces of the log.
fn pieces(events: Vec<Accepted>) -> Vec<Accepted> {
    let about = |part: &Accepted| (part.site.clone(), part.received_at, part.consent, part.automated);
    let mut pieces: Vec<Accepted> = Vec::new();
    for event in events {
        match pieces.last_mut() {
            Some(piece) if about(piece) == about(&event) && piece.events.len() < PIECE_EVENTS => {
                piece.events.extend(event.events);
            }
            _ => pieces.push(event),
        }
    }
    pieces
}

/// Events of a piece: letters have at most 16 KiB, so that a piece stays far below the largest record.
const PIECE_EVENTS: usize = 256;
