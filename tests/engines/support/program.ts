// Programs behind a browser: its driver, its screen. Each has a process group of its own, so that what it starts ends with it.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** A program that runs until it is stopped. */
export class Program {
  /** What it wrote, for the message when it fails. */
  readonly #lines: string[] = [];
  readonly #waiting = new Set<(line: string) => void>();
  readonly #ended: Promise<string>;

  private constructor(
    readonly name: string,
    readonly process: ChildProcess,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#wrote(line));
    }
    this.#ended = new Promise((ended) => {
      process.once('error', (error) => ended(`${name} could not be started (\`cargo xtask setup\` installs it): ${error.message}`));
      process.once('exit', (code, signal) => ended(`${name} ended with ${signal ?? code}:\n${this.#lines.slice(-20).join('\n')}`));
    });
  }

  static start(name: string, args: string[], env: Record<string, string> = {}): Program {
    const child = spawn(name, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    // Whoever interrupts the tests must not have to look for browsers.
    const orphaned = (): void => signal(child);
    process.once('exit', orphaned);
    child.once('exit', () => process.off('exit', orphaned));
    return new Program(name, child);
  }

  /** The first group of the pattern in the line that it matches. */
  async line(pattern: RegExp): Promise<string> {
    const found = new Promise<string>((resolve) => {
      const look = (line: string): void => {
        const group = pattern.exec(line)?.[1];
        if (group === undefined) return;
        this.#waiting.delete(look);
        resolve(group);
      };
      this.#waiting.add(look);
      this.#lines.forEach(look);
    });
    return this.meanwhile(found);
  }

  /** Waits for what cannot come any more if the program ends. */
  meanwhile<T>(wanted: Promise<T>): Promise<T> {
    const failed = this.#ended.then((why) => Promise.reject(new Error(why)));
    failed.catch(() => undefined);
    return Promise.race([wanted, failed]);
  }

  async stop(): Promise<void> {
    signal(this.process);
    await this.#ended;
  }

  #wrote(line: string): void {
    this.#lines.push(line);
    for (const look of this.#waiting) look(line);
  }
}

/** Ends a program with everything it has started. */
function signal({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, 'SIGTERM');
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
