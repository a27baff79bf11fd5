//! Who may write: the sites of `wayside.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wayside_model::SiteId;

use crate::refusal::Refusal;

/// The sites that batches are taken for, at least one, each with its write key if it has one.
///
/// There is no empty value: a collector without a site would answer every batch with 403, and pages stop sending for good
/// after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites(BTreeMap<SiteId, Option<String>>);

/// Why the sites could not be read.
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
}

impl Sites {
    /// Sites with their keys; `None` without any site.
    pub fn new(sites: impl IntoIterator<Item = (SiteId, Option<String>)>) -> Option<Self> {
        let sites: BTreeMap<_, _> = sites.into_iter().collect();
        (!sites.is_empty()).then_some(Self(sites))
    }

    /// Reads `wayside.toml` in the data folder; `None` where there is no such file.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read or parsed, and when it names no site.
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

    /// Reads `wayside.toml` in the data folder, and writes one with the site `shop` where there is none.
    ///
    /// # Errors
    ///
    /// Fails where [`open`](Self::open) does, and when the file cannot be written.
    pub fn open_or_create(folder: &Path) -> Result<Self, SitesError> {
        if let Some(sites) = Self::open(folder)? {
            return Ok(sites);
        }
        let path = file(folder);
        // A power cut must not leave half a file: without its sites the next start would be refused.
        match wayside_store::create_file(&path, FIRST.as_bytes()) {
            Ok(()) => Self::parse(FIRST).map_err(|why| SitesError { path, why }),
            Err(error) => Err(SitesError {
                path,
                why: error.to_string(),
            }),
        }
    }

    /// The sites in order of their names.
    pub fn names(&self) -> impl Iterator<Item = &SiteId> {
        self.0.keys()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let site = |(name, site): (String, Site)| match SiteId::parse(&name) {
            Ok(id) => Ok((id, site.key)),
            Err(error) => Err(format!("[sites.{name}]: {error}")),
        };
        let sites: Vec<_> = file.sites.into_iter().map(site).collect::<Result<_, _>>()?;
        Self::new(sites).ok_or_else(|| NO_SITE.to_owned())
    }

    /// Lets a batch of `site` pass when `key` is right.
    pub(crate) fn check(&self, site: &SiteId, key: Option<&str>) -> Result<(), Refusal> {
        match self.0.get(site) {
            None => Err(Refusal::UnknownSite(site.clone())),
            Some(None) => Ok(()),
            Some(Some(right)) if key.is_some_and(|key| same(key, right)) => Ok(()),
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

/// The file that the sites stand in.
fn file(folder: &Path) -> PathBuf {
    folder.join("wayside.toml")
}

/// Compares in a time that does not tell how much of the key was right.
fn same(given: &str, right: &str) -> bool {
    given.len() == right.len()
        && given
            .bytes()
            .zip(right.bytes())
            .fold(0, |differs, (a, b)| differs | (a ^ b))
            == 0
}

/// Why a file without sites is refused, and what to write into it.
const NO_SITE: &str = "it names no site, so every batch would be refused; add a section for each shop that sends \
                       touchpoints, for example the line `[sites.shop]`";

/// The file of a first start.
const FIRST: &str = "\
# Sites that pages may send touchpoints for. With a key, the script tag needs it too: data-key=\"…\".
# Settings of `wayside serve` stand under [serve]: listen, public_url, trusted_proxy, shop, sdk, traffic, read_token.

[sites.shop]
# key = \"a secret of your own\"
";
