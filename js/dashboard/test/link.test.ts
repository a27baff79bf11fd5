import { describe, expect, test } from 'vitest';

import { safeHref } from '../src/ui/link.tsx';

describe('visitor text is a link only where it is a plain web address', () => {
  test.each<[string, string | undefined]>([
    ['https://shop.example/cart?x=1', 'https://shop.example/cart?x=1'],
    ['HTTP://shop.example/', 'http://shop.example/'],
    ['javascript:alert(1)', undefined],
    ['JaVaScRiPt:alert(1)', undefined],
    [' https://shop.example/', undefined],
    ['java\nscript:alert(1)', undefined],
    ['data:text/html,<script>alert(1)</script>', undefined],
    ['vbscript:x', undefined],
    ['//evil.example', undefined],
    ['https://shop.example@evil.example/', undefined],
    ['https://', undefined],
    ['mug', undefined],
  ])('%j', (text, href) => {
    expect(safeHref(text)).toBe(href);
  });
});
