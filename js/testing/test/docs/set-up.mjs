// What docs/testing.md leaves to its reader: a browser of Selenium's, and a shop that takes its script's address.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { Builder } from 'selenium-webdriver';
import { Options, ServiceBuilder } from 'selenium-webdriver/chrome.js';
import { browserPath, CHROMIUM_FLAGS } from '../../../tests/e2e/browser.mjs';

/** The page of the shop beside this folder, over HTTP. */
export async function startShop({ script }) {
  const page = (await readFile(new URL('../shop.html', import.meta.url), 'utf8')).replace('https://collect.example/wayside.js', script);
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () => new Promise((closed) => (server.close(closed), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/** Debian's Chromium through Selenium. */
export function openBrowser() {
  const options = new Options().setBinaryPath(browserPath()).addArguments(...CHROMIUM_FLAGS);
  // Selenium is told where the driver is; it would go and fetch one otherwise.
  return new Builder().forBrowser('chrome').setChromeOptions(options).setChromeService(new ServiceBuilder(DRIVER)).build();
}

const DRIVER = process.env.PATH.split(delimiter).map((folder) => join(folder, 'chromedriver')).find((path) => existsSync(path));
if (!DRIVER) throw new Error("this test needs ChromeDriver: install Debian's chromium-driver");
