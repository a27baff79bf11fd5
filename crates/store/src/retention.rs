//! Retention: what is older than a site keeps goes, with the identities of visitors of whom nothing is left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use wayside_model::{SiteId, Timestamp};

use crate::compact::Merge;
use crate::dead::DeadRow;
use crate::delta::TableFile;
use crate::error::Result;
use crate::fresh::{Fresh, FreshSite};
use crate::gone::Gone;
use crate::identities::Identities;
use crate::letters::Fate;
use crate::parquet_file;
use crate::rows::text_column;
use crate::store::blocking;
use crate::table::column;
use crate::undo::of_site;
use crate::writer::DataWriter;

/// Data that were older than a site keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outgrown {
    /// Touchpoints that are gone.
    pub events: u64,
    /// Dead letters that are gone.
    pub dead: u64,
    /// Visitors whose identification is forgotten.
    pub visitors: u64,
}

impl DataWriter {
    /// Removes the touchpoints of a site from before `limit`, the dead letters that are of before and arrived before, and who the visitors were
    /// of whom nothing is left. Their files are removed at once, as those of an [erased](Self::erase) person.
    ///
    /// # Errors
    ///
    /// Fails while an import runs, if the folder cannot be read or written, and if its files are in doubt so that none may be removed.
    pub async fn forget_before(&self, site: &SiteId, limit: Timestamp) -> Result<Outgrown> {
        let _turn = self.import_turn()?;
        let _running = self.inner.compaction.lock().await;
        self.compact_under_lock().await?;
        let (table, identities, position) = self.inner.store.table().await?;
        let gone = Gone::before(limit);
        let (root, files) = (table.root().to_path_buf(), of_site(table.files()?, site));
        let (of, known, searched) = (site.clone(), Arc::clone(&identities), gone.clone());
        let (events, lost) = blocking(move || {
            let events = searched.count(&root, &files)?;
            let lost = match events {
                0 => BTreeSet::new(),
                _ => without_rows(&root, &files, limit, &of, &known)?,
            };
            Ok((events, lost))
        })
        .await?;
        let is_old = |row: &DeadRow| match row.letter.time.unwrap_or(row.received_at).max(row.received_at) < limit {
            true => Fate::Drop,
            false => Fate::Stay,
        };
        let dead = self.sort_letters_held(site, false, is_old).await?.dropped;
        if events > 0 {
            let mut fresh = Fresh {
                identities,
                gone: Arc::new(gone),
                sites: BTreeMap::from([(site.clone(), FreshSite::default())]),
                ..Fresh::default()
            };
            fresh.identities_changed = Arc::make_mut(&mut fresh.identities).forget_visitors(site, &lost);
            let writing = self.begin_writing().await?;
            self.commit(table, fresh, Merge::Tiered, (position, position), writing)
                .await?;
        }
        if events > 0 || dead > 0 {
            self.forget_history().await?;
        }
        Ok(Outgrown {
            events,
            dead,
            visitors: lost.len() as u64,
        })
    }
}

/// The identified visitors of a site who have no row from `limit` on.
fn without_rows(
    root: &Path,
    files: &[TableFile],
    limit: Timestamp,
    site: &SiteId,
    identities: &Identities,
) -> Result<BTreeSet<String>> {
    let known = identities.visitors().filter(|(of, _)| *of == site);
    let mut lost: BTreeSet<String> = known.map(|(_, visitor)| visitor.to_owned()).collect();
    for file in files {
        if lost.is_empty() {
            break;
        }
        let path = root.join(&file.path);
        for batch in parquet_file::narrow(&path, &[column::TIME, column::VISITOR])? {
            let batch = batch?;
            let times = crate::rows::time_column(&batch, 0);
            let visitors = text_column(&batch, 1);
            for row in (0..batch.num_rows()).filter(|row| times.value(*row) >= limit.millis()) {
                lost.remove(visitors.value(row));
            }
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accepted::DeadLetter;
    use crate::testing::{accepted, event, identify, site};
    use crate::writer::Options;

    const DAY: i64 = 86_400_000;

    #[tokio::test]
    async fn older_touchpoints_go_and_the_rest_keeps_its_customers() {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let mut part = accepted(vec![
            identify("gone", "carol", 1, 0, 10 * DAY),
            event("gone", 1, 1, 11 * DAY),
            // Identified long ago, and still a visitor.
            identify("stays", "dave", 2, 0, 10 * DAY),
            event("stays", 2, 1, 40 * DAY),
            event("new", 3, 0, 20 * DAY),
        ]);
        let letter = |seq: u32, time: Option<i64>| DeadLetter {
            writer: wayside_model::WriterId(9),
            seq,
            time: time.map(Timestamp::from_millis),
            code: "time".to_owned(),
            detail: String::new(),
            raw: None,
        };
        // They arrived by a clock that said 1970.
        part.dead = vec![letter(0, None), letter(1, Some(5 * DAY)), letter(2, Some(30 * DAY))];
        writer.append(vec![part]).await.unwrap();
        let limit = Timestamp::from_millis(20 * DAY);
        let expected = Outgrown {
            events: 3,
            dead: 2,
            visitors: 1,
        };
        assert_eq!(writer.forget_before(&site(), limit).await.unwrap(), expected);
        assert_eq!(writer.forget_before(&site(), limit).await.unwrap(), Outgrown::default());
        let about = writer.store().sites().await.unwrap().remove(0);
        assert_eq!((about.events, about.dead), (2, 1));
        let (_, identities, _) = writer.store().table().await.unwrap();
        let keys = ["gone", "stays"].map(|visitor| identities.key(&site(), visitor));
        assert_eq!(keys, ["anon:gone", "dave"]);
        // Rows of the visitor who stays are still the customer's, also for a check.
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{report:#?}");
    }
}
