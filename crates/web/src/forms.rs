//! Capture of form activity: the field, the time, and refusals; never the value.

use std::rc::{Rc, Weak};

use js_sys::{Array, Reflect, WeakSet};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wayside_tracker::{FieldEvent, FormField};
use web_sys::{Element, Event, EventTarget, MutationRecord, Node, ValidityState, Window};

use crate::element::{FIELD, FORM, Text, closest_here, contains, is_ignored, kind, matches, origin, own_name};
use crate::externs::{Dispatched, View, root_of};
use crate::host::Host;
use crate::scope::Scope;
use crate::values::{object, text};

#[wasm_bindgen]
extern "C" {
    /// A form field.
    type Field;
    #[wasm_bindgen(method, getter)]
    fn validity(this: &Field) -> Option<ValidityState>;
}

/// Parts of the names of fields for coupon codes, in English, German, French and Spanish.
const COUPON: [&str; 7] = ["coupon", "voucher", "promo", "discount", "gutschein", "rabatt", "cupon"];

/// Reasons for which a browser refuses a field, in the order in which browsers list them.
const REASONS: [&str; 10] = [
    "valueMissing",
    "typeMismatch",
    "patternMismatch",
    "tooLong",
    "tooShort",
    "rangeUnderflow",
    "rangeOverflow",
    "stepMismatch",
    "badInput",
    "customError",
];

/// Reports form activity in a window until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Rc<Scope>, view: &Window) {
    let forms = Rc::new(Forms {
        host,
        scope: Rc::downgrade(scope),
        known: WeakSet::new(),
    });
    forms.hear(view, "input", &FIELD, |field, event| {
        let deletes = text(&event.unchecked_ref::<Dispatched>().input_type()).starts_with("delete");
        field.tell(Happened::Filled { deletes });
    });
    if let Some(document) = view.document() {
        forms.hear_root(&document);
    }
    // Submitting a form by script dispatches no event.
    let prototype = view.unchecked_ref::<View>().form_class().prototype();
    scope.wrap(&prototype, "submit", move |form: Element| {
        Seen { host, element: form }.tell(Happened::Sent { by_script: true });
    });
}

/// The listeners of a window and its shadow trees.
struct Forms {
    host: &'static Host,
    /// The owner of the listeners, which own this.
    scope: Weak<Scope>,
    /// Documents and shadow trees that are already listened to.
    known: WeakSet,
}

impl Forms {
    /// Listens to a document or a shadow tree. Some events do not leave a shadow tree, so it gets its own listeners at
    /// the first event within it.
    fn hear_root(self: &Rc<Self>, root: &Node) {
        if self.known.has(root) {
            return;
        }
        self.known.add(root);
        // Focus events between two fields of the same shadow tree do not leave it.
        self.hear(root, "focusin", &FIELD, |field, _| field.tell(Happened::Entered));
        self.hear(root, "focusout", &FIELD, |field, _| field.tell(Happened::Left));
        self.hear(root, "submit", &FORM, |form, _| {
            form.tell(Happened::Sent { by_script: false })
        });
        self.hear(root, "invalid", &FIELD, |field, _| {
            let reason = reason(&field.element);
            field.tell(Happened::Refused(reason));
        });
        self.observe_refusals(root);
    }

    /// Calls `then` with the field or form in which an event of this kind happens.
    fn hear(
        self: &Rc<Self>,
        target: &EventTarget,
        kind: &str,
        selector: &'static Text,
        then: impl Fn(Seen, &Event) + 'static,
    ) {
        let Some(scope) = self.scope.upgrade() else { return };
        let forms = self.clone();
        scope.hear(target, &[kind], move |event: Event| {
            let Some(at) = origin(&event) else { return };
            forms.hear_root(&root_of(&at));
            if let Some(element) = closest_here(&at, selector) {
                let host = forms.host;
                then(Seen { host, element }, &event);
            }
        });
    }

    /// Reports fields that the page marks as invalid.
    fn observe_refusals(&self, root: &Node) {
        let host = self.host;
        let observer = self.scope.upgrade().and_then(|scope| {
            scope.mutation_observer(move |records: JsValue| {
                for record in records.unchecked_into::<Array>() {
                    let Some(target) = record.unchecked_into::<MutationRecord>().target() else {
                        continue;
                    };
                    let element: Element = target.unchecked_into();
                    let is_invalid = element.get_attribute("aria-invalid").is_some_and(|said| said == "true");
                    if is_invalid && matches(&element, &FIELD) {
                        Seen { host, element }.tell(Happened::Refused("aria-invalid".into()));
                    }
                }
            })
        });
        let filter = Array::of1(&"aria-invalid".into()).into();
        let options = object(&[("subtree", true.into()), ("attributeFilter", filter)]);
        if let Some(observer) = observer {
            // Only options without any kind of change are refused.
            let _ = observer.observe_with_options(root, options.unchecked_ref());
        }
    }
}

/// A field or form in which something happened.
struct Seen {
    host: &'static Host,
    element: Element,
}

/// A [`FieldEvent`] that can wait.
enum Happened {
    Entered,
    Filled { deletes: bool },
    Left,
    Refused(String),
    Sent { by_script: bool },
}

impl Seen {
    fn tell(self, happened: Happened) {
        let Self { host, element } = self;
        if is_ignored(&element) {
            return;
        }
        let form = closest_here(&element, &FORM).as_ref().map(own_name).unwrap_or_default();
        let mut name = own_name(&element);
        if name.is_empty() {
            // A field needs a name.
            name = kind(&element);
        }
        host.tell(move |tracker, now| {
            let field = FormField {
                form: &form,
                name: &name,
                is_coupon: COUPON.iter().any(|word| contains(&name, word)),
            };
            let event = match &happened {
                Happened::Entered => FieldEvent::Entered,
                Happened::Filled { deletes } => FieldEvent::Filled { deletes: *deletes },
                Happened::Left => FieldEvent::Left,
                Happened::Refused(reason) => FieldEvent::Refused(reason),
                Happened::Sent { by_script } => FieldEvent::Sent { by_script: *by_script },
            };
            tracker.field(&field, event, now);
        });
    }
}

/// The reason for which the browser refuses the field.
fn reason(field: &Element) -> String {
    let Some(validity) = field.unchecked_ref::<Field>().validity() else {
        return String::new();
    };
    REASONS
        .into_iter()
        .find(|reason| Reflect::get(&validity, &(*reason).into()).is_ok_and(|is| is.is_truthy()))
        .unwrap_or_default()
        .into()
}
