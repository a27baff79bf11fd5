// Capture of form activity: the field, the time, and refusals; never the value.

import { hearing, ignored, origin, ownName } from './element.ts';
import type { Say } from './activity.ts';
import { FieldEvent, Take } from './wasm.ts';

/** Elements that visitors fill in. */
const FIELD = 'input:not([type=submit],[type=button],[type=reset],[type=image],[type=hidden]),select,textarea,[contenteditable]';

/** Names of fields for coupon codes, in English, German, French and Spanish. */
const COUPON = /coupon|voucher|promo|discount|gutschein|rabatt|cupon/i;

/** Reports form activity in a window until `signal` is aborted. */
export function watchForms(view: Window, signal: AbortSignal, say: Say): void {
  const tell = (what: FieldEvent, element: Element, detail?: unknown): void => {
    if (ignored(element)) return;
    // A field needs a name.
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
  /** Shadow trees that are already listened to. Some events do not leave a shadow tree, so it gets its own listeners at the first focus. */
  const known = new WeakSet<Node>();
  const hearRoot = (root: Node): void => {
    if (known.has(root)) return;
    known.add(root);
    // Focus events between two fields of the same shadow tree do not leave it.
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
  // Submitting a form by script dispatches no event.
  const { prototype } = (view as typeof globalThis & Window).HTMLFormElement;
  const { submit } = prototype;
  prototype.submit = function () {
    submit.call(this);
    tell(FieldEvent.sent, this, true);
  };
  hear('input', FieldEvent.filled, view, ({ inputType }: InputEvent) => inputType?.startsWith('delete'));
  hearRoot(view.document);
}
