//! The simulated shop: what it sells, from where its customers come, and what they come with.

use wayside_model::Value;

use crate::journal::{money, text};

/// A product.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) category: &'static str,
    pub(crate) cents: i64,
    /// How often it is looked at, relative to the others.
    pub(crate) interest: f64,
    /// How likely an order of it is sent back.
    pub(crate) returned: f64,
}

impl Product {
    /// The path of its page.
    pub(crate) fn path(&self) -> String {
        format!("/product/{}", self.id)
    }

    /// The product as an item of a touchpoint.
    pub(crate) fn item(&self, quantity: i64) -> Value {
        Value::map([
            ("item_id", text(self.id)),
            ("item_name", text(self.name)),
            ("item_brand", text(self.brand)),
            ("item_category", text(self.category)),
            ("price", money(self.cents)),
            ("quantity", Value::Int(quantity)),
        ])
    }
}

const fn product(names: [&'static str; 4], cents: i64, interest: f64, returned: f64) -> Product {
    let [id, name, brand, category] = names;
    Product {
        id,
        name,
        brand,
        category,
        cents,
        interest,
        returned,
    }
}

/// The trail shoes are the product that is sent back: their sizes run small.
pub(crate) const PRODUCTS: [Product; 12] = [
    product(["trail-shoes", "Trail shoes", "Fell", "Shoes"], 11_900, 1.6, 0.42),
    product(["walking-boots", "Walking boots", "Fell", "Shoes"], 15_900, 0.9, 0.16),
    product(["wool-socks", "Wool socks", "Moor", "Shoes"], 1_450, 1.2, 0.02),
    product(["rain-jacket", "Rain jacket", "Moor", "Clothes"], 12_900, 1.1, 0.12),
    product(["fleece", "Fleece", "Moor", "Clothes"], 5_900, 0.9, 0.10),
    product(["cap", "Cap", "Moor", "Clothes"], 1_990, 0.7, 0.04),
    product(["day-pack", "Day pack", "Cairn", "Gear"], 6_490, 1.0, 0.05),
    product(["tent", "Two-person tent", "Cairn", "Gear"], 24_900, 0.6, 0.07),
    product(["sleeping-bag", "Sleeping bag", "Cairn", "Gear"], 13_900, 0.6, 0.06),
    product(["stove", "Gas stove", "Ember", "Cooking"], 4_490, 0.6, 0.04),
    product(["bottle", "Steel bottle", "Ember", "Cooking"], 2_290, 1.0, 0.02),
    product(["mug", "Camp mug", "Ember", "Cooking"], 1_290, 0.9, 0.02),
];

/// Where a first visit comes from.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) source: &'static str,
    pub(crate) medium: &'static str,
    pub(crate) campaign: &'static str,
    pub(crate) referrer: &'static str,
    pub(crate) click_id: &'static str,
    /// Its share among first visits, relative to the others.
    pub(crate) share: f64,
    /// How much more or less likely these visitors want to buy.
    pub(crate) wish: f64,
    /// Cost of one visit in cents; 0 if it costs nothing.
    pub(crate) click_cents: i64,
}

const FREE: Origin = Origin {
    source: "",
    medium: "",
    campaign: "",
    referrer: "",
    click_id: "",
    share: 1.0,
    wish: 1.0,
    click_cents: 0,
};

/// Origins of first visits outside the campaign. Visits of letters on paper carry the campaign of the QR code on them.
pub(crate) const ORIGINS: [Origin; 9] = [
    Origin {
        referrer: "https://www.google.com/",
        share: 3.2,
        wish: 1.1,
        ..FREE
    },
    Origin {
        share: 1.8,
        wish: 1.2,
        ..FREE
    },
    Origin {
        source: "google",
        medium: "cpc",
        campaign: "brand",
        click_id: "gclid",
        share: 1.1,
        wish: 1.5,
        click_cents: 38,
        ..FREE
    },
    Origin {
        source: "google",
        medium: "cpc",
        campaign: "shoes",
        click_id: "gclid",
        share: 1.4,
        click_cents: 71,
        ..FREE
    },
    Origin {
        source: "instagram",
        medium: "paid_social",
        campaign: "always-on",
        click_id: "fbclid",
        share: 1.2,
        wish: 0.7,
        click_cents: 44,
        ..FREE
    },
    Origin {
        source: "partner",
        medium: "affiliate",
        campaign: "hike-blog",
        share: 0.6,
        wish: 1.1,
        click_cents: 55,
        ..FREE
    },
    Origin {
        source: "catalogue",
        medium: "print",
        campaign: "spring-catalogue",
        share: 0.5,
        wish: 1.4,
        ..FREE
    },
    Origin {
        referrer: "https://www.outdoor-forum.example/",
        share: 0.5,
        ..FREE
    },
    Origin {
        referrer: "https://chatgpt.com/",
        share: 0.4,
        wish: 1.2,
        ..FREE
    },
];

/// The campaign that brings many who buy once, cheaply, and do not come back.
pub(crate) const FLASH: Origin = Origin {
    source: "instagram",
    medium: "paid_social",
    campaign: "flash-sale",
    click_id: "fbclid",
    share: 0.0,
    wish: 1.6,
    click_cents: 92,
    ..FREE
};

/// The letter by email to those who are known.
pub(crate) const NEWSLETTER: Origin = Origin {
    source: "newsletter",
    medium: "email",
    campaign: "monthly-letter",
    ..FREE
};

/// A visit that is typed in or comes from a bookmark.
pub(crate) const DIRECT: Origin = FREE;

/// The code of the campaign, in permille off.
pub(crate) const FLASH_CODE: (&str, i64) = ("FLASH20", 200);

/// A browser on a device, with its facts as pages record them.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) kind: &'static str,
    pub(crate) browser: &'static str,
    pub(crate) version: &'static str,
    pub(crate) screen: &'static str,
    share: f64,
}

impl Device {
    pub(crate) fn is_phone(&self) -> bool {
        self.kind == "mobile"
    }

    /// Its share among visits.
    pub(crate) fn share(&self) -> f64 {
        self.share
    }
}

const fn device(facts: [&'static str; 4], share: f64) -> Device {
    let [kind, browser, version, screen] = facts;
    Device {
        kind,
        browser,
        version,
        screen,
        share,
    }
}

pub(crate) const DEVICES: [Device; 7] = [
    device(["mobile", "Safari", "19", "compact"], 2.9),
    device(["mobile", "Chrome", "142", "compact"], 2.7),
    device(["desktop", "Chrome", "142", "large"], 2.2),
    device(["desktop", "Edge", "142", "extra_large"], 0.7),
    device(["desktop", "Firefox", "145", "large"], 0.6),
    device(["desktop", "Safari", "19", "large"], 0.6),
    device(["tablet", "Safari", "19", "expanded"], 0.5),
];

/// A country with the zone and language of its people.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    pub(crate) zone: &'static str,
    pub(crate) language: &'static str,
    share: f64,
}

impl Country {
    /// Its share among customers.
    pub(crate) fn share(&self) -> f64 {
        self.share
    }
}

const fn country(facts: [&'static str; 3], share: f64) -> Country {
    let [code, zone, language] = facts;
    Country {
        code,
        zone,
        language,
        share,
    }
}

pub(crate) const COUNTRIES: [Country; 5] = [
    country(["DE", "Europe/Berlin", "de-DE"], 5.0),
    country(["AT", "Europe/Vienna", "de-AT"], 1.6),
    country(["CH", "Europe/Zurich", "de-CH"], 1.2),
    country(["NL", "Europe/Amsterdam", "nl-NL"], 1.0),
    country(["FR", "Europe/Paris", "fr-FR"], 0.8),
];

/// The start of addresses.
pub(crate) const HOST: &str = "https://shop.example";

/// Words that are searched for, with the number of results.
pub(crate) const SEARCHES: [(&str, i64); 9] = [
    ("trail shoes", 4),
    ("rain jacket", 6),
    ("tent", 5),
    ("socks", 9),
    ("backpack", 7),
    ("gift card", 0),
    ("gloves", 0),
    ("stove", 3),
    ("bottle", 6),
];
