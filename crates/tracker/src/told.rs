//! Touchpoints that the parts of the tracker find.

use alloc::vec::Vec;

use wayside_model::{Field, Kind, Touchpoint};

/// Touchpoints that have been found and not recorded yet.
#[derive(Debug, Default)]
pub(crate) struct Told(pub(crate) Vec<Touchpoint>);

impl Told {
    /// Adds a touchpoint; the arguments are those of [`Touchpoint::of`].
    #[inline(never)]
    pub(crate) fn add(&mut self, kind: Kind, texts: &[(Field, &str)], numbers: &[(Field, i64)]) {
        self.0.push(Touchpoint::of(kind, texts, numbers));
    }
}

#[cfg(test)]
impl Told {
    /// The single touchpoint that `tell` adds, if any.
    #[track_caller]
    pub(crate) fn by(tell: impl FnOnce(&mut Self)) -> Option<Touchpoint> {
        let mut told = Self::default();
        tell(&mut told);
        assert!(told.0.len() < 2, "{told:?}");
        told.0.pop()
    }
}
