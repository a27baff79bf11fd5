// The shop has no server of its own: its answers are files. Two switches in the address make it misbehave: `?slow=MS`
// delays every answer, `?fail=coupon|address|payment` refuses one. A switch stays on for the rest of the visit;
// `?slow=0` and `?fail=` turn it off.

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

const UNREACHABLE = 'We cannot reach the shop just now. Please try again.';

/** Longer than this is a mistake in the address bar. */
const SLOWEST_MS = 60_000;

const switches = new Kept<{ slow: number; fail: string }>(sessionStorage, 'shop.switches', { slow: 0, fail: '' });

const query = new URLSearchParams(location.search);
const found = switches.get();
if (query.has('slow')) found.slow = Math.min(SLOWEST_MS, Math.max(0, Number(query.get('slow')) || 0));
if (query.has('fail')) found.fail = query.get('fail') ?? '';
if (query.has('slow') || query.has('fail')) switches.set(found);
const slowed = found.slow > 0 ? slowDown() : undefined;
if (query.get('slow') === '0') void speedUp();

/** Asks the shop's server, which takes its time. */
export async function ask(question: Question): Promise<Answer> {
  const { slow, fail } = found;
  await slowed;
  try {
    const response = await fetch(`${import.meta.env.BASE_URL}api/${question}.json${slow > 0 ? `?slow=${slow}` : ''}`, { cache: 'no-store' });
    if (!response.ok || !(await response.json())) return UNREACHABLE;
  } catch {
    return UNREACHABLE;
  }
  return fail === question ? (REFUSALS[question] ?? null) : null;
}

/** Resolves once the service worker that holds answers back is in charge of this page. */
async function slowDown(): Promise<void> {
  const workers = navigator.serviceWorker;
  const inCharge = new Promise<void>((resolve) => {
    if (workers.controller) resolve();
    else workers.addEventListener('controllerchange', () => resolve(), { once: true });
  });
  const { active } = await workers.register(`${import.meta.env.BASE_URL}slow.js`);
  // A page reloaded past the cache has no worker although there is one, and goes without.
  if (!active) await inCharge;
}

async function speedUp(): Promise<void> {
  for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
}
