// Classification and naming of elements. Names consist of attributes, never of text or of input.

/** Interactive elements. */
const USED = '[data-wayside-name],a,button,input,select,textarea,label,summary,[role]';

/** Elements whose click should change the page, unless it leads to another page. */
const ANSWERS =
  'button,summary,[type=submit],[type=button],[role=button],[role=tab],[role=menuitem],[role=option],' +
  'a[href]:not([target=_blank],[download],[href^="tel:"],[href^="mailto:"],[href^="sms:"])';

/**
 * Elements that are meant for repeated clicks: steppers, sliders, calendars, pagers, carousels, maps, games, players, and links that download a file.
 */
const REPEATABLE =
  'input[type=number],input[type=range],[role=spinbutton],[role=slider],[role=scrollbar],[role=grid],' +
  '[aria-roledescription*=carousel i],[aria-roledescription*=slide i],[rel=next],[rel=prev],' +
  '[aria-label*=next i],[aria-label*=prev i],[aria-label*=increase i],[aria-label*=decrease i],' +
  '[aria-label*=plus i],[aria-label*=minus i],[aria-label*=quantity i],[aria-label*=zoom i],' +
  '[data-wayside-repeat],a[download],canvas,video,audio';

/** Elements that open the answer to a frequent question. */
const QUESTION = ':is([itemtype*=FAQ],[class*=faq i],[id*=faq i]) :is(summary,[aria-expanded])';

/** Files that browsers download instead of showing them. */
const FILE = /\.(pdf|zip|gz|rar|7z|exe|dmg|pkg|docx?|xlsx?|pptx?|csv|txt|epub|mp[34])$/i;

/** Returns a function that listens to events of a target until `signal` is aborted. Listeners never prevent or stop events. */
export const hearing =
  (target: EventTarget, signal: AbortSignal) =>
  (types: string, then: (event: never) => void, capture = true): void => {
    for (const type of types.split(' ')) target.addEventListener(type, then as EventListener, { signal, capture, passive: true });
  };

/** The element at which an event originated, also in a shadow tree. */
export const origin = (event: Event): Element | null | undefined => {
  // After its dispatch, an event has no path.
  const [target = event.target as Element | null] = event.composedPath() as Element[];
  return target?.closest && target;
};

/** The nearest ancestor that matches, also outside the element's shadow trees. */
export const closest = (element: Element | undefined, selector: string): Element | null | undefined =>
  element && (element.closest(selector) ?? closest((element.getRootNode() as ShadowRoot).host, selector));

const attribute = (element: Element, name: string): string => element.getAttribute(name) ?? '';

/** Whether the element or an ancestor has `data-wayside-ignore`; on a shadow host it covers the whole shadow tree. */
export const ignored = (element: Element): boolean => !!closest(element, '[data-wayside-ignore]');

/** `data-wayside-name`, or role, label and id of the element. */
export function name(element: Element): string {
  const id = attribute(element, 'id');
  const label = attribute(element, 'aria-label') || attribute(element, 'name');
  const kind = attribute(element, 'role') || element.localName;
  return attribute(element, 'data-wayside-name') || kind + (id && `#${id}`) + (label && ` ${label}`);
}

/** The name or id of a form or field. */
export const ownName = (element: Element | null): string => {
  for (const key of ['data-wayside-name', 'name', 'id', 'aria-label', 'type']) {
    const own = element && attribute(element, key);
    if (own) return own;
  }
  return '';
};

/** Whether a click on the target should change the page. */
export const answers = (target: Element): boolean => !!closest(target, ANSWERS);

/**
 * The click in the form that the Wasm takes: `[name, x, y, selects_text, ignored, repeatable, expects_answer, on_control, link, method]`.
 */
export function click({ clientX, clientY, detail, ctrlKey, metaKey, shiftKey }: MouseEvent, target: Element): unknown[] {
  const inside = (selector: string): Element | null | undefined => closest(target, selector);
  const link = inside('a[href]') as HTMLAnchorElement | null;
  const used = inside(USED);
  // The second click of a double click selects a word, the third a paragraph. The selected text is not read.
  const selectsText = detail > 1 && getSelection()?.isCollapsed === false;
  const method = link && (link.matches('[download]') || FILE.test(link.pathname)) ? 'download' : inside(QUESTION) ? 'question' : '';
  return [
    name(used ?? target),
    clientX,
    clientY,
    selectsText,
    ignored(target),
    // A click by keyboard has no position, and repeats while the key is held.
    !detail || !!inside(REPEATABLE),
    // Downloads and links that open another tab or window do not change the page.
    method !== 'download' && !(ctrlKey || metaKey || shiftKey) && answers(target),
    !!used,
    link?.href,
    method,
  ];
}
