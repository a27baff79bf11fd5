//! Identities of imported rows: the same row has the same identity in every import, whichever file brings it.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use sha2::{Digest, Sha256};
use wayside_model::event::{ROW_HASH_BITS, SOURCE_ROW_BITS};
use wayside_model::{EventId, SiteId, Timestamp, Value, WriterId};

/// The upper half of the writers of all rows that a mapping of this name makes for a site.
pub fn source_of(site: &SiteId, mapping: &str) -> u64 {
    (hash(&[b"source", site.as_str().as_bytes(), mapping.as_bytes()]) >> ROW_HASH_BITS) as u64
}

/// The treatment of completely equal rows of a source without ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EqualRows {
    /// Each counts: two equal touchpoints happened.
    Keep,
    /// They count once: the export has doubled a row.
    Once,
}

/// Gives rows their identity and their place among rows of the same visitor and time.
///
/// A writer is the source (64 bits of a hash of site and mapping name) and the row (64 bits of a hash of its content or of its
/// own id); seq numbers equal rows. Of a hundred million rows, two have the same hash with a chance of one in 3,700. The source's bits are the same in every row, so that the table's files compress them away.
pub(super) struct Identities {
    source: u128,
    file: i64,
    equal_rows: EqualRows,
    rows: Recent,
    moments: Moments,
    hasher: RandomState,
    /// Rows that are equal to an earlier row of the file.
    pub(super) equal: u64,
}

impl Identities {
    /// Of the rows of `file` for `site` by the mapping of this name.
    pub(super) fn new(site: &SiteId, mapping: &str, equal_rows: EqualRows, file: &str) -> Self {
        let file = hash(&[b"file", file.as_bytes()]);
        Self {
            source: u128::from(source_of(site, mapping)) << ROW_HASH_BITS,
            // 32 bits leave the number well below what a whole-number field carries.
            file: ((file >> 96) as i64) << SOURCE_ROW_BITS,
            equal_rows,
            rows: Recent::default(),
            moments: Moments::default(),
            hasher: RandomState::new(),
            equal: 0,
        }
    }

    /// The identity of a row with this fingerprint; equal rows are told apart where the mapping says so.
    pub(super) fn row(&mut self, fingerprint: u64) -> EventId {
        let earlier = self.rows.count(fingerprint);
        self.equal += u64::from(earlier > 0);
        EventId {
            writer: self.writer(fingerprint),
            seq: match self.equal_rows {
                EqualRows::Keep => earlier,
                EqualRows::Once => 0,
            },
        }
    }

    /// The identity of a row that has an id of its own, which counts once.
    pub(super) fn named(&mut self, id: &str) -> EventId {
        let fingerprint = (hash(&[b"id", id.as_bytes()]) >> 64) as u64;
        self.equal += u64::from(self.rows.count(fingerprint) > 0);
        EventId {
            writer: self.writer(fingerprint),
            seq: 0,
        }
    }

    /// The value of [`wayside_model::Field::SourceOrder`] for a row of this visitor and time.
    pub(super) fn order(&mut self, visitor: &str, time: Timestamp) -> i64 {
        let moment = self.hasher.hash_one((visitor, time.millis()));
        let earlier = self.moments.count(moment, time);
        self.file | i64::from(earlier.min((1 << SOURCE_ROW_BITS) - 1))
    }

    /// The identity of a refused row that has none of its own: its content, its file and its place among equal ones there.
    pub(super) fn refused(&mut self, content: &str) -> EventId {
        let fingerprint = hash(&[b"refused", &self.file.to_be_bytes(), content.as_bytes()]);
        let fingerprint = (fingerprint >> 64) as u64;
        EventId {
            writer: self.writer(fingerprint),
            seq: self.rows.count(fingerprint),
        }
    }

    /// The identity of what is told once, whichever row tells it.
    pub(super) fn once(&self, parts: &[&[u8]]) -> EventId {
        EventId {
            writer: self.writer((hash(parts) >> 64) as u64),
            seq: 0,
        }
    }

    /// The identity of a row's further touchpoint.
    pub(super) fn part(&self, row: EventId, number: usize) -> EventId {
        let fingerprint = hash(&[&row.writer.0.to_be_bytes(), &(number as u64).to_be_bytes()]);
        EventId {
            writer: self.writer((fingerprint >> 64) as u64),
            seq: row.seq,
        }
    }

    fn writer(&self, fingerprint: u64) -> WriterId {
        WriterId(self.source | u128::from(fingerprint))
    }
}

/// A hash of a row's content.
pub(super) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Takes in a named cell. Cells come in order of their names, and empty ones are left out, so that columns may move and
    /// empty ones may be added.
    pub(super) fn cell(&mut self, name: &str, text: &[u8]) {
        self.bytes(name.as_bytes());
        self.bytes(text);
    }

    /// Takes in a named value, unless it is empty.
    pub(super) fn value(&mut self, name: &str, value: &Value) {
        if !is_left_out(value) {
            self.bytes(name.as_bytes());
            self.any(value);
        }
    }

    fn any(&mut self, value: &Value) {
        match value {
            Value::Null => self.bytes(b""),
            Value::Bool(flag) => self.bytes(if *flag { b"true" } else { b"false" }),
            Value::Int(n) => self.bytes(&n.to_le_bytes()),
            Value::Float(x) => self.bytes(&x.to_bits().to_le_bytes()),
            Value::Text(text) => self.bytes(text.as_bytes()),
            Value::List(items) => {
                self.bytes(&(items.len() as u64).to_le_bytes());
                items.iter().for_each(|item| self.any(item));
            }
            Value::Map(pairs) => {
                let mut sorted: Vec<_> = pairs.iter().filter(|(_, value)| !is_left_out(value)).collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                self.bytes(&(sorted.len() as u64).to_le_bytes());
                sorted.iter().for_each(|(name, value)| self.value(name, value));
            }
        }
    }

    /// Lengths keep ("ab", "c") apart from ("a", "bc").
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> u64 {
        (first_16(&self.0.finalize()) >> 64) as u64
    }
}

/// Whether a named value is as good as missing, as an empty cell of CSV is.
fn is_left_out(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_text() == Some("")
}

fn hash(parts: &[&[u8]]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    first_16(&hash.finalize())
}

fn first_16(digest: &[u8]) -> u128 {
    digest.iter().take(16).fold(0, |all, byte| all << 8 | u128::from(*byte))
}

/// Counts rows of the same visitor and time, among the last million or two. Most files are in order of time: of a row that is later
/// than all before it nothing has to be looked up, which takes longer than anything else about a row.
#[derive(Default)]
struct Moments {
    latest: Timestamp,
    /// Rows of the latest time, by their moments.
    now: Counts,
    /// Rows of earlier times that are not in `earlier` yet.
    passed: VecDeque<(u64, u32)>,
    earlier: Recent,
}

impl Moments {
    /// How often a moment, given as a hash and its time, came before.
    fn count(&mut self, moment: u64, time: Timestamp) -> u32 {
        if time < self.latest {
            for (moment, rows) in self.passed.drain(..) {
                self.earlier.add(moment, rows);
            }
            return self.earlier.add(moment, 1);
        }
        if time > self.latest {
            self.latest = time;
            self.passed.extend(self.now.drain());
            let over = self.passed.len().saturating_sub(2 * RECENT_KEYS);
            self.passed.drain(..over);
        }
        let rows = self.now.entry(moment).or_default();
        *rows += 1;
        *rows - 1
    }
}

/// Counts keys among the last million or two, in memory that does not grow with the file. Its tables never grow either: moving the
/// keys of a growing table takes as long as counting them.
struct Recent {
    now: Counts,
    before: Counts,
}

type Counts = HashMap<u64, u32, BuildHasherDefault<IsHash>>;

/// The hasher of keys that are hashes already: it takes them as they are.
#[derive(Default)]
struct IsHash(u64);

impl Hasher for IsHash {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            now: Counts::with_capacity_and_hasher(RECENT_KEYS, BuildHasherDefault::default()),
            before: Counts::default(),
        }
    }
}

impl Recent {
    /// How often `key` came before.
    fn count(&mut self, key: u64) -> u32 {
        self.add(key, 1)
    }

    /// Counts `key` so many times more. Returns how often it came before.
    fn add(&mut self, key: u64, times: u32) -> u32 {
        if self.now.len() >= RECENT_KEYS {
            self.before = std::mem::replace(&mut self.now, Self::default().now);
        }
        let earlier = self.before.get(&key).copied().unwrap_or(0);
        let count = self.now.entry(key).or_insert(earlier);
        let came = *count;
        *count = count.saturating_add(times);
        came
    }
}

/// Keys of one half: what a hash table of 2²⁰ places takes before it grows, 18 MB. Equal rows that stand further apart than
/// that in a file count once.
const RECENT_KEYS: usize = 917_504;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_do_not_change_the_identity_of_a_row() {
        let fingerprint = |json: &str| {
            let mut fingerprint = Fingerprint::new();
            fingerprint.value("", &serde_json::from_str(json).unwrap());
            fingerprint.finish()
        };
        let row = fingerprint(r#"{"a":1,"in":{"b":2}}"#);
        for same in [
            r#"{"a":1,"in":{"b":2},"note":null}"#,
            r#"{"a":1,"in":{"b":2},"note":""}"#,
            r#"{"in":{"note":null,"b":2,"more":""},"a":1}"#,
        ] {
            assert_eq!(fingerprint(same), row, "{same}");
        }
        for other in [
            r#"{"a":1,"in":{"b":2},"note":0}"#,
            r#"{"a":1,"in":{"b":2},"note":false}"#,
        ] {
            assert_ne!(fingerprint(other), row, "{other}");
        }
        assert_ne!(
            fingerprint("[null,1]"),
            fingerprint("[1,null]"),
            "places in a list count"
        );
    }

    #[test]
    fn a_row_is_known_by_64_bits_of_its_id() {
        let site = SiteId::parse("s").unwrap();
        let mut ids = Identities::new(&site, "m", EqualRows::Keep, "file");
        // Found by search: the first 40 bits of their hashes are the same.
        let (first, second) = (ids.named("e00000082c5"), ids.named("e00000b9f70"));
        assert_eq!(first.writer.0 >> 24, second.writer.0 >> 24);
        assert_ne!(first, second);
        assert_eq!(ids.equal, 0);
        ids.named("e00000082c5");
        assert_eq!(ids.equal, 1);
    }

    #[test]
    fn rows_of_one_moment_are_counted_in_any_order_of_the_file() {
        let site = SiteId::parse("s").unwrap();
        let mut ids = Identities::new(&site, "m", EqualRows::Keep, "file");
        let mut order = |visitor: &str, time: i64| {
            let order = ids.order(visitor, Timestamp::from_millis(time));
            order & ((1 << SOURCE_ROW_BITS) - 1)
        };
        let rows = [
            ("a", 5, 0),
            ("a", 5, 1),
            ("b", 5, 0),
            ("a", 7, 0),
            // An earlier row, and one of a time that has passed.
            ("a", 3, 0),
            ("a", 5, 2),
            ("b", 5, 1),
            ("a", 7, 1),
            ("a", 8, 0),
            ("a", 7, 2),
            ("a", 3, 1),
        ];
        for (at, (visitor, time, expected)) in rows.into_iter().enumerate() {
            assert_eq!(order(visitor, time), expected, "row {at}");
        }
    }

    #[test]
    fn rows_that_are_counted_lately_are_remembered() {
        let mut recent = Recent::default();
        assert_eq!([recent.count(1), recent.count(1)], [0, 1]);
        (2..=RECENT_KEYS as u64).for_each(|key| assert_eq!(recent.count(key), 0));
        assert_eq!(recent.count(u64::MAX), 0, "a new half begins");
        assert_eq!(recent.count(1), 2, "the half before is still known");
    }
}
