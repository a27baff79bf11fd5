import assert from 'node:assert/strict';
import { test } from 'node:test';
import { againstPlan, checkPlan, definePlan, parsePlan } from '../src/plan.ts';
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

test('what follows the plan has nothing against it', () => {
  check(VIEW, []);
  check(CART, []);
  assert.deepEqual(checkPlan(PLAN, [VIEW, CART]).unplanned, []);
});

test('missing properties are found', () => {
  check({ kind: 'add_to_cart' }, ['currency: it', 'value: it', 'items: it']);
  check({ ...CART, items: [{ item_id: 'mug' }, { price: 1 }] }, ['items[1].item_id: it']);
});

test('wrong types and values are found', () => {
  check({ ...CART, currency: 'USD' }, ['currency: one of "EUR", "GBP"']);
  check({ ...CART, value: '19.9' }, ['value: a number']);
  check({ ...CART, items: 'mug' }, ['items: a list']);
  check({ ...CART, items: [{ item_id: 'Mug 1', quantity: 1.5 }] }, ['items[0].item_id: text like ^[a-z-]+$', 'items[0].quantity: a whole number']);
});

test("a site's own properties are looked at", () => {
  check({ kind: 'size_guide_opened', props: { size: 'xl' } }, ['size: one of "s", "m", "l"']);
  check({ kind: 'size_guide_opened', props: { size: 'm' } }, []);
});

test('unplanned touchpoints are listed, and names of JavaScript are none of the plan', () => {
  const strays = [{ kind: 'share' }, { kind: 'constructor' }];
  assert.deepEqual(checkPlan(PLAN, strays).unplanned, strays);
});

test('the message tells both', () => {
  const checked = checkPlan(PLAN, [{ ...CART, currency: 'USD' }, { kind: 'share', method: 'mail' }, { kind: 'share' }]);
  assert.equal(
    againstPlan(checked),
    `What arrived does not follow the plan.

Against the plan:
  add_to_cart
    currency: the plan wants one of "EUR", "GBP", arrived "USD"

Not in the plan:
  share { method: "mail" } (2 times)`,
  );
});

/** A plan in which something is not understood. */
function refused(yaml: string, message: RegExp): void {
  assert.throws(() => parsePlan(yaml), { message });
}

test('what is not understood in a plan is named', () => {
  refused('', /the plan is null; it must be a map/);
  refused('{}', /the plan has no `touchpoints`/);
  refused('touchpoint: {}', /the plan has the unknown key `touchpoint`; known are touchpoints/);
  refused('touchpoints: { share: { require: [method] } }', /touchpoints\.share has the unknown key `require`/);
  refused('touchpoints: { share: { required: method } }', /touchpoints\.share\.required is "method"; it must be a list of names/);
  refused('touchpoints: { nps: { properties: { score: { type: int } } } }', /touchpoints\.nps\.properties\.score\.type is "int"; it must be one of text, number, whole number/);
  refused('touchpoints: { nps: { properties: { score: { values: 10 } } } }', /score\.values is 10; it must be a list of values/);
  refused('touchpoints: { a: { properties: { b: { required: [c] } } } }', /needs `type: list`/);
  refused('touchpoints: [', /at line 1/);
});

test('a plan in TypeScript is looked through too', () => {
  assert.throws(() => definePlan({ touchpoints: { share: { required: 'method' as never } } }), /must be a list of names/);
  assert.deepEqual(definePlan({ touchpoints: { share: {} } }), { touchpoints: { share: {} } });
});
