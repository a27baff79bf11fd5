// A visitor in a browser: what a test does in the page, and what the collector then has of it.

import { By, type WebDriver } from 'selenium-webdriver';
import { reported } from '../../e2e/visits/compare.mjs';
import { journey, type PageApi, type Row } from '../../e2e/support/journey.ts';
import type { Collector } from '../../e2e/support/collector.ts';
import type { Shop } from './shop.ts';
import { becomes, until } from './wait.ts';

declare global {
  interface Window {
    wayside: PageApi;
    /** What the page saw go wrong. */
    troubles: string[];
    /** What the page's own listeners heard. */
    heard: string[];
    /** Whether the Wasm traps. */
    trap?: boolean;
  }
}

/** What became of the touchpoints of a page. */
export type Status = Awaited<ReturnType<PageApi['status']>>;

/** A visitor of a shop. */
export class Visit {
  constructor(
    readonly driver: WebDriver,
    readonly shop: Shop,
    readonly collector: Collector,
  ) {}

  /** Opens a page by its address. */
  async open(path = '/'): Promise<void> {
    await this.driver.get(this.shop.origin + path);
  }

  /** Opens a page, and waits until Wayside answers in it. */
  async arrive(path = '/'): Promise<string> {
    await this.open(path);
    return this.visitor();
  }

  /** The visitor's id, once the tracker runs. */
  async visitor(): Promise<string> {
    await until('the tracker is there', () => this.run(() => typeof window.wayside?.visitor === 'function'));
    return this.run(() => window.wayside.visitor());
  }

  /** Calls a function in the page with values that JSON can hold, and waits for what it gives. */
  async run<T, A extends unknown[]>(code: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
    const script = `const done = arguments[1];
      new Promise((resolve) => resolve((${code.toString()})(...arguments[0]))).then((value) => done([value]), (error) => done([null, String(error?.stack ?? error)]))`;
    const [value, error] = await this.driver.executeAsyncScript<[T, string?]>(script, args);
    if (error) throw new Error(`in the page: ${error}`);
    return value;
  }

  /** Does something in the page that leaves it; nothing can be waited for there. */
  async leave<A extends unknown[]>(path: string, code: (...args: A) => void, ...args: A): Promise<void> {
    await this.driver.executeScript(`(${code.toString()})(...arguments[0])`, args);
    await this.at(path);
  }

  /**
   * Goes where a link of the page leads. The click is the page's: for one of its own, Firefox' driver listens to `unload`, which keeps
   * the page out of the back/forward cache.
   */
  follow(id: 'next' | 'away'): Promise<void> {
    return this.leave(`/${id}`, (id) => document.getElementById(id)?.click(), id);
  }

  /** Hammers on an element with the mouse. */
  async hammer(id: string, times: number): Promise<void> {
    const actions = this.driver.actions({ async: true }).move({ origin: this.driver.findElement(By.id(id)) });
    for (let n = 0; n < times; n++) actions.press().release();
    await actions.perform();
  }

  /** Waits until the browser shows a path. */
  async at(path: string): Promise<void> {
    const there = `${this.shop.origin}${path}`;
    await becomes(() => this.driver.getCurrentUrl(), there);
    await until(`${path} has loaded`, () => this.driver.executeScript<boolean>('return document.readyState === "complete"'));
  }

  flush(): Promise<void> {
    return this.run(() => window.wayside.flush());
  }

  status(): Promise<Status> {
    return this.run(() => window.wayside.status());
  }

  /** The stage of the journey, as the page knows it. */
  stage(): Promise<string> {
    return this.run(() => window.wayside.stage());
  }

  /** The tracker's files that the page has loaded. */
  files(): Promise<string[]> {
    return this.run(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => /\/(wayside[^/?#]*)/.exec(name)?.[1] ?? '')
        .filter((name, at, all) => name && all.indexOf(name) === at),
    );
  }

  /** Waits until the visitor's journey, cut down by `view`, is as it must be. */
  async expect<T>(visitor: string, view: (rows: Row[]) => T, wanted: T): Promise<void> {
    await becomes(async () => view(await journey(this.collector.base, visitor)), wanted);
  }

  /** The same on the command line. */
  async report(visitor: string): Promise<Row[]> {
    return (await reported(this.collector.program, this.collector.data, 'shop', visitor)) as Row[];
  }

  /** What any page of the visit saw go wrong. */
  async troubles(): Promise<string[]> {
    const here = await this.run(() => window.troubles ?? []);
    return [...new Set([...this.shop.troubles, ...here])];
  }
}
