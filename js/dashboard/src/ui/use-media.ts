/** Media queries as a hook. */

import { useEffect, useState } from 'preact/hooks';

/** Up to here the style sheets lay the page out for a phone. */
export const PHONE = '(max-width: 760px)';

/** Whether a media query holds; renders again when that changes. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = (): void => setHolds(list.matches);
    update();
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return holds;
}
