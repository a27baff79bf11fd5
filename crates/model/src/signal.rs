//! Micro-moments: what detectors find.

use crate::error::Error;
use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::id::EventId;
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;

/// What sort of micro-moment a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Something is in the way.
    Friction,
    /// The visitor wants something; the [`Moment`] says what.
    Intent,
    /// The visitor wavers.
    Hesitation,
}

impl Family {
    /// The family's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Friction => "friction",
            Self::Intent => "intent",
            Self::Hesitation => "hesitation",
        }
    }
}

/// Google's four moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// I want to know.
    Know,
    /// I want to go.
    Go,
    /// I want to do.
    Do,
    /// I want to buy.
    Buy,
}

/// Which signal; the discriminant is its code in saved state and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum SignalKind {
    /// Many clicks on one spot in a moment: see [`crate::detect::rage_click`].
    RageClick = 1,
    /// Back at once to the page before: see [`crate::detect::quick_back`].
    QuickBack = 2,
    /// Checkout reloaded again and again: see [`crate::detect::checkout_reload`].
    CheckoutReload = 3,
    /// A checkout step made the visitor wait: see [`crate::detect::checkout_slow`].
    CheckoutSlow = 4,
}

impl SignalKind {
    /// Every signal.
    pub const ALL: [Self; 4] = [
        Self::RageClick,
        Self::QuickBack,
        Self::CheckoutReload,
        Self::CheckoutSlow,
    ];

    /// The signal's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RageClick => "rage_click",
            Self::QuickBack => "quick_back",
            Self::CheckoutReload => "checkout_reload",
            Self::CheckoutSlow => "checkout_slow",
        }
    }

    /// The signal with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|signal| signal.name() == name).copied()
    }

    /// Its family.
    pub const fn family(self) -> Family {
        match self {
            Self::RageClick | Self::QuickBack | Self::CheckoutReload | Self::CheckoutSlow => Family::Friction,
        }
    }

    /// Whether it needs raw page activity, so that only the page can find it and uploads what it found.
    pub const fn needs_page(self) -> bool {
        matches!(self, Self::RageClick)
    }
}

/// A signal with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Which.
    pub kind: SignalKind,
    /// When it was decided: the time of the deciding input.
    pub time: Timestamp,
    /// The event that decided it; `None` for one found in raw page activity that is not uploaded yet.
    pub event: Option<EventId>,
    /// What it rests on: counts, times, the element, the step.
    pub evidence: Fields,
}

impl Signal {
    /// The signal that a touchpoint of kind `signal` carries; `None` for other touchpoints and for names that this version
    /// does not know.
    pub fn from_touch<T: Touch>(touch: &T) -> Option<Self> {
        if touch.kind() != Kind::Signal {
            return None;
        }
        let mut evidence = Fields::new();
        for field in Kind::Signal.optional().iter().copied() {
            // Both come from a touchpoint that was right, so that setting them cannot fail.
            if let Some(text) = touch.text(field) {
                let _ = evidence.set_text(field, text);
            } else if let Some(number) = touch.int(field) {
                let _ = evidence.set_int(field, number);
            }
        }
        Some(Self {
            kind: SignalKind::from_name(touch.text(Field::Name)?)?,
            time: touch.time(),
            event: Some(touch.id()),
            evidence,
        })
    }

    /// The touchpoint by which a signal found in the page is uploaded.
    pub fn into_touchpoint(self) -> Result<Touchpoint, Error> {
        let mut fields = self.evidence;
        fields.set_text(Field::Name, self.kind.name())?;
        Touchpoint::new(Kind::Signal, fields)
    }
}
