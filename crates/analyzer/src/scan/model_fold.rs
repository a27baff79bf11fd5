//! The fold of the model over a customer's rows.

use wayside_model::journey::Parts;
use wayside_model::{Field, Journey, Kind, Placed, Signal, SignalKind, Touch};

use super::Scope;
use super::journey::{Found, JourneyView, Unplaced};
use super::merge::Customer;

/// Turns customers into journeys and reuses its memory for each.
pub(crate) struct ModelFold {
    parts: Parts,
    scope: Scope,
    placed: Vec<Placed>,
    found: Vec<Found>,
    found_by_session: Vec<u32>,
    signals: Vec<Signal>,
    by_session: Vec<u32>,
    bounds: Vec<u32>,
    kinds: u64,
    /// The number of events in the range that belong to excluded traffic.
    pub(crate) left_out: u64,
}

impl ModelFold {
    /// A fold that computes these parts of the model.
    pub(crate) fn new(parts: Parts, scope: Scope) -> Self {
        Self {
            parts,
            scope,
            placed: Vec::new(),
            found: Vec::new(),
            found_by_session: Vec::new(),
            signals: Vec::new(),
            by_session: Vec::new(),
            bounds: Vec::new(),
            kinds: 0,
            left_out: 0,
        }
    }

    /// The scope of the scan.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The journey of a customer; `None` if no row belongs to the requested traffic.
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
            kinds: self.kinds,
            range: self.scope.range,
        })
    }

    /// Drops the rows of excluded traffic before the model runs, so that a robot's visit neither begins a person's
    /// session nor adds a signal to it.
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
        self.kinds = 0;
        let mut journey = Journey::default();
        for (row, place) in customer.rows.iter().enumerate() {
            let (columns, at) = customer.columns(*place);
            let touch = Unplaced { columns, at };
            self.kinds |= 1 << touch.kind().code();
            self.placed
                .push(journey.place(&self.scope.config, self.parts, &touch, &mut self.signals));
            if !self.parts.signals {
                continue;
            }
            if touch.kind() == Kind::Signal {
                let kind = touch.text(Field::Name).and_then(SignalKind::from_name);
                // Journey signals are computed by the model itself; counting an uploaded copy would count them twice.
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

    /// Groups the rows by session. Two browsers of a customer may be open at the same time, so the rows of a session
    /// need not be adjacent.
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
        // A counting sort: each bound moves from the start of its session to its end, which is the start of the next
        // one.
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
