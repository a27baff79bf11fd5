import * as cart from '../cart.ts';
import { takeOver } from '../forms.ts';
import { amount, price } from '../money.ts';
import { order, type Order } from '../order.ts';
import { $, BASE } from '../page.ts';
import { track } from '../wayside.ts';

const placed = order.get();
if (placed) show(placed);
else $('[data-thanks]').innerHTML = `<h1>No order yet</h1><p>Your order shows here once it is placed. <a href="${BASE}">To the shop</a>.</p>`;

function show(placed: Order): void {
  if (!placed.recorded) {
    order.set({ ...placed, recorded: true });
    record(placed);
  }
  const scores = Array.from({ length: 11 }, (_, score) => `<label><input type="radio" name="score" value="${score}" required><span>${score}</span></label>`).join('');
  $('[data-thanks]').innerHTML = `<svg class="tick" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="30"/><path d="m19 33 9 9 18-20"/></svg>
    <h1>Thank you</h1>
    <p class="lead">Order <strong>${placed.id}</strong> over ${price(placed.sums.total)} is on our bench.</p>
    <form class="panel" data-survey novalidate>
      <fieldset><legend>How likely would you send a friend to us?</legend><div class="scores">${scores}</div>
      <p class="scale"><span>not at all</span><span>very</span></p><p class="error" data-error-for="score"></p></fieldset>
      <button class="button small" type="submit">Send</button>
    </form>
    <p><button class="button quiet" type="button" data-share>Copy the shop’s address for a friend</button></p>
    <p><a href="${BASE}">Back to the shop</a></p>`;

  takeOver($<HTMLFormElement>('[data-survey]'), {
    send: (data) => {
      track('nps', { score: Number(data.get('score')) });
      $('[data-survey]').innerHTML = '<p role="status">Thank you, that helps.</p>';
      return null;
    },
  });
  $('[data-share]').addEventListener('click', (event) => void share(event.currentTarget as HTMLButtonElement));
}

function record(placed: Order): void {
  track('purchase', {
    transaction_id: placed.id, currency: 'EUR', value: amount(placed.sums.total), shipping: amount(placed.sums.shipping),
    ...(placed.coupon ? { coupon: placed.coupon } : {}),
    items: placed.lines.map(cart.item),
  });
}

async function share(button: HTMLButtonElement): Promise<void> {
  track('share', { method: 'link', content: 'shop' });
  try {
    await navigator.clipboard.writeText(location.origin + BASE);
    button.textContent = 'Copied';
  } catch {
    // Without the permission, the visitor copies by hand.
    button.textContent = location.origin + BASE;
  }
}
