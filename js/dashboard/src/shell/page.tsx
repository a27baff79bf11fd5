/** The page: the header with its choices, the tabs, and the section that is open. */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { text } from '../text/index.ts';
import { ErrorBox, Skeleton } from '../ui/panel.tsx';
import { Start } from '../ui/start.tsx';
import { Header } from './header.tsx';
import type { PageModel } from './model.ts';
import { OpenSection } from './open-section.tsx';
import { Tabs } from './tabs.tsx';

export interface ShellProps {
  readonly model: PageModel;
}

export function Page({ model }: ShellProps): JSX.Element {
  const main = useRef<HTMLElement>(null);
  const skip = (event: MouseEvent): void => {
    // The address belongs to the state, so the link moves the focus itself.
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {text.shell.skip}
      </a>
      <header class="top">
        <Header model={model} />
        <Tabs model={model} />
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <Content model={model} />
      </main>
    </>
  );
}

function Content({ model }: ShellProps): JSX.Element {
  const { failure, sites, site, section, context } = model;
  if (failure.value !== undefined) return <ErrorBox error={failure.value.reason} retry={() => void model.reload()} />;
  if (sites.value === undefined) return <Skeleton />;
  // Live shows the first touchpoint of a site that has none yet; a report could only say that there is nothing, unless
  // everything was refused: then the section on data quality gives the reasons.
  if (site.value.events + site.value.dead === 0 && section.value.live !== true) return <Start site={site.value.site} />;
  return <OpenSection key={section.value.name} section={section.value} context={context.value} />;
}
