/** Adds line charts to the chart library. */

import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { use } from 'echarts/core';

use([LineChart, GridComponent, LegendComponent]);

export * from './echarts.ts';
