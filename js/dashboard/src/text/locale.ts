/**
 * The locale of the texts. Days have a tag of their own because `en` puts the month before the day, which readers
 * outside America take for the day.
 */
export const LOCALE = { language: 'en', days: 'en-GB' } as const;
