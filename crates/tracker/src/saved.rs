//! Serialization of the state that a page leaves for the next: the journey and the clock of the checkout step.

use alloc::vec::Vec;

use wayside_model::{Journey, State};

use crate::steps::Steps;

/// Writes the clock of the checkout step and the journey.
pub(crate) fn save(journey: &mut Journey, steps: &mut Steps) -> Vec<u8> {
    let mut state = State::write();
    pass(steps, journey, &mut state);
    state.into_bytes()
}

/// Reads the state that [`save`] wrote; `None` for another format, another model version or damaged bytes. The caller
/// then starts with an empty state.
pub(crate) fn restore(saved: &[u8]) -> Option<(Journey, Steps)> {
    let mut steps = Steps::default();
    let mut journey = Journey::default();
    let mut state = State::read(saved);
    pass(&mut steps, &mut journey, &mut state);
    state.is_good().then_some((journey, steps))
}

fn pass(steps: &mut Steps, journey: &mut Journey, state: &mut State<'_>) {
    state.exactly(FORMAT);
    state.time(&mut steps.counted);
    steps.loading = state.code(steps.loading.into()) == 1;
    let step = &mut steps.step;
    state.text(&mut step.name);
    state.int(&mut step.waiting_ms);
    state.int(&mut step.acting_ms);
    state.int(&mut step.reloads);
    journey.state(state);
}

/// Version of the layout. State of another version is ignored.
const FORMAT: u32 = 3;
