//! An offer of help, as soon as a signal of friction tells that the customer is in trouble.

use serde::Serialize;
use wayside_web::{Family, SignalKind, on_signal};
use yew::prelude::*;

use crate::recorded::report;
use crate::touchpoints::record;

/// A touchpoint of the shop's own. The signal becomes one of its properties.
#[derive(Serialize)]
struct HelpOffered {
    signal: SignalKind,
}

#[component]
pub fn Help() -> Html {
    let trouble = use_state(|| None);
    let setter = trouble.setter();
    use_effect_with((), move |()| {
        let listener = on_signal(move |signal| {
            if signal.family == Family::Friction {
                record("help_offered", &HelpOffered { signal: signal.kind });
                setter.set(Some(signal.kind));
            }
        });
        // The listener ends with the component.
        let listener = listener.inspect_err(report).ok();
        move || drop(listener)
    });
    match *trouble {
        None => Html::default(),
        Some(kind) => html! {
            <aside role="status">
                <p>{ "Does the page not do what it should? Call us: " }<a href="tel:+4930901820">{ "+49 30 901820" }</a></p>
                <p>{ "Signal: " }<code id="signal">{ kind.name() }</code></p>
            </aside>
        },
    }
}
