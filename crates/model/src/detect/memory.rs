//! The state that journey detectors keep for a session.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::quick_back::QuickBack;
use super::{Checkout, Tally};
use crate::signal::SignalKind;
use crate::stage::Stage;
use crate::state::State;
use crate::time::Timestamp;

/// The detectors' state for one session.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    /// The stage of the latest event.
    pub(crate) stage: Stage,
    pub(crate) checkout: Checkout,
    pub(crate) quick_back: QuickBack,
    pub(crate) tallies: Tallies,
    /// The form whose problems are counted.
    pub(crate) form: Box<str>,
    /// The time of the last problem with that form.
    pub(crate) form_trouble: Timestamp,
    /// The last change of the cart: 1 if something was put in, 2 if something was taken out, 0 if there was none.
    pub(crate) cart_moved: i64,
    /// The address of the page being read, from `user_engagement`.
    pub(crate) reading: Box<str>,
    pub(crate) engaged_ms: i64,
    pub(crate) depth_permille: i64,
    pub(crate) seen: Seen,
}

/// The tallies, indexed by [`Counted`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tallies([Tally; 7]);

/// The subjects already seen: each is a signal's code with a hash of the subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen(Vec<u64>);

/// The things that are counted per session.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
    Reloads,
    FormTroubles,
    CartTurns,
    CartAdditions,
    CouponRefusals,
    Items,
    TabReturns,
}

/// Most subjects that a session remembers; the oldest is dropped first. They take up to 480 bytes of saved state.
const SEEN_MAX: usize = 48;

impl Tallies {
    /// The tally of one counted thing.
    pub(crate) fn of(&mut self, counted: Counted) -> &mut Tally {
        let [first, rest @ ..] = &mut self.0;
        let at = counted as usize;
        // `Tallies` has one entry for each variant.
        rest.get_mut(at.wrapping_sub(1)).unwrap_or(first)
    }
}

impl Seen {
    /// Whether this is the first time in the session that `what` occurs for this signal; remembers it.
    #[inline(never)]
    pub(crate) fn is_new(&mut self, kind: SignalKind, what: &str) -> bool {
        // FNV-1a. A collision within a session loses one signal.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in what.as_bytes() {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let hash = hash << 8 | kind as u64;
        if self.0.contains(&hash) {
            return false;
        }
        if self.0.len() >= SEEN_MAX {
            self.0.remove(0);
        }
        self.0.push(hash);
        true
    }

    /// Forgets every subject of this signal.
    pub(crate) fn forget(&mut self, kind: SignalKind) {
        for seen in &mut self.0 {
            if *seen as u8 == kind as u8 {
                // 0 is not the code of any signal.
                *seen = 0;
            }
        }
    }
}

impl Memory {
    /// Forgets the session, but for a checkout that was left: it stays open from one session to the next.
    pub(crate) fn end_session(&mut self) {
        self.checkout.leave();
        let checkout = core::mem::take(&mut self.checkout);
        *self = Self {
            checkout,
            ..Self::default()
        };
    }

    pub(crate) fn state(&mut self, state: &mut State<'_>) {
        self.checkout.state(state);
        self.quick_back.state(state);
        for tally in &mut self.tallies.0 {
            tally.state(state);
        }
        state.text(&mut self.form);
        state.text(&mut self.reading);
        state.int(&mut self.cart_moved);
        state.int(&mut self.engaged_ms);
        state.int(&mut self.depth_permille);
        state.time(&mut self.form_trouble);
        state.list(&mut self.seen.0, |seen, state| state.number(seen));
    }
}
