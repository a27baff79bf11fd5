//! Acquisition and service channels: the classification of a visit's origin.
//!
//! The rules are Google's published definitions of GA4's default channel group for manual traffic
//! (support.google.com/analytics/answer/9756891), read on 2026-11-21, applied in Google's order and without regard to
//! case. Google's list of sources has over 800 names; `channel::rules` lists those that a shop in Europe, America or
//! Asia is likely to see. `docs/model.md` lists the differences and their reasons.

mod own;
mod rules;

pub use self::own::{PAYMENT, is_of, is_own_referrer, is_payment, is_same_shop};
use self::rules::{CLICK_ID_NAMES, Origin};
use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::kind::Kind;
use crate::text::pieces;
use crate::url;

/// Declares the channels: code in saved state (never reused), variant, name, doc.
macro_rules! channels {
    ($($(#[doc = $doc:literal])+ $code:literal $variant:ident $name:literal;)+) => {
        /// The channel by which a session arrived or in which a contact took place.
        ///
        /// The first are GA4's default channel group; the last five are service and offline channels. The discriminant
        /// is the channel's code in saved state and is never reused.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Channel { #[default] $($(#[doc = $doc])+ $variant = $code,)+ }

        impl Channel {
            /// Every channel in order of its code.
            pub const ALL: &'static [Channel] = &[$(Channel::$variant,)+];

            /// The channel's name, as reports show it.
            pub const fn name(self) -> &'static str {
                match self { $(Channel::$variant => $name,)+ }
            }
        }
    };
}

channels! {
    /// The address was typed in or bookmarked, or the origin is unknown because neither campaign nor referrer was
    /// given.
    0 Direct "Direct";
    /// Campaigns that run over several of Google's networks.
    1 CrossNetwork "Cross-network";
    /// Ads on shopping sites.
    2 PaidShopping "Paid Shopping";
    /// Ads on search engines.
    3 PaidSearch "Paid Search";
    /// Ads on social sites.
    4 PaidSocial "Paid Social";
    /// Ads on video sites.
    5 PaidVideo "Paid Video";
    /// Banners.
    6 Display "Display";
    /// Other ads.
    7 PaidOther "Paid Other";
    /// Links on shopping sites.
    8 OrganicShopping "Organic Shopping";
    /// Links on social sites.
    9 OrganicSocial "Organic Social";
    /// Links on video sites.
    10 OrganicVideo "Organic Video";
    /// Results of search engines.
    11 OrganicSearch "Organic Search";
    /// Links on other sites.
    12 Referral "Referral";
    /// Links in e-mail.
    13 Email "Email";
    /// Affiliates' links.
    14 Affiliates "Affiliates";
    /// Ads in podcasts and radio.
    15 Audio "Audio";
    /// Links in text messages.
    16 Sms "SMS";
    /// Push notifications of apps.
    17 MobilePush "Mobile Push Notifications";
    /// An origin was given, but no rule matches it.
    18 Unassigned "Unassigned";
    /// People of the company: call centre, store staff.
    19 Human "Human";
    /// Conversation over a medium: chat, messenger, video.
    20 TwoWay "Two-way";
    /// The company's machines: web, app, e-mail, SMS as service channels.
    21 Automated "Automated";
    /// Other companies: marketplace, independent store.
    22 ThirdParty "Third party";
    /// People helping a customer at a machine: co-browsing, live chat.
    23 Assisted "Assisted";
}

impl Channel {
    /// The channel with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|channel| **channel as u8 == code).copied()
    }

    /// The channel with this name, without regard to case and to the characters between the words: `paid_search` is
    /// `Paid Search`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|channel| same_words(channel.name(), name))
    }
}

/// Writes the origin of a page view into its fields: the campaign's parameters, the name of the first click id, and the
/// referring page of another site. `url` and `referrer` are passed before they are scrubbed; `own` are the shop's domains,
/// separated by spaces ([`is_same_shop`]).
///
/// A page reached from one of the shop's own pages is not an arrival, so nothing is written for it, even if an internal
/// link carries campaign parameters. A payment provider is no origin either: a customer returns from it.
pub fn write_arrival(fields: &mut Fields, url: &str, referrer: &str, own: &str) {
    let from = url::host(referrer);
    if is_same_shop(url::host(url), from, own) {
        return;
    }
    let query = url::query(url);
    // Most pages of a visit have none, and there are many names to look for.
    if !query.is_empty() {
        write_campaign(fields, query);
    }
    if !referrer.is_empty() && !is_own_referrer(url, referrer, own) {
        fields.set_text(Field::Referrer, &url::scrub(referrer));
    }
}

fn write_campaign(fields: &mut Fields, query: &str) {
    for (name, field) in &[
        ("utm_source", Field::Source),
        ("utm_medium", Field::Medium),
        ("utm_campaign", Field::Campaign),
        ("utm_term", Field::Term),
        ("utm_content", Field::Content),
    ] {
        let value = url::query_param(query, name);
        if !value.is_empty() && !url::looks_secret(&value) {
            fields.set_text(*field, &value);
        }
    }
    for name in pieces(CLICK_ID_NAMES, b' ') {
        if !name.is_empty() && !url::query_param(query, name).is_empty() {
            fields.set_text(Field::ClickId, name);
            break;
        }
    }
}

/// The channel that a touchpoint names: the service channel of a contact, the channel that an imported source has
/// already assigned, or the channel of an arrival; `None` if the touchpoint names none.
pub fn touch_channel<T: Touch>(touch: &T) -> Option<Channel> {
    if let Some(word) = touch.text(Field::ContactChannel) {
        return Some(contact_channel(word));
    }
    if let Some(word) = touch.text(Field::SourceChannel) {
        return Some(source_channel(word));
    }
    let says = |field: &Field| {
        let text = touch.text(*field);
        text.is_some_and(|text| *field != Field::Referrer || !is_payment(url::host(text)))
    };
    (touch.kind() == Kind::PageView && ARRIVAL_FIELDS.iter().any(says)).then(|| touch.arrival_channel())
}

/// The channel of an arrival. `text` returns its value of each of [`ARRIVAL_FIELDS`].
pub fn arrival_channel<'a>(text: impl Fn(Field) -> Option<&'a str>) -> Channel {
    Origin::of(text).channel()
}

/// The service or offline channel for a word (`call_centre`, `co_browsing`, …); [`Channel::Unassigned`] if
/// [`CONTACT_CHANNELS`] does not list the word.
pub fn contact_channel(word: &str) -> Channel {
    CONTACT_CHANNELS
        .iter()
        .find(|(_, words)| pieces(words, b' ').any(|known| same_words(known, word)))
        .map_or(Channel::Unassigned, |(channel, _)| *channel)
}

/// The acquisition channel for the word of a source that has already classified the visit: the word is read as a
/// channel's name, else as a medium.
pub fn source_channel(word: &str) -> Channel {
    Channel::from_name(word).unwrap_or_else(|| {
        Origin {
            source: "",
            medium: word,
            campaign: "",
        }
        .channel()
    })
}

/// Whether two names have the same ASCII letters and digits, without regard to case and other characters.
fn same_words(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}

/// The service channels, each with the words that stand for it, separated by spaces.
pub const CONTACT_CHANNELS: &[(Channel, &str)] = &[
    (
        Channel::Human,
        "human call_centre call_center phone call store in_store shop branch staff sales field_sales",
    ),
    (
        Channel::TwoWay,
        "two_way display chat messenger whatsapp video video_call social forum",
    ),
    (
        Channel::Automated,
        "automated web app email e_mail sms push chatbot bot ivr self_service kiosk letter",
    ),
    (
        Channel::ThirdParty,
        "third_party marketplace independent_store dealer reseller partner",
    ),
    (Channel::Assisted, "assisted co_browsing live_chat screen_sharing"),
];

/// The fields of a page view that describe its origin, the campaign first.
pub const ARRIVAL_FIELDS: &[Field; 5] = &[
    Field::Source,
    Field::Medium,
    Field::Campaign,
    Field::ClickId,
    Field::Referrer,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_page(url: &str, referrer: &str, channel: Channel) {
        let fields = arrival(url, referrer);
        let found = arrival_channel(|field| fields.text(field));
        assert_eq!(found, channel, "{url} from {referrer}");
    }

    fn arrival(url: &str, referrer: &str) -> Fields {
        let mut fields = Fields::new();
        write_arrival(&mut fields, url, referrer, "shop.test");
        fields
    }

    #[test]
    fn referrer_and_click_id_decide_the_channel_without_utm_parameters() {
        use Channel::*;
        let page = "https://shop.example/a";
        for (url, referrer, channel) in [
            (page, "", Direct),
            (page, "https://www.google.com/", OrganicSearch),
            (page, "https://www.google.co.uk/search", OrganicSearch),
            (page, "https://fr.search.yahoo.com/", OrganicSearch),
            (page, "https://duckduckgo.com/", OrganicSearch),
            (
                page,
                "android-app://com.google.android.googlequicksearchbox/",
                OrganicSearch,
            ),
            (page, "https://google.example.com/", Referral),
            (page, "https://l.facebook.com/", OrganicSocial),
            (page, "https://t.co/abc", OrganicSocial),
            (page, "https://not.co/abc", Referral),
            (page, "https://xt.co/abc", Referral),
            (page, "https://groups.google.com/g/x", OrganicSocial),
            (page, "https://m.youtube.com/watch", OrganicVideo),
            (page, "https://www.amazon.de/", OrganicShopping),
            (page, "https://shopping.google.com/", OrganicShopping),
            (page, "https://blog.example/", Referral),
            (page, "https://shop.example/b", Direct),
            (page, "https://www.shop.example/b", Direct),
            (page, "https://checkout.shop.example/b", Direct),
            (page, "https://www.paypal.com/", Direct),
            (page, "https://pay.shop.test/", Direct),
            (
                "https://www.shop.test/?utm_source=x&utm_medium=email",
                "https://checkout.shop.test/",
                Direct,
            ),
            (
                "https://shop.example/?utm_source=news&utm_medium=email",
                "https://www.paypal.com/",
                Email,
            ),
            ("https://shop.example/?gclid=1", "https://www.google.com/", PaidSearch),
            ("https://shop.example/?wbraid=1", "", PaidSearch),
            ("https://shop.example/?dclid=1", "", Display),
            ("https://shop.example/?msclkid=1", "", PaidSearch),
            ("https://shop.example/?ttclid=1", "", PaidSocial),
            ("https://shop.example/?fbclid=1", "", OrganicSocial),
            ("https://shop.example/?fbclid=1&utm_medium=cpc", "", PaidSocial),
            ("https://shop.example/?gclid=&x=1", "", Direct),
            (
                "https://shop.example/?utm_source=news&utm_medium=email",
                "https://www.google.com/",
                Email,
            ),
            (
                "https://shop.example/?utm_source=home&utm_medium=banner",
                "https://shop.example/",
                Direct,
            ),
        ] {
            check_page(url, referrer, channel);
        }
    }

    #[test]
    fn a_payment_provider_is_no_referrer_in_what_was_recorded_before() {
        let said = |field| (field == Field::Referrer).then_some("https://checkout.stripe.com/c/pay");
        assert_eq!(arrival_channel(said), Channel::Direct);
    }

    #[test]
    fn a_channel_is_found_by_its_name_and_code() {
        for channel in Channel::ALL.iter().copied() {
            assert_eq!(Channel::from_name(channel.name()), Some(channel));
            assert_eq!(Channel::from_code(channel as u8), Some(channel));
        }
        assert_eq!(Channel::from_name("paid_search"), Some(Channel::PaidSearch));
        assert_eq!(Channel::from_name(""), None);
    }

    #[test]
    fn words_of_imported_sources_and_contacts_map_to_channels() {
        for (word, channel) in [
            ("organic", Channel::OrganicSearch),
            ("paid_search", Channel::PaidSearch),
            ("email", Channel::Email),
            ("social", Channel::OrganicSocial),
            ("direct", Channel::Direct),
            ("Display", Channel::Display),
            ("affiliate", Channel::Affiliates),
            ("carrier pigeon", Channel::Unassigned),
        ] {
            assert_eq!(source_channel(word), channel, "{word}");
        }
        for (word, channel) in [
            ("call_centre", Channel::Human),
            ("Call Center", Channel::Human),
            ("chat", Channel::TwoWay),
            ("email", Channel::Automated),
            ("marketplace", Channel::ThirdParty),
            ("co-browsing", Channel::Assisted),
            ("carrier pigeon", Channel::Unassigned),
        ] {
            assert_eq!(contact_channel(word), channel, "{word}");
        }
    }

    #[test]
    fn an_arrival_keeps_the_click_ids_name_and_drops_secrets() {
        let fields = arrival(
            "https://shop.example/?utm_source=me%40mail.example&utm_campaign=spring&gclid=Cj0KCQ",
            "https://www.google.com/search?q=private",
        );
        assert_eq!(fields.text(Field::Source), None);
        assert_eq!(fields.text(Field::Campaign), Some("spring"));
        assert_eq!(fields.text(Field::ClickId), Some("gclid"));
        assert_eq!(fields.text(Field::Referrer), Some("https://www.google.com/search"));
    }
}
