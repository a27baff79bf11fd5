/** Made-up tables with the columns of the real reports, for working on the page without a server. */

type Cell = string | number | null | readonly string[] | Readonly<Record<string, unknown>>;
type ColumnSpec = readonly [name: string, type: string, unit: string | null, doc: string, link?: string];

const DAY = 86_400_000;

export function sites(): unknown[] {
  const now = Date.now();
  return [
    { site: 'shop', events: 184_213, dead: 12, first: now - 96 * DAY, last: now - 4000 },
    { site: 'ecom', events: 1_089_406, first: Date.UTC(2025, 3, 1), last: Date.UTC(2025, 8, 30) },
    { site: 'new-shop', events: 0, first: null, last: null },
  ];
}

export function report(name: string, params: URLSearchParams): unknown {
  const site = params.get('site') ?? '';
  const make = REPORTS[name];
  if (make === undefined) return undefined;
  const { title, currency, total, columns, rows, notes } = make(params);
  const empty =
    site === 'new-shop' || (site === 'ecom' && params.has('from') && (params.get('from') ?? '') > '2025-10-01');
  return {
    report: name,
    title,
    site,
    from: params.get('from'),
    to: params.get('to'),
    events: empty ? 0 : 184_213,
    customers: empty ? 0 : 21_932,
    ...(currency === undefined || empty ? {} : { currency }),
    ...(total === undefined || empty ? {} : { total }),
    timezone: params.get('timezone') ?? 'UTC',
    columns: columns.map(([column, type, unit, doc, link]) => ({
      name: column,
      type,
      ...(unit === null ? {} : { unit }),
      doc,
      ...(link === undefined ? {} : { link }),
    })),
    rows: empty ? [] : rows,
    notes,
  };
}

interface Made {
  readonly title: string;
  readonly currency?: string;
  readonly total?: number;
  readonly columns: readonly ColumnSpec[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly string[];
}

const REPORTS: Readonly<Record<string, (params: URLSearchParams) => Made>> = {
  kpis,
  'journey-map': journeyMap,
  funnel,
  checkout,
  paths,
  signals,
  customers,
  timeline,
};

/** The list of reports, as far as the page reads it. */
export function reports(): unknown[] {
  const top = { name: 'top', type: 'number', default: '100', doc: 'How many rows to list.' };
  const text = (name: string): unknown => ({ name, type: 'text', default: '', doc: `Only with this ${name}.` });
  const site = { name: 'site', type: 'text', default: '', doc: 'The site.' };
  return [
    { name: 'kpis', title: 'Key figures', doc: '', params: [site] },
    {
      name: 'funnel',
      title: 'Funnel',
      doc: '',
      params: [site, { name: 'window_days', type: 'number', default: '30', doc: '' }],
    },
    {
      name: 'signals',
      title: 'Signals',
      doc: 'Which micro-moments occur where, and what became of the sessions that have them?',
      params: [site, { name: 'by', type: 'choice', choices: ['place', 'signal'], default: 'place', doc: '' }, top],
    },
    {
      name: 'customers',
      title: 'Customers',
      doc: 'Who are the customers, what did they order, and what did they meet?',
      params: [
        site,
        ...['search', 'stage', 'channel', 'signal', 'page'].map(text),
        { name: 'sort', type: 'choice', choices: ['last_seen', 'value'], default: 'last_seen', doc: '' },
        { name: 'limit', type: 'number', default: '50', doc: '' },
        { name: 'offset', type: 'number', default: '0', doc: '' },
      ],
    },
    { name: 'timeline', title: 'Timeline', doc: '', params: [site, text('visitor'), text('customer')] },
  ];
}

function signals(params: URLSearchParams): Made {
  const places: [string, string, string, string, number, number, number][] = [
    ['dead_click', 'friction', 'purchase', '/checkout/payment', 212, 0.31, 0.58],
    ['checkout_slow', 'friction', 'purchase', '/checkout/payment', 174, 0.44, 0.58],
    ['rage_click', 'friction', 'consideration', '/products/stoneware-mug', 131, 0.05, 0.07],
    ['form_struggle', 'friction', 'purchase', '/checkout/address', 96, 0.39, 0.58],
    ['exit_intent', 'hesitation', 'purchase', '/cart', 88, 0.22, 0.58],
    ['content_read', 'intent', 'awareness', '/journal/<b>glazes</b>', 61, 0.08, 0.03],
  ];
  const whole = params.get('by') === 'signal';
  return {
    title: 'Signals',
    currency: 'EUR',
    columns: [
      ['signal', 'text', null, 'The signal.'],
      ['family', 'text', null, 'friction, intent or hesitation.'],
      ['stage', 'text', null, 'Stage of the journey.'],
      ['page', 'text', null, 'Path of the page.'],
      ['sessions', 'number', 'count', 'Sessions in which it was found.'],
      ['customers', 'number', 'count', 'Customers with such a session.', 'customers'],
      ['conversion_with', 'number', 'ratio', 'Share of these sessions that have an order.'],
      ['conversion_with_low', 'number', 'ratio', 'Lower end of its 95% interval.'],
      ['conversion_with_high', 'number', 'ratio', 'Upper end of its 95% interval.'],
      ['conversion_without', 'number', 'ratio', 'The same share of the others.'],
      ['at_stake', 'number', 'money', 'Value of the orders that are missing.'],
      ['examples', 'json', null, 'Customers with it.', 'customer'],
    ],
    rows: places.map(([signal, family, stage, page, sessions, having, lacking]): Cell[] => [
      signal,
      family,
      stage,
      whole ? '' : page,
      sessions,
      Math.round(sessions * 0.9),
      having,
      having * 0.8,
      having * 1.2,
      lacking,
      having < lacking ? Math.round(sessions * (lacking - having) * 6428) / 100 : null,
      ['anon:0f3a9c22b87d41e6', 'ada@kiln.example'],
    ]),
    notes: ['A difference is not a cause: whoever meets a signal may differ in other ways, too.'],
  };
}

function customers(params: URLSearchParams): Made {
  const limit = Number(params.get('limit') ?? 50);
  const offset = Number(params.get('offset') ?? 0);
  const total = params.has('signal') ? 118 : 431;
  const rows = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, n): Cell[] => {
    const at = offset + n;
    return [
      at % 4 === 0 ? `customer-${1000 + at}` : `anon:${(at * 2_654_435_761).toString(16).padStart(16, '0')}`,
      Date.now() - at * 3_600_000,
      1 + (at % 5),
      at % 3,
      at % 3 === 0 ? null : 19.9 * (at % 3),
      at % 3 === 0 ? '' : 'EUR',
      'purchase',
      'Direct',
      at % 7,
    ];
  });
  return {
    title: 'Customers',
    currency: 'EUR',
    total,
    columns: [
      ['customer', 'text', null, 'The customer’s key.', 'customer'],
      ['last_seen', 'number', 'time', 'When the last touchpoint was.'],
      ['sessions', 'number', 'count', 'Sessions.'],
      ['orders', 'number', 'count', 'Orders.'],
      ['value', 'number', 'money', 'Value of the orders.'],
      ['currency', 'text', null, 'Their currency.'],
      ['stage', 'text', null, 'Stage of the last touchpoint.'],
      ['channel', 'text', null, 'Channel of the last visit.'],
      ['signals', 'number', 'count', 'Signals.'],
    ],
    rows,
    notes: [`Customers ${offset + 1} to ${offset + rows.length} of ${total}.`],
  };
}

function kpis(params: URLSearchParams): Made {
  // Earlier days are a little worse, so that changes show.
  const earlier = params.has('to') && Date.parse(params.get('to') ?? '') < Date.now() - 2 * DAY;
  const k = earlier ? 0.93 : 1;
  return {
    title: 'Key figures',
    currency: 'EUR',
    columns: [
      ['name', 'text', null, 'The figure.'],
      ['value', 'float', null, 'Its value in its unit.'],
      ['unit', 'text', null, 'Its unit.'],
      ['low', 'float', null, 'Lower end of the 95% interval.'],
      ['high', 'float', null, 'Upper end of the 95% interval.'],
      ['numerator', 'int', 'count', 'What is counted.'],
      ['denominator', 'int', 'count', 'Of how many.'],
      ['doc', 'text', null, 'What the figure means.'],
    ],
    rows: [
      [
        'sessions',
        Math.round(31_204 * k),
        'count',
        null,
        null,
        null,
        null,
        'Visits. 30 minutes without activity, or a new campaign, end one.',
      ],
      ['visitors', Math.round(24_871 * k), 'count', null, null, null, null, 'Browsers seen.'],
      [
        'customers',
        Math.round(21_932 * k),
        'count',
        null,
        null,
        null,
        null,
        'Visitors, joined where they identified themselves.',
      ],
      ['events', Math.round(184_213 * k), 'count', null, null, null, null, 'Touchpoints of any kind.'],
      ['page_views', Math.round(98_412 * k), 'count', null, null, null, null, 'Pages shown.'],
      [
        'bounce_rate',
        0.4123,
        'ratio',
        0.4068,
        0.4178,
        12_865,
        31_204,
        'Sessions with one page view and nothing else done.',
      ],
      ['conversion_rate', 0.0289 * k, 'ratio', 0.0271 * k, 0.0308 * k, 902, 31_204, 'Sessions with a purchase.'],
      [
        'cart_abandonment_rate',
        0.712,
        'ratio',
        0.697,
        0.727,
        2231,
        3133,
        'Customers who put something in the cart and never bought.',
      ],
      [
        'checkout_abandonment_rate',
        0.381,
        'ratio',
        0.356,
        0.406,
        555,
        1457,
        'Customers who began the checkout and never bought.',
      ],
      ['average_order_value', 64.28, 'money', 62.1, 66.4, null, 902, 'Revenue divided by purchases.'],
      ['revenue', 57_980.5 * k, 'money', null, null, null, null, 'Value of all purchases, less refunds.'],
      ['session_duration_median', 94_000, 'ms', null, null, null, null, 'Half of the sessions are shorter.'],
      ['pages_per_session', 3.15, 'score', 3.12, 3.19, 98_412, 31_204, 'Page views divided by sessions.'],
      ['returning_rate', 0.243, 'ratio', 0.237, 0.249, 5330, 21_932, 'Customers with more than one session.'],
      ['search_rate', 0.181, 'ratio', 0.177, 0.185, 5648, 31_204, 'Sessions in which the site search was used.'],
      ['support_contact_rate', 0.0132, 'ratio', 0.012, 0.0145, 412, 31_204, 'Sessions with a contact to support.'],
      [
        'signals_per_100_sessions',
        7.42,
        'score',
        7.1,
        7.7,
        2315,
        31_204,
        'Friction, intent and hesitation signals in 100 sessions.',
      ],
      ['nps', 31, 'score', 24, 38, null, 412, 'Net promoter score: promoters less detractors, −100 to 100.'],
      ['csat', 0.842, 'ratio', 0.81, 0.87, 404, 480, 'Share of satisfied answers, 4 or 5 of 5.'],
      ['ces', null, 'score', null, null, null, 0, 'Effort score, 1 to 7: how easy it was. No answers yet.'],
    ],
    notes: [
      'Intervals are Wilson score intervals.',
      'Amounts are in EUR: 58612.50 sold, orders: 902; 632.00 paid back, refunds: 11.',
    ],
  };
}

const CHANNELS = [
  'Organic Search',
  'Direct',
  'Paid Search',
  'Email',
  'Paid Social',
  'Referral',
  'Organic Shopping',
  'Call centre',
];
const STAGES = ['awareness', 'consideration', 'purchase', 'retention', 'advocacy'];

function journeyMap(): Made {
  const rows = CHANNELS.flatMap((channel, c) =>
    STAGES.map((stage, s): Cell[] => {
      const customers = Math.round(
        (9200 / (c + 1.2)) * [1, 0.62, 0.14, 0.05, 0.012][s]! * (1 + 0.2 * Math.sin(c * 3 + s)),
      );
      const purchases = Math.round(customers * [0.03, 0.05, 0.28, 0.7, 0.6][s]! * (1 + 0.3 * Math.cos(c * 2 + s)));
      const friction = Math.round(customers * [0.01, 0.03, 0.22, 0.04, 0][s]! * (1 + 0.5 * Math.sin(c)));
      return [
        stage,
        channel,
        customers,
        Math.round(customers * 1.4),
        Math.round(customers * 5.2),
        purchases,
        purchases / Math.max(1, customers),
        Math.max(0.05, [0.48, 0.71, 0.36, 0.8, 0.9][s]! + 0.1 * Math.sin(c + s)),
        [22_000, 184_000, 262_000, 95_000, 41_000][s]! * (1 + 0.2 * Math.sin(c)),
        Math.round(friction * 1.5),
        friction,
      ];
    }),
  );
  return {
    title: 'Journey map',
    columns: [
      ['stage', 'text', null, 'Stage of the journey.'],
      ['channel', 'text', null, 'Channel that brought the customer.'],
      ['customers', 'int', 'count', 'Customers with a touchpoint in this stage.', 'customers'],
      ['sessions', 'int', 'count', 'Sessions with a touchpoint in this stage.'],
      ['touchpoints', 'int', 'count', 'Touchpoints in this stage.'],
      ['purchases', 'int', 'count', 'Orders placed here.'],
      ['conversion', 'float', 'ratio', 'Share of the customers here who bought, here or later.'],
      ['drop_off', 'float', 'ratio', 'Share of the sessions here that ended here without a purchase.'],
      ['median_time_ms', 'int', 'ms', 'Median time in this stage.'],
      ['signals', 'int', 'count', 'Signals in this stage.'],
      ['friction_signals', 'int', 'count', 'Friction signals in this stage.'],
    ],
    rows,
    notes: [],
  };
}

function funnel(params: URLSearchParams): Made {
  const steps = (params.get('steps') ?? 'view_item,add_to_cart,begin_checkout,add_payment_info,purchase').split(',');
  const strict = params.get('order') === 'strict' ? 0.8 : 1;
  let customers = 12_408;
  const start = customers;
  const rows = steps.map((kind, at): Cell[] => {
    const before = customers;
    if (at > 0) customers = Math.round(customers * [1, 0.27, 0.48, 0.74, 0.83, 0.6, 0.5][at % 7]! * strict);
    const p = customers / start;
    const z = 1.96 * Math.sqrt((p * (1 - p)) / start);
    return [
      at + 1,
      kind,
      customers,
      p,
      at === 0 ? null : customers / before,
      at === 0 ? null : 1 - customers / before,
      at === 0 ? null : p - z,
      at === 0 ? null : p + z,
      at === 0 ? null : 40_000 * at ** 2.1,
    ];
  });
  return {
    title: 'Funnel',
    columns: [
      ['step', 'int', 'count', 'Number of the step.'],
      ['kind', 'text', null, 'Touchpoint that makes the step.'],
      ['customers', 'int', 'count', 'Customers who took this step after all before it.'],
      ['conversion_from_start', 'float', 'ratio', 'Share of the customers of the first step.'],
      ['conversion_from_previous', 'float', 'ratio', 'Share of the customers of the step before.'],
      ['drop_off', 'float', 'ratio', 'Share of the customers of the step before who did not take this one.'],
      ['low', 'float', 'ratio', 'Lower end of the 95% interval of the share of the start.'],
      ['high', 'float', 'ratio', 'Upper end of the 95% interval of the share of the start.'],
      ['median_time_ms', 'int', 'ms', 'Median time from the first step to this one.'],
    ],
    rows,
    notes: ['Window: 30 days from the first step.'],
  };
}

function checkout(): Made {
  return {
    title: 'Checkout',
    columns: [
      ['step', 'text', null, 'Step of the checkout.'],
      ['sessions', 'int', 'count', 'Sessions that reached the step.'],
      ['completed', 'int', 'count', 'Sessions that went on, or have an order.'],
      ['bought_later', 'int', 'count', 'Sessions that stopped here, of customers who bought later.'],
      ['abandoned', 'int', 'count', 'Sessions that stopped here, of customers who never bought.'],
      ['acting_p50_ms', 'int', 'ms', 'Median time reading and typing.'],
      ['acting_p95_ms', 'int', 'ms', '19 of 20 visits act at most this long.'],
      ['waiting_p50_ms', 'int', 'ms', 'Median time waiting for network and page.'],
      ['waiting_p95_ms', 'int', 'ms', '19 of 20 visits wait at most this long.'],
      ['total_p50_ms', 'int', 'ms', 'Median time in the step.'],
      ['total_p95_ms', 'int', 'ms', '19 of 20 visits need at most this long.'],
      ['reloads', 'int', 'count', 'Reloads of the step.'],
      ['slow_signals', 'int', 'count', 'Signals that the page kept a customer waiting.'],
      ['field_errors', 'int', 'count', 'Fields that failed validation.'],
    ],
    rows: [
      ['begin_checkout', 1457, 1289, 41, 127, 8200, 31_000, 640, 2900, 8900, 33_000, 12, 4, 0],
      ['add_shipping_info', 1289, 1098, 52, 139, 42_300, 164_000, 780, 3400, 43_400, 166_000, 31, 9, 486],
      ['add_payment_info', 1098, 921, 63, 114, 31_800, 121_000, 2100, 9800, 34_600, 128_000, 64, 88, 132],
      ['purchase', 921, 902, 0, 19, 5200, 22_000, 1800, 12_400, 7400, 31_000, 7, 21, 0],
    ],
    notes: [],
  };
}

function paths(): Made {
  const edges: [string, string, number][] = [
    ['(start)', 'page_view', 27_400],
    ['page_view', 'view_item_list', 16_200],
    ['page_view', '(end)', 12_865],
    ['view_item_list', 'select_item', 9800],
    ['select_item', 'view_item', 9500],
    ['view_item', 'view_item_list', 5200],
    ['view_item', 'page_view', 4100],
    ['view_item', 'add_to_cart', 3350],
    ['page_view', 'search', 3100],
    ['search', 'view_item_list', 2800],
    ['view_item', '(end)', 2900],
    ['view_item_list', '(end)', 2400],
    ['add_to_cart', 'view_cart', 2300],
    ['view_item', 'view_item', 1900],
    ['(start)', 'view_item', 2600],
    ['view_cart', 'begin_checkout', 1457],
    ['begin_checkout', 'add_shipping_info', 1289],
    ['add_shipping_info', 'add_payment_info', 1098],
    ['add_payment_info', 'purchase', 902],
    ['purchase', '(end)', 690],
    ['view_cart', '(end)', 610],
    ['view_cart', 'view_item_list', 420],
    ['add_to_cart', 'view_item_list', 730],
    ['search', 'search', 510],
    ['add_shipping_info', 'form_error', 310],
    ['form_error', 'add_shipping_info', 240],
    ['form_error', '(end)', 58],
    ['add_payment_info', '(end)', 131],
    ['begin_checkout', '(end)', 140],
    ['purchase', 'nps', 150],
    ['nps', '(end)', 148],
    ['search', '(end)', 330],
    ['page_view', 'support_contact', 120],
    ['support_contact', '(end)', 77],
    ['view_item', 'add_to_wishlist', 260],
    ['add_to_wishlist', 'view_item', 190],
    ['view_item', '<b>gift{wrap|x}</b>', 180],
    ['add_to_cart', 'remove_from_cart', 170],
    ['remove_from_cart', 'view_cart', 120],
  ];
  const outOf = new Map<string, number>();
  for (const [from, , n] of edges) outOf.set(from, (outOf.get(from) ?? 0) + n);
  return {
    title: 'Paths',
    columns: [
      ['from', 'text', null, 'Touchpoint before.'],
      ['to', 'text', null, 'Touchpoint that follows.'],
      ['transitions', 'int', 'count', 'How often it follows.'],
      ['sessions', 'int', 'count', 'In how many sessions.'],
      ['share', 'float', 'ratio', 'Share of all that follows the touchpoint before.'],
      ['median_gap_ms', 'int', 'ms', 'Median time between the two.'],
    ],
    rows: edges.map(([from, to, n], at): Cell[] => [
      from,
      to,
      n,
      Math.round(n * 0.83),
      n / (outOf.get(from) ?? 1),
      from === '(start)' || to === '(end)' ? null : 4000 + 3100 * (at % 9),
    ]),
    notes: [],
  };
}

function timeline(params: URLSearchParams): Made {
  const visitor = params.get('visitor') ?? '';
  const start = Date.now() - 3 * DAY;
  const list: [number, number, string, string, string, string][] = [
    [0, 1, 'awareness', 'Paid Search', 'page_view', 'https://shop.example/?utm_source=ads'],
    [14_000, 1, 'consideration', 'Paid Search', 'view_item_list', 'Mugs'],
    [31_000, 1, 'consideration', 'Paid Search', 'view_item', 'Stoneware mug, blue'],
    [52_000, 1, 'consideration', 'Paid Search', 'signal', 'rage_click on #size-chart'],
    [71_000, 1, 'purchase', 'Paid Search', 'add_to_cart', 'Stoneware mug, blue · 19.90 EUR'],
    [DAY, 2, 'awareness', 'Direct', 'page_view', 'https://shop.example/cart'],
    [DAY + 9000, 2, 'purchase', 'Direct', 'begin_checkout', '19.90 EUR'],
    [DAY + 64_000, 2, 'purchase', 'Direct', 'form_error', 'address: postcode'],
    [DAY + 70_000, 2, 'purchase', 'Direct', 'signal', 'checkout_reload, 3 times at address'],
    [DAY + 140_000, 2, 'purchase', 'Direct', 'purchase', '24.80 EUR'],
    [DAY + 171_000, 2, 'advocacy', 'Direct', 'nps', 'score 9: <img src=x onerror=alert(1)> nice'],
  ];
  return {
    title: 'Journey of one customer',
    columns: [
      ['time', 'int', 'time', 'When, by the visitor’s clock.'],
      ['session', 'int', null, 'Number of the visit.'],
      ['stage', 'text', null, 'Stage of the journey.'],
      ['channel', 'text', null, 'Channel of the visit.'],
      ['kind', 'text', null, 'Kind of touchpoint.'],
      ['detail', 'text', null, 'What it says.'],
      ['event', 'text', null, 'Its id.'],
      ['visitor', 'text', null, 'The browser.'],
      ['fields', 'json', null, 'All that the touchpoint says.'],
    ],
    rows: list.map(([at, session, stage, channel, kind, detail], n): Cell[] => [
      start + at,
      session,
      stage,
      channel,
      kind,
      detail,
      `0f3a9c:${n}`,
      visitor,
      { name: kind, comment: detail },
    ]),
    notes: [],
  };
}

const LIVE: readonly Record<string, unknown>[] = [
  {
    kind: 'page_view',
    stage: 'awareness',
    url: 'https://shop.example/',
    title: 'Kiln & Co',
    referrer: 'https://search.example/',
  },
  {
    kind: 'view_item_list',
    stage: 'consideration',
    item_list_name: 'Mugs',
    items: [
      { item_id: 'm1', item_name: 'Stoneware mug' },
      { item_id: 'm2', item_name: 'Espresso cup' },
    ],
  },
  {
    kind: 'view_item',
    stage: 'consideration',
    currency: 'EUR',
    value: 19.9,
    items: [{ item_id: 'm1', item_name: 'Stoneware mug, blue' }],
  },
  { kind: 'signal', stage: 'consideration', name: 'rage_click', element: 'button#size-chart', count: 5, span_ms: 900 },
  {
    kind: 'add_to_cart',
    stage: 'purchase',
    currency: 'EUR',
    value: 19.9,
    items: [{ item_id: 'm1', item_name: 'Stoneware mug, blue', quantity: 1 }],
  },
  { kind: 'search', stage: 'consideration', search_term: '<script>alert("visitor")</script>', results: 0 },
  { kind: 'begin_checkout', stage: 'purchase', currency: 'EUR', value: 19.9 },
  { kind: 'form_error', stage: 'purchase', form: 'address', form_field: 'postcode', error: 'not a postcode' },
  { kind: 'signal', stage: 'purchase', name: 'checkout_slow', step: 'add_payment_info', span_ms: 8200 },
  { kind: 'checkout_step_time', stage: 'purchase', step: 'add_payment_info', waiting_ms: 8200, acting_ms: 21_400 },
  {
    kind: 'purchase',
    stage: 'purchase',
    transaction_id: 'T-1042',
    currency: 'EUR',
    value: 24.8,
    items: [
      { item_id: 'm1', item_name: 'Stoneware mug, blue' },
      { item_id: 's', item_name: 'Saucer' },
    ],
  },
  { kind: 'page_view', stage: 'awareness', url: 'javascript:alert(1)', title: '=HYPERLINK("x")' },
  { kind: 'nps', stage: 'advocacy', score: 9, comment: 'Lovely mugs, the payment page took ages' },
];

export function touchpoints(site: string, tick: number, now: number): unknown[] {
  if (site !== 'shop' && site !== 'ecom') return [];
  const busy = Math.round(1 + Math.sin(tick / 9));
  return Array.from({ length: busy }, (_, n) => {
    const at = (tick * 7 + n * 3) % LIVE.length;
    const visitor = ((tick * 2_654_435_761 + n) >>> 0).toString(16).padStart(8, '0').repeat(4);
    return { site, visitor, customer: `anon:${visitor}`, time: now, session: 1, ...LIVE[at] };
  });
}
