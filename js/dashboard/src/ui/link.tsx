/** Links to addresses that came from visitors. */

import type { JSX } from 'preact';

/** The address where a reader may be sent, or `undefined`: `javascript:`, `data:` and the like never become links. */
export function safeHref(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    const url = new URL(text);
    // A user name before the host can make one address look like another.
    if (url.username !== '' || url.password !== '') return undefined;
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Visitor text, as a link where it is a plain web address. The other site learns nothing of this one. */
export function VisitorText({ children: text }: { readonly children: string }): JSX.Element {
  const href = safeHref(text);
  if (href === undefined) return <>{text}</>;
  return (
    <a href={href} rel="noopener noreferrer nofollow" target="_blank">
      {text}
    </a>
  );
}
