// `@wayside/testing/playwright`: `test` with the fixture `wayside`, and `expect` with matchers for it.

import { expect as playwrightExpect, test as playwrightTest, type BrowserContext, type Expect, type ExpectMatcherState, type MatcherReturnType, type Page } from '@playwright/test';
import type { Status, Wayside as PageApi } from '@wayside/tracker';
import { fieldDifferences, inOrder } from './match.ts';
import { againstPlan, checkPlan, type Plan } from './plan.ts';
import { route } from './route.ts';
import { startSink, type HttpSink } from './server.ts';
import type { Filter, Waiting } from './sink.ts';
import type { Fields, Kind, Signal, SignalName, Stage, Step, Touchpoint } from './types.ts';
import { also, arrivedAllTheSame, notArrived, notInOrder, notSignalled, paragraphs, seconds, section, signalLine, type Arrived } from './words.ts';

/** The touchpoints and signals of one test's pages. */
export class Wayside {
  /** The sink that receives the batches. */
  readonly sink: HttpSink;
  readonly #context: BrowserContext;

  /** @internal */
  constructor(sink: HttpSink, context: BrowserContext) {
    this.sink = sink;
    this.#context = context;
    for (const page of context.pages()) this.#follow(page);
    context.on('page', (page) => this.#follow(page));
  }

  /** The sink's origin. */
  get url(): string {
    return this.sink.url;
  }

  /** The touchpoints that have arrived so far, each once, in the order in which they happened. */
  touchpoints<K extends Kind>(filter?: Filter<K>): Touchpoint<K>[] {
    return this.sink.touchpoints(filter);
  }

  /** The signals of the touchpoints so far. */
  signals(filter?: { visitor?: string }): Signal[] {
    return this.sink.signals(filter);
  }

  /** The stage of the journey at its latest touchpoint. */
  stage(visitor?: string): Stage | undefined {
    return this.sink.stage(visitor);
  }

  /** Waits for a touchpoint of this kind with these fields. */
  async waitFor<K extends Kind>(kind: K, fields?: Fields<K>, waiting?: Waiting): Promise<Touchpoint<K>> {
    this.#hurry();
    return this.sink.waitFor(kind, fields, waiting);
  }

  /** Forgets everything that has arrived; journeys start again. */
  clear(): void {
    this.sink.clear();
  }

  /** Waits until everything captured on the open pages has arrived. Fails if no page runs Wayside. */
  async flush(timeout = 5_000): Promise<void> {
    const pages = this.#pages();
    const began = pages.map((page) => page.waitForFunction(isThere, undefined, { timeout }).then(() => page));
    const first = await Promise.any(began).catch(() => undefined);
    // The slower pages must not cause unhandled rejections.
    for (const waiting of began) waiting.catch(() => {});
    if (!first) {
      const urls = pages.map((page) => page.url()).join(', ') || 'none is open';
      throw new Error(`No page runs Wayside (${urls}), so the test cannot know which touchpoints are missing. ${HELP}`);
    }
    const there = await Promise.all(pages.map(async (page) => ((await page.evaluate(isThere).catch(() => false)) ? page : undefined)));
    await within(timeout, Promise.all(there.map((page) => page?.evaluate(flush))), async () => {
      const states = await this.states();
      return ['The pages did not deliver what they captured within ' + seconds(timeout) + '.', ...states].join('\n');
    });
  }

  /** @internal Calls `look` now and at each arrival until it returns a value; resolves to `undefined` at the end of the time. */
  until<T>(look: () => T | undefined, timeout: number): Promise<T | undefined> {
    this.#hurry();
    return this.sink.until(look, timeout);
  }

  /** @internal The state of Wayside on each open page, one line per page. */
  states(): Promise<string[]> {
    return Promise.all(
      this.#pages().map(async (page) => {
        const said = await page.evaluate(status).catch(() => undefined);
        if (!said) return `${page.url()}: does not run Wayside. ${HELP}`;
        const { captured, acked, pending, dropped, refused, repaired } = said;
        return `${page.url()}: captured ${captured}, delivered ${acked}, waiting ${pending}, dropped ${dropped}, refused ${refused}, repaired ${repaired}`;
      }),
    );
  }

  #pages(): Page[] {
    return this.#context.pages().filter((page) => page.url() !== 'about:blank');
  }

  #follow(page: Page): void {
    page.on('load', () => hurry(page));
  }

  #hurry(): void {
    for (const page of this.#pages()) hurry(page);
  }
}

/** Fixtures of a test. */
export interface WaysideFixtures {
  /** The touchpoints and signals of this test's pages. */
  wayside: Wayside;
}

/** Options in `playwright.config.ts`, below `use`. */
export interface WaysideOptions {
  /**
   * Whether `wayside.js` and batches of any address are redirected to the sink. If not, pages have to use the sink's own address, `wayside.url`.
   * @defaultValue true
   */
  waysideRoute: boolean;
}

/** Fixtures of a worker. */
export interface WaysideWorker {
  waysideSink: HttpSink;
}

/** Playwright's `test` with the fixture `wayside`. */
export const test = playwrightTest.extend<WaysideFixtures & WaysideOptions, WaysideWorker>({
  waysideRoute: [true, { option: true }],
  waysideSink: [
    async ({}, use) => {
      const sink = await startSink();
      await use(sink);
      await sink.close();
    },
    { scope: 'worker' },
  ],
  // Automatic, because a page that a `beforeEach` opens must not reach the real collector.
  wayside: [
    async ({ context, waysideSink, waysideRoute }, use) => {
      waysideSink.clear({ gone: true });
      if (waysideRoute) await route(context, waysideSink);
      await use(new Wayside(waysideSink, context));
    },
    { auto: true },
  ],
});

/** Playwright's `expect` with matchers for the fixture `wayside`; their types are at {@link PlaywrightTest.Matchers}. */
export const expect: Expect = playwrightExpect.extend({
  async toHaveTouchpoint(this: ExpectMatcherState, wayside: Wayside, kind: string, fields: object = {}, options: MatcherOptions = {}) {
    const { timeout, visitor } = { timeout: this.timeout, ...options };
    const look = (): Touchpoint | undefined => wayside.sink.find(kind, fields as Fields<string>, visitor);
    const found = await settle(this, wayside, timeout, look);
    return result('toHaveTouchpoint', found, await told(wayside, this.isNot), (arrived) => (found ? arrivedAllTheSame(kind, fields, found) : notArrived(kind, fields, timeout, arrived)));
  },

  async toHaveTouchpointsInOrder(this: ExpectMatcherState, wayside: Wayside, order: readonly Step[], options: MatcherOptions = {}) {
    const { timeout, visitor } = { timeout: this.timeout, ...options };
    const steps = order.map((step) => (typeof step === 'string' ? ([step, {}] as const) : step));
    const look = (): Touchpoint[] => inOrder(wayside.sink.touchpoints(visitor === undefined ? {} : { visitor }), steps);
    const found = await settle(this, wayside, timeout, () => (look().length === steps.length ? true : undefined));
    return result('toHaveTouchpointsInOrder', found, await told(wayside, this.isNot), (arrived) =>
      found ? paragraphs(['These touchpoints arrived in this order, and should not have:', ...steps.map(([kind]) => `  ${kind}`)]) : notInOrder(steps, look(), timeout, arrived),
    );
  },

  async toHaveSignal(this: ExpectMatcherState, wayside: Wayside, name: string, evidence: object = {}, options: MatcherOptions = {}) {
    const { timeout, visitor } = { timeout: this.timeout, ...options };
    const fits = (signal: Signal): boolean => signal.name === name && !fieldDifferences({ ...signal.evidence, kind: name }, evidence).length;
    const look = (): Signal | undefined => wayside.signals(visitor === undefined ? {} : { visitor }).find(fits);
    const found = await settle(this, wayside, timeout, look);
    return result('toHaveSignal', found, await told(wayside, this.isNot), (arrived) =>
      found ? paragraphs([`There is the signal ${name}, and it should not be there:`, `  ${signalLine(found)}`]) : notSignalled(name, evidence, timeout, arrived),
    );
  },

  async toHaveStage(this: ExpectMatcherState, wayside: Wayside, stage: Stage, options: MatcherOptions = {}) {
    const { timeout, visitor } = { timeout: this.timeout, ...options };
    const found = await settle(this, wayside, timeout, () => (wayside.stage(visitor) === stage ? true : undefined));
    const journey = wayside.touchpoints(visitor === undefined ? {} : { visitor });
    return result('toHaveStage', found, await told(wayside, this.isNot), (arrived) =>
      paragraphs(
        found ? [`The journey's stage is ${stage}, and should not be.`] : [`The journey's stage did not become ${stage} within ${seconds(timeout)}; it is ${wayside.stage(visitor) ?? 'none, because nothing has arrived'}.`],
        section('The journey and its stages:', journey.map((one) => [`${one.kind}: ${one.stage}`])),
        ...also(arrived),
      ),
    );
  },

  async toFollowPlan(this: ExpectMatcherState, wayside: Wayside, plan: Plan, { timeout = this.timeout }: { timeout?: number } = {}) {
    needFixture(wayside);
    await wayside.flush(timeout);
    const { touchpoints, dead, refusals } = wayside.sink.arrived();
    const checked = checkPlan(plan, touchpoints);
    const follows = !checked.violations.length && !checked.unplanned.length && !dead.length && !refusals.length;
    return result('toFollowPlan', follows || undefined, await told(wayside, this.isNot), (arrived) =>
      follows ? `What arrived follows the plan, and should not.` : paragraphs([againstPlan(checked)], ...also(arrived)),
    );
  },
});

/** The time limit of a matcher, and the visitor to consider. */
export interface MatcherOptions {
  /**
   * Milliseconds.
   * @defaultValue `expect.timeout` of the configuration
   */
  timeout?: number;
  visitor?: string;
}

declare global {
  namespace PlaywrightTest {
    interface Matchers<R, T> {
      /** Waits for a touchpoint of this kind with these fields; it may have more. */
      toHaveTouchpoint<K extends Kind>(kind: K, fields?: Fields<K>, options?: MatcherOptions): Promise<R>;
      /** Waits for touchpoints in this order; others may lie between them. */
      toHaveTouchpointsInOrder(steps: readonly Step[], options?: MatcherOptions): Promise<R>;
      /** Waits for a signal. */
      toHaveSignal(name: SignalName, evidence?: Record<string, unknown>, options?: MatcherOptions): Promise<R>;
      /** Waits until the journey has come to this stage. */
      toHaveStage(stage: Stage, options?: MatcherOptions): Promise<R>;
      /** Waits until everything has arrived, and checks it against the plan. */
      toFollowPlan(plan: Plan, options?: { timeout?: number }): Promise<R>;
    }
  }
}

/** Waits until `look` returns a value; with `.not`, waits until everything has arrived and then calls it once. */
async function settle<T>(state: ExpectMatcherState, wayside: Wayside, timeout: number, look: () => T | undefined): Promise<T | undefined> {
  needFixture(wayside);
  if (!state.isNot) return wayside.until(look, timeout);
  await wayside.flush(timeout);
  return look();
}

function needFixture(wayside: unknown): void {
  if (!(wayside instanceof Wayside)) throw new Error('this matcher is for the fixture `wayside`: expect(wayside)');
}

/** The content of a message; if nothing arrived, also the states of the pages. */
async function told(wayside: Wayside, isNot: boolean): Promise<[Arrived, string[]]> {
  const arrived = wayside.sink.arrived();
  return [arrived, arrived.touchpoints.length || isNot ? [] : await wayside.states()];
}

function result(name: string, found: unknown, [arrived, states]: [Arrived, string[]], message: (arrived: Arrived) => string): MatcherReturnType {
  return { name, pass: found !== undefined, message: () => paragraphs([message(arrived)], states) };
}

async function within<T>(timeout: number, work: Promise<T>, message: () => Promise<string>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => void message().then((text) => fail(new Error(text))), timeout);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Makes the page send each touchpoint immediately; ordinary pages wait up to five seconds. */
const hurry = (page: Page): void => void page.evaluate(sendAtOnce).catch(() => {});

const HELP = 'Its script tag has to load, and a page that calls `init` has to assign the result to `window.wayside`.';

// These run in the page.

type InPage = { wayside?: PageApi & { hurried?: boolean } };

const isThere = (): boolean => typeof (globalThis as InPage).wayside?.flush === 'function';
const flush = async (): Promise<void> => (globalThis as InPage).wayside?.flush();
const status = async (): Promise<Status | undefined> => (globalThis as InPage).wayside?.status?.();

function sendAtOnce(): void {
  const { wayside } = globalThis as InPage;
  if (!wayside?.flush) return;
  if (!wayside.hurried) wayside.on('touchpoint', () => void wayside.flush());
  wayside.hurried = true;
  void wayside.flush();
}
