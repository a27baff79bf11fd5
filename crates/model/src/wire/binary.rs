//! The binary form of a batch: a table of its texts, time differences, and one column per field.

use alloc::string::String;
use alloc::vec::Vec;

use super::bytes::{Reader, put_bytes, put_number, put_signed, unzigzag, zigzag};
use super::{BINARY, Batch, Consent, Decoded, Envelope, Header, Unread, WIRE_VERSION, check_count};
use crate::error::{Error, ErrorKind};
use crate::field::{Field, FieldType, FieldValue, Fields};
use crate::id::{SiteId, VisitorId, WriterId};
use crate::kind::Kind;
use crate::limits::{BATCH_EVENTS_MAX, ITEMS_MAX, PROPS_MAX, UNFOLDED_MAX_BYTES};
use crate::money::Money;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;
use crate::value::{Sink, Value, pairs_of};

impl Batch {
    /// The batch in the binary form, which `docs/wire.md` specifies.
    pub fn encode(&self) -> Vec<u8> {
        let envelope = Envelope {
            site: &self.site,
            writer: self.writer,
            visitor: &self.visitor,
            consent: self.consent,
            automated: self.automated,
        };
        let mut events = Vec::new();
        for (time, touchpoint) in &self.events {
            events.push((*time, touchpoint));
        }
        encode(&envelope, self.first_seq, &events)
    }
}

/// Encodes a batch of borrowed events in the binary form.
pub fn encode(envelope: &Envelope<'_>, first_seq: u32, events: &[(Timestamp, &Touchpoint)]) -> Vec<u8> {
    let mut texts = Texts::default();
    let mut body = Vec::new();
    let mut rows = Vec::new();
    let mut before = 0;
    for (time, touchpoint) in events {
        put_signed(&mut body, time.millis() - before);
        before = time.millis();
        rows.push(touchpoint.fields());
    }
    for (_, touchpoint) in events {
        body.push(touchpoint.kind().code());
    }
    put_columns(&mut body, &rows, &mut texts);

    let automated = if envelope.automated { AUTOMATED } else { 0 };
    let mut out = Vec::from([BINARY, WIRE_VERSION, envelope.consent as u8 | automated]);
    put_big_endian(&mut out, (envelope.writer.0 >> 64) as u64);
    put_big_endian(&mut out, envelope.writer.0 as u64);
    put_bytes(&mut out, envelope.site.as_str().as_bytes());
    put_bytes(&mut out, envelope.visitor.as_str().as_bytes());
    put_number(&mut out, first_seq.into());
    put_number(&mut out, events.len() as u64);
    put_number(&mut out, texts.by_number.len() as u64);
    for text in &texts.by_number {
        put_bytes(&mut out, text.as_bytes());
    }
    out.extend_from_slice(&body);
    out
}

/// Writes byte by byte, because Wasm has no instruction that reverses bytes.
fn put_big_endian(out: &mut Vec<u8>, n: u64) {
    let mut shift = 64;
    while shift > 0 {
        shift -= 8;
        out.push((n >> shift) as u8);
    }
}

/// Decodes a binary batch.
///
/// It allocates no more memory than the bytes can fill, and never more than [`UNFOLDED_MAX_BYTES`].
///
/// # Errors
///
/// Fails if the encoding or its version is unknown, or if the bytes are truncated, continue after the end, contradict
/// themselves or exceed a limit.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Error> {
    let mut reader = Reader::new(bytes);
    if bytes.first() != Some(&BINARY) || bytes.get(1).is_some_and(|version| *version != WIRE_VERSION) {
        return Err(Error::new(ErrorKind::UnsupportedVersion));
    }
    reader.take(2)?;
    let (header, count) = read_header(&mut reader)?;
    let count = check_count(header.first_seq, count)?;
    let texts = read_texts(&mut reader)?;
    let mut times = Vec::new();
    let mut sum = 0_i64;
    for _ in 0..count {
        sum = sum.saturating_add(reader.signed()?);
        times.push(Timestamp::checked(sum));
    }
    let kinds = reader.take(count as usize)?;
    let mut budget = UNFOLDED_MAX_BYTES;
    let rows = read_columns(&mut reader, kinds.len(), Of::Event, &texts, &mut budget)?;
    reader.end()?;

    let mut decoded = Decoded::new(header, count);
    for (at, ((time, code), row)) in (0..).zip(times.into_iter().zip(kinds).zip(rows)) {
        decoded.add(at, time, touchpoint_of(*code, row));
    }
    Ok(decoded)
}

/// The touchpoint of a kind's code and a row.
fn touchpoint_of(code: u8, Row { fields, failed }: Row) -> Result<Touchpoint, Unread> {
    let kind = Kind::from_code(code).ok_or_else(|| Error::new(ErrorKind::UnknownKind(code)));
    let checked = kind.and_then(|kind| match failed {
        Some(error) => Err(error),
        None => Touchpoint::check(kind, &fields).map(|()| kind),
    });
    match checked {
        Ok(kind) => Ok(Touchpoint::made(kind, fields)),
        Err(error) => Err(Unread {
            error,
            content: content_of(code, &fields),
            is_whole: false,
        }),
    }
}

/// The readable part of an event that is not valid.
fn content_of(code: u8, fields: &Fields) -> Value {
    Value::Map(pairs_of(|out| {
        out.map(1 + fields.len());
        match Kind::from_code(code) {
            Some(kind) => {
                out.key("kind");
                out.text(kind.name());
            }
            None => {
                out.key("kind_code");
                out.int(code.into());
            }
        }
        for (field, value) in fields.iter() {
            out.key(field.name());
            value.write(out);
        }
    }))
}

/// The bit of the third byte that is set if the browser was controlled by software; the two lowest bits are the
/// consent.
const AUTOMATED: u8 = 0b100;

/// The kind of row that columns describe.
#[derive(Clone, Copy)]
enum Of {
    Event,
    Item,
}

/// The fields of one event or item.
#[derive(Default)]
struct Row {
    fields: Fields,
    /// The reason why the event is a dead letter; the first one is kept.
    failed: Option<Error>,
}

/// The table of a batch's texts, each once, in order of first use.
#[derive(Default)]
struct Texts<'a> {
    by_number: Vec<&'a str>,
    /// The same texts with their numbers, sorted by text for the search.
    by_text: Vec<(&'a str, u32)>,
}

impl<'a> Texts<'a> {
    fn put(&mut self, out: &mut Vec<u8>, text: &'a str) {
        let number = match self.by_text.binary_search_by(|(known, _)| (*known).cmp(text)) {
            Ok(at) => self.by_text.get(at).map_or(0, |(_, number)| *number),
            Err(at) => {
                let number = self.by_number.len() as u32;
                self.by_number.push(text);
                self.by_text.insert(at, (text, number));
                number
            }
        };
        put_number(out, number.into());
    }
}

/// Writes the rows' fields column by column: the number of columns, then the field, length, presence and values of
/// each.
fn put_columns<'a>(out: &mut Vec<u8>, rows: &[&'a Fields], texts: &mut Texts<'a>) {
    let mut count = 0;
    let mut columns = Vec::new();
    let mut places = Vec::new();
    let mut values = Vec::new();
    let mut items = Vec::new();
    let mut column = Vec::new();
    for field in Field::ALL {
        places.clear();
        values.clear();
        items.clear();
        column.clear();
        for (at, row) in rows.iter().enumerate() {
            let Some(value) = row.get(*field) else { continue };
            places.push(at);
            if let FieldValue::Items(list) = value {
                put_number(&mut values, list.len() as u64);
                for item in list {
                    items.push(item);
                }
            } else {
                put_value(&mut values, value, texts);
            }
        }
        if places.is_empty() {
            continue;
        }
        put_presence(&mut column, rows.len(), &places);
        column.extend_from_slice(&values);
        if let FieldType::Items = field.field_type() {
            put_columns(&mut column, &items, texts);
        }
        count += 1;
        columns.push(field.code());
        put_bytes(&mut columns, &column);
    }
    put_number(out, count);
    out.extend_from_slice(&columns);
}

/// Writes which rows have a value: their number and, unless all rows have one, the gaps between them if they are few,
/// or a bit for each row if they are many.
fn put_presence(out: &mut Vec<u8>, rows: usize, places: &[usize]) {
    put_number(out, places.len() as u64);
    if places.len() == rows {
        return;
    }
    if is_sparse(places.len(), rows) {
        let mut next = 0;
        for at in places {
            put_number(out, (at - next) as u64);
            next = at + 1;
        }
    } else {
        let begin = out.len();
        for _ in 0..rows.div_ceil(8) {
            out.push(0);
        }
        for at in places {
            if let Some(byte) = out.get_mut(begin + at / 8) {
                *byte |= 1 << (at % 8);
            }
        }
    }
}

/// Whether gaps take less space than bits.
const fn is_sparse(present: usize, rows: usize) -> bool {
    present <= rows / 8
}

fn put_value<'a>(out: &mut Vec<u8>, value: &'a FieldValue, texts: &mut Texts<'a>) {
    match value {
        FieldValue::Text(text) => texts.put(out, text),
        FieldValue::Int(n) => put_signed(out, *n),
        FieldValue::Money(money) => put_number(out, money_code(*money)),
        FieldValue::Bool(b) => out.push(u8::from(*b)),
        FieldValue::Props(props) => {
            put_number(out, props.len() as u64);
            for (name, value) in props {
                texts.put(out, name);
                put_prop(out, value, texts);
            }
        }
        // `put_columns` writes items as columns of their own; items do not contain items.
        FieldValue::Items(_) => {}
    }
}

fn put_prop<'a>(out: &mut Vec<u8>, value: &'a Value, texts: &mut Texts<'a>) {
    match value {
        Value::Bool(b) => out.push(if *b { PROP_TRUE } else { PROP_FALSE }),
        Value::Int(n) => {
            out.push(PROP_INT);
            put_signed(out, *n);
        }
        Value::Float(x) => {
            out.push(PROP_FLOAT);
            out.extend_from_slice(&x.to_le_bytes());
        }
        Value::Text(text) => {
            out.push(PROP_TEXT);
            texts.put(out, text);
        }
        // Not reached: `field::prop` does not produce these values.
        Value::Null | Value::List(_) | Value::Map(_) => out.push(PROP_FALSE),
    }
}

const PROP_FALSE: u8 = 0;
const PROP_TRUE: u8 = 1;
const PROP_INT: u8 = 2;
const PROP_FLOAT: u8 = 3;
const PROP_TEXT: u8 = 4;

/// Encodes an amount: whole hundredths, as most prices are, as twice the zigzag of the hundredths; other amounts as
/// twice the zigzag of the micros plus one.
fn money_code(money: Money) -> u64 {
    let micros = money.micros();
    if micros % MICROS_IN_HUNDREDTH == 0 {
        zigzag(micros / MICROS_IN_HUNDREDTH) << 1
    } else {
        zigzag(micros) << 1 | 1
    }
}

fn money_of(code: u64) -> Option<Money> {
    let n = unzigzag(code >> 1);
    let micros = if code & 1 == 0 {
        n.checked_mul(MICROS_IN_HUNDREDTH)?
    } else {
        n
    };
    Money::from_micros(micros)
}

const MICROS_IN_HUNDREDTH: i64 = 10_000;

fn read_header(reader: &mut Reader<'_>) -> Result<(Header, usize), Error> {
    let flags = reader.byte()?;
    let consent = Consent::ALL.into_iter().find(|consent| *consent as u8 == flags & 0b11);
    let consent = consent
        .filter(|_| flags & !(AUTOMATED | 0b11) == 0)
        .ok_or_else(|| reader.malformed())?;
    let writer = reader.take(16)?.iter().fold(0, |id, byte| id << 8 | u128::from(*byte));
    let header = Header {
        site: SiteId::parse(reader.text()?)?,
        writer: WriterId(writer),
        visitor: VisitorId::parse(reader.text()?)?,
        consent,
        automated: flags & AUTOMATED != 0,
        first_seq: reader.small()?,
    };
    let count = reader.small()? as usize;
    if count <= BATCH_EVENTS_MAX && count > reader.left() {
        return Err(reader.malformed());
    }
    Ok((header, count))
}

fn read_texts<'a>(reader: &mut Reader<'a>) -> Result<Vec<&'a str>, Error> {
    let count = reader.count()?;
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(reader.text()?);
    }
    Ok(texts)
}

fn read_columns(
    reader: &mut Reader<'_>,
    count: usize,
    of: Of,
    texts: &[&str],
    budget: &mut usize,
) -> Result<Vec<Row>, Error> {
    let mut rows: Vec<Row> = Vec::new();
    spend(budget, count.saturating_mul(size_of::<Row>()))?;
    rows.resize_with(count, Row::default);
    let mut code_before = 0;
    for _ in 0..reader.count()? {
        let code = reader.byte()?;
        // Codes have to ascend, so that no column occurs twice.
        if code <= code_before {
            return Err(reader.malformed());
        }
        code_before = code;
        let mut column = reader.part()?;
        let present = read_presence(&mut column, count)?;
        spend(budget, present.len().saturating_mul(size_of::<(Field, FieldValue)>()))?;
        let field = match (Field::from_code(code), of) {
            (None, Of::Item) if code == WHOLE_QUANTITY => Ok(Field::Quantity),
            (None, _) => Err(ErrorKind::UnknownField(code)),
            // Nested lists are not read: each level would use stack, and an attacker could nest them deeply.
            (Some(field @ Field::Items), Of::Item) => Err(ErrorKind::FieldUnexpected(field)),
            (Some(field), _) => Ok(field),
        };
        match field {
            Err(kind) => {
                for at in present {
                    fail(rows.get_mut(at), Error::new(kind));
                }
            }
            Ok(field) => {
                let values = if code == WHOLE_QUANTITY {
                    read_whole(&mut column, field, present.len())?
                } else {
                    read_values(&mut column, field, present.len(), texts, budget)?
                };
                for (at, value) in present.into_iter().zip(values) {
                    let set = value.and_then(|value| match rows.get_mut(at) {
                        Some(row) => row.fields.set(field, value),
                        None => Ok(()),
                    });
                    if let Err(error) = set {
                        fail(rows.get_mut(at), error);
                    }
                }
                column.end()?;
            }
        }
    }
    Ok(rows)
}

/// Marks a row as invalid; the first reason is kept.
fn fail(row: Option<&mut Row>, error: Error) {
    if let Some(row) = row {
        row.failed.get_or_insert(error);
    }
}

fn read_presence(column: &mut Reader<'_>, rows: usize) -> Result<Vec<usize>, Error> {
    let present = column.small()? as usize;
    if present > rows || present == 0 {
        return Err(column.malformed());
    }
    if present == rows {
        return Ok((0..rows).collect());
    }
    let mut places = Vec::new();
    if is_sparse(present, rows) {
        let mut next = 0_usize;
        for _ in 0..present {
            // With a 32-bit `usize`, a gap may exceed the largest number.
            let at = next.saturating_add(column.small()? as usize);
            if at >= rows {
                return Err(column.malformed());
            }
            places.push(at);
            next = at + 1;
        }
    } else {
        let bits = column.take(rows.div_ceil(8))?;
        places.extend((0..rows).filter(|at| bits.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)));
        let set: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
        if places.len() != present || set as usize != present {
            return Err(column.malformed());
        }
    }
    Ok(places)
}

/// Reads the values of a column. A value that is not valid becomes the reason why its event is a dead letter.
fn read_values(
    column: &mut Reader<'_>,
    field: Field,
    present: usize,
    texts: &[&str],
    budget: &mut usize,
) -> Result<Vec<Result<FieldValue, Error>>, Error> {
    if let FieldType::Items = field.field_type() {
        return read_items(column, present, texts, budget);
    }
    let mut values = Vec::new();
    for _ in 0..present {
        values.push(match field.field_type() {
            FieldType::Text | FieldType::Url => Ok(FieldValue::Text(read_text(column, texts, budget)?)),
            FieldType::Int => Ok(FieldValue::Int(column.signed()?)),
            FieldType::Money => money_of(column.number()?)
                .map(FieldValue::Money)
                .ok_or_else(|| Error::new(ErrorKind::FieldRange(field))),
            FieldType::Bool => match column.byte()? {
                0 => Ok(FieldValue::Bool(false)),
                1 => Ok(FieldValue::Bool(true)),
                _ => return Err(column.malformed()),
            },
            FieldType::Props | FieldType::Items => read_props(column, texts, budget)?,
        });
    }
    Ok(values)
}

/// The code of whole quantities, as pages sent them before quantities could have a fraction.
const WHOLE_QUANTITY: u8 = 74;

/// Reads whole numbers of a field that may have a fraction.
fn read_whole(column: &mut Reader<'_>, field: Field, present: usize) -> Result<Vec<Result<FieldValue, Error>>, Error> {
    let mut values = Vec::new();
    for _ in 0..present {
        let micros = column.signed()?.checked_mul(1_000_000);
        let amount = micros.and_then(Money::from_micros).map(FieldValue::Money);
        values.push(amount.ok_or_else(|| Error::new(ErrorKind::FieldRange(field))));
    }
    Ok(values)
}

/// Reads the items of all events: the number of items of each event, then the columns of all items.
fn read_items(
    column: &mut Reader<'_>,
    present: usize,
    texts: &[&str],
    budget: &mut usize,
) -> Result<Vec<Result<FieldValue, Error>>, Error> {
    let mut counts = Vec::new();
    let mut all = 0_usize;
    for _ in 0..present {
        let count = column.small()? as usize;
        all = all.saturating_add(count);
        counts.push(count);
    }
    let mut items = read_columns(column, all, Of::Item, texts, budget)?.into_iter();
    Ok(counts
        .into_iter()
        .map(|count| {
            // All of the event's items are consumed even if one is invalid, so that the next event gets its own.
            let own: Vec<Row> = items.by_ref().take(count).collect();
            if count > ITEMS_MAX {
                return Err(Error::new(ErrorKind::TooMany));
            }
            let items = own.into_iter().map(|row| match row.failed {
                Some(error) => Err(error),
                None => Ok(row.fields),
            });
            Ok(FieldValue::Items(items.collect::<Result<_, _>>()?))
        })
        .collect())
}

fn read_props(column: &mut Reader<'_>, texts: &[&str], budget: &mut usize) -> Result<Result<FieldValue, Error>, Error> {
    let count = column.count()?;
    let mut props = Vec::new();
    for _ in 0..count {
        spend(budget, size_of::<(String, Value)>())?;
        let name = read_text(column, texts, budget)?;
        let value = match column.byte()? {
            PROP_FALSE => Value::Bool(false),
            PROP_TRUE => Value::Bool(true),
            PROP_INT => Value::Int(column.signed()?),
            PROP_FLOAT => {
                let bytes = <[u8; 8]>::try_from(column.take(8)?).map_err(|_| column.malformed())?;
                Some(f64::from_le_bytes(bytes))
                    .filter(|x| x.is_finite())
                    .map(Value::Float)
                    .ok_or_else(|| column.malformed())?
            }
            PROP_TEXT => Value::Text(read_text(column, texts, budget)?),
            _ => return Err(column.malformed()),
        };
        props.push((name, value));
    }
    Ok(if count > PROPS_MAX {
        Err(Error::new(ErrorKind::TooMany))
    } else {
        Ok(FieldValue::Props(props))
    })
}

fn read_text(column: &mut Reader<'_>, texts: &[&str], budget: &mut usize) -> Result<String, Error> {
    let number = column.small()? as usize;
    let text = texts.get(number).ok_or_else(|| column.malformed())?;
    spend(budget, text.len())?;
    Ok((*text).into())
}

fn spend(budget: &mut usize, bytes: usize) -> Result<(), Error> {
    *budget = budget
        .checked_sub(bytes)
        .ok_or_else(|| Error::new(ErrorKind::TooMany))?;
    Ok(())
}

/// The decoded size of a touchpoint in bytes, as counted towards [`UNFOLDED_MAX_BYTES`].
pub fn unfolded(touchpoint: &Touchpoint) -> usize {
    unfolded_row(touchpoint.fields())
}

fn unfolded_row(fields: &Fields) -> usize {
    let of_values: usize = fields.iter().map(|(_, value)| unfolded_value(value)).sum();
    size_of::<Row>() + of_values
}

fn unfolded_value(value: &FieldValue) -> usize {
    let inside = match value {
        FieldValue::Text(text) => text.len(),
        FieldValue::Items(items) => items.iter().map(unfolded_row).sum(),
        FieldValue::Props(props) => props.iter().map(unfolded_prop).sum(),
        FieldValue::Int(_) | FieldValue::Money(_) | FieldValue::Bool(_) => 0,
    };
    size_of::<(Field, FieldValue)>() + inside
}

fn unfolded_prop((name, value): &(String, Value)) -> usize {
    let inside = match value {
        Value::Text(text) => text.len(),
        _ => 0,
    };
    size_of::<(String, Value)>() + name.len() + inside
}
