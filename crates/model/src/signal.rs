//! Micro-moments: what detectors find.

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

/// Declares the signals: code in saved state (never reused), variant, name, family with an intent's moment, where it is
/// found (`journey`: from touchpoints, by page and analyzer; `page`: from raw activity, by the page alone), doc.
macro_rules! signals {
    (@moment) => { None };
    (@moment $moment:ident) => { Some(Moment::$moment) };
    (@page page) => { true };
    (@page journey) => { false };
    ($($code:literal $variant:ident $name:literal $family:ident $(($moment:ident))? $place:ident $doc:literal;)+) => {
        /// Which signal; the discriminant is its code in saved state and is never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum SignalKind { $(#[doc = $doc] $variant = $code,)+ }

        impl SignalKind {
            /// Every signal in order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The signal's name.
            // Each copy of it would bring the whole table of names into the page's module.
            #[inline(never)]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Its family.
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)+ }
            }

            /// Google's moment of an intent signal.
            pub const fn moment(self) -> Option<Moment> {
                match self { $(Self::$variant => signals!(@moment $($moment)?),)+ }
            }

            /// Whether it needs raw page activity, so that only the page can find it and uploads what it found.
            pub const fn needs_page(self) -> bool {
                match self { $(Self::$variant => signals!(@page $place),)+ }
            }

            /// What it means, for generated docs and types.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }
        }
    };
}

signals! {
    1 RageClick "rage_click" Friction page "Many clicks on one spot in a moment.";
    2 QuickBack "quick_back" Friction journey "A page was opened and at once left for the page before.";
    3 CheckoutReload "checkout_reload" Friction journey "The checkout is reloaded again and again.";
    4 CheckoutSlow "checkout_slow" Friction journey "A checkout step made the customer wait.";
    5 DeadClick "dead_click" Friction page "Something made to be used was clicked and nothing answered.";
    6 ErrorClick "error_click" Friction page "A script failed right after a click.";
    7 ThrashedCursor "thrashed_cursor" Friction page "The pointer goes to and fro.";
    8 ExcessiveScroll "excessive_scroll" Friction page "The page is scrolled up and down in search of something.";
    9 FormStruggle "form_struggle" Friction journey "A form is refused or corrected again and again.";
    10 FieldAbandoned "field_abandoned" Friction journey "A form was left unsent at this field after work on it.";
    11 CartThrash "cart_thrash" Friction journey "Products go into the cart and out of it again and again.";
    12 CouponFailure "coupon_failure" Friction journey "Coupons are refused one after the other.";
    13 ZoomOrPinchStruggle "zoom_or_pinch_struggle" Friction page "The page is zoomed in and out again and again.";
    14 ContentRead "content_read" Intent(Know) journey "A page was read through.";
    15 SiteSearched "site_searched" Intent(Know) journey "The site was searched for something new.";
    16 QuestionOpened "question_opened" Intent(Know) journey "An answer to a frequent question was opened.";
    17 StoreLocated "store_located" Intent(Go) journey "A shop's place was looked up.";
    18 ContactSought "contact_sought" Intent(Go) journey "A way to talk to the shop was looked for.";
    19 GuideFollowed "guide_followed" Intent(Do) journey "Instructions were read through.";
    20 AccountManaged "account_managed" Intent(Do) journey "The customer looked after account or orders.";
    21 ItemCompared "item_compared" Intent(Buy) journey "Several products were looked at in a short time.";
    22 PriceChecked "price_checked" Intent(Buy) journey "A product's name or price was copied.";
    23 CartBuilt "cart_built" Intent(Buy) journey "The cart holds a second product.";
    24 CheckoutResumed "checkout_resumed" Intent(Buy) journey "A checkout that was left is gone on with.";
    25 ExitIntent "exit_intent" Hesitation page "The pointer left the page through its top.";
    26 IdleInStep "idle_in_step" Hesitation page "Nothing was done in a checkout step for long.";
    27 StepRevisited "step_revisited" Hesitation journey "The customer went back to a checkout step.";
    28 PayButtonHover "pay_button_hover" Hesitation page "The pointer rested on the button that goes on, without pressing it.";
    29 TabComparison "tab_comparison" Hesitation journey "The customer went to other tabs and back again and again.";
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

    /// The touchpoint by which a signal found in the page is uploaded; no evidence is left behind.
    pub fn take_touchpoint(&mut self) -> Touchpoint {
        let mut fields = core::mem::take(&mut self.evidence);
        fields.set_text(Field::Name, self.kind.name());
        Touchpoint::made(Kind::Signal, fields)
    }
}
