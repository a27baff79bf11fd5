//! Reading a file row by row, whatever its format.

mod csv;
mod json;
mod parquet;
mod text;
mod words;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use wayside_model::Value;

use super::error::Error;
use super::mapping::{Format, From, Mapping};
use super::nearest::nearest;
use super::path::{self, Found};
use text::Lines;

/// Rows of a source: each call gives the values of the mapping's columns, in the mapping's order.
pub(super) trait Rows {
    /// Reads the next row into `values`; columns that the source does not have itself are left null.
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error>;

    /// The text of the row that was read last, where the source is text.
    fn text(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// The values of the source that the mapping reads.
    fn wanted(&self) -> &Wanted;

    /// The list whose entries are the rows, while no object had it.
    fn list_never_found(&self) -> Option<&str> {
        None
    }

    /// How values of the mapping's time column are given.
    fn times(&self) -> Times {
        Times::Rule
    }
}

/// How a source gives the values of the mapping's time column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// As the mapping's rule says.
    Rule,
    /// They are times by their type, given as RFC 3339 says them.
    Rfc3339,
    /// They are times by their type, given as milliseconds since 1970.
    Millis,
}

/// The next part of a source.
#[derive(Debug)]
pub(super) enum Next {
    /// A row, with its line (its row number where the format has no lines) and a hash of all that is in it.
    Row { line: u64, fingerprint: u64 },
    /// A row that cannot be read, and why; reading goes on behind it.
    Bad { line: u64, why: String, raw: String },
    /// The end of the file.
    End,
}

impl Next {
    fn bad(line: u64, why: String, raw: &[u8]) -> Self {
        Self::Bad {
            line,
            why,
            raw: String::from_utf8_lossy(raw).into_owned(),
        }
    }
}

/// An open file: its rows, and how much of it has been read.
pub(super) struct Opened {
    pub(super) rows: Box<dyn Rows>,
    pub(super) bytes: u64,
    pub(super) read: Arc<AtomicU64>,
}

/// Opens `path` as the mapping says, unpacking gzip, and finds the mapping's columns in it.
pub(super) fn open(path: &Path, mapping: &Mapping) -> Result<Opened, Error> {
    let cannot = |error: &io::Error| Error::source(format!("cannot read {}: {error}; check the path", path.display()));
    let mut file = File::open(path).map_err(|e| cannot(&e))?;
    let about = file.metadata().map_err(|e| cannot(&e))?;
    if about.is_dir() {
        return Err(Error::source(format!(
            "{} is a folder; give one file at a time",
            path.display()
        )));
    }
    let read = Arc::new(AtomicU64::new(0));
    let bytes = about.len();
    if mapping.format == Format::Parquet {
        let rows = parquet::open(path, file, bytes, mapping, &read)?;
        return Ok(Opened { rows, bytes, read });
    }

    let mut magic = [0; 2];
    let packed = file.read(&mut magic).map_err(|e| cannot(&e))? == 2 && magic == GZIP_MAGIC;
    file.seek(SeekFrom::Start(0)).map_err(|e| cannot(&e))?;
    let counted = Counted {
        inner: file,
        read: Arc::clone(&read),
    };
    let input: Box<dyn Read> = if packed {
        Box::new(MultiGzDecoder::new(BufReader::new(counted)))
    } else {
        Box::new(counted)
    };
    Ok(Opened {
        rows: self::read(path.display().to_string(), input, mapping)?,
        bytes,
        read,
    })
}

/// Rows of text. `file` is its name, for messages.
pub(super) fn read(file: String, input: Box<dyn Read>, mapping: &Mapping) -> Result<Box<dyn Rows>, Error> {
    let input = text::decoded(input, mapping.encoding);
    let input = input.map_err(|error| Error::source(format!("cannot read {file}: {error}; check the path")))?;
    let lines = Lines::new(file, input);
    let wanted = Wanted::of(mapping);
    Ok(match &mapping.format {
        Format::Csv(dialect) => Box::new(csv::CsvRows::open(lines, dialect, wanted)?),
        Format::Words(header) => Box::new(words::WordRows::open(lines, header, wanted)?),
        Format::Json | Format::Parquet => Box::new(json::JsonRows::open(lines, mapping.each.as_deref(), wanted)?),
    })
}

/// The values of a row that a mapping reads.
#[derive(Default)]
pub(super) struct Wanted {
    reads: Vec<ReadColumn>,
    /// How many columns the mapping has, those that it computes included.
    width: usize,
    missing_is_empty: bool,
    needs_fingerprint: bool,
}

/// One column of the mapping that the source has.
struct ReadColumn {
    /// Its place among the mapping's columns.
    to: usize,
    name: String,
    place: String,
    /// The source's column and the way on from there.
    root: Option<usize>,
    root_name: String,
    way: String,
    /// Whether any row had it.
    was_found: bool,
}

impl Wanted {
    pub(super) fn of(mapping: &Mapping) -> Self {
        let columns = mapping.columns.iter().enumerate();
        let reads = columns.filter(|(_, column)| matches!(column.from, From::Source));
        Self {
            reads: reads
                .map(|(to, column)| ReadColumn {
                    to,
                    name: column.name.clone(),
                    place: column.place.clone(),
                    root: None,
                    root_name: String::new(),
                    way: String::new(),
                    was_found: false,
                })
                .collect(),
            width: mapping.columns.len(),
            missing_is_empty: mapping.missing_is_empty,
            needs_fingerprint: mapping.id.is_none(),
        }
    }

    /// Whether rows are told apart by their content, which must be hashed whole then.
    pub(super) fn needs_fingerprint(&self) -> bool {
        self.needs_fingerprint
    }

    /// The mapping's columns of which no row had anything: misspelt, or not in this file.
    pub(super) fn never_found(&self) -> impl Iterator<Item = usize> {
        self.reads.iter().filter(|read| !read.was_found).map(|read| read.to)
    }

    /// Finds each column among the source's `names`; an unknown one is an error that shows the nearest.
    fn find(&mut self, file: &str, names: &[String]) -> Result<(), Error> {
        for read in &mut self.reads {
            let (root, way) = path::split(&read.name, |name| names.iter().any(|known| known == name));
            read.root = names.iter().position(|name| name == root);
            read.root_name = root.to_owned();
            read.way = way.to_owned();
            if read.root.is_none() && !self.missing_is_empty {
                let hint = nearest(root, names.iter().map(String::as_str))
                    .map_or_else(String::new, |near| format!(" did you mean {near:?}?"));
                return Err(Error::source(format!(
                    "{}: {file} has no column {root:?};{hint} it has: {}",
                    read.place,
                    listed(names)
                )));
            }
        }
        // Ways from one column stand together, so that JSON in it is read once a row.
        self.reads.sort_by_key(|read| read.root);
        Ok(())
    }

    /// Prepares for objects, each of which has names of its own.
    fn take_all(&mut self) {
        for read in &mut self.reads {
            let (root, way) = path::split(&read.name, |_| false);
            read.root_name = root.to_owned();
            read.way = way.to_owned();
        }
        self.reads.sort_by(|a, b| a.root_name.cmp(&b.root_name));
    }

    /// The values of a row of cells.
    fn fill(&mut self, values: &mut Vec<Value>, cell: impl Fn(usize) -> Value) {
        values.clear();
        values.resize(self.width, Value::Null);
        let mut opened: Option<(usize, Value)> = None;
        for read in &mut self.reads {
            let Some(root) = read.root else { continue };
            if read.way.is_empty() {
                read.was_found = true;
                put(values, read.to, cell(root));
                continue;
            }
            if opened.as_ref().is_none_or(|(at, _)| *at != root) {
                opened = Some((root, unfolded(cell(root))));
            }
            if let Some((_, value)) = &opened
                && let Found::Value(value) = path::follow(value, &read.way)
            {
                read.was_found = true;
                put(values, read.to, value);
            }
        }
    }

    /// The values of an object.
    fn pick(&mut self, object: &Value, values: &mut Vec<Value>) {
        values.clear();
        values.resize(self.width, Value::Null);
        let mut opened: Option<(&str, Value)> = None;
        for read in &mut self.reads {
            if let Some(value) = object.get(&read.name) {
                read.was_found = true;
                put(values, read.to, value.clone());
                continue;
            }
            let Some(root) = object.get(&read.root_name).filter(|_| !read.way.is_empty()) else {
                continue;
            };
            let found = match root {
                Value::Text(_) => {
                    if opened.as_ref().is_none_or(|(name, _)| *name != read.root_name) {
                        opened = Some((&read.root_name, unfolded(root.clone())));
                    }
                    opened.as_ref().map(|(_, value)| path::follow(value, &read.way))
                }
                root => Some(path::follow(root, &read.way)),
            };
            if let Some(Found::Value(value)) = found {
                read.was_found = true;
                put(values, read.to, value);
            }
        }
    }
}

fn put(values: &mut [Value], at: usize, value: Value) {
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}

/// The content of JSON text; any other value unchanged.
fn unfolded(value: Value) -> Value {
    match value.as_text().and_then(path::json_in) {
        Some(inner) => inner,
        None => value,
    }
}

/// Names for a message, not more than a screen's worth.
fn listed(names: &[String]) -> String {
    let mut list = names
        .iter()
        .take(NAMES_SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMES_SHOWN {
        list.push_str(&format!(" and {} more", names.len() - NAMES_SHOWN));
    }
    if list.is_empty() { "none".into() } else { list }
}

/// A cell as a value: text, or nothing when it is empty.
fn cell(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::from(text)
    }
}

fn too_long() -> String {
    format!("the row is longer than {ROW_MAX_BYTES} bytes")
}

/// Counts the bytes that pass, for the progress bar.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Longest row: four times the largest batch body, so that nothing that fits into an event is refused for its row.
const ROW_MAX_BYTES: usize = 1024 * 1024;

const READ_BYTES: usize = 64 * 1024;
const NAMES_SHOWN: usize = 30;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
