// What docs/testing.md leaves to its reader: a driver with Selenium's names, and a shop that takes its script's address.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { browserPath, CHROMIUM_FLAGS } from '../../../tests/e2e/browser.mjs';

/** The page of the shop beside this folder, over HTTP. */
export async function startShop({ script }) {
  const page = (await readFile(new URL('../shop.html', import.meta.url), 'utf8')).replace('https://collect.example/wayside.js', script);
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () => new Promise((closed) => (server.close(closed), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/** Chromium through ChromeDriver, by the WebDriver protocol. */
export async function openBrowser() {
  const process = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const base = await new Promise((found, failed) => {
    process.once('error', (error) => failed(new Error(`this test needs ChromeDriver (Debian's chromium-driver): ${error.message}`)));
    process.once('exit', (code) => failed(new Error(`chromedriver ended with ${code} before it listened`)));
    createInterface({ input: process.stdout }).on('line', (line) => {
      const port = /successfully on port (\d+)/.exec(line)?.[1];
      if (port) found(`http://127.0.0.1:${port}`);
    });
  });
  const ask = async (method, path, body) => {
    const answer = await fetch(base + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = await answer.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const options = { binary: browserPath(), args: CHROMIUM_FLAGS };
  const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch: { 'goog:chromeOptions': options } } });
  const session = `/session/${sessionId}`;
  return {
    get: (url) => ask('POST', `${session}/url`, { url }),
    executeScript: (script, ...args) => ask('POST', `${session}/execute/sync`, { script, args }),
    executeAsyncScript: (script, ...args) => ask('POST', `${session}/execute/async`, { script, args }),
    quit: async () => {
      await ask('DELETE', session);
      const ended = new Promise((end) => process.once('exit', end));
      process.kill();
      await ended;
    },
  };
}
