// What trackers cost the page: each in headless Chromium, on the same page, in turns, against one local server.
//
//   node run.mjs [--rounds 3] [--only wayside,beacon] [--out FILE]
//
// `cargo xtask bench sdk` runs it. The processor's time is that of the page's main thread (thread ticks by the DevTools
// protocol), so that a busy machine changes it little. Figures are medians of the rounds.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { bundle } from './bundle.mjs';
import { measure } from './measure.mjs';
import { serve } from './server.mjs';
import { table } from './table.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({ options: { rounds: { ...text, default: '3' }, only: text, out: text } });
const contenders = await bundle(options.only?.split(','));
const server = await serve(contenders);
const browser = await chromium.launch({ executablePath: process.env.WAYSIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
const rounds = [];
for (let round = 1; round <= Number(options.rounds); round++) {
  for (const { name, size } of contenders) {
    const result = { name, size, ...(await measure(browser, server, name)) };
    rounds.push(result);
    console.log(`round ${round}  ${name.padEnd(12)} start ${result.start.toFixed(1)} ms  1,000 calls ${result.all?.toFixed(0) ?? '-'} ms  ${result.bytes ?? '-'} bytes in ${result.requests ?? '-'} requests`);
  }
}
const version = browser.version();
await browser.close();
server.close();
const result = table(rounds, version);
console.log(`\n${result}`);
if (options.out) await writeFile(options.out, result);
