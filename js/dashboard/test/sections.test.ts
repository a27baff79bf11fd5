import { expect, test } from 'vitest';

import { FIRST_SECTION, SECTIONS, sectionNamed, sectionsOf } from '../src/sections.ts';

const described = (name: string, title = name) => ({ name, title, doc: '', params: [] });

test('each name and each report belongs to one section', () => {
  for (const names of [SECTIONS.map(({ name }) => name), SECTIONS.flatMap(({ reports }) => reports)]) {
    expect(names).toEqual([...new Set(names)]);
  }
  expect(SECTIONS.map(({ name }) => name)).toContain(FIRST_SECTION);
});

test('a report without a section of its own gets one, between journeys and customers', () => {
  const reports = [described('kpis'), described('signals', 'Signals'), described('timeline'), described('funnel')];
  const names = sectionsOf(reports).map(({ name }) => name);
  expect(names).toEqual(['overview', 'journey-map', 'funnel', 'checkout', 'paths', 'vitals', 'signals', 'customers', 'live', 'customer']);
  expect(sectionsOf(reports).find(({ name }) => name === 'signals')?.title).toBe('Signals');
});

test('an address with a report that the server does not list keeps its name', () => {
  const { title, reports } = sectionNamed('data-quality', sectionsOf([]), (name) => `titled ${name}`);
  expect([title, reports]).toEqual(['titled data-quality', ['data-quality']]);
});
