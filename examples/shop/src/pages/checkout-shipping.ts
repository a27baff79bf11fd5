import * as cart from '../cart.ts';
import { runStep } from '../checkout.ts';
import { draft } from '../order.ts';
import { $ } from '../page.ts';
import { summary } from '../summary.ts';
import { track } from '../wayside.ts';

runStep({
  question: 'shipping',
  missing: (now) => (now.address ? null : 'checkout/contact.html'),
  show: (now) => {
    const chosen = document.querySelector<HTMLInputElement>(`input[name="shipping"][value="${now.shipping ?? 'standard'}"]`);
    if (chosen) choose(chosen);
    $('[data-step]').addEventListener('change', (event) => choose(event.target as HTMLInputElement));
  },
  done: (data, now) => {
    const shipping = String(data.get('shipping'));
    draft.set({ ...now, shipping });
    track('add_shipping_info', { ...cart.ecommerce(shipping), shipping_tier: shipping });
  },
  next: 'checkout/payment.html',
});

function choose(input: HTMLInputElement): void {
  input.checked = true;
  $('[data-summary]').innerHTML = summary(input.value);
}
