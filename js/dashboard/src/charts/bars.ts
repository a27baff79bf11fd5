/** Adds bar charts and interval whiskers to the chart library. */

import { BarChart, CustomChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { use } from 'echarts/core';

use([BarChart, CustomChart, GridComponent, LegendComponent]);

export * from './echarts.ts';
