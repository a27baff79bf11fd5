//! Sets of fields that a scan reads.

use wayside_model::Field;
use wayside_model::journey::{Config, Parts};

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u128);

impl FieldSet {
    /// No field.
    pub const EMPTY: Self = Self(0);

    /// The set of these fields.
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

    /// The union of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set contains `field`.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field.code()) != 0
    }

    /// The fields that [`wayside_model::Journey`] reads for these parts of the model and these settings. A test compares them
    /// with the fields that the model requests.
    pub fn model(parts: Parts, config: &Config) -> Self {
        let mut fields = SESSIONS;
        if config.stages.needs_names() {
            fields = fields.and(Self::of(&[Field::Name]));
        }
        if parts.channels {
            fields = fields.and(Self::of(&[Field::Referrer]));
        }
        if parts.signals {
            fields = fields.and(DETECTORS);
        }
        fields
    }
}

/// Campaigns, entries and the source's own sessions for sessions and stages, and the source's order for rows of the same
/// time.
const SESSIONS: FieldSet = FieldSet::of(&[
    Field::Entry,
    Field::Source,
    Field::Medium,
    Field::Campaign,
    Field::ClickId,
    Field::ContactChannel,
    Field::SourceChannel,
    Field::SourceSession,
    Field::SourceOrder,
]);

/// The fields that the detectors read.
const DETECTORS: FieldSet = FieldSet::of(&[
    Field::Url,
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
]);
