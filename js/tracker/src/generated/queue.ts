// Written by `cargo xtask types` from `crates/tracker/src/queue.rs`. Do not edit.

/** The kind of a message; the comments name the arguments after kind and time. */
export const enum Message {
  /** The name, then the fields as a plain object. */
  call,
  /** `[url, referrer, title, entry, replaced]`. */
  view,
  /** The event. */
  click,
  /** `granted` or `denied`, and if it is not a decision but follows Google's Consent Mode, or `unknown`, that command's fields. */
  consent,
  /** The new visitor. */
  reset,
  /** `signal` or `touchpoint`, then the listener. */
  on,
  /** `signal` or `touchpoint`, then the listener. */
  off,
  /** A function that is called when everything is delivered. */
  flush,
  /** A function that is called with the answer, then the `Question`. */
  ask,
  shutdown,
  loaded,
  /** The event. */
  error,
}

/** A question that a page can ask. */
export const enum Question {
  stage,
  status,
  visitor,
}
