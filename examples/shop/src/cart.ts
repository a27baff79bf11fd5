// The cart: which products, how many, and the coupon. Totals are computed, never stored.

import { findProduct, type Product } from './catalog.ts';
import { amount } from './money.ts';
import { Kept } from './storage.ts';

/** One line of the cart. */
export interface Line {
  readonly product: Product;
  readonly quantity: number;
}

/** What an order costs, in cents. */
export interface Sums {
  readonly goods: number;
  readonly discount: number;
  readonly shipping: number;
  readonly total: number;
}

interface Stored {
  quantities: Record<string, number>;
  coupon: string | null;
}

const stored = new Kept<Stored>(localStorage, 'shop.cart', { quantities: {}, coupon: null });

/** Percent off, by coupon. */
const COUPONS: Readonly<Record<string, number>> = { SPRING10: 10, HEARTH20: 20 };

/** Nobody carries more of one thing than this. */
export const MOST = 20;

/** A standard parcel travels free from here. */
const FREE_FROM = 10_000;

const SHIPPING: Readonly<Record<string, number>> = { standard: 490, express: 1190, pickup: 0 };

/** The lines of the cart, in the order they were added. */
export function lines(): Line[] {
  return Object.entries(stored.get().quantities).flatMap(([id, quantity]) => {
    const product = findProduct(id);
    return product && quantity > 0 ? [{ product, quantity }] : [];
  });
}

/** How many things are in the cart. */
export function count(): number {
  return lines().reduce((sum, line) => sum + line.quantity, 0);
}

/** Adds a product. */
export function add(id: string, quantity = 1): void {
  const now = stored.get();
  now.quantities[id] = Math.min(MOST, (now.quantities[id] ?? 0) + quantity);
  stored.set(now);
}

/** Sets how many of a product; nought takes it out. */
export function setQuantity(id: string, quantity: number): void {
  const now = stored.get();
  if (quantity > 0) now.quantities[id] = Math.min(MOST, quantity);
  else delete now.quantities[id];
  stored.set(now);
}

/** Empties the cart, coupon included. */
export function clear(): void {
  stored.clear();
}

/** Percent off for this coupon, or `undefined` where there is none of this name. */
export function couponPercent(code: string): number | undefined {
  return Object.hasOwn(COUPONS, code) ? COUPONS[code] : undefined;
}

/** The coupon in use. */
export function coupon(): string | null {
  return stored.get().coupon;
}

/** Puts a coupon in use, or takes it out. */
export function setCoupon(code: string | null): void {
  stored.set({ ...stored.get(), coupon: code });
}

/** The sums of the cart with this way of shipping (none chosen yet counts nothing). */
export function sums(shipping?: string): Sums {
  const goods = lines().reduce((sum, line) => sum + line.product.cents * line.quantity, 0);
  const discount = Math.round((goods * (couponPercent(coupon() ?? '') ?? 0)) / 100);
  const free = shipping === 'standard' && goods - discount >= FREE_FROM;
  const carriage = free ? 0 : (SHIPPING[shipping ?? ''] ?? 0);
  return { goods, discount, shipping: carriage, total: goods - discount + carriage };
}

/** A line as a GA4 item. */
export function item(line: Line): Record<string, unknown> {
  const { product, quantity } = line;
  return { item_id: product.id, item_name: product.name, item_category: product.category, price: amount(product.cents), quantity };
}

/** The cart as GA4 e-commerce fields. */
export function ecommerce(shipping?: string): Record<string, unknown> {
  const code = coupon();
  return { currency: 'EUR', value: amount(sums(shipping).total), ...(code ? { coupon: code } : {}), items: lines().map(item) };
}
