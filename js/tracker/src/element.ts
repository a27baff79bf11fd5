// What a click was on: a name made of attributes, never of text.

/** What visitors use. */
const USED = '[data-wayside-name],a,button,input,select,textarea,label,summary,[role]';

/**
 * What is made to be pressed again and again: steppers, sliders, calendars, pagers, carousels, maps, games, players, and
 * links that load a file.
 */
const REPEATABLE =
  'input[type=number],input[type=range],[role=spinbutton],[role=slider],[role=scrollbar],[role=grid],' +
  '[aria-roledescription*=carousel i],[aria-roledescription*=slide i],[rel=next],[rel=prev],' +
  '[aria-label*=next i],[aria-label*=prev i],[aria-label*=increase i],[aria-label*=decrease i],' +
  '[aria-label*=plus i],[aria-label*=minus i],[aria-label*=quantity i],[aria-label*=zoom i],' +
  '[data-wayside-repeat],a[download],canvas,video,audio';

/** `data-wayside-name`, or role, label and id of the nearest element that is made to be used. */
function name(target: Element): string {
  const element = target.closest(USED) ?? target;
  const get = (attribute: string): string => element.getAttribute(attribute) ?? '';
  const id = get('id');
  const label = get('aria-label') || get('name');
  return get('data-wayside-name') || (get('role') || element.tagName.toLowerCase()) + (id && `#${id}`) + (label && ` ${label}`);
}

/** The click as the Wasm takes it: `[name, x, y, selects_text, ignored, repeatable]`. */
export function click({ clientX, clientY, detail }: MouseEvent, target: Element): unknown[] {
  const inside = (selector: string): boolean => !!target.closest(selector);
  // The second click of a double click selects a word, the third a paragraph. What is selected is not looked at.
  const selectsText = detail > 1 && getSelection()?.isCollapsed === false;
  return [name(target), clientX, clientY, selectsText, inside('[data-wayside-ignore]'), inside(REPEATABLE)];
}
