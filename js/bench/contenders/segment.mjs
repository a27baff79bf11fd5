import { AnalyticsBrowser } from '@segment/analytics-next';
let analytics;
export const start = () => {
  const cdnSettings = { integrations: { 'Segment.io': { apiKey: 'key', apiHost: `${location.host}/segment`, protocol: 'http' } } };
  analytics = AnalyticsBrowser.load({ writeKey: 'key', cdnSettings });
  analytics.page();
};
export const call = (name, fields) => analytics.track(name, fields);
