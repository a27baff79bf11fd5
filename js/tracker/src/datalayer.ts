// GA4's e-commerce pushes: `dataLayer.push({ event, ecommerce })` and `gtag('event', name, fields)`.

/** The names of GA4's e-commerce events; other pushes are ignored. */
const ECOMMERCE = /^(add_(to|payment|shipping)_|begin_checkout|purchase$|refund$|remove_from_|(select|view)_(item|promo|cart))/;

/** The name and fields of the touchpoint in a push, if it contains one. */
export function pushed(push: unknown): [name: string, fields: unknown] | undefined {
  const { event, ecommerce, 0: command, 1: name, 2: fields } = Object(push) as Record<string, unknown>;
  const found: [unknown, unknown] = command === 'event' ? [name, fields] : [event, ecommerce];
  return ECOMMERCE.test(found[0] as string) ? (found as [string, unknown]) : undefined;
}
