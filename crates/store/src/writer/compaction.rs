//! Compaction: what is in the log moves into the table, and old files go.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::{Compacted, DataWriter};
use crate::accepted::Accepted;
use crate::clean;
use crate::compact::Merge;
use crate::delta::Table;
use crate::error::Result;
use crate::explain::{self, LoggedFiles};
use crate::folder::number;
use crate::fresh::Fresh;
use crate::log::{self, Position, Tail, Until, recover, segment};
use crate::store::blocking;
use crate::writing::Unfinished;

/// Memory that the records taken into one commit may need, about; with all that is made of them it is five times that, of the
/// 512 MiB that a server may take. Bytes of the log say little of it: an ordinary batch takes ten times its own, one that names a
/// long text often a thousand times. Of ordinary events these are about 25,000.
pub(super) const COMPACT_BYTES: usize = 24 * 1024 * 1024;

impl Compacted {
    /// Adds the next commit's counts.
    fn add(&mut self, next: Self) {
        *self = Self {
            version: next.version,
            events: self.events + next.events,
            copies: self.copies + next.copies,
            files_added: self.files_added + next.files_added,
            files_removed: self.files_removed + next.files_removed,
        };
    }
}

impl DataWriter {
    /// Moves the log into the table.
    ///
    /// # Errors
    ///
    /// Fails if the log or the table cannot be read or written.
    pub async fn compact(&self) -> Result<Compacted> {
        self.compact_with(Merge::Tiered).await
    }

    /// Moves the log into the table and merges runs according to `merge`.
    ///
    /// # Errors
    ///
    /// Fails if the log or the table cannot be read or written.
    pub async fn compact_with(&self, merge: Merge) -> Result<Compacted> {
        self.compact_in(merge, COMPACT_BYTES).await
    }

    /// The same, in commits of at most `bytes` and one record more.
    pub(super) async fn compact_in(&self, merge: Merge, bytes: usize) -> Result<Compacted> {
        let done = self.compact_all(merge, bytes).await;
        self.inner.failures.record(&done);
        done
    }

    async fn compact_all(&self, merge: Merge, bytes: usize) -> Result<Compacted> {
        let _running = self.inner.compaction.lock().await;
        self.compact_held(merge, bytes).await
    }

    /// Brings what is in the log into the table, for one who holds the compaction.
    pub(crate) async fn compact_under_lock(&self) -> Result<Compacted> {
        self.compact_held(Merge::Tiered, COMPACT_BYTES).await
    }

    async fn compact_held(&self, merge: Merge, bytes: usize) -> Result<Compacted> {
        let mut total = Compacted::default();
        self.inner.waiting.store(0, Relaxed);
        // The compaction ends here, so that it ends even if events keep arriving.
        let until = self.inner.log.durable();
        let mut has_more = true;
        while has_more {
            let done = self.compact_once(until, Merge::Tiered, bytes).await;
            let (done, more) = done.map_err(|err| err.of_missing_file(&self.inner.store.folder().table()))?;
            total.add(done);
            has_more = more;
        }
        // Not earlier: otherwise each commit of a long log would rewrite whole months.
        if merge == Merge::All {
            total.add(self.compact_once(until, Merge::All, bytes).await?.0);
        }
        Ok(total)
    }

    /// Makes one commit of at most `bytes` and one record more. Returns whether there is more to do.
    async fn compact_once(&self, until: Position, merge: Merge, bytes: usize) -> Result<(Compacted, bool)> {
        let store = &self.inner.store;
        let (table, identities, position) = store.table().await?;
        let mut dead_table = store.dead_table().await?;
        let dead_position = dead_position(&mut dead_table).await?;
        // The dead letters are committed first. If the process ended between the two commits, this commit takes exactly
        // the records whose dead letters are already committed, so that nothing is added twice.
        let rest = if dead_position > position {
            Some(self.read(position, dead_position, bytes).await?)
        } else {
            None
        };
        // Damage may have destroyed all of them. Events that can be read after it are new.
        let rest = rest.filter(|(tail, _)| tail.end > position);
        let is_rest = rest.is_some();
        let (tail, accepted) = match rest {
            Some(rest) => rest,
            None => self.read(position, until, bytes).await?,
        };
        let (end, has_more) = (tail.end, tail.has_more || is_rest);
        if end <= position && merge == Merge::Tiered {
            let version = table.version();
            return Ok((
                Compacted {
                    version,
                    ..Compacted::default()
                },
                false,
            ));
        }

        let writing = self.begin_writing().await?;
        let fresh = Fresh::new(accepted, &identities);
        let dead = fresh.dead();
        if !dead.is_empty() && dead_position < end {
            self.commit_dead(&mut dead_table, dead, Some(end), &writing).await?;
        }
        let at = (position, end);
        let compacted = self.commit(table, fresh, merge, at, writing).await?;
        Ok((compacted, has_more))
    }

    /// Reads the part of the log for one commit, and moves damaged segments aside.
    async fn read(&self, from: Position, until: Position, bytes: usize) -> Result<(Tail, Vec<Accepted>)> {
        let folder = self.inner.store.folder().clone();
        blocking(move || {
            let log = folder.log();
            let until = Until {
                position: Some(until),
                unfolded_bytes: bytes,
            };
            let mut accepted = Vec::new();
            let tail = log::read(&log, from, until, |part| accepted.push(part))?;
            for damage in &tail.damage {
                recover::quarantine(&log, damage.segment, damage.bytes)?;
            }
            Ok((tail, accepted))
        })
        .await
    }

    /// Begins a new segment of the log, unless the current one is empty.
    pub(crate) async fn roll_log(&self) -> Result<()> {
        self.inner.log.roll(0).await
    }

    /// Removes files that no one needs: closed segments behind the table's position, files of crashed compactions, and
    /// files that the table no longer refers to once they are old enough.
    ///
    /// Nothing is removed when the Delta log is in doubt: when it does not explain a file, or refers to one that is
    /// missing. A file that it no longer lists may be the only copy of its rows.
    ///
    /// # Errors
    ///
    /// Fails when the folder cannot be read, or a file in it cannot be removed.
    pub async fn clean(&self) -> Result<()> {
        let _running = self.inner.compaction.lock().await;
        if let Some(doubt) = self.clean_held(self.inner.options.keep_removed).await? {
            tracing::error!(
                "no old file is removed, because a table is in doubt: {doubt}; run `wayside check`, then stop this process and run \
                 `wayside repair`"
            );
        }
        Ok(())
    }

    /// The same for one who holds the compaction, with removed files kept for this time. Returns the doubt if nothing may be removed.
    pub(crate) async fn clean_held(&self, keep: Duration) -> Result<Option<String>> {
        let (table, _, position) = self.inner.store.table().await?;
        let dead = self.inner.store.dead_table().await?;
        let logged = [LoggedFiles::of(&table).await?, LoggedFiles::of(&dead).await?];
        let folder = self.inner.store.folder().clone();
        blocking(move || {
            let unfinished = Unfinished::read(&folder.compacting())?;
            let mut removable = Vec::new();
            let segments = segment::list(&folder.log())?;
            let lost = explain::lost_segment(&folder.log(), &segments, position);
            let mut doubts: Vec<String> = lost.into_iter().collect();
            for files in &logged {
                let explained = files.explain(&explain::files_below(&files.root)?, &unfinished);
                doubts.extend(
                    explained
                        .doubt()
                        .map(|doubt| format!("{}: {doubt}", files.root.display())),
                );
                removable.extend(explained.removable);
            }
            if !doubts.is_empty() {
                return Ok(Some(doubts.join("; ")));
            }
            clean::remove_segments_before(&folder.log(), position.segment)?;
            let kept = clean::remove_old(removable, keep)?;
            unfinished.forget_all_but_of(&kept)?;
            Ok(None)
        })
        .await
    }
}

/// The position in the log up to which the dead-letter table contains it.
pub(super) async fn dead_position(dead_table: &mut Table) -> Result<Position> {
    let number = dead_table.number(number::POSITION).await?;
    Ok(Position::from_number(number.unwrap_or(0)))
}
