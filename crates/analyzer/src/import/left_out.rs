//! Rows that the mapping leaves out: their number, the reasons, and, on request, a CSV file of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use csv::Writer;
use wayside_model::Value;

use super::Reason;
use super::bind::{Row, raw_row};
use super::error::Error;
use super::made::id_text;
use super::mapping::Column;
use super::time::shown;

/// The part of a mapping that leaves a row out, and the value that decides it.
#[derive(Debug)]
pub(super) enum Why<'v> {
    /// The condition `when` does not hold: it is false or null.
    When(&'v Value),
    /// The event's name is under `leave_out`.
    Listed(&'v Value),
    /// The event's name is not listed, and `others` leaves out all such names.
    Other(&'v Value),
}

impl Why<'_> {
    /// The key of the mapping that leaves the row out.
    fn code(&self) -> &'static str {
        match self {
            Self::When(_) => "when",
            Self::Listed(_) => "leave_out",
            Self::Other(_) => "others",
        }
    }

    fn value(&self) -> &Value {
        match self {
            Self::When(value) | Self::Listed(value) | Self::Other(value) => value,
        }
    }

    fn detail(&self) -> String {
        let value = shown(self.value());
        match self {
            Self::When(Value::Null) => "the condition is null".to_owned(),
            Self::When(_) => format!("the condition is {value}"),
            Self::Listed(_) => format!("event {value} is under leave_out"),
            Self::Other(_) => format!("event {value} is not under [event.kinds]"),
        }
    }
}

/// The rows of a file that the mapping leaves out.
#[derive(Default)]
pub(super) struct LeftOut {
    pub(super) rows: u64,
    /// By the key of the mapping that leaves them out.
    pub(super) reasons: BTreeMap<&'static str, Reason>,
    list: Option<List>,
}

/// The CSV file of the rows.
struct List {
    out: Writer<File>,
    /// Its name, for messages.
    shown: String,
    /// The name of the imported file.
    file: String,
    /// Why it cannot be written.
    failed: Option<Error>,
}

impl LeftOut {
    /// Writes the rows of `file` into a new file at `path`, too. An earlier file there is overwritten.
    pub(super) fn list_into(&mut self, path: &Path, file: String) -> Result<(), Error> {
        let shown = path.display().to_string();
        let made = File::create(path).map(Writer::from_writer);
        let mut list = List {
            out: made.map_err(|error| cannot_write(&shown, &error.into()))?,
            shown,
            file,
            failed: None,
        };
        list.record(HEAD);
        self.list = Some(list);
        self.failed()
    }

    /// Takes in the rows of one touchpoint.
    pub(super) fn take(&mut self, why: &Why<'_>, rows: &[Row], columns: &[Column]) {
        let Some(first) = rows.first() else { return };
        self.rows += rows.len() as u64;
        let reason = self.reasons.entry(why.code()).or_insert_with(|| Reason {
            rows: 0,
            first_line: first.line,
            detail: why.detail(),
        });
        reason.rows += rows.len() as u64;
        let Some(list) = &mut self.list else { return };
        let value = match why.value() {
            Value::Bool(is_true) => is_true.to_string(),
            value => id_text(value).unwrap_or_default().into_owned(),
        };
        for row in rows {
            let line = row.line.to_string();
            let file = list.file.clone();
            match &row.text {
                Some(text) => list.record([&file, &line, why.code(), &value, text]),
                None => list.record([&file, &line, why.code(), &value, &raw_row(columns, &row.values)]),
            }
        }
    }

    /// The error that prevented a row from being written, once.
    pub(super) fn failed(&mut self) -> Result<(), Error> {
        let failed = self.list.as_mut().and_then(|list| list.failed.take());
        failed.map_or(Ok(()), Err)
    }

    /// Completes the file.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let Some(mut list) = self.list.take() else {
            return Ok(());
        };
        list.out
            .flush()
            .map_err(|error| cannot_write(&list.shown, &error.into()))
    }
}

impl List {
    fn record(&mut self, cells: [&str; 5]) {
        if let Err(error) = self.out.write_record(cells) {
            self.failed = Some(cannot_write(&self.shown, &error));
        }
    }
}

fn cannot_write(path: &str, error: &csv::Error) -> Error {
    Error::left_out(format!("cannot write the rows left out into {path}: {error}"))
}

/// The names of the columns.
const HEAD: [&str; 5] = ["file", "line", "reason", "value", "row"];
