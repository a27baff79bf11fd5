/** A part of the page that loads something: it shows that it loads, what it got, or why it could not. */

import { ApiError } from '../data/api.ts';
import { append, h, type Child } from './dom.ts';

/** Renders what was loaded. `lifetime` ends when it is replaced: charts and listeners end with it. */
export type Render<T> = (data: T, lifetime: AbortSignal) => readonly Child[];

export class Panel<T> {
  readonly root = h('div', { class: 'panel' });
  /** What is on its way, if anything is. */
  private request: { readonly key: string; readonly abort: AbortController; render: Render<T> } | undefined;
  private loaded: { readonly key: string; readonly value: T } | undefined;
  private rendering = new AbortController();

  /** Loads and renders; with the same `key` as before it only renders again from what is there or on its way. */
  async show(key: string, load: (signal: AbortSignal) => Promise<T>, render: Render<T>): Promise<void> {
    if (this.request?.key === key) {
      this.request.render = render;
      return;
    }
    this.request?.abort.abort();
    this.request = undefined;
    if (this.loaded?.key === key) {
      this.render(this.loaded.value, render);
      return;
    }
    const request = { key, abort: new AbortController(), render };
    this.request = request;
    this.showLoading();
    try {
      const value = await load(request.abort.signal);
      if (this.request !== request) return;
      this.request = undefined;
      this.loaded = { key, value };
      this.render(value, request.render);
    } catch (error) {
      if (this.request !== request) return;
      this.request = undefined;
      this.loaded = undefined;
      this.replace([errorBox(error, () => void this.show(key, load, request.render))]);
    }
  }

  close(): void {
    this.request?.abort.abort();
    this.request = undefined;
    this.rendering.abort();
  }

  private render(value: T, render: Render<T>): void {
    this.rendering.abort();
    this.rendering = new AbortController();
    this.replace(render(value, this.rendering.signal));
  }

  /** What was shown stays, dimmed, while its successor loads; the first time there is only a sketch of it. */
  private showLoading(): void {
    this.root.setAttribute('aria-busy', 'true');
    if (this.loaded === undefined) this.root.replaceChildren(skeleton());
  }

  private replace(children: readonly Child[]): void {
    this.root.removeAttribute('aria-busy');
    this.root.replaceChildren();
    append(this.root, children);
  }
}

/** Says what went wrong, where, and what to do. */
export function errorBox(error: unknown, retry?: () => void): HTMLElement {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(
          'Something in this page went wrong.',
          error instanceof Error ? error.message : String(error),
          'Reload the page.',
        );
  return h(
    'div',
    { class: 'message message-error', role: 'alert' },
    h('h2', {}, known.message),
    h('p', {}, known.advice),
    h('p', { class: 'where' }, 'Asked: ', h('code', {}, known.where)),
    retry && h('button', { type: 'button', class: 'button', click: retry }, 'Try again'),
  );
}

function skeleton(): HTMLElement {
  return h(
    'div',
    { class: 'skeleton', role: 'status' },
    h('span', { class: 'visually-hidden' }, 'Loading…'),
    h('div', { class: 'bone bone-short' }),
    h('div', { class: 'bone bone-chart' }),
    h('div', { class: 'bone' }),
    h('div', { class: 'bone' }),
  );
}
