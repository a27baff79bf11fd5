// The entry point of the module that the loader loads only if a site sets thresholds or checkout steps.

export { rules } from '../rules.ts';
