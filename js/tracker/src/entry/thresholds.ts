// The module that the page module loads where a site sets thresholds: few do.

export { places } from '../thresholds.ts';
