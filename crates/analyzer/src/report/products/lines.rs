//! Products in touchpoints: their names by product, category or brand, their units and prices.

use wayside_model::Field;

use crate::error::Error;
use crate::report::params::{Param, Params};
use crate::scan::{FieldSet, Item, Row};

/// The parameter that names products.
pub(in crate::report) const BY: Param = Param::choice(
    "by",
    &["product", "category", "brand"],
    "product",
    "What a row is about: a product (by its id, else its name), a category, or a brand.",
);

/// The dimension that names products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum By {
    Product,
    Category,
    Brand,
}

/// The name of products without a category or brand.
const NONE: &str = "(none)";

/// A product in a touchpoint.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Line<'a> {
    /// The name under which it is counted.
    pub(in crate::report) key: &'a str,
    /// Its name in words, where the key is an id.
    pub(in crate::report) name: Option<&'a str>,
    /// Its units in millionths, because a quantity may have a fraction.
    pub(in crate::report) units: i64,
    /// The price of a unit in millionths.
    pub(in crate::report) price: Option<i64>,
}

impl By {
    pub(in crate::report) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(match params.choice("by")? {
            "category" => Self::Category,
            "brand" => Self::Brand,
            _ => Self::Product,
        })
    }

    /// The fields that [`By::lines`] reads.
    pub(in crate::report) const fn fields(self) -> FieldSet {
        FieldSet::of(&[Field::Items])
    }

    /// The products of a touchpoint. A product without id and name is left out.
    pub(in crate::report) fn lines<'a>(self, row: &Row<'a>) -> impl Iterator<Item = Line<'a>> + use<'a> {
        row.items().filter_map(move |item| self.line(&item))
    }

    fn line<'a>(self, item: &Item<'a>) -> Option<Line<'a>> {
        let said = |field| item.text(field).filter(|text| !text.is_empty());
        let name = said(Field::ItemName);
        let id = said(Field::ItemId).or(name)?;
        let (key, name) = match self {
            Self::Product => (id, name),
            Self::Category => (said(Field::ItemCategory).unwrap_or(NONE), None),
            Self::Brand => (said(Field::ItemBrand).unwrap_or(NONE), None),
        };
        Some(Line {
            key,
            name,
            // As in GA4, a product without a quantity is one unit. Some systems write those of a refund as a negative number.
            units: item.int(Field::Quantity).unwrap_or(ONE_UNIT).saturating_abs(),
            price: item.int(Field::Price),
        })
    }
}

/// One unit, in millionths.
pub(in crate::report) const ONE_UNIT: i64 = 1_000_000;

/// The price of units in millionths, rounded half away from zero to a millionth of the currency's unit.
pub(in crate::report) fn price_of(units: i64, price: i64) -> i64 {
    let product = i128::from(units) * i128::from(price);
    let half = i128::from(ONE_UNIT / 2) * product.signum();
    i64::try_from((product + half) / i128::from(ONE_UNIT)).unwrap_or(i64::MAX)
}

impl Line<'_> {
    /// The price of all units.
    pub(in crate::report) fn value(&self) -> Option<i64> {
        Some(price_of(self.units, self.price?))
    }
}
