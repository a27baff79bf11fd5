/**
 * What all charts share in looks. Holds types of the chart library only, so that the library itself is loaded with the
 * first chart.
 *
 * Tooltips are elements made here, with text as text nodes. ECharts would otherwise set HTML with inline styles, which
 * the CSP forbids and which would be a second place where visitors' text has to be escaped.
 */

import type { BarSeriesOption, CustomSeriesOption, LineSeriesOption, SankeySeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import { render } from 'preact';
import type { Tokens } from '../ui/theme.ts';

export type Series = BarSeriesOption | CustomSeriesOption | LineSeriesOption | SankeySeriesOption;

export type ChartOption = ComposeOption<Series | GridComponentOption | LegendComponentOption | TooltipComponentOption>;

/** A tooltip that shows what `tip` makes. It stays inside the chart, where ECharts draws no arrow of HTML for it. */
export function tooltip(colours: Tokens): TooltipComponentOption {
  return {
    renderMode: 'html',
    confine: true,
    transitionDuration: 0,
    backgroundColor: colours.surface,
    borderColor: colours.line,
    borderWidth: 1,
    padding: [10, 12],
    extraCssText: 'box-shadow: 0 6px 20px rgb(0 0 0 / 14%); border-radius: 8px;',
    textStyle: { color: colours.ink, fontFamily: colours.font, fontSize: 13, lineHeight: 19 },
  };
}

/** The shade behind the bars of one step. */
export function shade(colours: Tokens): NonNullable<TooltipComponentOption['axisPointer']> {
  return { type: 'shadow', z: 0, shadowStyle: { color: colours.line, opacity: 0.4 } };
}

/** The content of a tooltip: a heading and its facts. */
export function tip(heading: string, facts: readonly (readonly [label: string, value: string])[]): HTMLElement {
  const place = document.createElement('div');
  render(
    <div class="tip">
      <strong>{heading}</strong>
      <dl>
        {facts.map(([label, value]) => (
          <>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </div>,
    place,
  );
  return place;
}

/** Text for canvas labels, where braces and bars would be read as style marks. Long names are cut. */
export function plain(text: string, longest = 40): string {
  const flat = text.replace(/[{}|\r\n]/g, ' ');
  return flat.length > longest ? `${flat.slice(0, longest - 1)}…` : flat;
}
