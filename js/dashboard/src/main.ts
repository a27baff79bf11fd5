/** The page: header, sections, and the state in the address. */

import './styles/main.css';

import { fetchReports, fetchSites } from './data/api.ts';
import { count, title } from './data/format.ts';
import type { Described, Site } from './data/report.ts';
import { formatHash, parseHash, scopeOf, TRAFFIC, VIEWS, type State, type ViewName } from './data/state.ts';
import { h } from './legacy/dom.ts';
import { icon, logo } from './legacy/icons.ts';
import { errorBox } from './legacy/panel.ts';
import { rangePicker } from './legacy/range-picker.ts';
import { currentTheme, restoreTheme, toggleTheme } from './ui/theme.ts';
import { snippet, trafficText, type Context, type View } from './legacy/view.ts';
import { checkout } from './views/checkout.ts';
import { customer } from './views/customer.ts';
import { funnel } from './views/funnel.ts';
import { journeyMap } from './views/journey-map.ts';
import { live } from './views/live.ts';
import { overview } from './views/overview.ts';
import { paths } from './views/paths.ts';
import { report } from './views/report.ts';

const VIEW_OF: Readonly<Record<ViewName, () => View>> = {
  overview,
  'journey-map': journeyMap,
  funnel,
  checkout,
  paths,
  live,
  customer,
};

/** Tabs before and after those of the reports that have no section of their own. */
const FIRST_TABS: readonly ViewName[] = ['overview', 'journey-map', 'funnel', 'checkout', 'paths'];
const LAST_TABS: readonly ViewName[] = ['live', 'customer'];

/** Reports that a section of another name shows. */
const SHOWN_ELSEWHERE: readonly string[] = ['kpis', 'timeline'];

class Page {
  private state = parseHash(location.hash);
  private sites: readonly Site[] = [];
  private reports: readonly Described[] = [];
  private epoch = 0;
  private open: { readonly name: string; readonly view: View } | undefined;

  private readonly site = h('select', {
    'aria-label': 'Site',
    change: () => this.go({ ...this.state, site: this.site.value }),
  });
  private readonly range = rangePicker((range) => this.go({ ...this.state, range }));
  private readonly traffic = h(
    'select',
    {
      class: 'traffic',
      'aria-label': 'Whose visits',
      title: "Usual: people's visits, unless the server was started with --traffic",
      change: () => this.go({ ...this.state, traffic: TRAFFIC.find((name) => name === this.traffic.value) }),
    },
    ...[undefined, ...TRAFFIC].map((name) => h('option', { value: name ?? '' }, upperFirst(trafficText(name)))),
  );
  private readonly refresh = h(
    'button',
    {
      type: 'button',
      class: 'button button-icon',
      'aria-label': 'Fetch the newest numbers',
      title: 'Fetch the newest numbers',
      click: () => void this.reload(),
    },
    icon('refresh'),
  );
  private readonly theme = h('button', {
    type: 'button',
    class: 'button button-icon',
    click: () => this.switchTheme(),
  });
  private readonly nav = h('nav', { class: 'tabs', 'aria-label': 'Sections' });
  private tabs: ReadonlyMap<string, HTMLAnchorElement> = new Map();
  private readonly main = h('main', { id: 'main', tabindex: -1 });

  start(): void {
    restoreTheme();
    this.nameTheme();
    document.body.append(
      h('a', { class: 'skip', href: '#main', click: (event: MouseEvent) => this.skip(event) }, 'Skip to the numbers'),
      h(
        'header',
        { class: 'top' },
        h(
          'div',
          { class: 'bar' },
          h('span', { class: 'brand' }, logo(), 'Wayside'),
          this.site,
          h('div', { class: 'bar-end' }, this.traffic, this.range.root, this.refresh, this.theme),
        ),
        this.nav,
      ),
      this.main,
    );
    addEventListener('hashchange', () => {
      this.state = parseHash(location.hash);
      // A site that had no data may have some by now.
      if (this.chosenSite().events === 0) void this.reload();
      else this.show();
    });
    void this.reload();
  }

  /** Reads the list of sites, and with it everything that is shown. */
  private async reload(): Promise<void> {
    this.refresh.disabled = true;
    try {
      // Without the list of reports the page still has its own sections.
      [this.sites, this.reports] = await Promise.all([fetchSites(), fetchReports().catch(() => this.reports)]);
      this.nameTabs();
      this.epoch += 1;
      this.show();
    } catch (error) {
      this.replaceView(errorBox(error, () => void this.reload()));
    } finally {
      this.refresh.disabled = false;
    }
  }

  private go(state: State): void {
    const hash = formatHash(state);
    if (hash === location.hash) this.show();
    else location.hash = hash;
  }

  private show(): void {
    const site = this.chosenSite();
    // The address names what is shown, also when the reader did not choose.
    this.state = { ...this.state, site: site.site };
    history.replaceState(null, '', formatHash(this.state));
    this.showHeader(site);
    // Live shows the first touchpoint of a site that has none yet; a report could only say that there is nothing.
    if (site.events === 0 && this.state.view !== 'live') {
      this.replaceView(snippet(site.site));
      return;
    }
    const context: Context = {
      state: this.state,
      site,
      reports: this.reports,
      scope: scopeOf(this.state, Date.now(), site.timezone),
      epoch: this.epoch,
      go: (state) => this.go(state),
      href: formatHash,
    };
    if (this.open?.name !== this.state.view) {
      const view = this.viewOf(this.state.view);
      this.replaceView(view.root);
      this.open = { name: this.state.view, view };
      scrollTo({ top: 0 });
    }
    this.open.view.show(context);
  }

  /**
   * The site of the address, else the one with the newest data. One that is only in the address has none yet, and without
   * any site the name is still open.
   */
  private chosenSite(): Site {
    const asked = this.sites.find((site) => site.site === this.state.site);
    const newest = [...this.sites].sort((a, b) => (b.last ?? 0) - (a.last ?? 0))[0];
    const none = { events: 0, dead: 0, first: undefined, last: undefined, timezone: 'UTC' };
    const unlisted = { site: this.state.site, ...none };
    return asked ?? (this.state.site === '' ? newest : undefined) ?? unlisted;
  }

  private showHeader(chosen: Site): void {
    const listed = this.sites.includes(chosen) ? this.sites : [...this.sites, chosen];
    this.site.replaceChildren(
      ...listed.map(({ site, events }) => h('option', { value: site }, `${site} (${count(events)})`)),
    );
    this.site.value = chosen.site;
    this.site.hidden = chosen.site === '';
    this.range.show(this.state.range, chosen);
    this.traffic.value = this.state.traffic ?? '';
    // What arrives now has no days to choose from.
    this.range.root.hidden = this.traffic.hidden = this.state.view === 'live';
    for (const [name, tab] of this.tabs) {
      tab.href = formatHash({ ...this.state, view: name, options: new Map() });
      if (name === this.state.view) {
        tab.setAttribute('aria-current', 'page');
        tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      } else {
        tab.removeAttribute('aria-current');
      }
    }
    document.title = [this.titleOf(this.state.view), chosen.site, 'Wayside'].filter((part) => part !== '').join(' · ');
  }

  private viewOf(name: string): View {
    const own = VIEWS.find((view) => view === name);
    if (own !== undefined) return VIEW_OF[own]();
    return report(
      name,
      this.reports.find((described) => described.name === name),
    );
  }

  private titleOf(name: string): string {
    if (name === 'customer') return 'One customer';
    const own = VIEWS.some((view) => view === name);
    return (own ? undefined : this.reports.find((described) => described.name === name)?.title) ?? title(name);
  }

  /** A tab for each section: the page's own, and those of the reports that the server has besides. */
  private nameTabs(): void {
    const others = this.reports
      .map(({ name }) => name)
      .filter((name) => !VIEWS.some((view) => view === name) && !SHOWN_ELSEWHERE.includes(name));
    const names = [...FIRST_TABS, ...others, ...LAST_TABS];
    this.tabs = new Map(names.map((name) => [name, h('a', { class: 'tab' }, this.titleOf(name))]));
    this.nav.replaceChildren(...this.tabs.values());
  }

  private replaceView(content: HTMLElement): void {
    this.open?.view.close();
    this.open = undefined;
    this.main.replaceChildren(content);
  }

  private switchTheme(): void {
    toggleTheme();
    this.nameTheme();
  }

  private nameTheme(): void {
    const dark = currentTheme() === 'dark';
    const label = dark ? 'Use light colours' : 'Use dark colours';
    this.theme.replaceChildren(icon(dark ? 'sun' : 'moon'));
    this.theme.setAttribute('aria-label', label);
    this.theme.title = label;
  }

  /** The address belongs to the state, so the link moves the focus itself. */
  private skip(event: MouseEvent): void {
    event.preventDefault();
    this.main.focus();
  }
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

new Page().start();
