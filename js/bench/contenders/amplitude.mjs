import * as amplitude from '@amplitude/analytics-browser';
export const start = () => amplitude.init('key', { serverUrl: `${location.origin}/amplitude`, fetchRemoteConfig: false });
export const call = (name, fields) => amplitude.track(name, fields);
