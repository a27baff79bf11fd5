// The pieces that every page shares. A page names one in a comment (`<!-- header -->`) and the build puts it there.

import { CATEGORIES, PRODUCTS } from '../src/catalog.ts';
import { productCard } from '../src/markup.ts';

const BASE = '/shop/';

// `wayside.js` is not the shop's file: it comes from the collector, at whatever address that has. `vite-ignore` keeps
// the build from looking for it here.
const head = `
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%23a4492c'/%3E%3Cpath d='M8 10h16v7c0 5-3 7-8 7s-8-2-8-7z' fill='%23fff'/%3E%3C/svg%3E">
    <link rel="stylesheet" href="/src/styles/base.css">
    <link rel="stylesheet" href="/src/styles/shop.css">
    <script vite-ignore async src="/wayside.js" data-site="shop"></script>`;

const header = `
    <a class="skip" href="#main">Skip to content</a>
    <header class="top">
      <div class="top-row">
        <a class="brand" href="${BASE}">Kiln <span>&amp;</span> Loom</a>
        <form class="search" role="search" action="${BASE}search.html">
          <label class="hidden" for="q">Search the shop</label>
          <input id="q" name="q" type="search" placeholder="Search" autocomplete="off" required>
          <button class="icon" type="submit" aria-label="Search">
            <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="11" cy="11" r="6"/><path d="m16 16 5 5"/></svg>
          </button>
        </form>
        <nav class="tools" aria-label="Your shop">
          <a href="${BASE}help.html">Help</a>
          <a href="${BASE}account.html">Account</a>
          <a href="${BASE}wishlist.html">Wishlist</a>
          <a class="cart-link" href="${BASE}cart.html">Cart <span class="count" data-cart-count hidden></span></a>
        </nav>
      </div>
    </header>
    <p class="toast" role="status" aria-live="polite" data-toast></p>`;

const checkoutHeader = `
    <a class="skip" href="#main">Skip to content</a>
    <header class="top">
      <div class="top-row">
        <a class="brand" href="${BASE}">Kiln <span>&amp;</span> Loom</a>
        <nav class="tools" aria-label="Your shop"><a href="${BASE}help.html">Help</a><a class="cart-link" href="${BASE}cart.html">Cart <span class="count" data-cart-count hidden></span></a></nav>
      </div>
    </header>`;

const footer = `
    <footer class="bottom">
      <div class="bottom-row">
        <form class="newsletter" data-newsletter novalidate>
          <label for="newsletter-email">A letter a month, with what left the kiln</label>
          <div class="inline">
            <input id="newsletter-email" name="email" type="email" autocomplete="email" placeholder="you@example.org" required aria-describedby="newsletter-error">
            <button class="button small" type="submit">Sign up</button>
          </div>
          <p class="error" id="newsletter-error" data-error-for="newsletter-email"></p>
          <p class="done" role="status" data-newsletter-done></p>
        </form>
        <p class="small-print">Kiln &amp; Loom is the example shop of Wayside. Nothing here is sold, and what you type stays in your browser.</p>
      </div>
    </footer>`;

/** The steps of the checkout, in order: the page's name and what the visitor reads. */
const STEPS = [['contact', 'Address'], ['shipping', 'Shipping'], ['payment', 'Payment'], ['review', 'Review']] as const;

function steps(path: string): string {
  const current = STEPS.findIndex(([page]) => path.endsWith(`/${page}.html`));
  const entry = ([page, label]: readonly [string, string], index: number): string => {
    if (index === current) return `<li class="here" aria-current="step">${label}</li>`;
    return index < current ? `<li class="past"><a href="${BASE}checkout/${page}.html">${label}</a></li>` : `<li>${label}</li>`;
  };
  return `<ol class="steps" aria-label="Checkout steps">${STEPS.map(entry).join('')}</ol>`;
}

function shelves(): string {
  return CATEGORIES.map((category) => {
    const cards = PRODUCTS.filter((product) => product.category === category).map((product) => productCard(product, BASE, category));
    return `<section class="shelf" id="${category.toLowerCase()}" aria-labelledby="${category}"><h2 id="${category}">${category}</h2><ul class="cards">${cards.join('')}</ul></section>`;
  }).join('');
}

/** The page with every piece that it names. */
export function fillIn(html: string, path: string): string {
  const pieces: Record<string, () => string> = {
    head: () => head, header: () => header, 'checkout-header': () => checkoutHeader, footer: () => footer,
    steps: () => steps(path), shelves,
  };
  return html.replace(/<!-- ([a-z-]+) -->/g, (comment, name: string) => pieces[name]?.() ?? comment);
}
