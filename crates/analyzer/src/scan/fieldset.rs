//! Which columns a scan reads.

use wayside_model::Field;

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u128);

impl FieldSet {
    /// No field.
    pub const EMPTY: Self = Self(0);

    /// The fields of `fields`.
    pub const fn of(fields: &[Field]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < fields.len() {
            bits |= 1 << fields[at].code();
            at += 1;
        }
        Self(bits)
    }

    /// Every field.
    pub const fn all() -> Self {
        Self::of(Field::ALL)
    }

    /// The fields of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `field` is in it.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field.code()) != 0
    }

    /// What [`wayside_model::Journey`] reads of an event: addresses and campaigns for sessions and channels, the source's order
    /// among rows of one time, the rest for the detectors. A test holds it against what the model asks for.
    pub const MODEL: Self = Self::of(&[
        Field::Url,
        Field::Referrer,
        Field::Entry,
        Field::Source,
        Field::Medium,
        Field::Campaign,
        Field::ClickId,
        Field::Name,
        Field::SearchTerm,
        Field::Step,
        Field::WaitingMs,
        Field::ActingMs,
        Field::EngagedMs,
        Field::ScrollPermille,
        Field::Form,
        Field::FormField,
        Field::Corrections,
        Field::Error,
        Field::Element,
        Field::DurationMs,
        Field::Method,
        Field::ContactChannel,
        Field::SourceChannel,
        Field::SourceSession,
        Field::SourceOrder,
    ]);
}
