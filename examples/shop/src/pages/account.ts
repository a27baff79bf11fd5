import { takeOver } from '../forms.ts';
import { $ } from '../page.ts';
import { Kept } from '../storage.ts';
import { track } from '../wayside.ts';

const customer = new Kept<string | null>(localStorage, 'shop.customer', null);

takeOver($<HTMLFormElement>('[data-sign-in]'), {
  send: (data) => {
    const id = String(data.get('customer'));
    customer.set(id);
    track('identify', { customer_id: id });
    track('login', { method: 'customer number' });
    show();
    return null;
  },
});

$('[data-sign-out]').addEventListener('click', () => {
  customer.clear();
  show();
});

show();

function show(): void {
  const id = customer.get();
  $('[data-signed-in]').hidden = id === null;
  $('[data-sign-in]').hidden = id !== null;
  $('[data-customer]').textContent = id ?? '';
}
