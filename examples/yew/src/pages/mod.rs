//! The shop's pages.

mod checkout;
mod privacy;
mod product;
mod thanks;

pub use checkout::Checkout;
pub use privacy::Privacy;
pub use product::Product;
pub use thanks::Thanks;
