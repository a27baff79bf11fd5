// The build with its plugins inside; the other loads them from its maker's server.
import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';
let analytics;
export const start = () => {
  analytics = new RudderAnalytics();
  analytics.load('key', `${location.origin}/rudderstack`, { configUrl: `${location.origin}/rudderstack` });
  analytics.page();
};
export const call = (name, fields) => analytics.track(name, fields);
