// The shop has no server. This stands where its answers would come from, and two switches in the address make it
// misbehave: `?slow=MS` delays every answer, `?fail=coupon|address|payment` refuses one. A switch stays on for the
// rest of the visit; `?slow=0` and `?fail=` turn it off.

import { Kept } from './storage.ts';

/** What can be asked. */
export type Question = 'coupon' | 'address' | 'shipping' | 'payment' | 'order';

/** A refusal, in words for the visitor; `null` is a yes. */
export type Answer = string | null;

const REFUSALS: Readonly<Partial<Record<Question, string>>> = {
  coupon: 'This coupon has expired.',
  address: 'We cannot find this address. Please check the street and the postcode.',
  payment: 'Your bank declined the payment. No money was taken. Try again or choose another way to pay.',
};

/** Longer than this is a mistake in the address bar. */
const SLOWEST_MS = 60_000;

const switches = new Kept<{ slow: number; fail: string }>(sessionStorage, 'shop.switches', { slow: 0, fail: '' });

const query = new URLSearchParams(location.search);
const found = switches.get();
if (query.has('slow')) found.slow = Math.min(SLOWEST_MS, Math.max(0, Number(query.get('slow')) || 0));
if (query.has('fail')) found.fail = query.get('fail') ?? '';
if (query.has('slow') || query.has('fail')) switches.set(found);

/** Asks the shop's server, which takes its time. */
export function ask(question: Question): Promise<Answer> {
  const { slow, fail } = switches.get();
  const answer = fail === question ? (REFUSALS[question] ?? null) : null;
  return new Promise((resolve) => setTimeout(() => resolve(answer), slow));
}
