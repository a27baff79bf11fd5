//! Recognition of responses to a click. The page is observed only after a press.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Activity;
use web_sys::{Event, MouseEvent, MutationObserver, Node, Window};

use crate::element::{answers, origin};
use crate::externs::root_of;
use crate::host::Host;
use crate::scope::Scope;
use crate::values::object;

/// Reports responses to clicks in a window until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Scope, view: &Window) {
    let watch = Rc::new(Watch {
        host,
        press: Cell::default(),
        observer: RefCell::default(),
    });
    let changed = watch.clone();
    let observer = scope.mutation_observer(move |_: JsValue| changed.answered());
    watch.observer.replace(observer);
    let pressed = watch.clone();
    let document = view.document();
    scope.hear(view, &["pointerdown", "click"], move |event: MouseEvent| {
        let Some(target) = origin(&event).filter(answers) else {
            return;
        };
        let roots = [Some(root_of(&target)), document.clone().map(Node::from)];
        pressed.pressed(event.type_() == "click", &roots);
    });
    scope.hear(
        view,
        &["scroll", "blur", "popstate", "selectionchange", "input"],
        move |_: Event| watch.answered(),
    );
}

struct Watch {
    host: &'static Host,
    press: Cell<Press>,
    observer: RefCell<Option<MutationObserver>>,
}

/// The state of a press whose response is awaited.
#[derive(Clone, Copy, Default, PartialEq)]
enum Press {
    #[default]
    None,
    Down,
    Clicked,
    AnsweredEarly,
}

impl Watch {
    fn pressed(&self, is_click: bool, roots: &[Option<Node>]) {
        let early = self.press.get() == Press::AnsweredEarly;
        self.press.set(if is_click { Press::Clicked } else { Press::Down });
        // A change between press and click is a response to the click.
        if early && is_click {
            return self.answered();
        }
        let options = object(&[
            ("subtree", true.into()),
            ("childList", true.into()),
            ("attributes", true.into()),
            ("characterData", true.into()),
        ]);
        if let Some(observer) = &*self.observer.borrow() {
            for root in roots.iter().flatten() {
                // Only options without any kind of change are refused.
                let _ = observer.observe_with_options(root, options.unchecked_ref());
            }
        }
    }

    fn answered(&self) {
        let press = self.press.get();
        if press == Press::None {
            return;
        }
        if let Some(observer) = &*self.observer.borrow() {
            observer.disconnect();
        }
        self.press.set(match press {
            Press::Down => Press::AnsweredEarly,
            _ => Press::None,
        });
        if press == Press::Clicked {
            self.host
                .tell(|tracker, now| tracker.activity(&Activity::Answered, now));
        }
    }
}
