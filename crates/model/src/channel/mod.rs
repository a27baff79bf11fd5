//! Where a visit came from.
//!
//! The rules are Google's published definitions of GA4's default channel group for manual traffic
//! (support.google.com/analytics/answer/9756891), read on 2026-11-21, in their order, without case. Google's list of
//! sources has over 800 names; those in `channel::rules` are the ones that a shop in Europe,
//! America or Asia meets. What differs, and why, stands in `docs/model.md`.

mod rules;

use self::rules::{CLICK_ID_NAMES, Origin, without_www};
use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::kind::Kind;
use crate::text::pieces;
use crate::url;

/// Declares the channels: code in saved state (never reused), variant, name, doc.
macro_rules! channels {
    ($($(#[doc = $doc:literal])+ $code:literal $variant:ident $name:literal;)+) => {
        /// Where a session came from or a contact took place.
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
    /// Typed in, bookmarked, or unknown because nothing was said.
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
    /// Said, but by none of the rules.
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

    /// The channel with this name, whatever its case and what stands between the words: `paid_search` is
    /// `Paid Search`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|channel| same_words(channel.name(), name))
    }
}

/// Writes into a page view's fields what its address and referrer, before they are scrubbed, say of where it came from:
/// the campaign's parameters, the name of the first click id, the page of another site that led here.
///
/// A page that was reached from the site's own pages was not arrived at: it says nothing, even where an internal link
/// carries campaign parameters.
pub fn write_arrival(fields: &mut Fields, url: &str, referrer: &str) {
    if !referrer.is_empty() && same_site(url::host(url), url::host(referrer)) {
        return;
    }
    for (name, field) in &[
        ("utm_source", Field::Source),
        ("utm_medium", Field::Medium),
        ("utm_campaign", Field::Campaign),
        ("utm_term", Field::Term),
        ("utm_content", Field::Content),
    ] {
        let value = url::query_param(url, name);
        if !value.is_empty() && !url::looks_secret(&value) {
            fields.set_text(*field, &value);
        }
    }
    for name in pieces(CLICK_ID_NAMES, b' ') {
        if !name.is_empty() && !url::query_param(url, name).is_empty() {
            fields.set_text(Field::ClickId, name);
            break;
        }
    }
    if !referrer.is_empty() {
        fields.set_text(Field::Referrer, &url::scrub(referrer));
    }
}

/// The channel that a touchpoint itself names: the service channel of a contact, the channel an imported source has
/// already decided, or that of an arrival; `None` where it says nothing.
pub fn touch_channel<T: Touch>(touch: &T) -> Option<Channel> {
    if let Some(word) = touch.text(Field::ContactChannel) {
        return Some(contact_channel(word));
    }
    if let Some(word) = touch.text(Field::SourceChannel) {
        return Some(source_channel(word));
    }
    let says = |field: &Field| touch.text(*field).is_some();
    (touch.kind() == Kind::PageView && ARRIVAL_FIELDS.iter().any(says))
        .then(|| arrival_channel(|field| touch.text(field)))
}

/// The channel of an arrival, by what it says for each of [`ARRIVAL_FIELDS`].
pub(crate) fn arrival_channel<'a>(text: impl Fn(Field) -> Option<&'a str>) -> Channel {
    Origin::of(text).channel()
}

/// The service or offline channel by its word (`call_centre`, `co_browsing`, …); [`Channel::Unassigned`] for a word
/// that [`CONTACT_CHANNELS`] does not have.
pub fn contact_channel(word: &str) -> Channel {
    CONTACT_CHANNELS
        .iter()
        .find(|(_, words)| pieces(words, b' ').any(|known| same_words(known, word)))
        .map_or(Channel::Unassigned, |(channel, _)| *channel)
}

/// The acquisition channel by the word of a source that has already decided it: a channel's name, else a medium.
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

/// Whether two hosts are of one site, `www.` or not.
fn same_site(a: &str, b: &str) -> bool {
    !a.is_empty() && without_www(a).eq_ignore_ascii_case(without_www(b))
}

/// Whether two names have the same ASCII letters and digits in any case.
fn same_words(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}

/// The service channels with their words.
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

/// The fields of a page view that say where it came from; the campaign first.
pub(crate) const ARRIVAL_FIELDS: &[Field; 5] = &[
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
        write_arrival(&mut fields, url, referrer);
        fields
    }

    #[test]
    fn referrers_and_click_ids_decide_where_nothing_is_tagged() {
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
    fn names_lead_back_to_their_channels() {
        for channel in Channel::ALL.iter().copied() {
            assert_eq!(Channel::from_name(channel.name()), Some(channel));
            assert_eq!(Channel::from_code(channel as u8), Some(channel));
        }
        assert_eq!(Channel::from_name("paid_search"), Some(Channel::PaidSearch));
        assert_eq!(Channel::from_name(""), None);
    }

    #[test]
    fn words_of_other_sources_and_services() {
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
    fn an_arrival_keeps_the_name_of_a_click_id_and_no_secret() {
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
