//! The error type of this crate: reasons for refusing input.

use core::fmt;

use crate::field::Field;

/// The error of this crate: input was refused. [`Error::kind`] returns the reason.
///
/// It is not boxed, because a box would enlarge the Wasm module wherever an error is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(ErrorKind);

/// The reasons for refusing input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The writer id is not 32 lowercase hexadecimal digits.
    WriterId,
    /// The site id is empty, too long, or contains characters other than `a-z 0-9 - _`.
    SiteId,
    /// The visitor id is empty, too long, or contains control characters or leading or trailing spaces.
    VisitorId,
    /// The customer id is empty, too long, or contains control characters or leading or trailing spaces.
    CustomerId,
    /// The touchpoint's name is empty, too long, or contains control characters or leading or trailing spaces.
    Name,
    /// The field's value has another type than the table of fields declares.
    FieldType(Field),
    /// The field's value is out of range or too long.
    FieldRange(Field),
    /// The kind does not have this field.
    FieldUnexpected(Field),
    /// A field that the kind requires is missing.
    FieldMissing(Field),
    /// This version does not know a kind with this code.
    UnknownKind(u8),
    /// This version does not know a field with this code.
    UnknownField(u8),
    /// There are no events, or more events, items or properties than the limit.
    TooMany,
    /// The first byte or the version number denotes an encoding that this version does not know.
    UnsupportedVersion,
    /// The bytes are truncated, continue after the end, or contradict themselves; holds the offset in bytes.
    Malformed(usize),
    /// The event's time is outside the range of the wire format, or too far ahead of or behind the collector's clock.
    Time,
    /// The saved state is damaged or was written by another version of the model.
    State,
}

impl Error {
    /// An error of this kind.
    pub const fn new(kind: ErrorKind) -> Self {
        Self(kind)
    }

    /// The reason for the refusal.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// The stable code of the reason, used in dead letters, metrics and HTTP refusals.
    pub fn code(&self) -> &'static str {
        match self.0 {
            ErrorKind::WriterId => "writer_id",
            ErrorKind::SiteId => "site_id",
            ErrorKind::VisitorId => "visitor_id",
            ErrorKind::CustomerId => "customer_id",
            ErrorKind::Name => "name",
            ErrorKind::FieldType(_) => "field_type",
            ErrorKind::FieldRange(_) => "field_range",
            ErrorKind::FieldUnexpected(_) => "field_unexpected",
            ErrorKind::FieldMissing(_) => "field_missing",
            ErrorKind::UnknownKind(_) => "unknown_kind",
            ErrorKind::UnknownField(_) => "unknown_field",
            ErrorKind::TooMany => "too_many",
            ErrorKind::UnsupportedVersion => "unsupported_version",
            ErrorKind::Malformed(_) => "malformed",
            ErrorKind::Time => "time",
            ErrorKind::State => "state",
        }
    }

    /// The field concerned, if the error concerns one.
    pub fn field(&self) -> Option<Field> {
        match self.0 {
            ErrorKind::FieldType(f)
            | ErrorKind::FieldRange(f)
            | ErrorKind::FieldUnexpected(f)
            | ErrorKind::FieldMissing(f) => Some(f),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ErrorKind::WriterId => f.write_str("a writer id must be 32 lowercase hexadecimal digits"),
            ErrorKind::SiteId => f.write_str("a site id must be 1 to 64 of a-z, 0-9, - and _"),
            ErrorKind::VisitorId => {
                f.write_str("a visitor id must be 1 to 128 bytes without control characters or spaces at its ends")
            }
            ErrorKind::CustomerId => {
                f.write_str("a customer id must be 1 to 256 bytes without control characters or spaces at its ends")
            }
            ErrorKind::Name => {
                f.write_str("a name must be 1 to 64 characters without control characters or spaces at its ends")
            }
            ErrorKind::FieldType(field) => {
                write!(f, "field {} must be {}", field.name(), field.field_type().name())
            }
            ErrorKind::FieldRange(field) => write!(f, "field {} is out of range or too long", field.name()),
            ErrorKind::FieldUnexpected(field) => write!(f, "field {} does not belong to this kind", field.name()),
            ErrorKind::FieldMissing(field) => write!(f, "field {} is missing", field.name()),
            ErrorKind::UnknownKind(code) => write!(f, "this version does not know kind {code}"),
            ErrorKind::UnknownField(code) => write!(f, "this version does not know field {code}"),
            ErrorKind::TooMany => f.write_str("no events, or more events, items or properties than the limit"),
            ErrorKind::UnsupportedVersion => f.write_str("unknown encoding or version"),
            ErrorKind::Malformed(at) => write!(f, "malformed at byte {at}"),
            ErrorKind::Time => f.write_str("time is out of range, too far in the future or too long ago"),
            ErrorKind::State => f.write_str("saved state is damaged or of another version"),
        }
    }
}

impl core::error::Error for Error {}
