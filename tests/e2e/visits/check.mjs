// Compares the visits of run.mjs with what `wayside report timeline` says of them.
//
//   node tests/e2e/visits/check.mjs --wayside target/debug/wayside --data DIR --in FILE [--site shop]
//
// Ends with 1 where a visit's journey is not what its script did.

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { differences, eventCount, reported, signalNames } from './compare.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({ options: { wayside: text, data: text, in: text, site: { ...text, default: 'shop' } } });
if (!options.wayside || !options.data || !options.in) {
  console.error('usage: node tests/e2e/visits/check.mjs --wayside BINARY --data DIR --in FILE [--site shop]');
  process.exit(2);
}

const visits = JSON.parse(await readFile(options.in, 'utf8'));
let wrong = 0;
let captured = 0;
let arrived = 0;
for (const visit of visits) {
  const rows = await reported(options.wayside, options.data, options.site, visit.visitor);
  const found = differences(visit.expected, rows);
  const events = eventCount(rows);
  if (events !== visit.captured) found.push(`${visit.captured} touchpoints were captured and ${events} arrived`);
  const signals = signalNames(rows);
  for (const signal of visit.signals) if (!signals.includes(signal)) found.push(`no ${signal} was found`);
  captured += visit.captured;
  arrived += events;
  if (found.length === 0) continue;
  wrong += 1;
  console.log(`${visit.name} (${visit.visitor})\n  ${found.join('\n  ')}`);
}
console.log(`${visits.length - wrong} of ${visits.length} journeys equal what was done; ${captured} touchpoints captured, ${arrived} arrived`);
process.exit(wrong === 0 && visits.length > 0 ? 0 : 1);
