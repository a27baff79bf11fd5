/** A part of the page that loads something: it shows that it loads, what was loaded, or why that failed. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { ApiError } from '../data/api.ts';
import { text } from '../text/index.ts';
import { Progress } from './progress.tsx';

export interface PanelProps<T> {
  /** The key under which a value stays good, from `keyOf`. Another key loads anew. */
  readonly id: string;
  readonly load: (signal: AbortSignal) => Promise<T>;
  /** Renders the value. It is called with the newest props, so that a choice made while loading is kept. */
  readonly children: (value: T) => ComponentChildren;
}

/** The value that was loaded last stays in sight, dimmed, while its successor loads; the first time there is a sketch. */
export function Panel<T>({ id, load, children }: PanelProps<T>): JSX.Element {
  return <LoadedPanel loaded={useLoaded(id, load)}>{children}</LoadedPanel>;
}

export interface LoadedPanelProps<T> {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** A panel of what its section loads by `useLoaded`, because more than the panel depends on it. */
export function LoadedPanel<T>({ loaded, children }: LoadedPanelProps<T>): JSX.Element {
  const { value, error, loading, retry } = loaded;
  return (
    <div class="panel" aria-busy={loading ? 'true' : undefined}>
      {loading && <Progress />}
      {error !== undefined ? (
        <ErrorBox error={error.reason} retry={retry} />
      ) : value === undefined ? (
        <Skeleton />
      ) : (
        children(value.it)
      )}
    </div>
  );
}

export interface Loaded<T> {
  readonly value: { readonly it: T } | undefined;
  readonly error: { readonly reason: unknown } | undefined;
  readonly loading: boolean;
  readonly retry: () => void;
}

/** Loads under a key. A request that nobody waits for any more is aborted. */
export function useLoaded<T>(id: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [done, setDone] = useState<{ id: string; value?: { it: T }; error?: { reason: unknown } }>();
  const [attempt, setAttempt] = useState(0);
  const good = done?.id === id && done.value !== undefined;
  const newest = useRef(load);
  newest.current = load;
  useEffect(() => {
    if (good) return undefined;
    const abort = new AbortController();
    newest.current(abort.signal).then(
      (it) => abort.signal.aborted || setDone({ id, value: { it } }),
      (reason: unknown) => abort.signal.aborted || setDone({ id, error: { reason } }),
    );
    return () => abort.abort();
    // `good` follows from the answer; it must not start the request again.
  }, [id, attempt]);
  const failed = done?.id === id ? done.error : undefined;
  return {
    value: done?.value,
    error: failed,
    loading: !good && failed === undefined,
    retry: () => {
      setDone(undefined);
      setAttempt((count) => count + 1);
    },
  };
}

export interface ErrorBoxProps {
  readonly error: unknown;
  readonly retry?: () => void;
}

/** Says what went wrong, where, and what to do. */
export function ErrorBox({ error, retry }: ErrorBoxProps): JSX.Element {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(text.error.page, error instanceof Error ? error.message : String(error), text.error.reload);
  return (
    <div class="message message-error" role="alert">
      <h2>{known.message}</h2>
      <p>{known.advice}</p>
      <p class="where">
        {text.error.asked}
        <code>{known.where}</code>
      </p>
      {retry !== undefined && (
        <button type="button" class="button" onClick={retry}>
          {text.error.retry}
        </button>
      )}
    </div>
  );
}

export function Skeleton(): JSX.Element {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{text.shell.loading}</span>
      <div class="bone bone-short" />
      <div class="bone bone-chart" />
      <div class="bone" />
      <div class="bone" />
    </div>
  );
}
