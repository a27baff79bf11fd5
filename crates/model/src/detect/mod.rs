//! Detectors: each finds one sort of micro-moment. One file each, all of one shape.

/// The thresholds of all detectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {}
