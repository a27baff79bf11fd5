//! The page after an order.

use yew::prelude::*;

#[component]
pub fn Thanks() -> Html {
    html! {
        <>
            <h1>{ "Thank you" }</h1>
            <p>{ "Your mug is being packed." }</p>
            <p><a id="back" href="#/">{ "Back to the shop" }</a></p>
        </>
    }
}
