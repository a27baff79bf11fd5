// The engines, and how each is started: its driver speaks WebDriver, and Selenium's client speaks with the driver.

import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Builder, type WebDriver } from 'selenium-webdriver';
import { browserPath, CHROMIUM_FLAGS } from '../../e2e/browser.mjs';
import { freePort, Program } from './program.ts';
import { until } from './wait.ts';

/** What a visitor can set in the browser. */
export interface Settings {
  /** The browser keeps nothing for sites. */
  storageOff?: boolean;
}

/** A browser engine as the tests drive it. */
export interface Engine {
  /** As `docs/engines.md` calls it. */
  name: string;
  /** Starts its driver. */
  start(): Promise<Driver>;
}

/** A driver that runs; it has one browser at a time. */
export interface Driver {
  /** Starts a browser with an empty profile. */
  open(settings?: Settings): Promise<WebDriver>;
  stop(): Promise<void>;
}

const chromium: Engine = {
  name: 'Chromium',
  async start() {
    const driver = Program.start('chromedriver', ['--port=0']);
    const address = `http://127.0.0.1:${await driver.line(/successfully on port (\d+)/)}`;
    const open = ({ storageOff }: Settings = {}): Promise<WebDriver> => {
      const prefs = storageOff ? { 'profile.default_content_setting_values.cookies': 2 } : {};
      return session(address, { browserName: 'chrome', 'goog:chromeOptions': { binary: browserPath(), args: CHROMIUM_FLAGS, prefs } });
    };
    return { open, stop: () => driver.stop() };
  },
};

const firefox: Engine = {
  name: 'Firefox',
  async start() {
    // Firefox looks for fonts and plug-ins at home, and may write there.
    const home = mkdtempSync(join(tmpdir(), 'wayside-firefox-'));
    const driver = Program.start(process.env['WAYSIDE_GECKODRIVER'] ?? 'geckodriver', ['--port=0'], { HOME: home });
    const address = `http://${await driver.line(/Listening on (\S+)/)}`;
    const open = ({ storageOff }: Settings = {}): Promise<WebDriver> => {
      const prefs = storageOff ? { 'dom.storage.enabled': false } : {};
      const firefox = process.env['WAYSIDE_FIREFOX'] ?? '/usr/bin/firefox-esr';
      // What is no path is looked for by the driver.
      const binary = isAbsolute(firefox) ? { binary: firefox } : {};
      return session(address, { browserName: 'firefox', 'moz:firefoxOptions': { ...binary, args: ['-headless'], prefs } });
    };
    const stop = async (): Promise<void> => {
      await driver.stop();
      await rm(home, { recursive: true, force: true });
    };
    return { open, stop };
  },
};

const webkit: Engine = {
  name: 'WebKitGTK',
  async start() {
    // WebKitGTK has no mode without a screen, and its processes find each other by D-Bus.
    const screen = Program.start('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp']);
    const display = await screen.line(/^(\d+)$/);
    const port = await freePort();
    const driver = Program.start('dbus-run-session', ['--', 'WebKitWebDriver', `--port=${port}`], {
      DISPLAY: `:${display}`,
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    });
    const address = `http://127.0.0.1:${port}`;
    const answers = (): Promise<boolean> => fetch(`${address}/status`).then(({ ok }) => ok, () => false);
    await driver.meanwhile(until('WebKitWebDriver listens', answers));
    const open = ({ storageOff }: Settings = {}): Promise<WebDriver> => {
      const args = ['--automation', ...(storageOff ? ['--enable-html5-local-storage=false'] : [])];
      return session(address, { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { args } });
    };
    const stop = async (): Promise<void> => {
      await driver.stop();
      await screen.stop();
    };
    return { open, stop };
  },
};

/** All of them. */
export const ENGINES = [chromium, firefox, webkit];

function session(address: string, capabilities: Record<string, unknown>): Promise<WebDriver> {
  // A page that never stops loading must not hold a test up for the five minutes that drivers wait.
  const timeouts = { pageLoad: 30_000, script: 30_000 };
  return Promise.resolve(new Builder().disableEnvironmentOverrides().usingServer(address).withCapabilities({ ...capabilities, timeouts }).build());
}
