/**
 * The language of the page. Another language is a file beside `en.ts` with an object of the type `Text`, chosen here
 * together with its locale.
 */

import { en } from './en.ts';

/** Every text of the page, by the part that shows it. */
export type Text = typeof en;

export const text: Text = en;

export { LOCALE } from './locale.ts';
