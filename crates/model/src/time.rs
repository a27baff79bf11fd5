//! Points in time.

/// Milliseconds since 1970-01-01T00:00:00Z by the visitor's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest time that the wire format can represent: 1970-01-01. Imports report older rows as refused.
    pub const MIN: Self = Self(0);
    /// The latest time that the wire format can represent: 2200-01-01. The limit prevents a broken clock from
    /// overflowing a sum of times.
    pub const MAX: Self = Self(7_258_118_400_000);

    /// A time from milliseconds since 1970, clamped to [`Timestamp::MIN`]..=[`Timestamp::MAX`].
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// A time from milliseconds since 1970, or `None` outside [`Timestamp::MIN`]..=[`Timestamp::MAX`].
    pub const fn checked(millis: i64) -> Option<Self> {
        if millis < Self::MIN.0 || millis > Self::MAX.0 {
            None
        } else {
            Some(Self(millis))
        }
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time `ms` milliseconds later.
    #[inline(never)]
    pub const fn after(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    /// The earlier of two times; the zero time means "none" and is ignored.
    #[inline(never)]
    pub const fn sooner(self, other: Self) -> Self {
        if self.0 == Self::MIN.0 || other.0 != Self::MIN.0 && other.0 < self.0 {
            other
        } else {
            self
        }
    }

    /// Milliseconds from `earlier` to `self`; negative if `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}
