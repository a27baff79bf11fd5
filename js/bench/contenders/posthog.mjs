// Told not to leave out browsers that a machine drives.
import posthog from 'posthog-js';
export const start = () => posthog.init('key', { api_host: `${location.origin}/posthog`, defaults: '2026-01-30', opt_out_useragent_filter: true });
export const call = (name, fields) => posthog.capture(name, fields);
