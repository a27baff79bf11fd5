//! `step_revisited`: the customer returned to an earlier checkout step, to change or to check it.

use super::checkout::Moved;
use super::{Finder, Memory};
use crate::field::Field;
use crate::signal::SignalKind;

/// Needs no thresholds: each return to an earlier step of the same checkout fires.
pub(super) fn on_event(memory: &mut Memory, moved: Moved, finder: &mut Finder<'_>) {
    const KIND: SignalKind = SignalKind::StepRevisited;
    if moved == Moved::Over {
        memory.seen.forget(KIND);
    }
    let step = &*memory.checkout.step;
    if moved == Moved::Entered && !memory.seen.is_new(KIND, step) {
        finder.found(KIND, &[(Field::Step, step)], &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::StepRevisited;

    #[test]
    fn each_return_fires() {
        check_script(
            KIND,
            "0 begin_checkout, 1 checkout_step step=address, 2 add_payment_info, 3 checkout_step step=address, \
             4 add_payment_info",
            "3 step=address, 4 step=payment",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A reload marks the step again.
        check_script(
            KIND,
            "0 begin_checkout, 1 page_view url=/ entry=reload, 2 begin_checkout",
            "",
        );
        // A new checkout.
        check_script(
            KIND,
            "0 begin_checkout, 1 add_payment_info, 2 purchase, 3 begin_checkout",
            "",
        );
        check_script(KIND, "0 begin_checkout, 1 view_cart, 2 begin_checkout", "");
    }
}
