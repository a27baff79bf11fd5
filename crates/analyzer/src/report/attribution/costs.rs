//! Costs of ads, which an import stores as touchpoints of a visitor of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayside_model::channel::arrival_channel;
use wayside_model::id::ANONYMOUS_PREFIX;
use wayside_model::{Field, Kind, Touch};
use wayside_store::Snapshot;

use crate::error::Error;
use crate::fold::fold;
use crate::range::Range;
use crate::report::dimension::Dimension;
use crate::report::keyed::Keyed;
use crate::report::{AnyReport, Definition, Report};
use crate::run::Query;
use crate::scan::{FieldSet, JourneyView, Scope, Traffic};
use crate::table::Table;

/// The touchpoints, and the visitor whose they are; `import/ready/ad-costs.toml` writes both.
const TOUCHPOINT: &str = "ad_cost";
const VISITOR: &str = "ad-costs";

/// Costs of ads in millionths, by source, medium, campaign and currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs(Vec<([String; 4], i64)>);

/// Reads the costs of a site in a range. They are one visitor's, so that little else is read.
///
/// # Errors
///
/// Fails if the files that may contain them cannot be read.
pub(crate) async fn read(snapshot: &Snapshot, range: Range) -> Result<Costs, Error> {
    let reports: Arc<[Arc<dyn AnyReport>]> = Arc::new([Arc::new(ReadCosts)]);
    let query = Query {
        scope: Scope {
            range,
            traffic: Traffic::All,
            customer: Some(format!("{ANONYMOUS_PREFIX}{VISITOR}")),
            ..Scope::default()
        },
        ..Query::default()
    };
    let states = fold(snapshot, &reports, &query, &Arc::default()).await?;
    let mut sums = Sums::default();
    for bucket in states.iter().flat_map(BTreeMap::values) {
        ReadCosts.merge(&mut sums, serde_json::from_slice(&bucket.state)?);
    }
    Ok(Costs(sums.into_iter().collect()))
}

impl Costs {
    /// Costs of these sources, media, campaigns and currencies.
    #[cfg(test)]
    pub(crate) fn of(costs: &[([&str; 4], i64)]) -> Self {
        Self(costs.iter().map(|(of, cost)| (of.map(str::to_owned), *cost)).collect())
    }

    /// The sum in a currency.
    #[cfg(test)]
    pub(crate) fn total(&self, currency: &str) -> i64 {
        let own = self.0.iter().filter(|([.., own], _)| own == currency);
        own.map(|(_, cost)| cost).sum()
    }

    /// The currency in which most was spent, without regard to rates.
    pub(super) fn main_currency(&self) -> Option<&str> {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for ([.., currency], cost) in &self.0 {
            *sums.entry(currency).or_default() += cost;
        }
        sums.into_iter()
            .max_by_key(|(_, sum)| *sum)
            .map(|(currency, _)| currency)
    }

    /// The costs in this currency, by the names of a dimension; `None` of a dimension that costs do not have.
    pub(super) fn by_name(&self, dimension: &Dimension, currency: &str) -> Option<BTreeMap<String, i64>> {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for ([source, medium, campaign, own], cost) in &self.0 {
            let name = match dimension {
                Dimension::Channel => {
                    let said = |field: Field| match field {
                        Field::Source => Some(source.as_str()),
                        Field::Medium => Some(medium.as_str()),
                        Field::Campaign => Some(campaign.as_str()),
                        _ => None,
                    };
                    arrival_channel(|field| said(field).filter(|text| !text.is_empty()))
                        .name()
                        .to_owned()
                }
                Dimension::SourceMedium => format!("{source} / {medium}"),
                Dimension::Field(Field::Campaign) => campaign.clone(),
                Dimension::Field(_) | Dimension::Property(_) => return None,
            };
            if own == currency {
                *sums.entry(name).or_default() += cost;
            }
        }
        Some(sums)
    }

    /// Sums in other currencies.
    pub(super) fn others(&self, currency: &str) -> BTreeMap<&str, i64> {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for ([.., own], cost) in self.0.iter().filter(|([.., own], _)| own != currency) {
            *sums.entry(own).or_default() += cost;
        }
        sums
    }

    /// Whether no costs are known.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A fold over the journey of the visitor. It is no report that anybody can request.
#[derive(Debug)]
struct ReadCosts;

type Sums = Keyed<[String; 4], i64>;

static DEFINITION: Definition = Definition {
    name: "ad-costs",
    title: "Ad costs",
    doc: "What was spent on ads?",
    params: &[],
    columns: &[],
    build: |_| Ok(Arc::new(ReadCosts)),
};

impl Report for ReadCosts {
    type State = Sums;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Name, Field::Value, Field::Currency, Field::Props])
    }

    fn observe(&self, state: &mut Sums, journey: &JourneyView<'_>) {
        for row in journey
            .counted()
            .filter(|row| row.kind() == Kind::Custom && row.name() == TOUCHPOINT)
        {
            let prop = |name| row.prop(name).unwrap_or_default();
            let currency = row.text_of(Field::Currency).unwrap_or("").to_ascii_uppercase();
            let cost = state.at([prop("source"), prop("medium"), prop("campaign"), currency]);
            *cost = cost.saturating_add(row.int(Field::Value).unwrap_or(0));
        }
    }

    fn merge(&self, into: &mut Sums, from: Sums) {
        into.merge(from, |sum, more| *sum = sum.saturating_add(more));
    }

    fn finish(&self, _: Sums) -> Table {
        Table::new(DEFINITION.columns)
    }
}
