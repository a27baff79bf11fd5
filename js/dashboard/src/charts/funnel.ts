/** The funnel as columns: who went on, who was lost since the step before, and how sure the share is. */

import { duration, percent, count, words } from '../data/format.ts';
import type { NumberColumnOf, RowOf } from '../data/report.ts';
import { isFew } from '../data/sample.ts';
import { text } from '../text/index.ts';
import type { Tokens } from '../ui/theme.ts';
import { plain, shade, tip, tooltip, type ChartOption, type Series } from './style.tsx';

type FunnelRow = RowOf<'funnel'>;

/** Below this width the columns become rows, so that the steps' names can be read. */
const NARROW = 620;

export function funnelHeight(steps: number, width: number): number {
  return width < NARROW ? 40 + steps * 62 : 380;
}

export function funnelOption(rows: readonly FunnelRow[], colours: Tokens, width: number): ChartOption {
  const rowwise = width < NARROW;
  const kept = rows.map((row) => share(row));
  const lost = rows.map((row, at) => (at === 0 ? 0 : Math.max(0, share(rows[at - 1]) - share(row))));
  const label = { fontFamily: colours.font, fontSize: 13, color: colours.ink };
  const categories = {
    type: 'category' as const,
    data: rows.map((_, at) => String(at)),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colours.line } },
    axisLabel: {
      ...label,
      interval: 0,
      lineHeight: 18,
      formatter: (at: string) => stepLabel(rows[Number(at)], rowwise ? 15 : Math.floor(width / rows.length / 8)),
      rich: {
        count: { fontWeight: 650, color: colours.ink, fontSize: 14, fontFamily: colours.font },
        share: { color: colours.muted, fontFamily: colours.font },
      },
    },
  };
  const values = {
    type: 'value' as const,
    min: 0,
    max: 1,
    interval: 0.25,
    axisLabel: { ...label, color: colours.muted, fontSize: 12, formatter: (value: number) => `${value * 100}%` },
    splitLine: { lineStyle: { color: colours.line } },
  };
  return {
    grid: rowwise
      ? { left: 0, right: 58, top: 4, bottom: 4, containLabel: true }
      : { left: 4, right: 8, top: 24, bottom: 4, containLabel: true },
    xAxis: rowwise ? values : categories,
    yAxis: rowwise ? { ...categories, inverse: true } : values,
    tooltip: {
      ...tooltip(colours),
      trigger: 'axis',
      axisPointer: shade(colours),
      formatter: (points: unknown) => stepTip(rows[firstIndex(points)]),
    },
    series: [
      {
        type: 'bar',
        stack: 'step',
        data: kept,
        barMaxWidth: rowwise ? 26 : 110,
        barCategoryGap: '28%',
        itemStyle: { color: colours.accent },
        emphasis: { disabled: true },
      },
      {
        type: 'bar',
        stack: 'step',
        // The loss of few customers may be chance.
        data: lost.map((value, at) => ({ value, label: { color: lossColour(rows[at - 1], colours) } })),
        itemStyle: {
          color: colours.lost,
          decal: {
            symbol: 'rect',
            dashArrayX: [1, 0],
            dashArrayY: [2, 5],
            rotation: -Math.PI / 4,
            color: 'rgba(128,128,128,0.16)',
          },
        },
        label: {
          show: true,
          position: rowwise ? 'right' : 'top',
          distance: 5,
          ...label,
          formatter: (point) => lostLabel(rows[point.dataIndex]),
        },
        emphasis: { disabled: true },
      },
      whiskers(rows, colours, rowwise),
    ],
  };
}

/** The 95 % interval of each step's share of the start. */
function whiskers(rows: readonly FunnelRow[], colours: Tokens, rowwise: boolean): Series {
  const data = rows.map((row, at) => [at, row.number('low') ?? Number.NaN, row.number('high') ?? Number.NaN]);
  return {
    type: 'custom',
    silent: true,
    z: 5,
    data,
    encode: rowwise ? { y: 0, x: [1, 2] } : { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      const [at, low, high] = [Number(api.value(0)), Number(api.value(1)), Number(api.value(2))];
      if (!Number.isFinite(low) || !Number.isFinite(high) || at === 0) return null;
      const [x1 = 0, y1 = 0] = api.coord(rowwise ? [low, at] : [at, low]);
      const [x2 = 0, y2 = 0] = api.coord(rowwise ? [high, at] : [at, high]);
      const cap = 5;
      const style = { stroke: colours.ink, lineWidth: 1.5 };
      const line = (a: number, b: number, c: number, d: number) => ({
        type: 'line' as const,
        shape: { x1: a, y1: b, x2: c, y2: d },
        style,
      });
      return {
        type: 'group',
        children: rowwise
          ? [line(x1, y1, x2, y2), line(x1, y1 - cap, x1, y1 + cap), line(x2, y2 - cap, x2, y2 + cap)]
          : [line(x1, y1, x2, y2), line(x1 - cap, y1, x1 + cap, y1), line(x2 - cap, y2, x2 + cap, y2)],
      };
    },
  };
}

/** Name, customers and share of a step, in three lines. */
function stepLabel(row: FunnelRow | undefined, longest: number): string {
  if (row === undefined) return '';
  return `${plain(words(row.text('kind')), Math.max(10, longest))}\n{count|${count(row.count('customers'))}}  {share|${percent(share(row))}}`;
}

function lossColour(before: FunnelRow | undefined, colours: Tokens): string {
  return before === undefined || isFew(before.count('customers'), before) ? colours.muted : colours.friction;
}

function lostLabel(row: FunnelRow | undefined): string {
  const dropOff = row?.number('drop_off');
  return dropOff === undefined || dropOff === 0 ? '' : `−${percent(dropOff)}`;
}

const tips = text.funnel.tip;

function stepTip(row: FunnelRow | undefined): HTMLElement | string {
  if (row === undefined) return '';
  const facts: [string, string][] = [[tips.customers, count(row.count('customers'))]];
  const add = (name: string, column: NumberColumnOf<'funnel'>, format: (value: number) => string): void => {
    const value = row.number(column);
    if (value !== undefined) facts.push([name, format(value)]);
  };
  add(tips.ofStart, 'conversion_from_start', percent);
  const [low, high] = [row.number('low'), row.number('high')];
  if (low !== undefined && high !== undefined) facts.push([tips.interval, tips.intervalEnds(percent(low), percent(high))]);
  add(tips.ofPrevious, 'conversion_from_previous', percent);
  add(tips.lost, 'drop_off', percent);
  add(tips.time, 'median_time_ms', duration);
  return tip(words(row.text('kind')), facts);
}

function share(row: FunnelRow | undefined): number {
  return row?.number('conversion_from_start') ?? 0;
}

function firstIndex(points: unknown): number {
  const first: unknown = Array.isArray(points) ? points[0] : points;
  const index = (first as { dataIndex?: unknown } | undefined)?.dataIndex;
  return typeof index === 'number' ? index : -1;
}
