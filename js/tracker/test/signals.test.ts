// The signals that only the page can find, in headless Chromium: each one found, and each of its false alarms not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, flush, framed, inChromium, means, options, page, painted, pass, shop, signals, visit, visitByClock } from './shop.ts';

inChromium();

/** The evidence of the signals with this name that the page received. */
const evidence = (name: string): Promise<Record<string, unknown>[]> =>
  page.evaluate((name) => window.signals.filter((signal) => signal.name === name).map((signal) => signal.evidence), name);

const SPACED = '<style>body > * { display: block; margin: 0 0 40px }</style>';

test('rage clicks are found, intended repeated clicks are not', options, async () => {
  shop.serve(
    `${SPACED}<button id="pay">Pay</button>
    <input id="n" type="number"><button id="more" aria-label="Increase quantity">+</button><a id="pager" rel="next" href="#2">Next</a>
    <div role="grid"><button id="day">3</button></div><p id="text">A paragraph that somebody reads</p>
    <p data-wayside-ignore><button id="game">Jump</button></p><button id="twice">Open</button>`,
  );
  await visitByClock();
  for (const id of ['n', 'more', 'pager', 'day', 'game']) for (let n = 0; n < 6; n++) await page.click(`#${id}`);
  await page.click('#text', { clickCount: 3 });
  await page.dblclick('#twice');
  assert.deepEqual(await signals(), []);
  for (let n = 0; n < 5; n++) {
    await page.click('#pay');
    await pass(200);
  }
  assert.deepEqual(await signals(), ['rage_click']);
  assert.deepEqual(await evidence('rage_click'), [{ element: 'button#pay', count: 3, span_ms: 400 }]);
  await flush();
  assert.deepEqual(shop.sink.signals().map(({ name }) => name), ['rage_click']);
});

test('a click without a response is found after seven seconds', options, async () => {
  shop.serve('<button id="dead">Pay</button>');
  await visitByClock();
  await page.click('#dead');
  await pass(6_900);
  assert.deepEqual(await signals(), []);
  await pass(200);
  assert.deepEqual(await evidence('dead_click'), [{ element: 'button#dead', span_ms: 7_000 }]);
});

/** Clicks that are not dead: a description, the page and the modifier keys. */
const ANSWERED: [what: string, html: string, modifiers?: 'Control'[]][] = [
  ['a change of the page', `<button id="t" onclick="this.after('done')">o</button>`],
  ['a change of a style', `<button id="t" onclick="document.body.className = 'open'">o</button>`],
  ['a change after a slow request', `<button id="t" onclick="setTimeout(() => fetch('/slow').then(() => document.body.append('done')), 6500)">o</button>`],
  ['another address', `<button id="t" onclick="history.pushState({}, '', '/two')">o</button>`],
  ['a place in the page', '<a id="t" href="#end">o</a><p style="height: 3000px"></p><p id="end">'],
  ['an answer that opens', '<details><summary id="t">o</summary>So.</details>'],
  ['a file by its name', '<a id="t" href="/files/guide.pdf">o</a>'],
  ['a file by its attribute', '<a id="t" href="/files/guide" download>o</a>'],
  ['another tab', '<a id="t" href="/files/page" target="_blank">o</a>'],
  ['another tab by choice', '<a id="t" href="/files/page">o</a>', ['Control']],
  ['mail', '<a id="t" href="mailto:me@shop.example" onclick="event.preventDefault()">o</a>'],
  ['a field', '<input id="t">'],
  ['a field of many lines', '<textarea id="t"></textarea>'],
  ['a box to tick', '<input id="t" type="checkbox">'],
  ['a choice', '<select id="t"><option>1<option>2</select>'],
  ['a text', '<p id="t">Some text</p>'],
];

test('a click with a response, or one that needs none, is not a dead click', options, async () => {
  const answered = new Promise<void>((resolve) => {
    shop.paths['/slow'] = (_, response) => resolve(void response.end('ok'));
  });
  shop.paths['/files/page'] = '<!doctype html>';
  for (const path of ['/files/guide.pdf', '/files/guide']) {
    shop.paths[path] = (_, response) => response.writeHead(200, { 'content-type': 'application/pdf', 'content-disposition': 'attachment' }).end('%PDF-1.4');
  }
  shop.serve('<main></main>');
  await visitByClock();
  for (const [what, html, modifiers = []] of ANSWERED) {
    await page.evaluate((html) => (document.querySelector('main')!.innerHTML = html), html);
    await page.click('#t', { modifiers });
    await pass(6_800);
    if (what.includes('slow')) await answered.then(() => page.waitForFunction(() => document.body.innerText.includes('done')));
    await pass(1_200);
    assert.deepEqual(await evidence('dead_click'), [], what);
  }
  for (const tab of context.pages()) if (tab !== page) await tab.close();
});

test('an error right after a click is found', options, async () => {
  means(/mine/);
  shop.serve('<button id="throws" onclick="throw new Error(\'mine\')">o</button><button id="fails" onclick="fetch(\'/lost\')">o</button><button id="later" onclick="new Promise((then) => setTimeout(then, 1500)).then(() => { throw new Error(\'mine\') })">o</button>');
  await visitByClock();
  await page.click('#throws');
  assert.deepEqual(await evidence('error_click'), [{ element: 'button#throws', span_ms: 0 }]);
  await page.click('#fails');
  await page.waitForFunction(() => window.signals.filter(({ name }) => name === 'error_click').length === 2);
  assert.equal((await evidence('error_click'))[1]?.['element'], 'button#fails');
  await page.click('#later');
  await pass(3_000);
  assert.deepEqual(await signals(), ['error_click', 'error_click']);
});

async function shake(): Promise<void> {
  for (let n = 0; n < 9; n++) {
    await page.mouse.move(n % 2 ? 400 : 200, 300);
    await pass(100);
  }
}

test('a pointer moving back and forth is found, dragging is not', options, async () => {
  shop.serve('<p style="height: 600px">');
  await visitByClock();
  await page.mouse.move(200, 300);
  await page.mouse.down();
  await shake();
  await page.mouse.up();
  await pass(3_000);
  assert.deepEqual(await signals(), []);
  await shake();
  assert.deepEqual(await signals(), ['thrashed_cursor']);
  await shake();
  assert.deepEqual(await signals(), ['thrashed_cursor'], 'once a bout');
});

async function scroll(to: number): Promise<void> {
  await page.evaluate((to) => scrollTo(0, to), to);
  await framed();
  await pass(200);
  await framed();
  await pass(500);
}

test('scrolling up and down in search of something is found, reading is not', options, async () => {
  shop.serve('<p style="height: 9000px">');
  await visitByClock();
  for (let to = 0; to < 6_000; to += 500) await scroll(to);
  await scroll(0);
  assert.deepEqual(await signals(), []);
  for (const to of [3_000, 0, 3_000, 0]) await scroll(to);
  assert.deepEqual(await signals(), ['excessive_scroll']);
});

test('repeated zooming in and out is found', options, async () => {
  shop.serve('<p style="height: 600px">Small print');
  await visitByClock();
  const devtools = await context.newCDPSession(page);
  const zoom = async (pageScaleFactor: number): Promise<void> => {
    await devtools.send('Emulation.setPageScaleFactor', { pageScaleFactor });
    await page.waitForFunction((scale) => visualViewport!.scale === scale, pageScaleFactor);
    await framed();
    await pass(500);
  };
  // A look at a picture, and one nearer.
  for (const scale of [1.5, 3, 1]) await zoom(scale);
  assert.deepEqual(await signals(), []);
  for (const scale of [2, 1, 2, 1]) await zoom(scale);
  assert.deepEqual(await signals(), ['zoom_or_pinch_struggle']);
});

test('leaving through the top is found, once per page view and not immediately', options, async () => {
  shop.serve('<p style="height: 600px">');
  await visitByClock();
  await page.evaluate(() => history.pushState({}, '', '/two'));
  const leave = async (): Promise<void> => {
    await page.mouse.move(300, 100);
    await page.mouse.move(300, -5);
  };
  await leave();
  assert.deepEqual(await signals(), []);
  await pass(5_000);
  await page.mouse.move(100, 100);
  await page.mouse.move(-5, 100);
  assert.deepEqual(await signals(), [], 'through the side');
  await leave();
  await leave();
  assert.deepEqual(await signals(), ['exit_intent']);
});

test('leaving a frame through its top is not leaving the page', options, async () => {
  shop.paths['/frame'] = '<!doctype html><p>In a frame';
  shop.serve('<div style="height: 200px">Above</div><iframe src="/frame" width="400" height="200"></iframe>');
  await visitByClock();
  await pass(6_000);
  await page.mouse.move(200, 300);
  await page.mouse.move(200, 250);
  await page.mouse.move(200, 100);
  assert.deepEqual(await signals(), []);
});

test('a pause is found in a checkout step, and not outside of one', options, async () => {
  shop.serve();
  await visitByClock();
  await pass(70_000);
  assert.deepEqual(await signals(), []);
  await page.evaluate(() => window.wayside('begin_checkout'));
  await pass(50_000);
  await page.keyboard.press('Tab');
  await pass(59_000);
  assert.deepEqual(await signals(), []);
  await pass(2_000);
  assert.deepEqual(await evidence('idle_in_step'), [{ step: 'begin', span_ms: 60_000 }]);
});

test('hovering over the button for the next step is found, pressing it is not', options, async () => {
  shop.serve('<button id="pay"><b>Pay</b></button><p data-wayside-ignore><button id="quiet">Pay</button></p>');
  await visitByClock();
  await page.hover('#pay');
  await pass(3_000);
  assert.deepEqual(await signals(), [], 'no checkout');
  await page.mouse.move(400, 400);
  await page.evaluate(async () => {
    window.wayside('begin_checkout');
    await window.wayside.status();
    document.querySelector('#pay')!.addEventListener('click', (event) => (event.target as Element).append('.'));
  });
  await page.hover('#quiet');
  await pass(3_000);
  await page.hover('#pay');
  await pass(1_000);
  await page.mouse.down();
  await page.mouse.up();
  await pass(3_000);
  assert.deepEqual(await signals(), []);
  await page.mouse.move(400, 400);
  await page.hover('#pay b');
  await pass(2_100);
  assert.deepEqual(await evidence('pay_button_hover'), [{ element: 'button#pay', step: 'begin', span_ms: 2_000 }]);
});

const CHECKOUT = `
  <form id="address" onsubmit="event.preventDefault(); document.querySelector('output').append('Thank you.')">
    <input name="name"><input name="street"><select name="country"><option>DE<option>FR</select><label><input type="checkbox" name="gift">Gift</label>
    <button>Go on</button><output></output>
  </form><a href="#terms">Terms</a><p style="height: 3000px"></p><p id="terms">`;

test('using only the keyboard triggers no signal', options, async () => {
  shop.serve(CHECKOUT);
  await visitByClock();
  await page.evaluate(() => window.wayside('begin_checkout'));
  for (let round = 0; round < 3; round++) {
    for (const key of ['Tab', 'A', 'b', 'Tab', 'C', 'Backspace', 'd', 'Tab', 'ArrowDown', 'ArrowUp', 'Tab', 'Space', 'Tab', 'Enter', 'Enter', 'Enter', 'Tab', 'Enter']) {
      await page.keyboard.press(key);
      await pass(300);
    }
    // Reading at leisure.
    await pass(8_000);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  }
  await pass(8_000);
  assert.deepEqual(await signals(), []);
});

test('fields filled by a password manager add neither signals nor time', options, async () => {
  shop.serve(CHECKOUT);
  await visitByClock();
  await page.evaluate(() => window.wayside('begin_checkout'));
  for (let round = 0; round < 5; round++) {
    await page.evaluate(() => {
      for (const field of document.querySelectorAll('input')) {
        field.value = 'filled in';
        field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText' }));
        field.dispatchEvent(new Event('change', { bubbles: true }));
      }
    });
    await pass(500);
  }
  await pass(8_000);
  assert.deepEqual(await signals(), []);
  await flush();
  for (const kind of ['form_start', 'form_field_time', 'form_error', 'form_abandon']) assert.deepEqual(shop.told(kind), []);
});

test('a listener gets a signal before the second frame after the input that triggered it', options, async () => {
  means(/mine/);
  shop.serve('<button id="pay">Pay</button><button id="throws" onclick="throw new Error(\'mine\')">o</button>', {
    // However slowly the clicks are made, they are a burst.
    attributes: `data-thresholds='{"rage_click.gap_ms":60000}' data-off="dead_click"`,
    head: `<script>
      frame = decided = 0;
      const count = () => requestAnimationFrame(() => (frame++, count()));
      count();
      addEventListener('click', () => (decided = frame), true);
    </script>`,
  });
  await visit();
  await page.evaluate(() => {
    const clock = window as unknown as { frame: number; decided: number };
    window.wayside.on('signal', ({ name }) => window.noted.push([name, clock.frame - clock.decided]));
  });
  for (let n = 0; n < 3; n++) await page.click('#pay');
  await page.click('#throws');
  await page.waitForFunction(() => window.noted.length >= 2);
  await painted();
  const noted = (await page.evaluate(() => window.noted)) as [string, number][];
  assert.deepEqual(noted.map(([name]) => name), ['rage_click', 'error_click']);
  for (const [name, frames] of noted) assert.ok(frames < 2, `${name} was heard ${frames} frames later`);
});

test('signals that a site switches off are neither sent to listeners nor recorded', options, async () => {
  means(/mine/);
  shop.serve('<button id="throws" onclick="throw new Error(\'mine\')">o</button>', { attributes: 'data-off="rage_ error_click dead_click thrashed_cursor exit_intent idle_in_step"' });
  await visitByClock();
  for (let n = 0; n < 4; n++) await page.click('#throws');
  await page.evaluate(() => window.wayside('begin_checkout'));
  await shake();
  await pass(8_000);
  await page.mouse.move(300, -5);
  await pass(61_000);
  assert.deepEqual(await signals(), []);
  await flush();
  assert.deepEqual(shop.sink.signals(), []);
  assert.equal(shop.told('page_error').length, 3, 'kinds that are not switched off are recorded: the first three of equal errors at once');
});
