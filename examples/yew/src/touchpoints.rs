//! The shop's touchpoints. Names and fields are those of `docs/touchpoints.md`; others are properties of the shop's own.

use serde::Serialize;

use crate::recorded::report;

/// The fields of `view_item`, `add_to_cart` and `begin_checkout`.
#[derive(Serialize)]
pub struct Cart {
    pub currency: &'static str,
    pub value: f64,
    pub items: [Item; 1],
}

/// The fields of `purchase`.
#[derive(Serialize)]
pub struct Purchase {
    pub transaction_id: String,
    #[serde(flatten)]
    pub cart: Cart,
}

#[derive(Serialize)]
pub struct Item {
    pub item_id: &'static str,
    pub item_name: &'static str,
    pub price: f64,
    pub quantity: u32,
}

impl Cart {
    /// The shop's only product.
    pub fn of_mug() -> Self {
        let item = Item {
            item_id: "mug",
            item_name: "Harbour mug",
            price: 19.9,
            quantity: 1,
        };
        Self {
            currency: "EUR",
            value: 19.9,
            items: [item],
        }
    }
}

/// Records a touchpoint.
pub fn record(name: &str, fields: &impl Serialize) {
    if let Err(error) = wayside_web::track(name, fields) {
        report(&error);
    }
}
