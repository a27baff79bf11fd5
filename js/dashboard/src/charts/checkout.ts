/** Checkout steps as bars: how much of the time the customer waited, and how much went into acting. */

import { count, duration, words } from '../data/format.ts';
import type { RowOf } from '../data/report.ts';
import { text } from '../text/index.ts';
import type { Tokens } from '../ui/theme.ts';
import { plain, shade, tip, tooltip, type ChartOption, type Series } from './style.tsx';

export type Measure = 'p50' | 'p95';

export function checkoutHeight(steps: number): number {
  return 76 + steps * 46;
}

export function checkoutOption(rows: readonly RowOf<'checkout'>[], measure: Measure, colours: Tokens, width: number): ChartOption {
  const label = { fontFamily: colours.font, fontSize: 13, color: colours.ink };
  const series = (part: 'acting' | 'waiting', name: string, colour: string): Series => ({
    type: 'bar',
    name,
    stack: 'time',
    data: rows.map((row) => row.count(`${part}_${measure}_ms`)),
    barMaxWidth: 24,
    itemStyle: { color: colour },
    emphasis: { disabled: true },
  });
  return {
    grid: { left: 4, right: width < 500 ? 62 : 78, top: 36, bottom: 4, containLabel: true },
    legend: {
      top: 0,
      left: 0,
      itemWidth: 12,
      itemHeight: 12,
      itemGap: 18,
      textStyle: { ...label },
      selectedMode: false,
    },
    xAxis: {
      type: 'value',
      splitNumber: width < 500 ? 3 : 6,
      axisLabel: {
        ...label,
        color: colours.muted,
        fontSize: 12,
        hideOverlap: true,
        formatter: (ms: number) => (ms === 0 ? '0' : duration(ms)),
      },
      splitLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map((row) => plain(words(row.text('step')), 24)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { ...label, width: width < 500 ? 96 : 160, overflow: 'break', lineHeight: 15 },
    },
    tooltip: {
      ...tooltip(colours),
      trigger: 'axis',
      axisPointer: shade(colours),
      formatter: (points: unknown) => {
        const first: unknown = Array.isArray(points) ? points[0] : points;
        const row = rows[Number((first as { dataIndex?: unknown } | undefined)?.dataIndex)];
        return row === undefined ? '' : stepTip(row, measure);
      },
    },
    series: [
      series('waiting', text.checkout.waiting, colours.waiting),
      {
        ...series('acting', text.checkout.acting, colours.accent),
        label: {
          show: true,
          position: 'right',
          ...label,
          color: colours.muted,
          formatter: (point: { dataIndex: number }) => totalLabel(rows[point.dataIndex], measure),
        },
      } as Series,
    ],
  };
}

function totalLabel(row: RowOf<'checkout'> | undefined, measure: Measure): string {
  const total = row?.number(`total_${measure}_ms`);
  return total === undefined ? '' : duration(total);
}

const tips = text.checkout.tip;

function stepTip(row: RowOf<'checkout'>, measure: Measure): HTMLElement {
  const ms = (part: 'acting' | 'waiting' | 'total'): string => {
    const value = row.number(`${part}_${measure}_ms`);
    return value === undefined ? tips.notMeasured : duration(value);
  };
  return tip(words(row.text('step')), [
    [tips.sessions, count(row.count('sessions'))],
    [tips.most[measure], ms('total')],
    [tips.waiting, ms('waiting')],
    [tips.acting, ms('acting')],
  ]);
}
