/** Stages across, channels down: where customers are, where they go on, and where they leave. */

import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';

import { fetchReport } from '../data/api.ts';
import { compact, count, duration, NONE, percent } from '../data/format.ts';
import { rowsOf, type NumberColumnOf, type Report, type RowOf } from '../data/report.ts';
import { casesMin, isFew } from '../data/sample.ts';
import { stageLabels, stageName, stageTitle } from '../data/stages.ts';
import { withOption } from '../data/state.ts';
import { walk } from '../data/walk.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { customersHref, keyOf, type Context } from '../ui/context.ts';
import { Segmented } from '../ui/controls.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { linkCell } from '../ui/link-cell.tsx';
import { Panel } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';

const said = text.journeyMap;

/** The numbers of a stage and a channel. */
type FieldRow = RowOf<'journey-map'>;

interface Metric {
  readonly value: keyof typeof said.metrics;
  readonly label: string;
  readonly of: (row: FieldRow) => number | undefined;
  readonly format: (value: number) => string;
  /** Whether more of it is something to worry about. */
  readonly bad: boolean;
}

const CUSTOMERS: Metric = {
  value: 'customers',
  label: said.metrics.customers.label,
  of: (row) => row.number('customers'),
  format: compact,
  bad: false,
};

const METRICS: readonly Metric[] = [
  CUSTOMERS,
  {
    value: 'conversion',
    label: said.metrics.conversion.label,
    of: (row) => row.number('conversion'),
    format: percent,
    bad: false,
  },
  {
    value: 'drop_off',
    label: said.metrics.drop_off.label,
    of: (row) => row.number('drop_off'),
    format: percent,
    bad: true,
  },
  {
    value: 'friction',
    label: said.metrics.friction.label,
    of: frictionPer100,
    format: (value) => count(Math.round(value * 10) / 10),
    bad: true,
  },
  {
    value: 'time',
    label: said.metrics.time.label,
    of: (row) => row.number('median_time_ms'),
    format: duration,
    bad: false,
  },
];

/** Rows of the picture; further channels are in the table. */
const MOST_CHANNELS = 14;

/** Shades of the map; the style sheet has one for each. */
const HEAT_STEPS = 7;

export function JourneyMap({ context }: SectionProps): JSX.Element {
  const { state, site, scope, go } = context;
  const metric = METRICS.find(({ value }) => value === state.options.get('metric')) ?? CUSTOMERS;
  // Kept here, so that other days show the same field.
  const [selected, select] = useState('');
  return (
    <div class="view">
      <Heading title={said.title} lead={said.lead}>
        <Segmented
          label={said.metric}
          choices={METRICS}
          value={metric.value}
          choose={(value) => go(withOption(state, 'metric', value === CUSTOMERS.value ? '' : value))}
        />
      </Heading>
      <Panel id={keyOf(context)} load={(signal) => fetchReport('journey-map', site.site, scope, {}, signal)}>
        {(report) => <Stages {...{ report, metric, context, selected, select }} />}
      </Panel>
    </div>
  );
}

interface StagesProps {
  readonly report: Report<'journey-map'>;
  readonly metric: Metric;
  readonly context: Context;
  /** The key of the field that the reader chose; empty before. */
  readonly selected: string;
  readonly select: (key: string) => void;
}

function Stages({ report, ...rest }: StagesProps): JSX.Element {
  const { context } = rest;
  const rows = useMemo(
    () => rowsOf(report).filter((row) => row.count('touchpoints') > 0 || row.count('customers') > 0),
    [report],
  );
  if (rows.length === 0) return <NothingHere context={context} things={said.nothing} />;
  return (
    <>
      <MapCard rows={rows} {...rest} />
      <DataTable
        report={report}
        caption={said.table}
        site={context.site.site}
        labels={said.columns}
        cell={(row, column) => linkCell(row, column, context)}
      />
      <Footing report={report} />
    </>
  );
}

type MapProps = Omit<StagesProps, 'report'> & { readonly rows: readonly FieldRow[] };

function MapCard({ rows, metric, context, selected, select }: MapProps): JSX.Element {
  const { stages, channels, shown, fields, fieldAt } = useMemo(() => gridOf(rows), [rows]);
  const buttons = useRef(new Map<string, HTMLButtonElement>());
  // Fields with too few sessions for an alarm do not set its scale either.
  const most = Math.max(0, ...rows.filter((row) => !isTooFew(row, metric)).map((row) => metric.of(row) ?? 0));
  const few = rows.find((row) => isTooFew(row, metric));
  const chosen = fields.find((row) => keyOfRow(row) === selected) ?? biggestLoss(fields);

  /** Arrow keys walk over the map; Tab enters and leaves it. */
  const move = (event: KeyboardEvent, line: number, column: number): void => {
    const rowAt = (place: { line: number; column: number }): FieldRow | undefined =>
      fieldAt(stages[place.column] ?? '', shown[place.line] ?? '');
    const size = { line: shown.length, column: stages.length };
    const place = walk(event.key, { line, column }, (at) => rowAt(at) !== undefined, size);
    if (event.key.startsWith('Arrow')) event.preventDefault();
    const row = place === undefined ? undefined : rowAt(place);
    if (row === undefined) return;
    select(keyOfRow(row));
    buttons.current.get(keyOfRow(row))?.focus();
  };

  return (
    <section class="card map-card" aria-label={said.title}>
      <p class="map-words">{said.metrics[metric.value].words}</p>
      <div class="map-scroll">
        <table class="map" style={{ '--stages': stages.length }}>
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">{said.channel}</span>
              </th>
              {stages.map((stage) => (
                <th key={stage} scope="col" class="stage-head" data-stage={stage}>
                  {(stageLabels.value[stage] === undefined && said.hyphenated[stage]) || stageTitle(stage)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((channel, line) => (
              <tr key={channel}>
                <th scope="row">{channel || said.noChannel}</th>
                {stages.map((stage, column) => {
                  const row = fieldAt(stage, channel);
                  return (
                    <td key={stage}>
                      {row === undefined ? (
                        <span class="heat heat-none">{NONE}</span>
                      ) : (
                        <HeatButton
                          row={row}
                          metric={metric}
                          most={most}
                          pressed={row === chosen}
                          place={(button) =>
                            button === null
                              ? buttons.current.delete(keyOfRow(row))
                              : buttons.current.set(keyOfRow(row), button)
                          }
                          press={() => select(keyOfRow(row))}
                          move={(event) => move(event, line, column)}
                        />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {channels.length > shown.length && <p class="aside">{said.smallerChannels(channels.length - shown.length)}</p>}
      {few !== undefined && <p class="aside">{said.tooFew(casesMin(few))}</p>}
      <div class="cell-detail" aria-live="polite">
        {chosen !== undefined && <Field row={chosen} context={context} />}
      </div>
    </section>
  );
}

interface Grid {
  readonly stages: readonly string[];
  /** The largest first. */
  readonly channels: readonly string[];
  /** Those of the channels that the picture has. */
  readonly shown: readonly string[];
  /** The fields of the picture, in no order. */
  readonly fields: readonly FieldRow[];
  readonly fieldAt: (stage: string, channel: string) => FieldRow | undefined;
}

function gridOf(rows: readonly FieldRow[]): Grid {
  const byKey = new Map(rows.map((row) => [keyOfRow(row), row]));
  const channels = channelsBySize(rows);
  const shown = channels.slice(0, MOST_CHANNELS);
  return {
    stages: [...new Set(rows.map((row) => row.text('stage')))].sort((a, b) => stageOrder(a) - stageOrder(b)),
    channels,
    shown,
    fields: rows.filter((row) => shown.includes(row.text('channel'))),
    fieldAt: (stage, channel) => byKey.get(keyOfField(stage, channel)),
  };
}

/** Whether a field has too few sessions to be coloured as something to worry about. */
function isTooFew(row: FieldRow, metric: Metric): boolean {
  return metric.bad && isFew(row.count('sessions'), row);
}

interface HeatButtonProps {
  readonly row: FieldRow;
  readonly metric: Metric;
  /** The largest value of the map, which has the strongest colour. */
  readonly most: number;
  readonly pressed: boolean;
  /** Called with the button when it is on the page, and with `null` when it is not any more. */
  readonly place: (button: HTMLButtonElement | null) => void;
  readonly press: () => void;
  readonly move: (event: KeyboardEvent) => void;
}

function HeatButton({ row, metric, most, pressed, place, press, move }: HeatButtonProps): JSX.Element {
  const value = metric.of(row);
  // The power keeps small fields apart where one channel is much larger than the rest.
  const heat =
    value === undefined || most === 0 || isTooFew(row, metric)
      ? 0
      : Math.ceil(HEAT_STEPS * (Math.max(0, value) / most) ** 0.75);
  const side = sideOf(row, metric);
  return (
    <button
      type="button"
      class={metric.bad ? 'heat heat-bad' : 'heat'}
      tabIndex={pressed ? 0 : -1}
      aria-pressed={pressed}
      data-heat={heat}
      ref={place}
      onClick={press}
      onKeyDown={move}
    >
      <span class="visually-hidden">{said.field(stageName(row.text('stage')), row.text('channel'), metric.label)}</span>
      <span class="heat-figure">{value === undefined ? NONE : metric.format(value)}</span>
      {side !== undefined && <span class="heat-side">{side}</span>}
    </button>
  );
}

/** The smaller number of a field, beside the one that the map shows. */
function sideOf(row: FieldRow, metric: Metric): string | undefined {
  if (metric === CUSTOMERS) {
    const dropOff = row.number('drop_off');
    return dropOff === undefined ? undefined : said.endHere(percent(dropOff));
  }
  const customers = row.number('customers');
  return customers === undefined ? undefined : said.customers(customers, compact(customers));
}

/** All numbers of a field, and the way to the customers in it. */
function Field({ row, context }: { readonly row: FieldRow; readonly context: Context }): JSX.Element {
  const facts = FACTS.flatMap(([label, column, format]) => {
    const value = row.number(column);
    return value === undefined ? [] : [{ label, value: format(value) }];
  });
  const customers = row.count('customers');
  const target = customersHref(row, context);
  return (
    <>
      <h2>{said.fieldTitle(stageTitle(row.text('stage')), row.text('channel'))}</h2>
      <dl class="fact-list">
        {facts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {customers > 0 && target !== undefined && (
        <p>
          <a class="button" href={target}>
            {said.list(customers)}
          </a>
        </p>
      )}
    </>
  );
}

type Fact = readonly [label: string, column: NumberColumnOf<'journey-map'>, format: (value: number) => string];

const FACTS: readonly Fact[] = [
  [said.facts.customers, 'customers', count],
  [said.facts.sessions, 'sessions', count],
  [said.facts.touchpoints, 'touchpoints', count],
  [said.facts.orders, 'purchases', count],
  [said.facts.conversion, 'conversion', percent],
  [said.facts.dropOff, 'drop_off', percent],
  [said.facts.medianTime, 'median_time_ms', duration],
  [said.facts.signals, 'signals', count],
  [said.facts.frictionSignals, 'friction_signals', count],
];

function channelsBySize(rows: readonly FieldRow[]): string[] {
  const size = new Map<string, number>();
  for (const row of rows) size.set(row.text('channel'), (size.get(row.text('channel')) ?? 0) + row.count('customers'));
  return [...size.keys()].sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0));
}

/** The field in which most sessions end, which is what a reader came for. */
function biggestLoss(rows: readonly FieldRow[]): FieldRow | undefined {
  const lost = (row: FieldRow): number => row.count('sessions') * row.count('drop_off');
  return [...rows].sort((a, b) => lost(b) - lost(a))[0];
}

function frictionPer100(row: FieldRow): number | undefined {
  const [signals, sessions] = [row.number('friction_signals'), row.number('sessions')];
  return signals === undefined || sessions === undefined || sessions === 0 ? undefined : (100 * signals) / sessions;
}

function keyOfRow(row: FieldRow): string {
  return keyOfField(row.text('stage'), row.text('channel'));
}

function keyOfField(stage: string, channel: string): string {
  return `${stage}\n${channel}`;
}

/** The stages come in the journey's order; one the page does not know comes after them. */
function stageOrder(stage: string): number {
  const at = ['awareness', 'consideration', 'purchase', 'retention', 'advocacy'].indexOf(stage);
  return at === -1 ? 99 : at;
}
