//! The shop's routes, which are in the fragment of the address: `#/checkout`.

use gloo_events::EventListener;
use yew::prelude::*;

/// A page of the shop.
#[derive(Clone, Copy, PartialEq)]
pub enum Route {
    Product,
    Checkout,
    Thanks,
    Privacy,
}

impl Route {
    fn current() -> Self {
        let fragment = window().location().hash().unwrap_or_default();
        match fragment.as_str() {
            "#/checkout" => Self::Checkout,
            "#/thanks" => Self::Thanks,
            "#/privacy" => Self::Privacy,
            _ => Self::Product,
        }
    }
}

/// The route of the address.
#[hook]
pub fn use_route() -> Route {
    let route = use_state(Route::current);
    let setter = route.setter();
    use_effect_with((), move |()| {
        let listener = EventListener::new(&window(), "hashchange", move |_| setter.set(Route::current()));
        move || drop(listener)
    });
    *route
}

/// Opens the page at this fragment.
pub fn open(fragment: &str) {
    // Only a fragment is set, which every browser allows.
    let _ = window().location().set_hash(fragment);
}

fn window() -> web_sys::Window {
    web_sys::window().expect("a front end runs in a page")
}
