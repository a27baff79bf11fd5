//! What is done at opening about a torn end and about damage.

use std::fs::{self, File};
use std::path::Path;

use super::segment::{self, Piece, Position, SEGMENT_HEAD_BYTES};
use crate::error::{Error, Result};

/// The segment to append to, and where its records end.
pub(crate) struct Recovered {
    pub(crate) file: File,
    pub(crate) number: u32,
    pub(crate) end: u64,
}

/// Opens the log for appending; what stands before `compacted` is in the table, and the dead letters before `dead` are in
/// theirs, which a crash between two commits leaves behind the other.
///
/// * A torn end of the last segment is cut: it was never acknowledged, since what is acknowledged was synced before.
/// * Damage with records behind it is not a torn end, nor is one that reaches into what was compacted. The segment is
///   copied aside, loudly, left in place for the records that can be read, and a new segment is begun.
/// * Missing segments are said to be missing. Nothing is ever written before either position: it would be taken for
///   compacted.
pub(crate) fn open(log: &Path, compacted: Position, dead: Position) -> Result<Recovered> {
    let known = compacted.max(dead);
    let segments = segment::list(log)?;
    let Some(last) = segments.last().copied().filter(|last| *last >= known.segment) else {
        if known <= Position::start_of(1) {
            return begin(log, 1);
        }
        tracing::error!(
            log = %log.display(),
            segment = known.segment,
            "the log's last segment is missing; events in it that were not in the table yet are lost, restore it from a \
             backup if there is one"
        );
        // Where the tables go on reading, there has to be something.
        if !segments.contains(&compacted.segment) {
            segment::create(log, compacted.segment)?;
        }
        if known.segment != compacted.segment {
            segment::create(log, known.segment)?;
        }
        return begin(log, known.segment + 1);
    };
    let least = if last == known.segment {
        known.offset as usize
    } else {
        0
    };
    if !segment::has_head(log, last)? && least <= SEGMENT_HEAD_BYTES {
        // A crash while the segment was made: nothing was ever written to it.
        return begin(log, last);
    }
    let piece = Piece::read(log, last, SEGMENT_HEAD_BYTES, None)?;
    if piece.damaged_bytes(true) > 0 || piece.end() < least {
        quarantine(
            log,
            last,
            piece.damaged_bytes(false).max(least.saturating_sub(piece.end())),
        )?;
        return begin(log, last + 1);
    }
    let end = piece.end() as u64;
    let torn = piece.bytes.len() - piece.scan.end;
    let open = || {
        let file = File::options().read(true).write(true).open(&piece.path)?;
        if torn > 0 {
            file.set_len(end)?;
            file.sync_all()?;
        }
        Ok(file)
    };
    let file = open().map_err(|err| Error::io("open the log segment", &piece.path, err))?;
    if torn > 0 {
        tracing::warn!(
            segment = %piece.path.display(),
            bytes = torn,
            "cut the log's torn end; none of it had been acknowledged"
        );
    }
    Ok(Recovered {
        file,
        number: last,
        end,
    })
}

/// Copies a damaged segment aside, once, and says so.
pub(crate) fn quarantine(log: &Path, number: u32, bytes: usize) -> Result<()> {
    let path = segment::path(log, number);
    let aside = path.with_extension("seg.damaged");
    if aside.exists() {
        return Ok(());
    }
    let copy = || {
        let content = fs::read(&path)?;
        crate::durable::write_file(&aside, [content.as_slice()], true)
    };
    copy().map_err(|err| Error::io("copy the damaged log segment to", &aside, err))?;
    tracing::error!(
        segment = %path.display(),
        copy = %aside.display(),
        bytes,
        "the log is damaged; its readable records are kept, the whole segment is copied aside, check the disk"
    );
    Ok(())
}

fn begin(log: &Path, number: u32) -> Result<Recovered> {
    Ok(Recovered {
        file: segment::create(log, number)?,
        number,
        end: SEGMENT_HEAD_BYTES as u64,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accepted::{Accepted, DeadLetter};
    use crate::log::writer::{LogHandle, LogOptions, start};
    use crate::log::{self, Until};
    use crate::testing::{accepted, event};

    /// Its record ends in text: were it to end in zeros, zeros behind a cut would make it whole again.
    fn part(seq: u32) -> Accepted {
        let mut part = accepted(vec![event("v", 1, seq, i64::from(seq))]);
        part.dead.push(DeadLetter {
            writer: wayside_model::WriterId(1),
            seq: seq + 100,
            time: None,
            code: "name".to_owned(),
            detail: String::new(),
            raw: Some("{}".to_owned()),
        });
        part
    }

    async fn log(dir: &Path) -> LogHandle {
        let lock = Arc::new(tempfile::tempfile().unwrap());
        let from = Position::start_of(1);
        start(dir.to_path_buf(), from, from, lock, LogOptions::default()).unwrap()
    }

    async fn append(log: &LogHandle, seq: u32) -> usize {
        log.append(vec![part(seq).encode()]).await.unwrap().offset as usize
    }

    fn read(dir: &Path) -> Vec<Accepted> {
        read_from(dir, Position::start_of(1), Until::END).unwrap().1
    }

    fn read_from(dir: &Path, from: Position, until: Until) -> Result<(log::Tail, Vec<Accepted>)> {
        let mut accepted = Vec::new();
        let tail = log::read(dir, from, until, |part| accepted.push(part))?;
        Ok((tail, accepted))
    }

    #[tokio::test]
    async fn an_end_torn_at_any_byte_is_cut_and_appended_to() {
        let dir = tempfile::tempdir().unwrap();
        let handle = log(dir.path()).await;
        append(&handle, 0).await;
        let whole = append(&handle, 1).await;
        let end = append(&handle, 2).await;
        handle.stop().await.unwrap();
        let path = segment::path(dir.path(), 1);
        let bytes = fs::read(&path).unwrap();
        assert_eq!((bytes.len(), read(dir.path()).len()), (end, 3));
        for cut in whole..end {
            // What a power cut leaves behind the torn record may also be zeros.
            for zeros in [0, 64] {
                let mut torn = bytes[..cut].to_vec();
                torn.resize(cut + zeros, 0);
                fs::write(&path, torn).unwrap();
                assert_eq!(read(dir.path()), [part(0), part(1)], "cut at {cut}");
                let handle = log(dir.path()).await;
                append(&handle, 9).await;
                handle.stop().await.unwrap();
                assert_eq!(read(dir.path()), [part(0), part(1), part(9)], "cut at {cut}");
            }
        }
    }

    #[tokio::test]
    async fn a_segment_torn_while_it_was_made_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let handle = log(dir.path()).await;
        append(&handle, 0).await;
        handle.stop().await.unwrap();
        let second = segment::path(dir.path(), 2);
        for head in [vec![], b"WAYLO".to_vec(), vec![0; SEGMENT_HEAD_BYTES]] {
            fs::write(&second, head).unwrap();
            assert_eq!(read(dir.path()), [part(0)]);
            let handle = log(dir.path()).await;
            append(&handle, 1).await;
            handle.stop().await.unwrap();
            assert_eq!(read(dir.path()), [part(0), part(1)]);
        }
    }

    #[tokio::test]
    async fn an_end_torn_into_what_was_compacted_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let handle = log(dir.path()).await;
        append(&handle, 0).await;
        let compacted = Position {
            segment: 1,
            offset: append(&handle, 1).await as u32,
        };
        handle.stop().await.unwrap();
        let path = segment::path(dir.path(), 1);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let lock = Arc::new(tempfile::tempfile().unwrap());
        let handle = start(
            dir.path().to_path_buf(),
            compacted,
            compacted,
            lock,
            LogOptions::default(),
        )
        .unwrap();
        append(&handle, 2).await;
        let (_, fresh) = read_from(dir.path(), compacted, Until::END).unwrap();
        assert_eq!(fresh, [part(2)]);
        assert!(path.with_extension("seg.damaged").exists());
    }

    #[tokio::test]
    async fn a_record_that_says_nothing_keeps_none_of_the_others_away() {
        let dir = tempfile::tempdir().unwrap();
        let handle = log(dir.path()).await;
        append(&handle, 0).await;
        handle
            .append(vec![vec![crate::accepted::PAYLOAD_VERSION, 7, 7, 7]])
            .await
            .unwrap();
        append(&handle, 1).await;
        let (tail, found) = read_from(dir.path(), Position::start_of(1), Until::END).unwrap();
        assert_eq!(found, [part(0), part(1)]);
        assert_eq!(tail.damage, [log::Damage { segment: 1, bytes: 4 }]);
        // One of a later version is not skipped: the later version would read it.
        handle
            .append(vec![vec![crate::accepted::PAYLOAD_VERSION + 1]])
            .await
            .unwrap();
        let refused = read_from(dir.path(), Position::start_of(1), Until::END).unwrap_err();
        assert!(refused.is_newer_format(), "{refused:?}");
    }

    #[tokio::test]
    async fn a_read_stops_at_its_limit_of_memory_and_the_next_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let handle = log(dir.path()).await;
        append(&handle, 0).await;
        let nonsense = vec![crate::accepted::PAYLOAD_VERSION, 7, 7, 7];
        handle.append(vec![nonsense.clone()]).await.unwrap();
        append(&handle, 1).await;
        handle.append(vec![nonsense]).await.unwrap();
        append(&handle, 2).await;
        handle.roll(0).await.unwrap();
        append(&handle, 3).await;
        // Bytes between records are damage as well; those of a piece are told once.
        let path = segment::path(dir.path(), 1);
        let mut bytes = fs::read(&path).unwrap();
        bytes.splice(SEGMENT_HEAD_BYTES..SEGMENT_HEAD_BYTES, *b"noise");
        fs::write(&path, bytes).unwrap();

        let each = Until {
            unfolded_bytes: 1,
            ..Until::END
        };
        let two = Until {
            unfolded_bytes: part(0).unfolded() + 1,
            ..Until::END
        };
        for (until, expected) in [
            (each, [1, 1, 1, 1, 0].as_slice()),
            (two, &[2, 2, 0]),
            (Until::END, &[4]),
        ] {
            let mut from = Position::start_of(1);
            let (mut found, mut counts, mut damaged) = (Vec::new(), Vec::new(), 0);
            loop {
                let (tail, part) = read_from(dir.path(), from, until).unwrap();
                counts.push(part.len());
                found.extend(part);
                damaged += tail.damage.iter().map(|damage| damage.bytes).sum::<usize>();
                from = tail.end;
                if !tail.has_more {
                    break;
                }
            }
            assert_eq!(counts, expected, "{until:?}");
            assert_eq!(found, [part(0), part(1), part(2), part(3)]);
            assert_eq!(damaged, b"noise".len() + 2 * 4);
        }
    }

    #[tokio::test]
    async fn appends_at_once_are_written_together_and_all_answered() {
        let dir = tempfile::tempdir().unwrap();
        let handle = log(dir.path()).await;
        let appends = (0..200).map(|seq| {
            let handle = handle.clone();
            tokio::spawn(async move { handle.append(vec![part(seq).encode()]).await.unwrap() })
        });
        let mut positions = Vec::new();
        for append in appends.collect::<Vec<_>>() {
            positions.push(append.await.unwrap());
        }
        positions.sort();
        positions.dedup();
        assert_eq!(positions.len(), 200);
        assert_eq!(positions.last(), Some(&handle.durable()));
        let mut seqs: Vec<_> = read(dir.path()).iter().map(|part| part.events[0].id.seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (0..200).collect::<Vec<_>>());
    }
}
