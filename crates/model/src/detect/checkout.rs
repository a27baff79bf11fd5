//! The checkout state of a session, shared by the checkout detectors.

use alloc::boxed::Box;

use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::state::State;
use crate::time::Timestamp;

/// The checkout in progress and the time at which an earlier one was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// The current step; empty if no checkout is in progress.
    pub(crate) step: Box<str>,
    /// The time at which a checkout was left without an order; the zero time if there is none.
    pub(crate) left: Timestamp,
    /// The time of the latest event.
    latest: Timestamp,
}

/// The effect of an event on the checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// The step is unchanged.
    Not,
    /// Another step was entered.
    Entered,
    /// The checkout has ended: the order was placed, or the customer returned to the shop.
    Over,
}

impl Checkout {
    pub(crate) fn on_event<T: Touch>(&mut self, event: &T) -> Moved {
        let kind = event.kind();
        self.latest = event.time();
        if leaves_checkout(kind) {
            if kind == Kind::Purchase {
                *self = Self::default();
            } else {
                self.leave();
            }
            return Moved::Over;
        }
        match kind.checkout_step(event.text(Field::Step)) {
            // A page may mark its step again after a reload; that is still the same step.
            Some(step) if *step != *self.step => {
                self.step = step.into();
                Moved::Entered
            }
            _ => Moved::Not,
        }
    }

    /// Marks the checkout as left without an order: the session ended, or the customer continued shopping.
    pub(crate) fn leave(&mut self) {
        if !self.step.is_empty() {
            self.step = Box::default();
            self.left = self.latest;
        }
    }

    pub(crate) fn state(&mut self, state: &mut State<'_>) {
        state.text(&mut self.step);
        state.time(&mut self.left);
        state.time(&mut self.latest);
    }
}

/// Whether a touchpoint of this kind ends a checkout: an order, or continued shopping. Product lists do not end it,
/// because checkouts show them as recommendations.
pub(crate) fn leaves_checkout(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Purchase | Kind::SelectItem | Kind::ViewItem | Kind::AddToCart | Kind::ViewCart | Kind::Search
    )
}
