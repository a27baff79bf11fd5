/** A number and its thing, in the plural form that the language asks for. */

import { LOCALE } from './locale.ts';

export function plural(one: string, other: string): (value: number) => string {
  return (value) => `${numbers.format(value)} ${rules.select(value) === 'one' ? one : other}`;
}

const rules = new Intl.PluralRules(LOCALE.language);
const numbers = new Intl.NumberFormat(LOCALE.language, { maximumFractionDigits: 2 });
