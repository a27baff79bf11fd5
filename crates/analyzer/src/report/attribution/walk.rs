//! The paths of a journey: the touches that lead to a conversion, or to none so far.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::mem;

use wayside_model::{Field, Touch};

use crate::error::Error;
use crate::report::dimension::Dimension;
use crate::report::goal::Goal;
use crate::report::params::{Param, Params};
use crate::scan::{FieldSet, JourneyView, Row};

pub(super) const CONVERSION: Param = Param::text(
    "conversion",
    "purchase",
    "Name of the touchpoint that is a conversion; several in a session are one.",
);
pub(super) const UNIT: Param = Param::choice(
    "unit",
    &["session", "touchpoint"],
    "session",
    "session: each visit is a touch. touchpoint: each touchpoint that has a name of its own, such as the channel of a contact.",
);
pub(super) const LOOKBACK: Param = Param::number(
    "lookback_days",
    "",
    "Days before a conversion, or before the last touch of a path without one, in which touches count; left out: all.",
);

/// Longest lookback window: ten years.
const LOOKBACK_DAYS_MAX: i64 = 3_660;
pub(super) const DAY_MS: i64 = 86_400_000;

/// How paths are found in journeys.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub(super) dimension: Dimension,
    goal: Goal,
    is_by_touchpoint: bool,
    lookback_ms: Option<i64>,
}

/// Touches in order, and how they end.
#[derive(Clone, Debug)]
pub(super) struct Path<'a> {
    /// At least one.
    pub(super) touches: Vec<Touched<'a>>,
    /// `None` if the path has not led to one.
    pub(super) conversion: Option<Conversion<'a>>,
}

/// A touch: a session, or a touchpoint.
#[derive(Clone, Debug)]
pub(super) struct Touched<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) time_ms: i64,
}

/// The conversion of a session.
#[derive(Clone, Debug)]
pub(super) struct Conversion<'a> {
    pub(super) time_ms: i64,
    /// The row that decided it.
    pub(super) row: usize,
    /// Values in millionths by currency; the empty text stands for none.
    pub(super) amounts: Vec<(&'a str, i64)>,
}

impl Walk {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            goal: Goal::named("conversion", params.text("conversion"))?,
            dimension: Dimension::from_params(params)?,
            is_by_touchpoint: params.choice("unit")? == "touchpoint",
            lookback_ms: match params.text("lookback_days") {
                "" => None,
                _ => Some(params.number("lookback_days", 1..=LOOKBACK_DAYS_MAX)? * DAY_MS),
            },
        })
    }

    /// The fields that it reads.
    pub(super) fn fields(&self) -> FieldSet {
        let own = self.goal.fields();
        own.and(self.dimension.fields())
            .and(FieldSet::of(&[Field::Value, Field::Currency]))
    }

    /// The conversion's name.
    pub(super) fn conversion(&self) -> &str {
        self.goal.name()
    }

    /// The conversion in words.
    pub(super) fn goal_in_words(&self) -> String {
        match self.goal {
            Goal::Orders => "an order".to_owned(),
            Goal::Kind(_) | Goal::Custom(_) => format!("the conversion {}", self.conversion()),
        }
    }

    /// The note of a report without conversions.
    pub(super) fn nothing(&self) -> String {
        match &self.goal {
            Goal::Orders => "No order in these days, so that there is nothing to divide.".to_owned(),
            Goal::Kind(kind) => format!("No {} in these days, so that there is nothing to divide.", kind.name()),
            Goal::Custom(name) => match self.goal.hint() {
                hint if hint.is_empty() => format!("The conversion \"{name}\" never occurred in these days."),
                hint => format!("The conversion \"{name}\" never occurred in these days{hint}"),
            },
        }
    }

    /// Calls back with each path whose last session began in the range. After a conversion a new path begins.
    pub(super) fn paths<'a>(&self, journey: &JourneyView<'a>, mut found: impl FnMut(Path<'a>)) {
        let mut conversions = self.conversions(journey);
        let mut touches: Vec<Touched<'a>> = Vec::new();
        let mut is_counted = false;
        for session in journey.sessions() {
            is_counted = journey.range().contains(session.start());
            let conversion = conversions.remove(&session.number);
            let mut later = Vec::new();
            if self.is_by_touchpoint {
                for row in session.rows() {
                    let Some(name) = self.dimension.of_row(&row) else {
                        continue;
                    };
                    let time_ms = row.time().millis();
                    let is_later = conversion.as_ref().is_some_and(|conversion| row.index > conversion.row);
                    if is_later { &mut later } else { &mut touches }.push(Touched { name, time_ms });
                }
            } else {
                touches.push(Touched {
                    name: self.dimension.of_session(&session),
                    time_ms: session.start().millis(),
                });
            }
            if conversion.is_some() {
                let touches = mem::replace(&mut touches, later);
                if is_counted {
                    found(self.path(touches, conversion));
                }
            }
        }
        if is_counted && !touches.is_empty() {
            found(self.path(touches, None));
        }
    }

    /// The path without the touches that are too old.
    fn path<'a>(&self, mut touches: Vec<Touched<'a>>, conversion: Option<Conversion<'a>>) -> Path<'a> {
        let last = touches.last().map_or(0, |touched| touched.time_ms);
        let end = conversion.as_ref().map_or(last, |conversion| conversion.time_ms);
        if let Some(lookback) = self.lookback_ms {
            // The session of the conversion counts however long it lasts.
            let session = touches
                .pop()
                .filter(|touched| !self.is_by_touchpoint || touched.time_ms >= end - lookback);
            touches.retain(|touched| touched.time_ms >= end - lookback);
            touches.extend(session);
        }
        if touches.is_empty() {
            touches.push(Touched {
                name: self.dimension.missing().into(),
                time_ms: end,
            });
        }
        Path { touches, conversion }
    }

    /// The conversions by the number of their session.
    fn conversions<'a>(&self, journey: &JourneyView<'a>) -> BTreeMap<u32, Conversion<'a>> {
        let mut found: BTreeMap<u32, Conversion<'a>> = BTreeMap::new();
        let add = |row: &Row<'a>| {
            let conversion = found.entry(row.session()).or_insert_with(|| Conversion {
                time_ms: row.time().millis(),
                row: row.index,
                amounts: Vec::new(),
            });
            if let Some(value) = row.int(Field::Value) {
                conversion
                    .amounts
                    .push((row.text_of(Field::Currency).unwrap_or(""), value));
            }
        };
        self.goal.for_each(journey, add);
        found
    }
}
