//! The sites of `wayside.toml` with their write keys and time zones.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use wayside_model::SiteId;

use crate::refusal::Refusal;

/// The sites for which batches are accepted, at least one, each with its write key if it has one.
///
/// There is no empty value, because a collector without a site would answer every batch with 403, after which pages
/// stop sending for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites(BTreeMap<SiteId, Option<String>>, Zones);

/// The time zones of the sites that have one.
type Zones = BTreeMap<SiteId, String>;

/// The error of reading the sites.
#[derive(Debug)]
pub struct SitesError {
    path: PathBuf,
    why: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    sites: BTreeMap<String, Site>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Site {
    key: Option<String>,
    /// The name of the time zone in the IANA database, which determines the days of reports.
    timezone: Option<String>,
}

impl Sites {
    /// Sites with their keys; `None` without any site.
    pub fn new(sites: impl IntoIterator<Item = (SiteId, Option<String>)>) -> Option<Self> {
        let sites: BTreeMap<_, _> = sites.into_iter().collect();
        (!sites.is_empty()).then_some(Self(sites, Zones::new()))
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
        self.1.get(site).map(String::as_str)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut zones = Zones::new();
        let mut keys = Vec::new();
        for (name, site) in file.sites {
            let id = SiteId::parse(&name).map_err(|error| format!("[sites.{name}]: {error}"))?;
            if let Some(zone) = site.timezone {
                zones.insert(id.clone(), known_zone(&name, zone)?);
            }
            keys.push((id, site.key));
        }
        let Self(keys, _) = Self::new(keys).ok_or_else(|| NO_SITE.to_owned())?;
        Ok(Self(keys, zones))
    }

    /// Refuses a batch of `site` unless the site exists and `key` is right.
    pub(crate) fn check(&self, site: &SiteId, key: Option<&str>) -> Result<(), Refusal> {
        match self.0.get(site) {
            None => Err(Refusal::UnknownSite(site.clone())),
            Some(None) => Ok(()),
            // A constant-time comparison, so that its time does not reveal how much of a guessed key is right.
            Some(Some(right)) if key.is_some_and(|key| key.as_bytes().ct_eq(right.as_bytes()).into()) => Ok(()),
            Some(Some(_)) => Err(Refusal::WrongKey(site.clone())),
        }
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

/// Checks that the database has the time zone.
fn known_zone(site: &str, zone: String) -> Result<String, String> {
    match TimeZone::get(&zone) {
        Ok(_) => Ok(zone),
        Err(_) => Err(format!(
            "[sites.{site}]: timezone = \"{zone}\" is not in the IANA time zone database; write a name such as \
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
# Settings of `wayside serve` stand under [serve]: listen, public_url, trusted_proxy, shop, sdk, traffic, read_token.

[sites.shop]
# key = \"a secret of your own\"
# timezone = \"Europe/Berlin\"
";

#[cfg(test)]
mod tests {
    use super::*;

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
