//! The section `[source]`: how the file is written.

use encoding_rs::Encoding;

use super::super::error::Error;
use super::super::nearest::nearest;
use super::super::toml_doc::{Node, Section};

/// How the source is written.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Format {
    /// Separated values.
    Csv(Dialect),
    /// Words separated by any number of spaces.
    Words(Header),
    /// JSON objects: one a line, one after the other, or in a list.
    Json,
    /// Parquet.
    Parquet,
}

/// How values are separated.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Dialect {
    pub(in super::super) delimiter: u8,
    /// The character in which cells may be enclosed; doubled, it stands for itself.
    pub(in super::super) quote: Option<u8>,
    /// The character that escapes a quote between quotes.
    pub(in super::super) escape: Option<u8>,
    /// Lines that begin with it say nothing.
    pub(in super::super) comment: Option<u8>,
    /// Lines before the first that counts.
    pub(in super::super) skip: u32,
    pub(in super::super) header: Header,
}

/// Where the names of the columns stand.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Header {
    /// In the file's first line.
    FirstLine,
    /// In the mapping.
    Names(Vec<String>),
}

/// The content of the section.
pub(super) struct Source {
    pub(super) format: Format,
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) missing_is_empty: bool,
    pub(super) each: Option<String>,
}

pub(super) fn parse(root: &mut Section<'_, '_>) -> Result<Source, Error> {
    let mut source = root.required("source", "[source] with format = \"csv\"")?.section()?;
    let named = source.required("format", "format = \"csv\"")?;
    let format = match named.text()? {
        "csv" => Format::Csv(Dialect {
            delimiter: mark(source.key("delimiter"))?.unwrap_or(b','),
            quote: parse_quote(source.key("quote"))?,
            escape: mark(source.key("escape"))?,
            comment: mark(source.key("comment"))?,
            skip: parse_skip(source.key("skip"))?,
            header: parse_header(&mut source)?,
        }),
        "words" => Format::Words(parse_header(&mut source)?),
        "json" | "jsonl" => Format::Json,
        "parquet" => Format::Parquet,
        other => {
            let hint = nearest(other, FORMATS).map_or_else(String::new, |known| format!(" did you mean \"{known}\"?"));
            return Err(named.error(&format!(
                "unknown format {other:?};{hint} known: {}",
                FORMATS.join(", ")
            )));
        }
    };
    let encoding = match source.key("encoding") {
        None => None,
        Some(node) => {
            let label = node.text()?;
            Some(Encoding::for_label(label.as_bytes()).ok_or_else(|| {
                node.error(&format!(
                    "unknown encoding {label:?}; known are \"utf-8\", \"utf-16le\", \"utf-16be\", \"windows-1252\", \"iso-8859-15\" and others by their name"
                ))
            })?)
        }
    };
    let missing_is_empty = match source.key("missing_columns") {
        None => false,
        Some(node) => match node.text()? {
            "refuse" => false,
            "empty" => true,
            _ => return Err(node.error("must be \"refuse\" or \"empty\"")),
        },
    };
    let each = match source.key("each") {
        Some(node) if format == Format::Json => Some(node.text()?.to_owned()),
        Some(node) => return Err(node.error("is for JSON")),
        None => None,
    };
    source.finish()?;
    Ok(Source {
        each,
        format,
        encoding,
        missing_is_empty,
    })
}

fn parse_quote(node: Option<Node<'_, '_>>) -> Result<Option<u8>, Error> {
    match &node {
        None => Ok(Some(b'"')),
        Some(text) if text.text()? == "none" => Ok(None),
        Some(_) => mark(node),
    }
}

fn parse_skip(node: Option<Node<'_, '_>>) -> Result<u32, Error> {
    let Some(node) = node else { return Ok(0) };
    node.scalar()?
        .as_int()
        .and_then(|lines| u32::try_from(lines).ok())
        .ok_or_else(|| node.error("must be a number of lines"))
}

/// One ASCII character.
fn mark(node: Option<Node<'_, '_>>) -> Result<Option<u8>, Error> {
    let Some(node) = node else { return Ok(None) };
    match node.text()?.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(Some(*byte)),
        _ => Err(node.error("must be one ASCII character, for example \";\" or \"\\t\"")),
    }
}

fn parse_header(source: &mut Section<'_, '_>) -> Result<Header, Error> {
    let header = source.key("header");
    let first_line = header.as_ref().map_or(Ok(true), Node::bool)?;
    match (first_line, source.key("columns")) {
        (true, None) => Ok(Header::FirstLine),
        (true, Some(node)) => Err(node.error("names come from the first line; add `header = false` or leave this out")),
        (false, None) => Err(source.error("without a header, `columns` must name each column in order")),
        (false, Some(node)) => {
            let names = node.texts()?;
            match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
                Some((_, twice)) => Err(node.error(&format!("column {twice:?} is named twice"))),
                None => Ok(Header::Names(names)),
            }
        }
    }
}

const FORMATS: [&str; 5] = ["csv", "words", "json", "jsonl", "parquet"];
