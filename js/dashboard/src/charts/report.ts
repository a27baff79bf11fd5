/** The largest rows of any report as bars. */

import { cellText, title, words } from '../data/format.ts';
import { rowsOf, type Column, type Report } from '../data/report.ts';
import type { Tokens } from '../ui/theme.ts';
import { plain, shade, tip, tooltip, type ChartOption, type Series } from './style.ts';

/** Bars that are drawn: as many as can be read at a glance; the table has all rows. */
const BARS_MAX = 12;
/** Words of a row that name its bar; further ones would not fit. */
const LABEL_WORDS_MAX = 3;
/** What is drawn by preference: how many are concerned says more than how often it happened. */
const PREFERRED: readonly string[] = ['sessions', 'customers', 'count', 'loads'];

export interface Ranking {
  readonly title: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly text: string }[];
}

/** The rows with the most of one column; none where the report has no such column, or too little to compare. */
export function ranked(report: Report): Ranking | undefined {
  const counts = report.columns.filter(({ unit }) => unit === 'count');
  const column = PREFERRED.map((name) => counts.find((candidate) => candidate.name === name)).find(Boolean) ?? counts[0];
  if (column === undefined) return undefined;
  const names = report.columns.filter(({ type, unit, name }) => type === 'text' && unit === undefined && !ASIDES.includes(name));
  const bars = rowsOf(report)
    .map((row) => ({
      label: namesOf(names.map(({ name }) => row.text(name))),
      value: row.count(column.name),
      text: cellText(row.cell(column.name), column as Column),
    }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, BARS_MAX);
  return bars.length < 2 ? undefined : { title: title(column.name), bars };
}

/** Text that says something about a row and does not name it. */
const ASIDES: readonly string[] = ['family', 'unit', 'rating', 'advice', 'doc', 'currency'];

function namesOf(texts: readonly string[]): string {
  const shown = texts.filter((text) => text !== '').slice(0, LABEL_WORDS_MAX);
  return shown.map((text) => (text.startsWith('/') ? text : words(text))).join(' · ');
}

export function reportHeight({ bars }: Ranking): number {
  return 44 + bars.length * 34;
}

export function reportOption({ title: name, bars }: Ranking, colours: Tokens, width: number): ChartOption {
  const label = { fontFamily: colours.font, fontSize: 13, color: colours.ink };
  const narrow = width < 500;
  return {
    grid: { left: 4, right: 58, top: 8, bottom: 4, containLabel: true },
    xAxis: {
      type: 'value',
      splitNumber: narrow ? 3 : 6,
      minInterval: 1,
      axisLabel: { ...label, color: colours.muted, fontSize: 12, hideOverlap: true },
      splitLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map((bar) => plain(bar.label, narrow ? 22 : 44)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { ...label, width: narrow ? 120 : 280, overflow: 'break', lineHeight: 14 },
    },
    tooltip: {
      ...tooltip(colours),
      trigger: 'axis',
      axisPointer: shade(colours),
      formatter: (points: unknown) => {
        const first: unknown = Array.isArray(points) ? points[0] : points;
        const bar = bars[Number((first as { dataIndex?: unknown } | undefined)?.dataIndex)];
        return bar === undefined ? '' : tip(bar.label, [[name, bar.text]]);
      },
    },
    series: [
      {
        type: 'bar',
        name,
        data: bars.map(({ value }) => value),
        barMaxWidth: 20,
        itemStyle: { color: colours.accent },
        emphasis: { disabled: true },
        label: {
          show: true,
          position: 'right',
          ...label,
          color: colours.muted,
          formatter: (point: { dataIndex: number }) => bars[point.dataIndex]?.text ?? '',
        },
      } as Series,
    ],
  };
}
