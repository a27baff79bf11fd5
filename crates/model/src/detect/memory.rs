//! What the detectors of touchpoints remember of a session.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::quick_back::QuickBack;
use super::{Checkout, Tally};
use crate::signal::SignalKind;
use crate::stage::Stage;
use crate::state::State;
use crate::text::{lists, pieces, split_once};
use crate::time::Timestamp;
use crate::url;

/// One session's memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    /// Of the latest event.
    pub(crate) stage: Stage,
    pub(crate) checkout: Checkout,
    pub(crate) quick_back: QuickBack,
    pub(crate) tallies: Tallies,
    /// The form that troubles were counted in.
    pub(crate) form: Box<str>,
    /// When the last trouble was.
    pub(crate) form_trouble: Timestamp,
    /// Whether the last that happened to the cart was that something went in, 1, or out, 2; 0 before.
    pub(crate) cart_moved: i64,
    /// The page being read, as `user_engagement` names it.
    pub(crate) reading: Box<str>,
    pub(crate) engaged_ms: i64,
    pub(crate) depth_permille: i64,
    pub(crate) seen: Seen,
}

/// What was counted, by [`Counted`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tallies([Tally; 7]);

/// What was met before: a signal's code and a hash of what it is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen(Vec<u64>);

/// What a session counts.
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

/// Most things a session remembers having met; the oldest is forgotten. A hundred bytes or so of `localStorage`.
const SEEN_MAX: usize = 48;

impl Tallies {
    /// What was counted of this.
    pub(crate) fn of(&mut self, counted: Counted) -> &mut Tally {
        let [first, rest @ ..] = &mut self.0;
        let at = counted as usize;
        // There is one for each.
        rest.get_mut(at.wrapping_sub(1)).unwrap_or(first)
    }
}

impl Seen {
    /// Whether this session meets `what` for the first time, for this signal.
    #[inline(never)]
    pub(crate) fn is_new(&mut self, kind: SignalKind, what: &str) -> bool {
        // FNV-1a: two things of one session that fall together cost one signal.
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

    /// Forgets what was met for this signal.
    pub(crate) fn forget(&mut self, kind: SignalKind) {
        for seen in &mut self.0 {
            if *seen as u8 == kind as u8 {
                // No signal has this code.
                *seen = 0;
            }
        }
    }
}

impl Memory {
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

/// Whether a part of the address's path is among `words`.
pub(crate) fn is_among(url: &str, words: &str) -> bool {
    for part in pieces(url::path(url), b'/') {
        let name = split_once(part, b'.').0;
        if !name.is_empty() && lists(words, b' ', name) {
            return true;
        }
    }
    false
}
