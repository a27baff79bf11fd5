// GA4's e-commerce pushes: `dataLayer.push({ event, ecommerce })` and `gtag('event', name, fields)`.

/** GA4's e-commerce events. What else is pushed is not ours to read. */
const ECOMMERCE = /^(add_(to|payment|shipping)_|begin_checkout|purchase$|refund$|remove_from_|(select|view)_(item|promo|cart))/;

/** What a push says: a touchpoint's name and fields, or nothing. */
export function pushed(push: unknown): [name: string, fields: unknown] | undefined {
  const { event, ecommerce, 0: command, 1: name, 2: fields } = Object(push) as Record<string, unknown>;
  const found: [unknown, unknown] = command === 'event' ? [name, fields] : [event, ecommerce];
  return ECOMMERCE.test(found[0] as string) ? (found as [string, unknown]) : undefined;
}
