/** The section that is open: its component is loaded when it is first opened. */

import type { ComponentType, JSX } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

import { ApiError } from '../data/api.ts';
import type { Section, SectionProps } from '../sections.ts';
import { text } from '../text/index.ts';
import type { Context } from '../ui/context.ts';
import { ErrorBox, Skeleton } from '../ui/panel.tsx';

/** Components that have arrived, by their section's name, so that going back to one shows it at once. */
const arrived = new Map<string, ComponentType<SectionProps>>();

export interface OpenSectionProps {
  readonly section: Section;
  readonly context: Context;
}

/** Mounted anew for each section, by its name as the key. */
export function OpenSection({ section, context }: OpenSectionProps): JSX.Element {
  const { name } = section;
  const [, setArrived] = useState(arrived.has(name));
  const [failed, setFailed] = useState(false);
  useLayoutEffect(() => scrollTo({ top: 0 }), []);
  useEffect(() => {
    if (arrived.has(name)) return undefined;
    let open = true;
    section.load().then(
      (component) => {
        arrived.set(name, component);
        if (open) setArrived(true);
      },
      () => open && setFailed(true),
    );
    return () => {
      open = false;
    };
  }, []);
  const Component = arrived.get(name);
  if (Component !== undefined) return <Component context={context} />;
  if (!failed) return <Skeleton />;
  const error = new ApiError(text.error.sectionNotLoaded, name, text.error.sectionAdvice);
  return <ErrorBox error={error} />;
}
