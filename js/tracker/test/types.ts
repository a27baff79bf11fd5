// What the types hold; `npm run check` reads this, nothing runs it.

import type { Wayside } from '../src/types.ts';

export function right(wayside: Wayside, name: string): void {
  wayside('add_to_cart', { value: 19.9, items: [{ item_id: 'mug' }], own: true });
  wayside('size_guide_opened', { size: 'm' });
  wayside('compare_items');
  wayside('purchase', { transaction_id: 'T1', value: '19,90' });
  wayside(name, { size: 'm' });
}

export function wrong(wayside: Wayside): void {
  // @ts-expect-error the kind is add_to_cart
  wayside('addToCart', { value: 19.9 });
  // @ts-expect-error the kind is purchase
  wayside('Purchase');
  // @ts-expect-error the kind is page_view
  wayside('page_views');
  // @ts-expect-error there is no such event
  wayside.on('signals', () => undefined);
}
