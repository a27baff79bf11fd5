import mixpanel from 'mixpanel-browser';
export const start = () => mixpanel.init('token', { api_host: `${location.origin}/mixpanel`, track_pageview: true });
export const call = (name, fields) => mixpanel.track(name, fields);
