/** The few pictures of the page, drawn as SVG so that they follow the text's colour. */

import { PATHS } from '../ui/icons.tsx';
import { svg } from './dom.ts';

export function icon(name: keyof typeof PATHS): SVGSVGElement {
  return svg('svg', { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));
}
