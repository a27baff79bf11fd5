//! Reading a file row by row, whatever its format.

mod csv;
mod jsonl;
mod parquet;
mod words;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use wayside_model::Value;

use super::error::Error;
use super::mapping::{Column, Format, Mapping};
use super::nearest::nearest;

/// Rows of a source: each call gives the values of the mapping's columns, in the mapping's order.
pub(super) trait Rows {
    /// Reads the next row into `values`.
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error>;
}

/// What came.
#[derive(Debug)]
pub(super) enum Next {
    /// A row, with its line (its row number where the format has no lines).
    Row(u64),
    /// A row that cannot be read, and why; reading goes on after it.
    Bad(u64, String),
    /// The end of the file.
    End,
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
    if mapping.format == Format::Parquet {
        let rows = parquet::open(path, file, about.len(), mapping, &read)?;
        return Ok(Opened {
            rows,
            bytes: about.len(),
            read,
        });
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
    let file = path.display().to_string();
    let rows: Box<dyn Rows> = match &mapping.format {
        Format::Csv { delimiter, header } => {
            Box::new(csv::CsvRows::open(file, input, *delimiter, header, &mapping.columns)?)
        }
        Format::Words { header } => Box::new(words::WordRows::open(
            Lines::new(file, input),
            header,
            &mapping.columns,
        )?),
        Format::JsonLines | Format::Parquet => {
            Box::new(jsonl::JsonRows::new(Lines::new(file, input), &mapping.columns))
        }
    };
    Ok(Opened {
        rows,
        bytes: about.len(),
        read,
    })
}

/// The place of each wanted column among `names`; an unknown one is an error that shows the nearest.
fn find_columns(file: &str, wanted: &[Column], names: &[String]) -> Result<Vec<usize>, Error> {
    wanted
        .iter()
        .map(|column| {
            names.iter().position(|name| *name == column.name).ok_or_else(|| {
                let hint = nearest(&column.name, names.iter().map(String::as_str))
                    .map_or_else(String::new, |near| format!(" did you mean {near:?}?"));
                Error::source(format!(
                    "{}: {file} has no column {:?};{hint} it has: {}",
                    column.place,
                    column.name,
                    listed(names)
                ))
            })
        })
        .collect()
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

/// Lines of text with their numbers, each of at most [`ROW_MAX_BYTES`].
struct Lines {
    file: String,
    input: BufReader<Box<dyn Read>>,
    number: u64,
}

/// A line, or why it cannot be one.
enum Line {
    Text(u64, String),
    Bad(u64, String),
}

impl Lines {
    fn new(file: String, input: Box<dyn Read>) -> Self {
        Self {
            file,
            input: BufReader::with_capacity(READ_BYTES, input),
            number: 0,
        }
    }

    /// The next line without its end; lines that are too long or not UTF-8 are bad and passed over.
    fn next(&mut self) -> Result<Option<Line>, Error> {
        let mut bytes = Vec::new();
        let mut limited = (&mut self.input).take(ROW_MAX_BYTES as u64 + 1);
        let length = limited
            .read_until(b'\n', &mut bytes)
            .map_err(|e| damaged(&self.file, self.number, &e))?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        if length > ROW_MAX_BYTES {
            self.skip_line()?;
            return Ok(Some(Line::Bad(self.number, too_long())));
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(match String::from_utf8(bytes) {
            Ok(text) => Line::Text(self.number, text),
            Err(_) => Line::Bad(self.number, "the line is not UTF-8".into()),
        }))
    }

    fn skip_line(&mut self) -> Result<(), Error> {
        loop {
            let buffer = self
                .input
                .fill_buf()
                .map_err(|e| damaged(&self.file, self.number, &e))?;
            let end = buffer.iter().position(|b| *b == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            let done = end.is_some() || used == 0;
            self.input.consume(used);
            if done {
                return Ok(());
            }
        }
    }
}

fn damaged(file: &str, line: u64, error: &io::Error) -> Error {
    Error::source(format!(
        "{file} cannot be read after line {line}: {error}; rows before it are stored, and importing the repaired file doubles none"
    ))
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
