/** The English texts. Sentences with numbers or names are functions, so that each language orders its own words. */

import type { ReportRows } from '../generated/reports.ts';
import { plural } from './plural.ts';

/** Things that are counted: `1 customer`, `12,408 customers`. */
const things = {
  customers: plural('customer', 'customers'),
  touchpoints: plural('touchpoint', 'touchpoints'),
  sessions: plural('session', 'sessions'),
  rows: plural('row', 'rows'),
  columns: plural('column', 'columns'),
  smallerChannels: plural('smaller channel is', 'smaller channels are'),
  moreEvents: plural('more event', 'more events'),
  days: plural('day', 'days'),
};

export const en = {
  things,

  /** Names of the tabs. */
  sections: {
    overview: 'Overview',
    journeyMap: 'Journey map',
    funnel: 'Funnel',
    checkout: 'Checkout',
    paths: 'Paths',
    live: 'Live',
    vitals: 'Web Vitals',
    customers: 'Customers',
    customer: 'One customer',
  },

  shell: {
    brand: 'Wayside',
    skip: 'Skip to the numbers',
    sections: 'Sections',
    site: 'Site',
    siteWithEvents: (site: string, events: string) => `${site} (${events})`,
    simulatedSite: (site: string) => `${site}, simulated`,
    traffic: 'Whose visits',
    trafficHint: "Usual: people's visits, unless the server was started with --traffic",
    segment: 'Segment of customers',
    segmentHint: "A segment's name from wayside.toml, or a condition in SQL on the columns of events: kind = 'purchase' AND value > 50",
    everybody: 'All customers',
    logOut: 'Log out',
    refresh: 'Fetch the newest numbers',
    lightColours: 'Use light colours',
    darkColours: 'Use dark colours',
    loading: 'Loading…',
  },

  /** While an answer takes long. */
  progress: {
    waiting: (seconds: number) => `The server has not begun to read yet, ${seconds} s`,
    read: (done: number, parts: number, seconds: number) => `${done} of ${parts} parts read, ${seconds} s`,
    spoken: (share: number) =>
      share === 0 ? 'The server is reading the data.' : `The server has read ${100 * share} percent of the data.`,
  },

  traffic: {
    usual: 'usual traffic',
    people: "people's visits",
    automated: 'automated browsers',
    all: 'all traffic',
  },

  range: {
    label: 'Date range',
    fromDay: 'From day',
    toDay: 'To day',
    allData: 'All data',
    lastDays: (days: number) => `Last ${days} days`,
    custom: 'Custom days',
    /** The same ranges inside a sentence. */
    inWords: {
      all: 'all data',
      today: 'today',
      last: (days: number) => `the last ${days} days`,
      on: (day: string) => `on ${day}`,
      between: (from: string, to: string) => `from ${from} to ${to}`,
    },
  },

  error: {
    page: 'Something in this page went wrong.',
    reload: 'Reload the page.',
    asked: 'Asked: ',
    retry: 'Try again',
    sectionNotLoaded: 'This section could not be loaded from the server.',
    sectionAdvice: 'The server may have been updated since this page was opened. Reload the page.',
  },

  empty: {
    noneInDays: (things: string) => `No ${things} in these days`,
    noneYet: (things: string) => `No ${things} yet`,
    chosen: (range: string, traffic: string, span: string) => `Chosen: ${range}, ${traffic}. ${span}`.trimEnd(),
    span: (site: string, range: string) => `The data of ${site} runs ${range}.`,
    showAllData: 'Show all data',
    showAllTraffic: 'Show all traffic',
    onlyAutomated: (site: string) => `So far only automated browsers have visited ${site}`,
    automatedLeftOut: (touchpoints: number) =>
      `${things.touchpoints(touchpoints)} arrived from tests, monitors and crawlers. The reports leave them out unless you choose them.`,
    showAutomated: 'Show automated visits',
  },

  start: {
    noSite: 'No site has data yet',
    noData: (site: string) => `${site} has no data yet`,
    paste: (head: string) =>
      [
        'Paste this line into the pages of the shop, before ',
        { code: head },
        ', and open one of them. Its first touchpoints show here, and in Live within two seconds.',
      ] as Marked,
    tag: 'Script tag to paste',
    copy: 'Copy',
    copied: 'Copied',
    copyByHand: 'Select the line and copy it: this browser gives no access to the clipboard here.',
    policy: [
      'The shop sends a Content-Security-Policy? It needs this server in ',
      { code: 'script-src' },
      ' and ',
      { code: 'connect-src' },
      ', and ',
      { code: "'wasm-unsafe-eval'" },
      ' in ',
      { code: 'script-src' },
      '. Data you already have comes in with ',
      { code: 'wayside import' },
      '.',
    ] as Marked,
  },

  footing: {
    from: (touchpoints: number, customers: number) =>
      `From ${things.touchpoints(touchpoints)} of ${things.customers(customers)}.`,
    zone: (timezone: string) => `Days and times are those of ${timezone}.`,
  },

  table: {
    csv: 'CSV',
    csvHint: 'Save every row of this table as CSV',
    scrollable: (caption: string) => `${caption}, scrollable`,
    showAll: (rows: number) => `Show all ${things.rows(rows)}`,
    showAllColumns: (columns: number) => `Show all ${things.columns(columns)}`,
    showFewerColumns: 'Show fewer columns',
    meanings: 'What the columns mean',
    interval: '95% interval',
    intervalEnds: (low: string, high: string) => `${low} to ${high}`,
    pages: 'Pages of the list',
    previous: 'Previous',
    next: 'Next',
    listCustomers: 'List these customers',
    journeyOf: (key: string) => `Journey of ${key}`,
  },

  chart: {
    label: (sentence: string) => `${sentence} The table has the same numbers.`,
    notLoaded:
      'The chart could not be loaded from the server. The table has the same numbers; reload the page to try again.',
    savePicture: (kind: string) => `Save the picture as ${kind}`,
    notSaved: 'The picture could not be made. Wait until the chart is drawn and try again; if that does not help, reload the page.',
    days: (from: string, to: string) => (from === to ? from : `${from} – ${to}`),
  },

  overview: {
    title: 'Overview',
    lead: 'How the shop does, each figure with what it means and how sure it is.',
    nothing: 'touchpoints',
    groups: { business: 'Business', audience: 'Audience', experience: 'Experience', more: 'More' },
    table: 'All figures',
    cases: (part: string, whole: string) => `${part} of ${whole}`,
    interval: (low: string, high: string) => `95%: ${low} to ${high}`,
    intervalHint: 'The true value lies in this range with 95% confidence',
    unread: (events: number) =>
      `${things.moreEvents(events)} could not be read. They are kept in the dead-letter table with the reason, and counted nowhere.`,
    highlights: 'Where customers fall by the wayside',
    open: (section: string) => `Open ${section}`,
    /** These three go on from a figure. */
    funnelLoss: (from: string, to: string, lost: string, all: string) =>
      `of the customers with ${from} do not reach ${to} within the window of the funnel: ${lost} of ${all} customers. The rates below count sessions instead.`,
    checkoutWait: (step: string) =>
      `or longer is what 1 in 20 visits waits for the page at the checkout step ${step}.`,
    mostFriction: (stage: string, channel: string) =>
      `friction signals in the ${stage} stage of visits from ${channel}, more than anywhere else.`,
  },

  journeyMap: {
    title: 'Journey map',
    lead: 'Every customer, by stage of the journey and by the channel of the visit. Choose a field for its numbers.',
    metric: 'What the map shows',
    /** By the value in the address. */
    metrics: {
      customers: { label: 'Customers', words: 'Customers in each stage, by the channel their visit came from.' },
      conversion: { label: 'Conversion', words: 'Share of the customers here who bought, here or later.' },
      drop_off: { label: 'Drop-off', words: 'Share of the sessions here that ended here without a purchase.' },
      friction: { label: 'Friction', words: 'Friction signals in 100 sessions: repeated clicks, reloads, waits.' },
      time: { label: 'Time', words: 'Median time that a session spends here.' },
    },
    nothing: 'journeys',
    table: 'Stages and channels',
    columns: { purchases: 'Orders', median_time_ms: 'Median time' },
    channel: 'Channel',
    noChannel: '(none)',
    /** Where the long names of stages may break on a phone. */
    hyphenated: {
      awareness: 'Aware\u00adness',
      consideration: 'Consider\u00adation',
    } as Readonly<Record<string, string>>,
    smallerChannels: (channels: number) =>
      `${things.smallerChannels(channels)} in the table below.`,
    tooFew: (sessions: number) =>
      `Fields with fewer than ${things.sessions(sessions)} have no colour: their shares may be chance.`,
    field: (stage: string, channel: string, metric: string) => `${stage}, ${channel}: ${metric} `,
    endHere: (share: string) => `${share} end here`,
    customers: (customers: number, short: string) => `${short} ${customers === 1 ? 'customer' : 'customers'}`,
    fieldTitle: (stage: string, channel: string) => `${stage} · ${channel}`,
    list: (customers: number) => `List ${things.customers(customers)}`,
    facts: {
      customers: 'Customers',
      sessions: 'Sessions',
      touchpoints: 'Touchpoints',
      orders: 'Orders',
      conversion: 'Conversion',
      dropOff: 'Drop-off',
      medianTime: 'Median time',
      signals: 'Signals',
      frictionSignals: 'Friction signals',
    },
  },

  report: {
    largest: 'The largest',
    chart: 'Chart',
    chartColumn: 'What the chart shows',
    pictureTitle: (report: string, column: string) => `${report}: ${column.toLowerCase()}`,
    chartLabel: (column: string, bars: number) => `${column}: the ${bars} largest.`,
    overTimeLabel: (figure: string, periods: number) => `${figure} in each of ${periods} periods.`,
    moreFilters: 'More filters',
  },

  funnel: {
    title: 'Funnel',
    lead: 'How many customers take each step, how many are lost before it, and how sure each share is.',
    order: 'Steps happen',
    orders: {
      ordered: 'in this order, other things between',
      strict: 'in this order, no other step between',
      any: 'in any order',
    },
    window: 'Within',
    usualWindow: 'the usual window',
    usualDays: (days: number) => `${things.days(days)} (usual)`,
    nothing: 'funnel',
    nobody: (kind: string) => `customers with ${kind}`,
    picture: 'Customers at each step',
    pictureTitle: (kinds: readonly string[]) => `Funnel: ${kinds.join(', ')}`,
    pictureLabel: (kind: string, customers: number) => `Funnel from ${kind}, ${things.customers(customers)}.`,
    caption:
      'Full columns: customers who took the step. Hatched: lost since the step before. The mark on each column spans the 95% interval of its share. A funnel counts customers within its window; Overview and Checkout count sessions, so that their losses are other numbers.',
    reach: (customers: number, first: string, last: string) =>
      ` of ${things.customers(customers)} with ${first} reach ${last}.`,
    table: 'Steps',
    steps: 'Steps of the funnel',
    add: 'Add a step',
    addHint: '+ Add a step',
    defaultSteps: 'Default steps',
    earlier: 'Move earlier',
    later: 'Move later',
    remove: 'Remove',
    changeOf: (change: string, kind: string) => `${change}: ${kind}`,
    columns: {
      conversion_from_start: 'Of start',
      conversion_from_previous: 'Of step before',
      low: '95% low',
      high: '95% high',
      median_time_ms: 'Median time',
    } satisfies Headings<'funnel'>,
    tip: {
      customers: 'Customers',
      ofStart: 'Of the first step',
      interval: '95% interval',
      intervalEnds: (low: string, high: string) => `${low} to ${high}`,
      ofPrevious: 'Of the step before',
      lost: 'Lost since then',
      time: 'Median time to get here',
    },
  },

  paths: {
    title: 'Paths',
    lead: 'What customers do next: the most frequent transitions from one touchpoint to the following.',
    stops: 'What the stops are',
    touchpoints: 'Touchpoints',
    withClicks: 'With clicks',
    pages: 'Pages',
    limit: 'How many transitions are drawn',
    main: 'Main',
    more: 'More',
    most: 'Most',
    nothing: 'paths',
    picture: 'The most frequent transitions',
    pictureLabel: (links: number, nodes: number) =>
      `The ${links} most frequent transitions between ${nodes} kinds of touchpoint, from the start of a session to its end.`,
    table: 'Transitions',
    medianGap: 'Median gap',
    again: 'again',
    back: 'back',
    drawn: (share: string, all: string) => `Drawn: ${share} of ${all} transitions.`,
    folded: (share: string, example: string, times: string) =>
      `A flow cannot run in circles, so ${share} that lead back are folded into the touchpoint they return to (most often ${example}, ${times} times); the table marks them.`,
    exampleAgain: (node: string) => `${node} again`,
    exampleBack: (from: string, to: string) => `${from} back to ${to}`,
    leftOut: (transitions: string) => `${transitions} less frequent transitions are only in the table.`,
  },

  /** Where so few cases were counted that no alarm colour is shown. */
  few: {
    label: 'few visits',
    hint: (cases: number) => `Fewer than ${cases}: too few to call it good or bad.`,
  },

  vitals: {
    nothing: 'measured page loads',
    board: 'How fast three of four page loads are, or faster',
    table: 'Page loads in each band',
    page: 'Page',
    device: 'Device',
    wholeSite: 'All pages',
    notMeasured: '–',
    caption:
      'Google’s bands for the 75th percentile: LCP (main content shown) is good up to 2.5 s and poor above 4 s, INP (answer to a click or key) 200 ms and 500 ms, CLS (content that jumps) 0.1 and 0.25. FCP and TTFB explain a slow LCP.',
    meaning: (metric: string): string => MEANINGS[metric] ?? metric,
    columns: { p75: 'p75' } satisfies Headings<'vitals'>,
  },

  live: {
    title: 'Live',
    lead: 'Touchpoints and signals as they arrive, newest first. Choose a visitor to see the whole journey.',
    card: 'Live touchpoints',
    connecting: 'Connecting…',
    connected: 'Connected',
    connectedAgain: (away: string) => `Connected again after ${away}`,
    unreached: 'The server does not answer. Trying again…',
    lost: (time: string) => `Connection lost at ${time}. Trying again…`,
    refused: (pause: string) =>
      `Not connected: the server refused the live stream. Check that it runs. Trying again every ${pause}.`,
    total: (touchpoints: string) => `${touchpoints} since Live was opened`,
    filter: 'Filter touchpoints',
    filterExample: 'Filter: purchase, a visitor, a page',
    pause: 'Pause',
    resume: 'Resume',
    resumeWith: (touchpoints: string) => `Resume (${touchpoints} new)`,
    clear: 'Clear',
    list: 'Touchpoints, newest first',
    newestOnly: (entries: string) => `Only the newest ${entries} are listed. Reports have all of them.`,
    gap: (away: string) =>
      `Not connected for ${away}: touchpoints that arrived in this time are not listed here. Reports have them.`,
    noneMatches: (touchpoints: number, filter: string) =>
      `None of the last ${things.touchpoints(touchpoints)} has “${filter}”.`,
    waiting: 'Waiting for the next touchpoint. Open a page of the shop in another tab: it shows here within two seconds.',
    signal: 'signal',
    details: 'details',
    journeyOf: (visitor: string) => `Journey of visitor ${visitor}`,
  },

  customers: {
    title: 'Customers',
    lead: 'Everyone who visited, with what they ordered and where they stand. Each row opens a journey.',
    search: 'Find a customer',
    searchHint: 'Part of the key of a customer or of one of their browsers',
    sort: 'Largest first by',
    inForce: 'Filters in force',
    filter: (name: string, value: string) => `${name}: ${value}`,
    remove: (filter: string) => `Remove the filter ${filter}`,
    removeAll: 'Remove all filters',
    none: 'No customers match',
    noneAdvice: 'Remove a filter, or search for another part of the key.',
    nothing: 'customers',
  },

  customer: {
    title: 'Journey of one customer',
    lead: 'Everything one customer did, visit by visit, the first first.',
    identityOf: 'Identity of a',
    identity: 'Identity',
    visitor: 'Visitor (one browser)',
    customer: 'Customer (all browsers)',
    show: 'Show journey',
    profile: 'Profile',
    unasked: 'Whose journey?',
    chooseIn: 'Choose a visitor in ',
    orEnter: [
      ', or enter an identity above: a browser’s, or the one that the shop gave with ',
      { code: 'identify' },
      '.',
    ] as Marked,
    nothing: 'No touchpoints of this customer in these days',
    nothingAdvice:
      'Touchpoints are in the reports a moment after they arrive. Choose all data, or try again with the button beside the days.',
    table: 'Touchpoints',
    visit: (session: string) => `Visit ${session}`,
  },

  checkout: {
    title: 'Checkout',
    lead: 'Where customers leave the checkout, and whether they were waiting for the page or busy with it.',
    measures: 'Which times',
    median: 'Typical (median)',
    p95: 'Slowest 1 in 20 (p95)',
    nothing: 'checkouts',
    times: 'Time in each step',
    timesOf: { p50: 'Time in each step, median', p95: 'Time in each step, 95th percentile' },
    timesLabel: {
      p50: (steps: number) => `Waiting and acting time of ${steps} checkout steps, median.`,
      p95: (steps: number) => `Waiting and acting time of ${steps} checkout steps, 95th percentile.`,
    },
    caption: {
      p50: 'Half of the visits need at most this long. Waiting and acting are measured apart, so the bar can differ a little from the total in the table.',
      p95: '19 of 20 visits need at most this long. Waiting and acting are measured apart: few visits are slow in both, so the bar can be longer than the total in the table.',
    },
    table: 'Steps of the checkout',
    goOn: (sessions: string) => ` of ${sessions} go on`,
    sessions: ' sessions',
    left: (sessions: number) => `${things.sessions(sessions)} left here for good`,
    boughtLater: (sessions: number) => `${things.sessions(sessions)} left, and bought later`,
    typically: (duration: string) => `${duration} typically`,
    reloads: plural('reload', 'reloads'),
    slowWaits: plural('slow wait', 'slow waits'),
    fieldErrors: plural('field error', 'field errors'),
    waiting: 'waiting for the page',
    acting: 'reading and typing',
    tip: {
      sessions: 'Sessions',
      most: { p50: 'Half need at most', p95: '19 of 20 need at most' },
      waiting: 'Waiting',
      acting: 'Acting',
      notMeasured: 'not measured',
    },
    columns: {
      acting_p50_ms: 'Acting, median',
      acting_p95_ms: 'Acting, p95',
      waiting_p50_ms: 'Waiting, median',
      waiting_p95_ms: 'Waiting, p95',
      total_p50_ms: 'Total, median',
      total_p95_ms: 'Total, p95',
    } satisfies Headings<'checkout'>,
  },
};

/** Web Vitals by their long names. */
const MEANINGS: Readonly<Record<string, string>> = {
  LCP: 'Largest Contentful Paint: when the main content is shown',
  INP: 'Interaction to Next Paint: how long a click or key waits for its answer',
  CLS: 'Cumulative Layout Shift: how much content jumps',
  FCP: 'First Contentful Paint: when anything is shown',
  TTFB: 'Time to First Byte: when the server answers',
};

/** Headings of columns that differ from the column's name. */
type Headings<Name extends keyof ReportRows> = { readonly [Column in keyof ReportRows[Name]]?: string };

/** A sentence with code in it. */
export type Marked = readonly (string | { readonly code: string })[];
