/** Everything a touchpoint carries, by name. */

import type { ComponentChild, JSX } from 'preact';

import { words } from '../data/format.ts';
import { valueOf } from '../data/live.ts';
import { VisitorText } from './link.tsx';

export interface FieldListProps {
  readonly fields: Iterable<readonly [string, unknown]>;
  /** Fields in another form than text, such as a link within this page. */
  readonly special?: Readonly<Record<string, ComponentChild>>;
}

export function FieldList({ fields, special = {} }: FieldListProps): JSX.Element {
  const filled = [...fields].filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return (
    <dl class="fields">
      {filled.map(([name, value]) => (
        <>
          <dt>{words(name)}</dt>
          <dd>{special[name] ?? <VisitorText>{valueOf(value)}</VisitorText>}</dd>
        </>
      ))}
    </dl>
  );
}
