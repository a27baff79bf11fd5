const EURO = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

/** Cents as a price to read: `1990` is `€19.90`. */
export function price(cents: number): string {
  return EURO.format(cents / 100);
}

/** Cents as the decimal number that GA4 fields carry: `1990` is `19.9`. */
export function amount(cents: number): number {
  return cents / 100;
}
