/** Draws a chart as the text of an SVG file. Loaded when the first one is saved. */

import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

import type { ChartOption } from './style.tsx';

use([SVGRenderer]);

/** The kinds of chart in `option` have to be loaded, as they are once a chart of them is on the page. */
export function toSvg(option: ChartOption, width: number, height: number): string {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption({ ...option, animation: false });
    return drawing.renderToSVGString();
  } finally {
    drawing.dispose();
  }
}
