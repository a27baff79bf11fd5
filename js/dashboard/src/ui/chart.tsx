/** A place for a chart: it draws when the chart library has arrived, and follows size and colours. */

import type { EChartsType } from 'echarts/core';
import type { JSX, Ref } from 'preact';
import { useEffect, useImperativeHandle, useRef, useState } from 'preact/hooks';

import type { ChartOption } from '../charts/style.tsx';
import { text } from '../text/index.ts';
import { marks, useEdges } from './sideways.tsx';
import { onThemeChange, tokens, type Tokens } from './theme.ts';

export interface ChartSpec {
  /** The content of the chart in one sentence, for readers who do not see it. */
  readonly label: string;
  /** Height in CSS pixels for a width. */
  readonly height: (width: number) => number;
  /** Narrowest width at which the chart can be read; below it the chart scrolls sideways. */
  readonly minWidth?: number;
  readonly option: (colours: Tokens, width: number) => ChartOption;
  /** Loads the chart library with the kinds of chart that are used. */
  readonly library: () => Promise<typeof import('../charts/echarts.ts')>;
}

/** A chart as it is on the page, for saving it. */
export interface Drawn {
  readonly chart: EChartsType;
  readonly option: ChartOption;
  readonly width: number;
  readonly height: number;
}

export interface ChartProps {
  /** Another object draws anew: keep it with `useMemo` while nothing in it changes. */
  readonly spec: ChartSpec;
  /** Set to a function that gives the chart on the page; it gives nothing before the library has arrived. */
  readonly handle?: Ref<() => Drawn | undefined>;
}

/** How long a chart grows at first, in ms: long enough to be seen, over before the reader wants to point at it. */
const ANIMATION_MS = 350;

/** The width for which room is kept until the chart is measured, in CSS pixels. */
const USUAL_WIDTH = 640;

export function Chart({ spec, handle }: ChartProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing>(null);
  const [failed, setFailed] = useState(false);
  const edges = useEdges(host);

  useEffect(() => {
    if (host.current === null || canvas.current === null) return undefined;
    const made = new Drawing(host.current, canvas.current, spec);
    drawing.current = made;
    made.start().catch(() => setFailed(true));
    return () => made.close();
    // The drawing lives as long as its place; another spec is drawn by the next effect.
  }, []);
  useEffect(() => drawing.current?.show(spec), [spec]);
  useImperativeHandle(handle ?? null, () => () => drawing.current?.drawn(), []);

  if (failed) return <p class="message">{text.chart.notLoaded}</p>;
  return (
    <div class="sideways" {...marks(edges)}>
      <div class="chart-scroll" ref={host}>
        <div
          class="chart"
          ref={canvas}
          role="img"
          aria-label={text.chart.label(spec.label)}
          style={{ height: `${spec.height(USUAL_WIDTH)}px` }}
        />
      </div>
    </div>
  );
}

/** The chart library's picture in an element, from its first measure to its end. */
class Drawing {
  private chart: EChartsType | undefined;
  private option: ChartOption = {};
  private width = 0;
  private readonly ends: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly canvas: HTMLElement,
    private spec: ChartSpec,
  ) {}

  /** Loads the library and draws. Rejects where the library cannot be loaded. */
  async start(): Promise<void> {
    const library = await this.spec.library();
    await document.fonts.ready;
    if (this.closed) return;
    const chart = library.create(this.canvas);
    this.chart = chart;
    const resized = new ResizeObserver(() => this.measure());
    resized.observe(this.host);
    const unfollow = onThemeChange(() => this.update(false));
    this.ends.push(
      () => resized.disconnect(),
      unfollow,
      () => chart.dispose(),
    );
  }

  show(spec: ChartSpec): void {
    if (spec === this.spec) return;
    this.spec = spec;
    if (this.width > 0) this.measure(true);
  }

  drawn(): Drawn | undefined {
    if (this.chart === undefined || this.width === 0) return undefined;
    return { chart: this.chart, option: this.option, width: this.width, height: this.spec.height(this.width) };
  }

  close(): void {
    this.closed = true;
    for (const end of this.ends) end();
  }

  private measure(anew = false): void {
    const room = this.host.clientWidth;
    const next = Math.max(room, this.spec.minWidth ?? 0);
    // Scrollable charts can be reached and scrolled by keyboard.
    if (next > room) this.host.tabIndex = 0;
    else this.host.removeAttribute('tabindex');
    if (room === 0 || (next === this.width && !anew)) return;
    const first = this.width === 0;
    this.width = next;
    this.update(first);
  }

  private update(animate: boolean): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.spec.height(this.width)}px`;
    this.option = this.spec.option(tokens(), this.width);
    this.chart?.resize();
    this.chart?.setOption({ ...this.option, animation: animate && !still, animationDuration: ANIMATION_MS }, true);
  }
}
