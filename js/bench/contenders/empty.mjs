// A page with nothing on it: what the browser itself costs.
export const start = () => {};
export const call = undefined;
