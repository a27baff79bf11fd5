/** The way to the purchase, step by step: who goes on, who is lost, and how sure the shares are. */

import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import { funnelHeight, funnelOption } from '../charts/funnel.ts';
import { fetchReport } from '../data/api.ts';
import { END, START } from '../data/flow.ts';
import { percent, words as wordsOf } from '../data/format.ts';
import { rowsOf, type Column, type ParamsOf, type Report, type RowOf } from '../data/report.ts';
import { isFew } from '../data/sample.ts';
import { withOption } from '../data/state.ts';
import { moved, parseSteps, removed } from '../data/steps.ts';
import type { SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import { ChartCard } from '../ui/chart-card.tsx';
import type { ChartSpec } from '../ui/chart.tsx';
import { keyOf, type Context } from '../ui/context.ts';
import { DropDown, type Choice } from '../ui/controls.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { FewVisits } from '../ui/few.tsx';
import { Icon, type PATHS } from '../ui/icons.tsx';
import { linkCell } from '../ui/link-cell.tsx';
import { LoadedPanel, useLoaded } from '../ui/panel.tsx';
import { Footing, Heading, NothingHere } from '../ui/view.tsx';

const words = text.funnel;

const ORDERS: readonly (Choice & { readonly value: ParamsOf<'funnel'>['order'] })[] = [
  { value: '', label: words.orders.ordered },
  { value: 'strict', label: words.orders.strict },
  { value: 'any', label: words.orders.any },
];

/** Windows to choose from, in days. */
const WINDOWS: readonly number[] = [1, 7, 14, 30, 90];

/** A funnel needs a step to come from and one to go to. */
const STEPS_MIN = 2;

export function Funnel({ context }: SectionProps): JSX.Element {
  const { state, site, scope, go } = context;
  const steps = parseSteps(state.options.get('steps'));
  const order = ORDERS.find(({ value }) => value === state.options.get('order'))?.value ?? '';
  const days = state.options.get('window_days') ?? '';
  const params = { steps: steps.join(','), order, window_days: days === '' ? '' : Number(days) } as const;
  const loaded = useLoaded(keyOf(context, params.steps, order, days), (signal) =>
    fetchReport('funnel', site.site, scope, params, signal),
  );
  // Without steps in the address the server has its own.
  const shown = steps.length > 0 || loaded.value === undefined ? steps : rowsOf(loaded.value.it).map(kindOf);
  return (
    <div class="view">
      <Heading title={words.title} lead={words.lead}>
        <DropDown
          label={words.order}
          choices={ORDERS}
          value={order}
          choose={(value) => go(withOption(state, 'order', value))}
        />
        <DropDown
          label={words.window}
          choices={windowsOf(context)}
          value={days}
          choose={(value) => go(withOption(state, 'window_days', value))}
        />
      </Heading>
      <Steps steps={shown} context={context} />
      <LoadedPanel loaded={loaded}>{(report) => <Answer report={report} context={context} />}</LoadedPanel>
    </div>
  );
}

/** The windows, with the usual one by its length where the server's list of reports says it. */
function windowsOf({ reports }: Context): readonly Choice[] {
  const parameters = reports.find(({ name }) => name === 'funnel')?.params ?? [];
  const usual = Number(parameters.find(({ name }) => name === 'window_days')?.default ?? '');
  const isKnown = Number.isInteger(usual) && usual > 0;
  return [
    { value: '', label: isKnown ? words.usualDays(usual) : words.usualWindow },
    ...WINDOWS.filter((days) => days !== usual).map((days) => ({ value: String(days), label: text.things.days(days) })),
  ];
}

interface AnswerProps {
  readonly report: Report<'funnel'>;
  readonly context: Context;
}

function Answer({ report, context }: AnswerProps): JSX.Element {
  const rows = useMemo(() => rowsOf(report), [report]);
  const spec = useMemo(() => specOf(rows), [rows]);
  const first = rows[0];
  if (first === undefined || first.count('customers') === 0) {
    return <NothingHere context={context} things={first === undefined ? words.nothing : words.nobody(nameOf(first))} />;
  }
  return (
    <>
      <Verdict rows={rows} />
      <ChartCard
        title={words.picture}
        pictureTitle={words.pictureTitle(rows.map(nameOf))}
        name="funnel"
        spec={spec}
        context={context}
      >
        <p class="caption">{words.caption}</p>
      </ChartCard>
      <DataTable
        report={report}
        caption={words.table}
        site={context.site.site}
        labels={words.columns}
        cell={(row, column) => kindCell(row, column) ?? linkCell(row, column, context)}
      />
      <Footing report={report} />
    </>
  );
}

function kindCell(row: RowOf<'funnel'>, column: Column): string | undefined {
  return column.name === 'kind' ? nameOf(row) : undefined;
}

function specOf(rows: readonly RowOf<'funnel'>[]): ChartSpec {
  const first = rows[0];
  return {
    label: first === undefined ? '' : words.pictureLabel(nameOf(first), first.count('customers')),
    height: (width) => funnelHeight(rows.length, width),
    option: (colours, width) => funnelOption(rows, colours, width),
    library: () => import('../charts/bars.ts'),
  };
}

/** The whole funnel in a sentence. */
function Verdict({ rows }: { readonly rows: readonly RowOf<'funnel'>[] }): JSX.Element | null {
  const [first, last] = [rows[0], rows.at(-1)];
  const share = last?.number('conversion_from_start');
  if (first === undefined || last === undefined || share === undefined || rows.length < STEPS_MIN) return null;
  return (
    <p class="verdict">
      <strong>{percent(share)}</strong>
      {words.reach(first.count('customers'), nameOf(first), nameOf(last))}
      {isFew(first.count('customers'), first) && <FewVisits row={first} />}
    </p>
  );
}

interface StepsProps {
  readonly steps: readonly string[];
  readonly context: Context;
}

/** The steps as the reader edits them: moved, removed and added, with a way back to the server's own. */
function Steps({ steps, context }: StepsProps): JSX.Element {
  const { state, href, go } = context;
  const kinds = useKinds(context.site.site);
  const choose = (next: readonly string[]): void => go(withOption(state, 'steps', next.join(',')));
  if (steps.length === 0) return <div class="steps" />;
  return (
    <div class="steps">
      <ol class="step-list" aria-label={words.steps}>
        {steps.map((step, at) => (
          <Step key={at} step={step} at={at} steps={steps} choose={choose} />
        ))}
        <li class="step-add">
          <select
            class="add-step"
            aria-label={words.add}
            value=""
            onChange={(event) => event.currentTarget.value !== '' && choose([...steps, event.currentTarget.value])}
          >
            <option value="">{words.addHint}</option>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {wordsOf(kind)}
              </option>
            ))}
          </select>
        </li>
      </ol>
      {state.options.has('steps') && (
        <a class="button button-quiet" href={href(withOption(state, 'steps', ''))}>
          {words.defaultSteps}
        </a>
      )}
    </div>
  );
}

interface StepProps {
  readonly step: string;
  /** Its place among the steps: the same kind may stand at two. */
  readonly at: number;
  readonly steps: readonly string[];
  readonly choose: (steps: readonly string[]) => void;
}

function Step({ step, at, steps, choose }: StepProps): JSX.Element {
  const name = wordsOf(step);
  const button = (label: string, icon: keyof typeof PATHS, next: readonly string[], disabled: boolean): JSX.Element => (
    <button
      type="button"
      class="chip-button"
      aria-label={words.changeOf(label, name)}
      title={label}
      disabled={disabled}
      onClick={() => choose(next)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <li class="chip">
      <span class="chip-number">{at + 1}</span>
      <span class="chip-name">{name}</span>
      {button(words.earlier, 'left', moved(steps, at, -1), at === 0)}
      {button(words.later, 'right', moved(steps, at, 1), at === steps.length - 1)}
      {button(words.remove, 'close', removed(steps, at), steps.length <= STEPS_MIN)}
    </li>
  );
}

/** The kinds of touchpoint that a site has, to choose steps from: those its paths lead over, most frequent first. */
function useKinds(site: string): readonly string[] {
  const [kinds, setKinds] = useState<readonly string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    setKinds([]);
    // Without the list the reader still has the steps that are there.
    fetchReport('paths', site, {}, {}, abort.signal).then(
      (paths) => setKinds(kindsOf(paths)),
      () => undefined,
    );
    return () => abort.abort();
  }, [site]);
  return kinds;
}

function kindsOf(paths: Report<'paths'>): string[] {
  const size = new Map<string, number>();
  for (const row of rowsOf(paths)) size.set(row.text('to'), (size.get(row.text('to')) ?? 0) + row.count('transitions'));
  for (const end of [START, END, '']) size.delete(end);
  return [...size.keys()].sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0));
}

function kindOf(row: RowOf<'funnel'>): string {
  return row.text('kind');
}

function nameOf(row: RowOf<'funnel'>): string {
  return wordsOf(row.text('kind'));
}
