//! Runs the model over a customer's rows.

use wayside_model::{Field, Journey, Kind, Placed, Signal, SignalKind, Touch};

use super::Scope;
use super::journey::{Found, JourneyView, Unplaced};
use super::merge::Customer;

/// Turns customers into journeys, reusing its memory from one to the next.
pub(crate) struct ModelFold {
    scope: Scope,
    placed: Vec<Placed>,
    found: Vec<Found>,
    found_by_session: Vec<u32>,
    signals: Vec<Signal>,
    by_session: Vec<u32>,
    bounds: Vec<u32>,
    /// Events in the range that were of the other kind of traffic.
    pub(crate) left_out: u64,
}

impl ModelFold {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            scope,
            placed: Vec::new(),
            found: Vec::new(),
            found_by_session: Vec::new(),
            signals: Vec::new(),
            by_session: Vec::new(),
            bounds: Vec::new(),
            left_out: 0,
        }
    }

    /// The journey of a customer; `None` when none of the rows is of the traffic asked for.
    pub(crate) fn journey<'a>(&'a mut self, customer: &'a mut Customer) -> Option<JourneyView<'a>> {
        self.filter(customer);
        if customer.rows.is_empty() {
            return None;
        }
        self.place(customer);
        self.split();
        Some(JourneyView {
            customer,
            placed: &self.placed,
            found: &self.found,
            found_by_session: &self.found_by_session,
            by_session: &self.by_session,
            bounds: &self.bounds,
            range: self.scope.range,
        })
    }

    /// Drops the rows of the other kind of traffic before the model sees them, so that a robot's visit neither begins
    /// a person's session nor gives it a signal.
    fn filter(&mut self, customer: &mut Customer) {
        let Self { scope, left_out, .. } = self;
        let batches = &customer.batches;
        customer.rows.retain(|place| {
            let (columns, row) = (&batches[place.batch as usize], place.row as usize);
            let takes = scope.traffic.takes(columns.is_automated(row));
            *left_out += u64::from(!takes && scope.range.contains(columns.time(row)));
            takes
        });
    }

    fn place(&mut self, customer: &Customer) {
        self.placed.clear();
        self.found.clear();
        let mut journey = Journey::default();
        for (row, place) in customer.rows.iter().enumerate() {
            let (columns, at) = customer.columns(*place);
            let touch = Unplaced { columns, at };
            self.placed
                .push(journey.on_event(&self.scope.config, &touch, &mut self.signals));
            if touch.kind() == Kind::Signal {
                let kind = touch.text(Field::Name).and_then(SignalKind::from_name);
                // What the model can compute itself it has computed; an uploaded copy of it would count twice.
                if let Some(kind) = kind.filter(|kind| kind.needs_page()) {
                    self.found.push(Found {
                        row,
                        kind,
                        signal: None,
                    });
                }
            }
            self.found.extend(self.signals.drain(..).map(|signal| Found {
                row,
                kind: signal.kind,
                signal: Some(signal),
            }));
        }
    }

    /// Counts the rows into their sessions. Two browsers of one customer may be open at once, so that a session's rows
    /// need not be neighbours.
    fn split(&mut self) {
        let sessions = self
            .placed
            .iter()
            .map(|placed| placed.session)
            .max()
            .map_or(0, |last| last as usize + 1);
        self.bounds.clear();
        self.bounds.resize(sessions + 1, 0);
        for placed in &self.placed {
            self.bounds[placed.session as usize + 1] += 1;
        }
        for session in 0..sessions {
            self.bounds[session + 1] += self.bounds[session];
        }
        self.by_session.clear();
        self.by_session.resize(self.placed.len(), 0);
        // Walk each session's end forward from its start; afterwards every bound has moved one session on.
        for (row, placed) in self.placed.iter().enumerate() {
            let next = &mut self.bounds[placed.session as usize];
            self.by_session[*next as usize] = row as u32;
            *next += 1;
        }
        self.bounds.rotate_right(1);
        self.bounds[0] = 0;

        let Self { found, placed, .. } = self;
        self.found_by_session.clear();
        self.found_by_session.extend(0..found.len() as u32);
        self.found_by_session
            .sort_by_key(|at| placed[found[*at as usize].row].session);
    }
}
