/** Adds the Sankey diagram to the chart library. */

import { SankeyChart } from 'echarts/charts';
import { use } from 'echarts/core';

use([SankeyChart]);

export * from './echarts.ts';
