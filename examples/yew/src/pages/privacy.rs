//! The page on which nothing is recorded but its view, with which Wayside stops.

use yew::prelude::*;

#[component]
pub fn Privacy() -> Html {
    html! {
        <>
            <h1>{ "Privacy" }</h1>
            <p>{ "Nothing that you do on this page is recorded." }</p>
            <p><a id="back" href="#/">{ "Back to the shop" }</a></p>
        </>
    }
}
