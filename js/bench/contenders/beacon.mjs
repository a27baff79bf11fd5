// What a team writes by hand in thirty lines: a queue, a beacon a batch, nothing kept, nothing counted once.
let queue = [];
const send = () => {
  if (queue.length) navigator.sendBeacon('/beacon', JSON.stringify(queue));
  queue = [];
};
export const start = () => {
  const visitor = (localStorage.visitor ??= crypto.randomUUID());
  queue.push({ visitor, name: 'page_view', url: location.href, time: Date.now() });
  setInterval(send, 1000);
  addEventListener('pagehide', send);
};
export const call = (name, fields) => queue.push({ name, ...fields, time: Date.now() });
