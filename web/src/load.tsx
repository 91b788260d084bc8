// SPDX-License-Identifier: Apache-2.0
// What is being fetched, what came, and what went wrong.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  value?: T;
  error?: Error;
}

/** Fetch something, and again when `key` changes; an answer that comes too late is dropped. */
export function useLoad<T>(key: string, fetch: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { key?: string }>({});
  useEffect(() => {
    let isWanted = true;
    fetch().then(
      (value) => isWanted && setLoaded({ key, value }),
      (error: Error) => isWanted && setLoaded({ key, error }),
    );
    return () => { isWanted = false; };
  }, [key]);
  return loaded.key === key ? loaded : { value: loaded.value };
}

/** Show what was fetched, or why it was not. */
export function Shown<T>(props: { of: Loaded<T>; children: (value: T) => ComponentChildren }): JSX.Element {
  const { value, error } = props.of;
  if (error) return <p class="error" role="alert">{error.message}</p>;
  if (value === undefined) return <p class="quiet" aria-busy="true">…</p>;
  return <>{props.children(value)}</>;
}
