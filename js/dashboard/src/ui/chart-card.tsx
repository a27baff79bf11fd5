/** A card with a chart, its heading and controls, and its picture as a file. The table beside it has the same numbers. */

import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { fileName } from '../data/csv.ts';
import { text } from '../text/index.ts';
import { Chart, type ChartSpec, type Drawn } from './chart.tsx';
import type { Context } from './context.ts';
import { Icon } from './icons.tsx';
import { picture, type PictureKind } from './picture.ts';
import { save } from './save.ts';
import { daysText, trafficText } from './words.ts';

export interface ChartCardProps {
  readonly title: string;
  /** The heading of the saved picture, where the card's is too short to stand alone. */
  readonly pictureTitle?: string;
  /** A word for the file's name, such as that of the report. */
  readonly name: string;
  readonly spec: ChartSpec;
  readonly context: Context;
  /** The accessible name of the card, where it is not its heading. */
  readonly label?: string;
  /** Controls beside the heading. */
  readonly controls?: ComponentChildren;
  /** Text under the chart. */
  readonly children?: ComponentChildren;
}

const KINDS: readonly PictureKind[] = ['svg', 'png'];

export function ChartCard(props: ChartCardProps): JSX.Element {
  const { title, pictureTitle = title, name, spec, context, label = title, controls, children } = props;
  const chart = useRef<() => Drawn | undefined>(null);
  const failed = useSignal(false);
  const savePicture = async (kind: PictureKind): Promise<void> => {
    const drawn = chart.current?.();
    failed.value = drawn === undefined;
    if (drawn === undefined) return;
    const { site, scope } = context;
    const detail = [site.site, daysText(context), trafficText(scope.traffic), scope.segment ?? ''].filter((part) => part !== '').join(' · ');
    try {
      save(await picture(kind, drawn, { title: pictureTitle, detail }), fileName(kind, site.site, name));
    } catch {
      failed.value = true;
    }
  };
  return (
    <section class="card" aria-label={label}>
      <header class="card-head">
        <h2>{title}</h2>
        <div class="card-tools">
          {controls}
          {KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              class="button button-quiet"
              title={text.chart.savePicture(kind.toUpperCase())}
              onClick={() => void savePicture(kind)}
            >
              <Icon name="download" />
              {kind.toUpperCase()}
            </button>
          ))}
        </div>
      </header>
      <Chart spec={spec} handle={chart} />
      {failed.value && (
        <p class="caption" role="alert">
          {text.chart.notSaved}
        </p>
      )}
      {children}
    </section>
  );
}
