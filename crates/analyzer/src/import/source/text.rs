//! Text of any encoding, line by line.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

use super::{READ_BYTES, ROW_MAX_BYTES, too_long};
use crate::import::error::Error;

/// `input` as UTF-8. A byte order mark says what the text is and is taken away; without one, `encoding` says it.
pub(super) fn decoded(mut input: Box<dyn Read>, encoding: Option<&'static Encoding>) -> io::Result<Box<dyn Read>> {
    let mut head = Vec::new();
    (&mut input).take(BOM_MAX_BYTES).read_to_end(&mut head)?;
    let (encoding, mark) = match Encoding::for_bom(&head) {
        Some((said, length)) => (said, length),
        None => (encoding.unwrap_or(UTF_8), 0),
    };
    head.drain(..mark);
    let whole = io::Cursor::new(head).chain(input);
    // UTF-8 goes through as it is, so that what is wrong in it can be told with its line.
    if encoding == UTF_8 {
        return Ok(Box::new(whole));
    }
    Ok(Box::new(Decoded {
        inner: Box::new(whole),
        decoder: encoding.new_decoder_without_bom_handling(),
        raw: vec![0; READ_BYTES],
        text: vec![0; 4 * READ_BYTES],
        ready: 0..0,
        is_done: false,
    }))
}

/// Decodes as it is read.
struct Decoded {
    inner: Box<dyn Read>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    ready: std::ops::Range<usize>,
    is_done: bool,
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !self.is_done {
            let length = self.inner.read(&mut self.raw)?;
            self.is_done = length == 0;
            // The output is four times as large as the input, which no encoding needs more than.
            let (result, _, written, _) =
                self.decoder
                    .decode_to_utf8(&self.raw[..length], &mut self.text, self.is_done);
            debug_assert_eq!(result, CoderResult::InputEmpty);
            self.ready = 0..written;
        }
        let length = buffer.len().min(self.ready.len());
        let from = self.ready.start;
        buffer[..length].copy_from_slice(&self.text[from..from + length]);
        self.ready.start += length;
        Ok(length)
    }
}

/// Lines of text with their numbers, each of at most [`ROW_MAX_BYTES`].
pub(super) struct Lines {
    pub(super) file: String,
    input: BufReader<Box<dyn Read>>,
    number: u64,
    /// Lines that were given back.
    back: VecDeque<(u64, Vec<u8>)>,
}

/// A line, or why it cannot be one.
pub(super) enum Line {
    /// Its number and its bytes without the line's end.
    Bytes(u64, Vec<u8>),
    /// One that is too long, and its beginning; the rest of it has been passed over.
    Bad(u64, String, Vec<u8>),
}

impl Lines {
    pub(super) fn new(file: String, input: Box<dyn Read>) -> Self {
        Self {
            file,
            input: BufReader::with_capacity(READ_BYTES, input),
            number: 0,
            back: VecDeque::new(),
        }
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Error> {
        if let Some((number, bytes)) = self.back.pop_front() {
            return Ok(Some(Line::Bytes(number, bytes)));
        }
        let mut bytes = Vec::new();
        let length = (&mut self.input)
            .take(ROW_MAX_BYTES as u64 + 1)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| damaged(&self.file, self.number, &error))?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        if length > ROW_MAX_BYTES {
            self.skip_line()?;
            bytes.truncate(BEGINNING_BYTES);
            return Ok(Some(Line::Bad(self.number, too_long(), bytes)));
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        Ok(Some(Line::Bytes(self.number, bytes)))
    }

    /// The next line that is not blank.
    pub(super) fn next_filled(&mut self) -> Result<Option<Line>, Error> {
        loop {
            match self.next()? {
                Some(Line::Bytes(_, bytes)) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                line => return Ok(line),
            }
        }
    }

    /// Takes lines back, to be given again before all others.
    pub(super) fn give_back(&mut self, lines: Vec<(u64, Vec<u8>)>) {
        for line in lines.into_iter().rev() {
            self.back.push_front(line);
        }
    }

    /// The unread rest after the lines that were given back, and the number of its first line.
    pub(super) fn into_rest(self) -> (String, BufReader<Box<dyn Read>>, u64) {
        let first = self.back.front().map_or(self.number + 1, |(number, _)| *number);
        let mut text = Vec::new();
        for (_, bytes) in self.back {
            text.extend(bytes);
            text.push(b'\n');
        }
        let rest: Box<dyn Read> = Box::new(io::Cursor::new(text).chain(self.input));
        (self.file, BufReader::with_capacity(READ_BYTES, rest), first)
    }

    fn skip_line(&mut self) -> Result<(), Error> {
        loop {
            let buffer = self
                .input
                .fill_buf()
                .map_err(|error| damaged(&self.file, self.number, &error))?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            let is_done = end.is_some() || used == 0;
            self.input.consume(used);
            if is_done {
                return Ok(());
            }
        }
    }
}

/// A file that cannot be read on.
pub(super) fn damaged(file: &str, line: u64, error: &io::Error) -> Error {
    Error::source(format!(
        "{file} cannot be read after line {line}: {error}; rows before it are stored, and importing the repaired file doubles none"
    ))
}

/// Bytes of a line that is too long, which show where it comes from: more than a dead letter keeps.
const BEGINNING_BYTES: usize = 8 * 1024;

/// The longest byte order mark.
const BOM_MAX_BYTES: u64 = 3;
