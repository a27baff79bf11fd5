//! Words in the paths of addresses by which intent signals are recognised.

use super::{INTERESTS, guide_followed};
use crate::text::{lists, pieces, split_once};
use crate::url;

/// The lists of words that contain a segment of an address's path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathWords(u8);

/// Path segments of a checkout, in which "contact" and "account" are names of steps.
const CHECKOUTS: &str = "checkout checkouts cart basket kasse warenkorb panier caisse carrito";

/// The lists, one for each bit: first those of [`INTERESTS`] in their order.
const LISTS: [&str; 6] = {
    let [first, second, third, fourth] = INTERESTS;
    [
        first.words,
        second.words,
        third.words,
        fourth.words,
        CHECKOUTS,
        guide_followed::WORDS,
    ]
};

impl PathWords {
    /// The words of an address.
    pub fn of(address: &str) -> Self {
        let mut bits = 0;
        for part in pieces(url::path(address), b'/') {
            let name = split_once(part, b'.').0;
            if name.is_empty() {
                continue;
            }
            for (at, words) in LISTS.iter().enumerate() {
                bits |= u8::from(lists(words, b' ', name)) << at;
            }
        }
        Self(bits)
    }

    /// The words as bits, of which the highest is never set.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The words from their bits.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether the address has a word of this entry of [`INTERESTS`].
    pub(super) const fn shows_interest(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }

    /// Whether the address is one of a checkout.
    pub(super) const fn is_checkout(self) -> bool {
        self.0 & (1 << 4) != 0
    }

    /// Whether the address is one of instructions.
    pub(super) const fn is_guide(self) -> bool {
        self.0 & (1 << 5) != 0
    }
}
