//! The part of the shop that Wayside records.

use std::fmt::Display;

use wayside_web::Options;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub children: Html,
}

/// Wayside runs while this is shown, and stops when it goes.
#[component]
pub fn Recorded(props: &Props) -> Html {
    // A memo instead of an effect, because it runs before the children, which listen to signals.
    let _wayside = use_memo((), |()| {
        let options = Options {
            debug: true,
            ..Options::new("shop")
        };
        wayside_web::init(options).inspect_err(report)
    });
    props.children.clone()
}

/// Reports an error to the developer. The shop goes on without Wayside.
pub fn report(error: &impl Display) {
    web_sys::console::warn_1(&error.to_string().into());
}
