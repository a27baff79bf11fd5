//! `check-plan`: the sources of touchpoints and the output of results.

pub(crate) mod batches;
pub(crate) mod server;
mod words;

use serde::Serialize;
use wayside_analyzer::Traffic;
use wayside_analyzer::tracking_plan::Looked;
use wayside_model::SiteId;
use wayside_plan::{Findings, Plan};

/// The selection of touchpoints to check.
pub(crate) struct Wanted {
    pub(crate) site: Option<SiteId>,
    pub(crate) looked: Looked,
    /// The start of the range as given on the command line.
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

impl Wanted {
    /// The selection in words: `of shop, from 2026-11-01, of automated browsers`.
    pub(crate) fn in_words(&self) -> String {
        let whose = match self.looked.traffic {
            Traffic::People => Some("of people (--traffic all checks everyone's)"),
            Traffic::Automated => Some("of automated browsers (--traffic all checks everyone's)"),
            Traffic::All => None,
        };
        let parts = [
            self.site
                .as_ref()
                .map(|site| format!("of the site {site:?}", site = site.as_str())),
            self.from.as_ref().map(|from| format!("from {from}")),
            self.to.as_ref().map(|to| format!("to {to}")),
            whose.map(str::to_owned),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            "in it".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// The result of checking touchpoints.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) findings: Findings,
    /// Events that the model refuses.
    pub(crate) refused: Vec<Refused>,
}

impl Checked {
    pub(crate) fn is_empty(&self) -> bool {
        self.findings.checked == 0 && self.refused.is_empty()
    }
}

/// An event that the model refuses; a collector would store it as a dead letter.
#[derive(Serialize)]
pub(crate) struct Refused {
    pub(crate) writer: String,
    pub(crate) seq: u32,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

/// The output.
#[derive(Serialize)]
pub(crate) struct Outcome {
    pub(crate) ok: bool,
    #[serde(flatten)]
    findings: Findings,
    /// Planned kinds that never occurred. That is not a failure, because not every visit contains every kind.
    unseen: Vec<String>,
    refused: Vec<Refused>,
}

impl Outcome {
    pub(crate) fn new(checked: Checked, plan: &Plan, allow_unplanned: bool) -> Self {
        let Checked { findings, refused } = checked;
        let follows = findings.broken == 0 && (allow_unplanned || findings.strays == 0);
        Self {
            ok: follows && refused.is_empty(),
            unseen: findings.unseen(plan).map(str::to_owned).collect(),
            findings,
            refused,
        }
    }
}
