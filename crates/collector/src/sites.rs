//! The sites of `wayside.toml` with their write keys, time zones and settings.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use wayside_model::{SiteId, Timestamp};

use crate::refusal::Refusal;
use crate::settings::{Settings, Written};

/// The sites for which batches are accepted, at least one.
///
/// There is no empty value, because a collector without a site would answer every batch with 403, after which pages
/// stop sending for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites(BTreeMap<SiteId, Site>);

/// A site of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Site {
    /// Its write key.
    key: Option<String>,
    /// The name of its time zone in the IANA database.
    timezone: Option<String>,
    /// For how many days its touchpoints are kept; `None` keeps them for good.
    keep_days: Option<u32>,
    settings: Settings,
}

/// The error of reading the sites.
#[derive(Debug)]
pub struct SitesError {
    path: PathBuf,
    why: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    sites: BTreeMap<String, toml::Table>,
}

/// The keys of a site besides its [`Written`] settings.
const KEY: &str = "key";
const TIMEZONE: &str = "timezone";
const KEEP_DAYS: &str = "keep_days";

impl Sites {
    /// Sites with their keys; `None` without any site.
    pub fn new(sites: impl IntoIterator<Item = (SiteId, Option<String>)>) -> Option<Self> {
        let sites = sites.into_iter().map(|(id, key)| {
            let site = Site { key, ..Site::default() };
            (id, site)
        });
        Self::of(sites.collect())
    }

    fn of(sites: BTreeMap<SiteId, Site>) -> Option<Self> {
        (!sites.is_empty()).then_some(Self(sites))
    }

    /// Reads `wayside.toml` in the data folder; `None` if there is no such file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or parsed, or if it contains no site.
    pub fn open(folder: &Path) -> Result<Option<Self>, SitesError> {
        let path = file(folder);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map(Some).map_err(|why| SitesError { path, why }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SitesError {
                path,
                why: error.to_string(),
            }),
        }
    }

    /// Reads `wayside.toml` in the data folder; if there is none, writes one with the site `shop`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); also fails if the file cannot be written.
    pub fn open_or_create(folder: &Path) -> Result<Self, SitesError> {
        if let Some(sites) = Self::open(folder)? {
            return Ok(sites);
        }
        let path = file(folder);
        // The file is written atomically, because the next start would fail with an incomplete one.
        match wayside_store::create_file(&path, FIRST.as_bytes()) {
            Ok(()) => Self::parse(FIRST).map_err(|why| SitesError { path, why }),
            Err(error) => Err(SitesError {
                path,
                why: error.to_string(),
            }),
        }
    }

    /// The sites, sorted by name.
    pub fn names(&self) -> impl Iterator<Item = &SiteId> {
        self.0.keys()
    }

    /// The IANA name of a site's time zone, if the file has one.
    pub fn timezone(&self, site: &SiteId) -> Option<&str> {
        self.0.get(site)?.timezone.as_deref()
    }

    /// The time before which a site keeps nothing, if the file has a `keep_days` for it.
    pub fn kept_from(&self, site: &SiteId, now: Timestamp) -> Option<Timestamp> {
        let days = i64::from(self.0.get(site)?.keep_days?);
        Some(Timestamp::from_millis(now.millis() - days * 86_400_000))
    }

    /// A site's settings; the defaults for a site that is not in the file.
    pub fn settings(&self, site: &SiteId) -> &Settings {
        static DEFAULTS: LazyLock<Settings> = LazyLock::new(Settings::default);
        self.0.get(site).map_or(&DEFAULTS, |site| &site.settings)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let sites = file.sites.into_iter().map(|(name, table)| {
            let named = |error: String| format!("[sites.{name}]: {}", error.trim_end());
            let id = SiteId::parse(&name).map_err(|error| named(error.to_string()))?;
            Ok((id, Site::read(table).map_err(named)?))
        });
        Self::of(sites.collect::<Result<_, String>>()?).ok_or_else(|| NO_SITE.to_owned())
    }

    /// Refuses a batch of `site` unless the site exists and one of `keys` is right.
    pub(crate) fn check<'a>(&self, site: &SiteId, mut keys: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
        match self.0.get(site) {
            None => Err(Refusal::UnknownSite(site.clone())),
            Some(Site { key: None, .. }) => Ok(()),
            // A constant-time comparison, so that its time does not reveal how much of a guessed key is right.
            Some(Site { key: Some(right), .. }) if keys.any(|key| key.as_bytes().ct_eq(right.as_bytes()).into()) => {
                Ok(())
            }
            Some(_) => Err(Refusal::WrongKey(site.clone())),
        }
    }
}

impl Site {
    /// Reads the table of a site.
    fn read(mut table: toml::Table) -> Result<Self, String> {
        let mut text = |name: &str| match table.remove(name) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("{name} is {}, not a text", other.type_str())),
        };
        let (key, timezone) = (text(KEY)?, text(TIMEZONE)?);
        let keep_days = table.remove(KEEP_DAYS).map(days).transpose()?;
        let written: Written = table
            .try_into()
            .map_err(|error: toml::de::Error| format!("{error} (besides `{KEY}`, `{TIMEZONE}` and `{KEEP_DAYS}`)"))?;
        Ok(Self {
            key,
            timezone: timezone.map(known_zone).transpose()?,
            keep_days,
            settings: Settings::check(&written)?,
        })
    }
}

impl fmt::Display for SitesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use {}: {}", self.path.display(), self.why.trim_end())
    }
}

impl std::error::Error for SitesError {}

/// The path of the file.
fn file(folder: &Path) -> PathBuf {
    folder.join("wayside.toml")
}

/// Reads a number of days.
fn days(value: toml::Value) -> Result<u32, String> {
    let days = value.as_integer().and_then(|days| u32::try_from(days).ok());
    days.filter(|days| (1..=KEEP_DAYS_MAX).contains(days)).ok_or_else(|| {
        format!(
            "{KEEP_DAYS} = {value} is not a number of days from 1 to {KEEP_DAYS_MAX}; leave it out to keep everything"
        )
    })
}

/// The most days: a hundred years.
const KEEP_DAYS_MAX: u32 = 36_525;

/// Checks that the database has the time zone.
fn known_zone(zone: String) -> Result<String, String> {
    match TimeZone::get(&zone) {
        Ok(_) => Ok(zone),
        Err(_) => Err(format!(
            "timezone = \"{zone}\" is not in the IANA time zone database; write a name such as \
             \"Europe/Berlin\" or \"UTC\""
        )),
    }
}

/// The message for a file without sites.
const NO_SITE: &str = "it names no site, so every batch would be refused; add a section for each shop that sends \
                       touchpoints, for example the line `[sites.shop]`";

/// The file that the first start writes.
const FIRST: &str = "\
# Sites that pages may send touchpoints for. With a key, the script tag needs it too: data-key=\"…\".
# Settings of `wayside serve` stand under [serve]: listen, public_url, trusted_proxy, shop, sdk, traffic, read_token, read_token_file.

[sites.shop]
# key = \"a secret of your own\"
# timezone = \"Europe/Berlin\"
# keep_days = 760    # touchpoints older than that are deleted for good; docs/privacy.md
# Settings for pages and reports alike; docs/collector.md explains them.
# session_timeout_minutes = 30
# off = \"copy\"
# steps = \"begin=/checkout shipping=/checkout/shipping\"
# thresholds = { \"rage_click.clicks\" = 4 }
# stages = { sign_up = \"advocacy\" }
# stage_labels = { retention = \"Use\", advocacy = \"Loyalty\" }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_keeps_its_touchpoints_for_a_number_of_days() {
        let site = SiteId::parse("shop").unwrap();
        let now = Timestamp::from_millis(100 * 86_400_000);
        let kept_from = |line: &str| {
            let sites = Sites::parse(&format!("[sites.shop]\n{line}"));
            sites.map(|sites| sites.kept_from(&site, now).map(|time| time.millis() / 86_400_000))
        };
        assert_eq!((kept_from("keep_days = 30"), kept_from("")), (Ok(Some(70)), Ok(None)));
        for wrong in ["0", "-1", "\"30\"", "36526", "1.5"] {
            let error = kept_from(&format!("keep_days = {wrong}")).unwrap_err();
            assert!(error.contains("not a number of days"), "{error}");
        }
    }

    #[test]
    fn the_time_zone_of_a_site_is_read_from_the_file() {
        let sites = Sites::parse("[sites.shop]\ntimezone = \"Europe/Berlin\"\n[sites.zoo]\n").unwrap();
        let zone = |name: &str| sites.timezone(&SiteId::parse(name).unwrap());
        assert_eq!((zone("shop"), zone("zoo")), (Some("Europe/Berlin"), None));
        let error = Sites::parse("[sites.shop]\ntimezone = \"Berlin\"\n").unwrap_err();
        assert!(
            error.starts_with("[sites.shop]: timezone = \"Berlin\" is not in"),
            "{error}"
        );
    }
}
