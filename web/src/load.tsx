// SPDX-License-Identifier: Apache-2.0
// What is being fetched, what came, and what went wrong.

import { Component, type ComponentChildren, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  value?: T;
  error?: Error;
  again?: () => void;
}

const AGAIN_MS = 2000;

/**
 * Fetch something, and again when `key` changes; an answer that comes too late is dropped.
 *
 * What `changes` says will be another soon is fetched every two seconds while the page is in view,
 * from answer to question, so that a slow server is not asked more than it answers.
 */
export function useLoad<T>(
  key: string, fetch: () => Promise<T>, changes: (value?: T) => boolean = () => false,
): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { key?: string }>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isWanted = true;
    fetch().then(
      (value) => isWanted && setLoaded({ key, value }),
      (error: Error) => isWanted && setLoaded({ key, error, again: () => setRound(round + 1) }),
    );
    return () => { isWanted = false; };
  }, [key, round]);
  useEffect(() => {
    if (loaded.key !== key || !changes(loaded.value)) return undefined;
    const timer = setInterval(() => { if (!document.hidden) setRound(round + 1); }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [loaded]);
  return loaded.key === key ? loaded : { value: loaded.value };
}

/** Show what was fetched, or why it was not. */
export function Shown<T>(props: { of: Loaded<T>; children: (value: T) => ComponentChildren }): JSX.Element {
  const { value, error, again } = props.of;
  if (error) return <Failed error={error} again={again} />;
  if (value === undefined) return <p class="quiet" aria-busy="true">…</p>;
  return <>{props.children(value)}</>;
}

/** What went wrong, and a button for those who have mended it. */
export function Failed({ error, again }: { error: Error; again?: () => void }): JSX.Element {
  return (
    <p class="error" role="alert">
      {error.message} {again && <button onClick={again}>Try again</button>}
    </p>
  );
}

/** Keeps what cannot be drawn from taking the rest of the app along. */
export class Guard extends Component<{ children: ComponentChildren }, { error?: Error }> {
  static override getDerivedStateFromError = (error: Error) => ({ error });

  override render(): ComponentChildren {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Failed error={new Error(`this cannot be shown: ${error.message}`)}
        again={() => this.setState({ error: undefined })} />
    );
  }
}
