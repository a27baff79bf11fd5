// The module that the page module loads where a site has rules of its own, thresholds or checkout steps: few do.

export { rules } from '../rules.ts';
