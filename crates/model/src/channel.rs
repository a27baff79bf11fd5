//! Where a visit came from.
//!
//! The rules are Google's published definitions of GA4's default channel group for manual traffic
//! (support.google.com/analytics/answer/9756891), read on 2026-11-21, in their order, without case. Google's list of
//! sources has over 800 names; [`SEARCH`], [`SOCIAL`], [`SHOPPING`] and [`VIDEO`] are the ones that a shop in Europe,
//! America or Asia meets. What differs, and why, stands in `docs/model.md`.

use alloc::string::String;

use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::kind::Kind;
use crate::text::{lists, pieces};
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
        Self::ALL.iter().copied().find(|channel| *channel as u8 == code)
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

/// What an arrival says of where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquisition {
    /// Campaign source.
    pub source: Option<String>,
    /// Campaign medium.
    pub medium: Option<String>,
    /// Campaign name.
    pub campaign: Option<String>,
    /// Campaign term.
    pub term: Option<String>,
    /// Campaign content.
    pub content: Option<String>,
    /// Name of the click id, never its value.
    pub click_id: Option<String>,
    /// Address of the page of another site that led here, scrubbed.
    pub referrer: Option<String>,
}

impl Acquisition {
    /// Reads a page's address and referrer, before they are scrubbed.
    ///
    /// A page that was reached from the site's own pages was not arrived at: it says nothing, even where an internal
    /// link carries campaign parameters.
    pub fn from_page(url: &str, referrer: Option<&str>) -> Self {
        let referrer = referrer.filter(|referrer| !referrer.is_empty());
        if referrer.is_some_and(|referrer| same_site(url::host(url), url::host(referrer))) {
            return Self::default();
        }
        let mut said = Self::default();
        for (name, slot) in [
            ("utm_source", &mut said.source),
            ("utm_medium", &mut said.medium),
            ("utm_campaign", &mut said.campaign),
            ("utm_term", &mut said.term),
            ("utm_content", &mut said.content),
        ] {
            *slot = url::query_param(url, name).filter(|value| !value.is_empty() && !url::looks_secret(value));
        }
        let is_there = |name| url::query_param(url, name).is_some_and(|value| !value.is_empty());
        let click_id = CLICK_IDS.iter().find(|click| is_there(click.name));
        said.click_id = click_id.map(|click| click.name.into());
        said.referrer = referrer.map(url::scrub);
        said
    }

    /// Reads a page view; `None` for other kinds and for one that says nothing of where it came from.
    pub fn from_touch<T: Touch>(touch: &T) -> Option<Self> {
        if touch.kind() != Kind::PageView {
            return None;
        }
        let said = |field| touch.text(field).map(Into::into);
        let read = Self {
            source: said(Field::Source),
            medium: said(Field::Medium),
            campaign: said(Field::Campaign),
            term: said(Field::Term),
            content: said(Field::Content),
            click_id: said(Field::ClickId),
            referrer: said(Field::Referrer),
        };
        (read != Self::default()).then_some(read)
    }

    /// The channel by GA4's default channel group.
    pub fn channel(&self) -> Channel {
        arrival_channel(|field| match field {
            Field::Source => self.source.as_deref(),
            Field::Medium => self.medium.as_deref(),
            Field::Campaign => self.campaign.as_deref(),
            Field::ClickId => self.click_id.as_deref(),
            Field::Referrer => self.referrer.as_deref(),
            _ => None,
        })
    }

    /// Whether it names a campaign: a source, medium, campaign or click id.
    pub fn is_campaign(&self) -> bool {
        self.source.is_some() || self.medium.is_some() || self.campaign.is_some() || self.click_id.is_some()
    }

    /// Writes it into the fields of a page view.
    pub fn write_to(&self, fields: &mut Fields) {
        let said = [
            (Field::Source, &self.source),
            (Field::Medium, &self.medium),
            (Field::Campaign, &self.campaign),
            (Field::Term, &self.term),
            (Field::Content, &self.content),
            (Field::ClickId, &self.click_id),
            (Field::Referrer, &self.referrer),
        ];
        for (field, text) in said {
            if let Some(text) = text {
                // Text is cut to its limit, so that setting it cannot fail.
                let _ = fields.set_text(field, text);
            }
        }
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

/// A click id: what its presence says where no `utm_source` and `utm_medium` do.
struct ClickId {
    name: &'static str,
    source: &'static str,
    medium: &'static str,
}

const fn click(name: &'static str, source: &'static str, medium: &'static str) -> ClickId {
    ClickId { name, source, medium }
}

/// Click ids by name, most specific first. Facebook and Instagram put theirs on every link that leaves them, paid or
/// not, so it says `referral`; the others are on ads only.
const CLICK_IDS: &[ClickId] = &[
    click("gclid", "google", "cpc"),
    click("gbraid", "google", "cpc"),
    click("wbraid", "google", "cpc"),
    click("dclid", "google", "display"),
    click("msclkid", "bing", "cpc"),
    click("ttclid", "tiktok", "cpc"),
    click("twclid", "twitter", "cpc"),
    click("li_fat_id", "linkedin", "cpc"),
    click("rdt_cid", "reddit", "cpc"),
    click("sccid", "snapchat", "cpc"),
    click("epik", "pinterest", "cpc"),
    click("yclid", "yandex", "cpc"),
    click("fbclid", "facebook", "referral"),
    click("igshid", "instagram", "referral"),
];

/// Source, medium and campaign as GA4 sees them; absent is empty.
struct Origin<'a> {
    source: &'a str,
    medium: &'a str,
    campaign: &'a str,
}

impl<'a> Origin<'a> {
    /// Tagged values first, what a click id says for those that are missing, then the referrer.
    fn of(text: impl Fn(Field) -> Option<&'a str>) -> Self {
        let said = |field| text(field).unwrap_or("");
        let mut origin = Self {
            source: said(Field::Source),
            medium: said(Field::Medium),
            campaign: said(Field::Campaign),
        };
        let click_id = said(Field::ClickId);
        if let Some(click) = CLICK_IDS.iter().find(|click| click.name.eq_ignore_ascii_case(click_id)) {
            if origin.source.is_empty() {
                origin.source = click.source;
            }
            if origin.medium.is_empty() {
                origin.medium = click.medium;
            }
        }
        let referrer = url::host(said(Field::Referrer));
        if origin.source.is_empty() && origin.medium.is_empty() && origin.campaign.is_empty() && !referrer.is_empty() {
            origin.source = referrer;
            origin.medium = if origin.meets(Test::Search) {
                "organic"
            } else {
                "referral"
            };
        }
        origin
    }

    /// Google's rules in Google's order; the first that holds decides.
    fn channel(&self) -> Channel {
        RULES
            .iter()
            .find(|rule| (!rule.is_paid || is_paid(self.medium)) && self.meets(rule.test))
            .map_or(Channel::Unassigned, |rule| rule.channel)
    }

    fn meets(&self, test: Test) -> bool {
        match test {
            Test::Direct => {
                self.campaign.is_empty()
                    && lists("|(direct)|direct", b'|', self.source)
                    && lists("|(none)|none|(not set)", b'|', self.medium)
            }
            Test::Anything => true,
            Test::Shop => is_listed(SHOPPING, self.source) || names_a_shop(self.campaign),
            // Some hosts of search engines are social sites: those are on the list of both.
            Test::Search => is_listed(SEARCH, self.source) && !is_listed(SOCIAL, self.source),
            Test::From(list) => is_listed(list, self.source),
            Test::Source(words) => lists(words, b'|', self.source),
            Test::Medium(words) => lists(words, b'|', self.medium),
            Test::MediumHas(word) => has(self.medium, word),
            Test::MediumEnds(word) => ends(self.medium, word),
            Test::CampaignHas(word) => has(self.campaign, word),
        }
    }
}

/// One of Google's rules; several with one channel are alternatives.
struct Rule {
    channel: Channel,
    is_paid: bool,
    test: Test,
}

#[derive(Clone, Copy)]
enum Test {
    Direct,
    Anything,
    Shop,
    Search,
    From(&'static str),
    Source(&'static str),
    Medium(&'static str),
    MediumHas(&'static str),
    MediumEnds(&'static str),
    CampaignHas(&'static str),
}

const fn any(channel: Channel, test: Test) -> Rule {
    Rule {
        channel,
        is_paid: false,
        test,
    }
}

const fn paid(channel: Channel, test: Test) -> Rule {
    Rule {
        channel,
        is_paid: true,
        test,
    }
}

const RULES: &[Rule] = &[
    any(Channel::Direct, Test::Direct),
    any(Channel::CrossNetwork, Test::CampaignHas("cross-network")),
    paid(Channel::PaidShopping, Test::Shop),
    paid(Channel::PaidSearch, Test::Search),
    paid(Channel::PaidSocial, Test::From(SOCIAL)),
    paid(Channel::PaidVideo, Test::From(VIDEO)),
    any(
        Channel::Display,
        Test::Medium("display|banner|expandable|interstitial|cpm"),
    ),
    paid(Channel::PaidOther, Test::Anything),
    any(Channel::OrganicShopping, Test::Shop),
    any(Channel::OrganicSocial, Test::From(SOCIAL)),
    any(
        Channel::OrganicSocial,
        Test::Medium("social|social-network|social-media|sm|social network|social media"),
    ),
    any(Channel::OrganicVideo, Test::From(VIDEO)),
    any(Channel::OrganicVideo, Test::MediumHas("video")),
    any(Channel::OrganicSearch, Test::Search),
    any(Channel::OrganicSearch, Test::Medium("organic")),
    any(Channel::Referral, Test::Medium("referral|app|link")),
    any(Channel::Email, Test::Source(EMAIL)),
    any(Channel::Email, Test::Medium(EMAIL)),
    any(Channel::Affiliates, Test::Medium("affiliate")),
    any(Channel::Audio, Test::Medium("audio")),
    any(Channel::Sms, Test::Source("sms")),
    any(Channel::Sms, Test::Medium("sms")),
    any(Channel::MobilePush, Test::MediumEnds("push")),
    any(Channel::MobilePush, Test::MediumHas("mobile")),
    any(Channel::MobilePush, Test::MediumHas("notification")),
    any(Channel::MobilePush, Test::Source("firebase")),
];

const EMAIL: &str = "email|e-mail|e_mail|e mail";

/// `^(.*cp.*|ppc|retargeting|paid.*)$`
fn is_paid(medium: &str) -> bool {
    has(medium, "cp")
        || medium.eq_ignore_ascii_case("ppc")
        || medium.eq_ignore_ascii_case("retargeting")
        || medium.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("paid"))
}

/// `^(.*(([^a-df-z]|^)shop|shopping).*)$`: `shop` at the start or after anything but a letter other than `e`, or
/// `shopping` anywhere.
fn names_a_shop(campaign: &str) -> bool {
    let bytes = campaign.as_bytes();
    let stands_apart = |(at, word): (usize, &[u8])| {
        word.eq_ignore_ascii_case(b"shop")
            && match at.checked_sub(1).and_then(|before| bytes.get(before)) {
                Some(before) => !before.is_ascii_alphabetic() || before.eq_ignore_ascii_case(&b'e'),
                None => true,
            }
    };
    has(campaign, "shopping") || bytes.windows(4).enumerate().any(stands_apart)
}

/// Whether `text` contains the ASCII word `word` in any case.
fn has(text: &str, word: &str) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

fn ends(text: &str, word: &str) -> bool {
    text.len()
        .checked_sub(word.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
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

fn without_www(host: &str) -> &str {
    match host.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("www.") => host.get(4..).unwrap_or(host),
        _ => host,
    }
}

/// Whether a source or host is on a list.
///
/// An entry without a dot is the site's own label: `google` stands for the source `google` and for the hosts
/// `www.google.com` and `google.co.uk`, but not for `google.example.com`. An entry with a dot stands for that host and
/// the hosts below it.
fn is_listed(list: &str, source: &str) -> bool {
    let source = without_www(source);
    let label = site_label(source);
    pieces(list, b' ').any(|entry| {
        if entry.bytes().any(|byte| byte == b'.') {
            let before = source.len().checked_sub(entry.len() + 1);
            ends(source, entry) && before.is_none_or(|at| source.as_bytes().get(at) == Some(&b'.'))
        } else {
            entry.eq_ignore_ascii_case(label)
        }
    })
}

/// The label that a site registered: the one before the public suffix, which is taken for two labels where it looks like
/// `co.uk` or `com.au`. A name without a dot is itself.
fn site_label(host: &str) -> &str {
    let [mut third, mut second, mut top] = [""; 3];
    for label in pieces(host, b'.') {
        [third, second, top] = [second, top, label];
    }
    if second.is_empty() {
        top
    } else if top.len() == 2 && second.len() <= 3 && !third.is_empty() {
        third
    } else {
        second
    }
}

/// Search engines.
const SEARCH: &str = "google bing yahoo duckduckgo ecosia baidu yandex naver daum qwant startpage ask aol lycos msn \
    sogou so.com 360.cn seznam rambler rakuten onet virgilio terra dogpile search.brave.com swisscows \
    googlequicksearchbox com.google.android.googlequicksearchbox googlemybusiness google-play";

/// Social sites. Those with a dot would else be taken for the search engine whose site they are on.
const SOCIAL: &str = "facebook fb fb.me instagram ig twitter t.co x.com threads linkedin lnkd.in pinterest pin.it reddit \
    tiktok snapchat tumblr whatsapp wa.me messenger telegram t.me discord wechat weibo vk.com vkontakte odnoklassniki \
    ok.ru quora medium.com stackoverflow stackexchange news.ycombinator.com disqus flickr foursquare goodreads houzz \
    line.me livejournal meetup mastodon bsky.app bluesky mix.com xing yelp tripadvisor wordpress blogger blogspot kakao \
    groups.google.com plus.google.com sites.google.com answers.yahoo.com blog.naver.com cafe.naver.com";

/// Shopping sites. `shopping.google.com` and the like would else be taken for search engines.
const SHOPPING: &str = "amazon ebay etsy walmart alibaba aliexpress mercadolibre shopify shop.app shopzilla idealo \
    igshopping stripe shopping.google.com shopping.yahoo.com shopping.yahoo.co.jp shopping.naver.com";

/// Video sites.
const VIDEO: &str = "youtube youtu.be vimeo twitch dailymotion netflix hulu disneyplus iqiyi iq.com youku ted wistia \
    crackle veoh";

#[cfg(test)]
mod tests {
    use super::*;

    fn acquisition(source: &str, medium: &str, campaign: &str) -> Acquisition {
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        Acquisition {
            source: some(source),
            medium: some(medium),
            campaign: some(campaign),
            ..Acquisition::default()
        }
    }

    #[track_caller]
    fn check_campaign(source: &str, medium: &str, campaign: &str, channel: Channel) {
        let acquisition = acquisition(source, medium, campaign);
        assert_eq!(acquisition.channel(), channel, "{source} / {medium} / {campaign}");
    }

    #[track_caller]
    fn check_page(url: &str, referrer: &str, channel: Channel) {
        let acquisition = Acquisition::from_page(url, Some(referrer));
        assert_eq!(acquisition.channel(), channel, "{url} from {referrer}");
    }

    /// One row or more for each row of the published table, in its order.
    #[test]
    fn the_published_definitions_row_by_row() {
        use Channel::*;
        for (source, medium, campaign, channel) in [
            // Source exactly matches "(direct)" AND medium is one of "(not set)", "(none)".
            ("(direct)", "(none)", "", Direct),
            ("(direct)", "(not set)", "", Direct),
            ("", "", "", Direct),
            // Campaign name contains "cross-network".
            ("google", "cpc", "2024 cross-network summer", CrossNetwork),
            ("google", "cpc", "Cross-Network", CrossNetwork),
            // (Shopping site OR campaign names a shop) AND medium is paid.
            ("amazon.com", "cpc", "", PaidShopping),
            ("igshopping", "paid", "", PaidShopping),
            ("google", "cpc", "shop_brand", PaidShopping),
            ("google", "ppc", "my-shopping-ads", PaidShopping),
            ("google", "cpc", "eshop", PaidShopping),
            ("google", "cpc", "workshop", PaidSearch),
            // Search site AND medium is paid.
            ("google", "cpc", "", PaidSearch),
            ("bing", "ppc", "", PaidSearch),
            ("duckduckgo", "paidsearch", "", PaidSearch),
            ("Google", "CPC", "", PaidSearch),
            ("yahoo", "retargeting", "", PaidSearch),
            // Social site AND medium is paid.
            ("facebook", "paid_social", "", PaidSocial),
            ("instagram.com", "cpc", "", PaidSocial),
            ("tiktok", "cpm", "", PaidSocial),
            // Video site AND medium is paid.
            ("youtube", "cpv-cpc", "", PaidVideo),
            ("vimeo.com", "paid", "", PaidVideo),
            // Medium is one of display, banner, expandable, interstitial, cpm.
            ("partner", "display", "", Display),
            ("partner", "banner", "", Display),
            ("partner", "expandable", "", Display),
            ("partner", "interstitial", "", Display),
            ("partner", "cpm", "", Display),
            // Any other paid medium.
            ("partner", "cpc", "", PaidOther),
            ("partner", "retargeting", "", PaidOther),
            ("partner", "paid-anything", "", PaidOther),
            ("partner", "unpaid", "", Unassigned),
            ("partner", "retargeting2", "", Unassigned),
            // Shopping site OR campaign names a shop.
            ("etsy.com", "referral", "", OrganicShopping),
            ("partner", "link", "new shop", OrganicShopping),
            ("partner", "link", "bishop", Referral),
            // Social site OR medium is a word for social.
            ("facebook.com", "referral", "", OrganicSocial),
            ("partner", "social", "", OrganicSocial),
            ("partner", "social-network", "", OrganicSocial),
            ("partner", "social-media", "", OrganicSocial),
            ("partner", "sm", "", OrganicSocial),
            ("partner", "social network", "", OrganicSocial),
            ("partner", "social media", "", OrganicSocial),
            // Video site OR medium contains "video".
            ("youtube.com", "referral", "", OrganicVideo),
            ("partner", "a-video-b", "", OrganicVideo),
            // Search site OR medium exactly "organic".
            ("google", "organic", "", OrganicSearch),
            ("google", "", "", OrganicSearch),
            ("partner", "organic", "", OrganicSearch),
            // Medium is one of referral, app, link.
            ("partner", "referral", "", Referral),
            ("partner", "app", "", Referral),
            ("partner", "link", "", Referral),
            // Source or medium is email, e-mail, e_mail, e mail.
            ("newsletter", "email", "", Email),
            ("newsletter", "e-mail", "", Email),
            ("newsletter", "e_mail", "", Email),
            ("newsletter", "E Mail", "", Email),
            ("email", "newsletter", "", Email),
            // Medium is affiliate.
            ("partner", "affiliate", "", Affiliates),
            // Medium is audio.
            ("podcast", "audio", "", Audio),
            // Source or medium is sms.
            ("sms", "x", "", Sms),
            ("x", "sms", "", Sms),
            // Medium ends with push OR contains mobile or notification OR source is firebase.
            ("x", "webpush", "", MobilePush),
            ("x", "push_2", "", Unassigned),
            ("x", "mobile-ad", "", MobilePush),
            ("x", "notifications", "", MobilePush),
            ("firebase", "x", "", MobilePush),
            // No rule holds.
            ("newsletter", "", "", Unassigned),
            ("", "", "spring", Unassigned),
        ] {
            check_campaign(source, medium, campaign, channel);
        }
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
        let acquisition = Acquisition::from_page(
            "https://shop.example/?utm_source=me%40mail.example&utm_campaign=spring&gclid=Cj0KCQ",
            Some("https://www.google.com/search?q=private"),
        );
        assert_eq!(acquisition.source, None);
        assert_eq!(acquisition.campaign.as_deref(), Some("spring"));
        assert_eq!(acquisition.click_id.as_deref(), Some("gclid"));
        assert_eq!(acquisition.referrer.as_deref(), Some("https://www.google.com/search"));
        assert!(acquisition.is_campaign());
    }
}
