// Lets Node 20 run TypeScript: esbuild takes the types off.

import { register } from 'node:module';

register(
  `data:text/javascript,${encodeURIComponent(`
    import { readFile } from 'node:fs/promises';
    import { transform } from '${import.meta.resolve('esbuild')}';
    export async function load(url, context, next) {
      if (!url.endsWith('.ts')) return next(url, context);
      const { code } = await transform(await readFile(new URL(url)), { loader: 'ts', format: 'esm', sourcemap: 'inline' });
      return { format: 'module', source: code, shortCircuit: true };
    }
  `)}`,
);
