// A project of a user: a folder of its own, outside of this repository, with packages as npm packs and installs them.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '../..');

const start = promisify(execFile);

export class Project {
  private constructor(readonly folder: string) {}

  /** A project that has these packages of ours installed, and nothing else. */
  static async with(...packages: string[]): Promise<Project> {
    const project = new Project(await mkdtemp(join(tmpdir(), 'wayside-packaging-')));
    await project.put('package.json', JSON.stringify({ name: 'shop', private: true, type: 'module' }));
    const tarballs = [];
    for (const name of packages) {
      const { stdout } = await start('npm', ['pack', '--silent', '-w', name, '--pack-destination', project.folder], { cwd: ROOT });
      tarballs.push(`./${stdout.trim()}`);
    }
    // They need nothing but each other, so there is nothing to ask a registry for.
    await project.run('npm', 'install', '--offline', '--no-audit', '--no-fund', ...tarballs);
    return project;
  }

  path(path: string): string {
    return join(this.folder, path);
  }

  /** Writes a file. */
  async put(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), text);
  }

  /** Adds a package of somebody else, as it is installed in this repository. */
  async link(name: string): Promise<void> {
    const link = this.path(`node_modules/${name}`);
    if (existsSync(link)) return;
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link, 'junction');
  }

  /** Runs a program in the folder and gives what it printed. When it fails, that is in the error. */
  async run(program: string, ...args: string[]): Promise<string> {
    // A test that is started by a test must not take itself for a part of it.
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
    try {
      return (await start(program, args, { cwd: this.folder, env })).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  /** Checks files by their types, strictly, as a project of this kind does. */
  async typeCheck(moduleResolution: 'bundler' | 'nodenext', types: string[], files: string[]): Promise<void> {
    const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types, module, moduleResolution };
    const config = `tsconfig.${moduleResolution}.json`;
    await this.put(config, JSON.stringify({ compilerOptions, files }));
    await this.run('node', join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
