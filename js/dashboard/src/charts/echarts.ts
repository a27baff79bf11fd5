/** Apache ECharts with what every chart here needs. Loaded when the first chart is shown, never before. */

import { TooltipComponent } from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([CanvasRenderer, TooltipComponent]);

export function create(element: HTMLElement): EChartsType {
  return init(element, null, { renderer: 'canvas' });
}
