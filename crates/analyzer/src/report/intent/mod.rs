//! `intent`: sessions by their moments and signals of intent, what these led to, and what was missing.

mod session;
mod sums;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Field, Kind, Moment, SignalKind, Touch};

use self::session::{By, Session};
use self::sums::Sums;
use super::capped::{Capped, OTHER_NAME};
use super::columns;
use super::keyed::Keyed;
use super::orders::{self, Orders};
use super::outcome::{Outcome, share};
use super::params::{Param, Params};
use super::signals::PLACE_FIELDS;
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::table::{Cell, Column, Table, Unit, counted, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "intent",
    title: "Intent",
    doc: "What do visitors want to know, where do they want to go, what to do and to buy, and did they succeed?",
    params: &[
        Param::choice(
            "by",
            &["signal", "moment", "page"],
            "signal",
            "signal: a row for each intent signal. moment: for each of know, go, do and buy. page: for each signal and page.",
        ),
        Param::choice(
            "moment",
            &["all", "know", "go", "do", "buy"],
            "all",
            "Only signals of this moment.",
        ),
        Param::number(
            "contact_days",
            "7",
            "Days in which a support contact follows an intent; 1 to 365.",
        ),
        Param::number("top", "100", "How many rows to list, most sessions first; 1 to 10000."),
    ],
    columns: &[
        Column::text(
            "moment",
            "know, go, do or buy; (none): sessions without a signal of intent.",
        ),
        Column::text("signal", "The signal."),
        Column::text("page", "Path of the page."),
        Column::number("sessions", Unit::Count, "Sessions with it.").main(),
        columns::SHARE_OF_SESSIONS,
        columns::SHARE_OF_SESSIONS_LOW,
        columns::SHARE_OF_SESSIONS_HIGH,
        Column::number("customers", Unit::Count, "Customers with such a session."),
        columns::CONVERSION_WITH,
        columns::CONVERSION_WITH_LOW,
        columns::CONVERSION_WITH_HIGH,
        columns::conversion_without("The same share of all other sessions."),
        columns::CONVERSION_WITHOUT_LOW,
        columns::CONVERSION_WITHOUT_HIGH,
        columns::DIFFERENCE,
        columns::DIFFERENCE_LOW,
        columns::DIFFERENCE_HIGH,
        Column::number(
            "bought_later",
            Unit::Count,
            "Sessions without an order whose customer ordered in a later one.",
        ),
        Column::number(
            "contacted",
            Unit::Ratio,
            "Share of the sessions after which the customer asked for support.",
        ),
        columns::low("contacted_low"),
        columns::high("contacted_high"),
        Column::number(
            "ended",
            Unit::Ratio,
            "Share of the sessions in which no step came after the signal.",
        ),
        columns::low("ended_low"),
        columns::high("ended_high"),
        Column::number(
            "friction",
            Unit::Ratio,
            "Share of the sessions in which something was in the way afterwards.",
        ),
        columns::low("friction_low"),
        columns::high("friction_high"),
        Column::number(
            "without_results",
            Unit::Ratio,
            "Share of the sessions with a search that found nothing.",
        ),
        columns::low("without_results_low"),
        columns::high("without_results_high"),
        Column::text(
            "missing",
            "The search terms that most often found nothing in these sessions, with their sessions.",
        ),
    ],
    build: |params| Ok(Arc::new(Intent::from_params(params)?)),
};

/// Most pages of a signal in a state.
const PAGES_MAX: usize = 1_000;
/// Search terms shown.
const TERMS_SHOWN: usize = 5;
const NO_INTENT: &str = "(none)";
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
struct Intent {
    by: By,
    moment: Option<&'static str>,
    contact_ms: i64,
    top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    all: Outcome,
    /// By the codes of moment and signal, and by page.
    intents: Keyed<(Option<u8>, Option<u8>), Capped<Sums, PAGES_MAX>>,
}

impl Report for Intent {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        let own = FieldSet::of(&[Field::SearchTerm, Field::Results]).and(FieldSet::of(orders::FIELDS));
        if self.by == By::Page {
            own.and(FieldSet::of(PLACE_FIELDS))
        } else {
            own
        }
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: true,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let contacts: Vec<Row<'_>> = journey.rows_of(Kind::SupportContact).collect();
        let mut met = BTreeSet::new();
        for session in journey.counted_sessions() {
            let bought = orders.are_in(&session);
            state.all.add(bought);
            let found = Session::of(&session, self.by, |signal| self.wants(signal));
            for (key, (first, last)) in &found.intents {
                let sums = state.intents.at((key.moment, key.signal)).at(&key.page);
                sums.outcome.add(bought);
                let since = journey.row(*first).time();
                let is_soon = |row: &Row<'_>| row.index >= *first && row.time().since(since) <= self.contact_ms;
                for (count, is_met) in [
                    (&mut sums.customers, met.insert(key.clone())),
                    (&mut sums.bought_later, !bought && orders.follow(*first)),
                    (&mut sums.contacted, contacts.iter().any(is_soon)),
                    (&mut sums.ended, key.moment.is_some() && found.ends_with(*last)),
                    (&mut sums.friction, found.has_friction_after(*first)),
                    (&mut sums.without_results, !found.misses.is_empty()),
                ] {
                    *count += u64::from(is_met);
                }
                // A term for each page would take too much memory.
                if self.by != By::Page {
                    found.misses.iter().for_each(|term| sums.miss(term));
                }
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.all.merge(from.all);
        into.intents.merge(from.intents, Capped::merge);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let all = state.all;
        if all.sessions == 0 {
            table.note("No session in these days.");
            return table;
        }
        self.describe(&mut table, &state);
        let mut rows = Vec::new();
        let mut has_rest = false;
        for ((moment, signal), pages) in state.intents {
            let (pages, rest) = pages.into_parts();
            has_rest |= rest.is_some();
            let rest = rest.map(|rest| (OTHER_NAME.to_owned(), rest));
            rows.extend(
                pages
                    .into_iter()
                    .chain(rest)
                    .map(|(page, sums)| (moment, signal, page, sums)),
            );
        }
        rows.sort_by_key(|(moment, _, _, sums)| (moment.is_none(), Reverse(sums.outcome.sessions)));
        let left_out = rows.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        if has_rest {
            let most = grouped(PAGES_MAX as u64);
            table.note(format!(
                "Only the first {most} pages of a signal in alphabetical order are told apart."
            ));
        }
        for (moment, signal, page, sums) in rows.into_iter().take(self.top) {
            let mut row = vec![
                Cell::text(moment.map_or(NO_INTENT, moment_name)),
                Cell::of(signal.and_then(signal_of), |signal| Cell::text(signal.name())),
                if self.by == By::Page && moment.is_some() {
                    Cell::Text(page)
                } else {
                    Cell::Null
                },
            ];
            row.extend(figures(sums, &all, moment.is_some()));
            table.push(row);
        }
        table
    }
}

/// The cells of a row from its number of sessions on.
fn figures(sums: Sums, all: &Outcome, has_intent: bool) -> Vec<Cell> {
    let sessions = sums.outcome.sessions;
    let mut cells = vec![Cell::Count(sessions)];
    cells.extend(share(sessions, all.sessions));
    cells.push(Cell::Count(sums.customers));
    cells.extend(sums.outcome.beside(&sums.outcome.others_of(all)));
    cells.push(Cell::Count(sums.bought_later));
    cells.extend(share(sums.contacted, sessions));
    // Where there was no intent, nothing can have ended with it.
    cells.extend(if has_intent {
        share(sums.ended, sessions)
    } else {
        share(0, 0)
    });
    cells.extend(share(sums.friction, sessions));
    cells.extend(share(sums.without_results, sessions));
    cells.push(Cell::of(sums.missing(TERMS_SHOWN), Cell::Text));
    cells
}

fn moment_name(code: u8) -> &'static str {
    let moments = [Moment::Know, Moment::Go, Moment::Do, Moment::Buy];
    let found = moments.into_iter().find(|moment| *moment as u8 == code);
    found.map_or(NO_INTENT, Moment::name)
}

fn signal_of(code: u8) -> Option<SignalKind> {
    SignalKind::ALL.iter().copied().find(|signal| *signal as u8 == code)
}

impl Intent {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by: match params.choice("by")? {
                "moment" => By::Moment,
                "page" => By::Page,
                _ => By::Signal,
            },
            moment: Some(params.choice("moment")?).filter(|moment| *moment != "all"),
            contact_ms: params.number("contact_days", 1..=365)? * DAY_MS,
            top: params.top()?,
        })
    }

    fn wants(&self, signal: SignalKind) -> bool {
        let moment = signal.moment().map(|moment| moment.name());
        self.moment.is_none_or(|wanted| moment == Some(wanted))
    }

    /// Notes on all sessions, and on the signals that were never found.
    fn describe(&self, table: &mut Table, state: &State) {
        let of = |key: &(Option<u8>, Option<u8>)| key.0.is_some();
        if !state.intents.iter().any(|(key, _)| of(key)) {
            table.note("No session has a signal of intent; docs/signals.md lists what each signal needs.");
            return;
        }
        table.note(format!(
            "{} in all. A session with several intents is in several rows. A difference is not a cause.",
            counted(state.all.sessions, "session")
        ));
        let found: BTreeSet<u8> = state.intents.iter().filter_map(|((_, signal), _)| *signal).collect();
        let is_missing = |signal: &SignalKind| {
            self.by != By::Moment
                && signal.moment().is_some()
                && self.wants(*signal)
                && !found.contains(&(*signal as u8))
        };
        let missing: Vec<&str> = SignalKind::ALL
            .iter()
            .copied()
            .filter(is_missing)
            .map(SignalKind::name)
            .collect();
        if !missing.is_empty() {
            table.note(format!(
                "Never found: {}; docs/signals.md lists what each needs.",
                missing.join(", ")
            ));
        }
    }
}
