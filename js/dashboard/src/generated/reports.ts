// Written by `cargo xtask types` from the answers in js/dashboard/dev/generated. Do not edit.

/** What a number counts: things, a share of 0 to 1, milliseconds, milliseconds since 1970, major units of a currency, points. */
export type Unit = 'count' | 'ratio' | 'ms' | 'time' | 'money' | 'score';

/** What the cells of a column are. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'json';

/** Where the cells of a column lead: to the customers that they name, or to a list of as many as they count. */
export type Link = 'customer' | 'customers';

/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Parameters by their names. */
export type Texts = Readonly<Record<string, string>>;

/** What a program has to know of a column. */
export interface ColumnFacts {
  readonly type: ColumnType;
  /** None for text, and where each row has a unit of its own. */
  readonly unit?: Unit;
  readonly link?: Link;
  /** Whether a chart of the table shows it unless a reader chooses another one. */
  readonly main?: boolean;
}

/** A column as an answer describes it. */
export interface Column extends ColumnFacts {
  readonly name: string;
  /** What it means, in plain words. */
  readonly doc: string;
  /** The parameter of `customers` that its cells are in a link from their row, if it differs from the column's name. */
  readonly param?: string;
  /** Further parameters of a link from its cells. */
  readonly link_params?: Texts;
}

/** The answer of `GET /api/reports/{name}`. */
export interface ReportTable<Name extends ReportName = ReportName> {
  readonly report: Name;
  readonly title: string;
  readonly site: string;
  /** Milliseconds since 1970; none where the range is open. */
  readonly from: number | null;
  readonly to: number | null;
  /** The zone that days and printed times follow, by its name in the IANA database. */
  readonly timezone: string;
  readonly events: number;
  readonly customers: number;
  /** Below so many cases, a share is no reason for alarm. */
  readonly cases_min: number;
  /** How many rows there are in all, of a report that is read page by page. */
  readonly total?: number;
  /** The currency of all its amounts (ISO 4217), where they have one. */
  readonly currency?: string;
  /** Parameters of `customers` that each link from its rows has. */
  readonly link_params?: Texts;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Json[])[];
  readonly notes: readonly string[];
}

/** A parameter as `GET /api/reports` describes it. */
export interface Param {
  readonly name: string;
  readonly type: 'text' | 'number' | 'choice' | 'list';
  readonly choices?: readonly string[];
  /** What holds where it is left out; empty for nothing. */
  readonly default: string;
  readonly doc: string;
}

/** A report in the answer of `GET /api/reports`. */
export interface ReportDescription {
  readonly name: ReportName;
  readonly title: string;
  /** The question that it answers. */
  readonly doc: string;
  readonly params: readonly Param[];
  readonly columns: readonly Column[];
}

/** A site in the answer of `GET /api/sites`. */
export interface SiteSummary {
  readonly site: string;
  /** Those of people and those of automated browsers together. */
  readonly events: number;
  readonly people: number;
  readonly automated: number;
  /** Events that could not be stored as such. They are kept with the reason, and counted nowhere else. */
  readonly dead: number;
  /** Milliseconds since 1970; none before the first event. */
  readonly first: number | null;
  readonly last: number | null;
  /** Its zone in `wayside.toml`, where it has one; else UTC holds. */
  readonly timezone?: string;
  /** Whether it has touchpoints that `wayside simulate` made. */
  readonly simulated?: boolean;
  /** The site's own names of stages in `wayside.toml`, by the model's. */
  readonly stage_labels?: Readonly<Record<string, string>>;
  /** The rules of the site's segments in `wayside.toml`, by name. */
  readonly segments?: Readonly<Record<string, string>>;
}

/** A pass over a site's data that answers reports. */
export interface Pass {
  readonly site: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly timezone: string;
  readonly traffic: 'people' | 'automated' | 'all';
  readonly reports: readonly ReportName[];
  readonly state: 'waiting' | 'running';
  readonly buckets_done: number;
  /** 0 until the pass has begun to read. */
  readonly buckets: number;
  /** Since the first of its reports was asked for. */
  readonly seconds: number;
}

/** The answer of `GET /api/progress`: the passes that run or wait. */
export interface Progress {
  readonly passes: readonly Pass[];
}

/** The name of a report. */
export type ReportName = 'kpis' | 'trend' | 'journey-map' | 'funnel' | 'checkout' | 'carts' | 'paths' | 'retention' | 'revenue-cohorts' | 'attribution' | 'conversion-paths' | 'led-here' | 'products' | 'bought-together' | 'channels' | 'service' | 'returns' | 'intent' | 'signals' | 'forms' | 'searches' | 'errors' | 'vitals' | 'audience' | 'lifetime-value' | 'customer-values' | 'rfm' | 'customers' | 'profile' | 'timeline' | 'data-quality';

/** Parameters that every report has. */
export interface CommonParams {
  /** The site. */
  readonly site?: string;
  /** First day (2026-11-21) in the time zone, or a time, or ms since 1970; left out: from the beginning. */
  readonly from?: string;
  /** Last day, included; or a time or ms since 1970, not included; left out: to the end. */
  readonly to?: string;
  /** Time zone of days and printed times (Europe/Berlin); left out: the site's in wayside.toml, else UTC. */
  readonly timezone?: string;
  /** Whose events: people's, those of automated browsers, or all. Left out: `people`. */
  readonly traffic?: 'people' | 'automated' | 'all';
  /** Only these customers: the name of a segment in wayside.toml, or a condition in SQL on the columns of events, such as kind = 'purchase' AND value > 50; left out: all. */
  readonly segment?: string;
  /** Beside the same figures of the time before (previous), of a year before (last-year), or of a segment; with differences and their intervals. */
  readonly compare?: string;
}

/** Parameters of `kpis`. */
export type KpisParams = CommonParams;

/** Key figures: How is the site doing: visits, sales, effort and satisfaction? */
export interface KpisRow {
  /** The figure. */
  readonly name: string | null;
  /** Its value, in its unit. */
  readonly value: number | null;
  /** What the value counts. */
  readonly unit: string | null;
  /** Lower end of the 95% interval, where the figure is an estimate. */
  readonly low: number | null;
  /** Upper end of the 95% interval. */
  readonly high: number | null;
  /** What was counted. */
  readonly numerator: number | null;
  /** What it is divided by. */
  readonly denominator: number | null;
  /** How the figure is defined. */
  readonly doc: string | null;
}

/** Parameters of `trend`. */
export interface TrendParams extends CommonParams {
  /** Names of figures, as kpis lists them, or all. Left out: `sessions,conversion_rate,revenue`. */
  readonly measures?: string;
  /** The length of a period. Left out: `day`. */
  readonly every?: 'hour' | 'day' | 'week' | 'month';
  /** The property of visits by which the figures are split. Left out: `nothing`. */
  readonly by?: 'nothing' | 'channel' | 'source_medium' | 'campaign' | 'landing_page' | 'visit' | 'device' | 'browser' | 'browser_version' | 'language' | 'country' | 'screen' | 'property';
  /** With by=property: the name of a text field of touchpoints, or of a property of the site's own. */
  readonly property?: string;
}

/** Trend: How do the figures change from period to period? */
export interface TrendRow {
  /** Its first day in the time zone, or the start of the hour. */
  readonly period: string | null;
  /** The figure. */
  readonly name: string | null;
  /** The group of visits; all without a split. */
  readonly group: string | null;
  /** Its value, in its unit. */
  readonly value: number | null;
  /** What the value counts. */
  readonly unit: string | null;
  /** Lower end of the 95% interval, where the figure is an estimate. */
  readonly low: number | null;
  /** Upper end of the 95% interval. */
  readonly high: number | null;
  /** What was counted. */
  readonly numerator: number | null;
  /** What it is divided by. */
  readonly denominator: number | null;
  /** no if the range or the data ends within the period, or the range begins in it; else yes. */
  readonly complete: string | null;
}

/** Parameters of `journey-map`. */
export type JourneyMapParams = CommonParams;

/** Journey map: What happens in each stage of the journey, by the channel that the visit came from? */
export interface JourneyMapRow {
  /** Stage of the journey. */
  readonly stage: string | null;
  /** Channel of the visit. */
  readonly channel: string | null;
  /** Customers with a touchpoint here. */
  readonly customers: number | null;
  /** Sessions with a touchpoint here. */
  readonly sessions: number | null;
  /** Touchpoints here. */
  readonly touchpoints: number | null;
  /** Orders placed here. */
  readonly purchases: number | null;
  /** Share of the customers here who bought, here or later. */
  readonly conversion: number | null;
  /** Share of the sessions here that ended here without a purchase. */
  readonly drop_off: number | null;
  /** Median time that a session spends here, within 0.4%. */
  readonly median_time_ms: number | null;
  /** Micro-moments here. */
  readonly signals: number | null;
  /** Those of them in which something was in the way. */
  readonly friction_signals: number | null;
}

/** Parameters of `funnel`. */
export interface FunnelParams extends CommonParams {
  /** Names of touchpoints, in order; 1 to 20. Left out: `view_item,add_to_cart,begin_checkout,purchase`. */
  readonly steps?: string;
  /** Days from the first step within which the others must follow. A date range bounds the first step only. Left out: `7`. */
  readonly window_days?: number;
  /** ordered: each step after the one before, anything may lie between. strict: and no other step of the funnel between. any: in whatever order. Left out: `ordered`. */
  readonly order?: 'ordered' | 'strict' | 'any';
}

/** Funnel: How many customers go from one step to the next, and where do they fall by the wayside? */
export interface FunnelRow {
  /** Number of the step. */
  readonly step: number | null;
  /** Touchpoint of the step. */
  readonly kind: string | null;
  /** Customers who got this far. */
  readonly customers: number | null;
  /** Their share of the customers of the first step. */
  readonly conversion_from_start: number | null;
  /** Their share of the customers of the step before. */
  readonly conversion_from_previous: number | null;
  /** Share of the customers of the step before who got no further. */
  readonly drop_off: number | null;
  /** Lower end of the 95% interval of the share from the start. */
  readonly low: number | null;
  /** Upper end of that interval. */
  readonly high: number | null;
  /** Median time from the first step to this one, within 0.4%. */
  readonly median_time_ms: number | null;
  /** Customers of the step before who got no further. */
  readonly lost: number | null;
}

/** Parameters of `checkout`. */
export type CheckoutParams = CommonParams;

/** Checkout: At which step of the checkout do customers leave, and were they waiting or acting? */
export interface CheckoutRow {
  /** The step: begin, shipping, payment, or the site's own word. */
  readonly step: string | null;
  /** Sessions that came to the step. */
  readonly sessions: number | null;
  /** Sessions that went on: to another step, or with a purchase in the session. */
  readonly completed: number | null;
  /** Sessions that stopped here and whose customer bought in a later session. */
  readonly bought_later: number | null;
  /** Sessions that stopped here and whose customer did not buy, then or later. */
  readonly abandoned: number | null;
  /** Median time in which the customer could act. */
  readonly acting_p50_ms: number | null;
  /** The time that 19 of 20 do not exceed. */
  readonly acting_p95_ms: number | null;
  /** Median time in which the customer waited for the page. */
  readonly waiting_p50_ms: number | null;
  /** The time that 19 of 20 do not exceed. */
  readonly waiting_p95_ms: number | null;
  /** Median of both together. */
  readonly total_p50_ms: number | null;
  /** The time that 19 of 20 do not exceed. */
  readonly total_p95_ms: number | null;
  /** Page reloads in the step. */
  readonly reloads: number | null;
  /** Times the step was found to make the customer wait too long. */
  readonly slow_signals: number | null;
  /** Form fields that failed validation in the step. */
  readonly field_errors: number | null;
  /** Customers with a session that came to the step. */
  readonly customers: number | null;
  /** Customers with a session that is abandoned here. */
  readonly customers_lost: number | null;
}

/** Parameters of `carts`. */
export interface CartsParams extends CommonParams {
  /** How many days with carts to list, the latest first; 1 to 366. Left out: `31`. */
  readonly days?: number;
}

/** Carts: How many carts are abandoned, on which days and by which channels? */
export interface CartsRow {
  /** The day on which the visit began, in the time zone of the report. */
  readonly day: string | null;
  /** The channel of the visit. */
  readonly channel: string | null;
  /** Visits with something added to the cart. */
  readonly carts: number | null;
  /** Those of them with an order. */
  readonly bought: number | null;
  /** Those without an order whose customer ordered in a later visit. */
  readonly bought_later: number | null;
  /** Those without an order whose customer did not order later either. */
  readonly abandoned: number | null;
  /** Share of the carts that were abandoned. */
  readonly abandonment: number | null;
  /** Lower end of its 95% interval. */
  readonly abandonment_low: number | null;
  /** Upper end of its 95% interval. */
  readonly abandonment_high: number | null;
}

/** Parameters of `paths`. */
export interface PathsParams extends CommonParams {
  /** kind: every step by its kind. page: pages only, by the path of their address. Left out: `kind`. */
  readonly nodes?: 'kind' | 'page';
  /** yes: clicks and copied texts are steps too. Pages only have none. Left out: `no`. */
  readonly clicks?: 'no' | 'yes';
  /** How many transitions to list, the most frequent first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Paths: Which ways do visits take, and what comes next? */
export interface PathsRow {
  /** Touchpoint, or (start) of the session. */
  readonly from: string | null;
  /** The session's next touchpoint, or its (end). */
  readonly to: string | null;
  /** How often the one followed the other. */
  readonly transitions: number | null;
  /** In how many sessions. */
  readonly sessions: number | null;
  /** Share of all that follows the first. */
  readonly share: number | null;
  /** Median time between the two, within 0.4%. */
  readonly median_gap_ms: number | null;
  /** Customers with such a session. */
  readonly customers: number | null;
}

/** Parameters of `retention`. */
export interface RetentionParams extends CommonParams {
  /** How many weeks after the first visit to list; 1 to 52. Left out: `8`. */
  readonly weeks?: number;
}

/** Retention: Of the customers who first came in a week, how many come back in each week after? */
export interface RetentionRow {
  /** The Monday of the week of the first visit. */
  readonly cohort: string | null;
  /** The number of weeks since then; 0 is the week of the first visit. */
  readonly week: number | null;
  /** Customers whose first visit was in the cohort's week. */
  readonly customers: number | null;
  /** Those of them with a visit in this week. */
  readonly returned: number | null;
  /** Their share. */
  readonly retention: number | null;
  /** Lower end of its 95% interval. */
  readonly retention_low: number | null;
  /** Upper end of its 95% interval. */
  readonly retention_high: number | null;
}

/** Parameters of `revenue-cohorts`. */
export interface RevenueCohortsParams extends CommonParams {
  /** What makes a customer one of a cohort: the first order, or the first touchpoint. Left out: `first_purchase`. */
  readonly start?: 'first_purchase' | 'first_visit';
  /** The length of a period, of cohorts and of their lives. Left out: `month`. */
  readonly every?: 'week' | 'month';
  /** channel: a cohort for each channel of the first visit. Left out: `none`. */
  readonly by?: 'none' | 'channel';
  /** How many periods after the first to list; 1 to 60. Left out: `12`. */
  readonly periods?: number;
  /** How many cohorts to list, the latest ones; 1 to 120. Left out: `12`. */
  readonly cohorts?: number;
  /** What remains of revenue after the cost of goods, in percent, for the margin; 1 to 100; left out: unknown. */
  readonly margin_percent?: number;
}

/** Revenue by cohort: What has a customer been worth, month after month, by when and through which channel they came? */
export interface RevenueCohortsRow {
  /** The month, or the Monday of the week, of acquisition; (all): every cohort together. */
  readonly cohort: string | null;
  /** Channel of the first visit; (all) without by=channel. */
  readonly channel: string | null;
  /** Periods since acquisition; 0 is the one of acquisition. */
  readonly period: number | null;
  /** Whether the data reaches beyond the end of this period: yes or no. */
  readonly complete: string | null;
  /** Customers of the cohort. */
  readonly customers: number | null;
  /** Their orders until the end of the period. */
  readonly orders: number | null;
  /** Value of these orders less refunds until then. */
  readonly revenue: number | null;
  /** Revenue divided by customers: the lifetime value so far. */
  readonly revenue_per_customer: number | null;
  /** Lower end of its 95% interval. */
  readonly revenue_per_customer_low: number | null;
  /** Upper end of its 95% interval. */
  readonly revenue_per_customer_high: number | null;
  /** The margin of that; empty without margin_percent. */
  readonly margin_per_customer: number | null;
}

/** Parameters of `attribution`. */
export interface AttributionParams extends CommonParams {
  /** What the models divide: conversions, their share of all, the value of the conversions, this value by the cost of ads, or the cost of ads by conversion. Left out: `conversions`. */
  readonly measure?: 'conversions' | 'share' | 'revenue' | 'return_on_spend' | 'cost_per_conversion';
  /** What names a touch: its channel, its source and medium, its campaign, or the field or property that property names. Left out: `channel`. */
  readonly by?: 'channel' | 'source_medium' | 'campaign' | 'property';
  /** With by=property: the name of a text field of touchpoints, or of a property of the site's own. */
  readonly property?: string;
  /** Name of the touchpoint that is a conversion; several in a session are one. Left out: `purchase`. */
  readonly conversion?: string;
  /** session: each visit is a touch. touchpoint: each touchpoint that has a name of its own, such as the channel of a contact. Left out: `session`. */
  readonly unit?: 'session' | 'touchpoint';
  /** Days before a conversion, or before the last touch of a path without one, in which touches count; left out: all. */
  readonly lookback_days?: number;
  /** Markov: how many touches determine the next one; 1 to 3. Left out: `1`. */
  readonly markov_order?: number;
  /** Markov and Shapley: whether paths without a conversion are part of the chain. Left out: `yes`. */
  readonly null_paths?: 'yes' | 'no';
  /** Time decay: days in which the weight of a touch falls to half; 1 to 365. Left out: `7`. */
  readonly half_life_days?: number;
  /** How U, J and inverse J count few touches. adobe (Mixpanel, too): first and last by their weights, the others share the rest; of two, 25 and 75% in J. amplitude: of two, 30 and 70%; in J the touch before the last has the middle weight. Left out: `adobe`. */
  readonly positions?: 'adobe' | 'amplitude';
  /** Weights in U: first touch, those between together, last touch. Left out: `40,20,40`. */
  readonly u_weights?: string;
  /** Weights in J: first touch, those between together, last touch; inverse J has them the other way round. Left out: `20,20,60`. */
  readonly j_weights?: string;
}

/** Attribution: Which channels lead to conversions, what is each worth, and how far do the models agree? */
export interface AttributionRow {
  /** What names the touches: the channel, or what by selects. */
  readonly channel: string | null;
  /** Paths with a touch of this name. */
  readonly paths: number | null;
  /** Those of them that end with a conversion. */
  readonly converted: number | null;
  /** Cost of its ads in the range, if ad costs were imported. */
  readonly cost: number | null;
  /** Share of the conversions, or of their value, that would be lost without it, in a Markov chain. */
  readonly removal_effect: number | null;
  /** Lower end of its 95% interval. */
  readonly removal_effect_low: number | null;
  /** Upper end of its 95% interval. */
  readonly removal_effect_high: number | null;
  /** Credit in proportion to the removal effects. */
  readonly markov: number | null;
  /** Lower end of its 95% interval. */
  readonly markov_low: number | null;
  /** Upper end of its 95% interval. */
  readonly markov_high: number | null;
  /** Credit in proportion to the Shapley values in the Markov chain of order 1. */
  readonly shapley: number | null;
  /** Lower end of its 95% interval. */
  readonly shapley_low: number | null;
  /** Upper end of its 95% interval. */
  readonly shapley_high: number | null;
  /** Credit to the first touch of the path. */
  readonly first_touch: number | null;
  /** Lower end of its 95% interval. */
  readonly first_touch_low: number | null;
  /** Upper end of its 95% interval. */
  readonly first_touch_high: number | null;
  /** Credit to the last touch. */
  readonly last_touch: number | null;
  /** Lower end of its 95% interval. */
  readonly last_touch_low: number | null;
  /** Upper end of its 95% interval. */
  readonly last_touch_high: number | null;
  /** Credit to the last touch that is not direct, or to the last one where all are. */
  readonly last_non_direct: number | null;
  /** Lower end of its 95% interval. */
  readonly last_non_direct_low: number | null;
  /** Upper end of its 95% interval. */
  readonly last_non_direct_high: number | null;
  /** Equal credit to all touches. */
  readonly linear: number | null;
  /** Lower end of its 95% interval. */
  readonly linear_low: number | null;
  /** Upper end of its 95% interval. */
  readonly linear_high: number | null;
  /** Credit that halves with each half-life before the conversion. */
  readonly time_decay: number | null;
  /** Lower end of its 95% interval. */
  readonly time_decay_low: number | null;
  /** Upper end of its 95% interval. */
  readonly time_decay_high: number | null;
  /** Most credit to the first and the last touch. */
  readonly u_shaped: number | null;
  /** Lower end of its 95% interval. */
  readonly u_shaped_low: number | null;
  /** Upper end of its 95% interval. */
  readonly u_shaped_high: number | null;
  /** Most credit to the last touch. */
  readonly j_shaped: number | null;
  /** Lower end of its 95% interval. */
  readonly j_shaped_low: number | null;
  /** Upper end of its 95% interval. */
  readonly j_shaped_high: number | null;
  /** Most credit to the first touch. */
  readonly inverse_j: number | null;
  /** Lower end of its 95% interval. */
  readonly inverse_j_low: number | null;
  /** Upper end of its 95% interval. */
  readonly inverse_j_high: number | null;
  /** Full credit to each name in the path; names overlap and do not add up. */
  readonly participation: number | null;
  /** Lower end of its 95% interval. */
  readonly participation_low: number | null;
  /** Upper end of its 95% interval. */
  readonly participation_high: number | null;
}

/** Parameters of `conversion-paths`. */
export interface ConversionPathsParams extends CommonParams {
  /** What names a touch: its channel, its source and medium, its campaign, or the field or property that property names. Left out: `channel`. */
  readonly by?: 'channel' | 'source_medium' | 'campaign' | 'property';
  /** With by=property: the name of a text field of touchpoints, or of a property of the site's own. */
  readonly property?: string;
  /** Name of the touchpoint that is a conversion; several in a session are one. Left out: `purchase`. */
  readonly conversion?: string;
  /** session: each visit is a touch. touchpoint: each touchpoint that has a name of its own, such as the channel of a contact. Left out: `session`. */
  readonly unit?: 'session' | 'touchpoint';
  /** Days before a conversion, or before the last touch of a path without one, in which touches count; left out: all. */
  readonly lookback_days?: number;
  /** merge: touches of the same name one after the other are shown as one. keep: each is shown. Left out: `merge`. */
  readonly repeats?: 'merge' | 'keep';
  /** How many sequences to list, the most frequent first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Conversion paths: Which sequences of channels lead to conversions, how long are they, and how long do they take? */
export interface ConversionPathsRow {
  /** The names of the touches, in order. */
  readonly path: string | null;
  /** Paths of this sequence that end with a conversion. */
  readonly converted: number | null;
  /** Their share of all conversions. */
  readonly share: number | null;
  /** Lower end of its 95% interval. */
  readonly share_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_high: number | null;
  /** Paths of this sequence, with those that have not led to a conversion. */
  readonly paths: number | null;
  /** Share of these paths that end with a conversion. */
  readonly conversion: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_high: number | null;
  /** Median number of touches before the conversion. */
  readonly median_touches: number | null;
  /** Median time from the first touch to the conversion, within 0.4%. */
  readonly median_time_ms: number | null;
}

/** Parameters of `led-here`. */
export interface LedHereParams extends CommonParams {
  /** Name of the touchpoint that some customers reached. Left out: `purchase`. */
  readonly goal?: string;
  /** How many days before it count; 1 to 3660. Left out: `30`. */
  readonly window_days?: number;
  /** What to compare, by commas: touchpoint, signal, channel (of a visit), page (its path), steps (the last three before). Left out: `touchpoint,signal,channel,page,steps`. */
  readonly what?: string;
  /** Touchpoints to leave out, by commas, because everyone who buys meets them. Left out: `view_cart,begin_checkout,checkout_step,checkout_step_time,add_shipping_info,add_payment_info`. */
  readonly skip?: string;
  /** Customers of both groups who must have met a thing; 1 to 1000000. Left out: `10`. */
  readonly min_customers?: number;
  /** How many rows to list, the clearest first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** What led here: What had customers met before they reached a touchpoint that other customers had not? */
export interface LedHereRow {
  /** touchpoint, signal, channel, page, or steps: the last three before. */
  readonly what: string | null;
  /** Its name. */
  readonly name: string | null;
  /** Customers who met it and then reached the goal. */
  readonly reached: number | null;
  /** Their share of all who reached it. */
  readonly share_reached: number | null;
  /** Lower end of its 95% interval. */
  readonly share_reached_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_reached_high: number | null;
  /** Customers who met it and did not reach the goal. */
  readonly others: number | null;
  /** Their share of all who did not. */
  readonly share_others: number | null;
  /** Lower end of its 95% interval. */
  readonly share_others_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_others_high: number | null;
  /** The first share less the second. */
  readonly difference: number | null;
  /** Lower end of the 95% interval of the difference. */
  readonly difference_low: number | null;
  /** Upper end of that interval. */
  readonly difference_high: number | null;
  /** The first share divided by the second. */
  readonly lift: number | null;
  /** Lower end of its 95% interval. */
  readonly lift_low: number | null;
  /** Upper end of its 95% interval. */
  readonly lift_high: number | null;
  /** Probability of such a difference if there is none. */
  readonly p_value: number | null;
  /** The share of false ones among all rows with this value or less. */
  readonly q_value: number | null;
  /** Whether that is at most 5%: yes or no. */
  readonly clear: string | null;
}

/** Parameters of `products`. */
export interface ProductsParams extends CommonParams {
  /** What a row is about: a product (by its id, else its name), a category, or a brand. Left out: `product`. */
  readonly by?: 'product' | 'category' | 'brand';
  /** How many rows to list, most revenue first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Products: Which products are viewed, left in carts, bought and returned, and for how much? */
export interface ProductsRow {
  /** The product's id, else its name; or the category or brand. */
  readonly product: string | null;
  /** The product's latest name. */
  readonly name: string | null;
  /** Customers who viewed it. */
  readonly viewed: number | null;
  /** Customers who put it into the cart. */
  readonly added: number | null;
  /** Customers who removed it from the cart. */
  readonly removed: number | null;
  /** Customers who bought it. */
  readonly bought: number | null;
  /** Share of the customers who viewed it that bought it, then or later. */
  readonly conversion: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_high: number | null;
  /** Customers who left it in the cart: neither removed nor bought, then or later. */
  readonly left: number | null;
  /** Their share of the customers who put it into the cart. */
  readonly abandonment: number | null;
  /** Lower end of its 95% interval. */
  readonly abandonment_low: number | null;
  /** Upper end of its 95% interval. */
  readonly abandonment_high: number | null;
  /** Price of the units that they left. */
  readonly abandoned_value: number | null;
  /** Orders with it. */
  readonly orders: number | null;
  /** Units in these orders. */
  readonly units: number | null;
  /** Price of these units. */
  readonly sold: number | null;
  /** Those of the orders from which it was refunded, then or later. */
  readonly returned_orders: number | null;
  /** Their share of the orders. */
  readonly return_rate: number | null;
  /** Lower end of its 95% interval. */
  readonly return_rate_low: number | null;
  /** Upper end of its 95% interval. */
  readonly return_rate_high: number | null;
  /** Units that were refunded. */
  readonly returned_units: number | null;
  /** Price of the refunded units. */
  readonly paid_back: number | null;
  /** Price of the units sold, less that of the units refunded. */
  readonly revenue: number | null;
}

/** Parameters of `bought-together`. */
export interface BoughtTogetherParams extends CommonParams {
  /** What a row is about: a product (by its id, else its name), a category, or a brand. Left out: `product`. */
  readonly by?: 'product' | 'category' | 'brand';
  /** Orders that a pair must have at least; 1 to 100000. Left out: `3`. */
  readonly min_orders?: number;
  /** How many pairs to list, the surest first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Bought together: Which products are in the same orders more often than by chance? */
export interface BoughtTogetherRow {
  /** A product: its id, else its name; or a category or brand. */
  readonly first: string | null;
  /** The other product. */
  readonly second: string | null;
  /** Orders with both. */
  readonly orders: number | null;
  /** Their share of all orders with products. */
  readonly share: number | null;
  /** Lower end of its 95% interval. */
  readonly share_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_high: number | null;
  /** Orders with the first. */
  readonly orders_first: number | null;
  /** Share of these that have the second, too. */
  readonly second_of_first: number | null;
  /** Lower end of its 95% interval. */
  readonly second_of_first_low: number | null;
  /** Upper end of its 95% interval. */
  readonly second_of_first_high: number | null;
  /** Orders with the second. */
  readonly orders_second: number | null;
  /** Share of these that have the first, too. */
  readonly first_of_second: number | null;
  /** Lower end of its 95% interval. */
  readonly first_of_second_low: number | null;
  /** Upper end of its 95% interval. */
  readonly first_of_second_high: number | null;
  /** How many times more often both are in an order than if they were independent. */
  readonly lift: number | null;
  /** Lower end of its 95% interval. */
  readonly lift_low: number | null;
  /** Upper end of its 95% interval. */
  readonly lift_high: number | null;
}

/** Parameters of `channels`. */
export interface ChannelsParams extends CommonParams {
  /** channel: a row for each contact channel. kind: a row for each of the five kinds. Left out: `channel`. */
  readonly by?: 'channel' | 'kind';
  /** Days after it in which an answer about satisfaction or effort belongs to it; 1 to 365. Left out: `14`. */
  readonly answer_days?: number;
}

/** Service channels: Where do customers meet the company, online and offline, and what happens there? */
export interface ChannelsRow {
  /** Human, Two-way, Automated, Third party or Assisted; Unassigned if the channel is not known. */
  readonly kind: string | null;
  /** The contact channel; web: touchpoints without one, which are the site's own. */
  readonly channel: string | null;
  /** online or offline. */
  readonly place: string | null;
  /** Touchpoints in it. */
  readonly touchpoints: number | null;
  /** Customers with such a touchpoint. */
  readonly customers: number | null;
  /** Those of the touchpoints that are support contacts. */
  readonly contacts: number | null;
  /** Contacts before the customer's first order, or without any order. */
  readonly contacts_before: number | null;
  /** Contacts after it. */
  readonly contacts_after: number | null;
  /** Share of the contacts with a known outcome that resolved the issue. */
  readonly resolved: number | null;
  /** Lower end of its 95% interval. */
  readonly resolved_low: number | null;
  /** Upper end of its 95% interval. */
  readonly resolved_high: number | null;
  /** Share of the answers about satisfaction that are 4 or 5. */
  readonly satisfaction: number | null;
  /** Lower end of its 95% interval. */
  readonly satisfaction_low: number | null;
  /** Upper end of its 95% interval. */
  readonly satisfaction_high: number | null;
  /** Number of these answers. */
  readonly satisfaction_answers: number | null;
  /** Mean answer about effort, 1 (hard) to 7 (easy). */
  readonly effort: number | null;
  /** Lower end of its 95% interval. */
  readonly effort_low: number | null;
  /** Upper end of its 95% interval. */
  readonly effort_high: number | null;
  /** Number of these answers. */
  readonly effort_answers: number | null;
  /** Share of the customers who ordered, there or later anywhere. */
  readonly conversion: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_high: number | null;
  /** Orders placed there. */
  readonly orders: number | null;
  /** Value of these orders, less refunds paid there. */
  readonly revenue: number | null;
}

/** Parameters of `service`. */
export interface ServiceParams extends CommonParams {
  /** A row for each topic, contact channel, or value of the property that property names, such as agent or team. Left out: `topic`. */
  readonly by?: 'topic' | 'channel' | 'property';
  /** With by=property: a property of the site's own, or a text field, such as agent or team. */
  readonly property?: string;
  /** Days in which another contact of the customer is a repeated one; 1 to 365. Left out: `7`. */
  readonly repeat_days?: number;
  /** Days after it in which an answer about satisfaction or effort belongs to it; 1 to 365. Left out: `14`. */
  readonly answer_days?: number;
  /** Contacts that a group must have for a row of its own; 1 to 100000. Left out: `10`. */
  readonly min_contacts?: number;
  /** How many rows to list, most contacts first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Service: What do customers ask for, is it resolved, do they have to ask again, and how satisfied are they, by topic, agent or team? */
export interface ServiceRow {
  /** The topic, channel, or value of the property. */
  readonly group: string | null;
  /** Support contacts. */
  readonly contacts: number | null;
  /** Their share of all contacts. */
  readonly share: number | null;
  /** Lower end of its 95% interval. */
  readonly share_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_high: number | null;
  /** Customers with such a contact. */
  readonly customers: number | null;
  /** Those of the contacts after an order of the customer. */
  readonly after_sales: number | null;
  /** Share of the contacts with a known outcome that resolved the issue. */
  readonly resolved: number | null;
  /** Lower end of its 95% interval. */
  readonly resolved_low: number | null;
  /** Upper end of its 95% interval. */
  readonly resolved_high: number | null;
  /** That share less the same of all other contacts. */
  readonly resolved_difference: number | null;
  /** Lower end of its 95% interval. */
  readonly resolved_difference_low: number | null;
  /** Upper end of its 95% interval. */
  readonly resolved_difference_high: number | null;
  /** Share of the contacts after which the customer asked again about it. */
  readonly repeated: number | null;
  /** Lower end of its 95% interval. */
  readonly repeated_low: number | null;
  /** Upper end of its 95% interval. */
  readonly repeated_high: number | null;
  /** Median duration of a contact, within 0.4%. */
  readonly median_duration_ms: number | null;
  /** Share of the answers about satisfaction that are 4 or 5. */
  readonly satisfaction: number | null;
  /** Lower end of its 95% interval. */
  readonly satisfaction_low: number | null;
  /** Upper end of its 95% interval. */
  readonly satisfaction_high: number | null;
  /** Number of these answers. */
  readonly satisfaction_answers: number | null;
  /** Mean answer about effort, 1 (hard) to 7 (easy). */
  readonly effort: number | null;
  /** Lower end of its 95% interval. */
  readonly effort_low: number | null;
  /** Upper end of its 95% interval. */
  readonly effort_high: number | null;
  /** Number of these answers. */
  readonly effort_answers: number | null;
  /** Share of the contacts whose customer ordered afterwards. */
  readonly ordered_later: number | null;
  /** Lower end of its 95% interval. */
  readonly ordered_later_low: number | null;
  /** Upper end of its 95% interval. */
  readonly ordered_later_high: number | null;
}

/** Parameters of `returns`. */
export interface ReturnsParams extends CommonParams {
  /** What a row is about: the reason of refunds, or a product, category or brand in them. Left out: `reason`. */
  readonly by?: 'reason' | 'product' | 'category' | 'brand';
  /** The property of refunds, or the text field, that has the reason. Left out: `reason`. */
  readonly reason?: string;
  /** Days after it in which an answer about satisfaction or effort belongs to it; 1 to 365. Left out: `14`. */
  readonly answer_days?: number;
  /** How many rows to list, most refunds first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Returns: What is returned and paid back, for which reasons, how long after the order, and what do these customers do then? */
export interface ReturnsRow {
  /** The reason; or the product (its id, else its name), category or brand. */
  readonly group: string | null;
  /** Refunds. */
  readonly refunds: number | null;
  /** Their share of all refunds. */
  readonly share: number | null;
  /** Lower end of its 95% interval. */
  readonly share_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_high: number | null;
  /** Customers with such a refund. */
  readonly customers: number | null;
  /** Amount of the refunds, or price of the product's units in them. */
  readonly paid_back: number | null;
  /** Median time from the order to the refund, within 0.4%. */
  readonly median_time_ms: number | null;
  /** Share of the answers about satisfaction that are 4 or 5. */
  readonly satisfaction: number | null;
  /** Lower end of its 95% interval. */
  readonly satisfaction_low: number | null;
  /** Upper end of its 95% interval. */
  readonly satisfaction_high: number | null;
  /** Number of these answers. */
  readonly satisfaction_answers: number | null;
  /** Mean answer about effort, 1 (hard) to 7 (easy). */
  readonly effort: number | null;
  /** Lower end of its 95% interval. */
  readonly effort_low: number | null;
  /** Upper end of its 95% interval. */
  readonly effort_high: number | null;
  /** Number of these answers. */
  readonly effort_answers: number | null;
  /** Share of the refunds whose customer ordered afterwards. */
  readonly ordered_later: number | null;
  /** Lower end of its 95% interval. */
  readonly ordered_later_low: number | null;
  /** Upper end of its 95% interval. */
  readonly ordered_later_high: number | null;
}

/** Parameters of `intent`. */
export interface IntentParams extends CommonParams {
  /** signal: a row for each intent signal. moment: for each of know, go, do and buy. page: for each signal and page. Left out: `signal`. */
  readonly by?: 'signal' | 'moment' | 'page';
  /** Only signals of this moment. Left out: `all`. */
  readonly moment?: 'all' | 'know' | 'go' | 'do' | 'buy';
  /** Days in which a support contact follows an intent; 1 to 365. Left out: `7`. */
  readonly contact_days?: number;
  /** How many rows to list, most sessions first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Intent: What do visitors want to know, where do they want to go, what to do and to buy, and did they succeed? */
export interface IntentRow {
  /** know, go, do or buy; (none): sessions without a signal of intent. */
  readonly moment: string | null;
  /** The signal. */
  readonly signal: string | null;
  /** Path of the page. */
  readonly page: string | null;
  /** Sessions with it. */
  readonly sessions: number | null;
  /** Their share of all sessions. */
  readonly share_of_sessions: number | null;
  /** Lower end of its 95% interval. */
  readonly share_of_sessions_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_of_sessions_high: number | null;
  /** Customers with such a session. */
  readonly customers: number | null;
  /** Share of these sessions that have an order. */
  readonly conversion_with: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_with_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_with_high: number | null;
  /** The same share of all other sessions. */
  readonly conversion_without: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_without_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_without_high: number | null;
  /** The first share less the second. */
  readonly difference: number | null;
  /** Lower end of the 95% interval of the difference. */
  readonly difference_low: number | null;
  /** Upper end of that interval. */
  readonly difference_high: number | null;
  /** Sessions without an order whose customer ordered in a later one. */
  readonly bought_later: number | null;
  /** Share of the sessions after which the customer asked for support. */
  readonly contacted: number | null;
  /** Lower end of its 95% interval. */
  readonly contacted_low: number | null;
  /** Upper end of its 95% interval. */
  readonly contacted_high: number | null;
  /** Share of the sessions in which no step came after the signal. */
  readonly ended: number | null;
  /** Lower end of its 95% interval. */
  readonly ended_low: number | null;
  /** Upper end of its 95% interval. */
  readonly ended_high: number | null;
  /** Share of the sessions in which something was in the way afterwards. */
  readonly friction: number | null;
  /** Lower end of its 95% interval. */
  readonly friction_low: number | null;
  /** Upper end of its 95% interval. */
  readonly friction_high: number | null;
  /** Share of the sessions with a search that found nothing. */
  readonly without_results: number | null;
  /** Lower end of its 95% interval. */
  readonly without_results_low: number | null;
  /** Upper end of its 95% interval. */
  readonly without_results_high: number | null;
  /** The search terms that most often found nothing in these sessions, with their sessions. */
  readonly missing: string | null;
}

/** Parameters of `signals`. */
export interface SignalsParams extends CommonParams {
  /** place: a row for each page, element, step and field. signal: a row for each signal and stage. Left out: `place`. */
  readonly by?: 'place' | 'signal';
  /** Only this signal, such as rage_click; left out: all. */
  readonly signal?: string;
  /** How many rows to list; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Signals: Which micro-moments occur where, and what became of the sessions that have them? */
export interface SignalsRow {
  /** The signal. */
  readonly signal: string | null;
  /** friction, intent or hesitation. */
  readonly family: string | null;
  /** Stage of the journey in which it was found. */
  readonly stage: string | null;
  /** Path of the page. */
  readonly page: string | null;
  /** The element of the page. */
  readonly element: string | null;
  /** The checkout step. */
  readonly step: string | null;
  /** The form. */
  readonly form: string | null;
  /** The form field. */
  readonly field: string | null;
  /** How often it was found. */
  readonly times: number | null;
  /** Sessions in which it was found. */
  readonly sessions: number | null;
  /** Their share of all sessions. */
  readonly share_of_sessions: number | null;
  /** Lower end of its 95% interval. */
  readonly share_of_sessions_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_of_sessions_high: number | null;
  /** Customers with such a session. */
  readonly customers: number | null;
  /** Their share of all customers with a session. */
  readonly share_of_customers: number | null;
  /** Lower end of its 95% interval. */
  readonly share_of_customers_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_of_customers_high: number | null;
  /** Share of these sessions that have an order. */
  readonly conversion_with: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_with_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_with_high: number | null;
  /** The same share of the other sessions that reached this stage. */
  readonly conversion_without: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_without_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_without_high: number | null;
  /** The first share less the second. */
  readonly difference: number | null;
  /** Lower end of the 95% interval of the difference. */
  readonly difference_low: number | null;
  /** Upper end of that interval. */
  readonly difference_high: number | null;
  /** Value of the orders that are missing if these sessions could convert like the others; empty where the difference may be chance. */
  readonly at_stake: number | null;
  /** Customers with it, first those who did not buy. */
  readonly examples: Json;
}

/** Parameters of `forms`. */
export type FormsParams = CommonParams;

/** Forms: Which form fields take long, are corrected, fail, or are the last before a customer leaves? */
export interface FormsRow {
  /** The form. */
  readonly form: string | null;
  /** The field, or (whole form). */
  readonly field: string | null;
  /** Sessions that used it. */
  readonly sessions: number | null;
  /** Sessions that sent the form. */
  readonly sent: number | null;
  /** Sessions that left the form unsent, this field being the last. */
  readonly left_here: number | null;
  /** Their share of the sessions that used it. */
  readonly left_share: number | null;
  /** Lower end of the 95% interval of that share. */
  readonly left_share_low: number | null;
  /** Upper end of that interval. */
  readonly left_share_high: number | null;
  /** How often the field was used. */
  readonly entries: number | null;
  /** Median time in the field. */
  readonly acting_p50_ms: number | null;
  /** The time that 19 of 20 uses do not exceed. */
  readonly acting_p95_ms: number | null;
  /** Median time from entering the field to its first input. */
  readonly first_input_p50_ms: number | null;
  /** Corrections in the field. */
  readonly corrections: number | null;
  /** How often the filled field was filled in anew. */
  readonly refills: number | null;
  /** How often it failed validation. */
  readonly errors: number | null;
  /** Customers who used it. */
  readonly customers: number | null;
  /** Customers with a session that left the form unsent, this field being the last. */
  readonly customers_left: number | null;
}

/** Parameters of `searches`. */
export interface SearchesParams extends CommonParams {
  /** How many terms to list, the most frequent first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Searches: What do customers search for, do they find something, and do they buy then? */
export interface SearchesRow {
  /** What was searched for, in small letters. */
  readonly term: string | null;
  /** How often. */
  readonly searches: number | null;
  /** In how many sessions. */
  readonly sessions: number | null;
  /** By how many customers. */
  readonly customers: number | null;
  /** Searches that found something. */
  readonly with_results: number | null;
  /** Searches that found nothing. */
  readonly without_results: number | null;
  /** Share of the searches that found nothing, of those whose number of results is known. */
  readonly without_share: number | null;
  /** Lower end of its 95% interval. */
  readonly without_share_low: number | null;
  /** Upper end of its 95% interval. */
  readonly without_share_high: number | null;
  /** Sessions with an order after the search. */
  readonly then_bought: number | null;
  /** Their share of the sessions with the search. */
  readonly conversion: number | null;
  /** Lower end of the 95% interval of that share. */
  readonly conversion_low: number | null;
  /** Upper end of that interval. */
  readonly conversion_high: number | null;
}

/** Parameters of `errors`. */
export interface ErrorsParams extends CommonParams {
  /** How many rows to list, most sessions first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Errors: Which scripts and requests fail, on which pages, and what became of the sessions that met them? */
export interface ErrorsRow {
  /** The error's class, or http_ and the status of a failed request. */
  readonly error: string | null;
  /** The script or the request that failed, without its query. */
  readonly address: string | null;
  /** Path of the page on which it happened. */
  readonly page: string | null;
  /** How often. */
  readonly times: number | null;
  /** Sessions that met it. */
  readonly sessions: number | null;
  /** Their share of all sessions. */
  readonly share_of_sessions: number | null;
  /** Lower end of its 95% interval. */
  readonly share_of_sessions_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_of_sessions_high: number | null;
  /** Customers with such a session. */
  readonly customers: number | null;
  /** Share of these sessions that have an order. */
  readonly conversion_with: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_with_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_with_high: number | null;
  /** The same share of the other sessions that saw this page. */
  readonly conversion_without: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_without_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_without_high: number | null;
  /** The first share less the second. */
  readonly difference: number | null;
  /** Lower end of the 95% interval of the difference. */
  readonly difference_low: number | null;
  /** Upper end of that interval. */
  readonly difference_high: number | null;
  /** Customers with it, first those who did not buy. */
  readonly examples: Json;
}

/** Parameters of `vitals`. */
export interface VitalsParams extends CommonParams {
  /** page: a row for each page. site: all pages together. Left out: `page`. */
  readonly by?: 'page' | 'site';
  /** each: a row for each kind of device. all: all devices together. Otherwise only this kind of device. Left out: `each`. */
  readonly device?: 'each' | 'all' | 'desktop' | 'mobile' | 'tablet' | 'other' | 'unknown';
  /** How many pages to list, the most loaded first; 1 to 10000. Left out: `100`. */
  readonly top?: number;
}

/** Web Vitals: How fast do pages load and answer, and are they stable, by Google's Core Web Vitals? */
export interface VitalsRow {
  /** Path of the page; empty for the whole site. */
  readonly page: string | null;
  /** Kind of device: desktop, mobile, tablet, other or unknown; all where devices are taken together. */
  readonly device: string | null;
  /** LCP, INP and CLS are the Core Web Vitals; FCP and TTFB explain them. */
  readonly metric: string | null;
  /** Page loads that measured it. */
  readonly loads: number | null;
  /** The value that three of four loads do not exceed, in the unit of its row. */
  readonly p75: number | null;
  /** Lower end of the 95% interval of p75. */
  readonly p75_low: number | null;
  /** Upper end of that interval. */
  readonly p75_high: number | null;
  /** What the value counts: ms, or score for CLS, which has no unit. */
  readonly unit: string | null;
  /** Google's band of p75: good, needs improvement or poor. */
  readonly rating: string | null;
  /** Share of the loads that are good. */
  readonly good: number | null;
  /** Lower end of its 95% interval. */
  readonly good_low: number | null;
  /** Upper end of its 95% interval. */
  readonly good_high: number | null;
  /** Share of the loads between good and poor. */
  readonly needs_improvement: number | null;
  /** Lower end of its 95% interval. */
  readonly needs_improvement_low: number | null;
  /** Upper end of its 95% interval. */
  readonly needs_improvement_high: number | null;
  /** Share of the loads that are poor. */
  readonly poor: number | null;
  /** Lower end of its 95% interval. */
  readonly poor_low: number | null;
  /** Upper end of its 95% interval. */
  readonly poor_high: number | null;
}

/** Parameters of `audience`. */
export interface AudienceParams extends CommonParams {
  /** The property of visits by which they are grouped. Left out: `device`. */
  readonly by?: 'nothing' | 'channel' | 'source_medium' | 'campaign' | 'landing_page' | 'visit' | 'device' | 'browser' | 'browser_version' | 'language' | 'country' | 'screen' | 'property';
  /** With by=property: the name of a text field of touchpoints, or of a property of the site's own. */
  readonly property?: string;
  /** How many groups, those with most sessions; the others are one row. Left out: `50`. */
  readonly top?: number;
}

/** Audience: On which devices and browsers, in which languages and countries do visits take place, and which of them end with an order? */
export interface AudienceRow {
  /** The group of visits; unknown where they do not tell. */
  readonly group: string | null;
  /** Sessions in it. */
  readonly sessions: number | null;
  /** Their share of all sessions. */
  readonly share_of_sessions: number | null;
  /** Lower end of its 95% interval. */
  readonly share_of_sessions_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_of_sessions_high: number | null;
  /** Customers with such a session. */
  readonly customers: number | null;
  /** Sessions in it that have an order. */
  readonly converted: number | null;
  /** Their share of the sessions in it. */
  readonly conversion: number | null;
  /** Lower end of its 95% interval. */
  readonly conversion_low: number | null;
  /** Upper end of its 95% interval. */
  readonly conversion_high: number | null;
}

/** Parameters of `lifetime-value`. */
export interface LifetimeValueParams extends CommonParams {
  /** The model of repeat buying: customers cease after a purchase (bg-nbd), or at any time (pareto-nbd). Left out: `bg-nbd`. */
  readonly model?: 'bg-nbd' | 'pareto-nbd';
  /** Days after the last touchpoint for which purchases are expected; 1 to 3650. Left out: `365`. */
  readonly horizon_days?: number;
}

/** Lifetime value: How many customers are still customers, and what will they buy and spend? */
export interface LifetimeValueRow {
  /** The figure. */
  readonly name: string | null;
  /** Its value, in its unit. */
  readonly value: number | null;
  /** What the value counts. */
  readonly unit: string | null;
  /** Lower end of the 95% interval, where the figure is an estimate. */
  readonly low: number | null;
  /** Upper end of the 95% interval. */
  readonly high: number | null;
  /** How the figure is defined. */
  readonly doc: string | null;
}

/** Parameters of `customer-values`. */
export interface CustomerValuesParams extends CommonParams {
  /** The model of repeat buying: customers cease after a purchase (bg-nbd), or at any time (pareto-nbd). Left out: `bg-nbd`. */
  readonly model?: 'bg-nbd' | 'pareto-nbd';
  /** Days after the last touchpoint for which purchases are expected; 1 to 3650. Left out: `365`. */
  readonly horizon_days?: number;
  /** By which column, the largest first. Left out: `expected_value`. */
  readonly sort?: 'expected_value' | 'expected_purchases' | 'alive' | 'observed_value';
  /** Customers on a page of the list; 1 to 1000000. Left out: `50`. */
  readonly limit?: number;
  /** Customers before this page of the list; 0 to 100000000. Left out: `0`. */
  readonly offset?: number;
}

/** Customer values: Which customers are expected to buy again, and what will they spend? */
export interface CustomerValuesRow {
  /** The customer's key. */
  readonly customer: string | null;
  /** Days with an order. */
  readonly purchases: number | null;
  /** Value of the orders, before refunds. */
  readonly observed_value: number | null;
  /** Weeks from the last purchase to the end of the range. */
  readonly weeks_since_last: number | null;
  /** Probability of still being a customer at the end of the range. */
  readonly alive: number | null;
  /** Purchases expected within the horizon. */
  readonly expected_purchases: number | null;
  /** Expected value of a purchase. */
  readonly expected_amount: number | null;
  /** Expected value of the purchases within the horizon. */
  readonly expected_value: number | null;
}

/** Parameters of `rfm`. */
export interface RfmParams extends CommonParams {
  /** Days before the end of the range to compare with; 1 to 3650. Left out: `90`. */
  readonly before_days?: number;
}

/** Recency, frequency, money: Which buyers are the best, which are drifting away, and how do they move between these groups? */
export interface RfmRow {
  /** The group of buyers. */
  readonly segment: string | null;
  /** Its scores: R for recency, FM for the mean of frequency and money, each 1 to 5. */
  readonly rule: string | null;
  /** Buyers in it at the end of the range. */
  readonly customers: number | null;
  /** Their share of all buyers. */
  readonly share: number | null;
  /** Lower end of its 95% interval. */
  readonly share_low: number | null;
  /** Upper end of its 95% interval. */
  readonly share_high: number | null;
  /** Their purchases: days with an order. */
  readonly purchases: number | null;
  /** Value of their orders, before refunds. */
  readonly value: number | null;
  /** Median of the days since the last purchase. */
  readonly days_since_last: number | null;
  /** Mean probability that they are no customers any more (BG/NBD). */
  readonly churn_risk: number | null;
  /** Buyers in it so many days before. */
  readonly before: number | null;
  /** Buyers who have come into it since then from another segment. */
  readonly joined: number | null;
  /** Buyers in it who had not bought then. */
  readonly new: number | null;
  /** Buyers who have gone from it to another segment since then. */
  readonly left: number | null;
}

/** Parameters of `customers`. */
export interface CustomersParams extends CommonParams {
  /** Only customers whose key, or one of whose visitors, has this text in it. */
  readonly search?: string;
  /** Only customers who were in this stage; with channel, in a visit from it; with a signal, when it was found. */
  readonly stage?: string;
  /** Only customers with a visit from this channel, such as Organic Search. */
  readonly channel?: string;
  /** Only customers with this signal, such as rage_click. */
  readonly signal?: string;
  /** Only customers with a signal on the page of this path; with an error, where that happened; (none): on no known page. */
  readonly page?: string;
  /** Only customers with a signal at this element; (none): at no element. */
  readonly element?: string;
  /** Only customers who came to this checkout step; with a signal, where it was found; (none): in no step. */
  readonly step?: string;
  /** Only customers who used this form; with a signal, where it was found; (none): one without a name. */
  readonly form?: string;
  /** Only customers who used this form field; with a signal, where it was found; (none): at no field. */
  readonly field?: string;
  /** Only customers who met this error, such as TypeError or http_500. */
  readonly error?: string;
  /** Only customers who met an error of the script or request at this address. */
  readonly address?: string;
  /** Only customers with a visit in this group of the split by, such as mobile; a row of the report audience. */
  readonly group?: string;
  /** The property of visits that group is a value of. Left out: `device`. */
  readonly by?: 'nothing' | 'channel' | 'source_medium' | 'campaign' | 'landing_page' | 'visit' | 'device' | 'browser' | 'browser_version' | 'language' | 'country' | 'screen' | 'property';
  /** With by=property: the name of a text field of touchpoints, or of a property of the site's own. */
  readonly property?: string;
  /** Only customers who searched for this. */
  readonly term?: string;
  /** Only customers who went on from this touchpoint, or (start), in a session; a row of the report paths. */
  readonly after?: string;
  /** Only customers who went on to this touchpoint, or (end), in a session. */
  readonly next?: string;
  /** What after and next name: kinds of touchpoints, or pages by their paths. Left out: `kind`. */
  readonly nodes?: 'kind' | 'page';
  /** yes: clicks and copied texts are steps between after and next, too. Left out: `no`. */
  readonly clicks?: 'no' | 'yes';
  /** Only customers who went through these steps, names of touchpoints in order, as the report funnel counts them. */
  readonly steps?: string;
  /** How many of these steps they reached at least; 0: all of them. Left out: `0`. */
  readonly reached?: number;
  /** Days from the first of the steps within which the others must follow. Left out: `7`. */
  readonly window_days?: number;
  /** In which order the steps must come, as in the report funnel. Left out: `ordered`. */
  readonly order?: 'ordered' | 'strict' | 'any';
  /** lost: only customers who abandoned a session at the checkout step, left the form unsent at the field, or went no further than to the step of the funnel before. Left out: `any`. */
  readonly outcome?: 'any' | 'lost';
  /** By which column, the largest first. Left out: `last_seen`. */
  readonly sort?: 'last_seen' | 'value' | 'orders' | 'sessions' | 'signals';
  /** Customers on a page of the list; 1 to 500. Left out: `50`. */
  readonly limit?: number;
  /** Customers before this page of the list; 0 to 100000. Left out: `0`. */
  readonly offset?: number;
}

/** Customers: Who are the customers, what did they order, where do they stand, and what did they meet? */
export interface CustomersRow {
  /** The customer's key. */
  readonly customer: string | null;
  /** When the last touchpoint was. */
  readonly last_seen: number | null;
  /** Sessions. */
  readonly sessions: number | null;
  /** Orders. */
  readonly orders: number | null;
  /** Value of the orders in the customer's currency, before refunds. */
  readonly value: number | null;
  /** The currency of most of the customer's orders. */
  readonly currency: string | null;
  /** Stage of the last touchpoint. */
  readonly stage: string | null;
  /** Channel of the last visit. */
  readonly channel: string | null;
  /** Signals. */
  readonly signals: number | null;
  /** Those of them in which something was in the way. */
  readonly friction_signals: number | null;
  /** When the first touchpoint was. */
  readonly first_seen: number | null;
}

/** Parameters of `profile`. */
export interface ProfileParams extends CommonParams {
  /** A browser's identity; shows the customer whose browser it is. */
  readonly visitor?: string;
  /** A customer's identity. */
  readonly customer?: string;
}

/** Profile: Who is one customer: since when, how often, what was ordered, and where do they stand? */
export interface ProfileRow {
  /** The fact. */
  readonly name: string | null;
  /** What the fact is about: a currency, a signal, a device, a browser. */
  readonly of: string | null;
  /** A number or a time, in its unit. */
  readonly value: number | null;
  /** What the value counts. */
  readonly unit: string | null;
  /** The fact in words, where it is no number. */
  readonly text: string | null;
  /** The customer's key. */
  readonly customer: string | null;
  /** How the fact is defined. */
  readonly doc: string | null;
}

/** Parameters of `timeline`. */
export interface TimelineParams extends CommonParams {
  /** A browser's identity; lists what happened in that browser. */
  readonly visitor?: string;
  /** A customer's identity; lists what happened in all their browsers. */
  readonly customer?: string;
}

/** Timeline: What did one customer do, in order? */
export interface TimelineRow {
  /** When, by the visitor's clock; printed in the time zone of the report. */
  readonly time: number | null;
  /** Number of the session in the customer's journey, from 1. */
  readonly session: number | null;
  /** Stage of the journey. */
  readonly stage: string | null;
  /** Channel of the session. */
  readonly channel: string | null;
  /** Touchpoint, by its own name where it is the site's; signal for what the model found. */
  readonly kind: string | null;
  /** What it says, in short. */
  readonly detail: string | null;
  /** Identity of the event: writer and number. Of a signal, the event that decided it. */
  readonly event: string | null;
  /** The browser's identity. */
  readonly visitor: string | null;
  /** All that the touchpoint says. */
  readonly fields: Json;
}

/** Parameters of `data-quality`. */
export type DataQualityParams = CommonParams;

/** Data quality: What is wrong with the data, or kept out of the reports, and what can be done? */
export interface DataQualityRow {
  /** What was looked for. */
  readonly check: string | null;
  /** What it was found in: a reason, a name. */
  readonly subject: string | null;
  /** How often it was found. */
  readonly count: number | null;
  /** Among how many. */
  readonly of: number | null;
  /** Its share of them. */
  readonly share: number | null;
  /** What it means and what to do. */
  readonly advice: string | null;
}

/** The parameters of each report. */
export interface ReportParams {
  readonly kpis: KpisParams;
  readonly trend: TrendParams;
  readonly 'journey-map': JourneyMapParams;
  readonly funnel: FunnelParams;
  readonly checkout: CheckoutParams;
  readonly carts: CartsParams;
  readonly paths: PathsParams;
  readonly retention: RetentionParams;
  readonly 'revenue-cohorts': RevenueCohortsParams;
  readonly attribution: AttributionParams;
  readonly 'conversion-paths': ConversionPathsParams;
  readonly 'led-here': LedHereParams;
  readonly products: ProductsParams;
  readonly 'bought-together': BoughtTogetherParams;
  readonly channels: ChannelsParams;
  readonly service: ServiceParams;
  readonly returns: ReturnsParams;
  readonly intent: IntentParams;
  readonly signals: SignalsParams;
  readonly forms: FormsParams;
  readonly searches: SearchesParams;
  readonly errors: ErrorsParams;
  readonly vitals: VitalsParams;
  readonly audience: AudienceParams;
  readonly 'lifetime-value': LifetimeValueParams;
  readonly 'customer-values': CustomerValuesParams;
  readonly rfm: RfmParams;
  readonly customers: CustomersParams;
  readonly profile: ProfileParams;
  readonly timeline: TimelineParams;
  readonly 'data-quality': DataQualityParams;
}

/** A row of each report, its cells by the names of their columns. */
export interface ReportRows {
  readonly kpis: KpisRow;
  readonly trend: TrendRow;
  readonly 'journey-map': JourneyMapRow;
  readonly funnel: FunnelRow;
  readonly checkout: CheckoutRow;
  readonly carts: CartsRow;
  readonly paths: PathsRow;
  readonly retention: RetentionRow;
  readonly 'revenue-cohorts': RevenueCohortsRow;
  readonly attribution: AttributionRow;
  readonly 'conversion-paths': ConversionPathsRow;
  readonly 'led-here': LedHereRow;
  readonly products: ProductsRow;
  readonly 'bought-together': BoughtTogetherRow;
  readonly channels: ChannelsRow;
  readonly service: ServiceRow;
  readonly returns: ReturnsRow;
  readonly intent: IntentRow;
  readonly signals: SignalsRow;
  readonly forms: FormsRow;
  readonly searches: SearchesRow;
  readonly errors: ErrorsRow;
  readonly vitals: VitalsRow;
  readonly audience: AudienceRow;
  readonly 'lifetime-value': LifetimeValueRow;
  readonly 'customer-values': CustomerValuesRow;
  readonly rfm: RfmRow;
  readonly customers: CustomersRow;
  readonly profile: ProfileRow;
  readonly timeline: TimelineRow;
  readonly 'data-quality': DataQualityRow;
}

/** The columns of each report in their order, for those who name one. Their words come with each answer. */
export const COLUMNS = {
  kpis: {
    name: { type: 'text' },
    value: { type: 'number' },
    unit: { type: 'text' },
    low: { type: 'number' },
    high: { type: 'number' },
    numerator: { type: 'number' },
    denominator: { type: 'number', unit: 'count' },
    doc: { type: 'text' },
  },
  trend: {
    period: { type: 'text' },
    name: { type: 'text' },
    group: { type: 'text' },
    value: { type: 'number' },
    unit: { type: 'text' },
    low: { type: 'number' },
    high: { type: 'number' },
    numerator: { type: 'number' },
    denominator: { type: 'number', unit: 'count' },
    complete: { type: 'text' },
  },
  'journey-map': {
    stage: { type: 'text' },
    channel: { type: 'text' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    sessions: { type: 'number', unit: 'count' },
    touchpoints: { type: 'number', unit: 'count' },
    purchases: { type: 'number', unit: 'count' },
    conversion: { type: 'number', unit: 'ratio' },
    drop_off: { type: 'number', unit: 'ratio' },
    median_time_ms: { type: 'number', unit: 'ms' },
    signals: { type: 'number', unit: 'count' },
    friction_signals: { type: 'number', unit: 'count' },
  },
  funnel: {
    step: { type: 'number', unit: 'count' },
    kind: { type: 'text' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    conversion_from_start: { type: 'number', unit: 'ratio' },
    conversion_from_previous: { type: 'number', unit: 'ratio' },
    drop_off: { type: 'number', unit: 'ratio' },
    low: { type: 'number', unit: 'ratio' },
    high: { type: 'number', unit: 'ratio' },
    median_time_ms: { type: 'number', unit: 'ms' },
    lost: { type: 'number', unit: 'count', link: 'customers' },
  },
  checkout: {
    step: { type: 'text' },
    sessions: { type: 'number', unit: 'count' },
    completed: { type: 'number', unit: 'count' },
    bought_later: { type: 'number', unit: 'count' },
    abandoned: { type: 'number', unit: 'count' },
    acting_p50_ms: { type: 'number', unit: 'ms' },
    acting_p95_ms: { type: 'number', unit: 'ms' },
    waiting_p50_ms: { type: 'number', unit: 'ms' },
    waiting_p95_ms: { type: 'number', unit: 'ms' },
    total_p50_ms: { type: 'number', unit: 'ms' },
    total_p95_ms: { type: 'number', unit: 'ms' },
    reloads: { type: 'number', unit: 'count' },
    slow_signals: { type: 'number', unit: 'count' },
    field_errors: { type: 'number', unit: 'count' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    customers_lost: { type: 'number', unit: 'count', link: 'customers' },
  },
  carts: {
    day: { type: 'text' },
    channel: { type: 'text' },
    carts: { type: 'number', unit: 'count' },
    bought: { type: 'number', unit: 'count' },
    bought_later: { type: 'number', unit: 'count' },
    abandoned: { type: 'number', unit: 'count' },
    abandonment: { type: 'number', unit: 'ratio', main: true },
    abandonment_low: { type: 'number', unit: 'ratio' },
    abandonment_high: { type: 'number', unit: 'ratio' },
  },
  paths: {
    from: { type: 'text' },
    to: { type: 'text' },
    transitions: { type: 'number', unit: 'count' },
    sessions: { type: 'number', unit: 'count' },
    share: { type: 'number', unit: 'ratio' },
    median_gap_ms: { type: 'number', unit: 'ms' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
  },
  retention: {
    cohort: { type: 'text' },
    week: { type: 'number', unit: 'count' },
    customers: { type: 'number', unit: 'count' },
    returned: { type: 'number', unit: 'count' },
    retention: { type: 'number', unit: 'ratio', main: true },
    retention_low: { type: 'number', unit: 'ratio' },
    retention_high: { type: 'number', unit: 'ratio' },
  },
  'revenue-cohorts': {
    cohort: { type: 'text' },
    channel: { type: 'text' },
    period: { type: 'number', unit: 'count' },
    complete: { type: 'text' },
    customers: { type: 'number', unit: 'count' },
    orders: { type: 'number', unit: 'count' },
    revenue: { type: 'number', unit: 'money' },
    revenue_per_customer: { type: 'number', unit: 'money', main: true },
    revenue_per_customer_low: { type: 'number', unit: 'money' },
    revenue_per_customer_high: { type: 'number', unit: 'money' },
    margin_per_customer: { type: 'number', unit: 'money' },
  },
  attribution: {
    channel: { type: 'text' },
    paths: { type: 'number', unit: 'count' },
    converted: { type: 'number', unit: 'count' },
    cost: { type: 'number', unit: 'money' },
    removal_effect: { type: 'number', unit: 'ratio' },
    removal_effect_low: { type: 'number', unit: 'ratio' },
    removal_effect_high: { type: 'number', unit: 'ratio' },
    markov: { type: 'number', unit: 'count', main: true },
    markov_low: { type: 'number', unit: 'count' },
    markov_high: { type: 'number', unit: 'count' },
    shapley: { type: 'number', unit: 'count' },
    shapley_low: { type: 'number', unit: 'count' },
    shapley_high: { type: 'number', unit: 'count' },
    first_touch: { type: 'number', unit: 'count' },
    first_touch_low: { type: 'number', unit: 'count' },
    first_touch_high: { type: 'number', unit: 'count' },
    last_touch: { type: 'number', unit: 'count' },
    last_touch_low: { type: 'number', unit: 'count' },
    last_touch_high: { type: 'number', unit: 'count' },
    last_non_direct: { type: 'number', unit: 'count' },
    last_non_direct_low: { type: 'number', unit: 'count' },
    last_non_direct_high: { type: 'number', unit: 'count' },
    linear: { type: 'number', unit: 'count' },
    linear_low: { type: 'number', unit: 'count' },
    linear_high: { type: 'number', unit: 'count' },
    time_decay: { type: 'number', unit: 'count' },
    time_decay_low: { type: 'number', unit: 'count' },
    time_decay_high: { type: 'number', unit: 'count' },
    u_shaped: { type: 'number', unit: 'count' },
    u_shaped_low: { type: 'number', unit: 'count' },
    u_shaped_high: { type: 'number', unit: 'count' },
    j_shaped: { type: 'number', unit: 'count' },
    j_shaped_low: { type: 'number', unit: 'count' },
    j_shaped_high: { type: 'number', unit: 'count' },
    inverse_j: { type: 'number', unit: 'count' },
    inverse_j_low: { type: 'number', unit: 'count' },
    inverse_j_high: { type: 'number', unit: 'count' },
    participation: { type: 'number', unit: 'count' },
    participation_low: { type: 'number', unit: 'count' },
    participation_high: { type: 'number', unit: 'count' },
  },
  'conversion-paths': {
    path: { type: 'text' },
    converted: { type: 'number', unit: 'count', main: true },
    share: { type: 'number', unit: 'ratio' },
    share_low: { type: 'number', unit: 'ratio' },
    share_high: { type: 'number', unit: 'ratio' },
    paths: { type: 'number', unit: 'count' },
    conversion: { type: 'number', unit: 'ratio' },
    conversion_low: { type: 'number', unit: 'ratio' },
    conversion_high: { type: 'number', unit: 'ratio' },
    median_touches: { type: 'number', unit: 'count' },
    median_time_ms: { type: 'number', unit: 'ms' },
  },
  'led-here': {
    what: { type: 'text' },
    name: { type: 'text' },
    reached: { type: 'number', unit: 'count' },
    share_reached: { type: 'number', unit: 'ratio' },
    share_reached_low: { type: 'number', unit: 'ratio' },
    share_reached_high: { type: 'number', unit: 'ratio' },
    others: { type: 'number', unit: 'count' },
    share_others: { type: 'number', unit: 'ratio' },
    share_others_low: { type: 'number', unit: 'ratio' },
    share_others_high: { type: 'number', unit: 'ratio' },
    difference: { type: 'number', unit: 'ratio' },
    difference_low: { type: 'number', unit: 'ratio' },
    difference_high: { type: 'number', unit: 'ratio' },
    lift: { type: 'number', unit: 'score', main: true },
    lift_low: { type: 'number', unit: 'score' },
    lift_high: { type: 'number', unit: 'score' },
    p_value: { type: 'number', unit: 'score' },
    q_value: { type: 'number', unit: 'score' },
    clear: { type: 'text' },
  },
  products: {
    product: { type: 'text' },
    name: { type: 'text' },
    viewed: { type: 'number', unit: 'count' },
    added: { type: 'number', unit: 'count' },
    removed: { type: 'number', unit: 'count' },
    bought: { type: 'number', unit: 'count' },
    conversion: { type: 'number', unit: 'ratio' },
    conversion_low: { type: 'number', unit: 'ratio' },
    conversion_high: { type: 'number', unit: 'ratio' },
    left: { type: 'number', unit: 'count' },
    abandonment: { type: 'number', unit: 'ratio' },
    abandonment_low: { type: 'number', unit: 'ratio' },
    abandonment_high: { type: 'number', unit: 'ratio' },
    abandoned_value: { type: 'number', unit: 'money' },
    orders: { type: 'number', unit: 'count' },
    units: { type: 'number', unit: 'count' },
    sold: { type: 'number', unit: 'money' },
    returned_orders: { type: 'number', unit: 'count' },
    return_rate: { type: 'number', unit: 'ratio' },
    return_rate_low: { type: 'number', unit: 'ratio' },
    return_rate_high: { type: 'number', unit: 'ratio' },
    returned_units: { type: 'number', unit: 'count' },
    paid_back: { type: 'number', unit: 'money' },
    revenue: { type: 'number', unit: 'money', main: true },
  },
  'bought-together': {
    first: { type: 'text' },
    second: { type: 'text' },
    orders: { type: 'number', unit: 'count' },
    share: { type: 'number', unit: 'ratio' },
    share_low: { type: 'number', unit: 'ratio' },
    share_high: { type: 'number', unit: 'ratio' },
    orders_first: { type: 'number', unit: 'count' },
    second_of_first: { type: 'number', unit: 'ratio' },
    second_of_first_low: { type: 'number', unit: 'ratio' },
    second_of_first_high: { type: 'number', unit: 'ratio' },
    orders_second: { type: 'number', unit: 'count' },
    first_of_second: { type: 'number', unit: 'ratio' },
    first_of_second_low: { type: 'number', unit: 'ratio' },
    first_of_second_high: { type: 'number', unit: 'ratio' },
    lift: { type: 'number', unit: 'score', main: true },
    lift_low: { type: 'number', unit: 'score' },
    lift_high: { type: 'number', unit: 'score' },
  },
  channels: {
    kind: { type: 'text' },
    channel: { type: 'text' },
    place: { type: 'text' },
    touchpoints: { type: 'number', unit: 'count', main: true },
    customers: { type: 'number', unit: 'count' },
    contacts: { type: 'number', unit: 'count' },
    contacts_before: { type: 'number', unit: 'count' },
    contacts_after: { type: 'number', unit: 'count' },
    resolved: { type: 'number', unit: 'ratio' },
    resolved_low: { type: 'number', unit: 'ratio' },
    resolved_high: { type: 'number', unit: 'ratio' },
    satisfaction: { type: 'number', unit: 'ratio' },
    satisfaction_low: { type: 'number', unit: 'ratio' },
    satisfaction_high: { type: 'number', unit: 'ratio' },
    satisfaction_answers: { type: 'number', unit: 'count' },
    effort: { type: 'number', unit: 'score' },
    effort_low: { type: 'number', unit: 'score' },
    effort_high: { type: 'number', unit: 'score' },
    effort_answers: { type: 'number', unit: 'count' },
    conversion: { type: 'number', unit: 'ratio' },
    conversion_low: { type: 'number', unit: 'ratio' },
    conversion_high: { type: 'number', unit: 'ratio' },
    orders: { type: 'number', unit: 'count' },
    revenue: { type: 'number', unit: 'money' },
  },
  service: {
    group: { type: 'text' },
    contacts: { type: 'number', unit: 'count', main: true },
    share: { type: 'number', unit: 'ratio' },
    share_low: { type: 'number', unit: 'ratio' },
    share_high: { type: 'number', unit: 'ratio' },
    customers: { type: 'number', unit: 'count' },
    after_sales: { type: 'number', unit: 'count' },
    resolved: { type: 'number', unit: 'ratio' },
    resolved_low: { type: 'number', unit: 'ratio' },
    resolved_high: { type: 'number', unit: 'ratio' },
    resolved_difference: { type: 'number', unit: 'ratio' },
    resolved_difference_low: { type: 'number', unit: 'ratio' },
    resolved_difference_high: { type: 'number', unit: 'ratio' },
    repeated: { type: 'number', unit: 'ratio' },
    repeated_low: { type: 'number', unit: 'ratio' },
    repeated_high: { type: 'number', unit: 'ratio' },
    median_duration_ms: { type: 'number', unit: 'ms' },
    satisfaction: { type: 'number', unit: 'ratio' },
    satisfaction_low: { type: 'number', unit: 'ratio' },
    satisfaction_high: { type: 'number', unit: 'ratio' },
    satisfaction_answers: { type: 'number', unit: 'count' },
    effort: { type: 'number', unit: 'score' },
    effort_low: { type: 'number', unit: 'score' },
    effort_high: { type: 'number', unit: 'score' },
    effort_answers: { type: 'number', unit: 'count' },
    ordered_later: { type: 'number', unit: 'ratio' },
    ordered_later_low: { type: 'number', unit: 'ratio' },
    ordered_later_high: { type: 'number', unit: 'ratio' },
  },
  returns: {
    group: { type: 'text' },
    refunds: { type: 'number', unit: 'count', main: true },
    share: { type: 'number', unit: 'ratio' },
    share_low: { type: 'number', unit: 'ratio' },
    share_high: { type: 'number', unit: 'ratio' },
    customers: { type: 'number', unit: 'count' },
    paid_back: { type: 'number', unit: 'money' },
    median_time_ms: { type: 'number', unit: 'ms' },
    satisfaction: { type: 'number', unit: 'ratio' },
    satisfaction_low: { type: 'number', unit: 'ratio' },
    satisfaction_high: { type: 'number', unit: 'ratio' },
    satisfaction_answers: { type: 'number', unit: 'count' },
    effort: { type: 'number', unit: 'score' },
    effort_low: { type: 'number', unit: 'score' },
    effort_high: { type: 'number', unit: 'score' },
    effort_answers: { type: 'number', unit: 'count' },
    ordered_later: { type: 'number', unit: 'ratio' },
    ordered_later_low: { type: 'number', unit: 'ratio' },
    ordered_later_high: { type: 'number', unit: 'ratio' },
  },
  intent: {
    moment: { type: 'text' },
    signal: { type: 'text' },
    page: { type: 'text' },
    sessions: { type: 'number', unit: 'count', main: true },
    share_of_sessions: { type: 'number', unit: 'ratio' },
    share_of_sessions_low: { type: 'number', unit: 'ratio' },
    share_of_sessions_high: { type: 'number', unit: 'ratio' },
    customers: { type: 'number', unit: 'count' },
    conversion_with: { type: 'number', unit: 'ratio' },
    conversion_with_low: { type: 'number', unit: 'ratio' },
    conversion_with_high: { type: 'number', unit: 'ratio' },
    conversion_without: { type: 'number', unit: 'ratio' },
    conversion_without_low: { type: 'number', unit: 'ratio' },
    conversion_without_high: { type: 'number', unit: 'ratio' },
    difference: { type: 'number', unit: 'ratio' },
    difference_low: { type: 'number', unit: 'ratio' },
    difference_high: { type: 'number', unit: 'ratio' },
    bought_later: { type: 'number', unit: 'count' },
    contacted: { type: 'number', unit: 'ratio' },
    contacted_low: { type: 'number', unit: 'ratio' },
    contacted_high: { type: 'number', unit: 'ratio' },
    ended: { type: 'number', unit: 'ratio' },
    ended_low: { type: 'number', unit: 'ratio' },
    ended_high: { type: 'number', unit: 'ratio' },
    friction: { type: 'number', unit: 'ratio' },
    friction_low: { type: 'number', unit: 'ratio' },
    friction_high: { type: 'number', unit: 'ratio' },
    without_results: { type: 'number', unit: 'ratio' },
    without_results_low: { type: 'number', unit: 'ratio' },
    without_results_high: { type: 'number', unit: 'ratio' },
    missing: { type: 'text' },
  },
  signals: {
    signal: { type: 'text' },
    family: { type: 'text' },
    stage: { type: 'text' },
    page: { type: 'text' },
    element: { type: 'text' },
    step: { type: 'text' },
    form: { type: 'text' },
    field: { type: 'text' },
    times: { type: 'number', unit: 'count' },
    sessions: { type: 'number', unit: 'count', main: true },
    share_of_sessions: { type: 'number', unit: 'ratio' },
    share_of_sessions_low: { type: 'number', unit: 'ratio' },
    share_of_sessions_high: { type: 'number', unit: 'ratio' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    share_of_customers: { type: 'number', unit: 'ratio' },
    share_of_customers_low: { type: 'number', unit: 'ratio' },
    share_of_customers_high: { type: 'number', unit: 'ratio' },
    conversion_with: { type: 'number', unit: 'ratio' },
    conversion_with_low: { type: 'number', unit: 'ratio' },
    conversion_with_high: { type: 'number', unit: 'ratio' },
    conversion_without: { type: 'number', unit: 'ratio' },
    conversion_without_low: { type: 'number', unit: 'ratio' },
    conversion_without_high: { type: 'number', unit: 'ratio' },
    difference: { type: 'number', unit: 'ratio' },
    difference_low: { type: 'number', unit: 'ratio' },
    difference_high: { type: 'number', unit: 'ratio' },
    at_stake: { type: 'number', unit: 'money' },
    examples: { type: 'json', link: 'customer' },
  },
  forms: {
    form: { type: 'text' },
    field: { type: 'text' },
    sessions: { type: 'number', unit: 'count' },
    sent: { type: 'number', unit: 'count' },
    left_here: { type: 'number', unit: 'count', main: true },
    left_share: { type: 'number', unit: 'ratio' },
    left_share_low: { type: 'number', unit: 'ratio' },
    left_share_high: { type: 'number', unit: 'ratio' },
    entries: { type: 'number', unit: 'count' },
    acting_p50_ms: { type: 'number', unit: 'ms' },
    acting_p95_ms: { type: 'number', unit: 'ms' },
    first_input_p50_ms: { type: 'number', unit: 'ms' },
    corrections: { type: 'number', unit: 'count' },
    refills: { type: 'number', unit: 'count' },
    errors: { type: 'number', unit: 'count' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    customers_left: { type: 'number', unit: 'count', link: 'customers' },
  },
  searches: {
    term: { type: 'text' },
    searches: { type: 'number', unit: 'count', main: true },
    sessions: { type: 'number', unit: 'count' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    with_results: { type: 'number', unit: 'count' },
    without_results: { type: 'number', unit: 'count' },
    without_share: { type: 'number', unit: 'ratio' },
    without_share_low: { type: 'number', unit: 'ratio' },
    without_share_high: { type: 'number', unit: 'ratio' },
    then_bought: { type: 'number', unit: 'count' },
    conversion: { type: 'number', unit: 'ratio' },
    conversion_low: { type: 'number', unit: 'ratio' },
    conversion_high: { type: 'number', unit: 'ratio' },
  },
  errors: {
    error: { type: 'text' },
    address: { type: 'text' },
    page: { type: 'text' },
    times: { type: 'number', unit: 'count' },
    sessions: { type: 'number', unit: 'count', main: true },
    share_of_sessions: { type: 'number', unit: 'ratio' },
    share_of_sessions_low: { type: 'number', unit: 'ratio' },
    share_of_sessions_high: { type: 'number', unit: 'ratio' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    conversion_with: { type: 'number', unit: 'ratio' },
    conversion_with_low: { type: 'number', unit: 'ratio' },
    conversion_with_high: { type: 'number', unit: 'ratio' },
    conversion_without: { type: 'number', unit: 'ratio' },
    conversion_without_low: { type: 'number', unit: 'ratio' },
    conversion_without_high: { type: 'number', unit: 'ratio' },
    difference: { type: 'number', unit: 'ratio' },
    difference_low: { type: 'number', unit: 'ratio' },
    difference_high: { type: 'number', unit: 'ratio' },
    examples: { type: 'json', link: 'customer' },
  },
  vitals: {
    page: { type: 'text' },
    device: { type: 'text' },
    metric: { type: 'text' },
    loads: { type: 'number', unit: 'count' },
    p75: { type: 'number' },
    p75_low: { type: 'number' },
    p75_high: { type: 'number' },
    unit: { type: 'text' },
    rating: { type: 'text' },
    good: { type: 'number', unit: 'ratio' },
    good_low: { type: 'number', unit: 'ratio' },
    good_high: { type: 'number', unit: 'ratio' },
    needs_improvement: { type: 'number', unit: 'ratio' },
    needs_improvement_low: { type: 'number', unit: 'ratio' },
    needs_improvement_high: { type: 'number', unit: 'ratio' },
    poor: { type: 'number', unit: 'ratio', main: true },
    poor_low: { type: 'number', unit: 'ratio' },
    poor_high: { type: 'number', unit: 'ratio' },
  },
  audience: {
    group: { type: 'text' },
    sessions: { type: 'number', unit: 'count', main: true },
    share_of_sessions: { type: 'number', unit: 'ratio' },
    share_of_sessions_low: { type: 'number', unit: 'ratio' },
    share_of_sessions_high: { type: 'number', unit: 'ratio' },
    customers: { type: 'number', unit: 'count', link: 'customers' },
    converted: { type: 'number', unit: 'count' },
    conversion: { type: 'number', unit: 'ratio' },
    conversion_low: { type: 'number', unit: 'ratio' },
    conversion_high: { type: 'number', unit: 'ratio' },
  },
  'lifetime-value': {
    name: { type: 'text' },
    value: { type: 'number' },
    unit: { type: 'text' },
    low: { type: 'number' },
    high: { type: 'number' },
    doc: { type: 'text' },
  },
  'customer-values': {
    customer: { type: 'text', link: 'customer' },
    purchases: { type: 'number', unit: 'count' },
    observed_value: { type: 'number', unit: 'money' },
    weeks_since_last: { type: 'number', unit: 'count' },
    alive: { type: 'number', unit: 'ratio' },
    expected_purchases: { type: 'number', unit: 'count', main: true },
    expected_amount: { type: 'number', unit: 'money' },
    expected_value: { type: 'number', unit: 'money' },
  },
  rfm: {
    segment: { type: 'text' },
    rule: { type: 'text' },
    customers: { type: 'number', unit: 'count', main: true },
    share: { type: 'number', unit: 'ratio' },
    share_low: { type: 'number', unit: 'ratio' },
    share_high: { type: 'number', unit: 'ratio' },
    purchases: { type: 'number', unit: 'count' },
    value: { type: 'number', unit: 'money' },
    days_since_last: { type: 'number', unit: 'count' },
    churn_risk: { type: 'number', unit: 'ratio' },
    before: { type: 'number', unit: 'count' },
    joined: { type: 'number', unit: 'count' },
    new: { type: 'number', unit: 'count' },
    left: { type: 'number', unit: 'count' },
  },
  customers: {
    customer: { type: 'text', link: 'customer' },
    last_seen: { type: 'number', unit: 'time' },
    sessions: { type: 'number', unit: 'count' },
    orders: { type: 'number', unit: 'count' },
    value: { type: 'number', unit: 'money' },
    currency: { type: 'text' },
    stage: { type: 'text' },
    channel: { type: 'text' },
    signals: { type: 'number', unit: 'count' },
    friction_signals: { type: 'number', unit: 'count' },
    first_seen: { type: 'number', unit: 'time' },
  },
  profile: {
    name: { type: 'text' },
    of: { type: 'text' },
    value: { type: 'number' },
    unit: { type: 'text' },
    text: { type: 'text' },
    customer: { type: 'text', link: 'customer' },
    doc: { type: 'text' },
  },
  timeline: {
    time: { type: 'number', unit: 'time' },
    session: { type: 'number', unit: 'count' },
    stage: { type: 'text' },
    channel: { type: 'text' },
    kind: { type: 'text' },
    detail: { type: 'text' },
    event: { type: 'text' },
    visitor: { type: 'text' },
    fields: { type: 'json' },
  },
  'data-quality': {
    check: { type: 'text' },
    subject: { type: 'text' },
    count: { type: 'number', unit: 'count', main: true },
    of: { type: 'number', unit: 'count' },
    share: { type: 'number', unit: 'ratio' },
    advice: { type: 'text' },
  },
} as const satisfies { readonly [Name in ReportName]: Record<keyof ReportRows[Name], ColumnFacts> };
