//! Reading, replaying and dropping dead letters, for the command line and for the server alike.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wayside_collector::{ReadAgain, read_again};
use wayside_model::{SiteId, Timestamp, WriterId};
use wayside_store::{DataWriter, DeadRow, Fate, Store};

/// The dead letters that are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    /// Only those of these ids.
    pub(crate) ids: BTreeSet<LetterId>,
    /// Only those of this reason.
    pub(crate) reason: Option<String>,
}

/// The identity of an event, as `WRITER-SEQ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LetterId {
    writer: WriterId,
    seq: u32,
}

impl LetterId {
    /// Reads an id.
    pub(crate) fn parse(raw: &str) -> Result<Self, String> {
        let parts = raw.split_once('-');
        let id = parts.and_then(|(writer, seq)| Some((WriterId::parse(writer).ok()?, seq.parse().ok()?)));
        let (writer, seq) = id.ok_or_else(|| {
            format!("{raw:?} is not the id of a dead letter; `wayside dead-letters list` shows ids such as {EXAMPLE}")
        })?;
        Ok(Self { writer, seq })
    }

    fn of(row: &DeadRow) -> Self {
        Self {
            writer: row.letter.writer,
            seq: row.letter.seq,
        }
    }
}

/// An id in messages.
const EXAMPLE: &str = "00f3a1b2c3d4e5f60718293a4b5c6d7e-12";

impl std::fmt::Display for LetterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.writer.to_hex(), self.seq)
    }
}

impl Asked {
    fn takes(&self, row: &DeadRow) -> bool {
        (self.ids.is_empty() || self.ids.contains(&LetterId::of(row)))
            && self.reason.as_ref().is_none_or(|reason| *reason == row.letter.code)
    }
}

/// A dead letter, as the API sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) id: String,
    /// When it arrived, in ms since 1970.
    pub(crate) received_at: i64,
    /// Its own time, if it could be read.
    pub(crate) time: Option<i64>,
    /// The code of the reason.
    pub(crate) reason: String,
    /// The reason in words.
    pub(crate) detail: String,
    /// Its kept content: a JSON batch of one event, or the row of a file.
    pub(crate) content: Option<String>,
}

/// The latest dead letters of a site, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) site: String,
    pub(crate) total: u64,
    pub(crate) letters: Vec<Shown>,
}

/// Lists the latest `limit` letters.
pub(crate) async fn list(
    store: &Store,
    site: &SiteId,
    asked: Asked,
    limit: usize,
) -> Result<Listed, wayside_store::Error> {
    list_where(store, site, limit, move |row| asked.takes(row)).await
}

/// Lists the latest `limit` letters that `is_asked` takes.
pub(crate) async fn list_where(
    store: &Store,
    site: &SiteId,
    limit: usize,
    is_asked: impl Fn(&DeadRow) -> bool + Clone + Send + 'static,
) -> Result<Listed, wayside_store::Error> {
    let latest = store.latest_letters(site, limit, is_asked).await?;
    let letters = latest.rows.into_iter().map(|row| Shown {
        id: LetterId::of(&row).to_string(),
        received_at: row.received_at.millis(),
        time: row.letter.time.map(Timestamp::millis),
        reason: row.letter.code,
        detail: row.letter.detail,
        content: row.letter.raw,
    });
    Ok(Listed {
        site: site.to_string(),
        total: latest.total,
        letters: letters.collect(),
    })
}

/// The result of replaying or dropping dead letters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sorted {
    pub(crate) site: String,
    /// Letters whose touchpoints are stored now.
    pub(crate) replayed: u64,
    /// Letters that were dropped.
    pub(crate) dropped: u64,
    /// Letters that stay, each reason with one message.
    pub(crate) stay: BTreeMap<String, Staying>,
}

/// Letters that stay for one reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Staying {
    pub(crate) letters: u64,
    /// Why the first of them stays.
    pub(crate) why: String,
}

/// Reads dead letters again and stores those that are accepted now. `own_hosts` are the site's.
pub(crate) async fn replay(
    writer: &DataWriter,
    site: &SiteId,
    asked: &Asked,
    dry_run: bool,
    own_hosts: &str,
    now: Timestamp,
) -> Result<Sorted, wayside_store::Error> {
    let mut stay: BTreeMap<String, Staying> = BTreeMap::new();
    let mut counted = BTreeSet::new();
    let decide = |row: &DeadRow| {
        if !asked.takes(row) {
            return Fate::Stay;
        }
        let (code, why) = match read_again(site, own_hosts, row, now) {
            ReadAgain::Good(event) => return Fate::Replay(event),
            ReadAgain::Refused(code, why) => (code, why),
            ReadAgain::Unreadable(why) => ("unreadable".to_owned(), why.to_owned()),
        };
        if counted.len() < COUNTED_MAX && counted.insert(LetterId::of(row)) {
            let staying = stay.entry(code).or_default();
            staying.letters += 1;
            if staying.why.is_empty() {
                staying.why = why;
            }
        }
        Fate::Stay
    };
    let sorted = writer.sort_letters(site, dry_run, decide).await?;
    Ok(Sorted {
        site: site.to_string(),
        replayed: sorted.replayed,
        dropped: 0,
        stay,
    })
}

/// Removes dead letters for good.
pub(crate) async fn drop_letters(
    writer: &DataWriter,
    site: &SiteId,
    asked: &Asked,
    dry_run: bool,
) -> Result<Sorted, wayside_store::Error> {
    let decide = |row: &DeadRow| match asked.takes(row) {
        true => Fate::Drop,
        false => Fate::Stay,
    };
    let sorted = writer.sort_letters(site, dry_run, decide).await?;
    Ok(Sorted {
        site: site.to_string(),
        dropped: sorted.dropped,
        ..Sorted::default()
    })
}

/// Staying letters that are told from their copies: 24 bytes each.
const COUNTED_MAX: usize = 500_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_shown() {
        assert_eq!(
            LetterId::parse(EXAMPLE).map(|id| id.to_string()),
            Ok(EXAMPLE.to_owned())
        );
        for wrong in [
            "",
            "12",
            "xyz-1",
            "00f3a1b2c3d4e5f60718293a4b5c6d7e",
            &format!("{EXAMPLE}x"),
        ] {
            assert!(LetterId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
