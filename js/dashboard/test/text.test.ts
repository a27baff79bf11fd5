import { expect, test } from 'vitest';

import { text } from '../src/text/index.ts';

test('one is in the singular, and numbers are grouped', () => {
  expect([0, 1, 1200].map(text.things.customers)).toEqual(['0 customers', '1 customer', '1,200 customers']);
});
