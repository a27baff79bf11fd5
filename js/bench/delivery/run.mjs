// Which events arrive: each tracker in real Chromium, in every scenario, against a server that fails as asked. Wayside's batches go on to a real
// collector, and what counts is what is in its table then.
//
//   node delivery/run.mjs --wayside BINARY [--only wayside,beacon] [--scenario WORDS] [--out FILE]
//
// `cargo xtask bench delivery` runs it. Scenarios run several at a time: they mostly wait.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { bundle } from '../bundle.mjs';
import { BACK_AFTER_CRASH_MS, KILLS, Run, SCENARIOS } from './scenarios.mjs';
import { serve } from './server.mjs';

/** Runs at the same time. */
const AT_ONCE = 5;
/** These record no calls. */
const LEFT_OUT = ['empty', 'web-vitals'];

const text = { type: 'string' };
const { values: options } = parseArgs({ options: { wayside: text, only: text, scenario: { ...text, default: '' }, out: text } });
const contenders = (await bundle(options.only?.split(','))).filter(({ name }) => !LEFT_OUT.includes(name));
const launch = { executablePath: process.env.WAYSIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], ignoreDefaultArgs: ['--disable-back-forward-cache'] };

const data = mkdtempSync(join(tmpdir(), 'wayside-delivery-'));
const collector = spawn(options.wayside, ['serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const address = await new Promise((resolve) => createInterface({ input: collector.stdout }).on('line', (line) => resolve(/(http:\/\/[^\s/]+)/.exec(line)[1])));
const server = await serve(contenders, address);
const browser = await chromium.launch(launch);

/** Ends a browser with this profile and all its processes at once. */
function kill(profile) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(profile)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** The events of visits whose browser is killed some seconds later, and the return in a new one. */
async function killed(name, host, seconds) {
  const profile = mkdtempSync(join(tmpdir(), 'wayside-profile-'));
  let made = 0;
  const open = () => chromium.launchPersistentContext(profile, launch);
  for (let n = 0; n < 5; n++) {
    const context = await open();
    const run = new Run(context, name, `${host}k${n}`, server);
    // The collector is down, so that everything rests on what the browser has stored.
    const page = await run.visit();
    run.fault('down');
    await run.act(page);
    await setTimeout(seconds * 1000);
    kill(profile);
    await setTimeout(500);
    run.fault();
    made += run.made;
    const next = await open();
    await run.back(next, BACK_AFTER_CRASH_MS);
    await next.close();
  }
  rmSync(profile, { recursive: true, force: true });
  return { made, hosts: Array.from({ length: 5 }, (_, n) => `${host}k${n}`) };
}

const jobs = [];
const wanted = (title) => title.includes(options.scenario);
for (const { name } of contenders) {
  for (const [title, scenario] of Object.entries(SCENARIOS).filter(([title]) => wanted(title))) {
    jobs.push({
      name,
      title,
      go: async (host) => {
        const context = await browser.newContext();
        const run = new Run(context, name, host, server);
        await scenario(run);
        run.fault();
        await run.back();
        await context.close();
        return { made: run.made, hosts: [host] };
      },
    });
  }
  for (const seconds of KILLS) {
    const title = `browser killed after ${seconds} s, collector down`;
    if (wanted(title)) jobs.push({ name, title, go: (host) => killed(name, host, seconds) });
  }
}

const results = [];
const waiting = jobs.map((job, at) => ({ ...job, host: `r${at}` }));
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const { made, hosts } = await job.go(job.host);
      const arrived = hosts.flatMap((host) => [...server.arrived(host)]);
      results.push({ name: job.name, title: job.title, made, hosts, arrived: arrived.length, doubled: arrived.filter(([, times]) => times > 1).length });
      console.log(`${results.length} of ${jobs.length}  ${job.name}, ${job.title}: ${arrived.length} of ${made} sent`);
    }
  }),
);
await browser.close();
server.close();

// What Wayside has is what is in its table: copies are dropped there. Without a visit of Wayside's there is none.
const isIn = results.some(({ name }) => name === 'wayside');
const rows = isIn && JSON.parse(execFileSync(options.wayside, ['sql', "SELECT items FROM events WHERE kind = 'add_to_cart'", '--data', data, '--site', 'shop', '--format', 'json'], { maxBuffer: 1 << 28 })).rows;
const stored = new Map();
for (const token of (rows || []).flatMap((row) => JSON.stringify(row).match(/ev-[a-z0-9]+-[0-9]+/g) ?? [])) stored.set(token, (stored.get(token) ?? 0) + 1);
for (const result of results.filter(({ name }) => name === 'wayside')) {
  const own = [...stored].filter(([token]) => result.hosts.includes(token.split('-')[1]));
  Object.assign(result, { arrived: own.length, doubled: own.filter(([, times]) => times > 1).length });
}
collector.kill('SIGTERM');
await new Promise((resolve) => collector.once('exit', resolve));
rmSync(data, { recursive: true, force: true });

const names = contenders.map(({ name }) => name);
const titles = [...new Set(jobs.map(({ title }) => title))];
const cell = (title, name) => {
  const found = results.find((result) => result.name === name && result.title === title);
  return found.doubled ? `${found.arrived}, ${found.doubled} twice` : `${found.arrived}`;
};
const lines = [['of 50 events', ...names], ['---', ...names.map(() => '--:')], ...titles.map((title) => [title, ...names.map((name) => cell(title, name))])];
const result = `${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\nHeadless Chromium ${browser.version()}, one run.\n`;
console.log(`\n${result}`);
if (options.out) await writeFile(options.out, result);
