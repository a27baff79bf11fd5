//! Classification of the bytes after a segment's last record: nothing, an interrupted write, or damage.
//!
//! An interrupted write was never acknowledged. A power cut can leave it only in certain forms: a file that ends early,
//! or one in which unwritten sectors are zeros. Everything else is damage to a record that was completely written and
//! most likely acknowledged.

use super::record::{self, MARK, RECORD_HEAD_BYTES};

/// The kind of bytes after the last record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// There are no bytes, or only zeros.
    Blank,
    /// The bytes are a record that was never completely written.
    Torn,
    /// The bytes are a record that was completely written and has changed since.
    Damaged,
}

/// Disks write sectors of this size, in bytes, or a multiple of it, as a whole.
const SECTOR_BYTES: usize = 512;

/// Fewest zeros that count as a hole; fewer may be part of a record: the payload of a batch without dead letters ends
/// in four zeros.
const HOLE_MIN_BYTES: usize = 16;

/// Fewest bytes to search for a hole. The length of a record may itself be in the hole and is then too small.
const LOOK_BYTES: usize = RECORD_HEAD_BYTES + HOLE_MIN_BYTES;

impl Rest {
    /// Classifies the bytes after the last record, which start at offset `place` of the segment.
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

/// Whether the part of a sector within `bytes` is a hole of zeros.
fn has_hole(bytes: &[u8], place: usize) -> bool {
    let first = SECTOR_BYTES - place % SECTOR_BYTES;
    let (head, others) = bytes.split_at(first.min(bytes.len()));
    let mut sectors = std::iter::once(head).chain(others.chunks(SECTOR_BYTES));
    sectors.any(|sector| sector.len() >= HOLE_MIN_BYTES && sector.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of `count` bytes without zeros except four at its end, as in most records.
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
    fn a_truncated_record_is_torn() {
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
                // Zeros from a sector to the record's end, beyond its end, and in that sector only.
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
            // The sector with the record's header.
            let mut cut = whole.clone();
            cut[..SECTOR_BYTES - place % SECTOR_BYTES].fill(0);
            assert_eq!(Rest::of(&cut, place), Rest::Torn, "record at {place}");
        }
    }

    #[test]
    fn a_complete_record_with_a_flipped_bit_is_damaged() {
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
                // Zeros by which the file was extended make no difference.
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
    fn a_flipped_length_is_damage_even_if_another_record_follows() {
        let whole = record(300);
        for bit in 0..32 {
            let mut bytes = whole.clone();
            bytes[4 + bit / 8] ^= 1 << (bit % 8);
            bytes.extend(&record(200)[..100]);
            assert_eq!(Rest::of(&bytes, 16), Rest::Damaged, "bit {bit}");
        }
    }
}
