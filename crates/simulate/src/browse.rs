//! Browsing before the checkout: promotions, searches, products and the cart.

use wayside_model::{Kind, Value};

use crate::journal::{Fields, money, text};
use crate::shop::{PRODUCTS, Product, SEARCHES};
use crate::visit::Visit;

impl Visit<'_, '_> {
    pub(crate) fn promotion(&mut self) {
        let fields = || {
            vec![
                ("promotion_id", text("autumn")),
                ("promotion_name", text("Autumn walks")),
            ]
        };
        self.note(Kind::ViewPromotion, fields());
        if self.person.chance.is(0.3) {
            self.wait(3_000.0);
            self.note(Kind::SelectPromotion, fields());
        }
    }

    /// Things that people do beside looking at products.
    pub(crate) fn wander(&mut self) {
        if self.person.chance.is(0.28) {
            let (term, results) = *self.person.chance.one_of(&SEARCHES);
            self.page("/search");
            let fields = vec![("search_term", text(term)), ("results", Value::Int(results))];
            self.note(Kind::Search, fields);
            self.engage(6_000.0, 400);
        }
        if self.person.chance.is(0.05) {
            let path =
                *self
                    .person
                    .chance
                    .one_of(&["/guides/lacing", "/stores", "/contact", "/faq", "/account/orders"]);
            self.page(path);
            if path == "/faq" {
                let fields = vec![
                    ("url", text(self.address.clone())),
                    ("element", text("How do I return something?")),
                    ("method", text("question")),
                ];
                self.note(Kind::Click, fields);
            }
            self.engage(45_000.0, 960);
        }
    }

    /// Looks at a product, from the list of its category.
    pub(crate) fn look(&mut self) -> &'static Product {
        let product = self.person.next_product();
        let list = format!("/{}", product.category.to_ascii_lowercase());
        let of_list = |items| {
            vec![
                ("item_list_id", text(product.category.to_ascii_lowercase())),
                ("item_list_name", text(product.category)),
                ("items", Value::List(items)),
            ]
        };
        self.page(&list);
        let shown = PRODUCTS.iter().filter(|other| other.category == product.category);
        self.note(
            Kind::ViewItemList,
            of_list(shown.map(|product| product.item(1)).collect()),
        );
        self.engage(8_000.0, 450);
        self.note(Kind::SelectItem, of_list(vec![product.item(1)]));
        self.page(&product.path());
        let item = || {
            vec![
                ("currency", text("EUR")),
                ("value", money(product.cents)),
                ("items", Value::List(vec![product.item(1)])),
            ]
        };
        self.note(Kind::ViewItem, item());
        if self.person.chance.is(0.06) {
            // The page is not what was expected.
            self.wait(1_500.0);
            self.show(&list, "back_forward");
            return product;
        }
        self.engage(18_000.0, 620);
        if self.person.chance.is(0.03) {
            self.rage("Size guide");
        }
        if self.person.chance.is(0.04) {
            self.note(Kind::Copy, vec![("element", text("Price"))]);
        }
        if self.person.chance.is(0.05) {
            for _ in 0..3 {
                self.wait(20_000.0);
                let away = self.person.chance.around_ms(15_000.0, 0.5);
                self.note(Kind::TabSwitch, vec![("duration_ms", Value::Int(away))]);
            }
        }
        if self.person.chance.is(0.05) {
            self.note(Kind::AddToWishlist, item());
        }
        product
    }

    /// Puts a product into the cart. Socks are bought with shoes.
    pub(crate) fn fill(&mut self, product: &'static Product) {
        let quantity = 1 + i64::from(product.cents < 3_000 && self.person.chance.is(0.3));
        self.put(product, quantity);
        let socks = &PRODUCTS[2];
        if product.category == "Shoes" && product.id != socks.id && self.person.chance.is(0.35) {
            self.put(socks, 2);
        }
    }

    fn put(&mut self, product: &'static Product, quantity: i64) {
        self.wait(4_000.0);
        match self.cart.iter_mut().find(|(known, _)| known.id == product.id) {
            Some((_, known)) => *known += quantity,
            None => self.cart.push((product, quantity)),
        }
        let fields = change(product, quantity);
        self.note(Kind::AddToCart, fields);
    }

    /// Takes something out of a full cart now and then.
    pub(crate) fn forget_some(&mut self) {
        if self.cart.len() > 1
            && self.person.chance.is(0.25)
            && let Some((product, quantity)) = self.cart.pop()
        {
            self.page("/cart");
            self.note(Kind::RemoveFromCart, change(product, quantity));
        }
    }
}

fn change(product: &Product, quantity: i64) -> Fields {
    vec![
        ("currency", text("EUR")),
        ("value", money(product.cents * quantity)),
        ("items", Value::List(vec![product.item(quantity)])),
    ]
}
