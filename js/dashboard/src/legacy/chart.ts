/** A place for a chart: draws when its module has arrived, follows size and colours, and ends with its panel. */

import type { ChartSpec } from '../ui/chart.tsx';
import { onThemeChange, tokens } from '../ui/theme.ts';
import { h } from './dom.ts';

export function chart(spec: ChartSpec, lifetime: AbortSignal): HTMLElement {
  const canvas = h('div', {
    class: 'chart',
    role: 'img',
    'aria-label': `${spec.label} The table has the same numbers.`,
  });
  const host = h('div', { class: 'chart-scroll' }, canvas);
  void draw(host, canvas, spec, lifetime);
  return host;
}

async function draw(host: HTMLElement, canvas: HTMLElement, spec: ChartSpec, lifetime: AbortSignal): Promise<void> {
  canvas.style.height = `${spec.height(640)}px`;
  let library: typeof import('../charts/echarts.ts');
  try {
    library = await spec.library();
  } catch {
    host.replaceChildren(
      h(
        'p',
        { class: 'message' },
        'The chart could not be loaded from the server. The table has the same numbers; reload the page to try again.',
      ),
    );
    return;
  }
  await document.fonts.ready;
  if (lifetime.aborted) return;
  const drawn = library.create(canvas);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let width = 0;

  const update = (animate: boolean): void => {
    canvas.style.width = `${width}px`;
    canvas.style.height = `${spec.height(width)}px`;
    drawn.resize();
    drawn.setOption({ ...spec.option(tokens(), width), animation: animate && !still, animationDuration: 350 }, true);
  };

  const resized = new ResizeObserver(() => {
    const next = Math.max(host.clientWidth, spec.minWidth ?? 0);
    // Scrollable charts can be reached and scrolled by keyboard.
    if (next > host.clientWidth) host.tabIndex = 0;
    else host.removeAttribute('tabindex');
    if (next === width || next === 0) return;
    const first = width === 0;
    width = next;
    update(first);
  });
  resized.observe(host);
  const unfollow = onThemeChange(() => update(false));
  lifetime.addEventListener(
    'abort',
    () => {
      unfollow();
      resized.disconnect();
      drawn.dispose();
    },
    { once: true },
  );
}
