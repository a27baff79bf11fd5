// A real `wayside serve` on a free port of loopback, with a data folder of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Where things must be before the tests can start, and what makes them. */
const NEEDED = {
  binary: [process.env.WAYSIDE_BIN ?? join(ROOT, 'target/debug/wayside'), 'cargo build -p wayside-cli'],
  shop: [join(ROOT, 'examples/shop/dist'), 'npm run build --workspace examples/shop'],
  sdk: [process.env.WAYSIDE_SDK ?? join(ROOT, 'js/tracker/dist'), 'cargo xtask wasm'],
} as const;

/** How long a port may stay in use that was ours. */
const FREED_MS = 10_000;

/** The binary `wayside`. */
export const BINARY = NEEDED.binary[0];
/** The folder with what a page loads. */
export const SDK = NEEDED.sdk[0];

/** A running collector. */
export class Collector {
  /** The program that serves, which also prints reports. */
  readonly program = NEEDED.binary[0];
  /** Its log, for the message of a failed start. */
  #log: string[] = [];
  #process: ChildProcess | undefined;

  private constructor(
    /** The data folder. */
    readonly data: string,
    /** Where it listens, such as `http://127.0.0.1:41234`. */
    public base: string,
    /** The folder it serves at `/shop/`. */
    readonly shop: string,
    /** Further options of `wayside serve`. */
    readonly options: readonly string[],
  ) {}

  /** Starts a collector with an empty data folder. */
  static async start(shop: string = NEEDED.shop[0], options: readonly string[] = []): Promise<Collector> {
    for (const [path, command] of Object.values(NEEDED)) {
      if (!existsSync(path)) throw new Error(`${path} is missing: run \`${command}\``);
    }
    const collector = new Collector(await mkdtemp(join(tmpdir(), 'wayside-e2e-')), '', shop, options);
    await collector.resume('127.0.0.1:0');
    return collector;
  }

  /** Ends the process at once, as a power cut would; the data stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts the process again on the same data, where it listened before. */
  async resume(listen = new URL(this.base).host): Promise<void> {
    const end = Date.now() + FREED_MS;
    for (;;) {
      this.#log = [];
      try {
        return await this.#serve(listen);
      } catch (error) {
        // Another program may have it for a moment, for a connection of its own.
        if (!/in use/i.test(String(error)) || Date.now() > end) throw error;
      }
      await pause(100);
    }
  }

  async #serve(listen: string): Promise<void> {
    const child = spawn(
      NEEDED.binary[0],
      ['serve', '--data', this.data, '--listen', listen, '--shop', this.shop, '--sdk', NEEDED.sdk[0], '--traffic', 'all', ...this.options],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#process = child;
    createInterface({ input: child.stderr }).on('line', (line) => this.#log.push(line));
    this.base = await new Promise<string>((found, failed) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#log.push(line);
        const base = /listening on (http:\/\/\S+)/.exec(line)?.[1];
        if (base) found(base.replace(/\/$/, ''));
      });
      child.once('error', failed);
      // Not before all it wrote is read.
      child.once('close', (code) => failed(new Error(`wayside serve ended with ${code} before it listened:\n${this.#log.join('\n')}`)));
    });
  }

  /** Ends the process and takes its data away. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    await rm(this.data, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }
}
