/** The tabs: one for each section, in a strip that scrolls where they do not all fit. */

import type { JSX, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { formatHash } from '../data/state.ts';
import { text } from '../text/index.ts';
import { Icon } from '../ui/icons.tsx';
import { marks, useEdges } from '../ui/sideways.tsx';
import type { ShellProps } from './page.tsx';

/** The page's own sections, and those of the reports that the server has besides. */
export function Tabs({ model }: ShellProps): JSX.Element {
  const state = model.state.value;
  const sections = model.sections.value;
  const strip = useRef<HTMLElement>(null);
  const current = useRef<HTMLAnchorElement>(null);
  const edges = useEdges(strip);
  // The tab of a report exists only once the server has listed it.
  useEffect(() => {
    const show = (): void => current.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    show();
    // The page's font has other widths than the one before it arrives.
    void document.fonts.ready.then(show);
  }, [state.view, sections]);
  return (
    <div class="tabs-place sideways" {...marks(edges)}>
      <nav class="tabs" aria-label={text.shell.sections} ref={strip}>
        {sections.map(({ name, title }) => (
          <a
            key={name}
            class="tab"
            href={formatHash({ ...state, view: name, options: new Map() })}
            aria-current={name === state.view ? 'page' : undefined}
            ref={name === state.view ? current : null}
          >
            {title}
          </a>
        ))}
      </nav>
      {edges.before && <More strip={strip} to="before" />}
      {edges.after && <More strip={strip} to="after" />}
    </div>
  );
}

interface MoreProps {
  readonly strip: RefObject<HTMLElement>;
  readonly to: 'before' | 'after';
}

/** The part of the strip's width by which a press moves it, so that a tab that was cut off comes whole into sight. */
const PRESS_SHARE = 0.7;

/** Moves the strip, for readers with a pointer. The keyboard and screen readers reach every tab by itself. */
function More({ strip, to }: MoreProps): JSX.Element {
  const move = (): void => {
    const width = strip.current?.clientWidth ?? 0;
    const left = (to === 'after' ? 1 : -1) * PRESS_SHARE * width;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    strip.current?.scrollBy({ left, behavior: still ? 'instant' : 'smooth' });
  };
  return (
    <button type="button" class={`tabs-more tabs-more-${to}`} tabIndex={-1} aria-hidden="true" onClick={move}>
      <Icon name={to === 'after' ? 'right' : 'left'} />
    </button>
  );
}
