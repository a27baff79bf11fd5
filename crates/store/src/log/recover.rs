//! Recovery from interrupted writes and damage when the log is opened.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::aside::{self, Reason};
use super::rest::Rest;
use super::segment::{self, Head, Piece, Position, SEGMENT_HEAD_BYTES};
use crate::error::{Error, Result};

/// The segment to append to, and the end of its records.
pub(crate) struct Recovered {
    pub(crate) file: File,
    pub(crate) number: u32,
    pub(crate) end: u64,
}

/// Opens the log for appending. Records before `compacted` are in the table, and dead letters before `dead` are in the
/// dead-letter table; a crash between the two commits leaves different positions.
///
/// * An [interrupted write](Rest::Torn) at the end of the last segment is copied and cut off: it was never
///   acknowledged, because an acknowledgement follows the sync. Zeros are cut off without a copy.
/// * Damage in the last segment is not cut off, nor is an incomplete end before one of the positions. The segment is
///   copied, an error is logged, the segment stays in place for its readable records, and a new segment is started.
/// * Missing segments are logged. Nothing is ever written before either position, because it would count as
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
        // The segment at which the tables continue has to exist.
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
    let piece = Piece::read(log, last, SEGMENT_HEAD_BYTES, None)?;
    if piece.head == Head::Blank && least <= SEGMENT_HEAD_BYTES {
        // A crash interrupted the creation of the segment; nothing was ever written to it.
        return begin(log, last);
    }
    let rest = piece.rest();
    let damaged = piece.damaged_head_bytes() + piece.damaged_bytes(rest != Rest::Damaged);
    if damaged > 0 || piece.end() < least {
        quarantine(log, last, damaged.max(least.saturating_sub(piece.end())))?;
        return begin(log, last + 1);
    }
    let file = File::options().read(true).write(true).open(&piece.path);
    let file = file.map_err(|err| Error::io("open the log segment", &piece.path, err))?;
    if piece.scan.end < piece.bytes.len() {
        cut(log, last, &piece, &file, rest == Rest::Torn)?;
    }
    Ok(Recovered {
        file,
        number: last,
        end: piece.end() as u64,
    })
}

/// Cuts off the bytes after a segment's last record, after copying them unless they are zeros.
fn cut(log: &Path, number: u32, piece: &Piece, file: &File, is_torn: bool) -> Result<()> {
    let rest = &piece.bytes[piece.scan.end..];
    let copy = if is_torn {
        let path = aside::free_path(log, number, Reason::Torn)?;
        crate::durable::write_file(&path, [rest], false)
            .map_err(|err| Error::io("copy the log's torn end to", &path, err))?;
        Some(path)
    } else {
        None
    };
    let cut = || {
        file.set_len(piece.end() as u64)?;
        file.sync_all()
    };
    cut().map_err(|err| Error::io("cut the log segment", &piece.path, err))?;
    let (segment, bytes) = (piece.path.display(), rest.len());
    match copy {
        Some(copy) => tracing::warn!(
            %segment,
            bytes,
            copy = %copy.display(),
            "a write to the log had been interrupted; its bytes, which were never acknowledged, were copied and cut off"
        ),
        None => tracing::warn!(%segment, bytes, "cut off the zeros after the log's last record"),
    }
    Ok(())
}

/// Copies a damaged segment and logs an error, unless an earlier copy contains all of the damage.
pub(crate) fn quarantine(log: &Path, number: u32, bytes: usize) -> Result<()> {
    let path = segment::path(log, number);
    let segment = Piece::read(log, number, 0, None)?;
    if has_copy(log, number, &segment)? {
        return Ok(());
    }
    let copy = aside::free_path(log, number, Reason::Damaged)?;
    crate::durable::write_file(&copy, [segment.bytes.as_slice()], false)
        .map_err(|err| Error::io("copy the damaged log segment to", &copy, err))?;
    tracing::error!(
        segment = %path.display(),
        copy = %copy.display(),
        bytes,
        "the log is damaged, and acknowledged events may be lost; its readable records are kept, the whole segment is \
         copied aside; check the disk, and run `wayside check`"
    );
    Ok(())
}

/// Whether a copy contains all damaged bytes of a segment.
fn has_copy(log: &Path, number: u32, segment: &Piece) -> Result<bool> {
    let copies = aside::list(log)?.into_iter();
    let copies = copies.filter(|copy| copy.number == number && copy.reason == Reason::Damaged);
    for copy in copies {
        let path: &PathBuf = &copy.path;
        let bytes = fs::read(path).map_err(|err| Error::io("read the copy of a log segment", path, err))?;
        // The segment was read from its start, so its header is compared as well.
        let rest = segment.scan.end..segment.bytes.len();
        let damaged = segment.scan.damage.iter().chain([&rest]);
        let mut damaged = damaged.filter(|range| !range.is_empty());
        if damaged.all(|range| bytes.get(range.clone()) == segment.bytes.get(range.clone())) {
            return Ok(true);
        }
    }
    Ok(false)
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

    /// A batch whose record ends in text; if it ended in zeros, zeros after a cut could complete it.
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
    async fn an_end_torn_at_any_byte_is_cut_off_and_appending_continues() {
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
            // A power cut may also leave zeros after the torn record.
            for zeros in [0, 64] {
                let mut torn = bytes[..cut].to_vec();
                torn.resize(cut + zeros, 0);
                fs::remove_dir_all(dir.path()).unwrap();
                fs::create_dir(dir.path()).unwrap();
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
    async fn a_segment_torn_during_its_creation_is_created_again() {
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
    async fn an_end_torn_before_the_compacted_position_is_not_overwritten() {
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
    async fn a_record_that_cannot_be_decoded_does_not_hide_the_others() {
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
        // A record of a later version is not skipped, because the later version would read it.
        handle
            .append(vec![vec![crate::accepted::PAYLOAD_VERSION + 1]])
            .await
            .unwrap();
        let refused = read_from(dir.path(), Position::start_of(1), Until::END).unwrap_err();
        assert!(refused.is_newer_format(), "{refused:?}");
    }

    #[tokio::test]
    async fn a_read_stops_at_its_memory_limit_and_the_next_continues() {
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
        // Bytes between records are damage too, and are reported once.
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
    async fn simultaneous_appends_are_written_together_and_all_answered() {
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
