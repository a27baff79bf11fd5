//! Going to and fro along a line: a pointer, a scrolled page, a zoom.

use super::{Finder, Tally};
use crate::signal::SignalKind;

/// How far something has gone in one direction, and how often it has turned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Swing {
    /// 1, -1, or 0 before the first move.
    direction: i64,
    /// The farthest point in that direction; where it began before the first move.
    farthest: Option<i64>,
    turns: Tally,
}

impl Swing {
    /// Takes in where it is now. The signal's thresholds are how many turns, within which time, and the shortest way back that is
    /// one. Gives whether a turn of a bout was made.
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

    /// The bout of another line is this one's, too: what goes askew turns on both.
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
        // It fires at this many turns and at no more.
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
    fn only_a_way_back_of_the_least_length_is_a_turn() {
        check(&[0, 500, 900], 0);
        check(&[0, 500, 401, 900], 0);
        check(&[0, 500, 400], 1);
        check(&[0, 500, 450, 380], 1);
        check(&[0, 100, 0, 100, 0], 3);
    }

    #[test]
    fn trembling_is_no_way() {
        check(&[0, 50, 0, 50, -49, 0, 50], 0);
        check(&[7], 0);
    }
}
