// Chromium without a driver's habits: its tabs are hidden and prerendered as a visitor's are. Playwright keeps every page
// visible and focused, and Chromium prerenders nothing while a debugger looks.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { CHROMIUM } from './shop.ts';

type Reply = { result?: Record<string, unknown>; error?: { message: string } };

/** A browser driven by the DevTools protocol over a pipe. */
export class Tabs {
  private readonly profile = mkdtempSync(`${tmpdir()}/wayside-tabs-`);
  private readonly browser: ChildProcess = spawn(
    CHROMIUM,
    ['--headless', '--no-sandbox', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  private readonly waiting: ((reply: Reply) => void)[] = [];
  private readonly gone = new Promise((resolve) => this.browser.once('exit', resolve));

  constructor() {
    let read = '';
    (this.browser.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (read + text).split('\0');
      read = messages.pop() ?? '';
      for (const message of messages) {
        const reply = JSON.parse(message) as Reply & { id?: number };
        if (reply.id !== undefined) this.waiting[reply.id]?.(reply);
      }
    });
  }

  /** Opens a tab, in front of the others and with no debugger attached. */
  async open(url: string): Promise<string> {
    return (await this.send('Target.createTarget', { url }))['targetId'] as string;
  }

  /** Brings a tab to the front. */
  async show(tab: string): Promise<void> {
    await this.send('Target.activateTarget', { targetId: tab });
  }

  /** The value of an expression in a tab, after its promise has resolved. */
  async run(tab: string, expression: string): Promise<unknown> {
    const { sessionId } = await this.send('Target.attachToTarget', { targetId: tab, flatten: true });
    const given = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true }, sessionId);
    await this.send('Target.detachFromTarget', { sessionId });
    return (given['result'] as { value: unknown }).value;
  }

  async close(): Promise<void> {
    void this.send('Browser.close').catch(() => {});
    await this.gone;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 50 });
  }

  private send(method: string, params: object = {}, sessionId?: unknown): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const id = this.waiting.length;
      this.waiting.push(({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {})));
      (this.browser.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }
}
