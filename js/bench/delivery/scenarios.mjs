// What happens to visitors: each scenario makes fifty events, five visits with ten, and lets the visitor come back once.

import { setTimeout } from 'node:timers/promises';

const VISITS = 5;
const EVENTS = 10;
/** A visit that comes back stays for so long, within which trackers try again what they kept. */
const BACK_MS = 14_000;
/** After a crash it stays longer: a tracker cannot know at once that another tab is gone and not only busy. */
export const BACK_AFTER_CRASH_MS = 45_000;

/** One contender in one scenario. `fault` sets the server's fault, `events` makes tokens. */
export class Run {
  #made = 0;

  constructor(context, name, host, server) {
    Object.assign(this, { context, name, host, server });
  }

  fault(kind, requests) {
    this.server.fault(this.host, kind, requests);
  }

  address(path = `/shop?${this.name}`) {
    return this.server.origin(this.host) + path;
  }

  /** Opens the shop, and waits until the tracker has had time to start. */
  async visit(ms = 1_500) {
    const page = await this.context.newPage();
    await page.goto(this.address());
    await setTimeout(ms);
    return page;
  }

  /** Makes events in a page, within one turn. */
  act(page, then = '') {
    const tokens = Array.from({ length: EVENTS }, () => `ev-${this.host}-${this.#made++}`);
    return page.evaluate(
      ([tokens, then]) => {
        for (const item_id of tokens) window.bench.call('add_to_cart', { item_id, price: 19.9, quantity: 1, currency: 'EUR' });
        if (then) setTimeout(() => eval(then));
      },
      [tokens, then],
    );
  }

  get made() {
    return this.#made;
  }

  /** The visitor comes back and stays. */
  async back(context = this.context, stays = BACK_MS) {
    const page = await context.newPage();
    await page.goto(this.address()).catch(() => undefined);
    await setTimeout(stays);
    await page.close({ runBeforeUnload: true }).catch(() => undefined);
  }
}

/** Does something on so many visits, one after the other. */
const visits = async (run, then, ms) => {
  for (let n = 0; n < VISITS; n++) await then(await run.visit(ms));
};

/** A page on which events happen and which is then left in a way. */
const left = (how) => (run) =>
  visits(run, async (page) => {
    await run.act(page, how(run));
    await setTimeout(1_000);
    await page.close();
  });

/** A server that fails in a way for the first requests of the visits' pages, which stay. */
const failing = (kind, requests, ms) => async (run) => {
  await visits(run, async (page) => {
    run.fault(kind, requests);
    await run.act(page);
    await setTimeout(ms);
    await page.close({ runBeforeUnload: true });
    run.fault();
  });
};

/** By name: what happens. The visitor's return follows. */
export const SCENARIOS = {
  'leave by a link': left((run) => `location.href = '${run.address('/elsewhere')}'`),
  reload: left(() => 'location.reload()'),
  back: async (run) => {
    for (let n = 0; n < VISITS; n++) {
      const page = await run.context.newPage();
      await page.goto(run.address('/elsewhere'));
      await page.goto(run.address());
      await setTimeout(1_500);
      await run.act(page, 'history.back()');
      await setTimeout(1_000);
      await page.close();
    }
  },
  'close the tab': (run) =>
    visits(run, async (page) => {
      await run.act(page);
      await page.close({ runBeforeUnload: true });
    }),
  'leave at once, before the tracker has started': (run) =>
    visits(
      run,
      async (page) => {
        await run.act(page, `location.href = '${run.address('/elsewhere')}'`);
        await setTimeout(1_000);
        await page.close();
      },
      0,
    ),
  'outage that outlasts the page': async (run) => {
    await visits(run, async (page) => {
      run.fault('down');
      await run.act(page);
      await setTimeout(2_000);
      await page.close({ runBeforeUnload: true });
      await setTimeout(200);
      run.fault();
    });
  },
  'page opened in an outage': async (run) => {
    await (await run.visit()).close();
    run.fault('down');
    await visits(run, async (page) => {
      await run.act(page);
      await setTimeout(500);
      await page.close({ runBeforeUnload: true });
      await setTimeout(200);
    });
    run.fault();
  },
  'status 500 three times': failing('500', 3, 12_000),
  'status 429 three times': failing('429', 3, 12_000),
  'the collector hangs': failing('hang', 1, 3_000),
  'connection lost after the commit': failing('dropped', 1, 12_000),
  'two tabs at once': async (run) => {
    const [one, other] = await Promise.all([run.visit(), run.visit()]);
    for (let n = 0; n < VISITS; n++) {
      await run.act(n % 2 ? one : other);
      await setTimeout(500);
    }
    await Promise.all([one, other].map((page) => page.close({ runBeforeUnload: true })));
  },
  'crash of the page': (run) =>
    visits(run, async (page) => {
      await run.act(page);
      await setTimeout(100);
      const gone = new Promise((resolve) => page.once('crash', resolve));
      page.goto('chrome://crash').catch(() => undefined);
      await gone;
      await page.close();
    }).then(() => run.back(run.context, BACK_AFTER_CRASH_MS)),
};

/** Seconds between the events and the end of the browser by SIGKILL. */
export const KILLS = [0, 1, 3, 6];
