// What every page does: counts the cart, takes the newsletter's sign-up, puts products of lists into the cart.

import * as cart from './cart.ts';
import { findProduct } from './catalog.ts';
import { takeOver } from './forms.ts';
// Every page reads the server's switches out of its address, whether or not it asks the server itself.
import './server.ts';
import { track } from './wayside.ts';

/** The element of this selector. A page without it is a mistake of ours, so it says which one. */
export function $<T extends HTMLElement = HTMLElement>(selector: string): T {
  const element = document.querySelector<T>(selector);
  if (!element) throw new Error(`${location.pathname} has no ${selector}`);
  return element;
}

/** The shop's folder. */
export const BASE = import.meta.env.BASE_URL;

/** Goes to another page of the shop. */
export function go(path: string): void {
  location.assign(BASE + path);
}

/** Says something in passing. */
export function toast(message: string): void {
  const place = document.querySelector<HTMLElement>('[data-toast]');
  if (!place) return;
  place.textContent = message;
  place.classList.add('shown');
  setTimeout(() => place.classList.remove('shown'), 2500);
}

/** Writes the number of things in the cart beside its link. */
export function showCount(): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-cart-count]')) {
    const count = cart.count();
    place.textContent = String(count);
    place.hidden = count === 0;
  }
}

// The button's `data-wayside-add_to_cart` attribute tells Wayside; this only fills the cart.
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-cart-add]') : null;
  const product = findProduct(button?.dataset.cartAdd ?? null);
  if (!product) return;
  cart.add(product.id);
  showCount();
  toast(`${product.name} is in your cart.`);
});

const newsletter = document.querySelector<HTMLFormElement>('[data-newsletter]');
if (newsletter) {
  takeOver(newsletter, {
    send: () => {
      track('newsletter_sign_up');
      newsletter.reset();
      $('[data-newsletter-done]').textContent = 'Thank you. The next letter is yours.';
      return null;
    },
  });
}

showCount();
// A page that comes back out of the back/forward cache shows the cart as it was.
addEventListener('pageshow', (event) => {
  if (event.persisted) showCount();
});
