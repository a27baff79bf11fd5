// Builds what a page loads and what npm gets, from `src` and from what `cargo xtask wasm` has put into `build` and `dist`.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { minify } from 'terser';

const common = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  minify: true,
  target: 'es2022',
  logLevel: 'warning',
  legalComments: 'none',
  // Strictness is the type checker's; the two words would cost the bootstrap twelve bytes.
  tsconfigRaw: {},
};
const modules = { 'wayside-glue': 'src/entry/glue.ts', 'wayside-alone': 'src/entry/alone.ts', 'wayside-rules': 'src/entry/rules.ts' };
await build({ ...common, entryPoints: modules, outdir: 'dist', format: 'esm', external: ['./wayside-alone.js', './wayside-rules.js'] });
await shrink('wayside-glue.js', { module: true });

const { WAYSIDE_VERSION } = process.env;
if (!WAYSIDE_VERSION) throw new Error('the files of a page have the hash of all sources in their address: run `cargo xtask wasm`, which knows it');
const VERSION = JSON.stringify(WAYSIDE_VERSION);
await build({ ...common, entryPoints: { wayside: 'src/entry/script.ts' }, outdir: 'dist', format: 'iife', define: { VERSION } });
await shrink('wayside.js', { toplevel: true });
// For who serves the file of the script tag and pins it there.
const integrity = `sha384-${createHash('sha384').update(readFileSync(`${import.meta.dirname}/dist/wayside.js`)).digest('base64')}`;
writeFileSync(`${import.meta.dirname}/dist/integrity.json`, `${JSON.stringify({ 'wayside.js': integrity })}\n`);
console.log(`wayside.js ${integrity}`);
await build({ ...common, entryPoints: ['src/entry/esm.ts', 'src/entry/slim.ts'], outdir: 'dist', format: 'esm', external: ['./wayside-glue.js'] });
execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--noEmit', 'false'], { cwd: import.meta.dirname, stdio: 'inherit' });

/**
 * A second look by another compressor takes 4 % off what esbuild leaves. A browser that knows the comment compiles the whole file
 * beside the page's own work, instead of each function in its way.
 */
async function shrink(file, options) {
  const path = `${import.meta.dirname}/dist/${file}`;
  const format = { preamble: '//# allFunctionsCalledOnLoad', quote_style: 1 };
  const { code } = await minify(readFileSync(path, 'utf8'), { ecma: 2020, compress: { passes: 3, hoist_funs: true }, format, ...options });
  writeFileSync(path, `${code}\n`);
}
