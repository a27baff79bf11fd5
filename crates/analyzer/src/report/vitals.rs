//! `vitals`: Core Web Vitals by page and device, with Google's bands.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch, url};

use super::columns;
use super::devices::{self, Devices};
use super::keyed::Keyed;
use super::outcome::share;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "vitals",
    title: "Web Vitals",
    doc: "How fast do pages load and answer, and are they stable, by Google's Core Web Vitals?",
    params: &[
        Param::choice(
            "by",
            &["page", "site"],
            "page",
            "page: a row for each page. site: all pages together.",
        ),
        Param::choice(
            "device",
            &["each", "all", "desktop", "mobile", "tablet", "other", "unknown"],
            "each",
            "each: a row for each kind of device. all: all devices together. Otherwise only this kind of device.",
        ),
        Param::number(
            "top",
            "100",
            "How many pages to list, the most loaded first; 1 to 10000.",
        ),
    ],
    columns: &[
        Column::text("page", "Path of the page; empty for the whole site."),
        Column::text(
            "device",
            "Kind of device: desktop, mobile, tablet, other or unknown; all where devices are taken together.",
        ),
        Column::text(
            "metric",
            "LCP, INP and CLS are the Core Web Vitals; FCP and TTFB explain them.",
        ),
        Column::number("loads", Unit::Count, "Page loads that measured it."),
        Column::mixed(
            "p75",
            "The value that three of four loads do not exceed, in the unit of its row.",
        ),
        Column::mixed("p75_low", "Lower end of the 95% interval of p75."),
        Column::mixed("p75_high", "Upper end of that interval."),
        Column::text(
            "unit",
            "What the value counts: ms, or score for CLS, which has no unit.",
        ),
        Column::text("rating", "Google's band of p75: good, needs improvement or poor."),
        Column::number("good", Unit::Ratio, "Share of the loads that are good."),
        columns::low("good_low"),
        columns::high("good_high"),
        Column::number(
            "needs_improvement",
            Unit::Ratio,
            "Share of the loads between good and poor.",
        ),
        columns::low("needs_improvement_low"),
        columns::high("needs_improvement_high"),
        Column::number("poor", Unit::Ratio, "Share of the loads that are poor.").main(),
        columns::low("poor_low"),
        columns::high("poor_high"),
    ],
    build: |params| Ok(Arc::new(Vitals::from_params(params)?)),
};

/// A metric: its field, and Google's upper limits of "good" and "needs improvement", both included.
struct Metric {
    name: &'static str,
    field: Field,
    good_max: i64,
    fair_max: i64,
}

/// Limits as <https://web.dev/articles/vitals> and the pages of FCP and TTFB there give them: milliseconds, and thousandths
/// of CLS.
const METRICS: [Metric; 5] = [
    Metric::new("LCP", Field::LcpMs, 2_500, 4_000),
    Metric::new("INP", Field::InpMs, 200, 500),
    Metric::new("CLS", Field::ClsPermille, 100, 250),
    Metric::new("FCP", Field::FcpMs, 1_800, 3_000),
    Metric::new("TTFB", Field::TtfbMs, 800, 1_800),
];

#[derive(Debug)]
struct Vitals {
    by_page: bool,
    /// `each`, `all`, or the name of the only device.
    device: &'static str,
    top: usize,
}

/// A row for each kind of device.
const EACH: &str = "each";
/// All devices together.
const ALL: &str = "all";

/// By page and device, a measure for each metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    pages: Keyed<(String, String), [Measure; METRICS.len()]>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Measure {
    values: Histogram,
    good: u64,
    fair: u64,
    poor: u64,
}

impl Report for Vitals {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&METRICS.map(|metric| metric.field)).and(FieldSet::of(&[Field::Url, Field::Device]))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let mut devices = Devices::default();
        for row in journey.rows() {
            let device = devices::name(devices.follow(&row));
            let is_asked_for = [EACH, ALL, device].contains(&self.device);
            if row.kind() != Kind::WebVitals || !is_asked_for || !journey.range().contains(row.time()) {
                continue;
            }
            let page = match self.by_page {
                true => row.text_of(Field::Url).map(url::path).unwrap_or_default(),
                false => "",
            };
            let device = if self.device == ALL { ALL } else { device };
            let measures = state.pages.at((page.to_owned(), device.to_owned()));
            for (metric, measure) in METRICS.iter().zip(measures) {
                if let Some(value) = row.int(metric.field).filter(|value| *value >= 0) {
                    measure.add(metric, value);
                }
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.pages.merge(from.pages, |into, from| {
            into.iter_mut().zip(from).for_each(|(into, from)| into.merge(from));
        });
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut pages: BTreeMap<String, Vec<(String, [Measure; METRICS.len()])>> = BTreeMap::new();
        for ((page, device), measures) in state.pages {
            pages.entry(page).or_default().push((device, measures));
        }
        let mut pages: Vec<_> = pages.into_iter().collect();
        // The pages come in order of their names, which decides between equals.
        pages.sort_by_key(|(_, devices)| Reverse(devices.iter().map(|(_, measures)| loads(measures)).sum::<u64>()));
        let left_out = pages.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Pages left out: {left_out}; a larger top shows them."));
        }
        for (page, devices) in pages.into_iter().take(self.top) {
            for (device, measures) in devices {
                for (metric, measure) in METRICS.iter().zip(measures) {
                    if measure.loads() > 0 {
                        table.push(measure.row(&page, &device, metric));
                    }
                }
            }
        }
        table
    }
}

impl Vitals {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by_page: params.choice("by")? == "page",
            device: params.choice("device")?,
            top: params.top()?,
        })
    }
}

/// Number of loads that measured any metric.
fn loads(measures: &[Measure]) -> u64 {
    measures.iter().map(Measure::loads).max().unwrap_or(0)
}

impl Metric {
    const fn new(name: &'static str, field: Field, good_max: i64, fair_max: i64) -> Self {
        Self {
            name,
            field,
            good_max,
            fair_max,
        }
    }

    fn band(&self, value: i64) -> Band {
        match value {
            value if value <= self.good_max => Band::Good,
            value if value <= self.fair_max => Band::Fair,
            _ => Band::Poor,
        }
    }

    fn unit(&self) -> Unit {
        match self.field {
            Field::ClsPermille => Unit::Score,
            _ => Unit::Ms,
        }
    }

    fn cell(&self, value: i64) -> Cell {
        match self.field {
            Field::ClsPermille => Cell::Score(value as f64 / 1000.0),
            _ => Cell::Ms(value),
        }
    }
}

/// Google's bands.
enum Band {
    Good,
    Fair,
    Poor,
}

impl Band {
    const fn name(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "needs improvement",
            Self::Poor => "poor",
        }
    }
}

impl Measure {
    fn add(&mut self, metric: &Metric, value: i64) {
        self.values.add(value);
        match metric.band(value) {
            Band::Good => self.good += 1,
            Band::Fair => self.fair += 1,
            Band::Poor => self.poor += 1,
        }
    }

    /// The band of p75, by the counts: the value itself is only as exact as its histogram.
    fn band(&self) -> Band {
        let rank = (self.loads() * 3).div_ceil(4);
        match rank {
            rank if rank <= self.good => Band::Good,
            rank if rank <= self.good + self.fair => Band::Fair,
            _ => Band::Poor,
        }
    }

    fn loads(&self) -> u64 {
        self.good + self.fair + self.poor
    }

    fn merge(&mut self, from: Self) {
        self.values.merge(from.values);
        self.good += from.good;
        self.fair += from.fair;
        self.poor += from.poor;
    }

    fn row(&self, page: &str, device: &str, metric: &Metric) -> Vec<Cell> {
        let loads = self.loads();
        let p75 = self.values.quantile(750);
        let ends = self.values.quantile_interval(750);
        let mut row = vec![
            Cell::text(page),
            Cell::text(device),
            Cell::text(metric.name),
            Cell::Count(loads),
            Cell::of(p75, |value| metric.cell(value)),
            Cell::of(ends, |(low, _)| metric.cell(low)),
            Cell::of(ends, |(_, high)| metric.cell(high)),
            Cell::text(metric.unit().name()),
            Cell::text(self.band().name()),
        ];
        row.extend(
            [self.good, self.fair, self.poor]
                .into_iter()
                .flat_map(|part| share(part, loads)),
        );
        row
    }
}
