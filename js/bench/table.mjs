// The medians as a table.

export const median = (values) => {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const half = sorted.length / 2;
  // Of an even count, the mean of the two in the middle.
  return sorted.length === 0 ? undefined : (sorted[Math.ceil(half - 1)] + sorted[Math.floor(half)]) / 2;
};

export function table(rounds, browser) {
  const names = [...new Set(rounds.map(({ name }) => name))];
  const of = (name, what) => median(rounds.filter((round) => round.name === name).map((round) => round[what]));
  const empty = of('empty', 'start');
  const show = (value, digits = 0) => (value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits }));
  const each = (value, count) => (value === undefined ? undefined : value / count);
  const rows = names
    .filter((name) => name !== 'empty')
    .map((name) => [
      name,
      show(of(name, 'size')),
      show(of(name, 'start') - empty, 1),
      show(of(name, 'slow')),
      // Milliseconds for a thousand are microseconds for one.
      show(of(name, 'calls'), 1),
      show(of(name, 'all')),
      show(each(of(name, 'bytes'), 100)),
      show(of(name, 'requests')),
      show(each(of(name, 'memory'), 1e6), 1),
      show(of(name, 'listeners')),
      { true: 'yes', false: 'no' }[rounds.find((round) => round.name === name).isCached] ?? '–',
    ]);
  const head = ['tracker', 'brotli bytes', 'start, CPU ms', 'longest task at 4x, ms', 'µs a call', '1,000 calls, CPU ms', 'body bytes an event', 'requests for 100', 'MB held after 10,000 calls', 'listeners', 'back/forward cache'];
  const lines = [head, head.map((_, at) => (at === 0 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const count = rounds.filter(({ name }) => name === 'empty').length;
  return `${lines.join('\n')}\n\nHeadless Chromium ${browser}, ${count === 1 ? 'one round' : `medians of ${count} rounds in turns`}; start over an empty page (${show(empty, 1)} ms).\n`;
}
