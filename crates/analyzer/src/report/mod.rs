//! Reports: folds over journeys. One file each, all of one shape.
//!
//! Any set of reports shares one pass over the table. A report keeps a state a bucket; states are serializable and merge
//! in any order, so that any engine may run a report in pieces.

mod answers;
mod attribution;
mod audience;
mod by;
mod capped;
mod carts;
mod channels;
mod checkout;
mod columns;
mod country;
mod customers;
mod data_quality;
mod devices;
mod dimension;
mod errors;
mod every;
mod facts;
mod forms;
mod funnel;
mod goal;
mod intent;
mod journey_map;
mod keyed;
mod kpis;
mod led_here;
mod lifetime_value;
mod measure;
mod orders;
mod outcome;
mod params;
mod paths;
mod products;
mod profile;
mod request;
mod retention;
mod returns;
mod revenue;
mod revenue_cohorts;
mod searches;
mod service;
mod signals;
mod timeline;
mod trend;
mod vitals;

use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wayside_model::journey::Parts;

pub use attribution::costs::Costs;
#[cfg(test)]
pub(crate) use attribution::costs::read as read_costs;
pub use facts::{Facts, WantedFacts};
pub use params::{Param, ParamType, Params};
pub use request::ReportRequest;

use crate::error::{Error, ErrorKind};
use crate::scan::{FieldSet, JourneyView, Traffic};
use crate::table::{Column, Table};
use crate::zone::Zone;

/// A report: a fold over journeys.
pub trait Report: Debug + Send + Sync + 'static {
    /// The state after any number of journeys.
    type State: Default + Serialize + DeserializeOwned + Send + 'static;

    /// Its name, parameters and columns.
    fn definition(&self) -> &'static Definition;

    /// The fields it reads.
    fn fields(&self) -> FieldSet {
        FieldSet::EMPTY
    }

    /// The parts of the model that it reads besides sessions and stages.
    fn parts(&self) -> Parts {
        Parts::SESSIONS
    }

    /// Whether it reads the ids of events, which are unknown otherwise.
    fn needs_ids(&self) -> bool {
        false
    }

    /// The person that the report is about, if it is about one; the journeys of others then need not be read.
    fn about(&self) -> Option<About> {
        None
    }

    /// Adds a journey to the state. Each customer is added once.
    fn observe(&self, state: &mut Self::State, journey: &JourneyView<'_>);

    /// Merges the state of other customers.
    fn merge(&self, into: &mut Self::State, from: Self::State);

    /// The answer.
    fn finish(&self, state: Self::State) -> Table;

    /// Its own parameters that links from its rows need; see [`Table::link_params`].
    fn link_params(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The facts with which [`Report::complete`] completes its table.
    fn wants_facts(&self) -> WantedFacts {
        WantedFacts::default()
    }

    /// Completes the table with facts of the store that no journey contains.
    fn complete(&self, _table: &mut Table, _facts: &Facts) {}
}

/// The only person that a report covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A browser's identity.
    Visitor(String),
    /// A customer's key.
    Customer(String),
}

impl About {
    /// The note of a report that knows nothing of the person.
    fn unknown(&self) -> String {
        let person = match self {
            Self::Visitor(visitor) => format!("visitor {visitor}"),
            Self::Customer(customer) => format!("customer {customer}"),
        };
        format!("Nothing is known of {person} in this site and range.")
    }
}

/// The definition of a report in the list of reports.
#[derive(Debug)]
pub struct Definition {
    /// Its name on the command line and in addresses.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The question it answers.
    pub doc: &'static str,
    /// Its parameters, besides those that every report has.
    pub params: &'static [Param],
    /// Its columns.
    pub columns: &'static [Column],
    /// Makes it from parameters.
    build: fn(&Params<'_>) -> Result<Arc<dyn AnyReport>, Error>,
}

/// Every report.
pub fn registry() -> &'static [&'static Definition] {
    static REGISTRY: &[&Definition] = &[
        &kpis::DEFINITION,
        &trend::DEFINITION,
        &journey_map::DEFINITION,
        &funnel::DEFINITION,
        &checkout::DEFINITION,
        &carts::DEFINITION,
        &paths::DEFINITION,
        &retention::DEFINITION,
        &revenue_cohorts::DEFINITION,
        &attribution::DEFINITION,
        &attribution::conversion_paths::DEFINITION,
        &led_here::DEFINITION,
        &products::DEFINITION,
        &products::together::DEFINITION,
        &channels::DEFINITION,
        &service::DEFINITION,
        &returns::DEFINITION,
        &intent::DEFINITION,
        &signals::DEFINITION,
        &forms::DEFINITION,
        &searches::DEFINITION,
        &errors::DEFINITION,
        &vitals::DEFINITION,
        &audience::DEFINITION,
        &lifetime_value::DEFINITION,
        &lifetime_value::customers::DEFINITION,
        &lifetime_value::rfm::DEFINITION,
        &customers::DEFINITION,
        &profile::DEFINITION,
        &timeline::DEFINITION,
        &data_quality::DEFINITION,
    ];
    REGISTRY
}

/// The report with this name; `_` and `-` are equivalent.
///
/// # Errors
///
/// Fails if there is no such report.
pub fn definition(name: &str) -> Result<&'static Definition, Error> {
    let wanted = name.trim().replace('_', "-");
    registry()
        .iter()
        .copied()
        .find(|report| report.name == wanted)
        .ok_or_else(|| {
            Error::new(ErrorKind::UnknownReport {
                name: name.into(),
                known: registry().iter().map(|report| report.name).collect(),
            })
        })
}

/// The parameters that every report has.
pub const COMMON_PARAMS: &[Param] = &[
    Param::text("site", "", "The site."),
    Param::text(
        "from",
        "",
        "First day (2026-11-21) in the time zone, or a time, or ms since 1970; left out: from the beginning.",
    ),
    Param::text(
        "to",
        "",
        "Last day, included; or a time or ms since 1970, not included; left out: to the end.",
    ),
    Param::text(
        "timezone",
        "",
        "Time zone of days and printed times (Europe/Berlin); left out: the site's in wayside.toml, else UTC.",
    ),
    Param::choice(
        "traffic",
        &["people", "automated", "all"],
        "people",
        "Whose events: people's, those of automated browsers, or all.",
    ),
    Param::text(
        "segment",
        "",
        "Only these customers: the name of a segment in wayside.toml, or a condition in SQL on the columns of events, such as kind = \
         'purchase' AND value > 50; left out: all.",
    ),
    Param::text(
        "compare",
        "",
        "Beside the same figures of the time before (previous), of a year before (last-year), or of a segment; with differences and \
         their intervals.",
    ),
];

impl Definition {
    /// The report with these parameters, whose days are those of UTC.
    pub(crate) fn make(&'static self, request: &ReportRequest) -> Result<Arc<dyn AnyReport>, Error> {
        self.make_in(request, &Zone::UTC)
    }

    /// The report with these parameters, whose days are those of a time zone.
    pub(crate) fn make_in(&'static self, request: &ReportRequest, zone: &Zone) -> Result<Arc<dyn AnyReport>, Error> {
        (self.build)(&Params::new(self, &request.params, zone)?)
    }

    /// The entry in the list of reports as JSON, with `traffic` as the default of that parameter.
    pub fn to_json(&self, traffic: Traffic) -> Value {
        let holding = |param: &Param| match param.name {
            "traffic" => Param {
                default: traffic.name(),
                ..*param
            },
            _ => *param,
        };
        let params: Vec<Param> = COMMON_PARAMS.iter().chain(self.params).map(holding).collect();
        json!({
            "name": self.name,
            "title": self.title,
            "doc": self.doc,
            "params": params,
            "columns": self.columns,
        })
    }
}

/// A report whose type of state is hidden, so that different ones share a pass.
pub trait AnyReport: Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// The fields it reads.
    fn read(&self) -> FieldSet;
    /// The parts of the model that it reads.
    fn model_parts(&self) -> Parts;
    /// Whether it reads the ids of events.
    fn reads_ids(&self) -> bool;
    /// The person that the report is about, if it is about one.
    fn whom(&self) -> Option<About>;
    /// A fold that has seen nothing.
    fn start(self: Arc<Self>) -> Box<dyn AnyFold>;
    /// The table from serialized states of different customers.
    ///
    /// # Errors
    ///
    /// Fails if a state cannot be deserialized.
    fn conclude(&self, states: &[&[u8]]) -> Result<Table, serde_json::Error>;
    /// The facts of the store that its table lacks.
    fn lacks_facts(&self) -> WantedFacts {
        WantedFacts::default()
    }
    /// Completes the table with these facts.
    fn add_facts(&self, _table: &mut Table, _facts: &Facts) {}
}

/// The fold of a report over the journeys of a bucket.
pub trait AnyFold: Send {
    /// Adds a journey.
    fn observe(&mut self, journey: &JourneyView<'_>);
    /// The serialized state.
    ///
    /// # Errors
    ///
    /// Fails if the state cannot be serialized.
    fn save(self: Box<Self>) -> Result<Vec<u8>, serde_json::Error>;
}

impl<R: Report> AnyReport for R {
    fn name(&self) -> &'static str {
        self.definition().name
    }

    fn read(&self) -> FieldSet {
        self.fields()
    }

    fn model_parts(&self) -> Parts {
        self.parts()
    }

    fn reads_ids(&self) -> bool {
        self.needs_ids()
    }

    fn whom(&self) -> Option<About> {
        self.about()
    }

    fn start(self: Arc<Self>) -> Box<dyn AnyFold> {
        Box::new(Fold {
            report: self,
            state: R::State::default(),
        })
    }

    fn conclude(&self, states: &[&[u8]]) -> Result<Table, serde_json::Error> {
        let mut all = R::State::default();
        for state in states {
            self.merge(&mut all, serde_json::from_slice(state)?);
        }
        let definition = self.definition();
        let mut table = self.finish(all);
        table.report = definition.name;
        table.title = definition.title;
        table.link_params = self.link_params();
        Ok(table)
    }

    fn lacks_facts(&self) -> WantedFacts {
        self.wants_facts()
    }

    fn add_facts(&self, table: &mut Table, facts: &Facts) {
        self.complete(table, facts);
    }
}

struct Fold<R: Report> {
    report: Arc<R>,
    state: R::State,
}

impl<R: Report> AnyFold for Fold<R> {
    fn observe(&mut self, journey: &JourneyView<'_>) {
        self.report.observe(&mut self.state, journey);
    }

    fn save(self: Box<Self>) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_for_a_misspelt_report_suggests_the_nearest() {
        let message = |name: &str| definition(name).unwrap_err().to_string();
        assert_eq!(
            message("funel"),
            "there is no report \"funel\"; did you mean \"funnel\"? \
             (reports: kpis, trend, journey-map, funnel, checkout, carts, paths, retention, revenue-cohorts, attribution, \
             conversion-paths, led-here, products, bought-together, channels, service, returns, intent, signals, forms, \
             searches, errors, vitals, audience, lifetime-value, customer-values, rfm, customers, profile, timeline, data-quality)"
        );
        assert!(message("journey_mapp").contains("did you mean \"journey-map\"?"));
        assert!(!message("zzzzzzzzzz").contains("did you mean"));
        assert_eq!(definition("journey_map").unwrap().name, "journey-map");
    }

    #[test]
    fn the_error_for_a_misspelt_parameter_suggests_the_nearest() {
        let request = ReportRequest::new("funnel").with("step", "view_item");
        let error = definition("funnel").unwrap().make(&request).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the report \"funnel\" has no parameter \"step\"; did you mean \"steps\"? \
             (its parameters: site, from, to, timezone, traffic, segment, compare, steps, window_days, order)"
        );
    }

    #[test]
    fn every_report_is_made_from_its_defaults() {
        for report in registry() {
            let needs = report.params.iter().find(|param| param.name == "visitor");
            let request = match needs {
                Some(_) => ReportRequest::new(report.name).with("visitor", "v1"),
                None => ReportRequest::new(report.name),
            };
            let made = report.make(&request).unwrap();
            assert_eq!(made.name(), report.name);
            let table = made.conclude(&[]).unwrap();
            assert_eq!(table.columns, report.columns);
            let json = report.to_json(Traffic::People);
            assert_eq!(
                json["params"].as_array().unwrap().len(),
                COMMON_PARAMS.len() + report.params.len()
            );
        }
    }
}
