// Each contender as the script that its own users would build: one minified file.

import { readdir, readFile } from 'node:fs/promises';
import { constants, brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
/** Wayside is loaded as it is shipped. */
const WAYSIDE = ['wayside.js', 'wayside-glue.js', 'wayside.wasm'];

/** Name, script and brotli bytes of each. */
export async function bundle(only) {
  const files = (await readdir(`${HERE}/contenders`)).map((file) => file.replace('.mjs', ''));
  const first = ['empty', 'beacon', 'wayside'];
  const names = [...first, ...files.filter((name) => !first.includes(name))].filter((name) => !only || only.includes(name) || name === 'empty');
  return Promise.all(names.map(async (name) => ({ name, ...(await one(name)) })));
}

async function one(name) {
  const { outputFiles } = await build({
    stdin: { contents: `import * as it from './contenders/${name}.mjs'; window.bench = it;`, resolveDir: HERE },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  });
  const script = Buffer.from(outputFiles[0].contents);
  const shipped = name === 'wayside' ? await Promise.all(WAYSIDE.map((file) => readFile(`${HERE}/../tracker/dist/${file}`))) : [script];
  const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 } }).length;
  return { script, size: name === 'empty' ? 0 : shipped.reduce((sum, file) => sum + brotli(file), 0) };
}
