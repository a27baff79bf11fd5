/** How far the server is, in a panel that has waited for a while. */

import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { fetchReading } from '../data/api.ts';
import { Poll, type Reading } from '../data/progress.ts';
import { text } from '../text/index.ts';

/** Most answers are there before this, and a line that only flashes up would be a disturbance. */
const SLOW_MS = 1000;

/** How far the answers are that the page waits for. */
const reading = signal<Reading | undefined>(undefined);

const poll = new Poll<Reading | undefined>(fetchReading, (answer) => (reading.value = answer));

/** Shown while a panel loads; it stays empty at first, and with a server that does not say how far it is. */
export function Progress(): JSX.Element | null {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => (slow ? poll.join() : undefined), [slow]);
  if (!slow || reading.value === undefined) return null;
  return <ReadingLine {...reading.value} />;
}

/** The line moves with every poll; a screen reader hears only of each quarter. */
function ReadingLine({ partsDone, parts, seconds }: Reading): JSX.Element {
  const words = text.progress;
  const whole = Math.round(seconds);
  return (
    <div class="progress">
      <p class="visually-hidden" role="status">
        {words.spoken(parts === 0 ? 0 : Math.floor((QUARTERS * partsDone) / parts) / QUARTERS)}
      </p>
      <p aria-hidden="true">{parts === 0 ? words.waiting(whole) : words.read(partsDone, parts, whole)}</p>
      <progress aria-hidden="true" max={Math.max(1, parts)} value={partsDone} />
    </div>
  );
}

const QUARTERS = 4;
