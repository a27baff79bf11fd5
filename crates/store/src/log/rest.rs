//! The bytes behind a segment's last record: nothing, an interrupted write, or damage.
//!
//! An interrupted write was never acknowledged, and a power cut can leave only some things of it: a file that ends early, or
//! one in which sectors that were not written yet are zeros. Everything else is damage to a record that was there as a whole,
//! most likely an acknowledged one.

use super::record::{self, MARK, RECORD_HEAD_BYTES};

/// What the bytes behind the last record are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing, or nothing but zeros.
    Blank,
    /// A record that was never written completely.
    Torn,
    /// A record that was written completely and has changed since.
    Damaged,
}

/// Disks write sectors of this size as a whole, larger ones in multiples of it.
const SECTOR_BYTES: usize = 512;

/// Fewer zeros than this may be part of a record: the payload of a batch without dead letters ends in four.
const HOLE_MIN_BYTES: usize = 16;

/// Bytes in which a hole is looked for at least. A record's length may itself lie in the hole, and is then too small.
const LOOK_BYTES: usize = RECORD_HEAD_BYTES + HOLE_MIN_BYTES;

impl Rest {
    /// Judges the bytes behind the last record, which begin at the byte `place` of the segment.
    pub(crate) fn of(bytes: &[u8], place: usize) -> Self {
        let Some(last) = bytes.iter().rposition(|byte| *byte != 0) else {
            return Self::Blank;
        };
        let is_torn = if bytes.len() < RECORD_HEAD_BYTES {
            bytes.iter().zip(MARK).all(|(found, mark)| *found == mark)
        } else {
            match record::claimed_end(bytes) {
                Some(_) if record::has_flipped_length(bytes) => false,
                Some(end) if end > bytes.len() => true,
                Some(end) => has_hole(&bytes[..end.max(LOOK_BYTES).min(bytes.len())], place),
                None => has_hole(&bytes[..=last], place),
            }
        };
        if is_torn { Self::Torn } else { Self::Damaged }
    }
}

/// Whether a sector, as far as it lies in `bytes`, is zeros.
fn has_hole(bytes: &[u8], place: usize) -> bool {
    let first = SECTOR_BYTES - place % SECTOR_BYTES;
    let (head, others) = bytes.split_at(first.min(bytes.len()));
    let mut sectors = std::iter::once(head).chain(others.chunks(SECTOR_BYTES));
    sectors.any(|sector| sector.len() >= HOLE_MIN_BYTES && sector.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of `count` bytes that has no zeros but four at its end, as most have.
    fn record(count: usize) -> Vec<u8> {
        let mut payload: Vec<_> = (0..count - RECORD_HEAD_BYTES).map(|at| (at % 251) as u8 + 1).collect();
        let end = payload.len() - 4;
        payload[end..].fill(0);
        let mut bytes = Vec::new();
        record::put(&payload, &mut bytes);
        bytes
    }

    #[test]
    fn zeros_are_blank() {
        for count in [0, 1, 11, 12, 5_000] {
            assert_eq!(Rest::of(&vec![0; count], 700), Rest::Blank);
        }
    }

    #[test]
    fn a_record_cut_off_anywhere_is_torn() {
        for count in [40, 600, 3_000] {
            let whole = record(count);
            for cut in 1..count {
                assert_eq!(Rest::of(&whole[..cut], 700), Rest::Torn, "{cut} of {count} bytes");
            }
        }
    }

    #[test]
    fn a_record_with_sectors_of_zeros_is_torn() {
        for place in [16, 700, 1_024, 1_500] {
            let whole = record(3_000);
            let bounds: Vec<_> = (1..)
                .map(|n| n * SECTOR_BYTES)
                .filter(|at| *at > place)
                .take(5)
                .collect();
            for (nth, bound) in bounds.iter().enumerate() {
                let from = bound - place;
                // Everything from a sector on, with zeros to the record's end and beyond it, and only that sector.
                let mut cut = whole.clone();
                cut[from..].fill(0);
                assert_eq!(
                    Rest::of(&cut, place),
                    Rest::Torn,
                    "zeros from {bound}, record at {place}"
                );
                cut.resize(8_000, 0);
                assert_eq!(
                    Rest::of(&cut, place),
                    Rest::Torn,
                    "zeros from {bound}, record at {place}"
                );
                if nth < 4 {
                    let mut cut = whole.clone();
                    cut[from..from + SECTOR_BYTES].fill(0);
                    assert_eq!(Rest::of(&cut, place), Rest::Torn, "zeros at {bound}, record at {place}");
                }
            }
            // The sector of the record's head.
            let mut cut = whole.clone();
            cut[..SECTOR_BYTES - place % SECTOR_BYTES].fill(0);
            assert_eq!(Rest::of(&cut, place), Rest::Torn, "record at {place}");
        }
    }

    #[test]
    fn a_whole_record_with_a_flipped_bit_is_damaged() {
        for (count, place) in [(40, 16), (300, 230), (300, 500), (3_000, 700)] {
            let whole = record(count);
            for bit in 0..count * 8 {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(
                    Rest::of(&bytes, place),
                    Rest::Damaged,
                    "bit {bit} of {count} bytes at {place}"
                );
                // Zeros that the file was extended by change nothing.
                bytes.resize(count + 600, 0);
                assert_eq!(
                    Rest::of(&bytes, place),
                    Rest::Damaged,
                    "bit {bit} of {count} bytes at {place}"
                );
            }
        }
    }

    #[test]
    fn a_flipped_length_is_damage_with_another_record_behind() {
        let whole = record(300);
        for bit in 0..32 {
            let mut bytes = whole.clone();
            bytes[4 + bit / 8] ^= 1 << (bit % 8);
            bytes.extend(&record(200)[..100]);
            assert_eq!(Rest::of(&bytes, 16), Rest::Damaged, "bit {bit}");
        }
    }
}
