// Calls `then` with `this` after each call of the object's method, until `signal` is aborted. A Rust closure has no `this`.
export function wrap(object, method, signal, then) {
  const original = object[method];
  object[method] = function (...args) {
    const result = original.apply(this, args);
    if (!signal.aborted) then(this);
    return result;
  };
}
