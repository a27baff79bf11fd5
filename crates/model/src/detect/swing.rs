//! Changes of direction along one axis, of the pointer, the scroll position or the zoom.

use super::{Finder, Tally};
use crate::signal::SignalKind;

/// The current direction along one axis and the number of changes of direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Swing {
    /// 1 or -1, or 0 before the first movement.
    direction: i64,
    /// The farthest position in that direction; before the first movement, the initial position.
    farthest: Option<i64>,
    turns: Tally,
}

impl Swing {
    /// Takes in the current position. The signal's thresholds are the number of turns, the length of the window in
    /// milliseconds, and the shortest movement back that counts as a turn. Returns whether a turn was made that belongs
    /// to a burst.
    #[inline(never)]
    pub(crate) fn on_position(&mut self, to: i32, kind: SignalKind, finder: &mut Finder<'_>) -> bool {
        let [_, _, least] = *finder.limits(kind);
        let to = i64::from(to);
        let way = to - *self.farthest.get_or_insert(to);
        let goes_on = way.signum() == self.direction;
        if !goes_on && way.abs() < least {
            return false;
        }
        let turned = !goes_on && self.direction != 0;
        self.direction = way.signum();
        self.farthest = Some(to);
        turned && self.turns.add(kind, &[], finder)
    }

    /// Takes over the burst of another axis, because a diagonal movement turns on both axes.
    pub(crate) fn join(&mut self, other: &Self) {
        self.turns = other.turns.clone();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::detect::Thresholds;
    use crate::time::Timestamp;

    #[track_caller]
    fn check(points: &[i32], turns: i64) {
        let mut limits = Thresholds::default();
        limits.set(Thresholds::place("thrashed_cursor.swing_px").unwrap(), 100);
        // The signal fires if the threshold is this many turns and not if it is one more.
        for (count, fires) in [(turns, turns > 0), (turns + 1, false)] {
            limits.set(Thresholds::place("thrashed_cursor.count").unwrap(), count);
            let mut swing = Swing::default();
            let mut out = Vec::new();
            for to in points {
                let finder = &mut Finder::now(Timestamp::MAX, &limits, &mut out);
                swing.on_position(*to, SignalKind::ThrashedCursor, finder);
            }
            assert_eq!(out.len(), usize::from(fires), "{count} turns");
        }
    }

    #[test]
    fn a_movement_back_counts_as_a_turn_from_the_shortest_length() {
        check(&[0, 500, 900], 0);
        check(&[0, 500, 401, 900], 0);
        check(&[0, 500, 400], 1);
        check(&[0, 500, 450, 380], 1);
        check(&[0, 100, 0, 100, 0], 3);
    }

    #[test]
    fn small_movements_are_not_turns() {
        check(&[0, 50, 0, 50, -49, 0, 50], 0);
        check(&[7], 0);
    }
}
