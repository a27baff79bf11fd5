//! Records of a segment: mark, length, checksum and payload.

use std::ops::Range;

/// The first bytes of every record, at which reading can continue after damage. They are not valid UTF-8, so no text
/// contains them.
pub(crate) const MARK: [u8; 4] = [0xf7, 0x57, 0xfb, 0x4c];

/// Bytes before a record's payload: mark, length (u32 LE), CRC32C of length and payload (u32 LE).
pub(crate) const RECORD_HEAD_BYTES: usize = 12;

/// Largest payload. The collector's bodies are a hundred times smaller; imports cut their pieces to fit.
pub(crate) const RECORD_MAX_BYTES: usize = 32 * 1024 * 1024;

/// Appends the record of `payload` to `out`.
pub(crate) fn put(payload: &[u8], out: &mut Vec<u8>) {
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    out.extend(MARK);
    out.extend(len);
    out.extend(checksum(&len, payload).to_le_bytes());
    out.extend(payload);
}

/// The result of scanning bytes of a segment from the start of a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Ranges of the payloads, in order.
    pub(crate) payloads: Vec<Range<usize>>,
    /// Ranges between records that are damaged.
    pub(crate) damage: Vec<Range<usize>>,
    /// The end of the last record; no record follows it.
    pub(crate) end: usize,
}

/// Finds the records in `bytes`.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut found = Scan::default();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(payload) = payload_at(bytes, at) {
            at = payload.end;
            found.end = at;
            found.payloads.push(payload);
        } else if let Some(next) = next_record(bytes, at + 1) {
            found.damage.push(at..next);
            at = next;
        } else {
            break;
        }
    }
    found
}

/// The range of the payload of the record that starts at `at`, if there is one.
fn payload_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let head = bytes.get(at..at + RECORD_HEAD_BYTES)?;
    let (mark, rest) = head.split_at(4);
    let (len, sum) = rest.split_at(4);
    if mark != MARK {
        return None;
    }
    let start = at + RECORD_HEAD_BYTES;
    let count = usize::try_from(u32::from_le_bytes(len.try_into().ok()?)).ok()?;
    let payload = bytes.get(start..start.checked_add(count)?)?;
    let sum = u32::from_le_bytes(sum.try_into().ok()?);
    (checksum(len, payload) == sum).then_some(start..start + count)
}

/// The end of the record at the start of `bytes` according to its length; `None` if its header is incomplete or
/// invalid.
pub(crate) fn claimed_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..RECORD_HEAD_BYTES)?;
    let count = usize::try_from(length_of(head)).ok()?;
    (head.starts_with(&MARK) && count <= RECORD_MAX_BYTES).then_some(RECORD_HEAD_BYTES + count)
}

/// Whether the record at the start of `bytes` becomes valid if one bit of its length is flipped.
pub(crate) fn has_flipped_length(bytes: &[u8]) -> bool {
    let Some((head, rest)) = bytes.split_at_checked(RECORD_HEAD_BYTES) else {
        return false;
    };
    let sum = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    (0..u32::BITS).any(|bit| {
        let length = length_of(head) ^ (1 << bit);
        let payload = usize::try_from(length).ok().and_then(|count| rest.get(..count));
        payload.is_some_and(|payload| checksum(&length.to_le_bytes(), payload) == sum)
    })
}

fn length_of(head: &[u8]) -> u32 {
    u32::from_le_bytes([head[4], head[5], head[6], head[7]])
}

fn next_record(bytes: &[u8], from: usize) -> Option<usize> {
    (from..bytes.len().saturating_sub(RECORD_HEAD_BYTES - 1))
        .filter(|at| bytes[*at..].starts_with(&MARK))
        .find(|at| payload_at(bytes, *at).is_some())
}

fn checksum(len: &[u8], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(len), payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(payloads: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for payload in payloads {
            put(payload, &mut bytes);
        }
        bytes
    }

    #[test]
    fn written_records_are_found() {
        let bytes = records(&[b"one", b"", &MARK, b"four"]);
        let found = scan(&bytes);
        let payloads: Vec<_> = found.payloads.iter().map(|range| &bytes[range.clone()]).collect();
        assert_eq!(payloads, [b"one".as_slice(), b"", &MARK, b"four"]);
        assert_eq!((found.damage.len(), found.end), (0, bytes.len()));
    }

    #[test]
    fn a_truncated_record_is_not_found() {
        let whole = records(&[b"one", b"two"]);
        let first = records(&[b"one"]).len();
        for cut in first..whole.len() {
            let found = scan(&whole[..cut]);
            assert_eq!(
                (found.payloads.len(), found.damage.len(), found.end),
                (1, 0, first),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn damage_only_affects_its_own_record() {
        let whole = records(&[b"one", b"two", b"three"]);
        let (first, second) = (records(&[b"one"]).len(), records(&[b"one", b"two"]).len());
        for at in first..second {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            let found = scan(&bytes);
            assert_eq!(found.payloads.len(), 2, "damaged at {at}");
            assert_eq!(found.damage, vec![first..second; 1], "damaged at {at}");
            assert_eq!(found.end, whole.len());
        }
    }

    #[test]
    fn zeros_are_not_a_record() {
        let mut bytes = records(&[b"one"]);
        let end = bytes.len();
        bytes.extend([0; 4096]);
        let found = scan(&bytes);
        assert_eq!((found.payloads.len(), found.damage.len(), found.end), (1, 0, end));
    }
}
