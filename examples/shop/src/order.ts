// What the visitor has filled in during the checkout, and the order that came of it.

import type { Line, Sums } from './cart.ts';
import { Kept } from './storage.ts';

/** The address step's answers. */
export interface Address {
  readonly email: string;
  readonly phone: string;
  readonly name: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

/** The checkout so far. A step not done yet is missing. */
export interface Draft {
  begun?: boolean;
  address?: Address;
  shipping?: string;
  payment?: string;
}

/** A placed order. */
export interface Order {
  readonly id: string;
  readonly lines: readonly Line[];
  readonly sums: Sums;
  readonly coupon: string | null;
  readonly shipping: string;
  readonly payment: string;
  /** Set once the purchase was recorded: opening the thank-you page again must not record it twice. */
  recorded: boolean;
}

/** The checkout so far. Payment details are not in it: only the way of paying is. */
export const draft = new Kept<Draft>(sessionStorage, 'shop.checkout', {});

/** The last order of this visit. */
export const order = new Kept<Order | null>(sessionStorage, 'shop.order', null);

/** A new order number, such as `KL-7F3K09QX`. */
export function newOrderId(): string {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `KL-${Array.from(random, (byte) => letters[byte % 32]).join('')}`;
}
