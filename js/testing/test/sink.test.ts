import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { journeys, type Event } from '../src/model.ts';
import { startSink } from '../src/server.ts';
import { Sink } from '../src/sink.ts';
import { batch, CART, START, VIEW } from './support.ts';

test('a batch is acknowledged and decoded', () => {
  const sink = new Sink();
  const answer = sink.take(batch([VIEW, CART]));
  assert.deepEqual({ ...answer, body: JSON.parse(answer.body) as unknown }, { status: 200, body: { acks: [{ writer: 'a'.repeat(32), ranges: [[0, 1]] }] } });
  const [view, cart] = sink.touchpoints();
  assert.equal(view?.kind, 'page_view');
  assert.equal(sink.touchpoints({ kind: 'page_view' })[0]?.url, 'https://shop.example/');
  assert.deepEqual(cart, {
    ...CART,
    writer: 'a'.repeat(32),
    seq: 1,
    time: START + 1_000,
    visitor: 'v1',
    site: 'shop',
    customer: 'anon:v1',
    session: 0,
    stage: 'purchase',
    channel: 'Direct',
    consent: 'granted',
    automated: true,
  });
});

test('copies count once, also after a clear', () => {
  const sink = new Sink();
  sink.take(batch([VIEW, CART]));
  assert.equal(sink.take(batch([CART], { first_seq: 1 })).status, 200);
  assert.equal(sink.touchpoints().length, 2);
  sink.clear();
  sink.take(batch([VIEW, CART, { kind: 'share' }]));
  assert.deepEqual(sink.touchpoints().map(({ kind }) => kind), ['share']);
});

test('pages that are closed send nothing more', () => {
  const sink = new Sink();
  sink.take(batch([VIEW]));
  sink.clear({ gone: true });
  assert.equal(sink.take(batch([CART], { first_seq: 1 })).status, 200);
  assert.deepEqual(sink.touchpoints(), []);
  sink.take(batch([CART], { writer: 'b'.repeat(32) }));
  assert.equal(sink.touchpoints().length, 1);
});

test('touchpoints are in the order in which they happened', () => {
  const sink = new Sink();
  sink.take(batch([CART], { first_seq: 1 }));
  sink.take(batch([VIEW]));
  assert.deepEqual(sink.touchpoints().map(({ kind }) => kind), ['page_view', 'add_to_cart']);
});

test('kinds and visitors are distinguished', () => {
  const sink = new Sink();
  sink.take(batch([VIEW, CART]));
  sink.take(batch([VIEW], { visitor: 'v2', writer: 'b'.repeat(32) }));
  assert.equal(sink.touchpoints({ kind: 'page_view' }).length, 2);
  assert.equal(sink.touchpoints({ kind: 'page_view', visitor: 'v2' }).length, 1);
  assert.equal(sink.stage('v1'), 'purchase');
  assert.equal(sink.stage('v2'), 'awareness');
  assert.equal(sink.stage('nobody'), undefined);
});

test('signals found by pages and signals derived from the journey are included', () => {
  const sink = new Sink();
  const reload = { kind: 'page_view', url: 'https://shop.example/checkout', entry: 'reload' };
  sink.take(batch([VIEW, { kind: 'begin_checkout' }, reload, reload, reload, { kind: 'signal', name: 'rage_click', element: 'button#pay', count: 4 }]));
  assert.deepEqual(sink.signals().map(({ name }) => name), ['checkout_reload', 'rage_click']);
  assert.deepEqual(sink.signals()[1]?.evidence, { element: 'button#pay', count: 4 });
});

test('an event that the model refuses becomes a dead letter with the reason', () => {
  const sink = new Sink();
  const bad = batch([VIEW, { kind: 'search' }]);
  sink.take(bad);
  sink.take(bad);
  assert.equal(sink.touchpoints().length, 1);
  assert.deepEqual(sink.dead().map(({ seq, code }) => [seq, code]), [[1, 'field_missing']]);
});

test('an identify without a customer becomes a dead letter, as in a collector', () => {
  const sink = new Sink();
  sink.take(batch([VIEW, { kind: 'identify', customer_id: '' }]));
  assert.deepEqual(sink.dead().map(({ seq, code }) => [seq, code]), [[1, 'customer_id']]);
});

test('a body that is not a batch is refused as by a collector', () => {
  const sink = new Sink();
  const check = (body: string | Buffer, status: number, code: string): void => {
    const answer = sink.take(Buffer.from(body));
    assert.equal(answer.status, status);
    assert.equal((JSON.parse(answer.body) as { error: { code: string } }).error.code, code);
    assert.equal(sink.refusals().at(-1)?.code, code);
  };
  check('{', 400, 'malformed');
  check('{"v":1,"site":"shop"}', 400, 'malformed');
  check('{"v":9}', 400, 'unsupported_version');
  check(Buffer.from([1, 1, 0]), 400, 'malformed');
  check(' '.repeat(300_000), 413, 'too_large');
});

test('a wait ends when the touchpoint arrives', async () => {
  const sink = new Sink();
  const waiting = sink.waitFor('add_to_cart', { value: 19.9 });
  sink.take(batch([VIEW]));
  sink.take(batch([CART], { first_seq: 1 }));
  assert.equal((await waiting).seq, 1);
  assert.equal((await sink.waitFor('page_view')).seq, 0);
});

test('a wait that times out lists the touchpoints that arrived', async () => {
  const sink = new Sink();
  sink.take(batch([VIEW]));
  await assert.rejects(sink.waitFor('add_to_cart', {}, { timeout: 10 }), {
    message: 'No add_to_cart arrived within 0.01 s.\n\nWhat arrived, nearest first:\n  page_view { url: "https://shop.example/" }',
  });
});

test('a wait fails when the sink is closed', async () => {
  const sink = new Sink();
  const waiting = sink.waitFor('add_to_cart');
  const failed = assert.rejects(waiting, /was closed/);
  await sink.close();
  await failed;
  await assert.rejects(sink.waitFor('add_to_cart'), /was closed/);
});

test('over HTTP the sink answers like a collector, and serves the SDK', async () => {
  const sink = await startSink();
  try {
    const answer = await fetch(`${sink.url}/v1/batch?key=`, { method: 'POST', body: batch([VIEW]) });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.deepEqual(await answer.json(), { acks: [{ writer: 'a'.repeat(32), ranges: [[0, 0]] }] });
    assert.equal(sink.touchpoints().length, 1);

    const preflight = await fetch(`${sink.url}/v1/batch`, { method: 'OPTIONS' });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type');
    const wasm = await fetch(`${sink.url}/wayside.wasm?v=1`);
    assert.equal(wasm.headers.get('content-type'), 'application/wasm');
    assert.deepEqual(new Uint8Array(await wasm.arrayBuffer()).slice(0, 4), new Uint8Array([0, 97, 115, 109]));
    assert.equal((await fetch(`${sink.url}/package.json`)).status, 404);
    assert.equal(sink.script('shop'), `<script async src="${sink.url}/wayside.js" data-site="shop"></script>`);
  } finally {
    await sink.close();
  }
});

test('journeys match the corpus', async () => {
  const folder = new URL('../../../tests/journeys/', import.meta.url);
  let compared = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.jsonl')) continue;
    const lines = (await readFile(new URL(name, folder), 'utf8')).split('\n').filter((line) => line.trim());
    const next = new Map<string, number>();
    const events = lines.map((line) => {
      const event = { writer: '1', ...JSON.parse(line) } as Event;
      const writer = event.writer.padStart(32, '0');
      const seq = next.get(writer) ?? 0;
      next.set(writer, seq + 1);
      return { ...event, writer, seq };
    });
    // Raw activity is the page's; what it finds there arrives as touchpoints.
    if (events.some((event) => 'activity' in event)) continue;
    const expected = JSON.parse(await readFile(new URL(name.replace('.jsonl', '.expected.json'), folder), 'utf8')) as { customers: unknown };
    assert.deepEqual(journeys(events).customers, expected.customers, name);
    compared += 1;
  }
  assert.ok(compared >= 20, `${compared} journeys compared`);
});
