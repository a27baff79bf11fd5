//! Where a session is in its checkout: what the detectors of checkouts share.

use alloc::boxed::Box;

use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::state::State;
use crate::time::Timestamp;

/// The checkout that is going on, and the one that was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// The step it is in; empty when there is no checkout.
    pub(crate) step: Box<str>,
    /// When a checkout was left without an order; the zero time if none was.
    pub(crate) left: Timestamp,
    /// The latest event.
    latest: Timestamp,
}

/// What an event did to the checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Nothing.
    Not,
    /// A step was entered that is not the one it was in.
    Entered,
    /// It is over: ordered, or left for the shop.
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
            // A page that marks its step again after a reload goes on with the same step.
            Some(step) if *step != *self.step => {
                self.step = step.into();
                Moved::Entered
            }
            _ => Moved::Not,
        }
    }

    /// The checkout is left without an order, as the session ends or the customer shops on.
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

/// Whether the customer is no longer in checkout after such a touchpoint: an order, or shopping on. Lists of products are
/// not among them: checkouts show them as recommendations.
pub(crate) fn leaves_checkout(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Purchase | Kind::SelectItem | Kind::ViewItem | Kind::AddToCart | Kind::ViewCart | Kind::Search
    )
}
