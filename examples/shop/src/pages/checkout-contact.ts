import * as cart from '../cart.ts';
import { runStep } from '../checkout.ts';
import type { Rule } from '../forms.ts';
import { draft, type Address, type Draft } from '../order.ts';
import { $ } from '../page.ts';
import { track } from '../wayside.ts';

/** How a postcode looks, by country. */
const POSTCODES: Readonly<Record<string, readonly [RegExp, string]>> = {
  DE: [/^\d{5}$/, 'A German postcode has five digits, such as 10115.'],
  AT: [/^\d{4}$/, 'An Austrian postcode has four digits, such as 1010.'],
  CH: [/^\d{4}$/, 'A Swiss postcode has four digits, such as 8001.'],
  NL: [/^\d{4} ?[A-Za-z]{2}$/, 'A Dutch postcode has four digits and two letters, such as 1012 AB.'],
  FR: [/^\d{5}$/, 'A French postcode has five digits, such as 75001.'],
};

const postcode: Rule = (value, form) => {
  const [shape, hint] = POSTCODES[String(form.get('country'))] ?? [/./, ''];
  return value === '' || shape.test(value) ? '' : hint;
};

const FIELDS = ['email', 'phone', 'name', 'street', 'postcode', 'city', 'country'] as const;

runStep({
  question: 'address',
  rules: { postcode },
  missing: () => null,
  show: (now) => {
    fill(now);
    // Coming back to this step, or reloading it, is the same checkout and not another beginning.
    if (now.begun) return;
    draft.set({ ...now, begun: true });
    track('begin_checkout', cart.ecommerce());
  },
  done: (data, now) => {
    const address = Object.fromEntries(FIELDS.map((name) => [name, String(data.get(name)).trim()])) as unknown as Address;
    draft.set({ ...now, begun: true, address });
  },
  next: 'checkout/shipping.html',
});

function fill({ address }: Draft): void {
  if (!address) return;
  for (const name of FIELDS) $<HTMLInputElement>(`#${name}`).value = address[name];
}
