/** Runs a section that is written on `dom.ts` inside the page of components, until it is one itself. */

import type { ComponentType } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

import type { SectionProps } from '../sections.ts';
import type { View } from './view.ts';

/** A component that makes the view when it is mounted, shows each context in it, and closes it with itself. */
export async function fromView(load: () => Promise<() => View>): Promise<ComponentType<SectionProps>> {
  const make = await load();
  return function Adapted({ context }: SectionProps) {
    const place = useRef<HTMLDivElement>(null);
    const view = useRef<View>(null);
    useLayoutEffect(() => {
      const made = make();
      view.current = made;
      place.current?.replaceChildren(made.root);
      return () => made.close();
    }, []);
    useLayoutEffect(() => view.current?.show(context), [context]);
    return <div ref={place} />;
  };
}
