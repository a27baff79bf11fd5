import { defineConfig, type Plugin } from 'vite';
import { fillIn } from './build/pieces.ts';

const page = (name: string): string => new URL(`${name}.html`, import.meta.url).pathname;

/** Puts the shared pieces (head, header, footer, product list) into every page, so that the pages stay plain HTML. */
const pieces: Plugin = {
  name: 'shop-pieces',
  transformIndexHtml: { order: 'pre', handler: (html, context) => fillIn(html, context.path) },
};

export default defineConfig({
  base: '/shop/',
  appType: 'mpa',
  plugins: [pieces],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: [
        'index', 'product', 'search', 'cart', 'wishlist', 'account', 'help', 'thank-you',
        'checkout/contact', 'checkout/shipping', 'checkout/payment', 'checkout/review',
      ].map(page),
    },
  },
  server: {
    // `npm run dev` beside a running `wayside serve`: the SDK and its batches go to the collector.
    proxy: { '^/(wayside|v1/)': 'http://127.0.0.1:8787' },
  },
});
