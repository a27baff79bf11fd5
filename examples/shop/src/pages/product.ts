import * as cart from '../cart.ts';
import { findProduct, PRODUCTS, type Product } from '../catalog.ts';
import { drawing } from '../drawings.ts';
import { takeOver } from '../forms.ts';
import { productCard } from '../markup.ts';
import { amount, price } from '../money.ts';
import { $, BASE, showCount, toast } from '../page.ts';
import { track } from '../wayside.ts';
import { wishes } from '../wishes.ts';

const product = findProduct(new URLSearchParams(location.search).get('product'));
if (product) show(product);
else showMissing();

function show(product: Product): void {
  document.title = `${product.name} · Kiln & Loom`;
  $('[data-product]').innerHTML = productPage(product);
  const others = PRODUCTS.filter((other) => other.category === product.category && other.id !== product.id);
  $('[data-more]').innerHTML = others.slice(0, 4).map((other) => productCard(other, BASE, `Beside ${product.name}`)).join('');

  track('view_item', { currency: 'EUR', value: amount(product.cents), items: [cart.item({ product, quantity: 1 })] });
  if (product.inStock) {
    takeOver($<HTMLFormElement>('[data-buy]'), {
      send: (data) => {
        buy(product, Number(data.get('quantity')));
        return null;
      },
    });
  }
  const wish = $<HTMLButtonElement>('[data-wish]');
  showWish(wish, product);
  wish.addEventListener('click', () => toggleWish(wish, product));
}

function productPage(product: Product): string {
  const numbers = Array.from({ length: 5 }, (_, index) => `<option value="${index + 1}">${index + 1}</option>`).join('');
  const buy = product.inStock
    ? `<form class="buy" data-buy novalidate><label for="quantity">Quantity</label><select id="quantity" name="quantity">${numbers}</select><button class="button" type="submit">Add to cart</button></form>`
    : '<p class="badge">Sold out</p>';
  return `<nav class="crumbs" aria-label="You are here"><a href="${BASE}">Shop</a> / <a href="${BASE}#${product.category.toLowerCase()}">${product.category}</a></nav>
    <article class="product">
      <div class="tile large tile-${product.category.toLowerCase()}" data-picture>${drawing(product.id)}</div>
      <div class="product-text">
        <h1>${product.name}</h1>
        <p class="lead">${product.line}</p>
        <p class="price large">${price(product.cents)}</p>
        ${buy}
        <button class="button quiet" type="button" data-wish></button>
        <ul class="facts">${product.facts.map((fact) => `<li>${fact}</li>`).join('')}</ul>
      </div>
    </article>`;
}

function buy(product: Product, quantity: number): void {
  cart.add(product.id, quantity);
  track('add_to_cart', { currency: 'EUR', value: amount(product.cents * quantity), items: [cart.item({ product, quantity })] });
  showCount();
  toast(`${product.name} is in your cart.`);
}

function toggleWish(button: HTMLButtonElement, product: Product): void {
  const now = wishes.get();
  const wished = now.includes(product.id);
  wishes.set(wished ? now.filter((id) => id !== product.id) : [...now, product.id]);
  if (!wished) track('add_to_wishlist', { currency: 'EUR', value: amount(product.cents), items: [cart.item({ product, quantity: 1 })] });
  showWish(button, product);
}

function showWish(button: HTMLButtonElement, product: Product): void {
  const wished = wishes.get().includes(product.id);
  button.setAttribute('aria-pressed', String(wished));
  button.textContent = wished ? '♥ On your wishlist' : '♡ Keep for later';
}

function showMissing(): void {
  document.title = 'Not found · Kiln & Loom';
  $('[data-product]').innerHTML = `<h1>We have no such product</h1><p>It may have left the shop. <a href="${BASE}">See what is here</a>.</p>`;
  $('[data-more]').closest('section')?.remove();
}
