//! Google's channel rules and the lists of sites that they use.

use super::Channel;
use super::own::is_payment;
use crate::field::Field;
use crate::text::{has, lists, pieces};
use crate::url;

/// A click id: the source and medium that its presence implies if `utm_source` and `utm_medium` are missing.
pub(super) struct ClickId {
    name: &'static str,
    source: &'static str,
    medium: &'static str,
}

macro_rules! click_ids {
    ($($name:literal $source:literal $medium:literal;)+) => {
        pub(super) const CLICK_IDS: &[ClickId] = &[$(ClickId { name: $name, source: $source, medium: $medium },)+];

        /// The names of the click ids, separated by spaces; the page needs nothing else of them.
        pub(super) const CLICK_ID_NAMES: &str = concat!($($name, " ",)+);
    };
}

// The most specific come first. Facebook and Instagram add their click id to every outgoing link, paid or not, so
// theirs imply `referral`; the other click ids are on ads only.
click_ids! {
    "gclid" "google" "cpc";
    "gbraid" "google" "cpc";
    "wbraid" "google" "cpc";
    "dclid" "google" "display";
    "msclkid" "bing" "cpc";
    "ttclid" "tiktok" "cpc";
    "twclid" "twitter" "cpc";
    "li_fat_id" "linkedin" "cpc";
    "rdt_cid" "reddit" "cpc";
    "sccid" "snapchat" "cpc";
    "epik" "pinterest" "cpc";
    "yclid" "yandex" "cpc";
    "fbclid" "facebook" "referral";
    "igshid" "instagram" "referral";
}

/// Source, medium and campaign as GA4 defines them; an absent value is empty.
pub(super) struct Origin<'a> {
    pub(super) source: &'a str,
    pub(super) medium: &'a str,
    pub(super) campaign: &'a str,
}

impl<'a> Origin<'a> {
    /// Uses the `utm_*` values first, fills in missing ones from a click id, and falls back to the referrer.
    pub(super) fn of(text: impl Fn(Field) -> Option<&'a str>) -> Self {
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
        let mut referrer = url::host(said(Field::Referrer));
        if is_payment(referrer) {
            referrer = "";
        }
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

    /// Applies Google's rules in Google's order; the first rule that matches decides.
    pub(super) fn channel(&self) -> Channel {
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
            // Some hosts of search engines are social sites; those match both lists.
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

/// One of Google's rules. Several rules with the same channel are alternatives.
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

fn ends(text: &str, word: &str) -> bool {
    text.len()
        .checked_sub(word.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Whether a host is this domain or below it.
pub(super) fn is_below(host: &str, domain: &str) -> bool {
    let before = host.len().checked_sub(domain.len() + 1);
    ends(host, domain) && before.is_none_or(|at| host.as_bytes().get(at) == Some(&b'.'))
}

pub(super) fn without_www(host: &str) -> &str {
    match host.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("www.") => host.get(4..).unwrap_or(host),
        _ => host,
    }
}

/// Whether a list contains a source or host.
///
/// An entry without a dot is the site's own label: `google` stands for the source `google` and for the hosts
/// `www.google.com` and `google.co.uk`, but not for `google.example.com`. An entry with a dot stands for that host and
/// the hosts below it.
fn is_listed(list: &str, source: &str) -> bool {
    let source = without_www(source);
    let label = site_label(source);
    pieces(list, b' ').any(|entry| {
        if entry.bytes().any(|byte| byte == b'.') {
            is_below(source, entry)
        } else {
            entry.eq_ignore_ascii_case(label)
        }
    })
}

/// The registered label of a host: the label before the public suffix. A suffix that looks like `co.uk` or `com.au`
/// counts as two labels. A name without a dot is returned as it is.
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

/// Social sites. Entries with a dot would otherwise match the search engine that owns the domain.
const SOCIAL: &str = "facebook fb fb.me instagram ig twitter t.co x.com threads linkedin lnkd.in pinterest pin.it reddit \
    tiktok snapchat tumblr whatsapp wa.me messenger telegram t.me discord wechat weibo vk.com vkontakte odnoklassniki \
    ok.ru quora medium.com stackoverflow stackexchange news.ycombinator.com disqus flickr foursquare goodreads houzz \
    line.me livejournal meetup mastodon bsky.app bluesky mix.com xing yelp tripadvisor wordpress blogger blogspot kakao \
    groups.google.com plus.google.com sites.google.com answers.yahoo.com blog.naver.com cafe.naver.com";

/// Shopping sites. Entries such as `shopping.google.com` would otherwise match a search engine.
const SHOPPING: &str = "amazon ebay etsy walmart alibaba aliexpress mercadolibre shopify shop.app shopzilla idealo \
    igshopping stripe shopping.google.com shopping.yahoo.com shopping.yahoo.co.jp shopping.naver.com";

/// Video sites.
const VIDEO: &str = "youtube youtu.be vimeo twitch dailymotion netflix hulu disneyplus iqiyi iq.com youku ted wistia \
    crackle veoh";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_campaign(source: &str, medium: &str, campaign: &str, channel: Channel) {
        let origin = Origin {
            source,
            medium,
            campaign,
        };
        assert_eq!(origin.channel(), channel, "{source} / {medium} / {campaign}");
    }

    /// One row or more for each row of the published table, in its order.
    #[test]
    fn each_row_of_googles_published_table_gives_its_channel() {
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
}
