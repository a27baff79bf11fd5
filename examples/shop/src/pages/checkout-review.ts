import * as cart from '../cart.ts';
import { runStep } from '../checkout.ts';
import { text } from '../markup.ts';
import { newOrderId, order, draft, type Draft } from '../order.ts';
import { $, BASE } from '../page.ts';

const SHIPPING: Readonly<Record<string, string>> = { standard: 'Standard parcel', express: 'Express parcel', pickup: 'Collected at the workshop' };
const PAYMENT: Readonly<Record<string, string>> = { card: 'By card', invoice: 'By invoice' };

runStep({
  question: 'order',
  missing: (now) => (!now.address ? 'checkout/contact.html' : !now.shipping ? 'checkout/shipping.html' : !now.payment ? 'checkout/payment.html' : null),
  show: (now) => {
    $('[data-review]').innerHTML = review(now);
  },
  done: (_, now) => {
    order.set({
      id: newOrderId(), lines: cart.lines(), sums: cart.sums(now.shipping), coupon: cart.coupon(),
      shipping: now.shipping ?? '', payment: now.payment ?? '', recorded: false,
    });
    cart.clear();
    draft.clear();
  },
  next: 'thank-you.html',
});

function review({ address, shipping, payment }: Draft): string {
  const row = (label: string, value: string, page: string): string =>
    `<div><dt>${label}</dt><dd>${value}</dd><dd><a href="${BASE}checkout/${page}.html">Change<span class="hidden"> ${label.toLowerCase()}</span></a></dd></div>`;
  const where = address ? [address.name, address.street, `${address.postcode} ${address.city}`].map(text).join('<br>') : '';
  return row('Address', where, 'contact') + row('Shipping', SHIPPING[shipping ?? ''] ?? '', 'shipping') + row('Payment', PAYMENT[payment ?? ''] ?? '', 'payment');
}
