// The order beside every step of the checkout, and the sums under every cart.

import * as cart from './cart.ts';
import { text } from './markup.ts';
import { price } from './money.ts';

/** The sums as the rows of a description list. `shipping` is true where the way of shipping is settled. */
export function sumRows(sums: cart.Sums, coupon: string | null, shipping = false): string {
  const row = (label: string, value: string, kind = ''): string => `<div class="${kind}"><dt>${label}</dt><dd>${value}</dd></div>`;
  return [
    row('Products', price(sums.goods)),
    sums.discount > 0 ? row(`Coupon ${text(coupon ?? '')}`, `−${price(sums.discount)}`) : '',
    shipping ? row('Shipping', sums.shipping === 0 ? 'free' : price(sums.shipping)) : '',
    row('Total', price(sums.total), 'total'),
  ].join('');
}

/** The order beside a step. */
export function summary(shipping?: string): string {
  const rows = cart.lines().map(({ product, quantity }) => `<li><span>${quantity} × ${product.name}</span><span>${price(product.cents * quantity)}</span></li>`);
  return `<h2>Your order</h2><ul>${rows.join('')}</ul><dl class="sums">${sumRows(cart.sums(shipping), cart.coupon(), shipping !== undefined)}</dl>`;
}
