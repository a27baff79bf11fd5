/**
 * What all charts share in looks. Holds types of the chart library only, so that the library itself is loaded with the
 * first chart.
 *
 * Tooltips are drawn on the canvas (`renderMode: 'richText'`): ECharts' HTML tooltips would need inline styles, which the
 * CSP forbids, and would be a second place where visitors' text has to be escaped.
 */

import type { BarSeriesOption, CustomSeriesOption, SankeySeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { Tokens } from '../ui/theme.ts';

export type Series = BarSeriesOption | CustomSeriesOption | SankeySeriesOption;

export type ChartOption = ComposeOption<Series | GridComponentOption | LegendComponentOption | TooltipComponentOption>;

/** A tooltip in the page's colours, drawn as text on the canvas. */
export function tooltip(colours: Tokens): TooltipComponentOption {
  return {
    renderMode: 'richText',
    confine: true,
    backgroundColor: colours.surface,
    borderColor: colours.line,
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: colours.ink, fontFamily: colours.font, fontSize: 13, lineHeight: 19 },
  };
}

/** Text for canvas labels, where braces and bars would be read as style marks. Long names are cut. */
export function plain(text: string, longest = 40): string {
  const flat = text.replace(/[{}|\r\n]/g, ' ');
  return flat.length > longest ? `${flat.slice(0, longest - 1)}…` : flat;
}
