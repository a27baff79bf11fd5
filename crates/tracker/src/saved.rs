//! What a page leaves for the next: the journey's state and the step's clock, as text.

use alloc::string::String;

use wayside_model::{Journey, Timestamp, journey};

use crate::steps::{Step, Steps};
use crate::text::{from_base64, parse_int, push_base64, push_int, take_until};

/// Writes `1 COUNTED WAITING ACTING RELOADS LOADING JOURNEY STEP`; no step, no name.
pub(crate) fn save(journey: &Journey, steps: &Steps) -> String {
    let none = Step::default();
    let step = steps.open.as_ref().unwrap_or(&none);
    let mut out = String::new();
    for n in [
        FORMAT,
        steps.counted.millis(),
        step.waiting_ms,
        step.acting_ms,
        step.reloads,
        i64::from(steps.loading),
    ] {
        push_int(&mut out, n);
        out.push(' ');
    }
    push_base64(&mut out, &journey.save());
    out.push(' ');
    out.push_str(&step.name);
    out
}

/// Reads what [`save`] wrote; `None` for another format, another version of the model or broken text, which begin anew.
pub(crate) fn restore(config: &journey::Config, saved: &str) -> Option<(Journey, Steps)> {
    let mut rest = saved;
    let mut number = || parse_int(take_until(&mut rest, b' '));
    if number()? != FORMAT {
        return None;
    }
    let counted = Timestamp::checked(number()?)?;
    let (waiting_ms, acting_ms, reloads, loading) = (number()?, number()?, number()?, number()?);
    let journey = Journey::restore(config, &from_base64(take_until(&mut rest, b' '))?).ok()?;
    let name: String = rest.into();
    let open = (!name.is_empty()).then_some(Step {
        name,
        waiting_ms,
        acting_ms,
        reloads,
    });
    Some((
        journey,
        Steps {
            open,
            counted,
            loading: loading == 1,
            ..Steps::default()
        },
    ))
}

/// Raised when the layout changes; older text is then passed over.
const FORMAT: i64 = 1;
