import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

import { fixtureServer } from './dev/fixture-server.ts';

// `WAYSIDE_API=http://127.0.0.1:8787 npm run dev` works against a running server; without it, against fixtures.
const api = process.env['WAYSIDE_API'];
const proxy = api === undefined ? {} : Object.fromEntries(['/api', '/login', '/logout'].map((path) => [path, api]));

export default defineConfig({
  base: './',
  plugins: [...(api === undefined ? [fixtureServer()] : []), licences()],
  build: {
    target: 'es2022',
    // The first with light-dark(), all of 2023 and 2024.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Everything is a file of this origin: the CSP allows no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    // TanStack marks its hooks for servers that render React; here everything runs in the browser.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  server: { proxy },
  preview: { proxy },
  test: { include: ['test/**/*.test.ts', 'test-browser/**/*.test.ts'] },
});

/** Puts the licences of what the page is made of beside it. */
function licences(): Plugin {
  const parts = [
    'preact',
    '@preact/signals',
    '@preact/signals-core',
    '@tanstack/preact-table',
    '@tanstack/preact-store',
    '@tanstack/table-core',
    '@tanstack/store',
    'echarts',
    'zrender',
    'tslib',
    '@fontsource-variable/hanken-grotesk',
  ];
  return {
    name: 'wayside-licences',
    apply: 'build',
    generateBundle() {
      const texts = parts.map((name) => {
        const folder = new URL(`../../node_modules/${name}/`, import.meta.url);
        return `${name}\n${'='.repeat(name.length)}\n\n${readLicence(folder)}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n') });
    },
  };
}

function readLicence(folder: URL): string {
  const names = ['LICENSE', 'LICENSE.txt'];
  for (const name of names) {
    try {
      return readFileSync(new URL(name, folder), 'utf8');
    } catch {
      // The next name is tried.
    }
  }
  throw new Error(`no licence file in ${folder.pathname}; looked for ${names.join(', ')}`);
}
