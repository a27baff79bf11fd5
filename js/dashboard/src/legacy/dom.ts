/**
 * Elements from script. Text is only ever a text node, there is no way to pass HTML, and an attribute can be neither
 * `style` nor an event handler, so that a visitor's text stays text and the page's strict CSP holds.
 */

export type Child = Node | string | number | null | undefined | false;

export interface Props {
  readonly [attribute: string]: string | number | boolean | undefined | Handler;
}

type Handler = (event: never) => void;

/** Creates an element. Function-valued props are listeners by event name, `true` is an empty attribute. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  apply(element, props);
  append(element, children);
  return element;
}

/** Creates an SVG element, for icons and small marks. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  apply(element, props);
  append(element, children);
  return element;
}

/** Sets CSS custom properties through the CSSOM, which the CSP allows. */
export function vars<E extends HTMLElement | SVGElement>(
  element: E,
  values: Readonly<Record<`--${string}`, string | number>>,
): E {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(name, String(value));
  return element;
}

export function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(typeof child === 'number' ? String(child) : child);
  }
}

let lastId = 0;

/** An id for a label or description within this page. */
export function freshId(prefix: string): string {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

function apply(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value as unknown as EventListener);
    else if (name === 'style' || name.startsWith('on')) throw new Error(`attribute ${name} is not set from script`);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}
