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

/// Opens the log for appending; what stands before `compacted` is in the table.
///
/// * A torn end of the last segment is cut: it was never acknowledged, since what is acknowledged was synced before.
/// * Damage with records behind it is not a torn end, nor is one that reaches into what was compacted. The segment is
///   copied aside, loudly, left in place for the records that can be read, and a new segment is begun.
/// * Missing segments are said to be missing. Nothing is ever written before `compacted`: it would be taken for
///   compacted.
pub(crate) fn open(log: &Path, compacted: Position) -> Result<Recovered> {
    let segments = segment::list(log)?;
    let Some(last) = segments.last().copied().filter(|last| *last >= compacted.segment) else {
        if compacted <= Position::start_of(1) {
            return begin(log, 1);
        }
        tracing::error!(
            log = %log.display(),
            segment = compacted.segment,
            "the log's last segment is missing; events in it that were not in the table yet are lost, restore it from a \
             backup if there is one"
        );
        segment::create(log, compacted.segment)?;
        return begin(log, compacted.segment + 1);
    };
    let least = if last == compacted.segment {
        compacted.offset as usize
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
