/** Figures from period to period as lines, one for each group. */

import { inUnit, title, words } from '../data/format.ts';
import { rowsOf, type Report } from '../data/report.ts';
import type { Tokens } from '../ui/theme.ts';
import { plain, tip, tooltip, type ChartOption, type Series } from './style.tsx';

/** Lines that are drawn: more cannot be told apart by their colours. The table has all groups. */
const LINES_MAX = 6;

export interface OverTime {
  readonly title: string;
  readonly unit: string | undefined;
  readonly periods: readonly string[];
  /** Periods that the data or the range covers in part; their points are hollow. */
  readonly partial: ReadonlySet<string>;
  /** The largest groups; `null` where a period has no value. */
  readonly lines: readonly { readonly group: string; readonly values: readonly (number | null)[] }[];
  readonly currency: string | undefined;
}

/** Whether a report says something of each period. */
export function hasPeriods(report: Report): boolean {
  return ['period', 'group', 'name', 'value'].every((name) => report.columns.some((column) => column.name === name));
}

/** The figures of a report that has periods, by name in its order. */
export function overTime(report: Report): ReadonlyMap<string, OverTime> {
  const rows = rowsOf(report);
  const periods = [...new Set(rows.map((row) => row.text('period')))];
  const partial = new Set(rows.filter((row) => row.text('complete') === 'no').map((row) => row.text('period')));
  const figures = new Map<string, OverTime>();
  for (const name of new Set(rows.map((row) => row.text('name')))) {
    const own = rows.filter((row) => row.text('name') === name);
    const groups = new Map<string, Map<string, number | null>>();
    for (const row of own) {
      const group = groups.get(row.text('group')) ?? new Map<string, number | null>();
      groups.set(row.text('group'), group.set(row.text('period'), row.number('value') ?? null));
    }
    const lines = [...groups].map(([group, values]) => ({ group, values: periods.map((period) => values.get(period) ?? null) }));
    lines.sort((a, b) => sum(b.values) - sum(a.values));
    figures.set(name, {
      title: title(name),
      unit: own[0]?.text('unit') || undefined,
      periods,
      partial,
      lines: lines.slice(0, LINES_MAX),
      currency: report.currency,
    });
  }
  return figures;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((all, value) => all + (value ?? 0), 0);
}

export const OVER_TIME_HEIGHT = 300;

export function overTimeOption(figure: OverTime, colours: Tokens): ChartOption {
  const { unit, periods, partial, lines, currency } = figure;
  const label = { fontFamily: colours.font, fontSize: 12, color: colours.muted };
  const palette = [colours.accent, colours.lost, colours.waiting, colours.friction, colours.ink, colours.muted];
  const shown = (value: number | null): string => (value === null ? '–' : inUnit(value, unit, currency));
  return {
    grid: { left: 4, right: 16, top: lines.length > 1 ? 40 : 12, bottom: 4, containLabel: true },
    legend: { show: lines.length > 1, top: 0, left: 0, type: 'plain', textStyle: { ...label, color: colours.ink }, icon: 'roundRect' },
    xAxis: {
      type: 'category',
      data: periods.map((period) => plain(period)),
      boundaryGap: periods.length === 1,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { ...label, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      ...(unit === 'count' ? { minInterval: 1 } : {}),
      axisLabel: { ...label, formatter: (value: number) => (value === 0 ? '0' : inUnit(value, unit, currency)) },
      splitLine: { lineStyle: { color: colours.line } },
    },
    tooltip: {
      ...tooltip(colours),
      trigger: 'axis',
      formatter: (points: unknown) => {
        const first: unknown = Array.isArray(points) ? points[0] : points;
        const at = Number((first as { dataIndex?: unknown } | undefined)?.dataIndex);
        const period = periods[at];
        if (period === undefined) return '';
        const facts = lines.map(({ group, values }) => [lineName(figure, group), shown(values[at] ?? null)] as const);
        return tip(period, facts);
      },
    },
    series: lines.map(
      ({ group, values }, line): Series => ({
        type: 'line',
        name: plain(lineName(figure, group)),
        color: palette[line] ?? colours.muted,
        data: values.map((value, at) => ({
          value: value ?? '-',
          ...(partial.has(periods[at] ?? '') ? { symbol: 'emptyCircle', symbolSize: 9 } : {}),
        })),
        symbol: 'circle',
        symbolSize: 6,
        showAllSymbol: 'auto',
        connectNulls: false,
      }),
    ),
  };
}

function lineName({ title: name, lines }: OverTime, group: string): string {
  return lines.length === 1 ? name : words(group);
}
