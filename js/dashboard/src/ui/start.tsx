/** The beginning of a site without data: the script tag to paste, with this server and site filled in. */

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import { text } from '../text/index.ts';
import { Marked } from './marked.tsx';

/** `site` is empty where no site has data yet; the tag then names one that the reader may keep. */
export function Start({ site }: { readonly site: string }): JSX.Element {
  const words = text.start;
  const copied = useSignal('');
  const tag = `<script async src="${escapeAttribute(`${location.origin}/wayside.js`)}" data-site="${escapeAttribute(site === '' ? 'shop' : site)}"></script>`;
  const copy = (): void => {
    // The clipboard exists on secure origins and on loopback only.
    const copying =
      navigator.clipboard === undefined
        ? Promise.reject(new Error('this origin has no clipboard'))
        : navigator.clipboard.writeText(tag);
    copying.then(
      () => (copied.value = words.copied),
      () => (copied.value = words.copyByHand),
    );
  };
  return (
    <div class="message message-start">
      <h2>{site === '' ? words.noSite : words.noData(site)}</h2>
      <p>
        <Marked>{words.paste('</head>')}</Marked>
      </p>
      <pre class="snippet" tabIndex={0} aria-label={words.tag}>
        <code>{tag}</code>
      </pre>
      <div class="row">
        <button type="button" class="button" onClick={copy}>
          {words.copy}
        </button>
        <span class="copied" role="status">
          {copied}
        </span>
      </div>
      <p class="aside">
        <Marked>{words.policy}</Marked>
      </p>
    </div>
  );
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
