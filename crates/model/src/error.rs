//! What can be wrong with input.

use core::fmt;

use crate::field::Field;

/// Why input was refused. Opaque; ask [`Error::kind`].
///
/// Not in a box, which would weigh on the page's module wherever an error is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(ErrorKind);

/// The reasons for refusing input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A writer id is not 32 lowercase hexadecimal digits.
    WriterId,
    /// A site id is empty, too long, or has other characters than `a-z 0-9 - _`.
    SiteId,
    /// A visitor id is empty, too long, or has control characters or outer space.
    VisitorId,
    /// A customer id is empty, too long, or has control characters or outer space.
    CustomerId,
    /// A touchpoint's name is empty, too long, or has control characters or outer space.
    Name,
    /// A field has a value of another type than the table of fields says.
    FieldType(Field),
    /// A field's value is out of range or too long.
    FieldRange(Field),
    /// A field is given to a kind that does not have it.
    FieldUnexpected(Field),
    /// A field that the kind needs is missing.
    FieldMissing(Field),
    /// A kind's code that this version does not know.
    UnknownKind(u8),
    /// A field's code that this version does not know.
    UnknownField(u8),
    /// No events, or more events, items or properties than the limit.
    TooMany,
    /// The first byte or the version names an encoding this version does not know.
    UnsupportedVersion,
    /// The bytes end early, go on after the end, or contradict themselves; the offset says where.
    Malformed(usize),
    /// An event's time is outside what the format carries, too far ahead of the collector's clock or too long before it.
    Time,
    /// Saved state of another version of the model.
    State,
}

impl Error {
    /// An error of this kind.
    pub const fn new(kind: ErrorKind) -> Self {
        Self(kind)
    }

    /// What was wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// A stable word for it, used in dead letters, metrics and refusals.
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

    /// The field it is about, if any.
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
                f.write_str("a visitor id must be 1 to 128 bytes without control characters or outer space")
            }
            ErrorKind::CustomerId => {
                f.write_str("a customer id must be 1 to 256 bytes without control characters or outer space")
            }
            ErrorKind::Name => f.write_str("a name must be 1 to 64 bytes without control characters or outer space"),
            ErrorKind::FieldType(field) => {
                write!(f, "field {} must be {}", field.name(), field.field_type().name())
            }
            ErrorKind::FieldRange(field) => write!(f, "field {} is out of range or too long", field.name()),
            ErrorKind::FieldUnexpected(field) => write!(f, "field {} does not belong to this kind", field.name()),
            ErrorKind::FieldMissing(field) => write!(f, "field {} is missing", field.name()),
            ErrorKind::UnknownKind(code) => write!(f, "kind {code} is not known to this version"),
            ErrorKind::UnknownField(code) => write!(f, "field {code} is not known to this version"),
            ErrorKind::TooMany => f.write_str("no events, or more events, items or properties than the limit"),
            ErrorKind::UnsupportedVersion => f.write_str("unknown encoding or version"),
            ErrorKind::Malformed(at) => write!(f, "malformed at byte {at}"),
            ErrorKind::Time => f.write_str("time is out of range, too far in the future or too long ago"),
            ErrorKind::State => f.write_str("saved state is of another version"),
        }
    }
}

impl core::error::Error for Error {}
