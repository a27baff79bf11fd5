//! Where a visit ends and the next begins.

/// Inactivity after which a visit has ended, in milliseconds: GA4's default of 30 minutes.
pub const SESSION_TIMEOUT_MS: i64 = 30 * 60_000;
