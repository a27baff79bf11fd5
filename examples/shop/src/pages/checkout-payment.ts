import * as cart from '../cart.ts';
import { runStep } from '../checkout.ts';
import type { Rule } from '../forms.ts';
import { draft } from '../order.ts';
import { $ } from '../page.ts';
import { track } from '../wayside.ts';

const number: Rule = (value) => {
  const digits = value.replace(/\D/g, '');
  if (value === '') return '';
  return digits.length >= 13 && luhn(digits) ? '' : 'This is not a card number. Please check the digits.';
};

const expiry: Rule = (value) => {
  if (value === '') return '';
  const [, month, year] = /^(\d\d)\/?(\d\d)$/.exec(value) ?? [];
  if (!month || !year || Number(month) < 1 || Number(month) > 12) return 'Write month and year, such as 04/30.';
  // A card is good until the last day of its month.
  const end = new Date(2000 + Number(year), Number(month), 1);
  return end.getTime() > Date.now() ? '' : 'This card has expired.';
};

runStep({
  question: 'payment',
  rules: { number, expiry },
  missing: (now) => (!now.address ? 'checkout/contact.html' : !now.shipping ? 'checkout/shipping.html' : null),
  show: (now) => {
    const chosen = document.querySelector<HTMLInputElement>(`input[name="payment"][value="${now.payment ?? 'card'}"]`);
    if (chosen) chosen.checked = true;
    showCard();
    $('[data-step]').addEventListener('change', showCard);
  },
  done: (data, now) => {
    const payment = String(data.get('payment'));
    draft.set({ ...now, payment });
    track('add_payment_info', { ...cart.ecommerce(now.shipping), payment_type: payment });
  },
  next: 'checkout/review.html',
});

/** The card's fields are there only for those who pay by card. */
function showCard(): void {
  const byCard = document.querySelector<HTMLInputElement>('input[name="payment"]:checked')?.value === 'card';
  const fields = $<HTMLFieldSetElement>('[data-card]');
  fields.hidden = !byCard;
  fields.disabled = !byCard;
}

/** The check digit of card numbers (ISO/IEC 7812). */
function luhn(digits: string): boolean {
  const sum = Array.from(digits).reverse().reduce((sum, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return sum + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
