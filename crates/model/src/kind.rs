//! Kinds of touchpoints: the table of kinds.

use crate::field::Field;
use crate::stage::Stage;

/// Declares the kinds: code on the wire (never reused), variant, name, stage (`-` if the kind implies none), required
/// fields, optional fields, doc.
macro_rules! kinds {
    (@stage -) => { None };
    (@stage $stage:ident) => { Some(Stage::$stage) };
    ($($(#[doc = $doc:literal])+ $code:literal $variant:ident $name:literal $stage:tt [$($req:ident)*] [$($opt:ident)*];)+) => {
        /// A kind of touchpoint. The discriminant is its code on the wire and is never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[doc = $doc])+ $variant = $code,)+ }

        impl Kind {
            /// Every kind in order of its code.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)+];

            /// The kind's name in JSON, JavaScript and the table; GA4's where GA4 has one.
            // Inlining would copy the whole table of names into the Wasm module at each call.
            #[inline(never)]
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)+ }
            }

            /// The stage that the kind implies; `None` if a touchpoint of this kind keeps the session's current stage.
            pub const fn stage(self) -> Option<Stage> {
                match self { $(Kind::$variant => kinds!(@stage $stage),)+ }
            }

            /// The fields a touchpoint of this kind must have.
            pub const fn required(self) -> &'static [Field] {
                match self { $(Kind::$variant => &[$(Field::$req),*],)+ }
            }

            /// Further fields that a touchpoint of this kind may have; every kind may also have [`COMMON`].
            pub const fn optional(self) -> &'static [Field] {
                match self { $(Kind::$variant => &[$(Field::$opt),*],)+ }
            }

            /// A description of the kind for generated docs and types.
            pub const fn doc(self) -> &'static str {
                match self { $(Kind::$variant => concat!($($doc, "\n",)+),)+ }
            }
        }
    };
}

kinds! {
    /// A page was shown.
    1 PageView "page_view" - [Url] [Title Referrer Entry Source Medium Campaign Term Content ClickId];
    /// The visitor left the page or hid it: engaged time since the last such touchpoint, scroll depth since the page
    /// was shown.
    2 UserEngagement "user_engagement" - [EngagedMs] [Url ScrollPermille];
    /// A list of products was shown.
    3 ViewItemList "view_item_list" Consideration [] [ItemListId ItemListName Items Currency Value];
    /// A product was chosen from a list.
    4 SelectItem "select_item" Consideration [] [ItemListId ItemListName Items Currency Value];
    /// A product was shown.
    5 ViewItem "view_item" Consideration [] [Currency Value Items];
    /// A product was added to the wish list.
    6 AddToWishlist "add_to_wishlist" Consideration [] [Currency Value Items];
    /// A product was added to the cart.
    7 AddToCart "add_to_cart" Purchase [] [Currency Value Items];
    /// A product was removed from the cart.
    8 RemoveFromCart "remove_from_cart" Purchase [] [Currency Value Items];
    /// The cart was shown.
    9 ViewCart "view_cart" Purchase [] [Currency Value Items];
    /// Checkout began.
    10 BeginCheckout "begin_checkout" Purchase [] [Currency Value Items Coupon];
    /// Shipping was chosen in checkout.
    11 AddShippingInfo "add_shipping_info" Purchase [] [Currency Value Items Coupon ShippingTier];
    /// Payment was chosen in checkout.
    12 AddPaymentInfo "add_payment_info" Purchase [] [Currency Value Items Coupon PaymentType];
    /// An order was placed.
    13 Purchase "purchase" Purchase [] [TransactionId Currency Value Items Tax Shipping Coupon Affiliation];
    /// An order was refunded, fully or partly.
    14 Refund "refund" Retention [] [TransactionId Currency Value Items Tax Shipping Coupon Affiliation];
    /// A promotion was shown.
    15 ViewPromotion "view_promotion" Awareness [] [PromotionId PromotionName Items];
    /// A promotion was chosen.
    16 SelectPromotion "select_promotion" Consideration [] [PromotionId PromotionName Items];
    /// The site was searched.
    17 Search "search" Consideration [SearchTerm] [Results];
    /// The visitor entered a checkout step that the site defines.
    18 CheckoutStep "checkout_step" Purchase [Step] [Currency Value];
    /// A checkout step ended: the time spent waiting, the time spent acting, and the number of reloads.
    19 CheckoutStepTime "checkout_step_time" - [Step WaitingMs ActingMs] [Reloads];
    /// A coupon was tried; `error` gives the reason if it failed.
    20 CouponTry "coupon_try" Purchase [] [Coupon Error];
    /// The visitor started filling in a form.
    21 FormStart "form_start" - [] [Form];
    /// A form field failed validation.
    22 FormError "form_error" - [] [Form FormField Error];
    /// The visitor left a form field: time in it, time to the first input, corrections and refills, never its value.
    23 FormFieldTime "form_field_time" - [FormField] [Form ActingMs Corrections FirstInputMs Refills];
    /// A form was sent.
    24 FormSubmit "form_submit" - [] [Form];
    /// A form was left without being sent: its last field and the time spent in its fields.
    25 FormAbandon "form_abandon" - [] [Form FormField ActingMs];
    /// Net promoter score, 0 to 10.
    26 Nps "nps" Advocacy [Score] [Comment];
    /// Satisfaction, 1 to 5.
    27 Csat "csat" Retention [Score] [Comment Topic];
    /// Effort, 1 (hard) to 7 (easy).
    28 Ces "ces" Retention [Score] [Comment Topic];
    /// The customer sought help or was called.
    29 SupportContact "support_contact" Retention [] [ContactChannel Medium Topic DurationMs Resolved];
    /// Something was shared or recommended.
    30 Share "share" Advocacy [] [Method Content Items];
    /// A review was written.
    31 Review "review" Advocacy [] [Score Comment Items];
    /// The visitor was identified as this customer.
    32 Identify "identify" - [CustomerId] [Method];
    /// An account was created.
    33 SignUp "sign_up" Retention [] [Method];
    /// The customer logged in.
    34 Login "login" Retention [] [Method];
    /// A signal that the page found in raw activity.
    35 Signal "signal" - [Name] [Element Count SpanMs Step Url Moment Form FormField];
    /// A page error or failed request. Of an error that repeats, the first three are recorded, and later `count` of them at
    /// once.
    36 PageError "page_error" - [] [Error Url Count];
    /// An interactive element was clicked; `method` names the destination of a link out of the page (`outbound`,
    /// `download`, `phone`, `mail`, `map`), or is `question` if an answer was opened.
    37 Click "click" - [] [Url Element Method];
    /// Any other touchpoint, under a name that the site chose.
    38 Custom "custom" - [Name] [Currency Value Items];
    /// Core Web Vitals of the page, when it is left or hidden for the first time.
    39 WebVitals "web_vitals" - [] [Url LcpMs FcpMs InpMs TtfbMs ClsPermille];
    /// The visitor came back from another tab or window.
    40 TabSwitch "tab_switch" - [] [DurationMs];
    /// A product's name or price was copied.
    41 Copy "copy" - [] [Element];
}

/// The role of a kind of touchpoint in a customer's path through the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A step of the path: the customer did something or was shown something.
    Step,
    /// A small activity within a step: a click, a copied text.
    Activity,
    /// A statement about other touchpoints: a duration, a failure, a signal, the visitor's identity.
    Measurement,
}

/// Fields that every kind may have.
pub const COMMON: &[Field] = &[
    Field::Props,
    Field::SourceChannel,
    Field::SourceSession,
    Field::Automated,
    Field::ContactChannel,
    Field::SourceOrder,
    Field::Device,
    Field::Repairs,
    Field::Browser,
    Field::BrowserVersion,
    Field::Language,
    Field::Screen,
    Field::TimeZone,
    Field::Country,
];

impl Kind {
    /// The kind with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|kind| **kind as u8 == code).copied()
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        for kind in Self::ALL {
            if kind.name() == name {
                return Some(*kind);
            }
        }
        None
    }

    /// Whether the SDK captures touchpoints of this kind automatically, so that a tracking plan need not list them.
    /// Page views are not included, because a plan states which pages a site has.
    pub const fn is_automatic(self) -> bool {
        matches!(
            self,
            Self::UserEngagement
                | Self::CheckoutStepTime
                | Self::FormStart
                | Self::FormError
                | Self::FormFieldTime
                | Self::FormSubmit
                | Self::FormAbandon
                | Self::Signal
                | Self::PageError
                | Self::Click
                | Self::WebVitals
                | Self::TabSwitch
                | Self::Copy
        )
    }

    /// The role of this kind in a customer's path through the site.
    pub const fn role(self) -> Role {
        match self {
            Self::UserEngagement
            | Self::CheckoutStepTime
            | Self::FormError
            | Self::FormFieldTime
            | Self::FormAbandon
            | Self::Identify
            | Self::Signal
            | Self::PageError
            | Self::WebVitals
            | Self::TabSwitch => Role::Measurement,
            Self::Click | Self::Copy => Role::Activity,
            Self::PageView
            | Self::ViewItemList
            | Self::SelectItem
            | Self::ViewItem
            | Self::AddToWishlist
            | Self::AddToCart
            | Self::RemoveFromCart
            | Self::ViewCart
            | Self::BeginCheckout
            | Self::AddShippingInfo
            | Self::AddPaymentInfo
            | Self::Purchase
            | Self::Refund
            | Self::ViewPromotion
            | Self::SelectPromotion
            | Self::Search
            | Self::CheckoutStep
            | Self::CouponTry
            | Self::FormStart
            | Self::FormSubmit
            | Self::Nps
            | Self::Csat
            | Self::Ces
            | Self::SupportContact
            | Self::Share
            | Self::Review
            | Self::SignUp
            | Self::Login
            | Self::Custom => Role::Step,
        }
    }

    /// The sort position of the kind among touchpoints of the same time: identity, arrival, browsing, cart, checkout,
    /// order, refund, and last all kinds that imply no order.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Identify => 0,
            Self::SignUp | Self::Login => 1,
            Self::PageView => 2,
            Self::Search => 3,
            Self::ViewPromotion => 4,
            Self::SelectPromotion => 5,
            Self::ViewItemList => 6,
            Self::SelectItem => 7,
            Self::ViewItem => 8,
            Self::AddToWishlist => 9,
            Self::AddToCart => 10,
            Self::RemoveFromCart => 11,
            Self::ViewCart => 12,
            Self::BeginCheckout => 13,
            Self::CheckoutStep => 14,
            Self::AddShippingInfo => 15,
            Self::CouponTry => 16,
            Self::AddPaymentInfo => 17,
            Self::Purchase => 18,
            Self::Refund => 19,
            _ => 20,
        }
    }

    /// The checkout step that a touchpoint of this kind marks, if any; `own` is the value of its field `step`.
    pub fn checkout_step(self, own: Option<&str>) -> Option<&str> {
        match self {
            Self::BeginCheckout => Some("begin"),
            Self::AddShippingInfo => Some("shipping"),
            Self::AddPaymentInfo => Some("payment"),
            Self::CheckoutStep => own,
            _ => None,
        }
    }

    /// The kind's code on the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Whether a touchpoint of this kind may have `field`.
    pub fn has(self, field: Field) -> bool {
        self.required().contains(&field) || self.optional().contains(&field) || COMMON.contains(&field)
    }
}
