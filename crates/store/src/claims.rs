//! Claims: keys of imported rows that other imports brought, too, so that they stay when the import that brought them first is undone.
//!
//! An import notes a key for each of its rows, new or copy. That may be a hundred million keys, so they are sorted part by part and kept in
//! temporary files, not in memory.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMillisecondType};

use crate::delta::TableFile;
use crate::error::{Error, Result};
use crate::gone::{received_in, writer_at};
use crate::imports::{Register, keys_file, row_key, source_of};
use crate::parquet_file;
use crate::table::column;

/// Entries that are sorted in memory at once, of 16 bytes each.
const SORTED_AT_ONCE: usize = 1 << 20;

/// Bytes that are read at once from each sorted run. A hundred million entries are a hundred runs, whose buffers take 6 MiB.
const RUN_BUFFER_BYTES: usize = 64 * 1024;

/// Keys of a page of [`Claims`], of 8 bytes each: one read of the disk finds a key. In memory, a page takes 8 bytes.
const PAGE_KEYS: usize = 512;

/// Bytes of an entry in a run.
const ENTRY_BYTES: usize = 16;

/// Bytes of a key.
const KEY_BYTES: usize = 8;

/// The claims of standing imports, by source, for a table that has these files below `root`; `dir` has the register and the files of keys.
pub(crate) fn of_sources(
    dir: &Path,
    register: &Register,
    sources: &[u64],
    root: &Path,
    files: &[TableFile],
) -> Result<BTreeMap<u64, Arc<Claims>>> {
    let mut builders: BTreeMap<u64, ClaimsBuilder> = BTreeMap::new();
    let mut claiming: HashMap<(u64, i64), u32> = HashMap::new();
    for import in register.standing() {
        let (source, keys) = (import.source(), keys_file(dir, import.id));
        if !sources.contains(&source) || !keys.exists() {
            continue;
        }
        claiming.insert((source, import.received_at), import.id);
        let builder = match builders.entry(source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(none) => none.insert(ClaimsBuilder::new(dir)?),
        };
        builder.add_file(&keys, import.id)?;
    }
    let may_have_own = |file: &&TableFile| {
        let received = received_in(file);
        let mut times = claiming.keys().map(|(_, at)| at);
        received.is_none_or(|received| times.any(|at| received.contains(at)))
    };
    let with_own = files.iter().filter(|_| !claiming.is_empty()).filter(may_have_own);
    for file in with_own {
        let path = root.join(&file.path);
        for batch in parquet_file::narrow(&path, &OWN_COLUMNS)? {
            let batch = batch?;
            let [times, writers, seqs, visitors, received] = [0, 1, 2, 3, 4].map(|at| batch.column(at));
            let times = times.as_primitive::<TimestampMillisecondType>();
            let (writers, seqs) = (writers.as_binary::<i32>(), seqs.as_primitive::<Int64Type>());
            let received = received.as_primitive::<TimestampMillisecondType>();
            let visitors = visitors.as_string::<i32>();
            for row in 0..batch.num_rows() {
                let writer = writer_at(writers, row, &path)?;
                let source = source_of(writer);
                let import = claiming.get(&(source, received.value(row)));
                if let (Some(import), Some(builder)) = (import, builders.get_mut(&source)) {
                    let key = row_key(writer, seqs.value(row) as u32, times.value(row));
                    builder.add_own(key, *import, visitors.value(row))?;
                }
            }
        }
    }
    let claims = builders.into_iter();
    claims
        .map(|(source, builder)| Ok((source, Arc::new(builder.finish()?))))
        .collect()
}

/// The columns that identify a row within its import, in the order of the table.
const OWN_COLUMNS: [usize; 5] = [
    column::TIME,
    column::WRITER,
    column::SEQ,
    column::VISITOR,
    column::RECEIVED_AT,
];

/// Collects the rows of imports of one source.
#[derive(Debug)]
pub(crate) struct ClaimsBuilder {
    folder: PathBuf,
    held: Vec<Row>,
    /// Sorted runs, and where each of them ends.
    file: File,
    ends: Vec<u64>,
    at_once: usize,
}

/// Sorted keys of the rows that stay.
#[derive(Debug)]
pub(crate) struct Claims {
    folder: PathBuf,
    file: File,
    /// The first key of each page of the file.
    first: Vec<u64>,
    bytes: u64,
}

/// A row of an import: key, import and origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    key: u64,
    import: u32,
    /// [`NOTED`], or a hash of the visitor of a row that stands in the table.
    origin: u32,
}

/// The origin of a key that an import noted in its file.
const NOTED: u32 = u32::MAX;

impl ClaimsBuilder {
    /// Starts without a row. Temporary files are made in `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_path_buf(),
            held: Vec::new(),
            file: temporary(folder)?,
            ends: Vec::new(),
            at_once: SORTED_AT_ONCE,
        })
    }

    /// Adds the keys that an import noted in the file at `path`, if there is one.
    pub(crate) fn add_file(&mut self, path: &Path, import: u32) -> Result<()> {
        let failed = |err| Error::io("read", path, err);
        let file = match File::open(path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened.map_err(failed)?,
        };
        let mut file = BufReader::with_capacity(RUN_BUFFER_BYTES, file);
        let mut key = [0; KEY_BYTES];
        loop {
            match file.read_exact(&mut key) {
                // A write that was cut off may leave a part of a key, which was for a row that was not stored.
                Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                read => read.map_err(failed)?,
            }
            self.add(Row {
                key: u64::from_le_bytes(key),
                import,
                origin: NOTED,
            })?;
        }
    }

    /// Adds a row of the table that an import brought first.
    pub(crate) fn add_own(&mut self, key: u64, import: u32, visitor: &str) -> Result<()> {
        let origin = crc32c::crc32c(visitor.as_bytes()).min(NOTED - 1);
        self.add(Row { key, import, origin })
    }

    /// The keys that some import noted more often than it has rows of its own with that key: the others were copies of rows of other
    /// imports. A row of the same id and time with another customer is not a copy; it stands in the table beside the earlier one.
    pub(crate) fn finish(mut self) -> Result<Claims> {
        if !self.held.is_empty() {
            self.write_run()?;
        }
        let failed = |err| broken(&self.folder, err);
        let mut merged = MergedRuns::new(&self.file, &self.ends).map_err(failed)?;
        let file = temporary(&self.folder)?;
        let mut out = BufWriter::with_capacity(RUN_BUFFER_BYTES, &file);
        let (mut first, mut count, mut last) = (Vec::new(), 0_usize, None);
        let mut next = merged.next().map_err(failed)?;
        while let Some(entry) = next {
            let (mut noted, mut own, mut visitor) = (0_u64, 0_u64, None);
            while let Some(same) = next.filter(|next| (next.key, next.import) == (entry.key, entry.import)) {
                if same.origin == NOTED {
                    noted += 1;
                } else if visitor.replace(same.origin) != Some(same.origin) {
                    // A repair also reads earlier files, in which the same row stands again.
                    own += 1;
                }
                next = merged.next().map_err(failed)?;
            }
            if noted > own && last.replace(entry.key) != Some(entry.key) {
                if count.is_multiple_of(PAGE_KEYS) {
                    first.push(entry.key);
                }
                out.write_all(&entry.key.to_le_bytes()).map_err(failed)?;
                count += 1;
            }
        }
        out.flush().map_err(failed)?;
        drop(out);
        Ok(Claims {
            file,
            first,
            bytes: (count * KEY_BYTES) as u64,
            folder: self.folder,
        })
    }

    fn add(&mut self, entry: Row) -> Result<()> {
        self.held.push(entry);
        if self.held.len() < self.at_once {
            return Ok(());
        }
        self.write_run()
    }

    /// Appends the held entries to the file, in order.
    fn write_run(&mut self) -> Result<()> {
        self.held.sort_unstable();
        let mut out = BufWriter::with_capacity(RUN_BUFFER_BYTES, &self.file);
        let mut bytes = self.held.iter().map(|row| row.to_bytes());
        let written = bytes.try_for_each(|bytes| out.write_all(&bytes));
        written
            .and_then(|()| out.flush())
            .map_err(|err| broken(&self.folder, err))?;
        let start = self.ends.last().copied().unwrap_or(0);
        self.ends.push(start + (self.held.len() * ENTRY_BYTES) as u64);
        self.held.clear();
        Ok(())
    }
}

impl Claims {
    /// Whether a key is among them.
    pub(crate) fn contains(&self, key: u64) -> Result<bool> {
        let Some(page) = self.first.partition_point(|first| *first <= key).checked_sub(1) else {
            return Ok(false);
        };
        let start = (page * PAGE_KEYS * KEY_BYTES) as u64;
        let mut bytes = [0; PAGE_KEYS * KEY_BYTES];
        let len = self.bytes.saturating_sub(start).min(bytes.len() as u64) as usize;
        let read = self.file.read_exact_at(&mut bytes[..len], start);
        read.map_err(|err| broken(&self.folder, err))?;
        let keys = bytes[..len].as_chunks().0;
        Ok(keys.binary_search_by_key(&key, |key| u64::from_le_bytes(*key)).is_ok())
    }
}

impl Row {
    fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let entry = u128::from(self.key) << 64 | u128::from(self.import) << 32 | u128::from(self.origin);
        entry.to_le_bytes()
    }

    fn from_bytes(bytes: [u8; ENTRY_BYTES]) -> Self {
        let entry = u128::from_le_bytes(bytes);
        Self {
            key: (entry >> 64) as u64,
            import: (entry >> 32) as u32,
            origin: entry as u32,
        }
    }
}

/// The entries of all runs in order.
struct MergedRuns<'a> {
    runs: Vec<Run<'a>>,
    /// The next entry of each run.
    next: BinaryHeap<Reverse<(Row, usize)>>,
}

impl<'a> MergedRuns<'a> {
    fn new(file: &'a File, ends: &[u64]) -> io::Result<Self> {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let runs = starts.zip(ends).map(|(start, end)| Run {
            file,
            rest: start..*end,
            buffer: Vec::new(),
            at: 0,
        });
        let mut runs: Vec<_> = runs.collect();
        let mut next = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            next.extend(run.next()?.map(|entry| Reverse((entry, number))));
        }
        Ok(Self { runs, next })
    }

    fn next(&mut self) -> io::Result<Option<Row>> {
        let Some(Reverse((entry, number))) = self.next.pop() else {
            return Ok(None);
        };
        let following = self.runs[number].next()?;
        self.next.extend(following.map(|entry| Reverse((entry, number))));
        Ok(Some(entry))
    }
}

/// A sorted run of entries in a file.
struct Run<'a> {
    file: &'a File,
    /// The bytes that have not been read yet.
    rest: std::ops::Range<u64>,
    buffer: Vec<u8>,
    /// Place of the next entry in the buffer.
    at: usize,
}

impl Run<'_> {
    fn next(&mut self) -> io::Result<Option<Row>> {
        if self.at == self.buffer.len() {
            let len = (self.rest.end - self.rest.start).min(RUN_BUFFER_BYTES as u64);
            self.buffer.resize(len as usize, 0);
            self.file.read_exact_at(&mut self.buffer, self.rest.start)?;
            self.rest.start += len;
            self.at = 0;
        }
        let bytes = self.buffer[self.at..].first_chunk().copied();
        self.at += bytes.map_or(0, |bytes: [u8; ENTRY_BYTES]| bytes.len());
        Ok(bytes.map(Row::from_bytes))
    }
}

fn temporary(folder: &Path) -> Result<File> {
    tempfile::tempfile_in(folder).map_err(|err| Error::io("make a temporary file in", folder, err))
}

fn broken(folder: &Path, err: io::Error) -> Error {
    Error::io(
        "write or read the keys of imported rows in a temporary file in",
        folder,
        err,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Claims of noted keys, and of rows of the table by import, sorted `at_once` entries at a time.
    fn claims(noted: &[(u32, &[u64])], own: &[(u32, u64, &str)], at_once: usize) -> Claims {
        let dir = tempfile::tempdir().unwrap();
        let mut builder = ClaimsBuilder::new(dir.path()).unwrap();
        builder.at_once = at_once;
        for (import, keys) in noted {
            let path = dir.path().join("keys");
            let mut bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            // A write was cut off.
            bytes.extend([1, 2, 3]);
            std::fs::write(&path, bytes).unwrap();
            builder.add_file(&path, *import).unwrap();
        }
        for (import, key, visitor) in own {
            builder.add_own(*key, *import, visitor).unwrap();
        }
        builder.add_file(&dir.path().join("none"), 9).unwrap();
        builder.finish().unwrap()
    }

    #[test]
    fn a_key_is_claimed_by_an_import_that_has_no_such_row_of_its_own() {
        for at_once in [1, 2, 3, 1_000] {
            let noted: [(u32, &[u64]); 2] = [(1, &[5, 7, 9, 9]), (2, &[7, 8, u64::MAX])];
            let own = [
                (1, 5, "a"),
                // The same row in an earlier file.
                (1, 5, "a"),
                (2, 7, "a"),
                // Of two rows with this key, one is a copy.
                (1, 9, "a"),
                (3, 8, "a"),
            ];
            let claims = claims(&noted, &own, at_once);
            let found: Vec<u64> = [0, 5, 6, 7, 8, 9, u64::MAX]
                .into_iter()
                .filter(|key| claims.contains(*key).unwrap())
                .collect();
            assert_eq!(found, [7, 8, 9, u64::MAX], "{at_once} at once");
        }
    }

    #[test]
    fn keys_are_found_on_every_page() {
        let keys: Vec<u64> = (0..3 * PAGE_KEYS as u64 + 1).rev().map(|key| key * 10).collect();
        let claims = claims(&[(1, &keys)], &[], 100);
        assert_eq!(claims.first.len(), 4);
        for key in &keys {
            assert!(claims.contains(*key).unwrap(), "{key}");
            assert!(!claims.contains(key + 1).unwrap(), "{key}");
        }
    }

    #[test]
    fn without_keys_nothing_is_claimed() {
        assert!(!claims(&[], &[], 1).contains(0).unwrap());
    }
}
