//! An import in pieces.

use std::collections::BTreeMap;

use wayside_model::{Consent, FieldValue, Fields, SiteId, Timestamp};
use wayside_store::{Accepted, DeadLetter};

use super::{BadRow, Error, Import, Imported, Mapping, Notes};

/// The summary of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events handed out, without the refused ones. Some may be in the table already; only the table knows.
    pub good: u64,
    /// Rows refused.
    pub dead: u64,
    /// Why rows were refused: by code, how many and the first of them.
    pub reasons: BTreeMap<&'static str, Reason>,
}

/// Rows refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// How many.
    pub rows: u64,
    /// Line of the first of them.
    pub first_line: u64,
    /// The reason in words.
    pub detail: String,
}

impl Summary {
    /// Good and dead together: everything that the file had.
    pub fn accepted(&self) -> u64 {
        self.good + self.dead
    }

    fn refuse(&mut self, bad: &BadRow) {
        self.dead += 1;
        let reason = self.reasons.entry(bad.code).or_insert_with(|| Reason {
            rows: 0,
            first_line: bad.line,
            detail: bad.detail.clone(),
        });
        reason.rows += 1;
    }
}

/// An import cut into pieces. The summary counts what was handed out.
pub struct Pieces {
    import: Import,
    site: SiteId,
    received_at: Timestamp,
    consent: Consent,
    automated: bool,
    summary: Summary,
}

impl Pieces {
    /// The pieces of `import`, taken in at `received_at`.
    pub fn new(import: Import, site: SiteId, received_at: Timestamp, mapping: &Mapping) -> Self {
        Self {
            import,
            site,
            received_at,
            consent: mapping.consent(),
            automated: mapping.automated(),
            summary: Summary::default(),
        }
    }

    /// The summary of the pieces returned so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The notes on the file.
    pub fn notes(&self) -> Notes {
        self.import.notes()
    }

    /// Size of the file and how much of it has been read.
    pub fn progress(&self) -> (u64, u64) {
        self.import.progress()
    }
}

impl Iterator for Pieces {
    type Item = Result<Accepted, Error>;

    /// The next piece. What was read before an error is handed out first, the error after it.
    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Accepted {
            site: self.site.clone(),
            received_at: self.received_at,
            consent: self.consent,
            automated: self.automated,
            events: Vec::new(),
            dead: Vec::new(),
            replaces: Vec::new(),
        };
        let mut bytes = 0;
        // All touchpoints of a row are in one piece, so that the earlier ones are removed when the new ones are stored.
        while (piece.events.len() + piece.dead.len() < PIECE_EVENTS && bytes < PIECE_BYTES)
            || self.import.is_within_row()
        {
            match self.import.next() {
                Some(Ok(Imported::Good(event))) => {
                    self.summary.good += 1;
                    bytes += weight(event.touchpoint.fields());
                    piece.events.push(event);
                }
                Some(Ok(Imported::Bad(bad))) => {
                    self.summary.refuse(&bad);
                    piece.dead.push(letter(bad));
                }
                Some(Err(error)) if piece.events.is_empty() && piece.dead.is_empty() => return Some(Err(error)),
                Some(Err(error)) => {
                    self.import.fail_next(error);
                    break;
                }
                None => break,
            }
        }
        piece.replaces = self.import.take_replaced();
        (!piece.events.is_empty() || !piece.dead.is_empty() || !piece.replaces.is_empty()).then_some(Ok(piece))
    }
}

fn letter(bad: BadRow) -> DeadLetter {
    DeadLetter {
        writer: bad.id.writer,
        seq: bad.id.seq,
        time: bad.time,
        code: bad.code.to_owned(),
        detail: format!("line {}: {}", bad.line, bad.detail),
        raw: bad.raw,
    }
}

/// About how many bytes fields take.
fn weight(fields: &Fields) -> usize {
    let of = |value: &FieldValue| match value {
        FieldValue::Text(text) => text.len(),
        FieldValue::Items(items) => items.iter().map(weight).sum(),
        FieldValue::Props(props) => props
            .iter()
            .map(|(name, value)| name.len() + value.as_text().map_or(8, str::len))
            .sum(),
        FieldValue::Int(_) | FieldValue::Money(_) | FieldValue::Bool(_) => 8,
    };
    fields.iter().map(|(_, value)| of(value)).sum()
}

/// Events of a piece: progress is shown after each, and the import can be told to stop.
const PIECE_EVENTS: usize = 4_000;

/// Bytes of a piece, about: a row has at most one mebibyte, so that a piece of long rows takes a few MiB of memory.
const PIECE_BYTES: usize = 4 * 1024 * 1024;
