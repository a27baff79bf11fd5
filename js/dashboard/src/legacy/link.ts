/** Links to addresses that came from visitors. */

import { safeHref } from '../ui/link.tsx';
import { h } from './dom.ts';

/** Visitor text, as a link where it is a plain web address. The other site learns nothing of this one. */
export function visitorText(text: string): Node {
  const href = safeHref(text);
  if (href === undefined) return document.createTextNode(text);
  return h('a', { href, rel: 'noopener noreferrer nofollow', target: '_blank' }, text);
}
