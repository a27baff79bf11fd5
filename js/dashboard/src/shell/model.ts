/** The state of the page: the address, what the server has, and what follows from both. */

import { computed, effect, signal } from '@preact/signals';

import { fetchReports, fetchSession, fetchSites, logOut } from '../data/api.ts';
import { title } from '../data/format.ts';
import type { Described, Site } from '../data/report.ts';
import { takePlace } from '../data/session.ts';
import { stageLabels } from '../data/stages.ts';
import { formatHash, parseHash, scopeOf, type State } from '../data/state.ts';
import { sectionNamed, sectionsOf } from '../sections.ts';
import type { Context } from '../ui/context.ts';

export class PageModel {
  private readonly asked = signal<State>(parseHash(location.hash));
  private readonly reports = signal<readonly Described[]>([]);
  /** Raised when the reader asks for fresh numbers. */
  private readonly epoch = signal(0);

  /** The server's sites, unknown until it answers. */
  readonly sites = signal<readonly Site[] | undefined>(undefined);
  /** Whether the reader had to log in, and can log out. */
  readonly login = signal(false);
  readonly loading = signal(false);
  /** Why the list of sites could not be read, or the reader not be logged out. */
  readonly failure = signal<{ readonly reason: unknown } | undefined>(undefined);

  readonly site = computed(() => chosenSite(this.sites.value ?? [], this.asked.value.site));
  /** The state with the site that is shown, also when the reader did not choose one. */
  readonly state = computed<State>(() => ({ ...this.asked.value, site: this.site.value.site }));
  readonly sections = computed(() => sectionsOf(this.reports.value));
  readonly section = computed(() => sectionNamed(this.state.value.view, this.sections.value, title));
  readonly context = computed<Context>(() => ({
    state: this.state.value,
    site: this.site.value,
    reports: this.reports.value,
    scope: scopeOf(this.state.value, Date.now(), this.site.value.timezone),
    epoch: this.epoch.value,
    go: (state) => this.go(state),
    href: formatHash,
  }));

  start(): void {
    addEventListener('hashchange', () => this.onHash());
    effect(() => {
      if (this.sites.value === undefined) return;
      // The address names what is shown.
      history.replaceState(null, '', formatHash(this.state.value));
      document.title = [this.section.value.title, this.site.value.site, 'Wayside'].filter((part) => part !== '').join(' · ');
    });
    effect(() => {
      stageLabels.value = this.site.value.stage_labels;
    });
    const place = takePlace();
    if (location.hash === '' && place !== '') location.hash = place;
    // Without an answer there is nothing to log out of.
    fetchSession().then(
      ({ login }) => (this.login.value = login),
      () => undefined,
    );
    void this.reload();
  }

  async logOut(): Promise<void> {
    try {
      await logOut();
    } catch (reason) {
      this.failure.value = { reason };
    }
  }

  /** Reads the list of sites, and with it everything that is shown. */
  async reload(): Promise<void> {
    this.loading.value = true;
    try {
      // Without the list of reports the page still has its own sections.
      const [sites, reports] = await Promise.all([fetchSites(), fetchReports().catch(() => this.reports.value)]);
      this.sites.value = sites;
      this.reports.value = reports;
      this.epoch.value += 1;
      this.failure.value = undefined;
    } catch (reason) {
      this.failure.value = { reason };
    } finally {
      this.loading.value = false;
    }
  }

  go(state: State): void {
    const hash = formatHash(state);
    // The same choice again puts the controls back to what is shown.
    if (hash === location.hash) this.asked.value = parseHash(hash);
    else location.hash = hash;
  }

  private onHash(): void {
    this.asked.value = parseHash(location.hash);
    // A site that had no data may have some by now, and a server that did not answer may be back.
    if (this.site.value.events === 0 || this.failure.value !== undefined) void this.reload();
  }
}

/**
 * The site of the address, else the one with the newest data. One that is only in the address has none yet, and without
 * any site the name is still open.
 */
function chosenSite(sites: readonly Site[], name: string): Site {
  const asked = sites.find(({ site }) => site === name);
  const newest = [...sites].sort((a, b) => (b.last ?? 0) - (a.last ?? 0))[0];
  const none = { events: 0, people: 0, automated: 0, dead: 0, first: undefined, last: undefined, timezone: 'UTC', simulated: false, stage_labels: {}, segments: {} };
  return asked ?? (name === '' ? newest : undefined) ?? { site: name, ...none };
}
