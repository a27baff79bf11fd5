//! The page of the only product.

use yew::prelude::*;

use crate::touchpoints::{Cart, record};

#[component]
pub fn Product() -> Html {
    let is_in_cart = use_state(|| false);
    use_effect_with((), |()| record("view_item", &Cart::of_mug()));
    let add = {
        let is_in_cart = is_in_cart.clone();
        Callback::from(move |_: MouseEvent| {
            record("add_to_cart", &Cart::of_mug());
            is_in_cart.set(true);
        })
    };
    html! {
        <>
            <h1>{ "Harbour mug" }</h1>
            // A picture that does nothing when it is clicked: several clicks on it are a signal.
            <svg id="picture" viewBox="0 0 60 50" role="img" aria-label="A mug">
                <path d="M5 5h35v30q0 10-10 10H15Q5 45 5 35zM40 12h6q9 0 9 9t-9 9h-6" />
            </svg>
            <p>{ "0.3 l, stoneware, € 19.90" }</p>
            <p><button id="add" onclick={add}>{ "Add to cart" }</button></p>
            if *is_in_cart {
                <p><a id="checkout" href="#/checkout">{ "To the checkout" }</a></p>
            }
        </>
    }
}
