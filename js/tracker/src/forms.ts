// What happens in forms: which field, when, and that it was refused; never what is in it.

import { hearing, ignored, origin, ownName } from './element.ts';
import type { Say } from './activity.ts';
import { FieldEvent, Take } from './wasm.ts';

/** What people fill in. */
const FIELD = 'input:not([type=submit],[type=button],[type=reset],[type=image],[type=hidden]),select,textarea,[contenteditable]';

/** Names of fields for coupon codes, in English, German, French and Spanish. */
const COUPON = /coupon|voucher|promo|discount|gutschein|rabatt|cupon/i;

/** Hears what happens in the forms of a window until `signal`. */
export function watchForms(view: Window, signal: AbortSignal, say: Say): void {
  const tell = (what: FieldEvent, element: Element, detail?: unknown): void => {
    if (ignored(element)) return;
    // A field must have a name.
    const field = ownName(element) || element.localName;
    say(Take.field, what, ownName(element.closest('form')), field, COUPON.test(field), detail);
  };
  const hear = (type: string, what: FieldEvent, target: EventTarget, detail?: (event: never, field: never) => unknown): void =>
    hearing(target, signal)(type, (event: Event) => {
      const at = origin(event);
      if (!at) return;
      hearRoot(at.getRootNode());
      const field = at.closest(what === FieldEvent.sent ? 'form' : FIELD);
      if (field) tell(what, field, detail?.(event as never, field as never));
    });
  /** Trees whose events do not come out of them are listened to when somebody is in them. */
  const known = new WeakSet<Node>();
  const hearRoot = (root: Node): void => {
    if (known.has(root)) return;
    known.add(root);
    // From one field to the next, the focus does not come out of their tree.
    hear('focusin', FieldEvent.entered, root);
    hear('focusout', FieldEvent.left, root);
    hear('submit', FieldEvent.sent, root);
    hear('invalid', FieldEvent.refused, root, (_: never, { validity }: HTMLInputElement) => {
      for (const why in validity) if (validity[why as keyof ValidityState]) return why;
      return '';
    });
    new MutationObserver((records, observer) => {
      if (signal.aborted) return observer.disconnect();
      for (const { target } of records) {
        const field = target as Element;
        if (field.getAttribute('aria-invalid') === 'true' && field.matches(FIELD)) tell(FieldEvent.refused, field, 'aria-invalid');
      }
    }).observe(root, { subtree: true, attributeFilter: ['aria-invalid'] });
  };
  // A script that sends a form makes no event.
  const { prototype } = (view as typeof globalThis & Window).HTMLFormElement;
  const { submit } = prototype;
  prototype.submit = function () {
    submit.call(this);
    tell(FieldEvent.sent, this, true);
  };
  hear('input', FieldEvent.filled, view, ({ inputType }: InputEvent) => inputType?.startsWith('delete'));
  hearRoot(view.document);
}
