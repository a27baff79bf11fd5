import { newTracker, trackPageView, trackSelfDescribingEvent } from '@snowplow/browser-tracker';
export const start = () => {
  newTracker('sp', location.origin, { appId: 'shop' });
  trackPageView();
};
export const call = (name, data) => trackSelfDescribingEvent({ event: { schema: `iglu:shop/${name}/jsonschema/1-0-0`, data } });
