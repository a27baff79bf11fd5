//! The checkout.

use yew::prelude::*;

use crate::route;
use crate::touchpoints::{Cart, Purchase, record};

#[component]
pub fn Checkout() -> Html {
    use_effect_with((), |()| record("begin_checkout", &Cart::of_mug()));
    let order = Callback::from(|event: SubmitEvent| {
        event.prevent_default();
        record(
            "purchase",
            &Purchase {
                transaction_id: format!("T{}", event.time_stamp()),
                cart: Cart::of_mug(),
            },
        );
        route::open("/thanks");
    });
    html! {
        <>
            <h1>{ "Checkout" }</h1>
            <form id="order" onsubmit={order}>
                <p><label>{ "E-mail " }<input name="email" type="email" required={true} /></label></p>
                <p><button id="send">{ "Order for € 19.90" }</button></p>
            </form>
        </>
    }
}
