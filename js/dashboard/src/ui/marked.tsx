/** A sentence of the texts that has code in it. */

import type { JSX } from 'preact';

import type { Marked as Sentence } from '../text/en.ts';

export function Marked({ children: sentence }: { readonly children: Sentence }): JSX.Element {
  return <>{sentence.map((part) => (typeof part === 'string' ? part : <code>{part.code}</code>))}</>;
}
