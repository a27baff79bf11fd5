/** Everything a touchpoint carries, by name. */

import { words } from '../data/format.ts';
import { valueOf } from '../data/live.ts';
import { h } from './dom.ts';
import { visitorText } from './link.ts';

/** `special` gives a field another form than text, such as a link within this page. */
export function fieldList(
  fields: Iterable<readonly [string, unknown]>,
  special: Readonly<Record<string, Node>> = {},
): HTMLElement {
  const list = h('dl', { class: 'fields' });
  for (const [name, value] of fields) {
    if (value === '' || value === null || value === undefined) continue;
    list.append(h('dt', {}, words(name)), h('dd', {}, special[name] ?? visitorText(valueOf(value))));
  }
  return list;
}
