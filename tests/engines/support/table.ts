// The table of docs/engines.md.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What an engine showed. */
export interface Column {
  engine: string;
  version: string;
  /** By the name of the row. */
  facts: Map<string, string>;
}

const FILE = 'docs/engines.md';
const PATH = join(import.meta.dirname, '../../..', FILE);
const COMMAND = 'cargo xtask engines --write';
const BEGIN = `<!-- ${COMMAND} writes from here -->`;
const END = '<!-- to here -->';

/** Holds what ran against the table, or writes it. Versions are written, and not held: every machine has its own. */
export async function hold(names: string[], columns: Column[], write: boolean): Promise<void> {
  for (const { engine, facts } of columns) {
    const missing = names.filter((name) => !facts.has(name));
    assert.deepEqual(missing, [], `${engine} has not shown everything; the table is for what all have shown`);
  }
  const text = await readFile(PATH, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [table, behind] = rest?.split(END) ?? [];
  assert.ok(before !== undefined && table !== undefined && behind !== undefined, `${FILE} has no lines \`${BEGIN}\` and \`${END}\``);
  const body = [`| --- |${' --- |'.repeat(columns.length)}`, ...names.map((name) => line([name, ...columns.map(({ facts }) => facts.get(name) ?? '')]))];
  if (write) {
    const head = line(['', ...columns.map(({ engine, version }) => `${engine} ${version}`)]);
    await writeFile(PATH, `${before}${BEGIN}\n\n${[head, ...body].join('\n')}\n\n${END}${behind}`);
    return;
  }
  const [, ...written] = table.trim().split('\n');
  assert.deepEqual(body, written, `${FILE} is not what ran; run \`${COMMAND}\` and commit it`);
}

const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
