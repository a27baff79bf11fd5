/** Parts that are wider than their place: they scroll sideways, and show at an edge that there is more behind it. */

import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Edges {
  /** Whether there is more before the part in sight. */
  readonly before: boolean;
  /** Whether there is more after it. */
  readonly after: boolean;
}

/** Browsers round widths and scroll positions: less than this, in CSS pixels, is not more to see. */
const ROUNDING = 2;

/** Behind which edges of an element there is more; renders again when that changes. */
export function useEdges(scroller: RefObject<HTMLElement>): Edges {
  const [edges, setEdges] = useState<Edges>({ before: false, after: false });
  const measure = (): void => {
    if (scroller.current === null) return;
    const { scrollLeft, scrollWidth, clientWidth } = scroller.current;
    const before = scrollLeft > ROUNDING;
    const after = scrollLeft + clientWidth < scrollWidth - ROUNDING;
    setEdges((known) => (known.before === before && known.after === after ? known : { before, after }));
  };
  useLayoutEffect(measure);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const resized = new ResizeObserver(measure);
    for (const watched of [element, ...element.children]) resized.observe(watched);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  return edges;
}

export interface SidewaysProps {
  /** The class of the element that scrolls. */
  readonly name: string;
  /** Its accessible name: it is reached and scrolled by keyboard. */
  readonly label: string;
  readonly children: ComponentChildren;
}

/** A part that scrolls sideways, such as a table. */
export function Sideways({ name, label, children }: SidewaysProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <div class="sideways" {...marks(useEdges(scroller))}>
      <div class={name} ref={scroller} tabIndex={0} role="group" aria-label={label}>
        {children}
      </div>
    </div>
  );
}

/** The attributes by which the style sheet shades the edges of `sideways`. */
export function marks({ before, after }: Edges): { 'data-before'?: true; 'data-after'?: true } {
  return { ...(before && { 'data-before': true }), ...(after && { 'data-after': true }) };
}
