//! `coupon_failure`: several coupons are refused in a row.

use super::memory::Counted;
use super::{Finder, Memory, Tally, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds: 2 refusals in a row (`count`), because one is often a typing error; within 10 minutes (`within_ms`). We
/// know of no published value.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 2), ("within_ms", 600_000)];

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    if event.kind() == Kind::CouponTry && event.text(Field::Error).is_some() {
        memory
            .tallies
            .of(Counted::CouponRefusals)
            .add(SignalKind::CouponFailure, &[], finder);
    } else if matches!(event.kind(), Kind::CouponTry | Kind::Purchase) {
        *memory.tallies.of(Counted::CouponRefusals) = Tally::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::CouponFailure;

    #[test]
    fn the_second_refusal_in_a_row_fires_once() {
        check_script(
            KIND,
            "0 coupon_try error=expired, 600000 coupon_try error=unknown, 600001 coupon_try error=unknown",
            "600000 count=2 span_ms=600000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check_script(KIND, "0 coupon_try error=unknown, 1 coupon_try coupon=SPRING", "");
        check_script(
            KIND,
            "0 coupon_try error=a, 1 coupon_try coupon=B, 2 coupon_try error=c",
            "",
        );
        check_script(KIND, "0 coupon_try error=a, 600001 coupon_try error=a", "");
        check_script(KIND, "0 coupon_try error=a, 1 purchase, 2 coupon_try error=a", "");
    }
}
