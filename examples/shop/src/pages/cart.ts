import * as cart from '../cart.ts';
import { drawing } from '../drawings.ts';
import { takeOver } from '../forms.ts';
import { amount, price } from '../money.ts';
import { $, BASE, showCount } from '../page.ts';
import { ask } from '../server.ts';
import { sumRows } from '../summary.ts';
import { push, track } from '../wayside.ts';

show();
if (cart.count() > 0) push('view_cart', cart.ecommerce());

$('[data-lines]').addEventListener('change', (event) => {
  const select = event.target as HTMLSelectElement;
  change(select.dataset.quantity ?? '', Number(select.value));
});
$('[data-lines]').addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-remove]') : null;
  if (button) change(button.dataset.remove ?? '', 0);
});

takeOver($<HTMLFormElement>('[data-coupon]'), {
  send: async (data) => {
    const code = String(data.get('coupon')).trim().toUpperCase();
    const refusal = (await ask('coupon')) ?? (cart.couponPercent(code) === undefined ? `We know no coupon “${code}”.` : null);
    track('coupon_try', refusal ? { coupon: code, error: refusal } : { coupon: code });
    if (refusal) return refusal;
    cart.setCoupon(code);
    show();
    return null;
  },
});

function change(id: string, quantity: number): void {
  const line = cart.lines().find((line) => line.product.id === id);
  if (!line) return;
  const removed = line.quantity - quantity;
  cart.setQuantity(id, quantity);
  const { product } = line;
  const fields = { currency: 'EUR', value: amount(product.cents * Math.abs(removed)), items: [cart.item({ product, quantity: Math.abs(removed) })] };
  push(removed > 0 ? 'remove_from_cart' : 'add_to_cart', fields);
  show();
  showCount();
}

function show(): void {
  const lines = cart.lines();
  $('[data-empty]').hidden = lines.length > 0;
  $('[data-side]').hidden = lines.length === 0;
  $('[data-lines]').innerHTML = lines.map(lineRow).join('');
  $('[data-sums]').innerHTML = sumRows(cart.sums(), cart.coupon());
  $<HTMLInputElement>('#coupon').value = cart.coupon() ?? $<HTMLInputElement>('#coupon').value;
}

function lineRow({ product, quantity }: cart.Line): string {
  const most = Math.max(quantity, 5);
  const numbers = Array.from({ length: most }, (_, index) => index + 1);
  return `<li class="line">
    <a class="tile small tile-${product.category.toLowerCase()}" href="${BASE}product.html?product=${product.id}" tabindex="-1" aria-hidden="true">${drawing(product.id)}</a>
    <div class="line-text"><a href="${BASE}product.html?product=${product.id}">${product.name}</a><span>${price(product.cents)}</span></div>
    <label class="line-quantity"><span class="hidden">Quantity of ${product.name}</span><select data-quantity="${product.id}">${numbers.map((n) => `<option${n === quantity ? ' selected' : ''}>${n}</option>`).join('')}</select></label>
    <span class="price">${price(product.cents * quantity)}</span>
    <button class="button small quiet" type="button" data-remove="${product.id}" aria-label="Remove ${product.name}">Remove</button>
  </li>`;
}
