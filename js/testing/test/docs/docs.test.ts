// docs/testing.md, followed to the letter in a project that has the packed packages: its files are written, its commands run,
// and what they print is what it says.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import type { HttpSink } from '../../src/server.ts';
import { batch, CART } from '../support.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** Below the root, so that the packages of others are found as in a project that has installed them. */
const PROJECT = join(ROOT, 'test-results/testing-docs');
const PAGE = await readFile(join(ROOT, 'docs/testing.md'), 'utf8');

interface Block {
  /** The file it is, by the last **`name`** before it. */
  file: string | undefined;
  language: string;
  text: string;
}

const blocks: Block[] = [];
for (const [, before = '', language = '', text = ''] of PAGE.matchAll(/([\s\S]*?)\n```(\w+)\n([\s\S]*?)```/g)) {
  blocks.push({ file: [...before.matchAll(/\*\*`([^`]+)`\*\*/g)].at(-1)?.[1], language, text });
}

/** Puts the package where npm would, from the tarball that npm would fetch. */
async function install(name: string): Promise<void> {
  const run = promisify(execFile);
  const { stdout } = await run('npm', ['pack', '--silent', '-w', `@wayside/${name}`, '--pack-destination', PROJECT], { cwd: ROOT });
  const folder = join(PROJECT, 'node_modules/@wayside', name);
  await mkdir(folder, { recursive: true });
  await run('tar', ['-xzf', join(PROJECT, stdout.trim()), '-C', folder, '--strip-components=1']);
}

/** Runs a command of the page; gives what it printed, and whether it ended well. */
function run(line: string): Promise<{ ok: boolean; printed: string }> {
  const [command = '', ...args] = line.split(' ');
  // The page's reader has a browser of Playwright's own.
  const all = command === 'npx' ? [...args, '-c', 'machine.config.ts'] : args;
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
  return new Promise((done) => {
    execFile(command, all, { cwd: PROJECT, env, timeout: 300_000 }, (error, stdout, stderr) => done({ ok: !error, printed: stripVTControlCharacters(stdout + stderr) }));
  });
}

/** The timeout in this test. The page's readers have the default of 5 seconds, which is too short for a busy machine. */
const PATIENCE_MS = 20_000;

/** Each of these lines is printed, in this order. */
function checkPrinted(printed: string, lines: string[]): void {
  const rest = printed.split('\n');
  for (const said of lines.filter((line) => line.trim())) {
    const line = said.replace('within 5 s', `within ${PATIENCE_MS / 1000} s`);
    const at = rest.findIndex((one) => one === line || one.startsWith(`${line} (`));
    assert.ok(at >= 0, `the page says that this is printed next:\n${line}\nbut printed was:\n${printed}`);
    rest.splice(0, at + 1);
  }
}

test('every file and every command of docs/testing.md works', { timeout: 900_000 }, async () => {
  await rm(PROJECT, { recursive: true, force: true });
  await mkdir(join(PROJECT, 'driver'), { recursive: true });
  await writeFile(join(PROJECT, 'package.json'), '{"type":"module"}');
  for (const name of ['tracker', 'testing']) await install(name);
  await copyFile(join(import.meta.dirname, 'set-up.mjs'), join(PROJECT, 'driver/set-up.mjs'));
  const browser = pathToFileURL(join(ROOT, 'tests/e2e/browser.mjs')).href;
  await writeFile(
    join(PROJECT, 'machine.config.ts'),
    `import { browserPath, CHROMIUM_FLAGS } from '${browser}';
     import config from './playwright.config';
     export default { ...config, timeout: 120_000, expect: { timeout: ${PATIENCE_MS} }, use: { browserName: 'chromium', launchOptions: { executablePath: browserPath(), args: CHROMIUM_FLAGS } } };`,
  );

  let files = 0;
  let commands = 0;
  for (const { file, language, text } of blocks) {
    if (language === 'sh') continue;
    if (language === 'console') {
      const [command = '', ...lines] = text.trimEnd().split('\n');
      const { ok, printed } = await run(command.replace('$ ', ''));
      checkPrinted(printed, lines);
      assert.equal(ok, !lines.some((line) => /^ +\d+ failed/.test(line)), printed);
      commands += 1;
    } else {
      assert.ok(file, `no file is named for:\n${text}`);
      await mkdir(dirname(join(PROJECT, file)), { recursive: true });
      await writeFile(join(PROJECT, file), text);
      files += 1;
    }
  }
  assert.deepEqual([files, commands], [12, 8]);

  await writeFile(
    join(PROJECT, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { strict: true, noEmit: true, target: 'ES2022', module: 'NodeNext', types: ['node'] }, include: ['tests', 'playwright.config.ts'] }),
  );
  const types = await new Promise<string>((done) => {
    execFile(join(ROOT, 'node_modules/.bin/tsc'), ['-p', PROJECT], (_, stdout) => done(stdout));
  });
  assert.equal(types, '', 'the snippets are right by their types');
});

test("the functions for Cypress in docs/testing.md work", async () => {
  const { wayside } = (await import(pathToFileURL(join(PROJECT, 'cypress/wayside.mjs')).href)) as {
    wayside(on: (event: string, then: unknown) => void, config: { env: object }): Promise<{ env: { waysideUrl: string } }>;
  };
  const heard: Record<string, unknown> = {};
  const { env } = await wayside((event, then) => (heard[event] = then), { env: {} });
  const task = heard['task'] as Record<string, (argument?: unknown) => unknown>;
  await fetch(`${env.waysideUrl}/v1/batch`, { method: 'POST', body: batch([CART]) });
  const arrived = (await task['wayside:waitFor']?.({ kind: 'add_to_cart', fields: { value: 19.9 } })) as { stage: string };
  assert.equal(arrived.stage, 'purchase');
  assert.equal((task['wayside:touchpoints']?.({}) as unknown[]).length, 1);
  assert.equal(task['wayside:clear']?.(), null);
  assert.deepEqual(task['wayside:touchpoints']?.({}), []);
  await (heard['after:run'] as HttpSink['close'])();
});
