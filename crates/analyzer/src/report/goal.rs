//! The touchpoint that a report leads to, by name: orders, each counted once, or any other touchpoint.

use wayside_model::touchpoint::is_name;
use wayside_model::{Field, Kind};

use super::orders::{self, Orders};
use crate::error::Error;
use crate::import::nearest;
use crate::scan::{FieldSet, JourneyView, Row};

/// A touchpoint by name.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// Orders, each counted once.
    Orders,
    Kind(Kind),
    Custom(String),
}

impl Goal {
    /// The goal of a name; `param` is the parameter that has it.
    ///
    /// # Errors
    ///
    /// Fails if no touchpoint can have the name.
    pub(super) fn named(param: &'static str, name: &str) -> Result<Self, Error> {
        if !is_name(name) {
            return Err(Error::bad_param(
                param,
                name,
                "the name of a touchpoint, such as purchase",
            ));
        }
        Ok(match Kind::from_name(name) {
            Some(Kind::Purchase) => Self::Orders,
            Some(kind) => Self::Kind(kind),
            None => Self::Custom(name.to_owned()),
        })
    }

    /// The fields that decide which touchpoints it is.
    pub(super) const fn fields(&self) -> FieldSet {
        match self {
            Self::Custom(_) => FieldSet::of(&[Field::Name]),
            Self::Orders | Self::Kind(_) => FieldSet::of(orders::FIELDS),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Orders => Kind::Purchase.name(),
            Self::Kind(kind) => kind.name(),
            Self::Custom(name) => name,
        }
    }

    /// A similar name of the model, for a goal that never occurred.
    pub(super) fn hint(&self) -> String {
        let Self::Custom(name) = self else { return String::new() };
        let near = nearest(name, Kind::ALL.iter().map(|kind| kind.name()));
        near.map_or_else(String::new, |kind| format!("; did you mean \"{kind}\"?"))
    }

    /// Calls back with each of these touchpoints of a journey, in order.
    pub(super) fn for_each<'a>(&self, journey: &JourneyView<'a>, mut take: impl FnMut(&Row<'a>)) {
        match self {
            Self::Orders => Orders::of(journey).iter().for_each(take),
            Self::Kind(kind) => journey.rows_of(*kind).for_each(|row| take(&row)),
            Self::Custom(name) => {
                let rows = journey.rows_of(Kind::Custom);
                rows.filter(|row| row.name() == name).for_each(|row| take(&row));
            }
        }
    }
}
