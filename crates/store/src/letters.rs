//! Going through dead letters: some become events, some are dropped, the others stay.

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

#[cfg(test)]
mod tests {
    use wayside_model::Timestamp;

    use super::*;
    use crate::accepted::DeadLetter;
    use crate::testing::{accepted, event, site};
    use crate::writer::Options;

    /// A batch whose events all became letters, as with a wrong clock.
    fn refused(seqs: std::ops::Range<u32>) -> Accepted {
        let mut part = accepted(Vec::new());
        part.dead = seqs
            .map(|seq| DeadLetter {
                writer: event("v", 1, seq, 0).id.writer,
                seq,
                time: None,
                code: if seq == 2 { "name" } else { "time" }.to_owned(),
                detail: "refused".to_owned(),
                raw: None,
            })
            .collect();
        part
    }

    fn replay(row: &DeadRow) -> Fate {
        match row.letter.code.as_str() {
            "time" => Fate::Replay(Box::new(accepted(vec![event("v", 1, row.letter.seq, 5)]))),
            _ => Fate::Stay,
        }
    }

    async fn writer(dir: &Path) -> DataWriter {
        DataWriter::lock(dir, Options::default()).await.unwrap()
    }

    async fn state(writer: &DataWriter) -> (u64, u64, Vec<u32>) {
        let store = writer.store();
        let about = store.sites().await.unwrap().remove(0);
        let counts = store.counts().await.unwrap()[&site()];
        let letters = store.dead_letters(&site()).await.unwrap();
        let seqs: Vec<u32> = letters.iter().map(|row| row.letter.seq).collect();
        assert_eq!(about.dead, seqs.len() as u64);
        (about.events, counts.accepted, seqs)
    }

    #[tokio::test]
    async fn replayed_letters_become_events_that_count_once() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path()).await;
        // One in the table, a copy of some in the log.
        writer.append(vec![refused(0..4)]).await.unwrap();
        writer.compact().await.unwrap();
        writer.append(vec![refused(1..3)]).await.unwrap();
        assert_eq!(state(&writer).await, (0, 6, vec![0, 1, 2, 3]));
        let expected = SortedLetters {
            dropped: 0,
            replayed: 3,
        };
        for dry_run in [true, false] {
            assert_eq!(writer.sort_letters(&site(), dry_run, replay).await.unwrap(), expected);
            let after = if dry_run { (0, vec![0, 1, 2, 3]) } else { (3, vec![2]) };
            let (events, accepted, seqs) = state(&writer).await;
            assert_eq!(((events, seqs), accepted), (after, 6));
        }
        // Once more, as after a crash between the two steps: its event came, and the letter is still there.
        writer.append(vec![refused(0..1)]).await.unwrap();
        writer.sort_letters(&site(), false, replay).await.unwrap();
        writer.compact().await.unwrap();
        assert_eq!(state(&writer).await, (3, 7, vec![2]));
        let drop = |_: &DeadRow| Fate::Drop;
        let dropped = writer.sort_letters(&site(), false, drop).await.unwrap();
        assert_eq!(
            dropped,
            SortedLetters {
                dropped: 1,
                replayed: 0
            }
        );
        assert_eq!(state(&writer).await.2, Vec::<u32>::new());
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{report:#?}");
        writer.close().await.unwrap();
        let writer = self::writer(dir.path()).await;
        assert_eq!(state(&writer).await, (3, 5, vec![]));
    }

    #[tokio::test]
    async fn the_latest_letters_are_listed_in_order_without_copies() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path()).await;
        for (received_at, seqs) in [(10, 0..3), (30, 1..5), (20, 5..6)] {
            let received_at = Timestamp::from_millis(received_at);
            let part = Accepted {
                received_at,
                ..refused(seqs)
            };
            writer.append(vec![part]).await.unwrap();
            writer.compact().await.unwrap();
        }
        let list = async |limit: usize| {
            let is_asked = |row: &DeadRow| row.letter.code == "time";
            let latest = writer.store().latest_letters(&site(), limit, is_asked).await.unwrap();
            let seqs: Vec<u32> = latest.rows.iter().map(|row| row.letter.seq).collect();
            (seqs, latest.total)
        };
        assert_eq!(list(10).await, (vec![0, 1, 5, 3, 4], 5));
        assert_eq!(list(2).await, (vec![3, 4], 5));
    }
}
