import { init, track } from '@plausible-analytics/tracker';
// Said by who tests it: otherwise it leaves out browsers that a machine drives.
window.__plausible = true;
export const start = () => init({ domain: 'shop.example', endpoint: `${location.origin}/plausible`, captureOnLocalhost: true });
// Its properties are text.
export const call = (name, fields) => track(name, { props: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)])) });
