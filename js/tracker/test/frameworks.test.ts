// Pages made with React, Vue and Svelte, with their routers, in headless Chromium.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';
import { compile } from 'svelte/compiler';
import { flush, inChromium, options, page, shop, signals, visit } from './shop.ts';

inChromium();

/** A shop of four pages. Its form is checked by its own script, which marks what is wrong, and is gone once it is sent. */
const REACT = `
  import { createElement as h, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { BrowserRouter, Link, Route, Routes, useNavigate } from 'react-router-dom';
  function Checkout() {
    const [mail, setMail] = useState('');
    const [wrong, setWrong] = useState(false);
    const navigate = useNavigate();
    const send = (event) => {
      event.preventDefault();
      setWrong(!mail);
      if (mail) navigate('/thanks');
    };
    return h('form', { id: 'address', noValidate: true, onSubmit: send },
      h('input', { name: 'mail', value: mail, 'aria-invalid': wrong, onChange: (event) => setMail(event.target.value) }),
      h('button', { id: 'send' }, 'Send'));
  }
  const to = (path) => h(Link, { to: path, id: path.slice(1) }, 'Go on');
  createRoot(document.querySelector('main')).render(h(BrowserRouter, null, h(Routes, null,
    h(Route, { path: '/', element: to('/product') }),
    h(Route, { path: '/product', element: to('/checkout') }),
    h(Route, { path: '/checkout', element: h(Checkout) }),
    h(Route, { path: '/thanks', element: h('p', null, 'Thank you') }))));`;

const VUE = `
  import { createApp, h, ref } from 'vue';
  import { createRouter, createWebHistory, RouterLink, RouterView, useRouter } from 'vue-router';
  const Checkout = {
    setup() {
      const mail = ref('');
      const wrong = ref(false);
      const router = useRouter();
      const send = (event) => {
        event.preventDefault();
        wrong.value = !mail.value;
        if (mail.value) router.push('/thanks');
      };
      return () => h('form', { id: 'address', novalidate: true, onSubmit: send }, [
        h('input', { name: 'mail', value: mail.value, 'aria-invalid': wrong.value, onInput: (event) => (mail.value = event.target.value) }),
        h('button', { id: 'send' }, 'Send'),
      ]);
    },
  };
  const to = (path) => ({ render: () => h(RouterLink, { to: path, id: path.slice(1) }, () => 'Go on') });
  const routes = [
    { path: '/', component: to('/product') },
    { path: '/product', component: to('/checkout') },
    { path: '/checkout', component: Checkout },
    { path: '/thanks', component: { render: () => h('p', 'Thank you') } },
  ];
  createApp(() => h(RouterView)).use(createRouter({ history: createWebHistory(), routes })).mount('main');`;

const SVELTE = `
  <script>
    let path = $state(location.pathname);
    let mail = $state('');
    let wrong = $state(false);
    const go = (event, to) => {
      event?.preventDefault();
      history.pushState({}, '', to);
      path = to;
    };
    const send = (event) => {
      event.preventDefault();
      wrong = !mail;
      if (mail) go(undefined, '/thanks');
    };
  </script>
  <svelte:window onpopstate={() => (path = location.pathname)} />
  {#if path === '/'}<a id="product" href="/product" onclick={(event) => go(event, '/product')}>Go on</a>
  {:else if path === '/product'}<a id="checkout" href="/checkout" onclick={(event) => go(event, '/checkout')}>Go on</a>
  {:else if path === '/checkout'}
    <form id="address" novalidate onsubmit={send}><input name="mail" bind:value={mail} aria-invalid={wrong} /><button id="send">Send</button></form>
  {:else}<p>Thank you</p>{/if}`;

const svelte = (): string => {
  const { js } = compile(SVELTE, { generate: 'client', filename: 'App.svelte', name: 'App' });
  return `${js.code}\nimport { mount } from 'svelte';\nmount(App, { target: document.querySelector('main') });`;
};

for (const [name, contents] of Object.entries({ React: REACT, Vue: VUE, Svelte: svelte() })) {
  test(`a page made with ${name} is recorded like any other`, options, async () => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      conditions: ['browser', 'production'],
      define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    });
    shop.paths['/app.js'] = (_, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(outputFiles[0]!.text);
    // How long the last page is looked at is the machine's: going back from it is a `quick_back` or none.
    shop.serve('<main></main><script type="module" src="/app.js"></script>', { attributes: 'data-off="quick_back"', paths: ['/', '/product', '/checkout', '/thanks'] });
    await visit();
    await page.click('#product');
    await page.click('#checkout');
    await page.click('#send');
    await page.click('[name=mail]');
    await page.keyboard.type('hedwig@home.example');
    await page.click('#send');
    await page.waitForSelector('text=Thank you');
    await page.goBack();
    await page.waitForSelector('#send');
    assert.deepEqual(await signals(), []);
    await flush();
    const path = (url: unknown): string => new URL(url as string).pathname;
    assert.deepEqual(
      shop.told('page_view').map(({ url, entry }) => `${path(url)} ${entry}`),
      ['/ link', '/product spa', '/checkout spa', '/thanks spa', '/checkout spa'],
    );
    assert.deepEqual(shop.told('click').map(({ element }) => element), ['a#product', 'a#checkout', 'button#send', 'input mail', 'button#send']);
    assert.deepEqual(shop.told('form_error'), [{ form: 'address', form_field: 'mail', error: 'aria-invalid' }]);
    assert.deepEqual(shop.told('form_start'), [{ form: 'address' }]);
    assert.deepEqual(shop.told('form_field_time').map(({ form_field, corrections, refills }) => [form_field, corrections, refills]), [['mail', 0, 0]]);
    // Such a page is sent as often as its button is pressed.
    assert.deepEqual(shop.told('form_submit'), [{ form: 'address' }, { form: 'address' }]);
    assert.deepEqual(shop.told('form_abandon'), []);
    assert.ok(!Buffer.concat(shop.bodies).toString('latin1').includes('hedwig'));
  });
}
