//! Signals: micro-moments that detectors find.

use serde::{Deserialize, Serialize};

use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::id::EventId;
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;

/// The family of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Something hinders the visitor.
    Friction,
    /// The visitor wants something, which the [`Moment`] classifies.
    Intent,
    /// The visitor hesitates.
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

/// Google's four micro-moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl Moment {
    /// The moment's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Know => "know",
            Self::Go => "go",
            Self::Do => "do",
            Self::Buy => "buy",
        }
    }
}

/// Declares the signals: code in saved state (never reused), variant, name, family with the moment of an intent, input
/// (`journey`: touchpoints, in the page and in the analyzer; `page`: raw activity, in the page only), doc.
macro_rules! signals {
    (@moment) => { None };
    (@moment $moment:ident) => { Some(Moment::$moment) };
    (@page page) => { true };
    (@page journey) => { false };
    ($($code:literal $variant:ident $name:literal $family:ident $(($moment:ident))? $place:ident $doc:literal;)+) => {
        /// The kind of a signal. The discriminant is its code in saved state and is never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum SignalKind { $(#[doc = $doc] #[serde(rename = $name)] $variant = $code,)+ }

        impl SignalKind {
            /// Every signal in order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The signal's name.
            // Inlining would copy the whole table of names into the Wasm module at each call.
            #[inline(never)]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The signal's family.
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)+ }
            }

            /// Google's moment of an intent signal.
            pub const fn moment(self) -> Option<Moment> {
                match self { $(Self::$variant => signals!(@moment $($moment)?),)+ }
            }

            /// Whether the signal needs raw page activity. Only the page can find such a signal, and it uploads what it
            /// finds.
            pub const fn needs_page(self) -> bool {
                match self { $(Self::$variant => signals!(@page $place),)+ }
            }

            /// A description of the signal for generated docs and types.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }
        }
    };
}

signals! {
    1 RageClick "rage_click" Friction page "Many clicks on the same spot in a short time.";
    2 QuickBack "quick_back" Friction journey "A page was opened and immediately left for the page before.";
    3 CheckoutReload "checkout_reload" Friction journey "The checkout was reloaded repeatedly.";
    4 CheckoutSlow "checkout_slow" Friction journey "The customer waited long in a checkout step.";
    5 DeadClick "dead_click" Friction page "An interactive element was clicked and the page did not respond.";
    6 ErrorClick "error_click" Friction page "A script error occurred right after a click.";
    7 ThrashedCursor "thrashed_cursor" Friction page "The pointer moved back and forth quickly.";
    8 ExcessiveScroll "excessive_scroll" Friction page "The page was scrolled up and down repeatedly.";
    9 FormStruggle "form_struggle" Friction journey "A form was refused or corrected repeatedly.";
    10 FieldAbandoned "field_abandoned" Friction journey "A partly filled form was left at this field without being sent.";
    11 CartThrash "cart_thrash" Friction journey "Products were repeatedly added to the cart and removed again.";
    12 CouponFailure "coupon_failure" Friction journey "Several coupons in a row were refused.";
    13 ZoomOrPinchStruggle "zoom_or_pinch_struggle" Friction page "The page was zoomed in and out repeatedly.";
    14 ContentRead "content_read" Intent(Know) journey "A page was read to its end.";
    15 SiteSearched "site_searched" Intent(Know) journey "The site was searched for a new term.";
    16 QuestionOpened "question_opened" Intent(Know) journey "An answer to a frequent question was opened.";
    17 StoreLocated "store_located" Intent(Go) journey "The location of a shop was looked up.";
    18 ContactSought "contact_sought" Intent(Go) journey "The customer looked for a way to contact the shop.";
    19 GuideFollowed "guide_followed" Intent(Do) journey "Instructions were read to their end.";
    20 AccountManaged "account_managed" Intent(Do) journey "The customer opened pages of the account or of orders.";
    21 ItemCompared "item_compared" Intent(Buy) journey "Several products were viewed in a short time.";
    22 PriceChecked "price_checked" Intent(Buy) journey "A product's name or price was copied.";
    23 CartBuilt "cart_built" Intent(Buy) journey "A second product was added to the cart.";
    24 CheckoutResumed "checkout_resumed" Intent(Buy) journey "A checkout that had been left was continued.";
    25 ExitIntent "exit_intent" Hesitation page "The pointer left the page at the top.";
    26 IdleInStep "idle_in_step" Hesitation page "The customer did nothing in a checkout step for a long time.";
    27 StepRevisited "step_revisited" Hesitation journey "The customer returned to an earlier checkout step.";
    28 PayButtonHover "pay_button_hover" Hesitation page "The pointer rested on the continue button without a click.";
    29 TabComparison "tab_comparison" Hesitation journey "The customer switched to other tabs and back repeatedly.";
}

impl SignalKind {
    /// The signal with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|signal| signal.name() == name).copied()
    }
}

/// A signal with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The kind of the signal.
    pub kind: SignalKind,
    /// The time of the input that decided the signal.
    pub time: Timestamp,
    /// The event that decided the signal; `None` if raw page activity decided it and the signal is not uploaded yet.
    pub event: Option<EventId>,
    /// The evidence: counts, times, the element, the step.
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
            if let Some(text) = touch.text(field) {
                evidence.set_text(field, text);
            } else if let Some(number) = touch.int(field) {
                evidence.set_int(field, number);
            }
        }
        Some(Self {
            kind: SignalKind::from_name(touch.text(Field::Name)?)?,
            time: touch.time(),
            event: Some(touch.id()),
            evidence,
        })
    }

    /// The touchpoint that uploads a signal found in the page. It takes the evidence out of the signal.
    pub fn take_touchpoint(&mut self) -> Touchpoint {
        let mut fields = core::mem::take(&mut self.evidence);
        fields.set_text(Field::Name, self.kind.name());
        Touchpoint::made(Kind::Signal, fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: Serialize + for<'de> Deserialize<'de> + PartialEq + core::fmt::Debug>(value: T, name: &str) {
        let json = format!("\"{name}\"");
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    }

    #[test]
    fn serde_writes_the_same_names() {
        for kind in SignalKind::ALL.iter().copied() {
            check(kind, kind.name());
        }
        for family in [Family::Friction, Family::Intent, Family::Hesitation] {
            check(family, family.name());
        }
        for moment in [Moment::Know, Moment::Go, Moment::Do, Moment::Buy] {
            check(moment, moment.name());
        }
    }
}
