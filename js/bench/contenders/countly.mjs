import { default as module } from 'countly-sdk-web';
// The bundler gives the UMD module's object or its default, by its version.
const Countly = module.init ? module : module.default;
export const start = () => {
  Countly.init({ app_key: 'key', url: `${location.origin}/countly`, ignore_bots: false });
  Countly.track_sessions();
  Countly.track_pageview();
};
export const call = (name, fields) => Countly.add_event({ key: name, segmentation: fields });
