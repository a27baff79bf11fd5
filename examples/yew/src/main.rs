//! A shop made with Yew: a product, its checkout, and a page on which nothing is recorded.
//!
//! | file | contents |
//! | --- | --- |
//! | `recorded.rs` | Wayside's start, and its end when the component goes |
//! | `help.rs` | an offer of help, which a signal opens |
//! | `touchpoints.rs` | the shop's own touchpoints as structs |
//! | `pages/` | the pages, which record them |

mod help;
mod pages;
mod recorded;
mod route;
mod touchpoints;

use yew::prelude::*;

use crate::help::Help;
use crate::pages::{Checkout, Privacy, Product, Thanks};
use crate::recorded::Recorded;
use crate::route::{Route, use_route};

#[component]
fn Shop() -> Html {
    let page = match use_route() {
        Route::Privacy => return html! { <main><Privacy /></main> },
        Route::Product => html! { <Product /> },
        Route::Checkout => html! { <Checkout /> },
        Route::Thanks => html! { <Thanks /> },
    };
    html! {
        <Recorded>
            <main>
                { page }
                <Help />
                <p><a href="#/privacy">{ "Privacy" }</a></p>
            </main>
        </Recorded>
    }
}

fn main() {
    yew::Renderer::<Shop>::new().render();
}
