import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { againstPlan, checkPlan, definePlan, parsePlan, readPlan } from '../src/plan.ts';
import { CART, VIEW } from './support.ts';

const PLAN = parsePlan(`
touchpoints:
  page_view:
  add_to_cart:
    description: the button "Buy" on a product's page
    required: [currency, value, items]
    properties:
      currency: { values: [EUR, GBP] }
      value: { type: number }
      items:
        type: list
        required: [item_id]
        properties:
          item_id: { type: text, pattern: '^[a-z-]+$' }
          quantity: { type: whole number }
  size_guide_opened:
    properties:
      size: { values: [s, m, l] }
`);

function check(touchpoint: { kind: string; [field: string]: unknown }, expected: string[]): void {
  const { violations } = checkPlan(PLAN, [touchpoint]);
  assert.deepEqual(violations.map(({ path, wanted }) => `${path}: ${wanted}`), expected);
}

// The meaning of a plan's keys is tested next to the rule, in crates/plan. These tests show that touchpoints and violations
// pass through.

test('touchpoints that follow the plan have no violations', () => {
  check(VIEW, []);
  check(CART, []);
  check({ kind: 'size_guide_opened', props: { size: 'm' } }, []);
  assert.deepEqual(checkPlan(PLAN, [VIEW, CART]).unplanned, []);
});

test('violations are found, with the value that arrived', () => {
  check({ kind: 'add_to_cart' }, ['currency: a value', 'value: a value', 'items: a value']);
  check({ ...CART, value: '19.9' }, ['value: a number']);
  check({ ...CART, items: [{ item_id: 'Mug 1', quantity: 1.5 }] }, ['items[0].item_id: text that matches ^[a-z-]+$', 'items[0].quantity: a whole number']);
  check({ kind: 'size_guide_opened', props: { size: 'xl' } }, ['size: one of "s", "m", "l"']);

  const missing = { kind: 'add_to_cart', currency: 'USD', value: 1 };
  assert.deepEqual(checkPlan(PLAN, [VIEW, missing]).violations, [
    { touchpoint: missing, path: 'items', wanted: 'a value', arrived: undefined },
    { touchpoint: missing, path: 'currency', wanted: 'one of "EUR", "GBP"', arrived: 'USD' },
  ]);
});

test('an identity or time is not a property, and a property may have the same name', () => {
  const plan = parsePlan('touchpoints: { a: { required: [site], properties: { stage: { values: [early] } } } }');
  const identity = { kind: 'a', site: 'shop', stage: 'purchase' };
  assert.deepEqual(checkPlan(plan, [identity]).violations.map(({ path }) => path), ['site']);
  assert.deepEqual(checkPlan(plan, [{ ...identity, props: { site: 'north', stage: 'late' } }]).violations.map(({ path }) => path), ['stage']);
});

test('unplanned touchpoints are listed, including kinds that are built-in names of JavaScript', () => {
  const strays = [{ kind: 'share' }, { kind: 'constructor' }];
  assert.deepEqual(checkPlan(PLAN, strays).unplanned, strays);
});

test('the message lists violations and unplanned touchpoints', () => {
  const checked = checkPlan(PLAN, [{ ...CART, currency: 'USD' }, { kind: 'share', method: 'mail' }, { kind: 'share' }]);
  assert.equal(
    againstPlan(checked),
    `What arrived does not follow the plan.

Violations:
  add_to_cart
    currency: must be one of "EUR", "GBP", but is "USD"

Not in the plan:
  share { method: "mail" } (2 times)`,
  );
});

test('an error in a plan is reported with its line', async () => {
  const yaml = 'touchpoints:\n  share: { require: [method] }\n';
  const message = /^line 2, column 12: touchpoints\.share has the unknown key `require`; known are description, required, properties$/;
  assert.throws(() => parsePlan(yaml), { message });
  assert.throws(() => parsePlan('touchpoints: ['), { message: /^line 2, column 1: / });

  const folder = await mkdtemp(join(tmpdir(), 'wayside-plan-'));
  const file = join(folder, 'plan.yaml');
  await writeFile(file, yaml);
  await assert.rejects(readPlan(file), (error: Error) => error.message.startsWith(`${file}: line 2, column 12: `));
  await rm(folder, { recursive: true });
});

test('a plan may be JSON', () => {
  assert.deepEqual(parsePlan('{\n\t"touchpoints": { "share": null }\n}'), { touchpoints: { share: null } });
});

test('a plan in TypeScript is checked too', () => {
  assert.throws(() => definePlan({ touchpoints: { share: { required: 'method' as never } } }), { message: 'touchpoints.share.required is "method"; it must be a list of names' });
  assert.throws(() => definePlan(undefined as never), { message: 'the plan is null; it must be a map' });
  assert.throws(() => checkPlan({ touchpoints: [] as never }, []), { message: /it must be a map/ });
  assert.deepEqual(definePlan({ touchpoints: { share: {} } }), { touchpoints: { share: {} } });
});
