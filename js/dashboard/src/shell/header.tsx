/** The bar on top: the site, whose visits count, the days, fresh numbers, and the colours. */

import type { JSX } from 'preact';

import { count } from '../data/format.ts';
import { TRAFFIC } from '../data/state.ts';
import { text } from '../text/index.ts';
import { Icon, Logo } from '../ui/icons.tsx';
import { RangePicker } from '../ui/range-picker.tsx';
import { theme, toggleTheme } from '../ui/theme.ts';
import { trafficText } from '../ui/words.ts';
import type { ShellProps } from './page.tsx';

export function Header({ model }: ShellProps): JSX.Element {
  const state = model.state.value;
  // What arrives now has no days to choose from.
  const live = model.section.value.live === true;
  return (
    <div class="bar">
      <span class="brand">
        <Logo />
        {text.shell.brand}
      </span>
      <SiteChoice model={model} />
      <div class="bar-end">
        <TrafficChoice model={model} />
        <SegmentChoice model={model} />
        <RangePicker
          range={state.range}
          data={model.site.value}
          hidden={live}
          choose={(range) => model.go({ ...state, range })}
        />
        <button
          type="button"
          class="button button-icon"
          aria-label={text.shell.refresh}
          title={text.shell.refresh}
          disabled={model.loading.value}
          onClick={() => void model.reload()}
        >
          <Icon name="refresh" />
        </button>
        <ThemeButton />
        {model.login.value && (
          <button type="button" class="button button-quiet" onClick={() => void model.logOut()}>
            {text.shell.logOut}
          </button>
        )}
      </div>
    </div>
  );
}

function SiteChoice({ model }: ShellProps): JSX.Element {
  const site = model.site.value;
  const sites = model.sites.value ?? [];
  const listed = sites.includes(site) ? sites : [...sites, site];
  return (
    <select
      aria-label={text.shell.site}
      value={site.site}
      hidden={site.site === ''}
      onChange={(event) => model.go({ ...model.state.value, site: event.currentTarget.value })}
    >
      {listed.map(({ site: name, events, simulated }) => (
        <option key={name} value={name}>
          {text.shell.siteWithEvents(simulated ? text.shell.simulatedSite(name) : name, count(events))}
        </option>
      ))}
    </select>
  );
}

function TrafficChoice({ model }: ShellProps): JSX.Element {
  const state = model.state.value;
  return (
    <select
      class="traffic"
      aria-label={text.shell.traffic}
      title={text.shell.trafficHint}
      value={state.traffic ?? ''}
      hidden={model.section.value.live === true}
      onChange={(event) =>
        model.go({ ...state, traffic: TRAFFIC.find((name) => name === event.currentTarget.value) })
      }
    >
      {[undefined, ...TRAFFIC].map((name) => (
        <option key={name} value={name ?? ''}>
          {upperFirst(trafficText(name))}
        </option>
      ))}
    </select>
  );
}

/** The segment's name or rule; the site's own segments are offered. */
function SegmentChoice({ model }: ShellProps): JSX.Element {
  const state = model.state.value;
  const named = Object.entries(model.site.value.segments);
  return (
    <form
      class="segment"
      hidden={model.section.value.live === true}
      onSubmit={(event) => {
        event.preventDefault();
        const segment = new FormData(event.currentTarget).get('segment');
        model.go({ ...state, segment: (typeof segment === 'string' && segment.trim()) || undefined });
      }}
    >
      <input
        name="segment"
        type="search"
        list="segments"
        aria-label={text.shell.segment}
        title={text.shell.segmentHint}
        placeholder={text.shell.everybody}
        autocomplete="off"
        spellcheck={false}
        value={state.segment ?? ''}
        onChange={(event) => event.currentTarget.form?.requestSubmit()}
      />
      <datalist id="segments">
        {named.map(([name, rule]) => (
          <option key={name} value={name}>
            {rule}
          </option>
        ))}
      </datalist>
    </form>
  );
}

function ThemeButton(): JSX.Element {
  const dark = theme.value === 'dark';
  const label = dark ? text.shell.lightColours : text.shell.darkColours;
  return (
    <button type="button" class="button button-icon" aria-label={label} title={label} onClick={toggleTheme}>
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  );
}

function upperFirst(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
