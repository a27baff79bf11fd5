//! The thresholds of all detectors, by signal.

use super::{
    cart_built, cart_thrash, checkout_reload, checkout_resumed, checkout_slow, content_read, coupon_failure,
    dead_click, error_click, excessive_scroll, exit_intent, field_abandoned, form_struggle, guide_followed,
    idle_in_step, item_compared, pay_button_hover, quick_back, rage_click, tab_comparison, thrashed_cursor,
    zoom_or_pinch_struggle,
};
use crate::signal::SignalKind;

/// A threshold: its name and its default.
pub(crate) type Threshold = (&'static str, i64);

/// The largest number of thresholds that a signal has.
const MOST: usize = 3;

/// The thresholds of every signal, in the order in which its detector declares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds([[i64; MOST]; CODES]);

/// One more than the highest code of a signal.
const CODES: usize = match SignalKind::ALL {
    [.., last] => *last as usize + 1,
    [] => 1,
};

impl Thresholds {
    /// The names of a signal's thresholds with their defaults; empty if the signal has none.
    pub const fn of_signal(kind: SignalKind) -> &'static [(&'static str, i64)] {
        match kind {
            SignalKind::RageClick => rage_click::THRESHOLDS,
            SignalKind::QuickBack => quick_back::THRESHOLDS,
            SignalKind::CheckoutReload => checkout_reload::THRESHOLDS,
            SignalKind::CheckoutSlow => checkout_slow::THRESHOLDS,
            SignalKind::DeadClick => dead_click::THRESHOLDS,
            SignalKind::ErrorClick => error_click::THRESHOLDS,
            SignalKind::ThrashedCursor => thrashed_cursor::THRESHOLDS,
            SignalKind::ExcessiveScroll => excessive_scroll::THRESHOLDS,
            SignalKind::FormStruggle => form_struggle::THRESHOLDS,
            SignalKind::FieldAbandoned => field_abandoned::THRESHOLDS,
            SignalKind::CartThrash => cart_thrash::THRESHOLDS,
            SignalKind::CouponFailure => coupon_failure::THRESHOLDS,
            SignalKind::ZoomOrPinchStruggle => zoom_or_pinch_struggle::THRESHOLDS,
            SignalKind::ContentRead => content_read::THRESHOLDS,
            SignalKind::GuideFollowed => guide_followed::THRESHOLDS,
            SignalKind::ItemCompared => item_compared::THRESHOLDS,
            SignalKind::CartBuilt => cart_built::THRESHOLDS,
            SignalKind::CheckoutResumed => checkout_resumed::THRESHOLDS,
            SignalKind::ExitIntent => exit_intent::THRESHOLDS,
            SignalKind::IdleInStep => idle_in_step::THRESHOLDS,
            SignalKind::PayButtonHover => pay_button_hover::THRESHOLDS,
            SignalKind::TabComparison => tab_comparison::THRESHOLDS,
            SignalKind::SiteSearched
            | SignalKind::QuestionOpened
            | SignalKind::StoreLocated
            | SignalKind::ContactSought
            | SignalKind::AccountManaged
            | SignalKind::PriceChecked
            | SignalKind::StepRevisited => &[],
        }
    }

    /// The index of the threshold with this name (`rage_click.clicks`), for [`Thresholds::set`].
    pub fn place(name: &str) -> Option<usize> {
        let (signal, threshold) = name.split_once('.')?;
        let kind = SignalKind::from_name(signal)?;
        let at = Self::of_signal(kind).iter().position(|(name, _)| *name == threshold)?;
        Some(kind as usize * MOST + at)
    }

    /// Sets the threshold at the index that [`Thresholds::place`] returned; an index out of range is ignored.
    pub fn set(&mut self, place: usize, value: i64) {
        if let Some(slot) = self.0.as_flattened_mut().get_mut(place) {
            *slot = value;
        }
    }

    /// A signal's thresholds.
    pub(crate) fn of(&self, kind: SignalKind) -> &[i64; MOST] {
        self.0.get(kind as usize).unwrap_or(&[0; MOST])
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        static DEFAULTS: Thresholds = Thresholds(defaults());
        DEFAULTS
    }
}

#[allow(clippy::indexing_slicing, reason = "it runs in the compiler")]
const fn defaults() -> [[i64; MOST]; CODES] {
    let mut all = [[0; MOST]; CODES];
    let mut at = 0;
    while at < SignalKind::ALL.len() {
        let kind = SignalKind::ALL[at];
        let own = Thresholds::of_signal(kind);
        let mut place = 0;
        while place < own.len() {
            all[kind as usize][place] = own[place].1;
            place += 1;
        }
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_found_by_its_name_and_set() {
        let mut thresholds = Thresholds::default();
        assert_eq!(*thresholds.of(SignalKind::RageClick), [3, 1_000, 30]);
        thresholds.set(Thresholds::place("rage_click.gap_ms").unwrap(), 500);
        assert_eq!(*thresholds.of(SignalKind::RageClick), [3, 500, 30]);
        assert_eq!(*thresholds.of(SignalKind::QuickBack), [5_000, 300, 0]);
        thresholds.set(usize::MAX, 1);
        for name in [
            "",
            "rage_click",
            "rage_click.",
            "clicks",
            "rage_click.click",
            "site_searched.count",
        ] {
            assert_eq!(Thresholds::place(name), None, "{name}");
        }
    }
}
