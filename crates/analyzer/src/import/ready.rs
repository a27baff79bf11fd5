//! The mappings that are shipped: exports of systems that many have.

use std::path::Path;

use super::error::Error;
use super::mapping::Mapping;
use super::nearest::nearest;

/// A shipped mapping.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Its name on the command line.
    pub name: &'static str,
    text: &'static str,
    /// Another format than the text says.
    format: Option<&'static str>,
}

impl Ready {
    /// The mapping's file, to copy and change.
    pub fn text(&self) -> String {
        match self.format {
            None => self.text.to_owned(),
            Some(format) => self
                .text
                .replacen("format = \"jsonl\"", &format!("format = \"{format}\""), 1),
        }
    }

    /// The mapping.
    ///
    /// # Errors
    ///
    /// When the text is no mapping, which a test rules out.
    pub fn mapping(&self) -> Result<Mapping, Error> {
        Mapping::parse(Path::new(self.name), &self.text())
    }
}

/// The shipped mapping of this name.
///
/// # Errors
///
/// When there is none; the message names the nearest.
pub fn ready(name: &str) -> Result<&'static Ready, Error> {
    READY.iter().find(|ready| ready.name == name).ok_or_else(|| {
        let names: Vec<_> = READY.iter().map(|ready| ready.name).collect();
        let hint =
            nearest(name, names.iter().copied()).map_or_else(String::new, |near| format!(" did you mean {near}?"));
        Error::mapping(format!(
            "no mapping {name:?} is shipped;{hint} there are: {}",
            names.join(", ")
        ))
    })
}

macro_rules! ready {
    ($($name:literal $file:literal $format:expr;)+) => {
        /// Every shipped mapping.
        pub const READY: &[Ready] = &[$(Ready {
            name: $name,
            text: include_str!(concat!("ready/", $file, ".toml")),
            format: $format,
        },)+];
    };
}

ready! {
    "shopify" "shopify" None;
    "woocommerce" "woocommerce" None;
    "segment" "segment" None;
    "snowplow" "snowplow" None;
    "posthog" "posthog" None;
    "posthog-csv" "posthog" Some("csv");
    "ga4-bigquery" "ga4-bigquery" None;
    "ga4-bigquery-parquet" "ga4-bigquery" Some("parquet");
    "matomo" "matomo" None;
    "stripe" "stripe" None;
    "hubspot" "hubspot" None;
    "klaviyo" "klaviyo" None;
    "call-log" "call-log" None;
    "point-of-sale" "point-of-sale" None;
    "reviews" "reviews" None;
    "search-console" "search-console" None;
    "ad-costs" "ad-costs" None;
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use wayside_model::{Event, Field, SiteId, Timestamp, Touch};

    use super::super::{Import, Imported};
    use super::*;

    /// Checks the import of a sample: touchpoints by name, values in cents, the number of items, and the number of rows
    /// left out.
    #[track_caller]
    fn check(name: &str, sample: &str, expected: &[(&str, u64)], cents: i64, items: usize, left_out: u64) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/imports/ready")
            .join(sample);
        let mapping = ready(name).unwrap().mapping().unwrap();
        let site = SiteId::parse("s").unwrap();
        // 2026-11-21, later than all rows.
        let now = Timestamp::from_millis(1_795_219_200_000);
        let mut import = Import::open(&path, &mapping, &site, now).unwrap();
        let mut names: BTreeMap<String, u64> = BTreeMap::new();
        let (mut value, mut products) = (0, 0);
        for row in import.by_ref() {
            match row.unwrap() {
                Imported::Good(event) => {
                    *names.entry(event.touchpoint.name().to_owned()).or_default() += 1;
                    value += event.number(Field::Value) / 10_000;
                    let list = event.touchpoint.fields().get(Field::Items);
                    products += list.map_or(0, |items| items.to_value().list().len());
                }
                Imported::Bad(bad) => panic!("{name}: {bad:?}"),
            }
        }
        let expected: BTreeMap<String, u64> = expected.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        let found = (names, value, products, import.notes().left_out);
        assert_eq!(found, (expected, cents, items, left_out), "{name}");
    }

    #[test]
    fn each_reads_its_sample() {
        let one = |name| (name, 1);
        check(
            "shopify",
            "shopify.csv",
            &[("purchase", 3), ("refund", 1), ("identify", 2)],
            13_700,
            4,
            0,
        );
        check(
            "woocommerce",
            "woocommerce.json",
            &[("purchase", 2), ("refund", 2), ("identify", 1)],
            2_635,
            3,
            1,
        );
        check(
            "segment",
            "segment.jsonl",
            &[("page_view", 1), ("add_to_cart", 1), ("purchase", 3), ("identify", 2)],
            6_000,
            3,
            0,
        );
        check(
            "snowplow",
            "snowplow.tsv",
            &[one("page_view"), one("add_to_cart"), one("purchase"), one("identify")],
            1_990,
            0,
            2,
        );
        let posthog = &[one("page_view"), one("add_to_cart"), one("purchase"), ("identify", 2)];
        check("posthog", "posthog.jsonl", posthog, 3_980, 1, 0);
        check("posthog-csv", "posthog.csv", posthog, 3_980, 1, 0);
        check(
            "ga4-bigquery",
            "ga4-bigquery.jsonl",
            &[
                one("page_view"),
                one("user_engagement"),
                one("add_to_cart"),
                one("purchase"),
                one("identify"),
            ],
            3_990,
            2,
            1,
        );
        check(
            "matomo",
            "matomo.json",
            &[
                one("page_view"),
                one("search"),
                one("purchase"),
                one("click"),
                one("identify"),
            ],
            4_490,
            1,
            1,
        );
        check(
            "stripe",
            "stripe.csv",
            &[("purchase", 2), ("refund", 1), ("identify", 1)],
            11_250,
            0,
            1,
        );
        check("hubspot", "hubspot.csv", &[("sign_up", 2), ("identify", 1)], 0, 0, 0);
        check(
            "klaviyo",
            "klaviyo.jsonl",
            &[one("Opened Email"), one("purchase"), one("identify")],
            2_950,
            1,
            0,
        );
        check(
            "call-log",
            "call-log.csv",
            &[("support_contact", 2), ("identify", 1)],
            0,
            0,
            0,
        );
        check(
            "point-of-sale",
            "point-of-sale.csv",
            &[("purchase", 2), ("refund", 1), ("identify", 1)],
            2_200,
            4,
            0,
        );
        check("reviews", "reviews.csv", &[("review", 2), ("identify", 1)], 0, 2, 0);
        check(
            "search-console",
            "search-console.csv",
            &[("search_console", 2)],
            0,
            0,
            0,
        );
        check("ad-costs", "ad-costs.csv", &[("ad_cost", 2)], 2_234, 0, 0);
    }

    /// Visitors and customers of a sample in which the customer's address is written in capitals and with spaces around it.
    fn visitors(name: &str, sample: &str, address: &str) -> BTreeSet<String> {
        let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/imports/ready");
        let text = std::fs::read_to_string(samples.join(sample)).unwrap();
        assert!(text.contains(address), "{sample}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(sample);
        let capitals = format!(" {} ", address.to_uppercase());
        std::fs::write(&path, text.replace(address, &capitals)).unwrap();
        let mut all = BTreeSet::new();
        for event in events(name, &path) {
            all.extend(event.text(Field::CustomerId).map(str::to_owned));
            all.insert(event.visitor.as_str().to_owned());
        }
        all
    }

    fn events(name: &str, path: &Path) -> Vec<Event> {
        let mapping = ready(name).unwrap().mapping().unwrap();
        let now = Timestamp::from_millis(1_795_219_200_000);
        let import = Import::open(path, &mapping, &SiteId::parse("s").unwrap(), now).unwrap();
        import
            .map(|row| match row.unwrap() {
                Imported::Good(event) => event,
                Imported::Bad(bad) => panic!("{name}: {bad:?}"),
            })
            .collect()
    }

    #[test]
    fn addresses_are_written_alike_and_guests_are_known_by_their_source() {
        for (name, sample, expected) in [
            ("hubspot", "hubspot.csv", &["ann@buyer.example", "hubspot:102"][..]),
            ("reviews", "reviews.csv", &["ann@buyer.example", "review:v2"]),
            ("call-log", "call-log.csv", &["ann@buyer.example", "call:c-2"]),
            (
                "point-of-sale",
                "point-of-sale.csv",
                &["ann@buyer.example", "receipt:R2"],
            ),
            (
                "woocommerce",
                "woocommerce.json",
                &["john@buyer.example", "woocommerce:729"],
            ),
        ] {
            let found = visitors(name, sample, expected[0]);
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name}");
        }
        for (name, sample, address) in [
            ("shopify", "shopify.csv", "ann@buyer.example"),
            ("klaviyo", "klaviyo.jsonl", "ann@buyer.example"),
            ("stripe", "stripe.csv", "ann@buyer.example"),
        ] {
            let found = visitors(name, sample, address);
            assert!(found.contains(address), "{name}: {found:?}");
            assert!(!found.iter().any(|who| who.contains("ANN")), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_second_refund_before_the_first_leaves_the_first_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let refunds = |refunds: &str| {
            let order = r#"[{"id": 1, "number": "1", "status": "completed", "currency": "USD", "total": "29.00",
                "date_created_gmt": "2026-03-22T19:28:02", "billing": {"email": "a@b.example"}, "refunds": []}]"#;
            let path = folder.path().join("orders.json");
            std::fs::write(
                &path,
                order.replace("\"refunds\": []", &format!("\"refunds\": [{refunds}]")),
            )
            .unwrap();
            let refunds = events("woocommerce", &path).into_iter();
            let refunds = refunds.filter(|event| event.touchpoint.name() == "refund");
            refunds
                .map(|event| (event.id, event.number(Field::Value)))
                .collect::<Vec<_>>()
        };
        let first = r#"{"id": 730, "total": "-10.00"}"#;
        let before = refunds(first);
        let after = refunds(&format!(r#"{{"id": 731, "total": "-5.00"}}, {first}"#));
        assert_eq!(before.len(), 1);
        assert_eq!(after[1], before[0]);
        assert_ne!(after[0].0, before[0].0);
    }

    #[test]
    fn every_one_is_a_mapping_and_an_unknown_one_is_told() {
        for known in READY {
            known.mapping().unwrap();
        }
        let error = ready("shopfy").unwrap_err().to_string();
        assert!(
            error.starts_with("no mapping \"shopfy\" is shipped; did you mean shopify? there are: shopify, "),
            "{error}"
        );
    }
}
