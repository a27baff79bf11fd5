//! The settings of a site in `wayside.toml` that pages and analysis share: the model's settings, and the options of pages.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use wayside_model::detect::Thresholds;
use wayside_model::journey::Config;
use wayside_model::limits::NAME_MAX_BYTES;
use wayside_model::{Field, Kind, SignalKind, Stage};

/// A site's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The model's settings.
    pub config: Config,
    /// The site's own names of stages.
    pub stage_labels: BTreeMap<Stage, String>,
    /// The rules of the site's segments by name: conditions in SQL, which only the analysis understands.
    pub segments: BTreeMap<String, String>,
    /// Hosts from which visitors do not arrive, besides the shop's own domain and known payment providers, separated by
    /// spaces.
    pub own_hosts: String,
    /// The settings that pages have to know; `None` if they are the defaults.
    pub(crate) for_pages: Option<ForPages>,
}

/// Settings as pages get and keep them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForPages {
    /// A JSON object, which contains its version, too.
    pub(crate) json: String,
    /// A word that changes with the settings. A page that sends it has these settings.
    pub(crate) version: String,
}

/// The settings as the file has them.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_timeout_minutes: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    steps: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    off: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    own_hosts: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    thresholds: BTreeMap<String, i64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stages: BTreeMap<String, String>,
    #[serde(skip_serializing)]
    stage_labels: BTreeMap<String, String>,
    #[serde(skip_serializing)]
    segments: BTreeMap<String, String>,
}

/// The longest inactivity within a session: a day. Analytics tools allow from a minute to some hours.
const SESSION_TIMEOUT_MAX_MINUTES: u32 = 24 * 60;
/// The largest threshold: a day in milliseconds. No detector looks further.
const THRESHOLD_MAX: i64 = 86_400_000;
/// The longest name of a stage in characters: a heading of the journey map.
const LABEL_MAX_CHARS: usize = 40;

impl Settings {
    /// The settings to send to a page that has this version of them, or none; `None` if it has the current ones.
    pub(crate) fn for_page(&self, version: Option<&str>) -> Option<&str> {
        let known = version.unwrap_or_default();
        match &self.for_pages {
            Some(current) => (known != current.version).then_some(&current.json),
            None => (!known.is_empty()).then_some(""),
        }
    }

    /// Checks the settings; the error says which one is not valid, and why.
    pub(crate) fn check(written: &Written) -> Result<Self, String> {
        let mut config = Config::default();
        if let Some(minutes) = written.session_timeout_minutes {
            if !(1..=SESSION_TIMEOUT_MAX_MINUTES).contains(&minutes) {
                return Err(format!(
                    "session_timeout_minutes = {minutes} is not from 1 to {SESSION_TIMEOUT_MAX_MINUTES}"
                ));
            }
            config.session_timeout_ms = i64::from(minutes) * 60_000;
        }
        for (name, value) in &written.thresholds {
            let place = Thresholds::place(name).ok_or_else(|| {
                format!("thresholds: there is no threshold \"{name}\"; docs/signals.md lists them, such as rage_click.clicks")
            })?;
            if !(0..=THRESHOLD_MAX).contains(value) {
                return Err(format!("thresholds: {name} = {value} is not from 0 to {THRESHOLD_MAX}"));
            }
            config.thresholds.set(place, *value);
        }
        for (name, stage) in &written.stages {
            if name.is_empty() || name.len() > NAME_MAX_BYTES {
                return Err(format!("stages: \"{name}\" is not the name of a touchpoint"));
            }
            config.stages = config.stages.with(name, stage_named("stages", stage)?);
        }
        let mut stage_labels = BTreeMap::new();
        for (stage, label) in &written.stage_labels {
            let stage = stage_named("stage_labels", stage)?;
            let label = label.trim();
            if label.is_empty() || label.chars().count() > LABEL_MAX_CHARS || label.chars().any(char::is_control) {
                return Err(format!(
                    "stage_labels: the name of {} is not 1 to {LABEL_MAX_CHARS} characters",
                    stage.name()
                ));
            }
            stage_labels.insert(stage, label.to_owned());
        }
        for (name, rule) in &written.segments {
            let is_word = |one: char| one.is_alphanumeric() || matches!(one, '-' | '_');
            if name.is_empty() || name.len() > NAME_MAX_BYTES || !name.chars().all(is_word) {
                return Err(format!(
                    "segments: \"{name}\" is not a name of letters, digits, - and _"
                ));
            }
            if rule.trim().is_empty() {
                return Err(format!(
                    "segments: {name} has no rule; it is a condition in SQL, such as \"kind = 'purchase'\""
                ));
            }
        }
        written.off.split_whitespace().try_for_each(known_name)?;
        written.steps.split_whitespace().try_for_each(step_rule)?;
        written.own_hosts.split_whitespace().try_for_each(host)?;
        Ok(Self {
            config,
            stage_labels,
            segments: written.segments.clone(),
            own_hosts: written.own_hosts.clone(),
            for_pages: ForPages::of(written)?,
        })
    }
}

impl ForPages {
    fn of(written: &Written) -> Result<Option<Self>, String> {
        let fields = |value: &serde_json::Value| value.as_object().is_some_and(|fields| !fields.is_empty());
        let mut json = serde_json::to_value(written).map_err(|error| error.to_string())?;
        if !fields(&json) {
            return Ok(None);
        }
        // Another version only makes pages fetch the same settings again.
        let mut hasher = DefaultHasher::new();
        json.to_string().hash(&mut hasher);
        let version = format!("{:x}", hasher.finish());
        json["version"] = version.as_str().into();
        Ok(Some(Self {
            json: json.to_string(),
            version,
        }))
    }
}

fn stage_named(table: &str, name: &str) -> Result<Stage, String> {
    Stage::from_name(name).ok_or_else(|| {
        let names = Stage::ALL.map(Stage::name).join(", ");
        format!("{table}: \"{name}\" is not a stage; the stages are {names}")
    })
}

/// Checks that a word of `off` switches something off.
fn known_name(word: &str) -> Result<(), String> {
    let kinds = Kind::ALL.iter().map(|kind| kind.name());
    let signals = SignalKind::ALL.iter().map(|signal| signal.name());
    let fields = Field::ALL.iter().map(|field| field.name());
    match kinds.chain(signals).chain(fields).any(|name| name.starts_with(word)) {
        true => Ok(()),
        false => Err(format!(
            "off: no touchpoint and no signal begins with \"{word}\"; docs/touchpoints.md and docs/signals.md list them"
        )),
    }
}

/// Checks a rule of `steps`, as `js/tracker/src/rules.ts` reads it.
fn step_rule(rule: &str) -> Result<(), String> {
    let named = rule.split_once('=');
    match named.is_some_and(|(name, address)| !name.is_empty() && address.starts_with(['/', '*'])) {
        true => Ok(()),
        false => Err(format!(
            "steps: \"{rule}\" is not NAME=ADDRESS, such as shipping=/checkout/shipping"
        )),
    }
}

/// Checks a host of `own_hosts`.
fn host(word: &str) -> Result<(), String> {
    let is_host = word.contains('.') && word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    match is_host {
        true => Ok(()),
        false => Err(format!("own_hosts: \"{word}\" is not a host such as pay.shop.example")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::check(&toml::from_str(text).map_err(|error| error.to_string())?)
    }

    #[test]
    fn settings_reach_the_model_and_pages() {
        let settings = read(
            r#"
            session_timeout_minutes = 45
            steps = "begin=/kasse pay=/kasse/*/zahlen"
            off = "copy rage_click browser"
            own_hosts = "pay.bank.example other.example"
            thresholds = { "rage_click.clicks" = 4 }
            stages = { sign_up = "advocacy", newsletter = "retention" }
            stage_labels = { retention = "Use", advocacy = " Loyalty " }
            "#,
        )
        .unwrap();
        let mut expected = Config {
            session_timeout_ms: 45 * 60_000,
            ..Config::default()
        };
        expected
            .thresholds
            .set(Thresholds::place("rage_click.clicks").unwrap(), 4);
        expected.stages = expected
            .stages
            .with("newsletter", Stage::Retention)
            .with("sign_up", Stage::Advocacy);
        assert_eq!(settings.config, expected);
        let labels: Vec<_> = settings.stage_labels.values().map(String::as_str).collect();
        assert_eq!(labels, ["Use", "Loyalty"]);
        assert_eq!(settings.own_hosts, "pay.bank.example other.example");
        let pages = settings.for_pages.unwrap();
        let json: serde_json::Value = serde_json::from_str(&pages.json).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "session_timeout_minutes": 45,
                "steps": "begin=/kasse pay=/kasse/*/zahlen",
                "off": "copy rage_click browser",
                "own_hosts": "pay.bank.example other.example",
                "thresholds": { "rage_click.clicks": 4 },
                "stages": { "sign_up": "advocacy", "newsletter": "retention" },
                "version": pages.version,
            })
        );
    }

    #[test]
    fn pages_are_sent_nothing_unless_a_setting_concerns_them() {
        assert_eq!(read("").unwrap(), Settings::default());
        assert_eq!(
            read("stage_labels = { advocacy = \"Loyalty\" }").unwrap().for_pages,
            None
        );
        let version = |text| read(text).unwrap().for_pages.unwrap().version;
        assert_ne!(version("off = \"copy\""), version("off = \"click\""));
    }

    #[test]
    fn a_page_gets_settings_that_it_does_not_have() {
        let settings = read("off = \"copy\"").unwrap();
        let current = settings.for_pages.as_ref().unwrap();
        assert_eq!(settings.for_page(None), Some(current.json.as_str()));
        assert_eq!(settings.for_page(Some("old")), Some(current.json.as_str()));
        assert_eq!(settings.for_page(Some(&current.version)), None);
        let none = Settings::default();
        assert_eq!((none.for_page(None), none.for_page(Some("old"))), (None, Some("")));
    }

    #[test]
    fn a_setting_that_means_nothing_is_refused_by_name() {
        for (text, expected) in [
            (
                "session_timeout_minutes = 0",
                "session_timeout_minutes = 0 is not from 1 to 1440",
            ),
            (
                "session_timeout_minutes = 1441",
                "session_timeout_minutes = 1441 is not",
            ),
            (
                "thresholds = { \"rage_click.clicky\" = 4 }",
                "no threshold \"rage_click.clicky\"",
            ),
            (
                "thresholds = { \"rage_click.clicks\" = -1 }",
                "rage_click.clicks = -1 is not from 0",
            ),
            (
                "stages = { sign_up = \"loyalty\" }",
                "\"loyalty\" is not a stage; the stages are awareness,",
            ),
            ("stages = { \"\" = \"advocacy\" }", "is not the name of a touchpoint"),
            (
                "stage_labels = { loyalty = \"x\" }",
                "stage_labels: \"loyalty\" is not a stage",
            ),
            (
                "stage_labels = { advocacy = \" \" }",
                "the name of advocacy is not 1 to 40 characters",
            ),
            ("off = \"copy rageclick\"", "begins with \"rageclick\""),
            (
                "own_hosts = \"https://pay.example/\"",
                "\"https://pay.example/\" is not a host",
            ),
            ("steps = \"shipping\"", "\"shipping\" is not NAME=ADDRESS"),
            ("thresolds = {}", "unknown field `thresolds`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
