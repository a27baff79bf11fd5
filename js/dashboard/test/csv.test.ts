import { describe, expect, test } from 'vitest';

import { csvCell, fileName, toCsv } from '../src/data/csv.ts';

describe('a CSV cell', () => {
  test.each([
    ['plain text stays', 'mug', 'mug'],
    ['an unknown value is empty', null, ''],
    ['a number stays a number', 12.5, '12.5'],
    ['a negative number is not text', -3, '-3'],
    ['a boolean is a word', true, 'true'],
    ['a comma is quoted', 'red, blue', '"red, blue"'],
    ['a quote is doubled', 'the "big" mug', '"the ""big"" mug"'],
    ['a line break is quoted', 'two\nlines', '"two\nlines"'],
    ['a formula behind a line break is defused', '\n=1', '"\'\n=1"'],
    ['a formula behind an invisible character is defused', '\u200b=1', "'\u200b=1"],
    ['a full-width sign is defused', '＝1', "'＝1"],
    ['a formula is defused', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['a plus is defused', '+49 123', "'+49 123"],
    ['a minus in text is defused', '-2+3', "'-2+3"],
    ['an at sign is defused', '@SUM(A1)', "'@SUM(A1)"],
    ['a tab is defused', '\t=1', "'\t=1"],
    ['a carriage return is defused and quoted', '\r=1', '"\'\r=1"'],
    ['a sign inside text is harmless', 'a=b', 'a=b'],
  ])('%s', (_, cell, expected) => {
    expect(csvCell(cell)).toBe(expected);
  });
});

test('a table has its header and every row, each ended by CRLF', () => {
  const column = (name: string) => ({ name, type: 'text', doc: '' }) as const;
  const csv = toCsv({
    columns: [column('kind'), column('=n')],
    rows: [
      ['view_item', 3],
      [null, '-'],
    ],
  });
  expect(csv).toBe("kind,'=n\r\nview_item,3\r\n,'-\r\n");
});

test('a file name keeps letters, digits, dash and underscore only', () => {
  expect(fileName('csv', 'my shop/../x', 'journey-map')).toBe('wayside-my-shop-x-journey-map.csv');
  expect(fileName('csv', 'магазин', 'kpis')).toBe('wayside-kpis.csv');
});
