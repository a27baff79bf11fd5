// GA4's events in what shops push for Google's tags: `dataLayer.push({ event, ecommerce })`, the same with the fields beside `event`, and
// `gtag('event', name, fields)`. `pushes.ts` reads the other pushes once the loader runs.

/** The names of GA4's events that are touchpoints of Wayside; other pushes are ignored. */
const EVENTS =
  /^(add_(to|payment|shipping)_|begin_checkout|purchase$|refund$|remove_from_|(select|view)_(item|promo|cart)|search$|login$|sign_up$|share$|generate_lead$)/;

/** The name and fields of the touchpoint in a push, if it contains one. */
export function pushed(push: unknown): [name: string, fields: unknown] | undefined {
  const { event, ecommerce, 0: command, 1: name, 2: fields, ...flat } = Object(push) as Record<string, unknown>;
  const found: [unknown, unknown] = command === 'event' ? [name, fields] : [event, ecommerce ?? flat];
  return EVENTS.test(found[0] as string) ? (found as [string, unknown]) : undefined;
}
