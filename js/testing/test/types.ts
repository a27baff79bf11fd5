// What the types hold; `npm run check` reads this, nothing runs it.

import type { Sink, Step } from '../src/index.ts';
import { expect, type Wayside } from '../src/playwright.ts';

export async function right(wayside: Wayside, sink: Sink): Promise<void> {
  await expect(wayside).toHaveTouchpoint('add_to_cart', { value: 19.9, items: [{ item_id: /^mug/ }], own: true });
  await expect(wayside).not.toHaveTouchpoint('size_guide_opened', { size: 'm' });
  await expect(wayside).toHaveTouchpointsInOrder(['page_view', ['size_guide_opened', { size: 'm' }]] satisfies Step[]);
  const price: number | undefined = sink.touchpoints({ kind: 'add_to_cart' })[0]?.items?.[0]?.price;
  const size: unknown = sink.touchpoints({ kind: 'size_guide_opened' })[0]?.['size'];
  const url: string = (await sink.waitFor('page_view')).url;
  void [price, size, url];
}

export async function wrong(wayside: Wayside, sink: Sink): Promise<void> {
  // @ts-expect-error an amount is a number
  await expect(wayside).toHaveTouchpoint('add_to_cart', { value: '19.9' });
  // @ts-expect-error there is no such stage
  await expect(wayside).toHaveStage('bought');
  // @ts-expect-error there is no such signal
  await expect(wayside).toHaveSignal('rage_quit');
  // @ts-expect-error an address is text
  await sink.waitFor('page_view', { url: 1 });
}
