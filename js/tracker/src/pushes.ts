// Pushes of the data layer besides GA4's events: who is logged in (`gtag('set', { user_id })`, `gtag('config', id, { user_id })`), site searches
// as GA4 names them, and the `ecommerce` of Universal Analytics.

type Fields = Record<string, unknown>;

/** Names of Universal Analytics with those of GA4. */
const OLD: Record<string, string> = {
  detail: 'view_item',
  add: 'add_to_cart',
  remove: 'remove_from_cart',
  checkout: 'begin_checkout',
  purchase: 'purchase',
  refund: 'refund',
};

/** The name and fields of the touchpoint in a push, if it contains one that `pushed` of `datalayer.ts` does not read. */
export function pushedOtherwise(push: unknown): [name: string, fields: Fields] | undefined {
  const { ecommerce, 0: command, 1: name, 2: fields } = Object(push) as Fields;
  if (command === 'event' && name === 'view_search_results') return ['search', fields as Fields];
  const { user_id } = Object(command === 'set' ? name : command === 'config' ? fields : 0) as Fields;
  if (user_id) return ['identify', { customer_id: user_id }];
  for (const old in OLD) {
    const { actionField, products } = Object(Object(ecommerce)[old]) as { actionField?: Fields; products?: unknown };
    const { id, revenue, ...rest } = Object(actionField) as Fields;
    if (!products && !id) continue;
    return [OLD[old]!, { ...rest, transaction_id: id, value: revenue, items: products, currency: (ecommerce as Fields)['currencyCode'] }];
  }
  return undefined;
}
