/** The largest rows of any report as bars. */

import { cellText, inUnit, title, words } from '../data/format.ts';
import { rowsOf, type Column, type Report } from '../data/report.ts';
import type { Tokens } from '../ui/theme.ts';
import { plain, shade, tip, tooltip, type ChartOption, type Series } from './style.tsx';

/** Bars that are drawn: as many as can be read at a glance; the table has all rows. */
const BARS_MAX = 12;
/** Words of a row that name its bar; further ones would not fit. */
const LABEL_WORDS_MAX = 3;

export interface Ranking {
  readonly title: string;
  readonly unit: string | undefined;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly text: string }[];
}

/** The columns that a chart can show, the one that it shows first in front. */
export function drawable(report: Report): readonly Column[] {
  const columns = report.columns.filter(({ unit, name }) => UNITS.includes(unit ?? '') && !NO_MEASURE.test(name));
  return [...columns].sort((a, b) => Number(b.main ?? false) - Number(a.main ?? false));
}

/** Units that can be compared from row to row. */
const UNITS: readonly string[] = ['count', 'ratio', 'ms', 'money', 'score'];

/** Ends of intervals, and differences that may be negative. */
const NO_MEASURE = /(^|_)(low|high|difference)$/;

/** The rows with the most of a column; none where there is too little to compare. */
export function ranked(report: Report, column: Column): Ranking | undefined {
  const names = report.columns.filter(({ type, unit, name }) => type === 'text' && unit === undefined && !ASIDES.includes(name));
  const bars = rowsOf(report)
    .map((row) => ({
      label: namesOf(names.map(({ name }) => row.text(name))),
      value: row.count(column.name),
      text: cellText(row.cell(column.name), column, column.unit, report.currency),
    }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, BARS_MAX);
  return bars.length < 2 ? undefined : { title: title(column.name), unit: column.unit, bars };
}

/** Text that says something about a row and does not name it. */
const ASIDES: readonly string[] = ['family', 'unit', 'rating', 'advice', 'doc', 'currency'];

function namesOf(texts: readonly string[]): string {
  const shown = texts.filter((text) => text !== '').slice(0, LABEL_WORDS_MAX);
  return shown.map((text) => (text.startsWith('/') ? text : words(text))).join(' · ');
}

/** Below this width, in CSS pixels, names beside the bars would be cut to the same few words: they stand above the bars. */
const NARROW = 500;

export function reportHeight({ bars }: Ranking, width: number): number {
  return 44 + bars.length * (width < NARROW ? 46 : 34);
}

export function reportOption({ title: name, unit, bars }: Ranking, colours: Tokens, width: number): ChartOption {
  const label = { fontFamily: colours.font, fontSize: 13, color: colours.ink };
  const narrow = width < NARROW;
  const nameLabel = narrow
    ? {
        inside: true,
        margin: 0,
        padding: [0, 0, 12, 0],
        align: 'left' as const,
        verticalAlign: 'bottom' as const,
        width,
        overflow: 'truncate' as const,
      }
    : { width: 280, overflow: 'break' as const, lineHeight: 14 };
  return {
    grid: { left: 4, right: 58, top: 8, bottom: 4, containLabel: true },
    xAxis: {
      type: 'value',
      splitNumber: narrow ? 3 : 6,
      ...(unit === 'count' ? { minInterval: 1 } : {}),
      axisLabel: {
        ...label,
        color: colours.muted,
        fontSize: 12,
        hideOverlap: true,
        formatter: (value: number) => (value === 0 ? '0' : inUnit(value, unit)),
      },
      splitLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map((bar) => plain(bar.label, 44)),
      // Names that lie in the picture are not covered by its lines.
      z: 3,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { ...label, ...nameLabel },
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
        barMaxWidth: narrow ? 14 : 20,
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
