// HTML that both the build (build/pieces.ts) and the pages make. Text from a visitor goes through `text` first.

import type { Product } from './catalog.ts';
import { drawing } from './drawings.ts';
import { amount, price } from './money.ts';

/** Any text as HTML text or attribute value: what a visitor typed is never markup. */
export function text(raw: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return raw.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** Fields for a `data-wayside-…` attribute. */
function fields(value: Record<string, unknown>): string {
  return text(JSON.stringify(value));
}

/** One product in a list: picture, name, price and the button that puts it into the cart. */
export function productCard(product: Product, base: string, list: string): string {
  const item = { item_id: product.id, item_name: product.name, item_category: product.category, price: amount(product.cents), quantity: 1 };
  const chosen = fields({ item_list_name: list, items: [item] });
  const added = fields({ currency: 'EUR', value: amount(product.cents), items: [item] });
  const button = product.inStock
    ? `<button class="button small" type="button" data-cart-add="${product.id}" data-wayside-add_to_cart="${added}" aria-label="Add to cart: ${product.name}">Add to cart</button>`
    : '<span class="badge">Sold out</span>';
  return `<li class="card">
    <a class="card-link" href="${base}product.html?product=${product.id}" data-wayside-select_item="${chosen}">
      <span class="tile tile-${product.category.toLowerCase()}">${drawing(product.id)}</span>
      <span class="card-name">${product.name}</span>
    </a>
    <p class="card-line">${product.line}</p>
    <p class="card-foot"><span class="price">${price(product.cents)}</span>${button}</p>
  </li>`;
}
