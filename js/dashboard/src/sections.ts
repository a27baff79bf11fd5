/** The sections of the page: the one list that tabs, titles, addresses, loading and tests read. */

import type { ComponentType } from 'preact';

import type { Described } from './data/report.ts';
import { text } from './text/index.ts';
import type { Context } from './ui/context.ts';

export interface SectionProps {
  readonly context: Context;
}

export interface Section {
  /** Its name in the address. */
  readonly name: string;
  readonly title: string;
  readonly group: Group;
  /** The reports that it shows: these get no section of their own. */
  readonly reports: readonly string[];
  /** The options that it keeps in the address, or that they are its report's parameters; anything else in a shared link is dropped. */
  readonly options: readonly string[] | 'parameters';
  /** Shows what arrives now: it has no days to choose from, and is open before a site has data. */
  readonly live?: true;
  /** Loads the component, which is called with the context whenever that changes. */
  readonly load: () => Promise<ComponentType<SectionProps>>;
}

/** The order of the tabs: reports without a section of their own stand in `reports`, in the server's order. */
const GROUPS = ['journeys', 'reports', 'customers'] as const;

export type Group = (typeof GROUPS)[number];

/** The sections that are made for their reports, by group in the order of their tabs. */
export const SECTIONS: readonly Section[] = [
  {
    name: 'overview',
    title: text.sections.overview,
    group: 'journeys',
    reports: ['kpis'],
    options: [],
    load: async () => (await import('./views/overview.tsx')).Overview,
  },
  {
    name: 'journey-map',
    title: text.sections.journeyMap,
    group: 'journeys',
    reports: ['journey-map'],
    options: ['metric'],
    load: async () => (await import('./views/journey-map.tsx')).JourneyMap,
  },
  {
    name: 'funnel',
    title: text.sections.funnel,
    group: 'journeys',
    reports: ['funnel'],
    options: ['steps', 'order', 'window_days'],
    load: async () => (await import('./views/funnel.tsx')).Funnel,
  },
  {
    name: 'checkout',
    title: text.sections.checkout,
    group: 'journeys',
    reports: ['checkout'],
    options: ['measure'],
    load: async () => (await import('./views/checkout.tsx')).Checkout,
  },
  {
    name: 'paths',
    title: text.sections.paths,
    group: 'journeys',
    reports: ['paths'],
    options: ['nodes', 'limit'],
    load: async () => (await import('./views/paths.tsx')).Paths,
  },
  {
    name: 'vitals',
    title: text.sections.vitals,
    group: 'reports',
    reports: ['vitals'],
    options: 'parameters',
    load: async () => (await import('./views/vitals.tsx')).Vitals,
  },
  {
    name: 'customers',
    title: text.sections.customers,
    group: 'customers',
    reports: ['customers'],
    options: 'parameters',
    load: async () => (await import('./views/customers.tsx')).Customers,
  },
  {
    name: 'live',
    title: text.sections.live,
    group: 'customers',
    reports: [],
    options: ['filter'],
    live: true,
    load: async () => (await import('./views/live.tsx')).Live,
  },
  {
    name: 'customer',
    title: text.sections.customer,
    group: 'customers',
    reports: ['timeline', 'profile'],
    options: ['visitor', 'customer'],
    load: async () => (await import('./views/customer.tsx')).Customer,
  },
];

/** The section that opens without an address. */
export const FIRST_SECTION = 'overview';

/** All sections of a server, in the order of their tabs: those made for their reports, and one for each other report. */
export function sectionsOf(reports: readonly Described[]): readonly Section[] {
  const shown = new Set(SECTIONS.flatMap((section) => [section.name, ...section.reports]));
  const others = reports.filter(({ name }) => !shown.has(name)).map(({ name, title }) => generic(name, title));
  const all = [...SECTIONS, ...others];
  return GROUPS.flatMap((group) => all.filter((section) => section.group === group));
}

/** The section of an address. A report that the server does not list is asked for all the same: the server refuses it. */
export function sectionNamed(name: string, sections: readonly Section[], titleOf: (name: string) => string): Section {
  return sections.find((section) => section.name === name) ?? generic(name, titleOf(name));
}

/** A report's own section, made from the description of its parameters and columns. */
function generic(name: string, title: string): Section {
  return {
    name,
    title,
    group: 'reports',
    reports: [name],
    options: 'parameters',
    load: async () => (await import('./views/report.tsx')).ReportSection,
  };
}
